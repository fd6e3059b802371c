"""Call-backs (回访): one row per call, the calls that are due, and the calls of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import CallBack
from gridconsole.domain.case import Step
from gridconsole.domain.states import CallBackState, Satisfaction, Solved, Source
from gridconsole.domain.text import hide_name, mask_name, mask_phone, mask_text
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.fact_filters import EVERY_CASE, Filter, narrowed, span_of
from gridconsole.store.tables.cases import call_back, incident
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import area, category
from gridconsole.store.types import coded, instant, stamp

_INSERT = sa.insert(call_back)


def record(connection: sa.Connection, step: Step) -> None:
    """Write a call in the step's own transaction; does nothing for other steps."""
    call, act, actor = step.act.get(CallBack), step.act, step.actor
    if call is None:
        return
    connection.execute(_INSERT, {
        "incident_id": step.incident, "at": stamp(step.at), "called_by": actor.id, "called_name": actor.name, "reached": int(call.reached),
        "solved": call.solved.value if call.solved else None, "reason": act.reason or act.note,
        "satisfaction": call.satisfaction.value if call.satisfaction else None,
    })  # fmt: skip


@dataclass(frozen=True, slots=True)
class DueLine:
    """A closed case whose resident waits for a call, or whose dissatisfied resident waits for a decision."""

    id: int
    number: str
    standing: CallBackState
    source: Source
    closed_at: datetime
    tries: int
    """Calls since closing that did not reach the resident."""
    reporter: str
    phone: str
    category: str
    area: str
    handler: str
    address: str
    summary: str


# The states are literals, because SQLite cannot use a partial index with a parameter.
def _waiting(standing: CallBackState) -> sa.Select[Any]:
    return (
        sa.select(
            *some(
                incident,
                "id number call_back source closed_at call_back_tries reporter_name reporter_phone handler_name address summary",
            ),
            sa.func.coalesce(category.c.minor_name, "").label("category"),
            sa.func.coalesce(area.c.name, "").label("area"),
        )
        .select_from(
            incident.outerjoin(category, category.c.id == incident.c.category_id).outerjoin(area, area.c.id == incident.c.area_id)
        )
        .where(incident.c.office_id == sa.bindparam("office"), incident.c.call_back == sa.literal_column(f"'{standing.value}'"))
        .order_by(incident.c.closed_at, incident.c.id)
        .limit(sa.bindparam("limit"))
    )


_DUE = _waiting(CallBackState.DUE)
_DISSATISFIED = _waiting(CallBackState.DISSATISFIED)


def due(connection: sa.Connection, office: int, limit: int) -> tuple[DueLine, ...]:
    """Return the call-backs that are due, earliest closed first, masked."""
    return tuple(map(_due_line, connection.execute(_DUE, {"office": office, "limit": limit})))


def dissatisfied(connection: sa.Connection, office: int, limit: int) -> tuple[DueLine, ...]:
    """Return the cases whose reopening is not decided yet, earliest closed first, masked."""
    return tuple(map(_due_line, connection.execute(_DISSATISFIED, {"office": office, "limit": limit})))


def _due_line(row: Any) -> DueLine:
    return DueLine(
        id=row.id,
        number=row.number,
        standing=coded(CallBackState, row.call_back, "call_back.call_back"),
        source=coded(Source, row.source, "call_back.source"),
        closed_at=instant(row.closed_at),
        tries=row.call_back_tries,
        reporter=mask_name(row.reporter_name),
        phone=mask_phone(row.reporter_phone),
        category=row.category,
        area=row.area,
        handler=row.handler_name,
        address=mask_text(hide_name(row.address, row.reporter_name)),
        summary=mask_text(hide_name(row.summary, row.reporter_name)),
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A line of the register of call-backs."""

    incident: int
    number: str
    at: datetime
    called_by: str
    handler: str
    """The case's present or last handler."""
    category: str
    reached: bool
    solved: Solved | None
    satisfaction: Satisfaction | None
    reason: str


_CALLS = sa.select(
    *some(call_back, "incident_id at called_name reached solved satisfaction reason"),
    *some(incident, "number handler_name reporter_name"),
    sa.func.coalesce(category.c.minor_name, "").label("category"),
).select_from(
    call_back.join(incident, incident.c.id == call_back.c.incident_id).outerjoin(
        category, category.c.id == incident.c.category_id
    )
)
_BETWEEN = _CALLS.where(
    by_no_index(incident.c.office_id) == sa.bindparam("office"),
    call_back.c.at >= sa.bindparam("first"),
    call_back.c.at < sa.bindparam("last"),
).order_by(call_back.c.at, call_back.c.id)
_OF_CASE = _CALLS.where(incident.c.office_id == sa.bindparam("office"), incident.c.number == sa.bindparam("number")).order_by(
    call_back.c.id
)


def between(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[Call, ...]:
    """Return every call between two instants, the end excluded, oldest first; reasons are masked."""
    return tuple(map(_call, connection.execute(narrowed(_BETWEEN, incident.c.id, where), span_of(office, first, last, where))))


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[Call, ...]:
    """Return every call about a case, oldest first; reasons are masked by default."""
    return tuple(_call(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


_NO_PHONE = (
    sa.select(sa.func.count())
    .select_from(incident)
    .where(
        incident.c.office_id == sa.bindparam("office"),
        incident.c.closed_at.is_not(None),
        incident.c.closed_at >= sa.bindparam("first"),
        incident.c.closed_at < sa.bindparam("last"),
        incident.c.call_back == sa.literal_column(f"'{CallBackState.NO_PHONE.value}'"),
    )
)


def without_phone(connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE) -> int:
    """Return how many cases closed between two instants, the end excluded, whose resident left no phone."""
    return int(connection.execute(narrowed(_NO_PHONE, incident.c.id, where), span_of(office, first, last, where)).scalar_one())


def _call(row: Any, *, masked: bool = True) -> Call:
    return Call(
        incident=row.incident_id,
        number=row.number,
        at=instant(row.at),
        called_by=row.called_name,
        handler=row.handler_name,
        category=row.category,
        reached=bool(row.reached),
        solved=coded(Solved, row.solved, "call_back.solved") if row.solved else None,
        satisfaction=coded(Satisfaction, row.satisfaction, "call_back.satisfaction") if row.satisfaction else None,
        reason=mask_text(hide_name(row.reason, row.reporter_name)) if masked else row.reason,
    )
