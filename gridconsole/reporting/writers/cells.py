"""Cells as text, as every format that has no types of its own prints them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from gridconsole.domain.clock import WorkCalendar
from gridconsole.language import in_brackets, labelled, t
from gridconsole.language.durations import local_text
from gridconsole.reporting.model import Cell, Percent, Report, Table


def shown(cell: Cell) -> str:
    """Return a cell as text; moments are shown in the time zone they are in."""
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def one_line(cell: Cell) -> str:
    """Return a cell as text in one line."""
    return shown(cell).replace("\n", " ")


def titled(table: Table) -> str:
    """Return the title of a table with the unit of its counts, or with the number of its rows."""
    if table.is_list:
        return in_brackets(table.title, t("report.unit.list", count=len(table.rows) if table.count is None else table.count))
    return in_brackets(table.title, t("print.unit", unit=table.unit)) if table.unit else table.title


def made_at(report: Report, calendar: WorkCalendar) -> str:
    """Return when a report was made, in words."""
    return t("print.made_at", at=local_text(report.made_at, calendar))


def facts_line(report: Report) -> str:
    """Return what is said beneath the title: filter, cut-off time, comparison; empty if nothing."""
    return _labelled(report.facts)


def marks_line(report: Report) -> str:
    """Return what proves a report; empty if nothing."""
    return _labelled(report.marks)


def _labelled(texts: Mapping[str, str]) -> str:
    return "　".join(labelled(name, value) for name, value in texts.items())


def metrics_table(report: Report) -> Table | None:
    """Return the figures of a report as a table, for formats with cells; None if there are none."""
    if not report.metrics:
        return None
    names = ["figure", "figure_value", "unit", *(["definition"] if any(one.definition for one in report.metrics) else [])]
    rows = tuple(
        (one.title, one.cell, "" if isinstance(one.cell, Percent) else one.unit.strip(), one.definition)[: len(names)]
        for one in report.metrics
    )
    return Table("metrics", t("report.metrics"), tuple(t(f"column.{name}") for name in names), rows)


def metrics_line(report: Report, gap: str) -> str:
    """Return the figures of a report in one line; empty if there are none."""
    return gap.join(f"{item.title} {item.shown}" for item in report.metrics)
