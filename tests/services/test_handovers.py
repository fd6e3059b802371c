"""交接班: what the sheet says, that it takes two people, and that what was confirmed stays what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa
from query_plans import plan_of
from small_office import HOSTILE_NAME, LONG_COMPLAINT, USUAL, StaffedOffice

from gridconsole.domain.actions import Action, CallBack
from gridconsole.domain.errors import (
    HandoverEnded,
    HandoverOpen,
    NoHandover,
    NotPermitted,
    NotTheirHandover,
    TakenOverFromSelf,
    UnknownHandover,
)
from gridconsole.domain.handover import HandoverSheet, Lacking, SheetLine, SheetPart
from gridconsole.domain.states import RequestKind, Result, Role, Satisfaction, Solved, Source, State
from gridconsole.domain.views.ledger import LedgerLine
from gridconsole.services import audit, handover, persons
from gridconsole.services.office import Office
from gridconsole.store import handovers, ledger_entries


def numbers(sheet: HandoverSheet, part: SheetPart) -> list[str]:
    return [line.number for line in sheet.of(part)]


def entries(office: StaffedOffice) -> list[LedgerLine]:
    """The entries about shifts, oldest first."""
    now = office.opened.now()
    with office.opened.database.reading() as connection:
        return list(
            ledger_entries.lines_of_kind(
                connection, office.opened.id, handover.SUBJECT, now - timedelta(days=9), now + timedelta(1)
            )
        )


def suspended(office: StaffedOffice, days: int) -> str:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.SUSPEND, reason="等材料", until=office.opened.today() + timedelta(days=days))
    office.act(number, Action.FIRST_OPINION, result=Result.SUPPORT)
    office.act(number, Action.GRANT)
    return number


def dissatisfied(office: StaffedOffice) -> str:
    number = office.report(source=Source.PUBLIC, reporter_name="李小明", reporter_phone="13812345678").number
    office.act(number, Action.ACCEPT)
    office.act(number, Action.VERIFY, result=Result.TRUE)
    office.act(number, Action.FILE)
    office.act(number, Action.DISPATCH, handler=office.handlers["城管局"])
    office.act(number, Action.FEEDBACK, note="已清理")
    office.act(number, Action.CHECK, result=Result.PASS)
    office.act(number, Action.CLOSE)
    office.act(number, Action.CALL_BACK, call_back=CallBack(True, Solved.NO, Satisfaction.DISSATISFIED), reason="没来过")
    return number


def test_an_empty_office_has_an_empty_sheet(office: StaffedOffice) -> None:
    made = handover.sheet(office.opened)
    assert (made.open_total, made.lines) == (0, ())
    assert made.totals == dict.fromkeys(SheetPart, 0)


def test_the_sheet_says_what_is_late_what_falls_due_and_what_waits_for_whom(office: StaffedOffice) -> None:
    late = office.report().number
    office.clock.advance(days=1)
    due, asked = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    office.act(asked, Action.EXTEND, reason="材料未到")
    far = office.case_in(State.HANDLING, category_id=office.categories["非法小广告"])
    back, later = suspended(office, 1), suspended(office, 2)
    angry = dissatisfied(office)
    made = handover.sheet(office.opened)
    assert numbers(made, SheetPart.OVERDUE) == [late]
    assert numbers(made, SheetPart.DUE) == [due, asked]
    assert numbers(made, SheetPart.ASKED) == [asked]
    assert numbers(made, SheetPart.BACK) == [back]
    assert numbers(made, SheetPart.DISSATISFIED) == [angry]
    listed = {line.number for line in made.lines}
    assert far not in listed
    assert later not in listed
    assert made.open_total == 6
    assert (made.waiting[State.HANDLING], made.waiting[State.SUSPENDED], made.overdue[State.REPORTED]) == (3, 2, 1)
    (line,) = made.of(SheetPart.ASKED)
    assert (line.asked_for, line.asked_by, line.lacking) == (RequestKind.EXTENSION, "内勤", Lacking.OPINION)
    assert (line.place, line.category, line.handler) == ("东风社区第1网格", "暴露垃圾", "城管局")
    office.act(asked, Action.FIRST_OPINION, result=Result.SUPPORT)
    assert handover.sheet(office.opened).of(SheetPart.ASKED)[0].lacking is Lacking.DECISION
    office.act(asked, Action.GRANT)
    assert handover.sheet(office.opened).of(SheetPart.ASKED) == ()


def test_an_order_that_waits_for_its_answer_is_on_the_sheet(office: StaffedOffice) -> None:
    number, replied = office.case_in(State.HANDLING), office.case_in(State.HANDLING)
    reply_by = office.opened.now() + timedelta(hours=3)
    for case in (number, replied):
        office.act(case, Action.SUPERVISION_ORDER, note="今天办完", reply_by=reply_by)
    office.act(replied, Action.REPLY, note="已在办")
    (line,) = handover.sheet(office.opened).of(SheetPart.ORDERED)
    assert (line.number, line.asked_by, line.due_at, line.unit) == (
        number,
        office.actors[USUAL[Action.SUPERVISION_ORDER]].name,
        reply_by,
        None,
    )
    assert SheetLine.decode(line.encode()) == line


def test_a_case_due_this_very_moment_is_due_and_not_late(office: StaffedOffice) -> None:
    number = office.report().number
    due = office.load(number).case.due_clock.due_at
    office.clock.at = due
    assert numbers(handover.sheet(office.opened), SheetPart.DUE) == [number]
    office.clock.at = due - timedelta(hours=24)
    assert numbers(handover.sheet(office.opened), SheetPart.DUE) == [number]
    office.clock.at = due - timedelta(hours=24, microseconds=1)
    assert numbers(handover.sheet(office.opened), SheetPart.DUE) == []
    office.clock.at = due + timedelta(microseconds=1)
    assert numbers(handover.sheet(office.opened), SheetPart.OVERDUE) == [number]


def test_a_part_lists_the_most_pressing_and_counts_all(office: StaffedOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [office.report().number for _ in range(3)]
    with office.opened.database.reading() as connection:
        now = office.opened.now()
        totals, lines = handovers.sheet_parts(connection, 1, now, now + timedelta(days=9), office.opened.today(), limit=2)
    assert totals[SheetPart.DUE] == 3
    assert [line.number for line in lines] == cases[:2]
    sheet = HandoverSheet(now, 1, {}, {}, totals, lines)
    assert sheet.left_out(SheetPart.DUE) == 1


def test_a_sheet_is_kept_and_read_back_the_same(office: StaffedOffice) -> None:
    office.report()
    asked = office.case_in(State.HANDLING)
    office.act(asked, Action.SUSPEND, reason="等材料", until=office.opened.today() + timedelta(days=1))
    suspended(office, 1)
    made = handover.sheet(office.opened)
    assert {line.part for line in made.lines} >= {SheetPart.DUE, SheetPart.ASKED, SheetPart.BACK}
    assert HandoverSheet.decode(made.encode()) == made


def test_handing_over_and_taking_over_are_two_entries_by_two_people(office: StaffedOffice) -> None:
    leaving, coming = office.actors[Role.DISPATCHER], office.actors[Role.ACCEPTOR]
    office.report()
    made = handover.hand_over(office.opened, leaving, "水泵房已报修\n等回电", coming)
    assert made.is_as_made
    assert (made.made.made_name, made.made.to_name, made.made.remarks) == ("派遣员", "受理员", "水泵房已报修\n等回电")
    assert made.made.is_open
    assert handover.waiting(office.opened) == made
    office.clock.advance(minutes=10)
    taken = handover.take_over(office.opened, coming, made.made.id)
    assert (taken.made.taken_name, taken.made.taken_at) == ("受理员", office.opened.now())
    assert taken.sheet == made.sheet
    assert handover.waiting(office.opened) is None
    first, second = entries(office)
    assert (first.action, first.operator, first.personal) == ("shift_hand_over", "派遣员", {"note": "水泵房已报修\n等回电"})
    assert (first.facts["open"], first.facts["due"], first.facts["to"]) == (1, 1, "受理员")
    assert (second.action, second.operator, second.facts["from"]) == ("shift_take_over", "受理员", "派遣员")
    assert first.facts["sheet"] == second.facts["sheet"]
    assert audit.verify(office.opened).ok


def test_nobody_takes_over_from_themselves_and_that_stands_in_the_ledger(office: StaffedOffice) -> None:
    leaving = office.actors[Role.DISPATCHER]
    with pytest.raises(TakenOverFromSelf):
        handover.hand_over(office.opened, leaving, "", leaving)
    made = handover.hand_over(office.opened, leaving, "")
    with pytest.raises(TakenOverFromSelf):
        handover.take_over(office.opened, leaving)
    still = handover.waiting(office.opened)
    assert still is not None
    assert still.made == made.made
    with office.opened.database.reading() as connection:
        denied = list(ledger_entries.lines(connection, 1, ledger_entries.LedgerQuery(action="denied"), 9))
    assert [line.facts["code"] for line in denied] == ["C186", "C186"]


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_keeps_operators_or_reads_the_ledger_has_no_shift(office: StaffedOffice, role: Role) -> None:
    with pytest.raises(NotPermitted):
        handover.hand_over(office.opened, office.actors[role], "")
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    with pytest.raises(NotPermitted):
        handover.take_over(office.opened, office.actors[role])


def test_one_waits_at_a_time_and_its_maker_may_take_it_back(office: StaffedOffice) -> None:
    leaving, other = office.actors[Role.DISPATCHER], office.actors[Role.CLERK]
    with pytest.raises(NoHandover):
        handover.take_over(office.opened, other)
    with pytest.raises(NoHandover):
        handover.withdraw(office.opened, leaving)
    first = handover.hand_over(office.opened, leaving, "")
    with pytest.raises(HandoverOpen) as refusal:
        handover.hand_over(office.opened, other, "")
    assert refusal.value.params["operator"] == "派遣员"
    with pytest.raises(NotTheirHandover):
        handover.withdraw(office.opened, other)
    gone = handover.withdraw(office.opened, leaving)
    assert gone.made.withdrawn_at == office.opened.now()
    assert handover.waiting(office.opened) is None
    with pytest.raises(HandoverEnded):
        handover.take_over(office.opened, other, first.made.id)
    with pytest.raises(UnknownHandover):
        handover.take_over(office.opened, other, 4711)
    second = handover.hand_over(office.opened, other, "")
    assert second.made.id != first.made.id
    assert [line.action for line in entries(office)] == ["shift_hand_over", "shift_withdraw", "shift_hand_over"]


def test_of_two_who_take_over_at_once_the_second_is_reported_who_was_first(
    office: StaffedOffice, open_another: Callable[[], Office]
) -> None:
    made = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    handover.take_over(open_another(), office.actors[Role.CLERK], made.made.id)
    with pytest.raises(HandoverEnded) as refusal:
        handover.take_over(office.opened, office.actors[Role.ACCEPTOR], made.made.id)
    assert refusal.value.params["operator"] == "内勤"


def test_the_same_request_twice_hands_over_once(office: StaffedOffice) -> None:
    leaving = office.actors[Role.DISPATCHER]
    first = handover.hand_over(office.opened, leaving, "看水泵", None, "once")
    assert handover.hand_over(office.opened, leaving, "看水泵", None, "once").made.id == first.made.id
    assert len(entries(office)) == 1


def test_what_changed_since_is_counted_and_marked_while_the_sheet_stays(office: StaffedOffice) -> None:
    moved, still = office.report().number, office.report().number
    made = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    assert (made.changed, made.moved) == (0, frozenset())
    office.act(moved, Action.ACCEPT)
    office.act(moved, Action.NOTE, note="已联系")
    office.report()
    now = handover.waiting(office.opened)
    assert now is not None
    assert (now.changed, now.moved, now.is_capped) == (2, frozenset({moved}), False)
    assert now.sheet == made.sheet
    assert {line.number for line in now.sheet.lines} == {moved, still}
    taken = handover.take_over(office.opened, office.actors[Role.CLERK])
    assert (taken.changed, taken.moved) == (0, frozenset())
    assert entries(office)[-1].facts["changed"] == 2


def test_a_sheet_changed_behind_the_programs_back_is_found_out(office: StaffedOffice) -> None:
    office.report()
    made = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE hand_over SET sheet = replace(sheet, '暴露垃圾', '路灯')")
    assert not handover.shown(office.opened, made.made.id).is_as_made
    handover.take_over(office.opened, office.actors[Role.CLERK])
    assert entries(office)[-1].facts["as_made"] is False


def test_hostile_remarks_are_cut_cleaned_and_masked(office: StaffedOffice) -> None:
    made = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], f"{HOSTILE_NAME} 13812345678 {LONG_COMPLAINT}")
    words = made.made.remarks
    assert len(words) <= handover.REMARKS_LENGTH
    assert "\x1b" not in words
    assert "\u202e" not in words
    assert "13812345678" not in words
    assert "138****5678" in words


def test_who_is_named_in_remarks_can_be_erased_and_the_sheet_still_holds(office: StaffedOffice) -> None:
    made = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "请给 13812345678 回电话")
    found = persons.report(office.opened, office.actors[Role.SHIFT_LEADER], "13812345678")
    assert {"shift", "entry"} <= {item.place for item in found.found if item.erasable}
    erased = persons.erase(office.opened, office.actors[Role.ADMIN], "13812345678", None, "本人申请")
    assert erased.remarks == 1
    with office.opened.database.reading() as connection:
        kept = connection.exec_driver_sql("SELECT remarks FROM hand_over").scalar_one()
    assert "138" not in kept
    assert handover.shown(office.opened, made.made.id).is_as_made
    assert audit.verify(office.opened).ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE hand_over SET taken_by = made_by, taken_at = made_at",
        "UPDATE hand_over SET taken_by = 1",
        "UPDATE hand_over SET taken_at = '今天', taken_by = 1",
        "INSERT INTO hand_over (office_id, made_at, made_by, made_name, seq, sheet)"
        " SELECT office_id, made_at, made_by, made_name, seq, sheet FROM hand_over",
    ],
)
def test_whoever_writes_sql_two_people_and_one_open_hand_over_remain(office: StaffedOffice, statement: str) -> None:
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    with pytest.raises(sa.exc.IntegrityError), office.opened.database.writing() as connection:
        connection.exec_driver_sql(statement)


def test_those_of_a_day_are_listed_newest_first(office: StaffedOffice) -> None:
    first = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    handover.take_over(office.opened, office.actors[Role.CLERK])
    office.clock.advance(hours=8)
    second = handover.hand_over(office.opened, office.actors[Role.CLERK], "")
    begin = office.opened.midnight()
    found = handover.between(office.opened, begin, begin + timedelta(days=1), 9)
    assert [made.id for made in found] == [second.made.id, first.made.id]
    assert handover.between(office.opened, begin + timedelta(days=1), begin + timedelta(days=2), 9) == ()


def test_for_whom_it_was_meant_comes_first_of_those_who_may_take_over(office: StaffedOffice) -> None:
    made = handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "", office.actors[Role.LEADER])
    names = [actor.name for actor in handover.may_take_over(made.made, tuple(office.actors.values()))]
    assert names[0] == "领导"
    assert set(names) == {"领导", "受理员", "值班长", "核查员", "内勤"}


def test_it_waits_for_whom_it_was_meant_or_for_anybody_else_who_works_on_cases(office: StaffedOffice) -> None:
    def waited_for() -> set[Role]:
        return {role for role, actor in office.actors.items() if handover.waiting_for(office.opened, actor) is not None}

    assert waited_for() == set()
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "")
    assert waited_for() == {Role.ACCEPTOR, Role.SHIFT_LEADER, Role.INSPECTOR, Role.CLERK, Role.LEADER}
    handover.withdraw(office.opened, office.actors[Role.DISPATCHER])
    handover.hand_over(office.opened, office.actors[Role.DISPATCHER], "", office.actors[Role.CLERK])
    assert waited_for() == {Role.CLERK}


@pytest.mark.parametrize("part", [SheetPart.OVERDUE, SheetPart.DUE, SheetPart.DISSATISFIED])
def test_parts_of_a_sheet_ride_their_indices_already_in_order(office: StaffedOffice, part: SheetPart) -> None:
    index = {SheetPart.DISSATISFIED: "ix_incident_call_back_dissatisfied"}.get(part, "ix_incident_queue")
    with office.opened.database.reading() as connection:
        plan = " | ".join(plan_of(connection, handovers._LINES[part], office=1, limit=10, now="2026", until="2027"))
    assert index in plan
    assert "TEMP B-TREE" not in plan


def test_a_line_without_anything_but_its_number_is_kept_short() -> None:
    line = SheetLine(SheetPart.DUE, "2026112300001", State.REPORTED, 1)
    assert line.encode() == {"part": "due", "number": "2026112300001", "state": "reported", "version": 1}
    assert SheetLine.decode(line.encode()) == line
