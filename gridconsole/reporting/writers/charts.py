"""Native charts of a workbook, which a document carries too: readable in grey, with the values on the bars."""

from __future__ import annotations

from typing import Any

from gridconsole.domain.text import begins_a_formula
from gridconsole.reporting.model import Chart, Series

GREYS = ("#404040", "#A6A6A6")
LINE = "#000000"
WIDTH, HEIGHT = 720, 340
"""Pixels."""
_MANY = 16
"""Labels from which the values are left off: they would cover each other."""


def add_chart(book: Any, sheet: Any, chart: Chart, row: int) -> tuple[Any, int]:
    """Write the numbers of a chart to a sheet from a row on; returns the chart and the next free row."""
    last = row + len(chart.labels)
    # Somebody who edits a label that begins like a formula must not make one of it.
    quoted = book.add_format({"quote_prefix": True})
    for at, label in enumerate((chart.title, *chart.labels)):
        sheet.write_string(row + at, 0, label, quoted if begins_a_formula(label) else None)
    bars = [one for one in chart.series if not one.is_line]
    lines = [one for one in chart.series if one.is_line]
    drawn = book.add_chart({"type": "bar" if chart.is_horizontal else "column"})
    for at, series in enumerate((*bars, *lines), 1):
        sheet.write_string(row, at, series.name)
        for below, value in enumerate(series.values, 1):
            if value is not None:
                sheet.write_number(row + below, at, value)
    for at, series in enumerate(bars):
        drawn.add_series({
            **_ranges(sheet.name, row, last, at + 1), "fill": {"color": GREYS[at % len(GREYS)]}, "gap": 60,
            **_labels(series, chart, "0"),
        })  # fmt: skip
    if lines:
        over = book.add_chart({"type": "line"})
        for at, series in enumerate(lines, len(bars) + 1):
            over.add_series({
                **_ranges(sheet.name, row, last, at), "y2_axis": True, "line": {"color": LINE, "width": 1.75},
                "marker": {"type": "circle", "size": 5, "fill": {"color": LINE}, "border": {"color": LINE}},
                **_labels(series, chart, "0.0"),
            })  # fmt: skip
        over.set_y2_axis({"num_format": '0"%"', "min": 0, "max": 100, "major_gridlines": {"visible": False}})
        drawn.combine(over)
    drawn.set_title({"none": True})
    drawn.set_legend({"position": "bottom"} if len(chart.series) > 1 else {"none": True})
    grid = {"major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}}, "num_format": "0"}
    if chart.is_horizontal:
        # The first line of the table stands at the top.
        drawn.set_y_axis({"reverse": True})
        drawn.set_x_axis({**grid, "min": 0})
    else:
        drawn.set_y_axis({**grid, "min": 0})
    drawn.set_size({"width": WIDTH, "height": HEIGHT})
    return drawn, last + 2


def _ranges(sheet: str, first: int, last: int, column: int) -> dict[str, Any]:
    return {
        "name": [sheet, first, column],
        "categories": [sheet, first + 1, 0, last, 0],
        "values": [sheet, first + 1, column, last, column],
    }


def _labels(series: Series, chart: Chart, number: str) -> dict[str, Any]:
    if len(chart.labels) > _MANY or (series.is_line and len(chart.labels) > _MANY // 2):
        return {}
    # Said one by one: a word processor shows names as well where a label leaves them open.
    return {"data_labels": {"value": True, "series_name": False, "category": False, "legend_key": False, "num_format": number,
                            "font": {"size": 8}}}  # fmt: skip
