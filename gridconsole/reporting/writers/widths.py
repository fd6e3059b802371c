"""Widths of the columns of a printed table, by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from gridconsole.reporting.model import Cell, Code, Table
from gridconsole.reporting.writers.cells import one_line

_PIECES = re.compile(r"[!-~]+|[^\s!-~]+")
_LONGEST_PIECE, _WIDEST = 18, 60
"""Cells from which a word may be cut after all, and from which a text is not given more room."""
_CHINESE, _IN_HEADING = 8, 6
"""Cells of Chinese text that stay in one line: it may be cut anywhere, but not so that a column of single characters is left."""


@dataclass(frozen=True, slots=True)
class Column:
    """Room that a column needs, in half-width cells."""

    least: int
    """Longest piece that must not be cut: a number, a date, a word."""
    whole: int
    """Every cell stands in one line, and the heading in two."""


def columns_of(table: Table) -> tuple[Column, ...]:
    """Return the room that each column of a table needs."""
    return tuple(_column(name, [row[at] for row in table.rows]) for at, name in enumerate(table.columns))


def _column(name: str, cells: Sequence[Cell]) -> Column:
    texts = [one_line(cell) for cell in cells]
    least = max(
        _least(name, _IN_HEADING),
        *(min(_LONGEST_PIECE, len(cell.text)) if isinstance(cell, Code) else _least(text, _CHINESE) for cell, text in zip(cells, texts, strict=True)),
        0,
    )  # fmt: skip
    whole = max((cell_len(text) for text in texts), default=0)
    least += 1  # letters of a font that is not on the reader's machine are wider
    return Column(least, max(least, min(_WIDEST, max(whole, -(-cell_len(name) // 2)))))


def _least(text: str, chinese: int) -> int:
    pieces = (min(cell_len(piece), _LONGEST_PIECE if piece.isascii() else chinese) for piece in _PIECES.findall(text))
    return max(pieces, default=0)


def fits(columns: Sequence[Column], room: float) -> bool:
    """Return whether a table can be printed in a width of so many cells without cutting a word."""
    return sum(column.least for column in columns) <= room


def in_one_line(columns: Sequence[Column], room: float) -> bool:
    """Return whether every cell of a table has its line in a width of so many cells."""
    return sum(column.whole for column in columns) <= room


def shared_out(columns: Sequence[Column], room: float) -> list[float]:
    """Return the widths of columns that fill a room: first what each needs at least, then what it needs for one line, then alike.

    A column that lacks little for one line gets it before others: dates stay whole, and long texts go on in a second line.
    """
    least, whole = [float(one.least) for one in columns], [float(one.whole) for one in columns]
    if sum(least) >= room or sum(whole) <= room:
        return _scaled(least if sum(least) >= room else whole, room)
    widths, rest = list(least), room - sum(least)
    by_want = sorted(range(len(columns)), key=lambda at: whole[at] - least[at])
    for done, at in enumerate(by_want):
        more = min(whole[at] - least[at], rest / (len(columns) - done))
        widths[at] += more
        rest -= more
    return widths


def _scaled(widths: Sequence[float], room: float) -> list[float]:
    total = sum(widths) or 1.0
    return [width * room / total for width in widths]
