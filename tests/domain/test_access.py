"""What a password must be, and how long a name waits after wrong ones."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.access import (
    PAUSE,
    PAUSE_AFTER,
    PasswordPolicy,
    Tries,
    Weakness,
    has_run_out,
    typed,
    weaknesses,
)

PLAIN = PasswordPolicy("plain", 8, 128, 1, 0, 0)
STRICT = PasswordPolicy("dengbao", 8, 128, 3, 90, 5)
NOW = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("liulianggao8", ()),
        ("夕阳无限好只是近黄昏", ()),
        ("我爱北京天安门", (Weakness.SHORT,)),
        ("short7!", (Weakness.SHORT,)),
        ("x1" * 65, (Weakness.LONG, Weakness.COMMON)),
        ("Password1", (Weakness.COMMON,)),
        ("aaaaaaaaaa", (Weakness.COMMON,)),
        ("ababababab", (Weakness.COMMON,)),
        ("3456789:;", (Weakness.COMMON, Weakness.PERSONAL)),
        ("jihgfedcb", (Weakness.COMMON,)),
        ("19850612", (Weakness.COMMON,)),
        ("19851399", ()),
        ("13912345678", (Weakness.COMMON, Weakness.PERSONAL)),
        ("wo345678shi", (Weakness.PERSONAL,)),
        ("王芳的密码是什么", (Weakness.PERSONAL,)),
        ("WangFang@yichang", (Weakness.PERSONAL,)),
        ("", (Weakness.SHORT, Weakness.COMMON, Weakness.CLASSES)),
    ],
)
def test_an_ordinary_office_refuses_the_short_the_common_and_the_personal(password: str, found: tuple[Weakness, ...]) -> None:
    assert weaknesses(password, PLAIN, {"password1"}, ("王芳", "wangfang", "345678")) == found


@pytest.mark.parametrize(
    ("password", "enough"),
    [("liulianggao8", False), ("liulianggao8!", True), ("Liulianggao8", True), ("LIULIANG88", False), ("流量高流量高A1", True)],
)
def test_an_assessed_office_asks_for_three_kinds_of_characters(password: str, enough: bool) -> None:
    assert (weaknesses(password, STRICT, frozenset(), ()) == ()) is enough


def test_an_input_method_left_on_types_the_same_password() -> None:
    assert typed("ｌｉｕｌｉａｎｇ８！") == "liuliang8!"


def test_only_an_assessed_offices_passwords_run_out() -> None:
    later = NOW + timedelta(days=90)
    assert not has_run_out(NOW, STRICT, later)
    assert has_run_out(NOW, STRICT, later + timedelta(seconds=1))
    assert not has_run_out(NOW, PLAIN, later + timedelta(days=9_000))


def test_the_waits_double_and_end_in_a_pause() -> None:
    waits = [Tries(failures, 5.0).wait(5.0).total_seconds() for failures in range(PAUSE_AFTER + 2)]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 900, 900]


@given(failures=st.integers(0, 10_000), passed=st.timedeltas(timedelta(days=-3_650), timedelta(days=3_650)))
def test_nobody_is_locked_out_for_good_whatever_the_clock_does(failures: int, passed: timedelta) -> None:
    tries, later = Tries(failures, 0.0), passed.total_seconds()
    assert timedelta(0) <= tries.wait(later) <= PAUSE
    if passed >= PAUSE:
        assert tries.wait(later) == timedelta(0)
        assert tries.still_counting(later) == 0
    else:
        assert tries.still_counting(later) == failures
