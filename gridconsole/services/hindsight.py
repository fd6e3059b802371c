"""Days of the past on which an act on the roster changes who was responsible: its entry says them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain import coverage
from gridconsole.domain.coverage import Owned, Rows
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
    return fact(connection, changed_runs(rows, lines, grids, min(firsts), yesterday))


def changed_runs(rows: Rows, lines: Sequence[Line], grids: Sequence[int], first: date, last: date) -> tuple[Owned, ...]:
    """Return the runs of days on which lines change who is responsible for grids.

    Args:
        rows: the present rows of the grids between the two days.
        first, last: both included; no day before the first post is looked at.
    """
    posts = (*rows.by_table[BookTable.POST].values(), *(line.row for line in lines if line.table is BookTable.POST))
    begun = [day for row in posts if row is not None and (day := span_of(row)[0]) is not None]
    return coverage.other_owners(rows, rows.with_lines(lines), grids, max(first, min(begun, default=last)), last)


def fact(connection: Transaction, runs: Sequence[Owned]) -> dict[str, object]:
    """Return the fact that says runs of days; none if there are none."""
    codes = {grid: places.code_of(connection, grid) for grid in {one.grid_id for one in runs}}
    return {FACT: [[codes[one.grid_id], one.first.isoformat(), one.last.isoformat()] for one in runs]} if runs else {}
