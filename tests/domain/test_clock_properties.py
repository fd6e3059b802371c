"""What holds of every deadline, whatever the calendar: the inverse, the derivation, order."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction

from clock_oracle import active_time, elapsed
from hypothesis import given, settings
from hypothesis import strategies as st
from small_office import SHANGHAI
from state_council import NOTICE

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import (
    HOUR,
    CalendarDay,
    DayLayer,
    OfficeHours,
    Pause,
    WorkCalendar,
    deadline,
    make_noticed,
    micros,
    remaining,
    standard_week,
)
from gridconsole.domain.codes import Unit
from gridconsole.domain.derivation import StepKind, derive
from gridconsole.language.durations import remaining_text

MICROSECOND = timedelta(microseconds=1)
MORNING, AFTERNOON = (time(8, 30), time(12)), (time(14), time(17, 30))
WINTER = OfficeHours(date(1970, 1, 1), standard_week([MORNING, AFTERNOON]))
SUMMER = OfficeHours(date(2026, 5, 1), standard_week([MORNING, (time(14, 30), time(18))]))
AUTUMN = OfficeHours(date(2026, 10, 1), standard_week([MORNING, AFTERNOON]))
SHOP = OfficeHours(date(2025, 1, 1), standard_week([(time(9, 7), time(20, 43))], [0, 2, 3, 5, 6]))
SATURDAY_HALF = OfficeHours(date(2025, 1, 1), (*standard_week([MORNING, AFTERNOON])[:5], (MORNING,), ()))
HOURS = ((WINTER,), (WINTER, SUMMER, AUTUMN), (WINTER, SHOP), (SATURDAY_HALF,), (WINTER, SHOP, SUMMER))

EDGES = [time(0), time(8, 30), time(12), time(13), time(14), time(17, 30), time(17, 29, 59, 999_999), time(23, 59, 59, 999_999)]
moments_of_day = st.sampled_from(EDGES) | st.times()
starts = st.builds(
    lambda day, at: datetime.combine(day, at, tzinfo=SHANGHAI), st.dates(date(2025, 12, 20), date(2026, 11, 30)), moments_of_day
)
limits = st.one_of(
    st.builds(
        lambda minutes, unit: Limit(Decimal(minutes) / 60, unit),
        st.integers(1, 60 * 90),
        st.sampled_from([Unit.URGENT_HOUR, Unit.WORK_HOUR]),
    ),
    st.builds(
        lambda days, unit: Limit(Decimal(days), unit), st.integers(1, 40), st.sampled_from([Unit.WORK_DAY, Unit.NATURAL_DAY])
    ),
)


@st.composite
def calendars(draw: st.DrawFn) -> WorkCalendar:
    """An office's hours, the real notice, and some days of its own."""
    changes = draw(st.dictionaries(st.integers(0, 340), st.booleans(), max_size=12))
    own = [
        CalendarDay(date(2026, 1, 1) + timedelta(days=offset), works, "台风停工[/]", DayLayer.OVERRIDE)
        for offset, works in changes.items()
    ]
    days, years = make_noticed([*NOTICE, *own])
    return WorkCalendar(draw(st.sampled_from(HOURS)), days, years)


@st.composite
def pauses_after(draw: st.DrawFn, start: datetime) -> tuple[Pause, ...]:
    """Some pauses, overlapping or not, one of them maybe from before the start."""
    found = []
    for _ in range(draw(st.integers(0, 4))):
        begin = start + timedelta(minutes=draw(st.integers(-600, 20_000)), microseconds=draw(st.integers(0, 1)))
        found.append(Pause(begin, begin + timedelta(minutes=draw(st.integers(0, 6_000)))))
    return tuple(found)


@st.composite
def clocks(draw: st.DrawFn) -> tuple[datetime, Limit, WorkCalendar, tuple[Pause, ...]]:
    start = draw(starts)
    return start, draw(limits), draw(calendars()), draw(pauses_after(start))


def amount_of(limit: Limit) -> Fraction:
    return Fraction(limit.amount) if limit.unit.is_days else Fraction(limit.microseconds, HOUR)


@settings(max_examples=400)
@given(clocks(), st.data())
def test_enough_has_elapsed_exactly_when_the_deadline_has_come(
    clock: tuple[datetime, Limit, WorkCalendar, tuple[Pause, ...]], data: st.DataObject
) -> None:
    start, limit, calendar, pauses = clock
    due = deadline(start, limit, calendar, pauses)
    near = st.sampled_from([timedelta(0), -MICROSECOND, MICROSECOND, timedelta(hours=-1), timedelta(hours=1)])
    far = st.integers(-60 * 24 * 30, 60 * 24 * 30).map(lambda minutes: timedelta(minutes=minutes))
    for at in (due, due - MICROSECOND, due + MICROSECOND, due + data.draw(near | far)):
        done = elapsed(start, at, limit.unit, calendar, pauses)
        assert (done >= amount_of(limit)) is (at >= due), (at, done)


@settings(max_examples=400)
@given(clocks())
def test_the_derivation_comes_to_the_deadline(clock: tuple[datetime, Limit, WorkCalendar, tuple[Pause, ...]]) -> None:
    start, limit, calendar, pauses = clock
    derivation = derive(start, limit, calendar, pauses)
    due = deadline(start, limit, calendar, pauses)
    assert derivation.due_at == due
    assert derivation.provisional is calendar.is_provisional(start, due)
    assert derivation.steps[-1].kind is StepKind.DUE
    assert derivation.steps[-1].at == due


@given(starts, limits.filter(lambda limit: limit.unit is Unit.WORK_HOUR), calendars())
def test_the_spans_of_a_derivation_add_up_to_the_limit(start: datetime, limit: Limit, calendar: WorkCalendar) -> None:
    spans = [step for step in derive(start, limit, calendar).steps if step.kind is StepKind.SPAN]
    assert sum((step.took for step in spans), timedelta()) == timedelta(microseconds=limit.microseconds)
    assert all(step.until - step.at == step.took for step in spans if step.at and step.until)


@given(starts, st.integers(1, 25), st.sampled_from([Unit.WORK_DAY, Unit.NATURAL_DAY]), calendars())
def test_days_end_at_close_of_business_of_a_workday_after_the_start_day(
    start: datetime, days: int, unit: Unit, calendar: WorkCalendar
) -> None:
    due = deadline(start, Limit(Decimal(days), unit), calendar)
    day = calendar.local_day(due)
    assert day > calendar.local_day(start)
    assert calendar.is_workday(day)
    assert due == calendar.close_of(day)
    counted = [
        calendar.local_day(start) + timedelta(days=offset) for offset in range(1, (day - calendar.local_day(start)).days + 1)
    ]
    if unit is Unit.WORK_DAY:
        assert sum(calendar.is_workday(each) for each in counted) == days
    else:
        assert len(counted) >= days
        assert not any(calendar.is_workday(each) for each in counted[days - 1 : -1])


@given(clocks(), st.integers(1, 10))
def test_more_time_and_a_later_start_never_make_an_earlier_deadline(
    clock: tuple[datetime, Limit, WorkCalendar, tuple[Pause, ...]], more: int
) -> None:
    start, limit, calendar, pauses = clock
    due = deadline(start, limit, calendar, pauses)
    assert deadline(start, Limit(limit.amount + more, limit.unit), calendar, pauses) >= due
    assert deadline(start + timedelta(hours=more), limit, calendar) >= deadline(start, limit, calendar)
    assert due >= deadline(start, limit, calendar)


@given(starts, calendars(), st.lists(st.integers(0, 60 * 24 * 20), min_size=3, max_size=3).map(sorted))
def test_work_time_of_two_stretches_adds_up(start: datetime, calendar: WorkCalendar, minutes: list[int]) -> None:
    first, middle, last = (start + timedelta(minutes=offset) for offset in minutes)
    whole = active_time(first, last, Unit.WORK_HOUR, calendar)
    assert whole == active_time(first, middle, Unit.WORK_HOUR, calendar) + active_time(middle, last, Unit.WORK_HOUR, calendar)


@given(clocks())
def test_the_zone_a_start_is_written_in_changes_nothing(
    clock: tuple[datetime, Limit, WorkCalendar, tuple[Pause, ...]],
) -> None:
    start, limit, calendar, pauses = clock
    assert deadline(start.astimezone(UTC), limit, calendar, pauses) == deadline(start, limit, calendar, pauses)


@settings(max_examples=400)
@given(clocks(), st.integers(-30, 30), st.integers(-60 * 24, 60 * 24) | st.just(0), st.integers(-59_999_999, 59_999_999))
def test_what_is_left_never_comes_to_a_whole_day_beside_the_days(
    clock: tuple[datetime, Limit, WorkCalendar, tuple[Pause, ...]], days: int, minutes: int, microseconds: int
) -> None:
    """One microsecond short of two days reads as two days, not as one day and 24 hours."""
    start, limit, calendar, pauses = clock
    due = deadline(start, limit, calendar, pauses)
    now = due + timedelta(days=days, minutes=minutes, microseconds=microseconds)
    left = remaining(now, due, limit.unit, calendar)
    if limit.unit.is_work_time:
        day = calendar.next_workday(calendar.local_day(due))
        length = sum((end - begin) for begin, end in calendar.spans(day))
    else:
        length = 24 * HOUR
    assert left.minutes * 60_000_000 < length
    amount = (
        calendar.work_between(*sorted((micros(now), micros(due)))) if limit.unit.is_work_time else abs(micros(now) - micros(due))
    )
    reported = left.days * length + left.minutes * 60_000_000
    assert (reported <= amount < reported + 60_000_000) if left.late else (reported - 60_000_000 < amount <= reported)
    text = remaining_text(left, limit.unit)
    assert "60分" not in text
    assert not (left.days and "24时" in text)
