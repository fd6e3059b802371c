"""交接班: making the sheet, handing over, taking over. Two people confirm it, each with an entry of the ledger of their own."""

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
"""Their actions."""
REMARKS_LENGTH = 2000
CHANGES_COUNTED = 1000
"""More changed cases than this are not counted one by one."""


def sheet(office: Office) -> HandoverSheet:
    """Return the open work now, with what is urgent; writes nothing."""
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
    """A hand-over with its sheet, and what became of it since."""

    made: handovers.HandoverRecord
    sheet: HandoverSheet
    is_as_made: bool
    """Whether the sheet is the one the ledger says was confirmed; also where the ledger says nothing of it any more."""
    changed: int
    """Cases that changed since it was made, as far as they are counted; only while it waits to be taken over."""
    moved: frozenset[str]
    """Numbers of the cases on the sheet that changed since."""
    head: tuple[int, str]
    """Number and hash, hexadecimal, of the newest entry of the ledger: what is printed on the sheet leaves the machine with it."""

    @property
    def is_capped(self) -> bool:
        """Return whether more changed than was counted."""
        return self.changed > CHANGES_COUNTED


def hand_over(office: Office, actor: Actor, remarks: str, to: Actor | None = None, request_id: str | None = None) -> HandoverView:
    """交班: keep the sheet as it is now for the next shift; returns it.

    Args:
        remarks: what the next shift must know and no case says.
        to: for whom it is meant; anybody else may take it over all the same, and the record says who did.

    Raises:
        NotPermitted: who keeps the operators or reads the ledger has no shift.
        TakenOverFromSelf: it is meant for the one who leaves.
        HandOverOpen: one waits to be taken over already.
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
    """接班: a second person confirms the sheet as it was made; returns it.

    Args:
        actor: who has proved, by the own log-in or password, to be there.
        number: the hand-over that person looked at; None for the one that waits.

    Raises:
        NotPermitted: who keeps the operators or reads the ledger has no shift.
        NoHandOver: none waits.
        UnknownHandOver: no such number.
        HandOverEnded: it was taken over or withdrawn meanwhile.
        TakenOverFromSelf: the one who made it.
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
    """Take back a hand-over nobody has taken over yet; who made it may, and nobody else.

    Raises:
        NoHandOver, UnknownHandOver, HandOverEnded: as for :func:`take_over`.
        NotTheirHandOver: somebody else made it.
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
    """The hand-over that waits to be taken over, if any."""
    with office.database.reading() as connection:
        made = handovers.waiting(connection, office.id)
        return None if made is None else _view(connection, office, made)


def waiting_for(office: Office, actor: Actor) -> handovers.HandoverRecord | None:
    """The hand-over that this operator may take over: one made by somebody else, and meant for nobody else."""
    with office.database.reading() as connection:
        made = handovers.waiting(connection, office.id)
    if made is None or made.made_by == actor.id or not actor.roles & OFFICE or made.to_name not in ("", actor.name):
        return None
    return made


def shown(office: Office, number: int) -> HandoverView:
    """A hand-over by its number.

    Raises:
        UnknownHandOver: no such number.
    """
    with office.database.reading() as connection:
        return _view(connection, office, _found(connection, office, number))


def between(office: Office, first: datetime, last: datetime, limit: int) -> tuple[handovers.HandoverRecord, ...]:
    """Hand-overs made from an instant to another, that one excluded, newest first; remarks under masks."""
    with office.database.reading() as connection:
        return handovers.between(connection, office.id, first, last, limit)


def may_take_over(made: handovers.HandoverRecord, everybody: Sequence[Actor]) -> tuple[Actor, ...]:
    """Of some operators those who may take a hand-over over, for whom it was meant first."""
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
    # A year that was sealed and retired has taken its entries with it: then there is nothing to hold the sheet against.
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
