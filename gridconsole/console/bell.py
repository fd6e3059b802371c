"""What the console was told of since somebody sat down: what rings, what only counts, and how often it rang."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from gridconsole.domain.escalation import FLOOD, QUIET, Fired, Manner, most_within, raised
from gridconsole.language import t
from gridconsole.language.escalation import alarm_text
from gridconsole.services.escalation import Reminder

SHOWN_ACTIONS = 3


@dataclass
class Bell:
    """Reminders as they stand, and those that were ever heard here."""

    reminders: tuple[Reminder, ...] = ()
    _heard: dict[int, Fired] = field(default_factory=dict)

    def hear(self, reminders: Sequence[Reminder], now: datetime) -> bool:
        """Take what stands now; whether something new is to ring."""
        before = len(self.rings)
        self.reminders = tuple(reminders)
        for reminder in reminders:
            if reminder.alarm.manner is Manner.ALARM:
                self._heard.setdefault(reminder.alarm.id, Fired(reminder.alarm.group, now))
        return len(self.rings) > before

    def forget(self) -> None:
        """Somebody else sits down."""
        self.reminders = ()
        self._heard.clear()

    @property
    def alarms(self) -> tuple[Reminder, ...]:
        """Those that ask for something at once, most pressing first."""
        return tuple(reminder for reminder in self.reminders if reminder.alarm.manner is Manner.ALARM)

    @property
    def rings(self) -> tuple[Fired, ...]:
        """When it rang, oldest first."""
        return raised(tuple(self._heard.values()))

    def rate(self, now: datetime) -> int:
        """How often it rang within the last ten minutes."""
        return sum(now - ring.at < QUIET for ring in self.rings)

    @property
    def most(self) -> int:
        """The most it rang within any ten minutes."""
        return most_within([ring.at for ring in self.rings])

    def line(self, now: datetime) -> str:
        """The banner: the one alarm, or what there is of each kind and the most pressing case; empty without any.

        In a flood the counts alone: nobody reads more.
        """
        told = self.alarms
        if not told:
            return ""
        first = told[0]
        case = f"{first.alarm.number} {first.row.category} {first.row.area_name}".rstrip()
        answers = t("console.alarm.can", actions=first.actions[:SHOWN_ACTIONS])
        if len(told) == 1:
            return f"{alarm_text(first.alarm)}  {case}  {answers}"
        counts = Counter(alarm_text(reminder.alarm) for reminder in told)
        kinds = "  ".join(t("console.alarm.count", what=what, count=count) for what, count in counts.items())
        recent = sum(now - heard.at < QUIET for heard in self._heard.values())
        if recent > FLOOD:
            return t("console.alarm.flood", count=len(told), kinds=kinds)
        return f"{kinds}  {t('console.alarm.first', case=case)}  {answers}"

    def summary(self, now: datetime) -> str:
        """The console's own rate, for the list of reminders."""
        return t("console.alarm.rate", recent=self.rate(now), total=len(self.rings), most=self.most)
