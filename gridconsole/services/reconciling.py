"""Comparison with other systems' lists, and the steps that their statements ask for: each by who may take it, nothing skips the judge."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.access import APART
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.assigning import earliest_look
from gridconsole.domain.case import Case
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.errors import GridConsoleError, UnknownHandler, UnknownWord
from gridconsole.domain.incident import is_open
from gridconsole.domain.next_step import FOR_OTHERS, OF_STATE
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.spoken import at_office
from gridconsole.domain.states import Role
from gridconsole.domain.task import Look
from gridconsole.domain.transitions import rows_for
from gridconsole.domain.views.reconciling import Difference, Disagreement, Mark
from gridconsole.language import in_brackets, t
from gridconsole.services import case_queries, casework
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

    Raises:
        UnknownWord: no list of this name with states was imported.
    """
    with office.database.reading() as connection:
        every = list_marks.lists(connection)
        known = tuple(one for one in every if source_list in ("", one[0]))
        if source_list and not known:
            names = [name for name, _, _ in every if not name.startswith("#")]
            raise UnknownWord(what="source_list", word=source_list, choices=names)
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
        if case is not None and _is_stale(mark, case):
            continue
        step = None if case is None or actor is None else next((one for one in STEPS if is_open(one, case, actor, at)), None)
        unknown = mark.handler if step is Action.DISPATCH and mark.handler not in units else None
        step = step if unknown is None else None
        found.append(Disagreement(difference, row, ref, mark, step, unknown, _waits_for(case)))
    return tuple(sorted(found, key=lambda one: one.row.sort_key))


def _is_stale(mark: Mark, case: Case) -> bool:
    """Return whether a statement is older than the reopening of its case: what it says was done did not last."""
    reopened = [past.at for past in case.past if past.action is Action.REOPEN]
    return mark.at is not None and bool(reopened) and mark.at < max(reopened)


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


def _act(office: Office, action: Action, mark: Mark, units: Mapping[str, people.UnitRow], case: Case) -> Act:
    """Return the act by what a list says."""
    if action is Action.DISPATCH:
        unit = units[mark.handler]
        return Act.of(action, handler=Handler(HandlerKind.UNIT, unit.id, unit.name), reason=_why(mark))
    if action is Action.FEEDBACK:
        look, note = _look(office, mark.done_at, case)
        return Act.of(action, note=f"{mark.result or _why(mark)}{note}", look=look)
    return Act.of(action)


def _why(mark: Mark) -> str:
    return t("word.list_says", state=mark.said or t("word.over"))


def _look(office: Office, done_at: datetime | None, case: Case) -> tuple[Look | None, str]:
    """Return the time at which the list says the work was done, and a remark if it was before this office dispatched it.

    The work then took none of the handler's time here: it counts as done when the clock began.
    """
    at = None if done_at is None else at_office(done_at, office.calendar.zone)
    if at is None or at > office.now():
        return None, ""
    began = earliest_look(case, office.circumstances())
    return Look(at=max(at, began)), in_brackets("", t("word.done_before", at=f"{done_at:%m-%d %H:%M}")) if at < began else ""


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
    if one.step is Action.DISPATCH and one.mark.handler not in units:
        # The unit was removed meanwhile.
        return Outcome(one.row.number, error=UnknownHandler(word=one.mark.handler, near=[]))
    try:
        with office.database.reading() as connection:
            case = case_queries.load_case(connection, office, one.row.number).case
        act = _act(office, one.step, one.mark, units, case)
        act = replace(act, expected_version=one.row.version)
        return Outcome(one.row.number, casework.act_on(office, actor, one.row.number, act))
    except GridConsoleError as error:
        return Outcome(one.row.number, error=error)


def lines_of(found: Mapping[Difference, Sequence[Disagreement]]) -> list[Disagreement]:
    """Return all differences, in the order of the lists."""
    return [one for difference in Difference for one in found[difference]]
