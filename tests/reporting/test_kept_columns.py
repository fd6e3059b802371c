"""Reports limited by a column that a list kept with its cases, and lists of cases in chosen columns."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from office_cli import CommandLine

PLACE = ("--grid", "420502001001001", "--category", "暴露垃圾")


@pytest.fixture
def kept(small_office: CommandLine) -> tuple[CommandLine, list[str]]:
    """Five cases, with what lists kept of four of them."""
    numbers = [small_office.reports(f"垃圾{at}", *PLACE, "--address", f"幸福路{at}号") for at in range(4)]
    numbers.append(small_office.reports("垃圾4", "--address", "幸福路3号", "--reporter", "张三丰", "--phone", "13812345678"))
    cells = [{"社区": "东风"}, {"社区": "东风", '编"号': "甲"}, {"社区": "西风（南）"}, {}, {"社区": "张三丰家"}]
    with contextlib.closing(sqlite3.connect(small_office.database)) as raw, raw:
        for number, cell in zip(numbers, cells, strict=True):
            extra = json.dumps(cell, ensure_ascii=False) if cell else ""
            raw.execute("UPDATE incident SET extra = ? WHERE number = ?", (extra, number))
    return small_office, numbers


def count(office: CommandLine, *where: str) -> int:
    options = [part for one in where for part in ("--where", one)]
    made = office("report", "monthly", "--period", "2026-11", *options, "--json").json
    chain = next(table for table in made["tables"] if table["key"] == "whole")
    assert chain["rows"][0][0] == "上报数"
    listed = office("report", "cases", "reported", "--period", "2026-11", *options, "--json").json
    assert len(listed["tables"][0]["rows"]) == chain["rows"][0][1]
    return int(chain["rows"][0][1])


def test_a_report_counts_what_a_lists_column_says(kept: tuple[CommandLine, list[str]]) -> None:
    office, _ = kept
    assert count(office) == 5
    assert count(office, "附列.社区=东风") == 2
    assert count(office, "附列.社区=东风", "附列.社区＝西风（南）") == 3, "the same column twice means either"
    assert count(office, "附列.社区=东风", '附列.编"号=甲') == 1
    assert count(office, "附列.社区=东风", "小类=暴露垃圾") == 2
    assert count(office, "附列.社区=西风(南)") == 0, "half width is another text: what a list says is compared as it stands"
    assert count(office, "附列.社区=南风") == 0
    assert count(office, "Extra. 社区=东风") == 2


def test_hot_addresses_are_limited_too(kept: tuple[CommandLine, list[str]]) -> None:
    office, numbers = kept
    with contextlib.closing(sqlite3.connect(office.database)) as raw, raw:
        raw.execute("UPDATE incident SET address = '幸福路' WHERE number <> ?", (numbers[4],))
    made = office("report", "hot", "--period", "2026-11", "--where", "附列.社区=东风", "--json").json
    assert next(one for one in made["tables"] if one["key"] == "addresses")["rows"] == [["幸福路", 2, 1]]


def test_nobody_is_looked_up_by_a_report(kept: tuple[CommandLine, list[str]]) -> None:
    office, _ = kept
    assert count(office, "附列.社区=张三丰家") == 0, "the cell names the reporter, and is masked"
    for where in ("附列.联系人=张三丰", "附列.联系电话=13812345678"):
        refused = office("report", "monthly", "--where", where)
        assert refused.status == 2
        assert "张三丰" not in refused.err
        assert "13812345678" not in refused.err


def test_an_unknown_column_is_refused_with_those_that_are_kept(kept: tuple[CommandLine, list[str]]) -> None:
    office, _ = kept
    refused = office("report", "monthly", "--where", "附列.社去=东风")
    assert refused.status == 2
    assert "附列.社区" in refused.err


def test_a_list_of_cases_has_the_columns_that_were_chosen(kept: tuple[CommandLine, list[str]], tmp_path: Path) -> None:
    office, numbers = kept
    columns = ("--columns", "案件号,上报时间,街道,附列.社区", "--columns", "来电人、电话")
    made = office("report", "案件台账", "--period", "2026-11", *columns, "--json").json
    (table,) = made["tables"]
    assert table["columns"] == ["案件号", "上报时间", "街道", "附列.社区", "反映人", "电话"]
    assert [row[0] for row in table["rows"]] == numbers
    assert table["rows"][0][1:] == ["2026-11-23T14:00:00+08:00", "幸福街道", "东风", "", ""]
    assert table["rows"][4][3:] == ["张**家", "张**", "138****5678"]
    sheet = tmp_path / "台账.xlsx"
    office("report", "cases", "reported", "--period", "2026-11", *columns, "-o", sheet)
    rows = [row for row in openpyxl.load_workbook(sheet).active.iter_rows(values_only=True) if row[0] == numbers[0]]
    assert isinstance(rows[0][1], datetime), "a moment is a moment in the sheet"
    refused = office("report", "cases", "reported", "--columns", "案件号,哈哈")
    assert (refused.status, "哈哈" in refused.err) == (2, True)


def test_two_dimensions_of_one_column_must_both_hold(kept: tuple[CommandLine, list[str]]) -> None:
    office, _ = kept
    assert count(office, "大类=市容环境", "小类=暴露垃圾") == 4
    assert count(office, "大类=市容环境", "小类=路灯") == 0
    assert count(office, "小类=路灯", "小类=暴露垃圾") == 4


def test_a_register_in_a_file_is_on_record(kept: tuple[CommandLine, list[str]], tmp_path: Path) -> None:
    office, numbers = kept
    office.act("受理员", numbers[0], "accept")
    office.act("值班长", numbers[0], "file", "--rule", "2")
    office.act("派遣员", numbers[0], "dispatch", "--to", "城管局")
    office.act("派遣员", numbers[0], "return", "--reason", "不归我们管")
    office("report", "回退", "--operator", "内勤", "-o", tmp_path / "回退.csv")
    (row,) = office.rows("SELECT facts FROM ledger WHERE action = 'export'")
    assert (json.loads(row[0])["report"], json.loads(row[0])["count"]) == ("return", 1)


@pytest.mark.parametrize(
    "words",
    [("豁免", "--where", "来源=12345"), ("超期", "--date", "2026-12-31"), ("回退", "--period", "2027"), ("cross", "--rows", "街道", "--columns", "小类", "--figure", "work_time_median")],
)  # fmt: skip
def test_what_a_report_cannot_be_of_is_refused(small_office: CommandLine, words: tuple[str, ...]) -> None:
    refused = small_office("report", *words)
    assert (refused.status, refused.out) == (2, "")
