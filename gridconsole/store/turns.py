"""Let the writers of one database take turns: a kernel file lock beside it, a note of its holder, and waiting that can be ended.

Writers that must wait longer than an act takes queue in the kernel, which is fair. A separate thread waits there. So the waiting
operator can see who holds the lock, can give up, and can leave the program meanwhile, on Windows too.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import platform
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import portalocker

from gridconsole.domain.errors import DatabaseBusy, DatabaseUnusable
from gridconsole.domain.ledger import canonical
from gridconsole.domain.text import clean_line
from gridconsole.domain.turns import Holder, Waiting
from gridconsole.store.modes import companion_opener

STEP_SECONDS = 0.1
"""Longest time until a waiting writer notices that the program is ending."""
REPEAT_SECONDS = 1.0
"""Interval at which the waiting time is reported."""
POLL_SECONDS = (0.0005, 0.003)
"""Shortest and longest pause between two attempts at a lock that is taken."""
LET_IN_SECONDS = 0.5
"""Longest time that a write in slices lets others go first, so that repeated short writes cannot hold it up for ever."""
SPIN_SECONDS = 0.05
"""An act holds the lock for some milliseconds: trying for this long before queueing spares a thread and its wake-ups (8 writers on
two busy cores: 2,600 writes in 12 s instead of 1,100 in 15 s)."""
MOST_BYTES = 2_000
"""Longest note of the holder; only this much of the file is read."""
_WORDS = 60


@contextlib.contextmanager
def alone(database: Path) -> Iterator[bool]:
    """Try to become the only program that writes a decided import, inside the block; yield whether it is."""
    with open(database.with_name(database.name + ".arriving"), "a+b", opener=companion_opener(database)) as file:
        is_alone = _locked_at_once(file)
        try:
            yield is_alone
        finally:
            if is_alone:
                portalocker.unlock(file)


@dataclass(frozen=True, slots=True)
class Patience:
    """Time a writer waits for the lock, in seconds."""

    notice: float = 2.0
    """After this the waiting is reported, with the name of the holder."""
    limit: float = 15.0
    """After this the write is given up."""
    queues: bool = True
    """True to queue; otherwise the lock is only tried now and then, which leaves no thread behind."""


PATIENT = Patience()
BACKGROUND = Patience(notice=math.inf, limit=0.5, queues=False)
"""For writes that no user asked for, and for those of the screen's own thread: they give up silently and are repeated later."""
LEAVING = Patience(notice=math.inf, limit=0.3, queues=False)
"""For a program that is ending: remaining writes are tried, but hardly waited for."""
_chosen: ContextVar[Patience | None] = ContextVar("patience", default=None)
_activity: ContextVar[str] = ContextVar("activity", default="")


@contextlib.contextmanager
def in_background() -> Iterator[None]:
    """Make writes inside this block give up quickly and silently while another writer is busy."""
    token = _chosen.set(BACKGROUND)
    try:
        yield
    finally:
        _chosen.reset(token)


@contextlib.contextmanager
def activity(words: str) -> Iterator[None]:
    """Describe what is written inside this block, for users who wait for it."""
    token = _activity.set(words)
    try:
        yield
    finally:
        _activity.reset(token)


def _encoded(writer: Holder, activity: str, since: datetime) -> bytes:
    # Field by field: dataclasses.asdict copies deeply, which took a twentieth of the time of an act.
    said = {
        "operator": writer.operator, "origin": writer.origin, "activity": activity, "pid": writer.pid, "host": writer.host,
        "since": since.isoformat(),
    }  # fmt: skip
    return canonical(said).encode("utf-8", "replace")


def read_holder(raw: bytes) -> Holder | None:
    """Read the holder from a note, with its texts cleaned; None if the note is not valid."""
    try:
        said = json.loads(raw)
        texts = {name: clean_line(str(said.get(name, "")), _WORDS) for name in ("operator", "origin", "activity", "host")}
        since = datetime.fromisoformat(said["since"])
        holder = Holder(**texts, pid=int(said.get("pid", 0)), since=since.astimezone(UTC))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return holder


WaitListener = Callable[[Waiting | None], None]
"""Function called in the waiting thread about every second while a write waits, and with None once it no longer does."""


class Turns:
    """The lock of an open database. Threads of this process first take turns among themselves."""

    def __init__(self, path: Path, database: Path) -> None:
        self.path, self._database = path, database
        self._opener = companion_opener(database)
        self.holder_path = path.with_name(path.name.removesuffix("lock") + "holder")
        self.queue_path = path.with_name(path.name.removesuffix("lock") + "queue")
        self.patience = PATIENT
        self.writer = Holder(pid=os.getpid(), host=platform.node())
        """The writer that uses this database object."""
        self.on_waiting: WaitListener | None = None
        self._threads = threading.Lock()
        self._leaving = threading.Event()
        self._queued: _Queued | None = None

    def name_writer(self, operator: str, origin: str) -> None:
        """Set the operator and origin of the following writes."""
        self.writer = replace(self.writer, operator=operator, origin=origin)

    def stop_waiting(self) -> None:
        """Stop waiting for the lock, because the program is ending."""
        self._leaving.set()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock inside the block.

        Raises:
            DatabaseBusy: another writer did not finish within the patience.
            DatabaseUnusable: the lock file cannot be made at this place.
        """
        with _Wait(self, self._leaving) as wait:
            if not self._threads.acquire(blocking=False):
                with self._counted():
                    wait.until(lambda seconds: self._threads.acquire(timeout=seconds))
            try:
                file = self._take(wait)
                wait.is_over()
                with file, _noted(self.holder_path, self.writer, self._opener):
                    try:
                        yield
                    finally:
                        portalocker.unlock(file)
            finally:
                self._threads.release()

    def _take(self, wait: _Wait) -> IO[Any]:
        queued, self._queued = self._queued, None
        if queued is None or not queued.is_wanted_again():
            file = self._open()
            if _locked_at_once(file):
                return file
            with _closed_on_error(file), self._counted():
                if not wait.patience.queues:
                    wait.until(lambda seconds: _locked_soon(file, seconds))
                    return file
                if _locked_soon(file, SPIN_SECONDS):
                    return file
            file.close()
            queued = _Queued(self._open)
        try:
            with self._counted():
                wait.until(queued.granted.wait)
        except BaseException:
            # The next write of this program takes over this place in the queue; otherwise each failed write would leave a thread.
            queued.give_up()
            self._queued = queued
            raise
        return queued.taken()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """Show a writer in slices that this write waits, by a shared lock on a separate file."""
        try:
            file = open(self.queue_path, "a+b", opener=self._opener)  # noqa: SIM115  closed at the end of the block
        except (OSError, DatabaseUnusable):
            yield
            return
        with file:
            with contextlib.suppress(portalocker.LockException):
                portalocker.lock(file, portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING)
            yield

    def let_others_in(self, most: float = LET_IN_SECONDS) -> None:
        """Wait between two slices of a long write until no other writer waits for the lock, at most ``most`` seconds."""
        until = time.monotonic() + most
        with contextlib.suppress(OSError, DatabaseUnusable), open(self.queue_path, "a+b", opener=self._opener) as file:
            while not _locked_at_once(file) and time.monotonic() < until:
                time.sleep(POLL_SECONDS[0])

    def _open(self) -> IO[Any]:
        # A separate file, never the database: closing any handle on the database would drop SQLite's locks.
        return open(self.path, "a+b", opener=self._opener)

    def holder(self) -> Holder | None:
        """Return the writer named by the note beside the database; None if the note is missing or not valid."""
        try:
            with open(self.holder_path, "rb", opener=_unfollowed) as file:
                return read_holder(file.read(MOST_BYTES))
        except OSError:
            return None

    def busy(self, seconds: float) -> DatabaseBusy:
        """Return the error for a write that waited too long."""
        return DatabaseBusy(path=self._database, holder=self.holder(), waited=seconds)


class _Wait:
    """A write that is about to take the lock."""

    def __init__(self, turns: Turns, leaving: threading.Event) -> None:
        self._turns, self._leaving = turns, leaving
        self.patience = _chosen.get() or turns.patience
        self._begun = time.monotonic()
        self._said_at: float | None = None

    def __enter__(self) -> _Wait:
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over()

    def until(self, take: Callable[[float], bool]) -> None:
        """Try in short steps until the patience ends.

        Raises:
            DatabaseBusy: the patience has ended.
        """
        if take(0):
            return
        while not take(max(min(STEP_SECONDS, self._limit() - self._waited()), 0.001)):
            waited = self._waited()
            if waited >= self._limit():
                raise self._turns.busy(waited)
            if waited >= self.patience.notice and (self._said_at is None or waited - self._said_at >= REPEAT_SECONDS):
                self._said_at = waited
                self._say(Waiting(self._turns.holder(), waited))

    def _limit(self) -> float:
        return min(self.patience.limit, LEAVING.limit) if self._leaving.is_set() else self.patience.limit

    def _waited(self) -> float:
        return time.monotonic() - self._begun

    def is_over(self) -> None:
        """Report that the waiting is over, if it was reported."""
        if self._said_at is not None:
            self._said_at = None
            self._say(None)

    def _say(self, waiting: Waiting | None) -> None:
        if self._turns.on_waiting is not None:
            self._turns.on_waiting(waiting)


class _Queued:
    """A place in the kernel's queue. Its thread is a daemon: the program can end without it."""

    def __init__(self, opened: Callable[[], IO[Any]]) -> None:
        self.granted = threading.Event()
        self._file = opened()
        self._guard = threading.Lock()
        self._is_wanted, self._is_over = True, False
        threading.Thread(target=self._wait, name="writers-lock", daemon=True).start()

    def _wait(self) -> None:
        while not _locked_in_time(self._file):
            pass  # Windows gives up after ten seconds
        with self._guard:
            if self._is_wanted:
                self.granted.set()
                return
            self._is_over = True
            # Closing the file releases the lock.
            self._file.close()

    def give_up(self) -> None:
        """Release the lock as soon as it is granted, because this write no longer waits."""
        with self._guard:
            self._is_wanted = False
            if self.granted.is_set():
                self._is_over = True
                self._file.close()

    def is_wanted_again(self) -> bool:
        """Take over the same place again; return False if it has passed."""
        with self._guard:
            self._is_wanted = not self._is_over
            return self._is_wanted

    def taken(self) -> IO[Any]:
        """Return the locked file; only after ``granted``."""
        return self._file


def _locked_in_time(file: IO[Any]) -> bool:
    try:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE)
    except portalocker.LockException:
        return False
    return True


def _locked_at_once(file: IO[Any]) -> bool:
    try:
        portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.LockException:
        return False
    return True


def _locked_soon(file: IO[Any], seconds: float) -> bool:
    """Try repeatedly for some seconds, with random pauses: writers that try in step would always find the lock taken."""
    until = time.monotonic() + seconds
    while not _locked_at_once(file):
        left = until - time.monotonic()
        if left <= 0:
            return False
        time.sleep(min(left, random.uniform(*POLL_SECONDS)))  # noqa: S311  no secret
    return True


@contextlib.contextmanager
def _closed_on_error(file: IO[Any]) -> Iterator[None]:
    try:
        yield
    except BaseException:
        file.close()
        raise


@contextlib.contextmanager
def _noted(path: Path, writer: Holder, opener: Callable[[str, int], int]) -> Iterator[None]:
    """Note the writer beside the database inside the block. If the note fails, writing continues and the holder is unknown."""
    try:
        descriptor = opener(str(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _NOT_FOLLOWED)
    except (OSError, DatabaseUnusable):
        yield
        return
    try:
        with contextlib.suppress(OSError):
            os.write(descriptor, _encoded(writer, _activity.get(), datetime.now(UTC)))
        yield
    finally:
        with contextlib.suppress(OSError):
            os.ftruncate(descriptor, 0)
        os.close(descriptor)


_NOT_FOLLOWED: int = getattr(os, "O_NOFOLLOW", 0)


def _unfollowed(path: str, flags: int) -> int:
    return os.open(path, flags | _NOT_FOLLOWED | getattr(os, "O_NONBLOCK", 0))
