"""Refusals about the calendar, the roster, handovers, the ledger and the machine's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Denied, Refused, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@error
class DraftsUnavailable(Refused):
    """The folder for drafts cannot be used: nothing typed is kept beyond the form."""

    code = "C224"
    file: str
    why: object


@error
class UnknownWarden(Refused):
    """There is no warden of a name or staff number."""

    code = "C107"
    near: Sequence[str]
    word: str


@error
class PostExists(Refused):
    """The warden has a post in the grid already."""

    code = "C131"
    grid: str
    warden: str


@error
class PostMissing(Refused):
    """The warden has no post in the grid."""

    code = "C132"
    grid: str
    warden: str


@error
class WardenLeft(Refused):
    """The warden has left the office."""

    code = "C134"
    day: object
    warden: str


@error
class CalendarEmpty(Refused):
    """The calendar has no working time near a date."""

    code = "C141"
    day: object


@error
class NoHandover(Refused):
    """No hand-over waits to be taken over."""

    code = "C184"


@error
class HandoverOpen(Refused):
    """A hand-over waits to be taken over, so there cannot be another."""

    code = "C185"
    at: datetime
    number: str | int
    operator: str


@error
class TakenOverFromSelf(Denied):
    """A handover is taken over by another operator than the one who made it."""

    code = "C186"
    operator: str
    what: str


@error
class NotTheirHandover(Denied):
    """A hand-over is withdrawn by who made it."""

    code = "C187"
    number: str | int
    operator: str
    what: str


@error
class UnknownHandover(Refused):
    """There is no handover of a number."""

    code = "C188"
    number: str | int


@error
class HandoverEnded(Refused):
    """Taken over or withdrawn meanwhile."""

    code = "C189"
    at: datetime | None
    number: str | int
    operator: str
    what: str


@error
class YearNotOver(Refused):
    """A year of the ledger is sealed when it is over."""

    code = "C191"
    year: int


@error
class YearEmpty(Refused):
    """A year in which nothing was entered after the last seal."""

    code = "C199"
    year: int


@error
class YearSealed(Refused):
    """A year is sealed once."""

    code = "C192"
    year: int


@error
class YearOutOfTurn(Refused):
    """Years are sealed, and taken out, in order."""

    code = "C193"
    wanted: object
    what: str
    year: int


@error
class YearNotSealed(Refused):
    """Only a sealed year is taken out."""

    code = "C194"
    year: int


@error
class YearTooYoung(Refused):
    """A year is not kept long enough yet."""

    code = "C195"
    day: object
    """From then on it may go."""
    limit: object
    """Days a year is kept at least."""
    year: int


@error
class YearHasOpenCases(Refused):
    """Cases with entries in the year are not over: who works on them must see those."""

    code = "C196"
    count: int
    numbers: Sequence[str]
    year: int


@error
class YearRetired(Refused):
    """A year was taken out already."""

    code = "C197"
    file: str
    year: int


@error
class LedgerUnsound(Refused):
    """An entry of the year does not hold: nobody seals or takes out what was changed."""

    code = "C198"
    number: str | int


@error
class TimeBehind(Refused):
    """An act lies before the newest entry of the office."""

    code = "C201"
    newest: datetime | None
    now: datetime


@error
class TimeDoubtful(Refused):
    """An act lies so long after the newest entry that a person must confirm the time first."""

    code = "C202"
    newest: datetime
    now: datetime


@error
class EntryMissing(Refused):
    """The ledger has no entry of this number."""

    code = "C204"
    number: str | int


@error
class TimeCertain(Refused):
    """There is no doubt about the time that anybody would have to answer."""

    code = "C203"


@error
class NoticeOtherYear(Refused):
    """A notice is about another year than the one asked for."""

    code = "C211"
    file: str
    found: object
    wanted: object


@error
class NoticeIncomplete(Refused):
    """A notice lacks holidays that every year has."""

    code = "C212"
    file: str
    names: Sequence[object]


@error
class NoticeNotInstalled(Refused):
    """The installed package does not have a year's notice, and no file was given."""

    code = "C213"
    year: int


@error
class HoursRefused(Refused):
    """Working hours that cannot be."""

    code = "C214"
    value: object
    why: object


@error
class NoWorkingHours(Refused):
    """A change would leave the calendar without any working hours."""

    code = "C215"


@error
class NoOverride(Refused):
    """There is nothing of the office's own to take back."""

    code = "C216"
    day: object
