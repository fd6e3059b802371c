"""Several terminals on one office at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.errors import AlreadyDispatched, GridConsoleError
from gridconsole.domain.states import Role, State
from gridconsole.services import actors, audit, case_queries, casework
from gridconsole.services import office as offices
from gridconsole.services.casework import Receipt
from gridconsole.services.office import Office


def test_of_two_dispatchers_one_wins_and_the_other_is_reported_by_whom(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    names = ("王芳", "马俊[b]")
    for name in names:
        actors.add_operator(office.opened, name, [Role.DISPATCHER])
    terminals = {name: open_another() for name in names}
    chosen = {"王芳": office.handlers["城管局"], "马俊[b]": office.handlers["环卫所"]}
    for _ in range(12):
        number = office.case_in(State.TO_DISPATCH)
        version = office.load(number).case.version
        go = threading.Barrier(2)
        outcome: dict[str, Receipt | GridConsoleError] = {}

        def dispatch(
            name: str,
            number: str = number,
            version: int = version,
            go: threading.Barrier = go,
            outcome: dict[str, Receipt | GridConsoleError] = outcome,
        ) -> None:
            opened = terminals[name]
            actor = actors.find_operator(opened, name)
            go.wait(timeout=30)
            try:
                outcome[name] = casework.act_on(
                    opened, actor, number, Act.of(Action.DISPATCH, handler=chosen[name], expected_version=version)
                )
            except GridConsoleError as error:
                outcome[name] = error

        threads = [threading.Thread(target=dispatch, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        (winner,) = [name for name in names if isinstance(outcome[name], Receipt)]
        (loser,) = [name for name in names if name != winner]
        reported = outcome[loser]
        assert isinstance(reported, AlreadyDispatched)
        assert (reported.params["operator"], reported.params["handler"]) == (winner, chosen[winner].name)
        case = office.load(number).case
        assert (case.handler, case.version) == (chosen[winner], version + 1)
    assert audit.verify(office.opened).ok


def test_what_one_terminal_does_the_other_sees_at_its_next_look(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    other = open_another()
    watch = other.database.watch()
    number = office.report().number
    assert watch.changed()
    assert case_queries.view(other, number, None).detail.row.state is State.REPORTED
    watch.close()


INTAKES = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gridconsole.domain.states import Source
from gridconsole.services import actors, casework
from gridconsole.services import office as offices
opened = offices.open_office(Path(sys.argv[1]), "cli", lambda: datetime(2026, 11, 23, 1, 0, tzinfo=UTC))
actor = actors.find_operator(opened, "受理员")
print("ready", flush=True)
sys.stdin.readline()
for serial in range(int(sys.argv[2])):
    report = casework.NewReport(f"幸福路[b栋]{serial}号𠮷田反映", Source.PUBLIC)
    print(casework.intake(opened, actor, report, f"{sys.argv[3]}-{serial}").number, flush=True)
opened.close()
"""


def test_four_processes_of_fifty_reports_leave_no_gap_no_double_and_a_sound_ledger(office_file: Path) -> None:
    processes, reports = 4, 50
    running = [
        subprocess.Popen(
            [sys.executable, "-X", "utf8", "-c", INTAKES, str(office_file), str(reports), f"终端{index}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        for index in range(processes)
    ]
    for process in running:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n", process.communicate(timeout=60)
    for process in running:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    said = [process.communicate(timeout=120) for process in running]
    assert [process.returncode for process in running] == [0] * processes, said
    numbers = [number for out, _ in said for number in out.split()]
    assert sorted(numbers) == [f"20261123{serial:05d}" for serial in range(1, processes * reports + 1)]
    assert all(out.split() == sorted(out.split()) for out, _ in said)
    opened = offices.open_office(office_file, "cli")
    verdict = audit.verify(opened)
    with opened.database.reading() as connection:
        requests = connection.exec_driver_sql("SELECT count(DISTINCT request_id) FROM ledger").scalar_one()
    opened.close()
    assert (verdict.ok, requests) == (True, processes * reports)
