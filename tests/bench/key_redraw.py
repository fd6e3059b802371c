"""From a key to the cursor on its new row, with 5,000 open cases and, in turns, with 50: size must not be felt.

A case beside the queue is loaded while keys come, as it is under a hand: pauses between keys are 40 to 300 ms.
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
from terminal import Terminal

OPERATOR = "派遣员"
DOWN, PAGE_DOWN, HOME = b"\x1b[B", b"\x1b[6~", b"\x1b[H"
_STYLED_NUMBER = rb"(\d{4}) \x1b\[0m(\x1b\[[0-9;:]*m)(\d{5})(?!\d)"


class Queue:
    """A console whose cursor is followed by the style of the row it is on."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        first = terminal.wait_for(re.compile(_STYLED_NUMBER))
        time.sleep(1.5)
        # The cursor stands on the first row; a row without it looks different.
        day, self._style, serial = first.groups
        self._current = day, serial
        second = terminal.wait_for(re.compile(_STYLED_NUMBER), first.end)
        assert second.groups[1] != self._style, "the cursor's row looks like another"

    def press(self, key: bytes) -> float:
        """Seconds until the cursor is drawn on another row."""
        begin = self._terminal.position
        pressed = self._terminal.press(key)
        style, (day, serial) = re.escape(self._style), self._current
        other = re.compile(rb"(?!" + day + rb" \x1b\[0m" + style + serial + rb")(\d{4}) \x1b\[0m" + style + rb"(\d{5})(?!\d)")
        shown = self._terminal.wait_for(other, begin, 10)
        self._current = shown.groups
        return shown.moment - pressed


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=120, help="of each kind, in each office")
    parser.add_argument("--open", type=int, default=5_000)
    options = parser.parse_args()
    draw = random.Random(1)
    taken: dict[tuple[str, int], list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        env = environment(folder / "cache")
        sizes = (options.open, 50)
        terminals: dict[int, Terminal] = {}
        say_machine()
        try:
            for size in sizes:
                database = folder / f"office{size}.db"
                build(database, cases=size * 2, open_cases=size)
                console = [PYTHON, "-m", "gridconsole", "console", "--db", str(database), "--operator", OPERATOR]
                terminals[size] = Terminal(console, env, cwd=ROOT)
            queues = {size: Queue(terminal) for size, terminal in terminals.items()}
            # 50 cases are few screenfuls: pages are counted where there are enough of them.
            for kind, key, stretch in (("down", DOWN, 20), ("pagedown", PAGE_DOWN, 2)):
                for size in sizes:
                    taken[kind, size] = []
                for begun in range(0, options.keys, stretch):
                    for size in sizes:
                        if begun:
                            queues[size].press(HOME)
                        for _ in range(stretch):
                            time.sleep(draw.uniform(0.04, 0.3))
                            taken[kind, size].append(queues[size].press(key))
        finally:
            for terminal in terminals.values():
                terminal.close()
    print("key to redraw:")
    for (kind, size), seconds in taken.items():
        print(f"  {kind:<8} {size:>6,} open  p50 {1000 * statistics.median(seconds):5.1f} ms"
              f"  p95 {1000 * percentile(seconds, 0.95):5.1f} ms  most {1000 * max(seconds):5.1f} ms  n={len(seconds)}")  # fmt: skip
    for kind in ("down", "pagedown"):
        big, small = (statistics.median(taken[kind, size]) for size in sizes)
        print(f"ratio {kind}, {sizes[0]:,} open / {sizes[1]} open: {big / small:.2f}")
        say_value(f"{kind} p95", 1000 * percentile(taken[kind, sizes[0]], 0.95), 50, "ms")


if __name__ == "__main__":
    main()
