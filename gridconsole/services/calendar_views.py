"""Read the office's calendar: the days of a year, the loaded years, and the year whose notice is missing."""

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
"""Time before the end of the year in which deadlines begin to reach into the next one."""
REMINDED_FROM = (12, 1)
"""Month and day from which a missing notice of the next year is shown: the State Council issues it in October or November."""


@dataclass(frozen=True, slots=True)
class YearDay:
    """A day of the calendar."""

    day: date
    is_workday: bool
    note: str
    """Reason why it differs from its weekday, if it does."""
    is_provisional: bool
    """True if the notice of its year is not loaded."""


def calendar_year(office: Office, year: int) -> list[YearDay]:
    """Return every day of a year."""
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
    """Loaded years, own days and hours that make up the calendar."""

    years: tuple[LoadedYear, ...]
    overrides: tuple[calendars.SourcedDay, ...]
    """The office's own days, each with the operator who set it."""
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
    """Return the year whose notice should be loaded by now and is not: this year, or from 1 December on the next; else None."""
    today = office.today()
    due = [today.year, *([today.year + 1] if (today.month, today.day) >= REMINDED_FROM else [])]
    return next((year for year in due if year not in office.calendar.noticed_years), None)


def year_to_load(office: Office, actor: Actor | None) -> int | None:
    """Return :func:`missing_year` for an operator who may load it; None for others."""
    return missing_year(office) if actor is not None and actor.roles & CALENDAR_KEEPERS else None
