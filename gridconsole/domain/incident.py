"""The one function that decides what happens to a case.

:func:`decide` is pure: a case, an act and the circumstances in, the next case out, or a refusal that says why and who
could. It is the only reader of the transition table, so a rule holds behind every door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from gridconsole.domain.case import (
    Act,
    Actor,
    CallBack,
    Case,
    Circumstances,
    Clock,
    Decision,
    Handler,
    HandlerKind,
    History,
    Lead,
    PastAct,
    Pending,
    Waiver,
    WaiverFlaw,
    projection,
    start_clock,
)
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.errors import (
    ActionNotInState,
    AlreadyDispatched,
    AnswerWithoutCall,
    ApproverAsked,
    AskedTooMuch,
    AxisConflict,
    AxisWaivable,
    DayOutOfReach,
    FieldNotTaken,
    GuardRefused,
    HandlerMayNotJudge,
    MissingField,
    ReplyByPast,
    RoleForbidden,
    StaleVersion,
    WaiverRefused,
)
from gridconsole.domain.ledger import IMPORT_DOOR
from gridconsole.domain.workflow import (
    JUDGING,
    OFFICE,
    RESULT_OF,
    STAGE_OF,
    Action,
    Appeal,
    CallBackState,
    Fill,
    Grade,
    Guard,
    HandlingClock,
    Need,
    Outcome,
    RequestKind,
    Result,
    Source,
    Stage,
    State,
    Transition,
    When,
    actions_from,
    rows_for,
)


def decide(case: Case, act: Act, actor: Actor, at: Circumstances) -> Decision:
    """The next case, or a refusal.

    Raises:
        StaleVersion, AlreadyDispatched: the case is not the one the operator saw.
        ActionNotInState, RoleForbidden, AxisConflict, WaiverRefused, HandlerMayNotJudge, ApproverAsked, GuardRefused, AskedTooMuch,
            MissingField, FieldNotTaken, AnswerWithoutCall, ReplyByPast: the table says no.
    """
    _check_version(case, act)
    rows = rows_for(case.state, act.action)
    if not rows:
        possible = [
            action for action in actions_from(case.state) if any(_selectable(row, case) for row in rows_for(case.state, action))
        ]
        raise ActionNotInState(number=case.number, state=case.state, action=act.action, actions=tuple(possible))
    row = _select(rows, case, act, actor)
    _check_roles(row, actor)
    waived = _check_axis(row, case, act.waiver, actor, at)
    _check_guards(row, case, act, actor, at)
    _check_fills(row, act)
    # What is asked for is not done yet.
    after = case if row.request is not None else _with_fields(case, act)
    _check_needs(row, after, act)
    _check_answers(act)
    if act.reply_by is not None and act.reply_by <= at.now:
        raise ReplyByPast(action=act.action, value=act.reply_by)
    after = _requested(row, case, act, actor, at) if row.request is not None else _count(row, case, after, act, actor, at)
    return replace(_move(row, case, after, at), waived=waived)


def report(
    number: str, act: Act, at: Circumstances, *, started_at: datetime | None = None, actor: Actor | None = None
) -> Decision:
    """A new case from a report; everybody who has to do with cases may, and so may an import.

    Args:
        started_at: when the acceptance clock starts if not now.
        actor: who enters it; None where the list's own rights were asked for.
    """
    (row,) = rows_for(None, Action.REPORT)
    if actor is not None:
        _check_roles(row, actor)
    if not act.text:
        raise MissingField(action=act.action, need=Need.TEXT)
    if act.source is None:
        raise MissingField(action=act.action, need=Need.SOURCE)
    grade = act.grade or Grade.ORDINARY
    if started_at is None:
        clock = at.acceptance_clock(grade)
    else:
        clock = start_clock(Stage.ACCEPT, at.stage_limit(Stage.ACCEPT, grade), started_at, at.calendar)
    case = Case(
        number, State.REPORTED, 1, act.source, grade, act.grid_id, act.category_id, act.rule, state_since=at.now, clocks=(clock,)
    )
    facts = {
        "state": case.state.value,
        "source": case.source.value,
        "grade": case.grade.value,
        "grid_id": case.grid_id,
        "category_id": case.category_id,
    }
    return Decision(case, row, facts, (clock,))


def archive(number: str, act: Act, at: Circumstances, past: History) -> Decision:
    """A case that was over before the program knew it: closed from its first entry on, its handling judged by its own times.

    Nothing the list does not say is made up: no clock runs for a stage whose times it does not give.
    """
    (row,) = rows_for(None, Action.ARCHIVE)
    clocks: tuple[Clock, ...] = ()
    if act.rule is not None and past.dispatched_at is not None and past.handled_at is not None:
        started = start_clock(Stage.HANDLE, act.rule.limit, past.dispatched_at, at.calendar)
        clocks = (started.stop(max(past.handled_at, past.dispatched_at)),)
    case = Case(
        number, State.CLOSED, 1, act.source or Source.OTHER, act.grade or Grade.ORDINARY, act.grid_id, act.category_id, act.rule,
        past.handler, past.outcome, state_since=past.closed_at, closed_at=past.closed_at, clocks=clocks,
    )  # fmt: skip
    facts = {name: value for name, value in projection(case).items() if value not in (None, 0, False)}
    times = {"dispatched_at": past.dispatched_at, "handled_at": past.handled_at, "closed_at": past.closed_at}
    facts |= {name: time.astimezone(UTC).isoformat() for name, time in times.items() if time is not None}
    return Decision(case, row, facts, clocks)


def available(case: Case, actor: Actor, at: Circumstances) -> tuple[Action, ...]:
    """The actions the table lets this operator do now, in table order."""
    return tuple(action for action in actions_from(case.state) if _is_open(action, case, actor, at))


def waivable(case: Case, actor: Actor, at: Circumstances) -> tuple[Action, ...]:
    """The actions that only the dual axis forbids this operator, where a second person may waive it, in table order."""
    if not (at.dual_axis and at.waiver_allowed):
        return ()
    plain, either_side = available(case, actor, at), available(case, actor, replace(at, dual_axis=False))
    return tuple(action for action in either_side if action not in plain)


def _is_open(action: Action, case: Case, actor: Actor, at: Circumstances) -> bool:
    for row in rows_for(case.state, action):
        if not _selectable(row, case):
            continue
        try:
            _check_roles(row, actor)
            _check_axis(row, case, None, actor, at)
            _check_guards(row, case, None, actor, at)
        except (RoleForbidden, AxisConflict, HandlerMayNotJudge, ApproverAsked, GuardRefused):
            continue
        return True
    return False


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


def _selectable(row: Transition, case: Case) -> bool:
    if row.action in JUDGING and (case.request is None or case.request.kind is not row.request):
        return False
    if row.when is When.FIRST_HAND:
        return case.source.is_first_hand
    if row.when is When.HEARSAY:
        return not case.source.is_first_hand
    if row.when in (When.SIMPLE, When.DISPATCHED):
        return case.simple is (row.when is When.SIMPLE)
    if row.when in (When.SEPARATE, When.MERGED):
        return (case.merged_into is None) is (row.when is When.SEPARATE)
    if row.when is When.URGED:
        return case.reply_by is not None
    if row.when in (When.HANDED, When.UNHANDED):
        return (case.handler is not None) is (row.when is When.HANDED)
    return True


def _select(rows: tuple[Transition, ...], case: Case, act: Act, actor: Actor) -> Transition:
    selectable = [row for row in rows if _selectable(row, case)]
    for row in selectable:
        wanted = RESULT_OF.get(row.when)
        if wanted is None or wanted is act.result:
            return row
    if act.action in JUDGING and not selectable:
        raise GuardRefused(guard=Guard.ASKED, action=act.action)
    # Who may not do it at all hears that, not what is missing from it.
    _check_roles((selectable or rows)[0], actor)
    if not selectable and rows[0].when in _UNMET:
        raise GuardRefused(guard=_UNMET[rows[0].when], action=act.action)
    raise MissingField(action=act.action, need=Need.RESULT)


_UNMET = {When.SEPARATE: Guard.SEPARATE, When.MERGED: Guard.MERGED, When.URGED: Guard.URGED}
"""What is said where the one condition of an action's only row is not met."""


def _check_roles(row: Transition, actor: Actor) -> None:
    if row.by_itself and actor.is_program:
        return
    if row.roles and not row.roles & actor.roles:
        raise RoleForbidden(action=row.action, role=sorted(actor.roles), roles=sorted(row.roles))


def _check_axis(row: Transition, case: Case, waiver: Waiver | None, actor: Actor, at: Circumstances) -> PastAct | None:
    """Nobody acts on both sides of a case, unless a second person waives that; returns what was waived."""
    past = _other_side(row, case, actor) if at.dual_axis else None
    if waiver is not None:
        flaw = WaiverFlaw.NEEDLESS if past is None else _flaw_of(waiver, case, actor, at)
        if flaw is not None:
            raise WaiverRefused(action=row.action, why=flaw)
    elif past is not None:
        refusal = AxisWaivable if at.waiver_allowed else AxisConflict
        raise refusal(operator=actor.name, past_action=past.action, action=row.action, roles=sorted(row.roles))
    return past


def _other_side(row: Transition, case: Case, actor: Actor) -> PastAct | None:
    """What the actor did on the other side of the case, if anything."""
    if row.axis is None:
        return None
    return next((past for past in case.past if past.operator_id == actor.id and past.axis is row.axis.other), None)


def _flaw_of(waiver: Waiver, case: Case, actor: Actor, at: Circumstances) -> WaiverFlaw | None:
    witness = waiver.witness
    if not at.waiver_allowed:
        return WaiverFlaw.NOT_HERE
    if witness.id == actor.id:
        return WaiverFlaw.SAME_PERSON
    if not witness.roles & OFFICE:
        return WaiverFlaw.OUTSIDER
    if _handled_by(case, witness):
        return WaiverFlaw.HANDLER
    return None if waiver.reason else WaiverFlaw.NO_REASON


def _check_guards(row: Transition, case: Case, act: Act | None, actor: Actor, at: Circumstances) -> None:
    for guard in row.guards:
        if guard is Guard.NOT_HANDLER and _handled_by(case, actor):
            raise HandlerMayNotJudge(operator=actor.name, action=row.action, roles=sorted(row.roles))
        if guard is Guard.NOT_REQUESTER and _has_a_hand_in(case.request, actor):
            raise ApproverAsked(operator=actor.name, action=row.action, roles=sorted(row.roles))
        if not _holds(guard, case, act, actor, at):
            raise GuardRefused(guard=guard, action=row.action)


def _has_a_hand_in(request: Pending | None, actor: Actor) -> bool:
    return request is not None and actor.id in (request.asked_by, request.opined_by)


def _holds(guard: Guard, case: Case, act: Act | None, actor: Actor, at: Circumstances) -> bool:
    """Whether a condition that says nothing more than yes or no is met."""
    condition = _CONDITIONS.get(guard)
    return condition is None or condition(_Matter(case, act, actor, at, case.request, case.clock(Stage.HANDLE)))


@dataclass(frozen=True, slots=True)
class _Matter:
    """What a condition looks at."""

    case: Case
    act: Act | None
    """None while the question is only what could be done."""
    actor: Actor
    at: Circumstances
    request: Pending | None
    clock: Clock | None


_CONDITIONS: Mapping[Guard, Callable[[_Matter], bool]] = {
    Guard.FROM_WARDEN: lambda it: it.case.source is Source.WARDEN,
    Guard.UNDOING: lambda it: _undoes(it.case, it.act),
    Guard.OTHER_HANDLER: lambda it: it.act is None or it.act.handler is None or not _same(it.act.handler, it.case.handler),
    Guard.NOTHING_ASKED: lambda it: it.request is None,
    Guard.REQUESTER: lambda it: it.request is not None and it.request.asked_by == it.actor.id,
    Guard.NO_OPINION_YET: lambda it: it.request is not None and it.request.opinion is None,
    Guard.OPINION_GIVEN: lambda it: it.request is not None and it.request.opinion is not None,
    Guard.LIMIT_KNOWN: lambda it: it.clock is not None,
    Guard.IN_TIME: lambda it: it.clock is not None and it.at.now <= it.clock.due_at,
    Guard.EXTENSIONS_LEFT: lambda it: it.case.extension_count < it.at.limits.extensions,
    Guard.SUSPENSIONS_LEFT: lambda it: it.case.suspension_count < it.at.limits.suspensions,
    Guard.LATE: lambda it: it.case.was_late,
    Guard.APPEALS_LEFT: lambda it: it.case.appeal is None,
    Guard.LEADS_NONE: lambda it: not it.case.followers,
    Guard.INTO_ANOTHER: lambda it: (lead := _lead(it.act)) is None or lead.number != it.case.number,
    Guard.INTO_LEADING: lambda it: (lead := _lead(it.act)) is None or lead.merged_into is None,
    Guard.INTO_STANDING: lambda it: (lead := _lead(it.act)) is None or lead.state not in (State.DECLINED, State.VOIDED),
    Guard.FROM_RESIDENT: lambda it: it.case.source.is_resident,
    Guard.CALL_BACK_DUE: lambda it: it.case.call_back is CallBackState.DUE,
    Guard.NOT_ORDERER: lambda it: it.case.urged_by != it.actor.id,
    Guard.DISSATISFIED: lambda it: it.case.call_back is CallBackState.DISSATISFIED,
}


def _lead(act: Act | None) -> Lead | None:
    return act.into if act is not None else None


def _undoes(case: Case, act: Act | None) -> bool:
    """Whether an act takes a case back with the import that brought it, and nobody but other lists has said anything since."""
    said = all(past.action is Action.NOTE and past.door == IMPORT_DOOR for past in case.past[1:])
    # What others were merged into has been dealt with, though its own ledger does not say so.
    return act is not None and act.undoes is not None and act.undoes == case.batch_id and said and not case.followers


def _handled_by(case: Case, actor: Actor) -> bool:
    handler = case.handler
    return handler is not None and handler.kind is HandlerKind.WARDEN and handler.id == actor.warden_id


def _same(one: Handler, other: Handler | None) -> bool:
    return other is not None and (one.kind, one.id) == (other.kind, other.id)


def _check_fills(row: Transition, act: Act) -> None:
    brought = {
        Fill.HANDLER: act.handler,
        Fill.HELPERS: act.cooperating or None,
        Fill.GRID: act.grid_id,
        Fill.CATEGORY: act.category_id,
        Fill.RULE: act.rule,
        Fill.GRADE: act.grade,
        Fill.OUTCOME: act.outcome,
        Fill.AMOUNT: act.amount,
        Fill.UNTIL: act.until,
        Fill.INTO: act.into,
        Fill.CALL_BACK: act.call_back,
        Fill.REPLY_BY: act.reply_by,
    }
    for fill, value in brought.items():
        if value is not None and fill not in row.fills:
            raise FieldNotTaken(action=act.action, fill=fill)


def _with_fields(case: Case, act: Act) -> Case:
    """The case with what the act fills in; a new category drops a rule of the old one."""
    rule = act.rule or case.rule
    category_id = act.category_id or (act.rule.category_id if act.rule else case.category_id)
    if rule is not None and rule.category_id != category_id:
        rule = None
    return replace(
        case,
        grid_id=act.grid_id or case.grid_id,
        category_id=category_id,
        rule=rule,
        grade=act.grade or case.grade,
        handler=act.handler or case.handler,
    )


def _check_needs(row: Transition, after: Case, act: Act) -> None:
    present = {
        Need.NOTE: bool(act.note),
        Need.REASON: bool(act.reason or act.note),
        Need.RESULT: act.result is not None,
        Need.HANDLER: act.handler is not None,
        Need.GRID: after.grid_id is not None,
        Need.CATEGORY: after.category_id is not None,
        Need.RULE: (act.rule if row.request is not None else after.rule) is not None,
        Need.UNTIL: act.until is not None,
        Need.INTO: act.into is not None,
        Need.CALL_BACK: act.call_back is not None,
        Need.REPLY_BY: act.reply_by is not None,
        Need.TEXT: bool(act.text),
        Need.SOURCE: act.source is not None,
    }
    for need in row.needs:
        if not present[need]:
            raise MissingField(action=act.action, need=need)


def _check_answers(act: Act) -> None:
    """A call that reached somebody has both answers, and a reason where the resident is dissatisfied; another has none of them."""
    call = act.call_back
    if call is None:
        return
    if not call.reached:
        if call.solved is not None or call.satisfaction is not None or act.reason:
            raise AnswerWithoutCall(action=act.action)
        return
    if call.solved is None:
        raise MissingField(action=act.action, need=Need.SOLVED)
    if call.satisfaction is None:
        raise MissingField(action=act.action, need=Need.SATISFACTION)
    if call.is_dissatisfied and not (act.reason or act.note):
        raise MissingField(action=act.action, need=Need.REASON)


def _count(row: Transition, before: Case, after: Case, act: Act, actor: Actor, at: Circumstances) -> Case:
    if row.action is Action.CHECK and act.result is Result.FAIL:
        return replace(after, rework_count=before.rework_count + 1, rework_total=before.rework_total + 1)
    if (
        row.action in (Action.DISPATCH, Action.REDISPATCH)
        and before.handler is not None
        and not _same(before.handler, after.handler)
    ):
        wrong = before.redispatch_count + 1
        return replace(after, redispatch_count=wrong, rework_count=0)
    if row.action is Action.MERGE and act.into is not None:
        return replace(after, merged_into=act.into.number)
    if row.action is Action.UNMERGE:
        return replace(after, merged_into=None)
    if row.action is Action.SETTLE:
        return replace(after, simple=True)
    if row.when is When.SIMPLE:
        return replace(after, simple=False)
    if row.action is Action.CLOSE:
        due = CallBackState.DUE if before.source.is_resident else None
        return replace(after, outcome=act.outcome or Outcome.RESOLVED, call_back=due)
    if act.call_back is not None:
        return _called_back(after, act.call_back, at)
    if row.action is Action.REOPEN:
        return replace(after, outcome=None, call_back=None, call_back_tries=0, reopen_count=before.reopen_count + 1)
    if row.action is Action.KEEP_CLOSED:
        return replace(after, call_back=CallBackState.KEPT)
    return _ordered(row, after, act, actor)


def _ordered(row: Transition, case: Case, act: Act, actor: Actor) -> Case:
    if row.action is Action.URGE:
        return replace(case, urge_count=case.urge_count + 1, reply_by=act.reply_by, urged_by=actor.id)
    if row.action is Action.REPLY:
        return replace(case, reply_by=None, urged_by=None)
    return case


def _called_back(case: Case, call: CallBack, at: Circumstances) -> Case:
    if call.reached:
        return replace(case, call_back=CallBackState.DISSATISFIED if call.is_dissatisfied else CallBackState.DONE)
    tries = case.call_back_tries + 1
    given_up = tries >= at.call_back_tries
    return replace(case, call_back=CallBackState.UNREACHED if given_up else CallBackState.DUE, call_back_tries=tries)


def _requested(row: Transition, case: Case, act: Act, actor: Actor, at: Circumstances) -> Case:
    """The case after a step on a request; what it does to the state and the clock follows from the row."""
    request, kind = case.request, row.request
    if row.action not in JUDGING and kind is not None:
        return replace(case, request=_asked_for(kind, case, act, actor, at))
    if request is None:
        return case
    if row.action is Action.OPINE:
        return replace(case, request=replace(request, opined_by=actor.id, opinion=act.result))
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
    """A new request, within what may be granted.

    Raises:
        AskedTooMuch, DayOutOfReach: it goes beyond that.
    """
    amount, until = None, None
    clock = case.clock(Stage.HANDLE)
    if kind is RequestKind.EXTENSION and clock is not None:
        most = replace(clock.limit, amount=clock.limit.amount * at.limits.extension_share)
        amount = act.amount or most
        if amount.unit is not most.unit or not 0 < amount.amount <= most.amount:
            raise AskedTooMuch(action=act.action, value=amount, limit=most)
    if kind is RequestKind.SUSPENSION:
        until, today = act.until, at.calendar.local_day(at.now)
        last = today + timedelta(days=at.limits.suspension_days)
        if until is None or not today < until <= last:
            raise DayOutOfReach(action=act.action, value=until, first=today + timedelta(days=1), last=last)
    return Pending(kind, actor.id, amount=amount, until=until, rule=act.rule)


def _still_stands(request: Pending, before: Case, after: Case, target: State) -> bool:
    """Whether a request is still one after a step that was not about it."""
    if request.kind not in (RequestKind.VOID, RequestKind.APPEAL) and not (
        after.handler is not None and _same(after.handler, before.handler)
    ):
        return False
    return any(row.request is request.kind for row in rows_for(target, Action.GRANT))


def _move(row: Transition, before: Case, after: Case, at: Circumstances) -> Decision:
    target = row.target or before.state
    moved = target is not before.state
    touched = (
        {}
        if not moved and row.handling is HandlingClock.KEEP and row.action is not Action.REDISPATCH
        else _clocks(row, before, after, target, at)
    )
    handling = touched.get(Stage.HANDLE)
    if after.request is not None and not _still_stands(after.request, before, after, target):
        after = replace(after, request=None)
    if before.state is State.SUSPENDED and moved:
        after = replace(after, suspended_until=None)
    live = tuple(touched.get(clock.stage, clock) for clock in after.clocks if clock.stopped_at is None)
    started = tuple(clock for stage, clock in touched.items() if stage not in {live_clock.stage for live_clock in live})
    case = replace(
        after,
        state=target,
        version=before.version + 1,
        state_since=at.now if moved else before.state_since,
        closed_at=(at.now if moved else before.closed_at) if target.is_final else None,
        clocks=(*live, *started),
        ended_handling=_ended(before, handling),
        was_late=before.was_late or bool(handling is not None and handling.late),
    )
    return Decision(case, row, _facts(before, case), tuple(touched.values()))


def _ended(before: Case, handling: Clock | None) -> Clock | None:
    if handling is None:
        return before.ended_handling
    return handling if handling.stopped_at is not None else None


def _clocks(row: Transition, before: Case, case: Case, target: State, at: Circumstances) -> dict[Stage, Clock]:
    """Every clock the step touches, by stage."""
    touched: dict[Stage, Clock] = {}
    moved = target is not case.state
    for clock in case.clocks:
        if moved and clock.stage is not Stage.HANDLE and clock.stopped_at is None:
            touched[clock.stage] = clock.stop(at.now)
    handling = _handling_clock(row, before, case, at)
    if handling is not None:
        touched[Stage.HANDLE] = handling
    stage = STAGE_OF.get(target)
    if moved and stage is not None and stage is not Stage.HANDLE:
        touched[stage] = start_clock(stage, at.stage_limit(stage, case.grade), at.now, at.calendar)
    return touched


def _handling_clock(row: Transition, before: Case, case: Case, at: Circumstances) -> Clock | None:
    clock = case.clock(Stage.HANDLE)
    if row.handling is HandlingClock.START and case.rule is not None:
        if clock is None:
            return start_clock(Stage.HANDLE, case.rule.limit, at.now, at.calendar)
        # A returned case goes on with its old clock; a rule corrected meanwhile changes the limit, never the start.
        return _relimited(clock, case.rule.limit, at)
    if row.handling is HandlingClock.REOPEN and case.ended_handling is not None:
        return case.ended_handling.reopen(at.now, at.calendar)
    if clock is None:
        return None
    if row.handling is HandlingClock.EXTEND and before.request is not None and before.request.amount is not None:
        return clock.extend(before.request.amount, at.calendar)
    if row.handling is HandlingClock.PAUSE:
        return clock.pause(at.now)
    if row.handling is HandlingClock.RELIMIT and case.rule is not None:
        return _relimited(clock, case.rule.limit, at)
    if row.action is Action.REDISPATCH and at.redispatch_restarts:
        return start_clock(Stage.HANDLE, clock.limit, at.now, at.calendar)
    if row.handling is HandlingClock.HALT:
        return clock.halt(at.now)
    if row.handling is HandlingClock.RESUME:
        return clock.resume(at.now, at.calendar)
    if row.handling is HandlingClock.STOP or (row.target is not None and row.target.is_final):
        return clock.stop(at.now)
    return None


def _relimited(clock: Clock, limit: Limit, at: Circumstances) -> Clock:
    """A clock of the same start under another limit; what was granted in another unit went with the old one."""
    extensions = clock.extensions if clock.limit.unit is limit.unit else ()
    fresh = start_clock(Stage.HANDLE, limit, clock.started_at, at.calendar, clock.pauses, extensions)
    return replace(fresh, late=clock.late)


def _facts(before: Case, after: Case) -> dict[str, str | int | bool | None]:
    """The columns that changed, as the ledger keeps them."""
    was, now = projection(before), projection(after)
    return {name: value for name, value in now.items() if value != was[name]}
