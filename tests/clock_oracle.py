"""Elapsed time of a clock: the inverse of the product's deadlines, kept beside the tests that hold the two together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

from gridconsole.domain.clock import HOUR, Pause, WorkCalendar, instant_of, merged_pauses, micros, work_or_all
from gridconsole.domain.codes import Unit


def active_time(start: datetime, at: datetime, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> timedelta:
    """Time of a clock that has run between two instants: work time or continuous time, pauses left out."""
    return timedelta(microseconds=_active(micros(start), micros(at), unit, calendar, pauses))


def _active(begin: int, end: int, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause]) -> int:
    if end <= begin:
        return 0

    work = unit.is_work_time
    paused = (
        sum(work_or_all(calendar, first, min(last, end), work=work) for first, last in merged_pauses(pauses, begin))
        if pauses
        else 0
    )
    return work_or_all(calendar, begin, end, work=work) - paused


def elapsed(start: datetime, at: datetime, unit: Unit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> Fraction:
    """Return how much of a clock has run, in its unit: hours exactly, days in whole days completed.

    The inverse of :func:`deadline`: for every amount n, ``elapsed(start, at) >= n`` exactly when ``at >= deadline(start, n)``.
    """
    begin = micros(start)
    active = _active(begin, micros(at), unit, calendar, pauses)
    if not unit.is_days:
        return Fraction(active, HOUR)
    # The instant at which an unpaused clock would stand where this one stands.
    equivalent = calendar.advance(begin, active) if unit is Unit.WORK_DAY else begin + active
    first = calendar.local_day(instant_of(begin))
    return Fraction(_days_completed(first, equivalent, unit, calendar))


def _days_completed(first: date, at: int, unit: Unit, calendar: WorkCalendar) -> int:
    last = calendar.local_day(instant_of(at))
    while last > first and not ((spans := calendar.spans(last)) and spans[-1][1] <= at):
        last -= timedelta(days=1)
    if unit is Unit.NATURAL_DAY:
        # Days of rest before a workday fall due with it, so they are complete only when it is.
        return max((last - first).days, 0)
    return sum(1 for offset in range(1, (last - first).days + 1) if calendar.spans(first + timedelta(days=offset)))
