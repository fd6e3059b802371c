"""Repeat erasures in a restored file from before them, by comparing it with the same rows of the later file."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.erasure import REFS, REPORTS
from gridconsole.domain.ledger import ERASE
from gridconsole.domain.person import is_without
from gridconsole.store.copies import read_only
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.ledger_entries import IS_RARE
from gridconsole.store.personal import ERASABLE, PersonalPlace
from gridconsole.store.tables.columns import word
from gridconsole.store.tables.ledger import ledger, ledger_personal
from gridconsole.store.tables.office import office
from gridconsole.store.types import decoded, driver_of


@dataclass(frozen=True, slots=True)
class LaterErasure:
    """An entry of the later file about the erasure of a person."""

    number: int
    facts: dict[str, Any]


_AFTER = Direct(
    sa.select(ledger.c.seq, ledger.c.facts)
    .where(ledger.c.action == word(ERASE), IS_RARE, ledger.c.seq > sa.bindparam("number"))
    .order_by(ledger.c.seq)
)


def entries_after(path: Path, number: int) -> tuple[LaterErasure, ...]:
    """Read the erasures that a file has after an entry, oldest first."""
    with read_only(path) as connection:
        return tuple(LaterErasure(int(seq), json.loads(facts)) for seq, facts in _AFTER.on(connection, number=number))


_REFS = sa.select(ledger.c.facts).where(ledger.c.action == word(ERASE), IS_RARE)


def erased_reports(connection: sa.Connection) -> frozenset[str]:
    """Return the digests of erased reports: of their numbers in lists, and of who reported what."""
    said = [decoded(facts, "ledger.facts") for (facts,) in connection.execute(_REFS)]
    return frozenset(str(digest) for facts in said for name in (REFS, REPORTS) for digest in facts.get(name, ()))


def copy_erased(connection: sa.Connection, path: Path, cases: Collection[str], numbers: Sequence[int]) -> int:
    """Repeat the erasures of a later file; return how many rows changed.

    A text is copied only if it is what remains of the present text after an erasure; nothing else of the later file is copied.

    Args:
        cases: numbers of the cases that the erasures name.
        numbers: numbers of the ledger entries whose personal text they erased.
    """
    changed = 0
    with read_only(path) as later:
        for place in ERASABLE:
            if place.name == "entry":
                continue
            changed += _copy_place(connection, later, place, cases)
    for number in numbers:
        changed += connection.execute(_FORGET, {"number": number}).rowcount
    return changed


_FORGET = (
    sa.update(ledger_personal)
    .where(
        ledger_personal.c.office_id.in_(sa.select(office.c.id)),
        ledger_personal.c.seq == sa.bindparam("number"),
        ledger_personal.c.body.is_not(None),
    )
    .values(salt=None, body=None)
)


def _copy_place(connection: sa.Connection, later: Any, place: PersonalPlace, cases: Collection[str]) -> int:
    query = Direct(place.select(place.case.label("of_case")))
    erased = {
        key: texts
        for key, case, *texts in query.on(later)
        if not case or case in cases
    }  # fmt: skip
    changes = []
    for key, _, *texts in query.on(driver_of(connection)):
        if key not in erased:
            continue
        kept = [now if before and now != before and is_without(str(now), str(before)) else before
                for now, before in zip(erased[key], texts, strict=True)]  # fmt: skip
        if kept != list(texts):
            changes.append({"row_key": key, **{f"new_{column}": text for column, text in zip(place.columns, kept, strict=True)}})
    if changes:
        connection.execute(place.update(), changes)
    return len(changes)
