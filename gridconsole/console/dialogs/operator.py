"""Choosing the operator of a demo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from gridconsole.console.keys import bind
from gridconsole.console.text import safe
from gridconsole.domain.parties import Actor
from gridconsole.language import t, word


class OperatorDialog(ModalScreen[Actor | None]):
    """A list of the office's operators; only a demo, which has no passwords, accepts a name alone."""

    DEFAULT_CSS = """
    OperatorDialog { align: center middle; }
    OperatorDialog > Vertical { width: 46; height: auto; max-height: 90%; background: $surface; border: round $primary; padding: 0 1; }
    OperatorDialog OptionList { height: auto; max-height: 16; border: none; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "dismiss(None)", "operator.cancel")]

    def __init__(self, actors: Sequence[Actor]) -> None:
        super().__init__()
        self._actors = {str(actor.id): actor for actor in actors}

    def compose(self) -> ComposeResult:
        """Lay out the list."""
        with Vertical():
            yield Static(t("console.who"), classes="title", markup=False)
            yield Static(t("console.who.demo"), classes="muted", markup=False)
            yield OptionList(
                *(Option(safe(f"{actor.name}  {word(sorted(actor.roles))}"), id=key) for key, actor in self._actors.items()),
                markup=False,
            )

    @on(OptionList.OptionSelected)
    def _picked(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._actors[str(event.option.id)])
