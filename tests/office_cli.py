"""The command line as an operator uses it, run inside the test on an office of its own whose time stands still.

``tests/conftest.py`` names its fixtures.
"""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from logins import hold_tokens, log_everybody_in, log_in

from gridconsole.cli.run import run
from gridconsole.importing import engine
from gridconsole.resources import data_path
from gridconsole.services import actors, setup, terminal
from gridconsole.services import office as offices
from gridconsole.store.engine import driver

MONDAY_AFTERNOON = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
"""14:00 in the office, a Monday; the demonstration workbooks end half an hour before it."""
COMMAND_LINE_TESTS = frozenset({"cli", "importing", "reporting"})
"""Folders of the tests that run commands."""
COUNTS = ("inserted", "updated", "unchanged", "duplicate", "rejected")
REGISTERS = (
    "area",
    "grid",
    "unit",
    "unit_area",
    "responsibility",
    "roster_person",
    "employment",
    "post",
    "category",
    "filing_rule",
    "component",
)
_NOW = dict.fromkeys(("employment", "post", "responsibility"), " WHERE replaced_by IS NULL")
OF_BOOK = {
    "employment": "number, person_id, form, starts_on, ends_on, why_ended",
    "responsibility": "unit_id, kind, major_code, minor_code, is_primary, starts_on, ends_on",
    "post": "number, person_id, grid_id, duty, rank, starts_on, ends_on, why_ended",
}
"""What a row of the roster's book says; the entries that recorded it are no part of that."""
ORDER = {"responsibility": "1, 2, 3, 4, 5"}
DEMO_FILES = {
    "areas": "areas.xlsx",
    "grids": "grids.xlsx",
    "departments": "departments.xlsx",
    "wardens": "wardens.xlsx",
    "catalogue": "catalogue.xlsx",
    "incidents": "incidents_12345.xlsx",
}
"""The shipped workbooks by kind, in the order a new office takes them in."""

SMALL_REGISTER = {
    "areas": "区划代码,名称,级别\n420502,X区,区\n420502001,幸福街道,街道\n420502001001,东风社区,社区\n420502001002,新民社区,社区\n",
    "grids": "网格编码,网格名称,户数\n420502001001001,东风社区第1网格,260\n420502001001002,东风社区第2网格,240\n"
    "420502001002001,新民社区第1网格,310\n",
    "departments": "单位编码,单位名称,单位类型,负责类别,备用类别\nB1,城管局,专业部门,事件01、事件02,\nB2,环卫所,专业部门,,事件01\n"
    "B3,住建局,专业部门,部件01,\n",
    "wardens": "工号,姓名,联系电话,负责网格\nW1,𠮷田,13912345678,420502001001001\nW2,王[/]芳,,420502001001002\n",
    "catalogue": "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限\n事件,1,市容环境,1,暴露垃圾,少量,4工作时\n"
    "事件,1,市容环境,1,暴露垃圾,大量,1工作日\n事件,2,宣传广告,4,非法小广告,乱贴,5工作日\n部件,1,公用设施,2,路灯,不亮,3工作日\n",
}


class Clock:
    """The time of a test, moved by hand."""

    def __init__(self) -> None:
        self.at = MONDAY_AFTERNOON

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **amount: float) -> None:
        """Let some time pass, in the words of ``timedelta``."""
        self.at += timedelta(**amount)


@dataclass(frozen=True)
class Answer:
    """What a command left behind."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as the one JSON value it must be."""
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """Code of the error object."""
        return str(self.json["error"]["code"])

    @property
    def counts(self) -> dict[str, int]:
        """The five counts of an import that are not zero."""
        return {name: self.json[name] for name in COUNTS if self.json[name]}

    @property
    def codes(self) -> list[str]:
        """Codes of an import's issues, in order."""
        return [issue["code"] for issue in self.json["issues"]]


@dataclass(frozen=True)
class Prepared:
    """An office as a test found it prepared: its file, its time, its log-ins, and what the preparing returned."""

    content: bytes
    at: datetime
    tokens: dict[int, str]
    value: Any


_PREPARED: dict[tuple[Path, str], Prepared] = {}
"""By the template and a name: what is prepared once in this process, and copied for every other test."""


class CommandLine:
    """Runs commands on one office."""

    def __init__(self, database: Path, capsys: pytest.CaptureFixture[str], clock: Clock, template: Path = Path()) -> None:
        self.database = database
        self.clock = clock
        self._capsys = capsys
        self._template = template
        self._is_fresh = template != Path()
        self.known: dict[str, list[tuple[Any, ...]]] | None = None
        """Every row as a test last read it; None once a command has run."""

    def once(self, name: str, prepare: Callable[[CommandLine], Any]) -> Any:
        """Prepare a fresh office, or copy what came of that before: returns what ``prepare`` returned.

        An office on which a command has run already is prepared anew.
        """
        if not self._is_fresh:
            return prepare(self)
        here, key = terminal.here(), (self._template, name)
        if key not in _PREPARED:
            value = prepare(self)
            content = self.database.read_bytes()
            assert not self.database.with_name(f"{self.database.name}-wal").exists(), "something holds the office open"
            _PREPARED[key] = Prepared(content, self.clock.at, terminal.tokens(self.database, here), value)
        else:
            made = _PREPARED[key]
            self.database.write_bytes(made.content)
            self.clock.at = made.at
            terminal.keep_tokens(self.database, here, made.tokens)
            self._is_fresh = False
        return _PREPARED[key].value

    def __call__(self, *words: object) -> Answer:
        """Run a command line on the office; whoever is added to it is logged in at once."""
        answer = self.bare("--db", self.database, *words)
        if words[:2] == ("operator", "add") and answer.status == 0:
            self.log_in(str(words[2]))
        return answer

    def log_in(self, name: str) -> None:
        """Log somebody in on this terminal without a password."""
        self._is_fresh = False
        opened = offices.open_office(self.database, "cli")
        log_in(opened, name)
        opened.close()

    def bare(self, *words: object) -> Answer:
        """Run a command line as it stands, without naming the office."""
        self._is_fresh, self.known = False, None
        self._capsys.readouterr()
        status = run([str(word) for word in words])
        captured = self._capsys.readouterr()
        return Answer(status, captured.out, captured.err)

    def typing(self, *lines: str) -> CommandLine:
        """What the next command finds on its standard input."""
        sys.stdin = io.StringIO("".join(f"{line}\n" for line in lines))
        return self

    def imports(self, kind: str, file: Path, *options: str) -> Answer:
        """Import a file with ``--json``; whatever became of its rows, they add up."""
        answer = self("import", kind, file, "--json", *options)
        if "error" not in answer.json:
            assert sum(answer.json[name] for name in COUNTS) == answer.json["read"]
        return answer

    def act(self, operator: str, number: str, action: str, *options: str) -> Answer:
        """Let an operator take a step on a case."""
        return self("incident", "act", number, action, "--operator", operator, "--json", *options)

    def reports(self, text: str, *options: str) -> str:
        """Let the acceptor enter a warden's report; returns the number of the case."""
        answer = self("incident", "new", "--text", text, "--source", "warden", "--operator", "受理员", "--json", *options)
        assert answer.status == 0, answer
        return str(answer.json["number"])

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the closed database."""
        with contextlib.closing(driver.connect(str(self.database))) as connection:
            return [tuple(row) for row in connection.execute(query, values)]

    def change(self, statement: str, *values: object) -> None:
        """Write into the closed database behind the program's back."""
        with contextlib.closing(driver.connect(str(self.database))) as connection:
            connection.execute(statement, values)
            connection.commit()

    def registers(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every register; lines of responsibility have no identity of their own."""
        columns = {"responsibility": "unit_id, kind, major_code, minor_code, is_primary"}
        shown = {table: columns.get(table, OF_BOOK.get(table, "*")) for table in REGISTERS}
        return {
            table: self.rows(f"SELECT {shown[table]} FROM {table}{_NOW.get(table, '')} ORDER BY {ORDER.get(table, '1, 2')}")
            for table in REGISTERS
        }

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """Every row of every table; the index of texts follows from them."""
        with contextlib.closing(driver.connect(str(self.database))) as connection:
            tables = connection.execute(
                "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'case_text%' ORDER BY name"
            ).fetchall()
            return {name: connection.execute(f'SELECT * FROM "{name}" ORDER BY rowid').fetchall() for (name,) in tables}


@pytest.fixture
def office_clock() -> Clock:
    """The office's time; move it with ``office_clock.advance(hours=2)``."""
    return Clock()


@pytest.fixture(autouse=True)
def _surroundings(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, office_clock: Clock) -> None:
    """Commands see the test's clock, a terminal of known width, and no setting of whoever runs the tests."""
    if request.path.parent.name not in COMMAND_LINE_TESTS:
        return
    opened = offices.open_office

    def open_at_the_tests_time(path: Path, origin: str, now: Callable[[], datetime] | None = None) -> offices.Office:
        return opened(path, origin, now if isinstance(now, Clock) else office_clock)

    monkeypatch.setattr(offices, "open_office", open_at_the_tests_time)
    for name in (
        "GRIDCONSOLE_DB",
        "GRIDCONSOLE_OPERATOR",
        "GRIDCONSOLE_PASSWORD_FILE",
        "GRIDCONSOLE_LANG",
        "GRIDCONSOLE_DEBUG",
        "FORCE_COLOR",
        "LANGUAGE",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setattr("sys.stdin", io.StringIO())


@pytest.fixture(scope="session")
def blank_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A closed database of a new office; copy it, never open it."""
    path = tmp_path_factory.mktemp("blank") / "office.db"
    opened = setup.initialise(path, "X区网格化指挥中心", "xdistrict", "cli", Clock(), time_doubt_days=0)
    log_everybody_in(opened)
    opened.close()
    return path


def _filled(template: Path, path: Path, files: dict[str, Path]) -> Path:
    shutil.copy(template, path)
    opened = offices.open_office(path, "cli", Clock())
    try:
        clerk = actors.find_operator(opened, "内勤")
        for kind, file in files.items():
            engine.run(opened, clerk, kind, file)
    finally:
        opened.close()
    return path


@pytest.fixture(scope="session")
def small_template(tmp_path_factory: pytest.TempPathFactory, blank_template: Path) -> Path:
    """The blank office with a register of a few lines."""
    folder = tmp_path_factory.mktemp("small")
    files = {}
    for kind, text in SMALL_REGISTER.items():
        files[kind] = folder / f"{kind}.csv"
        files[kind].write_text(text, encoding="utf-8")
    return _filled(blank_template, folder / "office.db", files)


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory: pytest.TempPathFactory, blank_template: Path) -> Path:
    """The blank office with all six demonstration workbooks."""
    files = {kind: data_path("demo", name) for kind, name in DEMO_FILES.items()}
    return _filled(blank_template, tmp_path_factory.mktemp("demo") / "office.db", files)


@pytest.fixture
def office_of(tmp_path: Path, capsys: pytest.CaptureFixture[str], office_clock: Clock) -> Iterator[Callable[[Path], CommandLine]]:
    """A command line on a fresh copy of a template."""

    def fresh(template: Path) -> CommandLine:
        return CommandLine(hold_tokens(Path(shutil.copy(template, tmp_path / "office.db"))), capsys, office_clock, template)

    yield fresh


@pytest.fixture
def blank_office(office_of: Callable[[Path], CommandLine], blank_template: Path) -> CommandLine:
    """The command line of an office that has nothing but its operators."""
    return office_of(blank_template)


@pytest.fixture
def small_office(office_of: Callable[[Path], CommandLine], small_template: Path) -> CommandLine:
    """The command line of an office with a register of a few lines."""
    return office_of(small_template)


@pytest.fixture
def demo_office(office_of: Callable[[Path], CommandLine], demo_template: Path) -> CommandLine:
    """The command line of the demonstration district."""
    return office_of(demo_template)
