"""Registers and the ledger handed out without masks: for those who may, for a reason, with an entry that says so."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from office_cli import CommandLine

PHONE = "13912345678"
WHY = ("--unmask", "--reason", "报送区里")


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_register_without_masks_comes_back_unchanged_and_stands_in_the_ledger(
    small_office: CommandLine, tmp_path: Path, ending: str
) -> None:
    target = tmp_path / f"名册.{ending}"
    assert small_office("export", "wardens", "-o", target, *WHY).status == 0
    assert small_office.imports("wardens", target, "--overwrite-blank").json["changes"] == []
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    if ending == "csv":
        assert PHONE in target.read_text(encoding="utf-8-sig")
    (entry,) = small_office("ledger", "show", "--action", "export", "--json").json
    assert (entry["operator"], entry["facts"]) == ("值班长", {"kind": "wardens", "unmasked": True})
    assert entry["personal"] == {"reason": "报送区里"}


@pytest.mark.parametrize(
    ("words", "code"),
    [(("--operator", "内勤", *WHY), "C133"), (("--unmask",), "C182"), (WHY[1:], "U002")],
    ids=["not theirs", "no reason", "no wish"],
)
def test_otherwise_nothing_is_handed_out(small_office: CommandLine, tmp_path: Path, words: tuple[str, ...], code: str) -> None:
    answer = small_office("export", "wardens", "-o", tmp_path / "名册.csv", *words)
    assert f"[{code}]" in answer.err
    assert list(tmp_path.glob("名册*")) == []
    assert small_office("ledger", "show", "--action", "export", "--json").json == []


def test_the_ledger_leaves_without_masks_only_where_the_office_lets_an_auditor_see(
    small_office: CommandLine, tmp_path: Path
) -> None:
    small_office.reports(f"电话{PHONE}", "--phone", PHONE)
    assert "[C133]" in small_office("ledger", "export", "-o", tmp_path / "a.jsonl", *WHY).err
    small_office("operator", "settings", "--unmasker", "审计员")
    assert "[C182]" in small_office("ledger", "export", "-o", tmp_path / "a.jsonl", "--unmask").err
    assert not (tmp_path / "a.jsonl").exists()
    assert small_office("ledger", "export", "-o", tmp_path / "a.jsonl", *WHY).status == 0
    assert PHONE in (tmp_path / "a.jsonl").read_text(encoding="utf-8")
    (entry,) = small_office("ledger", "show", "--action", "ledger_export", "--json").json
    assert (entry["facts"]["unmasked"], entry["personal"]) == (True, {"reason": "报送区里"})
