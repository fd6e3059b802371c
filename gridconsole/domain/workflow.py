"""States, actions, roles and the one transition table: the life of a case as data.

A row says: from-state, action, roles that may, the condition that selects the row, what must hold (guards), the fields it
needs, the next state, what it does to the clocks, and which axis's actors this one must not be among. Every door (console,
command line, import, demo) goes through :mod:`gridconsole.domain.incident`, which reads nothing but this table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    TO_FILE = "to_file"
    TO_DISPATCH = "to_dispatch"
    HANDLING = "handling"
    SUSPENDED = "suspended"
    TO_CHECK = "to_check"
    TO_CLOSE = "to_close"
    CLOSED = "closed"
    DECLINED = "declined"
    VOIDED = "voided"

    @property
    def is_final(self) -> bool:
        """No clock runs and no pane shows it as open."""
        return self in _FINAL


_FINAL = frozenset({State.CLOSED, State.DECLINED, State.VOIDED})
OPEN_STATES = tuple(state for state in State if state not in _FINAL)


class Action(StrEnum):
    """What can be done to a case."""

    REPORT = "report"
    ACCEPT = "accept"
    SETTLE = "settle"
    DECLINE = "decline"
    VERIFY = "verify"
    FILE = "file"
    SEND_BACK = "send_back"
    DISPATCH = "dispatch"
    REDISPATCH = "redispatch"
    RETURN = "return"
    EXTEND = "extend"
    SUSPEND = "suspend"
    RETYPE = "retype"
    VOID = "void"
    APPEAL = "appeal"
    FIRST_OPINION = "opine"
    GRANT = "grant"
    REFUSE = "refuse"
    RECALL = "recall"
    RESUME = "resume"
    FEEDBACK = "feedback"
    CHECK = "check"
    CLOSE = "close"
    CALL_BACK = "call_back"
    REOPEN = "reopen"
    KEEP_CLOSED = "keep_closed"
    NOTE = "note"
    SEND = "send"
    """派核实 or 派核查, by the state."""
    WITHDRAW = "withdraw"
    ARCHIVE = "archive"
    MERGE = "merge"
    UNMERGE = "unmerge"
    SUPERVISION_ORDER = "urge"
    REPLY = "reply"
    RECOMPUTE = "recompute"
    """Deadlines follow a changed calendar; done by changing the calendar, never by itself."""
    REVERT_RESUME = "revert_resume"
    """Suspended again: the program had resumed it by a wrong time."""


class RequestKind(StrEnum):
    """What a handler may ask for and others decide; each has a register of its own (台账)."""

    RETURN = "return"
    EXTENSION = "extension"
    SUSPENSION = "suspension"
    RETYPE = "retype"
    VOID = "void"
    APPEAL = "appeal"

    @property
    def has_opinion(self) -> bool:
        """Return whether somebody gives a first opinion before it is decided."""
        return self not in (RequestKind.RETURN, RequestKind.VOID)


class Role(StrEnum):
    """Operator roles."""

    ACCEPTOR = "acceptor"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"
    INSPECTOR = "inspector"
    CLERK = "clerk"
    LEADER = "leader"
    ADMIN = "admin"
    """Keeps the operators; does nothing to a case."""
    AUDITOR = "auditor"
    """Reads the ledger; does nothing to a case."""


class Axis(StrEnum):
    """The two hands that must not be one on a case."""

    SUPERVISION = "supervision"
    COMMAND = "command"

    @property
    def other(self) -> Axis:
        """The axis whose actors an actor of this one may not be among."""
        return Axis.COMMAND if self is Axis.SUPERVISION else Axis.SUPERVISION


class Need(StrEnum):
    """A field an act cannot do without."""

    TEXT = "text"
    SOURCE = "source"
    NOTE = "note"
    REASON = "reason"
    RESULT = "result"
    HANDLER = "handler"
    GRID = "grid"
    CATEGORY = "category"
    RULE = "rule"
    UNTIL = "until"
    INTO = "into"
    CALL_BACK = "call_back"
    SOLVED = "solved"
    SATISFACTION = "satisfaction"
    ASSIGNEE = "assignee"
    REPLY_BY = "reply_by"


class Fill(StrEnum):
    """A column of the case that an act may set."""

    HANDLER = "handler"
    HELPERS = "helpers"
    GRID = "grid"
    CATEGORY = "category"
    RULE = "rule"
    GRADE = "grade"
    OUTCOME = "outcome"
    AMOUNT = "amount"
    UNTIL = "until"
    INTO = "into"
    CALL_BACK = "call_back"
    ASSIGNEE = "assignee"
    LOOK = "look"
    """When it was looked at on site, and the photos."""
    REPLY_BY = "reply_by"


class Source(StrEnum):
    """Where a report came from."""

    WARDEN = "warden"
    INSPECTOR = "inspector"
    LEADER = "leader"
    HOTLINE_12345 = "12345"
    HOTLINE_12319 = "12319"
    PUBLIC = "public"
    VIDEO = "video"
    MEDIA = "media"
    ONLINE = "online"
    PETITION = "petition"
    POLICE_110 = "110"
    OTHER = "other"

    @property
    def is_first_hand(self) -> bool:
        """Seen by the office's own people or ordered by a leader: filed without an on-site 核实."""
        return self in (Source.WARDEN, Source.INSPECTOR, Source.LEADER)

    @property
    def is_resident(self) -> bool:
        """Brought by a resident who waits for an answer: called back once the case is closed. A newspaper or the police brought
        what others told them, and cannot say whether it is solved.
        """
        return self in (Source.HOTLINE_12345, Source.HOTLINE_12319, Source.PUBLIC, Source.ONLINE, Source.PETITION)


class Grade(StrEnum):
    """How urgent a case is by its nature."""

    URGENT = "urgent"
    MAJOR = "major"
    ORDINARY = "ordinary"


class Outcome(StrEnum):
    """How a closed case ended, apart from its state."""

    RESOLVED = "resolved"
    PARTLY = "partly"
    IMPOSSIBLE = "impossible"
    NOT_OURS = "not_ours"
    DUPLICATE = "duplicate"


class Appeal(StrEnum):
    """What became of an appeal against being late."""

    UPHELD = "upheld"
    """Left out of the figures, kept in history."""
    REJECTED = "rejected"


class Solved(StrEnum):
    """What a resident says of the matter when called back."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Satisfaction(StrEnum):
    """What a resident says of the handling, in the four grades of Shanghai's grid model (不满意 0 to 非常满意 3)."""

    VERY = "very_satisfied"
    SATISFIED = "satisfied"
    UNDERSTANDING = "understanding"
    """理解: not what was hoped for, but accepted; counted neither with the satisfied nor with the dissatisfied."""
    DISSATISFIED = "dissatisfied"


class CallBackState(StrEnum):
    """How far calling a resident back has come since the case was closed."""

    DUE = "due"
    DONE = "done"
    """Reached, and content enough."""
    DISSATISFIED = "dissatisfied"
    """Reached, and dissatisfied or without a solution: the shift leader decides whether to reopen."""
    KEPT = "kept"
    """Dissatisfied, and the shift leader decided that the case stays closed."""
    UNREACHED = "unreached"
    """Tried as often as the office asks for, and never reached."""


class Result(StrEnum):
    """What a 核实 or a 核查 found, or what a first opinion says."""

    TRUE = "true"
    FALSE = "false"
    PASS = "pass"
    FAIL = "fail"
    SUPPORT = "support"
    OPPOSE = "oppose"


class Stage(StrEnum):
    """What a clock measures."""

    ACCEPT = "accept"
    VERIFY = "verify"
    FILE = "file"
    DISPATCH = "dispatch"
    HANDLE = "handle"
    CHECK = "check"
    CLOSE = "close"


STAGE_OF = {
    State.REPORTED: Stage.ACCEPT,
    State.VERIFYING: Stage.VERIFY,
    State.TO_FILE: Stage.FILE,
    State.TO_DISPATCH: Stage.DISPATCH,
    State.HANDLING: Stage.HANDLE,
    State.TO_CHECK: Stage.CHECK,
    State.TO_CLOSE: Stage.CLOSE,
}


class HandlingClock(StrEnum):
    """What a step does to the handling clock. The clocks of the stages follow the states by themselves."""

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
    """What must hold besides role, axis and fields."""

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
    needs: tuple[Need, ...] = ()
    when: When = When.ALWAYS
    guards: tuple[Guard, ...] = ()
    handling: HandlingClock = HandlingClock.KEEP
    fills: frozenset[Fill] = frozenset()
    """What this step may set on the case; an act that brings anything else is refused, never half obeyed."""
    request: RequestKind | None = None
    """What is asked for, or what must have been asked for."""
    by_itself: bool = False
    """Whether the program takes the step when its day has come."""


def _roles(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)


_S, _C = Axis.SUPERVISION, Axis.COMMAND
OFFICE = frozenset(Role) - {Role.ADMIN, Role.AUDITOR}
"""Everybody who has to do with cases at all."""
_ACCEPTOR = _roles(Role.ACCEPTOR)
_LEADER = _roles(Role.SHIFT_LEADER)
_DISPATCHER = _roles(Role.DISPATCHER)
_INSPECTOR = _roles(Role.INSPECTOR)
_KEYED_IN = _roles(Role.DISPATCHER, Role.CLERK, Role.ACCEPTOR)
"""Who keys in what a handler asks for: departments have no account of their own."""
ASKING = frozenset({Action.RETURN, Action.EXTEND, Action.SUSPEND, Action.RETYPE, Action.VOID, Action.APPEAL, Action.RECALL})
"""Steps that ask for something, or no longer do: never what a case needs next."""
LINKING = frozenset({Action.MERGE, Action.UNMERGE})
"""Steps that say which cases are one matter: no case needs them next, and none moves by them."""
LINKERS = frozenset({Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER})
"""Who says which cases are one matter: those through whose hands the reports come."""
ORDERING = frozenset({Action.SUPERVISION_ORDER})
"""Steps that press others to act: never what a case needs next."""
CALENDAR_KEEPERS = frozenset({Role.ADMIN, Role.SHIFT_LEADER})
"""Who changes the office's calendar, and with it the deadlines of open cases."""
JUDGING = frozenset({Action.FIRST_OPINION, Action.GRANT, Action.REFUSE, Action.RECALL})
"""Steps on a request that was made."""
_FILED_STATES = (State.TO_DISPATCH, State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE)
_FILED = (Need.GRID, Need.CATEGORY, Need.RULE)
_PLACED = frozenset({Fill.GRID, Fill.CATEGORY, Fill.GRADE})
_HANDED = frozenset({Fill.HANDLER, Fill.HELPERS})


def _asked(
    action: Action, kind: RequestKind, states: Iterable[State], needs: tuple[Need, ...] = (), *, guards: tuple[Guard, ...] = (),
    fills: Iterable[Fill] = (), roles: frozenset[Role] = _KEYED_IN,
) -> list[Transition]:  # fmt: skip
    """Asking for something moves nothing and is on neither side: it is keyed in for the handler."""
    return [
        Transition(
            state, action, None, None, roles, (Need.REASON, *needs), guards=(Guard.NOTHING_ASKED, *guards), fills=frozenset(fills),
            request=kind,
        )
        for state in states
    ]  # fmt: skip


def _decided(
    kind: RequestKind, states: Iterable[State], target: State | None, axis: Axis, roles: frozenset[Role],
    handling: HandlingClock = HandlingClock.KEEP,
) -> list[Transition]:  # fmt: skip
    """What happens to a request: a first opinion by the dispatcher where it has one, then yes or no, or it is taken back."""
    rows: list[Transition] = []
    opinion_guard = (Guard.OPINION_GIVEN,) if kind.has_opinion else ()
    for state in states:
        if kind.has_opinion:
            rows += [
                Transition(
                    state,
                    Action.FIRST_OPINION,
                    None,
                    _C,
                    _DISPATCHER,
                    (Need.RESULT,),
                    when,
                    (Guard.NO_OPINION_YET, Guard.NOT_REQUESTER),
                    request=kind,
                )
                for when in (When.SUPPORTED, When.OPPOSED)
            ]
        judged = (*opinion_guard, Guard.NOT_REQUESTER)
        rows += [
            Transition(state, Action.GRANT, target, axis, roles, guards=judged, handling=handling, request=kind),
            Transition(state, Action.REFUSE, None, axis, roles, (Need.REASON,), guards=judged, request=kind),
            Transition(state, Action.RECALL, None, None, OFFICE, (Need.REASON,), guards=(Guard.REQUESTER,), request=kind),
        ]  # fmt: skip
    return rows


def _sent(state: State) -> Transition:
    """Sending somebody to look, or somebody else instead: the state stays, and its clock runs on."""
    return Transition(
        state, Action.SEND, None, _S, _ACCEPTOR | _LEADER, (Need.ASSIGNEE,), guards=(Guard.FIT_ASSIGNEE,),
        fills=frozenset({Fill.ASSIGNEE}),
    )  # fmt: skip


TRANSITIONS: tuple[Transition, ...] = (
    Transition(None, Action.REPORT, State.REPORTED, None, OFFICE, (Need.TEXT, Need.SOURCE)),
    Transition(State.REPORTED, Action.ACCEPT, State.TO_FILE, _S, _ACCEPTOR, when=When.FIRST_HAND, fills=_PLACED),
    Transition(State.REPORTED, Action.ACCEPT, State.VERIFYING, _S, _ACCEPTOR, when=When.HEARSAY, fills=_PLACED),
    Transition(
        State.REPORTED, Action.SETTLE, State.TO_CLOSE, _S, _ACCEPTOR, (Need.NOTE,), guards=(Guard.FROM_WARDEN,), fills=_PLACED
    ),
    Transition(
        State.VERIFYING,
        Action.VERIFY,
        State.TO_FILE,
        _S,
        _INSPECTOR,
        (Need.RESULT,),
        When.RESULT_TRUE,
        (Guard.OWN_TASK,),
        fills=_PLACED | {Fill.LOOK},
    ),
    Transition(
        State.VERIFYING,
        Action.VERIFY,
        State.DECLINED,
        _S,
        _INSPECTOR,
        (Need.RESULT,),
        When.RESULT_FALSE,
        (Guard.OWN_TASK,),
        fills=frozenset({Fill.LOOK}),
    ),
    _sent(State.VERIFYING),
    Transition(State.TO_FILE, Action.FILE, State.TO_DISPATCH, _S, _LEADER, _FILED, fills=_PLACED | {Fill.RULE}),
    Transition(
        State.TO_DISPATCH,
        Action.DISPATCH,
        State.HANDLING,
        _C,
        _DISPATCHER,
        (Need.HANDLER,),
        handling=HandlingClock.START,
        fills=_HANDED,
    ),
    Transition(State.HANDLING, Action.FEEDBACK, State.TO_CHECK, _C, _DISPATCHER, (Need.NOTE,), handling=HandlingClock.HALT),
    Transition(
        State.HANDLING,
        Action.REDISPATCH,
        State.HANDLING,
        _C,
        _DISPATCHER,
        (Need.HANDLER, Need.REASON),
        guards=(Guard.OTHER_HANDLER,),
        fills=_HANDED,
    ),
    *_asked(Action.RETURN, RequestKind.RETURN, (State.HANDLING,)),
    *_asked(
        Action.EXTEND,
        RequestKind.EXTENSION,
        (State.HANDLING,),
        guards=(Guard.LIMIT_KNOWN, Guard.IN_TIME, Guard.EXTENSIONS_LEFT),
        fills={Fill.AMOUNT},
    ),
    *_asked(
        Action.SUSPEND,
        RequestKind.SUSPENSION,
        (State.HANDLING,),
        (Need.UNTIL,),
        guards=(Guard.SUSPENSIONS_LEFT,),
        fills={Fill.UNTIL},
    ),
    *_asked(Action.RETYPE, RequestKind.RETYPE, (State.HANDLING,), (Need.RULE,), fills={Fill.CATEGORY, Fill.RULE}),
    *_asked(Action.VOID, RequestKind.VOID, _FILED_STATES, roles=_DISPATCHER | _ACCEPTOR),
    *_asked(Action.APPEAL, RequestKind.APPEAL, (State.CLOSED,), guards=(Guard.LATE, Guard.APPEALS_LEFT)),
    *_decided(RequestKind.RETURN, (State.HANDLING,), State.TO_DISPATCH, _C, _DISPATCHER),
    *_decided(RequestKind.EXTENSION, (State.HANDLING,), None, _S, _LEADER, HandlingClock.EXTEND),
    *_decided(RequestKind.SUSPENSION, (State.HANDLING,), State.SUSPENDED, _S, _LEADER, HandlingClock.PAUSE),
    *_decided(RequestKind.RETYPE, (State.HANDLING,), None, _S, _LEADER, HandlingClock.RELIMIT),
    *_decided(RequestKind.VOID, _FILED_STATES, State.VOIDED, _S, _LEADER, HandlingClock.STOP),
    *_decided(RequestKind.APPEAL, (State.CLOSED,), None, _S, _ACCEPTOR),
    Transition(
        State.SUSPENDED,
        Action.RESUME,
        State.HANDLING,
        _C,
        _DISPATCHER | _LEADER,
        (Need.REASON,),
        handling=HandlingClock.RESUME,
        by_itself=True,
    ),
    Transition(
        State.TO_CHECK,
        Action.CHECK,
        State.TO_CLOSE,
        _S,
        _INSPECTOR,
        (Need.RESULT,),
        When.RESULT_PASS,
        (Guard.NOT_HANDLER, Guard.OWN_TASK),
        fills=frozenset({Fill.LOOK}),
    ),
    Transition(
        State.TO_CHECK,
        Action.CHECK,
        State.HANDLING,
        _S,
        _INSPECTOR,
        (Need.RESULT, Need.REASON),
        When.RESULT_FAIL,
        (Guard.NOT_HANDLER, Guard.OWN_TASK),
        HandlingClock.RESUME,
        frozenset({Fill.LOOK}),
    ),
    _sent(State.TO_CHECK),
    Transition(
        State.TO_CLOSE,
        Action.CLOSE,
        State.CLOSED,
        _S,
        _LEADER,
        guards=(Guard.NOT_HANDLER,),
        handling=HandlingClock.STOP,
        fills=frozenset({Fill.OUTCOME}),
    ),
    Transition(
        State.CLOSED,
        Action.CALL_BACK,
        None,
        _S,
        _ACCEPTOR,
        (Need.CALL_BACK,),
        guards=(Guard.NOT_HANDLER, Guard.FROM_RESIDENT, Guard.CALL_BACK_DUE),
        fills=frozenset({Fill.CALL_BACK}),
    ),
    *(
        Transition(
            State.CLOSED,
            Action.REOPEN,
            target,
            _S,
            _LEADER,
            (Need.REASON,),
            when,
            (Guard.NOT_HANDLER, Guard.DISSATISFIED),
            HandlingClock.REOPEN,
        )
        for when, target in ((When.HANDED, State.HANDLING), (When.UNHANDED, State.TO_DISPATCH))
    ),
    Transition(
        State.CLOSED, Action.KEEP_CLOSED, None, _S, _LEADER, (Need.REASON,), guards=(Guard.NOT_HANDLER, Guard.DISSATISFIED)
    ),
    Transition(State.TO_FILE, Action.SEND_BACK, State.REPORTED, _S, _LEADER, (Need.REASON,)),
    Transition(State.TO_DISPATCH, Action.SEND_BACK, State.TO_FILE, _C, _DISPATCHER, (Need.REASON,)),
    Transition(State.TO_CLOSE, Action.SEND_BACK, State.TO_CHECK, _S, _LEADER, (Need.REASON,), When.DISPATCHED),
    Transition(State.TO_CLOSE, Action.SEND_BACK, State.REPORTED, _S, _LEADER, (Need.REASON,), When.SIMPLE),
    Transition(State.REPORTED, Action.DECLINE, State.DECLINED, _S, _ACCEPTOR | _LEADER, (Need.REASON,)),
    Transition(State.VERIFYING, Action.DECLINE, State.DECLINED, _S, _ACCEPTOR | _LEADER, (Need.REASON,)),
    Transition(State.TO_FILE, Action.DECLINE, State.DECLINED, _S, _ACCEPTOR | _LEADER, (Need.REASON,)),
    Transition(None, Action.ARCHIVE, State.CLOSED, None, OFFICE, (Need.TEXT, Need.SOURCE)),
    *(
        Transition(
            state,
            Action.WITHDRAW,
            State.VOIDED,
            None,
            _roles(Role.CLERK, Role.SHIFT_LEADER),
            (Need.REASON,),
            guards=(Guard.UNDOING,),
        )
        for state in (State.REPORTED, State.CLOSED)
    ),
    *(
        Transition(
            state,
            Action.MERGE,
            None,
            None,
            LINKERS,
            (Need.INTO,),
            When.SEPARATE,
            (Guard.LEADS_NONE, Guard.INTO_ANOTHER, Guard.INTO_LEADING, Guard.INTO_STANDING),
            fills=frozenset({Fill.INTO}),
        )
        for state in OPEN_STATES
    ),
    # Whatever became of the case meanwhile: a link that was wrong stays wrong when the case is closed.
    *(Transition(state, Action.UNMERGE, None, None, LINKERS, (Need.REASON,), When.MERGED) for state in State),
    # An order to hurry neither judges nor hands out: it is on no side. It can be repeated, and the latest stands.
    *(
        Transition(
            state,
            Action.SUPERVISION_ORDER,
            None,
            None,
            _roles(Role.LEADER, Role.SHIFT_LEADER),
            (Need.NOTE, Need.REPLY_BY),
            fills=frozenset({Fill.REPLY_BY}),
        )
        for state in OPEN_STATES
    ),
    # Answered even after the case is over: an order is owed an answer.
    *(Transition(state, Action.REPLY, None, None, _KEYED_IN, (Need.NOTE,), When.URGED, (Guard.NOT_ORDERER,)) for state in State),
    *(Transition(state, Action.NOTE, None, None, OFFICE, (Need.NOTE,)) for state in State),
    # On no side: whoever changes the calendar judges no single case.
    *(
        Transition(
            state,
            Action.RECOMPUTE,
            None,
            None,
            CALENDAR_KEEPERS,
            guards=(Guard.CALENDAR_CHANGED,),
            handling=HandlingClock.RECOMPUTE,
        )
        for state in OPEN_STATES
    ),
    # On no side: whoever puts a wrong time right judges no case.
    Transition(
        State.HANDLING,
        Action.REVERT_RESUME,
        State.SUSPENDED,
        None,
        frozenset({Role.ADMIN}),
        guards=(Guard.TIME_REPAIRED,),
        handling=HandlingClock.UNRESUME,
        fills=frozenset({Fill.UNTIL}),
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


def next_steps(actions: Iterable[Action]) -> tuple[Action, ...]:
    """Of what an operator may do, what takes the case on: neither a note nor a link, nothing to be asked for, and no order to others."""
    return tuple(action for action in actions if action is not Action.NOTE and action not in ASKING | LINKING | ORDERING)


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
