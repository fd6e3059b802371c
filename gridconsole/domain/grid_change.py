"""拆分, 合并, 划转: where everything of a grid lands when it changes, decided before anything is written.

A grid that changes closes; others come from it with codes of their own. Its code keeps answering: the lineage in the roster's book
leads to the grids of today. Cases and facilities land by the words of their addresses, or else in the part that keeps the rest.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from gridconsole.domain import roster as rules
from gridconsole.domain.roster import BookTable, Line, Rank


class MovedKind(StrEnum):
    """Kinds of things that lie in a grid."""

    CASE = "case"
    COMPONENT = "component"
    TEAM = "team"


class BaseData(StrEnum):
    """Fates of a grid's base data."""

    TO_COUNT = "to_count"
    """A split says nothing of the numbers of its parts: they are to be counted."""
    SUMMED = "summed"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Part:
    """A grid that comes from others."""

    name: str
    words: tuple[str, ...] = ()
    """Words of addresses that lie in it: streets, estates, house numbers."""
    people: frozenset[int] | None = None
    """Those posted only where they are named; None: nobody is named."""


def part_of(address: str, parts: Sequence[Part]) -> int:
    """Return the position of the part in which an address lies: by the longest of its words, or else the part of the rest."""
    found = [(len(word), -place) for place, part in enumerate(parts) for word in part.words if word and word in address]
    return -max(found)[1] if found else rest_of(parts)


def rest_of(parts: Sequence[Part]) -> int:
    """Return the position of the part that keeps the rest: the first without words, or else the first."""
    return next((place for place, part in enumerate(parts) if not part.words), 0)


@dataclass(frozen=True, slots=True)
class Held:
    """A present or future post on a grid that changes."""

    number: int
    row: Mapping[str, Any]
    name: str
    """Of the person."""


@dataclass(frozen=True, slots=True)
class PostLanding:
    """Posts of a person after the change."""

    person: int
    name: str
    before: str
    """Rank before; people of several grids may lose the first one."""
    into: tuple[tuple[int, str], ...]
    """Position of the new grid, and the rank there; empty: the post ends."""


Span = tuple[date | None, date | None]
"""Days ``[starts_on, ends_on)``; None is open."""


def _meets(spans: Iterable[Span], other: Span) -> bool:
    return any(rules.overlaps(span, other) for span in spans)


def post_landings(held: Sequence[Held], parts: Sequence[Part], duties: Collection[str] = ()) -> tuple[PostLanding, ...]:
    """Return where the people of a grid, or of several, are posted afterwards.

    Everybody goes to every part, unless named for some. Where grids merge, the first of each rank keeps it; who was A besides
    becomes B if that is free, and otherwise the post ends.

    Args:
        duties: titles of the catalogue.
    """
    taken: list[defaultdict[tuple[str, str], list[Span]]] = [defaultdict(list) for _ in parts]
    there: list[defaultdict[int, list[Span]]] = [defaultdict(list) for _ in parts]
    named = {person for part in parts for person in part.people or ()}
    into: dict[int, list[tuple[int, str]]] = {one.number: [] for one in held}
    # Everybody's own rank first; only then who finds it taken. Posts that follow each other, as after a handover, do not meet.
    for one, rank in (*((one, one.row["rank"]) for one in held), *((one, Rank.B.value) for one in held)):
        person, span, key = one.row["person_id"], rules.span_of(one.row), (rank, rules.duty_name(one.row["duty"], duties))
        for place, part in enumerate(parts):
            is_elsewhere = person in named and person not in (part.people or ())
            if is_elsewhere or _meets(there[place][person], span) or _meets(taken[place][key], span):
                continue
            taken[place][key].append(span)
            there[place][person].append(span)
            into[one.number].append((place, rank))
    return tuple(PostLanding(one.row["person_id"], one.name, one.row["rank"], tuple(sorted(into[one.number]))) for one in held)


def post_lines(
    held: Sequence[Held], landings: Sequence[PostLanding], grids: Sequence[int], on: date, next_number: int
) -> list[Line]:  # fmt: skip
    """Return the lines by which posts on old grids end and those on new ones begin."""
    lines: list[Line] = []
    for one, landing in zip(held, landings, strict=True):
        begins = date.fromisoformat(one.row["starts_on"])
        lines.append(Line(BookTable.POST, one.number, rules.ended(one.row, on, GONE) if begins < on else None))
        for place, rank in landing.into:
            row = {**one.row, "grid_id": grids[place], "rank": rank, "starts_on": max(begins, on).isoformat()}
            lines.append(Line(BookTable.POST, next_number, row))
            next_number += 1
    return lines


GONE = "grid_changed"
"""Reason of the end of a post whose grid is no more."""
_NUMBERS = ("area_m2", "households", "population", "buildings", "shops", "key_places", "special_groups")
_DAYS = ("as_of", "places_as_of", "groups_as_of")


def base_of_split(old: Mapping[str, Any], part: Part, *, is_rest: bool) -> dict[str, Any]:
    """Return the base data of a part: its numbers are to be counted, its boundary are the words of its addresses."""
    kept = {name: old[name] for name in ("kind", "area_class", "workstation")}
    blank = dict.fromkeys((*_NUMBERS, *_DAYS))
    return {
        **kept,
        **blank,
        "boundary": "、".join(part.words),
        "party_group": old["party_group"] if is_rest else "",
        "geometry": "",
    }


def base_of_merge(old: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the base data of merged grids: sums of numbers that all have, of the oldest day; the boundaries side by side."""
    first = old[0]
    summed = {name: None if None in (said := [one[name] for one in old]) else sum(said) for name in _NUMBERS}
    days = {name: None if None in (said := [one[name] for one in old]) else min(said) for name in _DAYS}
    classes = {one["area_class"] for one in old}
    return {
        "kind": first["kind"], "area_class": first["area_class"] if len(classes) == 1 else None, **summed, **days, "geometry": "",
        "boundary": "；".join(dict.fromkeys(one["boundary"] for one in old if one["boundary"])),
        "party_group": next((one["party_group"] for one in old if one["party_group"]), ""),
        "workstation": next((one["workstation"] for one in old if one["workstation"]), ""),
    }  # fmt: skip


def base_of_transfer(old: Mapping[str, Any]) -> dict[str, Any]:
    """Return the base data of a grid that goes to another community: all of it."""
    names = ("kind", "area_class", *_NUMBERS, *_DAYS, "boundary", "party_group", "workstation", "geometry")
    return {name: old[name] for name in names}


def next_codes(community: str, taken: Iterable[str], count: int) -> list[str]:
    """Return the next free serials below a community's code; a closed grid's code is never used again.

    Raises:
        ValueError: there are not that many.
    """
    used = {int(code[len(community) :]) for code in taken if code.startswith(community) and code[len(community) :].isdigit()}
    usual = [serial for serial in used if serial <= _LAST_USUAL]
    serials = [serial for serial in range(max(usual, default=0) + 1, _LAST + 1) if serial not in used][:count]
    if len(serials) < count:
        raise ValueError(community)
    return [f"{community}{serial:03d}" for serial in serials]


_LAST_USUAL, _LAST = 800, 999
"""Serials from 801 on are the office's own, for sheets without codes: the next serial follows the usual ones."""


@dataclass(frozen=True, slots=True)
class Lying:
    """A case or a facility that lies in a grid."""

    id: int
    number: str
    """Of a case; empty for a facility."""
    address: str
    grid_id: int


@dataclass(frozen=True, slots=True)
class NewGrid:
    """A grid that comes from others."""

    code: str
    name: str
    words: tuple[str, ...]
    is_rest: bool = True
    """It keeps the rest."""


@dataclass(frozen=True, slots=True)
class Preview:
    """A change with the new place of everything in it."""

    kind: rules.GridChangeKind
    on: date
    old: tuple[tuple[str, str], ...]
    """Code and name of the grids that will be no more."""
    new: tuple[NewGrid, ...]
    cases: tuple[tuple[Lying, int], ...]
    """Open cases, each with the position of its new grid."""
    components: tuple[int, ...]
    """Number of facilities by new grid."""
    posts: tuple[PostLanding, ...]
    teams: tuple[str, ...]
    """Names of the grids' own teams: they go where the rest goes."""
    base: BaseData
    number: int = 0
    """Of the change; 0 while it is only a preview."""
