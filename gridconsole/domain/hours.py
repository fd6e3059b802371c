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
"""Words used instead of spans: no work on these weekdays."""
_SPAN = re.compile(r"(?P<from>[\d:点半时分]+)(?:[-–—~]|至|到)+(?P<to>[\d:点半时分]+)")
_TIME = re.compile(r"(\d{1,2})(?::|点|时)?(半|\d{2})?分?")


def parse_spans(words: Sequence[str]) -> Spans:
    """Parse spans such as ``8:30-12:00,14:00-17:30`` in one word or several; empty for a day of rest.

    Raises:
        BadValue: the text does not parse as spans.
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
            # From evening to morning is a night shift; anything else is a typing error.
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
    """Parse weekdays into numbers, Monday as 0: ``一至五``, ``周一到周五``, ``六``, ``1-5``, ``1,3,5``.

    Raises:
        BadValue: the text has no weekday, or cannot be parsed.
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
    """Weekly hours to store, and start dates of hours to delete."""

    put: tuple[OfficeHours, ...]
    drop: tuple[date, ...]

    def applied(self, hours: Sequence[OfficeHours]) -> tuple[OfficeHours, ...]:
        """Return the office's hours after the change, oldest first.

        Raises:
            NoWorkingHours: the latest week has no working hours.
        """
        changed = {row.valid_from for row in self.put} | set(self.drop)
        rows = sorted([*(row for row in hours if row.valid_from not in changed), *self.put], key=lambda row: row.valid_from)
        if not rows or not any(rows[-1].week):  # a period without hours that ends is a holiday
            raise NoWorkingHours
        return tuple(rows)


def season(
    stored: Sequence[OfficeHours], calendar: WorkCalendar, first: date, last: date | None, spans: Spans, weekdays: Collection[int] = ()
) -> HoursChange:  # fmt: skip
    """Set other hours for a period; after its end the hours are those that would have applied without the change.

    Args:
        stored: the hours as stored now.
        calendar: the calendar built from them.
        last: last day; None: permanently, or until the next stored change.
        weekdays: 0 for Monday; if empty, every weekday that has hours now. The other weekdays keep their hours.

    Raises:
        BadValue: the last day is before the first.
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
        # The oldest row also applies to the days before it, and must continue to do so.
        put.insert(0, OfficeHours(DEFAULT_HOURS.valid_from, calendar.week_on(first)))
    if last is not None:
        after = last + timedelta(days=1)
        drop = tuple(row.valid_from for row in stored if first < row.valid_from <= after)
        put.append(OfficeHours(after, calendar.week_on(after)))
    return HoursChange(tuple(put), drop)


def without(stored: Sequence[OfficeHours], day: date) -> HoursChange:
    """Remove the hours that begin on a day; the hours before them continue.

    Raises:
        NoOverride: no hours begin on that day.
        HoursRefused: they are the oldest hours, with none before them.
    """
    known = sorted(row.valid_from for row in stored)
    if day not in known:
        raise NoOverride(day=day)
    if day == known[0]:
        raise HoursRefused(value=day, why="hours_oldest")
    return HoursChange((), (day,))
