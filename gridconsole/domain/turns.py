"""Describe the writer that holds the lock, for those who wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The writer whose turn it is, for words only: its note may be torn, stale or forged, and nothing is decided by it."""

    operator: str = ""
    """Name of the operator; empty before anybody signed in."""
    origin: str = ""
    """console, cli, demo, import or system."""
    activity: str = ""
    """What is being written, in words; empty for an ordinary act."""
    pid: int = 0
    host: str = ""
    since: datetime | None = None
    """Beginning of the turn, UTC."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A write that waits for another one."""

    holder: Holder | None
    """None where it cannot be known."""
    seconds: float
    """For how long by now."""
