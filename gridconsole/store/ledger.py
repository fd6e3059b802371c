"""Writing and reading the chain."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.case import PastAct
from gridconsole.domain.ledger import GENESIS, Entry, StoredEntry, canonical, entry_hash, personal_digest
from gridconsole.domain.replay import BLANK, CaseRow, Told, rest_digest
from gridconsole.domain.text import masked_personal
from gridconsole.domain.workflow import Action, Axis
from gridconsole.store import timekeeping, years
from gridconsole.store.case_rest import REST_TEXT
from gridconsole.store.types import instant, rows_query, stamp, stamp_or_none


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to append."""

    at: datetime
    operator_id: int | None
    operator: str
    door: str
    """console, cli, import, demo or system."""
    subject_kind: str
    subject_id: int
    action: str
    facts: Mapping[str, object] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    """Free text and personal values by field name; blanks are left out."""
    axis: str = ""
    request_id: str | None = None


_HEAD = rows_query(
    "SELECT seq, hash, action, at FROM ledger WHERE office_id = :office ORDER BY seq DESC LIMIT 1", "seq hash action at"
)
# By position, not by name: a bulk import spends a tenth less.
_INSERT = (
    "INSERT INTO ledger (office_id, seq, at, operator_id, operator, axis, door, subject_kind, subject_id, action, facts,"
    " digest, request_id, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_PERSONAL = "INSERT INTO ledger_personal (office_id, seq, salt, body) VALUES (?, ?, ?, ?)"


def append(connection: sa.Connection, office: int, entries: Sequence[NewEntry]) -> int:
    """Append entries to an office's chain, in order; returns the number of the last one.

    Raises:
        TimeBehind, TimeDoubtful: their time cannot be right, held against the newest entry; see :mod:`.timekeeping`.
    """
    row = connection.execute(_HEAD, {"office": office}).first()
    if row is not None:
        timekeeping.check(connection, office, row.action, row.at, ((entry.action, entry.at) for entry in entries))
    seq, prev = (row.seq, row.hash) if row else (0, GENESIS)
    rows: list[tuple[Any, ...]] = []
    personal: list[tuple[int, int, bytes, str]] = []
    for entry in entries:
        seq += 1
        digest = None
        values = {name: value for name, value in entry.personal.items() if value} if entry.personal else None
        if values:
            salt, body = secrets.token_bytes(16), canonical(values)
            digest = personal_digest(salt, body)
            personal.append((office, seq, salt, body))
        facts = canonical(entry.facts)
        at = stamp(entry.at)
        hashed = entry_hash(
            Entry(
                seq,
                at,
                _actor(entry.operator_id, entry.operator, entry.axis, entry.door, entry.request_id),
                f"{entry.subject_kind}:{entry.subject_id}",
                entry.action,
                facts,
                digest,
                prev,
            )
        )
        rows.append((
            office, seq, at, entry.operator_id, entry.operator, entry.axis, entry.door, entry.subject_kind, entry.subject_id,
            entry.action, facts, digest, entry.request_id, prev, hashed,
        ))  # fmt: skip
        prev = hashed
    if rows:
        connection.exec_driver_sql(_INSERT, rows)
    if personal:
        connection.exec_driver_sql(_INSERT_PERSONAL, personal)
    return int(seq)


def head(connection: sa.Connection, office: int) -> tuple[int, str]:
    """Number and hash (hexadecimal) of the newest entry; 0 and nothing in an empty ledger."""
    row = connection.execute(_HEAD, {"office": office}).first()
    return (int(row.seq), row.hash.hex()) if row else (0, "")


@lru_cache(64)
def _actor(operator_id: int | None, operator: str, axis: str, door: str, request_id: str | None) -> str:
    """Everything about the actor in one hashed field; JSON, so that no name can be mistaken for two."""
    return canonical({"axis": axis, "door": door, "id": operator_id, "name": operator, "request": request_id})


_ALL = sa.text(
    "SELECT l.seq, l.at, l.operator_id, l.operator, l.axis, l.door, l.subject_kind, l.subject_id, l.action, l.facts, l.digest,"
    " l.request_id, l.prev, l.hash, p.salt, p.body FROM ledger l LEFT JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.office_id = :office AND l.seq BETWEEN :first AND :last ORDER BY l.seq"
)
_FIRST, _LAST_POSSIBLE = -(1 << 63), (1 << 63) - 1


@contextlib.contextmanager
def as_it_lies(connection: sa.Connection) -> Iterator[None]:
    """Read texts whatever somebody wrote there: bytes that are no UTF-8 come as surrogates, where the driver would give up."""
    raw: Any = connection.connection.dbapi_connection
    raw.text_factory = _forgiving
    try:
        yield
    finally:
        raw.text_factory = str


def _forgiving(read: bytes) -> str:
    return read.decode("utf-8", "surrogateescape")


def stored_entries(
    connection: sa.Connection, office: int, first: int = _FIRST, last: int = _LAST_POSSIBLE
) -> Iterator[StoredEntry]:
    """The whole chain in order, or a range of it, streamed."""
    for row in connection.execution_options(yield_per=2000).execute(_ALL, {"office": office, "first": first, "last": last}):
        entry = Entry(
            row.seq,
            row.at,
            _actor(row.operator_id, row.operator, row.axis, row.door, row.request_id),
            f"{row.subject_kind}:{row.subject_id}",
            row.action,
            row.facts,
            row.digest,
            row.prev,
        )
        yield StoredEntry(entry, row.hash, row.salt, row.body)


_CASE_COUNT = sa.text("SELECT count(*) FROM incident WHERE office_id = :office")


def case_count(connection: sa.Connection, office: int) -> int:
    """How many cases an office has."""
    return int(connection.execute(_CASE_COUNT, {"office": office}).scalar_one())


_TEXTS = {
    "text": "text", "summary": "summary", "address": "address", "reporter": "reporter_name", "phone": "reporter_phone",
}  # fmt: skip
"""Columns of what was reported, by the names that a case's first entry has for them."""
_CASES = sa.text(
    f"SELECT i.id, i.number, i.version, {REST_TEXT}, {', '.join(f'i.{name}' for name in (*_TEXTS.values(), *BLANK))}"
    " FROM incident i WHERE i.office_id = :office ORDER BY i.id"
)
_TOLD = sa.text(
    "SELECT l.subject_id, l.at, l.facts, p.body FROM ledger l LEFT JOIN ledger_personal p"
    f" ON l.action IN ('{Action.REPORT.value}', '{Action.ARCHIVE.value}')"
    " AND p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.office_id = :office AND l.subject_kind = 'incident' ORDER BY l.subject_id, l.seq"
)


def case_rows(connection: sa.Connection, office: int) -> Iterator[CaseRow]:
    """Every case as its row has it, by key, streamed."""
    for key, number, version, rest, *values in connection.execution_options(yield_per=2000).execute(_CASES, {"office": office}):
        texts, columns = values[: len(_TEXTS)], values[len(_TEXTS) :]
        # What is a flag to the rules is 0 or 1 in the file, and equal to it.
        told = dict(zip(BLANK, columns, strict=True))
        yield CaseRow(key, number, version, told, rest_digest(rest), dict(zip(_TEXTS, texts, strict=True)))


def told_of_cases(connection: sa.Connection, office: int) -> Iterator[Told]:
    """Every entry about a case, by case and then in the order of the ledger, streamed."""
    for key, at, facts, body in connection.execution_options(yield_per=2000).execute(_TOLD, {"office": office}):
        yield Told(key, at, facts, body)


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An act on a case as people read it."""

    seq: int
    at: datetime
    operator: str
    door: str
    action: str
    facts: Mapping[str, Any]
    personal: Mapping[str, str]
    """Empty when erased."""


_TIMELINE = sa.text(
    "SELECT l.seq, l.at, l.operator, l.door, l.action, l.facts, p.body FROM ledger l LEFT JOIN ledger_personal p"
    " ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.subject_kind IN (:kind, :also) AND l.subject_id = :subject ORDER BY l.seq"
)


def timeline(connection: sa.Connection, subject_kind: str, subject_id: int, also: str = "") -> tuple[TimelineEntry, ...]:
    """Everything that was done to a subject, oldest first.

    Args:
        also: another kind of entry kept under the same key.
    """
    found = connection.execute(_TIMELINE, {"kind": subject_kind, "subject": subject_id, "also": also})
    return tuple(
        TimelineEntry(
            row.seq,
            instant(row.at),
            row.operator,
            row.door,
            row.action,
            json.loads(row.facts),
            json.loads(row.body) if row.body else {},
        )
        for row in found
    )


_PAST = rows_query(
    "SELECT operator_id, operator, action, axis, at, door FROM ledger WHERE subject_kind = 'incident' AND subject_id = :subject"
    " ORDER BY seq",
    "operator_id operator action axis at door",
)


def past_acts(connection: sa.Connection, incident_id: int) -> tuple[PastAct, ...]:
    """Who did what on a case, as the rules need it; also in years that were taken out."""
    found = (
        PastAct(
            row.operator_id or 0,
            row.operator,
            Action(row.action),
            Axis(row.axis) if row.axis else None,
            instant(row.at),
            row.door,
        )
        for row in connection.execute(_PAST, {"subject": incident_id})
    )
    return (*years.past_acts(connection, incident_id), *found)


_REQUEST = sa.text("SELECT subject_kind, subject_id FROM ledger WHERE request_id = :request")


def subject_of_request(connection: sa.Connection, request_id: str) -> int | None:
    """The subject a request id was already carried out on: a commit that reported an error may still have happened."""
    row = connection.execute(_REQUEST, {"request": request_id}).first()
    return None if row is None else int(row.subject_id)


_CHANGED = sa.text(
    "SELECT DISTINCT subject_id FROM ledger WHERE office_id = :office AND seq > :seq AND subject_kind IN ('incident', 'escalation')"
    " LIMIT :most"
)
_LAST = sa.text("SELECT coalesce(max(seq), 0) FROM ledger WHERE office_id = :office")


def last_seq(connection: sa.Connection, office: int) -> int:
    """Number of the newest entry; 0 in an empty ledger."""
    return int(connection.execute(_LAST, {"office": office}).scalar_one())


_OF_KINDS = sa.text(
    "SELECT EXISTS (SELECT 1 FROM ledger WHERE office_id = :office AND seq > :seq AND subject_kind IN :kinds)"
).bindparams(sa.bindparam("kinds", expanding=True))


def has_entries_of(connection: sa.Connection, office: int, since: int, kinds: Sequence[str]) -> bool:
    """Whether there are entries about some kinds of subjects after a number."""
    return bool(connection.execute(_OF_KINDS, {"office": office, "seq": since, "kinds": list(kinds)}).scalar_one())


def changed_incidents(connection: sa.Connection, office: int, since: int, most: int) -> tuple[int, ...]:
    """Cases with entries after a number: the change feed. At most ``most`` of them."""
    return tuple(row.subject_id for row in connection.execute(_CHANGED, {"office": office, "seq": since, "most": most}))


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries to read; what is left out does not matter."""

    case: str | None = None
    """Number of the case they are about."""
    operator: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The end excluded."""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as people read the ledger."""

    seq: int
    at: datetime | None
    """None where somebody left it no time that can be."""
    operator: str
    axis: str
    door: str
    subject: str
    """Number of the case, or ``batch:3``, ``office:1``."""
    action: str
    facts: Mapping[str, Any]
    personal: Mapping[str, str]
    """Empty when erased."""
    hash: str
    """Hexadecimal, as the next two."""
    prev: str
    digest: str | None


ABOUT_CASES = "'incident', 'denial', 'waiver', 'privacy', 'escalation'"
"""Subjects of entries whose key is a case's, in SQL; those of ``incident`` alone count as its versions."""
_LINE = (
    "SELECT l.seq, l.at, l.operator, l.axis, l.door, coalesce(i.number, l.subject_kind || ':' || l.subject_id) AS subject, l.action,"
    " l.facts, p.body, l.hash, l.prev, l.digest, coalesce(i.reporter_name, '') AS reporter FROM ledger l"
    " LEFT JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    f" LEFT JOIN incident i ON l.subject_kind IN ({ABOUT_CASES}) AND i.id = l.subject_id"
    " WHERE l.office_id = :office"
)
_LINES = sa.text(
    f"{_LINE} AND (:case IS NULL OR i.number = :case) AND (:operator IS NULL OR l.operator = :operator)"
    " AND (:action IS NULL OR l.action = :action) AND (:since IS NULL OR l.at >= :since) AND (:until IS NULL OR l.at < :until)"
    " ORDER BY l.seq DESC LIMIT :most"
)
_OF_KIND = sa.text(f"{_LINE} AND l.subject_kind = :kind AND l.at >= :since AND l.at < :until ORDER BY l.seq")


def lines(connection: sa.Connection, office: int, wanted: Wanted, most: int, *, masked: bool = True) -> Iterator[Line]:
    """The newest entries that are wanted, newest first, streamed; personal texts under their masks unless asked for otherwise."""
    values = {"office": office, "case": wanted.case, "operator": wanted.operator, "action": wanted.action,
              "since": stamp_or_none(wanted.since), "until": stamp_or_none(wanted.until), "most": most}  # fmt: skip
    for row in connection.execution_options(yield_per=2000).execute(_LINES, values):
        yield _line(row, masked=masked)


def lines_of_kind(connection: sa.Connection, office: int, kind: str, since: datetime, until: datetime) -> tuple[Line, ...]:
    """The entries about one kind of subject from an instant to another, that one excluded, oldest first; texts under their masks."""
    values = {"office": office, "kind": kind, "since": stamp(since), "until": stamp(until)}
    return tuple(map(_line, connection.execute(_OF_KIND, values)))


def _line(row: sa.Row[Any], *, masked: bool = True) -> Line:
    return Line(
        row.seq,
        _moment(row.at),
        row.operator,
        row.axis,
        row.door,
        row.subject,
        row.action,
        _said(row.facts),
        _words_of(row.body, row.reporter, masked=masked),
        row.hash.hex(),
        row.prev.hex(),
        row.digest.hex() if row.digest is not None else None,
    )


def _words_of(body: str | None, reporter: str, *, masked: bool) -> dict[str, str]:
    said = {str(name): value if isinstance(value, str) else str(value) for name, value in _said(body).items()} if body else {}
    return masked_personal(said, reporter) if masked else said


def _moment(text: str) -> datetime | None:
    try:
        return instant(text)
    except ValueError:
        return None


def _said(text: str) -> dict[str, Any]:
    """What stands in an entry; nothing where somebody made it unreadable, which verifying says and reading survives."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
