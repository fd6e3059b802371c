"""Widths of columns: no word is cut while there is room, what lacks little gets it first, and the whole room is used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.reporting.model import Code, Table
from gridconsole.reporting.writers.widths import Column, columns_of, fits, in_one_line, shared_out


def test_numbers_dates_and_codes_are_not_cut_and_chinese_is_after_four_characters() -> None:
    table = Table(
        "t", "", ("数", "时间", "编码", "地址"), ((1_234, "2026-11-03 09:05", Code("2026110300 0014"), "人民路与解放路交叉口"),)
    )
    number, moment, code, address = columns_of(table)
    assert [one.least - 1 for one in (number, moment, code, address)] == [4, 10, 15, 8]
    assert [one.whole for one in (moment, code, address)] == [16, 16, 20]


def test_a_long_heading_has_two_lines() -> None:
    (column,) = columns_of(Table("t", "", ("九成案件处置用时",), ((1,),)))
    assert column.whole == 8


COLUMNS = st.lists(
    st.tuples(st.integers(1, 20), st.integers(0, 60)).map(lambda it: Column(it[0], it[0] + it[1])), min_size=1, max_size=14
)


@given(COLUMNS, st.floats(20, 300))
def test_the_room_is_filled_and_no_word_is_cut_where_all_have_room(columns: list[Column], room: float) -> None:
    shares = shared_out(columns, room)
    assert sum(shares) == pytest.approx(room)
    if fits(columns, room):
        assert all(share >= column.least - 1e-6 for share, column in zip(shares, columns, strict=True))
    if in_one_line(columns, room):
        assert all(share >= column.whole - 1e-6 for share, column in zip(shares, columns, strict=True))


def test_what_lacks_little_for_one_line_gets_it_first() -> None:
    moment, address = shared_out([Column(10, 16), Column(8, 60)], 40)
    assert (moment, address) == (16, 24)
