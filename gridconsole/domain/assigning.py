"""Decide who may be sent to inspect a case, and check the time and photos of an inspection."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from gridconsole.domain.actions import Act, Action, Assignment
from gridconsole.domain.case import Case, Circumstances
from gridconsole.domain.codes import AssigneeKind, HandlerKind, TaskKind
from gridconsole.domain.errors import AssigneeExcluded, LookOutOfReach, PhotoRefused, TaskOfAnother
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Axis, Role, State
from gridconsole.domain.task import PHOTO_NAME_LIMIT, PHOTOS_MOST, TASK_IN, AssigneeCandidate, AssigneeFlaw, PhotoFlaw, photo_flaw
from gridconsole.domain.transitions import Guard


def flaw_of(candidate: AssigneeCandidate, case: Case, *, dual_axis: bool = True) -> AssigneeFlaw | None:
    """Return why a person cannot be sent to inspect a case; None if they can."""
    if _has_handled(candidate, case):
        return AssigneeFlaw.HANDLED
    if candidate.has_left:
        return AssigneeFlaw.LEFT
    if candidate.is_leaving:
        return AssigneeFlaw.LEAVING
    if candidate.who.kind is AssigneeKind.OPERATOR and Role.INSPECTOR not in candidate.roles:
        return AssigneeFlaw.NOT_INSPECTOR
    if dual_axis and candidate.who.kind is AssigneeKind.OPERATOR and _commanded(candidate.who.id, case):
        return AssigneeFlaw.OTHER_SIDE
    if candidate.on_leave:
        return AssigneeFlaw.ON_LEAVE
    return AssigneeFlaw.SENT if candidate.who.is_same(case.assignee) else None


def _has_handled(candidate: AssigneeCandidate, case: Case) -> bool:
    handler = case.handler
    handles = handler is not None and handler.kind is HandlerKind.WARDEN and handler.id == candidate.warden_id
    return candidate.has_handled or handles


def _commanded(operator: int, case: Case) -> bool:
    return any(past.operator_id == operator and past.axis is Axis.COMMAND for past in case.past)


def ranked(
    candidates: Iterable[AssigneeCandidate], case: Case, *, dual_axis: bool = True
) -> list[tuple[AssigneeCandidate, AssigneeFlaw | None]]:
    """Rank the people who can be sent, then those who cannot, with the reason.

    The wardens of the case's own grid come first (A before B), then inspectors, then other wardens; fewer open tasks come first.
    """
    judged = [(candidate, flaw_of(candidate, case, dual_axis=dual_axis)) for candidate in candidates]
    return sorted(judged, key=lambda item: (item[1] is not None, *_order(item[0])))


def _order(candidate: AssigneeCandidate) -> tuple[int, str, int, str, int]:
    place = 0 if candidate.rank else 1 if candidate.who.kind is AssigneeKind.OPERATOR else 2
    return place, candidate.rank, candidate.open_tasks, candidate.code, candidate.who.id


def check_assignee(case: Case, act: Act, at: Circumstances) -> None:
    """Refuse to send a person who may not judge this case.

    Raises:
        AssigneeExcluded: with the reason, and those who could be sent instead.
    """
    sent = act.get(Assignment)
    candidate = sent.assignee if sent is not None else None
    if candidate is None:
        return
    flaw = flaw_of(candidate, case, dual_axis=at.dual_axis)
    if flaw is not None:
        raise AssigneeExcluded(name=candidate.who.name, reason=flaw, names=candidate.instead or (Role.INSPECTOR,))


def check_own(case: Case, actor: Actor, action: Action) -> None:
    """Refuse an inspection result entered by another inspector than the one assigned; any inspector may enter a warden's result.

    Raises:
        TaskOfAnother: another inspector was assigned.
    """
    sent = case.assignee
    if sent is not None and sent.kind is AssigneeKind.OPERATOR and sent.id != actor.id and not case.is_assignee_gone:
        raise TaskOfAnother(guard=Guard.OWN_TASK, action=action, name=sent.name)


def check_look(case: Case, act: Act, at: Circumstances) -> None:
    """Refuse a time or photos that cannot belong to an inspection of this case, or to the work on it.

    Raises:
        LookOutOfReach: the time is before the report, the dispatch or the feedback, or in the future.
        PhotoRefused: a file name is not valid, or there are too many.
    """
    look = act.field("look")
    if look is None:
        return
    if look.at is not None and not earliest_look(case, at) <= look.at <= at.now:
        raise LookOutOfReach(action=act.action, value=look.at, first=earliest_look(case, at), last=at.now)
    if len(look.photos) > PHOTOS_MOST:
        raise PhotoRefused(value=len(look.photos), reason=PhotoFlaw.MANY, limit=PHOTOS_MOST)
    for name in look.photos:
        flaw = photo_flaw(name)
        if flaw is not None:
            raise PhotoRefused(value=name, reason=flaw, limit=PHOTO_NAME_LIMIT)


def earliest_look(case: Case, at: Circumstances) -> datetime:
    """Return the first minute that an inspection, or the work, may be of: that of the report; for a check that of the feedback, for
    feedback that of the dispatch.
    """
    began = case.state_since or at.now
    if case.state is State.HANDLING:
        began = max((began, *(past.at for past in case.past if past.action is Action.REDISPATCH)))
    if TASK_IN.get(case.state) is TaskKind.VERIFY and case.past:
        began = min(began, case.past[0].at)
    # Times are entered to the minute.
    return began.replace(second=0, microsecond=0)
