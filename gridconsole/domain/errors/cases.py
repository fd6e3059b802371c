"""Refusals by the workflow or the data about a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Denied, Refused, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gridconsole.domain.actions import Action
    from gridconsole.domain.states import State
    from gridconsole.domain.transitions import Guard


@error
class UnknownIncident(Refused):
    """No case has this number."""

    code = "C103"
    number: str | int


@error
class AmbiguousIncident(UnknownIncident):
    """More than one case number ends with these digits."""

    code = "C109"
    numbers: Sequence[str]


@error
class UnknownCategory(Refused):
    """No category has this name or code, or more than one has it."""

    code = "C104"
    near: Sequence[str]
    word: str


@error
class UnknownGrid(Refused):
    """No grid has this name or code."""

    code = "C105"
    near: Sequence[str]
    word: str


@error
class UnknownHandler(Refused):
    """No unit or warden has this name or code, or more than one has it."""

    code = "C106"
    near: Sequence[str] | None = None
    word: str | None = None


@error
class NobodyOnDuty(UnknownHandler):
    """There are responsible handlers, but all of them are off duty and the case is urgent."""

    code = "C221"
    count: int
    names: Sequence[object]
    number: str | int


@error
class NoHandler(UnknownHandler):
    """There is no responsible handler to recommend."""

    code = "C222"
    number: str | int


@error
class UnknownAssignee(Refused):
    """No person of this name can be sent to inspect a case."""

    code = "C108"
    near: Sequence[str] | None = None
    word: str | None = None


@error
class NoAssignee(UnknownAssignee):
    """There is no inspector or warden to recommend for inspecting a case."""

    code = "C223"
    number: str | int


@error
class ActionNotInState(Refused):
    """The transition table has no such step from this state."""

    code = "C111"
    action: Action | str
    actions: Sequence[Action]
    number: str | int
    state: State


@error
class RoleForbidden(Denied):
    """None of the operator's roles may do this to a case."""

    code = "C112"
    action: Action | str
    role: object
    roles: object


@error
class AxisConflict(Denied):
    """The operator acted on the other axis of this case."""

    code = "C113"
    action: Action | str
    operator: str
    past_action: Action
    roles: object


@error
class AxisWaivable(AxisConflict):
    """The same conflict in an office where a second person may waive it for one act."""

    code = "C120"


@error
class WaiverRefused(Denied):
    """A waiver of the dual axis is not valid."""

    code = "C119"
    action: Action | str
    why: object
    """A :class:`~gridconsole.domain.actions.WaiverFlaw`."""


@error
class HandlerMayNotJudge(Denied):
    """The handler of a case may not judge it."""

    code = "C114"
    action: Action | str
    operator: str
    roles: object


@error
class GuardRefused(Refused):
    """A condition of the step is not met."""

    code = "C115"
    action: Action | str
    guard: Guard


@error
class GuardDenied(GuardRefused, Denied):
    """A condition about the actor is not met: another operator must do it."""


@error
class AssigneeExcluded(Refused):
    """The person to send may not judge the case."""

    code = "C161"
    name: str
    names: Sequence[object]
    """People who could be sent instead."""
    reason: object


@error
class TaskOfAnother(GuardDenied):
    """The task is assigned to another inspector, who must report the result."""

    code = "C162"
    name: str


@error
class LookOutOfReach(Refused):
    """The inspection cannot have taken place at this time."""

    code = "C163"
    action: Action | str
    first: object
    last: object
    value: object


@error
class AskedTooMuch(Refused):
    """A request goes beyond what may be granted."""

    code = "C116"
    action: Action | str
    limit: object
    value: object


@error
class DayOutOfReach(Refused):
    """A request names a day that cannot be granted."""

    code = "C118"
    action: Action | str
    first: object
    last: object
    value: object


@error
class ReplyByPast(Refused):
    """The time by which an order must be answered is over, or more than a year away."""

    code = "C125"
    action: Action | str
    value: object


@error
class UnknownAlarm(Refused):
    """No alarm has this number."""

    code = "C126"
    value: object


@error
class MergedAlready(Refused):
    """Two merged cases are one matter; another judgement is refused until they are separated."""

    code = "C128"
    number: str | int
    other: str
    """Number of the leading case."""


@error
class CaseRests(Refused):
    """A case that rests in another one is worked on there."""

    code = "C129"
    number: str
    action: Action
    other: str
    """Number of the leading case."""


@error
class AlarmOver(Refused):
    """An alarm was already acknowledged, or it no longer applies."""

    code = "C127"
    at: datetime | None
    number: str | int
    operator: str


@error
class ApproverAsked(Denied):
    """The operator made the request or gave the first opinion, and so cannot decide it."""

    code = "C117"
    action: Action | str
    operator: str
    roles: object


@error
class ApproverWaivable(ApproverAsked):
    """The operator made the request, and a second person may allow their first opinion on it."""

    code = "C130"


@error
class StaleVersion(Refused):
    """The case changed since it was read."""

    code = "C121"
    action: Action | str | None = None
    actual: int
    at: datetime | None
    expected: object = None
    number: str | int
    operator: str


@error
class AlreadyDispatched(StaleVersion):
    """Another operator dispatched the case first."""

    code = "C122"
    handler: str


@error
class HandlerExcluded(Refused):
    """A handler may not have the case."""

    code = "C123"
    handler: str
    hard: bool
    reason: object


@error
class SerialExhausted(Refused):
    """All five-digit serials of a day are used."""

    code = "C124"
    day: object


@error
class RequestReused(Refused):
    """A request id was already used for another act."""

    code = "C231"
    action: Action | str
    at: datetime
    number: str | int
    operator: str
    value: object
    """The request id."""
