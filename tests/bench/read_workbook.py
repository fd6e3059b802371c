"""A workbook of 100,000 rows read as the import reads it (apart, bounded, scanned for error cells), beside the reader alone."""

from __future__ import annotations

import argparse
import random
import tempfile
from pathlib import Path

import xlsxwriter
from side_by_side import PYTHON, environment, in_turns, say_machine, say_ratio, say_times, seconds_of

COLUMNS = 15
OURS, THEIRS = "import's reading", "calamine alone"
READ = """
import sys
from pathlib import Path
from gridconsole.importing import sources
count = sum(1 for sheet in sources.sheets(sources.load(Path(sys.argv[1]))) for _ in sheet.rows)
assert count == int(sys.argv[2]) + 1, count
"""
ALONE = """
import sys
from python_calamine import CalamineWorkbook
rows = CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python(skip_empty_area=False)
assert len(rows) == int(sys.argv[2]) + 1, len(rows)
"""


def write(path: Path, rows: int) -> None:
    """Words, numbers and times, as a hotline's export has them."""
    draw = random.Random(1)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        sheet = book.add_worksheet("工单")
        sheet.write_row(0, 0, [f"列{index}" for index in range(COLUMNS)])
        for number in range(1, rows + 1):
            words = [f"幸福路{draw.randrange(900)}号路灯不亮{draw.randrange(10_000)}" for _ in range(COLUMNS - 3)]
            sheet.write_row(number, 0, [number, draw.random() * 1000, "2026-11-23 09:30", *words])


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        path, env = Path(name) / "工单.xlsx", environment(Path(name) / "cache")
        write(path, options.rows)
        say_machine()
        ways = {
            label: [PYTHON, "-c", program, str(path), str(options.rows)] for label, program in ((OURS, READ), (THEIRS, ALONE))
        }
        taken = in_turns({label: lambda way=way: seconds_of(way, env) for label, way in ways.items()}, options.runs)
        say_times(taken, "s")
        say_ratio(taken, OURS, THEIRS, 3)


if __name__ == "__main__":
    main()
