"""incident show --unmask: shown to those who may, for a reason, written down."""

from __future__ import annotations

import pytest
from office_cli import CommandLine

SECRETS = ("欧阳小明", "13912345678", "420502199003071234")
REASON = ("--unmask", "--reason", "回访核实")


@pytest.fixture
def number(small_office: CommandLine) -> str:
    """A case that says who its reporter is wherever it can."""
    words = "欧阳小明 13912345678 身份证 420502199003071234 反映垃圾成堆"
    made = small_office.reports(words, "--reporter", "欧阳小明", "--phone", "13912345678", "--address", f"幸福路3号 {words}")
    small_office.act("内勤", made, "note", "--note", f"{words}，又来电")
    return made


@pytest.mark.parametrize("shape", [(), ("--json",)], ids=["words", "json"])
def test_a_dispatcher_with_a_reason_sees_everything_and_the_ledger_says_so(
    small_office: CommandLine, number: str, shape: tuple[str, ...]
) -> None:
    masked = small_office("incident", "show", number, "--operator", "派遣员", *shape)
    assert not any(secret in masked.out + masked.err for secret in SECRETS)
    shown = small_office("incident", "show", number, "--operator", "派遣员", *REASON, *shape)
    assert shown.status == 0
    assert all(shown.out.count(secret) >= 3 for secret in SECRETS)
    assert "记入流转记录" in shown.err
    (entry,) = small_office("ledger", "show", "--case", number, "--action", "unmask", "--json").json
    assert (entry["operator"], entry["subject"], entry["personal"]) == ("派遣员", number, {"reason": "回访核实"})
    assert small_office("ledger", "verify").status == 0


@pytest.mark.parametrize("operator", ["内勤", "领导", "系统管理员", "审计员"])
def test_other_roles_are_refused(small_office: CommandLine, number: str, operator: str) -> None:
    answer = small_office("incident", "show", number, "--operator", operator, *REASON, "--json")
    assert (answer.status, answer.error) == (4, "C133")
    assert not any(secret in answer.out + answer.err for secret in SECRETS)


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("--unmask",), 4, "C182"),
        (("--unmask", "--reason", "  "), 4, "C182"),
        (("--unmask", "--reason", "。"), 4, "C182"),
        (("--unmask", "--reason", "x"), 4, "C182"),
        (REASON[1:], 2, "U002"),
    ],
)
def test_a_reason_and_the_wish_go_together(
    small_office: CommandLine, number: str, words: tuple[str, ...], status: int, code: str
) -> None:
    answer = small_office("incident", "show", number, "--operator", "派遣员", *words, "--json")
    assert (answer.status, answer.error) == (status, code)


def test_the_administrator_names_the_roles(small_office: CommandLine, number: str) -> None:
    reported = small_office("operator", "settings", "--unmasker", "内勤", "--unmasker", "auditor")
    assert "可查看未遮蔽的个人信息: 审计员、内勤" in reported.out
    assert small_office("incident", "show", number, "--operator", "内勤", *REASON).status == 0
    assert small_office("incident", "show", number, "--operator", "派遣员", *REASON).status == 4
    assert small_office("operator", "settings", "--unmasker", "系统管理员", "--json").error == "U002"
