"""Offices that earlier programs wrote open, verify and act; ``tests/offices`` holds a demo of schemas 1, 5, 10, 12, 23 and 28 as it was written."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.states import Result, State
from gridconsole.reporting import request
from gridconsole.reporting.registry import KINDS
from gridconsole.services import actors, audit, backups, case_queries, casework, handlers, indexing
from gridconsole.services import office as offices
from gridconsole.services.office import Office
from gridconsole.store import schema, searching, text_index
from gridconsole.store.engine import driver

OFFICES = Path(__file__).parents[1] / "offices"
MONDAY = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)
"""10:00 in the office, on the first workday after the offices were written."""
INDEXED = 14
"""Schema from which programs fill the index of texts themselves."""
SCHEMAS = (1, 5, 10, 12, 23, 28)


@pytest.fixture(params=SCHEMAS)
def written(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[int, Path]:
    """A database of an earlier program, with its schema."""
    path = tmp_path / "office.db"
    packed = OFFICES / f"office-schema-{request.param:02d}.db.zst"
    with packed.open("rb") as source, path.open("wb") as target:
        zstandard.ZstdDecompressor().copy_stream(source, target)
    path.chmod(0o600)
    return request.param, path


def counted(path: Path) -> tuple[int, int, int]:
    """Schema, cases and entries of a file."""
    with driver.connect(str(path)) as connection:
        found = connection.execute("SELECT (SELECT count(*) FROM incident), (SELECT count(*) FROM ledger)").fetchone()
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    return (version, *found)


def to_checked(opened: Office, number: str) -> State:
    """Take a filed case through dispatch, feedback and check, by three people."""
    people = {name: actors.find_operator(opened, name) for name in ("派遣员", "核查员")}
    ranking = handlers.ranking_for(opened, number)
    handler = ranking.candidates[0].handler if ranking.candidates else ranking.excluded[0].handler
    casework.act_on(opened, people["派遣员"], number, Act.of(Action.DISPATCH, handler=handler, reason="已电话联系"))
    casework.act_on(opened, people["派遣员"], number, Act.of(Action.FEEDBACK, "已清理"))
    return casework.act_on(opened, people["核查员"], number, Act.of(Action.CHECK, result=Result.PASS)).state


def test_an_earlier_office_opens_verifies_and_acts(written: tuple[int, Path]) -> None:
    version, path = written
    before = counted(path)
    assert before[0] == version
    opened = offices.open_office(path, "cli", lambda: MONDAY)
    assert counted(path)[0] == schema.SCHEMA
    assert counted(path)[1:] == before[1:]
    assert audit.verify(opened).ok
    with opened.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall() == []
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        # Filled by what the ledger tells: who ended the stages, and how the turns ended.
        ended = connection.exec_driver_sql("SELECT count(stopped_at), count(stopped_by) FROM clock WHERE stage <> 'handle'").one()
        assert ended[0] == ended[1] > 0
        turns = connection.exec_driver_sql("SELECT count(ended_at), count(ended_how), count(due_at) FROM assignment").one()
        assert turns[0] == turns[1] and turns[2] > 0
        waiting = (
            connection.exec_driver_sql("SELECT number FROM incident WHERE state = 'to_dispatch' ORDER BY id").scalars().all()
        )
        reported = connection.exec_driver_sql(
            "SELECT number FROM incident WHERE state = 'reported' AND source = 'warden' AND category_id IS NOT NULL ORDER BY id LIMIT 1"
        ).scalar()
    acceptor, leader = actors.find_operator(opened, "受理员"), actors.find_operator(opened, "值班长")
    if reported is not None:
        casework.act_on(opened, acceptor, reported, Act.of(Action.ACCEPT))
        casework.act_on(opened, leader, reported, Act.of(Action.FILE))
        waiting = [reported, *waiting]
    assert to_checked(opened, waiting[0]) is State.TO_CLOSE
    assert case_queries.view(opened, waiting[0], leader).timeline[-1].action == Action.CHECK
    assert audit.verify(opened).ok
    kind = KINDS["daily"]
    assert kind.made(opened, request.asked(opened, kind, None)).metrics
    # The index of texts is filled beside the work; before, in between and afterwards every case is found.
    with opened.database.reading() as connection:
        texts = connection.exec_driver_sql("SELECT number, text FROM incident WHERE length(text) > 4").all()
        assert (text_index.left_to_fill(connection) > 0) is (version < INDEXED)
    assert texts
    for slices in (0, None):
        assert (indexing.fill(opened, slices=slices, pause=0) == 0) is (slices is None or version >= INDEXED)
        for number, text in texts:
            with opened.database.reading() as connection:
                rows = searching.search(connection, opened.id, searching.Search(words=text[:4]), 1000)
            assert number in {row.number for row in rows}, text
    opened.close()


def test_an_earlier_office_is_backed_up_before_it_is_migrated(written: tuple[int, Path], tmp_path: Path) -> None:
    version, path = written
    untouched = tmp_path / "untouched.db"
    shutil.copy(path, untouched)
    offices.open_office(path, "cli", lambda: MONDAY).close()
    made = [item for item in backups.listed(backups.folder_of(path)) if item.header is not None]
    assert len(made) == (version != schema.SCHEMA)
    assert all(item.header is not None and item.header.manifest.schema == version for item in made)
