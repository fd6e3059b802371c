"""Writers that meet: eight that report cases without a pause, four operators beside an import of 20,000 and of 100,000 cases and
beside a result sheet, and what one report costs when nobody else writes.

Each writer is a process. With ``--tree`` the same is measured with another checkout of the program, in turns with this one.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from big_office import registered
from hotline_list import write
from side_by_side import PYTHON, ROOT, environment, percentile, say_machine, say_value

WRITER = """
import json, random, sys, time
from pathlib import Path
from gridconsole.domain.states import Source
from gridconsole.services import casework
from gridconsole.services import office as offices
from gridconsole.services import actors

path, stop, pause, seed = Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
opened, draw = offices.open_office(path, "cli"), random.Random(seed)
acceptor = actors.find_operator(opened, "受理员")
taken, errors = [], 0
print("ready", flush=True)
sys.stdin.readline()
while not stop.exists():
    begun = time.perf_counter()
    try:
        casework.intake(opened, acceptor, casework.NewReport(f"路灯不亮{seed}-{len(taken)}", Source.HOTLINE_12345))
    except Exception as error:
        errors += 1
        print(type(error).__name__, error, file=sys.stderr)
    taken.append(time.perf_counter() - begun)
    if pause:
        time.sleep(draw.uniform(0.5, 1.5) * pause)
opened.close()
print(json.dumps({"taken": taken, "errors": errors}))
"""
IMPORT = """
import sys
from pathlib import Path
from gridconsole.importing.engine import run
from gridconsole.services import office as offices
from gridconsole.services import actors

opened = offices.open_office(Path(sys.argv[1]), "cli")
kind, operator = sys.argv[3:]
outcome = run(opened, actors.find_operator(opened, operator), kind, Path(sys.argv[2]))
print({verdict.value: count for verdict, count in outcome.counts.items()}, file=sys.stderr)
opened.close()
"""
CASES_IN_HAND = """
import csv, sys
from pathlib import Path
sys.path.insert(0, "tests/bench")
from big_office import build
from gridconsole.services import office as offices
from gridconsole.store.engine import driver

path, sheet, rows = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
build(path, cases=2 * rows, open_cases=2 * rows)
with driver.connect(str(path)) as connection, sheet.open("w", encoding="utf-8", newline="") as file:
    found = connection.execute("SELECT number FROM incident WHERE state = 'handling' LIMIT ?", (rows,)).fetchall()
    csv.writer(file).writerows([("案件号", "处置结果"), *((number, "已清理，现场恢复整洁") for (number,) in found)])
"""


@dataclass(frozen=True)
class Met:
    """What came of some writers."""

    taken: tuple[tuple[float, ...], ...]
    """Seconds of each write, by writer."""
    errors: int
    import_seconds: float = 0.0

    @property
    def all(self) -> list[float]:
        """Seconds of every write."""
        return [seconds for each in self.taken for seconds in each]


@dataclass(frozen=True)
class Tree:
    """A checkout of the program, and the office its writers meet in."""

    name: str
    root: Path
    folder: Path

    def office(self, template: Path | None = None) -> Path:
        """A copy of an office: one with registers and no cases, if none is given."""
        path = self.folder / f"{self.name}-{time.monotonic_ns()}.db"
        shutil.copy(template or self.template, path)
        return path

    @property
    def template(self) -> Path:
        """The office that is copied; made by this very checkout, since a later one may have changed the tables."""
        return self.folder / f"{self.name}.template"

    def run(self, program: str, *words: object) -> subprocess.Popen[str]:
        """Start a process of this checkout."""
        env = environment(self.folder / f"cache-{self.name}") | {"PYTHONPATH": str(self.root)}
        return subprocess.Popen(
            [PYTHON, "-c", program, *map(str, words)],
            env=env,
            cwd=self.root,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def meet(
        self,
        writers: int,
        *,
        seconds: float = 0,
        pause: float = 0,
        sheet: Path | None = None,
        brought_by: tuple[str, str] = ("incidents", "内勤"),
        template: Path | None = None,
    ) -> Met:
        """Let writers meet for some seconds, or as long as a sheet of a kind is imported by somebody."""
        path, stop = self.office(template), self.folder / f"stop-{time.monotonic_ns()}"
        there = [self.run(WRITER, path, stop, pause, seed) for seed in range(writers)]
        for process in there:
            assert process.stdout is not None
            process.stdout.readline()
        for process in there:
            assert process.stdin is not None
            process.stdin.write("go\n")
            process.stdin.flush()
        begun = time.perf_counter()
        if sheet is None:
            time.sleep(seconds)
        else:
            importing = self.run(IMPORT, path, sheet, *brought_by)
            assert importing.wait() == 0
        whole = time.perf_counter() - begun
        stop.touch()
        answers = [json.loads(process.communicate()[0]) for process in there]
        return Met(tuple(tuple(answer["taken"]) for answer in answers), sum(answer["errors"] for answer in answers), whole)


def say(name: str, met: Met, most: float, p99: float) -> None:
    """Print what came of a meeting beside its targets, seconds."""
    print(f"{name}: {len(met.all):,} writes, {met.errors} errors, p50 {1000 * statistics.median(met.all):.0f} ms")
    say_value("p99", 1000 * percentile(met.all, 0.99), 1000 * p99, "ms")
    say_value("most", 1000 * max(met.all), 1000 * most, "ms")


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=25)
    parser.add_argument("--rows", type=int, nargs="*", default=[20_000, 100_000])
    parser.add_argument("--results", type=int, default=20_000, help="rows of the result sheet")
    parser.add_argument("--pause", type=float, default=0.2, help="between two acts of an operator beside an import, seconds")
    parser.add_argument("--tree", type=Path, help="another checkout to measure beside this one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        trees = [Tree("this", ROOT, folder)] + ([Tree("other", options.tree, folder)] if options.tree else [])
        sheets = prepared(trees, folder, options.rows)
        say_machine()
        acts: dict[str, list[float]] = {tree.name: [] for tree in trees}
        for _ in range(3):
            for tree in trees:
                acts[tree.name].append(statistics.median(tree.meet(1, seconds=4).all))
        for tree in trees:
            print(f"{tree.name}, one report alone: {1000 * min(acts[tree.name]):.2f} ms (best median of three)")
            measure(tree, sheets, options.seconds, options.pause)
            measure_results(tree, options.results, options.pause)
        if options.tree:
            say_value("one report, this beside the other", min(acts["this"]) / min(acts["other"]), 1.1, "times")


def measure(tree: Tree, sheets: Sequence[tuple[int, Path]], seconds: float, pause: float) -> None:
    """The meetings of one checkout."""
    met = tree.meet(8, seconds=seconds)
    counts = [len(each) for each in met.taken]
    say(f"{tree.name}, 8 writers, fewest to most {min(counts) / max(counts):.2f}", met, most=2, p99=0.1)
    for rows, sheet in sheets:
        met = tree.meet(4, pause=pause, sheet=sheet)
        say(f"{tree.name}, 4 operators beside {rows:,} rows ({met.import_seconds:.1f} s)", met, most=3, p99=1)


def measure_results(tree: Tree, rows: int, pause: float) -> None:
    """Four operators beside a result sheet."""
    template, sheet = tree.folder / f"{tree.name}.in-hand", tree.folder / f"{tree.name}-处置结果.csv"
    assert tree.run(CASES_IN_HAND, template, sheet, rows).wait() == 0
    met = tree.meet(4, pause=pause, sheet=sheet, brought_by=("feedback", "派遣员"), template=template)
    say(f"{tree.name}, 4 operators beside {rows:,} results ({met.import_seconds:.1f} s)", met, most=3, p99=1)


def prepared(trees: Sequence[Tree], folder: Path, rows: Sequence[int]) -> list[tuple[int, Path]]:
    """The offices, and a list of each length."""
    program = "import sys; sys.path.insert(0, 'tests/bench'); from pathlib import Path; from big_office import registered; registered(Path(sys.argv[1])).close()"
    for tree in trees:
        assert tree.run(program, tree.template).wait() == 0
    opened = registered(folder / "lists.db")
    sheets = [(count, folder / f"12345工单{count}.csv") for count in rows]
    for count, sheet in sheets:
        write(sheet, opened, count)
    opened.close()
    return sheets


if __name__ == "__main__":
    main()
