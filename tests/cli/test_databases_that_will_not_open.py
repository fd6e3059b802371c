"""Databases that are missing, somebody else's, broken, newer or busy: named in one sentence, and never touched."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from office_cli import CommandLine

from gridconsole.store import engine
from gridconsole.store.engine import driver

Spoil = Callable[[Path], object]


def somebody_elses(path: Path) -> None:
    path.unlink()
    with contextlib.closing(driver.connect(str(path))) as connection:
        connection.execute("CREATE TABLE 发票 (号码 TEXT)")
        connection.commit()


def newer(path: Path) -> None:
    with contextlib.closing(driver.connect(str(path))) as connection:
        connection.execute("PRAGMA user_version = 99")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def scribbled_over(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    for start in range(4096, len(raw), 4096):
        raw[start : start + 64] = b"\xde\xad" * 32
    path.write_bytes(raw)


SPOILED: dict[str, tuple[Spoil, str]] = {
    "missing": (Path.unlink, "D601"),
    "an empty file": (lambda path: path.write_bytes(b""), "D603"),
    "a letter": (lambda path: path.write_text("这不是数据库" * 500, encoding="utf-8"), "D603"),
    "a spreadsheet": (lambda path: path.write_bytes(b"PK\x03\x04" + bytes(500)), "D603"),
    "another program's database": (somebody_elses, "D603"),
    "written by a later program": (newer, "D604"),
    "scribbled over": (scribbled_over, "D605"),
    "cut short": (lambda path: path.write_bytes(path.read_bytes()[:20_000]), "D605"),
}
WAYS = (("incident", "list"), ("ledger", "verify"), ("operator", "list"), ("report", "daily"), ("calendar", "show", "2026"))


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_database_that_is_not_usable_is_named_and_left_alone(small_office: CommandLine, spoiled: str) -> None:
    spoil, code = SPOILED[spoiled]
    spoil(small_office.database)
    before = small_office.database.read_bytes() if small_office.database.exists() else None
    reported = small_office("incident", "list")
    assert (reported.status, reported.out) == (6, "")
    assert reported.err.startswith(f"错误[{code}] ")
    assert "怎么办：" in reported.err
    assert "Traceback" not in reported.err
    assert (small_office.database.read_bytes() if small_office.database.exists() else None) == before


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_every_command_says_so_in_the_same_way(small_office: CommandLine, way: tuple[str, ...]) -> None:
    newer(small_office.database)
    answer = small_office(*way, "--json")
    assert (answer.status, answer.error, answer.err) == (6, "D604", "")
    assert "99" in answer.json["error"]["message"]


def test_a_folder_is_no_database(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.bare("--db", tmp_path, "incident", "list", "--json")
    assert (answer.status, answer.error) == (6, "D603")


def test_asking_for_a_missing_database_does_not_make_one(blank_office: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "没有" / "office.db"
    assert blank_office.bare("--db", path, "operator", "list").status == 6
    assert not path.parent.exists()


def test_init_never_writes_over_what_is_there(small_office: CommandLine) -> None:
    before = small_office.database.read_bytes()
    answer = small_office("init", "--name", "X区", "--json")
    assert (answer.status, answer.error) == (6, "D602")
    assert small_office.database.read_bytes() == before


@pytest.mark.parametrize("options", [("--name", "　"), ("--name", "X区", "--model", "火星")])
def test_an_init_that_is_refused_leaves_no_file(blank_office: CommandLine, tmp_path: Path, options: tuple[str, ...]) -> None:
    path = tmp_path / "新.db"
    assert blank_office.bare("init", "--db", path, *options).status == 2
    assert list(tmp_path.glob("新.db*")) == []


def test_a_database_another_program_holds_shut_is_busy(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_MILLISECONDS", 0)
    with contextlib.closing(driver.connect(str(small_office.database), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = small_office("incident", "new", "--text", "井盖缺失", "--operator", "受理员", "--json")
        other.execute("ROLLBACK")
    assert (answer.status, answer.error) == (6, "D606")
    assert small_office.rows("SELECT count(*) FROM incident") == [(0,)]
    assert small_office("incident", "new", "--text", "井盖缺失", "--operator", "受理员").status == 0


def test_a_share_on_the_network_is_refused(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "network_filesystem", lambda _: "cifs")
    answer = small_office("incident", "list", "--json")
    assert (answer.status, answer.error) == (6, "D608")
    assert "cifs" in answer.json["error"]["message"]
