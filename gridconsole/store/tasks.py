"""Tasks (核实, 核查): one row for every inspection, assigned or not; the open ones, and those of a period."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action, Assignment
from gridconsole.domain.case import Case, Step
from gridconsole.domain.codes import AssigneeKind, TaskKind, TurnEnd
from gridconsole.domain.parties import Actor
from gridconsole.domain.roster import Half
from gridconsole.domain.states import STAGE_OF, Result
from gridconsole.domain.task import TASK_IN, Assignee, AssigneeCandidate
from gridconsole.domain.text import hide_name, mask_text
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.store import people
from gridconsole.store.dialect.sqlite import by_no_index, listed
from gridconsole.store.fact_filters import EVERY_CASE, Filter, narrowed, span_of
from gridconsole.store.roster import HOLDS_POST, IS_POST_NOW, in_service, is_away, stays, times
from gridconsole.store.tables.cases import IS_OPEN, assignment, clock, incident, task
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.people import operator
from gridconsole.store.tables.registers import area, category, unit
from gridconsole.store.tables.roster import post, roster_person
from gridconsole.store.types import coded, instant_or_none, stamp, stamp_or_none

DONE, RESENT, LAPSED = "done", "resent", "lapsed"
"""Ways a task ends: with a result, by assigning another person, or because the case no longer waits for it."""

_SEND = sa.insert(task)
_IS_OPEN = (task.c.incident_id == sa.bindparam("incident"), task.c.ended.is_(None))
_MOVE = sa.update(task).where(*_IS_OPEN).values(due_at=sa.bindparam("due"))
_END = sa.update(task).where(*_IS_OPEN).values(ended=sa.bindparam("how"), ended_at=sa.bindparam("at"))
_DO = (
    sa.update(task)
    .where(*_IS_OPEN)
    .values(
        ended=word(DONE),
        ended_at=sa.bindparam("at"),
        done_by=sa.bindparam("by"),
        done_name=sa.bindparam("name"),
        looked_at=sa.bindparam("looked"),
        result=sa.bindparam("outcome"),
        note=sa.bindparam("words"),
        photos=sa.bindparam("names"),
        in_time=sa.case(
            (task.c.due_at.is_(None) | (sa.bindparam("at", type_=sa.Text) <= task.c.due_at), sa.literal_column("1")),
            else_=sa.literal_column("0"),
        ),
    )
)


def record(connection: sa.Connection, step: Step) -> None:
    """Write the effect of a step on the case's task, in the step's own transaction.

    An inspection without assignment gets a row too, so that the figures count every 核实 and 核查.
    """
    incident, before, decision, act, actor, at = step.incident, step.before, step.decision, step.act, step.actor, step.at
    sent, look = act.get(Assignment), act.field("look")
    kind = TASK_IN.get(before.state)
    if kind is None:
        return
    if act.action is Action.RECOMPUTE:
        clock = decision.case.clock(STAGE_OF[before.state])
        connection.execute(_MOVE, {"incident": incident, "due": stamp_or_none(clock.due_at) if clock is not None else None})
        return
    if sent is not None and sent.assignee is not None:
        if before.assignee is not None:
            connection.execute(_END, {"incident": incident, "how": RESENT, "at": stamp(at)})
        by = {"sent_at": stamp(at), "sent_by": actor.id, "sent_name": actor.name}
        connection.execute(_SEND, {**_of(incident, kind, before, sent.assignee.who), **by})
    elif act.action in (Action.VERIFY, Action.CHECK) and act.result is not None:
        if before.assignee is None:
            himself = Assignee(AssigneeKind.OPERATOR, actor.id, actor.name)
            unsent = {"sent_at": None, "sent_by": None, "sent_name": ""}
            connection.execute(_SEND, {**_of(incident, kind, before, himself), **unsent})
        connection.execute(_DO, {
            "incident": incident, "at": stamp(at), "by": actor.id, "name": actor.name, "outcome": act.result.value,
            "looked": stamp(look.at if look is not None and look.at is not None else at), "words": act.note or act.reason,
            "names": "\n".join(look.photos) if look is not None else "",
        })  # fmt: skip
    elif before.assignee is not None and decision.case.assignee is None:
        connection.execute(_END, {"incident": incident, "how": LAPSED, "at": stamp(at)})


def _of(incident: int, kind: TaskKind, case: Case, who: Assignee) -> dict[str, Any]:
    clock, handler = case.clock(STAGE_OF[case.state]), case.handler
    return {
        "incident_id": incident, "kind": kind.value, "assignee_kind": who.kind.value, "assignee_id": who.id, "assignee_name": who.name,
        "handler_kind": handler.kind.value if handler else None, "handler_id": handler.id if handler else None,
        "handler_name": handler.name if handler else "", "due_at": stamp_or_none(clock.due_at) if clock is not None else None,
    }  # fmt: skip


_LINES = sa.select(
    *some(
        task,
        "incident_id kind assignee_kind assignee_id assignee_name handler_kind handler_id handler_name sent_at sent_name due_at ended"
        " ended_at done_name looked_at result note photos in_time",
    ),
    *some(incident, "number address reporter_name"),
    sa.func.coalesce(category.c.minor_name, "").label("category"),
    sa.func.coalesce(area.c.name, "").label("area"),
).select_from(
    task.join(incident, incident.c.id == task.c.incident_id)
    .outerjoin(category, category.c.id == incident.c.category_id)
    .outerjoin(area, area.c.id == incident.c.area_id)
)
_OFFICE: sa.BindParameter[int] = sa.bindparam("office")
_FIRST, _LAST = sa.bindparam("first", type_=sa.Text), sa.bindparam("last", type_=sa.Text)
# Not by the office's index: a day has few tasks, an office many cases.
_OPEN = _LINES.where(by_no_index(incident.c.office_id) == _OFFICE, task.c.ended.is_(None)).order_by(task.c.due_at, task.c.id)
_OF_CASE = _LINES.where(incident.c.office_id == _OFFICE, incident.c.number == sa.bindparam("number")).order_by(task.c.id)
_BETWEEN = _LINES.where(
    by_no_index(incident.c.office_id) == _OFFICE,
    ((task.c.due_at >= _FIRST) & (task.c.due_at < _LAST)) | ((task.c.ended_at >= _FIRST) & (task.c.ended_at < _LAST)),
).order_by(task.c.due_at, task.c.id)


def out(connection: sa.Connection, office: int) -> tuple[TaskLine, ...]:
    """Return every open task, the earliest due first, masked."""
    return tuple(map(_line, connection.execute(_OPEN, {"office": office})))


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[TaskLine, ...]:
    """Return every task of a case, oldest first; masked by default."""
    return tuple(_line(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


def between(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[TaskLine, ...]:
    """Return every task that was due or ended between two instants, the end excluded, by due time; masked."""
    return tuple(map(_line, connection.execute(narrowed(_BETWEEN, incident.c.id, where), span_of(office, first, last, where))))


def _line(row: Any, *, masked: bool = True) -> TaskLine:
    def said(text: str) -> str:
        return mask_text(hide_name(text, row.reporter_name)) if masked else text

    return TaskLine(
        incident=row.incident_id,
        number=row.number,
        kind=coded(TaskKind, row.kind, "task.kind"),
        assignee=Assignee(coded(AssigneeKind, row.assignee_kind, "task.assignee_kind"), row.assignee_id, row.assignee_name),
        handler=(row.handler_kind, row.handler_id) if row.handler_kind else None,
        handler_name=row.handler_name,
        sent_at=instant_or_none(row.sent_at),
        sent_by=row.sent_name,
        due_at=instant_or_none(row.due_at),
        ended=row.ended or "",
        ended_at=instant_or_none(row.ended_at),
        keyed_by=row.done_name,
        looked_at=instant_or_none(row.looked_at),
        result=coded(Result, row.result, "task.result") if row.result else None,
        note=said(row.note),
        photos=tuple(said(name) for name in row.photos.split("\n") if name),
        in_time=None if row.in_time is None else bool(row.in_time),
        category=row.category,
        area=row.area,
        address=said(row.address),
    )


_UNSENT = (
    sa.select(clock.c.stage, sa.func.count().label("cases"))
    .join_from(clock, incident, incident.c.id == clock.c.incident_id)
    .where(
        incident.c.office_id == _OFFICE,
        IS_OPEN,
        incident.c.state.in_([word("verifying"), word("to_check")]),
        incident.c.assignee.is_(None),
        clock.c.stage.in_([word("verify"), word("check")]),
        clock.c.stopped_at.is_(None),
        clock.c.due_at >= _FIRST,
        clock.c.due_at < _LAST,
    )
    .group_by(clock.c.stage)
)


def unsent(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> dict[TaskKind, int]:
    """Count, by kind, the cases that still wait for an inspection due between two instants, with no person assigned."""
    found = connection.execute(narrowed(_UNSENT, incident.c.id, where), span_of(office, first, last, where))
    return {coded(TaskKind, row.stage, "task.stage"): int(row.cases) for row in found}


@dataclass(frozen=True, slots=True)
class Turn:
    """A handler who lost cases to another handler, with their number."""

    kind: str
    id: int
    name: str
    count: int


_NEW, _OLD, _EARLIER = assignment.alias("new"), assignment.alias("old"), assignment.alias("earlier")
_ONE_BEFORE = (
    sa.select(sa.func.max(_EARLIER.c.id))
    .where(_EARLIER.c.incident_id == _NEW.c.incident_id, _EARLIER.c.role == word("primary"), _EARLIER.c.id < _NEW.c.id)
    .scalar_subquery()
)
_OLD_NAME = sa.func.max(sa.func.coalesce(unit.c.name, roster_person.c.name, "")).label("name")
_CASES = sa.func.count().label("cases")
_TAKEN = (
    sa.select(_OLD.c.handler_kind, _OLD.c.handler_id, _OLD_NAME, _CASES)
    .select_from(
        _NEW.join(_OLD, _OLD.c.id == _ONE_BEFORE)
        .join(incident, incident.c.id == _NEW.c.incident_id)
        .outerjoin(unit, (_OLD.c.handler_kind == word("unit")) & (unit.c.id == _OLD.c.handler_id))
        .outerjoin(roster_person, (_OLD.c.handler_kind == word("warden")) & (roster_person.c.id == _OLD.c.handler_id))
    )
    .where(
        by_no_index(incident.c.office_id) == _OFFICE,
        _NEW.c.role == word("primary"),
        _NEW.c.started_at >= _FIRST,
        _NEW.c.started_at < _LAST,
        sa.tuple_(_OLD.c.handler_kind, _OLD.c.handler_id) != sa.tuple_(_NEW.c.handler_kind, _NEW.c.handler_id),
        # Not those whose post was handed over, or who got a reopened case no more because they had left.
        _OLD.c.ended_how.is_(None) | _OLD.c.ended_how.in_([word(how.value) for how in (TurnEnd.REDISPATCHED, TurnEnd.RETURNED)]),
    )
    .group_by(_OLD.c.handler_kind, _OLD.c.handler_id)
    .order_by(_CASES.desc(), _OLD_NAME)
)


def taken_from(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[Turn, ...]:
    """Count, by handler, the cases redispatched to another handler between two instants, the end excluded (错派); never rework."""
    found = connection.execute(narrowed(_TAKEN, incident.c.id, where), span_of(office, first, last, where))
    return tuple(Turn(row.handler_kind, row.handler_id, row.name, int(row.cases)) for row in found)


# --- candidates for an inspection -------------------------------------------------------------------------------

_GRID = sa.bindparam("grid", type_=sa.BigInteger)
_WARDENS = sa.select(
    *some(roster_person, "id code name"),
    post.c.rank,
    in_service(roster_person.c.id).label("in_service"),
    stays(roster_person.c.id).label("stays"),
    is_away(roster_person.c.id).label("on_leave"),
    sa.exists()
    .where(
        assignment.c.incident_id == sa.bindparam("incident"),
        assignment.c.handler_kind == word("warden"),
        assignment.c.handler_id == roster_person.c.id,
    )
    .label("has_handled"),
).select_from(roster_person.outerjoin(post, (post.c.person_id == roster_person.c.id) & (post.c.grid_id == _GRID) & HOLDS_POST))
_EVERY_WARDEN = _WARDENS.order_by(roster_person.c.code)
# An operator may also be a warden, so that warden's handlings count too.
_NEAR = sa.union(
    sa.select(post.c.person_id).where(post.c.grid_id == _GRID, IS_POST_NOW),
    sa.select(operator.c.warden_id).where(operator.c.active == sa.literal_column("1")),
    sa.select(sa.bindparam("also", type_=sa.BigInteger)),
    listed("deputies"),
)
_NEAR_WARDENS = _WARDENS.where(roster_person.c.id.in_(_NEAR)).order_by(roster_person.c.code)
_LOADS = (
    sa.select(*some(task, "assignee_kind assignee_id"), sa.func.count().label("tasks"))
    .where(task.c.ended.is_(None))
    .group_by(task.c.assignee_kind, task.c.assignee_id)
)


def candidates(
    connection: sa.Connection, incident: int, grid_id: int | None, today: date | Half, operators: tuple[Actor, ...], *,
    also: int | None = None, everybody: bool = False,
) -> tuple[AssigneeCandidate, ...]:  # fmt: skip
    """Return the wardens of a case's grid and every operator, with the facts for and against sending them to inspect it.

    Args:
        operators: operators with an active account.
        also: a warden of another grid to include.
        everybody: include every warden of the register.
    """
    loads = {(row.assignee_kind, row.assignee_id): int(row.tasks) for row in connection.execute(_LOADS)}
    found: dict[int, AssigneeCandidate] = {}
    query = _EVERY_WARDEN if everybody else _NEAR_WARDENS
    standing_in = {one.person_id: one for one in people.deputies(connection, grid_id, today)} if grid_id is not None else {}
    values = {"incident": incident, "grid": grid_id, **times(today)}
    if not everybody:
        values |= {"also": also, "deputies": json.dumps(list(standing_in))}
    for row in connection.execute(query, values):
        found[row.id] = AssigneeCandidate(
            Assignee(AssigneeKind.WARDEN, row.id, row.name), row.code, warden_id=row.id,
            rank=row.rank or (standing_in[row.id].rank if row.id in standing_in else ""),
            has_handled=bool(row.has_handled), has_left=not row.in_service,
            is_leaving=bool(row.in_service and not row.stays), on_leave=bool(row.on_leave),
            open_tasks=loads.get((AssigneeKind.WARDEN.value, row.id), 0),
        )  # fmt: skip
    inspectors = [
        AssigneeCandidate(
            Assignee(AssigneeKind.OPERATOR, actor.id, actor.name), roles=actor.roles, warden_id=actor.warden_id,
            has_handled=actor.warden_id in found and found[actor.warden_id].has_handled,
            open_tasks=loads.get((AssigneeKind.OPERATOR.value, actor.id), 0),
        )
        for actor in operators
    ]  # fmt: skip
    return (*found.values(), *inspectors)
