"""交叉表: any dimension by any dimension, with a count in each cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gridconsole.domain.figures import FIGURES, Rate
from gridconsole.language import t
from gridconsole.language.figures import title_of
from gridconsole.reporting import tables
from gridconsole.reporting.dimensions import Dimension
from gridconsole.reporting.dimensions import title_of as name_of
from gridconsole.reporting.model import Cell, Report, Table
from gridconsole.reporting.remarks import facts_beneath, period_text
from gridconsole.reporting.request import Request, cube

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def report(office: Office, request: Request, down: Dimension, across: Dimension, figure: str) -> Report:
    """Return a table with a row for each value of one dimension and a column for each of the other; both sum to the whole."""
    columns = tuple(dict.fromkeys((*down.columns, *across.columns)))
    with office.database.reading() as connection:
        counted = cube(connection, office, request, (figure,), columns)
        rows, heads = (tables.names_of(connection, one) for one in (down, across))
        both = counted.by(*down.columns, *across.columns)
        table = _table(both, down, across, rows, heads, counted.total(), figure)
    return Report(
        key="cross",
        title=t("report.titled", office=office.name, title=table.title),
        office=office.name,
        period=period_text(request.period),
        made_at=office.now(),
        tables=(table,),
        facts=facts_beneath(office, request, compares=False),
    )


def _table(
    both: Mapping[tuple[Any, ...], tables.Counts], down: Dimension, across: Dimension, rows: tables.Names, heads: tables.Names,
    total: tables.Counts, figure: str,
) -> Table:  # fmt: skip
    cells: dict[tuple[str, str], dict[str, int]] = {}
    by_row: dict[str, dict[str, int]] = {}
    by_head: dict[str, dict[str, int]] = {}
    width = len(down.columns)
    for key, counts in both.items():
        row, head = rows(key[:width]), heads(key[width:])
        for found in (cells.setdefault((row, head), {}), by_row.setdefault(row, {}), by_head.setdefault(head, {})):
            tables.add(found, counts)
    titles = _in_order(across, by_head, figure)
    lines = _in_order(down, by_row, figure)
    shown: list[tuple[Cell, ...]] = [
        (line, *(tables.cell_of(figure, cells.get((line, head), {})) for head in titles), tables.cell_of(figure, by_row[line]))
        for line in lines
    ]
    shown.append((
        t("report.total"), *(tables.cell_of(figure, by_head[head]) for head in titles), tables.cell_of(figure, total),
    ))  # fmt: skip
    title = t("report.cross", down=name_of(down.code), across=name_of(across.code), figure=title_of(figure))
    return Table(
        "cross", title, (name_of(down.code), *titles, t("report.total")), tuple(shown), unit="%" if isinstance(FIGURES[figure], Rate) else t("report.unit.cases"),
        notes=tables.notes_of((figure,)), total=-1,
    )  # fmt: skip


def _in_order(dimension: Dimension, found: Mapping[str, tables.Counts], figure: str) -> list[str]:
    """Return names in the order of their dimension if it has one, such as the grades, else the greatest first."""
    ranks = {name: at for at, name in enumerate(dimension.order())}
    return sorted(found, key=lambda name: (ranks.get(name, len(ranks)), -tables.size(figure, found[name]), name))
