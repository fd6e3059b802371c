"""From a path to sheets of raw cells. Bytes decide what a file is, never its name."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import IO

from gridconsole.domain.errors import (
    FileDamaged,
    FileDenied,
    FileEmpty,
    FileEncrypted,
    FileKindUnknown,
    FileMissing,
    FileTooLarge,
    LineTooLong,
    NotAFile,
    OwnPaper,
    QuoteUnclosed,
)
from gridconsole.domain.outputs import PRINTED
from gridconsole.domain.text import printable
from gridconsole.importing import encodings, features
from gridconsole.importing.child import MEMORY_LIMIT
from gridconsole.importing.scan import COLUMN_LIMIT

__all__ = ["COLUMN_LIMIT", "Broken", "Cell", "Sheet", "SourceFile", "decode", "load", "opened", "sheets"]


@dataclass(frozen=True, slots=True)
class Broken:
    """A cell that has no value and is not blank: an error such as ``#DIV/0!``, or a formula without its result."""

    text: str

    def __str__(self) -> str:
        return self.text


class Undecoded(Broken):
    """A cell with bytes that are in no encoding; each is shown as a question mark."""


Cell = str | int | float | Broken | None
LINE_LIMIT = 4 << 20
"""Longest line of a text file, characters: split into cells it takes many times its room."""
SIZE_LIMIT = 200 << 20
"""Largest file taken, bytes."""
UNPACKED_LIMIT = 600 << 20
RATIO_LIMIT = 300
"""Unpacked to packed size of one part beyond which a workbook is taken for a bomb (real sheets reach about 20)."""
ENTRY_LIMIT = 10_000
SILENCE_SECONDS = 10
"""Seconds that the reading process may keep its caller waiting; large files get more."""
BYTES_A_SECOND = 1 << 20
"""Unpacked bytes that the slowest machine reads in a second."""
AHEAD = 8 << 20
"""Bytes of the reading process's lines that are taken ahead.

Everyday lists are thus read whole before anything waits for them, and large ones are read while their first rows are processed.
"""


@dataclass
class Sheet:
    """One sheet, its rows read once, in order; row numbers are those a clerk sees in Excel."""

    name: str
    rows: Iterator[tuple[int, list[Cell]]]
    hidden: bool = False
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    """Merged ranges: first row, first column, last row, last column; rows and columns from 0."""
    epoch_1904: bool = False
    """Bare serial numbers count the days from 1904-01-01 and not from 1899-12-30."""
    encoding: str = ""
    """Encoding of a text file; empty for a workbook, which declares its own."""
    is_form: bool = False
    """The sheet is one record, its labels turned into a header: cells are not where the columns are."""
    hidden_rows: frozenset[int] = frozenset()
    """Numbers of the rows that a filter or a person hid."""
    lines_in_other_encoding: tuple[int, ...] = ()
    """Numbers of the lines of a text file that were read in another encoding than the file."""
    share: Callable[[int], float] = lambda _: 0.0
    """Share of the whole file, 0 to 1, that is read once the row of that number is."""


@dataclass(frozen=True)
class SourceFile:
    """A file's bytes, read once; later changes on the disk have no effect."""

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
    """Return the sheets of a file, one after another; use up each sheet before taking the next.

    Raises:
        Unreadable: the bytes are no table that can be read.
    """
    raw = source.raw
    if raw.startswith(b"PK\x03\x04"):
        return _from_child(source, raw, _check_zip(source))
    if raw.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise FileEncrypted(file=source.name)
        if PRINTED.encode() in raw or PRINTED.encode("utf-16-le") in raw or PRINTED.replace("-", "_").encode() in raw:
            raise OwnPaper(file=source.name)
        return _from_child(source, raw, len(raw))
    for magic, kind in _FOREIGN:
        if raw.startswith(magic):
            raise FileKindUnknown(file=source.name, kind=kind)
    return _from_text(source, raw, encoding)


def _from_text(source: SourceFile, raw: bytes, encoding: str | None) -> Iterator[Sheet]:
    """Return the sheets of a file that is text: a page, a workbook in XML, features or delimited text."""
    # UTF-16 pages show their tags between NULs.
    head = raw[:_HEAD].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \r\n\t").lower()
    if _XML.match(head) and b"<workbook" in head and _SPREADSHEET in head:
        return _from_child(source, raw, len(raw), "xml")
    if _XML.match(head) and not _PAGE_TAG.search(head):
        raise FileKindUnknown(file=source.name, kind="XML")
    if PRINTED.lower().encode() in head:
        raise OwnPaper(file=source.name)
    if _XML.match(head) or _PAGE.match(head):
        # What a page says about its own encoding is often wrong; its bytes are not.
        page = decode(source, encoding).encode()
        return _from_child(source, page, len(page), "html")
    if features.looks_like(raw):
        if len(raw) > features.SIZE_LIMIT:
            raise FileTooLarge(file=source.name, limit=f"{features.SIZE_LIMIT >> 20} MB")
        # UTF-8 is the one encoding of GeoJSON.
        encodings.encoding_of(source, "utf-8-sig")
        return _from_child(source, raw, len(raw), "features")
    return _delimited(source, encoding)


def opened(source: SourceFile, encoding: str | None = None) -> Iterator[Sheet]:
    """Return the sheets of a file, as :func:`sheets` does, with the first one already begun.

    A file that is no table is refused at once, and later rows come with little delay.
    """
    found = sheets(source, encoding)
    first = next(found, None)
    return found if first is None else chain((first,), found)


_HEAD = 4096
_XML = re.compile(rb"<\?xml|<workbook\b")
_SPREADSHEET = b"urn:schemas-microsoft-com:office:spreadsheet"
"""Namespace of Excel 2003 XML."""
_PAGE_TAG = re.compile(rb"<(html|table)\b")
_PAGE = re.compile(rb"<(!doctype\s+html|!--|(html|head|meta|title|style|script|body|table|div)\b)")
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
    (b"MIME-Version:", "MHTML"),
)


# --- workbooks --------------------------------------------------------------------------------------------------


def _check_zip(source: SourceFile) -> int:
    """Refuse a file that is no workbook or too large; returns its size when unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
            parts = archive.infolist()
            locked = _is_locked(archive)
            is_printed = _is_printed(archive)
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError, zlib.error) as error:
        raise FileDamaged(file=source.name) from error
    if locked or any(part.flag_bits & 1 for part in parts):
        raise FileEncrypted(file=source.name)
    if is_printed:
        raise OwnPaper(file=source.name)
    size = sum(part.file_size for part in parts)
    bomb = any(part.file_size > (20 << 20) and part.file_size > RATIO_LIMIT * max(part.compress_size, 1) for part in parts)
    if bomb or len(parts) > ENTRY_LIMIT or size > UNPACKED_LIMIT:
        raise FileTooLarge(file=source.name, limit=f"{UNPACKED_LIMIT >> 20} MB")
    if not any(part.filename.replace("\\", "/") in ("[Content_Types].xml", "content.xml") for part in parts):
        raise FileKindUnknown(file=source.name, kind="ZIP")
    return size


_MARKED = ("docProps/core.xml", "xl/workbook.xml", "meta.xml")
"""Parts of a document that may say that this program printed it."""


def _is_printed(archive: zipfile.ZipFile) -> bool:
    """Return whether this program printed a document: it says so in its properties, or in a name that it defines."""
    for part in archive.infolist():
        if part.filename in _MARKED and not part.flag_bits & 1:
            with archive.open(part) as stream:
                text = stream.read(_HEAD << 4)
            if PRINTED.encode() in text or PRINTED.replace("-", "_").encode() in text:
                return True
    return False


def _is_locked(archive: zipfile.ZipFile) -> bool:
    """Return whether an OpenDocument file says that its parts are encrypted; the archive itself is then an ordinary one."""
    name = "META-INF/manifest.xml"
    if name not in archive.namelist() or archive.getinfo(name).flag_bits & 1:
        return False
    with archive.open(name) as manifest:
        return b"encryption-data" in manifest.read(1 << 20)


_GLANCE_SECONDS = 0.5


class _Lines:
    """Lines written by a child process.

    A child that keeps its reader waiting too long is killed; the time its reader takes does not count.
    """

    def __init__(self, process: subprocess.Popen[bytes], pipe: IO[bytes], size: int) -> None:
        self._process, self._pipe = process, pipe
        self._ahead: deque[bytes] = deque()
        self._waited = 0.0
        self._since: float | None = None
        self._patience = SILENCE_SECONDS + size / BYTES_A_SECOND
        self._over = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def look_ahead(self) -> None:
        """Read the first lines ahead."""
        taken = 0
        while taken < AHEAD and (line := self._read()):
            self._ahead.append(line)
            taken += len(line)

    def next(self) -> bytes:
        """Return the next line; empty if there is none."""
        return self._ahead.popleft() if self._ahead else self._read()

    def over(self) -> None:
        """Stop watching."""
        self._over.set()

    def _read(self) -> bytes:
        self._since = started = time.monotonic()
        line = self._pipe.readline()
        self._since = None
        self._waited += time.monotonic() - started
        return line

    def _watch(self) -> None:
        while not self._over.wait(_GLANCE_SECONDS):
            since = self._since
            if since is None:
                continue
            silent = time.monotonic() - since
            if self._waited + silent > self._patience:
                self._process.kill()
                return


def _from_child(source: SourceFile, raw: bytes, size: int, *words: str) -> Iterator[Sheet]:
    process = subprocess.Popen(  # noqa: S603  this program itself, with its own arguments
        [sys.executable, "-P", "-m", "gridconsole.importing.child", *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None  # noqa: S101  both are pipes
    stdin, pipe = process.stdin, process.stdout
    lines = _Lines(process, pipe, size)

    def feed() -> None:
        try:
            with stdin:
                stdin.write(raw)
        except BrokenPipeError:
            pass  # the child is gone; its end is noticed on the other pipe

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    # Messages refer to sheets by name, but tables of a page may share a title.
    names: dict[str, int] = {}
    try:
        lines.look_ahead()
        while line := lines.next():
            head = json.loads(line)
            if "error" in head:
                raise _child_error(source, head["error"])
            if "alive" in head:
                continue
            finished = [False]
            merged = [tuple(item) for item in head["merged"]]
            rows = _rows(source, lines, finished)
            count = names[head["sheet"]] = names.get(head["sheet"], 0) + 1
            sheet = Sheet(
                head["sheet"] if count == 1 else f"{head['sheet']}（{count}）",
                rows,
                head["hidden"],
                merged,
                head["epoch1904"],
                share=_share_between(head["share"], head["height"]),
                hidden_rows=frozenset(row + 1 for row in head.get("hidden_rows", ())),
            )
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
        lines.over()
        process.kill()
        process.wait()
        pipe.close()


def _share_between(stretch: tuple[float, float], height: int) -> Callable[[int], float]:
    before, after = stretch
    return lambda number: before + (after - before) * min(number / max(height, 1), 1.0)


def _rows(source: SourceFile, lines: _Lines, finished: list[bool]) -> Iterator[tuple[int, list[Cell]]]:
    number = 0
    while line := lines.next():
        item = json.loads(line)
        if isinstance(item, list):
            number += 1
            if b'{"broken"' in line:
                item = [Broken(str(cell["broken"])) if isinstance(cell, dict) else cell for cell in item]
            yield number, item[:COLUMN_LIMIT]
            continue
        if "end" in item:
            finished[0] = True
            return
        raise _child_error(source, item.get("error", "damaged"))
    raise FileDamaged(file=source.name)


def _child_error(source: SourceFile, code: str) -> Exception:
    if code == "encrypted":
        return FileEncrypted(file=source.name)
    if code == "memory":
        return FileTooLarge(file=source.name, limit=f"{MEMORY_LIMIT >> 20} MB")
    if code in _NOT_TABLES:
        return FileKindUnknown(file=source.name, kind=_NOT_TABLES[code])
    return FileDamaged(file=source.name)


_NOT_TABLES = {"no_table": "HTML", "no_features": "JSON", "no_table_in_document": "Word", "no_sheet": "Excel 2003 XML"}


# --- delimited text ---------------------------------------------------------------------------------------------


def _delimited(source: SourceFile, encoding: str | None) -> Iterator[Sheet]:
    text = encodings.of(source, encoding)
    stream = io.BytesIO(text.raw)
    rows = _records(source, text, stream)

    def share(_: int) -> float:
        # The last row may be held back until the stream has ended.
        return 1.0 if stream.closed else stream.tell() / len(text.raw)

    yield Sheet("", rows, encoding=text.found, share=share, lines_in_other_encoding=text.others)


def decode(source: SourceFile, encoding: str | None = None) -> str:
    """Return the text of a file, decoded strictly.

    Raises:
        EncodingUnknown, FileKindUnknown: as of :func:`.encodings.of`.
    """
    return source.raw.decode(encodings.encoding_of(source, encoding))


def _records(source: SourceFile, content: encodings.Text, stream: io.BytesIO) -> Iterator[tuple[int, list[Cell]]]:
    def text(raw: io.BytesIO) -> io.TextIOWrapper:
        return io.TextIOWrapper(raw, content.encoding, newline="")

    csv.field_size_limit(1 << 20)
    # Real exports hold stray quotes inside quoted fields, which a strict reader refuses; a lenient one swallows the rest of the
    # file after an unclosed quote. The end mark after the last line reveals this: it is a record of its own only if all quotes are
    # closed.
    sample = text(io.BytesIO(content.raw)).read(encodings.SAMPLE)
    if _is_labelled(sample):
        yield from ((number, [_cell(line.strip())]) for number, line in enumerate(_lines_of(source, text(stream)), 1))
        return
    delimiter = _delimiter(sample)
    reader = csv.reader(chain(_lines_of(source, text(stream)), ("\n", _END)), delimiter=delimiter)
    number = 0
    try:
        for record in reader:
            if record == [_END]:
                return
            # The number is the one a spreadsheet shows: records, not physical lines.
            number += 1
            if record and record[-1].endswith(_END):
                break
            yield number, [_cell(text) for text in record[:COLUMN_LIMIT]]
    except csv.Error as error:
        raise QuoteUnclosed(file=source.name, line=number + 1) from error
    raise QuoteUnclosed(file=source.name, line=number)


def _cell(text: str) -> Cell:
    return Undecoded(text.replace(encodings.UNREADABLE, "?")) if encodings.UNREADABLE in text else text or None


def _lines_of(source: SourceFile, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    while line := text.readline(LINE_LIMIT):
        number += 1
        if len(line) >= LINE_LIMIT:
            raise LineTooLong(file=source.name, line=number, limit=LINE_LIMIT >> 20)
        yield line


_LABELLED = re.compile(r"\s*[\u4e00-\u9fff/()（）]{2,10}\s*[:：]")
_LEAST_LABELLED = 3


def _is_labelled(text: str) -> bool:
    """Return whether most lines begin with a label and a colon: then it is a form, and commas belong to its texts."""
    lines = [line for line in text.splitlines()[:40] if line.strip()]
    labelled = sum(_LABELLED.match(line) is not None for line in lines)
    return labelled >= _LEAST_LABELLED and 2 * labelled >= len(lines)


_MARKS = ",\t;|"


def _delimiter(text: str) -> str:
    """Return the delimiter that splits most of the first records into the same number of fields; on a tie, into more fields.

    Neither the first line, which may be a title, nor the number of marks decides: complaints are full of tabs and commas.
    """
    best, most = ",", (0, 0)
    for mark in _MARKS:
        widths: list[int] = []
        with suppress(csv.Error):
            for record in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
                if any(record):
                    widths.append(len(record))
                if len(widths) >= 20:
                    break
        wide = Counter(width for width in widths if width > 1)
        found = max(((count, width) for width, count in wide.items()), default=(0, 0))
        if found > most:
            best, most = mark, found
    return best


_END = "\x1eend-of-file\x1e"
