"""The step that a case waits for: which of an operator's actions comes next, and whether it is theirs to take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Case, Circumstances
from gridconsole.domain.incident import is_open
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import CallBackState, Role, State
from gridconsole.domain.transitions import rows_for

ON_REQUEST = (Action.FIRST_OPINION, Action.GRANT)
"""Steps that a request waits for. They come before the step of the state, which the decision may end."""
OF_STATE: Mapping[State, tuple[Action, ...]] = {
    State.REPORTED: (Action.ACCEPT,),
    State.VERIFYING: (Action.VERIFY, Action.SEND),
    State.TO_FILE: (Action.FILE,),
    State.TO_DISPATCH: (Action.DISPATCH,),
    State.TO_CHECK: (Action.CHECK, Action.SEND),
    State.TO_CLOSE: (Action.CLOSE,),
}
"""Steps of the office that a state waits for, the likeliest first."""
OF_CALL_BACK: Mapping[CallBackState | None, tuple[Action, ...]] = {
    CallBackState.DISSATISFIED: (Action.REOPEN,),
    CallBackState.DUE: (Action.CALL_BACK,),
}
"""Steps that a closed case waits for, by how far its call-back has come."""
FOR_OTHERS: Mapping[State, tuple[Action, ...]] = {
    State.HANDLING: (Action.FEEDBACK,),
    State.SUSPENDED: (Action.RESUME,),
}
"""Steps that the office only records: the case waits for its handler, or for a day."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Facts that decide which steps a case waits for."""

    state: State
    is_asked: bool
    """A request is open."""
    is_ordered: bool
    """An order (督办) waits for its answer."""
    is_assigned: bool
    """Somebody is out to inspect it."""
    call_back: CallBackState | None = None

    @classmethod
    def of(cls, case: Case) -> Waiting:
        """Return these facts of a case."""
        is_assigned = case.assignee is not None and not case.is_assignee_gone
        call_back = CallBackState.DISSATISFIED if case.unhappy_followers else case.call_back
        return cls(case.state, case.request is not None, case.reply_by is not None, is_assigned, call_back)


@lru_cache
def awaited(waiting: Waiting) -> tuple[Action, ...]:
    """Return the steps that a case waits for from anybody in the office, the first first."""
    of_state = OF_CALL_BACK.get(waiting.call_back, ()) if waiting.state is State.CLOSED else OF_STATE.get(waiting.state, ())
    if waiting.is_assigned:
        # Assigning again would take the task from the person who is out.
        of_state = tuple(action for action in of_state if action is not Action.SEND)
    return (*(ON_REQUEST if waiting.is_asked else ()), *of_state, *((Action.REPLY,) if waiting.is_ordered else ()))


@lru_cache
def may_wait_for(waiting: Waiting, roles: frozenset[Role]) -> bool:
    """Return whether a case can wait for somebody with these roles: a quick look before :func:`step_of`."""
    rows = (row for action in awaited(waiting) for row in rows_for(waiting.state, action))
    return any(not row.roles or row.roles & roles for row in rows)


def own_step(case: Case, can: Callable[[Action], bool]) -> Action | None:
    """Return the step that a case waits for from one operator (归我办); None if it waits for somebody else.

    Args:
        can: whether the operator may take an action on the case now.
    """
    return next((action for action in awaited(Waiting.of(case)) if can(action)), None)


def main_step(case: Case, can: Callable[[Action], bool]) -> Action | None:
    """Return an operator's likeliest step (F2): the one the case waits for, or what they would record for its handler.

    Args:
        can: whether the operator may take an action on the case now.
    """
    return own_step(case, can) or next((action for action in FOR_OTHERS.get(case.state, ()) if can(action)), None)


def step_of(case: Case, actor: Actor, at: Circumstances) -> Action | None:
    """Return :func:`own_step` of an operator by the transition table."""
    return own_step(case, lambda action: is_open(action, case, actor, at))
