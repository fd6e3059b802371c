"""Amounts of time and of bytes, and moments, in words."""

from __future__ import annotations

import math
from datetime import datetime, time, timedelta

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import Remaining, WorkCalendar, remaining
from gridconsole.domain.codes import Unit
from gridconsole.language import (
    in_brackets,
    t,
    unit_name,
    weekday,
    word,
)


def limit_text(limit: Limit) -> str:
    """Word a limit: ``4 工作时``; fractions of an hour in minutes."""
    if not limit.unit.is_days and limit.amount != limit.amount.to_integral_value():
        return in_brackets(t("time.minutes", count=int(limit.amount * 60)), unit_name(limit))
    return word(limit)


def duration_text(amount: timedelta) -> str:
    """Word a duration: ``3时30分``."""
    minutes, seconds = divmod(int(amount.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return t("time.h", hours=hours, minutes=minutes)
    return t("time.m", minutes=minutes) if minutes or not seconds else t("time.s", seconds=seconds)


def headway_text(rows: int, seconds_left: float | None, *, is_settled: bool = False) -> str:
    """Word the progress of an import: ``已读 12,000 行 约剩 2分``, or ``已写`` once the rows are being written."""
    parts = [t("progress.written" if is_settled else "progress.rows", count=f"{rows:,}")]
    if seconds_left is not None:
        parts.append(t("progress.left", left=wait_text(timedelta(seconds=seconds_left))))
    return " ".join(parts)


def wait_text(left: timedelta) -> str:
    """Word a wait, rounded up: whole seconds below a minute, then whole minutes."""
    seconds = math.ceil(left.total_seconds())
    return duration_text(timedelta(seconds=seconds if seconds < 60 else math.ceil(seconds / 60) * 60))


def remaining_text(left: Remaining, unit: Unit) -> str:
    """Word the time left: ``1工作日 4时``, ``0时12分``, ``超 2时15分``."""
    hours, minutes = divmod(left.minutes, 60)
    if left.late and not left.days and not left.minutes:
        return t("time.just_late")
    if left.days:
        day_word = t("time.workday" if unit.is_work_time and left.days < 100 else "time.day")
        amount = t("time.dh", days=left.days, day_word=day_word, hours=hours)
    else:
        amount = t("time.h", hours=hours, minutes=minutes) if hours else t("time.m", minutes=minutes)
    return t("time.late", amount=amount) if left.late else amount


def time_left(now: datetime, due_at: datetime | None, unit: Unit | None, calendar: WorkCalendar) -> str:
    """Word the time left on a running clock, in its unit."""
    if due_at is None or unit is None:
        return t("time.none")
    return remaining_text(remaining(now, due_at, unit, calendar), unit)


def local_text(at: datetime, calendar: WorkCalendar) -> str:
    """Word a time in the office's zone: ``2026-11-23 周一 14:03``."""
    local = at.astimezone(calendar.zone)
    return f"{local:%Y-%m-%d} {weekday(local)} {local:%H:%M}"


def day_and_clock(at: datetime, calendar: WorkCalendar) -> tuple[datetime, str]:
    """Return the local day and the clock time of a deadline; one at midnight is the end of the day before, ``24:00``."""
    local = at.astimezone(calendar.zone)
    return (local - timedelta(days=1), "24:00") if local.time() == time.min else (local, f"{local:%H:%M}")


def deadline_text(at: datetime, calendar: WorkCalendar) -> str:
    """Word a deadline in the office's zone: ``2026-11-23 周一 24:00``."""
    day, clock = day_and_clock(at, calendar)
    return f"{day:%Y-%m-%d} {weekday(day)} {clock}"


_AGES = ((86_400, "age.days"), (3_600, "age.hours"), (60, "age.minutes"))


def age_text(seconds: int) -> str:
    """Return how long ago something was, in the largest unit that fits: ``3天前``."""
    for length, key in _AGES:
        if abs(seconds) >= length:
            return t(key if seconds >= 0 else f"{key}_ahead", count=abs(seconds) // length)
    return t("age.now")


_KIB, _MIB, _GIB = 1 << 10, 1 << 20, 1 << 30


def size_text(size: int) -> str:
    """Return a number of bytes as people read it: ``3.2 GB``."""
    for unit, name in ((_GIB, "GB"), (_MIB, "MB"), (_KIB, "KB")):
        if size >= unit:
            return f"{size / unit:.1f} {name}"
    return f"{size} B"
