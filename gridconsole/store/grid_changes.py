"""Splits, merges and transfers of grids: what lies in a grid, what a change moved, and the changes themselves."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.clock import stamp
from gridconsole.domain.grid_change import Lying, MovedKind
from gridconsole.domain.roster import GridChangeKind
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import component, grid
from gridconsole.store.tables.roster import grid_change, grid_move
from gridconsole.store.types import instant, instant_or_none

_KEYS = listed("keys")
_CASES = (
    sa.select(*some(incident, "id number address grid_id"))
    .where(incident.c.grid_id.in_(_KEYS), incident.c.closed_at.is_(None))
    .order_by(incident.c.number)
)
_COMPONENTS = sa.select(*some(component, "id address grid_id")).where(component.c.grid_id.in_(_KEYS)).order_by(component.c.id)
_ANY_CASES = sa.select(*some(incident, "id number")).where(incident.c.grid_id.in_(_KEYS)).order_by(incident.c.number)
_NUMBERS = sa.select(*some(incident, "id number")).where(incident.c.id.in_(_KEYS))
_BELOW = sa.select(grid.c.code).where(grid.c.code.like(sa.bindparam("below", type_=sa.Text)))
_OF_NAME = sa.select(grid.c.id, grid.c.code).where(
    grid.c.area_id == sa.bindparam("area", type_=sa.BigInteger), grid.c.name == sa.bindparam("called"), grid.c.ends_on.is_(None)
)


def cases_in(connection: sa.Connection, grids: Collection[int]) -> tuple[Lying, ...]:
    """Return the open cases in some grids, those that rest included, by number."""
    return tuple(
        Lying(row.id, row.number, row.address, row.grid_id)
        for row in connection.execute(_CASES, {"keys": json.dumps(sorted(grids))})
    )


def components_in(connection: sa.Connection, grids: Collection[int]) -> tuple[Lying, ...]:
    """Return the facilities in some grids."""
    return tuple(
        Lying(row.id, "", row.address, row.grid_id)
        for row in connection.execute(_COMPONENTS, {"keys": json.dumps(sorted(grids))})
    )


def every_case_in(connection: sa.Connection, grids: Collection[int]) -> dict[int, str]:
    """Return key and number of every case in some grids, open or not."""
    return {row.id: row.number for row in connection.execute(_ANY_CASES, {"keys": json.dumps(sorted(grids))})}


def numbers_of(connection: sa.Connection, cases: Collection[int]) -> dict[int, str]:
    """Return the numbers of cases by their keys."""
    return {row.id: row.number for row in connection.execute(_NUMBERS, {"keys": json.dumps(sorted(cases))})}


def codes_below(connection: sa.Connection, community: str) -> list[str]:
    """Return the codes of grids below a community's code, those that are no more included."""
    return [row.code for row in connection.execute(_BELOW, {"below": f"{community}%"})]


def grids_called(connection: sa.Connection, area: int, name: str) -> dict[int, str]:
    """Return key and code of the grids of a name that are there in a community."""
    return {row.id: row.code for row in connection.execute(_OF_NAME, {"area": area, "called": name})}


_PUT_GRID = sa.insert(grid)
_CLOSE = sa.update(grid).where(grid.c.id == sa.bindparam("row_key")).values(ends_on=sa.bindparam("day", type_=sa.Text))
_DROP = sa.delete(grid).where(grid.c.id == sa.bindparam("row_key"))
_MOVE_COMPONENT = sa.update(component).where(component.c.id == sa.bindparam("row_key")).values(grid_id=sa.bindparam("into"))


def put_grid(connection: sa.Connection, record: Mapping[str, Any]) -> None:
    """Add a grid to the register."""
    connection.execute(_PUT_GRID, dict(record))


def close_grids(connection: sa.Connection, grids: Iterable[int], day: date | None) -> None:
    """Say in the register from which day grids are no more; None: they are there again."""
    said = None if day is None else day.isoformat()
    for key in grids:
        connection.execute(_CLOSE, {"row_key": key, "day": said})


def drop_grids(connection: sa.Connection, grids: Iterable[int]) -> None:
    """Take grids out of the register that nothing refers to."""
    for key in grids:
        connection.execute(_DROP, {"row_key": key})


def move_components(connection: sa.Connection, moves: Iterable[tuple[int, int]]) -> None:
    """Put facilities into grids: key of the facility, key of the grid."""
    rows = [{"row_key": key, "into": into} for key, into in moves]
    if rows:
        connection.execute(_MOVE_COMPONENT, rows)


# --- changes ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A split, merge or transfer."""

    number: int
    kind: GridChangeKind
    on: date
    made_at: datetime
    made_by: str
    entry: int
    """Number of its ledger entry."""
    undone_at: datetime | None
    undone_by: str


@dataclass(frozen=True, slots=True)
class Move:
    """A case or a facility that a change moved."""

    kind: MovedKind
    subject: int
    from_id: int
    to_id: int
    version: int | None = None
    """Version of a case right after it was moved."""


_KEY: sa.BindParameter[int] = sa.bindparam("change_key", type_=sa.BigInteger)
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_CHANGES = sa.select(*some(grid_change, "id kind on_day made_at made_name entry_seq undone_at undone_name")).where(
    grid_change.c.office_id == _OFFICE
)
_NEWEST = _CHANGES.order_by(grid_change.c.id.desc()).limit(sa.bindparam("most"))
_ONE = _CHANGES.where(grid_change.c.id == _KEY)
_NEXT = sa.select(sa.func.coalesce(sa.func.max(grid_change.c.id), 0) + 1)
_INSERT = sa.insert(grid_change)
_PUT_MOVE = sa.insert(grid_move)
_MOVES = (
    sa.select(*some(grid_move, "kind subject_id from_id to_id version"))
    .where(grid_move.c.change_id == _KEY)
    .order_by(grid_move.c.kind, grid_move.c.subject_id)
)
_FOLLOW = (
    sa.update(grid_move)
    .where(
        grid_move.c.kind == sa.literal_column(f"'{MovedKind.CASE.value}'", sa.Text), grid_move.c.subject_id == sa.bindparam("of_subject"),
        grid_move.c.to_id == sa.bindparam("back_in"), grid_move.c.version == sa.bindparam("was"),
    )
    .values(version=sa.bindparam("new_version"))
)  # fmt: skip
_UNDO = (
    sa.update(grid_change)
    .where(grid_change.c.id == _KEY)
    .values(undone_at=sa.bindparam("at", type_=sa.Text), undone_name=sa.bindparam("name", type_=sa.Text))
)


def next_change(connection: sa.Connection) -> int:
    """Return the number of the next change; only inside a writing transaction."""
    return int(connection.execute(_NEXT).scalar_one())


def put(
    connection: sa.Connection, office: int, number: int, kind: GridChangeKind, on: date, at: datetime, by: tuple[int, str],
    entry: int, moves: Sequence[Move],
) -> None:  # fmt: skip
    """Write a change with what it moved.

    Args:
        by: key and name of the operator.
        entry: number of its ledger entry.
    """
    connection.execute(_INSERT, {
        "id": number, "office_id": office, "kind": kind.value, "on_day": on.isoformat(), "made_at": stamp(at), "made_by": by[0],
        "made_name": by[1], "entry_seq": entry,
    })  # fmt: skip
    rows = [
        {
            "change_id": number, "kind": one.kind.value, "subject_id": one.subject, "from_id": one.from_id, "to_id": one.to_id,
            "version": one.version,
        }
        for one in moves
    ]  # fmt: skip
    if rows:
        connection.execute(_PUT_MOVE, rows)


def mark_undone(connection: sa.Connection, number: int, at: datetime, by: str) -> None:
    """Record that a change was undone."""
    connection.execute(_UNDO, {"change_key": number, "at": stamp(at), "name": by})


def follow(connection: sa.Connection, move: Move, version: int) -> None:
    """Note that a case is back where an earlier change had moved it: nobody acted on it, so that one can still be undone."""
    connection.execute(_FOLLOW, {
        "of_subject": move.subject, "back_in": move.from_id, "was": (move.version or 0) - 1, "new_version": version,
    })  # fmt: skip


def changes(connection: sa.Connection, office: int, most: int) -> tuple[ChangeRow, ...]:
    """Return the newest changes, newest first."""
    return tuple(map(_change, connection.execute(_NEWEST, {"office": office, "most": most})))


def change(connection: sa.Connection, office: int, number: int) -> ChangeRow | None:
    """Return a change; None if there is none of this number."""
    row = connection.execute(_ONE, {"office": office, "change_key": number}).first()
    return None if row is None else _change(row)


def _change(row: Any) -> ChangeRow:
    return ChangeRow(
        row.id, GridChangeKind(row.kind), date.fromisoformat(row.on_day), instant(row.made_at), row.made_name, row.entry_seq,
        instant_or_none(row.undone_at), row.undone_name,
    )  # fmt: skip


def moves_of(connection: sa.Connection, number: int) -> tuple[Move, ...]:
    """Return what a change moved."""
    return tuple(
        Move(MovedKind(row.kind), row.subject_id, row.from_id, row.to_id, row.version)
        for row in connection.execute(_MOVES, {"change_key": number})
    )
