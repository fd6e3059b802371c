"""A migration that is killed at any step leaves the earlier file, whole; the next start completes it."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
import zstandard

from gridconsole.store import engine, schema
from gridconsole.store.engine import driver

OFFICES = Path(__file__).parents[1] / "offices"
SCHEMAS = (1, 5, 10, 12, 23, 28)
STEPS = 100
"""Steps of the database between two counts."""
TABLES = ("incident", "ledger", "clock", "operator", "grid", "category")


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Return what a migration must not change: row counts, the texts and states of cases, and the hashes of the ledger."""
    with driver.connect(str(path)) as connection:
        found = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchall() for name in TABLES}
        found["texts"] = connection.execute("SELECT id, number, text, state FROM incident ORDER BY id").fetchall()
        found["chain"] = connection.execute("SELECT seq, hex(hash) FROM ledger ORDER BY seq").fetchall()
        return found


def migrated_up_to(path: Path, steps: int) -> int:
    """Migrate in a process of its own that is killed after some steps; returns the steps it took if it came to its end, else 0."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:  # pragma: no cover  measured in another process
        connect, taken = engine.connect, 0

        def count() -> int:
            nonlocal taken
            taken += STEPS
            if taken >= steps:
                os.kill(os.getpid(), signal.SIGKILL)
            return 0

        def counted(file: Path) -> Any:
            connection = connect(file)
            connection.set_progress_handler(count, STEPS)
            return connection

        schema.connect = counted  # type: ignore[attr-defined]
        schema.open_database(path, lambda: None).close()
        os.write(writing, str(taken).encode())
        os._exit(0)
    os.close(writing)
    _, status = os.waitpid(pid, 0)
    with os.fdopen(reading) as answer:
        said = answer.read()
    assert said or os.WTERMSIG(status) == signal.SIGKILL
    return int(said or 0)


@pytest.mark.parametrize("kills", [6, pytest.param(60, marks=pytest.mark.nightly)])
def test_a_killed_migration_loses_nothing(tmp_path: Path, kills: int) -> None:
    originals = {}
    for version in SCHEMAS:
        original = tmp_path / f"{version}.db"
        with (OFFICES / f"office-schema-{version:02d}.db.zst").open("rb") as source, original.open("wb") as target:
            zstandard.ZstdDecompressor().copy_stream(source, target)
        whole = Path(shutil.copy(original, tmp_path / f"whole-{version}.db"))
        originals[version] = (original, contents(original), migrated_up_to(whole, 1 << 60))
    for kill in range(kills):
        original, before, steps = originals[SCHEMAS[kill % len(SCHEMAS)]]
        path = Path(shutil.copy(original, tmp_path / f"killed-{kill}.db"))
        # From the first step to the last, evenly: every part of the migration is cut off once.
        assert migrated_up_to(path, STEPS + (steps - 2 * STEPS) * kill // (kills - 1)) == 0
        assert contents(path) == before, kill
        assert migrated_up_to(path, 1 << 60) > 0
        assert contents(path) == before, kill
        assert engine.schema_number(path) == schema.SCHEMA
        with driver.connect(str(path)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
