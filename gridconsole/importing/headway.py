"""Progress of an import, and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

REPORT_EVERY = 500
"""Rows between two progress reports: a few reports a second on a slow machine."""
SECONDS_BEFORE_GUESSING = 1.0
"""Shortest time to estimate from; an estimate from less is worthless."""


@dataclass(frozen=True, slots=True)
class Headway:
    """Progress of an import."""

    rows: int
    """Rows read so far."""
    share: float = 0.0
    """Share of the whole file, 0 to 1."""
    seconds_left: float | None = None
    """Time the rest takes at the pace so far; None while there is too little to estimate from."""
    is_settled: bool = False
    """The rows are staged and being written; the import can no longer be stopped."""


Progress = Callable[[Headway], None]


def _seconds_left(began: float, share: float) -> float | None:
    """Return the time that the rest takes at the pace so far; None while there is too little to estimate from."""
    spent = time.monotonic() - began
    return spent * (1 - share) / share if share > 0 and spent >= SECONDS_BEFORE_GUESSING else None


class Abandoned(Exception):
    """Raised by a progress callback to stop the import and keep nothing."""


class Writing:
    """Reports how much of a staged import is written."""

    def __init__(self, report: Progress | None, rows: int) -> None:
        self._report, self._rows = report, rows
        self._began = time.monotonic()

    def at(self, left: int, slices: int) -> None:
        """Report that ``left`` of ``slices`` slices are still to be written."""
        if self._report is None:
            return
        done = 1 - left / slices
        self._report(Headway(round(done * self._rows), done, _seconds_left(self._began, done), is_settled=True))


class Pace:
    """Reports the progress of an import now and then."""

    def __init__(self, report: Progress | None) -> None:
        self._report = report
        self._began = 0.0
        if report is not None:
            report(Headway(0))

    def start(self) -> None:
        """Start the clock at the first row; the time to open the file says nothing about the rows."""
        self._began = self._began or time.monotonic()

    def at(self, rows: int, share: Callable[[], float]) -> None:
        """Report that ``rows`` rows are read; ``share`` is called only if a report is due."""
        if self._report is None or rows % REPORT_EVERY:
            return
        done = share()
        self._report(Headway(rows, done, _seconds_left(self._began, done)))
