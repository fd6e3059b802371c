"""Effects of an act on a case: fields, counts, request, state and clocks. Used by :mod:`.incident` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gridconsole.domain.actions import (
    JUDGING,
    Act,
    Action,
    Assignment,
    CallBack,
    Closing,
    Dispatch,
    Extension,
    Filing,
    ListNote,
    Merge,
    Placement,
    Retype,
    SupervisionOrder,
    Suspension,
    TimeRepair,
)
from gridconsole.domain.case import Case, Circumstances, Clock, Decision, Pending, follows_calendar, projection, start_clock
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.checks import same_handler
from gridconsole.domain.errors import (
    AskedTooMuch,
    DayOutOfReach,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import STAGE_OF, Appeal, CallBackState, Outcome, RequestKind, Result, Stage, State
from gridconsole.domain.transitions import HandlingClock, Transition, When, rows_for


def with_fields(case: Case, act: Act) -> Case:
    """Return the case with the fields that the act sets; a new category removes a rule of the old one."""
    dispatch = act.get(Dispatch)
    if dispatch is not None:
        return replace(case, handler=dispatch.handler or case.handler)
    placement = act.get(Placement)
    return _placed(case, placement) if placement is not None else case


def _placed(case: Case, placement: Placement) -> Case:
    chosen = placement.rule if isinstance(placement, Filing) else None
    rule = chosen or case.rule
    category_id = placement.category_id or (chosen.category_id if chosen else case.category_id)
    if rule is not None and rule.category_id != category_id:
        rule = None
    return replace(
        case,
        grid_id=placement.grid_id or case.grid_id,
        category_id=category_id,
        rule=rule,
        grade=placement.grade or case.grade,
    )


@dataclass(frozen=True, slots=True)
class _Step:
    """An allowed step of a case, before it is counted."""

    row: Transition
    before: Case
    after: Case
    """The case with the fields of the act."""
    act: Act
    actor: Actor
    at: Circumstances


def counted(row: Transition, before: Case, after: Case, act: Act, actor: Actor, at: Circumstances) -> Case:
    """Return the case with the step's other effects: everything but its state and clocks."""
    counting = _COUNTED.get(row.action)
    return counting(_Step(row, before, after=after, act=act, actor=actor, at=at)) if counting is not None else after


def _reworked(step: _Step) -> Case:
    if step.act.result is not Result.FAIL:
        return step.after
    return replace(step.after, rework_count=step.before.rework_count + 1, rework_total=step.before.rework_total + 1)


def _handed_on(step: _Step) -> Case:
    before = step.before
    if before.handler is None or same_handler(before.handler, step.after.handler):
        return step.after
    return replace(step.after, redispatch_count=before.redispatch_count + 1, rework_count=0)


def _merged(step: _Step) -> Case:
    merge = step.act.get(Merge)
    into = merge.into.number if merge is not None and merge.into is not None else step.before.merged_into
    # What the handler asked, and what an inspector was sent for, ends without a decision: the leading case is worked on.
    return replace(step.after, merged_into=into, resting=True, request=None, assignee=None)


def _assigned(step: _Step) -> Case:
    sent = step.act.get(Assignment)
    return replace(step.after, assignee=sent.assignee.who) if sent is not None and sent.assignee is not None else step.after


def _closed(step: _Step) -> Case:
    closing = step.act.get(Closing)
    due = None
    if step.before.source.is_resident:
        due = CallBackState.DUE if step.before.has_phone else CallBackState.NO_PHONE
    outcome = closing.outcome if closing is not None else None
    return replace(step.after, outcome=outcome or Outcome.RESOLVED, call_back=due, resting=False)


def _called_back(step: _Step) -> Case:
    case, call = step.after, step.act.get(CallBack)
    if call is None:
        return case
    if call.reached:
        return replace(case, call_back=CallBackState.DISSATISFIED if call.is_dissatisfied else CallBackState.DONE)
    if case.call_back is not CallBackState.DUE or _was_tried_lately(step):
        return case
    tries = case.call_back_tries + 1
    given_up = tries >= step.at.call_back_tries
    return replace(case, call_back=CallBackState.UNREACHED if given_up else CallBackState.DUE, call_back_tries=tries)


def _was_tried_lately(step: _Step) -> bool:
    """Return whether a call since closing reached nobody a short while ago: ringing three times in a minute is one try."""
    closed, apart = step.before.closed_at, timedelta(hours=step.at.call_back_hours)
    counted: datetime | None = None
    for past in step.before.past:
        is_call = past.action is Action.CALL_BACK and (closed is None or past.at >= closed)
        # A call that was not counted does not put the next one off, or frequent ones would never count.
        if is_call and (counted is None or past.at - counted >= apart):
            counted = past.at
    return counted is not None and step.at.now - counted < apart


def _reopened(step: _Step) -> Case:
    reopened = step.before.reopen_count + 1
    simple = step.before.simple and step.row.when is not When.UNRULED
    return replace(step.after, outcome=None, call_back=None, call_back_tries=0, reopen_count=reopened, simple=simple)


def _kept_closed(step: _Step) -> Case:
    """Return the case after the decision; if only a merged case's resident was dissatisfied, its own call-back stands as it was."""
    is_own = step.before.call_back is CallBackState.DISSATISFIED
    return replace(step.after, call_back=CallBackState.KEPT) if is_own else step.after


def _ordered(step: _Step) -> Case:
    order = step.act.get(SupervisionOrder)
    reply_by = order.reply_by if order is not None else None
    return replace(step.after, order_count=step.after.order_count + 1, reply_by=reply_by, ordered_by_id=step.actor.id)


def _noted(step: _Step) -> Case:
    said = step.act.get(ListNote)
    if said is None or (said.outer_due_at is None and not said.takes_back):
        return step.after
    return replace(step.after, outer_due_at=said.outer_due_at)


def _suspended_again(step: _Step) -> Case:
    repair = step.act.get(TimeRepair)
    return replace(step.after, suspended_until=repair.until if repair is not None else None)


_COUNTED: Mapping[Action, Callable[[_Step], Case]] = {
    Action.CHECK: _reworked,
    Action.DISPATCH: _handed_on,
    Action.REDISPATCH: _handed_on,
    Action.MERGE: _merged,
    Action.REST: _merged,
    Action.UNMERGE: lambda step: replace(step.after, merged_into=None, resting=False),
    Action.SEND: _assigned,
    Action.SETTLE: lambda step: replace(step.after, simple=True),
    Action.SEND_BACK: lambda step: replace(step.after, simple=False) if step.row.when is When.SIMPLE else step.after,
    Action.CLOSE: _closed,
    Action.CLOSE_FOLLOWER: _closed,
    Action.CALL_BACK: _called_back,
    Action.REOPEN: _reopened,
    Action.KEEP_CLOSED: _kept_closed,
    Action.SUPERVISION_ORDER: _ordered,
    Action.REPLY: lambda step: replace(step.after, reply_by=None, ordered_by_id=None),
    Action.REVERT_RESUME: _suspended_again,
    Action.NOTE: _noted,
}
"""Effects of each action besides fields, state and clocks."""


def requested(row: Transition, case: Case, act: Act, actor: Actor, at: Circumstances) -> Case:
    """Return the case after a step on a request; its state and clocks are changed elsewhere, by the row of the table."""
    request, kind = case.request, row.request
    if row.action not in JUDGING and kind is not None:
        return replace(case, request=_asked_for(kind, case, act, actor, at))
    if request is None:
        return case
    if row.action is Action.FIRST_OPINION:
        return replace(case, request=replace(request, first_opinion_by=actor.id, opinion=act.result))
    done = replace(case, request=None)
    if row.action is Action.REFUSE and kind is RequestKind.APPEAL:
        return replace(done, appeal=Appeal.REJECTED)
    if row.action is not Action.GRANT:
        return done
    match kind:
        case RequestKind.RETURN:
            return replace(done, return_count=case.return_count + 1)
        case RequestKind.EXTENSION:
            return replace(done, extension_count=case.extension_count + 1)
        case RequestKind.SUSPENSION:
            return replace(done, suspension_count=case.suspension_count + 1, suspended_until=request.until)
        case RequestKind.RETYPE if request.rule is not None:
            return replace(done, rule=request.rule, category_id=request.rule.category_id)
        case RequestKind.APPEAL:
            return replace(done, appeal=Appeal.UPHELD)
        case _:
            return done


def _asked_for(kind: RequestKind, case: Case, act: Act, actor: Actor, at: Circumstances) -> Pending:
    """Build a new request, within the limits of what may be granted.

    Raises:
        AskedTooMuch, DayOutOfReach: the request exceeds the limits.
    """
    amount, until = None, None
    clock = case.clock(Stage.HANDLE)
    if kind is RequestKind.EXTENSION and clock is not None:
        most = replace(clock.limit, amount=clock.limit.amount * at.limits.extension_share)
        extension = act.get(Extension)
        amount = (extension.amount if extension is not None else None) or most
        if amount.unit is not most.unit or not 0 < amount.amount <= most.amount:
            raise AskedTooMuch(action=act.action, value=amount, limit=most)
    if kind is RequestKind.SUSPENSION:
        suspension = act.get(Suspension)
        until, today = suspension.until if suspension is not None else None, at.calendar.local_day(at.now)
        last = today + timedelta(days=at.limits.suspension_days)
        if until is None or not today < until <= last:
            raise DayOutOfReach(action=act.action, value=until, first=today + timedelta(days=1), last=last)
    retype = act.get(Retype)
    return Pending(kind, actor.id, amount=amount, until=until, rule=retype.rule if retype is not None else None)


def _still_stands(request: Pending, before: Case, after: Case, target: State) -> bool:
    """Return whether a request is still valid after a step that was not about it."""
    if request.kind not in (RequestKind.VOID, RequestKind.APPEAL) and not (
        after.handler is not None and same_handler(after.handler, before.handler)
    ):
        return False
    return any(row.request is request.kind for row in rows_for(target, Action.GRANT))


def moved(row: Transition, before: Case, after: Case, at: Circumstances, done_at: datetime | None = None) -> Decision:
    """Return the decision: the case in its next state, with every clock that the step changes.

    Args:
        done_at: when the handler was done on site, UTC: the handling is judged by that time, not by when somebody keyed it.
    """
    target = row.target or before.state
    has_moved = target is not before.state
    touched = (
        {}
        if not has_moved and row.handling is HandlingClock.KEEP and row.action is not Action.REDISPATCH
        else _clocks(row, before, after, target, at, done_at)
    )
    handling = touched.get(Stage.HANDLE)
    is_handed_on = row.action is Action.HAND_ON
    if after.request is not None and not is_handed_on and not _still_stands(after.request, before, after, target):
        after = replace(after, request=None)
    if has_moved and after.assignee is not None:
        after = replace(after, assignee=None)
    if before.state is State.SUSPENDED and has_moved:
        after = replace(after, suspended_until=None)
    live = tuple(touched.get(clock.stage, clock) for clock in after.clocks if clock.stopped_at is None)
    started = tuple(clock for stage, clock in touched.items() if stage not in {live_clock.stage for live_clock in live})
    case = replace(
        after,
        state=target,
        version=before.version + 1,
        state_since=at.now if has_moved else before.state_since,
        closed_at=(at.now if has_moved else before.closed_at) if target.is_final else None,
        clocks=(*live, *started),
        ended_handling=_ended(before, handling),
        was_late=before.was_late or bool(handling is not None and handling.late),
    )
    return Decision(case, row, _facts(before, case), tuple(touched.values()))


def _ended(before: Case, handling: Clock | None) -> Clock | None:
    if handling is None:
        return before.ended_handling
    return handling if handling.stopped_at is not None else None


def _clocks(
    row: Transition, before: Case, case: Case, target: State, at: Circumstances, done_at: datetime | None
) -> dict[Stage, Clock]:  # fmt: skip
    """Return every clock that the step changes, by stage."""
    if row.handling is HandlingClock.RECOMPUTE:
        return {clock.stage: clock.recompute(at.calendar) for clock in case.clocks if follows_calendar(before.state, clock)}
    if row.handling is HandlingClock.REST:
        # What was overdue already stays overdue, or merging would be a way to be punctual.
        running = (clock for clock in case.clocks if clock.is_running)
        return {clock.stage: clock.halt(at.now) if at.now > clock.due_at else clock.pause(at.now) for clock in running}
    if row.handling is HandlingClock.WAKE:
        resting = (clock for clock in case.clocks if not (clock.stage is Stage.HANDLE and before.state in _HANDLING_HALTED))
        return {clock.stage: clock.resume(at.now, at.calendar) for clock in resting if clock.halted_at is not None}
    touched: dict[Stage, Clock] = {}
    has_moved = target is not case.state
    for clock in case.clocks:
        if has_moved and clock.stage is not Stage.HANDLE and clock.stopped_at is None:
            touched[clock.stage] = clock.stop(at.now)
    handling = _handling_clock(row, before, case, at, done_at)
    if handling is not None:
        touched[Stage.HANDLE] = handling
    stage = STAGE_OF.get(target)
    if has_moved and stage is not None and stage is not Stage.HANDLE:
        touched[stage] = start_clock(stage, at.stage_limit(stage, case.grade), at.now, at.calendar)
    return touched


_HANDLING_HALTED = frozenset({State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE})
"""States in which the handling clock is halted anyway."""


def _handling_clock(
    row: Transition, before: Case, case: Case, at: Circumstances, done_at: datetime | None
) -> Clock | None:  # fmt: skip
    clock = case.clock(Stage.HANDLE)
    if row.handling is HandlingClock.START and case.rule is not None:
        if clock is None:
            return start_clock(Stage.HANDLE, case.rule.limit, at.now, at.calendar)
        # A returned case continues with its old clock. A rule corrected meanwhile changes its limit, never its start.
        return _relimited(clock, case.rule.limit, at)
    if row.handling is HandlingClock.REOPEN and case.ended_handling is not None:
        return case.ended_handling.reopen(at.now, at.calendar)
    if clock is None:
        return None
    if row.handling is HandlingClock.EXTEND and before.request is not None and before.request.amount is not None:
        return clock.extend(before.request.amount, at.calendar)
    if row.handling is HandlingClock.RELIMIT and case.rule is not None:
        return _relimited(clock, case.rule.limit, at)
    if row.action is Action.REDISPATCH and at.redispatch_restarts:
        return start_clock(Stage.HANDLE, clock.limit, at.now, at.calendar)
    if row.handling is HandlingClock.HALT and done_at is not None:
        # Entered to the minute: never before the clock itself began.
        return clock.halt(max(done_at, clock.started_at))
    if row.handling in _STANDING:
        return _STANDING[row.handling](clock, at)
    if row.handling is HandlingClock.STOP or (row.target is not None and row.target.is_final):
        return clock.stop(at.now)
    return None


_STANDING: Mapping[HandlingClock, Callable[[Clock, Circumstances], Clock]] = {
    HandlingClock.PAUSE: lambda clock, at: clock.pause(at.now),
    HandlingClock.HALT: lambda clock, at: clock.halt(at.now),
    HandlingClock.RESUME: lambda clock, at: clock.resume(at.now, at.calendar),
    HandlingClock.UNRESUME: lambda clock, at: clock.unresume(at.calendar),
}
"""Steps that halt or resume the handling clock."""


def _relimited(clock: Clock, limit: Limit, at: Circumstances) -> Clock:
    """Return the clock with another limit and the same start; extensions are dropped if the unit changes."""
    extensions = clock.extensions if clock.limit.unit is limit.unit else ()
    fresh = start_clock(
        Stage.HANDLE, limit, at=clock.started_at, calendar=at.calendar, pauses=clock.pauses, extensions=extensions
    )
    return replace(fresh, late=clock.late)


def _facts(before: Case, after: Case) -> dict[str, str | int | bool | None]:
    """Return the columns that changed, as the ledger stores them."""
    was, now = projection(before), projection(after)
    return {name: value for name, value in now.items() if value != was[name]}
