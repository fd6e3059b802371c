"""Comparison with other systems' lists, and the steps that their statements ask for: each by who may take it, nothing skips the judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.access import APART
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.case import Case, Circumstances
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.incident import is_open
from gridconsole.domain.next_step import FOR_OTHERS, OF_STATE
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.spoken import at_office
from gridconsole.domain.states import Role
from gridconsole.domain.task import Look
from gridconsole.domain.transitions import rows_for
from gridconsole.domain.views.reconciling import Difference, Disagreement, Mark
from gridconsole.language import t
from gridconsole.services import casework
from gridconsole.services.many import Outcome
from gridconsole.store import cases, list_marks, people, queue

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

STEPS = (Action.ACCEPT, Action.DISPATCH, Action.FEEDBACK, Action.CLOSE)
"""Steps towards the end that a list's statement can take, in the order of a case's life.

Filing needs its rule and checking is the inspector's own judgement: these two are done in the console, as always.
"""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Differences between the newest lists and this office."""

    lists: tuple[tuple[str, str, str], ...]
    """Name of each list, its newest file, and the time of its import."""
    found: Mapping[Difference, tuple[Disagreement, ...]]

    @property
    def can(self) -> dict[Action, int]:
        """Return the steps that this operator can take, with the number of cases."""
        finished = [one.step for one in self.found[Difference.FINISHED] if one.step is not None]
        return {action: finished.count(action) for action in STEPS if action in finished}


def read(office: Office, actor: Actor | None, source_list: str = "") -> Reconciliation:
    """Compare the newest lists with the office.

    Args:
        actor: whose possible steps are named; None: nobody's.
        source_list: name of the only list that is compared; empty: all.
    """
    with office.database.reading() as connection:
        known = tuple(one for one in list_marks.lists(connection) if source_list in ("", one[0]))
        found = {difference: _disagreements(connection, office, actor, difference, source_list) for difference in Difference}
    return Reconciliation(known, found)


def _disagreements(
    connection: Transaction, office: Office, actor: Actor | None, difference: Difference, source_list: str
) -> tuple[Disagreement, ...]:  # fmt: skip
    said = {
        key: (ref, mark)
        for key, ref, mark in list_marks.differing(connection, office.id, difference)
        if source_list in ("", mark.source_list)
    }
    rows = queue.rows_by_id(connection, list(said))
    loaded = cases.load_all(connection, office.id, said) if difference is Difference.FINISHED else {}
    units, at = _units(connection) if loaded else {}, office.circumstances()
    found = []
    for row in rows:
        ref, mark = said[row.id]
        case = loaded[row.id].case if row.id in loaded else None
        step = None if case is None or actor is None else _step(office, actor, case, at, units=units, mark=mark)
        found.append(Disagreement(difference, row, ref, mark, step, _waits_for(case)))
    return tuple(sorted(found, key=lambda one: one.row.sort_key))


def _units(connection: Transaction) -> dict[str, people.UnitRow]:
    """Return the units by name and code."""
    return {name: unit for unit in people.units(connection) for name in (unit.code, unit.name)}


def _waits_for(case: Case | None) -> tuple[Action, tuple[Role, ...]] | None:
    """Return the next step of a case by its state, with the roles that may take it; None if it waits for nobody here."""
    steps = () if case is None else (*OF_STATE.get(case.state, ()), *FOR_OTHERS.get(case.state, ()))
    if case is None or not steps:
        return None
    allowed = {role for row in rows_for(case.state, steps[0]) for role in row.roles}
    return steps[0], tuple(role for role in Role if role in allowed and role not in APART)


def _step(
    office: Office, actor: Actor, case: Case, at: Circumstances, *, units: Mapping[str, people.UnitRow], mark: Mark
) -> Action | None:  # fmt: skip
    """Return the step that an operator can take by what a list says; None if there is none."""
    possible = next((action for action in STEPS if is_open(action, case, actor, at)), None)
    return possible if possible is not None and _act(office, possible, mark, units) is not None else None


def _act(office: Office, action: Action, mark: Mark, units: Mapping[str, people.UnitRow]) -> Act | None:
    """Return the act by what a list says; None if the list lacks what it needs."""
    if action is Action.DISPATCH:
        unit = units.get(mark.handler)
        return None if unit is None else Act.of(action, handler=Handler(HandlerKind.UNIT, unit.id, unit.name), reason=_why(mark))
    if action is Action.FEEDBACK:
        return Act.of(action, note=mark.result or _why(mark), look=_look(office, mark.done_at))
    return Act.of(action)


def _why(mark: Mark) -> str:
    return t("word.list_says", state=mark.said or t("word.over"))


def _look(office: Office, done_at: datetime | None) -> Look | None:
    at = None if done_at is None else at_office(done_at, office.calendar.zone)
    return Look(at=at) if at is not None and at <= office.now() else None


def carry_out(
    office: Office, actor: Actor, numbers: Collection[str] | None = None, source_list: str = "",
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Outcome, ...]:  # fmt: skip
    """Take the step that this operator can take on each case that a list says is over; one that is refused hinders no other.

    Each is a transaction of its own, so an interruption leaves whole cases: the rest is still to be done.

    Args:
        numbers: only these cases; None: all.
        progress: called with the cases done and their total.
    """
    wanted = [
        one
        for one in read(office, actor, source_list).found[Difference.FINISHED]
        if one.step is not None and (numbers is None or one.row.number in numbers)
    ]
    with office.database.reading() as connection:
        units = _units(connection) if wanted else {}
    outcomes: list[Outcome] = []
    for done, one in enumerate(wanted):
        if progress is not None:
            progress(done, len(wanted))
        outcomes.append(_carried_out(office, actor, one, units))
    return tuple(outcomes)


def _carried_out(office: Office, actor: Actor, one: Disagreement, units: Mapping[str, people.UnitRow]) -> Outcome:
    assert one.step is not None and one.mark is not None  # noqa: S101  the caller chose it
    try:
        act = _act(office, one.step, one.mark, units)
        if act is None:
            return Outcome(one.row.number)
        act = replace(act, expected_version=one.row.version)
        return Outcome(one.row.number, casework.act_on(office, actor, one.row.number, act))
    except GridConsoleError as error:
        return Outcome(one.row.number, error=error)


def lines_of(found: Mapping[Difference, Sequence[Disagreement]]) -> list[Disagreement]:
    """Return all differences, in the order of the lists."""
    return [one for difference in Difference for one in found[difference]]
