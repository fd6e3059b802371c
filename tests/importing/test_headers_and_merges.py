"""Sheets as they are: titles above, headings spelt every way, merged cells, footers, several sheets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from importing.sheets import Rows, lines, text_file, workbook
from office_cli import CommandLine

HEADER = ["单位编码", "单位名称", "单位类型"]
UNIT = ["D1", "城管局[/]", "专业部门"]
CATALOGUE = ["大类代码", "大类名称", "小类代码", "小类名称", "立案条件", "处置时限"]
RULES = "SELECT c.kind, c.major_code, c.minor_code, c.minor_name, r.condition FROM filing_rule r JOIN category c ON c.id = r.category_id ORDER BY r.id"


@pytest.mark.parametrize("titles", [0, 1, 3, 14])
def test_the_header_is_found_under_title_rows(blank_office: CommandLine, tmp_path: Path, titles: int) -> None:
    rows: Rows = [[f"X区处置单位名录（第{at}稿）"] for at in range(titles)] + [HEADER, UNIT]
    answer = blank_office.imports("departments", workbook(tmp_path / "单位.xlsx", {"单位": rows}))
    assert (answer.status, answer.counts) == (0, {"inserted": 1})


def test_a_header_below_the_fortieth_row_is_not_found(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [[f"说明{at}"] for at in range(39)] + [HEADER, UNIT]
    assert blank_office.imports("departments", workbook(tmp_path / "单位表.xlsx", {"单位": rows})).status == 0
    rows = [[f"说明{at}"] for at in range(40)] + [HEADER, UNIT]
    answer = blank_office.imports("departments", workbook(tmp_path / "单位.xlsx", {"单位": rows}))
    assert (answer.status, answer.error) == (5, "E109")
    assert "单位编码、单位名称、单位类型" in answer.json["error"]["hint"]
    assert "说明0" in answer.json["error"]["hint"]


def test_blank_rows_are_no_data_and_do_not_shift_the_numbers(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [["名录"], [], [], HEADER, [], [" ", "　", None], ["D1", "城管局", "火星部门"]]
    answer = blank_office.imports("departments", workbook(tmp_path / "单位.xlsx", {"单位": rows}))
    (issue,) = answer.json["issues"]
    assert answer.json["read"] == 1
    assert (issue["sheet"], issue["row"], issue["column"], issue["code"]) == ("单位", 7, "单位类型", "E208")


@pytest.mark.parametrize(
    "headings",
    [
        ["单位 编码", "单位\n名称", "单位类型*"],
        ["单位编码（必填）", "单位名称(必填)", "单位类型：(选填)"],
        ["部门编码", "处置单位", "部门类型"],
        ["代码", "名称", "类型"],
        [" 单位编码　", "单位名称 ", "＊单位类型"],
    ],
)
def test_headings_are_known_however_they_are_spelt(blank_office: CommandLine, tmp_path: Path, headings: list[str]) -> None:
    file = workbook(tmp_path / "单位.xlsx", {"单位": [headings, UNIT]})
    assert blank_office.imports("departments", file).counts == {"inserted": 1}
    assert blank_office.rows("SELECT code, name, kind FROM unit") == [("D1", "城管局[/]", "department")]


def test_columns_in_another_order_land_where_their_heading_says(blank_office: CommandLine, tmp_path: Path) -> None:
    file = workbook(tmp_path / "单位.xlsx", {"单位": [HEADER[::-1], UNIT[::-1]]})
    blank_office.imports("departments", file)
    assert blank_office.rows("SELECT code, name, kind FROM unit") == [("D1", "城管局[/]", "department")]


def test_headings_nobody_knows_are_kept_beside_the_record(blank_office: CommandLine, tmp_path: Path) -> None:
    file = workbook(tmp_path / "单位.xlsx", {"单位": [[*HEADER, "id", "成立年份", "备注"], [*UNIT, 7, 1998, "[/]①"]]})
    blank_office.imports("departments", file)
    assert blank_office.rows("SELECT id, extra FROM unit") == [(1, '{"id":"7","备注":"[/]①","成立年份":"1998"}')]


def test_merged_cells_give_their_value_to_every_row_they_cover(blank_office: CommandLine, tmp_path: Path) -> None:
    def merge(_book: Any, sheets: Mapping[str, Any]) -> None:
        sheet = sheets["事件"]
        sheet.merge_range("C6:C8", "1")
        sheet.merge_range("D6:D8", "市容环境")
        sheet.merge_range("E6:E7", 1)
        sheet.merge_range("F6:F7", "私搭乱建")

    rows: Rows = [
        ["X区城市管理标准"],
        [],
        [],
        [],
        [None, None, *CATALOGUE],
        [None, None, None, None, None, None, "在建", "2紧急工作时"],
        [None, None, None, None, None, None, "已建成①", "15天"],
        [None, None, None, None, 2.0, "暴露垃圾", "堆放", "4小时"],
    ]
    answer = blank_office.imports("catalogue", workbook(tmp_path / "标准.xlsx", {"事件": rows}, merge))
    assert answer.counts == {"inserted": 3}
    assert blank_office.rows(RULES) == [
        ("event", "01", "01", "私搭乱建", "在建"),
        ("event", "01", "01", "私搭乱建", "已建成①"),
        ("event", "01", "02", "暴露垃圾", "堆放"),
    ]


def test_a_blank_cell_means_the_one_above_until_a_new_group_begins(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines(
        "部件立案标准,,,,,",
        ",".join(CATALOGUE),
        "1,公用设施,1,上水井盖,缺失,2紧急工作时",
        ",,,,破损,1工作日",
        ",,02,路灯,不亮,3工作日",
        "2,交通设施,,,歪斜,3工作日",
    )
    answer = blank_office.imports("catalogue", text_file(tmp_path, text))
    assert answer.status == 3
    assert answer.counts == {"inserted": 3, "rejected": 1}
    assert {(issue["row"], issue["column"], issue["code"]) for issue in answer.json["issues"]} == {
        (6, "小类代码", "E201"),
        (6, "小类名称", "E201"),
    }
    assert [row[3:] for row in blank_office.rows(RULES)] == [("上水井盖", "缺失"), ("上水井盖", "破损"), ("路灯", "不亮")]


@pytest.mark.parametrize("footer", ["合计,2,", "总计：2,,", "制表人：李小明,,审核人：王芳", "备注：以上为初稿,,"])
def test_the_line_under_the_table_is_no_data(blank_office: CommandLine, tmp_path: Path, footer: str) -> None:
    text = lines(",".join(HEADER), "D1,城管局,专业部门", "D2,环卫所,专业部门", footer)
    answer = blank_office.imports("departments", text_file(tmp_path, text))
    assert (answer.status, answer.counts) == (0, {"inserted": 2})


def test_every_sheet_with_the_header_is_read_and_the_others_are_named(blank_office: CommandLine, tmp_path: Path) -> None:
    def hide(_book: Any, sheets: Mapping[str, Any]) -> None:
        sheets["上一稿"].hide()

    sheets: dict[str, Rows] = {
        "专业部门": [HEADER, UNIT],
        "空表": [],
        "说明": [["填表说明"], ["请勿改动表头"]],
        "承包单位": [["名录"], HEADER, ["D2", "养护公司", "承包单位"]],
        "上一稿": [HEADER, ["D3", "旧单位", "承包单位"]],
    }
    answer = blank_office.imports("departments", workbook(tmp_path / "单位.xlsx", sheets, hide))
    assert (answer.status, answer.counts) == (0, {"inserted": 2})
    assert {(issue["code"], issue["sheet"], issue["severity"]) for issue in answer.json["issues"]} == {
        ("W901", "说明", "warning"),
        ("W902", "上一稿", "warning"),
    }
    assert blank_office.rows("SELECT code FROM unit ORDER BY code") == [("D1",), ("D2",)]


@pytest.mark.parametrize(
    ("sheet", "title", "name"),
    [("部件", "城市管理标准", "标准.xlsx"), ("Sheet1", "部件立案标准", "标准.xlsx"), ("Sheet1", "标准", "X区部件标准.xlsx")],
)
def test_the_kind_of_a_catalogue_is_reported_by_sheet_title_or_file(
    blank_office: CommandLine, tmp_path: Path, sheet: str, title: str, name: str
) -> None:
    rows: Rows = [[title], CATALOGUE, [1, "公用设施", 1, "上水井盖", "缺失", "2紧急工作时"]]
    assert blank_office.imports("catalogue", workbook(tmp_path / name, {sheet: rows})).counts == {"inserted": 1}
    assert blank_office.rows("SELECT kind FROM category") == [("component",)]


def test_a_column_of_kinds_wins_over_the_name_of_the_sheet(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [["类别", *CATALOGUE], ["事件", 1, "市容环境", 1, "暴露垃圾", "堆放", "4工作时"]]
    blank_office.imports("catalogue", workbook(tmp_path / "标准.xlsx", {"部件": rows}))
    assert blank_office.rows("SELECT kind FROM category") == [("event",)]


def test_a_catalogue_that_does_not_say_which_it_is_is_refused_row_by_row(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines(",".join(CATALOGUE), "1,市容环境,1,暴露垃圾,堆放,4工作时")
    answer = blank_office.imports("catalogue", text_file(tmp_path, text))
    assert (answer.status, answer.codes) == (4, ["E210"])
    assert blank_office.rows("SELECT count(*) FROM category") == [(0,)]


def test_escapes_that_other_programs_leave_in_a_workbook_become_line_ends(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [["主要内容", "诉求地址"], ["第一段_x000D_\n第二段", "幸福路"]]
    blank_office.imports("incidents", workbook(tmp_path / "留言.xlsx", {"留言": rows}))
    assert blank_office.rows("SELECT text FROM incident") == [("第一段\n\n第二段",)]


@pytest.mark.parametrize(
    "footer", ["合计,3,12,9万元", "填表人：王芳,审核人：李小明,填表日期：2026-11-23,", "说明：以上为初稿,,,", "小计,1200.5㎡,,"]
)
def test_a_total_or_a_signature_of_many_cells_is_no_data(blank_office: CommandLine, tmp_path: Path, footer: str) -> None:
    text = lines("单位编码,单位名称,单位类型,联系人", "D1,城管局,专业部门,李", footer)
    answer = blank_office.imports("departments", text_file(tmp_path, text))
    assert (answer.status, answer.counts) == (0, {"inserted": 1})
    assert answer.json["sheets"][0]["passed_over"] == [3]


@pytest.mark.parametrize(
    "footer",
    [
        "合计,本月共2家，其中承包单位1家,,", "共计2家,,,", "以上合计：2家,,,", "总 计,2,,", "分管领导：,,经办：王芳,", "日期：2026.11.3,,,",
        "填报单位（盖章）：城管局,,,",
    ],
)  # fmt: skip
def test_words_beside_a_total_and_signatures_of_any_office_are_no_data(
    blank_office: CommandLine, tmp_path: Path, footer: str
) -> None:
    text = lines("单位编码,单位名称,单位类型,联系人", "D1,城管局,专业部门,李", footer)
    answer = blank_office.imports("departments", text_file(tmp_path, text))
    assert (answer.status, answer.counts, answer.json["sheets"][0]["passed_over"]) == (0, {"inserted": 1}, [3])


def test_a_row_that_begins_like_a_remark_or_an_example_is_data(blank_office: CommandLine, tmp_path: Path) -> None:
    areas = lines("名称,区划代码", "示例市,990000", "示例区,990101", "备注村,990101001001", "合计社区,990101001002")
    answer = blank_office.imports("areas", text_file(tmp_path, areas))
    assert answer.json["read"] == 4 and answer.json["sheets"][0]["passed_over"] == []
    said = lines(
        "主要内容,诉求地址", "备注：此处危险，请处理,幸福路3号", "说明：井盖破损,幸福路4号", "示例小区门口井盖破损,幸福路5号"
    )
    assert blank_office.imports("incidents", text_file(tmp_path, said)).counts == {"inserted": 3}


def test_headings_in_traditional_characters_are_the_same_headings(small_office: CommandLine, tmp_path: Path) -> None:
    units = lines("單位編碼,單位名稱,單位類型,聯絡電話", "B9,園林所,专业部门,13812345678")
    rules = lines("類別,大類代碼,大類名稱,小類代碼,小類名稱,立案條件,處置時限", "事件,7,其他,1,①,甲,1工作日")
    for kind, text in (("departments", units), ("catalogue", rules)):
        answer = small_office.imports(kind, text_file(tmp_path, text))
        assert answer.counts == {"inserted": 1}, answer.json["issues"]
    assert small_office.rows("SELECT name, phone FROM unit WHERE code = 'B9'") == [("園林所", "13812345678")]
