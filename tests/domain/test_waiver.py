"""Where nobody else is there, a second person's word lets one operator act on both sides of a case, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from casebook import MONDAY_NINE, WARDEN, asked, case_at, circumstances, full

from gridconsole.domain.actions import Action, Waiver, WaiverFlaw
from gridconsole.domain.case import Case, PastAct
from gridconsole.domain.errors import (
    ApproverAsked,
    ApproverWaivable,
    AxisConflict,
    AxisWaivable,
    HandlerMayNotJudge,
    RoleForbidden,
    WaiverRefused,
)
from gridconsole.domain.incident import available, decide, waivable
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Axis, RequestKind, Role, State
from gridconsole.domain.transitions import TRANSITIONS

ALL_ROLES = frozenset(Role) - {Role.ADMIN, Role.AUDITOR}
ONE, OTHER = Actor(70, "全能[/]", ALL_ROLES), Actor(71, "𠮷田", frozenset({Role.CLERK}))
WORD = Waiver(OTHER, "核查员病假，当天无人")


def torn(state: State, axis: Axis, **more: Any) -> Case:
    """A case on the given side of which the one person has acted."""
    return case_at(state, past=(PastAct(ONE.id, ONE.name, Action.FEEDBACK, axis, MONDAY_NINE),), **more)


def test_what_the_dual_axis_alone_forbids_is_waived_by_a_second_person() -> None:
    case, at = torn(State.TO_CHECK, Axis.COMMAND), circumstances(waiver_allowed=True)
    with pytest.raises(AxisWaivable):
        decide(case, full(Action.CHECK), ONE, at)
    decision = decide(case, full(Action.CHECK, waiver=WORD), ONE, at)
    assert decision.case.state is State.TO_CLOSE
    assert decision.waived == case.past[0]
    assert decision.transition.axis is Axis.SUPERVISION, "it is still an act of that side"


def test_an_office_that_knows_no_waiver_refuses_with_one_and_without() -> None:
    case = torn(State.TO_CHECK, Axis.COMMAND)
    with pytest.raises(AxisConflict) as refusal:
        decide(case, full(Action.CHECK), ONE, circumstances())
    assert not isinstance(refusal.value, AxisWaivable)
    with pytest.raises(WaiverRefused) as refused:
        decide(case, full(Action.CHECK, waiver=WORD), ONE, circumstances())
    assert refused.value.params["why"] is WaiverFlaw.NOT_HERE


@pytest.mark.parametrize(
    ("waiver", "flaw"),
    [
        (Waiver(ONE, "没有别人"), WaiverFlaw.SAME_PERSON),
        (Waiver(Actor(72, "管理员", frozenset({Role.ADMIN})), "没有别人"), WaiverFlaw.OUTSIDER),
        (Waiver(Actor(73, "审计员", frozenset({Role.AUDITOR})), "没有别人"), WaiverFlaw.OUTSIDER),
        (Waiver(Actor(74, "承办的", frozenset({Role.CLERK}), WARDEN.id), "没有别人"), WaiverFlaw.HANDLER),
        (Waiver(OTHER, ""), WaiverFlaw.NO_REASON),
        (Waiver(OTHER, "。"), WaiverFlaw.NO_REASON),
        (Waiver(OTHER, "x"), WaiverFlaw.NO_REASON),
    ],
)
def test_a_word_that_is_none_waives_nothing(waiver: Waiver, flaw: WaiverFlaw) -> None:
    case = torn(State.TO_CHECK, Axis.COMMAND, handler=WARDEN)
    with pytest.raises(WaiverRefused) as refusal:
        decide(case, full(Action.CHECK, waiver=waiver), ONE, circumstances(waiver_allowed=True))
    assert refusal.value.params["why"] is flaw


def test_a_waiver_nobody_needs_is_refused() -> None:
    at = circumstances(waiver_allowed=True)
    for case in (case_at(State.TO_CHECK), torn(State.TO_CHECK, Axis.SUPERVISION)):
        with pytest.raises(WaiverRefused) as refusal:
            decide(case, full(Action.CHECK, waiver=WORD), ONE, at)
        assert refusal.value.params["why"] is WaiverFlaw.NEEDLESS
    with pytest.raises(WaiverRefused):
        decide(torn(State.HANDLING, Axis.COMMAND), full(Action.NOTE, waiver=WORD), ONE, at)


def test_a_waiver_gives_no_role_and_lets_nobody_judge_the_own_work_or_request() -> None:
    at = circumstances(waiver_allowed=True)
    clerk = Actor(ONE.id, ONE.name, frozenset({Role.CLERK}))
    with pytest.raises(RoleForbidden):
        decide(torn(State.TO_CHECK, Axis.COMMAND), full(Action.CHECK, waiver=WORD), clerk, at)
    warden = Actor(ONE.id, ONE.name, ALL_ROLES, WARDEN.id)
    with pytest.raises(HandlerMayNotJudge):
        decide(torn(State.TO_CHECK, Axis.COMMAND, handler=WARDEN), full(Action.CHECK, waiver=WORD), warden, at)
    own = torn(State.HANDLING, Axis.COMMAND, request=asked(RequestKind.EXTENSION, by=ONE.id))
    with pytest.raises(ApproverAsked):
        decide(own, full(Action.GRANT, waiver=WORD), ONE, at)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("axis", list(Axis))
def test_what_is_offered_with_a_waiver_is_exactly_what_the_axis_alone_forbids(state: State, axis: Axis) -> None:
    case, at = torn(state, axis), circumstances(waiver_allowed=True)
    offered = waivable(case, ONE, at)
    for action in offered:
        with pytest.raises(AxisWaivable):
            decide(case, full(action), ONE, at)
        assert decide(case, full(action, waiver=WORD), ONE, at).waived == case.past[0]
    assert not set(offered) & set(available(case, ONE, at))
    assert set(offered) | set(available(case, ONE, at)) == set(available(case, ONE, circumstances(dual_axis=False)))
    assert waivable(case, ONE, circumstances()) == ()
    sides = {row.action for row in TRANSITIONS if row.source is state and row.axis is axis.other}
    assert set(offered) <= sides


def own_request(kind: RequestKind) -> Case:
    """A case on which the one person has keyed a request."""
    asking = {RequestKind.EXTENSION: Action.EXTEND, RequestKind.SUSPENSION: Action.SUSPEND, RequestKind.RETYPE: Action.RETYPE}[
        kind
    ]
    past = (PastAct(ONE.id, ONE.name, asking, None, MONDAY_NINE),)
    return case_at(State.HANDLING, past=past, request=asked(kind, by=ONE.id, opinion_guard=False))


@pytest.mark.parametrize("kind", [RequestKind.EXTENSION, RequestKind.SUSPENSION, RequestKind.RETYPE])
def test_the_only_dispatcher_gives_the_first_opinion_on_their_own_request_with_a_second_persons_word(kind: RequestKind) -> None:
    case, at = own_request(kind), circumstances(waiver_allowed=True)
    with pytest.raises(ApproverWaivable):
        decide(case, full(Action.FIRST_OPINION), ONE, at)
    assert Action.FIRST_OPINION in waivable(case, ONE, at)
    decision = decide(case, full(Action.FIRST_OPINION, waiver=WORD), ONE, at)
    assert decision.waived == case.past[0]
    with pytest.raises(ApproverAsked):
        decide(decision.case, full(Action.GRANT, waiver=WORD), ONE, at)
    with pytest.raises(WaiverRefused):
        decide(case, full(Action.FIRST_OPINION, waiver=Waiver(ONE, "没有别人")), ONE, at)
    with pytest.raises(ApproverAsked) as refusal:
        decide(case, full(Action.FIRST_OPINION), ONE, circumstances())
    assert not isinstance(refusal.value, ApproverWaivable)
    assert waivable(case, ONE, circumstances()) == ()
