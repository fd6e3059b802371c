"""Lists of cases: reworked, suspended, redispatched, and all that were reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridconsole.language import t
from gridconsole.language.figures import title_of
from gridconsole.reporting import case_tables
from gridconsole.reporting.model import Metric, Report
from gridconsole.reporting.remarks import facts_beneath, period_text
from gridconsole.reporting.request import Request
from gridconsole.store.fact_filters import EVERY_CASE

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.fact_filters import Filter


OF_KINDS: Mapping[str, tuple[str, ...]] = {
    "reworked": ("reworked",),
    "suspended": ("suspended_at_end",),
    "redispatched": ("turns_redispatched",),
    "exceptions": ("voided", "merged", "upheld", "declined", "extended", "suspended_at_end", "reopened"),
    "cases_of_period": ("reported",),
}
"""Figures of each kind of list, each with a table of its own."""


def of_kind(office: Office, request: Request, code: str) -> Report:
    """Return a list under its own name."""
    name, figures = t(f"report_name.{code}"), OF_KINDS[code]
    title = t("report.titled", office=office.name, title=name)
    return _of_figures(
        office, request, code, title, {figure: title_of(figure) if len(figures) > 1 else name for figure in figures}
    )


def report(office: Office, request: Request, figure: str, more: Filter = EVERY_CASE) -> Report:
    """Return the list of the cases that a figure counts in a period: as many lines as the figure says."""
    name = title_of(figure)
    return _of_figures(office, request, figure, t("report.list_of", office=office.name, figure=name), {figure: name}, more)


def _of_figures(
    office: Office, request: Request, key: str, title: str, figures: Mapping[str, str], more: Filter = EVERY_CASE
) -> Report:
    """Return a table of cases for each figure, with its title."""
    with office.database.reading() as connection:
        tables = tuple(
            case_tables.listed(connection, office, request, figure, name, figure, more) for figure, name in figures.items()
        )
    return Report(
        key=key, title=title, office=office.name, period=period_text(request.period), made_at=office.now(),
        metrics=tuple(Metric(one.key, title_of(one.key), len(one.rows), t("metric.unit")) for one in tables), tables=tables,
        facts=facts_beneath(office, request, compares=False),
    )  # fmt: skip
