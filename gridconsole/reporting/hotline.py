"""12345: what the hotline measures by its own deadline, and what residents answered, by unit, subdistrict and category."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gridconsole.domain.states import Source
from gridconsole.language import t, word
from gridconsole.reporting import tables
from gridconsole.reporting.dimensions import DIMENSIONS, Filter
from gridconsole.reporting.model import Cell, Code, Report, Table
from gridconsole.reporting.reconciling import next_step
from gridconsole.reporting.remarks import facts_beneath, period_text
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import Ranked
from gridconsole.services import reconciling
from gridconsole.store import fact_cases

if TYPE_CHECKING:
    from gridconsole.services.office import Office

WHOLE = (
    "reported", "accepted", "acceptances_due", "acceptances_in_time", "acceptance_in_time_rate", "filed", "outer_due", "outer_in_time",
    "outer_in_time_rate", "due", "handled_in_time", "on_time_rate", "called_back", "reached", "reached_rate", "solved", "solved_rate",
    "satisfied", "satisfied_rate",
)  # fmt: skip
_BY = ("reported", "outer_due", "outer_in_time", "outer_in_time_rate", "called_back", "solved_rate", "satisfied_rate")
_TABLES = (("handler", ("handler_kind", "handler_id")), ("subdistrict", ("subdistrict_id",)), ("category", ("category_id",)))
_DIFFERENCES = ("number", "ref", "difference", "state", "said", "handler", "category", "next_step")
_OF_HOTLINE = (("source",), ((Source.HOTLINE_12345.value,),))


def report(office: Office, request: Request) -> Report:
    """Return the report of the hotline's cases: signed for in time, over by the hotline's deadline, solved, satisfied."""
    asked = replace(request, where=Filter((*request.where.rows, _OF_HOTLINE), request.where.words))
    keys = {*WHOLE, *_BY}
    columns = [column for _, of_dimension in _TABLES for column in of_dimension]
    with office.database.reading() as connection:
        now = cube(connection, office, asked, keys, columns)
        before = cube(connection, office, asked, WHOLE, (), asked.before()).total()
        year_before = cube(connection, office, asked, WHOLE, (), asked.year_before()).total()
        others = ((t("report.before"), before), (t("report.year_before"), year_before))
        every = [tables.chain("whole", t("report.table.whole"), WHOLE, now.total(), asked.days, others)]
        for code, of_dimension in _TABLES:
            shown = Ranked(f"by_{code}", t(f"report.ranking.{code}"), DIMENSIONS[code], _BY, "reported")
            every.append(tables.ranked(connection, shown, now.by(*of_dimension), now.total(), asked.days))
    differences = _differences(office, request)
    return Report(
        key="hotline",
        title=t("report.titled", office=office.name, title=t("report.hotline")),
        office=office.name,
        period=period_text(request.period),
        made_at=office.now(),
        tables=(*map(_drilled, every), differences),
        facts=facts_beneath(office, asked),
    )


def _differences(office: Office, request: Request) -> Table:
    """Return the hotline's cases of the period about which its newest list and this office differ now."""
    first, last = request.moments
    found = [
        one
        for of_kind in reconciling.read(office, None).found.values()
        for one in of_kind
        if one.row.source is Source.HOTLINE_12345 and first <= one.row.reported_at < last
    ]
    with office.database.reading() as connection:
        kept = fact_cases.allowed(connection, [one.row.id for one in found], request.where.rows)
    rows: list[tuple[Cell, ...]] = [
        (
            Code(one.row.number, is_case=True), Code(one.source_ref), t(f"Difference.{one.difference}"), word(one.row.state),
            one.mark.said if one.mark is not None else "", one.row.handler, one.row.category, next_step(one),
        )
        for one in found if one.row.id in kept
    ]  # fmt: skip
    return Table(
        "differences", t("report.hotline.differences"), tables.headings(*_DIFFERENCES), tuple(rows),
        unit=t("report.unit.cases"), is_list=True, notes=(t("report.hotline.differences.note"),),
    )  # fmt: skip


def _drilled(table: Table) -> Table:
    """Return a table whose cells open the hotline's cases only."""
    return table if table.drill is None else replace(table, drill=replace(table.drill, also=(_OF_HOTLINE,)))
