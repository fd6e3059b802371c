"""Presence of operators, and the cases each has opened. This changes no case, so it is not in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.store.dialect.sqlite import by_no_index, excluded, greatest, upsert
from gridconsole.store.tables.cases import IS_OPEN, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.tables.people import operator_seen, operator_session, read_mark
from gridconsole.store.types import instant, instant_or_none, stamp


@dataclass(frozen=True, slots=True)
class Seen:
    """Last presence of an operator."""

    seq: int
    """Number of the last ledger entry at that time."""
    at: datetime


_OPERATOR: sa.BindParameter[int] = sa.bindparam("operator")
_SEEN = sa.select(*some(operator_seen, "left_seq left_at")).where(operator_seen.c.operator_id == _OPERATOR)
_PUT_SEEN = upsert(
    operator_seen,
    "operator_id",
    "",
    left_seq=greatest(operator_seen.c.left_seq, excluded(operator_seen, "left_seq")),
    left_at=greatest(operator_seen.c.left_at, excluded(operator_seen, "left_at")),
)
_LAST_USED = sa.select(sa.func.max(operator_session.c.seen_at)).where(
    operator_session.c.operator_id == _OPERATOR, operator_session.c.id != sa.bindparam("but")
)


def seen(connection: sa.Connection, operator: int) -> Seen | None:
    """Return the last presence of an operator at leaving; None for an operator who has not left yet."""
    row = connection.execute(_SEEN, {"operator": operator}).first()
    return None if row is None else Seen(row.left_seq, instant(row.left_at))


def put_seen(connection: sa.Connection, operator: int, seq: int, at: datetime) -> None:
    """Record that an operator was present up to an entry; values never decrease, as an operator may use two terminals."""
    connection.execute(_PUT_SEEN, {"operator_id": operator, "left_seq": seq, "left_at": stamp(at)})


def last_used(connection: sa.Connection, operator: int, but: int) -> datetime | None:
    """Return when a log-in of an operator was last used, ignoring the log-in ``but``; None if there is none."""
    return instant_or_none(connection.execute(_LAST_USED, {"operator": operator, "but": but}).scalar())


_OFFICE: sa.BindParameter[int] = sa.bindparam("office")
_AT = (
    sa.select(ledger.c.seq, ledger.c.at)
    .where(ledger.c.office_id == _OFFICE, ledger.c.seq >= sa.bindparam("from_seq", type_=sa.BigInteger))
    .order_by(ledger.c.seq)
    .limit(sa.literal_column("1"))
)
_ENDS = sa.select(
    sa.select(sa.func.min(ledger.c.seq)).where(ledger.c.office_id == _OFFICE).scalar_subquery(),
    sa.select(sa.func.max(ledger.c.seq)).where(ledger.c.office_id == _OFFICE).scalar_subquery(),
)


def seq_before(connection: sa.Connection, office: int, at: datetime) -> int:
    """Return the number of the last entry made before an instant; 0 if there is none.

    Found by bisection, as times have no index. If a clock was set back, several entries may qualify and one of them is returned.
    """
    first, last = connection.execute(_ENDS, {"office": office}).one()
    if first is None:
        return 0
    low, high = int(first) - 1, int(last)
    while low < high:
        middle = (low + high + 1) // 2
        row = connection.execute(_AT, {"office": office, "from_seq": middle}).one()
        if row.at < stamp(at):
            low = int(row.seq)
        else:
            high = middle - 1
    return low


# --- read marks -------------------------------------------------------------------------------------------------

_PUT_MARK = upsert(
    read_mark, "operator_id incident_id", "", version=greatest(read_mark.c.version, excluded(read_mark, "version"))
)
_CLOSED = sa.select(incident.c.id).where(incident.c.id == read_mark.c.incident_id, incident.c.closed_at.is_not(None))
_PRUNE = sa.delete(read_mark).where(read_mark.c.operator_id == _OPERATOR, sa.exists(_CLOSED))


def put_marks(connection: sa.Connection, operator: int, versions: Mapping[int, int]) -> None:
    """Record the versions of cases that an operator read, by key; 0 marks a change as unread and never lowers a stored version."""
    if versions:
        marks = [{"operator_id": operator, "incident_id": key, "version": version} for key, version in versions.items()]
        connection.execute(_PUT_MARK, marks)


def prune_marks(connection: sa.Connection, operator: int) -> None:
    """Delete the marks of closed cases."""
    connection.execute(_PRUNE, {"operator": operator})


_newest = ledger.alias("newest")
_IS_OF_ANOTHER = (
    sa.select(_newest.c.operator_id)
    .where(_newest.c.subject_kind == word("incident"), _newest.c.subject_id == incident.c.id)
    .order_by(_newest.c.seq.desc())
    .limit(sa.literal_column("1"))
    .correlate(incident)
    .scalar_subquery()
    .is_distinct_from(_OPERATOR)
)
"""Condition: another operator made a case's newest entry. An operator's own action is not news to them."""
_SINCE: sa.BindParameter[int] = sa.bindparam("since", type_=sa.BigInteger)
_MARKED = (
    sa.select(incident.c.id)
    .join_from(read_mark, incident, incident.c.id == read_mark.c.incident_id)
    .where(read_mark.c.operator_id == _OPERATOR, IS_OPEN, incident.c.version > read_mark.c.version, _IS_OF_ANOTHER)
)
_HAS_NO_MARK = ~sa.exists().where(read_mark.c.operator_id == _OPERATOR, read_mark.c.incident_id == incident.c.id)
_CHANGED = sa.select(ledger.c.subject_id).where(
    ledger.c.office_id == _OFFICE, ledger.c.seq > _SINCE, ledger.c.subject_kind == word("incident")
)
_UNMARKED = sa.select(incident.c.id).where(incident.c.id.in_(_CHANGED), IS_OPEN, _HAS_NO_MARK, _IS_OF_ANOTHER)
_UNMARKED_OF_MANY = sa.select(incident.c.id).where(
    # SQLite would read every case of the office.
    by_no_index(incident.c.office_id) == _OFFICE,
    IS_OPEN,
    sa.exists().where(ledger.c.subject_kind == word("incident"), ledger.c.subject_id == incident.c.id, ledger.c.seq > _SINCE),
    _HAS_NO_MARK,
    _IS_OF_ANOTHER,
)
"""The same, asked of each open case: after a long absence there are fewer of them than of entries."""
_MANY = 10_000
"""Entries since an operator left, from which on the open cases are asked."""
_THEIRS = sa.select(incident.c.id).where(incident.c.id.in_(sa.bindparam("ids", expanding=True)), _IS_OF_ANOTHER)


def unread(connection: sa.Connection, office: int, operator: int, since: int) -> frozenset[int]:
    """Return the keys of open cases with unread changes by others.

    A case with a mark is unread if it changed beyond the version read; without a mark, if it changed after entry ``since``.
    """
    values = {"office": office, "operator": operator, "since": since}
    last = connection.execute(_ENDS, {"office": office}).one()[1] or 0
    unmarked = _UNMARKED_OF_MANY if last - since > _MANY else _UNMARKED
    marked = connection.execute(_MARKED, {"operator": operator})
    return frozenset(row.id for found in (marked, connection.execute(unmarked, values)) for row in found)


def changed_by_others(connection: sa.Connection, operator: int, ids: Sequence[int]) -> frozenset[int]:
    """Return those of the given cases whose newest entry is by another operator."""
    if not ids:
        return frozenset()
    return frozenset(row.id for row in connection.execute(_THEIRS, {"ids": list(ids), "operator": operator}))
