"""Areas and grids: the tree, the tables, type-ahead, and what the import writes."""

from __future__ import annotations

import functools
import json
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import GridKind, Level
from gridconsole.domain.division import AreaClass
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import group_concat, instr, listed
from gridconsole.store.roster import DAY, HOLDS_POST, IS_DUTY_NOW, in_service, is_away, times
from gridconsole.store.tables.cases import IS_OPEN, incident
from gridconsole.store.tables.registers import (
    IS_GRID_NOW,
    area,
    category,
    component,
    filing_rule,
    unit,
    unit_area,
)
from gridconsole.store.tables.registers import grid as grid_table
from gridconsole.store.tables.roster import post, responsibility, roster_person, team, team_member
from gridconsole.store.types import coded, day_or_none, driver_of


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A division of the tree."""

    id: int
    code: str
    name: str
    level: Level
    parent_id: int | None
    initials: str
    grids: int
    """Number of grids directly in it."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A grid with its base data and its present wardens and cases."""

    id: int
    code: str
    name: str
    area_id: int
    area_name: str
    subdistrict: str
    kind: GridKind
    area_class: AreaClass | None
    area_m2: int | None
    households: int | None
    population: int | None
    boundary: str
    party_group: str
    workstation: str
    as_of: date | None
    initials: str
    wardens: int
    """Number of wardens with a post on it today."""
    open_cases: int
    warden_names: str = ""
    """Names of these wardens, A before B, separated by blanks."""


_GRIDS_IN_AREA = sa.select(sa.func.count()).where(grid_table.c.area_id == area.c.id, IS_GRID_NOW).scalar_subquery()
_AREAS = sa.select(
    area.c.id, area.c.code, area.c.name, area.c.level, area.c.parent_id, area.c.initials, _GRIDS_IN_AREA.label("grids")
).order_by(area.c.code)
_SUBDISTRICT = area.alias("subdistrict")
_WARDENS_OF_GRID = (
    sa.select(sa.func.count())
    .select_from(post)
    .where(post.c.grid_id == grid_table.c.id, HOLDS_POST, in_service(post.c.person_id))
    .scalar_subquery()
)
_NAMES = (
    sa.select(roster_person.c.name)
    .join_from(post, roster_person, roster_person.c.id == post.c.person_id)
    .where(post.c.grid_id == grid_table.c.id, HOLDS_POST, in_service(post.c.person_id))
    .order_by(post.c.rank, roster_person.c.code)
    .correlate(grid_table)
    .subquery()
)
_WARDEN_NAMES = sa.select(group_concat(_NAMES.c.name, sa.literal_column("' '", sa.Text))).scalar_subquery()
_OPEN_IN_GRID = sa.select(sa.func.count()).where(incident.c.grid_id == grid_table.c.id, IS_OPEN).scalar_subquery()
_GRIDS = sa.select(
    *(
        grid_table.c[name]
        for name in (
            "id", "code", "name", "area_id", "kind", "area_class", "area_m2", "households", "population", "boundary", "party_group",
            "workstation", "as_of", "initials",
        )
    ),
    area.c.name.label("area_name"),
    _SUBDISTRICT.c.name.label("subdistrict"),
    _WARDENS_OF_GRID.label("wardens"),
    sa.func.coalesce(_WARDEN_NAMES, "").label("warden_names"),
    _OPEN_IN_GRID.label("open_cases"),
).select_from(
    grid_table.join(area, area.c.id == grid_table.c.area_id).outerjoin(_SUBDISTRICT, _SUBDISTRICT.c.id == area.c.parent_id)
)  # fmt: skip
_ALL_GRIDS = _GRIDS.where(
    grid_table.c.starts_on.is_(None) | (grid_table.c.starts_on <= DAY),
    grid_table.c.ends_on.is_(None) | (grid_table.c.ends_on > DAY),
).order_by(grid_table.c.code)
_ONE_GRID = _GRIDS.where(grid_table.c.id == sa.bindparam("id"))


def areas(connection: sa.Connection) -> tuple[AreaRow, ...]:
    """Return the whole division tree, by code."""
    return tuple(
        AreaRow(
            id=row.id,
            code=row.code,
            name=row.name,
            level=Level(row.level),
            parent_id=row.parent_id,
            initials=row.initials,
            grids=row.grids,
        )
        for row in connection.execute(_AREAS)
    )


def grids(connection: sa.Connection, today: date) -> tuple[GridRow, ...]:
    """Return every grid of a day, by code."""
    return tuple(map(_grid, connection.execute(_ALL_GRIDS, times(today))))


def grid(connection: sa.Connection, key: int, today: date) -> GridRow | None:
    """Return a grid; None if there is none with this key."""
    row = connection.execute(_ONE_GRID, {"id": key, **times(today)}).first()
    return None if row is None else _grid(row)


def _grid(row: Any) -> GridRow:
    return GridRow(
        id=row.id,
        code=row.code,
        name=row.name,
        area_id=row.area_id,
        area_name=row.area_name,
        subdistrict=row.subdistrict or "",
        kind=coded(GridKind, row.kind, "grid.kind"),
        area_class=AreaClass(row.area_class) if row.area_class else None,
        area_m2=row.area_m2,
        households=row.households,
        population=row.population,
        boundary=row.boundary,
        party_group=row.party_group,
        workstation=row.workstation,
        as_of=day_or_none(row.as_of),
        initials=row.initials,
        wardens=row.wardens,
        warden_names=row.warden_names,
        open_cases=row.open_cases,
    )


_BY_AREA = (
    sa.select(grid_table.c.area_id, sa.func.count(post.c.person_id.distinct()).label("wardens"))
    .select_from(post.join(grid_table, grid_table.c.id == post.c.grid_id))
    .where(HOLDS_POST, in_service(post.c.person_id), ~is_away(post.c.person_id))
    .group_by(grid_table.c.area_id)
)


def wardens_by_area(connection: sa.Connection, today: date) -> dict[int, int]:
    """Return how many wardens have a post in each community, have not left and are not on leave."""
    return {row.area_id: row.wardens for row in connection.execute(_BY_AREA, times(today))}


@dataclass(frozen=True, slots=True)
class GridChoice:
    """A grid with the fields that type-ahead and references need."""

    id: int
    code: str
    name: str
    area_id: int
    initials: str


_CHOICES = (
    sa.select(grid_table.c.id, grid_table.c.code, grid_table.c.name, grid_table.c.area_id, grid_table.c.initials)
    .where(IS_GRID_NOW)
    .order_by(grid_table.c.code)
)
_AREA_OF_GRID = sa.select(grid_table.c.area_id).where(grid_table.c.id == sa.bindparam("grid")).scalar_subquery()
_UP = (
    sa.select(area.c.id, area.c.code, area.c.parent_id)
    .where(area.c.id == sa.func.coalesce(_AREA_OF_GRID, sa.bindparam("area")))
    .cte("up", recursive=True)
)
_PARENT = area.alias("parent")
_CHAIN = sa.select(
    _UP.union_all(
        sa.select(_PARENT.c.id, _PARENT.c.code, _PARENT.c.parent_id).join_from(_PARENT, _UP, _PARENT.c.id == _UP.c.parent_id)
    ).c.code
).limit(sa.literal_column("8"))


def grid_choices(connection: sa.Connection) -> tuple[GridChoice, ...]:
    """Return every grid that is there, with few fields."""
    return tuple(GridChoice(row.id, row.code, row.name, row.area_id, row.initials) for row in connection.execute(_CHOICES))


def area_chain(connection: sa.Connection, area_id: int | None, grid_id: int | None) -> tuple[str, ...]:
    """Return the codes of the areas a case lies in, nearest first: its grid's community (or the known area) and those above it.

    Follows the tree of the register, not the digits of the codes: two code systems may exist in one office.
    """
    return tuple(row.code for row in connection.execute(_CHAIN, {"grid": grid_id, "area": area_id}))


_NAMES_OF = sa.select(grid_table.c.name).where(grid_table.c.id.in_(listed("keys"))).order_by(grid_table.c.code)
_NAMES_BY_KEY = sa.select(grid_table.c.id, grid_table.c.name).where(grid_table.c.id.in_(listed("keys")))
_CODE_OF = sa.select(grid_table.c.code).where(grid_table.c.id == sa.bindparam("key"))
_WITH_CASES = (
    sa.select(incident.c.grid_id).distinct().where(incident.c.grid_id.in_(listed("keys")), IS_OPEN).order_by(incident.c.grid_id)
)


def names_of(connection: sa.Connection, grids: Iterable[int]) -> list[str]:
    """Return the names of grids, by code."""
    return [row.name for row in connection.execute(_NAMES_OF, {"keys": json.dumps(list(grids))})]


def names_by_key(connection: sa.Connection, grids: Iterable[int]) -> dict[int, str]:
    """Return the names of grids by their keys."""
    return {row.id: row.name for row in connection.execute(_NAMES_BY_KEY, {"keys": json.dumps(list(grids))})}


def code_of(connection: sa.Connection, grid: int) -> str:
    """Return the code of a grid; empty if there is none of this key."""
    return str(connection.execute(_CODE_OF, {"key": grid}).scalar() or "")


_OPEN_BY_GRID = (
    sa.select(incident.c.grid_id, sa.func.count().label("cases"))
    .where(incident.c.grid_id.in_(listed("keys")), IS_OPEN)
    .group_by(incident.c.grid_id)
)
_IN_BOUNDARY = (
    sa.select(grid_table.c.id)
    .where(instr(grid_table.c.boundary, sa.bindparam("said", type_=sa.Text)) > 0, IS_GRID_NOW)
    .order_by(grid_table.c.code)
    .limit(sa.bindparam("most"))
)


def open_cases_by_grid(connection: sa.Connection, grids: Iterable[int]) -> dict[int, int]:
    """Return how many open cases each of some grids has."""
    found = connection.execute(_OPEN_BY_GRID, {"keys": json.dumps(list(grids))})
    return {row.grid_id: row.cases for row in found}


def grids_with_boundary(connection: sa.Connection, said: str, most: int) -> list[int]:
    """Return the grids whose boundary has a text."""
    return [row.id for row in connection.execute(_IN_BOUNDARY, {"said": said, "most": most})] if said else []


_OLDEST_OPEN = (
    sa.select(incident.c.grid_id, sa.func.min(incident.c.reported_at).label("at"))
    .where(incident.c.grid_id.in_(listed("keys")), IS_OPEN)
    .group_by(incident.c.grid_id)
)


def oldest_open_cases(connection: sa.Connection, grids: Iterable[int]) -> dict[int, str]:
    """Return when the oldest open case of each grid was reported; grids without open cases are left out."""
    rows = connection.execute(_OLDEST_OPEN, {"keys": json.dumps(list(grids))})
    return {row.grid_id: row.at for row in rows}


def with_open_cases(connection: sa.Connection, grids: Iterable[int]) -> tuple[int, ...]:
    """Return those of some grids that have open cases."""
    return tuple(row.grid_id for row in connection.execute(_WITH_CASES, {"keys": json.dumps(list(grids))}))


CHUNK = 1_000
"""Rows handed to the driver at once: of 600,000 divisions together, the values alone took 500 MB."""


def upsert(connection: sa.Connection, table: str, rows: Sequence[Mapping[str, Any]], *, insert: bool) -> None:
    """Insert new rows, or update rows by ``id``; columns are those of the first row."""
    if not rows:
        return
    names = tuple(rows[0])
    statement = (_inserting if insert else _updating)(_TABLES[table], names)
    raw, values_of = driver_of(connection), operator.itemgetter(*names)
    for first in range(0, len(rows), CHUNK):
        statement.many(raw, map(values_of, rows[first : first + CHUNK]))


@functools.cache
def _inserting(target: sa.Table, names: tuple[str, ...]) -> Direct:
    return Direct(sa.insert(target).values({name: sa.bindparam(name) for name in names}), order=" ".join(names))


@functools.cache
def _updating(target: sa.Table, names: tuple[str, ...]) -> Direct:
    # Another name for the key: a name of a column would be taken for a new value.
    changed: dict[str, Any] = {name: sa.bindparam(name) for name in names if name != "id"}
    order = " ".join("row" if name == "id" else name for name in names)
    return Direct(sa.update(target).where(target.c.id == sa.bindparam("row")).values(changed), order=order)


_TABLES: Mapping[str, sa.Table] = {
    table.name: table for table in (area, grid_table, unit, roster_person, category, filing_rule, component, team, team_member)
}


def existing(connection: sa.Connection, table: str) -> list[dict[str, Any]]:
    """Return every row of a reference table, by column name."""
    return [dict(row._mapping) for row in connection.execute(sa.select(_TABLES[table]))]


def next_id(connection: sa.Connection, table: str) -> int:
    """Return the first free key of a reference table; only inside a writing transaction."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(_TABLES[table].c.id), 0) + 1)).scalar_one())


_DROP_UNIT_AREAS = sa.delete(unit_area).where(unit_area.c.unit_id == sa.bindparam("unit"))
_PUT_UNIT_AREA = sa.insert(unit_area)


def replace_areas(connection: sa.Connection, unit: int, areas_served: Iterable[int]) -> None:
    """Write the areas a unit serves."""
    connection.execute(_DROP_UNIT_AREAS, {"unit": unit})
    served = [{"unit_id": unit, "area_id": key} for key in sorted(set(areas_served))]
    if served:
        connection.execute(_PUT_UNIT_AREA, served)


_SERVICES = sa.select(unit_area.c.unit_id, unit_area.c.area_id).order_by(unit_area.c.unit_id, unit_area.c.area_id)
_DUTIES = (
    sa.select(*(responsibility.c[name] for name in ("unit_id", "kind", "major_code", "minor_code", "is_primary")))
    .where(IS_DUTY_NOW)
    .order_by(responsibility.c.unit_id, responsibility.c.id)
)


def services(connection: sa.Connection) -> dict[int, tuple[frozenset[int], frozenset[tuple[str, str, str, bool]]]]:
    """Return areas served and responsibilities, by unit."""
    served: dict[int, set[int]] = {}
    duties: dict[int, set[tuple[str, str, str, bool]]] = {}
    for row in connection.execute(_SERVICES):
        served.setdefault(row.unit_id, set()).add(row.area_id)
    for row in connection.execute(_DUTIES):
        duties.setdefault(row.unit_id, set()).add((row.kind, row.major_code, row.minor_code, bool(row.is_primary)))
    return {unit: (frozenset(served.get(unit, ())), frozenset(duties.get(unit, ()))) for unit in served.keys() | duties.keys()}
