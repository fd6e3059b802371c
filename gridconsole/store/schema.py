"""Create a database, and migrate an older one. Alembic is imported only if there is something to do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import DatabaseCorrupt, DatabaseExists, DatabaseNewer, FolderUnusable
from gridconsole.store import ledger
from gridconsole.store.dialect import pragmas
from gridconsole.store.engine import (
    APPLICATION_ID,
    WAL_IS_SAFE,
    Database,
    connect,
    driver,
    refuse_network,
    schema_number,
    set_journal,
    translated,
)
from gridconsole.store.modes import COMPANIONS
from gridconsole.store.types import driver_of

if TYPE_CHECKING:
    import sqlalchemy as sa

SCHEMA = 29
"""Schema number this program writes; equals the number of migrations."""


def create(path: Path) -> Database:
    """Create a new, empty database.

    Raises:
        DatabaseExists, DatabaseOnNetwork, FolderUnusable: it cannot be created there.
    """
    check_new(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FolderUnusable(path=path.parent) from error
    try:
        # Exclusive and private from the first moment: never another user's file, never readable by other users.
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError as error:
        raise DatabaseExists(path=path) from error
    except OSError as error:
        raise FolderUnusable(path=path.parent) from error
    try:
        with translated(path), contextlib.closing(connect(path)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        set_journal(path)
        _migrate(path)
    except BaseException:
        discard(path)
        raise
    return Database(path, SCHEMA, ledger.attest_left_over)


def check_new(path: Path) -> None:
    """Refuse a path where a new database cannot be created; creates nothing.

    Raises:
        DatabaseExists, DatabaseOnNetwork, FolderUnusable: the path cannot be used.
    """
    refuse_network(path)
    try:
        if path.exists():
            raise DatabaseExists(path=path)
    except OSError as error:
        raise FolderUnusable(path=path.parent) from error


def discard(path: Path) -> None:
    """Remove a database that is not in use yet, with its companions."""
    for suffix in ("", *COMPANIONS):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def open_database(path: Path, before_migration: Callable[[], None]) -> Database:
    """Open an existing database, and migrate it first if it is older.

    Args:
        before_migration: called before anything is changed; makes the backup.

    Raises:
        DatabaseNewer: written by a later program; left unchanged.
        DatabaseMissing, DatabaseForeign, DatabaseCorrupt, DatabaseReadOnly, DatabaseOnNetwork: not usable.
    """
    found = schema_number(path)
    if found > SCHEMA:
        raise DatabaseNewer(path=path, found=found, known=SCHEMA)
    if 0 < found < SCHEMA:  # at 0 the file never had content: its creation was interrupted
        before_migration()
    if found < SCHEMA or not WAL_IS_SAFE:
        # Before any reading: a file from a machine with a repaired SQLite is in a journal mode that must not be used here.
        set_journal(path)
    if found < SCHEMA:
        _migrate(path)
    database = Database(path, SCHEMA, ledger.attest_left_over)
    try:
        with database.reading() as connection:
            connection.exec_driver_sql("SELECT count(*) FROM office")
    except BaseException:
        database.close()
        raise
    return database


def objects() -> dict[str, str]:
    """Return the statements of the indices and triggers that a file of this schema has, by name."""
    with _upgraded(lambda: connect(Path(":memory:"))) as connection:
        return pragmas.objects(driver_of(connection))


def _migrate(path: Path) -> None:
    with translated(path), _upgraded(lambda: connect(path)) as connection:
        _after_migration(connection, path)


@contextlib.contextmanager
def _upgraded(opened: Callable[[], Any]) -> Iterator[sa.Connection]:
    """Bring a file to this schema, and leave it in the transaction that does so."""
    import sqlalchemy as sa
    from alembic import command
    from alembic.config import Config
    from sqlalchemy.pool import NullPool

    def unchecked() -> object:
        connection = opened()
        # Outside any transaction, as it is silently ignored inside one. With checks on, rebuilding a parent table would delete its
        # children.
        connection.execute("PRAGMA foreign_keys = OFF")
        return connection

    engine = sa.create_engine("sqlite://", module=driver, creator=unchecked, poolclass=NullPool)
    sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"))
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, f"{SCHEMA:04d}")
        yield connection


def _after_migration(connection: sa.Connection, path: Path) -> None:
    if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
        raise DatabaseCorrupt(path=path)
    connection.exec_driver_sql(f"PRAGMA user_version = {SCHEMA}")
