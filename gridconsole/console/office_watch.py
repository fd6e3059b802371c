"""Notices about the office itself: its time, its backups, and its database file."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message

from gridconsole.console.dialogs.choice import ChoiceDialog
from gridconsole.console.text import safe
from gridconsole.console.widgets.choices import Option
from gridconsole.domain.errors import DatabaseReplaced, GridConsoleError
from gridconsole.domain.views.office import NoticeKind, OfficeNotice
from gridconsole.language import t
from gridconsole.language.error_sentences import Surface, error_sentence, notice_text
from gridconsole.services import timekeeping

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp
    from gridconsole.domain.parties import Actor

RIGHT, WRONG = "right", "wrong"


class NoticesRead(Message):
    """Notices about the office have been read."""

    def __init__(self, found: tuple[OfficeNotice, ...]) -> None:
        super().__init__()
        self.found = found


class NoticesChanged(Message):
    """The line to show has changed."""


class TimeConfirmed(Message):
    """An operator's confirmation of the time was recorded, or refused."""

    def __init__(self, error: GridConsoleError | None) -> None:
        super().__init__()
        self.error = error


class OfficeWatch:
    """Keep the notices about the office, and ask about a doubtful time. The application has one.

    Workers only read and write the database; their messages come back to ``take`` and ``time_confirmed``.
    """

    def __init__(self, app: OfficeApp) -> None:
        self._app = app
        self.found: tuple[OfficeNotice, ...] = ()
        self.replaced: DatabaseReplaced | None = None
        """The database file is gone or was replaced: nothing more is written, and the screen keeps what it shows."""

    @property
    def line(self) -> str:
        """The sentence for the banner; empty if there is none."""
        if self.replaced is not None:
            message, hint = error_sentence(self.replaced, Surface.CONSOLE)
            return f"{message}  {hint}"
        return notice_text(self.found[0]) if self.found else ""

    def file_replaced(self, error: DatabaseReplaced) -> None:
        """Show once that the file is not the one that was opened."""
        if self.replaced is None:
            self.replaced = error
            self._app.notify_screens(NoticesChanged())

    def load(self) -> None:
        """Read the notices in a worker thread."""
        self._app.run_worker(self._read, thread=True, group="notices", exclusive=True, exit_on_error=False)

    def _read(self) -> None:
        from gridconsole.services.office_notices import notices  # read after the first rows

        with contextlib.suppress(GridConsoleError):  # the screen already reports the database problem
            self._app.post_message(NoticesRead(notices(self._app.office, self._app.actor)))

    def take(self, found: tuple[OfficeNotice, ...]) -> None:
        """Take the notices that were read."""
        if found != self.found:
            self.found = found
            self._app.notify_screens(NoticesChanged())

    def ask_about_time(self) -> None:
        """Ask if the time is right, where an operator's confirmation is enough."""
        from gridconsole.services.office_notices import notices

        with contextlib.suppress(GridConsoleError):
            self.take(notices(self._app.office, self._app.actor))  # two short queries: the notices may have just changed
        doubtful = next((notice for notice in self.found if notice.is_urgent), None)
        if doubtful is None or self._app.actor is None or self._app.is_locked:
            return
        if doubtful.kind is NoticeKind.TIME_BEHIND:
            self._app.say(notice_text(doubtful), error=True)
            return
        title, lines = t("console.time"), [safe(notice_text(doubtful)), Content(""), safe(t("console.time.look"))]
        wrong = Option(WRONG, t("console.time.wrong"), t("console.time.wrong.help"))
        right = Option(RIGHT, t("console.time.right"), t("console.time.right.help"))
        self._app.push_screen(ChoiceDialog(title, lines, [wrong, right], wrong), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == RIGHT and self._app.actor is not None:
            job = partial(self._confirm, self._app.actor)
            self._app.run_worker(job, thread=True, group="writing", exit_on_error=False)

    def _confirm(self, actor: Actor) -> None:
        error = None
        try:
            self._app.session.confirm()
            timekeeping.confirm(self._app.office, actor)
        except GridConsoleError as refusal:
            error = refusal
        self._app.post_message(TimeConfirmed(error))

    def time_confirmed(self, event: TimeConfirmed) -> None:
        """Show the result of the confirmation, and read the notices again."""
        if event.error is not None:
            self._app.say_error(event.error)
        else:
            self._app.say(t("console.time.confirmed"))
        self.load()
