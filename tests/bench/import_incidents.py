"""A workbook of 100,000 reports through the import, beside ``sqlite-utils insert --csv`` of the same rows into a table with as many
indices.

Ours reads a workbook (or with ``--text`` the same csv), numbers every case, starts its clock and writes its hashed ledger entry; the
other copies cells of a text. Whole processes, in turns.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import pstats
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import xlsxwriter
from big_office import registered
from hotline_list import HEADINGS, write
from side_by_side import PYTHON, ROOT, environment, in_turns, say_machine, say_ratio, say_times, say_value

CHILD = """
import json, sys
from pathlib import Path
from gridconsole.importing.engine import run
from gridconsole.importing.options import Options
from gridconsole.services import office as offices
from gridconsole.services import actors

opened = offices.open_office(Path(sys.argv[1]), "cli")
outcome = run(opened, actors.find_operator(opened, "内勤"), "incidents", Path(sys.argv[2]), Options(dry_run="dry" in sys.argv))
opened.close()
print(json.dumps({"read": outcome.read, "issues": len(outcome.issues), **outcome.counts}))
"""
INDICES = (
    ("工单编号",), ("受理时间",), ("工单来源",), ("所属社区",), ("网格编码",), ("问题分类",), ("工单来源", "受理时间"), ("所属社区", "受理时间"),
    ("联系电话", "受理时间"),
)  # fmt: skip
"""Nine, like those of our table of cases that an open case is in; the clocks and the ledger have more."""
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
OURS, TRIAL, THEIRS = "gridconsole import", "its dry run", "sqlite-utils insert"
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
    parser.add_argument("--text", action="store_true", help="import the csv, not a workbook")
    parser.add_argument("--no-profile", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        bench = Bench(Path(name), options.rows, distinct=options.distinct, text=options.text)
        say_machine()
        print(
            f"{options.rows:,} rows, {len(HEADINGS)} columns, {bench.taken.suffix} of {bench.taken.stat().st_size / 1e6:.0f} MB:"
        )
        taken = in_turns({OURS: bench.ours, THEIRS: bench.theirs, TRIAL: bench.trial}, options.runs, warm_up=0)
        say_times(taken, "s")
        say_ratio(taken, OURS, THEIRS, 1)
        say_ratio(taken, TRIAL, OURS, 1)
        cpu = {key: statistics.median(usage.cpu for usage in usages) for key, usages in bench.usages.items()}
        peak = {key: max(usage.peak_mb for usage in usages) for key, usages in bench.usages.items()}
        print(f"  of processor time: {cpu[OURS]:.1f} s / {cpu[THEIRS]:.1f} s = {cpu[OURS] / cpu[THEIRS]:.2f}")
        print(f"  the import said {bench.usages[OURS][-1].said.strip()}; peak memory of sqlite-utils {peak[THEIRS]:.0f} MB")
        say_value("peak memory of the import", peak[OURS], 500, "MB")
        if not options.no_profile:
            say_shares(bench.profiled())


class Bench:
    """The list, an office without cases, and a table with indices; each run begins with a copy of those."""

    def __init__(self, folder: Path, rows: int, *, distinct: bool, text: bool) -> None:
        self._folder, self._rows = folder, rows
        self._env = environment(folder / "cache")
        self.sheet, self._office, self._table = folder / "12345工单.csv", folder / "office.db", folder / "table.db"
        self.usages: dict[str, list[Usage]] = {OURS: [], TRIAL: [], THEIRS: []}
        opened = registered(self._office)
        write(self.sheet, opened, rows, distinct=distinct)
        opened.close()
        self.taken = self.sheet if text else as_workbook(self.sheet)
        columns = [word for heading in HEADINGS for word in (heading, "text")]
        self._utils("create-table", self._table, *columns)
        for index in INDICES:
            self._utils("create-index", self._table, *index)
        usage_of([PYTHON, "-c", "import gridconsole.importing.engine, gridconsole.services.office"], self._env)  # compiles

    def ours(self) -> float:
        """Seconds of an import."""
        return self._import(OURS)

    def trial(self) -> float:
        """Seconds of a dry run."""
        return self._import(TRIAL, "dry")

    def _import(self, side: str, *words: str) -> float:
        usage = usage_of([PYTHON, "-c", CHILD, str(self._copy(self._office)), str(self.taken), *words], self._env)
        self.usages[side].append(usage)
        assert json.loads(usage.said)["read"] == self._rows
        return usage.seconds

    def theirs(self) -> float:
        """Seconds of an insert."""
        self.usages[THEIRS].append(self._utils("insert", self._copy(self._table), str(self.sheet), "--csv"))
        return self.usages[THEIRS][-1].seconds

    def profiled(self) -> pstats.Stats:
        """Where an import's time goes, by function."""
        target = self._folder / "import.prof"
        call = "outcome = run("
        program = CHILD.replace(
            call, f"import cProfile; profile = cProfile.Profile(); {call.replace('run(', 'profile.runcall(run, ')}"
        )
        program += f"profile.dump_stats({str(target)!r})\n"
        usage_of([PYTHON, "-c", program, str(self._copy(self._office)), str(self.taken)], self._env)
        return pstats.Stats(str(target))

    def _utils(self, command: str, database: Path, *words: str) -> Usage:
        return usage_of([PYTHON, "-m", "sqlite_utils", command, str(database), "reports", *words], self._env)

    def _copy(self, template: Path) -> Path:
        copy = self._folder / f"copy_of_{template.name}"
        for old in self._folder.glob(f"{copy.name}*"):
            old.unlink()
        return Path(shutil.copy(template, copy))


def as_workbook(sheet: Path) -> Path:
    """The same rows as an xlsx file, every cell a text as hotlines export them."""
    target = sheet.with_suffix(".xlsx")
    with xlsxwriter.Workbook(str(target), {"constant_memory": True}) as book, sheet.open(encoding="utf-8", newline="") as file:
        made = book.add_worksheet("工单")
        for index, cells in enumerate(csv.reader(file)):
            for column, cell in enumerate(cells):
                made.write_string(index, column, cell)
    return target


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
