"""存为视图: a name for what the queue shows now."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation
from gridconsole.console.queue_model import Filter
from gridconsole.language import t
from gridconsole.services import views
from gridconsole.services.office import Office


def _save(office: Office, **fields: object) -> None:
    views.save(office, **fields)  # type: ignore[arg-type]


class ViewDialog(Form):
    """Keeps pane, words and order under a name; the same name replaces an earlier view."""

    usual_fields = ("#name",)

    def __init__(self, shown: Filter) -> None:
        super().__init__()
        self._shown = shown
        self.heading = t("console.view.heading")

    def fields(self) -> ComposeResult:
        """Lay out what is kept, and its name."""
        shown = self._shown
        said = "  ".join(part for part in (t(f"pane.{shown.pane}"), shown.words, t(f"order.{shown.order}")) if part)
        yield Static(said, classes="label", markup=False)
        yield Input(placeholder=t("console.view.name"), id="name", compact=True, max_length=views.LONGEST)

    def on_mount(self) -> None:
        """Focus the name."""
        self.query_one("#name").focus()

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """Return the saving; a missing name is reported here."""
        app, name = self.console_app, self.query_one("#name", Input).value.strip()
        if not name:
            self.complain(t("console.view.nameless"), "#name")
            return None
        if app.actor is None:
            return None
        shown = self._shown
        return partial(_save, app.office, actor=app.actor, name=name, pane=shown.pane, words=shown.words, sorting=shown.order)

    def finished(self) -> None:
        """Say where the view is found."""
        self.console_app.say(t("console.view.saved", name=self.query_one("#name", Input).value.strip()))
