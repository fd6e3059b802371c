"""Views of the roster: that of a day, who is responsible for a place, gaps, and the time lines of people and grids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from gridconsole.domain import coverage
from gridconsole.domain import roster as rules
from gridconsole.domain.errors import BadValue, GridClosed, GridConsoleError, UnknownWarden, UnknownWord
from gridconsole.domain.roster import BookTable, Half, Line
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.domain.views.roster import GridTurn, PersonHistory, Step, StepKind
from gridconsole.language import listed, t
from gridconsole.services.lookup import find_category, find_grid, find_person, matches
from gridconsole.store import grid_versions, ledger, people, places, responsible, searching
from gridconsole.store import roster as book
from gridconsole.store.responsible import LATEST, Responsible, ResponsibleUnit, RosterLine
from gridconsole.store.searching import Search

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

MOST_PLACES = 20
"""Most grids that an answer about a place lists."""
MOST_CASES = 500
"""Newest cases at an address that are looked at."""


def check_entry(office: Office, entry: int | None) -> None:
    """Refuse the number of an entry that the ledger does not have yet.

    Raises:
        BadValue: with the newest number.
    """
    if entry is None:
        return
    with office.database.reading() as connection:
        newest = ledger.last_seq(connection, office.id)
    if entry > newest:
        raise BadValue(what="entry", value=str(entry), expected=f"0-{newest}")


def on_day(office: Office, day: date, entry: int | None = None, find: str = "") -> tuple[RosterLine, ...]:
    """Return the roster of a day, by grid and rank.

    Args:
        entry: as it was known at this entry of the ledger; None: as it is known now.
        find: only lines whose grid, community or person matches: name, code, number or pinyin initials.
    """
    with office.database.reading() as connection:
        found = responsible.roster_on(connection, day, LATEST if entry is None else entry)
        removed = book.words_about_removed(connection, office.id, gone) if (gone := _nameless(found)) else {}
    found = tuple(
        replace(line, code=removed[line.person_id][0], person=removed[line.person_id][1]) if line.person_id in removed else line
        for line in found
    )
    wanted = fold_width(clean_line(find, 60))
    return tuple(line for line in found if matches(wanted, line.grid, line.grid_code, line.community, line.person, line.code))


def _nameless(found: Iterable[RosterLine | Responsible]) -> set[int]:
    """Return the people whom the register does not have any more, as the list that brought them was undone."""
    return {one.person_id for one in found if not one.code}


def state_of(line: RosterLine) -> str:
    """Return whether the holder of a post is there, in words."""
    if not line.is_employed:
        return t("warden.left")
    if not line.is_away:
        return t("warden.on_duty")
    return listed(part for part in (t("warden.on_leave"), t("roster.deputy", name=line.deputy) if line.deputy else "") if part)


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """The people who are responsible for a grid on a day, first one first."""

    grid_code: str
    grid: str
    day: date
    people: tuple[Responsible, ...]


def responsible_for(office: Office, place: str, day: date | None = None, entry: int | None = None) -> tuple[PlaceAnswer, ...]:
    """Return who is responsible for a place: a grid by code, name or initials, or a part of an address in its boundary or its cases.

    Args:
        day: None: now, with the half day that it is.

    Raises:
        UnknownGrid: no grid fits.
    """
    at: date | Half = office.half_day() if day is None else day
    with office.database.reading() as connection:
        keys = _grids_of(connection, office, place, day or office.today())
    if not keys:
        keys = [find_grid(office, place).id]
    with office.database.reading() as connection:
        choices = {key: (record["code"], record["name"]) for key, record in grid_versions.records_of(connection, keys).items()}
        known = LATEST if entry is None else entry
        people = {key: responsible.everyone_responsible(connection, key, at, known) for key in keys[:MOST_PLACES]}
        gone = _nameless(one for whom in people.values() for one in whom)
        removed = book.words_about_removed(connection, office.id, gone) if gone else {}
    day_asked = at.day if isinstance(at, Half) else at
    return tuple(
        PlaceAnswer(*choices[key], day_asked, tuple(_with_words(one, removed) for one in whom)) for key, whom in people.items()
    )


def _with_words(one: Responsible, removed: Mapping[int, tuple[str, str]]) -> Responsible:
    code, name = removed.get(one.person_id, (one.code, one.name))
    return replace(one, code=code, name=name)


def _grids_of(connection: Transaction, office: Office, place: str, day: date) -> list[int]:
    """Return the grids that a place means on a day; one that is no more means itself until then, and later what it became."""
    word = fold_width(clean_line(place, 60))
    gone = [one for one in grid_versions.closed_grids(connection) if word in (one.code, one.name)]
    past = [one.id for one in gone if day < one.ended_on]
    if past:
        return past
    choices = places.grid_choices(connection)
    exact = [choice.id for choice in choices if word in (choice.code, choice.name)]
    exact = exact or [key for one in gone for key in grid_versions.successors(connection, one.id)]
    if exact:
        return exact
    named = [choice.id for choice in choices if word and matches(word, choice.name, choice.code, choice.initials)]
    return (
        named or places.grids_with_boundary(connection, word, MOST_PLACES) or _grids_of_cases(connection, office, word, choices)
    )


def _grids_of_cases(connection: Transaction, office: Office, word: str, choices: Sequence[places.GridChoice]) -> list[int]:
    """Return the grids of the newest cases, open or closed, whose address has a text."""
    keys = {choice.code: choice.id for choice in choices}
    rows = searching.search(connection, office.id, Search(words=word), MOST_CASES) if word else ()
    found = dict.fromkeys(row.grid_code for row in rows if row.grid_code in keys and word in fold_width(row.address))
    return [keys[code] for code in list(found)[:MOST_PLACES]]


def unit_for(
    office: Office, category: str, place: str = "", day: date | None = None, entry: int | None = None
) -> tuple[ResponsibleUnit, ...]:  # fmt: skip
    """Return the units responsible for a category, at a place and on a day, primary ones first.

    Args:
        category: a minor category by code or name.
        place: a grid by code, name or initials; empty: wherever.
        day: None: today.

    Raises:
        UnknownCategory, UnknownGrid: no such category or grid.
    """
    chosen = find_category(office, category)
    grid = find_grid(office, place).id if place else None
    with office.database.reading() as connection:
        areas = places.area_chain(connection, None, grid) if grid is not None else ()
        return responsible.units_for(
            connection, (chosen.kind.value, chosen.major_code, chosen.minor_code), areas, day or office.today(),
            LATEST if entry is None else entry,
        )  # fmt: skip


def named(answer: PlaceAnswer) -> str:
    """Return the people of an answer in words; that nobody is there is one too."""
    if not answer.people:
        return t("grid.nobody_short")
    return listed(
        f"{one.rank} {one.name}({one.code})"
        + (f" {t('roster.stands_in_for', name=one.stands_in_for)}" if one.stands_in_for else "")
        for one in answer.people
    )


@dataclass(frozen=True, slots=True)
class GapLine:
    """Days in a row on which a grid is without anybody."""

    grid_code: str
    grid: str
    first: date
    last: date
    open_cases: int


def gaps(office: Office, first: date, last: date, entry: int | None = None) -> tuple[GapLine, ...]:
    """Return the days between two days, both included, on which grids are without anybody in service."""
    with office.database.reading() as connection:
        found = responsible.gaps(connection, first, last, LATEST if entry is None else entry)
        return _gap_lines(connection, found)


def gaps_without(office: Office, person: int, first: date, last: date) -> tuple[GapLine, ...]:
    """Return the gaps that there would be if a person left on the first day, and are not there with them."""
    with office.database.reading() as connection:
        lines = [
            Line(table, number, rules.ended(row, first))
            for table in (BookTable.EMPLOYMENT, BookTable.POST)
            for number, row in book.of_person(connection, table, person)
            if row["ends_on"] is None or row["ends_on"] > first.isoformat()
        ]
        grids = responsible.grids_of(connection, [person])
        before = responsible.rows_of_grids(connection, grids, first, last, also=[person])
        bare = coverage.more_gaps(before, before.with_lines(lines), grids, first, last)
        return _gap_lines(connection, coverage.gaps(before.with_lines(lines), bare, first, last))


def _gap_lines(connection: Transaction, found: Sequence[coverage.Gap]) -> tuple[GapLine, ...]:
    if not found:
        return ()
    choices = grid_versions.records_of(connection, [gap.grid_id for gap in found])
    counts = places.open_cases_by_grid(connection, [gap.grid_id for gap in found])
    return tuple(
        GapLine(choices[gap.grid_id]["code"], choices[gap.grid_id]["name"], gap.first, gap.last, counts.get(gap.grid_id, 0))
        for gap in found
    )


# --- time lines -------------------------------------------------------------------------------------------------


def history_of(office: Office, person: int) -> PersonHistory:
    """Return a person with the time line.

    Raises:
        UnknownWarden: no such person.
    """
    with office.database.reading() as connection:
        row = people.warden(connection, person, office.today())
        if row is None:
            raise UnknownWarden(word=str(person), near=[])
        steps = [_step(one) for one in responsible.steps_of(connection, person)]
    steps.sort(key=lambda step: (step.until is None, step.first or date.min), reverse=True)
    return PersonHistory(
        number=row.code, name=row.name, phone=row.phone, form=row.employment, joined_on=row.joined_on, left_on=row.left_on,
        open_cases=row.open_cases, steps=tuple(steps),
    )  # fmt: skip


def _step(row: responsible.StepRow) -> Step:
    day = date.fromisoformat
    if row.table is BookTable.LEAVE:
        first, last = Half.read(row.starts or ""), Half.read(row.ends or "")
        return Step(StepKind.LEAVE, first.day, last.day, kind=row.kind, deputy=row.other, entry=row.entry)
    span = (day(row.starts) if row.starts else None, day(row.ends) if row.ends else None)
    if row.table is BookTable.EMPLOYMENT:
        return Step(StepKind.EMPLOYMENT, *span, place=row.other, form=row.kind, why_ended=row.why_ended, entry=row.entry)
    return Step(StepKind.POST, *span, place=row.other, rank=row.kind, why_ended=row.why_ended, entry=row.entry)


@dataclass(frozen=True, slots=True)
class GridStep:
    """A post in the time line of a grid."""

    rank: str
    code: str
    person: str
    first: date
    until: date | None
    why_ended: str
    entry: int


def grid_history(office: Office, grid: int) -> tuple[GridStep, ...]:
    """Return the posts on a grid, present ones first, then the newest."""
    with office.database.reading() as connection:
        found = responsible.steps_on(connection, grid)
    steps = [
        GridStep(
            row.rank, row.code, row.person, date.fromisoformat(row.starts), date.fromisoformat(row.ends) if row.ends else None,
            row.why_ended, row.entry,
        )
        for row in found
    ]  # fmt: skip
    return tuple(sorted(steps, key=lambda step: (step.until is None, step.until or date.max, step.first), reverse=True))


def grid_turns(office: Office, grid: int) -> tuple[GridTurn, ...]:
    """Return the days on which a grid changed, newest first."""
    with office.database.reading() as connection:
        lineage = grid_versions.lineage_of(connection, grid)
        names = places.names_by_key(connection, {key for one in lineage for key in (one.from_id, one.to_id)})
        versions = grid_versions.history(connection, grid)
    found = [
        GridTurn(
            on, entry, kind,
            tuple(dict.fromkeys(names[one.from_id] for one in same)), tuple(dict.fromkeys(names[one.to_id] for one in same)),
        )
        for (on, entry, kind), same in _together(lineage).items()
    ]  # fmt: skip
    for (before, _, _), (after, starts, entry) in pairwise(versions):
        changes = tuple((name, str(before[name] or ""), str(after[name] or "")) for name in after if before[name] != after[name])
        if starts is not None and changes:
            found.append(GridTurn(starts, entry, changes=changes))
    return tuple(sorted(found, key=lambda turn: (turn.on, turn.entry), reverse=True))


def _together(lineage: Iterable[grid_versions.Descent]) -> dict[tuple[date, int, str], list[grid_versions.Descent]]:
    found: dict[tuple[date, int, str], list[grid_versions.Descent]] = {}
    for one in lineage:
        found.setdefault((one.on, one.recorded_by, one.kind.value), []).append(one)
    return found


def steps_of_grid(office: Office, grid: int) -> tuple[Step, ...]:
    """Return the time line of a grid: its posts as steps whose place is the person."""
    return tuple(
        Step(StepKind.POST, line.first, line.until, place=line.person, rank=line.rank, why_ended=line.why_ended, entry=line.entry)
        for line in grid_history(office, grid)
    )


def person_or_grid(office: Office, word: str) -> tuple[int | None, int]:
    """Return the key of a person whom a word means, or else that of a grid (and None).

    Raises:
        UnknownWord, UnknownWarden: neither fits.
    """
    try:
        return find_person(office, word), 0
    except (UnknownWarden, UnknownWord) as unknown:
        try:
            return None, find_grid(office, word).id
        except GridClosed:
            with office.database.reading() as connection:
                gone = grid_versions.closed_grids(connection)
            return None, next(one.id for one in gone if fold_width(clean_line(word)) in (one.code, one.name))
        except GridConsoleError:
            raise unknown from None
