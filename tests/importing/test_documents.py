"""Tables of Word documents and Excel 2003 XML workbooks are read as sheets; old workbooks with a password are named as such."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from office_cli import CommandLine
from office_xml import paragraph, spreadsheet, ss_row, table, word
from old_workbooks import book, container, record, sheet
from sheets import raw_file, text_file

HEAD = ["工号", "姓名", "联系电话", "负责网格"]
ROWS = [["D1", "甲一", "13900000001", "东风社区第1网格"], ["D2", "甲二", "13900000002", "东风社区第2网格"]]


def test_a_table_of_a_document_is_a_sheet(small_office: CommandLine, tmp_path: Path) -> None:
    file = word(tmp_path, paragraph("网格员名册") + table([HEAD, *ROWS]) + paragraph("完"))
    answer = small_office.imports("auto", file)
    assert (answer.counts, answer.json["sheets"][0]["name"]) == ({"inserted": 2}, "网格员名册")
    assert small_office.rows("SELECT code, phone FROM roster_person WHERE code LIKE 'D%' ORDER BY code") == [
        ("D1", "13900000001"), ("D2", "13900000002"),
    ]  # fmt: skip


def test_merged_cells_of_a_document_are_filled(small_office: CommandLine, tmp_path: Path) -> None:
    def cell(text: str, more: str = "") -> str:
        return f"<w:tc><w:tcPr>{more}</w:tcPr>{paragraph(text)}</w:tc>"

    rows = [
        cell("社区") + cell("网格名称") + cell("户数"),
        cell("东风社区", '<w:vMerge w:val="restart"/>') + cell("第8网格") + cell("10"),
        cell("", "<w:vMerge/>") + cell("第9网格") + cell("20"),
    ]
    file = word(tmp_path, "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>")
    assert small_office.imports("grids", file).counts == {"inserted": 2}
    assert small_office.rows("SELECT name FROM grid WHERE households IN (10, 20) ORDER BY name") == [
        ("东风社区第8网格",), ("东风社区第9网格",),
    ]  # fmt: skip


def test_a_form_in_a_document_is_one_case(small_office: CommandLine, tmp_path: Path) -> None:
    form = [
        ["工单编号", "F1", "受理时间", "2026-11-20 15:02"],
        ["来电人", "辛先生", "联系电话", "13900000051"],
        ["诉求内容", "噪音扰民"],
    ]
    file = word(tmp_path, paragraph("12345热线交办单") + table(form))
    assert small_office.imports("incidents", file).counts == {"inserted": 1}


def test_a_document_without_a_table_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("auto", word(tmp_path, paragraph("通知")))
    assert (answer.status, answer.error) == (5, "E104")
    assert "Word" in answer.json["error"]["message"]


def test_entities_in_a_document_are_refused(small_office: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "炸弹.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", '<!DOCTYPE x [<!ENTITY a "b">]><w:document/>')
    assert small_office.imports("auto", path).error == "E106"


def test_an_excel_2003_xml_workbook_is_read(small_office: CommandLine, tmp_path: Path) -> None:
    gap = '<Row ss:Index="4"><Cell><Data ss:Type="String">D2</Data></Cell><Cell ss:Index="2"><Data ss:Type="String">甲二</Data></Cell>'
    gap += '<Cell ss:Index="3"><Data ss:Type="Number">13900000002</Data></Cell></Row>'
    file = text_file(tmp_path, spreadsheet(ss_row(HEAD) + ss_row(ROWS[0]) + gap), "名册.xls")
    answer = small_office.imports("wardens", file)
    assert (answer.counts, answer.json["sheets"][0]["name"]) == ({"inserted": 2}, "名册")
    assert small_office.rows("SELECT name, phone FROM roster_person WHERE code = 'D2'") == [("甲二", "13900000002")]


def test_its_hidden_rows_dates_and_merged_cells_are_known(small_office: CommandLine, tmp_path: Path) -> None:
    wide = '<Row><Cell ss:MergeAcross="2"><Data ss:Type="String">12345热线工单</Data></Cell></Row>'
    date = '<Row ss:Hidden="1"><Cell><Data ss:Type="String">K1</Data></Cell><Cell><Data ss:Type="DateTime">2026-11-20T15:02:00.000</Data></Cell>'
    date += '<Cell><Data ss:Type="String">路灯不亮</Data></Cell></Row>'
    file = text_file(tmp_path, spreadsheet(wide + ss_row(["工单编号", "受理时间", "内容"]) + date), "工单.xml")
    answer = small_office.imports("incidents", file)
    assert (answer.counts, answer.codes) == ({"inserted": 1}, ["W928"])
    assert small_office.rows("SELECT reported_at, source FROM incident") == [("2026-11-20T07:02:00.000000Z", "12345")]


def test_an_old_workbook_with_a_password_is_named_so(small_office: CommandLine, tmp_path: Path) -> None:
    stream = book([sheet([HEAD, *ROWS])])
    beginning = 4 + int.from_bytes(stream[2:4], "little")
    locked = stream[:beginning] + record(0x002F, b"\1\0" + bytes(52)) + stream[beginning:]
    answer = small_office.imports("wardens", container(tmp_path / "名册.xls", locked))
    assert (answer.status, answer.error) == (5, "E105")


@pytest.mark.parametrize("cut", [40, 200, 400])
def test_a_document_that_is_cut_off_is_damaged(small_office: CommandLine, tmp_path: Path, cut: int) -> None:
    whole = spreadsheet(ss_row(HEAD) + ss_row(ROWS[0])).encode()
    assert small_office.imports("wardens", raw_file(tmp_path, whole[:-cut], "名册.xml")).status == 5
