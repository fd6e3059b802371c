"""Charts in characters: bars as long as their values, sparklines from the least to the greatest, and strokes for every terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.cells import cell_len
from rich.console import Console
from test_six_formats import REPORT, encoded

from gridconsole.reporting.model import Chart, Series
from gridconsole.reporting.writers import as_table, strokes

PLACES = Chart(
    "places", "各街道", ("东风街道", "新华街道", "很长很长很长很长的街道名称", "空"),
    (Series("上报数", (100.0, 50.0, 1.0, 0.0)), Series("按期处置数", (80.0, None, 1.0, 0.0))), is_horizontal=True,
)  # fmt: skip
COURSE = Chart(
    "course",
    "走势",
    ("26-09", "26-10", "26-11"),
    (Series("上报数", (10.0, 30.0, 20.0)), Series("率", (None, 50.0, 75.125), is_line=True)),
)


@pytest.mark.parametrize("width", [40, 80, 100])
def test_a_bar_is_as_long_as_its_value(width: int) -> None:
    legend, *lines = strokes.drawn(PLACES, width)
    assert legend == "⣿ 上报数  ⣤ 按期处置数"
    lengths = [line.count("⣿") for line in lines[::2]]
    assert lengths[0] == width - 16 - 10
    assert lengths[1] == round(lengths[0] / 2)
    assert lengths[2:] == [1, 0], "anything but zero is seen"
    assert [line.count("⣤") for line in lines[1::2]] == [round(lengths[0] * 0.8), 0, 1, 0]
    assert all(cell_len(line) <= width for line in lines)


def test_a_sparkline_has_a_stroke_for_each_value_and_the_ends() -> None:
    assert list(strokes.drawn(COURSE, 80)) == ["上报数（26-09 … 26-11） ⡀⣿⣦ 10 → 20", "率（26-09 … 26-11）  ⡀⣿ 50.00% → 75.12%"]
    assert strokes.spark([5, 5, 5]) == strokes.spark([5]) * 3, "nothing rises where all are equal"
    assert strokes.spark([]) == ""


@pytest.mark.parametrize(("encoding", "stroke"), [("utf-8", "⣿"), ("gbk", "#"), ("ascii", "#"), ("no such", "#")])
def test_a_terminal_without_the_strokes_gets_others(encoding: str, stroke: str) -> None:
    assert strokes.plain("⣿⣿ 2", encoding) == f"{stroke * 2} 2"


def test_a_report_on_a_terminal_has_its_charts_in_their_sections() -> None:
    out = io.StringIO()
    Console(file=out, width=80, color_system=None).print(as_table(REPORT))
    text = out.getvalue()
    assert text.index("各街道上报") > text.index("各街道情况")
    assert "上报数（东风街道 … 新华街道）" in text


def test_a_count_of_millions_is_a_whole_number_in_every_chart() -> None:
    many = Chart("many", "多", ("甲", "乙"), (Series("上报数", (1_234_567.0, 2_000_000.0)),), is_horizontal=True)
    assert [line.split()[-1] for line in list(strokes.drawn(many, 60))[1:]] == ["1234567", "2000000"]
    page = encoded(".html", replace(REPORT, charts=(replace(many, key="bars"),))).decode()
    assert "1234567" in page
    assert "e+06" not in page
