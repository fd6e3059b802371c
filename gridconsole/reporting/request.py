"""Request for a report: its period, its filter, and the periods it is compared with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from gridconsole.domain.clock import stamp
from gridconsole.domain.errors import BadValue, PeriodImpossible
from gridconsole.domain.figures import Days
from gridconsole.domain.periods import Period, PeriodKind, of_day, read_period
from gridconsole.domain.spoken import ValueProblem, spoken_day
from gridconsole.reporting import dimensions
from gridconsole.reporting.dimensions import EVERYTHING, Filter
from gridconsole.store import fact_queries
from gridconsole.store.fact_queries import Cube

if TYPE_CHECKING:
    from gridconsole.reporting.registry import Kind
    from gridconsole.services.case_lists import Column
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


class Stopped(Exception):
    """Somebody does not want the report any more; raised by a :data:`Watch`."""


Watch = Callable[[], None]
"""Called before each step of a report: shows how far it is, or stops it."""


def no_watch() -> None:
    """Show nothing and go on."""


@dataclass(frozen=True, slots=True)
class Request:
    """A period and a filter."""

    period: Period
    made_at: datetime
    """Now; aware."""
    zone: tzinfo
    """Time zone of the office's days."""
    where: Filter = EVERYTHING
    begun_on: date | None = None
    """Day of the office's first report; None: unknown."""
    columns: tuple[Column, ...] = ()
    """Columns of lists of cases; empty: the usual ones."""
    watch: Watch = field(default=no_watch, compare=False, repr=False)

    @property
    def today(self) -> date:
        """Return the day on which the report is made."""
        return self.made_at.astimezone(self.zone).date()

    @property
    def days(self) -> Days:
        """Return the days that the report counts, up to now."""
        return self.days_of(self.now)

    def days_of(self, period: Period) -> Days:
        """Return the days of a period as facts count them, up to now."""
        end = datetime.combine(period.last + timedelta(days=1), time(), tzinfo=self.zone)
        return Days(period.first.toordinal(), period.last.toordinal(), stamp(min(end, self.made_at)))

    @property
    def moments(self) -> tuple[datetime, datetime]:
        """Return the first instant of the period, and the first one after it."""
        day_after = self.period.last + timedelta(days=1)
        return (
            datetime.combine(self.period.first, time(), tzinfo=self.zone),
            datetime.combine(day_after, time(), tzinfo=self.zone),
        )

    @property
    def now(self) -> Period:
        """Return the part of the period that has begun."""
        return self.period.until(self.today)

    @property
    def is_unfinished(self) -> bool:
        """Return whether the period goes on after today, or today is in it: its figures still change."""
        return self.period.last >= self.today

    def before(self) -> Period:
        """Return the period to compare with; of an unfinished one the same number of days."""
        return self._like(self.period.before())

    def year_before(self) -> Period:
        """Return the same period of the year before; of an unfinished one the same number of days."""
        return self._like(self.period.year_before())

    def _like(self, period: Period) -> Period:
        return period.first_days((self.now.last - self.now.first).days + 1) if self.period.last > self.today else period


_LENGTHS = (PeriodKind.DAY, PeriodKind.WEEK, PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR)
"""Kinds of periods by their length."""


def asked(office: Office, kind: Kind, text: str | None, where: Sequence[str] = (), *, is_exact: bool = False) -> Request:
    """Return the request of a period and filters as people type them.

    Args:
        text: a period, or a day as people say it; None: the present period of the report.
        is_exact: the period stays as it is. Otherwise a shorter one than the report's stands for the one it is in.

    Raises:
        BadValue: the text is no period, or one that the report cannot have.
        UnknownWord: a filter names no dimension, or no value of it.
        PeriodImpossible: nothing can be said of the period.
    """
    today = office.today()
    if where and kind.is_of_office:
        raise BadValue(what="where", value=" ".join(where), expected="report_without_filter")
    period = kind.present(today) if not text else _period_of(kind, text, today, is_exact=is_exact)
    with office.database.reading() as connection:
        allowed = dimensions.read_filter(connection, where)
        first = fact_queries.first_day(connection, office.id)
    found = Request(period, office.now(), office.calendar.zone, allowed, first)
    # A day before the first report has an empty daily report, and a register may be empty; other reports have nothing to say.
    _check(found, None if kind.is_of_day or kind.is_register else first)
    return found


def _period_of(kind: Kind, text: str, today: date, *, is_exact: bool) -> Period:
    period = read_period(text, today) or _spoken(text, today)
    if period is None or (kind.is_of_day and period.kind is not PeriodKind.DAY):
        what = "date" if kind.is_of_day else "period"
        raise BadValue(what=what, value=text, expected=what)
    is_shorter = period.kind in _LENGTHS and _LENGTHS.index(period.kind) < _LENGTHS.index(kind.period)
    return of_day(kind.period, period.first) if is_shorter and not is_exact else period


def _spoken(text: str, today: date) -> Period | None:
    """Return a day as people write it, such as ``11-27``; None if it is none."""
    try:
        day = spoken_day(text, today)
    except ValueProblem:
        return None
    return None if day is None else of_day(PeriodKind.DAY, day)


def _check(request: Request, first_day: date | None) -> None:
    """Refuse a period of which nothing can be said.

    Args:
        first_day: day of the office's first report; None: there is no case yet, or it does not matter.
    """
    period = request.period
    if period.first > request.today:
        raise PeriodImpossible(period=period.code, day=request.today, advice="future")
    if first_day is not None and period.last < first_day:
        raise PeriodImpossible(period=period.code, day=first_day, advice="before")


def cube(
    connection: Transaction, office: Office, request: Request, keys: Iterable[str], dimensions: Sequence[str], period: Period | None = None
) -> Cube:  # fmt: skip
    """Count figures in the period of a request, or in another one."""
    request.watch()
    return fact_queries.cube(connection, office.id, keys, request.days_of(period or request.now), dimensions, request.where.rows)
