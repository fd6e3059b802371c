"""Write a report in every format: one set of writers, and formatting only here.

A report reaches a writer cleaned: every text masked and free of control characters, whatever its source.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole import files
from gridconsole.domain.anchors import is_printed_anchor
from gridconsole.domain.text import mask_text, printable
from gridconsole.reporting.model import Cell, Code, Report, Table

if TYPE_CHECKING:
    from datetime import tzinfo

    from rich.console import RenderableType

    from gridconsole.domain.clock import WorkCalendar

_MODULES = {
    ".txt": "terminal", ".csv": "comma", ".json": "data", ".html": "page", ".xlsx": "workbook", ".docx": "document",
}  # fmt: skip
FORMS = tuple(_MODULES)
"""Endings that the file of a report may have."""
FORMATS = ("table", *(ending[1:] for ending in FORMS))
"""Formats by name; ``table`` is the terminal's."""
ON_STANDARD_OUTPUT = ("table", "csv", "json")
"""Formats that need no file."""
_NO_CHARACTERS = str.maketrans("", "", "\ufffe\uffff")
"""Removes characters that XML documents must not contain."""
Encoder = Callable[[Report, "WorkCalendar"], bytes]


def write(report: Report, target: Path, calendar: WorkCalendar, *, overwrite: bool = False) -> None:
    """Write a report in the format of the file's ending. The file appears complete or not at all.

    Raises:
        OutputRefused: the target exists already and ``overwrite`` is not set, has another ending, or cannot be written.
    """
    rules = check(target, overwrite=overwrite)
    files.write(target, encoded(report, target.suffix.lower(), calendar), rules)


def by_table(report: Report, target: Path) -> dict[Path, Report]:
    """Return a report of each table alone, with a file for it beside the target: ``月报_01_运行指标.csv``."""
    return {
        target.with_name(f"{target.stem}_{at:02}_{files.FORBIDDEN.sub('', _text(table.title))}{target.suffix}"): replace(
            report, tables=(table,), sections=(), charts=(), metrics=()
        )
        for at, table in enumerate(report.tables, 1)
    }


def check(target: Path, *, overwrite: bool = False) -> files.Rules:
    """Refuse a target that cannot be written; call it before an act whose result is to be written there.

    Raises:
        OutputRefused: see :func:`gridconsole.files.check`.
    """
    rules = files.Rules(FORMS, overwrite)
    files.check(target, rules)
    return rules


def encoded(report: Report, ending: str, calendar: WorkCalendar) -> bytes:
    """Return a report in the format of an ending."""
    encode: Encoder = import_module(f"{__name__}.{_MODULES[ending]}").encode
    return encode(cleaned(report), calendar)


def as_csv(report: Report) -> str:
    """Return a report as CSV, one block per table. No cell is run as a formula by a spreadsheet."""
    from gridconsole.reporting.writers.comma import text_of

    return text_of(cleaned(report))


def as_json(report: Report, zone: tzinfo) -> str:
    """Return a report as JSON, for programs."""
    from gridconsole.reporting.writers.data import text_of

    return text_of(cleaned(report), zone)


def as_table(report: Report) -> RenderableType:
    """Return a report for a terminal. A table that is too wide is shown row by row as paragraphs, and nothing is cut."""
    from gridconsole.reporting.writers.terminal import drawn

    return drawn(cleaned(report))


def cleaned(report: Report) -> Report:
    """Return a report with every text masked and free of control characters."""
    return replace(
        report,
        title=_text(report.title),
        office=_text(report.office),
        period=_text(report.period),
        tables=tuple(map(_table, report.tables)),
        sections=tuple(
            replace(one, title=_text(one.title), sentences=tuple(map(_text, one.sentences))) for one in report.sections
        ),
        charts=tuple(
            replace(one, title=_text(one.title), labels=tuple(map(_text, one.labels)),
                    series=tuple(replace(series, name=_text(series.name)) for series in one.series))
            for one in report.charts
        ),
        facts={_text(name): _text(value) for name, value in report.facts.items()},
        marks={_text(name): _text(value) for name, value in report.marks.items()},
    )  # fmt: skip


def _table(table: Table) -> Table:
    return replace(
        table, title=_text(table.title), columns=tuple(map(_text, table.columns)), notes=tuple(map(_text, table.notes)),
        rows=tuple(tuple(map(_cell, row)) for row in table.rows),
    )  # fmt: skip


def _cell(cell: Cell) -> Cell:
    if isinstance(cell, Code):
        return replace(cell, text=_text(cell.text)) if not cell.is_public else replace(cell, text=printable(cell.text))
    return _text(cell) if isinstance(cell, str) else cell


def _text(text: Any) -> str:
    shown = str(text)
    return shown if is_printed_anchor(shown) else mask_text(printable(shown)).translate(_NO_CHARACTERS)
