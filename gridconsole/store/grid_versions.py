"""Grids by day: lines that make the roster's book agree with the register, lineage, and questions about both."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from gridconsole.domain import roster as rules
from gridconsole.domain.roster import BookTable, Line
from gridconsole.store import roster as book
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import grid
from gridconsole.store.tables.roster import grid_lineage, grid_text, grid_version
from gridconsole.store.types import day_or_none

_KEYS = listed("keys")
_ROWS_OF = (
    sa.select(*some(grid_version, " ".join(("number", *rules.COLUMNS[BookTable.GRID]))))
    .where(grid_version.c.replaced_by.is_(None), grid_version.c.grid_id.in_(_KEYS))
    .order_by(sa.func.coalesce(grid_version.c.starts_on, word("")), grid_version.c.number)
)
_RECORDS = sa.select(grid).where(grid.c.id.in_(_KEYS))
_HIGHEST = sa.select(
    sa.func.coalesce(sa.func.max(grid.c.id), 0),
    sa.select(sa.func.coalesce(sa.func.max(grid_version.c.grid_id), 0)).scalar_subquery(),
)
_KNOWN_TEXTS = sa.select(grid_text.c.digest).where(grid_text.c.digest.in_(listed("digests", sa.Text)))
_PUT_TEXT = sa.insert(grid_text)

Rows = dict[int, list[tuple[int, dict[str, Any]]]]


def next_grid(connection: sa.Connection) -> int:
    """Return the first free key of a grid. One that the book once named is never given to another grid."""
    return int(max(connection.execute(_HIGHEST).one())) + 1


def rows_of(connection: sa.Connection, grids: Collection[int]) -> Rows:
    """Return number and content of the present rows of some grids, by grid, in the order of their days."""
    found: Rows = defaultdict(list)
    for row in connection.execute(_ROWS_OF, {"keys": json.dumps(sorted(grids))}):
        values = dict(row._mapping)
        found[values["grid_id"]].append((int(values.pop("number")), values))
    return found


def records_of(connection: sa.Connection, grids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the records of some grids in the register, by key."""
    return {row.id: dict(row._mapping) for row in connection.execute(_RECORDS, {"keys": json.dumps(sorted(grids))})}


def lines_for(connection: sa.Connection, grids: Collection[int], today: date) -> dict[int, list[Line]]:
    """Return the lines by which the book says of some grids what the register says, from today on; by grid.

    Keeps the texts that they name; only inside a writing transaction.

    A grid that is new to the book was there as long as anybody knows. One that is gone from the register never was: only undoing
    an import takes a grid out of it.
    """
    rows, records = rows_of(connection, grids), records_of(connection, grids)
    put_texts(connection, records.values())
    number = book.next_number(connection, BookTable.GRID)
    found: dict[int, list[Line]] = {}
    for key in sorted(grids):
        lines = _lines_of(key, records.get(key), rows.get(key, []), today, number)
        number += sum(line.number >= number for line in lines)
        if lines:
            found[key] = lines
    return found


def _lines_of(
    key: int, record: Mapping[str, Any] | None, rows: list[tuple[int, dict[str, Any]]], today: date, number: int
) -> list[Line]:  # fmt: skip
    if record is None:
        return [Line(BookTable.GRID, one, None) for one, _ in rows]
    if not rows:
        return [Line(BookTable.GRID, number, rules.grid_row(key, record))]
    place, row = rows[-1]
    said = rules.grid_row(key, record)
    if row["ends_on"] is not None or _facts(said) == _facts(row):
        return []
    if len(rows) > 1 and row["starts_on"] == today.isoformat() == rows[-2][1]["ends_on"] and _facts(rows[-2][1]) == _facts(said):
        # Changed and changed back on one day.
        return [Line(BookTable.GRID, place, None), Line(BookTable.GRID, rows[-2][0], {**rows[-2][1], "ends_on": None})]
    return rules.grid_lines(place, row, said, today, number)


def _facts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("starts_on", "ends_on")}


def put_texts(connection: sa.Connection, records: Iterable[Mapping[str, Any]]) -> None:
    """Keep the texts of grids that versions name by their keys."""
    texts = {rules.text_key(text): text for record in records for name in rules.GRID_TEXTS if (text := record[name])}
    if not texts:
        return
    known = {row.digest for row in connection.execute(_KNOWN_TEXTS, {"digests": json.dumps(sorted(texts))})}
    rows = [{"digest": digest, "body": text} for digest, text in texts.items() if digest not in known]
    if rows:
        connection.execute(_PUT_TEXT, rows)


_HISTORY = (
    sa.select(grid_version)
    .where(grid_version.c.grid_id == sa.bindparam("key", type_=sa.BigInteger), grid_version.c.replaced_by.is_(None))
    .order_by(sa.func.coalesce(grid_version.c.starts_on, word("")), grid_version.c.number)
)
_BODIES = sa.select(grid_text).where(grid_text.c.digest.in_(listed("digests", sa.Text)))
_SHOWN_TEXTS = tuple(name for name in rules.GRID_TEXTS if name != "geometry")


def history(connection: sa.Connection, key: int) -> list[tuple[dict[str, Any], date | None, int]]:
    """Return what a grid was in the order of the days: its facts and texts, the first day, the entry that says so.

    The boundary on the map is recorded by its digest only.
    """
    rows = [dict(row._mapping) for row in connection.execute(_HISTORY, {"key": key})]
    digests = sorted({row[f"{name}_key"] for row in rows for name in _SHOWN_TEXTS})
    bodies = {row.digest: row.body for row in connection.execute(_BODIES, {"digests": json.dumps(digests)})}
    found = []
    for row in rows:
        facts = {name: row[name] for name in rules.GRID_FACTS}
        facts |= {name: bodies.get(row[f"{name}_key"], "") for name in _SHOWN_TEXTS}
        found.append(({**facts, "geometry": row["geometry_key"]}, day_or_none(row["starts_on"]), int(row["recorded_by"])))
    return found


@dataclass(frozen=True, slots=True)
class Descent:
    """A grid that came from another one."""

    from_id: int
    to_id: int
    kind: rules.GridChangeKind
    on: date
    recorded_by: int


_LINEAGE = sa.select(*some(grid_lineage, "from_id to_id kind on_day recorded_by")).where(grid_lineage.c.replaced_by.is_(None))
_ALL_LINEAGE = _LINEAGE.order_by(grid_lineage.c.number)
_ABOUT = _LINEAGE.where(grid_lineage.c.from_id.in_(_KEYS) | grid_lineage.c.to_id.in_(_KEYS)).order_by(grid_lineage.c.number)


def _descent(row: Any) -> Descent:
    return Descent(row.from_id, row.to_id, rules.GridChangeKind(row.kind), date.fromisoformat(row.on_day), row.recorded_by)


def lineage(connection: sa.Connection) -> tuple[Descent, ...]:
    """Return every descent, the part that kept the rest first."""
    return tuple(map(_descent, connection.execute(_ALL_LINEAGE)))


def lineage_of(connection: sa.Connection, key: int) -> tuple[Descent, ...]:
    """Return from which grids one came, and which came from it."""
    return tuple(map(_descent, connection.execute(_ABOUT, {"keys": json.dumps([key])})))


def successors(connection: sa.Connection, key: int) -> tuple[int, ...]:
    """Return the grids of today that a closed grid became, the one that kept the rest first; the grid itself if it is open."""
    into: defaultdict[int, list[int]] = defaultdict(list)
    for one in lineage(connection):
        into[one.from_id].append(one.to_id)
    found: dict[int, None] = {}
    waiting = [key]
    while waiting:
        here = waiting.pop(0)
        if here in into:
            waiting = [*into[here], *waiting]
        else:
            found[here] = None
    return tuple(found)


@dataclass(frozen=True, slots=True)
class ClosedGrid:
    """A grid that is no more."""

    id: int
    code: str
    name: str
    area_id: int
    ended_on: date
    initials: str


_CLOSED = sa.select(*some(grid, "id code name area_id ends_on initials")).where(grid.c.ends_on.is_not(None)).order_by(grid.c.code)
_ONE_CLOSED = _CLOSED.where(grid.c.id == sa.bindparam("key", type_=sa.BigInteger))


def closed(connection: sa.Connection, key: int) -> ClosedGrid | None:
    """Return a grid if it is no more; None if it is there."""
    row = connection.execute(_ONE_CLOSED, {"key": key}).first()
    return None if row is None else _closed(row)


def closed_grids(connection: sa.Connection) -> tuple[ClosedGrid, ...]:
    """Return the grids that are no more."""
    return tuple(map(_closed, connection.execute(_CLOSED)))


def _closed(row: Any) -> ClosedGrid:
    return ClosedGrid(row.id, row.code, row.name, row.area_id, day_or_none(row.ends_on) or date.min, row.initials)
