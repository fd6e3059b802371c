"""Who may do what where, typed in by hand: what the program's own table is held against, behind every door."""

from __future__ import annotations

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Axis, RequestKind, Role, State

Cell = tuple[Axis | None, frozenset[Role], State]
"""The side it is on, who may, and where the case then stands."""
A, L, D, I = Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER, Role.INSPECTOR  # noqa: E741  as the office abbreviates them
S, C = Axis.SUPERVISION, Axis.COMMAND

K = frozenset({Role.CLERK, D, A})
"""Who keys in what a handler asks for."""

MATRIX: dict[tuple[State, Action], Cell] = {
    (State.REPORTED, Action.ACCEPT): (S, frozenset({A}), State.TO_FILE),
    (State.REPORTED, Action.SETTLE): (S, frozenset({A}), State.TO_CLOSE),
    (State.REPORTED, Action.DECLINE): (S, frozenset({A, L}), State.DECLINED),
    (State.VERIFYING, Action.DECLINE): (S, frozenset({A, L}), State.DECLINED),
    (State.TO_FILE, Action.DECLINE): (S, frozenset({A, L}), State.DECLINED),
    (State.VERIFYING, Action.VERIFY): (S, frozenset({I}), State.TO_FILE),
    **{(state, Action.SEND): (S, frozenset({A, L}), state) for state in (State.VERIFYING, State.TO_CHECK)},
    (State.TO_FILE, Action.FILE): (S, frozenset({L}), State.TO_DISPATCH),
    (State.TO_FILE, Action.SEND_BACK): (S, frozenset({L}), State.REPORTED),
    (State.TO_DISPATCH, Action.SEND_BACK): (C, frozenset({D}), State.TO_FILE),
    (State.TO_CLOSE, Action.SEND_BACK): (S, frozenset({L}), State.TO_CHECK),
    (State.TO_DISPATCH, Action.DISPATCH): (C, frozenset({D}), State.HANDLING),
    (State.HANDLING, Action.REDISPATCH): (C, frozenset({D}), State.HANDLING),
    **{
        (State.HANDLING, action): (None, K, State.HANDLING)
        for action in (Action.RETURN, Action.EXTEND, Action.SUSPEND, Action.RETYPE)
    },
    **{
        (state, Action.VOID): (None, frozenset({D, A}), state)
        for state in (State.TO_DISPATCH, State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE)
    },
    (State.CLOSED, Action.APPEAL): (None, K, State.CLOSED),
    (State.SUSPENDED, Action.RESUME): (C, frozenset({D, L}), State.HANDLING),
    (State.HANDLING, Action.FEEDBACK): (C, frozenset({D}), State.TO_CHECK),
    (State.TO_CHECK, Action.CHECK): (S, frozenset({I}), State.TO_CLOSE),
    (State.TO_CLOSE, Action.CLOSE): (S, frozenset({L}), State.CLOSED),
    **{(state, Action.MERGE): (None, frozenset({A, L, D}), state) for state in State if not state.is_final},
    **{(state, Action.SUPERVISION_ORDER): (None, frozenset({Role.LEADER, L}), state) for state in State if not state.is_final},
    **{(state, Action.REPLY): (None, K, state) for state in State},
    (State.CLOSED, Action.CALL_BACK): (S, frozenset({A}), State.CLOSED),
    (State.CLOSED, Action.REOPEN): (S, frozenset({L}), State.HANDLING),
    (State.CLOSED, Action.KEEP_CLOSED): (S, frozenset({L}), State.CLOSED),
}
"""For a warden's own report, a true verification and a passed check. Notes are apart: anybody, anywhere."""
OUTSIDE = {Role.ADMIN, Role.AUDITOR}
"""Those who have nothing to do with cases."""

R = RequestKind
FILED = (State.TO_DISPATCH, State.HANDLING, State.SUSPENDED, State.TO_CHECK, State.TO_CLOSE)
DECIDED: dict[RequestKind, tuple[tuple[State, ...], frozenset[Role] | None, Axis, Role, State | None]] = {
    R.RETURN: ((State.HANDLING,), None, C, D, State.TO_DISPATCH),
    R.EXTENSION: ((State.HANDLING,), frozenset({D}), S, L, None),
    R.SUSPENSION: ((State.HANDLING,), frozenset({D}), S, L, State.SUSPENDED),
    R.RETYPE: ((State.HANDLING,), frozenset({D}), S, L, None),
    R.VOID: (FILED, None, S, L, State.VOIDED),
    R.APPEAL: ((State.CLOSED,), frozenset({D}), S, A, None),
}
"""By what is asked for: where it can be decided, who gives the first opinion, on which side and by whom it is decided, and where a
case goes that is granted it (None: it stays)."""


USUAL = {
    Action.ACCEPT: Role.ACCEPTOR,
    Action.SETTLE: Role.ACCEPTOR,
    Action.DECLINE: Role.ACCEPTOR,
    Action.VERIFY: Role.INSPECTOR,
    Action.FILE: Role.SHIFT_LEADER,
    Action.SEND_BACK: Role.SHIFT_LEADER,
    Action.DISPATCH: Role.DISPATCHER,
    Action.REDISPATCH: Role.DISPATCHER,
    Action.RETURN: Role.CLERK,
    Action.EXTEND: Role.CLERK,
    Action.SUSPEND: Role.CLERK,
    Action.RETYPE: Role.CLERK,
    Action.VOID: Role.ACCEPTOR,
    Action.APPEAL: Role.CLERK,
    Action.FIRST_OPINION: Role.DISPATCHER,
    Action.GRANT: Role.SHIFT_LEADER,
    Action.REFUSE: Role.SHIFT_LEADER,
    Action.RECALL: Role.CLERK,
    Action.RESUME: Role.DISPATCHER,
    Action.FEEDBACK: Role.DISPATCHER,
    Action.CHECK: Role.INSPECTOR,
    Action.CLOSE: Role.SHIFT_LEADER,
    Action.CALL_BACK: Role.ACCEPTOR,
    Action.REOPEN: Role.SHIFT_LEADER,
    Action.KEEP_CLOSED: Role.SHIFT_LEADER,
    Action.NOTE: Role.CLERK,
    Action.SEND: Role.ACCEPTOR,
    Action.MERGE: Role.ACCEPTOR,
    Action.UNMERGE: Role.ACCEPTOR,
    Action.SUPERVISION_ORDER: Role.LEADER,
    Action.REPLY: Role.DISPATCHER,
}
"""The role that usually takes an action."""
