"""Changing the calendar: what it does to open cases, to closed ones, and to other terminals that are open meanwhile."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from notices_as_text import NOTICE_2027
from small_office import WAY_TO, StaffedOffice, local

from gridconsole import language
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import (
    BadValue,
    GuardRefused,
    HoursRefused,
    NoOverride,
    NoticeNotInstalled,
    NotPermitted,
    NoWorkingHours,
    ReasonNeeded,
)
from gridconsole.domain.states import OPEN_STATES, Result, Role, Source, Stage, State
from gridconsole.domain.transitions import actions_from
from gridconsole.language.wording import clock_lines, derivation_lines, timeline_line
from gridconsole.services import audit, calendar_views, calendars, case_queries, escalation, tasks
from gridconsole.services.calendars import DayKind, NoticeFile
from gridconsole.services.office import Office
from gridconsole.store import alarms, offices

NOVEMBER = local(date(2026, 11, 28), "10:00")
FILE = NoticeFile("通知.txt", NOTICE_2027.encode("gb18030"))
FEBRUARY = date(2027, 2, 3)
FIRM = local(date(2027, 2, 18), "17:30")
PROVISIONAL = local(date(2027, 2, 10), "17:30")
"""Five workdays from 3 February where nobody knows of the Spring Festival."""


def load(office: StaffedOffice, *, dry_run: bool = False, file: NoticeFile = FILE) -> calendars.CalendarOutcome:
    return calendars.load_notice(office.opened, office.actors[Role.SHIFT_LEADER], 2027, file, dry_run=dry_run)


def set_day(office: StaffedOffice, day: date, kind: DayKind, **more: Any) -> calendars.CalendarOutcome:
    return calendars.set_day(office.opened, office.actors[Role.SHIFT_LEADER], day, kind, "台风停工", **more)


def dispatched(office: StaffedOffice, category: str = "夜间施工", at: datetime | None = None) -> str:
    """A case dispatched at a moment, 3 February at nine unless said otherwise; its limit is five workdays likewise."""
    office.clock.at = at or local(FEBRUARY, "09:00")
    return brought(office, State.HANDLING, category)


def brought(office: StaffedOffice, state: State, category: str = "夜间施工") -> str:
    """A case of a category at a state, in the hands of the unit that answers for it."""
    number = office.report(category_id=office.categories[category]).number
    for action, fields in WAY_TO[state]:
        named = {"handler": office.handlers[UNITS[category]]} if action is Action.DISPATCH else {}
        office.act(number, action, **fields, **named)
    return number


UNITS = {"夜间施工": "住建局", "暴露垃圾": "城管局"}


def due(office: StaffedOffice, number: str, stage: Stage = Stage.HANDLE) -> datetime:
    clock = office.load(number).case.clock(stage)
    assert clock is not None
    return clock.due_at


def calendar_entries(office: StaffedOffice) -> list[Any]:
    with office.opened.database.reading() as connection:
        return connection.exec_driver_sql(
            "SELECT seq, action, subject_kind, operator, facts FROM ledger WHERE subject_kind = 'calendar' OR action = 'recompute'"
            " ORDER BY seq"
        ).all()


def is_sound(office: StaffedOffice) -> bool:
    return audit.verify(office.opened).ok


# --- the notice that comes -------------------------------------------------------------------------------------


def test_days_of_rest_are_entered_as_hours_that_end(office: StaffedOffice) -> None:
    leader = office.actors[Role.SHIFT_LEADER]
    first, last = date(2026, 12, 7), date(2026, 12, 11)
    calendars.set_hours(office.opened, leader, first, last, ())
    is_workday = office.opened.calendar.is_workday
    with office.opened.database.reading():
        pass  # followed by the next transaction
    is_workday = office.opened.calendar.is_workday
    assert [is_workday(first + timedelta(days=offset)) for offset in range(-3, 8)] == [
        True, False, False, False, False, False, False, False, False, False, True,
    ]  # fmt: skip
    with pytest.raises(NoWorkingHours):
        calendars.set_hours(office.opened, leader, date(2027, 3, 1), None, ())


def test_a_make_up_day_follows_a_weekday_that_has_hours(office: StaffedOffice) -> None:
    with pytest.raises(BadValue):
        calendars.set_day(
            office.opened, office.actors[Role.SHIFT_LEADER], date(2026, 12, 6), calendars.DayKind.WORK, "补班", follows=6
        )


def test_a_case_dispatched_after_the_notice_was_loaded_is_due_by_it(office: StaffedOffice) -> None:
    office.clock.at = NOVEMBER
    load(office)
    number = dispatched(office)
    clock = office.load(number).case.clock(Stage.HANDLE)
    assert (clock.due_at, clock.provisional) == (FIRM, False)
    assert is_sound(office)


def test_a_case_dispatched_before_follows_the_notice_through_its_ledger(office: StaffedOffice) -> None:
    number = dispatched(office)
    before = office.load(number).case
    assert (due(office, number), before.clock(Stage.HANDLE).provisional) == (PROVISIONAL, True)
    office.clock.advance(minutes=10)
    outcome = load(office)
    (moved,) = outcome.moved
    assert (moved.number, moved.stage, moved.before, moved.after, moved.becomes_firm) == (
        number, Stage.HANDLE, PROVISIONAL, FIRM, True,
    )  # fmt: skip
    after = office.load(number).case
    assert (due(office, number), after.clock(Stage.HANDLE).provisional, after.version) == (FIRM, False, before.version + 1)
    assert [(entry.action, entry.operator) for entry in calendar_entries(office)] == [
        ("calendar_load", "值班长"), ("recompute", "值班长"),
    ]  # fmt: skip
    assert is_sound(office)


def test_the_derivation_and_the_timeline_say_why(office: StaffedOffice) -> None:
    number = dispatched(office)
    load(office)
    view = case_queries.view(office.opened, number, office.actors[Role.DISPATCHER])
    (clock,) = view.clocks
    lines = derivation_lines(clock.derivation)
    assert (clock.derivation.due_at, clock.derivation.provisional) == (FIRM, False)
    for said in (
        "第 1 日：02-04",
        "02-05 周五 休息（春节），不计 .. 02-12 周五 休息（春节），不计",
        "第 5 日：02-18 周四",
        "到期：02-18 周四 17:30",
    ):
        assert any(said in line for line in lines), (said, lines)
    assert not any("尚未公布" in line for line in lines)
    language.follow(lambda: NOVEMBER)
    assert any("到期：2027-02-18 周四 17:30" in line for line in derivation_lines(clock.derivation)), "seen a year before"
    last = timeline_line(view.timeline[-1], office.opened.calendar)
    assert "重算时限 载入 2027 年放假安排 处置 2027-02-10 周三 17:30 -> 2027-02-18 周四 17:30（推后 8天） 由暂定转为确定" in last


def test_trying_shows_the_same_and_writes_nothing(office: StaffedOffice) -> None:
    number = dispatched(office)
    tried = load(office, dry_run=True)
    assert (due(office, number), calendar_entries(office), office.opened.calendar.noticed_years >= {2027}) == (
        PROVISIONAL,
        [],
        False,
    )
    done = load(office)
    assert (tried.moved, tried.days, tried.closed) == (done.moved, done.days, done.closed)


def test_loading_the_same_again_changes_nothing_and_another_says_what(office: StaffedOffice) -> None:
    load(office)
    entries = calendar_entries(office)
    again = load(office)
    assert (again.unchanged, again.days, calendar_entries(office)) == (True, (), entries)
    corrected = NOTICE_2027.replace("6月9日（周三）放假，共1天，不调休", "6月9日（周三）至10日（周四）放假，共2天")
    other = load(office, file=NoticeFile("更正.txt", corrected.encode()))
    assert (other.unchanged, [changed.day for changed in other.days]) == (False, [date(2027, 6, 10)])
    back = load(office)
    assert [changed.day for changed in back.days] == [date(2027, 6, 10)]
    assert office.opened.calendar.is_workday(date(2027, 6, 10)) is False  # followed by the next transaction alone
    assert is_sound(office)
    assert calendar_views.overview(office.opened).years[-1] == calendar_views.LoadedYear(2027, ("notice",), 27, 4)
    assert office.opened.calendar.is_workday(date(2027, 6, 10)) is True


def test_the_entry_says_what_was_loaded_and_the_file_it_came_from(office: StaffedOffice) -> None:
    dispatched(office)
    load(office)
    facts = json.loads(calendar_entries(office)[0].facts)
    assert {name: facts[name] for name in ("year", "source", "days_off", "days_worked")} == {
        "year": 2027, "source": "notice", "days_off": 27, "days_worked": 4,
    }  # fmt: skip
    assert facts["sha256"] == hashlib.sha256(FILE.raw).hexdigest()
    assert ("2027-02-12" in facts["off"], facts["worked"][0]) == (True, "2027-01-09")


def test_a_year_that_the_package_has_is_loaded_from_it_and_another_is_refused(office: StaffedOffice) -> None:
    actor = office.actors[Role.ADMIN]
    assert calendars.load_notice(office.opened, actor, 2026).unchanged
    with pytest.raises(NoticeNotInstalled):
        calendars.load_notice(office.opened, actor, 2027)


def test_a_next_year_case_stays_provisional_where_its_own_year_is_missing(office: StaffedOffice) -> None:
    number = dispatched(office, at=local(date(2027, 12, 29), "09:00"))
    load(office)
    clock = office.load(number).case.clock(Stage.HANDLE)
    assert clock.provisional


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.SHIFT_LEADER)])
def test_nobody_else_changes_the_calendar_and_the_refusal_is_in_the_ledger(office: StaffedOffice, role: Role) -> None:
    actor = office.actors[role]
    attempts: list[Callable[[], object]] = [
        lambda: calendars.load_notice(office.opened, actor, 2027, FILE, dry_run=True),
        lambda: calendars.set_day(office.opened, actor, FEBRUARY, DayKind.REST, "台风"),
        lambda: calendars.set_hours(office.opened, actor, FEBRUARY, None, ((time(9), time(17)),)),
        lambda: calendars.drop_hours(office.opened, actor, FEBRUARY),
    ]
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            attempt()
    with office.opened.database.reading() as connection:
        denied = connection.exec_driver_sql(
            "SELECT count(*) FROM ledger WHERE action = 'denied' AND facts LIKE '%calendar%'"
        ).scalar()
    assert denied == len(attempts)


# --- a day of the office's own ----------------------------------------------------------------------------------


def test_a_day_of_rest_moves_what_runs_over_it_and_taking_it_back_moves_it_back(office: StaffedOffice) -> None:
    number = dispatched(office, at=local(date(2026, 11, 24), "09:00"))
    assert due(office, number) == local(date(2026, 12, 1), "17:30")
    assert len(set_day(office, date(2026, 11, 26), DayKind.REST).moved) == 1
    assert due(office, number) == local(date(2026, 12, 2), "17:30")
    set_day(office, date(2026, 11, 28), DayKind.WORK, follows=4)
    assert due(office, number) == local(date(2026, 12, 1), "17:30")
    set_day(office, date(2026, 11, 28), DayKind.NORMAL)
    set_day(office, date(2026, 11, 26), DayKind.NORMAL)
    assert due(office, number) == local(date(2026, 12, 1), "17:30")
    assert [entry.action for entry in calendar_entries(office)] == ["calendar_day", "recompute"] * 4
    assert is_sound(office)


def test_a_day_without_reason_twice_or_with_hours_it_does_not_work_is_distinguished(office: StaffedOffice) -> None:
    leader = office.actors[Role.SHIFT_LEADER]
    with pytest.raises(ReasonNeeded):
        calendars.set_day(office.opened, leader, FEBRUARY, DayKind.REST, " ")
    with pytest.raises(NoOverride):
        set_day(office, FEBRUARY, DayKind.NORMAL)
    with pytest.raises(BadValue):
        set_day(office, FEBRUARY, DayKind.REST, follows=1)
    set_day(office, FEBRUARY, DayKind.REST)
    assert set_day(office, FEBRUARY, DayKind.REST).unchanged
    assert len(calendar_entries(office)) == 1


def test_the_reason_stands_in_derivations_in_one_line_without_numbers(office: StaffedOffice) -> None:
    leader = office.actors[Role.SHIFT_LEADER]
    calendars.set_day(office.opened, leader, FEBRUARY, DayKind.REST, "停电\n报修 13812345678 " + "很久" * 100)
    (own,) = calendar_views.overview(office.opened).overrides
    assert own.day.note.startswith("停电 报修 138****5678 很久")
    assert len(own.day.note) <= 60


def test_a_make_up_day_has_the_hours_of_the_weekday_it_follows(office: StaffedOffice) -> None:
    calendars.set_hours(office.opened, office.actors[Role.ADMIN], date(2026, 12, 1), None, ((time(9), time(12)),), frozenset({4}))
    set_day(office, date(2026, 12, 12), DayKind.WORK, follows=4)
    calendar_views.overview(office.opened)
    assert office.opened.calendar.local_spans(date(2026, 12, 12)) == ((time(9), time(12)),)


def test_closed_cases_are_counted_and_never_computed_anew(office: StaffedOffice) -> None:
    closed = brought(office, State.CLOSED)
    office.clock.advance(days=30)
    with office.opened.database.reading() as connection:
        before = connection.exec_driver_sql("SELECT * FROM clock ORDER BY incident_id, position").all()
    outcome = set_day(office, date(2026, 11, 23), DayKind.REST)
    assert (outcome.closed, outcome.moved, outcome.facts["closed"]) == (1, (), 1)
    assert set_day(office, date(2026, 11, 21), DayKind.WORK).closed == 0
    with office.opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT * FROM clock ORDER BY incident_id, position").all() == before
    view = case_queries.view(office.opened, closed, office.actors[Role.DISPATCHER])
    assert Action.RECOMPUTE.value not in {entry.action for entry in view.timeline}
    assert is_sound(office)


def test_a_case_that_was_judged_keeps_its_deadline_and_says_so(office: StaffedOffice) -> None:
    number = brought(office, State.TO_CHECK)
    was = due(office, number)
    outcome = set_day(office, date(2026, 11, 25), DayKind.REST)
    assert Stage.HANDLE not in {moved.stage for moved in outcome.moved}
    assert due(office, number) == was
    view = case_queries.view(office.opened, number, None)
    lines = clock_lines(view.clocks, view.detail.row, view.detail.condition, view.detail.standard)
    assert any("日历后来有改动；本案当时的时限是 2026-11-30 17:30，不变" in line for line in lines)
    office.act(number, Action.CHECK, result=Result.FAIL, reason="没清理")
    assert due(office, number) == local(date(2026, 12, 1), "17:30")
    assert is_sound(office)


# --- all that hangs on a deadline -------------------------------------------------------------------------------


def test_suspended_paused_and_extended_cases_follow_by_the_same_rule(office: StaffedOffice) -> None:
    extended = dispatched(office)
    office.grant(extended, Action.EXTEND)
    suspended = dispatched(office)
    office.grant(suspended, Action.SUSPEND, until=date(2027, 2, 20))
    paused = dispatched(office)
    office.act(paused, Action.FEEDBACK, note="已停工")
    office.clock.advance(minutes=30)
    office.act(paused, Action.CHECK, result=Result.FAIL, reason="还在施工")
    outcome = load(office)
    moved = {one.number: one for one in outcome.moved}
    # Ten workdays from 3 February; what was granted stays ten, whatever the calendar.
    assert moved[extended].extensions == (office.load(extended).case.clock(Stage.HANDLE).limit,)
    assert due(office, extended) == local(date(2027, 2, 25), "17:30")
    assert due(office, suspended) == FIRM
    assert due(office, paused) == local(date(2027, 2, 19), "09:00")
    clock = office.load(suspended).case.clock(Stage.HANDLE)
    assert (clock.halted_at, office.load(suspended).case.suspended_until) == (local(FEBRUARY, "09:00"), date(2027, 2, 20))
    assert is_sound(office)
    with office.opened.database.reading() as connection:
        granted = connection.exec_driver_sql("SELECT due_before, due_after FROM case_request WHERE kind = 'extension'").one()
    assert tuple(at[:10] for at in granted) == ("2027-02-10", "2027-02-17")


def test_stage_clocks_and_the_task_that_was_sent_out_follow(office: StaffedOffice) -> None:
    office.clock.at = local(date(2026, 11, 27), "17:20")
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "王[/]芳", number))
    was = due(office, number, Stage.VERIFY)
    set_day(office, date(2026, 11, 30), DayKind.REST)
    now = due(office, number, Stage.VERIFY)
    assert now - was == timedelta(days=1)
    with office.opened.database.reading() as connection:
        stored = connection.exec_driver_sql("SELECT due_at FROM task").scalar_one()
    assert datetime.fromisoformat(stored) == now
    assert is_sound(office)


def test_an_alarm_of_a_deadline_that_moved_is_over_and_comes_again(office: StaffedOffice) -> None:
    number = dispatched(office, "暴露垃圾", local(date(2026, 11, 26), "09:00"))
    office.clock.at = local(date(2026, 11, 26), "17:00")
    assert escalation.sweep(office.opened) > 0
    set_day(office, date(2026, 11, 26), DayKind.REST)
    with office.opened.database.reading() as connection:
        live = alarms.live(connection, office.opened.id, 50, frozenset(Role), None)
    assert [alarm for alarm in live if alarm.number == number] == []
    office.clock.at = local(date(2026, 11, 27), "17:00")
    assert escalation.sweep(office.opened) > 0
    assert is_sound(office)


def test_a_share_of_the_time_moves_though_the_deadline_does_not(office: StaffedOffice) -> None:
    """A short day leaves five workdays five, and half of their time is over at another moment."""
    dispatched(office, at=local(date(2026, 11, 23), "09:00"))
    escalation.sweep(office.opened)
    with office.opened.database.reading() as connection:
        before = connection.exec_driver_sql("SELECT look_at FROM clock WHERE stage = 'handle'").scalar_one()
    short = date(2026, 11, 24)
    outcome = calendars.set_hours(office.opened, office.actors[Role.ADMIN], short, short, ((time(9), time(10)),))
    assert (outcome.moved, [changed.day for changed in outcome.days]) == ((), [short])
    escalation.sweep(office.opened)
    with office.opened.database.reading() as connection:
        after = connection.exec_driver_sql("SELECT look_at FROM clock WHERE stage = 'handle'").scalar_one()
    assert before < after
    assert is_sound(office)


def test_no_operator_recomputes_a_case_by_itself(office: StaffedOffice) -> None:
    number = dispatched(office)
    for role in (Role.SHIFT_LEADER, Role.ADMIN):
        with pytest.raises(GuardRefused):
            office.act(number, Action.RECOMPUTE, role)
    assert not any(Action.RECOMPUTE in actions_from(state) for state in OPEN_STATES)


# --- hours ------------------------------------------------------------------------------------------------------

SUMMER = ((time(8), time(12)), (time(15), time(18)))


def test_summer_hours_end_with_the_summer(office: StaffedOffice) -> None:
    admin = office.actors[Role.ADMIN]
    calendars.set_hours(office.opened, admin, date(2027, 6, 1), date(2027, 9, 30), SUMMER)
    hours = calendar_views.overview(office.opened).hours
    usual = hours[0].week
    assert [(row.valid_from, row.week[0] == SUMMER) for row in hours] == [
        (date(2000, 1, 1), False), (date(2027, 6, 1), True), (date(2027, 10, 1), False),
    ]  # fmt: skip
    assert (hours[2].week, hours[1].week[5]) == (usual, ())
    # What lies inside a later season gives way to it, and what held after it still does.
    calendars.set_hours(office.opened, admin, date(2027, 5, 1), date(2027, 7, 31), ((time(9), time(12)),))
    rows = {row.valid_from: row.week[0] for row in calendar_views.overview(office.opened).hours}
    assert rows == {
        date(2000, 1, 1): usual[0], date(2027, 5, 1): ((time(9), time(12)),), date(2027, 8, 1): SUMMER, date(2027, 10, 1): usual[0],
    }  # fmt: skip
    calendars.drop_hours(office.opened, admin, date(2027, 8, 1))
    assert date(2027, 8, 1) not in {row.valid_from for row in calendar_views.overview(office.opened).hours}
    assert is_sound(office)


def test_hours_before_the_oldest_do_not_change_what_lies_before_them(office: StaffedOffice) -> None:
    before = office.opened.calendar.local_spans(date(1998, 5, 4))
    calendars.set_hours(office.opened, office.actors[Role.ADMIN], date(1999, 1, 1), date(1999, 1, 31), SUMMER)
    calendar_views.overview(office.opened)
    spans = [
        office.opened.calendar.local_spans(day)
        for day in (date(1998, 5, 4), date(1999, 1, 4), date(1999, 2, 1), date(2026, 5, 6))
    ]
    assert spans == [before, SUMMER, before, before]


def test_other_hours_move_deadlines_in_hours(office: StaffedOffice) -> None:
    number = office.report(source=Source.WARDEN).number
    office.act(number, Action.ACCEPT)
    was = due(office, number, Stage.FILE)
    calendars.set_hours(office.opened, office.actors[Role.ADMIN], date(2026, 11, 23), None, ((time(14), time(18)),))
    assert due(office, number, Stage.FILE) != was
    assert is_sound(office)


def test_a_calendar_without_hours_is_refused(office: StaffedOffice) -> None:
    admin = office.actors[Role.ADMIN]
    for weekdays in (frozenset[int](), frozenset(range(7))):
        with pytest.raises(NoWorkingHours):
            calendars.set_hours(office.opened, admin, date(2026, 12, 1), None, (), weekdays)
    with pytest.raises(HoursRefused):
        calendars.drop_hours(office.opened, admin, date(2000, 1, 1))
    with pytest.raises(BadValue):
        calendars.set_hours(office.opened, admin, date(2026, 12, 1), date(2026, 11, 1), SUMMER)
    assert calendar_entries(office) == []


# --- other terminals --------------------------------------------------------------------------------------------


def test_a_terminal_that_was_open_all_along_decides_by_the_new_calendar(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    other = StaffedOffice.of(open_another(), office.clock)
    assert 2027 not in other.opened.calendar.noticed_years
    load(office)
    number = dispatched(other)
    assert due(other, number) == FIRM
    assert 2027 in other.opened.calendar.noticed_years


def test_a_terminal_that_only_looks_has_the_new_calendar_too(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    number = dispatched(office)
    other = open_another()
    load(office)
    view = case_queries.view(other, number, None)
    assert (view.clocks[0].derivation.due_at, view.clocks[0].clock.due_at) == (FIRM, FIRM)


def test_an_older_snapshot_never_brings_an_old_calendar_back(office: StaffedOffice, open_another: Callable[[], Office]) -> None:
    other = open_another()
    with other.database.reading() as before:
        before.exec_driver_sql("SELECT count(*) FROM ledger").scalar()
        load(office)
        with other.database.writing():
            pass
        known = other.calendar
        other.follow_calendar(before)
        assert other.calendar is known
    assert 2027 in known.noticed_years


def test_asking_whether_the_calendar_changed_takes_no_longer_in_a_long_ledger(office: StaffedOffice) -> None:
    """It is asked at the head of every transaction."""

    def steps() -> int:
        counted = 0

        def count() -> int:
            nonlocal counted
            counted += 1
            return 0

        with office.opened.database.reading() as connection:
            raw: Any = connection.connection.dbapi_connection
            raw.set_progress_handler(count, 1)
            offices.newest_calendar_entry(connection, office.opened.id)
            raw.set_progress_handler(None, 0)
        return counted

    load(office)
    few = steps()
    for day in range(1, 20):
        set_day(office, date(2027, 3, day), DayKind.REST)
    brought(office, State.CLOSED)
    assert 0 < steps() <= few + 2


def test_what_was_rolled_back_is_not_followed(office: StaffedOffice) -> None:
    calendar = office.opened.calendar
    with pytest.raises(ZeroDivisionError), office.opened.database.writing() as connection:
        calendars._write(connection, office.opened, office.actors[Role.ADMIN], *_planned(connection, office))
        raise ZeroDivisionError
    assert office.opened.calendar is calendar
    load(office, dry_run=True)
    assert office.opened.calendar is calendar


def _planned(connection: Any, office: StaffedOffice) -> tuple[Any, Any, Any]:
    rest = calendars.CalendarDay(FEBRUARY, False, "停工", calendars.DayLayer.OVERRIDE)
    change = calendars._Change(
        "calendar_day", "day 2027-02-03", {"day": "2027-02-03", "kind": "rest"}, FEBRUARY, FEBRUARY, (rest,)
    )
    return change, *calendars._outcome(connection, office.opened, change, dry_run=False)


# --- being reminded ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "missing"), [((2026, 11, 28), None), ((2026, 11, 30), None), ((2026, 12, 1), 2027), ((2027, 3, 1), 2027)]
)
def test_from_december_on_who_can_load_the_next_notice_is_reminded(
    office: StaffedOffice, day: tuple[int, int, int], missing: int | None
) -> None:  # fmt: skip
    office.clock.at = local(date(*day), "09:00")
    for role, actor in office.actors.items():
        expected = missing if role in (Role.ADMIN, Role.SHIFT_LEADER) else None
        assert calendar_views.year_to_load(office.opened, actor) == expected, role
    load(office)
    with office.opened.database.reading():
        pass
    assert calendar_views.missing_year(office.opened) is None


def test_a_week_of_a_year_is_marked_provisional_until_it_is_loaded(office: StaffedOffice) -> None:
    assert {line.is_provisional for line in calendar_views.calendar_year(office.opened, 2027)} == {True}
    load(office)
    with office.opened.database.reading():
        pass
    assert {line.is_provisional for line in calendar_views.calendar_year(office.opened, 2027)} == {False}
