"""Files that are no table, or no whole one: one sentence with a code, an exit status, and not a byte written."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from importing.sheets import (
    CLAIMS_EVERY_CELL,
    OLE,
    gzipped,
    lines,
    plain_zip,
    raw_file,
    text_file,
    with_sheet_xml,
    workbook,
    zip_bomb,
)
from office_cli import CommandLine

from gridconsole.importing import sources

HEADER = "单位编码,单位名称,单位类型"
GOOD = lines(HEADER, "D1,城管局[/]①,专业部门")
MakeFile = Callable[[Path], Path]


def good_workbook(folder: Path) -> Path:
    return workbook(folder / "名录.xlsx", {"单位": [HEADER.split(","), ["D1", "城管局", "专业部门"]]})


def truncated_workbook(folder: Path) -> Path:
    whole = good_workbook(folder).read_bytes()
    return raw_file(folder, whole[: len(whole) // 2], "半截.xlsx")


def workbook_with_a_flipped_bit(folder: Path) -> Path:
    path = good_workbook(folder)
    with zipfile.ZipFile(path) as archive:
        part = archive.getinfo("xl/worksheets/sheet1.xml")
    raw = bytearray(path.read_bytes())
    raw[part.header_offset + 30 + len(part.filename) + part.compress_size // 2] ^= 0xFF
    return raw_file(folder, bytes(raw), "坏位.xlsx")


def workbook_with_a_password_flag(folder: Path) -> Path:
    raw = bytearray(good_workbook(folder).read_bytes())
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    return raw_file(folder, bytes(raw), "加密.xlsx")


def pipe(folder: Path) -> Path:
    path = folder / "管道.csv"
    os.mkfifo(path)
    return path


WRONG: dict[str, tuple[MakeFile, int, str]] = {
    "a path that leads nowhere": (lambda folder: folder / "没有.xlsx", 5, "E101"),
    "a name too long for any disk": (lambda folder: folder / ("长" * 200 + ".xlsx"), 5, "E101"),
    "an empty folder": (lambda folder: folder, 5, "E141"),
    "an empty file": (lambda folder: raw_file(folder, b"", "空.csv"), 5, "E103"),
    "only a byte order mark": (lambda folder: raw_file(folder, b"\xef\xbb\xbf", "空.csv"), 5, "E103"),
    "only a UTF-16 mark and line ends": (lambda folder: raw_file(folder, b"\xff\xfe\r\0\n\0", "空.csv"), 5, "E103"),
    "a web page named xls": (lambda folder: text_file(folder, f"\ufeff\n<html><table><tr><td>{HEADER}", "导出.xls"), 5, "E104"),
    "a bare html table named xls": (lambda folder: text_file(folder, f"<TABLE><tr><td>{HEADER}", "导出.xls"), 5, "E104"),
    "gzip named csv": (lambda folder: gzipped(folder, GOOD, "名录.csv"), 5, "E104"),
    "a PDF named xlsx": (lambda folder: raw_file(folder, b"%PDF-1.7\n\xe2\xe3\xcf\xd3", "名录.xlsx"), 5, "E104"),
    "a picture named xlsx": (lambda folder: raw_file(folder, b"\x89PNG\r\n\x1a\n\0\0", "名录.xlsx"), 5, "E104"),
    "a zip of photos": (lambda folder: plain_zip(folder / "照片.xlsx"), 5, "E104"),
    "an encrypted workbook": (
        lambda folder: raw_file(folder, OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le") + bytes(500), "加密.xlsx"),
        5,
        "E105",
    ),
    "a zip with a password": (workbook_with_a_password_flag, 5, "E105"),
    "half a workbook": (truncated_workbook, 5, "E106"),
    "a workbook with a flipped bit": (workbook_with_a_flipped_bit, 5, "E106"),
    "an old workbook of zeros": (lambda folder: raw_file(folder, OLE + bytes(600), "旧.xls"), 5, "E106"),
    "a sheet that claims every cell there is": (
        lambda folder: with_sheet_xml(good_workbook(folder), folder / "大.xlsx", CLAIMS_EVERY_CELL),
        5,
        "E106",
    ),
    "a sheet that is no XML": (
        lambda folder: with_sheet_xml(good_workbook(folder), folder / "乱.xlsx", "<sheetData><row"),
        5,
        "E106",
    ),
    "a zip bomb": (lambda folder: zip_bomb(folder / "炸弹.xlsx"), 5, "E107"),
    "bytes of no encoding": (lambda folder: raw_file(folder, GOOD.encode() + b"D2,\xff\xff,x\n" * 9, "名录.csv"), 5, "E108"),
    "another office's header": (lambda folder: text_file(folder, lines("姓名,住址", "李明,幸福路")), 5, "E109"),
    "a header that lacks a column": (lambda folder: text_file(folder, GOOD.replace("单位类型", "种类别")), 5, "E109"),
    "a quote that never closes": (
        lambda folder: text_file(folder, GOOD + '"D2,环卫所,专业部门\nD3,市政所,专业部门\n'),
        5,
        "E110",
    ),
    "only a header": (lambda folder: text_file(folder, lines("X区名录,,", HEADER)), 4, "C151"),
    "only a header and a footer": (lambda folder: text_file(folder, lines(HEADER, "", "合计,0,")), 4, "C151"),
    "a workbook with only a header": (lambda folder: workbook(folder / "名录.xlsx", {"单位": [HEADER.split(",")]}), 4, "C151"),
}


if hasattr(os, "mkfifo"):  # Windows has neither
    WRONG |= {"a pipe": (pipe, 5, "E102"), "a device without end": (lambda _: Path("/dev/zero"), 5, "E102")}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_refused_by_one_sentence_and_writes_nothing(
    blank_office: CommandLine, tmp_path: Path, wrong: str
) -> None:
    make, status, code = WRONG[wrong]
    folder = tmp_path / "来件"
    folder.mkdir()
    file = make(folder)
    before = blank_office.everything()
    reported = blank_office("import", "departments", file)
    assert (reported.status, reported.out) == (status, "")
    assert reported.err.startswith(f"错误[{code}] ")
    assert "怎么办：" in reported.err
    assert "Traceback" not in reported.err
    asked = blank_office.imports("departments", file)
    assert asked.status == status
    assert asked.json.keys() == {"error"}
    assert asked.json["error"].keys() == {"code", "message", "hint"}
    assert asked.error == code
    assert asked.err == ""
    assert blank_office.everything() == before


def test_the_sentence_about_an_unclosed_quote_names_its_line(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("departments", text_file(tmp_path, GOOD + '"D2,环卫所,专业部门\nD3,市政所,专业部门\n'))
    assert "第 3 行" in answer.json["error"]["message"]


def test_the_sentence_about_a_missing_header_says_what_was_wanted_and_what_was_there(
    blank_office: CommandLine, tmp_path: Path
) -> None:
    answer = blank_office.imports("departments", text_file(tmp_path, lines("姓名,住址", "李明,幸福路[b栋]①号")))
    assert "单位编码、单位名称、单位类型" in answer.json["error"]["hint"]
    assert "姓名、住址" in answer.json["error"]["hint"]


def test_the_bytes_decide_and_not_the_name(blank_office: CommandLine, tmp_path: Path) -> None:
    assert blank_office.imports("departments", text_file(tmp_path, GOOD, "名录.xlsx")).counts == {"inserted": 1}
    renamed = good_workbook(tmp_path).rename(tmp_path / "名录.csv")
    assert blank_office.imports("departments", renamed).counts == {"updated": 1}


def test_a_file_larger_than_the_limit_is_not_even_read(
    blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "SIZE_LIMIT", 10)
    answer = blank_office.imports("departments", text_file(tmp_path, GOOD))
    assert (answer.status, answer.error) == (5, "E107")


def test_a_workbook_of_too_many_parts_is_refused_before_it_is_unpacked(
    blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "ENTRY_LIMIT", 3)
    answer = blank_office.imports("departments", good_workbook(tmp_path))
    assert (answer.status, answer.error) == (5, "E107")


def test_a_file_somebody_else_holds_shut_is_refused(
    blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(_: Path) -> bytes:
        raise PermissionError(13, "被占用")

    file = text_file(tmp_path, GOOD)
    monkeypatch.setattr(Path, "read_bytes", denied)
    answer = blank_office.imports("departments", file)
    assert (answer.status, answer.error) == (5, "E111")


def test_when_the_second_file_is_refused_the_first_stays_and_a_program_is_reported_both(
    blank_office: CommandLine, tmp_path: Path
) -> None:
    answer = blank_office("import", "departments", text_file(tmp_path, GOOD), tmp_path / "没有.csv", "--json")
    taken, refused = answer.json
    assert (answer.status, taken["inserted"]) == (5, 1)
    assert (refused["file"], refused["error"]["code"]) == ("没有.csv", "E101")
    assert blank_office.rows("SELECT code FROM unit") == [("D1",)]


def test_a_file_name_cannot_speak_to_the_terminal(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(HEADER, "D1,城管局,火星部门"), "名录\x1b[2J\u202e[b].csv")
    answer = blank_office("import", "departments", file)
    assert answer.status == 4
    assert "名录[b].csv" in answer.out
    assert "名录[b].csv" in answer.err
    assert not {"\x1b", "\u202e"} & {*answer.out, *answer.err}


def test_nothing_is_executed_or_fetched_by_a_sheet_that_asks_for_it(blank_office: CommandLine, tmp_path: Path) -> None:
    secret = text_file(tmp_path, "机密", "secret.txt")
    xml = (
        f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY x SYSTEM "file://{secret}">]><worksheet xmlns="http://schemas.'
        'openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>&x;</t></is></c></row>'
        "</sheetData></worksheet>"
    )
    answer = blank_office.imports("departments", with_sheet_xml(good_workbook(tmp_path), tmp_path / "外部.xlsx", xml))
    assert answer.status == 5
    assert "机密" not in answer.out


def test_what_a_list_without_a_header_begins_with_is_reported_under_its_mask(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("李四,13812345678,11010519491231002X", "王五,13812345679,110105491231002"))
    spoken = small_office("import", "wardens", file, "--operator", "内勤").err
    assert "E109" in spoken and "李*" in spoken and "138****5678" in spoken
    assert "李四" not in spoken, "beside a number it is a person's name"
    assert not any(number in spoken for number in ("13812345678", "11010519491231002", "110105491231002"))


def test_changed_phones_are_reported_under_their_mask(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("工号,姓名,联系电话", "W1,𠮷田,13911114444"))
    (change,) = small_office.imports("wardens", file, "--dry-run").json["changes"]
    assert (change["old"], change["new"]) == ("139****5678", "139****4444")


def test_a_line_without_end_is_no_table(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("departments", text_file(tmp_path, HEADER + "\n" + "," * (4 << 20) + "\n"))
    assert (answer.status, answer.error) == (5, "E118")


def test_a_sheet_that_is_not_there_is_said_with_those_that_are(blank_office: CommandLine, tmp_path: Path) -> None:
    file = workbook(tmp_path / "名录.xlsx", {"一季度": [["标题"]], "二季度": [["标题"]]})
    answer = blank_office("import", "departments", file, "--sheet", "三季度")
    assert answer.status == 5
    assert "三季度" in answer.err
    assert "一季度、二季度" in answer.err


def test_a_heading_that_no_sheet_has_cannot_be_mapped(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office("import", "departments", text_file(tmp_path, GOOD), "--map", "单位名=name")
    assert answer.status == 2
    assert "单位名称" in answer.err
    assert blank_office.rows("SELECT code FROM unit") == []


def test_bad_rows_alone_need_a_file_to_go_to(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office("import", "departments", text_file(tmp_path, GOOD), "--errors-only")
    assert (answer.status, "--report" in answer.err) == (2, True)


def test_a_list_of_nothing_but_bad_rows_is_given_up(
    blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridconsole.importing.engine.MOST_REJECTED", 30)
    rows = [f"D{index},部门{index},火星部门" for index in range(40)]
    answer = blank_office.imports("departments", text_file(tmp_path, lines(HEADER, "D999,城管局,专业部门", *rows)))
    assert (answer.status, answer.error) == (5, "E117")
    assert blank_office.rows("SELECT code FROM unit") == []


def test_of_very_many_remarks_only_the_number_is_kept(
    blank_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gridconsole.importing.engine.KEPT_ISSUES", 10)
    rows = [f"D{index},部门{index},专业部门,13900001111.0" for index in range(30)]
    answer = blank_office.imports("departments", text_file(tmp_path, lines(HEADER + ",联系电话", *rows, "D99,环卫所,火星部门,")))
    assert sum(answer.json["issue_counts"].values()) == len(answer.json["issues"]) + 20 == 31
    assert answer.json["issues"][-1]["code"] == "E208"
