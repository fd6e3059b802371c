"""A file that was deleted, renamed or replaced under an open program: nothing is written, and what is there can still be read."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from gridconsole.domain.errors import DatabaseHardLinked, DatabaseReplaced
from gridconsole.domain.states import Source
from gridconsole.services import actors, casework
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import ledger

Damage = Callable[[Path, Path], object]


def report(opened: Office) -> str:
    acceptor = actors.find_operator(opened, "受理员")
    return casework.intake(opened, acceptor, casework.NewReport("井盖缺失", Source.WARDEN)).number


def without_its_log(file: Path, older: Path) -> None:
    for ending in ("-wal", "-shm"):
        file.with_name(file.name + ending).unlink()
    shutil.copyfile(older, file)


WAYS: dict[str, tuple[Damage, str]] = {
    "deleted": (lambda file, _: file.unlink(), "gone"),
    "renamed": (lambda file, _: file.rename(file.with_suffix(".old")), "gone"),
    "another in its place": (lambda file, older: older.replace(file), "other"),
    "an older one copied over it": (lambda file, older: shutil.copyfile(older, file), "rolled_back"),
    "an older one copied over it, without its log": (without_its_log, "rolled_back"),
    "emptied": (lambda file, _: file.write_bytes(b""), "rolled_back"),
    "a link in its place": (lambda file, older: (file.unlink(), file.symlink_to(older)), "other"),
}


@pytest.fixture
def older(opened: Office, office_file: Path, tmp_path: Path) -> Path:
    """The office as it was some reports ago, all of which are in the file itself."""
    report(opened)
    opened.database.empty_log()
    copy = tmp_path / "older.db"
    shutil.copyfile(office_file, copy)
    # Enough of them that the pages of the log do not happen to make the older file whole again.
    for _ in range(40):
        report(opened)
    opened.database.empty_log()
    return copy


@pytest.mark.parametrize("way", list(WAYS))
def test_nothing_is_written_to_another_file_or_an_earlier_state(opened: Office, office_file: Path, older: Path, way: str) -> None:
    number = report(opened)
    damage, how = WAYS[way]
    acceptor = actors.find_operator(opened, "受理员")
    damage(office_file, older)
    before = {path.name: path.read_bytes() for path in office_file.parent.glob("*.db")}
    with pytest.raises(DatabaseReplaced) as refused:
        casework.intake(opened, acceptor, casework.NewReport("井盖缺失", Source.WARDEN))
    assert refused.value.params["how"] == how
    assert {path.name: path.read_bytes() for path in office_file.parent.glob("*.db")} == before
    assert number.startswith("2026")


@pytest.mark.parametrize("way", list(WAYS))
def test_the_change_feed_says_so_by_itself(opened: Office, office_file: Path, older: Path, way: str) -> None:
    watch = opened.database.watch()
    report(opened)
    watch.changed()
    WAYS[way][0](office_file, older)
    if way == "an older one copied over it":
        return  # the feed asks for no content; the next write finds it
    with pytest.raises(DatabaseReplaced):
        watch.changed()
    watch.close()


@pytest.mark.parametrize("reports", [0, 1, 3])
def test_an_older_file_of_the_same_size_is_seen_by_a_terminal_that_has_only_read(
    opened: Office, office_file: Path, open_another: Callable[[], Office], tmp_path: Path, reports: int
) -> None:
    report(opened)
    opened.database.empty_log()
    older = tmp_path / "older.db"
    shutil.copyfile(office_file, older)
    for _ in range(reports + 1):
        report(opened)
    opened.database.empty_log()
    reader = open_another()
    opened.close()
    with reader.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM incident").scalar_one() == reports + 2
    watch = reader.database.watch()
    assert not watch.changed()
    size = office_file.stat().st_size
    with office_file.open("rb+") as file:
        file.write(older.read_bytes())
    assert office_file.stat().st_size == size
    with pytest.raises(DatabaseReplaced):
        watch.changed()
    watch.close()
    with pytest.raises(DatabaseReplaced):
        report(reader)


def test_the_first_act_sees_an_older_file_under_a_log_that_holds_the_newer_state(
    opened: Office, office_file: Path, open_another: Callable[[], Office], tmp_path: Path
) -> None:
    """The log still has the newest entry, the pages it does not hold are an older file's."""
    report(opened)
    opened.database.empty_log()
    older = tmp_path / "older.db"
    shutil.copyfile(office_file, older)
    for _ in range(40):
        report(opened)
    opened.database.empty_log()
    report(opened)
    reader = open_another()
    with reader.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM incident").scalar_one() == 42
    with office_file.open("rb+") as file:
        file.write(older.read_bytes())
    with pytest.raises(DatabaseReplaced):
        report(reader)


def test_what_was_read_before_can_still_be_read(opened: Office, office_file: Path) -> None:
    report(opened)
    office_file.unlink()
    with opened.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM incident").scalar_one() == 1


def test_another_terminals_writing_and_its_checkpoints_are_no_replacement(
    opened: Office, open_another: Callable[[], Office]
) -> None:
    other = open_another()
    for _ in range(4):
        report(opened)
        report(other)
        other.database.empty_log()
    report(opened)


def test_a_log_that_another_terminal_began_anew_is_no_reason_to_read_the_whole_file(
    opened: Office, open_another: Callable[[], Office]
) -> None:
    """The whole file is read under the writers' lock: ten seconds of everybody's time at a gigabyte."""
    other, asked = open_another(), []
    report(opened)
    opened.database.empty_log()
    report(opened)
    report(opened)
    opened.database._kept_open.set_trace_callback(asked.append)
    for _ in range(5):
        report(other)
    other.database.empty_log()
    for _ in range(10):
        report(other)  # as much in the log as before, and as little written back
    report(opened)
    assert asked, "what the log says was asked"
    assert not [text for text in asked if "integrity_check" in text]


def test_a_file_with_a_second_name_is_not_opened(office_file: Path, tmp_path: Path) -> None:
    (tmp_path / "h.db").hardlink_to(office_file)
    for path in (office_file, tmp_path / "h.db"):
        with pytest.raises(DatabaseHardLinked):
            offices.open_office(path, "cli")
    (tmp_path / "h.db").unlink()
    offices.open_office(office_file, "cli").close()


def test_a_second_name_that_an_interrupted_restoration_left_is_taken_back(office_file: Path) -> None:
    replaced_file = office_file.with_name(f"{office_file.stem}.replaced-2026-11-28T091500.db")
    replaced_file.hardlink_to(office_file)
    offices.open_office(office_file, "cli").close()
    assert not replaced_file.exists()


def test_an_act_whose_commit_failed_is_not_missed_afterwards(opened: Office) -> None:
    report(opened)
    with pytest.raises(sa.exc.IntegrityError), opened.database.writing() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        entry = ledger.NewEntry(opened.now(), None, "x", "cli", "office", opened.id, "backup", {})
        ledger.append(connection, opened.id, [entry])
        connection.exec_driver_sql(
            "INSERT INTO assignment (incident_id, handler_kind, handler_id, role, started_at, late)"
            " VALUES (999999, 'unit', 1, 'primary', '2026-11-23T01:00:00.000Z', 0)"
        )
    assert report(opened)
