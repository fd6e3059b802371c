"""One workbook in the shape of a real office ledger: merged title, header in row 2, frozen panes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter

Cell = str | int | dt.date | None
# Fixed, so that the same facts give the same bytes.
CREATED = dt.datetime(2026, 11, 1, 9, 0, 0)  # noqa: DTZ001 - xlsxwriter wants a naive time
FIRST_DATA_ROW = 2


@dataclass(frozen=True)
class Table:
    """Rows for one sheet; columns in ``merge`` get a merged range wherever ``merge_key`` repeats."""

    sheet: str
    title: str
    header: Sequence[str]
    widths: Sequence[int]
    rows: Sequence[Sequence[Cell]]
    merge: dict[int, int] | None = None
    """Column index -> number of leading key columns whose equality keeps a run together."""


class BookWriter:
    """Writes the tables of one workbook."""

    def __init__(self, path: Path) -> None:
        self._book = xlsxwriter.Workbook(str(path))
        self._book.set_properties({"created": CREATED, "author": "X区网格化指挥中心"})
        self._title = self._book.add_format({"bold": True, "font_size": 14, "align": "center", "valign": "vcenter"})
        self._head = self._book.add_format(
            {"bold": True, "border": 1, "align": "center", "valign": "vcenter", "bg_color": "#D9E1F2", "text_wrap": True}
        )
        self._text = self._book.add_format({"border": 1, "valign": "vcenter", "num_format": "@", "text_wrap": True})
        self._number = self._book.add_format({"border": 1, "valign": "vcenter"})
        self._date = self._book.add_format({"border": 1, "valign": "vcenter", "num_format": "yyyy-mm-dd"})

    def add(self, table: Table) -> None:
        """Write one sheet."""
        sheet = self._book.add_worksheet(table.sheet)
        last = len(table.header) - 1
        sheet.merge_range(0, 0, 0, last, table.title, self._title)
        sheet.set_row(0, 28)
        for column, (name, width) in enumerate(zip(table.header, table.widths, strict=True)):
            sheet.set_column(column, column, width)
            sheet.write_string(1, column, name, self._head)
        sheet.freeze_panes(FIRST_DATA_ROW, 0)
        merged = table.merge or {}
        for column in range(len(table.header)):
            if column in merged:
                self._merged_column(sheet, table.rows, column, merged[column])
            else:
                for row, values in enumerate(table.rows):
                    self._cell(sheet, row + FIRST_DATA_ROW, column, values[column])
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.repeat_rows(1)

    def close(self) -> None:
        """Save the workbook."""
        self._book.close()

    def _cell(self, sheet: xlsxwriter.worksheet.Worksheet, row: int, column: int, value: Cell) -> None:
        if value is None or value == "":
            sheet.write_blank(row, column, None, self._text)
        elif isinstance(value, dt.date):
            sheet.write_datetime(row, column, value, self._date)
        elif isinstance(value, int):
            sheet.write_number(row, column, value, self._number)
        else:
            sheet.write_string(row, column, value, self._text)

    def _merged_column(
        self, sheet: xlsxwriter.worksheet.Worksheet, rows: Sequence[Sequence[Cell]], column: int, key_columns: int
    ) -> None:
        start = 0
        while start < len(rows):
            end = start
            while end + 1 < len(rows) and rows[end + 1][:key_columns] == rows[start][:key_columns]:
                end += 1
            value = rows[start][column]
            if end > start:
                sheet.merge_range(start + FIRST_DATA_ROW, column, end + FIRST_DATA_ROW, column, "", self._text)
            self._cell(sheet, start + FIRST_DATA_ROW, column, value)
            start = end + 1
