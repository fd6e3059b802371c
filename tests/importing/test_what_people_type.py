"""Days, moments and stretches of time as people type them into a form or a command."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.codes import Unit
from gridconsole.domain.spoken import ValueProblem, one_limit, spoken_day, spoken_deadline, spoken_moment

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("2026-11-27", date(2026, 11, 27)),
        ("２０２６－１１－２７", date(2026, 11, 27)),
        ("2026/11/7", date(2026, 11, 7)),
        ("2026年11月7日", date(2026, 11, 7)),
        ("20261127", date(2026, 11, 27)),
        ("11-27", date(2026, 11, 27)),
        ("11月27日", date(2026, 11, 27)),
        (" 明天 ", date(2026, 11, 27)),
        ("昨天", date(2026, 11, 25)),
        ("", None),
    ],
)
def test_a_day_is_understood_as_it_is_said(said: str, day: date | None) -> None:
    assert spoken_day(said, TODAY) == day


@pytest.mark.parametrize(
    "said",
    [
        "改天",
        "2026-13-01",
        "2026-02-30",
        "2026-11-27 10:00",
        "明天 10:00",
        "2026-11",
        "11",
        "45000",
        "1889-01-01",
        "9999-01-01",
        "[/]",
    ],
)
def test_what_is_no_day_is_refused_and_nothing_of_it_guessed(said: str) -> None:
    with pytest.raises(ValueProblem):
        spoken_day(said, TODAY)


@pytest.mark.parametrize("said", ["2026-10", "2026/10", "2026年10月", "２０２６－１０"])
def test_a_month_is_a_day_only_where_months_are_asked_for(said: str) -> None:
    assert spoken_day(said, TODAY, or_month=True) == date(2026, 10, 1)
    with pytest.raises(ValueProblem):
        spoken_day(said, TODAY)


def test_a_deadline_names_an_hour() -> None:
    ten = datetime(2026, 11, 27, 10, 0)  # noqa: DTZ001  what people type has no zone
    for said in ("明天 10:00", "明天10点", "11-27 10:00", "2026-11-27 10:00"):
        assert spoken_deadline(said, TODAY) == spoken_moment(said, TODAY) == ten, said
    for said in ("明天", "2026-11-27", "11月27日"):
        with pytest.raises(ValueProblem):
            spoken_deadline(said, TODAY)


def test_a_stretch_of_time_is_one_and_whole() -> None:
    assert one_limit("4工作时") == Limit(Decimal(4), Unit.WORK_HOUR)
    assert one_limit("３个工作日") == Limit(Decimal(3), Unit.WORK_DAY)
    for said in ("4天半", "半天", "4工作时，7工作日", "4工作时制止", "", "多给点"):
        with pytest.raises(ValueProblem):
            one_limit(said)
