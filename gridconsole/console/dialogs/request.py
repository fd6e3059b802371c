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
    """Dialog of a request: the reason first, then the extension, the day or the rule."""

    def fields(self) -> ComposeResult:
        """Lay out only what the request can use."""
        row = self._view.detail.row
        yield Static(masked(f"{row.category} {row.area_name} {row.address}"), classes="label")
        yield from self.lonely_line()
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
        """Focus the reason."""
        self.query_one("#words").focus()
        if self._action is Action.RETYPE:
            self.list_rules()

    def _usual(self) -> str:
        """Return the handling limit as it is typed: the extension that is requested most."""
        handling = next((reading.clock for reading in self._view.clocks if reading.clock.stage is Stage.HANDLE), None)
        return "" if handling is None else f"{handling.limit.amount.normalize():f}{word(handling.limit.unit)}"

    @on(Input.Submitted)
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """Return the request; input that does not parse is reported here."""
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
