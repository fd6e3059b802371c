"""核实 and 核查: candidates for an inspection, open tasks, and the results of the tasks of a period."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from gridconsole.domain.assigning import ranked
from gridconsole.domain.codes import AssigneeKind, TaskKind
from gridconsole.domain.errors import NoAssignee, UnknownAssignee, UnknownIncident
from gridconsole.domain.figures import percent
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Result
from gridconsole.domain.task import Assignee, AssigneeCandidate, AssigneeFlaw, Look
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.language import vocabulary
from gridconsole.services.lookup import near
from gridconsole.store import cases, offices, tasks
from gridconsole.store.fact_filters import EVERY_CASE, Filter

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

Judged = tuple[AssigneeCandidate, AssigneeFlaw | None]
"""A candidate for an inspection, with the reason against the candidate; None if there is none."""


def candidates(office: Office, number: str) -> list[Judged]:
    """Rank the people who could inspect a case, best first, then those who could not, each with the reason.

    Listed are the wardens of its grid and all inspectors.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        everybody = judged(connection, office, _load(connection, office, number))
    return [(candidate, flaw) for candidate, flaw in everybody if is_near(candidate, flaw)]


def is_near(candidate: AssigneeCandidate, flaw: AssigneeFlaw | None) -> bool:
    """Return whether a candidate is listed: no warden of another grid, and no operator who is no inspector."""
    return bool(candidate.rank) or (candidate.who.kind is AssigneeKind.OPERATOR and flaw is not AssigneeFlaw.NOT_INSPECTOR)


def judged(
    connection: Transaction, office: Office, loaded: cases.LoadedCase, *, also: int | None = None, everybody: bool = False
) -> list[Judged]:
    """Rank as :func:`candidates` does, inside the caller's transaction, including operators who are no inspectors.

    Args:
        also: key of a warden of another grid who is judged too.
        everybody: judge every warden on the register.
    """
    operators = offices.operators(connection, office.id)
    found = tasks.candidates(
        connection, loaded.id, loaded.case.grid_id, office.half_day(), operators, also=also, everybody=everybody
    )
    return ranked(found, loaded.case, dual_axis=office.circumstances().dual_axis)


def _load(connection: Transaction, office: Office, number: str) -> cases.LoadedCase:
    loaded = cases.load(connection, office.id, number)
    if loaded is None:
        raise UnknownIncident(number=number)
    return loaded


def find_assignee(office: Office, word: str, number: str) -> AssigneeCandidate:
    """Find the person to inspect a case by a word: an operator's name, a warden's code or name, or ``auto`` (自动).

    ``auto`` is the first suitable candidate. If an operator and a warden have the same name, the operator is meant, because
    operators report their inspections themselves.

    Raises:
        UnknownAssignee: no person fits the word, or several do.
        NoAssignee: for ``auto``, there is no suitable candidate.
    """
    wanted = fold_width(clean_line(word))
    with office.database.reading() as connection:
        everybody = judged(connection, office, _load(connection, office, number), everybody=True)
    if wanted in vocabulary.AUTO:
        first = next((candidate for candidate, flaw in everybody if flaw is None and is_near(candidate, flaw)), None)
        if first is None:
            raise NoAssignee(number=number)
        return first
    people = [candidate for candidate, _ in everybody]
    found = [one for one in people if wanted in (one.code, one.who.name)]
    operators = [one for one in found if one.who.kind is AssigneeKind.OPERATOR]
    if len(operators or found) == 1:
        return (operators or found)[0]
    names = [one.who.name + (f"({one.code})" if found else "") for one in found] or near(wanted, [one.who.name for one in people])
    raise UnknownAssignee(word=wanted, near=names)


def look_of(at: datetime | None, photos: Sequence[str]) -> Look | None:
    """Return time and photos of an inspection; None if neither is given."""
    names = tuple(photos)
    return Look(at, names) if at is not None or names else None


# --- reading ----------------------------------------------------------------------------------------------------


def out(office: Office, kind: TaskKind | None = None, assignee: str = "", actor: Actor | None = None) -> tuple[TaskLine, ...]:
    """Return open tasks, the one due first in front; personal data masked.

    Args:
        assignee: only tasks of people whose name contains this.
        actor: only tasks of this operator, or of the warden linked to the operator.
    """
    with office.database.reading() as connection:
        lines = tasks.out(connection, office.id)
    wanted = clean_line(assignee)
    return tuple(
        line for line in lines
        if (kind is None or line.kind is kind) and wanted in line.assignee.name and (actor is None or _is_his(line, actor))
    )  # fmt: skip


def _is_his(line: TaskLine, actor: Actor) -> bool:
    key = actor.id if line.assignee.kind is AssigneeKind.OPERATOR else actor.warden_id
    return line.assignee.id == key


@dataclass(frozen=True, slots=True)
class Rate:
    """Share of due inspections that were done in time (按时核实率, 按时核查率)."""

    due: int
    in_time: int
    unsent: int
    """Of those due, cases that were neither assigned nor inspected."""

    @property
    def share(self) -> Decimal | None:
        """Percentage of due inspections done in time; None if none was due."""
        return percent(self.in_time, self.due)


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """Inspections of a person, and how many were in time."""

    assignee: Assignee
    rates: dict[TaskKind, Rate]


@dataclass(frozen=True, slots=True)
class UnitTaskFigures:
    """Results of checks for a handler in a period; rework and wrong dispatch are counted separately."""

    name: str
    checks: int = 0
    reworked: int = 0
    """Checks that failed: the same handler must do the work again (返工)."""
    taken: int = 0
    """Cases that were dispatched to another handler (改派, 错派)."""

    @property
    def rework_share(self) -> Decimal | None:
        """Percentage of the checks that failed; None without a check."""
        return percent(self.reworked, self.checks)


@dataclass(frozen=True, slots=True)
class Period:
    """The tasks of a period, and their results."""

    lines: tuple[TaskLine, ...]
    rates: dict[TaskKind, Rate]
    people: tuple[PersonFigures, ...]
    """People with inspections that count, the one with most in front."""
    units: tuple[UnitTaskFigures, ...]
    """Handlers that were checked or lost a case, the one with most rework in front."""

    @property
    def checks(self) -> int:
        """Number of checks made."""
        return sum(unit.checks for unit in self.units)

    @property
    def reworked(self) -> int:
        """Number of those that failed."""
        return sum(unit.reworked for unit in self.units)

    @property
    def taken(self) -> int:
        """Number of cases dispatched to another handler."""
        return sum(unit.taken for unit in self.units)

    @property
    def rework_share(self) -> Decimal | None:
        """Percentage of the checks that failed; None without a check."""
        return percent(self.reworked, self.checks)


def period(office: Office, first: datetime, last: datetime, where: Filter = EVERY_CASE) -> Period:
    """Return the tasks that were due or ended between two instants, the end excluded, with their figures.

    For the rates a task counts in the period in which it was due, so that earlier figures do not change when it is done late. For
    the handler a check counts in the period in which it was made.
    """
    now = office.now()
    with office.database.reading() as connection:
        lines = tasks.between(connection, office.id, first, last, where)
        unsent = tasks.unsent(connection, office.id, first, min(last, now), where)
        taken = tasks.taken_from(connection, office.id, first, last, where)
    counted = [line for line in lines if _counts(line, first, last, now)]
    rates = {kind: _rate(counted, kind, unsent.get(kind, 0)) for kind in TaskKind}
    made = [
        line for line in lines
        if line.kind is TaskKind.CHECK and line.result is not None and line.ended_at is not None and first <= line.ended_at < last
    ]  # fmt: skip
    return Period(lines, rates, _people(counted), _units(made, taken))


def _counts(line: TaskLine, first: datetime, last: datetime, now: datetime) -> bool:
    """Return whether a task was due between two instants and has a result or is late now."""
    return line.due_at is not None and first <= line.due_at < last and (line.result is not None or line.is_late(now))


def _rate(counted: Iterable[TaskLine], kind: TaskKind, unsent: int = 0) -> Rate:
    mine = [line for line in counted if line.kind is kind]
    return Rate(len(mine) + unsent, sum(line.in_time is True for line in mine), unsent)


def _people(counted: Iterable[TaskLine]) -> tuple[PersonFigures, ...]:
    found: dict[str, list[TaskLine]] = {}
    for line in counted:
        found.setdefault(line.assignee.encode(), []).append(line)
    people = sorted(found.values(), key=lambda lines: (-len(lines), lines[0].assignee.name))
    return tuple(PersonFigures(lines[-1].assignee, {kind: _rate(lines, kind) for kind in TaskKind}) for lines in people)


def _units(made: Iterable[TaskLine], taken: Iterable[tasks.Turn]) -> tuple[UnitTaskFigures, ...]:
    found: dict[tuple[str, int], UnitTaskFigures] = {}
    for line in made:
        if line.handler is None:
            continue
        unit = found.get(line.handler, UnitTaskFigures(line.handler_name))
        failed = line.result is Result.FAIL
        found[line.handler] = replace(unit, checks=unit.checks + 1, reworked=unit.reworked + failed)
    for turn in taken:
        key = (turn.kind, turn.id)
        found[key] = replace(found.get(key, UnitTaskFigures(turn.name)), taken=turn.count)
    return tuple(sorted(found.values(), key=lambda unit: (-unit.reworked, -unit.taken, -unit.checks, unit.name)))
