"""A pasted text is text, whatever a terminal would obey in it, and in whatever pieces it arrives."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual import events
from textual.drivers import linux_driver

from gridconsole.console import pasting
from gridconsole.console.pasting import PasteFilter

BEGIN, END = "\x1b[200~", "\x1b[201~"


def pieces(text: str, cuts: list[int]) -> list[str]:
    """A text cut at some places."""
    places = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    return [text[start:end] for start, end in itertools.pairwise(places)]


def received(monkeypatch: pytest.MonkeyPatch, *sent: str) -> list[events.Event]:
    """The events that come of the pieces a terminal sends."""
    monkeypatch.setattr(linux_driver, "XTermParser", linux_driver.XTermParser)
    pasting.guard()
    parser: Any = linux_driver.XTermParser()
    return [event for piece in sent for event in parser.feed(piece)]


@pytest.mark.parametrize(
    ("pasted", "expected"),
    [
        ("甲乙丙\x1b[31m红字\x1b[0m丁戊己", "甲乙丙红字丁戊己"),
        ("路灯\x1bOQ不亮", "路灯OQ不亮"),  # F2 as some terminals send it
        ("井盖\x1b[12~坏了", "井盖坏了"),  # F2 as others do
        ("a\x1b]52;c;aGFja2Vk\x07b", "ab"),
        ("\x1b", ""),
        ("幸福路[b栋]①号\n𠮷", "幸福路[b栋]①号\n𠮷"),
    ],
)
def test_a_pasted_text_comes_in_whole_and_without_a_key(monkeypatch: pytest.MonkeyPatch, pasted: str, expected: str) -> None:
    (event,) = received(monkeypatch, f"{BEGIN}{pasted}{END}", "")
    assert isinstance(event, events.Paste)
    assert event.text == expected


def test_keys_before_and_after_a_paste_are_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    found = received(monkeypatch, f"\x1bOQ{BEGIN}垃圾\x1b[1m{END}\x1b[B", "x", "")
    assert [event.key if isinstance(event, events.Key) else event.text for event in found] == ["f2", "垃圾", "down", "x"]


@given(st.lists(st.sampled_from(["甲", "ab", "\x1b", "\x1b[", "\x1b[31m", "\x1b[2", "01~", "[201~", "\x1b]0;t\x07", "\n"]), max_size=12),
       st.lists(st.integers(0, 200), max_size=6))  # fmt: skip
def test_no_escape_stays_in_a_paste_and_its_end_is_found_in_any_pieces(parts: list[str], cuts: list[int]) -> None:
    inner = "".join(parts)
    if END in inner:
        return
    sent = f"x{BEGIN}{inner}{END}\x1b[A"
    filtered = PasteFilter()
    got = "".join(filtered(piece) for piece in pieces(sent, cuts))
    assert got.startswith(f"x{BEGIN}")
    assert got.endswith("\x1b[A")
    body, _, rest = got[len(BEGIN) + 1 :].partition(END)
    assert "\x1b" not in body
    assert rest == "\x1b[A"


@given(st.text(st.sampled_from("甲a\x1b[~2015;"), max_size=40), st.lists(st.integers(0, 60), max_size=6))
def test_what_is_no_paste_passes_as_it_is(typed: str, cuts: list[int]) -> None:
    if BEGIN in typed:
        return
    filtered = PasteFilter()
    assert "".join(filtered(piece) for piece in pieces(typed, cuts)) == typed
