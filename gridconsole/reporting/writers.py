"""Writers of reports for the terminal, as CSV and as JSON."""

from __future__ import annotations

import csv
import io
import json
from datetime import tzinfo
from typing import TYPE_CHECKING

from gridconsole.domain.text import csv_text, mask_text, printable
from gridconsole.language import t
from gridconsole.reporting.report import Cell, Report

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from gridconsole.reporting.report import Table

FORMATS = ("table", "csv", "json")
SCHEMA = "gridconsole.report/1"
_ANY_WIDTH = 10_000


def as_json(report: Report, zone: tzinfo) -> str:
    """Return the report as JSON, for programs."""
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
    """Return the report as CSV, one block per table. No cell is run as a formula by a spreadsheet."""
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


def as_table(report: Report) -> RenderableType:
    """Return the report for a terminal. A table that is too wide is shown row by row as paragraphs, and nothing is cut."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(f"{report.title}  {report.period}", style="bold")]
    if report.metrics:
        parts.append(_Flow([f"{item.title} {item.shown}" for item in report.metrics]))
    for table in report.tables:
        # Rich would fold a table's own title to the width of its columns, so the title is a separate text.
        heading = [Text(table.title, style="italic"), _Shown(table)] if table.rows else [Text(f"{table.title}: {t('word.none')}")]
        parts += [Text(""), *heading]
    return Group(*parts)


class _Flow:
    """Text pieces side by side. A line breaks between two pieces, and inside a piece only if it is longer than a line."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self._pieces = pieces

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.cells import cell_len
        from rich.text import Text

        line = ""
        for piece in self._pieces:
            if line and cell_len(line) + 2 + cell_len(piece) > options.max_width:
                yield Text(line, overflow="fold")
                line = ""
            line = f"{line}  {piece}" if line else piece
        yield Text(line, overflow="fold")


class _Shown:
    """A table, or each row as a paragraph if the table is too wide."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows = [[str(_masked(cell)) for cell in row] for row in table.rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.measure import Measurement

        drawn = self._columns()
        if Measurement.get(console, options.update(max_width=_ANY_WIDTH), drawn).maximum <= options.max_width:
            yield drawn
        else:
            yield from self._paragraphs()

    def _columns(self) -> RenderableType:
        from rich.table import Table as Drawn
        from rich.text import Text

        drawn = Drawn(box=None, pad_edge=False, header_style="bold")
        for index, name in enumerate(self._table.columns):
            numeric = isinstance(self._table.rows[0][index], int)
            drawn.add_column(Text(name), justify="right" if numeric else "left", no_wrap=True)
        for row in self._rows:
            drawn.add_row(*map(Text, row))
        return drawn

    def _paragraphs(self) -> Iterator[RenderableType]:
        from rich.padding import Padding
        from rich.text import Text

        for first, *others in self._rows:
            yield Text(f"{self._table.columns[0]} {first}", style="bold")
            others_shown = [
                f"{name} {cell}" for name, cell in zip(self._table.columns[1:], others, strict=True) if cell.strip(" -")
            ]
            yield Padding(_Flow(others_shown), (0, 0, 0, 2))


def _masked(cell: Cell) -> Cell:
    return mask_text(printable(cell)) if isinstance(cell, str) else cell


def _safe(cell: Cell) -> Cell:
    return safe_cell(_masked(cell))


def safe_cell(shown: Cell) -> Cell:
    """Return a CSV cell that a spreadsheet neither runs as a formula nor rounds."""
    if not isinstance(shown, str):
        return shown
    text = csv_text(shown)
    # A spreadsheet would round a long number; a leading tab keeps it text.
    return f"\t{text}" if text.isdigit() and len(text) > 11 else text
