"""A console on a real terminal, ended from outside in the middle of a text: the text is on the disk, and offered next time."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bench.terminal import Terminal
from logins import set_office
from small_office import StaffedOffice

from gridconsole.services import drafts

WORDS = "3号楼门口井盖缺失"
PATIENCE = 60.0
"""Seconds after which a condition is given up; nothing here says how fast it has to be."""

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="signals of a terminal")


@pytest.fixture
def console(office: StaffedOffice, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Terminal]]:
    """Starts the console on a terminal, as whoever is named."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    set_office(office.opened, demo=True)
    opened: list[Terminal] = []
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONPATH": str(Path(__file__).parents[2])}

    def start(operator: str) -> Terminal:
        command = [sys.executable, "-m", "gridconsole", "--db", str(office.opened.database.path), "--operator", operator]
        opened.append(Terminal(command, env))
        return opened[-1]

    yield start
    for terminal in opened:
        if terminal.process.poll() is None:
            terminal.process.kill()
        terminal.process.wait()
        terminal.close()


def wait_for(holds: Callable[[], bool], what: str) -> None:
    """Wait for a condition."""
    limit = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < limit, what
        os.sched_yield()


def shown(text: str) -> re.Pattern[bytes]:
    """A text on the terminal."""
    return re.compile(re.escape(text.encode()))


@pytest.mark.parametrize("name", ["SIGHUP", "SIGTERM", "SIGKILL"])
def test_a_report_half_typed_when_the_process_ends_is_offered_to_who_typed_it(
    office: StaffedOffice, console: Callable[[str], Terminal], name: str
) -> None:
    terminal = console("派遣员")
    terminal.wait_for(shown("F10"))
    terminal.press(b"\x0e")
    terminal.wait_for(shown("问题描述"))
    terminal.press(WORDS.encode())
    here = drafts.identity(office.opened)
    if name == "SIGKILL":
        wait_for(lambda: any(draft.text == WORDS for draft in drafts.of_office(here)), "the text on the disk by itself")
    else:
        terminal.wait_for(shown("缺失"))
    terminal.process.send_signal(getattr(signal, name))
    terminal.process.wait(PATIENCE)
    (left,) = drafts.of_office(here)
    assert (left.text, left.operator_name, left.kind) == (WORDS, "派遣员", "report")
    assert not drafts.is_running(left.session)
    console("派遣员").wait_for(shown("没发出的内容"))
