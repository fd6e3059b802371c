"""Administrative divisions and grids: five levels, and how a code shows its level and parent.

Codes follow GB/T 2260 (6 digits: district) and the statistical division codes (9: subdistrict or town, 12: community or
village); a unit grid has 15 digits = community + 3-digit serial (GB/T 30428.1). Cities vary: a type letter after the
serial or in place of its first digit, two more digits for a sub-grid, zero-padded division codes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from gridconsole.domain.codes import Level

_LENGTHS = {4: Level.CITY, 6: Level.DISTRICT, 9: Level.SUBDISTRICT, 12: Level.COMMUNITY}
_DIVISION = re.compile(r"\d{4}|\d{6}|\d{9}|\d{12}", re.ASCII)
_GRID = re.compile(r"\d{12}(?:\d{3}[A-Z]?|[A-Z]\d{3}|[A-Z]\d{2}|\d{3}-?\d{2})", re.ASCII)
_PLATFORM = re.compile(r"\d{6}(?:[0-9A-Z]{6}|[0-9A-Z]{10})", re.ASCII)
_COMPONENT = re.compile(r"([1-9]\d{5})(\d{2})(\d{2,3})(\d{6})", re.ASCII)
WITHOUT_DISTRICTS = frozenset({"4419", "4420", "4604"})
"""Cities whose towns are directly below them (东莞, 中山, 儋州): 441900 stands in the place of a district."""
LEVELS_TOP_DOWN = (Level.CITY, Level.DISTRICT, Level.SUBDISTRICT, Level.COMMUNITY, Level.GRID)


@dataclass(frozen=True, slots=True)
class DivisionCode:
    """A parsed division code."""

    code: str
    """Without padding: 4, 6, 9 or 12 digits."""
    level: Level
    parent: str | None
    """Code one level up; None for a city."""


def parse_division(code: str) -> DivisionCode | None:
    """Parse a division code into level and parent; None if it is not a division code.

    A 12-digit code that ends in zeros is the padded form of a higher level (``330106010000`` is a subdistrict).
    """
    shortest = 6 if code[:4] in WITHOUT_DISTRICTS else 4
    if len(code) == 12 and code.isdigit():
        for length in (4, 6, 9):
            if length >= shortest and set(code[length:]) == {"0"}:
                code = code[:length]
                break
    elif len(code) == 6 and code.endswith("00") and shortest == 4:
        code = code[:4]
    if not _DIVISION.fullmatch(code):
        return None
    return DivisionCode(code, _LENGTHS[len(code)], parent_code(code))


def is_province(code: str) -> bool:
    """Return whether a code is that of a province, padded or not: ``44``, ``440000``, ``440000000000``."""
    return len(code) in (2, 6, 12) and code.isdigit() and set(code[2:]) <= {"0"}


def parent_code(code: str) -> str | None:
    """Return the code one level up: 15 → 12 → 9 → 6 → 4 → None."""
    for length in (12, 9, 6, 4):
        if len(code) > length:
            return code[:length]
    return None


def is_below(code: str, upper: str) -> bool:
    """Return whether a division's code lies below another one's."""
    return len(code) > len(upper) and code.startswith(upper)


def ancestors(code: str) -> tuple[str, ...]:
    """Return the code itself and every code above it, nearest first."""
    chain = [code]
    while (upper := parent_code(chain[-1])) is not None:
        chain.append(upper)
    return tuple(chain)


def is_grid_code(code: str) -> bool:
    """Return whether a text is a grid code in one of the forms in use."""
    return _GRID.fullmatch(code) is not None


def is_platform_code(code: str) -> bool:
    """Return whether a text is the code a grid platform gives of its own: district, then 6 or 10 more letters and digits."""
    return _PLATFORM.fullmatch(code) is not None


@dataclass(frozen=True, slots=True)
class ComponentCode:
    """A component's number (部件标识码), parsed."""

    code: str
    division: str
    """Six digits of the district."""
    major: str
    minor: str
    """Two digits until GB/T 30428.2-2013, three since GB/T 47678.5-2026."""
    serial: str


def parse_component(code: str) -> ComponentCode | None:
    """Parse a component's number into district, class and serial; None if it is not such a number.

    6 digits of division + 2 of the major class + the minor class + 6 of the serial: 16 digits with a minor class of two
    (GB/T 30428.2-2013, CJ/T 214), 17 with one of three (GB/T 47678.5-2026, rules for component records).
    """
    found = _COMPONENT.fullmatch(code)
    return None if found is None else ComponentCode(code, *found.groups())


def level_of_name(word: str) -> Level | None:
    """Return the level that a word such as ``街道`` or ``镇`` means (both are the same level); None if unknown."""
    return _LEVEL_WORDS.get(word)


_LEVEL_WORDS = {
    "市": Level.CITY,
    "地级市": Level.CITY,
    "市区": Level.CITY,
    "区": Level.DISTRICT,
    "县": Level.DISTRICT,
    "区县": Level.DISTRICT,
    "县级市": Level.DISTRICT,
    "街道": Level.SUBDISTRICT,
    "镇": Level.SUBDISTRICT,
    "乡": Level.SUBDISTRICT,
    "乡镇": Level.SUBDISTRICT,
    "街道(镇)": Level.SUBDISTRICT,
    "社区": Level.COMMUNITY,
    "村": Level.COMMUNITY,
    "居委会": Level.COMMUNITY,
    "村委会": Level.COMMUNITY,
    "社区(村)": Level.COMMUNITY,
    "网格": Level.GRID,
}


class AreaClass(StrEnum):
    """环境属性 of a place; a limit may depend on it. The office supplies the official definitions."""

    A = "A"
    B = "B"
    C = "C"
