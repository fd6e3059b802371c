"""Write a report as a page for a browser: one file without scripts, drawn charts, A4 when it is printed, dark or light as the system."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from gridconsole import resources
from gridconsole.domain.outputs import PRINTED
from gridconsole.language import chosen, t
from gridconsole.reporting.model import Chart, Report, is_number
from gridconsole.reporting.writers.cells import facts_line, made_at, marks_line, metrics_line, one_line, titled

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar

_WIDTH, _BAR, _GAP, _NAMES = 640, 18, 8, 150
"""Pixels of a drawn chart: its width, the height of a bar, the gap below it, and the room for names."""


def encode(report: Report, calendar: WorkCalendar) -> bytes:
    """Return a report as a page."""
    tables = {table.key: table for table in report.tables}
    charts = {chart.key: chart for chart in report.charts}
    rendered: str = _template().render(
        report=report,
        tables=tables,
        mark=PRINTED,
        language="zh-CN" if chosen().startswith("zh") else "en",
        made_at=made_at(report, calendar),
        facts=facts_line(report),
        marks=marks_line(report),
        metrics=metrics_line(report, "　"),
        none=t("word.none"),
        titled=titled,
        one_line=one_line,
        is_number=is_number,
        bars={key: _bars(chart) for key, chart in charts.items()},
    )
    return rendered.encode()  # fmt: skip


@lru_cache(1)
def _template() -> Any:
    import jinja2

    # Every value is escaped; the template alone holds markup.
    loader = jinja2.FileSystemLoader(str(resources.data_path("layouts")))
    return jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True).get_template("report.html")


def _bars(chart: Chart) -> dict[str, Any]:
    """Return where the bars of a chart stand: one under the other, each with its value, and the rate of a line as text."""
    bars = [series for series in chart.series if not series.is_line]
    lines = [series for series in chart.series if series.is_line]
    most = max((value or 0 for series in bars for value in series.values), default=0) or 1
    rows, y = [], 4
    for at, label in enumerate(chart.labels):
        rates = "  ".join(f"{series.values[at]:.1f}%" for series in lines if series.values[at] is not None)
        for which, series in enumerate(bars):
            value = series.values[at] or 0
            width = round((_WIDTH - _NAMES - 120) * value / most, 1)
            rows.append({
                "label": label if which == 0 else "", "y": y, "width": width, "value": f"{value:.0f}",
                "note": rates if which == 0 else "", "shade": which,
            })  # fmt: skip
            y += _BAR if which == len(bars) - 1 else _BAR - 4
        y += _GAP
    names = [series.name for series in (*bars, *lines)]
    return {"title": chart.title, "rows": rows, "height": y, "width": _WIDTH, "start": _NAMES, "names": names}
