"""Limits as offices write them: understood exactly, or refused with the cell's address."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing.sheets import Rows, lines, text_file, workbook
from office_cli import CommandLine

from gridconsole.domain.spoken import ValueProblem
from gridconsole.importing import values

HEADER = "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限"


def understood(cell: str) -> list[tuple[str, str]]:
    return [(item.limit.encode(), item.label) for item in values.limit(cell).milestones]


@pytest.mark.parametrize(
    ("cell", "limit"),
    [
        ("2紧急工作时", "2 urgent_hour"),
        ("2 紧急工作小时", "2 urgent_hour"),
        ("２紧急工作时", "2 urgent_hour"),
        ("4工作时", "4 work_hour"),
        ("4小时", "4 work_hour"),
        ("24个小时内", "24 work_hour"),
        ("1.5工作时", "1.5 work_hour"),
        ("3工作日", "3 work_day"),
        (" 5工作日", "5 work_day"),
        ("15天", "15 work_day"),
        ("７日", "7 work_day"),
        ("3个工作日内", "3 work_day"),
        ("十五个工作日", "15 work_day"),
        ("二十工作日", "20 work_day"),
        ("二小时", "2 work_hour"),
        ("7自然日", "7 natural_day"),
        ("30自然天", "30 natural_day"),
    ],
)
def test_a_plain_limit_is_an_amount_of_one_clock(cell: str, limit: str) -> None:
    assert understood(cell) == [(limit, "")]
    assert values.limit(cell).note == ""


@pytest.mark.parametrize(
    ("cell", "milestones"),
    [
        ("种植季节15工作日", [("15 work_day", "种植季节")]),
        ("1紧急工作时制止", [("1 urgent_hour", "制止")]),
        ("4工作时制止，7工作日处罚", [("4 work_hour", "制止"), ("7 work_day", "处罚")]),
        ("4工作时制止；7工作日处罚、20工作日拆除", [("4 work_hour", "制止"), ("7 work_day", "处罚"), ("20 work_day", "拆除")]),
        ("2紧急工作时（制止）,15天(恢复)", [("2 urgent_hour", "制止"), ("15 work_day", "恢复")]),
    ],
)
def test_what_must_be_reached_stays_with_its_limit(cell: str, milestones: list[tuple[str, str]]) -> None:
    assert understood(cell) == milestones


@pytest.mark.parametrize(
    "cell",
    [
        "立即",
        "尽快处理",
        "3-5工作日",
        "0天",
        "0.5工作日",
        "1e5工作时",
        "工作日",
        "3",
        "三",
        "4工作时左右或5小时",
        "2026年11月23日",
        "[/]",
    ],
)
def test_what_is_no_limit_is_not_guessed(cell: str) -> None:
    with pytest.raises(ValueProblem) as problem:
        values.limit(cell)
    assert problem.value.code == "E204"


def test_urgent_days_run_round_the_clock_and_the_clerk_is_reported(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("catalogue", text_file(tmp_path, lines(HEADER, "事件,1,市容环境,1,私搭乱建,在建,2紧急工作日")))
    (issue,) = answer.json["issues"]
    assert (answer.status, answer.counts) == (0, {"inserted": 1})
    assert (issue["row"], issue["column"], issue["code"], issue["severity"]) == (2, "处置时限", "W904", "warning")
    assert blank_office.rows("SELECT limit_text FROM filing_rule") == [("48 urgent_hour",)]


def test_a_limit_nobody_can_read_is_refused_by_sheet_row_and_column(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [
        ["X区事件标准"],
        HEADER.split(","),
        ["事件", 1, "市容环境", 1, "暴露垃圾", "少量", "4工作时"],
        ["事件", 1, "市容环境", 1, "暴露垃圾", "大量", "看情况[/]"],
        ["事件", 1, "市容环境", 1, "暴露垃圾", "成堆", None],
    ]
    answer = blank_office.imports("catalogue", workbook(tmp_path / "标准.xlsx", {"事件①": rows}))
    refused, missing = answer.json["issues"]
    assert (answer.status, answer.counts) == (3, {"inserted": 1, "rejected": 2})
    assert refused == {
        "sheet": "事件①",
        "row": 4,
        "cell": "G4",
        "column": "处置时限",
        "code": "E204",
        "severity": "error",
        "message": "处置时限“看情况[/]”看不懂",
        "suggestion": "写成 2紧急工作时、4工作时、3工作日 这样",
    }
    assert (missing["row"], missing["column"], missing["code"]) == (5, "处置时限", "E201")


def test_a_changed_limit_retires_the_old_rule_and_keeps_it_for_old_cases(blank_office: CommandLine, tmp_path: Path) -> None:
    for limit in ("3工作日", "1工作日"):
        blank_office.imports("catalogue", text_file(tmp_path, lines(HEADER, f"事件,1,市容环境,1,暴露垃圾,少量,{limit}")))
    assert blank_office.rows("SELECT limit_text, active FROM filing_rule ORDER BY id") == [("3 work_day", 0), ("1 work_day", 1)]


def test_codes_that_lost_their_zero_find_it_again(blank_office: CommandLine, tmp_path: Path) -> None:
    rows: Rows = [HEADER.split(","), ["事件", 1.0, "市容环境", "3", "暴露垃圾", "少量", "4工作时"]]
    same: Rows = [HEADER.split(","), ["事件", "01", "市容环境", "０３", "暴露垃圾", "少量", "4工作时"]]
    blank_office.imports("catalogue", workbook(tmp_path / "一.xlsx", {"标准": rows}))
    assert blank_office.imports("catalogue", workbook(tmp_path / "二.xlsx", {"标准": same})).counts == {"unchanged": 1}
    assert blank_office.rows("SELECT major_code, minor_code FROM category") == [("01", "03")]


def test_the_generation_of_a_standard_follows_from_the_width_of_its_codes(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines(HEADER, "事件,01,市容环境,01,暴露垃圾,少量,4工作时", "事件,001,市容环境,001,暴露垃圾,少量,4工作时")
    assert blank_office.imports("catalogue", text_file(tmp_path, text)).counts == {"inserted": 2}
    assert blank_office.rows("SELECT standard FROM category ORDER BY id") == [("GB/T 30428.2-2013",), ("GB/T 47678.5-2026",)]
