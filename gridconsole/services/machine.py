"""Read the time since the machine was started, which no change of its clock affects."""

from __future__ import annotations

import contextlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Uptime:
    """Time since the machine was started."""

    boot: str
    """Id of the start of the machine, the same for all processes until the next start; empty if the system gives none."""
    seconds: float


def uptime() -> Uptime:
    """Return the time since the machine was started, sleep included where the system counts it."""
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
