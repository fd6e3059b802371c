"""Measure the figures of the benchmark and compare each with its limit.

A limit is a target in a unit, or another program measured in turns with ours. Processor time is counted where a person waits for it
alone; the clock on the wall where another process or the disk has a part in it.
"""

from __future__ import annotations

import json
import math
import os
import random
import re
import statistics
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from big_office import build as build_queue
from big_roster import build as build_roster
from change_feed import measure as commits_to_screen
from first_frame import BARE, shown_after
from offices import Offices
from side_by_side import PYTHON, ROOT, environment, in_turns, percentile
from step_costs import operations
from terminal import ROW, Terminal

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.parties import Handler
from gridconsole.domain.states import Source
from gridconsole.services import actors, audit, casework, handlers, many, post_handover, roster_audit, roster_views
from gridconsole.services import office as offices
from gridconsole.services.casework import NewReport
from gridconsole.services.many import Intended
from gridconsole.store import catalogue, places, responsible
from gridconsole.store.engine import connect

OPERATOR = "派遣员"


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value beside its limit."""

    name: str
    value: float
    unit: str
    target: float
    """Most of the value that is good, in the same unit; for shares that must be reached, see ``is_least``."""
    limit: str = "target"
    """Name of the other side, if the value is a ratio to it."""
    is_least: bool = False
    """True if the target is the least value that is good."""

    @property
    def is_good(self) -> bool:
        """Return whether the figure meets its target."""
        return self.value >= self.target if self.is_least else self.value <= self.target

    @property
    def ratio(self) -> float:
        """Value in parts of the target."""
        return self.value / self.target if self.target else math.inf


Measure = Callable[[Offices], Iterator[Figure]]
MEASURES: dict[str, Measure] = {}


def measure(name: str) -> Callable[[Measure], Measure]:
    """Register a function that yields figures under a name by which it can be chosen."""

    def registered(function: Measure) -> Measure:
        MEASURES[name] = function
        return function

    return registered


def cpu_of(command: list[str], env: dict[str, str]) -> float:
    """Processor seconds of a process from start to end."""
    process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime


def cpu_so_far(process: int) -> float:
    """Processor seconds that a running process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _cpu(function: Callable[[], object]) -> float:
    begun = time.process_time()
    function()
    return time.process_time() - begun


def _console(path: Path) -> list[str]:
    return [PYTHON, "-m", "gridconsole", "console", "--db", str(path), "--operator", OPERATOR]


def _command(path: Path, *words: str) -> list[str]:
    return [PYTHON, "-m", "gridconsole", "--db", str(path), "--operator", "值班长", *words]


# --- start and screen -------------------------------------------------------------------------------------------


@measure("start")
def start(at: Offices) -> Iterator[Figure]:
    """A command, beside importing SQLModel alone."""
    env, runs = environment(at.folder / "cache"), 5 if at.is_quick else 11
    number = _newest(at.large)
    sides = {
        "import sqlmodel": [PYTHON, "-c", "import sqlmodel"],
        "--help": [PYTHON, "-m", "gridconsole", "--help"],
        "incident list": _command(at.large, "incident", "list", "--limit", "1"),
        "incident list, 200 lines": _command(at.large, "incident", "list", "--limit", "200"),
        "incident show": _command(at.large, "incident", "show", number),
    }
    taken = in_turns({name: lambda command=command: cpu_of(command, env) for name, command in sides.items()}, runs, warm_up=2)
    bare = statistics.median(taken.pop("import sqlmodel"))
    for name, seconds in taken.items():
        yield Figure(f"{name}, processor", statistics.median(seconds) / bare, "x", 1.5, "import sqlmodel")


@measure("first frame")
def first_frame(at: Offices) -> Iterator[Figure]:
    """From the start of the console to its first rows, beside a bare Textual application that imports SQLModel."""
    env = environment(at.folder / "cache")
    bare = at.folder / "bare.py"
    bare.write_text(BARE.format(imports="import sqlmodel"), encoding="utf-8")
    sides = {
        "ours": lambda: shown_after(_console(at.large), env, ROW),
        "bare": lambda: shown_after([PYTHON, str(bare)], env, re.compile(rb"first-frame")),
    }
    taken = in_turns(sides, 3 if at.is_quick else 9, warm_up=1)
    ours, theirs = (statistics.median(taken[side]) for side in ("ours", "bare"))
    yield Figure("first rows of the console", ours / theirs, "x", 2.0, "bare Textual + sqlmodel")


@measure("screen")
def screen(at: Offices) -> Iterator[Figure]:
    """Processor time of a console: idle, opening cases, and when others change something; and what it writes when idle."""
    path, env = at.copy(at.sizes[0]), environment(at.folder / "cache")
    opened = offices.open_office(path, "cli")
    acceptor = actors.find_operator(opened, "受理员")
    with Terminal(_console(path), env, cwd=ROOT) as terminal:
        terminal.wait_for(ROW)
        time.sleep(6)
        pid = terminal.process.pid
        begun, before = terminal.position, cpu_so_far(pid)
        time.sleep(10)
        idle = (cpu_so_far(pid) - before) / 10
        yield Figure("idle console writes", (terminal.position - begun) / 10, "B/s", 1024)
        count = 10 if at.is_quick else 40
        spent = 0.0
        for _ in range(count):
            before = cpu_so_far(pid)
            terminal.press(b"\r")
            time.sleep(0.7)
            spent += cpu_so_far(pid) - before - 0.7 * idle
            for key in (b"\x1b", b"\x1b[B"):
                terminal.press(key)
                time.sleep(0.5)
        yield Figure("opening a case, processor", 1000 * spent / count, "ms", 60)
        number = _newest(path)
        before, wall = cpu_so_far(pid), time.perf_counter()
        for turn in range(count):
            casework.act_on(opened, acceptor, number, Act.of(Action.NOTE, note=f"测量{turn}"))
            time.sleep(0.5)
        spent = cpu_so_far(pid) - before - idle * (time.perf_counter() - wall)
        yield Figure("a change elsewhere, processor of a console", 1000 * spent / count, "ms", 20)
    opened.close()


@measure("desk")
def desk(at: Offices) -> Iterator[Figure]:
    """A dispatcher's hands on 20,000 open cases: a letter of a search, a drawer, the cursor, sixty marked cases."""
    path = at.folder / "desk.db"
    if not path.exists():
        build_queue(path, cases=20_500, open_cases=20_000, overdue=0)
    with Terminal(_console(path), environment(at.folder / "cache"), cwd=ROOT) as terminal:
        terminal.wait_for(ROW)
        time.sleep(8)
        pid = terminal.process.pid
        before = cpu_so_far(pid)
        time.sleep(6)
        idle = (cpu_so_far(pid) - before) / 6
        for key in (b"\x1b[18~", b"0"):  # F7 0: every open case
            terminal.press(key)
            time.sleep(1)
        written, count = 0, 10
        for _ in range(count):
            begun = terminal.position
            terminal.press(b"\x1b[B")
            time.sleep(0.06)  # the case under it is read later
            written += terminal.position - begun
            time.sleep(0.5)
        yield Figure("bytes written for a cursor key", written / count, "B", 2048)
        yield Figure("opening a drawer, processor", 1000 * _spent(terminal, b"\x1bOS", b"\x1b", idle, 10), "ms", 60)
        terminal.press(b"/")
        time.sleep(2)
        before, word = cpu_so_far(pid), b"jianshelu"
        for letter in word:
            terminal.press(bytes([letter]))
            time.sleep(0.12)
        spent = cpu_so_far(pid) - before - 0.12 * idle * len(word)
        yield Figure("a letter of a search among 20,000, processor", 1000 * spent / len(word), "ms", 30)
    opened = offices.open_office(path, "cli")
    acceptor = actors.find_operator(opened, "受理员")
    intended = [Intended(number, version, uuid.uuid4().hex) for number, version in _some(path, 60)]
    begun = time.perf_counter()
    done = many.act_on_each(opened, acceptor, Action.NOTE, intended, "一起记一句", None)
    assert all(one.receipt is not None for one in done), done
    yield Figure("acting on sixty marked cases", time.perf_counter() - begun, "s", 1.0)
    opened.close()


def _some(path: Path, count: int) -> list[tuple[str, int]]:
    """Numbers and versions of cases that are handled."""
    connection = connect(path)
    found = connection.execute("SELECT number, version FROM incident WHERE state = 'handling' LIMIT ?", (count,)).fetchall()
    connection.close()
    assert len(found) == count
    return [(str(number), int(version)) for number, version in found]


def _spent(terminal: Terminal, key: bytes, end: bytes, idle: float, count: int) -> float:
    """Seconds of processor that a key takes; the key that ends its effect is not counted."""
    pid, spent = terminal.process.pid, 0.0
    for _ in range(count):
        before = cpu_so_far(pid)
        terminal.press(key)
        time.sleep(0.7)
        spent += cpu_so_far(pid) - before - 0.7 * idle
        terminal.press(end)
        time.sleep(0.5)
    return spent / count


@measure("feed")
def feed(at: Offices) -> Iterator[Figure]:
    """From a commit to another console's screen."""
    path = at.folder / "feed.db"
    if not path.exists():
        # Nothing is overdue there, so that a new report comes to the top of the queue.
        build_queue(path, cases=20_000, open_cases=1_000 if at.is_quick else 4_900, overdue=0)
    seconds = commits_to_screen(path, 15 if at.is_quick else 100, environment(at.folder / "cache"))
    yield Figure("commit to another screen, p99", 1000 * percentile(seconds, 0.99), "ms", 250)


# --- acts -------------------------------------------------------------------------------------------------------


def _newest(path: Path) -> str:
    connection = connect(path)
    (number,) = connection.execute("SELECT max(number) FROM incident WHERE state = 'handling'").fetchone()
    connection.close()
    return str(number)


@measure("acts")
def acts(at: Offices) -> Iterator[Figure]:
    """Processor time of an act, and of many in one process."""
    path, count = at.copy(at.sizes[0]), 100 if at.is_quick else 300
    opened = offices.open_office(path, "cli")
    people = {name: actors.find_operator(opened, name) for name in ("受理员", "值班长", "派遣员")}
    with opened.database.reading() as connection:
        grid, area, category = connection.exec_driver_sql(
            "SELECT grid_id, area_id, category_id FROM incident WHERE state = 'handling' AND rule_id IS NOT NULL LIMIT 1"
        ).one()
    numbers: list[str] = []

    def report() -> None:
        said = NewReport("路边有暴露垃圾", Source.WARDEN, grid_id=grid, area_id=area, category_id=category, address="青年路60号")
        numbers.append(casework.intake(opened, people["受理员"], said).number)

    def each(operator: str, act: Act) -> float:
        return statistics.median(
            _cpu(lambda number=number: casework.act_on(opened, people[operator], number, act)) for number in numbers
        )

    taken = statistics.median(_cpu(report) for _ in range(count))
    yield Figure("a report, processor", 1000 * taken, "ms", 1.5)
    yield Figure("a note, processor", 1000 * each("受理员", Act.of(Action.NOTE, note="已联系物业经理")), "ms", 1.2)
    each("受理员", Act.of(Action.ACCEPT))
    each("值班长", Act.of(Action.FILE))
    ranking = handlers.ranking_for(opened, numbers[0])
    handler = (ranking.candidates or ranking.excluded)[0].handler
    yield Figure(
        "a dispatch, processor", 1000 * each("派遣员", Act.of(Action.DISPATCH, handler=handler, reason="就近")), "ms", 2.5
    )
    opened.close()
    lines = at.folder / "acts.jsonl"
    lines.write_text(
        "".join(json.dumps({"number": number, "action": "note", "note": "一次许多"}) + "\n" for number in numbers),
        encoding="utf-8",
    )
    env = environment(at.folder / "cache")
    one = cpu_of(_command(path, "incident", "act", "--from", str(lines)), env)
    none = cpu_of(_command(path, "incident", "list", "--limit", "1"), env)
    yield Figure("acts of a file, each processor second", len(numbers) / max(one - none, 0.001), "/s", 300, is_least=True)


WRITER = Path(__file__).with_name("writers_and_imports.py")


@measure("writers")
def writers(at: Offices) -> Iterator[Figure]:
    """Eight writers without a pause."""
    from writers_and_imports import Tree, prepared

    folder = at.folder / "writers"
    folder.mkdir(exist_ok=True)
    tree = Tree("here", ROOT, folder)
    prepared([tree], folder, [])
    met = tree.meet(8, seconds=4 if at.is_quick else 15)
    counts = [len(taken) for taken in met.taken]
    yield Figure("eight writers, p99", 1000 * percentile(met.all, 0.99), "ms", 100)
    yield Figure("eight writers, least to most", min(counts) / max(counts), "", 0.8, is_least=True)
    yield Figure("eight writers, errors", met.errors, "", 0)


# --- imports ----------------------------------------------------------------------------------------------------

_BARE_IMPORT = """
import sys
from pathlib import Path
import python_calamine
from gridconsole.store import catalogue, places, responsible
from gridconsole.store.engine import connect
path, sheet, image = map(Path, sys.argv[1:4])
rows = python_calamine.CalamineWorkbook.from_path(sheet).get_sheet_by_index(0).to_python()[1:]
connection, source = connect(path), connect(image)
connection.execute("BEGIN IMMEDIATE")
for table in ("incident", "clock", "ledger", "ledger_personal"):
    names = [name for (name,) in source.execute(f"SELECT name FROM pragma_table_info('{table}')")]
    values = source.execute(f"SELECT * FROM {table} WHERE " + {"incident": "id > ?", "clock": "incident_id > ?"}.get(table, "seq > ?"),
                            (int(sys.argv[4 if table in ("incident", "clock") else 5]),)).fetchall()
    connection.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values)
documents = source.execute("SELECT id << 20, text FROM incident WHERE id > ?", (int(sys.argv[4]),)).fetchall()
pairs = [(key, " ".join(a + b for a, b in zip(text, text[1:]))) for key, text in documents]
connection.executemany("INSERT INTO case_text(rowid, words, places, keys, people) VALUES (?, ?, '', '', '')", pairs)
connection.execute("COMMIT")
"""
_IMPORT = """
import sys
from pathlib import Path
from gridconsole.importing.engine import run
from gridconsole.services import actors
from gridconsole.services import office as offices
opened = offices.open_office(Path(sys.argv[1]), "cli")
outcome = run(opened, actors.find_operator(opened, "内勤"), "incidents", Path(sys.argv[2]))
opened.close()
print(outcome.batch)
"""
_UNDO = """
import sys
from pathlib import Path
from gridconsole.importing.undo import undo
from gridconsole.services import actors
from gridconsole.services import office as offices
opened = offices.open_office(Path(sys.argv[1]), "cli")
undo(opened, actors.find_operator(opened, "内勤"), int(sys.argv[2]))
opened.close()
"""


@measure("import")
def imports(at: Offices) -> Iterator[Figure]:
    """A workbook of hotline cases, beside reading it and inserting the same rows, with the same indices, by hand; and its undoing."""
    from hotline_list import write
    from import_incidents import as_workbook

    rows, env = 3_000 if at.is_quick else 30_000, environment(at.folder / "cache")
    path = at.copy(at.sizes[0])
    opened = offices.open_office(path, "cli")
    sheet = at.folder / "hotline.csv"
    write(sheet, opened, rows)
    opened.close()
    book = as_workbook(sheet)
    connection = connect(path)
    (case,), (entry,) = (
        connection.execute(f"SELECT max({key}) FROM {table}").fetchone() for table, key in (("incident", "id"), ("ledger", "seq"))
    )
    connection.close()
    ours = cpu_of([PYTHON, "-c", _IMPORT, str(path), str(book)], env)
    image, bare = path.rename(path.with_name("imported.db")), at.copy(at.sizes[0])
    theirs = cpu_of([PYTHON, "-c", _BARE_IMPORT, str(bare), str(book), str(image), str(case), str(entry)], env)
    yield Figure(f"import of {rows:,} hotline cases, processor", ours / theirs, "x", 3.5, "calamine + executemany")
    connection = connect(image)
    (batch,) = connection.execute("SELECT max(id) FROM import_batch").fetchone()
    connection.close()
    undone = cpu_of([PYTHON, "-c", _UNDO, str(image), str(batch)], env)
    yield Figure("undoing them, processor", undone / ours, "x", 1.0, "their import")


# --- the past ---------------------------------------------------------------------------------------------------


@measure("growth")
def growth(at: Offices) -> Iterator[Figure]:
    """Processor time of every list, report, search and screen in the largest office, and how it grows with the number of cases."""
    runs = 3
    taken: dict[int, dict[str, float]] = {}
    for cases in at.sizes:
        path = at.office(cases)
        taken[cases] = {}
        for name, carry_out in operations(path).items():
            carry_out(path)
            taken[cases][name] = min(_cpu(lambda carry_out=carry_out, path=path: carry_out(path)) for _ in range(runs))
    small, large = at.sizes[0], at.sizes[-1]
    factor = math.log(large / small) if large > small else math.inf
    for name, seconds in taken[large].items():
        if name == "person report":
            yield Figure(f"{name}, {large:,} cases", 1e6 * seconds / large, "µs a case", 40)
            continue
        yield Figure(f"{name}, exponent", math.log(seconds / taken[small][name]) / factor, "", 0.15)
        if "--search" in name:
            yield Figure(f"{name}, {large:,} cases", 1000 * seconds, "ms", 100)


# --- the roster -------------------------------------------------------------------------------------------------

GRIDS_SHOWN, PEOPLE_SHOWN = re.compile(rb"10000 / 10000"), re.compile(rb"20000 / 20000")


@measure("roster")
def roster(at: Offices) -> Iterator[Figure]:
    """Ten thousand grids, twenty thousand people, ninety thousand posts: questions, gaps, audit, screens, a handover of 200 items."""
    path = at.folder / "roster.db"
    if not path.exists():
        build_roster(path)
    opened, draw = offices.open_office(path, "cli"), random.Random(1)
    today = opened.today()
    with opened.database.reading() as connection:
        grids = [row.id for row in places.grid_choices(connection)]
        asked = [(draw.choice(grids), today - timedelta(days=draw.randrange(3_000))) for _ in range(2_000)]
        begun = time.process_time()
        for grid, day in asked:
            responsible.responsible(connection, grid, day)
        yield Figure("who was responsible, processor", 1000 * (time.process_time() - begun) / len(asked), "ms", 0.2)
    year = today.replace(month=1, day=1), today.replace(month=12, day=31)
    yield Figure("gaps of a year, processor", _cpu(lambda: roster_views.gaps(opened, *year)), "s", 1.0)
    yield Figure("audit of the roster, processor", _cpu(lambda: roster_audit.run(opened)), "s", 2.0)
    yield from _handover(opened)
    opened.close()
    with Terminal(_console(path), environment(at.folder / "cache"), cwd=ROOT) as terminal:
        time.sleep(6)
        terminal.press(b"\x1b[17~")  # F6: the overview
        time.sleep(4)
        for name, pattern in (("grids", GRIDS_SHOWN), ("people", PEOPLE_SHOWN)):
            begun = terminal.position
            pressed = terminal.press(b"\x1b[17~")
            yield Figure(f"the register of {name} on the screen", terminal.wait_for(pattern, begun).moment - pressed, "s", 1.0)
            time.sleep(2)


def _handover(opened: offices.Office) -> Iterator[Figure]:
    """Hand 200 cases and a grid over to somebody else on the grid."""
    people = {name: actors.find_operator(opened, name) for name in ("受理员", "值班长", "派遣员", "内勤")}
    with opened.database.reading() as connection:
        grid = places.grid_choices(connection)[0]
        leaver = responsible.everyone_responsible(connection, grid.id, opened.today())[0]
        key = catalogue.categories(connection)[0].category.id
    handler = Handler(HandlerKind.WARDEN, leaver.person_id, leaver.name)
    for _ in range(199):
        number = casework.intake(
            opened, people["受理员"], NewReport("垃圾成堆", Source.WARDEN, grid_id=grid.id, area_id=grid.area_id, category_id=key)
        ).number
        for who, act in (
            ("受理员", Act.of(Action.ACCEPT)), ("值班长", Act.of(Action.FILE)),
            ("派遣员", Act.of(Action.DISPATCH, handler=handler, reason="就近")),
        ):  # fmt: skip
            casework.act_on(opened, people[who], number, act)
    begun = time.perf_counter()
    planned = post_handover.plan(opened, people["内勤"], leaver.person_id)
    yield Figure("a plan of a handover of 200 items", time.perf_counter() - begun, "s", 1.0)
    assert len(planned.items) >= 200 and not planned.open_items, planned
    begun = time.perf_counter()
    post_handover.do(opened, people["值班长"], planned.number, sheet="JJ-1")
    yield Figure("a handover of 200 items", time.perf_counter() - begun, "s", 1.0)


@measure("verify")
def verify(at: Offices) -> Iterator[Figure]:
    """Verifying the true ledger of the demo."""
    opened = offices.open_office(at.demo, "cli")
    audit.verify(opened)
    begun = time.process_time()
    verdict = audit.verify(opened)
    spent = time.process_time() - begun
    opened.close()
    assert verdict.ok
    yield Figure("verifying an entry, processor", 1e6 * spent / verdict.entries, "µs", 15)


@measure("size")
def size(at: Offices) -> Iterator[Figure]:
    """Bytes of the file for each case."""
    cases = at.sizes[-1]
    connection = connect(at.large)
    (index,) = connection.execute("SELECT sum(length(block)) FROM case_text_data").fetchone()
    connection.close()
    yield Figure("the file, each case", at.large.stat().st_size / cases, "B", 8_000)
    yield Figure("its text index, each case", index / cases, "B", 600)


def as_json(figure: Figure) -> dict[str, Any]:
    """A figure for a program to read."""
    return {
        "name": figure.name, "value": figure.value, "unit": figure.unit, "limit": figure.limit, "target": figure.target,
        "ratio": figure.ratio, "ok": figure.is_good,
    }  # fmt: skip
