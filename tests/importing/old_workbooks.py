"""Workbooks in the formats before xlsx, and OpenDocument, written byte by byte: no library that writes them is kept up."""

from __future__ import annotations

import html
import struct
import zipfile
from collections.abc import Sequence
from pathlib import Path

from importing.sheets import OLE, Rows

_SECTOR = 512
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def xls(path: Path, rows: Rows, *, merged: Sequence[tuple[int, int, int, int]] = (), epoch_1904: bool = False) -> Path:
    """A BIFF8 workbook of one sheet named 工单, in the compound file that Excel 97 to 2003 wrote."""
    path.write_bytes(_compound(_book(_sheet(rows, merged), epoch_1904=epoch_1904)))
    return path


def _record(kind: int, body: bytes) -> bytes:
    return struct.pack("<HH", kind, len(body)) + body


def _beginning(kind: int) -> bytes:
    return _record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))


def _book(sheet: bytes, *, epoch_1904: bool) -> bytes:
    name = "工单".encode("utf-16-le")
    before = _beginning(0x0005) + _record(0x0042, struct.pack("<H", 1200)) + _record(0x0022, struct.pack("<H", epoch_1904))
    # An ordinary cell, and one that holds a time.
    formats = b"".join(_record(0x00E0, struct.pack("<HHHBBBBIIH", 0, number, 0, 0, 0, 0, 0, 0, 0, 0)) for number in (0, 22))
    listed = struct.pack("<BBBB", 0, 0, 2, 1) + name
    at = len(before) + len(formats) + 4 + 4 + len(listed) + 4
    return before + formats + _record(0x0085, struct.pack("<I", at) + listed) + _record(0x000A, b"") + sheet


def _sheet(rows: Rows, merged: Sequence[tuple[int, int, int, int]]) -> bytes:
    wide = max(len(row) for row in rows)
    out = [_beginning(0x0010), _record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, wide, 0))]
    for index, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                text = value.encode("utf-16-le")
                out.append(_record(0x0204, struct.pack("<HHHHB", index, column, 0, len(text) // 2, 1) + text))
            elif isinstance(value, int | float):
                out.append(_record(0x0203, struct.pack("<HHHd", index, column, 1, value)))
    if merged:
        spans = b"".join(struct.pack("<HHHH", top, bottom, left, right) for top, left, bottom, right in merged)
        out.append(_record(0x00E5, struct.pack("<H", len(merged)) + spans))
    return b"".join([*out, _record(0x000A, b"")])


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
)


def ods(path: Path, rows: Rows) -> Path:
    """An OpenDocument workbook of one sheet named 工单, every cell a text."""
    lines = []
    for row in rows:
        cells = (
            "<table:table-cell/>"
            if value is None
            else f'<table:table-cell office:value-type="string"><text:p>{html.escape(str(value))}</text:p></table:table-cell>'
            for value in row
        )
        lines.append(f"<table:table-row>{''.join(cells) or '<table:table-cell/>'}</table:table-row>")
    body = f'<office:body><office:spreadsheet><table:table table:name="工单">{"".join(lines)}</table:table></office:spreadsheet></office:body>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "META-INF/manifest.xml", '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
        )
        archive.writestr(
            "content.xml",
            f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_SPACES}>{body}</office:document-content>',
        )
    return path
