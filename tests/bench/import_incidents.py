"""A list of 100,000 reports through the import, beside ``sqlite-utils insert --csv`` into a table with as many indices.

Ours numbers every case, starts its clock and writes its hashed ledger entry; the other copies cells. Whole processes, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import pstats
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from big_office import registered
from hotline_list import HEADINGS, write
from side_by_side import PYTHON, ROOT, environment, in_turns, say_machine, say_ratio, say_times, say_value

CHILD = """
import json, sys
from pathlib import Path
from gridconsole.importing.engine import run
from gridconsole.services import desk as desks

desk = desks.open_desk(Path(sys.argv[1]), "cli")
outcome = run(desk, desks.find_operator(desk, "内勤"), "incidents", Path(sys.argv[2]))
desk.close()
print(json.dumps({"read": outcome.read, "issues": len(outcome.issues), **outcome.counts}))
"""
INDICES = (("工单编号",), ("受理时间",), ("工单来源",), ("所属社区",), ("网格编码",), ("问题分类",), ("工单来源", "受理时间"))
"""Seven, like those of our table of cases that an open case is in; the clocks and the ledger have more."""
ROOMS = (
    ("importing/sources.py", "reading"),
    ("importing/rows.py", "cells"),
    ("importing/values.py", "cells"),
    ("domain/text.py", "cells"),
    ("domain/ledger.py", "hashing"),
    ("store/ledger.py", "ledger rows"),
    ("importing/kinds/", "rules"),
    ("importing/engine.py", "rules"),
    ("gridconsole/domain/", "rules"),
    ("gridconsole/services/", "rules"),
    ("sqlalchemy/", "SQL"),
    ("gridconsole/store/", "SQL"),
)
"""What the time of a function counts as, by its file; the first that fits. Library functions count as their callers."""
Function = tuple[str, int, str]


@dataclass(frozen=True)
class Usage:
    """What a process took."""

    seconds: float
    cpu: float
    peak_mb: float
    said: str


def usage_of(command: Sequence[str], env: Mapping[str, str]) -> Usage:
    """Run a process to its end and ask the kernel what it took.

    Raises:
        RuntimeError: it failed.
    """
    begun = time.perf_counter()
    process = subprocess.Popen(command, env=dict(env), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}")
    return Usage(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--distinct", action="store_true", help="every unknown place and matter spelt differently")
    parser.add_argument("--no-profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        env = environment(folder / "cache")
        sheet, office, table = folder / "12345工单.csv", folder / "office.db", folder / "table.db"
        desk = registered(office)
        write(sheet, desk, options.rows, distinct=options.distinct)
        desk.close()
        _indexed_table(table, env)
        ours = [PYTHON, "-c", CHILD, str(folder / "our.db"), str(sheet)]
        theirs = [PYTHON, "-m", "sqlite_utils", "insert", str(folder / "their.db"), "reports", str(sheet), "--csv"]
        usages: dict[str, list[Usage]] = {"gridconsole import": [], "sqlite-utils insert": []}

        def side(key: str, template: Path, copy: Path, command: list[str]) -> Callable[[], float]:
            def once() -> float:
                for old in folder.glob(f"{copy.name}*"):
                    old.unlink()
                shutil.copy(template, copy)
                usages[key].append(usage_of(command, env))
                return usages[key][-1].seconds

            return once

        sides = {
            "gridconsole import": side("gridconsole import", office, folder / "our.db", ours),
            "sqlite-utils insert": side("sqlite-utils insert", table, folder / "their.db", theirs),
        }
        usage_of([PYTHON, "-m", "sqlite_utils", "--version"], env)
        usage_of([PYTHON, "-c", "import gridconsole.importing.engine, gridconsole.services.desk"], env)
        say_machine()
        taken = in_turns(sides, options.runs, warm_up=0)
        print(f"{options.rows:,} rows, {len(HEADINGS)} columns, {sheet.stat().st_size / 1e6:.0f} MB:")
        say_times(taken, "s")
        say_ratio(taken, "gridconsole import", "sqlite-utils insert", 2)
        cpu = {key: statistics.median(item.cpu for item in items) for key, items in usages.items()}
        print(f"  of processor time: {cpu['gridconsole import']:.1f} s / {cpu['sqlite-utils insert']:.1f} s"
              f" = {cpu['gridconsole import'] / cpu['sqlite-utils insert']:.2f}")  # fmt: skip
        peak = {key: max(item.peak_mb for item in items) for key, items in usages.items()}
        print(
            f"  peak memory of sqlite-utils: {peak['sqlite-utils insert']:.0f} MB; the import said {usages['gridconsole import'][-1].said.strip()}"
        )
        say_value("peak memory of the import", peak["gridconsole import"], 500, "MB")
        if not options.no_profile:
            stats = folder / "import.prof"
            profiled = CHILD.replace(
                "outcome = run(", "import cProfile; profile = cProfile.Profile(); outcome = profile.runcall(run, "
            )
            profiled += f"profile.dump_stats({str(stats)!r})\n"
            shutil.copy(office, folder / "our.db")
            for old in folder.glob("our.db-*"):
                old.unlink()
            assert json.loads(usage_of([ours[0], "-c", profiled, *ours[3:]], env).said)["read"] == options.rows
            say_shares(pstats.Stats(str(stats)))


def _indexed_table(path: Path, env: Mapping[str, str]) -> None:
    columns = [word for heading in HEADINGS for word in (heading, "text")]
    usage_of([PYTHON, "-m", "sqlite_utils", "create-table", str(path), "reports", *columns], env)
    for index in INDICES:
        usage_of([PYTHON, "-m", "sqlite_utils", "create-index", str(path), "reports", *index], env)


def say_shares(stats: pstats.Stats) -> None:
    """What share of a profiled run went where (the profiler makes small functions look dearer than they are)."""
    table: Mapping[Function, tuple[int, int, float, float, Mapping[Function, tuple[int, int, float, float]]]]
    table = stats.stats  # type: ignore[attr-defined]
    known: dict[Function, dict[str, float]] = {}

    def rooms_of(function: Function, above: frozenset[Function]) -> dict[str, float]:
        if function in known:
            return known[function]
        path = function[0].replace("\\", "/")
        for part, room in ROOMS:
            if part in path:
                return {room: 1.0}
        callers = {caller: times[3] for caller, times in table[function][4].items() if caller not in above and caller in table}
        whole = sum(callers.values())
        if not whole:
            return {"other": 1.0}
        shares: dict[str, float] = {}
        for caller, weight in callers.items():
            for room, share in rooms_of(caller, above | {function}).items():
                shares[room] = shares.get(room, 0) + share * weight / whole
        known[function] = shares
        return shares

    total: dict[str, float] = {}
    for function, (_, _, own, _, _) in table.items():
        for room, share in rooms_of(function, frozenset()).items():
            total[room] = total.get(room, 0) + own * share
    whole = sum(total.values())
    parts = sorted(total.items(), key=lambda item: -item[1])
    print("shares of one profiled run: " + ", ".join(f"{room} {100 * seconds / whole:.0f} %" for room, seconds in parts))


if __name__ == "__main__":
    main()
