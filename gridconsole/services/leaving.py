"""Refuse what would leave a case, an inspection or a grid without a person: every way in asks here before it ends a post.

An act is judged by the lines it would write into the roster's book; see :mod:`gridconsole.domain.roster`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain import coverage
from gridconsole.domain.errors import StillHolds
from gridconsole.domain.roster import OF_PEOPLE, BookTable, Line
from gridconsole.store import held, places, responsible
from gridconsole.store import roster as book
from gridconsole.store.held import Work
from gridconsole.store.types import instant

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

AHEAD = timedelta(days=400)
"""Days from today in which a grid must not lose its last person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Name and staff number of a person, for a refusal."""

    id: int
    name: str
    code: str


def check(
    connection: Transaction, office: Office, person: Person, lines: Sequence[Line], work: Work, *,
    only_with_cases: bool = False, advice: str = "", place: str = "",
) -> None:  # fmt: skip
    """Refuse lines that would take a person away from work in hand, or a grid's last person from it.

    Args:
        work: what the person would have to leave; empty if nothing.
        only_with_cases: ignore grids without open cases.
        advice, place: as in :class:`StillHolds`.

    Raises:
        StillHolds: with the counts.
    """
    bare = grids_left_bare(connection, office, lines)
    if only_with_cases and bare:
        bare = places.with_open_cases(connection, bare)
    if work or bare:
        raise refusal(connection, person, work, bare, advice, place)


def refusal(
    connection: Transaction, person: Person, work: Work, bare: Collection[int], advice: str = "", place: str = ""
) -> StillHolds:  # fmt: skip
    """Return the refusal with its counts."""
    return StillHolds(
        warden=person.name, number=person.code, cases=len(work.cases), tasks=len(work.tasks), orders=work.ordered,
        grids=places.names_of(connection, bare), advice=advice, place=place,
    )  # fmt: skip


def grids_left_bare(connection: Transaction, office: Office, lines: Iterable[Line]) -> tuple[int, ...]:
    """Return the grids that lines would leave without anybody on days, from today on, on which somebody is there now.

    Grids with open cases are looked at from the day of their oldest one on.
    """
    said = tuple(lines)
    today = office.today()
    grids, people = affected(connection, said)
    if not grids:
        return ()
    last = _last_looked_at(connection, said, today)
    before = responsible.rows_of_grids(connection, grids, today, last, also=people)
    bare = coverage.more_gaps(before, before.with_lines(said), grids, today, last)
    return bare or _bare_since_cases(connection, office, said, grids, people)


def _last_looked_at(connection: Transaction, lines: Iterable[Line], today: date) -> date:
    """Return the last day that is looked at: in any case some time after the first day on which lines change anything."""
    firsts = [day for line in lines if line.table in OF_PEOPLE and (day := first_changed(connection, line)) is not None]
    return max([today, *firsts]) + AHEAD


def _bare_since_cases(
    connection: Transaction, office: Office, lines: Sequence[Line], grids: Sequence[int], people: Iterable[int]
) -> tuple[int, ...]:  # fmt: skip
    """Return the grids that lines leave without anybody on past days on which they had a case that is open still."""
    yesterday = office.today() - timedelta(days=1)
    days = [day for line in lines if line.table in OF_PEOPLE and (day := first_changed(connection, line)) is not None]
    if not days or min(days) > yesterday:
        return ()
    since = {
        grid: max(min(days), office.calendar.local_day(instant(at)))
        for grid, at in places.oldest_open_cases(connection, grids).items()
    }
    found: list[int] = []
    for grid, first in since.items():
        if first <= yesterday:
            before = responsible.rows_of_grids(connection, [grid], first, yesterday, also=people)
            found += coverage.more_gaps(before, before.with_lines(lines), [grid], first, yesterday)
    return tuple(found)


def bare_among(connection: Transaction, office: Office, grids: Collection[int], lines: Sequence[Line]) -> tuple[int, ...]:
    """Return those of some grids that lines would leave without anybody; for lists, which name thousands of people."""
    if not grids:
        return ()
    today, wanted = office.today(), tuple(sorted(grids))
    people = _people_of(lines, frozenset(grids))
    before = responsible.rows_of_grids(connection, wanted, today, today + AHEAD, also=people)
    bare = coverage.more_gaps(before, before.with_lines(lines), wanted, today, today + AHEAD)
    return tuple({*bare, *_bare_since_cases(connection, office, lines, wanted, people)})


def _people_of(lines: Sequence[Line], grids: frozenset[int]) -> set[int]:
    rows = [line.row for line in lines if line.table is BookTable.POST and line.row is not None]
    return {row["person_id"] for row in rows if row["grid_id"] in grids}


def affected(connection: Transaction, lines: Sequence[Line]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the grids whose people lines may change, and the people that they name."""
    people: set[int] = set()
    deputies: set[int] = set()
    grids: set[int] = set()
    for line in lines:
        for row in (line.row, book.present(connection, line.table, line.number)):
            if row is None:
                continue
            people.add(row["person_id"])
            if line.table is BookTable.POST and row["grid_id"] is not None:
                grids.add(row["grid_id"])
            if line.table is BookTable.LEAVE and row["deputy_id"] is not None:
                deputies.add(row["deputy_id"])
    if any(line.table is not BookTable.POST for line in lines):
        grids.update(responsible.grids_of(connection, people))
    return tuple(sorted(grids)), tuple(sorted(people | deputies))


def left_work(connection: Transaction, office: Office, person: int) -> Work:
    """Return everything that a person has in hand."""
    return held.work_of(connection, office.id, person)


def first_day_gone(connection: Transaction, office: Office, person: int) -> date | None:
    """Return the earliest day from which a person may be gone: the one after the last turn with a case; None if there was none."""
    ended = held.last_turn(connection, person)
    return None if not ended else office.calendar.local_day(instant(ended)) + timedelta(days=1)


def first_changed(connection: Transaction, line: Line) -> date | None:
    """Return the first day on which a line changes anything; None if it changes nothing."""
    return coverage.first_changed(book.present(connection, line.table, line.number), line.row)
