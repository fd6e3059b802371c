"""The banner of the office itself: above everything, gone while there is nothing to say."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from gridconsole.console.text import line_of


class OfficeBanner(Widget):
    """Banner of problems of the office itself, above everything; gone once they are solved."""

    DEFAULT_CSS = """
    OfficeBanner { height: auto; max-height: 2; background: $late-plate; color: $late-plate-text; text-style: bold; padding: 0 1; display: none; }
    OfficeBanner.shown { display: block; }
    """

    def __init__(self) -> None:
        super().__init__(id="office")
        self._line = ""

    def show(self, line: str) -> None:
        """Show a sentence, or nothing if it is empty."""
        if line != self._line:
            self._line = line
            self.set_class(bool(line), "shown")
            self.refresh(layout=True)

    def render(self) -> Content:
        """Return the sentence; foreign text in it is literal."""
        return Content(line_of(f"! {self._line}") if self._line else "")
