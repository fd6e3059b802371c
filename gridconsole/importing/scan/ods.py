"""Broken cells of OpenDocument workbooks.

Element names are compared with their usual prefixes; the reader knows no others.
"""

from __future__ import annotations

import re
import zipfile
from collections import deque
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

from gridconsole.importing.scan.book import COLUMN_LIMIT, NO_RESULT, ROW_LIMIT, Book, Marks
from gridconsole.importing.scan.xml import feed, parser, suspect, walked

REPEAT_LIMIT = 10_000
"""Most repetitions of a broken row; a file of a kilobyte may claim a million."""
_CONTENT = "content.xml"
_HINTS = (b'"error"', b"'error'", b"table:formula")
_SUSPECT = re.compile(rb"""calcext:value-type\s*=\s*["']error["']|table:formula\s*=""")
_INVISIBLE = re.compile(rb"""table:visibility\s*=\s*["'](?:collapse|filter)["']""")
_ERROR = re.compile(r"#[\w/]{1,20}[!?]|#N/A|(?:Err|错误):\d{3}")
"""Text that is an error although the file does not mark it as one."""
_CELLS = ("table:table-cell", "table:covered-table-cell")
_VALUES = ("office:value", "office:string-value", "office:date-value", "office:time-value", "office:boolean-value")
_Rows = tuple[int, int, int, dict[int, str]]
"""Number of the table, first row, number of rows, and the text by column."""


class _Workbook(Book):
    def __init__(self, archive: zipfile.ZipFile) -> None:
        # All tables are in one part, which is read once and only as far as requested.
        found = walked(archive, _CONTENT, _Walker()) if suspect(archive, _CONTENT, _HINTS, _SUSPECT) else iter(())
        self._tables = groupby(found, key=itemgetter(0))
        self._table = -1
        self._rows: Iterator[_Rows] = iter(())

        self._archive = archive
        self._hidden: dict[int, list[int]] | None = None

    def hidden_rows(self, sheet: int) -> list[int]:
        if self._hidden is None:
            self._hidden = {}
            if suspect(self._archive, _CONTENT, (b"table:visibility",), _INVISIBLE):
                for table, first, count in walked(self._archive, _CONTENT, _HiddenRows()):
                    self._hidden.setdefault(table, []).extend(range(first, first + count))
        return self._hidden.get(sheet, [])

    def broken_cells(self, sheet: int) -> Marks:
        while self._table < sheet:
            self._table, self._rows = next(self._tables, (sheet + ROW_LIMIT, iter(())))
        if self._table == sheet:
            for _, first, count, cells in self._rows:
                for row in range(first, first + count):
                    yield row, cells


def book_of(archive: zipfile.ZipFile) -> Book | None:
    """Return the details of an OpenDocument workbook; None for other formats."""
    return _Workbook(archive) if _CONTENT in archive.namelist() else None


class _HiddenRows:
    """Walks through the rows of all tables and finds those that are hidden."""

    def __init__(self) -> None:
        self._parser = parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._found: deque[tuple[int, int, int]] = deque()
        self._table, self._depth, self._row = -1, 0, 0

    def feed(self, xml: bytes, *, end: bool = False) -> None:
        """Take the next bytes."""
        feed(self._parser, xml, end=end)

    def taken(self) -> Iterator[tuple[int, int, int]]:
        """Yield number of the table, first row and number of rows found since the last call."""
        while self._found:
            yield self._found.popleft()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "table:table":
            self._depth += 1
            if self._depth == 1:
                self._table, self._row = self._table + 1, 0
        elif tag == "table:table-row" and self._depth == 1:
            rows = _number(attributes.get("table:number-rows-repeated"))
            if attributes.get("table:visibility") in ("collapse", "filter"):
                self._found.append((self._table, self._row, min(rows, REPEAT_LIMIT)))
            self._row += rows

    def _end(self, tag: str) -> None:
        if tag == "table:table":
            self._depth -= 1


class _Walker:
    """Walks through the cells of all tables."""

    def __init__(self) -> None:
        self._parser = parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._found: deque[_Rows] = deque()
        self._table = -1
        self._in_table = self._in_row = False
        self._row = self._rows = 0
        self._column = self._columns = 0
        self._cells: dict[int, str] = {}
        self._depth = 0
        """Elements open within a cell, the cell among them."""
        self._attributes: dict[str, str] | None = None
        """Attributes of a cell that may be broken."""
        self._text = ""

    def feed(self, xml: bytes, *, end: bool = False) -> None:
        """Take the next bytes."""
        feed(self._parser, xml, end=end)

    def taken(self) -> Iterator[_Rows]:
        """Yield the rows found since the last call."""
        while self._found:
            yield self._found.popleft()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        if self._depth:
            self._depth += 1
            # Comments and drawings have paragraphs too, but not directly in the cell.
            if self._depth == 2 and tag == "text:p" and self._attributes is not None:
                self._parser.CharacterDataHandler = self._characters
        elif tag in _CELLS:
            self._depth = 1
            self._columns = _number(attributes.get("table:number-columns-repeated"))
            looked_at = "table:formula" in attributes or attributes.get("calcext:value-type") == "error"
            self._attributes, self._text = attributes if looked_at else None, ""
        elif tag == "table:table-row":
            self._in_row, self._column, self._cells = True, 0, {}
            self._rows = _number(attributes.get("table:number-rows-repeated"))
        elif tag == "table:table" and not self._in_table:
            self._table, self._in_table, self._row = self._table + 1, True, 0

    def _characters(self, text: str) -> None:
        self._text = (self._text + text)[:40]

    def _end(self, tag: str) -> None:
        if self._depth:
            self._depth -= 1
            if self._depth == 1:
                self._parser.CharacterDataHandler = None
            elif self._depth == 0:
                self._close_cell()
        elif tag == "table:table-row":
            if self._cells and self._in_table and self._row < ROW_LIMIT:
                count = min(self._rows, REPEAT_LIMIT, ROW_LIMIT - self._row)
                self._found.append((self._table, self._row, count, self._cells))
            self._row, self._in_row = self._row + self._rows, False
        elif tag == "table:table":
            self._in_table = False

    def _close_cell(self) -> None:
        after = self._column + self._columns
        if self._attributes is not None and self._in_row:
            text = _judged(self._attributes, self._text.strip())
            if text:
                self._cells.update(dict.fromkeys(range(self._column, min(after, COLUMN_LIMIT)), text))
        self._column, self._attributes = after, None


def _judged(attributes: dict[str, str], text: str) -> str:
    if attributes.get("calcext:value-type") == "error":
        return text or NO_RESULT
    if _ERROR.fullmatch(text):
        return text
    # A formula may result in empty text; it then declares that its result is text.
    has_value = attributes.get("office:value-type") == "string" or any(name in attributes for name in _VALUES)
    return "" if has_value else NO_RESULT


def _number(given_fields: str | None) -> int:
    """Return how often a cell or row is repeated, at most ``ROW_LIMIT``."""
    if given_fields is None or not given_fields.isdecimal():
        return 1
    return min(int(given_fields), ROW_LIMIT) if len(given_fields) < 10 else ROW_LIMIT
