"""Describe the writer that holds the lock, for those who wait for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Holder:
    """The writer that holds the lock, for display only: its note may be incomplete, outdated or forged, so no decision uses it."""

    operator: str = ""
    """Name of the operator; empty before sign-in."""
    origin: str = ""
    """console, cli, demo, import or system."""
    activity: str = ""
    """Description of the write; empty for an ordinary act."""
    pid: int = 0
    host: str = ""
    since: datetime | None = None
    """Time since which it holds the lock, UTC."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A write that waits for another one."""

    holder: Holder | None
    """None if it is unknown."""
    seconds: float
    """Seconds waited so far."""
