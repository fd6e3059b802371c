"""Filters of reports: which rows of a kind of fact a report is limited to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.text import NOBODY
from gridconsole.domain.views.case_lists import EXTRA
from gridconsole.store.dialect.sqlite import instr, json_value
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.facts import case_fact
from gridconsole.store.types import stamp

Filter = Sequence[tuple[tuple[str, ...], Sequence[tuple[Any, ...]]]]
"""Conditions, which must all hold: columns with their allowed values. ``附列.社区`` is a column that lists kept with their cases."""
EVERY_CASE: Filter = ()
Shape = tuple[tuple[tuple[str, ...], bool], ...]
"""Columns of each condition, with whether a row without a value is allowed too: what a statement depends on."""


def shape_of(where: Filter) -> Shape:
    """Return the shape of a filter."""
    return tuple((columns, any(None in values for values in allowed)) for columns, allowed in where)


def values_of(where: Filter) -> dict[str, Any]:
    """Return the values that a filter's conditions need, by name."""
    found: dict[str, Any] = {}
    for at, (columns, allowed) in enumerate(where):
        rows = [values for values in allowed if None not in values]
        found |= {f"kept_{at}": columns[0].removeprefix(EXTRA)} if columns[0].startswith(EXTRA) else {}
        found[f"of_{at}"] = rows if len(columns) > 1 else [value for (value,) in rows]
    return found


def conditions(table: sa.FromClause, shape: Shape) -> list[sa.ColumnElement[bool]]:
    """Return the conditions of a filter on a table of facts."""
    return [
        _kept(table, at) if columns[0].startswith(EXTRA) else _known([table.c[one] for one in columns], at, or_none=or_none)
        for at, (columns, or_none) in enumerate(shape)
    ]


def span_of(office: int, first: datetime, last: datetime, where: Filter) -> dict[str, Any]:
    """Return the values of a statement about a time of an office, limited by a filter."""
    return {"office": office, "first": stamp(first), "last": stamp(last)} | values_of(where)


def narrowed(statement: sa.Select[Any], case: sa.ColumnElement[int], where: Filter) -> sa.Select[Any]:
    """Return a statement limited to the cases that a filter allows; unchanged if it allows every one.

    The statement then takes the values of :func:`values_of` beside its own.

    Args:
        case: column of the statement with the key of the case.
    """
    if not where:
        return statement
    allowed = sa.select(case_fact.c.incident_id).where(case_fact.c.incident_id == case, *conditions(case_fact, shape_of(where)))
    return statement.where(allowed.correlate_except(case_fact).exists())


def _known(columns: Sequence[sa.ColumnElement[Any]], at: int, *, or_none: bool) -> sa.ColumnElement[bool]:
    values: sa.BindParameter[Any] = sa.bindparam(f"of_{at}", expanding=True)
    allowed = columns[0].in_(values) if len(columns) == 1 else sa.tuple_(*columns).in_(values)
    return allowed | sa.and_(*(column.is_(None) for column in columns)) if or_none else allowed


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
