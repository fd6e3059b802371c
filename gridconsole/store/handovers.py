"""Handovers between shifts (交接班): the data of a sheet, and the handovers that were made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.catalogue import Unit
from gridconsole.domain.handover import Lacking, SheetLine, SheetPart
from gridconsole.domain.states import RequestKind, State
from gridconsole.domain.text import mask_text
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.office import hand_over
from gridconsole.store.types import coded, day_or_none, instant, instant_or_none, stamp

LISTED = 200
"""Most lines of each part of a sheet, as more would not be read at a handover; the totals count all cases."""

_COLUMNS = (
    "SELECT i.number, i.state, i.version, i.due_at, i.due_unit, coalesce(g.name, a.name, '') AS place,"
    " coalesce(c.minor_name, '') AS category, i.handler_name, i.suspended_until"
)
_JOINS = " LEFT JOIN grid g ON g.id = i.grid_id LEFT JOIN area a ON a.id = i.area_id LEFT JOIN category c ON c.id = i.category_id"
_OPEN = " FROM incident i{joins} WHERE i.office_id = :office AND i.closed_at IS NULL"
_ASKED_OF = (
    " FROM case_request q JOIN incident i ON i.id = q.incident_id{joins} WHERE q.decision IS NULL AND +i.office_id = :office"
)
_ORDERED = (
    " FROM supervision_order o JOIN incident i ON i.id = o.incident_id{joins} WHERE o.replied_at IS NULL AND o.replaced_at IS NULL"
    " AND +i.office_id = :office"
)
_PARTS: Mapping[SheetPart, tuple[str, str, str]] = {
    # Source, condition and order of each part. The states are literals, because SQLite cannot use a partial index with a parameter.
    SheetPart.OVERDUE: (_OPEN, " AND i.due_at < :now", "i.due_at, i.id"),
    SheetPart.DUE: (_OPEN, " AND i.due_at >= :now AND i.due_at <= :until", "i.due_at, i.id"),
    SheetPart.ORDERED: (_ORDERED, "", "o.reply_by, o.id"),
    SheetPart.ASKED: (_ASKED_OF, "", "q.asked_at, q.id"),
    SheetPart.BACK: (_OPEN, " AND i.state = 'suspended' AND i.suspended_until <= :day", "i.suspended_until, i.id"),
    SheetPart.DISSATISFIED: (
        " FROM incident i{joins} WHERE i.office_id = :office AND i.call_back = 'dissatisfied'", "", "i.closed_at, i.id",
    ),
}  # fmt: skip
_MORE = {
    SheetPart.ASKED: ", q.kind, q.asked_name, q.asked_at, q.opinion",
    SheetPart.ORDERED: ", o.ordered_name AS asked_name, o.ordered_at AS asked_at, o.reply_by",
}


def _query(part: SheetPart, *, counting: bool) -> sa.TextClause:
    source, condition, order = _PARTS[part]
    if counting:
        return sa.text(f"SELECT count(*){source.format(joins='')}{condition}")
    more = _MORE.get(part, "")
    # Only constants of this module are joined; every value is a parameter.
    return sa.text(f"{_COLUMNS}{more}{source.format(joins=_JOINS)}{condition} ORDER BY {order} LIMIT :limit")


_LINES = {part: _query(part, counting=False) for part in SheetPart}
_TOTALS = {part: _query(part, counting=True) for part in SheetPart}


def sheet_parts(
    connection: sa.Connection, office: int, now: datetime, until: datetime, day: date, limit: int = LISTED
) -> tuple[dict[SheetPart, int], tuple[SheetLine, ...]]:  # fmt: skip
    """Return the number of cases in each part of a sheet, and the most pressing of them.

    Args:
        until: end of the period that the sheet looks ahead.
        day: last office day in that period on which a suspended case may resume.
    """
    values = {"office": office, "now": stamp(now), "until": stamp(until), "day": day.isoformat(), "limit": limit}
    totals: dict[SheetPart, int] = {}
    lines: list[SheetLine] = []
    for part in SheetPart:
        found = [_line(part, row) for row in connection.execute(_LINES[part], _named(_LINES[part], values))]
        full = len(found) == limit
        totals[part] = int(connection.execute(_TOTALS[part], _named(_TOTALS[part], values)).scalar_one()) if full else len(found)
        lines += found
    return totals, tuple(lines)


def _named(query: sa.TextClause, values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if f":{name}" in query.text}


def _line(part: SheetPart, row: Any) -> SheetLine:
    line = SheetLine(
        part=part,
        number=row.number,
        state=coded(State, row.state, "incident.state"),
        version=row.version,
        due_at=instant_or_none(row.due_at),
        unit=coded(Unit, row.due_unit, "incident.due_unit") if row.due_unit else None,
        place=row.place,
        category=row.category,
        handler=row.handler_name,
    )
    match part:
        case SheetPart.ASKED:
            kind = coded(RequestKind, row.kind, "incident.kind")
            lacking = Lacking.DECISION if row.opinion or not kind.has_opinion else Lacking.OPINION
            return replace(line, asked_for=kind, asked_by=row.asked_name, asked_at=instant(row.asked_at), lacking=lacking)
        case SheetPart.ORDERED:
            return replace(line, due_at=instant(row.reply_by), unit=None, asked_by=row.asked_name, asked_at=instant(row.asked_at))
        case SheetPart.BACK:
            return replace(line, day=day_or_none(row.suspended_until))
    return line


@dataclass(frozen=True, slots=True)
class HandoverRecord:
    """A stored handover; its sheet is a text for :meth:`~gridconsole.domain.handover.HandoverSheet.decode`."""

    id: int
    made_at: datetime
    made_by: int
    made_name: str
    to_name: str
    """Name of the intended successor; empty if it is open who takes over."""
    remarks: str
    """Masked."""
    seq: int
    sheet: str
    taken_at: datetime | None
    taken_by: int | None
    taken_name: str
    withdrawn_at: datetime | None

    @property
    def is_open(self) -> bool:
        """Return whether it waits to be taken over."""
        return self.taken_at is None and self.withdrawn_at is None


_INSERT = sa.insert(hand_over).returning(hand_over.c.id)
_RECORDS = sa.select(
    *some(hand_over, "id made_at made_by made_name to_name remarks seq sheet taken_at taken_by taken_name withdrawn_at")
).where(hand_over.c.office_id == sa.bindparam("office"))
_KEY: sa.BindParameter[int] = sa.bindparam("key")
_WAITING = _RECORDS.where(hand_over.c.taken_at.is_(None), hand_over.c.withdrawn_at.is_(None))
_BY_ID = _RECORDS.where(hand_over.c.id == _KEY)
_BETWEEN = (
    _RECORDS.where(hand_over.c.made_at >= sa.bindparam("first"), hand_over.c.made_at < sa.bindparam("last"))
    .order_by(hand_over.c.made_at.desc(), hand_over.c.id.desc())
    .limit(sa.bindparam("limit"))
)
_TAKE = (
    sa.update(hand_over)
    .where(hand_over.c.id == _KEY)
    .values(taken_at=sa.bindparam("at"), taken_by=sa.bindparam("by"), taken_name=sa.bindparam("name"))
)
_WITHDRAW = sa.update(hand_over).where(hand_over.c.id == _KEY).values(withdrawn_at=sa.bindparam("at"))


def insert(
    connection: sa.Connection, office: int, at: datetime, by: int, name: str, to_name: str, remarks: str, seq: int, sheet: str,
) -> int:  # fmt: skip
    """Store a handover; return its key."""
    values = {
        "office_id": office,
        "made_at": stamp(at),
        "made_by": by,
        "made_name": name,
        "to_name": to_name,
        "remarks": remarks,
        "seq": seq,
        "sheet": sheet,
    }
    return int(connection.execute(_INSERT, values).scalar_one())


def waiting(connection: sa.Connection, office: int) -> HandoverRecord | None:
    """Return the handover that waits to be taken over, if any."""
    row = connection.execute(_WAITING, {"office": office}).first()
    return None if row is None else _record(row)


def by_id(connection: sa.Connection, office: int, key: int) -> HandoverRecord | None:
    """Return a handover by its key."""
    row = connection.execute(_BY_ID, {"office": office, "key": key}).first()
    return None if row is None else _record(row)


def between(connection: sa.Connection, office: int, first: datetime, last: datetime, limit: int) -> tuple[HandoverRecord, ...]:
    """Return the handovers made between two instants, the end excluded, newest first."""
    values = {"office": office, "first": stamp(first), "last": stamp(last), "limit": limit}
    return tuple(map(_record, connection.execute(_BETWEEN, values)))


def take(connection: sa.Connection, key: int, at: datetime, by: int, name: str) -> None:
    """Record who took over a handover, and when."""
    connection.execute(_TAKE, {"key": key, "at": stamp(at), "by": by, "name": name})


def withdraw(connection: sa.Connection, key: int, at: datetime) -> None:
    """Record that its maker withdrew a handover."""
    connection.execute(_WITHDRAW, {"key": key, "at": stamp(at)})


def _record(row: Any) -> HandoverRecord:
    return HandoverRecord(
        id=row.id,
        made_at=instant(row.made_at),
        made_by=row.made_by,
        made_name=row.made_name,
        to_name=row.to_name,
        remarks=mask_text(row.remarks),
        seq=row.seq,
        sheet=row.sheet,
        taken_at=instant_or_none(row.taken_at),
        taken_by=row.taken_by,
        taken_name=row.taken_name,
        withdrawn_at=instant_or_none(row.withdrawn_at),
    )


_FACTS = sa.text(
    "SELECT facts FROM ledger WHERE subject_kind = :kind AND subject_id = :id AND action = :action AND office_id = :office"
    " ORDER BY seq LIMIT 1"
)


def facts_of(connection: sa.Connection, office: int, kind: str, key: int, action: str) -> Mapping[str, Any]:
    """Return the facts of the ledger entry about making a handover; empty if they are missing or not readable."""
    row = connection.execute(_FACTS, {"office": office, "kind": kind, "id": key, "action": action}).first()
    try:
        said = json.loads(row.facts) if row is not None else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


_CHANGED = sa.text(
    "SELECT count(*) FROM (SELECT DISTINCT subject_id FROM ledger WHERE office_id = :office AND seq > :seq"
    " AND subject_kind = 'incident' LIMIT :most)"
)


def changed_since(connection: sa.Connection, office: int, seq: int, most: int) -> int:
    """Return how many cases were acted on after a ledger number, counting at most ``most``."""
    return int(connection.execute(_CHANGED, {"office": office, "seq": seq, "most": most}).scalar_one())


_VERSIONS = sa.text("SELECT number, version FROM incident WHERE office_id = :office AND number IN :numbers").bindparams(
    sa.bindparam("numbers", expanding=True)
)


def versions(connection: sa.Connection, office: int, numbers: list[str]) -> dict[str, int]:
    """Return the present versions of the given cases, by number."""
    if not numbers:
        return {}
    return {row.number: row.version for row in connection.execute(_VERSIONS, {"office": office, "numbers": numbers})}
