"""Keep the facts of cases that reports count: with every transaction, and anew for an existing file.

A trigger of the file notes each case that an entry of the ledger is about, so no code can forget one. The rows of the noted cases
are written at the end of the transaction that changed them. Cases of an earlier file wait in the same table until they are written.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.facts import CaseFacts, PastState, Row, Stored, facts_of
from gridconsole.domain.replay import facts_in
from gridconsole.domain.states import Source, State
from gridconsole.store.cases import CLOCK, clock_of
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.tables.cases import COUNTS, assignment, call_back, clock, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.facts import FACT_TABLES, fact_due
from gridconsole.store.tables.ledger import ledger, retired_case
from gridconsole.store.tables.office import office
from gridconsole.store.tables.registers import area, category
from gridconsole.store.types import as_it_lies, driver_of, instant, instant_or_none, stamp

SLICE = 500
"""Cases whose rows are written together."""
_KEYS = listed("keys")
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_CHANGED = Direct(
    sa.select(fact_due.c.incident_id)
    .where(fact_due.c.changed == _ONE)
    .order_by(fact_due.c.incident_id)
    .limit(sa.literal_column(str(SLICE)))
)
_WAITING = Direct(sa.select(fact_due.c.incident_id).order_by(fact_due.c.incident_id.desc()).limit(sa.bindparam("most")))
_LEFT = Direct(sa.select(sa.func.count()).select_from(fact_due))
_DONE = Direct(sa.delete(fact_due).where(fact_due.c.incident_id.in_(_KEYS)))
_DROP = tuple(Direct(sa.delete(table).where(table.c.incident_id.in_(_KEYS))) for table in FACT_TABLES)
_ADD = {table.name: Direct(sa.insert(table), order=" ".join(table.c.keys())) for table in FACT_TABLES}
_SUBDISTRICT = sa.case((area.c.level == word("community"), area.c.parent_id), (area.c.level == word("subdistrict"), area.c.id))
_EARLIER = incident.alias("earlier")
DAYS_MISSED = 7
"""Usual days before a resident's report in which a warden of the grid should have seen the matter."""
MISSED_DAYS = "missed_days"
"""Setting of these days; when it changes, the rows of every case are written anew."""
_SETTINGS = Direct(sa.select(office.c.settings).where(office.c.id == sa.bindparam("office")))
_CASE_NAMES = [
    "id",
    "office_id",
    "state",
    "source",
    "grade",
    "category_id",
    "standard",
    "grid_id",
    "area_id",
    "reported_at",
    "closed_at",
    "outcome",
    "simple",
    "handler_kind",
    "handler_id",
    "rework_total",
    "redispatch_count",
    "return_count",
    "extension_count",
    "suspension_count",
    "appeal",
    "merged_into",
    "resting",
    "reopen_count",
    "reporter_id",
    "outer_due_at",
]
_CASES = Direct(
    sa.select(
        *some(incident, " ".join(_CASE_NAMES)), category.c.kind, _SUBDISTRICT.label("subdistrict_id"), COUNTS.label("counts")
    )
    .select_from(
        incident.outerjoin(category, category.c.id == incident.c.category_id).outerjoin(area, area.c.id == incident.c.area_id)
    )
    .where(incident.c.id.in_(_KEYS))
)
_NAMES = (*_CASE_NAMES, "kind", "subdistrict_id", "counts")
_MOMENTS = ("reported_at", "closed_at", "outer_due_at")
_RESIDENTS = frozenset(source.value for source in Source if source.is_resident)
_HAS_WARDENS = Direct(
    sa.select(
        sa.exists().where(
            _EARLIER.c.grid_id == sa.bindparam("grid"), _EARLIER.c.source == word(Source.WARDEN.value),
            _EARLIER.c.reported_at >= sa.bindparam("since", type_=sa.Text),
            _EARLIER.c.reported_at <= sa.bindparam("until", type_=sa.Text),
        )
    )
)  # fmt: skip
_CLOCKS = Direct(
    sa.select(clock.c.incident_id, *CLOCK).where(clock.c.incident_id.in_(_KEYS)).order_by(clock.c.incident_id, clock.c.position)
)
_TURN_NAMES = ["id", "handler_kind", "handler_id", "started_at", "ended_at", "due_at", "late", "ended_how"]
_TURNS = Direct(
    sa.select(assignment.c.incident_id, *some(assignment, " ".join(_TURN_NAMES)))
    .where(assignment.c.incident_id.in_(_KEYS), assignment.c.role == word("primary"))
    .order_by(assignment.c.incident_id, assignment.c.id)
)
_CALL_NAMES = ["id", "at", "reached", "solved", "satisfaction"]
_CALLS = Direct(
    sa.select(call_back.c.incident_id, *some(call_back, " ".join(_CALL_NAMES)))
    .where(call_back.c.incident_id.in_(_KEYS))
    .order_by(call_back.c.incident_id, call_back.c.id)
)
_ACTS = Direct(
    sa.select(ledger.c.subject_id, ledger.c.at, ledger.c.operator_id, ledger.c.facts)
    .where(ledger.c.subject_kind == word("incident"), ledger.c.subject_id.in_(_KEYS))
    .order_by(ledger.c.subject_id, ledger.c.seq)
)
_KEPT = Direct(
    sa.select(retired_case.c.incident_id, retired_case.c.facts)
    .where(retired_case.c.incident_id.in_(_KEYS))
    .order_by(retired_case.c.incident_id, retired_case.c.year)
)
_CHANGES = ("state", "handler_kind", "handler_id", "resting")


def write_changed(connection: sa.Connection, calendar: WorkCalendar) -> None:
    """Write the rows of every case that the transaction changed; call it at the end of the transaction."""
    raw = driver_of(connection)
    while keys := [key for (key,) in _CHANGED.on(raw)]:
        write(connection, keys, calendar)


def left(connection: sa.Connection) -> int:
    """Return how many cases wait for their rows."""
    return int(_LEFT.on(driver_of(connection)).fetchone()[0])


def fill(connection: sa.Connection, calendar: WorkCalendar, most: int = SLICE) -> int:
    """Write the rows of some cases that wait, newest first; return how many were written."""
    keys = [key for (key,) in _WAITING.on(driver_of(connection), most=most)]
    write(connection, keys, calendar)
    return len(keys)


def forget(connection: sa.Connection) -> None:
    """Have the rows of every case written anew."""
    connection.execute(sa.delete(fact_due))
    connection.execute(
        sa.insert(fact_due).from_select(["incident_id", "changed"], sa.select(incident.c.id, sa.literal_column("0")))
    )


def write(connection: sa.Connection, keys: Collection[int], calendar: WorkCalendar) -> None:
    """Write the rows of some cases anew."""
    raw, listed_keys = driver_of(connection), json.dumps(sorted(keys))
    for statement in _DROP:
        statement.on(raw, keys=listed_keys)
    rows: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for found in read(connection, keys, calendar):
        for table, written in _rows_of(found):
            names = [column.name for column in table.c]
            rows[table.name] += [tuple(row[name] for name in names) for row in written]
    for name, values in rows.items():
        _ADD[name].many(raw, values)
    _DONE.on(raw, keys=listed_keys)


def _rows_of(found: CaseFacts) -> Iterator[tuple[sa.Table, list[dict[str, Any]]]]:
    """Yield the tables with the rows of a case in each."""
    return zip(FACT_TABLES, ([found.case], found.turns, found.stages, found.calls), strict=True)


def read(connection: sa.Connection, keys: Collection[int], calendar: WorkCalendar) -> Iterator[CaseFacts]:
    """Yield the facts of some cases as they follow from the rest of the file; none of a case that an undone import brought."""
    with as_it_lies(connection):
        for stored in _stored(driver_of(connection), keys):
            yield facts_of(stored, calendar)


def _read_doubtful(
    connection: sa.Connection, keys: Collection[int], calendar: WorkCalendar
) -> Iterator[tuple[int, CaseFacts | None]]:
    """Yield key and facts of cases that somebody may have changed; None for one with values that no program writes."""
    try:
        found = [(facts.case["incident_id"], facts) for facts in read(connection, keys, calendar)]
    except (ValueError, TypeError, KeyError, ArithmeticError, GridConsoleError):
        if len(keys) == 1:
            yield next(iter(keys)), None
            return
        for key in keys:
            yield from _read_doubtful(connection, [key], calendar)
    else:
        yield from found


def _stored(raw: Any, keys: Collection[int]) -> Iterator[Stored]:
    wanted = json.dumps(sorted(keys))
    clocks = _grouped(_CLOCKS.on(raw, keys=wanted))
    turns = _grouped(_TURNS.on(raw, keys=wanted))
    calls = _grouped(_CALLS.on(raw, keys=wanted))
    acts = _grouped(_ACTS.on(raw, keys=wanted))
    kept = dict(_KEPT.on(raw, keys=wanted).fetchall())
    for values in _CASES.on(raw, keys=wanted).fetchall():
        row = dict(zip(_NAMES, values, strict=True))
        if not row.pop("counts"):
            continue
        row |= {name: instant_or_none(row[name]) for name in _MOMENTS}
        key = row["id"]
        turned = [_with_moments(_TURN_NAMES, one) for one in turns.get(key, ())]
        yield Stored(
            row=row,
            clocks=[clock_of(*one) for one in clocks.get(key, ())],
            turns=turned,
            acts=[*_kept_acts(kept.get(key), row, turned), *(_act(*one) for one in acts.get(key, ()))],
            calls=[_with_moments(_CALL_NAMES, one) for one in calls.get(key, ())],
            missed=_is_missed(raw, row),
        )


def _grouped(rows: Any) -> Mapping[int, list[tuple[Any, ...]]]:
    found: defaultdict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for key, *values in rows:
        found[key].append(tuple(values))
    return found


def _with_moments(names: list[str], values: tuple[Any, ...]) -> Row:
    row = dict(zip(names, values, strict=True))
    return {
        name: instant(value) if value is not None and (name == "at" or name.endswith("_at")) else value
        for name, value in row.items()
    }


def _act(at: str, by: int | None, facts: str) -> PastState:
    try:
        said = facts_in(facts)
    except ValueError:
        said = {}
    moment = _moment(said.get("effective_at")) or instant(at)
    return PastState(moment, by, _moment(said.get("closed_at")), {name: said[name] for name in _CHANGES if name in said})


_FIRST_STATES = {Action.REPORT.value: State.REPORTED.value, Action.ARCHIVE.value: State.CLOSED.value}
"""State that the first act of a case leads to."""
_DISPATCHED = frozenset({State.HANDLING.value, State.CLOSED.value})
"""States that a case has a handler in, and keeps it from then on."""


def _moment(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def _kept_acts(facts: str | None, row: Row, turns: Sequence[Row]) -> Iterator[PastState]:
    """Yield the acts of archived years; who handled the case then follows from its turns."""
    if facts is None:
        return
    was_dispatched = False
    for operator, _, action, _, at, _, state in json.loads(facts)["acts"]:
        moment = instant(at)
        over_at = row["closed_at"] if action == Action.ARCHIVE and not row["reopen_count"] else None
        # The first entry of a case says its state under another name, which is not kept.
        reached = state or _FIRST_STATES.get(action)
        changes = {"state": reached} if reached else {}
        was_dispatched = was_dispatched or reached in _DISPATCHED
        turn = next((one for one in reversed(turns) if one["started_at"] <= moment), None)
        if was_dispatched and turn is not None:
            changes |= {"handler_kind": turn["handler_kind"], "handler_id": turn["handler_id"]}
        yield PastState(moment, operator, over_at, changes)


def _is_missed(raw: Any, row: Row) -> bool:
    """Return whether a resident reported something on a grid where no warden had reported anything for some days."""
    if row["grid_id"] is None or row["source"] not in _RESIDENTS:
        return False
    (settings,) = _SETTINGS.on(raw, office=row["office_id"]).fetchone()
    until = row["reported_at"]
    since = stamp(until - timedelta(days=json.loads(settings).get(MISSED_DAYS, DAYS_MISSED)))
    return not _HAS_WARDENS.on(raw, grid=row["grid_id"], since=since, until=stamp(until)).fetchone()[0]


# --- comparing --------------------------------------------------------------------------------------------------

_NEXT = Direct(
    sa.select(incident.c.id)
    .where(incident.c.office_id == sa.bindparam("office"), incident.c.id > sa.bindparam("after"))
    .order_by(incident.c.id)
    .limit(sa.literal_column(str(SLICE)))
)
_NOT_COMPARED = Direct(
    sa.union(
        sa.select(fact_due.c.incident_id).where(fact_due.c.incident_id.in_(_KEYS)),
        sa.select(retired_case.c.incident_id).where(retired_case.c.incident_id.in_(_KEYS)),
    )
)
"""Cases that wait for their facts, and those of archived years, which keep less than the facts were made of."""
_BY_OTHERS = frozenset({"work_minutes", "half_more_at", "threefold_at", "missed", "kind", "subdistrict_id"})
"""Columns that also follow from the calendar, the registers and other cases as they were when the rows were written."""
_COMPARED = {
    table.name: [name for name in (column.name for column in table.c) if name not in _BY_OTHERS] for table in FACT_TABLES
}
_PRESENT = {
    table.name: Direct(
        sa.select(*some(table, " ".join(_COMPARED[table.name])))
        .where(table.c.incident_id.in_(_KEYS))
        .order_by(*table.primary_key)
    )
    for table in FACT_TABLES
}


def slices(connection: sa.Connection, office: int) -> Iterator[list[int]]:
    """Yield the keys of all cases of an office in portions, in order."""
    after = 0
    while keys := [key for (key,) in _NEXT.on(driver_of(connection), office=office, after=after)]:
        yield keys
        after = keys[-1]


def differing(connection: sa.Connection, keys: Collection[int], calendar: WorkCalendar) -> list[int]:
    """Return those of some cases whose facts differ from what the rest of the file says, as far as that can be told."""
    raw = driver_of(connection)
    wanted = json.dumps(sorted(keys))
    left_out = {key for (key,) in _NOT_COMPARED.on(raw, keys=wanted)}
    compared = [key for key in keys if key not in left_out]
    should_be: defaultdict[int, list[tuple[str, tuple[Any, ...]]]] = defaultdict(list)
    for key, found in _read_doubtful(connection, compared, calendar):
        if found is None:
            should_be[key].append(("", ()))
            continue
        for table, rows in _rows_of(found):
            names = _COMPARED[table.name]
            should_be[key] += [(table.name, tuple(row[name] for name in names)) for row in rows]
    present: defaultdict[int, list[tuple[str, tuple[Any, ...]]]] = defaultdict(list)
    for name, names in _COMPARED.items():
        at = names.index("incident_id")
        for row in _PRESENT[name].on(raw, keys=wanted):
            present[row[at]].append((name, tuple(row)))
    return [key for key in compared if sorted(should_be[key], key=str) != sorted(present[key], key=str)]
