"""Backups beside people at work: how long copying takes beside a plain copy of the file, how long looking at the copy takes, what four
operators notice of it, and whether every one of many backups beside two writers can be put back.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from big_office import build, registered
from side_by_side import PYTHON, ROOT, environment, percentile, say_machine, say_value
from writers_and_imports import WRITER

from gridconsole.domain.backups import BackupKind
from gridconsole.services import backups, restoring
from gridconsole.services.office import open_copy, utc_now
from gridconsole.store import copies


@contextmanager
def writers(path: Path, folder: Path, count: int, pause: float) -> Iterator[list[float]]:
    """Let some writers act on an office inside the block; the list holds their waits in seconds afterwards."""
    stop, waits = folder / "stop", []
    stop.unlink(missing_ok=True)
    env = environment(folder / "cache")
    started = [
        subprocess.Popen(
            [PYTHON, "-c", WRITER, str(path), str(stop), str(pause), str(seed)],
            env=env, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for seed in range(count)
    ]  # fmt: skip
    for process in started:
        assert process.stdout is not None
        process.stdout.readline()
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    yield waits
    stop.touch()
    for process in started:
        said = json.loads(process.communicate()[0])
        assert said["errors"] == 0, said
        waits += said["taken"]


def many(folder: Path, count: int) -> None:
    """Make backups beside two writers, and put every one back into a scratch place."""
    path, target = folder / "office.db", folder / "backups-of-it"
    registered(path).close()
    target.mkdir()
    with writers(path, folder, 2, 0.0):
        wanted = backups.BackupRequest(BackupKind.MANUAL, target)
        made = [backups.make(path, wanted, open_copy, utc_now()).first for _ in range(count)]
    good = 0
    for item in made:
        checked = restoring.check(path, item.path, None, open_copy, utc_now())
        good += checked.is_sound and checked.loss is not None and not checked.loss.diverges
        item.path.unlink()
    entries = [item.manifest.last_entry for item in made]
    print(f"backups beside two writers, put back and verified: {good} of {count}; newest entries {entries[0]} .. {entries[-1]}")


def large(folder: Path, cases: int) -> None:
    """Measure one backup of a large office beside four operators."""
    path, target = folder / "large.db", folder / "large-backups"
    build(path, cases=cases, open_cases=5_000)
    target.mkdir()
    size = path.stat().st_size
    plain, copied = _seconds(lambda: _copied_and_synced(path, folder / "plain")), 0.0
    with writers(path, folder, 4, 0.5) as waits:
        copied = _seconds(lambda: copies.copy(path, folder / "copy.db"))
    alone = percentile(waits, 0.99)
    checked = _seconds(lambda: copies.examine(folder / "copy.db"))
    with writers(path, folder, 4, 0.5) as waits:
        begun = time.perf_counter()
        made = backups.make(path, backups.BackupRequest(BackupKind.MANUAL, target), open_copy, utc_now()).first
        took = time.perf_counter() - begun
    restored = _seconds(lambda: restoring.check(path, made.path, None, open_copy, utc_now()))
    print(f"size {size / 2**20:.0f} MiB, packed {made.path.stat().st_size / 2**20:.0f} MiB; the whole backup {took:.1f} s")
    say_value("copying beside 4 operators / copying the file", copied / plain, 3, "times")
    say_value("integrity, foreign keys and counts of the copy", checked, 90, "s")
    say_value("restore --check", restored, 60, "s")
    say_value("operators while copying, p99", 1000 * alone, 1000, "ms")
    say_value("operators beside the whole backup, p99", 1000 * percentile(waits, 0.99), 1000, "ms")
    print(f"the longest wait beside it: {1000 * max(waits):.0f} ms")


def _copied_and_synced(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    with target.open("rb+") as file:
        os.fsync(file.fileno())


def _seconds(act: object) -> float:
    assert callable(act)
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun


def main(words: Sequence[str] | None = None) -> None:
    """Run one of the two measurements, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--many", type=int, default=60, help="backups beside two writers; 0: none")
    parser.add_argument("--cases", type=int, default=0, help="cases of a large office; 0: none")
    chosen = parser.parse_args(words)
    say_machine()
    with tempfile.TemporaryDirectory() as name:
        if chosen.many:
            many(Path(name), chosen.many)
        if chosen.cases:
            large(Path(name), chosen.cases)


if __name__ == "__main__":
    main()
