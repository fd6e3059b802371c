"""Identify the present terminal, and keep the file with the tokens of its sessions.

A session is bound to the operating-system user and to the terminal: the boot, the session leader (the shell) and its start time.
The name of a terminal is not enough: /dev/pts/3 may belong to another user an hour later.
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
"""Index of the field in /proc/PID/stat, counted from the first field after the command's name."""


@dataclass(frozen=True, slots=True)
class TokenPlace:
    """A user of the operating system at a terminal."""

    os_user: str
    terminal: str


def here() -> TokenPlace:
    """Return the user and terminal of this process, as the operating system reports them, never from ``$USER``."""
    if sys.platform == "win32":
        return _on_windows()
    return TokenPlace(str(os.getuid()), _terminal_of(0))


def terminal_of(process: int) -> str:
    """Return the terminal of a process in the form that sessions are bound to; empty if the system does not report it."""
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
        # The command's name is in parentheses and may contain any characters, parentheses too.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return fields[_START_TIME_FIELD]
    return "-"


def _on_windows() -> TokenPlace:
    import ctypes
    import getpass

    windows = ctypes.windll  # type: ignore[attr-defined,unused-ignore]
    return TokenPlace(getpass.getuser(), f"console {windows.kernel32.GetConsoleWindow()}")


# --- tokens -----------------------------------------------------------------------------------------------------


def new_token() -> str:
    """Return a new random token that cannot be guessed."""
    return secrets.token_hex(32)


def token_hash(token: str) -> str:
    """Return the hash of a token that the database keeps."""
    return hashlib.sha256(token.encode()).hexdigest()


def _folder(*, make: bool = False) -> Path:
    import warnings

    from platformdirs import user_runtime_path

    with warnings.catch_warnings():
        # The function warns if XDG_RUNTIME_DIR is not set; its fallback folder is just as private.
        warnings.simplefilter("ignore")
        return user_runtime_path("gridconsole", appauthor=False, ensure_exists=make)


def _safe_folder() -> Path:
    """Return the folder for tokens, made if it is missing.

    Raises:
        TokenFolderUnsafe: it cannot be made, or other users own it or have access to it.
    """
    try:
        folder = _folder(make=True)
        facts = folder.lstat()
    except OSError as error:
        raise TokenFolderUnsafe(file=error.filename or "-") from error
    if not stat.S_ISDIR(facts.st_mode) or (sys.platform != "win32" and (facts.st_uid != os.getuid() or facts.st_mode & 0o077)):
        raise TokenFolderUnsafe(file=str(folder))
    return folder


def _name(database: Path, place: TokenPlace) -> str:
    digests = (hashlib.sha256(text.encode()).hexdigest()[:16] for text in (str(database.resolve()), place.terminal))
    return "-".join(digests) + ".json"


def tokens(database: Path, place: TokenPlace) -> dict[int, str]:
    """Return the tokens of this terminal's sessions on this database, by session; empty if other users have access to the file."""
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


def keep_tokens(database: Path, place: TokenPlace, held: Mapping[int, str]) -> None:
    """Replace the file of tokens, readable only by this user, or delete it if there are no tokens.

    Raises:
        TokenFolderUnsafe: the folder cannot be used, or other users own it or have access to it.
    """
    if not held:
        with contextlib.suppress(OSError):
            (_folder() / _name(database, place)).unlink(missing_ok=True)
        return
    folder = _safe_folder()
    path = folder / _name(database, place)
    # Written to a new file that then replaces the old one: no reader sees a half-written file, and no link is followed.
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
