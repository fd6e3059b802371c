"""Write a report as a workbook: numbers as numbers, codes as text, dates as dates, native charts, ready to print on A4."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gridconsole.domain.outputs import PRINTED
from gridconsole.language import t
from gridconsole.reporting.model import Cell, Change, Chart, Minutes, Percent, Report, Table
from gridconsole.reporting.writers import widths
from gridconsole.reporting.writers.cells import facts_line, made_at, marks_line, metrics_table, one_line, titled
from gridconsole.reporting.writers.charts import add_chart

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar

_WIDEST, _NARROWEST, _SLACK, _PAGE = 40, 9, 2, 130
"""Half-width characters."""
_LONGEST_TEXT = 32_767
"""Characters that a cell may hold."""
_A4 = 9
_CHART_ROWS = 19
_NAMES = 24
"""Width of the names beside a chart."""
_LINE, _TALLEST = 15, 400
"""Height of a line of text and of the tallest row, in points."""
_LONGEST_NAME = 31
"""Characters of the name of a sheet."""
_FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 16},
    "section": {"bold": True, "font_size": 14},
    "heading": {"bold": True, "font_size": 12},
    "column": {"bold": True, "border": 1, "bg_color": "#E7E6E6", "text_wrap": True, "align": "center", "valign": "vcenter"},
    "plain": {"text_wrap": True, "valign": "top"},
    "text": {"border": 1, "text_wrap": True, "valign": "vcenter"},
    "number": {"border": 1, "num_format": "#,##0"},
    "decimal": {"border": 1, "num_format": "0.##"},
    "rate": {"border": 1, "num_format": "0.00%"},
    "change": {"border": 1, "num_format": '+0.00"%";-0.00"%";0.00"%"'},
    "minutes": {"border": 1, "num_format": "[h]:mm"},
    "date": {"border": 1, "num_format": "yyyy-mm-dd"},
    "moment": {"border": 1, "num_format": "yyyy-mm-dd hh:mm"},
    "total": {"border": 1, "bold": True, "num_format": "#,##0"},
    "note": {"italic": True, "font_size": 9, "text_wrap": True, "valign": "top"},
}


def encode(report: Report, calendar: WorkCalendar) -> bytes:
    """Return a report as a workbook: one sheet, and others for the lists and annexes of an analysis and for the numbers of its charts."""
    import xlsxwriter

    out = io.BytesIO()
    # Texts are never taken for formulas, links or numbers, and nothing is written to a temporary file.
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        _Book(book, calendar).write(report)
        # Whoever saves the file again keeps at least one of the two.
        book.set_properties({"keywords": PRINTED, "title": report.title, "created": report.made_at.replace(tzinfo=None)})
        book.define_name(PRINTED.replace("-", "_"), "=TRUE")
    return out.getvalue()


class _Book:
    def __init__(self, book: Any, calendar: WorkCalendar) -> None:
        self._book, self._calendar = book, calendar
        self._formats = _Formats(book)

    def write(self, report: Report) -> None:
        """Write a report to its sheets."""
        metrics = metrics_table(report)
        above = [] if metrics is None else [metrics]
        apart = _apart(report)
        main = self._sheet(t("print.sheet"), [*above, *(one for one in report.tables if one.key not in apart)])
        main.line(report.title, "title")
        for line in (report.period, facts_line(report), made_at(report, self._calendar), marks_line(report)):
            if line:
                main.line(line, "plain")
        self._parts(report, above, apart, main)
        for key, name in apart.items():
            table = next(one for one in report.tables if one.key == key)
            sheet = self._sheet(name, [table], least=_PAGE)
            sheet.line(report.title, "title")
            sheet.line(report.period, "plain")
            sheet.list(table)
        if report.charts:
            self._charts(report.charts)

    def _parts(self, report: Report, above: Sequence[Table], apart: Mapping[str, str], main: _Sheet) -> None:
        """Write what stands on the main sheet."""
        if not report.sections and len(report.tables) == 1:
            # The headings of a list stay in sight and can be filtered; its figures stand below.
            main.list(report.tables[0])
            main.tables(above)
            return
        if not report.sections:
            main.tables((*above, *report.tables))
            return
        main.freeze()
        main.tables(above)
        tables = {table.key: table for table in report.tables}
        for section in report.sections:
            if section.is_annex:
                continue
            main.begin(section.title)
            for sentence in section.sentences:
                main.line(sentence, "plain")
            for key in section.tables:
                if key in apart:
                    main.line(t("print.on_sheet", title=titled(tables[key]), sheet=apart[key]), "plain")
                else:
                    main.table(tables[key])

    def _charts(self, charts: Sequence[Chart]) -> None:
        """Write the charts beside their numbers, where no end of a page cuts them."""
        from xlsxwriter.utility import xl_rowcol_to_cell

        sheet = self._book.add_worksheet(t("print.chart_sheet"))
        _prepare(sheet, [_NAMES, *[_NARROWEST] * max(len(chart.series) for chart in charts)], is_across=False)
        right = 2 + max(len(chart.series) for chart in charts)
        begun = 0
        for at, chart in enumerate(charts):
            made, begun = add_chart(self._book, sheet, chart, begun)
            sheet.insert_chart(xl_rowcol_to_cell(at * _CHART_ROWS, right), made)

    def _sheet(self, name: str, tables: Sequence[Table], least: float = 0) -> _Sheet:
        return _Sheet(self._book.add_worksheet(name), self._formats, _widths(tables, least))


def _apart(report: Report) -> dict[str, str]:
    """Return the tables of an analysis that have a sheet of their own, with its name: lists with rows, and annexes.

    Their columns are others than those of the figures, and a list can be filtered there.
    """
    lists = {key for one in report.sections for key in one.tables}
    annexes = {key for one in report.sections if one.is_annex for key in one.tables}
    found: dict[str, str] = {}
    for table in report.tables:
        if table.rows and (table.key in annexes or (table.is_list and table.key in lists)):
            found[table.key] = _sheet_name(table.title, found.values())
    return found


def _sheet_name(title: str, taken: Iterable[str]) -> str:
    """Return a name that a sheet may have: 31 characters, some forbidden, none twice, whatever its letters' case."""
    plain = re.sub(r"[\[\]:*?/\\]", " ", title).strip(" '")[:_LONGEST_NAME] or t("print.sheet")
    used = {name.casefold() for name in (*taken, t("print.sheet"), t("print.chart_sheet"))}
    names = (plain, *(f"{plain[: _LONGEST_NAME - 3]} {number}" for number in range(2, 99)))
    return next(name for name in names if name.casefold() not in used)


class _Formats:
    """Looks of cells by name; a text that begins like a formula has one of its own, so that nobody makes a formula of it."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[str, bool], Any] = {}

    def __getitem__(self, name: str) -> Any:
        return self._of(name, {})

    def of_text(self, name: str, text: str) -> Any:
        """Return the look of a text."""
        from gridconsole.domain.text import begins_a_formula

        return self._of(name, {"quote_prefix": True} if begins_a_formula(text) else {})

    def points(self, unit: str) -> Any:
        """Return the look of percentage points, whose unit is a word."""
        if (unit, True) not in self._made:
            self._made[unit, True] = self._book.add_format({"border": 1, "num_format": _signed(unit)})
        return self._made[unit, True]

    def _of(self, name: str, more: dict[str, Any]) -> Any:
        key = (name + ("'" if more else ""), False)
        if key not in self._made:
            self._made[key] = self._book.add_format({**_FORMATS[name], **more})
        return self._made[key]


class _Sheet:
    def __init__(self, sheet: Any, formats: _Formats, shares: Sequence[float]) -> None:
        self._sheet, self._formats, self._widths = sheet, formats, shares
        self._row = 0
        _prepare(sheet, self._widths)

    def freeze(self) -> None:
        """Keep the title in sight."""
        self._sheet.freeze_panes(1, 0)

    def begin(self, title: str) -> None:
        """Write the heading of a part."""
        self._row += 1
        self.line(title, "section")

    def line(self, text: str, look: str) -> None:
        """Write a line over all columns, in as many rows of text as it needs."""
        if len(self._widths) > 1:
            self._sheet.merge_range(self._row, 0, self._row, len(self._widths) - 1, "", self._formats[look])
        self._set_height(self._row, _lines(text, sum(self._widths)))
        self._text(self._row, 0, text, look)
        self._row += 1

    def list(self, table: Table) -> None:
        """Write a list whose headings stay in sight and can be filtered."""
        first = self.table(table)
        if table.rows:
            # The row of the whole stays below when somebody sorts.
            last = first + len(table.rows) - (table.total == -1)
            self._sheet.autofilter(first, 0, max(last, first + 1), len(table.columns) - 1)
            self._sheet.freeze_panes(first + 1, 0)
            self._sheet.repeat_rows(first)

    def tables(self, tables: Iterable[Table]) -> None:
        """Write tables below each other."""
        for table in tables:
            self.table(table)

    def table(self, table: Table) -> int:
        """Write a table; returns the row of its headings."""
        self._row += 1
        self.line(titled(table), "heading")
        first = self._row
        self._heighten(first, table.columns)
        for column, name in enumerate(table.columns):
            self._text(first, column, name, "column")
        total = None if table.total is None or not table.rows else table.total % len(table.rows)
        for at, row in enumerate(table.rows):
            self._heighten(first + 1 + at, row)
            for column, cell in enumerate(row):
                self._cell(first + 1 + at, column, cell, is_total=at == total)
        self._row = first + 1 + len(table.rows)
        if not table.rows:
            self.line(t("word.none"), "plain")
        for note in table.notes:
            self.line(note, "note")
        return first

    def _heighten(self, row: int, cells: Sequence[Cell]) -> None:
        """Make a row as high as its texts need: not every program does so when it opens a file."""
        self._set_height(
            row,
            max(
                (
                    _lines(one_line(cell), width)
                    for cell, width in zip(cells, self._widths, strict=False)
                    if isinstance(cell, str)
                ),
                default=1,
            ),
        )

    def _set_height(self, row: int, lines: int) -> None:
        if lines > 1:
            self._sheet.set_row(row, min(_TALLEST, lines * _LINE))

    def _text(self, row: int, column: int, text: str, look: str) -> None:
        self._sheet.write_string(row, column, text[:_LONGEST_TEXT], self._formats.of_text(look, text))

    def _cell(self, row: int, column: int, cell: Cell, *, is_total: bool) -> None:
        if isinstance(cell, Percent | Change | Minutes):
            if cell.value is None:
                self._text(row, column, str(cell), "text")
                return
            look, value = _typed(cell)
            shown = self._formats.points(cell.unit) if isinstance(cell, Change) and cell.is_points else self._formats[look]
            self._sheet.write_number(row, column, value, shown)
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


def _lines(text: str, width: float) -> int:
    """Return the lines that a text needs in a column."""
    from rich.cells import cell_len

    return -(-cell_len(text[:_LONGEST_TEXT]) // max(int(width) - 1, 1))


def _prepare(sheet: Any, shares: Sequence[float], *, is_across: bool = True) -> None:
    """Set the widths of columns and the page."""
    for column, width in enumerate(shares):
        sheet.set_column(column, column, width)
    if is_across:
        sheet.set_landscape()
    sheet.set_paper(_A4)
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(t("print.page_footer"))


def _widths(tables: Sequence[Table], least: float = 0) -> Sequence[float]:
    """Return the widths of the columns that some tables share, in half-width characters.

    Args:
        least: width of all of them together at least.
    """
    found: list[float] = []
    for table in tables:
        for at, column in enumerate(widths.columns_of(table)):
            width = min(_WIDEST, max(_NARROWEST, column.whole + _SLACK))
            found[at : at + 1] = [max([width, *found[at : at + 1]])]
    if sum(found) < least:
        return widths.shared_out(widths.columns_of(tables[0]), least)
    return found or [_WIDEST]


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
