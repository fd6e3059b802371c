"""督办: the requirement, and the time by which a reply is due."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.case_form import CaseForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import masked, safe
from gridconsole.domain.actions import Action
from gridconsole.language import t
from gridconsole.language.escalation import order_line
from gridconsole.services.case_queries import CaseView


class SupervisionOrderDialog(CaseForm):
    """Dialog of a supervision order by the operator signed in; earlier orders are shown."""

    def __init__(self, view: CaseView) -> None:
        super().__init__(view, Action.SUPERVISION_ORDER)

    def fields(self) -> ComposeResult:
        """Lay out the case, earlier orders, the requirement and the time."""
        row, app = self._view.detail.row, self.console_app
        yield Static(masked(f"{row.category} {row.area_name} {row.address}  {row.handler}"), classes="label")
        for order in self._view.orders:
            yield Static(safe(order_line(order, app.office.now())), classes="label")
        yield Static(t("console.urge.requirement"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=2000)
        yield Static(t("console.urge.reply_by"), classes="label", markup=False)
        yield Input(t("console.urge.usual"), id="reply_by", compact=True, max_length=40)

    def on_mount(self) -> None:
        """Focus on the requirement."""
        self.query_one("#words").focus()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        if event.input.id == "words":
            self.query_one("#reply_by").focus()
        else:
            self.action_submit()

    def operation(self) -> Operation | None:
        """Return the order; a missing requirement or an invalid time is reported here."""
        # Parsing the time is part of a heavy import that the first frame need not wait for.
        from gridconsole.domain.spoken import ValueProblem, at_office, spoken_deadline

        office = self.console_app.office
        words, said = self.query_one("#words", Input).value.strip(), self.query_one("#reply_by", Input).value
        if not words:
            self.complain(t("console.urge.missing"), "#words")
            return None
        try:
            found = spoken_deadline(said, office.today())
        except ValueProblem:
            found = None
        if found is None:
            self.complain(t("console.urge.when"), "#reply_by")
            return None
        return self.carrying_out(note=words, reply_by=at_office(found, office.calendar.zone))
