"""Find the processes that have a database open: each holds a shared lock on a file beside it, a restoration an exclusive one."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import portalocker

from gridconsole.domain.errors import DatabaseUnusable
from gridconsole.store import modes

ENDING = ".inuse"


def _lock_path(database: Path) -> Path:
    return database.with_name(database.name + ENDING)


def hold(database: Path) -> IO[bytes] | None:
    """Mark a database as open in this process, until the returned file is closed.

    Returns None if the mark cannot be made (the disk is full): reading must still be possible, and the identity of the file is
    checked at every write anyway.

    Raises:
        BlockingIOError: another process has exclusive use of the database at the moment.
    """
    try:
        file: Any = open(_lock_path(database), "a+b", opener=modes.companion_opener(database))  # noqa: SIM115  open as long as the database is
    except (OSError, DatabaseUnusable):
        return None
    try:
        portalocker.lock(file, portalocker.LockFlags.SHARED | portalocker.LockFlags.NON_BLOCKING)
    except portalocker.exceptions.LockException as error:
        file.close()
        raise BlockingIOError from error
    return file  # type: ignore[no-any-return]


def holders(database: Path) -> list[int]:
    """List the ids of the other processes that have a database open, if the system reports them (Linux).

    Processes of other containers are not found, and none on other systems.
    """
    try:
        inode = f":{_lock_path(database).stat().st_ino}"
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return []
    # ``1: FLOCK ADVISORY READ 4711 08:01:1234 0 EOF``
    fields = (line.split() for line in locks)
    found = {int(words[4]) for words in fields if len(words) >= 6 and words[1] == "FLOCK" and words[5].endswith(inode)}
    return [number for number in sorted(found - {os.getpid()}) if number > 0]


def name_of(process: int) -> str:
    """Return the name of a process, such as ``gridconsole 4711``; never its arguments, which may contain personal data."""
    with contextlib.suppress(OSError):
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        names = [Path(word.decode(errors="replace")).name for word in words[:3]]  # python, -m or the script, the module
        return f"{'gridconsole' if any(name.startswith('gridconsole') for name in names) else names[0]} {process}"
    return str(process)


@contextlib.contextmanager
def alone(database: Path) -> Iterator[None]:
    """Get exclusive use of a database: no other process has it open or can open it.

    Raises:
        BlockingIOError: another process has it open.
    """
    with open(_lock_path(database), "a+b", opener=modes.companion_opener(database)) as file:
        try:
            portalocker.lock(file, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        except portalocker.exceptions.LockException as error:
            raise BlockingIOError from error
        yield
