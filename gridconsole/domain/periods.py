"""Periods of reports: days, weeks, months, quarters, years, and spans of days, as people write them.

All days are days of the office, from midnight to midnight. Weeks begin on Monday and are numbered as in ISO 8601.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from gridconsole.domain.text import fold_width

FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Years of a period: others are a slip of the finger, and have no year before or after."""
_DAY = timedelta(days=1)


class PeriodKind(StrEnum):
    """Kinds of periods."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    SPAN = "span"


@dataclass(frozen=True, slots=True)
class Period:
    """Days in a row, both ends included."""

    kind: PeriodKind
    first: date
    last: date

    @property
    def code(self) -> str:
        """Return the period as it can be typed again: ``2026-11``, ``2026-W45``, ``2026Q4``."""
        return _CODES[self.kind](self)

    def before(self) -> Period:
        """Return the period of the same kind before this one."""
        if self.kind is PeriodKind.SPAN:
            length = self.last - self.first + _DAY
            return Period(self.kind, self.first - length, self.first - _DAY)
        return of_day(self.kind, self.first - _DAY)

    def year_before(self) -> Period:
        """Return the same period of the year before; of a week the one with the same number, or the 52nd."""
        if self.kind is PeriodKind.WEEK:
            year, week, _ = self.first.isocalendar()
            return of_day(self.kind, _monday(year - 1, week) or date.fromisocalendar(year - 1, 52, 1))
        if self.kind in (PeriodKind.DAY, PeriodKind.SPAN):
            return Period(self.kind, _year_before(self.first), _year_before(self.last))
        return of_day(self.kind, _year_before(self.first))

    def until(self, today: date) -> Period:
        """Return the part of the period that has begun by a day; the whole if it is over."""
        return Period(self.kind, self.first, min(self.last, max(today, self.first)))

    def first_days(self, count: int) -> Period:
        """Return the first days of the period, at most all: what an unfinished period is compared with."""
        return Period(self.kind, self.first, min(self.last, self.first + timedelta(days=count - 1)))


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:  # 29 February
        return day.replace(year=day.year - 1, day=28)


def _monday(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        return None


_CODES: Mapping[PeriodKind, Callable[[Period], str]] = {
    PeriodKind.DAY: lambda period: period.first.isoformat(),
    PeriodKind.WEEK: lambda period: "{0[0]}-W{0[1]:02d}".format(period.first.isocalendar()),
    PeriodKind.MONTH: lambda period: f"{period.first:%Y-%m}",
    PeriodKind.QUARTER: lambda period: f"{period.first.year}Q{(period.first.month + 2) // 3}",
    PeriodKind.YEAR: lambda period: f"{period.first.year}",
    PeriodKind.SPAN: lambda period: f"{period.first}..{period.last}",
}


def of_day(kind: PeriodKind, day: date) -> Period:
    """Return the period of a kind that a day belongs to."""
    return Period(kind, *_BOUNDS[kind](day))


def _week(day: date) -> tuple[date, date]:
    first = day - timedelta(days=day.weekday())
    return first, first + timedelta(days=6)


def _months(first: date, count: int) -> tuple[date, date]:
    at = first.year * 12 + first.month - 1 + count
    return first, date(at // 12, at % 12 + 1, 1) - _DAY


_BOUNDS: Mapping[PeriodKind, Callable[[date], tuple[date, date]]] = {
    PeriodKind.DAY: lambda day: (day, day),
    PeriodKind.SPAN: lambda day: (day, day),
    PeriodKind.WEEK: _week,
    PeriodKind.MONTH: lambda day: _months(day.replace(day=1), 1),
    PeriodKind.QUARTER: lambda day: _months(date(day.year, (day.month - 1) // 3 * 3 + 1, 1), 3),
    PeriodKind.YEAR: lambda day: (date(day.year, 1, 1), date(day.year, 12, 31)),
}

# --- reading ----------------------------------------------------------------------------------------------------

_SPOKEN: Mapping[str, tuple[PeriodKind, int]] = {
    **dict.fromkeys(("今天", "今日", "本日", "today"), (PeriodKind.DAY, 0)),
    **dict.fromkeys(("昨天", "昨日", "yesterday"), (PeriodKind.DAY, 1)),
    **dict.fromkeys(("前天", "前日"), (PeriodKind.DAY, 2)),
    **dict.fromkeys(("本周", "这周", "本星期", "this week"), (PeriodKind.WEEK, 0)),
    **dict.fromkeys(("上周", "上星期", "last week"), (PeriodKind.WEEK, 1)),
    **dict.fromkeys(("本月", "这个月", "当月", "this month"), (PeriodKind.MONTH, 0)),
    **dict.fromkeys(("上月", "上个月", "last month"), (PeriodKind.MONTH, 1)),
    **dict.fromkeys(("本季", "本季度", "this quarter"), (PeriodKind.QUARTER, 0)),
    **dict.fromkeys(("上季", "上季度", "last quarter"), (PeriodKind.QUARTER, 1)),
    **dict.fromkeys(("今年", "本年", "本年度", "this year"), (PeriodKind.YEAR, 0)),
    **dict.fromkeys(("去年", "上年", "last year"), (PeriodKind.YEAR, 1)),
}
_QUARTERS = {"一": 1, "二": 2, "三": 3, "四": 4}
_WRITTEN: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Period]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", lambda found: of_day(PeriodKind.DAY, date(*map(int, found.groups())))),
        (r"(\d{4})(\d{2})(\d{2})", lambda found: of_day(PeriodKind.DAY, date(*map(int, found.groups())))),
        (r"(\d{4})-?w(\d{1,2})", lambda found: of_day(PeriodKind.WEEK, date.fromisocalendar(int(found[1]), int(found[2]), 1))),
        (
            r"(\d{4})年?第(\d{1,2})周",
            lambda found: of_day(PeriodKind.WEEK, date.fromisocalendar(int(found[1]), int(found[2]), 1)),
        ),
        (r"(\d{4})[-/.年](\d{1,2})月?", lambda found: of_day(PeriodKind.MONTH, date(int(found[1]), int(found[2]), 1))),
        (r"(\d{4})-?q([1-4])", lambda found: of_day(PeriodKind.QUARTER, date(int(found[1]), 3 * int(found[2]), 1))),
        (
            r"(\d{4})年?第?([一二三四])季度?",
            lambda found: of_day(PeriodKind.QUARTER, date(int(found[1]), 3 * _QUARTERS[found[2]], 1)),
        ),
        (r"(\d{4})年?", lambda found: of_day(PeriodKind.YEAR, date(int(found[1]), 1, 1))),
    )
)
_YEARLESS: tuple[tuple[re.Pattern[str], Callable[[int, re.Match[str]], Period]], ...] = tuple(
    (re.compile(pattern), make)
    for pattern, make in (
        (r"(\d{1,2})月份?", lambda year, found: of_day(PeriodKind.MONTH, date(year, int(found[1]), 1))),
        (r"q([1-4])", lambda year, found: of_day(PeriodKind.QUARTER, date(year, 3 * int(found[1]), 1))),
        (r"第?([一二三四])季度?", lambda year, found: of_day(PeriodKind.QUARTER, date(year, 3 * _QUARTERS[found[1]], 1))),
        (r"上半年", lambda year, _: Period(PeriodKind.SPAN, date(year, 1, 1), date(year, 6, 30))),
        (r"下半年", lambda year, _: Period(PeriodKind.SPAN, date(year, 7, 1), date(year, 12, 31))),
    )
)
"""Periods that people name without their year: the newest one that has begun is meant."""
_RANGE = re.compile(r"(.+?)(?:\.\.|…|至|到|~|～)(.+)")


def read_period(text: str, today: date) -> Period | None:
    """Parse a period as people write it; None if it is none.

    ``2026-11-23``, ``2026-W45``, ``2026-11``, ``2026Q4``, ``2026``, ``2026-11-01..2026-11-15``, ``上月``, ``本周``, ``昨天``, ``10月``.
    """
    plain = fold_width(text).strip().lower()
    if plain in _SPOKEN:
        kind, back = _SPOKEN[plain]
        period = of_day(kind, today)
        for _ in range(back):
            period = period.before()
        return period
    try:
        for pattern, make in _WRITTEN:
            if found := pattern.fullmatch(plain):
                period = make(found)
                return period if FIRST_YEAR <= period.first.year < LAST_YEAR else None
        for yearless, of_year in _YEARLESS:
            if found := yearless.fullmatch(plain):
                period = of_year(today.year, found)
                return period if period.first <= today else of_year(today.year - 1, found)
        if found := _RANGE.fullmatch(plain):
            ends = [read_period(part, today) for part in found.groups()]
            if ends[0] is not None and ends[1] is not None and ends[0].first <= ends[1].last:
                return Period(PeriodKind.SPAN, ends[0].first, ends[1].last)
    except (ValueError, OverflowError):
        return None
    return None
