"""What every dialog that writes has: a heading with the case it is about, an error line, one write at a time."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from gridconsole.console.messages import NotWritten, Operation, WriteWaits, Written
from gridconsole.domain.errors import GridConsoleError
from gridconsole.language import t, word
from gridconsole.language.turns import waiting_text
from gridconsole.language.wording import error_sentence, local_text

if TYPE_CHECKING:
    from gridconsole.console.app import GridConsoleApp
    from gridconsole.services.casework import Receipt


class Form(ModalScreen[None]):
    """Errors appear here and what was typed stays; Esc leaves without writing."""

    DEFAULT_CSS = """
    Form { align: center middle; }
    Form > VerticalScroll { width: 92%; max-width: 100; height: auto; max-height: 96%; background: $surface; border: round $primary;
        padding: 0 1; }
    Form Static { height: auto; }
    Form .label { color: $foreground 70%; }
    Form TextArea, Form TextArea:focus { height: 4; border: none; background: $panel; padding: 0 1; }
    Form OptionList, Form OptionList:focus { height: auto; max-height: 8; border: none; background: $panel; }
    Form RowTable { height: 10; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "取消", id="form.cancel", priority=True),
        Binding("ctrl+s,f2", "submit", "确定", id="form.submit", priority=True, key_display="F2"),
    ]
    heading: str = ""
    keys: ClassVar[str] = "console.form.keys"

    def __init__(self) -> None:
        super().__init__()
        self._writing = False
        self._is_done = False
        # One id for one intention: pressing twice, or again after an unknown outcome, does it once.
        self.request_id = uuid.uuid4().hex

    @property
    def console_app(self) -> GridConsoleApp:
        """The application, by its own type."""
        return cast("GridConsoleApp", self.app)

    def compose(self) -> ComposeResult:
        """Heading, fields, error line, keys."""
        with VerticalScroll(can_focus=False):
            yield Static(self.heading, classes="title", markup=False)
            yield from self.fields()
            yield Static("", id="error", classes="error", markup=False)
            yield Static(t(self.keys), classes="muted", markup=False)

    def fields(self) -> ComposeResult:
        """The dialog's own widgets."""
        raise NotImplementedError

    def operation(self) -> Operation | None:
        """What to carry out, from what is filled in; None after complaining."""
        raise NotImplementedError

    def complain(self, text: str) -> None:
        """Say what is wrong, in the dialog."""
        self.query_one("#error", Static).update(text)

    def action_leave(self) -> None:
        """Nothing is written."""
        self.dismiss(None)

    def action_submit(self) -> None:
        """Carry it out, once."""
        if self._writing:
            return
        operation = self.operation()
        if operation is not None:
            self._writing = True
            self.complain(t("console.writing"))
            self.console_app.write(operation, self)

    @on(Written)
    def _done(self, event: Written) -> None:
        if event.receipt is not None:
            self.console_app.say(self.done_text(event.receipt))
        self.finished()
        # Going away takes the top screen away: with the lock on top of this one that would open it.
        if self.app.screen is self:
            self.dismiss(None)
        else:
            self._is_done = True

    def finished(self) -> None:
        """What else there is to do once it is written."""

    def on_screen_resume(self) -> None:
        """Written while something lay on top: go now."""
        if self._is_done:
            self._is_done = False
            self.dismiss(None)

    @on(WriteWaits)
    def _waits(self, event: WriteWaits) -> None:
        if self._writing:
            self.complain(waiting_text(event.waiting) if event.waiting is not None else t("console.writing"))

    @on(NotWritten)
    def _refused(self, event: NotWritten) -> None:
        self._writing = False
        self.refused(event.error)

    def refused(self, error: GridConsoleError) -> None:
        """Nothing was written: say why, in the dialog."""
        message, hint = error_sentence(error)
        self.complain(f"{message}。{hint}" if hint else message)

    def done_text(self, receipt: Receipt) -> str:
        """The toast after writing."""
        due = t("cli.due", at=local_text(receipt.due_at, self.console_app.desk.calendar)) if receipt.due_at else ""
        waiting = f"\n{t('link.waiting', count=len(receipt.waiting), numbers=receipt.waiting)}" if receipt.waiting else ""
        return f"{receipt.number} {word(receipt.state)} {due}{waiting}"
