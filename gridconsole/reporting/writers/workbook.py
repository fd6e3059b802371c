"""Write a report as a workbook: numbers as numbers, codes as text, dates as dates, native charts, ready to print on A4."""

from __future__ import annotations

import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gridconsole.domain.outputs import PRINTED
from gridconsole.language import t
from gridconsole.reporting.model import Cell, Change, Minutes, Percent, Report, Table
from gridconsole.reporting.writers.cells import facts_line, made_at, marks_line, metrics_table, one_line, titled
from gridconsole.reporting.writers.charts import add_chart

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar

_WIDEST, _NARROWEST = 50, 8
_LONGEST_TEXT = 32_767
"""Characters that a cell may hold."""
_A4 = 9
_CHART_ROWS = 18
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "section": {"bold": True, "font_size": 14},
    "heading": {"bold": True, "font_size": 12},
    "column": {"bold": True, "border": 1, "bg_color": "#E7E6E6", "text_wrap": True, "valign": "vcenter"},
    "text": {"border": 1, "valign": "vcenter"},
    "wrapped": {"border": 1, "text_wrap": True, "valign": "vcenter"},
    "number": {"border": 1, "num_format": "#,##0"},
    "decimal": {"border": 1, "num_format": "0.##"},
    "rate": {"border": 1, "num_format": "0.00%"},
    "change": {"border": 1, "num_format": '+0.00"%";-0.00"%";0.00"%"'},
    "minutes": {"border": 1, "num_format": "[h]:mm"},
    "date": {"border": 1, "num_format": "yyyy-mm-dd"},
    "moment": {"border": 1, "num_format": "yyyy-mm-dd hh:mm"},
    "total": {"border": 1, "bold": True, "num_format": "#,##0"},
    "note": {"italic": True, "font_size": 9},
}


def encode(report: Report, calendar: WorkCalendar) -> bytes:
    """Return a report as a workbook of one sheet, with a second one for the numbers of its charts."""
    import xlsxwriter

    out = io.BytesIO()
    # Texts are never taken for formulas, links or numbers, and nothing is written to a temporary file.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        _Sheet(book, calendar).write(report)
        # Whoever saves the file again keeps at least one of the two.
        book.set_properties({"keywords": PRINTED, "title": report.title, "created": report.made_at.replace(tzinfo=None)})
        book.define_name(PRINTED.replace("-", "_"), "=TRUE")
    return out.getvalue()


class _Sheet:
    def __init__(self, book: Any, calendar: WorkCalendar) -> None:
        self._book, self._calendar = book, calendar
        self._sheet = book.add_worksheet(t("print.sheet"))
        self._formats = {name: book.add_format(look) for name, look in _FORMATS.items()}
        quoted = {"quote_prefix": True}
        self._quoted = {
            name: book.add_format({**_FORMATS[name], **quoted})
            for name in ("text", "title", "section", "heading", "column", "note")
        }
        self._row = 0
        self._widths: dict[int, int] = {}

    def write(self, report: Report) -> None:
        from xlsxwriter.utility import xl_rowcol_to_cell

        self._line(report.title, "title")
        for line in (report.period, facts_line(report), made_at(report, self._calendar), marks_line(report)):
            if line:
                self._line(line, "plain")
        if report.sections:
            self._sections(report)
        elif len(report.tables) == 1:
            self._list(report.tables[0], metrics_table(report))
        else:
            metrics = metrics_table(report)
            for table in (*([] if metrics is None else [metrics]), *report.tables):
                self._table(table)
        for column, width in self._widths.items():
            self._sheet.set_column(column, column, width)
        sheet = self._sheet
        sheet.set_landscape()
        sheet.set_paper(_A4)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(t("print.page_footer"))
        if report.charts:
            numbers = self._book.add_worksheet(t("print.chart_sheet"))
            begun = 0
            for chart in report.charts:
                drawn, begun = add_chart(self._book, numbers, chart, begun)
                sheet.insert_chart(xl_rowcol_to_cell(self._row + 1, 0), drawn)
                self._row += _CHART_ROWS

    def _sections(self, report: Report) -> None:
        """Write the parts of a report under their headings, with its title in sight."""
        self._sheet.freeze_panes(1, 1)
        if (metrics := metrics_table(report)) is not None:
            self._table(metrics)
        tables = {table.key: table for table in report.tables}
        for section in report.sections:
            self._row += 1
            self._line(section.title, "section")
            for sentence in section.sentences:
                self._line(sentence, "plain")
            for key in section.tables:
                self._table(tables[key])

    def _list(self, table: Table, metrics: Table | None) -> None:
        """Write a list whose headings stay in sight and can be filtered; its figures stand below."""
        first = self._table(table)
        if table.rows:
            # The row of the whole stays below when somebody sorts.
            last = first + len(table.rows) - (table.total == -1)
            self._sheet.autofilter(first, 0, max(last, first + 1), len(table.columns) - 1)
            self._sheet.freeze_panes(first + 1, 0)
            self._sheet.repeat_rows(first)
        if metrics is not None:
            self._table(metrics)

    def _line(self, text: str, look: str) -> None:
        self._text(self._row, 0, text, look)
        self._row += 1

    def _text(self, row: int, column: int, text: str, look: str) -> None:
        from gridconsole.domain.text import begins_a_formula

        formats = self._quoted if begins_a_formula(text) and look in self._quoted else self._formats
        self._sheet.write_string(row, column, text[:_LONGEST_TEXT], formats.get(look))

    def _table(self, table: Table) -> int:
        """Write a table; returns the row of its headings."""
        from rich.cells import cell_len

        self._row += 1
        self._line(titled(table), "heading")
        first = self._row
        for column, name in enumerate(table.columns):
            self._text(first, column, name, "column")
        total = None if table.total is None or not table.rows else table.total % len(table.rows)
        for at, row in enumerate(table.rows):
            for column, cell in enumerate(row):
                self._cell(first + 1 + at, column, cell, is_total=at == total)
        for column in range(len(table.columns)):
            cells = [table.columns[column], *(one_line(row[column]) for row in table.rows)]
            widest = max(map(cell_len, cells)) + 2
            self._widths[column] = min(_WIDEST, max(widest, self._widths.get(column, _NARROWEST)))
        self._row = first + 1 + len(table.rows)
        if not table.rows:
            self._line(t("word.none"), "plain")
        for note in table.notes:
            self._line(note, "note")
        return first

    def _points(self, unit: str) -> Any:
        """Return the format of percentage points, whose unit is a word."""
        name = f"points {unit}"
        if name not in self._formats:
            self._formats[name] = self._book.add_format({"border": 1, "num_format": _signed(unit)})
        return self._formats[name]

    def _cell(self, row: int, column: int, cell: Cell, *, is_total: bool) -> None:
        if isinstance(cell, Percent | Change | Minutes):
            if cell.value is None:
                self._text(row, column, str(cell), "text")
                return
            look, value = _typed(cell)
            self._sheet.write_number(
                row,
                column,
                value,
                self._points(cell.unit) if isinstance(cell, Change) and cell.is_points else self._formats[look],
            )
        elif isinstance(cell, datetime):
            self._sheet.write_datetime(row, column, cell.replace(tzinfo=None), self._formats["moment"])
        elif isinstance(cell, date):
            self._sheet.write_datetime(row, column, datetime(cell.year, cell.month, cell.day), self._formats["date"])  # noqa: DTZ001
        elif isinstance(cell, Decimal):
            self._sheet.write_number(row, column, float(cell), self._formats["decimal"])
        elif isinstance(cell, int):
            self._sheet.write_number(row, column, cell, self._formats["total" if is_total else "number"])
        else:
            self._text(row, column, one_line(cell), "text")


def _signed(unit: str) -> str:
    """Return the format of a signed number with its unit."""
    return f'+0.00"{unit}";-0.00"{unit}";0.00"{unit}"'


def _typed(cell: Percent | Change | Minutes) -> tuple[str, float]:
    assert cell.value is not None  # noqa: S101  the caller writes a dash for it
    if isinstance(cell, Percent):
        return "rate", float(cell.value / 100)
    if isinstance(cell, Minutes):
        return "minutes", float(cell.value) / (24 * 60)
    return ("points" if cell.is_points else "change"), float(cell.value)
