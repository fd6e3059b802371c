"""What is news to who sits here: the marks in the queue, gathered in memory and written now and then, all at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from gridconsole.console.messages import Reader
from gridconsole.console.queue_model import QueueModel
from gridconsole.domain.case import Actor
from gridconsole.store.queue import QueueRow


@dataclass(frozen=True, slots=True)
class Gathered:
    """What is to be written of a sitting."""

    actor: Actor
    reader: Reader
    marks: Mapping[int, int]
    """Versions by key of the case; 0 for news not looked at."""
    seen: int | None
    """Last ledger entry the queue knows of."""


class Reading:
    """One person's sitting at a time; looking costs no write."""

    def __init__(self) -> None:
        self.reader: Reader | None = None
        """None while nobody sits here, or nobody knows yet where this person left off."""
        self.seen: int | None = None
        """Last ledger entry the queue knows of."""
        self._actor: Actor | None = None
        self._model = QueueModel()
        self._looked: dict[int, int] = {}
        self._unwritten: dict[int, int] = {}
        self._noted: set[int] = set()
        """News already written down as such."""

    def show_in(self, model: QueueModel) -> None:
        """The queue in which news is marked."""
        self._model = model

    def begin(self, actor: Actor, since: int) -> None:
        """Somebody sits down who was present up to a number of the ledger."""
        self.end()
        self._actor, self.reader = actor, Reader(actor.id, since)

    def end(self) -> None:
        """Nobody sits here, and nothing is news to nobody."""
        self._actor = self.reader = None
        self._looked, self._unwritten, self._noted = {}, {}, set()
        self._model.unread.clear()

    def take(self, reader: Reader | None, news: Collection[int]) -> None:
        """What the file says is news; what was looked at here meanwhile is none, and what is over stays as it was."""
        if reader is None or reader != self.reader:
            return
        rows, unread = self._model.rows, self._model.unread
        over = {key for key in unread if key in rows and rows[key].state.is_final}
        fresh = {key for key in news if key not in rows or self._looked.get(key, -1) < rows[key].version}
        unread.clear()
        unread.update(over | fresh)

    def look(self, row: QueueRow) -> bool:
        """A case stands on the screen in full; returns whether it was news."""
        if self.reader is None or row.id not in self._model.unread:
            return False
        self._model.unread.discard(row.id)
        self._looked[row.id] = self._unwritten[row.id] = row.version
        self._noted.discard(row.id)
        return True

    def gather(self) -> Gathered | None:
        """Everything to be written, from now on taken for written; None where nobody sits here."""
        if self._actor is None or self.reader is None:
            return None
        fresh = self._model.unread - self._noted
        marks = dict.fromkeys(fresh, 0) | self._unwritten
        self._noted |= fresh
        self._unwritten = {}
        return Gathered(self._actor, self.reader, marks, self.seen)
