"""Menu of the actions an operator may take on a case now."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.keys import bind
from gridconsole.domain.actions import Action
from gridconsole.language import t
from gridconsole.language.wording import offered
from gridconsole.services.case_queries import CaseView


class ActionMenu(ModalScreen[Action | None]):
    """A list of actions; Enter takes one."""

    DEFAULT_CSS = """
    ActionMenu { align: center middle; }
    ActionMenu > Vertical { width: 40; height: auto; background: $surface; border: round $primary; padding: 0 1; }
    ActionMenu OptionList { height: auto; max-height: 14; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "menu.cancel")]

    def __init__(self, view: CaseView) -> None:
        super().__init__()
        self._view = view

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with Vertical():
            yield Static(t("console.menu", number=self._view.detail.row.number), classes="title", markup=False)
            names = offered(self._view.actions, self._view.waivable)
            options = (Option(name, id=action.value) for name, action in zip(names, self._view.actions, strict=True))
            yield OptionList(*options, markup=False)

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Action(str(event.option.id)))
