"""核实 and 核查: whom to send, what is out, and what the tasks of a period came to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.assigning import ranked
from gridconsole.domain.errors import NoAssignee, UnknownAssignee, UnknownIncident
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Result
from gridconsole.domain.task import Assignee, AssigneeCandidate, AssigneeFlaw, AssigneeKind, Look, TaskKind
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.language import vocabulary
from gridconsole.services.lookup import near
from gridconsole.store import incidents, offices, tasks

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

Judged = tuple[AssigneeCandidate, AssigneeFlaw | None]
"""Somebody who might be sent, and why not."""


def candidates(office: Office, number: str) -> list[Judged]:
    """Rank the people who could inspect a case, best first, then those who could not and why: wardens of its grid and every
    inspector.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        everybody = judged(connection, office, _load(connection, office, number))
    return [(candidate, flaw) for candidate, flaw in everybody if is_near(candidate, flaw)]


def is_near(candidate: AssigneeCandidate, flaw: AssigneeFlaw | None) -> bool:
    """Return whether somebody is worth a line: neither a warden of elsewhere nor an operator who never looks at anything."""
    return bool(candidate.rank) or (candidate.who.kind is AssigneeKind.OPERATOR and flaw is not AssigneeFlaw.NOT_INSPECTOR)


def judged(
    connection: Transaction, office: Office, loaded: incidents.LoadedCase, *, also: int | None = None, everybody: bool = False
) -> list[Judged]:
    """:func:`candidates` inside a transaction of the caller's, with the operators who are no inspectors.

    Args:
        also: a warden of elsewhere who is judged too.
        everybody: every warden on the register.
    """
    operators = offices.operators(connection, office.id)
    found = tasks.candidates(
        connection, loaded.id, loaded.case.grid_id, office.today(), operators, also=also, everybody=everybody
    )
    return ranked(found, loaded.case, dual_axis=office.circumstances().dual_axis)


def _load(connection: Transaction, office: Office, number: str) -> incidents.LoadedCase:
    loaded = incidents.load(connection, office.id, number)
    if loaded is None:
        raise UnknownIncident(number=number)
    return loaded


def find_assignee(office: Office, word: str, number: str) -> AssigneeCandidate:
    """Find the person a word names: an operator by name, a warden by code or name; ``auto`` (自动) is the first who could be
    sent.

    Somebody who is on the register and among the operators under the same name is meant as the operator, who reports by himself.

    Raises:
        UnknownAssignee: nobody, or more than one; NoAssignee: there is none to recommend.
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
    """Tasks that are out, the one due first in front; personal data masked.

    Args:
        assignee: only those of somebody whose name is or holds this.
        actor: only those of this operator, also as the warden it is.
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
    """Of those due, cases nobody was sent to and nobody looked at."""

    @property
    def share(self) -> float | None:
        """Percentage of what was due; None if nothing was."""
        return _share(self.in_time, self.due)


@dataclass(frozen=True, slots=True)
class PersonFigures:
    """Inspections of a person, and how many were in time."""

    assignee: Assignee
    rates: dict[TaskKind, Rate]


@dataclass(frozen=True, slots=True)
class UnitFigures:
    """Results of checks for a handler in a period: rework and wrong dispatch are two things."""

    name: str
    checks: int = 0
    reworked: int = 0
    """Checks that failed: the same handler once more (返工)."""
    taken: int = 0
    """Cases that went on to somebody else (改派, 错派)."""

    @property
    def rework_share(self) -> float | None:
        """Percentage of the checks that failed; None without a check."""
        return _share(self.reworked, self.checks)


@dataclass(frozen=True, slots=True)
class Period:
    """The tasks of a period, and what they came to."""

    lines: tuple[TaskLine, ...]
    rates: dict[TaskKind, Rate]
    people: tuple[PersonFigures, ...]
    """Those who had something to look at, the one with most of it in front."""
    units: tuple[UnitFigures, ...]
    """Handlers that were checked or lost a case, the one with most rework in front."""

    @property
    def checks(self) -> int:
        """Checks that were made."""
        return sum(unit.checks for unit in self.units)

    @property
    def reworked(self) -> int:
        """Of those, the ones that failed."""
        return sum(unit.reworked for unit in self.units)

    @property
    def taken(self) -> int:
        """Cases that went on to another handler."""
        return sum(unit.taken for unit in self.units)

    @property
    def rework_share(self) -> float | None:
        """Percentage of the checks that failed; None without a check."""
        return _share(self.reworked, self.checks)


def period(office: Office, first: datetime, last: datetime) -> Period:
    """Tasks that were due or ended between two instants, the end excluded.

    A task counts in the period in which it was due, so that no earlier figure changes when it is done at last; a check counts for its
    handler in the period in which it was made.
    """
    now = office.now()
    with office.database.reading() as connection:
        lines = tasks.between(connection, office.id, first, last)
        unsent = tasks.unsent(connection, office.id, first, min(last, now))
        taken = tasks.taken_from(connection, office.id, first, last)
    counted = [line for line in lines if _counts(line, first, last, now)]
    rates = {kind: _rate(counted, kind, unsent.get(kind, 0)) for kind in TaskKind}
    made = [
        line for line in lines
        if line.kind is TaskKind.CHECK and line.result is not None and line.ended_at is not None and first <= line.ended_at < last
    ]  # fmt: skip
    return Period(lines, rates, _people(counted), _units(made, taken))


def _counts(line: TaskLine, first: datetime, last: datetime, now: datetime) -> bool:
    """Return whether a task was due between two instants, and neither sent on nor dropped."""
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


def _units(made: Iterable[TaskLine], taken: Iterable[tasks.Turn]) -> tuple[UnitFigures, ...]:
    found: dict[tuple[str, int], UnitFigures] = {}
    for line in made:
        if line.handler is None:
            continue
        unit = found.get(line.handler, UnitFigures(line.handler_name))
        failed = line.result is Result.FAIL
        found[line.handler] = replace(unit, checks=unit.checks + 1, reworked=unit.reworked + failed)
    for turn in taken:
        key = (turn.kind, turn.id)
        found[key] = replace(found.get(key, UnitFigures(turn.name)), taken=turn.count)
    return tuple(sorted(found.values(), key=lambda unit: (-unit.reworked, -unit.taken, -unit.checks, unit.name)))


def _share(part: int, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
