"""Interface of the application for its screens: screens import this module, and the application implements it.

So nothing below the application needs its class, and no imports are circular.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from textual.app import App
from textual.message import Message
from textual.message_pump import MessagePump

from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Actor

if TYPE_CHECKING:
    from gridconsole.console.bell import Bell
    from gridconsole.console.draft_keeper import DraftKeeper
    from gridconsole.console.messages import Operation
    from gridconsole.console.read_marks import ReadMarks
    from gridconsole.domain.actions import Action
    from gridconsole.domain.turns import Waiting
    from gridconsole.services.office import Office
    from gridconsole.services.sessions import ActiveSession


class OfficeLine(Protocol):
    """The banner about the office itself."""

    @property
    def line(self) -> str:
        """The sentence; empty if there is none."""


class ConsoleSession(Protocol):
    """The operator at this console and their log-in."""

    actor: Actor | None
    """None while no operator is signed in."""
    login: ActiveSession | None
    """None in a demo, and while no operator is signed in."""
    is_handing_over: bool
    """A handover is ending the session of the previous operator."""

    def confirm(self) -> None:
        """Refuse to write for an operator whose session has ended; may be called from a worker thread.

        Raises:
            SessionEnded: the session has ended.
        """

    def take_handover(self, number: int, name: str, password: str) -> ActiveSession | Actor:
        """Confirm a handover on this terminal, with the password of the operator who takes it."""

    def handover_taken(self, taken: ActiveSession | Actor | None) -> None:
        """Give the terminal to the operator who took a handover."""


class TerminalLock(Protocol):
    """The lock of this terminal."""

    @property
    def is_locked(self) -> bool:
        """Return whether the terminal is locked."""

    def unlocked(self, login: ActiveSession) -> None:
        """Remove the lock after a correct password."""


class OfficeApp(App[object]):
    """An application for an office, as far as its screens and helpers use it."""

    office: Office
    session: ConsoleSession
    attendance: TerminalLock
    waiting: Waiting | None
    """Write of this terminal that waits for another terminal's write."""
    answered_at: datetime
    """Time of the database's last answer."""
    sending: dict[str, Action]
    """Acts on their way to the database, by number of the case."""
    awaits_mode: bool = False
    """F6 was pressed: the next digit names a mode, and the tabs show their digits."""

    @property
    def actor(self) -> Actor | None:
        """The operator signed in; None while there is none."""
        return self.session.actor

    @property
    def is_locked(self) -> bool:
        """Return whether the terminal is locked."""
        return self.attendance.is_locked

    @property
    @abstractmethod
    def alarms(self) -> Bell:
        """Reminders of the operator."""

    @property
    @abstractmethod
    def drafts(self) -> DraftKeeper:
        """Texts that were not sent."""

    @property
    @abstractmethod
    def read_marks(self) -> ReadMarks:
        """Read and unread cases of the operator."""

    @property
    @abstractmethod
    def office_line(self) -> OfficeLine:
        """The banner about the office itself."""

    @property
    @abstractmethod
    def is_stale(self) -> bool:
        """Return whether the database has not answered for some seconds."""

    @property
    @abstractmethod
    def data_version(self) -> int | None:
        """Number that differs after every commit of anybody; None if the database does not answer."""

    @abstractmethod
    def say(self, text: str, *, error: bool = False) -> None:
        """Show a message in the place of the alarm line."""

    @abstractmethod
    def say_error(self, error: GridConsoleError) -> None:
        """Show why something was refused and what to do."""

    @abstractmethod
    def write(self, operation: Operation, asker: MessagePump, about: Mapping[str, Action] | None = None) -> object:
        """Carry out an operation in a worker thread; the asker gets a message with the result.

        Args:
            about: the act on each case, by number: the queue shows what is on its way.
        """

    @abstractmethod
    def hold_keys(self) -> None:
        """Keep the keys that come until :meth:`release_keys`: the screen that they are for is being opened."""

    @abstractmethod
    async def release_keys(self) -> None:
        """Let the screen in front have the keys that waited for it."""

    @abstractmethod
    def notify_screens(self, message: Message) -> None:
        """Send a message of this kind to every screen."""

    @property
    @abstractmethod
    def open_drafts(self) -> set[str]:
        """Drafts of the forms that are open."""

    @abstractmethod
    def first_rows_shown(self) -> None:
        """Do what waited for the first rows of the queue to be on the screen."""

    @abstractmethod
    def show_cases_of(self, handler: str) -> None:
        """Show the open cases of a handler on the desk."""

    @abstractmethod
    def show_cases_at(self, name: str, codes: frozenset[str]) -> None:
        """Show the open cases of some grids or communities on the desk."""

    @abstractmethod
    def import_kind(self, kind: str) -> None:
        """Open the import screen for a kind of list."""

    @abstractmethod
    def action_first_steps(self) -> None:
        """Show what a new office needs, and how far each is."""

    @abstractmethod
    def show_case(self, number: str) -> None:
        """Put the desk's cursor on a case once it is in the queue."""

    @abstractmethod
    def load_alarms(self) -> None:
        """Read the reminders of the operator in a worker thread."""

    @abstractmethod
    def show_missed(self) -> None:
        """Show what waited for a dialog to close."""

    @abstractmethod
    def action_alarms(self) -> None:
        """Open the list of reminders."""

    @abstractmethod
    def action_confirm_time(self) -> None:
        """Ask the operator if the machine's time is right."""

    @abstractmethod
    def action_theme(self) -> None:
        """Change between day and night."""

    @abstractmethod
    def action_operator(self) -> None:
        """Give the terminal to another operator."""

    @abstractmethod
    def action_reconcile(self) -> None:
        """Open the comparison with other systems' lists."""

    @abstractmethod
    def action_audit(self) -> None:
        """Open the audit of the roster."""

    @abstractmethod
    def action_handover(self) -> None:
        """Open the handover sheet."""

    @abstractmethod
    def action_digest(self) -> None:
        """Open the digest of what happened since the operator was last here."""

    @abstractmethod
    def action_drafts(self) -> None:
        """Open the texts that were not sent."""

    @abstractmethod
    def action_lock(self) -> None:
        """Lock the terminal."""

    @abstractmethod
    def action_change_password(self) -> None:
        """Open the dialog for changing the operator's password."""

    @abstractmethod
    def action_help(self) -> None:
        """Open the keys and the legend."""
