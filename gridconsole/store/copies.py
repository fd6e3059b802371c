"""Copy a database while people work in it, and examine a copy as thoroughly as SQLite can."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.backups import Head
from gridconsole.domain.errors import DatabaseCorrupt
from gridconsole.store import text_index
from gridconsole.store.dialect import pragmas
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.engine import WAL_IS_SAFE, connect, translated
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger
from gridconsole.store.tables.office import day_counter
from gridconsole.store.tables.office import office as office_table

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


@contextlib.contextmanager
def read_only(path: Path) -> Iterator[Any]:
    """Open a file that is not the office's own, and only read it; yields the driver's connection.

    Raises:
        DatabaseUnusable: it is damaged or no database.
    """
    with _connected(path) as connection:
        pragmas.forbid_writing(connection)
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
        pragmas.leave_log(duplicate)


def settle(path: Path) -> None:
    """Write a copy's log into it and remove the log; the copy must not be open anywhere else."""
    with _connected(path) as connection:
        pragmas.leave_log(connection)


def integrity_problems(path: Path, *, quick: bool = False) -> tuple[str, ...]:
    """Return SQLite's list of problems of a file: every page, every index (unless quick), every foreign key.

    Raises:
        DatabaseUnusable: SQLite cannot even check it.
    """
    with read_only(path) as connection:
        try:
            said = pragmas.problems_in(connection, MOST_PROBLEMS, quick=quick)
        except Exception as error:
            if not text_index.is_fault_of_index(error):
                raise
            tables = pragmas.tables_of(connection)
            said = [line for table in tables for line in pragmas.problems_in_table(connection, table, quick=quick)]
        # The index of texts holds nothing of its own: it is examined apart, and built anew from the cases.
        found = [line for line in said if "case_text" not in line]
        if not found and not quick:
            found = pragmas.dangling_references(connection, MOST_PROBLEMS)
    return tuple(found)


_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_NUMBER: sa.BindParameter[int] = sa.bindparam("number", type_=sa.BigInteger)
_HEAD = Direct(
    sa.select(*some(ledger, "seq hash at")).where(ledger.c.office_id == _OFFICE).order_by(ledger.c.seq.desc()).limit(_ONE)
)
_CASES = Direct(sa.select(sa.func.count()).select_from(incident).where(incident.c.office_id == _OFFICE))
_FIRST_OFFICE = Direct(sa.select(*some(office_table, "id name created_at timezone")).order_by(office_table.c.id).limit(_ONE))


def examine(path: Path) -> Examined:
    """Examine a whole copy.

    Raises:
        DatabaseUnusable: it is too damaged to be examined.
    """
    problems = integrity_problems(path)
    with read_only(path) as connection:
        schema = pragmas.schema_of(connection)
        tables = [name for name in pragmas.tables_of(connection) if not name.startswith(("sqlite_", "case_text"))]
        counted = {name: Direct(sa.select(sa.func.count()).select_from(sa.table(name))) for name in tables}
        counts = {name: int(query.on(connection).fetchone()[0]) for name, query in counted.items()}
        office = _FIRST_OFFICE.on(connection).fetchone()
        if office is None:
            raise DatabaseCorrupt(path=path)
        key, name, created_at, zone = office
        head = head_of(connection, key)
    return Examined(
        problems=problems, schema=schema, counts=counts, office=str(name), identity=str(created_at), zone=str(zone), head=head
    )


def head_of(connection: Any, office: int) -> Head:
    """Read the newest entry of an office's ledger."""
    newest = _HEAD.on(connection, office=office).fetchone()
    cases = int(_CASES.on(connection, office=office).fetchone()[0])
    return Head(0, "", "", cases) if newest is None else Head(int(newest[0]), bytes(newest[1]).hex(), str(newest[2]), cases)


def identity_of(path: Path) -> tuple[str, Head] | None:
    """Return the creation time of a file's office, which identifies it, and its newest entry; None if there is no office.

    Raises:
        DatabaseUnusable: the file is damaged.
    """
    with read_only(path) as connection:
        office = _FIRST_OFFICE.on(connection).fetchone()
        return None if office is None else (str(office[2]), head_of(connection, office[0]))


_FIRST_ENTRIES = (
    sa.select(ledger.c.subject_id)
    .where(ledger.c.subject_kind == word("incident"))
    .group_by(ledger.c.subject_id)
    .having(sa.func.min(ledger.c.seq) > _NUMBER)
)
_CASES_AFTER = Direct(sa.select(sa.func.count()).select_from(_FIRST_ENTRIES.subquery()))


def cases_after(path: Path, number: int) -> int:
    """Count the cases whose first entry comes after an entry."""
    with read_only(path) as connection:
        return int(_CASES_AFTER.on(connection, number=number).fetchone()[0])


_NUMBERS_GIVEN = Direct(sa.select(day_counter.c.day, sa.func.max(day_counter.c.last)).group_by(day_counter.c.day))


def numbers_given(path: Path) -> dict[str, int]:
    """Return the last serial of the case numbers used in a file, by day (``YYYYMMDD``)."""
    with read_only(path) as connection:
        return {str(day): int(last) for day, last in _NUMBERS_GIVEN.on(connection)}


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


_SMALLEST = sa.select(sa.func.min(office_table.c.id)).scalar_subquery()
_HASH = Direct(sa.select(ledger.c.hash).where(ledger.c.office_id == _SMALLEST, ledger.c.seq == _NUMBER))


def hash_of_entry(path: Path, number: int) -> str | None:
    """Read the hash of an entry, hexadecimal; None if no entry has that number."""
    with read_only(path) as connection:
        row = _HASH.on(connection, number=number).fetchone()
    return bytes(row[0]).hex() if row else None
