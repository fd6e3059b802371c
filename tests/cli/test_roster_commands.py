"""roster, warden, post, handover plan and do, as a clerk types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine

CLERK = ("--operator", "内勤")
LEADER = ("--operator", "值班长")
GRID, SECOND, THIRD = "东风社区第1网格", "东风社区第2网格", "新民社区第1网格"


def case_of(office: CommandLine, who: str, grid: str = "420502001001001") -> str:
    number = office.reports("垃圾成堆", "--grid", grid, "--category", "暴露垃圾")
    for operator, action, options in (("受理员", "accept", ()), ("值班长", "file", ()), ("派遣员", "dispatch", ("--to", who))):
        answer = office("incident", "act", number, action, *options, "--operator", operator)
        assert answer.status == 0, answer
    return number


def refused(office: CommandLine, code: str, *words: str) -> str:
    answer = office(*words, "--json")
    assert (answer.status, answer.error) == (2 if code.startswith("U") else 4, code), answer
    hint = str(answer.json["error"]["hint"])
    assert hint
    return str(answer.json["error"]["message"])


def test_who_is_responsible_for_a_place_today_and_on_a_day(small_office: CommandLine) -> None:
    for place in (GRID, "420502001001001", "dfsqd1wg"):
        answer = small_office("roster", "who", place, "--json")
        assert [(one["grid_name"], [person["number"] for person in one["responsible"]]) for one in answer.json] == [
            (GRID, ["W1"])
        ], place
    assert "A 𠮷田(W1)" in small_office("roster", "who", GRID).out
    assert small_office("roster", "who", GRID, "--on", "2020-01-01", "--json").json[0]["responsible"] == []
    assert "无人" in small_office("roster", "who", THIRD).out
    refused(small_office, "C105", "roster", "who", "月球")


def test_a_place_is_found_by_a_part_of_an_address(small_office: CommandLine) -> None:
    small_office(
        "incident", "new", "--text", "路灯坏", "--address", "幸福路[b栋]3号", "--grid", "420502001001002", "--operator", "受理员"
    )
    assert small_office("roster", "who", "幸福路[b栋]", "--json").json[0]["grid_name"] == SECOND
    assert small_office("incident", "act", "001", "decline", "--reason", "不属实", "--operator", "受理员").status == 0
    assert small_office("roster", "who", "幸福路[b栋]", "--json").json[0]["grid_name"] == SECOND, (
        "a closed case has an address, too"
    )


def test_a_person_comes_gets_a_post_and_leaves(small_office: CommandLine) -> None:
    added = small_office("warden", "add", "N1", "曾[/]一", "--phone", "13912345678", "--form", "兼职", *CLERK, "--json")
    assert (added.json["number"], added.json["name"], added.json["phone"], added.json["form"]) == (
        "N1",
        "曾[/]一",
        "139****5678",
        "part_time",
    )
    assert small_office("post", "assign", "N1", THIRD, *CLERK).status == 0
    assert small_office("post", "assign", "N1", GRID, "--rank", "b", *CLERK).status == 0
    refused(small_office, "C301", "warden", "leave", "N1", "--on", "明天", *CLERK)
    assert small_office("post", "assign", "W2", THIRD, "--rank", "B", *CLERK).status == 0
    left = small_office("warden", "leave", "N1", "--on", "2026-12-01", "--why", "辞职", *CLERK, "--json")
    assert (left.status, left.json["left"]) == (0, "2026-12-01")
    posts = [step for step in left.json["timeline"] if step["what"] == "post"]
    assert {(step["place"], step["until"], step["why_ended"]) for step in posts} == {
        (THIRD, "2026-12-01", "resigned"), (GRID, "2026-12-01", "resigned"),
    }  # fmt: skip
    assert small_office("warden", "stay", "N1", *CLERK, "--json").json["left"] is None
    refused(small_office, "C309", "warden", "stay", "N1", *CLERK)
    assert small_office("warden", "leave", "N1", *CLERK).status == 0
    refused(small_office, "C309", "warden", "leave", "N1", *CLERK)
    refused(small_office, "C308", "warden", "add", "W1", "别人", *CLERK)
    assert small_office("ledger", "verify").status == 0


def test_a_rank_changes_from_a_day_on_and_the_past_stays(small_office: CommandLine) -> None:
    assert small_office("post", "rank", "W1", GRID, "B", "--on", "2026-12-01", *CLERK).status == 0
    history = small_office("roster", "history", GRID, "--json").json
    assert [(step["rank"], step["first"], step["until"]) for step in history] == [
        ("B", "2026-12-01", None),
        ("A", "2026-11-23", "2026-12-01"),
    ]
    refused(small_office, "U002", "post", "rank", "W1", GRID, "C", *CLERK)
    assert small_office("post", "assign", "W2", GRID, *CLERK).status == 4


def test_the_roster_of_a_past_day_and_as_it_was_known(small_office: CommandLine) -> None:
    before = small_office.rows("SELECT max(seq) FROM ledger")[0][0]
    assert small_office("post", "assign", "W2", THIRD, "--on", "2026-11-23", *CLERK).status == 0
    now = {line["grid_name"]: line["number"] for line in small_office("roster", "show", "--json").json}
    then = {
        line["grid_name"]: line["number"] for line in small_office("roster", "show", "--as-recorded", str(before), "--json").json
    }
    assert (now, then) == ({GRID: "W1", SECOND: "W2", THIRD: "W2"}, {GRID: "W1", SECOND: "W2"})
    assert small_office("roster", "show", "--on", "2020-01-01", "--json").json == []
    assert [line["grid_name"] for line in small_office("roster", "show", "--find", "W2", "--json").json] == [SECOND, THIRD]
    assert "王[/]芳" in small_office("roster", "show", "--find", THIRD).out


def test_gaps_now_and_if_somebody_left(small_office: CommandLine) -> None:
    found = small_office("roster", "gaps", "--json").json
    assert [(gap["grid_name"], gap["first"], gap["last"]) for gap in found] == [(THIRD, "2026-11-23", "2026-12-06")]
    without = small_office("roster", "gaps", "--without", "W2", "--to", "2026-11-30", "--json").json
    assert [(gap["grid_name"], gap["first"], gap["last"]) for gap in without] == [(SECOND, "2026-11-23", "2026-11-30")]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2026-12-02", "2026-12-01", "C306"),
        ("2026-12-01下午", "2026-12-01上午", "C306"),
        ("昨天晚上", "明天", "U002"),
        ("", "明天", "U002"),
        ("2026-12-01p", "2026-12-01 am", "C306"),
    ],
)
def test_impossible_leave_is_refused_with_what_to_do(small_office: CommandLine, first: str, last: str, code: str) -> None:
    refused(small_office, code, "warden", "away", "W1", "--from", first, "--to", last, *CLERK)


def test_a_wrong_half_day_shows_how_to_write_one(small_office: CommandLine) -> None:
    answer = small_office("warden", "away", "W1", "--from", "2026-12-01晚上", "--to", "2026-12-02", *CLERK)
    assert answer.status == 2 and "2026-12-01下午" in answer.err


def test_a_wrong_number_names_the_people_with_similar_ones(small_office: CommandLine) -> None:
    answer = small_office("warden", "show", "W11")
    assert answer.status != 0 and "W1(𠮷田)" in answer.err


def test_an_act_dated_back_says_in_the_ledger_which_days_changed(small_office: CommandLine) -> None:
    assert small_office("post", "assign", "W2", THIRD, "--on", "2026-11-02", *CLERK).status == 0
    shown = small_office("ledger", "show", "--operator", "审计员")
    assert "在 2026-11-02—2026-11-22 的负责人改变" in shown.out


def test_leave_with_a_deputy_and_back_early(small_office: CommandLine) -> None:
    words = ("warden", "away", "W1", "--from", "2026-11-23", "--to", "2026-11-30上午", "--kind", "病假")
    assert "东风社区第1网格" in refused(small_office, "C301", *words, *CLERK)
    assert "--deputy" in small_office(*words, *CLERK).err
    assert small_office(*words, "--deputy", "王[/]芳", *CLERK).status == 0
    who = small_office("roster", "who", GRID, "--json").json[0]["responsible"]
    assert [(one["number"], one["stands_in_for"]) for one in who] == [("W2", "𠮷田")]
    assert "王[/]芳代" in small_office("roster", "show").out
    both = refused(small_office, "C305", "warden", "away", "W2", "--from", "2026-11-25", "--to", "2026-11-25", *CLERK)
    assert both == "王[/]芳这段时间正代𠮷田的班，不能请假"
    assert small_office("warden", "back", "W1", "--on", "2026-11-23下午", *CLERK).status == 0
    assert small_office("roster", "who", GRID, "--on", "2026-11-25", "--json").json[0]["responsible"][0]["number"] == "W1"
    refused(small_office, "C307", "warden", "back", "W1", "--on", "2026-11-24", *CLERK)


def test_a_handover_is_planned_signed_and_done(small_office: CommandLine, tmp_path: Path) -> None:
    number = case_of(small_office, "𠮷田")
    assert "1 件在办" in refused(small_office, "C301", "warden", "leave", "W1", "--on", "2026-12-01", *CLERK)
    sheet = tmp_path / "交接单.docx"
    planned = small_office("handover", "plan", "W1", "--on", "2026-12-01", "--why", "辞职", "-o", sheet, "--json", *CLERK)
    assert planned.status == 0, planned
    assert [(item["kind"], item["item"], item["successor_number"]) for item in planned.json["items"]] == [
        ("case", number, "W2"), ("grid", GRID, "W2"),
    ]  # fmt: skip
    assert sheet.stat().st_size > 1000
    refused(small_office, "C313", "handover", "do", "1", *LEADER)
    answer = small_office("handover", "do", "1", "--sheet", "JJ-1", *CLERK)
    assert answer.status == 4
    refused(small_office, "U002", "handover", "do", "1", "--give", "谁", "--sheet", "1", *LEADER)
    done = small_office("handover", "do", "1", "--give", f"{number}=城管局", "--no-sheet", "人已离开", "--json", *LEADER)
    assert (done.json["state"], done.json["no_sheet"], done.json["items"][0]["successor"]) == ("done", "人已离开", "城管局")
    assert small_office("incident", "show", number, "--json").json["handler"] == "城管局"
    listed = small_office("handover", "list", "--posts", "--json").json
    assert [(one["number"], one["person"], one["state"]) for one in listed] == [(1, "W1", "done")]
    assert "岗位交接单" in small_office("handover", "show", "1", "--posts").out
    refused(small_office, "C311", "handover", "do", "1", "--sheet", "JJ-1", *LEADER)
    refused(small_office, "C310", "handover", "do", "9", "--sheet", "JJ-1", *LEADER)
    assert small_office("roster", "who", GRID, "--on", "2026-12-01", "--json").json[0]["responsible"][0]["number"] == "W2"
    assert small_office("ledger", "verify").status == 0


def test_nobody_unknown_leaves(small_office: CommandLine) -> None:
    refused(small_office, "C107", "warden", "leave", "无此人啊", *CLERK)
    refused(small_office, "U001", "warden", "leave", "W1", "--why", "不知道", *CLERK)
    refused(small_office, "C315", "handover", "plan", "N9", *CLERK) if small_office(
        "warden", "add", "N9", "甲", *CLERK
    ).status == 0 else None


@pytest.mark.parametrize(
    "words",
    [
        ("warden", "add", "", "张三"), ("warden", "add", "W80", " "), ("warden", "add", "W80", "\u200b"),
        ("warden", "add", "W80", "长" * 7000), ("warden", "add", "号" * 7000, "张三"), ("warden", "add", "W80", "张三", "--phone", "1" * 7000),
        ("team", "add", ""), ("team", "add", "𠮷" * 7000), ("team", "add", "队", "--contact", "长" * 7000),
        ("post", "assign", "W1", THIRD, "--duty", "长" * 7000),
        ("grid", "split", GRID, "--into", " :幸福路", "--into", "第20网格"), ("grid", "merge", GRID, SECOND, "--name", "长" * 7000),
    ],
    ids=lambda words: " ".join(words)[:30],
)  # fmt: skip
def test_a_name_that_is_blank_or_too_long_is_refused_and_never_cut(small_office: CommandLine, words: tuple[str, ...]) -> None:
    before = small_office.everything()
    answer = small_office(*words, *CLERK, "--json")
    assert (answer.status, answer.error) == (2, "U002"), answer
    assert "最多" in answer.json["error"]["hint"] or "不为空" in answer.json["error"]["hint"]
    assert small_office.everything() == before


def test_a_post_in_a_unit_begins_and_ends(small_office: CommandLine) -> None:
    given = small_office("post", "assign", "W2", "城管局", "--duty", "联络员", *CLERK, "--json")
    assert given.status == 0, given
    assert ("post", "城管局") in {(step["what"], step["place"]) for step in given.json["timeline"]}
    refused(small_office, "C131", "post", "assign", "W2", "城管局", *CLERK)
    assert small_office("post", "end", "W2", "城管局", *CLERK).status == 0
    refused(small_office, "C132", "post", "end", "W2", "城管局", *CLERK)
    assert small_office("ledger", "verify").status == 0


def test_a_departure_years_ahead_leaves_no_grid_bare_either(small_office: CommandLine) -> None:
    assert "1 个网格无人" in refused(small_office, "C301", "warden", "leave", "W2", "--on", "2030-01-01", *CLERK)


def test_a_team_has_one_place(small_office: CommandLine) -> None:
    refused(small_office, "U002", "team", "add", "巡防一队", "--grid", GRID, "--area", "东风社区", *CLERK)


def test_what_fits_no_search_is_not_said_to_be_no_roster(small_office: CommandLine) -> None:
    assert "没有符合的岗位" in small_office("roster", "show", "--find", "查无此人").err


def test_a_roster_is_not_asked_at_an_entry_to_come(small_office: CommandLine) -> None:
    for words in (("roster", "show"), ("roster", "who", GRID), ("roster", "gaps")):
        refused(small_office, "U002", *words, "--as-recorded", "999999")


def test_undoing_a_roster_says_which_grids_are_without_anybody(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = tmp_path / "名册.csv"
    sheet.write_text(f"工号,姓名,负责网格\nX1,甲一,{THIRD}\n", encoding="utf-8")
    batch = small_office.imports("wardens", sheet).json["batch"]
    undone = small_office("batch", "undo", str(batch))
    assert (undone.status, "1 个网格没有人" in undone.err) == (0, True)
