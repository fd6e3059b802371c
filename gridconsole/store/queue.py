"""Queries for the console: the open queue, counters, a single case."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import Unit
from gridconsole.domain.states import CallBackState, Grade, Outcome, Source, Stage, State
from gridconsole.domain.text import hide_name, mask_kept, mask_name, mask_phone, mask_text
from gridconsole.domain.views.queue import Parties, QueueRow
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import by_no_index, listed
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, call_back, case_link, case_request, incident, supervision_order, task
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.imports import list_mark
from gridconsole.store.tables.ledger import retired_case
from gridconsole.store.tables.registers import area, category, filing_rule, grid
from gridconsole.store.tables.roster import roster_person
from gridconsole.store.types import coded, decoded, driver_of, instant, instant_or_none, stamp

_led = incident.alias("led")
# Of closed cases alone: the others have none, and the queue reads thousands of them.
_IS_LED_UNHAPPY = sa.case(
    (incident.c.closed_at.is_(None), sa.false()),
    else_=sa.exists().where(
        _led.c.office_id == incident.c.office_id,
        _led.c.merged_into == incident.c.number,
        _led.c.call_back == word(CallBackState.DISSATISFIED.value),
    ),
)
"""A resident who reported a case that was merged into this one is dissatisfied, and nothing was decided yet."""
_LED_COUNT = (
    sa.select(sa.func.count())
    .select_from(_led)
    .where(_led.c.office_id == incident.c.office_id, _led.c.merged_into == incident.c.number)
    .correlate(incident)
    .scalar_subquery()
)
_IS_SENT = sa.exists().where(task.c.incident_id == incident.c.id, task.c.ended.is_(None))
_ROWS = sa.select(
    *some(
        incident,
        "id number state version grade source reported_at state_since due_at due_stage due_unit provisional closed_at outcome simple"
        " rework_total redispatch_count return_count address handler_name summary reporter_name reopen_count call_back urge_count"
        " reply_by rung suspended_until handler_kind handler_id request urged_by assignee merged_into resting outer_due_at",
    ),
    grid.c.code.label("grid_code"),
    grid.c.name.label("grid_name"),
    area.c.code.label("area_code"),
    area.c.name.label("area_name"),
    category.c.minor_name.label("category"),
    category.c.major_code,
    category.c.minor_code,
    _IS_SENT.label("sent"),
    _IS_LED_UNHAPPY.label("led_unhappy"),
    _LED_COUNT.label("led"),
).select_from(
    incident.outerjoin(grid, grid.c.id == incident.c.grid_id)
    .outerjoin(area, area.c.id == incident.c.area_id)
    .outerjoin(category, category.c.id == incident.c.category_id)
)
_OFFICE: sa.BindParameter[int] = sa.bindparam("office")
_LIMIT: sa.BindParameter[int] = sa.bindparam("limit")
_OF_OFFICE = incident.c.office_id == _OFFICE
_OPEN = _ROWS.where(_OF_OFFICE, IS_OPEN).order_by(incident.c.due_at.nulls_last(), incident.c.id).limit(_LIMIT)
_OPEN_IN = _OPEN.where(incident.c.state.in_(listed("states", sa.Text)))
_HAS_OUTER = (_OF_OFFICE, incident.c.outer_due_at.is_not(None), IS_OPEN)
_OUTER = _ROWS.where(*_HAS_OUTER).order_by(incident.c.outer_due_at, incident.c.id).limit(_LIMIT)
_OUTER_IN = _OUTER.where(incident.c.state.in_(listed("states", sa.Text)))
_BY_ID = _ROWS.where(incident.c.id.in_(sa.bindparam("ids", expanding=True)))
_RECENT = (
    _ROWS.where(_OF_OFFICE, incident.c.closed_at >= sa.bindparam("since"), COUNTS)
    .order_by(incident.c.closed_at.desc())
    .limit(_LIMIT)
)


def open_queue(connection: sa.Connection, office: int, limit: int, states: Collection[State] = ()) -> tuple[QueueRow, ...]:
    """Return open cases, most pressing first (uses the partial index on the due time).

    Args:
        states: only cases in these states; empty for all.
    """
    values: dict[str, Any] = {"office": office, "limit": limit}
    if states:
        values["states"] = json.dumps([state.value for state in states])
    queries = (_OPEN_IN, _OUTER_IN) if states else (_OPEN, _OUTER)
    rows = tuple(map(_queue_row, connection.execute(queries[0], values)))
    if len(rows) < limit:
        return rows
    # Cases that do not fit by their own clock may be pressing by another system's deadline.
    found = {row.id: row for row in (*rows, *map(_queue_row, connection.execute(queries[1], values)))}
    return tuple(sorted(found.values(), key=lambda row: row.sort_key)[:limit])


def rows_where(
    connection: sa.Connection, conditions: Iterable[sa.ColumnElement[bool]], values: Mapping[str, Any], limit: int, *,
    by_due_time: bool = False,
) -> tuple[QueueRow, ...]:  # fmt: skip
    """Return the lines of cases that meet conditions, newest report first, or by due time."""
    order = (incident.c.due_at,) if by_due_time else (incident.c.reported_at.desc(), incident.c.id.desc())
    query = _ROWS.where(*conditions).order_by(*order).limit(_LIMIT)
    return tuple(map(_queue_row, connection.execute(query, {**values, "limit": limit})))


def recently_closed(connection: sa.Connection, office: int, since: datetime, limit: int) -> tuple[QueueRow, ...]:
    """Return cases closed since an instant, newest first."""
    return tuple(map(_queue_row, connection.execute(_RECENT, {"office": office, "since": stamp(since), "limit": limit})))


# The states are literals, because SQLite cannot use a partial index with a parameter.
def _waiting_for_call(standing: CallBackState) -> sa.Select[Any]:
    return (
        _ROWS.where(_OF_OFFICE, incident.c.call_back == word(standing.value))
        .order_by(incident.c.closed_at, incident.c.id)
        .limit(_LIMIT)
    )


_IS_UNHAPPY = incident.c.call_back == word(CallBackState.DISSATISFIED.value)
_UNHAPPY_HERE = (_OF_OFFICE, _IS_UNHAPPY, incident.c.merged_into.is_(None))
_UNDECIDED = _ROWS.where(*_UNHAPPY_HERE).order_by(incident.c.closed_at, incident.c.id).limit(_LIMIT)
_LED = sa.select(_led.c.merged_into).where(
    _led.c.office_id == _OFFICE, _led.c.call_back == word(CallBackState.DISSATISFIED.value), _led.c.merged_into.is_not(None)
)
_UNHAPPY_ELSEWHERE = (
    _OF_OFFICE,
    incident.c.number.in_(_LED),
    incident.c.state == word(State.CLOSED.value),
    incident.c.call_back.is_distinct_from(word(CallBackState.DISSATISFIED.value)),
)
"""Conditions of a closed case into which one was merged whose resident is dissatisfied: it is decided on here."""
_LED_UNDECIDED = _ROWS.where(*_UNHAPPY_ELSEWHERE).order_by(incident.c.closed_at, incident.c.id).limit(_LIMIT)
_DUE_CALLS = _waiting_for_call(CallBackState.DUE)


def to_call(connection: sa.Connection, office: int, limit: int) -> tuple[QueueRow, ...]:
    """Return closed cases whose reopening must be decided, then those whose resident must be called.

    Within each group the earliest closed come first, at most ``limit`` of each.
    """
    values = {"office": office, "limit": limit}
    return tuple(
        _queue_row(row) for query in (_UNDECIDED, _LED_UNDECIDED, _DUE_CALLS) for row in connection.execute(query, values)
    )


# Shown to all: who made the request or gave the order waits for an answer even after the case is closed. UNION ALL: to remove
# duplicates, SQLite would read every order ever made.
_IS_ASKED = case_request.c.decision.is_(None)
_IS_ORDERED = (supervision_order.c.replied_at.is_(None), supervision_order.c.replaced_at.is_(None))
_OWING = sa.union_all(
    sa.select(case_request.c.incident_id).where(_IS_ASKED), sa.select(supervision_order.c.incident_id).where(*_IS_ORDERED)
)
_OWED = (
    _ROWS.where(incident.c.id.in_(_OWING), ~IS_OPEN, by_no_index(incident.c.office_id) == _OFFICE)
    .order_by(incident.c.closed_at, incident.c.id)
    .limit(_LIMIT)
)


def owed(connection: sa.Connection, office: int, limit: int) -> tuple[QueueRow, ...]:
    """Cases that nobody works on, with a request that waits for its decision (超时申诉) or an order that waits for its answer."""
    return tuple(map(_queue_row, connection.execute(_OWED, {"office": office, "limit": limit})))


def rows_by_id(connection: sa.Connection, ids: Sequence[int], *, masked: bool = True) -> tuple[QueueRow, ...]:
    """Return the lines of given cases, open or closed."""
    return tuple(_queue_row(row, masked=masked) for row in connection.execute(_BY_ID, {"ids": list(ids)})) if ids else ()


# By the index of phones, which is in the order of time: the one of the office would read every report.
_OF_PHONE = (
    _ROWS.where(
        by_no_index(incident.c.office_id) == _OFFICE,
        incident.c.reporter_phone == sa.bindparam("phone"),
        incident.c.reporter_phone != word(""),
        COUNTS,
    )
    .order_by(incident.c.reported_at.desc())
    .limit(_LIMIT)
)


def of_phone(connection: sa.Connection, office: int, phones: Collection[str], limit: int) -> tuple[QueueRow, ...]:
    """Return the cases reported from a phone, in any of its spellings, newest first; closed ones too."""
    found = {
        row.id: _queue_row(row)
        for phone in phones
        for row in connection.execute(_OF_PHONE, {"office": office, "phone": phone, "limit": limit})
    }
    return tuple(sorted(found.values(), key=lambda row: (row.reported_at, row.id), reverse=True)[:limit])


_IN_GRID = (
    _ROWS.where(incident.c.grid_id == sa.bindparam("grid"), IS_OPEN)
    .order_by(
        incident.c.category_id.is_distinct_from(sa.bindparam("category", type_=sa.BigInteger)), incident.c.reported_at.desc()
    )
    .limit(_LIMIT)
)


def open_in_grid(connection: sa.Connection, grid: int, category: int | None, limit: int) -> tuple[QueueRow, ...]:
    """Return the open cases of a grid, those of the category first, newest first."""
    return tuple(map(_queue_row, connection.execute(_IN_GRID, {"grid": grid, "category": category, "limit": limit})))


_OF_HANDLER = (
    _ROWS.where(incident.c.handler_kind == sa.bindparam("kind"), incident.c.handler_id == sa.bindparam("handler"), IS_OPEN)
    .order_by(incident.c.due_at.nulls_last())
    .limit(_LIMIT)
)


def open_of_handler(connection: sa.Connection, kind: str, handler: int, limit: int) -> tuple[QueueRow, ...]:
    """Return the open cases of a handler, most pressing first."""
    return tuple(map(_queue_row, connection.execute(_OF_HANDLER, {"kind": kind, "handler": handler, "limit": limit})))


_TASKED = sa.select(task.c.incident_id).where(
    task.c.ended.is_(None),
    task.c.assignee_kind == word("warden"),
    task.c.assignee_id == sa.bindparam("warden", type_=sa.BigInteger),
)
_HANDLED_BY = sa.select(incident.c.id).where(
    incident.c.handler_kind == word("warden"), incident.c.handler_id == sa.bindparam("warden", type_=sa.BigInteger), IS_OPEN
)
_IN_HAND = (
    _ROWS.where(incident.c.id.in_(sa.union_all(_TASKED, _HANDLED_BY)), IS_OPEN)
    .order_by(incident.c.due_at.nulls_last())
    .limit(_LIMIT)
)


def in_hand_of_warden(connection: sa.Connection, warden: int, limit: int) -> tuple[QueueRow, ...]:
    """Return the cases that a warden handles or is out to inspect, most pressing first."""
    return tuple(map(_queue_row, connection.execute(_IN_HAND, {"warden": warden, "limit": limit})))


_NUMBER_LENGTH, _SERIAL_LENGTH, _SHORTEST_END = 13, 5, 3
"""Digits of a case number, of its serial after the day, and the fewest that are looked up as its end."""


def _queue_row(row: Any, *, masked: bool = True) -> QueueRow:
    hidden = row.reporter_name if masked else ""
    code = f"{row.major_code}-{row.minor_code}" if row.major_code else ""
    return QueueRow(
        id=row.id,
        number=row.number,
        state=coded(State, row.state, "incident.state"),
        version=row.version,
        grade=coded(Grade, row.grade, "incident.grade"),
        source=coded(Source, row.source, "incident.source"),
        reported_at=instant(row.reported_at),
        state_since=instant(row.state_since),
        due_at=instant_or_none(row.due_at),
        due_stage=coded(Stage, row.due_stage, "incident.due_stage") if row.due_stage else None,
        due_unit=coded(Unit, row.due_unit, "incident.due_unit") if row.due_unit else None,
        provisional=bool(row.provisional),
        closed_at=instant_or_none(row.closed_at),
        outcome=coded(Outcome, row.outcome, "incident.outcome") if row.outcome else None,
        simple=bool(row.simple),
        rework_total=row.rework_total,
        redispatch_count=row.redispatch_count,
        return_count=row.return_count,
        grid_code=row.grid_code or "",
        grid_name=row.grid_name or "",
        area_code=row.area_code or "",
        area_name=row.area_name or "",
        category=row.category or "",
        category_code=code,
        address=hide_name(row.address, hidden),
        handler=row.handler_name,
        summary=hide_name(row.summary, hidden),
        reopen_count=row.reopen_count,
        call_back=_call_back_of(row),
        order_count=row.urge_count,
        reply_by=instant_or_none(row.reply_by),
        outer_due_at=instant_or_none(row.outer_due_at),
        percent=row.rung,
        asked=row.request is not None,
        sent=bool(row.sent),
        followers=row.led,
        suspended_until=row.suspended_until or "",
        parties=Parties(
            row.handler_kind,
            row.handler_id,
            row.request,
            ordered_by=row.urged_by,
            assignee=row.assignee,
            merged_into=row.merged_into,
            is_resting=bool(row.resting),
        ),
    )


def _call_back_of(row: Any) -> CallBackState | None:
    """Return the call-back as it waits for somebody: what the resident of a merged case said is decided on the leading one."""
    if row.led_unhappy:
        return CallBackState.DISSATISFIED
    found = coded(CallBackState, row.call_back, "incident.call_back") if row.call_back else None
    is_decided_elsewhere = found is CallBackState.DISSATISFIED and row.merged_into is not None
    return CallBackState.DONE if is_decided_elsewhere else found


@dataclass(frozen=True, slots=True)
class Counters:
    """Numbers of waiting cases in each state, and of the overdue ones."""

    waiting: Mapping[State, int]
    overdue: Mapping[State, int]
    reported_today: int
    closed_today: int
    calls_due: int = 0
    calls_undecided: int = 0
    """Dissatisfied residents on whose case's reopening no decision was made yet."""
    asked: int = 0
    """Requests that wait for an opinion or a decision."""
    ordered: int = 0
    """Orders that wait for their answer."""
    answers_late: int = 0
    """Number of these orders whose answer is late."""
    sent: int = 0
    """Inspections under way; ``looks_late`` has how many of them are late."""
    looks_late: int = 0


_NOW = sa.bindparam("now", type_=sa.Text)


def _late(moment: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    none: sa.ColumnElement[int] = sa.literal_column("0")
    return sa.func.coalesce(sa.func.sum(sa.case((moment < _NOW, sa.literal_column("1")), else_=none)), none)


def _cases_with(*conditions: sa.ColumnElement[bool]) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(incident).where(incident.c.office_id == _OFFICE, *conditions)


_COUNT = (
    sa.select(incident.c.state, sa.func.count().label("waiting"), _late(incident.c.due_at).label("overdue"))
    .where(incident.c.office_id == _OFFICE, IS_OPEN)
    .group_by(incident.c.state)
)
_SINCE = sa.bindparam("since", type_=sa.Text)
_REPORTED = _cases_with(incident.c.reported_at >= _SINCE, COUNTS)
_CLOSED = _cases_with(incident.c.closed_at.is_not(None), incident.c.closed_at >= _SINCE, COUNTS)
_IN_OFFICE = by_no_index(incident.c.office_id) == _OFFICE
_ASKED = (
    sa.select(sa.func.count())
    .select_from(case_request.join(incident, incident.c.id == case_request.c.incident_id))
    .where(_IS_ASKED, _IN_OFFICE)
)
_ORDERED = (
    sa.select(sa.func.count().label("waiting"), _late(supervision_order.c.reply_by).label("late"))
    .select_from(supervision_order.join(incident, incident.c.id == supervision_order.c.incident_id))
    .where(*_IS_ORDERED, _IN_OFFICE)
)
_SENT = (
    sa.select(sa.func.count().label("waiting"), _late(task.c.due_at).label("late"))
    .select_from(task.join(incident, incident.c.id == task.c.incident_id))
    .where(task.c.ended.is_(None), _IN_OFFICE)
)
_CALLS_DUE = _cases_with(incident.c.call_back == word(CallBackState.DUE.value))
_CALLS_UNDECIDED = sa.select(
    _cases_with(_IS_UNHAPPY, incident.c.merged_into.is_(None)).scalar_subquery()
    + _cases_with(*_UNHAPPY_ELSEWHERE[1:]).scalar_subquery()
)


def counters(connection: sa.Connection, office: int, now: datetime, midnight: datetime) -> Counters:
    """Return counts per state (from an index alone) and today's reports and closures."""
    values = {"office": office, "now": stamp(now)}
    rows = connection.execute(_COUNT, values).all()
    ordered, sent = connection.execute(_ORDERED, values).one(), connection.execute(_SENT, values).one()
    since = {"office": office, "since": stamp(midnight)}
    return Counters(
        waiting={coded(State, row.state, "incident.state"): row.waiting for row in rows},
        overdue={coded(State, row.state, "incident.state"): row.overdue or 0 for row in rows},
        reported_today=int(connection.execute(_REPORTED, since).scalar_one()),
        closed_today=int(connection.execute(_CLOSED, since).scalar_one()),
        calls_due=int(connection.execute(_CALLS_DUE, {"office": office}).scalar_one()),
        calls_undecided=int(connection.execute(_CALLS_UNDECIDED, {"office": office}).scalar_one()),
        asked=int(connection.execute(_ASKED, {"office": office}).scalar_one()),
        ordered=ordered.waiting,
        answers_late=ordered.late,
        sent=sent.waiting,
        looks_late=sent.late,
    )


@dataclass(frozen=True, slots=True)
class Detail:
    """A case with its texts, masked by default."""

    row: QueueRow
    text: str
    reporter: str
    phone: str
    source_ref: str
    standard: str
    condition: str
    close_condition: str
    extra: Mapping[str, str]
    reported_by: str = ""
    """Number and name of the person on the roster who reported it."""
    list_says: str = ""
    """State that the newest import of the case's list gave; empty if it gave none."""
    registers: frozenset[str] = frozenset()
    """Tables that have lines about the case, of :data:`REGISTERS`; the others need not be read."""


REGISTERS: Mapping[str, sa.ColumnElement[bool]] = {
    "case_request": case_request.c.incident_id == incident.c.id,
    "call_back": call_back.c.incident_id == incident.c.id,
    "task": task.c.incident_id == incident.c.id,
    "supervision_order": supervision_order.c.incident_id == incident.c.id,
    "case_link": (case_link.c.first_id == incident.c.id) | (case_link.c.second_id == incident.c.id),
    "retired_case": retired_case.c.incident_id == incident.c.id,
}
"""Tables about cases of which most cases have no line, and the condition of a line."""
_DETAIL = (
    _ROWS.add_columns(
        *some(incident, "text reporter_phone source_ref standard extra"),
        *some(filing_rule, "condition close_condition"),
        list_mark.c.said,
        roster_person.c.code.label("by_code"),
        roster_person.c.name.label("by_name"),
        *(sa.exists().where(condition).label(f"has_{name}") for name, condition in REGISTERS.items()),
    )
    .outerjoin(filing_rule, filing_rule.c.id == incident.c.rule_id)
    .outerjoin(list_mark, list_mark.c.incident_id == incident.c.id)
    .outerjoin(roster_person, roster_person.c.id == incident.c.reporter_id)
    .where(_OF_OFFICE, incident.c.number == sa.bindparam("number"))
)


def detail(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> Detail | None:
    """Return a case for display; None if there is none of this number."""
    row = connection.execute(_DETAIL, {"office": office, "number": number}).first()
    if row is None:
        return None
    name = row.reporter_name
    extra = {str(heading): str(value) for heading, value in decoded(row.extra, "incident.extra").items()} if row.extra else {}
    if masked:
        extra = {mask_text(heading): mask_kept(heading, hide_name(value, name)) for heading, value in extra.items()}
    return Detail(
        row=_queue_row(row, masked=masked),
        text=mask_text(hide_name(row.text, name)) if masked else row.text,
        reporter=mask_name(name) if masked else name,
        phone=mask_phone(row.reporter_phone) if masked else row.reporter_phone,
        source_ref=mask_text(hide_name(row.source_ref, name)) if masked else row.source_ref,
        standard=row.standard,
        condition=row.condition or "",
        close_condition=row.close_condition or "",
        extra=extra,
        reported_by=f"{row.by_code} {row.by_name}" if row.by_code else "",
        list_says=mask_text(hide_name(row.said or "", name)) if masked else row.said or "",
        registers=frozenset(table for table in REGISTERS if getattr(row, f"has_{table}")),
    )


_NUMBERS = sa.select(incident.c.number).order_by(incident.c.number.desc()).limit(_LIMIT)
# The place is a literal: the index of the serials is one of this very expression.
_SERIAL = sa.func.substr(incident.c.number, sa.literal_column("9"))
_OF_SERIAL = Direct(
    _NUMBERS.where(
        by_no_index(incident.c.office_id) == _OFFICE,
        sa.bindparam("serial") == _SERIAL,
        incident.c.number.like(sa.bindparam("shape")),
    )
)
_OF_DAY = Direct(
    _NUMBERS.where(_OF_OFFICE, incident.c.number >= sa.bindparam("first"), incident.c.number < sa.bindparam("after"))
)


def rows_by_number(connection: sa.Connection, office: int, digits: str, most: int = 12) -> tuple[QueueRow, ...]:
    """Return the newest cases, open or closed, whose number begins or ends with some digits; the last number first."""
    return rows_by_numbers(connection, office, numbers_with(connection, office, digits, most))


def numbers_with(connection: sa.Connection, office: int, digits: str, most: int) -> tuple[str, ...]:
    """Return the newest case numbers that begin or end with some digits, the last first."""
    raw = driver_of(connection)
    begun = _OF_DAY.on(raw, office=office, first=digits, after=digits + ":", limit=most) if digits.isdecimal() else ()
    numbers = {number for (number,) in begun} | set(numbers_like(connection, office, digits, most))
    return tuple(sorted(numbers, reverse=True)[:most])


def numbers_like(connection: sa.Connection, office: int, digits: str, most: int = 5) -> tuple[str, ...]:
    """Return the newest case numbers that end in some digits; a short form is unique if there is exactly one.

    Found by the five digits after the day: each serial that fits is looked up. Fewer than three digits, which fit more serials
    than a person can mean, find nothing.
    """
    if not (digits.isascii() and digits.isdecimal() and _SHORTEST_END <= len(digits) <= _NUMBER_LENGTH):
        return ()
    left = _SERIAL_LENGTH - len(digits)
    serials = [f"{start:0{left}}{digits}" for start in range(10**left)] if left > 0 else [digits[-_SERIAL_LENGTH:]]
    raw = driver_of(connection)
    found = (
        row[0] for serial in serials for row in _OF_SERIAL.on(raw, office=office, serial=serial, shape=f"%{digits}", limit=most)
    )
    return tuple(sorted(found, reverse=True)[:most])


_BY_NUMBERS = _ROWS.where(_OF_OFFICE, incident.c.number.in_(sa.bindparam("numbers", expanding=True))).order_by(
    incident.c.number.desc()
)


def rows_by_numbers(connection: sa.Connection, office: int, numbers: Sequence[str]) -> tuple[QueueRow, ...]:
    """Return the cases of some numbers, the last number first."""
    return tuple(map(_queue_row, connection.execute(_BY_NUMBERS, {"office": office, "numbers": list(numbers)})))
