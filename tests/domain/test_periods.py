"""Periods as people write them: the days they mean, what they are compared with, and months that make up a year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.periods import PeriodKind, of_day, read_period

TODAY = date(2026, 11, 30)
DAYS = st.dates(date(1990, 1, 1), date(2200, 12, 31))


@pytest.mark.parametrize(("text", "code", "first", "last"), [
    ("2026-11-23", "2026-11-23", "2026-11-23", "2026-11-23"), ("20261123", "2026-11-23", "2026-11-23", "2026-11-23"),
    ("2026年11月3日", "2026-11-03", "2026-11-03", "2026-11-03"), ("2026-W45", "2026-W45", "2026-11-02", "2026-11-08"),
    ("2026年第3周", "2026-W03", "2026-01-12", "2026-01-18"), ("2026-11", "2026-11", "2026-11-01", "2026-11-30"),
    ("2026年2月", "2026-02", "2026-02-01", "2026-02-28"), ("2026Q4", "2026Q4", "2026-10-01", "2026-12-31"),
    ("2026年第一季度", "2026Q1", "2026-01-01", "2026-03-31"), ("2026", "2026", "2026-01-01", "2026-12-31"),
    ("2026-11-01..2026-11-15", "2026-11-01..2026-11-15", "2026-11-01", "2026-11-15"),
    ("2026-11至2026-12", "2026-11-01..2026-12-31", "2026-11-01", "2026-12-31"), ("上月", "2026-10", "2026-10-01", "2026-10-31"),
    ("本周", "2026-W49", "2026-11-30", "2026-12-06"), ("昨天", "2026-11-29", "2026-11-29", "2026-11-29"),
    ("last month", "2026-10", "2026-10-01", "2026-10-31"), ("去年", "2025", "2025-01-01", "2025-12-31"),
    ("上季度", "2026Q3", "2026-07-01", "2026-09-30"), (" 2026-11 ", "2026-11", "2026-11-01", "2026-11-30"),
    ("10月", "2026-10", "2026-10-01", "2026-10-31"), ("１１月份", "2026-11", "2026-11-01", "2026-11-30"),
    ("12月", "2025-12", "2025-12-01", "2025-12-31"), ("２０２６－１１", "2026-11", "2026-11-01", "2026-11-30"),
    ("三季度", "2026Q3", "2026-07-01", "2026-09-30"), ("Q1", "2026Q1", "2026-01-01", "2026-03-31"),
    ("上半年", "2026-01-01..2026-06-30", "2026-01-01", "2026-06-30"), ("10月至11月", "2026-10-01..2026-11-30", "2026-10-01", "2026-11-30"),
])  # fmt: skip
def test_a_period_as_people_write_it(text: str, code: str, first: str, last: str) -> None:
    period = read_period(text, TODAY)
    assert period is not None
    assert (period.code, period.first.isoformat(), period.last.isoformat()) == (code, first, last)
    assert read_period(period.code, TODAY) == period, "as it is printed, it can be typed"


@pytest.mark.parametrize("text", [
    "", "2026-13", "2026-02-30", "2026-W60", "2026Q5", "第3周", "abc", "9999-12", "0000", "0001", "2026-11-15..2026-11-01", "..", "2026-11..",
    "[/]", "𠮷", "2026-11-01..", "2026" * 9, "上上月", "13月", "0月", "五季度", "Q5",
])  # fmt: skip
def test_what_is_no_period(text: str) -> None:
    assert read_period(text, TODAY) is None


@given(DAYS, st.sampled_from([kind for kind in PeriodKind if kind is not PeriodKind.SPAN]))
def test_periods_follow_one_another_without_a_gap(day: date, kind: PeriodKind) -> None:
    period = of_day(kind, day)
    assert period.first <= day <= period.last
    assert period.before().last == period.first - timedelta(days=1)
    assert of_day(kind, period.before().first) == period.before()


@given(st.integers(1990, 2200))
def test_months_and_quarters_make_up_the_year(year: int) -> None:
    whole = of_day(PeriodKind.YEAR, date(year, 6, 1))
    for kind, count in ((PeriodKind.MONTH, 12), (PeriodKind.QUARTER, 4)):
        parts = [of_day(kind, whole.last)]
        while parts[0].first > whole.first:
            parts.insert(0, parts[0].before())
        assert (len(parts), parts[0].first, sum((one.last - one.first).days + 1 for one in parts)) == (
            count, whole.first, (whole.last - whole.first).days + 1,
        )  # fmt: skip


@pytest.mark.parametrize(("text", "before", "year_before"), [
    ("2024-02-29", "2024-02-28", "2023-02-28"), ("2024-02", "2024-01", "2023-02"), ("2021-W01", "2020-W53", "2020-W01"),
    ("2020-W53", "2020-W52", "2019-W52"), ("2026-11-01..2026-11-15", "2026-10-17..2026-10-31", "2025-11-01..2025-11-15"),
    ("2026Q1", "2025Q4", "2025Q1"), ("2026", "2025", "2025"),
])  # fmt: skip
def test_what_a_period_is_compared_with(text: str, before: str, year_before: str) -> None:
    period = read_period(text, TODAY)
    assert period is not None
    assert (period.before().code, period.year_before().code) == (before, year_before)


def test_an_unfinished_period_ends_today() -> None:
    month = of_day(PeriodKind.MONTH, date(2026, 12, 10))
    assert month.until(date(2026, 12, 10)).last == date(2026, 12, 10)
    assert month.until(date(2027, 1, 1)) == month
    assert month.first_days(10).last == date(2026, 12, 10)
