"""From a path to sheets of raw cells. Bytes decide what a file is, never its name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from gridconsole.domain.errors import (
    EncodingUnknown,
    FileDamaged,
    FileDenied,
    FileEmpty,
    FileEncrypted,
    FileKindUnknown,
    FileMissing,
    FileTooLarge,
    NotAFile,
    QuoteUnclosed,
)
from gridconsole.domain.text import printable

Cell = str | int | float | None
SIZE_LIMIT = 200 << 20
"""Largest file taken, bytes."""
UNPACKED_LIMIT = 600 << 20
RATIO_LIMIT = 300
"""Unpacked to packed size of one part beyond which a workbook is taken for a bomb (real sheets reach about 20)."""
ENTRY_LIMIT = 10_000
SECONDS_LIMIT = 120
COLUMN_LIMIT = 512


@dataclass
class Sheet:
    """One sheet, its rows read once, in order; row numbers are those a clerk sees in Excel."""

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged ranges: first row, first column, last row, last column; rows and columns from 0."""


@dataclass(frozen=True)
class SourceFile:
    """A file's bytes, read once; what it holds later on the disk does not matter any more."""

    path: Path
    raw: bytes
    sha256: str

    @property
    def name(self) -> str:
        """File name for messages and records."""
        return printable(self.path.name)


def load(path: Path) -> SourceFile:
    """Read a file once.

    Raises:
        FileMissing, NotAFile, FileDenied, FileEmpty, FileTooLarge: it cannot be read.
    """
    try:
        if not path.exists():
            raise FileMissing(file=path.name)
        if not path.is_file():
            raise NotAFile(file=path.name)
        if path.stat().st_size > SIZE_LIMIT:
            raise FileTooLarge(file=path.name, limit=f"{SIZE_LIMIT >> 20} MB")
        raw = path.read_bytes()
    except (PermissionError, IsADirectoryError) as error:
        raise FileDenied(file=path.name) from error
    except (OSError, ValueError) as error:
        raise FileMissing(file=path.name) from error
    if not raw.strip(b"\xef\xbb\xbf\xff\xfe\x00 \r\n\t"):
        raise FileEmpty(file=path.name)
    return SourceFile(path, raw, hashlib.sha256(raw).hexdigest())


def sheets(source: SourceFile, encoding: str | None = None) -> Iterator[Sheet]:
    """The sheets of a file, one after the other; each must be used up before the next is asked for.

    Raises:
        Unreadable: the bytes are no table that can be read.
    """
    raw = source.raw
    if raw.startswith(b"PK\x03\x04"):
        _check_zip(source)
        return _workbook(source)
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise FileEncrypted(file=source.name)
        return _workbook(source)
    for magic, kind in _FOREIGN:
        if raw.startswith(magic):
            raise FileKindUnknown(file=source.name, kind=kind)
    if raw[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith((b"<html", b"<!doctype html", b"<table", b"<?xml")):
        raise FileKindUnknown(file=source.name, kind="HTML")
    return _delimited(source, encoding)


_FOREIGN = (
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "PDF"),
    (b"\x89PNG", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"Rar!", "RAR"),
    (b"7z\xbc\xaf", "7z"),
    (b"SQLite format 3", "SQLite"),
    (b"\x7fELF", "ELF"),
    (b"MZ\x90", "EXE"),
)


# --- workbooks --------------------------------------------------------------------------------------------------


def _check_zip(source: SourceFile) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as error:
        raise FileDamaged(file=source.name) from error
    if any(part.flag_bits & 1 for part in parts):
        raise FileEncrypted(file=source.name)
    bomb = any(part.file_size > (20 << 20) and part.file_size > RATIO_LIMIT * max(part.compress_size, 1) for part in parts)
    if bomb or len(parts) > ENTRY_LIMIT or sum(part.file_size for part in parts) > UNPACKED_LIMIT:
        raise FileTooLarge(file=source.name, limit=f"{UNPACKED_LIMIT >> 20} MB")
    if not any(part.filename in ("[Content_Types].xml", "content.xml") for part in parts):
        raise FileKindUnknown(file=source.name, kind="ZIP")


def _workbook(source: SourceFile) -> Iterator[Sheet]:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gridconsole.importing.child"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None  # noqa: S101  both are pipes
    stdin, lines = process.stdin, process.stdout
    alarm = threading.Timer(SECONDS_LIMIT, process.kill)
    alarm.start()

    def feed() -> None:
        try:
            with stdin:
                stdin.write(source.raw)
        except BrokenPipeError:
            pass  # the child is gone; its end is noticed on the other pipe

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    try:
        while line := lines.readline():
            head = json.loads(line)
            if "error" in head:
                raise _workbook_error(source, head["error"])
            finished = [False]
            sheet = Sheet(head["sheet"], _rows(source, lines, finished), head["hidden"], [tuple(item) for item in head["merged"]])
            yield sheet
            for _ in sheet.rows:
                pass
            if not finished[0]:
                raise FileDamaged(file=source.name)
        if process.wait() != 0:
            raise FileDamaged(file=source.name)
    except json.JSONDecodeError as error:
        raise FileDamaged(file=source.name) from error
    finally:
        alarm.cancel()
        process.kill()
        process.wait()
        lines.close()


def _rows(source: SourceFile, lines: IO[bytes], finished: list[bool]) -> Iterator[tuple[int, list[Cell]]]:
    number = 0
    for line in lines:
        item = json.loads(line)
        if isinstance(item, list):
            number += 1
            yield number, item[:COLUMN_LIMIT]
            continue
        if "end" in item:
            finished[0] = True
            return
        raise _workbook_error(source, item.get("error", "damaged"))
    raise FileDamaged(file=source.name)


def _workbook_error(source: SourceFile, code: str) -> Exception:
    if code == "encrypted":
        return FileEncrypted(file=source.name)
    if code == "memory":
        return FileTooLarge(file=source.name, limit="1 GB")
    return FileDamaged(file=source.name)


# --- delimited text ---------------------------------------------------------------------------------------------


def _delimited(source: SourceFile, encoding: str | None) -> Iterator[Sheet]:
    text = decode(source, encoding)
    if "\x00" in text:
        raise FileKindUnknown(file=source.name, kind="binary")
    yield Sheet("", _records(source, text))


def decode(source: SourceFile, encoding: str | None = None) -> str:
    """Strict decoding of the whole file: BOM, UTF-16 by its NULs, UTF-8, GB18030. No guessing: detectors take GBK for Korean.

    Raises:
        EncodingUnknown: neither; names the first bad line and byte.
    """
    raw = source.raw
    if encoding:
        ladder = [encoding]
    elif raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        ladder = ["utf-16"]
    elif raw.startswith(b"\xef\xbb\xbf"):
        ladder = ["utf-8-sig"]
    elif len(raw) >= 4 and raw[1::2][:200].count(0) > len(raw[1::2][:200]) * 0.3:
        ladder = ["utf-16-le"]
    elif len(raw) >= 4 and raw[::2][:200].count(0) > len(raw[::2][:200]) * 0.3:
        ladder = ["utf-16-be"]
    else:
        ladder = ["utf-8", "gb18030"]
    position = 0
    for candidate in ladder:
        try:
            return raw.decode(candidate)
        except UnicodeDecodeError as error:
            # The one that got furthest is the one the file is in, but for its bad byte.
            position = max(position, error.start)
        except (UnicodeError, LookupError):
            continue
    raise EncodingUnknown(file=source.name, line=raw.count(b"\n", 0, position) + 1, byte=position + 1)


def _records(source: SourceFile, text: str) -> Iterator[tuple[int, list[Cell]]]:
    csv.field_size_limit(1 << 20)
    # The first line that has any: later ones are complaints, full of tabs and semicolons of their own.
    first = next((line for line in text[:20_000].split("\n") if any(mark in line for mark in ",\t;|")), "")
    delimiter = max(",\t;|", key=lambda mark: (first.count(mark), mark == ","))
    # Real exports hold stray quotes inside quoted fields, which a strict reader refuses; a lenient one swallows the rest of the
    # file after an unclosed quote. The mark after the last line tells: it comes out as a record of its own, or not at all.
    reader = csv.reader(io.StringIO(f"{text}\n{_END}", newline=""), delimiter=delimiter)
    number = 0
    try:
        for record in reader:
            if record == [_END]:
                return
            # The number is the one a spreadsheet shows: records, not physical lines.
            number += 1
            if record and record[-1].endswith(_END):
                break
            yield number, [cell or None for cell in record[:COLUMN_LIMIT]]
    except csv.Error as error:
        raise QuoteUnclosed(file=source.name, line=number + 1) from error
    raise QuoteUnclosed(file=source.name, line=number)


_END = "\x1eend-of-file\x1e"
