"""A short numbered list: digits, arrow keys and the mouse choose; the row under the cursor has a ``>`` and needs no colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from gridconsole.console.keys import bind
from gridconsole.console.text import fit


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose."""

    key: str
    label: str
    explanation: str = ""


class Choices(Widget, can_focus=True):
    """One line per option: ``>1  label   explanation``."""

    DEFAULT_CSS = """
    Choices { height: auto; background: $surface; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("up", "step(-1)", "choices.up", show=False),
        bind("down", "step(1)", "choices.down", show=False),
        bind("enter", "take", "choices.take", show=False),
    ]
    cursor: reactive[int] = reactive(0)

    class Taken(Message):
        """An option was chosen."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, options: Sequence[Option], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._options = tuple(options)
        self._width = max((cell_len(option.label) for option in self._options), default=0) + 3

    def get_content_height(self, *_: object) -> int:
        """Return one line per option."""
        return len(self._options)

    def render(self) -> Content:
        """Return the lines."""
        lines = []
        for number, option in enumerate(self._options):
            here = number == self.cursor
            head = f"{'>' if here else ' '}{number + 1}  {fit(option.label, self._width)}"
            line = Content.assemble((head, "bold" if here else ""), (option.explanation, "" if here else "$foreground 75%"))
            lines.append(line.pad_right(max(self.size.width - line.cell_length, 0)))
            if here:
                lines[-1] = lines[-1].stylize("on $primary-darken-2")
        return Content("\n").join(lines)

    def action_step(self, step: int) -> None:
        """Move the cursor up or down, wrapping around."""
        self.cursor = (self.cursor + step) % len(self._options)

    def action_take(self) -> None:
        """Choose the row under the cursor."""
        self.post_message(self.Taken(self._options[self.cursor].key))

    def on_key(self, event: events.Key) -> None:
        """Choose by a digit, also from a full-width keyboard."""
        if event.character is not None and event.character.isdecimal() and 1 <= int(event.character) <= len(self._options):
            event.stop()
            self.cursor = int(event.character) - 1
            self.action_take()

    def on_click(self, event: events.Click) -> None:
        """Choose the row under the mouse."""
        if 0 <= event.y < len(self._options):
            self.cursor = event.y
            self.action_take()
