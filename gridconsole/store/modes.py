"""Rights of the files beside a database: its own mode and its own group, so that colleagues of one group can share it.

SQLite gives ``-wal`` and ``-shm`` the database's mode by itself. What the program makes beside it, and what is left from before
the database's mode was changed, is brought to the same here.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gridconsole.domain.errors import DatabaseReadOnly, DatabaseUnusable, DiskFull
from gridconsole.files import COMPANION_ENDINGS

COMPANIONS = COMPANION_ENDINGS
"""Endings of the files that belong to a database."""
_PRIVATE = 0o600
_GROUP = 0o070
_SHARED = 0o060
"""The group may read and write."""
_SHARED_FOLDER = 0o2770
_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


def companion_opener(database: Path) -> Callable[[str, int], int]:
    """An opener for ``open`` that gives a companion of the database the database's mode and group.

    Raises (when used):
        DatabaseReadOnly, DiskFull, DatabaseUnusable: there can be no such file, or something else has its name.
    """

    def opener(path: str, flags: int) -> int:
        # NONBLOCK: whoever put a pipe in the file's place must not make every terminal wait for its other end.
        descriptor = _descriptor(path, flags | getattr(os, "O_NONBLOCK", 0), database)
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode):
            os.close(descriptor)
            raise DatabaseUnusable(path=database, file=path, advice="companion")
        with contextlib.suppress(OSError):
            if sys.platform != "win32":
                _match(facts, database, partial(os.fchown, descriptor), partial(os.fchmod, descriptor))
        return descriptor

    return opener


def _descriptor(path: str, flags: int, database: Path) -> int:
    try:
        return os.open(path, flags, _PRIVATE)
    except PermissionError as error:
        raise read_only(database) from error
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise disk_full(database) from error
        raise DatabaseUnusable(path=database, file=path, advice="companion") from error


def match_companions(database: Path) -> None:
    """Give those companions that are this user's own the database's mode and group.

    By name, never by opening them: closing a handle on ``-shm`` would drop SQLite's locks.
    """
    for suffix in COMPANIONS:
        match_mode(database.with_name(database.name + suffix), database)


def misplaced_companions(database: Path) -> list[Path]:
    """List what bears the name of a companion and is no ordinary file: with it there, nobody can write."""
    found = []
    for suffix in COMPANIONS:
        path = database.with_name(database.name + suffix)
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(path.lstat().st_mode):
                found.append(path)
    return found


def match_mode(path: Path, database: Path) -> None:
    """Give a file of this user's the database's mode and group; another user's file, a link or a missing one is left alone."""
    with contextlib.suppress(OSError):
        facts = path.lstat()
        if sys.platform != "win32" and stat.S_ISREG(facts.st_mode):
            _match(facts, database, partial(os.chown, path), path.chmod)


def match_folder(folder: Path, database: Path) -> None:
    """Open a folder of this user's to the database's group where the database is open to it; to nobody else.

    Files made in it get that group too (setgid).
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        facts, wanted = folder.lstat(), database.stat()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != os.geteuid() or wanted.st_mode & _SHARED != _SHARED:
            return
        if facts.st_gid != wanted.st_gid:
            os.chown(folder, -1, wanted.st_gid)
        if stat.S_IMODE(facts.st_mode) != _SHARED_FOLDER:
            folder.chmod(_SHARED_FOLDER)


def _match(facts: os.stat_result, database: Path, chown: Callable[[int, int], None], chmod: Callable[[int], None]) -> None:
    if facts.st_uid != os.geteuid():
        return
    wanted = database.stat()
    mode = stat.S_IMODE(wanted.st_mode) & 0o666 | _PRIVATE
    group = facts.st_gid
    if group != wanted.st_gid:
        # The group before the mode: at no moment may a group that is not the database's have rights.
        with contextlib.suppress(OSError):
            chown(-1, wanted.st_gid)
            group = wanted.st_gid
    if group != wanted.st_gid:
        mode &= ~_GROUP
    if stat.S_IMODE(facts.st_mode) != mode:
        chmod(mode)


def take_over_rights(new: Path, database: Path) -> None:
    """Give a file that is to take a database's place the database's mode and group.

    Where the group cannot be given, its members get no rights, which then belong to another group.
    """
    if sys.platform != "win32":
        _match(new.stat(), database, partial(os.chown, new), new.chmod)


def is_denied(database: Path) -> bool:
    """Return whether the database, its folder or a companion is closed to this user."""
    there = (database.with_name(database.name + suffix) for suffix in ("", *COMPANIONS))
    return not os.access(database.parent, os.W_OK | os.X_OK) or any(
        path.exists() and not os.access(path, os.R_OK | os.W_OK) for path in there
    )


def read_only(database: Path) -> DatabaseReadOnly:
    """The refusal of a database this user cannot write; where it is another user's, with what its owner has to type."""
    with contextlib.suppress(OSError, ImportError, KeyError):
        import grp
        import pwd

        facts, folder = database.stat(), database.parent.stat()
        if sys.platform != "win32" and facts.st_uid != os.geteuid():
            shared = folder if folder.st_mode & stat.S_ISGID else facts
            return DatabaseReadOnly(
                path=database,
                folder=database.parent,
                owner=_name_or_number(lambda: pwd.getpwuid(facts.st_uid).pw_name, facts.st_uid),
                group=_name_or_number(lambda: grp.getgrgid(shared.st_gid).gr_name, shared.st_gid),
                advice="shared",
            )
    return DatabaseReadOnly(path=database)


SCARCE = 128 * 1024
"""Free bytes below which a disk counts as full: a fresh ``-shm`` alone takes 32 KiB, an act's log about as much."""


def free_bytes(database: Path) -> int:
    """Bytes this user can still write on the database's disk; 0 where the system does not say."""
    try:
        return shutil.disk_usage(database.parent).free
    except OSError:
        return 0


def disk_full(database: Path) -> DiskFull:
    """The refusal of a write that found no room, with the free bytes."""
    return DiskFull(path=database, free=free_bytes(database))


def file_limit(database: Path) -> int:
    """Largest size of a file this process may write, if one of the database's files has come near it; 0 otherwise."""
    if sys.platform == "win32":
        return 0
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_FSIZE)
    if soft == resource.RLIM_INFINITY:
        return 0
    there = (database.with_name(database.name + suffix) for suffix in ("", *COMPANIONS))
    largest = max((path.stat().st_size for path in there if path.exists()), default=0)
    return soft if largest + SCARCE >= soft else 0


def _name_or_number(name: Callable[[], str], number: int) -> str:
    try:
        return name()
    except KeyError:
        return str(number)
