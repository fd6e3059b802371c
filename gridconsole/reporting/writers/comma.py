"""Write a report as CSV: one block a table, numbers as numbers, and no cell that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from gridconsole.domain.figures import rounded
from gridconsole.domain.text import csv_text
from gridconsole.reporting.model import Cell, Change, Code, Minutes, Percent, Report
from gridconsole.reporting.writers.cells import metrics_table, shown

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar

LONGEST_NUMBER = 11
"""Digits of the longest number that spreadsheets do not round when they show it."""


def encode(report: Report, _calendar: WorkCalendar) -> bytes:
    """Return a report as CSV with the byte order mark that spreadsheets need."""
    return text_of(report).encode("utf-8-sig")


def text_of(report: Report) -> str:
    """Return a report as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([safe_cell(report.title), safe_cell(report.period)])
    writer.writerows([safe_cell(name), safe_cell(value)] for name, value in {**report.facts, **report.marks}.items())
    for section in report.sections:
        writer.writerows([safe_cell(sentence)] for sentence in section.sentences)
    metrics = metrics_table(report)
    for table in (*([] if metrics is None else [metrics]), *report.tables):
        writer.writerow([])
        writer.writerow([safe_cell(table.title), *([safe_cell(table.unit)] if table.unit else [])])
        writer.writerow([safe_cell(name) for name in table.columns])
        writer.writerows([safe_cell(cell) for cell in row] for row in table.rows)
        writer.writerows([safe_cell(note)] for note in table.notes)
    return out.getvalue()


def safe_cell(cell: Cell) -> str | int:
    """Return a CSV cell that a spreadsheet neither runs as a formula nor rounds."""
    if isinstance(cell, int):
        return cell
    if isinstance(cell, Decimal):
        return str(cell)
    if isinstance(cell, Percent | Change | Minutes):
        return _number(cell)
    if isinstance(cell, date):
        return shown(cell)
    text = csv_text(str(cell))
    # A spreadsheet would round a long number; a leading tab keeps it text.
    return f"\t{text}" if text.isdigit() and (isinstance(cell, Code) or len(text) > LONGEST_NUMBER) else text


def _number(cell: Percent | Change | Minutes) -> str:
    """Return a rate in per cent, a change, or minutes as a plain number; empty if there is none."""
    return "" if cell.value is None else str(rounded(cell.value))
