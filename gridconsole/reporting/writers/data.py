"""Write a report as JSON, for programs."""

from __future__ import annotations

import json
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from gridconsole.domain.figures import rounded
from gridconsole.reporting.model import Cell, Change, Code, Minutes, Percent, Report, Table

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar

SCHEMA = "gridconsole.report/2"
"""Version 2 has everything of version 1, and the kind of each column, units, notes and sections beside it."""
_KINDS: tuple[tuple[type, str], ...] = (
    (int, "number"), (Decimal, "number"), (Percent, "rate"), (Change, "change"), (Minutes, "minutes"), (Code, "code"), (datetime, "moment"), (date, "date"),
)  # fmt: skip


def encode(report: Report, calendar: WorkCalendar) -> bytes:
    """Return a report as JSON."""
    return (text_of(report, calendar.zone) + "\n").encode()


def text_of(report: Report, zone: tzinfo) -> str:
    """Return a report as JSON text; instants in a time zone."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "report": report.key,
            "title": report.title,
            "office": report.office,
            "period": report.period_code or report.period,
            "made_at": report.made_at.astimezone(zone).isoformat(timespec="seconds"),
            "facts": {**report.facts, **report.marks},
            "metrics": [
                {"key": item.key, "title": item.title, "value": _number(item.value), "unit": item.unit, "definition": item.definition}
                for item in report.metrics
            ],
            "sections": [
                {"title": one.title, "sentences": list(one.sentences), "tables": list(one.tables)} for one in report.sections
            ],
            "tables": [_table(table) for table in report.tables],
        },
        ensure_ascii=False,
        indent=1,
    )  # fmt: skip


def _table(table: Table) -> dict[str, Any]:
    return {
        "key": table.key, "title": table.title, "unit": table.unit, "columns": list(table.columns),
        "kinds": [_kind([row[at] for row in table.rows]) for at in range(len(table.columns))],
        "rows": [[_value(cell) for cell in row] for row in table.rows], "total": table.total, "notes": list(table.notes),
    }  # fmt: skip


def _kind(cells: list[Cell]) -> str:
    return next((name for cell in cells for kind, name in _KINDS if isinstance(cell, kind)), "text")


def _value(cell: Cell) -> str | int | float | None:
    if isinstance(cell, Percent | Change | Minutes):
        return _number(cell.value)
    if isinstance(cell, Decimal):
        return float(cell)
    if isinstance(cell, Code):
        return cell.text
    return cell.isoformat() if isinstance(cell, date) else cell


def _number(value: float | Decimal | None) -> int | float | None:
    return float(rounded(value)) if isinstance(value, Decimal) else value
