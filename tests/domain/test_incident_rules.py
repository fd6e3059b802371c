"""What an act needs, what it does to clocks and counters, and what it says when it comes too late."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from casebook import (
    CITY,
    CLEANERS,
    CONTENT,
    LEAD,
    LOOKER,
    MONDAY_NINE,
    OTHER_RULE,
    PEOPLE,
    RULE,
    WARDEN,
    Story,
    case_at,
    case_for,
    circumstances,
    full,
)
from small_office import LONG_COMPLAINT, SHANGHAI

from gridconsole.domain.actions import SPECS, Act, Action, Fill, Group, Need
from gridconsole.domain.case import Clock, projection
from gridconsole.domain.clock import Pause
from gridconsole.domain.codes import AssigneeKind, Unit
from gridconsole.domain.errors import (
    AlreadyDispatched,
    FieldNotTaken,
    GuardRefused,
    LookOutOfReach,
    MissingField,
    RoleForbidden,
    StaleVersion,
    TaskOfAnother,
)
from gridconsole.domain.incident import decide, report
from gridconsole.domain.next_step import step_of
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Grade, Outcome, Result, Role, Source, Stage, State
from gridconsole.domain.task import Assignee, Look


def office(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def handling(story: Story) -> Clock:
    clock = story.case.clock(Stage.HANDLE)
    assert clock is not None
    return clock


# --- needs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "action", "left_out", "need"),
    [
        (State.REPORTED, Action.SETTLE, {"note": ""}, Need.NOTE),
        (State.REPORTED, Action.DECLINE, {"reason": ""}, Need.REASON),
        (State.VERIFYING, Action.DECLINE, {"reason": "……"}, Need.REASON),
        (State.TO_FILE, Action.DECLINE, {"reason": ""}, Need.REASON),
        (State.VERIFYING, Action.VERIFY, {"result": None}, Need.RESULT),
        (State.VERIFYING, Action.VERIFY, {"result": Result.PASS}, Need.RESULT),
        (State.TO_FILE, Action.SEND_BACK, {"reason": ""}, Need.REASON),
        (State.TO_DISPATCH, Action.SEND_BACK, {"reason": ""}, Need.REASON),
        (State.TO_CLOSE, Action.SEND_BACK, {"reason": ""}, Need.REASON),
        (State.TO_DISPATCH, Action.DISPATCH, {"handler": None}, Need.HANDLER),
        (State.HANDLING, Action.REDISPATCH, {"handler": None}, Need.HANDLER),
        (State.HANDLING, Action.REDISPATCH, {"reason": ""}, Need.REASON),
        (State.HANDLING, Action.RETURN, {"reason": "x"}, Need.REASON),
        (State.HANDLING, Action.FEEDBACK, {"note": ""}, Need.NOTE),
        (State.TO_CHECK, Action.CHECK, {"result": None}, Need.RESULT),
        (State.TO_CHECK, Action.CHECK, {"result": Result.TRUE}, Need.RESULT),
        (State.TO_CHECK, Action.CHECK, {"result": Result.FAIL, "reason": ""}, Need.REASON),
        (State.CLOSED, Action.NOTE, {"note": ""}, Need.NOTE),
    ],
)
def test_an_act_without_what_it_needs_says_what_is_missing(
    state: State, action: Action, left_out: dict[str, Any], need: Need
) -> None:
    role = {Action.SEND_BACK: Role.DISPATCHER if state is State.TO_DISPATCH else Role.SHIFT_LEADER}.get(action)
    everyone = Actor(77, "全能", frozenset({role} if role else Role))
    with pytest.raises(MissingField) as refusal:
        decide(case_at(state), full(action, **left_out), everyone, circumstances())
    assert (refusal.value.params["need"], refusal.value.params["action"]) == (need, action)


@pytest.mark.parametrize(
    ("missing", "need"),
    [
        ({"grid_id": None}, Need.GRID),
        ({"category_id": None, "rule": None}, Need.CATEGORY),
        ({"rule": None}, Need.RULE),
        ({"category_id": 6}, Need.RULE),
    ],
    ids=["no grid", "no category", "no rule", "a rule of another category"],
)
def test_filing_needs_a_place_a_category_and_a_rule_of_that_category(missing: dict[str, Any], need: Need) -> None:
    story = Story().to(State.TO_FILE)
    with pytest.raises(MissingField) as refusal:
        story.act(Action.FILE, **missing)
    assert refusal.value.params["need"] is need


def test_filing_keeps_what_the_report_already_said() -> None:
    story = Story(grid_id=9, category_id=5).to(State.TO_FILE)
    story.act(Action.FILE, grid_id=None, category_id=None)
    assert (story.case.grid_id, story.case.category_id, story.case.rule) == (9, 5, RULE)


def test_a_note_serves_as_the_reason() -> None:
    story = Story().to(State.HANDLING).granted(Action.RETURN, reason="", note="非我单位职责")
    assert story.case.state is State.TO_DISPATCH


def test_a_report_needs_a_text_and_a_source() -> None:
    with pytest.raises(MissingField) as no_text:
        report("2026112300001", Act.of(Action.REPORT, source=Source.PUBLIC), circumstances())
    with pytest.raises(MissingField) as no_source:
        report("2026112300001", Act.of(Action.REPORT, text=LONG_COMPLAINT), circumstances())
    assert [refusal.value.params["need"] for refusal in (no_text, no_source)] == [Need.TEXT, Need.SOURCE]


def test_a_report_begins_the_acceptance_clock() -> None:
    decision = report("2026112300001", Act.of(Action.REPORT, text=LONG_COMPLAINT, source=Source.PUBLIC), circumstances())
    (clock,) = decision.clocks
    assert (decision.case.state, decision.case.version) == (State.REPORTED, 1)
    assert (clock.stage, clock.limit.unit, clock.due_at) == (Stage.ACCEPT, Unit.WORK_HOUR, office("2026-11-23 09:15"))


def test_an_urgent_reports_stages_run_through_lunch_and_an_ordinary_ones_do_not() -> None:
    at = circumstances(office("2026-11-23 11:50"))
    dues = []
    for grade in (Grade.ORDINARY, Grade.URGENT):
        decision = report("1", Act.of(Action.REPORT, text="井盖缺失", source=Source.PUBLIC, grade=grade), at)
        dues.append(decision.clocks[0].due_at)
    assert dues == [office("2026-11-23 14:05"), office("2026-11-23 12:05")]


# --- versions ---------------------------------------------------------------------------------------------------


def test_an_act_on_what_the_operator_no_longer_sees_is_refused_and_says_who_changed_it() -> None:
    story = Story().to(State.TO_FILE)
    seen = story.case.version
    story.wait(minutes=2).act(Action.FILE)
    with pytest.raises(StaleVersion) as refusal:
        story.act(Action.SEND_BACK, Role.DISPATCHER, expected_version=seen)
    reported = refusal.value.params
    assert (reported["expected"], reported["actual"], reported["action"]) == (seen, seen + 1, Action.FILE)
    assert (reported["operator"], reported["at"]) == (PEOPLE[Role.SHIFT_LEADER].name, story.now)
    assert not isinstance(refusal.value, AlreadyDispatched)


def test_a_version_from_the_future_is_refused_as_well() -> None:
    story = Story().to(State.TO_FILE)
    with pytest.raises(StaleVersion):
        story.act(Action.FILE, expected_version=story.case.version + 1)


def test_the_right_version_and_no_version_are_both_let_through() -> None:
    story = Story().to(State.TO_FILE)
    assert story.act(Action.FILE, expected_version=story.case.version).case.state is State.TO_DISPATCH
    assert story.act(Action.DISPATCH, expected_version=None).case.state is State.HANDLING


def test_who_dispatches_second_is_reported_by_whom_and_to_whom_it_was_dispatched() -> None:
    story = Story().to(State.TO_DISPATCH)
    seen = story.case.version
    first = Actor(31, "派遣员[b]王芳[/]", frozenset({Role.DISPATCHER}))
    story.wait(minutes=1).act(Action.DISPATCH, first)
    story.act(Action.NOTE)
    with pytest.raises(AlreadyDispatched) as refusal:
        story.act(Action.DISPATCH, handler=CLEANERS, expected_version=seen)
    reported = refusal.value.params
    assert (reported["operator"], reported["handler"], reported["at"]) == (
        first.name,
        CITY.name,
        MONDAY_NINE + timedelta(minutes=1),
    )


def test_a_stale_dispatch_of_a_case_fed_back_meanwhile_is_merely_stale() -> None:
    story = Story().to(State.TO_DISPATCH)
    seen = story.case.version
    story.act(Action.DISPATCH).act(Action.FEEDBACK)
    with pytest.raises(StaleVersion) as refusal:
        story.act(Action.DISPATCH, expected_version=seen)
    assert not isinstance(refusal.value, AlreadyDispatched)


# --- clocks -----------------------------------------------------------------------------------------------------


def test_every_open_state_has_its_stages_clock_running() -> None:
    expected = {
        State.REPORTED: Stage.ACCEPT,
        State.TO_FILE: Stage.FILE,
        State.TO_DISPATCH: Stage.DISPATCH,
        State.HANDLING: Stage.HANDLE,
        State.TO_CHECK: Stage.CHECK,
        State.TO_CLOSE: Stage.CLOSE,
    }
    for state, stage in expected.items():
        running = [clock.stage for clock in Story().to(state).case.clocks if clock.is_running]
        assert running == [stage]
    verifying = Story(Source.PUBLIC).act(Action.ACCEPT).case
    assert [clock.stage for clock in verifying.clocks if clock.is_running] == [Stage.VERIFY]


def test_a_finished_case_has_no_clock_left() -> None:
    for state in (State.CLOSED, State.DECLINED):
        case = Story().to(state).case
        assert (case.clocks, case.due_clock, case.closed_at) == ((), None, MONDAY_NINE)


def test_a_stages_clock_stops_late_or_not_when_the_stage_ends() -> None:
    for minutes, late in ((15, False), (15.01, True)):
        story = Story().wait(minutes=minutes).act(Action.ACCEPT)
        (stopped,) = [clock for clock in story.last.clocks if clock.stage is Stage.ACCEPT]
        assert (stopped.stopped_at, stopped.late) == (story.now, late)


def test_dispatch_starts_the_handling_clock_with_the_limit_of_the_rule() -> None:
    clock = handling(Story().to(State.TO_DISPATCH).wait(hours=1).act(Action.DISPATCH))
    assert (clock.limit, clock.started_at) == (RULE.limit, office("2026-11-23 10:00"))
    assert clock.due_at == office("2026-11-23 16:00")


def test_feedback_makes_the_handling_clock_stand_still_and_judges_it_now() -> None:
    # 4 work hours from 09:00 end at 15:00, lunch left out.
    for hours, late in ((1, False), (6, False), (6.001, True), (8, True)):
        clock = handling(Story().to(State.HANDLING).wait(hours=hours).act(Action.FEEDBACK))
        assert (clock.is_running, clock.halted_at, clock.late) == (False, MONDAY_NINE + timedelta(hours=hours), late)


def test_a_return_keeps_the_handling_clock_running_and_the_next_dispatch_goes_on_with_it() -> None:
    story = Story().to(State.HANDLING)
    before = handling(story)
    story.wait(hours=2).granted(Action.RETURN)
    assert handling(story) == before
    story.wait(minutes=30).act(Action.DISPATCH, handler=CLEANERS)
    after = handling(story)
    assert (after.started_at, after.due_at, after.pauses) == (before.started_at, before.due_at, ())


def test_a_returned_case_late_in_handling_does_not_look_in_time() -> None:
    story = Story().to(State.HANDLING).wait(hours=7).granted(Action.RETURN)
    shown = story.case.due_clock
    assert shown is not None
    assert shown.stage is Stage.HANDLE
    assert shown.due_at < story.now


def test_a_rule_corrected_before_the_next_dispatch_changes_the_limit_and_never_the_start() -> None:
    story = Story().to(State.HANDLING).wait(hours=1)
    story.granted(Action.RETURN).act(Action.SEND_BACK, Role.DISPATCHER)
    story.act(Action.FILE, category_id=6, rule=OTHER_RULE).wait(days=1).act(Action.DISPATCH)
    clock = handling(story)
    assert (clock.limit, clock.started_at) == (OTHER_RULE.limit, MONDAY_NINE)
    assert clock.due_at == office("2026-11-26 17:30")


def test_a_failed_check_resumes_the_old_clock_and_the_checks_own_time_is_a_pause() -> None:
    story = Story().to(State.HANDLING).wait(hours=1).act(Action.FEEDBACK)
    fed_back = story.now
    story.wait(minutes=40).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    clock = handling(story)
    assert clock.is_running
    assert clock.started_at == MONDAY_NINE
    assert clock.pauses == (Pause(fed_back, story.now),)
    # 4 work hours from 09:00 would end at 15:00; the check took 40 minutes of them.
    assert clock.due_at == office("2026-11-23 15:40")


def test_every_failed_check_adds_its_own_pause() -> None:
    story = Story().to(State.TO_CHECK)
    for _ in range(3):
        story.wait(minutes=10).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾").wait(minutes=5).act(Action.FEEDBACK)
    clock = handling(story)
    assert [pause.end - pause.start for pause in clock.pauses] == [timedelta(minutes=10)] * 3
    assert clock.due_at == office("2026-11-23 15:30")


def test_lateness_once_judged_is_not_forgiven_by_a_failed_check() -> None:
    story = Story().to(State.HANDLING).wait(hours=8).act(Action.FEEDBACK)
    story.wait(minutes=10).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert handling(story).late is True
    assert handling(story.wait(minutes=1).act(Action.FEEDBACK)).late is True


def test_a_passed_check_leaves_the_clock_standing_and_closing_ends_it_where_it_stood() -> None:
    story = Story().to(State.HANDLING).wait(hours=1).act(Action.FEEDBACK)
    fed_back = story.now
    story.wait(days=3).act(Action.CHECK).wait(hours=1).act(Action.CLOSE)
    (ended,) = [clock for clock in story.last.clocks if clock.stage is Stage.HANDLE]
    assert (ended.stopped_at, ended.late) == (fed_back, False)


def test_sending_back_from_closing_asks_for_a_new_check_and_leaves_the_handling_clock_alone() -> None:
    story = Story().to(State.TO_CLOSE)
    before = handling(story)
    story.wait(minutes=5).act(Action.SEND_BACK, Role.SHIFT_LEADER)
    assert handling(story) == before
    check = story.case.clock(Stage.CHECK)
    assert check is not None
    assert check.started_at == story.now


def test_a_redispatch_goes_on_with_the_clock_unless_the_office_restarts_it() -> None:
    for restarts, started in ((False, MONDAY_NINE), (True, MONDAY_NINE + timedelta(hours=2))):
        story = Story().to(State.HANDLING).wait(hours=2)
        story.settings = {"redispatch_restarts": restarts}
        story.act(Action.REDISPATCH)
        assert handling(story).started_at == started
        assert story.case.handler == CLEANERS


def test_a_clock_set_back_during_a_check_makes_no_negative_pause() -> None:
    story = Story().to(State.TO_CHECK).wait(days=-30).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert all(pause.end >= pause.start for pause in handling(story).pauses)
    assert handling(story).due_at == office("2026-11-23 15:00")


def test_a_declined_case_that_once_was_handled_leaves_no_clock_running() -> None:
    story = Story().to(State.HANDLING).granted(Action.RETURN).act(Action.SEND_BACK, Role.DISPATCHER)
    story.act(Action.DECLINE)
    assert story.case.clocks == ()
    assert {clock.stage for clock in story.last.clocks} == {Stage.FILE, Stage.HANDLE}


def test_a_handling_clock_into_a_year_without_notice_is_provisional() -> None:
    story = Story()
    story.now = office("2026-12-30 10:00")
    story.to(State.TO_FILE).act(Action.FILE, category_id=6, rule=OTHER_RULE).act(Action.DISPATCH)
    assert handling(story).provisional


# --- counters and notes -----------------------------------------------------------------------------------------


def counts(story: Story) -> tuple[int, int, int, int]:
    case = story.case
    return case.rework_count, case.rework_total, case.redispatch_count, case.return_count


def test_rework_counts_in_a_row_at_one_handler_and_in_total() -> None:
    story = Story().to(State.TO_CHECK)
    for expected in (1, 2):
        story.act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
        assert counts(story) == (expected, expected, 0, 0)
        story.act(Action.FEEDBACK)
    story.act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾").act(Action.REDISPATCH)
    assert counts(story) == (0, 3, 1, 0)
    story.act(Action.FEEDBACK).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert counts(story) == (1, 4, 1, 0)


def test_a_return_counts_and_another_handler_afterwards_counts_as_a_wrong_dispatch() -> None:
    story = Story().to(State.HANDLING).granted(Action.RETURN)
    assert counts(story) == (0, 0, 0, 1)
    story.act(Action.DISPATCH, handler=CLEANERS)
    assert counts(story) == (0, 0, 1, 1)


def test_dispatching_a_returned_case_to_the_same_handler_is_no_wrong_dispatch() -> None:
    story = Story().to(State.HANDLING).granted(Action.RETURN).act(Action.DISPATCH)
    assert counts(story) == (0, 0, 0, 1)


def test_the_first_dispatch_and_a_passed_check_count_nothing() -> None:
    assert counts(Story().to(State.CLOSED)) == (0, 0, 0, 0)


def test_a_case_settled_on_the_spot_is_marked_simple_and_closes() -> None:
    story = Story().act(Action.SETTLE)
    assert story.case.simple
    assert story.act(Action.CLOSE).case.outcome is Outcome.RESOLVED


def test_a_case_settled_on_the_spot_and_doubted_goes_back_to_acceptance_not_to_a_check_of_nobodys_work() -> None:
    story = Story().act(Action.SETTLE).act(Action.SEND_BACK, Role.SHIFT_LEADER)
    assert (story.case.state, story.case.simple, story.case.handler) == (State.REPORTED, False, None)
    assert {clock.stage for clock in story.case.clocks} == {Stage.ACCEPT}
    assert story.act(Action.ACCEPT).act(Action.FILE).act(Action.DISPATCH).act(Action.FEEDBACK).act(Action.CHECK).case.state is (
        State.TO_CLOSE
    )


@pytest.mark.parametrize("state", [State.CLOSED, State.DECLINED, State.VOIDED])
def test_a_note_in_a_final_state_changes_nothing_but_the_version(state: State) -> None:
    case = case_at(state)
    decision = decide(case, full(Action.NOTE, note=LONG_COMPLAINT), PEOPLE[Role.CLERK], circumstances(MONDAY_NINE + timedelta(9)))
    assert projection(decision.case) == projection(case)
    assert (decision.facts, decision.clocks) == ({}, ())
    assert (decision.case.version, decision.case.closed_at) == (case.version + 1, case.closed_at)
    assert (decision.case.state_since, decision.case.past) == (case.state_since, case.past)


def test_a_note_leaves_running_clocks_as_they_are() -> None:
    story = Story().to(State.HANDLING)
    before = story.case
    story.wait(hours=1).act(Action.NOTE)
    assert (story.case.clocks, story.case.state_since) == (before.clocks, before.state_since)


def test_facts_are_exactly_the_columns_that_changed() -> None:
    story = Story().to(State.TO_DISPATCH).act(Action.DISPATCH, handler=WARDEN)
    assert story.last.facts == {"state": "handling", "handler_kind": "warden", "handler_id": WARDEN.id}
    story.act(Action.FEEDBACK).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert story.last.facts == {"state": "handling", "rework_count": 1, "rework_total": 1}


OFFERED: dict[Fill, dict[str, Any]] = {
    Fill.HANDLER: {"handler": WARDEN},
    Fill.HELPERS: {"cooperating": (WARDEN,)},
    Fill.GRID: {"grid_id": 4},
    Fill.CATEGORY: {"category_id": 6},
    Fill.RULE: {"rule": OTHER_RULE},
    Fill.GRADE: {"grade": Grade.URGENT},
    Fill.OUTCOME: {"outcome": Outcome.PARTLY},
    Fill.AMOUNT: {"amount": RULE.limit},
    Fill.UNTIL: {"until": date(2026, 12, 1)},
    Fill.INTO: {"into": LEAD},
    Fill.CALL_BACK: {"call_back": CONTENT},
    Fill.ASSIGNEE: {"assignee": LOOKER},
    Fill.LOOK: {"look": Look(MONDAY_NINE, ("清理后.jpg",))},
    Fill.REPLY_BY: {"reply_by": MONDAY_NINE + timedelta(days=1)},
}
PLACE = {Fill.GRID, Fill.CATEGORY, Fill.GRADE}
TAKEN = {
    Action.MERGE: {Fill.INTO},
    Action.ACCEPT: PLACE,
    Action.SETTLE: PLACE,
    Action.VERIFY: PLACE | {Fill.LOOK},
    Action.FILE: PLACE | {Fill.RULE},
    Action.DISPATCH: {Fill.HANDLER, Fill.HELPERS},
    Action.REDISPATCH: {Fill.HANDLER, Fill.HELPERS},
    Action.CLOSE: {Fill.OUTCOME},
    Action.EXTEND: {Fill.AMOUNT},
    Action.SUSPEND: {Fill.UNTIL},
    Action.RETYPE: {Fill.CATEGORY, Fill.RULE},
    Action.CALL_BACK: {Fill.CALL_BACK},
    Action.SEND: {Fill.ASSIGNEE},
    Action.CHECK: {Fill.LOOK},
    Action.FEEDBACK: {Fill.LOOK},
    Action.SUPERVISION_ORDER: {Fill.REPLY_BY},
}
"""What each step may set; every other thing brought along is refused, so no act changes more than its name says."""
STANDS = {
    Action.ACCEPT: State.REPORTED,
    Action.SETTLE: State.REPORTED,
    Action.DECLINE: State.REPORTED,
    Action.VERIFY: State.VERIFYING,
    Action.FILE: State.TO_FILE,
    Action.SEND_BACK: State.TO_CLOSE,
    Action.DISPATCH: State.TO_DISPATCH,
    Action.REDISPATCH: State.HANDLING,
    Action.RETURN: State.HANDLING,
    Action.EXTEND: State.HANDLING,
    Action.SUSPEND: State.HANDLING,
    Action.RETYPE: State.HANDLING,
    Action.VOID: State.TO_CHECK,
    Action.APPEAL: State.CLOSED,
    Action.RESUME: State.SUSPENDED,
    Action.FEEDBACK: State.HANDLING,
    Action.CHECK: State.TO_CHECK,
    Action.SEND: State.TO_CHECK,
    Action.CLOSE: State.TO_CLOSE,
    Action.CALL_BACK: State.CLOSED,
    Action.REOPEN: State.CLOSED,
    Action.KEEP_CLOSED: State.CLOSED,
    Action.NOTE: State.HANDLING,
    Action.MERGE: State.HANDLING,
    Action.SUPERVISION_ORDER: State.SUSPENDED,
    Action.REPLY: State.CLOSED,
}


def test_every_action_that_needs_no_request_is_tried_here() -> None:
    chosen = {action for action, spec in SPECS.items() if spec.group not in (Group.CREATING, Group.FOLLOWING, Group.JUDGING)}
    assert set(STANDS) == chosen - {Action.UNMERGE, Action.REST}


@pytest.mark.parametrize("action", list(STANDS))
@pytest.mark.parametrize("fill", list(Fill))
def test_an_act_sets_only_what_its_step_may_set(action: Action, fill: Fill) -> None:
    case, anybody = case_for(STANDS[action], action), Actor(77, "全能", frozenset(Role))
    act = full(action, **OFFERED[fill])
    if action is Action.FILE and fill in (Fill.CATEGORY, Fill.RULE):
        act = full(action, **OFFERED[Fill.CATEGORY], **OFFERED[Fill.RULE])
    if fill in TAKEN.get(action, set()):
        assert decide(case, act, anybody, circumstances()).case.version == case.version + 1
        return
    with pytest.raises(FieldNotTaken) as refusal:
        decide(case, act, anybody, circumstances())
    assert refusal.value.params == {"action": action, "fill": fill}


def test_whoever_may_not_judge_hears_that_before_what_is_missing() -> None:
    with pytest.raises(RoleForbidden):
        decide(case_at(State.TO_CHECK), Act.of(Action.CHECK), PEOPLE[Role.CLERK], circumstances())


def test_a_dispatch_that_comes_after_a_redispatch_names_who_redispatched() -> None:
    story = Story().to(State.TO_DISPATCH)
    seen = story.case.version
    story.act(Action.DISPATCH)
    other = Actor(88, "派遣员乙", frozenset({Role.DISPATCHER}))
    story.wait(minutes=3).act(Action.REDISPATCH, other)
    with pytest.raises(AlreadyDispatched) as refusal:
        story.act(Action.DISPATCH, handler=WARDEN, expected_version=seen)
    assert (refusal.value.params["operator"], refusal.value.params["handler"]) == ("派遣员乙", CLEANERS.name)


def test_a_refused_act_leaves_the_case_as_it_was() -> None:
    story = Story().to(State.TO_DISPATCH)
    before = story.case
    with pytest.raises(RoleForbidden):
        story.act(Action.DISPATCH, Role.CLERK)
    assert story.case == before


def test_feedback_is_judged_by_when_the_work_was_done_not_by_when_it_was_keyed() -> None:
    for done_after, late in ((timedelta(hours=2), False), (timedelta(hours=6, minutes=10), True), (None, True)):
        story = Story().to(State.HANDLING)
        clock = story.case.clock(Stage.HANDLE)
        assert clock is not None
        began, due = story.now, clock.due_at
        story.now = due + timedelta(minutes=30)
        look = Look(began + done_after, ("后.jpg",)) if done_after is not None else None
        if done_after is not None:
            assert (began + done_after > due) is late
        ended = story.act(Action.FEEDBACK, look=look).last.clocks
        (judged,) = [one for one in ended if one.stage is Stage.HANDLE]
        assert judged.late is late


@pytest.mark.parametrize("minutes", [-1, 24 * 60])
def test_feedback_is_refused_for_a_time_before_the_dispatch_or_after_now(minutes: int) -> None:
    story = Story().to(State.HANDLING)
    began = story.now
    story.wait(hours=3)
    with pytest.raises(LookOutOfReach):
        story.act(Action.FEEDBACK, look=Look(began + timedelta(minutes=minutes)))
    story.act(Action.REDISPATCH)
    with pytest.raises(LookOutOfReach):
        story.act(Action.FEEDBACK, look=Look(began))
    assert story.act(Action.FEEDBACK, look=Look(story.now)).case.state is State.TO_CHECK


def test_from_the_third_return_on_the_shift_leader_decides() -> None:
    story = Story().to(State.HANDLING)
    for decider, other in (
        (Role.DISPATCHER, Role.SHIFT_LEADER),
        (Role.DISPATCHER, Role.SHIFT_LEADER),
        (Role.SHIFT_LEADER, Role.DISPATCHER),
    ):
        story.act(Action.RETURN)
        for action in (Action.GRANT, Action.REFUSE):
            with pytest.raises(RoleForbidden):
                story.act(action, other)
        story.act(Action.GRANT, decider)
        if story.case.return_count < 3:
            story.act(Action.DISPATCH)
    assert (story.case.state, story.case.return_count) == (State.TO_DISPATCH, 3)


def test_what_a_disabled_operator_left_waiting_is_taken_over() -> None:
    story = Story().to(State.HANDLING).act(Action.EXTEND)
    with pytest.raises(GuardRefused):
        story.act(Action.RECALL, Role.DISPATCHER)
    story.case = replace(story.case, is_requester_gone=True)
    assert story.act(Action.RECALL, Role.DISPATCHER).case.request is None
    inspector = Assignee(AssigneeKind.OPERATOR, 900, "已停用")
    case = case_at(State.TO_CHECK, assignee=inspector)
    with pytest.raises(TaskOfAnother):
        decide(case, full(Action.CHECK), PEOPLE[Role.INSPECTOR], circumstances())
    left = replace(case, is_assignee_gone=True)
    assert step_of(left, PEOPLE[Role.INSPECTOR], circumstances()) is Action.CHECK
    assert step_of(left, PEOPLE[Role.ACCEPTOR], circumstances()) is Action.SEND
    assert decide(left, full(Action.CHECK), PEOPLE[Role.INSPECTOR], circumstances()).case.state is State.TO_CLOSE
