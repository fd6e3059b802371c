"""Ask the terminal how wide it draws a Chinese character."""

from __future__ import annotations

import os
import re
import sys

_ANSWER = re.compile(rb"\x1b\[(\d+);(\d+)R")
_PATIENCE = 0.5
"""Seconds to wait for the terminal's answer."""


def width_of_chinese() -> int | None:
    """Draw a character, ask for the cursor's position, and remove the character; None if no terminal answers."""
    if sys.platform == "win32" or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    import termios
    import tty

    source, target = sys.stdin.fileno(), sys.stderr.fileno()
    usual = termios.tcgetattr(source)
    try:
        tty.setcbreak(source)
        os.write(target, "\r中\x1b[6n".encode())
        found = _ANSWER.search(_answer(source))
        os.write(target, b"\r\x1b[K")
    except (OSError, termios.error):
        return None
    finally:
        termios.tcsetattr(source, termios.TCSADRAIN, usual)
    return int(found[2]) - 1 if found else None


def _answer(source: int) -> bytes:
    import select
    import time

    read, until = b"", time.monotonic() + _PATIENCE
    while b"R" not in read and (left := until - time.monotonic()) > 0:
        ready, _, _ = select.select([source], [], [], left)
        if not ready:
            break
        read += os.read(source, 32)
    return read
