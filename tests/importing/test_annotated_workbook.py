"""The file a clerk gets back: bad rows in red and in words, and good again once they are put right."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from importing.command_line import CommandLine
from importing.sheets import lines, text_file, workbook

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
    before = small_office.rows("SELECT * FROM warden"), small_office.rows("SELECT * FROM post")
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
    assert (small_office.rows("SELECT * FROM warden"), small_office.rows("SELECT * FROM post")) == before


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
