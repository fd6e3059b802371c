"""Lists of the cases that a figure counts: as many lines as the figure says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.search_words import public
from gridconsole.language import t, word
from gridconsole.language.figures import definition_of
from gridconsole.reporting.model import Cell, Code, Table
from gridconsole.services import case_lists
from gridconsole.store import fact_cases, fact_queries

if TYPE_CHECKING:
    from gridconsole.domain.views.case_lists import CaseLine
    from gridconsole.reporting.request import Request
    from gridconsole.services.case_lists import Column
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction
    from gridconsole.store.fact_filters import Filter

COLUMNS = ("number", "state", "reported_at", "due", "closed", "category", "area", "handler", "address")
"""Columns of a list, by the keys of their headings."""
_Lines = tuple[tuple[str, ...], list[tuple[Cell, ...]]]
_MOMENTS: Mapping[str, Callable[[CaseLine], datetime | None]] = {
    "reported_at": lambda line: line.row.reported_at, "due": lambda line: line.row.due_at, "closed_at": lambda line: line.row.closed_at,
}  # fmt: skip
_CODES = frozenset({"number", "source_ref"})
MOST = 100_000
"""Most cases of a list."""


def listed(
    connection: Transaction, office: Office, request: Request, key: str, title: str, figure: str,
    more: Filter = (),
) -> Table:  # fmt: skip
    """Return the list of the cases that a figure counts in a period."""
    keys = [case for case, _ in fact_queries.cases(connection, office.id, figure, request.days, (*request.where.rows, *more))]
    return table_of(connection, office, keys, key, title, (definition_of(figure),), request.columns)


def table_of(
    connection: Transaction, office: Office, keys: Sequence[int], key: str, title: str, notes: Iterable[str] = (),
    columns: Sequence[Column] = (),
) -> Table:  # fmt: skip
    """Return the list of some cases, in the given order; a case may stand in it twice.

    Args:
        columns: columns that were chosen; empty: the usual ones.
    """
    headings, rows = _in_columns(connection, office, keys[:MOST], columns) if columns else _usual(connection, office, keys[:MOST])
    return Table(key, title, headings, tuple(rows), unit=t("report.unit.list", count=len(rows)), notes=tuple(notes))


def _in_columns(connection: Transaction, office: Office, keys: Sequence[int], columns: Sequence[Column]) -> _Lines:
    lines = case_lists.of_cases(connection, office, set(keys), columns)
    zone = office.calendar.zone

    def typed(line: CaseLine, name: str, cell: str | int) -> Cell:
        if name in _MOMENTS:
            at = _MOMENTS[name](line)
            return "" if at is None else at.astimezone(zone)
        return Code(str(cell), is_case=name == "number") if name in _CODES else cell

    rows: list[tuple[Cell, ...]] = []
    for key in keys:
        line, cells = lines[key]
        rows.append(tuple(typed(line, column.name, cell) for column, cell in zip(columns, cells, strict=True)))
    return tuple(column.heading for column in columns), rows


def _usual(connection: Transaction, office: Office, keys: Sequence[int]) -> _Lines:
    rows = fact_cases.lines(connection, keys)
    calendar = office.calendar
    found: list[tuple[Cell, ...]] = []
    for case in keys:
        line = rows[case]
        moments = tuple(
            "" if at is None else at.astimezone(calendar.zone) for at in (line.reported_at, line.due_at, line.closed_at)
        )
        found.append((
            Code(line.number, is_case=True), word(line.state), *moments, line.category or t("word.unknown"), line.area, line.handler,
            public(line.address, line.reporter),
        ))  # fmt: skip
    return tuple(t(f"column.{name}") for name in COLUMNS), found
