"""What people type is understood in Chinese and in English, whatever language is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

import pytest

from gridconsole import language
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.codes import Display, PairVerdict, TaskKind, Unit
from gridconsole.domain.errors import UnknownWord
from gridconsole.domain.spoken import one_limit, spoken_deadline
from gridconsole.domain.states import Grade, Outcome, RequestKind, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.transitions import results_of
from gridconsole.language import NAMES, text_in, vocabulary

TYPED = (Action, Role, State, Source, Grade, Outcome, PairVerdict, Display, TaskKind, Solved, Satisfaction)
"""Code lists whose words people type."""


@pytest.fixture(params=NAMES)
def shown(request: pytest.FixtureRequest) -> Iterator[str]:
    """The language that is shown."""
    language.choose(request.param)
    yield request.param
    language.choose()


@pytest.mark.parametrize("enumeration", TYPED, ids=lambda kind: kind.__name__)
def test_no_word_names_two_things(enumeration: type[StrEnum]) -> None:
    named: dict[str, StrEnum] = {}
    for member in enumeration:
        for name in vocabulary.names_of(member):
            assert named.setdefault(name, member) is member, name


@pytest.mark.parametrize("enumeration", TYPED, ids=lambda kind: kind.__name__)
def test_every_word_is_understood_in_every_language(enumeration: type[StrEnum], shown: str) -> None:
    for member in enumeration:
        words = {text_in(name, f"{enumeration.__name__}.{member.value}") for name in NAMES} | {member.value}
        assert {vocabulary.parse(list(enumeration), word, "x") for word in words} == {member}, shown


def test_results_of_an_action_are_distinguished() -> None:
    for action in Action:
        names = [name for result in results_of(action) for name in vocabulary.names_of(result)]
        assert len(names) == len(set(names)), action


@pytest.mark.parametrize(
    ("said", "meant"),
    [("派遣", Action.DISPATCH), ("Dispatch", Action.DISPATCH), ("延期", Action.EXTEND), ("申诉", Action.APPEAL), ("派核查", Action.SEND),
     ("SUPERVISION-ORDER", Action.SUPERVISION_ORDER), ("supervision_order", Action.SUPERVISION_ORDER), ("ｃｈｅｃｋ", Action.CHECK)],
)  # fmt: skip
def test_short_names_and_spellings_of_actions(said: str, meant: Action) -> None:
    assert vocabulary.parse(list(Action), said, "action") is meant


def test_an_unknown_word_lists_the_choices_in_the_language_shown(shown: str) -> None:
    with pytest.raises(UnknownWord) as refused:
        vocabulary.parse(list(RequestKind), "nothing", "kind")
    name = text_in(shown, "RequestKind.extension")
    assert f"extension({name})" in refused.value.params["choices"]


@pytest.mark.parametrize(
    ("said", "limit"),
    [("4 working hours", Limit(Decimal(4), Unit.WORK_HOUR)), ("4工作时", Limit(Decimal(4), Unit.WORK_HOUR)),
     ("3 workdays", Limit(Decimal(3), Unit.WORK_DAY)), ("1 workday", Limit(Decimal(1), Unit.WORK_DAY)),
     ("2 urgent hours", Limit(Decimal(2), Unit.URGENT_HOUR)), ("5 calendar days", Limit(Decimal(5), Unit.NATURAL_DAY)),
     ("2.5 h", Limit(Decimal("2.5"), Unit.WORK_HOUR)), ("3d", Limit(Decimal(3), Unit.WORK_DAY))],
)  # fmt: skip
def test_a_stretch_of_time_in_both_languages(said: str, limit: Limit) -> None:
    assert one_limit(said) == limit


@pytest.mark.parametrize("said", ["tomorrow 10:00", "Tomorrow at 10:00", "明天 10:00", "2026-11-24 10:00", "11-24 10:00"])
def test_a_moment_in_both_languages(said: str) -> None:
    assert spoken_deadline(said, date(2026, 11, 23)) == datetime(2026, 11, 24, 10)  # noqa: DTZ001  the office's local time
