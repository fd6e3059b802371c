"""A case as its ledger tells it: folding the entries gives the row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from gridconsole.domain.case import Case, projection
from gridconsole.domain.states import Grade, Source, State
from gridconsole.domain.text import summary_of

REST = "rest"
"""Under which an entry has the digest of everything else that the file keeps of its case, as it was after the act."""
BLANK: Mapping[str, Any] = {
    **projection(Case("", State.REPORTED, 0, Source.OTHER, Grade.ORDINARY)), "state": None, "source": None, "grade": None,
}  # fmt: skip
"""A case of which nothing is known yet: the columns that a ledger must be able to tell."""
APPLIED: frozenset[str] = frozenset({*BLANK, REST})
"""What the facts of an entry may tell of a case."""


def rest_digest(text: str) -> str:
    """The digest of everything else: 128 bits, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as its row has it."""

    id: int
    number: str
    version: int
    columns: Mapping[str, Any]
    rest: str = ""
    """Digest of everything else that the file keeps of it."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """What was reported, by the names the first entry has for it; may be erased by law."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """Content of an entry about a case."""

    case: int
    """Key of the case."""
    at: str
    """When, UTC as stored."""
    facts: str
    body: str | None = None
    """Personal text of the entry that brought the case; None for the others, and where it was erased."""
    seq: int = 0
    """Number of the entry."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as it stood at the end of the last year that was taken out of the ledger: where replaying it begins."""

    case: int
    """Key of the case."""
    number: str
    entries: int
    """How many entries about it were taken out."""
    columns: Mapping[str, Any]
    """What they made of it; columns of which they said nothing are left out."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A case that is not what its entries make of it."""

    number: str
    column: str
    at: str = ""
    """When its last entry says it was made, UTC; empty without one."""


def replayed(facts: Iterable[str], kept: Kept | None = None) -> tuple[dict[str, Any], int]:
    """The columns that a case's entries tell, oldest first, and how many entries there are.

    Args:
        kept: what is known of earlier ones, which count too.
    """
    columns, count = (
        (dict(BLANK), 0)
        if kept is None
        else ({**BLANK, **{name: kept.columns[name] for name in kept.columns.keys() & APPLIED}}, kept.entries)
    )
    for count, text in enumerate(facts, count + 1):  # noqa: B007, B020  the last number is how many there are
        said = json.loads(text)
        apply_entry(columns, said)
    return columns, count


def apply_entry(columns: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Fold one more entry into the columns that those before it told."""
    # Before any entry had a digest; later, one without is itself a mismatch.
    columns.pop(REST, None)
    columns.update((name, said[name]) for name in said.keys() & APPLIED)


def mismatches(
    rows: Iterable[CaseRow], entries_read: Iterable[Replayed], kept: Iterable[Kept] = (), border: int | None = None
) -> Iterator[Mismatch]:  # fmt: skip
    """Cases that differ from their entries.

    Args:
        rows: every case, by key.
        told: each entry about a case, by key of the case and then in the order of the ledger.
        kept: what is known of entries that were taken out, by key of the case.
        border: number of the office's first entry with a digest: from there on every entry about a case has one, or nobody knows
            what its case was like. None if no entry has one.
    """
    entries, before = iter(entries_read), iter(kept)
    ahead, base = next(entries, None), next(before, None)
    for row in rows:
        while base is not None and base.case < row.id:
            yield Mismatch(base.number, "number")
            base = next(before, None)
        mine: list[Replayed] = []
        while ahead is not None and ahead.case <= row.id:
            # Entries about a case that is not there: cases are never deleted, so somebody took it away.
            if ahead.case < row.id:
                yield Mismatch(str(ahead.case), "number", ahead.at)
            else:
                mine.append(ahead)
            ahead = next(entries, None)
        differing = _differing(row, mine, base if base is not None and base.case == row.id else None, border)
        if differing is not None:
            yield Mismatch(row.number, differing, mine[-1].at if mine else "")
        if base is not None and base.case == row.id:
            base = next(before, None)
    while ahead is not None:
        yield Mismatch(str(ahead.case), "number", ahead.at)
        ahead = next(entries, None)
    while base is not None:
        yield Mismatch(base.number, "number")
        base = next(before, None)


_REST_MARK = f'"{REST}":"'


def _differing(row: CaseRow, entries_read: Sequence[Replayed], kept: Kept | None, border: int | None) -> str | None:
    """The first column of a case that is not what its entries tell."""
    try:
        columns, count = replayed((entry.facts for entry in entries_read), kept)
        bare = border is not None and any(_is_bare(entry) for entry in entries_read if entry.seq >= border)
        rest = columns.pop(REST, None)
        reported = _reported(entries_read[0]) if entries_read and kept is None else {}
        number = (
            kept.number if kept else json.loads(entries_read[0].facts).get("number", row.number) if entries_read else row.number
        )
    except (ValueError, AttributeError, RecursionError, TypeError):
        return "facts"
    if count != row.version:
        return "version"
    if number != row.number:
        return "number"
    wrong = next((name for name, value in columns.items() if row.columns[name] != value), None)
    if wrong is None and (bare or (rest is not None and rest != row.rest)):
        wrong = REST
    if wrong is None:
        wrong = next((name for name, text in reported.items() if row.texts[name] != text), None)
    return wrong


def _is_bare(entry: Replayed) -> bool:
    """Return whether an entry has no digest; the text is only parsed where it may."""
    return _REST_MARK not in entry.facts or not isinstance(json.loads(entry.facts).get(REST), str)


def report_body(text: str, summary: str, address: str, reporter: str, phone: str) -> dict[str, str]:
    """Personal text of the entry that brings a case; a summary only where it is a title of its own."""
    body = {"text": text, "address": address, "reporter": reporter, "phone": phone}
    return body if summary == summary_of(text) else {**body, "summary": summary}


def _reported(first: Replayed) -> dict[str, str]:
    """Return the texts :func:`report_body` was made of; empty once they were erased."""
    if first.body is None:
        return {}
    said = json.loads(first.body)
    # Blanks are not written down.
    texts = {name: said.get(name, "") for name in ("text", "address", "reporter", "phone")}
    if REST in json.loads(first.facts):
        # An earlier program did not write down the title that a list gave.
        texts["summary"] = said.get("summary", summary_of(texts["text"]))
    return texts
