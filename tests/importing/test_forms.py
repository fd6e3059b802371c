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


def test_a_label_that_stands_twice_is_no_form(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", workbook(tmp_path / "交办单.xlsx", {"Sheet1": [*FORM, *FORM[1:]]}))
    assert answer.error in ("E109", "E115")
    assert small_office.rows(CASE) == []


def test_a_form_without_the_matter_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    without = [row for row in FORM if row[0] != "诉求内容"]
    assert small_office.imports("incidents", workbook(tmp_path / "交办单.xlsx", {"Sheet1": without})).error in ("E109", "E115")
