"""Compare the machine's time with the newest entry of the office's ledger.

Nobody needs a privilege to run a command under another time. So time has a source, the ledger, and a doubt: an act from before the
newest entry is refused, and after more working days than an office usually lies still one person confirms the time first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gridconsole.domain.attest import ACTION as ATTEST
from gridconsole.domain.catalogue import Limit, Unit
from gridconsole.domain.clock import WorkCalendar, deadline
from gridconsole.domain.errors import CalendarEmpty

TOLERANCE = timedelta(minutes=2)
"""Clocks are set right by so much every day."""
USUAL_DAYS, MOST_DAYS = 3, 30
"""Working days an office may lie still before its time is doubted: by default, and at most."""
DAYS_SETTING = "time_doubt_days"
"""The setting of these days; 0: never."""
CONFIRM, ACCEPT = "time_confirm", "time_accept"
"""Actions of the entries by which a person says that the time is right, and after which it counts from there."""
DOUBTFUL_DAYS = "time_doubtful_days"
"""Under which the settings keep the days on which a person confirmed a doubtful time, each with the number of that entry."""
DOUBTED = "time_doubt"
"""Fact of an entry that judged a deadline on such a day: the number of the entry by which the time was confirmed."""
UNCOUNTED = frozenset({ATTEST, "login", "logout", "login_failed", "lock", "unlock", "hand_over", "denied"})
"""Actions of entries that are written whatever the time is, and never move the reference: log-ins, refused ones, denials, and what
attests a change that another entry is about, or a log-in's new hash of the same password."""
UNCHECKED = UNCOUNTED | {CONFIRM, ACCEPT, "restored", "init"}
"""Actions of entries that are not held against the time before them."""


class Doubt(StrEnum):
    """Kind of doubt about the machine's time."""

    BEHIND = "behind"
    """It is before the newest entry."""
    AHEAD = "ahead"
    """It is further after the newest entry than the office usually lies still."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The newest entry that the time is held against."""

    entry: int
    at: datetime


def may_be_ahead(at: datetime, reference: datetime, days: int) -> bool:
    """Return False if a time is certainly not ahead. Cheaper than :func:`doubt`, which decides the rest."""
    return days > 0 and at - reference > timedelta(days=days)


def doubt(at: datetime, reference: datetime, calendar: WorkCalendar, days: int) -> Doubt | None:
    """Say what is doubtful about a time.

    Args:
        at: the machine's time, aware.
        reference: when the newest entry was written.
        calendar: the office's own; a weekend and a week of holidays are no reason for doubt.
        days: working days an office may lie still; 0: never doubt that it is ahead.
    """
    if at < reference - TOLERANCE:
        return Doubt.BEHIND
    if not may_be_ahead(at, reference, days):
        return None
    try:
        latest = deadline(reference, Limit(Decimal(days), Unit.WORK_DAY), calendar)
    except CalendarEmpty:
        return None
    return Doubt.AHEAD if at > latest else None
