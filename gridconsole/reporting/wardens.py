"""网格员月报: the figures of a period for each person on the roster; work handed over in it is split at the handover."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

from gridconsole.language import t
from gridconsole.reporting.model import Cell, Metric, Report, Table
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request
from gridconsole.reporting.tables import headings
from gridconsole.store import person_figures, responsible
from gridconsole.store.person_figures import TurnFigures

if TYPE_CHECKING:
    from gridconsole.domain.roster import Half
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_COLUMNS = (
    "staff_number",
    "name",
    "cases_on_grids",
    "reports_made",
    "turns_taken",
    "fed_back",
    "late_ones",
    "given_up",
    "held_at_end",
)
_NO_TURNS = TurnFigures()


def report(office: Office, request: Request) -> Report:
    """Return the figures of each person for a period.

    A case on a grid belongs to who was responsible for the grid on the half day of its report. A turn with a case belongs to who had
    it; one that was handed over is a turn of each.
    """
    with office.database.reading() as connection:
        names = person_figures.names(connection)
        turns = person_figures.turns(connection, *request.moments, request.where.rows)
        reports = person_figures.reports(connection, office.id, *request.moments, request.where.rows)
        on_grids = _on_grids(office, connection, request)
        posted = person_figures.posted(connection, request.period.first, request.period.last + timedelta(days=1))
    nobody = on_grids.pop(None, 0)
    people = sorted(
        posted | turns.keys() | reports.keys() | {person for person in on_grids if person is not None},
        key=lambda person: names.get(person, ("", "")),
    )
    rows = tuple(_row(names.get(one, ("", "")), on_grids[one], reports.get(one, 0), turns.get(one, _NO_TURNS)) for one in people)
    all_turns = [turns.get(person, _NO_TURNS) for person in people]
    counts = {
        "people": len(people),
        "cases_on_grids": sum(on_grids.values()) + nobody,
        "nobody_responsible": nobody,
        "reports": sum(reports.values()),
        "fed_back": sum(one.fed_back for one in all_turns),
        "late_ones": sum(one.late for one in all_turns),
        "given_up": sum(one.given_up for one in all_turns),
    }
    return about(
        office, request, "wardens", t("report.wardens", office=office.name), [_metric(name, count) for name, count in counts.items()],
        (Table("people", t("report.wardens.table"), headings(*_COLUMNS), rows),),
    )  # fmt: skip


def _metric(name: str, count: int) -> Metric:
    unit = "metric.people_unit" if name == "people" else "metric.unit"
    return Metric(f"warden_{name}", t(f"metric.warden_{name}"), count, t(unit), t(f"metric.warden_{name}.definition"))


def _row(person: tuple[str, str], on_grids: int, reports: int, turns: TurnFigures) -> tuple[Cell, ...]:
    return (*person, on_grids, reports, turns.taken, turns.fed_back, turns.late, turns.given_up, turns.held)


def _on_grids(office: Office, connection: Transaction, request: Request) -> Counter[int | None]:
    """Count the cases of a period by who was responsible for the grid when each was reported; None: nobody."""
    asked: dict[tuple[int, Half], int | None] = {}
    found: Counter[int | None] = Counter()
    for grid, reported_at in person_figures.cases_on_grids(connection, office.id, *request.moments, request.where.rows):
        half = office.half_day(reported_at)
        if (grid, half) not in asked:
            whom = responsible.responsible(connection, grid, half)
            asked[grid, half] = whom.person_id if whom is not None else None
        found[asked[grid, half]] += 1
    return found
