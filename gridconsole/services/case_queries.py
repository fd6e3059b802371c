"""Read a case by its number, with its timeline, its clocks and the actions open to an operator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from gridconsole.archive import rows as archive_rows
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import FilingRule
from gridconsole.domain.derivation import derive
from gridconsole.domain.errors import AmbiguousIncident, GridConsoleError, UnknownIncident
from gridconsole.domain.incident import available, unavailable, waivable
from gridconsole.domain.ledger import BATCH, UNDONE
from gridconsole.domain.next_step import main_step
from gridconsole.domain.parties import Actor
from gridconsole.domain.ranking import HandlerFacts
from gridconsole.domain.text import clean_line, fold_width, is_callable, masked_personal
from gridconsole.domain.views.cases import ClockReading, Follower, Link
from gridconsole.domain.views.ledger import TimelineEntry
from gridconsole.domain.views.orders import Order
from gridconsole.domain.views.queue import QueueRow
from gridconsole.domain.views.requests import RequestLine
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.store import (
    batches,
    call_backs,
    cases,
    catalogue,
    duplicates,
    ledger_entries,
    orders,
    people,
    queue,
    requests,
    tasks,
)

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


def load_case(connection: Transaction, office: Office, number: str) -> cases.LoadedCase:
    """Load a case for the rules, inside the caller's transaction.

    Raises:
        UnknownIncident: no such number.
    """
    loaded = cases.load(connection, office.id, number)
    if loaded is None:
        raise UnknownIncident(number=number)
    return loaded


def version_of(office: Office, number: str) -> int:
    """Return the version of a case: the number of acts on it.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return load_case(connection, office, number).case.version


def find_number(office: Office, word: str) -> str:
    """Find a case number by the full number or by an unambiguous ending (``0012``).

    Raises:
        UnknownIncident: no case fits, or fewer than three digits were given.
        AmbiguousIncident: several cases fit.
    """
    wanted = fold_width(clean_line(word, 40))
    with office.database.reading() as connection:
        found = queue.numbers_like(connection, office.id, wanted) if wanted.isdigit() and len(wanted) >= 3 else ()
    if not found:
        raise UnknownIncident(number=wanted)
    if len(found) > 1:
        raise AmbiguousIncident(number=wanted, numbers=found)
    return found[0]


CALLS_READ = 20
"""Most other cases of a phone that are read."""


@dataclass(frozen=True, slots=True)
class CaseView:
    """All data of a case, for display."""

    detail: queue.Detail
    timeline: tuple[TimelineEntry, ...]
    clocks: tuple[ClockReading, ...]
    """Unfinished clocks, the running one first; the last clock if all are finished."""
    actions: tuple[Action, ...]
    """Actions open to this operator now. Those that need no second person come first."""
    waivable: tuple[Action, ...] = ()
    """Those of the actions that a second person must approve (a waiver of the dual axis)."""
    unavailable: tuple[tuple[Action, GridConsoleError], ...] = ()
    """Actions that this operator may look for and cannot take now, each with the reason."""
    step: Action | None = None
    """The operator's likeliest step (F2); None if nothing is theirs to do next."""
    requests: tuple[RequestLine, ...] = ()
    """Requests on the case, oldest first."""
    suspended_until: date | None = None
    merged_into: str | None = None
    """Number of the case that leads this one."""
    merged: tuple[Follower, ...] = ()
    """Cases merged into this one, with their reporters, who wait for this one too."""
    links: tuple[Link, ...] = ()
    """Verdicts on pairs of this case and another."""
    earlier: tuple[QueueRow, ...] = ()
    """Other cases reported from the same phone, newest first; at most :data:`CALLS_READ`."""
    wardens: tuple[HandlerFacts, ...] = ()
    """Wardens posted on the case's grid."""
    calls: tuple[call_backs.Call, ...] = ()
    """Call-backs, oldest first; texts are masked."""
    orders: tuple[Order, ...] = ()
    """Supervision orders (督办), oldest first."""
    is_masked: bool = True
    """True if names, phones and numbers of people are masked, or must still be masked; False only if the case was unmasked."""
    retired: tuple[str, ...] = ()
    """Names of the files of retired years that hold early entries of the case."""
    tasks: tuple[TaskLine, ...] = ()
    """Inspections of the case, assigned or done, oldest first."""


def view(office: Office, number: str, actor: Actor | None) -> CaseView:
    """Return a case with its timeline, its clocks and the actions open to an operator.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return view_in(connection, office, number, actor)


def view_in(connection: Transaction, office: Office, number: str, actor: Actor | None, *, masked: bool = True) -> CaseView:
    """Run :func:`view` inside the caller's transaction.

    Args:
        masked: mask personal data. Only :mod:`.privacy` passes False, and records it in the ledger.
    """
    loaded = load_case(connection, office, number)
    detail = queue.detail(connection, office.id, number, masked=masked)
    if detail is None:
        raise UnknownIncident(number=number)
    has = detail.registers
    entries = ledger_entries.timeline(connection, "incident", loaded.id, "escalation")
    asked = requests.of_case(connection, office.id, number, masked=masked) if "case_request" in has else ()
    merged = duplicates.followers(connection, office.id, number) if loaded.case.followers else ()
    links = duplicates.links(connection, loaded.id) if "case_link" in has else ()
    calls = call_backs.of_case(connection, office.id, number, masked=masked) if "call_back" in has else ()
    looks = tasks.of_case(connection, office.id, number, masked=masked) if "task" in has else ()
    ordered = orders.of_case(connection, office.id, number, masked=masked) if "supervision_order" in has else ()
    retired = archive_rows.files_of_case(connection, loaded.id) if "retired_case" in has else ()
    at = office.circumstances()
    actions = available(loaded.case, actor, at) if actor else ()
    by_waiver = waivable(loaded.case, actor, at) if actor else ()
    unfinished = [clock for clock in loaded.clocks if clock.stopped_at is None] or list(loaded.clocks[-1:])
    unfinished.sort(key=lambda clock: (not clock.is_running, clock.due_at))
    others = queue.of_phone(connection, office.id, {loaded.phone}, CALLS_READ + 1) if is_callable(loaded.phone) else ()
    grid = loaded.case.grid_id
    posted = (
        people.grid_wardens(connection, grid, office.half_day()) if grid is not None and not loaded.case.state.is_final else ()
    )
    readings = tuple(
        ClockReading(clock, derive(clock.started_at, clock.allowed, office.calendar, clock.pauses)) for clock in unfinished
    )
    entries = _without_undone_notes(connection, loaded.id, entries)
    if masked:
        entries = tuple(replace(entry, personal=masked_personal(entry.personal, loaded.reporter)) for entry in entries)
    case = loaded.case
    return CaseView(
        detail=detail,
        timeline=entries,
        clocks=readings,
        actions=(*actions, *by_waiver),
        waivable=by_waiver,
        unavailable=tuple(one for one in unavailable(case, actor, at) if one[0] not in by_waiver) if actor else (),
        step=main_step(case, actions.__contains__) or main_step(case, by_waiver.__contains__),
        requests=asked,
        suspended_until=case.suspended_until,
        merged_into=case.merged_into,
        merged=merged,
        links=links,
        earlier=tuple(row for row in others if row.id != loaded.id),
        wardens=tuple(one for one in posted if not one.left),
        calls=calls,
        orders=ordered,
        is_masked=masked,
        retired=retired,
        tasks=looks,
    )


def _without_undone_notes(
    connection: Transaction, case: int, entries: tuple[TimelineEntry, ...]
) -> tuple[TimelineEntry, ...]:  # fmt: skip
    """Take the texts of notes away whose import was undone. Their entries stay, and name the batch."""
    given = {int(entry.facts[BATCH]) for entry in entries if BATCH in entry.facts}
    undone = batches.undone_for(connection, case, given)
    return tuple(
        replace(entry, facts={**entry.facts, UNDONE: True}, personal={}) if entry.facts.get(BATCH) in undone else entry
        for entry in entries
    )


def rules_of(office: Office, category_id: int) -> Sequence[FilingRule]:
    """Return the filing rules of a category."""
    with office.database.reading() as connection:
        return catalogue.rules(connection, category_id)


def category_of(office: Office, number: str) -> int | None:
    """Return the key of a case's category; None if it has none.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return load_case(connection, office, number).case.category_id
