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
from gridconsole.domain.codes import TurnEnd
from gridconsole.domain.errors import SerialExhausted
from gridconsole.domain.parties import Handler
from gridconsole.domain.states import Stage, State
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import by_no_index, excluded, greatest, upsert
from gridconsole.store.tables.cases import assignment, incident
from gridconsole.store.tables.cases import clock as clock_table
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.imports import import_change
from gridconsole.store.tables.office import day_counter
from gridconsole.store.tables.registers import grid
from gridconsole.store.types import (
    decoded,
    driver_of,
    instant,
    stamp,
    stamp_or_none,
)

SERIAL_MAX = 99_999

_TAKE = upsert(
    day_counter,
    "office_id day",
    "",
    where=day_counter.c.last + excluded(day_counter, "last") <= SERIAL_MAX,
    last=day_counter.c.last + excluded(day_counter, "last"),
).returning(day_counter.c.last)


def take_numbers(connection: sa.Connection, office: int, day: str, count: int) -> list[str]:
    """Take the next case numbers of a day (``YYYYMMDD``). There are no gaps: a rolled back transaction returns its numbers.

    Raises:
        SerialExhausted: the day has no more five-digit serials.
    """
    last = connection.execute(_TAKE, {"office_id": office, "day": day, "last": count}).scalar() if count <= SERIAL_MAX else None
    if last is None:
        raise SerialExhausted(day=day)
    return [f"{day}{serial:05d}" for serial in range(last - count + 1, last + 1)]


_SKIP = upsert(day_counter, "office_id day", "", last=greatest(day_counter.c.last, excluded(day_counter, "last")))


def skip_numbers(connection: sa.Connection, office: int, given: Mapping[str, int]) -> None:
    """Mark case numbers (last serial by day, ``YYYYMMDD``) as used: they are printed on paper for other cases."""
    if given:
        connection.execute(_SKIP, [{"office_id": office, "day": day, "last": last} for day, last in given.items()])


_OFFICE: sa.BindParameter[int] = sa.bindparam("office")
_LAST_NUMBERS = sa.select(day_counter.c.day, day_counter.c.last).where(day_counter.c.office_id == _OFFICE)


def check_numbers(connection: sa.Connection, office: int, needed: Mapping[str, int]) -> None:
    """Refuse days that have fewer numbers left than needed; takes none.

    Raises:
        SerialExhausted: a day does not have enough five-digit serials.
    """
    last = {row.day: row.last for row in connection.execute(_LAST_NUMBERS, {"office": office})} if needed else {}
    for day, count in needed.items():
        if last.get(day, 0) + count > SERIAL_MAX:
            raise SerialExhausted(day=day)


_KEY = sa.select(incident.c.id).where(incident.c.office_id == _OFFICE, incident.c.number == sa.bindparam("number"))


def key_of(connection: sa.Connection, office: int, number: str) -> int | None:
    """Return the key of a case by its number; None if there is none."""
    return connection.execute(_KEY, {"office": office, "number": number}).scalar_one_or_none()


# The columns that change are those of the values given, see :func:`_columns`.
_AREA_OF_GRID = sa.select(grid.c.area_id).where(grid.c.id == sa.bindparam("in_grid")).scalar_subquery()
_UPDATE = (
    sa.update(incident)
    .where(incident.c.id == sa.bindparam("case"), incident.c.version == sa.bindparam("before"))
    .values(area_id=sa.func.coalesce(_AREA_OF_GRID, incident.c.area_id))
)
_CASE: sa.BindParameter[int] = sa.bindparam("case")
_OTHER = clock_table.alias("other")
_NEXT_POSITION = (
    sa.select(sa.func.coalesce(sa.func.max(_OTHER.c.position), 0) + 1).where(_OTHER.c.incident_id == _CASE).scalar_subquery()
)
# The clock of a reopened case continues at its step, so that no step is notified twice.
_STEP_BEFORE = (
    sa.select(_OTHER.c.fired)
    .where(
        _OTHER.c.incident_id == _CASE,
        _OTHER.c.stage == sa.bindparam("of_stage", type_=sa.Text),
        _OTHER.c.started_at == sa.bindparam("begun_at", type_=sa.Text),
    )
    .order_by(_OTHER.c.position.desc())
    .limit(sa.literal_column("1"))
    .scalar_subquery()
)
_PUT_CLOCK = sa.insert(clock_table).values(
    incident_id=_CASE, position=_NEXT_POSITION, fired=sa.func.coalesce(_STEP_BEFORE, sa.literal_column("0")),
    stopped_by=sa.bindparam("ended_by", type_=sa.BigInteger),
)  # fmt: skip
_ENDS_NOW: sa.BindParameter[int] = sa.bindparam("ends_now", type_=sa.Integer)
_MOVE_CLOCK = (
    sa.update(clock_table)
    .where(
        clock_table.c.incident_id == _CASE, clock_table.c.stage == sa.bindparam("of_stage"), clock_table.c.stopped_at.is_(None)
    )
    .values(
        stopped_by=sa.case(
            (sa.literal_column("1", sa.Integer) == _ENDS_NOW, sa.bindparam("ended_by", type_=sa.BigInteger)),
            else_=clock_table.c.stopped_by,
        )
    )
)


def save(connection: sa.Connection, steps: Sequence[Step]) -> None:
    """Write the decisions about different cases: rows, changed clocks, and the assignments they started or ended."""
    if not steps:
        return
    updated = connection.execute(_UPDATE, [_changed(step) for step in steps])
    if updated.rowcount != len(steps):
        raise AssertionError("the versions were checked in this very transaction")
    moved: list[Mapping[str, Any]] = []
    put: list[Mapping[str, Any]] = []
    for step in steps:
        live = {clock.stage: clock for clock in step.before.clocks}
        for clock in step.decision.clocks:
            ended_by = _ended_by(live.get(clock.stage), clock, step)
            values = {"case": step.incident, **_clock_columns(clock, step.at), **ended_by}
            if clock.stage in live:
                moved.append({"of_stage": values.pop("stage"), **values})
            else:
                put.append({"of_stage": values["stage"], "begun_at": values["started_at"], **values})
    for statement, rows in ((_MOVE_CLOCK, moved), (_PUT_CLOCK, put)):
        if rows:
            connection.execute(statement, rows)
    for step in steps:
        _assign(connection, step.incident, step.before, step.decision, step.at)


def _ended_by(before: Clock | None, after: Clock, step: Step) -> dict[str, int | None]:
    """Return who ended a stage, and whether the act decides that: not if the stage had ended before, or only rests.

    A stage that runs again has been ended by nobody.
    """
    was_running = before is None or before.is_running
    if not after.is_running and not was_running:
        return {"ended_by": None, "ends_now": 0}
    has_ended = after.stopped_at is not None or after.late is not None
    return {"ended_by": (step.actor.id or None) if has_ended and not after.is_running else None, "ends_now": 1}


_LIVE = (assignment.c.incident_id == _CASE, assignment.c.ended_at.is_(None))
_END_ASSIGNMENT = (
    sa.update(assignment)
    .where(*_LIVE)
    .values(ended_at=sa.bindparam("at"), late=sa.bindparam("was_late"), ended_how=sa.bindparam("how", type_=sa.Text))
)
_MOVE_DEADLINE = sa.update(assignment).where(*_LIVE).values(due_at=sa.bindparam("due", type_=sa.Text))
_LAST_ASSIGNMENT = (
    sa.select(sa.func.max(assignment.c.id))
    .where(assignment.c.incident_id == _CASE, assignment.c.role == word("primary"))
    .scalar_subquery()
)
_REOPEN_ASSIGNMENT = (
    sa.update(assignment).where(assignment.c.id == _LAST_ASSIGNMENT).values(ended_at=None, late=None, ended_how=None)
)
# A turn that only rests has no end of its own yet: it is over now. One that was fed back keeps its judgement.
_LAPSE_RESTING = (
    sa.update(assignment)
    .where(assignment.c.id == _LAST_ASSIGNMENT, assignment.c.ended_how.is_(None))
    .values(ended_how=sa.bindparam("how", type_=sa.Text))
)
_ASSIGN = sa.insert(assignment)


def _changed(step: Step) -> dict[str, Any]:
    case = step.decision.case
    return {"case": step.incident, "before": case.version - 1, "in_grid": case.grid_id, **_columns(case)}


def _assign(connection: sa.Connection, incident_id: int, before: Case, decision: Decision, at: datetime) -> None:
    """Keep one live primary assignment exactly while the case is being handled.

    A reopened case starts a new one, and the judgement of the old one stays.
    """
    case, action = decision.case, decision.transition.action
    keys = {"case": incident_id, "at": stamp(at)}
    handling = next((clock for clock in decision.clocks if clock.stage is Stage.HANDLE), None)
    was_handling, is_handling = before.state is State.HANDLING, case.state is State.HANDLING
    if action is Action.HAND_ON and case.handler is not None:
        _hand_on(connection, case, keys, at, is_held=is_handling and not before.resting)
        return
    if was_handling and (not is_handling or action is Action.REDISPATCH or case.resting) and not before.resting:
        # A case that comes to rest in another one ends the assignment without a judgement.
        late = handling.late if handling is not None and not case.resting else None
        connection.execute(_END_ASSIGNMENT, {**keys, "was_late": None if late is None else int(late), "how": _how(decision)})
    if action in (Action.DISPATCH, Action.REDISPATCH, Action.REOPEN) and is_handling and case.handler is not None:
        connection.execute(_ASSIGN, _assigned(incident_id, case.handler, "primary", at, _handling_due(case)))
        return
    if is_handling and (not was_handling or (before.resting and not case.resting)):
        connection.execute(_REOPEN_ASSIGNMENT, {"case": incident_id})
    if is_handling and handling is not None:
        connection.execute(_MOVE_DEADLINE, {"case": incident_id, "due": _handling_due(case)})


def _hand_on(connection: sa.Connection, case: Case, keys: Mapping[str, Any], at: datetime, *, is_held: bool) -> None:
    """End the turn of a handler who leaves a post, and begin that of the successor.

    While the case is suspended, checked or at rest, no turn runs. The successor's turn then begins at rest: it is the newest, so
    that it goes on if the case comes back.
    """
    if case.handler is None:
        return
    connection.execute(
        _END_ASSIGNMENT if is_held else _LAPSE_RESTING, {**keys, "was_late": None, "how": TurnEnd.HANDED_OVER.value}
    )
    turn = _assigned(keys["case"], case.handler, "primary", at, _handling_due(case))
    connection.execute(_ASSIGN, turn if is_held else {**turn, "ended_at": keys["at"]})


def _handling_due(case: Case) -> str | None:
    """Return the deadline of the handling of a case as stored; None if nothing measures it."""
    return next((stamp(clock.due_at) for clock in case.clocks if clock.stage is Stage.HANDLE), None)


_TURN_ENDS = {Action.FEEDBACK: TurnEnd.FED_BACK, Action.REDISPATCH: TurnEnd.REDISPATCHED}


def _how(decision: Decision) -> str | None:
    """Return how a decision ends a handler's turn; None if the turn only rests with a suspended case."""
    state = decision.case.state
    if state is State.SUSPENDED:
        return None
    otherwise = TurnEnd.RETURNED if state is State.TO_DISPATCH else TurnEnd.WITHDRAWN
    return _TURN_ENDS.get(decision.transition.action, otherwise).value


def _assigned(case: int, handler: Handler, role: str, at: datetime, due: str | None) -> dict[str, Any]:
    return {
        "incident_id": case, "handler_kind": handler.kind.value, "handler_id": handler.id, "role": role, "started_at": stamp(at),
        "due_at": due,
    }  # fmt: skip


def record_helpers(connection: sa.Connection, step: Step) -> None:
    """Write the helpers of a handler, in the step's own transaction; does nothing for other steps."""
    dispatch = step.act.get(Dispatch)
    for helper in dispatch.cooperating if dispatch is not None else ():
        due = _handling_due(step.decision.case)
        connection.execute(_ASSIGN, _assigned(step.incident, helper, "cooperating", step.at, due))


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


_COLUMNS_GIVEN = (
    "state version source source_ref grade grid_id given_area grid_of_area category_id address summary text reporter_name reporter_phone"
    " reported_at recorded_at state_since due_at due_stage due_unit provisional import_key extra closed_at outcome rule_id standard"
    " handler_kind handler_id handler_name outer_due_at reporter_id"
)
"""Values of a prepared case, in order. A slice of a long import that an earlier program left behind has them in this order too, and
lacks the last ones that came later."""
_VALUES = len(_COLUMNS_GIVEN.split())
_CLOCK_GIVEN = "stage span started_at due_at provisional stopped_at late look_at"
_HANDLED_GIVEN = "handler_kind handler_id started_at ended_at late due_at ended_how"
_HANDLED = len(_HANDLED_GIVEN.split())


def _binds(names: str) -> dict[str, Any]:
    return {name: sa.bindparam(name) for name in names.split()}


_AREA_OF_GRID = sa.select(grid.c.area_id).where(grid.c.id == sa.bindparam("grid_of_area", type_=sa.BigInteger)).scalar_subquery()
_COLUMNS = " ".join(name for name in f"id office_id number batch_id {_COLUMNS_GIVEN}".split() if name in incident.c)
_INSERT = Direct(
    sa.insert(incident).values(
        _binds(_COLUMNS) | {"area_id": sa.func.coalesce(sa.bindparam("given_area", type_=sa.BigInteger), _AREA_OF_GRID)}
    ),
    order=f"id office_id number batch_id {_COLUMNS_GIVEN}",
)
_INSERT_CLOCK = Direct(
    sa.insert(clock_table).inline().values(_binds(f"incident_id {_CLOCK_GIVEN}") | {"position": sa.literal_column("1")}),
    order=f"incident_id {_CLOCK_GIVEN}",
)
_INSERT_HANDLED = Direct(
    sa.insert(assignment).values(_binds(f"incident_id {_HANDLED_GIVEN}") | {"role": word("primary")}),
    order=f"incident_id {_HANDLED_GIVEN}",
)
_MAX_ID = Direct(sa.select(sa.func.coalesce(sa.func.max(incident.c.id), 0)))


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
        stamp_or_none(case.outer_due_at), case.reporter_id,
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
        columns,
        values,
        (handler.kind.value, handler.id, started, stopped, late or 0, stamp(clock.due_at), TurnEnd.FED_BACK.value)
        if is_handled and handler
        else None,
    )


def insert(connection: sa.Connection, office: int, new: Sequence[tuple[str, int | None, PreparedRow]]) -> list[int]:
    """Insert new or archived cases in bulk, each with its number and its batch; return their keys in order."""
    raw = driver_of(connection)
    first = int(_MAX_ID.on(raw).fetchone()[0]) + 1
    keyed = list(enumerate(new, first))
    rows = [
        (key, office, number, batch, *row.columns, *[None] * (_VALUES - len(row.columns))) for key, (number, batch, row) in keyed
    ]
    clocks = [(key, *row.clock) for key, (_, _, row) in keyed if row.clock is not None]
    handled = [
        (key, *row.handled, *[None] * (_HANDLED - len(row.handled))) for key, (_, _, row) in keyed if row.handled is not None
    ]
    for statement, values in ((_INSERT, rows), (_INSERT_CLOCK, clocks), (_INSERT_HANDLED, handled)):
        if values:
            statement.many(raw, values)
    return list(range(first, first + len(rows)))


_IMPORTED = sa.select(incident.c.import_key, incident.c.number, incident.c.closed_at.is_not(None).label("over")).where(
    incident.c.office_id == _OFFICE, incident.c.import_key.is_not(None)
)
_SET_KEY = sa.update(incident).where(incident.c.id == _CASE).values(import_key=sa.bindparam("new_key"))


def imported_keys(connection: sa.Connection, office: int) -> list[tuple[str, str, bool]]:
    """Return the imported cases: import key (``reference#content``), case number, and whether the case is over."""
    return [(row.import_key, row.number, bool(row.over)) for row in connection.execute(_IMPORTED, {"office": office})]


@dataclass(frozen=True, slots=True)
class ReportedAs:
    """The contents of a report that tell it from others; not masked."""

    reported_at: datetime
    reporter_name: str
    reporter_phone: str
    address: str
    text: str
    community: str = ""
    """Community in the words of the list that brought it."""


_REPORTED_AS = sa.select(*some(incident, "reported_at reporter_name reporter_phone address text extra")).where(
    incident.c.office_id == _OFFICE, incident.c.number == sa.bindparam("number")
)


def reported_as(connection: sa.Connection, office: int, number: str) -> ReportedAs | None:
    """Return what a case's report said; None if there is no such case."""
    row = connection.execute(_REPORTED_AS, {"office": office, "number": number}).first()
    if row is None:
        return None
    community = str(decoded(row.extra, "incident.extra").get(COMMUNITY) or "") if row.extra else ""
    return ReportedAs(instant(row.reported_at), row.reporter_name, row.reporter_phone, row.address, row.text, community)


COMMUNITY = "社区"
"""Heading under which a list's community is kept with its case."""


_BEFORE: sa.BindParameter[int | None] = sa.bindparam("before", type_=sa.BigInteger)
_OF_BATCH = (
    sa.select(incident.c.id, incident.c.number)
    .where(
        by_no_index(incident.c.office_id) == _OFFICE,
        incident.c.batch_id == sa.bindparam("batch"),
        incident.c.state != word("voided"),
        _BEFORE.is_(None) | (incident.c.id < _BEFORE),
    )
    .order_by(incident.c.id.desc())
    .limit(sa.bindparam("most"))
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
        connection.execute(_SET_KEY, [{"case": key, "new_key": said} for key, said in keys.items()])


_CORRECTED = (
    sa.select(import_change.c.record_id)
    .join_from(import_change, incident, incident.c.id == import_change.c.record_id)
    .where(
        import_change.c.table_name == word("incident"),
        import_change.c.batch_id != sa.bindparam("batch"),
        incident.c.batch_id == sa.bindparam("batch"),
    )
)


def corrected_since(connection: sa.Connection, batch: int) -> frozenset[int]:
    """Return the cases added by an import that a later import, which was not undone, has changed."""
    return frozenset(row.record_id for row in connection.execute(_CORRECTED, {"batch": batch}))
