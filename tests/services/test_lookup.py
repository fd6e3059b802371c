"""What people mean by a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_office import StaffedOffice

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import UnknownCategory, UnknownGrid, UnknownHandler, UnknownWord
from gridconsole.domain.parties import Handler
from gridconsole.domain.states import Role
from gridconsole.importing.engine import run
from gridconsole.services import lookup

CITY = Handler(HandlerKind.UNIT, 1, "城管局")
CITY_TWO = Handler(HandlerKind.UNIT, 2, "城管局二中队")
NAMESAKES = (Handler(HandlerKind.WARDEN, 3, "李小明"), Handler(HandlerKind.WARDEN, 4, "李小明"))
KNOWN = [("B001", "城管局", CITY), ("B002", "城管局二中队", CITY_TWO), *((f"W{item.id}", item.name, item) for item in NAMESAKES)]


def test_a_whole_name_goes_before_a_part_of_another() -> None:
    assert lookup.match_handler("城管局", KNOWN) == CITY
    assert lookup.match_handler("二中队", KNOWN) == CITY_TWO
    assert lookup.match_handler("W4", KNOWN) == NAMESAKES[1]


@pytest.mark.parametrize("word", ["李小明", "城管", "", "环卫"])
def test_what_fits_several_or_none_is_refused_with_what_comes_near(word: str) -> None:
    with pytest.raises(UnknownHandler) as refusal:
        lookup.match_handler(word, KNOWN)
    assert refusal.value.params["word"] == word
    assert refusal.value.params["near"] == {"李小明": ["李小明", "李小明"], "城管": ["城管局", "城管局二中队"]}.get(word, [])


@pytest.mark.parametrize(
    "word", ["330106001001002", "东风社区第2网格", " 东风社区第2网格\u200b", "３３０１０６００１００１００２"]
)
def test_a_grid_is_found_by_code_or_name(office: StaffedOffice, word: str) -> None:
    assert lookup.find_grid(office.opened, word).code == "330106001001002"


def test_grids_of_one_name_in_two_subdistricts_are_distinguished(office: StaffedOffice, tmp_path: Path) -> None:
    for kind, lines in (
        ("areas", "区划代码,名称,级别\n330106102202,东风社区,社区\n"),
        ("grids", "网格编码,网格名称\n330106102202001,东风社区第1网格\n"),
    ):
        file = tmp_path / f"{kind}.csv"
        file.write_text(lines, encoding="utf-8")
        assert not run(office.opened, office.actors[Role.CLERK], kind, file).issues
    with pytest.raises(UnknownWord) as refusal:
        lookup.find_grid(office.opened, "东风社区第1网格")
    assert refusal.value.params["choices"] == [
        "330106001001001(幸福街道东风社区第1网格)",
        "330106102202001(临江镇东风社区第1网格)",
    ]
    assert lookup.find_grid(office.opened, "临江镇东风社区第1网格").code == "330106102202001"
    assert lookup.find_grid(office.opened, "幸福街道东风社区第2网格").code == "330106001001002"
    assert lookup.find_grid(office.opened, "330106001001001").name == "东风社区第1网格"


def test_a_grid_nobody_knows_is_refused_with_the_nearest_names(office: StaffedOffice) -> None:
    with pytest.raises(UnknownGrid) as refusal:
        lookup.find_grid(office.opened, "东风社区第9网格")
    assert refusal.value.params["near"][0] in ("东风社区第1网格", "东风社区第2网格")
    with pytest.raises(UnknownGrid):
        lookup.find_grid(office.opened, "[/]")


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("上水井盖", "上水井盖"),
        ("部件01-01", "上水井盖"),
        ("部件0101", "上水井盖"),
        ("component-01-02", "路灯"),
        ("事件02-04", "非法小广告"),
        ("事件０２－０４", "非法小广告"),
        ("event_03-01", "夜间施工"),
        ("02-04", "非法小广告"),
    ],
)
def test_a_category_is_found_by_name_or_code(office: StaffedOffice, word: str, name: str) -> None:
    assert lookup.find_category(office.opened, word).minor_name == name


def test_a_code_that_is_both_a_components_and_an_events_is_asked_again(office: StaffedOffice) -> None:
    with pytest.raises(UnknownCategory) as refusal:
        lookup.find_category(office.opened, "01-01")
    assert sorted(refusal.value.params["near"]) == ["上水井盖(component-01-01)", "暴露垃圾(event-01-01)"]


@pytest.mark.parametrize("word", ["井盖", "99-99", "", "[/]", "部件"])
def test_a_category_nobody_knows_is_refused(office: StaffedOffice, word: str) -> None:
    with pytest.raises(UnknownCategory):
        lookup.find_category(office.opened, word)


def test_near_names_contain_the_word_or_look_like_it() -> None:
    names = ["东风社区", "东方社区", "新民社区", "东风社区"]
    assert lookup.near("东风", names) == ["东风社区"]
    assert lookup.near("东凤社区", names)[0] in ("东风社区", "东方社区")
    assert lookup.near("", names) == []
    assert lookup.near("社区", names, most=2) == ["东风社区", "东方社区"]


def test_a_query_matches_when_every_word_is_somewhere() -> None:
    assert lookup.matches("df 330106", "东风社区", "dfsq", "330106001001")
    assert lookup.matches("ＤＦ", "东风社区", "dfsq")
    assert lookup.matches("", "东风社区")
    assert not lookup.matches("东风 新民", "东风社区", "dfsq")
    assert not lookup.matches("[/]", "东风社区")
