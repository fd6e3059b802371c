"""Writers take turns, know whom they wait for, and need not wait for ever."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from small_office import StaffedOffice

from gridconsole.domain.errors import DatabaseBusy, DatabaseUnusable
from gridconsole.domain.turns import Holder, Waiting
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services.office import Office
from gridconsole.store import turns
from gridconsole.store.engine import Database
from gridconsole.store.turns import BACKGROUND, Patience, read_holder

SOON = Patience(notice=0.05, limit=0.3)
HOLD = """
import sys
from pathlib import Path
from gridconsole.services.office import open_office
from gridconsole.store import turns

opened = open_office(Path(sys.argv[1]), "cli")
opened.database.turns.name_writer("李四", "cli")
with turns.activity("导入 12345工单.xlsx"), opened.database.writing():
    print("held", flush=True)
    sys.stdin.readline()
opened.close()
"""


@pytest.fixture
def here(open_another: Callable[[], Office]) -> Office:
    """Another terminal of the office, with little patience."""
    opened = open_another()
    opened.database.turns.patience = SOON
    return opened


@contextmanager
def held_elsewhere(path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that writes and does not come to an end."""
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def write(database: Database) -> None:
    """A write that changes nothing."""
    with database.writing() as connection:
        connection.exec_driver_sql("SELECT 1")


def test_who_waits_is_reported_for_whom_and_gives_up_with_the_name(here: Office) -> None:
    reported: list[Waiting | None] = []
    here.database.turns.on_waiting = reported.append
    with held_elsewhere(here.database.path) as process:
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(DatabaseBusy) as refusal:
            write(here.database)
    first = reported[0]
    assert first is not None
    assert first.holder is not None
    assert (first.holder.operator, first.holder.activity, first.holder.pid) == ("李四", "导入 12345工单.xlsx", process.pid)
    assert reported[-1] is None
    message, hint = error_sentence(refusal.value)
    assert "李四（导入 12345工单.xlsx）从 " in message
    assert "本次没有保存" in message
    assert str(process.pid) in hint


def test_once_a_stuck_writer_is_gone_the_next_one_writes(here: Office) -> None:
    with held_elsewhere(here.database.path), pytest.raises(DatabaseBusy):
        write(here.database)
    write(here.database)
    write(here.database)


def test_a_place_in_the_queue_that_was_given_up_gives_the_lock_back(here: Office, office: StaffedOffice) -> None:
    with office.opened.database.writing(), pytest.raises(DatabaseBusy):
        write(here.database)
    # Granted now to nobody: others go on.
    for _ in range(3):
        write(office.opened.database)
    write(here.database)


def test_giving_up_again_and_again_keeps_one_place_in_the_queue(here: Office, office: StaffedOffice) -> None:
    here.database.turns.patience = replace(SOON, limit=0.1)
    with office.opened.database.writing():
        for _ in range(5):
            with pytest.raises(DatabaseBusy):
                write(here.database)
        assert len([thread for thread in threading.enumerate() if thread.name == "writers-lock"]) <= 1


def test_who_only_tries_takes_no_place_in_the_queue(here: Office, office: StaffedOffice) -> None:
    reported: list[Waiting | None] = []
    here.database.turns.on_waiting = reported.append
    before = threading.active_count()
    with office.opened.database.writing(), turns.in_background(), pytest.raises(DatabaseBusy):
        write(here.database)
    assert (threading.active_count(), reported) == (before, [])
    assert not BACKGROUND.queues


def test_leaving_ends_the_waiting(here: Office, office: StaffedOffice) -> None:
    here.database.turns.patience = Patience(notice=0.01, limit=3600)
    errors: list[Exception] = []
    waits = threading.Event()
    here.database.turns.on_waiting = lambda _: waits.set()

    def wait() -> None:
        try:
            write(here.database)
        except DatabaseBusy as error:
            errors.append(error)

    with office.opened.database.writing():
        thread = threading.Thread(target=wait)
        thread.start()
        assert waits.wait(timeout=30)
        here.database.turns.stop_waiting()
        thread.join(timeout=30)
    assert len(errors) == 1


def test_threads_of_one_terminal_wait_for_each_other_with_the_same_words(here: Office) -> None:
    reported: list[Waiting | None] = []
    here.database.turns.on_waiting = reported.append
    here.database.turns.name_writer("王芳", "console")
    errors: list[Exception] = []

    def write_too() -> None:
        try:
            write(here.database)
        except DatabaseBusy as error:
            errors.append(error)

    with here.database.writing():
        thread = threading.Thread(target=write_too)
        thread.start()
        thread.join(timeout=30)
    assert len(errors) == 1
    assert [waiting.holder.operator for waiting in reported if waiting is not None and waiting.holder is not None] == ["王芳"]


def test_the_note_names_nobody_once_the_writing_is_over(here: Office) -> None:
    assert here.database.turns.holder() is None
    with here.database.writing():
        assert here.database.turns.holder() is not None
    assert here.database.turns.holder() is None
    assert here.database.turns.holder_path.stat().st_mode & 0o777 == 0o600


def test_a_note_that_cannot_be_written_stops_nobody(here: Office, office: StaffedOffice) -> None:
    here.database.turns.holder_path.mkdir()
    write(here.database)
    with office.opened.database.writing(), pytest.raises(DatabaseBusy) as refusal:
        write(here.database)
    assert "另一个程序" in error_sentence(refusal.value)[0]


def test_a_lock_that_is_a_folder_is_refused_in_words(here: Office) -> None:
    here.database.turns.path.unlink(missing_ok=True)
    here.database.turns.path.mkdir()
    with pytest.raises(DatabaseUnusable):
        write(here.database)


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"operator": "x"}', b'{"since": 3}', b'{"since": "x"}', b"[" * 1900,
     b'{"since": "2026-11-28T00:00:00+00:00", "pid": "x"}', b'{"since": "0001-01-01T00:00:00+14:00"}'],
)  # fmt: skip
def test_a_note_that_is_none_is_passed_over(raw: bytes) -> None:
    assert read_holder(raw) is None


def test_a_forged_note_shows_no_control_characters_and_no_end_of_text() -> None:
    raw = '{"operator": "\\u001b]52;c;x\\u0007李四\\n' + "长" * 500 + '", "since": "2026-11-28T00:00:00+00:00", "pid": 7}'
    holder = read_holder(raw.encode())
    assert holder is not None
    assert holder.operator.isprintable()
    assert "李四" in holder.operator
    assert len(holder.operator) <= 60
    assert holder == Holder(holder.operator, pid=7, since=datetime(2026, 11, 28, tzinfo=UTC))
