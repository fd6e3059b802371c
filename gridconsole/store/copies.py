"""Copy a database while people work in it, and examine a copy as thoroughly as SQLite can."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gridconsole.domain.backups import Head
from gridconsole.domain.errors import DatabaseCorrupt
from gridconsole.store import text_index
from gridconsole.store.engine import WAL_IS_SAFE, connect, translated

_PAGES, _PAUSE = 2_000, 0.005
"""Pages copied at a time, and seconds between; with a rollback journal, writers would otherwise wait for the whole copy."""
MOST_PROBLEMS = 20
"""Most problems of a damaged file that are listed."""


@dataclass(frozen=True, slots=True)
class Examined:
    """Result of examining a whole database."""

    problems: tuple[str, ...]
    """Problems in SQLite's own words; empty if there are none."""
    schema: int
    counts: dict[str, int]
    """Rows of each table."""
    office: str
    identity: str
    zone: str
    head: Head


@contextlib.contextmanager
def _connected(path: Path) -> Iterator[Any]:
    with translated(path), contextlib.closing(connect(path)) as connection:
        yield connection


def copy(source: Path, target: Path) -> None:
    """Copy a database through SQLite's backup API: one consistent state, even if others write meanwhile.

    With WAL in one step, which blocks no writer; with a rollback journal in small steps.

    Raises:
        DatabaseUnusable: the source cannot be read, or the copy cannot be written.
    """
    with _connected(source) as original, _connected(target) as duplicate:
        if WAL_IS_SAFE:
            original.backup(duplicate)
        else:
            original.backup(duplicate, pages=_PAGES, sleep=_PAUSE)
        # A single file, without a log beside it.
        duplicate.execute("PRAGMA journal_mode = DELETE")


def settle(path: Path) -> None:
    """Write a copy's log into it and remove the log; the copy must not be open anywhere else."""
    with _connected(path) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def integrity_problems(path: Path, *, quick: bool = False) -> tuple[str, ...]:
    """Return SQLite's list of problems of a file: every page, every index (unless quick), every foreign key.

    Raises:
        DatabaseUnusable: SQLite cannot even check it.
    """
    with _connected(path) as connection:
        connection.execute("PRAGMA query_only = ON")
        check = "quick_check" if quick else "integrity_check"
        try:
            said = _said(connection, f"PRAGMA {check}({MOST_PROBLEMS})")
        except Exception as error:
            if not text_index.is_fault_of_index(error):
                raise
            said = [line for table in _tables(connection) for line in _said(connection, f"PRAGMA {check}('{table}')")]
        # The index of texts holds nothing of its own: it is examined apart, and built anew from the cases.
        found = [line for line in said if "case_text" not in line]
        if not found and not quick:
            broken = connection.execute("PRAGMA foreign_key_check").fetchmany(MOST_PROBLEMS)
            found = [f"foreign key: {row[0]} {row[1]} -> {row[2]}" for row in broken]
    return tuple(found)


def _said(connection: Any, check: str) -> list[str]:
    return [str(row[0]) for row in connection.execute(check) if row[0] != "ok"]


def _tables(connection: Any) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")]


_HEAD = "SELECT seq, hash, at FROM ledger WHERE office_id = ? ORDER BY seq DESC LIMIT 1"


def examine(path: Path) -> Examined:
    """Examine a whole copy.

    Raises:
        DatabaseUnusable: it is too damaged to be examined.
    """
    problems = integrity_problems(path)
    with _connected(path) as connection:
        connection.execute("PRAGMA query_only = ON")
        schema = int(connection.execute("PRAGMA user_version").fetchone()[0])
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'case_text%' ORDER BY name"
        )
        counts = {
            str(name): int(connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for (name,) in tables.fetchall()
        }
        office = connection.execute("SELECT id, name, created_at, timezone FROM office ORDER BY id LIMIT 1").fetchone()
        if office is None:
            raise DatabaseCorrupt(path=path)
        key, name, created_at, zone = office
        head = head_of(connection, key)
    return Examined(
        problems=problems, schema=schema, counts=counts, office=str(name), identity=str(created_at), zone=str(zone), head=head
    )


def head_of(connection: Any, office: int) -> Head:
    """Read the newest entry of an office's ledger."""
    newest = connection.execute(_HEAD, (office,)).fetchone()
    cases = int(connection.execute("SELECT count(*) FROM incident WHERE office_id = ?", (office,)).fetchone()[0])
    return Head(0, "", "", cases) if newest is None else Head(int(newest[0]), bytes(newest[1]).hex(), str(newest[2]), cases)


def identity_of(path: Path) -> tuple[str, Head] | None:
    """Return the creation time of a file's office, which identifies it, and its newest entry; None if there is no office.

    Raises:
        DatabaseUnusable: the file is damaged.
    """
    with _connected(path) as connection:
        connection.execute("PRAGMA query_only = ON")
        office = connection.execute("SELECT id, created_at FROM office ORDER BY id LIMIT 1").fetchone()
        return None if office is None else (str(office[1]), head_of(connection, office[0]))


def cases_after(path: Path, number: int) -> int:
    """Count the cases whose first entry comes after an entry."""
    with _connected(path) as connection:
        return int(connection.execute(_CASES_AFTER, (number,)).fetchone()[0])


_CASES_AFTER = (
    "SELECT count(*) FROM (SELECT 1 FROM ledger WHERE subject_kind = 'incident' GROUP BY subject_id HAVING min(seq) > ?)"
)


def numbers_given(path: Path) -> dict[str, int]:
    """Return the last serial of the case numbers used in a file, by day (``YYYYMMDD``)."""
    with _connected(path) as connection:
        return {str(day): int(last) for day, last in connection.execute("SELECT day, max(last) FROM day_counter GROUP BY day")}


def last_common_entry(first: Path, second: Path, most: int) -> int:
    """Return the number of the last entry that two ledgers share, at most ``most``; 0 if they share none.

    Found by bisection, as each entry's hash covers all entries before it.
    """
    least = 0
    while least < most:
        middle = (least + most + 1) // 2
        if hash_of_entry(first, middle) == hash_of_entry(second, middle):
            least = middle
        else:
            most = middle - 1
    return least


def hash_of_entry(path: Path, number: int) -> str | None:
    """Read the hash of an entry, hexadecimal; None if no entry has that number."""
    with _connected(path) as connection:
        row = connection.execute("SELECT hash FROM ledger WHERE seq = ? ORDER BY office_id LIMIT 1", (number,)).fetchone()
    return bytes(row[0]).hex() if row else None
