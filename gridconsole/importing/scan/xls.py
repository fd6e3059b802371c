"""Broken cells of workbooks from before 2007: BIFF records in a stream of a compound file.

The reader decides if such a file is damaged; if this scan cannot go on, it finds nothing more.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

from gridconsole.importing.scan.book import COLUMN_LIMIT, ERRORS, NO_RESULT, UNKNOWN_ERROR, Book, Marks

_FORMULA, _END, _EPOCH, _SHEET, _ERROR, _STRING, _BEGIN = 0x0006, 0x000A, 0x0022, 0x0085, 0x0205, 0x0207, 0x0809
_ROW = 0x0208
_IS_HIDDEN = 0x20
"""Flag of a row that is not shown."""
_TEXT, _FAILED = 0, 2
"""Sorts of results: a text, which is in a record that follows, and an error."""
_RECORD = struct.Struct("<HH")
_PLACE = struct.Struct("<HH")
_SUSPECT = re.compile(rb"\x05\x02.{9}\x01|\x06\x00.{8}[\x00\x02].{5}\xff\xff", re.DOTALL)
"""An error as a value, or a formula whose result is an error or a text that follows."""
_STREAMS = ("Workbook", "Book")


@dataclass
class _Workbook(Book):
    stream: bytes
    epoch_1904: bool = False
    offsets: list[int] = field(default_factory=list)
    """Offset of each sheet in the stream, as the file claims."""
    is_suspect: bool = False
    """True if there may be broken cells."""

    def hidden_rows(self, sheet: int) -> list[int]:
        if sheet >= len(self.offsets):
            return []
        rows = (
            start
            for kind, start, end in _records_of_sheet(self.stream, self.offsets[sheet])
            if kind == _ROW and end - start >= 16
        )
        return [
            int.from_bytes(self.stream[start : start + 2], "little") for start in rows if self.stream[start + 12] & _IS_HIDDEN
        ]

    def broken_cells(self, sheet: int) -> Marks:
        if sheet >= len(self.offsets) or not self.is_suspect:
            return iter(())
        # Some programs write column by column.
        return iter(sorted(_rows_of(self.stream, self.offsets[sheet]).items()))


def book_of(raw: bytes) -> Book:
    """Return the details of such a workbook."""
    stream = _stream_of(raw)
    book = _Workbook(stream)
    book.is_suspect = _SUSPECT.search(stream) is not None
    for kind, start, end in _records(stream, 0):
        if kind == _END:
            break
        if kind == _EPOCH:
            book.epoch_1904 = stream[start:end] == b"\x01\x00"
        elif kind == _SHEET and end - start >= 4:
            book.offsets.append(int.from_bytes(stream[start : start + 4], "little"))
    return book


_PASSWORD = 0x002F
_OF_PROGRAM = 2_000
"""Records among which the one about a password stands."""


def is_encrypted(raw: bytes) -> bool:
    """Return whether such a workbook is encrypted: a record says so at the beginning of its stream."""
    if raw.startswith(b"PK"):
        return False
    return any(kind == _PASSWORD for kind, _, _ in islice(_records(_stream_of(raw), 0), _OF_PROGRAM))


def _stream_of(raw: bytes) -> bytes:
    """Return the stream that holds the sheets; empty if there is none."""
    # Imported here because most workbooks are of other formats.
    import olefile

    if not _is_plausible(raw):
        return b""
    try:
        with olefile.OleFileIO(io.BytesIO(raw)) as container:
            name = next((name for name in _STREAMS if container.exists(name)), None)
            return b"" if name is None else container.openstream(name).getvalue()
    except MemoryError:
        raise
    except Exception:  # noqa: BLE001  damaged containers fail in many ways, and all mean the same here
        return b""


def _is_plausible(raw: bytes) -> bool:
    """Return whether the sector table can be as long as the header claims.

    Each entry of the table represents a sector of the file.
    """
    if len(raw) < 512:
        return False
    shift, tables = int.from_bytes(raw[30:32], "little"), int.from_bytes(raw[44:48], "little")
    return shift in (9, 12) and tables <= 128 + 2 * (len(raw) >> (2 * shift - 2))


def _records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, beginning and end of each record from a position on, up to one that is cut off."""
    while at + 4 <= len(stream):
        kind, length = _RECORD.unpack_from(stream, at)
        start, at = at + 4, at + 4 + length
        if at > len(stream):
            return
        yield kind, start, at


def _records_of_sheet(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield the records of one sheet, without those of its charts, which have their own cells."""
    depth = 0
    for kind, start, end in _records(stream, at):
        if kind == _BEGIN:
            depth += 1
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif depth <= 1:
            yield kind, start, end


def _rows_of(stream: bytes, at: int) -> dict[int, dict[int, str]]:
    rows: dict[int, dict[int, str]] = {}

    def mark(place: tuple[int, int], text: str) -> None:
        row, column = place
        if column < COLUMN_LIMIT:
            rows.setdefault(row, {})[column] = text

    unfinished: tuple[int, int] | None = None
    for kind, start, end in _records_of_sheet(stream, at):
        if kind == _ERROR and end - start >= 8 and stream[start + 7] == 1:
            mark(_PLACE.unpack_from(stream, start), ERRORS.get(stream[start + 6], UNKNOWN_ERROR))
        elif kind == _FORMULA and end - start >= 20:
            if unfinished:
                mark(unfinished, NO_RESULT)
            place, result = _PLACE.unpack_from(stream, start), stream[start + 6 : start + 14]
            unfinished = place if _is(result, _TEXT) else None
            if _is(result, _FAILED):
                mark(place, ERRORS.get(result[2], UNKNOWN_ERROR))
        elif kind == _STRING:
            unfinished = None
    if unfinished:
        mark(unfinished, NO_RESULT)
    return rows


def _is(result: bytes, sort: int) -> bool:
    """Return whether a formula's result is of a sort; the bytes of a number never end this way."""
    return result[0] == sort and result.endswith(b"\xff\xff")
