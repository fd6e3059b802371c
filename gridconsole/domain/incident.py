"""Decide what happens to a case, in one function.

:func:`decide` is pure. It takes a case, an act and the circumstances. It returns the next case, or refuses with the reason and the
roles that may do it. It is the only reader of the transition table, so every interface obeys the same rules.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gridconsole.domain.actions import ASKING, LINKING, ORDERING, Act, Action, Feedback, Need, Report, SupervisionOrder
from gridconsole.domain.assigning import check_look
from gridconsole.domain.case import Case, Circumstances, Clock, Decision, History, projection, start_clock
from gridconsole.domain.checks import (
    check_answers,
    check_axis,
    check_fills,
    check_guards,
    check_needs,
    check_person,
    check_roles,
    is_selectable,
    selected,
)
from gridconsole.domain.clock import stamp
from gridconsole.domain.effects import counted, moved, requested, with_fields
from gridconsole.domain.errors import (
    ActionNotInState,
    AlreadyDispatched,
    ApproverAsked,
    AxisConflict,
    CaseRests,
    GridConsoleError,
    GuardRefused,
    HandlerMayNotJudge,
    MissingField,
    ReplyByPast,
    RoleForbidden,
    StaleVersion,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import OPEN_STATES, Grade, Source, Stage, State
from gridconsole.domain.transitions import TRANSITIONS, WHILE_RESTING, Transition, actions_from, roles_for, rows_for

LONGEST_REPLY = timedelta(days=366)
"""Longest time allowed for answering an order; anything later is a wrong year."""


def decide(case: Case, act: Act, actor: Actor, at: Circumstances) -> Decision:
    """Return the next case, or refuse the act.

    Raises:
        StaleVersion, AlreadyDispatched: the case is not the one the operator saw.
        ActionNotInState, RoleForbidden, AxisConflict, WaiverRefused, HandlerMayNotJudge, ApproverAsked, ApproverWaivable, GuardRefused,
            AskedTooMuch,
            MissingField, FieldNotTaken, AnswerWithoutCall, ReplyByPast: the transition table does not allow it.
        CaseRests: the case rests in another one.
        AssigneeExcluded, TaskOfAnother, LookOutOfReach, PhotoRefused: the inspector, or the inspection result, is not acceptable.
    """
    _check_version(case, act)
    rows = rows_for(case.state, act.action)
    if not rows:
        possible = [
            action for action in actions_from(case.state) if any(is_selectable(row, case) for row in rows_for(case.state, action))
        ]
        raise ActionNotInState(number=case.number, state=case.state, action=act.action, actions=tuple(possible))
    if case.resting and act.action not in WHILE_RESTING:
        raise CaseRests(number=case.number, action=act.action, other=case.merged_into or "")
    row = selected(rows, case, act, actor)
    check_roles(row, actor)
    own = check_person(row, case, actor, at, act.waiver)
    waived = check_axis(row, case, act.waiver, actor, at, is_used=own is not None) or own
    check_guards(row, case, act, actor, at)
    check_fills(row, act)
    # A request changes nothing yet: its fields are applied once it is granted.
    after = case if row.request is not None else with_fields(case, act)
    check_needs(row, after, act)
    check_answers(act)
    check_look(case, act, at)
    order = act.get(SupervisionOrder)
    if order is not None and order.reply_by is not None and not at.now < order.reply_by <= at.now + LONGEST_REPLY:
        raise ReplyByPast(action=act.action, value=order.reply_by)
    after = (
        requested(row, case, act, actor, at)
        if row.request is not None
        else counted(row, case, after=after, act=act, actor=actor, at=at)
    )
    done = act.get(Feedback)
    done_at = done.look.at if done is not None and done.look is not None else None
    return replace(moved(row, case, after, at, done_at), waived=waived)


def report(
    number: str, act: Act, at: Circumstances, *, started_at: datetime | None = None, actor: Actor | None = None
) -> Decision:
    """Create a case from a report; any role that works on cases may do it, and so may an import.

    Args:
        started_at: start of the acceptance clock, if not now.
        actor: who enters it; None if the caller has checked the rights already.
    """
    (row,) = rows_for(None, Action.REPORT)
    if actor is not None:
        check_roles(row, actor)
    said = act.get(Report)
    if said is None or not said.text:
        raise MissingField(action=act.action, need=Need.TEXT)
    if said.source is None:
        raise MissingField(action=act.action, need=Need.SOURCE)
    grade = said.grade or Grade.ORDINARY
    if started_at is None:
        clock = at.acceptance_clock(grade)
    else:
        clock = start_clock(Stage.ACCEPT, at.stage_limit(Stage.ACCEPT, grade), started_at, at.calendar)
    case = Case(
        number=number,
        state=State.REPORTED,
        version=1,
        source=said.source,
        grade=grade,
        grid_id=said.grid_id,
        category_id=said.category_id,
        rule=said.rule,
        state_since=at.now,
        clocks=(clock,),
        outer_due_at=said.outer_due_at,
        reporter_id=said.reporter_id,
    )
    facts = {
        "state": case.state.value,
        "source": case.source.value,
        "grade": case.grade.value,
        "grid_id": case.grid_id,
        "category_id": case.category_id,
        **_given(case),
    }
    return Decision(case, row, facts, (clock,))


def _given(case: Case) -> dict[str, str | int | bool | None]:
    """Return the facts that few reports give."""
    given: dict[str, str | int | bool | None] = {}
    if case.outer_due_at is not None:
        given["outer_due_at"] = stamp(case.outer_due_at)
    if case.reporter_id is not None:
        given["reporter_id"] = case.reporter_id
    return given


def archive(number: str, act: Act, at: Circumstances, past: History) -> Decision:
    """Create a case that ended before the program knew it: closed at once, its handling judged by the times in the list.

    Nothing is invented: a stage whose times the list does not give has no clock.
    """
    (row,) = rows_for(None, Action.ARCHIVE)
    said = act.get(Report) or Report()
    clocks: tuple[Clock, ...] = ()
    if said.rule is not None and past.dispatched_at is not None and past.handled_at is not None:
        started = start_clock(Stage.HANDLE, said.rule.limit, past.dispatched_at, at.calendar)
        clocks = (started.stop(max(past.handled_at, past.dispatched_at)),)
    case = Case(
        number=number,
        state=State.CLOSED,
        version=1,
        source=said.source or Source.OTHER,
        grade=said.grade or Grade.ORDINARY,
        grid_id=said.grid_id,
        category_id=said.category_id,
        rule=said.rule,
        handler=past.handler,
        outcome=past.outcome,
        state_since=past.closed_at,
        closed_at=past.closed_at,
        clocks=clocks,
        outer_due_at=said.outer_due_at,
        reporter_id=said.reporter_id,
    )
    facts = {name: value for name, value in projection(case).items() if value not in (None, 0, False)}
    times = {"dispatched_at": past.dispatched_at, "handled_at": past.handled_at, "closed_at": past.closed_at}
    facts |= {name: time.astimezone(UTC).isoformat() for name, time in times.items() if time is not None}
    return Decision(case, row, facts, clocks)


def available(case: Case, actor: Actor, at: Circumstances) -> tuple[Action, ...]:
    """Return the actions that this operator may take now, in table order."""
    return tuple(action for action in actions_from(case.state) if is_open(action, case, actor, at))


def waivable(case: Case, actor: Actor, at: Circumstances) -> tuple[Action, ...]:
    """Return the actions that only the dual axis forbids this operator and that a second person may waive, in table order."""
    if not at.waiver_allowed:
        return ()
    plain, either_side = available(case, actor, at), available(case, actor, replace(at, dual_axis=False, own_opinions=True))
    return tuple(action for action in either_side if action not in plain)


def is_open(action: Action, case: Case, actor: Actor, at: Circumstances) -> bool:
    """Return whether an operator may take an action on a case now."""
    return any(
        is_selectable(row, case) and _refusal(row, case, actor, at) is None for row in rows_for(case.state, action)
    )  # fmt: skip


def unavailable(case: Case, actor: Actor, at: Circumstances) -> tuple[tuple[Action, GridConsoleError], ...]:
    """Return the actions that this operator may take on other cases but not on this one now, each with the reason.

    Steps of other states are left out, for the case comes to them by itself. Requests, orders and links are not: an operator looks
    for them whatever the state is.
    """
    found = []
    for action in _SOUGHT[case.state]:
        if roles_for(action) & actor.roles and not is_open(action, case, actor, at):
            error = why_not(action, case, actor, at)
            if error is not None:
                found.append((action, error))
    return tuple(found)


_ANYWHERE = tuple(
    action
    for action in dict.fromkeys(row.action for row in TRANSITIONS if row.source in OPEN_STATES)
    if action in (ASKING | LINKING | ORDERING) - {Action.RECALL, Action.REST, Action.UNMERGE}
)
_NEVER_SOUGHT = {Action.REST, Action.UNMERGE, Action.RECALL}
"""Actions that mean nothing where there is no link and no request."""
_SOUGHT = {
    state: tuple(
        action
        for action in dict.fromkeys((*actions_from(state), *(_ANYWHERE if state in OPEN_STATES else ())))
        if action not in _NEVER_SOUGHT
    )
    for state in State
}
"""Actions that an operator may look for on a case, by its state."""


def why_not(action: Action, case: Case, actor: Actor, at: Circumstances) -> GridConsoleError | None:
    """Return why an action is not open to an operator; None if it is, or if nothing asks for it: no request, no order, no link."""
    if case.resting and action not in WHILE_RESTING:
        return CaseRests(number=case.number, action=action, other=case.merged_into or "")
    rows = rows_for(case.state, action)
    if not rows:
        return ActionNotInState(number=case.number, state=case.state, action=action, actions=())
    refusals = (_refusal(row, case, actor, at) for row in rows if is_selectable(row, case))
    return next((error for error in refusals if error is not None), None)


def _refusal(row: Transition, case: Case, actor: Actor, at: Circumstances) -> GridConsoleError | None:
    """Return why an operator may not take a row's step now; None if they may."""
    try:
        check_roles(row, actor)
        check_person(row, case, actor, at)
        check_axis(row, case, None, actor, at)
        check_guards(row, case, None, actor, at)
    except (RoleForbidden, AxisConflict, HandlerMayNotJudge, ApproverAsked, GuardRefused) as error:
        return error
    return None


def _check_version(case: Case, act: Act) -> None:
    if act.expected_version is None or act.expected_version == case.version:
        return
    last = case.past[-1] if case.past else None
    handed = (Action.DISPATCH, Action.REDISPATCH)
    dispatched = next((past for past in reversed(case.past) if past.action in handed), None)
    if act.action is Action.DISPATCH and case.handler is not None and dispatched is not None and case.state is State.HANDLING:
        raise AlreadyDispatched(
            number=case.number, handler=case.handler.name, operator=dispatched.operator, at=dispatched.at, actual=case.version
        )
    raise StaleVersion(
        number=case.number,
        expected=act.expected_version,
        actual=case.version,
        operator=last.operator if last else "",
        action=last.action if last else "",
        at=last.at if last else None,
    )
