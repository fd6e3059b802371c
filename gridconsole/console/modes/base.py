"""The base of every mode: a top line with office, operator, time and freshness."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual import events, on
from textual.content import Content
from textual.reactive import reactive
from textual.screen import Screen
from textual.widget import Widget

from gridconsole.console.text import line_of
from gridconsole.language import t, word
from gridconsole.language.durations import local_text
from gridconsole.language.turns import waiting_text

if TYPE_CHECKING:
    from gridconsole.console.host import OfficeApp


class TopBar(Widget):
    """Office, mode, operator, date, and whether what is shown is live."""

    DEFAULT_CSS = """
    TopBar { height: 1; background: $panel; color: $foreground; padding: 0 1; }
    TopBar.stale { background: $error; color: $background; text-style: bold; }
    """
    line: reactive[str] = reactive("")

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode

    def on_mount(self) -> None:
        """Start the clock, which shows minutes.

        A line that changes every second would distract the eye and disturb input methods.
        """
        self.set_interval(1.0, self.update_line)
        self.update_line()

    def update_line(self) -> None:
        """Update the line."""
        app = cast("OfficeApp", self.app)
        self.set_class(app.is_stale, "stale")
        who = f"{app.actor.name}·{word(sorted(app.actor.roles))}" if app.actor else "-"
        if app.actor and app.actor.name == word(sorted(app.actor.roles)):
            who = app.actor.name
        calendar = app.office.calendar
        fresh = (
            t("console.stale", at=f"{app.answered_at.astimezone(calendar.zone):%H:%M:%S}") if app.is_stale else t("console.live")
        )
        fresh = waiting_text(app.waiting) if app.waiting is not None else fresh
        left = f"{line_of(app.office.name)}  [{t(f'console.mode.{self._mode}')}]"
        right = f"{line_of(who)}  {local_text(app.office.now(), calendar)[5:]}  {fresh}"
        space = self.size.width - cell_len(left) - cell_len(right)
        self.line = left + " " * max(space, 2) + right

    def on_resize(self) -> None:
        """Lay the line out for the new width."""
        self.update_line()

    def render(self) -> Content:
        """Return the line."""
        return Content(self.line)


class OfficeScreen(Screen[None]):
    """A screen that knows its application."""

    @property
    def console_app(self) -> OfficeApp:
        """The application, by its own type."""
        return cast("OfficeApp", self.app)

    @on(events.ScreenResume)
    def _in_front_again(self) -> None:
        self.console_app.show_missed()
