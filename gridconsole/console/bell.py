"""Reminders of the operator at this console, and the rings of the bell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.codes import Display
from gridconsole.domain.escalation import FLOOD, QUIET, Occurrence, most_within, raised
from gridconsole.language import t, word
from gridconsole.language.due import moment_text
from gridconsole.language.escalation import alarm_text

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar
    from gridconsole.services.escalation import Reminder

SHOWN_ACTIONS = 2


@dataclass
class Bell:
    """Current reminders, and every alarm that rang since the operator signed in."""

    reminders: tuple[Reminder, ...] = ()
    _occurrences: dict[int, Occurrence] = field(default_factory=dict)

    def take(self, reminders: Sequence[Reminder], now: datetime) -> bool:
        """Take the current reminders. Returns whether a new one rings."""
        before = len(self.rings)
        self.reminders = tuple(reminders)
        for reminder in reminders:
            if reminder.alarm.display is Display.ALARM:
                self._occurrences.setdefault(reminder.alarm.id, Occurrence(reminder.alarm.group, now))
        return len(self.rings) > before

    def forget(self) -> None:
        """Clear everything for the next operator."""
        self.reminders = ()
        self._occurrences.clear()

    @property
    def alarms(self) -> tuple[Reminder, ...]:
        """Reminders with a banner, most pressing first."""
        return tuple(reminder for reminder in self.reminders if reminder.alarm.display is Display.ALARM)

    @property
    def rings(self) -> tuple[Occurrence, ...]:
        """Occurrences that rang, oldest first."""
        return raised(tuple(self._occurrences.values()))

    def rate(self, now: datetime) -> int:
        """Return how often it rang within the last ten minutes."""
        return sum(now - ring.at < QUIET for ring in self.rings)

    @property
    def most(self) -> int:
        """Most rings within any ten minutes."""
        return most_within([ring.at for ring in self.rings])

    def worst(self, now: datetime, calendar: WorkCalendar) -> tuple[str, str]:
        """Return the alarm of the case that is over for the longest in words, and what can be done about it; empty without alarms."""
        alarms = self.alarms
        if not alarms:
            return "", ""
        first = min(alarms, key=lambda reminder: reminder.row.sort_key)
        row = first.row
        due = t("console.alarm.due", moment=moment_text(row.due_at, now, calendar)) if row.due_at is not None else ""
        case = f"{row.number[8:]} {row.category}".rstrip()
        text = t("console.alarm.worst", case=case, what=alarm_text(first.alarm), due=due)
        recent = sum(now - occurrence.at < QUIET for occurrence in self._occurrences.values())
        if recent > FLOOD and len(alarms) > 1:
            text = t("console.alarm.flood", count=len(alarms), worst=text)
        return text, t("console.alarm.can", actions=" ".join(word(action) for action in first.actions[:SHOWN_ACTIONS]))

    def summary(self, now: datetime) -> str:
        """Return the ring rate of this console, for the list of reminders."""
        return t("console.alarm.rate", recent=self.rate(now), total=len(self.rings), most=self.most)
