"""Writers: one report, three forms; nothing a spreadsheet would run, nothing a terminal would obey, no phone in the clear."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from gridconsole.reporting.model import Metric, Report, Table
from gridconsole.reporting.writers import as_csv, as_json, as_table

MADE_AT = datetime(2026, 11, 23, 6, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
RUN_BY_SPREADSHEETS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def report_of(*cells: str | int, title: str = "日报[/]", metrics: tuple[Metric, ...] = ()) -> Report:
    columns = tuple(f"列{at}" for at in range(len(cells)))
    return Report("daily", title, "X区", "2026-11-23", MADE_AT, metrics, (Table("rows", "表[b]", columns, (cells,)),))


def csv_row(report: Report) -> list[str]:
    return list(csv.reader(io.StringIO(as_csv(report), newline="")))[-1]


def shown(report: Report, width: int = 200) -> str:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None, highlight=False).print(as_table(report))
    return out.getvalue()


@pytest.mark.parametrize("start", RUN_BY_SPREADSHEETS)
def test_a_cell_a_spreadsheet_would_run_begins_with_an_apostrophe(start: str) -> None:
    (cell,) = csv_row(report_of(f"{start}cmd|' /C calc'!A0"))
    assert not cell.startswith(RUN_BY_SPREADSHEETS)
    assert "cmd|' /C calc'!A0" in cell


@given(st.text(alphabet=st.sampled_from("=+-@\t\r\n \u3000\u200b\u202e＝＋－＠'\"，,1一[/]\x1b"), max_size=12))
def test_no_text_whatever_becomes_a_formula(text: str) -> None:
    row = csv_row(report_of("甲", text))
    assert len(row) == 2
    assert not row[1].startswith(RUN_BY_SPREADSHEETS)


def test_titles_and_headings_are_no_formulas_either() -> None:
    rows = list(csv.reader(io.StringIO(as_csv(report_of("甲", title="=HYPERLINK(1)")))))
    assert rows[0] == ["'=HYPERLINK(1)", "2026-11-23"]


def test_a_long_number_stays_text_and_a_count_stays_a_number() -> None:
    number, count = csv_row(report_of("2026112300001", 12))
    assert number.strip() == "2026112300001"
    assert number != "2026112300001", "bare, a spreadsheet would round it"
    assert count == "12"


def test_programs_get_the_words_as_they_are() -> None:
    made = json.loads(as_json(report_of("=1+1", "@SUM", "2026112300001", 3), SHANGHAI))
    assert made["tables"][0]["rows"] == [["=1+1", "@SUM", "2026112300001", 3]]
    assert made["made_at"] == "2026-11-23T14:00:00+08:00"


def test_what_is_too_wide_for_a_terminal_stands_under_its_headings_and_nothing_is_cut() -> None:
    cells = ("2026112300001", "幸福路3号门前" * 3, "-", "居民多次反映，今日内处置到位并答复[/]")
    wide, narrow = shown(report_of(*cells), 200), shown(report_of(*cells), 60)
    assert [line.split() for line in wide.splitlines()[-2:]] == [["列0", "列1", "列2", "列3"], list(cells)]
    assert [line.rstrip() for line in narrow.splitlines()[-3:]] == [f"列0 {cells[0]}", f"  列1 {cells[1]}", f"  列3 {cells[3]}"]
    whole = shown(report_of(*cells), 20).replace("\n", "").replace(" ", "")
    assert all(cell in whole for cell in cells if cell != "-")


def test_figures_are_not_parted_from_their_names() -> None:
    metrics = tuple(Metric(f"m{at}", f"第{at}项指标", at, "件") for at in range(12))
    lines = shown(report_of("甲", metrics=metrics), 40).splitlines()
    reported = [piece for line in lines for piece in line.split("  ") if piece.startswith("第")]
    assert reported == [f"第{at}项指标 {at}件" for at in range(12)]


def test_phones_in_a_cell_are_masked_in_every_form() -> None:
    report = report_of("幸福路3号 13912345678", "0717-6000001转李明")
    for text in (as_csv(report), as_json(report, SHANGHAI), shown(report)):
        assert "13912345678" not in text
        assert "139****5678" in text
        assert "6000001" not in text


def test_markup_and_sequences_come_out_literally_or_not_at_all() -> None:
    report = report_of("幸福路[b栋]①号[/]", "[@click=app.exit]点\x1b]52;c;aGFja2Vk\x07我\u202e[/red]")
    for text in (as_csv(report), as_json(report, SHANGHAI), shown(report)):
        assert "幸福路[b栋]①号[/]" in text
        assert "[@click=app.exit]点我[/red]" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)
    assert shown(report).startswith("日报[/]  2026-11-23")


def test_every_line_of_a_csv_ends_as_spreadsheets_expect() -> None:
    text = as_csv(report_of("甲", "第一行\n第二行"))
    assert text.count("\r\n") == 5
    assert csv_row(report_of("甲", "第一行\n第二行"))[1] == "第一行\n第二行"


@pytest.mark.parametrize(("value", "text"), [(None, "-"), (0, "0%"), (Decimal("66.665"), "66.67%"), (Decimal(100), "100.00%")])
def test_a_rate_has_two_decimals_and_a_dash_where_there_is_nothing_to_divide_by(value: int | Decimal | None, text: str) -> None:
    metric = Metric("on_time_rate", "按期率", value, "%")
    assert metric.shown == text
    assert f"按期率 {text}" in shown(report_of("甲", metrics=(metric,)))
    assert json.loads(as_json(report_of("甲", metrics=(metric,)), SHANGHAI))["metrics"][0]["value"] == (
        None if value is None else float(text[:-1])
    )


def test_a_table_without_rows_says_so() -> None:
    report = Report("daily", "日报", "X区", "2026-11-23", MADE_AT, (), (Table("rows", "来源", ("来源", "上报"), ()),))
    assert "来源: 无" in shown(report)
