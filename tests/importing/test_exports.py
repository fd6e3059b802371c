"""Registers handed out: masked, harmless, and the same when they come back."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from importing.sheets import lines, raw_file, text_file
from office_cli import CommandLine

from gridconsole.domain.text import FORMULA_MARKS

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
    assert small_office.rows("SELECT phone FROM roster_person WHERE code = 'W1'") == [("13912345678",)]


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


@pytest.mark.parametrize("start", ["=1", "\r=1", "\t=1", "\x1b[0m=1", " =1", "＝1", "@1", "\u200b+1+1"])
def test_what_the_gate_out_leaves_of_a_poisoned_file_is_no_formula(small_office: CommandLine, tmp_path: Path, start: str) -> None:
    small_office.change("UPDATE grid SET name = ?, boundary = ?", start, start)
    target = tmp_path / "导出.csv"
    small_office("export", "grids", "-o", target)
    cells = [cell for row in csv.reader(target.open(encoding="utf-8-sig", newline="")) for cell in row]
    assert sum(cell.startswith("'") for cell in cells) >= 2
    assert not [cell for cell in cells if cell.strip()[:1] in FORMULA_MARKS and cell]


@pytest.mark.parametrize(("words", "status"), [(("export", "feedback"), 2), (("export", "吃瓜"), 2)])
def test_what_has_no_register_is_not_handed_out(
    small_office: CommandLine, tmp_path: Path, words: tuple[str, ...], status: int
) -> None:
    assert small_office(*words, "-o", tmp_path / "x.xlsx").status == status
    assert not (tmp_path / "x.xlsx").exists()


# --- what no column is known for --------------------------------------------------------------------------------

KEPT = {
    "areas": lines("区划代码,名称,所属街道,备注", "420502003001,钟楼社区,幸福街道,=旧[/]"),
    "grids": lines("网格编码,网格名称,所属街道,楼栋数,物业电话", "420502001001009,园区,幸福街道,12.5,0717-6000001"),
    "departments": lines(
        "单位编码,单位名称,单位类型,值班,统一社会信用代码,电话,手机", "B9,园林所,专业部门,轮流,91350100M000100Y43,,13812345678"
    ),
    "wardens": lines("工号,姓名,身份证号,家属电话,备注", "W9,新来的,11010519491231002X,13812345678,党员13812345679"),
    "catalogue": lines("类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限,依据", "事件,7,其他,1,①,甲,1工作日,条例第3条"),
    "components": lines(
        "标识码,状态,所在网格,街道,X,Y,养护电话", "4205020102000001,??,没有的网格,幸福街道,540000.5,3400000,13812345678"
    ),
}


@pytest.mark.parametrize("suffix", [".xlsx", ".csv"])
@pytest.mark.parametrize("kind", KEPT)
def test_what_a_record_keeps_by_heading_is_handed_out_and_comes_back_unchanged(
    small_office: CommandLine, tmp_path: Path, kind: str, suffix: str
) -> None:
    assert small_office.imports(kind, text_file(tmp_path, KEPT[kind])).counts["inserted"] == 1
    before, target = small_office.registers(), tmp_path / f"导出{suffix}"
    assert small_office("export", kind, "-o", target).status == 0
    for option in ((), ("--overwrite-blank",)) if kind == "wardens" else ((),):
        answer = small_office.imports(kind, target, *option)
        assert (set(answer.counts), answer.json["changes"]) == ({"unchanged"}, []), answer.json["issues"]
    assert small_office.registers() == before


def test_headings_of_the_sheet_are_handed_out_with_people_s_numbers_masked(small_office: CommandLine, tmp_path: Path) -> None:
    for kind in ("wardens", "departments"):
        small_office.imports(kind, text_file(tmp_path, KEPT[kind]))
        small_office("export", kind, "-o", tmp_path / f"{kind}.csv")
    people = (tmp_path / "wardens.csv").read_text(encoding="utf-8-sig")
    assert "110105********002X" in people and "138****5678" in people and "党员138****5679" in people
    assert "家属电话" in people.splitlines()[0]
    assert not any(number in people for number in ("11010519491231002X", "13812345678", "13812345679"))
    assert "91350100M000100Y43" in (tmp_path / "departments.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("upper", [True, False])
def test_features_taken_under_odd_codes_come_back_unchanged(small_office: CommandLine, tmp_path: Path, upper: bool) -> None:
    ring = [[120.1, 30.2], [120.2, 30.2], [120.2, 30.3], [120.1, 30.2]]
    outlines = [{"type": "Polygon", "coordinates": [ring]}, {"type": "Point", "coordinates": [1, 2]}]
    grids = [{"areaCode": "420502031102", "areaName": "甲网格", "cunshe": "东风社区"},
             {"areaCode": "420502031103", "areaName": "乙网格", "name": "乙", "parentAreaName": "东风社区"}]  # fmt: skip
    areas = [{"xzqhbm": "420502007000", "cunshe": "新社区", "zj_xzqhbm": "420502007", "zhenjie": "幸福街道"}]
    if upper:
        areas.append({"xzqhbm": "420502007", "cunshe": "新街道"})
    for kind, properties in (("areas", areas), ("grids", grids)):
        features = [
            {"type": "Feature", "properties": pairs, "geometry": outline}
            for pairs, outline in zip(properties, outlines, strict=False)
        ]
        content = json.dumps({"type": "FeatureCollection", "features": features}).encode()
        answer = small_office.imports(kind, raw_file(tmp_path, content, f"{kind}.geojson"))
        assert answer.counts == {"inserted": len(features)}, answer.json["issues"]
        before, target = small_office.registers(), tmp_path / f"{kind}.xlsx"
        small_office("export", kind, "-o", target)
        answer = small_office.imports(kind, target, "--overwrite-blank")
        assert (set(answer.counts), answer.json["changes"]) == ({"unchanged"}, []), answer.json["issues"]
        assert small_office.registers() == before


@pytest.mark.parametrize("name", ["名册.xls", "名册.txt", "名册", "名册.xlsx.bak"])
def test_a_name_that_says_something_else_than_a_workbook_is_refused(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    for words in (("export", "wardens"), ("template", "wardens")):
        answer = small_office(*words, "-o", tmp_path / name)
        assert answer.status == 5
        assert ".xlsx 结尾" in answer.err.replace("、.csv", "")
    assert not (tmp_path / name).exists()
