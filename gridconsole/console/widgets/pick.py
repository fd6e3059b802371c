"""One of a few, on one line: the choice is said by a sign, not by colour alone, in glyphs that are one cell wide everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class Pick(Widget, can_focus=True):
    """``(x) 一般  ( ) 重大``; left and right choose, digits too."""

    DEFAULT_CSS = """
    Pick { height: 1; padding: 0 1; background: $panel; }
    Pick:focus { background: $primary-darken-2; color: $text; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,up", "step(-1)", "前一项", show=False, id="pick.back"),
        Binding("right,down,space", "step(1)", "后一项", show=False, id="pick.next"),
    ]
    index: reactive[int] = reactive(0)
    """Place of the choice; -1 while there is none."""

    def __init__(self, labels: Sequence[str], *, must_choose: bool = False, id: str | None = None) -> None:
        """Args:
        must_choose: nothing is chosen at first: what Enter alone may not decide.
        """
        super().__init__(id=id)
        self._labels = tuple(labels)
        if must_choose:
            self.set_reactive(Pick.index, -1)
        self._spans: list[tuple[int, int]] = []

    def render(self) -> Content:
        """The line."""
        parts: list[Content] = []
        position = 0
        self._spans = []
        for number, label in enumerate(self._labels):
            part = Content.styled(f"({'x' if number == self.index else ' '}) {label}", "bold" if number == self.index else "")
            parts.append(part)
            self._spans.append((position, position + part.cell_length))
            position += part.cell_length + 2
        return Content("  ").join(parts)

    def action_step(self, step: int) -> None:
        """The next or the one before, round; without a choice the first or the last."""
        self.index = (self.index + step if self.index >= 0 else min(step, 0)) % len(self._labels)

    def on_key(self, event: events.Key) -> None:
        """A digit picks directly."""
        if event.character is not None and event.character.isdecimal() and 1 <= int(event.character) <= len(self._labels):
            self.index = int(event.character) - 1
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """What is under the mouse."""
        for number, (start, end) in enumerate(self._spans):
            if start <= event.x - 1 < end:
                self.index = number
