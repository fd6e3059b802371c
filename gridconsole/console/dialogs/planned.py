"""A typed command that is to be confirmed: several cases, or an act that ends one."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from gridconsole.console import typed
from gridconsole.console.dialogs.form import Form
from gridconsole.console.messages import Operation
from gridconsole.console.text import safe
from gridconsole.language import t, word
from gridconsole.language.planning import planned_line
from gridconsole.services.typed_acts import Plan

SHOWN = 12
"""Cases that are named; of more only the number is given."""


class PlannedDialog(Form):
    """The cases with what would become of them; F2 or Enter carries it out."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self._plan = plan
        self.heading = t("console.typed.heading", action=word(plan.acts[0].act.action), count=len(plan.acts))

    def fields(self) -> ComposeResult:
        """Lay out a line for each case."""
        office, acts = self.console_app.office, self._plan.acts
        for one in acts[:SHOWN]:
            yield Static(safe(planned_line(one.row, one.act, one.after, one.due_at, office.now(), office.calendar)))
        if len(acts) > SHOWN:
            yield Static(t("console.typed.others", count=len(acts) - SHOWN), classes="label", markup=False)

    def on_key(self, event: object) -> None:
        """Take Enter for F2: there is no field that it could mean."""
        if getattr(event, "key", "") == "enter":
            event.stop()  # type: ignore[attr-defined]
            self.action_submit()

    def operation(self) -> Operation | None:
        """Return the acts."""
        app = self.console_app
        return typed.operation(app.office, app.actor, self._plan) if app.actor is not None else None
