"""Standard input, output and error as a caller left them: closed, a pipe whose reader left, a terminal in another encoding.

A reader that left (``| head``) and a stream that was closed (``>&-``) are the caller's choice and no failure of the command: its
exit status stays what it was, 0 if only printing was cut short. A full disk behind standard output is a failure.
"""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from typing import IO, Any

_STREAMS = (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w"))


def prepare() -> None:
    """Open closed streams on the null device, and let a GBK terminal show what it can: no character ever stops a command."""
    for name, number, mode in _STREAMS:
        if getattr(sys, name) is None:
            setattr(sys, name, _nowhere(number, mode))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = "utf-8" if (stream.encoding or "").lower() in ("ascii", "ansi_x3.4-1968") else None
            stream.reconfigure(errors="replace", encoding=encoding)


def _nowhere(number: int, mode: str) -> IO[Any]:
    """Open the null device under the number of a closed stream; otherwise the next opened file would get that number."""
    opened = os.open(os.devnull, os.O_RDWR)
    if opened != number:
        os.dup2(opened, number)
        os.close(opened)
    return open(number, mode, encoding="utf-8", closefd=False)


def discard() -> None:
    """Send all further output to the null device: Python would complain of a broken standard output on leaving."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reader_left(leave: SystemExit) -> bool:
    """Return whether a status 1 of Click or Rich means that the reader of the output has left (head, a pager)."""
    cause = leave.__context__
    return isinstance(cause, BrokenPipeError) or (isinstance(cause, OSError) and cause.errno == errno.EPIPE)
