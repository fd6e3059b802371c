"""Links of a card: its cases, people, places; a digit or Enter goes there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from textual import events, on
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from gridconsole.console.text import line_of, safe
from gridconsole.domain.text import fold_width

MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to."""

    label: str
    go: Callable[[], object]


class CardLinks(OptionList):
    """The links of a card. Nothing is changed by following one."""

    DEFAULT_CSS = """
    CardLinks, CardLinks:focus { height: auto; max-height: 16; border: none; padding: 0; background: $bg; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._links: tuple[Link, ...] = ()

    def offer(self, links: Sequence[Link]) -> None:
        """Show links; the cursor stays on its line."""
        held = self.highlighted
        self._links = tuple(links)
        self.clear_options()
        for at, link in enumerate(self._links, 1):
            self.add_option(Option(safe(line_of(f"{at if at <= MOST_DIGITS else ' '} {link.label}"))))
        self.display = bool(self._links)
        if held is not None and held < len(self._links):
            self.highlighted = held

    def on_key(self, event: events.Key) -> None:
        """Follow the link of a digit."""
        digit = fold_width(event.character or "")
        if digit.isdecimal() and 1 <= int(digit) <= min(len(self._links), MOST_DIGITS):
            event.stop()
            self._links[int(digit) - 1].go()

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._links[event.option_index].go()
