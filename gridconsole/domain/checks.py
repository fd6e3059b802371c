"""Checks of an act: role, axis, conditions, missing and unexpected fields. Used by :mod:`.incident` alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from gridconsole.domain.actions import (
    ASKING,
    JUDGING,
    Act,
    Action,
    CalendarChange,
    CallBack,
    Dispatch,
    GridMove,
    HandOn,
    ImportUndo,
    Lead,
    Merge,
    Need,
    P,
    TimeRepair,
    Waiver,
    WaiverFlaw,
)
from gridconsole.domain.assigning import check_assignee, check_own
from gridconsole.domain.case import OWN_RETURNS, Case, Circumstances, Clock, PastAct, Pending
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import (
    AnswerWithoutCall,
    ApproverAsked,
    ApproverWaivable,
    AxisConflict,
    AxisWaivable,
    FieldNotTaken,
    GuardDenied,
    GuardRefused,
    HandlerMayNotJudge,
    MissingField,
    RoleForbidden,
    WaiverRefused,
)
from gridconsole.domain.ledger import IMPORT_ORIGIN
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import OFFICE, CallBackState, Source, Stage, State
from gridconsole.domain.text import is_reason
from gridconsole.domain.transitions import RESULT_OF, WHILE_RESTING, Guard, Transition, When


def is_selectable(row: Transition, case: Case) -> bool:
    """Return whether a row of the table applies to a case in its present state, independent of the actor."""
    if case.resting and row.action not in WHILE_RESTING:
        return False
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
    if row.when in (When.RESTING, When.AWAKE):
        return case.merged_into is not None and case.resting is (row.when is When.RESTING)
    if row.when in (When.FEW_RETURNS, When.MANY_RETURNS):
        return (case.return_count < OWN_RETURNS) is (row.when is When.FEW_RETURNS)
    if row.when is When.URGED:
        return case.reply_by is not None
    if row.when in (When.HANDED, When.UNHANDED, When.UNRULED):
        without = When.UNHANDED if case.rule is not None else When.UNRULED
        # Whoever left the office gets no case back: it is dispatched anew.
        return row.when is (When.HANDED if case.handler is not None and not case.is_handler_gone else without)
    return True


def selected(rows: tuple[Transition, ...], case: Case, act: Act, actor: Actor) -> Transition:
    """Return the row of a state and action that applies to an act.

    Raises:
        GuardRefused, RoleForbidden, MissingField: no row applies.
    """
    selectable = [row for row in rows if is_selectable(row, case)]
    for row in selectable:
        wanted = RESULT_OF.get(row.when)
        if wanted is None or wanted is act.result:
            return row
    if act.action in JUDGING and not selectable:
        raise GuardRefused(guard=Guard.ASKED, action=act.action)
    # The role is checked first: an operator without the right gets that refusal, not a hint about missing fields.
    check_roles((selectable or rows)[0], actor)
    if not selectable and rows[0].when in _UNMET:
        raise GuardRefused(guard=_UNMET[rows[0].when], action=act.action)
    raise MissingField(action=act.action, need=Need.RESULT)


_UNMET = {
    When.SEPARATE: Guard.SEPARATE,
    When.MERGED: Guard.MERGED,
    When.RESTING: Guard.MERGED,
    When.AWAKE: Guard.MERGED,
    When.URGED: Guard.URGED,
}
"""Guard reported if an action's only row is not selectable because of its condition."""


def check_roles(row: Transition, actor: Actor) -> None:
    """Refuse an operator who has none of the row's roles.

    Raises:
        RoleForbidden: the operator has none of them.
    """
    if row.by_itself and actor.is_program:
        return
    if row.roles and not row.roles & actor.roles:
        raise RoleForbidden(action=row.action, role=sorted(actor.roles), roles=sorted(row.roles))


def check_axis(
    row: Transition, case: Case, waiver: Waiver | None, actor: Actor, at: Circumstances, *, is_used: bool = False
) -> PastAct | None:  # fmt: skip
    """Refuse an operator who acted on the other side of the case, unless a second person waives that; return the act waived.

    Args:
        is_used: the waiver was needed for another reason already.
    """
    past = _other_side(row, case, actor) if at.dual_axis else None
    if waiver is not None and not (is_used and past is None):
        flaw = WaiverFlaw.NEEDLESS if past is None else _flaw_of(waiver, case, actor, at)
        if flaw is not None:
            raise WaiverRefused(action=row.action, why=flaw)
    elif past is not None:
        refusal = AxisWaivable if at.waiver_allowed else AxisConflict
        raise refusal(operator=actor.name, past_action=past.action, action=row.action, roles=sorted(row.roles))
    return past


def _other_side(row: Transition, case: Case, actor: Actor) -> PastAct | None:
    """Return the actor's act on the other side of the case, if there is one."""
    if row.axis is None or actor.is_program:
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
    return None if is_reason(waiver.reason) else WaiverFlaw.NO_REASON


def check_person(
    row: Transition, case: Case, actor: Actor, at: Circumstances, waiver: Waiver | None = None
) -> PastAct | None:  # fmt: skip
    """Refuse who handled the case or has a hand in the request; return the act that a second person waived.

    Only the first word on one's own request can be waived: in an office with one dispatcher nobody else could give it.

    Raises:
        HandlerMayNotJudge, ApproverAsked, ApproverWaivable: the operator handled the case, made the request, or gave the opinion.
        WaiverRefused: the waiver is not valid.
    """
    if Guard.NOT_HANDLER in row.guards and _handled_by(case, actor):
        raise HandlerMayNotJudge(operator=actor.name, action=row.action, roles=sorted(row.roles))
    if Guard.NOT_REQUESTER in row.guards and _has_a_hand_in(case.request, row, actor):
        return _own_opinion(row, case, actor, at, waiver)
    return None


def _own_opinion(row: Transition, case: Case, actor: Actor, at: Circumstances, waiver: Waiver | None) -> PastAct | None:
    """Return the actor's own request, if a second person or the question allows a first word on it.

    The first word is the opinion, or the decision itself where the kind of request has no opinion.

    Raises:
        ApproverAsked, ApproverWaivable, WaiverRefused: they do not.
    """
    is_opinion = row.action is Action.FIRST_OPINION or (row.request is not None and not row.request.has_opinion)
    if is_opinion and at.own_opinions:
        return None
    if is_opinion and waiver is not None:
        flaw = _flaw_of(waiver, case, actor, at)
        if flaw is not None:
            raise WaiverRefused(action=row.action, why=flaw)
        return next((past for past in reversed(case.past) if past.operator_id == actor.id and past.action in ASKING), None)
    refusal = ApproverWaivable if is_opinion and at.waiver_allowed else ApproverAsked
    raise refusal(operator=actor.name, action=row.action, roles=sorted(row.roles))


def check_guards(row: Transition, case: Case, act: Act | None, actor: Actor, at: Circumstances) -> None:
    """Refuse an act that does not meet a row's other conditions.

    Args:
        act: None if the caller only wants to know which actions are possible.

    Raises:
        GuardRefused, and the errors of :func:`check_own` and :func:`check_assignee`: a condition is not met.
    """
    for guard in row.guards:
        if guard is Guard.OWN_TASK:
            check_own(case, actor, row.action)
        if guard is Guard.FIT_ASSIGNEE and act is not None:
            check_assignee(case, act, at)
        if not _holds(guard, case, act, actor, at):
            refusal = GuardDenied if guard in _ABOUT_THE_ACTOR else GuardRefused
            raise refusal(guard=guard, action=row.action)


_ABOUT_THE_ACTOR = frozenset({Guard.REQUESTER, Guard.NOT_ORDERER})
"""Conditions of :data:`_CONDITIONS` that another operator could meet."""


def _has_a_hand_in(request: Pending | None, row: Transition, actor: Actor) -> bool:
    if request is None:
        return False
    # A second first opinion is refused to every operator, so its author is not checked here.
    first_opinion_by = None if Guard.NO_OPINION_YET in row.guards else request.first_opinion_by
    return actor.id in (request.asked_by, first_opinion_by)


def _holds(guard: Guard, case: Case, act: Act | None, actor: Actor, at: Circumstances) -> bool:
    """Return whether a guard of :data:`_CONDITIONS` is met; other guards count as met."""
    condition = _CONDITIONS.get(guard)
    return condition is None or condition(
        _Matter(case, act, actor=actor, at=at, request=case.request, clock=case.clock(Stage.HANDLE))
    )


@dataclass(frozen=True, slots=True)
class _Matter:
    """Input of a condition."""

    case: Case
    act: Act | None
    """None if the caller only wants to know which actions are possible."""
    actor: Actor
    at: Circumstances
    request: Pending | None
    clock: Clock | None

    def says(self, kind: type[P]) -> P | None:
        """Return the payload of the act if it has the given type."""
        return self.act.get(kind) if self.act is not None else None


_CONDITIONS: Mapping[Guard, Callable[[_Matter], bool]] = {
    Guard.FROM_WARDEN: lambda it: it.case.source is Source.WARDEN,
    Guard.UNDOING: lambda it: _undoes(it.case, it.says(ImportUndo)),
    Guard.TIME_REPAIRED: lambda it: (repair := it.says(TimeRepair)) is not None and repair.repairs is not None,
    Guard.POST_HANDED_OVER: lambda it: (said := it.says(HandOn)) is not None and said.handover is not None,
    Guard.GRID_CHANGED: lambda it: (said := it.says(GridMove)) is not None and said.grid_change is not None,
    Guard.CALENDAR_CHANGED: lambda it: (change := it.says(CalendarChange)) is not None and bool(change.calendar_change),
    Guard.OTHER_HANDLER: lambda it: not _is_to_the_same(it.says(Dispatch), it.case),
    Guard.NOTHING_ASKED: lambda it: it.request is None,
    Guard.REQUESTER: lambda it: it.request is not None and (it.request.asked_by == it.actor.id or it.case.is_requester_gone),
    Guard.NO_OPINION_YET: lambda it: it.request is not None and it.request.opinion is None,
    Guard.OPINION_GIVEN: lambda it: it.request is not None and it.request.opinion is not None,
    Guard.LIMIT_KNOWN: lambda it: it.clock is not None,
    Guard.IN_TIME: lambda it: it.clock is not None and it.at.now <= it.clock.due_at,
    Guard.EXTENSIONS_LEFT: lambda it: it.case.extension_count < it.at.limits.extensions,
    Guard.SUSPENSIONS_LEFT: lambda it: it.case.suspension_count < it.at.limits.suspensions,
    Guard.LATE: lambda it: it.case.was_late,
    Guard.APPEALS_LEFT: lambda it: it.case.appeal is None,
    Guard.LEADS_NONE: lambda it: not it.case.followers,
    Guard.INTO_ANOTHER: lambda it: (lead := _lead(it.says(Merge))) is None or lead.number != it.case.number,
    Guard.INTO_LEADING: lambda it: (lead := _lead(it.says(Merge))) is None or lead.merged_into is None,
    Guard.INTO_STANDING: lambda it: (lead := _lead(it.says(Merge))) is None or lead.state not in (State.DECLINED, State.VOIDED),
    Guard.INTO_OPEN: lambda it: (lead := _lead(it.says(Merge))) is None or lead.state is not State.CLOSED,
    Guard.LEADER_CLOSED: lambda it: it.case.resting and it.actor.is_program,
    Guard.LEADS_ITSELF: lambda it: it.case.merged_into is None or it.actor.is_program,
    Guard.FROM_RESIDENT: lambda it: it.case.source.is_resident,
    # A resident who rings later is another call-back; one that waits for a decision is decided first.
    Guard.CALL_BACK_DUE: lambda it: it.case.call_back is not CallBackState.DISSATISFIED,
    Guard.NOT_ORDERER: lambda it: it.case.ordered_by_id != it.actor.id,
    Guard.DISSATISFIED: lambda it: _is_unhappy(it.case),
    Guard.REOPENABLE: lambda it: _is_unhappy(it.case) or _was_closed_lately(it.case, it.at),
}


def _is_unhappy(case: Case) -> bool:
    return case.call_back is CallBackState.DISSATISFIED or bool(case.unhappy_followers)


def _was_closed_lately(case: Case, at: Circumstances) -> bool:
    return case.closed_at is not None and at.now - case.closed_at <= timedelta(days=at.reopen_days)


def _lead(merge: Merge | None) -> Lead | None:
    return merge.into if merge is not None else None


def _is_to_the_same(dispatch: Dispatch | None, case: Case) -> bool:
    return dispatch is not None and dispatch.handler is not None and same_handler(dispatch.handler, case.handler)


def _undoes(case: Case, undo: ImportUndo | None) -> bool:
    """Return whether an act undoes the import that created the case, which only notes by other imports have followed."""
    said = all(past.action is Action.NOTE and past.origin == IMPORT_ORIGIN for past in case.past[1:])
    # A case with followers has been worked on, though its own ledger does not show it.
    return undo is not None and undo.undoes is not None and undo.undoes == case.batch_id and said and not case.followers


def _handled_by(case: Case, actor: Actor) -> bool:
    handler = case.handler
    return handler is not None and handler.kind is HandlerKind.WARDEN and handler.id == actor.warden_id


def same_handler(one: Handler, other: Handler | None) -> bool:
    """Return whether two handlers are the same."""
    return other is not None and (one.kind, one.id) == (other.kind, other.id)


def check_fills(row: Transition, act: Act) -> None:
    """Refuse fields that the step does not set.

    Raises:
        FieldNotTaken: the act has such a field.
    """
    for fill in act.fills():
        if fill not in row.fills:
            raise FieldNotTaken(action=act.action, fill=fill)


def check_needs(row: Transition, after: Case, act: Act) -> None:
    """Refuse an act that lacks a field required by its step.

    Raises:
        MissingField: a field is missing.
    """
    for need in row.needs:
        if not _is_there(need, row, after, act):
            raise MissingField(action=act.action, need=need, advice=need.value)


def _is_there(need: Need, row: Transition, after: Case, act: Act) -> bool:
    if need is Need.NOTE:
        return bool(act.note)
    if need is Need.REASON:
        return is_reason(act.reason) or is_reason(act.note)
    if need is Need.CALL_BACK:
        return act.get(CallBack) is not None
    if need in _OF_THE_CASE and row.request is None:
        return _OF_THE_CASE[need](after) is not None
    return bool(act.field(need.value))


_OF_THE_CASE: Mapping[Need, Callable[[Case], object]] = {
    Need.GRID: lambda case: case.grid_id,
    Need.CATEGORY: lambda case: case.category_id,
    Need.RULE: lambda case: case.rule,
}
"""Required fields that a value already on the case satisfies, although the step could set them too."""


def check_answers(act: Act) -> None:
    """Check a call-back: both answers if the resident was reached (with a reason if dissatisfied), otherwise no answers."""
    call = act.get(CallBack)
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
    if call.is_dissatisfied and not (is_reason(act.reason) or is_reason(act.note)):
        raise MissingField(action=act.action, need=Need.REASON, advice=Need.REASON.value)
