"""Call-backs by the command line: the list, the answers, reopening, and the register with its rates."""

from __future__ import annotations

from typing import Any

import pytest
from office_cli import Answer, Clock, CommandLine

PHONE = "13912345678"
HANDLED = (
    ("受理员", "accept"),
    ("核查员", "verify", "--result", "true"),
    ("值班长", "file", "--rule", "1"),
    ("派遣员", "dispatch", "--to", "城管局"),
    ("派遣员", "feedback", "--note", "已清理"),
    ("核查员", "check", "--result", "pass"),
    ("值班长", "close"),
)


def closed(office: CommandLine, source: str = "12345") -> str:
    """A case of somebody who called, closed in the minute it came."""
    number: str = office.once(f"closed, from {source}", lambda fresh: _closed(fresh, source))
    return number


def _closed(office: CommandLine, source: str) -> str:
    answer = office("incident", "new", "--text", "幸福路[b栋]①号垃圾成堆", "--source", source, "--grid", "420502001001001",
                    "--category", "暴露垃圾", "--reporter", "𠮷田[/]", "--phone", PHONE, "--operator", "受理员", "--json")  # fmt: skip
    assert answer.status == 0, answer
    number = str(answer.json["number"])
    for operator, action, *options in HANDLED if source != "warden" else (step for step in HANDLED if step[1] != "verify"):
        done = office.act(operator, number, action, *options)
        assert done.status == 0, done
    return number


def call(office: CommandLine, number: str, *options: str) -> Answer:
    return office.act("受理员", number, "回访", *options)


def reported(office: CommandLine, number: str, *options: str) -> None:
    answer = call(office, number, *options)
    assert answer.status == 0, answer


def shown(office: CommandLine, number: str) -> Any:
    return office("incident", "show", number, "--json").json


def waiting(office: CommandLine) -> list[tuple[str, str]]:
    return [(line["number"], line["call_back"]) for line in office("callback", "list", "--json").json]


def metrics(office: CommandLine, *options: str) -> dict[str, Any]:
    return {item["key"]: item["value"] for item in office("report", "callback", "--json", *options).json["metrics"]}


def test_from_the_list_through_a_dissatisfied_answer_to_closed_again(small_office: CommandLine, office_clock: Clock) -> None:
    number = closed(small_office)
    office_clock.advance(days=1)
    (line,) = small_office("callback", "list", "--json").json
    assert (line["number"], line["call_back"], line["tries"], line["handler"]) == (number, "due", 0, "城管局")
    assert line["phone"] == "139****5678"
    assert PHONE not in small_office("callback", "list").out
    reported(
        small_office, number, "--reached", "--solved", "否", "--satisfaction", "不满意", "--reason", f"又堆起来了，打 {PHONE}"
    )
    assert waiting(small_office) == [(number, "dissatisfied")]
    assert small_office.act("值班长", number, "重开").error == "U003"
    assert small_office.act("受理员", number, "重开", "--reason", "没修").error == "C112"
    answer = small_office.act("值班长", number, "重开", "--reason", "现场未清理")
    # All four work hours are left on Tuesday 14:00: the clock had stood since the feedback, in the minute it began.
    assert answer.json == {"number": number, "state": "handling", "version": 10, "due_at": "2026-11-25T09:00:00+08:00"}
    assert waiting(small_office) == []
    view = shown(small_office, number)
    assert (view["reopened"], view["call_back"], view["outcome"], view["closed_at"]) == (1, None, None, None)
    assert any("停表" in line for line in view["derivation"])
    (made,) = view["calls"]
    assert (made["reached"], made["solved"], made["satisfaction"], made["by"]) == (True, "no", "dissatisfied", "受理员")
    assert PHONE not in str(view)
    assert "接通 未解决 不满意 又堆起来了" in small_office("incident", "show", number).out
    for operator, action, *options in HANDLED[-3:]:
        assert small_office.act(operator, number, action, *options).status == 0
    assert waiting(small_office) == [(number, "due")]
    reported(small_office, number, "--reached", "--solved", "是", "--satisfaction", "满意")
    assert waiting(small_office) == []
    assert small_office("ledger", "verify").status == 0


def test_a_wardens_case_is_not_called_about(small_office: CommandLine) -> None:
    number = closed(small_office, "warden")
    assert waiting(small_office) == []
    answer = call(small_office, number, "--reached", "--solved", "是", "--satisfaction", "满意")
    assert (answer.status, answer.error) == (4, "C115")
    assert "只有群众" in answer.json["error"]["message"]
    assert "没有等着回访的案件" in small_office("callback", "list").err


def test_the_case_closed_first_is_called_first_and_the_limit_holds(small_office: CommandLine, office_clock: Clock) -> None:
    first = closed(small_office)
    office_clock.advance(hours=1)
    second = closed(small_office, "online")
    assert waiting(small_office) == [(first, "due"), (second, "due")]
    reported(small_office, second, "--solved", "否", "--satisfaction", "理解", "--reason", "没来过")
    assert waiting(small_office) == [(second, "dissatisfied"), (first, "due")], "what waits for a decision stands in front"
    assert [line["number"] for line in small_office("callback", "list", "--limit", "1", "--json").json] == [second]


def test_the_third_call_that_reaches_nobody_is_the_last(small_office: CommandLine) -> None:
    number = closed(small_office)
    for tries in (1, 2):
        reported(small_office, number, "--unreached", "--note", "关机")
        assert small_office("callback", "list", "--json").json[0]["tries"] == tries
        reported(small_office, number, "--unreached", "--note", "又打")
        assert small_office("callback", "list", "--json").json[0]["tries"] == tries, "within four hours it is the same try"
        small_office.clock.advance(hours=5)
    reported(small_office, number, "--unreached")
    assert waiting(small_office) == []
    assert shown(small_office, number)["call_back"] == "unreached"
    assert "未接通 关机" in small_office("incident", "show", number).out


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), "U003"),
        (("--reached", "--unreached"), "U002"),
        (("--reached", "--solved", "是"), "U003"),
        (("--reached", "--solved", "也许", "--satisfaction", "满意"), "U001"),
        (("--solved", "是", "--satisfaction", "还行"), "U001"),
        (("--solved", "否", "--satisfaction", "理解"), "U003"),
        (("--unreached", "--satisfaction", "满意"), "U008"),
        (("--unreached", "--reason", "不满意"), "U008"),
    ],
)
def test_what_cannot_be_the_outcome_of_a_call_is_refused(small_office: CommandLine, options: tuple[str, ...], code: str) -> None:
    number = closed(small_office)
    assert call(small_office, number, *options).error == code
    assert waiting(small_office) == [(number, "due")]
    assert shown(small_office, number)["calls"] == []


def test_answers_are_of_a_call_and_of_nothing_else(small_office: CommandLine) -> None:
    number = closed(small_office)
    assert small_office.act("值班长", number, "note", "--note", "x", "--reached").error == "U005"


def test_a_grade_goes_by_what_other_forms_call_it(small_office: CommandLine) -> None:
    number = closed(small_office)
    reported(small_office, number, "--solved", "部分", "--satisfaction", "基本满意")
    assert shown(small_office, number)["calls"][0]["satisfaction"] == "understanding"


def test_leaving_it_closed_is_a_decision_with_a_reason(small_office: CommandLine) -> None:
    number = closed(small_office)
    reported(small_office, number, "--solved", "否", "--satisfaction", "理解", "--reason", "想要拆掉围墙")
    assert small_office.act("值班长", number, "维持结案").error == "U003"
    assert small_office.act("值班长", number, "维持结案", "--reason", "围墙合法").json["state"] == "closed"
    assert waiting(small_office) == []
    small_office.clock.advance(days=31)
    assert small_office.act("值班长", number, "重开", "--reason", "又想开").error == "C115"


def test_a_closed_case_is_reopened_within_thirty_days_and_the_office_sets_how_long(small_office: CommandLine) -> None:
    number, other = closed(small_office), closed(small_office)
    small_office.clock.advance(days=2)
    assert small_office.act("值班长", number, "重开").error == "U003", "not without a reason"
    assert small_office.act("值班长", number, "重开", "--reason", "又堆起来了").json["state"] in ("handling", "to_dispatch")
    assert small_office("operator", "settings", "--reopen-days", "1", "--json").json["reopen_days"] == 1
    assert small_office.act("值班长", other, "重开", "--reason", "又堆起来了").error == "C115"


def test_nothing_a_terminal_obeys_and_no_phone_comes_out_of_a_call(small_office: CommandLine) -> None:
    number = closed(small_office)
    hostile = f"[/][b]没来过\x1b]52;c;aGFja2Vk\x07\u202e，打{PHONE}"
    reported(small_office, number, "--solved", "否", "--satisfaction", "不满意", "--reason", hostile)
    other = closed(small_office)
    reported(small_office, other, "--unreached", "--note", hostile)
    for way in (("callback", "list"), ("callback", "list", "--json"), ("report", "callback"), ("report", "callback", "--format", "csv"),
                ("report", "callback", "--json"), ("incident", "show", number), ("incident", "show", number, "--json"),
                ("ledger", "show", "--operator", "审计员")):  # fmt: skip
        answer = small_office(*way)
        assert answer.status == 0, answer
        assert PHONE not in answer.out, way
        assert not {"\x1b", "\x07", "\u202e"} & set(answer.out), way
    assert "[/][b]没来过" in small_office("report", "callback").out
    assert "回访 不满意，待定是否重开" in small_office("incident", "show", number).out


def test_the_tables_own_checks_hold_answers_to_a_call(small_office: CommandLine) -> None:
    closed(small_office)
    insert = (
        "INSERT INTO call_back (incident_id, at, called_by, called_name, reached, solved, satisfaction)"
        " VALUES (1, '2026-11-23T06:00:00.000000Z', 1, '甲', {})"
    )
    for values in ("0, 'yes', 'satisfied'", "1, NULL, 'satisfied'", "1, 'yes', 'so_so'", "1, 'no', 'satisfied'"):
        with pytest.raises(Exception, match="CHECK"):
            small_office.change(insert.format(values))
