"""Two hundred days of an office at random: no case and no grid with a case is ever without a person in service.

People come, go, are away, come back, change grids and ranks, join teams and leave them; lists say so and are undone; grids are split,
merged, transferred and that is undone; cases are dispatched, checked and reopened. What the office refuses does not happen; a query over
ledger, turns and book then looks at every instant.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from small_office import StaffedOffice
from sqlalchemy import Connection

from gridconsole.domain.actions import Action
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import Refused, UsageRefused
from gridconsole.domain.grid_change import Part
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.post_handover import HandoverWhy
from gridconsole.domain.roster import LONGEST_UNCOVERED, GridChangeKind, Half, LeaveKind, days_away
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.domain.views.queue import QueueRow
from gridconsole.importing import undo
from gridconsole.importing.engine import run
from gridconsole.services import absence, audit, casework, departing, grid_changes, post_handover, roster, tasks, teams
from gridconsole.services.absence import Absence
from gridconsole.services.departing import NewPerson
from gridconsole.services.grid_changes import Wish
from gridconsole.services.teams import NewMember, NewTeam
from gridconsole.store import misplaced, people, places, queue, responsible

DAYS = 200
ACTS_A_DAY = 4
MUST_HAPPEN = {
    "leave",
    "be_away",
    "hand_over",
    "take_list",
    "undo_list",
    "reopen",
    "split",
    "merge",
    "transfer",
    "undo_change",
    "change_team",
}
BARE = ("330106001002001", "330106102201001")
"""Grids that are without anybody in the small office."""


class Office:
    """An office whose operators do something at random."""

    def __init__(self, office: StaffedOffice, folder: Path, seed: int) -> None:
        self.office, self.folder, self.chance = office, folder, random.Random(seed)
        self.batches: list[int] = []
        self.changes: list[int] = []
        self.done: dict[str, int] = {}
        self.new = 0

    # --- what may happen

    def report(self) -> None:
        grid = self.chance.choice(self.grids())
        source = self.chance.choice([Source.WARDEN, Source.PUBLIC])
        address = self.chance.choice(["幸福路3号", "和平巷", ""])
        self.office.report(source=source, grid_id=grid.id, area_id=grid.area_id, address=address)

    def step(self) -> None:
        row = self.chance.choice(self.open_cases())
        number, wardens = row.number, [row.name for row in self.people()]
        handler = self.office.handlers.get(self.chance.choice([*wardens, "城管局"]))
        if handler is None:
            name = self.chance.choice(wardens)
            handler = next(one for one in self.handlers() if one.name == name)
        acts: dict[State, Callable[[], object]] = {
            State.REPORTED: lambda: self.office.act(number, Action.ACCEPT),
            State.VERIFYING: lambda: self.send_or(number, Action.VERIFY, Result.TRUE),
            State.TO_FILE: lambda: self.office.act(number, Action.FILE),
            State.TO_DISPATCH: lambda: self.office.act(number, Action.DISPATCH, handler=handler, reason="就近"),
            State.HANDLING: lambda: self.handle(number),
            State.TO_CHECK: lambda: self.send_or(number, Action.CHECK, self.chance.choice([Result.PASS, Result.FAIL])),
            State.TO_CLOSE: lambda: self.office.act(number, Action.CLOSE),
        }
        acts.get(row.state, lambda: casework.resume_due(self.office.opened))()

    def handle(self, number: str) -> None:
        chance = self.chance.random()
        if chance < 0.5:
            self.office.act(number, Action.FEEDBACK, note="已清理")
        elif chance < 0.7:
            self.office.act(number, Action.REDISPATCH, handler=self.chance.choice(self.handlers()), reason="改派")
        elif chance < 0.85:
            self.office.grant(number, Action.SUSPEND, until=self.office.opened.today() + timedelta(days=3))
        else:
            self.office.grant(number, Action.RETURN)

    def send_or(self, number: str, action: Action, result: Result) -> None:
        if self.chance.random() < 0.5:
            sent = tasks.find_assignee(self.office.opened, self.chance.choice([row.code for row in self.people()]), number)
            self.office.act(number, Action.SEND, assignee=sent)
        else:
            more = {"reason": "没清干净"} if result is Result.FAIL else {}
            self.office.act(number, action, result=result, **more)

    def reopen(self) -> None:
        with self.office.opened.database.reading() as connection:
            closed = (
                connection.exec_driver_sql("SELECT number FROM incident WHERE state = 'closed' ORDER BY id DESC LIMIT 5")
                .scalars()
                .all()
            )
        self.office.act(self.chance.choice(closed), Action.REOPEN, reason="又脏了")

    def come(self) -> None:
        self.new += 1
        gone = [row for row in self.everybody() if row.left_on is not None]
        back = self.chance.choice(gone) if gone and self.chance.random() < 0.3 else None
        new = NewPerson(f"N{self.new}", f"新人{self.new}") if back is None else NewPerson(back.code, back.name)
        key = departing.add(self.office.opened, self.clerk, new)
        roster.assign(
            self.office.opened, self.clerk, key, self.grid(), self.chance.choice("AB"), self.chance.choice(["", "消防"])
        )

    def assign(self) -> None:
        rank, duty = self.chance.choice("AB"), self.chance.choice(["", "消防"])
        roster.assign(self.office.opened, self.clerk, self.person(), self.grid(), rank, duty, self.day(5))

    def take_off(self) -> None:
        roster.remove(self.office.opened, self.clerk, self.person(), self.grid(), self.day(3))

    def change_rank(self) -> None:
        roster.set_rank(self.office.opened, self.clerk, self.person(), self.grid(), self.chance.choice("AB"), self.day(3))

    def leave(self) -> None:
        departing.depart(self.office.opened, self.clerk, self.person(), self.day(10))

    def be_away(self) -> None:
        first = Half(self.day(5), self.chance.random() < 0.5)
        last = Half(first.day + timedelta(days=self.chance.randrange(9)), self.chance.random() < 0.5)
        deputy = self.person() if self.chance.random() < 0.5 else None
        absence.take(self.office.opened, self.clerk, Absence(self.person(), LeaveKind.ANNUAL, first, last, deputy))

    def come_back(self) -> None:
        absence.end(self.office.opened, self.clerk, self.person())

    def hand_over(self) -> None:
        why = self.chance.choice([HandoverWhy.DEPARTURE, HandoverWhy.LEAVE])
        planned = post_handover.plan(self.office.opened, self.clerk, self.person(), self.day(6), why)
        post_handover.do(self.office.opened, self.office.actors[Role.SHIFT_LEADER], planned.number, sheet="JJ")

    def take_list(self) -> None:
        self.new += 1
        rows = [f"{row.code},{row.name},{self.code()},{self.chance.choice('AB')}," for row in self.some_people()]
        rows.append(f"L{self.new},名单{self.new},{self.code()},A,")
        leaving = self.chance.choice(self.people())
        rows.append(f"{leaving.code},{leaving.name},,,{self.day(4)}")
        file = self.folder / f"{self.new}.csv"
        file.write_text("\n".join(["工号,姓名,负责网格,主辅,离职日期", *dict.fromkeys(rows)]) + "\n", encoding="utf-8")
        outcome = run(self.office.opened, self.clerk, "wardens", file)
        if outcome.batch is not None:
            self.batches.append(outcome.batch)

    def undo_list(self) -> None:
        undo.undo(self.office.opened, self.clerk, self.batches.pop(self.chance.randrange(len(self.batches))))

    def split(self) -> None:
        self.new += 1
        parts = (Part(f"东{self.new}", ("幸福路",)), Part(f"西{self.new}"))
        self.change(Wish(GridChangeKind.SPLIT, (self.grid(),), parts))

    def merge(self) -> None:
        here = self.chance.choice(self.grids()).area_id
        same = [grid.id for grid in self.grids() if grid.area_id == here]
        self.change(Wish(GridChangeKind.MERGE, tuple(self.chance.sample(same, 2))))

    def transfer(self) -> None:
        self.new += 1
        area = self.chance.choice(self.grids()).area_id
        self.change(Wish(GridChangeKind.TRANSFER, (self.grid(),), (Part(f"转{self.new}"),), area))

    def change(self, wish: Wish) -> None:
        self.changes.append(grid_changes.change(self.office.opened, self.leader, wish).number)

    def undo_change(self) -> None:
        grid_changes.undo(self.office.opened, self.leader, self.changes.pop())

    def make_team(self) -> None:
        self.new += 1
        kinds = teams.kinds(self.office.opened)
        new = NewTeam(f"队{self.new}", self.chance.choice(kinds).code, grid=self.grid(), leader=self.person())
        teams.add(self.office.opened, self.clerk, new)

    def change_team(self) -> None:
        team = self.chance.choice(teams.listed(self.office.opened)).id
        if self.chance.random() < 0.6:
            teams.join(self.office.opened, self.clerk, team, NewMember(person=self.person()))
        else:
            teams.end(self.office.opened, self.clerk, team)

    # --- what there is

    @property
    def clerk(self) -> Actor:
        return self.office.actors[Role.CLERK]

    @property
    def leader(self) -> Actor:
        return self.office.actors[Role.SHIFT_LEADER]

    def everybody(self) -> list[people.WardenRow]:
        with self.office.opened.database.reading() as connection:
            return list(people.wardens(connection, self.office.opened.today()))

    def people(self) -> list[people.WardenRow]:
        return [row for row in self.everybody() if row.left_on is None]

    def some_people(self) -> list[people.WardenRow]:
        return self.chance.sample(self.people(), 2)

    def handlers(self) -> list[Handler]:
        return [Handler(HandlerKind.WARDEN, row.id, row.name) for row in self.people()]

    def person(self) -> int:
        return self.chance.choice(self.people()).id

    def grid(self) -> int:
        return self.chance.choice(self.grids()).id

    def grids(self) -> list[places.GridChoice]:
        with self.office.opened.database.reading() as connection:
            return list(places.grid_choices(connection))

    def code(self) -> str:
        """Code of a grid as a list may have it, now and then one that is no more."""
        return self.chance.choice([*self.office.grids, *(grid.code for grid in self.grids())])

    def day(self, ahead: int) -> date:
        return self.office.opened.today() + timedelta(days=self.chance.randrange(-2, ahead))

    def open_cases(self) -> list[QueueRow]:
        with self.office.opened.database.reading() as connection:
            return list(queue.open_queue(connection, self.office.opened.id, 500))

    def act(self) -> None:
        """Do one thing; what is refused does not happen."""
        usual = [self.report, self.step, self.step, self.step, self.step, self.step]
        rare = [
            self.reopen, self.come, self.assign, self.take_off, self.change_rank, self.leave, self.be_away, self.come_back, self.hand_over,
            self.take_list, self.undo_list, self.split, self.merge, self.transfer, self.undo_change, self.make_team, self.change_team,
        ]  # fmt: skip
        chosen = self.chance.choice(usual if self.chance.random() < 0.6 else rare)
        try:
            chosen()
        except (Refused, UsageRefused, IndexError, ValueError):
            return
        self.done[chosen.__name__] = self.done.get(chosen.__name__, 0) + 1


def employed(office: StaffedOffice) -> dict[int, list[tuple[date, date]]]:
    """Days of service of each person, as the book says them at the end."""
    found: dict[int, list[tuple[date, date]]] = {}
    with office.opened.database.reading() as connection:
        for person, start, end in connection.exec_driver_sql(
            "SELECT person_id, coalesce(starts_on, '1900-01-01'), coalesce(ends_on, '9999-01-01') FROM employment WHERE replaced_by IS NULL"
        ):
            found.setdefault(person, []).append((date.fromisoformat(start), date.fromisoformat(end)))
    return found


def cases_without_anybody(office: StaffedOffice) -> list[tuple[str, int, str, str]]:
    """Turns of wardens with a case on a day on which they were not in service; a case that waits for its check counts too."""
    service = employed(office)
    wrong = []
    with office.opened.database.reading() as connection:
        turns = connection.exec_driver_sql(
            "SELECT i.number, a.handler_id, a.started_at, coalesce(a.ended_at, ?) FROM assignment a JOIN incident i ON i.id = a.incident_id"
            " WHERE a.handler_kind = 'warden' AND a.role = 'primary'",
            (office.opened.now().astimezone(UTC).isoformat(),),
        ).all()
    for number, person, start, end in turns:
        first, last = (office.opened.calendar.local_day(datetime.fromisoformat(at)) for at in (start, end))
        if not any(begins <= first and last < ends for begins, ends in service.get(person, [])):
            wrong.append((number, person, start, end))
    return wrong


def grids_without_anybody(office: StaffedOffice, day: date) -> list[str]:
    """Grids with open cases on which nobody is in service on a day; leave of three days at most may leave nobody."""
    with office.opened.database.reading() as connection:
        with_cases = set(connection.exec_driver_sql("SELECT DISTINCT grid_id FROM incident WHERE closed_at IS NULL").scalars())
        bare = {gap.grid_id for gap in responsible.gaps(connection, day, day)} & with_cases
        return places.names_of(connection, {grid for grid in bare if not short_leave(connection, grid, day)})


def posts_out_of_place(office: StaffedOffice) -> list[tuple[int, str]]:
    """Posts that outlast the employment of their holder, or their grid."""
    with office.opened.database.reading() as connection:
        everybody = [row.id for row in people.wardens(connection, office.opened.today())]
        return sorted(one for one in misplaced.posts_of(connection, everybody, since=0) if one[1] != "taken")


def short_leave(connection: Connection, grid: int, day: date) -> bool:
    """Whether somebody in service with a post on the grid is away for three days at most."""
    found = connection.exec_driver_sql(
        "SELECT l.first_half, l.last_half FROM post p JOIN employment e ON e.person_id = p.person_id AND e.replaced_by IS NULL"
        " JOIN leave l ON l.person_id = p.person_id AND l.replaced_by IS NULL"
        " WHERE p.grid_id = ?1 AND p.replaced_by IS NULL AND p.starts_on <= ?2 AND coalesce(p.ends_on, '9') > ?2"
        " AND coalesce(e.starts_on, '0') <= ?2 AND coalesce(e.ends_on, '9') > ?2 AND l.first_half <= ?2 || 'a' AND l.last_half >= ?2 || 'p'",
        (grid, day.isoformat()),
    )
    return any(days_away(Half.read(first), Half.read(last)) <= LONGEST_UNCOVERED for first, last in found)


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(2, 30))])
def test_no_case_and_no_grid_with_a_case_is_ever_without_a_person(office: StaffedOffice, tmp_path: Path, seed: int) -> None:
    clerk = office.actors[Role.CLERK]
    for number, code in enumerate(BARE):
        key = departing.add(office.opened, clerk, NewPerson(f"S{number}", f"先{number}"))
        roster.assign(office.opened, clerk, key, office.grids[code].id)
    life = Office(office, tmp_path, seed)
    for _ in range(DAYS):
        for _ in range(ACTS_A_DAY):
            office.clock.advance(minutes=life.chance.randrange(1, 100))
            life.act()
        day = office.opened.today()
        assert grids_without_anybody(office, day) == [], (day, life.done)
        assert posts_out_of_place(office) == [], (day, life.done)
        office.clock.at = datetime.combine(
            day + timedelta(days=1), office.clock.at.time().replace(hour=1), tzinfo=office.clock.at.tzinfo
        )
        casework.resume_due(office.opened)
    assert cases_without_anybody(office) == []
    assert audit.verify(office.opened).ok
    assert life.done.keys() >= MUST_HAPPEN, life.done
