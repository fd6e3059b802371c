"""Refusals about the roster: posts, departures, leave, and their handovers."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Refused, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date


@error
class StillHolds(Refused):
    """A person who is to leave a post still has work in hand, or a grid would be without anybody."""

    code = "C301"
    warden: str
    number: str
    """Staff number."""
    cases: int
    """Open cases that the person handles."""
    tasks: int
    """Inspections that the person is out for."""
    orders: int
    """Unanswered supervision orders about these cases."""
    grids: Sequence[str]
    """Names of the grids that would be without anybody."""
    advice: str = ""
    """``leave``: the person is to be away for more than three days, and a deputy would do; ``post``: only one post is to end."""
    place: str = ""
    """Code of the grid of that post."""


@error
class PostTaken(Refused):
    """Another person has the post of this rank on the grid."""

    code = "C302"
    grid: str
    warden: str
    """Holder of the post."""
    other: str
    """Rank."""


@error
class DayImpossible(Refused):
    """A day of the roster cannot be right; ``advice`` tells why."""

    code = "C303"
    warden: str
    day: date
    first: date
    """Earliest day possible."""
    advice: str = ""
    """``start``: before the beginning of the post or employment; ``held``: the person held a case later; ``past``: too early; ``left``: before the person left."""


@error
class LeaveOverlaps(Refused):
    """The person is on leave already in this time."""

    code = "C304"
    warden: str
    first: object
    last: object


class DeputyFlaw(StrEnum):
    """Reasons why a person cannot stand in for somebody on leave."""

    SELF = "self"
    AWAY = "away"
    """On leave in this time."""
    NOT_IN_SERVICE = "not_in_service"
    DEPUTISES = "deputises"
    """The person who takes leave stands in for somebody else in this time."""


@error
class DeputyUnfit(Refused):
    """A person cannot stand in for somebody on leave."""

    code = "C305"
    warden: str
    """The deputy; for ``deputises`` the person who would be without one."""
    why: DeputyFlaw
    person: str = ""
    """For ``deputises``: the person who takes leave, or goes."""
    advice: str = ""
    """For that flaw: ``deputises`` if the person takes leave, ``goes`` if they depart."""


@error
class LeaveReversed(Refused):
    """A leave ends before it begins."""

    code = "C306"
    first: object
    last: object


@error
class NoLeave(Refused):
    """The person is not on leave, and none is planned."""

    code = "C307"
    warden: str


@error
class PersonExists(Refused):
    """Another person has this staff number."""

    code = "C308"
    number: str
    warden: str


@error
class NoEmployment(Refused):
    """The person is not in service, so that nothing can end."""

    code = "C309"
    warden: str
    advice: str = ""
    """``stays``: the person is in service, and no departure is planned."""


@error
class UnknownPostHandover(Refused):
    """There is no handover of posts with this number."""

    code = "C310"
    number: int


@error
class PostHandoverOver(Refused):
    """The handover of posts was done or withdrawn before."""

    code = "C311"
    number: int
    operator: str
    at: object
    state: object


@error
class NoSuccessor(Refused):
    """Some items of a handover have no successor yet."""

    code = "C312"
    number: int
    count: int
    names: Sequence[str]
    """The first of them: numbers of cases, names of grids."""


@error
class SheetNeeded(Refused):
    """A handover of posts needs the number of its signed sheet, or a reason why there is none."""

    code = "C313"
    number: int


@error
class SuccessorUnfit(Refused):
    """A person cannot take over an item of a handover."""

    code = "C314"
    warden: str
    name: str
    """The item: number of a case, or name of a grid."""
    reason: object


@error
class PlanOutdated(Refused):
    """The person has got or lost something since the handover was planned."""

    code = "C316"
    number: str
    """Staff number."""
    count: int
    names: Sequence[str]


@error
class NothingToHandOver(Refused):
    """The person has no post, and nothing in hand."""

    code = "C315"
    warden: str


@error
class GridClosed(Refused):
    """A grid is no more: it was split, merged or transferred."""

    code = "C317"
    grid: str
    day: object
    names: Sequence[str]
    """The grids that it became; empty if none is known."""


@error
class GridChangeUnfit(Refused):
    """Grids cannot be changed like this."""

    code = "C318"
    grid: str
    why: object
    """A :class:`GridChangeFlaw`."""


class GridChangeFlaw(StrEnum):
    """Reasons why grids cannot be changed as wanted."""

    TOO_FEW_PARTS = "too_few_parts"
    """A split needs two parts."""
    TOO_FEW_GRIDS = "too_few_grids"
    """A merge needs two grids."""
    ITSELF = "itself"
    """The same grid twice, or its own community."""
    ACROSS = "across"
    """Grids of two communities do not merge."""
    SAME_NAME = "same_name"
    """Two parts of one name."""
    NOT_POSTED = "not_posted"
    """A person is named for a part who has no post there."""
    NO_COMMUNITY = "no_community"
    """The area is no community."""


@error
class GridNameTaken(Refused):
    """Another grid of the community has the name."""

    code = "C319"
    name: str
    grid: str
    """Code of that grid."""


@error
class GridSerialsUsedUp(Refused):
    """A community has no serial left for another grid."""

    code = "C320"
    name: str


@error
class GridWithoutPeople(Refused):
    """A part of a grid would be without anybody on days on which the grid had somebody."""

    code = "C321"
    names: Sequence[str]


@error
class UnknownGridChange(Refused):
    """There is no change of grids with this number."""

    code = "C322"
    number: int


@error
class GridChangeOver(Refused):
    """A change of grids was undone before."""

    code = "C323"
    number: int
    operator: str
    at: object


@error
class GridChangeBuiltOn(Refused):
    """A change of grids cannot be undone: people have acted on what came of it."""

    code = "C324"
    number: int
    count: int
    names: Sequence[str]
    """The first of them: numbers of cases, names of grids."""


@error
class TeamExists(Refused):
    """A team of this name is at this place already."""

    code = "C325"
    name: str
    number: str
    """Code of that team."""


@error
class TeamMemberThere(Refused):
    """Somebody is in the team already."""

    code = "C326"
    name: str


@error
class TeamMemberUnknown(Refused):
    """Nobody of this name is in the team."""

    code = "C327"
    name: str
    names: Sequence[str]
    """Its members."""
