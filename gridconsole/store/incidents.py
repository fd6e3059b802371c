"""Cases: loading one for the rules, writing the rules' decision, inserting many, and numbering."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action, Dispatch
from gridconsole.domain.case import Case, Clock, Decision, Step, projection
from gridconsole.domain.errors import SerialExhausted
from gridconsole.domain.states import Stage, State
from gridconsole.store.types import (
    driver_of,
    stamp,
    stamp_or_none,
)

SERIAL_MAX = 99_999

_TAKE = sa.text(
    "INSERT INTO day_counter (office_id, day, last) VALUES (:office, :day, :count)"
    " ON CONFLICT (office_id, day) DO UPDATE SET last = last + excluded.last WHERE last + excluded.last <= 99999 RETURNING last"
)


def take_numbers(connection: sa.Connection, office: int, day: str, count: int) -> list[str]:
    """Take the next case numbers of a day (``YYYYMMDD``). There are no gaps: a rolled back transaction returns its numbers.

    Raises:
        SerialExhausted: the day has no more five-digit serials.
    """
    last = connection.execute(_TAKE, {"office": office, "day": day, "count": count}).scalar() if count <= SERIAL_MAX else None
    if last is None:
        raise SerialExhausted(day=day)
    return [f"{day}{serial:05d}" for serial in range(last - count + 1, last + 1)]


_SKIP = sa.text(
    "INSERT INTO day_counter (office_id, day, last) VALUES (:office, :day, :last)"
    " ON CONFLICT (office_id, day) DO UPDATE SET last = max(last, excluded.last)"
)


def skip_numbers(connection: sa.Connection, office: int, given: Mapping[str, int]) -> None:
    """Mark case numbers (last serial by day, ``YYYYMMDD``) as used: they are printed on paper for other cases."""
    if given:
        connection.execute(_SKIP, [{"office": office, "day": day, "last": last} for day, last in given.items()])


_LAST_NUMBERS = sa.text("SELECT day, last FROM day_counter WHERE office_id = :office")


def check_numbers(connection: sa.Connection, office: int, needed: Mapping[str, int]) -> None:
    """Refuse days that have fewer numbers left than needed; takes none.

    Raises:
        SerialExhausted: a day does not have enough five-digit serials.
    """
    last = {row.day: row.last for row in connection.execute(_LAST_NUMBERS, {"office": office})} if needed else {}
    for day, count in needed.items():
        if last.get(day, 0) + count > SERIAL_MAX:
            raise SerialExhausted(day=day)


_KEY = sa.text("SELECT id FROM incident WHERE office_id = :office AND number = :number")


def key_of(connection: sa.Connection, office: int, number: str) -> int | None:
    """Return the key of a case by its number; None if there is none."""
    return connection.execute(_KEY, {"office": office, "number": number}).scalar_one_or_none()


_UPDATE = sa.text(
    "UPDATE incident SET state = :state, version = :version, grade = :grade, grid_id = :grid_id, area_id = coalesce("
    "(SELECT area_id FROM grid WHERE id = :grid_id), area_id), category_id = :category_id, rule_id = :rule_id,"
    " standard = :standard, state_since = :state_since, due_at = :due_at, due_stage = :due_stage, due_unit = :due_unit,"
    " provisional = :provisional, closed_at = :closed_at, outcome = :outcome, simple = :simple, handler_kind = :handler_kind,"
    " handler_id = :handler_id, handler_name = :handler_name, rework_count = :rework_count, rework_total = :rework_total,"
    " redispatch_count = :redispatch_count, return_count = :return_count, request = :request, extension_count = :extension_count,"
    " suspension_count = :suspension_count, suspended_until = :suspended_until, appeal = :appeal, merged_into = :merged_into,"
    " call_back = :call_back, call_back_tries = :call_back_tries, reopen_count = :reopen_count, urge_count = :urge_count,"
    " reply_by = :reply_by, urged_by = :urged_by, assignee = :assignee WHERE id = :id AND version = :version - 1"
)
_PUT_CLOCK = sa.text(
    "INSERT INTO clock (incident_id, position, stage, span, started_at, due_at, provisional, pauses, halted_at, stopped_at, late,"
    " extensions, look_at, fired) VALUES (:incident, coalesce((SELECT max(position) FROM clock WHERE incident_id = :incident), 0) + 1, :stage,"
    " :span, :started_at, :due_at, :provisional, :pauses, :halted_at, :stopped_at, :late, :extensions, :look_at,"
    # The clock of a reopened case continues at its step, so that no step is notified twice.
    " coalesce((SELECT fired FROM clock WHERE incident_id = :incident AND stage = :stage AND started_at = :started_at"
    " ORDER BY position DESC LIMIT 1), 0))"
)
_MOVE_CLOCK = sa.text(
    "UPDATE clock SET span = :span, due_at = :due_at, provisional = :provisional, pauses = :pauses, halted_at = :halted_at,"
    " stopped_at = :stopped_at, late = :late, started_at = :started_at, extensions = :extensions,"
    " look_at = :look_at"
    " WHERE incident_id = :incident AND stage = :stage AND stopped_at IS NULL"
)


def save(connection: sa.Connection, steps: Sequence[Step]) -> None:
    """Write the decisions about different cases: rows, changed clocks, and the assignments they started or ended."""
    if not steps:
        return
    updated = connection.execute(_UPDATE, [{"id": step.incident, **_columns(step.decision.case)} for step in steps])
    if updated.rowcount != len(steps):
        raise AssertionError("the versions were checked in this very transaction")
    moved: list[Mapping[str, Any]] = []
    put: list[Mapping[str, Any]] = []
    for step in steps:
        live = {clock.stage for clock in step.before.clocks}
        for clock in step.decision.clocks:
            values = {"incident": step.incident, **_clock_columns(clock, step.at)}
            (moved if clock.stage in live else put).append(values)
    for statement, rows in ((_MOVE_CLOCK, moved), (_PUT_CLOCK, put)):
        if rows:
            connection.execute(statement, rows)
    for step in steps:
        _assign(connection, step.incident, step.before, step.decision, step.at)


_END_ASSIGNMENT = sa.text("UPDATE assignment SET ended_at = :at, late = :late WHERE incident_id = :incident AND ended_at IS NULL")
_REOPEN_ASSIGNMENT = sa.text(
    "UPDATE assignment SET ended_at = NULL, late = NULL WHERE id = (SELECT max(id) FROM assignment"
    " WHERE incident_id = :incident AND role = 'primary')"
)
_ASSIGN = sa.text(
    "INSERT INTO assignment (incident_id, handler_kind, handler_id, role, started_at) VALUES (:incident, :kind, :handler, :role, :at)"
)


def _assign(connection: sa.Connection, incident_id: int, before: Case, decision: Decision, at: datetime) -> None:
    """Keep one live primary assignment exactly while the case is being handled.

    A reopened case starts a new one, and the judgement of the old one stays.
    """
    case, action = decision.case, decision.transition.action
    keys = {"incident": incident_id, "at": stamp(at)}
    handling = next((clock for clock in decision.clocks if clock.stage is Stage.HANDLE), None)
    was_handling, is_handling = before.state is State.HANDLING, case.state is State.HANDLING
    if was_handling and (not is_handling or action is Action.REDISPATCH):
        late = handling.late if handling is not None else None
        connection.execute(_END_ASSIGNMENT, {**keys, "late": None if late is None else int(late)})
    if action in (Action.DISPATCH, Action.REDISPATCH, Action.REOPEN) and is_handling and case.handler is not None:
        connection.execute(_ASSIGN, {**keys, "kind": case.handler.kind.value, "handler": case.handler.id, "role": "primary"})
    elif is_handling and not was_handling:
        connection.execute(_REOPEN_ASSIGNMENT, keys)


def record_helpers(connection: sa.Connection, step: Step) -> None:
    """Write the helpers of a handler, in the step's own transaction; does nothing for other steps."""
    dispatch = step.act.get(Dispatch)
    for helper in dispatch.cooperating if dispatch is not None else ():
        values = {"incident": step.incident, "kind": helper.kind.value, "handler": helper.id}
        connection.execute(_ASSIGN, {**values, "role": "cooperating", "at": stamp(step.at)})


def _columns(case: Case) -> dict[str, Any]:
    due = case.due_clock
    return {
        **projection(case),
        "version": case.version,
        "standard": case.rule.standard if case.rule else "",
        "state_since": stamp_or_none(case.state_since),
        "due_at": stamp(due.due_at) if due else None,
        "due_stage": due.stage.value if due else "",
        "due_unit": due.limit.unit.value if due else "",
        "provisional": int(due.provisional) if due else 0,
        "closed_at": stamp_or_none(case.closed_at),
        "handler_name": case.handler.name if case.handler else "",
    }


def _clock_columns(clock: Clock, at: datetime) -> dict[str, Any]:
    return {
        "stage": clock.stage.value,
        "span": clock.limit.encode(),
        "started_at": stamp(clock.started_at),
        "due_at": stamp(clock.due_at),
        "provisional": int(clock.provisional),
        "pauses": json.dumps([[stamp(pause.start), stamp(pause.end)] for pause in clock.pauses]) if clock.pauses else "",
        "halted_at": stamp_or_none(clock.halted_at),
        "stopped_at": stamp_or_none(clock.stopped_at),
        "late": None if clock.late is None else int(clock.late),
        "extensions": json.dumps([extension.encode() for extension in clock.extensions]) if clock.extensions else "",
        "look_at": _look_at(clock, at),
    }


def _look_at(clock: Clock, at: datetime) -> str | None:
    """Return the next evaluation of a clock: at once for handling, at the deadline for other stages, which have no earlier step."""
    if not clock.is_running:
        return None
    return stamp(at if clock.stage is Stage.HANDLE else clock.due_at)


@dataclass(frozen=True, slots=True)
class NewIncident:
    """A case to insert, as decided by the rules, with its texts."""

    decision: Decision
    reported_at: datetime
    recorded_at: datetime
    text: str
    summary: str = ""
    address: str = ""
    area_id: int | None = None
    reporter_name: str = ""
    reporter_phone: str = ""
    source_ref: str = ""
    batch_id: int | None = None
    import_key: str | None = None
    extra: str = ""


# Values by position, not by name: the driver looks up each name for every value, which took a tenth of an import's time.
_INSERT = (
    "INSERT INTO incident (id, office_id, number, batch_id, state, version, source, source_ref, grade, grid_id, area_id, category_id,"
    " address, summary, text, reporter_name, reporter_phone, reported_at, recorded_at, state_since, due_at, due_stage, due_unit,"
    " provisional, import_key, extra, closed_at, outcome, rule_id, standard, handler_kind, handler_id, handler_name)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, coalesce(?, (SELECT area_id FROM grid WHERE id = ?)), ?,"
    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_CLOCK = (
    "INSERT INTO clock (incident_id, position, stage, span, started_at, due_at, provisional, stopped_at, late, look_at)"
    " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_INSERT_HANDLED = (
    "INSERT INTO assignment (incident_id, handler_kind, handler_id, role, started_at, ended_at, late)"
    " VALUES (?, ?, ?, 'primary', ?, ?, ?)"
)
_MAX_ID = "SELECT coalesce(max(id), 0) FROM incident"


@dataclass(frozen=True, slots=True)
class PreparedRow:
    """The rows of a case to insert, without its key, number and batch; plain values that JSON can represent."""

    columns: tuple[Any, ...]
    clock: tuple[Any, ...] | None
    handled: tuple[Any, ...] | None
    """Values of the ended assignment of a case that is over; None for others."""


def prepare(item: NewIncident) -> PreparedRow:
    """Convert a decided case to the values of its rows."""
    case = item.decision.case
    rule, handler = case.rule, case.handler
    clock = item.decision.clocks[0] if item.decision.clocks else None
    running = clock if clock is not None and clock.is_running else None
    columns = (
        case.state.value, case.version, case.source.value, item.source_ref, case.grade.value,
        case.grid_id, item.area_id, case.grid_id, case.category_id,
        item.address, item.summary, item.text, item.reporter_name, item.reporter_phone,
        stamp(item.reported_at), stamp(item.recorded_at), stamp(case.state_since or item.recorded_at),
        stamp(running.due_at) if running else None, running.stage.value if running else "",
        running.limit.unit.value if running else "", int(running.provisional) if running else 0,
        item.import_key, item.extra, stamp_or_none(case.closed_at),
        case.outcome.value if case.outcome else None, rule.id if rule else None, rule.standard if rule else "",
        handler.kind.value if handler else None, handler.id if handler else None, handler.name if handler else "",
    )  # fmt: skip
    if clock is None:
        return PreparedRow(columns, None, None)
    late = None if clock.late is None else int(clock.late)
    started, stopped = stamp(clock.started_at), stamp_or_none(clock.stopped_at)
    values = (
        clock.stage.value, clock.limit.encode(), started, stamp(clock.due_at), int(clock.provisional), stopped, late,
        _look_at(clock, item.recorded_at),
    )  # fmt: skip
    is_handled = stopped is not None and handler is not None
    return PreparedRow(
        columns, values, (handler.kind.value, handler.id, started, stopped, late or 0) if is_handled and handler else None
    )


def insert(connection: sa.Connection, office: int, new: Sequence[tuple[str, int | None, PreparedRow]]) -> list[int]:
    """Insert new or archived cases in bulk, each with its number and its batch; return their keys in order."""
    first = int(driver_of(connection).execute(_MAX_ID).fetchone()[0]) + 1
    keyed = list(enumerate(new, first))
    rows = [(key, office, number, batch, *row.columns) for key, (number, batch, row) in keyed]
    clocks = [(key, *row.clock) for key, (_, _, row) in keyed if row.clock is not None]
    handled = [(key, *row.handled) for key, (_, _, row) in keyed if row.handled is not None]
    for statement, values in ((_INSERT, rows), (_INSERT_CLOCK, clocks), (_INSERT_HANDLED, handled)):
        if values:
            connection.exec_driver_sql(statement, values)
    return list(range(first, first + len(rows)))


_IMPORTED = sa.text(
    "SELECT import_key, number, closed_at IS NOT NULL AS over FROM incident WHERE office_id = :office AND import_key IS NOT NULL"
)
_SET_KEY = sa.text("UPDATE incident SET import_key = :key WHERE id = :id")


def imported_keys(connection: sa.Connection, office: int) -> list[tuple[str, str, bool]]:
    """Return the imported cases: import key (``reference#content``), case number, and whether the case is over."""
    return [(row.import_key, row.number, bool(row.over)) for row in connection.execute(_IMPORTED, {"office": office})]


_OF_BATCH = sa.text(
    # By descending key: the cases of a batch are next to each other, and the search ends with the last one needed.
    "SELECT id, number FROM incident WHERE +office_id = :office AND batch_id = :batch AND state <> 'voided'"
    " AND (:before IS NULL OR id < :before) ORDER BY id DESC LIMIT :most"
)


def of_batch(
    connection: sa.Connection, office: int, batch: int, before: int | None = None, most: int = -1
) -> list[tuple[int, str]]:
    """Return keys and numbers of the cases an import added, newest first, without withdrawn ones.

    Args:
        before: only cases with a smaller key.
        most: most cases returned; all by default.
    """
    values = {"office": office, "batch": batch, "before": before, "most": most}
    return [(row.id, row.number) for row in connection.execute(_OF_BATCH, values)]


def set_import_keys(connection: sa.Connection, keys: Mapping[int, str | None]) -> None:
    """Store the present import key of each case; None marks a case as no longer imported."""
    if keys:
        connection.execute(_SET_KEY, [{"id": key, "key": said} for key, said in keys.items()])


_CORRECTED = sa.text(
    "SELECT c.record_id FROM import_change c JOIN incident i ON i.id = c.record_id"
    " WHERE c.table_name = 'incident' AND c.batch_id <> :batch AND i.batch_id = :batch"
)


def corrected_since(connection: sa.Connection, batch: int) -> frozenset[int]:
    """Return the cases added by an import that a later import, which was not undone, has changed."""
    return frozenset(row.record_id for row in connection.execute(_CORRECTED, {"batch": batch}))
