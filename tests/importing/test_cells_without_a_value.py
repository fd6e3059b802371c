"""Errors and formulas without a result in the formats whose reader leaves them blank: no list may lose them silently."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from importing.old_workbooks import (
    ERRORS,
    Cells,
    Fault,
    Formula,
    book,
    cell,
    container,
    ods,
    ods_file,
    ods_row,
    ods_table,
    record,
    sheet,
    xls,
    xlsb,
)
from office_cli import CommandLine

from gridconsole.domain.errors import FileDamaged
from gridconsole.importing import scan, sources
from gridconsole.importing.scan.ods import REPEAT_LIMIT
from gridconsole.importing.sources import Broken, Cell

NO_RESULT = Broken("公式没有结果")


def opened(path: Path) -> dict[str, list[list[Cell]]]:
    """The cells of a file's sheets by their names."""
    return {found.name: [cells for _, cells in found.rows] for found in sources.sheets(sources.load(path))}


def cells_of(path: Path) -> list[list[Cell]]:
    """The cells of a file's only sheet."""
    (cells,) = opened(path).values()
    return cells


def ods_error(text: str, attributes: str = 'office:value-type="string" office:string-value="" calcext:value-type="error"') -> str:
    """A cell that holds an error as LibreOffice writes it, or as the attributes say."""
    return f'<table:table-cell table:formula="of:=1/0" {attributes}><text:p>{text}</text:p></table:table-cell>'


def ods_formula(attributes: str = "") -> str:
    """A formula that shows nothing."""
    return f'<table:table-cell table:formula="of:=A1" {attributes}/>'


# --- all of them ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Writer:
    """A format, and what an error is in it."""

    write: Callable[[Path, Any], Path]
    error: Callable[[str], Any]


WRITERS = {
    "xls, as a value": Writer(xls, Fault),
    "xls, of a formula": Writer(xls, lambda text: Fault(text, formula=True)),
    "xlsb, as a value": Writer(xlsb, Fault),
    "xlsb, of a formula": Writer(xlsb, lambda text: Fault(text, formula=True)),
    "ods of LibreOffice": Writer(ods, ods_error),
    "ods of others": Writer(ods, lambda text: ods_error(text, 'office:value-type="float" office:value="0"')),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_an_error_costs_its_row_and_leaves_its_neighbours_their_values(
    small_office: CommandLine, tmp_path: Path, writer: str
) -> None:
    write, error = WRITERS[writer].write, WRITERS[writer].error
    rows = [
        ["工号", "姓名", "入职日期", "备用"],
        ["W8", "甲", "2026-03-01", "七"],
        ["W9", "乙", error("#DIV/0!"), "八"],
        ["W7", "丙", "2026-03-02", error("#N/A")],
    ]
    answer = small_office.imports("wardens", write(tmp_path / "名册", rows))
    (issue,) = answer.json["issues"]
    assert (answer.status, answer.counts) == (3, {"inserted": 2, "rejected": 1})
    assert (issue["row"], issue["column"], issue["code"], issue["severity"]) == (3, "入职日期", "E213", "error")
    assert issue["message"] == "入职日期是错误值“#DIV/0!”"
    taken = small_office.rows(
        "SELECT code, name, e.starts_on, extra FROM roster_person p JOIN employment e ON e.person_id = p.id WHERE code IN ('W7', 'W8', 'W9') ORDER BY code"
    )
    assert taken == [("W7", "丙", "2026-03-02", '{"备用":"#N/A"}'), ("W8", "甲", "2026-03-01", '{"备用":"七"}')]


# --- before 2007 ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("formula", [False, True])
def test_every_error_of_an_old_workbook_is_named(tmp_path: Path, formula: bool) -> None:
    rows: Cells = [["甲", "乙"], *([Fault(error, formula), 1.5] for error in ERRORS)]
    assert cells_of(xls(tmp_path / "表.xls", rows))[1:] == [[Broken(error), "1900-01-01 12:00:00"] for error in ERRORS]


def test_an_error_of_an_old_workbook_stands_where_it_is_in_the_sheet(tmp_path: Path) -> None:
    path = xls(tmp_path / "表.xls", [[], [None, None, Fault("#REF!")], [], [None, "x", None, Fault("#NUM!", True)]])
    assert [[(at, value) for at, value in enumerate(row) if value is not None] for row in cells_of(path)] == [
        [],
        [(2, Broken("#REF!"))],
        [],
        [(1, "x"), (3, Broken("#NUM!"))],
    ]


def test_a_formula_of_an_old_workbook_whose_text_is_not_saved_is_no_blank(tmp_path: Path) -> None:
    rows: Cells = [["甲"], [Formula("好")], [Formula(""), 1], [Formula(None), "x"], [Formula("也好"), "x"], ["x", Formula(None)]]
    first = [row[0] for row in cells_of(xls(tmp_path / "表.xls", rows))]
    assert first == ["甲", "好", None, NO_RESULT, "也好", "x"]
    assert cells_of(tmp_path / "表.xls")[5] == ["x", NO_RESULT]


def test_errors_of_an_old_workbook_belong_to_their_own_sheet(tmp_path: Path) -> None:
    sheets = [sheet([["甲"], [Fault("#N/A")]]), sheet([["乙"], ["x"]]), sheet([["丙"], ["y", Fault("#NULL!")]])]
    assert opened(container(tmp_path / "表.xls", book(sheets))) == {
        "工单": [["甲"], [Broken("#N/A")]],
        "工单2": [["乙"], ["x"]],
        "工单3": [["丙", None], ["y", Broken("#NULL!")]],
    }


def test_an_old_workbook_may_be_written_column_by_column(tmp_path: Path) -> None:
    cells = [cell(row, column, Fault("#N/A")) for column in (1, 2) for row in (2, 1)]
    path = container(tmp_path / "表.xls", book([sheet([["甲", "乙", "丙"], ["x"], ["y"]], extra=b"".join(cells))]))
    assert cells_of(path)[1:] == [["x", Broken("#N/A"), Broken("#N/A")], ["y", Broken("#N/A"), Broken("#N/A")]]


def test_the_cells_of_a_chart_within_an_old_sheet_are_none_of_the_list(tmp_path: Path) -> None:
    chart = (
        record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0020, 0x0DBB, 0x07CC, 0, 6))
        + cell(1, 0, Fault("#N/A"))
        + record(0x000A, b"")
    )
    raw = container(tmp_path / "表.xls", book([sheet([["甲", Fault("#REF!")], ["x"]], extra=chart)])).read_bytes()
    assert list(scan.book_of(raw, ["工单"]).broken_cells(0)) == [(0, {1: "#REF!"})]


def test_days_of_old_and_of_binary_workbooks_count_from_1904_where_they_say_so(tmp_path: Path) -> None:
    for number, write in enumerate((xls, xlsb)):
        for epoch_1904 in (False, True):
            path = write(tmp_path / f"表{number}", [["甲", 44255]], epoch_1904=epoch_1904)
            (found,) = sources.sheets(sources.load(path))
            assert found.epoch_1904 is epoch_1904


PLAIN = book([sheet([["甲", Fault("#N/A")], ["乙", Fault("#REF!", True)]])])


@pytest.mark.parametrize(
    "stream",
    [
        *(PLAIN[:end] for end in range(len(PLAIN) - 60, len(PLAIN), 3)),
        book([sheet([["甲", Fault("#N/A")]])], offsets=[0xFFFFFFFF]),
        book([sheet([["甲", Fault("#N/A")]])] * 3, offsets=[0, 4, 0x7FFFFFFF]),
        PLAIN[:-4] + struct.pack("<HH", 0x0205, 0xFFFF) + bytes(40),
        PLAIN[:-4] + record(0x0205, b"\0\0\1") + record(0x0006, b"\0" * 13 + b"\xff") + record(0x0085, b"") + record(0x0207, b""),
        b"\x05\x02\x08\x00" * 2000,
        b"\0" * 8000,
        b"",
    ],
)  # fmt: skip
def test_records_that_lie_about_their_lengths_end_the_look_and_nothing_else(tmp_path: Path, stream: bytes) -> None:
    raw = container(tmp_path / "表.xls", stream).read_bytes()
    outline = scan.book_of(raw, ["工单"] * 3)
    for number in range(4):
        assert len(list(outline.broken_cells(number))) <= 2
    with suppress(FileDamaged):
        opened(tmp_path / "表.xls")


@pytest.mark.parametrize("size", [8, 100, 511, 512, 513, 1024, 1535, 1536])
def test_a_container_that_is_cut_off_holds_nothing(tmp_path: Path, size: int) -> None:
    raw = container(tmp_path / "表.xls", PLAIN).read_bytes()[:size]
    assert list(scan.book_of(raw, ["工单"]).broken_cells(0)) == []


def test_a_container_whose_tables_go_round_in_circles_is_not_followed(tmp_path: Path) -> None:
    raw = bytearray(container(tmp_path / "表.xls", PLAIN).read_bytes())
    circles = 2_000_000
    raw[44:48] = struct.pack("<I", 109 + 127 * circles)
    raw[68:76] = struct.pack("<II", len(raw) // 512 - 1, circles)
    raw += struct.pack("<128I", *[0] * 127, len(raw) // 512 - 1)
    assert list(scan.book_of(bytes(raw), ["工单"]).broken_cells(0)) == []


# --- OpenDocument -----------------------------------------------------------------------------------------------


def test_errors_of_an_open_document_are_known_with_and_without_the_word_for_them(tmp_path: Path) -> None:
    row = [
        ods_error("#DIV/0!"),
        ods_error("Err:502", 'office:value-type="float" office:value="0" calcext:value-type="error"'),
        ods_error("Err:508", 'office:value-type="float" office:value="0"'),
        ods_error("#NAME?", 'office:value-type="string"'),
        ods_error("#N/A", 'office:value-type="string" office:string-value=""'),
        ods_error("", 'calcext:value-type="error"'),
        ods_formula(),
        ods_formula('office:value-type="float"'),
    ]
    ((*found, beside),) = cells_of(ods(tmp_path / "表.ods", [[*row, "x"]]))
    errors = [Broken(text) for text in ("#DIV/0!", "Err:502", "Err:508", "#NAME?", "#N/A")]
    assert (found, beside) == ([*errors, NO_RESULT, NO_RESULT, NO_RESULT], "x")


def test_results_of_an_open_document_that_are_no_errors_are_values(tmp_path: Path) -> None:
    row = [
        ods_formula('office:value-type="string" office:string-value=""'),
        ods_error("#3楼 东!", 'office:value-type="string"'),
        ods_error("Err: 见备注", 'office:value-type="string"'),
        ods_error("2", 'office:value-type="float" office:value="2" calcext:value-type="float"'),
        '<table:table-cell office:value-type="string"><text:p>#N/A</text:p></table:table-cell>',
    ]
    assert cells_of(ods(tmp_path / "表.ods", [["甲"] * 5, row]))[1] == [None, "#3楼 东!", "Err: 见备注", 2, "#N/A"]


def test_only_what_a_cell_itself_says_is_its_text(tmp_path: Path) -> None:
    remark = "<office:annotation><text:p>见说明</text:p></office:annotation>"
    odd = f'<table:table-cell table:formula="x" calcext:value-type="error">{remark}<text:p>#<text:span>REF</text:span>!</text:p>{remark}</table:table-cell>'
    assert cells_of(ods(tmp_path / "表.ods", [["甲", "乙"], [odd, "x"]]))[1] == [Broken("#REF!"), "x"]


def test_repeated_rows_and_columns_of_an_open_document_count(tmp_path: Path) -> None:
    three = ods_error("#REF!").replace("<table:table-cell", '<table:table-cell table:number-columns-repeated="3"')
    covered = ods_error("#N/A").replace("table:table-cell", "table:covered-table-cell")
    rows = (
        ods_row([None], 3)
        + ods_row(["甲", "乙", None, None, None, "丙"])
        + f"<table:table-row-group>{ods_row(['x', three, covered, 'y'], 2)}</table:table-row-group>"
        + ods_row([None], 2)
        + ods_row([None, ods_formula()], 2)
        + ods_row(["z"])
    )
    found = cells_of(ods_file(tmp_path / "表.ods", ods_table(rows)))
    error = Broken("#REF!")
    assert [[value for value in row if value is not None] for row in found[:3]] == [[], [], []]
    assert found[4:6] == [["x", error, error, error, Broken("#N/A"), "y"]] * 2
    assert [row[:2] for row in found[6:]] == [[None, None], [None, None], [None, NO_RESULT], [None, NO_RESULT], ["z", None]]


def test_errors_of_an_open_document_belong_to_their_own_table(tmp_path: Path) -> None:
    tables = [
        ods_table(ods_row(["甲"]) + ods_row(["x"]), "无"),
        ods_table(ods_row(["乙"]) + ods_row([ods_error("#N/A")]), "有"),
        ods_table("", "空"),
        ods_table(ods_row(["丙", ods_formula()]), "也有"),
        ods_table(ods_row(["丁"]), "末"),
    ]
    assert opened(ods_file(tmp_path / "表.ods", "".join(tables))) == {
        "无": [["甲"], ["x"]],
        "有": [["乙"], [Broken("#N/A")]],
        "空": [],
        "也有": [["丙", NO_RESULT]],
        "末": [["丁"]],
    }


def test_a_row_that_claims_a_million_errors_is_not_written_out_a_million_times(tmp_path: Path) -> None:
    wide = ods_formula('table:number-columns-repeated="16000"')
    assert cells_of(ods(tmp_path / "宽.ods", [[wide]])) == [[NO_RESULT] * sources.COLUMN_LIMIT]
    rows = ods_row([ods_formula()], 40_000) + ods_row([ods_formula()], 99_999_999)
    high = cells_of(ods_file(tmp_path / "高.ods", ods_table(rows)))
    assert sum(row == [NO_RESULT] for row in high) == 2 * REPEAT_LIMIT


def test_an_open_document_that_defines_entities_is_not_looked_through(tmp_path: Path) -> None:
    bomb = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
    path = ods_file(tmp_path / "表.ods", ods_table(ods_row(["甲", ods_error("&b;")])), head=bomb)
    with pytest.raises(FileDamaged):
        opened(path)


# --- binary workbooks -------------------------------------------------------------------------------------------


def test_every_error_of_a_binary_workbook_is_named(tmp_path: Path) -> None:
    rows: Cells = [["甲", "乙", "丙"], [], *([Fault(error), 1.5, Fault(error, True)] for error in ERRORS)]
    assert cells_of(xlsb(tmp_path / "表.xlsb", rows))[2:] == [[Broken(error), 1.5, Broken(error)] for error in ERRORS]


def test_texts_of_any_length_in_a_binary_workbook_do_not_hide_the_errors_after_them(tmp_path: Path) -> None:
    rows: Cells = [["路灯不亮" * 8000, Fault("#N/A")], *(["x" * length, Fault("#REF!")] for length in (60, 500, 20_000))]
    assert [row[1] for row in cells_of(xlsb(tmp_path / "表.xlsb", rows))] == [Broken("#N/A"), *[Broken("#REF!")] * 3]


def test_a_binary_sheet_that_is_cut_off_ends_the_look(tmp_path: Path) -> None:
    for cut in range(0, 160, 7):
        raw = xlsb(tmp_path / "表.xlsb", [["甲", Fault("#N/A")], ["乙", Fault("#REF!", True)]], cut=cut).read_bytes()
        assert len(list(scan.book_of(raw, ["工单"]).broken_cells(0))) <= 2
