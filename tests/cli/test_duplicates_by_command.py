"""Duplicates on the command line: found with their reasons, compared, judged, merged and parted; nobody's number is printed."""

from __future__ import annotations

from typing import Any

import pytest
from office_cli import CommandLine

CANARY = "13987654321"
PLACE = ("--grid", "420502001001001", "--category", "暴露垃圾")


def three(office: CommandLine) -> tuple[str, str, str]:
    """One heap of rubbish, reported three times by callers with a number."""
    return tuple(
        office.reports(f"幸福路[b栋]①号楼下垃圾成堆{more}，回电{CANARY}", *PLACE, "--reporter", "李小明", "--phone", CANARY)
        for more in ("", "，很臭", "，没人管[/]")
    )  # type: ignore[return-value]


def shown(office: CommandLine, number: str) -> Any:
    return office("incident", "show", number, "--json").json


def test_duplicates_come_with_points_and_reasons(small_office: CommandLine) -> None:
    first, second, third = three(small_office)
    small_office.reports("路灯整夜不亮", "--grid", "420502001002001", "--category", "路灯")
    found = small_office("incident", "duplicates", first, "--json").json
    assert {item["number"] for item in found} == {second, third}
    (best, *_) = found
    assert best["score"] == sum(clue["points"] for clue in best["clues"])
    assert {clue["sign"]: clue["value"] for clue in best["clues"]}["place"] == "same_grid"
    assert (best["verdict"], best["merged_into"], best["state"], best["category"]) == (None, None, "reported", "暴露垃圾")
    reported = small_office("incident", "duplicates", first[-3:])
    assert reported.status == 0
    assert "同一网格" in reported.out
    assert "电话相同" in reported.out
    assert CANARY not in reported.out + str(found)
    assert small_office("incident", "duplicates", "999", "--json").error == "C103"


def test_nothing_alike_is_said_so(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆")
    assert small_office("incident", "duplicates", number, "--json").json == []
    reported = small_office("incident", "duplicates", number)
    assert (reported.status, reported.out, "没有找到" in reported.err) == (0, "", True)


def test_two_cases_are_compared_item_by_item(small_office: CommandLine) -> None:
    first, second, _ = three(small_office)
    found = small_office("incident", "compare", first, second, "--json").json
    items = {item["field"]: item for item in found["differences"]}
    assert (found["left"], found["right"], found["verdict"]) == (first, second, None)
    assert items["phone"] == {"field": "phone", "left": "139****4321", "right": "139****4321", "same": True}
    assert (items["text"]["same"], items["category"]["same"], items["category"]["left"]) == (False, True, "暴露垃圾")
    reported = small_office("incident", "compare", first, second)
    assert reported.status == 0
    assert "待受理" in reported.out
    assert CANARY not in reported.out + str(found)
    assert small_office("incident", "compare", first, first, "--json").error == "U002"


@pytest.mark.parametrize("verdict", ["无关", "unrelated"])
def test_what_is_unrelated_is_not_offered_again(small_office: CommandLine, verdict: str) -> None:
    first, second, third = three(small_office)
    answer = small_office("incident", "judge", second, first, verdict, "--operator", "受理员", "--json")
    assert answer.json == {"number": second, "other": first, "verdict": "unrelated"}
    assert [item["number"] for item in small_office("incident", "duplicates", first, "--json").json] == [third]
    (link,) = shown(small_office, first)["links"]
    assert (link["number"], link["verdict"], link["operator"]) == (second, "unrelated", "受理员")
    assert "无关" in small_office("incident", "show", first).out
    lines = small_office("ledger", "show", "--action", "judge")
    assert f"{first} {second} 无关" in lines.out


def test_a_verdict_is_one_of_three_and_not_everybodys(small_office: CommandLine) -> None:
    first, second, _ = three(small_office)
    wrong = small_office("incident", "judge", first, second, "差不多", "--operator", "受理员", "--json")
    assert (wrong.status, wrong.error) == (2, "U001")
    assert "同一件" in wrong.json["error"]["hint"]
    refused = small_office("incident", "judge", first, second, "同一件", "--operator", "核查员", "--json")
    assert (refused.status, refused.error) == (4, "C133")
    assert "受理员" in refused.json["error"]["hint"]


def test_three_duplicates_are_merged_seen_at_the_leading_case_and_parted_again(small_office: CommandLine) -> None:
    lead, second, third = three(small_office)
    before = small_office.rows("SELECT * FROM clock ORDER BY 1, 2")
    dues = small_office.rows("SELECT number, state, due_at FROM incident ORDER BY id")
    for number in (second, third):
        answer = small_office.act("受理员", number, "并案", "--into", lead[-3:], "--version", "1")
        assert (answer.status, answer.json["version"], answer.json["state"]) == (0, 2, "reported")
    view = shown(small_office, lead)
    assert [(item["number"], item["reporter"], item["phone"]) for item in view["merged"]] == [
        (second, "李**", "139****4321"), (third, "李**", "139****4321"),
    ]  # fmt: skip
    assert shown(small_office, second)["merged_into"] == lead
    assert [entry["into"] for entry in shown(small_office, second)["timeline"]] == [None, lead]
    reported = small_office("incident", "show", lead).out
    assert "并入本案 2 件" in reported
    assert second in reported
    assert f"已并入 {lead}" in small_office("incident", "show", second).out
    assert CANARY not in reported + str(view)
    for number in (second, third):
        assert small_office.act("值班长", number, "unmerge").error == "U003"
        assert small_office.act("值班长", number, "unmerge", "--reason", "并错了").status == 0
    assert small_office.rows("SELECT * FROM clock ORDER BY 1, 2") == before
    assert small_office.rows("SELECT number, state, due_at FROM incident ORDER BY id") == dues
    assert (shown(small_office, lead)["merged"], shown(small_office, second)["merged_into"]) == ([], None)
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_declining_the_leading_case_says_which_others_go_on(small_office: CommandLine) -> None:
    lead, second, third = three(small_office)
    for number in (second, third):
        small_office.act("受理员", number, "merge", "--into", lead)
    assert small_office.act("受理员", third, "decline", "--reason", "重复").error == "C129"
    assert small_office.act("受理员", third, "unmerge", "--reason", "并错了").status == 0
    answer = small_office.act("受理员", lead, "decline", "--reason", "不属实")
    assert (answer.status, answer.json["state"]) == (0, "declined")
    assert "1 件恢复单独办理" in answer.err
    assert second in answer.err
    assert third not in answer.err
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_circles_are_refused_with_the_reason(small_office: CommandLine) -> None:
    lead, second, third = three(small_office)
    small_office.act("受理员", second, "merge", "--into", lead)
    for number, into, words in (
        (lead, second, "已有案件并入本案"),
        (third, second, "请直接并入它的主案"),
        (third, third, "不能并入自己"),
    ):
        answer = small_office.act("受理员", number, "merge", "--into", into)
        assert (answer.status, answer.error) == (4, "C115"), (number, into)
        assert words in answer.json["error"]["message"]
    assert small_office.act("受理员", second, "merge", "--into", third).error == "C129"
    assert small_office.act("受理员", third, "merge").error == "U003"
    assert small_office.act("受理员", third, "accept", "--into", lead).error == "U005"
    assert small_office.act("核查员", third, "merge", "--into", lead).error == "C112"
