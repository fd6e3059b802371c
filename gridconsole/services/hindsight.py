"""Days of the past on which an act on the roster changes who was responsible: its entry says them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gridconsole.domain import coverage
from gridconsole.domain.roster import OF_PEOPLE, BookTable, Line, span_of
from gridconsole.services import leaving
from gridconsole.store import places, responsible

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

FACT = "owners_changed"
"""Fact of an entry: code of a grid, first and last day, for each run of days on which somebody else was responsible."""


def facts(connection: Transaction, office: Office, lines: Sequence[Line]) -> dict[str, object]:
    """Return the fact that says which past days change; none for an act about today and later."""
    yesterday = office.today() - timedelta(days=1)
    lines = [line for line in lines if line.table in OF_PEOPLE]
    firsts = [day for line in lines if (day := leaving.first_changed(connection, line)) is not None]
    if not firsts or min(firsts) > yesterday:
        return {}
    grids, people = leaving.affected(connection, lines)
    rows = responsible.rows_of_grids(connection, grids, min(firsts), yesterday, also=people)
    begun = [span_of(row)[0] for row in (*rows.by_table[BookTable.POST].values(), *_posts_of(lines))]
    first = max(min(firsts), min((day for day in begun if day is not None), default=yesterday))
    found = coverage.other_owners(rows, rows.with_lines(lines), grids, first, yesterday)
    codes = {grid: places.code_of(connection, grid) for grid in {one.grid_id for one in found}}
    return {FACT: [[codes[one.grid_id], one.first.isoformat(), one.last.isoformat()] for one in found]} if found else {}


def _posts_of(lines: Sequence[Line]) -> list[Mapping[str, Any]]:
    return [line.row for line in lines if line.table is BookTable.POST and line.row is not None]
