"""Lists on standard output: a heading and one line for each row, without the parts of Rich that a command would wait for."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click

from gridconsole.language import t

_GAP = "  "
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key of its heading, and whether it gives way on a narrow terminal."""

    key: str
    least: int | None = 4
    """Cells it keeps on a narrow terminal; None: it is always shown whole."""


def fixed(*keys: str) -> tuple[Column, ...]:
    """Return columns that are always shown whole, such as the numbers that a clerk copies."""
    return tuple(Column(key, None) for key in keys)


def flexible(*keys: str) -> tuple[Column, ...]:
    """Return columns whose texts end with an ellipsis where a terminal is narrow."""
    return tuple(Column(key) for key in keys)


def print_list(columns: Sequence[Column], rows: Iterable[Sequence[str]]) -> None:
    """Print rows under their headings.

    A terminal's lines are as wide as it; what goes into a pipe or a file is not shortened, unless ``COLUMNS`` says how wide.
    """
    from gridconsole.domain.text import printable

    heading = [t(f"column.{column.key}") for column in columns]
    lines = [[printable(cell) for cell in row] for row in rows]
    widths = _widths(columns, [heading, *lines])
    click.echo(click.style(_line(heading, widths), bold=True))
    for line in lines:
        click.echo(_line(line, widths))


def _widths(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> list[int]:
    """Return the cells of each column: the widest that can give way gives way first."""
    from rich.cells import cell_len

    widths = [max(map(cell_len, texts)) for texts in zip(*lines, strict=True)]
    if not sys.stdout.isatty() and "COLUMNS" not in os.environ:
        return widths
    over = sum(widths) + len(_GAP) * (len(widths) - 1) - shutil.get_terminal_size().columns
    while over > 0:
        able = [at for at, column in enumerate(columns) if column.least is not None and widths[at] > column.least]
        if not able:
            break
        widest = max(able, key=widths.__getitem__)
        widths[widest] -= 1
        over -= 1
    return widths


def _line(texts: Sequence[str], widths: Sequence[int]) -> str:
    from rich.cells import cell_len, set_cell_size

    shown = (
        set_cell_size(text, width) if cell_len(text) <= width else set_cell_size(text, width - 1) + _CUT
        for text, width in zip(texts, widths, strict=True)
    )
    return _GAP.join(shown).rstrip()
