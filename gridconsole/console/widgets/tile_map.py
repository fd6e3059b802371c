"""The district as tiles: one for each community, in the frame of its street; number, marks and colour say how it is there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.widget import Widget

from gridconsole.console.keys import bind
from gridconsole.console.sizes import SMALL
from gridconsole.console.text import fit, line_of
from gridconsole.language import t
from gridconsole.services.situation import Situation, Street, Tile

NAME, NUMBER, MARK = 8, 2, 2
TILE = NAME + NUMBER + MARK
COLUMN = 11
"""Cells of a tile on a small terminal, where the mark is one sign."""
STEPS = (1, 3, 5, 9)
"""Lowest number of each tone."""
SIGNS = (" ", ".", ":", "+", "#")
"""Signs of the tones where there are no colours: none, then those of :data:`STEPS`."""
FRAME_GAP = 0
_SUFFIXES = ("社区", "居委会", "村委会", "村")

COLOURINGS: Mapping[str, Callable[[Tile], float]] = {
    "open": lambda tile: tile.counts.open,
    "late": lambda tile: tile.counts.late * 3,
    "urgent": lambda tile: tile.counts.urgent * 3,
    "load": lambda tile: tile.load,
}
"""Ways to colour the tiles, by name."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A tile where it is drawn."""

    tile: Tile
    x: int
    y: int


class TileMap(Widget, can_focus=True):
    """Arrow keys walk over the tiles, Enter leads to the cases of one, Space changes what the colours mean."""

    DEFAULT_CSS = "TileMap { height: auto; width: 1fr; background: $bg; color: $fg; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        bind("up", "go(0,-1)", "map.up", show=False),
        bind("down", "go(0,1)", "map.down", show=False),
        bind("left", "go(-1,0)", "map.left", show=False),
        bind("right", "go(1,0)", "map.right", show=False),
        bind("enter", "open", "map.open", show=False),
        bind("space,ideographic_space", "recolour", "map.recolour", show=False),
    ]

    class Highlighted(Message):
        """The cursor is on another tile, or the colours mean something else."""

    class Opened(Message):
        """Enter on a tile."""

        def __init__(self, tile: Tile) -> None:
            super().__init__()
            self.tile = tile

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._situation: Situation | None = None
        self._places: list[_Place] = []
        self._lines: list[Content] = []
        self.colouring = "open"
        self.area_id: int | None = None
        """Community under the cursor."""

    def show(self, situation: Situation) -> None:
        """Show new numbers; the cursor stays on its community."""
        self._situation = situation
        if self.current is None:
            busiest = max(situation.tiles, key=lambda tile: (tile.counts.late, tile.counts.open), default=None)
            self.area_id = busiest.area_id if busiest is not None else None
        self._draw()

    @property
    def current(self) -> Tile | None:
        """The tile under the cursor."""
        tiles = self._situation.tiles if self._situation is not None else ()
        return next((tile for tile in tiles if tile.area_id == self.area_id), None)

    def on_resize(self, _event: events.Resize) -> None:
        """Lay the streets out for the new width."""
        self._draw()

    def get_content_height(self, *_: object) -> int:
        """Return the number of lines."""
        return max(len(self._lines), 1)

    def render(self) -> Content:
        """Return the tiles."""
        return Content("\n").join(self._lines)

    # --- drawing ---

    def _draw(self) -> None:
        if self._situation is None or not self.size.width:
            return
        width, streets = self.size.width, self._situation.streets
        if width < SMALL:
            self._draw_columns(streets, width)
            self.refresh(layout=True)
            return
        across = max(1, (width + FRAME_GAP) // (2 * TILE + 2))
        self._places, self._lines = [], []
        for first in range(0, len(streets), across):
            row = streets[first : first + across]
            inner = max((width - FRAME_GAP * (len(row) - 1)) // len(row) - 2, TILE)
            columns = max(inner // TILE, 1)
            height = max((len(street.tiles) + columns - 1) // columns for street in row)
            frames = [
                self._frame(street, inner, columns, height, x=number * (inner + 2 + FRAME_GAP), y=len(self._lines))
                for number, street in enumerate(row)
            ]
            self._lines += [Content(" " * FRAME_GAP).join(parts) for parts in zip(*frames, strict=True)]
        self.refresh(layout=True)

    def _draw_columns(self, streets: Sequence[Street], width: int) -> None:
        """Lay out a column for each street, as a small terminal has no room for frames; further streets go below."""
        self._places, self._lines = [], []
        across = max(width // COLUMN, 1)
        for first in range(0, len(streets), across):
            row = streets[first : first + across]
            top = len(self._lines)
            for line in (0, 1):
                heads = (_heads(street)[line] for street in row)
                self._lines.append(Content.styled("".join(fit(head, COLUMN) for head in heads), "bold" if line == 0 else "$mut"))
            for at in range(max((len(street.tiles) for street in row), default=0)):
                cells = Content("")
                for number, street in enumerate(row):
                    if at < len(street.tiles):
                        self._places.append(_Place(street.tiles[at], number * COLUMN, top + 2 + at))
                        cells += self._tile(street.tiles[at], COLUMN - NAME - NUMBER)
                    else:
                        cells += Content(" " * COLUMN)
                self._lines.append(cells)

    def _frame(self, street: Street, inner: int, columns: int, height: int, *, x: int, y: int) -> list[Content]:
        """Return a street's lines: its name with the sums in the top border, its tiles below each other."""
        title = " ".join(_heads(street))
        title = f" {fit(title, min(cell_len(title), inner - 3))} "
        top = Content.styled("╭─", "$line") + Content.styled(title, "bold $mut")
        lines = [top + Content.styled("─" * max(inner - 1 - cell_len(title), 0) + "╮", "$line")]
        for line in range(height):
            cells = Content("")
            for column in range(columns):
                at = column * height + line
                if at < len(street.tiles):
                    tile = street.tiles[at]
                    self._places.append(_Place(tile, x + 1 + column * TILE, y + 1 + line))
                    cells += self._tile(tile)
                else:
                    cells += Content(" " * TILE)
            cells += Content(" " * (inner - columns * TILE))
            lines.append(Content.styled("│", "$line") + cells + Content.styled("│", "$line"))
        return [*lines, Content.styled(f"╰{'─' * inner}╯", "$line")]

    def _tile(self, tile: Tile, mark_cells: int = MARK) -> Content:
        is_here = tile.area_id == self.area_id
        value = COLOURINGS[self.colouring](tile)
        step = sum(value >= least for least in STEPS)
        name = fit(line_of(_short(tile.name)), NAME)
        number = "-" if not tile.counts.open else str(tile.counts.open) if tile.counts.open < 10**NUMBER else "+" * NUMBER
        sign = SIGNS[step] if self.is_plain else " "
        mark = fit(_mark(tile, mark_cells), mark_cells)
        text = (
            f"{name}{number:>{NUMBER}}" if sign == " " else f"{name[:-1] if name.endswith(' ') else name}{sign}{number:>{NUMBER}}"
        )
        if is_here:
            return Content.styled(text + mark, "bold reverse" if self.is_plain else "bold $fg-sel on $sel")
        ground = "" if self.is_plain or not step else f" on $tile{step}"
        colour = "$fg" if tile.counts.open else "$dim"
        mark_style = "$late-plate-text on $late-plate bold" if tile.counts.late else f"bold $fg{ground}"
        return Content.styled(text, f"{colour}{ground}") + Content.styled(
            mark, mark_style if mark.strip() else f"{colour}{ground}"
        )

    @property
    def is_plain(self) -> bool:
        """Return whether there are no tones: sixteen colours, or none."""
        return bool(self.app.no_color) or self.app.current_theme.ansi

    # --- keys ---

    def action_go(self, right: int, down: int) -> None:
        """Move to the nearest tile in a direction."""
        here = next((place for place in self._places if place.tile.area_id == self.area_id), None)
        if here is None:
            return

        def distance(place: _Place) -> tuple[int, int]:
            along = (place.x - here.x) * right // TILE if right else (place.y - here.y) * down
            across = abs(place.y - here.y) if right else abs(place.x - here.x)
            return across, along

        ahead = [place for place in self._places if ((place.x - here.x) * right > 0 if right else (place.y - here.y) * down > 0)]
        if ahead:
            chosen = min(ahead, key=distance)
            self.area_id = chosen.tile.area_id
            self._draw()
            self.post_message(self.Highlighted())
            self.scroll_visible_line(chosen.y)

    def scroll_visible_line(self, line: int) -> None:
        """Bring a line into sight, where the map is higher than its place."""
        parent = self.parent
        if isinstance(parent, Widget):
            parent.scroll_to_region(Region(0, line, 1, 1), animate=False)

    def action_open(self) -> None:
        """Lead on to the cases of the tile."""
        if self.current is not None:
            self.post_message(self.Opened(self.current))

    def action_recolour(self) -> None:
        """Let the colours mean the next thing."""
        names = list(COLOURINGS)
        self.colouring = names[(names.index(self.colouring) + 1) % len(names)]
        self._draw()
        self.post_message(self.Highlighted())

    def on_click(self, event: events.Click) -> None:
        """Move to the tile under the mouse; a second click opens it."""
        for place in self._places:
            if place.y == event.y and place.x <= event.x < place.x + TILE:
                if place.tile.area_id == self.area_id and event.chain > 1:
                    self.action_open()
                self.area_id = place.tile.area_id
                self._draw()
                self.post_message(self.Highlighted())
                return


def _heads(street: Street) -> tuple[str, str]:
    """Return a street's name, and its sums."""
    counts = street.counts
    late = t("map.late", count=counts.late) if counts.late else ""
    urgent = t("map.urgent", count=counts.urgent) if counts.urgent else ""
    return line_of(street.name), " ".join(part for part in (str(counts.open), late, urgent) if part)


def _mark(tile: Tile, cells: int) -> str:
    """Return a tile's mark: how many are late, or else that one is urgent; in one cell the sign alone."""
    if tile.counts.late:
        return "!" if cells < MARK else "!+" if tile.counts.late > 9 else f"!{tile.counts.late}"
    if tile.counts.urgent:
        return "*" if cells < MARK else t("map.mark_urgent")
    return ""


def _short(name: str) -> str:
    """Return a community's name without the word that all of them end with."""
    for suffix in _SUFFIXES:
        if name.endswith(suffix) and len(name) > len(suffix) + 1:
            return name.removesuffix(suffix)
    return name
