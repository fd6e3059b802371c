"""What a file is told by its bytes, what its cells hold, and where its header is: the corners of the reader."""

from __future__ import annotations

import io
import subprocess
import sys
import time
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from importing.sheets import Rows, lines, text_file, with_sheet_xml, workbook
from office_cli import CommandLine

from gridconsole.domain.errors import FileDamaged, FileEncrypted, FileKindUnknown, FileTooLarge
from gridconsole.importing import html, sources, values
from gridconsole.importing.kinds.incidents import IncidentsPlan
from gridconsole.importing.rows import Column, SheetHeader, SheetRow, find_header, letter, rows_of, top_of
from gridconsole.importing.sources import Broken, Cell, Sheet

AREAS = ["区划代码", "名称"]
Span = tuple[int, int, int, int]


def opened(path: Path, encoding: str | None = None) -> list[tuple[Sheet, list[list[Cell]]]]:
    """The sheets of a file with their cells."""
    return [(sheet, [cells for _, cells in sheet.rows]) for sheet in sources.sheets(sources.load(path), encoding)]


def cells_of(path: Path) -> list[list[Cell]]:
    """The cells of a file's only sheet."""
    ((_, cells),) = opened(path)
    return cells


def numbered(rows: Sequence[Sequence[Cell]]) -> list[tuple[int, list[Cell]]]:
    return [(number, list(row)) for number, row in enumerate(rows, start=1)]


def header_of(
    rows: Sequence[Sequence[Cell]], columns: Sequence[Column] = IncidentsPlan.columns, **how: Any
) -> SheetHeader | None:
    return find_header(numbered(rows), columns, **how)


def named(header: SheetHeader | None) -> dict[int, str]:
    assert header is not None
    return {position: column.name for position, column in header.columns.items()}


def rows_under(rows: Sequence[Sequence[Cell]], columns: Sequence[Column] = IncidentsPlan.columns, **sheet: Any) -> list[SheetRow]:
    made = Sheet("表", iter(numbered(rows)), **sheet)
    top = top_of(made)
    header = find_header(top, columns, merged=made.merged)
    assert header is not None
    return list(rows_of(made, top, header))


# --- web pages --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "start",
    ["<html><body>", "<!DOCTYPE html>\r\n<html>", "<meta charset=utf-8>", "<style>td{}</style>", '<?xml version="1.0"?>\n<html>', "<!-- 导出 -->"],
)  # fmt: skip
def test_a_web_page_is_known_by_its_first_tag(tmp_path: Path, start: str) -> None:
    file = text_file(tmp_path, f"\ufeff \n{start}<TABLE><TR><TD>区划代码<TD>名称<TR><TD>420502<TD>X区</TABLE>", "导出.xls")
    assert cells_of(file) == [AREAS, ["420502", "X区"]]


def test_the_text_of_a_cell_is_what_a_reader_of_the_page_sees(tmp_path: Path) -> None:
    page = (
        "<html><table><tr><th> 区划\n 代码</th><th><b>名</b>称<script>x('</td>')</script></th></tr>"
        "<tr><td>&nbsp;</td><td>&lt;幸福&gt;&amp;&#x1F3D8;<p>第一段<br/>第二段</p><style>p{}</style></td></table>"
    )
    assert cells_of(text_file(tmp_path, page)) == [["区划 代码", "名称"], [None, "<幸福>&🏘\n第一段\n第二段"]]


def test_wide_and_high_cells_of_a_page_are_merged_ranges(tmp_path: Path) -> None:
    page = (
        "<table><tr><td rowspan=2>编号<td colspan=2>来电人<td>内容</tr><tr><td>姓名<td>电话<td>x</tr>"
        "<tr><td>1<td rowspan=99 colspan=1>甲<td>2<td>3</tr></table>"
    )
    ((sheet, cells),) = opened(text_file(tmp_path, page))
    assert cells == [["编号", "来电人", None, "内容"], [None, "姓名", "电话", "x"], ["1", "甲", "2", "3"]]
    assert sheet.merged == [(0, 0, 1, 0), (0, 1, 0, 2)]


def test_every_table_of_two_rows_is_a_sheet_also_one_inside_another(tmp_path: Path) -> None:
    page = (
        "<html><table><tr><td>网站导航<table><caption>区划表</caption><tr><td>区划代码<td>名称<tr><td>420502<td>X区</table>页眉</td></tr>"
        "<tr><td>版权</td></tr></table><table><tr><td>只有一行</table>"
    )
    found = opened(text_file(tmp_path, page))
    assert [(sheet.name, cells) for sheet, cells in found] == [
        ("", [["网站导航页眉"], ["版权"]]),
        ("区划表", [AREAS, ["420502", "X区"]]),
    ]


def test_a_table_inside_a_layout_is_imported_and_the_layout_is_no_list(blank_office: CommandLine, tmp_path: Path) -> None:
    table = "<table><tr><td>区划代码<td>名称<tr><td>420502<td>X区</table>"
    file = text_file(tmp_path, f"<html><table><tr><td>导航<tr><td>{table}</table>", "导出.xls", "gbk")
    answer = blank_office.imports("areas", file)
    assert (answer.counts, answer.codes) == ({"inserted": 1}, [])


def test_a_page_that_lies_about_its_encoding_is_read_by_its_bytes(tmp_path: Path) -> None:
    page = '<html><meta charset="big5"><table><tr><td>区划<td>名称<tr><td>1<td>东风社区</table>'
    for encoding in ("utf-8", "gb18030"):
        assert cells_of(text_file(tmp_path, page, encoding=encoding))[1] == ["1", "东风社区"]


def test_a_page_in_another_encoding_is_read_if_somebody_names_it(tmp_path: Path) -> None:
    file = text_file(tmp_path, "<html><table><tr><td>測繪<td>名稱<tr><td>1<td>2</table>", "繁體.xls", "big5")
    ((_, cells),) = opened(file, "big5")
    assert cells[0] == ["測繪", "名稱"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("<html><body><p>请先登录</p></body></html>", "HTML"),
        ("<table><tr><td>区划代码</td><td>名称</td></tr></table>", "HTML"),
        ("<table><tr><td></td></tr><tr><td>&nbsp;</td></tr></table>", "HTML"),
        ('<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>', "Excel 2003 XML"),
        ('<?xml version="1.0"?><data/>', "XML"),
        ("MIME-Version: 1.0\nContent-Type: multipart/related\n\n<table><tr><td>1<tr><td>2", "MHTML"),
        ("<html><table><tr><td>\0<tr><td>1</table>", "binary"),
    ],
)
def test_a_page_that_holds_no_list_is_refused_by_its_kind(tmp_path: Path, text: str, kind: str) -> None:
    with pytest.raises(FileKindUnknown) as refusal:
        opened(text_file(tmp_path, text, "导出.xls"))
    assert refusal.value.params["kind"] == kind


def test_a_page_that_never_closes_anything_is_read_all_the_same(tmp_path: Path) -> None:
    page = "<html><table><tr><td>区划代码<td><b>名称<tr><td>420502<td><i>X区<table><tr><td>尾"
    assert cells_of(text_file(tmp_path, page)) == [AREAS, ["420502", "X区"]]


def test_ten_thousand_nested_tables_are_text_of_the_cell_they_stand_in(tmp_path: Path) -> None:
    page = "<table><tr><td>" * 10_000 + "底" + "</td></tr><tr><td>尾</td></tr></table>" * 10_000
    found = opened(text_file(tmp_path, page))
    ((sheet, deepest),) = found
    assert sheet.merged == []
    assert str(deepest[0][0]).startswith("底\n尾")


def test_a_cell_that_claims_a_million_rows_and_columns_claims_no_memory(tmp_path: Path) -> None:
    page = "<table><tr><td>甲<td rowspan=1000000 colspan=1000000>乙<tr><td>丙<td>丁</table>"
    ((sheet, cells),) = opened(text_file(tmp_path, page))
    assert cells == [["甲", "乙"], ["丙"]]
    assert sheet.merged == [(0, 1, 1, sources.COLUMN_LIMIT - 1)]


def test_a_page_with_more_cells_than_any_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        opened(text_file(tmp_path, "<table>" + "<tr><td colspan=511>甲<td>乙" * 6_000))


def test_a_page_of_too_many_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileTooLarge):
        opened(text_file(tmp_path, "<html>" + "<table><tr><td>1<tr><td>2</table>" * (html.TABLE_LIMIT + 1)))


# --- separators -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("X区,十一月,12345热线,工单,共2条\n编号\t内容\n1\t路灯不亮\n2\t垃圾成堆\n", ["编号", "内容"]),
        ("说明：甲|乙|丙|丁\n编号,内容\n1,路灯不亮\n", ["编号", "内容"]),
        ('编号,内容\n1,"甲\t乙\t丙\n丁\t戊\t己"\n2,"一;二;三"\n', ["编号", "内容"]),
        ("编号,内容\n1,甲\t乙\t丙\t丁\t戊\n", ["编号", "内容"]),
        ('编号;金额;内容\n1;"1,5";路灯\n2;"2,5";井盖\n', ["编号", "金额", "内容"]),
        ("编号\t内容\n1\t路灯,不亮\n2\t井盖,缺失\n", ["编号", "内容"]),
        ("内容\n路灯不亮\n", ["内容"]),
    ],
)  # fmt: skip
def test_the_separator_is_the_one_most_lines_agree_on(tmp_path: Path, text: str, first: list[str]) -> None:
    assert first in cells_of(text_file(tmp_path, text, "名单.xls"))


# --- cells without a value --------------------------------------------------------------------------------------


def test_errors_and_formulas_without_a_result_are_no_blanks(tmp_path: Path) -> None:
    errors = ["#DIV/0!", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#NUM!", "#NULL!"]

    def fill(_book: Any, made: Mapping[str, Any]) -> None:
        for row, error in enumerate(errors, start=2):
            made["表"].write_formula(row, 2, "=1/0", None, error)
        made["表"].write_formula("F2", "=A1", None, "")
        made["表"].write_formula("D2", "=1+1", None, 2)
        made["表"].write_formula("H12", "=A1", None, "")

    cells = cells_of(workbook(tmp_path / "表.xlsx", {"表": [[None, "甲"]]}, fill))
    assert cells[1][3:6] == [2, None, Broken("公式没有结果")]
    assert [row[2] for row in cells[2:9]] == [Broken(error) for error in errors]
    assert len(cells) == 12, "also where the sheet would end without it"
    assert cells[11][7] == Broken("公式没有结果")


SHEET = '<?xml version="1.0"?>{head}<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>{rows}</x:sheetData></x:worksheet>'


def sheet_of(folder: Path, rows: str, head: str = "") -> Path:
    plain = workbook(folder / "底.xlsx", {"表": [["甲"]]})
    return with_sheet_xml(plain, folder / "表.xlsx", SHEET.format(head=head, rows=rows))


def test_cells_are_found_by_their_place_where_nothing_states_their_address(tmp_path: Path) -> None:
    rows = "<x:row><x:c><x:v>1</x:v></x:c><x:c t='e'><x:v>#N/A</x:v></x:c></x:row><x:row><x:c/><x:c/><x:c><x:f>A1</x:f></x:c></x:row>"
    assert cells_of(sheet_of(tmp_path, rows)) == [[1, Broken("#N/A")], [None, None, Broken("公式没有结果")]]


def test_a_formula_that_results_in_no_text_is_a_blank(tmp_path: Path) -> None:
    rows = '<x:row r="1"><x:c r="A1"><x:v>1</x:v></x:c><x:c r="B1" t="str"><x:f>IF(A1,"","x")</x:f><x:v></x:v></x:c></x:row>'
    assert cells_of(sheet_of(tmp_path, rows))[0][1:] in ([], [None])


def test_a_sheet_that_defines_entities_is_not_looked_through(tmp_path: Path) -> None:
    rows = '<x:row r="1"><x:c r="A1" t="e"><x:v>&b;</x:v></x:c></x:row>'
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    with pytest.raises(FileDamaged):
        opened(sheet_of(tmp_path, rows, bomb))


def test_an_error_in_a_known_column_costs_its_row_and_is_named_by_its_address(small_office: CommandLine, tmp_path: Path) -> None:
    def fill(_book: Any, made: Mapping[str, Any]) -> None:
        made["名册"].write_formula("C3", "=1/0", None, "#DIV/0!")
        made["名册"].write_formula("D4", "=A1", None, "#N/A")

    rows: Rows = [["工号", "姓名", "入职日期", "备用"], ["W8", "甲", "2026-03-01"], ["W9", "乙"], ["W7", "丙", "2026-03-01"]]
    answer = small_office.imports("wardens", workbook(tmp_path / "名册.xlsx", {"名册": rows}, fill))
    (issue,) = answer.json["issues"]
    assert (answer.status, answer.counts) == (3, {"inserted": 2, "rejected": 1})
    assert (issue["row"], issue["column"], issue["code"], issue["severity"]) == (3, "入职日期", "E213", "error")
    assert issue["message"] == "入职日期是错误值“#DIV/0!”"
    assert issue["suggestion"]
    assert small_office.rows("SELECT extra FROM roster_person WHERE code = 'W7'") == [('{"备用":"#N/A"}',)]


# --- days counted from 1904 -------------------------------------------------------------------------------------


def test_bare_numbers_are_days_from_1904_where_the_workbook_says_so(tmp_path: Path) -> None:
    def fill(book: Any, _made: Mapping[str, Any]) -> None:
        book.date_1904 = True

    path = workbook(tmp_path / "表.xlsx", {"表": [["工号"], [44255]]}, fill)
    ((sheet, cells),) = opened(path)
    assert (sheet.epoch_1904, cells[1]) == (True, [44255])
    ((sheet, _),) = opened(workbook(tmp_path / "表.xlsx", {"表": [["工号"]]}))
    assert sheet.epoch_1904 is False


def test_only_dates_are_shifted_and_only_numbers() -> None:
    columns = (
        Column("code", ("工号",), values.code, True, True),
        Column("at", ("时间",), values.moment),
        Column("day", ("日期",), values.day),
    )
    cells: Rows = [["工号", "时间", "日期"], [44255, 44255.5, 44255], [1, "2025-03-01", "20250301"], [2, 18537, None]]
    first, second, third = rows_under(cells, columns, epoch_1904=True)  # type: ignore[arg-type]
    assert (first.values["code"], str(first.values["at"]), str(first.values["day"])) == (
        "44255",
        "2025-03-01 12:00:00",
        "2025-03-01",
    )
    assert (str(second.values["at"]), str(second.values["day"])) == ("2025-03-01 00:00:00", "2025-03-01")
    assert [issue.code for issue in third.issues] == ["E203"]
    (plain, *_) = rows_under(cells, columns)  # type: ignore[arg-type]
    assert str(plain.values["day"]) == "2021-02-28"


# --- the header -------------------------------------------------------------------------------------------------

HIGH = [
    ["12345工单", None, None, None],
    ["主要内容", "来电人", None, "备忘"],
    [None, "姓名", "电话", None],
    ["路灯不亮", "甲", "1", "x"],
]
HIGH_MERGED: list[Span] = [(0, 0, 0, 3), (1, 0, 2, 0), (1, 1, 1, 2), (1, 3, 2, 3)]


def test_a_header_of_two_merged_rows_is_one_header() -> None:
    header = header_of(HIGH, merged=HIGH_MERGED)
    assert header is not None
    assert (header.first_row, header.row, header.titles) == (2, 3, "12345工单")
    assert named(header) == {0: "text", 1: "reporter", 2: "phone"}
    assert header.headings == {3: "备忘"}
    assert header.written == {0: "主要内容", 1: "来电人姓名", 2: "来电人电话", 3: "备忘"}


def test_a_header_of_three_rows_is_found_by_its_lowest_parts() -> None:
    rows = [["基本情况", None, None], ["诉求", None, "人员"], ["主要内容", "地址", "姓名"], ["路灯不亮", "幸福路", "甲"]]
    merged = [(0, 0, 0, 2), (1, 0, 1, 1)]
    header = header_of(rows, merged=merged)
    assert header is not None
    assert (header.row, named(header)) == (3, {0: "text", 1: "address", 2: "reporter"})


def test_three_rows_of_a_header_may_be_merged_at_different_heights() -> None:
    rows = [["主要内容", "来电人", None], [None, "联系", None], [None, "姓名", "电话"], ["路灯不亮", "甲", "1"]]
    merged = [(0, 0, 2, 0), (0, 1, 0, 2), (1, 1, 1, 2)]
    header = header_of(rows, merged=merged)
    assert header is not None
    assert (header.first_row, header.row) == (1, 3)
    assert named(header) == {0: "text", 1: "reporter", 2: "phone"}


def test_a_row_of_headings_merged_with_the_row_below_is_only_half_a_header() -> None:
    rows = [["主要内容", "地址", None], [None, "街道", "门牌"], ["路灯不亮", "幸福街道", "3号"]]
    header = header_of(rows, merged=[(0, 0, 1, 0), (0, 1, 0, 2)])
    assert header is not None
    assert (header.row, named(header), header.headings) == (2, {0: "text", 1: "subdistrict"}, {2: "地址门牌"})


def test_one_row_is_enough_if_two_would_say_no_more() -> None:
    header = header_of([["主要内容", "地址", "电话"], ["路灯不亮", None, None], ["垃圾", "幸福路", "1"]])
    assert header is not None
    assert (header.first_row, header.row) == (1, 1)


def test_a_header_row_somebody_names_is_taken_even_for_one_column() -> None:
    rows = [["主要内容", "地址"], ["路灯不亮", "幸福路"], ["内容", "甲", "乙"], ["井盖", "1", "2"]]
    header = header_of(rows, header_row=3)
    assert header is not None
    assert (header.row, named(header)) == (3, {0: "text"})
    assert header_of(rows, header_row=2) is None
    assert header_of(rows, header_row=9) is None


def test_a_mapping_wins_over_the_titles_a_column_goes_by() -> None:
    rows = [["内容", "诉 求*", "地址", "电话"], ["路灯不亮", "修", "幸福路", "1"]]
    assert named(header_of(rows)) == {0: "text", 2: "address", 3: "phone"}
    mapped = header_of(rows, mapping={"诉求": "text", "电话": "没有的栏"})
    assert named(mapped) == {1: "text", 2: "address"}
    assert mapped is not None
    assert mapped.headings == {0: "内容", 3: "电话"}


def test_the_fingerprint_says_headings_and_not_their_order() -> None:
    def print_of(*headings: str) -> str:
        header = header_of([headings, ["x"] * len(headings)])
        assert header is not None
        return header.fingerprint

    one = print_of("主要内容", "地址", "备忘")
    assert len(one) == 16
    assert print_of("地址*", "备 忘", "主要内容（必填）") == one
    assert print_of("主要内容", "地址", "备忘", "校验结果") == one, "what the program wrote beside a list is no heading of it"
    assert print_of("主要内容", "地址") != one


def test_a_list_of_one_column_needs_one_heading(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office.imports("incidents", text_file(tmp_path, lines("主要内容", "路灯不亮", "井盖缺失"))).counts == {
        "inserted": 2
    }


def test_one_known_heading_among_others_is_no_header() -> None:
    assert header_of([["主要内容", "甲"], ["路灯不亮", "x"]]) is None
    assert (
        header_of(
            [["区划代码"], ["420502"]],
            (Column("code", ("区划代码",), values.code, True), Column("name", ("名称",), values.line, True)),
        )
        is None
    )


def test_the_programs_own_remarks_beside_a_list_are_passed_over() -> None:
    (row,) = rows_under([["主要内容", "地址", "校验结果", "问题说明"], ["路灯不亮", "幸福路", "拒绝", "E201 缺少地址"]])
    assert row.extra == {}


# --- rows -------------------------------------------------------------------------------------------------------


def test_cells_beyond_the_headings_are_kept_by_their_place() -> None:
    (row,) = rows_under([["主要内容", "地址", None, "备忘", "备忘"], ["路灯不亮", "幸福路", "甲", "乙", "丙", " ", 7]])
    assert row.extra == {"第3列": "甲", "备忘": "乙", "备忘（第5列）": "丙", "第7列": "7"}


def test_a_row_keeps_its_cells_as_they_stand_with_merged_ranges_filled() -> None:
    rows = [["主要内容", "社区", "地址"], ["路灯不亮", "东风社区", "甲"], ["井盖", None, "乙"]]
    first, second = rows_under(rows, merged=[(1, 1, 2, 1)])
    assert first.cells == ["路灯不亮", "东风社区", "甲"]
    assert second.cells == ["井盖", "东风社区", "乙"]


def test_an_issue_names_its_cell_whoever_raises_it() -> None:
    (row,) = rows_under([["备忘", "内容", "时间"], ["x", "路灯不亮", "昨天"]])
    row.warn("W906", "主要内容", "x")
    row.reject("E402", "没有的栏")
    assert [(issue.code, issue.cell) for issue in row.issues] == [("E203", "C2"), ("W906", "B2"), ("E402", "")]


@pytest.mark.parametrize(("position", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16383, "XFD")])
def test_columns_have_the_letters_a_spreadsheet_gives_them(position: int, letters: str) -> None:
    assert letter(position) == letters


def test_columns_left_of_the_first_cell_count(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [[], [None, None, *AREAS], [None, None, "4205x", "X区"]]
    answer = blank_office.imports("areas", workbook(tmp_path / "表.xlsx", {"表": rows}))
    (issue,) = answer.json["issues"]
    assert (issue["row"], issue["code"]) == (3, "E205")
    ((_, cells),) = opened(tmp_path / "表.xlsx")
    assert cells[1] == [None, None, *AREAS]


# --- workbooks of other kinds -----------------------------------------------------------------------------------

_ODS = (
    '<?xml version="1.0"?><o:document-content xmlns:o="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0">'
    '<office:automatic-styles><style:style style:name="s" style:family="table"><style:table-properties table:display="{shown}"/>'
    '</style:style></office:automatic-styles><office:body><office:spreadsheet><table:table table:name="区划" table:style-name="s">'
    '{rows}</table:table></office:spreadsheet></office:body></o:document-content>'
)  # fmt: skip


def open_document(path: Path, rows: Sequence[Sequence[str]], *, shown: bool = True, manifest: str = "<manifest/>") -> Path:
    written = "".join(
        "<table:table-row>"
        + "".join(f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    content = _ODS.format(shown=str(shown).lower(), rows=written).replace("o:document-content", "office:document-content")
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        archive.writestr("META-INF/manifest.xml", manifest)
    return path


def test_an_open_document_is_read_and_a_hidden_sheet_of_it_is_known(tmp_path: Path) -> None:
    for shown in (True, False):
        ((sheet, cells),) = opened(open_document(tmp_path / "区划.ods", [AREAS, ["420502", "X区"]], shown=shown))
        assert (sheet.name, sheet.hidden, cells) == ("区划", not shown, [AREAS, ["420502", "X区"]])


def test_an_encrypted_open_document_is_distinguished_from_a_damaged_one(tmp_path: Path) -> None:
    file = open_document(tmp_path / "区划.ods", [], manifest="<m:manifest><m:encryption-data m:checksum='x'/></m:manifest>")
    with pytest.raises(FileEncrypted):
        opened(file)


def test_hidden_sheets_of_a_workbook_are_known(tmp_path: Path) -> None:
    def hide(_book: Any, made: Mapping[str, Any]) -> None:
        made["乙"].hide()
        made["丙"].very_hidden()

    found = opened(workbook(tmp_path / "表.xlsx", {"甲": [["1"]], "乙": [["1"]], "丙": [["1"]]}, hide))
    assert [(sheet.name, sheet.hidden) for sheet, _ in found] == [("甲", False), ("乙", True), ("丙", True)]


def test_a_reader_is_a_process_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests fork their readers; the program starts them."""
    monkeypatch.setattr(sources, "subprocess", subprocess)
    ((sheet, rows),) = opened(workbook(tmp_path / "表.xlsx", {"表": [["甲", 1], ["乙", 2.5]]}))
    assert (sheet.name, rows) == ("表", [["甲", 1], ["乙", 2.5]])


# --- limits -----------------------------------------------------------------------------------------------------


def a_child_that(monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    start = subprocess.Popen

    def instead(_: object, **pipes: Any) -> Any:
        return start([sys.executable, "-c", f"import sys, time\n{does}"], **pipes)

    monkeypatch.setattr(sources.subprocess, "Popen", instead)


_HEAD = '{"sheet": "", "hidden": false, "merged": [], "epoch1904": false, "height": 2, "share": [0, 0.5]}'
_FIRST_LINES = f"print({_HEAD!r}, [1], [2], '{{\"end\": 2}}', sep='\\n', flush=True)"


@pytest.mark.parametrize("does", ["time.sleep(60)", f"{_FIRST_LINES}; time.sleep(60)"])
def test_a_reader_that_falls_silent_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str) -> None:
    a_child_that(monkeypatch, does)
    monkeypatch.setattr(sources, "SILENCE_SECONDS", 0.2)
    with pytest.raises(FileDamaged):
        opened(workbook(tmp_path / "表.xlsx", {"表": [["甲"]]}))


def test_a_reader_is_not_blamed_for_the_time_its_rows_are_worked_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "SILENCE_SECONDS", 0.05)
    monkeypatch.setattr(sources, "_GLANCE_SECONDS", 0.01)
    killed: list[bool] = []
    lines = sources._Lines(SimpleNamespace(kill=lambda: killed.append(True)), io.BytesIO(b"[1]\n[2]\n"), 0)  # type: ignore[arg-type]
    assert lines.next() == b"[1]\n"
    time.sleep(0.3)
    lines.over()
    assert (killed, lines.next()) == ([], b"[2]\n")
