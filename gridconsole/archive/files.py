"""The file of a retired year: one JSON object per line, first the year itself, then its entries as they are hashed.

Facts and actors are written as objects if encoding them again gives the same bytes, and as text otherwise. A file holds no time of
writing: written again, it is identical.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from gridconsole import files
from gridconsole.archive.seals import Seal
from gridconsole.domain.errors import FileDamaged, FileDenied, FileMissing, NotAFile, OutputRefused, YearFileForeign
from gridconsole.domain.ledger import Entry, StoredEntry, canonical
from gridconsole.domain.outputs import OutputFault

ENDING = ".jsonl"
_KIND = "gridconsole-ledger-year"
_VERSION = 1
_LONGEST_LINE = 64 * 1024 * 1024
"""Longest line in bytes: far longer than any entry. It limits the memory that a damaged file can take."""


@dataclass(frozen=True, slots=True)
class YearFile:
    """A given file, of which only the first line was parsed."""

    path: Path
    year: int
    sha256: str
    """SHA-256 of the whole file, hexadecimal."""

    def entries(self) -> Iterator[StoredEntry]:
        """Yield its entries in order, read line by line.

        Raises:
            FileDamaged: a line is no entry.
        """
        with self.path.open("rb") as file:
            file.readline(_LONGEST_LINE)
            while line := file.readline(_LONGEST_LINE):
                yield _entry(line, self.path)


def read(path: Path) -> YearFile:
    """Open a file that ``ledger retire`` wrote.

    Raises:
        FileMissing, NotAFile, FileDenied: the file cannot be read.
        YearFileForeign: it is not the file of a year.
    """
    if path.is_dir():
        raise NotAFile(file=path.name)
    try:
        with path.open("rb") as file:
            head = _object(file.readline(_LONGEST_LINE))
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise FileMissing(file=path.name) from error
    except (OSError, ValueError) as error:
        raise FileDenied(file=path.name) from error
    if head is None or (head.get("kind"), head.get("version")) != (_KIND, _VERSION) or type(head.get("year")) is not int:
        raise YearFileForeign(file=path.name)
    return YearFile(path, head["year"], digest)


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(line.decode("utf-8", "surrogateescape"))
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _entry(line: bytes, path: Path) -> StoredEntry:
    said = _object(line)
    try:
        if said is None:
            raise ValueError
        entry = Entry(
            seq=int(said["seq"]),
            at=str(said["at"]),
            actor=_text(said["actor"]),
            subject=str(said["subject"]),
            action=str(said["action"]),
            facts=_text(said["facts"]),
            digest=bytes.fromhex(said["digest"]) if said["digest"] is not None else None,
            prev=bytes.fromhex(said["prev"]),
        )
        personal, salt = said.get("personal"), said.get("salt")
        return StoredEntry(
            entry, bytes.fromhex(said["hash"]), bytes.fromhex(salt) if salt is not None else None,
            _text(personal) if personal is not None else None,
        )  # fmt: skip
    except (ValueError, KeyError, TypeError) as error:
        raise FileDamaged(file=path.name) from error


def _text(value: object) -> str:
    return value if isinstance(value, str) else canonical(value)  # type: ignore[arg-type]


def _readable(text: str) -> object:
    """Return the object of a canonical JSON text if encoding it again gives the same text; else the text."""
    try:
        said = json.loads(text)
        return said if isinstance(said, dict) and canonical(said) == text else text
    except (ValueError, RecursionError):
        return text


def head_of(seal: Seal, office: str) -> dict[str, object]:
    """Return the first line of the file of a sealed year."""
    return {
        "kind": _KIND, "version": _VERSION, "office": office, "year": seal.year, "first": seal.first, "last": seal.last,
        "count": seal.count, "hash": seal.hash, "digest": seal.digest,
    }  # fmt: skip


_RULES = files.Rules((ENDING,), same_is_fine=True)
"""A year's file is never replaced; an identical file is accepted, because an earlier try may have left it."""


def check_target(target: Path) -> None:
    """Refuse a target that cannot be written, before anything is read.

    Raises:
        OutputRefused: see :func:`gridconsole.files.check`.
    """
    files.check(target, _RULES)


def write(target: Path, head: Mapping[str, object], entries: Iterable[StoredEntry], *, personal: bool) -> str:
    """Write a year's file completely or not at all, force it to the disk and read it back; returns its SHA-256, hexadecimal.

    Args:
        personal: include the personal texts and their salts; otherwise only their digests.

    Raises:
        OutputRefused: a different file exists there, or the disk cannot be written.
    """
    with files.new_file(target, _RULES) as file:
        wanted = _write(file, head, entries, personal=personal)
    if files.sha256_of(target) != wanted:
        raise OutputRefused(file=str(target), why=OutputFault.DIFFERS)
    return wanted


def _write(file: IO[bytes], head: Mapping[str, object], entries: Iterable[StoredEntry], *, personal: bool) -> str:
    total = hashlib.sha256()

    def put(row: Mapping[str, object]) -> None:
        line = (json.dumps(row, ensure_ascii=False) + "\n").encode("utf-8", "surrogateescape")
        total.update(line)
        file.write(line)

    put(head)
    for item in entries:
        entry = item.entry
        row: dict[str, object] = {
            "seq": entry.seq, "at": entry.at, "actor": _readable(entry.actor), "subject": entry.subject, "action": entry.action,
            "facts": _readable(entry.facts), "digest": entry.digest.hex() if entry.digest is not None else None,
            "prev": entry.prev.hex(), "hash": item.hash.hex(),
        }  # fmt: skip
        if personal and item.body is not None and item.salt is not None:
            row |= {"salt": item.salt.hex(), "personal": _readable(item.body)}
        put(row)
    return total.hexdigest()
