"""Deadlines by hand-computed examples: every number here was counted on a calendar, not by the program."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
import state_council
from casebook import CALENDAR
from clock_oracle import active_time, elapsed
from small_office import SHANGHAI
from state_council import MAKE_UP, NOTICE

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import (
    CalendarDay,
    DayLayer,
    OfficeHours,
    Pause,
    Remaining,
    WorkCalendar,
    deadline,
    make_noticed,
    remaining,
    standard_week,
)
from gridconsole.domain.codes import Unit
from gridconsole.domain.derivation import StepKind, derive
from gridconsole.domain.errors import CalendarEmpty

ORDINARY = [(time(8, 30), time(12)), (time(14), time(17, 30))]
SUMMER = [(time(8, 30), time(12)), (time(14, 30), time(18))]


def office(text: str) -> datetime:
    """An office's wall time: ``2026-11-23 10:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def limit(text: str) -> Limit:
    return Limit.decode(text)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-23 10:00", "4 work_hour", "2026-11-23 16:00"),
        ("2026-11-23 11:55", "0.25 work_hour", "2026-11-23 14:10"),
        ("2026-11-23 10:00", "2 work_hour", "2026-11-23 12:00"),
        ("2026-11-23 12:00", "1 work_hour", "2026-11-23 15:00"),
        ("2026-11-23 13:00", "1 work_hour", "2026-11-23 15:00"),
        ("2026-11-23 07:00", "1 work_hour", "2026-11-23 09:30"),
        ("2026-11-23 23:59", "1 work_hour", "2026-11-24 09:30"),
        ("2026-11-20 16:30", "4 work_hour", "2026-11-23 11:30"),
        ("2026-11-21 10:00", "1 work_hour", "2026-11-23 09:30"),
        ("2026-11-23 08:30", "7 work_hour", "2026-11-23 17:30"),
        ("2026-11-23 08:30", "70 work_hour", "2026-12-04 17:30"),
    ],
)
def test_work_hours_run_inside_the_offices_spans_only(start: str, span: str, due: str) -> None:
    assert deadline(office(start), limit(span), CALENDAR) == office(due)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-23 00:00", "1 work_day", "2026-11-24 17:30"),
        ("2026-11-23 10:00", "1 work_day", "2026-11-24 17:30"),
        ("2026-11-23 23:59", "1 work_day", "2026-11-24 17:30"),
        ("2026-11-20 10:00", "1 work_day", "2026-11-23 17:30"),
        ("2026-11-21 10:00", "1 work_day", "2026-11-23 17:30"),
        ("2026-11-23 10:00", "7 work_day", "2026-12-02 17:30"),
    ],
)
def test_work_days_leave_the_start_day_out_and_end_at_close_of_business(start: str, span: str, due: str) -> None:
    assert deadline(office(start), limit(span), CALENDAR) == office(due)


@pytest.mark.parametrize(
    ("start", "span", "due", "without_make_up"),
    [
        ("2026-02-11 10:00", "3 work_day", "2026-02-14 17:30", "2026-02-24 17:30"),
        ("2026-02-14 10:00", "1 work_day", "2026-02-24 17:30", "2026-02-24 17:30"),
        ("2026-02-13 16:30", "2 work_hour", "2026-02-14 09:30", "2026-02-24 09:30"),
        ("2026-05-08 10:00", "1 work_day", "2026-05-09 17:30", "2026-05-11 17:30"),
        ("2026-09-18 10:00", "2 work_day", "2026-09-21 17:30", "2026-09-22 17:30"),
        ("2026-10-09 10:00", "1 work_day", "2026-10-10 17:30", "2026-10-12 17:30"),
        ("2025-09-26 10:00", "1 work_day", "2025-09-28 17:30", "2025-09-29 17:30"),
        ("2025-01-24 10:00", "2 work_day", "2025-01-27 17:30", "2025-02-05 17:30"),
        ("2025-02-07 10:00", "1 work_day", "2025-02-08 17:30", "2025-02-10 17:30"),
    ],
)
def test_make_up_workdays_count_and_forgetting_them_is_always_too_late(
    start: str, span: str, due: str, without_make_up: str
) -> None:
    days, years = make_noticed(day for day in NOTICE if not day.is_workday)
    half_a_calendar = WorkCalendar(days=days, noticed_years=years)
    assert deadline(office(start), limit(span), CALENDAR) == office(due)
    assert deadline(office(start), limit(span), half_a_calendar) == office(without_make_up)


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        ("2026-11-23 10:00", "7 natural_day", "2026-11-30 17:30"),
        ("2026-11-23 10:00", "1 natural_day", "2026-11-24 17:30"),
        ("2026-11-20 10:00", "1 natural_day", "2026-11-23 17:30"),
        ("2026-11-20 10:00", "3 natural_day", "2026-11-23 17:30"),
        ("2026-09-30 10:00", "3 natural_day", "2026-10-08 17:30"),
        ("2026-02-13 10:00", "1 natural_day", "2026-02-14 17:30"),
        ("2026-02-13 10:00", "2 natural_day", "2026-02-24 17:30"),
    ],
)
def test_a_last_natural_day_of_rest_moves_to_the_next_workday(start: str, span: str, due: str) -> None:
    assert deadline(office(start), limit(span), CALENDAR) == office(due)


def test_urgent_hours_run_through_the_night_and_the_weekend() -> None:
    assert deadline(office("2026-11-20 23:00"), limit("2 urgent_hour"), CALENDAR) == office("2026-11-21 01:00")


def test_a_deadline_comes_out_in_utc() -> None:
    for unit in Unit:
        due = deadline(office("2026-11-23 10:00"), Limit(Decimal(1), unit), CALENDAR)
        assert due.utcoffset() == timedelta(0)


def test_summer_and_winter_hours_hold_from_their_dates_on() -> None:
    winter_again = OfficeHours(date(2026, 10, 1), standard_week(ORDINARY))
    summer = OfficeHours(date(2026, 5, 1), standard_week(SUMMER))
    first = OfficeHours(date(1970, 1, 1), standard_week(ORDINARY))
    days, years = make_noticed(NOTICE)
    calendar = WorkCalendar((first, summer, winter_again), days, years)
    assert deadline(office("2026-04-30 10:00"), limit("1 work_day"), calendar) == office("2026-05-06 18:00")
    assert deadline(office("2026-09-30 14:30"), limit("4 work_hour"), calendar) == office("2026-10-08 09:00")
    assert deadline(office("2026-07-01 11:00"), limit("2 work_hour"), calendar) == office("2026-07-01 15:30")
    assert deadline(office("2026-12-01 11:00"), limit("2 work_hour"), calendar) == office("2026-12-01 15:00")
    changes = [date(2026, 4, 30), date(2026, 5, 1), date(2026, 9, 30), date(2026, 10, 1)]
    assert [calendar.week_on(day) is summer.week for day in changes] == [False, True, True, False]


def test_an_office_without_a_lunch_break_is_earlier() -> None:
    through = WorkCalendar((OfficeHours(date(1970, 1, 1), standard_week([(time(8, 30), time(17, 30))])),))
    assert deadline(office("2026-11-23 10:00"), limit("4 work_hour"), through) == office("2026-11-23 14:00")


def test_an_override_beats_the_notice_whichever_is_read_first() -> None:
    typhoon = CalendarDay(date(2026, 9, 21), False, "台风停工", DayLayer.OVERRIDE)
    on_duty = CalendarDay(date(2026, 10, 1), True, "应急值守", DayLayer.OVERRIDE, 0)
    for order in ((*NOTICE, typhoon, on_duty), (typhoon, on_duty, *NOTICE)):
        days, years = make_noticed(order)
        calendar = WorkCalendar(days=days, noticed_years=years)
        assert deadline(office("2026-09-20 10:00"), limit("1 work_day"), calendar) == office("2026-09-22 17:30")
        assert deadline(office("2026-09-30 10:00"), limit("1 work_day"), calendar) == office("2026-10-01 17:30")
        assert calendar.day_note(date(2026, 9, 21)) == "台风停工"


def test_an_override_alone_does_not_make_a_year_noticed() -> None:
    _, years = make_noticed([CalendarDay(date(2027, 3, 1), False, "台风停工", DayLayer.OVERRIDE)])
    assert years == frozenset()


def test_a_make_up_day_keeps_the_hours_of_the_weekday_it_follows() -> None:
    friday_short = (*standard_week(ORDINARY)[:4], (ORDINARY[0],), (), ())
    make_up = {date(2026, 9, 20): CalendarDay(date(2026, 9, 20), True, "调休", DayLayer.NOTICE, 4)}
    calendar = WorkCalendar((OfficeHours(date(1970, 1, 1), friday_short),), make_up, frozenset({2026}))
    assert calendar.local_spans(date(2026, 9, 20)) == (ORDINARY[0],)
    assert calendar.close_of(date(2026, 9, 20)) == office("2026-09-20 12:00")


def test_a_make_up_day_that_follows_nobody_has_the_first_weekdays_hours() -> None:
    make_up = {date(2026, 9, 20): CalendarDay(date(2026, 9, 20), True, "值守", DayLayer.OVERRIDE)}
    assert WorkCalendar(days=make_up).local_spans(date(2026, 9, 20)) == tuple(ORDINARY)


def test_every_day_of_2025_and_2026_is_what_the_notice_says() -> None:
    days = [date(2025, 1, 1) + timedelta(days=offset) for offset in range(730)]
    assert [day for day in days if CALENDAR.is_workday(day) is not state_council.is_workday(day)] == []
    # Counted in the notices by hand: 248 workdays in each year.
    assert [sum(CALENDAR.is_workday(day) for day in days if day.year == year) for year in (2025, 2026)] == [248, 248]


def test_eleven_make_up_workdays_in_two_years_have_hours() -> None:
    assert [day for day in MAKE_UP if CALENDAR.local_spans(day) == tuple(ORDINARY)] == list(MAKE_UP)


def test_a_deadline_past_the_last_notice_is_provisional_and_says_so() -> None:
    start = office("2026-12-30 10:00")
    here, beyond = limit("1 work_day"), limit("2 work_day")
    assert not derive(start, here, CALENDAR).provisional
    derivation = derive(start, beyond, CALENDAR)
    assert derivation.provisional
    assert derivation.due_at == office("2027-01-01 17:30")
    assert [step.count for step in derivation.steps if step.kind is StepKind.PROVISIONAL] == [2027]
    assert CALENDAR.is_provisional(start, deadline(start, beyond, CALENDAR))


def test_loading_the_notice_moves_the_deadline_and_takes_the_mark_away() -> None:
    notice_2027 = CalendarDay(date(2027, 1, 1), False, "元旦")
    days, years = make_noticed([*NOTICE, notice_2027])
    after = WorkCalendar(days=days, noticed_years=years)
    derivation = derive(office("2026-12-30 10:00"), limit("2 work_day"), after)
    assert (derivation.due_at, derivation.provisional) == (office("2027-01-04 17:30"), False)


def test_new_year_belongs_to_the_offices_date_not_to_utcs() -> None:
    # 00:30 on 1 January in the office is still 31 December in UTC.
    assert CALENDAR.is_provisional(office("2027-01-01 00:30"), office("2027-01-01 00:30"))
    assert not CALENDAR.is_provisional(office("2026-12-31 23:30"), office("2026-12-31 23:30"))


# --- pauses -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("span", "pauses", "due"),
    [
        ("4 work_hour", [("2026-11-23 10:00", "2026-11-23 11:00")], "2026-11-23 17:00"),
        ("4 work_hour", [("2026-11-23 12:00", "2026-11-23 14:00")], "2026-11-23 16:00"),
        ("4 work_hour", [("2026-11-23 11:00", "2026-11-23 15:00")], "2026-11-24 09:00"),
        ("4 work_hour", [("2026-11-23 08:00", "2026-11-23 10:30")], "2026-11-23 16:30"),
        ("4 work_hour", [("2026-11-23 16:30", "2026-11-23 17:00")], "2026-11-23 16:00"),
        ("4 work_hour", [("2026-11-23 10:00", "2026-11-23 11:00"), ("2026-11-23 10:30", "2026-11-23 11:30")], "2026-11-23 17:30"),
        ("4 work_hour", [("2026-11-23 10:00", "2026-11-23 11:30"), ("2026-11-23 10:30", "2026-11-23 11:00")], "2026-11-23 17:30"),
        ("1 work_day", [("2026-11-23 14:00", "2026-11-25 08:30")], "2026-11-26 12:00"),
        ("1 work_day", [("2026-11-23 18:00", "2026-11-24 08:00")], "2026-11-24 17:30"),
        ("2 urgent_hour", [("2026-11-23 10:30", "2026-11-23 11:00")], "2026-11-23 12:30"),
        ("1 natural_day", [("2026-11-23 12:00", "2026-11-24 12:00")], "2026-11-25 17:30"),
    ],
)
def test_pauses_push_a_deadline_out_by_the_time_of_its_own_clock(span: str, pauses: list[tuple[str, str]], due: str) -> None:
    stretches = [Pause(office(start), office(end)) for start, end in pauses]
    assert deadline(office("2026-11-23 10:00"), limit(span), CALENDAR, stretches) == office(due)


def test_a_pause_that_begins_at_the_deadline_is_too_late_to_help() -> None:
    pause = Pause(office("2026-11-23 16:00"), office("2026-11-23 17:00"))
    assert deadline(office("2026-11-23 10:00"), limit("4 work_hour"), CALENDAR, [pause]) == office("2026-11-23 16:00")


def test_a_pause_backwards_in_time_counts_for_nothing() -> None:
    pause = Pause(office("2026-11-23 12:00"), office("2026-11-23 11:00"))
    assert deadline(office("2026-11-23 10:00"), limit("4 work_hour"), CALENDAR, [pause]) == office("2026-11-23 16:00")


# --- elapsed, remaining -----------------------------------------------------------------------------------------


def test_elapsed_counts_work_hours_exactly_and_days_whole() -> None:
    start = office("2026-11-23 10:00")
    assert elapsed(start, office("2026-11-23 14:30"), Unit.WORK_HOUR, CALENDAR) == Fraction(5, 2)
    assert elapsed(start, office("2026-11-23 10:20"), Unit.URGENT_HOUR, CALENDAR) == Fraction(1, 3)
    assert elapsed(start, office("2026-11-24 17:29"), Unit.WORK_DAY, CALENDAR) == 0
    assert elapsed(start, office("2026-11-24 17:30"), Unit.WORK_DAY, CALENDAR) == 1
    assert elapsed(office("2026-11-20 10:00"), office("2026-11-23 17:29"), Unit.NATURAL_DAY, CALENDAR) == 0
    assert elapsed(office("2026-11-20 10:00"), office("2026-11-23 17:30"), Unit.NATURAL_DAY, CALENDAR) == 3


def test_a_clock_set_back_gives_nothing_elapsed_and_never_a_negative_time() -> None:
    for unit in Unit:
        assert elapsed(office("2026-11-23 10:00"), office("2025-11-23 10:00"), unit, CALENDAR) == 0
        assert active_time(office("2026-11-23 10:00"), office("1970-01-02 10:00"), unit, CALENDAR) == timedelta(0)


def test_active_time_leaves_pauses_out_and_overlapping_ones_only_once() -> None:
    pauses = [
        Pause(office("2026-11-23 10:00"), office("2026-11-23 11:00")),
        Pause(office("2026-11-23 10:30"), office("2026-11-23 11:30")),
    ]
    worked = active_time(office("2026-11-23 09:00"), office("2026-11-23 15:00"), Unit.WORK_HOUR, CALENDAR, pauses)
    assert worked == timedelta(hours=2.5)
    passed = active_time(office("2026-11-23 09:00"), office("2026-11-23 15:00"), Unit.URGENT_HOUR, CALENDAR, pauses)
    assert passed == timedelta(hours=4.5)


@pytest.mark.parametrize(
    ("now", "due", "unit", "left"),
    [
        ("2026-11-23 10:00", "2026-11-23 16:00", Unit.WORK_HOUR, Remaining(False, 0, 240)),
        ("2026-11-23 10:00:01", "2026-11-23 16:00", Unit.WORK_HOUR, Remaining(False, 0, 240)),
        ("2026-11-23 16:00", "2026-11-23 16:00", Unit.WORK_HOUR, Remaining(False, 0, 0)),
        ("2026-11-23 16:00:59", "2026-11-23 16:00", Unit.WORK_HOUR, Remaining(True, 0, 0)),
        ("2026-11-24 09:00", "2026-11-23 16:00", Unit.WORK_HOUR, Remaining(True, 0, 120)),
        ("2026-11-20 17:30", "2026-11-24 17:30", Unit.WORK_DAY, Remaining(False, 2, 0)),
        ("2026-11-25 17:30", "2026-11-23 17:30", Unit.WORK_DAY, Remaining(True, 2, 0)),
        ("2026-11-23 10:00", "2026-11-24 11:30", Unit.URGENT_HOUR, Remaining(False, 1, 90)),
        ("2026-11-21 10:00", "2026-11-23 17:30", Unit.NATURAL_DAY, Remaining(False, 2, 450)),
    ],
)
def test_time_left_is_reported_in_the_unit_an_operator_thinks_in(now: str, due: str, unit: Unit, left: Remaining) -> None:
    assert remaining(office(now), office(due), unit, CALENDAR) == left


# --- derivation -------------------------------------------------------------------------------------------------


def test_a_derivation_names_every_span_and_every_day_of_rest_passed_over() -> None:
    derivation = derive(office("2026-09-24 16:30"), limit("4 work_hour"), CALENDAR)
    reported = [(step.kind, step.day or (step.at and step.at.date()), step.took, step.note) for step in derivation.steps]
    hour = timedelta(hours=1)
    assert reported == [
        (StepKind.START, date(2026, 9, 24), timedelta(), ""),
        (StepKind.SPAN, date(2026, 9, 24), hour, ""),
        (StepKind.REST, date(2026, 9, 25), timedelta(), "中秋节"),
        (StepKind.REST, date(2026, 9, 26), timedelta(), "中秋节"),
        (StepKind.REST, date(2026, 9, 27), timedelta(), "中秋节"),
        (StepKind.SPAN, date(2026, 9, 28), 3 * hour, ""),
        (StepKind.DUE, date(2026, 9, 28), timedelta(), ""),
    ]


def test_a_derivation_counts_days_and_says_which_were_skipped_or_rolled_over() -> None:
    work = derive(office("2026-09-18 10:00"), limit("2 work_day"), CALENDAR)
    assert [(step.kind, step.day, step.count) for step in work.steps[1:-1]] == [
        (StepKind.START_DAY, date(2026, 9, 18), 0),
        (StepKind.SKIPPED, date(2026, 9, 19), 0),
        (StepKind.DAY, date(2026, 9, 20), 1),
        (StepKind.DAY, date(2026, 9, 21), 2),
    ]
    natural = derive(office("2026-11-20 10:00"), limit("1 natural_day"), CALENDAR)
    assert [(step.kind, step.day) for step in natural.steps[2:-1]] == [
        (StepKind.DAY, date(2026, 11, 21)),
        (StepKind.ROLLED, date(2026, 11, 22)),
        (StepKind.ROLLED, date(2026, 11, 23)),
    ]


def test_a_derivation_shows_its_times_in_the_offices_zone() -> None:
    derivation = derive(office("2026-11-23 10:00").astimezone(UTC), limit("4 work_hour"), CALENDAR)
    moments = [moment for step in derivation.steps for moment in (step.at, step.until) if moment is not None]
    assert {moment.utcoffset() for moment in moments} == {timedelta(hours=8)}


# --- what cannot be counted -------------------------------------------------------------------------------------


@pytest.mark.parametrize("unit", [Unit.WORK_HOUR, Unit.WORK_DAY, Unit.NATURAL_DAY])
def test_an_office_that_never_works_is_refused_instead_of_waited_for(unit: Unit) -> None:
    never = WorkCalendar((OfficeHours(date(1970, 1, 1), standard_week([])),))
    with pytest.raises(CalendarEmpty):
        deadline(office("2026-11-23 10:00"), Limit(Decimal(1), unit), never)


@pytest.mark.parametrize("unit", [Unit.WORK_HOUR, Unit.WORK_DAY])
def test_a_derivation_of_what_never_ends_is_refused_too(unit: Unit) -> None:
    never = WorkCalendar((OfficeHours(date(1970, 1, 1), standard_week([])),))
    with pytest.raises(CalendarEmpty):
        derive(office("2026-11-23 10:00"), Limit(Decimal(1), unit), never)


def test_an_office_that_never_works_still_counts_urgent_hours() -> None:
    never = WorkCalendar((OfficeHours(date(1970, 1, 1), standard_week([])),))
    assert deadline(office("2026-11-23 10:00"), limit("2 urgent_hour"), never) == office("2026-11-23 12:00")


def test_a_day_of_rest_has_no_close_of_business() -> None:
    with pytest.raises(CalendarEmpty):
        CALENDAR.close_of(date(2026, 11, 22))


@pytest.mark.parametrize("unit", list(Unit))
def test_a_time_without_a_zone_is_refused(unit: Unit) -> None:
    naive = datetime(2026, 11, 23, 10)  # noqa: DTZ001  the mistake under test
    with pytest.raises(TypeError):
        deadline(naive, Limit(Decimal(1), unit), CALENDAR)
    with pytest.raises(TypeError):
        elapsed(naive, office("2026-11-23 10:00"), unit, CALENDAR)
    with pytest.raises(TypeError):
        elapsed(office("2026-11-23 10:00"), naive, unit, CALENDAR)


ANSWERS = """
import sys
from datetime import UTC, date, datetime
sys.path[:0] = sys.argv[1:]
from casebook import CALENDAR
from gridconsole.domain.catalogue import Limit
from clock_oracle import elapsed
from gridconsole.domain.clock import deadline
from gridconsole.domain.derivation import derive
start = datetime(2026, 2, 13, 15, 30, tzinfo=UTC)  # 23:30 in the office, before a make-up Saturday
for span in ("2 urgent_hour", "4 work_hour", "2 work_day", "3 natural_day"):
    limit = Limit.decode(span)
    due = deadline(start, limit, CALENDAR)
    print(span, due.isoformat(), derive(start, limit, CALENDAR).steps[-1].at.isoformat(), elapsed(start, due, limit.unit, CALENDAR))
print(CALENDAR.local_day(start), CALENDAR.is_workday(date(2026, 2, 14)))
"""


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Kiritimati", "Asia/Shanghai"])
def test_the_machines_own_zone_changes_no_answer(zone: str) -> None:
    here = os.path.dirname(__file__)  # noqa: PTH120
    done = subprocess.run(
        [sys.executable, "-c", ANSWERS, here, os.path.dirname(here)],  # noqa: PTH120
        env=os.environ | {"TZ": zone, "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines() == [
        "2 urgent_hour 2026-02-13T17:30:00+00:00 2026-02-14T01:30:00+08:00 2",
        "4 work_hour 2026-02-14T06:30:00+00:00 2026-02-14T14:30:00+08:00 4",
        "2 work_day 2026-02-24T09:30:00+00:00 2026-02-24T17:30:00+08:00 2",
        "3 natural_day 2026-02-24T09:30:00+00:00 2026-02-24T17:30:00+08:00 11",
        "2026-02-13 True",
    ], done.stderr
