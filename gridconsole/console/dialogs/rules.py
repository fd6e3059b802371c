"""A form in which a category and one of its filing rules are chosen."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.dialogs.case_form import CaseForm
from gridconsole.console.dialogs.report import category_choices
from gridconsole.console.text import safe
from gridconsole.console.widgets.chooser import Chooser
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import FilingRule
from gridconsole.language import t
from gridconsole.language.durations import limit_text
from gridconsole.services import case_queries
from gridconsole.services.case_queries import CaseView


class RuleForm(CaseForm):
    """Form in which the list of rules follows the category."""

    def __init__(self, view: CaseView, action: Action) -> None:
        super().__init__(view, action)
        self._rules: tuple[FilingRule, ...] = ()

    def category_fields(self) -> ComposeResult:
        """Lay out the category, with the case's own preselected."""
        row, choices = self._view.detail.row, category_choices(self.console_app.office)
        chosen = next((item.key for item in choices if row.category_code and row.category_code in item.search.split()
                       and item.label.startswith(row.category)), None)  # fmt: skip
        yield Static(t("console.report.category"), classes="label", markup=False)
        yield Chooser(choices, t("console.report.category.hint"), chosen=chosen, id="category")

    def rule_fields(self) -> ComposeResult:
        """Lay out the rules of the category."""
        yield Static(t("console.file.rule"), classes="label", markup=False)
        yield OptionList(id="rules", markup=False)

    @on(Chooser.Picked, "#category")
    def list_rules(self) -> None:
        """Show the rules of the category that is chosen now."""
        key = self.query_one("#category", Chooser).chosen
        self._rules = tuple(case_queries.rules_of(self.console_app.office, key)) if key is not None else ()
        options = self.query_one("#rules", OptionList)
        options.clear_options()
        options.add_options([Option(safe(f"{limit_text(rule.limit)}  {rule.condition}")) for rule in self._rules])
        preferred = self.preferred(self._rules)
        if preferred is not None:
            options.highlighted = self._rules.index(preferred)

    def preferred(self, rules: tuple[FilingRule, ...]) -> FilingRule | None:  # noqa: ARG002  no rule is preselected by default
        """Return the rule that is preselected; None for none."""
        return None

    @property
    def chosen_category(self) -> int | None:
        """Key of the chosen category."""
        return self.query_one("#category", Chooser).chosen

    @property
    def chosen_rule(self) -> FilingRule | None:
        """The rule under the cursor."""
        chosen = self.query_one("#rules", OptionList).highlighted
        return self._rules[chosen] if chosen is not None and chosen < len(self._rules) else None

    @on(OptionList.OptionSelected, "#rules")
    def _rule_entered(self) -> None:
        self.action_submit()
