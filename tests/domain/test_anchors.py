"""Anchors on paper: printed, recognised, and what it means when the chain does not fit one."""

from __future__ import annotations

import random

import pytest

from gridconsole.domain.anchors import AnchorCase, Restored, is_printed_anchor, judge, printed_anchor, read_restored
from gridconsole.domain.text import mask_text

RESTORED = Restored("2026-12-01T01:00:00.000000Z", 80, 120)


@pytest.mark.parametrize(
    ("anchor", "last", "restored", "more", "case"),
    [
        (90, 200, [], False, AnchorCase.REWRITTEN),
        (250, 200, [], False, AnchorCase.EARLIER),
        (250, 200, [], True, AnchorCase.CUT),
        (81, 200, [RESTORED], False, AnchorCase.RESTORED),
        (120, 90, [RESTORED], True, AnchorCase.RESTORED),
        (80, 200, [RESTORED], False, AnchorCase.REWRITTEN),
        (121, 200, [RESTORED], False, AnchorCase.REWRITTEN),
        (250, 200, [RESTORED], False, AnchorCase.EARLIER),
    ],
)
def test_an_anchor_that_does_not_fit_says_why(
    anchor: int, last: int, restored: list[Restored], more: bool, case: AnchorCase
) -> None:
    assert judge(anchor, last, restored, is_more_known=more) == (case, RESTORED.at if case is AnchorCase.RESTORED else "")


@pytest.mark.parametrize("facts", ["", "[[", "null", "{}", '{"from":{"seq":"x"},"present":{"seq":1}}', '{"from":7,"present":8}'])
def test_a_restoration_nobody_can_read_explains_nothing(facts: str) -> None:
    assert read_restored("", facts) is None


def test_a_printed_anchor_is_distinguished_from_every_number_of_a_person() -> None:
    draw = random.Random(0)
    printed = [printed_anchor(draw.randrange(1, 400_000), draw.randbytes(32).hex()) for _ in range(20_000)]
    assert all(map(is_printed_anchor, printed))
    assert any(mask_text(text) != text for text in printed), "some look like a phone to the masks"
    for text in ("13912345678", "#1 13912345678", "#1 1391-2345-6781-3912-3456-7813-9123-456", "0571-88001234", ""):
        assert not is_printed_anchor(text)
