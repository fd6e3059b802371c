"""Slices of imports that are decided but not yet written: they are written in the end, even if the program is interrupted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.domain.ledger import canonical

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


_PUT = sa.text("INSERT INTO import_stage (batch_id, position, numbers, body) VALUES (:batch, :position, :numbers, :body)")
_NEXT = sa.text("SELECT batch_id, position, numbers, body FROM import_stage ORDER BY batch_id, position = 0, position LIMIT 1")
_HEADER = sa.text("SELECT body FROM import_stage WHERE batch_id = :batch AND position = 0")
_PUT_HEADER = sa.text(
    "INSERT INTO import_stage (batch_id, position, numbers, body) VALUES (:batch, 0, '{}', :body)"
    " ON CONFLICT (batch_id, position) DO UPDATE SET body = excluded.body"
)
_DROP = sa.text("DELETE FROM import_stage WHERE batch_id = :batch AND position = :position")
_COUNT = sa.text("SELECT count(*) FROM import_stage WHERE batch_id = :batch")
_PENDING = sa.text("SELECT EXISTS (SELECT 1 FROM import_stage)")


def put(connection: sa.Connection, slice_: StagedSlice) -> None:
    """Store a slice until it is written."""
    values = {"batch": slice_.batch, "position": slice_.position, "numbers": canonical(slice_.numbers), "body": slice_.body}
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
    connection.execute(_PUT_HEADER, {"batch": batch, "body": body})


def drop(connection: sa.Connection, slice_: StagedSlice) -> None:
    """Delete a slice that is written in the same transaction."""
    connection.execute(_DROP, {"batch": slice_.batch, "position": slice_.position})


def count(connection: sa.Connection, batch: int) -> int:
    """Return how many slices of a batch are not yet written."""
    return int(connection.execute(_COUNT, {"batch": batch}).scalar_one())


def is_pending(connection: sa.Connection) -> bool:
    """Return whether an import is decided and not yet written to its end."""
    return bool(connection.execute(_PENDING).scalar_one())
