"""Files as offices send them, and as they should not: built in the test, named as in real life."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter

Value = str | int | float | bool | date | datetime | None
Rows = Sequence[Sequence[Value]]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What every file of the old Office format, and every encrypted one of the new, begins with."""


def text_file(folder: Path, text: str, name: str = "名单.csv", encoding: str = "utf-8") -> Path:
    """A file of text in an encoding."""
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def lines(*rows: str) -> str:
    """Lines of a csv file."""
    return "".join(f"{row}\n" for row in rows)


def raw_file(folder: Path, raw: bytes, name: str) -> Path:
    """A file of bytes."""
    path = folder / name
    path.write_bytes(raw)
    return path


def workbook(path: Path, sheets: Mapping[str, Rows], fill: Callable[[Any, Mapping[str, Any]], None] | None = None) -> Path:
    """An xlsx file; ``fill`` gets the book and its sheets by name before it is saved."""
    with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm"}) as book:
        made = {name: book.add_worksheet(name) for name in sheets}
        for name, rows in sheets.items():
            for index, row in enumerate(rows):
                for column, value in enumerate(row):
                    if value is not None:
                        made[name].write(index, column, value)
        if fill is not None:
            fill(book, made)
    return path


def with_sheet_xml(source: Path, target: Path, xml: str) -> Path:
    """A copy of a workbook whose first sheet is what the test says."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, xml if part.filename == "xl/worksheets/sheet1.xml" else old.read(part))
    return target


_SHEET = (
    '<?xml version="1.0" encoding="UTF-8"?>{head}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
)
CLAIMS_EVERY_CELL = (
    _SHEET.format(head="") + '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
)
"""Two cells at opposite corners: the reader asks for 512 GB and aborts its process."""


def zip_bomb(path: Path) -> Path:
    """A small workbook that unpacks to 64 MB of one letter."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"A" * (64 << 20))
    return path


def plain_zip(path: Path) -> Path:
    """A zip that is no workbook."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("照片/①号井盖.txt", "没有表格")
    return path


def gzipped(folder: Path, text: str, name: str) -> Path:
    """Compressed text under another name."""
    return raw_file(folder, gzip.compress(text.encode()), name)
