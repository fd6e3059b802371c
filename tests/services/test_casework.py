"""The one door: reports, acts, what they refuse, and what is read of a case."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from small_office import HOSTILE_ADDRESS, HOSTILE_NAME, LONG_COMPLAINT, StaffedOffice, local

from gridconsole.domain.actions import Act, Action, Need
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import (
    ActionNotInState,
    AxisConflict,
    HandlerExcluded,
    MissingField,
    NobodyOnDuty,
    NoHandler,
    Refused,
    SerialExhausted,
    StaleVersion,
    UnknownHandler,
    UnknownIncident,
)
from gridconsole.domain.parties import Handler
from gridconsole.domain.ranking import Exclusion, Tier
from gridconsole.domain.roster import BookTable, Line
from gridconsole.domain.states import Axis, Grade, Outcome, Result, Role, Source, Stage, State
from gridconsole.domain.text import summary_of
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services import actors, audit, case_queries, casework, handlers, roster
from gridconsole.services.casework import NewReport
from gridconsole.store import incidents, ledger, ledger_entries, queue
from gridconsole.store import offices as office_rows
from gridconsole.store import roster as book


def everything_counted(office: StaffedOffice) -> tuple[int, ...]:
    """How many rows the tables of cases have."""
    tables = ("incident", "ledger", "ledger_personal", "clock", "assignment", "day_counter")
    with office.opened.database.reading() as connection:
        return tuple(connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() for table in tables)


def assignments(office: StaffedOffice, number: str) -> list[tuple[str, int, str, bool, int | None]]:
    key = office.load(number).id
    with office.opened.database.reading() as connection:
        rows = connection.exec_driver_sql(
            "SELECT handler_kind, handler_id, role, ended_at IS NULL, late FROM assignment WHERE incident_id = ? ORDER BY id",
            (key,),
        )
        return [(row[0], row[1], row[2], bool(row[3]), row[4]) for row in rows]


# --- reports ----------------------------------------------------------------------------------------------------


def test_reports_of_a_day_are_numbered_from_one_and_the_next_day_begins_anew(office: StaffedOffice) -> None:
    assert [office.report().number for _ in range(3)] == ["2026112300001", "2026112300002", "2026112300003"]
    office.clock.at = local(date(2026, 11, 24), "00:00")
    assert office.report().number == "2026112400001"


def test_a_report_is_kept_whole_and_harmless(office: StaffedOffice) -> None:
    number = office.report(
        text=LONG_COMPLAINT, address=HOSTILE_ADDRESS + "\x1b[2J", reporter_name=HOSTILE_NAME, source_ref="热线\u202e88"
    ).number
    with office.opened.database.reading() as connection:
        detail = queue.detail(connection, office.opened.id, number)
    assert detail is not None
    assert detail.text == LONG_COMPLAINT.replace("\x1b]52;c;aGFja2Vk\x07", "")
    assert (detail.row.address, detail.source_ref, detail.reporter) == (HOSTILE_ADDRESS, "热线88", "𠮷***")
    assert detail.row.summary == detail.text[:80]


def test_a_receipt_says_number_state_version_and_deadline(office: StaffedOffice) -> None:
    receipt = office.report()
    assert (receipt.state, receipt.version, receipt.due_at) == (State.REPORTED, 1, office.clock() + timedelta(minutes=15))


@pytest.mark.parametrize("text", ["", "   \u3000 ", "\x1b[2J\u200b"])
def test_a_report_that_says_nothing_is_refused_and_takes_no_number(office: StaffedOffice, text: str) -> None:
    before = everything_counted(office)
    with pytest.raises(MissingField) as refusal:
        office.report(text=text)
    assert refusal.value.params["need"] is Need.TEXT
    assert everything_counted(office) == before
    assert office.report().number.endswith("00001")


def test_a_days_last_number_used_up_refuses_the_next_report_and_keeps_nothing_of_it(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        incidents.take_numbers(connection, office.opened.id, "20261123", 99_999)
    before = everything_counted(office)
    with pytest.raises(SerialExhausted):
        office.report()
    assert everything_counted(office) == before


def test_a_report_writes_one_entry_with_its_number_and_keeps_words_out_of_the_facts(office: StaffedOffice) -> None:
    number = office.report(text=LONG_COMPLAINT, reporter_phone="15999990000", source_ref="12345-88").number
    with office.opened.database.reading() as connection:
        (entry,) = ledger_entries.timeline(connection, "incident", office.load(number).id)
    assert (entry.action, entry.operator, entry.origin) == ("report", "受理员", "cli")
    assert (entry.facts["number"], entry.facts["source_ref"], entry.facts["state"]) == (number, "12345-88", "reported")
    assert "15999990000" not in str(entry.facts)
    with office.opened.database.reading() as connection:
        body = connection.exec_driver_sql("SELECT body FROM ledger_personal WHERE seq = ?", (entry.seq,)).scalar_one()
    assert json.loads(body) == {"text": LONG_COMPLAINT.replace("\x1b]52;c;aGFja2Vk\x07", ""), "phone": "15999990000"}


def test_a_summary_is_the_first_line_only() -> None:
    assert summary_of("井盖[/]破损\n联系电话13812345678") == "井盖[/]破损"
    assert len(summary_of(LONG_COMPLAINT)) == 80


# --- acts -------------------------------------------------------------------------------------------------------


def test_a_wardens_report_goes_through_all_stages_to_its_end(office: StaffedOffice) -> None:
    number = office.report().number
    seen = []
    for action, fields in (
        (Action.ACCEPT, {}),
        (Action.FILE, {}),
        (Action.DISPATCH, {"handler": office.handlers["城管局"]}),
        (Action.FEEDBACK, {"note": "已清理[/]"}),
        (Action.CHECK, {"result": Result.PASS}),
        (Action.CLOSE, {"outcome": Outcome.PARTLY}),
    ):
        office.clock.advance(minutes=5)
        receipt = office.act(number, action, **fields)
        seen.append((receipt.state, receipt.version))
    assert seen == [
        (State.TO_FILE, 2),
        (State.TO_DISPATCH, 3),
        (State.HANDLING, 4),
        (State.TO_CHECK, 5),
        (State.TO_CLOSE, 6),
        (State.CLOSED, 7),
    ]
    case = office.load(number).case
    assert (case.outcome, case.closed_at, case.clocks, receipt.due_at) == (Outcome.PARTLY, office.clock(), (), None)


def test_a_residents_report_is_verified_before_it_is_filed(office: StaffedOffice) -> None:
    number = office.report(source=Source.PUBLIC).number
    assert office.act(number, Action.ACCEPT).state is State.VERIFYING
    assert office.act(number, Action.VERIFY, result=Result.TRUE).state is State.TO_FILE


def test_filing_without_a_chosen_condition_takes_the_strictest(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    assert office.load(number).case.rule.condition == "少量"


def test_filing_again_keeps_the_condition_that_was_chosen(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_FILE)
    lenient = next(
        rule for rule in case_queries.rules_of(office.opened, office.categories["暴露垃圾"]) if rule.condition == "大量"
    )
    office.act(number, Action.FILE, rule=lenient)
    office.act(number, Action.SEND_BACK, Role.DISPATCHER, reason="网格不对")
    office.act(number, Action.FILE)
    assert office.load(number).case.rule == lenient


def test_filing_under_another_category_takes_that_ones_condition(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_FILE)
    office.act(number, Action.FILE, category_id=office.categories["非法小广告"])
    case = office.load(number).case
    assert (case.category_id, case.rule.condition) == (office.categories["非法小广告"], "①处以上")


def test_a_new_grid_moves_the_case_to_its_community(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_FILE)
    office.act(number, Action.FILE, grid_id=office.grids["330106102201001"].id)
    row = case_queries.view(office.opened, number, None).detail.row
    assert (row.grid_name, row.area_name) == ("石桥村第1网格", "石桥村")


@pytest.mark.parametrize(
    ("state", "act", "role", "error"),
    [
        (State.TO_DISPATCH, Act.of(Action.CLOSE), Role.SHIFT_LEADER, ActionNotInState),
        (State.TO_CHECK, Act.of(Action.CHECK), Role.INSPECTOR, MissingField),
        (State.HANDLING, Act.of(Action.FEEDBACK, note="\x1b[2J\u200b "), Role.DISPATCHER, MissingField),
        (State.HANDLING, Act.of(Action.RETURN, reason="非我职责", expected_version=3), Role.DISPATCHER, StaleVersion),
    ],
)
def test_a_refused_act_writes_nothing(office: StaffedOffice, state: State, act: Act, role: Role, error: type[Exception]) -> None:
    number = office.case_in(state)
    before, case = everything_counted(office), office.load(number)
    with pytest.raises(error):
        casework.act_on(office.opened, office.actors[role], number, act)
    assert everything_counted(office) == before
    assert office.load(number) == case
    assert audit.verify(office.opened).ok


def test_an_act_that_fails_half_way_leaves_nothing(office: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    number = office.case_in(State.TO_DISPATCH)
    before, case = everything_counted(office), office.load(number)

    def fails(*_: object) -> int:
        raise RuntimeError("power cut")

    monkeypatch.setattr(ledger, "append", fails)
    with pytest.raises(RuntimeError):
        office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    monkeypatch.undo()
    assert everything_counted(office) == before
    assert office.load(number) == case


def test_an_unknown_case_cannot_be_acted_on(office: StaffedOffice) -> None:
    for number in ("2026112399999", "", "[/]"):
        with pytest.raises(UnknownIncident):
            office.act(number, Action.NOTE, note="x")


def test_who_dispatched_a_case_may_not_check_it_but_may_check_another(office: StaffedOffice) -> None:
    actors.add_operator(office.opened, "王芳", [Role.DISPATCHER, Role.INSPECTOR])
    both = actors.find_operator(office.opened, "王芳")
    own, other = office.case_in(State.TO_DISPATCH), office.case_in(State.TO_CHECK)
    casework.act_on(office.opened, both, own, Act.of(Action.DISPATCH, handler=office.handlers["城管局"]))
    office.act(own, Action.FEEDBACK, note="已清理")
    with pytest.raises(AxisConflict) as refusal:
        casework.act_on(office.opened, both, own, Act.of(Action.CHECK, result=Result.PASS))
    assert refusal.value.params["past_action"] is Action.DISPATCH
    assert casework.act_on(office.opened, both, other, Act.of(Action.CHECK, result=Result.PASS)).state is State.TO_CLOSE


def test_every_act_remembers_the_axis_it_was_done_on(office: StaffedOffice) -> None:
    number = office.case_in(State.CLOSED)
    office.act(number, Action.NOTE, note="回访满意")
    axes = {past.action: past.axis for past in office.load(number).case.past}
    assert axes == {
        Action.REPORT: None,
        Action.ACCEPT: Axis.SUPERVISION,
        Action.FILE: Axis.SUPERVISION,
        Action.DISPATCH: Axis.COMMAND,
        Action.FEEDBACK: Axis.COMMAND,
        Action.CHECK: Axis.SUPERVISION,
        Action.CLOSE: Axis.SUPERVISION,
        Action.NOTE: None,
    }


# --- the same request twice -------------------------------------------------------------------------------------


def test_a_report_sent_twice_under_one_request_is_one_case(office: StaffedOffice) -> None:
    new, actor = NewReport("井盖缺失", Source.PUBLIC), office.actors[Role.ACCEPTOR]
    first = casework.intake(office.opened, actor, new, "请求-1")
    before = everything_counted(office)
    assert casework.intake(office.opened, actor, new, "请求-1") == first
    assert everything_counted(office) == before
    assert casework.intake(office.opened, actor, new, "请求-2").number != first.number
    assert casework.intake(office.opened, actor, new).number != first.number


def test_an_act_sent_twice_under_one_request_is_done_once(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    act = Act.of(Action.DISPATCH, handler=office.handlers["城管局"], expected_version=3)
    first = casework.act_on(office.opened, office.actors[Role.DISPATCHER], number, act, "a" * 64)
    before = everything_counted(office)
    again = casework.act_on(office.opened, office.actors[Role.DISPATCHER], number, act, "a" * 64)
    assert again == first
    assert everything_counted(office) == before


def test_a_request_answered_late_says_how_the_case_stands_now(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    act = Act.of(Action.DISPATCH, handler=office.handlers["城管局"], expected_version=3)
    casework.act_on(office.opened, office.actors[Role.DISPATCHER], number, act, "r")
    office.act(number, Action.FEEDBACK, note="已清理")
    again = casework.act_on(office.opened, office.actors[Role.DISPATCHER], number, act, "r")
    assert (again.state, again.version) == (State.TO_CHECK, 5)


def test_a_refused_request_may_be_sent_again(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    with pytest.raises(MissingField):
        casework.act_on(office.opened, office.actors[Role.INSPECTOR], number, Act.of(Action.CHECK), "r")
    receipt = casework.act_on(office.opened, office.actors[Role.INSPECTOR], number, Act.of(Action.CHECK, result=Result.PASS), "r")
    assert receipt.state is State.TO_CLOSE


# --- assignments ------------------------------------------------------------------------------------------------


def test_one_main_assignment_is_alive_exactly_while_the_case_is_handled(office: StaffedOffice) -> None:
    city, cleaners = office.handlers["城管局"], office.handlers["环卫所"]
    number = office.case_in(State.TO_DISPATCH)
    assert assignments(office, number) == []
    office.act(number, Action.DISPATCH, handler=city)
    assert assignments(office, number) == [("unit", city.id, "primary", True, None)]
    office.act(number, Action.REDISPATCH, handler=cleaners, reason="非其职责")
    ended = ("unit", city.id, "primary", False, None)
    assert assignments(office, number) == [ended, ("unit", cleaners.id, "primary", True, None)]
    office.clock.advance(hours=9)
    office.act(number, Action.FEEDBACK, note="已清理")
    assert assignments(office, number) == [ended, ("unit", cleaners.id, "primary", False, 1)]
    office.act(number, Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert assignments(office, number) == [ended, ("unit", cleaners.id, "primary", True, None)]
    office.act(number, Action.RETURN, reason="非其职责")
    office.act(number, Action.GRANT, Role.DISPATCHER)
    assert [alive for *_, alive, _ in assignments(office, number)] == [False, False]


def test_cooperating_units_are_recorded_and_end_with_the_handling(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    helpers = (office.handlers["环卫所"], office.handlers["李小明"])
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"], cooperating=helpers)
    alive = {(kind, key, role) for kind, key, role, living, _ in assignments(office, number) if living}
    assert alive == {
        ("unit", office.handlers["城管局"].id, "primary"),
        ("unit", office.handlers["环卫所"].id, "cooperating"),
        ("warden", office.handlers["李小明"].id, "cooperating"),
    }
    office.act(number, Action.FEEDBACK, note="已清理")
    assert not any(living for *_, living, _ in assignments(office, number))


# --- who should handle ------------------------------------------------------------------------------------------


def test_the_ranking_of_a_case_lists_everybody_of_the_register(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    ranking = handlers.ranking_for(office.opened, number)
    assert [(item.handler.name, item.tier) for item in ranking.candidates] == [
        ("城管局", Tier.PRIMARY),
        ("环卫所", Tier.BACKUP),
        ("李小明", Tier.GRID_WARDEN_A),
        ("𠮷田", Tier.GRID_WARDEN_B),
        ("幸福街道办", Tier.NEXT_LEVEL),
    ]
    assert {item.handler.name: item.reason for item in ranking.excluded} == {
        "住建局": Exclusion.NOT_RESPONSIBLE,
        "市政养护公司": Exclusion.NOT_RESPONSIBLE,
        "临江镇政府": Exclusion.NOT_RESPONSIBLE,
    }


def test_a_case_without_a_category_has_no_ranking(office: StaffedOffice) -> None:
    ranking = handlers.ranking_for(office.opened, office.report(category_id=None).number)
    assert (ranking.candidates, ranking.excluded) == ((), ())


def test_a_component_of_a_contractor_that_never_sleeps_can_be_dispatched_at_night(office: StaffedOffice) -> None:
    office.clock.at = local(date(2026, 11, 28), "23:00")
    number = office.case_in(State.TO_FILE, category_id=office.categories["上水井盖"], grade=Grade.URGENT)
    office.act(number, Action.FILE)
    ranking = handlers.ranking_for(office.opened, number)
    assert [item.handler.name for item in ranking.candidates] == ["市政养护公司"]
    assert {item.handler.name: item.reason for item in ranking.excluded}["幸福街道办"] is Exclusion.OFF_SHIFT
    receipt = office.act(number, Action.DISPATCH, handler=office.handlers["市政养护公司"])
    assert receipt.due_at == local(date(2026, 11, 29), "01:00")


def test_load_moves_the_next_case_to_the_less_busy(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER responsibility_no_update")
        connection.exec_driver_sql("UPDATE responsibility SET is_primary = 1 WHERE major_code = '01' AND kind = 'event'")
    office.opened.forget()
    first = office.case_in(State.HANDLING)
    second = office.case_in(State.TO_DISPATCH)
    assert office.load(first).case.handler.name == "城管局"
    assert [item.handler.name for item in handlers.ranking_for(office.opened, second).candidates][:2] == ["环卫所", "城管局"]


@pytest.mark.parametrize("words", ["", "。", "x"])
def test_somebody_not_responsible_needs_a_reason(office: StaffedOffice, words: str) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["住建局"], reason=words)
    assert (refusal.value.params["reason"], refusal.value.params["hard"]) == (Exclusion.NOT_RESPONSIBLE, False)
    assert office.act(number, Action.DISPATCH, handler=office.handlers["住建局"], reason="城管局请求").state is State.HANDLING


def test_a_warden_on_leave_is_not_to_be_had_for_any_reason(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql(
            "INSERT INTO leave (number, person_id, kind, first_half, last_half, recorded_by) VALUES (1, ?, 'annual', '2026-11-20a', '2026-11-23p', 0)",
            (office.handlers["李小明"].id,),
        )
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], reason="就要他")
    assert (refusal.value.params["reason"], refusal.value.params["hard"]) == (Exclusion.ON_LEAVE, True)
    office.clock.advance(days=1)
    assert office.act(number, Action.DISPATCH, handler=office.handlers["李小明"]).state is State.HANDLING


def test_a_warden_who_left_is_not_to_be_had_even_where_nobody_ended_his_post(office: StaffedOffice) -> None:
    with office.opened.database.writing() as connection:
        number, row = book.of_person(connection, BookTable.EMPLOYMENT, office.handlers["李小明"].id)[0]
        left = [Line(BookTable.EMPLOYMENT, number, {**row, "ends_on": "2026-11-23"})]
        roster.record(connection, office.opened, office.actors[Role.CLERK], "depart", ("person", 1), left)
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["李小明"], reason="就要他")
    assert refusal.value.params["reason"] is Exclusion.LEFT


def test_a_warden_of_another_grid_needs_a_reason(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["王[/]芳"])
    assert (refusal.value.params["reason"], refusal.value.params["hard"]) == (Exclusion.WRONG_AREA, False)
    assert office.act(number, Action.DISPATCH, handler=office.handlers["王[/]芳"], reason="顺路代办").state is State.HANDLING


@pytest.mark.parametrize("reason", ["", "就要他"])
def test_a_warden_of_another_grid_who_left_is_not_to_be_had(office: StaffedOffice, reason: str) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["赵离"], reason=reason)
    assert refusal.value.params["reason"] is Exclusion.LEFT


def test_a_dissolved_unit_is_not_to_be_had_and_not_on_the_list(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE unit SET active = 0 WHERE name = '城管局'")
    office.opened.forget()
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=office.handlers["城管局"], reason="一直是他们")
    assert refusal.value.params["reason"] is Exclusion.LEFT
    ranking = handlers.ranking_for(office.opened, number)
    assert "城管局" not in {item.handler.name for item in (*ranking.candidates, *ranking.excluded)}


@pytest.mark.parametrize("kind", list(HandlerKind))
def test_nobody_at_all_is_not_to_be_had(office: StaffedOffice, kind: HandlerKind) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(UnknownHandler):
        office.act(number, Action.DISPATCH, handler=Handler(kind, 4711, "影子局"), reason="就要他")


def test_a_helper_who_left_is_refused_and_one_of_another_area_may_help(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(HandlerExcluded):
        office.act(number, Action.DISPATCH, handler=office.handlers["城管局"], cooperating=(office.handlers["赵离"],))
    assert assignments(office, number) == []
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"], cooperating=(office.handlers["临江镇政府"],))
    assert [row[2] for row in assignments(office, number)] == ["primary", "cooperating"]


def test_nobody_can_be_recommended_where_the_category_is_unknown(office: StaffedOffice) -> None:
    with pytest.raises(UnknownHandler):
        handlers.find_handler(office.opened, "auto", office.report(category_id=None).number)


def urgent_on_a_rest_day(office: StaffedOffice, category: str) -> str:
    """An urgent case waiting to be dispatched on a Saturday night."""
    office.clock.at = local(date(2026, 11, 28), "23:00")
    number = office.case_in(State.TO_FILE, category_id=office.categories[category], grade=Grade.URGENT)
    office.act(number, Action.FILE)
    return number


def test_auto_names_who_is_responsible_and_off_duty_and_one_of_them_may_be_chosen_with_a_reason(office: StaffedOffice) -> None:
    number = urgent_on_a_rest_day(office, "暴露垃圾")
    with pytest.raises(NobodyOnDuty) as refusal:
        handlers.find_handler(office.opened, "auto", number)
    assert refusal.value.params == {"names": ["城管局", "环卫所"], "number": number, "count": 2}
    message, hint = error_sentence(refusal.value)
    assert message == "没有在班的承办单位：负责的 2 家（城管局、环卫所）不在班，本案紧急"
    assert "--reason" in hint
    with pytest.raises(HandlerExcluded):
        office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"], reason="已联系值班的老周")
    assert office.load(number).case.handler == office.handlers["城管局"]


def test_auto_says_so_where_nobody_answers_for_the_category(office: StaffedOffice) -> None:
    number = urgent_on_a_rest_day(office, "路灯")
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER responsibility_no_delete")
        connection.exec_driver_sql("DELETE FROM responsibility")
        connection.exec_driver_sql("UPDATE unit SET kind = 'department'")
    office.opened.forget()
    with pytest.raises(NoHandler) as refusal:
        handlers.find_handler(office.opened, "自动", number)
    assert "没有单位或网格员负责" in error_sentence(refusal.value)[0]


def test_a_case_on_a_grid_lies_in_the_grids_community_even_if_nobody_said_so(office: StaffedOffice) -> None:
    grid = office.grids["330106001002001"]
    assert office.load(office.report(grid_id=grid.id, area_id=None).number).area_id == grid.area_id


def test_the_view_of_a_case_shows_no_phone_and_no_name(office: StaffedOffice) -> None:
    number = office.report(
        text="联系13812345678", address="幸福路1号 +86 13812345678", reporter_name="李小明", reporter_phone="13812345678"
    ).number
    office.act(number, Action.NOTE, note="居民13812345678来电，身份证330106199001011234")
    view = case_queries.view(office.opened, number, None)
    shown = [view.detail.text, *(value for entry in view.timeline for value in entry.personal.values())]
    assert not any("13812345678" in text or "19900101" in text or "小明" in text for text in shown)
    assert "138****5678" in view.detail.text


def test_a_full_width_number_finds_its_case(office: StaffedOffice) -> None:
    number = office.report().number
    assert case_queries.find_number(office.opened, "００００１") == number


def test_a_warden_who_judged_the_case_as_an_operator_cannot_be_given_it(office: StaffedOffice) -> None:
    warden = office.handlers["李小明"]
    with office.opened.database.writing() as connection:
        office_rows.add_operator(connection, office.opened.id, "李小明(核查)", [Role.INSPECTOR], warden_id=warden.id)
    judge = actors.find_operator(office.opened, "李小明(核查)")
    number = office.report(source=Source.PUBLIC).number
    office.act(number, Action.ACCEPT)
    casework.act_on(office.opened, judge, number, Act.of(Action.VERIFY, result=Result.TRUE))
    office.act(number, Action.FILE)
    with pytest.raises(HandlerExcluded) as refusal:
        office.act(number, Action.DISPATCH, handler=warden, reason="就要他")
    assert refusal.value.params["reason"] is Exclusion.OTHER_AXIS


def test_a_handler_is_found_by_name_code_or_part_of_a_name(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    for word, name in (("城管局", "城管局"), ("B001", "城管局"), (" 城管 ", "城管局"), ("W002", "𠮷田"), ("王[/]芳", "王[/]芳")):
        assert handlers.find_handler(office.opened, word, number).name == name
    for word in ("auto", "自动"):
        assert handlers.find_handler(office.opened, word, number) == Handler(
            HandlerKind.UNIT, office.handlers["城管局"].id, "城管局"
        )


@pytest.mark.parametrize("word", ["局", "不存在", "", "%"])
def test_a_word_nobody_or_several_answer_to_finds_no_handler(office: StaffedOffice, word: str) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(UnknownHandler):
        handlers.find_handler(office.opened, word, number)


# --- reading ----------------------------------------------------------------------------------------------------


def test_a_view_says_what_this_operator_may_do_now(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    assert case_queries.view(office.opened, number, None).actions == ()
    dispatcher = case_queries.view(office.opened, number, office.actors[Role.DISPATCHER])
    asking = {Action.RETURN, Action.EXTEND, Action.SUSPEND, Action.RETYPE, Action.VOID}
    assert set(dispatcher.actions) == {Action.REDISPATCH, Action.FEEDBACK, Action.MERGE, Action.NOTE, *asking}
    assert dispatcher.actions[0] is Action.FEEDBACK
    assert case_queries.view(office.opened, number, office.actors[Role.INSPECTOR]).actions == (Action.NOTE,)


def test_a_view_masks_who_reported_and_calls_each_act_by_its_person(office: StaffedOffice) -> None:
    number = office.case_in(State.CLOSED, reporter_name="李小明", reporter_phone="15999990000")
    view = case_queries.view(office.opened, number, office.actors[Role.ACCEPTOR])
    assert (view.detail.reporter, view.detail.phone) == ("李**", "159****0000")
    assert [entry.operator for entry in view.timeline] == ["受理员", "受理员", "值班长", "派遣员", "派遣员", "核查员", "值班长"]


def test_a_view_derives_every_unfinished_clock_the_running_one_first(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_CHECK)
    view = case_queries.view(office.opened, number, None)
    assert [(case_queries.clock.stage, case_queries.clock.is_running) for case_queries in view.clocks] == [
        (Stage.CHECK, True),
        (Stage.HANDLE, False),
    ]
    assert all(case_queries.derivation.due_at == case_queries.clock.due_at for case_queries in view.clocks)


def test_a_closed_case_still_shows_the_clock_that_ended_it(office: StaffedOffice) -> None:
    (shown,) = case_queries.view(office.opened, office.case_in(State.CLOSED), None).clocks
    assert shown.clock.stopped_at is not None


def test_a_view_of_nothing_is_refused(office: StaffedOffice) -> None:
    for ask in (
        lambda: case_queries.view(office.opened, "2026112399999", None),
        lambda: handlers.ranking_for(office.opened, "x"),
    ):
        with pytest.raises(UnknownIncident):
            ask()


def test_a_number_is_found_by_an_ending_that_only_one_has(office: StaffedOffice) -> None:
    for _ in range(12):
        office.report()
    for word in ("2026112300012", "00012", "012", " 012 ", "300012"):
        assert case_queries.find_number(office.opened, word) == "2026112300012"


@pytest.mark.parametrize("word", ["12", "", "001", "0001x", "%012", "_12", "999", "2026112300013", "-012", "０12[/]"])
def test_an_ending_that_none_or_several_have_finds_nothing(office: StaffedOffice, word: str) -> None:
    for _ in range(12):
        office.report()
    office.clock.advance(days=1)
    office.report()
    with pytest.raises(UnknownIncident):
        case_queries.find_number(office.opened, word)


def test_a_sources_second_word_on_a_case_is_a_note_and_never_a_rewrite(office: StaffedOffice) -> None:
    number = office.report(text="原来的话").number
    with office.opened.database.writing() as connection:
        addition = casework.Addition(number, "12345-88#abc", "后来的话[/]", batch=1)
        casework.record_correction(connection, office.opened, office.actors[Role.CLERK], addition)
        assert incidents.imported_keys(connection, office.opened.id) == [("12345-88#abc", number, False)]
    view = case_queries.view(office.opened, number, None)
    assert view.detail.text == "原来的话"
    assert view.timeline[-1].personal == {"note": "后来的话[/]"}


def test_every_refusal_says_which_case_or_person_it_is_about(office: StaffedOffice) -> None:
    number = office.case_in(State.TO_DISPATCH)
    with pytest.raises(Refused) as refusal:
        office.act(number, Action.CLOSE)
    assert refusal.value.params["number"] == number
    assert set(refusal.value.params["actions"]) == {
        Action.SEND_BACK,
        Action.DISPATCH,
        Action.VOID,
        Action.MERGE,
        Action.SUPERVISION_ORDER,
        Action.NOTE,
    }
