"""A case as its ledger tells it: folding the entries gives the row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gridconsole.domain.incident import Case, projection
from gridconsole.domain.workflow import Grade, Source, State

BLANK: Mapping[str, Any] = {
    **projection(Case("", State.REPORTED, 0, Source.OTHER, Grade.ORDINARY)), "state": None, "source": None, "grade": None,
}  # fmt: skip
"""A case of which nothing is known yet: the columns that a ledger must be able to tell."""


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as its row has it."""

    id: int
    number: str
    version: int
    columns: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A case that is not what its entries make of it."""

    number: str
    column: str


def replayed(facts: Iterable[str]) -> tuple[dict[str, Any], int]:
    """The columns that a case's entries tell, oldest first, and how many entries there are."""
    columns, count = dict(BLANK), 0
    for count, text in enumerate(facts, 1):  # noqa: B007  the last number is how many there are
        said = json.loads(text)
        columns.update((name, said[name]) for name in said.keys() & BLANK.keys())
    return columns, count


def mismatches(rows: Iterable[CaseRow], told: Iterable[tuple[int, str]]) -> Iterator[Mismatch]:
    """Cases that differ from their entries.

    Args:
        rows: every case, by key.
        told: key of the case and facts of each entry about a case, by key and then in the order of the ledger.
    """
    entries = iter(told)
    ahead = next(entries, None)
    for row in rows:
        mine: list[str] = []
        while ahead is not None and ahead[0] <= row.id:
            # Entries about a case that is not there: cases are never deleted, so somebody took it away.
            if ahead[0] < row.id:
                yield Mismatch(str(ahead[0]), "number")
            else:
                mine.append(ahead[1])
            ahead = next(entries, None)
        try:
            columns, count = replayed(mine)
        except (ValueError, AttributeError):
            yield Mismatch(row.number, "facts")
            continue
        differing = next((name for name, value in columns.items() if row.columns[name] != value), None)
        if count != row.version:
            yield Mismatch(row.number, "version")
        elif differing is not None:
            yield Mismatch(row.number, differing)
    while ahead is not None:
        yield Mismatch(str(ahead[0]), "number")
        ahead = next(entries, None)
