"""Second tables of a sheet: beside the first one, or below it with a header of its own."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from gridconsole.domain.errors import SecondTable
from gridconsole.domain.text import clean_line, without_quote
from gridconsole.importing.rows import Column, SheetHeader, letter, named, normal
from gridconsole.importing.sources import Cell
from gridconsole.language import listed

LEAST = 2
"""Least known headings of a row that may be a header."""


@dataclass(frozen=True, slots=True)
class Twice:
    """A known heading that stands twice in a header."""

    heading: str
    first: str
    """Letter of the column."""
    second: str
    is_table: bool
    """True if the required headings stand twice: then a second table is beside the first."""


def twice(header: SheetHeader) -> Twice | None:
    """Return the first known heading that stands twice; None if there is none."""
    known = {normal(header.written[position]): position for position in sorted(header.columns, reverse=True)}
    again = [
        (known[word], position) for position, heading in sorted(header.headings.items()) if (word := normal(heading)) in known
    ]
    if not again:
        return None
    required = {normal(header.written[position]) for position, column in header.columns.items() if column.required}
    first, second = again[0]
    is_table = bool(required) and required <= {normal(header.written[place]) for _, place in again}
    return Twice(header.written[second], letter(first), letter(second), is_table)


_HEADING = re.compile(r"[\u4e00-\u9fff/()（）]{1,8}")
_COMMON = frozenset(
    [
        "序号",
        "日期",
        "时间",
        "值班人",
        "值班人员",
        "班次",
        "备注",
        "说明",
        "姓名",
        "职务",
        "电话",
        "联系电话",
        "类别",
        "件数",
        "数量",
        "合计",
        "占比",
        "项目",
        "单位",
    ]
)
"""Headings of tables that are of no kind."""
MOST_UNKNOWN = 2
"""Unknown cells at the beginning of a row that may still be a header."""


@dataclass(slots=True)
class Headers:
    """Recognises a row below a header that is a header again.

    Args:
        columns: the columns of the kind that is imported.
        titles: headings of every kind, to recognise a table of another kind.
        chosen: column names by heading in normal form, as the clerk gave them.
        begins: called with the header and the title of each further table.
    """

    file: str
    columns: Sequence[Column]
    titles: frozenset[str]
    chosen: Mapping[str, str]
    begins: Callable[[SheetHeader], None]

    def is_likely(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row has only headings, or nearly."""
        known = unknown = 0
        for cell in cells:
            if cell is None or cell == "":
                continue
            if isinstance(cell, str) and cell.strip() in self.titles:
                known += 1
            else:
                unknown += 1
                if unknown > MOST_UNKNOWN and unknown * 2 > known:
                    return False
        return known >= LEAST and known >= 2 * unknown

    def is_of_another(self, cells: Sequence[Cell]) -> bool:
        """Return whether a row that stands apart has only short words, some of them headings: then another table begins."""
        words = [cell.strip() if isinstance(cell, str) else "" for cell in cells if cell not in (None, "")]
        named = sum(word in self.titles or word in _COMMON for word in words)
        return len(words) >= LEAST and named >= LEAST - 1 and all(map(_HEADING.fullmatch, words)) and 2 * named >= len(words)

    def found(self, number: int, cells: Sequence[Cell], above: str) -> SheetHeader:
        """Return the header that a row is.

        Raises:
            SecondTable: it is that of a table of another kind.
        """
        line = [clean_line(without_quote(str(cell))) if cell is not None else "" for cell in cells]
        found = named([line], self.columns, self.chosen)
        required = {column.name for column in self.columns if column.required}
        if len(found.columns) < LEAST or not required <= found.names:
            raise SecondTable(file=self.file, line=number, found=listed(filter(None, line)))
        header = found.header(number, number, above)
        self.begins(header)
        return header
