"""Backups: the description in a backup file, which backups are kept, and what restoring one would lose."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Any

DAYS_KEPT, WEEKS_KEPT, MONTHS_KEPT = 7, 4, 12
"""Automatic backups kept: the newest one of each of this many days, weeks (ISO 8601) and months."""


class BackupKind(StrEnum):
    """Occasion on which a backup was made."""

    MANUAL = "manual"
    DAILY = "daily"
    MIGRATION = "migration"
    UNDO = "undo"


@dataclass(frozen=True, slots=True)
class Manifest:
    """Description of the database in a backup."""

    office: str
    """The office's name."""
    zone: str
    """The office's time zone, as an IANA name."""
    identity: str
    """Identifies the office: the time it was created, UTC, to the microsecond."""
    kind: BackupKind
    made_at: datetime
    """Time at which the copy was made, UTC."""
    program: str
    """Version of the program that made it."""
    schema: int
    size: int
    """Bytes of the database."""
    sha256: str
    """Hash of the database, hexadecimal."""
    counts: Mapping[str, int]
    """Rows of each table."""
    last_entry: int
    """Number of the newest ledger entry; 0 in an empty ledger."""
    last_at: str
    """Time of that entry, UTC as stored; empty without one."""
    head: str
    """Hash of that entry, hexadecimal; empty without one."""
    is_sound: bool
    """True if the ledger verified when the copy was made; a forged ledger is backed up too."""

    def to_json(self) -> str:
        """Return the manifest as one line of JSON."""
        fields = {**asdict(self), "made_at": self.made_at.isoformat(), "counts": dict(sorted(self.counts.items()))}
        return json.dumps(fields, ensure_ascii=False, sort_keys=True)


def manifest_of(text: str) -> Manifest:
    """Read a manifest.

    Raises:
        ValueError: the text is not a manifest.
    """
    try:
        said = json.loads(text)
        made_at = datetime.fromisoformat(said["made_at"])
        if made_at.tzinfo is None:
            raise ValueError("naive time")
        counts = {str(table): int(count) for table, count in said["counts"].items()}
        texts = {name: str(said[name]) for name in ("office", "zone", "identity", "program", "sha256", "last_at", "head")}
        numbers = {name: int(said[name]) for name in ("schema", "size", "last_entry")}
        fields: dict[str, Any] = {**texts, **numbers}
        return Manifest(kind=BackupKind(said["kind"]), made_at=made_at, counts=counts, is_sound=bool(said["is_sound"]), **fields)
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a manifest") from error


def superseded(made: Iterable[datetime], zone: tzinfo) -> frozenset[datetime]:
    """Return the automatic backups that need not be kept: all but the newest of the last days, weeks and months that have one.

    Args:
        made: time of each backup; aware.
        zone: the office's time zone, in which days begin.
    """
    newest_first = sorted(set(made), reverse=True)
    kept: set[datetime] = set()
    for period, most in ((_day, DAYS_KEPT), (_week, WEEKS_KEPT), (_month, MONTHS_KEPT)):
        newest: dict[tuple[int, ...], datetime] = {}
        for at in newest_first:
            newest.setdefault(period(at.astimezone(zone)), at)
        kept.update(list(newest.values())[:most])
    return frozenset(newest_first) - kept


def _day(at: datetime) -> tuple[int, ...]:
    return at.year, at.month, at.day


def _week(at: datetime) -> tuple[int, ...]:
    return tuple(at.isocalendar()[:2])


def _month(at: datetime) -> tuple[int, ...]:
    return at.year, at.month


_NOT_IN_NAMES = frozenset('<>:"/\\|?*\0')
"""Characters that Windows does not allow in names."""


def file_name(office: str, made_at: datetime, zone: tzinfo, number: int = 1) -> str:
    """Return the name of a backup: ``X区网格化指挥中心_2026-11-28T0915.gcb``.

    Args:
        number: 2 and up for further backups of the same minute.
    """
    safe = "".join(char for char in office if char not in _NOT_IN_NAMES and char.isprintable()).strip(" .")[:40]
    more = f"-{number}" if number > 1 else ""
    return f"{safe or 'office'}_{made_at.astimezone(zone):%Y-%m-%dT%H%M}{more}.gcb"


@dataclass(frozen=True, slots=True)
class Head:
    """The newest entry of a ledger."""

    entry: int
    hash: str
    """Hexadecimal."""
    at: str
    """UTC as stored."""
    cases: int
    """Number of cases in the office's database."""


@dataclass(frozen=True, slots=True)
class Loss:
    """Entries and cases that the present file has and a backup lacks."""

    entries: int
    cases: int
    diverges: bool
    """The backup's newest entry is not in the present ledger, so the two have different histories."""


def loss(backup: Head, present: Head, present_hash_at_backup: str | None) -> Loss:
    """Compare a backup with the present file.

    Args:
        present_hash_at_backup: hash of the present ledger's entry with the number of the backup's newest entry; None without one.
    """
    diverges = backup.entry > 0 and present_hash_at_backup != backup.hash  # then the caller counts from the last common entry
    return Loss(max(present.entry - backup.entry, 0), max(present.cases - backup.cases, 0), diverges)
