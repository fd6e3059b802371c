"""The base of every mode: a top line with office, operator, time and freshness."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual import events, on
from textual.content import Content
from textual.widget import Widget

from gridconsole.console.drawing import DrawnOnce
from gridconsole.console.messages import NotWritten, Written
from gridconsole.console.text import cut, line_of
from gridconsole.language import t, weekday, word
from gridconsole.language.turns import waiting_text

if TYPE_CHECKING:
    from gridconsole.console.dialogs.next_in_line import Line
    from gridconsole.console.host import OfficeApp
    from gridconsole.domain.actions import Action


MODES = ("desk", "overview", "grids", "wardens", "units", "teams", "reports", "imports")
"""Modes in the order of their tabs."""
OFFICE_SHOWN = 100
"""Cells from which the office's name, the role and the date are shown."""
OFFICE_KEPT = 24
"""Cells of the office's name that stay before operator, date and clock are shortened."""


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
        """Return the line; what finds no room is left out, the state of the data last of all."""
        width, tabs = self.size.width, [t(f"console.mode.{mode}") for mode in MODES]
        length = sum(cell_len(tab) + 3 for tab in tabs)
        name = f" {line_of(cast('OfficeApp', self.app).office.name)}  " if width >= OFFICE_SHOWN else ""
        # A small terminal gives up the gaps between the tabs for who works there and what time it is.
        right = self._right(width - length + (0 if name else len(tabs)), cell_len(name))
        office = cut(name.rstrip(), max(width - length - right.cell_length - 2, 0)) + "  " if name else ""
        left = self._tabs(tabs, office, gap=1 if cell_len(office) + length + right.cell_length <= width else 0)
        left = left.truncate(max(width - right.cell_length, 0))
        return left + Content(" " * (width - left.cell_length - right.cell_length)) + right

    def _right(self, room: int, office: int) -> Content:
        """Return the fullest of operator, date, clock and freshness that leaves the office's name its cells, or else most of it."""
        (name, roles), (day, clock, kind), (fresh, token) = self._who(), self._when(), self._freshness()
        who, special = Content.styled(name, "bold $fg"), Content.styled(f" {kind}" if kind else "", "$soon")
        state = Content.styled(fresh, token) + Content(" ")
        short = [
            who + Content(f" {clock}") + special + Content(" ") + state,
            Content(f" {clock}") + special + Content(" ") + state,
            Content(f" {clock[-5:]} ") + state,
            Content(" ") + state,
        ]
        if office:
            dated = Content(f"  {day} {clock}") + special + Content("  ") + state
            short = [who + Content(f" {roles}" if roles else "") + dated, who + dated, *short]
        fitting = [one for one in short if one.cell_length <= room - min(office, OFFICE_KEPT)]
        return (fitting or short[-1:])[0]

    def _tabs(self, tabs: list[str], office: str, gap: int) -> Content:
        """Return the office's name and the tabs, and keep where each tab stands."""
        parts, position = [Content(office)], cell_len(office)
        self._spans = []
        takes_digit = cast("OfficeApp", self.app).awaits_mode
        for at, (mode, tab) in enumerate(zip(MODES, tabs, strict=True), 1):
            label = f"{at if takes_digit else ' '}{tab} "
            style = "bold $tab-plate-text on $tab-plate" if mode == self._mode else "$mut"
            parts.append(Content.styled(label, style) + Content(" " * gap))
            self._spans.append((position, position + cell_len(label), mode))
            position += cell_len(label) + gap
        return Content("").join(parts)

    def on_click(self, event: events.Click) -> None:
        """Go to the mode under the mouse."""
        for start, end, mode in self._spans:
            if start <= event.x < end:
                self.app.switch_mode(mode)


class OfficeScreen(DrawnOnce[None]):
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

    moved_parts: ClassVar[str] = "Panel, ScrollPanel"
    """Selector of the parts that lie elsewhere, or look otherwise, while a drawer is open beside them."""

    def make_room(self, *, is_needed: bool = True) -> None:
        """Make room for a drawer, or take it back. Only the parts that move are styled anew: all took a fifth of its time to open."""
        if self.has_class("beside") != is_needed:
            self.set_class(is_needed, "beside", update=False)
            self.app.stylesheet.update_nodes(self.query(self.moved_parts))

    @on(events.ScreenResume)
    def _in_front_again(self) -> None:
        # A menu that opens a drawer leaves first: by the time this comes, the drawer is in front.
        if self.app.screen is self:
            self.make_room(is_needed=False)
            self.console_app.show_missed()
