"""Check that the file under a database's name is still the one that was opened, and not an earlier state of it.

SQLite continues to write to a file that was deleted, renamed or copied over, and such writes are lost. So the name must lead to the
same device and inode. The shared memory beside it must be the same, and the file must not have shrunk (the program never vacuums).
Ledger entries seen before must still exist with the same hash.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.errors import DatabaseReplaced
from gridconsole.store.dialect import pragmas
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.tables.ledger import ledger, retired
from gridconsole.store.tables.office import office

_OFFICE_KEY: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_NUMBER: sa.BindParameter[int] = sa.bindparam("number", type_=sa.BigInteger)
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OFFICE = Direct(sa.select(office.c.id).order_by(office.c.id).limit(_ONE))
_HEAD = Direct(
    sa.select(ledger.c.seq, ledger.c.hash).where(ledger.c.office_id == _OFFICE_KEY).order_by(ledger.c.seq.desc()).limit(_ONE)
)
_ENTRY = Direct(sa.select(ledger.c.hash).where(ledger.c.office_id == _OFFICE_KEY, ledger.c.seq == _NUMBER))
_RETIRED = Direct(
    sa.select(_ONE).where(retired.c.office_id == _OFFICE_KEY, retired.c.first_seq <= _NUMBER, retired.c.last_seq >= _NUMBER)
)
_LOG_HEADER = 32
"""Bytes of the log's header, with the salts of the log's present cycle (SQLite's file format, 4.1)."""
_STEPS = (4, 16, 64, 256, 1_024, 4_096)
"""Distances from the newest entry of older entries that are checked in turn: there the log cannot hide an older file's pages."""


@dataclass(frozen=True, slots=True)
class LogState:
    """Last change of a file, and how much of its log was written back by then."""

    modified: int
    """Time of the file's last modification, in nanoseconds."""
    header: bytes
    """First bytes of the log: they change whenever the log starts again, after all of it was written back."""
    frames: int
    written_back: int
    """Number of frames written back."""

    def explains(self, before: LogState) -> bool:
        """Return whether writing back the log explains that the file was modified since an earlier state."""
        return self.header != before.header or self.written_back != before.written_back


@dataclass
class FileIdentity:
    """Facts that identify an open database file. Used by one thread at a time."""

    path: Path
    _file: tuple[int, int] = field(init=False)
    _size: int = field(init=False, default=0)
    _shared: tuple[int, int] | None = field(init=False, default=None)
    _newest: tuple[int, bytes] | None = field(init=False, default=None)
    _older: list[tuple[int, bytes]] = field(init=False, default_factory=list)
    _office: int = field(init=False, default=0)
    _turn: int = field(init=False, default=0)
    _log: LogState | None = field(init=False, default=None)
    _modified: int = field(init=False, default=0)
    _is_rolled_back: bool = field(init=False, default=False)
    """Stays True once set: cached pages or the log may show the newer state again."""
    _asked: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._shared_path = self.path.with_name(self.path.name + "-shm")
        found = self.path.stat()
        self._file, self._size = _key(found), found.st_size

    def check_file(self) -> None:
        """Check that the name still leads to this file. Costs one or two system calls and no query.

        Raises:
            DatabaseReplaced: it leads to another file, to none, or to an earlier state.
        """
        try:
            found = self.path.stat()
        except OSError as error:
            raise DatabaseReplaced(path=self.path, how="gone") from error
        if _key(found) != self._file:
            raise DatabaseReplaced(path=self.path, how="other")
        if found.st_size < self._size or self._is_rolled_back:
            raise DatabaseReplaced(path=self.path, how="rolled_back")
        self._size, self._modified = found.st_size, found.st_mtime_ns
        if self._shared is not None and self._shared_memory() != self._shared:
            raise DatabaseReplaced(path=self.path, how="other")

    def keep_shared_memory(self) -> None:
        """Remember the shared memory of the log; call it while a connection is open that stays open."""
        self._shared = self._shared_memory()

    def _shared_memory(self) -> tuple[int, int] | None:
        with contextlib.suppress(OSError):
            return _key(self._shared_path.stat())
        return None

    def note_log(self, watch: Any) -> None:
        """Remember how much of the log is written back, unless another process changes the file at this moment."""
        modified = self.path.stat().st_mtime_ns
        frames, written_back = pragmas.log_state(watch)
        header = _log_header(self.path)
        if self.path.stat().st_mtime_ns == modified:
            self._log = LogState(modified, header, frames, written_back)

    def check_content(self, watch: Any) -> None:
        """Check that the file was not copied over: only writing back its log may change it. No query if it did not change.

        Uses the modification time that :meth:`check_file` has just read.

        Args:
            watch: a connection without a transaction; no other process may write meanwhile.

        Raises:
            DatabaseReplaced: something else changed the file, and it is damaged.
        """
        modified = self._modified
        if self._log is not None and self._log.modified == modified:
            return
        frames, written_back = pragmas.log_state(watch)
        before, self._log = self._log, LogState(modified, _log_header(self.path), frames, written_back)
        if frames < 0 or before is None or self._log.explains(before):
            return
        if pragmas.problems_in(watch, 1):
            raise DatabaseReplaced(path=self.path, how="rolled_back")

    def check_entries(self, connection: Any) -> None:
        """Check that the newest entry seen, and one of some older ones in turn, still exist; inside a transaction.

        Raises:
            DatabaseReplaced: an entry is missing or changed, and was not archived with its year.
        """
        if self._newest is None:
            self.note(connection)
        if self._newest is None:
            return
        if not self._older:
            self._note_older(connection)
        wanted = [self._newest]
        if self._older:
            self._turn = (self._turn + 1) % len(self._older)
            wanted.append(self._older[self._turn])
        for number, digest in wanted:
            row = _ENTRY.on(connection, office=self._office, number=number).fetchone()
            if row is not None and bytes(row[0]) == digest:
                continue
            if row is None and _RETIRED.on(connection, office=self._office, number=number).fetchone() is not None:
                self._older = [entry for entry in self._older if entry[0] != number]
                continue
            self._is_rolled_back = True
            raise DatabaseReplaced(path=self.path, how="rolled_back")

    def note(self, connection: Any) -> None:
        """Remember the newest committed entry; an older one than seen before is ignored."""
        self.remember(self.head(connection))

    def head(self, connection: Any) -> tuple[int, bytes] | None:
        """Return number and hash of the newest entry that a connection sees."""
        if not self._office:
            office = _OFFICE.on(connection).fetchone()
            self._office = int(office[0]) if office is not None else 0
        row = _HEAD.on(connection, office=self._office).fetchone()
        return None if row is None else (int(row[0]), bytes(row[1]))

    def remember(self, head: tuple[int, bytes] | None) -> None:
        """Remember a committed entry, unless a later one was seen."""
        if head is not None and (self._newest is None or head[0] > self._newest[0]):
            self._newest = head

    def is_changed(self) -> bool:
        """Return whether the file was modified since the last call; uses the time that :meth:`check_file` has just read."""
        before, self._asked = self._asked, self._modified
        return self._asked != before

    def _note_older(self, connection: Any) -> None:
        newest = self._newest[0] if self._newest is not None else 0
        for step in _STEPS:
            row = _ENTRY.on(connection, office=self._office, number=newest - step).fetchone() if newest > step else None
            if row is not None:
                self._older.append((newest - step, bytes(row[0])))


def _key(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def _log_header(path: Path) -> bytes:
    with contextlib.suppress(OSError), path.with_name(path.name + "-wal").open("rb") as log:
        return log.read(_LOG_HEADER)
    return b""
