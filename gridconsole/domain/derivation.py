"""Derivation of a deadline, line by line, which explains why a case is due at that time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import Pause, WorkCalendar, instant_of, merged_pauses, micros
from gridconsole.domain.codes import Unit


class StepKind(StrEnum):
    """Kind of a line of a derivation."""

    START = "start"
    NIGHT_TOO = "runs_always"
    SPAN = "span"
    REST = "rest"
    START_DAY = "start_day"
    DAY = "day"
    SKIPPED = "skipped"
    ROLLED = "rolled"
    PAUSE = "pause"
    PROVISIONAL = "provisional"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class DerivationStep:
    """One line of a derivation; times are aware, in the office's zone."""

    kind: StepKind
    at: datetime | None = None
    until: datetime | None = None
    day: date | None = None
    count: int = 0
    """Number of the counted day, or number of days skipped; the year for a provisional deadline."""
    took: timedelta = timedelta()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Derivation:
    """A deadline and the steps that lead to it."""

    due_at: datetime
    limit: Limit
    steps: tuple[DerivationStep, ...]
    provisional: bool


def derive(start: datetime, limit: Limit, calendar: WorkCalendar, pauses: Sequence[Pause] = ()) -> Derivation:
    """Derive a deadline line by line: every span and day that counts, and every day of rest that is skipped, with its reason.

    Goes through the calendar day by day, independently of :func:`deadline`; tests compare the two.
    """
    walker = _Walker(start, calendar, pauses)
    due = walker.days(limit) if limit.unit.is_days else walker.hours(limit)
    provisional = calendar.is_provisional(start, due)
    if provisional:
        walker.add(StepKind.PROVISIONAL, count=calendar.local_day(due).year)
    walker.add(StepKind.DUE, at=walker.local(due))
    return Derivation(due.astimezone(UTC), limit, tuple(walker.steps), provisional)


class _Walker:
    def __init__(self, start: datetime, calendar: WorkCalendar, pauses: Sequence[Pause]) -> None:
        self.start, self.calendar = start.astimezone(UTC), calendar
        self.pauses = [(instant_of(a), instant_of(b)) for a, b in merged_pauses(pauses, micros(start))]
        self.steps: list[DerivationStep] = []
        self.add(StepKind.START, at=self.local(start))

    def local(self, at: datetime) -> datetime:
        return at.astimezone(self.calendar.zone)

    def add(
        self,
        kind: StepKind,
        *,
        at: datetime | None = None,
        until: datetime | None = None,
        day: date | None = None,
        count: int = 0,
        took: timedelta = timedelta(),
        note: str = "",
    ) -> None:
        self.steps.append(DerivationStep(kind=kind, at=at, until=until, day=day, count=count, took=took, note=note))

    def hours(self, limit: Limit) -> datetime:
        left = timedelta(microseconds=limit.microseconds)
        if limit.unit is Unit.URGENT_HOUR:
            self.add(StepKind.NIGHT_TOO, took=left)
            return self._push(self.start + left, work=False)
        if not self.pauses:
            return self._work(self.start, left)
        due = self._work(self.start, left)
        return self._push(due, work=True)

    def _work(self, at: datetime, left: timedelta) -> datetime:
        day = self.calendar.local_day(at)
        while True:
            # Same bound as in the deadline: raises CalendarEmpty if there is no working day within reach.
            self.calendar.next_workday(day)
            spans = self.calendar.spans(day)
            if not spans:
                self.add(StepKind.REST, day=day, note=self.calendar.day_note(day))
            for begin_us, end_us in spans:
                begin, end = max(instant_of(begin_us), at), instant_of(end_us)
                if end <= begin:
                    continue
                took = min(end - begin, left)
                left -= took
                self.add(
                    StepKind.SPAN,
                    at=self.local(begin),
                    until=self.local(begin + took),
                    took=took,
                    note=self.calendar.day_note(day),
                )
                if not left:
                    return begin + took
            day += timedelta(days=1)

    def days(self, limit: Limit) -> datetime:
        first = day = self.calendar.local_day(self.start)
        self.add(StepKind.START_DAY, day=first)
        counted = 0
        while counted < int(limit.amount):
            day += timedelta(days=1)
            if limit.unit is Unit.NATURAL_DAY or self.calendar.spans(day):
                counted += 1
                self.add(StepKind.DAY, day=day, count=counted, note=self.calendar.day_note(day))
            else:
                self.add(StepKind.SKIPPED, day=day, note=self.calendar.day_note(day))
            if limit.unit is Unit.WORK_DAY:
                self.calendar.next_workday(day)
        for offset in range((self.calendar.next_workday(day) - day).days):
            self.add(StepKind.ROLLED, day=day + timedelta(days=offset + 1))
        day = self.calendar.next_workday(day)
        return self._push(self.calendar.close_of(day), work=limit.unit is Unit.WORK_DAY)

    def _push(self, due: datetime, *, work: bool) -> datetime:
        for begin, end in self.pauses:
            if begin >= due:
                break
            if work:
                took_us = self.calendar.work_between(micros(begin), micros(end))
                due, took = instant_of(self.calendar.advance(micros(due), took_us)), timedelta(microseconds=took_us)
            else:
                took = end - begin
                due += took
            self.add(StepKind.PAUSE, at=self.local(begin), until=self.local(end), took=took)
        return due
