"""A case, its clocks and requests, and the circumstances of a decision: what the rules speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.catalogue import FilingRule, Limit
from gridconsole.domain.clock import Pause, WorkCalendar, deadline, stamp
from gridconsole.domain.ledger import canonical
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import (
    Appeal,
    Axis,
    CallBackState,
    Grade,
    Outcome,
    RequestKind,
    Result,
    Source,
    Stage,
    State,
)
from gridconsole.domain.task import Assignee
from gridconsole.domain.transitions import Transition


@dataclass(frozen=True, slots=True)
class PastAct:
    """An entry of the case's ledger, as far as rules look at it."""

    operator_id: int
    operator: str
    action: Action
    axis: Axis | None
    at: datetime
    origin: str = ""
    """What it came through, such as ``import``."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One measured stretch of a case."""

    stage: Stage
    limit: Limit
    started_at: datetime
    due_at: datetime
    """UTC; as it stands with the pauses so far."""
    provisional: bool
    pauses: tuple[Pause, ...] = ()
    halted_at: datetime | None = None
    """Standing still since (fed back, or suspended)."""
    stopped_at: datetime | None = None
    late: bool | None = None
    """Judged when it stopped or stood still; None while it runs for the first time."""
    extensions: tuple[Limit, ...] = ()
    """What was granted beyond the limit, each in the limit's own unit."""

    @property
    def allowed(self) -> Limit:
        """The limit with everything that was granted beyond it."""
        return replace(self.limit, amount=self.limit.amount + sum(extension.amount for extension in self.extensions))

    @property
    def is_running(self) -> bool:
        """Neither stopped nor standing still."""
        return self.stopped_at is None and self.halted_at is None

    def halt(self, at: datetime) -> Clock:
        """Stand still from now, judged now."""
        return replace(self, halted_at=at, late=at > self.due_at)

    def resume(self, at: datetime, calendar: WorkCalendar) -> Clock:
        """Go on; the stretch since the halt becomes a pause and moves the deadline."""
        if self.halted_at is None:
            return self
        pauses = (*self.pauses, Pause(self.halted_at, max(at, self.halted_at)))
        return replace(
            start_clock(self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=pauses, extensions=self.extensions),
            late=self.late,
        )

    def pause(self, at: datetime) -> Clock:
        """Stand still from now, not judged: nobody can be late while nothing can be done."""
        return replace(self, halted_at=at)

    def extend(self, amount: Limit, calendar: WorkCalendar) -> Clock:
        """Go on from the same start with so much more."""
        extensions = (*self.extensions, amount)
        return replace(
            start_clock(self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=self.pauses, extensions=extensions),
            late=self.late,
        )

    def reopen(self, at: datetime, calendar: WorkCalendar) -> Clock:
        """Go on after it was stopped: whatever has passed since becomes a pause, and a judgement of being late stays."""
        return replace(self, halted_at=self.stopped_at, stopped_at=None).resume(at, calendar)

    def recompute(self, calendar: WorkCalendar) -> Clock:
        """The same clock by another calendar: start, limit, pauses, extensions and every judgement stay."""
        fresh = start_clock(
            self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=self.pauses, extensions=self.extensions
        )
        return replace(self, due_at=fresh.due_at, provisional=fresh.provisional)

    def unresume(self, calendar: WorkCalendar) -> Clock:
        """Stand still again since the beginning of the last pause, which ended by a wrong time."""
        if not self.pauses:
            return self
        last = self.pauses[-1]
        fresh = start_clock(
            self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=self.pauses[:-1], extensions=self.extensions
        )
        return replace(fresh, halted_at=last.start, late=self.late)

    def stop(self, at: datetime) -> Clock:
        """End it; one that stood still keeps its judgement."""
        if self.halted_at is not None:
            return replace(self, stopped_at=self.halted_at)
        return replace(self, stopped_at=at, late=at > self.due_at)


def start_clock(
    stage: Stage, limit: Limit, at: datetime, calendar: WorkCalendar, pauses: tuple[Pause, ...] = (), extensions: tuple[Limit, ...] = (),
) -> Clock:  # fmt: skip
    """A clock that runs from an instant."""
    clock = Clock(stage=stage, limit=limit, started_at=at, due_at=at, provisional=False, pauses=pauses, extensions=extensions)
    due = deadline(at, clock.allowed, calendar, pauses)
    return replace(clock, due_at=due, provisional=calendar.is_provisional(at, due))


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that waits for its first opinion or its decision."""

    kind: RequestKind
    asked_by: int
    first_opinion_by: int | None = None
    opinion: Result | None = None
    amount: Limit | None = None
    """How much more time is asked for."""
    until: date | None = None
    """The day on which a suspended case goes on."""
    rule: FilingRule | None = None
    """The filing rule that is to take the place of the present one."""

    def encode(self) -> str:
        """As the ledger and the case's row keep it."""
        return canonical({
            "kind": self.kind.value, "by": self.asked_by, "opined_by": self.first_opinion_by,
            "opinion": self.opinion.value if self.opinion else None, "amount": self.amount.encode() if self.amount else None,
            "until": self.until.isoformat() if self.until else None, "rule": self.rule.id if self.rule else None,
        })  # fmt: skip


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the rules see it: a projection of its ledger."""

    number: str
    state: State
    version: int
    source: Source
    grade: Grade
    grid_id: int | None = None
    category_id: int | None = None
    rule: FilingRule | None = None
    handler: Handler | None = None
    outcome: Outcome | None = None
    simple: bool = False
    """Settled by the simple procedure; counted apart."""
    rework_count: int = 0
    """Failed checks in a row at the present handler."""
    rework_total: int = 0
    redispatch_count: int = 0
    return_count: int = 0
    request: Pending | None = None
    """The one that waits, if any."""
    extension_count: int = 0
    suspension_count: int = 0
    suspended_until: date | None = None
    """The office's day on which it goes on by itself."""
    appeal: Appeal | None = None
    call_back: CallBackState | None = None
    """None for a case nobody is called back about, and for an open one."""
    call_back_tries: int = 0
    """Calls that reached nobody since the case was closed."""
    reopen_count: int = 0
    order_count: int = 0
    reply_by: datetime | None = None
    """When the latest order (督办) wants its answer; None once it was answered, and without any."""
    ordered_by_id: int | None = None
    """Who gave it."""
    was_late: bool = False
    """Whether its handling was judged late, now or at an earlier turn."""
    state_since: datetime | None = None
    closed_at: datetime | None = None
    batch_id: int | None = None
    """The import that brought it."""
    merged_into: str | None = None
    """Number of the case that leads this one; None if it stands for itself."""
    followers: tuple[str, ...] = ()
    """Numbers of the cases merged into this one."""
    assignee: Assignee | None = None
    """Who was sent to look at it, as long as it waits for that."""
    clocks: tuple[Clock, ...] = ()
    """Only those not stopped, plus any stopped by the act just decided."""
    ended_handling: Clock | None = None
    """The handling clock that was stopped last: what a reopened case goes on with."""
    past: tuple[PastAct, ...] = ()

    def clock(self, stage: Stage) -> Clock | None:
        """The live clock of a stage."""
        return next((clock for clock in self.clocks if clock.stage is stage and clock.stopped_at is None), None)

    @property
    def due_clock(self) -> Clock | None:
        """The running clock that ends first: what the queue shows. A returned case can be late in handling while it
        waits for dispatch, and must not look in time."""
        return min((clock for clock in self.clocks if clock.is_running), key=lambda clock: clock.due_at, default=None)


def follows_calendar(state: State, clock: Clock) -> bool:
    """Return whether a changed calendar moves a clock's deadline: while it runs, and while its case is suspended.

    A clock that was halted by feedback has been judged against its deadline, which stays until it runs again.
    """
    return clock.is_running or (clock.stopped_at is None and state is State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits of what may be granted; a setting of the office. The defaults are those of a city's system (Yuncheng)."""

    extensions: int = 2
    extension_share: Decimal = Decimal(1)
    """Of the limit, for each extension."""
    suspensions: int = 1
    suspension_days: int = 365


CALL_BACK_TRIES = 3
"""Where an office says nothing else."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Inputs of a decision besides case and act."""

    now: datetime
    calendar: WorkCalendar
    stage_limits: Mapping[Stage, int]
    """Minutes for every stage but handling."""
    dual_axis: bool = True
    redispatch_restarts: bool = False
    """Whether another handler starts with a fresh handling clock."""
    limits: RequestLimits = RequestLimits()
    waiver_allowed: bool = False
    """Whether a second person may waive the dual axis for one act."""
    call_back_tries: int = CALL_BACK_TRIES
    """Calls that reach nobody before a call-back is given up."""
    _fresh: dict[Grade, Clock] = field(default_factory=dict, compare=False, repr=False)

    def stage_limit(self, stage: Stage, grade: Grade) -> Limit:
        """Return the limit of a stage; urgent cases run day and night."""
        return Limit.minutes(self.stage_limits[stage], urgent=grade is Grade.URGENT)

    def acceptance_clock(self, grade: Grade) -> Clock:
        """An acceptance clock that starts now: one and the same for every report of a list."""
        if grade not in self._fresh:
            limit = self.stage_limit(Stage.ACCEPT, grade)
            self._fresh[grade] = start_clock(Stage.ACCEPT, limit, self.now, self.calendar)
        return self._fresh[grade]


@dataclass(frozen=True, slots=True)
class Decision:
    """Result of an act: the next case and everything that changed."""

    case: Case
    transition: Transition
    facts: Mapping[str, str | int | bool | None]
    """What the ledger entry says besides its free text: the columns of the case that changed."""
    clocks: tuple[Clock, ...] = field(default=())
    """Every clock the act started, halted, resumed or stopped, in its new form."""
    waived: PastAct | None = None
    """What the operator had done on the other side, where a second person waived that."""


@dataclass(frozen=True, slots=True)
class Step:
    """An act that was decided, on its way into the store."""

    incident: int
    """Key of the case."""
    before: Case
    decision: Decision
    act: Act
    actor: Actor
    at: datetime
    """When it takes effect, UTC."""


@dataclass(frozen=True, slots=True)
class History:
    """Course of a case that was finished before it was imported: its times and its handler."""

    closed_at: datetime
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    handler: Handler | None = None
    outcome: Outcome = Outcome.RESOLVED


def projection(case: Case) -> dict[str, str | int | bool | None]:
    """The columns of a case that its ledger must be able to replay."""
    return {
        "state": case.state.value,
        "source": case.source.value,
        "grade": case.grade.value,
        "grid_id": case.grid_id,
        "category_id": case.category_id,
        "rule_id": case.rule.id if case.rule else None,
        "handler_kind": case.handler.kind.value if case.handler else None,
        "handler_id": case.handler.id if case.handler else None,
        "outcome": case.outcome.value if case.outcome else None,
        "simple": case.simple,
        "rework_count": case.rework_count,
        "rework_total": case.rework_total,
        "redispatch_count": case.redispatch_count,
        "return_count": case.return_count,
        "request": case.request.encode() if case.request else None,
        "extension_count": case.extension_count,
        "suspension_count": case.suspension_count,
        "suspended_until": case.suspended_until.isoformat() if case.suspended_until else None,
        "appeal": case.appeal.value if case.appeal else None,
        "merged_into": case.merged_into,
        "call_back": case.call_back.value if case.call_back else None,
        "call_back_tries": case.call_back_tries,
        "reopen_count": case.reopen_count,
        "assignee": case.assignee.encode() if case.assignee else None,
        "urge_count": case.order_count,
        "reply_by": stamp(case.reply_by) if case.reply_by else None,
        "urged_by": case.ordered_by_id,
    }
