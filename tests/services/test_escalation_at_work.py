"""Sweeping: each rung told once, by whichever terminal; who is told, who has heard it, and what an act does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from small_office import Clock, StaffedOffice, local

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import AlarmKind, Display, HandlerKind
from gridconsole.domain.errors import AlarmOver, BadValue, GuardRefused, NotPermitted, ReplyByPast, UnknownAlarm
from gridconsole.domain.escalation import HANDLING_POLICY, STAGE_POLICY, EscalationStep
from gridconsole.domain.states import Role, State
from gridconsole.domain.views.ledger import LedgerLine
from gridconsole.services import audit, case_queries, casework, escalation, handlers
from gridconsole.services import office as offices
from gridconsole.store import alarms, ledger_entries

D, L, A = Role.DISPATCHER, Role.SHIFT_LEADER, Role.ACCEPTOR


def notified(office: StaffedOffice, role: Role) -> list[tuple[str, int]]:
    """What somebody is told of: the case's last digits and the rung, or the kind."""
    return [
        (reminder.alarm.number[-2:], reminder.alarm.percent or reminder.alarm.kind.value)  # type: ignore[misc]
        for reminder in escalation.mine(office.opened, office.actors[role])
    ]


def entries(office: StaffedOffice, number: str, action: str) -> list[LedgerLine]:
    with office.opened.database.reading() as connection:
        wanted = ledger_entries.LedgerQuery(case=number, action=action)
        return list(ledger_entries.lines(connection, office.opened.id, wanted, 1000))[::-1]


def step_of(office: StaffedOffice, number: str) -> int:
    with office.opened.database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT rung FROM incident WHERE number = ?", (number,)).scalar_one())


def due_of(office: StaffedOffice, number: str) -> timedelta:
    clock = office.load(number).case.due_clock
    assert clock is not None
    return clock.due_at - office.opened.now()


def test_a_handling_clock_reaches_step_by_step_and_each_is_notified_once(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    seen = []
    for _ in range(600):
        office.clock.advance(minutes=15)
        assert escalation.sweep(office.opened) in (0, 1, 2)
        assert escalation.sweep(office.opened) == 0
        found = entries(office, number, "escalate")
        if len(found) > len(seen):
            seen = [int(entry.facts["rung"]) for entry in found]
    assert seen == [50, 75, 90, 100, 150, 300]
    assert step_of(office, number) == 300
    first = entries(office, number, "escalate")[0]
    assert (first.operator, first.origin, first.facts["manner"]) == ("系统", "system", "colour")
    assert audit.verify(office.opened).ok


def late(office: StaffedOffice, number: str, **more: float) -> None:
    """A minute after the end of a case's clock, or as much more; swept."""
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at + timedelta(minutes=1) + timedelta(**more)
    escalation.sweep(office.opened)


def test_whoever_has_something_to_do_is_notified_and_nobody_else(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at + timedelta(minutes=1)
    escalation.sweep(office.opened)
    assert notified(office, D) == notified(office, L) == [(number[-2:], 100)]
    assert (
        notified(office, A)
        == notified(office, Role.INSPECTOR)
        == notified(office, Role.CLERK)
        == notified(office, Role.LEADER)
        == []
    )
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    assert Action.FEEDBACK in reminder.actions
    assert Action.NOTE not in reminder.actions


def test_an_operator_whom_the_dual_axis_forbids_every_step_is_not_notified(office: StaffedOffice) -> None:
    both = office.join("两职", Role.DISPATCHER, Role.ACCEPTOR)
    number = office.report().number
    casework.act_on(office.opened, both, number, Act.of(Action.ACCEPT))
    casework.act_on(office.opened, office.actors[L], number, Act.of(Action.FILE))
    # Void can still be asked for: who may only ask is told too, who may do nothing at all is not.
    office.clock.advance(minutes=20)
    escalation.sweep(office.opened)
    (reminder,) = escalation.mine(office.opened, both)
    assert Action.DISPATCH not in reminder.actions
    assert set(reminder.actions) == {Action.VOID}


def test_nothing_is_notified_while_the_clock_stands_still_and_it_goes_on_where_it_was(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at - timedelta(minutes=20)
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], 90)]
    office.grant(number, Action.SUSPEND, until=office.opened.today() + timedelta(days=20))
    assert notified(office, D) == notified(office, L) == []
    office.clock.advance(days=10)
    assert escalation.sweep(office.opened) == 0
    assert notified(office, L) == []
    office.clock.advance(days=11)
    casework.resume_due(office.opened)
    office.clock.at = local(office.opened.today(), "17:00")
    escalation.sweep(office.opened)
    steps = [int(entry.facts["rung"]) for entry in entries(office, number, "escalate")]
    assert steps == sorted(set(steps))
    assert 100 in steps


def test_a_higher_step_takes_the_place_of_a_lower_one_and_stopping_the_clock_ends_all(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at - timedelta(minutes=10)
    escalation.sweep(office.opened)
    office.clock.at = clock.due_at + timedelta(minutes=10)
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], 100)]
    office.act(number, Action.FEEDBACK, note="已清理")
    assert notified(office, D) == []
    with office.opened.database.reading() as connection:
        live = alarms.live(connection, office.opened.id, 10)
    assert live == ()
    assert step_of(office, number) == 0


def test_acting_on_a_case_says_that_what_it_notified_was_acknowledged_and_a_remark_does_not(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at + timedelta(minutes=1)
    escalation.sweep(office.opened)
    office.act(number, Action.NOTE, Role.DISPATCHER, note="电话催过")
    assert len(notified(office, D)) == 1
    urge(office, number, L, hours=2)
    assert notified(office, L) == []
    assert [kind for _, kind in notified(office, D)] == [100, "order"]
    with office.opened.database.reading() as connection:
        found = alarms.between(connection, office.opened.id, office.opened.midnight(), office.opened.now() + timedelta(days=1))
    acknowledged = {alarm.percent: alarm.acknowledged_by for alarm in found if alarm.kind is AlarmKind.LADDER}
    assert acknowledged[100] == office.actors[L].name


def test_hearing_an_alarm_is_an_entry_and_quietens_it_for_the_own_roles(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=20)
    escalation.sweep(office.opened)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    assert escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id) == 1
    assert notified(office, D) == []
    (entry,) = entries(office, number, "acknowledge")
    assert (entry.operator, entry.facts["rung"]) == (office.actors[D].name, 100)
    with pytest.raises(AlarmOver) as refusal:
        escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id)
    assert refusal.value.params["operator"] == office.actors[D].name
    # Heard is not done: the next rung is told all the same, to the next person.
    office.clock.advance(minutes=15)
    escalation.sweep(office.opened)
    assert notified(office, L) == [(number[-2:], 200)]
    assert audit.verify(office.opened).ok


def test_who_is_late_does_not_quieten_it_for_who_supervises(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    late(office, number)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    assert escalation.acknowledge(office.opened, office.actors[D], reminder.alarm.id) == 1
    assert notified(office, D) == []
    assert notified(office, L) == [(number[-2:], 100)]
    assert escalation.acknowledge(office.opened, office.actors[L], reminder.alarm.id) == 1
    assert notified(office, L) == []
    assert [entry.operator for entry in entries(office, number, "acknowledge")] == [office.actors[D].name, office.actors[L].name]


def test_nobody_hears_for_others_and_the_refusal_is_in_the_ledger(office: StaffedOffice) -> None:
    office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=20)
    escalation.sweep(office.opened)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    with pytest.raises(NotPermitted):
        escalation.acknowledge(office.opened, office.actors[Role.CLERK], reminder.alarm.id)
    with office.opened.database.reading() as connection:
        (denied,) = ledger_entries.lines(connection, office.opened.id, ledger_entries.LedgerQuery(action="denied"), 5)
    assert denied.facts["what"] == "alarm"
    with pytest.raises(UnknownAlarm):
        escalation.acknowledge(office.opened, office.actors[D], 9_999)


def test_many_cases_of_one_kind_are_acknowledged_together_or_not_at_all(office: StaffedOffice) -> None:
    for _ in range(3):
        office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=20)
    escalation.sweep(office.opened)
    keys = [reminder.alarm.id for reminder in escalation.mine(office.opened, office.actors[D])]
    with pytest.raises(UnknownAlarm):
        escalation.acknowledge(office.opened, office.actors[D], *keys, 9_999)
    assert len(notified(office, D)) == 3
    assert escalation.acknowledge(office.opened, office.actors[D], *keys) == 3


def test_two_terminals_that_sweep_notify_everything_once(office: StaffedOffice) -> None:
    for _ in range(4):
        office.case_in(State.TO_DISPATCH)
    office.clock.advance(minutes=20)
    other = offices.open_office(office.opened.database.path, "console", office.clock)
    try:
        assert escalation.sweep(office.opened) + escalation.sweep(other) == 4
    finally:
        other.close()


def test_an_extension_lets_the_ladder_be_reached_again_and_its_alarm_is_over(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at - timedelta(minutes=5)
    escalation.sweep(office.opened)
    office.grant(number, Action.EXTEND)
    escalation.sweep(office.opened)
    assert notified(office, D) == []
    assert step_of(office, number) < 90
    later = office.load(number).case.due_clock
    assert later is not None
    assert later.due_at > clock.due_at
    office.clock.at = later.due_at - timedelta(minutes=5)
    escalation.sweep(office.opened)
    assert notified(office, D) == [(number[-2:], 90)]
    assert [int(entry.facts["rung"]) for entry in entries(office, number, "escalate")].count(90) == 2


def test_another_ladder_is_reached_at_once_and_nothing_of_the_first_is_notified_again(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    admin = office.actors[Role.ADMIN]
    clock = office.load(number).case.due_clock
    assert clock is not None
    office.clock.at = clock.due_at - timedelta(minutes=5)
    escalation.sweep(office.opened)
    with pytest.raises(NotPermitted):
        escalation.set_policy(office.opened, office.actors[L], handling=HANDLING_POLICY)
    steeper = (*HANDLING_POLICY[:3], EscalationStep(95, Display.ALARM, (Role.LEADER,)), *HANDLING_POLICY[3:])
    assert escalation.set_policy(office.opened, admin, handling=steeper).handling == steeper
    escalation.sweep(office.opened)
    assert [int(entry.facts["rung"]) for entry in entries(office, number, "escalate")] == [50, 75, 90, 95]
    with pytest.raises(BadValue):
        escalation.set_policy(office.opened, admin, handling=(EscalationStep(50, Display.ALARM),))
    with pytest.raises(BadValue):
        escalation.set_policy(office.opened, admin, stages=(EscalationStep(50, Display.ALARM), *STAGE_POLICY))


# --- orders -----------------------------------------------------------------------------------------------------


def urge(office: StaffedOffice, number: str, role: Role = Role.LEADER, hours: float = 4) -> None:
    act = Act.of(Action.SUPERVISION_ORDER, note="今日内处置完毕[/]", reply_by=office.opened.now() + timedelta(hours=hours))
    casework.act_on(office.opened, office.actors[role], number, act)


def test_an_order_is_notified_to_the_dispatcher_until_it_is_answered(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    urge(office, number)
    (reminder,) = escalation.mine(office.opened, office.actors[D])
    assert (reminder.alarm.kind, reminder.actions) == (AlarmKind.ORDER, (Action.REPLY,))
    office.act(number, Action.REPLY, note="已派人到场")
    assert notified(office, D) == []
    (order,) = case_queries.view(office.opened, number, None).orders
    assert (order.requirement, order.reply, order.replied_by) == ("今日内处置完毕[/]", "已派人到场", office.actors[D].name)
    with pytest.raises(GuardRefused):
        office.act(number, Action.REPLY, note="再答一次")


def test_an_answer_that_does_not_come_is_notified_to_those_who_give_orders_once(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    urge(office, number, hours=1)
    office.clock.advance(minutes=61)
    assert escalation.sweep(office.opened) >= 1
    assert ("unanswered" in dict(notified(office, Role.LEADER)).values()) is True
    assert escalation.sweep(office.opened) == 0
    office.act(number, Action.REPLY, note="路上堵车")
    assert "unanswered" not in dict(notified(office, Role.LEADER)).values()
    (order,) = case_queries.view(office.opened, number, None).orders
    assert order.is_late(office.opened.now())


def test_a_later_order_takes_the_place_of_one_that_waits(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    urge(office, number)
    urge(office, number, Role.SHIFT_LEADER, hours=1)
    assert [kind for _, kind in notified(office, D)] == ["order"]
    first, second = case_queries.view(office.opened, number, None).orders
    assert (first.replaced_at is not None, second.replaced_at is None) == (True, True)
    assert office.load(number).case.order_count == 2
    office.act(number, Action.REPLY, note="已办")
    first, second = case_queries.view(office.opened, number, None).orders
    assert (first.replied_at, second.reply) == (None, "已办")


def test_nobody_answers_their_own_order_nor_asks_for_an_answer_yesterday(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    leads = office.join("又派又督", Role.SHIFT_LEADER, Role.DISPATCHER)
    act = Act.of(Action.SUPERVISION_ORDER, note="快办", reply_by=office.opened.now())
    with pytest.raises(ReplyByPast):
        casework.act_on(office.opened, leads, number, act)
    with pytest.raises(ReplyByPast):
        casework.act_on(office.opened, leads, number, act.changed(reply_by=office.opened.now() + timedelta(days=367)))
    casework.act_on(office.opened, leads, number, act.changed(reply_by=office.opened.now() + timedelta(hours=1)))
    with pytest.raises(GuardRefused) as refusal:
        casework.act_on(office.opened, leads, number, Act.of(Action.REPLY, note="在办"))
    assert refusal.value.params["guard"] == "not_orderer"


def test_an_order_is_owed_an_answer_even_after_the_case_is_closed(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CLOSE)
    urge(office, number)
    office.act(number, Action.CLOSE)
    assert [kind for _, kind in notified(office, D)] == ["order"]
    office.act(number, Action.REPLY, note="已结案")
    assert notified(office, D) == []
    assert audit.verify(office.opened).ok


def test_a_warden_who_handles_a_case_is_notified_what_its_dispatcher_is(office: StaffedOffice, clock: Clock) -> None:
    number = office.case_in(State.TO_DISPATCH)
    ranking = handlers.ranking_for(office.opened, number)
    warden = next(one.handler for one in ranking.candidates if one.handler.kind is HandlerKind.WARDEN)
    actor = replace(office.actors[Role.CLERK], warden_id=warden.id)
    office.act(number, Action.DISPATCH, handler=warden, reason="他就在现场")
    due = office.load(number).case.due_clock
    assert due is not None
    clock.at = due.due_at - timedelta(minutes=5)
    escalation.sweep(office.opened)
    (reminder,) = escalation.mine(office.opened, actor)
    assert (reminder.alarm.number, reminder.alarm.percent) == (number, 90)
    assert Action.EXTEND in reminder.actions
