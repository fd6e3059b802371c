"""ledger show, verify, anchor, export: what a checker with a printed number in hand can find out."""

from __future__ import annotations

import csv
import json
import stat
from pathlib import Path

import pytest
from importing.command_line import CommandLine


def worked(office: CommandLine) -> str:
    """A case with a phone in its words."""
    number = office.reports("垃圾成堆，电话 13912345678 [/]", "--reporter", "欧阳小明", "--phone", "13912345678")
    office.act("受理员", number, "accept")
    office.act("内勤", number, "note", "--note", "居民 13912345678 又来电")
    return number


def test_the_ledger_is_read_in_words_and_under_masks(small_office: CommandLine) -> None:
    number = worked(small_office)
    shown = small_office("ledger", "show", "--case", number)
    assert [line.split("  ")[2] for line in shown.out.splitlines()] == ["上报", "受理", "备注"]
    assert "139****5678" in shown.out
    everything = small_office("ledger", "show", "--limit", "500", "--json")
    assert "13912345678" not in everything.out + shown.out
    assert "欧阳小明" not in everything.out
    assert {entry["action"] for entry in everything.json} >= {"init", "import", "report", "accept", "note"}
    assert [entry["number"] for entry in everything.json] == sorted(entry["number"] for entry in everything.json)


@pytest.mark.parametrize(
    ("options", "actions"),
    [
        (("--by", "受理员"), {"report", "accept"}),
        (("--action", "note"), {"note"}),
        (("--since", "2026-11-24"), set()),
        (("--until", "2026-11-22"), set()),
        (("--since", "2026-11-23", "--until", "2026-11-23", "--by", "内勤", "--action", "note"), {"note"}),
    ],
)
def test_only_what_is_asked_for_is_shown(small_office: CommandLine, options: tuple[str, ...], actions: set[str]) -> None:
    worked(small_office)
    found = small_office("ledger", "show", "--limit", "500", "--json", *options).json
    assert {entry["action"] for entry in found} == actions


def test_a_printed_anchor_proves_what_stood_before_it(small_office: CommandLine) -> None:
    worked(small_office)
    printed = small_office("ledger", "anchor", "--operator", "值班长", "--json").json["printed"]
    worked(small_office)
    fits = small_office("ledger", "verify", "--anchor", printed, "--json")
    assert (fits.status, fits.json["ok"], fits.json["anchors"]) == (0, True, 1)
    assert "1 个存档校验码相符" in small_office("ledger", "verify", "--anchor", printed.replace("-", " ").upper()).out
    number, _, digits = printed.partition(" ")
    forged = small_office("ledger", "verify", "--anchor", f"{number} {digits[:-1]}{'0' if digits[-1] != '0' else '1'}")
    assert forged.status == 6
    assert "与存档的校验码不符" in forged.out


def test_an_anchor_of_an_entry_that_is_gone_is_found(small_office: CommandLine, tmp_path: Path) -> None:
    printed = small_office("ledger", "anchor", "--operator", "值班长", "--json").json["printed"]
    for trigger in ("ledger_no_delete", "ledger_personal_no_delete"):
        small_office.change(f"DROP TRIGGER {trigger}")
    small_office.change("DELETE FROM ledger WHERE seq = (SELECT max(seq) FROM ledger)")
    assert small_office("ledger", "verify").status == 0, "the chain alone cannot tell that its end was cut off"
    file = tmp_path / "存档.txt"
    file.write_text(f"# 十一月\n\n{printed}\n", encoding="utf-8")
    answer = small_office("ledger", "verify", "--anchors", file, "--json")
    assert (answer.status, answer.json["flaw"]) == (6, "anchor")


@pytest.mark.parametrize("word", ["", "12", "#12 492f", "abc 492fb522492fb522", "#1 492fb522492fb52z"])
def test_what_is_no_anchor_is_a_sentence(small_office: CommandLine, word: str) -> None:
    answer = small_office("ledger", "verify", "--anchor", word, "--json")
    assert (answer.status, answer.error) == (2, "U002")


def test_a_case_changed_behind_the_ledgers_back_is_named(small_office: CommandLine) -> None:
    number = worked(small_office)
    small_office.change("UPDATE incident SET grade = 'urgent' WHERE number = ?", number)
    answer = small_office("ledger", "verify", "--json")
    assert (answer.status, answer.json["case"], answer.json["column"], answer.json["flaw"]) == (6, number, "grade", "case")
    assert number in small_office("ledger", "verify").out


@pytest.mark.parametrize("ending", ["csv", "jsonl"])
def test_the_ledger_is_handed_out_masked_once_and_for_nobody_elses_eyes(
    small_office: CommandLine, tmp_path: Path, ending: str
) -> None:
    number = worked(small_office)
    target = tmp_path / f"记录.{ending}"
    assert small_office("ledger", "export", "-o", target, "--case", number, "--operator", "审计员").status == 0
    text = target.read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines())) if ending == "csv" else [json.loads(line) for line in text.splitlines()]
    assert [row["action"] for row in rows] == ["note", "accept", "report"]
    assert "13912345678" not in text
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    again = small_office("ledger", "export", "-o", target, "--operator", "审计员")
    assert again.status == 5
    (entry,) = small_office("ledger", "show", "--action", "ledger_export", "--json").json
    assert (entry["operator"], entry["facts"]["rows"], entry["facts"]["case"]) == ("审计员", 3, number)


def test_under_another_ending_nothing_is_handed_out(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office("ledger", "export", "-o", tmp_path / "记录.xlsx", "--operator", "审计员")
    assert (answer.status, (tmp_path / "记录.xlsx").exists()) == (5, False)


def test_only_an_auditor_reads_and_takes_the_whole_ledger(small_office: CommandLine, tmp_path: Path) -> None:
    number = worked(small_office)
    for words in (("show",), ("export", "-o", tmp_path / "记录.csv")):
        answer = small_office("ledger", *words, "--operator", "派遣员")
        assert answer.status == 4
        assert "审计员" in answer.err
    assert not (tmp_path / "记录.csv").exists()
    assert small_office("ledger", "show", "--case", number, "--operator", "派遣员").status == 0
    assert small_office("ledger", "anchor", "--operator", "派遣员", "--json").error == "C133"
