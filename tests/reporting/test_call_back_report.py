"""The register of call-backs: every rate is one that can be counted by hand, with what it is a share of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from office_cli import Clock, CommandLine

STEPS = (
    ("受理员", "accept"),
    ("核查员", "verify", "--result", "true"),
    ("值班长", "file", "--rule", "1"),
    ("派遣员", "dispatch", "--to", "城管局"),
)
ENDING = (("派遣员", "feedback", "--note", "已清理"), ("核查员", "check", "--result", "pass"), ("值班长", "close"))


def closed(office: CommandLine) -> str:
    answer = office("incident", "new", "--text", "垃圾成堆", "--source", "12345", "--grid", "420502001001001", "--category", "暴露垃圾",
                    "--operator", "受理员", "--json")  # fmt: skip
    number = str(answer.json["number"])
    take(office, number, *STEPS, *ENDING)
    return number


def take(office: CommandLine, number: str, *steps: tuple[str, ...]) -> None:
    for operator, action, *options in steps:
        answer = office.act(operator, number, action, *options)
        assert answer.status == 0, answer


def call(office: CommandLine, number: str, solved: str = "", grade: str = "", reason: str = "") -> None:
    answers = ("--solved", solved, "--satisfaction", grade, "--reason", reason) if solved else ("--unreached",)
    take(office, number, ("受理员", "call_back", *answers))


def report(office: CommandLine, *options: str) -> tuple[dict[str, Any], list[list[Any]]]:
    made = office("report", "callback", "--json", *options).json
    return {item["key"]: item["value"] for item in made["metrics"]}, made["tables"][0]["rows"]


def test_the_rates_of_a_month_counted_by_hand(small_office: CommandLine, office_clock: Clock) -> None:
    content, partly, accepted, angry, silent, later = (closed(small_office) for _ in range(6))
    call(small_office, content, "是", "非常满意")
    call(small_office, partly)
    call(small_office, partly, "部分", "满意")
    call(small_office, accepted, "是", "理解")
    call(small_office, angry, "否", "不满意", "没来过，电话 13912345678")
    call(small_office, silent)
    call(small_office, silent)
    office_clock.at = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    call(small_office, later, "是", "满意")
    figures, rows = report(small_office, "--date", "2026-11-30")
    # Five cases called about, four residents reached: yes twice, partly and no once each; content twice of four.
    assert figures == {
        "calls": 7, "called": 5, "reached": 4, "reached_rate": 80.0, "solved": 2, "partly_solved": 1, "solved_rate": 50.0,
        "satisfied": 2, "understanding": 1, "dissatisfied": 1, "satisfied_rate": 50.0, "reopened": 0, "no_phone": 1,
    }  # fmt: skip
    assert [row[0] for row in rows] == [content, partly, partly, accepted, angry, silent, silent]
    assert rows[1][5:] == ["未接通", "", "", ""]
    assert rows[4][2:] == ["受理员", "暴露垃圾", "城管局", "接通", "未解决", "不满意", "没来过，电话 139****5678"]
    assert [row[0] for row in report(small_office, "--date", "2026-12-31")[1]] == [later]


def test_a_case_reopened_and_called_about_again_counts_once_by_its_last_answer(small_office: CommandLine) -> None:
    number = closed(small_office)
    call(small_office, number, "否", "不满意", "没来过")
    take(small_office, number, ("值班长", "reopen", "--reason", "现场未清理"), *ENDING)
    call(small_office, number, "是", "满意")
    figures, rows = report(small_office)
    assert (figures["calls"], figures["called"], figures["reached"], figures["reopened"]) == (2, 1, 1, 1)
    assert (figures["solved_rate"], figures["satisfied_rate"], figures["dissatisfied"]) == (100.0, 100.0, 0)
    assert len(rows) == 2
    daily = small_office("report", "daily", "--json").json["metrics"]
    assert {item["key"]: item["value"] for item in daily}["reopened"] == 1


def test_what_was_handled_before_the_reopening_stays_in_the_figures_of_its_day(
    small_office: CommandLine, office_clock: Clock
) -> None:
    number = closed(small_office)
    call(small_office, number, "否", "不满意", "没来过")
    office_clock.at = datetime.fromisoformat("2026-11-26T09:00:00+08:00")
    take(small_office, number, ("值班长", "reopen", "--reason", "现场未清理"))
    office_clock.advance(days=1)
    take(small_office, number, *ENDING)
    rates = {}
    for day in ("2026-11-23", "2026-11-24", "2026-11-27"):
        metrics = small_office("report", "daily", "--date", day, "--json").json["metrics"]
        rates[day] = {item["key"]: item["value"] for item in metrics}["on_time_rate"]
    assert rates == {"2026-11-23": None, "2026-11-24": 100.0, "2026-11-27": None}, "it was due on the 24th, and counts once"


def test_a_month_without_calls_divides_by_nothing_and_says_what_a_rate_is_of(small_office: CommandLine) -> None:
    figures, rows = report(small_office)
    assert rows == []
    assert {key for key, value in figures.items() if value is None} == {"reached_rate", "solved_rate", "satisfied_rate"}
    made = small_office("report", "回访", "--json").json
    assert all("占" in item["definition"] for item in made["metrics"] if item["key"].endswith("_rate"))
    assert small_office("report", "回访").status == 0
