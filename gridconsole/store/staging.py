"""Slices of imports that are decided but not yet written: they are written in the end, even if the program is interrupted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.domain.ledger import canonical
from gridconsole.store.dialect.sqlite import upsert
from gridconsole.store.tables.imports import import_stage

HEADER = 0
"""Position of the slice written last: who imports, and the facts of the batch's ledger entry."""


@dataclass(frozen=True, slots=True)
class StagedSlice:
    """A slice of a batch, in the order of its file."""

    batch: int
    position: int
    numbers: Mapping[str, int]
    """First case number that is reserved for this slice, by day."""
    body: bytes


_BATCH: sa.BindParameter[int] = sa.bindparam("batch")
_IS_HEADER = import_stage.c.position == sa.literal_column("0")
_PUT = sa.insert(import_stage)
_NEXT = (
    sa.select(import_stage).order_by(import_stage.c.batch_id, _IS_HEADER, import_stage.c.position).limit(sa.literal_column("1"))
)
_HEADER = sa.select(import_stage.c.body).where(import_stage.c.batch_id == _BATCH, _IS_HEADER)
_PUT_HEADER = upsert(import_stage, "batch_id position", "body")
_DROP = sa.delete(import_stage).where(import_stage.c.batch_id == _BATCH, import_stage.c.position == sa.bindparam("place"))
_COUNT = sa.select(sa.func.count()).where(import_stage.c.batch_id == _BATCH)


def put(connection: sa.Connection, slice_: StagedSlice) -> None:
    """Store a slice until it is written."""
    values = {"batch_id": slice_.batch, "position": slice_.position, "numbers": canonical(slice_.numbers), "body": slice_.body}
    connection.execute(_PUT, values)


def next_slice(connection: sa.Connection) -> StagedSlice | None:
    """Return the slice to write next: the oldest batch first, its header last."""
    row = connection.execute(_NEXT).first()
    return None if row is None else StagedSlice(row.batch_id, row.position, json.loads(row.numbers), row.body)


def header(connection: sa.Connection, batch: int) -> bytes:
    """Return the header of a batch that is not completely written yet."""
    found: bytes = connection.execute(_HEADER, {"batch": batch}).scalar_one()
    return found


def put_header(connection: sa.Connection, batch: int, body: bytes) -> None:
    """Store the header of a batch, replacing an earlier one."""
    connection.execute(_PUT_HEADER, {"batch_id": batch, "position": HEADER, "numbers": "{}", "body": body})


def drop(connection: sa.Connection, slice_: StagedSlice) -> None:
    """Delete a slice that is written in the same transaction."""
    connection.execute(_DROP, {"batch": slice_.batch, "place": slice_.position})


def count(connection: sa.Connection, batch: int) -> int:
    """Return how many slices of a batch are not yet written."""
    return int(connection.execute(_COUNT, {"batch": batch}).scalar_one())
