"""The list of overdue cases: all of them, the longest first, as of now or of the end of a day."""

from __future__ import annotations

import contextlib
import csv
import io
import sqlite3
from typing import Any

from office_cli import Clock, CommandLine

PLACE = ("--grid", "420502001001001", "--category", "暴露垃圾")


def listed(made: dict[str, Any]) -> dict[str, Any]:
    """The table with a line for each case."""
    return next(table for table in made["tables"] if table["key"] == "overdue")


def numbers(office: CommandLine, *options: str) -> list[str]:
    made = office("report", "overdue", *options, "--json").json
    table = listed(made)
    (metric,) = made["metrics"]
    assert metric["value"] == len(table["rows"])
    return [row[0] for row in table["rows"]]


def test_nothing_is_late_before_its_time(small_office: CommandLine, office_clock: Clock) -> None:
    number = small_office.reports("垃圾成堆")
    office_clock.advance(minutes=15)
    assert numbers(small_office) == [], "the last moment is still in time"
    office_clock.advance(seconds=1)
    assert numbers(small_office) == [number]


def test_the_longest_overdue_comes_first_and_finished_cases_never(small_office: CommandLine, office_clock: Clock) -> None:
    first = small_office.reports("垃圾成堆", *PLACE)
    office_clock.advance(minutes=5)
    second = small_office.reports("路灯不亮", "--grade", "紧急")
    done = small_office.reports("井盖缺失")
    small_office.act("受理员", done, "decline", "--reason", "重复")
    office_clock.advance(days=3)
    assert numbers(small_office) == [first, second]


def test_the_list_as_of_a_day_leaves_out_what_became_late_afterwards(small_office: CommandLine, office_clock: Clock) -> None:
    monday = small_office.reports("垃圾成堆")
    office_clock.advance(days=1)
    tuesday = small_office.reports("路灯不亮")
    office_clock.advance(days=1)
    assert numbers(small_office) == [monday, tuesday]
    assert numbers(small_office, "--date", "2026-11-24") == [monday, tuesday]
    assert numbers(small_office, "--date", "2026-11-23") == [monday]
    assert numbers(small_office, "--date", "2026-11-22") == []


def test_a_line_says_who_has_it_where_and_since_when(small_office: CommandLine, office_clock: Clock) -> None:
    number = small_office.reports("垃圾成堆", *PLACE, "--address", "幸福路[b栋]①号")
    small_office.act("受理员", number, "accept")
    small_office.act("值班长", number, "file", "--rule", "2")
    small_office.act("派遣员", number, "dispatch", "--to", "城管局")
    office_clock.advance(days=2)
    made = small_office("report", "超期", "--json").json
    assert listed(made)["columns"] == ["案件号", "状态", "超期时长", "应办结", "级别", "区域", "小类", "承办", "地址"]
    assert listed(made)["rows"] == [
        [number, "处置中", "超 3时30分", "2026-11-24T17:30:00+08:00", "一般", "东风社区", "暴露垃圾", "城管局", "幸福路[b栋]①号"]
    ]


def test_all_three_formats_list_the_same_cases(small_office: CommandLine, office_clock: Clock) -> None:
    made = {small_office.reports(f"垃圾成堆{at}", "--address", f"幸福路{at}号") for at in range(7)}
    office_clock.advance(days=1)
    assert set(numbers(small_office)) == made
    rows = list(csv.reader(io.StringIO(small_office("report", "overdue", "--format", "csv").out)))
    assert {row[0].strip() for row in rows if len(row) == 9 and row[0].strip().isdigit()} == made
    shown = small_office("report", "overdue", "--format", "table").out
    assert all(f"幸福路{at}号" in shown for at in range(7))
    assert "超期 7件" in shown


def test_it_says_who_has_how_many_for_how_long_and_under_which_phone(small_office: CommandLine, office_clock: Clock) -> None:
    with contextlib.closing(sqlite3.connect(small_office.database)) as raw, raw:
        raw.execute("UPDATE unit SET phone = '0717-6000001' WHERE name = '城管局'")
    waiting = small_office.reports("垃圾成堆", *PLACE)
    handled = [small_office.reports(text, *PLACE, "--address", f"幸福路{text}") for text in ("甲", "乙")]
    for number in handled:
        small_office.act("受理员", number, "accept")
        small_office.act("值班长", number, "file", "--rule", "2")
        small_office.act("派遣员", number, "dispatch", "--to", "城管局")
    office_clock.advance(days=5)
    made = small_office("report", "超期", "--json").json
    table = next(one for one in made["tables"] if one["key"] == "by_handler")
    assert table["columns"][:7] == ["由谁办理", "电话", "超期", "1天以内", "1至3天", "3至7天", "7天以上"]
    assert [row[:7] for row in table["rows"]] == [
        ["城管局", "0717-6000001", 2, 0, 0, 2, 0], ["本中心（待受理）", "", 1, 0, 0, 1, 0], ["合计", "", 3, 0, 0, 3, 0],
    ]  # fmt: skip
    assert set(numbers(small_office)) == {waiting, *handled}
    past = small_office("report", "超期", "--date", "2026-11-25", "--json").json
    assert next(one for one in past["tables"] if one["key"] == "by_handler")["rows"][0][2:6] == [2, 0, 2, 0]
