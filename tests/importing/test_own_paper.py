"""Paper that the program prints is no list to import: sheets, reports and slips are recognised, and own cases never come in twice."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from office_cli import Clock, CommandLine
from sheets import lines, text_file

from gridconsole.reporting.registry import KINDS

PLACE = ("--grid", "420502001001001", "--category", "暴露垃圾", "--address", "幸福路3号")


def cases(office: CommandLine) -> int:
    """Return the number of cases."""
    return int(office.rows("SELECT count(*) FROM incident")[0][0])


@pytest.mark.parametrize("ending", [".xlsx", ".html", ".docx", ".csv", ".txt", ".json"])
def test_a_hand_over_sheet_makes_no_cases(small_office: CommandLine, tmp_path: Path, ending: str) -> None:
    for text in ("楼下垃圾", "门口垃圾", "河边垃圾"):
        small_office.reports(text, *PLACE)
    target = tmp_path / f"交接单{ending}"
    assert small_office("handover", "sheet", "-o", target).status == 0
    for kind in ("auto", "incidents"):
        answer = small_office.imports(kind, target)
        assert answer.status in (4, 5), answer
        if ending in (".xlsx", ".html"):
            assert answer.error == "E143"
    assert cases(small_office) == 3


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_no_report_as_csv_makes_cases(small_office: CommandLine, office_clock: Clock, tmp_path: Path, kind: str) -> None:
    for text in ("楼下垃圾", "门口垃圾"):
        small_office.reports(text, *PLACE)
    office_clock.advance(days=3)
    target = tmp_path / "报表.csv"
    assert small_office("report", kind, "--format", "csv", "-o", target).status == 0
    assert small_office.imports("incidents", target, "--history").status in (4, 5)
    assert cases(small_office) == 2


def test_a_sheet_saved_again_is_still_recognised(small_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "交接单.xlsx"
    small_office("handover", "sheet", "-o", target)
    book = openpyxl.load_workbook(target)
    book.properties.keywords = None
    book.save(tmp_path / "一.xlsx")
    book = openpyxl.load_workbook(target)
    book.defined_names.clear()
    book.save(tmp_path / "二.xlsx")
    for name in ("一.xlsx", "二.xlsx"):
        assert small_office.imports("auto", tmp_path / name).error == "E143", name


def test_rows_about_own_cases_are_refused_and_others_come_in(small_office: CommandLine, tmp_path: Path) -> None:
    number = small_office.reports("楼下垃圾", *PLACE)
    rows = (f"{number},楼下垃圾,幸福路3号", "2099112300001,别的垃圾,幸福路4号")
    answer = small_office.imports("incidents", text_file(tmp_path, lines("案件号,内容,地址", *rows)))
    assert (answer.counts, answer.codes) == ({"inserted": 1, "rejected": 1}, ["E231", "W918"])


def test_a_list_of_nothing_but_own_cases_is_refused_as_a_whole(small_office: CommandLine, tmp_path: Path) -> None:
    for text in ("楼下垃圾", "门口垃圾"):
        small_office.reports(text, *PLACE)
    target = tmp_path / "案件.csv"
    assert small_office("export", "incidents", "-o", target).status == 0
    assert small_office.imports("auto", target).error == "E143"
    assert small_office.rows("SELECT 1 FROM import_batch WHERE kind = 'incidents'") == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("name", ["daily", "alarms", "requests", "waivers"])
@pytest.mark.parametrize("ending", [("csv", "csv"), ("table", "txt")])
def test_a_report_saved_as_text_is_recognised_by_its_title(
    small_office: CommandLine, tmp_path: Path, name: str, ending: tuple[str, str], language: str
) -> None:
    said = small_office("report", name, "--format", ending[0], "--lang", language)
    assert said.status == 0, said.err
    file = text_file(tmp_path, said.out, f"报表.{ending[1]}")
    assert small_office.imports("auto", file).error == "E143"


def test_a_number_of_another_system_may_look_like_an_own_one(small_office: CommandLine, tmp_path: Path) -> None:
    number = small_office.reports("楼下垃圾", *PLACE)
    answer = small_office.imports("incidents", text_file(tmp_path, lines("工单编号,内容", f"{number},完全是另一件事")))
    assert answer.counts == {"inserted": 1}


@pytest.mark.parametrize("kind", ["areas", "grids", "departments", "wardens", "catalogue"])
def test_exports_templates_and_annotated_copies_come_back(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    for name in ("甲.xlsx", "乙.csv"):
        small_office("export", kind, "-o", tmp_path / name)
        assert set(small_office.imports(kind, tmp_path / name).counts) == {"unchanged"}
    annotated = tmp_path / "批注.xlsx"
    assert small_office.imports(kind, tmp_path / "甲.xlsx", "--report", str(annotated)).status == 0
    assert set(small_office.imports(kind, annotated).counts) == {"unchanged"}


@pytest.mark.parametrize("columns", ["", "内容,地址,上报时间"])
def test_a_case_list_makes_no_cases(small_office: CommandLine, tmp_path: Path, columns: str) -> None:
    for text in ("楼下垃圾", "门口垃圾"):
        small_office.reports(text, *PLACE)
    target = tmp_path / "案件.xlsx"
    chosen = ("--columns", columns) if columns else ()
    assert small_office("export", "incidents", "-o", target, *chosen).status == 0
    assert small_office.imports("auto", target).error == "E143"
    assert cases(small_office) == 2
