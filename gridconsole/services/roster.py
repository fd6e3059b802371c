"""Acts on the roster: posts of people on grids. Each is one entry of the ledger with what it says in the book."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
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
from gridconsole.domain.text import fold_width
from gridconsole.services import hindsight, leaving, rights
from gridconsole.services.given import given_line
from gridconsole.store import duties, misplaced, people, places
from gridconsole.store import roster as book
from gridconsole.store.duties import Duty

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


def known_duties(office: Office) -> tuple[Duty, ...]:
    """Return the duties of the office's catalogue, by code."""
    with office.database.reading() as connection:
        return duties.catalogue(connection)


def duty_named(catalogue: Sequence[Duty], line: str) -> str:
    """Return the title of a duty that is given by its code or title; other words stay as they are."""
    word = fold_width(line).upper()
    return next((one.title for one in catalogue if word in (one.code, one.title)), line)


def _duty(connection: Transaction, said: str) -> str:
    return duty_named(duties.catalogue(connection), given_line(said, DUTY_LENGTH, "duty", is_needed=False))


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
        BadValue: the rank is neither A nor B, or the duty is too long.
    """
    _check_role(office, actor)
    _check_rank(rank)
    starts = on or office.today()
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        check_service(warden, starts)
        row = rules.post_row(warden_id, rank, starts, warden.left_on, grid=grid_id, duty=_duty(connection, duty))
        check_free(connection, row, grid.name)
        number = book.next_number(connection, BookTable.POST)
        facts = {"warden_id": warden_id, "grid_id": grid_id, "rank": rank}
        record(connection, office, actor, "post_start", (POST, number), [Line(BookTable.POST, number, row)], facts)


def assign_many(office: Office, actor: Actor, posts: Sequence[tuple[int, int, str]], on: date | None = None) -> None:
    """Put several people on grids in one transaction, all or none, each with an entry of its own.

    Args:
        posts: keys of a person and a grid, and the rank.

    Raises:
        The errors of :func:`assign`.
    """
    _check_role(office, actor)
    starts = on or office.today()
    with office.database.writing() as connection:
        number, entries = book.next_number(connection, BookTable.POST), list[book.BookEntry]()
        said: list[Line] = []
        known: dict[int, people.WardenRow] = {row.id: row for row in people.wardens(connection, office.today())}
        names = places.names_by_key(connection, {grid for _, grid, _ in posts})
        new: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
        for warden_id, grid_id, rank in posts:
            _check_rank(rank)
            if warden_id not in known:
                raise UnknownWarden(word=str(warden_id), near=[])
            if grid_id not in names:
                raise UnknownGrid(word=str(grid_id), near=[])
            check_service(known[warden_id], starts)
            row = rules.post_row(warden_id, rank, starts, known[warden_id].left_on, grid=grid_id)
            check_free(connection, row, names[grid_id], also=new[grid_id])
            new[grid_id].append(row)
            lines = (Line(BookTable.POST, number, row),)
            said += lines
            facts: dict[str, object] = {"warden_id": warden_id, "grid_id": grid_id, "rank": rank}
            if len(said) == len(posts):
                facts |= hindsight.facts(connection, office, said)
            entry = office.entry(actor, "post_start", book.saying(lines, facts), None, about=(POST, number))
            entries.append(book.BookEntry(entry, lines))
            number += 1
        book.record(connection, office.id, entries)


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The place of a post that is no grid: an area as a whole, or a unit. Exactly one key is given."""

    area: int | None = None
    unit: int | None = None

    @property
    def facts(self) -> dict[str, object]:
        """Facts about the place that the entry of an act says."""
        return {"unit_id": self.unit} if self.area is None else {"area_id": self.area}

    def holds(self, row: Mapping[str, Any]) -> bool:
        """Return whether a post is at this place."""
        return (row["area_id"], row["unit_id"]) == (self.area, self.unit)

    def name(self, connection: Transaction) -> str:
        """Return the name of the place."""
        rows = places.areas(connection) if self.area is not None else people.units(connection)
        return next((row.name for row in rows if row.id in (self.area, self.unit)), "")


def assign_elsewhere(
    office: Office, actor: Actor, warden_id: int, place: Elsewhere, rank: str = "A", duty: str = "", on: date | None = None
) -> None:  # fmt: skip
    """Give somebody a post in a whole area, as an officer of a community has, or in a unit, from a day on.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostExists: the person has a post at this place already.
        DayImpossible: the day is before the person came.
        UnknownWarden: no such person.
        WardenLeft: the person is no longer in service.
        BadValue: the rank is neither A nor B, or the duty is too long.
    """
    _check_role(office, actor)
    _check_rank(rank)
    starts = on or office.today()
    with office.database.writing() as connection:
        warden = people.warden(connection, warden_id, office.today())
        if warden is None:
            raise UnknownWarden(word=str(warden_id), near=[])
        check_service(warden, starts)
        said = _duty(connection, duty)
        row = rules.post_row(warden_id, rank, starts, warden.left_on, area=place.area, unit=place.unit, duty=said)
        for _, other in book.of_person(connection, BookTable.POST, warden_id):
            if place.holds(other) and rules.overlaps(rules.span_of(other), rules.span_of(row)):
                raise PostExists(warden=warden.name, grid=place.name(connection))
        number = book.next_number(connection, BookTable.POST)
        facts = {"warden_id": warden_id, **place.facts, "rank": rank}
        record(connection, office, actor, "post_start", (POST, number), [Line(BookTable.POST, number, row)], facts)


def remove_elsewhere(office: Office, actor: Actor, warden_id: int, place: Elsewhere, on: date | None = None) -> None:
    """End somebody's post in an area or a unit as of a day, by default today; the post stays in history.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostMissing: the person has no post at this place.
        DayImpossible: the day is before the post began.
    """
    _check_role(office, actor)
    with office.database.writing() as connection:
        name = book.person_name(connection, warden_id)
        posts = book.of_person(connection, BookTable.POST, warden_id)
        found = [one for one in posts if place.holds(one[1]) and rules.outlasts(one[1], office.today())]
        if not found:
            raise PostMissing(warden=name, grid=place.name(connection))
        number, row = found[0]
        ends = on or office.today()
        if ends < (starts := date.fromisoformat(row["starts_on"])):
            raise DayImpossible(warden=name, day=ends, first=starts, advice="start")
        lines = [Line(BookTable.POST, number, rules.ended(row, ends))]
        record(connection, office, actor, "post_end", (POST, number), lines, {"warden_id": warden_id, **place.facts})


def remove(office: Office, actor: Actor, warden_id: int, grid_id: int, on: date | None = None, why: str = "") -> None:
    """Take a warden off a grid as of a day, by default today; the post stays in history. A planned end moves to the day.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostMissing: the warden is not on that grid.
        StillHolds: the warden has cases or inspections there in hand, or is the last person of the grid.
        DayImpossible: the day is before the post began.
    """
    _check_role(office, actor)
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        posts = _posts_now(connection, office, warden_id, grid_id, warden.name, grid.name)
        number, row = posts[-1]
        ends = on or office.today()
        if ends < (starts := date.fromisoformat(posts[0][1]["starts_on"])):
            raise DayImpossible(warden=warden.name, day=ends, first=starts, advice="start")
        facts = {"warden_id": warden_id, "grid_id": grid_id}
        lines = rules.posts_over(posts, ends, why)
        if not lines:
            # The post ends earlier already: its end moves.
            longer = rules.ended(row, min(ends, warden.left_on or ends), why)
            check_free(connection, longer, grid.name, besides=number)
            lines = [Line(BookTable.POST, number, longer)]
        work = leaving.left_work(connection, office, warden_id).on(frozenset({grid_id}))
        whom = leaving.Person(warden_id, warden.name, warden.code)
        leaving.check(connection, office, whom, lines, work, advice="post", place=grid.code)
        record(connection, office, actor, "post_end", (POST, number), lines, facts)


def set_rank(office: Office, actor: Actor, warden_id: int, grid_id: int, rank: str, on: date | None = None) -> None:
    """Change the rank of a post from a day on, by default today; what it was before stays.

    Raises:
        NotPermitted: the operator does not keep the roster.
        PostMissing: the warden is not on that grid.
        PostTaken: somebody else has the post of that rank and duty.
        BadValue: the rank is neither A nor B, or the duty is too long.
    """
    _check_role(office, actor)
    _check_rank(rank)
    with office.database.writing() as connection:
        warden, grid = _named(connection, office, warden_id, grid_id)
        posts, day = _posts_now(connection, office, warden_id, grid_id, warden.name, grid.name), on or office.today()
        number, row = next((one for one in posts if rules.outlasts(one[1], day)), posts[-1])
        lines = rank_lines(number, row, rank, day, book.next_number(connection, BookTable.POST))
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


def check_free(
    connection: Transaction, row: Mapping[str, Any], grid: str, besides: int = 0, also: Iterable[Mapping[str, Any]] = ()
) -> None:  # fmt: skip
    """Refuse a post on a grid whose rank somebody else has for the same duty, or that the person has already.

    Args:
        besides: number of a post that does not count.
        also: posts on the grid that are going to be written before it.

    Raises:
        PostExists: the person is on the grid in these days.
        PostTaken: somebody else has the rank there in these days.
    """
    titles = duties.titles(connection)
    for number, other in (*book.posts_on(connection, row["grid_id"]), *((0, one) for one in also)):
        if (number and number == besides) or not rules.overlaps(rules.span_of(other), rules.span_of(row)):
            continue
        name = book.person_name(connection, other["person_id"])
        if other["person_id"] == row["person_id"]:
            raise PostExists(warden=name, grid=grid)
        if other["rank"] == row["rank"] and rules.duty_name(other["duty"], titles) == rules.duty_name(row["duty"], titles):
            raise PostTaken(warden=name, grid=grid, other=row["rank"])


def is_free(connection: Transaction, number: int, row: Mapping[str, Any]) -> bool:
    """Return whether a post may be as a row says: its grid is there, and nobody else has its rank and duty."""
    if not misplaced.lasts(connection, row):
        return False
    try:
        check_free(connection, row, "", besides=number)
    except (PostExists, PostTaken):
        return False
    return True


def record(
    connection: Transaction, office: Office, actor: Actor, action: str, about: tuple[str, int], lines: Iterable[Line],
    facts: Mapping[str, object] | None = None, personal: Mapping[str, str] | None = None, *, origin: str | None = None,
) -> int:  # fmt: skip
    """Write an act on the roster: its entry and its lines in the book; returns the number of the entry.

    The entry also says on which days of the past somebody else becomes responsible.
    """
    said = tuple(lines)
    known = {**(facts or {}), **hindsight.facts(connection, office, said)}
    entry = office.entry(actor, action, book.saying(said, known), personal, about=about)
    if origin is not None:
        entry = replace(entry, origin=origin)
    return book.record(connection, office.id, [book.BookEntry(entry, said)])


def _check_role(office: Office, actor: Actor) -> None:
    rights.check(office, actor, "roster", MAY_EDIT)


def check_service(warden: people.WardenRow, starts: date) -> None:
    """Refuse a beginning on a day on which a person is not in service; a departure may be planned for later.

    Raises:
        WardenLeft, DayImpossible: the person has left, or comes later.
    """
    if warden.left_on is not None and warden.left_on <= starts:
        raise WardenLeft(warden=warden.name, day=warden.left_on)
    if warden.joined_on is not None and starts < warden.joined_on:
        raise DayImpossible(warden=warden.name, day=starts, first=warden.joined_on, advice="start")


def _check_rank(rank: str) -> None:
    if rank not in RANKS:
        raise BadValue(what="rank", value=rank, expected="/".join(RANKS))


def _posts_now(
    connection: Transaction, office: Office, warden_id: int, grid_id: int, warden: str, grid: str
) -> list[tuple[int, dict[str, Any]]]:  # fmt: skip
    """Return the posts of a warden on a grid that are not over yet, the earliest first: there are two where a rank is to change."""
    there = [one for one in book.posts_on(connection, grid_id) if one[1]["person_id"] == warden_id]
    found = [one for one in there if rules.outlasts(one[1], office.today())]
    if not found:
        raise PostMissing(warden=warden, grid=grid)
    return sorted(found, key=lambda one: str(one[1]["starts_on"]))


def _named(connection: Transaction, office: Office, warden_id: int, grid_id: int) -> tuple[people.WardenRow, places.GridRow]:
    warden = people.warden(connection, warden_id, office.today())
    grid = places.grid(connection, grid_id, office.today())
    if warden is None:
        raise UnknownWarden(word=str(warden_id), near=[])
    if grid is None:
        raise UnknownGrid(word=str(grid_id), near=[])
    return warden, grid
