"""Workbooks in the formats before xlsx, and OpenDocument, written byte by byte: no library that writes them is kept up."""

from __future__ import annotations

import html
import struct
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from importing.sheets import OLE, Value

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
ERRORS = {"#NULL!": 0x00, "#DIV/0!": 0x07, "#VALUE!": 0x0F, "#REF!": 0x17, "#NAME?": 0x1D, "#NUM!": 0x24, "#N/A": 0x2A}


@dataclass(frozen=True)
class Fault:
    """A cell that holds an error, as a value or as the result of a formula."""

    error: str
    formula: bool = False


@dataclass(frozen=True)
class Formula:
    """A formula that results in a text; None for one whose text is not saved."""

    text: str | None


Cells = Sequence[Sequence[Value | Fault | Formula]]


def xls(path: Path, rows: Cells, *, merged: Sequence[tuple[int, int, int, int]] = (), epoch_1904: bool = False) -> Path:
    """A BIFF8 workbook of one sheet named 工单, in the compound file that Excel 97 to 2003 wrote."""
    return container(path, book([sheet(rows, merged)], epoch_1904=epoch_1904))


def container(path: Path, stream: bytes) -> Path:
    """The compound file around a stream of records."""
    path.write_bytes(_compound(stream))
    return path


def record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _beginning(kind: int) -> bytes:
    return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def book(sheets: Sequence[bytes], *, epoch_1904: bool = False, offsets: Sequence[int] | None = None) -> bytes:
    """The stream of a workbook; its sheets are named 工单, 工单2 and so on. It may lie about where they begin."""
    before = _beginning(0x0005) + record(0x0042, struct.pack("<H", 1200)) + record(0x0022, struct.pack("<H", epoch_1904))
    # An ordinary cell, and one that holds a time.
    formats = b"".join(record(0x00E0, struct.pack("<HHHBBBBIIH", 0, number, 0, 0, 0, 0, 0, 0, 0, 0)) for number in (0, 22))
    names = ["工单", *(f"工单{number}" for number in range(2, len(sheets) + 1))]
    listed = [struct.pack("<BBBB", 0, 0, len(name), 1) + name.encode("utf-16-le") for name in names]
    at = len(before) + len(formats) + sum(4 + 4 + len(entry) for entry in listed) + 4
    true = [at + sum(map(len, sheets[:index])) for index in range(len(sheets))]
    entries = [record(0x0085, struct.pack("<I", place) + entry) for place, entry in zip(offsets or true, listed, strict=True)]
    return before + formats + b"".join(entries) + record(0x000A, b"") + b"".join(sheets)


def sheet(rows: Cells, merged: Sequence[tuple[int, int, int, int]] = (), extra: bytes = b"") -> bytes:
    """The records of a sheet, further ones before its end."""
    wide = max(len(row) for row in rows)
    out = [_beginning(0x0010), record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, wide, 0))]
    out += [cell(index, column, value) for index, row in enumerate(rows) for column, value in enumerate(row)]
    if merged:
        spans = b"".join(struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in merged)
        out.append(record(0x00E5, struct.pack("<H", len(merged)) + spans))
    return b"".join([*out, extra, record(0x000A, b"")])


def cell(row: int, column: int, value: Value | Fault | Formula) -> bytes:
    """The records of a cell; none for a blank."""
    place = struct.pack("<HHH", row, column, 0)
    if isinstance(value, str):
        text = value.encode("utf-16-le")
        return record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)
    if isinstance(value, Fault) and value.formula:
        return record(0x0006, place + struct.pack("<BBBBHH", 2, 0, ERRORS[value.error], 0, 0, 0xFFFF) + _ONE_BY_ZERO)
    if isinstance(value, Fault):
        return record(0x0205, place + bytes([ERRORS[value.error], 1]))
    if isinstance(value, Formula):
        formula = record(0x0006, place + struct.pack("<BBBBHH", 0, 0, 0, 0, 0, 0xFFFF) + _ONE_BY_ZERO)
        text = (value.text or "").encode("utf-16-le")
        return formula + (b"" if value.text is None else record(0x0207, struct.pack("<HB", len(text) // 2, 1) + text))
    if isinstance(value, int | float):
        return record(0x0203, struct.pack("<HHHd", row, column, 1, value))
    return b""


_ONE_BY_ZERO = struct.pack("<HIH", 0, 0, 7) + b"\x1e\x01\x00\x1e\x00\x00\x06"
"""What follows a formula's result: flags, and the formula itself in seven bytes."""


def _compound(stream: bytes) -> bytes:
    """A compound file (MS-CFB) with one stream: a sector of allocation, one of directory, then the stream."""
    # Shorter ones would have to lie in the small sectors.
    stream = stream.ljust(4096, b"\0")
    count = -(-len(stream) // _SECTOR)
    chain = [_FAT, _END, *range(3, count + 2), _END]
    assert len(chain) <= _SECTOR // 4
    head = OLE + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, _END, 0, _END, 0) + struct.pack("<I", 0)
    head = head.ljust(_SECTOR, b"\xff")
    table = struct.pack(f"<{len(chain)}I", *chain).ljust(_SECTOR, b"\xff")
    directory = _entry("Root Entry", 5, 1, _END, 0) + _entry("Workbook", 2, _FREE, 2, len(stream))
    return head + table + directory.ljust(_SECTOR, b"\0") + stream.ljust(count * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    raw = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<IIII", _FREE, _FREE, child, 0)
    return raw.ljust(64, b"\0") + struct.pack("<HBB", len(raw), kind, 1) + links + bytes(32) + struct.pack("<IQ", start, size)


_SPACES = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
)


def ods(path: Path, rows: Sequence[Sequence[Value]]) -> Path:
    """An OpenDocument workbook of one sheet named 工单, every cell a text."""
    return ods_file(path, ods_table("".join(ods_row(row) for row in rows)))


def ods_row(cells: Sequence[Value], repeated: int = 1) -> str:
    """A row of texts; a text that begins with an angle bracket is the cell's own XML."""
    written = (
        "<table:table-cell/>"
        if value is None
        else value
        if isinstance(value, str) and value.startswith("<table:")
        else f'<table:table-cell office:value-type="string"><text:p>{html.escape(str(value))}</text:p></table:table-cell>'
        for value in cells
    )
    times = f' table:number-rows-repeated="{repeated}"' if repeated != 1 else ""
    return f"<table:table-row{times}>{''.join(written) or '<table:table-cell/>'}</table:table-row>"


def ods_table(rows: str, name: str = "工单") -> str:
    """A table of an OpenDocument workbook."""
    return f'<table:table table:name="{name}">{rows}</table:table>'


def ods_file(path: Path, tables: str, head: str = "") -> Path:
    """An OpenDocument workbook of these tables."""
    body = f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?>{head}<office:document-content {_SPACES}>{body}</office:document-content>',
        )
    return path


def xlsb(path: Path, rows: Cells, *, epoch_1904: bool = False, cut: int | None = None) -> Path:
    """A binary workbook of one sheet named 工单; its sheet may be cut off after some bytes."""
    sheet = b"".join(
        [
            _part(0x81),
            _part(0x94, struct.pack("<IIII", 0, len(rows), 0, 9)),
            _part(0x91),
            *(
                _part(0x00, struct.pack("<IIHHBI", index, 0, 300, 0, 0, 0))
                + b"".join(_binary_cell(column, value) for column, value in enumerate(row))
                for index, row in enumerate(rows)
            ),
            _part(0x92),
            _part(0x82),
        ]
    )
    outline = [
        _part(0x83),
        _part(0x99, struct.pack("<III", epoch_1904, 0, 0)),
        _part(0x8F),
        _part(0x9C, struct.pack("<II", 0, 1) + _wide("rId1") + _wide("工单")),
        _part(0x90),
        _part(0x9D, bytes(26)),
        _part(0x84),
    ]
    package = "http://schemas.openxmlformats.org/package/2006"
    related = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    def relation(kind: str, target: str) -> str:
        listed = f'<Relationship Id="rId1" Type="{related}/{kind}" Target="{target}"/>'
        return f'<?xml version="1.0"?><Relationships xmlns="{package}/relationships">{listed}</Relationships>'

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", f'<?xml version="1.0"?><Types xmlns="{package}/content-types"/>')
        archive.writestr("_rels/.rels", relation("officeDocument", "xl/workbook.bin"))
        archive.writestr("xl/workbook.bin", b"".join(outline))
        archive.writestr("xl/_rels/workbook.bin.rels", relation("worksheet", "worksheets/sheet1.bin"))
        archive.writestr("xl/worksheets/sheet1.bin", sheet[:cut])
    return path


def _part(kind: int, body: bytes = b"") -> bytes:
    """A record of a binary workbook: numbers of seven bits a byte."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length = len(body)
    while length >= 0x80:
        head += bytes([length & 0x7F | 0x80])
        length >>= 7
    return head + bytes([length]) + body


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _binary_cell(column: int, value: Value | Fault | Formula) -> bytes:
    place = struct.pack("<II", column, 0)
    if isinstance(value, str):
        return _part(0x06, place + _wide(value))
    if isinstance(value, Fault):
        code = bytes([ERRORS[value.error]])
        return _part(0x0B, place + code + struct.pack("<HI", 0, 0)) if value.formula else _part(0x03, place + code)
    if isinstance(value, int | float):
        return _part(0x05, place + struct.pack("<d", value))
    return b""
