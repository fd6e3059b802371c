"""What a handler may ask for, how it is decided, and what it does to the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from casebook import CALENDAR, CLEANERS, MONDAY_NINE, OTHER_RULE, PEOPLE, RULE, Story, circumstances, full
from small_office import SHANGHAI

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Clock, RequestLimits
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.codes import Unit
from gridconsole.domain.derivation import derive
from gridconsole.domain.errors import ApproverAsked, AskedTooMuch, DayOutOfReach, GuardRefused, MissingField, RoleForbidden
from gridconsole.domain.incident import available, decide
from gridconsole.domain.parties import PROGRAM
from gridconsole.domain.states import Appeal, RequestKind, Result, Role, Stage, State
from gridconsole.domain.transitions import Guard


def office(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def handling(story: Story) -> Clock:
    clock = story.case.clock(Stage.HANDLE)
    assert clock is not None
    return clock


def refused(story: Story, action: Action, role: Role = Role.CLERK, **more: object) -> Guard:
    with pytest.raises(GuardRefused) as refusal:
        decide(story.case, full(action, **more), PEOPLE[role], circumstances(story.now))
    return refusal.value.params["guard"]


# --- extension --------------------------------------------------------------------------------------------------


def test_an_extension_adds_the_limit_once_more_and_the_sum_says_so() -> None:
    story = Story().to(State.HANDLING).wait(hours=1).granted(Action.EXTEND)
    clock = handling(story)
    assert (clock.limit, clock.extensions, clock.started_at) == (RULE.limit, (RULE.limit,), MONDAY_NINE)
    # Four work hours from 09:00 end at 15:00; four more the next morning.
    assert clock.due_at == office("2026-11-24 10:00")
    assert derive(clock.started_at, clock.allowed, CALENDAR, clock.pauses).due_at == clock.due_at
    assert (story.case.extension_count, story.case.request) == (1, None)


def test_nothing_happens_to_the_clock_before_an_extension_is_granted() -> None:
    story = Story().to(State.HANDLING)
    before = handling(story)
    story.act(Action.EXTEND).act(Action.FIRST_OPINION, result=Result.OPPOSE)
    assert handling(story) == before
    story.act(Action.REFUSE)
    assert (handling(story), story.case.extension_count, story.case.request) == (before, 0, None)


def test_a_part_of_the_limit_may_be_asked_for_and_never_more() -> None:
    hour = Limit(Decimal(1), Unit.WORK_HOUR)
    story = Story().to(State.HANDLING).granted(Action.EXTEND, amount=hour)
    assert handling(story).due_at == office("2026-11-23 16:00")
    for amount in (Limit(Decimal(5), Unit.WORK_HOUR), Limit(Decimal(1), Unit.WORK_DAY)):
        with pytest.raises(AskedTooMuch):
            decide(story.case, full(Action.EXTEND, amount=amount), PEOPLE[Role.CLERK], circumstances(story.now))


def test_the_third_extension_is_refused_and_refusals_do_not_count() -> None:
    story = Story().to(State.HANDLING)
    story.act(Action.EXTEND).act(Action.FIRST_OPINION).act(Action.REFUSE)
    story.granted(Action.EXTEND).granted(Action.EXTEND)
    assert refused(story, Action.EXTEND) is Guard.EXTENSIONS_LEFT
    generous = circumstances(story.now, limits=RequestLimits(extensions=3))
    assert decide(story.case, full(Action.EXTEND), PEOPLE[Role.CLERK], generous).case.request is not None


def test_an_extension_is_asked_for_before_the_time_is_up() -> None:
    story = Story().to(State.HANDLING).wait(hours=6)
    assert decide(story.case, full(Action.EXTEND), PEOPLE[Role.CLERK], circumstances(story.now)).case.request is not None
    story.wait(seconds=1)
    assert refused(story, Action.EXTEND) is Guard.IN_TIME


def test_an_extension_asked_for_in_time_may_be_granted_later() -> None:
    story = Story().to(State.HANDLING).act(Action.EXTEND).act(Action.FIRST_OPINION).wait(hours=8).act(Action.GRANT)
    assert handling(story).due_at == office("2026-11-24 10:00")


def test_what_was_granted_goes_along_to_the_next_handler_and_through_a_failed_check() -> None:
    story = Story().to(State.HANDLING).granted(Action.EXTEND).granted(Action.RETURN).act(Action.DISPATCH, handler=CLEANERS)
    assert handling(story).due_at == office("2026-11-24 10:00")
    story.act(Action.FEEDBACK).wait(minutes=30).act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    assert handling(story).due_at == office("2026-11-24 10:30")


# --- suspension -------------------------------------------------------------------------------------------------


def test_a_suspended_case_shows_no_clock_and_goes_on_where_it_stood() -> None:
    story = Story().to(State.HANDLING).wait(hours=1).granted(Action.SUSPEND)
    assert (story.case.state, story.case.due_clock, story.case.suspended_until) == (State.SUSPENDED, None, date(2026, 12, 1))
    story.now = office("2026-11-27 10:00")
    story.act(Action.RESUME)
    clock = handling(story)
    assert (story.case.state, story.case.suspended_until, clock.late) == (State.HANDLING, None, None)
    # One of four work hours was used on Monday; three are left on Friday from ten.
    assert clock.due_at == office("2026-11-27 15:00")


def test_the_program_takes_it_up_again_on_the_day_and_does_nothing_else() -> None:
    story = Story().to(State.HANDLING).granted(Action.SUSPEND)
    story.now = office("2026-12-01 00:00")
    story.act(Action.RESUME, PROGRAM, reason="到期自动恢复")
    assert story.case.state is State.HANDLING
    assert handling(story).due_at == office("2026-12-01 14:30")
    with pytest.raises(RoleForbidden):
        decide(story.case, full(Action.FEEDBACK), PROGRAM, circumstances(story.now))


@pytest.mark.parametrize("until", [date(2026, 11, 23), date(2026, 11, 20), date(2027, 11, 24)])
def test_a_suspension_ends_within_a_year_and_not_before_tomorrow(until: date) -> None:
    story = Story().to(State.HANDLING)
    with pytest.raises(DayOutOfReach):
        decide(story.case, full(Action.SUSPEND, until=until), PEOPLE[Role.CLERK], circumstances(story.now))
    for last in (date(2026, 11, 24), date(2027, 11, 23)):
        assert decide(story.case, full(Action.SUSPEND, until=last), PEOPLE[Role.CLERK], circumstances(story.now)).case.request


def test_a_suspension_needs_its_day_and_comes_once() -> None:
    story = Story().to(State.HANDLING)
    with pytest.raises(MissingField):
        decide(story.case, full(Action.SUSPEND, until=None), PEOPLE[Role.CLERK], circumstances(story.now))
    story.granted(Action.SUSPEND).act(Action.RESUME)
    assert refused(story, Action.SUSPEND) is Guard.SUSPENSIONS_LEFT


def test_a_late_case_stays_late_through_its_suspension() -> None:
    story = Story().to(State.HANDLING).wait(days=1).granted(Action.SUSPEND)
    story.now = office("2026-11-30 09:00")
    story.act(Action.RESUME).wait(hours=1).act(Action.FEEDBACK)
    assert handling(story).late is True


# --- the others -------------------------------------------------------------------------------------------------


def test_another_filing_rule_counts_from_the_same_start() -> None:
    story = Story().to(State.HANDLING).wait(hours=2).granted(Action.EXTEND).granted(Action.RETYPE)
    clock = handling(story)
    assert (story.case.rule, story.case.category_id, clock.started_at) == (OTHER_RULE, 6, MONDAY_NINE)
    # Three working days after Monday; hours granted before mean nothing in days.
    assert (clock.due_at, clock.extensions) == (office("2026-11-26 17:30"), ())


def test_a_void_case_is_over_and_its_clock_stops() -> None:
    story = Story().to(State.TO_CHECK).granted(Action.VOID)
    assert (story.case.state, story.case.closed_at) == (State.VOIDED, story.now)
    assert story.case.due_clock is None
    assert all(clock.stopped_at is not None for clock in story.last.clocks)


def test_an_appeal_is_for_what_was_late_and_comes_once() -> None:
    in_time = Story().to(State.CLOSED)
    assert refused(in_time, Action.APPEAL) is Guard.LATE
    for upheld in (True, False):
        story = Story().to(State.HANDLING).wait(days=2)
        for action in (Action.FEEDBACK, Action.CHECK, Action.CLOSE):
            story.act(action)
        story.case = story.last.case
        story.act(Action.APPEAL).act(Action.FIRST_OPINION)
        story.act(Action.GRANT if upheld else Action.REFUSE, Role.ACCEPTOR)
        assert (story.case.state, story.case.appeal) == (State.CLOSED, Appeal.UPHELD if upheld else Appeal.REJECTED)
        assert refused(story, Action.APPEAL) is Guard.APPEALS_LEFT


def test_one_request_at_a_time_and_only_who_asked_takes_it_back() -> None:
    story = Story().to(State.HANDLING).act(Action.EXTEND)
    assert refused(story, Action.RETURN) is Guard.NOTHING_ASKED
    assert refused(story, Action.RECALL, Role.DISPATCHER) is Guard.REQUESTER
    assert refused(story, Action.GRANT, Role.SHIFT_LEADER) is Guard.OPINION_GIVEN
    story.act(Action.RECALL)
    assert (story.case.request, story.case.extension_count) == (None, 0)
    assert refused(story, Action.GRANT, Role.SHIFT_LEADER) is Guard.ASKED


def test_a_first_opinion_is_given_once_and_never_on_ones_own_request() -> None:
    story = Story().to(State.HANDLING).act(Action.EXTEND, Role.DISPATCHER)
    with pytest.raises(ApproverAsked):
        decide(story.case, full(Action.FIRST_OPINION), PEOPLE[Role.DISPATCHER], circumstances(story.now))
    story.act(Action.RECALL, Role.DISPATCHER).act(Action.EXTEND).act(Action.FIRST_OPINION)
    assert refused(story, Action.FIRST_OPINION, Role.DISPATCHER) is Guard.NO_OPINION_YET


@pytest.mark.parametrize("action", [Action.RETURN, Action.EXTEND, Action.SUSPEND, Action.RETYPE])
def test_a_request_about_the_handling_goes_with_it(action: Action) -> None:
    for ending in (Action.FEEDBACK, Action.REDISPATCH):
        story = Story().to(State.HANDLING).act(action).act(ending)
        assert story.case.request is None
        assert story.last.facts["request"] is None
    stands = Story().to(State.HANDLING).act(action).act(Action.NOTE)
    assert stands.case.request is not None


def test_a_request_to_void_stands_while_the_case_goes_on() -> None:
    story = Story().to(State.HANDLING).act(Action.VOID, Role.ACCEPTOR).act(Action.FEEDBACK)
    assert story.case.request is not None
    assert story.case.request.kind is RequestKind.VOID
    story.act(Action.GRANT)
    assert story.case.state is State.VOIDED


def test_the_menu_of_who_decides_names_the_decision_first() -> None:
    story = Story().to(State.HANDLING).act(Action.EXTEND).act(Action.FIRST_OPINION)
    offered = available(story.case, PEOPLE[Role.SHIFT_LEADER], circumstances(story.now + timedelta(minutes=1)))
    assert offered[:2] == (Action.GRANT, Action.REFUSE)
