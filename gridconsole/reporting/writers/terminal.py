"""Show a report on a terminal, or write it as a text file."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gridconsole.language import labelled, t
from gridconsole.reporting.model import Chart, Report, Section, Table, is_number
from gridconsole.reporting.writers import strokes
from gridconsole.reporting.writers.cells import shown, titled

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from gridconsole.domain.clock import WorkCalendar

TEXT_WIDTH = 150
"""Characters in a line of a text file."""
WIDEST_CHART = 100
"""Characters in the widest line of a chart."""
_ANY_WIDTH = 10_000


def encode(report: Report, _calendar: WorkCalendar) -> bytes:
    """Return a report as a text file, with a byte order mark so that old editors on Windows recognise UTF-8."""
    return as_text(report).encode("utf-8-sig")


def as_text(report: Report, width: int = TEXT_WIDTH) -> str:
    """Return a report as text without colours."""
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(drawn(report))
    return out.getvalue()


def drawn(report: Report) -> RenderableType:
    """Return a report for a terminal."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = [Text(f"{report.title}  {report.period}", style="bold")]
    if beneath := {**report.facts, **report.marks}:
        parts.append(_Flow([labelled(name, value) for name, value in beneath.items()]))
    if report.metrics:
        parts.append(_Flow([f"{item.title} {item.shown}" for item in report.metrics]))
    if not report.sections:
        for table in report.tables:
            parts += [Text(""), *_table(table)]
        return Group(*parts)
    by_key = {table.key: table for table in report.tables}
    charts = {chart.key: chart for chart in report.charts}
    for section in report.sections:
        parts += [Text(""), *_section(section, by_key), *(_Drawn(charts[key]) for key in section.charts)]
    return Group(*parts)


def _section(section: Section, tables: dict[str, Table]) -> Iterator[RenderableType]:
    from rich.text import Text

    yield Text(section.title, style="bold")
    for sentence in section.sentences:
        yield Text(sentence, overflow="fold")
    for key in section.tables:
        yield Text("")
        yield from _table(tables[key])


def _table(table: Table) -> list[RenderableType]:
    from rich.text import Text

    # Rich would fold a table's own title to the width of its columns, so the title is a separate text.
    if not table.rows:
        return [Text(f"{table.title}: {t('word.none')}")]
    notes = [Text(note, style="dim", overflow="fold") for note in table.notes]
    return [Text(titled(table), style="italic"), _Shown(table), *notes]


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


class _Drawn:
    """A chart in characters."""

    def __init__(self, chart: Chart) -> None:
        self._chart = chart

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.text import Text

        yield Text("")
        yield Text(self._chart.title, style="italic")
        for line in strokes.drawn(self._chart, min(options.max_width, WIDEST_CHART)):
            yield Text(strokes.plain(line, console.encoding), overflow="fold")


class _Shown:
    """A table, or each row as a paragraph if the table is too wide."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._rows = [[shown(cell) for cell in row] for row in table.rows]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.measure import Measurement

        drawn_columns = self._columns()
        if Measurement.get(console, options.update(max_width=_ANY_WIDTH), drawn_columns).maximum <= options.max_width:
            yield drawn_columns
        else:
            yield from self._paragraphs()

    def _columns(self) -> RenderableType:
        from rich.table import Table as Drawn
        from rich.text import Text

        drawn_table = Drawn(box=None, pad_edge=False, header_style="bold")
        for index, name in enumerate(self._table.columns):
            numeric = any(is_number(row[index]) for row in self._table.rows)
            drawn_table.add_column(Text(name), justify="right" if numeric else "left", no_wrap=True)
        total = None if self._table.total is None else self._table.total % len(self._rows)
        for at, row in enumerate(self._rows):
            drawn_table.add_row(*map(Text, row), style="bold" if at == total else None)
        return drawn_table

    def _paragraphs(self) -> Iterator[RenderableType]:
        from rich.padding import Padding
        from rich.text import Text

        for first, *others in self._rows:
            yield Text(f"{self._table.columns[0]} {first}", style="bold")
            others_shown = [
                f"{name} {cell}" for name, cell in zip(self._table.columns[1:], others, strict=True) if cell.strip(" -")
            ]
            yield Padding(_Flow(others_shown), (0, 0, 0, 2))
