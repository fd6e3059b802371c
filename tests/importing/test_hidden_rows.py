"""Rows that a filter or a person hid: taken and said, or left out on request, in every format of workbook that can hide them."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest
from office_cli import CommandLine
from old_workbooks import book, container, record, sheet
from sheets import workbook

ROWS: list[list[str | None]] = [
    ["工号", "姓名", "联系电话", "负责网格"],
    *[[f"FR{at}", f"癸{at}", f"139000000{at:02d}", "东风社区第1网格"] for at in range(1, 9)],
]


def filtered(folder: Path) -> Path:
    """A roster with a filter that hides the rows 3, 5 and 6."""

    def hide(_: Any, sheets: Any) -> None:
        for row in (2, 4, 5):
            sheets["名册"].set_row(row, None, None, {"hidden": True})

    return workbook(folder / "名册.xlsx", {"名册": ROWS}, hide)


def open_document(folder: Path) -> Path:
    """The same as an OpenDocument file: one row hidden by a filter, two at once by hand."""
    cells = [
        "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row)
        for row in ROWS
    ]
    shown = {2: ' table:visibility="filter"', 4: ' table:visibility="collapse"', 5: ' table:visibility="collapse"'}
    rows = "".join(f"<table:table-row{shown.get(at, '')}>{row}</table:table-row>" for at, row in enumerate(cells))
    namespaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {namespaces} office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="名册">{rows}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    path = folder / "名册.ods"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


def before_2007(folder: Path) -> Path:
    """The same as a workbook of Excel 97: a row's record has a flag."""
    hidden = b"".join(record(0x0208, struct.pack("<HHHHIHH", row, 0, 4, 255, 0, 0x0120, 0x0F)) for row in (2, 4, 5))
    return container(folder / "名册.xls", book([sheet(ROWS, extra=hidden)]))


MADE = (filtered, open_document, before_2007)


@pytest.mark.parametrize("made", MADE)
def test_hidden_rows_are_taken_and_said(small_office: CommandLine, tmp_path: Path, made: Any) -> None:
    answer = small_office.imports("wardens", made(tmp_path))
    assert (answer.counts, answer.codes) == ({"inserted": 8}, ["W928"])
    assert answer.json["issues"][0]["message"] == "3 行被筛选或手工隐藏，也导入了（第 3、5、6 行）"


@pytest.mark.parametrize("made", MADE)
def test_hidden_rows_are_left_out_on_request(small_office: CommandLine, tmp_path: Path, made: Any) -> None:
    answer = small_office.imports("wardens", made(tmp_path), "--skip-hidden")
    assert (answer.counts, answer.codes) == ({"inserted": 5}, ["W930"])
    assert small_office.rows("SELECT code FROM roster_person WHERE code LIKE 'FR%' ORDER BY code") == [
        ("FR1",), ("FR3",), ("FR6",), ("FR7",), ("FR8",),
    ]  # fmt: skip


def test_a_sheet_without_hidden_rows_says_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office.imports("wardens", workbook(tmp_path / "名册.xlsx", {"名册": ROWS})).codes == []
