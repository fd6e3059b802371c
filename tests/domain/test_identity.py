"""Numbers of citizens and organisations; all of them invented, but for their arithmetic."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.identity import is_credit_code, is_id_number, is_old_id_number

ID_NUMBER = "11010519491231002X"
"""The example of the standard itself."""
CREDIT_CODE = "91350100M000100Y43"
"""The example of the standard itself."""


def test_the_standards_own_examples_hold() -> None:
    assert is_id_number(ID_NUMBER)
    assert is_credit_code(CREDIT_CODE)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "110105194912310021",
        "11010519491331002X",
        "11010519491231002x",
        "01010519491231002X",
        "1101051949123100",
        ID_NUMBER + "0",
    ],
)
def test_what_is_no_citizens_number(text: str) -> None:
    assert not is_id_number(text)


@pytest.mark.parametrize(("text", "holds"), [("110105491231002", True), ("110105491331002", False), ("1101054912310021", False)])
def test_the_first_generation_has_fifteen_digits_and_a_birthday(text: str, holds: bool) -> None:
    assert is_old_id_number(text) is holds


@given(st.integers(0, 17), st.sampled_from("0123456789"))
def test_any_single_slip_is_found(position: int, char: str) -> None:
    slipped = ID_NUMBER[:position] + char + ID_NUMBER[position + 1 :]
    assert is_id_number(slipped) is (slipped == ID_NUMBER)


@given(st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXYIOZSV"))
def test_any_single_slip_in_a_credit_code_is_found(position: int, char: str) -> None:
    slipped = CREDIT_CODE[:position] + char + CREDIT_CODE[position + 1 :]
    assert is_credit_code(slipped) is (slipped == CREDIT_CODE)


@given(st.text(max_size=20))
def test_any_text_is_judged(text: str) -> None:
    assert is_id_number(text) in (True, False)
    assert is_credit_code(text) in (True, False)
