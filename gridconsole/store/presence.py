"""Presence of operators, and the cases each has opened. This changes no case, so it is not in the ledger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.store.dialect.sqlite import excluded, greatest, upsert
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.tables.people import operator_seen, operator_session
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

_PUT_MARK = (
    "INSERT INTO read_mark (operator_id, incident_id, version) VALUES (?, ?, ?) ON CONFLICT (operator_id, incident_id) DO UPDATE"
    " SET version = max(version, excluded.version)"
)
_PRUNE = sa.text(
    "DELETE FROM read_mark WHERE operator_id = :operator AND incident_id IN (SELECT m.incident_id FROM read_mark m JOIN incident i"
    " ON i.id = m.incident_id WHERE m.operator_id = :operator AND i.closed_at IS NOT NULL)"
)


def put_marks(connection: sa.Connection, operator: int, versions: Mapping[int, int]) -> None:
    """Record the versions of cases that an operator read, by key; 0 marks a change as unread and never lowers a stored version."""
    if versions:
        connection.exec_driver_sql(_PUT_MARK, [(operator, key, version) for key, version in versions.items()])


def prune_marks(connection: sa.Connection, operator: int) -> None:
    """Delete the marks of closed cases."""
    connection.execute(_PRUNE, {"operator": operator})


# Operator of a case's newest entry: an operator's own action is not news to them.
_NEWEST_BY = (
    "(SELECT n.operator_id FROM ledger n WHERE n.subject_kind = 'incident' AND n.subject_id = i.id ORDER BY n.seq DESC LIMIT 1)"
)
_MARKED = sa.text(
    "SELECT i.id FROM read_mark m JOIN incident i ON i.id = m.incident_id WHERE m.operator_id = :operator AND i.closed_at IS NULL"
    f" AND i.version > m.version AND {_NEWEST_BY} IS NOT :operator"
)
_UNMARKED = sa.text(
    "SELECT i.id FROM incident i WHERE i.id IN (SELECT l.subject_id FROM ledger l WHERE l.office_id = :office AND l.seq > :since"
    " AND l.subject_kind = 'incident') AND i.closed_at IS NULL AND NOT EXISTS (SELECT 1 FROM read_mark m WHERE"
    f" m.operator_id = :operator AND m.incident_id = i.id) AND {_NEWEST_BY} IS NOT :operator"
)
_UNMARKED_OF_MANY = sa.text(
    # The plus keeps SQLite from reading every case of the office.
    "SELECT i.id FROM incident i WHERE +i.office_id = :office AND i.closed_at IS NULL AND EXISTS (SELECT 1 FROM ledger l"
    " WHERE l.subject_kind = 'incident' AND l.subject_id = i.id AND l.seq > :since) AND NOT EXISTS (SELECT 1 FROM read_mark m"
    f" WHERE m.operator_id = :operator AND m.incident_id = i.id) AND {_NEWEST_BY} IS NOT :operator"
)
"""The same, asked of each open case: after a long absence there are fewer of them than of entries."""
_MANY = 10_000
"""Entries since an operator left, from which on the open cases are asked."""
_THEIRS = sa.text(f"SELECT i.id FROM incident i WHERE i.id IN :ids AND {_NEWEST_BY} IS NOT :operator").bindparams(
    sa.bindparam("ids", expanding=True)
)


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
