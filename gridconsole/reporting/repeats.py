"""重复投诉: residents' reports of a period that were about the same as an earlier one, by the same caller or about the same place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gridconsole.domain.search_words import public
from gridconsole.language import t, word
from gridconsole.reporting.case_tables import handler_name
from gridconsole.reporting.model import Cell, Code, Metric, Report, Table
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request
from gridconsole.reporting.tables import headings
from gridconsole.store import fact_cases, fact_names, hot_spots
from gridconsole.store.hot_spots import Complaint

if TYPE_CHECKING:
    from gridconsole.services.office import Office

DAYS = 30
"""Days within which a second report is taken for a repeated one."""
_COLUMNS = ("number", "reported_at", "earlier", "days_between", "repeated_by", "category", "area", "address", "state", "handler")


@dataclass(frozen=True, slots=True)
class Repeat:
    """A report that repeats an earlier one."""

    case: Complaint
    earlier: Complaint
    """The newest one before it."""
    is_same_caller: bool


def repeats(complaints: Sequence[Complaint], within: timedelta) -> Iterator[Repeat]:
    """Yield the complaints that repeat an earlier one, oldest first.

    The same caller reported anything before, or somebody reported the same minor category at the same address of a community.

    Args:
        complaints: in the order in which they were made.
        within: longest time between the two.
    """
    newest: dict[Any, Complaint] = {}
    for one in complaints:
        by_caller = newest.get(one.phone) if one.phone else None
        by_place = newest.get(one.place) if all(one.place) else None
        before = [other for other in (by_caller, by_place) if other is not None and one.reported_at - other.reported_at <= within]
        if before:
            earlier = max(before, key=lambda other: (other.reported_at, other.incident_id))
            yield Repeat(one, earlier, is_same_caller=bool(one.phone) and earlier.phone == one.phone)
        newest |= {one.phone: one, one.place: one}


def report(office: Office, request: Request) -> Report:
    """Return the repeated complaints of a period, oldest first, each with the one before it."""
    first, last = request.moments
    with office.database.reading() as connection:
        complaints = hot_spots.complaints(connection, office.id, first - timedelta(days=DAYS), last)
        found = [one for one in repeats(complaints, timedelta(days=DAYS)) if one.case.reported_at >= first]
        kept = fact_cases.allowed(connection, {one.case.incident_id for one in found}, request.where.rows)
        found = [one for one in found if one.case.incident_id in kept]
        lines = fact_cases.lines(connection, [key for one in found for key in (one.case.incident_id, one.earlier.incident_id)])
        names = fact_names.of_handlers(connection, [line.handler for line in lines.values()])
    zone = office.calendar.zone
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        line, before = lines[one.case.incident_id], lines[one.earlier.incident_id]
        days = (office.calendar.local_day(line.reported_at) - office.calendar.local_day(before.reported_at)).days
        rows.append((
            Code(line.number, is_case=True), line.reported_at.astimezone(zone), Code(before.number, is_case=True), days,
            t("report.repeats.caller" if one.is_same_caller else "report.repeats.place"), line.category or t("word.unknown"),
            line.area, public(line.address, line.reporter), word(line.state), handler_name(names, line.handler),
        ))  # fmt: skip
    table = Table(
        "repeats", t("report_name.repeats"), headings(*_COLUMNS), tuple(rows), unit=t("report.unit.cases"), is_list=True,
        notes=(t("report.repeats.note", days=DAYS),),
    )  # fmt: skip
    again = Metric("repeats", t("report_name.repeats"), len(rows), t("metric.unit"), t("report.repeats.note", days=DAYS))
    title = t("report.titled", office=office.name, title=t("report_name.repeats"))
    return about(office, request, "repeats", title, (again,), (table,))
