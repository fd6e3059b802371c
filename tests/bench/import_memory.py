"""How an import's memory grows with its list: short reports, a quarter of a million and a million of them, whole processes."""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from big_office import registered
from import_incidents import CHILD, usage_of
from side_by_side import PYTHON, environment, say_machine, say_value


def write(path: Path, rows: int) -> None:
    """As many different reports, five columns, about 100 bytes each."""
    with path.open("w", encoding="utf-8") as file:
        file.write("工单编号,受理时间,诉求地址,主要内容,紧急程度\n")
        file.writelines(
            f"FT{number:08d},2026-{number % 10 + 1:02d}-{number % 28 + 1:02d} {number % 24:02d}:{number % 60:02d},幸福路{number % 997}号,"
            f"路灯不亮第{number}次反映,一般\n"
            for number in range(rows)
        )


def main() -> None:
    """Measure and say."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[250_000, 1_000_000])
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gridconsole-bench-") as name:
        folder = Path(name)
        env = environment(folder / "cache")
        office = folder / "office.db"
        registered(office).close()
        say_machine()
        peaks: list[tuple[int, float, int]] = []
        for rows in options.rows:
            sheet, copy = folder / "工单.csv", folder / "copy.db"
            write(sheet, rows)
            for old in folder.glob("copy.db*"):
                old.unlink()
            shutil.copy(office, copy)
            usage = usage_of([PYTHON, "-c", CHILD, str(copy), str(sheet)], env)
            said = json.loads(usage.said)
            assert said["inserted"] == rows, said
            peaks.append((rows, usage.peak_mb, sheet.stat().st_size))
            print(f"{rows:,} rows, {peaks[-1][2] / 1e6:.0f} MB: {usage.seconds:.0f} s, peak memory {usage.peak_mb:.0f} MB")
        (few, small, light), (many, large, heavy) = peaks[0], peaks[-1]
        print(f"of that the file itself: {(heavy - light) / (many - few):.0f} bytes a row")
        say_value("growth of memory", (large - small) * 1024 * 1024 / (many - few), 1000, "bytes a row")


if __name__ == "__main__":
    main()
