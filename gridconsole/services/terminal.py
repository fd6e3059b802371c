"""Which terminal this is, and the file that holds the tokens of those logged in on it.

A session is bound to the operating system's user and to the terminal: the boot, the session leader (the shell) and the moment
it began. A terminal's name alone would not do: /dev/pts/3 is somebody else's an hour later.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import stat
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gridconsole.domain.errors import TokenFolderUnsafe

_START_TIME_FIELD = 19
"""Of /proc/PID/stat, counted behind the command's name."""


@dataclass(frozen=True, slots=True)
class Place:
    """A user of the operating system at a terminal."""

    os_user: str
    terminal: str


def here() -> Place:
    """Return where this process runs; asked of the system, never of ``$USER``."""
    if sys.platform == "win32":
        return _on_windows()
    return Place(str(os.getuid()), _terminal_of(0))


def terminal_of(process: int) -> str:
    """Return the terminal that a process runs on, as sessions are bound to it; empty where the system does not tell."""
    with contextlib.suppress(OSError, AttributeError):
        return _terminal_of(process)
    return ""


def _terminal_of(process: int) -> str:
    leader = os.getsid(process)
    return f"{_boot()} {leader} {_began(leader)}"


def _boot() -> str:
    with contextlib.suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return "-"


def _began(process: int) -> str:
    with contextlib.suppress(OSError, IndexError):
        # The command's name stands in brackets and may hold anything, brackets too.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return fields[_START_TIME_FIELD]
    return "-"


def _on_windows() -> Place:
    import ctypes
    import getpass

    windows = ctypes.windll  # type: ignore[attr-defined,unused-ignore]
    return Place(getpass.getuser(), f"console {windows.kernel32.GetConsoleWindow()}")


# --- tokens -----------------------------------------------------------------------------------------------------


def new_token() -> str:
    """Something nobody can guess."""
    return secrets.token_hex(32)


def token_hash(token: str) -> str:
    """Return the hash of a token that the database keeps."""
    return hashlib.sha256(token.encode()).hexdigest()


def _folder(*, make: bool = False) -> Path:
    import warnings

    from platformdirs import user_runtime_path

    with warnings.catch_warnings():
        # It says so when XDG_RUNTIME_DIR is not set; the folder it falls back on is as private.
        warnings.simplefilter("ignore")
        return user_runtime_path("gridconsole", appauthor=False, ensure_exists=make)


def _safe_folder() -> Path:
    """The folder, made if need be, and nobody else's."""
    try:
        folder = _folder(make=True)
        facts = folder.lstat()
    except OSError as error:
        raise TokenFolderUnsafe(file=error.filename or "-") from error
    if not stat.S_ISDIR(facts.st_mode) or (sys.platform != "win32" and (facts.st_uid != os.getuid() or facts.st_mode & 0o077)):
        raise TokenFolderUnsafe(file=str(folder))
    return folder


def _name(database: Path, place: Place) -> str:
    digests = (hashlib.sha256(text.encode()).hexdigest()[:16] for text in (str(database.resolve()), place.terminal))
    return "-".join(digests) + ".json"


def tokens(database: Path, place: Place) -> dict[int, str]:
    """Tokens by session of those logged in on this terminal to this database; none if the file is not ours alone."""
    try:
        path = _folder() / _name(database, place)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0))
    except OSError:
        return {}
    with os.fdopen(descriptor, encoding="utf-8") as file:
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or (
            sys.platform != "win32" and (facts.st_uid != os.getuid() or facts.st_mode & 0o077)
        ):
            return {}
        try:
            return {int(key): str(token) for key, token in json.load(file).items()}
        except (ValueError, AttributeError):
            return {}


def keep_tokens(database: Path, place: Place, held: Mapping[int, str]) -> None:
    """Write the file anew, readable by nobody else, or take it away where nothing is held.

    Raises:
        TokenFolderUnsafe: the folder cannot be used, or is somebody else's.
    """
    if not held:
        with contextlib.suppress(OSError):
            (_folder() / _name(database, place)).unlink(missing_ok=True)
        return
    folder = _safe_folder()
    path = folder / _name(database, place)
    # Beside it and then in its place: nobody ever reads half a file, and no link is followed.
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({str(key): token for key, token in held.items()}, file)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
        raise TokenFolderUnsafe(file=str(folder)) from error
