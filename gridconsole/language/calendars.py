"""Sentences about the calendar: a change, the days that differ, and how far a deadline moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from gridconsole.domain.clock import MADE_UP, OfficeHours
from gridconsole.domain.text import printable
from gridconsole.domain.views.calendars import ChangedDay, MovedDeadline
from gridconsole.language import OFFICE_ZONE, clauses, has, listed, t, translated, weekday, word

Spans = Sequence[tuple[time, time]]
MOST_RUNS = 30
"""Runs of changed days that are listed one by one; a year's notice has about half as many."""


def span_texts(spans: Spans) -> list[str]:
    """Return ``08:30-12:00`` for each span."""
    return [f"{begin:%H:%M}-{end:%H:%M}" for begin, end in spans]


def _spans_text(spans: Spans) -> str:
    return listed(span_texts(spans)) or t("calendar.rest")


def hours_text(hours: OfficeHours) -> str:
    """Word a week's hours, with weekdays that are alike together: ``周一至周五 08:30-12:00、14:00-17:30``."""
    runs: list[list[int]] = []
    for index in range(7):
        if runs and hours.week[runs[-1][-1]] == hours.week[index]:
            runs[-1].append(index)
        else:
            runs.append([index])
    return clauses(f"{_weekdays_text(run)} {_spans_text(hours.week[run[0]])}" for run in runs)


def _weekdays_text(run: Sequence[int]) -> str:
    first, last = t(f"weekday.{run[0]}"), t(f"weekday.{run[-1]}")
    return first if first == last else t("calendar.weekdays", first=first, last=last)


def change_line(facts: Mapping[str, Any]) -> str:
    """Word a change of the calendar from the facts of its entry."""
    if "year" in facts:
        return t(
            "calendar.load",
            year=facts["year"],
            source=source_text(str(facts["source"])),
            off=facts["days_off"],
            worked=facts["days_worked"],
        )
    if "kind" in facts:
        follows = facts.get("follows")
        hours = t("calendar.follows", day=t(f"weekday.{int(follows)}")) if follows is not None else ""
        return t(f"calendar.day.{facts['kind']}", day=_day_text(date.fromisoformat(facts["day"])), hours=hours)
    if facts.get("dropped"):
        return t("calendar.hours.dropped", day=facts["first"])
    weekdays = [t(f"weekday.{index}") for index in facts.get("weekdays", ())]
    spans = facts.get("spans") or [t("calendar.rest")]
    until = t("calendar.until", day=facts["last"]) if facts.get("last") else t("calendar.from_on")
    return t("calendar.hours", day=facts["first"], until=until, weekdays=weekdays, spans=spans)


def entry_words(facts: Mapping[str, Any]) -> list[str]:
    """Word the calendar change of a ledger entry, see :func:`change_line`; empty if its facts were made unreadable."""
    try:
        return [change_line(facts)]
    except (KeyError, ValueError, TypeError, IndexError):
        return []


def source_text(source: str) -> str:
    """Word the source of a year's notice."""
    key = f"calendar.source.{source}"
    return t(key) if has(key) else printable(source)


def day_note(note: str) -> str:
    """Word the note of a calendar day: a holiday's name, or that it is a holiday's make-up workday; other notes as they are."""
    name = note.removesuffix(MADE_UP)
    return translated("holiday.", note) if name == note else t("calendar.made_up", name=translated("holiday.", name))


def cause_text(cause: str) -> str:
    """Word the reason for a recomputed deadline: ``load 2027`` becomes 载入 2027 年放假安排."""
    kind, _, of = cause.partition(" ")
    return t(f"calendar.cause.{kind}", what=of)


def _day_text(day: date) -> str:
    return f"{day:%Y-%m-%d} {weekday(day)}"


def changed_day_lines(days: Sequence[ChangedDay]) -> list[str]:
    """Word the days that differ; consecutive days that differ alike share a line."""
    runs: list[list[ChangedDay]] = []
    for item in days:
        last = runs[-1][-1] if runs else None
        alike = last is not None and (last.before, last.after) == (item.before, item.after)
        if last is not None and alike and item.day - last.day == timedelta(days=1):
            runs[-1].append(item)
        else:
            runs.append([item])
    if len(runs) <= MOST_RUNS:
        return [_run_text(run) for run in runs]
    # With other hours for a season, weekends and holidays would split it into a line per week.
    sorts: dict[tuple[object, object], list[ChangedDay]] = {}
    for item in days:
        sorts.setdefault((tuple(item.before), tuple(item.after)), []).append(item)
    return [f"{_run_text(same)}{t('calendar.days', count=len(same))}" for same in sorts.values()]


def _run_text(run: Sequence[ChangedDay]) -> str:
    first, last = run[0], run[-1]
    until = "" if first is last else t("calendar.until", day=_day_text(last.day))
    was, now = _spans_text(first.before), _spans_text(first.after)
    if not (first.before and first.after):
        # Between work and rest the hours do not matter.
        was, now = (t("word.workday" if spans else "word.rest") for spans in (first.before, first.after))
    return t("calendar.differs", day=_day_text(first.day), until=until, before=was, after=now)


def _moment(at: datetime) -> str:
    local = at.astimezone(OFFICE_ZONE)
    return f"{local:%Y-%m-%d} {weekday(local)} {local:%H:%M}"


def moved_line(moved: MovedDeadline) -> str:
    """Word a deadline before and after, by how much it moves, and the extensions that were granted."""
    parts = [moved.number, word(moved.stage), moved_text(moved.before, moved.after)]
    if moved.becomes_firm or moved.is_provisional:
        parts.append(t("calendar.firm" if moved.becomes_firm else "calendar.still_provisional"))
    if moved.extensions:
        parts.append(t("calendar.extended", amounts=list(moved.extensions)))
    return "  ".join(parts)


def moved_text(before: datetime, after: datetime) -> str:
    """Word a moved deadline: ``2027-02-10 周三 17:30 -> 2027-02-18 周四 17:30（推后 8天）``."""
    if before == after:
        return t("calendar.same", at=_moment(after))
    minutes = int(abs(after - before).total_seconds() // 60)
    days, rest = divmod(minutes, 24 * 60)
    hours, left = divmod(rest, 60)
    said = ((days, "calendar.d"), (hours, "calendar.h"), (left, "calendar.m"))
    amount = "".join(t(key, count=count) for count, key in said if count)
    way = t("calendar.later" if after > before else "calendar.earlier", amount=amount)
    return t("calendar.moves", before=_moment(before), after=_moment(after), way=way)


def recompute_words(facts: Mapping[str, Any]) -> list[str]:
    """Word the deadlines that an entry recomputed; nothing for any other entry."""
    if "calendar" not in facts:
        return []
    words = [cause_text(str(facts["calendar"]))]
    for clock in facts.get("clocks", ()):
        before, after = (datetime.fromisoformat(str(clock[name])) for name in ("before", "after"))
        stage = t(f"Stage.{clock['stage']}")
        words.append(f"{stage} {moved_text(before, after)}")
        was, now = clock.get("provisional", (False, False))
        if was and not now:
            words.append(t("calendar.firm"))
    return words
