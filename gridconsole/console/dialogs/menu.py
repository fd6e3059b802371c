"""Menus of actions: those an operator may take on a case, or on several marked ones, now."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from gridconsole.console.keys import bind
from gridconsole.console.text import line_of
from gridconsole.domain.actions import Action
from gridconsole.domain.text import fold_width
from gridconsole.language import t
from gridconsole.language.wording import offered
from gridconsole.services.case_queries import CaseView


class VerbMenu(ModalScreen[Action | None]):
    """Actions with digits: a digit takes one at once, Enter the one under the cursor."""

    DEFAULT_CSS = """
    VerbMenu { align: center top; background: transparent; }
    VerbMenu > Vertical { width: 56; height: auto; margin-top: 7; background: $bg; border: heavy $key; padding: 0 1;
        border-title-color: $tab-plate-text; border-title-background: $tab-plate; border-title-style: bold;
        border-subtitle-color: $mut; border-subtitle-background: $bg; }
    VerbMenu OptionList, VerbMenu OptionList:focus { height: auto; max-height: 14; border: none; background: $bg; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "menu.cancel")]

    def __init__(self, title: str, options: Sequence[tuple[Action, str]]) -> None:
        super().__init__()
        self._title, self._options = title, tuple(options)

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        box = Vertical()
        box.border_title = Content(f" {line_of(self._title)} ")
        box.border_subtitle = Content(f" {t('console.menu.keys')} ")
        with box:
            labels = (f"{at if at < 10 else ' '}  {label}" for at, (_, label) in enumerate(self._options, 1))
            yield OptionList(
                *(Option(label, id=action.value) for label, (action, _) in zip(labels, self._options, strict=True)), markup=False
            )

    def on_key(self, event: events.Key) -> None:
        """Take the action of a digit."""
        digit = fold_width(event.character or "")
        if digit.isdecimal() and 1 <= int(digit) <= len(self._options):
            event.stop()
            self.dismiss(self._options[int(digit) - 1][0])

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Action(str(event.option.id)))


class ActionMenu(VerbMenu):
    """The actions that an operator may take on a case now."""

    def __init__(self, view: CaseView) -> None:
        names = offered(view.actions, view.waivable)
        super().__init__(t("console.menu", number=view.detail.row.number), tuple(zip(view.actions, names, strict=True)))
