"""Lists and ranges of grids in one cell: ``东风社区1、3、5网格``, ``第1-5网格``, ``东风社区全部网格``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gridconsole.domain.text import fold_width
from gridconsole.importing.references import number_of

if TYPE_CHECKING:
    from gridconsole.importing.references import GridNames
    from gridconsole.store.places import GridChoice

_NUMBER = r"[0-9]{1,3}|[一二三四五六七八九十]{1,3}"
_GRID = "号?(?:单元|基础)?(?:网格)?"
_BLANKS_WITHIN = re.compile(
    rf"(?<=第)\s+|(?<=[0-9一二三四五六七八九十])\s+(?=号?\s*网格)|(?<=[社区村居会])\s+(?=第?\s*(?:{_NUMBER})\s*号?\s*网格)"
)
"""Blanks inside the name of a grid: 东风社区 第 1 网格."""
_BETWEEN = re.compile(r"[、,，;；/\n\s]+")
_AND = re.compile("(?<=[0-9一二三四五六七八九十格])(?:和|与|及|以及)(?=第?[0-9一二三四五六七八九十])")
_BRACKETS = re.compile(r"[(（]([^()（）]*)[)）]")
_PLAIN_LIST = re.compile(rf"第?(?:{_NUMBER}){_GRID}(?:[、,，;；\s和至到~—-]+第?(?:{_NUMBER}){_GRID})*")
_ONE = re.compile(rf"(?P<place>.*?)(?:第?(?P<number>{_NUMBER}){_GRID}|网格第?(?P<after>{_NUMBER})号?)")
_RANGE = re.compile(rf"(?P<place>.*?)第?(?P<first>{_NUMBER}){_GRID}(?:至|到|~|—+|-+)第?(?P<last>{_NUMBER}){_GRID}")
_ALL = re.compile(r"(?P<place>.*?)(?:的)?(?:全部|所有|全体|各|全)(?:网格)?")
LONGEST_RANGE = 60
"""Most grids of a range: a longer one is a mistake, or no range."""


_CODE = re.compile("[0-9]{12,}")
"""A code: its last digits are no number of a grid."""


@dataclass(frozen=True, slots=True)
class GridList:
    """Grids that a cell names, and the words that name none."""

    found: tuple[GridChoice, ...]
    unknown: tuple[str, ...]


def parts_of(cell: str) -> list[str]:
    """Split a cell at its separators; ``东风社区(1、2)`` gives ``东风社区1`` and ``2``."""
    text = _BLANKS_WITHIN.sub("", fold_width(cell))
    text = _BRACKETS.sub(lambda found: found[1] if _PLAIN_LIST.fullmatch(found[1]) else found[0], text)
    return [part for part in _BETWEEN.split(_AND.sub("、", text)) if part]


def read(cell: str, grids: GridNames, community: str = "", subdistrict: str = "") -> GridList:
    """Return the grids that a cell names; a part without a place means the place of the part before, or that of the row.

    Args:
        community: the community, as the same row names it.
        subdistrict: the division above it.
    """
    found: dict[int, GridChoice] = {}
    unknown: list[str] = []
    place = community
    for part in parts_of(cell):
        exact = grids.find(part, community=place, subdistrict=subdistrict)
        if exact is not None:
            found[exact.id] = exact
            place = grids.place_of(exact) or place
            continue
        if _CODE.fullmatch(part):
            unknown.append(part)
            continue
        named, words = _spelled(part, place, grids, subdistrict)
        place = named or place
        for word in words:
            grid = grids.find(word, community=place, subdistrict=subdistrict)
            if grid is None:
                unknown.append(_full(place, word))
            else:
                found[grid.id] = grid
    return GridList(tuple(found.values()), tuple(unknown))


def _spelled(part: str, place: str, grids: GridNames, subdistrict: str) -> tuple[str, Sequence[str]]:
    """Return the place that a part names, and its grids one by one; the part itself if it is no range, number or all of a place."""
    whole = _ALL.fullmatch(part)
    if whole is not None and (of_place := grids.in_community(whole["place"] or place, subdistrict)):
        return whole["place"], [grid.code for grid in of_place]
    span = _RANGE.fullmatch(part)
    if span is not None:
        numbers = _between(number_of(span["first"]), number_of(span["last"]))
        return (span["place"], [f"第{number}网格" for number in numbers]) if numbers else ("", [part])
    one = _ONE.fullmatch(part)
    if one is not None and (number := number_of(one["number"] or one["after"])) is not None:
        return one["place"], [f"第{number}网格"]
    return "", [part]


def _between(first: int | None, last: int | None) -> Iterable[int]:
    """Return the numbers of a range; none if it runs backwards or is too long."""
    if first is None or last is None or not first < last < first + LONGEST_RANGE:
        return ()
    return range(first, last + 1)


def _full(place: str, word: str) -> str:
    return word if place in word or not place else f"{place}{word}"
