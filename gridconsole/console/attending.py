"""Coming, being there, leaving: what was missed, what has been looked at, and the hand-over to the next shift."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from typing import TYPE_CHECKING

from textual import work
from textual.message import Message

from gridconsole.console.messages import SignedIn, UnreadKnown
from gridconsole.console.modes.base import OfficeScreen
from gridconsole.console.panels.digest import DigestScreen
from gridconsole.console.panels.handover import HandoverScreen
from gridconsole.console.read_marks import ReadMarks, UnwrittenMarks
from gridconsole.console.session import SessionApp
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.states import OFFICE
from gridconsole.language import t
from gridconsole.services import digest, handover, presence, sessions
from gridconsole.services.sessions import ActiveSession
from gridconsole.store import ledger, turns

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.desk import Desk
    from gridconsole.services.digest import Digest
    from gridconsole.services.presence import Arrival
    from gridconsole.store.handovers import HandoverRecord

KEEP_SECONDS = 60.0
"""What was looked at is written down so often, off the screen's thread; a mark lost in a crash is looked at once more."""
ATTENDED = timedelta(minutes=2)
"""Without a key for longer than this nobody can be said to have seen what came in."""


class Arrived(Message):
    """It is known where somebody left off."""

    def __init__(self, actor: Actor, arrival: Arrival, missed: Digest, waiting: HandoverRecord | None) -> None:
        super().__init__()
        self.actor, self.arrival, self.missed, self.waiting = actor, arrival, missed, waiting


class DigestMade(Message):
    """A digest that was asked for."""

    def __init__(self, made: Digest) -> None:
        super().__init__()
        self.made = made


class AttendanceApp(SessionApp):
    """An application that knows how far who sits at it has seen."""

    def __init__(self, desk: Desk, operator: str | None = None) -> None:
        super().__init__(desk, operator)
        self.read_marks = ReadMarks()
        self._sitting: tuple[int, int] | None = None
        """Who sits here, and by which log-in."""
        self._arrival: Arrival | None = None
        self._missed: Digest | None = None
        """Of somebody who came back in the middle of a dialog, until it is closed."""
        self._kept_to = 0
        """Last ledger entry that was written down as seen."""

    # --- coming ---

    def signed_in(self) -> None:
        """Find out where whoever sits down now left off; the one before leaves."""
        actor, session = self.actor, self.session.session_id if self.session is not None else 0
        if actor is None or (actor.id, session) == self._sitting:
            return
        if (
            self._sitting is not None
            and self._sitting[0] != actor.id
            and (unwritten := self.read_marks.take_unwritten()) is not None
        ):
            self._keep(unwritten, unwritten.seen, writes=True, leaving=True)
        self._sitting, self._arrival, self._missed = (actor.id, session), None, None
        self.read_marks.end()
        self._arrive(actor, session)

    @work(thread=True, exit_on_error=False, group="presence")
    def _arrive(self, actor: Actor, session: int) -> None:
        with (
            contextlib.suppress(GridConsoleError),
            turns.in_background(),
        ):  # without it nothing is marked, and everything else goes on
            arrival = presence.arrive(self.desk, actor, session)
            missed = digest.since_left(self.desk, actor, arrival)
            self.post_message(Arrived(actor, arrival, missed, handover.waiting_for(self.desk, actor)))

    def on_arrived(self, event: Arrived) -> None:
        """Mark what is news, and tell what was missed to who was away for a while."""
        if self.actor is None or self.actor.id != event.actor.id:
            return
        self._arrival = event.arrival
        self.read_marks.start_for(event.actor, event.arrival.since)
        self.notify_screens(SignedIn())
        if digest.is_worth_showing(event.missed) and event.actor.roles & OFFICE:
            self._missed = event.missed
            self.show_missed()
        if event.waiting is not None:
            self.say(t("console.handover.waits", name=event.waiting.made_name))

    def show_missed(self) -> None:
        """Show the digest of who came back; what somebody is in the middle of typing is not covered, it waits for the end of that."""
        if self._missed is not None and not self.is_locked and isinstance(self.screen, OfficeScreen):
            missed, self._missed = self._missed, None
            self.push_screen(DigestScreen(missed))

    def action_digest(self) -> None:
        """Show once more what happened while the operator was away."""
        if self.actor is not None and self._arrival is not None:
            self._make_digest(self.actor, self._arrival)

    @work(thread=True, exit_on_error=False, group="digest", exclusive=True)
    def _make_digest(self, actor: Actor, arrival: Arrival) -> None:
        with contextlib.suppress(GridConsoleError):
            self.post_message(DigestMade(digest.since_left(self.desk, actor, arrival)))

    def on_digest_made(self, event: DigestMade) -> None:
        """Show it, unless the terminal was locked meanwhile."""
        if not self.is_locked:
            self.push_screen(DigestScreen(event.made))

    # --- being there, and leaving ---

    @property
    def _is_attended(self) -> bool:
        return not self.is_locked and self.desk.now() - self._last_input < ATTENDED

    def keep_marks(self) -> None:
        """Write down what was looked at since the last time; another terminal of the same person may have looked at more."""
        if not self.is_locked and (unwritten := self.read_marks.take_unwritten()) is not None:
            seen = self._present_to(unwritten)
            self._keep(unwritten, seen, writes=bool(unwritten.marks) or (seen or 0) > self._kept_to, leaving=False)

    def signing_out(self) -> None:
        """Write down what was looked at, at once: this may be the last moment."""
        unwritten = self.read_marks.take_unwritten()
        if unwritten is not None:
            with contextlib.suppress(GridConsoleError), turns.in_background():
                seen = self._present_to(unwritten)
                presence.keep(self.desk, unwritten.actor, unwritten.marks, seen, leaving=True, last_sign=self._last_input)
        self.read_marks.end()
        self._sitting = None

    def _present_to(self, unwritten: UnwrittenMarks) -> int | None:
        return unwritten.seen if self._is_attended else None

    @work(thread=True, exit_on_error=False, group="presence")
    def _keep(self, unwritten: UnwrittenMarks, seen: int | None, *, writes: bool, leaving: bool) -> None:
        with contextlib.suppress(GridConsoleError), turns.in_background():
            if writes:
                presence.keep(self.desk, unwritten.actor, unwritten.marks, seen, leaving=leaving)
            if not leaving:
                with self.desk.database.reading() as connection:
                    unread = presence.unread_in(connection, self.desk, unwritten.actor, unwritten.viewer.since)
                    known = ledger.last_seq(connection, self.desk.office.id)
                self.post_message(UnreadKnown(unwritten.viewer, unread, known, kept=seen if writes else None))

    def on_unread_known(self, event: UnreadKnown) -> None:
        """Take it, unless the queue knows of something newer by now."""
        self._kept_to = max(self._kept_to, event.kept or 0)
        if event.seen >= (self.read_marks.seen or 0):
            self.read_marks.take(event.viewer, event.unread)

    # --- the next shift ---

    def action_handover(self) -> None:
        """The sheet, and whatever is to be done about it."""
        if self.is_locked or self.actor is None or isinstance(self.screen, HandoverScreen):
            return
        self.push_screen(HandoverScreen())

    def take_handover(self, number: int, name: str, password: str) -> ActiveSession | Actor:
        """Somebody else confirms a hand-over on this terminal by the own password, and has the terminal from then on; in a demo
        whoever is named.

        Raises:
            LoginFailed, LoginPaused, PasswordRunOut, NobodyMayLogIn: as for logging in.
            Refused: the hand-over cannot be taken over, at all or by this person.
        """
        former = self.session
        actor = sessions.witness(self.desk, name, password)
        handover.take_over(self.desk, actor, number)
        if self.desk.is_demo:
            return actor
        return sessions.pass_on(self.desk, former, actor)

    def handover_taken(self, taken: ActiveSession | Actor | None) -> None:
        """The terminal goes to who took the shift over."""
        self.is_handing_over = False
        if taken is None:
            return
        if isinstance(taken, ActiveSession):
            self._handed_over(taken)
        else:
            self._signed_in_as(taken)
