"""Charts in characters: bars and sparklines that need no colour, measured in cells of a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gridconsole.language import in_brackets

if TYPE_CHECKING:
    from gridconsole.reporting.model import Chart, Series

BARS = ("⣿", "⣤")
"""Strokes of the first and of the second series of bars."""
LEVELS = "⡀⣀⣄⣤⣦⣶⣷⣿"
"""Strokes of a sparkline, from the least to the greatest."""
_PLAIN = str.maketrans({**{stroke: str(at) for at, stroke in enumerate(LEVELS, 1)}, BARS[0]: "#", BARS[1]: "="})
WIDEST_NAME, WIDEST_VALUE = 16, 8
"""Cells of a name, and of a value with its gap."""


def plain(line: str, encoding: str) -> str:
    """Return a line for a terminal of an encoding: with strokes of ASCII if it lacks the others."""
    try:
        BARS[0].encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return line.translate(_PLAIN)
    return line


def bar(value: float, most: float, cells: int, stroke: str = BARS[0]) -> str:
    """Return the bar of a value in so many cells for the greatest one; anything but zero has at least one."""
    return stroke * (max(round(value * cells / most), 1) if value > 0 and most > 0 else 0)


def spark(values: Sequence[float | None]) -> str:
    """Return a line with a stroke for each value; a blank where there is none."""
    known = [value for value in values if value is not None]
    low, high = min(known, default=0), max(known, default=0)
    steps = len(LEVELS) - 1

    def stroke(value: float | None) -> str:
        if value is None:
            return " "
        return LEVELS[round((value - low) * steps / (high - low)) if high > low else steps // 2]

    return "".join(map(stroke, values))


def drawn(chart: Chart, width: int) -> Iterator[str]:
    """Yield the lines of a chart: bars with their values, or a sparkline for each series."""
    yield from _bars(chart, width) if chart.is_horizontal else sparks(chart)


def sparks(chart: Chart) -> Iterator[str]:
    """Yield a sparkline for each series with its first and its last value."""
    for series in chart.series:
        known = [value for value in series.values if value is not None]
        if known:
            span = f"{_shown(known[0], series)} → {_shown(known[-1], series)}"
            yield f"{in_brackets(series.name, f'{chart.labels[0]} … {chart.labels[-1]}')} {spark(series.values)} {span}"


def _bars(chart: Chart, width: int) -> Iterator[str]:
    from rich.cells import cell_len, set_cell_size

    names = min(max(map(cell_len, chart.labels), default=0), WIDEST_NAME)
    room = max(width - names - WIDEST_VALUE - 2, 1)
    most = max((value or 0 for series in chart.series for value in series.values), default=0)
    yield "  ".join(f"{stroke} {series.name}" for stroke, series in zip(BARS, chart.series, strict=False))
    for at, label in enumerate(chart.labels):
        for which, (stroke, series) in enumerate(zip(BARS, chart.series, strict=False)):
            value = series.values[at] or 0
            name = set_cell_size(label if which == 0 else "", names)
            yield f"{name} {bar(value, most, room, stroke)} {_shown(value, series)}"


def _shown(value: float, series: Series) -> str:
    return f"{value:.2f}%" if series.is_line else f"{value:.0f}"
