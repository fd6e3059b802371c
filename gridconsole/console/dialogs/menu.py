"""Menus of actions: those an operator may take on a case, or on several marked ones, now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.keys import bind
from gridconsole.console.sizes import LOW, SMALL
from gridconsole.console.text import fit, line_of, wrapped
from gridconsole.domain.actions import Action
from gridconsole.domain.text import fold_width, printable
from gridconsole.language import t, word
from gridconsole.language.reasons import reason_words
from gridconsole.language.wording import offered
from gridconsole.services.case_queries import CaseView

WORDS_WIDTH = 70
"""Cells of a line of the list."""


class VerbMenu(ModalScreen[Action | None]):
    """Actions with digits: a digit takes one at once, Enter the one under the cursor."""

    DEFAULT_CSS = """
    VerbMenu { align: center top; background: transparent; }
    VerbMenu > Vertical { width: 76; max-width: 100%; height: auto; margin-top: 7; background: $bg; border: heavy $key; padding: 0 1;
        border-title-color: $tab-plate-text; border-title-background: $tab-plate; border-title-style: bold;
        border-subtitle-color: $mut; border-subtitle-background: $bg; }
    VerbMenu.small > Vertical { margin-top: 3; }
    VerbMenu OptionList, VerbMenu OptionList:focus { height: auto; max-height: 13; border: none; padding: 0; background: $bg; }
    VerbMenu OptionList > .option-list--option-disabled { color: $dim; }
    VerbMenu Static { color: $mut; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "menu.cancel")]

    def __init__(
        self, title: str, options: Sequence[tuple[Action, str, str]], unavailable: Sequence[tuple[str, str]] = ()
    ) -> None:  # fmt: skip
        """Offer actions.

        Args:
            options: each with its name and a few words on what it does.
            unavailable: names of those that cannot be taken now, each with the reason.
        """
        super().__init__()
        self._title, self._options, self._unavailable = title, tuple(options), tuple(unavailable)

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        box = Vertical()
        box.border_title = Content(f" {line_of(self._title)} ")
        box.border_subtitle = Content(f" {t('console.menu.keys')} ")
        with box:
            yield OptionList(*self._lines(), markup=False)
            if self._unavailable:
                yield Static(t("console.menu.dim"), markup=False)

    def _lines(self) -> Iterator[Option]:
        names = [name for _, name, _ in self._options] + [name for name, _ in self._unavailable]
        width = max((cell_len(name) for name in names), default=0) + 2
        for at, (action, name, does) in enumerate(self._options, 1):
            yield Option(_line(str(at) if at < 10 else "", name, does, width), id=action.value)
        for name, why in self._unavailable:
            yield Option(_line("", name, why, width), disabled=True)

    def on_resize(self, event: events.Resize) -> None:
        """Start further up on a small terminal, where the list would reach the keys."""
        self.set_class(event.size.width < SMALL or event.size.height < LOW, "small")

    def on_key(self, event: events.Key) -> None:
        """Take the action of a digit."""
        digit = fold_width(event.character or "")
        if digit.isdecimal() and 1 <= int(digit) <= len(self._options):
            event.stop()
            self.dismiss(self._options[int(digit) - 1][0])

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(Action(str(event.option.id)))


def _line(digit: str, name: str, words: str, width: int) -> str:
    """Return a line of the list; words that are too long for it go on below where they began."""
    head = f"{digit:1}  {fit(name, width)}"
    first, *more = wrapped(printable(words), WORDS_WIDTH - cell_len(head)) or [""]
    return "\n".join((f"{head}{first}".rstrip(), *(" " * cell_len(head) + line for line in more)))


class ActionMenu(VerbMenu):
    """The actions that an operator may take on a case now, and those that they may look for and cannot take, with the reason."""

    def __init__(self, view: CaseView) -> None:
        names = offered(view.actions, view.waivable)
        options = [(action, name, t(f"verb.{action}")) for action, name in zip(view.actions, names, strict=True)]
        row = view.detail.row
        title = t("console.menu", number=row.number[8:], category=row.category)
        super().__init__(title, options, [(word(action), reason_words(error)) for action, error in view.unavailable])
