"""The one table of the workflow: which action leads from which state to which, for whom, and under which conditions.

A row says: from-state, action, roles that may, the condition that selects the row, what must hold (guards), the next state, what it
does to the clocks, and which axis's actors this one must not be among. What an action needs and fills is said once, in
:mod:`.actions`. The console, the command line, imports and the demo all go through :mod:`gridconsole.domain.incident`, which reads
nothing but these tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gridconsole.domain.actions import SPECS, Action, Fill, Need
from gridconsole.domain.states import (
    CALENDAR_KEEPERS,
    LINKERS,
    OFFICE,
    OPEN_STATES,
    Axis,
    RequestKind,
    Result,
    Role,
    State,
)


class HandlingClock(StrEnum):
    """Effect of a step on the handling clock. The clocks of the stages follow the states by themselves."""

    KEEP = "keep"
    START = "start"
    """Start it, or go on with the one a returned case already has."""
    HALT = "halt"
    """Stand still: the handler has fed back; late or not is judged now."""
    RESUME = "resume"
    """Go on after standing still: a failed check never restarts a clock."""
    STOP = "stop"
    EXTEND = "extend"
    """Go on with what was asked for added to the limit."""
    PAUSE = "pause"
    """Stand still without being judged: suspended."""
    REOPEN = "reopen"
    """Take up the one that was stopped when the case was closed: it goes on from where it stood, never from the beginning."""
    RELIMIT = "relimit"
    """Go on from the same start with the limit of another rule."""
    RECOMPUTE = "recompute"
    """Compute the deadline of this clock and of the stage's anew, with the same start, limit, pauses and extensions."""
    UNRESUME = "unresume"
    """Stand still again as before the last resumption, which is as if it had never been."""


class When(StrEnum):
    """Condition that selects a row among those of one state and action."""

    ALWAYS = "always"
    FIRST_HAND = "first_hand"
    HEARSAY = "hearsay"
    RESULT_TRUE = "result_true"
    RESULT_FALSE = "result_false"
    RESULT_PASS = "result_pass"
    RESULT_FAIL = "result_fail"
    SUPPORTED = "supported"
    OPPOSED = "opposed"
    SIMPLE = "simple"
    """Settled on the spot: there was never a handler to go back to."""
    DISPATCHED = "dispatched"
    SEPARATE = "separate"
    """Not merged into another case."""
    MERGED = "merged"
    HANDED = "handed"
    """There was a handler, who has it again."""
    UNHANDED = "unhanded"
    URGED = "urged"
    """An order (督办) waits for its answer."""


class Guard(StrEnum):
    """Conditions besides role, axis and fields."""

    FROM_WARDEN = "from_warden"
    """Only a warden's own report can be settled on the spot."""
    NOT_HANDLER = "not_handler"
    """Who judges a case is never who handled it."""
    UNDOING = "undoing"
    """Only undoing the import that brought the case takes it back, and only while nobody has done anything about it."""
    TIME_REPAIRED = "time_repaired"
    """Only putting right what a wrong time did."""
    CALENDAR_CHANGED = "calendar_changed"
    """Only a change of the calendar recomputes deadlines."""
    OTHER_HANDLER = "other_handler"
    """A redispatch names another handler than the present one."""
    ASKED = "asked"
    """There is a request to decide."""
    NOTHING_ASKED = "nothing_asked"
    """One request at a time."""
    NOT_REQUESTER = "not_requester"
    """Nobody decides what they asked for, nor what they gave the first opinion on."""
    REQUESTER = "requester"
    """Only who asked takes a request back."""
    NO_OPINION_YET = "no_opinion_yet"
    OPINION_GIVEN = "opinion_given"
    IN_TIME = "in_time"
    """Asked for while the handling clock is still running in time."""
    EXTENSIONS_LEFT = "extensions_left"
    SUSPENSIONS_LEFT = "suspensions_left"
    LATE = "late"
    """Only what was handled late can be appealed against."""
    APPEALS_LEFT = "appeals_left"
    LIMIT_KNOWN = "limit_known"
    SEPARATE = "separate"
    """A case is merged into one other at a time."""
    MERGED = "merged"
    """Only what was merged can be parted again."""
    LEADS_NONE = "leads_none"
    """Others are merged into it: it would become the middle of a chain."""
    INTO_ANOTHER = "into_another"
    """No case is merged into itself."""
    INTO_LEADING = "into_leading"
    """The other is itself merged into a third: a case that leads follows none, so there is neither chain nor circle."""
    INTO_STANDING = "into_standing"
    """Nothing is merged into a case that was declined or voided: it would lead nowhere."""
    FROM_RESIDENT = "from_resident"
    """Only who brought a matter from outside is called back."""
    CALL_BACK_DUE = "call_back_due"
    URGED = "urged"
    """There is an order (督办) that nobody has answered."""
    NOT_ORDERER = "not_orderer"
    """Nobody answers their own order."""
    DISSATISFIED = "dissatisfied"
    """The last call-back found the resident dissatisfied or the matter unsolved, and nobody has decided on it."""
    FIT_ASSIGNEE = "fit_assignee"
    """Who is sent to look has had nothing to do with handling it."""
    OWN_TASK = "own_task"
    """What an inspector was sent to find out, nobody else reports."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: State | None
    """From-state; None for the step that creates a case."""
    action: Action
    target: State | None
    """Next state; None: the state stays."""
    axis: Axis | None
    """Side the actor acts on; the actor must be nobody who acted on the other. None: neutral."""
    roles: frozenset[Role]
    """Who may."""
    when: When = When.ALWAYS
    guards: tuple[Guard, ...] = ()
    handling: HandlingClock = HandlingClock.KEEP
    also_needs: tuple[Need, ...] = ()
    """What this row needs beside what the action needs."""
    leaves: frozenset[Fill] = frozenset()
    """What the action may set and this row does not take."""
    request: RequestKind | None = None
    """What is asked for, or what must have been asked for."""
    by_itself: bool = False
    """Whether the program takes the step when its day has come."""

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return the fields an act of this row cannot do without."""
        return (*SPECS[self.action].needs, *self.also_needs)

    @property
    def fills(self) -> frozenset[Fill]:
        """Return the fields an act of this row may set; one that brings anything else is refused, never half obeyed."""
        return SPECS[self.action].fills - self.leaves


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_S, _C = Axis.SUPERVISION, Axis.COMMAND
_ACCEPTOR = _roles(Role.ACCEPTOR)
_LEADER = _roles(Role.SHIFT_LEADER)
_DISPATCHER = _roles(Role.DISPATCHER)
_INSPECTOR = _roles(Role.INSPECTOR)
_KEYED_IN = _roles(Role.DISPATCHER, Role.CLERK, Role.ACCEPTOR)
"""Who keys in what a handler asks for: departments have no account of their own."""
_FILED_STATES = (State.TO_DISPATCH, State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE)
_PLACED = frozenset({Fill.GRID, Fill.CATEGORY, Fill.GRADE})


def _asked(
    action: Action, states: Iterable[State], *, guards: tuple[Guard, ...] = (), roles: frozenset[Role] = _KEYED_IN
) -> list[Transition]:
    """Asking for something moves nothing and is on neither side: it is keyed in for the handler."""
    kind = SPECS[action].request
    return [Transition(state, action, None, None, roles, guards=(Guard.NOTHING_ASKED, *guards), request=kind) for state in states]


def _decided(
    kind: RequestKind,
    states: Iterable[State],
    target: State | None,
    axis: Axis,
    roles: frozenset[Role],
    handling: HandlingClock = HandlingClock.KEEP,
) -> list[Transition]:
    """Rows of a request's decision: a first opinion by the dispatcher where it has one, then yes or no, or it is taken back."""
    rows: list[Transition] = []
    unopined = (Guard.NO_OPINION_YET, Guard.NOT_REQUESTER)
    judged = (Guard.OPINION_GIVEN, Guard.NOT_REQUESTER) if kind.has_opinion else (Guard.NOT_REQUESTER,)
    for state in states:
        if kind.has_opinion:
            rows += [
                Transition(state, Action.FIRST_OPINION, None, _C, _DISPATCHER, when=when, guards=unopined, request=kind)
                for when in (When.SUPPORTED, When.OPPOSED)
            ]
        rows += [
            Transition(state, Action.GRANT, target, axis, roles, guards=judged, handling=handling, request=kind),
            Transition(state, Action.REFUSE, None, axis, roles, guards=judged, request=kind),
            Transition(state, Action.RECALL, None, None, OFFICE, guards=(Guard.REQUESTER,), request=kind),
        ]
    return rows


def _sent(state: State) -> Transition:
    """Sending somebody to look, or somebody else instead: the state stays, and its clock runs on."""
    return Transition(state, Action.SEND, None, _S, _ACCEPTOR | _LEADER, guards=(Guard.FIT_ASSIGNEE,))


def _in_every(
    states: Iterable[State],
    action: Action,
    target: State | None,
    roles: frozenset[Role],
    *,
    when: When = When.ALWAYS,
    guards: tuple[Guard, ...] = (),
    handling: HandlingClock = HandlingClock.KEEP,
) -> list[Transition]:
    """The same row from several states, on neither side."""
    return [Transition(state, action, target, None, roles, when=when, guards=guards, handling=handling) for state in states]


_REVIEWERS = _ACCEPTOR | _LEADER
_UNDOERS = _roles(Role.CLERK, Role.SHIFT_LEADER)
_ORDERERS = _roles(Role.LEADER, Role.SHIFT_LEADER)
_OWN, _JUDGED = (Guard.OWN_TASK,), (Guard.NOT_HANDLER, Guard.OWN_TASK)
_EXTENDABLE = (Guard.LIMIT_KNOWN, Guard.IN_TIME, Guard.EXTENSIONS_LEFT)
_MERGEABLE = (Guard.LEADS_NONE, Guard.INTO_ANOTHER, Guard.INTO_LEADING, Guard.INTO_STANDING)
_CALLED = (Guard.NOT_HANDLER, Guard.FROM_RESIDENT, Guard.CALL_BACK_DUE)
_UNHAPPY = (Guard.NOT_HANDLER, Guard.DISSATISFIED)
_HANDLING = (State.HANDLING,)

TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, Action.REPORT, State.REPORTED, None, OFFICE),
    # --- acceptance, verification, filing
    Transition(State.REPORTED, Action.ACCEPT, State.TO_FILE, _S, _ACCEPTOR, when=When.FIRST_HAND),
    Transition(State.REPORTED, Action.ACCEPT, State.VERIFYING, _S, _ACCEPTOR, when=When.HEARSAY),
    Transition(State.REPORTED, Action.SETTLE, State.TO_CLOSE, _S, _ACCEPTOR, guards=(Guard.FROM_WARDEN,)),
    Transition(State.VERIFYING, Action.VERIFY, State.TO_FILE, _S, _INSPECTOR, when=When.RESULT_TRUE, guards=_OWN),
    Transition(
        State.VERIFYING, Action.VERIFY, State.DECLINED, _S, _INSPECTOR, when=When.RESULT_FALSE, guards=_OWN, leaves=_PLACED
    ),
    _sent(State.VERIFYING),
    Transition(State.TO_FILE, Action.FILE, State.TO_DISPATCH, _S, _LEADER),
    # --- dispatch and handling
    Transition(State.TO_DISPATCH, Action.DISPATCH, State.HANDLING, _C, _DISPATCHER, handling=HandlingClock.START),
    Transition(State.HANDLING, Action.FEEDBACK, State.TO_CHECK, _C, _DISPATCHER, handling=HandlingClock.HALT),
    Transition(State.HANDLING, Action.REDISPATCH, State.HANDLING, _C, _DISPATCHER, guards=(Guard.OTHER_HANDLER,)),
    # --- requests
    *_asked(Action.RETURN, _HANDLING),
    *_asked(Action.EXTEND, _HANDLING, guards=_EXTENDABLE),
    *_asked(Action.SUSPEND, _HANDLING, guards=(Guard.SUSPENSIONS_LEFT,)),
    *_asked(Action.RETYPE, _HANDLING),
    *_asked(Action.VOID, _FILED_STATES, roles=_DISPATCHER | _ACCEPTOR),
    *_asked(Action.APPEAL, (State.CLOSED,), guards=(Guard.LATE, Guard.APPEALS_LEFT)),
    *_decided(RequestKind.RETURN, _HANDLING, State.TO_DISPATCH, _C, _DISPATCHER),
    *_decided(RequestKind.EXTENSION, _HANDLING, target=None, axis=_S, roles=_LEADER, handling=HandlingClock.EXTEND),
    *_decided(RequestKind.SUSPENSION, _HANDLING, target=State.SUSPENDED, axis=_S, roles=_LEADER, handling=HandlingClock.PAUSE),
    *_decided(RequestKind.RETYPE, _HANDLING, target=None, axis=_S, roles=_LEADER, handling=HandlingClock.RELIMIT),
    *_decided(RequestKind.VOID, _FILED_STATES, target=State.VOIDED, axis=_S, roles=_LEADER, handling=HandlingClock.STOP),
    *_decided(RequestKind.APPEAL, (State.CLOSED,), None, _S, _ACCEPTOR),
    Transition(
        State.SUSPENDED, Action.RESUME, State.HANDLING, _C, _DISPATCHER | _LEADER, handling=HandlingClock.RESUME, by_itself=True
    ),
    # --- check and close
    Transition(State.TO_CHECK, Action.CHECK, State.TO_CLOSE, _S, _INSPECTOR, when=When.RESULT_PASS, guards=_JUDGED),
    Transition(
        State.TO_CHECK,
        Action.CHECK,
        State.HANDLING,
        _S,
        _INSPECTOR,
        when=When.RESULT_FAIL,
        guards=_JUDGED,
        handling=HandlingClock.RESUME,
        also_needs=(Need.REASON,),
    ),
    _sent(State.TO_CHECK),
    Transition(State.TO_CLOSE, Action.CLOSE, State.CLOSED, _S, _LEADER, guards=(Guard.NOT_HANDLER,), handling=HandlingClock.STOP),
    # --- after closing
    Transition(State.CLOSED, Action.CALL_BACK, None, _S, _ACCEPTOR, guards=_CALLED),
    *(
        Transition(State.CLOSED, Action.REOPEN, target, _S, _LEADER, when=when, guards=_UNHAPPY, handling=HandlingClock.REOPEN)
        for when, target in ((When.HANDED, State.HANDLING), (When.UNHANDED, State.TO_DISPATCH))
    ),
    Transition(State.CLOSED, Action.KEEP_CLOSED, None, _S, _LEADER, guards=_UNHAPPY),
    # --- back to the step before
    Transition(State.TO_FILE, Action.SEND_BACK, State.REPORTED, _S, _LEADER),
    Transition(State.TO_DISPATCH, Action.SEND_BACK, State.TO_FILE, _C, _DISPATCHER),
    Transition(State.TO_CLOSE, Action.SEND_BACK, State.TO_CHECK, _S, _LEADER, when=When.DISPATCHED),
    Transition(State.TO_CLOSE, Action.SEND_BACK, State.REPORTED, _S, _LEADER, when=When.SIMPLE),
    Transition(State.REPORTED, Action.DECLINE, State.DECLINED, _S, _REVIEWERS),
    Transition(State.VERIFYING, Action.DECLINE, State.DECLINED, _S, _REVIEWERS),
    Transition(State.TO_FILE, Action.DECLINE, State.DECLINED, _S, _REVIEWERS),
    # --- lists
    Transition(None, Action.ARCHIVE, State.CLOSED, None, OFFICE),
    *_in_every((State.REPORTED, State.CLOSED), Action.WITHDRAW, State.VOIDED, _UNDOERS, guards=(Guard.UNDOING,)),
    # --- one matter, several cases
    *_in_every(OPEN_STATES, Action.MERGE, None, LINKERS, when=When.SEPARATE, guards=_MERGEABLE),
    # Whatever became of the case meanwhile: a link that was wrong stays wrong when the case is closed.
    *_in_every(State, Action.UNMERGE, None, LINKERS, when=When.MERGED),
    # --- orders: they neither judge nor hand out. An order can be repeated, and the latest stands; it is owed an answer even after
    # the case is over.
    *_in_every(OPEN_STATES, Action.SUPERVISION_ORDER, None, _ORDERERS),
    *_in_every(State, Action.REPLY, None, _KEYED_IN, when=When.URGED, guards=(Guard.NOT_ORDERER,)),
    *_in_every(State, Action.NOTE, None, OFFICE),
    # --- what follows from something else: whoever changes the calendar or puts a wrong time right judges no case
    *_in_every(
        OPEN_STATES,
        Action.RECOMPUTE,
        None,
        CALENDAR_KEEPERS,
        guards=(Guard.CALENDAR_CHANGED,),
        handling=HandlingClock.RECOMPUTE,
    ),
    Transition(
        State.HANDLING,
        Action.REVERT_RESUME,
        State.SUSPENDED,
        None,
        _roles(Role.ADMIN),
        guards=(Guard.TIME_REPAIRED,),
        handling=HandlingClock.UNRESUME,
    ),
)


_FOLLOWS = {Guard.UNDOING, Guard.CALENDAR_CHANGED, Guard.TIME_REPAIRED}
"""Guards of steps that follow from something else and are never taken by themselves."""


def rows_for(state: State | None, action: Action) -> tuple[Transition, ...]:
    """The rows of one state and action, in table order."""
    return _INDEX.get((state, action), ())


def actions_from(state: State) -> tuple[Action, ...]:
    """The actions a person can take from a state, in table order; what follows from undoing an import or from another calendar is none."""
    return tuple(dict.fromkeys(row.action for row in TRANSITIONS if row.source is state and not _FOLLOWS & set(row.guards)))


def results_of(action: Action) -> tuple[Result, ...]:
    """The results an action can have; empty if it has none."""
    found = [RESULT_OF[row.when] for row in TRANSITIONS if row.action is action and row.when in RESULT_OF]
    return tuple(dict.fromkeys(found))


RESULT_OF = {
    When.RESULT_TRUE: Result.TRUE,
    When.RESULT_FALSE: Result.FALSE,
    When.RESULT_PASS: Result.PASS,
    When.RESULT_FAIL: Result.FAIL,
    When.SUPPORTED: Result.SUPPORT,
    When.OPPOSED: Result.OPPOSE,
}
_INDEX: dict[tuple[State | None, Action], tuple[Transition, ...]] = {}
for _row in TRANSITIONS:
    _INDEX[_row.source, _row.action] = (*_INDEX.get((_row.source, _row.action), ()), _row)
del _row
