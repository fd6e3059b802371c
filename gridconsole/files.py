"""The one writer of files that a person names: reports, exports, templates, sheets, copies, archives, backups.

A file appears whole or not at all, readable by its owner only, under a name that nothing had before. An existing file is replaced
only where the caller allows it, and even then never a database, one of its companions, a backup, a link, or a source of the same
command. Nothing here opens a file that this process has open in SQLite: closing it again would drop SQLite's locks (POSIX).
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import secrets
import socket
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.outputs import OutputFault

BACKUP_ENDING = ".gcb"
"""Ending of the files of ``gridconsole backup``."""
COMPANION_ENDINGS = ("-wal", "-shm", "-journal", ".wlock", ".wholder", ".wqueue", ".arriving", ".inuse")
"""Endings that SQLite and the writers' lock append to a database's name; no other file may have them."""
_SQLITE_MAGIC = b"SQLite format 3\0"
_BACKUP_MAGIC = b"GridConsole backup"
_PART = re.compile(r"\.(?P<name>.+)\.(?P<host>[0-9a-f]{8})-(?P<pid>[0-9]+)-[0-9a-f]{8}\.gcpart")
FORBIDDEN = re.compile(r'[<>:"/|?*\x00-\x1f]')
"""Characters that Windows allows in no name: files travel, and one who gets such a file could not save it."""
_RESERVED = frozenset({"CON", "PRN", "AUX", "NUL", *(f"{name}{digit}" for name in ("COM", "LPT") for digit in range(1, 10))})
_FAULTS = {
    errno.ENOSPC: OutputFault.FULL,
    errno.EDQUOT: OutputFault.FULL,
    errno.EFBIG: OutputFault.FULL,
    errno.EACCES: OutputFault.NO_RIGHT,
    errno.EPERM: OutputFault.NO_RIGHT,
    errno.EROFS: OutputFault.NO_RIGHT,
    errno.ENOENT: OutputFault.NO_FOLDER,
    errno.ENOTDIR: OutputFault.NO_FOLDER,
    errno.EISDIR: OutputFault.NOT_A_FILE,
    errno.EEXIST: OutputFault.EXISTS,
    errno.ENAMETOOLONG: OutputFault.NAME,
    errno.EINVAL: OutputFault.NAME,
    errno.EILSEQ: OutputFault.NAME,
    errno.ELOOP: OutputFault.LINK,
}
_guarded: set[Path] = set()


def is_reserved(name: str) -> bool:
    """Return whether Windows takes a name, with any ending, for one of its devices."""
    return name.split(".", 1)[0].strip().upper() in _RESERVED


def guard(path: Path) -> None:
    """Never write to this path, even if nothing is there yet: it is the database this process works on."""
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        _guarded.add(path.resolve())


@dataclass(frozen=True, slots=True)
class Rules:
    """Rules for an output file: whether it may be replaced, and the files it must never be."""

    endings: Sequence[str] = ()
    """Endings it may have, lower case; empty: any."""
    overwrite: bool = False
    """True if an ordinary file of that name may be replaced."""
    sources: Sequence[Path] = ()
    """Files that the same command reads; they are never replaced."""
    same_is_fine: bool = False
    """True if a file with the very same content counts as written."""
    is_backup: bool = False
    """True for a backup, the only kind of file that ends in :data:`BACKUP_ENDING`."""


ANY = Rules()


def check(target: Path, rules: Rules = ANY) -> None:
    """Refuse a place where the file cannot or must not be, before any work is done for it. Writes nothing.

    Raises:
        OutputRefused: it has another ending or no folder; something is there that must stay; it would be a database's companion.
    """
    try:
        fault = _fault_of(target, rules)
    except (OSError, ValueError) as error:
        raise refused(target, error) from error
    if fault is not None:
        raise OutputRefused(file=str(target), why=fault, endings=list(rules.endings))


def _fault_of(target: Path, rules: Rules) -> OutputFault | None:
    # Windows takes "x.db " and "x.db." for "x.db".
    name = target.name.rstrip(" .").lower()
    if not target.name.isprintable() or FORBIDDEN.search(target.name) or is_reserved(target.name):
        return OutputFault.NAME  # a line break in a name hides what the sentences about it say
    if rules.endings and target.suffix.lower() not in rules.endings:
        return OutputFault.ENDING
    if name.endswith(COMPANION_ENDINGS):
        return OutputFault.COMPANION
    if name.endswith(BACKUP_ENDING) and not rules.is_backup:
        return OutputFault.BACKUP
    if not target.absolute().parent.is_dir():
        return OutputFault.NO_FOLDER
    if target.resolve() in _guarded:
        return OutputFault.DATABASE
    try:
        present = target.lstat()
    except FileNotFoundError:
        return None
    return _fault_of_present(target, present, rules)


def _fault_of_present(target: Path, present: os.stat_result, rules: Rules) -> OutputFault | None:
    """Return the reason for which an existing file may not be replaced; None if it may."""
    if stat.S_ISLNK(present.st_mode):
        return OutputFault.LINK
    if not stat.S_ISREG(present.st_mode):
        return OutputFault.NOT_A_FILE
    if any(_is_same(target, path) for path in _guarded):
        return OutputFault.DATABASE
    if any(_is_same(target, path) for path in rules.sources):
        return OutputFault.SOURCE
    if not rules.overwrite and not rules.same_is_fine:
        return OutputFault.EXISTS
    with target.open("rb") as file:
        head = file.read(32)
    if head.startswith(_SQLITE_MAGIC):
        return OutputFault.DATABASE
    return OutputFault.BACKUP if head.startswith(_BACKUP_MAGIC) else None


def _is_same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


@contextlib.contextmanager
def new_file(target: Path, rules: Rules = ANY) -> Iterator[IO[bytes]]:
    """Open a file to be written; it gets its name when the block ends well, and leaves no trace when it does not.

    The content is on the disk (fsync of the file and of its folder) when this returns. Mode 0600.

    Raises:
        OutputRefused: as of :func:`check`, or the disk does not take it; then nothing is there that was not there before.
    """
    check(target, rules)
    remove_torn(target.absolute().parent)
    part = _part_of(target)
    try:
        with open(part, "x+b", opener=_private) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _publish(part, target, rules)
    except OSError as error:
        raise refused(target, error) from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NOFOLLOW", 0), 0o600)


def write(target: Path, content: bytes, rules: Rules = ANY) -> None:
    """Write a whole file at once; see :func:`new_file`.

    Raises:
        OutputRefused: as of :func:`new_file`.
    """
    with new_file(target, rules) as file:
        file.write(content)


def fault_of(error: Exception) -> OutputFault:
    """Name what an error of the operating system means for a file that is written."""
    number = error.errno if isinstance(error, OSError) else errno.EINVAL
    return _FAULTS.get(number or 0, OutputFault.FAILED)


def refused(target: Path, error: Exception) -> OutputRefused:
    """Return the refusal for an error of the operating system."""
    fault = fault_of(error)
    return OutputRefused(file=str(target), why=fault, free=_free_of(target) if fault is OutputFault.FULL else None)


def _free_of(target: Path) -> int | None:
    """Return the bytes that an ordinary user may still write where the file was to be."""
    import shutil

    try:
        return shutil.disk_usage(target.absolute().parent).free
    except OSError:
        return None


def _publish(part: Path, target: Path, rules: Rules) -> None:
    """Give a finished file its name."""
    if rules.overwrite:
        # Checked again: since the first check, another file may have appeared there.
        check(target, rules)
        part.replace(target)
    else:
        _take_free_name(part, target, rules)
    sync_folder(target.absolute().parent)


def _take_free_name(part: Path, target: Path, rules: Rules) -> None:
    try:
        os.link(part, target)
    except FileExistsError:
        if not (rules.same_is_fine and sha256_of(target) == sha256_of(part)):
            raise
    except OSError:
        # A file system without links (FAT): the name is taken first, so that no file that has it is lost.
        os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        part.replace(target)


def sync_folder(folder: Path) -> None:
    """Write the names in a folder to the disk; systems that cannot open a folder keep names by themselves."""
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _host() -> str:
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _part_of(target: Path) -> Path:
    # A name may have 255 bytes, and most of our characters take three.
    short = target.name.encode("utf-8", "surrogateescape")[:180].decode("utf-8", "ignore")
    return target.with_name(f".{short}.{_host()}-{os.getpid()}-{secrets.token_hex(4)}.gcpart")


def remove_torn(folder: Path) -> tuple[str, ...]:
    """Remove unfinished files of this program whose writer is gone; returns the names they were meant to get.

    The name of a file says which process on which machine wrote it. A file of another machine stays.
    """
    removed: list[str] = []
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            found = _PART.fullmatch(entry.name)
            if found is None or not entry.is_file(follow_symlinks=False):
                continue
            if found["host"] == _host() and int(found["pid"]) != os.getpid() and not is_running(int(found["pid"])):
                with contextlib.suppress(OSError):
                    Path(entry.path).unlink()
                    removed.append(found["name"])
    return tuple(removed)


def is_running(pid: int) -> bool:
    """Return whether a process of this machine is running."""
    if sys.platform == "win32":
        import ctypes

        query_limited_information, still_active = 0x1000, 259
        kernel = ctypes.windll.kernel32
        handle = kernel.OpenProcess(query_limited_information, False, pid)
        if not handle:
            return False
        code = ctypes.c_ulong()
        known = kernel.GetExitCodeProcess(handle, ctypes.byref(code))
        kernel.CloseHandle(handle)
        return bool(known) and code.value == still_active
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
