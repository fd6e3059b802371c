"""Words about people are typed, or come by standard input, and stand in no argument."""

from __future__ import annotations

import io

import pytest
from office_cli import CommandLine

NAME, PHONE = "欧阳𠮷", "13912345678"


class Keyboard(io.StringIO):
    """A terminal with a person at it."""

    def isatty(self) -> bool:
        return True


def reported(office: CommandLine) -> list[tuple[object, ...]]:
    """Reporter, phone and text of every case."""
    return office.rows("SELECT reporter_name, reporter_phone, text FROM incident ORDER BY id")


@pytest.mark.parametrize("options", [("--phone", "-", "--reporter", "-"), ("--reporter", "-", "--phone", "-")])
def test_reporter_and_phone_come_a_line_each_and_the_text_after_them(small_office: CommandLine, options: tuple[str, ...]) -> None:
    new = ("incident", "new", *options, "--operator", "受理员", "--json")
    assert small_office.typing(NAME, PHONE)(*new, "--text", "井盖缺失").status == 0
    assert small_office.typing(NAME, PHONE, "井盖缺失", "已有人绊倒")(*new, "--text", "-").status == 0
    assert reported(small_office) == [(NAME, PHONE, "井盖缺失"), (NAME, PHONE, "井盖缺失\n已有人绊倒")]


def test_at_a_terminal_they_are_asked_for_on_standard_error(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard(f"{NAME}\n{PHONE}\n"))
    words = ("incident", "new", "--text", "井盖缺失", "--reporter", "-", "--phone", "-", "--operator", "受理员")
    answer = small_office(*words)
    assert answer.err.startswith("反映人：联系电话：")
    assert reported(small_office) == [(NAME, PHONE, "井盖缺失")]


def test_a_line_that_is_missing_is_named_and_nothing_is_stored(small_office: CommandLine) -> None:
    words = ("incident", "new", "--text", "井盖缺失", "--reporter", "-", "--phone", "-", "--operator", "受理员", "--json")
    answer = small_office.typing(NAME)(*words)
    assert (answer.status, answer.error) == (2, "U003")
    assert "联系电话" in answer.json["error"]["message"]
    assert reported(small_office) == []


@pytest.mark.parametrize("words", [("report", "-"), ("erase", "-", "--all", "--reason", "本人申请")])
def test_a_person_is_looked_for_by_what_is_typed(
    small_office: CommandLine, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    small_office.reports("井盖缺失", "--phone", PHONE)
    monkeypatch.setattr("sys.stdin", Keyboard(f"{PHONE}\n"))
    answer = small_office("person", *words)
    assert answer.status == 0
    assert answer.err.startswith("电话、身份证号或姓名：")
    missing = small_office.typing()("person", *words, "--json")
    assert (missing.status, missing.error) == (2, "U003")
