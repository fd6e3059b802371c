"""Creating and opening the database file: what is refused, why, and that nothing refused is touched."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from gridconsole.domain.backups import BackupKind
from gridconsole.domain.errors import (
    DatabaseCorrupt,
    DatabaseExists,
    DatabaseForeign,
    DatabaseMissing,
    DatabaseNewer,
    DatabaseOnNetwork,
    DatabaseReadOnly,
    DatabaseUnusable,
    FolderUnusable,
    NobodyMayLogIn,
)
from gridconsole.domain.states import Role
from gridconsole.services import actors, audit, operators, sessions
from gridconsole.services import office as offices
from gridconsole.store import backup_files, engine, schema
from gridconsole.store import offices as office_rows
from gridconsole.store.engine import driver


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _open(path: Path) -> engine.Database:
    return schema.open_database(path, lambda: None)


def set_pragma(path: Path, name: str, value: int) -> None:
    connection = driver.connect(str(path))
    connection.execute(f"PRAGMA {name} = {value}")
    connection.close()


def pragma(path: Path, name: str) -> object:
    connection = driver.connect(str(path))
    value = connection.execute(f"PRAGMA {name}").fetchone()[0]
    connection.close()
    return value


# --- creating ---------------------------------------------------------------------------------------------------


def test_a_new_database_is_ours_private_and_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "数据 [b]" / "幸福路①.db"
    schema.create(path).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert pragma(path, "application_id") == engine.APPLICATION_ID
    assert pragma(path, "user_version") == schema.SCHEMA
    assert pragma(path, "journal_mode") == engine.JOURNAL_MODE
    assert engine.schema_number(path) == schema.SCHEMA


def test_a_new_database_opens_again(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    schema.create(path).close()
    database = schema.open_database(path, lambda: None)
    with database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM incident").scalar() == 0
    database.close()


@pytest.mark.parametrize("there", ["an office", "a letter"])
def test_nothing_that_exists_is_created_over(office_file: Path, there: str) -> None:
    if there == "a letter":
        office_file.write_text("各位居民：[/]", encoding="utf-8")
    before = contents(office_file.parent)
    with pytest.raises(DatabaseExists):
        schema.create(office_file)
    assert contents(office_file.parent) == before


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: object, **__: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(schema.os, "open", denied)
    with pytest.raises(FolderUnusable):
        schema.create(tmp_path / "office.db")
    assert contents(tmp_path) == {}


def test_a_creation_that_fails_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(path: Path) -> None:
        raise DatabaseCorrupt(path=path)

    monkeypatch.setattr(schema, "_migrate", fails)
    with pytest.raises(DatabaseCorrupt):
        schema.create(tmp_path / "office.db")
    assert contents(tmp_path) == {}


def test_discarding_takes_the_companions_along_and_nothing_else(tmp_path: Path) -> None:
    for name in ("office.db", "office.db-wal", "office.db-shm", "office.db-journal", "office.db.wlock", "office.db.bak"):
        (tmp_path / name).write_bytes(b"x")
    schema.discard(tmp_path / "office.db")
    schema.discard(tmp_path / "office.db")
    assert list(contents(tmp_path)) == ["office.db.bak"]


# --- opening what is no office ----------------------------------------------------------------------------------


def a_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("[Content_Types].xml", "<Types/>")
        book.writestr("xl/workbook.xml", "<workbook>网格员名单</workbook>")


def a_foreign_database(path: Path) -> None:
    connection = driver.connect(str(path))
    connection.execute("CREATE TABLE 居民 (姓名 TEXT)")
    connection.execute("INSERT INTO 居民 VALUES ('𠮷田[/]')")
    connection.commit()
    connection.close()


def another_programs_database(path: Path) -> None:
    a_foreign_database(path)
    set_pragma(path, "application_id", 0x47504B47)


FOREIGN: dict[str, Callable[[Path], object]] = {
    "an xlsx": a_zip,
    "garbage": lambda path: path.write_bytes(bytes(range(256)) * 64),
    "a text": lambda path: path.write_text("区划代码,名称\n" * 40, encoding="gb18030"),
    "an empty file": lambda path: path.write_bytes(b""),
    "the first bytes only": lambda path: path.write_bytes(b"SQLite format 3\0"),
    "a foreign database": a_foreign_database,
    "another program's database": another_programs_database,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", list(FOREIGN))
def test_what_is_no_office_is_refused_and_left_as_it_is(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "office.db"
    FOREIGN[kind](path)
    before = contents(tmp_path)
    with pytest.raises(DatabaseForeign) as refusal:
        schema.open_database(path, lambda: None)
    assert refusal.value.params["path"] == path
    assert contents(tmp_path) == before


def test_a_database_that_is_not_there_is_not_made_by_asking_for_it(tmp_path: Path) -> None:
    for path in (tmp_path / "无此文件.db", tmp_path / "无此目录" / "office.db"):
        with pytest.raises(DatabaseMissing):
            schema.open_database(path, lambda: None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("first", "last"), [(100, 200), (100, 4096)])
def test_a_damaged_database_is_called_damaged(office_file: Path, first: int, last: int) -> None:
    raw = bytearray(office_file.read_bytes())
    raw[first:last] = b"\xaa" * (last - first)
    office_file.write_bytes(raw)
    with pytest.raises(DatabaseCorrupt):
        schema.open_database(office_file, lambda: None)
    assert office_file.read_bytes() == raw


@pytest.mark.parametrize("share", [0, 0.1, 0.5])
def test_a_database_cut_short_is_called_damaged(office_file: Path, share: float) -> None:
    raw = office_file.read_bytes()
    office_file.write_bytes(raw[: max(int(len(raw) * share), 100)])
    with pytest.raises(DatabaseCorrupt):
        schema.open_database(office_file, lambda: None)


@pytest.mark.parametrize("number", [schema.SCHEMA + 1, 999])
def test_an_office_of_a_newer_program_is_refused_and_not_a_byte_of_it_changes(office_file: Path, number: int) -> None:
    set_pragma(office_file, "user_version", number)
    before, modified = contents(office_file.parent), office_file.stat().st_mtime_ns
    with pytest.raises(DatabaseNewer) as refusal:
        schema.open_database(office_file, lambda: None)
    assert (refusal.value.params["found"], refusal.value.params["known"]) == (number, schema.SCHEMA)
    assert contents(office_file.parent) == before
    assert office_file.stat().st_mtime_ns == modified


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_file_or_folder_one_may_only_read_is_refused(office_file: Path, monkeypatch: pytest.MonkeyPatch, closed: str) -> None:
    shut = office_file if closed == "file" else office_file.parent

    def access(path: object, mode: int, *_: object, **__: object) -> bool:
        return not (Path(str(path)) == shut and mode & os.W_OK)

    monkeypatch.setattr(os, "access", access)
    before = contents(office_file.parent)
    with pytest.raises(DatabaseReadOnly):
        schema.open_database(office_file, lambda: None)
    assert contents(office_file.parent) == before


def test_a_file_one_may_not_even_read_is_refused(office_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode, **_: not mode & os.R_OK)
    with pytest.raises(DatabaseReadOnly):
        schema.open_database(office_file, lambda: None)


def test_an_open_office_can_be_asked_for_its_schema_without_reading_the_file_past_sqlite(
    office_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = schema.open_database(office_file, lambda: None)
    really_open, opened = Path.open, []

    def remember(self: Path, *args: Any, **kwargs: Any) -> Any:
        opened.append(self.resolve())
        return really_open(self, *args, **kwargs)

    monkeypatch.setattr(Path, "open", remember)
    assert engine.schema_number(office_file) == schema.SCHEMA
    assert office_file.resolve() not in opened
    database.close()
    assert engine.schema_number(office_file) == schema.SCHEMA
    assert office_file.resolve() in opened


# --- network shares ---------------------------------------------------------------------------------------------

ROOT = "/dev/vda / ext4 rw 0 0\nproc /proc proc rw 0 0\n"


@pytest.fixture
def mounts(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Lets the machine's list of mounts be another one."""
    really_read = Path.read_text

    def pretend(lines: str) -> None:
        def read_text(self: Path, *args: Any, **kwargs: Any) -> str:
            return ROOT + lines if self == Path("/proc/self/mounts") else really_read(self, *args, **kwargs)

        monkeypatch.setattr(Path, "read_text", read_text)

    return pretend


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "davfs", "ceph"])
def test_a_database_on_a_network_share_is_refused(office_file: Path, mounts: Callable[[str], None], kind: str) -> None:
    mounts(f"//server/共享 {office_file.parent} {kind} rw 0 0\n")
    for attempt in (lambda: schema.open_database(office_file, lambda: None), lambda: schema.create(office_file.parent / "新.db")):
        with pytest.raises(DatabaseOnNetwork) as refusal:
            attempt()
        assert refusal.value.params["filesystem"] == kind
    assert sorted(path.name for path in office_file.parent.iterdir()) == ["office.db"]


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "overlay", "tmpfs", "fuse.mergerfs"])
def test_a_database_on_a_local_disk_is_not(office_file: Path, mounts: Callable[[str], None], kind: str) -> None:
    mounts(f"/dev/sdb {office_file.parent} {kind} rw 0 0\n")
    schema.open_database(office_file, lambda: None).close()


def test_the_nearest_mount_decides_and_a_name_that_begins_alike_is_another_folder(
    office_file: Path, mounts: Callable[[str], None]
) -> None:
    above, alike = office_file.parent.parent, str(office_file.parent)[:-1]
    lines = [f"server:/ {above} nfs4 rw 0 0\n", f"/dev/sdb {office_file.parent} ext4 rw 0 0\n", f"server:/ {alike} nfs4 rw 0 0\n"]
    for order in (lines, lines[::-1]):
        mounts("".join(order) + "short\n")
        schema.open_database(office_file, lambda: None).close()


def test_a_share_is_found_behind_a_blank_in_its_name_and_behind_a_link(
    office_file: Path, tmp_path: Path, mounts: Callable[[str], None]
) -> None:
    share = tmp_path / "共享 文件"
    share.mkdir()
    office_file.rename(share / "office.db")
    (tmp_path / "链接").symlink_to(share)
    mounts(f"//server/x {str(share).replace(' ', chr(92) + '040')} cifs rw 0 0\n")
    with pytest.raises(DatabaseOnNetwork):
        schema.open_database(tmp_path / "链接" / "office.db", lambda: None)


# --- older schemas ----------------------------------------------------------------------------------------------


def test_an_office_of_an_older_schema_is_backed_up_first_and_then_brought_up_to_date(office_file: Path) -> None:
    set_pragma(office_file, "user_version", schema.SCHEMA - 1)
    opened = offices.open_office(office_file, "cli")
    assert audit.verify(opened).ok
    assert opened.name == "X区网格化指挥中心[测试]"
    opened.close()
    assert pragma(office_file, "user_version") == schema.SCHEMA
    (copy,) = (office_file.parent / "backups").iterdir()
    assert copy.stat().st_mode & 0o777 == 0o600
    assert copy.parent.stat().st_mode & 0o777 == 0o700
    manifest = backup_files.read_header(copy).manifest
    assert (manifest.kind, manifest.schema, manifest.counts["grid"]) == (BackupKind.MIGRATION, schema.SCHEMA - 1, 4)


def test_an_office_of_the_first_schema_keeps_its_people_and_roles_and_nobody_has_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "office.db"
    with monkeypatch.context() as then:
        then.setattr(schema, "SCHEMA", 1)
        old = schema.create(path)
        with old.writing() as connection:
            key = office_rows.insert_office(connection, "X区[老]", "xdistrict", "Asia/Shanghai", offices.utc_now(), {})
            office_rows.add_operator(connection, key, "王芳[/]", [Role.DISPATCHER, Role.CLERK])
            office_rows.add_operator(connection, key, "值班长", [Role.SHIFT_LEADER])
        old.close()
    assert pragma(path, "user_version") == 1
    opened = offices.open_office(path, "cli")
    assert pragma(path, "user_version") == schema.SCHEMA
    (copy,) = (tmp_path / "backups").iterdir()
    assert backup_files.read_header(copy).manifest.schema == 1
    assert {actor.name: actor.roles for actor in actors.operators(opened)} == {
        "王芳[/]": {Role.DISPATCHER, Role.CLERK},
        "值班长": {Role.SHIFT_LEADER},
    }
    assert sessions.may_log_in(opened) == ()
    with pytest.raises(NobodyMayLogIn):
        sessions.who(opened, "值班长")
    operators.first_admin(opened, "王芳[/]", "zhengzaibang7")
    assert actors.find_operator(opened, "王芳[/]").roles == {Role.DISPATCHER, Role.CLERK, Role.ADMIN}
    with pytest.raises(sa.exc.IntegrityError), opened.database.writing() as connection:
        connection.exec_driver_sql("INSERT INTO operator_role VALUES (2, 'king')")
    opened.close()


def test_an_empty_file_of_ours_gets_every_table(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    set_pragma(path, "application_id", engine.APPLICATION_ID)
    database = schema.open_database(path, lambda: None)
    with database.reading() as connection:
        tables = connection.exec_driver_sql("SELECT count(*) FROM sqlite_master WHERE type = 'table'").scalar_one()
    database.close()
    assert tables > 20
    assert engine.schema_number(path) == schema.SCHEMA


def test_a_migration_that_fails_leaves_the_old_office_and_its_backup(office_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    set_pragma(office_file, "user_version", schema.SCHEMA - 1)

    def breaks(connection: sa.Connection, path: Path) -> None:
        connection.exec_driver_sql("CREATE TABLE half_done (x)")
        raise DatabaseCorrupt(path=path)

    monkeypatch.setattr(schema, "_after_migration", breaks)
    with pytest.raises(DatabaseCorrupt):
        offices.open_office(office_file, "cli")
    assert pragma(office_file, "user_version") == schema.SCHEMA - 1
    connection = driver.connect(str(office_file))
    assert connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half_done'").fetchone()[0] == 0
    connection.close()
    (copy,) = (office_file.parent / "backups").iterdir()
    assert backup_files.read_header(copy).manifest.last_entry > 0


def test_an_up_to_date_office_makes_no_backup(office_file: Path) -> None:
    offices.open_office(office_file, "cli").close()
    assert not (office_file.parent / "backups").exists()


IMPORTED = """
import sys
from pathlib import Path
from gridconsole.services.office import open_office
opened = open_office(Path(sys.argv[1]), "cli")
with opened.database.writing() as connection:
    pass
opened.close()
print(sorted({name.partition(".")[0] for name in sys.modules} & {"alembic", "mako", "sqlmodel", "textual", "rich", "chinese_calendar"}))
"""


def test_opening_an_up_to_date_office_loads_no_migration_machinery(office_file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTED, str(office_file)], capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr


def test_every_refusal_is_an_error_about_the_database() -> None:
    for kind in (
        DatabaseMissing,
        DatabaseForeign,
        DatabaseNewer,
        DatabaseCorrupt,
        DatabaseReadOnly,
        DatabaseOnNetwork,
        FolderUnusable,
    ):
        assert issubclass(kind, DatabaseUnusable)


# --- one file, many openings ------------------------------------------------------------------------------------


def test_a_file_from_a_machine_with_a_repaired_library_is_put_into_the_mode_this_one_may_use(
    office_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = driver.connect(str(office_file))
    connection.execute("PRAGMA journal_mode = wal")
    connection.close()
    monkeypatch.setattr(schema, "WAL_IS_SAFE", False)
    monkeypatch.setattr(engine, "JOURNAL_MODE", "delete")
    database = schema.open_database(office_file, lambda: None)
    with database.reading() as open_one:
        assert open_one.exec_driver_sql("PRAGMA journal_mode").scalar() == "delete"
    database.close()


def test_closing_one_of_two_openings_leaves_the_file_guarded(office_file: Path) -> None:
    first, second = schema.open_database(office_file, lambda: None), schema.open_database(office_file, lambda: None)
    first.close()
    first.close()
    assert engine._opened[office_file.resolve()] == 1
    second.close()
    assert engine._opened[office_file.resolve()] == 0


def test_a_file_that_will_not_open_is_not_left_open(office_file: Path) -> None:
    connection = driver.connect(str(office_file))
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("DROP TABLE office")
    connection.close()
    with pytest.raises(DatabaseCorrupt):
        schema.open_database(office_file, lambda: None)
    assert engine._opened[office_file.resolve()] == 0


def test_the_lock_beside_the_database_is_as_private_as_it(tmp_path: Path) -> None:
    path = tmp_path / "office.db"
    database = schema.create(path)
    with database.writing():
        pass
    database.close()
    assert path.with_name("office.db.wlock").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("attempt", [schema.create, _open])
def test_a_name_longer_than_any_file_may_have_is_a_bad_folder(tmp_path: Path, attempt: Callable[[Path], Any]) -> None:
    with pytest.raises(FolderUnusable):
        attempt(tmp_path / ("网" * 300 + ".db"))


@pytest.mark.parametrize("attempt", [schema.create, _open])
def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path, attempt: Callable[[Path], Any]) -> None:
    (tmp_path / "数据").write_text("一封信", encoding="utf-8")
    with pytest.raises((FolderUnusable, DatabaseMissing)):
        attempt(tmp_path / "数据" / "office.db")
