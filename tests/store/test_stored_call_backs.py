"""Call-backs as they are stored: the lists ride their indices, a call is one row, and reopening begins a new turn."""

from __future__ import annotations

import pytest
from query_plans import plan_of
from small_office import StaffedOffice

from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.case import projection
from gridconsole.domain.states import Result, Satisfaction, Solved, Source, Stage, State
from gridconsole.services import audit, callbacks
from gridconsole.store import call_backs, cases, queue

ANGRY = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)


def closed(office: StaffedOffice) -> str:
    number = office.report(source=Source.PUBLIC, reporter_name="李小明", reporter_phone="13812345678").number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    finish(office, number)
    return number


def finish(office: StaffedOffice, number: str) -> None:
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (call_backs._DUE, "ix_incident_call_back_due"),
        (call_backs._DISSATISFIED, "ix_incident_call_back_dissatisfied"),
        (queue._DUE_CALLS, "ix_incident_call_back_due"),
        (queue._UNDECIDED, "ix_incident_call_back_dissatisfied"),
        (queue._CALLS_DUE, "ix_incident_call_back_due"),
        (queue._CALLS_UNDECIDED, "ix_incident_call_back_dissatisfied"),
        (queue._ASKED, "uq_case_request_open"),
        (queue._ORDERED, "ix_supervision_order_open"),
        (queue._SENT, "uq_task_open"),
    ],
)
def test_what_waits_is_found_by_its_own_index_already_in_order(office: StaffedOffice, statement: object, index: str) -> None:
    with office.opened.database.reading() as connection:
        plan = " | ".join(plan_of(connection, statement, office=1, limit=10, now="2026"))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_what_closed_cases_owe_is_found_among_what_is_open_and_not_among_all_there_ever_was(office: StaffedOffice) -> None:
    with office.opened.database.reading() as connection:
        plan = plan_of(connection, queue._OWED, office=1, limit=10)
    walked = {line.rpartition(" ")[2] for line in plan if line.startswith("SCAN")}
    assert walked == {"uq_case_request_open", "ix_supervision_order_open"}


def test_a_call_is_one_row_with_the_words_that_went_with_it(office: StaffedOffice) -> None:
    number = closed(office)
    office.act(number, Action.CALL_BACK, call_back=CallBack(False), note="关机")
    office.act(number, Action.CALL_BACK, call_back=ANGRY, reason="没来过[/]")
    with office.opened.database.reading() as connection:
        unreached, answered = call_backs.of_case(connection, office.opened.id, number)
    assert (unreached.reached, unreached.solved, unreached.satisfaction, unreached.reason) == (False, None, None, "关机")
    assert (answered.reached, answered.solved, answered.satisfaction, answered.reason) == (
        True, Solved.NO, Satisfaction.DISSATISFIED, "没来过[/]",
    )  # fmt: skip
    assert answered.at == office.opened.now()


def test_the_list_masks_whom_it_names(office: StaffedOffice) -> None:
    number = closed(office)
    (line,) = callbacks.due(office.opened, 10)
    assert (line.number, line.reporter, line.phone) == (number, "李**", "138****5678")
    office.act(number, Action.CALL_BACK, call_back=ANGRY, reason="没来过")
    assert callbacks.due(office.opened, 10) == ()
    (line,) = callbacks.dissatisfied(office.opened, 10)
    assert line.phone == "138****5678"


def test_a_reopened_case_has_a_new_turn_and_a_new_row_of_its_old_clock(office: StaffedOffice) -> None:
    number = closed(office)
    office.act(number, Action.CALL_BACK, call_back=ANGRY, reason="没来过")
    started = office.opened.now()
    office.clock.advance(days=2)
    office.act(number, Action.REOPEN, reason="现场未清理")
    loaded = office.load(number)
    assert loaded.case.state is State.HANDLING
    with office.opened.database.reading() as connection:
        turns = connection.exec_driver_sql(
            "SELECT ended_at IS NULL, late FROM assignment WHERE role = 'primary' ORDER BY id"
        ).all()
        clocks = [clock for clock in cases.clocks_of(connection, loaded.id) if clock.stage is Stage.HANDLE]
    assert [tuple(turn) for turn in turns] == [(0, 0), (1, None)]
    assert [clock.started_at for clock in clocks] == [started, started], "never restarted"
    assert [clock.stopped_at is None for clock in clocks] == [False, True], "what was judged stays as it was"
    finish(office, number)
    assert audit.verify(office.opened).ok


def test_a_row_and_its_ledger_agree_on_the_call_back(office: StaffedOffice) -> None:
    number = closed(office)
    for act in ({"call_back": CallBack(False)}, {"call_back": ANGRY, "reason": "没来过"}):
        office.act(number, Action.CALL_BACK, **act)
        said = projection(office.load(number).case)
        assert audit.verify(office.opened).ok, said
    office.act(number, Action.KEEP_CLOSED, reason="已按规定办理")
    assert projection(office.load(number).case)["call_back"] == "kept"
    assert audit.verify(office.opened).ok
