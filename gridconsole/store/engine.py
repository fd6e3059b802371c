"""The database file: checks before it is opened, the engine, transactions, and the meaning of SQLite's errors.

Measured reasons for the settings:

* SQLite before 3.51.3 can corrupt a WAL database under two writers. So WAL is used only with a repaired library, and otherwise a
  rollback journal with EXTRA syncing.
* Deferred transactions lose updates, so writers begin IMMEDIATE.
* SQLite's busy wait starves writers (1 commit against 4,748 in 10 s), so they queue on a lock file first.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from gridconsole.domain.errors import (
    DatabaseBusy,
    DatabaseCorrupt,
    DatabaseForeign,
    DatabaseHardLinked,
    DatabaseMissing,
    DatabaseNewer,
    DatabaseOnNetwork,
    DatabaseReadOnly,
    DatabaseUnusable,
    DiskFault,
    DiskFull,
    FolderUnusable,
)
from gridconsole.store import modes, occupancy, text_index
from gridconsole.store.dialect import touched
from gridconsole.store.dialect.pragmas import KNOWS_LOG_STATE
from gridconsole.store.identity import FileIdentity
from gridconsole.store.turns import Turns
from gridconsole.store.types import READ_IN_TRANSACTION, UnreadableValue, driver_of

try:
    from pysqlite3 import dbapi2 as _sqlite
except ImportError:  # no wheel for this machine: use the standard library's, in the journal mode that is safe for its version
    import sqlite3 as _sqlite

driver: Any = _sqlite
"""The only SQLite library of the process."""

Transaction = sa.Connection
"""A transaction in progress; other layers only pass it back to the store."""
APPLICATION_ID = 0x47434F4E
"""``GCON`` in the file's header: distinguishes the program's files from other SQLite files."""
BUSY_MILLISECONDS = 10_000

_VERSION: tuple[int, ...] = driver.sqlite_version_info
WAL_IS_SAFE = _VERSION >= (3, 51, 3) or (3, 50, 7) <= _VERSION < (3, 51) or (3, 44, 6) <= _VERSION < (3, 45)
JOURNAL_MODE, SYNCHRONOUS = ("wal", "FULL") if WAL_IS_SAFE else ("delete", "EXTRA")
_KNOWS_LOG = JOURNAL_MODE == "wal" and _VERSION >= KNOWS_LOG_STATE

_NETWORK_FILESYSTEMS = {
    "nfs",
    "nfs4",
    "cifs",
    "smb3",
    "smbfs",
    "9p",
    "afs",
    "ncpfs",
    "fuse.sshfs",
    "fuse.smbnetfs",
    "davfs",
    "fuse.davfs2",
    "glusterfs",
    "fuse.glusterfs",
    "ceph",
}


def schema_number(path: Path) -> int:
    """Return the schema number of a GridConsole file; reads it without changing it.

    Raises:
        DatabaseMissing, DatabaseForeign, DatabaseCorrupt, DatabaseOnNetwork, FolderUnusable: the file is not usable as it is.
    """
    try:
        if not path.exists():
            raise DatabaseMissing(path=path)
        if not path.is_file():
            raise DatabaseForeign(path=path)
        if path.stat().st_nlink > 1:
            _take_back_second_name(path)
    except OSError as error:  # a name longer than the file system allows, or a loop of links
        raise FolderUnusable(path=path.parent) from error
    refuse_network(path)
    if not os.access(path, os.R_OK):
        raise modes.read_only(path)
    with translated(path):
        header = _header(path)
    if header[:16] != b"SQLite format 3\0" or len(header) < 100:
        raise DatabaseForeign(path=path)
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise DatabaseForeign(path=path)
    if not (os.access(path.parent, os.W_OK) and os.access(path, os.W_OK)):
        raise modes.read_only(path)
    return int.from_bytes(header[60:64], "big")


def _take_back_second_name(path: Path) -> None:
    """Remove the second name that an interrupted restoration gave the file; refuse any other.

    Raises:
        DatabaseHardLinked: the file has another name, under which another log and another lock would be used.
    """
    for other in path.parent.glob(f"{path.stem}.replaced-*{path.suffix}"):
        if other.samefile(path):
            other.unlink()
    if path.stat().st_nlink > 1:
        raise DatabaseHardLinked(path=path)


_opened: Counter[Path] = Counter()
"""Files that this process has open in SQLite. They are never read directly, because that would drop SQLite's locks (POSIX)."""


def _header(path: Path) -> bytes:
    real = path.resolve()
    if _opened[real]:
        with contextlib.closing(connect(real)) as connection:
            numbers = [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id")]
        user_version, application_id = (int(number).to_bytes(4, "big") for number in numbers)
        return b"SQLite format 3\0" + bytes(44) + user_version + bytes(4) + application_id + bytes(28)
    try:
        with real.open("rb") as file:
            return file.read(100)
    except OSError as error:
        raise DiskFault(path=path) from error


def refuse_network(path: Path) -> None:
    """Refuse a path on a network share: SQLite's locks do not work there.

    Raises:
        DatabaseOnNetwork: the path is on one.
    """
    found = network_filesystem(path)
    if found:
        raise DatabaseOnNetwork(path=path, filesystem=found)


def network_filesystem(path: Path) -> str:
    """Return the kind of network share a path is on; empty if it is on none."""
    if sys.platform == "win32":
        import ctypes

        anchor = path.resolve().anchor
        if anchor.startswith("\\\\"):
            return "UNC"
        remote = 4  # DRIVE_REMOTE
        return "SMB" if ctypes.windll.kernel32.GetDriveTypeW(anchor) == remote else ""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    real, best, kind = str(path.resolve()), "", ""
    for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = fields[1].replace("\\040", " ")
        if (real == point or real.startswith(point.rstrip("/") + "/")) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind if kind in _NETWORK_FILESYSTEMS else ""


class Database:
    """An open database file. Reading and writing transactions are short; only frozen rows leave them."""

    def __init__(self, path: Path, schema: int, before_commit: Callable[[sa.Connection], None] | None = None) -> None:
        """Args:
        before_commit: run at the end of every writing transaction, inside it.
        """
        self.path = path.resolve()
        self.schema = schema
        self._before_commit = before_commit
        try:
            self._mark = occupancy.hold(self.path)
        except BlockingIOError as error:
            raise DatabaseBusy(path=self.path) from error
        self._writer = _engine(self.path, reader=False)
        self._reader = _engine(self.path, reader=True)
        self.turns = Turns(lock_path(self.path), self.path)
        self.at_begin: list[Callable[[sa.Connection], None]] = []
        """Called at the beginning of every transaction with its connection, before anything else is read in it."""
        self.at_end: list[Callable[[sa.Connection], None]] = []
        """Called at the end of every writing transaction with its connection."""
        self._closed = False
        self._identity = FileIdentity(self.path)
        self._kept_open: Any = None
        self._keeping = threading.Lock()
        modes.match_companions(self.path)
        _opened[self.path] += 1

    @contextlib.contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a reading transaction with one consistent snapshot; it must end before the screen waits.

        Raises:
            DatabaseUnusable: as SQLite reports; DatabaseReplaced if the file was replaced.
        """
        try:
            with translated(self.path), self._reader.connect() as connection:
                transaction = connection.begin()
                try:
                    if self._kept_open is None:
                        self._keep_open()
                    self._identity.note(driver_of(connection))
                    self._begin(connection)
                    yield connection
                finally:
                    # Never committed: there is nothing to, and a damaged text index would make the commit of a reader fail.
                    transaction.rollback()
        except (DatabaseCorrupt, DatabaseForeign):
            self._identity.check_file()
            raise

    @contextlib.contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a writing transaction, all or nothing; writers of all processes take turns in the order of arrival.

        Raises:
            DatabaseBusy: another writer did not finish in time; see :mod:`.turns`.
            DatabaseReadOnly, DatabaseCorrupt, DiskFull, DiskFault, DatabaseNewer: as SQLite reports.
            DatabaseReplaced: the file is not the one that was opened, or an earlier state of it.
        """
        with translated(self.path), self.turns.turn():
            self._check_file()
            with self._writer.connect() as connection, connection.begin() as transaction:
                raw = driver_of(connection)
                if raw.execute("PRAGMA user_version").fetchone()[0] != self.schema:
                    raise DatabaseNewer(path=self.path, found="", known=self.schema)
                self._identity.check_entries(raw)
                self._begin(connection)
                touched.new_transaction(connection)
                yield connection
                if self._before_commit is not None:
                    self._before_commit(connection)
                for call in self.at_end:
                    call(connection)
                text_index.write_noted(connection)
                head = self._identity.head(raw)
                with translated(self.path, is_commit=True):
                    try:
                        transaction.commit()
                    except BaseException:
                        if raw.in_transaction:  # SQLite leaves it open after some failures, and the next one could not begin
                            raw.rollback()
                        raise
                # Only after the commit: an entry whose commit failed never existed, and every later check would miss it.
                self._identity.remember(head)

    def _begin(self, connection: sa.Connection) -> None:
        for call in self.at_begin:
            call(connection)

    def _check_file(self) -> None:
        """Refuse to write to any file but the one that was opened.

        Raises:
            DatabaseReplaced: the name leads to another file, or to none.
        """
        self._identity.check_file()
        if self._kept_open is None:
            self._keep_open()
        if _KNOWS_LOG:
            self._identity.check_content(self._kept_open)

    def _keep_open(self) -> None:
        """Open a connection that stays open as long as this object, so that the log's shared memory stays the same."""
        with self._keeping:
            if self._kept_open is not None:
                return
            connection = connect(self.path)
            connection.execute("PRAGMA data_version").fetchone()
            self._identity.keep_shared_memory()
            if _KNOWS_LOG:
                self._identity.note_log(connection)
            self._kept_open = connection

    def empty_log(self) -> None:
        """Write the log beside the file back into it and truncate it, as far as readers allow."""
        with translated(self.path), self.turns.turn(), contextlib.closing(connect(self.path)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def refresh_statistics(self) -> None:
        """Have SQLite count its tables and indices anew where they have grown much, by a sample: it then chooses better plans.

        Raises:
            DatabaseBusy: another writer is busy.
        """
        with translated(self.path), self.turns.turn(), contextlib.closing(connect(self.path)) as connection:
            connection.execute("PRAGMA busy_timeout = 100")  # another program's lock is no reason to wait: it is not urgent
            connection.execute("PRAGMA analysis_limit = 400")
            connection.execute("PRAGMA optimize = 0x10002")

    def watch(self) -> ChangeWatch:
        """Return a watch that only checks whether another connection committed anything (about 11 µs a check)."""
        return ChangeWatch(self.path, self._identity)

    def close(self) -> None:
        """Close every connection; may be called twice."""
        self._writer.dispose()
        self._reader.dispose()
        if self._kept_open is not None:
            self._kept_open.close()
            self._kept_open = None
        if not self._closed:
            self._closed = True
            _opened[self.path] -= 1
            if self._mark is not None:
                self._mark.close()


def lock_path(database: Path) -> Path:
    """Return the path of the writers' lock of a database."""
    return database.with_name(database.name + ".wlock")


class ChangeWatch:
    """Detects commits by other connections. Belongs to one thread."""

    def __init__(self, path: Path, identity: FileIdentity) -> None:
        self._identity = identity
        self._connection = connect(path)
        self._last = self.version()

    def version(self) -> int:
        """Return a number that differs after every commit."""
        with translated(self._identity.path):
            return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Return whether anything was committed since this last returned True (or since the watch began).

        Raises:
            DatabaseReplaced: the file is not the one that was opened.
        """
        self._identity.check_file()
        if self._identity.is_changed():
            # With a new connection, whose cache holds no page of an earlier file.
            path = self._identity.path
            with contextlib.suppress(DatabaseBusy), translated(path), contextlib.closing(connect(path)) as fresh:
                self._identity.check_entries(fresh)
        version = self.version()
        if version == self._last:
            return False
        self._last = version
        return True

    def close(self) -> None:
        """End the watch."""
        self._connection.close()


SETTINGS = (
    "foreign_keys = ON",
    f"synchronous = {SYNCHRONOUS}",
    "trusted_schema = OFF",
    "secure_delete = ON",
    "recursive_triggers = ON",
    "mmap_size = 0",
    "journal_size_limit = 8388608",
    "cache_size = -16000",
    "temp_store = MEMORY",
)
"""Settings of every connection to an office's file."""


STATEMENTS = 512
"""Compiled statements that a connection keeps. A life of a case needs some 130; the library keeps 128, and compiling them again for
every act took as long as the acts themselves."""


def connect(path: Path) -> Any:
    """Open a connection with the common settings; transactions are begun explicitly."""
    connection = driver.connect(
        str(path), timeout=BUSY_MILLISECONDS / 1000, isolation_level=None, check_same_thread=False, cached_statements=STATEMENTS
    )
    try:
        for setting in SETTINGS:
            connection.execute(f"PRAGMA {setting}")
    except BaseException:
        connection.close()
        raise
    return connection


def _engine(path: Path, *, reader: bool) -> sa.Engine:
    engine = sa.create_engine(
        "sqlite://",
        module=driver,
        creator=lambda: connect(path),
        poolclass=QueuePool,
        pool_size=2,
        max_overflow=2,
        # An error would quote the parameters: names and phones in a traceback.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, record: Any) -> None:
        if reader:
            connection.execute("PRAGMA query_only = ON")
        else:
            from gridconsole.store import attest  # for those who write: a list does not

            record.info[touched.INSTALLED] = attest.install(connection)

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        raw = driver_of(connection)
        connection.info.pop(READ_IN_TRANSACTION, None)
        if not (reader or connection.info.get(text_index.INSTALLED)):
            # The index may have been built anew since; what is installed inside a transaction would go with it.
            connection.info[text_index.INSTALLED] = text_index.install(raw)
        raw.execute("BEGIN" if reader else "BEGIN IMMEDIATE")

    return engine


def set_journal(path: Path) -> None:
    """Set the journal mode of a file to the one that is safe for this machine's SQLite."""
    with translated(path), contextlib.closing(connect(path)) as connection:
        connection.execute(f"PRAGMA journal_mode = {JOURNAL_MODE}")


_BY_CODE: dict[int, type[DatabaseUnusable]] = {
    5: DatabaseBusy,
    6: DatabaseBusy,
    8: DatabaseReadOnly,
    10: DiskFault,
    11: DatabaseCorrupt,
    13: DiskFull,
    14: FolderUnusable,
    26: DatabaseForeign,
}


@contextlib.contextmanager
def translated(path: Path, *, is_commit: bool = False) -> Iterator[None]:
    """Turn SQLite's errors into the program's; constraint violations pass unchanged, because they are faults of the program.

    Args:
        is_commit: True if a failed write may have been stored all the same.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _meaning(error.orig, path, error, is_commit=is_commit) from error
    except driver.Error as error:
        raise _meaning(error, path, error, is_commit=is_commit) from error
    except UnreadableValue as error:
        raise DatabaseCorrupt(path=path, advice="value", column=error.column, value=error.value) from error
    except PermissionError as error:
        raise modes.read_only(path) from error


def _meaning(error: BaseException | None, path: Path, original: Exception, *, is_commit: bool) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    kind = _BY_CODE.get(code & 0xFF) if isinstance(code, int) else None
    if kind is None:
        text = str(error)
        kind = next((meaning for words, meaning in _BY_WORDS if words in text), None)
    return original if kind is None else _in_detail(kind, path, is_commit=is_commit)


def _in_detail(kind: type[DatabaseUnusable], path: Path, *, is_commit: bool) -> DatabaseUnusable:
    """Check the disk and the rights if SQLite's code does not show which of them caused the error."""
    if kind is DatabaseReadOnly or (kind is FolderUnusable and modes.is_denied(path)):
        return modes.read_only(path)
    if kind is DiskFault and (limit := modes.file_limit(path)):
        return DiskFull(path=path, limit=limit, free=modes.free_bytes(path), advice="file_limit")
    # A -shm without space causes an I/O error. After a commit, however, the record may be on disk, as DiskFault says.
    is_scarce = kind in (DiskFault, FolderUnusable) and not is_commit and modes.free_bytes(path) < modes.SCARCE
    if kind is DiskFull or is_scarce:
        return modes.disk_full(path)
    return kind(path=path.parent if kind is FolderUnusable else path)


_BY_WORDS: tuple[tuple[str, type[DatabaseUnusable]], ...] = (
    ("database is locked", DatabaseBusy),
    ("readonly database", DatabaseReadOnly),
    ("disk I/O error", DiskFault),
    ("malformed", DatabaseCorrupt),
    ("Could not decode", DatabaseCorrupt),
    ("is full", DiskFull),
    ("unable to open", FolderUnusable),
    ("no such table", DatabaseCorrupt),
    ("no such column", DatabaseCorrupt),
    ("not a database", DatabaseForeign),
)
