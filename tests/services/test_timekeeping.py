"""A machine whose time cannot be right: nothing runs by itself, nothing is judged by it, and a person says how it goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from small_office import Clock, StaffedOffice

from gridconsole.archive import retiring
from gridconsole.domain.actions import Action
from gridconsole.domain.case import Clock as CaseClock
from gridconsole.domain.clock import CalendarDay, WorkCalendar, make_noticed
from gridconsole.domain.errors import (
    BadValue,
    EntryMissing,
    LoginFailed,
    LoginPaused,
    NotPermitted,
    ReasonNeeded,
    TimeBehind,
    TimeCertain,
    TimeDoubtful,
)
from gridconsole.domain.escalation import moment
from gridconsole.domain.states import Role, State
from gridconsole.domain.timekeeping import DAYS_SETTING, Doubt, doubt
from gridconsole.language.wording import ledger_line
from gridconsole.services import audit, casework, escalation, operators, rights, sessions, time_repair, timekeeping
from gridconsole.services.machine import Uptime
from gridconsole.services.office import Office
from gridconsole.store import alarms, ledger, ledger_entries

FRIDAY = datetime(2026, 9, 25, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def watchful(office: StaffedOffice) -> StaffedOffice:
    """The office with the usual patience of three working days."""
    operators.change_settings(office.opened, office.actors[Role.ADMIN], {DAYS_SETTING: 3})
    return office


def entries(office: StaffedOffice) -> int:
    with office.opened.database.reading() as connection:
        return ledger.last_seq(connection, office.opened.id)


def calendar() -> WorkCalendar:
    off = [CalendarDay(date(2026, 10, day), False, "国庆节") for day in range(1, 8)]
    days, noticed = make_noticed(off)
    return WorkCalendar(days=days, noticed_years=noticed)


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        (timedelta(0), None),
        (-2 * MINUTE, None),
        (-2 * MINUTE - timedelta(seconds=1), Doubt.BEHIND),
        (timedelta(days=2, hours=16), None),  # Monday morning
        (timedelta(days=5), None),  # Wednesday, the third working day, till its end
        (timedelta(days=365), Doubt.AHEAD),
        (timedelta(days=-10_000), Doubt.BEHIND),
    ],
)
def test_a_weekend_is_no_reason_and_a_year_is(passed: timedelta, expected: Doubt | None) -> None:
    assert doubt(FRIDAY + passed, FRIDAY, calendar(), 3) is expected


def test_national_day_passes_without_a_question() -> None:
    eve = datetime(2026, 9, 30, 9, tzinfo=UTC)
    assert doubt(datetime(2026, 10, 8, 0, 30, tzinfo=UTC), eve, calendar(), 3) is None
    assert doubt(datetime(2026, 10, 12, 9, tzinfo=UTC), eve, calendar(), 3) is None
    assert doubt(datetime(2026, 10, 13, 0, tzinfo=UTC), eve, calendar(), 3) is Doubt.AHEAD
    assert doubt(datetime(2036, 10, 13, tzinfo=UTC), eve, calendar(), 0) is None, "switched off"


def test_feedback_under_a_clock_that_was_set_back_is_refused(watchful: StaffedOffice) -> None:
    number = watchful.case_in(State.HANDLING)
    watchful.clock.advance(days=1)
    watchful.report()
    before = entries(watchful)
    watchful.clock.advance(hours=-20)
    with pytest.raises(TimeBehind) as refused:
        watchful.act(number, Action.FEEDBACK, note="已修好")
    assert refused.value.params["newest"] - refused.value.params["now"] == timedelta(hours=20)
    assert (entries(watchful), watchful.load(number).case.state) == (before, State.HANDLING)
    watchful.clock.advance(hours=20, minutes=-2)
    watchful.act(number, Action.FEEDBACK, note="已修好")


def test_after_a_real_correction_an_administrator_accepts_the_time_and_it_counts_from_there(watchful: StaffedOffice) -> None:
    watchful.clock.advance(days=400)
    timekeeping.confirm(watchful.opened, watchful.actors[Role.DISPATCHER])
    watchful.report()
    watchful.clock.advance(days=-400)
    for role in Role:
        if role is not Role.ADMIN:
            with pytest.raises(NotPermitted):
                timekeeping.accept(watchful.opened, watchful.actors[role], "调准了")
    with pytest.raises(TimeBehind):
        timekeeping.confirm(watchful.opened, watchful.actors[Role.DISPATCHER])
    with pytest.raises(ReasonNeeded):
        timekeeping.accept(watchful.opened, watchful.actors[Role.ADMIN], " ")
    timekeeping.accept(watchful.opened, watchful.actors[Role.ADMIN], "上次开机时钟错了一年")
    watchful.report()
    with pytest.raises(TimeCertain):
        timekeeping.accept(watchful.opened, watchful.actors[Role.ADMIN], "再来一次")
    assert audit.verify(watchful.opened).ok


def test_after_a_long_silence_every_act_waits_for_one_confirmation(watchful: StaffedOffice) -> None:
    watchful.clock.advance(days=30)
    before = entries(watchful)
    with pytest.raises(TimeDoubtful):
        watchful.report()
    assert entries(watchful) == before
    assert timekeeping.standing(watchful.opened).doubt is Doubt.AHEAD
    timekeeping.confirm(watchful.opened, watchful.actors[Role.DISPATCHER])
    watchful.report()
    assert timekeeping.standing(watchful.opened).doubt is None
    with pytest.raises(TimeCertain):
        timekeeping.confirm(watchful.opened, watchful.actors[Role.DISPATCHER])


def test_nothing_runs_by_itself_and_nothing_is_lost_when_the_clock_is_right_again(watchful: StaffedOffice) -> None:
    running, resting = watchful.case_in(State.HANDLING), watchful.case_in(State.HANDLING)
    watchful.grant(resting, Action.SUSPEND, until=watchful.opened.today() + timedelta(days=90))
    before, began = entries(watchful), watchful.clock.at
    watchful.clock.advance(days=365)
    assert casework.resume_due(watchful.opened) == ()
    assert escalation.sweep(watchful.opened) == 0
    assert watchful.load(resting).case.state is State.SUSPENDED
    with pytest.raises(TimeDoubtful):
        retiring.seal(watchful.opened, watchful.actors[Role.AUDITOR])
    assert entries(watchful) == before
    watchful.clock.at = began
    watchful.clock.advance(days=1)
    assert escalation.sweep(watchful.opened) > 0, "the alarm is not lost"
    assert watchful.load(running).case.state is State.HANDLING


def test_log_ins_and_denials_are_written_and_move_nothing(watchful: StaffedOffice) -> None:
    watchful.clock.advance(days=365)
    with pytest.raises(NotPermitted):
        rights.check(watchful.opened, watchful.actors[Role.CLERK], "operators", frozenset({Role.ADMIN}))
    sessions.open_session_here(watchful.opened, watchful.actors[Role.CLERK], "login")
    assert timekeeping.standing(watchful.opened).doubt is Doubt.AHEAD
    watchful.clock.advance(days=-365)
    watchful.report()


def test_a_log_in_under_a_clock_that_ran_ahead_does_not_last_until_then(watchful: StaffedOffice) -> None:
    opened = watchful.opened
    opened.row = replace(opened.row, settings={**opened.settings, "session_minutes": 30})
    watchful.clock.advance(days=365)
    session = sessions.open_session_here(watchful.opened, watchful.actors[Role.CLERK], "login")
    assert session in sessions.active_sessions(watchful.opened)
    watchful.clock.advance(days=-365)
    assert session not in sessions.active_sessions(watchful.opened)


def test_a_pause_after_wrong_passwords_is_counted_by_a_time_nobody_sets(office: StaffedOffice) -> None:
    operators.set_password(office.opened, office.actors[Role.ADMIN], "系统管理员", "zhengque-mima-8")
    up = [Uptime("first", 1_000.0)]
    office.opened = replace(office.opened, uptime=lambda: up[0])

    def guess() -> None:
        sessions.prove(office.opened, "系统管理员", "wrong-guess-1")

    for _ in range(2):
        with pytest.raises(LoginFailed):
            guess()
    for moved in (timedelta(minutes=16), timedelta(days=300), timedelta(days=-900)):
        office.clock.at += moved
        with pytest.raises(LoginPaused):
            guess()
    up[0] = Uptime("first", 1_001.5)
    with pytest.raises(LoginFailed):
        guess()
    up[0] = Uptime("second", 5.0)
    with pytest.raises(LoginPaused):
        guess()
    up[0] = Uptime("second", 8.0)
    with pytest.raises(LoginFailed):
        guess()


def test_an_office_that_was_left_with_a_wrong_newest_entry_is_not_stuck(watchful: StaffedOffice, clock: Clock) -> None:
    clock.advance(days=3_650)
    timekeeping.confirm(watchful.opened, watchful.actors[Role.CLERK])
    clock.advance(days=-3_650)
    with pytest.raises(TimeBehind):
        watchful.report()
    timekeeping.accept(watchful.opened, watchful.actors[Role.ADMIN], "电池没电")
    watchful.report()


def escalation_moment(clock: CaseClock, percent: int, opened: Office) -> datetime:
    return moment(clock, percent, opened.calendar) + timedelta(seconds=1)


def _clocks(office: StaffedOffice, number: str) -> list[tuple[object, ...]]:
    return [(clock.stage, clock.due_at, clock.halted_at, clock.pauses) for clock in office.load(number).case.clocks]


def test_what_a_wrong_time_did_by_itself_is_withdrawn_by_entries(watchful: StaffedOffice) -> None:
    opened, admin = watchful.opened, watchful.actors[Role.ADMIN]
    running, resting, touched = (watchful.case_in(State.HANDLING) for _ in range(3))
    for number in (resting, touched):
        watchful.grant(number, Action.SUSPEND, until=opened.today() + timedelta(days=90))
    before, began = {number: _clocks(watchful, number) for number in (running, resting)}, watchful.clock.at
    watchful.clock.advance(days=365)
    timekeeping.confirm(opened, watchful.actors[Role.DISPATCHER])
    first = entries(watchful)
    assert set(casework.resume_due(opened)) == {resting, touched}
    assert escalation.sweep(opened) > 0
    watchful.act(touched, Action.FEEDBACK, note="已修好")
    with opened.database.reading() as connection:
        assert alarms.on_board(connection, opened.id, opened.midnight(), opened.now() + timedelta(days=1))
    watchful.set_clock_back(began)
    with pytest.raises(NotPermitted):
        time_repair.repair(opened, watchful.actors[Role.SHIFT_LEADER], first, dry_run=True)
    with pytest.raises(EntryMissing):
        time_repair.repair(opened, admin, 10**6, dry_run=True)
    would, count = time_repair.repair(opened, admin, first, dry_run=True), entries(watchful)
    assert count == entries(watchful)
    done = time_repair.repair(opened, admin, first, dry_run=False)
    assert (done.escalations, done.resumptions, done.kept) == (would.escalations, would.resumptions, would.kept)
    assert [step.number for step in done.resumptions] == [resting]
    assert [step.number for step in done.kept] == [touched]
    case = watchful.load(resting).case
    assert (case.state, case.suspended_until) == (
        State.SUSPENDED,
        began.astimezone(opened.calendar.zone).date() + timedelta(days=90),
    )
    assert {number: _clocks(watchful, number) for number in (running, resting)} == before
    with opened.database.reading() as connection:
        assert not alarms.on_board(connection, opened.id, began - timedelta(days=1), began + timedelta(days=999))
        assert alarms.between(connection, opened.id, began + timedelta(days=1), began + timedelta(days=999)) == ()
    again = time_repair.repair(opened, admin, first, dry_run=True)
    assert (again.escalations, again.resumptions) == ((), ())
    assert audit.verify(opened).ok
    watchful.clock.advance(days=2)
    assert escalation.sweep(opened) > 0, "in its own time it is told of again"
    assert audit.verify(opened).ok


def test_only_steps_of_the_wrong_time_are_withdrawn_and_the_office_knows_where_it_was(watchful: StaffedOffice) -> None:
    opened, admin = watchful.opened, watchful.actors[Role.ADMIN]
    late = watchful.case_in(State.HANDLING)
    watchful.clock.advance(days=2)
    assert escalation.sweep(opened) > 0, "late in its own time"
    assert time_repair.wrong_spans(opened) == ()
    rightful, began = entries(watchful), watchful.clock.at
    watchful.case_in(State.HANDLING)
    watchful.clock.advance(days=365)
    timekeeping.confirm(opened, watchful.actors[Role.DISPATCHER])
    first = entries(watchful)
    wrong = escalation.sweep(opened)
    assert wrong > 0
    last = entries(watchful)
    watchful.set_clock_back(began)
    (span,) = time_repair.wrong_spans(opened)
    assert (span.first, span.last) == (first, last)
    assert span.accepted_at is not None
    assert span.accepted_at - began < timedelta(minutes=5)
    found = time_repair.repair(opened, admin, 1, dry_run=True)
    assert {step.entry for step in found.escalations} <= set(range(first, last + 1))
    assert found.escalations
    assert found.rightful > 0
    with pytest.raises(BadValue):
        time_repair.repair(opened, admin, 5, 4, dry_run=True)
    with pytest.raises(EntryMissing):
        time_repair.repair(opened, admin, 5, 10**6, dry_run=True)
    said = time_repair.repair(opened, admin, 1, rightful, dry_run=True)
    assert said.rightful == 0
    assert {step.number for step in said.escalations} == {late}


@pytest.mark.parametrize("is_swept", [False, True], ids=["repaired at once", "looked at in between"])
def test_what_a_wrong_time_ended_is_pending_again(watchful: StaffedOffice, is_swept: bool) -> None:
    opened, admin, leader = watchful.opened, watchful.actors[Role.ADMIN], watchful.actors[Role.SHIFT_LEADER]
    number = watchful.case_in(State.HANDLING)
    ordered = watchful.case_in(State.HANDLING)
    watchful.act(
        ordered, Action.SUPERVISION_ORDER, role=Role.LEADER, note="今日内办结", reply_by=opened.now() + timedelta(days=2)
    )
    due = watchful.load(number).case.due_clock
    assert due is not None
    watchful.clock.at = escalation_moment(due, 75, opened)
    escalation.sweep(opened)

    def pending() -> set[tuple[str, str, int]]:
        return {
            (one.alarm.number, one.alarm.kind.value, one.alarm.percent)
            for actor in (watchful.actors[Role.DISPATCHER], leader)
            for one in escalation.mine(opened, actor)
        }

    before, began = pending(), watchful.clock.at
    assert (number, "ladder", 75) in before
    assert (ordered, "order", 0) in before
    watchful.clock.advance(days=365)
    timekeeping.confirm(opened, watchful.actors[Role.DISPATCHER])
    first = entries(watchful)
    escalation.sweep(opened)
    assert pending() != before
    watchful.set_clock_back(began)
    if is_swept:
        escalation.sweep(opened)
        assert pending() >= before
    time_repair.repair(opened, admin, first, dry_run=False)
    assert pending() == before
    escalation.sweep(opened)
    assert pending() == before
    assert audit.verify(opened).ok


def test_a_case_that_is_suspended_again_stands_on_the_step_it_had(watchful: StaffedOffice) -> None:
    opened, admin = watchful.opened, watchful.actors[Role.ADMIN]
    number = watchful.case_in(State.HANDLING)
    due = watchful.load(number).case.due_clock
    assert due is not None
    watchful.clock.at = escalation_moment(due, 75, opened)
    escalation.sweep(opened)
    until = opened.today() + timedelta(days=60)
    watchful.grant(number, Action.SUSPEND, until=until)
    began = watchful.clock.at
    watchful.clock.advance(days=365)
    timekeeping.confirm(opened, watchful.actors[Role.DISPATCHER])
    first = entries(watchful)
    assert set(casework.resume_due(opened)) == {number}
    watchful.clock.advance(days=30)
    escalation.sweep(opened)
    watchful.set_clock_back(began)
    assert [step.number for step in time_repair.repair(opened, admin, first, dry_run=False).resumptions] == [number]
    with opened.database.reading() as connection:
        step = connection.exec_driver_sql("SELECT fired FROM clock WHERE halted_at IS NOT NULL").scalar_one()
    assert step == 75
    assert audit.verify(opened).ok


def test_a_deadline_judged_by_a_doubtful_time_is_marked_and_reported_on_that_day_alone(watchful: StaffedOffice) -> None:
    number = watchful.case_in(State.HANDLING)
    assert "judged_in_doubt" not in {metric.key for metric in watchful.made("daily").metrics}
    watchful.clock.advance(days=30)
    confirmer = watchful.actors[Role.DISPATCHER]
    timekeeping.confirm(watchful.opened, confirmer)
    watchful.act(number, Action.FEEDBACK, note="已修好")
    watchful.act(number, Action.NOTE, note="没有判定什么")
    (entry,) = [
        item
        for item in audit.entries(watchful.opened, confirmer, ledger_entries.LedgerQuery(case=number), 9)
        if item.action == "feedback"
    ]
    assert "（判定时限时本机时间有疑问）" in ledger_line(entry, watchful.opened.calendar)
    shown = {metric.key: metric.value for metric in watchful.made("daily").metrics}
    assert shown["judged_in_doubt"] == 1
    watchful.clock.advance(days=1)
    late = watchful.case_in(State.HANDLING)
    watchful.act(late, Action.FEEDBACK, note="已修好")
    assert "judged_in_doubt" not in {metric.key for metric in watchful.made("daily").metrics}
    assert audit.verify(watchful.opened).ok
