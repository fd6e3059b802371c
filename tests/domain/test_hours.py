"""Working hours as an office writes them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.clock import DEFAULT_HOURS, OfficeHours, WorkCalendar, standard_week
from gridconsole.domain.errors import BadValue, HoursRefused, NoOverride, NoWorkingHours
from gridconsole.domain.hours import Spans, parse_spans, parse_weekdays, season, without

USUAL: Spans = ((time(8, 30), time(12)), (time(14), time(17, 30)))
SUMMER: Spans = ((time(8), time(12)), (time(15), time(18)))


@pytest.mark.parametrize(
    "words",
    [
        ["8:30-12:00,14:00-17:30"], ["08:30-12:00", "14:00-17:30"], ["14:00-17:30", "8:30-12:00"], ["８：３０－１２：００，１４：００－１７：３０"],
        ["8:30至12:00、14:00至17:30"], ["8点半到12点", "14点~17点30分"], ["8时30分—12时；14时—17时30"], [" 8:30 - 12:00 , 14:00 - 17:30 "],
    ],
)  # fmt: skip
def test_spans_are_read_however_they_are_written(words: list[str]) -> None:
    assert parse_spans(words) == USUAL


@pytest.mark.parametrize("words", [["休"], ["休息"], ["rest"]])
def test_a_day_without_work(words: list[str]) -> None:
    assert parse_spans(words) == ()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["8:30-12:00", "11:59-17:00"], "hours_overlap"), (["8:30-12:00", "9:00-10:00"], "hours_overlap"), (["12:00-12:00"], "hours_backwards"),
        (["17:30-14:00"], "hours_backwards"), (["22:00-6:00"], "hours_midnight"), (["20:00-24:00"], "hours_midnight"),
    ],
)  # fmt: skip
def test_spans_that_cannot_be(words: list[str], why: str) -> None:
    with pytest.raises(HoursRefused) as refusal:
        parse_spans(words)
    assert refusal.value.params["why"] == why


@pytest.mark.parametrize(
    "words", [[], [""], ["上午"], ["8:30"], ["8:30-"], ["25:00-26:00"], ["8:60-9:00"], ["8:30-12:00-13:00"], ["8:5-9:00"]]
)
def test_what_is_no_span(words: list[str]) -> None:
    with pytest.raises(BadValue):
        parse_spans(words)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("一至五", range(5)), ("周一至周五", range(5)), ("星期一到星期五", range(5)), ("1-5", range(5)), ("一、三、五", (0, 2, 4)), ("135", (0, 2, 4)),
        ("六", (5,)), ("周日", (6,)), ("星期天", (6,)), ("周六、周日", (5, 6)), ("7", (6,)), ("一至三,六", (0, 1, 2, 5)),
    ],
)  # fmt: skip
def test_weekdays_are_read_however_they_are_written(text: str, days: range) -> None:
    assert parse_weekdays(text) == set(days)


@pytest.mark.parametrize("text", ["", "周八", "五至一", "0", "每天", "一至"])
def test_what_is_no_weekday(text: str) -> None:
    with pytest.raises(BadValue):
        parse_weekdays(text)


DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@given(first=DAYS, length=st.integers(0, 400), later=DAYS)
def test_a_season_holds_from_its_first_day_to_its_last_and_nowhere_else(first: date, length: int, later: date) -> None:
    last = first + timedelta(days=length)
    stored = (OfficeHours(date(2000, 1, 1), standard_week(USUAL)), OfficeHours(later, standard_week(USUAL[:1])))
    before = WorkCalendar(stored)
    after = WorkCalendar(season(stored, before, first, last, SUMMER).applied(stored))
    for day in (date(1999, 5, 3), first - timedelta(days=1), last + timedelta(days=1), last + timedelta(days=30), later):
        if not first <= day <= last:
            assert after.week_on(day) == before.week_on(day), day
    for day in (first, last):
        assert [spans for spans in after.week_on(day) if spans] == [SUMMER] * 5


def test_hours_for_good_leave_later_changes_as_they_are() -> None:
    stored = (OfficeHours(date(2000, 1, 1), standard_week(USUAL)), OfficeHours(date(2027, 10, 1), standard_week(USUAL[:1])))
    rows = season(stored, WorkCalendar(stored), date(2027, 6, 1), None, SUMMER, {4}).applied(stored)
    assert [row.valid_from for row in rows] == [date(2000, 1, 1), date(2027, 6, 1), date(2027, 10, 1)]
    assert (rows[1].week[4], rows[1].week[3], rows[2]) == (SUMMER, USUAL, stored[1])


def test_an_office_that_never_wrote_its_hours_keeps_them_before_the_first_change() -> None:
    rows = season((), WorkCalendar(), date(2027, 6, 1), None, SUMMER).applied(())
    assert (rows[0], WorkCalendar(rows).local_spans(date(2026, 6, 1))) == (DEFAULT_HOURS, DEFAULT_HOURS.week[0])


def test_what_was_set_is_taken_back_and_the_oldest_stays() -> None:
    stored = (OfficeHours(date(2000, 1, 1), standard_week(USUAL)), OfficeHours(date(2027, 6, 1), standard_week(SUMMER)))
    assert without(stored, date(2027, 6, 1)).applied(stored) == stored[:1]
    with pytest.raises(NoOverride):
        without(stored, date(2027, 6, 2))
    with pytest.raises(HoursRefused):
        without(stored, date(2000, 1, 1))
    with pytest.raises(NoWorkingHours):
        season(stored, WorkCalendar(stored), date(2027, 6, 1), None, ()).applied(stored)
