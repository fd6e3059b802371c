"""Forms: one record as labels with their values beside them, such as a hotline's order (交办单)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace

from gridconsole.domain.text import clean_line
from gridconsole.importing.rows import Column, filled, normal
from gridconsole.importing.sources import Cell, Sheet

LEAST = 3
"""Least known labels of a form, and least lines of one."""
LONGEST = 60
"""Most rows of a form."""
_LABEL = re.compile(r"[\u4e00-\u9fff/()（）]{2,10}")
_WITH_VALUE = re.compile(r"([\u4e00-\u9fff/()（）]{2,10})\s*[:：]\s*(\S.*)", re.DOTALL)


def form_of(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], columns: Sequence[Column]) -> Sheet | None:
    """Return a sheet with the form's labels as header and its values as the only row; None if it is no form.

    Args:
        top: the first rows of the sheet, up to ``LONGEST`` and one.
    """
    if len(top) > LONGEST:
        return None
    titles = {normal(title): column for column in columns for title in column.titles}
    merged = set(sheet.merged)
    found: dict[str, Cell] = {}
    known: set[str] = set()
    first = 0
    for number, cells in filled(top, sheet.merged):
        for label, value in _pairs(number - 1, cells, titles.keys(), merged):
            word = normal(label)
            if word in titles:
                name = titles[word].name
                if name in known:
                    return None  # a label twice: a table, or several forms
                known.add(name)
                first = first or number
            found.setdefault(label, value)
    required = {column.name for column in columns if column.required}
    # A list of columns, as in a template, has the same few words beside all of them.
    values = {str(value) for label, value in found.items() if value is not None and normal(label) in titles}
    if min(len(known), len(values)) < LEAST or not required <= known:
        return None
    # The title stays above, because it names the source.
    above = [(number, cells) for number, cells in top if number < first]
    rows: list[tuple[int, list[Cell]]] = [*above, (first, [*found]), (first + 1, [*found.values()])]
    return replace(sheet, rows=iter(rows), merged=[], hidden_rows=frozenset(), is_form=True)


def _pairs(
    row: int, cells: Sequence[Cell], titles: Container[str], merged: set[tuple[int, int, int, int]]
) -> Iterator[tuple[str, Cell]]:
    """Yield the labels of a row with their values: ``来电人 | 辛先生 | 联系电话 | 139…``, or ``来电人：辛先生`` in one cell."""
    position = 0
    while position < len(cells):
        cell = cells[position]
        after = _end(row, position, merged)
        if not isinstance(cell, str) or not cell.strip():
            position = after
            continue
        both = _WITH_VALUE.fullmatch(cell.strip())
        label = clean_line(cell).rstrip(":： ")
        if both is not None:
            yield both[1], both[2]
            position = after
        elif normal(label) in titles or _LABEL.fullmatch(label):
            value = cells[after] if after < len(cells) else None
            if isinstance(value, str) and normal(value) in titles:
                yield label, None
                position = after
            elif after < len(cells):
                yield label, value
                position = _end(row, after, merged)
            else:
                position = after
        else:
            position = after


def _end(row: int, position: int, merged: set[tuple[int, int, int, int]]) -> int:
    """Return the first column after a cell, or after the merged range that it is in."""
    spans = (right for top, left, bottom, right in merged if top <= row <= bottom and left <= position <= right)
    return max((position, *spans)) + 1
