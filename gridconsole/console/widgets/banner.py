"""The banner of alarms: one line, gone while there is none; never a dialog in front of the work."""

from __future__ import annotations

from textual.content import Content
from textual.message import Message
from textual.widget import Widget

from gridconsole.console.text import line_of
from gridconsole.language import t


class OfficeBanner(Widget):
    """Banner of problems of the office itself, above everything; gone once they are solved."""

    DEFAULT_CSS = """
    OfficeBanner { height: auto; max-height: 2; background: $error; color: $background; text-style: bold; padding: 0 1; display: none; }
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


class AlarmBanner(Widget):
    """Banner of the alarms that need an action now, with the key for it."""

    DEFAULT_CSS = """
    AlarmBanner { height: 1; background: $warning; color: $background; text-style: bold; padding: 0 1; display: none; }
    AlarmBanner.told { display: block; }
    """

    class Opened(Message):
        """The banner was clicked."""

    def __init__(self) -> None:
        super().__init__(id="alarms")
        self._line = ""

    def show(self, line: str) -> None:
        """Show a line, or nothing if it is empty."""
        if line != self._line:
            self._line = line
            self.set_class(bool(line), "told")
            self.refresh()

    def render(self) -> Content:
        """Return the line; foreign text in it is literal."""
        return Content(line_of(f"! {self._line}  {t('console.alarm.key')}") if self._line else "")

    def on_click(self) -> None:
        """Open the list of reminders."""
        self.post_message(self.Opened())
