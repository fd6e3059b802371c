"""Who should handle a case: tiers, exclusions, and an answer that is always the same and loses nobody."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.codes import CategoryKind, HandlerKind
from gridconsole.domain.parties import Handler
from gridconsole.domain.ranking import Duty, Exclusion, HandlerFacts, Post, RankedCase, Ranking, Tier, rank
from gridconsole.domain.states import Grade

EVENT, COMPONENT = CategoryKind.EVENT, CategoryKind.COMPONENT
STREET, COMMUNITY = "330106001", "330106001001"
HERE = (COMMUNITY, STREET, "330106", "3301")
GARBAGE = RankedCase(EVENT, "01", "01", HERE, 5, Grade.ORDINARY)
MANHOLE = RankedCase(COMPONENT, "01", "01", HERE, 5, Grade.ORDINARY)


def duty(kind: CategoryKind = EVENT, minor: str | None = None, area: str | None = None, *, primary: bool = True) -> Duty:
    return Duty(kind, "01", minor, area, primary)


def unit(code: str, *duties: Duty, **more: Any) -> HandlerFacts:
    return HandlerFacts(Handler(HandlerKind.UNIT, int(code[1:]), f"单位[{code}]"), code, duties, **more)


def warden(code: str, post_rank: str = "A", grid: int = 5, **more: Any) -> HandlerFacts:
    return HandlerFacts(Handler(HandlerKind.WARDEN, int(code[1:]), "𠮷田"), code, posts=(Post(grid, post_rank),), **more)


def order(ranking: Ranking) -> list[str]:
    return [candidate.code for candidate in ranking.candidates]


def reasons(ranking: Ranking) -> dict[str, Exclusion]:
    return {excluded.code: excluded.reason for excluded in ranking.excluded}


def test_the_tiers_come_in_their_order() -> None:
    found = rank(
        GARBAGE,
        [
            unit("J1", area_code=STREET, is_territorial_office=True),
            warden("W2", "B"),
            warden("W1", "A"),
            unit("U2", duty(primary=False)),
            unit("U1", duty()),
        ],
    )
    assert [(item.code, item.tier) for item in found.candidates] == [
        ("U1", Tier.PRIMARY),
        ("U2", Tier.BACKUP),
        ("W1", Tier.GRID_WARDEN_A),
        ("W2", Tier.GRID_WARDEN_B),
        ("J1", Tier.NEXT_LEVEL),
    ]


def test_for_an_event_the_territory_comes_before_the_owner_and_for_a_component_after() -> None:
    for kind, matter, expected in ((EVENT, GARBAGE, ["U2", "U1"]), (COMPONENT, MANHOLE, ["U1", "U2"])):
        owner, local = unit("U1", duty(kind)), unit("U2", duty(kind, area=STREET))
        found = rank(matter, [owner, local])
        assert order(found) == expected
        assert {item.code: item.is_territorial for item in found.candidates} == {"U1": False, "U2": True}


def test_a_duty_named_for_this_very_minor_comes_before_one_for_its_whole_major() -> None:
    found = rank(GARBAGE, [unit("U1", duty()), unit("U2", duty(minor="01"))])
    assert [(item.code, item.exact) for item in found.candidates] == [("U2", True), ("U1", False)]


def test_a_main_duty_counts_before_a_backup_one_of_the_same_unit() -> None:
    (only,) = rank(GARBAGE, [unit("U1", duty(minor="01", primary=False), duty())]).candidates
    assert (only.tier, only.exact) == (Tier.PRIMARY, False)


def test_load_is_measured_against_the_median_of_the_same_tier() -> None:
    loads = {"U1": 9, "U2": 3, "U3": 1, "U4": 3}
    found = rank(GARBAGE, [unit(code, duty(), open_load=load) for code, load in loads.items()])
    assert order(found) == ["U3", "U2", "U4", "U1"]
    assert {item.code: item.load_ratio for item in found.candidates} == {"U1": 3.0, "U2": 1.0, "U3": 0.33, "U4": 1.0}


def test_load_of_another_tier_or_of_somebody_excluded_moves_no_median() -> None:
    one = unit("U1", duty(), open_load=4)
    others = [unit("U2", duty(primary=False), open_load=400), unit("U3", duty(), open_load=400, left=True)]
    (first, *_) = rank(GARBAGE, [one, *others]).candidates
    assert (first.code, first.load_ratio) == ("U1", 1.0)


def test_where_the_median_is_nothing_the_load_itself_counts() -> None:
    found = rank(GARBAGE, [unit("U1", duty(), open_load=2), unit("U2", duty()), unit("U3", duty())])
    assert [(item.code, item.load_ratio) for item in found.candidates] == [("U2", 0.0), ("U3", 0.0), ("U1", 2.0)]


def test_with_equal_load_the_better_record_goes_first_and_no_record_stands_in_the_middle() -> None:
    found = rank(
        GARBAGE,
        [unit("U1", duty(), on_time_rate=0.2), unit("U2", duty()), unit("U3", duty(), on_time_rate=0.9)],
    )
    assert order(found) == ["U3", "U2", "U1"]


def test_equals_stand_in_the_order_of_their_codes() -> None:
    assert order(rank(GARBAGE, [unit(f"U{number}", duty()) for number in (3, 1, 2)])) == ["U1", "U2", "U3"]


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (unit("U1"), Exclusion.NOT_RESPONSIBLE),
        (unit("U1", duty(COMPONENT)), Exclusion.NOT_RESPONSIBLE),
        (unit("U1", duty(minor="02")), Exclusion.NOT_RESPONSIBLE),
        (unit("U1", Duty(EVENT, "02", None, None, True)), Exclusion.NOT_RESPONSIBLE),
        (unit("U1", duty(area="330106102")), Exclusion.WRONG_AREA),
        (unit("J1", area_code="330106102", is_territorial_office=True), Exclusion.NOT_RESPONSIBLE),
        (unit("U1", area_code=STREET), Exclusion.NOT_RESPONSIBLE),
        (unit("U1", duty(), left=True), Exclusion.LEFT),
        (unit("U1", duty(), on_leave=True), Exclusion.ON_LEAVE),
        (unit("U1", duty(), on_other_axis=True), Exclusion.OTHER_AXIS),
        (warden("W1", grid=6), Exclusion.WRONG_AREA),
        (warden("W1", left=True), Exclusion.LEFT),
        (warden("W1", grid=6, left=True), Exclusion.LEFT),
        (warden("W1", on_leave=True), Exclusion.ON_LEAVE),
        (warden("W1", on_other_axis=True), Exclusion.OTHER_AXIS),
    ],
)
def test_who_is_no_candidate_is_reported_why(facts: HandlerFacts, reason: Exclusion) -> None:
    found = rank(GARBAGE, [facts])
    assert (order(found), reasons(found)) == ([], {facts.code: reason})


def test_off_shift_excludes_from_urgent_cases_only() -> None:
    resting = unit("U1", duty(), on_shift=False)
    for grade in Grade:
        found = rank(replace(GARBAGE, grade=grade), [resting])
        assert reasons(found) == ({"U1": Exclusion.OFF_SHIFT} if grade is Grade.URGENT else {})
    assert not rank(GARBAGE, [resting]).candidates[0].on_shift


def test_who_is_responsible_but_off_duty_stands_in_front_of_the_excluded_best_first() -> None:
    found = rank(
        replace(GARBAGE, grade=Grade.URGENT),
        [
            unit("U1"),
            unit("U2", duty(primary=False), on_shift=False),
            unit("U3", duty(), on_shift=False),
            unit("U4", duty(), on_leave=True),
            unit("J1", area_code=STREET, is_territorial_office=True, on_shift=False),
        ],
    )
    assert not found.candidates
    assert [(item.code, item.tier) for item in found.excluded] == [
        ("U3", Tier.PRIMARY), ("U2", Tier.BACKUP), ("J1", Tier.NEXT_LEVEL), ("U1", None), ("U4", None),
    ]  # fmt: skip
    assert [item.code for item in found.off_duty] == ["U3", "U2"], "the subdistrict is not responsible for the category itself"


def test_the_subdistrict_off_duty_counts_where_no_unit_answers_for_the_category() -> None:
    resting = unit("J1", area_code=STREET, is_territorial_office=True, on_shift=False)
    assert [item.code for item in rank(replace(GARBAGE, grade=Grade.URGENT), [unit("U1"), resting]).off_duty] == ["J1"]


def test_a_warden_settles_ordinary_events_only() -> None:
    for matter in (replace(GARBAGE, grade=Grade.MAJOR), replace(GARBAGE, grade=Grade.URGENT), MANHOLE):
        assert reasons(rank(matter, [warden("W1")])) == {"W1": Exclusion.NOT_FOR_WARDEN}
    assert order(rank(GARBAGE, [warden("W1")])) == ["W1"]


def test_a_warden_of_two_ranks_on_the_grid_counts_as_the_first() -> None:
    both = replace(warden("W1", "B"), posts=(Post(5, "B"), Post(5, "A"), Post(9, "B")))
    assert rank(GARBAGE, [both]).candidates[0].tier is Tier.GRID_WARDEN_A


def test_without_a_grid_no_warden_is_near() -> None:
    assert reasons(rank(replace(GARBAGE, grid_id=None), [warden("W1")])) == {"W1": Exclusion.WRONG_AREA}


def test_only_what_a_dispatcher_cannot_overrule_is_hard() -> None:
    hard = {reason for reason in Exclusion if reason.is_hard}
    assert hard == {Exclusion.LEFT, Exclusion.LEAVING, Exclusion.ON_LEAVE, Exclusion.OTHER_AXIS}


# --- always ------------------------------------------------------------------------------------------------------

duties = st.builds(
    Duty,
    st.sampled_from(CategoryKind),
    st.sampled_from(["01", "02"]),
    st.sampled_from([None, "01", "02"]),
    st.sampled_from([None, STREET, "330106102"]),
    st.booleans(),
)
flags = {name: st.booleans() for name in ("is_territorial_office", "on_shift", "left", "on_leave", "on_other_axis")}


@st.composite
def registers(draw: st.DrawFn) -> list[HandlerFacts]:
    """Units and wardens with codes of their own and everything else at random."""
    found = []
    for number in range(draw(st.integers(0, 9))):
        more: dict[str, Any] = {name: draw(value) for name, value in flags.items()}
        more |= {"open_load": draw(st.integers(0, 5)), "on_time_rate": draw(st.none() | st.sampled_from([0.0, 0.5, 1.0]))}
        if draw(st.booleans()):
            found.append(unit(f"U{number}", *draw(st.lists(duties, max_size=3)), area_code=STREET, **more))
        else:
            found.append(warden(f"W{number}", draw(st.sampled_from("AB")), draw(st.sampled_from([5, 6])), **more))
    return found


matters = st.builds(
    lambda kind, grade, grid: RankedCase(kind, "01", "01", HERE, grid, grade),
    st.sampled_from(CategoryKind),
    st.sampled_from(Grade),
    st.sampled_from([None, 5]),
)


@given(matters, registers())
def test_nobody_is_lost_and_nobody_is_named_twice(matter: RankedCase, register: list[HandlerFacts]) -> None:
    found = rank(matter, register)
    named = [item.handler for item in found.candidates] + [item.handler for item in found.excluded]
    assert sorted(map(repr, named)) == sorted(repr(facts.handler) for facts in register)


@given(matters, registers(), st.randoms(use_true_random=False))
def test_the_answer_does_not_depend_on_the_order_of_the_question(
    matter: RankedCase, register: list[HandlerFacts], shuffler: random.Random
) -> None:
    shuffled = list(register)
    shuffler.shuffle(shuffled)
    assert rank(matter, shuffled) == rank(matter, register)


@given(matters, registers())
def test_no_candidate_stands_before_one_of_a_better_tier(matter: RankedCase, register: list[HandlerFacts]) -> None:
    tiers = [list(Tier).index(item.tier) for item in rank(matter, register).candidates]
    assert tiers == sorted(tiers)


@given(matters, registers())
def test_nobody_who_left_is_away_or_judges_is_ever_a_candidate(matter: RankedCase, register: list[HandlerFacts]) -> None:
    kept_out = {facts.handler for facts in register if facts.left or facts.on_leave or facts.on_other_axis}
    assert not kept_out & {item.handler for item in rank(matter, register).candidates}
