"""An act dated back says in its entry on which past days somebody else becomes responsible: exactly those that the book answers otherwise."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from small_office import StaffedOffice, local

from gridconsole.domain.errors import Refused, UsageRefused
from gridconsole.domain.roster import Half, LeaveKind
from gridconsole.domain.states import Role
from gridconsole.importing.engine import run
from gridconsole.services import absence, audit, departing, hindsight, roster
from gridconsole.services.absence import Absence
from gridconsole.store import ledger, people, responsible

TODAY = date(2026, 11, 23)
FIRST = date(2026, 9, 1)
CODES = ("330106001001001", "330106001001002", "330106001002001")
Owners = dict[tuple[str, date], int | None]


def last_entry(office: StaffedOffice) -> int:
    with office.opened.database.reading() as connection:
        return ledger.last_seq(connection, office.opened.id)


def owners(office: StaffedOffice, entry: int) -> Owners:
    """The responsible person on each past day, as known at an entry."""
    found: Owners = {}
    with office.opened.database.reading() as connection:
        for code in CODES:
            for ahead in range((office.opened.today() - FIRST).days):
                day = FIRST + timedelta(days=ahead)
                whom = responsible.responsible(connection, office.grids[code].id, day, entry)
                found[code, day] = None if whom is None else whom.person_id
    return found


def said_since(office: StaffedOffice, entry: int) -> set[tuple[str, date]]:
    """Grids and days that entries after one say."""
    with office.opened.database.reading() as connection:
        facts = connection.exec_driver_sql("SELECT facts FROM ledger WHERE seq > ?", (entry,)).scalars().all()
    runs = [run for text in facts for run in json.loads(text).get(hindsight.FACT, ())]
    return {
        (code, date.fromisoformat(first) + timedelta(days=ahead))
        for code, first, last in runs
        for ahead in range((date.fromisoformat(last) - date.fromisoformat(first)).days + 1)
    }


def test_a_post_that_ends_in_the_past_says_the_days(office: StaffedOffice) -> None:
    clerk, li = office.actors[Role.CLERK], office.handlers["李小明"].id
    before = last_entry(office)
    roster.remove(office.opened, clerk, li, office.grids[CODES[0]].id, date(2026, 11, 2))
    assert said_since(office, before) == {(CODES[0], date(2026, 11, day)) for day in range(2, 23)}


def test_an_act_from_today_on_says_nothing_of_the_past(office: StaffedOffice) -> None:
    clerk, li = office.actors[Role.CLERK], office.handlers["李小明"].id
    before = last_entry(office)
    roster.remove(office.opened, clerk, li, office.grids[CODES[0]].id)
    assert said_since(office, before) == set()


def act(office: StaffedOffice, chance: random.Random) -> None:
    """Do something at random, as of a day in the past or soon."""
    clerk, here = office.actors[Role.CLERK], office.opened
    with here.database.reading() as connection:
        whom = [row.id for row in people.wardens(connection, TODAY) if row.left_on is None]
    person, grid = chance.choice(whom), office.grids[chance.choice(CODES)].id
    day = FIRST + timedelta(days=chance.randrange(95))
    last = Half(day + timedelta(days=chance.randrange(9)), is_afternoon=True)
    away = Absence(person, LeaveKind.SICK, Half(day, chance.random() < 0.5), last, deputy=chance.choice([*whom, None]))
    acts: list[Callable[[], object]] = [
        lambda: roster.assign(here, clerk, person, grid, chance.choice("AB"), "", day),
        lambda: roster.remove(here, clerk, person, grid, day),
        lambda: roster.set_rank(here, clerk, person, grid, chance.choice("AB"), day),
        lambda: departing.depart(here, clerk, person, day),
        lambda: absence.take(here, clerk, away),
    ]
    chance.choice(acts)()


@pytest.mark.parametrize("seed", range(4))
def test_every_act_says_exactly_the_days_that_changed(office: StaffedOffice, seed: int) -> None:
    chance = random.Random(seed)
    changed_days = 0
    for turn in range(60):
        office.clock.at = local(TODAY, "09:00") + timedelta(minutes=turn)
        before = last_entry(office)
        was = owners(office, before)
        try:
            act(office, chance)
        except (Refused, UsageRefused):
            continue
        now = owners(office, last_entry(office))
        expected = {place for place, whom in now.items() if was[place] != whom}
        assert {place for place in said_since(office, before) if place[1] >= FIRST} == expected
        changed_days += len(expected)
    assert changed_days > 20, changed_days


def some_list(office: StaffedOffice, chance: random.Random) -> str:
    """A list that says for some people since when they are on a grid, and for others when they left."""
    with office.opened.database.reading() as connection:
        known = [row for row in people.wardens(connection, TODAY) if row.left_on is None]
    lines = ["工号,姓名,负责网格,主辅,入职日期,离职日期"]
    for row in chance.sample(known, min(len(known), chance.randrange(1, 4))):
        day = FIRST + timedelta(days=chance.randrange(83))
        if chance.random() < 0.4:
            lines.append(f"{row.code},{row.name},,,,{day}")
        else:
            lines.append(f"{row.code},{row.name},{chance.choice(CODES)},{chance.choice('AB')},,")
    for _ in range(chance.randrange(3)):
        number = f"N{chance.randrange(10_000):04d}"
        lines.append(
            f"{number},新人{number},{chance.choice(CODES)},{chance.choice('AB')},{FIRST + timedelta(days=chance.randrange(83))},"
        )
    return "\n".join(lines)


@pytest.mark.parametrize("seed", range(4))
def test_every_list_says_exactly_the_days_that_changed(office: StaffedOffice, tmp_path: Path, seed: int) -> None:
    """Grids that nobody had before are left out: a first list would name every one of them."""
    chance = random.Random(seed)
    changed_days, file = 0, tmp_path / "list.csv"
    for turn in range(25):
        office.clock.at = local(TODAY, "09:00") + timedelta(minutes=turn)
        before = last_entry(office)
        was = owners(office, before)
        file.write_text(some_list(office, chance), encoding="utf-8")
        run(office.opened, office.actors[Role.CLERK], "wardens", file)
        now = owners(office, last_entry(office))
        expected = {place for place, whom in now.items() if was[place] != whom}
        said = {place for place in said_since(office, before) if place[1] >= FIRST}
        assert said <= expected
        assert {was[place] for place in expected - said} <= {None}
        changed_days += len(said)
    assert changed_days > 20, changed_days
    assert audit.verify(office.opened).ok


def test_posts_given_together_say_the_days(office: StaffedOffice) -> None:
    before = last_entry(office)
    yi, zhao = office.handlers["𠮷田"].id, office.grids[CODES[2]].id
    was = owners(office, before)
    roster.assign_many(
        office.opened, office.actors[Role.CLERK], [(yi, zhao, "A"), (yi, office.grids[CODES[1]].id, "B")], date(2026, 11, 2)
    )
    now = owners(office, last_entry(office))
    assert said_since(office, before) == {place for place, whom in now.items() if was[place] != whom} != set()
