"""One of a few options, on one line. A sign marks the choice, not colour alone, in glyphs that are one cell wide everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from gridconsole.console.keys import bind


class Pick(Widget, can_focus=True):
    """``1 一般   2 重大``: left and right choose; a digit does too, and then the cursor moves on.

    After an error the next digit is most likely the beginning of a text ("1 楼……"): it must not change a verdict. Digits are held
    until the user has been in another field, see :meth:`hold_digits`.
    """

    DEFAULT_CSS = """
    Pick { height: 1; padding: 0 1; background: $bg; color: $fg; }
    Pick:focus { background: $sel2; color: $fg; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("left,up", "step(-1)", "pick.back", show=False),
        bind("right,down,space", "step(1)", "pick.next", show=False),
    ]
    index: reactive[int] = reactive(0)
    """Position of the choice; -1 while there is none."""

    class Chosen(Message):
        """A digit chose: the cursor may move on."""

        def __init__(self, pick: Pick) -> None:
            super().__init__()
            self.pick = pick

        @property
        def control(self) -> Pick:
            return self.pick

    def __init__(
        self, labels: Sequence[str], *, must_choose: bool = False, asks_first: bool = False, id: str | None = None
    ) -> None:
        """Args:
        must_choose: nothing is chosen at first, so that Enter alone decides nothing.
        asks_first: the first label is the question, which stays chosen until there is an answer.
        """
        super().__init__(id=id)
        self._labels = tuple(labels)
        if must_choose:
            self.set_reactive(Pick.index, -1)
        self._unanswered = 0 if asks_first else -1
        self._takes_digits = True
        self._spans: list[tuple[int, int]] = []

    def render(self) -> Content:
        """Return the line."""
        parts: list[Content] = []
        position = 0
        self._spans = []
        for number, label in enumerate(self._labels):
            if number == self._unanswered:
                part = Content.styled(f"{label} ", "$mut")
            elif number == self.index:
                # Reversed, and in angle brackets for those who see no colour.
                part = Content.styled(f">{self._digit(number)} {label}<", "bold $urgent-plate-text on $urgent-plate")
            else:
                part = Content(f" {self._digit(number)} {label} ")
            parts.append(part)
            self._spans.append((position, position + part.cell_length))
            position += part.cell_length + 1
        return Content(" ").join(parts)

    def _digit(self, index: int) -> int:
        """Return the digit that chooses an option; a question has none."""
        return index if self._unanswered == 0 else index + 1

    def action_step(self, step: int) -> None:
        """Move the choice, wrapping around; without a choice, take the first or the last option."""
        self.index = (self.index + step if self.index >= 0 else min(step, 0)) % len(self._labels)

    def choose(self, index: str) -> None:
        """Choose by a number stored in a draft; an invalid one changes nothing."""
        if index.lstrip("-").isdecimal() and -1 <= int(index) < len(self._labels):
            self.index = int(index)

    def hold_digits(self) -> None:
        """Ignore digits until :meth:`take_digits`; a line without a choice still takes the one it asks for."""
        self._takes_digits = False

    def take_digits(self) -> None:
        """Take digits again: the user has been in another field, so a digit typed here is meant for this line."""
        self._takes_digits = True

    def on_key(self, event: events.Key) -> None:
        """Choose by a digit; any other printable character begins a text, and digits after it belong to that text."""
        if event.character is None or not event.is_printable or event.key == "space":
            return
        event.stop()
        if not event.character.isdecimal():
            self._takes_digits = False
            return
        index = int(event.character) - (0 if self._unanswered == 0 else 1)
        first = 1 if self._unanswered == 0 else 0
        if (self._takes_digits or self.index == self._unanswered) and first <= index < len(self._labels):
            self.index = index
            self.post_message(self.Chosen(self))

    def on_click(self, event: events.Click) -> None:
        """Choose the option under the mouse."""
        for number, (start, end) in enumerate(self._spans):
            if start <= event.x - 1 < end and number != self._unanswered:
                self.index = number
