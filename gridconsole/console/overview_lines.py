"""Lines of the overview: numbers, today's hours as bars, who has how much in hand, and who is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from gridconsole.console.sizes import SMALL
from gridconsole.console.text import fit, line_of
from gridconsole.domain.states import Role, State
from gridconsole.language import listed, t, word

if TYPE_CHECKING:
    from gridconsole.console.widgets.tile_map import TileMap
    from gridconsole.services.situation import Situation

BARS = " ⡀⣀⣄⣤⣦⣶⣷⣿"
"""Parts of a bar, from nothing to a whole cell: dots of the braille block, which are one cell wide everywhere."""
HEIGHT = 6
UNITS_SHOWN = 14
ON_DUTY = (Role.SHIFT_LEADER, Role.DISPATCHER, Role.ACCEPTOR, Role.INSPECTOR, Role.LEADER)


def numbers(found: Situation, colouring: str, *, is_small: bool) -> Content:
    """Return the counts of now on two lines: what each is, and how many."""
    counters = found.counters
    items = [
        ("open", found.open, ""),
        ("late", found.late, "bold $late" if found.late else ""),
        ("reported", counters.reported_today, ""),
        ("closed", counters.closed_today, ""),
        ("to_accept", counters.waiting.get(State.REPORTED, 0), ""),
        ("calls", counters.calls_due, ""),
    ]
    width = 8 if is_small else 12
    names = "".join(fit(t(f"overview.{name}"), width) for name, _, _ in items)
    line = Content("")
    for _, value, style in items:
        line += Content.styled(fit(str(value), width), style or ("bold $fg" if value else "$dim"))
    line += Content.styled(t("overview.colours", what=t(f"map.by.{colouring}")), "$mut")
    return Content.styled(names, "$mut") + Content("\n") + line


def legend(tiles: TileMap, found: Situation) -> str:
    """Return what numbers, tones and marks of the tiles mean, and how many cases are on none."""
    from gridconsole.console.widgets.tile_map import SIGNS, STEPS

    is_small = tiles.size.width < SMALL
    signs = "  ".join(f"{sign}{least}" for sign, least in zip(SIGNS[1:], STEPS, strict=True)) if tiles.is_plain else ""
    return "  ".join(
        part
        for part in (
            signs,
            t("map.legend.small" if is_small else "map.legend"),
            t("map.unplaced", count=found.unplaced) if found.unplaced else "",
        )
        if part
    )


def hour_lines(found: Situation, width: int) -> Content:
    """Return today's reports as one bar for each hour; a peak that would flatten the rest is cut, and said."""
    hours = found.hours or (0,) * 24
    column = 3 if width >= 24 * 3 + 5 else 2
    ordinary = sorted(hours)[-2] if len(hours) > 1 else 0
    top = max(min(max(hours), max(ordinary * 2, 4)), 1)
    lines = []
    for level in range(HEIGHT, 0, -1):
        cells = ""
        for value in hours:
            eighths = round(min(value, top) / top * HEIGHT * 8) - (level - 1) * 8
            cells += fit(BARS[max(min(eighths, 8), 0)] * (column - 1), column)
        lines.append(f"{top if level == HEIGHT else '':>3} {cells}")
    lines.append("    " + "".join(fit(f"{hour:02}", column) for hour in range(24)))
    said = t("overview.hours.sum", count=sum(hours))
    if max(hours) > top:
        said += t("overview.hours.cut", count=max(hours), top=top)
    return Content("\n").join([Content.styled(said, "$mut"), *(Content(line) for line in lines)])


def unit_lines(found: Situation, width: int) -> Content:
    """Return who has how many cases in hand, and how many of them are late; the others are summed up."""
    shown, rest = found.units[:UNITS_SHOWN], found.units[UNITS_SHOWN:]
    lines = [Content.styled(f"{fit(t('column.unit'), width - 12)}{t('column.in_hand'):>4} {t('column.late_short'):>3}", "$mut")]
    for unit in shown:
        late = Content.styled(f"{unit.overdue:>5}", "bold $late") if unit.overdue else Content("     ")
        lines.append(Content(f"{fit(line_of(unit.name), width - 12)}{unit.handling:>6}") + late)
    if rest:
        lines.append(Content.styled(t("overview.units.rest", units=len(rest), count=sum(one.handling for one in rest)), "$mut"))
    return Content("\n").join(lines)


def present_lines(found: Situation) -> Content:
    """Return the operators who are signed in, by role, and how many wardens are on duty."""
    lines = [f"{fit(word(role), 9)}{listed(found.present[role])}" for role in ON_DUTY if role in found.present]
    lines += [] if lines else [t("overview.present.nobody")]
    empty = sum(1 for tile in found.tiles if not tile.wardens)
    lines += ["", t("overview.wardens", count=found.wardens_on_duty, total=found.wardens)]
    lines += [t("overview.empty", count=empty)] if empty else []
    return Content("\n").join(Content(line_of(line)) for line in lines)
