"""The gates text passes on its way in and out, and the masks personal data wears."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_office import HOSTILE_ADDRESS, HOSTILE_NAME, LONG_COMPLAINT

from gridconsole.domain.text import (
    _BLANKS,
    LINE_LIMIT,
    TEXT_LIMIT,
    _strip,
    clean_line,
    clean_text,
    fold_width,
    is_reason,
    mask_name,
    mask_phone,
    mask_text,
    printable,
)

GATES = [clean_line, clean_text]


@pytest.mark.parametrize("gate", [clean_line, clean_text, printable])
@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("\x1b[31m红\x1b[0m", "红"),
        ("\x1b[?1049h全屏", "全屏"),
        ("\x1b]0;标题\x07正文", "正文"),
        ("\x1b]52;c;aGFja2Vk\x07正文", "正文"),
        ("\x1b]52;c;aGFja2Vk\x1b\\正文", "正文"),
        ("\x1b]8;;https://x\x1b\\链\x1b]8;;\x1b\\接", "链接"),
        ("\x1bP1;2q画\x1b\\正文", "正文"),
        ("\x9b31m红", "红"),
        ("\x1bc重置", "重置"),
        ("a\x00b\x08c\x7fd\x85e", "abcde"),
        ("状态\u202e结已\u202c", "状态结已"),
        ("\u2066甲\u2069\u200f乙\u200e", "甲乙"),
        ("零\u200b宽\u2060\ufeff", "零宽"),
        ("人\ufe0f\U0001f3ff", "人"),
        ("标\U000e0041签", "标签"),
        ("孤\ud800儿", "孤儿"),
    ],
)
def test_no_gate_lets_terminal_sequences_or_deceiving_characters_through(gate: object, dirty: str, clean: str) -> None:
    assert callable(gate)
    assert gate(dirty) == clean


@pytest.mark.parametrize("gate", GATES)
@pytest.mark.parametrize(
    "text", [HOSTILE_ADDRESS, "𠮷田", "㎡与①号[/]", "龘靐齉爩", "𫚉子", "5‰、½", "[bold]不是标记[/bold]", "😀"]
)
def test_brackets_rare_characters_and_circled_numbers_stay_as_they_are(gate: object, text: str) -> None:
    assert callable(gate)
    assert gate(text) == text


def test_a_line_folds_every_blank_and_newline_into_one_space() -> None:
    assert clean_line(" 幸福路\t\u3000\u00a0 3号\r\n2单元\u20286楼\u2029 ") == "幸福路 3号 2单元 6楼"
    assert clean_line("  plain   ascii  ") == "plain ascii"


def test_a_text_keeps_its_paragraphs_but_never_three_newlines() -> None:
    assert clean_text(" 第一段 \r\n\r\n\r\n\r\n第二段\r第三段\u2028第四段 ") == "第一段\n\n第二段\n第三段\n第四段"


def test_a_long_complaint_stays_whole_and_an_endless_one_is_cut() -> None:
    cleaned = clean_text(LONG_COMPLAINT)
    assert len(cleaned) > 7_000
    assert cleaned == LONG_COMPLAINT.replace("\x1b]52;c;aGFja2Vk\x07", "")
    assert len(clean_text("扰" * 100_000)) == TEXT_LIMIT
    assert len(clean_line("扰" * 100_000)) == LINE_LIMIT
    assert clean_line("幸福路[b栋]①号", 5) == "幸福路[b"


def test_a_heap_of_accents_is_cut_down() -> None:
    assert clean_text("乱" + "\u0301" * 60) == "乱" + "\u0301" * 4


def test_letters_made_of_two_characters_become_one() -> None:
    assert clean_line("Cafe\u0301路") == "Café路"


def test_a_name_that_is_nothing_but_tricks_is_nothing() -> None:
    assert clean_line("\u202e\u200b\x1b[2J \u3000") == ""
    assert clean_line(HOSTILE_NAME) == "𠮷田[/]红"


def is_plain(text: str) -> bool:
    """Whether the gate out leaves a text as it is."""
    return printable(text) == text


@pytest.mark.parametrize("text", ["", "abc", "幸福路[b栋]①号", "两行\n文字"])
def test_plain_text_is_called_plain(text: str) -> None:
    assert is_plain(text)


@pytest.mark.parametrize("text", ["\x1b[0m", "a\u202eb", "a\u200bb", "\x07", "\ufeffa"])
def test_text_the_gate_would_change_is_not_called_plain(text: str) -> None:
    assert not is_plain(text)


def test_the_gate_out_keeps_lines_and_turns_tabs_into_spaces() -> None:
    assert printable("甲\t乙\n丙") == "甲 乙\n丙"


hostile = st.text(
    st.characters() | st.sampled_from("\x1b[]0m;?\x07\\P_^X\x9b\u202e\u2066\u200b\u3000 \t\r\n𠮷①"),
    max_size=60,
)


@given(hostile)
def test_whatever_comes_in_leaves_as_plain_text(text: str) -> None:
    for cleaned in (clean_line(text), clean_text(text), printable(text)):
        assert is_plain(cleaned)
        assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in cleaned if char != "\n")
    assert "\n" not in clean_line(text)


@given(hostile)
def test_a_gate_passed_twice_changes_nothing_more(text: str) -> None:
    for gate in (clean_line, clean_text, printable):
        once = gate(text)
        assert gate(once) == once


@given(st.text("幸福路东风社区网格井盖破损，。0123456789[]①②㎡abc", max_size=80))
def test_ordinary_chinese_passes_unharmed(text: str) -> None:
    assert clean_line(text) == clean_text(text) == printable(text) == text


def test_full_width_forms_fold_in_keys_only() -> None:
    assert fold_width("ＡＢ１２－３（２）") == "AB12-3(2)"
    assert clean_text("Ａ１㎡") == "Ａ１㎡"


# --- masks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("李小明", "李**"),
        ("李明", "李*"),
        ("李", "李*"),
        ("欧阳修文", "欧***"),
        ("𠮷田", "𠮷*"),
        ("阿不都热合曼·买买提", "阿***"),
        ("", ""),
    ],
)
def test_a_masked_name_keeps_its_first_character(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812345678", "138****5678"),
        ("057187654321", "057****21"),
        ("12345", "*****"),
        ("", ""),
    ],
)
def test_a_masked_phone_keeps_too_little_to_call(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请回电13812345678，谢谢", "请回电138****5678，谢谢"),
        ("两个号：13812345678/15900001111", "两个号：138****5678/159****1111"),
        ("座机0571-87654321", "座机0571-****4321"),
        ("座机057187654321", "座机0571****4321"),
        ("身份证330106199001011234", "身份证330106********1234"),
        ("身份证33010619900101123X", "身份证330106********123X"),
        ("幸福路[b栋]①号3单元1502室", "幸福路[b栋]①号3单元1502室"),
        ("案件2026112300012逾期", "案件2026112300012逾期"),
        ("没有数字", "没有数字"),
        ("+86 13812345678", "138****5678"),
        ("008613812345678", "138****5678"),
        ("门牌8613号，编号86138", "门牌8613号，编号86138"),
    ],
)
def test_phones_and_identity_numbers_in_free_text_are_masked_and_nothing_else(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@given(st.text("1358 -x电", max_size=30))
def test_masking_twice_is_masking_once(text: str) -> None:
    assert mask_text(mask_text(text)) == mask_text(text)


@given(st.text(max_size=40))
def test_the_short_way_through_the_gate_leads_where_the_long_one_does(text: str) -> None:
    slow = _BLANKS.sub(" ", _strip(text).replace("\n", " ")).strip()
    assert clean_line(text, 100) == slow[:100]
    assert clean_line(slow, 100) == slow[:100]


def test_a_text_of_ascii_and_one_of_han_have_their_blanks_folded_alike() -> None:
    assert clean_text("a   b") == "a b"
    assert clean_text("井  盖") == "井 盖"


@pytest.mark.parametrize("words", ["漏水", "重复", "ab", "8路", "12", "𠮷田", "漏  水", "井盖缺失，已派人"])
def test_two_letters_give_a_reason(words: str) -> None:
    assert is_reason(words)


@pytest.mark.parametrize(
    "words", ["", " ", "\u3000\u3000", ".", "。", "x", "查", "查。", "……", "——！", "?？", "\u200b\u200b\u200b", "x.", "́́"]
)
def test_marks_blanks_and_a_single_letter_give_none(words: str) -> None:
    assert not is_reason(words)
