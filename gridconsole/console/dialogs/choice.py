"""A question with a few numbered answers, in a small box; the screen around it stays visible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from gridconsole.console.keys import bind
from gridconsole.console.widgets.choices import Choices, Option


class ChoiceDialog(ModalScreen[str]):
    """Digits, or Enter on the row under the cursor, choose an answer; Esc chooses the answer that loses nothing."""

    DEFAULT_CSS = """
    ChoiceDialog { align: center middle; }
    ChoiceDialog > Vertical { width: 66; max-width: 96%; height: auto; max-height: 96%; background: $surface;
        border: heavy $primary; border-title-style: bold reverse; border-subtitle-color: $foreground 75%; padding: 0 1; }
    ChoiceDialog Static { height: auto; }
    ChoiceDialog Choices { margin: 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [bind("escape", "escape", "choice.escape", priority=True)]

    def __init__(self, title: str, lines: Sequence[Content], options: Sequence[Option], escape: Option) -> None:
        """Args:
        escape: answer that Esc chooses; its label is shown in the lower border.
        """
        super().__init__()
        self._title, self._lines, self._options, self._escape = title, lines, options, escape

    def compose(self) -> ComposeResult:
        """Show the question, then the answers."""
        box = Vertical()
        box.border_title = Content(self._title)
        box.border_subtitle = Content(f"Esc {self._escape.label}")
        with box:
            for line in self._lines:
                yield Static(line, markup=False)
            yield Choices(self._options)

    def on_mount(self) -> None:
        """Focus the answers."""
        self.query_one(Choices).focus()

    @on(Choices.Taken)
    def _taken(self, event: Choices.Taken) -> None:
        self.dismiss(event.key)

    def action_escape(self) -> None:
        """Choose the answer that loses nothing."""
        self.dismiss(self._escape.key)
