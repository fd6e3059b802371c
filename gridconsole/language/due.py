"""Deadlines in words: the moment first, then the rest in its own clock (``今14:30 余2时``)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from gridconsole.domain.clock import Remaining, WorkCalendar, remaining
from gridconsole.domain.codes import Unit
from gridconsole.language import t, weekday

WEEK = timedelta(days=6)
"""Days ahead that are named by their weekday: each name means one day only."""
_YESTERDAY, _TODAY, _TOMORROW = timedelta(days=-1), timedelta(0), timedelta(days=1)
_NEAR = {_YESTERDAY: "due.yesterday", _TODAY: "due.today", _TOMORROW: "due.tomorrow"}


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline in words."""

    moment: str
    """``今14:30``, ``昨17:30``, ``周一08:35``, ``12-04``, ``25-12-31``."""
    rest: str
    """``余2时``, ``超12分``; empty if the clock has nothing left to count before its end."""
    is_late: bool
    is_running: bool
    """False while the clock stands still: outside office hours, or while the case waits."""


def due_text(now: datetime, due_at: datetime, unit: Unit, calendar: WorkCalendar) -> Due:
    """Return a deadline in words.

    Args:
        now, due_at: instants, any zone; worded in the calendar's zone.
        unit: unit of the clock, which decides what counts as left.
    """
    left = remaining(now, due_at, unit, calendar)
    is_running = not unit.is_work_time or calendar.is_open_at(now)
    return Due(moment_text(due_at, now, calendar), rest_text(left), left.late, is_running)


def moment_text(at: datetime, now: datetime, calendar: WorkCalendar) -> str:
    """Return an instant as the desk names it: a clock time up to six days ahead, then a date."""
    local, today = at.astimezone(calendar.zone), calendar.local_day(now)
    apart = local.date() - today
    if apart in _NEAR:
        return t(_NEAR[apart], time=f"{local:%H:%M}")
    if _TOMORROW < apart <= WEEK:
        return t("due.weekday", day=weekday(local), time=f"{local:%H:%M}")
    return day_text(local.date(), today)


def day_text(day: date, today: date) -> str:
    """Return a date, with its year only if that is another one: ``12-04``, ``25-12-31``."""
    return f"{day:%m-%d}" if day.year == today.year else f"{day:%y-%m-%d}"


def rest_text(left: Remaining) -> str:
    """Return what is left, or how late it is, in the largest unit alone: ``余2时``, ``超12分``; ``超`` if late by the wall clock only."""
    word = "late" if left.late else "left"
    if left.days:
        return t(f"due.{word}.d", count=left.days)
    if left.minutes >= 60:
        return t(f"due.{word}.h", count=left.minutes // 60)
    if left.minutes:
        return t(f"due.{word}.m", count=left.minutes)
    return t("due.late") if left.late else ""
