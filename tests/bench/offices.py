"""Offices that are measured: the demo, and copies of it with years behind them and thousands of cases open."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

from grown_office import grow  # noqa: E402

from gridconsole.demo.build import build  # noqa: E402


@dataclass(frozen=True)
class Offices:
    """Files of offices by size, and a folder for what a figure needs besides."""

    folder: Path
    demo: Path
    sizes: tuple[int, ...]
    """Cases of the offices, ascending."""
    is_quick: bool

    def office(self, cases: int) -> Path:
        """The office of a size; whoever writes to it takes a copy."""
        return self.folder / f"office-{cases}.db"

    def copy(self, cases: int) -> Path:
        """A copy of the office of a size that may be written to."""
        target = self.folder / f"copy-{cases}.db"
        for old in self.folder.glob(f"{target.name}*"):
            old.unlink()
        return Path(shutil.copy(self.office(cases), target))

    @property
    def small(self) -> Path:
        """The smallest office."""
        return self.office(self.sizes[0])

    @property
    def large(self) -> Path:
        """The largest office."""
        return self.office(self.sizes[-1])


def made(folder: Path, sizes: tuple[int, ...], open_cases: int, *, days: int, is_quick: bool) -> Offices:
    """Make the offices in a folder; those that are there from an earlier run are kept."""
    folder.mkdir(parents=True, exist_ok=True)
    demo = folder / f"demo-{days}.db"
    if not demo.exists():
        build(demo, seed=7, days=days, now=datetime.now(UTC))
    found = Offices(folder, demo, sizes, is_quick)
    for cases in sizes:
        if not found.office(cases).exists():
            grow(demo, found.office(cases), cases, open_cases)
    return found
