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
from gridconsole.store import attesting, timekeeping
from gridconsole.store.case_rest import REST_TEXT
from gridconsole.store.dialect import touched
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import by_no_index, greatest, instr
from gridconsole.store.entries import COMMON_ACTIONS
from gridconsole.store.entries import NewEntry as NewEntry
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, ledger_personal, retired_case
from gridconsole.store.tables.office import hand_over
from gridconsole.store.tables.office import office as office_table
from gridconsole.store.tables.people import operator as operator_table
from gridconsole.store.tables.people import operator_seen
from gridconsole.store.types import as_it_lies as as_it_lies
from gridconsole.store.types import decoded, driver_of, instant, stamp, stamp_or_none

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_SEQ: sa.BindParameter[int] = sa.bindparam("seq", type_=sa.BigInteger)
_FIRST: sa.BindParameter[int] = sa.bindparam("first", type_=sa.BigInteger)
_LAST: sa.BindParameter[int] = sa.bindparam("last", type_=sa.BigInteger)
_MOST: sa.BindParameter[int] = sa.bindparam("most", type_=sa.BigInteger)
_NEWEST_FIRST = ledger.c.seq.desc()
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OF_OFFICE = ledger.c.office_id == _OFFICE
_WITH_PERSONAL = ledger.outerjoin(
    ledger_personal, sa.and_(ledger_personal.c.office_id == ledger.c.office_id, ledger_personal.c.seq == ledger.c.seq)
)
_HEAD = Direct(sa.select(*some(ledger, "seq hash action at")).where(_OF_OFFICE).order_by(_NEWEST_FIRST).limit(_ONE))
_INSERT = Direct(sa.insert(ledger))
_INSERT_PERSONAL = Direct(sa.insert(ledger_personal))


def append(connection: sa.Connection, office: int, entries: Sequence[NewEntry]) -> int:
    """Append entries to an office's chain, in order; return the number of the last one.

    Changes of attested rows in the same transaction are added to them: see :mod:`gridconsole.store.attesting`.

    Raises:
        TimeBehind, TimeDoubtful: their time cannot be right, compared with the newest entry; see :mod:`.timekeeping`.
    """
    entries = attesting.prepared(connection, office, entries)
    driver = driver_of(connection)
    newest = _HEAD.on(driver, office=office).fetchone()
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
    _INSERT.many(driver, rows)
    _INSERT_PERSONAL.many(driver, personal)
    return int(seq)


def check_time(connection: sa.Connection, office: int, action: str, at: datetime) -> None:
    """Refuse a decision that is written later if its time cannot be right.

    Raises:
        TimeBehind, TimeDoubtful: as in :func:`append`.
    """
    newest = _HEAD.on(driver_of(connection), office=office).fetchone()
    if newest is not None:
        timekeeping.check(connection, office, newest[2], newest[3], [(action, at)])


_OFFICES = (
    sa.select(
        office_table.c.id,
        sa.func.coalesce(
            sa.select(ledger.c.at)
            .where(ledger.c.office_id == office_table.c.id)
            .order_by(_NEWEST_FIRST)
            .limit(_ONE)
            .scalar_subquery(),
            office_table.c.created_at,
        ).label("at"),
    )
    .order_by(office_table.c.id)
    .limit(_ONE)
)


def attest_left_over(connection: sa.Connection) -> None:
    """Append an entry for changes that no entry of the transaction attests, such as a log-in's new hash of the same password.

    It gets the time of the entry before it.
    """
    if touched.is_touched(connection) and (row := connection.execute(_OFFICES).first()) is not None:
        append(connection, row.id, attesting.left_over(row.id, instant(row.at)))


def head(connection: sa.Connection, office: int) -> tuple[int, str]:
    """Return number and hash (hexadecimal) of the newest entry; 0 and an empty text for an empty ledger."""
    row = _HEAD.on(driver_of(connection), office=office).fetchone()
    return (int(row[0]), row[1].hex()) if row else (0, "")


@lru_cache(64)
def _actor(operator_id: int | None, operator: str, axis: str, origin: str, request_id: str | None) -> str:
    """Return the actor's data as one hashed field; JSON keeps its parts unambiguous."""
    return canonical({"axis": axis, "door": origin, "id": operator_id, "name": operator, "request": request_id})


_ALL = Direct(
    sa.select(
        *some(ledger, "seq at operator_id operator axis door subject_kind subject_id action facts digest request_id prev hash"),
        *some(ledger_personal, "salt body"),
    )
    .select_from(_WITH_PERSONAL)
    .where(_OF_OFFICE, ledger.c.seq.between(_FIRST, _LAST))
    .order_by(ledger.c.seq)
)
_FIRST_POSSIBLE, _LAST_POSSIBLE = -(1 << 63), (1 << 63) - 1


def stored_entries(
    connection: sa.Connection, office: int, first: int = _FIRST_POSSIBLE, last: int = _LAST_POSSIBLE
) -> Iterator[StoredEntry]:
    """Yield the whole chain or a range of it, in order, streamed."""
    # Straight from the driver, by position: of the time of verifying an entry, rows by name took a third.
    found = _ALL.on(driver_of(connection), office=office, first=first, last=last)
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


_RESTORED = (
    sa.select(ledger.c.at, ledger.c.facts)
    .where(
        _OF_OFFICE,
        ledger.c.subject_kind == word("office"),
        ledger.c.subject_id == _OFFICE,
        ledger.c.action == sa.bindparam("action"),
    )
    .order_by(ledger.c.seq)
)
_HIGHEST_KNOWN = sa.select(
    greatest(
        sa.func.coalesce(sa.select(sa.func.max(hand_over.c.seq)).where(hand_over.c.office_id == _OFFICE).scalar_subquery(), 0),
        sa.func.coalesce(
            sa.select(sa.func.max(operator_seen.c.left_seq))
            .join(operator_table, operator_table.c.id == operator_seen.c.operator_id)
            .where(operator_table.c.office_id == _OFFICE)
            .scalar_subquery(),
            0,
        ),
    )
)


def restorations(connection: sa.Connection, office: int) -> tuple[Restored, ...]:
    """Return the restorations of backups, oldest first."""
    found = connection.execute(_RESTORED, {"office": office, "action": RESTORED})
    read = (read_restored(row.at, row.facts) for row in found)
    return tuple(one for one in read if one is not None)


def highest_known(connection: sa.Connection, office: int) -> int:
    """Return the highest entry number that other tables refer to: handovers, and the presence of operators."""
    return int(connection.execute(_HIGHEST_KNOWN, {"office": office}).scalar_one())


_CASE_COUNT = sa.select(sa.func.count()).select_from(incident).where(incident.c.office_id == _OFFICE)


def case_count(connection: sa.Connection, office: int) -> int:
    """Return how many cases an office has."""
    return int(connection.execute(_CASE_COUNT, {"office": office}).scalar_one())


_TEXTS = {
    "text": "text", "summary": "summary", "address": "address", "reporter": "reporter_name", "phone": "reporter_phone",
}  # fmt: skip
"""Columns of the report's texts, by the names that a case's first entry uses."""
_CASES = Direct(
    sa.select(
        *some(incident, "id number version"), REST_TEXT.label("rest"), *(incident.c[name] for name in (*_TEXTS.values(), *BLANK))
    )
    .where(incident.c.office_id == _OFFICE)
    .order_by(incident.c.id)
)
_HAS_TEXTS = ledger.c.action.in_([word(Action.REPORT.value), word(Action.ARCHIVE.value)])
_CASE_ENTRIES = Direct(
    sa.select(*some(ledger, "subject_id at facts"), ledger_personal.c.body, ledger.c.seq)
    .select_from(
        ledger.outerjoin(
            ledger_personal,
            sa.and_(_HAS_TEXTS, ledger_personal.c.office_id == ledger.c.office_id, ledger_personal.c.seq == ledger.c.seq),
        )
    )
    .where(_OF_OFFICE, ledger.c.subject_kind == word("incident"))
    .order_by(ledger.c.subject_id, ledger.c.seq)
)


def case_rows(connection: sa.Connection, office: int) -> Iterator[CaseRow]:
    """Yield every case as stored in its row, by key, streamed."""
    for key, number, version, rest, *values in _CASES.on(driver_of(connection), office=office):
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
    yield from map(Replayed._make, _CASE_ENTRIES.on(driver_of(connection), office=office))


_DIGEST_MARK: sa.ColumnElement[str] = sa.literal(f'"{REST}":"', sa.Text)
_FIRST_DIGEST = (
    sa.select(ledger.c.seq)
    .where(_OF_OFFICE, ledger.c.subject_kind == word("incident"), instr(ledger.c.facts, _DIGEST_MARK) > 0)
    .order_by(ledger.c.seq)
    .limit(_ONE)
)
_KEPT_DIGEST = sa.select(
    sa.exists(
        sa.select(retired_case.c.incident_id)
        .join(incident, incident.c.id == retired_case.c.incident_id)
        .where(incident.c.office_id == _OFFICE, instr(retired_case.c.facts, _DIGEST_MARK) > 0)
    )
)


def first_digest(connection: sa.Connection, office: int) -> int | None:
    """Return the number of the first entry with a state digest; 0 if it is in an archived year, None if no entry has one."""
    if connection.execute(_KEPT_DIGEST, {"office": office}).scalar_one():
        return 0
    found = connection.execute(_FIRST_DIGEST, {"office": office}).scalar_one_or_none()
    return None if found is None else int(found)


_TIMELINE = (
    sa.select(*some(ledger, "seq at operator door action facts"), ledger_personal.c.body)
    .select_from(_WITH_PERSONAL)
    .where(
        ledger.c.subject_kind.in_([sa.bindparam("kind"), sa.bindparam("also")]),
        ledger.c.subject_id == sa.bindparam("subject", type_=sa.BigInteger),
    )
    .order_by(ledger.c.seq)
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


_REQUEST = (
    sa.select(*some(ledger, "at operator_id operator subject_kind subject_id action facts digest"), ledger_personal.c.body)
    .select_from(_WITH_PERSONAL)
    .where(ledger.c.request_id == sa.bindparam("request"))
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


_NEWEST_AT = sa.select(ledger.c.at).where(_OF_OFFICE).order_by(_NEWEST_FIRST).limit(_ONE)


def newest_at(connection: sa.Connection, office: int) -> datetime | None:
    """Return the time of the newest entry; None for an empty ledger, or if the stored time was forged and is invalid."""
    at = connection.execute(_NEWEST_AT, {"office": office}).scalar()
    return _moment(at) if at is not None else None


_SINCE = (_OF_OFFICE, ledger.c.seq > _SEQ)
_CHANGED = (
    sa.select(ledger.c.subject_id)
    .distinct()
    .where(*_SINCE, ledger.c.subject_kind.in_([word("incident"), word("escalation")]))
    .limit(_MOST)
)
_LAST_NUMBER = sa.select(sa.func.coalesce(sa.func.max(ledger.c.seq), 0)).where(_OF_OFFICE)


def last_seq(connection: sa.Connection, office: int) -> int:
    """Return the number of the newest entry; 0 for an empty ledger."""
    return int(connection.execute(_LAST_NUMBER, {"office": office}).scalar_one())


_OF_KINDS = sa.select(sa.exists().where(*_SINCE, ledger.c.subject_kind.in_(sa.bindparam("kinds", expanding=True))))


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


ABOUT_CASES = ("incident", "denial", "waiver", "privacy", "escalation")
"""Subject kinds of entries whose key is that of a case; only those of ``incident`` count as versions of the case."""
IS_ABOUT_CASE = ledger.c.subject_kind.in_([word(kind) for kind in ABOUT_CASES])
_LINE = sa.select(
    *some(ledger, "seq at operator axis door action facts hash prev digest"),
    sa.func.coalesce(
        incident.c.number, ledger.c.subject_kind + sa.literal_column("':'", sa.Text) + sa.cast(ledger.c.subject_id, sa.Text)
    ).label("subject"),
    ledger_personal.c.body,
    sa.func.coalesce(incident.c.reporter_name, "").label("reporter"),
).select_from(_WITH_PERSONAL.outerjoin(incident, sa.and_(IS_ABOUT_CASE, incident.c.id == ledger.c.subject_id)))
_WALKED, _SOUGHT = _OF_OFFICE, by_no_index(ledger.c.office_id) == _OFFICE
"""Condition for walking back from the newest entry, and for finding few entries by another index: the chain's own index stays out of
the plan."""
_case, _NAME = incident.alias("wanted"), sa.bindparam("operator", type_=sa.Text)
_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "case": IS_ABOUT_CASE
    & (
        ledger.c.subject_id
        == sa.select(_case.c.id).where(_case.c.office_id == _OFFICE, _case.c.number == sa.bindparam("case")).scalar_subquery()
    ),
    # An account keeps its name, so that the key of the account finds its entries; the program has no account.
    "operator": ledger.c.operator_id.is_not_distinct_from(
        sa.select(operator_table.c.id)
        .where(operator_table.c.office_id == _OFFICE, operator_table.c.name == _NAME)
        .scalar_subquery()
    )
    & (ledger.c.operator == _NAME),
    "action": ledger.c.action == sa.bindparam("action"),
    "since": ledger.c.at >= sa.bindparam("since"),
    "until": ledger.c.at < sa.bindparam("until"),
}
# In the very words of its index, which otherwise is not used.
_IS_RARE = ledger.c.action.not_in([word(action) for action in COMMON_ACTIONS])
_OF_KIND = _LINE.where(
    _SOUGHT, ledger.c.subject_kind == sa.bindparam("kind"), _CONDITIONS["since"], _CONDITIONS["until"]
).order_by(ledger.c.seq)


def lines(connection: sa.Connection, office: int, wanted: LedgerQuery, most: int, *, masked: bool = True) -> Iterator[LedgerLine]:
    """Yield the newest entries that meet the conditions, newest first, streamed; personal texts are masked by default."""
    values = {"office": office, "most": most, "case": wanted.case, "operator": wanted.operator, "action": wanted.action,
              "since": stamp_or_none(wanted.since), "until": stamp_or_none(wanted.until)}  # fmt: skip
    conditions = [condition for name, condition in _CONDITIONS.items() if values[name] is not None]
    is_rare = wanted.action is not None and wanted.action not in COMMON_ACTIONS
    if is_rare:
        conditions.append(_IS_RARE)
    is_short = bool(wanted.since or wanted.until) and _is_short(connection, values)
    is_sought = is_short or is_rare or wanted.case is not None or wanted.operator is not None
    order = by_no_index(ledger.c.seq) if is_short or wanted.case is not None else ledger.c.seq
    query = _LINE.where(_SOUGHT if is_sought else _WALKED, *conditions).order_by(order.desc()).limit(_MOST)
    for row in connection.execution_options(yield_per=2000).execute(query, values):
        yield _line(row, masked=masked)


_SHORT = 10_000
"""Entries of a period that are read by its index. In a longer one, the newest that fit are found sooner by walking back."""


def _is_short(connection: sa.Connection, values: Mapping[str, Any]) -> bool:
    period = [_CONDITIONS[name] for name in ("since", "until") if values[name] is not None]
    within = sa.select(_ONE).select_from(ledger).where(_SOUGHT, *period).limit(_MOST).subquery()
    found = connection.execute(sa.select(sa.func.count()).select_from(within), {**values, "most": _SHORT + 1}).scalar_one()
    return int(found) <= _SHORT


def lines_of_kind(connection: sa.Connection, office: int, kind: str, since: datetime, until: datetime) -> tuple[LedgerLine, ...]:
    """Return the entries about one kind of subject between two instants, the end excluded, oldest first; texts are masked."""
    values = {"office": office, "kind": kind, "since": stamp(since), "until": stamp(until)}
    return tuple(map(_line, connection.execute(_OF_KIND, values)))


def _line(row: Any, *, masked: bool = True) -> LedgerLine:
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
