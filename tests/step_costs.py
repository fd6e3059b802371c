"""Steps of SQLite's virtual machine and statements that lists, reports and screens cost in an office.

Steps do not depend on how busy the machine is: what a person waits for may not cost more of them because more cases lie in the past.
"""

from __future__ import annotations

import contextlib
import io
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gridconsole.cli.run import run
from gridconsole.console.messages import QueueRequest, Viewer, load_queue
from gridconsole.reporting.registry import KINDS
from gridconsole.services import actors, case_queries, escalation, handlers
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import ledger, phones, queue, units

STEP = 50
"""Steps between two counts."""


@dataclass
class Cost:
    """Steps, statements and seconds of CPU of an operation."""

    steps: int = 0
    statements: int = 0
    seconds: float = 0.0


@contextlib.contextmanager
def counted() -> Iterator[Cost]:
    """Count steps and statements of every connection opened within."""
    cost = Cost()

    def step() -> int:
        cost.steps += STEP
        return 0

    def opened(connection: Any, _record: object) -> None:
        connection.set_progress_handler(step, STEP)

    def executed(*_: object) -> None:
        cost.statements += 1

    sa.event.listen(sa.engine.Engine, "connect", opened)
    sa.event.listen(sa.engine.Engine, "before_cursor_execute", executed)
    begun = time.process_time()
    try:
        yield cost
    finally:
        cost.seconds = time.process_time() - begun
        sa.event.remove(sa.engine.Engine, "connect", opened)
        sa.event.remove(sa.engine.Engine, "before_cursor_execute", executed)


def by_command(*words: str, operator: str = "值班长") -> Callable[[Path], None]:
    """An operation by command, its output thrown away."""

    def carry_out(path: Path) -> None:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as said:
            status = run(["--db", str(path), "--operator", operator, *words])
        if status != 0:
            raise AssertionError((words, status, said.getvalue()))

    return carry_out


def directly(doing: Callable[[Office], object]) -> Callable[[Path], None]:
    """An operation of the console on an open office."""

    def carry_out(path: Path) -> None:
        opened = offices.open_office(path, "console")
        try:
            doing(opened)
        finally:
            opened.close()

    return carry_out


def operations(path: Path) -> Mapping[str, Callable[[Path], None]]:
    """Everything that is measured, about the newest case that is being handled."""
    opened = offices.open_office(path, "cli")
    with opened.database.reading() as connection:
        rows = queue.open_queue(connection, opened.id, 5_000)
    opened.close()
    number = max(row.number for row in rows if row.handler)
    day = f"{opened.today():%Y-%m-%d}"

    def leader(office: Office) -> Any:
        return actors.find_operator(office, "值班长")

    return {
        "incident list": by_command("incident", "list"),
        "incident list --search": by_command("incident", "list", "--search", "井盖", "--limit", "5"),
        "incident list --search --all": by_command("incident", "list", "--search", "罕见词", "--all", "--limit", "5"),
        "incident list --search --all, many": by_command("incident", "list", "--search", "垃圾", "--all", "--limit", "5"),
        "incident list --search, open of many": by_command("incident", "list", "--search", "垃圾 路", "--limit", "5"),
        "incident list --search, a note": by_command("incident", "list", "--search", "清理不彻底", "--all", "--limit", "5"),
        "incident list --search, two words": by_command("incident", "list", "--search", "垃圾 清理", "--all", "--limit", "5"),
        "incident list --search, pinyin": by_command("incident", "list", "--search", "lcsq", "--all", "--limit", "5"),
        "incident list --search, a character": by_command("incident", "list", "--search", "罕", "--all", "--limit", "1"),
        "incident list --search, a phone's end": by_command("incident", "list", "--search", "9991", "--all", "--limit", "5"),
        "incident show": by_command("incident", "show", number),
        "incident show, by its end": by_command("incident", "show", number[-11:]),
        "ledger show --case": by_command("ledger", "show", "--case", number, operator="审计员"),
        "ledger show --by": by_command("ledger", "show", "--by", "派遣员", operator="审计员"),
        "ledger show --since": by_command("ledger", "show", "--since", day, operator="审计员"),
        "ledger show --action": by_command("ledger", "show", "--action", "urge", operator="审计员"),
        "incident list --from": by_command("incident", "list", "--from", day, "--state", "处置中"),
        "reconcile": by_command("reconcile"),
        "setup": by_command("setup"),
        "handover sheet": by_command("handover", "sheet"),
        "alarm list": by_command("alarm", "list"),
        "task list": by_command("task", "list"),
        "callback list": by_command("callback", "list"),
        **{f"report {code}": by_command("report", code, "--date", day) for code in KINDS},
        "case view": directly(lambda office: case_queries.view(office, number, leader(office))),
        "reminders": directly(lambda office: escalation.mine(office, leader(office))),
        "ranking": directly(lambda office: handlers.ranking_for(office, number)),
        "digits in the palette": directly(lambda office: _by_number(office, number[-5:])),
        "whole queue": directly(
            lambda office: load_queue(office, QueueRequest(None, office.now() - timedelta(days=1), actor=leader(office)))
        ),
        "whole queue after an absence": directly(
            lambda office: load_queue(
                office, QueueRequest(None, office.now() - timedelta(days=1), viewer=Viewer(leader(office).id, 0))
            )
        ),
        "units": directly(_units),
        "phones around a case": directly(lambda office: _phones(office, number)),
        "changes since": directly(lambda office: load_queue(office, QueueRequest(_last(office) - 5, office.now()))),
        "person report": by_command("person", "report", "13900001234"),
    }


def _by_number(office: Office, digits: str) -> object:
    with office.database.reading() as connection:
        return queue.rows_by_number(connection, office.id, digits)


def _units(office: Office) -> None:
    with office.database.reading() as connection:
        found = units.lines(connection, office.id, office.now())
        units.duties(connection, found[0].id, office.today()), units.areas(connection, found[0].id)


def _phones(office: Office, number: str) -> None:
    with office.database.reading() as connection:
        _, grid = phones.reporter_of(connection, case_queries.load_case(connection, office, number).id)
        phones.of_units(connection, [1, 2, 3])
        phones.of_wardens(connection, [1, 2])
        phones.of_grid(connection, grid or 1, office.today())


def _last(office: Office) -> int:
    with office.database.reading() as connection:
        return ledger.last_seq(connection, office.id)


def measure(path: Path) -> dict[str, Cost]:
    """The cost of each operation on an office."""
    found = {}
    for name, carry_out in operations(path).items():
        with counted() as cost:
            carry_out(path)
        found[name] = cost
    return found
