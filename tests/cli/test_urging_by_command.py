"""督办 and reminders by command: an order and its answer, the list, hearing it, the ladder, the three reports."""

from __future__ import annotations

from typing import Any

import pytest
from office_cli import Clock, CommandLine


def dispatched(office: CommandLine) -> str:
    """A case in the hands of 城管局 since Monday 14:00, due on Tuesday at 9:00."""
    number = office.reports("垃圾成堆，联系 13912345678", "--grid", "420502001001001", "--category", "暴露垃圾")
    for operator, action, *options in (
        ("受理员", "accept"),
        ("值班长", "file", "--rule", "1"),
        ("派遣员", "dispatch", "--to", "城管局"),
    ):
        assert office.act(operator, number, action, *options).status == 0
    return number


def alarms(office: CommandLine, operator: str) -> list[Any]:
    answer = office("--operator", operator, "alarm", "list", "--json")
    assert answer.status == 0, answer
    return list(answer.json)


def test_an_order_its_answer_and_its_register(small_office: CommandLine, office_clock: Clock) -> None:
    number = dispatched(small_office)
    order = ("--note", "今日内办结，居民 13912345678 来电", "--reply-by", "明天 10:00")
    assert small_office.act("派遣员", number, "urge", *order).error == "C112"
    assert small_office.act("领导", number, "督办", *order).status == 0
    (alarm,) = alarms(small_office, "派遣员")
    assert (alarm["kind"], alarm["actions"], alarm["due_at"]) == ("order", ["reply"], "2026-11-24T10:00:00+08:00")
    assert alarms(small_office, "受理员") == alarms(small_office, "内勤") == []
    office_clock.advance(hours=19, minutes=30)
    assert small_office.act("派遣员", number, "答复督办", "--note", "已派人到场").status == 0
    shown = small_office("incident", "show", number)
    assert "督办 领导" in shown.out
    assert "派遣员 11-24 09:30 答复：已派人到场" in shown.out
    assert "13912345678" not in shown.out
    assert small_office("incident", "show", number, "--json").json["orders"][0]["reply"] == "已派人到场"
    report = small_office("report", "督办", "--date", "2026-11-24", "--json").json
    figures = {metric["key"]: metric["value"] for metric in report["metrics"]}
    assert figures == {"orders": 1, "replied": 1, "replied_in_time": 1, "reply_rate": 100.0}
    assert "13912345678" not in str(report)


def test_an_order_without_its_time_or_with_a_strange_one_is_refused_in_a_sentence(small_office: CommandLine) -> None:
    number = dispatched(small_office)
    assert small_office.act("领导", number, "urge", "--note", "快办").error == "U003"
    for wrong in ("改天", "25:00", "明天[/]", "10点钟之前", "9999-01-01 10:00"):
        answer = small_office.act("领导", number, "urge", "--note", "快办", "--reply-by", wrong)
        assert (answer.status, answer.error) == (2, "U002"), wrong
    assert small_office.act("领导", number, "urge", "--note", "快办", "--reply-by", "13:00").error == "C125"
    assert small_office.act("派遣员", number, "reply", "--note", "没人督办").error == "C115"


def test_reminders_are_listed_acknowledged_and_over(small_office: CommandLine, office_clock: Clock) -> None:
    number = dispatched(small_office)
    office_clock.advance(hours=19, minutes=10)  # ten past nine on Tuesday
    (alarm,) = alarms(small_office, "派遣员")
    assert (alarm["number"], alarm["rung"], alarm["stage"], alarm["manner"]) == (number, 100, "handle", "alarm")
    assert "feedback" in alarm["actions"]
    printed = small_office("--operator", "值班长", "alarm", "list")
    assert "处置超时，已用 100%" in printed.out
    assert number in printed.out
    key = str(alarm["id"])
    refused = small_office("--operator", "内勤", "alarm", "ack", key, "--json")
    assert (refused.status, refused.error) == (4, "C133")
    assert small_office("--operator", "派遣员", "alarm", "ack", key, "--json").json == {"acknowledged": 1}
    assert [alarm["number"] for alarm in alarms(small_office, "值班长")] == [number]
    again = small_office("--operator", "派遣员", "alarm", "ack", key, "--json")
    assert (again.status, again.error) == (4, "C127")
    assert "派遣员" in again.json["error"]["message"]
    assert small_office("--operator", "派遣员", "alarm", "ack", "--all", "--json").json == {"acknowledged": 0}
    assert small_office("--operator", "派遣员", "alarm", "ack", "999", "--json").error == "C126"
    assert small_office("--operator", "派遣员", "alarm", "ack", "--json").status == 2
    notified = small_office("ledger", "show", "--action", "acknowledge", "--json", "--operator", "审计员")
    assert notified.status in (0, 2)


def test_who_was_notified_of_what_is_a_report_of_the_day(small_office: CommandLine, office_clock: Clock) -> None:
    dispatched(small_office)
    office_clock.advance(hours=19, minutes=10)
    alarms(small_office, "派遣员")
    report = small_office("report", "alarms", "--date", "2026-11-24", "--json").json
    assert {metric["key"]: metric["value"] for metric in report["metrics"]} == {
        "alarms": 1,
        "alarms_heard": 0,
        "alarms_most": 1,
    }
    (steps, handlers) = report["tables"]
    assert [row[0] for row in steps["rows"]] == ["处置超时，已用 100%"]
    assert handlers["rows"] == [["城管局", 1]]


def test_what_took_three_times_its_limit_is_on_the_board(small_office: CommandLine, office_clock: Clock) -> None:
    number = dispatched(small_office)
    office_clock.advance(hours=19, minutes=10)
    assert small_office("report", "board", "--json").json["tables"][0]["rows"] == []
    office_clock.advance(days=2)
    rows = small_office("report", "超期榜", "--json").json["tables"][0]["rows"]
    assert [(row[0], row[2], row[3]) for row in rows] == [(number, "处置", "300%")]
    assert small_office.act("派遣员", number, "feedback", "--note", "已清理").status == 0
    assert [row[0] for row in small_office("report", "board", "--json").json["tables"][0]["rows"]] == [number]
    office_clock.advance(days=10)
    # It stays there until it is closed, and in the month it got there for good.
    assert [row[0] for row in small_office("report", "board", "--json").json["tables"][0]["rows"]] == [number]
    for operator, action, *options in (("核查员", "check", "--result", "pass"), ("值班长", "close")):
        assert small_office.act(operator, number, action, *options).status == 0
    assert small_office("report", "board", "--json").json["tables"][0]["rows"] == []
    november = small_office("report", "board", "--date", "2026-11-30", "--json").json
    assert [row[0] for row in november["tables"][0]["rows"]] == [number]


def test_the_ladder_is_shown_and_changed_by_the_administrator_alone(small_office: CommandLine) -> None:
    admin = ("--operator", "系统管理员")
    before = small_office(*admin, "alarm", "ladder", "--json").json
    assert [step["share"] for step in before["handling"]] == [50, 75, 90, 100, 150, 300]
    changed = small_office(
        *admin, "alarm", "ladder", "--set", "80%:横幅提醒:派遣员、值班长", "--drop", "75", "--drop", "50", "--json"
    ).json
    assert [step["share"] for step in changed["handling"]] == [80, 90, 100, 150, 300]
    assert changed["handling"][0]["audience"] == ["dispatcher", "shift_leader"]
    printed = small_office(*admin, "alarm", "ladder").out
    assert "80%  横幅提醒  派遣员、值班长" in printed
    assert "该办这一步的人" in printed
    assert small_office("--operator", "值班长", "alarm", "ladder", "--drop", "90", "--json").error == "C133"
    assert small_office(*admin, "alarm", "ladder", "--default", "--json").json == before


@pytest.mark.parametrize(
    "wrong",
    ["", "九十:alarm", "0:alarm:dispatcher", "1001:board", "90:[/]", "90:alarm:nobody", "90:alarm", "50:colour:dispatcher"],
)
def test_a_step_that_is_none_is_refused_in_a_sentence(small_office: CommandLine, wrong: str) -> None:
    answer = small_office("--operator", "系统管理员", "alarm", "ladder", "--set", wrong, "--json")
    assert answer.status == 2
    assert answer.error in ("U002", "U001", "U003")


def test_the_offices_own_steps_are_notified_of_from_their_end_on(small_office: CommandLine) -> None:
    answer = small_office("--operator", "系统管理员", "alarm", "ladder", "--stages", "--set", "50:alarm:dispatcher", "--json")
    assert answer.status == 2
