"""What the workbook reader leaves out of an xlsx file: cells that hold an error, formulas without a result, the 1904 epoch.

The reader gives such cells as blanks, and a blank would be taken for "nothing to say". Runs in the child process, under its limits.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

COLUMN_LIMIT = 512
"""Columns beyond are not read, in whatever file."""
ROW_LIMIT = 1 << 20
NO_RESULT = "公式没有结果"
"""Text of a formula that was never calculated, or whose result was not saved."""
_HEAD_LIMIT = 8 << 20
"""Longest part read whole: lists of sheets and relations."""
_CHUNK = 1 << 16
_SUSPECT = re.compile(rb"""\bt\s*=\s*["']e["']|<(?:\w+:)?f[\s/>]""")
_HINTS = (b'"e"', b"'e'", b"<f", b":f")
"""One of them is in whatever fits; finding out that none is takes a fifth of the time of the search itself."""
_REFERENCE = re.compile(r"([A-Za-z]{1,3})\d{1,7}")


class Forged(Exception):
    """XML that defines entities, or that is none."""


@dataclass
class Book:
    """The parts of an xlsx archive that matter here."""

    archive: zipfile.ZipFile
    epoch_1904: bool = False
    """Bare serial numbers count from 1904-01-01."""
    sheets: dict[str, str] = field(default_factory=dict)
    """Part of the archive by name of the sheet."""

    def size_of(self, sheet: str) -> int:
        """Bytes of a sheet's part when unpacked; 0 if it has none."""
        part = self.sheets.get(sheet)
        return 0 if part is None else self.archive.getinfo(part).file_size


def book_of(archive: zipfile.ZipFile) -> Book | None:
    """The outline of an xlsx workbook; None for other formats."""
    names = {name.replace("\\", "/").lower(): name for name in archive.namelist()}

    def elements(path: str) -> list[tuple[str, dict[str, str]]]:
        name = names.get(path.lower())
        if name is None:
            return []
        with archive.open(name) as stream:
            return _elements(stream.read(_HEAD_LIMIT))

    def relations(path: str) -> dict[str, tuple[str, str]]:
        folder, base = posixpath.split(path)
        found = {}
        for tag, attributes in elements(posixpath.join(folder, "_rels", f"{base}.rels")):
            if tag == "Relationship":
                target = posixpath.normpath(posixpath.join("/", folder, attributes.get("Target", ""))).lstrip("/")
                found[attributes.get("Id", "")] = attributes.get("Type", "").rpartition("/")[2], target
        return found

    main = next((target for kind, target in relations("").values() if kind == "officeDocument"), "xl/workbook.xml")
    if not main.lower().endswith(".xml"):
        return None
    outline = elements(main)
    if not outline:
        return None
    book, parts = Book(archive), relations(main)
    for tag, attributes in outline:
        if tag == "workbookPr":
            book.epoch_1904 = attributes.get("date1904", "").lower() in ("1", "true", "on")
        elif tag == "sheet":
            relation = next((value for name, value in attributes.items() if name.rpartition(":")[2] == "id" and ":" in name), "")
            part = names.get(parts.get(relation, ("", ""))[1].lower())
            if part is not None:
                book.sheets[attributes.get("name", "")] = part
    return book


def broken_cells(book: Book, sheet: str) -> Iterator[tuple[int, dict[int, str]]]:
    """Rows with such cells, from 0 and in the order of the file: what stands in which column, from 0.

    Raises:
        Forged: the sheet defines entities or is no XML.
    """
    part = book.sheets.get(sheet)
    if part is None or not _suspect(book.archive, part):
        return
    walker = _Walker()
    with book.archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            walker.feed(chunk)
            yield from walker.taken()
    walker.feed(b"", end=True)
    yield from walker.taken()


def _suspect(archive: zipfile.ZipFile, part: str) -> bool:
    """Whether the slow look is worth it: most sheets hold neither errors nor formulas."""
    tail = b""
    with archive.open(part) as stream:
        while chunk := stream.read(1 << 20):
            if not tail and b"\0" in chunk[:4]:
                return True  # UTF-16
            window = tail + chunk
            if any(hint in window for hint in _HINTS) and _SUSPECT.search(window):
                return True
            tail = chunk[-40:]
    return False


def _parser() -> expat.XMLParserType:
    def refuse(*_: object) -> None:
        raise Forged

    parser = expat.ParserCreate()
    parser.EntityDeclHandler = refuse
    return parser


def _elements(xml: bytes) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []

    def start(tag: str, attributes: dict[str, str]) -> None:
        found.append((tag.rpartition(":")[2], attributes))

    parser = _parser()
    parser.StartElementHandler = start
    try:
        parser.Parse(xml, True)
    except expat.ExpatError as error:
        raise Forged from error
    return found


class _Walker:
    """Walks through the cells of a sheet."""

    def __init__(self) -> None:
        self._parser = _parser()
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
        try:
            self._parser.Parse(xml, end)
        except expat.ExpatError as error:
            raise Forged from error

    def taken(self) -> Iterator[tuple[int, dict[int, str]]]:
        """Rows found since the last call."""
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
            stated = attributes.get("r", "")
            self._row = int(stated) - 1 if stated.isdecimal() and len(stated) < 8 else self._row + 1
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
        # A formula may well result in no text: it then says that its result is text, and saves it.
        empty_text = self._kind == "str" and self._value is not None
        return NO_RESULT if self._formula and not value and not empty_text else ""


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + ord(letter) - 64
    return number - 1
