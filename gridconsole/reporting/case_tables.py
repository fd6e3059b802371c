"""Lists of the cases that a figure counts: as many lines as the figure says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from gridconsole.domain.search_words import public
from gridconsole.language import t, word
from gridconsole.language.figures import definition_of
from gridconsole.reporting.model import Cell, Code, Table
from gridconsole.store import fact_cases, fact_queries

if TYPE_CHECKING:
    from gridconsole.reporting.request import Request
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction
    from gridconsole.store.fact_filters import Filter

COLUMNS = ("number", "state", "reported_at", "due", "closed", "category", "area", "handler", "address")
"""Columns of a list, by the keys of their headings."""
MOST = 100_000
"""Most cases of a list."""


def listed(
    connection: Transaction, office: Office, request: Request, key: str, title: str, figure: str,
    more: Filter = (),
) -> Table:  # fmt: skip
    """Return the list of the cases that a figure counts in a period."""
    keys = [case for case, _ in fact_queries.cases(connection, office.id, figure, request.days, (*request.where.rows, *more))]
    return table_of(connection, office, keys, key, title, (definition_of(figure),))


def table_of(
    connection: Transaction, office: Office, keys: Sequence[int], key: str, title: str, notes: Iterable[str] = ()
) -> Table:
    """Return the list of some cases, in the given order; a case may stand in it twice."""
    rows = fact_cases.lines(connection, keys[:MOST])
    calendar = office.calendar
    found: list[tuple[Cell, ...]] = []
    for case in keys[:MOST]:
        line = rows[case]
        moments = tuple(
            "" if at is None else at.astimezone(calendar.zone) for at in (line.reported_at, line.due_at, line.closed_at)
        )
        found.append((
            Code(line.number, is_case=True), word(line.state), *moments, line.category or t("word.unknown"), line.area, line.handler,
            public(line.address, line.reporter),
        ))  # fmt: skip
    columns = tuple(t(f"column.{name}") for name in COLUMNS)
    return Table(key, title, columns, tuple(found), unit=t("report.unit.list", count=len(found)), notes=tuple(notes))
