"""Two accounts of the operating system on one database, and the rights of the files beside it."""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from gridconsole.domain.errors import DatabaseReadOnly, DatabaseUnusable, GridConsoleError
from gridconsole.domain.states import Source
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services import actors, backups, casework, daily_backup, restoring
from gridconsole.services import office as offices
from gridconsole.services.office import utc_now
from gridconsole.store import modes, schema

IS_ROOT = os.geteuid() == 0
"""Only root can act as two others; anybody else acts twice as the same, and the modes are looked at all the same."""
GROUP = 30_000 if IS_ROOT else os.getegid()
FIRST, SECOND = (20_001, 20_002) if IS_ROOT else (os.geteuid(), os.geteuid())


def act(path: Path) -> str:
    """Report a case in an office, as a terminal of its own; returns the case's number."""
    opened = offices.open_office(path, "cli")
    actor = actors.find_operator(opened, "受理员")
    try:
        return casework.intake(opened, actor, casework.NewReport("井盖松动", Source.WARDEN)).number
    finally:
        opened.close()


def back_up(path: Path) -> str:
    """Make a backup beside an office; returns its name."""
    opened = offices.open_office(path, "cli")
    try:
        made = backups.by_hand(opened, actors.find_operator(opened, "值班长"), None, None, offices.open_copy)
        daily = daily_backup.run(opened, offices.open_copy, lambda path: "", may_thin_out=True)
        return f"{made.path.name} {daily is None}"
    finally:
        opened.close()


def put_back(path: Path) -> str:
    """Put the oldest backup of an office in its place; returns the name under which the file it replaced was kept."""
    opened = offices.open_office(path, "cli")
    by = restoring.By(actors.find_operator(opened, "值班长"), "1000")
    opened.close()
    made = backups.listed(backups.folder_of(path))[-1].path
    return restoring.restore(path, made, None, by, offices.open_copy, utc_now()).replaced_file.name


def _as_user(user: int, path: Path, answers: Connection, what: Callable[[Path], str], *, stays: bool) -> None:
    if IS_ROOT:
        os.setgroups([GROUP])
        os.setresgid(GROUP, GROUP, GROUP)
        os.setresuid(user, user, user)
    os.umask(0o022)
    opened = offices.open_office(path, "cli") if stays else None
    try:
        answers.send(what(path))
    except GridConsoleError as error:
        answers.send(str(error))
    if opened is not None:
        answers.recv()
        opened.close()


def start(user: int, path: Path, what: Callable[[Path], str] = act, *, stays: bool = False) -> Connection:
    """A process of a user of the group that does something in an office; the end of the pipe where its answer arrives."""
    # Forked, not begun anew: the interpreter itself may lie where only root can read.
    here, there = get_context("fork").Pipe()
    get_context("fork").Process(target=_as_user, args=(user, path, there, what), kwargs={"stays": stays}, daemon=True).start()
    return here


@pytest.fixture
def shared(office_template: Path) -> Iterator[Path]:
    """A database in a setgid folder of the group, the first user's; outside pytest's folders, which are root's alone."""
    folder = Path(tempfile.mkdtemp(prefix="shared-office-"))
    path = Path(shutil.copy(office_template, folder / "office.db"))
    os.chown(folder, FIRST if IS_ROOT else -1, GROUP)
    os.chown(path, FIRST if IS_ROOT else -1, GROUP)
    folder.chmod(0o2770)
    path.chmod(0o660)
    yield path
    shutil.rmtree(folder)


def companions(path: Path) -> dict[str, tuple[int, int]]:
    """Mode and group of the files beside a database."""
    found = (path.with_name(path.name + suffix) for suffix in modes.COMPANIONS)
    return {one.name: (stat.S_IMODE(one.stat().st_mode), one.stat().st_gid) for one in found if one.exists()}


def test_two_users_of_a_group_act_on_one_file_at_the_same_time(shared: Path, office_file: Path) -> None:
    act(office_file)  # everything is imported now, while this process may still read it
    first = start(FIRST, shared, stays=True)
    number = first.recv()
    beside = companions(shared)
    answer = start(SECOND, shared).recv()
    first.send("leave")
    assert int(answer) == int(number) + 1
    assert set(beside) == {"office.db-wal", "office.db-shm", "office.db.wlock", "office.db.wholder", "office.db.inuse"}
    assert set(beside.values()) == {(0o660, GROUP)}


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o660])
def test_companions_have_the_mode_of_the_database_whatever_the_mask_is(office_file: Path, mode: int) -> None:
    office_file.chmod(mode)
    before = os.umask(0o022)
    try:
        database = schema.open_database(office_file, lambda: None)
        with database.writing() as connection:
            connection.exec_driver_sql("SELECT 1")
    finally:
        os.umask(before)
    assert {found for found, _ in companions(office_file).values()} == {mode}
    database.close()


def test_a_lock_left_from_before_the_database_was_shared_is_brought_to_its_mode(office_file: Path) -> None:
    lock = office_file.with_name("office.db.wlock")
    lock.touch(0o600)
    lock.chmod(0o600)
    office_file.chmod(0o660)
    schema.open_database(office_file, lambda: None).close()
    assert stat.S_IMODE(lock.stat().st_mode) == 0o660


def test_a_link_beside_the_database_is_not_followed_to_what_it_points_at(office_file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.touch(0o600)
    office_file.with_name("office.db.wlock").unlink(missing_ok=True)
    office_file.with_name("office.db.wlock").symlink_to(other)
    office_file.chmod(0o660)
    modes.match_companions(office_file)
    assert stat.S_IMODE(other.stat().st_mode) == 0o600


def test_where_the_group_has_no_rights_the_owner_is_named_with_what_to_type(
    office_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: office_file.stat().st_uid + 1)
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.W_OK)
    with pytest.raises(DatabaseReadOnly) as refused:
        schema.open_database(office_file, lambda: None)
    _, advice = error_sentence(refused.value)
    assert f"chmod g+rw {office_file}*" in advice
    assert f"chmod 2770 {office_file.parent}" in advice


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_in_the_place_of_the_lock_is_named(office_file: Path, make: object) -> None:
    lock = office_file.with_name("office.db.wlock")
    lock.unlink(missing_ok=True)
    assert callable(make)
    make(lock)
    database = schema.open_database(office_file, lambda: None)
    with pytest.raises(DatabaseUnusable) as refused, database.writing():
        pytest.fail("written without a lock")
    assert str(lock) in error_sentence(refused.value)[1]
    database.close()


def test_two_accounts_back_up_one_office(shared: Path) -> None:
    """The folder for backups and what is in it are open to whom the database is open, and to nobody else."""
    first, second = (start(user, shared, back_up).recv() for user in (FIRST, SECOND))
    assert first.endswith(".gcb False"), first
    assert second.endswith(".gcb True"), second
    folder = backups.folder_of(shared)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o2770
    assert [item.header.manifest.is_sound for item in backups.listed(folder) if item.header is not None] == [True] * 3
    found = {(stat.S_IMODE(path.stat().st_mode), path.stat().st_gid) for path in folder.iterdir() if path.is_file()}
    assert found == {(0o660, GROUP)}


def test_one_account_restores_what_another_backed_up_when_nobody_is_in(shared: Path) -> None:
    start(FIRST, shared, back_up).recv()
    at_the_desk = start(FIRST, shared, stays=True)
    number = at_the_desk.recv()
    assert "D612" in start(SECOND, shared, put_back).recv()
    at_the_desk.send("leave")
    assert start(SECOND, shared, put_back).recv().startswith("office.replaced-")
    assert (stat.S_IMODE(shared.stat().st_mode), shared.stat().st_gid) == (0o660, GROUP)
    after = start(FIRST, shared).recv()
    assert int(after) == int(number) + 1, "the case reported after the backup is put aside, and its number is not given again"


def test_the_backups_of_a_private_office_are_private(shared: Path) -> None:
    shared.chmod(0o600)
    assert start(FIRST, shared, back_up).recv().endswith("False")
    folder = backups.folder_of(shared)
    assert stat.S_IMODE(folder.stat().st_mode) & 0o777 == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir() if path.is_file()} == {0o600}
