"""Build the demo district: import the shipped workbooks, then simulate weeks of casework through the services."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gridconsole.demo import cast
from gridconsole.demo.casework import Player
from gridconsole.domain.errors import DatabaseExists
from gridconsole.domain.states import Role
from gridconsole.importing.engine import run
from gridconsole.services import actors, setup
from gridconsole.services import office as offices
from gridconsole.store import figures, schema

REGISTERS = ("areas", "grids", "catalogue", "departments", "wardens")
Progress = Callable[[str, int, int], None]


def build(
    path: Path, *, seed: int, days: int, progress: Progress | None = None, now: datetime | None = None
) -> dict[str, int | float]:
    """Build the demo's database anew; returns its totals and the seconds it took.

    Args:
        days: number of days of casework, the last of them today.
        now: end of the simulation; the same seed and end give the same district.

    Raises:
        DatabaseExists: the path holds an office that is not a demo; it is not changed.
    """
    began = time.perf_counter()
    end = now or datetime.now(UTC)
    _make_room(path)
    clock = _Clock(end - timedelta(days=days))
    book = cast.phrase_book()
    office = setup.initialise(path, book["office"]["name"], "xdistrict", "demo", clock, is_demo=True)
    try:
        clerk = actors.find_operator(office, Role.CLERK.value)
        for done, kind in enumerate(REGISTERS, 1):
            run(office, clerk, kind, cast.sheet(kind))
            if progress:
                progress("registers", done, len(REGISTERS))
        for name, role in cast.people(book):
            actors.add_operator(office, name, [role])
        player = Player(office, seed, clock.set)
        player.play(clock(), end, (lambda done, total: progress("casework", done, total)) if progress else None)
        clock.set(end)
        run(office, clerk, "incidents", cast.sheet("incidents_12345"))
        with office.database.reading() as connection:
            summary: dict[str, int | float] = dict(figures.totals(connection))
    except BaseException:
        office.close()
        schema.discard(path)
        raise
    office.close()
    return {**summary, "seconds": round(time.perf_counter() - began, 2)}


def _make_room(path: Path) -> None:
    if not path.exists():
        return
    old = offices.open_office(path, "demo")
    is_demo = old.is_demo
    old.close()
    if not is_demo:
        raise DatabaseExists(path=path)
    schema.discard(path)


class _Clock:
    """The clock of the simulation."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __call__(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        """Set the time."""
        self._at = at
