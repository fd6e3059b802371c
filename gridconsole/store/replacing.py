"""Replace a database by another file, so that at every moment there is a complete file under the name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from gridconsole.domain.errors import DatabaseUnusable
from gridconsole.files import sync_folder
from gridconsole.store import modes
from gridconsole.store.dialect import pragmas
from gridconsole.store.engine import connect, lock_path, set_journal, translated
from gridconsole.store.turns import Turns

LOG_ENDINGS = ("-wal", "-shm", "-journal")
"""Files that SQLite keeps beside a database; they must never be beside another file."""


@contextlib.contextmanager
def turn(database: Path) -> Iterator[None]:
    """Hold the writers' lock of a database that may be unusable.

    Raises:
        DatabaseBusy: another program holds the lock and does not finish in time.
    """
    with Turns(lock_path(database), database).turn():
        yield


def put_in_place(new: Path, database: Path, replaced_file: Path) -> Path | None:
    """Give a finished file a database's name, and move an old file aside with its log; return the old file's new path.

    Returns None if there was no old file. No other process may have either file open. If possible, the log is written into the old file
    first; if the old file is damaged, the log is moved aside with it.
    """
    moved = None
    if database.exists():
        with contextlib.suppress(DatabaseUnusable):  # damaged: its log is kept beside it, under the new name
            _empty_log(database)
        # Colleagues who share the office must be able to open the new file as soon as it has the name.
        modes.take_over_rights(new, database)
        for ending in LOG_ENDINGS:
            log = database.with_name(database.name + ending)
            if log.exists():
                log.rename(replaced_file.with_name(replaced_file.name + ending))
        _second_name(database, replaced_file)
        moved = replaced_file
    new.replace(database)
    sync_folder(database.parent)
    set_journal(database)
    return moved


def _second_name(database: Path, replaced_file: Path) -> None:
    try:
        os.link(database, replaced_file)
    except OSError:
        # A file system without links (FAT): for a moment no file has the name, but both are in the folder.
        database.rename(replaced_file)


def _empty_log(database: Path) -> None:
    with translated(database), contextlib.closing(connect(database)) as connection:
        pragmas.empty_log(connection)
