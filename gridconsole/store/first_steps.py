"""Counts of the registers that a new office fills before its first case."""

from __future__ import annotations

import sqlalchemy as sa

from gridconsole.store.roster import IS_DUTY_NOW, IS_POST_NOW
from gridconsole.store.tables.cases import COUNTS
from gridconsole.store.tables.registers import area, category, grid, unit
from gridconsole.store.tables.roster import post, responsibility, roster_person


def _rows_of(table: sa.Table) -> sa.ScalarSelect[int]:
    return sa.select(sa.func.count()).select_from(table).scalar_subquery()


_POSTS = sa.select(sa.func.count()).select_from(post).where(IS_POST_NOW).scalar_subquery()
_DUTIES = sa.select(sa.func.count()).select_from(responsibility).where(IS_DUTY_NOW).scalar_subquery()
_FILLED = sa.select(
    _rows_of(area).label("areas"),
    _rows_of(grid).label("grids"),
    _rows_of(category).label("categories"),
    _rows_of(unit).label("units"),
    _DUTIES.label("responsibilities"),
    _rows_of(roster_person).label("wardens"),
    _POSTS.label("posts"),
)
_HAS_CASES = sa.select(sa.exists().where(COUNTS))


def filled(connection: sa.Connection) -> dict[str, int]:
    """Return the number of rows of each register, by its English name."""
    return {name: int(value) for name, value in connection.execute(_FILLED).one()._mapping.items()}


def has_cases(connection: sa.Connection) -> bool:
    """Return whether there is a case; those of an import that was undone do not count."""
    return bool(connection.execute(_HAS_CASES).scalar_one())
