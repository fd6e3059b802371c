"""Areas and grids: the tree, the tables, type-ahead, and what the import writes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.division import AreaClass, GridKind, Level
from gridconsole.store.types import coded, day_or_none


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


_AREAS = sa.text(
    "SELECT a.id, a.code, a.name, a.level, a.parent_id, a.initials, (SELECT count(*) FROM grid g WHERE g.area_id = a.id) AS grids"
    " FROM area a ORDER BY a.code"
)
_GRIDS = (
    "SELECT g.id, g.code, g.name, g.area_id, g.kind, g.area_class, g.area_m2, g.households, g.population, g.boundary,"
    " g.party_group, g.workstation, g.as_of, g.initials, a.name AS area_name, s.name AS subdistrict,"
    " (SELECT count(*) FROM post p JOIN warden w ON w.id = p.warden_id WHERE p.grid_id = g.id AND p.starts_on <= :today AND"
    " (p.ends_on IS NULL OR p.ends_on > :today) AND (w.left_on IS NULL OR w.left_on > :today)) AS wardens,"
    " (SELECT count(*) FROM incident i WHERE i.grid_id = g.id AND i.closed_at IS NULL) AS open_cases"
    " FROM grid g JOIN area a ON a.id = g.area_id LEFT JOIN area s ON s.id = a.parent_id"
)
_ALL_GRIDS = sa.text(f"{_GRIDS} ORDER BY g.code")
_ONE_GRID = sa.text(f"{_GRIDS} WHERE g.id = :id")


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
    """Return every grid, by code."""
    return tuple(map(_grid, connection.execute(_ALL_GRIDS, {"today": today.isoformat()})))


def grid(connection: sa.Connection, key: int, today: date) -> GridRow | None:
    """Return a grid; None if there is none with this key."""
    row = connection.execute(_ONE_GRID, {"id": key, "today": today.isoformat()}).first()
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
        open_cases=row.open_cases,
    )


@dataclass(frozen=True, slots=True)
class GridChoice:
    """A grid with the fields that type-ahead and references need."""

    id: int
    code: str
    name: str
    area_id: int
    initials: str


_CHOICES = sa.text("SELECT id, code, name, area_id, initials FROM grid ORDER BY code")
_CHAIN = sa.text(
    "WITH RECURSIVE up (id, code, parent_id) AS (SELECT id, code, parent_id FROM area WHERE id = coalesce("
    "(SELECT area_id FROM grid WHERE id = :grid), :area) UNION ALL SELECT a.id, a.code, a.parent_id FROM area a"
    " JOIN up ON a.id = up.parent_id) SELECT code FROM up LIMIT 8"
)


def grid_choices(connection: sa.Connection) -> tuple[GridChoice, ...]:
    """Return every grid, with few fields."""
    return tuple(GridChoice(row.id, row.code, row.name, row.area_id, row.initials) for row in connection.execute(_CHOICES))


def area_chain(connection: sa.Connection, area_id: int | None, grid_id: int | None) -> tuple[str, ...]:
    """Return the codes of the areas a case lies in, nearest first: its grid's community (or the known area) and those above it.

    Follows the tree of the register, not the digits of the codes: two code systems may exist in one office.
    """
    return tuple(row.code for row in connection.execute(_CHAIN, {"grid": grid_id, "area": area_id}))


def upsert(connection: sa.Connection, table: str, rows: Sequence[Mapping[str, Any]], *, insert: bool) -> None:
    """Insert new rows, or update rows by ``id``, in one statement; columns are those of the first row."""
    if not rows:
        return
    names = [name for name in rows[0] if insert or name != "id"]
    if insert:
        statement = f"INSERT INTO {_known(table)} ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"
    else:
        statement = f"UPDATE {_known(table)} SET {', '.join(f'{name} = :{name}' for name in names)} WHERE id = :id"
    connection.execute(sa.text(statement), [dict(row) for row in rows])


_TABLES = frozenset({"area", "grid", "unit", "warden", "category", "filing_rule", "component"})


def _known(table: str) -> str:
    if table not in _TABLES:
        raise ValueError(table)
    return table


def existing(connection: sa.Connection, table: str) -> list[dict[str, Any]]:
    """Return every row of a reference table, by column name."""
    return [dict(row._mapping) for row in connection.execute(sa.text(f"SELECT * FROM {_known(table)}"))]


def next_id(connection: sa.Connection, table: str) -> int:
    """Return the first free key of a reference table; only inside a writing transaction."""
    return int(connection.execute(sa.text(f"SELECT coalesce(max(id), 0) + 1 FROM {_known(table)}")).scalar_one())


_DROP_UNIT_AREAS = sa.text("DELETE FROM unit_area WHERE unit_id = :unit")
_PUT_UNIT_AREA = sa.text("INSERT INTO unit_area (unit_id, area_id) VALUES (:unit, :area)")
_DROP_DUTIES = sa.text("DELETE FROM responsibility WHERE unit_id = :unit")
_PUT_DUTY = sa.text(
    "INSERT INTO responsibility (unit_id, kind, major_code, minor_code, is_primary) VALUES (:unit, :kind, :major, :minor, :primary)"
)


def replace_service(
    connection: sa.Connection, unit: int, areas_served: Iterable[int], duties: Iterable[tuple[str, str, str, bool]]
) -> None:
    """Write the areas a unit serves and the categories it is responsible for: (kind, major, minor or empty, primary)."""
    connection.execute(_DROP_UNIT_AREAS, {"unit": unit})
    connection.execute(_DROP_DUTIES, {"unit": unit})
    served = [{"unit": unit, "area": area} for area in sorted(set(areas_served))]
    if served:
        connection.execute(_PUT_UNIT_AREA, served)
    lines = [
        {"unit": unit, "kind": kind, "major": major, "minor": minor, "primary": int(primary)}
        for kind, major, minor, primary in duties
    ]
    if lines:
        connection.execute(_PUT_DUTY, lines)


_SERVICES = sa.text("SELECT unit_id, area_id FROM unit_area ORDER BY unit_id, area_id")
_DUTIES = sa.text("SELECT unit_id, kind, major_code, minor_code, is_primary FROM responsibility ORDER BY unit_id, id")


def services(connection: sa.Connection) -> dict[int, tuple[frozenset[int], frozenset[tuple[str, str, str, bool]]]]:
    """Return areas served and responsibilities, by unit."""
    served: dict[int, set[int]] = {}
    duties: dict[int, set[tuple[str, str, str, bool]]] = {}
    for row in connection.execute(_SERVICES):
        served.setdefault(row.unit_id, set()).add(row.area_id)
    for row in connection.execute(_DUTIES):
        duties.setdefault(row.unit_id, set()).add((row.kind, row.major_code, row.minor_code, bool(row.is_primary)))
    return {unit: (frozenset(served.get(unit, ())), frozenset(duties.get(unit, ()))) for unit in served.keys() | duties.keys()}
