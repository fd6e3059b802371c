"""Escalation policy: which roles are notified once a percentage of a clock's time is used, and what counts as one alarm.

A policy has steps, given in per cent of the time allowed. A clock reaches each step once; the roles of the step are notified, and
an operator acknowledges it. A halted clock reaches no step. An alarm must require an action (EEMUA 191): a step without an action
is only a colour in the queue or a line on the board, and steps that require the same action in many cases are one alarm.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gridconsole.domain.case import Clock
from gridconsole.domain.clock import WorkCalendar, instant_of, merged_pauses, micros, work_or_all
from gridconsole.domain.codes import Display
from gridconsole.domain.errors import BadValue
from gridconsole.domain.states import Role, Stage

ALARM_BELL = "alarm_bell"
"""Setting of an office: ring for a new alarm."""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """A step of an escalation policy."""

    percent: int
    """Per cent of the time the clock allows."""
    display: Display
    audience: tuple[Role, ...] = ()
    """Roles that are notified; departments have no account. A warden who handles the case is notified with its dispatcher."""


Policy = tuple[EscalationStep, ...]

HANDLING_POLICY: Policy = (
    EscalationStep(50, Display.COLOUR),
    EscalationStep(75, Display.NOTICE, (Role.DISPATCHER,)),
    EscalationStep(90, Display.ALARM, (Role.DISPATCHER,)),
    EscalationStep(100, Display.ALARM, (Role.DISPATCHER, Role.SHIFT_LEADER)),
    EscalationStep(150, Display.ALARM, (Role.SHIFT_LEADER, Role.LEADER)),
    EscalationStep(300, Display.BOARD),
)
"""Handler, dispatcher, head of the unit (through the shift leader), leader, board: iTop's thresholds, Signalen's 300 %."""
STAGE_POLICY: Policy = (EscalationStep(100, Display.ALARM), EscalationStep(200, Display.ALARM, (Role.SHIFT_LEADER,)))
"""For the office's own stages, measured in minutes. A step without roles notifies the role that takes the next step of the case."""
TAKES: dict[Stage, Role] = {
    Stage.ACCEPT: Role.ACCEPTOR,
    Stage.VERIFY: Role.INSPECTOR,
    Stage.FILE: Role.SHIFT_LEADER,
    Stage.DISPATCH: Role.DISPATCHER,
    Stage.CHECK: Role.INSPECTOR,
    Stage.CLOSE: Role.SHIFT_LEADER,
}
"""Role whose step ends each stage."""
MOST_PERCENT = 1_000


@dataclass(frozen=True, slots=True)
class Policies:
    """The two escalation policies of an office."""

    handling: Policy = HANDLING_POLICY
    stages: Policy = STAGE_POLICY

    def of(self, stage: Stage) -> Policy:
        """Return the policy for the clock of a stage."""
        if stage is Stage.HANDLE:
            return self.handling
        return tuple(
            step if step.audience or not step.display.notifies else _notifying(step, TAKES[stage]) for step in self.stages
        )


def _notifying(step: EscalationStep, role: Role) -> EscalationStep:
    return EscalationStep(step.percent, step.display, (role,))


def encode(policy: Policy) -> list[dict[str, object]]:
    """Return the policy as the office's settings store it."""
    return [
        {"share": step.percent, "manner": step.display.value, "audience": [role.value for role in step.audience]}
        for step in policy
    ]


def decode(steps: Iterable[dict[str, object]]) -> Policy:
    """Read a policy back from the form of :func:`encode`.

    Raises:
        BadValue: a percentage is out of range or occurs twice, or a role or a display is unknown.
    """
    found = []
    for said in steps:
        try:
            audience = said.get("audience", [])
            roles = tuple(map(Role, audience)) if isinstance(audience, list) else ()
            found.append(EscalationStep(int(str(said["share"])), Display(str(said["manner"])), roles))
        except (KeyError, ValueError) as error:
            raise BadValue(what="ladder", value=said, expected="ladder") from error
    found.sort(key=lambda step: step.percent)
    percents = [step.percent for step in found]
    if len(set(percents)) != len(percents) or any(not 0 < percent <= MOST_PERCENT for percent in percents):
        raise BadValue(what="ladder", value=percents, expected="ladder")
    return tuple(found)


def moment(clock: Clock, percent: int, calendar: WorkCalendar) -> datetime:
    """Return the time at which a running clock has used a percentage of its time (UTC); at 100 exactly its deadline.

    Measured in the clock's own time: work time for work hours and work days, continuous time for the others, without pauses.
    """
    if percent == 100:
        return clock.due_at
    work = clock.limit.unit.is_work_time
    begin, due = micros(clock.started_at), micros(clock.due_at)
    pauses = merged_pauses(clock.pauses, begin)
    allowed = work_or_all(calendar, begin, due, work=work) - sum(
        work_or_all(calendar, first, min(last, due), work=work) for first, last in pauses if first < due
    )
    left = allowed * percent // 100
    at = calendar.advance(begin, left) if work else begin + left
    for first, last in pauses:
        if first >= at:
            break
        took = work_or_all(calendar, first, last, work=work)
        at = calendar.advance(at, took) if work else at + took
    return instant_of(at)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Result of evaluating a clock against its policy."""

    reached: int
    """Percentage of the highest step reached; 0 for none."""
    new: tuple[tuple[EscalationStep, datetime], ...]
    """Steps reached since the last evaluation, lowest first, each with the moment."""
    next_check_at: datetime | None
    """Moment of the next step; None if no step is left or the clock is halted."""


def evaluate(clock: Clock, last_step: int, policy: Policy, now: datetime, calendar: WorkCalendar) -> Evaluation:
    """Evaluate a clock against a policy.

    Args:
        last_step: percentage of the last step reached before. An extended clock may fall below it, and reach it again.
    """
    if not clock.is_running:
        return Evaluation(last_step, (), None)
    reached, next_check_at = 0, None
    new: list[tuple[EscalationStep, datetime]] = []
    for step in policy:
        at = moment(clock, step.percent, calendar)
        if at > now or (at == now and step.percent == 100):
            # A clock is still in time at its last moment.
            next_check_at = at + timedelta(microseconds=1) if step.percent == 100 else at
            break
        reached = step.percent
        if step.percent > last_step:
            new.append((step, at))
    if reached < last_step and moment(clock, last_step, calendar) <= now:
        # The step was removed from the policy, but the clock is still beyond it, so its notifications stay.
        reached = last_step
    return Evaluation(reached, tuple(new), next_check_at)


QUIET = timedelta(minutes=10)
"""An alarm group is raised at most once in this time; alarms in between are counted in its line."""
FLOOD = 10
"""More alarms in ten minutes than an operator can answer (EEMUA 191): the banner shows counts only."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A notification, with the fields needed for raising alarms."""

    group: str
    """Alarms of one group require the same action."""
    at: datetime


def raised(occurrences: Sequence[Occurrence]) -> tuple[Occurrence, ...]:
    """Return the occurrences that are raised: the first of each group, and again after :data:`QUIET`. Oldest first."""
    last: dict[str, datetime] = {}
    found = []
    for alarm in occurrences:
        before = last.get(alarm.group)
        if before is None or alarm.at - before >= QUIET:
            last[alarm.group] = alarm.at
            found.append(alarm)
    return tuple(found)


def most_within(instants: Sequence[datetime], span: timedelta = QUIET) -> int:
    """Return the largest number of sorted instants within any half-open span of this length."""
    most = first = 0
    for last, at in enumerate(instants):
        while at - instants[first] >= span:
            first += 1
        most = max(most, last - first + 1)
    return most
