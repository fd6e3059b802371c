"""Handovers between shifts (交接班): the data of a sheet, and the handovers that were made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import Unit
from gridconsole.domain.handover import Lacking, SheetLine, SheetPart
from gridconsole.domain.states import CallBackState, RequestKind, State
from gridconsole.domain.text import mask_text
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.tables.cases import IS_OPEN, case_request, incident, supervision_order
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.tables.office import hand_over
from gridconsole.store.tables.registers import area, category, grid
from gridconsole.store.types import coded, day_or_none, instant, instant_or_none, stamp

LISTED = 200
"""Most lines of each part of a sheet, as more would not be read at a handover; the totals count all cases."""

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_NOW: sa.BindParameter[str] = sa.bindparam("now", type_=sa.Text)
_LINE = (
    *some(incident, "number state version due_at due_unit handler_name suspended_until"),
    sa.func.coalesce(grid.c.name, area.c.name, "").label("place"),
    sa.func.coalesce(category.c.minor_name, "").label("category"),
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Source of the cases in one part of a sheet."""

    conditions: tuple[sa.ColumnElement[bool], ...]
    order: tuple[sa.ColumnElement[Any], ...]
    of: sa.Table = incident
    """``incident``, or a table whose rows belong to cases."""
    more: tuple[sa.ColumnElement[Any], ...] = ()
    """Further columns of a line."""

    def _from(self) -> sa.FromClause:
        return incident if self.of is incident else self.of.join(incident, incident.c.id == self.of.c.incident_id)

    def total(self) -> sa.Select[Any]:
        """Return a query of how many cases there are."""
        return sa.select(sa.func.count()).select_from(self._from()).where(*self.conditions)

    def lines(self) -> sa.Select[Any]:
        """Return a query of the most pressing ones."""
        source = (
            self._from()
            .outerjoin(grid, grid.c.id == incident.c.grid_id)
            .outerjoin(area, area.c.id == incident.c.area_id)
            .outerjoin(category, category.c.id == incident.c.category_id)
        )
        query = sa.select(*_LINE, *self.more).select_from(source).where(*self.conditions)
        return query.order_by(*self.order).limit(sa.bindparam("limit", type_=sa.BigInteger))


_OF_OFFICE, _OF_THIS_OFFICE = incident.c.office_id == _OFFICE, by_no_index(incident.c.office_id) == _OFFICE
_OPEN = (_OF_OFFICE, IS_OPEN)
_BY_DUE = (incident.c.due_at, incident.c.id)
_ASKED, _ORDER = case_request.c, supervision_order.c
_SOURCES: Mapping[SheetPart, _Source] = {
    # The states are literals, because SQLite cannot use a partial index with a parameter.
    SheetPart.OVERDUE: _Source((*_OPEN, incident.c.due_at < _NOW), _BY_DUE),
    SheetPart.DUE: _Source((*_OPEN, incident.c.due_at >= _NOW, incident.c.due_at <= sa.bindparam("until")), _BY_DUE),
    SheetPart.ORDERED: _Source(
        (_ORDER.replied_at.is_(None), _ORDER.replaced_at.is_(None), _OF_THIS_OFFICE),
        (_ORDER.reply_by, _ORDER.id),
        supervision_order,
        (_ORDER.ordered_name.label("asked_name"), _ORDER.ordered_at.label("asked_at"), _ORDER.reply_by),
    ),
    SheetPart.ASKED: _Source(
        (_ASKED.decision.is_(None), _OF_THIS_OFFICE),
        (_ASKED.asked_at, _ASKED.id),
        case_request,
        (_ASKED.kind, _ASKED.asked_name, _ASKED.asked_at, _ASKED.opinion),
    ),
    SheetPart.BACK: _Source(
        (*_OPEN, incident.c.state == word(State.SUSPENDED.value), incident.c.suspended_until <= sa.bindparam("day")),
        (incident.c.suspended_until, incident.c.id),
    ),
    SheetPart.DISSATISFIED: _Source(
        (_OF_OFFICE, incident.c.call_back == word(CallBackState.DISSATISFIED.value)), (incident.c.closed_at, incident.c.id)
    ),
}
_LINES = {part: source.lines() for part, source in _SOURCES.items()}
_TOTALS = {part: source.total() for part, source in _SOURCES.items()}


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
        found = [_line(part, row) for row in connection.execute(_LINES[part], values)]
        full = len(found) == limit
        totals[part] = int(connection.execute(_TOTALS[part], values).scalar_one()) if full else len(found)
        lines += found
    return totals, tuple(lines)


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


_FACTS = (
    sa.select(ledger.c.facts)
    .where(
        ledger.c.subject_kind == sa.bindparam("kind"),
        ledger.c.subject_id == sa.bindparam("id"),
        ledger.c.action == sa.bindparam("action"),
        ledger.c.office_id == _OFFICE,
    )
    .order_by(ledger.c.seq)
    .limit(sa.literal_column("1"))
)


def facts_of(connection: sa.Connection, office: int, kind: str, key: int, action: str) -> Mapping[str, Any]:
    """Return the facts of the ledger entry about making a handover; empty if they are missing or not readable."""
    row = connection.execute(_FACTS, {"office": office, "kind": kind, "id": key, "action": action}).first()
    try:
        said = json.loads(row.facts) if row is not None else {}
    except (ValueError, RecursionError):
        return {}
    return said if isinstance(said, dict) else {}


_CHANGED_CASES = (
    sa.select(ledger.c.subject_id)
    .distinct()
    .where(ledger.c.office_id == _OFFICE, ledger.c.seq > sa.bindparam("seq"), ledger.c.subject_kind == word("incident"))
    .limit(sa.bindparam("most"))
)
_CHANGED = sa.select(sa.func.count()).select_from(_CHANGED_CASES.subquery())


def changed_since(connection: sa.Connection, office: int, seq: int, most: int) -> int:
    """Return how many cases were acted on after a ledger number, counting at most ``most``."""
    return int(connection.execute(_CHANGED, {"office": office, "seq": seq, "most": most}).scalar_one())


_VERSIONS = sa.select(*some(incident, "number version")).where(
    incident.c.office_id == _OFFICE, incident.c.number.in_(sa.bindparam("numbers", expanding=True))
)


def versions(connection: sa.Connection, office: int, numbers: list[str]) -> dict[str, int]:
    """Return the present versions of the given cases, by number."""
    if not numbers:
        return {}
    return {row.number: row.version for row in connection.execute(_VERSIONS, {"office": office, "numbers": numbers})}
