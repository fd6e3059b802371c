"""Work that waits for one operator (归我办): which cases of a list, and which step each waits for."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.domain.case import Case, PastAct
from gridconsole.domain.codes import AssigneeKind, HandlerKind
from gridconsole.domain.next_step import Waiting, may_wait_for, step_of
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import OPEN_STATES, Axis, State
from gridconsole.domain.views.queue import QueueRow
from gridconsole.store import access, cases, sides

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def own_steps(connection: Transaction, office: Office, actor: Actor, rows: Iterable[QueueRow]) -> dict[int, Action]:
    """Return the step that each case waits for from an operator, by key of the case; other cases are left out.

    By the same rules as an act. Only cases that the operator's roles may concern are looked at closely: of five thousand open ones
    a few hundred.
    """
    gone = access.disabled(connection, office.id)
    possible = {row.id: row for row in rows if may_wait_for(_waiting(row, gone), actor.roles)}
    taken = sides.sides_of(connection, actor.id, possible)
    at = office.circumstances()
    found = {}
    for key, row in possible.items():
        step = step_of(_case_of(row, actor, taken.get(key, frozenset()), gone), actor, at)
        if step is not None:
            found[key] = step
    return found


def own_states(actor: Actor) -> tuple[State, ...]:
    """Return the states in which a case waits for somebody with an operator's roles."""
    return tuple(
        state for state in OPEN_STATES
        if may_wait_for(Waiting(state, is_asked=False, is_ordered=False, is_assigned=False), actor.roles)
    )  # fmt: skip


def _waiting(row: QueueRow, gone: Collection[int]) -> Waiting:
    is_assigned = row.parties.assignee is not None and not _is_gone(row.parties.assignee, gone)
    return Waiting(row.state, row.asked, row.reply_by is not None, is_assigned, row.call_back)


def _is_gone(assignee: str | None, gone: Collection[int]) -> bool:
    who = cases.assignee_of(assignee)
    return who is not None and who.kind is AssigneeKind.OPERATOR and who.id in gone


def _case_of(row: QueueRow, actor: Actor, taken: Iterable[Axis], gone: Collection[int]) -> Case:
    """Return a case with the fields that the rules read to find its next step; its past holds only the operator's own sides."""
    parties = row.parties
    handler = None
    if parties.handler_kind is not None and parties.handler_id is not None:
        handler = Handler(HandlerKind(parties.handler_kind), parties.handler_id, row.handler)
    return Case(
        number=row.number, state=row.state, version=row.version, source=row.source, grade=row.grade, handler=handler, simple=row.simple,
        return_count=row.return_count, closed_at=row.closed_at, is_assignee_gone=_is_gone(parties.assignee, gone),
        request=cases.pending_of(parties.request), call_back=row.call_back, reply_by=row.reply_by, ordered_by_id=parties.ordered_by,
        merged_into=parties.merged_into, resting=parties.is_resting, assignee=cases.assignee_of(parties.assignee),
        past=tuple(PastAct(actor.id, actor.name, Action.NOTE, side, _LONG_AGO) for side in taken),
    )  # fmt: skip
