"""Rights of the files beside a database: they get the database's mode and group, so that colleagues of one group can share it.

SQLite itself gives ``-wal`` and ``-shm`` the database's mode. This module does the same for the program's own files, and for files
made before the database's mode was changed.
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
    """Return an opener for ``open`` that gives a companion of the database the database's mode and group.

    Raises (when used):
        DatabaseReadOnly, DiskFull, DatabaseUnusable: the file cannot be made, or its name is taken by something else.
    """

    def opener(path: str, flags: int) -> int:
        # NONBLOCK: a pipe put in the file's place must not make every terminal wait for its other end.
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
    """Give the companions that belong to this user the database's mode and group.

    Works by name and never opens them: closing a handle on ``-shm`` would drop SQLite's locks.
    """
    for suffix in COMPANIONS:
        match_mode(database.with_name(database.name + suffix), database)


def misplaced_companions(database: Path) -> list[Path]:
    """List paths that have a companion's name but are not ordinary files: while one exists, the database cannot be written."""
    found = []
    for suffix in COMPANIONS:
        path = database.with_name(database.name + suffix)
        with contextlib.suppress(OSError):
            if not stat.S_ISREG(path.lstat().st_mode):
                found.append(path)
    return found


def match_mode(path: Path, database: Path) -> None:
    """Give a file of this user the database's mode and group; other users' files, links and missing files are ignored."""
    with contextlib.suppress(OSError):
        facts = path.lstat()
        if sys.platform != "win32" and stat.S_ISREG(facts.st_mode):
            _match(facts, database, partial(os.chown, path), path.chmod)


def match_folder(folder: Path, database: Path) -> None:
    """Give a folder of this user to the database's group, with full rights, if the group may read and write the database.

    Files made in the folder get that group too (setgid).
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
        # Group before mode: a group other than the database's must never have rights, not even for a moment.
        with contextlib.suppress(OSError):
            chown(-1, wanted.st_gid)
            group = wanted.st_gid
    if group != wanted.st_gid:
        mode &= ~_GROUP
    if stat.S_IMODE(facts.st_mode) != mode:
        chmod(mode)


def take_over_rights(new: Path, database: Path) -> None:
    """Give a file that will replace a database the database's mode and group.

    If the group cannot be set, group rights are removed, because they would belong to another group.
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
    """Return the refusal for a database this user cannot write; if another user owns it, with what the owner must type."""
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
    """Return the bytes this user can still write on the database's disk; 0 if the system does not report it."""
    try:
        return shutil.disk_usage(database.parent).free
    except OSError:
        return 0


def disk_full(database: Path) -> DiskFull:
    """Return the refusal of a write for lack of space, with the free bytes."""
    return DiskFull(path=database, free=free_bytes(database))


def file_limit(database: Path) -> int:
    """Return the largest file size this process may write, if one of the database's files is close to it; otherwise 0."""
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
