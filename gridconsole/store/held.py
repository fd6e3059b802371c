"""Work that a person on the roster has in hand: open cases, inspections, supervision orders."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.domain.codes import AssigneeKind, HandlerKind
from gridconsole.domain.states import HELD_STATES
from gridconsole.store.tables.cases import IS_OPEN, assignment, incident, task
from gridconsole.store.tables.columns import some, word

_PERSON: sa.BindParameter[int] = sa.bindparam("person", type_=sa.BigInteger)
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_OF_WARDENS = incident.c.handler_kind == word(HandlerKind.WARDEN.value)
_IS_HELD = incident.c.state.in_([word(state.value) for state in HELD_STATES])
_HELD = some(incident, "handler_id id number grid_id reply_by")
# A case that rests in another one wakes with the handler it has. Each part has an index of its own.
_OPEN = sa.select(*_HELD).where(_OF_WARDENS, IS_OPEN, _IS_HELD)
_RESTING = sa.select(*_HELD).where(
    incident.c.office_id == _OFFICE,
    incident.c.resting == sa.literal_column("1"),
    incident.c.closed_at.is_(None),
    _OF_WARDENS,
    _IS_HELD,
)
_CASES = sa.union_all(*(part.where(incident.c.handler_id == _PERSON) for part in (_OPEN, _RESTING)))
_EVERY_CASE = sa.union_all(_OPEN, _RESTING)
_OUT = (
    sa.select(task.c.assignee_id, incident.c.id, incident.c.number, incident.c.grid_id)
    .join_from(task, incident, incident.c.id == task.c.incident_id)
    .where(task.c.ended.is_(None), task.c.assignee_kind == word(AssigneeKind.WARDEN.value))
)
_TASKS = _OUT.where(task.c.assignee_id == _PERSON)
_LAST_TURN = sa.select(sa.func.max(sa.func.coalesce(assignment.c.ended_at, word("")))).where(
    assignment.c.handler_kind == word(HandlerKind.WARDEN.value), assignment.c.handler_id == _PERSON
)


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case or an inspection in a person's hand."""

    id: int
    number: str
    grid_id: int | None
    is_ordered: bool = False
    """True if a supervision order on it is unanswered."""


@dataclass(frozen=True, slots=True)
class Work:
    """Everything that a person has in hand."""

    cases: tuple[HeldCase, ...] = ()
    tasks: tuple[HeldCase, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.cases or self.tasks)

    def on(self, grids: frozenset[int]) -> Work:
        """Return the part of it on some grids."""
        cases, tasks = (tuple(one for one in held if one.grid_id in grids) for held in (self.cases, self.tasks))
        return Work(cases, tasks)

    @property
    def ordered(self) -> int:
        """Number of cases with an unanswered supervision order."""
        return sum(case.is_ordered for case in self.cases)


def work_of(connection: sa.Connection, office: int, person: int) -> Work:
    """Return the cases that a person handles and that are not over, and the cases that the person is out to inspect."""
    cases = sorted(connection.execute(_CASES, {"office": office, "person": person}), key=lambda row: row.id)
    tasks = sorted(connection.execute(_TASKS, {"person": person}), key=lambda row: row.id)
    return Work(
        tuple(HeldCase(row.id, row.number, row.grid_id, row.reply_by is not None) for row in cases),
        tuple(HeldCase(row.id, row.number, row.grid_id) for row in tasks),
    )


def everybody(connection: sa.Connection, office: int) -> dict[int, Work]:
    """Return the work of every person who has some, by key."""
    cases: defaultdict[int, list[HeldCase]] = defaultdict(list)
    tasks: defaultdict[int, list[HeldCase]] = defaultdict(list)
    for row in connection.execute(_EVERY_CASE, {"office": office}):
        cases[row.handler_id].append(HeldCase(row.id, row.number, row.grid_id, row.reply_by is not None))
    for row in connection.execute(_OUT):
        tasks[row.assignee_id].append(HeldCase(row.id, row.number, row.grid_id))
    return {person: Work(tuple(cases[person]), tuple(tasks[person])) for person in cases.keys() | tasks.keys()}


_BUSY = sa.select(incident.c.grid_id).distinct().where(IS_OPEN, incident.c.grid_id.is_not(None))


def grids_with_cases(connection: sa.Connection) -> frozenset[int]:
    """Return the grids that have open cases."""
    return frozenset(row.grid_id for row in connection.execute(_BUSY))


def last_turn(connection: sa.Connection, person: int) -> str:
    """Return the stored instant at which the person's last finished turn with a case ended; empty if there is none."""
    return str(connection.execute(_LAST_TURN, {"person": person}).scalar() or "")
