"""Words about the period of a report: the period itself, and what is said beneath titles and tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gridconsole.domain.periods import Period, PeriodKind
from gridconsole.language import clauses, in_brackets, t
from gridconsole.language.durations import local_text
from gridconsole.reporting.dimensions import Dimension
from gridconsole.reporting.model import Metric, Report, Table
from gridconsole.reporting.request import Request
from gridconsole.store import renamings

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


def period_text(period: Period) -> str:
    """Return a period in words: ``2026年11月``, ``2026年第45周（11-02 至 11-08）``."""
    first, last = period.first, period.last
    year, week, _ = first.isocalendar()
    values: Mapping[str, Any] = {
        "year": year if period.kind is PeriodKind.WEEK else first.year, "month": first.month, "month_name": t(f"month_name.{first.month}"), "day": first.day, "week": week,
        "quarter": (first.month + 2) // 3, "first": first, "last": last, "from_day": f"{first:%m-%d}", "to_day": f"{last:%m-%d}",
    }  # fmt: skip
    return t(f"period.{period.kind}", **values)


def about(office: Office, request: Request, key: str, title: str, metrics: Sequence[Metric], tables: Sequence[Table]) -> Report:
    """Return a report of the period of a request that is compared with no other."""
    return Report(
        key=key, title=title, office=office.name, period=period_text(request.period), period_code=request.period.code, made_at=office.now(), metrics=tuple(metrics),
        tables=tuple(tables), facts=facts_beneath(office, request, compares=False),
    )  # fmt: skip


def renamed_in(connection: Transaction, request: Request, dimension: Dimension) -> tuple[str, ...]:
    """Return what is said of names that changed in a period: a row has the cases of both names, under the present one."""
    if not dimension.register:
        return ()
    said = [
        t("report.note.renamed" if one.after else "report.note.ended", day=one.at.astimezone(request.zone).date(), before=one.before, after=one.after)
        for one in renamings.between(connection, dimension.register, *request.moments)
    ]  # fmt: skip
    return (clauses(said),) if said else ()


def brought_in(counts: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
    """Return what is said of periods with cases that lists brought when they were over; nothing where there are none.

    Args:
        counts: counts of each period by its name.
    """
    said = [
        t("report.note.brought", period=name, count=of_period["brought"])
        for name, of_period in counts.items()
        if of_period.get("brought")
    ]
    return (clauses((*said, t("report.note.brought_means"))),) if said else ()


def facts_beneath(office: Office, request: Request, *, compares: bool = True) -> dict[str, str]:
    """Return what is said beneath the title of a report: filter, cut-off time, comparison."""
    found = {t("report.fact.cut_off"): local_text(office.now(), office.calendar)}
    if request.where.words:
        found[t("report.fact.filter")] = request.where.words
    if request.is_unfinished:
        is_shortened = compares and request.period.last > request.today
        found[t("report.fact.unfinished")] = t(
            f"report.fact.unfinished.{'until' if is_shortened else 'only'}", day=request.now.last
        )
    if compares:
        found[t("report.fact.against")] = t(
            "report.fact.spans",
            one=_compared_text(request, request.before()),
            other=_compared_text(request, request.year_before()),
        )
    return found


def _compared_text(request: Request, period: Period) -> str:
    """Return the days of a period to compare with, and that it is no whole one if the office's first case is of later."""
    days, first = span_text(period), request.begun_on
    if first is None or period.first >= first:
        return days
    if period.last < first:
        return in_brackets(days, t("report.fact.no_cases"))
    return in_brackets(days, t("report.fact.before_office", day=first))


def span_text(period: Period) -> str:
    """Return the first and the last day of a period."""
    return f"{period.first}" if period.first == period.last else f"{period.first}..{period.last}"
