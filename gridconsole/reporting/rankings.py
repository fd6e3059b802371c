"""部门, 街道, 社区, 网格: one ranked table each, against the last period and last year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from gridconsole.domain.figures import Mean, with_bases
from gridconsole.language import t
from gridconsole.reporting import tables
from gridconsole.reporting.dimensions import DIMENSIONS
from gridconsole.reporting.model import Report
from gridconsole.reporting.periodic import with_whole, work_minutes
from gridconsole.reporting.remarks import facts_beneath, period_text, renamed_in
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import Compared, Ranked
from gridconsole.store import offices

if TYPE_CHECKING:
    from gridconsole.services.office import Office

_OF_PLACES = (
    "reported", "filed", "due", "handled_in_time", "on_time_rate", "handled_late", "overdue_unhandled", "reworked", "rework_rate", "closed",
    "open_at_end", "overdue_at_end",
)  # fmt: skip
_FIGURES: Mapping[str, tuple[str, ...]] = {
    "handler": (
        "turns", "turns_due", "turns_in_time", "turn_in_time_rate", "turns_fed_back", "turns_redispatched", "turns_returned", "reworked",
        "handling_at_end", "overdue_at_end",
    ),
    "subdistrict": _OF_PLACES, "community": _OF_PLACES, "grid": _OF_PLACES,
}  # fmt: skip
_SORTED_BY = {"handler": "turns"}
_CHANGES = {"handler": ("turns", "turn_in_time_rate")}
_TIMES = tuple(f"work_time_{mean.value}" for mean in Mean)


def report(office: Office, request: Request, code: str) -> Report:
    """Return the table of every value of a dimension: volume, rates, times, and what changed."""
    dimension, keys = DIMENSIONS[code], _FIGURES[code]
    changes = _CHANGES.get(code, ("reported", "on_time_rate"))
    with office.database.reading() as connection:
        keys = with_bases(keys, offices.office(connection).settings)
        now = cube(connection, office, request, keys, dimension.columns)
        others = []
        for title, period in ((t("report.before"), request.before()), (t("report.year_before"), request.year_before())):
            counted = cube(connection, office, request, changes, dimension.columns, period)
            if any(counted.total().values()):
                others.append(Compared(title, counted.by(*dimension.columns), counted.total(), changes))
        minutes = with_whole(work_minutes(connection, office, request, dimension.columns))
        spreads = dict.fromkeys(_TIMES, minutes)
        shown = Ranked(
            f"by_{code}", t(f"report.ranking.{code}"), dimension, keys, _SORTED_BY.get(code, "reported"), compared=tuple(others), spreads=spreads,
            notes=renamed_in(connection, request, dimension),
        )  # fmt: skip
        table = tables.ranked(connection, shown, now.by(*dimension.columns), now.total(), request.days)
    return Report(
        key=f"by_{code}",
        title=t("report.titled", office=office.name, title=t(f"report.ranking.{code}")),
        office=office.name,
        period=period_text(request.period),
        made_at=office.now(),
        tables=(table,),
        facts=facts_beneath(office, request),
    )
