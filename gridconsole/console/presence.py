"""Changes the operator has seen and has missed: read marks, and the digest after coming back."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from gridconsole.console.messages import SignedIn, UnreadKnown
from gridconsole.console.modes.base import OfficeScreen
from gridconsole.console.read_marks import ReadMarks, UnwrittenMarks
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import LINKERS, OFFICE
from gridconsole.domain.views.digest import Digest
from gridconsole.language import t
from gridconsole.services import presence
from gridconsole.store import ledger, turns

if TYPE_CHECKING:
    from gridconsole.console.attendance import Attendance
    from gridconsole.console.host import OfficeApp
    from gridconsole.console.session import Session
    from gridconsole.domain.parties import Actor
    from gridconsole.services.presence import Arrival
    from gridconsole.store.handovers import HandoverRecord

KEEP_SECONDS = 60.0
"""Seconds between two writes of read marks; a mark lost in a crash costs one more look at the case."""


class Arrived(Message):
    """The database returned the point up to which an operator was present before."""

    def __init__(
        self, actor: Actor, arrival: Arrival, missed: Digest, waiting: HandoverRecord | None, awake: int
    ) -> None:  # fmt: skip
        """Args:
        awake: cases merged by an earlier version that are still worked on by themselves.
        """
        super().__init__()
        self.actor, self.arrival, self.missed, self.waiting, self.awake = actor, arrival, missed, waiting, awake


class DigestMade(Message):
    """A digest that was requested is ready."""

    def __init__(self, made: Digest) -> None:
        super().__init__()
        self.made = made


def _show(app: OfficeApp, made: Digest) -> None:
    from gridconsole.console.panels.digest import DigestScreen

    app.push_screen(DigestScreen(made))


class Presence:
    """Read marks and missed events of the operator at this console. The application has one.

    Workers only read and write the database; their messages come back to ``arrived``, ``digest_made`` and ``unread_known``.
    """

    def __init__(self, app: OfficeApp, session: Session, attendance: Attendance) -> None:
        self._app, self._session, self._attendance = app, session, attendance
        self.read_marks = ReadMarks()
        self._present: tuple[int, int] | None = None
        """Keys of the operator who is present and of their session."""
        self._arrival: Arrival | None = None
        self.missed: Digest | None = None
        """Digest still to be shown to an operator who came back in the middle of a dialog."""
        self._kept_to = 0
        """Last ledger entry that was stored as seen."""

    # --- coming ---

    def sign_in(self) -> None:
        """Find out where a newly signed-in operator left off; the presence of the previous one ends."""
        actor, login = self._session.actor, self._session.login
        present = None if actor is None else (actor.id, login.session_id if login is not None else 0)
        if actor is None or present is None or present == self._present:
            return
        if self._present is not None and self._present[0] != actor.id and (marks := self.read_marks.take_unwritten()) is not None:
            self._start_keeping(marks, marks.seen, writes=True, leaving=True)
        self._present, self._arrival, self.missed = present, None, None
        self.read_marks.end()
        self._run(partial(self._arrive, actor, present[1]))

    def _run(self, job: partial[None], *, group: str = "presence", exclusive: bool = False) -> None:
        self._app.run_worker(job, thread=True, group=group, exclusive=exclusive, exit_on_error=False)

    def _arrive(self, actor: Actor, session: int) -> None:
        office = self._app.office
        # If this fails, nothing is marked as unread, and everything else goes on.
        with contextlib.suppress(GridConsoleError), turns.in_background():
            from gridconsole.services import digest, duplicates, handover  # asked after the first rows

            arrival = presence.arrive(office, actor, session)
            missed = digest.since_left(office, actor, arrival)
            awake = duplicates.awake(office) if actor.roles & LINKERS else 0
            self._app.post_message(Arrived(actor, arrival, missed, handover.waiting_for(office, actor), awake))

    def arrived(self, event: Arrived) -> None:
        """Mark what is unread, and show an operator who was away for a while what they missed."""
        if self._session.actor is None or self._session.actor.id != event.actor.id:
            return
        self._arrival = event.arrival
        self.read_marks.start_for(event.actor, event.arrival.since)
        self._app.notify_screens(SignedIn())
        if event.missed.is_worth_showing and event.actor.roles & OFFICE:
            self.missed = event.missed
            self.show_missed()
        if event.waiting is not None:
            self._app.say(t("console.handover.waits", name=event.waiting.made_name))
        if event.awake:
            self._app.say(t("console.merged_awake", count=event.awake))

    def show_missed(self) -> None:
        """Show the missed events; while a dialog is open, they wait."""
        if self.missed is not None and not self._app.is_locked and isinstance(self._app.screen, OfficeScreen):
            missed, self.missed = self.missed, None
            _show(self._app, missed)

    def ask_for_digest(self) -> None:
        """Show the digest of the operator's absence again."""
        if self._session.actor is not None and self._arrival is not None:
            self._run(partial(self._make_digest, self._session.actor, self._arrival), group="digest", exclusive=True)

    def _make_digest(self, actor: Actor, arrival: Arrival) -> None:
        with contextlib.suppress(GridConsoleError):
            from gridconsole.services import digest

            self._app.post_message(DigestMade(digest.since_left(self._app.office, actor, arrival)))

    def digest_made(self, event: DigestMade) -> None:
        """Show the digest, unless the terminal was locked meanwhile."""
        if not self._app.is_locked:
            _show(self._app, event.made)

    # --- reading, and leaving ---

    def keep_marks(self) -> None:
        """Store what was read since the last time; the same operator may have read more at another terminal."""
        if not self._app.is_locked and (marks := self.read_marks.take_unwritten()) is not None:
            seen = self._seen_by_operator(marks)
            self._start_keeping(marks, seen, writes=bool(marks.marks) or (seen or 0) > self._kept_to, leaving=False)

    def sign_out(self) -> None:
        """Store at once what was read: the console may end in a moment."""
        if (marks := self.read_marks.take_unwritten()) is not None:
            last_sign = self._attendance.last_input
            with contextlib.suppress(GridConsoleError), turns.in_background():
                seen = self._seen_by_operator(marks)
                presence.keep(self._app.office, marks.actor, marks.marks, seen, leaving=True, last_sign=last_sign)
        self.read_marks.end()
        self._present = None

    def _seen_by_operator(self, unwritten: UnwrittenMarks) -> int | None:
        return unwritten.seen if self._attendance.is_attended else None

    def _start_keeping(self, unwritten: UnwrittenMarks, seen: int | None, *, writes: bool, leaving: bool) -> None:
        self._run(partial(self._keep, unwritten, seen, writes=writes, leaving=leaving))

    def _keep(self, unwritten: UnwrittenMarks, seen: int | None, *, writes: bool, leaving: bool) -> None:
        office = self._app.office
        with contextlib.suppress(GridConsoleError), turns.in_background():
            if writes:
                presence.keep(office, unwritten.actor, unwritten.marks, seen, leaving=leaving)
            if not leaving:
                with office.database.reading() as connection:
                    unread = presence.unread_in(connection, office, unwritten.actor, unwritten.viewer.since)
                    known = ledger.last_seq(connection, office.id)
                self._app.post_message(UnreadKnown(unwritten.viewer, unread, known, kept=seen if writes else None))

    def unread_known(self, event: UnreadKnown) -> None:
        """Take the unread cases, unless the queue has newer data by now."""
        self._kept_to = max(self._kept_to, event.kept or 0)
        if event.seen >= (self.read_marks.seen or 0):
            self.read_marks.take(event.viewer, event.unread)
