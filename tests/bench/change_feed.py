"""From a commit in one process until the case is on another console's screen, with 5,000 open cases there.

This process reports a case, which sorts to the top of the other's queue; it is then declined, so the queue stays as long as it was.
The time counts from the return of the commit to the bytes on the console's terminal.
"""

from __future__ import annotations

import argparse
import random
import re
import statistics
import tempfile
import time
from pathlib import Path

from big_office import build
from side_by_side import PYTHON, ROOT, environment, percentile, say_machine, say_value
from terminal import ROW, Terminal

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Grade, Source
from gridconsole.services import actors, casework
from gridconsole.services import office as offices

OPERATOR = "受理员"


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--commits", type=int, default=150)
    parser.add_argument("--cases", type=int, default=50_000)
    parser.add_argument("--open", type=int, default=4_900, help="the console holds 5,000 of them")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        database = folder / "office.db"
        build(database, cases=options.cases, open_cases=options.open, overdue=0)
        say_machine()
        seconds = measure(database, options.commits, environment(folder / "cache"))
    print(f"commit to another console's screen, {options.open:,} open cases, n={len(seconds)}:")
    print(f"  p50 {1000 * statistics.median(seconds):.0f} ms  p90 {1000 * percentile(seconds, 0.9):.0f} ms"
          f"  most {1000 * max(seconds):.0f} ms")  # fmt: skip
    say_value("p99", 1000 * percentile(seconds, 0.99), 500, "ms")


def measure(database: Path, commits: int, env: dict[str, str]) -> list[float]:
    """Seconds of each commit."""
    draw = random.Random(1)
    console = [PYTHON, "-m", "gridconsole", "console", "--db", str(database), "--operator", OPERATOR]
    opened = offices.open_office(database, "cli")
    acceptor = actors.find_operator(opened, "受理员")
    seconds: list[float] = []
    try:
        with Terminal(console, env, cwd=ROOT) as terminal:
            terminal.wait_for(ROW)
            time.sleep(2)  # the first case's text, and compiling at the first start, are not what is measured
            for serial in range(commits):
                begin = terminal.position
                report = casework.NewReport(
                    f"第{serial}次测量：路面塌陷", Source.HOTLINE_12345, Grade.URGENT, address="测量路1号"
                )
                number = casework.intake(opened, acceptor, report).number
                committed = time.perf_counter()
                seconds.append(terminal.wait_for(re.compile(number[8:].encode() + rb"(?!\d)"), begin, 10).moment - committed)
                casework.act_on(opened, acceptor, number, Act.of(Action.DECLINE, reason="测量结束"))
                # The console asks five times a second: pauses of any length meet it at any moment.
                time.sleep(draw.uniform(0.3, 0.7))
    finally:
        opened.close()
    return seconds


if __name__ == "__main__":
    main()
