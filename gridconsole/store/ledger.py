"""Write the chain of ledger entries, and find its newest ones.

People read entries through :mod:`.ledger_entries`, verification through :mod:`.ledger_check`.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.ledger import GENESIS, Entry, canonical, entry_hash, personal_digest
from gridconsole.store import timekeeping
from gridconsole.store.dialect import touched
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.entries import NewEntry as NewEntry
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.ledger import ledger, ledger_personal
from gridconsole.store.tables.office import office as office_table
from gridconsole.store.types import driver_of, instant, stamp

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_SEQ: sa.BindParameter[int] = sa.bindparam("seq", type_=sa.BigInteger)
_FIRST: sa.BindParameter[int] = sa.bindparam("first", type_=sa.BigInteger)
_LAST: sa.BindParameter[int] = sa.bindparam("last", type_=sa.BigInteger)
_NEWEST_FIRST = ledger.c.seq.desc()
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OF_OFFICE = ledger.c.office_id == _OFFICE
WITH_PERSONAL = ledger.outerjoin(
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

    from gridconsole.store import attesting  # those who only read do not load it

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
                actor=actor_text(entry.operator_id, entry.operator, entry.axis, entry.origin, entry.request_id),
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

    from gridconsole.store import attesting

    if touched.is_touched(connection) and (row := connection.execute(_OFFICES).first()) is not None:
        append(connection, row.id, attesting.left_over(row.id, instant(row.at)))


def head(connection: sa.Connection, office: int) -> tuple[int, str]:
    """Return number and hash (hexadecimal) of the newest entry; 0 and an empty text for an empty ledger."""
    row = _HEAD.on(driver_of(connection), office=office).fetchone()
    return (int(row[0]), row[1].hex()) if row else (0, "")


@lru_cache(64)
@lru_cache(256)
def actor_text(operator_id: int | None, operator: str, axis: str, origin: str, request_id: str | None) -> str:
    """Return the actor's data as one hashed field; JSON keeps its parts unambiguous."""
    return canonical({"axis": axis, "door": origin, "id": operator_id, "name": operator, "request": request_id})


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
    .select_from(WITH_PERSONAL)
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
        facts=said_in(row.facts),
        texts=None if is_erased else said_in(row.body or "{}"),
    )


_NEWEST_AT = sa.select(ledger.c.at).where(_OF_OFFICE).order_by(_NEWEST_FIRST).limit(_ONE)


def newest_at(connection: sa.Connection, office: int) -> datetime | None:
    """Return the time of the newest entry; None for an empty ledger, or if the stored time was forged and is invalid."""
    at = connection.execute(_NEWEST_AT, {"office": office}).scalar()
    return moment_in(at) if at is not None else None


_LAST_NUMBER = sa.select(sa.func.coalesce(sa.func.max(ledger.c.seq), 0)).where(_OF_OFFICE)


def last_seq(connection: sa.Connection, office: int) -> int:
    """Return the number of the newest entry; 0 for an empty ledger."""
    return int(connection.execute(_LAST_NUMBER, {"office": office}).scalar_one())


_SINCE = (_OF_OFFICE, ledger.c.seq > _SEQ)
_OF_KINDS = sa.select(sa.exists().where(*_SINCE, ledger.c.subject_kind.in_(sa.bindparam("kinds", expanding=True))))


def has_entries_of(connection: sa.Connection, office: int, since: int, kinds: Sequence[str]) -> bool:
    """Return whether there are entries about some kinds of subjects after a number."""
    return bool(connection.execute(_OF_KINDS, {"office": office, "seq": since, "kinds": list(kinds)}).scalar_one())


def moment_in(text: str) -> datetime | None:
    """Return a stored time; None if it is not one."""
    try:
        return instant(text)
    except ValueError:
        return None


def said_in(text: str) -> dict[str, Any]:
    """Return the content of an entry; empty where it is not readable, which verification reports."""
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}
