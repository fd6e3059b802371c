"""Rows of the registers for export, with codes for what they refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.roster import BookTable
from gridconsole.store.roster import IS_DUTY_NOW, IS_POST_NOW, PEOPLE
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import (
    IS_GRID_NOW,
    area,
    category,
    component,
    filing_rule,
    grid,
    unit,
    unit_area,
)
from gridconsole.store.tables.roster import employment, leave, post, responsibility, roster_note, roster_person

_DEPUTY = roster_person.alias("deputy")
_PARENT_AREA, _PARENT_UNIT = area.alias("parent_area"), unit.alias("parent_unit")
_IS_ACTIVE: sa.ColumnElement[int] = sa.literal_column("1")
_ROWS: Mapping[str, sa.Select[Any]] = {
    "areas": sa.select(*some(area, "id code name level"), _PARENT_AREA.c.code.label("parent"), area.c.extra)
    .select_from(area.outerjoin(_PARENT_AREA, _PARENT_AREA.c.id == area.c.parent_id))
    .order_by(area.c.code),
    "grids": sa.select(
        *some(grid, "id code name"),
        area.c.code.label("community_code"),
        area.c.name.label("community"),
        *some(
            grid,
            "kind area_class area_m2 households population as_of buildings shops key_places places_as_of special_groups groups_as_of",
        ),
        *some(grid, "boundary party_group workstation extra"),
    )
    .join_from(grid, area, area.c.id == grid.c.area_id)
    .where(IS_GRID_NOW)
    .order_by(grid.c.code),
    "departments": sa.select(
        *some(unit, "id code name kind"),
        _PARENT_UNIT.c.name.label("parent"),
        *some(unit, "all_day head contact phone contract_ends_on extra"),
    )
    .select_from(unit.outerjoin(_PARENT_UNIT, _PARENT_UNIT.c.id == unit.c.parent_id))
    .where(unit.c.active == _IS_ACTIVE)
    .order_by(unit.c.code),
    "wardens": sa.select(
        *some(roster_person, "id code name gender phone kinds"),
        employment.c.form.label("employment"),
        *some(roster_person, "workstation duty"),
        employment.c.starts_on.label("joined_on"),
        employment.c.ends_on.label("left_on"),
        roster_person.c.extra,
    )
    .select_from(PEOPLE)
    .order_by(roster_person.c.code),
    "leave": sa.select(
        leave.c.number.label("id"),
        *some(roster_person, "code name"),
        *some(leave, "kind first_half last_half"),
        _DEPUTY.c.code.label("deputy"),
        roster_note.c.body.label("reason"),
        word("").label("extra"),
    )
    .select_from(
        leave.join(roster_person, roster_person.c.id == leave.c.person_id)
        .outerjoin(_DEPUTY, _DEPUTY.c.id == leave.c.deputy_id)
        .outerjoin(roster_note, (roster_note.c.book == word(BookTable.LEAVE.value)) & (roster_note.c.number == leave.c.number))
    )
    .where(leave.c.replaced_by.is_(None))
    .order_by(leave.c.first_half, roster_person.c.code),
    "catalogue": sa.select(
        filing_rule.c.id,
        *some(category, "standard kind major_code major_name minor_code minor_name units authority"),
        *some(filing_rule, "condition close_condition milestones extra"),
    )
    .join_from(filing_rule, category, category.c.id == filing_rule.c.category_id)
    .where(filing_rule.c.active == _IS_ACTIVE)
    .order_by(*some(category, "standard kind major_code minor_code"), filing_rule.c.id),
    "components": sa.select(
        *some(component, "id code name state owner authority"),
        grid.c.code.label("grid"),
        *some(component, "address longitude latitude installed_on extra"),
    )
    .select_from(component.outerjoin(grid, grid.c.id == component.c.grid_id))
    .order_by(component.c.code),
}
_AREAS_OF = (
    sa.select(area.c.code)
    .join_from(unit_area, area, area.c.id == unit_area.c.area_id)
    .where(unit_area.c.unit_id == sa.bindparam("unit"))
    .order_by(area.c.code)
)
_DUTIES_OF = (
    sa.select(*some(responsibility, "kind major_code minor_code is_primary"))
    .where(responsibility.c.unit_id == sa.bindparam("unit"), IS_DUTY_NOW)
    .order_by(*some(responsibility, "kind major_code minor_code"))
)
_POSTS = (
    sa.select(post.c.person_id, grid.c.code, post.c.rank)
    .join_from(post, grid, grid.c.id == post.c.grid_id)
    .where(IS_POST_NOW, post.c.ends_on.is_(None))
    .order_by(post.c.person_id, grid.c.code)
)


_AREA_POSTS = (
    sa.select(post.c.person_id, area.c.code)
    .join_from(post, area, area.c.id == post.c.area_id)
    .where(IS_POST_NOW, post.c.ends_on.is_(None))
    .order_by(post.c.person_id, area.c.code)
)


def area_posts(connection: sa.Connection) -> dict[int, list[str]]:
    """Return the codes of the areas in which each person has a post."""
    found: dict[int, list[str]] = {}
    for row in connection.execute(_AREA_POSTS):
        found.setdefault(row.person_id, []).append(row.code)
    return found


def rows(connection: sa.Connection, kind: str) -> Iterator[dict[str, Any]]:
    """Yield every record of a register, in the order of its codes."""
    for row in connection.execute(_ROWS[kind]):
        yield dict(row._mapping)


def areas_of(connection: sa.Connection, unit: int) -> list[str]:
    """Return the codes of the areas a unit serves."""
    return [row.code for row in connection.execute(_AREAS_OF, {"unit": unit})]


def duties_of(connection: sa.Connection, unit: int) -> list[tuple[str, str, str, bool]]:
    """Return the responsibilities of a unit: kind, major, minor or empty, whether first."""
    found = connection.execute(_DUTIES_OF, {"unit": unit})
    return [(row.kind, row.major_code, row.minor_code, bool(row.is_primary)) for row in found]


def live_posts(connection: sa.Connection) -> dict[int, list[tuple[str, str]]]:
    """Return the grids (by code) and ranks of every warden who has a post."""
    posts: dict[int, list[tuple[str, str]]] = {}
    for row in connection.execute(_POSTS):
        posts.setdefault(row.person_id, []).append((row.code, row.rank))
    return posts
