"""Dialog for the reason to see a case without its masks."""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation
from gridconsole.domain.access import UNMASK_SECONDS
from gridconsole.domain.text import is_reason
from gridconsole.language import t
from gridconsole.services import unmasking
from gridconsole.services.case_queries import CaseView


class UnmaskDialog(Form):
    """Asks for the reason, and hands the unmasked case to the caller."""

    def __init__(self, number: str, show: Callable[[CaseView], None]) -> None:
        super().__init__()
        self._number, self._show = number, show
        self._seen: CaseView | None = None
        self.heading = t("console.unmask.heading", number=number)

    def fields(self) -> ComposeResult:
        """Lay out the reason."""
        yield Static(t("console.unmask.why", seconds=UNMASK_SECONDS), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=200)

    def on_mount(self) -> None:
        """Focus the reason."""
        self.query_one("#words").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """Return the unmasking, which also writes a ledger entry; a missing reason is reported here."""
        app, words = self.console_app, self.query_one("#words", Input).value.strip()
        actor = app.actor
        if not is_reason(words):
            self.complain(t("error.C182", what=t("what.unmask")), "#words")
            return None
        if actor is None:
            return None

        def mark_read() -> None:
            self._seen = unmasking.unmask(app.office, actor, self._number, words)

        return mark_read

    def finished(self) -> None:
        """Hand the unmasked case over, unless the terminal is locked."""
        if self._seen is not None and not self.console_app.is_locked:
            self._show(self._seen)
