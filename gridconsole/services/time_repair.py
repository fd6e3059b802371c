"""Repair the program's own steps under a wrong time: withdraw escalation steps, and suspend resumed cases again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from gridconsole.domain.access import KEEPERS
from gridconsole.domain.actions import Action
from gridconsole.domain.errors import BadValue, EntryMissing
from gridconsole.domain.states import State
from gridconsole.domain.timekeeping import ACCEPT, UNCOUNTED
from gridconsole.services import case_queries, casework, rights
from gridconsole.services.escalation import ESCALATE, SUBJECT
from gridconsole.store import alarms, repairs
from gridconsole.store import ledger as entries

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

REPAIR, WITHDRAW = "time_repair", "withdraw_escalation"
"""Actions of the entry about the repair, and of the entry about each case whose escalation steps are withdrawn."""


@dataclass(frozen=True, slots=True)
class RepairStep:
    """An automatic step in the span: an escalation or a resumption."""

    entry: int
    at: datetime
    number: str
    """Number of the case."""
    incident: int
    what: str
    """``escalate`` or ``resume``."""


@dataclass(frozen=True, slots=True)
class Repair:
    """Steps that a repair withdraws, or would withdraw."""

    first: int
    last: int
    escalations: tuple[RepairStep, ...]
    resumptions: tuple[RepairStep, ...]
    kept: tuple[RepairStep, ...]
    """Resumptions that stay, because the case was acted on since."""
    rightful: int
    """Number of steps in the span that stay, because they are dated before the time that was accepted after them."""
    dry_run: bool


def wrong_spans(office: Office) -> tuple[repairs.Span, ...]:
    """List the spans of entries dated later than the time accepted after them that still need a repair; newest first."""
    with office.database.reading() as connection:
        spans = repairs.wrong_spans(connection, office.id, ACCEPT, UNCOUNTED)
        found = [(span, _found(connection, office, span.first, None, dry_run=True)) for span in spans]
    return tuple(span for span, left in found if left.escalations or left.resumptions)


def repair(office: Office, actor: Actor, first: int, last: int | None = None, *, dry_run: bool) -> Repair:
    """Withdraw the automatic steps made under a wrong time in a span of the ledger.

    Without an end, the span goes to the next acceptance of the time, or to the newest entry. Only steps dated later than that
    acceptance (or than now) are withdrawn, because the others were made under the right time. With an end, the operator declares
    the whole span wrong, and every step in it is withdrawn.

    Withdrawn escalation steps are removed from the board, the figures and the clocks, which are then evaluated by the present time.
    A resumed case is suspended again until the same day, with its clock as before, unless the case was acted on since.

    Args:
        first: number of the first entry of the span.
        last: number of the last entry, if the operator declares the whole span wrong.
        dry_run: return what would be withdrawn, and change nothing.

    Raises:
        NotPermitted: the operator is no administrator.
        EntryMissing: there is no such entry.
        BadValue: the span ends before it begins.
        TimeBehind, TimeDoubtful: the time is still doubtful; it must be accepted or confirmed first.
    """
    rights.check(office, actor, "time_repair", KEEPERS)
    if dry_run:
        with office.database.reading() as connection:
            return _found(connection, office, first, last, dry_run=True)
    with office.database.writing() as connection:
        found = _found(connection, office, first, last, dry_run=False)
        written = [_revert(connection, office, actor, step) for step in found.resumptions]
        written += _withdraw(connection, office, actor, found.escalations)
        facts: dict[str, object] = {
            "first": found.first, "last": found.last, "escalations": len(found.escalations), "resumptions": len(found.resumptions),
        }  # fmt: skip
        written.append(office.entry(actor, REPAIR, facts))
        entries.append(connection, office.id, written)
    return found


def _found(connection: Transaction, office: Office, first: int, last: int | None, *, dry_run: bool) -> Repair:
    span = repairs.end_of_span(connection, office.id, first, ACCEPT)
    if span is None:
        raise EntryMissing(number=first)
    if last is not None and last < first:
        raise BadValue(what="option", value=f"--to {last}", expected="not_before_from")
    if last is not None and repairs.moment_of(connection, office.id, last) is None:
        raise EntryMissing(number=last)
    every = [
        RepairStep(row.seq, row.at, row.number, row.incident, row.action)
        for row in repairs.automatic_steps(
            connection, office.id, first=first, last=last or span.last, escalation=(SUBJECT, ESCALATE), resume=Action.RESUME.value
        )
    ]
    right = span.accepted_at or office.now()
    steps = [step for step in every if last is not None or step.at > right]
    escalations = tuple(
        step for step in steps if step.what == ESCALATE and alarms.of_entry(connection, step.incident, step.entry) is not None
    )
    resumed = [step for step in steps if step.what == Action.RESUME.value]
    open_still = tuple(step for step in resumed if _is_untouched(connection, office, step))
    kept = tuple(step for step in resumed if step not in open_still)
    return Repair(
        first=first,
        last=last or span.last,
        escalations=escalations,
        resumptions=open_still,
        kept=kept,
        rightful=len(every) - len(steps),
        dry_run=dry_run,
    )


def _is_untouched(connection: Transaction, office: Office, step: RepairStep) -> bool:
    """Return whether the case is being handled and the resumption is the last act on it."""
    state = case_queries.load_case(connection, office, step.number).case.state
    return state is State.HANDLING and repairs.last_entry_of_case(connection, step.incident) == step.entry


def _revert(connection: Transaction, office: Office, actor: Actor, step: RepairStep) -> entries.NewEntry:
    until = repairs.suspended_until(connection, step.incident, step.entry) or _day_of(office, step.at)
    return casework.revert_resume_in(connection, office, actor=actor, number=step.number, until=until, repairs=step.entry)


def _day_of(office: Office, at: datetime) -> date:
    return office.calendar.local_day(at)


def _withdraw(connection: Transaction, office: Office, actor: Actor, steps: Sequence[RepairStep]) -> list[entries.NewEntry]:
    written = []
    by_case: dict[int, list[RepairStep]] = {}
    for step in steps:
        by_case.setdefault(step.incident, []).append(step)
    for incident, mine in by_case.items():
        for step in mine:
            alarm = alarms.of_entry(connection, incident, step.entry)
            if alarm is not None:
                alarms.remove(connection, alarm)
        for at in {step.at for step in mine}:
            alarms.revive(connection, incident, at)
        alarms.step_back(connection, incident, office.now())
        facts: dict[str, object] = {"number": mine[0].number, "entries": [step.entry for step in mine]}
        written.append(office.entry(actor, WITHDRAW, facts, about=(SUBJECT, incident)))
    return written
