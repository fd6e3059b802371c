"""People who could take over a grid: those posted on it, then those of the grids around it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from gridconsole.store.roster import HOLDS_POST, is_away, stays, times
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, grid
from gridconsole.store.tables.roster import post, roster_person

_GRID: sa.BindParameter[int] = sa.bindparam("grid", type_=sa.BigInteger)
_BESIDES: sa.BindParameter[int] = sa.bindparam("besides", type_=sa.BigInteger)
_HERE, _AREA_HERE = grid.alias("here"), area.alias("area_here")
_THERE = (
    HOLDS_POST,
    post.c.person_id != _BESIDES,
    stays(post.c.person_id),
    ~is_away(post.c.person_id),
)
_ON_GRID = (
    sa.select(*some(roster_person, "id name code"))
    .join_from(post, roster_person, roster_person.c.id == post.c.person_id)
    .where(post.c.grid_id == _GRID, *_THERE)
    .order_by(post.c.rank, post.c.starts_on, roster_person.c.code)
)
_IS_NEAR = (grid.c.area_id == _HERE.c.area_id).label("is_near")
_AROUND = (
    sa.select(*some(roster_person, "id name code"), _IS_NEAR)
    .select_from(
        _HERE.join(_AREA_HERE, _AREA_HERE.c.id == _HERE.c.area_id)
        .join(area, (area.c.id == _AREA_HERE.c.id) | (area.c.parent_id == _AREA_HERE.c.parent_id))
        .join(grid, grid.c.area_id == area.c.id)
        .join(post, post.c.grid_id == grid.c.id)
        .join(roster_person, roster_person.c.id == post.c.person_id)
    )
    .where(_HERE.c.id == _GRID, grid.c.id != _GRID, post.c.rank == word("A"), *_THERE)
)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A person who could take over."""

    id: int
    name: str
    code: str
    is_near: bool = True
    """On the grid itself, or in the same community."""


def on_grid(connection: sa.Connection, grid_id: int, day: date, besides: int) -> list[Neighbour]:
    """Return who else has a post on a grid on a day, stays in service and is not away, A before B."""
    found = connection.execute(_ON_GRID, {"grid": grid_id, "besides": besides, **times(day)})
    return list({row.id: Neighbour(row.id, row.name, row.code) for row in found}.values())


def around(connection: sa.Connection, grid_id: int, day: date, besides: int) -> list[Neighbour]:
    """Return who has a first post on another grid of the same community or subdistrict, in any order."""
    found: dict[int, Neighbour] = {}
    for row in connection.execute(_AROUND, {"grid": grid_id, "besides": besides, **times(day)}):
        if row.id not in found or row.is_near:
            found[row.id] = Neighbour(row.id, row.name, row.code, bool(row.is_near))
    return list(found.values())
