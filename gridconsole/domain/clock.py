"""Deadlines and elapsed time, pure: it reads no system clock, takes aware datetimes and returns UTC.

A calendar has three layers: weekly spans with effective dates → the State Council's notice (days off, make-up workdays) → the
office's own overrides. Counting in days excludes the start day and ends at close of business (Civil Code arts. 201–203).
All arithmetic is in whole microseconds since the epoch, so that a deadline and its inverse agree exactly.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.codes import Unit
from gridconsole.domain.errors import CalendarEmpty

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
HOUR = 3_600_000_000
"""Microseconds in an hour."""


class DayLayer(StrEnum):
    """Source of a day's rule; a later one wins."""

    NOTICE = "notice"
    OVERRIDE = "override"


MADE_UP = "调休上班"
"""The words after the holiday's name in the note of a make-up workday."""


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """A day that differs from its weekday."""

    day: date
    is_workday: bool
    note: str
    """The holiday's name, or the office's reason for a different rule."""
    layer: DayLayer = DayLayer.NOTICE
    follows: int | None = None
    """Weekday whose hours a make-up workday has (0 = Monday); None: the first weekday with hours."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Weekly working hours from a date on, such as summer and winter hours or a lunch break."""

    valid_from: date
    week: tuple[tuple[tuple[time, time], ...], ...]
    """Seven days, Monday first; each a tuple of (start, end) in local time, in order, not overlapping."""


def standard_week(
    spans: Sequence[tuple[time, time]], weekdays: Iterable[int] = range(5)
) -> tuple[tuple[tuple[time, time], ...], ...]:
    """Return a week whose given weekdays (0 = Monday) all have the same spans."""
    chosen = set(weekdays)
    return tuple(tuple(spans) if index in chosen else () for index in range(7))


DEFAULT_HOURS = OfficeHours(date(1970, 1, 1), standard_week([(time(8, 30), time(12)), (time(14), time(17, 30))]))


@dataclass(frozen=True, slots=True)
class Pause:
    """A period in which a clock is stopped."""

    start: datetime
    end: datetime


@dataclass(slots=True)
class _Year:
    """Working time of a local year: the spans of each day, and the running total at the end of each day."""

    spans: list[tuple[tuple[int, int], ...]]
    totals: list[int]


@dataclass(frozen=True)
class WorkCalendar:
    """Working hours of the office. Immutable; years are tabulated on first use (about a millisecond each)."""

    hours: tuple[OfficeHours, ...] = (DEFAULT_HOURS,)
    days: Mapping[date, CalendarDay] = field(default_factory=dict)
    """Notice and overrides merged, the override winning."""
    noticed_years: frozenset[int] = frozenset()
    """Years whose State Council notice is loaded; a deadline that reaches beyond is provisional."""
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)

    def week_on(self, day: date) -> tuple[tuple[tuple[time, time], ...], ...]:
        """Return the weekly spans that apply on a day."""
        chosen = self.hours[0]
        for candidate in self.hours:
            if candidate.valid_from <= day and candidate.valid_from >= chosen.valid_from:
                chosen = candidate
        return chosen.week

    def local_spans(self, day: date) -> tuple[tuple[time, time], ...]:
        """Working spans of a day in local time; empty on a day of rest."""
        week = self.week_on(day)
        rule = self.days.get(day)
        if rule is None:
            return week[day.weekday()]
        if not rule.is_workday:
            return ()
        followed = week[rule.follows] if rule.follows is not None else ()
        # An office closed on that weekday still works on the make-up day, with the hours of another weekday.
        return followed or week[day.weekday()] or next((spans for spans in week if spans), ())

    def is_workday(self, day: date) -> bool:
        """Return whether the office works on a day, be it for part of the day."""
        rule = self.days.get(day)
        if rule is not None:
            return rule.is_workday
        return bool(self.week_on(day)[day.weekday()])

    def day_note(self, day: date) -> str:
        """Return the note of a day, such as the holiday's name; empty for an ordinary weekday or weekend."""
        rule = self.days.get(day)
        return rule.note if rule else ""

    def local_day(self, at: datetime) -> date:
        """Return the office's date at an instant."""
        return at.astimezone(self.zone).date()

    def close_of(self, day: date) -> datetime:
        """Close of business on a workday."""
        spans = self.spans(day)
        if not spans:
            raise CalendarEmpty(day=day.isoformat())
        return instant_of(spans[-1][1])

    def next_workday(self, day: date) -> date:
        """Return the day itself if it is a workday, otherwise the next workday."""
        for offset in range(400):
            candidate = day + timedelta(days=offset)
            if self.spans(candidate):
                return candidate
        raise CalendarEmpty(day=day.isoformat())

    def spans(self, day: date) -> tuple[tuple[int, int], ...]:
        """Working spans of a day as microseconds since the epoch."""
        year = self._year(day.year)
        return year.spans[day.timetuple().tm_yday - 1]

    def is_open_at(self, at: datetime) -> bool:
        """Return whether an instant lies within working hours."""
        moment = micros(at)
        return any(begin <= moment < end for begin, end in self.spans(self.local_day(at)))

    def is_provisional(self, first: datetime, last: datetime) -> bool:
        """Return whether a period touches a year whose notice is not loaded."""
        years = range(self.local_day(first).year, self.local_day(last).year + 1)
        return any(year not in self.noticed_years for year in years)

    # Work time as a number line: position = work time since 1 January of the local year.

    def work_between(self, first: int, last: int) -> int:
        """Working microseconds between two instants (0 if they are out of order)."""
        if last <= first:
            return 0
        year, start = self._position(first)
        end_year, end = self._position(last)
        total = end - start
        while year < end_year:
            total += self._year(year).totals[-1]
            year += 1
        return total

    def advance(self, start: int, amount: int) -> int:
        """Return the earliest instant at which ``amount`` microseconds of work time have passed since the start."""
        if amount <= 0:
            return start
        year, position = self._position(start)
        target = position + amount
        empty_years = 0
        while target > (total := self._year(year).totals[-1]):
            target -= total
            year += 1
            empty_years = empty_years + 1 if total == 0 else 0
            if empty_years > 2:
                raise CalendarEmpty(day=f"{year}-01-01")
        table = self._year(year)
        index = bisect_left(table.totals, target)
        left = target - (table.totals[index - 1] if index else 0)
        for begin, end in table.spans[index]:
            if left <= end - begin:
                return begin + left
            left -= end - begin
        raise AssertionError("a day's spans add up to its total")

    def _position(self, at: int) -> tuple[int, int]:
        local = instant_of(at).astimezone(self.zone)
        table = self._year(local.year)
        index = local.timetuple().tm_yday - 1
        position = table.totals[index - 1] if index else 0
        for begin, end in table.spans[index]:
            position += min(max(at - begin, 0), end - begin)
        return local.year, position

    def _year(self, year: int) -> _Year:
        table = self._years.get(year)
        if table is None:
            spans: list[tuple[tuple[int, int], ...]] = []
            totals: list[int] = []
            total = 0
            day = date(year, 1, 1)
            while day.year == year:
                of_day = tuple((self._micros(day, begin), self._micros(day, end)) for begin, end in self.local_spans(day))
                total += sum(end - begin for begin, end in of_day)
                spans.append(of_day)
                totals.append(total)
                if day == date.max:
                    break
                day += timedelta(days=1)
            table = self._years[year] = _Year(spans, totals)
        return table

    def _micros(self, day: date, at: time) -> int:
        return micros(datetime.combine(day, at, tzinfo=self.zone))


def micros(at: datetime) -> int:
    """Convert an aware instant to whole microseconds since the epoch."""
    return (at - _EPOCH) // _MICROSECOND


@lru_cache(256)
def stamp(at: datetime) -> str:
    """Format an aware instant as text: UTC, with microseconds, sortable.

    Raises:
        ValueError: the datetime is naive.
    """
    if at.tzinfo is None:
        raise ValueError("naive datetime")
    return at.astimezone(UTC).isoformat(timespec="microseconds")[:26] + "Z"


def instant_of(since_epoch: int) -> datetime:
    """Convert the microseconds of :func:`micros` back to an instant, UTC."""
    return _EPOCH + timedelta(microseconds=since_epoch)


def merged_pauses(pauses: Sequence[Pause], since: int) -> list[tuple[int, int]]:
    """Return pauses in microseconds, clipped to the start and sorted, with overlapping ones joined."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted((max(micros(pause.start), since), micros(pause.end)) for pause in pauses):
        if end <= begin:
            continue
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return merged


def deadline(start: datetime, limit: Limit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> datetime:
    """Return the latest moment that is still in time, UTC.

    A pause moves the deadline by the time it took, measured as the limit is: work time for work hours and work days, continuous
    time for urgent hours and natural days.

    Raises:
        CalendarEmpty: the calendar has no working time within reach.
    """
    begin = micros(start)
    due = _unpaused(begin, limit, calendar)
    for pause_start, pause_end in merged_pauses(pauses, begin) if pauses else ():
        if pause_start >= due:
            break
        if limit.unit.is_work_time:
            due = calendar.advance(due, calendar.work_between(pause_start, pause_end))
        else:
            due += pause_end - pause_start
    return instant_of(due)


def _unpaused(begin: int, limit: Limit, calendar: WorkCalendar) -> int:
    if limit.unit is Unit.URGENT_HOUR:
        return begin + limit.microseconds
    if limit.unit is Unit.WORK_HOUR:
        return calendar.advance(begin, limit.microseconds)
    first = calendar.local_day(instant_of(begin))
    if limit.unit is Unit.NATURAL_DAY:
        return micros(calendar.close_of(calendar.next_workday(first + timedelta(days=int(limit.amount)))))
    day = first
    for _ in range(int(limit.amount)):
        day = calendar.next_workday(day + timedelta(days=1))
    return micros(calendar.close_of(day))


def work_or_all(calendar: WorkCalendar, first: int, last: int, *, work: bool) -> int:
    """Return the microseconds between two instants, of work time or of all time; 0 if they are out of order."""
    return calendar.work_between(first, last) if work else max(last - first, 0)


@dataclass(frozen=True, slots=True)
class Remaining:
    """Time left on a clock, in the unit an operator thinks in."""

    late: bool
    days: int
    """Whole working days (work clocks) or whole days (continuous clocks)."""
    minutes: int
    """Minutes beyond the days, rounded up while time is left and down once late."""


def remaining(now: datetime, due_at: datetime, unit: Unit, calendar: WorkCalendar) -> Remaining:
    """Return the time left until the deadline, or the time since it when late.

    A working day is as long as the office's hours on the day of the deadline, so ``1工作日`` means one full day's work.
    """
    late = now > due_at
    first, last = (due_at, now) if late else (now, due_at)
    if unit.is_work_time:
        amount = calendar.work_between(micros(first), micros(last))
        reference = calendar.spans(calendar.next_workday(calendar.local_day(due_at)))
        length = sum(end - begin for begin, end in reference)
    else:
        amount = (last - first) // _MICROSECOND
        length = 24 * HOUR
    days, rest = divmod(amount, length)
    minutes = rest // 60_000_000 if late else -(-rest // 60_000_000)
    if minutes * 60_000_000 >= length:
        # Rounded up to a whole day: 1 day and 24 hours is 2 days.
        days, minutes = days + 1, 0
    return Remaining(late, days, minutes)


def make_noticed(days: Iterable[CalendarDay]) -> tuple[dict[date, CalendarDay], frozenset[int]]:
    """Merge days by layer (an override wins) and return them with the years that a notice covers."""
    merged: dict[date, CalendarDay] = {}
    years: set[int] = set()
    for rule in sorted(days, key=lambda item: item.layer is DayLayer.OVERRIDE):
        merged[rule.day] = rule
        if rule.layer is DayLayer.NOTICE:
            years.add(notice_year(rule.day))
    return merged, frozenset(years)


_NEW_YEAR_FROM = 25
"""Days of December from this one on belong to the New Year's holiday of the next year's notice, as 29 December 2018 did."""


def notice_year(day: date) -> int:
    """Return the year whose notice covers a day."""
    return day.year + 1 if day.month == 12 and day.day >= _NEW_YEAR_FROM else day.year


def make_calendar(hours: Sequence[OfficeHours], days: Iterable[CalendarDay], zone: ZoneInfo) -> WorkCalendar:
    """Build the calendar from office hours and the days of every layer."""
    merged, years = make_noticed(days)
    return WorkCalendar(tuple(hours) or (DEFAULT_HOURS,), merged, years, zone)
