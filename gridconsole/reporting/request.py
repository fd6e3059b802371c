"""Request for a report: its period, its filter, and the periods it is compared with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from gridconsole.domain.clock import stamp
from gridconsole.domain.errors import PeriodImpossible
from gridconsole.domain.figures import Days
from gridconsole.domain.periods import Period, PeriodKind
from gridconsole.language import t
from gridconsole.language.durations import local_text
from gridconsole.reporting.dimensions import EVERYTHING, Filter
from gridconsole.store import fact_queries
from gridconsole.store.fact_queries import Cube

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Request:
    """A period and a filter."""

    period: Period
    made_at: datetime
    """Now; aware."""
    zone: tzinfo
    """Time zone of the office's days."""
    where: Filter = EVERYTHING

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


def check(request: Request, first_day: date | None) -> None:
    """Refuse a period of which nothing can be said.

    Args:
        first_day: day of the office's first report; None: there is no case yet.

    Raises:
        PeriodImpossible: it lies in the future, or before the first report.
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
    return fact_queries.cube(connection, office.id, keys, request.days_of(period or request.now), dimensions, request.where.rows)


def period_text(period: Period) -> str:
    """Return a period in words: ``2026年11月``, ``2026年第45周（11-02 至 11-08）``."""
    first, last = period.first, period.last
    year, week, _ = first.isocalendar()
    values: Mapping[str, Any] = {
        "year": year if period.kind is PeriodKind.WEEK else first.year, "month": first.month, "day": first.day, "week": week,
        "quarter": (first.month + 2) // 3, "first": first, "last": last, "from_day": f"{first:%m-%d}", "to_day": f"{last:%m-%d}",
    }  # fmt: skip
    return t(f"period.{period.kind}", **values)


def facts_beneath(office: Office, request: Request, *, compares: bool = True) -> dict[str, str]:
    """Return what is said beneath the title of a report: filter, cut-off time, comparison."""
    found = {t("report.fact.cut_off"): local_text(office.now(), office.calendar)}
    if request.where.words:
        found[t("report.fact.filter")] = request.where.words
    if request.is_unfinished:
        found[t("report.fact.unfinished")] = t("report.fact.unfinished.until", day=request.now.last)
    if compares:
        found[t("report.fact.against")] = t(
            "report.fact.spans", one=span_text(request.before()), other=span_text(request.year_before())
        )
    return found


def span_text(period: Period) -> str:
    """Return the first and the last day of a period."""
    return f"{period.first}" if period.first == period.last else f"{period.first}..{period.last}"
