"""Every (state, action, role): allowed exactly where the table of tests/matrix.py says, which is typed in by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from casebook import CITY, LEAD, MONDAY_NINE, PEOPLE, WARDEN, asked, case_at, case_for, circumstances, full
from matrix import DECIDED, FILED, MATRIX, OUTSIDE, A, C, D, I, L, R, S

from gridconsole.domain.actions import JUDGING, Act, Action, Need, next_steps
from gridconsole.domain.case import PastAct
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import (
    ActionNotInState,
    ApproverAsked,
    AxisConflict,
    FieldNotTaken,
    GuardRefused,
    HandlerMayNotJudge,
    MissingField,
    Refused,
    RoleForbidden,
)
from gridconsole.domain.incident import available, decide, report
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import Axis, CallBackState, Outcome, RequestKind, Result, Role, Source, State
from gridconsole.domain.transitions import TRANSITIONS, Guard

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
    if action is Action.RECOMPUTE and not state.is_final:
        # In the table, for a changed calendar alone.
        with pytest.raises((RoleForbidden, GuardRefused)):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action is Action.NOTE:
        with pytest.raises(RoleForbidden):
            decide(case, act, PEOPLE[role], circumstances())
        return
    if action is Action.UNMERGE or action in JUDGING:
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
        Action.UNMERGE,
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


@pytest.mark.parametrize("state", [state for state in State if not state.is_final])
def test_merging_changes_nothing_but_the_link(state: State) -> None:
    before = case_at(state, request=asked(R.VOID) if state in FILED else None)
    merged = decide(before, full(Action.MERGE), PEOPLE[D], circumstances())
    assert merged.case == replace(before, version=before.version + 1, merged_into=LEAD.number)
    assert (merged.clocks, dict(merged.facts)) == ((), {"merged_into": LEAD.number})
    parted = decide(merged.case, full(Action.UNMERGE), PEOPLE[D], circumstances())
    assert parted.case == replace(before, version=before.version + 2)
    assert (parted.clocks, dict(parted.facts)) == ((), {"merged_into": None})


def test_a_merged_case_goes_its_own_way() -> None:
    case = case_at(State.HANDLING, merged_into=LEAD.number)
    decision = decide(case, full(Action.FEEDBACK), PEOPLE[D], circumstances())
    assert (decision.case.state, decision.case.merged_into) == (State.TO_CHECK, LEAD.number)


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
