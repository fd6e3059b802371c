"""Dialog of requests: more time, a suspension, another filing rule."""

from __future__ import annotations

from datetime import date

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.rules import RuleForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import masked
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import FilingRule, Limit
from gridconsole.domain.spoken import ValueProblem, one_limit, spoken_day
from gridconsole.domain.states import Stage
from gridconsole.language import t, word


class RequestDialog(RuleForm):
    """The reason first, then how much, until when, or which rule."""

    def fields(self) -> ComposeResult:
        """Only what the request can use."""
        row = self._view.detail.row
        yield Static(masked(f"{row.category} {row.area_name} {row.address}"), classes="label")
        yield Static(t("console.request.reason"), classes="label", markup=False)
        yield Input(id="words", compact=True, max_length=2000)
        if self._action is Action.EXTEND:
            yield Static(t("console.request.amount"), classes="label", markup=False)
            yield Input(self._usual(), id="amount", compact=True, max_length=40)
        elif self._action is Action.SUSPEND:
            yield Static(t("console.request.until"), classes="label", markup=False)
            yield Input(id="until", compact=True, max_length=20, placeholder=f"{self.console_app.office.today():%Y-%m-%d}")
        else:
            yield from self.category_fields()
            yield from self.rule_fields()

    def on_mount(self) -> None:
        """The reason has the focus."""
        self.query_one("#words").focus()
        if self._action is Action.RETYPE:
            self.list_rules()

    def _usual(self) -> str:
        """The limit once more, as it is keyed in: what is asked for most."""
        handling = next((reading.clock for reading in self._view.clocks if reading.clock.stage is Stage.HANDLE), None)
        return "" if handling is None else f"{handling.limit.amount.normalize():f}{word(handling.limit.unit)}"

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """The request; what does not parse is said here."""
        try:
            amount, until, rule = self._amount(), self._until(), self._rule()
        except ValueProblem:
            self.complain(t("console.request.wrong"), "#amount", "#until")
            return None
        reason, category = self.query_one("#words", Input).value.strip(), rule.category_id if rule else None
        return self.carrying_out(reason=reason, amount=amount, until=until, rule=rule, category_id=category)

    def _amount(self) -> Limit | None:
        text = self.query_one("#amount", Input).value.strip() if self._action is Action.EXTEND else ""
        return one_limit(text) if text else None

    def _until(self) -> date | None:
        text = self.query_one("#until", Input).value if self._action is Action.SUSPEND else ""
        return spoken_day(text, self.console_app.office.today())

    def _rule(self) -> FilingRule | None:
        return self.chosen_rule if self._action is Action.RETYPE else None
