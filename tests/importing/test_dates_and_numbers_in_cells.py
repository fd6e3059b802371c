"""Dates, phones and codes in every form a spreadsheet makes of them; what lost digits or sense is refused by its address."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
from importing.sheets import Rows, lines, text_file, workbook
from office_cli import CommandLine

from gridconsole.domain.spoken import ValueProblem
from gridconsole.importing import values

UNIT_HEADER = "单位编码,单位名称,单位类型,联系电话"


@pytest.mark.parametrize(
    "cell",
    [
        "2026-11-20 14:30",
        "2026/11/20 14:30",
        "2026.11.20 14:30:00",
        "2026-11-20T14:30:00",
        "2026-11-20 14:30:00.123",
        "2026年11月20日14时30分",
        "2026年11月20日 14时30分00秒",
        "2026 年 11 月 20 日 14：30",
        "２０２６－１１－２０　１４：３０",
        "2026年11月20日下午2点半",
        "2026/11/20 下午2:30",
        "二〇二六年十一月二十日 14:30",
        "二○二六年十一月二十日下午2点半",
    ],
)
def test_one_moment_has_many_spellings(cell: str) -> None:
    moment = values.moment(cell)
    assert moment is not None
    assert moment.replace(second=0) == datetime(2026, 11, 20, 14, 30)  # noqa: DTZ001  a sheet's local time


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("20261120", date(2026, 11, 20)),
        (20261120, date(2026, 11, 20)),
        ("2026-1-3", date(2026, 1, 3)),
        ("２０２６．１．３", date(2026, 1, 3)),
        ("二零二六年十月一日", date(2026, 10, 1)),
        ("二〇二六年十二月三十一日", date(2026, 12, 31)),
        (43057, date(2017, 11, 18)),
        (46023.604166666664, date(2026, 1, 1)),
        (None, None),
        ("　", None),
    ],
)
def test_one_day_has_many_spellings(cell: str | float | None, day: date | None) -> None:
    assert values.day(cell) == day


@pytest.mark.parametrize(
    "cell",
    ["2026年11月", 5.1, "03/01/2026", "2026-02-30", "2026-13-01", "2026-11-20 25:00", "昨天", "2549", 99, "10:10:10"],
)  # fmt: skip
def test_half_a_date_is_refused_and_never_guessed(cell: str | float) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.moment(cell)
    assert problem.value.code == "E203"


@pytest.mark.parametrize("cell", ["11月20日", "5.1", "3/15", "11-20 14:30", "１１月２０日"])
def test_a_date_without_a_year_asks_for_one(cell: str) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.moment(cell)
    assert problem.value.code == "E214"


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("11月20日", "2025-11-20T00:00:00"),
        ("5.1", "2025-05-01T00:00:00"),
        ("11-20 14:30", "2025-11-20T14:30:00"),
        ("3/15", "2025-03-15T00:00:00"),
        ("2024-03-15", "2024-03-15T00:00:00"),
    ],
)
def test_the_year_a_clerk_gives_is_that_of_dates_without_one(cell: str, moment: str) -> None:
    token = values.YEAR.set(2025)
    try:
        found = values.moment(cell)
        assert found is not None and found.isoformat() == moment
    finally:
        values.YEAR.reset(token)


def test_the_year_is_given_on_the_command_line(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("受理时间,主要内容", "11月20日 9:30,路灯不亮"))
    assert small_office.imports("incidents", file).codes == ["E214"]
    assert small_office.imports("incidents", file, "--year", "2026").counts == {"inserted": 1}
    assert small_office.rows("SELECT reported_at FROM incident") == [("2026-11-20T01:30:00.000000Z",)]


def test_half_past_midnight_is_before_noon() -> None:
    assert str(values.moment("2026-11-20 上午12:30")) == "2026-11-20 00:30:00"
    assert str(values.moment("2026-11-20 下午12:30")) == "2026-11-20 12:30:00"


def test_a_bad_date_costs_its_own_row_only(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("工号,姓名,入职日期", "W8,欧阳𠮷,2026-02-30", "W9,李[b]明,2026年3月1日")
    answer = small_office.imports("wardens", text_file(tmp_path, text))
    (issue,) = answer.json["issues"]
    assert (answer.status, answer.counts) == (3, {"inserted": 1, "rejected": 1})
    assert (issue["row"], issue["column"], issue["code"]) == (2, "入职日期", "E203")
    assert small_office.rows(
        "SELECT p.name, e.starts_on FROM roster_person p JOIN employment e ON e.person_id = p.id WHERE p.code = 'W9'"
    ) == [("李[b]明", "2026-03-01")]


def test_date_cells_and_bare_serials_of_a_workbook_are_dates(small_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [
        ["工号", "姓名", "入职日期"],
        ["W7", "赵一", date(2025, 3, 1)],
        ["W8", "钱二", 45717],
        ["W9", "孙三", datetime(2025, 3, 1, 8, 30)],  # noqa: DTZ001  a cell has no zone
    ]
    small_office.imports("wardens", workbook(tmp_path / "名册.xlsx", {"名册": rows}))
    assert small_office.rows(
        "SELECT DISTINCT e.starts_on FROM roster_person p JOIN employment e ON e.person_id = p.id WHERE p.code >= 'W7'"
    ) == [("2025-03-01",)]


def test_phones_that_became_numbers_are_phones_again(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [
        UNIT_HEADER.split(","),
        ["D1", "甲", "承包单位", 13800138000],
        ["D2", "乙", "承包单位", 13800138000.0],
        ["D3", "丙", "承包单位", "13800138000.0"],
        ["D4", "丁", "承包单位", "１３８００１３８０００"],
        ["D5", "戊", "承包单位", "'13800138000"],
        ["D6", "己", "承包单位", "138 0013 8000"],
        ["D7", "庚", "承包单位", "1380013\u200b8000"],
    ]
    answer = blank_office.imports("departments", workbook(tmp_path / "单位.xlsx", {"单位": rows}))
    assert (answer.status, answer.counts) == (0, {"inserted": 7})
    assert blank_office.rows("SELECT DISTINCT phone FROM unit") == [("13800138000",)]


@pytest.mark.parametrize("phone", ["1.38E+10", "1.3800138E+10", "1.38e10", "１．３８Ｅ＋１０"])
def test_scientific_notation_lost_digits_and_is_refused(blank_office: CommandLine, tmp_path: Path, phone: str) -> None:
    rows: Rows = [["名录"], UNIT_HEADER.split(","), ["D1", "甲", "承包单位", phone]]
    answer = blank_office.imports("departments", workbook(tmp_path / "单位.xlsx", {"承包": rows}))
    (issue,) = answer.json["issues"]
    assert (answer.status, answer.counts) == (4, {"rejected": 1})
    assert (issue["sheet"], issue["row"], issue["column"], issue["code"]) == ("承包", 3, "联系电话", "E206")
    assert issue["suggestion"] == "把单元格设为文本后重填"


@pytest.mark.parametrize(
    ("cell", "count"), [("1,234", 1234), ("１２", 12), (250.0, 250), ("0", 0), (10560.4, 10560), (None, None)]
)
def test_counts_are_whole_numbers(cell: str | float | None, count: int | None) -> None:
    assert values.whole(cell) == count


@pytest.mark.parametrize("cell", ["-5", "½", "NaN", "inf", "二百", "9223372036854775808"])
def test_what_is_no_count_is_refused(cell: str) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.whole(cell)
    assert problem.value.code == "E202"


@pytest.mark.parametrize(
    ("cell", "code"),
    [(2549.0, "2549"), ("2549.0", "2549"), ("'0717", "0717"), ("４２０５", "4205"), (" 42 05 ", "4205"), ("W①", "W1")],
)
def test_codes_are_text_without_what_spreadsheets_add(cell: str | float, code: str) -> None:
    assert values.code(cell) == code


def test_free_text_keeps_its_characters_where_codes_are_folded(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines("单位编码,单位名称,单位类型,联系人", "Ｄ①,㎡测绘（①队）,承包单位,李\u202e明\x1b[31m")
    blank_office.imports("departments", text_file(tmp_path, text))
    assert blank_office.rows("SELECT code, name, contact FROM unit") == [("D1", "㎡测绘（①队）", "李明")]


def test_phones_in_messages_about_bad_cells_are_masked(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("工号,姓名,联系电话,负责网格", "W9,李明,13912345678,李明13912345678的网格")
    answer = small_office.imports("wardens", text_file(tmp_path, text))
    assert answer.codes == ["E401"]
    assert "139****5678" in answer.json["issues"][0]["message"]
    assert "13912345678" not in answer.out


@pytest.mark.parametrize("cell", ["1e9", "4.20502E+11", "2.02611E+13", 2.02611200000000019e16])
def test_a_number_that_lost_its_digits_is_refused_and_not_guessed(cell: str | float) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.code(cell)
    assert problem.value.code == "E206"


@pytest.mark.parametrize("cell", ["2026-03-04 00:00:00", "2026-03-04", "1月2日", "10:10:00", 3.75])
def test_what_a_spreadsheet_made_a_day_or_a_fraction_is_no_code(cell: str | float) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.code(cell)
    assert problem.value.code == "E219"


@pytest.mark.parametrize("cell", ["1-2", "01-02", "3.75", "2026-03", "2026-0304-01", "A:B"])
def test_what_was_keyed_in_as_a_code_stays_one(cell: str) -> None:
    assert values.code(cell) == cell


def test_half_a_household_is_refused_and_a_measure_is_rounded_and_said(small_office: CommandLine, tmp_path: Path) -> None:
    header = "网格编码,网格名称,户数,网格面积"
    sheet = lines(header, "420502001001007,甲,10.6,1", "420502001001008,乙,10.0,10560.4")
    answer = small_office.imports("grids", text_file(tmp_path, sheet))
    assert [(issue["cell"], issue["code"]) for issue in answer.json["issues"]] == [("C2", "E212"), ("D3", "R902")]
    assert small_office.rows("SELECT households, area_m2 FROM grid WHERE name = '乙'") == [(10, 10560)]


@pytest.mark.parametrize(
    ("cell", "at"),
    [
        ("2026-05-01 3:30 PM", "2026-05-01 15:30:00"),
        ("2026-05-01 3:30pm", "2026-05-01 15:30:00"),
        ("2026/5/1 3:30下午", "2026-05-01 15:30:00"),
        ("2026年5月1日凌晨2点", "2026-05-01 02:00:00"),
        ("2026年5月1日清晨6:10", "2026-05-01 06:10:00"),
        ("2026年5月1日 早上8点半", "2026-05-01 08:30:00"),
        ("2026年5月1日中午12:30", "2026-05-01 12:30:00"),
        ("2026年5月1日中午1点", "2026-05-01 13:00:00"),
        ("2026年5月1日傍晚6点", "2026-05-01 18:00:00"),
        ("2026年5月1日晚上12点", "2026-05-02 00:00:00"),
        ("2026-05-01 24:00", "2026-05-02 00:00:00"),
        ("2026年5月1号", "2026-05-01 00:00:00"),
        ("二〇二六年五月一号", "2026-05-01 00:00:00"),
        ("20260501093000", "2026-05-01 09:30:00"),
        ("202605010930", "2026-05-01 09:30:00"),
        (202605010930, "2026-05-01 09:30:00"),
        ("46143", "2026-05-01 00:00:00"),
        ("46143.5", "2026-05-01 12:00:00"),
    ],
)
def test_more_ways_to_write_a_time(cell: str | float, at: str) -> None:
    assert str(values.moment(cell)) == at


@pytest.mark.parametrize(
    "cell",
    ["2026-05-01 凌晨9点", "2026-05-01 早上2点", "2026-05-01 中午9点", "2026-05-01 下午3:30 PM",
     "2026-05-01 15:30 AM", "202613010930", "20260501096000", "420502001001", "61430", "99143"],
)  # fmt: skip
def test_a_time_that_contradicts_itself_is_refused(cell: str) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.moment(cell)
    assert problem.value.code == "E203"


def test_a_day_called_a_number_needs_its_year_too() -> None:
    token = values.YEAR.set(2026)
    try:
        assert str(values.day("5月1号")) == "2026-05-01"
    finally:
        values.YEAR.reset(token)


def test_blanks_inside_the_name_of_a_grid_do_not_cut_it(small_office: CommandLine, tmp_path: Path) -> None:
    cells = ("东风社区第 1 网格", "东风社区 1 网格", "东风社区 第1网格", "东风社区第 1 网格 新民社区第 1 网格")
    sheet = lines("工号,姓名,负责网格", *(f"N{number},李明,{cell}" for number, cell in enumerate(cells)))
    answer = small_office.imports("wardens", text_file(tmp_path, sheet))
    assert (answer.counts, answer.codes) == ({"inserted": 4}, [])
    assert small_office.rows(
        "SELECT count(*) FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL WHERE w.code LIKE 'N%'"
    ) == [(5,)]


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-11-23（周一） 14:30", "2026-11-23 14:30"),
        ("2026年11月23日星期一 14:30", "2026-11-23 14:30"),
        ("2026-11-23 周一", "2026-11-23 00:00"),
        ("2026-11-22星期天", "2026-11-22 00:00"),
        ("2026-11-23T14:30:00+08:00", "2026-11-23 14:30"),
        ("2026-11-23T06:30:00Z", "2026-11-23 14:30"),
        ("2026-11-23T14:30:00.000+0800", "2026-11-23 14:30"),
        ("26-11-23", "2026-11-23 00:00"),
        ("26.11.3", "2026-11-03 00:00"),
        ("26年11月23日 9:05", "2026-11-23 09:05"),
        ("2026-11-23 凌晨12:30", "2026-11-23 00:30"),
    ],
)
def test_times_as_other_programs_and_people_write_them(said: str, expected: str) -> None:
    assert f"{values.moment(said):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize("said", ["2026-11-23 周二", "2026年11月23日（星期日）9:00"])
def test_a_weekday_of_another_day_is_refused(said: str) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.moment(said)
    assert problem.value.code == "E232"


@pytest.mark.parametrize("said", ["11-23-26", "12/11/10", "09.11.10"])
def test_two_digits_that_may_be_a_day_are_no_year(said: str) -> None:
    with pytest.raises(ValueProblem):
        values.moment(said)


@pytest.mark.parametrize(
    ("said", "expected"), [("约280户", 280), ("280户左右", 280), ("280余户", 280), ("近300人", 300), ("1.25万余", 12_500)]
)
def test_an_estimate_is_read_with_a_remark(said: str, expected: int) -> None:
    found = values.count(said)
    assert (found, type(found)) == (expected, values.Approximate)


@pytest.mark.parametrize(("said", "expected"), [("300户", 300), ("1.2万", 12_000), ("1,200人", 1_200)])
def test_a_number_with_its_unit_is_exact(said: str, expected: int) -> None:
    found = values.count(said)
    assert (found, type(found)) == (expected, int)
