"""Note the rows that a transaction changes, whichever statement changes them.

Temporary triggers of the writing connection note the key of every row that is inserted, changed or deleted. So no code can forget a
row, and rolling back a savepoint removes its notes too. The triggers belong to the connection and are not in the file.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.store.types import driver_of

INSTALLED = "attest_installed"
"""Key in ``connection.info`` of a connection that notes changed rows."""

_BEGUN = "attest_begun"


@dataclass(frozen=True, slots=True)
class Noted:
    """Rows of a table whose changes are noted."""

    prefix: str
    """Prefix of the noted keys."""
    table: str
    key: str
    """Column of the key."""
    by_year: str
    """Column of a day; if given, the key is its year and ``key``, as in ``2026/notice``."""
    columns: tuple[str, ...]
    """A row that keeps these is not changed."""
    only: str
    """Column that must not be empty; if empty itself: all rows."""

    def key_of(self, row: str) -> str:
        """Return SQL of the key of a row: ``NEW`` or ``OLD``."""
        return f"(substr({row}.{self.by_year}, 1, 4) || '/' || {row}.{self.key})" if self.by_year else f"{row}.{self.key}"

    def counts(self, row: str) -> str:
        """Return SQL of the condition that a row is noted."""
        return f"{row}.{self.only} <> ''" if self.only else "1"


def install(raw: Any, rows: Iterable[Noted]) -> bool:
    """Make a new writing connection note the rows it changes; return False if the file has an earlier schema that lacks tables."""
    noted = tuple(rows)
    there = raw.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'").fetchall()
    if not {one.table for one in noted} <= {name for (name,) in there}:
        return False
    raw.execute("CREATE TEMP TABLE attest_touched (prefix TEXT, key TEXT)")
    for one in noted:
        for statement in _triggers(one):
            raw.execute(statement)
    return True


@functools.cache
def _triggers(noted: Noted) -> tuple[str, ...]:
    return tuple(_trigger_texts(noted))


def _trigger_texts(noted: Noted) -> Iterator[str]:
    name = noted.prefix.replace(".", "_")
    old, new = noted.key_of("OLD"), noted.key_of("NEW")
    differs = " OR ".join([f"OLD.{column} IS NOT NEW.{column}" for column in noted.columns] + [f"{old} IS NOT {new}"])

    def note(event: str, when: str, *keys: str) -> str:
        values = ", ".join(f"('{noted.prefix}', {key})" for key in keys)
        return (
            f"CREATE TEMP TRIGGER attest_{name}_{event} AFTER {event} ON main.{noted.table} WHEN {when}"
            f" BEGIN INSERT INTO attest_touched VALUES {values}; END"
        )

    yield note("insert", noted.counts("NEW"), new)
    yield note("delete", noted.counts("OLD"), old)
    yield note("update", differs, old, new)


def is_touched(connection: sa.Connection) -> bool:
    """Return whether a changed row is noted."""
    if not connection.info.get(INSTALLED):
        return False
    return bool(driver_of(connection).execute("SELECT EXISTS (SELECT 1 FROM temp.attest_touched)").fetchone()[0])


def touched(connection: sa.Connection) -> set[str]:
    """Return the noted keys, each as ``prefix:key``."""
    if not is_touched(connection):
        return set()
    found = driver_of(connection).execute("SELECT DISTINCT prefix, key FROM temp.attest_touched")
    return {f"{prefix}:{key}" for prefix, key in found.fetchall()}


def forget_touched(connection: sa.Connection) -> None:
    """Delete the notes."""
    driver_of(connection).execute("DELETE FROM temp.attest_touched")


def touch(connection: sa.Connection, keys: Collection[str]) -> None:
    """Note rows although they did not change."""
    rows = [tuple(key.split(":", 1)) for key in sorted(keys)]
    driver_of(connection).executemany("INSERT INTO temp.attest_touched VALUES (?, ?)", rows)


def begin(connection: sa.Connection) -> None:
    """Mark the transaction as the one that begins attesting; as it may be rolled back, what it reads is not remembered."""
    connection.info[_BEGUN] = True


def has_begun(connection: sa.Connection) -> bool:
    """Return whether this transaction begins attesting."""
    return _BEGUN in connection.info


def new_transaction(connection: sa.Connection) -> None:
    """Forget the mark of an earlier transaction."""
    connection.info.pop(_BEGUN, None)
