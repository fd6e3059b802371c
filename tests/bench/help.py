"""``gridconsole --help`` beside a bare Typer application with as many commands: whole processes, in turns."""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click
from side_by_side import PYTHON, environment, in_turns, say_machine, say_ratio, say_times, seconds_of

BARE = """
import json, sys
import typer

settings = json.loads(sys.argv.pop(1))
tree = json.loads(sys.argv.pop(1))

def nothing(word: str = "", number: int = 0) -> None:
    pass

app = typer.Typer(help="A bare application.", **settings)
for name, commands in tree.items():
    if not commands:
        app.command(name, help="Does nothing.")(nothing)
        continue
    group = typer.Typer(help="Does nothing.", **settings)
    for command in commands:
        group.command(command, help="Does nothing.")(nothing)
    app.add_typer(group, name=name)
app()
"""
PLAIN = {"rich_markup_mode": None, "add_completion": False, "pretty_exceptions_enable": False}
"""Typer as this project sets it: its own default loads Rich to draw the help."""


def tree() -> dict[str, list[str]]:
    """Our commands by name; those of a group in a list."""
    from gridconsole.cli.app import build

    root = build()
    assert isinstance(root, click.Group)
    return {name: sorted(item.commands) if isinstance(item, click.Group) else [] for name, item in root.commands.items()}


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=15)
    runs = parser.parse_args().runs
    commands = tree()
    count = sum(len(inner) or 1 for inner in commands.values())
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as folder:
        env = environment(Path(folder) / "cache")
        script = Path(folder) / "bare.py"
        script.write_text(BARE, encoding="utf-8")

        def bare(settings: Mapping[str, object]) -> float:
            return seconds_of([PYTHON, str(script), json.dumps(settings), json.dumps(commands), "--help"], env)

        say_machine()
        sides = {
            "gridconsole": lambda: seconds_of([PYTHON, "-m", "gridconsole", "--help"], env),
            "bare typer": lambda: bare(PLAIN),
            "bare typer, its defaults": lambda: bare({}),
            "python alone": lambda: seconds_of([PYTHON, "-c", ""], env),
        }
        taken = in_turns(sides, runs, warm_up=2)
    print(f"--help, {count} commands:")
    say_times(taken)
    say_ratio(taken, "gridconsole", "bare typer", 2)
    say_ratio(taken, "gridconsole", "bare typer, its defaults", 2)


if __name__ == "__main__":
    main()
