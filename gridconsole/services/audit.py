"""Verifying, anchoring and reading the ledger."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from gridconsole.domain.access import ANCHORERS, LEDGER_READERS
from gridconsole.domain.ledger import Flaw, Verdict, verify_chain
from gridconsole.domain.replay import mismatches
from gridconsole.services import rights
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.case import Actor
    from gridconsole.services.desk import Desk

T = TypeVar("T")
Watch = Callable[[str, int, int], None]
TOLD_EVERY = 10_000
"""Entries or cases between two words about how far it is."""


def _nobody(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


def verify(desk: Desk, anchors: Iterable[tuple[int, str]] = (), watch: Watch = _nobody) -> Verdict:
    """Walk the office's whole chain, and see that every case is what its entries make of it.

    Args:
        anchors: number of an entry and the beginning of its hash, as they were printed.
        watch: is told the stage (``chain``, ``cases``), how far it is, and of how many.
    """
    office = desk.office.id
    with desk.database.reading() as connection, ledger.as_it_lies(connection):
        entries, cases = ledger.last_seq(connection, office), ledger.case_count(connection, office)
        verdict = verify_chain(_watched(ledger.stored_entries(connection, office), "chain", entries, watch), anchors)
        rows = _watched(ledger.case_rows(connection, office), "cases", cases, watch)
        wrong = mismatches(rows, ledger.told_of_cases(connection, office))
        first = next(wrong, None)
        others = sum(1 for _ in wrong)
    if first is None:
        return verdict
    return replace(
        verdict,
        ok=False,
        flaw=verdict.flaw or Flaw.CASE,
        case=first.number,
        column=first.column,
        case_at=first.at,
        flaws=verdict.flaws + 1 + others,
    )


def _watched(items: Iterable[T], stage: str, total: int, watch: Watch) -> Iterator[T]:
    for done, item in enumerate(items):
        if done % TOLD_EVERY == 0:
            watch(stage, done, total)
        yield item


def anchor(desk: Desk, actor: Actor) -> tuple[int, str]:
    """Write an entry to be printed; returns its number and its hash, hexadecimal.

    What stands before it cannot be changed from then on without contradicting the paper.

    Raises:
        NotPermitted: neither an auditor nor one who answers for the office.
    """
    rights.check(desk, actor, "anchor", ANCHORERS)
    with desk.database.writing() as connection:
        entry = ledger.NewEntry(desk.now(), actor.id, actor.name, desk.door, "office", desk.office.id, "anchor")
        ledger.append(connection, desk.office.id, [entry])
        return ledger.head(connection, desk.office.id)


def entries(desk: Desk, actor: Actor, wanted: ledger.Wanted, most: int) -> tuple[ledger.Line, ...]:
    """The newest entries that are wanted, oldest first, under their masks. Those of one case are read by whoever sees the case.

    Raises:
        NotPermitted: the whole ledger is asked for, and not by an auditor.
    """
    if wanted.case is None:
        check_reader(desk, actor)
    with desk.database.reading() as connection, ledger.as_it_lies(connection):
        return tuple(ledger.lines(connection, desk.office.id, wanted, most))[::-1]


def check_reader(desk: Desk, actor: Actor) -> None:
    """Refuse who does not read the ledger as a whole.

    Raises:
        NotPermitted: the actor is no auditor.
    """
    rights.check(desk, actor, "ledger", LEDGER_READERS)
