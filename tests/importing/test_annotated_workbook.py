"""The file a clerk gets back: bad rows in red and in words, and good again once they are put right."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from importing.sheets import lines, text_file, with_sheet_xml, workbook
from office_cli import CommandLine

GOOD, BAD = 157, 29
RED = "FFFFC7CE"


def roster(broken: bool) -> list[list[Any]]:
    """186 wardens; every 6th of the first 174 is on a grid that is not registered, as long as nobody put it right."""
    rows: list[list[Any]] = [["X区网格员名册"], ["工号", "姓名", "联系电话", "人员性质", "负责网格", "入职日期"]]
    for index in range(GOOD + BAD):
        bad = broken and index < 6 * BAD and index % 6 == 5
        grid = "420502001001099" if bad else "420502001001001"
        rows.append([f"N{index:03d}", f"网格员{index:03d}", "13900001234", "专职", grid, "2026-01-05"])
    return rows


def red_rows(sheet: Any, header_row: int) -> list[int]:
    return [
        number
        for number in range(header_row + 1, sheet.max_row + 1)
        if sheet.cell(number, sheet.max_column).fill.fgColor.rgb == RED
    ]


def test_a_sheet_with_bad_rows_goes_round_until_all_of_it_is_in_and_comes_out_again_without_a_trace(
    small_office: CommandLine, tmp_path: Path
) -> None:
    before = small_office.rows("SELECT * FROM roster_person"), small_office.rows("SELECT * FROM post WHERE replaced_by IS NULL")
    file, back = workbook(tmp_path / "名册.xlsx", {"名册": roster(broken=True)}), tmp_path / "名册（批注）.xlsx"
    first = small_office.imports("wardens", file, "--report", str(back))
    assert (first.status, first.counts) == (3, {"inserted": GOOD, "rejected": BAD})
    book = openpyxl.load_workbook(back)
    sheet = book["名册"]
    red = red_rows(sheet, 2)
    assert len(red) == BAD
    assert (sheet.cell(2, 7).value, sheet.cell(2, 8).value) == ("校验结果", "问题说明")
    assert {sheet.cell(number, 7).value for number in red} == {"未导入"}
    assert sheet.cell(3, 7).value == "通过"
    place = sheet.cell(red[0], 5)
    assert "E401" in place.comment.text
    for number in red:
        sheet.cell(number, 5).value = "420502001001001"
    book.save(back)
    second = small_office.imports("wardens", back)
    assert (second.status, second.counts) == (0, {"inserted": BAD, "unchanged": GOOD})
    assert second.json["sheets"][0]["unknown"] == []
    for batch in (second.json["batch"], first.json["batch"]):
        assert small_office("batch", "undo", batch, "--operator", "内勤").status == 0
    assert (
        small_office.rows("SELECT * FROM roster_person"),
        small_office.rows("SELECT * FROM post WHERE replaced_by IS NULL"),
    ) == before


def test_only_the_bad_rows_are_given_back_if_asked_for(small_office: CommandLine, tmp_path: Path) -> None:
    file, back = workbook(tmp_path / "名册.xlsx", {"名册": roster(broken=True)}), tmp_path / "不合格.xlsx"
    small_office.imports("wardens", file, "--report", str(back), "--errors-only")
    sheet = openpyxl.load_workbook(back)["名册"]
    assert (sheet.max_row, sheet.cell(1, 1).value) == (BAD + 1, "工号")
    for number in range(2, BAD + 2):
        sheet.cell(number, 5).value = "420502001001002"
    sheet.parent.save(back)
    assert small_office.imports("wardens", back).counts == {"inserted": BAD}


def test_a_text_file_comes_back_as_a_workbook_whose_formulas_stay_words(small_office: CommandLine, tmp_path: Path) -> None:
    evil = '=HYPERLINK("http://x","点我")'
    rows = [["工号", "姓名", "负责网格", "职责"], ["E1", "王芳", "没有的网格", evil], ["E2", "李明", "", "@SUM(A1)"]]
    file, back = tmp_path / "名册.csv", tmp_path / "批注.xlsx"
    with file.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    small_office.imports("wardens", file, "--report", str(back))
    sheet = openpyxl.load_workbook(back).worksheets[0]
    assert (sheet.cell(2, 4).value, sheet.cell(2, 4).data_type) == (evil, "s")
    assert (sheet.cell(3, 4).value, sheet.cell(3, 4).data_type) == ("@SUM(A1)", "s")
    assert len(red_rows(sheet, 1)) == 1


def test_an_annotated_file_is_never_written_over_another(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("工号,姓名", "E1,王芳"))
    back = text_file(tmp_path, "各位居民", "批注.xlsx")
    answer = small_office("import", "wardens", file, "--json", "--dry-run", "--report", back, "--operator", "内勤")
    assert (answer.status, answer.error) == (5, "E112")
    assert back.read_text(encoding="utf-8") == "各位居民"


@pytest.mark.parametrize("name", ["[部件]:一*二?三", "很长很长很长很长很长很长很长很长很长很长很长的表名甲乙丙丁"])
def test_a_sheet_of_an_odd_name_is_annotated_too(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    file, back = tmp_path / "页.html", tmp_path / "批注.xlsx"
    page = f"<html><body><h1>{name}</h1><table><tr><td>工号<td>姓名<tr><td><td>无名氏</table></body></html>"
    file.write_text(page, encoding="utf-8")
    small_office.imports("wardens", file, "--report", str(back))
    assert len(red_rows(openpyxl.load_workbook(back).worksheets[0], 1)) == 1


def test_a_heading_over_two_columns_at_the_end_is_left_alone(small_office: CommandLine, tmp_path: Path) -> None:
    def merge(book: Any, made: Any) -> None:
        made["表"].merge_range(0, 2, 0, 3, "备注")

    rows = [["网格编码", "网格名称", None, None], ["420502001001009", "第九网格", "甲", None], ["42", "错的", "乙", None]]
    back = tmp_path / "批注.xlsx"
    answer = small_office.imports("grids", workbook(tmp_path / "表.xlsx", {"表": rows}, merge), "--report", str(back))
    assert (answer.status, answer.counts) == (3, {"inserted": 1, "rejected": 1})
    sheet = openpyxl.load_workbook(back)["表"]
    assert [sheet.cell(1, column).value for column in (5, 6)] == ["校验结果", "问题说明"]
    assert [sheet.cell(row, 5).value for row in (2, 3)] == ["通过", "未导入"]


def test_a_report_that_cannot_be_written_is_refused_before_anything_is(small_office: CommandLine, tmp_path: Path) -> None:
    before = small_office.everything()
    file = text_file(tmp_path, lines("网格编码,网格名称", "420502001001009,第九网格"))
    answer = small_office.imports("grids", file, "--report", str(tmp_path / "没有" / "批注.xlsx"))
    assert (answer.status, answer.error) == (5, "E112")
    assert small_office.everything() == before


UNITS = ["单位编码", "单位名称", "单位类型"]


def test_a_second_round_shows_only_what_is_still_wrong(blank_office: CommandLine, tmp_path: Path) -> None:
    rows = [UNITS, ["D1", "城管局", "火星部门"], ["D2", "环卫所", "火星部门"]]
    first, second = tmp_path / "一.xlsx", tmp_path / "二.xlsx"
    blank_office.imports("departments", workbook(tmp_path / "名录.xlsx", {"单位": rows}), "--report", str(first))
    book = openpyxl.load_workbook(first)
    book["单位"].cell(2, 3).value = "专业部门"
    book.save(first)
    answer = blank_office.imports("departments", first, "--report", str(second))
    assert answer.counts == {"inserted": 1, "rejected": 1}
    sheet = openpyxl.load_workbook(second)["单位"]
    assert (sheet.max_column, red_rows(sheet, 1)) == (5, [3])
    assert sheet.cell(2, 3).comment is None
    assert [sheet.cell(number, 4).value for number in (1, 2, 3)] == ["校验结果", "通过", "未导入"]


def test_results_of_formulas_come_back_with_the_file(blank_office: CommandLine, tmp_path: Path) -> None:
    def formulas(_: Any, sheets: Any) -> None:
        sheets["单位"].write_formula(1, 1, '=CONCATENATE("城管","局")', None, "城管局")

    file = workbook(tmp_path / "名录.xlsx", {"单位": [UNITS, ["D1", None, "专业部门"], ["D2", "环卫所", "火星部门"]]}, formulas)
    back = tmp_path / "批注.xlsx"
    blank_office.imports("departments", file, "--report", str(back))
    assert blank_office.imports("departments", back).counts == {"unchanged": 1, "rejected": 1}


def test_what_is_no_data_is_not_judged(blank_office: CommandLine, tmp_path: Path) -> None:
    rows = [UNITS, ["D1", "城管局", "火星部门"], ["合计", "1", None]]
    back = tmp_path / "批注.xlsx"
    blank_office.imports("departments", workbook(tmp_path / "名录.xlsx", {"单位": rows}), "--report", str(back))
    assert openpyxl.load_workbook(back)["单位"].cell(3, 4).value in (None, "")


def test_bad_rows_alone_bring_everything_they_stood_under(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [
        ["12345 转办单", None, None, None],
        ["主要内容", "来电人", None, "诉求地址"],
        [None, "姓名", "电话", None],
        ["井盖破损", "李先生", "13900001111", "幸福路3号"],
        [None, "王先生", "13900002222", "幸福路4号"],
    ]

    def merge(_: Any, sheets: Any) -> None:
        sheets["表"].merge_range(1, 1, 1, 2, "来电人")
        sheets["表"].merge_range(1, 0, 2, 0, "主要内容")

    file, back = workbook(tmp_path / "单.xlsx", {"表": rows}, merge), tmp_path / "错行.xlsx"
    first = small_office.imports("incidents", file, "--report", str(back), "--errors-only")
    assert first.counts == {"inserted": 1, "rejected": 1}
    book = openpyxl.load_workbook(back)
    assert [cell.value for cell in book["表"][1]] == ["主要内容", "来电人姓名", "来电人电话", "诉求地址", "校验结果", "问题说明"]
    book["表"]["A2"] = "路灯不亮"
    book.save(back)
    again = tmp_path / "又一轮.xlsx"
    second = small_office.imports("incidents", back, "--report", str(again), "--errors-only")
    assert second.counts == {"inserted": 1}
    assert small_office.rows("SELECT reporter_name, reporter_phone FROM incident ORDER BY id DESC LIMIT 1") == [
        ("王先生", "13900002222")
    ]


def test_a_row_that_inherits_is_given_back_with_what_it_inherited(small_office: CommandLine, tmp_path: Path) -> None:
    head = ["类别", "大类代码", "大类名称", "小类代码", "小类名称", "立案条件", "处置时限"]
    rows = [head, ["事件", 3, "施工管理", 1, "施工扰民", "夜间施工", "4工作时"], [None, None, None, None, None, "占道", "很快"]]
    back = tmp_path / "错行.xlsx"
    small_office.imports("catalogue", workbook(tmp_path / "目录.xlsx", {"事件": rows}), "--report", str(back), "--errors-only")
    line = [cell.value for cell in openpyxl.load_workbook(back).worksheets[0][2]]
    assert line[:7] == ["事件", 3, "施工管理", 1, "施工扰民", "占道", "很快"]


def test_cells_at_the_far_end_and_ranges_over_everything_cost_nothing(blank_office: CommandLine, tmp_path: Path) -> None:
    xml = (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        '<row r="1">{}</row><row r="2">{}</row></sheetData><mergeCells count="1"><mergeCell ref="F1:XFD1048576"/></mergeCells></worksheet>'
    )

    def cells(number: int, words: list[str]) -> str:
        return "".join(
            f'<c r="{letter}{number}" t="inlineStr"><is><t>{word}</t></is></c>' for letter, word in zip("ABC", words, strict=True)
        )

    plain = workbook(tmp_path / "名录.xlsx", {"单位": [UNITS]})
    file = with_sheet_xml(plain, tmp_path / "大.xlsx", xml.format(cells(1, UNITS), cells(2, ["D1", "城管局", "火星部门"])))
    back = tmp_path / "批注.xlsx"
    answer = blank_office.imports("departments", file, "--report", str(back))
    assert answer.counts == {"rejected": 1}
    assert openpyxl.load_workbook(back).worksheets[0].max_row == 2


def test_tables_of_one_title_are_distinguished(blank_office: CommandLine, tmp_path: Path) -> None:
    def table(code: str, kind: str) -> str:
        head = "".join(f"<th>{title}</th>" for title in UNITS)
        return f"<table><caption>名录</caption><tr>{head}</tr><tr><td>{code}</td><td>{code}局</td><td>{kind}</td></tr></table>"

    page = f"<html><body>{table('D1', '专业部门')}{table('D2', '火星部门')}</body></html>"
    back = tmp_path / "批注.xlsx"
    answer = blank_office.imports("departments", text_file(tmp_path, page, "名录.xls"), "--report", str(back))
    assert answer.counts == {"inserted": 1, "rejected": 1}
    book = openpyxl.load_workbook(back)
    assert [sheet.cell(2, 4).value for sheet in book.worksheets] == ["通过", "未导入"]


def test_a_cell_without_a_value_stays_one_in_a_plain_copy(blank_office: CommandLine, tmp_path: Path) -> None:
    def error(_: Any, sheets: Any) -> None:
        sheets["单位"].write_formula(1, 1, "=1/0", None, "#DIV/0!")

    file = workbook(tmp_path / "名录.xlsx", {"单位": [UNITS, ["D1", None, "专业部门"]]}, error)
    back = tmp_path / "错行.xlsx"
    assert blank_office.imports("departments", file, "--report", str(back), "--errors-only").codes == ["E213"]
    assert blank_office.imports("departments", back).codes == ["E213"]
