"""Queries for the console: the open queue, counters, a single case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.catalogue import Unit
from gridconsole.domain.states import CallBackState, Grade, Outcome, Source, Stage, State
from gridconsole.domain.text import hide_name, mask_name, mask_phone, mask_text
from gridconsole.domain.views.queue import QueueRow
from gridconsole.store.types import coded, decoded, driver_of, instant, instant_or_none, rows_query, stamp

_COLUMNS = (
    "i.id, i.number, i.state, i.version, i.grade, i.source, i.reported_at, i.state_since, i.due_at, i.due_stage, i.due_unit,"
    " i.provisional, i.closed_at, i.outcome, i.simple, i.rework_total, i.redispatch_count, i.return_count, g.code AS grid_code,"
    " g.name AS grid_name, a.code AS area_code, a.name AS area_name, c.minor_name AS category, c.kind AS category_kind,"
    " c.major_code, c.minor_code, i.address, i.handler_name, i.summary, i.reporter_name, i.reopen_count, i.call_back,"
    " i.urge_count, i.reply_by, i.rung, i.request IS NOT NULL AS asked,"
    " EXISTS (SELECT 1 FROM task t WHERE t.incident_id = i.id AND t.ended IS NULL) AS sent"
)
_NAMES = (
    "id number state version grade source reported_at state_since due_at due_stage due_unit provisional closed_at outcome simple"
    " rework_total redispatch_count return_count grid_code grid_name area_code area_name category category_kind major_code"
    " minor_code address handler_name summary reporter_name reopen_count call_back urge_count reply_by rung asked sent"
)
_JOINS = " LEFT JOIN grid g ON g.id = i.grid_id LEFT JOIN area a ON a.id = i.area_id LEFT JOIN category c ON c.id = i.category_id"
_OPEN = rows_query(
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.office_id = :office AND i.closed_at IS NULL"
    " ORDER BY i.due_at NULLS LAST, i.id LIMIT :limit",
    _NAMES,
)
_BY_ID = rows_query(f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.id IN :ids", _NAMES).bindparams(
    sa.bindparam("ids", expanding=True)
)
_RECENT = rows_query(
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.office_id = :office AND i.closed_at >= :since"
    " ORDER BY i.closed_at DESC LIMIT :limit",
    _NAMES,
)


def open_queue(connection: sa.Connection, office: int, limit: int) -> tuple[QueueRow, ...]:
    """Return open cases, most pressing first (uses the partial index on the due time)."""
    return tuple(map(_queue_row, connection.execute(_OPEN, {"office": office, "limit": limit})))


_ROWS_WHERE = f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE {{conditions}} ORDER BY {{order}} LIMIT :limit"


def rows_where(
    connection: sa.Connection, conditions: str, values: Mapping[str, Any], limit: int, *, by_due_time: bool = False
) -> tuple[QueueRow, ...]:
    """Return the lines of cases that meet conditions (SQL on a case ``i``), newest report first, or by due time."""
    order = "i.due_at" if by_due_time else "i.reported_at DESC, i.id DESC"
    # Only constants of the store are joined; every value is a parameter.
    query = sa.text(_ROWS_WHERE.format(conditions=conditions, order=order))
    return tuple(map(_queue_row, connection.execute(query, {**values, "limit": limit})))


def recently_closed(connection: sa.Connection, office: int, since: datetime, limit: int) -> tuple[QueueRow, ...]:
    """Return cases closed since an instant, newest first."""
    return tuple(map(_queue_row, connection.execute(_RECENT, {"office": office, "since": stamp(since), "limit": limit})))


# The states are literals, because SQLite cannot use a partial index with a parameter.
_TO_CALL = (
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.office_id = :office AND i.call_back = '{{standing}}'"
    " ORDER BY i.closed_at, i.id LIMIT :limit"
)
_UNDECIDED = rows_query(_TO_CALL.format(standing=CallBackState.DISSATISFIED.value), _NAMES)
_DUE_CALLS = rows_query(_TO_CALL.format(standing=CallBackState.DUE.value), _NAMES)


def to_call(connection: sa.Connection, office: int, limit: int) -> tuple[QueueRow, ...]:
    """Return closed cases whose reopening must be decided, then those whose resident must be called.

    Within each group the earliest closed come first, at most ``limit`` of each.
    """
    values = {"office": office, "limit": limit}
    return tuple(_queue_row(row) for query in (_UNDECIDED, _DUE_CALLS) for row in connection.execute(query, values))


# Shown to all: who made the request or gave the order waits for an answer even after the case is closed. UNION ALL: to remove
# duplicates, SQLite would read every order ever made.
_OWED = rows_query(
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.id IN (SELECT incident_id FROM case_request WHERE decision IS NULL"
    " UNION ALL SELECT incident_id FROM supervision_order WHERE replied_at IS NULL AND replaced_at IS NULL)"
    " AND i.closed_at IS NOT NULL AND +i.office_id = :office ORDER BY i.closed_at, i.id LIMIT :limit",
    _NAMES,
)


def owed(connection: sa.Connection, office: int, limit: int) -> tuple[QueueRow, ...]:
    """Closed cases with a request that waits for its decision (超时申诉) or an order that waits for its answer."""
    return tuple(map(_queue_row, connection.execute(_OWED, {"office": office, "limit": limit})))


def rows_by_id(connection: sa.Connection, ids: Sequence[int], *, masked: bool = True) -> tuple[QueueRow, ...]:
    """Return the lines of given cases, open or closed."""
    return tuple(_queue_row(row, masked=masked) for row in connection.execute(_BY_ID, {"ids": list(ids)})) if ids else ()


_IN_GRID = sa.text(
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.grid_id = :grid AND i.closed_at IS NULL"
    " ORDER BY i.category_id IS NOT :category, i.reported_at DESC LIMIT :limit"
)


def open_in_grid(connection: sa.Connection, grid: int, category: int | None, limit: int) -> tuple[QueueRow, ...]:
    """Return the open cases of a grid, those of the category first, newest first."""
    return tuple(map(_queue_row, connection.execute(_IN_GRID, {"grid": grid, "category": category, "limit": limit})))


_OF_HANDLER = sa.text(
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.handler_kind = :kind AND i.handler_id = :handler AND i.closed_at IS NULL"
    " ORDER BY i.due_at NULLS LAST LIMIT :limit"
)


def open_of_handler(connection: sa.Connection, kind: str, handler: int, limit: int) -> tuple[QueueRow, ...]:
    """Return the open cases of a handler, most pressing first."""
    return tuple(map(_queue_row, connection.execute(_OF_HANDLER, {"kind": kind, "handler": handler, "limit": limit})))


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
        call_back=coded(CallBackState, row.call_back, "incident.call_back") if row.call_back else None,
        order_count=row.urge_count,
        reply_by=instant_or_none(row.reply_by),
        percent=row.rung,
        asked=bool(row.asked),
        sent=bool(row.sent),
    )


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


_COUNT = sa.text(
    "SELECT state, count(*) AS waiting, sum(due_at < :now) AS overdue FROM incident"
    " WHERE office_id = :office AND closed_at IS NULL GROUP BY state"
)
_REPORTED = sa.text("SELECT count(*) FROM incident WHERE office_id = :office AND reported_at >= :since")
_CLOSED = sa.text("SELECT count(*) FROM incident WHERE office_id = :office AND closed_at IS NOT NULL AND closed_at >= :since")


_ASKED = sa.text(
    "SELECT count(*) FROM case_request r JOIN incident i ON i.id = r.incident_id WHERE r.decision IS NULL AND +i.office_id = :office"
)
_ORDERED = sa.text(
    "SELECT count(*) AS waiting, coalesce(sum(o.reply_by < :now), 0) AS late FROM supervision_order o JOIN incident i"
    " ON i.id = o.incident_id WHERE o.replied_at IS NULL AND o.replaced_at IS NULL AND +i.office_id = :office"
)
_SENT = sa.text(
    "SELECT count(*) AS waiting, coalesce(sum(t.due_at < :now), 0) AS late FROM task t JOIN incident i ON i.id = t.incident_id"
    " WHERE t.ended IS NULL AND +i.office_id = :office"
)
_CALLS_DUE = sa.text("SELECT count(*) FROM incident WHERE office_id = :office AND call_back = 'due'")
_CALLS_UNDECIDED = sa.text("SELECT count(*) FROM incident WHERE office_id = :office AND call_back = 'dissatisfied'")


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
    registers: frozenset[str] = frozenset()
    """Tables that have lines about the case, of :data:`REGISTERS`; the others need not be read."""


REGISTERS: Mapping[str, str] = {
    "case_request": "incident_id = i.id",
    "call_back": "incident_id = i.id",
    "task": "incident_id = i.id",
    "supervision_order": "incident_id = i.id",
    "case_link": "first_id = i.id OR second_id = i.id",
    "retired_case": "incident_id = i.id",
}
"""Tables about cases of which most cases have no line, and the condition of a line."""
_DETAIL = rows_query(
    f"SELECT {_COLUMNS}, i.text, i.reporter_phone, i.source_ref, i.standard, i.extra, r.condition, r.close_condition, "
    + ", ".join(f"EXISTS (SELECT 1 FROM {table} WHERE {condition})" for table, condition in REGISTERS.items())
    + f" FROM incident i{_JOINS} LEFT JOIN filing_rule r ON r.id = i.rule_id WHERE i.office_id = :office AND i.number = :number",
    f"{_NAMES} text reporter_phone source_ref standard extra condition close_condition {' '.join(f'has_{table}' for table in REGISTERS)}",
)


def detail(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> Detail | None:
    """Return a case for display; None if there is none of this number."""
    row = connection.execute(_DETAIL, {"office": office, "number": number}).first()
    if row is None:
        return None
    name = row.reporter_name
    extra = {str(heading): str(value) for heading, value in decoded(row.extra, "incident.extra").items()} if row.extra else {}
    if masked:
        extra = {mask_text(heading): mask_text(hide_name(value, name)) for heading, value in extra.items()}
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
        registers=frozenset(table for table in REGISTERS if getattr(row, f"has_{table}")),
    )


_OF_SERIAL = (
    "SELECT number FROM incident WHERE +office_id = ? AND substr(number, 9) = ? AND number LIKE ? ORDER BY number DESC LIMIT ?"
)
_OF_DAY = "SELECT number FROM incident WHERE office_id = ? AND number >= ? AND number < ? ORDER BY number DESC LIMIT ?"


def rows_by_number(connection: sa.Connection, office: int, digits: str, most: int = 12) -> tuple[QueueRow, ...]:
    """Return the newest cases, open or closed, whose number begins or ends with some digits; the last number first."""
    return rows_by_numbers(connection, office, numbers_with(connection, office, digits, most))


def numbers_with(connection: sa.Connection, office: int, digits: str, most: int) -> tuple[str, ...]:
    """Return the newest case numbers that begin or end with some digits, the last first."""
    begun = driver_of(connection).execute(_OF_DAY, (office, digits, digits + ":", most)) if digits.isdecimal() else ()
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
    found = (row[0] for serial in serials for row in raw.execute(_OF_SERIAL, (office, serial, f"%{digits}", most)))
    return tuple(sorted(found, reverse=True)[:most])


_BY_NUMBERS = rows_query(
    f"SELECT {_COLUMNS} FROM incident i{_JOINS} WHERE i.office_id = :office AND i.number IN :numbers ORDER BY i.number DESC",
    _NAMES,
).bindparams(sa.bindparam("numbers", expanding=True))


def rows_by_numbers(connection: sa.Connection, office: int, numbers: Sequence[str]) -> tuple[QueueRow, ...]:
    """Return the cases of some numbers, the last number first."""
    return tuple(map(_queue_row, connection.execute(_BY_NUMBERS, {"office": office, "numbers": list(numbers)})))
