"""Read marks of the operator at this console: kept in memory, and written together now and then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gridconsole.console.messages import Viewer
from gridconsole.console.queue_model import QueueModel
from gridconsole.domain.parties import Actor
from gridconsole.domain.views.queue import QueueRow


@dataclass(frozen=True, slots=True)
class UnwrittenMarks:
    """Read marks of one session that are not in the database yet."""

    actor: Actor
    viewer: Viewer
    marks: Mapping[int, int]
    """Version that was read, by key of the case; 0 for changes that were shown but not read."""
    seen: int | None
    """Last ledger entry the queue knows of."""


class ReadMarks:
    """Read and unread cases of one operator at a time; reading a case costs no write."""

    def __init__(self) -> None:
        self.viewer: Viewer | None = None
        """None while no operator is signed in, or their last presence is not known yet."""
        self.seen: int | None = None
        """Last ledger entry the queue knows of."""
        self._actor: Actor | None = None
        self._model = QueueModel()
        self._opened: dict[int, int] = {}
        self._unwritten: dict[int, int] = {}
        self._written: set[int] = set()
        """Unread cases that the database already has as unread."""

    def show_in(self, model: QueueModel) -> None:
        """Choose the queue in which unread cases are marked."""
        self._model = model

    def start_for(self, actor: Actor, since: int) -> None:
        """Start for an operator who was present up to a ledger entry."""
        self.end()
        self._actor, self.viewer = actor, Viewer(actor.id, since)

    def end(self) -> None:
        """Forget everything: no operator is signed in."""
        self._actor = self.viewer = None
        self._opened, self._unwritten, self._written = {}, {}, set()
        self._model.unread.clear()

    def take(self, viewer: Viewer | None, unread: Collection[int]) -> None:
        """Take the unread cases of the database.

        Versions read at this console meanwhile stay read, and closed cases keep their mark. Ignored for another viewer.
        """
        if viewer is None or viewer != self.viewer:
            return
        rows, shown = self._model.rows, self._model.unread
        over = {key for key in shown if key in rows and not rows[key].is_open}
        fresh = {key for key in unread if key not in rows or self._opened.get(key, -1) < rows[key].version}
        shown.clear()
        shown.update(over | fresh)

    def mark_read(self, row: QueueRow) -> bool:
        """Mark a case as read that is shown in full. Returns whether it was unread."""
        if self.viewer is None or row.id not in self._model.unread:
            return False
        self._model.unread.discard(row.id)
        self._opened[row.id] = self._unwritten[row.id] = row.version
        self._written.discard(row.id)
        return True

    def take_unwritten(self) -> UnwrittenMarks | None:
        """Return the marks to write, which count as written from now on; None while no operator is signed in."""
        if self._actor is None or self.viewer is None:
            return None
        fresh = self._model.unread - self._written
        marks = dict.fromkeys(fresh, 0) | self._unwritten
        self._written |= fresh
        self._unwritten = {}
        return UnwrittenMarks(self._actor, self.viewer, marks, self.seen)
