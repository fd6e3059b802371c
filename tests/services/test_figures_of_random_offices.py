"""Every figure of random offices equals what an independent walk over the ledger counts, in every kind of period."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from ledger_oracle import Oracle
from small_office import StaffedOffice

from gridconsole.domain.actions import Action, CallBack, Lead
from gridconsole.domain.errors import Refused, UsageRefused
from gridconsole.domain.figures import COUNTS, Fact, holds
from gridconsole.domain.periods import Period, PeriodKind, of_day
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.importing import undo
from gridconsole.importing.engine import run
from gridconsole.reporting.request import Request
from gridconsole.services import audit
from gridconsole.store import fact_queries
from gridconsole.store.fact_queries import TABLES

DAYS = 75
ACTS_A_DAY = 6
LATER = {"late_at_end", "overdue_at_end", "overdue_half_more", "overdue_threefold", "outer_due", "outer_in_time"}
"""Counts that worked examples test: the walk knows no deadline as it was at a moment, and no other system's."""


class Sim:
    """An office in which something happens at random."""

    def __init__(self, office: StaffedOffice, folder: Path, seed: int) -> None:
        self.office, self.folder, self.chance = office, folder, random.Random(seed)
        self.batches: list[int] = []
        self.done: dict[str, int] = {}

    def go(self) -> None:
        acts: list[tuple[int, Callable[[], object]]] = [
            (5, self.report), (24, self.step), (2, self.reopen), (1, self.merge), (1, self.part), (1, self.void), (1, self.appeal),
            (3, self.call), (1, self.bring), (1, self.undo),
        ]  # fmt: skip
        for _ in range(DAYS):
            for _ in range(ACTS_A_DAY):
                self.office.clock.advance(minutes=self.chance.choice([3, 25, 90, 170]))
                act = self.chance.choices([one for _, one in acts], [weight for weight, _ in acts])[0]
                try:
                    act()
                except (Refused, UsageRefused, IndexError, ValueError):
                    continue
                self.done[act.__name__] = self.done.get(act.__name__, 0) + 1
            self.office.clock.advance(hours=self.chance.choice([9, 14, 20]))

    def report(self) -> None:
        grid = self.chance.choice(list(self.office.grids.values()))
        source = self.chance.choice([Source.WARDEN, Source.PUBLIC, Source.HOTLINE_12345, Source.INSPECTOR])
        reporter = self.office.handlers["李小明"].id if source is Source.WARDEN and self.chance.random() < 0.6 else None
        category = self.chance.choice(["暴露垃圾", "路灯", "非法小广告"])
        self.office.report(
            source=source, grid_id=grid.id, area_id=grid.area_id, category_id=self.office.categories[category], reporter_id=reporter,
            reporter_phone="13812345678" if source.is_resident else "",
        )  # fmt: skip

    def rows(self, *states: State) -> list[str]:
        with self.office.opened.database.reading() as connection:
            marks = ",".join(f"'{state.value}'" for state in states)
            return list(
                connection.exec_driver_sql(
                    f"SELECT number FROM incident WHERE state IN ({marks}) AND resting = 0 ORDER BY id DESC LIMIT 25"
                ).scalars()
            )

    def step(self) -> None:
        number = self.chance.choice(self.rows(*(state for state in State if not state.is_final)))
        case = self.office.load(number).case
        act, chance = self.office.act, self.chance
        handler = self.office.handlers[chance.choice(["城管局", "环卫所", "王[/]芳"])]
        if case.state is State.REPORTED and chance.random() < 0.2:
            act(number, Action.DECLINE, reason="不属实")
        elif case.state is State.REPORTED and chance.random() < 0.15:
            act(number, Action.SETTLE, note="当场办了")
        elif case.state is State.HANDLING:
            self.handle(number)
        elif case.state is State.TO_CHECK:
            fails = chance.random() < 0.3
            act(number, Action.CHECK, result=Result.FAIL if fails else Result.PASS, **({"reason": "没清干净"} if fails else {}))
        else:
            plain: dict[State, Callable[[], object]] = {
                State.REPORTED: lambda: act(number, Action.ACCEPT),
                State.VERIFYING: lambda: act(
                    number, Action.VERIFY, result=chance.choice([Result.TRUE, Result.TRUE, Result.FALSE])
                ),
                State.TO_FILE: lambda: act(number, Action.FILE),
                State.TO_DISPATCH: lambda: act(number, Action.DISPATCH, handler=handler, reason="就近"),
                State.SUSPENDED: lambda: act(number, Action.RESUME),
                State.TO_CLOSE: lambda: act(number, Action.CLOSE),
            }
            plain[case.state]()

    def handle(self, number: str) -> None:
        chance = self.chance.random()
        if chance < 0.55:
            self.office.act(number, Action.FEEDBACK, note="已清理")
        elif chance < 0.68:
            handler = self.office.handlers[self.chance.choice(["城管局", "环卫所", "王[/]芳"])]
            self.office.act(number, Action.REDISPATCH, handler=handler, reason="改派")
        elif chance < 0.78:
            self.office.grant(
                number, Action.SUSPEND, until=self.office.opened.today() + timedelta(days=self.chance.randrange(2, 20))
            )
        elif chance < 0.88:
            self.office.grant(number, Action.EXTEND)
        else:
            self.office.grant(number, Action.RETURN)

    def reopen(self) -> None:
        self.office.act(self.chance.choice(self.rows(State.CLOSED)), Action.REOPEN, reason="又脏了")

    def merge(self) -> None:
        first, second = self.chance.sample(self.rows(State.REPORTED, State.HANDLING, State.TO_DISPATCH), 2)
        self.office.act(first, Action.MERGE, into=Lead(second))

    def part(self) -> None:
        with self.office.opened.database.reading() as connection:
            merged = connection.exec_driver_sql("SELECT number FROM incident WHERE merged_into IS NOT NULL").scalars().all()
        self.office.act(self.chance.choice(merged), Action.UNMERGE, reason="并错了")

    def void(self) -> None:
        self.office.grant(self.chance.choice(self.rows(State.HANDLING)), Action.VOID)

    def appeal(self) -> None:
        self.office.grant(self.chance.choice(self.rows(State.CLOSED)), Action.APPEAL)

    def call(self) -> None:
        reached = self.chance.random() < 0.8
        answer = CallBack(
            reached, self.chance.choice([Solved.YES, Solved.YES, Solved.NO]) if reached else None,
            self.chance.choice([Satisfaction.VERY, Satisfaction.UNDERSTANDING, Satisfaction.DISSATISFIED]) if reached else None,
        )  # fmt: skip
        self.office.act(self.chance.choice(self.rows(State.CLOSED)), Action.CALL_BACK, call_back=answer, reason="居民说的")

    def bring(self) -> None:
        today = self.office.opened.today()
        lines = ["工单编号,受理时间,来电人,电话,网格,问题分类,主要内容,办理状态,派遣时间,处置时间,结案时间"]
        for at in range(3):
            day = today - timedelta(days=self.chance.randrange(4, 30))
            key = f"H{self.chance.randrange(10**6)}"
            over = f"已结案,{day} 09:00,{day + timedelta(days=at)} 11:00,{day + timedelta(days=at)} 16:00" if at < 2 else ",,,"
            lines.append(f"{key},{day} 08:00,王二,13900001112,东风社区第1网格,路灯,路灯不亮{key},{over}")
        file = self.folder / f"history-{len(self.batches)}.csv"
        file.write_text("\n".join(lines), encoding="utf-8")
        done = run(self.office.opened, self.office.actors[Role.CLERK], "incidents", file)
        self.batches.append(done.batch)

    def undo(self) -> None:
        undo.undo(self.office.opened, self.office.actors[Role.CLERK], self.batches.pop())


def periods(office: StaffedOffice, chance: random.Random) -> list[Period]:
    """Periods of every kind, around what happened."""
    today = office.opened.today()
    days = [today - timedelta(days=chance.randrange(DAYS + 10)) for _ in range(3)]
    found = [of_day(kind, day) for kind in PeriodKind if kind is not PeriodKind.SPAN for day in days]
    return [*found, Period(PeriodKind.SPAN, min(days), max(days))]


@pytest.mark.parametrize("seed", range(6))
def test_every_figure_equals_an_independent_count(office: StaffedOffice, tmp_path: Path, seed: int) -> None:
    sim = Sim(office, tmp_path, seed)
    sim.go()
    check(office, sim)
    assert audit.verify(office.opened).ok


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(100, 150))
def test_every_figure_of_fifty_offices_equals_an_independent_count(office: StaffedOffice, tmp_path: Path, seed: int) -> None:
    sim = Sim(office, tmp_path, seed)
    sim.go()
    check(office, sim)


def check(office: StaffedOffice, sim: Sim) -> None:
    oracle = Oracle(office.opened)
    here = office.opened
    keys = [count.key for count in COUNTS]
    with here.database.reading() as connection:
        for period in periods(office, sim.chance):
            asked = Request(period, here.now(), here.calendar.zone)
            if period.first > here.today():
                continue
            found = fact_queries.cube(connection, here.id, keys, asked.days, ("source",)).total()
            expected = oracle.count(asked.now.first, asked.now.last)
            assert expected.keys() | LATER == set(keys)
            differing = {key: (found.get(key, 0), expected[key]) for key in expected if found.get(key, 0) != expected[key]}
            assert differing == {}, (period, differing)
        _months_add_up(connection, office)
        _readers_agree(connection, office, of_day(PeriodKind.MONTH, here.today()))


def _months_add_up(connection: object, office: StaffedOffice) -> None:
    here = office.opened
    year = of_day(PeriodKind.YEAR, here.today())
    additive = [count.key for count in COUNTS if count.is_additive]
    asked = Request(year, here.now(), here.calendar.zone)
    whole = fact_queries.cube(connection, here.id, additive, asked.days, ()).total()  # type: ignore[arg-type]
    parts: dict[str, int] = {}
    for month in range(1, 13):
        days = asked.days_of(of_day(PeriodKind.MONTH, date(year.first.year, month, 1)))
        for key, count in fact_queries.cube(connection, here.id, additive, days, ()).total().items():  # type: ignore[arg-type]
            parts[key] = parts.get(key, 0) + count
    assert {key: count for key, count in parts.items() if count} == {key: count for key, count in whole.items() if count}


def _readers_agree(connection: object, office: StaffedOffice, period: Period) -> None:
    """SQL and Python read the same condition alike, row by row; and as many cases open as the figure says."""
    here = office.opened
    days = Request(period, here.now(), here.calendar.zone).days
    rows = {
        fact: [dict(row._mapping) for row in connection.execute(TABLES[fact].select())]
        for fact in Fact  # type: ignore[attr-defined]
    }
    counted = fact_queries.cube(connection, here.id, [count.key for count in COUNTS], days, ()).total()  # type: ignore[arg-type]
    for count in COUNTS:
        by_python = sum(holds(count.where, row, days) for row in rows[count.fact])
        assert counted.get(count.key, 0) == by_python, count.key
        assert len(fact_queries.cases(connection, here.id, count.key, days)) == by_python, count.key  # type: ignore[arg-type]
