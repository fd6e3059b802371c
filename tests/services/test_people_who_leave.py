"""People who come, go and are away: nothing stays behind, and a deputy stands in."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_office import StaffedOffice

from gridconsole.domain.actions import Action
from gridconsole.domain.errors import (
    AssigneeExcluded,
    DayImpossible,
    DeputyFlaw,
    DeputyUnfit,
    HandlerExcluded,
    LeaveOverlaps,
    LeaveReversed,
    NoEmployment,
    NoLeave,
    NotPermitted,
    PersonExists,
    StillHolds,
    WardenLeft,
)
from gridconsole.domain.ranking import Exclusion
from gridconsole.domain.roster import Half, LeaveKind, WhyLeft
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.services import absence, audit, departing, handlers, post_handover, roster, tasks
from gridconsole.services.absence import Absence
from gridconsole.services.departing import NewPerson
from gridconsole.store import people, responsible
from gridconsole.store.responsible import Responsible

TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)
GRID = "330106001001001"


@pytest.fixture
def li(office: StaffedOffice) -> int:
    """A of the first grid."""
    return office.handlers["李小明"].id


@pytest.fixture
def tian(office: StaffedOffice) -> int:
    """B of the first grid."""
    return office.handlers["𠮷田"].id


@pytest.fixture
def wang(office: StaffedOffice) -> int:
    """A of the second grid, alone there."""
    return office.handlers["王[/]芳"].id


def who(office: StaffedOffice, at: date | Half = TODAY, grid: str = GRID) -> Responsible | None:
    with office.opened.database.reading() as connection:
        return responsible.responsible(connection, office.grids[grid].id, at)


def named(office: StaffedOffice, at: date | Half = TODAY, grid: str = GRID) -> str:
    found = who(office, at, grid)
    return "" if found is None else found.name


def leave(office: StaffedOffice, person: int, first: str, last: str, deputy: int | None = None) -> None:
    absence.take(
        office.opened,
        office.actors[Role.CLERK],
        Absence(person, LeaveKind.ANNUAL, Half.read(first), Half.read(last), deputy, "回乡[/]"),
    )


WAYS: dict[State, tuple[tuple[Action, dict[str, object]], ...]] = {
    State.HANDLING: (),
    State.TO_CHECK: ((Action.FEEDBACK, {"note": "已清理"}),),
    State.TO_CLOSE: ((Action.FEEDBACK, {"note": "已清理"}), (Action.CHECK, {"result": Result.PASS})),
}


def held_by(office: StaffedOffice, name: str, state: State = State.HANDLING) -> str:
    """A case that a warden handles, or has handled and may get back."""
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers[name])
    for action, fields in WAYS[state]:
        office.act(number, action, **fields)
    return number


def to_verify(office: StaffedOffice) -> str:
    number = office.report(source=Source.PUBLIC).number
    assert office.act(number, Action.ACCEPT).state is State.VERIFYING
    return number


# --- departures -------------------------------------------------------------------------------------------------


def test_a_departure_ends_employment_posts_and_leave(office: StaffedOffice, li: int) -> None:
    leave(office, li, "2026-12-01a", "2026-12-02p")
    departing.depart(office.opened, office.actors[Role.CLERK], li, TOMORROW, WhyLeft.RECRUITED)
    with office.opened.database.reading() as connection:
        row = people.warden(connection, li, TODAY)
        spans = [(post.ends_on, post.why_ended) for post in people.posts_of_warden(connection, li)]
        away = connection.exec_driver_sql("SELECT count(*) FROM leave WHERE replaced_by IS NULL").scalar_one()
    assert row is not None and (row.left_on, spans, away) == (TOMORROW, [(TOMORROW, "recruited")], 0)
    assert (named(office), named(office, TOMORROW)) == ("李小明", "𠮷田")
    assert audit.verify(office.opened).ok
    office.clock.advance(days=1)
    with pytest.raises(NoEmployment):
        departing.depart(office.opened, office.actors[Role.CLERK], li, TOMORROW)


def spans_of(office: StaffedOffice, person: int) -> list[tuple[str, date | None]]:
    with office.opened.database.reading() as connection:
        return [(post.rank, post.ends_on) for post in people.posts_of_warden(connection, person)]


def left_on(office: StaffedOffice, person: int) -> date | None:
    with office.opened.database.reading() as connection:
        row = people.warden(connection, person, TODAY)
    assert row is not None
    return row.left_on


def test_a_planned_departure_moves_and_is_cancelled(office: StaffedOffice, li: int) -> None:
    clerk, first, later, sooner = office.actors[Role.CLERK], date(2026, 12, 31), date(2027, 2, 1), date(2026, 12, 7)
    for day in (first, sooner, later, first):
        departing.depart(office.opened, clerk, li, day, WhyLeft.CONTRACT_ENDED)
        assert (left_on(office, li), spans_of(office, li)) == (day, [("A", day)])
        assert (named(office, day - timedelta(days=1)), named(office, day)) == ("李小明", "𠮷田")
    departing.stay(office.opened, clerk, li)
    assert (left_on(office, li), spans_of(office, li), named(office, later)) == (None, [("A", None)], "李小明")
    with pytest.raises(NoEmployment) as refusal:
        departing.stay(office.opened, clerk, li)
    assert refusal.value.advice == "stays"
    assert audit.verify(office.opened).ok


def test_a_cancelled_departure_keeps_the_posts_given_in_the_meantime(office: StaffedOffice, li: int) -> None:
    clerk, second = office.actors[Role.CLERK], office.grids["330106001001002"].id
    departing.depart(office.opened, clerk, li, date(2026, 12, 31))
    roster.assign(office.opened, clerk, li, second, "B")
    departing.stay(office.opened, clerk, li)
    assert spans_of(office, li) == [("A", None), ("B", None)]


def test_a_cancelled_departure_takes_nothing_from_who_got_it(office: StaffedOffice, li: int, tian: int) -> None:
    clerk, day = office.actors[Role.CLERK], date(2026, 12, 7)
    planned = post_handover.plan(office.opened, clerk, li, day, why_ended=WhyLeft.RESIGNED)
    post_handover.do(office.opened, office.actors[Role.SHIFT_LEADER], planned.number, sheet="JJ-1")
    departing.stay(office.opened, clerk, li)
    assert (left_on(office, li), spans_of(office, li)) == (None, [("A", day)])
    assert (named(office), named(office, day)) == ("李小明", "𠮷田")
    assert audit.verify(office.opened).ok


def test_work_goes_on_until_a_planned_departure(office: StaffedOffice, li: int) -> None:
    clerk, day, second = office.actors[Role.CLERK], date(2026, 12, 31), office.grids["330106001001002"].id
    departing.depart(office.opened, clerk, li, day)
    roster.assign(office.opened, clerk, li, second, "B")
    assert ("B", day) in spans_of(office, li), "no post outlasts the employment"
    roster.set_rank(office.opened, clerk, office.handlers["王[/]芳"].id, second, "A")
    roster.remove(office.opened, clerk, li, second, date(2026, 12, 7))
    assert ("B", date(2026, 12, 7)) in spans_of(office, li)
    roster.remove(office.opened, clerk, li, second, date(2026, 12, 20))
    assert ("B", date(2026, 12, 20)) in spans_of(office, li), "a planned end moves, too"
    roster.remove(office.opened, clerk, li, second, date(2027, 3, 1))
    assert ("B", day) in spans_of(office, li)
    with pytest.raises(WardenLeft):
        roster.assign(office.opened, clerk, li, office.grids["330106001002001"].id, on=day)


def test_who_is_about_to_leave_gets_nothing_new(office: StaffedOffice, li: int) -> None:
    departing.depart(office.opened, office.actors[Role.CLERK], li, date(2026, 12, 31))
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], reason="就要他")
    assert (refusal.value.reason, refusal.value.hard) == (Exclusion.LEAVING, True)
    checked = office.case_in(State.TO_CHECK)
    with pytest.raises(AssigneeExcluded):
        office.act(checked, Action.SEND, assignee=tasks.find_assignee(office.opened, "W001", checked))
    assert named(office, date(2026, 12, 30)) == "李小明"


@pytest.mark.parametrize("state", WAYS)
def test_nobody_leaves_with_a_case_in_hand(office: StaffedOffice, li: int, state: State) -> None:
    number = held_by(office, "李小明", state)
    for act in (
        lambda: departing.depart(office.opened, office.actors[Role.CLERK], li, TOMORROW),
        lambda: roster.remove(office.opened, office.actors[Role.CLERK], li, office.grids[GRID].id),
        lambda: leave(office, li, "2026-11-24a", "2026-11-27a"),
    ):
        with pytest.raises(StillHolds) as refusal:
            act()
        assert (refusal.value.cases, refusal.value.number, list(refusal.value.grids)) == (1, "W001", []), number
    assert named(office, TOMORROW) == "李小明"


def test_nobody_leaves_who_is_out_to_inspect(office: StaffedOffice, tian: int) -> None:
    number = to_verify(office)
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "W002", number))
    with pytest.raises(StillHolds) as refusal:
        departing.depart(office.opened, office.actors[Role.CLERK], tian, TOMORROW)
    assert (refusal.value.cases, refusal.value.tasks) == (0, 1)


def test_the_last_person_of_a_grid_neither_leaves_nor_goes_away_for_long(office: StaffedOffice, wang: int, li: int) -> None:
    for act in (
        lambda: departing.depart(office.opened, office.actors[Role.CLERK], wang, TOMORROW),
        lambda: leave(office, wang, "2026-11-24a", "2026-11-27a"),
    ):
        with pytest.raises(StillHolds) as refusal:
            act()
        assert list(refusal.value.grids) == ["东风社区第2网格"]
    leave(office, wang, "2026-11-24a", "2026-11-26p")
    leave(office, wang, "2026-12-01a", "2026-12-20p", deputy=li)
    assert named(office, date(2026, 12, 10), "330106001001002") == "李小明"


def test_nobody_left_before_their_last_case_was_out_of_their_hands(office: StaffedOffice, li: int) -> None:
    number = held_by(office, "李小明")
    office.act(number, Action.REDISPATCH, handler=office.handlers["𠮷田"], reason="李小明要走")
    for day in (TODAY, date(2026, 11, 1)):
        with pytest.raises(DayImpossible) as refusal:
            departing.depart(office.opened, office.actors[Role.CLERK], li, day)
        assert refusal.value.first == TOMORROW
    with pytest.raises(DayImpossible):
        departing.depart(office.opened, office.actors[Role.CLERK], li, date(2024, 1, 1))
    departing.depart(office.opened, office.actors[Role.CLERK], li, TOMORROW)


def test_a_person_comes_with_a_number_of_their_own(office: StaffedOffice) -> None:
    clerk, grid = office.actors[Role.CLERK], office.grids["330106001002001"].id
    with pytest.raises(PersonExists) as refusal:
        departing.add(office.opened, clerk, NewPerson("W001", "新人"))
    assert refusal.value.warden == "李小明"
    key = departing.add(office.opened, clerk, NewPerson("W9", "曾[/]一", "13912345678"))
    roster.assign(office.opened, clerk, key, grid)
    assert named(office, TODAY, "330106001002001") == "曾[/]一"
    with office.opened.database.reading() as connection:
        row = people.warden(connection, key, TODAY)
    assert row is not None and (row.code, row.phone, row.joined_on) == ("W9", "139****5678", TODAY)
    assert audit.verify(office.opened).ok


# --- leave ------------------------------------------------------------------------------------------------------


def test_a_deputy_stands_in_for_half_days_and_not_a_minute_longer(office: StaffedOffice, li: int, wang: int) -> None:
    leave(office, li, "2026-11-24p", "2026-11-25a", deputy=wang)
    found = {half: named(office, Half.read(half)) for half in ("2026-11-24a", "2026-11-24p", "2026-11-25a", "2026-11-25p")}
    assert found == {"2026-11-24a": "李小明", "2026-11-24p": "王[/]芳", "2026-11-25a": "王[/]芳", "2026-11-25p": "李小明"}
    deputy = who(office, Half.read("2026-11-24p"))
    assert deputy == Responsible(wang, "王[/]芳", "W003", "A", "李小明")


def test_dispatch_and_inspections_go_to_the_deputy_meanwhile_and_back_afterwards(
    office: StaffedOffice, li: int, wang: int
) -> None:
    leave(office, li, "2026-11-23a", "2026-11-23p", deputy=wang)
    number = office.case_in(State.TO_DISPATCH)
    ranking = handlers.ranking_for(office.opened, number)
    wardens = [(one.handler.name, one.stands_in_for) for one in ranking.candidates if one.handler.id == wang or one.stands_in_for]
    assert ("王[/]芳", "李小明") in wardens
    assert ("李小明", Exclusion.ON_LEAVE) in [(one.handler.name, one.reason) for one in ranking.excluded]
    assert office.act(number, Action.DISPATCH, handler=office.handlers["王[/]芳"]).state is State.HANDLING
    asked = to_verify(office)
    first = {candidate.who.name: (candidate.rank, flaw) for candidate, flaw in tasks.candidates(office.opened, asked)}
    assert first["王[/]芳"] == ("A", None)
    office.clock.advance(days=1)
    again = handlers.ranking_for(office.opened, office.case_in(State.TO_DISPATCH))
    assert "王[/]芳" not in [one.handler.name for one in again.candidates]
    assert "李小明" in [one.handler.name for one in again.candidates]


def test_leave_ends_early_and_leave_to_come_is_withdrawn(office: StaffedOffice, li: int, tian: int) -> None:
    clerk = office.actors[Role.CLERK]
    leave(office, li, "2026-11-23a", "2026-11-25p", deputy=tian)
    assert named(office, TODAY) == "𠮷田"
    absence.end(office.opened, clerk, li, Half.read("2026-11-24p"))
    assert (named(office, Half.read("2026-11-24a")), named(office, Half.read("2026-11-24p"))) == ("𠮷田", "李小明")
    leave(office, li, "2026-12-01a", "2026-12-01p")
    absence.end(office.opened, clerk, li, Half.read("2026-11-26a"))
    with pytest.raises(NoLeave):
        absence.end(office.opened, clerk, li, Half.read("2026-11-26a"))
    assert named(office, date(2026, 12, 1)) == "李小明"
    assert audit.verify(office.opened).ok


def test_impossible_leave_is_refused(office: StaffedOffice, li: int, tian: int, wang: int) -> None:
    with pytest.raises(LeaveReversed):
        leave(office, li, "2026-12-01p", "2026-12-01a")
    with pytest.raises(NoEmployment):
        leave(office, office.handlers["赵离"].id, "2026-12-01a", "2026-12-01p")
    leave(office, li, "2026-12-01a", "2026-12-03a", deputy=tian)
    with pytest.raises(LeaveOverlaps):
        leave(office, li, "2026-12-03a", "2026-12-04p")
    for deputy, flaw in ((wang, DeputyFlaw.SELF), (li, DeputyFlaw.AWAY), (office.handlers["赵离"].id, DeputyFlaw.NOT_IN_SERVICE)):
        with pytest.raises(DeputyUnfit) as refusal:
            leave(office, wang, "2026-12-02a", "2026-12-02p", deputy=deputy)
        assert refusal.value.why is flaw
    # No circle: who stands in for somebody cannot go away in these days.
    with pytest.raises(DeputyUnfit) as refusal:
        leave(office, tian, "2026-12-02a", "2026-12-02p", deputy=wang)
    assert (refusal.value.why, refusal.value.warden) == (DeputyFlaw.DEPUTISES, "李小明")


@pytest.mark.parametrize("role", [Role.DISPATCHER, Role.ACCEPTOR, Role.INSPECTOR, Role.LEADER, Role.AUDITOR, Role.ADMIN])
def test_only_who_keeps_the_roster_changes_it(office: StaffedOffice, li: int, role: Role) -> None:
    actor, day = office.actors[role], Half(TOMORROW)
    for act in (
        lambda: departing.depart(office.opened, actor, li, TOMORROW),
        lambda: departing.add(office.opened, actor, NewPerson("W9", "甲")),
        lambda: absence.take(office.opened, actor, Absence(li, LeaveKind.SICK, day, day)),
        lambda: absence.end(office.opened, actor, li),
        lambda: roster.set_rank(office.opened, actor, li, office.grids[GRID].id, "B"),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_nobody_is_taken_off_a_grid_of_an_open_case_afterwards(office: StaffedOffice, wang: int, tian: int) -> None:
    """A post dated back leaves no grid without anybody on a day on which one of its open cases waited."""
    clerk, second = office.actors[Role.CLERK], office.grids["330106001001002"]
    office.report(grid_id=second.id, area_id=second.area_id)
    office.clock.advance(days=5)
    roster.assign(office.opened, clerk, tian, second.id, "B")
    for day in (TODAY - timedelta(days=30), TODAY + timedelta(days=4)):
        with pytest.raises(StillHolds) as refusal:
            roster.remove(office.opened, clerk, wang, second.id, day)
        assert refusal.value.grids == ["东风社区第2网格"]
    roster.remove(office.opened, clerk, wang, second.id, TODAY + timedelta(days=5))
    assert audit.verify(office.opened).ok
