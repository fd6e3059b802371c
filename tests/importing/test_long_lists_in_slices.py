"""A long list holds nobody up for long, and still comes whole or not at all, whatever becomes of the program that takes it in."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from killing import ran_to_its_end
from office_cli import CommandLine

from gridconsole.domain.errors import DatabaseBusy, TimeBehind
from gridconsole.importing.engine import run
from gridconsole.importing.kinds.incidents import IncidentsPlan
from gridconsole.importing.options import Options
from gridconsole.importing.undo import undo
from gridconsole.services import actors, arrivals, persons
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import pending
from gridconsole.store.engine import driver

ROWS = 60
KILLS = [6, pytest.param(60, marks=pytest.mark.nightly)]
"""How often a program is killed: by day, and at night."""
IMPORT = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gridconsole.importing.engine import run
from gridconsole.services import arrivals
from gridconsole.services import office as offices
from gridconsole.services import actors

arrivals.SLICE, arrivals.AT_ONCE = 5, 10
opened = offices.open_office(Path(sys.argv[1]), "cli", lambda: datetime(2026, 11, 23, 6, tzinfo=UTC))
actor = actors.find_operator(opened, "内勤")
print("ready", flush=True)
run(opened, actor, "incidents", Path(sys.argv[2]))
print("done", flush=True)
"""


def a_list(folder: Path, rows: int = ROWS, text: str = "路灯不亮") -> Path:
    """A list of reports, every one of another day's number."""
    return text_file(
        folder,
        lines("工单编号,受理时间,主要内容", *(f"G{at},2026-11-{1 + at % 20:02d} 09:00,{text}第{at}处" for at in range(rows))),
    )


@pytest.fixture
def in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices small enough for a test."""
    monkeypatch.setattr(arrivals, "SLICE", 5)
    monkeypatch.setattr(arrivals, "NOTES_SLICE", 2)
    monkeypatch.setattr(arrivals, "AT_ONCE", 10)
    monkeypatch.setattr(arrivals, "UNDO_AT_ONCE", 10)


def counted(path: Path) -> tuple[int, int, int]:
    """Cases, slices that wait, and batches the ledger tells of."""
    with driver.connect(str(path)) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM import_stage),"
            " (SELECT count(*) FROM ledger WHERE subject_kind = 'batch' AND action = 'import')"
        ).fetchone()
    return tuple(found)


def is_sound(path: Path) -> bool:
    """Whether SQLite finds nothing wrong in the file."""
    with driver.connect(str(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


@pytest.mark.usefixtures("in_slices")
def test_a_list_in_slices_is_what_it_is_in_one_piece(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reported = "SELECT number, state, import_key, batch_id, due_at, recorded_at FROM incident ORDER BY number"
    file, other = a_list(tmp_path), tmp_path / "other.db"
    other.write_bytes(small_office.database.read_bytes())
    assert small_office.imports("incidents", file).counts == {"inserted": ROWS}
    in_slices = small_office.rows(reported)
    assert small_office.rows("SELECT count(*) FROM import_stage") == [(0,)]
    assert small_office("ledger", "verify", "--json").json["ok"] is True
    monkeypatch.setattr(arrivals, "AT_ONCE", 10_000)
    opened = offices.open_office(other, "cli")
    run(opened, actors.find_operator(opened, "内勤"), "incidents", file)
    opened.close()
    with driver.connect(str(other)) as connection:
        assert connection.execute(reported).fetchall() == in_slices


@pytest.mark.usefixtures("in_slices")
def test_notes_on_known_cases_go_in_slices_and_can_be_taken_back(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office.imports("incidents", a_list(tmp_path)).counts == {"inserted": ROWS}
    corrected = a_list(tmp_path, text="路灯不亮，已三天，")
    assert small_office.imports("incidents", corrected).counts == {"updated": ROWS}
    assert small_office.imports("incidents", corrected).counts == {"unchanged": ROWS}
    assert small_office.rows("SELECT count(*) FROM import_change WHERE batch_id > 1")[0][0] >= ROWS
    assert small_office("ledger", "verify", "--json").json["ok"] is True


@pytest.mark.usefixtures("in_slices")
def test_a_batch_is_there_once_all_of_it_is_written(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(small_office("batch", "list", "--json").json)
    deliver, seen = arrivals.deliver, []

    def stopped(_desk: Office, batch: int, _progress: object = None) -> None:
        seen.append(batch)

    monkeypatch.setattr(arrivals, "deliver", stopped)
    opened = offices.open_office(small_office.database, "cli")
    run(opened, actors.find_operator(opened, "内勤"), "incidents", a_list(tmp_path))
    assert counted(small_office.database)[0] == 0
    with opened.database.reading() as connection:
        assert pending.is_import_staged(connection)
    deliver(opened, seen[0])
    opened.close()
    assert counted(small_office.database)[:2] == (ROWS, 0)
    assert len(small_office("batch", "list", "--json").json) == before + 1


@pytest.mark.usefixtures("in_slices")
def test_a_list_is_not_set_down_by_a_clock_that_was_set_back(small_office: CommandLine, tmp_path: Path) -> None:
    opened = offices.open_office(small_office.database, "cli")
    clerk = actors.find_operator(opened, "内勤")
    brought = run(opened, clerk, "incidents", a_list(tmp_path)).batch
    assert brought is not None
    file, before = a_list(tmp_path, text="井盖缺失"), counted(small_office.database)
    right = opened.now
    opened.now = lambda: right() - timedelta(hours=1)
    with pytest.raises(TimeBehind):
        run(opened, clerk, "incidents", file)
    with pytest.raises(TimeBehind):
        undo(opened, clerk, brought)
    assert counted(small_office.database) == before
    opened.now = right
    assert run(opened, clerk, "incidents", file).counts["updated"] == ROWS
    opened.close()


@pytest.mark.usefixtures("in_slices")
def test_who_is_erased_does_not_come_back_with_what_waits_to_be_written(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = offices.open_office(small_office.database, "cli")
    file = a_list(tmp_path, text="13855550000 来电：路灯不亮")
    with monkeypatch.context() as patched:
        patched.setattr(arrivals, "deliver", lambda *_: None)
        run(opened, actors.find_operator(opened, "内勤"), "incidents", file)
        assert counted(small_office.database)[0] == 0
    administrator = actors.find_operator(opened, "系统管理员")
    erased = persons.erase(opened, administrator, "13855550000", None, "本人要求删除")
    opened.close()
    assert len(erased.cases) == ROWS
    assert counted(small_office.database)[:2] == (ROWS, 0)
    assert b"13855550000" not in small_office.database.read_bytes()


@pytest.mark.usefixtures("in_slices")
def test_the_next_command_goes_on_where_a_program_ended(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "deliver", lambda *_: None)
    opened = offices.open_office(small_office.database, "cli")
    run(opened, actors.find_operator(opened, "内勤"), "incidents", a_list(tmp_path))
    opened.close()
    assert len(small_office("incident", "list", "--limit", "200", "--json").json) == ROWS
    assert counted(small_office.database)[1] == 0
    assert small_office("ledger", "verify", "--json").json["ok"] is True


@pytest.mark.parametrize("kills", KILLS)
def test_a_killed_import_leaves_everything_or_nothing(small_office: CommandLine, tmp_path: Path, kills: int) -> None:
    file, draw = a_list(tmp_path), random.Random(7)
    template = small_office.database.read_bytes()
    seen = set()
    for turn in range(kills):
        path = tmp_path / f"killed{turn}.db"
        path.write_bytes(template)
        before = counted(path)[0]
        is_done = ran_to_its_end(IMPORT, path, file, patience=draw.uniform(0, 0.5))
        opened = offices.open_office(path, "cli")
        arrivals.resume(opened)
        opened.close()
        cases, waiting, batches = counted(path)
        assert cases - before in (0, ROWS)
        assert waiting == 0
        assert is_sound(path)
        assert cases - before == ROWS or not is_done
        seen.add((cases - before, batches))
        for each in tmp_path.glob(f"{path.name}*"):
            each.unlink()
    assert len(seen) <= 2


@pytest.mark.usefixtures("in_slices")
def test_a_dry_run_takes_no_turn(small_office: CommandLine, tmp_path: Path, open_beside: Callable[[], Office]) -> None:
    busy, opened = open_beside(), open_beside()
    opened.database.turns.patience = arrivals.turns.BACKGROUND
    actor = actors.find_operator(opened, "内勤")
    with busy.database.writing():
        outcome = run(opened, actor, "incidents", a_list(tmp_path), Options(dry_run=True))
        with pytest.raises(DatabaseBusy):
            run(opened, actor, "incidents", a_list(tmp_path))
    assert outcome.read == ROWS
    assert counted(small_office.database)[0] == 0


@pytest.mark.usefixtures("in_slices")
def test_what_another_import_brought_meanwhile_is_known(
    small_office: CommandLine, tmp_path: Path, open_beside: Callable[[], Office], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, file = open_beside(), open_beside(), a_list(tmp_path)
    conclude, times = IncidentsPlan.conclude, []

    def meanwhile(plan: IncidentsPlan) -> None:
        conclude(plan)
        times.append(plan.context.office)
        if len(times) == 1:
            run(second, actors.find_operator(second, "内勤"), "incidents", file)

    monkeypatch.setattr(IncidentsPlan, "conclude", meanwhile)
    outcome = run(first, actors.find_operator(first, "内勤"), "incidents", file)
    assert {verdict.value: count for verdict, count in outcome.counts.items() if count} == {"unchanged": ROWS}
    assert counted(small_office.database)[:2] == (ROWS, 0)


@pytest.fixture
def open_beside(small_office: CommandLine) -> object:
    """Opens the office as another terminal does."""
    everything: list[Office] = []

    def another() -> Office:
        everything.append(offices.open_office(small_office.database, "cli"))
        return everything[-1]

    yield another
    for opened in everything:
        opened.close()


UNDO = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from gridconsole.importing.undo import undo
from gridconsole.services import arrivals
from gridconsole.services import office as offices
from gridconsole.services import actors

arrivals.UNDO_SLICE, arrivals.UNDO_AT_ONCE = 3, 5
opened = offices.open_office(Path(sys.argv[1]), "cli", lambda: datetime(2026, 11, 23, 6, tzinfo=UTC))
actor = actors.find_operator(opened, "内勤")
print("ready", flush=True)
undo(opened, actor, int(sys.argv[2]))
print("done", flush=True)
"""


def left(path: Path) -> tuple[int, int, int]:
    """Cases that are not withdrawn, slices that wait, and batches that were undone."""
    with driver.connect(str(path)) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM incident WHERE state <> 'voided'), (SELECT count(*) FROM import_stage),"
            " (SELECT count(*) FROM ledger WHERE subject_kind = 'batch' AND action = 'import_undo')"
        ).fetchone()
    return tuple(found)


def test_taking_a_long_list_back_in_slices_is_what_it_is_in_one_piece(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "UNDO_SLICE", 7)
    monkeypatch.setattr(arrivals, "UNDO_AT_ONCE", 5)
    batch = small_office.imports("incidents", a_list(tmp_path)).json["batch"]
    numbers = [number for (number,) in small_office.rows("SELECT number FROM incident ORDER BY id")]
    assert small_office("incident", "act", numbers[3], "受理", "--operator", "受理员").status == 0
    tried = small_office("batch", "undo", str(batch), "--dry-run", "--json").json
    done = small_office("batch", "undo", str(batch), "--json").json
    assert (done["withdrawn"], done["kept"]) == (tried["withdrawn"], tried["kept"]) == (ROWS - 1, [numbers[3]])
    assert left(small_office.database) == (1, 0, 1)
    assert small_office("ledger", "verify", "--json").json["ok"] is True
    assert small_office("batch", "undo", str(batch), "--json").json["kept"] == [numbers[3]]


@pytest.mark.parametrize("kills", KILLS)
def test_a_killed_undo_takes_everything_back_or_nothing(small_office: CommandLine, tmp_path: Path, kills: int) -> None:
    batch = small_office.imports("incidents", a_list(tmp_path)).json["batch"]
    draw, template = random.Random(8), small_office.database.read_bytes()
    for turn in range(kills // 2):
        path = tmp_path / f"killed{turn}.db"
        path.write_bytes(template)
        is_done = ran_to_its_end(UNDO, path, batch, patience=draw.uniform(0, 0.5))
        opened = offices.open_office(path, "cli")
        arrivals.resume(opened)
        opened.close()
        assert left(path) in {(ROWS, 0, 0), (0, 0, 1)}
        assert left(path)[0] == 0 or not is_done
        assert is_sound(path)
