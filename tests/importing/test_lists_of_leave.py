"""Lists of leave: read in every usual form, judged row by row, and taken back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from office_cli import CommandLine
from sheets import lines, text_file
from test_departures_in_lists import handled_by, roster, two

__all__ = ["two"]
HEADINGS = "工号,姓名,假别,开始日期,结束日期,代理人"
LEAVES = (
    "SELECT w.code, l.kind, l.first_half, l.last_half, d.code FROM leave l JOIN roster_person w ON w.id = l.person_id"
    " LEFT JOIN roster_person d ON d.id = l.deputy_id WHERE l.replaced_by IS NULL ORDER BY w.code, l.first_half"
)


def sheet(folder: Path, *rows: str, headings: str = HEADINGS, name: str = "请假.csv") -> Path:
    return text_file(folder, lines(headings, *rows), name)


@pytest.mark.parametrize(
    ("headings", "row", "expected"),
    [
        (HEADINGS, "LV1,甲一,年休,2026-12-01,2026-12-02,", ("LV1", "annual", "2026-12-01a", "2026-12-02p", None)),
        (HEADINGS, "LV1,甲一,病假,2026-12-01下午,2026-12-02上午,乙二", ("LV1", "sick", "2026-12-01p", "2026-12-02a", "LV2")),
        (HEADINGS, "LV1,甲一,公差,2026-12-01 13:30,2026-12-02 12:00,LV2", ("LV1", "official", "2026-12-01p", "2026-12-02a", "LV2")),
        ("姓名,请假类型,请假时间", "甲一,事假,2026年12月1日至3日", ("LV1", "personal", "2026-12-01a", "2026-12-03p", None)),
        ("姓名,假别,起止日期", "甲一(LV1),事假,2026.12.1上午", ("LV1", "personal", "2026-12-01a", "2026-12-01a", None)),
        ("请假人,假别,起止时间", "甲一,产假,2026-12-01~2026-12-01", ("LV1", "maternity", "2026-12-01a", "2026-12-01p", None)),
        ("姓名,请假事由,开始时间,结束时间", "甲一,家中有事,2026/12/1,2026/12/2", ("LV1", "personal", "2026-12-01a", "2026-12-02p", None)),
    ],
)  # fmt: skip
def test_a_leave_is_read_as_the_office_writes_it(
    two: CommandLine, tmp_path: Path, headings: str, row: str, expected: tuple[str, ...]
) -> None:
    answer = two.imports("auto", sheet(tmp_path, row, headings=headings, name="12月请假表.csv"))
    assert answer.counts == {"inserted": 1}, answer
    assert two.rows(LEAVES) == [expected]


def test_days_in_cells_of_a_workbook_are_days(two: CommandLine, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(HEADINGS.split(","))
    book.active.append(["LV1", "甲一", "年休", datetime(2026, 12, 1), datetime(2026, 12, 2), None])  # noqa: DTZ001  as in a cell
    book.active.append(["LV2", "乙二", "病假", datetime(2026, 12, 3, 14), datetime(2026, 12, 4, 11, 30), "甲一"])  # noqa: DTZ001
    book.save(tmp_path / "请假.xlsx")
    assert two.imports("leave", tmp_path / "请假.xlsx").counts == {"inserted": 2}
    assert two.rows(LEAVES) == [
        ("LV1", "annual", "2026-12-01a", "2026-12-02p", None),
        ("LV2", "sick", "2026-12-03p", "2026-12-04a", "LV1"),
    ]


def test_the_deputy_gets_the_work_meanwhile_and_an_undone_list_gives_it_back(two: CommandLine, tmp_path: Path) -> None:
    answer = two.imports("请假", sheet(tmp_path, "LV1,甲一,年休,2026-11-23,2026-12-04,乙二"))
    who = ("roster", "who", "新民社区第1网格", "--json")
    assert [one["number"] for one in two(*who).json[0]["responsible"]][:1] == ["LV2"]
    assert two.imports("leave", sheet(tmp_path, "LV1,甲一,年休,2026-11-23,2026-12-04,乙二")).counts == {"unchanged": 1}
    undone = two("batch", "undo", str(answer.json["batch"]), "--operator", "内勤", "--json")
    assert (undone.status, undone.json["kept"], two.rows(LEAVES)) == (0, [], [])
    assert [one["number"] for one in two(*who).json[0]["responsible"]][:1] == ["LV1"]
    assert two("ledger", "verify", "--json").status == 0


@pytest.mark.parametrize(
    ("row", "code", "said"),
    [
        ("LV1,甲一,年休,2026-12-05,2026-12-01,", "E242", "2026-12-05"),
        ("LV1,甲一,年休,2026-12-01下午,2026-12-01上午,", "E242", "下午"),
        ("LV1,甲一,年休,2026-12-01,2026-12-02,甲一", "E242", "自己"),
        ("LV1,甲一,年休,2020-12-01,2020-12-02,", "E242", "在职"),
        ("LV1,乙二,年休,2026-12-01,2026-12-02,", "E244", "甲一"),
        ("LV9,甲一,年休,2026-12-01,2026-12-02,", "E401", "LV1"),
        (",丁丁,年休,2026-12-01,2026-12-02,", "E401", ""),
        ("LV1,甲一,玩,2026-12-01,2026-12-02,", "E208", "年休"),
        ("LV1,甲一,,2026-12-01,2026-12-02,", "E201", ""),
        ("LV1,甲一,年休,明年,2026-12-02,", "E203", ""),
        ("LV1,甲一,年休,2026-12-01,,", "E201", ""),
        ("[/],𠮷" + "长" * 7_000 + ",年休,2026-12-01,2026-12-02,", "E401", ""),
    ],
)
def test_an_impossible_leave_stays_outside(two: CommandLine, tmp_path: Path, row: str, code: str, said: str) -> None:
    before = two.everything()
    answer = two.imports("leave", sheet(tmp_path, row), "--dry-run")
    assert (answer.codes, answer.counts) == ([code], {"rejected": 1}), answer
    assert said in str(answer.json["issues"][0])
    assert {name: rows for name, rows in two.everything().items() if name == "leave"} == {"leave": before["leave"]}


def test_rows_are_judged_beside_the_rows_above_them(two: CommandLine, tmp_path: Path) -> None:
    rows = (
        "LV1,甲一,年休,2026-12-01,2026-12-02,乙二",
        "LV1,甲一,年休,2026-12-01,2026-12-02,乙二",
        "LV1,甲一,病假,2026-12-02,2026-12-03,",
        "LV2,乙二,病假,2026-12-02,2026-12-02,",
        "LV2,乙二,病假,2026-12-07,2026-12-09,甲一",
    )
    answer = two.imports("leave", sheet(tmp_path, *rows))
    assert answer.counts == {"inserted": 2, "duplicate": 1, "rejected": 2}
    assert [(one["row"], one["code"]) for one in answer.json["issues"]] == [(4, "E242"), (5, "E242")]


def test_a_long_leave_needs_a_deputy_while_work_is_in_hand(two: CommandLine, tmp_path: Path) -> None:
    handled_by(two, "甲一")
    answer = two.imports("leave", sheet(tmp_path, "LV1,甲一,病假,2026-12-01,2026-12-08,"))
    assert (answer.codes, answer.counts) == (["E243"], {"rejected": 1})
    assert "1 件在办" in answer.json["issues"][0]["suggestion"]
    # Leave that is continued is one leave: nobody gets around the rule by three days at a time.
    parts = ("LV1,甲一,病假,2026-12-01,2026-12-03,", "LV1,甲一,事假,2026-12-04,2026-12-05,")
    assert two.imports("leave", sheet(tmp_path, *parts)).counts == {"inserted": 1, "rejected": 1}
    assert two.imports("leave", sheet(tmp_path, parts[1] + "乙二")).counts == {"inserted": 1}


def test_two_people_of_a_grid_are_not_away_at_once(two: CommandLine, tmp_path: Path) -> None:
    rows = ("LV1,甲一,年休,2026-12-01,2026-12-08,", "LV2,乙二,年休,2026-12-01,2026-12-08,")
    answer = two.imports("leave", sheet(tmp_path, *rows))
    assert (answer.codes, answer.counts) == (["E243"], {"inserted": 1, "rejected": 1})
    assert "新民社区第1网格" in answer.json["issues"][0]["suggestion"]


def test_two_of_one_name_are_told_apart_by_their_numbers(two: CommandLine, tmp_path: Path) -> None:
    two.imports("wardens", roster(tmp_path, "LV3,甲一,新民社区第2网格,A,2026-01-05,", name="三.csv"))
    answer = two.imports("leave", sheet(tmp_path, ",甲一,年休,2026-12-01,2026-12-02,"))
    assert (answer.codes, answer.counts) == (["E225"], {"rejected": 1})
    assert two.imports("leave", sheet(tmp_path, "LV3,甲一,年休,2026-12-01,2026-12-02,")).counts == {"inserted": 1}


@pytest.mark.parametrize("headings", ["姓名,合同,开始日期,结束日期", "姓名,电话,开始日期,结束日期"])
def test_days_of_people_are_no_leave_by_themselves(two: CommandLine, tmp_path: Path, headings: str) -> None:
    answer = two.imports("auto", sheet(tmp_path, "甲一,1,2026-12-01,2026-12-02", headings=headings, name="培训.csv"))
    assert answer.error == "C154"


def test_leave_goes_out_and_comes_in_unchanged(two: CommandLine, tmp_path: Path) -> None:
    two.imports("leave", sheet(tmp_path, "LV1,甲一,年休,2026-12-01下午,2026-12-02,乙二"))
    assert two("export", "leave", "-o", str(tmp_path / "出.xlsx")).status == 0
    assert two.imports("auto", tmp_path / "出.xlsx").counts == {"unchanged": 1}
