"""What speaks for two reports being one matter: the same from either side, explained, and nothing made of nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from difflib import SequenceMatcher

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridconsole.domain.duplicates import (
    NUMBER_ALONE,
    TEXT_LENGTH,
    THRESHOLD,
    WEIGHTS,
    CategoryTie,
    ComparedCase,
    PlaceTie,
    Sign,
    bare,
    building_numbers,
    compared,
    likely,
    matter,
    personal_number,
)

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


def likeness(one: str, other: str) -> float:
    """Any measure that looks the same from both sides will do here."""
    return 100 * SequenceMatcher(None, *sorted((one, other))).ratio()


def a_report(number: str = "2026112300001", text: str = "幸福路垃圾成堆，居民反映多次", **more: object) -> ComparedCase:
    at = more.pop("at", NOON)
    assert isinstance(at, datetime)
    return matter(number, at, text, **{"grid_id": 1, "area_id": 10, "category_id": 5, "major": "event01", **more})  # type: ignore[arg-type]


OTHER = "2026112300002"
keys = st.none() | st.integers(1, 3)
matters = st.builds(
    ComparedCase,
    number=st.sampled_from(["1", "2", "3"]),
    reported_at=st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 30), timezones=st.just(UTC)),  # noqa: DTZ001  the strategy adds the zone
    text=st.text("幸福路垃圾[/]①𠮷0", max_size=12),
    phone=st.sampled_from(["", "13812345678", "13900001111"]),
    buildings=st.frozensets(st.sampled_from(["3号", "b栋", "1单元"])),
    houses=st.frozensets(st.sampled_from(["福路3号", "设路3号"])),
    grid_id=keys,
    area_id=keys,
    parent_area_id=keys,
    category_id=keys,
    major=st.sampled_from(["", "event01", "part02"]),
)


@given(matters, matters)
def test_a_pair_has_the_same_points_and_reasons_from_either_side(one: ComparedCase, other: ComparedCase) -> None:
    there, back = compared(one, other, WEEK, likeness), compared(other, one, WEEK, likeness)
    assert (there.score, there.clues) == (back.score, back.clues)


@given(matters, matters)
def test_points_are_the_sum_of_what_is_explained_and_no_sign_brings_more_than_its_weight(
    one: ComparedCase, other: ComparedCase
) -> None:
    pair = compared(one, other, WEEK, likeness)
    assert tuple(clue.sign for clue in pair.clues) == tuple(Sign)
    assert pair.score == sum(clue.points for clue in pair.clues)
    assert all(0 <= clue.points <= WEIGHTS[clue.sign] for clue in pair.clues)
    assert 0 <= pair.score <= sum(WEIGHTS.values()) == 100


@given(matters, st.lists(matters, max_size=5))
def test_likely_ones_come_best_first_and_never_the_report_itself(one: ComparedCase, others: list[ComparedCase]) -> None:
    found = likely(one, others, WEEK, likeness)
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)
    assert all(pair.score >= THRESHOLD and pair.number != one.number for pair in found)


@given(matters, st.lists(matters, max_size=5), st.integers(0, 100))
def test_passing_over_the_hopeless_loses_none(one: ComparedCase, others: list[ComparedCase], threshold: int) -> None:
    found = [pair.number for pair in likely(one, others, WEEK, likeness, threshold)]
    every = [compared(one, other, WEEK, likeness) for other in others if other.number != one.number]
    assert sorted(found) == sorted(pair.number for pair in every if pair.score >= threshold)


def test_a_report_said_twice_has_every_point() -> None:
    first = a_report(phone="138 1234 5678", address="幸福路3号楼")
    again = a_report(OTHER, phone="+86 13812345678", address="幸福路③幢")
    assert compared(first, a_report(OTHER, phone="13812345678", address="幸福路3号楼"), WEEK, likeness).score == 100
    clues = {clue.sign: clue for clue in compared(first, again, WEEK, likeness).clues}
    assert (clues[Sign.PHONE].value, clues[Sign.BUILDING].value) == (True, "3栋")


def test_two_neighbours_who_saw_the_same_heap_are_found_and_two_heaps_a_week_apart_are_not() -> None:
    first = a_report()
    neighbour = a_report(OTHER, "幸福路有人乱倒垃圾，成堆没人管", at=NOON + timedelta(hours=3), phone="13900001111")
    elsewhere = a_report(OTHER, "新民街路灯不亮", grid_id=2, area_id=11, category_id=9, major="part02")
    old = a_report(OTHER, "建设巷口有建筑垃圾", at=NOON - timedelta(days=7))
    assert [pair.number for pair in likely(first, [neighbour], WEEK, likeness)] == [OTHER]
    assert likely(first, [elsewhere, old], WEEK, likeness) == ()


def test_nearness_in_place_goes_down_from_the_grid_to_elsewhere() -> None:
    first = a_report(parent_area_id=100)
    ways = [
        (a_report(OTHER), PlaceTie.SAME_GRID),
        (a_report(OTHER, grid_id=2), PlaceTie.SAME_AREA),
        (a_report(OTHER, grid_id=None), PlaceTie.SAME_AREA),
        (a_report(OTHER, grid_id=None, area_id=100), PlaceTie.WIDER),
        (a_report(OTHER, grid_id=None, area_id=None), PlaceTie.UNKNOWN),
        (a_report(OTHER, grid_id=3, area_id=11, parent_area_id=100), PlaceTie.ELSEWHERE),
    ]
    clues = [compared(first, other, WEEK, likeness).clues[0] for other, _ in ways]
    assert [clue.value for clue in clues] == [tie for _, tie in ways]
    assert [clue.points for clue in clues] == sorted((clue.points for clue in clues), reverse=True)


def test_nearness_in_category_goes_down_from_the_minor_one_to_another() -> None:
    ways = [
        ({}, CategoryTie.SAME),
        ({"category_id": 6}, CategoryTie.SAME_MAJOR),
        ({"category_id": None}, CategoryTie.UNKNOWN),
        ({"category_id": 6, "major": "part01"}, CategoryTie.OTHER),
    ]
    clues = [compared(a_report(), a_report(OTHER, **more), WEEK, likeness).clues[1] for more, _ in ways]
    assert [clue.value for clue in clues] == [tie for _, tie in ways]
    assert [clue.points for clue in clues] == sorted((clue.points for clue in clues), reverse=True)


def test_a_house_number_says_all_it_can_in_one_street_and_less_where_the_streets_differ() -> None:
    first = a_report(address="丽景新城19号楼")
    others = [
        a_report(OTHER, address=address) for address in ("丽景新城（十九幢）", "老干部家属院19号楼", "19栋", "丽景新城91号楼")
    ]
    clues = [compared(first, other, WEEK, likeness).clues[4] for other in others]
    assert [clue.points for clue in clues] == [WEIGHTS[Sign.BUILDING], NUMBER_ALONE, NUMBER_ALONE, 0]
    assert [clue.value for clue in clues] == ["19栋", "19栋", "19栋", ""]


def test_a_house_number_says_nothing_where_the_places_are_not_one() -> None:
    far = a_report(OTHER, address="建设路3号", grid_id=9, area_id=99)
    assert compared(a_report(address="幸福路3号"), far, WEEK, likeness).clues[4].points == 0


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("幸福路[b栋]①号", {"b栋", "1号"}),
        ("Ｂ栋３单元", {"b栋", "3单元"}),
        ("三号楼 十二幢 二十一栋", {"3栋", "12栋", "21栋"}),
        ("003号", {"3号"}),
        ("第十二幢、育才路153号", {"12栋", "153号"}),
        ("11月3号 十一月三号 3号线 10086", set()),
        ("订单20261123000号", set()),
        ("", set()),
    ],
)
def test_house_numbers_are_read_in_one_spelling_and_dates_are_none(text: str, numbers: set[str]) -> None:
    assert building_numbers(text) == numbers


@pytest.mark.parametrize(
    ("phone", "digits"),
    [
        ("138 1234-5678", "13812345678"),
        ("＋８６13812345678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("0717-6221234", "07176221234"),
        ("12345", ""),
        ("110", ""),
        ("138****5678", ""),
        ("不详", ""),
        ("", ""),
    ],
)
def test_only_a_number_that_is_somebodys_own_is_compared(phone: str, digits: str) -> None:
    assert personal_number(phone) == digits


def test_texts_are_compared_without_width_case_blanks_and_punctuation() -> None:
    assert bare("ＡＢ 幸福路[b栋]，①号！\n") == bare("ab幸福路b栋1号")
    assert len(bare("夜间施工噪音扰民，" * 780)) == TEXT_LENGTH


def test_two_reports_that_say_nothing_have_no_words_in_common() -> None:
    pair = compared(a_report(text="，。"), a_report(OTHER, text="！"), WEEK, lambda one, other: 100.0)
    assert pair.clues[5].points == 0
