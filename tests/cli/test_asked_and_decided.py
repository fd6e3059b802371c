"""Extension, suspension, return, change of rule, void and appeal by ``incident act``: whole, and in their registers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from office_cli import Answer, Clock, CommandLine

from gridconsole.domain.states import RequestKind


def handled(office: CommandLine) -> str:
    """A case in the hands of 城管局 since Monday 14:00, due in four work hours."""
    number = office.reports("垃圾成堆", "--grid", "420502001001001", "--category", "暴露垃圾")
    for operator, action, *options in (
        ("受理员", "accept"),
        ("值班长", "file", "--rule", "1"),
        ("派遣员", "dispatch", "--to", "城管局"),
    ):
        assert office.act(operator, number, action, *options).status == 0
    return number


def shown(office: CommandLine, number: str) -> Any:
    return office("incident", "show", number, "--json").json


def act(office: CommandLine, operator: str, number: str, action: str, *options: str) -> Any:
    answer = office.act(operator, number, action, *options)
    assert answer.status == 0, answer
    return answer.json


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error


def on_time(office: CommandLine, day: str) -> float | None:
    """The share of the day's handlings that were in time."""
    metrics = {item["key"]: item["value"] for item in office("report", "daily", "--date", day, "--json").json["metrics"]}
    return metrics["on_time_rate"]


def register(office: CommandLine, kind: str, *options: str) -> Any:
    return office("report", kind, "--json", *options).json


def test_an_extension_from_asking_to_its_register(small_office: CommandLine) -> None:
    number = handled(small_office)
    assert shown(small_office, number)["due_at"] == "2026-11-24T09:00:00+08:00"
    act(small_office, "内勤", number, "extend", "--reason", "等配件，联系 13912345678")
    assert refusal(small_office.act("值班长", number, "grant")) == (4, "C115"), "nobody has given an opinion yet"
    assert refusal(small_office.act("内勤", number, "opine", "--result", "support")) == (4, "C112")
    act(small_office, "派遣员", number, "opine", "--result", "同意", "--note", "属实")
    assert act(small_office, "值班长", number, "批准")["due_at"] == "2026-11-24T15:00:00+08:00"
    view = shown(small_office, number)
    assert any("第 1 次延期批准：加 4 工作时" in line for line in view["derivation"])
    (asked,) = view["requests"]
    assert (asked["kind"], asked["decision"], asked["opinion"]) == ("extension", "granted", "support")
    assert (asked["due_before"], asked["due_after"]) == ("2026-11-24T09:00:00+08:00", "2026-11-24T15:00:00+08:00")
    assert "13912345678" not in str(view)
    made = register(small_office, "extension", "--date", "2026-11-01")
    (row,) = made["tables"][0]["rows"]
    assert row[0] == number
    assert {"城管局", "延期 4 工作时", "内勤", "派遣员同意", "批准", "值班长"} <= set(row)
    assert "13912345678" not in str(made)
    assert {item["key"]: item["value"] for item in made["metrics"]} == {
        "asked": 1, "granted": 1, "waiting": 0, "extension_share": 100.0,
    }  # fmt: skip


def test_the_third_a_late_and_ones_own_extension_are_refused(small_office: CommandLine, office_clock: Clock) -> None:
    number = handled(small_office)
    small_office("operator", "add", "一肩挑[/]", "--role", "dispatcher", "--role", "shift_leader", "--role", "clerk")
    small_office("operator", "add", "第二人", "--role", "dispatcher")
    act(small_office, "一肩挑[/]", number, "extend", "--reason", "等料")
    own = small_office.act("一肩挑[/]", number, "opine", "--result", "support")
    assert refusal(own) == (4, "C130"), "a second person may allow it"
    assert "派遣员" in own.json["error"]["hint"]
    act(small_office, "第二人", number, "opine", "--result", "support")
    assert refusal(small_office.act("一肩挑[/]", number, "grant")) == (4, "C117")
    for _ in range(2):
        act(small_office, "值班长", number, "grant")
        last = small_office.act("内勤", number, "extend", "--reason", "还要")
        if last.status == 0:
            act(small_office, "派遣员", number, "opine", "--result", "support")
    assert refusal(last) == (4, "C115")
    assert "延期次数已用完" in last.json["error"]["message"]
    late = handled(small_office)
    office_clock.at = datetime.fromisoformat("2026-11-25T09:00:00+08:00")
    answer = small_office.act("内勤", late, "extend", "--reason", "忘了")
    assert refusal(answer) == (4, "C115")
    assert "时限已过" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--amount", "5工作时"), "C116"),
        (("--amount", "1工作日"), "C116"),
        (("--amount", "很久"), "U002"),
        (("--until", "2026-12-01"), "U005"),
    ],
)
def test_more_than_the_limit_is_not_to_be_had(small_office: CommandLine, options: tuple[str, ...], code: str) -> None:
    number = handled(small_office)
    assert small_office.act("内勤", number, "extend", "--reason", "等料", *options).error == code
    assert shown(small_office, number)["requests"] == []


def test_a_suspended_case_goes_on_by_itself_on_its_day(small_office: CommandLine, office_clock: Clock) -> None:
    number = handled(small_office)
    assert small_office.act("内勤", number, "suspend", "--reason", "雨季").error == "U003"
    act(small_office, "内勤", number, "suspend", "--reason", "雨季", "--until", "2026-12-01")
    act(small_office, "派遣员", number, "opine", "--result", "support")
    assert act(small_office, "值班长", number, "grant") == {"number": number, "state": "suspended", "version": 7, "due_at": None}
    assert shown(small_office, number)["suspended_until"] == "2026-12-01"
    office_clock.at = datetime.fromisoformat("2026-11-30T23:59:00+08:00")
    assert shown(small_office, number)["state"] == "suspended"
    office_clock.at = datetime.fromisoformat("2026-12-03T10:00:00+08:00")
    view = shown(small_office, number)
    assert (view["state"], view["due_at"]) == ("handling", "2026-12-01T14:30:00+08:00"), (
        "the clock ran on from the day it was due back"
    )
    (resumed,) = [entry for entry in view["timeline"] if entry["action"] == "resume"]
    assert (resumed["operator"], resumed["door"]) == ("系统", "system")
    assert any("挂" in line or "停" in line for line in view["derivation"])
    assert small_office("ledger", "verify").status == 0


def test_a_return_goes_back_to_the_dispatcher_once_granted(small_office: CommandLine) -> None:
    number = handled(small_office)
    act(small_office, "内勤", number, "return", "--reason", "不归本局")
    assert act(small_office, "派遣员", number, "grant")["state"] == "to_dispatch"
    assert shown(small_office, number)["returned"] == 1


def test_another_rule_counts_from_the_same_start(small_office: CommandLine) -> None:
    number = handled(small_office)
    act(small_office, "内勤", number, "retype", "--category", "暴露垃圾", "--rule", "2", "--reason", "量大")
    act(small_office, "派遣员", number, "opine", "--result", "support")
    assert act(small_office, "值班长", number, "grant")["due_at"] == "2026-11-24T17:30:00+08:00"
    assert shown(small_office, number)["condition"] == "大量"


def test_a_voided_case_is_over_and_stays_in_the_register(small_office: CommandLine) -> None:
    number = handled(small_office)
    act(small_office, "受理员", number, "void", "--reason", "与他案重复")
    assert act(small_office, "值班长", number, "grant")["state"] == "voided"
    assert register(small_office, "void", "--date", "2026-11-23")["tables"][0]["rows"][0][0] == number


def test_an_appeal_comes_after_the_end_and_once(small_office: CommandLine, office_clock: Clock) -> None:
    number = handled(small_office)
    office_clock.at = datetime.fromisoformat("2026-11-25T10:00:00+08:00")
    act(small_office, "派遣员", number, "feedback", "--note", "已清理")
    act(small_office, "核查员", number, "check", "--result", "pass")
    act(small_office, "值班长", number, "close")
    act(small_office, "内勤", number, "appeal", "--reason", "暴雨红色预警停工")
    act(small_office, "派遣员", number, "opine", "--result", "support")
    day = "2026-11-24"  # on which it was due
    assert on_time(small_office, day) == 0.0
    assert act(small_office, "受理员", number, "grant")["state"] == "closed"
    assert on_time(small_office, day) is None, "out of the figures"
    assert shown(small_office, number)["timeline"][-1]["action"] == "grant", "and still in the history"
    again = small_office.act("内勤", number, "appeal", "--reason", "再来一次")
    assert refusal(again) == (4, "C115")
    assert "已经申诉过" in again.json["error"]["message"]


def test_a_refused_request_says_by_whom_and_nothing_else_changes(small_office: CommandLine) -> None:
    number = handled(small_office)
    before = shown(small_office, number)
    act(small_office, "内勤", number, "extend", "--reason", "等料")
    act(small_office, "派遣员", number, "opine", "--result", "oppose")
    assert small_office.act("值班长", number, "refuse").error == "U003"
    act(small_office, "值班长", number, "refuse", "--reason", "人手够")
    after = shown(small_office, number)
    assert (after["due_at"], after["state"]) == (before["due_at"], before["state"])
    assert "值班长不批准" in small_office("incident", "show", number).out


def test_every_kind_has_its_register_and_all_of_them_a_summary(small_office: CommandLine) -> None:
    handled(small_office)
    for kind in RequestKind:
        assert register(small_office, kind.value)["tables"][0]["rows"] == []
        assert small_office("report", kind.value).status == 0
    rows = register(small_office, "requests")["tables"][0]["rows"]
    assert [row[1:] for row in rows] == [[0, 0, 0.0]] * len(RequestKind)


def test_nobody_grants_their_own_request_even_in_sql(small_office: CommandLine) -> None:
    number = handled(small_office)
    act(small_office, "内勤", number, "return", "--reason", "不归本局")
    with pytest.raises(Exception, match="approver"):
        small_office.change(
            "UPDATE case_request SET decision = 'granted', decided_at = asked_at, decided_by = asked_by WHERE decision IS NULL"
        )


def test_a_request_goes_by_its_short_name_too(small_office: CommandLine) -> None:
    number = handled(small_office)
    act(small_office, "内勤", number, "延期", "--reason", "等料")
    assert shown(small_office, number)["requests"][0]["kind"] == "extension"


def test_a_day_that_cannot_be_is_reported_with_those_that_can(small_office: CommandLine) -> None:
    number = handled(small_office)
    answer = small_office.act("内勤", number, "挂账", "--reason", "雨季", "--until", "2020-01-01")
    assert refusal(answer) == (4, "C118")
    assert "2026-11-24 至 2027-11-23" in answer.json["error"]["message"]
