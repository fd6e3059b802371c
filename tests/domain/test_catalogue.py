"""Limits and filing rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.catalogue import Category, FilingRule, Limit, Milestone, strictest
from gridconsole.domain.codes import CategoryKind, Unit


def rule(key: int, *limits: str) -> FilingRule:
    return FilingRule(
        key, 1, f"条件[{key}]", tuple(Milestone(Limit.decode(text), "") for text in limits), "", "GB/T 30428.2-2013"
    )


@given(
    st.one_of(
        st.builds(Limit, st.decimals("0.01", 5000, places=2), st.sampled_from([Unit.URGENT_HOUR, Unit.WORK_HOUR])),
        st.builds(Limit, st.integers(1, 5000).map(Decimal), st.sampled_from(list(Unit))),
    )
)
def test_a_limit_survives_being_stored(limit: Limit) -> None:
    assert Limit.decode(limit.encode()) == limit


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (Limit(Decimal(4), Unit.WORK_HOUR), "4 work_hour"),
        (Limit(Decimal("10"), Unit.WORK_DAY), "10 work_day"),
        (Limit(Decimal("1E+2"), Unit.NATURAL_DAY), "100 natural_day"),
        (Limit(Decimal("0.50"), Unit.URGENT_HOUR), "0.5 urgent_hour"),
        (Limit.minutes(15), "0.25 work_hour"),
        (Limit.minutes(90, urgent=True), "1.5 urgent_hour"),
    ],
)
def test_the_stored_form_is_short_and_plain(limit: Limit, text: str) -> None:
    assert limit.encode() == text


@given(st.integers(1, 100_000))
def test_minutes_are_exact_to_the_microsecond_even_after_storage(minutes: int) -> None:
    limit = Limit.minutes(minutes)
    assert limit.microseconds == minutes * 60_000_000
    assert Limit.decode(limit.encode()).microseconds == minutes * 60_000_000


@pytest.mark.parametrize("unit", list(Unit))
@pytest.mark.parametrize("amount", ["0", "-1"])
def test_a_limit_is_positive(unit: Unit, amount: str) -> None:
    with pytest.raises(ValueError, match="positive"):
        Limit(Decimal(amount), unit)


@pytest.mark.parametrize("unit", [Unit.WORK_DAY, Unit.NATURAL_DAY])
def test_days_are_counted_whole(unit: Unit) -> None:
    with pytest.raises(ValueError, match="whole"):
        Limit(Decimal("1.5"), unit)


@pytest.mark.parametrize("text", ["", "4", "4 hours", "x work_hour", "4  work_hour", "4 work_hour x"])
def test_a_stored_limit_that_is_none_is_refused(text: str) -> None:
    with pytest.raises((ValueError, ArithmeticError)):
        Limit.decode(text)


def test_the_last_milestone_ends_the_handling() -> None:
    assert rule(1, "4 work_hour", "7 work_day", "20 work_day").limit == Limit(Decimal(20), Unit.WORK_DAY)


def test_the_strictest_rule_is_the_one_a_resident_waits_least_for() -> None:
    rules = (
        rule(1, "7 natural_day"),
        rule(2, "5 work_day"),
        rule(3, "2 urgent_hour"),
        rule(4, "4 work_hour"),
        rule(5, "2 urgent_hour"),
    )
    assert strictest(rules) == rules[2]
    assert strictest(rules[:2]) == rules[0]
    assert strictest(rules[1::2]) == rules[3]
    assert strictest(()) is None


def test_a_category_goes_by_major_and_minor() -> None:
    assert Category(1, "GB/T 47678.5-2026", CategoryKind.EVENT, "01", "市容", "101", "暴露垃圾", False).code == "01-101"
