"""Reading the office's calendar: a year's days, what is loaded, and which year's notice is missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.access import CALENDAR_KEEPERS
from gridconsole.domain.clock import DayLayer, OfficeHours, notice_year
from gridconsole.store import calendars, offices

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

NEAR = timedelta(days=45)
"""Before the end of the year: deadlines begin to reach into the next one."""
REMINDED_FROM = (12, 1)
"""Month and day from which a missing notice of the next year is shown: the State Council issues it in October or November."""


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day as the calendar has it."""

    day: date
    is_workday: bool
    note: str
    """Why it differs from its weekday, if it does."""
    is_provisional: bool
    """The notice that would speak of it is not loaded."""


def calendar_year(office: Office, year: int) -> list[YearDay]:
    """Every day of a year."""
    first = date(year, 1, 1)
    days = (first + timedelta(days=offset) for offset in range(366))
    calendar = office.calendar
    known = year in calendar.noticed_years
    return [YearDay(day, calendar.is_workday(day), calendar.day_note(day), not known) for day in days if day.year == year]


@dataclass(frozen=True, slots=True)
class LoadedYear:
    """A year whose notice is loaded."""

    year: int
    sources: tuple[str, ...]
    days_off: int
    days_worked: int


@dataclass(frozen=True, slots=True)
class CalendarView:
    """Everything the calendar is made of."""

    years: tuple[LoadedYear, ...]
    overrides: tuple[calendars.SourcedDay, ...]
    """The office's own days, each with who set it."""
    hours: tuple[OfficeHours, ...]


def overview(office: Office) -> CalendarView:
    """Return the years that are loaded, the days the office changed, and its hours."""
    with office.database.reading() as connection:
        found = calendars.sourced_days(connection)
        hours = offices.office_hours(connection)
    years: dict[int, list[calendars.SourcedDay]] = {}
    for item in found:
        if item.day.layer is DayLayer.NOTICE:
            years.setdefault(notice_year(item.day.day), []).append(item)
    return CalendarView(
        tuple(_loaded_year(year, years[year]) for year in sorted(years)),
        tuple(item for item in found if item.day.layer is DayLayer.OVERRIDE),
        hours or office.calendar.hours,
    )


def _loaded_year(year: int, days: Iterable[calendars.SourcedDay]) -> LoadedYear:
    kept = list(days)
    worked = sum(item.day.is_workday for item in kept)
    return LoadedYear(year, tuple(sorted({item.source for item in kept})), len(kept) - worked, worked)


def missing_year(office: Office) -> int | None:
    """A year whose notice ought to be loaded by now and is not: this one, or from 1 December on the next."""
    today = office.today()
    due = [today.year, *([today.year + 1] if (today.month, today.day) >= REMINDED_FROM else [])]
    return next((year for year in due if year not in office.calendar.noticed_years), None)


def year_to_load(office: Office, actor: Actor | None) -> int | None:
    """:func:`missing_year` for an operator who can load it; None for everyone else."""
    return missing_year(office) if actor is not None and actor.roles & CALENDAR_KEEPERS else None
