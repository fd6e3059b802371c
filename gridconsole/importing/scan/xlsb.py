"""Broken cells of binary workbooks: BIFF12 records in the parts of an archive.

The reader decides if such a file is damaged; if this scan cannot go on, it finds nothing more.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from typing import IO

from gridconsole.importing.scan.book import COLUMN_LIMIT, ERRORS, ROW_LIMIT, UNKNOWN_ERROR, Book, Marks
from gridconsole.importing.scan.package import Package, PackageBook
from gridconsole.importing.scan.parts import windows

_ROW, _ERROR, _FORMULA_ERROR, _END_OF_CELLS, _EPOCH, _SHEET, _END_OF_SHEETS = 0x00, 0x03, 0x0B, 0x92, 0x99, 0x9C, 0x90
_SUSPECT = re.compile(
    rb"(?:\x03\x09|\x0b(?:[\x0f-\x7f]|[\x80-\xff]{1,3}.))"  # an error as a value or as the result of a formula, and its length
    rb".[\0\1]\0\0..\0[\0\1][\x00\x07\x0f\x17\x1d\x24\x2a\x2b]",  # a column that is read, one of at most 65,536 styles, the error
    re.DOTALL,
)
"""Pattern of a possible error; most sheets hold none, and a full scan is far slower."""
_WINDOW = 1 << 18
_HEAD = 1 << 10
"""Most bytes of a record that are inspected."""


class _Workbook(PackageBook):
    def broken_cells(self, sheet: int) -> Marks:
        part = self.part_of(sheet)
        if part is not None and any(_SUSPECT.search(window) for window in windows(self.package.archive, part)):
            with self.package.archive.open(part) as stream:
                yield from _rows_of(stream)


def book_of(package: Package) -> Book | None:
    """Return the details of an xlsb workbook; None for other formats."""
    main = package.main
    if not main.lower().endswith(".bin"):
        return None
    book, relations = _Workbook(package), package.relations(main)
    for kind, body in _records(io.BytesIO(package.head(main))):
        if kind == _END_OF_SHEETS:
            break
        if kind == _EPOCH:
            book.epoch_1904 = bool(body[:1]) and body[0] & 1 == 1
        elif kind == _SHEET:
            length = int.from_bytes(body[8:12], "little")
            # A module of macros is listed without a part, and the reader passes it over.
            if length != 0xFFFFFFFF:
                reference = body[12 : 12 + 2 * length].decode("utf-16-le", "replace")
                book.sheets.append(package.name_of(relations.get(reference, ("", ""))[1]))
    return book


def _rows_of(stream: IO[bytes]) -> Marks:
    row, cells = -1, dict[int, str]()
    for kind, body in _records(stream):
        if kind in (_ROW, _END_OF_CELLS):
            if cells and 0 <= row < ROW_LIMIT:
                yield row, cells
            if kind == _END_OF_CELLS:
                return
            row, cells = int.from_bytes(body[:4], "little"), {}
        elif kind in (_ERROR, _FORMULA_ERROR) and len(body) >= 9:
            column = int.from_bytes(body[:4], "little")
            if column < COLUMN_LIMIT:
                cells[column] = ERRORS.get(body[8], UNKNOWN_ERROR)


def _records(stream: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield kind and beginning of each record, up to one that is cut off in its first bytes."""
    window, at = b"", 0
    while True:
        if len(window) - at < 2 * _HEAD:
            window, at = window[at:] + stream.read(_WINDOW), 0
        head = _head(window, at)
        if head is None:
            return
        kind, start, end = head
        yield kind, window[start : min(end, start + _HEAD)]
        at = end
        while at > len(window):
            at -= len(window)
            window = stream.read(_WINDOW)
            if not window:
                return


def _head(window: bytes, at: int) -> tuple[int, int, int] | None:
    """Return kind, beginning and end of the record at a position; None if there is none.

    Numbers have seven bits a byte; the eighth bit says that more bytes follow.
    """
    try:
        kind, at = window[at], at + 1
        if kind & 0x80:
            kind, at = kind & 0x7F | (window[at] & 0x7F) << 7, at + 1
        length = 0
        for shift in (0, 7, 14, 21):
            byte, at = window[at], at + 1
            length |= (byte & 0x7F) << shift
            if not byte & 0x80:
                break
    except IndexError:
        return None
    return kind, at, at + length
