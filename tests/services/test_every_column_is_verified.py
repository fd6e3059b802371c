"""Whatever the file keeps of a case, verifying the ledger finds that somebody else changed it, unless it is said here why not."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from small_office import StaffedOffice

from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.chain import Flaw
from gridconsole.domain.states import Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.task import Look
from gridconsole.importing.engine import run
from gridconsole.services import audit, escalation, persons, tasks
from gridconsole.store import case_rest
from gridconsole.store.case_rest import ADDED_COLUMNS, CASE_COLUMNS, SIDE_COLUMNS
from gridconsole.store.engine import driver
from gridconsole.store.tables.everything import METADATA

LEFT_OUT = {
    "incident": {
        "rung": "the ladder's, between acts", "import_key": "what the source's next list is compared with",
        "source_ref": "may be erased by law; the first entry has it", "extra": "may be erased by law",
    },
    "clock": {"fired": "the ladder's, between acts", "look_at": "the ladder's, between acts"},
    "assignment": {},
    "case_request": {
        "reason": "may be erased by law; attested by itself", "opined_words": "may be erased by law; attested by itself",
        "decided_words": "may be erased by law; attested by itself",
    },
    "call_back": {"reason": "may be erased by law; attested by itself"},
    "supervision_order": {
        "requirement": "may be erased by law; attested by itself", "reply": "may be erased by law; attested by itself",
    },
    "task": {"note": "may be erased by law; attested by itself", "photos": "may be erased by law; attested by itself"},
}  # fmt: skip
NOT_OF_THE_CASE = {
    "alarm": "attested by itself, row by row", "case_link": "judging a pair has an entry of its own",
    "read_mark": "what an operator looked at", "retired_case": "has a digest on record", "list_mark": "what another system says", "earlier_mark": "what another system said",
}  # fmt: skip
CASES = METADATA.tables
COLUMNS = [
    (table, column.name) for table in LEFT_OUT for column in CASES[table].columns if column.name not in LEFT_OUT[table]
]  # fmt: skip


def lived(office: StaffedOffice) -> str:
    """A case with a row in every table beside it; returns its number."""
    number = office.report(source=Source.PUBLIC, address="幸福路1号", reporter_name="张三", reporter_phone="13812345678").number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.SEND, assignee=tasks.find_assignee(office.opened, "王[/]芳", number))
    office.act(number, Action.VERIFY, result=Result.TRUE, look=Look(office.clock.at, ("前.jpg",)))
    office.act(number, Action.FILE)
    office.act(
        number, Action.DISPATCH, handler=office.handlers["城管局"], cooperating=(office.handlers["环卫所"],), note="一起去"
    )
    office.grant(number, Action.EXTEND)
    office.act(number, Action.SUPERVISION_ORDER, note="抓紧", reply_by=office.clock.at + timedelta(hours=5))
    office.act(number, Action.REPLY, note="在办")
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.YES, Satisfaction.SATISFIED))
    return number


def forge(office: StaffedOffice, *statements: str) -> None:
    """Change the file as somebody who holds it can: without triggers, checks and foreign keys."""
    with closing(driver.connect(office.opened.database.path)) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            assert connection.execute(statement).rowcount > 0, statement
        connection.commit()


def no_digests(connection: object, keys: Collection[int]) -> list[dict[str, str]]:
    """Entries as programs wrote them before there was a digest."""
    return [{} for _ in keys]


def found(office: StaffedOffice) -> str:
    """The column that verifying names; empty if everything holds."""
    verdict = audit.verify(office.opened)
    assert verdict.ok or verdict.flaw is Flaw.CASE
    return verdict.column


def test_every_table_beside_a_case_is_decided_on() -> None:
    beside = {name for name, table in CASES.items() if any(key.column.table.name == "incident" for key in table.foreign_keys)}
    assert beside | {"incident"} == LEFT_OUT.keys() | NOT_OF_THE_CASE.keys()
    assert SIDE_COLUMNS.keys() | {"incident"} == LEFT_OUT.keys()


def test_the_columns_of_the_digest_are_those_that_entries_were_written_with() -> None:
    """Another list makes every entry already written look forged: what a later program adds needs a digest of its own."""
    assert (len(CASE_COLUMNS), {table: len(columns) for table, columns in SIDE_COLUMNS.items()}) == (
        13, {"clock": 11, "assignment": 7, "case_request": 19, "call_back": 7, "supervision_order": 9, "task": 19},
    )  # fmt: skip
    assert {table: len(columns) for table, columns in ADDED_COLUMNS.items()} == {"clock": 2, "assignment": 3}


def test_a_change_of_any_column_by_anybody_else_is_found(office: StaffedOffice) -> None:
    key = office.load(lived(office)).id
    assert found(office) == ""
    unseen = []
    for table, column in COLUMNS:
        kind, mine = CASES[table].columns[column].type.python_type, "id" if table == "incident" else "incident_id"
        value = f"coalesce({column}, 0) + 700" if kind is int else f"coalesce({column}, '') || '9'"
        changed = f"UPDATE {table} SET {column} = {value} WHERE {mine} = {key}"
        with closing(driver.connect(":memory:")) as before, closing(driver.connect(office.opened.database.path)) as file:
            file.backup(before)
            forge(office, changed)
            if not found(office):
                unseen.append((table, column))
            before.backup(file)
    assert (unseen, found(office)) == ([], "")


@pytest.mark.parametrize("table", SIDE_COLUMNS)
def test_a_row_that_was_taken_away_is_found(office: StaffedOffice, table: str) -> None:
    key = office.load(lived(office)).id
    forge(office, f"DELETE FROM {table} WHERE incident_id = {key}")
    assert found(office) == "rest"


def test_a_row_that_was_put_there_is_found(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    forge(office, f"INSERT INTO assignment (incident_id, handler_kind, handler_id, role, started_at)"
          f" SELECT id, 'unit', 1, 'cooperating', recorded_at FROM incident WHERE number = '{number}'")  # fmt: skip
    assert found(office) == "rest"


def test_what_the_sweep_notes_down_and_what_is_erased_by_law_are_no_forgeries(office: StaffedOffice) -> None:
    number = lived(office)
    late = office.case_in(State.HANDLING)
    with office.opened.database.reading() as connection:
        before = connection.exec_driver_sql("SELECT max(fired), max(rung) FROM clock, incident").one()
    office.clock.advance(days=60)
    assert escalation.sweep(office.opened) > 0
    with office.opened.database.reading() as connection:
        assert tuple(connection.exec_driver_sql("SELECT max(fired), max(rung) FROM clock, incident").one()) == (300, 300) > before
    assert found(office) == ""
    office.act(late, Action.FEEDBACK, note="已清理")
    assert found(office) == ""
    persons.erase(office.opened, office.actors[Role.ADMIN], "13812345678", None, "本人要求")
    assert found(office) == ""
    forge(office, f"UPDATE incident SET due_stage = 'file' WHERE number = '{number}'")
    assert found(office) == "rest"


def test_a_summary_that_is_not_the_texts_is_found(office: StaffedOffice) -> None:
    number = office.report(text="第一行\n第二行").number
    forge(office, f"UPDATE incident SET summary = '别的' WHERE number = '{number}'")
    assert found(office) == "summary"


def test_a_title_that_a_list_gave_is_compared_with_the_entry_that_brought_it(office: StaffedOffice, tmp_path: Path) -> None:
    file = tmp_path / "hotline.csv"
    file.write_text("工单编号,标题,反映内容,来电时间\nG1,井盖,井盖破损\\n求修,2026-11-23 08:30\n", encoding="utf-8")
    run(office.opened, office.actors[Role.CLERK], "incidents", file)
    assert found(office) == ""
    forge(office, "UPDATE incident SET summary = '别的' WHERE summary = '井盖'")
    assert found(office) == "summary"


def test_an_entry_without_a_digest_does_not_switch_the_check_off(office: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor does a later one with a digest put it right: what it was made of, nobody attested."""
    number = office.case_in(State.HANDLING)
    with monkeypatch.context() as forger:
        forger.setattr(case_rest, "digests", no_digests)
        office.act(number, Action.NOTE, note="无事")
    assert found(office) == "rest"
    office.act(number, Action.FEEDBACK, note="已清理")
    assert found(office) == "rest"


def test_entries_from_before_the_first_digest_are_no_forgery(office: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as earlier:
        earlier.setattr(case_rest, "digests", no_digests)
        number = office.case_in(State.HANDLING)
    assert found(office) == ""
    office.act(number, Action.FEEDBACK, note="已清理")
    assert found(office) == ""
    forge(office, f"UPDATE incident SET due_stage = 'file' WHERE number = '{number}'")
    assert found(office) == "rest"
