"""Tables of Word documents (.docx) and of Excel 2003 XML workbooks, as lists of rows. Runs in the child process, under its limits."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field

from gridconsole.importing.scan import COLUMN_LIMIT, ROW_LIMIT
from gridconsole.importing.scan.xml import feed, parser

_CHUNK = 1 << 16
_LONGEST_CAPTION = 60
Cell = str | int | float | None


@dataclass(slots=True)
class Table:
    """A table with the ranges of its merged cells: first row, first column, last row, last column, from 0."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    hidden_rows: list[int] = field(default_factory=list)
    is_hidden: bool = False


def is_word(raw: bytes) -> bool:
    """Return whether an archive is a Word document."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return "word/document.xml" in archive.namelist()


def word_tables(raw: bytes) -> Iterator[Table]:
    """Yield the tables of a Word document; the paragraph above a table is its name.

    Raises:
        Forged: the document defines entities or is no XML.
    """
    walker = _Word()
    with zipfile.ZipFile(io.BytesIO(raw)) as archive, archive.open("word/document.xml") as stream:
        while chunk := stream.read(_CHUNK):
            walker.feed(chunk)
            yield from walker.taken()
    walker.feed(b"", end=True)
    yield from walker.taken()


def spreadsheet_tables(raw: bytes) -> Iterator[Table]:
    """Yield the sheets of an Excel 2003 XML workbook.

    Raises:
        Forged: the file defines entities or is no XML.
    """
    walker = _Spreadsheet()
    for start in range(0, len(raw), _CHUNK):
        walker.feed(raw[start : start + _CHUNK])
        yield from walker.taken()
    walker.feed(b"", end=True)
    yield from walker.taken()


class _Walker:
    """Walks through a document; elements go by their names without prefix."""

    def __init__(self) -> None:
        self._parser = parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._found: list[Table] = []
        self._table: Table | None = None
        self._text: list[str] | None = None

    def feed(self, xml: bytes, *, end: bool = False) -> None:
        """Take the next bytes."""
        feed(self._parser, xml, end=end)

    def taken(self) -> Iterator[Table]:
        """Yield the tables found since the last call."""
        found, self._found = self._found, []
        yield from found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self.begin(tag.rpartition(":")[2], {name.rpartition(":")[2]: value for name, value in attributes.items()})

    def _end(self, tag: str) -> None:
        self.finish(tag.rpartition(":")[2])

    def _characters(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """Take the beginning of an element."""
        raise NotImplementedError

    def finish(self, name: str) -> None:
        """Take the end of an element."""
        raise NotImplementedError


class _Word(_Walker):
    """A nested table is part of its cell's text."""

    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._caption = ""
        self._paragraph: list[str] = []
        self._cell: list[str] = []
        self._span, self._vertical = 1, ""
        self._open: dict[int, int] = {}
        """First row of each vertical merge that goes on, by its column."""
        self._merges: dict[int, int] = {}
        """Place of each of them among the merged ranges."""

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "tbl":
            self._depth += 1
            if self._depth == 1:
                self._table, self._open, self._merges = Table(self._caption[:_LONGEST_CAPTION]), {}, {}
        elif self._table is not None and self._depth == 1 and name == "tr":
            self._table.rows.append([])
        elif self._depth == 1 and name == "tc":
            self._cell, self._span, self._vertical = [], 1, ""
        elif self._depth == 1 and name == "gridSpan":
            self._span = min(int(attributes.get("val", "1")), COLUMN_LIMIT) if attributes.get("val", "").isdecimal() else 1
        elif self._depth == 1 and name == "vMerge":
            self._vertical = attributes.get("val", "continue")
        elif name == "p":
            self._paragraph = []
        elif name == "t":
            self._text = self._paragraph
        elif name in ("br", "cr"):
            self._paragraph.append("\n")
        elif name == "tab":
            self._paragraph.append(" ")

    def finish(self, name: str) -> None:
        if name == "t":
            self._text = None
        elif name == "p":
            text = "".join(self._paragraph)
            if self._depth:
                self._cell.append(text)
            elif text.strip():
                self._caption = text.strip()
        elif name == "tc" and self._depth == 1 and self._table is not None:
            self._close_cell(self._table)
        elif name == "tbl":
            self._depth -= 1
            if self._depth == 0 and self._table is not None:
                self._found.append(self._table)
                self._table, self._caption = None, ""

    def _close_cell(self, table: Table) -> None:
        row, cells = len(table.rows) - 1, table.rows[-1]
        column = len(cells)
        if column >= COLUMN_LIMIT:
            return
        text = "\n".join(part for part in self._cell if part.strip()).strip()
        if self._vertical == "continue":
            place = self._merges.setdefault(column, len(table.merged))
            if place == len(table.merged):
                table.merged.append((0, 0, 0, 0))
            table.merged[place] = (self._open.get(column, row - 1), column, row, column + self._span - 1)
            cells.extend([None] * self._span)
            return
        self._open.pop(column, None)
        self._merges.pop(column, None)
        if self._vertical == "restart":
            self._open[column] = row
        if self._span > 1:
            table.merged.append((row, column, row, column + self._span - 1))
        cells.extend([text or None, *[None] * (self._span - 1)])


class _Spreadsheet(_Walker):
    """SpreadsheetML of Excel 2002 and 2003."""

    def __init__(self) -> None:
        super().__init__()
        self._kind = ""
        self._place = -1
        self._row = -1

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        table = self._table
        if name == "Worksheet":
            self._table, self._row = Table(attributes.get("Name", "")), -1
        elif table is None:
            return
        elif name == "Row":
            self._row = _index(attributes, self._row + 1, ROW_LIMIT)
            table.rows.extend([] for _ in range(len(table.rows), self._row + 1))
            self._place = -1
            if attributes.get("Hidden") == "1":
                table.hidden_rows.append(self._row)
        elif name == "Cell":
            self._place = _index(attributes, self._place + 1, COLUMN_LIMIT)
            across, down = (_number(attributes.get(one)) for one in ("MergeAcross", "MergeDown"))
            if across or down:
                table.merged.append((self._row, self._place, self._row + down, min(self._place + across, COLUMN_LIMIT)))
            self._kind = "String"
        elif name == "Data":
            self._kind, self._text = attributes.get("Type", "String"), []
        elif name == "Visible":
            self._text = []

    def finish(self, name: str) -> None:
        table = self._table
        if name == "Data" and table is not None and self._text is not None:
            self._put(table, "".join(self._text))
            self._text = None
        elif name == "Cell" and table is not None:
            if table.merged and table.merged[-1][:2] == (self._row, self._place):
                self._place = table.merged[-1][3]
        elif name == "Visible" and table is not None and self._text is not None:
            table.is_hidden = "".join(self._text).strip() in ("SheetHidden", "SheetVeryHidden")
            self._text = None
        elif name == "Worksheet" and table is not None:
            self._found.append(table)
            self._table = None

    def _put(self, table: Table, text: str) -> None:
        if not 0 <= self._place < COLUMN_LIMIT or not 0 <= self._row < ROW_LIMIT:
            return
        cells = table.rows[self._row]
        cells.extend([None] * (self._place + 1 - len(cells)))
        cells[self._place] = self._value(text)

    def _value(self, text: str) -> Cell:
        if self._kind == "Number":
            try:
                number = float(text)
            except ValueError:
                return text or None
            return int(number) if number.is_integer() and abs(number) < 1e15 else number
        if self._kind == "DateTime":
            return text.replace("T", " ").removesuffix(".000")
        if self._kind == "Boolean":
            return "是" if text == "1" else "否"
        return text or None


def _index(attributes: dict[str, str], following: int, limit: int) -> int:
    """Return the position that an element gives, from 0; the following one if it gives none."""
    given = attributes.get("Index", "")
    return min(int(given) - 1, limit) if given.isdecimal() and len(given) < 8 and int(given) > 0 else min(following, limit)


def _number(given: str | None) -> int:
    return min(int(given), COLUMN_LIMIT) if given is not None and given.isdecimal() and len(given) < 8 else 0
