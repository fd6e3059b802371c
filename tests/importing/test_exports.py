"""Registers handed out: masked, harmless, and the same when they come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing.command_line import CommandLine
from importing.sheets import lines, text_file

KINDS = ("areas", "grids", "departments", "wardens", "catalogue")


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("kind", KINDS)
def test_what_was_handed_out_comes_back_unchanged(demo_office: CommandLine, tmp_path: Path, kind: str, suffix: str) -> None:
    target = tmp_path / f"导出{suffix}"
    assert demo_office("export", kind, "-o", target).status == 0
    answer = demo_office.imports("auto", target)
    assert (answer.json["kind"], set(answer.counts), answer.status) == (kind, {"unchanged"}, 0), answer.json["issues"][:3]
    assert answer.json["changes"] == []


def test_components_come_back_unchanged(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines("标识码,部件名称,状态,所在网格,经度,纬度", "4205020101000001,井盖,完好,420502001001001,111.29,30.69")
    assert small_office.imports("components", text_file(tmp_path, sheet)).counts == {"inserted": 1}
    target = tmp_path / "部件.xlsx"
    assert small_office("export", "components", "-o", target).status == 0
    assert small_office.imports("auto", target).counts == {"unchanged": 1}


def test_phones_wear_a_mask_and_a_mask_never_overwrites_a_phone(small_office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "名册.csv"
    small_office("export", "wardens", "-o", target)
    text = target.read_text(encoding="utf-8-sig")
    assert "139****5678" in text
    assert "13912345678" not in text
    assert small_office.imports("wardens", target, "--overwrite-blank").status == 0
    small_office.imports("wardens", target)
    assert small_office.rows("SELECT phone FROM warden WHERE code = 'W1'") == [("13912345678",)]


def test_a_cell_that_looks_like_a_formula_is_handed_out_as_text(small_office: CommandLine, tmp_path: Path) -> None:
    import openpyxl

    small_office.imports(
        "grids", text_file(tmp_path, lines("网格编码,网格名称,四至边界", "420502001001001,东风社区第1网格,=cmd()"))
    )
    target, text = tmp_path / "网格.xlsx", tmp_path / "导出.csv"
    small_office("export", "grids", "-o", text)
    assert "'=cmd()" in text.read_text(encoding="utf-8-sig")
    assert small_office.imports("grids", text).json["changes"] == []
    small_office("export", "grids", "-o", target)
    cells = [cell for row in openpyxl.load_workbook(target).active.iter_rows() for cell in row if cell.value == "=cmd()"]
    assert [cell.data_type for cell in cells] == ["s"]


@pytest.mark.parametrize(("words", "status"), [(("export", "incidents"), 2), (("export", "吃瓜"), 2)])
def test_what_has_no_register_is_not_handed_out(
    small_office: CommandLine, tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    assert small_office(*words, "-o", tmp_path / "x.xlsx").status == status
    assert not (tmp_path / "x.xlsx").exists()


def test_what_a_register_keeps_aside_goes_along_and_comes_back_unchanged(small_office: CommandLine, tmp_path: Path) -> None:
    sheets = {
        "departments": "单位编码,单位名称,单位类型,统一社会信用代码,备注\nB7,园林所,专业部门,91350211M000100Y46,临时\n",
        "wardens": "工号,姓名,身份证号,家属电话\nW7,李小明,11010519491231002X,13812345678\n",
        "grids": "网格编码,网格名称,楼栋数\n420502001001001,东风社区第1网格,12\n",
        "catalogue": "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限,依据\n事件,1,市容环境,1,暴露垃圾,少量,4工作时,条例第3条\n",
    }
    for kind, text in sheets.items():
        assert small_office.imports(kind, text_file(tmp_path, text)).status == 0
        before = small_office.registers()
        for ending in ("xlsx", "csv"):
            target = tmp_path / f"{kind}.{ending}"
            assert small_office("export", kind, "-o", target).status == 0
            answer = small_office.imports(kind, target, "--overwrite-blank")
            assert (set(answer.counts), answer.json["changes"]) == ({"unchanged"}, [])
        assert small_office.registers() == before
    text = (tmp_path / "wardens.csv").read_text(encoding="utf-8-sig")
    assert not {"11010519491231002X", "13812345678"} & set(text.replace("\n", ",").split(","))
    assert "91350211M000100Y46" in (tmp_path / "departments.csv").read_text(encoding="utf-8-sig")


def test_codes_of_another_system_come_back_too(blank_office: CommandLine, tmp_path: Path) -> None:
    """Divisions whose code the name overruled, or that ends in zeros; grids under the code of a platform."""
    areas = [
        {"xzqhbm": "330106001", "name": "幸福街道"},
        {"xzqhbm": "330106002", "name": "和平街道"},
        {"xzqhbm": "330106001001", "name": "东风社区", "zhenjie": "和平街道"},
        {"xzqhbm": "330106001000", "name": "零号社区", "zj_xzqhbm": "330106001", "zhenjie": "幸福街道"},
    ]
    grids = [
        {"areaCode": "330106001001Z001", "areaName": "景区网格", "parentAreaName": "东风社区"},
        {"XZQHBM": "330106001001001", "name": "第一网格", "cunshe": "东风社区", "zhenjie": "和平街道"},
    ]
    for kind, features in (("areas", areas), ("grids", grids)):
        collection = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": item} for item in features]}
        file = text_file(tmp_path, json.dumps(collection, ensure_ascii=False), f"{kind}.geojson")
        answer = blank_office.imports(kind, file)
        assert answer.counts == {"inserted": len(features)}, answer.json["issues"]
        target = tmp_path / f"{kind}.xlsx"
        assert blank_office("export", kind, "-o", target).status == 0
        back = blank_office.imports(kind, target)
        assert (back.counts, back.json["changes"]) == ({"unchanged": len(features)}, []), back.json["issues"]


@pytest.mark.parametrize("words", [("export", "grids"), ("template", "grids")])
def test_a_workbook_is_never_written_under_the_name_of_something_else(
    small_office: CommandLine, tmp_path: Path, words: tuple[str, ...]
) -> None:
    target = tmp_path / "网格.xls"
    answer = small_office(*words, "-o", target)
    assert (answer.status, target.exists(), ".xlsx" in answer.err) == (5, False, True)
