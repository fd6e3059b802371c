"""What somebody has no right to is refused, and who reached for it stands in the ledger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from small_office import OFFICE_ROLES, StaffedOffice

from gridconsole.domain.actions import Act, Action, Waiver
from gridconsole.domain.errors import (
    AdminAndAuditor,
    ApproverAsked,
    AxisWaivable,
    GuardDenied,
    MissingField,
    NotPermitted,
    RoleForbidden,
    StaleVersion,
    WaiverRefused,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.importing.engine import run
from gridconsole.services import actors, audit, case_queries, casework, operators, roster, setup, tasks
from gridconsole.services import office as offices
from gridconsole.services.casework import NewReport
from gridconsole.store import ledger_entries


def reported(office: StaffedOffice, action: str = "denied") -> list[tuple[str, str, dict[str, object]]]:
    """Subject, operator and facts of the entries of an action, oldest first."""
    with office.opened.database.reading() as connection:
        found = tuple(ledger_entries.lines(connection, office.opened.id, ledger_entries.LedgerQuery(action=action), 1000))[::-1]
    return [(line.subject, line.operator, dict(line.facts)) for line in found]


def everything(office: StaffedOffice, table: str) -> list[tuple[object, ...]]:
    with office.opened.database.reading() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")]


def test_an_act_without_the_role_changes_nothing_but_is_reported_with_its_case(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    before = {table: everything(office, table) for table in ("incident", "clock", "assignment", "day_counter")}
    with pytest.raises(RoleForbidden):
        casework.act_on(office.opened, office.actors[Role.CLERK], number, Act.of(Action.CHECK, result=Result.PASS))
    assert {table: everything(office, table) for table in before} == before
    assert reported(office) == [(number, "内勤", {"action": "check", "code": "C112", "number": number})]
    assert [entry.action for entry in case_queries.view(office.opened, number, None).timeline][-1] == "feedback", (
        "no entry of the case"
    )
    verdict = audit.verify(office.opened)
    assert verdict.ok, "the case still is what its own entries make of it"


def test_what_is_anothers_to_do_is_reported_too(office: StaffedOffice) -> None:
    number, urged, looked_at = (
        office.case_in(State.HANDLING),
        office.case_in(State.HANDLING),
        office.report(source=Source.PUBLIC).number,
    )
    office.act(number, Action.EXTEND, reason="等材料")
    office.act(urged, Action.SUPERVISION_ORDER, Role.SHIFT_LEADER, note="抓紧", reply_by=office.clock.at + timedelta(hours=3))
    leader = office.actors[Role.SHIFT_LEADER]
    operators.set_roles(office.opened, office.actors[Role.ADMIN], leader.name, {Role.SHIFT_LEADER, Role.DISPATCHER})
    both = actors.find_operator(office.opened, leader.name)
    other = office.join("另一内勤", Role.CLERK)
    office.act(looked_at, Action.ACCEPT)
    sent = tasks.find_assignee(office.opened, office.actors[Role.INSPECTOR].name, looked_at)
    office.act(looked_at, Action.SEND, assignee=sent)
    another = office.join("另一核查员", Role.INSPECTOR)
    for case, act, actor in (
        (number, Act.of(Action.RECALL), other),
        (urged, Act.of(Action.REPLY, note="在办"), both),
        (looked_at, Act.of(Action.VERIFY, result=Result.TRUE), another),
    ):
        with pytest.raises(GuardDenied):
            casework.act_on(office.opened, actor, case, act)
    assert reported(office) == [
        (number, "另一内勤", {"action": "recall", "code": "C115", "number": number}),
        (urged, leader.name, {"action": "reply", "code": "C115", "number": urged}),
        (looked_at, "另一核查员", {"action": "verify", "code": "C162", "number": looked_at}),
    ]


def test_who_asks_for_somebody_to_keep_and_to_inspect_is_reported(office: StaffedOffice) -> None:
    admin = office.actors[Role.ADMIN]
    for attempt in (
        lambda: operators.add(office.opened, admin, "一人", {Role.ADMIN, Role.AUDITOR}),
        lambda: operators.set_roles(office.opened, admin, "内勤", {Role.ADMIN, Role.AUDITOR}),
    ):
        with pytest.raises(AdminAndAuditor):
            attempt()
    assert [facts for _, _, facts in reported(office)] == [{"what": "apart", "code": "C176"}] * 2


def test_a_second_persons_word_is_not_asked_for_where_it_cannot_help(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    asked = office.join("什么都做", *OFFICE_ROLES)
    casework.act_on(
        office.opened, asked, number, Act.of(Action.SUSPEND, reason="等材料", until=office.opened.today() + timedelta(days=9))
    )
    office.act(number, Action.FIRST_OPINION, result=Result.SUPPORT)
    waiver = Waiver(office.actors[Role.SHIFT_LEADER], "人手不够")
    for act in (Act.of(Action.GRANT), Act.of(Action.GRANT, waiver=waiver)):
        with pytest.raises(ApproverAsked):
            casework.act_on(office.opened, asked, number, act)


def test_a_mistake_is_no_denial(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    for act, error in (
        (Act.of(Action.CHECK), MissingField),
        (Act.of(Action.CHECK, result=Result.PASS, expected_version=1), StaleVersion),
    ):
        with pytest.raises(error):
            casework.act_on(office.opened, office.actors[Role.INSPECTOR], number, act)
    assert reported(office) == []


def test_reports_the_roster_the_operators_and_the_ledger_are_watched_alike(office: StaffedOffice) -> None:
    opened, dispatcher = office.opened, office.actors[Role.DISPATCHER]
    grid = office.grids["330106001001001"].id
    for attempt in (
        lambda: casework.intake(opened, office.actors[Role.AUDITOR], NewReport("井盖缺失", Source.PUBLIC)),
        lambda: roster.assign(opened, dispatcher, office.handlers["李小明"].id, grid),
        lambda: operators.accounts(opened, dispatcher),
        lambda: audit.entries(opened, dispatcher, ledger_entries.LedgerQuery(), 10),
        lambda: audit.anchor(opened, dispatcher),
    ):
        with pytest.raises((NotPermitted, RoleForbidden)):
            attempt()
    assert [facts.get("what") or facts.get("action") for _, _, facts in reported(office)] == [
        "report", "roster", "operators", "ledger", "anchor",
    ]  # fmt: skip
    assert {subject for subject, _, _ in reported(office)} == {f"office:{opened.id}"}


def test_a_sheet_of_results_read_by_somebody_who_may_not_is_reported_row_by_row(office: StaffedOffice, tmp_path: Path) -> None:
    number = office.case_in(State.HANDLING)
    sheet = tmp_path / "反馈.csv"
    sheet.write_text(f"案件号,处置结果\n{number},已清理\n", encoding="utf-8")
    outcome = run(office.opened, office.actors[Role.CLERK], "feedback", sheet)
    assert [issue.code for issue in outcome.issues] == ["E501"]
    assert reported(office) == [(number, "内勤", {"action": "feedback", "code": "C112", "number": number})]


def torn_case(office: StaffedOffice) -> tuple[str, Actor]:
    """A case fed back by one who also holds the inspector's role."""
    actors.add_operator(office.opened, "全能", [Role.DISPATCHER, Role.INSPECTOR])
    one = actors.find_operator(office.opened, "全能")
    number = office.case_in(State.HANDLING)
    casework.act_on(office.opened, one, number, Act.of(Action.FEEDBACK, note="已清理"))
    return number, one


def test_a_waived_act_is_two_entries_by_two_people(office: StaffedOffice) -> None:
    number, one = torn_case(office)
    passed = Act.of(Action.CHECK, result=Result.PASS)
    with pytest.raises(AxisWaivable):
        casework.act_on(office.opened, one, number, passed)
    view = case_queries.view(office.opened, number, one)
    assert view.waivable == (Action.CHECK,)
    assert Action.CHECK in view.actions
    waiver = Waiver(office.actors[Role.CLERK], "核查员病假\x1b[2J")
    assert (
        casework.act_on(office.opened, one, number, Act.of(Action.CHECK, result=Result.PASS, waiver=waiver)).state
        is State.TO_CLOSE
    )
    assert reported(office, "waive") == [
        (number, "内勤", {"action": "check", "number": number, "operator": "全能", "past_action": "feedback"})
    ]
    last = case_queries.view(office.opened, number, None).timeline[-1]
    assert (last.action, last.operator, last.facts["waived_by"]) == ("check", "全能", "内勤")
    assert audit.verify(office.opened).ok
    assert [facts["code"] for _, _, facts in reported(office)] == ["C120"]


def test_a_waiver_switched_off_elsewhere_holds_at_once(office: StaffedOffice) -> None:
    number, one = torn_case(office)
    other = offices.open_office(office.opened.database.path, "cli", office.clock)
    operators.change_settings(other, office.actors[Role.ADMIN], {"axis_waiver": False})
    other.close()
    waiver = Waiver(office.actors[Role.CLERK], "核查员病假")
    with pytest.raises(WaiverRefused):
        casework.act_on(office.opened, one, number, Act.of(Action.CHECK, result=Result.PASS, waiver=waiver))
    assert office.load(number).case.state is State.TO_CHECK
    assert reported(office, "waive") == []


@pytest.mark.parametrize(
    ("model", "allowed"), [("xdistrict", True), ("dongcheng", False), ("yichang", False), ("zhoushan", False)]
)
def test_only_the_small_district_begins_with_the_waiver(tmp_path: Path, model: str, allowed: bool) -> None:
    opened = setup.initialise(tmp_path / "new.db", "某区", model, "cli")
    assert opened.circumstances().waiver_allowed is allowed
    opened.close()
