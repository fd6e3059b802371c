"""Write the rows of an act other than its case, and build the facts of its ledger entry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gridconsole.store.call_backs
import gridconsole.store.incidents
import gridconsole.store.requests
import gridconsole.store.tasks
from gridconsole.domain.actions import (
    Action,
    Assignment,
    CalendarChange,
    CallBack,
    Check,
    Dispatch,
    Feedback,
    GridMove,
    HandOn,
    Payload,
    SupervisionOrder,
    TimeRepair,
    Verification,
)
from gridconsole.domain.case import Case, Decision, Step
from gridconsole.domain.clock import stamp
from gridconsole.domain.codes import AssigneeKind
from gridconsole.store.engine import Transaction

RECORDERS: tuple[Callable[[Transaction, Step], None], ...] = (
    gridconsole.store.requests.record,
    gridconsole.store.call_backs.record,
    gridconsole.store.tasks.record,
    gridconsole.store.incidents.record_helpers,
)
"""Functions that each write their rows of a step, in the transaction of the step; most steps have no such rows."""


def facts_of(step: Step) -> dict[str, object]:
    """Return the facts of the entry of a step beside operator and time: codes, numbers and dates, no texts."""
    act, decision = step.act, step.decision
    facts: dict[str, object] = {**decision.facts, "from": step.before.state.value, "to": decision.case.state.value}
    if act.result is not None:
        facts["result"] = act.result.value
    if decision.waived is not None and act.waiver is not None:
        facts |= {"waived": decision.waived.action.value, "waived_by": act.waiver.witness.name}
    if act.action is Action.UNMERGE:
        facts["parted_from"] = step.before.merged_into
    if act.action is Action.CLOSE_FOLLOWER:
        facts["leader"] = step.before.merged_into
    say = _FACTS.get(type(act.payload)) if act.payload is not None else None
    return facts if say is None else facts | say(step, act.payload)


def personal_of(step: Step) -> dict[str, str]:
    """Return the texts of a step, which may be erased."""
    look = step.act.field("look")
    return {"note": step.act.note, "reason": step.act.reason, "photos": "\n".join(look.photos) if look is not None else ""}


def _dispatch(step: Step, said: Dispatch) -> dict[str, object]:  # noqa: ARG001  as all of them
    return {"handler": said.handler.name} if said.handler is not None else {}


def _hand_on(step: Step, said: HandOn) -> dict[str, object]:
    return {**_dispatch(step, said), "handover": said.handover}


def _grid_move(step: Step, said: GridMove) -> dict[str, object]:  # noqa: ARG001  as all of them
    return {"grid_change": said.grid_change}


def _assignment(step: Step, said: Assignment) -> dict[str, object]:  # noqa: ARG001  as all of them
    return {"sent_to": said.assignee.who.name} if said.assignee is not None else {}


def _inspection(step: Step, said: Verification | Check) -> dict[str, object]:
    """Return the inspector if it was not the operator, the time, and the number of photos."""
    facts: dict[str, object] = {}
    sent, look = step.before.assignee, said.look
    if sent is not None and (sent.kind, sent.id) != (AssigneeKind.OPERATOR, step.actor.id):
        facts["looked_by"] = sent.name
    if look is not None and look.at is not None:
        facts["looked_at"] = look.at.isoformat()
    if look is not None and look.photos:
        facts["photos"] = len(look.photos)
    return facts


def _feedback(step: Step, said: Feedback) -> dict[str, object]:  # noqa: ARG001  as all of them
    facts: dict[str, object] = {}
    if said.look is not None and said.look.at is not None:
        facts["done_at"] = said.look.at.isoformat()
    if said.look is not None and said.look.photos:
        facts["photos"] = len(said.look.photos)
    return facts


def _call_back(step: Step, said: CallBack) -> dict[str, object]:  # noqa: ARG001  as all of them
    return dict(said.facts())


def _order(step: Step, said: SupervisionOrder) -> dict[str, object]:  # noqa: ARG001  as all of them
    # Also if it is the same as that of the order before.
    return {"reply_by": stamp(said.reply_by)} if said.reply_by is not None else {}


def _calendar(step: Step, said: CalendarChange) -> dict[str, object]:
    return {"calendar": said.calendar_change, "clocks": _moved_clocks(step.before, step.decision)} if said.calendar_change else {}


def _repair(step: Step, said: TimeRepair) -> dict[str, object]:  # noqa: ARG001  as all of them
    return {"repairs": said.repairs} if said.repairs is not None else {}


_FACTS: Mapping[type[Payload], Callable[[Step, Any], dict[str, object]]] = {
    Dispatch: _dispatch,
    HandOn: _hand_on,
    GridMove: _grid_move,
    Assignment: _assignment,
    Verification: _inspection,
    Check: _inspection,
    CallBack: _call_back,
    Feedback: _feedback,
    SupervisionOrder: _order,
    CalendarChange: _calendar,
    TimeRepair: _repair,
}


def _moved_clocks(before: Case, decision: Decision) -> list[dict[str, object]]:
    """Return the deadlines that an act moved or made firm, with their old and new values."""
    now = {clock.stage: clock for clock in decision.clocks}
    return [
        {
            "stage": was.stage.value,
            "before": stamp(was.due_at),
            "after": stamp(clock.due_at),
            "provisional": [was.provisional, clock.provisional],
        }
        for was in before.clocks
        if (clock := now.get(was.stage)) is not None and (was.due_at, was.provisional) != (clock.due_at, clock.provisional)
    ]
