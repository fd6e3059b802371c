"""Every connection to an office's file has the same settings, whatever it is for."""

from __future__ import annotations

import ast
from contextlib import closing
from pathlib import Path

import pytest
from small_office import Clock

import gridconsole
from gridconsole.domain.errors import DatabaseBusy
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import engine, turns

WANTED = {
    "foreign_keys": 1, "synchronous": 2 if engine.WAL_IS_SAFE else 3, "trusted_schema": 0, "secure_delete": 1, "mmap_size": 0, "busy_timeout": engine.BUSY_MILLISECONDS,
    "recursive_triggers": 1,
}  # fmt: skip


def settings_of(connection: object) -> dict[str, object]:
    asked = connection.execute  # type: ignore[attr-defined]
    return {name: asked(f"PRAGMA {name}").fetchone()[0] for name in WANTED}


def test_writers_readers_the_change_watch_and_everything_else_are_set_up_alike(opened: Office) -> None:
    database = opened.database
    with database.writing() as writing:
        assert settings_of(writing.connection.dbapi_connection) == WANTED
    with database.reading() as reading:
        assert settings_of(reading.connection.dbapi_connection) == WANTED
    watch = database.watch()
    assert settings_of(watch._connection) == WANTED
    watch.close()
    assert settings_of(database._kept_open) == WANTED


def test_nothing_else_opens_the_file() -> None:
    opening = [
        path.name
        for path in Path(gridconsole.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "connect"
        and ast.unparse(node.value) in ("driver", "sqlite3", "_sqlite")
    ]
    assert opening == ["engine.py"]


def test_statistics_are_refreshed_and_a_locked_file_hinders_nobody(office_file: Path, clock: Clock) -> None:
    opened = offices.open_office(office_file, "cli", clock)
    opened.database.refresh_statistics()
    with opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM sqlite_stat1").scalar_one() > 5
    with closing(engine.connect(office_file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with turns.in_background(), pytest.raises(DatabaseBusy):
            opened.database.refresh_statistics()
        other.execute("ROLLBACK")
    opened.database.refresh_statistics()
    opened.close()
