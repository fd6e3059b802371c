"""Templates: what they offer, and that they come back as they went out."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from office_cli import CommandLine

from gridconsole.importing.kinds import KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_recognised_and_its_example_is_no_data(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "模板.xlsx"
    assert small_office.bare("template", kind, "-o", target).status == 0
    answer = small_office("import", "auto", target, "--json", "--dry-run", "--operator", "内勤")
    assert (answer.status, answer.error) == (4, "C151"), "nothing but the example in it"
    book = openpyxl.load_workbook(target)
    sheet, columns = book.worksheets[0], [column for column in KINDS[kind].columns if column.titles]
    assert [cell.value for cell in sheet[1]] == [column.titles[0] for column in columns]
    assert len(sheet.data_validations.dataValidation) == len(KINDS[kind].choices)
    assert len(book.worksheets) == 2


def test_a_filled_in_template_is_taken(small_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "网格员.xlsx"
    small_office.bare("template", "wardens", "-o", target)
    book = openpyxl.load_workbook(target)
    sheet = book.worksheets[0]
    titles = [cell.value for cell in sheet[1]]
    for title, value in {"工号": "W77", "姓名": "欧阳修文", "负责网格": "420502001001001", "主辅": "B"}.items():
        sheet.cell(3, titles.index(title) + 1).value = value
    book.save(target)
    answer = small_office.imports("auto", target)
    assert (answer.json["kind"], answer.counts) == ("wardens", {"inserted": 1})


def test_a_template_is_never_written_over_a_file(small_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "信.xlsx"
    target.write_text("各位居民", encoding="utf-8")
    assert small_office.bare("template", "grids", "-o", target).status == 5
    assert target.read_text(encoding="utf-8") == "各位居民"


def test_there_is_no_template_of_an_unknown_kind(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office.bare("template", "吃瓜", "-o", tmp_path / "x.xlsx").status == 2
    assert not (tmp_path / "x.xlsx").exists()
