"""Phones of the people and units around a case, unmasked: only :mod:`gridconsole.services.phones` reads them."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.roster import Half
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.responsible import everyone_responsible
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import unit
from gridconsole.store.tables.roster import roster_person


@dataclass(frozen=True, slots=True)
class Numbers:
    """A line of a register with its phone."""

    name: str
    phone: str
    contact: str = ""
    """Name of a unit's contact."""
    note: str = ""
    """Rank of a warden's post on the grid."""
    stands_in_for: str = ""
    """Name of the warden on leave whose deputy this is."""
    is_always_there: bool = False
    """A unit is on duty day and night."""


_CASE: sa.BindParameter[int] = sa.bindparam("case", type_=sa.BigInteger)
_REPORTER = sa.select(*some(incident, "reporter_name reporter_phone grid_id")).where(incident.c.id == _CASE)
_UNITS = sa.select(*some(unit, "name phone contact all_day")).where(unit.c.id.in_(listed("keys"))).order_by(unit.c.code)
_PHONES = sa.select(*some(roster_person, "id name phone")).where(roster_person.c.id.in_(listed("keys")))
_BY_KEY = {
    HandlerKind.UNIT.value: sa.select(*some(unit, "id phone")).where(unit.c.id.in_(listed("keys"))),
    HandlerKind.WARDEN.value: _PHONES,
}
_WARDENS = (
    sa.select(*some(roster_person, "name phone")).where(roster_person.c.id.in_(listed("keys"))).order_by(roster_person.c.code)
)


def reporter_of(connection: sa.Connection, case: int) -> tuple[Numbers, int | None]:
    """Return the reporter of a case, and the key of its grid."""
    row = connection.execute(_REPORTER, {"case": case}).one()
    return Numbers(row.reporter_name, row.reporter_phone), row.grid_id


def of_units(connection: sa.Connection, keys: Collection[int]) -> tuple[Numbers, ...]:
    """Return units with their duty phone and their contact."""
    if not keys:
        return ()
    found = connection.execute(_UNITS, {"keys": json.dumps(list(keys))})
    return tuple(Numbers(row.name, row.phone, row.contact, is_always_there=bool(row.all_day)) for row in found)


def by_handler(connection: sa.Connection, handlers: Collection[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Return the phones of units and people, by the kind and the key of each."""
    found: dict[tuple[str, int], str] = {}
    for kind, statement in _BY_KEY.items():
        keys = json.dumps([key for one, key in handlers if one == kind])
        found |= {(kind, row.id): row.phone for row in connection.execute(statement, {"keys": keys})}
    return found


def of_grid(connection: sa.Connection, grid: int, today: date | Half) -> tuple[Numbers, ...]:
    """Return who is responsible for a grid: those with a post who are in service and not away, A before B, and deputies."""
    there = {one.person_id: one for one in everyone_responsible(connection, grid, today)}
    if not there:
        return ()
    found = {row.id: row for row in connection.execute(_PHONES, {"keys": json.dumps(list(there))})}
    return tuple(
        Numbers(found[key].name, found[key].phone, note=one.rank, stands_in_for=one.stands_in_for)
        for key, one in there.items()
        if key in found
    )


def of_wardens(connection: sa.Connection, keys: Collection[int]) -> tuple[Numbers, ...]:
    """Return wardens by their keys."""
    return (
        tuple(Numbers(row.name, row.phone) for row in connection.execute(_WARDENS, {"keys": json.dumps(list(keys))}))
        if keys
        else ()
    )
