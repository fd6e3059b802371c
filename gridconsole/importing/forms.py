"""Forms: a record as labels with their values beside them, such as a hotline's order (交办单); several may stand below each other."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridconsole.domain.text import clean_line
from gridconsole.importing.rows import Column, filled, normal
from gridconsole.importing.sources import Cell, Sheet

LEAST = 3
"""Least known labels of a form, and least lines of one."""
MOST_ROWS = 2_000
"""Most rows of a sheet of forms."""
_LABEL = re.compile(r"[\u4e00-\u9fff/()（）]{2,10}")
_WITH_VALUE = re.compile(r"([\u4e00-\u9fff/()（）]{2,10})\s*[:：]\s*(\S.*)", re.DOTALL)
_SIGNED = re.compile("签字|签名|签章|盖章|审批|审核|填表|制表|经办")
_OF_SIGNATURE = frozenset({"日期", "时间", "电话", "联系电话", "姓名"})
"""Labels that, beside a signature, say something about the person who signs."""


@dataclass(slots=True)
class _Record:
    """The values of a form by label."""

    first: int
    """Number of its first row."""
    values: dict[str, Cell] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    """Fields whose label was found, with the number of its row."""


def form_of(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], columns: Sequence[Column]) -> Sheet | None:
    """Return a sheet with the labels of its forms as header and a row for each form; None if it has no form.

    Args:
        top: all rows of the sheet, at most ``MOST_ROWS`` and one.
    """
    if len(top) > MOST_ROWS:
        return None
    records = _records(sheet, top, _titles(columns))
    if not records or not all(_is_form(record, columns) for record in records):
        return None
    first = records[0].first
    # The title stays above, because it names the source.
    above = [(number, cells) for number, cells in top if number < first]
    labels = list(dict.fromkeys(label for record in records for label in record.values))
    rows = [(record.first + 1, [record.values.get(label) for label in labels]) for record in records]
    return replace(sheet, rows=iter([*above, (first, [*labels]), *rows]), merged=[], hidden_rows=frozenset(), is_form=True)


def begins_with_form(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], columns: Sequence[Column]) -> bool:
    """Return whether the first rows of a sheet are a form, or begin with one."""
    records = _records(sheet, top, _titles(columns))
    return bool(records) and _is_form(records[0], columns)


def _titles(columns: Sequence[Column]) -> dict[str, Column]:
    return {normal(title): column for column in columns for title in column.titles}


def _is_form(record: _Record, columns: Sequence[Column]) -> bool:
    required = {column.name for column in columns if column.required}
    titles = _titles(columns)
    # A list of columns, as in a template, has the same few words beside all of them.
    values = {str(value) for label, value in record.values.items() if value is not None and normal(label) in titles}
    # The labels of a list are all in one row.
    return min(len(record.known), len(values)) >= LEAST and required <= record.known.keys() and len({*record.known.values()}) > 1


def _records(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], titles: Mapping[str, Column]) -> list[_Record]:
    """Return the forms of a sheet: the first label of one begins the next. Empty if another label stands twice in one."""
    merged = set(sheet.merged)
    records: list[_Record] = []
    opening = ""
    for number, cells in filled(top, sheet.merged):
        signature = ""
        for said, value in _pairs(number - 1, cells, titles.keys(), merged):
            label = said
            if signature and normal(said) in _OF_SIGNATURE:
                label = f"{signature}{said}"
            elif _SIGNED.search(said):
                signature = said
            column = titles.get(normal(label))
            if column is not None:
                opening = opening or column.name
                if not records or (column.name == opening and column.name in records[-1].known):
                    records.append(_Record(number))
                elif column.name in records[-1].known:
                    return []
                records[-1].known[column.name] = number
            if records:
                records[-1].values.setdefault(label, value)
    return records


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
