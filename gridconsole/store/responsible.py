"""Ask the roster's book by day: who is responsible for a grid, which posts a person has, which grids are without anybody.

Each question may also be asked as the book was known at an entry of the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridconsole.domain import coverage
from gridconsole.domain.coverage import Gap, Rows
from gridconsole.domain.roster import AFTERNOON, OF_PEOPLE, BookTable, Half
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.roster import TABLES, times
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, grid, unit, unit_area
from gridconsole.store.tables.roster import employment, grid_version, leave, post, responsibility, roster_person
from gridconsole.store.types import driver_of

LATEST = (1 << 62) - 1
"""Number of an entry after all: as the book is known now."""
_ENTRY: sa.BindParameter[int] = sa.bindparam("entry", type_=sa.BigInteger)
_DAY: sa.BindParameter[str] = sa.bindparam("today", type_=sa.Text)
_FIRST: sa.BindParameter[str] = sa.bindparam("first_of_day", type_=sa.Text)
_LAST: sa.BindParameter[str] = sa.bindparam("last_of_day", type_=sa.Text)


def _known(table: sa.FromClause) -> sa.ColumnElement[bool]:
    return (table.c.recorded_by <= _ENTRY) & (table.c.replaced_by.is_(None) | (table.c.replaced_by > _ENTRY))


def _employed(person: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    return sa.exists().where(
        employment.c.person_id == person,
        _known(employment),
        employment.c.starts_on.is_(None) | (employment.c.starts_on <= _DAY),
        employment.c.ends_on.is_(None) | (employment.c.ends_on > _DAY),
    )


def _leave_of(person: sa.ColumnElement[int], table: sa.FromClause) -> tuple[sa.ColumnElement[bool], ...]:
    return (table.c.person_id == person, _known(table), table.c.first_half <= _FIRST, table.c.last_half >= _LAST)


@dataclass(frozen=True, slots=True)
class Responsible:
    """A person who is responsible for a grid on a day."""

    person_id: int
    name: str
    code: str
    rank: str
    """Rank of the post: A or B."""
    stands_in_for: str = ""
    """Name of the person on leave whose deputy this is; empty for the holder of the post."""


_SERVED = area.alias("served")
_OWN, _DEPUTY_LEAVE = leave.alias("own"), leave.alias("of_deputy")
_DEPUTY = roster_person.alias("deputy")
_ON_GRID = Direct(
    sa.select(
        post.c.person_id,
        sa.func.coalesce(roster_person.c.name, word("")),
        sa.func.coalesce(roster_person.c.code, word("")),
        post.c.rank,
        _employed(post.c.person_id),
        _OWN.c.id.is_not(None),
        _OWN.c.deputy_id,
        sa.func.coalesce(_DEPUTY.c.name, word("")),
        sa.func.coalesce(_DEPUTY.c.code, word("")),
        _employed(_OWN.c.deputy_id) & ~sa.exists().where(*_leave_of(_OWN.c.deputy_id, _DEPUTY_LEAVE)),
    )
    .select_from(
        post.outerjoin(roster_person, roster_person.c.id == post.c.person_id)
        .outerjoin(_OWN, sa.and_(*_leave_of(post.c.person_id, _OWN)))
        .outerjoin(_DEPUTY, _DEPUTY.c.id == _OWN.c.deputy_id)
    )
    .where(
        post.c.grid_id == sa.bindparam("grid", type_=sa.BigInteger),
        _known(post),
        post.c.starts_on <= _DAY,
        post.c.ends_on.is_(None) | (post.c.ends_on > _DAY),
    )
    .order_by(post.c.rank, post.c.starts_on, roster_person.c.code, _OWN.c.id)
)


def everyone_responsible(
    connection: sa.Connection, grid_id: int, at: date | Half, entry: int = LATEST
) -> tuple[Responsible, ...]:  # fmt: skip
    """Return who may be asked about a grid: A, A's deputy, B, B's deputy, each only if in service and not away.

    Args:
        at: a day, on which somebody is away who is away in both halves of it; or half a day.
        entry: number of the ledger entry at which the book is asked.
    """
    found: dict[int, Responsible] = {}
    for person, name, code, rank, is_employed, is_away, deputy, its_name, its_code, is_there in _ON_GRID.on(
        driver_of(connection), grid=grid_id, entry=entry, **times(at)
    ):
        if is_employed and not is_away:
            found.setdefault(person, Responsible(person, name, code, rank))
        # A deputy stands in for who is employed; when a post outlives its holder, nobody stands in.
        elif is_employed and is_there and deputy is not None:
            found.setdefault(deputy, Responsible(deputy, its_name, its_code, rank, name))
    return tuple(found.values())


def responsible(connection: sa.Connection, grid_id: int, at: date | Half, entry: int = LATEST) -> Responsible | None:
    """Return the person responsible for a grid: the first of A, A's deputy, B, B's deputy who is in service and not away.

    None is a finding: the grid is without anybody.
    """
    return next(iter(everyone_responsible(connection, grid_id, at, entry)), None)


@dataclass(frozen=True, slots=True)
class HeldPost:
    """A post of a person on a day, as known at an entry."""

    number: int
    grid_id: int | None
    grid: str
    """Name of the grid, or of the area or unit."""
    rank: str
    duty: str
    starts_on: date
    ends_on: date | None


_PLACED = (
    post.outerjoin(grid, grid.c.id == post.c.grid_id)
    .outerjoin(area, area.c.id == post.c.area_id)
    .outerjoin(unit, unit.c.id == post.c.unit_id)
)
_PLACE = sa.func.coalesce(grid.c.name, area.c.name, unit.c.name, word(""))
"""Name of the grid, area or unit of a post."""
_POSTS_OF = (
    sa.select(*some(post, "number grid_id rank duty starts_on ends_on"), _PLACE.label("grid"))
    .select_from(_PLACED)
    .where(
        post.c.person_id == sa.bindparam("person", type_=sa.BigInteger),
        _known(post),
        post.c.starts_on <= _DAY,
        post.c.ends_on.is_(None) | (post.c.ends_on > _DAY),
    )
    .order_by(post.c.rank, grid.c.code)
)


def posts_of(connection: sa.Connection, person: int, day: date, entry: int = LATEST) -> tuple[HeldPost, ...]:
    """Return the posts that a person holds on a day."""
    return tuple(
        HeldPost(
            row.number, row.grid_id, row.grid, row.rank, row.duty, date.fromisoformat(row.starts_on),
            date.fromisoformat(row.ends_on) if row.ends_on else None,
        )
        for row in connection.execute(_POSTS_OF, {"person": person, "entry": entry, **times(day)})
    )  # fmt: skip


# --- time lines -------------------------------------------------------------------------------------------------

_PERSON: sa.BindParameter[int] = sa.bindparam("person", type_=sa.BigInteger)
_STEPS_OF = {
    BookTable.EMPLOYMENT: sa.select(
        employment.c.starts_on.label("starts"), employment.c.ends_on.label("ends"), employment.c.form.label("kind"),
        sa.func.coalesce(unit.c.name, word("")).label("other"), employment.c.why_ended, employment.c.recorded_by,
    )
    .select_from(employment.outerjoin(unit, unit.c.id == employment.c.employer_id))
    .where(employment.c.person_id == _PERSON, employment.c.replaced_by.is_(None)),
    BookTable.POST: sa.select(
        post.c.starts_on.label("starts"), post.c.ends_on.label("ends"), post.c.rank.label("kind"),
        _PLACE.label("other"), post.c.why_ended, post.c.recorded_by,
    )
    .select_from(_PLACED)
    .where(post.c.person_id == _PERSON, post.c.replaced_by.is_(None)),
    BookTable.LEAVE: sa.select(
        leave.c.first_half.label("starts"), leave.c.last_half.label("ends"), leave.c.kind,
        sa.func.coalesce(roster_person.c.name, word("")).label("other"), word("").label("why_ended"), leave.c.recorded_by,
    )
    .select_from(leave.outerjoin(roster_person, roster_person.c.id == leave.c.deputy_id))
    .where(leave.c.person_id == _PERSON, leave.c.replaced_by.is_(None)),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepRow:
    """An employment, a post or a leave of a person as the book says it now."""

    table: BookTable
    starts: str | None
    ends: str | None
    kind: str
    """Form, rank or kind of leave."""
    other: str
    """Name of the employer, the grid or the deputy."""
    why_ended: str
    entry: int


def steps_of(connection: sa.Connection, person: int) -> list[StepRow]:
    """Return the employments, posts and leave of a person, of all days."""
    return [StepRow(table, *row) for table, query in _STEPS_OF.items() for row in connection.execute(query, {"person": person})]


_STEPS_ON = (
    sa.select(
        post.c.rank,
        sa.func.coalesce(roster_person.c.code, word("")).label("code"),
        sa.func.coalesce(roster_person.c.name, word("")).label("person"),
        post.c.starts_on.label("starts"),
        post.c.ends_on.label("ends"),
        post.c.why_ended,
        post.c.recorded_by.label("entry"),
    )
    .select_from(post.outerjoin(roster_person, roster_person.c.id == post.c.person_id))
    .where(post.c.grid_id == sa.bindparam("grid", type_=sa.BigInteger), post.c.replaced_by.is_(None))
)


@dataclass(frozen=True, slots=True)
class PostStep:
    """A post on a grid as the book says it now."""

    rank: str
    code: str
    person: str
    starts: str
    ends: str | None
    why_ended: str
    entry: int


def steps_on(connection: sa.Connection, grid_id: int) -> list[PostStep]:
    """Return the posts on a grid, of all days."""
    return [PostStep(*row) for row in connection.execute(_STEPS_ON, {"grid": grid_id})]


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A post held on a day, with whether its holder is there."""

    person_id: int
    code: str
    person: str
    form: str
    grid_id: int
    grid_code: str
    grid: str
    community: str
    rank: str
    duty: str
    since: date
    until: date | None
    is_employed: bool
    is_away: bool
    deputy: str


_ROSTER = (
    sa.select(
        *some(post, "person_id grid_id rank duty starts_on ends_on"),
        sa.func.coalesce(roster_person.c.code, word("")).label("code"),
        sa.func.coalesce(roster_person.c.name, word("")).label("person"),
        sa.func.coalesce(employment.c.form, word("")).label("form"),
        employment.c.id.label("employment"),
        grid.c.code.label("grid_code"),
        grid.c.name.label("grid"),
        area.c.name.label("community"),
        _OWN.c.id.label("leave"),
        sa.func.coalesce(_DEPUTY.c.name, word("")).label("deputy"),
    )
    .select_from(
        post.join(grid, grid.c.id == post.c.grid_id)
        .join(area, area.c.id == grid.c.area_id)
        .outerjoin(roster_person, roster_person.c.id == post.c.person_id)
        .outerjoin(
            employment,
            (employment.c.person_id == post.c.person_id)
            & _known(employment)
            & (employment.c.starts_on.is_(None) | (employment.c.starts_on <= _DAY))
            & (employment.c.ends_on.is_(None) | (employment.c.ends_on > _DAY)),
        )
        .outerjoin(_OWN, sa.and_(*_leave_of(post.c.person_id, _OWN)))
        .outerjoin(_DEPUTY, _DEPUTY.c.id == _OWN.c.deputy_id)
    )
    .where(_known(post), post.c.starts_on <= _DAY, post.c.ends_on.is_(None) | (post.c.ends_on > _DAY))
    .order_by(grid.c.code, post.c.rank, roster_person.c.code)
)


def roster_on(connection: sa.Connection, day: date, entry: int = LATEST) -> tuple[RosterLine, ...]:
    """Return the posts on grids that are held on a day, as known at an entry, by grid and rank."""
    return tuple(
        RosterLine(
            person_id=row.person_id, code=row.code, person=row.person, form=row.form, grid_id=row.grid_id, grid_code=row.grid_code,
            grid=row.grid, community=row.community, rank=row.rank, duty=row.duty, since=date.fromisoformat(row.starts_on),
            until=date.fromisoformat(row.ends_on) if row.ends_on else None, is_employed=row.employment is not None,
            is_away=row.leave is not None, deputy=row.deputy,
        )
        for row in connection.execute(_ROSTER, {"entry": entry, **times(day)})
    )  # fmt: skip


# --- units ------------------------------------------------------------------------------------------------------

_UNITS_FOR = (
    sa.select(
        *some(unit, "id code name"), *some(responsibility, "minor_code is_primary"),
        sa.func.coalesce(_SERVED.c.code, word("")).label("area"),
    )
    .select_from(
        responsibility.join(unit, unit.c.id == responsibility.c.unit_id)
        .outerjoin(unit_area, unit_area.c.unit_id == unit.c.id)
        .outerjoin(_SERVED, _SERVED.c.id == sa.func.coalesce(responsibility.c.area_id, unit_area.c.area_id))
    )
    .where(
        responsibility.c.kind == sa.bindparam("of_kind", type_=sa.Text),
        responsibility.c.major_code == sa.bindparam("major", type_=sa.Text),
        responsibility.c.minor_code.in_([word(""), sa.bindparam("minor", type_=sa.Text)]),
        _known(responsibility),
        responsibility.c.starts_on.is_(None) | (responsibility.c.starts_on <= _DAY),
        responsibility.c.ends_on.is_(None) | (responsibility.c.ends_on > _DAY),
    )
    .order_by(responsibility.c.is_primary.desc(), (responsibility.c.minor_code == word("")), unit.c.code)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ResponsibleUnit:
    """A unit that is responsible for a category on a day."""

    id: int
    code: str
    name: str
    is_primary: bool
    is_exact: bool
    """For exactly this minor category, not for its major one."""


def units_for(
    connection: sa.Connection, category: tuple[str, str, str], areas: Sequence[str], day: date, entry: int = LATEST
) -> tuple[ResponsibleUnit, ...]:  # fmt: skip
    """Return the units that are responsible for a category at a place on a day, primary ones first.

    Args:
        category: kind, major and minor code.
        areas: codes of the areas of the place, nearest first; empty: wherever.
    """
    kind, major, minor = category
    values = {"of_kind": kind, "major": major, "minor": minor, "entry": entry, **times(day)}
    found: dict[int, ResponsibleUnit] = {}
    for row in connection.execute(_UNITS_FOR, values):
        if not row.area or not areas or row.area in areas:
            found.setdefault(row.id, ResponsibleUnit(row.id, row.code, row.name, bool(row.is_primary), bool(row.minor_code)))
    return tuple(found.values())


# --- grids without anybody --------------------------------------------------------------------------------------

_SPAN_FIRST, _SPAN_LAST = sa.bindparam("span_first", type_=sa.Text), sa.bindparam("span_last", type_=sa.Text)
_CONDITIONS = {
    BookTable.POST: (
        post.c.grid_id.is_not(None),
        post.c.starts_on <= _SPAN_LAST,
        post.c.ends_on.is_(None) | (post.c.ends_on > _SPAN_FIRST),
    ),
    BookTable.EMPLOYMENT: (
        employment.c.starts_on.is_(None) | (employment.c.starts_on <= _SPAN_LAST),
        employment.c.ends_on.is_(None) | (employment.c.ends_on > _SPAN_FIRST),
    ),
    BookTable.LEAVE: (leave.c.first_half <= sa.bindparam("half_last", type_=sa.Text), leave.c.last_half >= _SPAN_FIRST),
}
_NAMES = {
    BookTable.POST: "number person_id grid_id rank starts_on ends_on",
    BookTable.EMPLOYMENT: "number person_id starts_on ends_on",
    BookTable.LEAVE: "number person_id first_half last_half deputy_id",
}
_IN_SPAN = {
    table: sa.select(*some(TABLES[table], _NAMES[table])).where(_known(TABLES[table]), *_CONDITIONS[table]) for table in OF_PEOPLE
}
_ROWS_IN = {table: Direct(query) for table, query in _IN_SPAN.items()}
_ON_GRIDS = Direct(_IN_SPAN[BookTable.POST].where(post.c.grid_id.in_(listed("grids"))))
_OF_PEOPLE = {
    table: Direct(_IN_SPAN[table].where(TABLES[table].c.person_id.in_(listed("people"))))
    for table in (BookTable.EMPLOYMENT, BookTable.LEAVE)
}
_GRIDS_OF = (
    sa.select(post.c.grid_id)
    .distinct()
    .where(post.c.person_id.in_(listed("people")), post.c.grid_id.is_not(None), post.c.replaced_by.is_(None))
    .order_by(post.c.grid_id)
)
_DEPUTISED = sa.select(leave.c.person_id).where(leave.c.deputy_id.in_(listed("people")), leave.c.replaced_by.is_(None))


def grids_of(connection: sa.Connection, people: Iterable[int]) -> list[int]:
    """Return the grids on which people have posts, of any day, and those of whom they stand in for."""
    keys = set(people)
    keys |= {row.person_id for row in connection.execute(_DEPUTISED, {"people": json.dumps(sorted(keys))})}
    return [row.grid_id for row in connection.execute(_GRIDS_OF, {"people": json.dumps(sorted(keys))})]


_VERSION, _ANY = grid_version.alias("known"), grid_version.alias("any_version")
_EVERY_GRID = (
    sa.select(
        grid.c.id, _VERSION.c.starts_on, _VERSION.c.ends_on, _VERSION.c.id.label("version"),
        sa.exists().where(_ANY.c.grid_id == grid.c.id).label("has_versions"),
    )
    .select_from(grid.outerjoin(_VERSION, (_VERSION.c.grid_id == grid.c.id) & _known(_VERSION)))
    .order_by(grid.c.code)
)  # fmt: skip


def _days_of_grids(connection: sa.Connection, entry: int) -> dict[int, tuple[date, date]]:
    """Return the days ``[first, end)`` in which each grid is there, as known at an entry; none for one that was not known yet."""
    found: dict[int, tuple[date, date]] = {}
    for row in connection.execute(_EVERY_GRID, {"entry": entry}):
        if row.version is None and row.has_versions:
            continue
        starts = date.fromisoformat(row.starts_on) if row.starts_on else date.min
        ends = date.fromisoformat(row.ends_on) if row.ends_on else date.max
        known = found.get(row.id, (starts, ends))
        found[row.id] = (min(known[0], starts), max(known[1], ends))
    return found


def gaps(connection: sa.Connection, first: date, last: date, entry: int = LATEST) -> tuple[Gap, ...]:
    """Return the days between two days, both included, on which grids are without anybody in service, in the order of the grids."""
    values = _span(first, last, entry)
    raw, rows = driver_of(connection), Rows()
    for table in OF_PEOPLE:
        _fill(rows, table, _ROWS_IN[table].on(raw, **_taken(table, values)))
    days = _days_of_grids(connection, entry)
    found = coverage.gaps(rows, list(days), first, last)
    return tuple(one for gap in found if (one := coverage.clipped(gap, *days[gap.grid_id])) is not None)


def rows_of_grids(
    connection: sa.Connection, grids: Iterable[int], first: date, last: date, *, also: Iterable[int] = (), entry: int = LATEST
) -> Rows:  # fmt: skip
    """Return the rows of the book that decide who is responsible for some grids between two days.

    Args:
        also: further people whose employments and leave are wanted.
        entry: as known at this entry of the ledger.
    """
    values = _span(first, last, entry)
    raw, rows = driver_of(connection), Rows()
    _fill(rows, BookTable.POST, _ON_GRIDS.on(raw, **_taken(BookTable.POST, values), grids=json.dumps(list(grids))))
    people = {row["person_id"] for row in rows.by_table[BookTable.POST].values()} | set(also)
    _fill(
        rows,
        BookTable.LEAVE,
        _OF_PEOPLE[BookTable.LEAVE].on(raw, **_taken(BookTable.LEAVE, values), people=json.dumps(list(people))),
    )
    deputies = {row["deputy_id"] for row in rows.by_table[BookTable.LEAVE].values() if row["deputy_id"] is not None}
    for table, whom in ((BookTable.LEAVE, deputies - people), (BookTable.EMPLOYMENT, people | deputies)):
        _fill(rows, table, _OF_PEOPLE[table].on(raw, **_taken(table, values), people=json.dumps(list(whom))))
    return rows


def _span(first: date, last: date, entry: int) -> dict[str, Any]:
    return {"entry": entry, "span_first": first.isoformat(), "span_last": last.isoformat(), "half_last": f"{last}{AFTERNOON}"}


def _taken(table: BookTable, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of the parameters that the statement of a table has."""
    left_out = "half_last" if table is not BookTable.LEAVE else "span_last"
    return {name: value for name, value in values.items() if name != left_out}


def _fill(rows: Rows, table: BookTable, found: Iterable[Sequence[Any]]) -> None:
    names = _NAMES[table].split()
    for values in found:
        rows.by_table[table][values[0]] = dict(zip(names, values, strict=True))
