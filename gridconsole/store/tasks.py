"""Tasks (核实, 核查): one row for every inspection, assigned or not; the open ones, and those of a period."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action, Assignment
from gridconsole.domain.case import Case, Step
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import STAGE_OF, Result
from gridconsole.domain.task import TASK_IN, Assignee, AssigneeCandidate, AssigneeKind, TaskKind
from gridconsole.domain.text import hide_name, mask_text
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.store.types import coded, instant_or_none, stamp, stamp_or_none

DONE, RESENT, LAPSED = "done", "resent", "lapsed"
"""Ways a task ends: with a result, by assigning another person, or because the case no longer waits for it."""

_SEND = sa.text(
    "INSERT INTO task (incident_id, kind, assignee_kind, assignee_id, assignee_name, handler_kind, handler_id, handler_name, sent_at,"
    " sent_by, sent_name, due_at) VALUES (:incident, :kind, :assignee_kind, :assignee_id, :assignee_name, :handler_kind, :handler_id,"
    " :handler_name, :sent_at, :sent_by, :sent_name, :due)"
)
_MOVE = sa.text("UPDATE task SET due_at = :due WHERE incident_id = :incident AND ended IS NULL")
_END = sa.text("UPDATE task SET ended = :ended, ended_at = :at WHERE incident_id = :incident AND ended IS NULL")
_DO = sa.text(
    "UPDATE task SET ended = 'done', ended_at = :at, done_by = :by, done_name = :name, looked_at = :looked, result = :result,"
    " note = :note, photos = :photos, in_time = (due_at IS NULL OR :at <= due_at) WHERE incident_id = :incident AND ended IS NULL"
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
            connection.execute(_END, {"incident": incident, "ended": RESENT, "at": stamp(at)})
        by = {"sent_at": stamp(at), "sent_by": actor.id, "sent_name": actor.name}
        connection.execute(_SEND, {**_of(incident, kind, before, sent.assignee.who), **by})
    elif act.action in (Action.VERIFY, Action.CHECK) and act.result is not None:
        if before.assignee is None:
            himself = Assignee(AssigneeKind.OPERATOR, actor.id, actor.name)
            unsent = {"sent_at": None, "sent_by": None, "sent_name": ""}
            connection.execute(_SEND, {**_of(incident, kind, before, himself), **unsent})
        connection.execute(_DO, {
            "incident": incident, "at": stamp(at), "by": actor.id, "name": actor.name, "result": act.result.value,
            "looked": stamp(look.at if look is not None and look.at is not None else at), "note": act.note or act.reason,
            "photos": "\n".join(look.photos) if look is not None else "",
        })  # fmt: skip
    elif before.assignee is not None and decision.case.assignee is None:
        connection.execute(_END, {"incident": incident, "ended": LAPSED, "at": stamp(at)})


def _of(incident: int, kind: TaskKind, case: Case, who: Assignee) -> dict[str, Any]:
    clock, handler = case.clock(STAGE_OF[case.state]), case.handler
    return {
        "incident": incident, "kind": kind.value, "assignee_kind": who.kind.value, "assignee_id": who.id, "assignee_name": who.name,
        "handler_kind": handler.kind.value if handler else None, "handler_id": handler.id if handler else None,
        "handler_name": handler.name if handler else "", "due": stamp_or_none(clock.due_at) if clock is not None else None,
    }  # fmt: skip


_LINES = (
    "SELECT t.incident_id, i.number, t.kind, t.assignee_kind, t.assignee_id, t.assignee_name, t.handler_kind, t.handler_id,"
    " t.handler_name, t.sent_at, t.sent_name, t.due_at, t.ended, t.ended_at, t.done_name, t.looked_at, t.result, t.note, t.photos,"
    " t.in_time, coalesce(c.minor_name, '') AS category, coalesce(a.name, '') AS area, i.address, i.reporter_name"
    " FROM task t JOIN incident i ON i.id = t.incident_id LEFT JOIN category c ON c.id = i.category_id"
    " LEFT JOIN area a ON a.id = i.area_id WHERE "
)
# The plus keeps SQLite from using the office's index: a day has few tasks, an office many cases.
_OPEN = sa.text(_LINES + "+i.office_id = :office AND t.ended IS NULL ORDER BY t.due_at, t.id")
_OF_CASE = sa.text(_LINES + "i.office_id = :office AND i.number = :number ORDER BY t.id")
_BETWEEN = sa.text(
    _LINES
    + "+i.office_id = :office AND ((t.due_at >= :first AND t.due_at < :last) OR (t.ended_at >= :first AND t.ended_at < :last))"
    " ORDER BY t.due_at, t.id"
)


def out(connection: sa.Connection, office: int) -> tuple[TaskLine, ...]:
    """Return every open task, the earliest due first, masked."""
    return tuple(map(_line, connection.execute(_OPEN, {"office": office})))


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[TaskLine, ...]:
    """Return every task of a case, oldest first; masked by default."""
    return tuple(_line(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


def between(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[TaskLine, ...]:
    """Return every task that was due or ended between two instants, the end excluded, by due time; masked."""
    return tuple(map(_line, connection.execute(_BETWEEN, {"office": office, "first": stamp(first), "last": stamp(last)})))


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


_UNSENT = sa.text(
    "SELECT c.stage, count(*) AS cases FROM clock c JOIN incident i ON i.id = c.incident_id WHERE i.office_id = :office"
    " AND i.closed_at IS NULL AND i.state IN ('verifying', 'to_check') AND i.assignee IS NULL AND c.stage IN ('verify', 'check')"
    " AND c.stopped_at IS NULL AND c.due_at >= :first AND c.due_at < :last GROUP BY c.stage"
)


def unsent(connection: sa.Connection, office: int, first: datetime, last: datetime) -> dict[TaskKind, int]:
    """Count, by kind, the cases that still wait for an inspection due between two instants, with no person assigned."""
    found = connection.execute(_UNSENT, {"office": office, "first": stamp(first), "last": stamp(last)})
    return {coded(TaskKind, row.stage, "task.stage"): int(row.cases) for row in found}


@dataclass(frozen=True, slots=True)
class Turn:
    """A handler who lost cases to another handler, with their number."""

    kind: str
    id: int
    name: str
    count: int


_TAKEN = sa.text(
    "SELECT a.handler_kind, a.handler_id, coalesce(u.name, w.name, '') AS name, count(*) AS cases FROM assignment b"
    " JOIN assignment a ON a.id = (SELECT max(p.id) FROM assignment p WHERE p.incident_id = b.incident_id AND p.role = 'primary'"
    " AND p.id < b.id) JOIN incident i ON i.id = b.incident_id"
    " LEFT JOIN unit u ON a.handler_kind = 'unit' AND u.id = a.handler_id"
    " LEFT JOIN warden w ON a.handler_kind = 'warden' AND w.id = a.handler_id"
    " WHERE +i.office_id = :office AND b.role = 'primary' AND b.started_at >= :first AND b.started_at < :last"
    " AND (a.handler_kind, a.handler_id) <> (b.handler_kind, b.handler_id) GROUP BY a.handler_kind, a.handler_id ORDER BY cases DESC, name"
)


def taken_from(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[Turn, ...]:
    """Count, by handler, the cases redispatched to another handler between two instants, the end excluded (错派); never rework."""
    found = connection.execute(_TAKEN, {"office": office, "first": stamp(first), "last": stamp(last)})
    return tuple(Turn(row.handler_kind, row.handler_id, row.name, int(row.cases)) for row in found)


# --- candidates for an inspection -------------------------------------------------------------------------------

_WARDENS = (
    "SELECT w.id, w.code, w.name, w.left_on, p.rank, EXISTS (SELECT 1 FROM leave l WHERE l.warden_id = w.id AND l.first_day <= :today"
    " AND l.last_day >= :today) AS on_leave, EXISTS (SELECT 1 FROM assignment s WHERE s.incident_id = :incident"
    " AND s.handler_kind = 'warden' AND s.handler_id = w.id) AS has_handled FROM warden w LEFT JOIN post p ON p.warden_id = w.id"
    " AND p.grid_id = :grid AND p.starts_on <= :today AND (p.ends_on IS NULL OR p.ends_on > :today)"
)
_EVERY_WARDEN = sa.text(_WARDENS + " ORDER BY w.code")
_NEAR_WARDENS = sa.text(
    # An operator may also be a warden, so that warden's handlings count too.
    _WARDENS
    + " WHERE w.id IN (SELECT warden_id FROM post WHERE grid_id = :grid UNION SELECT warden_id FROM operator WHERE active = 1"
    " UNION SELECT :also) ORDER BY w.code"
)
_LOADS = sa.text(
    "SELECT assignee_kind, assignee_id, count(*) AS tasks FROM task WHERE ended IS NULL GROUP BY assignee_kind, assignee_id"
)


def candidates(
    connection: sa.Connection, incident: int, grid_id: int | None, today: date, operators: tuple[Actor, ...], *,
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
    day = today.isoformat()
    query = _EVERY_WARDEN if everybody else _NEAR_WARDENS
    values = {"incident": incident, "grid": grid_id, "today": day} | ({} if everybody else {"also": also})
    for row in connection.execute(query, values):
        found[row.id] = AssigneeCandidate(
            Assignee(AssigneeKind.WARDEN, row.id, row.name), row.code, warden_id=row.id, rank=row.rank or "",
            has_handled=bool(row.has_handled), has_left=row.left_on is not None and row.left_on <= day, on_leave=bool(row.on_leave),
            open_tasks=loads.get((AssigneeKind.WARDEN.value, row.id), 0),
        )  # fmt: skip
    people = [
        AssigneeCandidate(
            Assignee(AssigneeKind.OPERATOR, actor.id, actor.name), roles=actor.roles, warden_id=actor.warden_id,
            has_handled=actor.warden_id in found and found[actor.warden_id].has_handled,
            open_tasks=loads.get((AssigneeKind.OPERATOR.value, actor.id), 0),
        )
        for actor in operators
    ]  # fmt: skip
    return (*found.values(), *people)
