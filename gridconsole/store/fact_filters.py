"""Filters of reports: which rows of a kind of fact a report is limited to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.text import NOBODY
from gridconsole.domain.views.case_lists import EXTRA
from gridconsole.store.dialect.sqlite import instr, json_value
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import word

Filter = Sequence[tuple[str, Sequence[Any]]]
"""Columns with their allowed values; all must hold. ``附列.社区`` is a column that lists kept with their cases."""
Shape = tuple[tuple[str, bool], ...]
"""Columns of a filter, each with whether a row without a value is allowed too: what its statement depends on."""


def shape_of(where: Filter) -> Shape:
    """Return the shape of a filter."""
    return tuple((column, None in allowed) for column, allowed in where)


def values_of(where: Filter) -> dict[str, Any]:
    """Return the values that a filter's conditions need, by name."""
    found: dict[str, Any] = {}
    for at, (column, allowed) in enumerate(where):
        values = [value for value in allowed if value is not None]
        found |= {f"kept_{at}": column.removeprefix(EXTRA)} if column.startswith(EXTRA) else {}
        found[f"of_{at}"] = values
    return found


def conditions(table: sa.FromClause, shape: Shape) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a filter on a table of facts."""
    return [
        _kept(table, at) if column.startswith(EXTRA) else _known(table.c[column], at, or_none=or_none)
        for at, (column, or_none) in enumerate(shape)
    ]


def _known(column: sa.ColumnElement[Any], at: int, *, or_none: bool) -> sa.ColumnElement[bool]:
    allowed = column.in_(sa.bindparam(f"of_{at}", expanding=True))
    return allowed | column.is_(None) if or_none else allowed


def _kept(table: sa.FromClause, at: int) -> sa.ColumnElement[bool]:
    """Return the condition on a cell that a list kept. One in which the reporter is named is masked, and equals nothing."""
    case = incident.alias("kept_by")
    cell = json_value(sa.func.nullif(case.c.extra, sa.literal_column("''")), sa.bindparam(f"kept_{at}", type_=sa.Text))
    name = case.c.reporter_name
    names_nobody = sa.or_(
        sa.func.length(name) < sa.literal_column("2"),
        name.in_([word(one) for one in sorted(NOBODY)]),
        instr(cell, name) == sa.literal_column("0"),
    )
    return (
        sa.select(case.c.id)
        .where(case.c.id == table.c.incident_id, cell.in_(sa.bindparam(f"of_{at}", expanding=True)), names_nobody)
        .correlate(table)
        .exists()
    )
