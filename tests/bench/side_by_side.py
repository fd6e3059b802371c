"""Measuring two sides of a comparison in turns, and saying what came of it.

Other jobs on the machine change a run by a factor of two: only ratios of neighbours in time are worth reading, so sides take turns.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PYTHON = sys.executable


def environment(cache: Path) -> dict[str, str]:
    """What every measured process gets: compiled modules kept (in a folder of ours), nothing of this shell's settings.

    Where PYTHONDONTWRITEBYTECODE is set, sources are compiled at every start and only that would be measured.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GRIDCONSOLE_", "TEXTUAL", "PYTHON", "COLUMNS", "LINES"))
    }
    return {**kept, "PYTHONPYCACHEPREFIX": str(cache), "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8"}


def seconds_of(command: Sequence[str], env: Mapping[str, str]) -> float:
    """Wall time of a process from start to end, seconds.

    Raises:
        CalledProcessError: it failed.
    """
    begun = time.perf_counter()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT)
    return time.perf_counter() - begun


def in_turns(sides: Mapping[str, Callable[[], float]], runs: int, warm_up: int = 1) -> dict[str, list[float]]:
    """Every side so many times, one after the other, the order turned round each time; warm-up runs are not counted."""
    taken: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(-warm_up, runs):
        names = list(sides)
        for name in names if turn % 2 == 0 else reversed(names):
            seconds = sides[name]()
            if turn >= 0:
                taken[name].append(seconds)
    return taken


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1000) // 1000) - 1)]


def say_machine() -> None:
    """How busy the machine is: what makes a number suspicious."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"machine: {os.cpu_count()} cores, load {load:.2f}, Python {sys.version.split()[0]}")


def say_times(taken: Mapping[str, Sequence[float]], unit: str = "ms") -> None:
    """Median, least and most of every side."""
    factor = 1000 if unit == "ms" else 1
    wide = max(map(len, taken))
    for name, values in taken.items():
        middle, least, most = (factor * value for value in (statistics.median(values), min(values), max(values)))
        print(f"  {name:<{wide}}  median {middle:8.1f} {unit}  least {least:8.1f}  most {most:8.1f}  n={len(values)}")


def say_ratio(taken: Mapping[str, Sequence[float]], ours: str, theirs: str, target: float) -> None:
    """The ratio of the medians, the spread of the ratios of neighbours, and the target."""
    ratio = statistics.median(taken[ours]) / statistics.median(taken[theirs])
    pairs = sorted(mine / other for mine, other in zip(taken[ours], taken[theirs], strict=True))
    verdict = "ok" if ratio <= target else "MISSED"
    spread = f"pairs {pairs[0]:.2f}..{pairs[-1]:.2f}"
    print(f"ratio {ours} / {theirs}: {ratio:.2f}  ({spread}, n={len(pairs)})  target <= {target:g}: {verdict}")


def say_value(name: str, value: float, target: float, unit: str) -> None:
    """A number the issue states as such, and its target."""
    print(f"{name}: {value:.1f} {unit}  target <= {target:g} {unit}: {'ok' if value <= target else 'MISSED'}")
