"""Inspections (核实, 核查) with their case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridconsole.domain.codes import TaskKind
from gridconsole.domain.states import Result
from gridconsole.domain.task import Assignee


@dataclass(frozen=True, slots=True)
class TaskLine:
    """An inspection with its case; the note and the names of photos are masked unless unmasked on purpose."""

    incident: int
    number: str
    kind: TaskKind
    assignee: Assignee
    handler: tuple[str, int] | None
    """Kind and key of the handler at the time of the inspection; None before the first dispatch."""
    handler_name: str
    sent_at: datetime | None
    """None if the inspector went without being assigned."""
    sent_by: str
    due_at: datetime | None
    """End of the stage's clock, UTC; None if none ran."""
    ended: str
    """done, resent or lapsed; empty while the inspection is under way."""
    ended_at: datetime | None
    keyed_by: str
    """Operator who entered the result."""
    looked_at: datetime | None
    result: Result | None
    note: str
    photos: tuple[str, ...]
    in_time: bool | None
    """The result came before ``due_at``; None unless the inspection is done."""
    category: str
    area: str
    address: str

    def is_late(self, now: datetime) -> bool:
        """Return whether the inspection is under way and past its due time."""
        return not self.ended and self.due_at is not None and now > self.due_at
