"""Names of places in cells: divisions and grids, as offices write them. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

from gridconsole.domain.codes import Level
from gridconsole.domain.division import LEVELS_TOP_DOWN, parse_division
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.services.lookup import near
from gridconsole.store.places import GridChoice


class NamedPlace(Protocol):
    """The part of a division that references use; :class:`gridconsole.store.places.AreaRow` has it."""

    @property
    def id(self) -> int: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def level(self) -> Level: ...
    @property
    def parent_id(self) -> int | None: ...


P = TypeVar("P", bound=NamedPlace)
_SUFFIXES: tuple[tuple[str, Level], ...] = (
    ("社区居民委员会", Level.COMMUNITY), ("村民委员会", Level.COMMUNITY), ("居民委员会", Level.COMMUNITY), ("社区居委会", Level.COMMUNITY),
    ("社区村委会", Level.COMMUNITY), ("居委会", Level.COMMUNITY), ("村委会", Level.COMMUNITY), ("社区", Level.COMMUNITY),
    ("村", Level.COMMUNITY), ("街道办事处", Level.SUBDISTRICT), ("镇人民政府", Level.SUBDISTRICT), ("乡人民政府", Level.SUBDISTRICT),
    ("街道办", Level.SUBDISTRICT), ("街道", Level.SUBDISTRICT), ("镇政府", Level.SUBDISTRICT), ("乡政府", Level.SUBDISTRICT),
    ("镇", Level.SUBDISTRICT), ("乡", Level.SUBDISTRICT),
)  # fmt: skip
"""Endings of names with the level they imply, the longest first."""
_BLANKS = re.compile(r"\s+")


def stem_of(name: str) -> tuple[str, Level | None]:
    """Split a division's name into stem and the level its ending implies: ``东风社区`` → ``东风``, community."""
    for suffix, level in _SUFFIXES:
        if name.endswith(suffix) and len(name) - len(suffix) >= 2:
            return name.removesuffix(suffix), level
    return name, None


def _word(word: str) -> str:
    return _BLANKS.sub("", fold_width(clean_line(word)))


class AreaNames:
    """Divisions by code, name, or name without its ending."""

    def __init__(self, areas: Iterable[NamedPlace]) -> None:
        self._areas: dict[int, NamedPlace] = {}
        self._by_code: dict[str, NamedPlace] = {}
        self._by_name: dict[str, list[NamedPlace]] = {}
        self._by_stem: dict[str, list[NamedPlace]] = {}
        # Comparing a word with every name takes milliseconds, and a wrong word comes in hundreds of rows.
        self._near = lru_cache(1_000)(lambda word, most: near(word, self._by_name, most))
        self._known = lru_cache(10_000)(self._candidates)
        for area in areas:
            self._areas[area.id] = area
            self._by_code[area.code] = area
            name = _word(area.name)
            self._by_name.setdefault(name, []).append(area)
            self._by_stem.setdefault(stem_of(name)[0], []).append(area)

    def by_code(self, code: str) -> NamedPlace | None:
        """Return a division by its code, padded with zeros or not."""
        # Try the code unchanged first: a community's own code may end in zeros.
        division = parse_division(code)
        return self._by_code.get(code) or (None if division is None else self._by_code.get(division.code))

    def find(self, word: str, *, upper: str = "", level: Level | None = None) -> NamedPlace | None:
        """Return the only division a word can mean; None if there is none, or more than one.

        Args:
            word: code, name, or name with another ending (``东风``, ``东风村`` for ``东风社区``).
            upper: the division above, as the same row names it; distinguishes equal names, and excludes divisions elsewhere.
            level: look among divisions of this level only.
        """
        found = self.candidates(word, upper=upper, level=level)
        return found[0] if len(found) == 1 else None

    def several(self, word: str, *, upper: str = "", level: Level | None = None) -> list[str]:
        """Return the divisions above those that a word may mean, as names, if it may mean more than one; or else an empty list."""
        found = self.candidates(word, upper=upper, level=level)
        names = dict.fromkeys(self.name_of(area.parent_id) or area.code for area in found if area.parent_id is not None)
        return list(names) if len(found) > 1 else []

    def candidates(self, word: str, *, upper: str = "", level: Level | None = None) -> Sequence[NamedPlace]:
        """Return every division a word may mean."""
        return self._known(word, upper, level)

    def _candidates(self, word: str, upper: str, level: Level | None) -> Sequence[NamedPlace]:
        wanted = _word(word)
        if not wanted:
            return []
        coded = self.by_code(wanted)
        if coded is not None:
            return [coded] if level in (None, coded.level) else []
        above = {area.id for area in self.candidates(upper)} if upper else set()
        for found in (self._by_name.get(wanted, []), self._alike(wanted)):
            kept = [area for area in found if level in (None, area.level) and self._may_lie_in(area, above)]
            if kept:
                return kept
        return []

    def _alike(self, wanted: str) -> list[NamedPlace]:
        stem, level = stem_of(wanted)
        return [area for area in self._by_stem.get(stem, []) if level in (None, area.level)]

    def _may_lie_in(self, area: NamedPlace, above: set[int]) -> bool:
        """Return whether a division lies in one of those above, as far as its own parents are known."""
        if not above or area.id in above:
            return True
        top = min(LEVELS_TOP_DOWN.index(self._areas[key].level) for key in above)
        at: NamedPlace | None = area
        while at is not None and LEVELS_TOP_DOWN.index(at.level) > top:
            if at.parent_id is None or at.parent_id in above:
                return True
            at = self._areas.get(at.parent_id)
        return at is None

    def contradicts(self, area: int, word: str) -> bool:
        """Return whether a division lies outside every division a word may mean; False if the word means none."""
        above = {found.id for found in self.candidates(word)}
        return bool(above) and area in self._areas and not self._may_lie_in(self._areas[area], above)

    def name_of(self, area: int) -> str:
        """Return the name of a division."""
        return self._areas[area].name if area in self._areas else ""

    def named_in(self, text: str, level: Level) -> str:
        """Return the name of the only division of a level that a text such as a sheet's title names; empty if there is none."""
        words = _word(text)
        found = {name for name, areas in self._by_name.items() if name in words and any(area.level is level for area in areas)}
        # 新东风社区 contains 东风社区: the longer name is meant.
        found = {name for name in found if not any(name != other and name in other for other in found)}
        return found.pop() if len(found) == 1 else ""

    def near(self, word: str, most: int = 3) -> list[str]:
        """Return names that resemble a word."""
        return list(self._near(_word(word), most))


_NUMBER = r"(\d{1,3}|[一二三四五六七八九十]{1,3})"
_ORDINAL = re.compile(rf"(.*?)(?:第{_NUMBER}号?(?:网格)?|{_NUMBER}号?网格|网格第?{_NUMBER}号?)")
_BARE = re.compile(rf"第?{_NUMBER}号?")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")}


def ordinal_of(word: str) -> tuple[str, int] | None:
    """Split a grid's name before its number: ``东风社区第三网格`` → ``东风社区``, 3; None if it has none."""
    folded = _word(word)
    found = _ORDINAL.fullmatch(folded)
    if found is not None:
        number = number_of(found[2] or found[3] or found[4])
        return None if number is None else (found[1], number)
    bare = _BARE.fullmatch(folded)
    number = None if bare is None else number_of(bare[1])
    return None if number is None else ("", number)


def number_of(word: str) -> int | None:
    """Return the number of ``3``, ``003``, ``三``, ``十二`` or ``二十``; None if it is no number from 1 to 999."""
    if word.isdecimal():
        return int(word) or None
    tens, mark, ones = word.partition("十")
    if not mark:
        return _DIGITS[word] if len(word) == 1 else None
    if len(tens) > 1 or len(ones) > 1 or "十" in ones:
        return None
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


class GridNames:
    """Grids by code, name, or their number in a community."""

    def __init__(self, choices: Iterable[GridChoice], areas: AreaNames) -> None:
        self._areas = areas
        self._by_code: dict[str, GridChoice] = {}
        self._by_name: dict[str, list[GridChoice]] = {}
        self._by_number: dict[tuple[int, int], list[GridChoice]] = {}
        for choice in choices:
            self._by_code[choice.code] = choice
            self._by_name.setdefault(_word(choice.name), []).append(choice)
            # The number is the one in the name: serials of codes go west to east, not as people count.
            if (ordinal := ordinal_of(choice.name)) is not None:
                self._by_number.setdefault((choice.area_id, ordinal[1]), []).append(choice)
        self._near = lru_cache(1_000)(lambda word, most: near(word, self._by_name, most))
        self._answers: dict[tuple[str, str, str], GridChoice | None] = {}

    def find(self, word: str, *, community: str = "", subdistrict: str = "") -> GridChoice | None:
        """Return the only grid a word can mean; None if there is none, or more than one.

        Args:
            word: code, name, ``东风社区第3网格``, or with a community ``第三网格``, ``3号网格``, ``3``.
            community: the community, as the same row names it; distinguishes equal names, and excludes grids elsewhere.
            subdistrict: likewise, the division above the community.
        """
        key = word, community, subdistrict
        if key not in self._answers:
            self._answers[key] = self._find(_word(word), community, subdistrict)
        return self._answers[key]

    def in_community(self, community: str, subdistrict: str = "") -> list[GridChoice]:
        """Return all grids of the only community a word can mean."""
        areas = {area.id for area in self._areas.candidates(community, upper=subdistrict)} if community else set()
        return [grid for grid in self._by_code.values() if grid.area_id in areas] if len(areas) == 1 else []

    def place_of(self, grid: GridChoice) -> str:
        """Return the name of a grid's community."""
        return self._areas.name_of(grid.area_id)

    def _find(self, wanted: str, community: str, subdistrict: str) -> GridChoice | None:
        if not wanted:
            return None
        coded = self._by_code.get(wanted.upper())
        if coded is not None:
            return coded
        within = {area.id for area in self._areas.candidates(community, upper=subdistrict)} if community else set()
        found = self._by_name.get(wanted, [])
        if within:
            found = [choice for choice in found if choice.area_id in within]
        elif subdistrict:
            found = [choice for choice in found if not self._areas.contradicts(choice.area_id, subdistrict)]
        if not found and (ordinal := ordinal_of(wanted)) is not None:
            found = self._numbered(*ordinal, within, subdistrict)
        return found[0] if len(found) == 1 else None

    def _numbered(self, before: str, number: int, within: set[int], subdistrict: str) -> list[GridChoice]:
        places = within
        if before:
            named = {area.id for area in self._areas.candidates(before, upper=subdistrict, level=Level.COMMUNITY)}
            places = named & within if within else named
        return [choice for area in sorted(places) for choice in self._by_number.get((area, number), [])]

    def near(self, word: str, most: int = 3, *, community: str = "", subdistrict: str = "") -> list[str]:
        """Return names that resemble a word and are another; with a community that is known, only those of its grids."""
        areas = {area.id for area in self._areas.candidates(community, upper=subdistrict)} if community else set()
        wanted = _word(word)
        named = (name for name in self._near(wanted, most) if name != wanted)
        return [name for name in named if not areas or any(choice.area_id in areas for choice in self._by_name[name])]
