"""Changes that the rows of a roster make to the posts of people."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridconsole.domain.roster import duty_name

if TYPE_CHECKING:
    from datetime import date

    from gridconsole.importing.rows import SheetRow


@dataclass
class PersonActs:
    """Changes that a row makes to the posts of one person."""

    row: SheetRow
    starts: list[tuple[int, str, str, date, date | None]]
    """Grid, rank, duty, first day, and the day it ends before, if any."""
    ends: list[tuple[int, date]]
    """Grid, and the day from which it is over."""
    ranks: list[tuple[int, str]]
    """Grid and new rank."""
    is_new: bool
    area_starts: list[tuple[int, str, date, date | None]]
    """Area, duty, first day, and the day it ends before, if any."""
    area_ends: list[tuple[int, Mapping[str, Any], date]]
    """Number and content of a post in an area, and the day from which it is over."""
    departs: date | None = None
    """Day from which somebody known is gone: every post and leave is over, also those that would end later."""


def shared_ranks(
    acts: Mapping[int, PersonActs],
    live: Mapping[tuple[int, int], str],
    duties: Mapping[tuple[int, int], str],
    catalogue: Collection[str],
) -> Iterator[tuple[SheetRow, int, str, set[int]]]:
    """Yield the rows that say a rank which others on the grid have for the same duty: row, grid, rank and the others.

    Args:
        acts: changes by person.
        live: rank of each post without an end, by person and grid.
        duties: duty of each post without an end, by person and grid.
        catalogue: titles of duties.
    """

    def name(person: int, grid: int) -> str:
        return duty_name(duties.get((person, grid), ""), catalogue)

    holders: dict[tuple[int, str, str], set[int]] = {}
    for (person, grid), rank in live.items():
        holders.setdefault((grid, rank, name(person, grid)), set()).add(person)
    given: dict[int, list[tuple[int, str, str]]] = {}
    for person, of_person in acts.items():
        for grid in {*(grid for grid, _ in of_person.ends), *(grid for grid, _ in of_person.ranks)}:
            holders[grid, live[person, grid], name(person, grid)].discard(person)
        changed = [(grid, rank, name(person, grid)) for grid, rank in of_person.ranks]
        given[person] = changed + [
            (grid, rank, duty_name(duty, catalogue)) for grid, rank, duty, _, ends in of_person.starts if ends is None
        ]
        for place in given[person]:
            holders.setdefault(place, set()).add(person)
    for person, places in given.items():
        row = acts[person].row
        for grid, rank, duty in places if row.values.get("rank") else ():
            others = holders[grid, rank, duty] - {person}
            if others:
                yield row, grid, rank, others
