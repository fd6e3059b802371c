"""Days and deadlines that a changed calendar moves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.hours import Spans
from gridconsole.domain.states import Stage


@dataclass(frozen=True, slots=True)
class ChangedDay:
    """A day whose working hours changed."""

    day: date
    before: Spans
    after: Spans


@dataclass(frozen=True, slots=True)
class MovedDeadline:
    """A deadline of an open case that moves with the calendar."""

    number: str
    stage: Stage
    before: datetime
    after: datetime
    was_provisional: bool
    is_provisional: bool
    extensions: tuple[Limit, ...]
    """Extensions granted; they stay, counted by the new calendar."""

    @property
    def becomes_firm(self) -> bool:
        """Return whether the deadline reached into a year without a holiday notice, and no longer does."""
        return self.was_provisional and not self.is_provisional
