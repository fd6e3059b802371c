"""Tasks as they are stored: one row for everybody who was sent or looked, the list rides its index, and the row says what the ledger says."""

from __future__ import annotations

import pytest
from query_plans import plan_of
from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import AssigneeKind, TaskKind
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.domain.task import Assignee, AssigneeCandidate, Look
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.services import audit, casework
from gridconsole.services import tasks as sending
from gridconsole.store import tasks


def waiting(office: StaffedOffice, **more: str) -> str:
    """A resident's report that waits to be looked at; returns its number."""
    number = office.report(source=Source.PUBLIC, **more).number
    office.act(number, Action.ACCEPT)
    return number


def send(office: StaffedOffice, number: str, name: str) -> None:
    office.act(number, Action.SEND, assignee=sending.find_assignee(office.opened, name, number))


def rows(office: StaffedOffice, number: str, *, masked: bool = True) -> tuple[TaskLine, ...]:
    with office.opened.database.reading() as connection:
        return tasks.of_case(connection, office.opened.id, number, masked=masked)


@pytest.mark.parametrize(
    ("statement", "index"),
    [(tasks._OPEN, "ix_task_out"), (tasks._OF_CASE, "ix_task_incident_id"), (tasks._BETWEEN, "ix_task_ended_at")],
)
def test_what_is_out_is_found_by_its_own_index_already_in_order(office: StaffedOffice, statement: object, index: str) -> None:
    with office.opened.database.reading() as connection:
        plan = " | ".join(plan_of(connection, statement, office=1, number="2026112300001", first="a", last="b"))
    assert index in plan
    assert index != "ix_task_out" or "TEMP B-TREE" not in plan


def test_a_task_sent_and_sent_again_is_two_rows_and_only_the_last_is_out(office: StaffedOffice) -> None:
    number = waiting(office)
    office.clock.advance(minutes=5)
    send(office, number, "李小明")
    office.clock.advance(minutes=5)
    send(office, number, "核查员")
    first, second = rows(office, number)
    assert (first.assignee.name, first.ended, first.ended_at, first.result) == ("李小明", "resent", office.opened.now(), None)
    assert (second.assignee.kind, second.assignee.name, second.ended) == (AssigneeKind.OPERATOR, "核查员", "")
    assert (second.sent_by, second.sent_at) == ("受理员", office.opened.now())
    due = office.load(number).case.due_clock
    assert due is not None
    assert first.due_at == second.due_at == due.due_at, "the stage's clock, which nobody restarts"
    assert [line.assignee.name for line in sending.out(office.opened)] == ["核查员"]
    assert office.load(number).case.assignee == Assignee(AssigneeKind.OPERATOR, office.actors[Role.INSPECTOR].id, "核查员")


def test_a_wardens_finding_says_who_looked_and_who_keyed_it_in(office: StaffedOffice) -> None:
    number = waiting(office, reporter_name="王五六")
    send(office, number, "W001")
    keep_evaluation = office.clock.advance(minutes=10)
    office.clock.advance(minutes=5)
    look = Look(keep_evaluation, ("前[b].jpg", "王五六13812345678.jpg", "前[b].jpg"))
    office.act(number, Action.VERIFY, result=Result.TRUE, note="王五六说属实，13812345678", look=look)
    (line,) = rows(office, number)
    assert (line.assignee.name, line.keyed_by, line.looked_at, line.result) == ("李小明", "核查员", keep_evaluation, Result.TRUE)
    assert (line.ended, line.ended_at, line.in_time) == ("done", office.opened.now(), True)
    assert line.photos == ("前[b].jpg", "王**138****5678.jpg"), "named once, and masked"
    assert line.note == "王**说属实，138****5678"
    (clear,) = rows(office, number, masked=False)
    assert clear.photos[1] == "王五六13812345678.jpg"
    assert office.load(number).case.assignee is None
    assert audit.verify(office.opened).ok


def test_who_looks_unsent_has_a_row_too(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    office.clock.advance(minutes=45)
    office.act(number, Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    (line,) = rows(office, number)
    assert (line.kind, line.assignee.name, line.keyed_by, line.sent_at) == (TaskKind.CHECK, "核查员", "核查员", None)
    assert (line.result, line.in_time, line.looked_at, line.note) == (Result.FAIL, False, office.opened.now(), "仍有垃圾")
    assert (line.handler_name, line.handler) == ("城管局", ("unit", office.handlers["城管局"].id))


def test_a_result_in_the_very_last_moment_is_in_time(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    due = office.load(number).case.due_clock
    assert due is not None
    office.clock.at = due.due_at
    office.act(number, Action.CHECK, result=Result.PASS)
    assert rows(office, number)[0].in_time is True


@pytest.mark.parametrize("ending", [Action.DECLINE, Action.VOID])
def test_a_task_lapses_with_the_case_that_no_longer_waits(office: StaffedOffice, ending: Action) -> None:
    if ending is Action.DECLINE:
        number = waiting(office)
        send(office, number, "李小明")
        office.act(number, Action.DECLINE, reason="重复反映")
    else:
        number = office.case_in(State.TO_CHECK)
        send(office, number, "李小明")
        office.act(number, Action.VOID, reason="与他案重复")
        office.act(number, Action.GRANT)
    (line,) = rows(office, number)
    assert (line.ended, line.result, line.in_time) == ("lapsed", None, None)
    assert sending.out(office.opened) == ()
    assert audit.verify(office.opened).ok


def test_the_tables_own_checks_hold_a_judge_to_not_being_the_handler(office: StaffedOffice) -> None:
    office.case_in(State.TO_CHECK)
    insert = (
        "INSERT INTO task (incident_id, kind, assignee_kind, assignee_id, assignee_name, handler_kind, handler_id, ended, ended_at,"
        " looked_at, result, in_time) VALUES (1, '{}', 'warden', 7, '甲', {}, {}, {}, {}, {}, {}, {})"
    )
    at = "'2026-11-23T06:00:00.000000Z'"
    good = ("check", "'unit'", "7", "'done'", at, at, "'pass'", "1")
    for change in (
        {1: "'warden'"},
        {6: "'true'"},
        {6: "NULL"},
        {3: "'forgotten'"},
        {3: "NULL"},
        {4: "NULL"},
        {7: "NULL"},
        {0: "verify"},
    ):
        values = [change.get(place, value) for place, value in enumerate(good)]
        with office.opened.database.writing() as connection, pytest.raises(Exception, match="CHECK"):
            connection.exec_driver_sql(insert.format(*values))
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql(insert.format(*good))


def test_what_speaks_against_somebody_is_looked_up_in_the_transaction_and_never_believed(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_FILE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], reason="顺路")
    office.act(number, Action.FEEDBACK, note="已清理")
    handler = office.handlers["李小明"]
    lying = AssigneeCandidate(Assignee(AssigneeKind.WARDEN, handler.id, "别人"), rank="A")
    with pytest.raises(Exception, match="C161"):
        casework.act_on(office.opened, office.actors[Role.ACCEPTOR], number, Act.of(Action.SEND, assignee=lying))
    nobody = AssigneeCandidate(Assignee(AssigneeKind.OPERATOR, 4711, "某人"))
    with pytest.raises(Exception, match="C108"):
        casework.act_on(office.opened, office.actors[Role.ACCEPTOR], number, Act.of(Action.SEND, assignee=nobody))
    assert rows(office, number) == ()


def test_a_forged_assignee_is_found_by_replaying_the_ledger(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    send(office, number, "李小明")
    assert audit.verify(office.opened).ok
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE incident SET assignee = 'warden:2'")
    assert not audit.verify(office.opened).ok
