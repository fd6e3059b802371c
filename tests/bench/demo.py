"""Seconds of ``gridconsole demo --no-console`` into a new database, and what a process of ours costs before any work."""

from __future__ import annotations

import argparse
import statistics
import tempfile
from pathlib import Path

from side_by_side import PYTHON, environment, in_turns, say_machine, say_times, say_value, seconds_of


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        env = environment(folder / "cache")
        serial = iter(range(1_000))

        def build(*more: str) -> float:
            database = folder / f"demo{next(serial)}.db"
            seconds = seconds_of([PYTHON, "-m", "gridconsole", "demo", "--no-console", "--db", str(database), *more], env)
            for path in folder.glob(f"{database.name}*"):
                path.unlink()
            return seconds

        build("--days", "1")  # compiles the modules
        say_machine()
        taken = in_turns({"demo, 30 days": build, "demo, 1 day": lambda: build("--days", "1")}, runs, warm_up=0)
    say_times(taken, "s")
    say_value("demo, 30 days", statistics.median(taken["demo, 30 days"]), 20, "s")


if __name__ == "__main__":
    main()
