"""A case is a projection of its ledger: folding the entries gives the row, whatever was done to it."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from small_office import HOSTILE_ADDRESS, LONG_COMPLAINT, OFFICE_ROLES, StaffedOffice

from gridconsole.domain.actions import Act, Action, CallBack, Lead
from gridconsole.domain.case import follows_calendar, projection
from gridconsole.domain.incident import available
from gridconsole.domain.parties import Actor
from gridconsole.domain.replay import BLANK
from gridconsole.domain.states import Grade, Outcome, Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.task import Look
from gridconsole.services import actors, audit, calendars, case_queries, casework, escalation, tasks
from gridconsole.services.calendars import DayKind
from gridconsole.store import cases, ledger_entries


def replayed(office: StaffedOffice, key: int) -> tuple[dict[str, Any], int]:
    """The columns that a case's entries say, and how many entries there are."""
    columns = dict(BLANK)
    with office.opened.database.reading() as connection:
        entries = ledger_entries.timeline(connection, "incident", key)
    for entry in entries:
        columns.update({name: value for name, value in entry.facts.items() if name in columns})
    return columns, len(entries)


def stored(office: StaffedOffice, key: int) -> dict[str, Any]:
    """The same columns of the row itself, read by SQL."""
    with office.opened.database.reading() as connection:
        row = connection.exec_driver_sql(f"SELECT {', '.join(BLANK)}, version FROM incident WHERE id = ?", (key,)).one()
    found = dict(row._mapping)
    return {**found, "simple": bool(found["simple"])}


class Walk:
    """Does legal things to cases at random, as many people."""

    def __init__(self, office: StaffedOffice, seed: int) -> None:
        self.office, self.draw = office, random.Random(seed)
        for number in range(2):
            actors.add_operator(office.opened, f"多面手{number}[/]", OFFICE_ROLES)
        self.people: tuple[Actor, ...] = actors.operators(office.opened)
        self.done: set[tuple[State, Action]] = set()
        self.seen: set[Action] = set()
        self.seeks = False
        """Prefer actions that no case has seen yet."""
        self.numbers: list[str] = []

    def report(self) -> str:
        """A new case."""
        grid = self.draw.choice([None, *self.office.grids.values()])
        number = self.office.report(
            text=LONG_COMPLAINT if self.draw.random() < 0.1 else "路边[b]垃圾",
            source=self.draw.choice([Source.WARDEN, Source.WARDEN, Source.PUBLIC, Source.HOTLINE_12345]),
            grade=self.draw.choice(list(Grade)),
            grid_id=grid.id if grid else None,
            area_id=grid.area_id if grid else None,
            category_id=self.draw.choice([None, *self.office.categories.values()]),
            address=HOSTILE_ADDRESS,
        ).number
        self.numbers.append(number)
        return number

    def step(self, number: str) -> None:
        """One act on a case, by somebody who may."""
        case = self.office.load(number).case
        possible = [
            (actor, action) for actor in self.people for action in available(case, actor, self.office.opened.circumstances())
        ]
        # Endings and notes are rare, or every walk would be a short one.
        rare = {
            Action.DECLINE: 0.05,
            Action.SETTLE: 0.1,
            Action.NOTE: 0.05,
            Action.CLOSE: 0.5,
            Action.VOID: 0.1,
            Action.RECALL: 0.2,
            Action.MERGE: 0.05,
            Action.SEND: 0.3,
            Action.SUPERVISION_ORDER: 0.03,
            Action.REPLY: 0.5,
        }
        likely = [choice for choice in possible if self.draw.random() < rare.get(choice[1], 1)]
        if not likely:
            return
        new = [(actor, action) for actor, action in likely if self.seeks and action not in self.seen]
        actor, action = self.draw.choice(new or likely)
        self.seen.add(action)
        act = self._act(action)
        if action is Action.SUSPEND:
            act = act.changed(until=self.office.opened.today() + timedelta(days=self.draw.randint(1, 365)))
        if action is Action.RETYPE:
            category = self.draw.choice(list(self.office.categories.values()))
            act = act.changed(rule=self.draw.choice(case_queries.rules_of(self.office.opened, category)))
        if action is Action.SUPERVISION_ORDER:
            act = act.changed(reply_by=self.office.opened.now() + timedelta(hours=self.draw.randint(1, 48)))
        if action is Action.REDISPATCH and act.field("handler") == case.handler:
            return
        if action is Action.MERGE:
            leads = [other for other in self.numbers if other != number and self.office.load(other).case.merged_into is None]
            standing = [other for other in leads if not self.office.load(other).case.state.is_final]
            if not standing:
                return
            act = act.changed(into=Lead(self.draw.choice(standing)))
        if action is Action.SEND:
            free = [candidate for candidate, flaw in tasks.candidates(self.office.opened, number) if flaw is None]
            if not free:
                return
            act = act.changed(assignee=self.draw.choice(free))
        if action in (Action.VERIFY, Action.CHECK) and self.draw.random() < 0.5:
            act = act.changed(look=Look(self.office.opened.now(), ("前[b].jpg", "后.jpg")))
        casework.act_on(self.office.opened, actor, number, act)
        self.done.add((case.state, action))

    def change_calendar(self) -> int:
        """Some day near today becomes a day of rest or of work; returns how many deadlines that moved."""
        day = self.office.opened.today() + timedelta(days=self.draw.randint(-1, 4))
        kind, leader = self.draw.choice([DayKind.REST, DayKind.WORK]), self.office.actors[Role.SHIFT_LEADER]
        return len(calendars.set_day(self.office.opened, leader, day, kind, "停工[/]").moved)

    def _act(self, action: Action) -> Act:
        fields: dict[str, Any] = {"note": "说明[/]", "reason": self.draw.choice(["理由①", "非其职责"])}
        if action is Action.VERIFY:
            fields["result"] = Result.TRUE if self.draw.random() < 0.8 else Result.FALSE
        elif action is Action.FIRST_OPINION:
            fields["result"] = self.draw.choice([Result.SUPPORT, Result.OPPOSE])
        elif action is Action.CHECK:
            fields["result"] = self.draw.choice([Result.PASS, Result.FAIL])
        elif action is Action.FILE:
            fields["category_id"] = self.draw.choice(list(self.office.categories.values()))
            fields["grid_id"] = self.draw.choice(list(self.office.grids.values())).id
            fields["grade"] = self.draw.choice([None, *Grade])
        elif action in (Action.DISPATCH, Action.REDISPATCH):
            fields["handler"] = self.draw.choice(
                [self.office.handlers[name] for name in ("城管局", "环卫所", "住建局", "幸福街道办")]
            )
        elif action is Action.CLOSE:
            fields["outcome"] = self.draw.choice([None, *Outcome])
        elif action is Action.CALL_BACK:
            answers = CallBack(True, self.draw.choice(list(Solved)), self.draw.choice(list(Satisfaction)))
            fields["call_back"] = self.draw.choice([answers, answers, CallBack(False)])
            fields["reason"] = fields["reason"] if fields["call_back"].reached else ""
        return Act.of(action, **fields)


@pytest.mark.parametrize("seed", range(6))
def test_after_a_long_random_walk_every_row_is_what_its_ledger_says(office: StaffedOffice, seed: int) -> None:
    walk = Walk(office, seed)
    numbers: list[str] = []
    for _ in range(120):
        if len(numbers) < 5 or walk.draw.random() < 0.05:
            numbers.append(walk.report())
        office.clock.advance(minutes=walk.draw.randint(0, 400))
        number = walk.draw.choice(numbers)
        walk.step(number)
        key = office.load(number).id
        said, entries = replayed(office, key)
        row = stored(office, key)
        assert row == {**said, "version": entries}
        assert said == projection(office.load(number).case)
    assert len(walk.done) > 10
    assert audit.verify(office.opened).ok


@pytest.mark.parametrize("seed", range(3))
def test_with_a_calendar_that_changes_on_the_way_every_deadline_is_what_the_calendar_says(
    office: StaffedOffice, seed: int
) -> None:
    walk = Walk(office, 100 + seed)
    moved = 0
    for turn in range(90):
        if turn % 6 == 0:
            walk.report()
        office.clock.advance(minutes=walk.draw.randint(0, 400))
        walk.step(walk.draw.choice(walk.numbers))
        if turn % 3 == 0:
            moved += walk.change_calendar()
            escalation.sweep(office.opened)
    assert moved > 5
    assert audit.verify(office.opened).ok
    for case in (office.load(number).case for number in walk.numbers):
        for clock in case.clocks:
            if follows_calendar(case.state, clock):
                assert clock == clock.recompute(office.opened.calendar)


def test_the_walks_together_go_through_every_step_of_the_table(office: StaffedOffice) -> None:
    walk = Walk(office, 4711)
    walk.seeks = True
    # Only an import archives, only undoing one withdraws, and only a changed calendar recomputes.
    wanted = set(Action) - {
        Action.REPORT,
        Action.WITHDRAW,
        Action.ARCHIVE,
        Action.RECOMPUTE,
        Action.REVERT_RESUME,
        Action.HAND_ON,
        Action.MOVE_GRID,
    }
    # Only an earlier version merged without resting.
    wanted -= {Action.REST, Action.CLOSE_FOLLOWER}
    for _ in range(110):
        number = walk.report()
        for _ in range(40):
            office.clock.advance(minutes=walk.draw.randint(0, 150))
            walk.step(number)
        if (steps := {action for _, action in walk.done}) == wanted:
            break
    assert steps == wanted


def test_clocks_and_the_row_say_the_same_deadline_after_a_walk(office: StaffedOffice) -> None:
    walk = Walk(office, 99)
    numbers = [walk.report() for _ in range(6)]
    for _ in range(80):
        office.clock.advance(minutes=walk.draw.randint(0, 200))
        walk.step(walk.draw.choice(numbers))
    for number in numbers:
        loaded = office.load(number)
        with office.opened.database.reading() as connection:
            every = cases.clocks_of(connection, loaded.id)
            due, stage = connection.exec_driver_sql("SELECT due_at, due_stage FROM incident WHERE id = ?", (loaded.id,)).one()
        running = sorted((clock for clock in every if clock.is_running), key=lambda clock: clock.due_at)
        assert (bool(due), stage) == (bool(running), running[0].stage.value if running else "")
        assert len({clock.stage for clock in every if clock.stopped_at is None}) == len(
            [c for c in every if c.stopped_at is None]
        )
