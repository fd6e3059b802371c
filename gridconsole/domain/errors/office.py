"""Refusals about the calendar, the roster, handovers, the ledger and the machine's time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Denied, Refused, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@error
class DraftsUnavailable(Refused):
    """The folder for drafts cannot be used: typed text is lost when its form is closed."""

    code = "C224"
    file: str
    why: object


@error
class UnknownWarden(Refused):
    """No warden has this name or staff number."""

    code = "C107"
    near: Sequence[str]
    word: str


@error
class PostExists(Refused):
    """The warden already has a post in the grid."""

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
    """No handover waits to be taken over."""

    code = "C184"


@error
class HandoverOpen(Refused):
    """A handover already waits to be taken over, so another cannot be made."""

    code = "C185"
    at: datetime
    number: str | int
    operator: str


@error
class TakenOverFromSelf(Denied):
    """A handover must be taken over by another operator than the one who made it."""

    code = "C186"
    operator: str
    what: str


@error
class NotTheirHandover(Denied):
    """A handover can be withdrawn only by the operator who made it."""

    code = "C187"
    number: str | int
    operator: str
    what: str


@error
class UnknownHandover(Refused):
    """No handover has this number."""

    code = "C188"
    number: str | int


@error
class HandoverEnded(Refused):
    """A handover was taken over or withdrawn in the meantime."""

    code = "C189"
    at: datetime | None
    number: str | int
    operator: str
    what: str


@error
class YearNotOver(Refused):
    """A year of the ledger can be sealed only when it is over."""

    code = "C191"
    year: int


@error
class YearEmpty(Refused):
    """A year has no entry after the last seal."""

    code = "C199"
    year: int


@error
class YearSealed(Refused):
    """A year is already sealed."""

    code = "C192"
    year: int


@error
class YearOutOfTurn(Refused):
    """Years must be sealed and archived in order."""

    code = "C193"
    wanted: object
    what: str
    year: int


@error
class YearNotSealed(Refused):
    """Only a sealed year can be archived."""

    code = "C194"
    year: int


@error
class YearTooYoung(Refused):
    """A year has not been kept long enough to be archived."""

    code = "C195"
    day: object
    """First day on which it may be archived."""
    limit: object
    """Minimum number of days a year is kept."""
    year: int


@error
class YearHasOpenCases(Refused):
    """Cases with entries in the year are still open, and those who work on them must see these entries."""

    code = "C196"
    count: int
    numbers: Sequence[str]
    year: int


@error
class YearRetired(Refused):
    """A year is already archived."""

    code = "C197"
    file: str
    year: int


@error
class LedgerUnsound(Refused):
    """An entry of the year is broken: a changed ledger is neither sealed nor archived."""

    code = "C198"
    number: str | int


@error
class TimeBehind(Refused):
    """An act is dated before the newest entry of the office."""

    code = "C201"
    newest: datetime | None
    now: datetime


@error
class TimeDoubtful(Refused):
    """An act is dated so long after the newest entry that a person must confirm the time first."""

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
    """The time is not in doubt, so there is nothing to confirm."""

    code = "C203"


@error
class NoticeOtherYear(Refused):
    """A notice is about another year than requested."""

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
    """The installed package has no notice for the year, and no file was given."""

    code = "C213"
    year: int


@error
class HoursRefused(Refused):
    """Working hours are impossible."""

    code = "C214"
    value: object
    why: object


@error
class NoWorkingHours(Refused):
    """A change would leave the calendar without any working hours."""

    code = "C215"


@error
class NoOverride(Refused):
    """The office has not set a rule for this day, so there is none to remove."""

    code = "C216"
    day: object
