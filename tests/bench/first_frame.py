"""From process start to the first frame with rows of the queue, among 200,000 cases, beside a bare Textual application.

The bare one imports SQLModel too and shows one word. Both run on a pseudo-terminal of 120 by 40.
"""

from __future__ import annotations

import argparse
import re
import tempfile
from pathlib import Path

from big_office import build
from side_by_side import PYTHON, ROOT, environment, in_turns, say_machine, say_ratio, say_times
from terminal import ROW, Terminal

BARE = """
{imports}
from textual.app import App, ComposeResult
from textual.widgets import Static

class Bare(App[None]):
    def compose(self) -> ComposeResult:
        yield Static("first-frame")

Bare().run()
"""
OPERATOR = "派遣员"


def shown_after(command: list[str], env: dict[str, str], pattern: re.Pattern[bytes]) -> float:
    """Seconds from the start of a process until something is on its screen."""
    with Terminal(command, env, cwd=ROOT) as terminal:
        return terminal.wait_for(pattern).moment - terminal.started


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--cases", type=int, default=200_000)
    parser.add_argument("--open", type=int, default=5_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        env = environment(folder / "cache")
        database = folder / "office.db"
        build(database, cases=options.cases, open_cases=options.open)
        console = [PYTHON, "-m", "gridconsole", "console", "--db", str(database), "--operator", OPERATOR]
        scripts = {}
        for key, imports in (("with", "import sqlmodel"), ("without", "")):
            scripts[key] = folder / f"bare_{key}.py"
            scripts[key].write_text(BARE.format(imports=imports), encoding="utf-8")
        word = re.compile(rb"first-frame")
        # Case numbers begin with the year; nothing else on the screen has thirteen digits.
        rows = ROW
        say_machine()
        taken = in_turns(
            {
                "console, rows shown": lambda: shown_after(console, env, rows),
                "bare textual + import sqlmodel": lambda: shown_after([PYTHON, str(scripts["with"])], env, word),
                "bare textual": lambda: shown_after([PYTHON, str(scripts["without"])], env, word),
            },
            options.runs,
            warm_up=2,
        )
    print(f"first frame, {options.open:,} open of {options.cases:,} cases:")
    say_times(taken)
    say_ratio(taken, "console, rows shown", "bare textual + import sqlmodel", 1.5)


if __name__ == "__main__":
    main()
