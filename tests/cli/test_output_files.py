"""Every option that names a file to be written, tried at what must never be replaced."""

from __future__ import annotations

import os
import resource
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import click
import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole import files
from gridconsole.cli.app import build
from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.outputs import OutputFault
from gridconsole.reporting.registry import KINDS

Words = tuple[object, ...]


@dataclass(frozen=True)
class Output:
    """A command that writes a file."""

    words: Words
    option: str
    ending: str
    operator: str = "值班长"
    may_replace: bool = True


OUTPUTS = {
    ("report daily", "output"): Output(("report", "daily", "--format", "csv"), "-o", ".csv"),
    ("report monthly", "output"): Output(("report", "monthly"), "-o", ".docx"),
    ("report cases", "output"): Output(("report", "cases", "reported"), "-o", ".xlsx"),
    ("incident list", "output"): Output(("incident", "list"), "-o", ".csv"),
    ("reconcile", "output"): Output(("reconcile",), "-o", ".csv"),
    ("template", "output"): Output(("template", "wardens"), "-o", ".xlsx"),
    ("export", "output"): Output(("export", "grids"), "-o", ".csv"),
    ("import", "report"): Output(("import", "departments", "{list}"), "--report", ".xlsx", "内勤"),
    ("profile export", "output"): Output(("profile", "export", "表"), "-o", ".json", "内勤"),
    ("ledger anchor", "output"): Output(("ledger", "anchor"), "-o", ".docx", "审计员"),
    ("ledger export", "output"): Output(("ledger", "export"), "-o", ".jsonl", "审计员"),
    ("ledger retire", "output"): Output(("ledger", "retire", "--yes"), "-o", ".jsonl", "审计员", may_replace=False),
    ("handover sheet", "output"): Output(("handover", "sheet"), "-o", ".html"),
    ("handover give", "output"): Output(("handover", "give"), "-o", ".txt"),
    ("handover take", "output"): Output(("handover", "take"), "-o", ".docx", "派遣员"),
    ("handover plan", "output"): Output(("handover", "plan", "W1"), "-o", ".docx", "内勤"),
    ("handover do", "output"): Output(("handover", "do", "{plan}", "--sheet", "JJ-1"), "-o", ".docx"),
    ("handover show", "output"): Output(("handover", "show", "1"), "-o", ".xlsx"),
}
INPUTS = {
    ("", "db"), ("backup", "passphrase_file"), ("operator settings", "passphrase_file"), ("backup list", "folder"), ("restore", "file"), ("restore", "passphrase_file"), ("import", "files"), ("import", "watch"), ("profile save", "file"), ("ledger verify", "file"), ("ledger verify", "retired"), ("report due", "listed"),
}  # fmt: skip
"""Options and arguments that name what is read."""


def _paths(command: click.Command, name: str = "") -> Iterator[tuple[str, str]]:
    yield from ((name, str(item.name)) for item in command.params if isinstance(item.type, click.Path))
    if isinstance(command, click.Group):
        for word, inner in command.commands.items():
            yield from _paths(inner, f"{name} {word}".strip())


LIKE_DAILY = {(f"report {kind}", "output") for kind in (*KINDS, "cross")} - set(OUTPUTS)
"""Reports are written by one function."""
FOLDERS = {("report due", "folder"), ("backup", "to"), ("operator settings", "backup_second")}
"""Options that name a folder to be written to, under names of the program's own."""


def test_every_option_that_names_a_file_is_known() -> None:
    assert set(_paths(build())) == set(OUTPUTS) | INPUTS | FOLDERS | LIKE_DAILY


@pytest.fixture
def ready(small_office: CommandLine, tmp_path: Path) -> Callable[[Output, object], Words]:
    """Words of a command with its output, in an office where it would succeed."""
    sheet = text_file(tmp_path, lines("单位编码,单位名称,单位类型", "D1,园林所,专业部门"))
    assert small_office("profile", "save", "表", "departments", sheet, "--operator", "内勤").status == 0
    small_office("handover", "give", "--operator", "值班长")

    people = count(1)

    def plan() -> str:
        """Number of a handover that is planned: of somebody who comes for it, if there is none."""
        if planned := small_office.rows("SELECT id FROM post_handover WHERE state = 'planned'"):
            return str(planned[0][0])
        person = f"HO{next(people)}"
        small_office("warden", "add", person, "甲", "--operator", "内勤")
        small_office("post", "assign", person, "新民社区第1网格", "--rank", "B", "--duty", person, "--operator", "内勤")
        small_office("post", "assign", "W2", "新民社区第1网格", "--operator", "内勤")
        return str(small_office("handover", "plan", person, "--operator", "内勤", "--json").json["number"])

    def words(output: Output, target: object) -> Words:
        if output.words == ("handover", "give"):
            small_office("handover", "take", "--operator", "派遣员")
        given = {"{list}": sheet, **({"{plan}": plan()} if "{plan}" in output.words else {})}
        named = (given.get(word, word) for word in output.words)
        return (*named, output.option, target, "--operator", output.operator)

    return words


def _cells() -> Iterator[object]:
    for key, output in OUTPUTS.items():
        yield pytest.param(output, id=" ".join(key))


@pytest.mark.parametrize("output", list(_cells()))
def test_nothing_that_is_there_is_replaced(
    small_office: CommandLine, ready: Callable[[Output, object], Words], tmp_path: Path, output: Output
) -> None:
    database = small_office.database
    backup = tmp_path / f"备份{output.ending}"
    backup.write_bytes(b"GridConsole backup 1\n" + b"x" * 99)
    copy = tmp_path / f"副本{output.ending}"
    copy.write_bytes(database.read_bytes())
    hard = tmp_path / f"硬链接{output.ending}"
    hard.hardlink_to(copy)
    present = tmp_path / f"已有{output.ending}"
    present.write_text("旧", encoding="utf-8")
    soft, dangling, folder = (tmp_path / f"{name}{output.ending}" for name in ("链接", "断链", "文件夹"))
    soft.symlink_to(database)
    dangling.symlink_to(tmp_path / "没有的")
    folder.mkdir()
    companions = [Path(f"{database}{ending}") for ending in ("-wal", "-shm", "-journal", ".wlock", ".wholder")]
    never = [database, *companions, backup, copy, hard, soft, dangling, folder, tmp_path / "x.gcb", tmp_path / "没有" / f"x{output.ending}"]  # fmt: skip
    ready(output, "")
    before = _contents(tmp_path)
    entries = small_office.rows("SELECT count(*) FROM ledger")
    for target in never:
        answer = small_office(*ready(output, target), *(["--overwrite"] if output.may_replace else []))
        assert (answer.status, answer.out) == (5, ""), (target.name, answer)
        assert answer.err.startswith("错误[E112] 写不了文件"), target.name
        assert "\n" in answer.err.strip(), "no advice"
    if output.may_replace:
        answer = small_office(*ready(output, present))
        assert (answer.status, answer.out) == (5, "")
        assert "已经有这个文件" in answer.err
    assert _contents(tmp_path) == before
    assert small_office.rows("SELECT count(*) FROM ledger") == entries


def _contents(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder but the state of the lock and of log-ins."""
    return {
        str(path.relative_to(folder)): "" if path.is_dir() else path.read_bytes() if path.exists() else str(path.readlink())
        for path in sorted(folder.rglob("*"))
        if not path.name.endswith((".wlock", ".wholder", "-shm", "-wal")) and "state" not in path.parts
    }


@pytest.mark.parametrize("output", list(_cells()))
def test_an_ordinary_file_is_replaced_only_when_asked_and_is_private(
    small_office: CommandLine, ready: Callable[[Output, object], Words], tmp_path: Path, output: Output
) -> None:
    target = tmp_path / f"新[b]①{output.ending}"
    if not output.may_replace:
        assert "--overwrite" not in small_office(*output.words[:2], "--help").out
        return
    target.write_text("旧", encoding="utf-8")
    target.chmod(0o644)
    answer = small_office(*ready(output, target), "--overwrite")
    assert answer.status == 0, answer
    assert target.read_bytes() != "旧".encode()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert not list(tmp_path.glob(".*.gcpart"))


@pytest.mark.parametrize("output", list(_cells()))
def test_a_disk_that_is_full_leaves_nothing_behind(
    small_office: CommandLine, ready: Callable[[Output, object], Words], tmp_path: Path, output: Output
) -> None:
    target = tmp_path / f"满{output.ending}"
    words = ready(output, target)
    with _largest_file(64):
        answer = small_office(*words)
    assert answer.status in (4, 5, 6), answer
    assert answer.err.startswith("错误["), answer
    if answer.err.startswith("错误[E112]"):
        assert "磁盘已满，剩余 " in answer.err
    assert not target.exists()
    assert not list(tmp_path.glob(".*.gcpart"))


@contextmanager
def _largest_file(size: int) -> Iterator[None]:
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


@contextmanager
def _an_ordinary_user() -> Iterator[None]:
    """Rights of a user without privileges, for the file system."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_may_not_be_written_to_is_refused_with_what_to_do(tmp_path: Path) -> None:
    folder = tmp_path / "只读"
    folder.mkdir(mode=0o555)
    for above in (tmp_path, *tmp_path.parents):
        if above.stat().st_uid == os.geteuid() and above.name.startswith(("pytest", "popen", "test_")):
            above.chmod(0o755)
    with _an_ordinary_user(), pytest.raises(OutputRefused) as refused:
        files.write(folder / "日报.csv", b"x")
    assert refused.value.params["why"] is OutputFault.NO_RIGHT
    assert list(folder.iterdir()) == []


def test_a_name_the_file_system_does_not_take_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office("report", "daily", "--format", "csv", "-o", tmp_path / ("长" * 200 + ".csv"))
    assert (answer.status, answer.out) == (5, "")
    assert "文件名太长，或含有不能用的字符" in answer.err
    for name in ("a\0b.csv", "a\nb.csv", "a\x1b[2J.csv", "a\u202eb.csv"):
        with pytest.raises(OutputRefused) as refused:
            files.check(tmp_path / name)
        assert refused.value.params["why"] is OutputFault.NAME
    answer = small_office("report", "daily", "--format", "csv", "-o", tmp_path / "a\nb.csv")
    assert (answer.status, answer.out, answer.err.count("\n")) == (5, "", 2), "one line each for what and what to do"


def test_a_list_is_never_replaced_by_its_own_annotated_copy(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = tmp_path / "单位.xlsx"
    assert small_office("template", "departments", "-o", sheet).status == 0
    before = sheet.read_bytes()
    answer = small_office("import", "departments", sheet, "--report", sheet, "--overwrite", "--operator", "内勤")
    assert answer.status == 5
    assert "它就是要读的文件" in answer.err
    assert sheet.read_bytes() == before


def test_an_unfinished_file_is_removed_when_its_writer_is_gone_and_not_before(tmp_path: Path) -> None:
    def unfinished(pid: int) -> Path:
        part = files._part_of(tmp_path / "流转记录2026.jsonl")
        torn = part.with_name(part.name.replace(f"-{os.getpid()}-", f"-{pid}-"))
        torn.write_bytes(b"{")
        return torn

    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    torn, alive = unfinished(gone), unfinished(os.getppid())
    other = tmp_path / ".别人的.gcpart"
    other.write_bytes(b"1")
    files.write(tmp_path / "日报.csv", b"1")
    assert (torn.exists(), alive.exists(), other.exists()) == (False, True, True)


def test_another_file_that_appears_meanwhile_keeps_its_name(tmp_path: Path) -> None:
    target = tmp_path / "日报.csv"
    with pytest.raises(OutputRefused) as refused, files.new_file(target) as file:
        file.write(b"1")
        target.write_bytes(b"2")
    assert refused.value.params["why"] is OutputFault.EXISTS
    assert target.read_bytes() == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["日报.csv"]


def test_a_link_that_appears_meanwhile_is_not_written_through(tmp_path: Path) -> None:
    target, precious = tmp_path / "日报.csv", tmp_path / "要紧的"
    precious.write_bytes(b"2")
    with pytest.raises(OutputRefused), files.new_file(target, files.Rules(overwrite=True)) as file:
        file.write(b"1")
        target.symlink_to(precious)
    assert precious.read_bytes() == b"2"


@pytest.mark.parametrize(
    "name", ["CON.xlsx", "nul.csv", "com1.a.docx", "月报:11.docx", "a?.csv", 'b".html', "c|d.txt", "<e>.json", "*.xlsx"]
)
def test_a_name_that_windows_could_not_save_is_refused_everywhere(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    answer = small_office("report", "daily", "-o", tmp_path / name, "--json")
    assert (answer.status, answer.error, list(tmp_path.iterdir())) == (5, "E112", [small_office.database])


@pytest.mark.parametrize("name", ["CONtrol.csv", "com10.csv", "月报（11 月）[b].csv", "a\\b.csv"])
def test_other_names_are_written(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    assert small_office("report", "daily", "-o", tmp_path / name).status == 0
