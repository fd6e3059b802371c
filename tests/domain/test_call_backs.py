"""Calling a resident back: who is called, what may be answered, and the clock of a case that is reopened over it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from casebook import (
    CALENDAR,
    CITY,
    CONTENT,
    DISCONTENT,
    MONDAY_NINE,
    PEOPLE,
    RULE,
    UNREACHED,
    WARDEN,
    Story,
    case_at,
    circumstances,
    full,
)
from clock_oracle import active_time
from small_office import SHANGHAI

from gridconsole.domain.actions import Action, CallBack, Need
from gridconsole.domain.case import Clock
from gridconsole.domain.clock import Pause
from gridconsole.domain.derivation import StepKind, derive
from gridconsole.domain.errors import AnswerWithoutCall, GuardRefused, HandlerMayNotJudge, MissingField, RoleForbidden
from gridconsole.domain.incident import available, decide
from gridconsole.domain.next_step import step_of
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import CallBackState, Outcome, RequestKind, Role, Satisfaction, Solved, Source, Stage, State
from gridconsole.domain.text import is_callable
from gridconsole.domain.transitions import Guard

RESIDENTS = {Source.HOTLINE_12345, Source.HOTLINE_12319, Source.PUBLIC, Source.ONLINE, Source.PETITION}


def office(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def closed(source: Source = Source.PUBLIC, **handled_after: float) -> Story:
    """A case dispatched on Monday at nine, fed back some time later, checked and closed within the hour."""
    story = Story(source).to(State.HANDLING).wait(**handled_after or {"hours": 1}).act(Action.FEEDBACK)
    return story.wait(minutes=20).act(Action.CHECK).wait(minutes=10).act(Action.CLOSE)


def refused(story: Story, action: Action, role: Role, **more: Any) -> Guard:
    with pytest.raises(GuardRefused) as refusal:
        decide(story.case, full(action, **more), PEOPLE[role], circumstances(story.now))
    return refusal.value.params["guard"]


def handling(story: Story) -> Clock:
    clock = story.case.clock(Stage.HANDLE)
    assert clock is not None
    return clock


# --- who is called back -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", list(Source))
def test_a_call_back_falls_due_when_a_residents_case_is_closed_and_for_nobody_elses(source: Source) -> None:
    story = closed(source)
    if source in RESIDENTS:
        assert story.case.call_back is CallBackState.DUE
        assert Action.CALL_BACK in available(story.case, PEOPLE[Role.ACCEPTOR], circumstances(story.now))
        return
    assert story.case.call_back is None
    assert refused(story, Action.CALL_BACK, Role.ACCEPTOR) is Guard.FROM_RESIDENT
    assert Action.CALL_BACK not in available(story.case, PEOPLE[Role.ACCEPTOR], circumstances(story.now))


def test_a_case_that_came_closed_out_of_an_old_list_waits_for_no_call_but_its_resident_may_ring() -> None:
    case = case_at(State.CLOSED, Source.HOTLINE_12345)
    assert step_of(case, PEOPLE[Role.ACCEPTOR], circumstances()) is None
    assert decide(case, full(Action.CALL_BACK), PEOPLE[Role.ACCEPTOR], circumstances()).case.call_back is CallBackState.DONE


def test_who_left_no_phone_is_not_due_and_counted_apart() -> None:
    story = Story(Source.PUBLIC).to(State.TO_CLOSE)
    story.case = replace(story.case, has_phone=False)
    case = story.act(Action.CLOSE).case
    assert case.call_back is CallBackState.NO_PHONE
    assert step_of(case, PEOPLE[Role.ACCEPTOR], circumstances(story.now)) is None


@pytest.mark.parametrize("phone", ["", "无", "138****1234", "12", "—"])
def test_a_phone_that_cannot_be_called_is_none(phone: str) -> None:
    assert not is_callable(phone)


@pytest.mark.parametrize("phone", ["13812345678", "１３８１２３４５６７８", "0571-8888 1234转6", "6012"])
def test_a_phone_with_digits_enough_can_be_called(phone: str) -> None:
    assert is_callable(phone)


def test_a_content_resident_is_called_once_and_the_case_stays_as_it_is() -> None:
    story = closed()
    before = story.case
    story.wait(days=1).act(Action.CALL_BACK)
    assert (story.case.state, story.case.closed_at, story.case.call_back) == (State.CLOSED, before.closed_at, CallBackState.DONE)
    assert story.last.clocks == ()
    assert story.last.facts == {"call_back": "done"}
    assert step_of(story.case, PEOPLE[Role.ACCEPTOR], circumstances(story.now)) is None
    assert refused(story, Action.KEEP_CLOSED, Role.SHIFT_LEADER) is Guard.DISSATISFIED


def test_a_resident_who_rings_later_is_another_call_and_an_attempt_to_ring_again_changes_nothing() -> None:
    story = closed().act(Action.CALL_BACK).wait(days=9)
    assert story.act(Action.CALL_BACK, call_back=UNREACHED).case.call_back is CallBackState.DONE
    story.act(Action.CALL_BACK, call_back=DISCONTENT, reason="又堆起来了")
    assert story.case.call_back is CallBackState.DISSATISFIED
    assert refused(story, Action.CALL_BACK, Role.ACCEPTOR) is Guard.CALL_BACK_DUE, "the shift leader decides first"


def test_a_closed_case_is_reopened_for_any_reason_within_the_offices_period_and_later_only_for_a_dissatisfied_resident() -> None:
    for days, allowed in ((29, True), (31, False)):
        story = closed(Source.WARDEN).wait(days=days)
        if allowed:
            case = story.act(Action.REOPEN).case
            assert (case.state, case.reopen_count) == (State.HANDLING, 1)
        else:
            assert refused(story, Action.REOPEN, Role.SHIFT_LEADER) is Guard.REOPENABLE
    assert (
        closed().act(Action.CALL_BACK, call_back=DISCONTENT, reason="没修").wait(days=90).act(Action.REOPEN).case.reopen_count
        == 1
    )
    strict = closed(Source.WARDEN).wait(days=1)
    strict.settings = {"reopen_days": 0}
    with pytest.raises(GuardRefused):
        strict.act(Action.REOPEN)


def test_reopening_is_nobodys_next_step_while_the_resident_is_content() -> None:
    story = closed().act(Action.CALL_BACK)
    at = circumstances(story.now)
    assert Action.REOPEN in available(story.case, PEOPLE[Role.SHIFT_LEADER], at)
    assert step_of(story.case, PEOPLE[Role.SHIFT_LEADER], at) is None


def test_who_handled_the_case_does_not_ask_the_resident_about_it() -> None:
    warden = Actor(50, "𠮷田", frozenset(Role), warden_id=WARDEN.id)
    for action, called in ((Action.CALL_BACK, CallBackState.DUE), (Action.REOPEN, CallBackState.DISSATISFIED)):
        case = case_at(State.CLOSED, Source.PUBLIC, handler=WARDEN, call_back=called)
        with pytest.raises(HandlerMayNotJudge):
            decide(case, full(action), warden, circumstances(dual_axis=False))


# --- what may be answered ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("solved", list(Solved))
@pytest.mark.parametrize("grade", list(Satisfaction))
def test_dissatisfied_or_unsolved_goes_to_the_shift_leader_and_nothing_else_does(solved: Solved, grade: Satisfaction) -> None:
    story = closed().act(Action.CALL_BACK, call_back=CallBack(True, solved, grade), reason="又堆起来了[/]")
    unhappy = solved is Solved.NO or grade is Satisfaction.DISSATISFIED
    assert story.case.call_back is (CallBackState.DISSATISFIED if unhappy else CallBackState.DONE)
    offered = set(available(story.case, PEOPLE[Role.SHIFT_LEADER], circumstances(story.now)))
    assert (Action.KEEP_CLOSED in offered) is unhappy
    assert (step_of(story.case, PEOPLE[Role.SHIFT_LEADER], circumstances(story.now)) is Action.REOPEN) is unhappy


@pytest.mark.parametrize(
    ("call", "need"),
    [
        (None, Need.CALL_BACK),
        (CallBack(True), Need.SOLVED),
        (CallBack(True, Solved.PARTLY), Need.SATISFACTION),
        (CallBack(True, None, Satisfaction.SATISFIED), Need.SOLVED),
        (DISCONTENT, Need.REASON),
        (CallBack(True, Solved.YES, Satisfaction.DISSATISFIED), Need.REASON),
        (CallBack(True, Solved.NO, Satisfaction.UNDERSTANDING), Need.REASON),
    ],
)
def test_a_call_that_reached_somebody_has_its_answers(call: CallBack | None, need: Need) -> None:
    with pytest.raises(MissingField) as refusal:
        decide(closed().case, full(Action.CALL_BACK, call_back=call), PEOPLE[Role.ACCEPTOR], circumstances())
    assert refusal.value.params["need"] is need


@pytest.mark.parametrize(
    ("call", "reason"),
    [(CallBack(False, Solved.YES), ""), (CallBack(False, None, Satisfaction.VERY), ""), (UNREACHED, "不满意")],
)
def test_a_call_that_reached_nobody_carries_no_answer(call: CallBack, reason: str) -> None:
    with pytest.raises(AnswerWithoutCall):
        decide(closed().case, full(Action.CALL_BACK, call_back=call, reason=reason), PEOPLE[Role.ACCEPTOR], circumstances())


def test_nobody_reached_three_times_ends_the_task_and_an_office_may_ask_for_more() -> None:
    story, stubborn = closed(), closed()
    for tries in (1, 2):
        for _ in range(3):
            story.wait(minutes=5).act(Action.CALL_BACK, call_back=UNREACHED, note="关机")
            assert (story.case.call_back, story.case.call_back_tries) == (CallBackState.DUE, tries), "called again at once"
        story.wait(hours=5)
    story.act(Action.CALL_BACK, call_back=UNREACHED)
    assert (story.case.call_back, story.case.call_back_tries) == (CallBackState.UNREACHED, 3)
    assert step_of(story.case, PEOPLE[Role.ACCEPTOR], circumstances(story.now)) is None
    stubborn.settings = {"call_back_tries": 5, "call_back_hours": 0}
    for _ in range(3):
        stubborn.act(Action.CALL_BACK, call_back=UNREACHED)
    assert stubborn.act(Action.CALL_BACK, call_back=CONTENT).case.call_back is CallBackState.DONE


def test_calls_more_frequent_than_those_that_count_end_the_task_all_the_same() -> None:
    story = closed()
    tries = []
    for _ in range(5):
        story.act(Action.CALL_BACK, call_back=UNREACHED)
        tries.append(story.case.call_back_tries)
        story.wait(hours=3)
    assert tries == [1, 1, 2, 2, 3], "four hours lie between two that count"
    assert story.case.call_back is CallBackState.UNREACHED


# --- reopening --------------------------------------------------------------------------------------------------


def unhappy(**handled_after: float) -> Story:
    return closed(**handled_after).act(Action.CALL_BACK, call_back=DISCONTENT, reason="又堆起来了")


def test_a_reopened_case_is_with_its_old_handler_again_and_open() -> None:
    story = unhappy().act(Action.REOPEN)
    case = story.case
    assert (case.state, case.handler, case.closed_at, case.outcome) == (State.HANDLING, CITY, None, None)
    assert (case.call_back, case.call_back_tries, case.reopen_count) == (None, 0, 1)
    assert story.last.facts == {"state": "handling", "outcome": None, "call_back": None, "reopen_count": 1}


def test_the_old_clock_goes_on_where_it_stood_line_by_line() -> None:
    story = unhappy()
    story.now = office("2026-11-25 09:00")
    clock = handling(story.act(Action.REOPEN))
    # Four work hours from Monday 09:00; one was used before the feedback at 10:00. Between that and Wednesday 09:00 lie five
    # and a half hours of Monday, seven of Tuesday and half an hour of Wednesday: they count for nobody.
    assert (clock.limit, clock.started_at, clock.late) == (RULE.limit, MONDAY_NINE, False)
    assert clock.pauses == (Pause(office("2026-11-23 10:00"), office("2026-11-25 09:00")),)
    assert clock.due_at == office("2026-11-25 12:00")
    reported = derive(clock.started_at, clock.allowed, CALENDAR, clock.pauses)
    assert reported.due_at == clock.due_at
    assert [(step.kind, f"{step.at:%m-%d %H:%M}", f"{step.until:%m-%d %H:%M}" if step.until else "", step.took) for step in reported.steps] == [
        (StepKind.START, "11-23 09:00", "", timedelta()),
        (StepKind.SPAN, "11-23 09:00", "11-23 12:00", timedelta(hours=3)),
        (StepKind.SPAN, "11-23 14:00", "11-23 15:00", timedelta(hours=1)),
        (StepKind.PAUSE, "11-23 10:00", "11-25 09:00", timedelta(hours=13)),
        (StepKind.DUE, "11-25 12:00", "", timedelta()),
    ]  # fmt: skip


def test_time_used_before_and_time_used_after_add_up_to_the_limit() -> None:
    story = unhappy(hours=2)
    story.now = office("2026-11-26 15:10")
    clock = handling(story.act(Action.REOPEN))
    assert active_time(clock.started_at, story.now, RULE.limit.unit, CALENDAR, clock.pauses) == timedelta(hours=2)
    assert active_time(clock.started_at, clock.due_at, RULE.limit.unit, CALENDAR, clock.pauses) == timedelta(hours=4)


def test_what_was_granted_and_what_was_late_go_along() -> None:
    story = Story(Source.PUBLIC).to(State.HANDLING).granted(Action.EXTEND).wait(days=2)
    for action in (Action.FEEDBACK, Action.CHECK, Action.CLOSE):
        story.act(action)
    late_by = story.case.ended_handling
    assert late_by is not None
    story.act(Action.CALL_BACK, call_back=DISCONTENT, reason="没修").wait(days=1).act(Action.REOPEN)
    clock = handling(story)
    # A deadline that had passed when the case was fed back is not moved by what came after.
    assert (clock.extensions, clock.due_at, clock.late) == ((RULE.limit,), late_by.due_at, True)
    assert story.act(Action.FEEDBACK).case.was_late


def test_reopened_twice_the_clock_still_is_the_first_one() -> None:
    story = unhappy()
    story.now = office("2026-11-25 09:00")
    story.act(Action.REOPEN).wait(hours=1).act(Action.FEEDBACK).act(Action.CHECK).act(Action.CLOSE)
    assert story.case.call_back is CallBackState.DUE, "closed again, asked again"
    story.act(Action.CALL_BACK, call_back=DISCONTENT, reason="还是没有")
    story.now = office("2026-11-27 14:00")
    clock = handling(story.act(Action.REOPEN))
    assert (clock.started_at, len(clock.pauses), story.case.reopen_count) == (MONDAY_NINE, 2, 2)
    assert clock.due_at == office("2026-11-27 16:00"), "two of four hours are used"


def test_a_redispatch_after_reopening_goes_on_with_the_same_clock() -> None:
    story = unhappy()
    story.now = office("2026-11-25 09:00")
    due = handling(story.act(Action.REOPEN)).due_at
    assert handling(story.act(Action.REDISPATCH)).due_at == due


def test_where_there_was_no_handler_somebody_is_found_first() -> None:
    case = case_at(State.CLOSED, Source.PUBLIC, handler=None, call_back=CallBackState.DISSATISFIED)
    decision = decide(case, full(Action.REOPEN), PEOPLE[Role.SHIFT_LEADER], circumstances())
    assert decision.case.state is State.TO_DISPATCH
    assert [clock.stage for clock in decision.clocks] == [Stage.DISPATCH]


def test_where_there_was_no_rule_the_case_is_filed_first_or_it_would_have_no_limit() -> None:
    closed_case = case_at(State.CLOSED, Source.PUBLIC, handler=None, call_back=CallBackState.DISSATISFIED)
    case = replace(closed_case, rule=None, simple=True)
    decision = decide(case, full(Action.REOPEN), PEOPLE[Role.SHIFT_LEADER], circumstances())
    assert (decision.case.state, decision.case.simple) == (State.TO_FILE, False)
    assert [clock.stage for clock in decision.clocks] == [Stage.FILE]


def test_only_the_shift_leader_reopens_and_says_why() -> None:
    story = unhappy()
    for role in set(Role) - {Role.SHIFT_LEADER}:
        with pytest.raises(RoleForbidden):
            decide(story.case, full(Action.REOPEN), PEOPLE[role], circumstances(story.now))
    for action in (Action.REOPEN, Action.KEEP_CLOSED):
        with pytest.raises(MissingField):
            decide(story.case, full(action, reason=""), PEOPLE[Role.SHIFT_LEADER], circumstances(story.now))


def test_the_shift_leader_may_leave_it_closed_and_that_is_a_decision_too() -> None:
    story = unhappy().act(Action.KEEP_CLOSED)
    assert (story.case.state, story.case.call_back, story.case.reopen_count) == (State.CLOSED, CallBackState.KEPT, 0)
    assert refused(story, Action.KEEP_CLOSED, Role.SHIFT_LEADER) is Guard.DISSATISFIED
    assert step_of(story.case, PEOPLE[Role.SHIFT_LEADER], circumstances(story.now)) is None


def test_an_appeal_against_being_late_lapses_when_its_case_is_opened_again() -> None:
    story = unhappy(days=2).act(Action.APPEAL)
    assert story.case.request is not None
    assert story.case.request.kind is RequestKind.APPEAL
    assert story.act(Action.REOPEN).case.request is None


def test_how_it_ended_is_said_anew_when_it_is_closed_again() -> None:
    story = unhappy().act(Action.REOPEN).act(Action.FEEDBACK).act(Action.CHECK).act(Action.CLOSE, outcome=Outcome.PARTLY)
    assert (story.case.outcome, story.case.ended_handling) == (Outcome.PARTLY, replace(story.last.clocks[-1]))
