"""The escalation ladder: who is told when so much of a clock's allowance is used up, and what counts as one alarm.

A clock climbs rungs, given in per cent of what it is allowed. Each is reached once, told to whom it concerns, and acknowledged by a
person; a clock that stands still climbs none. An alarm must call for an action (EEMUA 191): what asks nobody to do anything is a
colour or a line on a board, and what asks the same of many cases is one alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridconsole.domain.case import Clock
from gridconsole.domain.clock import WorkCalendar, instant_of, merged_pauses, micros, work_or_all
from gridconsole.domain.errors import BadValue
from gridconsole.domain.workflow import Role, Stage


class AlarmKind(StrEnum):
    """What an alarm is about."""

    LADDER = "ladder"
    """A clock has reached a rung."""
    ORDER = "order"
    """An order (督办) wants an answer."""
    UNANSWERED = "unanswered"
    """It wanted one by now."""


class Manner(StrEnum):
    """How a rung is told."""

    COLOUR = "colour"
    """Seen in the queue; nobody is told and nobody need answer."""
    NOTICE = "notice"
    """Stands in the list of reminders; no banner."""
    ALARM = "alarm"
    """Banner, and a bell where the office wants one."""
    BOARD = "board"
    """Put up on the board of the very late (严重超期榜)."""

    @property
    def is_told(self) -> bool:
        """Whether it waits for somebody to acknowledge it."""
        return self in (Manner.NOTICE, Manner.ALARM)


@dataclass(frozen=True, slots=True)
class Rung:
    """A step of the ladder."""

    share: int
    """Per cent of what the clock is allowed."""
    manner: Manner
    audience: tuple[Role, ...] = ()
    """Who is told: roles, as departments have no account. A warden who handles the case is told what its dispatcher is."""


Ladder = tuple[Rung, ...]

HANDLING_LADDER: Ladder = (
    Rung(50, Manner.COLOUR),
    Rung(75, Manner.NOTICE, (Role.DISPATCHER,)),
    Rung(90, Manner.ALARM, (Role.DISPATCHER,)),
    Rung(100, Manner.ALARM, (Role.DISPATCHER, Role.SHIFT_LEADER)),
    Rung(150, Manner.ALARM, (Role.SHIFT_LEADER, Role.LEADER)),
    Rung(300, Manner.BOARD),
)
"""Handler, dispatcher, head of the unit (through the shift leader), leader, board: iTop's thresholds, Signalen's 300 %."""
STAGE_LADDER: Ladder = (Rung(100, Manner.ALARM), Rung(200, Manner.ALARM, (Role.SHIFT_LEADER,)))
"""For the minutes of the office's own steps: first whoever is to take the step (where no role is named), then the shift leader."""
TAKES: dict[Stage, Role] = {
    Stage.ACCEPT: Role.ACCEPTOR,
    Stage.VERIFY: Role.INSPECTOR,
    Stage.FILE: Role.SHIFT_LEADER,
    Stage.DISPATCH: Role.DISPATCHER,
    Stage.CHECK: Role.INSPECTOR,
    Stage.CLOSE: Role.SHIFT_LEADER,
}
"""Who is to take the step whose time is measured."""
MOST_SHARE = 1_000


@dataclass(frozen=True, slots=True)
class Ladders:
    """An office's two ladders."""

    handling: Ladder = HANDLING_LADDER
    stages: Ladder = STAGE_LADDER

    def of(self, stage: Stage) -> Ladder:
        """The ladder a clock climbs."""
        if stage is Stage.HANDLE:
            return self.handling
        return tuple(rung if rung.audience or not rung.manner.is_told else _told_to(rung, TAKES[stage]) for rung in self.stages)


def _told_to(rung: Rung, role: Role) -> Rung:
    return Rung(rung.share, rung.manner, (role,))


def encode(ladder: Ladder) -> list[dict[str, object]]:
    """As the office's settings keep it."""
    return [
        {"share": rung.share, "manner": rung.manner.value, "audience": [role.value for role in rung.audience]} for rung in ladder
    ]


def decode(rungs: Iterable[dict[str, object]]) -> Ladder:
    """Inverse of :func:`encode`.

    Raises:
        BadValue: no ladder: a share out of range or twice, somebody to be told and nobody named, or the other way round.
    """
    found = []
    for said in rungs:
        try:
            audience = said.get("audience", [])
            roles = tuple(map(Role, audience)) if isinstance(audience, list) else ()
            found.append(Rung(int(str(said["share"])), Manner(str(said["manner"])), roles))
        except (KeyError, ValueError) as error:
            raise BadValue(what="ladder", value=said, expected="ladder") from error
    found.sort(key=lambda rung: rung.share)
    shares = [rung.share for rung in found]
    if len(set(shares)) != len(shares) or any(not 0 < share <= MOST_SHARE for share in shares):
        raise BadValue(what="ladder", value=shares, expected="ladder")
    return tuple(found)


def moment(clock: Clock, share: int, calendar: WorkCalendar) -> datetime:
    """When a clock that goes on running has used up a share of its allowance, UTC; at 100 exactly its deadline.

    Measured in the clock's own time: work time for work hours and work days, continuous time for the others, pauses left out.

    Args:
        share: per cent.
    """
    if share == 100:
        return clock.due_at
    work = clock.limit.unit.is_work_time
    begin, due = micros(clock.started_at), micros(clock.due_at)
    pauses = merged_pauses(clock.pauses, begin)
    allowed = work_or_all(calendar, begin, due, work=work) - sum(
        work_or_all(calendar, first, min(last, due), work=work) for first, last in pauses if first < due
    )
    left = allowed * share // 100
    at = calendar.advance(begin, left) if work else begin + left
    for first, last in pauses:
        if first >= at:
            break
        took = work_or_all(calendar, first, last, work=work)
        at = calendar.advance(at, took) if work else at + took
    return instant_of(at)


@dataclass(frozen=True, slots=True)
class Climb:
    """Where a clock stands on its ladder."""

    reached: int
    """Share of the highest rung reached; 0 for none."""
    new: tuple[tuple[Rung, datetime], ...]
    """Rungs reached that had not been before, lowest first, with when."""
    look_at: datetime | None
    """When the next is reached; None with none left, or while it stands still."""


def climb(clock: Clock, fired: int, ladder: Ladder, now: datetime, calendar: WorkCalendar) -> Climb:
    """How far a clock has climbed.

    Args:
        fired: share of the rung it was last known to stand on. A clock given more time may stand lower, and climbs again.
    """
    if not clock.is_running:
        return Climb(fired, (), None)
    reached, look_at = 0, None
    new: list[tuple[Rung, datetime]] = []
    for rung in ladder:
        at = moment(clock, rung.share, calendar)
        if at > now or (at == now and rung.share == 100):
            # The last moment is still in time.
            look_at = at + timedelta(microseconds=1) if rung.share == 100 else at
            break
        reached = rung.share
        if rung.share > fired:
            new.append((rung, at))
    if reached < fired and moment(clock, fired, calendar) <= now:
        # The rung was dropped from the ladder; the clock still stands there, and nothing it told is over.
        reached = fired
    return Climb(reached, tuple(new), look_at)


QUIET = timedelta(minutes=10)
"""One kind of alarm is raised once in so long; what comes meanwhile is counted in its line."""
FLOOD = 10
"""So many alarms in ten minutes are more than anybody can answer (EEMUA 191): they collapse to counts."""


@dataclass(frozen=True, slots=True)
class Fired:
    """An alarm as far as raising it goes."""

    group: str
    """What it asks for: alarms of one group ask the same."""
    at: datetime


def raised(fired: Sequence[Fired]) -> tuple[Fired, ...]:
    """Those of some alarms, oldest first, that are raised: of each group the first, and again after :data:`QUIET`."""
    last: dict[str, datetime] = {}
    found = []
    for alarm in fired:
        before = last.get(alarm.group)
        if before is None or alarm.at - before >= QUIET:
            last[alarm.group] = alarm.at
            found.append(alarm)
    return tuple(found)


def most_within(instants: Sequence[datetime], span: timedelta = QUIET) -> int:
    """The most of some instants, in order, that lie within any stretch of a length, its end left out."""
    most = first = 0
    for last, at in enumerate(instants):
        while at - instants[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most
