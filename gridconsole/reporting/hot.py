"""高发: hot categories and grids, addresses and callers that come again, and days beyond what is usual for their weekday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from statistics import median
from typing import TYPE_CHECKING

from gridconsole.domain.search_words import public
from gridconsole.domain.text import mask_name, mask_text
from gridconsole.language import t, weekday
from gridconsole.reporting import tables
from gridconsole.reporting.dimensions import DIMENSIONS
from gridconsole.reporting.model import Report, Table
from gridconsole.reporting.remarks import facts_beneath, period_text
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import Ranked
from gridconsole.store import hot_spots

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_FIGURES = ("reported", "filed", "closed")
TOP = 20
WEEKS = 8
"""Weeks before a day that say what is usual for its weekday."""
TOLERANCE = 3
"""Median absolute deviations from the median beyond which a day is unusual."""
LEAST = 2
"""Reports from which an address or a caller comes again."""


def report(office: Office, request: Request) -> Report:
    """Return what came often: categories and grids, addresses and callers, and unusual days."""
    with office.database.reading() as connection:
        counted = cube(connection, office, request, _FIGURES, ("category_id", "grid_id"))
        every = [
            tables.ranked(
                connection,
                Ranked(key, t(f"report.hot.{key}", count=TOP), DIMENSIONS[code], _FIGURES, "reported", most=TOP),
                counted.by(column), counted.total(), request.days,
            )
            for key, code, column in (("categories", "category", "category_id"), ("grids", "grid", "grid_id"))
        ]  # fmt: skip
        first, last = office.midnight(request.now.first), office.midnight(date.fromordinal(request.now.last.toordinal() + 1))
        every.append(_addresses(office, hot_spots.addresses(connection, office.id, first, last, LEAST, TOP, request.where.rows)))
        every.append(_callers(office, hot_spots.callers(connection, office.id, first, last, LEAST, TOP, request.where.rows)))
        every.append(_days(_unusual(connection, office, request)))
    return Report(
        key="hot",
        title=t("report.titled", office=office.name, title=t("report.hot")),
        office=office.name,
        period=period_text(request.period),
        made_at=office.now(),
        tables=tuple(every),
        facts=facts_beneath(office, request, compares=False),
    )


def _addresses(office: Office, found: Iterable[hot_spots.Repeated]) -> Table:
    rows = tuple((mask_text(_without(one.text, one.names)), one.reports, _days_of(office, one)) for one in found)
    return Table("addresses", t("report.hot.addresses", count=LEAST), _headings("address"), rows, unit=t("report.unit.cases"))


def _days_of(office: Office, one: hot_spots.Repeated) -> int:
    """Return the days of the office from the first to the last report, both included."""
    return (office.calendar.local_day(one.last) - office.calendar.local_day(one.first)).days + 1


def _without(text: str, names: Iterable[str]) -> str:
    for name in names:
        text = public(text, name)
    return text


def _callers(office: Office, found: Iterable[hot_spots.Repeated]) -> Table:
    rows = tuple(
        (f"{mask_name(one.names[0]) if one.names else ''} {mask_text(one.text)}".strip(), one.reports, _days_of(office, one))
        for one in found
    )
    return Table("callers", t("report.hot.callers", count=LEAST), _headings("caller"), rows, unit=t("report.unit.cases"))


def _headings(first: str) -> tuple[str, ...]:
    return tuple(t(f"column.{name}") for name in (first, "reports", "days"))


def _unusual(connection: Transaction, office: Office, request: Request) -> list[tuple[date, int, float, float]]:
    """Return the days with more or fewer reports than usual: the day, its count, the median of its weekday, and the tolerance."""
    first = request.days.first - 7 * WEEKS
    counts = hot_spots.by_day(connection, office.id, first, request.days.last, request.where.rows)
    begun = min(counts, default=first)
    return list(_beyond(counts, range(request.days.first, request.days.last + 1), begun))


def _beyond(counts: Mapping[int, int], days: Sequence[int], begun: int) -> Iterable[tuple[date, int, float, float]]:
    for day in days:
        usual = [counts.get(day - 7 * weeks, 0) for weeks in range(1, WEEKS + 1) if day - 7 * weeks >= begun]
        if len(usual) < WEEKS // 2:
            continue  # too little is known of the weekday
        middle = median(usual)
        # At least one case: eight equal weeks would make any other count unusual.
        tolerance = TOLERANCE * max(median(abs(count - middle) for count in usual), 1)
        if abs(counts.get(day, 0) - middle) > tolerance:
            yield date.fromordinal(day), counts.get(day, 0), middle, tolerance


def _days(found: Iterable[tuple[date, int, float, float]]) -> Table:
    rows = tuple(
        (day, weekday(day), count, Decimal(f"{middle:g}"), Decimal(f"{tolerance:g}")) for day, count, middle, tolerance in found
    )
    columns = tuple(t(f"column.{name}") for name in ("day", "weekday", "reports", "usual", "tolerance"))
    return Table(
        "days", t("report.hot.days"), columns, rows, unit=t("report.unit.cases"),
        notes=(t("report.hot.days.note", weeks=WEEKS, times=TOLERANCE),),
    )  # fmt: skip
