"""Ways in which a late case or an unanswered order could slip past everybody, and does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from small_office import StaffedOffice, local
from test_escalation_at_work import entries, late, notified, step_of, urge

from gridconsole.domain.actions import Action, CallBack, Lead
from gridconsole.domain.codes import Display
from gridconsole.domain.errors import BadValue, NotPermitted
from gridconsole.domain.escalation import HANDLING_POLICY, STAGE_POLICY, EscalationStep
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.services import audit, casework, escalation, operators
from gridconsole.services import office as offices
from gridconsole.services.casework import NewReport
from gridconsole.store import access, alarms, catalogue
from gridconsole.store import offices as office_rows

D, L, A = Role.DISPATCHER, Role.SHIFT_LEADER, Role.ACCEPTOR


def test_a_thousand_alarms_of_others_hide_none_of_ones_own(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        for _ in range(1001):
            casework.intake_in(connection, office.opened, office.actors[A], NewReport("积水", Source.PUBLIC))
    office.clock.advance(minutes=60)
    assert escalation.sweep(office.opened) == 2002
    number = office.case_in(State.HANDLING)
    late(office, number)
    assert notified(office, D) == [(number[-2:], 100)]


def test_after_days_without_anybody_the_highest_step_notifies_whom_the_lower_ones_would_have(office: StaffedOffice) -> None:
    number, waiting = office.case_in(State.HANDLING), office.report().number
    office.clock.advance(days=4)
    escalation.sweep(office.opened)
    assert (number[-2:], 150) in notified(office, D)
    assert (number[-2:], 150) in notified(office, Role.LEADER)
    assert notified(office, A) == [(waiting[-2:], 200)]


def test_a_step_that_is_dropped_takes_nothing_back_and_one_that_comes_again_is_notified_again(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    late(office, number)
    admin = office.actors[Role.ADMIN]
    escalation.set_policy(office.opened, admin, handling=tuple(step for step in HANDLING_POLICY if step.percent != 100))
    escalation.sweep(office.opened)
    assert notified(office, D) == notified(office, L) == [(number[-2:], 100)]
    escalation.set_policy(office.opened, admin, handling=HANDLING_POLICY)
    escalation.sweep(office.opened)
    assert notified(office, D) == notified(office, L) == [(number[-2:], 100)]


def test_more_time_and_less_again_is_notified_again(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at - timedelta(minutes=5)
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], 90)]
    with office.opened.database.reading() as connection:
        longer = next(iter(catalogue.rules(connection, office.categories["非法小广告"])))
    first = office.load(number).case.rule
    office.grant(number, Action.RETYPE, rule=longer)
    escalation.sweep(office.opened)
    assert notified(office, D) == []
    office.grant(number, Action.RETYPE, rule=first)
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], 90)]


def test_a_clock_that_ran_ahead_for_a_while_is_notified_of_again_in_its_time(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    began = office.clock.at
    office.clock.at = began + timedelta(days=365)
    escalation.sweep(office.opened)
    for role in (D, L, Role.LEADER):
        for reminder in escalation.mine(office.opened, office.actors[role]):
            escalation.acknowledge(office.opened, office.actors[role], reminder.alarm.id)
    office.set_clock_back(began)
    escalation.sweep(office.opened)
    late(office, number)
    assert notified(office, D) == notified(office, L) == [(number[-2:], 100)]


def test_more_time_ends_what_was_notified_at_once_and_the_same_step_is_notified_again_though_nobody_looked_between(
    office: StaffedOffice,
) -> None:
    number = office.case_in(State.HANDLING)
    late(office, number, minutes=-6)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id)
    with office.opened.database.reading() as connection:
        longer = next(iter(catalogue.rules(connection, office.categories["非法小广告"])))
    office.grant(number, Action.RETYPE, rule=longer)
    assert step_of(office, number) == 0
    late(office, number, minutes=-2)
    assert notified(office, D) == [(number[-2:], 90)]


def test_an_answer_that_was_missed_while_the_clock_ran_ahead_is_still_owed_and_missed_in_its_time(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    urge(office, number, hours=5)
    began = office.clock.at
    office.clock.advance(days=1)
    escalation.sweep(office.opened)
    for role in (D, L, Role.LEADER):
        for reminder in escalation.mine(office.opened, office.actors[role]):
            escalation.acknowledge(office.opened, office.actors[role], reminder.alarm.id)
    office.set_clock_back(began)
    escalation.sweep(office.opened)
    assert (notified(office, D), notified(office, L)) == ([(number[-2:], "order")], [])
    office.clock.at = began + timedelta(hours=5, minutes=1)
    escalation.sweep(office.opened)
    assert (number[-2:], "unanswered") in notified(office, D)
    assert (number[-2:], "unanswered") in notified(office, L)
    assert "order" not in dict(notified(office, D)).values()
    assert escalation.sweep(office.opened) == 0


def test_a_clock_that_fell_behind_rewrites_nothing_that_is_over_and_one_that_lost_its_year_nothing_at_all(
    office: StaffedOffice,
) -> None:
    def fired() -> list[tuple[int, str]]:
        with office.opened.database.reading() as connection:
            return [(row.id, row.fired_at) for row in connection.exec_driver_sql("SELECT id, fired_at FROM alarm ORDER BY id")]

    began = office.clock.at
    over, runs = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    late(office, over)
    office.act(over, Action.FEEDBACK, note="已办")
    now, before = office.clock.at, fired()
    office.clock.at = began - timedelta(days=9000)
    assert escalation.sweep(office.opened) == 0
    assert (fired(), notified(office, L)) == (before, [(runs[-2:], 100)])
    office.set_clock_back(began + timedelta(minutes=30))
    escalation.sweep(office.opened)
    assert [line for line in fired() if line in before] == before[:4]
    office.clock.at = now
    escalation.sweep(office.opened)
    assert notified(office, L) == [(runs[-2:], 100)]


def test_what_a_clock_that_ran_ahead_leapt_over_was_notified_to_nobody(office: StaffedOffice) -> None:
    office.case_in(State.HANDLING)
    began = office.clock.at
    office.clock.advance(days=30)
    escalation.sweep(office.opened)
    office.set_clock_back(began)
    escalation.sweep(office.opened)
    report = office.made("alarms")
    assert (report.metrics[0].value, report.tables[0].rows) == (0, ())


def test_a_ladder_changed_at_another_terminal_holds_for_the_next_case_here(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    other = offices.open_office(office.opened.database.path, "cli", office.clock)
    escalation.set_policy(other, office.actors[Role.ADMIN], handling=(EscalationStep(10, Display.ALARM, (D,)), *HANDLING_POLICY))
    other.close()
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.started_at + (clock.due_at - clock.started_at) * 0.3
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], 10)]


def test_where_nobody_holds_the_roles_to_be_notified_those_who_come_next_are(office: StaffedOffice) -> None:
    for name in ("领导", "值班长"):
        operators.disable(office.opened, office.actors[Role.ADMIN], name)
    number = office.case_in(State.HANDLING)
    late(office, number)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id)
    late(office, number, days=1)
    assert notified(office, D) == [(number[-2:], 150)]


@pytest.mark.parametrize("leaves", [True, False], ids=["who leaves", "who loses the role"])
def test_what_waits_for_who_leaves_is_notified_to_those_who_come_next(office: StaffedOffice, leaves: bool) -> None:
    number, other = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    late(office, other)
    urge(office, number, hours=3)
    before = notified(office, L)
    admin = office.actors[Role.ADMIN]
    if leaves:
        operators.disable(office.opened, admin, "派遣员")
    else:
        operators.set_roles(office.opened, admin, "派遣员", [Role.INSPECTOR])
    assert (number[-2:], "order") in notified(office, Role.CLERK)
    # The shift leader was told of the late cases and still is, once.
    assert [line for line in notified(office, L) if line[1] == 100] == [line for line in before if line[1] == 100]
    assert not [step for _, step in notified(office, Role.CLERK) if step == 100]
    assert audit.verify(office.opened).ok


def test_a_role_whose_only_holder_has_no_password_is_held_by_nobody(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        for role in (D, Role.ADMIN):
            access.put_credential(connection, office.actors[role].id, "hashed", office.opened.now(), temporary=False)
    number = office.case_in(State.HANDLING)
    late(office, number)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id)
    late(office, number, days=1)
    assert notified(office, D) == [(number[-2:], 150)]


def test_a_warden_who_handles_a_case_is_reminded_and_quietens_nobody(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    warden = office.handlers["李小明"]
    actor = replace(office.actors[Role.CLERK], warden_id=warden.id)
    office.act(number, Action.DISPATCH, handler=warden, reason="他就在现场")
    late(office, number)
    (reminder,) = escalation.mine(office.opened, actor)
    with pytest.raises(NotPermitted):
        escalation.acknowledge(office.opened, actor, reminder.alarm.id)
    assert notified(office, D) == notified(office, L) == [(number[-2:], 100)]


def test_who_hears_all_at_once_hears_the_own_though_a_case_handled_as_warden_is_among_them(office: StaffedOffice) -> None:
    handled, waiting = office.case_in(State.TO_DISPATCH), office.case_in(State.TO_CHECK)
    warden = office.handlers["李小明"]
    actor = replace(office.actors[Role.INSPECTOR], roles=frozenset({Role.INSPECTOR, Role.CLERK}), warden_id=warden.id)
    office.act(handled, Action.DISPATCH, handler=warden, reason="他就在现场")
    late(office, handled)
    shown = {reminder.alarm.number: reminder.alarm.id for reminder in escalation.mine(office.opened, actor)}
    assert set(shown) == {handled, waiting}
    assert escalation.acknowledge(office.opened, actor, *shown.values()) == 1
    assert [reminder.alarm.number for reminder in escalation.mine(office.opened, actor)] == [handled]
    assert (handled[-2:], 100) in notified(office, D)


def test_neither_a_request_nor_a_link_to_another_case_is_an_answer(office: StaffedOffice) -> None:
    number, other = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    late(office, number)
    office.act(other, Action.MERGE, D, into=Lead(number, None, State.HANDLING))
    assert (number[-2:], 100) in notified(office, D)
    office.act(number, Action.RETYPE, D, reason="类别不对", rule=office.load(number).case.rule)
    assert (number[-2:], 100) in notified(office, D)
    assert (number[-2:], 100) in notified(office, L)


# --- orders -----------------------------------------------------------------------------------------------------


def test_an_order_is_owed_its_answer_whatever_else_is_done_to_the_case(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    urge(office, number, hours=2)
    office.act(number, Action.FEEDBACK, note="已办")
    assert [kind for _, kind in notified(office, D)] == ["order"]


@pytest.mark.parametrize(
    ("state", "role"), [(State.REPORTED, A), (State.TO_FILE, L), (State.TO_CHECK, Role.INSPECTOR), (State.TO_CLOSE, L)]
)
def test_an_order_is_notified_to_whoever_takes_the_next_step_too(office: StaffedOffice, state: State, role: Role) -> None:
    number = office.case_in(state)
    urge(office, number, hours=1)
    assert "order" in dict(notified(office, D)).values()
    assert "order" in dict(notified(office, role)).values()


def test_who_alone_dispatches_does_not_answer_the_own_order_the_desk_does(office: StaffedOffice) -> None:
    operators.disable(office.opened, office.actors[Role.ADMIN], "派遣员")
    both = office.join("一人多职", L, D)
    number = office.case_in(State.TO_DISPATCH)
    office.actors[L] = both
    urge(office, number, L, hours=1)
    assert [kind for _, kind in notified(office, Role.CLERK)] == [kind for _, kind in notified(office, A)] == ["order"]
    assert "order" not in dict(notified(office, L)).values()


def test_an_answer_that_does_not_come_after_closing_is_still_notified_to_who_owes_it(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CLOSE)
    urge(office, number, hours=1)
    office.act(number, Action.CLOSE)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id)
    office.clock.advance(hours=2)
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], "unanswered")]
    with office.opened.database.reading() as connection:
        live = alarms.live(connection, office.opened.id, 10)
    assert [alarm.kind.value for alarm in live] == ["unanswered"]


def test_an_order_that_was_late_when_another_took_its_place_counts_as_late(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    urge(office, number, hours=1)
    office.clock.advance(hours=5)
    escalation.sweep(office.opened)
    urge(office, number, hours=1)
    office.act(number, Action.REPLY, note="已办")
    report = office.made("urge")
    assert {metric.key: metric.value for metric in report.metrics} == {
        "orders": 2,
        "replied": 1,
        "replied_in_time": 1,
        "reply_rate": 50.0,
    }


# --- the board and the ladder -----------------------------------------------------------------------------------


def test_a_case_that_got_on_the_board_twice_is_one_line_and_what_reaches_on_stays_there(office: StaffedOffice) -> None:
    ladder = (*HANDLING_POLICY, EscalationStep(400, Display.ALARM, (Role.LEADER,)))
    escalation.set_policy(office.opened, office.actors[Role.ADMIN], handling=ladder)
    number = office.report(source=Source.HOTLINE_12345).number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    office.clock.at = local(office.opened.today() + timedelta(days=20), "17:00")
    escalation.sweep(office.opened)
    assert [str(row[0]) for row in office.made("board").tables[0].rows] == [number]
    office.act(number, Action.FEEDBACK, note="已清运")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.NO, Satisfaction.DISSATISFIED), reason="又堆上了")
    office.act(number, Action.REOPEN, reason="没有办好")
    office.clock.advance(minutes=1)
    escalation.sweep(office.opened)
    assert [str(row[0]) for row in office.made("board").tables[0].rows] == [number]
    assert audit.verify(office.opened).ok


def closed_late_and_reopened(office: StaffedOffice, *, days: int) -> str:
    """A resident's case, handled late by some days, closed and reopened a week later; returns its number."""
    number = office.report(source=Source.HOTLINE_12345).number
    for action, more in (
        (Action.ACCEPT, {}), (Action.VERIFY, {"result": Result.TRUE}), (Action.FILE, {}), (Action.DISPATCH, {"handler": office.handlers["城管局"]}),
    ):  # fmt: skip
        office.act(number, action, **more)
    late(office, number, days=days)
    office.act(number, Action.FEEDBACK, note="已清运")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)
    escalation.sweep(office.opened)
    assert notified(office, D) == notified(office, L) == []
    office.clock.advance(days=7)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.NO, Satisfaction.DISSATISFIED), reason="又堆上了")
    office.act(number, Action.REOPEN, reason="没有办好")
    return number


def steps_notified(office: StaffedOffice, number: str) -> list[int]:
    return [int(entry.facts["rung"]) for entry in entries(office, number, "escalate") if entry.facts.get("stage") == "handle"]


def test_a_reopened_case_stands_on_its_step_again_and_notifies_none_a_second_time(office: StaffedOffice) -> None:
    number = closed_late_and_reopened(office, days=0)
    office.clock.advance(minutes=1)
    escalation.sweep(office.opened)
    assert steps_notified(office, number) == [50, 75, 90, 100]
    assert step_of(office, number) == 100
    # Who reopened it has heard it; who has to hand it on has not.
    assert (notified(office, D), notified(office, L)) == ([(number[-2:], 100)], [])
    office.clock.advance(days=1)
    escalation.sweep(office.opened)
    assert steps_notified(office, number)[:5] == [50, 75, 90, 100, 150]
    assert audit.verify(office.opened).ok


def test_a_reopened_case_that_was_in_time_has_nothing_to_notify(office: StaffedOffice) -> None:
    number = office.report(source=Source.HOTLINE_12345).number
    for action, more in (
        (Action.ACCEPT, {}), (Action.VERIFY, {"result": Result.TRUE}), (Action.FILE, {}), (Action.DISPATCH, {"handler": office.handlers["城管局"]}),
        (Action.FEEDBACK, {"note": "已清"}), (Action.CHECK, {"result": Result.PASS}), (Action.CLOSE, {}),
    ):  # fmt: skip
        office.act(number, action, **more)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.NO, Satisfaction.DISSATISFIED), reason="又堆上了")
    office.act(number, Action.REOPEN, reason="没有办好")
    escalation.sweep(office.opened)
    assert (notified(office, D), notified(office, L), step_of(office, number)) == ([], [], 0)


def test_an_upheld_appeal_takes_a_case_off_the_board_and_a_rejected_one_leaves_it_there(office: StaffedOffice) -> None:
    def on_board() -> list[object]:
        return [str(row[0]) for row in office.made("board").tables[0].rows]

    numbers = [office.case_in(State.HANDLING) for _ in range(2)]
    office.clock.at = local(office.opened.today() + timedelta(days=20), "17:00")
    escalation.sweep(office.opened)
    assert on_board() == numbers
    for number, decision in zip(numbers, (Action.GRANT, Action.REFUSE), strict=True):
        office.act(number, Action.FEEDBACK, note="已清运")
        office.act(number, Action.CHECK, result=Result.PASS)
        office.act(number, Action.CLOSE)
        office.act(number, Action.APPEAL, reason="停水停电")
        office.act(number, Action.FIRST_OPINION, result=Result.SUPPORT)
        office.act(number, decision, Role.ACCEPTOR, reason="核对过")
    assert on_board() == numbers[1:]


@pytest.mark.parametrize(
    "ladder",
    [
        tuple(step for step in HANDLING_POLICY if step.percent < 100),
        (EscalationStep(100, Display.BOARD),),
        (*HANDLING_POLICY, EscalationStep(120, Display.ALARM, (Role.AUDITOR,))),
        (*HANDLING_POLICY, EscalationStep(120, Display.BOARD, (L,))),
        (),
    ],
    ids=["nobody told of being late", "only the board", "the auditor", "a board that is told", "empty"],
)
def test_a_ladder_by_which_nobody_hears_of_a_late_case_is_refused(
    office: StaffedOffice, ladder: tuple[EscalationStep, ...]
) -> None:
    with pytest.raises(BadValue):
        escalation.set_policy(office.opened, office.actors[Role.ADMIN], handling=ladder)
    with office.opened.database.reading() as connection:
        assert escalation.POLICIES not in office_rows.office(connection).settings
    assert escalation.set_policy(office.opened, office.actors[Role.ADMIN], stages=STAGE_POLICY).handling == HANDLING_POLICY
