"""Lists of cases: reworked, suspended, redispatched, and all that were reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridconsole.language import t
from gridconsole.language.figures import title_of
from gridconsole.reporting import case_tables
from gridconsole.reporting.model import Metric, Report
from gridconsole.reporting.request import Request, facts_beneath, period_text
from gridconsole.store.fact_filters import EVERY_CASE

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.fact_filters import Filter


OF_KINDS: Mapping[str, str] = {
    "reworked": "reworked",
    "suspended": "suspended_at_end",
    "redispatched": "turns_redispatched",
    "cases_of_period": "reported",
}
"""Figure of each kind of list."""


def of_kind(office: Office, request: Request, code: str) -> Report:
    """Return a list under its own name."""
    return report(office, request, OF_KINDS[code], title=t(f"report_name.{code}"))


def report(office: Office, request: Request, figure: str, more: Filter = EVERY_CASE, title: str = "") -> Report:
    """Return the list of the cases that a figure counts in a period: as many lines as the figure says."""
    with office.database.reading() as connection:
        table = case_tables.listed(connection, office, request, figure, title or title_of(figure), figure, more)
    return Report(
        key=figure,
        title=t("report.titled", office=office.name, title=title)
        if title
        else t("report.list_of", office=office.name, figure=title_of(figure)),
        office=office.name,
        period=period_text(request.period),
        made_at=office.now(),
        metrics=(Metric(figure, title_of(figure), len(table.rows), t("metric.unit")),),
        tables=(table,),
        facts=facts_beneath(office, request, compares=False),
    )
