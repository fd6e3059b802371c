"""Indices and triggers of a file, compared with those of a new one: without them it is slower, or less guarded."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import sqlalchemy as sa

from gridconsole.store import schema
from gridconsole.store.dialect import pragmas
from gridconsole.store.types import driver_of


def lost(connection: sa.Connection) -> dict[str, str]:
    """Return the indices and triggers that a file of this schema should have and lacks, or has in another form.

    Returns the statement that creates each, by its name.
    """
    present = pragmas.objects(driver_of(connection))
    return {name: statement for name, statement in _wanted().items() if present.get(name) != statement}


def put_back(connection: sa.Connection, missing: Mapping[str, str]) -> None:
    """Create indices and triggers that :func:`lost` named, in place of other forms of them."""
    raw = driver_of(connection)
    for name, statement in missing.items():
        pragmas.put_object(raw, name, statement)


def _wanted() -> dict[str, str]:
    with tempfile.TemporaryDirectory(prefix="gridconsole-") as folder:
        fresh = schema.create(Path(folder) / "fresh.db")
        try:
            with fresh.reading() as connection:
                return pragmas.objects(driver_of(connection))
        finally:
            fresh.close()
