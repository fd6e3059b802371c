"""Connections and transactions: settings, turns, numbers without gaps, and SQLite's errors in the program's words."""

from __future__ import annotations

import contextlib
import resource
import threading
from collections.abc import Iterator
from pathlib import Path

import portalocker
import pytest
import sqlalchemy as sa

from gridconsole.domain.errors import DatabaseBusy, DatabaseNewer, DatabaseReadOnly, DiskFault, DiskFull, SerialExhausted
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services.office import Office
from gridconsole.store import engine, incidents, modes, schema
from gridconsole.store.engine import Database, driver

SETTINGS = {
    "foreign_keys": 1,
    "synchronous": {"FULL": 2, "EXTRA": 3}[engine.SYNCHRONOUS],
    "trusted_schema": 0,
    "secure_delete": 1,
    "recursive_triggers": 1,
    "mmap_size": 0,
    "journal_size_limit": 8_388_608,
    "cache_size": -16_000,
    "temp_store": 2,
    "busy_timeout": 10_000,
    "journal_mode": engine.JOURNAL_MODE,
}


def settings_of(connection: sa.Connection) -> dict[str, object]:
    names = [*SETTINGS, "query_only"]
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names}


class _Undo(Exception):
    """Leaves a transaction so that it is rolled back."""


def test_every_connection_has_the_offices_settings(opened: Office) -> None:
    with contextlib.ExitStack() as stack:
        readers = [stack.enter_context(opened.database.reading()) for _ in range(4)]
        for connection in readers:
            assert settings_of(connection) == {**SETTINGS, "query_only": 1}
        with opened.database.writing() as connection:
            assert settings_of(connection) == {**SETTINGS, "query_only": 0}


def test_write_ahead_logging_is_used_only_on_a_repaired_library() -> None:
    repaired = engine.driver.sqlite_version_info >= (3, 51, 3)
    assert (engine.JOURNAL_MODE == "wal") is (repaired or engine.driver.sqlite_version_info[:2] in ((3, 44), (3, 50)))
    assert {"wal": "FULL", "delete": "EXTRA"}[engine.JOURNAL_MODE] == engine.SYNCHRONOUS


def test_a_writer_holds_the_write_lock_from_its_first_moment(office_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 1)
    database = schema.open_database(office_file, lambda: None)
    rival = driver.connect(str(office_file), isolation_level=None, timeout=0)
    with database.writing(), pytest.raises(driver.OperationalError, match="locked"):
        rival.execute("BEGIN IMMEDIATE")
    rival.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseBusy), database.writing():
        pytest.fail("two writers at once")
    rival.execute("ROLLBACK")
    with database.writing() as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1
    rival.close()
    database.close()


def test_writers_queue_on_a_lock_of_their_own_beside_the_database(opened: Office) -> None:
    path = opened.database.path.with_name("office.db.wlock")
    with opened.database.writing(), path.open("a+b") as rival, pytest.raises(portalocker.LockException):
        portalocker.lock(rival, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
    with path.open("a+b") as rival:
        portalocker.lock(rival, portalocker.LockFlags.EXCLUSIVE | portalocker.LockFlags.NON_BLOCKING)
        portalocker.unlock(rival)


def test_a_reader_sees_one_moment_and_is_not_held_up_by_a_writer(opened: Office) -> None:
    count = "SELECT count(*) FROM office_hours"
    with opened.database.reading() as reader:
        before = reader.exec_driver_sql(count).scalar_one()
        with opened.database.writing() as writer:
            writer.exec_driver_sql("INSERT INTO office_hours VALUES ('2099-01-01', '[]')")
        assert reader.exec_driver_sql(count).scalar_one() == before
    with opened.database.reading() as reader:
        assert reader.exec_driver_sql(count).scalar_one() == before + 1


def test_a_reading_transaction_cannot_write(opened: Office) -> None:
    with pytest.raises(DatabaseReadOnly), opened.database.reading() as connection:
        connection.exec_driver_sql("DELETE FROM office_hours")


def test_a_transaction_that_fails_leaves_nothing(opened: Office) -> None:
    with pytest.raises(_Undo), opened.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO office_hours VALUES ('2099-01-01', '[]')")
        raise _Undo
    with opened.database.reading() as connection:
        found = connection.exec_driver_sql("SELECT count(*) FROM office_hours WHERE valid_from = '2099-01-01'").scalar()
    assert found == 0


def test_two_terminals_that_read_and_then_write_lose_no_update(office_file: Path) -> None:
    rounds, terminals = 40, 3
    go = threading.Barrier(terminals)
    databases = [schema.open_database(office_file, lambda: None) for _ in range(terminals)]

    def count_up(database: Database) -> None:
        go.wait(timeout=30)
        for _ in range(rounds):
            with database.writing() as connection:
                last = connection.exec_driver_sql("SELECT max(last) FROM day_counter WHERE day = '20990101'").scalar() or 0
                connection.exec_driver_sql("INSERT OR REPLACE INTO day_counter VALUES (1, '20990101', ?)", (last + 1,))

    threads = [threading.Thread(target=count_up, args=(database,)) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with databases[0].reading() as connection:
        total = connection.exec_driver_sql("SELECT last FROM day_counter WHERE day = '20990101'").scalar()
    for database in databases:
        database.close()
    assert total == rounds * terminals


def test_an_office_migrated_by_a_newer_program_while_open_is_written_to_no_more(opened: Office) -> None:
    rival = driver.connect(str(opened.database.path), isolation_level=None)
    rival.execute(f"PRAGMA user_version = {schema.SCHEMA + 1}")
    rival.close()
    with pytest.raises(DatabaseNewer), opened.database.writing():
        pytest.fail("written to a schema it does not know")


def test_a_full_disk_is_called_so_and_nothing_is_kept(opened: Office) -> None:
    def fill(connection: sa.Connection) -> None:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        for number in range(200):
            connection.exec_driver_sql("INSERT INTO office_hours VALUES (?, ?)", (f"x{number}", "扰" * 3000))

    with pytest.raises(DiskFull), opened.database.writing() as connection:
        fill(connection)
    with opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM office_hours WHERE valid_from LIKE 'x%'").scalar() == 0


@contextlib.contextmanager
def files_no_larger_than(size: int) -> Iterator[None]:
    """What is written past a size fails, as on a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_disk_without_room_for_the_shared_memory_is_said_to_be_full_with_its_free_bytes(
    office_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(modes, "free_bytes", lambda _: 4096)
    monkeypatch.setattr(modes, "file_limit", lambda _: 0)
    database = Database(office_file, schema.SCHEMA)
    with files_no_larger_than(8192), pytest.raises(DiskFull) as refused, database.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM office")
    database.close()
    assert "还剩 4096 字节" in error_sentence(refused.value)[0]


def test_a_limit_on_the_size_of_files_is_named(opened: Office) -> None:
    size = opened.database.path.stat().st_size
    with files_no_larger_than(40_000), pytest.raises(DiskFull) as refused, opened.database.writing() as connection:
        for number in range(200):
            connection.exec_driver_sql("INSERT INTO office_hours VALUES (?, ?)", (f"x{number}", "扰" * 3000))
    assert "不超过 40000 字节" in error_sentence(refused.value)[0]
    assert opened.database.path.stat().st_size == size


def test_an_input_error_at_a_commit_leaves_the_outcome_open(office_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modes, "free_bytes", lambda _: 0)
    with pytest.raises(DiskFault), engine.translated(office_file, is_commit=True):
        raise driver.OperationalError("disk I/O error")
    with pytest.raises(DiskFull), engine.translated(office_file):
        raise driver.OperationalError("disk I/O error")


def test_a_broken_constraint_is_a_fault_of_the_program_and_passes_as_it_is(opened: Office) -> None:
    with pytest.raises(sa.exc.IntegrityError), opened.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO grid (code, name, area_id, kind) VALUES ('x', 'x', 4711, 'basic')")


# --- telling of changes -----------------------------------------------------------------------------------------


def test_a_watch_says_of_another_connections_commit_once(opened: Office) -> None:
    watch = opened.database.watch()
    assert not watch.changed()
    with opened.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO office_hours VALUES ('2099-01-01', '[]')")
        assert not watch.changed()
    assert watch.changed()
    assert not watch.changed()
    watch.close()


def test_a_watch_keeps_quiet_about_reading_and_about_what_was_undone(opened: Office) -> None:
    watch = opened.database.watch()
    with opened.database.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM grid")
    with contextlib.suppress(_Undo), opened.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO office_hours VALUES ('2099-01-01', '[]')")
        raise _Undo
    assert not watch.changed()
    watch.close()


# --- numbers ----------------------------------------------------------------------------------------------------


def test_numbers_of_a_day_begin_at_one_and_have_no_gap(opened: Office) -> None:
    with opened.database.writing() as connection:
        assert incidents.take_numbers(connection, 1, "20261123", 2) == ["2026112300001", "2026112300002"]
    with opened.database.writing() as connection:
        assert incidents.take_numbers(connection, 1, "20261123", 3)[-1] == "2026112300005"
        assert incidents.take_numbers(connection, 1, "20261124", 1) == ["2026112400001"]


def test_numbers_of_an_undone_transaction_are_given_out_again(opened: Office) -> None:
    for _ in range(3):
        with contextlib.suppress(_Undo), opened.database.writing() as connection:
            assert incidents.take_numbers(connection, 1, "20261123", 4)[0] == "2026112300001"
            raise _Undo


def test_the_last_number_of_a_day_is_given_out_and_none_after_it(opened: Office) -> None:
    with opened.database.writing() as connection:
        assert incidents.take_numbers(connection, 1, "20261123", 99_998)[-1] == "2026112399998"
        with pytest.raises(SerialExhausted) as refusal:
            incidents.take_numbers(connection, 1, "20261123", 2)
        assert refusal.value.params["day"] == "20261123"
        assert incidents.take_numbers(connection, 1, "20261123", 1) == ["2026112399999"]
        with pytest.raises(SerialExhausted):
            incidents.take_numbers(connection, 1, "20261123", 1)


def test_more_numbers_than_a_day_has_are_refused_at_once(opened: Office) -> None:
    with opened.database.writing() as connection:
        with pytest.raises(SerialExhausted):
            incidents.take_numbers(connection, 1, "20261123", 100_000)
        assert incidents.take_numbers(connection, 1, "20261123", 1) == ["2026112300001"]
