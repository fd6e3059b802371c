"""audit, as a clerk and a scheduler run it."""

from __future__ import annotations

from pathlib import Path

from office_cli import CommandLine


def codes(office: CommandLine, *options: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in office("audit", "--json", *options).json["findings"]:
        found.setdefault(one["check"], []).append(one["name"])
    return found


def test_what_is_missing_is_listed_with_what_to_do(small_office: CommandLine) -> None:
    answer = small_office("audit")
    assert answer.status == 4, "a scheduler sees that something is serious"
    assert "网格今天没有人" in answer.out and "新民社区第1网格" in answer.out and "gridconsole post assign" in answer.out
    found = codes(small_office)
    assert found["no_person"] == ["新民社区第1网格"]
    assert set(found["no_second"]) == {"东风社区第1网格", "东风社区第2网格"}
    assert "no_party_group" not in found and "no_party_group" in codes(small_office, "--model", "zhoushan")


def test_a_defect_that_is_mended_is_gone(small_office: CommandLine) -> None:
    assert small_office("post", "assign", "W1", "新民社区第1网格", "--operator", "内勤").status == 0
    answer = small_office("audit", "--check", "no_person", "--json")
    assert (answer.status, answer.json["findings"], answer.json["serious"]) == (0, [], 0)


def test_departures_and_leave_show_up(small_office: CommandLine) -> None:
    for words in (
        ("post", "assign", "W1", "新民社区第1网格"),
        ("post", "assign", "W2", "东风社区第1网格", "--rank", "B"),
        ("post", "assign", "W2", "新民社区第1网格", "--rank", "B"),
        ("warden", "away", "W1", "--from", "2026-12-01", "--to", "2026-12-04"),
        ("warden", "leave", "W1", "--on", "2026-12-31"),
    ):
        assert small_office(*words, "--operator", "内勤").status == 0, words
    found = codes(small_office)
    assert (found["employment_ends"], found["away_uncovered"]) == (["𠮷田"], ["𠮷田"])
    assert "no_person" not in found


def test_checks_are_chosen_by_code_title_or_group(small_office: CommandLine) -> None:
    everything = codes(small_office)
    for word in ("no_person", "网格今天没有人（定员）", "网格今天没有人", "grids without anybody today", "NO-PERSON"):
        chosen = codes(small_office, "--check", word)
        assert chosen == {"no_person": everything["no_person"]}, word
    four = codes(small_office, "--check", "四定")
    assert four == {code: names for code, names in everything.items() if code in FOUR} and len(four) > 2
    assert set(codes(small_office, "--check", "定员", "--check", "定责")) == set(four) & {"no_person", "no_second", "no_duty"}


FOUR = {"no_boundary", "no_person", "no_second", "no_duty", "no_post"}


def test_wrong_words_are_refused(small_office: CommandLine) -> None:
    for words in (("--model", "火星"), ("--check", "nothing")):
        answer = small_office("audit", *words, "--json")
        assert (answer.status, answer.error) == (2, "U001")


def test_the_demo_is_audited(demo_office: CommandLine, tmp_path: Path) -> None:
    answer = demo_office("audit", "--all", "--json")
    assert answer.status == 4
    assert {one["severity"] for one in answer.json["findings"]} == {"serious", "warning", "note"}
    assert all(one["sentence"] and one["remedy"] for one in answer.json["findings"])
