"""Acts on the roster: posts of people on grids. Each is one entry of the ledger with what it says in the book."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from gridconsole.domain import roster as rules
from gridconsole.domain.errors import (
    BadValue,
    DayImpossible,
    PostExists,
    PostMissing,
    PostTaken,
    UnknownGrid,
    UnknownWarden,
    WardenLeft,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.roster import BookTable, Line
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.services import leaving, rights
from gridconsole.store import people, places
from gridconsole.store import roster as book

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

MAY_EDIT = frozenset({Role.CLERK, Role.SHIFT_LEADER})
"""Roles that keep the roster."""
RANKS = tuple(rank.value for rank in rules.Rank)
"""First and second warden of a grid (AB岗)."""
POST, PERSON, UNIT, GRID = "post", "person", "unit", "grid"
"""Subjects of the entries."""
DUTY_LENGTH = 200


def assign(
    office: Office, actor: Actor, warden_id: int, grid_id: int, rank: str = "A", duty: str = "", on: date | None = None
) -> None:  # fmt: skip
    """Put a warden on a grid from a day on, by default today.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostExists: the warden is on that grid already.
        PostTaken: somebody else has the post of that rank and duty.
        DayImpossible: the day is before the warden came.
        UnknownWarden, UnknownGrid: no such person or grid.
        WardenLeft: the warden is no longer in service.
        BadValue: the rank is neither A nor B.
    """
    _check_role(office, actor)
    _check_rank(rank)
    starts = on or office.today()
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        if warden.left_on is not None:
            raise WardenLeft(warden=warden.name, day=warden.left_on)
        if warden.joined_on is not None and starts < warden.joined_on:
            raise DayImpossible(warden=warden.name, day=starts, first=warden.joined_on, advice="start")
        row = rules.post_row(warden_id, rank, starts, grid=grid_id, duty=clean_line(duty, DUTY_LENGTH))
        check_free(connection, row, grid.name)
        number = book.next_number(connection, BookTable.POST)
        facts = {"warden_id": warden_id, "grid_id": grid_id, "rank": rank}
        record(connection, office, actor, "post_start", (POST, number), [Line(BookTable.POST, number, row)], facts)


def remove(office: Office, actor: Actor, warden_id: int, grid_id: int, on: date | None = None, why: str = "") -> None:
    """Take a warden off a grid as of a day, by default today; the post stays in history.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostMissing: the warden is not on that grid.
        StillHolds: the warden has cases or inspections there in hand, or is the last person of the grid.
        DayImpossible: the day is before the post began.
    """
    _check_role(office, actor)
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        number, row = _open_post(connection, warden_id, grid_id, warden.name, grid.name)
        ends = on or office.today()
        if ends < (starts := date.fromisoformat(row["starts_on"])):
            raise DayImpossible(warden=warden.name, day=ends, first=starts, advice="start")
        facts = {"warden_id": warden_id, "grid_id": grid_id}
        lines = [Line(BookTable.POST, number, rules.ended(row, ends, why))]
        work = leaving.left_work(connection, office, warden_id).on(frozenset({grid_id}))
        leaving.check(connection, office, leaving.Person(warden_id, warden.name, warden.code), lines, work)
        record(connection, office, actor, "post_end", (POST, number), lines, facts)


def set_rank(office: Office, actor: Actor, warden_id: int, grid_id: int, rank: str, on: date | None = None) -> None:
    """Change the rank of a post from a day on, by default today; what it was before stays.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostMissing: the warden is not on that grid.
        PostTaken: somebody else has the post of that rank and duty.
        BadValue: the rank is neither A nor B.
    """
    _check_role(office, actor)
    _check_rank(rank)
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        number, row = _open_post(connection, warden_id, grid_id, warden.name, grid.name)
        lines = rank_lines(number, row, rank, on or office.today(), book.next_number(connection, BookTable.POST))
        check_free(connection, lines[-1].row or {}, grid.name, besides=number)
        facts = {"warden_id": warden_id, "grid_id": grid_id, "rank": rank}
        record(connection, office, actor, "post_rank", (POST, number), lines, facts)


def rank_lines(number: int, row: Mapping[str, Any], rank: str, day: date, next_number: int) -> list[Line]:
    """Return the lines that give a post another rank from a day on: it ends, and another one begins.

    A post that began on that very day, or later, is only corrected.
    """
    if date.fromisoformat(row["starts_on"]) >= day:
        return [Line(BookTable.POST, number, {**row, "rank": rank})]
    return [
        Line(BookTable.POST, number, rules.ended(row, day)),
        Line(BookTable.POST, next_number, {**row, "rank": rank, "starts_on": day.isoformat()}),
    ]


def check_free(connection: Transaction, row: Mapping[str, Any], grid: str, besides: int = 0) -> None:
    """Refuse a post on a grid whose rank somebody else has for the same duty, or that the person has already.

    Raises:
        PostExists: the person is on the grid in these days.
        PostTaken: somebody else has the rank there in these days.
    """
    for number, other in book.posts_on(connection, row["grid_id"]):
        if number == besides or not rules.overlaps(rules.span_of(other), rules.span_of(row)):
            continue
        name = book.person_name(connection, other["person_id"])
        if other["person_id"] == row["person_id"]:
            raise PostExists(warden=name, grid=grid)
        if (other["rank"], other["duty"]) == (row["rank"], row["duty"]):
            raise PostTaken(warden=name, grid=grid, other=row["rank"])


def record(
    connection: Transaction, office: Office, actor: Actor, action: str, about: tuple[str, int], lines: Iterable[Line],
    facts: Mapping[str, object] | None = None, personal: Mapping[str, str] | None = None, *, origin: str | None = None,
) -> int:  # fmt: skip
    """Write an act on the roster: its entry and its lines in the book; returns the number of the entry."""
    said = tuple(lines)
    entry = office.entry(actor, action, book.saying(said, facts), personal, about=about)
    if origin is not None:
        entry = replace(entry, origin=origin)
    return book.record(connection, office.id, [book.BookEntry(entry, said)])


def _check_role(office: Office, actor: Actor) -> None:
    rights.check(office, actor, "roster", MAY_EDIT)


def _check_rank(rank: str) -> None:
    if rank not in RANKS:
        raise BadValue(what="rank", value=rank, expected="/".join(RANKS))


def _open_post(connection: Transaction, warden_id: int, grid_id: int, warden: str, grid: str) -> tuple[int, dict[str, Any]]:
    for number, row in book.posts_on(connection, grid_id):
        if row["person_id"] == warden_id and row["ends_on"] is None:
            return number, row
    raise PostMissing(warden=warden, grid=grid)


def _named(connection: Transaction, office: Office, warden_id: int, grid_id: int) -> tuple[people.WardenRow, places.GridRow]:
    warden = people.warden(connection, warden_id, office.today())
    grid = places.grid(connection, grid_id, office.today())
    if warden is None:
        raise UnknownWarden(word=str(warden_id), near=[])
    if grid is None:
        raise UnknownGrid(word=str(grid_id), near=[])
    return warden, grid
