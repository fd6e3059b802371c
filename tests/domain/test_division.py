"""What a division code says of level and parent, and which texts are grid codes."""

from __future__ import annotations

import pytest

from gridconsole.domain.codes import Level
from gridconsole.domain.division import (
    ancestors,
    is_grid_code,
    is_platform_code,
    level_of_name,
    parent_code,
    parse_component,
    parse_division,
)


@pytest.mark.parametrize(
    ("code", "bare", "level", "parent"),
    [
        ("3301", "3301", Level.CITY, None),
        ("330100", "3301", Level.CITY, None),
        ("330100000000", "3301", Level.CITY, None),
        ("330106", "330106", Level.DISTRICT, "3301"),
        ("330106000000", "330106", Level.DISTRICT, "3301"),
        ("330106001", "330106001", Level.SUBDISTRICT, "330106"),
        ("330106001000", "330106001", Level.SUBDISTRICT, "330106"),
        ("330106102", "330106102", Level.SUBDISTRICT, "330106"),
        ("330106001001", "330106001001", Level.COMMUNITY, "330106001"),
        ("330106102201", "330106102201", Level.COMMUNITY, "330106102"),
        ("330110010010", "330110010010", Level.COMMUNITY, "330110010"),
    ],
)
def test_a_division_code_says_its_level_and_parent(code: str, bare: str, level: Level, parent: str | None) -> None:
    found = parse_division(code)
    assert found is not None
    assert (found.code, found.level, found.parent) == (bare, level, parent)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "33",
        "33010",
        "3301060",
        "33010600100",
        "330106001001001",
        "3301a6",
        "33 0106",
        "幸福街道",
        "-30106",
        "330106\n",
        "３３０１０６",
        "٣٣٠١٠٦",
    ],
)
def test_anything_else_is_no_division_code(code: str) -> None:
    assert parse_division(code) is None


def test_a_grid_has_every_level_above_it() -> None:
    assert ancestors("330106001001003") == ("330106001001003", "330106001001", "330106001", "330106", "3301")
    assert parent_code("3301") is None


@pytest.mark.parametrize(
    "code",
    ["330106001001001", "330106001001001A", "330106001001A01", "330106001001A001", "33010600100100102", "330106001001001-02"],
)
def test_the_forms_of_grid_codes_in_use_are_known(code: str) -> None:
    assert is_grid_code(code)


@pytest.mark.parametrize(
    "code",
    [
        "",
        "330106001001",
        "33010600100101",
        "330106001001001a",
        "330106001001001-2",
        "第3网格",
        "3301060010010010201",
        "330106001001001\n",
    ],
)
def test_anything_else_is_no_grid_code(code: str) -> None:
    assert not is_grid_code(code)


@pytest.mark.parametrize("code", ["330106052501", "33010610D301", "33010610C000XN01"])
def test_a_platforms_own_code_has_twelve_or_sixteen_characters(code: str) -> None:
    assert is_platform_code(code)
    assert not is_grid_code(code)


@pytest.mark.parametrize(
    "code", ["", "33010610D30", "33010610c000XN01", "3301A610C000XN01", "33010610C000XN0", "330106001001001"]
)
def test_anything_else_is_no_platforms_code(code: str) -> None:
    assert not is_platform_code(code)


@pytest.mark.parametrize(
    ("code", "minor"), [("3301060102000017", "02"), ("33010601002000017", "002")], ids=["two digits", "three digits"]
)
def test_a_components_number_says_its_class_by_its_length(code: str, minor: str) -> None:
    found = parse_component(code)
    assert found is not None
    assert (found.division, found.major, found.minor, found.serial) == ("330106", "01", minor, "000017")


@pytest.mark.parametrize(
    "code", ["", "330106010200001", "330106010020000017", "33010601O2000017", "0301060102000017", "3301060102000017\n"]
)
def test_anything_else_is_no_components_number(code: str) -> None:
    assert parse_component(code) is None


def test_the_offices_words_for_levels() -> None:
    assert level_of_name("街道") is level_of_name("镇") is level_of_name("街道(镇)") is Level.SUBDISTRICT
    assert level_of_name("社区") is level_of_name("村") is Level.COMMUNITY
    assert level_of_name("县级市") is Level.DISTRICT
    assert level_of_name("网格") is Level.GRID
    assert level_of_name("[/]") is None
