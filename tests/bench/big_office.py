"""An office with years of casework behind it: the demo's register through the real import, cases straight into the tables."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.codes import Unit
from gridconsole.domain.states import Grade, Source, Stage, State
from gridconsole.importing.engine import run
from gridconsole.resources import data_path, read_toml
from gridconsole.services import actors, setup
from gridconsole.services.office import Office
from gridconsole.store import catalogue, ledger, people, places
from gridconsole.store.tables.cases import assignment, clock, incident
from gridconsole.store.tables.office import day_counter
from gridconsole.store.types import stamp

REGISTERS = ("areas", "grids", "catalogue", "departments", "wardens")
DAYS_BACK = 730
CHUNK = 10_000
_OPEN: tuple[tuple[State, Stage, int], ...] = (
    (State.REPORTED, Stage.ACCEPT, 3),
    (State.TO_FILE, Stage.FILE, 4),
    (State.TO_DISPATCH, Stage.DISPATCH, 8),
    (State.HANDLING, Stage.HANDLE, 62),
    (State.SUSPENDED, Stage.HANDLE, 5),
    (State.TO_CHECK, Stage.CHECK, 11),
    (State.TO_CLOSE, Stage.CLOSE, 7),
)
"""Open states, the clock that runs in each, and of a hundred open cases how many are in it."""
_HANDED = (State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE, State.CLOSED)
"""States of cases that have been handed to somebody."""
_ENDS = ((State.CLOSED, "resolved"), (State.DECLINED, None), (State.VOIDED, None))
_SOURCES = (Source.WARDEN, Source.WARDEN, Source.HOTLINE_12345, Source.HOTLINE_12345, Source.INSPECTOR, Source.PUBLIC)


def registered(path: Path) -> Office:
    """A new office with the demo's areas, grids, catalogue, departments and wardens, open."""
    opened = setup.initialise(path, "X区网格化指挥中心", "xdistrict", "cli", is_demo=True)  # a console under test asks nobody in
    clerk = actors.find_operator(opened, "内勤")
    for kind in REGISTERS:
        run(opened, clerk, kind, data_path("demo", f"{kind}.xlsx"))
    return opened


@dataclass(frozen=True)
class _Register:
    """What cases refer to."""

    grids: tuple[places.GridChoice, ...]
    categories: tuple[int, ...]
    units: tuple[people.UnitRow, ...]
    texts: tuple[str, ...]
    places: tuple[str, ...]


def build(path: Path, *, cases: int, open_cases: int, overdue: float = 0.15, seed: int = 1) -> None:
    """Write an office, closed again; the newest cases are the open ones.

    Args:
        overdue: share of the open cases past their time; the rest end one hour to nine days from now.
    """
    opened = registered(path)
    try:
        with opened.database.reading() as connection:
            phrases = read_toml("demo", "phrases.toml")
            register = _Register(
                places.grid_choices(connection),
                tuple(choice.category.id for choice in catalogue.categories(connection)),
                people.units(connection),
                tuple(text for texts in phrases["texts"].values() for text in texts),
                tuple(phrases["places"]["list"]),
            )
        _write(opened, register, cases, open_cases, overdue, random.Random(seed))
    finally:
        opened.close()


def _write(opened: Office, register: _Register, cases: int, open_cases: int, overdue: float, draw: random.Random) -> None:
    now = opened.now()
    serials: dict[str, int] = {}
    rows = _rows(opened, register, cases, open_cases, overdue, draw, now, serials)
    acceptor = actors.find_operator(opened, "受理员")
    with opened.database.writing() as connection:
        while chunk := list(islice(rows, CHUNK)):
            connection.execute(sa.insert(incident), [row for row, _ in chunk])
            waiting = [row for row, clock in chunk if clock]
            if not waiting:
                continue
            connection.execute(sa.insert(clock), [clock for _, clock in chunk if clock])
            handled = [_assignment(row) for row in waiting if row["state"] == State.HANDLING]
            if handled:
                connection.execute(sa.insert(assignment), handled)
            entries = [
                ledger.NewEntry(
                    now, acceptor.id, acceptor.name, "cli", "incident", row["id"],
                    Action.REPORT.value, {"number": row["number"], "source": row["source"]},
                    {"text": row["text"], "address": row["address"], "reporter": row["reporter_name"], "phone": row["reporter_phone"]},
                )
                for row in waiting
            ]  # fmt: skip
            ledger.append(connection, opened.id, entries)
        counters = [{"office_id": opened.id, "day": day, "last": last} for day, last in serials.items()]
        connection.execute(sa.insert(day_counter), counters)


def _rows(
    opened: Office, register: _Register, cases: int, open_cases: int, overdue: float, draw: random.Random, now: datetime,
    serials: dict[str, int],
) -> Iterator[tuple[dict[str, Any], Mapping[str, Any] | None]]:  # fmt: skip
    states = [(state, stage) for state, stage, weight in _OPEN for _ in range(weight)]
    for key in range(1, cases + 1):
        is_open = key > cases - open_cases
        # Closed cases spread over two years up to now, open ones over the last ten days.
        age = timedelta(days=draw.uniform(0, 10)) if is_open else timedelta(days=DAYS_BACK * (1 - key / (cases - open_cases + 1)))
        reported = now - age
        day = f"{opened.calendar.local_day(reported):%Y%m%d}"
        serials[day] = serials.get(day, 0) + 1
        row = _report(opened, register, draw, key, f"{day}{serials[day]:05d}", reported)
        if is_open:
            state, stage = draw.choice(states)
            late = draw.random() < overdue
            due = now - timedelta(hours=draw.uniform(0.1, 60)) if late else now + timedelta(hours=draw.uniform(1, 216))
            clock = _keep_open(row, state, stage, due, max(reported, now - timedelta(hours=draw.uniform(0, 30))))
        else:
            clock = None
            ended = reported + timedelta(hours=draw.uniform(0.2, 90))
            _finish(row, draw, ended if ended < now else reported + age * draw.random())
        if row["state"] in _HANDED:
            unit = draw.choice(register.units)
            row |= {"handler_kind": "unit", "handler_id": unit.id, "handler_name": unit.name}
        yield row, clock


def _report(
    opened: Office, register: _Register, draw: random.Random, key: int, number: str, reported: datetime
) -> dict[str, Any]:
    grid, place = draw.choice(register.grids), draw.choice(register.places)
    text = draw.choice(register.texts).format(place=place)
    grade = draw.choices((Grade.ORDINARY, Grade.MAJOR, Grade.URGENT), (90, 8, 2))[0]
    return {
        "id": key, "office_id": opened.id, "number": number, "version": 4, "source": draw.choice(_SOURCES).value,
        "source_ref": "", "grade": grade.value, "grid_id": grid.id, "area_id": grid.area_id,
        "category_id": draw.choice(register.categories), "rule_id": None, "standard": "", "address": f"{place}{key % 300}号",
        "summary": text[:80], "text": text, "reporter_name": "李小明", "reporter_phone": "13900001234",
        "reported_at": stamp(reported), "recorded_at": stamp(reported), "provisional": 0, "outcome": None, "simple": 0,
        "handler_kind": None, "handler_id": None, "handler_name": "", "rework_count": 0, "rework_total": int(draw.random() < 0.05),
        "redispatch_count": int(draw.random() < 0.05), "return_count": 0, "batch_id": None, "import_key": None, "extra": "",
    }  # fmt: skip


def _keep_open(row: dict[str, Any], state: State, stage: Stage, due: datetime, since: datetime) -> Mapping[str, Any]:
    """Put a row into an open state; returns the row of its clock."""
    suspended = state is State.SUSPENDED
    row |= {
        "state": state.value, "state_since": stamp(since), "closed_at": None, "due_at": None if suspended else stamp(due),
        "due_stage": "" if suspended else stage.value, "due_unit": "" if suspended else Unit.WORK_HOUR.value,
    }  # fmt: skip
    return {
        "incident_id": row["id"], "position": 1, "stage": stage.value, "span": Limit(Decimal(8), Unit.WORK_HOUR).encode(),
        "started_at": stamp(since), "due_at": stamp(due), "provisional": 0, "pauses": "",
        "halted_at": stamp(since) if suspended else None, "stopped_at": None, "late": None,
    }  # fmt: skip


def _finish(row: dict[str, Any], draw: random.Random, at: datetime) -> None:
    state, outcome = draw.choices(_ENDS, (92, 7, 1))[0]
    row |= {
        "state": state.value, "state_since": stamp(at), "closed_at": stamp(at), "due_at": None, "due_stage": "", "due_unit": "",
        "outcome": outcome,
    }  # fmt: skip


def _assignment(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "incident_id": row["id"], "handler_kind": row["handler_kind"], "handler_id": row["handler_id"], "role": "primary",
        "started_at": row["state_since"], "ended_at": None, "late": None,
    }  # fmt: skip
