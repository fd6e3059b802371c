"""Broken cells of xlsx files."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence

from gridconsole.importing.scan.book import COLUMN_LIMIT, NO_RESULT, ROW_LIMIT, Book, Marks
from gridconsole.importing.scan.package import Package, PackageBook
from gridconsole.importing.scan.parts import windows
from gridconsole.importing.scan.xml import feed, parser, suspect, walked

_SUSPECT = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:\w+:)?f[\s/>]""")
_HINTS = (b'"e"', b"'e'", b"<f", b":f")
_LONGEST_TAG = 1 << 10
"""Bytes of the longest row tag; programs write about 200."""
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]{0,1000}>")
_HIDDEN = re.compile(rb"""\bhidden\s*=\s*["'](?:1|true)["']""")
_NUMBER = re.compile(rb"""\br\s*=\s*["'](\d{1,7})["']""")
_REFERENCE = re.compile(r"([A-Za-z]{1,3})\d{1,7}")


class _Workbook(PackageBook):
    def hidden_rows(self, sheet: int) -> list[int]:
        part = self.part_of(sheet)
        if part is None:
            return []
        found: dict[int, None] = {}
        for window in windows(self.package.archive, part, _LONGEST_TAG):
            if b"hidden" in window:
                tags = (tag[0] for tag in _ROW.finditer(window) if _HIDDEN.search(tag[0]))
                found |= dict.fromkeys(int(number[1]) - 1 for tag in tags if (number := _NUMBER.search(tag)) is not None)
        return list(found)

    def broken_cells(self, sheet: int) -> Marks:
        part, archive = self.part_of(sheet), self.package.archive
        if part is None or not suspect(archive, part, _HINTS, _SUSPECT):
            return iter(())
        return walked(archive, part, _Walker())


def book_of(package: Package, names: Sequence[str]) -> Book | None:
    """Return the details of an xlsx workbook with sheets of these names; None for other formats."""
    main = package.main
    if not main.lower().endswith(".xml"):
        return None
    outline = package.elements(main)
    if not outline:
        return None
    book, relations = _Workbook(package), package.relations(main)
    parts: dict[str, str] = {}
    for tag, attributes in outline:
        if tag == "workbookPr":
            book.epoch_1904 = attributes.get("date1904", "").lower() in ("1", "true", "on")
        elif tag == "sheet":
            relation = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id" and ":" in name), "")
            part = package.name_of(relations.get(relation, ("", ""))[1])
            if part is not None:
                parts[attributes.get("name", "")] = part
    book.sheets = [parts.get(name) for name in names]
    return book


class _Walker:
    """Walks through the cells of a sheet."""

    def __init__(self) -> None:
        self._parser = parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._found: deque[tuple[int, dict[int, str]]] = deque()
        self._row = self._column = -1
        self._cells: dict[int, str] = {}
        self._kind = ""
        self._formula = False
        self._value: str | None = None

    def feed(self, xml: bytes, *, end: bool = False) -> None:
        """Take the next bytes."""
        feed(self._parser, xml, end=end)

    def taken(self) -> Iterator[tuple[int, dict[int, str]]]:
        """Yield the rows found since the last call."""
        while self._found:
            yield self._found.popleft()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            at = _REFERENCE.fullmatch(attributes.get("r", ""))
            self._column = _number_of(at[1]) if at else self._column + 1
            self._kind, self._formula, self._value = attributes.get("t", ""), False, None
        elif name == "v":
            self._value = ""
            if self._formula or self._kind == "e":
                self._parser.CharacterDataHandler = self._text
        elif name == "f":
            self._formula = True
        elif name == "row":
            given_fields = attributes.get("r", "")
            self._row = int(given_fields) - 1 if given_fields.isdecimal() and len(given_fields) < 8 else self._row + 1
            self._column, self._cells = -1, {}

    def _text(self, value: str) -> None:
        self._value = ((self._value or "") + value)[:40]

    def _end(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        if name == "c":
            text = self._judged()
            if text and 0 <= self._column < COLUMN_LIMIT and 0 <= self._row < ROW_LIMIT:
                self._cells[self._column] = text
            self._kind, self._formula = "", False
        elif name == "v":
            self._parser.CharacterDataHandler = None
        elif name == "row" and self._cells:
            self._found.append((self._row, self._cells))

    def _judged(self) -> str:
        value = (self._value or "").strip()
        if self._kind == "e":
            return value or NO_RESULT
        # A formula may result in empty text; it then declares that its result is text, and saves it.
        empty_text = self._kind == "str" and self._value is not None
        return NO_RESULT if self._formula and not value and not empty_text else ""


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
