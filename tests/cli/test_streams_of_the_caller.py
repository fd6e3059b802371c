"""A closed stream, a reader that left: the command does its work and ends as it would have; its log is nobody else's."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from office_cli import CommandLine

from gridconsole.cli import error_log

COMMANDS = {
    ("incident", "list"): 0,
    ("incident", "list", "--json"): 0,
    ("report", "daily"): 0,
    ("report", "daily", "--format", "json"): 0,
    ("operator", "list", "--operator", "系统管理员"): 0,
    ("ledger", "verify"): 0,
    ("calendar", "show", "2026"): 0,
    ("calendar", "show", "2026", "--json"): 0,
    ("--help",): 0,
    ("incident", "show", "2099010100001"): 4,
    ("incident", "show", "2099010100001", "--json"): 4,
    ("incident", "list", "--nonsense"): 2,
    ("incident", "new", "--text", "井盖松动", "--operator", "受理员"): 0,
}
"""Commands and the exit status they have whoever listens."""


def run(office: CommandLine, words: tuple[str, ...], redirection: str, **streams: int) -> subprocess.CompletedProcess[bytes]:
    """A command as a shell starts it, its streams redirected."""
    line = [
        "sh",
        "-c",
        f'exec "$0" "$@" {redirection}',
        sys.executable,
        "-m",
        "gridconsole",
        "--db",
        str(office.database),
        *words,
    ]
    given: dict[str, int] = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    return subprocess.run(line, env=os.environ | {"PYTHONUTF8": "1"}, check=False, timeout=60, **given)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(("words", "status"), COMMANDS.items())
def test_a_reader_that_left_changes_no_exit_status(small_office: CommandLine, words: tuple[str, ...], status: int) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run(small_office, words, "", stdout=writing)
    finally:
        os.close(writing)
    assert (done.returncode, b"Traceback" in done.stderr, b"BrokenPipe" in done.stderr) == (status, False, False)


@pytest.mark.parametrize("words", [("incident", "list"), ("incident", "show", "2099010100001"), ("operator", "passwd", "受理员")])
def test_a_closed_stream_changes_no_exit_status(small_office: CommandLine, words: tuple[str, ...]) -> None:
    usual = run(small_office, words, "")
    for redirection in (">&-", "<&-", "2>&-", "<&- >&- 2>&-"):
        closed = run(small_office, words, redirection)
        assert closed.returncode == usual.returncode, redirection
        assert b"Traceback" not in closed.stderr, redirection
        assert closed.stdout in (b"", usual.stdout), redirection


def test_what_a_closed_output_would_have_shown_goes_into_no_file(small_office: CommandLine) -> None:
    done = run(small_office, ("incident", "new", "--text", "井盖松动", "--operator", "受理员"), ">&- 2>&-")
    assert done.returncode == 0
    assert small_office.rows("SELECT count(*) FROM incident") == [(1,)]
    assert small_office.rows("PRAGMA integrity_check") == [("ok",)]
    assert small_office.database.with_name(small_office.database.name + ".wlock").read_bytes() == b""


# --- the log of faults ------------------------------------------------------------------------------------------


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of this user's log."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    path = Path(error_log.write(ValueError()))
    assert path.name == "errors.log"
    return path


def test_the_log_is_for_its_owner_only_also_one_of_an_earlier_version(log: Path) -> None:
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    log.chmod(0o644)
    error_log.write(ValueError())
    assert stat.S_IMODE(log.stat().st_mode) == 0o600


def test_a_large_log_begins_anew_and_one_earlier_is_kept(log: Path) -> None:
    for letter in "ab":
        log.write_text(letter * error_log.LARGEST, encoding="utf-8")
        error_log.write(ValueError())
    assert log.read_text(encoding="utf-8") == "builtins.ValueError\n\n"
    assert sorted(path.name for path in log.parent.iterdir()) == ["errors.log", "errors.log.1"]
    assert log.with_name("errors.log.1").read_text(encoding="utf-8")[:1] == "b"


@pytest.mark.parametrize("make", ["link", "pipe", "folder"])
def test_what_is_no_file_in_the_place_of_the_log_is_left_alone(log: Path, tmp_path: Path, make: str) -> None:
    log.unlink()
    other = tmp_path / "other"
    other.write_text("kept", encoding="utf-8")
    {"link": lambda: log.symlink_to(other), "pipe": lambda: os.mkfifo(log), "folder": log.mkdir}[make]()
    assert error_log.write(ValueError()) == "-"
    assert other.read_text(encoding="utf-8") == "kept"
