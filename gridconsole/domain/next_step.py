"""The step that a case waits for: which of an operator's actions comes next, and whether it is theirs to take."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Case, Circumstances
from gridconsole.domain.incident import is_open
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import State
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
    State.CLOSED: (Action.REOPEN, Action.CALL_BACK),
}
"""Steps of the office that a state waits for, the likeliest first."""
FOR_OTHERS: Mapping[State, tuple[Action, ...]] = {
    State.HANDLING: (Action.FEEDBACK,),
    State.SUSPENDED: (Action.RESUME,),
}
"""Steps that the office only records: the case waits for its handler, or for a day."""


def own_step(case: Case, can: Callable[[Action], bool]) -> Action | None:
    """Return the step that a case waits for from one operator (归我办); None if it waits for somebody else.

    Args:
        can: whether the operator may take an action on the case now.
    """
    return next((action for action in _awaited(case) if can(action)), None)


def main_step(case: Case, can: Callable[[Action], bool]) -> Action | None:
    """Return an operator's likeliest step (F2): the one the case waits for, or what they would record for its handler.

    Args:
        can: whether the operator may take an action on the case now.
    """
    return own_step(case, can) or next((action for action in FOR_OTHERS.get(case.state, ()) if can(action)), None)


def step_of(case: Case, actor: Actor, at: Circumstances) -> Action | None:
    """Return :func:`own_step` of an operator by the transition table."""
    return own_step(case, lambda action: is_open(action, case, actor, at))


def may_be_own(case: Case, actor: Actor) -> bool:
    """Return whether :func:`step_of` can be an action at all, by the operator's roles alone; much quicker."""
    return any(not row.roles or row.roles & actor.roles for action in _awaited(case) for row in rows_for(case.state, action))


def _awaited(case: Case) -> tuple[Action, ...]:
    """Return the steps that a case waits for from anybody in the office."""
    asked = ON_REQUEST if case.request is not None else ()
    ordered = (Action.REPLY,) if case.reply_by is not None else ()
    of_state = OF_STATE.get(case.state, ())
    if case.assignee is not None:
        # Somebody is out already: assigning again would take the task from them.
        of_state = tuple(action for action in of_state if action is not Action.SEND)
    return (*asked, *of_state, *ordered)
