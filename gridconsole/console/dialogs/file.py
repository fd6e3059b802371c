"""立案: grid, category and filing rule."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Input, Static

from gridconsole.console.dialogs.report import grid_choices
from gridconsole.console.dialogs.rules import RuleForm
from gridconsole.console.messages import Operation
from gridconsole.console.text import safe
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import FilingRule, strictest
from gridconsole.language import t
from gridconsole.services.case_queries import CaseView


class FileDialog(RuleForm):
    """Dialog of filing; the rule with the most pressing limit is preselected."""

    def __init__(self, view: CaseView) -> None:
        super().__init__(view, Action.FILE)

    def fields(self) -> ComposeResult:
        """Lay out category, grid and condition."""
        row, grids = self._view.detail.row, grid_choices(self.console_app.office)
        grid = next((item.key for item in grids if row.grid_code and item.search.startswith(row.grid_code)), None)
        yield Static(safe(self._view.detail.text[:160]), classes="label")
        yield from self.category_fields()
        yield Static(t("console.report.grid"), classes="label", markup=False)
        yield Chooser(grids, t("console.report.grid.hint"), chosen=grid, id="grid")
        yield from self.rule_fields()

    def on_mount(self) -> None:
        """List the rules of a category already known, and focus the first field that is unknown."""
        self.list_rules()
        unknown = next((name for name in ("category", "grid") if self.query_one(f"#{name}", Chooser).chosen is None), None)
        (self.query_one(f"#{unknown}").query_one(Input) if unknown else self.query_one("#rules")).focus()

    def preferred(self, rules: tuple[FilingRule, ...]) -> FilingRule | None:
        """Return the strictest rule: a resident never waits longer because no rule was chosen."""
        return strictest(rules)

    def operation(self) -> Operation | None:
        """Return the action; the state table says what is missing."""
        grid = self.query_one("#grid", Chooser).chosen
        return self.carrying_out(grid_id=grid, category_id=self.chosen_category, rule=self.chosen_rule)
