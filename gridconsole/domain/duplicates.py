"""Likeness of two reports: clues with points, so that an operator sees the reasons.

Pure and symmetric: both reports give the same result for each other. The caller passes the function that compares two texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridconsole.domain.text import fold_width

Likeness = Callable[[str, str], float]
"""Function that rates how alike two texts are, 0 to 100; the order of the two texts does not matter."""


class PlaceTie(StrEnum):
    """Distance of two places, as far as the registers know it."""

    SAME_GRID = "same_grid"
    SAME_AREA = "same_area"
    """Grids of one community: treated as neighbours, because nothing more precise is known."""
    WIDER = "wider"
    """One report has only the subdistrict, and it is the one that contains the other's community."""
    UNKNOWN = "unknown"
    ELSEWHERE = "elsewhere"


class CategoryTie(StrEnum):
    """Distance of two categories."""

    SAME = "same"
    SAME_MAJOR = "same_major"
    UNKNOWN = "unknown"
    OTHER = "other"


class Sign(StrEnum):
    """Kinds of evidence that two reports concern the same matter."""

    PLACE = "place"
    CATEGORY = "category"
    TIME = "time"
    PHONE = "phone"
    BUILDING = "building"
    TEXT = "text"


WEIGHTS: Mapping[Sign, int] = {
    Sign.PLACE: 15, Sign.CATEGORY: 15, Sign.TIME: 10, Sign.PHONE: 15, Sign.BUILDING: 15, Sign.TEXT: 30,
}  # fmt: skip
"""Most points for each sign; 100 together."""
_PLACE_POINTS = {PlaceTie.SAME_GRID: 15, PlaceTie.SAME_AREA: 10, PlaceTie.WIDER: 9, PlaceTie.UNKNOWN: 8, PlaceTie.ELSEWHERE: 0}
_CATEGORY_POINTS = {CategoryTie.SAME: 15, CategoryTie.SAME_MAJOR: 8, CategoryTie.UNKNOWN: 6, CategoryTie.OTHER: 0}
NUMBER_ALONE = 6
"""Points for a common house number if the streets differ or are not given."""
THRESHOLD = 50
"""Points from which a pair is worth checking. Reached by the same grid and category, a few hours apart, with a third of the words;
or, if neither is known, by nearly the same words."""
TEXT_LENGTH = 600
"""Characters of a report that are compared: a report says at its beginning what it is about."""


@dataclass(frozen=True, slots=True)
class ComparedCase:
    """A report with only the fields that are compared."""

    number: str
    reported_at: datetime
    text: str
    """Shortened and stripped as :func:`bare` does it."""
    phone: str = ""
    """Digits of a personal number; empty if there is none."""
    buildings: frozenset[str] = frozenset()
    """House numbers in a uniform spelling."""
    houses: frozenset[str] = frozenset()
    """House numbers with the last two characters of the street or estate before them; only those that have such a name."""
    grid_id: int | None = None
    area_id: int | None = None
    parent_area_id: int | None = None
    category_id: int | None = None
    major: str = ""
    """Kind and code of the major category (大类)."""


@dataclass(frozen=True, slots=True)
class Clue:
    """Evidence of one kind for two reports."""

    sign: Sign
    points: int
    """Points given, at most those of :data:`WEIGHTS` for this sign."""
    value: PlaceTie | CategoryTie | str | int | bool
    """Finding: tie of place or category; whole hours apart; whether the phones are equal; the common house numbers,
    joined by a blank; or likeness of the texts, 0 to 100."""


@dataclass(frozen=True, slots=True)
class Likely:
    """A pair with its points and the clues that brought them, in the order of :class:`Sign`."""

    number: str
    score: int
    clues: tuple[Clue, ...]


def matter(
    number: str, reported_at: datetime, text: str, address: str = "", phone: str = "", *, grid_id: int | None = None,
    area_id: int | None = None, parent_area_id: int | None = None, category_id: int | None = None, major: str = "",
) -> ComparedCase:  # fmt: skip
    """Prepare a report for comparing; ``text`` and ``address`` are passed as stored."""
    # Folded once for both uses: in a search of a thousand reports folding takes longest.
    folded = fold_width((text if address in text else f"{address} {text}")[: 2 * TEXT_LENGTH]).lower()
    return ComparedCase(
        number, reported_at, _NO_WORD.sub("", folded)[:TEXT_LENGTH], personal_number(phone), *_buildings(folded), grid_id, area_id,
        parent_area_id, category_id, major,
    )  # fmt: skip


_NO_WORD = re.compile(r"[\W_]+")


def bare(text: str) -> str:
    """Strip what differs from typist to typist (widths, case, blanks, punctuation) and cut to :data:`TEXT_LENGTH`."""
    return _NO_WORD.sub("", fold_width(text[: 2 * TEXT_LENGTH])).lower()[:TEXT_LENGTH]


def personal_number(phone: str) -> str:
    """Return the digits of a personal phone number; empty for a short service number or a masked one."""
    if "*" in phone:
        return ""
    digits = re.sub(r"\D", "", fold_width(phone))
    digits = digits.removeprefix("0086").removeprefix("86") if len(digits) > 11 else digits
    return digits if len(digits) >= 7 else ""


_NAME = r"[^\W\d_a-z一二三四五六七八九十]{2}"
_BUILDING = re.compile(
    rf"(?:({_NAME})[\W_]{{0,2}})?(?<![0-9a-z月百千])([0-9]{{1,4}}|[a-z]|[一二三四五六七八九十]{{1,3}})(?:-[0-9]{{1,4}})?"
    r"(号楼|号院|栋|幢|座|单元|弄|号(?![线码令]))"
)
_SAME_HOUSE = {"幢": "栋", "号楼": "栋"}
_HAN = {digit: value for value, digit in enumerate("一二三四五六七八九", 1)}


def building_numbers(text: str) -> frozenset[str]:
    """Return the house numbers of an address in a uniform spelling: ``幸福路[b栋]三号楼`` → ``b栋``, ``3栋``. Dates are not matched."""
    return _buildings(fold_width(text).lower())[0]


def _buildings(folded: str) -> tuple[frozenset[str], frozenset[str]]:
    """Return the house numbers, and those of them with the street or estate name before them."""
    found = _BUILDING.findall(folded)
    if not found:
        return frozenset(), frozenset()
    spelt = [(name, _arabic(number) + _SAME_HOUSE.get(kind, kind)) for name, number, kind in found]
    return frozenset([house for _, house in spelt]), frozenset([name + house for name, house in spelt if name])


def _arabic(number: str) -> str:
    if number[0] not in "一二三四五六七八九十":
        return number.lstrip("0") or "0"
    tens, ten, ones = number.rpartition("十")
    return str((_HAN.get(tens, 1) * 10 if ten else 0) + _HAN.get(ones[-1:], 0))


def place_tie(one: ComparedCase, other: ComparedCase) -> PlaceTie:
    """Return how near two reports are to each other."""
    if one.area_id is None or other.area_id is None:
        return PlaceTie.UNKNOWN
    if one.grid_id is not None and one.grid_id == other.grid_id:
        return PlaceTie.SAME_GRID
    if one.area_id == other.area_id:
        return PlaceTie.SAME_AREA
    around = one.area_id == other.parent_area_id or other.area_id == one.parent_area_id
    return PlaceTie.WIDER if around else PlaceTie.ELSEWHERE


def category_tie(one: ComparedCase, other: ComparedCase) -> CategoryTie:
    """Return how near two categories are to each other."""
    if one.category_id is None or other.category_id is None:
        return CategoryTie.UNKNOWN
    if one.category_id == other.category_id:
        return CategoryTie.SAME
    return CategoryTie.SAME_MAJOR if one.major and one.major == other.major else CategoryTie.OTHER


def _house_points(one: ComparedCase, other: ComparedCase, place: PlaceTie) -> int:
    """Return the points for a common house number: all only if the street matches too, as every street has a number three."""
    if place is PlaceTie.ELSEWHERE or one.buildings.isdisjoint(other.buildings):
        return 0
    return NUMBER_ALONE if one.houses.isdisjoint(other.houses) else WEIGHTS[Sign.BUILDING]


def compared(one: ComparedCase, other: ComparedCase, window: timedelta, likeness: Likeness) -> Likely:
    """Return the evidence that two reports concern the same matter; ``number`` is that of ``other``.

    Args:
        window: distance in time from which there are no points for time.
    """
    place, category = place_tie(one, other), category_tie(one, other)
    apart = abs(one.reported_at - other.reported_at)
    near = max(0.0, 1 - apart / window)
    caller = bool(one.phone) and one.phone == other.phone
    house = _house_points(one, other, place)
    alike = round(likeness(one.text, other.text)) if one.text and other.text else 0
    clues = (
        Clue(Sign.PLACE, _PLACE_POINTS[place], place),
        Clue(Sign.CATEGORY, _CATEGORY_POINTS[category], category),
        Clue(Sign.TIME, round(WEIGHTS[Sign.TIME] * near), int(apart / timedelta(hours=1))),
        Clue(Sign.PHONE, WEIGHTS[Sign.PHONE] if caller else 0, caller),
        Clue(Sign.BUILDING, house, " ".join(sorted(one.buildings & other.buildings)) if house else ""),
        Clue(Sign.TEXT, WEIGHTS[Sign.TEXT] * alike // 100, alike),
    )
    return Likely(other.number, sum(clue.points for clue in clues), clues)


def _may_reach(threshold: int, one: ComparedCase, other: ComparedCase, window: timedelta, likeness: Likeness) -> bool:
    """Return whether a pair can reach the threshold, rounded up a little.

    This spares computing the clues of nearly all of a thousand reports. Texts are compared only if their points can decide.
    """
    place = place_tie(one, other)
    points: float = _PLACE_POINTS[place] + _CATEGORY_POINTS[category_tie(one, other)] + 1
    points += WEIGHTS[Sign.PHONE] if one.phone and one.phone == other.phone else 0
    points += _house_points(one, other, place)
    points += WEIGHTS[Sign.TIME] * max(0.0, 1 - abs(one.reported_at - other.reported_at) / window)
    most = WEIGHTS[Sign.TEXT]
    return points + most >= threshold and points + most * likeness(one.text, other.text) / 100 >= threshold


def likely(
    one: ComparedCase, others: Iterable[ComparedCase], window: timedelta, likeness: Likeness, threshold: int = THRESHOLD
) -> tuple[Likely, ...]:
    """Return the reports that may concern the same matter, most likely first."""
    found = [
        compared(one, other, window, likeness)
        for other in others
        if other.number != one.number and _may_reach(threshold, one, other, window, likeness)
    ]
    return tuple(sorted((pair for pair in found if pair.score >= threshold), key=lambda pair: (-pair.score, pair.number)))
