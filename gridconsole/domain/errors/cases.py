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
    """There is no case of a number."""

    code = "C103"
    number: str | int


@error
class AmbiguousIncident(UnknownIncident):
    """More than one case number ends so."""

    code = "C109"
    numbers: Sequence[str]


@error
class UnknownCategory(Refused):
    """There is no category of a name or code, or more than one."""

    code = "C104"
    near: Sequence[str]
    word: str


@error
class UnknownGrid(Refused):
    """There is no grid of a name or code."""

    code = "C105"
    near: Sequence[str]
    word: str


@error
class UnknownHandler(Refused):
    """There is no unit or warden of a name or code, or more than one."""

    code = "C106"
    near: Sequence[str] | None = None
    word: str | None = None


@error
class NobodyOnDuty(UnknownHandler):
    """Handlers are responsible, but all of them are off duty and the case is urgent."""

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
    """Nobody of this name can be sent to look at a case."""

    code = "C108"
    near: Sequence[str] | None = None
    word: str | None = None


@error
class NoAssignee(UnknownAssignee):
    """There is no inspector or warden to recommend for looking at a case."""

    code = "C223"
    number: str | int


@error
class ActionNotInState(Refused):
    """The table has no such step from this state."""

    code = "C111"
    action: Action | str
    actions: Sequence[Action]
    number: str | int
    state: State


@error
class RoleForbidden(Denied):
    """None of the roles of the operator may do this to a case."""

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
    """As above, where the office lets a second person waive it for this once."""

    code = "C120"


@error
class WaiverRefused(Denied):
    """A waiver of the dual axis does not hold."""

    code = "C119"
    action: Action | str
    why: object
    """A :class:`~gridconsole.domain.actions.WaiverFlaw`."""


@error
class HandlerMayNotJudge(Denied):
    """The one who handled may not check."""

    code = "C114"
    action: Action | str
    operator: str
    roles: object


@error
class GuardRefused(Refused):
    """A condition of the step does not hold."""

    code = "C115"
    action: Action | str
    guard: Guard


@error
class GuardDenied(GuardRefused, Denied):
    """A condition about who acts does not hold: it is another's to do."""


@error
class AssigneeExcluded(Refused):
    """The person to be sent may not judge the case."""

    code = "C161"
    name: str
    names: Sequence[object]
    """Who could be sent instead."""
    reason: object


@error
class TaskOfAnother(GuardDenied):
    """The task was sent to another inspector, who reports what was found."""

    code = "C162"
    name: str


@error
class LookOutOfReach(Refused):
    """A time at which nobody can have looked at it."""

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
    """An order wants its answer at a time that is over, or more than a year away."""

    code = "C125"
    action: Action | str
    value: object


@error
class UnknownAlarm(Refused):
    """There is no alarm of a number."""

    code = "C126"
    value: object


@error
class MergedAlready(Refused):
    """Two merged cases are one matter, and nobody says otherwise before they are parted."""

    code = "C128"
    number: str | int
    other: str
    """The case that leads."""


@error
class AlarmOver(Refused):
    """Somebody has heard an alarm, or there is nothing left to do about it."""

    code = "C127"
    at: datetime | None
    number: str | int
    operator: str


@error
class ApproverAsked(Denied):
    """The operator asked for it, or gave the first opinion, and cannot decide it."""

    code = "C117"
    action: Action | str
    operator: str
    roles: object


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
    """Somebody else dispatched first."""

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
    """A request id was used for something else."""

    code = "C231"
    action: Action | str
    at: datetime
    number: str | int
    operator: str
    value: object
    """The request id."""
