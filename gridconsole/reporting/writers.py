"""Writers: the terminal, csv, json."""

from __future__ import annotations

import csv
import io
import json
from datetime import tzinfo
from typing import TYPE_CHECKING, Literal

from gridconsole.domain.text import mask_text, printable
from gridconsole.language import t
from gridconsole.reporting.report import Cell, Report

if TYPE_CHECKING:
    from rich.console import RenderableType

FORMATS = ("table", "csv", "json")
SCHEMA = "gridconsole.report/1"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def as_json(report: Report, zone: tzinfo) -> str:
    """The report for programs."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "report": report.key,
            "title": report.title,
            "office": report.office,
            "period": report.period,
            "made_at": report.made_at.astimezone(zone).isoformat(timespec="seconds"),
            "metrics": [
                {"key": item.key, "title": item.title, "value": item.value, "unit": item.unit, "definition": item.definition}
                for item in report.metrics
            ],
            "tables": [
                {"key": table.key, "title": table.title, "columns": list(table.columns),
                 "rows": [[_masked(cell) for cell in row] for row in table.rows]}
                for table in report.tables
            ],
        },
        ensure_ascii=False,
        indent=1,
    )  # fmt: skip


def as_csv(report: Report) -> str:
    """The report for a spreadsheet: a block a table, no cell that a spreadsheet would run as a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_safe(report.title), _safe(report.period)])
    for item in report.metrics:
        writer.writerow([_safe(item.title), item.shown])
    for table in report.tables:
        writer.writerow([])
        writer.writerow([_safe(table.title)])
        writer.writerow([_safe(name) for name in table.columns])
        writer.writerows([_safe(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def as_table(report: Report, overflow: Literal["ellipsis", "fold"] = "ellipsis") -> RenderableType:
    """The report for a terminal.

    Args:
        overflow: what becomes of a cell too long for a narrow terminal: cut, or folded where a sign of cutting would be taken for
            two cells wide.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[RenderableType] = [Text(f"{report.title}  {report.period}", style="bold")]
    if report.metrics:
        parts.append(Text("  ".join(f"{item.title} {item.shown}" for item in report.metrics)))
    for table in report.tables:
        shown = Table(box=None, pad_edge=False, header_style="bold")
        for index, name in enumerate(table.columns):
            numeric = bool(table.rows) and isinstance(table.rows[0][index], int)
            shown.add_column(Text(name), justify="right" if numeric else "left", overflow=overflow, no_wrap=index == 0)
        for row in table.rows:
            shown.add_row(*(Text(str(_masked(cell))) for cell in row))
        # A title of the table's own would be folded to the width of its columns.
        heading = [Text(table.title, style="italic"), shown] if table.rows else [Text(f"{table.title}: {t('word.none')}")]
        parts += [Text(""), *heading]
    return Group(*parts)


def _masked(cell: Cell) -> Cell:
    return mask_text(printable(cell)) if isinstance(cell, str) else cell


def _safe(cell: Cell) -> Cell:
    return safe_cell(_masked(cell))


def safe_cell(shown: Cell) -> Cell:
    """A cell of a csv file that no spreadsheet runs, or rounds."""
    if isinstance(shown, str) and shown.isdigit() and len(shown) > 11:
        return f"\t{shown}"  # a spreadsheet would round a long number; a leading tab keeps it text
    return f"'{shown}" if isinstance(shown, str) and shown.startswith(_FORMULA_STARTS) else shown
