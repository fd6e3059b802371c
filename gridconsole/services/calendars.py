"""Change the office's calendar, and with it the deadlines of every open case that it moves, in one transaction.

Closed cases were judged by the calendar of their time and are never computed again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.access import CALENDAR_KEEPERS
from gridconsole.domain.case import follows_calendar
from gridconsole.domain.clock import CalendarDay, DayLayer, WorkCalendar, make_calendar, notice_year
from gridconsole.domain.errors import BadValue, CalendarEmpty, NoOverride, NoticeNotInstalled, NoWorkingHours
from gridconsole.domain.hours import HoursChange, Spans, season, without
from gridconsole.domain.notice import read_notice
from gridconsole.domain.text import clean_line, mask_text
from gridconsole.domain.views.calendars import ChangedDay, MovedDeadline
from gridconsole.language import t
from gridconsole.services import casework, rights
from gridconsole.services.notices import PACKAGE, installed_notice, package_version
from gridconsole.services.privacy import reason_of
from gridconsole.store import alarms, calendars, ledger, offices

if TYPE_CHECKING:
    from gridconsole.domain.case import Clock
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

LOAD, DAY, HOURS = "calendar_load", "calendar_day", "calendar_hours"
"""Actions of the entries."""
MOST_NOTE = 60
NOTICE, JSON = "notice", "json"
"""Sources of a notice other than the package."""


class DayKind(StrEnum):
    """Kind of day that an office sets."""

    REST = "rest"
    WORK = "work"
    NORMAL = "normal"
    """The day follows the notice and the weekday again."""


@dataclass(frozen=True, slots=True)
class CalendarOutcome:
    """Result of a change of the calendar, or of a dry run."""

    facts: Mapping[str, object]
    """Facts of its ledger entry."""
    days: tuple[ChangedDay, ...]
    moved: tuple[MovedDeadline, ...]
    closed: int
    """Closed cases that were open between the first and the last changed day. Their judgement does not change."""
    dry_run: bool
    unchanged: bool = False
    """True if the calendar has all of it already."""
    unsummed: tuple[str, ...] = ()
    """Holidays for which the notice does not give the number of days."""


@dataclass(frozen=True, slots=True)
class _Change:
    """Rows to write and to delete, and the contents of the entry."""

    action: str
    cause: str
    facts: dict[str, object]
    first: date
    last: date | None
    """Last day on which anything may differ, counted from ``first``; None: no end."""
    put: tuple[CalendarDay, ...] = ()
    drop: tuple[CalendarDay, ...] = ()
    source: str = ""
    hours: HoursChange | None = None
    personal: dict[str, str] = field(default_factory=dict)
    unchanged: bool = False
    """True if the calendar has all of it already."""


# --- changing ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoticeFile:
    """Contents of a file that should hold a notice."""

    name: str
    raw: bytes = field(repr=False)


def load_notice(
    office: Office, actor: Actor, year: int, file: NoticeFile | None = None, *, dry_run: bool = False
) -> CalendarOutcome:  # fmt: skip
    """Load a year's notice from a file or from the installed package. It replaces the notice loaded for that year.

    Raises:
        NotPermitted: the operator is neither an administrator nor a shift leader.
        NoticeNotInstalled: no file is given, and the package does not have the year.
        Unreadable, NoticeOtherYear, NoticeIncomplete: the file does not hold that year's notice.
    """
    rights.check(office, actor, "calendar", CALENDAR_KEEPERS)
    days, source, said, personal, unsummed = _read(year, file)
    off = [item.day.isoformat() for item in days if not item.is_workday]
    worked = [item.day.isoformat() for item in days if item.is_workday]
    facts = {
        "year": year,
        "source": source,
        **said,
        "days_off": len(off),
        "days_worked": len(worked),
        "off": off,
        "worked": worked,
    }

    def change(connection: Transaction) -> _Change:
        known = [found.day for found in calendars.sourced_days(connection) if found.day.layer is DayLayer.NOTICE]
        old = tuple(item for item in known if notice_year(item.day) == year)
        new = {item.day for item in days}
        gone = tuple(item for item in old if item.day not in new)
        first, last = min(date(year, 1, 1), *new), date(year, 12, 31)
        same = year in office.calendar.noticed_years and _work_alike(old, days)
        return _Change(
            LOAD,
            f"load {year}",
            facts=dict(facts),
            first=first,
            last=last,
            put=days,
            drop=gone,
            source=source,
            personal=personal,
            unchanged=same,
        )

    return replace(_carry_out(office, actor, change, dry_run=dry_run), unsummed=unsummed)


def _work_alike(old: Sequence[CalendarDay], new: Sequence[CalendarDay]) -> bool:
    """Return whether two notices make the same days workdays. Names of days, and weekends without a rule, do not matter."""
    was, now = (WorkCalendar(days={item.day: item for item in days}) for days in (old, new))
    return all(was.is_workday(item.day) is now.is_workday(item.day) for item in (*old, *new))


def _read(
    year: int, file: NoticeFile | None
) -> tuple[tuple[CalendarDay, ...], str, dict[str, object], dict[str, str], tuple[str, ...]]:
    if file is None:
        days = installed_notice(year)
        if not days:
            raise NoticeNotInstalled(year=year)
        return days, PACKAGE, {"version": package_version()}, {}, ()
    notice = read_notice(file.raw, year, file.name)
    source = JSON if file.raw.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") else NOTICE
    digest: dict[str, object] = {"sha256": hashlib.sha256(file.raw).hexdigest()}
    return notice.days, source, digest, {"file": file.name}, notice.unsummed


def set_day(
    office: Office, actor: Actor, day: date, kind: DayKind, reason: str, *, follows: int | None = None, dry_run: bool = False
) -> CalendarOutcome:  # fmt: skip
    """Make a day a workday or a day off, regardless of the notice, or take that back.

    Args:
        follows: the weekday whose hours a workday gets, 0 for Monday; None: its own weekday, or the first weekday with hours.

    Raises:
        NotPermitted: the operator is neither an administrator nor a shift leader.
        ReasonNeeded: no reason is given.
        BadValue: ``follows`` is given for a day without work, or names a weekday without hours.
        NoOverride: the office has not changed this day, so there is nothing to take back.
    """
    rights.check(office, actor, "calendar", CALENDAR_KEEPERS)
    words = reason_of(reason, "calendar")
    if follows is not None and kind is not DayKind.WORK:
        raise BadValue(what="option", value="--as", expected="with_work")
    if follows is not None and not office.calendar.week_on(day)[follows]:
        raise BadValue(what="weekdays", value=t(f"weekday.{follows}"), expected="weekday_with_hours")

    def change(connection: Transaction) -> _Change:
        known = {found.day.day: found.day for found in calendars.sourced_days(connection) if found.day.layer is DayLayer.OVERRIDE}
        facts: dict[str, object] = {"day": day.isoformat(), "kind": kind.value}
        if follows is not None:
            facts["follows"] = follows
        cause = f"day {day.isoformat()}"
        if kind is DayKind.NORMAL:
            if day not in known:
                raise NoOverride(day=day)
            return _Change(DAY, cause, facts, day, day, drop=(known[day],), personal={"reason": words})
        # The note is shown in every derivation that passes over the day: one line, with personal numbers masked.
        note = clean_line(mask_text(words), MOST_NOTE)
        rule = CalendarDay(day, kind is DayKind.WORK, note, DayLayer.OVERRIDE, follows)
        same = known.get(day) == rule
        return _Change(
            DAY,
            cause,
            facts=facts,
            first=day,
            last=day,
            put=(rule,),
            source=actor.name,
            personal={"reason": words},
            unchanged=same,
        )

    return _carry_out(office, actor, change, dry_run=dry_run)


def set_hours(
    office: Office, actor: Actor, first: date, last: date | None, spans: Spans, weekdays: frozenset[int] = frozenset(), *,
    dry_run: bool = False,
) -> CalendarOutcome:  # fmt: skip
    """Set other working hours from one day to another, or without an end.

    Raises:
        NotPermitted: the operator is neither an administrator nor a shift leader.
        BadValue: the period ends before it begins.
        NoWorkingHours: no weekday would have hours.
    """
    rights.check(office, actor, "calendar", CALENDAR_KEEPERS)
    facts: dict[str, object] = {
        "first": first.isoformat(), "last": last.isoformat() if last else None,
        "spans": [f"{begin:%H:%M}-{end:%H:%M}" for begin, end in spans], "weekdays": sorted(weekdays),
    }  # fmt: skip

    def change(connection: Transaction) -> _Change:
        hours = season(offices.office_hours(connection), office.calendar, first=first, last=last, spans=spans, weekdays=weekdays)
        return _Change(HOURS, f"hours {first.isoformat()}", dict(facts), first, last, hours=hours)

    return _carry_out(office, actor, change, dry_run=dry_run)


def drop_hours(office: Office, actor: Actor, day: date, *, dry_run: bool = False) -> CalendarOutcome:
    """Delete the working hours that begin on a day; the hours before them then apply.

    Raises:
        NotPermitted: the operator is neither an administrator nor a shift leader.
        NoOverride: no hours begin on that day.
        HoursRefused: they are the oldest hours, before which there are none.
    """
    rights.check(office, actor, "calendar", CALENDAR_KEEPERS)

    def change(connection: Transaction) -> _Change:
        hours = without(offices.office_hours(connection), day)
        facts: dict[str, object] = {"first": day.isoformat(), "dropped": True}
        return _Change(HOURS, f"hours {day.isoformat()}", facts, day, None, hours=hours)

    return _carry_out(office, actor, change, dry_run=dry_run)


# --- carrying out -----------------------------------------------------------------------------------------------

_Planner = Callable[["Transaction"], _Change]
"""Function that plans a change from the stored rows, inside the transaction that carries it out."""


def _carry_out(office: Office, actor: Actor, change: _Planner, *, dry_run: bool) -> CalendarOutcome:
    try:
        if dry_run:
            with office.database.reading() as connection:
                return _outcome(connection, office, change(connection), dry_run=True)[0]
        with office.database.writing() as connection:
            planned = change(connection)
            outcome, after = _outcome(connection, office, planned, dry_run=False)
            if not outcome.unchanged:
                _write(connection, office, actor=actor, change=planned, outcome=outcome, after=after)
            return outcome
    except CalendarEmpty as error:
        raise NoWorkingHours from error


def _outcome(
    connection: Transaction, office: Office, change: _Change, *, dry_run: bool
) -> tuple[CalendarOutcome, WorkCalendar]:  # fmt: skip
    before, after = office.calendar, _changed_calendar(connection, office, change)
    end = change.last or max(office.today() + timedelta(days=366), change.first)
    days = tuple(_differing(before, after, change.first, end))
    moved = tuple(_moved(connection, office, after))
    closed = _closed(connection, office, days)
    facts = {**change.facts, "moved": len({one.number for one in moved}), "closed": closed}
    outcome = CalendarOutcome(facts=facts, days=days, moved=moved, closed=closed, dry_run=dry_run, unchanged=change.unchanged)
    return outcome, after


def _changed_calendar(connection: Transaction, office: Office, change: _Change) -> WorkCalendar:
    replaced = {(item.day, item.layer) for item in (*change.put, *change.drop)}
    kept = [item for item in offices.calendar_days(connection) if (item.day, item.layer) not in replaced]
    hours = offices.office_hours(connection)
    after = make_calendar(change.hours.applied(hours) if change.hours else hours, [*kept, *change.put], office.row.zone)
    # A calendar without any near working day is refused before anything is computed with it.
    after.next_workday(max(change.first, office.today()))
    return after


def _differing(before: WorkCalendar, after: WorkCalendar, first: date, last: date) -> Iterator[ChangedDay]:
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        was, now = before.local_spans(day), after.local_spans(day)
        if was != now:
            yield ChangedDay(day, was, now)


def _moved(connection: Transaction, office: Office, after: WorkCalendar) -> Iterator[MovedDeadline]:
    for item in calendars.open_clocks(connection, office.id):
        was = item.clock
        if not follows_calendar(item.state, was):
            continue
        now = was.recompute(after)
        if (was.due_at, was.provisional) != (now.due_at, now.provisional):
            yield _deadline(item.number, was, now)


def _deadline(number: str, was: Clock, now: Clock) -> MovedDeadline:
    return MovedDeadline(
        number=number,
        stage=was.stage,
        before=was.due_at,
        after=now.due_at,
        was_provisional=was.provisional,
        is_provisional=now.provisional,
        extensions=was.extensions,
    )


def _closed(connection: Transaction, office: Office, days: Sequence[ChangedDay]) -> int:
    if not days or days[0].day > office.today():
        return 0
    return calendars.closed_in(connection, office.id, office.midnight(days[0].day), office.midnight_after(days[-1].day))


def _write(
    connection: Transaction, office: Office, actor: Actor, change: _Change, outcome: CalendarOutcome, after: WorkCalendar
) -> None:  # fmt: skip
    calendars.drop_days(connection, change.drop)
    offices.put_days(connection, change.put, change.source)
    if change.hours is not None:
        calendars.drop_hours(connection, change.hours.drop)
        for hours in change.hours.put:
            offices.put_hours(connection, hours)
    now = office.now()
    entries = [office.entry(actor, change.action, outcome.facts, change.personal, about=(offices.CALENDAR, office.id), at=now)]
    # The same office with the calendar just written, so that every deadline is computed by it.
    changed = replace(office, calendar=after)
    # Evaluate all clocks: a percentage step of a clock may move even if its deadline does not.
    alarms.evaluate_again(connection, now)
    numbers = dict.fromkeys(moved.number for moved in outcome.moved)
    entries += [casework.recompute_in(connection, changed, actor, number, change.cause) for number in numbers]
    ledger.append(connection, office.id, entries)
