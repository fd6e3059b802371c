"""Header and mapping: from raw cells to rows of named values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridconsole.domain.text import clean_line, fold_width
from gridconsole.importing.sources import Cell, Sheet
from gridconsole.importing.values import CellProblem

HEADER_ROWS = 15
"""The header is looked for in so many rows from the top."""
_FOOTER = re.compile(r"^(合计|总计|小计|制表人?|填表人?|审核人?|备注)\s*(:.*)?$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Column:
    """A field of a kind, as sheets name it."""

    name: str
    titles: tuple[str, ...]
    """Headings it goes by, the office's usual one first."""
    parse: Callable[[Cell], Any]
    required: bool = False
    """The sheet must have the column."""
    needed: bool = False
    """Every row must have a value."""
    inherits: bool = False
    """A blank cell means the one above, as in merged sheets."""


@dataclass(frozen=True, slots=True)
class Issue:
    """Something the clerk should know about a row or a file."""

    sheet: str
    row: int
    column: str
    code: str
    severity: str
    """error: the row was not taken; warning: it was, and something in it was not; repaired: it was put right."""
    value: str = ""
    suggestion: str = ""


@dataclass(slots=True)
class Row:
    """A row of a sheet with its parsed values."""

    sheet: str
    number: int
    values: dict[str, Any]
    extra: dict[str, str]
    """Cells under headings the kind does not know, by heading."""
    issues: list[Issue] = field(default_factory=list)

    @property
    def rejected(self) -> bool:
        """Whether an error stands against it."""
        return any(issue.severity == "error" for issue in self.issues)

    def reject(self, code: str, column: str = "", value: str = "", suggestion: str = "") -> None:
        """Refuse the row."""
        self.issues.append(Issue(self.sheet, self.number, column, code, "error", value, suggestion))

    def warn(self, code: str, column: str = "", value: str = "", suggestion: str = "") -> None:
        """Take the row, but say so."""
        self.issues.append(Issue(self.sheet, self.number, column, code, "warning", value, suggestion))


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header was found and what its columns are."""

    row: int
    columns: Mapping[int, Column]
    headings: Mapping[int, str]
    titles: str
    """Everything written above the header."""


def normal(heading: str) -> str:
    """A heading as it is compared: full-width folded, blanks, stars and bracketed units out."""
    folded = re.sub(r"[\s*:：]", "", fold_width(heading)).lower()
    return re.sub(r"\((必填|选填|可选|示例.*?)\)$", "", folded)


def find_header(rows: Sequence[tuple[int, list[Cell]]], columns: Sequence[Column]) -> Header | None:
    """The row that names most columns of a kind, all required ones among them; None if there is none."""
    known = {normal(title): column for column in columns for title in column.titles}
    required = {column.name for column in columns if column.required}
    best: Header | None = None
    for index, (number, cells) in enumerate(rows):
        found: dict[int, Column] = {}
        seen: set[str] = set()
        headings: dict[int, str] = {}
        for position, cell in enumerate(cells):
            heading = clean_line(str(cell)) if cell is not None else ""
            column = known.get(normal(heading)) if heading else None
            if column is not None and column.name not in seen:
                found[position] = column
                seen.add(column.name)
            elif heading:
                headings[position] = heading
        if required <= seen and len(found) >= 2 and (best is None or len(found) > len(best.columns)):
            above = " ".join(str(cell) for _, line in rows[:index] for cell in line if cell is not None)
            best = Header(number, found, headings, clean_line(above))
    return best


def top_of(sheet: Sheet) -> list[tuple[int, list[Cell]]]:
    """The first rows of a sheet, taken off its iterator."""
    top: list[tuple[int, list[Cell]]] = []
    for item in sheet.rows:
        top.append(item)
        if len(top) >= HEADER_ROWS:
            break
    return top


def rows_of(sheet: Sheet, top: Sequence[tuple[int, list[Cell]]], header: Header) -> Iterator[Row]:
    """The data rows under a header: merged ranges filled, blanks inherited, cells parsed, problems noted.

    Blank rows and footers (合计, 制表人) are no data and are passed over.
    """
    merges = _Merges(sheet.merged)
    above: dict[int, Cell] = {}

    def everything() -> Iterator[tuple[int, list[Cell]]]:
        yield from (item for item in top if item[0] > header.row)
        yield from sheet.rows

    for number, cells in everything():
        if all(cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()) for cell in cells):
            continue
        if _is_footer(cells):
            continue
        merges.fill(number - 1, cells)
        yield _row(sheet.name, number, cells, header, above)


def _is_footer(cells: Sequence[Cell]) -> bool:
    filled = [cell for cell in cells if cell not in (None, "")]
    return (
        bool(filled)
        and isinstance(filled[0], str)
        and len(filled) <= 3
        and _FOOTER.match(fold_width(filled[0]).strip()) is not None
    )


def _row(sheet: str, number: int, cells: Sequence[Cell], header: Header, above: dict[int, Cell]) -> Row:
    row = Row(sheet, number, {}, {})
    for position, column in header.columns.items():
        cell = cells[position] if position < len(cells) else None
        if isinstance(cell, str) and not cell.strip():
            cell = None
        if column.inherits:
            if cell is None:
                cell = above.get(position)
            else:
                above[position] = cell
                _forget_below(above, header, position)
        try:
            value = column.parse(cell)
        except CellProblem as problem:
            row.reject(problem.code, column.titles[0], problem.value, problem.suggestion)
            value = None
        else:
            if column.needed and value in (None, ""):
                row.reject("E201", column.titles[0])
        row.values[column.name] = value
    for position, heading in header.headings.items():
        cell = cells[position] if position < len(cells) else None
        if cell is not None and (value := clean_line(str(cell), 2000)):
            row.extra[heading] = value
    return row


def _forget_below(above: dict[int, Cell], header: Header, position: int) -> None:
    """A new value starts a new group: columns to its right no longer inherit from the old one."""
    for other, column in header.columns.items():
        if other > position and column.inherits:
            above.pop(other, None)


class _Merges:
    """Fills merged ranges from their first cell, in one pass from top to bottom."""

    def __init__(self, ranges: Sequence[tuple[int, int, int, int]]) -> None:
        self._by_row: dict[int, list[tuple[int, int, int, int]]] = {}
        for item in ranges:
            if item[2] > item[0]:
                self._by_row.setdefault(item[0], []).append(item)
        self._open: list[tuple[tuple[int, int, int, int], Cell]] = []

    def fill(self, row: int, cells: list[Cell]) -> None:
        """Give a row (from 0) the values of merged ranges that reach into it."""
        self._open = [(span, value) for span, value in self._open if span[2] >= row]
        for span, value in self._open:
            for column in range(span[1], span[3] + 1):
                if column < len(cells) and cells[column] in (None, ""):
                    cells[column] = value
        for span in self._by_row.get(row, ()):
            if span[1] < len(cells):
                self._open.append((span, cells[span[1]]))
