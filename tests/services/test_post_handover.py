"""Handovers of posts: every case, inspection and grid has a successor before the person goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from small_office import StaffedOffice, local

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import (
    DayImpossible,
    DeputyUnfit,
    GuardRefused,
    NothingToHandOver,
    NotPermitted,
    PlanOutdated,
    PostHandoverOver,
    SheetNeeded,
    StillHolds,
    SuccessorUnfit,
    UnknownHandler,
    UnknownPostHandover,
)
from gridconsole.domain.grid_change import Part
from gridconsole.domain.post_handover import HandoverState, HandoverWhy, ItemKind, PostHandover
from gridconsole.domain.roster import GridChangeKind, Half, LeaveKind, WhyLeft
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.services import (
    absence,
    audit,
    case_queries,
    casework,
    departing,
    grid_changes,
    post_handover,
    roster,
    tasks,
    upkeep,
)
from gridconsole.services.absence import Absence
from gridconsole.services.grid_changes import Wish
from gridconsole.store import misplaced, people, responsible
from gridconsole.store import roster as book
from gridconsole.store import tasks as stored

TODAY = date(2026, 11, 23)
TOMORROW = TODAY + timedelta(days=1)
GRID, SECOND, THIRD = "330106001001001", "330106001001002", "330106001002001"


def plan(office: StaffedOffice, name: str, **more: object) -> PostHandover:
    return post_handover.plan(office.opened, office.actors[Role.CLERK], office.handlers[name].id, **more)  # type: ignore[arg-type]


def do(office: StaffedOffice, number: int, **more: str) -> PostHandover:
    return post_handover.do(office.opened, office.actors[Role.SHIFT_LEADER], number, **(more or {"sheet": "JJ-1"}))


def given_to(office: StaffedOffice, name: str, state: State = State.HANDLING) -> str:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers[name])
    if state in (State.TO_CHECK, State.TO_CLOSE):
        office.act(number, Action.FEEDBACK, note="已清理")
    if state is State.TO_CLOSE:
        office.act(number, Action.CHECK, result=Result.PASS)
    return number


def to_verify(office: StaffedOffice, who: str) -> str:
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, who, number))
    return number


def handler_of(office: StaffedOffice, number: str) -> str:
    handler = office.load(number).case.handler
    return "" if handler is None else handler.name


def turns(office: StaffedOffice, number: str) -> list[tuple[int, str | None, int | None]]:
    with office.opened.database.reading() as connection:
        return [
            tuple(row)
            for row in connection.exec_driver_sql(
                "SELECT a.handler_id, a.ended_how, a.late FROM assignment a JOIN incident i ON i.id = a.incident_id"
                " WHERE i.number = ? ORDER BY a.id",
                (number,),
            )
        ]


def responsible_on(office: StaffedOffice, grid: str, day: date) -> str:
    with office.opened.database.reading() as connection:
        found = responsible.responsible(connection, office.grids[grid].id, day)
    return "" if found is None else f"{found.name} {found.rank}"


def test_a_departure_hands_everything_to_the_other_person_of_the_grid(office: StaffedOffice) -> None:
    li, tian = office.handlers["李小明"].id, office.handlers["𠮷田"].id
    numbers = [given_to(office, "李小明") for _ in range(3)]
    checked, closing = given_to(office, "李小明", State.TO_CHECK), given_to(office, "李小明", State.TO_CLOSE)
    asked = to_verify(office, "W001")
    planned = plan(office, "李小明", why_ended=WhyLeft.RESIGNED)
    assert {(item.kind, item.label) for item in planned.items} == {
        *((ItemKind.CASE, number) for number in (*numbers, checked, closing)), (ItemKind.TASK, asked), (ItemKind.GRID, "东风社区第1网格"),
    }  # fmt: skip
    assert {item.proposed.name for item in planned.items if item.proposed} == {"𠮷田"}
    before = {number: office.load(number).case.due_clock for number in numbers}
    done = do(office, planned.number)
    assert (done.state, done.sheet, done.done_by) == (HandoverState.DONE, "JJ-1", "值班长")
    for number in (*numbers, checked, closing):
        assert handler_of(office, number) == "𠮷田"
        assert office.load(number).case.redispatch_count == 0
    assert {number: office.load(number).case.due_clock for number in numbers} == before, "the clocks run on"
    assert turns(office, numbers[0]) == [(li, "handed_over", None), (tian, None, None)]
    assert [how for _, how, _ in turns(office, checked)] == ["fed_back", None]
    assert [
        task.assignee.name for task in case_queries.view(office.opened, asked, office.actors[Role.CLERK]).tasks if not task.ended
    ] == ["𠮷田"]
    assert [responsible_on(office, GRID, day) for day in (TODAY, TOMORROW)] == ["李小明 A", "𠮷田 A"]
    with office.opened.database.reading() as connection:
        row = people.warden(connection, li, TODAY)
    assert row is not None and (row.left_on, row.open_cases) == (TOMORROW, 0)
    assert audit.verify(office.opened).ok


def test_a_case_that_fails_its_check_comes_back_to_the_successor(office: StaffedOffice) -> None:
    number = given_to(office, "李小明", State.TO_CHECK)
    do(office, plan(office, "李小明").number)
    assert office.act(number, Action.CHECK, result=Result.FAIL, reason="没清干净").state is State.HANDLING
    assert (handler_of(office, number), turns(office, number)[-1][1:]) == ("𠮷田", (None, None))
    office.act(number, Action.FEEDBACK, note="清干净了")
    assert turns(office, number)[-1] == (office.handlers["𠮷田"].id, "fed_back", 0)
    assert audit.verify(office.opened).ok


def test_a_suspended_case_and_what_was_asked_go_on_with_the_successor(office: StaffedOffice) -> None:
    number = given_to(office, "李小明")
    office.act(number, Action.SUSPEND, reason="等材料", until=date(2026, 11, 27))
    resting = given_to(office, "李小明")
    office.grant(resting, Action.SUSPEND, until=date(2026, 11, 27))
    do(office, plan(office, "李小明").number)
    assert office.load(number).case.request is not None
    assert [how for _, how, _ in turns(office, resting)] == ["handed_over", None]
    office.clock.advance(days=4)
    casework.resume_due(office.opened)
    assert (office.load(resting).case.state, handler_of(office, resting)) == (State.HANDLING, "𠮷田")
    with office.opened.database.reading() as connection:
        live = connection.exec_driver_sql(
            "SELECT a.handler_id FROM assignment a JOIN incident i ON i.id = a.incident_id WHERE i.number = ? AND a.ended_at IS NULL",
            (resting,),
        ).scalars()
        assert list(live) == [office.handlers["𠮷田"].id]
    assert audit.verify(office.opened).ok


def test_where_nobody_else_is_on_the_grid_the_neighbours_take_over(office: StaffedOffice) -> None:
    planned = plan(office, "王[/]芳")
    (item,) = planned.items
    assert (item.kind, item.label, item.rank, item.proposed and item.proposed.name) == (
        ItemKind.GRID,
        "东风社区第2网格",
        "A",
        "李小明",
    )
    do(office, planned.number)
    assert [responsible_on(office, SECOND, day) for day in (TODAY, TOMORROW)] == ["王[/]芳 A", "李小明 A"]


def test_an_item_goes_to_whom_the_clerk_chooses(office: StaffedOffice) -> None:
    first, second = given_to(office, "李小明"), given_to(office, "李小明")
    number = plan(office, "李小明").number
    clerk = office.actors[Role.CLERK]
    post_handover.decide(office.opened, clerk, number, {first: "W003", "2": "城管局", "东风社区第1网格": "王[/]芳"})
    do(office, number, no_sheet="人已离开")
    assert (handler_of(office, first), handler_of(office, second)) == ("王[/]芳", "城管局")
    # B becomes responsible at once; the chosen one is A.
    assert responsible_on(office, GRID, TOMORROW) == "王[/]芳 A"
    for label, word in (("999", "W003"), (first, "李小明"), ("东风社区第1网格", "城管局")):
        with pytest.raises((SuccessorUnfit, PostHandoverOver)):
            post_handover.decide(office.opened, clerk, number, {label: word})


def test_nobody_who_judged_a_case_gets_it(office: StaffedOffice) -> None:
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE operator SET warden_id = ? WHERE name = '核查员'", (office.handlers["𠮷田"].id,))
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"])
    planned = plan(office, "李小明")
    assert {item.kind: item.proposed and item.proposed.name for item in planned.items} == {
        ItemKind.CASE: "王[/]芳",
        ItemKind.GRID: "𠮷田",
    }
    post_handover.decide(office.opened, office.actors[Role.CLERK], planned.number, {number: "W002"})
    with pytest.raises(SuccessorUnfit):
        do(office, planned.number)
    assert handler_of(office, number) == "李小明", "all or nothing"
    assert responsible_on(office, GRID, TOMORROW) == "李小明 A"


def test_a_plan_that_is_not_true_any_more_is_refused(office: StaffedOffice) -> None:
    number = plan(office, "李小明").number
    new = given_to(office, "李小明")
    with pytest.raises(PlanOutdated) as refusal:
        do(office, number)
    assert list(refusal.value.names) == [new]
    again = plan(office, "李小明")
    assert post_handover.show(office.opened, number).state is HandoverState.WITHDRAWN
    do(office, again.number)


def test_who_confirms_and_what_it_takes(office: StaffedOffice) -> None:
    number = plan(office, "李小明").number
    with pytest.raises(SheetNeeded):
        post_handover.do(office.opened, office.actors[Role.SHIFT_LEADER], number, sheet="  ")
    for role in set(Role) - {Role.SHIFT_LEADER}:
        with pytest.raises(NotPermitted):
            post_handover.do(office.opened, office.actors[role], number, sheet="JJ-1")
    with pytest.raises(UnknownPostHandover):
        do(office, 4711)
    do(office, number)
    with pytest.raises(PostHandoverOver):
        do(office, number)
    with pytest.raises(NothingToHandOver):
        plan(office, "李小明", on=TOMORROW + timedelta(days=1))


def test_nobody_is_gone_while_a_case_was_in_their_hands(office: StaffedOffice) -> None:
    number = plan(office, "李小明", on=TODAY).number
    office.act(given_to(office, "李小明"), Action.FEEDBACK, note="已清理")
    with pytest.raises((DayImpossible, PlanOutdated)):
        do(office, number)
    with pytest.raises(DayImpossible) as refusal:
        plan(office, "李小明", on=TODAY)
    assert refusal.value.first == TOMORROW
    later = plan(office, "李小明", on=date(2026, 12, 31)).number
    do(office, later)
    assert responsible_on(office, GRID, date(2026, 12, 30)) == "李小明 A"


def test_one_post_is_handed_over_and_the_person_stays(office: StaffedOffice) -> None:
    li = office.handlers["李小明"].id
    roster.assign(office.opened, office.actors[Role.CLERK], li, office.grids[THIRD].id)
    number = given_to(office, "李小明")
    with pytest.raises(StillHolds):
        roster.remove(office.opened, office.actors[Role.CLERK], li, office.grids[GRID].id)
    planned = plan(office, "李小明", grid_id=office.grids[GRID].id)
    assert (planned.why, [item.label for item in planned.items]) == (HandoverWhy.POST, [number, "东风社区第1网格"])
    do(office, planned.number)
    assert [responsible_on(office, grid, TOMORROW) for grid in (GRID, THIRD)] == ["𠮷田 A", "李小明 A"]
    with office.opened.database.reading() as connection:
        row = people.warden(connection, li, TOMORROW)
    assert row is not None and row.left_on is None


def test_what_was_lent_for_a_leave_is_given_back_if_it_is_still_open(office: StaffedOffice) -> None:
    li, leader = office.handlers["李小明"].id, office.actors[Role.SHIFT_LEADER]
    kept, done, moved = (given_to(office, "李小明") for _ in range(3))
    long = Absence(li, LeaveKind.MATERNITY, Half(TOMORROW), Half(date(2026, 12, 31), is_afternoon=True))
    with pytest.raises(StillHolds):
        absence.take(office.opened, office.actors[Role.CLERK], long)
    planned = plan(office, "李小明", why=HandoverWhy.LEAVE)
    do(office, planned.number)
    absence.take(office.opened, office.actors[Role.CLERK], long)
    office.act(done, Action.FEEDBACK, note="已清理")
    office.act(done, Action.CHECK, result=Result.PASS)
    office.act(done, Action.CLOSE)
    office.act(moved, Action.REDISPATCH, handler=office.handlers["城管局"], reason="归城管")
    office.clock.advance(days=40)
    assert post_handover.give_back(office.opened, leader, planned.number) == 1
    assert [handler_of(office, number) for number in (kept, done, moved)] == ["李小明", "𠮷田", "城管局"]
    with pytest.raises(PostHandoverOver):
        post_handover.give_back(office.opened, leader, planned.number)
    assert audit.verify(office.opened).ok


def test_a_case_is_handed_on_with_a_handover_only(office: StaffedOffice) -> None:
    number = given_to(office, "李小明")
    with pytest.raises(GuardRefused):
        casework.act_on(
            office.opened,
            office.actors[Role.SHIFT_LEADER],
            number,
            Act.of(Action.HAND_ON, reason="随便", handler=office.handlers["𠮷田"]),
        )


def test_a_case_of_who_left_is_reopened_for_a_new_handler(office: StaffedOffice) -> None:
    number = given_to(office, "李小明", State.TO_CLOSE)
    office.act(number, Action.CLOSE)
    departing.depart(office.opened, office.actors[Role.CLERK], office.handlers["李小明"].id, TOMORROW)
    assert office.act(number, Action.REOPEN, reason="又脏了").state is State.TO_DISPATCH
    assert office.act(number, Action.DISPATCH, handler=office.handlers["𠮷田"]).state is State.HANDLING
    assert audit.verify(office.opened).ok


def test_many_cases_change_hands_at_once(office: StaffedOffice) -> None:
    numbers = [given_to(office, "李小明") for _ in range(20)]
    planned = plan(office, "李小明")
    assert len(planned.of(ItemKind.CASE)) == 20
    do(office, planned.number)
    assert {handler_of(office, number) for number in numbers} == {"𠮷田"}
    with office.opened.database.reading() as connection:
        taken = stored.taken_from(connection, office.opened.id, office.opened.midnight(), office.opened.midnight_after(TODAY))
    assert taken == (), "a handover is no wrong dispatch"


def test_a_successor_gets_the_duty_of_the_post(office: StaffedOffice) -> None:
    clerk, wang, tian = office.actors[Role.CLERK], office.handlers["王[/]芳"].id, office.handlers["𠮷田"].id
    roster.assign(office.opened, clerk, wang, office.grids[THIRD].id, "A", "消防员")
    planned = plan(office, "王[/]芳", grid_id=office.grids[THIRD].id)
    do(office, post_handover.decide(office.opened, clerk, planned.number, {"新民社区第1网格": "W002"}).number)
    with office.opened.database.reading() as connection:
        rows = [row for _, row in book.posts_on(connection, office.grids[THIRD].id) if row["ends_on"] is None]
    assert [(row["person_id"], row["rank"], row["duty"]) for row in rows] == [(tian, "A", "消防员")]


def test_a_handover_dated_back_ends_with_the_grid(office: StaffedOffice) -> None:
    leader = office.actors[Role.SHIFT_LEADER]
    office.clock.at = local(TODAY + timedelta(days=3), "09:00")
    parts = (Part("第5网格", ("幸福路",)), Part("第6网格"))
    grid_changes.change(office.opened, leader, Wish(GridChangeKind.SPLIT, (office.grids[GRID].id,), parts))
    office.clock.at = local(TODAY + timedelta(days=5), "09:00")
    planned = plan(office, "李小明", on=TODAY + timedelta(days=1))
    assert sorted(item.label for item in planned.of(ItemKind.GRID)) == ["东风社区第1网格", "东风社区第5网格", "东风社区第6网格"]
    do(office, planned.number)
    with office.opened.database.reading() as connection:
        assert misplaced.posts_of(connection, [handler.id for handler in office.handlers.values()], since=0) == {}
    assert [responsible_on(office, GRID, TODAY + timedelta(days=day)) for day in range(4)] == ["李小明 A", "𠮷田 A", "𠮷田 A", ""]
    assert audit.verify(office.opened).ok


def test_a_plan_with_a_wrong_successor_replaces_none(office: StaffedOffice) -> None:
    clerk, li = office.actors[Role.CLERK], office.handlers["李小明"].id
    first = plan(office, "李小明", on=TOMORROW)
    with pytest.raises(UnknownHandler):
        post_handover.plan(office.opened, clerk, li, TOMORROW + timedelta(days=9), given={"*": "查无此人"})
    waiting = post_handover.waiting(office.opened, li)
    assert waiting is not None and (waiting.number, waiting.on) == (first.number, TOMORROW)
    second = post_handover.plan(office.opened, clerk, li, TOMORROW, given={"东风社区第1网格": "W003"})
    assert [item.successor.name for item in second.items if item.successor] == ["王[/]芳"]


def test_a_plan_for_a_day_with_cases_in_hand_is_refused_at_once(office: StaffedOffice) -> None:
    given_to(office, "李小明")
    for day in (TODAY - timedelta(days=20), TODAY):
        with pytest.raises(DayImpossible) as refusal:
            plan(office, "李小明", on=day)
        assert refusal.value.first == TOMORROW
    assert plan(office, "李小明", on=TOMORROW).number == 1


def test_who_stands_in_for_somebody_does_not_go(office: StaffedOffice) -> None:
    clerk, li, tian = office.actors[Role.CLERK], office.handlers["李小明"].id, office.handlers["𠮷田"].id
    away = Absence(li, LeaveKind.SICK, Half(TOMORROW, False), Half(TOMORROW + timedelta(days=9), True), tian)
    absence.take(office.opened, clerk, away)
    for go in (
        lambda: plan(office, "𠮷田", on=TOMORROW + timedelta(days=2)),
        lambda: departing.depart(office.opened, clerk, tian, TOMORROW + timedelta(days=2)),
    ):
        with pytest.raises(DeputyUnfit) as refusal:
            go()
        assert (refusal.value.warden, refusal.value.person, refusal.value.advice) == ("李小明", "𠮷田", "goes")
    departing.depart(office.opened, clerk, tian, TOMORROW + timedelta(days=10))


def test_lent_cases_come_back_with_the_end_of_the_leave(office: StaffedOffice) -> None:
    clerk, leader, li = office.actors[Role.CLERK], office.actors[Role.SHIFT_LEADER], office.handlers["李小明"].id
    number = given_to(office, "李小明")
    lent = plan(office, "李小明", on=TODAY, why=HandoverWhy.LEAVE)
    do(office, lent.number)
    away = Absence(li, LeaveKind.SICK, Half(TODAY, True), Half(TODAY + timedelta(days=9), True), office.handlers["𠮷田"].id)
    absence.take(office.opened, clerk, away)
    assert handler_of(office, number) == "𠮷田"
    office.clock.advance(days=1)
    returned = post_handover.come_back(office.opened, clerk, li)
    assert (returned.given_back, returned.waiting, handler_of(office, number)) == (0, (lent.number,), "𠮷田")
    absence.take(office.opened, clerk, replace(away, first=Half(TODAY + timedelta(days=1), True)))
    office.clock.advance(days=1)
    returned = post_handover.come_back(office.opened, leader, li)
    assert (returned.given_back, returned.waiting, handler_of(office, number)) == (1, (), "李小明")
    assert audit.verify(office.opened).ok


def test_lent_cases_go_back_by_themselves_when_the_leave_runs_out(office: StaffedOffice) -> None:
    clerk, li = office.actors[Role.CLERK], office.handlers["李小明"].id
    number, second = given_to(office, "李小明"), given_to(office, "李小明")
    do(office, plan(office, "李小明", on=TODAY, why=HandoverWhy.LEAVE).number)
    office.act(second, Action.REDISPATCH, handler=office.handlers["城管局"], reason="非其职责")
    away = Absence(li, LeaveKind.SICK, Half(TODAY, True), Half(TODAY + timedelta(days=2), True), office.handlers["𠮷田"].id)
    absence.take(office.opened, clerk, away)
    further = replace(away, first=Half(TODAY + timedelta(days=3), False), last=Half(TODAY + timedelta(days=4), True))
    absence.take(office.opened, clerk, further)
    for day in range(1, 5):
        office.clock.at = local(TODAY + timedelta(days=day), "17:00")
        upkeep.catch_up(office.opened)
        assert handler_of(office, number) == "𠮷田", day
    office.clock.at = local(TODAY + timedelta(days=5), "08:00")
    for _ in range(2):
        upkeep.catch_up(office.opened)
        assert (handler_of(office, number), handler_of(office, second)) == ("李小明", "城管局")
    assert post_handover.newest(office.opened, 1)[0].state is HandoverState.RETURNED
    assert audit.verify(office.opened).ok


def test_nothing_goes_back_to_who_has_left(office: StaffedOffice) -> None:
    clerk, li = office.actors[Role.CLERK], office.handlers["李小明"].id
    number = given_to(office, "李小明")
    do(office, plan(office, "李小明", on=TODAY, why=HandoverWhy.LEAVE).number)
    absence.take(
        office.opened,
        clerk,
        Absence(li, LeaveKind.SICK, Half(TODAY, True), Half(TODAY + timedelta(days=2), True), office.handlers["𠮷田"].id),
    )
    departing.depart(office.opened, clerk, li, TODAY + timedelta(days=2))
    office.clock.at = local(TODAY + timedelta(days=9), "08:00")
    upkeep.catch_up(office.opened)
    assert handler_of(office, number) == "𠮷田"
