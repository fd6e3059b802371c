"""The register of 核实 and 核查: every figure can be counted by hand, and rework is not wrong dispatch."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from office_cli import Clock, CommandLine

CHECKED = (
    ("受理员", "accept"),
    ("值班长", "file", "--rule", "1"),
    ("派遣员", "dispatch", "--to", "城管局"),
    ("派遣员", "feedback", "--note", "已清理"),
)
FAILED = (("核查员", "check", "--result", "fail", "--reason", "仍有垃圾，13912345678"),)
PASSED = (("核查员", "check", "--result", "pass", "--photo", "后.jpg"),)


def case(office: CommandLine, *steps: tuple[str, ...], source: str = "warden") -> str:
    answer = office("incident", "new", "--text", "垃圾成堆", "--source", source, "--grid", "420502001001001", "--category", "暴露垃圾",
                    "--operator", "受理员", "--json")  # fmt: skip
    number = str(answer.json["number"])
    take(office, number, *steps)
    return number


def take(office: CommandLine, number: str, *steps: tuple[str, ...]) -> None:
    for operator, action, *options in steps:
        answer = office.act(operator, number, action, *options)
        assert answer.status == 0, answer


def report(office: CommandLine, *options: str) -> tuple[dict[str, Any], list[list[Any]], list[list[Any]]]:
    made = office("report", "tasks", "--json", *options).json
    units, _, tasks = made["tables"]
    return {item["key"]: item["value"] for item in made["metrics"]}, units["rows"], tasks["rows"]


def test_a_month_counted_by_hand(small_office: CommandLine, office_clock: Clock) -> None:
    reworked = case(small_office, *CHECKED, *FAILED, CHECKED[3], *FAILED, CHECKED[3], *PASSED)
    elsewhere = case(
        small_office, *CHECKED, *FAILED, ("派遣员", "redispatch", "--to", "环卫所", "--reason", "非其职责"), CHECKED[3], *PASSED
    )
    verified = case(small_office, CHECKED[0], ("受理员", "派核实", "--to", "W1"), source="12345")
    take(small_office, verified, ("核查员", "verify", "--result", "true", "--looked-at", "14:00"))
    late = case(small_office, CHECKED[0], source="12345")
    waiting = case(small_office, *CHECKED)
    office_clock.advance(minutes=31)
    take(small_office, late, ("核查员", "verify", "--result", "false"))
    take(small_office, waiting, ("受理员", "派核查", "--to", "W1"))
    figures, units, rows = report(small_office)
    # Verified: one in time, one late. Checked: three and two, all in time, and one that is out and late.
    assert figures == {
        "verify_due": 2, "verify_unsent": 0, "verify_in_time": 1, "verify_rate": 50.0,
        "check_due": 6, "check_unsent": 0, "check_in_time": 5, "check_rate": 83.33,
        "checks": 5, "reworked": 3, "rework_rate": 60.0, "taken": 1,
    }  # fmt: skip
    assert units == [["城管局", 4, 3, 75.0, 1], ["环卫所", 1, 0, 0.0, 0]]
    people = small_office("report", "tasks", "--json").json["tables"][1]["rows"]
    assert people == [
        ["核查员", "核查员", 1, 0, 0.0, 5, 5, 100.0],
        ["𠮷田", "网格员", 1, 1, 100.0, 1, 0, 0.0],
    ]  # fmt: skip
    assert sorted(row[0] for row in rows) == sorted([reworked] * 3 + [elsewhere] * 2 + [verified, late, waiting])
    by_case = {row[0]: row for row in rows}
    assert by_case[verified][1:] == [
        "核实", "𠮷田", "受理员", "2026-11-23T14:00:00+08:00", "2026-11-23T14:30:00+08:00", "2026-11-23T14:00:00+08:00", "属实", "按时", "", "", "核查员", "",
    ]  # fmt: skip
    assert by_case[late][7:9] == ["不属实", "超时"]
    assert by_case[waiting][7:] == ["", "超时未回报", "城管局", "", "", ""]
    assert by_case[reworked][10] == "后.jpg"
    notes = [row[12] for row in rows if row[0] == reworked]
    assert notes.count("仍有垃圾，139****5678") == 2, "what was noted is masked"
    daily = {item["key"]: item["value"] for item in small_office("report", "daily", "--json").json["metrics"]}
    assert daily["reworked"] == 3, "both reports say the same"


def test_what_nobody_was_sent_to_is_due_all_the_same(small_office: CommandLine, office_clock: Clock) -> None:
    case(small_office, CHECKED[0], source="12345")
    case(small_office, *CHECKED)
    assert report(small_office)[0]["check_due"] == 0, "not yet due"
    office_clock.advance(minutes=31)
    figures, _, rows = report(small_office)
    assert [figures[key] for key in ("verify_due", "verify_unsent", "verify_rate")] == [1, 1, 0.0]
    assert [figures[key] for key in ("check_due", "check_unsent", "check_rate")] == [1, 1, 0.0]
    assert rows == []


def test_another_month_has_its_own_figures_and_an_empty_one_divides_by_nothing(
    small_office: CommandLine, office_clock: Clock
) -> None:
    case(small_office, *CHECKED, *FAILED)
    office_clock.at = datetime.fromisoformat("2026-12-01T09:00:00+08:00")
    case(small_office, *CHECKED, *PASSED)
    assert [report(small_office, "--date", day)[0]["reworked"] for day in ("2026-11-30", "2026-12-01")] == [1, 0]
    figures, units, rows = report(small_office, "--date", "2026-10-01")
    assert (units, rows) == ([], [])
    assert {key for key, value in figures.items() if value is None} == {"verify_rate", "check_rate", "rework_rate"}
    made = small_office("report", "核查", "--json").json
    assert all(set("占÷") & set(item["definition"]) for item in made["metrics"] if item["key"].endswith("_rate"))
    for name in ("核实", "核实核查"):
        assert small_office("report", name).status == 0
    assert "按时核查率" in small_office("report", "tasks").out
