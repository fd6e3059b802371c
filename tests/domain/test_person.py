"""Recognising one person in texts, however a number is written, and taking the person out."""

from __future__ import annotations

import json

import pytest

from gridconsole.domain.person import GONE, person


@pytest.mark.parametrize(
    "word", ["13912345678", "+86 139-1234-5678", "１３９１２３４５６７８", "0086 13912345678", " 139 1234 5678 "]
)
@pytest.mark.parametrize(
    "text", ["电话13912345678。", "139 1234 5678", "１３９－１２３４－５６７８", "+86 13912345678", "手机8613912345678转2"]
)
def test_a_phone_is_found_however_it_is_written(word: str, text: str) -> None:
    whom = person(word)
    assert whom is not None
    assert (whom.masked, whom.is_number, whom.terms.are_in(text)) == ("139****5678", True, True)
    assert "5678" not in whom.terms.removed_from(text)


@pytest.mark.parametrize("text", ["139123456789", "2139123456780", "1391234567", "案件2026112300012", "13912345679"])
def test_another_number_is_not(text: str) -> None:
    whom = person("13912345678")
    assert whom is not None
    assert not whom.terms.are_in(text)
    assert whom.terms.removed_from(text) == text


def test_a_citizen_s_number_keeps_its_letter_in_either_case() -> None:
    whom = person("11010519491231002x")
    assert whom is not None
    assert whom.terms.removed_from("身份证11010519491231002X，见附件") == f"身份证{GONE}，见附件"
    assert not whom.terms.are_in("110105194912310021")


@pytest.mark.parametrize("word", ["", "李", "市民", "匿名", "123456", "1" * 19, " \u200b "])
def test_what_could_be_anybody_is_nobody(word: str) -> None:
    assert person(word) is None


def test_a_name_is_taken_literally() -> None:
    whom = person("王[/].芳")
    assert whom is not None
    assert whom.terms.removed_from("王[/].芳和王[/]x芳") == f"{GONE}和王[/]x芳"


def test_fields_of_an_object_lose_the_person_and_nothing_else() -> None:
    whom = person("13912345678")
    assert whom is not None
    raw = json.dumps(
        {"反映人": '王"芳', "电话": 13912345678.0, "备用": {"broken": "#N/A"}, "数": 3, "说": ["\n13912345678", None]}
    )
    assert set(whom.terms.fields_in(raw)) == {"电话", "说"}
    kept = json.loads(whom.terms.removed_from_fields(raw, with_names=True))
    assert kept == {"反映人": "", "电话": "", "备用": {"broken": "#N/A"}, "数": 3, "说": [f"\n{GONE}", None]}


def test_what_somebody_made_unreadable_is_read_as_text() -> None:
    whom = person("13912345678")
    assert whom is not None
    assert whom.terms.fields_in('{"a": 13912345678') == ("",)
