"""A long result sheet holds nobody up for long: its rows are judged beforehand and carried out in slices, or put aside by name."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from importing.test_long_lists_in_slices import KILLS, is_sound
from killing import ran_to_its_end
from office_cli import CommandLine

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Source
from gridconsole.importing.engine import run
from gridconsole.importing.headway import Headway
from gridconsole.importing.options import Options, RejectLimit
from gridconsole.importing.retry import retry
from gridconsole.language.durations import headway_text
from gridconsole.services import actors, arrivals, casework, handlers
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store.engine import driver

CASES = 12
IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gridconsole.importing.engine import run
from gridconsole.services import arrivals
from gridconsole.services import office as offices
from gridconsole.services import actors

arrivals.NOTES_SLICE, arrivals.AT_ONCE = 2, 20
opened = offices.open_office(Path(sys.argv[1]), "cli", lambda: datetime(2026, 11, 23, 6, tzinfo=UTC))
actor = actors.find_operator(opened, "派遣员")
print("ready", flush=True)
run(opened, actor, "feedback", Path(sys.argv[2]))
print("done", flush=True)
"""


@pytest.fixture
def opened(small_office: CommandLine) -> Iterator[Office]:
    """The office as a program has it open."""
    opened = offices.open_office(small_office.database, "cli", small_office.clock)
    yield opened
    opened.close()


@pytest.fixture
def numbers(opened: Office) -> list[str]:
    """Cases in the hands of a unit."""
    acceptor, leader, dispatcher = (actors.find_operator(opened, name) for name in ("受理员", "值班长", "派遣员"))
    found = []
    for at in range(CASES):
        report = casework.NewReport(f"垃圾成堆{at}", Source.INSPECTOR, grid_id=1, category_id=1)
        number = casework.intake(opened, acceptor, report).number
        casework.act_on(opened, acceptor, number, Act.of(Action.ACCEPT))
        casework.act_on(opened, leader, number, Act.of(Action.FILE))
        first = handlers.ranking_for(opened, number).candidates[0].handler
        casework.act_on(opened, dispatcher, number, Act.of(Action.DISPATCH, handler=first))
        found.append(number)
    return found


@pytest.fixture
def in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices small enough for a test."""
    monkeypatch.setattr(arrivals, "NOTES_SLICE", 2)
    monkeypatch.setattr(arrivals, "AT_ONCE", 20)


def results(folder: Path, numbers: list[str]) -> Path:
    """A sheet that says of every case that it was dealt with."""
    return text_file(folder, lines("案件号,处置结果", *(f"{number},已清理" for number in numbers)))


def checked(path: Path) -> tuple[int, int, int]:
    """Cases that wait for their check, slices that wait, and batches the ledger tells of."""
    with driver.connect(str(path)) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM incident WHERE state = 'to_check'), (SELECT count(*) FROM import_stage),"
            " (SELECT count(*) FROM ledger WHERE subject_kind = 'batch' AND action = 'import'"
            "  AND json_extract(facts, '$.kind') = 'feedback')"
        ).fetchone()
    return tuple(found)


@pytest.mark.usefixtures("in_slices")
def test_rows_are_carried_out_in_slices(
    small_office: CommandLine, tmp_path: Path, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, before = arrivals.deliver, []

    def looking(opened: Office, batch: int, progress: Callable[[int, int], None] | None = None) -> None:
        before.append(checked(small_office.database))
        deliver(opened, batch, progress)

    monkeypatch.setattr(arrivals, "deliver", looking)
    answer = small_office.imports("feedback", results(tmp_path, numbers), "--operator", "派遣员")
    assert answer.counts == {"updated": CASES}
    assert before == [(0, CASES // 2 + 1, 0)]
    assert checked(small_office.database) == (CASES, 0, 1)
    again = small_office.imports("feedback", results(tmp_path, numbers), "--operator", "派遣员")
    assert again.counts == {"unchanged": CASES}
    assert small_office("ledger", "verify", "--json").json["ok"] is True


@pytest.mark.usefixtures("in_slices")
def test_how_much_is_written_is_reported_and_can_no_longer_be_stopped(opened: Office, tmp_path: Path, numbers: list[str]) -> None:
    reported: list[Headway] = []
    run(opened, actors.find_operator(opened, "派遣员"), "feedback", results(tmp_path, numbers), progress=reported.append)
    written = [come for come in reported if come.is_settled]
    assert [come.rows for come in written] == [round(CASES * part / 7) for part in range(1, 8)]
    assert written[-1].share == 1.0
    assert headway_text(12, None, is_settled=True) == "已写 12 行"


@pytest.mark.parametrize("at_once", [20, 10_000])
def test_a_row_whose_case_was_moved_meanwhile_is_put_apart_by_name(
    small_office: CommandLine, tmp_path: Path, opened: Office, numbers: list[str], monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    monkeypatch.setattr(arrivals, "NOTES_SLICE", 2)
    monkeypatch.setattr(arrivals, "AT_ONCE", at_once)
    dispatcher = actors.find_operator(opened, "派遣员")
    settle = arrivals.settle

    def meanwhile(connection: object, *rest: object) -> bool:
        # Another terminal was quicker: as if it had acted after the rows were read and before they are written.
        monkeypatch.setattr(arrivals, "settle", settle)
        casework.act_in(connection, opened, dispatcher, numbers[3], Act.of(Action.FEEDBACK, note="先报了"))  # type: ignore[arg-type]
        return settle(connection, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(arrivals, "settle", meanwhile)
    outcome = run(opened, dispatcher, "feedback", results(tmp_path, numbers))
    assert {verdict.value: count for verdict, count in outcome.counts.items() if count} == {"updated": CASES - 1, "rejected": 1}
    assert [(issue.code, issue.row) for issue in outcome.issues] == [("E505", 5)]
    shown = small_office("batch", "show", str(outcome.batch), "--json").json
    assert shown["rejected"] == 1
    assert shown["waiting"] == 1
    reported = small_office.rows(
        "SELECT json_extract(facts, '$.rejected') FROM ledger WHERE action = 'import' ORDER BY seq DESC LIMIT 1"
    )
    assert reported == [(1,)]
    assert small_office("ledger", "verify", "--json").json["ok"] is True


@pytest.mark.usefixtures("in_slices")
def test_a_row_tried_again_and_overtaken_again_waits_where_it_waited(
    small_office: CommandLine, tmp_path: Path, opened: Office, numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clerk, dispatcher = actors.find_operator(opened, "内勤"), actors.find_operator(opened, "派遣员")
    first = run(opened, clerk, "feedback", results(tmp_path, numbers))
    assert first.counts["rejected"] == CASES
    settle = arrivals.settle

    def meanwhile(connection: object, *rest: object) -> bool:
        monkeypatch.setattr(arrivals, "settle", settle)
        casework.act_in(connection, opened, dispatcher, numbers[0], Act.of(Action.FEEDBACK, note="先报了"))  # type: ignore[arg-type]
        return settle(connection, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(arrivals, "settle", meanwhile)
    second = retry(opened, dispatcher, first.batch or 0)
    assert (second.counts["updated"], second.counts["rejected"]) == (CASES - 1, 1)
    waiting = small_office.rows('SELECT batch_id, "row" FROM import_reject WHERE taken_by IS NULL')
    assert waiting == [(first.batch, 2)]


@pytest.mark.usefixtures("in_slices")
def test_all_or_nothing_counts_what_is_refused_while_it_is_written(
    tmp_path: Path, opened: Office, small_office: CommandLine, numbers: list[str]
) -> None:
    dispatcher = actors.find_operator(opened, "派遣员")
    casework.act_on(opened, dispatcher, numbers[3], Act.of(Action.FEEDBACK, note="先报了"))
    outcome = run(opened, dispatcher, "feedback", results(tmp_path, numbers), Options(max_errors=RejectLimit(0)))
    assert outcome.refused
    assert checked(small_office.database) == (1, 0, 0)


def test_a_dry_run_of_results_takes_no_turn(
    opened: Office, tmp_path: Path, small_office: CommandLine, numbers: list[str]
) -> None:
    busy = offices.open_office(small_office.database, "cli", small_office.clock)
    opened.database.turns.patience = arrivals.turns.BACKGROUND
    with busy.database.writing():
        outcome = run(
            opened, actors.find_operator(opened, "派遣员"), "feedback", results(tmp_path, numbers), Options(dry_run=True)
        )
    busy.close()
    assert outcome.counts["updated"] == CASES
    assert checked(small_office.database) == (0, 0, 0)


@pytest.mark.parametrize("kills", KILLS)
def test_a_killed_sheet_of_results_leaves_everything_or_nothing(
    small_office: CommandLine, tmp_path: Path, opened: Office, numbers: list[str], kills: int
) -> None:
    opened.close()
    file, draw, template = results(tmp_path, numbers), random.Random(9), small_office.database.read_bytes()
    for turn in range(kills):
        path = tmp_path / f"killed{turn}.db"
        path.write_bytes(template)
        is_done = ran_to_its_end(IMPORT, path, file, patience=draw.uniform(0, 0.5))
        opened = offices.open_office(path, "cli", small_office.clock)
        arrivals.resume(opened)
        opened.close()
        assert checked(path) in {(0, 0, 0), (CASES, 0, 1)}
        assert checked(path)[0] == CASES or not is_done
        assert is_sound(path)
