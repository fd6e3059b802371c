"""Two to eight processes reach for one case at the same instant: one has it, and every other is told by whom and since when."""

from __future__ import annotations

import multiprocessing
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

import pytest
from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import AlreadyDispatched, GridConsoleError, StaleVersion
from gridconsole.domain.parties import Handler
from gridconsole.domain.states import Result, Role, State
from gridconsole.services import actors, audit, casework
from gridconsole.services import office as offices
from gridconsole.store import ledger_entries

RACES = [200, pytest.param(1000, marks=pytest.mark.nightly)]
"""Four a case: its dispatch, its feedback, its check, its closing."""
RUNNERS = 8
LEGS: tuple[tuple[Action, Role, dict[str, Any]], ...] = (
    (Action.DISPATCH, Role.DISPATCHER, {}),
    (Action.FEEDBACK, Role.DISPATCHER, {"note": "已清理[/]"}),
    (Action.CHECK, Role.INSPECTOR, {"result": Result.PASS}),
    (Action.CLOSE, Role.SHIFT_LEADER, {}),
)
PATIENCE = 60
"""Seconds at a barrier until a runner is given up for dead."""


@dataclass(frozen=True)
class Race:
    """One case, one act, so many processes."""

    number: str
    version: int
    act: Act
    role: Role
    runners: int


@dataclass(frozen=True)
class Finish:
    """What became of a runner in a race."""

    race: int
    runner: str
    code: str
    """Empty for the winner."""
    reported_operator: str
    reported_at: datetime | None


def name_of(role: Role, runner: int) -> str:
    return f"{role.value}{runner}"


def clock_since(start: float) -> Callable[[], datetime]:
    """One running clock for all processes: an office's Monday morning, going on."""
    return lambda: datetime(2026, 11, 23, 1, 30, tzinfo=UTC) + timedelta(seconds=time.time() - start)


def run_all(
    path: Path, runner: int, start: float, races: list[Race], starts: dict[int, Barrier], ends: dict[int, Barrier], out: Any
) -> None:
    """Run every race this runner takes part in, in a process of its own."""
    opened = offices.open_office(path, "cli", clock_since(start))
    everybody = {actor.name: actor for actor in actors.operators(opened)}
    finishes: list[Finish] = []
    for index, race in enumerate(races):
        if runner >= race.runners:
            continue
        actor = everybody[name_of(race.role, runner)]
        starts[race.runners].wait(PATIENCE)
        try:
            casework.act_on(opened, actor, race.number, race.act)
            finishes.append(Finish(index, actor.name, "", "", None))
        except GridConsoleError as error:
            finishes.append(Finish(index, actor.name, error.code, str(error.params.get("operator")), error.params.get("at")))
        ends[race.runners].wait(PATIENCE)
    opened.close()
    out.put(finishes)


def lined_up(office: StaffedOffice, handler: Handler, races_wanted: int) -> list[Race]:
    """Cases ready to be dispatched, and the four races of each."""
    races: list[Race] = []
    for place in range(races_wanted // len(LEGS)):
        number = office.case_in(State.TO_DISPATCH)
        version = office.load(number).case.version
        for leg, (action, role, fields) in enumerate(LEGS):
            given = {"handler": handler} if action is Action.DISPATCH else fields
            act = Act.of(action, expected_version=version + leg, **given)
            races.append(Race(number, version + leg, act, role, 2 + (place + leg) % (RUNNERS - 1)))
    return races


@pytest.mark.parametrize("races_wanted", RACES)
def test_every_race_has_one_winner_and_every_other_is_reported_by_whom_and_when(office: StaffedOffice, races_wanted: int) -> None:
    for role in {role for _, role, _ in LEGS}:
        for runner in range(RUNNERS):
            actors.add_operator(office.opened, name_of(role, runner), [role])
    races = lined_up(office, office.handlers["城管局"], races_wanted)
    # A process that has read the program already and forks is a fresh one all the same, in a tenth of the time.
    is_forking = "forkserver" in multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("forkserver" if is_forking else "spawn")
    if is_forking:
        context.set_forkserver_preload(["gridconsole.services.casework", "gridconsole.services.office", "small_office"])
    starts = {count: context.Barrier(count) for count in range(2, RUNNERS + 1)}
    ends = {count: context.Barrier(count) for count in range(2, RUNNERS + 1)}
    out: Any = context.Queue()
    begun = time.time()
    path = office.opened.database.path
    processes = [
        context.Process(target=run_all, args=(path, runner, begun, races, starts, ends, out)) for runner in range(RUNNERS)
    ]
    for process in processes:
        process.start()
    finishes: list[Finish] = [finish for _ in processes for finish in out.get(timeout=600)]
    for process in processes:
        process.join(PATIENCE)
        assert process.exitcode == 0
    assert Counter(finish.race for finish in finishes) == {index: race.runners for index, race in enumerate(races)}
    winners = {finish.race: finish for finish in finishes if not finish.code}
    assert len(winners) == sum(not finish.code for finish in finishes) == len(races), "one winner each, never two and never none"
    entries = written(office)
    for finish in finishes:
        race, winner = races[finish.race], winners[finish.race]
        operator, at = entries[race.number, race.act.action.value]
        assert operator == winner.runner
        if finish.code:
            expected = AlreadyDispatched if race.act.action is Action.DISPATCH else StaleVersion
            assert (finish.code, finish.reported_operator, finish.reported_at) == (expected.code, operator, at)
    assert len({finish.runner for finish in winners.values()}) > RUNNERS, "they really raced: not always the same one wins"
    for number in {race.number for race in races}:
        assert office.load(number).case.state is State.CLOSED
    assert audit.verify(office.opened).ok


def written(office: StaffedOffice) -> dict[tuple[str, str], tuple[str, datetime]]:
    """Who did what and when, by case and action; no act of a leg stands there twice."""
    actions = {action.value for action, _, _ in LEGS}
    with office.opened.database.reading() as connection:
        lines = [
            line
            for line in ledger_entries.lines(connection, office.opened.id, ledger_entries.LedgerQuery(), 10_000_000)
            if line.action in actions
        ]
    found = {(line.subject, line.action): (line.operator, line.at) for line in lines if line.at is not None}
    assert len(found) == len(lines)
    return found
