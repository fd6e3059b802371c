"""Compare the machine's time with the newest entry of the office's ledger.

Any user can run a command with a wrong machine time, without special rights, so the time is checked against the ledger. An act
dated before the newest entry is refused. After more idle working days than usual, a person must confirm the time first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from gridconsole.domain.attest import ACTION as ATTEST
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import WorkCalendar, deadline
from gridconsole.domain.codes import Unit
from gridconsole.domain.errors import CalendarEmpty

TOLERANCE = timedelta(minutes=2)
"""Tolerated difference: automatic corrections change a machine's clock by this much every day."""
USUAL_DAYS, MOST_DAYS = 3, 30
"""Working days without an entry before the time is doubted: by default, and at most."""
DAYS_SETTING = "time_doubt_days"
"""Setting for these days; 0: never doubt."""
CONFIRM, ACCEPT = "time_confirm", "time_accept"
"""Actions of entries by which a person confirms the time; later times are compared with that entry."""
DOUBTFUL_DAYS = "time_doubtful_days"
"""Settings key under which the days of a confirmed doubtful time are stored, each with the number of the confirming entry."""
DOUBTED = "time_doubt"
"""Fact of an entry that judged a deadline on such a day: number of the entry that confirmed the time."""
UNCOUNTED = frozenset({ATTEST, "login", "logout", "login_failed", "lock", "unlock", "hand_over", "denied"})
"""Actions of entries that are written at any time and never become the reference: log-ins, refused log-ins and denials. Also those
that attest a change recorded by another entry, or a log-in's new hash of the same password."""
UNCHECKED = UNCOUNTED | {CONFIRM, ACCEPT, "restored", "init"}
"""Actions of entries that are not compared with the time of earlier entries."""


class Doubt(StrEnum):
    """Kind of doubt about the machine's time."""

    BEHIND = "behind"
    """The time is before the newest entry."""
    AHEAD = "ahead"
    """The time is further after the newest entry than the office is usually idle."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The newest entry, which the time is compared with."""

    entry: int
    at: datetime


def may_be_ahead(at: datetime, reference: datetime, days: int) -> bool:
    """Return False if a time is certainly not ahead. Cheaper than :func:`doubt`, which decides the rest."""
    return days > 0 and at - reference > timedelta(days=days)


def doubt(at: datetime, reference: datetime, calendar: WorkCalendar, days: int) -> Doubt | None:
    """Return what is doubtful about a time; None if nothing is.

    Args:
        at: the machine's time, aware.
        reference: time of the newest entry.
        calendar: the office's calendar; a weekend and a week of holidays are no reason for doubt.
        days: working days an office may be idle; 0: never doubt that the time is ahead.
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
