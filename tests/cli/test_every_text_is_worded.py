"""Every key, code and code word the program can say has its Chinese: read from the source, so nothing new slips by."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import pkgutil
import re
import string
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest
from catalogues import CHINESE, path_of, read_po, texts
from office_cli import CommandLine

import gridconsole
import gridconsole.domain
from gridconsole.domain import errors
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.views.imports import NO_LONGER_RAISED
from gridconsole.language import NAMES, catalogue, error_texts, word
from gridconsole.language.error_sentences import issue_text

MESSAGES = CHINESE
ROOT = Path(gridconsole.__file__).parent
HAN = re.compile("[\u4e00-\u9fff]")
ASKS = {"t", "has"}
Call = tuple[str, int, ast.Call]


@functools.cache
def every_call() -> dict[str, list[Call]]:
    """Every call of a function with its file and line, by the function's name."""
    found: dict[str, list[Call]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                found.setdefault(name, []).append((str(path.relative_to(ROOT)), node.lineno, node))
    return found


def calls(names: set[str]) -> Iterator[Call]:
    """Every call of a function by one of some names, with its file and line."""
    for name in sorted(names):
        yield from every_call().get(name, ())


def alternatives(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions a conditional chooses among."""
    if isinstance(node, ast.IfExp):
        yield from alternatives(node.body)
        yield from alternatives(node.orelse)
    else:
        yield node


def written_keys() -> Iterator[tuple[str, int, str, ast.Call]]:
    for file, line, call in calls(ASKS):
        for choice in alternatives(call.args[0]):
            if isinstance(choice, ast.Constant) and isinstance(choice.value, str):
                yield file, line, choice.value, call


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def error_classes(base: type[GridConsoleError] = GridConsoleError) -> Iterator[type[GridConsoleError]]:
    yield base
    for child in base.__subclasses__():
        yield from error_classes(child)


def issue_codes() -> set[str]:
    sources = [*(ROOT / "importing").rglob("*.py"), ROOT / "domain" / "spoken.py", ROOT / "services" / "arrivals.py"]
    raised = {code for path in sources for code in re.findall(r'"([EWR]\d{3})"', path.read_text(encoding="utf-8"))}
    assert raised.isdisjoint(NO_LONGER_RAISED)
    return raised | NO_LONGER_RAISED


def enumerations() -> Iterator[type[StrEnum]]:
    for module in pkgutil.iter_modules(gridconsole.domain.__path__, "gridconsole.domain."):
        for _, found in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(found, StrEnum) and found.__module__ == module.name:
                yield found


def test_every_key_written_in_the_source_has_a_text() -> None:
    asked = list(written_keys())
    assert len(asked) > 100, "the scan itself works"
    assert [f"{file}:{line} {key}" for file, line, key, _ in asked if key not in MESSAGES] == []


def test_every_key_built_in_the_source_meets_some_text() -> None:
    barren = []
    for file, line, call in calls(ASKS):
        for choice in alternatives(call.args[0]):
            if isinstance(choice, ast.JoinedStr):
                pattern = "".join(
                    re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in choice.values
                )
                if not any(re.fullmatch(pattern, key) for key in MESSAGES):
                    barren.append(f"{file}:{line} {pattern}")
    assert barren == []


def test_every_text_is_given_the_values_it_names() -> None:
    starved = []
    for file, line, key, call in written_keys():
        named = {item.arg for item in call.keywords}
        if None not in named and not fields(MESSAGES.get(key, "")) <= named:
            starved.append(f"{file}:{line} {key}")
    assert starved == []


def test_every_command_has_its_help_text() -> None:
    keys = [
        f"cli.{call.args[1].value}.help"
        for _, _, call in calls({"command"})
        if len(call.args) == 2 and isinstance(call.args[1], ast.Constant)
    ]
    assert len(keys) > 10
    assert [key for key in keys if key not in MESSAGES] == []


@pytest.mark.parametrize("kind", list(error_classes()), ids=lambda kind: kind.__name__)
def test_every_error_has_a_sentence_that_needs_nothing_it_might_lack(kind: type[GridConsoleError]) -> None:
    assert f"error.{kind.code}" in MESSAGES
    message, hint = error_texts(kind.code, {})
    assert HAN.search(message)
    assert "{" not in message + hint


def test_no_two_errors_share_a_code_unless_one_is_the_base_of_the_other() -> None:
    by_code: dict[str, list[type[GridConsoleError]]] = {}
    for kind in error_classes():
        by_code.setdefault(kind.code, []).append(kind)
    shared = {
        code: kinds for code, kinds in by_code.items() if not any(all(issubclass(kind, base) for kind in kinds) for base in kinds)
    }
    assert shared == {}


def test_every_sentence_about_an_error_belongs_to_an_error() -> None:
    codes = {kind.code for kind in error_classes()}
    assert {
        key for key in MESSAGES if re.fullmatch(r"(error|hint)\.[A-Z]\d+", key) and key.partition(".")[2] not in codes
    } == set()


@pytest.mark.parametrize("code", sorted(issue_codes()))
def test_every_issue_of_an_import_has_a_sentence(code: str) -> None:
    message, advice = issue_text(code, "联系电话", "13912345678[/]", "第七行")
    assert HAN.search(message)
    assert "{" not in message + advice
    assert "13912345678" not in message


def test_every_sentence_about_an_issue_belongs_to_an_issue() -> None:
    assert {key for key in MESSAGES if key.startswith(("issue.", "suggest.")) and key.split(".")[1] not in issue_codes()} == set()


@pytest.mark.parametrize("enumeration", list(enumerations()), ids=lambda enumeration: enumeration.__name__)
def test_a_code_list_is_worded_whole_or_not_at_all(enumeration: type[StrEnum]) -> None:
    worded = [member for member in enumeration if f"{enumeration.__name__}.{member.value}" in MESSAGES]
    assert worded in ([], list(enumeration))


@pytest.mark.parametrize(
    "name", ["State", "Action", "Role", "Source", "Grade", "Outcome", "Result", "Stage", "Need", "Guard", "Unit", "Exclusion"]
)
def test_what_operators_read_is_chinese(name: str) -> None:
    (enumeration,) = (found for found in enumerations() if found.__name__ == name)
    assert [member for member in enumeration if not HAN.search(word(member))] == []


@pytest.mark.parametrize("language", NAMES)
def test_every_language_has_every_text_with_the_same_values(language: str) -> None:
    assert texts(language).keys() == MESSAGES.keys()
    strange = [key for key, forms in texts(language).items() if fields(forms[-1]) != fields(MESSAGES[key])]
    assert strange == []
    # One thing need not be counted: "an hour".
    assert [key for key, forms in texts(language).items() if not fields(forms[0]) <= fields(forms[-1])] == []


def test_english_has_no_chinese_in_it() -> None:
    foreign = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
    assert {key: forms for key, forms in texts("en").items() if any(map(foreign.search, forms))} == {}


@pytest.mark.parametrize("language", NAMES)
def test_compiled_texts_are_those_that_are_written(language: str) -> None:
    compiled = catalogue(language)
    entries = read_po(path_of(language))
    entries.pop(("", None))
    assert compiled.keys == {key for key, _ in entries}
    for (key, plural), forms in entries.items():
        if plural is None:
            assert (compiled.gettext(key),) == forms, "compile it again"
        else:
            assert plural == key
            assert {compiled.text(key, count) for count in (1, 2)} == set(forms), "compile it again"


@pytest.mark.parametrize("language", NAMES)
def test_texts_stand_in_order_by_area(language: str) -> None:
    keys = list(texts(language))
    assert keys == sorted(keys, key=lambda key: (area_of(key), key))


def area_of(key: str) -> str:
    """Return the section of a text: the first word of its key, two in the large areas."""
    parts = key.split(".")
    return ".".join(parts[:2]) if parts[0] in LARGE_AREAS and len(parts) > 2 else parts[0]


LARGE_AREAS = {"cli", "console", "report", "metric", "column"}


def test_what_may_be_denied_has_its_word() -> None:
    asked = re.compile(r"(?:rights\.(?:check|demand)|reason_of)\([^\"\n]*\"([a-z_]+)\"")
    words = {
        word
        for path in Path(gridconsole.__file__).parent.rglob("*.py")
        for word in asked.findall(path.read_text(encoding="utf-8"))
    }
    assert len(words) > 20
    assert [word for word in sorted(words) if f"what.{word}" not in MESSAGES] == []


def test_no_key_comes_out_in_place_of_its_text(small_office: CommandLine) -> None:
    number = small_office.reports("井盖缺失", "--category", "路灯")
    places = "|".join(sorted({re.escape(key.partition(".")[0]) for key in MESSAGES}))
    key = re.compile(rf"\b(?:{places})\.[a-z_]+")
    for way in (
        ("incident", "list"), ("incident", "show", number, "--operator", "受理员"), ("report", "daily"), ("report", "overdue"),
        ("operator", "list"), ("ledger", "verify"), ("calendar", "show", "2026"), ("calendar", "check"),
        ("incident", "act", number, "close", "--operator", "内勤"), ("incident", "act", number, "accept", "--operator", "领导"),
    ):  # fmt: skip
        answer = small_office(*way)
        assert key.findall(answer.out + answer.err) == [], way


def test_each_family_of_errors_has_its_exit_status() -> None:
    from gridconsole.cli.status import STATUS

    assert set(STATUS) == set(errors.Family)
    assert sorted(STATUS.values()) == [1, 2, 4, 5, 6]
