"""A program on a pseudo-terminal: what it writes is kept with the moment it came."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

TAIL = 4_096
"""Bytes before a waiting position that are shown when what was waited for does not come."""


class NeverShown(Exception):
    """What was waited for did not come to the screen."""


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that came to the screen."""

    moment: float
    """When its last byte was read, by ``time.perf_counter``."""
    end: int
    """Position behind it."""
    groups: tuple[bytes, ...]


ROW = re.compile(rb"\d{4} \x1b\[0m(?:\x1b\[[0-9;:]*m)?\d{5}(?!\d)")
"""A case's line in the queue: the day of its number, then its serial in a style of its own."""


class Terminal:
    """A process that believes it has a terminal of some size."""

    def __init__(
        self, command: Sequence[str], env: Mapping[str, str], *, rows: int = 40, columns: int = 120, cwd: Path | None = None
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._written = bytearray()
        self._moments: list[tuple[int, float]] = []
        self._arrived = threading.Condition()
        self.started = time.perf_counter()
        """When the process was asked for."""
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=dict(env), cwd=cwd, start_new_session=True
        )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        while True:
            try:
                chunk = os.read(self._master, 1 << 16)
            except OSError:  # Linux says so when the other end closed
                chunk = b""
            moment = time.perf_counter()
            with self._arrived:
                self._written += chunk
                self._moments.append((len(self._written), moment))
                self._arrived.notify_all()
            if not chunk:
                return

    @property
    def position(self) -> int:
        """How much was written so far: where to begin looking for what comes next."""
        with self._arrived:
            return len(self._written)

    def press(self, keys: bytes) -> float:
        """Press keys; returns the moment."""
        moment = time.perf_counter()
        os.write(self._master, keys)
        return moment

    def wait_for(self, pattern: re.Pattern[bytes], begin: int = 0, seconds: float = 60) -> Shown:
        """The first time something was written after a position.

        Raises:
            NeverShown: not in so many seconds, or the process ended.
        """
        limit = time.perf_counter() + seconds
        with self._arrived:
            while True:
                found = pattern.search(self._written, begin)
                if found is not None:
                    moment = next(moment for size, moment in self._moments if size >= found.end())
                    return Shown(moment, found.end(), tuple(bytes(group) for group in found.groups()))
                left = limit - time.perf_counter()
                if left <= 0 or self.process.poll() is not None:
                    shown = bytes(self._written[max(0, len(self._written) - TAIL) :])
                    raise NeverShown(f"{pattern.pattern!r} not shown; the last bytes were {shown!r}")
                self._arrived.wait(min(left, 0.5))

    def close(self) -> None:
        """Ctrl+Q, and the end of the process whatever it makes of it."""
        if self.process.poll() is None:
            self.press(b"\x11")
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(5)
        os.close(self._master)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
