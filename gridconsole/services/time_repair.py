"""Putting right what the program did by itself under a wrong time: escalation steps are withdrawn, resumed cases suspended again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gridconsole.domain.access import KEEPERS
from gridconsole.domain.errors import EntryMissing
from gridconsole.domain.timekeeping import ACCEPT
from gridconsole.domain.workflow import Action, State
from gridconsole.services import casework, reading, rights
from gridconsole.services.escalation import ESCALATE, SUBJECT
from gridconsole.store import alarms, repairs
from gridconsole.store import ledger as entries

if TYPE_CHECKING:
    from gridconsole.domain.case import Actor
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction

REPAIR, WITHDRAW = "time_repair", "withdraw_escalation"
"""Actions of the entry about the whole, and of the one about each case whose escalation steps are withdrawn."""


@dataclass(frozen=True, slots=True)
class Step:
    """Something the program did in the span."""

    entry: int
    at: datetime
    number: str
    """Of the case."""
    incident: int
    what: str
    """``escalate`` or ``resume``."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Steps that a repair withdraws, or would withdraw."""

    first: int
    last: int
    escalations: tuple[Step, ...]
    resumptions: tuple[Step, ...]
    kept: tuple[Step, ...]
    """Resumptions that stay: somebody has acted on the case since."""
    dry_run: bool


def repair(desk: Desk, actor: Actor, first: int, *, dry_run: bool) -> Repair:
    """Withdraw what the program did by itself from an entry on, to the next acceptance of the time or to the end.

    Withdrawn escalation steps leave the board, the figures and the clocks, which are looked at anew by the time as it is now. A case
    that was resumed is suspended again until the same day, its clock as before, unless somebody has acted on it since.

    Args:
        first: number of the first entry of the span.
        dry_run: say what would be withdrawn, and change nothing.

    Raises:
        NotPermitted: no administrator.
        EntryMissing: there is no such entry.
        TimeBehind, TimeDoubtful: the time is still in doubt; it is to be accepted or confirmed first.
    """
    rights.check(desk, actor, "time_repair", KEEPERS)
    if dry_run:
        with desk.database.reading() as connection:
            return _found(connection, desk, first, dry_run=True)
    with desk.database.writing() as connection:
        found = _found(connection, desk, first, dry_run=False)
        written = [_revert(connection, desk, actor, step) for step in found.resumptions]
        written += _withdraw(connection, desk, actor, found.escalations)
        facts: dict[str, object] = {
            "first": found.first, "last": found.last, "escalations": len(found.escalations), "resumptions": len(found.resumptions),
        }  # fmt: skip
        written.append(entries.NewEntry(desk.now(), actor.id, actor.name, desk.door, "office", desk.office.id, REPAIR, facts))
        entries.append(connection, desk.office.id, written)
    return found


def _found(connection: Transaction, desk: Desk, first: int, *, dry_run: bool) -> Repair:
    office = desk.office.id
    last = repairs.end_of_span(connection, office, first, ACCEPT)
    if last is None:
        raise EntryMissing(number=first)
    steps = [
        Step(row.seq, row.at, row.number, row.incident, row.action)
        for row in repairs.automatic_steps(connection, office, first, last, (SUBJECT, ESCALATE), Action.RESUME.value)
    ]
    escalations = tuple(
        step for step in steps if step.what == ESCALATE and alarms.of_entry(connection, step.incident, step.entry) is not None
    )
    resumed = [step for step in steps if step.what == Action.RESUME.value]
    open_still = tuple(step for step in resumed if _is_untouched(connection, desk, step))
    return Repair(first, last, escalations, open_still, tuple(step for step in resumed if step not in open_still), dry_run)


def _is_untouched(connection: Transaction, desk: Desk, step: Step) -> bool:
    """Return whether the resumption is the last act on its case."""
    state = reading.load_case(connection, desk, step.number).case.state
    return state is State.HANDLING and repairs.last_entry_of_case(connection, step.incident) == step.entry


def _revert(connection: Transaction, desk: Desk, actor: Actor, step: Step) -> entries.NewEntry:
    until = repairs.suspended_until(connection, step.incident, step.entry) or _day_of(desk, step.at)
    return casework.revert_resume_in(connection, desk, actor, step.number, until, step.entry)


def _day_of(desk: Desk, at: datetime) -> date:
    return desk.calendar.local_day(at)


def _withdraw(connection: Transaction, desk: Desk, actor: Actor, steps: Sequence[Step]) -> list[entries.NewEntry]:
    written = []
    by_case: dict[int, list[Step]] = {}
    for step in steps:
        by_case.setdefault(step.incident, []).append(step)
    for incident, mine in by_case.items():
        for step in mine:
            alarm = alarms.of_entry(connection, incident, step.entry)
            if alarm is not None:
                alarms.remove(connection, alarm)
        alarms.step_back(connection, incident, desk.now())
        facts: dict[str, object] = {"number": mine[0].number, "entries": [step.entry for step in mine]}
        written.append(entries.NewEntry(desk.now(), actor.id, actor.name, desk.door, SUBJECT, incident, WITHDRAW, facts))
    return written
