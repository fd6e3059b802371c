"""Log of faults of the program: where they happened, never with values, which may be names and phone numbers."""

from __future__ import annotations

import os
import stat
import sys
import traceback
from pathlib import Path

LARGEST = 1_000_000
"""Bytes after which a new log begins; one earlier log is kept beside it."""


def write(error: Exception) -> str:
    """Add a fault to the user's log; returns its path, or ``-`` if it cannot be written."""
    from platformdirs import user_log_path

    frames = "".join(traceback.format_tb(error.__traceback__))
    text = f"{type(error).__module__}.{type(error).__name__}\n{frames}\n"
    try:
        path = user_log_path("gridconsole", appauthor=False, ensure_exists=True) / "errors.log"
        _rotate(path)
        _append(path, text)
    except OSError:
        return "-"
    return str(path)


def _rotate(path: Path) -> None:
    if path.exists() and path.stat().st_size >= LARGEST:
        path.replace(path.with_name(path.name + ".1"))


def _append(path: Path, text: str) -> None:
    # A link would lead the text into another file; a pipe would wait for a reader.
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags, 0o600)
    with os.fdopen(descriptor, "a", encoding="utf-8") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError
        if sys.platform != "win32":
            # A log that an earlier version wrote could be read by anybody.
            os.fchmod(descriptor, 0o600)
        file.write(text)
