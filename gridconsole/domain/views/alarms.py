"""Reminders (逐级提醒) with their case and deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridconsole.domain.codes import AlarmKind, Display
from gridconsole.domain.states import Role, Stage


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm with its case and deadline."""

    id: int
    incident: int
    number: str
    kind: AlarmKind
    stage: Stage | None
    percent: int
    display: Display
    audience: frozenset[Role]
    waiting: frozenset[Role]
    """Roles of the audience that have not acknowledged it."""
    reached_at: datetime
    notified_at: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    due_at: datetime | None
    """End of the clock, or the time by which the order must be answered; UTC."""
    handler_kind: str
    handler_id: int | None
    handler: str

    @property
    def group(self) -> str:
        """Key of the group: its alarms ask the same roles for the same action."""
        return f"{self.kind.value} {self.stage.value if self.stage else ''} {self.percent}"
