"""Rows of the registers for export, with codes for what they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

_ROWS = {
    "areas": "SELECT a.id, a.code, a.name, a.level, p.code AS parent, a.extra FROM area a LEFT JOIN area p ON p.id = a.parent_id ORDER BY a.code",
    "grids": "SELECT g.id, g.code, g.name, a.code AS community_code, a.name AS community, g.kind, g.area_class, g.area_m2, g.households,"
    " g.population, g.boundary, g.party_group, g.workstation, g.as_of, g.extra FROM grid g JOIN area a ON a.id = g.area_id ORDER BY g.code",
    "departments": "SELECT u.id, u.code, u.name, u.kind, p.name AS parent, u.all_day, u.contact, u.phone, u.extra FROM unit u"
    " LEFT JOIN unit p ON p.id = u.parent_id WHERE u.active = 1 ORDER BY u.code",
    "wardens": "SELECT id, code, name, gender, phone, employment, workstation, duty, joined_on, left_on, extra FROM warden ORDER BY code",
    "catalogue": "SELECT r.id, c.standard, c.kind, c.major_code, c.major_name, c.minor_code, c.minor_name, c.units, c.authority,"
    " r.condition, r.close_condition, r.milestones, r.extra FROM filing_rule r JOIN category c ON c.id = r.category_id WHERE r.active = 1"
    " ORDER BY c.standard, c.kind, c.major_code, c.minor_code, r.id",
    "components": "SELECT c.id, c.code, c.name, c.state, c.owner, c.authority, g.code AS grid, c.address, c.longitude, c.latitude,"
    " c.installed_on, c.extra FROM component c LEFT JOIN grid g ON g.id = c.grid_id ORDER BY c.code",
}
_AREAS_OF = sa.text("SELECT a.code FROM unit_area u JOIN area a ON a.id = u.area_id WHERE u.unit_id = :unit ORDER BY a.code")
_DUTIES_OF = sa.text("SELECT kind, major_code, minor_code, is_primary FROM responsibility WHERE unit_id = :unit ORDER BY 1, 2, 3")
_POSTS = sa.text(
    "SELECT p.warden_id, g.code, p.rank FROM post p JOIN grid g ON g.id = p.grid_id WHERE p.ends_on IS NULL ORDER BY 1, 2"
)


def rows(connection: sa.Connection, kind: str) -> Iterator[dict[str, Any]]:
    """Yield every record of a register, in the order of its codes."""
    for row in connection.execute(sa.text(_ROWS[kind])):
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
        posts.setdefault(row.warden_id, []).append((row.code, row.rank))
    return posts
