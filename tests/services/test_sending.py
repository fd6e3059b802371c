"""Whom the office can send to look at a case, what people write, and what the tasks of a period came to."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from small_office import StaffedOffice, local

from gridconsole.domain.actions import Action
from gridconsole.domain.codes import AssigneeKind, TaskKind
from gridconsole.domain.errors import AssigneeExcluded, TaskOfAnother, UnknownAssignee, UnknownIncident
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.domain.task import AssigneeFlaw, Look
from gridconsole.services import actors, case_queries, casework, tasks

NOVEMBER = (local(date(2026, 11, 1)), local(date(2026, 12, 1)))


def handled_by_a_warden(office: StaffedOffice) -> str:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], reason="顺路")
    office.act(number, Action.FEEDBACK, note="已清理")
    return number


def named(office: StaffedOffice, number: str) -> list[tuple[str, AssigneeFlaw | None]]:
    return [(candidate.who.name, flaw) for candidate, flaw in tasks.candidates(office.opened, number)]


def test_the_wardens_of_the_grid_and_every_inspector_are_named_and_the_handler_with_the_reason(office: StaffedOffice) -> None:
    actors.add_operator(office.opened, "核查员乙[/]", [Role.INSPECTOR])
    number = office.case_in(State.TO_CHECK)
    assert named(office, number) == [("李小明", None), ("𠮷田", None), ("核查员", None), ("核查员乙[/]", None)]
    assert named(office, handled_by_a_warden(office)) == [
        ("𠮷田", None), ("核查员", None), ("核查员乙[/]", None), ("李小明", AssigneeFlaw.HANDLED),
    ]  # fmt: skip


def test_a_warden_who_handled_it_once_or_helps_is_not_sent_either(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], cooperating=(office.handlers["𠮷田"],), reason="顺路")
    office.act(number, Action.REDISPATCH, handler=office.handlers["城管局"], reason="人手不够")
    office.act(number, Action.FEEDBACK, note="已清理")
    assert named(office, number) == [
        ("核查员", None), ("李小明", AssigneeFlaw.HANDLED), ("𠮷田", AssigneeFlaw.HANDLED)
    ]  # fmt: skip


def test_an_inspector_who_is_the_handling_warden_or_acted_for_the_command_side_is_not_sent(office: StaffedOffice) -> None:
    number = handled_by_a_warden(office)
    actors.add_operator(office.opened, "小明", [Role.INSPECTOR])
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql(
            "UPDATE operator SET warden_id = (SELECT id FROM roster_person WHERE code = 'W001') WHERE name = '小明'"
        )
    both = actors.add_operator(office.opened, "多面手", [Role.INSPECTOR, Role.DISPATCHER])
    actor = actors.find_operator(office.opened, both)
    assert ("多面手", None) in named(office, number)
    other = office.case_in(State.HANDLING)
    casework.act_on(office.opened, actor, other, _feedback())
    assert ("多面手", AssigneeFlaw.OTHER_SIDE) in named(office, other)
    assert ("小明", AssigneeFlaw.HANDLED) in named(office, number)
    for who, name in ((number, "小明"), (other, "多面手")):
        with pytest.raises(AssigneeExcluded) as refusal:
            office.act(who, Action.SEND, assignee=tasks.find_assignee(office.opened, name, who))
        assert "核查员" in refusal.value.params["names"], "who could is told"


def _feedback() -> casework.Act:
    return casework.Act(Action.FEEDBACK, note="已清理")


def test_who_left_or_is_away_today_is_not_sent(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) SELECT 1, id, 'annual', '2026-11-23a', '2026-11-23p', 0 FROM roster_person WHERE code = 'W001'"
        )
    assert named(office, number)[-1] == ("李小明", AssigneeFlaw.ON_LEAVE)
    with pytest.raises(AssigneeExcluded) as refusal:
        office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "W004", number))
    assert refusal.value.params["reason"] is AssigneeFlaw.LEFT


def test_a_word_means_one_person_or_none(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    assert tasks.find_assignee(office.opened, "W003", number).who.name == "王[/]芳"
    assert tasks.find_assignee(office.opened, "自动", number).who.name == "李小明"
    actors.add_operator(office.opened, "𠮷田", [Role.INSPECTOR])
    assert tasks.find_assignee(office.opened, "𠮷田", number).who.kind is AssigneeKind.OPERATOR, (
        "who has an account reports himself"
    )
    for word in ("城管局", "", "李", "x" * 7_000, "[/]\x1b]52;c;aGFja2Vk\x07"):
        with pytest.raises(UnknownAssignee):
            tasks.find_assignee(office.opened, word, number)
    with pytest.raises(UnknownIncident):
        tasks.find_assignee(office.opened, "李小明", "2026112399999")


def test_nobody_reports_what_another_inspector_was_sent_to_find_out_until_it_is_sent_on(office: StaffedOffice) -> None:
    actors.add_operator(office.opened, "核查员乙", [Role.INSPECTOR])
    number = office.case_in(State.TO_CHECK)
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "核查员乙", number))
    with pytest.raises(TaskOfAnother):
        office.act(number, Action.CHECK, result=Result.PASS)
    view = case_queries.view(office.opened, number, office.actors[Role.INSPECTOR])
    assert Action.CHECK not in view.actions
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "核查员", number))
    assert office.act(number, Action.CHECK, result=Result.PASS).state is State.TO_CLOSE


def test_figures_count_what_was_due_and_say_rework_from_wrong_dispatch(office: StaffedOffice) -> None:
    reworked = office.case_in(State.TO_CHECK)
    office.act(reworked, Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    office.act(reworked, Action.FEEDBACK, note="已清理")
    office.act(reworked, Action.CHECK, result=Result.PASS)
    wrong = office.case_in(State.HANDLING)
    office.act(wrong, Action.REDISPATCH, handler=office.handlers["环卫所"], reason="非其职责")
    office.act(wrong, Action.FEEDBACK, note="已清理")
    office.clock.advance(minutes=40)
    office.act(wrong, Action.CHECK, result=Result.PASS)
    unsent, out = office.case_in(State.TO_CHECK), office.case_in(State.TO_CHECK)
    office.act(out, Action.SEND, assignee=tasks.find_assignee(office.opened, "李小明", out))
    again = office.report(source=Source.PUBLIC).number
    office.act(again, Action.ACCEPT)
    office.act(again, Action.SEND, assignee=tasks.find_assignee(office.opened, "李小明", again))
    office.act(again, Action.SEND, assignee=tasks.find_assignee(office.opened, "核查员", again))
    made = tasks.period(office.opened, *NOVEMBER)
    # Two in time and one late are done; what is out is not due yet.
    assert (made.rates[TaskKind.CHECK].due, made.rates[TaskKind.CHECK].in_time) == (3, 2)
    assert made.rates[TaskKind.VERIFY].due == 0
    assert made.rates[TaskKind.VERIFY].share is None
    office.clock.advance(minutes=31)
    made = tasks.period(office.opened, *NOVEMBER)
    check, verify = made.rates[TaskKind.CHECK], made.rates[TaskKind.VERIFY]
    assert (check.due, check.in_time, check.unsent, check.share) == (5, 2, 1, 40.0)
    assert (verify.due, verify.in_time, verify.unsent) == (1, 0, 0), "sent on is one task, not two"
    units = {unit.name: (unit.checks, unit.reworked, unit.taken, unit.rework_share) for unit in made.units}
    assert units == {"城管局": (2, 1, 1, 50.0), "环卫所": (1, 0, 0, 0.0)}
    assert (made.checks, made.reworked, made.taken) == (3, 1, 1)
    assert len(made.lines) == 6
    assert office.load(unsent).case.assignee is None


def test_a_case_given_back_to_the_same_handler_or_reopened_is_no_wrong_dispatch(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.RETURN, reason="材料不全")
    office.act(number, Action.GRANT, Role.DISPATCHER)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    assert tasks.period(office.opened, *NOVEMBER).units == ()
    office.act(number, Action.RETURN, reason="非其职责")
    office.act(number, Action.GRANT, Role.DISPATCHER)
    office.act(number, Action.DISPATCH, handler=office.handlers["环卫所"], reason="非其职责")
    (unit,) = tasks.period(office.opened, *NOVEMBER).units
    assert (unit.name, unit.taken, unit.checks, unit.rework_share) == ("城管局", 1, 0, None)


def test_a_task_counts_in_the_month_in_which_it_was_due_whenever_it_is_done(office: StaffedOffice) -> None:
    office.clock.at = local(date(2026, 11, 30), "17:00")
    number = office.case_in(State.TO_CHECK)
    office.clock.at = local(date(2026, 12, 1), "09:00")
    december = (NOVEMBER[1], NOVEMBER[1] + timedelta(days=31))
    late = tasks.period(office.opened, *NOVEMBER).rates[TaskKind.CHECK]
    office.act(number, Action.CHECK, result=Result.FAIL, reason="仍有垃圾", look=Look(photos=("后.jpg",)))
    done = tasks.period(office.opened, *NOVEMBER).rates[TaskKind.CHECK]
    assert (late.due, late.in_time) == (done.due, done.in_time) == (1, 0), "no earlier figure changes"
    assert tasks.period(office.opened, *december).rates[TaskKind.CHECK].due == 0
    assert tasks.period(office.opened, *december).reworked == 1, "rework is of the day on which it was found"
    assert tasks.period(office.opened, *NOVEMBER).reworked == 0
