"""Read how long the machine has been running: a time that no change of the clock moves."""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Uptime:
    """A moment since the machine was started."""

    boot: str
    """Which start it was; the same for all processes until the next."""
    seconds: float


def uptime() -> Uptime:
    """Ask the machine, sleep included."""
    if sys.platform == "win32":
        import ctypes

        milliseconds = ctypes.windll.kernel32.GetTickCount64
        milliseconds.restype = ctypes.c_ulonglong
        return Uptime("", milliseconds() / 1000)
    boot = ""
    with contextlib.suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    return Uptime(boot, time.clock_gettime(clock))
