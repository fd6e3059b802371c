"""Names that imports changed: of units, areas and grids, and units that ended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.store.tables.columns import word
from gridconsole.store.tables.imports import import_batch, import_change
from gridconsole.store.types import instant, stamp


@dataclass(frozen=True, slots=True)
class Renaming:
    """A change of a name, or the end of what has it."""

    key: int
    """Key of the record."""
    at: datetime
    """UTC."""
    before: str
    after: str
    """Empty: it ended, under the name before."""


_CHANGES = (
    sa.select(import_change.c.record_id, import_change.c.before, import_change.c.after, import_batch.c.at)
    .join_from(import_change, import_batch, import_batch.c.id == import_change.c.batch_id)
    .where(
        import_change.c.table_name == sa.bindparam("table"),
        import_change.c.before.is_not(None),
        import_batch.c.state == word("committed"),
        import_batch.c.at >= sa.bindparam("first", type_=sa.Text),
        import_batch.c.at < sa.bindparam("last", type_=sa.Text),
    )
    .order_by(import_batch.c.at, import_change.c.record_id)
)


_FORMER = (
    sa.select(import_change.c.record_id, import_change.c.before)
    .join_from(import_change, import_batch, import_batch.c.id == import_change.c.batch_id)
    .where(
        import_change.c.table_name == sa.bindparam("table"),
        import_change.c.before.is_not(None),
        import_batch.c.state == word("committed"),
    )
    .order_by(import_batch.c.at, import_change.c.record_id)
)


def former(connection: sa.Connection, table: str) -> dict[str, int]:
    """Return the keys of records by the names they had; of a name that several had, the newest."""
    found = {}
    for row in connection.execute(_FORMER, {"table": table}):
        if name := json.loads(row.before).get("name"):
            found[name] = row.record_id
    return found


def between(connection: sa.Connection, table: str, first: datetime, last: datetime) -> Iterator[Renaming]:
    """Yield the changes of names in a register between two instants, the end excluded, oldest first."""
    for row in connection.execute(_CHANGES, {"table": table, "first": stamp(first), "last": stamp(last)}):
        before, after = json.loads(row.before), json.loads(row.after)
        if "name" in before and before["name"] != after.get("name"):
            yield Renaming(row.record_id, instant(row.at), before["name"], after["name"])
        if before.get("active") and not after.get("active", 1):
            yield Renaming(row.record_id, instant(row.at), after.get("name", before.get("name", "")), "")
