"""Help: in Chinese for every command, without loading what help does not need."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from office_cli import CommandLine

from gridconsole.cli.app import build
from gridconsole.domain.actions import SPECS, Group
from gridconsole.language import text_in
from gridconsole.reporting.registry import KINDS

ENGLISH = re.compile(
    r"(?i:Usage|Options|Arguments|Commands|Error|Missing|Invalid|No such|Show this|Did you mean|not a valid|default|required|"
    r"env var|deprecated|Aborted)|\bTry\b|\bINTEGER\b|\bRANGE\b|\bTEXT\b|\bPATH\b|\bFILE"
)
HAN = re.compile("[\u4e00-\u9fff]")


def every_command(
    command: click.Command | None = None, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    command = command or build()
    yield path, command
    for name, child in getattr(command, "commands", {}).items():
        yield from every_command(child, (*path, name))


COMMANDS = dict(every_command())
IDS = [" ".join(path) or "gridconsole" for path in COMMANDS]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_help_names_every_action_and_every_report(language: str) -> None:
    chosen = [action for action, spec in SPECS.items() if spec.group not in (Group.CREATING, Group.FOLLOWING)]
    actions = text_in(language, "cli.incident.action")
    assert [action.value for action in chosen if not re.search(rf"\b{action.value}\b", actions)] == []
    assert [code for code in KINDS if not text_in(language, f"report_about.{code}").strip()] == []


def test_every_command_the_office_knows_is_there() -> None:
    assert {" ".join(path) for path in COMMANDS if path} >= {
        "init", "demo", "console", "import", "report", "incident", "incident new", "incident list", "incident show", "incident act",
        "login", "logout", "operator", "operator add", "operator role", "operator disable", "operator enable", "operator passwd",
        "operator list", "operator first-admin", "operator settings", "ledger", "ledger show", "ledger verify", "ledger anchor", "ledger export", "calendar", "calendar show", "calendar check",
    }  # fmt: skip


@pytest.mark.parametrize("path", COMMANDS, ids=IDS)
@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_is_chinese_and_no_failure(blank_office: CommandLine, path: tuple[str, ...], flag: str) -> None:
    answer = blank_office.bare(*path, flag)
    assert (answer.status, answer.err) == (0, "")
    assert answer.out.startswith(f"用法： {' '.join(('gridconsole', *path))} [选项]")
    assert "显示本说明并退出。" in answer.out
    assert ENGLISH.findall(re.sub(r"--[a-z-]+", "", answer.out)) == []


@pytest.mark.parametrize("path", COMMANDS, ids=IDS)
def test_every_command_and_every_option_is_explained(path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    assert HAN.search(command.help or ""), "the command itself"
    unexplained = [item.name for item in command.params if not getattr(item, "help", None)]
    assert unexplained == []


def test_the_exit_statuses_are_reported_by_the_help_itself(blank_office: CommandLine) -> None:
    reported = blank_office.bare("--help").out
    assert all(f"{status} " in reported for status in (0, 1, 2, 3, 4, 5, 6, 130))


ASK_EVERYTHING = """
import contextlib, io, json, sys
from gridconsole.cli.run import run

statuses = {}
for words in json.loads(sys.argv[1]):
    with contextlib.redirect_stdout(io.StringIO()) as out:
        statuses[" ".join(words)] = [run([*words, "--help"]), out.getvalue().startswith("用法")]
heavy = sorted({name.partition(".")[0] for name in sys.modules} & {"textual", "argon2", "sqlmodel", "sqlalchemy", "alembic", "pypinyin", "chinese_calendar"})
print(json.dumps({"statuses": statuses, "heavy": heavy}))
"""


def test_no_help_loads_the_console_or_the_database() -> None:
    child = subprocess.run(
        [sys.executable, "-c", ASK_EVERYTHING, json.dumps(list(COMMANDS))],
        env=os.environ | {"PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    found = json.loads(child.stdout)
    assert found["heavy"] == []
    assert found["statuses"] == {" ".join(path): [0, True] for path in COMMANDS}


def test_the_entry_point_itself_loads_neither_for_its_help() -> None:
    code = "import sys, atexit; atexit.register(lambda: print([n for n in ('textual', 'sqlmodel', 'argon2') if n in sys.modules])); sys.argv = ['gridconsole', '--help']; from gridconsole.__main__ import main; main()"
    child = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONUTF8": "1"}, capture_output=True, encoding="utf-8", check=False
    )
    assert child.returncode == 0
    assert child.stdout.splitlines()[-1] == "[]"


def test_a_word_that_is_no_command_is_answered_in_chinese(blank_office: CommandLine) -> None:
    answer = blank_office.bare("derive")
    assert (answer.status, answer.out) == (2, "")
    assert "没有 'derive' 这个命令" in answer.err
    assert "gridconsole --help" in answer.err
    assert ENGLISH.findall(answer.err.replace("--help", "")) == []


@pytest.mark.parametrize("group", ["incident", "operator", "ledger", "calendar"])
def test_a_group_without_a_command_shows_its_help_on_the_error_stream(blank_office: CommandLine, group: str) -> None:
    answer = blank_office.bare(group)
    assert (answer.status, answer.out) == (2, "")
    assert "命令:" in answer.err or "缺少命令" in answer.err


def test_a_file_without_the_right_to_read_is_not_called_a_wrong_option() -> None:
    """Click looks whether a file can be read, and knows neither its code nor what to do."""
    found = [item for command in COMMANDS.values() for item in command.params if isinstance(item.type, click.Path)]
    assert found
    assert [item.name for item in found if item.type.readable or item.type.exists or item.type.writable] == []
