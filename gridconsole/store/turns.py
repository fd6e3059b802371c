"""Turns of the writers of one database: a kernel file lock beside it, a note of who holds it, and waiting that can be ended.

Writers that have to wait longer than an act takes queue in the kernel, which is fair. A thread of its own waits there: so whoever
needs the lock can be told who holds it, give up, or leave meanwhile, on Windows too.
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
"""How soon a waiting writer notices that the program is leaving."""
REPEAT_SECONDS = 1.0
"""How often whoever waits is told for how long by now."""
POLL_SECONDS = (0.0005, 0.003)
"""Pauses between two questions for a lock that is taken."""
LET_IN_SECONDS = 0.5
"""How long a write in slices lets others go first; whoever comes again and again does not keep it from its end."""
SPIN_SECONDS = 0.05
"""An act holds the lock for some milliseconds: asking for so long before queueing spares a thread and its wake-ups (8 writers on two
busy cores: 2,600 writes in 12 s instead of 1,100 in 15 s)."""
MOST_BYTES = 2_000
"""A note of the holder that is longer is none of ours."""
_WORDS = 60


@contextlib.contextmanager
def alone(database: Path) -> Iterator[bool]:
    """Try to become the only program that writes a decided import, inside the block; yields whether it is."""
    with open(database.with_name(database.name + ".arriving"), "a+b", opener=companion_opener(database)) as file:
        is_alone = _locked_at_once(file)
        try:
            yield is_alone
        finally:
            if is_alone:
                portalocker.unlock(file)


@dataclass(frozen=True, slots=True)
class Patience:
    """Time a writer waits for its turn, seconds."""

    notice: float = 2.0
    """After this the waiting is reported, with the name of who writes."""
    limit: float = 15.0
    """After this the write is given up."""
    queues: bool = True
    """Take a place in the queue; otherwise only ask now and then, which leaves nothing behind."""


PATIENT = Patience()
BACKGROUND = Patience(notice=math.inf, limit=0.5, queues=False)
"""Of what nobody asked for, and of what the screen's own thread does: it gives up quietly and comes again."""
LEAVING = Patience(notice=math.inf, limit=0.3, queues=False)
"""Of a program that ends: what is still to be written is tried, never waited for."""
_chosen: ContextVar[Patience | None] = ContextVar("patience", default=None)
_activity: ContextVar[str] = ContextVar("activity", default="")


@contextlib.contextmanager
def in_background() -> Iterator[None]:
    """Give up quickly and without a word what is written inside this block while another writer is busy."""
    token = _chosen.set(BACKGROUND)
    try:
        yield
    finally:
        _chosen.reset(token)


@contextlib.contextmanager
def activity(words: str) -> Iterator[None]:
    """Say in these words what is being written inside this block, to those who wait for it."""
    token = _activity.set(words)
    try:
        yield
    finally:
        _activity.reset(token)


def _encoded(writer: Holder, activity: str, since: datetime) -> bytes:
    # Field by field: dataclasses.asdict copies deeply, which took a twentieth of an act.
    said = {
        "operator": writer.operator, "origin": writer.origin, "activity": activity, "pid": writer.pid, "host": writer.host,
        "since": since.isoformat(),
    }  # fmt: skip
    return canonical(said).encode("utf-8", "replace")


def read_holder(raw: bytes) -> Holder | None:
    """The holder a note names, its texts made harmless; None if it names none."""
    try:
        said = json.loads(raw)
        texts = {name: clean_line(str(said.get(name, "")), _WORDS) for name in ("operator", "origin", "activity", "host")}
        since = datetime.fromisoformat(said["since"])
        holder = Holder(**texts, pid=int(said.get("pid", 0)), since=since.astimezone(UTC))
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    return holder


WaitListener = Callable[[Waiting | None], None]
"""Is told in the waiting thread that a write waits, about every second, and None once it does no longer."""


class Turns:
    """The lock of one open database. Threads of this process take turns among themselves first."""

    def __init__(self, path: Path, database: Path) -> None:
        self.path, self._database = path, database
        self._opener = companion_opener(database)
        self.holder_path = path.with_name(path.name.removesuffix("lock") + "holder")
        self.queue_path = path.with_name(path.name.removesuffix("lock") + "queue")
        self.patience = PATIENT
        self.writer = Holder(pid=os.getpid(), host=platform.node())
        """Who writes through this database object."""
        self.on_waiting: WaitListener | None = None
        self._threads = threading.Lock()
        self._leaving = threading.Event()
        self._queued: _Queued | None = None

    def name_writer(self, operator: str, origin: str) -> None:
        """Name who writes from now on."""
        self.writer = replace(self.writer, operator=operator, origin=origin)

    def stop_waiting(self) -> None:
        """The program is leaving: nothing waits for the lock any more."""
        self._leaving.set()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            DatabaseBusy: another writer did not end within the patience.
            DatabaseUnusable: there can be no lock at this place.
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
            # The next write of this program takes the same place again: many places would be many threads.
            queued.give_up()
            self._queued = queued
            raise
        return queued.taken()

    @contextlib.contextmanager
    def _counted(self) -> Iterator[None]:
        """Be seen to wait by who writes in slices: a shared lock on a file of its own says that somebody does."""
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
        """Between two slices of a long write: return once nobody waits for the lock, or after some seconds."""
        until = time.monotonic() + most
        with contextlib.suppress(OSError, DatabaseUnusable), open(self.queue_path, "a+b", opener=self._opener) as file:
            while not _locked_at_once(file) and time.monotonic() < until:
                time.sleep(POLL_SECONDS[0])

    def _open(self) -> IO[Any]:
        # A lock of its own file, never the database's: closing any handle on the database would drop SQLite's locks.
        return open(self.path, "a+b", opener=self._opener)

    def holder(self) -> Holder | None:
        """Return the writer that the note beside the database names; None if it names none."""
        try:
            with open(self.holder_path, "rb", opener=_unfollowed) as file:
                return read_holder(file.read(MOST_BYTES))
        except OSError:
            return None

    def busy(self, seconds: float) -> DatabaseBusy:
        """The error of a write that waited in vain."""
        return DatabaseBusy(path=self._database, holder=self.holder(), waited=seconds)


class _Wait:
    """One write on its way to the lock."""

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
        """Try in short steps, as long as the patience lasts.

        Raises:
            DatabaseBusy: it is over.
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
        """Take back what was said of the waiting."""
        if self._said_at is not None:
            self._said_at = None
            self._say(None)

    def _say(self, waiting: Waiting | None) -> None:
        if self._turns.on_waiting is not None:
            self._turns.on_waiting(waiting)


class _Queued:
    """A place in the kernel's queue. The thread that waits there is never waited for: the program ends without it."""

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
            # Closing it gives the lock back.
            self._file.close()

    def give_up(self) -> None:
        """Nobody waits here any more: the lock is given back as soon as it is granted."""
        with self._guard:
            self._is_wanted = False
            if self.granted.is_set():
                self._is_over = True
                self._file.close()

    def is_wanted_again(self) -> bool:
        """Take the same place once more; False if its turn has passed."""
        with self._guard:
            self._is_wanted = not self._is_over
            return self._is_wanted

    def taken(self) -> IO[Any]:
        """The locked file; once granted."""
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
    """Ask now and then for some seconds; writers that ask in step would always find it taken."""
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
    """Leave word beside the database who writes, as long as it lasts. Without it writing goes on, and nobody knows a name."""
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
