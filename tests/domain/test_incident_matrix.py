"""Every (state, action, role): allowed exactly where the table of tests/matrix.py says, which is typed in by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from casebook import CALENDAR, CITY, LEAD, MONDAY_NINE, PEOPLE, RULE, WARDEN, asked, case_at, case_for, circumstances, full
from matrix import DECIDED, FILED, MATRIX, OUTSIDE, A, C, D, I, L, R, S

from gridconsole.domain.actions import JUDGING, Act, Action, Need, next_steps
from gridconsole.domain.case import Case, PastAct, start_clock
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import (
    ActionNotInState,
    ApproverAsked,
    AxisConflict,
    CaseRests,
    FieldNotTaken,
    GuardRefused,
    HandlerMayNotJudge,
    MissingField,
    Refused,
    RoleForbidden,
)
from gridconsole.domain.incident import available, decide, report
from gridconsole.domain.parties import PROGRAM, Actor, Handler
from gridconsole.domain.states import (
    HELD_STATES,
    STAGE_OF,
    Axis,
    CallBackState,
    Outcome,
    RequestKind,
    Result,
    Role,
    Source,
    Stage,
    State,
)
from gridconsole.domain.transitions import TRANSITIONS, Guard, actions_from

STAGE_LIMIT = Limit.minutes(30)
EVERYTHING = [pytest.param(state, action, id=f"{state}-{action}") for state in State for action in Action]
STEPS = [pytest.param(state, action, id=f"{state}-{action}") for (state, action), (axis, *_) in MATRIX.items() if axis]


def someone_who_may(state: State, action: Action) -> Actor:
    return PEOPLE[min(MATRIX[state, action][1])]


def acted(actor: Actor, axis: Axis | None, action: Action = Action.NOTE) -> PastAct:
    return PastAct(actor.id, actor.name, action, axis, MONDAY_NINE)


@pytest.mark.parametrize(("state", "action"), EVERYTHING)
def test_an_action_is_allowed_exactly_where_the_table_says(state: State, action: Action) -> None:
    for role in Role:
        is_allowed_where_the_table_says(state, action, role)


def is_allowed_where_the_table_says(state: State, action: Action, role: Role) -> None:
    """One cell of the table; a failure shows which."""
    case, act = case_for(state, action), full(action)
    if action is Action.NOTE and role not in OUTSIDE:
        assert decide(case, act, PEOPLE[role], circumstances()).case.state is state
        return
    if action is Action.WITHDRAW and state in (State.REPORTED, State.CLOSED):
        # In the table, for undoing an import alone: its own test says when.
        return
    if action is Action.REVERT_RESUME and state is State.HANDLING:
        # In the table, for putting a wrong time right alone.
        with pytest.raises((RoleForbidden, GuardRefused)):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action is Action.HAND_ON and state in HELD_STATES:
        # In the table, for a handover of posts alone.
        with pytest.raises((RoleForbidden, GuardRefused)):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action is Action.MOVE_GRID and not state.is_final:
        # In the table, for a change of grids alone.
        with pytest.raises((RoleForbidden, GuardRefused)):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action is Action.RECOMPUTE and not state.is_final:
        # In the table, for a changed calendar alone.
        with pytest.raises((RoleForbidden, GuardRefused)):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action is Action.NOTE:
        with pytest.raises(RoleForbidden):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action in (Action.UNMERGE, Action.REST, Action.CLOSE_FOLLOWER) or action in JUDGING:
        # It is not merged, and nothing was asked for: what holds once it is has tests of their own.
        with pytest.raises((RoleForbidden, GuardRefused, ActionNotInState)):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if (state, action) not in MATRIX:
        with pytest.raises(ActionNotInState) as refusal:
            decide(case, act, PEOPLE[role], circumstances())
        # An answer can be given only to an order, and this case has none.
        possible = {possible for at, possible in MATRIX if at is state and possible is not Action.REPLY} | {Action.NOTE}
        assert set(refusal.value.params["actions"]) == possible
        return
    axis, roles, target = MATRIX[state, action]
    if role not in roles:
        with pytest.raises(RoleForbidden) as forbidden:
            decide(case, act, PEOPLE[role], circumstances())
        assert forbidden.value.params["roles"] == sorted(roles)
        return
    decision = decide(case, act, PEOPLE[role], circumstances())
    assert (decision.case.state, decision.transition.axis) == (target, axis)
    assert decision.case.version == case.version + 1


CELLS = [
    pytest.param(state, kind, action, id=f"{state}-{kind}-{action}")
    for kind in DECIDED
    for state in State
    for action in Action
    if action in JUDGING
]


@pytest.mark.parametrize(("state", "kind", "action"), CELLS)
def test_a_request_is_judged_exactly_by_whom_the_table_says(state: State, kind: RequestKind, action: Action) -> None:
    for role in Role:
        is_judged_by_whom_the_table_says(state, kind, action, role)


def is_judged_by_whom_the_table_says(state: State, kind: RequestKind, action: Action, role: Role) -> None:
    """One cell of the table; a failure shows which."""
    states, opinion, axis, decider, target = DECIDED[kind]
    actor = PEOPLE[role]
    request = asked(kind, by=actor.id if action is Action.RECALL else 900, opinion_guard=action is not Action.FIRST_OPINION)
    case = replace(case_at(state), request=request)
    allowed = {
        Action.FIRST_OPINION: opinion or frozenset(),
        Action.GRANT: frozenset({decider}),
        Action.REFUSE: frozenset({decider}),
        Action.RECALL: frozenset(Role) - OUTSIDE,
    }[action]
    if state not in states or role not in allowed:
        with pytest.raises((ActionNotInState, RoleForbidden, GuardRefused)):
            decide(case, full(action), actor, circumstances())
        assert action not in available(case, actor, circumstances())
        return
    decision = decide(case, full(action), actor, circumstances())
    assert action in available(case, actor, circumstances())
    assert decision.case.state is ((target or state) if action is Action.GRANT else state)
    assert decision.transition.axis is {Action.FIRST_OPINION: C, Action.RECALL: None}.get(action, axis)
    assert (decision.case.request is None) is (action is not Action.FIRST_OPINION)


@pytest.mark.parametrize("kind", list(RequestKind))
@pytest.mark.parametrize("action", [Action.FIRST_OPINION, Action.GRANT, Action.REFUSE])
def test_nobody_judges_what_they_asked_for_or_spoke_for(kind: RequestKind, action: Action) -> None:
    everything = Actor(77, "全能[/]", frozenset(Role))
    state = DECIDED[kind][0][0]
    requests = [asked(kind, by=77, opinion_guard=action is not Action.FIRST_OPINION)]
    if action is not Action.FIRST_OPINION and kind.has_opinion:
        requests.append(replace(asked(kind), first_opinion_by=77))
    for request in requests:
        case = replace(case_at(state), request=request)
        if action is Action.FIRST_OPINION and not kind.has_opinion:
            continue
        with pytest.raises(ApproverAsked) as refusal:
            decide(case, full(action), everything, circumstances())
        assert refusal.value.params["roles"]
        assert action not in available(case, everything, circumstances())


def test_every_cell_of_the_table_is_decided_here() -> None:
    """An action that nobody decided about, cell by cell, fails the build."""
    known = {
        Action.REPORT,
        Action.ARCHIVE,
        Action.NOTE,
        Action.WITHDRAW,
        Action.RECOMPUTE,
        Action.REVERT_RESUME,
        Action.HAND_ON,
        Action.MOVE_GRID,
        Action.UNMERGE,
        Action.REST,
        Action.CLOSE_FOLLOWER,
        *JUDGING,
        *(action for _, action in MATRIX),
    }
    assert known == set(Action)
    rows = {(row.source, row.action) for row in TRANSITIONS if row.source is not None and row.action in {a for _, a in MATRIX}}
    assert rows == set(MATRIX)
    judged = {(row.source, row.request, row.action) for row in TRANSITIONS if row.action in JUDGING}
    assert judged == {
        (state, kind, action) for kind, (states, opinion, *_) in DECIDED.items() for state in states for action in JUDGING
        if action is not Action.FIRST_OPINION or opinion
    }  # fmt: skip


@pytest.mark.parametrize("source", list(Source))
def test_hearsay_is_verified_first_and_first_hand_reports_go_straight_to_filing(source: Source) -> None:
    first_hand = {Source.WARDEN, Source.INSPECTOR, Source.LEADER}
    decision = decide(case_at(State.REPORTED, source), full(Action.ACCEPT), PEOPLE[A], circumstances())
    assert decision.case.state is (State.TO_FILE if source in first_hand else State.VERIFYING)


def test_a_report_found_untrue_is_declined() -> None:
    act = full(Action.VERIFY, result=Result.FALSE)
    assert decide(case_at(State.VERIFYING), act, PEOPLE[I], circumstances()).case.state is State.DECLINED


def test_a_failed_check_goes_back_to_the_handler() -> None:
    act = full(Action.CHECK, result=Result.FAIL, reason="仍有垃圾")
    decision = decide(case_at(State.TO_CHECK), act, PEOPLE[I], circumstances())
    assert (decision.case.state, decision.case.handler) == (State.HANDLING, CITY)


@pytest.mark.parametrize("source", [source for source in Source if source is not Source.WARDEN])
def test_only_a_wardens_report_is_settled_on_the_spot(source: Source) -> None:
    with pytest.raises(GuardRefused):
        decide(case_at(State.REPORTED, source), full(Action.SETTLE), PEOPLE[A], circumstances())


def test_a_person_of_several_roles_may_do_what_any_of_them_may() -> None:
    both = Actor(90, "𠮷田", frozenset({Role.CLERK, Role.INSPECTOR}))
    assert decide(case_at(State.TO_CHECK), full(Action.CHECK), both, circumstances()).case.state is State.TO_CLOSE


@pytest.mark.parametrize("roles", [frozenset(), frozenset({Role.ADMIN}), frozenset({Role.AUDITOR})])
def test_who_has_no_role_or_only_keeps_operators_or_audits_may_do_nothing_to_a_case(roles: frozenset[Role]) -> None:
    nobody = Actor(91, "实习生[/]", roles)
    for state in State:
        assert available(case_at(state), nobody, circumstances()) == ()
    with pytest.raises(RoleForbidden):
        report("1", Act.of(Action.REPORT, text="井盖缺失", source=Source.PUBLIC), circumstances(), actor=nobody)


# --- the dual axis ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_who_acted_on_the_other_side_of_this_case_may_not_act_on_this_one(state: State, action: Action) -> None:
    actor = someone_who_may(state, action)
    axis = MATRIX[state, action][0]
    other = C if axis is S else S
    past = (acted(actor, other, Action.FEEDBACK),)
    with pytest.raises(AxisConflict) as refusal:
        decide(case_for(state, action, past=past), full(action), actor, circumstances())
    assert refusal.value.params["operator"] == actor.name
    assert refusal.value.params["past_action"] is Action.FEEDBACK
    assert refusal.value.params["roles"] == sorted(MATRIX[state, action][1])
    assert action not in available(case_for(state, action, past=past), actor, circumstances())


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_the_same_side_a_colleague_and_a_neutral_act_are_no_hindrance(state: State, action: Action) -> None:
    actor, colleague = someone_who_may(state, action), Actor(99, "同事", frozenset(Role))
    axis = MATRIX[state, action][0]
    other = C if axis is S else S
    past = (acted(actor, None, Action.REPORT), acted(actor, axis), acted(colleague, other), acted(actor, None))
    assert decide(case_for(state, action, past=past), full(action), actor, circumstances()).case.version == 5


@pytest.mark.parametrize(("state", "action"), STEPS)
def test_an_office_may_waive_the_dual_axis(state: State, action: Action) -> None:
    actor = someone_who_may(state, action)
    past = (acted(actor, S), acted(actor, C))
    decision = decide(case_for(state, action, past=past), full(action), actor, circumstances(dual_axis=False))
    assert decision.case.state is MATRIX[state, action][2]


def test_a_note_is_neutral_whatever_was_done_before() -> None:
    actor = PEOPLE[Role.CLERK]
    past = (acted(actor, S), acted(actor, C))
    decision = decide(case_at(State.HANDLING, past=past), full(Action.NOTE), actor, circumstances())
    assert decision.transition.axis is None


@pytest.mark.parametrize(("state", "action"), [(State.TO_CHECK, Action.CHECK), (State.TO_CLOSE, Action.CLOSE)])
def test_the_warden_who_handled_may_not_judge_even_where_the_dual_axis_is_waived(state: State, action: Action) -> None:
    role = I if action is Action.CHECK else L
    judge = Actor(50, "𠮷田", frozenset({role}), warden_id=WARDEN.id)
    case = case_at(state, handler=WARDEN)
    with pytest.raises(HandlerMayNotJudge) as refusal:
        decide(case, full(action), judge, circumstances(dual_axis=False))
    assert refusal.value.params["roles"] == [role]
    assert set(available(case, judge, circumstances())) == (
        {Action.SEND_BACK, Action.MERGE, Action.SUPERVISION_ORDER, Action.NOTE} if action is Action.CLOSE else {Action.NOTE}
    )


def test_a_warden_may_judge_what_a_unit_of_the_same_key_or_another_warden_handled() -> None:
    judge = Actor(50, "𠮷田", frozenset({I}), warden_id=WARDEN.id)
    for handler in (Handler(HandlerKind.UNIT, WARDEN.id, "城管局"), Handler(HandlerKind.WARDEN, WARDEN.id + 1, "李小明")):
        decision = decide(case_at(State.TO_CHECK, handler=handler), full(Action.CHECK), judge, circumstances())
        assert decision.case.state is State.TO_CLOSE


def test_a_redispatch_names_somebody_else() -> None:
    renamed = replace(CITY, name="城市管理局")
    for handler in (CITY, renamed):
        with pytest.raises(GuardRefused):
            decide(case_at(State.HANDLING), full(Action.REDISPATCH, handler=handler), PEOPLE[D], circumstances())


# --- what the screens offer -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("role", list(Role))
def test_available_offers_exactly_what_decide_allows(state: State, role: Role) -> None:
    actor = Actor(42, "派遣员甲", frozenset({role}), warden_id=WARDEN.id)
    pasts = ((), (acted(actor, S),), (acted(actor, C),), (acted(actor, None),))
    for source, called in ((Source.WARDEN, None), *((Source.PUBLIC, called) for called in CallBackState)):
        for handler in (CITY, WARDEN):
            for past in pasts:
                case = case_at(state, source, past, handler=handler, call_back=called)
                for dual_axis in (True, False):
                    at = circumstances(dual_axis=dual_axis)
                    allowed = set()
                    for action in Action:
                        try:
                            decide(case, full(action), actor, at)
                        except Refused:
                            continue
                        allowed.add(action)
                    offered = available(case, actor, at)
                    assert set(offered) == allowed
                    assert len(offered) == len(allowed)


@pytest.mark.parametrize(
    ("undoes", "batch", "since", "allowed"),
    [
        (3, 3, (), True),
        (3, 3, ((Action.NOTE, "import"),), True),
        (3, 3, ((Action.NOTE, "console"),), False),
        (3, 3, ((Action.NOTE, "import"), (Action.SEND_BACK, "import")), False),
        (3, 4, (), False),
        (None, 3, (), False),
        (3, None, (), False),
    ],
)
def test_only_undoing_its_own_import_withdraws_a_case_nobody_has_touched(
    undoes: int | None, batch: int | None, since: tuple[tuple[Action, str], ...], allowed: bool
) -> None:
    first = acted(PEOPLE[Role.CLERK], None, Action.REPORT)
    past = (first, *(replace(acted(PEOPLE[Role.CLERK], None, action), origin=origin) for action, origin in since))
    case = replace(case_at(State.REPORTED, batch_id=batch), past=past)
    act = full(Action.WITHDRAW, reason="撤销导入", undoes=undoes)
    clerk = PEOPLE[Role.CLERK]
    assert Action.WITHDRAW not in available(case, clerk, circumstances())
    if allowed:
        assert decide(case, act, clerk, circumstances()).case.state is State.VOIDED
        with pytest.raises(RoleForbidden):
            decide(case, act, PEOPLE[D], circumstances())
        return
    with pytest.raises(GuardRefused):
        decide(case, act, clerk, circumstances())


# --- one matter -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("role", list(Role))
def test_a_merged_case_is_parted_by_whoever_may_merge_wherever_it_stands(state: State, role: Role) -> None:
    case, actor = case_at(state, merged_into=LEAD.number), PEOPLE[role]
    if role not in {A, L, D}:
        with pytest.raises(RoleForbidden):
            decide(case, full(Action.UNMERGE), actor, circumstances())
        return
    with pytest.raises(MissingField):
        decide(case, Act.of(Action.UNMERGE), actor, circumstances())
    decision = decide(case, full(Action.UNMERGE), actor, circumstances())
    assert (decision.case.state, decision.case.merged_into, decision.transition.axis) == (state, None, None)
    assert Action.UNMERGE in available(case, actor, circumstances())
    assert Action.MERGE not in available(case, actor, circumstances())


@pytest.mark.parametrize(
    ("case", "lead", "guard"),
    [
        ({}, {"number": "2026112300001"}, Guard.INTO_ANOTHER),
        ({}, {"merged_into": "2026112300003"}, Guard.INTO_LEADING),
        ({}, {"merged_into": "2026112300001"}, Guard.INTO_LEADING),
        ({"followers": ("2026112300003",)}, {}, Guard.LEADS_NONE),
        ({"merged_into": "2026112300003"}, {}, Guard.SEPARATE),
        ({"merged_into": LEAD.number}, {}, Guard.SEPARATE),
        ({}, {"state": State.DECLINED}, Guard.INTO_STANDING),
        ({}, {"state": State.VOIDED}, Guard.INTO_STANDING),
        ({}, {"state": State.CLOSED}, Guard.INTO_OPEN),
    ],
)
def test_merging_makes_neither_chain_nor_circle_nor_leads_nowhere(
    case: dict[str, Any], lead: dict[str, Any], guard: Guard
) -> None:
    act = full(Action.MERGE, into=replace(LEAD, **lead))
    with pytest.raises(GuardRefused) as refusal:
        decide(case_at(State.HANDLING, **case), act, PEOPLE[A], circumstances())
    assert refusal.value.params["guard"] is guard


def test_a_case_that_is_not_merged_cannot_be_parted() -> None:
    with pytest.raises(GuardRefused) as refusal:
        decide(case_at(State.HANDLING), full(Action.UNMERGE), PEOPLE[A], circumstances())
    assert refusal.value.params["guard"] is Guard.MERGED


def test_merging_names_the_case_to_merge_into_and_no_other_step_takes_one() -> None:
    with pytest.raises(MissingField) as missing:
        decide(case_at(State.HANDLING), Act.of(Action.MERGE), PEOPLE[A], circumstances())
    assert missing.value.params["need"] is Need.INTO
    with pytest.raises(FieldNotTaken):
        decide(case_at(State.HANDLING), full(Action.NOTE, into=LEAD), PEOPLE[A], circumstances())


OPEN = [state for state in State if not state.is_final]
STAGE = {state: start_clock(STAGE_OF[state], STAGE_LIMIT, MONDAY_NINE, CALENDAR) for state in OPEN if state in STAGE_OF}


def standing(state: State, **more: Any) -> Case:
    """A case with the clocks that run in its state; from feedback on, the handling clock is halted."""
    handling = start_clock(Stage.HANDLE, RULE.limit, MONDAY_NINE, CALENDAR)
    halted = {State.TO_CHECK: handling.halt(MONDAY_NINE), State.TO_CLOSE: handling.halt(MONDAY_NINE),
              State.SUSPENDED: handling.pause(MONDAY_NINE), State.TO_DISPATCH: handling}  # fmt: skip
    clocks = [STAGE[state], *([halted[state]] if state in halted else [])] if state in STAGE else [halted[state]]
    return case_at(state, clocks=tuple(clocks), **more)


@pytest.mark.parametrize("state", OPEN)
def test_a_merged_case_rests_in_its_state_and_parted_goes_on_with_its_own_time(state: State) -> None:
    before = standing(state, request=asked(R.VOID) if state in FILED else None)
    merged = decide(before, full(Action.MERGE), PEOPLE[D], circumstances(MONDAY_NINE + timedelta(minutes=5))).case
    assert (merged.state, merged.merged_into, merged.resting, merged.request) == (state, LEAD.number, True, None)
    assert [clock for clock in merged.clocks if clock.is_running] == []
    assert merged.due_clock is None
    parted = decide(merged, full(Action.UNMERGE), PEOPLE[D], circumstances(MONDAY_NINE + timedelta(minutes=65))).case
    assert (parted.state, parted.merged_into, parted.resting) == (state, None, False)
    was, now = ({clock.stage: clock for clock in case.clocks} for case in (before, parted))
    for stage, clock in was.items():
        assert (now[stage].is_running, now[stage].late) == (clock.is_running, clock.late)
        if clock.is_running:
            assert [pause.end - pause.start for pause in now[stage].pauses] == [timedelta(hours=1)]
        else:
            assert now[stage] == clock, "what had been halted before stays as it was judged"


@pytest.mark.parametrize("state", OPEN)
def test_nothing_is_done_on_a_case_that_rests_but_what_belongs_to_it_alone(state: State) -> None:
    case = standing(state, merged_into=LEAD.number, resting=True)
    for actor in PEOPLE.values():
        assert set(available(case, actor, circumstances())) <= {Action.UNMERGE, Action.NOTE, Action.REPLY}
    for action in actions_from(state):
        if action not in (Action.UNMERGE, Action.NOTE, Action.REPLY):
            with pytest.raises(CaseRests):
                decide(case, full(action), PEOPLE[D], circumstances())


@pytest.mark.parametrize("state", OPEN)
def test_the_program_alone_closes_a_resting_case_with_the_outcome_it_is_given_and_judges_nobody(state: State) -> None:
    case, act = (
        standing(state, source=Source.PUBLIC, merged_into=LEAD.number, resting=True),
        Act.of(Action.CLOSE_FOLLOWER, outcome=Outcome.PARTLY),
    )
    case = replace(case, clocks=tuple(clock.pause(MONDAY_NINE) if clock.is_running else clock for clock in case.clocks))
    for actor in PEOPLE.values():
        with pytest.raises((RoleForbidden, GuardRefused)):
            decide(case, act, actor, circumstances())
    decision = decide(case, act, PROGRAM, circumstances(MONDAY_NINE + timedelta(days=30)))
    closed = decision.case
    assert (closed.state, closed.outcome, closed.call_back, closed.resting) == (
        State.CLOSED, Outcome.PARTLY, CallBackState.DUE, False,
    )  # fmt: skip
    assert decision.transition.axis is None
    assert {clock.stage: clock.late for clock in decision.clocks} == {clock.stage: clock.late for clock in case.clocks}


def test_a_case_merged_by_an_earlier_program_goes_its_own_way_until_somebody_lets_it_rest() -> None:
    case = case_at(State.HANDLING, merged_into=LEAD.number)
    decision = decide(case, full(Action.FEEDBACK), PEOPLE[D], circumstances())
    assert (decision.case.state, decision.case.merged_into) == (State.TO_CHECK, LEAD.number)
    rested = decide(case, full(Action.REST, into=LEAD), PEOPLE[D], circumstances()).case
    assert (rested.resting, rested.merged_into, rested.due_clock) == (True, LEAD.number, None)
    with pytest.raises(GuardRefused):
        decide(case, full(Action.REST, into=replace(LEAD, state=State.CLOSED)), PEOPLE[D], circumstances())
    with pytest.raises(CaseRests):
        decide(rested, full(Action.REST, into=LEAD), PEOPLE[D], circumstances())


def test_who_is_dissatisfied_with_a_merged_case_is_decided_on_where_it_leads() -> None:
    follower = case_at(State.CLOSED, Source.PUBLIC, call_back=CallBackState.DISSATISFIED, merged_into=LEAD.number)
    for action in (Action.REOPEN, Action.KEEP_CLOSED):
        with pytest.raises(GuardRefused) as refusal:
            decide(follower, full(action), PEOPLE[L], circumstances())
        assert refusal.value.params["guard"] is Guard.LEADS_ITSELF
    assert decide(follower, full(Action.KEEP_CLOSED), PROGRAM, circumstances()).case.call_back is CallBackState.KEPT
    leader = case_at(State.CLOSED, Source.PUBLIC, call_back=CallBackState.DUE, unhappy_followers=(follower.number,))
    assert decide(leader, full(Action.REOPEN), PEOPLE[L], circumstances()).case.state is State.HANDLING
    kept = decide(leader, full(Action.KEEP_CLOSED), PEOPLE[L], circumstances()).case
    assert kept.call_back is CallBackState.DUE, "its own resident was not called yet"


def test_what_others_were_merged_into_is_not_taken_back_with_its_import() -> None:
    past = (acted(PEOPLE[Role.CLERK], None, Action.REPORT),)
    case = case_at(State.REPORTED, past=past, batch_id=3, followers=("2026112300003",))
    with pytest.raises(GuardRefused):
        decide(case, full(Action.WITHDRAW, reason="撤销导入", undoes=3), PEOPLE[Role.CLERK], circumstances())


def test_a_link_is_never_what_a_case_needs_next() -> None:
    assert next_steps((Action.MERGE, Action.UNMERGE, Action.NOTE, Action.ACCEPT)) == (Action.ACCEPT,)


def test_outcome_is_kept_apart_from_the_state() -> None:
    for outcome in Outcome:
        decision = decide(case_at(State.TO_CLOSE), full(Action.CLOSE, outcome=outcome), PEOPLE[L], circumstances())
        assert (decision.case.state, decision.case.outcome) == (State.CLOSED, outcome)
    assert decide(case_at(State.TO_CLOSE), full(Action.CLOSE), PEOPLE[L], circumstances()).case.outcome is Outcome.RESOLVED
