"""态势墙: pages for a screen on the wall, which turn by themselves; no name, phone or address stands on it."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, SituationRead
from gridconsole.console.overview_lines import hour_lines, unit_lines
from gridconsole.console.situation_screen import SituationScreen
from gridconsole.console.text import fit, line_of
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import ScrollPanel
from gridconsole.console.widgets.tile_map import TileMap
from gridconsole.language import t, weekday
from gridconsole.services.situation import Situation

PAGES = ("streets", "tiles", "units", "hours")
TURN_SECONDS = 15.0
FONT: dict[str, tuple[str, str, str, str, str]] = {
    "0": ("###", "# #", "# #", "# #", "###"), "1": (" # ", "## ", " # ", " # ", "###"), "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", " ##", "  #", "###"), "4": ("# #", "# #", "###", "  #", "  #"), "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"), "7": ("###", "  #", " # ", " # ", " # "), "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
}  # fmt: skip
"""Digits that can be read from across a room, five lines high."""
DIGIT = 8
"""Cells of a big digit with the gap behind it."""
BIG = 28
"""Least cells of a big number with its name."""
LOW_WALL = 18
"""Lines below which the numbers stand in one line."""


class WallScreen(SituationScreen):
    """Pages of the overview for everybody in the room; Space holds a page, Esc leaves.

    Nobody is named, and nothing can be done here. Where there are passwords the terminal is locked beneath it: whoever
    presses a key may be anybody, and the wall goes on when the log-in has run out.
    """

    DEFAULT_CSS = """
    WallScreen #title { height: 1; background: $raised; }
    WallScreen #big { height: 8; padding: 1 1; }
    WallScreen.low #big { height: 1; padding: 0 1; }
    WallScreen #page { height: 1fr; }
    WallScreen #tiles { display: none; }
    WallScreen.tiles #tiles { display: block; }
    WallScreen.tiles #words { display: none; }
    WallScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("escape", "leave", "wall.leave", show=False),
        bind("space,ideographic_space", "hold", "wall.hold", show=False),
        bind("right,enter", "turn(1)", "wall.next", show=False),
        bind("left", "turn(-1)", "wall.back", show=False),
    ]

    AUTO_FOCUS = ""
    is_public = True

    def __init__(self) -> None:
        super().__init__()
        self.page = 0
        self.is_held = False
        self._found: Situation | None = None

    @property
    def is_modal(self) -> bool:
        """Return that the application's keys do not work here: a palette would show cases and act on them."""
        return True

    def compose(self) -> ComposeResult:
        """Lay out the title, the big numbers, one page, and keys."""
        yield Static("", id="title", markup=False)
        yield Static("", id="big", markup=False)
        with ScrollPanel(id="page", can_focus=False):
            yield Static("", id="words", markup=False)
            tiles = TileMap(id="tiles")
            # Hidden on the other pages, it would take the keys of this screen.
            tiles.can_focus = False
            yield tiles
        yield KeyBar()

    def on_mount(self) -> None:
        """Read, and turn the pages from now on."""
        self.set_interval(TURN_SECONDS, self._turn_by_itself)
        self.read_situation()

    @on(Changed)
    def _changed(self) -> None:
        self.read_situation()

    @on(SituationRead)
    def _show(self, event: SituationRead) -> None:
        self._found = event.found
        self.query_one("#tiles", TileMap).show(event.found)
        self._draw()

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the page out for the new size."""
        self.call_after_refresh(self._draw)

    def _turn_by_itself(self) -> None:
        if not self.is_held:
            self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """Turn to another page."""
        self.page = (self.page + step) % len(PAGES)
        self._draw()

    def action_hold(self) -> None:
        """Hold the page, or let the pages turn again."""
        self.is_held = not self.is_held
        self._draw()

    def action_leave(self) -> None:
        """Leave the wall; beneath it is the lock where there are passwords."""
        self.app.pop_screen()

    def _draw(self) -> None:
        found = self._found
        if found is None:
            return
        office, name = self.console_app.office, PAGES[self.page]
        local = found.at.astimezone(office.calendar.zone)
        left = f" {line_of(office.name)}  {t('wall.title', page=self.page + 1, pages=len(PAGES))}"
        right = f"{local:%m-%d} {weekday(local.date())} {local:%H:%M} "
        if self.console_app.is_stale:
            right = f"{t('console.stale', at=f'{local:%H:%M:%S}')} "
        width = self.size.width
        self.query_one("#title", Static).update(Content(fit(left, width - cell_len(right) - 1) + right))
        self.set_class(self.size.height < LOW_WALL, "low")
        self.query_one("#big", Static).update(self._numbers(found, width - 2))
        self.set_class(name == "tiles", "tiles")
        self.query_one("#page", ScrollPanel).entitle(t(f"wall.{name}"))
        words = self.query_one("#words", Static)
        if name == "streets":
            words.update(self._streets(found, width))
        elif name == "units":
            words.update(unit_lines(found, min(width - 6, 60)))
        elif name == "hours":
            words.update(hour_lines(found, width - 4))
        hold = t("wall.go_on") if self.is_held else t("wall.hold")
        offers = [
            Offer("space", t("key.space"), (hold,)),
            Offer("right", "Enter", (t("wall.next"),)),
            Offer("escape", "Esc", (t("wall.leave"),)),
        ]
        self.query_one(KeyBar).offer(t("wall.held") if self.is_held else "", offers)

    def _numbers(self, found: Situation, width: int) -> Content:
        items = [
            ("open", found.open),
            ("late", found.late),
            ("reported", found.counters.reported_today),
            ("closed", found.counters.closed_today),
        ]
        if self.size.height < LOW_WALL:
            return Content("  ").join(
                Content(f"{t(f'overview.{name}')} ")
                + Content.styled(str(value), "bold $late" if name == "late" and value else "bold")
                for name, value in items
            )
        # As many as fit; every number whole.
        room = max(BIG, max(len(str(value)) for _, value in items) * DIGIT + 2)
        shown = items[: max(width // room, 1)]
        lines = [Content("").join(Content.styled(fit(t(f"overview.{name}"), room), "$mut") for name, _ in shown)]
        for row in range(5):
            line = Content("")
            for name, value in shown:
                pixels = "  ".join("".join("  " if one == " " else "⣿⣿" for one in FONT[digit][row]) for digit in str(value))
                style = "$late" if name == "late" and value else "$fg"
                line += Content.styled(fit(pixels, room), style)
            lines.append(line)
        return Content("\n").join(lines)

    def _streets(self, found: Situation, width: int) -> Content:
        most = max((street.counts.open for street in found.streets), default=1) or 1
        room = max(width - 40, 10)
        lines = []
        for street in sorted(found.streets, key=lambda one: -one.counts.open):
            counts = street.counts
            late = Content.styled(fit(t("map.late", count=counts.late) if counts.late else "", 7), "bold $late")
            urgent = Content(fit(t("map.urgent", count=counts.urgent) if counts.urgent else "", 7))
            bar = Content.styled("⣿" * round(counts.open / most * room), "$key")
            lines.append(Content(f"{fit(line_of(street.name), 14)}{counts.open:>5} ") + late + urgent + bar)
        if found.unplaced:
            lines.append(Content.styled(t("map.unplaced", count=found.unplaced), "$mut"))
        return Content("\n").join(lines)
