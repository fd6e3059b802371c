"""态势: the district as tiles or as a table, with what came in today, who has it in hand, and who is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from gridconsole.console.keys import bind
from gridconsole.console.messages import Changed, LoadFailed, SituationRead
from gridconsole.console.modes.base import TopBar
from gridconsole.console.overview_lines import hour_lines, legend, numbers, present_lines, unit_lines
from gridconsole.console.situation_screen import SituationScreen
from gridconsole.console.sizes import LOW, SMALL
from gridconsole.console.text import line_of, safe
from gridconsole.console.widgets.key_bar import KeyBar, Offer
from gridconsole.console.widgets.panel import Panel, ScrollPanel
from gridconsole.console.widgets.table import Column, RowTable
from gridconsole.console.widgets.tile_map import TileMap
from gridconsole.language import t
from gridconsole.services.situation import Situation, Tile

ORDERS = ("open", "late", "urgent", "load")
"""Columns by which the table is sorted, in the order of the key."""


COMPARED: Mapping[str, Callable[[Tile], float]] = {
    "open": lambda tile: tile.counts.open,
    "late": lambda tile: tile.counts.late,
    "urgent": lambda tile: tile.counts.urgent,
    "load": lambda tile: tile.load,
}
"""Key of comparison for each order of the table; higher first."""


class OverviewScreen(SituationScreen):
    """Counts of now; Enter leads to the cases of the community under the cursor."""

    DEFAULT_CSS = """
    OverviewScreen #numbers { height: 2; background: $raised; padding: 0 1; }
    OverviewScreen #main { height: 1fr; }
    OverviewScreen #left { width: 1fr; }
    OverviewScreen #side { width: 36; }
    OverviewScreen #map_panel { height: 1fr; padding: 0; }
    OverviewScreen #hours_panel { height: 10; }
    OverviewScreen #units_panel { height: 1fr; }
    OverviewScreen #tile_panel { height: 7; }
    OverviewScreen #present_panel { height: 11; }
    OverviewScreen.small #hours_panel { display: none; }
    OverviewScreen.small #units_panel, OverviewScreen.small #present_panel { display: none; }
    OverviewScreen.small #main { layout: vertical; }
    OverviewScreen.small #side { width: 100%; height: 3; }
    OverviewScreen.small #tile_panel { height: 3; padding: 0 1; }
    OverviewScreen #table_panel { display: none; height: 1fr; }
    OverviewScreen.table #table_panel { display: block; }
    OverviewScreen.table #map_panel { display: none; }
    OverviewScreen Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("ctrl+l", "next_view", "overview.view", key_display="Ctrl+L", show=False),
        bind("f5", "reload", "overview.reload", key_display="F5", show=False),
        bind("f11", "wall", "overview.wall", key_display="F11", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.found: Situation | None = None
        self._order = ""
        """Column by which the table is sorted; empty while the map is shown."""

    def compose(self) -> ComposeResult:
        """Lay out numbers, map or table, today's hours, units, the tile, and who is there."""
        yield TopBar("overview")
        yield Static("", id="numbers", markup=False)
        with Horizontal(id="main"):
            with Vertical(id="left"):
                with ScrollPanel(id="map_panel", can_focus=False):
                    yield TileMap(id="map")
                with Panel(id="table_panel"):
                    yield RowTable[Tile](self._columns(), lambda tile: tile.area_id, empty=t("console.no_row"), id="rows")
                with ScrollPanel(id="hours_panel", can_focus=False):
                    yield Static("", id="hours", markup=False)
            with Vertical(id="side"):
                with ScrollPanel(id="units_panel"):
                    yield Static("", id="units", markup=False)
                with ScrollPanel(id="tile_panel", can_focus=False):
                    yield Static("", id="tile", markup=False)
                with ScrollPanel(id="present_panel", can_focus=False):
                    yield Static("", id="present", markup=False)
        yield KeyBar()

    def _columns(self) -> tuple[Column[Tile], ...]:
        def count(value: int) -> str:
            return str(value) if value else "-"

        return (
            Column(t("column.area"), 0, lambda tile: tile.name, weight=2),
            Column(t("column.street"), 0, self._street, lambda _: "mut", narrowest=60),
            Column(t("map.open"), 5, lambda tile: count(tile.counts.open), right=True),
            Column(
                t("map.over"),
                5,
                lambda tile: count(tile.counts.late),
                lambda tile: "late" if tile.counts.late else "",
                right=True,
            ),
            Column(t("map.urgent_short"), 5, lambda tile: count(tile.counts.urgent), right=True),
            Column(t("map.today"), 6, lambda tile: count(tile.reported), right=True, narrowest=60),
            Column(t("map.grids"), 6, lambda tile: count(tile.grids), right=True, narrowest=70),
            Column(t("map.on_duty"), 6, self._wardens, right=True),
            Column(t("map.load"), 7, lambda tile: f"{tile.load:.1f}" if tile.wardens else "-", right=True, narrowest=70),
        )

    def _street(self, tile: Tile) -> str:
        streets = self.found.streets if self.found is not None else ()
        return next((street.name for street in streets if tile in street.tiles), "")

    @staticmethod
    def _wardens(tile: Tile) -> str:
        return str(tile.wardens) if tile.wardens else t("grid.nobody_short")

    @property
    def map(self) -> TileMap:
        """The tiles."""
        return self.query_one("#map", TileMap)

    @property
    def table(self) -> RowTable[Tile]:
        """The same as rows."""
        return self.query_one("#rows", RowTable)

    @property
    def current(self) -> Tile | None:
        """The community under the cursor, of the map or of the table."""
        found = self.table.current if self._order else self.map.current
        return found if isinstance(found, Tile) else None

    def on_mount(self) -> None:
        """Name the panels and read."""
        self.query_one("#units_panel", ScrollPanel).entitle(t("overview.units"))
        self.query_one("#present_panel", ScrollPanel).entitle(t("overview.present"))
        self.query_one("#hours_panel", ScrollPanel).entitle(t("overview.hours"))
        self.map.focus()
        self.action_reload()

    def on_resize(self, event: events.Resize) -> None:
        """Leave the panels beside the map out on a small terminal."""
        self.set_class(event.size.width < SMALL or event.size.height < LOW, "small")
        self.call_after_refresh(self._draw)

    @on(Changed)
    @on(events.ScreenResume)
    def _changed(self) -> None:
        if self.app.screen is self and self.is_mounted:
            self.action_reload()

    def action_reload(self) -> None:
        """Read everything again."""
        self.read_situation()

    @on(SituationRead)
    def _read(self, event: SituationRead) -> None:
        self.found = event.found
        self.map.show(event.found)
        self._fill_table()
        self._draw()

    @on(LoadFailed)
    def _failed(self, event: LoadFailed) -> None:
        self.console_app.say_error(event.error)

    def _fill_table(self) -> None:
        if self.found is not None:
            key = COMPARED[self._order or "open"]
            self.table.show(sorted(self.found.tiles, key=lambda tile: (-key(tile), -tile.counts.open, tile.code)))

    @on(TileMap.Highlighted)
    @on(RowTable.Highlighted, "#rows")
    def _moved(self) -> None:
        self._draw()

    def _draw(self) -> None:
        found = self.found
        if found is None:
            return
        width = self.size.width
        self.query_one("#numbers", Static).update(numbers(found, self.map.colouring, is_small=width < SMALL))
        count = len(found.tiles)
        title, key = t("overview.map", count=count, colouring=t(f"map.by.{self.map.colouring}")), legend(self.map, found)
        # A small terminal has no bottom borders: what the signs mean stands beside the title.
        is_small = self.has_class("small")
        self.query_one("#map_panel", ScrollPanel).entitle(f"{title}   {key}" if is_small else title, "" if is_small else key)
        self.query_one("#table_panel", Panel).entitle(
            t("overview.table", count=count, order=t(f"map.by.{self._order or 'open'}")), t("overview.table.hint")
        )
        self.query_one("#hours", Static).update(hour_lines(found, self.query_one("#hours", Static).size.width or width - 40))
        self.query_one("#units", Static).update(unit_lines(found, 32))
        self.query_one("#present", Static).update(present_lines(found))
        tile = self.current
        self.query_one("#tile_panel", ScrollPanel).entitle(tile.name if tile is not None else t("overview.tile"))
        lines = []
        if tile is not None:
            counts = tile.counts
            lines = [
                t("overview.tile.counts", open=counts.open, late=counts.late, urgent=counts.urgent),
                t("overview.tile.people", grids=tile.grids, wardens=tile.wardens, today=tile.reported),
            ]
            if counts.open:
                lines.append(t("overview.tile.enter", count=counts.open))
        self.query_one("#tile", Static).update(Content("\n").join(map(safe, lines)))
        offers = [
            Offer("enter", "Enter", (t("key.overview.open"),)), Offer("space", t("key.space"), (t("key.map.recolour"),)),
            Offer("ctrl+l", "Ctrl+L", (t("key.overview.view"),)), Offer("f5", "F5", (t("key.overview.reload"),)),
            Offer("f11", "F11", (t("key.overview.wall"),)),
        ]  # fmt: skip
        self.query_one(KeyBar).offer(line_of(tile.name) if tile is not None else "", offers)

    @on(TileMap.Opened)
    def _open_tile(self, event: TileMap.Opened) -> None:
        self._show(event.tile)

    @on(RowTable.Chosen, "#rows")
    def _open_row(self) -> None:
        if self.current is not None:
            self._show(self.current)

    def _show(self, tile: Tile) -> None:
        self.console_app.show_cases_at(tile.name, frozenset({tile.code}))

    def action_next_view(self) -> None:
        """Show the table, sorted by its next column; after the last one the map again."""
        views = ("", *ORDERS)
        self._order = views[(views.index(self._order) + 1) % len(views)]
        self.set_class(bool(self._order), "table")
        self._fill_table()
        (self.table if self._order else self.map).focus()
        self._draw()

    def action_wall(self) -> None:
        """Show the wall, which turns its pages by itself and names nobody; where there are passwords, on the lock."""
        from gridconsole.console.panels.wall import WallScreen

        self.app.clear_notifications()
        if not self.console_app.office.is_demo:
            self.console_app.action_lock()
        self.app.push_screen(WallScreen())
