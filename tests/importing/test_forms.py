"""One case as a form: labels with their values beside them, in cells, merged cells or lines."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from office_cli import CommandLine
from sheets import lines, text_file, workbook

FORM = [
    ["12345热线交办单"],
    ["工单编号", "FM0001", "受理时间", "2026-11-20 15:02"],
    ["来电人", "辛先生", "联系电话", "13900000051"],
    ["所属社区", "东风社区", "诉求类型", "投诉"],
    ["诉求地址", "东风社区幸福路3号"],
    ["诉求内容", "楼下烧烤店每晚噪音扰民。"],
    ["领导批示", "请尽快办理"],
    ["签收人", None, "签收时间", None],
]
CASE = "SELECT source_ref, source, reporter_name, reporter_phone, address, text FROM incident"
EXPECTED = [("FM0001", "12345", "辛先生", "13900000051", "东风社区幸福路3号", "楼下烧烤店每晚噪音扰民。")]


def merged(folder: Path) -> Path:
    """The form as offices print it, with merged cells."""

    def fill(book: Any, sheets: Any) -> None:
        sheet = sheets["Sheet1"]
        sheet.merge_range("A1:D1", FORM[0][0])
        for row in (5, 6, 7):
            sheet.merge_range(f"B{row}:D{row}", FORM[row - 1][1])
        del book

    return workbook(folder / "交办单.xlsx", {"Sheet1": [[], *FORM[1:4], *[[row[0]] for row in FORM[4:7]], FORM[7]]}, fill)


def plain(folder: Path) -> Path:
    """The form without merged cells."""
    return workbook(folder / "交办单.xlsx", {"Sheet1": FORM})


def as_lines(folder: Path) -> Path:
    """The form as lines of text."""
    pairs = [(row[at], row[at + 1]) for row in FORM[1:] for at in range(0, len(row) - 1, 2)]
    return text_file(folder, lines(str(FORM[0][0]), *(f"{label}：{value or ''}" for label, value in pairs)), "交办单.txt")


@pytest.mark.parametrize("kind", ["incidents", "auto"])
@pytest.mark.parametrize("made", [merged, plain, as_lines])
def test_a_form_is_one_case(small_office: CommandLine, tmp_path: Path, made: Any, kind: str) -> None:
    file = made(tmp_path)
    answer = small_office.imports(kind, file)
    assert answer.counts == {"inserted": 1}
    assert small_office.rows(CASE) == EXPECTED
    assert '"领导批示":"请尽快办理"' in small_office.rows("SELECT extra FROM incident")[0][0]
    assert small_office.imports(kind, file).counts == {"unchanged": 1}


def test_forms_on_several_sheets_are_several_cases(small_office: CommandLine, tmp_path: Path) -> None:
    second = [
        [cell.replace("FM0001", "FM0002").replace("烧烤店", "小超市") if isinstance(cell, str) else cell for cell in row]
        for row in FORM
    ]
    book = workbook(tmp_path / "交办单.xlsx", {"一": FORM, "二": second})
    assert small_office.imports("incidents", book).counts == {"inserted": 2}


def another(number: int) -> list[list[str | None]]:
    """The form about another matter."""
    changed = {"FM0001": f"FM{number:04d}", "烧烤店": f"小超市{number}号"}
    return [[changed_cell(cell, changed) for cell in row] for row in FORM]


def changed_cell(cell: str | None, changed: dict[str, str]) -> str | None:
    """A cell with some words replaced."""
    for old, new in changed.items():
        cell = cell.replace(old, new) if cell is not None else None
    return cell


@pytest.mark.parametrize("count", [2, 20])
def test_forms_below_each_other_are_several_cases(small_office: CommandLine, tmp_path: Path, count: int) -> None:
    rows = [row for number in range(1, count + 1) for row in ([], *another(number))]
    book = workbook(tmp_path / "交办单.xlsx", {"Sheet1": rows})
    assert small_office.imports("auto", book).counts == {"inserted": count}
    found = [ref for (ref,) in small_office.rows("SELECT source_ref FROM incident ORDER BY source_ref")]
    assert found == [f"FM{number:04d}" for number in range(1, count + 1)]
    assert small_office.imports("incidents", book).counts == {"unchanged": count}


@pytest.mark.parametrize(
    "signed",
    [
        ["领导签字", None, "日期", None],
        ["领导签字", "王强", "日期", "2026-11-22"],
        ["经办人", "王强", "联系电话", "13900000099"],
        ["填表人", "王强", "填表时间", "2026-11-22"],
    ],
)
def test_a_line_for_signatures_says_nothing_about_the_report(
    small_office: CommandLine, tmp_path: Path, signed: list[str]
) -> None:
    answer = small_office.imports("incidents", workbook(tmp_path / "交办单.xlsx", {"Sheet1": [*FORM, signed]}))
    assert answer.counts == {"inserted": 1}
    assert small_office.rows(CASE) == EXPECTED
    assert small_office.rows("SELECT reported_at FROM incident") == [("2026-11-20T07:02:00.000000Z",)]


def test_a_label_that_stands_twice_in_a_form_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    twice = [*FORM, ["诉求内容", "另一件事。"]]
    answer = small_office.imports("incidents", workbook(tmp_path / "交办单.xlsx", {"Sheet1": twice}))
    assert (answer.error, "第 9 行的“诉求内容”" in answer.json["error"]["message"]) == ("E144", True)
    assert small_office.rows(CASE) == []


def test_two_labels_in_a_line_of_text_are_two(small_office: CommandLine, tmp_path: Path) -> None:
    said = lines("工单编号：G1 受理时间：2026-11-20 08:10", "诉求人：辛先生 联系电话：13900000001", "诉求内容：路灯不亮")
    assert small_office.imports("auto", text_file(tmp_path, said, "g.txt")).counts == {"inserted": 1}
    assert small_office.rows(CASE) == [("G1", "other", "辛先生", "13900000001", "", "路灯不亮")]
    assert small_office.rows("SELECT reported_at FROM incident") == [("2026-11-20T00:10:00.000000Z",)]


@pytest.mark.parametrize("text", ["路灯不亮;天黑", "路灯不亮,天黑,老人摔倒,请处理", "路灯不亮，\n已经三天", "一|二\t三"])
def test_a_text_keeps_its_commas_and_goes_on_in_the_next_line(small_office: CommandLine, tmp_path: Path, text: str) -> None:
    said = lines(
        "12345交办单", "工单编号：G1", "受理时间：2026-11-20 08:10", "诉求人：辛先生", f"诉求内容：{text}", "领导批示：请办"
    )
    assert small_office.imports("auto", text_file(tmp_path, said, "g.txt")).counts == {"inserted": 1}
    (found,) = small_office.rows("SELECT text FROM incident")[0]
    assert found.split() == text.split()


def test_a_text_goes_on_in_the_next_row_of_a_sheet(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [*FORM[:6], [None, "已经三天没修。"], *FORM[6:]]
    assert small_office.imports("auto", workbook(tmp_path / "单.xlsx", {"Sheet1": rows})).counts == {"inserted": 1}
    assert small_office.rows("SELECT text FROM incident") == [("楼下烧烤店每晚噪音扰民。\n已经三天没修。",)]


@pytest.mark.parametrize(
    "rows",
    [
        [
            ["承办单位", "城管局", "联系人", "王芳", "联系电话", "0717-6111111"],
            ["处理结果", "已修复"],
            ["办结时间", "2026-11-21 10:00"],
        ],
        [["承办人签字", "王芳"], ["联系电话", "0717-6111111"]],
    ],
)
def test_the_phone_of_who_works_on_it_is_not_the_caller_s(
    small_office: CommandLine, tmp_path: Path, rows: list[list[str]]
) -> None:
    book = workbook(tmp_path / "单.xlsx", {"Sheet1": [*FORM[:6], *rows]})
    assert small_office.imports("auto", book, "--open").counts == {"inserted": 1}
    assert small_office.rows(CASE) == EXPECTED
    assert "0717-6111111" in small_office.rows("SELECT extra FROM incident")[0][0]


def test_a_form_with_more_below_than_a_header_may_have_above_loses_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    book = workbook(tmp_path / "交办单.xlsx", {"Sheet1": [*FORM, *([["附言"]] * 40), ["备注", "第五十行"]]})
    assert small_office.imports("incidents", book).counts == {"inserted": 1}
    assert "第五十行" in small_office.rows("SELECT extra FROM incident")[0][0]


def test_a_form_without_the_matter_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    without = [row for row in FORM if row[0] != "诉求内容"]
    assert small_office.imports("incidents", workbook(tmp_path / "交办单.xlsx", {"Sheet1": without})).error in ("E109", "E115")


def test_a_short_form_is_no_header_of_two_rows(small_office: CommandLine, tmp_path: Path) -> None:
    form = [["工单编号", "FM0009", "受理时间", "2026-11-20 15:02"], ["诉求人", "王某", "联系电话", "13900000088"],
            ["地址", "东风小区3栋", "诉求内容", "楼上漏水，请处理"]]  # fmt: skip
    assert small_office.imports("auto", workbook(tmp_path / "单.xlsx", {"Sheet1": form})).counts == {"inserted": 1}
    assert small_office.rows(CASE) == [("FM0009", "other", "王某", "13900000088", "东风小区3栋", "楼上漏水，请处理")]


def test_labels_and_values_in_pairs_are_a_form(small_office: CommandLine, tmp_path: Path) -> None:
    form = [["工单编号", "D20261120009", "受理时间", "2026-11-20 10:00"], ["诉求人", "王某", "联系电话", "13900000088"],
            ["事发地址", "东风小区3栋", "办理时限", "3个工作日"], ["诉求内容", "楼上漏水，请处理", "", ""],
            ["领导批示", "请城管局办", "", ""]]  # fmt: skip
    assert small_office.imports("auto", workbook(tmp_path / "单.xlsx", {"Sheet1": form})).counts == {"inserted": 1}
    assert small_office.rows(CASE) == [("D20261120009", "other", "王某", "13900000088", "东风小区3栋", "楼上漏水，请处理")]
    assert '"领导批示":"请城管局办"' in small_office.rows("SELECT extra FROM incident")[0][0]


def test_nothing_of_a_form_is_dropped(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [*FORM[:6], ["备注", "第一条"], ["备注", "第二条"], [], ["请于三日内办结，并及时回复来电人。"]]
    assert small_office.imports("auto", workbook(tmp_path / "单.xlsx", {"Sheet1": rows})).counts == {"inserted": 1}
    kept = small_office.rows("SELECT extra FROM incident")[0][0]
    assert [word for word in ("第一条", "第二条", "请于三日内办结，并及时回复来电人。") if word not in kept] == []
