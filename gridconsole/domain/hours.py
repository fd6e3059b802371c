"""Working hours as an office writes them: spans of a day, weekdays, and seasons from one day to another."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from itertools import pairwise

from gridconsole.domain.clock import DEFAULT_HOURS, OfficeHours, WorkCalendar
from gridconsole.domain.errors import BadValue, HoursRefused, NoOverride, NoWorkingHours

Spans = tuple[tuple[time, time], ...]
REST_WORDS = frozenset({"休", "休息", "rest", "none"})
"""Instead of spans: no work on these weekdays."""
_SPAN = re.compile(r"(?P<from>[\d:点半时分]+)(?:[-–—~]|至|到)+(?P<to>[\d:点半时分]+)")
_TIME = re.compile(r"(\d{1,2})(?::|点|时)?(半|\d{2})?分?")


def parse_spans(words: Sequence[str]) -> Spans:
    """``8:30-12:00,14:00-17:30`` in one word or several; nothing for a day of rest.

    Raises:
        BadValue: it does not read like spans.
        HoursRefused: a span runs backwards or past midnight, or two overlap.
    """
    text = ",".join(unicodedata.normalize("NFKC", word).replace(" ", "") for word in words)
    if text in REST_WORDS:
        return ()
    found: list[tuple[time, time]] = []
    for part in filter(None, re.split("[,;、]", text)):
        matched = _SPAN.fullmatch(part)
        first, last = (_time(matched["from"]), _time(matched["to"])) if matched else (None, None)
        if first is None or last is None:
            raise BadValue(what="spans", value=part, expected="spans")
        if last <= first:
            # From the evening to the morning is a night shift; anything else is a slip.
            raise HoursRefused(value=part, why="hours_midnight" if first.hour >= 17 and last.hour < 12 else "hours_backwards")
        found.append((first, last))
    if not found:
        raise BadValue(what="spans", value=text, expected="spans")
    found.sort()
    for before, after in pairwise(found):
        if after[0] < before[1]:
            raise HoursRefused(value=text, why="hours_overlap")
    return tuple(found)


def _time(text: str) -> time | None:
    matched = _TIME.fullmatch(text)
    if matched is None:
        return None
    hour, minute = int(matched[1]), 30 if matched[2] == "半" else int(matched[2] or 0)
    if (hour, minute) == (24, 0):
        raise HoursRefused(value=text, why="hours_midnight")
    return time(hour, minute) if hour < 24 and minute < 60 else None


_DAYS = "一二三四五六日"


def parse_weekdays(text: str) -> frozenset[int]:
    """Weekdays by number from Monday as 0: ``一至五``, ``周一到周五``, ``六``, ``1-5``, ``1,3,5``.

    Raises:
        BadValue: it names none.
    """
    plain = re.sub("星期|礼拜|周|[,、]", "", unicodedata.normalize("NFKC", text)).replace("天", "日")
    plain = re.sub("[-–—~到]", "至", plain)
    digits = "".join(_DAYS[int(char) - 1] if char in "1234567" else char for char in plain)
    found: set[int] = set()
    for part in re.findall(f"[{_DAYS}]至[{_DAYS}]|[{_DAYS}]|.", digits):
        first, last = part[0], part[-1]
        if first not in _DAYS or _DAYS.index(last) < _DAYS.index(first):
            raise BadValue(what="weekdays", value=text, expected="weekdays")
        found.update(range(_DAYS.index(first), _DAYS.index(last) + 1))
    if not found:
        raise BadValue(what="weekdays", value=text, expected="weekdays")
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class HoursChange:
    """Weekly spans to write, and days from which spans no longer hold."""

    put: tuple[OfficeHours, ...]
    drop: tuple[date, ...]

    def applied(self, hours: Sequence[OfficeHours]) -> tuple[OfficeHours, ...]:
        """The office's hours after the change, oldest first.

        Raises:
            NoWorkingHours: the week that holds in the end has none.
        """
        changed = {row.valid_from for row in self.put} | set(self.drop)
        rows = sorted([*(row for row in hours if row.valid_from not in changed), *self.put], key=lambda row: row.valid_from)
        if not rows or not any(rows[-1].week):  # days without hours that end are days of rest
            raise NoWorkingHours
        return tuple(rows)


def season(
    stored: Sequence[OfficeHours], calendar: WorkCalendar, first: date, last: date | None, spans: Spans, weekdays: Collection[int] = ()
) -> HoursChange:  # fmt: skip
    """Other spans from one day to another; afterwards what would have held there before.

    Args:
        stored: the hours as they are.
        calendar: the calendar that they make.
        last: None for good, or until the next change that is known already.
        weekdays: 0 for Monday; without any, every weekday that has hours now. The others stay as they are.

    Raises:
        BadValue: it ends before it begins.
        NoWorkingHours: no weekday would have hours.
    """
    if last is not None and last < first:
        raise BadValue(what="date", value=last, expected="not_before")
    base = calendar.week_on(first)
    chosen = set(weekdays) or {index for index, held in enumerate(base) if held}
    week = tuple(spans if index in chosen else held for index, held in enumerate(base))
    put = [OfficeHours(first, week)]
    drop: tuple[date, ...] = ()
    oldest = min((row.valid_from for row in stored), default=None)
    if oldest is None or first < oldest:
        # The oldest row also holds for the days before it, and goes on doing so.
        put.insert(0, OfficeHours(DEFAULT_HOURS.valid_from, calendar.week_on(first)))
    if last is not None:
        after = last + timedelta(days=1)
        drop = tuple(row.valid_from for row in stored if first < row.valid_from <= after)
        put.append(OfficeHours(after, calendar.week_on(after)))
    return HoursChange(tuple(put), drop)


def without(stored: Sequence[OfficeHours], day: date) -> HoursChange:
    """Take back the hours that hold from a day on: what held before goes on.

    Raises:
        NoOverride: none begin on that day.
        HoursRefused: they are the oldest, with nothing before them.
    """
    known = sorted(row.valid_from for row in stored)
    if day not in known:
        raise NoOverride(day=day)
    if day == known[0]:
        raise HoursRefused(value=day, why="hours_oldest")
    return HoursChange((), (day,))
