"""Names of the values by which reports are broken down: places, categories, handlers."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.domain.codes import HandlerKind
from gridconsole.store.dialect.sqlite import json_value, listed
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, category, grid, unit
from gridconsole.store.tables.roster import roster_person
from gridconsole.store.types import decoded


@dataclass(frozen=True, slots=True)
class Named:
    """A value of a dimension, with its code and its name."""

    key: tuple[str | int | None, ...]
    code: str
    name: str
    under: str = ""
    """Name of what it belongs to, such as the major category."""


_AREAS = sa.select(*some(area, "id code name level")).order_by(area.c.code)
_GRIDS = sa.select(*some(grid, "id code name")).order_by(grid.c.code)
_CATEGORIES = sa.select(*some(category, "id kind major_code major_name minor_code minor_name")).order_by(
    *some(category, "kind major_code minor_code")
)
_UNITS = sa.select(unit.c.id, unit.c.code, unit.c.name, word(HandlerKind.UNIT.value).label("kind"))
_PEOPLE = sa.select(*some(roster_person, "id code name"), word(HandlerKind.WARDEN.value).label("kind"))


_NAMES = {
    kind.value: sa.select(*some(register, "id name")).where(register.c.id.in_(listed("keys")))
    for kind, register in ((HandlerKind.UNIT, unit), (HandlerKind.WARDEN, roster_person))
}


def areas(connection: sa.Connection, level: str) -> list[Named]:
    """Return the areas of a level by code."""
    return [Named((row.id,), row.code, row.name) for row in connection.execute(_AREAS) if row.level == level]


def grids(connection: sa.Connection) -> list[Named]:
    """Return every grid, closed ones too, by code."""
    return [Named((row.id,), row.code, row.name) for row in connection.execute(_GRIDS)]


def categories(connection: sa.Connection) -> list[Named]:
    """Return the minor categories, each under its major one."""
    return [
        Named((row.id,), f"{row.major_code}{row.minor_code}", row.minor_name, row.major_name)
        for row in connection.execute(_CATEGORIES)
    ]


def of_handlers(connection: sa.Connection, wanted: Iterable[tuple[str | None, int | None]]) -> dict[tuple[str, int], str]:
    """Return the names of some handlers, by the kind and the key of each."""
    keys: dict[str, set[int]] = {}
    for kind, key in wanted:
        if kind is not None and key is not None:
            keys.setdefault(kind, set()).add(key)
    return {
        (kind, row.id): row.name
        for kind, of_kind in keys.items()
        for row in connection.execute(_NAMES[kind], {"keys": json.dumps(sorted(of_kind))})
    }


def handlers(connection: sa.Connection) -> list[Named]:
    """Return the units, then the people on the roster; the key is the kind and the key of each."""
    found = [*connection.execute(_UNITS), *connection.execute(_PEOPLE)]
    return [Named((row.kind, row.id), row.code, row.name) for row in found]


READ = 2_000
"""Newest cases whose columns are known."""
_KEPT = sa.select(incident.c.extra).where(
    incident.c.id > sa.select(sa.func.max(incident.c.id) - sa.literal_column(str(READ))).scalar_subquery(),
    incident.c.extra != sa.literal_column("''"),
)
_OLDER = (
    sa.select(incident.c.id)
    .where(
        json_value(sa.func.nullif(incident.c.extra, sa.literal_column("''")), sa.bindparam("heading", type_=sa.Text)).is_not(None)
    )
    .limit(sa.literal_column("1"))
)


def kept_headings(connection: sa.Connection) -> list[str]:
    """Return the headings of the columns that lists kept with the newest cases."""
    return sorted({str(heading) for row in connection.execute(_KEPT) for heading in decoded(row.extra, "incident.extra")})


def is_kept(connection: sa.Connection, heading: str) -> bool:
    """Return whether a list kept a column of this heading with any case, an old one too."""
    return heading in kept_headings(connection) or connection.execute(_OLDER, {"heading": heading}).first() is not None
