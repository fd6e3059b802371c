"""A case, its clocks and requests, and the circumstances of a decision: the data that the rules work on."""

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
    """An entry of the case's ledger, with the fields that rules read."""

    operator_id: int
    operator: str
    action: Action
    axis: Axis | None
    at: datetime
    origin: str = ""
    """Origin of the entry, such as ``import``."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One measured period of a case."""

    stage: Stage
    limit: Limit
    started_at: datetime
    due_at: datetime
    """Deadline, UTC, with the pauses so far."""
    provisional: bool
    pauses: tuple[Pause, ...] = ()
    halted_at: datetime | None = None
    """Time at which it was halted (feedback or suspension); None while it is not."""
    stopped_at: datetime | None = None
    late: bool | None = None
    """True if it was late when it was stopped or halted; None before the first judgement."""
    extensions: tuple[Limit, ...] = ()
    """Extensions granted, each in the limit's own unit."""

    @property
    def allowed(self) -> Limit:
        """Return the limit plus all granted extensions."""
        return replace(self.limit, amount=self.limit.amount + sum(extension.amount for extension in self.extensions))

    @property
    def is_running(self) -> bool:
        """Return whether it is neither stopped nor halted."""
        return self.stopped_at is None and self.halted_at is None

    def halt(self, at: datetime) -> Clock:
        """Halt the clock at a time and judge whether it is late."""
        return replace(self, halted_at=at, late=at > self.due_at)

    def resume(self, at: datetime, calendar: WorkCalendar) -> Clock:
        """Resume the clock; the time since the halt becomes a pause and moves the deadline."""
        if self.halted_at is None:
            return self
        pauses = (*self.pauses, Pause(self.halted_at, at)) if at > self.halted_at else self.pauses
        return replace(
            start_clock(self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=pauses, extensions=self.extensions),
            late=self.late,
        )

    def pause(self, at: datetime) -> Clock:
        """Halt the clock without judging it: a case is not late while it cannot be handled."""
        return replace(self, halted_at=at)

    def extend(self, amount: Limit, calendar: WorkCalendar) -> Clock:
        """Add an extension; the start stays the same."""
        extensions = (*self.extensions, amount)
        return replace(
            start_clock(self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=self.pauses, extensions=extensions),
            late=self.late,
        )

    def reopen(self, at: datetime, calendar: WorkCalendar) -> Clock:
        """Resume a stopped clock: the time since the stop becomes a pause, and an earlier judgement as late stays."""
        return replace(self, halted_at=self.stopped_at, stopped_at=None).resume(at, calendar)

    def recompute(self, calendar: WorkCalendar) -> Clock:
        """Compute the deadline by another calendar; start, limit, pauses, extensions and every judgement stay."""
        fresh = start_clock(
            self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=self.pauses, extensions=self.extensions
        )
        return replace(self, due_at=fresh.due_at, provisional=fresh.provisional)

    def unresume(self, calendar: WorkCalendar) -> Clock:
        """Undo the last resumption, made at a wrong time: the clock is halted again from the beginning of the last pause."""
        if not self.pauses:
            return self
        last = self.pauses[-1]
        fresh = start_clock(
            self.stage, self.limit, at=self.started_at, calendar=calendar, pauses=self.pauses[:-1], extensions=self.extensions
        )
        return replace(fresh, halted_at=last.start, late=self.late)

    def stop(self, at: datetime) -> Clock:
        """Stop the clock; a halted one keeps its judgement."""
        if self.halted_at is not None:
            return replace(self, stopped_at=self.halted_at)
        return replace(self, stopped_at=at, late=at > self.due_at)


def start_clock(
    stage: Stage, limit: Limit, at: datetime, calendar: WorkCalendar, pauses: tuple[Pause, ...] = (), extensions: tuple[Limit, ...] = (),
) -> Clock:  # fmt: skip
    """Return a clock that runs from an instant."""
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
    """Additional time requested."""
    until: date | None = None
    """Day on which a suspended case resumes."""
    rule: FilingRule | None = None
    """Filing rule that is to replace the present one."""

    def encode(self) -> str:
        """Return the text that the ledger and the case's row store."""
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
    """Settled by the simple procedure; counted separately."""
    rework_count: int = 0
    """Failed checks in a row with the present handler."""
    rework_total: int = 0
    redispatch_count: int = 0
    return_count: int = 0
    request: Pending | None = None
    """The open request, if any."""
    extension_count: int = 0
    suspension_count: int = 0
    suspended_until: date | None = None
    """The office's day on which the case resumes automatically."""
    appeal: Appeal | None = None
    call_back: CallBackState | None = None
    """None if the case needs no call-back, and while it is open."""
    call_back_tries: int = 0
    """Calls since closing that did not reach the resident."""
    has_phone: bool = True
    """The reporter left a phone that can be called."""
    reopen_count: int = 0
    order_count: int = 0
    reply_by: datetime | None = None
    """Time by which the latest order (督办) must be answered; None if there is no order, or it was answered."""
    ordered_by_id: int | None = None
    """Key of the operator who gave that order."""
    outer_due_at: datetime | None = None
    """Deadline that another system sets, such as the city's hotline (12345); the filing rule's own clock is independent of it."""
    reporter_id: int | None = None
    """Key of the person on the roster who reported it."""
    was_late: bool = False
    """True if its handling was ever judged late."""
    state_since: datetime | None = None
    closed_at: datetime | None = None
    batch_id: int | None = None
    """The import that created it."""
    merged_into: str | None = None
    """Number of the case this one was merged into; None if it is separate."""
    resting: bool = False
    """True while it is open and rests in the case it was merged into: no clock of it runs, and nobody works on it."""
    followers: tuple[str, ...] = ()
    """Numbers of the cases merged into this one."""
    resting_followers: tuple[str, ...] = ()
    """Those of them that rest in this case."""
    unhappy_followers: tuple[str, ...] = ()
    """Those of them whose resident was dissatisfied, with no decision yet."""
    is_handler_gone: bool = False
    """True if the handler is no longer in service, or a unit that was dissolved."""
    is_requester_gone: bool = False
    """The account of who made the open request is disabled."""
    is_assignee_gone: bool = False
    """The account of the assigned inspector is disabled."""
    assignee: Assignee | None = None
    """Person assigned to inspect it, while it waits for the inspection."""
    clocks: tuple[Clock, ...] = ()
    """Clocks that are not stopped, and those that the latest act stopped."""
    ended_handling: Clock | None = None
    """The handling clock that was stopped last; a reopened case resumes it."""
    past: tuple[PastAct, ...] = ()

    def clock(self, stage: Stage) -> Clock | None:
        """Return the clock of a stage that is not stopped."""
        return next((clock for clock in self.clocks if clock.stage is stage and clock.stopped_at is None), None)

    @property
    def due_clock(self) -> Clock | None:
        """Return the running clock that ends first, which the queue shows.

        A returned case that waits for dispatch may be late in handling, and must not look as if it were in time.
        """
        return min((clock for clock in self.clocks if clock.is_running), key=lambda clock: clock.due_at, default=None)


def follows_calendar(state: State, clock: Clock) -> bool:
    """Return whether a changed calendar moves a clock's deadline: while it runs, and while its case is suspended.

    A clock that was halted by feedback has been judged against its deadline, which stays until it runs again.
    """
    return clock.is_running or (clock.stopped_at is None and state is State.SUSPENDED)


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits for granting requests; a setting of the office. The defaults are those of a city's system (Yuncheng)."""

    extensions: int = 2
    extension_share: Decimal = Decimal(1)
    """Longest extension, as a fraction of the limit; applies to each extension."""
    suspensions: int = 1
    suspension_days: int = 365


CALL_BACK_TRIES = 3
"""Default number of calls before a call-back is given up."""
CALL_BACK_HOURS = 4
"""Default number of hours in which several calls that reach nobody count as one."""
REOPEN_DAYS = 30
"""Default number of days after closing in which a case may be reopened for any reason."""
HISTORY_DAYS = 30
"""Default number of days after which a report in a list may be history."""
OWN_RETURNS = 2
"""Returns of a case that the dispatcher decides; from the next one on the shift leader does."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """Inputs of a decision besides the case and the act."""

    now: datetime
    calendar: WorkCalendar
    stage_limits: Mapping[Stage, int]
    """Minutes for every stage but handling."""
    dual_axis: bool = True
    redispatch_restarts: bool = False
    """True if a new handler gets a fresh handling clock."""
    limits: RequestLimits = RequestLimits()
    waiver_allowed: bool = False
    """True if a second person may waive the dual axis for one act."""
    call_back_tries: int = CALL_BACK_TRIES
    """Unsuccessful calls after which a call-back is given up."""
    call_back_hours: int = CALL_BACK_HOURS
    """Hours in which several unsuccessful calls count as one."""
    reopen_days: int = REOPEN_DAYS
    own_opinions: bool = False
    """True to find out what a waiver would allow: a first opinion on one's own request."""
    _fresh: dict[Grade, Clock] = field(default_factory=dict, compare=False, repr=False)

    def stage_limit(self, stage: Stage, grade: Grade) -> Limit:
        """Return the limit of a stage; urgent cases run day and night."""
        return Limit.minutes(self.stage_limits[stage], urgent=grade is Grade.URGENT)

    def acceptance_clock(self, grade: Grade) -> Clock:
        """Return an acceptance clock that starts now; computed once per grade and shared by all reports of a list."""
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
    """Facts of the ledger entry besides its free text: the columns of the case that changed."""
    clocks: tuple[Clock, ...] = field(default=())
    """Every clock the act started, halted, resumed or stopped, in its new form."""
    waived: PastAct | None = None
    """The operator's earlier act on the other axis, if a second person waived the conflict."""


@dataclass(frozen=True, slots=True)
class Step:
    """A decided act that is about to be stored."""

    incident: int
    """Key of the case."""
    before: Case
    decision: Decision
    act: Act
    actor: Actor
    at: datetime
    """Time at which it takes effect, UTC."""


@dataclass(frozen=True, slots=True)
class History:
    """Course of a case that was finished before it was imported: its times, handler and outcome."""

    closed_at: datetime
    dispatched_at: datetime | None = None
    handled_at: datetime | None = None
    handler: Handler | None = None
    outcome: Outcome | None = Outcome.RESOLVED
    """None: the list says that the matter is not solved."""


def projection(case: Case) -> dict[str, str | int | bool | None]:
    """Return the columns of a case that its ledger must be able to rebuild."""
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
        "resting": case.resting,
        "call_back": case.call_back.value if case.call_back else None,
        "call_back_tries": case.call_back_tries,
        "reopen_count": case.reopen_count,
        "assignee": case.assignee.encode() if case.assignee else None,
        "urge_count": case.order_count,
        "reply_by": stamp(case.reply_by) if case.reply_by else None,
        "urged_by": case.ordered_by_id,
        "outer_due_at": stamp(case.outer_due_at) if case.outer_due_at else None,
        "reporter_id": case.reporter_id,
    }
