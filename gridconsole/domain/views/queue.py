"""Cases as lines of a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridconsole.domain.codes import Unit
from gridconsole.domain.states import CallBackState, Grade, Outcome, Source, Stage, State

SEVERITY = {Grade.URGENT: 0, Grade.MAJOR: 1, Grade.ORDINARY: 2}


@dataclass(frozen=True, slots=True)
class Parties:
    """Handler, requester and orderer of a case, as stored: the rules read them to find its next step."""

    handler_kind: str | None = None
    handler_id: int | None = None
    request: str | None = None
    """The open request, encoded."""
    ordered_by: int | None = None
    """Key of the operator whose order (督办) waits for an answer."""
    assignee: str | None = None
    """Person out to inspect, encoded (``warden:7``)."""
    merged_into: str | None = None
    """Number of the case that leads this one."""
    is_resting: bool = False
    """It is open and rests in that case."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A case as a line of a list. The reporter is left out, and names are masked in its texts."""

    id: int
    number: str
    state: State
    version: int
    grade: Grade
    source: Source
    reported_at: datetime
    state_since: datetime
    due_at: datetime | None
    due_stage: Stage | None
    due_unit: Unit | None
    provisional: bool
    closed_at: datetime | None
    outcome: Outcome | None
    simple: bool
    rework_total: int
    redispatch_count: int
    return_count: int
    grid_code: str
    grid_name: str
    area_code: str
    area_name: str
    """Community, or the subdistrict if only that is known."""
    category: str
    category_code: str
    address: str
    handler: str
    summary: str
    reopen_count: int = 0
    call_back: CallBackState | None = None
    order_count: int = 0
    reply_by: datetime | None = None
    """Time by which an order must be answered, UTC; None if none waits."""
    outer_due_at: datetime | None = None
    """Deadline that another system sets, such as the city's hotline, UTC; None if none does."""
    percent: int = 0
    """Highest escalation step reached by the clock shown, in per cent; 0 for none."""
    asked: bool = False
    """A request waits for an opinion or a decision."""
    sent: bool = False
    """An inspection is under way."""
    followers: int = 0
    """Number of the cases merged into it."""
    suspended_until: str = ""
    """Day on which the case resumes, ISO; empty unless it is suspended."""
    parties: Parties = Parties()

    @property
    def is_open(self) -> bool:
        """Return whether somebody works on it: neither over nor at rest in another case."""
        return not self.state.is_final and not self.parties.is_resting

    def is_overdue(self, now: datetime) -> bool:
        """Return whether the running clock has passed its end."""
        return self.due_at is not None and now > self.due_at

    def is_outer_late(self, now: datetime) -> bool:
        """Return whether it was, or is, over after the other system's deadline."""
        return self.outer_due_at is not None and (self.closed_at or now) > self.outer_due_at

    def is_late(self, now: datetime) -> bool:
        """Return whether its own clock or the other system's deadline has passed its end while it is open."""
        return self.is_overdue(now) or (self.is_open and self.is_outer_late(now))

    @property
    def is_outer_first(self) -> bool:
        """Return whether the other system's deadline ends before its own clock."""
        return self.is_open and self.outer_due_at is not None and (self.due_at is None or self.outer_due_at < self.due_at)

    @property
    def pressing_at(self) -> datetime | None:
        """Return the earlier of its own deadline and the other system's."""
        return self.outer_due_at if self.is_outer_first else self.due_at

    @property
    def sort_key(self) -> tuple[bool, datetime, int, datetime, str]:
        """Sort by deadline, then severity, then age; never by the last update. What is over comes last, in the order it was closed."""
        first = self.pressing_at
        return (first is None, first or self.closed_at or self.reported_at, SEVERITY[self.grade], self.reported_at, self.number)
