"""Write and read the chain of ledger entries."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.anchors import RESTORED, Restored, read_restored
from gridconsole.domain.ledger import GENESIS, Entry, StoredEntry, canonical, entry_hash, personal_digest
from gridconsole.domain.replay import BLANK, REST, CaseRow, Replayed, rest_digest
from gridconsole.domain.text import masked_personal
from gridconsole.domain.views.ledger import LedgerLine, TimelineEntry
from gridconsole.store import attest, attesting, timekeeping
from gridconsole.store.case_rest import REST_TEXT
from gridconsole.store.entries import COMMON_ACTIONS, RARE_ACTION
from gridconsole.store.entries import NewEntry as NewEntry
from gridconsole.store.types import as_it_lies as as_it_lies
from gridconsole.store.types import decoded, driver_of, instant, stamp, stamp_or_none

_HEAD = "SELECT seq, hash, action, at FROM ledger WHERE office_id = ? ORDER BY seq DESC LIMIT 1"
# Values by position, not by name: this makes a bulk import a tenth faster.
_INSERT = (
    "INSERT INTO ledger (office_id, seq, at, operator_id, operator, axis, door, subject_kind, subject_id, action, facts,"
    " digest, request_id, prev, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_PERSONAL = "INSERT INTO ledger_personal (office_id, seq, salt, body) VALUES (?, ?, ?, ?)"


def append(connection: sa.Connection, office: int, entries: Sequence[NewEntry]) -> int:
    """Append entries to an office's chain, in order; return the number of the last one.

    Changes of attested rows in the same transaction are added to them: see :mod:`gridconsole.store.attesting`.

    Raises:
        TimeBehind, TimeDoubtful: their time cannot be right, compared with the newest entry; see :mod:`.timekeeping`.
    """
    entries = attesting.prepared(connection, office, entries)
    driver = driver_of(connection)
    newest = driver.execute(_HEAD, (office,)).fetchone()
    seq, prev = 0, GENESIS
    if newest is not None:
        seq, prev, action, at = newest
        timekeeping.check(connection, office, action, at, ((entry.action, entry.at) for entry in entries))
    rows: list[tuple[Any, ...]] = []
    personal: list[tuple[int, int, bytes, str]] = []
    for entry in entries:
        seq += 1
        digest = None
        values = {name: value for name, value in entry.personal.items() if value} if entry.personal else None
        if values or entry.salt is not None:
            salt, body = entry.salt or secrets.token_bytes(16), canonical(values or {})
            digest = personal_digest(salt, body)
            personal.append((office, seq, salt, body))
        facts = canonical(entry.facts)
        at = stamp(entry.at)
        hashed = entry_hash(
            Entry(
                seq=seq,
                at=at,
                actor=_actor(entry.operator_id, entry.operator, entry.axis, entry.origin, entry.request_id),
                subject=f"{entry.subject_kind}:{entry.subject_id}",
                action=entry.action,
                facts=facts,
                digest=digest,
                prev=prev,
            )
        )
        rows.append((
            office, seq, at, entry.operator_id, entry.operator, entry.axis, entry.origin, entry.subject_kind, entry.subject_id,
            entry.action, facts, digest, entry.request_id, prev, hashed,
        ))  # fmt: skip
        prev = hashed
    driver.executemany(_INSERT, rows)
    driver.executemany(_INSERT_PERSONAL, personal)
    return int(seq)


def check_time(connection: sa.Connection, office: int, action: str, at: datetime) -> None:
    """Refuse a decision that is written later if its time cannot be right.

    Raises:
        TimeBehind, TimeDoubtful: as in :func:`append`.
    """
    newest = driver_of(connection).execute(_HEAD, (office,)).fetchone()
    if newest is not None:
        timekeeping.check(connection, office, newest[2], newest[3], [(action, at)])


_OFFICES = sa.text(
    "SELECT o.id, coalesce((SELECT at FROM ledger WHERE office_id = o.id ORDER BY seq DESC LIMIT 1), o.created_at) AS at FROM office o"
    " ORDER BY o.id LIMIT 1"
)


def attest_left_over(connection: sa.Connection) -> None:
    """Append an entry for changes that no entry of the transaction attests, such as a log-in's new hash of the same password.

    It gets the time of the entry before it.
    """
    if attest.is_touched(connection) and (row := connection.execute(_OFFICES).first()) is not None:
        append(connection, row.id, attesting.left_over(row.id, instant(row.at)))


def head(connection: sa.Connection, office: int) -> tuple[int, str]:
    """Return number and hash (hexadecimal) of the newest entry; 0 and an empty text for an empty ledger."""
    row = driver_of(connection).execute(_HEAD, (office,)).fetchone()
    return (int(row[0]), row[1].hex()) if row else (0, "")


@lru_cache(64)
def _actor(operator_id: int | None, operator: str, axis: str, origin: str, request_id: str | None) -> str:
    """Return the actor's data as one hashed field; JSON keeps its parts unambiguous."""
    return canonical({"axis": axis, "door": origin, "id": operator_id, "name": operator, "request": request_id})


_ALL = (
    "SELECT l.seq, l.at, l.operator_id, l.operator, l.axis, l.door, l.subject_kind, l.subject_id, l.action, l.facts, l.digest,"
    " l.request_id, l.prev, l.hash, p.salt, p.body FROM ledger l LEFT JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.office_id = ? AND l.seq BETWEEN ? AND ? ORDER BY l.seq"
)
_FIRST, _LAST_POSSIBLE = -(1 << 63), (1 << 63) - 1


def stored_entries(
    connection: sa.Connection, office: int, first: int = _FIRST, last: int = _LAST_POSSIBLE
) -> Iterator[StoredEntry]:
    """Yield the whole chain or a range of it, in order, streamed."""
    # Straight from the driver, by position: of the time of verifying an entry, rows by name took a third.
    found = driver_of(connection).execute(_ALL, (office, first, last))
    for (
        seq,
        at,
        operator_id,
        operator,
        axis,
        origin,
        kind,
        key,
        action,
        facts,
        digest,
        request_id,
        prev,
        hashed,
        salt,
        body,
    ) in found:
        actor = _actor(operator_id, operator, axis, origin, request_id)
        yield StoredEntry(Entry(seq, at, actor, f"{kind}:{key}", action, facts, digest, prev), hashed, salt, body)


_RESTORED = sa.text(
    "SELECT at, facts FROM ledger WHERE office_id = :office AND subject_kind = 'office' AND subject_id = :office AND action = :action"
    " ORDER BY seq"
)
_HIGHEST_KNOWN = sa.text(
    "SELECT max(coalesce((SELECT max(seq) FROM hand_over WHERE office_id = :office), 0),"
    " coalesce((SELECT max(left_seq) FROM operator_seen s JOIN operator o ON o.id = s.operator_id WHERE o.office_id = :office), 0))"
)


def restorations(connection: sa.Connection, office: int) -> tuple[Restored, ...]:
    """Return the restorations of backups, oldest first."""
    found = connection.execute(_RESTORED, {"office": office, "action": RESTORED})
    read = (read_restored(row.at, row.facts) for row in found)
    return tuple(one for one in read if one is not None)


def highest_known(connection: sa.Connection, office: int) -> int:
    """Return the highest entry number that other tables refer to: handovers, and the presence of operators."""
    return int(connection.execute(_HIGHEST_KNOWN, {"office": office}).scalar_one())


_CASE_COUNT = sa.text("SELECT count(*) FROM incident WHERE office_id = :office")


def case_count(connection: sa.Connection, office: int) -> int:
    """Return how many cases an office has."""
    return int(connection.execute(_CASE_COUNT, {"office": office}).scalar_one())


_TEXTS = {
    "text": "text", "summary": "summary", "address": "address", "reporter": "reporter_name", "phone": "reporter_phone",
}  # fmt: skip
"""Columns of the report's texts, by the names that a case's first entry uses."""
_CASES = (
    f"SELECT i.id, i.number, i.version, {REST_TEXT}, {', '.join(f'i.{name}' for name in (*_TEXTS.values(), *BLANK))}"
    " FROM incident i WHERE i.office_id = ? ORDER BY i.id"
)
_CASE_ENTRIES = (
    "SELECT l.subject_id, l.at, l.facts, p.body, l.seq FROM ledger l LEFT JOIN ledger_personal p"
    f" ON l.action IN ('{Action.REPORT.value}', '{Action.ARCHIVE.value}')"
    " AND p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.office_id = ? AND l.subject_kind = 'incident' ORDER BY l.subject_id, l.seq"
)


def case_rows(connection: sa.Connection, office: int) -> Iterator[CaseRow]:
    """Yield every case as stored in its row, by key, streamed."""
    for key, number, version, rest, *values in driver_of(connection).execute(_CASES, (office,)):
        texts, columns = values[: len(_TEXTS)], values[len(_TEXTS) :]
        # Flags of the rules are stored as 0 or 1, which equal False and True.
        columns_read = dict(zip(BLANK, columns, strict=True))
        yield CaseRow(
            id=key,
            number=number,
            version=version,
            columns=columns_read,
            rest=rest_digest(rest),
            texts=dict(zip(_TEXTS, texts, strict=True)),
        )


def notified_of_cases(connection: sa.Connection, office: int) -> Iterator[Replayed]:
    """Yield every entry about a case, by case and then in the order of the ledger, streamed."""
    yield from map(Replayed._make, driver_of(connection).execute(_CASE_ENTRIES, (office,)))


_FIRST_DIGEST = sa.text(
    f"SELECT seq FROM ledger WHERE office_id = :office AND subject_kind = 'incident' AND instr(facts, '\"{REST}\":\"') ORDER BY seq LIMIT 1"
)
_KEPT_DIGEST = sa.text(
    "SELECT EXISTS (SELECT 1 FROM retired_case c JOIN incident i ON i.id = c.incident_id WHERE i.office_id = :office"
    f' AND instr(c.facts, \'"{REST}":"\'))'
)


def first_digest(connection: sa.Connection, office: int) -> int | None:
    """Return the number of the first entry with a state digest; 0 if it is in an archived year, None if no entry has one."""
    if connection.execute(_KEPT_DIGEST, {"office": office}).scalar_one():
        return 0
    found = connection.execute(_FIRST_DIGEST, {"office": office}).scalar_one_or_none()
    return None if found is None else int(found)


_TIMELINE = sa.text(
    "SELECT l.seq, l.at, l.operator, l.door, l.action, l.facts, p.body FROM ledger l LEFT JOIN ledger_personal p"
    " ON p.office_id = l.office_id AND p.seq = l.seq"
    " WHERE l.subject_kind IN (:kind, :also) AND l.subject_id = :subject ORDER BY l.seq"
)


def timeline(connection: sa.Connection, subject_kind: str, subject_id: int, also: str = "") -> tuple[TimelineEntry, ...]:
    """Return the entries about a subject, oldest first.

    Args:
        also: another kind of subject with the same key whose entries are included.
    """
    found = connection.execute(_TIMELINE, {"kind": subject_kind, "subject": subject_id, "also": also})
    return tuple(
        TimelineEntry(
            seq=row.seq,
            at=instant(row.at),
            operator=row.operator,
            origin=row.door,
            action=row.action,
            facts=decoded(row.facts, "ledger.facts"),
            personal=decoded(row.body, "ledger.body") if row.body else {},
        )
        for row in found
    )


@dataclass(frozen=True, slots=True)
class PastRequest:
    """The entry of a request that was carried out."""

    at: datetime
    operator_id: int | None
    operator: str
    subject_kind: str
    subject_id: int
    action: str
    facts: Mapping[str, Any]
    texts: Mapping[str, str] | None
    """None if they were erased."""


_REQUEST = sa.text(
    "SELECT l.at, l.operator_id, l.operator, l.subject_kind, l.subject_id, l.action, l.facts, l.digest, p.body FROM ledger l"
    " LEFT JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq WHERE l.request_id = :request"
)


def past_request(connection: sa.Connection, request_id: str) -> PastRequest | None:
    """Return the entry that a request id was used for, if any: a commit that reported an error may still have been stored."""
    row = connection.execute(_REQUEST, {"request": request_id}).first()
    if row is None:
        return None
    is_erased = row.digest is not None and row.body is None
    return PastRequest(
        at=instant(row.at),
        operator_id=row.operator_id,
        operator=row.operator,
        subject_kind=row.subject_kind,
        subject_id=int(row.subject_id),
        action=row.action,
        facts=_said(row.facts),
        texts=None if is_erased else _said(row.body or "{}"),
    )


_NEWEST_AT = sa.text("SELECT at FROM ledger WHERE office_id = :office ORDER BY seq DESC LIMIT 1")


def newest_at(connection: sa.Connection, office: int) -> datetime | None:
    """Return the time of the newest entry; None for an empty ledger, or if the stored time was forged and is invalid."""
    at = connection.execute(_NEWEST_AT, {"office": office}).scalar()
    return _moment(at) if at is not None else None


_CHANGED = sa.text(
    "SELECT DISTINCT subject_id FROM ledger WHERE office_id = :office AND seq > :seq AND subject_kind IN ('incident', 'escalation')"
    " LIMIT :most"
)
_LAST = sa.text("SELECT coalesce(max(seq), 0) FROM ledger WHERE office_id = :office")


def last_seq(connection: sa.Connection, office: int) -> int:
    """Return the number of the newest entry; 0 for an empty ledger."""
    return int(connection.execute(_LAST, {"office": office}).scalar_one())


_OF_KINDS = sa.text(
    "SELECT EXISTS (SELECT 1 FROM ledger WHERE office_id = :office AND seq > :seq AND subject_kind IN :kinds)"
).bindparams(sa.bindparam("kinds", expanding=True))


def has_entries_of(connection: sa.Connection, office: int, since: int, kinds: Sequence[str]) -> bool:
    """Return whether there are entries about some kinds of subjects after a number."""
    return bool(connection.execute(_OF_KINDS, {"office": office, "seq": since, "kinds": list(kinds)}).scalar_one())


def changed_incidents(connection: sa.Connection, office: int, since: int, most: int) -> tuple[int, ...]:
    """Return the cases with entries after a number (the change feed), at most ``most``."""
    return tuple(row.subject_id for row in connection.execute(_CHANGED, {"office": office, "seq": since, "most": most}))


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Conditions for reading entries; None means any."""

    case: str | None = None
    """Number of the entries' case."""
    operator: str | None = None
    action: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    """End of the period, excluded."""


ABOUT_CASES = "'incident', 'denial', 'waiver', 'privacy', 'escalation'"
"""Subject kinds of entries whose key is that of a case, in SQL; only those of ``incident`` count as versions of the case."""
_LINE = (
    "SELECT l.seq, l.at, l.operator, l.axis, l.door, coalesce(i.number, l.subject_kind || ':' || l.subject_id) AS subject, l.action,"
    " l.facts, p.body, l.hash, l.prev, l.digest, coalesce(i.reporter_name, '') AS reporter FROM ledger l"
    " LEFT JOIN ledger_personal p ON p.office_id = l.office_id AND p.seq = l.seq"
    f" LEFT JOIN incident i ON l.subject_kind IN ({ABOUT_CASES}) AND i.id = l.subject_id"
    " WHERE "
)
_WALKED, _SOUGHT = "l.office_id = :office", "+l.office_id = :office"
"""Condition for walking back from the newest entry, and for finding few entries by another index: the plus keeps the chain's own
index out of the plan."""
_CONDITIONS = {
    "case": f"l.subject_kind IN ({ABOUT_CASES})"
    " AND l.subject_id = (SELECT id FROM incident WHERE office_id = :office AND number = :case)",
    # An account keeps its name, so that the key of the account finds its entries; the program has no account.
    "operator": "l.operator_id IS (SELECT id FROM operator WHERE office_id = :office AND name = :operator) AND l.operator = :operator",
    "action": "l.action = :action",
    "since": "l.at >= :since",
    "until": "l.at < :until",
}
_OF_KIND = sa.text(f"{_LINE}{_SOUGHT} AND l.subject_kind = :kind AND l.at >= :since AND l.at < :until ORDER BY l.seq")


def lines(connection: sa.Connection, office: int, wanted: LedgerQuery, most: int, *, masked: bool = True) -> Iterator[LedgerLine]:
    """Yield the newest entries that meet the conditions, newest first, streamed; personal texts are masked by default."""
    values = {"office": office, "most": most, "case": wanted.case, "operator": wanted.operator, "action": wanted.action,
              "since": stamp_or_none(wanted.since), "until": stamp_or_none(wanted.until)}  # fmt: skip
    conditions = [sql for name, sql in _CONDITIONS.items() if values[name] is not None]
    if wanted.action is not None and wanted.action not in COMMON_ACTIONS:
        conditions.append(f"l.{RARE_ACTION}")
    is_short = (wanted.since or wanted.until) and _is_short(connection, values)
    is_sought = is_short or wanted.case is not None or wanted.operator is not None or f"l.{RARE_ACTION}" in conditions
    order = "+l.seq DESC" if is_short or wanted.case is not None else "l.seq DESC"
    # Only constants of this module are joined; every value is a parameter.
    where = " AND ".join((_SOUGHT if is_sought else _WALKED, *conditions))
    query = sa.text(f"{_LINE}{where} ORDER BY {order} LIMIT :most")
    for row in connection.execution_options(yield_per=2000).execute(query, values):
        yield _line(row, masked=masked)


_SHORT = 10_000
"""Entries of a period that are read by its index. In a longer one, the newest that fit are found sooner by walking back."""
_WITHIN = "SELECT count(*) FROM (SELECT 1 FROM ledger l WHERE +l.office_id = :office{} LIMIT :most)"


def _is_short(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    period = "".join(f" AND {_CONDITIONS[name]}" for name in ("since", "until") if values[name] is not None)
    found = connection.execute(sa.text(_WITHIN.format(period)), {**values, "most": _SHORT + 1}).scalar_one()
    return int(found) <= _SHORT


def lines_of_kind(connection: sa.Connection, office: int, kind: str, since: datetime, until: datetime) -> tuple[LedgerLine, ...]:
    """Return the entries about one kind of subject between two instants, the end excluded, oldest first; texts are masked."""
    values = {"office": office, "kind": kind, "since": stamp(since), "until": stamp(until)}
    return tuple(map(_line, connection.execute(_OF_KIND, values)))


def _line(row: sa.Row[Any], *, masked: bool = True) -> LedgerLine:
    return LedgerLine(
        seq=row.seq,
        at=_moment(row.at),
        operator=row.operator,
        axis=row.axis,
        origin=row.door,
        subject=row.subject,
        action=row.action,
        facts=_said(row.facts),
        personal=_words_of(row.body, row.reporter, masked=masked),
        hash=row.hash.hex(),
        prev=row.prev.hex(),
        digest=row.digest.hex() if row.digest is not None else None,
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
    """Return the content of an entry; empty where it is not readable, which verification reports."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
