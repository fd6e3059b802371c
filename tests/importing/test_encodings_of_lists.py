"""Lists of text arrive in every encoding and with every separator; the words come out the same."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from importing.sheets import lines, raw_file, text_file
from office_cli import CommandLine

NAMES = ["𠮷田①号养护队[b]", "㎡测绘所", "喆珺堃翀䶮物业"]
UNITS = lines("单位编码,单位名称,单位类型,联系电话", *(f"D{at},{name},承包单位,0717-600000{at}" for at, name in enumerate(NAMES)))


def names_of(office: CommandLine) -> list[str]:
    return [name for (name,) in office.rows("SELECT name FROM unit ORDER BY code")]


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(UNITS.encode("utf-8"), id="UTF-8"),
        pytest.param(UNITS.encode("utf-8-sig"), id="UTF-8 with BOM"),
        pytest.param(UNITS.encode("gb18030"), id="GB18030"),
        pytest.param(codecs.BOM_UTF16_LE + UNITS.encode("utf-16-le"), id="UTF-16 LE with BOM"),
        pytest.param(codecs.BOM_UTF16_BE + UNITS.encode("utf-16-be"), id="UTF-16 BE with BOM"),
        pytest.param(UNITS.encode("utf-16-le"), id="UTF-16 LE by its NULs"),
        pytest.param(UNITS.encode("utf-16-be"), id="UTF-16 BE by its NULs"),
    ],
)
def test_an_encoding_is_recognised_by_its_bytes(blank_office: CommandLine, tmp_path: Path, raw: bytes) -> None:
    answer = blank_office.imports("departments", raw_file(tmp_path, raw, "单位.csv"))
    assert (answer.status, answer.counts) == (0, {"inserted": 3})
    assert names_of(blank_office) == NAMES


def test_chinese_that_comes_after_40000_ascii_bytes_is_still_read_as_gb18030(blank_office: CommandLine, tmp_path: Path) -> None:
    ascii_first = [f"D{at},unit {at},contractor" for at in range(2000)]
    text = (
        lines("code,name,kind", *ascii_first)
        .replace("code,name,kind", "单位编码,单位名称,单位类型")
        .replace("contractor", "承包单位")
    )
    header, *rest = text.splitlines()
    ascii_only = [line.rpartition(",")[0] + "," for line in rest]
    late = lines(header, *ascii_only, "D9999,末尾的养护队,承包单位")
    answer = blank_office.imports("departments", text_file(tmp_path, late, encoding="gb18030"))
    assert answer.counts == {"inserted": 1, "rejected": 2000}
    assert names_of(blank_office) == ["末尾的养护队"]


def test_bytes_that_are_both_are_utf_8(blank_office: CommandLine, tmp_path: Path) -> None:
    both = lines("单位编码,单位名称,单位类型", "D1,市政中心,承包单位").encode()
    assert both.decode("gb18030", errors="strict"), "the sample must also pass as GB18030"
    blank_office.imports("departments", raw_file(tmp_path, both, "单位.csv"))
    assert names_of(blank_office) == ["市政中心"]


def test_a_named_encoding_is_obeyed(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("code,name", "9901,測繪市"), encoding="big5")
    assert blank_office.imports("areas", file, "--encoding", "big5").counts == {"inserted": 1}
    assert blank_office.rows("SELECT name FROM area") == [("測繪市",)]


def test_an_encoding_that_does_not_exist_is_refused(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("departments", text_file(tmp_path, UNITS), "--encoding", "火星文")
    assert (answer.status, answer.error) == (2, "U001")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (UNITS.encode("utf-8") + b"D8,\xff\xfe,\xc3\nD9,\xff\xfe,\xc3\n", "bytes of neither encoding in two of six lines"),
        (codecs.BOM_UTF16_LE + UNITS.encode("utf-16-le")[:-1], "half a character at the end"),
    ],
)
def test_bad_bytes_are_refused_with_a_line_and_a_byte(blank_office: CommandLine, tmp_path: Path, raw: bytes, why: str) -> None:
    answer = blank_office.imports("departments", raw_file(tmp_path, raw, "单位.csv"))
    assert (answer.status, answer.error) == (5, "E108"), why
    assert "第" in answer.json["error"]["message"]
    assert "字节" in answer.json["error"]["message"]
    assert names_of(blank_office) == []


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize(("main", "other"), [("utf-8", "gb18030"), ("utf-8-sig", "gb18030"), ("gb18030", "utf-8")])
def test_one_line_of_another_encoding_is_read_in_it_and_said(
    blank_office: CommandLine, tmp_path: Path, main: str, other: str, at: int
) -> None:
    head = UNITS.splitlines(keepends=True)[0]
    rows = [f"D{number},{name},承包单位,\n" for number, name in enumerate(("养护队", "绿化队", "幸福路街道环卫所", "市政公司"))]
    raw = b"".join(row.encode(other if index == at else main.removesuffix("-sig")) for index, row in enumerate(rows))
    answer = blank_office.imports("departments", raw_file(tmp_path, head.encode(main) + raw, "单位.csv"))
    assert (answer.counts, answer.codes) == ({"inserted": len(rows)}, ["W929"])
    assert answer.json["issues"][0]["row"] == at + 2
    assert names_of(blank_office) == ["养护队", "绿化队", "幸福路街道环卫所", "市政公司"]


@pytest.mark.parametrize(
    "bad", [b"D8,\xff\xfe,\xb3\xd0\xb0\xfc\xb5\xa5\xce\xbb,", b"D8,x,\xe5\x9f,", b"D8,\xe5\x9f\x8e\xe7\xae,x,"]
)
def test_a_line_of_no_encoding_is_refused_and_the_others_come_in(blank_office: CommandLine, tmp_path: Path, bad: bytes) -> None:
    answer = blank_office.imports("departments", raw_file(tmp_path, UNITS.encode() + bad + b"\n", "单位.csv"))
    assert answer.counts == {"inserted": 3, "rejected": 1}
    assert "E230" in answer.codes
    assert names_of(blank_office) == NAMES


def test_the_euro_of_code_page_936_is_read(blank_office: CommandLine, tmp_path: Path) -> None:
    raw = UNITS.encode("gb18030") + "D8,养护队".encode("gb18030") + b"\x80" + ",承包单位,\n".encode("gb18030")
    answer = blank_office.imports("departments", raw_file(tmp_path, raw, "单位.csv"))
    assert answer.counts == {"inserted": 4}
    assert "养护队€" in names_of(blank_office)


def test_nul_characters_that_fill_up_fields_are_no_content(blank_office: CommandLine, tmp_path: Path) -> None:
    padded = UNITS.replace(",", "\0\0,").replace("\n", "\0\n") + "\0\0"
    assert blank_office.imports("departments", raw_file(tmp_path, padded.encode(), "单位.csv")).counts == {"inserted": 3}
    assert names_of(blank_office) == NAMES


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_separator_is_recognised_by_the_header(blank_office: CommandLine, tmp_path: Path, mark: str) -> None:
    answer = blank_office.imports("departments", text_file(tmp_path, UNITS.replace(",", mark)))
    assert answer.counts == {"inserted": 3}
    assert names_of(blank_office) == NAMES


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_is_read_and_the_last_may_be_missing(blank_office: CommandLine, tmp_path: Path, end: str) -> None:
    answer = blank_office.imports("departments", text_file(tmp_path, UNITS.replace("\n", end).rstrip()))
    assert answer.counts == {"inserted": 3}
    assert names_of(blank_office) == NAMES


def test_quotes_hold_separators_line_ends_and_quotes(blank_office: CommandLine, tmp_path: Path) -> None:
    text = '主要内容,诉求地址\n"来电人说：""没人管"",\n第二段，垃圾成堆",幸福路[b栋]①号\n'
    assert blank_office.imports("incidents", text_file(tmp_path, text)).counts == {"inserted": 1}
    assert blank_office.rows("SELECT text, address FROM incident") == [
        ('来电人说："没人管",\n第二段，垃圾成堆', "幸福路[b栋]①号")
    ]


def test_a_stray_quote_inside_a_field_costs_nothing(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines("主要内容,诉求地址", '屏幕是55"的,幸福路', "路灯不亮,和平路")
    assert blank_office.imports("incidents", text_file(tmp_path, text)).counts == {"inserted": 2}


def test_nul_characters_are_no_table(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("departments", raw_file(tmp_path, UNITS.encode() + b"D9,a\x00\x00b,x\n", "单位.csv"))
    assert (answer.status, answer.error) == (5, "E104")
