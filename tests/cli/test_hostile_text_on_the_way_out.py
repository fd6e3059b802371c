"""Foreign text: stored harmless, printed literally, phones masked, whatever a terminal or an eye could be tricked with."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from logins import PLAIN
from office_cli import CommandLine

MARKUP = "幸福路[b栋]①号[/][@click=app.exit]点我[/red]"
SEQUENCES = "\x1b[2J\x1b]52;c;aGFja2Vk\x07\x1b[?1049l\x9b31m\x08\x7f"
BIDI = "\u202e未结\u202c\u2066\u2069\u200f\u061c"
INVISIBLE = "\u200b\ufeff\u2060\u00ad"
HOSTILE = f"𠮷田反映：{MARKUP}{SEQUENCES}{BIDI}{INVISIBLE}，电话13912345678或0717-6000001，身份证420502199003071234"
LONG = HOSTILE + "夜间施工噪音扰民，" * 780
WAYS = (
    ("incident", "list"),
    ("incident", "list", "--json"),
    ("incident", "show", "001"),
    ("incident", "show", "001", "--json"),
    ("incident", "show", "001", "--operator", "值班长"),
    ("report", "overdue"),
    ("report", "overdue", "--format", "csv"),
    ("report", "overdue", "--format", "json"),
    ("report", "daily"),
)


def dangerous(text: str) -> set[str]:
    """Characters a terminal obeys or that change the order or look of their neighbours."""
    return {char for char in text if char not in "\n\r\t" and unicodedata.category(char) in ("Cc", "Cf", "Cs")}


@pytest.fixture
def troubled_office(small_office: CommandLine) -> CommandLine:
    """An office with one case made of everything that hurts."""
    small_office.once("troubled", trouble)
    return small_office


def trouble(small_office: CommandLine) -> None:
    said = [
        "--text",
        LONG,
        "--address",
        f"{MARKUP}{SEQUENCES}{BIDI}",
        "--reporter",
        f"欧阳{SEQUENCES}小明",
        "--phone",
        "13912345678",
    ]
    number = small_office.reports(*said[1:])
    answer = small_office.act("受理员", number, "note", "--note", LONG)
    assert answer.status == 0


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_nothing_a_terminal_obeys_comes_out(troubled_office: CommandLine, way: tuple[str, ...]) -> None:
    answer = troubled_office(*way)
    assert answer.status == 0
    assert dangerous(answer.out + answer.err) <= ({"\ufeff"} if "csv" in way else set())


@pytest.mark.parametrize("way", [way for way in WAYS if way[:2] in (("incident", "list"), ("incident", "show"))], ids=" ".join)
def test_markup_is_text(troubled_office: CommandLine, way: tuple[str, ...]) -> None:
    assert "幸福路[b栋]①号[/]" in troubled_office(*way).out


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_phones_and_numbers_of_people_are_masked(troubled_office: CommandLine, way: tuple[str, ...]) -> None:
    shown = troubled_office(*way).out
    for secret in ("13912345678", "0717-6000001", "420502199003071234", "欧阳小明"):
        assert secret not in shown


def test_a_person_is_shown_by_the_first_character_and_a_phone_by_its_ends(troubled_office: CommandLine) -> None:
    shown = troubled_office("incident", "show", "001").out
    assert "欧***" in shown
    assert "139****5678" in shown
    assert "0717-****0001" in shown


def test_7000_characters_are_shown_whole_where_they_are_asked_for(troubled_office: CommandLine) -> None:
    assert troubled_office("incident", "show", "001").out.count("夜间施工噪音扰民，") >= 780
    assert len(troubled_office("incident", "show", "001", "--json").json["text"]) > 7000
    assert max(map(len, troubled_office("incident", "list").out.splitlines())) < 400


def test_rows_that_never_passed_the_gate_are_harmless_on_the_terminal_all_the_same(troubled_office: CommandLine) -> None:
    troubled_office.change("UPDATE incident SET text = ?, address = ?, summary = ?", HOSTILE, HOSTILE, HOSTILE)
    for way in (("incident", "list"), ("incident", "show", "001"), ("report", "overdue")):
        assert dangerous(troubled_office(*way).out) == set()


@pytest.mark.parametrize(
    "words",
    [
        ("incident", "show", HOSTILE),
        ("incident", "list", "--state", HOSTILE),
        ("incident", "new", "--text", "井盖缺失", "--operator", HOSTILE),
        ("incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--category", HOSTILE),
        ("incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--grid", HOSTILE),
        ("import", HOSTILE, "名单.csv"),
        ("report", HOSTILE),
        ("report", "daily", "--date", HOSTILE),
        (HOSTILE,),
    ],
)
def test_an_error_that_quotes_the_user_cannot_speak_to_the_terminal(small_office: CommandLine, words: tuple[str, ...]) -> None:
    answer = small_office(*words)
    assert answer.status in (2, 4)
    assert answer.err.startswith("错误[")
    assert dangerous(answer.err) == set()


def test_names_of_people_and_offices_are_cleaned_when_they_are_taken_in(blank_office: CommandLine, tmp_path: Path) -> None:
    blank_office("operator", "add", f"李{SEQUENCES}明{BIDI}[/]", "--role", "内勤")
    listed = blank_office("operator", "list").out
    assert "李明未结[/]" in listed
    assert dangerous(listed) == set()
    path = tmp_path / "别处.db"
    blank_office.typing(PLAIN).bare("init", "--db", path, "--name", f"X区{SEQUENCES}[b]中心{BIDI}", "--password-stdin")
    blank_office.typing(PLAIN).bare("login", "系统管理员", "--db", path, "--password-stdin")
    assert blank_office.bare("--db", path, "report", "daily", "--json").json["office"] == "X区[b]中心未结"


def test_words_come_from_standard_input_where_the_command_line_would_keep_them(
    small_office: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{HOSTILE}\n第二段\n"))
    said = small_office("incident", "new", "--text", "-", "--operator", "受理员", "--json")
    monkeypatch.setattr("sys.stdin", io.StringIO("13912345678\n"))
    phoned = small_office("incident", "new", "--text", "井盖缺失", "--phone", "-", "--operator", "受理员", "--json")
    shown = small_office("incident", "show", said.json["number"], "--json").json
    assert shown["text"].endswith("\n第二段")
    assert small_office("incident", "show", phoned.json["number"], "--json").json["phone"] == "139****5678"


def test_an_import_names_hostile_cells_harmlessly(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("主要内容,问题分类,社区", f"井盖缺失,\x1b[31m垃圾[/]\u202e{MARKUP},东风社区")
    answer = small_office("import", "incidents", text_file(tmp_path, text))
    assert "[W909]" in answer.err
    assert "垃圾[/]幸福路[b栋]" in answer.err
    assert dangerous(answer.out + answer.err) == set()
