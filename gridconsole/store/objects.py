"""Indices and triggers of a file, compared with those of a new one: without them it is slower, or less guarded."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from gridconsole.store import schema
from gridconsole.store.dialect import pragmas
from gridconsole.store.types import driver_of


def lost(connection: sa.Connection) -> dict[str, str]:
    """Return the indices and triggers that a file of this schema should have and lacks, or has in another form.

    Returns the statement that creates each, by its name.
    """
    present = pragmas.objects(driver_of(connection))
    return {name: statement for name, statement in schema.objects().items() if present.get(name) != statement}


def put_back(connection: sa.Connection, missing: Mapping[str, str]) -> tuple[str, ...]:
    """Create indices and triggers that :func:`lost` named, in place of other forms of them.

    Returns the names of unique indices that rows added meanwhile do not allow any more.
    """
    raw = driver_of(connection)
    return tuple(name for name, statement in missing.items() if not pragmas.put_object(raw, name, statement))
