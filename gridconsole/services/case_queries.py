"""Reading one case: by its number, with its timeline, its clocks and what an operator may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from gridconsole.archive import rows as archive_rows
from gridconsole.domain.actions import Action
from gridconsole.domain.catalogue import FilingRule
from gridconsole.domain.derivation import derive
from gridconsole.domain.errors import AmbiguousIncident, UnknownIncident
from gridconsole.domain.incident import available, waivable
from gridconsole.domain.parties import Actor
from gridconsole.domain.text import clean_line, fold_width, masked_personal
from gridconsole.domain.views.cases import ClockReading, Follower, Link
from gridconsole.domain.views.ledger import TimelineEntry
from gridconsole.domain.views.orders import Order
from gridconsole.domain.views.requests import RequestLine
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.store import (
    call_backs,
    catalogue,
    duplicates,
    incidents,
    ledger,
    orders,
    queue,
    requests,
    tasks,
)

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


def load_case(connection: Transaction, office: Office, number: str) -> incidents.LoadedCase:
    """A case for the rules, inside a transaction of the caller's.

    Raises:
        UnknownIncident: no such number.
    """
    loaded = incidents.load(connection, office.id, number)
    if loaded is None:
        raise UnknownIncident(number=number)
    return loaded


def version_of(office: Office, number: str) -> int:
    """Return how often a case has been acted on.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return load_case(connection, office, number).case.version


def find_number(office: Office, word: str) -> str:
    """A case number from a full number or an unambiguous ending (``0012``).

    Raises:
        UnknownIncident: none, or fewer than three digits were given.
        AmbiguousIncident: more than one.
    """
    wanted = fold_width(clean_line(word, 40))
    with office.database.reading() as connection:
        found = queue.numbers_like(connection, office.id, wanted) if wanted.isdigit() and len(wanted) >= 3 else ()
    if not found:
        raise UnknownIncident(number=wanted)
    if len(found) > 1:
        raise AmbiguousIncident(number=wanted, numbers=found)
    return found[0]


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything about one case, for reading."""

    detail: queue.Detail
    timeline: tuple[TimelineEntry, ...]
    clocks: tuple[ClockReading, ...]
    """Unfinished clocks, the running one first."""
    actions: tuple[Action, ...]
    """What this operator may do now, what needs nobody else first."""
    waivable: tuple[Action, ...] = ()
    """Those of them that need a second person's word."""
    requests: tuple[RequestLine, ...] = ()
    """What was asked for, oldest first."""
    suspended_until: date | None = None
    merged_into: str | None = None
    """Number of the case that leads this one."""
    merged: tuple[Follower, ...] = ()
    """Cases merged into this one, with who reported them: they wait for this one too."""
    links: tuple[Link, ...] = ()
    """What was said of this case and others."""
    calls: tuple[call_backs.Call, ...] = ()
    """Call-backs, oldest first; what was said is masked."""
    orders: tuple[Order, ...] = ()
    """What was ordered (督办), oldest first."""
    is_masked: bool = True
    """Names, phones and numbers of people are hidden in its texts, or still to be hidden; False only where it was unmasked."""
    retired: tuple[str, ...] = ()
    """Names of the files that early entries went to, with the years they were made in."""
    tasks: tuple[TaskLine, ...] = ()
    """Who was sent to look at it, or looked, oldest first."""


def view(office: Office, number: str, actor: Actor | None) -> CaseView:
    """One case with its timeline, its clocks and what an operator may do.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return view_in(connection, office, number, actor)


def view_in(connection: Transaction, office: Office, number: str, actor: Actor | None, *, masked: bool = True) -> CaseView:
    """:func:`view` inside a transaction of the caller's.

    Args:
        masked: what only :mod:`.privacy` may say otherwise, which writes down that it did.
    """
    loaded = load_case(connection, office, number)
    detail = queue.detail(connection, office.id, number, masked=masked)
    entries = ledger.timeline(connection, "incident", loaded.id, "escalation")
    clocks = incidents.clocks_of(connection, loaded.id)
    asked = requests.of_case(connection, office.id, number, masked=masked)
    merged = duplicates.followers(connection, office.id, number)
    links = duplicates.links(connection, loaded.id)
    calls = call_backs.of_case(connection, office.id, number, masked=masked)
    looks = tasks.of_case(connection, office.id, number, masked=masked)
    ordered = orders.of_case(connection, office.id, number, masked=masked)
    reporter = incidents.reporter_of(connection, loaded.id)
    retired = archive_rows.files_of_case(connection, loaded.id)
    if detail is None:
        raise UnknownIncident(number=number)
    at = office.circumstances()
    actions = available(loaded.case, actor, at) if actor else ()
    by_waiver = waivable(loaded.case, actor, at) if actor else ()
    unfinished = [clock for clock in clocks if clock.stopped_at is None] or list(clocks[-1:])
    unfinished.sort(key=lambda clock: (not clock.is_running, clock.due_at))
    readings = tuple(
        ClockReading(clock, derive(clock.started_at, clock.allowed, office.calendar, clock.pauses)) for clock in unfinished
    )
    if masked:
        entries = tuple(replace(entry, personal=masked_personal(entry.personal, reporter)) for entry in entries)
    case = loaded.case
    return CaseView(
        detail=detail,
        timeline=entries,
        clocks=readings,
        actions=(*actions, *by_waiver),
        waivable=by_waiver,
        requests=asked,
        suspended_until=case.suspended_until,
        merged_into=case.merged_into,
        merged=merged,
        links=links,
        calls=calls,
        orders=ordered,
        is_masked=masked,
        retired=retired,
        tasks=looks,
    )


def rules_of(office: Office, category_id: int) -> Sequence[FilingRule]:
    """The filing rules of a category."""
    with office.database.reading() as connection:
        return catalogue.rules(connection, category_id)


def category_of(office: Office, number: str) -> int | None:
    """Key of a case's category, if it has one.

    Raises:
        UnknownIncident: no such number.
    """
    with office.database.reading() as connection:
        return load_case(connection, office, number).case.category_id
