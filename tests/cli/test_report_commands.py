"""Reports by command: periods, filters, definitions, the cases behind a figure, files with proposed names, and what is due."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from office_cli import Clock, CommandLine

from gridconsole.reporting.registry import KINDS

PLACE = ("--grid", "东风社区第1网格", "--category", "暴露垃圾")


@pytest.fixture
def worked(small_office: CommandLine, office_clock: Clock) -> CommandLine:
    """An office with three reports of the 23rd, one of which is handled late."""
    numbers = [small_office.reports("垃圾成堆", *PLACE) for _ in range(2)]
    small_office.reports("路灯不亮", "--category", "路灯")
    for number in numbers:
        small_office.act("受理员", number, "accept")
        small_office.act("值班长", number, "file", "--rule", "1")
        small_office.act("派遣员", number, "dispatch", "--to", "城管局")
    office_clock.at = datetime.fromisoformat("2026-11-25T09:00:00+08:00")
    small_office.act("派遣员", numbers[0], "feedback", "--note", "已清理")
    return small_office


def total(office: CommandLine, *words: str) -> dict[str, object]:
    """The rows of the table of the whole, by the name of the figure."""
    made = office("report", *words, "--json").json
    (table,) = (one for one in made["tables"] if one["key"] == "whole")
    return {row[0]: row[1] for row in table["rows"]}


def test_a_month_says_what_was_reported_due_and_late(worked: CommandLine) -> None:
    found = total(worked, "月报", "--period", "本月")
    assert (found["上报数"], found["立案数"], found["应处置数"], found["处置数"], found["按期处置数"]) == (3, 2, 2, 1, 0)
    assert (found["按期处置率"], found["处置率"], found["返工率"]) == (0.0, 50.0, 0.0)
    shown = worked("report", "monthly").out
    assert "X区网格化指挥中心运行月报  2026年11月" in shown
    assert "未满期：只到 2026-11-25" in shown
    assert "应处置 2 件，按期处置 0 件，按期处置率 0.00%" in shown
    assert "按期处置率 = 按期处置数 ÷ 应处置数" in shown


@pytest.mark.parametrize("words", [
    ("周报", "--period", "2026-W48"), ("月报", "--date", "2026-11-03"), ("年报", "--period", "2026"), ("季报", "--period", "本季"),
    ("monthly", "--period", "2026-11-01..2026-11-25"), ("weekly",),
])  # fmt: skip
def test_every_way_to_name_a_period_finds_the_same_reports(worked: CommandLine, words: tuple[str, ...]) -> None:
    assert total(worked, *words)["上报数"] == 3


def test_the_list_of_cases_is_as_long_as_the_figure(worked: CommandLine, tmp_path: Path) -> None:
    for figure, count in (("应处置数", 2), ("due", 2), ("handled_late", 1), ("上报数", 3), ("overdue_at_end", 1)):
        made = worked("report", "cases", figure, "--period", "2026-11", "--json").json
        assert (made["metrics"][0]["value"], len(made["tables"][0]["rows"])) == (count, count), figure
    street = worked("report", "cases", "上报数", "--where", "街道=幸福街道", "-o", tmp_path / "幸福街道.xlsx")
    assert street.status == 0
    sheet = openpyxl.load_workbook(tmp_path / "幸福街道.xlsx").active
    values = [cell.value for row in sheet.iter_rows() for cell in row]
    assert sum(isinstance(value, str) and value.startswith("20261123") for value in values) == 2


def test_a_filter_narrows_every_figure_and_is_printed(worked: CommandLine) -> None:
    assert total(worked, "月报", "--where", "小类=路灯")["上报数"] == 1
    assert total(worked, "月报", "--where", "街道=幸福街道", "--where", "来源=网格员上报")["上报数"] == 2
    assert total(worked, "月报", "--where", "承办=城管局")["应处置数"] == 2
    assert "筛选：街道=幸福街道" in worked("report", "部门", "--where", "街道=幸福街道").out
    assert worked("report", "月报", "--where", "街道=幸福路", "--json").error == "U001"
    assert "幸福街道" in worked("report", "月报", "--where", "街道=幸福街").err
    assert worked("report", "月报", "--where", "颜色=红", "--json").error == "U001"
    assert worked("report", "月报", "--where", "街道", "--json").error == "U002"
    assert worked("report", "豁免", "--where", "街道=幸福街道", "--json").error == "U002", "it is not about cases"


def test_two_dimensions_sum_to_the_whole(worked: CommandLine) -> None:
    made = worked("report", "交叉表", "--rows", "社区", "--columns", "小类", "--figure", "上报数", "--json").json
    (table,) = made["tables"]
    assert table["columns"] == ["社区", "暴露垃圾", "路灯", "合计"]
    assert table["rows"][-1] == ["合计", 2, 1, 3]
    assert [row[-1] for row in table["rows"][:-1]] == [2, 1]


@pytest.mark.parametrize(("words", "error"), [
    (("月报", "--period", "2027-01"), "U013"), (("月报", "--period", "2020-01"), "U013"), (("月报", "--period", "2026-13"), "U002"),
    (("月报", "--period", "[/]"), "U002"), (("考核",), "U001"), (("cases", "没有的指标"), "U001"), (("cases", "按期处置率"), "U002"),
    (("月报", "--format", "docx"), "U002"), (("月报", "--format", "pdf"), "U001"), (("交叉表", "--rows", "街道"), "U000"),
    (("交叉表", "--rows", "街道", "--columns", "颜色"), "U001"), (("define", "没有"), "U001"), (("due", "--list", "没有.toml"), "U002"),
    (("daily", "--period", "2026-11"), "U002"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_sentence(worked: CommandLine, words: tuple[str, ...], error: str) -> None:
    answer = worked("report", *words, "--json")
    assert (answer.status, answer.error) == (2, error), answer
    plain = worked("report", *words)
    assert "Traceback" not in plain.err
    assert plain.err.count("\n") <= 3


def test_a_figure_is_explained_by_its_title_or_its_key(worked: CommandLine) -> None:
    said = worked("report", "define", "按期处置率").out
    for wanted in (
        "按期处置率 = 按期处置数 ÷ 应处置数",
        "归期规则：按处置截止日归期，每案只归一个月",
        "归属：承办单位",
        "不计入：并入他案",
    ):
        assert wanted in said
    assert worked("report", "define", "on_time_rate").out == said
    every = worked("report", "define", "--json").json
    assert {"reported", "on_time_rate", "work_time_median"} <= {one["key"] for one in every}


def test_every_report_is_listed_and_can_be_made_of_an_office_without_a_case(small_office: CommandLine, tmp_path: Path) -> None:
    listed = small_office("report", "list", "--json").json
    assert [one["code"] for one in listed] == [*KINDS, "cross", "cases"]
    assert all(one["name"] in small_office("report", "list").out for one in listed)
    for code in KINDS:
        assert small_office("report", code).status == 0, code
        assert small_office("report", code, "-o", tmp_path / f"{code}.xlsx").status == 0, code


def test_a_folder_gets_a_proposed_name_and_no_file_is_written_over(worked: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "报表"
    folder.mkdir()
    assert worked("report", "月报", "--period", "2026-11", "--format", "docx", "-o", folder).status == 0
    assert [file.name for file in folder.iterdir()] == ["X区网格化指挥中心_运行月报_2026-11.docx"]
    assert worked("report", "月报", "--period", "2026-11", "--format", "docx", "-o", folder, "--json").error == "E112"


def test_an_export_with_cases_is_on_record(worked: CommandLine, tmp_path: Path) -> None:
    worked("report", "cases", "上报数", "-o", tmp_path / "a.csv", "--operator", "内勤")
    (row,) = worked.rows("SELECT operator, facts FROM ledger WHERE action = 'export'")
    assert row[0] == "内勤"
    assert json.loads(row[1]) == {"report": "reported", "period": "2026-11", "where": {}, "count": 3}
    worked("report", "部门", "-o", tmp_path / "b.csv", "--operator", "内勤")
    assert len(worked.rows("SELECT 1 FROM ledger WHERE action = 'export'")) == 1, "a table of counts is no list of cases"


def test_what_is_due_is_named_and_made_once(worked: CommandLine, office_clock: Clock, tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('[[due]]\nreport = "daily"\nformat = "csv"\nback = 5\n[[due]]\nreport = "monthly"\n', encoding="utf-8")
    words = ("report", "due", "--folder", tmp_path, "--list", own)
    found = worked(*words, "--json").json
    assert [(one["report"], one["period"]) for one in found] == [("daily", "2026-11-23"), ("daily", "2026-11-24")], (
        "none before the first"
    )
    assert worked(*words).status == 4, "something is missing"
    assert worked(*words, "--make").status == 0
    assert (worked(*words).status, worked(*words).out) == (0, "该出的都出了\n")
    kept = (tmp_path / "X区网格化指挥中心_日报_2026-11-23.csv").read_bytes()
    office_clock.at = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    assert worked(*words, "--make").status == 0
    assert (tmp_path / "X区网格化指挥中心_日报_2026-11-23.csv").read_bytes() == kept
    assert (tmp_path / "X区网格化指挥中心_运行月报_2026-11.docx").exists()


def test_the_facts_can_be_written_anew_and_are_the_same(worked: CommandLine) -> None:
    before = [
        worked.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("case_fact", "turn_fact", "stage_fact", "call_fact")
    ]
    worked.change("DELETE FROM case_fact")
    assert worked("ledger", "verify").status == 6
    assert worked("report", "rebuild").status == 0
    assert [
        worked.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in ("case_fact", "turn_fact", "stage_fact", "call_fact")
    ] == before
    assert worked("ledger", "verify").status == 0


def test_a_past_day_shows_what_was_open_then(worked: CommandLine) -> None:
    def units(day: str) -> list[list[object]]:
        made = worked("report", "日报", "--period", day, "--json").json
        (table,) = (one for one in made["tables"] if one["key"] == "units")
        return list(table["rows"])

    assert units("2026-11-23") == [["城管局", 2, 0], ["合计", 2, 0]]
    assert units("2026-11-24") == [["城管局", 2, 2], ["合计", 2, 2]]
    assert units("2026-11-25") == [["城管局", 1, 1], ["合计", 1, 1]]


def test_doctor_finds_facts_that_differ_and_writes_them_anew(worked: CommandLine) -> None:
    def facts() -> dict[str, object]:
        return next(one for one in worked("doctor", "--json").json["findings"] if str(one["key"]).startswith("facts"))

    assert facts()["level"] == "good"
    worked.change("UPDATE case_fact SET late = 0 WHERE late = 1")
    assert facts()["level"] != "good"
    assert "report rebuild" in worked("doctor").out
    assert worked("doctor", "--repair").status in (0, 4)
    assert facts()["level"] == "good"


def test_an_office_chooses_the_denominator_of_the_rework_rate(worked: CommandLine) -> None:
    number = worked.rows("SELECT number FROM incident WHERE state = 'to_check'")[0][0]
    worked.act("核查员", str(number), "check", "--result", "fail", "--reason", "没清干净")
    worked.act("派遣员", str(number), "feedback", "--note", "又清了")
    worked.clock.advance(hours=1)
    assert total(worked, "月报")["返工率"] == 50.0, "one of two that were due"
    assert worked("operator", "settings", "--rework-of", "handled", "--operator", "系统管理员").status == 0
    assert "返工率的分母: 已处置" in worked("operator", "settings", "--operator", "系统管理员").out
    found = total(worked, "月报")
    assert "返工率" not in found
    assert found["返工率（占已处置）"] == 100.0, "one of one that was handled"
    assert "返工率 100.00%" in worked("report", "月报").out
    assert worked("operator", "settings", "--rework-of", "filed", "--operator", "系统管理员", "--json").error == "U001"


def test_a_comparison_with_a_period_before_the_first_case_says_so(worked: CommandLine, office_clock: Clock) -> None:
    (text,) = [text for name, text in worked("report", "月报", "--json").json["facts"].items() if name == "比较期"]
    assert text == "上期 2026-10-01..2026-10-25（还没有案件），去年同期 2025-11-01..2025-11-25（还没有案件）"
    office_clock.at = datetime.fromisoformat("2026-12-31T09:00:00+08:00")
    (text,) = [text for name, text in worked("report", "月报", "--json").json["facts"].items() if name == "比较期"]
    assert text.startswith("上期 2026-11-01..2026-11-30（2026-11-23 才有第一件，不满期），")


def test_an_office_has_the_row_of_the_whole_first_or_last(worked: CommandLine, tmp_path: Path) -> None:
    def rows(*words: str, table: int = 0) -> list[str]:
        return [row[0] for row in worked("report", *words, "--json").json["tables"][table]["rows"]]

    kinds: list[tuple[tuple[str, ...], int]] = [
        (("日报",), 1),
        (("街道",), 0),
        (("cross", "--rows", "来源", "--columns", "街道"), 0),
    ]
    usual = [rows(*words, table=at) for words, at in kinds]
    assert [one[-1] for one in usual] == ["合计"] * 3
    assert worked("operator", "settings", "--total-first", "--operator", "系统管理员").status == 0
    assert [rows(*words, table=at) for words, at in kinds] == [["合计", *one[:-1]] for one in usual]
    made = worked("report", "街道", "--json").json["tables"][0]
    assert (made["total"], made["rows"][0][1]) == (0, sum(row[1] for row in made["rows"][1:]))


def test_what_has_no_value_is_filtered_by_the_word_reports_have_for_it(worked: CommandLine) -> None:
    worked.reports("不知道是什么", "--source", "12345")
    counted, listed = {}, {}
    for dimension in ("小类", "大类", "承办", "网格", "社区"):
        made = worked("report", "cross", "--rows", dimension, "--columns", "来源", "--json").json["tables"][0]
        counted[dimension] = sum(row[-1] for row in made["rows"] if row[0] == "未填")
        made = worked("report", "cases", "reported", "--where", f"{dimension}=未填", "--json").json
        listed[dimension] = len(made["tables"][0]["rows"])
        assert made["facts"]["筛选"] == f"{dimension}=未填"
    assert listed == counted
    assert all(listed.values()), listed


def test_a_unit_renamed_in_the_period_is_one_row_and_a_note(worked: CommandLine, tmp_path: Path) -> None:
    def unit_table(code: str) -> dict[str, Any]:
        tables = worked("report", code, "--json").json["tables"]
        return next(table for table in tables if table["key"] in ("units", "by_handler"))  # type: ignore[no-any-return]

    before = {code: len(unit_table(code)["rows"]) for code in ("月报", "部门")}
    sheet = tmp_path / "单位.csv"
    sheet.write_text("单位编码,单位名称,单位类型\nB1,城市[/]管理局,专业部门\n", encoding="utf-8")
    assert worked.imports("departments", sheet).status == 0
    for code, rows in before.items():
        made = unit_table(code)
        names = [row[0] for row in made["rows"]]
        assert (len(names), "城市[/]管理局" in names, "城管局" in names) == (rows, True, False), code
        assert "“城管局”2026-11-25 起改名为“城市[/]管理局”，仍是一行" in made["notes"]
    by_name = {name: worked("report", "部门", "--where", f"承办={name}", "--json").json for name in ("城管局", "城市[/]管理局")}
    rows_of = {name: made["tables"][0]["rows"] for name, made in by_name.items()}
    assert rows_of["城管局"] == rows_of["城市[/]管理局"]
    assert by_name["城管局"]["facts"]["筛选"] == "承办=城市[/]管理局", "a former name is known, the present one is printed"
    worked.clock.at = datetime.fromisoformat("2026-12-05T09:00:00+08:00")
    assert not any("改名" in note for note in unit_table("部门")["notes"])


@pytest.mark.parametrize(
    "entry",
    ['report = "monthli"', 'report = "daily"\nback = 0', 'report = "daily"\nformat = "pdf"', "back = 1", 'report = ["daily"]'],
)
def test_a_wrong_entry_of_the_list_of_due_reports_is_named(worked: CommandLine, tmp_path: Path, entry: str) -> None:
    own = tmp_path / "应出.toml"
    own.write_text(f'[[due]]\nreport = "daily"\n[[due]]\n{entry}\n', encoding="utf-8")
    answer = worked("report", "due", "--folder", tmp_path, "--list", own)
    assert (answer.status, "第 2 项" in answer.err, "Traceback" in answer.err) == (2, True, False)


def test_in_a_folder_analyses_are_documents_and_lists_are_sheets(worked: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "报表"
    folder.mkdir()
    for words in (
        ("周报",),
        ("日报",),
        ("街道",),
        ("回访",),
        ("cases", "reported"),
        ("cross", "--rows", "街道", "--columns", "来源"),
    ):
        assert worked("report", *words, "-o", folder).status == 0, words
    assert sorted(path.suffix for path in folder.iterdir()) == [".docx"] * 2 + [".xlsx"] * 4


def test_each_table_gets_a_file_of_its_own(worked: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "表"
    folder.mkdir()
    tables = worked("report", "月报", "--json").json["tables"]
    answer = worked("report", "月报", "--no-blocks", "-o", folder / "月报.csv")
    names = sorted(path.name for path in folder.iterdir())
    assert (answer.status, len(names), names[0]) == (0, len(tables), "月报_01_运行指标.csv")
    assert answer.err.count("已写入") == len(tables)
    rows = (folder / names[1]).read_text("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in rows].count("来源") == 1
    assert rows[-3].startswith("合计,")
    again = worked("report", "月报", "--no-blocks", "-o", folder / "月报.csv")
    assert (again.status, "已写入" in again.err) == (5, False), "nothing is written where one file is there"
    for words in (("--no-blocks",), ("--no-blocks", "-o", tmp_path / "a.xlsx"), ("--no-blocks", "--json")):
        assert worked("report", "月报", *words).status == 2, words


def test_a_filtered_report_is_not_taken_for_the_whole_one(worked: CommandLine, office_clock: Clock, tmp_path: Path) -> None:
    office_clock.at = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    for street in ("幸福街道", "未填"):
        assert worked("report", "月报", "--period", "上月", "--where", f"街道={street}", "-o", tmp_path).status == 0
    names = sorted(path.name for path in tmp_path.iterdir() if path.suffix == ".docx")
    assert names == [f"X区网格化指挥中心_运行月报_2026-11_街道={street}.docx" for street in ("幸福街道", "未填")]
    missing = worked("report", "due", "--folder", tmp_path, "--json").json
    assert ("monthly", "2026-11") in [(one["report"], one["period"]) for one in missing], "the office still owes its own"


def test_a_period_that_was_widened_is_said(worked: CommandLine) -> None:
    for words, said in (
        (("月报", "--period", "昨天"), True),
        (("周报", "--period", "2026-11-23"), True),
        (("月报", "--period", "2026Q4"), False),
    ):
        assert ("按整期统计" in worked("report", *words).err) is said, words
