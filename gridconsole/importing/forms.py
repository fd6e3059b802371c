"""Forms: a record as labels with their values beside them, such as a hotline's order (交办单); several may stand below each other."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from gridconsole.domain.errors import LabelTwice
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
_WORKING = re.compile("承办|处置单位|责任单位|办理单位|主办|协办")
_GENERIC = frozenset({"日期", "时间", "电话", "联系电话", "联系方式", "手机", "手机号", "手机号码", "姓名", "联系人"})
"""Labels that, beside one of who signs or works on it, say something about that one."""
_TITLE = re.compile(".{2,30}(单|表|函|书|通知|登记卡)")
_REMARK = "附言"
"""Label of text that stands below a form."""
_WITHIN = re.compile(r"(?:^|\s)([\u4e00-\u9fff/()（）]{2,10})\s*[:：]")


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

    Raises:
        LabelTwice: a label other than the first stands twice in a form, with different values.
    """
    if len(top) > MOST_ROWS:
        return None
    reader = _read(sheet, top, _titles(columns))
    records = reader.records
    if not records or not all(_is_form(record, columns) for record in records):
        return None
    if reader.twice is not None:
        raise LabelTwice(line=reader.twice[0], found=reader.twice[1])
    first = records[0].first
    # The title stays above, because it names the source.
    above = [(number, cells) for number, cells in top if number < first]
    labels = list(dict.fromkeys(label for record in records for label in record.values))
    rows = [(record.first + 1, [record.values.get(label) for label in labels]) for record in records]
    return replace(sheet, rows=iter([*above, (first, [*labels]), *rows]), merged=[], hidden_rows=frozenset(), is_form=True)


def begins_with_form(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], columns: Sequence[Column]) -> bool:
    """Return whether the first rows of a sheet are a form, or begin with one."""
    records = _read(sheet, top, _titles(columns)).records
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


def _read(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], titles: Mapping[str, Column]) -> _Reader:
    """Read the forms of a sheet: the first label of one begins the next."""
    reader = _Reader(titles)
    merged = set(sheet.merged)
    for number, cells in filled(top, sheet.merged):
        reader.take(number, cells, list(_pairs(number - 1, cells, titles.keys(), merged)))
    return reader


class _Reader:
    """Collects the forms of a sheet row by row."""

    def __init__(self, titles: Mapping[str, Column]) -> None:
        self._titles = titles
        self.records: list[_Record] = []
        self.twice: tuple[int, str] | None = None
        """Row and label of the first label that stands twice in a form, with different values."""
        self._opening = ""
        """Field whose label begins a form."""
        self._last: tuple[int, str] = (0, "")
        """Row and label of the last value."""
        self._owner = ""
        """Label of who signs or works on it, to whom generic labels belong."""

    def take(self, number: int, cells: Sequence[Cell], pairs: Sequence[tuple[str, Cell]]) -> None:
        """Take a row with its labels and values."""
        if not pairs:
            self._continue(number, cells)
            return
        if not (_SIGNED.search(self._owner) and normal(pairs[0][0]) in _GENERIC):
            self._owner = ""
        for said, value in pairs:
            label = said
            if self._owner and normal(said) in _GENERIC:
                label = f"{self._owner}{said}"
            elif _SIGNED.search(said) or _WORKING.search(said):
                self._owner = said
            self._put(number, label, value)

    def _put(self, number: int, label: str, value: Cell) -> None:
        column = self._titles.get(normal(label))
        if column is not None:
            self._opening = self._opening or column.name
            if not self.records or (column.name == self._opening and column.name in self.records[-1].known):
                self.records.append(_Record(number))
            elif column.name in self.records[-1].known:
                record = self.records[-1]
                if value not in (None, "", *record.values.values()):
                    self.twice = self.twice or (number, label)
                return
            self.records[-1].known[column.name] = number
        if self.records:
            values = self.records[-1].values
            if label in values and value not in (None, "", values[label]):
                label = f"{label}（第{number}行）"
            values.setdefault(label, value)
            self._last = number, label

    def _continue(self, number: int, cells: Sequence[Cell]) -> None:
        """Add a row of nothing but text to the value above it, as a long text goes on there; text further below is kept as a remark."""
        text = " ".join(dict.fromkeys(str(cell).strip() for cell in cells if cell not in (None, "")))
        if not (self.records and text) or _TITLE.fullmatch(text) is not None:
            return
        row, label = self._last
        values = self.records[-1].values
        is_next = number == row + 1 and isinstance(values.get(label), str)
        label = label if is_next else _REMARK
        values[label] = f"{values[label]}\n{text}" if values.get(label) else text
        self._last = number, label


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
        label = clean_line(cell).rstrip(":： ")
        if _WITH_VALUE.fullmatch(cell.strip()) is not None:
            yield from _labelled(cell.strip(), titles)
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
                if cell.strip().endswith((":", "：")):
                    yield label, None
                position = after
        else:
            position = after


def _labelled(text: str, titles: Container[str]) -> Iterator[tuple[str, Cell]]:
    """Yield the labels of a line with their values; within the line only known labels begin a value."""
    places = [found for found in _WITHIN.finditer(text) if not found.start() or normal(found[1]) in titles]
    for found, after in zip(places, [*places[1:], None], strict=True):
        yield found[1], text[found.end() : after.start() if after is not None else len(text)].strip() or None


def _end(row: int, position: int, merged: set[tuple[int, int, int, int]]) -> int:
    """Return the first column after a cell, or after the merged range that it is in."""
    spans = (right for top, left, bottom, right in merged if top <= row <= bottom and left <= position <= right)
    return max((position, *spans)) + 1
