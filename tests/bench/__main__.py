"""Every figure the program is held to, beside its limit: ``python -m tests.bench [--quick] [--json] [--only NAME] [--cases N]``.

Makes its offices from the demo: cases copied with their clocks, assignments, tasks, calls, alarms and entries. Sides of a comparison
are measured in turns; a busy machine still changes figures by a third, so read ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]

import report_figures  # noqa: E402, F401  it registers its measure
from figures import MEASURES, Figure, as_json  # noqa: E402
from offices import Offices, made  # noqa: E402
from side_by_side import say_machine  # noqa: E402


def main() -> int:
    """Measure and say; returns 0 if every target is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="smaller offices and fewer runs: at most two minutes")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    parser.add_argument("--only", action="append", choices=sorted(MEASURES), help="measure only this; may be repeated")
    parser.add_argument("--cases", type=int, help="cases of the largest office")
    parser.add_argument(
        "--offices", type=Path, metavar="FOLDER", help="keep the offices in a folder, and use those that are there"
    )
    options = parser.parse_args()
    sizes = (2_000, 20_000) if options.quick else (20_000, 200_000)
    if options.cases:
        sizes = (sizes[0], options.cases)
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = options.offices or Path(name)
        os.environ["XDG_RUNTIME_DIR"] = os.environ["XDG_STATE_HOME"] = str(folder)
        say_machine()
        at = made(folder, sizes, 500 if options.quick else 5_000, days=4 if options.quick else 30, is_quick=options.quick)
        found = _measured(at, options.only or list(MEASURES))
    if options.json:
        options.json.write_text(json.dumps([as_json(figure) for figure in found], indent=1), encoding="utf-8")
    missed = [figure.name for figure in found if not figure.is_good]
    print(f"{len(found) - len(missed)} of {len(found)} targets met")
    return 1 if missed else 0


def _measured(at: Offices, names: list[str]) -> list[Figure]:
    """Measure and print line by line."""
    found = []
    print(f"{'figure':<58} {'value':>10} {'':<10} {'target':>9}  {'ratio':>6}  ok")
    for name in names:
        for figure in MEASURES[name](at):
            found.append(figure)
            limit = "" if figure.limit == "target" else f"  of {figure.limit}"
            print(
                f"{figure.name:<58} {figure.value:>10.2f} {figure.unit:<10} {figure.target:>9g}  {figure.ratio:>6.2f}"
                f"  {'ok' if figure.is_good else 'MISSED'}{limit}",
                flush=True,
            )
    return found


if __name__ == "__main__":
    raise SystemExit(main())
