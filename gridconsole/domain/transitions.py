"""The transition table of the workflow: which action leads from which state to which, for which roles, on which conditions.

A row has: from-state, action, allowed roles, the condition that selects the row, guards, next state, and effect on the clocks. It
also names the axis of the act; an operator who acted on the other axis is excluded. :mod:`.actions` defines what each action needs
and sets. The console, the command line, imports and the demo all use :mod:`gridconsole.domain.incident`, which reads only these
tables.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gridconsole.domain.actions import SPECS, Action, Fill, Need
from gridconsole.domain.states import (
    CALENDAR_KEEPERS,
    HELD_STATES,
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
    """Effect of a step on the handling clock. The clocks of the stages follow from the states."""

    KEEP = "keep"
    START = "start"
    """Start it, or resume the clock that a returned case already has."""
    HALT = "halt"
    """Halt it: the handler gave feedback, and lateness is judged now."""
    RESUME = "resume"
    """Resume the halted clock: a failed check never restarts it."""
    STOP = "stop"
    EXTEND = "extend"
    """Add the requested time to the limit."""
    PAUSE = "pause"
    """Halt it without judging: the case is suspended."""
    REOPEN = "reopen"
    """Resume the clock that was stopped when the case was closed, from the time it had reached."""
    RELIMIT = "relimit"
    """Keep the start and use the limit of another rule."""
    RECOMPUTE = "recompute"
    """Compute the deadlines of this clock and of the stage's clock again, with the same start, limit, pauses and extensions."""
    REST = "rest"
    """Halt every running clock without judging it: the case rests in another one."""
    WAKE = "wake"
    """Resume the clocks that rested; their own time goes on."""
    UNRESUME = "unresume"
    """Halt it again as before the last resumption, which is undone completely."""


class When(StrEnum):
    """Condition that selects a row among those of the same state and action."""

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
    """Settled by the simple procedure: there never was a handler."""
    DISPATCHED = "dispatched"
    SEPARATE = "separate"
    """Not merged into another case."""
    MERGED = "merged"
    RESTING = "resting"
    """Merged, and at rest in the other case."""
    AWAKE = "awake"
    """Merged by an earlier version, and still worked on by itself."""
    HANDED = "handed"
    """The case had a handler, who gets it again."""
    UNHANDED = "unhanded"
    """The case has a rule and had no handler."""
    UNRULED = "unruled"
    """The case had neither: it was handled directly, or closed with the case it was merged into before it was filed."""
    FEW_RETURNS = "few_returns"
    """The case was returned less often than the shift leader has to decide about."""
    MANY_RETURNS = "many_returns"
    URGED = "urged"
    """An order (督办) waits for its answer."""


class Guard(StrEnum):
    """Conditions besides role, axis and fields."""

    FROM_WARDEN = "from_warden"
    """Only a warden's own report can be settled by the simple procedure."""
    NOT_HANDLER = "not_handler"
    """The person who judges a case must not have handled it."""
    UNDOING = "undoing"
    """A case is withdrawn only by undoing the import that created it, and only if nothing has been done to it since."""
    TIME_REPAIRED = "time_repaired"
    """Only as part of repairing what a wrong machine time caused."""
    POST_HANDED_OVER = "post_handed_over"
    """Only with a handover of posts."""
    GRID_CHANGED = "grid_changed"
    """Only with a change of grids."""
    CALENDAR_CHANGED = "calendar_changed"
    """Only a change of the calendar recomputes deadlines."""
    OTHER_HANDLER = "other_handler"
    """A redispatch must name a different handler."""
    ASKED = "asked"
    """There must be a request to decide."""
    NOTHING_ASKED = "nothing_asked"
    """There must be no open request."""
    NOT_REQUESTER = "not_requester"
    """An operator must not decide a request that they made or gave the first opinion on."""
    REQUESTER = "requester"
    """Only the requester may take a request back."""
    NO_OPINION_YET = "no_opinion_yet"
    OPINION_GIVEN = "opinion_given"
    IN_TIME = "in_time"
    """The handling clock must not have passed its deadline."""
    EXTENSIONS_LEFT = "extensions_left"
    SUSPENSIONS_LEFT = "suspensions_left"
    LATE = "late"
    """Only a case that was handled late can have an appeal."""
    APPEALS_LEFT = "appeals_left"
    LIMIT_KNOWN = "limit_known"
    SEPARATE = "separate"
    """A case can be merged into only one other case at a time."""
    MERGED = "merged"
    """Only a merged case can be separated again."""
    LEADS_NONE = "leads_none"
    """No other case may be merged into this one, as that would make a chain."""
    INTO_ANOTHER = "into_another"
    """A case cannot be merged into itself."""
    INTO_LEADING = "into_leading"
    """The other case must not be merged into a third one: so there are neither chains nor circles."""
    INTO_STANDING = "into_standing"
    """The other case must not be declined or voided, as the merged case would then lead nowhere."""
    INTO_OPEN = "into_open"
    """The other case must be open: a case that rests in a closed one would end without anybody having looked at it."""
    LEADER_CLOSED = "leader_closed"
    """Only when the leading case closes, and only by the program."""
    LEADS_ITSELF = "leads_itself"
    """A dissatisfied call-back of a merged case is decided on the leading case."""
    FROM_RESIDENT = "from_resident"
    """Only a resident who reported the case is called back."""
    CALL_BACK_DUE = "call_back_due"
    URGED = "urged"
    """There must be an unanswered order (督办)."""
    NOT_ORDERER = "not_orderer"
    """An operator must not answer their own order."""
    DISSATISFIED = "dissatisfied"
    """The last call-back found the resident dissatisfied or the matter unsolved, and no decision was made on it."""
    REOPENABLE = "reopenable"
    """The resident is dissatisfied, or the case was closed within the office's period for reopening."""
    FIT_ASSIGNEE = "fit_assignee"
    """The person sent to inspect must have had no part in the handling."""
    OWN_TASK = "own_task"
    """Only the inspector assigned may report the result."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table."""

    source: State | None
    """From-state; None for the step that creates a case."""
    action: Action
    target: State | None
    """Next state; None: the state stays."""
    axis: Axis | None
    """Axis of the act; an operator who acted on the other axis of this case is refused. None: neutral."""
    roles: frozenset[Role]
    """Roles that may do it."""
    when: When = When.ALWAYS
    guards: tuple[Guard, ...] = ()
    handling: HandlingClock = HandlingClock.KEEP
    also_needs: tuple[Need, ...] = ()
    """Required fields besides those that the action requires."""
    leaves: frozenset[Fill] = frozenset()
    """Fields that the action may set but this row does not accept."""
    request: RequestKind | None = None
    """Kind of request that is made, or that must be open."""
    by_itself: bool = False
    """True if the program takes the step automatically on its day."""

    @property
    def needs(self) -> tuple[Need, ...]:
        """Return the fields that an act of this row must have."""
        return (*SPECS[self.action].needs, *self.also_needs)

    @property
    def fills(self) -> frozenset[Fill]:
        """Return the fields that an act of this row may set; an act with any other field is refused as a whole."""
        return SPECS[self.action].fills - self.leaves


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_S, _C = Axis.SUPERVISION, Axis.COMMAND
_ACCEPTOR = _roles(Role.ACCEPTOR)
_LEADER = _roles(Role.SHIFT_LEADER)
_DISPATCHER = _roles(Role.DISPATCHER)
_INSPECTOR = _roles(Role.INSPECTOR)
_KEYED_IN = _roles(Role.DISPATCHER, Role.CLERK, Role.ACCEPTOR)
"""Roles that enter a handler's request: departments have no account."""
_FILED_STATES = (State.TO_DISPATCH, State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE)
_PLACED = frozenset({Fill.GRID, Fill.CATEGORY, Fill.GRADE})


def _asked(
    action: Action, states: Iterable[State], *, guards: tuple[Guard, ...] = (), roles: frozenset[Role] = _KEYED_IN
) -> list[Transition]:
    """Return rows for making a request: the state stays and the axis is neutral, as it is entered for the handler."""
    kind = SPECS[action].request
    return [Transition(state, action, None, None, roles, guards=(Guard.NOTHING_ASKED, *guards), request=kind) for state in states]


def _decided(
    kind: RequestKind,
    states: Iterable[State],
    target: State | None,
    axis: Axis,
    roles: frozenset[Role],
    handling: HandlingClock = HandlingClock.KEEP,
    when: When = When.ALWAYS,
) -> list[Transition]:
    """Return rows for a request: a first opinion by the dispatcher if its kind has one, then grant, refuse or recall."""
    rows: list[Transition] = []
    unopined = (Guard.NO_OPINION_YET, Guard.NOT_REQUESTER)
    judged = (Guard.OPINION_GIVEN, Guard.NOT_REQUESTER) if kind.has_opinion else (Guard.NOT_REQUESTER,)
    for state in states:
        if kind.has_opinion:
            rows += [
                Transition(state, Action.FIRST_OPINION, None, _C, _DISPATCHER, when=said, guards=unopined, request=kind)
                for said in (When.SUPPORTED, When.OPPOSED)
            ]
        rows += [
            Transition(state, Action.GRANT, target, axis, roles, when=when, guards=judged, handling=handling, request=kind),
            Transition(state, Action.REFUSE, None, axis, roles, when=when, guards=judged, request=kind),
            Transition(state, Action.RECALL, None, None, OFFICE, when=when, guards=(Guard.REQUESTER,), request=kind),
        ]
    return rows


def _sent(state: State) -> Transition:
    """Return the row for assigning an inspection, or reassigning it: the state stays, and its clock continues."""
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
    by_itself: bool = False,
) -> list[Transition]:
    """Return the same row for several states, with neutral axis."""
    return [
        Transition(state, action, target, None, roles, when=when, guards=guards, handling=handling, by_itself=by_itself)
        for state in states
    ]


_REVIEWERS = _ACCEPTOR | _LEADER
_UNDOERS = _roles(Role.CLERK, Role.SHIFT_LEADER)
_ORDERERS = _roles(Role.LEADER, Role.SHIFT_LEADER)
_OWN, _JUDGED = (Guard.OWN_TASK,), (Guard.NOT_HANDLER, Guard.OWN_TASK)
_EXTENDABLE = (Guard.LIMIT_KNOWN, Guard.IN_TIME, Guard.EXTENSIONS_LEFT)
_MERGEABLE = (Guard.LEADS_NONE, Guard.INTO_ANOTHER, Guard.INTO_LEADING, Guard.INTO_STANDING, Guard.INTO_OPEN)
_RESTABLE = (Guard.INTO_STANDING, Guard.INTO_OPEN)
_CALLED = (Guard.NOT_HANDLER, Guard.FROM_RESIDENT, Guard.CALL_BACK_DUE)
_REOPENABLE = (Guard.NOT_HANDLER, Guard.LEADS_ITSELF, Guard.REOPENABLE)
_UNHAPPY = (Guard.NOT_HANDLER, Guard.LEADS_ITSELF, Guard.DISSATISFIED)
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
    *_decided(RequestKind.RETURN, _HANDLING, State.TO_DISPATCH, _C, _DISPATCHER, when=When.FEW_RETURNS),
    *_decided(RequestKind.RETURN, _HANDLING, State.TO_DISPATCH, _S, _LEADER, when=When.MANY_RETURNS),
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
        Transition(State.CLOSED, Action.REOPEN, target, _S, _LEADER, when=when, guards=_REOPENABLE, handling=HandlingClock.REOPEN)
        for when, target in (
            (When.HANDED, State.HANDLING),
            (When.UNHANDED, State.TO_DISPATCH),
            # Without a rule it would be dispatched without a limit: it is filed first.
            (When.UNRULED, State.TO_FILE),
        )
    ),
    Transition(State.CLOSED, Action.KEEP_CLOSED, None, _S, _LEADER, guards=_UNHAPPY, by_itself=True),
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
    *_in_every(OPEN_STATES, Action.MERGE, None, LINKERS, when=When.SEPARATE, guards=_MERGEABLE, handling=HandlingClock.REST),
    *_in_every(OPEN_STATES, Action.REST, None, LINKERS, when=When.AWAKE, guards=_RESTABLE, handling=HandlingClock.REST),
    # Allowed in every state: a wrong link stays wrong after the case is closed. The program does it when the leading case is declined
    # or voided.
    *_in_every(OPEN_STATES, Action.UNMERGE, None, LINKERS, when=When.RESTING, handling=HandlingClock.WAKE, by_itself=True),
    *_in_every(State, Action.UNMERGE, None, LINKERS, when=When.MERGED, by_itself=True),
    # Neutral, as nobody judges: the leading case was judged.
    *_in_every(
        OPEN_STATES,
        Action.CLOSE_FOLLOWER,
        State.CLOSED,
        LINKERS,
        guards=(Guard.LEADER_CLOSED,),
        handling=HandlingClock.STOP,
        by_itself=True,
    ),
    # --- orders: neutral, as they neither judge nor dispatch. An order can be repeated, and the latest one counts. It must be
    # answered even after the case is over.
    *_in_every(OPEN_STATES, Action.SUPERVISION_ORDER, None, _ORDERERS),
    *_in_every(State, Action.REPLY, None, _KEYED_IN, when=When.URGED, guards=(Guard.NOT_ORDERER,)),
    *_in_every(State, Action.NOTE, None, OFFICE),
    # --- steps that result from something else: neutral, as changing the calendar or repairing a wrong time judges no case
    *_in_every(
        OPEN_STATES,
        Action.RECOMPUTE,
        None,
        CALENDAR_KEEPERS,
        guards=(Guard.CALENDAR_CHANGED,),
        handling=HandlingClock.RECOMPUTE,
    ),
    # Neutral: nobody judges or chooses the unit; the clocks run on.
    # By itself where a lent case goes back after a leave.
    *_in_every(HELD_STATES, Action.HAND_ON, None, _LEADER, guards=(Guard.POST_HANDED_OVER, Guard.OTHER_HANDLER), by_itself=True),
    *_in_every(OPEN_STATES, Action.MOVE_GRID, None, _LEADER, guards=(Guard.GRID_CHANGED,)),
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


_FOLLOWS = {
    Guard.LEADER_CLOSED,
    Guard.UNDOING,
    Guard.CALENDAR_CHANGED,
    Guard.TIME_REPAIRED,
    Guard.POST_HANDED_OVER,
    Guard.GRID_CHANGED,
}
"""Guards of steps that result from something else and are never chosen by themselves."""


WHILE_RESTING = frozenset(
    {Action.UNMERGE, Action.NOTE, Action.REPLY, Action.CLOSE_FOLLOWER, Action.WITHDRAW, Action.HAND_ON, Action.MOVE_GRID}
)
"""Actions on a case that rests in another one; everything else is done on the leading case."""


def rows_for(state: State | None, action: Action) -> tuple[Transition, ...]:
    """Return the rows of a state and an action, in table order."""
    return _INDEX.get((state, action), ())


def roles_for(action: Action) -> frozenset[Role]:
    """Return the roles that may take an action in some state."""
    return _ROLES.get(action, frozenset())


def states_of(action: Action) -> tuple[State, ...]:
    """Return the states of an open case in which an action can be taken."""
    return tuple(state for state in OPEN_STATES if rows_for(state, action))


def actions_from(state: State) -> tuple[Action, ...]:
    """Return the actions that a person can choose in a state, in table order; steps that only result from others are excluded."""
    return tuple(dict.fromkeys(row.action for row in TRANSITIONS if row.source is state and not _FOLLOWS & set(row.guards)))


def deciders(kind: RequestKind, action: Action) -> tuple[Role, ...]:
    """Return the roles that take a step on a request of a kind, such as its first opinion, in the order of the table."""
    found = (role for row in TRANSITIONS if row.action is action and row.request is kind for role in sorted(row.roles))
    return tuple(dict.fromkeys(found))


def results_of(action: Action) -> tuple[Result, ...]:
    """Return the results that an action can have; empty if it has none."""
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
_ROLES: dict[Action, frozenset[Role]] = {}
for _row in TRANSITIONS:
    _INDEX[_row.source, _row.action] = (*_INDEX.get((_row.source, _row.action), ()), _row)
    _ROLES[_row.action] = _ROLES.get(_row.action, frozenset()) | _row.roles
del _row
