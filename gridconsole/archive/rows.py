"""Sealed years, and years whose entries were archived outside the ledger."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.archive.seals import SEAL, SUBJECT, Retired, Seal, facts_of_record, kept_digest, read_record, read_seal
from gridconsole.domain.ledger import StoredEntry, canonical
from gridconsole.domain.replay import APPLIED, Kept, apply_entry
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import by_no_index, json_text
from gridconsole.store.tables.cases import IS_OPEN, IS_RESTING, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, ledger_personal, retired, retired_case
from gridconsole.store.types import driver_of

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_YEAR: sa.BindParameter[int] = sa.bindparam("year", type_=sa.BigInteger)
_SEQ: sa.BindParameter[int] = sa.bindparam("seq", type_=sa.BigInteger)
_OF_OFFICE = ledger.c.office_id == _OFFICE
_IN_RANGE = ledger.c.seq.between(sa.bindparam("first", type_=sa.BigInteger), sa.bindparam("last", type_=sa.BigInteger))
_OF_CASES = ledger.c.subject_kind == word("incident")
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_RECORDS = (
    sa.select(*some(retired, "year first_seq last_seq entry_seq facts"))
    .where(retired.c.office_id == _OFFICE)
    .order_by(retired.c.first_seq)
)


def records(connection: sa.Connection, office: int) -> tuple[Retired, ...]:
    """Return the records of archived years, oldest first; an unreadable one is left out, which verification reports."""
    found = []
    for row in connection.execute(_RECORDS, {"office": office}):
        record = read_record(row.facts, row.entry_seq)
        if record is not None and (record.year, record.first, record.last) == (row.year, row.first_seq, row.last_seq):
            found.append(record)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class SealEntry:
    """A seal in the ledger."""

    number: int
    at: str
    """Time of the entry, UTC as stored."""
    operator: str
    hash: str
    """Hash of the seal's own entry, hexadecimal, which is printed."""
    seal: Seal


_SEALS = (
    # No walk over the whole chain: the few entries of this kind have an index.
    sa.select(*some(ledger, "seq at operator hash facts"))
    .where(by_no_index(ledger.c.office_id) == _OFFICE, ledger.c.subject_kind == word(SUBJECT), ledger.c.action == word(SEAL))
    .order_by(by_no_index(ledger.c.seq))
)


def seals(connection: sa.Connection, office: int) -> tuple[SealEntry, ...]:
    """Return the seals in the ledger, oldest first; older seals were archived themselves, and their years have records."""
    found = connection.execute(_SEALS, {"office": office})
    read = ((row, read_seal(row.facts)) for row in found)
    return tuple(SealEntry(row.seq, row.at, row.operator, row.hash.hex(), seal) for row, seal in read if seal is not None)


_STAMPS = sa.select(ledger.c.at).where(_OF_OFFICE, ledger.c.seq > _SEQ).order_by(ledger.c.seq)
_NEXT = _STAMPS.limit(_ONE)


def stamps_after(connection: sa.Connection, office: int, seq: int) -> list[str]:
    """Return the times of the entries after a number, UTC as stored, in the order of numbers."""
    return list(connection.execute(_STAMPS, {"office": office, "seq": seq}).scalars())


def stamp_after(connection: sa.Connection, office: int, seq: int) -> str | None:
    """Return the first of :func:`stamps_after`; None if there is none."""
    return connection.execute(_NEXT, {"office": office, "seq": seq}).scalar_one_or_none()


def _open_where(condition: sa.ColumnElement[bool]) -> sa.Select[Any]:
    has_entry = sa.exists().where(_OF_CASES, ledger.c.subject_id == incident.c.id, _IN_RANGE)
    return sa.select(incident.c.number).where(incident.c.office_id == _OFFICE, condition, has_entry)


# Each by the index of its condition: one condition for both would read every case there ever was.
_OPEN = sa.union_all(*map(_open_where, (IS_OPEN, IS_RESTING))).order_by("number")


def open_cases(connection: sa.Connection, office: int, first: int, last: int) -> tuple[str, ...]:
    """Return the numbers of open cases that have entries in a range."""
    return tuple(connection.execute(_OPEN, {"office": office, "first": first, "last": last}).scalars())


_ACTS = (
    sa.select(
        *some(ledger, "subject_id operator_id operator action axis at facts"), ledger.c.door.label("origin"), incident.c.number
    )
    .join(incident, incident.c.id == ledger.c.subject_id)
    .where(_OF_OFFICE, _OF_CASES, _IN_RANGE)
    .order_by(ledger.c.subject_id, ledger.c.seq)
)
_KEPT = sa.select(*some(retired_case, "incident_id facts")).join(incident, incident.c.id == retired_case.c.incident_id)
_KEPT = _KEPT.where(incident.c.office_id == _OFFICE)
_earlier = retired_case.alias("earlier")
# Only years with a record: other rows of the table were not written by the program.
_NEWEST_YEAR = (
    sa.select(sa.func.max(_earlier.c.year))
    .join_from(_earlier, retired, sa.and_(retired.c.office_id == incident.c.office_id, retired.c.year == _earlier.c.year))
    .where(_earlier.c.incident_id == retired_case.c.incident_id, _earlier.c.year < sa.bindparam("before", type_=sa.BigInteger))
    .correlate(retired_case, incident)
    .scalar_subquery()
)
_BASES = _KEPT.where(retired_case.c.year == _NEWEST_YEAR).order_by(retired_case.c.incident_id)
NEVER = 1 << 31
"""A number later than any year."""


def kept_of_range(connection: sa.Connection, office: int, year: int, first: int, last: int) -> list[tuple[int, str]]:
    """Return what must be kept of each case with entries in a range: its state at the end, and the acts on it until then.

    Returns:
        Key of the case and its facts, by key.
    """
    return keep(connection.execute(_ACTS, {"office": office, "first": first, "last": last}), bases(connection, office, year))


def keep(acts: Iterable[Any], before: dict[int, str]) -> list[tuple[int, str]]:
    """Replay entries into kept case states, starting from those of earlier years.

    Args:
        acts: rows with ``subject_id``, ``number`` and the columns of the ledger, by case and then in the order of the ledger.
        before: the facts last kept of each case.
    """
    kept: dict[int, dict[str, Any]] = {}
    for row in acts:
        case = kept.get(row.subject_id)
        if case is None:
            earlier = before.get(row.subject_id)
            case = json.loads(earlier) if earlier else {"acts": [], "columns": {}, "entries": 0, "number": row.number}
            kept[row.subject_id] = case
        said = json.loads(row.facts)
        apply_entry(case["columns"], said)
        case["entries"] += 1
        case["acts"].append([row.operator_id, row.operator, row.action, row.axis, row.at, row.origin, said.get("to") or ""])
    return [(key, canonical(kept[key])) for key in sorted(kept)]


def bases(connection: sa.Connection, office: int, before: int = NEVER) -> dict[int, str]:
    """Return the facts last kept of each case before a year, by key of the case."""
    return {row.incident_id: row.facts for row in connection.execute(_BASES, {"office": office, "before": before})}


def kept_cases(connection: sa.Connection, office: int) -> Iterator[Kept]:
    """Yield what is kept of the archived entries of each case, by key of the case, streamed."""
    for row in connection.execution_options(yield_per=2000).execute(_BASES, {"office": office, "before": NEVER}):
        yield _kept(row.incident_id, row.facts)


def _kept(case: int, facts: str) -> Kept:
    try:
        said = json.loads(facts)
        return Kept(case, str(said["number"]), int(said["entries"]), dict(said["columns"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        # Unreadable, so it was changed: the record's digest does not match it, and its content must not be used.
        return Kept(case, "", 0, {})


_KEPT_OF_YEAR = _KEPT.where(retired_case.c.year == _YEAR).order_by(retired_case.c.incident_id)
_HAS_RECORD = sa.exists().where(retired.c.office_id == incident.c.office_id, retired.c.year == retired_case.c.year)
_STRAY = sa.select(sa.func.count()).select_from(_KEPT.where(~_HAS_RECORD).subquery())


def kept_of_no_year(connection: sa.Connection, office: int) -> int:
    """Return how many case states are kept for years without a record: 0, unless the file was changed by other means."""
    return int(connection.execute(_STRAY, {"office": office}).scalar_one())


def digest_of_kept(connection: sa.Connection, office: int, year: int) -> tuple[int, str]:
    """Return the number of case states kept for an archived year, and their digest."""
    found = connection.execution_options(yield_per=2000).execute(_KEPT_OF_YEAR, {"office": office, "year": year})
    count = 0

    def counted() -> Iterator[tuple[int, str]]:
        nonlocal count
        for row in found:
            count += 1
            yield row.incident_id, row.facts

    digest = kept_digest(counted())
    return count, digest


@dataclass(frozen=True, slots=True)
class _Act:
    """A row like those of :data:`_ACTS`, built from an entry of an archive file."""

    subject_id: int
    number: str
    operator_id: int | None
    operator: str
    action: str
    axis: str
    at: str
    origin: str
    facts: str


def kept_agrees(connection: sa.Connection, office: int, year: int, entries: Iterable[StoredEntry]) -> bool:
    """Return whether the case states kept for an archived year are what its entries result in.

    A later program knows more columns than the one that archived the year, so only columns known to both are compared.
    """
    numbers = {row.id: row.number for row in connection.execute(_NUMBERS, {"office": office})}
    stored = connection.execute(_KEPT_OF_YEAR, {"office": office, "year": year})
    try:
        kept = {row.incident_id: json.loads(row.facts) for row in stored}
        made = {case: json.loads(facts) for case, facts in keep(_acts_in(entries, numbers), bases(connection, office, year))}
        return kept.keys() == made.keys() and all(_same(kept[case], made[case]) for case in kept)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return False


def _same(kept: dict[str, Any], made: dict[str, Any]) -> bool:
    known = {name: value for name, value in kept["columns"].items() if name in APPLIED}
    return known.items() <= made["columns"].items() and all(kept[name] == made[name] for name in ("acts", "entries", "number"))


_NUMBERS = sa.select(*some(incident, "id number")).where(incident.c.office_id == _OFFICE)


def _acts_in(entries: Iterable[StoredEntry], numbers: dict[int, str]) -> Iterator[_Act]:
    for item in entries:
        kind, _, key = item.entry.subject.partition(":")
        if kind == "incident":
            actor = json.loads(item.entry.actor)
            yield _Act(
                int(key),
                numbers.get(int(key), ""),
                operator_id=actor["id"],
                operator=actor["name"],
                action=item.entry.action,
                axis=actor["axis"],
                at=item.entry.at,
                origin=actor["door"],
                facts=item.entry.facts,
            )


_FILES = (
    sa.select(json_text(retired.c.facts, "file"))
    .join_from(retired_case, incident, incident.c.id == retired_case.c.incident_id)
    .join(retired, sa.and_(retired.c.office_id == incident.c.office_id, retired.c.year == retired_case.c.year))
    .where(retired_case.c.incident_id == sa.bindparam("case", type_=sa.BigInteger))
    .order_by(retired.c.first_seq)
)


def files_of_case(connection: sa.Connection, incident_id: int) -> tuple[str, ...]:
    """Return the names of the files that hold archived entries about a case, oldest first."""
    return tuple(str(name) for name in connection.execute(_FILES, {"case": incident_id}).scalars())


_PUT_CASE = Direct(sa.insert(retired_case))
_PUT = sa.insert(retired)
_TAKE_PERSONAL = sa.delete(ledger_personal).where(
    ledger_personal.c.office_id == _OFFICE, ledger_personal.c.seq.between(sa.bindparam("first"), sa.bindparam("last"))
)
_TAKE = sa.delete(ledger).where(_OF_OFFICE, _IN_RANGE)


def take_out(connection: sa.Connection, office: int, record: Retired, kept: Iterable[tuple[int, str]]) -> int:
    """Store the record of a year and the kept case states, and delete its entries; return how many were deleted.

    The ledger must already contain the entry about the archiving.
    """
    rows = [(case, record.year, facts) for case, facts in kept]
    if rows:
        # Before the record: once it exists, triggers allow no more rows for the year.
        _PUT_CASE.many(driver_of(connection), rows)
    values = {
        "office_id": office, "year": record.year, "first_seq": record.first, "last_seq": record.last, "entry_seq": record.entry,
        "facts": canonical(facts_of_record(record)),
    }  # fmt: skip
    connection.execute(_PUT, values)
    span = {"office": office, "first": record.first, "last": record.last}
    connection.execute(_TAKE_PERSONAL, span)
    return connection.execute(_TAKE, span).rowcount
