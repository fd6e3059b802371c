"""States of a case and the other code lists of its life: roles, sources, grades, results, requests, stages."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    """States of a case."""

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
        """Return whether the case is over: no clock runs, and no pane shows it as open."""
        return self in _FINAL


_FINAL = frozenset({State.CLOSED, State.DECLINED, State.VOIDED})
HELD_STATES = (State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE)
"""States in which a case has a handler, or goes back to the handler if it fails."""
OPEN_STATES = tuple(state for state in State if state not in _FINAL)


class RequestKind(StrEnum):
    """Requests a handler may make and others decide; each kind has its own register (台账)."""

    RETURN = "return"
    EXTENSION = "extension"
    SUSPENSION = "suspension"
    RETYPE = "retype"
    VOID = "void"
    APPEAL = "appeal"

    @property
    def has_opinion(self) -> bool:
        """Return whether a first opinion is given before the decision."""
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
    """Manages operator accounts; has no part in cases."""
    AUDITOR = "auditor"
    """Reads the ledger; has no part in cases."""


class Axis(StrEnum):
    """The two sides of a case (supervision and command), which different people must act for."""

    SUPERVISION = "supervision"
    COMMAND = "command"

    @property
    def other(self) -> Axis:
        """Return the opposite side; a person who acted for it on a case may not act for this side."""
        return Axis.COMMAND if self is Axis.SUPERVISION else Axis.SUPERVISION


class Source(StrEnum):
    """Sources of reports."""

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
        """Return whether the report comes from the office's own people or a leader: it is filed without an on-site 核实."""
        return self in (Source.WARDEN, Source.INSPECTOR, Source.LEADER)

    @property
    def is_resident(self) -> bool:
        """Return whether a resident reported the case and is called back once it is closed.

        A newspaper or the police only pass on a report and cannot say whether the matter is solved.
        """
        return self in (Source.HOTLINE_12345, Source.HOTLINE_12319, Source.PUBLIC, Source.ONLINE, Source.PETITION)


class Grade(StrEnum):
    """Urgency of a case by its nature."""

    URGENT = "urgent"
    MAJOR = "major"
    ORDINARY = "ordinary"


class Outcome(StrEnum):
    """Ways a closed case ended, apart from its state."""

    RESOLVED = "resolved"
    PARTLY = "partly"
    IMPOSSIBLE = "impossible"
    NOT_OURS = "not_ours"
    DUPLICATE = "duplicate"


class Appeal(StrEnum):
    """Result of an appeal against being late."""

    UPHELD = "upheld"
    """Left out of the lateness figures, but kept in the history."""
    REJECTED = "rejected"


class Solved(StrEnum):
    """A called-back resident's answer on the matter."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Satisfaction(StrEnum):
    """A called-back resident's answer on the handling, in the four grades of Shanghai's grid model (不满意 0 to 非常满意 3)."""

    VERY = "very_satisfied"
    SATISFIED = "satisfied"
    UNDERSTANDING = "understanding"
    """理解: not what was hoped for, but accepted; counted neither with the satisfied nor with the dissatisfied."""
    DISSATISFIED = "dissatisfied"


class CallBackState(StrEnum):
    """Progress of calling a resident back after the case was closed."""

    DUE = "due"
    DONE = "done"
    """Reached, and neither dissatisfied nor without a solution."""
    DISSATISFIED = "dissatisfied"
    """Reached, and dissatisfied or without a solution: the shift leader decides whether to reopen."""
    KEPT = "kept"
    """Dissatisfied, and the shift leader decided that the case stays closed."""
    UNREACHED = "unreached"
    """Called as often as the office requires, but never reached."""
    NO_PHONE = "no_phone"
    """The resident left no phone, or only a masked one: nobody has to be called, and it is counted separately."""


class Result(StrEnum):
    """Result of a 核实 or a 核查, or of a first opinion."""

    TRUE = "true"
    FALSE = "false"
    PASS = "pass"
    FAIL = "fail"
    SUPPORT = "support"
    OPPOSE = "oppose"


class Stage(StrEnum):
    """Stages that a clock measures."""

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


OFFICE = frozenset(Role) - {Role.ADMIN, Role.AUDITOR}
"""All roles that work on cases."""
LINKERS = frozenset({Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER})
"""Roles that record which cases are one matter: they handle the incoming reports."""
CALENDAR_KEEPERS = frozenset({Role.ADMIN, Role.SHIFT_LEADER})
"""Roles that change the office's calendar, and with it the deadlines of open cases."""
