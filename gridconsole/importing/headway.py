"""Progress of an import, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

REPORT_EVERY = 500
"""Rows between two tellings: a few a second on a slow machine."""
SECONDS_BEFORE_GUESSING = 1.0
"""A guess from less than this is worth nothing."""


@dataclass(frozen=True, slots=True)
class Headway:
    """Progress of an import."""

    rows: int
    """Read so far."""
    share: float = 0.0
    """Of the whole file, 0 to 1."""
    seconds_left: float | None = None
    """As long as the rest takes at the pace so far; None while there is nothing to guess from."""
    is_settled: bool = False
    """The rows are set down and being written: nobody can stop it any more."""


Progress = Callable[[Headway], None]


class Abandoned(Exception):
    """Raised by who is told: stop here and keep nothing."""


class Writing:
    """Tells somebody how much of a list that is set down is written."""

    def __init__(self, report: Progress | None, rows: int) -> None:
        self._report, self._rows = report, rows
        self._began = time.monotonic()

    def at(self, left: int, slices: int) -> None:
        """So many slices of all are left."""
        if self._report is None:
            return
        done, spent = 1 - left / slices, time.monotonic() - self._began
        guessing = done > 0 and spent >= SECONDS_BEFORE_GUESSING
        left_over = spent * (1 - done) / done if guessing else None
        self._report(Headway(round(done * self._rows), done, left_over, is_settled=True))


class Pace:
    """Tells somebody how far an import has come, now and then."""

    def __init__(self, report: Progress | None) -> None:
        self._report = report
        self._began = 0.0
        if report is not None:
            report(Headway(0))

    def start(self) -> None:
        """The first row is there. What it took to open the file says nothing about the rows."""
        self._began = self._began or time.monotonic()

    def at(self, rows: int, share: Callable[[], float]) -> None:
        """So many rows are read; the share is asked for only if it is told."""
        if self._report is None or rows % REPORT_EVERY:
            return
        done, spent = share(), time.monotonic() - self._began
        guessing = done > 0 and spent >= SECONDS_BEFORE_GUESSING
        self._report(Headway(rows, done, spent * (1 - done) / done if guessing else None))
