"""Kinds and fields by their Chinese names, folders of files, and several files of which one is bad."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file, workbook
from test_demo_workbooks import demo_file

GRIDS = lines("网格编码,网格名称", "420502001001009,东风社区第9网格")
UNITS = lines("单位编码,单位名称,单位类型", "D1,养护队,承包单位")


@pytest.mark.parametrize("word", ["grids", "网格", "Grids", "ｇｒｉｄｓ", "auto", "自动"])
def test_a_kind_is_named_by_its_code_or_in_chinese(small_office: CommandLine, tmp_path: Path, word: str) -> None:
    assert small_office.imports(word, text_file(tmp_path, GRIDS)).counts == {"inserted": 1}


@pytest.mark.parametrize("word", ["网格员", "花名册", "网格员名册", "wardens"])
def test_templates_and_exports_take_the_same_words(small_office: CommandLine, tmp_path: Path, word: str) -> None:
    assert small_office("template", word, "-o", tmp_path / "模板.xlsx").status == 0
    assert small_office("export", word, "-o", tmp_path / "名册.csv").status == 0
    assert "𠮷田" in (tmp_path / "名册.csv").read_text(encoding="utf-8-sig")


def test_an_unknown_kind_names_the_known_ones_in_both_ways(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("表格", text_file(tmp_path, GRIDS))
    assert (answer.status, answer.error) == (2, "U001")
    assert "wardens(网格员)" in answer.json["error"]["hint"] + answer.json["error"]["message"]


def test_a_column_is_mapped_to_a_field_by_its_chinese_name(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = text_file(tmp_path, GRIDS.replace("网格编码", "代号"))
    assert small_office.imports("grids", sheet, "--map", "代号=网格编码").counts == {"inserted": 1}
    wrong = small_office.imports("grids", sheet, "--map", "代号=编号码")
    assert (wrong.error, "网格编码(code)" in str(wrong.json["error"])) == ("U001", True)


def test_a_folder_goes_in_in_the_order_of_dependence(blank_office: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "收到的表"
    folder.mkdir()
    for name, kind in (("1 网格员.xlsx", "wardens"), ("2 网格.xlsx", "grids"), ("3 区划.xlsx", "areas")):
        shutil.copy(demo_file(kind), folder / name)
    (folder / "~$3 区划.xlsx").write_bytes(b"x")
    (folder / ".DS_Store").write_bytes(b"x")
    answer = blank_office("import", "auto", folder, "--json", "--operator", "内勤")
    assert [(item["kind"], item["rejected"]) for item in answer.json] == [("areas", 0), ("grids", 0), ("wardens", 0)]
    assert answer.status == 0


def test_a_trial_of_a_folder_is_the_import_that_follows(blank_office: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "收到的表"
    folder.mkdir()
    for name, kind in (("1 网格员.xlsx", "wardens"), ("2 网格.xlsx", "grids"), ("3 区划.xlsx", "areas")):
        shutil.copy(demo_file(kind), folder / name)
    before = blank_office.everything()
    trial = blank_office("import", "auto", folder, "--dry-run", "--json", "--operator", "内勤")
    assert (trial.status, blank_office.everything()) == (0, before)
    assert not list(blank_office.database.parent.rglob(".work-*"))
    real = blank_office("import", "auto", folder, "--json", "--operator", "内勤")
    tried = [{name: value for name, value in one.items() if name not in ("batch", "dry_run")} for one in trial.json]
    assert tried == [{name: value for name, value in one.items() if name not in ("batch", "dry_run")} for one in real.json]
    assert [(one["dry_run"], one["batch"]) for one in trial.json] == [(True, None)] * 3


def test_a_folder_with_one_file_answers_as_a_list_and_an_empty_one_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "空"
    folder.mkdir()
    assert small_office("import", "auto", folder, "--json", "--operator", "内勤").error == "E141"
    text_file(folder, GRIDS)
    assert [item["inserted"] for item in small_office("import", "auto", folder, "--json", "--operator", "内勤").json] == [1]


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_bad_file_does_not_stop_the_others(small_office: CommandLine, tmp_path: Path, place: int) -> None:
    files = [text_file(tmp_path, GRIDS, "网格.csv"), text_file(tmp_path, UNITS, "单位.csv")]
    files.insert(place, text_file(tmp_path, "不是表\n", "坏.csv"))
    answer = small_office("import", "auto", *files, "--json", "--operator", "内勤")
    assert answer.status == 5
    assert [item.get("inserted") for item in answer.json if "error" not in item] == [1, 1]
    assert answer.json[place]["error"]["code"] == "E109"


def test_the_bad_file_is_said_among_the_others(small_office: CommandLine, tmp_path: Path) -> None:
    files = [text_file(tmp_path, "不是表\n", "坏.csv"), text_file(tmp_path, UNITS, "单位.csv")]
    answer = small_office("import", "auto", *files, "--operator", "内勤")
    assert (answer.status, "单位.csv（单位）：读 1 行，新增 1" in answer.out) == (5, True)
    assert "坏.csv" in answer.err and "怎么办" in answer.err


def test_who_may_not_import_is_told_once(small_office: CommandLine, tmp_path: Path) -> None:
    files = [text_file(tmp_path, GRIDS, "网格.csv"), text_file(tmp_path, UNITS, "单位.csv")]
    answer = small_office("import", "auto", *files, "--operator", "派遣员")
    assert (answer.status, answer.err.count("错误[")) == (4, 1)


def test_what_a_sheet_looks_like_and_lacks_is_said(small_office: CommandLine, tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "名册.xlsx",
        {"Sheet1": [["花名册"], ["联系电话", "人员性质", "入职日期", "工号"], ["139", "专职", "2025-01-01", "W1"]]},
    )
    for kind in ("auto", "wardens"):
        answer = small_office.imports(kind, book)
        assert (answer.status, answer.error) == (5, "E137")
        assert "看着像网格员，只缺：姓名" in answer.json["error"]["message"]


def test_sheets_of_other_kinds_are_named_and_read_one_by_one(small_office: CommandLine, tmp_path: Path) -> None:
    book = workbook(
        tmp_path / "全部.xlsx",
        {
            "网格": [["网格编码", "网格名称"], ["420502001001009", "东风社区第9网格"]],
            "网格员": [["工号", "姓名", "电话"], ["SX1", "张三", "13811112101"]],
            "说明": [["这些表由街道提供", "如有出入", "请联系"]],
        },
    )
    answer = small_office.imports("auto", book)
    assert (answer.json["kind"], answer.counts, answer.codes) == ("grids", {"inserted": 1}, ["W947", "W901"])
    assert "网格员" in str(answer.json["issues"][0])
    assert small_office.imports("auto", book, "--sheet", "网格员").counts == {"inserted": 1}
