"""Registers handed out: masked, harmless, and the same when they come back."""

from __future__ import annotations

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
