"""立案: grid, category and filing rule."""

from __future__ import annotations

from functools import partial

from textual import on
from textual.app import ComposeResult
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.messages import Operation
from gridconsole.console.screens.form import Form
from gridconsole.console.screens.report import category_choices, grid_choices
from gridconsole.console.text import safe
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.domain.catalogue import FilingRule, strictest
from gridconsole.domain.incident import Act
from gridconsole.domain.workflow import Action
from gridconsole.language import t
from gridconsole.language.wording import limit_text
from gridconsole.services import casework
from gridconsole.services.casework import CaseView


class FileDialog(Form):
    """The rule with the most pressing limit is preselected."""

    def __init__(self, view: CaseView) -> None:
        super().__init__()
        self._view = view
        self._rules: tuple[FilingRule, ...] = ()
        row = view.detail.row
        self.heading = t("console.act.heading", action=Action.FILE, number=row.number, state=row.state, version=row.version)

    def fields(self) -> ComposeResult:
        """Category, grid, condition."""
        row, desk = self._view.detail.row, self.console_app.desk
        categories, grids = category_choices(desk), grid_choices(desk)
        category = next((item.key for item in categories if row.category_code and row.category_code in item.search.split()
                         and item.label.startswith(row.category)), None)  # fmt: skip
        grid = next((item.key for item in grids if row.grid_code and item.search.startswith(row.grid_code)), None)
        yield Static(safe(self._view.detail.text[:160]), classes="label")
        yield Static(t("console.report.category"), classes="label", markup=False)
        yield Chooser(categories, t("console.report.category.hint"), chosen=category, id="category")
        yield Static(t("console.report.grid"), classes="label", markup=False)
        yield Chooser(grids, t("console.report.grid.hint"), chosen=grid, id="grid")
        yield Static(t("console.file.rule"), classes="label", markup=False)
        yield OptionList(id="rules", markup=False)

    def on_mount(self) -> None:
        """The conditions of the category already known."""
        self._list_rules()
        unknown = next((name for name in ("category", "grid") if self.query_one(f"#{name}", Chooser).chosen is None), None)
        (self.query_one(f"#{unknown}").query_one(Input) if unknown else self.query_one("#rules")).focus()

    @on(Chooser.Picked, "#category")
    def _list_rules(self) -> None:
        key = self.query_one("#category", Chooser).chosen
        self._rules = tuple(casework.rules_of(self.console_app.desk, key)) if key is not None else ()
        options = self.query_one("#rules", OptionList)
        options.clear_options()
        options.add_options([Option(safe(f"{limit_text(rule.limit)}  {rule.condition}")) for rule in self._rules])
        preferred = strictest(self._rules)
        if preferred is not None:
            options.highlighted = self._rules.index(preferred)

    @on(OptionList.OptionSelected, "#rules")
    def _entered(self) -> None:
        self.action_submit()

    def operation(self) -> Operation | None:
        """The act; the table says what is missing."""
        chosen = self.query_one("#rules", OptionList).highlighted
        act = Act(
            Action.FILE, grid_id=self.query_one("#grid", Chooser).chosen, category_id=self.query_one("#category", Chooser).chosen,
            rule=self._rules[chosen] if chosen is not None and chosen < len(self._rules) else None,
            expected_version=self._view.detail.row.version,
        )  # fmt: skip
        app = self.console_app
        if app.actor is None:
            return None
        return partial(casework.act_on, app.desk, app.actor, self._view.detail.row.number, act, self.request_id)
