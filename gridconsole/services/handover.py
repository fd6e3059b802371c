"""交接班: make the sheet, hand over, take over. Two people confirm a handover, each with their own ledger entry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.errors import (
    HandoverEnded,
    HandoverOpen,
    NoHandover,
    NotTheirHandover,
    TakenOverFromSelf,
    UnknownHandover,
)
from gridconsole.domain.handover import AHEAD, HandoverSheet, SheetPart, sheet_digest
from gridconsole.domain.states import OFFICE
from gridconsole.domain.text import clean_text
from gridconsole.services import repeats, rights
from gridconsole.store import handovers, ledger, queue

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SUBJECT = "shift"
"""Subject of the entries."""
HAND_OVER, TAKE_OVER, WITHDRAW = "shift_hand_over", "shift_take_over", "shift_withdraw"
"""Actions of the entries."""
REMARKS_LENGTH = 2000
CHANGES_COUNTED = 1000
"""Most changed cases that are counted; beyond it, only "more than" is shown."""


def sheet(office: Office) -> HandoverSheet:
    """Return the sheet of the open work now, with the urgent cases; writes nothing."""
    with office.database.reading() as connection:
        return _sheet_in(connection, office)


def _sheet_in(connection: Transaction, office: Office) -> HandoverSheet:
    now = office.now()
    until = now + AHEAD
    counters = queue.counters(connection, office.id, now, office.midnight())
    totals, lines = handovers.sheet_parts(connection, office.id, now, until, office.calendar.local_day(until))
    return HandoverSheet(
        at=now,
        seq=ledger.last_seq(connection, office.id),
        waiting=counters.waiting,
        overdue=counters.overdue,
        totals=totals,
        lines=lines,
    )


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A handover with its sheet and the changes since."""

    made: handovers.HandoverRecord
    sheet: HandoverSheet
    is_as_made: bool
    """True if the sheet matches the ledger entry that confirmed it, or if the ledger no longer has that entry."""
    changed: int
    """Cases that changed since it was made, at most :data:`CHANGES_COUNTED` + 1; 0 after it is taken over or withdrawn."""
    moved: frozenset[str]
    """Numbers of the cases on the sheet that changed since; empty after it is taken over or withdrawn."""
    head: tuple[int, str]
    """Number and hash, hexadecimal, of the newest ledger entry. Printed on the sheet, it serves as an anchor on paper."""

    @property
    def is_capped(self) -> bool:
        """Return whether more cases changed than are counted."""
        return self.changed > CHANGES_COUNTED


def hand_over(office: Office, actor: Actor, remarks: str, to: Actor | None = None, request_id: str | None = None) -> HandoverView:
    """交班: store the sheet as it is now for the next shift; returns the handover.

    Args:
        remarks: what the next shift must know and no case shows.
        to: the intended operator. Another operator may take it over all the same, and the record names who did.

    Raises:
        NotPermitted: the operator has no role on cases, as an administrator or an auditor.
        TakenOverFromSelf: ``to`` is the operator who hands over.
        HandoverOpen: another handover still waits to be taken over.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        rights.demand(actor, SUBJECT, OFFICE)
        words = clean_text(remarks)[:REMARKS_LENGTH]
        once = _once(request_id, actor, words, to)
        if (done := repeats.carried_out(connection, once)) is not None:
            return _view(connection, office, _found(connection, office, done))
        if to is not None and to.id == actor.id:
            raise TakenOverFromSelf(operator=actor.name, what=SUBJECT)
        if (waiting := handovers.waiting(connection, office.id)) is not None:
            raise HandoverOpen(number=waiting.id, operator=waiting.made_name, at=waiting.made_at)
        made = _sheet_in(connection, office)
        text, to_name = made.encode(), to.name if to is not None else ""
        key = handovers.insert(
            connection,
            office.id,
            at=made.at,
            by=actor.id,
            name=actor.name,
            to_name=to_name,
            remarks=words,
            seq=made.seq,
            sheet=text,
        )
        facts: dict[str, object] = {
            "sheet": sheet_digest(text), "seq": made.seq, "open": made.open_total, "to": to_name or None,
            **{part.value: made.totals[part] for part in SheetPart},
        }  # fmt: skip
        _append(
            connection,
            office,
            at=made.at,
            actor=actor,
            key=key,
            action=HAND_OVER,
            facts=facts,
            personal={"note": words},
            once=once,
        )
        return _view(connection, office, _found(connection, office, key))


def _once(request_id: str | None, actor: Actor, words: str, to: Actor | None) -> repeats.Once | None:
    if request_id is None:
        return None
    return repeats.Once(request_id, actor, SUBJECT, HAND_OVER, content={"to": to.id if to else None}, texts={"note": words})


def take_over(office: Office, actor: Actor, number: int | None = None) -> HandoverView:
    """接班: record that a second person confirms the sheet as it was made; returns the handover.

    Args:
        actor: the second person, who has logged in or given their password.
        number: the handover that this person has seen; None for the waiting one.

    Raises:
        NotPermitted: the operator has no role on cases, as an administrator or an auditor.
        NoHandover: no handover waits.
        UnknownHandover: no such number.
        HandoverEnded: it was taken over or withdrawn meanwhile.
        TakenOverFromSelf: the operator made it.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        rights.demand(actor, SUBJECT, OFFICE)
        made = _open(connection, office, number)
        if made.made_by == actor.id:
            raise TakenOverFromSelf(operator=actor.name, what=SUBJECT)
        now, found = office.now(), _view(connection, office, made)
        handovers.take(connection, made.id, now, actor.id, actor.name)
        facts = {
            "sheet": sheet_digest(made.sheet), "from": made.made_name, "changed": min(found.changed, CHANGES_COUNTED),
            "as_made": found.is_as_made,
        }  # fmt: skip
        _append(connection, office, at=now, actor=actor, key=made.id, action=TAKE_OVER, facts=facts)
        return _view(connection, office, _found(connection, office, made.id))


def withdraw(office: Office, actor: Actor, number: int | None = None) -> HandoverView:
    """Withdraw a handover that is not taken over yet. Only the operator who made it may do so.

    Raises:
        NoHandover, UnknownHandover, HandoverEnded: see :func:`take_over`.
        NotTheirHandover: another operator made it.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        made = _open(connection, office, number)
        if made.made_by != actor.id:
            raise NotTheirHandover(number=made.id, operator=made.made_name, what=SUBJECT)
        now = office.now()
        handovers.withdraw(connection, made.id, now)
        _append(connection, office, at=now, actor=actor, key=made.id, action=WITHDRAW, facts={"sheet": sheet_digest(made.sheet)})
        return _view(connection, office, _found(connection, office, made.id))


def waiting(office: Office) -> HandoverView | None:
    """Return the handover that waits to be taken over, if any."""
    with office.database.reading() as connection:
        made = handovers.waiting(connection, office.id)
        return None if made is None else _view(connection, office, made)


def waiting_for(office: Office, actor: Actor) -> handovers.HandoverRecord | None:
    """Return the waiting handover if this operator may take it over: another operator made it, for this operator or for anybody."""
    with office.database.reading() as connection:
        made = handovers.waiting(connection, office.id)
    if made is None or made.made_by == actor.id or not actor.roles & OFFICE or made.to_name not in ("", actor.name):
        return None
    return made


def shown(office: Office, number: int) -> HandoverView:
    """Return a handover by its number.

    Raises:
        UnknownHandover: no such number.
    """
    with office.database.reading() as connection:
        return _view(connection, office, _found(connection, office, number))


def between(office: Office, first: datetime, last: datetime, limit: int) -> tuple[handovers.HandoverRecord, ...]:
    """List the handovers made between two instants, the end excluded, newest first; remarks are masked."""
    with office.database.reading() as connection:
        return handovers.between(connection, office.id, first, last, limit)


def may_take_over(made: handovers.HandoverRecord, everybody: Sequence[Actor]) -> tuple[Actor, ...]:
    """Return those of the operators who may take over a handover, the intended one first."""
    fitting = [actor for actor in everybody if actor.id != made.made_by and actor.roles & OFFICE]
    return tuple(sorted(fitting, key=lambda actor: actor.name != made.to_name))


def _open(connection: Transaction, office: Office, number: int | None) -> handovers.HandoverRecord:
    if number is None:
        made = handovers.waiting(connection, office.id)
        if made is None:
            raise NoHandover
        return made
    made = _found(connection, office, number)
    if not made.is_open:
        raise HandoverEnded(number=made.id, operator=made.taken_name or made.made_name, at=made.taken_at or made.withdrawn_at,
                            what="shift_taken" if made.taken_at else "shift_withdrawn")  # fmt: skip
    return made


def _found(connection: Transaction, office: Office, number: int) -> handovers.HandoverRecord:
    made = handovers.by_id(connection, office.id, number)
    if made is None:
        raise UnknownHandover(number=number)
    return made


def _view(connection: Transaction, office: Office, made: handovers.HandoverRecord) -> HandoverView:
    kept = HandoverSheet.decode(made.sheet)
    said = handovers.facts_of(connection, office.id, SUBJECT, made.id, HAND_OVER)
    changed, moved = 0, frozenset[str]()
    if made.is_open:
        changed = handovers.changed_since(connection, office.id, made.seq, CHANGES_COUNTED + 1)
        now = handovers.versions(connection, office.id, sorted({line.number for line in kept.lines}))
        moved = frozenset(line.number for line in kept.lines if now.get(line.number) != line.version)
    # Retiring a sealed year removes its entries: then there is nothing to compare the sheet with.
    is_as_made = not said or said.get("sheet") == sheet_digest(made.sheet)
    return HandoverView(
        made=made, sheet=kept, is_as_made=is_as_made, changed=changed, moved=moved, head=ledger.head(connection, office.id)
    )


def _append(
    connection: Transaction, office: Office, at: datetime, actor: Actor, key: int, action: str, facts: dict[str, object],
    personal: dict[str, str] | None = None, once: repeats.Once | None = None,
) -> None:  # fmt: skip
    entry = office.entry(
        actor,
        action,
        repeats.with_digest(facts, once),
        personal or {},
        about=(SUBJECT, key),
        at=at,
        request_id=repeats.id_of(once),
    )
    ledger.append(connection, office.id, [entry])
