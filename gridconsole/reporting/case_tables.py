"""Lists of the cases that a figure counts: as many lines as the figure says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from gridconsole.domain import figures as definitions
from gridconsole.domain.figures import Fact
from gridconsole.domain.search_words import public
from gridconsole.domain.states import State
from gridconsole.language import t, word
from gridconsole.language.figures import list_note_of, title_of
from gridconsole.reporting.model import Cell, Code, Table
from gridconsole.services import case_lists
from gridconsole.store import fact_cases, fact_names, fact_queries
from gridconsole.store.fact_filters import EVERY_CASE
from gridconsole.store.types import instant

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
MOST_IN_REPORT = 500
"""Most cases of a list in an analysis: more are for a sheet of their own."""


def listed(
    connection: Transaction, office: Office, request: Request, key: str, title: str, figure: str,
    more: Filter = EVERY_CASE, count: int | None = None,
) -> Table:  # fmt: skip
    """Return the list of the cases that a figure counts in a period; a case stands twice if two of its turns or steps count.

    Deadline, closing and handler are those that it was counted by; chosen columns show the case as it is now.

    Args:
        count: how many there are; beyond :data:`MOST_IN_REPORT` only the first are listed then. None: all are listed.
    """
    request.watch()
    most = MOST if count is None else MOST_IN_REPORT
    found = fact_queries.cases(connection, office.id, figure, request.days, (*request.where.rows, *more), most)
    headings, rows = (
        _in_columns(connection, office, [one.incident_id for one in found], request.columns)
        if request.columns
        else _usual(connection, office, found, is_case=definitions.count(figure).fact is Fact.CASE)
    )
    notes = (list_note_of(figure),) if request.columns or not rows else (list_note_of(figure), t("report.note.counted_by"))
    if count is not None and count > len(rows):
        notes = (*notes, t("report.note.first_of", listed=len(rows), figure=title_of(figure)))
    return Table(key, title, headings, tuple(rows), unit=t("report.unit.cases"), notes=notes, is_list=True, count=count)


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


def _usual(connection: Transaction, office: Office, found: Sequence[fact_queries.Counted], *, is_case: bool) -> _Lines:
    lines = fact_cases.lines(connection, [one.incident_id for one in found])
    names = fact_names.of_handlers(connection, [one.handler for one in found])
    zone = office.calendar.zone
    rows: list[tuple[Cell, ...]] = []
    for one in found:
        line = lines[one.incident_id]
        state = line.state if one.state is None else State(one.state)
        closed_at = line.closed_at.astimezone(zone) if line.closed_at is not None else None
        rows.append((
            Code(line.number, is_case=True), word(state), line.reported_at.astimezone(zone),
            "" if one.due_at is None else instant(one.due_at).astimezone(zone), _closing(one, closed_at) if is_case else closed_at or "",
            line.category or t("word.unknown"), line.area, handler_name(names, one.handler), public(line.address, line.reporter),
        ))  # fmt: skip
    return tuple(t(f"column.{name}") for name in COLUMNS), rows


def _closing(one: fact_queries.Counted, now: datetime | None) -> Cell:
    """Return the first closing: the moment if it is the present one, only its day if the case was reopened since."""
    if one.closed is None:
        return ""
    day = date.fromordinal(one.closed)
    return now if now is not None and now.date() == day else day


def handler_name(names: Mapping[tuple[str, int], str], handler: tuple[str | None, int | None]) -> str:
    """Return the name of a handler by its kind and key; empty if there was none."""
    kind, key = handler
    return "" if kind is None or key is None else names.get((kind, key), t("word.unknown"))
