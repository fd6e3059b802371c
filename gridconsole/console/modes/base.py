"""The base of every mode: a top line with office, operator, time and freshness."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual import events, on
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

from gridconsole.console.messages import NotWritten, Written
from gridconsole.console.text import line_of
from gridconsole.language import t, weekday, word
from gridconsole.language.turns import waiting_text

if TYPE_CHECKING:
    from gridconsole.console.dialogs.next_in_line import Line
    from gridconsole.console.host import OfficeApp
    from gridconsole.domain.actions import Action


MODES = ("desk", "overview", "grids", "wardens", "units", "imports")
"""Modes in the order of their tabs."""
OFFICE_SHOWN = 100
"""Cells from which the office's name, the role and the date are shown."""


class TopBar(Widget):
    """Office, mode tabs, operator, date, and whether what is shown is live."""

    DEFAULT_CSS = "TopBar { height: 1; background: $raised; color: $mut; text-wrap: nowrap; }"

    def __init__(self, mode: str) -> None:
        super().__init__()
        self._mode = mode
        self._spans: list[tuple[int, int, str]] = []
        self._shown: tuple[object, ...] = ()

    def on_mount(self) -> None:
        """Start the clock, which shows minutes.

        A line that changes every second would distract the eye and disturb input methods.
        """
        self.set_interval(1.0, self.update_line)
        self.update_line()

    def update_line(self) -> None:
        """Draw the line again if it changed."""
        now = (self._who(), self._when(), self._freshness(), self.size.width, cast("OfficeApp", self.app).awaits_mode)
        if now != self._shown:
            self._shown = now
            self.refresh()

    def on_resize(self) -> None:
        """Lay the line out for the new width."""
        self.update_line()

    @property
    def line(self) -> str:
        """The line as text."""
        return self.render().plain

    def _who(self) -> tuple[str, str]:
        app = cast("OfficeApp", self.app)
        if app.actor is None:
            return "-", ""
        roles = word(sorted(app.actor.roles))
        return line_of(app.actor.name), "" if app.actor.name == roles else line_of(roles)

    def _when(self) -> tuple[str, str, str]:
        """Return date, weekday with clock time, and what is unusual about the day."""
        office = cast("OfficeApp", self.app).office
        local = office.now().astimezone(office.calendar.zone)
        is_workday, is_weekend = office.calendar.is_workday(local.date()), local.weekday() >= 5
        short = "" if self.size.width >= OFFICE_SHOWN else ".short"
        is_usual = is_workday and not is_weekend
        kind = "" if is_usual else t(f"console.day.{'work' if is_workday else 'rest'}{short}")
        return f"{local:%m-%d}", f"{weekday(local)} {local:%H:%M}", kind

    def _freshness(self) -> tuple[str, str]:
        """Return how fresh the data are, and the token of the text's colour."""
        app = cast("OfficeApp", self.app)
        if app.waiting is not None:
            return waiting_text(app.waiting), "$soon"
        if not app.is_stale:
            return t("console.live"), "$ok"
        at = app.answered_at.astimezone(app.office.calendar.zone)
        return t("console.stale", at=f"{at:%H:%M:%S}"), "bold $soon"

    def render(self) -> Content:
        """Return the line; on a small terminal role and date are left out first."""
        (name, roles), (day, clock, kind), (fresh, token) = self._who(), self._when(), self._freshness()
        is_wide = self.size.width >= OFFICE_SHOWN
        office = f" {line_of(cast('OfficeApp', self.app).office.name)}  " if is_wide else ""
        parts = [Content(office)]
        position = cell_len(office)
        self._spans = []
        takes_digit = cast("OfficeApp", self.app).awaits_mode
        for at, mode in enumerate(MODES, 1):
            label = f"{at if takes_digit else ' '}{t(f'console.mode.{mode}')} "
            style = "bold $tab-plate-text on $tab-plate" if mode == self._mode else "$mut"
            parts.append(Content.styled(label, style) + Content(" "))
            self._spans.append((position, position + cell_len(label), mode))
            position += cell_len(label) + 1
        left = Content("").join(parts)
        right = Content.styled(name, "bold $fg")
        if is_wide and roles:
            right += Content(f" {roles}")
        right += Content(f"  {day} {clock}" if is_wide else f" {clock}")
        if kind:
            right += Content.styled(f" {kind}", "$soon")
        right += Content("  " if is_wide else " ") + Content.styled(fresh, token) + Content(" ")
        return left + Content(" " * max(self.size.width - left.cell_length - right.cell_length, 1)) + right

    def on_click(self, event: events.Click) -> None:
        """Go to the mode under the mouse."""
        for start, end, mode in self._spans:
            if start <= event.x < end:
                self.app.switch_mode(mode)


class OfficeScreen(Screen[None]):
    """A screen that knows its application."""

    @property
    def console_app(self) -> OfficeApp:
        """The application, by its own type."""
        return cast("OfficeApp", self.app)

    def line_after(self, key: int, action: Action) -> Line | None:  # noqa: ARG002  most screens show no queue
        """Return the cases after a case that wait for the same act from this operator; None if the screen shows no queue."""
        return None

    is_public = False
    """Anybody may look at it: no message that could name a case is shown over it."""
    awaits_typed = False
    """A typed command is being carried out whose result this screen is to say."""

    @on(Written)
    def _typed_written(self, event: Written) -> None:
        from gridconsole.console.receipts import receipt_text

        if self.awaits_typed and event.receipt is not None:
            self.awaits_typed = False
            self.console_app.say(receipt_text(self.console_app.office, event.receipt))

    @on(NotWritten)
    def _typed_refused(self, event: NotWritten) -> None:
        if self.awaits_typed:
            self.awaits_typed = False
            self.console_app.say_error(event.error)

    @on(events.ScreenResume)
    def _in_front_again(self) -> None:
        self.remove_class("beside")
        self.console_app.show_missed()
