"""An office of three, where everybody does everything: one case goes through on a second person's word, and is listed for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from logins import OTHER, PLAIN, give_passwords
from office_cli import Answer, CommandLine

from gridconsole.services import office as offices

ROLES = ("acceptor", "shift_leader", "dispatcher", "inspector", "clerk")


@pytest.fixture
def three(small_office: CommandLine) -> CommandLine:
    """甲, 乙 and 丙 hold every role; 甲 is ill, so that two are left."""
    for name in ("甲", "乙", "丙"):
        roles = [word for role in ROLES for word in ("--role", role)]
        assert small_office("--operator", "系统管理员", "operator", "add", name, *roles).status == 0
    opened = offices.open_office(small_office.database, "cli")
    give_passwords(opened, "乙", password=PLAIN)
    give_passwords(opened, "丙", password=OTHER)
    give_passwords(opened, "系统管理员", "审计员")
    opened.close()
    for name in ("乙", "丙", "系统管理员", "审计员"):
        small_office.log_in(name)
    return small_office


def password_file(folder: Path, word: str) -> str:
    file = folder / f"{word}.txt"
    file.write_text(word + "\n", encoding="utf-8")
    file.chmod(0o600)
    return str(file)


def through(office: CommandLine, until: str) -> str:
    """A case of 乙's hand up to a step."""
    number = office.reports("垃圾成堆", "--grid", "420502001001001", "--category", "暴露垃圾")
    for action, *options in (
        ("accept",),
        ("file", "--rule", "1"),
        ("dispatch", "--to", "城管局"),
        ("feedback", "--note", "已清理"),
    ):
        if action == until:
            break
        assert office.act("乙" if action in ("accept", "file") else "丙", number, action, *options).status == 0
    return number


def refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.error


def test_one_case_goes_through_the_waiver(three: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    number = through(three, "dispatch")
    to = ("dispatch", "--to", "城管局")
    # 乙 accepted and filed it, and may not hand it out as well.
    answer = three.act("乙", number, *to)
    assert refusal(answer) == (4, "C120")
    assert "--waiver-by" in answer.json["error"]["hint"]
    by = ("--waiver-by", "丙", "--waiver-reason", "甲病假，电话 13912345678")
    monkeypatch.setenv("GRIDCONSOLE_WAIVER_PASSWORD_FILE", password_file(tmp_path, PLAIN))
    assert refusal(three.act("乙", number, *to, *by)) == (4, "C172"), "not 丙's password"
    monkeypatch.setenv("GRIDCONSOLE_WAIVER_PASSWORD_FILE", password_file(tmp_path, OTHER))
    assert refusal(three.act("乙", number, *to, "--waiver-by", "丙")) == (4, "C119"), "no reason"
    assert three.act("乙", number, *to, *by).status == 0
    shown = three("incident", "show", number)
    assert "【豁免】已办过“受理”，经丙当场同意" in shown.out
    listed = three("report", "waivers", "--json").json
    (row,) = listed["tables"][0]["rows"]
    assert row[0] == number
    assert row[2:6] == ["乙", "受理", "派遣", "丙"]
    assert "13912345678" not in str(row)
    assert three("report", "豁免", "--date", "2026-10-01", "--json").json["tables"][0]["rows"] == []
    reported = three("--operator", "审计员", "ledger", "show", "--action", "豁免")
    assert f"{number}  豁免  丙  准乙派遣" in reported.out
    denied = three("--operator", "审计员", "ledger", "show", "--action", "越权被拒").out
    assert "派遣（C120）" in denied
    assert "派遣（C119）" in denied
    assert three("ledger", "verify").status == 0


def test_an_office_may_do_without(three: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = three("--operator", "系统管理员", "operator", "settings", "--no-axis-waiver")
    assert "允许第二人豁免监督与指挥分离: 否" in settings.out
    number = through(three, "dispatch")
    assert refusal(three.act("乙", number, "dispatch", "--to", "城管局")) == (4, "C113")
    monkeypatch.setenv("GRIDCONSOLE_WAIVER_PASSWORD_FILE", password_file(tmp_path, OTHER))
    by = ("--waiver-by", "丙", "--waiver-reason", "甲病假")
    assert refusal(three.act("乙", number, "dispatch", "--to", "城管局", *by)) == (4, "C119")
