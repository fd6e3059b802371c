"""The invented district: built by the real import and the real acts, the same each time, and alive while somebody looks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from small_office import MONDAY_MORNING, Clock

from gridconsole.demo import feeder
from gridconsole.demo.build import build
from gridconsole.demo.casework import Player
from gridconsole.domain.codes import AssigneeKind
from gridconsole.domain.errors import DatabaseExists
from gridconsole.domain.states import State
from gridconsole.services import audit, callbacks, tasks
from gridconsole.services import office as offices
from gridconsole.services.office import Office

DAYS = 4


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int | float]]:
    """A demo of a few days, closed, and its summary."""
    path = tmp_path_factory.mktemp("demo") / "demo.db"
    return path, build(path, seed=7, days=DAYS, now=MONDAY_MORNING)


@pytest.fixture
def copied(district: tuple[Path, dict[str, int | float]], tmp_path: Path) -> Path:
    """A copy of it that may be changed."""
    return Path(shutil.copy(district[0], tmp_path / "demo.db"))


def states(opened: Office) -> Counter[str]:
    with opened.database.reading() as connection:
        return Counter(dict(connection.exec_driver_sql("SELECT state, count(*) FROM incident GROUP BY state").fetchall()))


def test_the_district_has_the_shape_of_x_district(district: tuple[Path, dict[str, int | float]]) -> None:
    summary = district[1]
    # Six subdistricts and a town; figures of the real district's own report.
    assert (summary["subdistricts"], summary["communities"], summary["workstations"]) == (7, 90, 54)
    assert (summary["wardens"], summary["departments"]) == (207, 25)
    assert 880 <= summary["grids"] <= 920


def test_its_history_is_genuine(copied: Path) -> None:
    opened = offices.open_office(copied, "cli")
    assert audit.verify(opened).ok
    assert {State.CLOSED, State.HANDLING, State.DECLINED} <= {State(state) for state in states(opened)}
    with opened.database.reading() as connection:
        late = dict(
            connection.exec_driver_sql("SELECT late, count(*) FROM clock WHERE stage = 'handle' GROUP BY late").fetchall()
        )
    opened.close()
    assert late[0] > late[1] > 0


def test_residents_were_called_back_and_more_are_to_be_called(copied: Path) -> None:
    opened = offices.open_office(copied, "demo", Clock(MONDAY_MORNING))
    rates = callbacks.rates_of(callbacks.calls_between(opened, MONDAY_MORNING - timedelta(days=DAYS), MONDAY_MORNING))
    assert rates.called > rates.reached >= rates.solved > 0
    assert callbacks.due(opened, 1000)
    opened.close()


def test_people_were_sent_to_look_and_some_looked_unsent(copied: Path) -> None:
    opened = offices.open_office(copied, "demo", Clock(MONDAY_MORNING))
    made = tasks.period(opened, MONDAY_MORNING - timedelta(days=DAYS), MONDAY_MORNING)
    opened.close()
    sent = [line for line in made.lines if line.sent_at is not None]
    assert len(made.lines) > len(sent) > 0
    assert {line.assignee.kind for line in sent} == set(AssigneeKind)
    assert any(line.photos for line in made.lines)
    assert made.checks > made.reworked > 0


def test_one_seed_makes_one_district(tmp_path: Path) -> None:
    first = build(tmp_path / "first.db", seed=7, days=3, now=MONDAY_MORNING)
    again = build(tmp_path / "again.db", seed=7, days=3, now=MONDAY_MORNING)
    other = build(tmp_path / "other.db", seed=8, days=3, now=MONDAY_MORNING)
    reported = {name: value for name, value in first.items() if name != "seconds"}
    assert {name: again[name] for name in reported} == reported
    assert {name: other[name] for name in reported} != reported


def test_a_real_office_is_never_taken_for_a_demo(office_file: Path) -> None:
    before = office_file.read_bytes()
    with pytest.raises(DatabaseExists):
        build(office_file, seed=1, days=1, now=MONDAY_MORNING)
    assert office_file.read_bytes() == before


def test_every_waiting_case_can_be_worked_off_by_the_feeder(copied: Path) -> None:
    clock = Clock(MONDAY_MORNING)
    opened = offices.open_office(copied, "demo", clock)
    player = Player(opened, 3, lambda _: None)
    before, entries = states(opened), audit.verify(opened).entries
    for _ in range(400):
        feeder.feed(opened, player)
        clock.at += timedelta(seconds=3)
    after = states(opened)
    assert audit.verify(opened).entries == entries + 400, "each event is an act; none is refused"
    assert after[State.CLOSED] > before[State.CLOSED]
    opened.close()


def test_the_feeder_ends_with_the_console(copied: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "gridconsole.demo.feeder", str(copied), "1", "zh_CN"],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _, talk = process.communicate(timeout=60)
    assert (process.returncode, talk) == (0, b"")
