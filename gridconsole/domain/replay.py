"""Rebuild a case from its ledger: applying its entries in order gives its row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from gridconsole.domain.case import Case, projection
from gridconsole.domain.states import Grade, Source, State
from gridconsole.domain.text import summary_of

REST = "rest"
"""Fact key of the state digest: the digest of everything else that the file stores of the case, as it was after the act."""
REST_ADDED = "rest_added"
"""Fact key of the digest of what a later program added to that."""
DIGESTS = (REST, REST_ADDED)
BLANK: Mapping[str, Any] = {
    **projection(Case("", State.REPORTED, 0, Source.OTHER, Grade.ORDINARY)), "state": None, "source": None, "grade": None,
}  # fmt: skip
"""Columns of a case before its first entry: all columns that a ledger must be able to rebuild."""
APPLIED: frozenset[str] = frozenset({*BLANK, *DIGESTS})
"""Facts of an entry that change a case when it is replayed."""


def rest_digest(text: str) -> str:
    """Return the state digest: 128 bits, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case as stored in its row."""

    id: int
    number: str
    version: int
    columns: Mapping[str, Any]
    rest: str = ""
    """Digest of everything else that the file stores of the case."""
    texts: Mapping[str, str] = field(default_factory=dict)
    """Texts of the report, under the names that the first entry uses; they may have been erased by law."""
    rest_added: str = ""
    """Digest of what a later program added to the rest."""
    by_ledger: str = ""
    """The digest that the ledger alone leads to; it counts for cases on which nobody has acted since there is such a digest."""

    @property
    def digests(self) -> Mapping[str, str]:
        """Return the state digests by their fact keys."""
        return {REST: self.rest, REST_ADDED: self.rest_added}


class Replayed(NamedTuple):
    """Content of an entry about a case."""

    case: int
    """Key of the case."""
    at: str
    """Time of the entry, UTC as stored."""
    facts: str
    body: str | None = None
    """Personal text of the entry that created the case; None for other entries, and if it was erased."""
    seq: int = 0
    """Number of the entry."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A case as it was at the end of the last archived year of the ledger: replaying starts here."""

    case: int
    """Key of the case."""
    number: str
    entries: int
    """Number of its entries that were archived."""
    columns: Mapping[str, Any]
    """Columns those entries result in; columns they do not mention are left out."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A case whose row differs from what its entries result in."""

    number: str
    column: str
    at: str = ""
    """Time of its last entry, UTC; empty if it has none."""


def replayed(facts: Iterable[Mapping[str, Any]], kept: Kept | None = None) -> tuple[dict[str, Any], int]:
    """Return the columns that a case's entries result in, oldest entry first, and the number of entries.

    Args:
        kept: state after the archived entries, which are counted too.
    """
    columns, count = (
        (dict(BLANK), 0)
        if kept is None
        else ({**BLANK, **{name: kept.columns[name] for name in kept.columns.keys() & APPLIED}}, kept.entries)
    )
    for said in facts:
        apply_entry(columns, said)
        count += 1
    return columns, count


_decode = json.JSONDecoder().raw_decode


def facts_in(text: str) -> Any:
    """Parse the facts of an entry. Quicker than ``json.loads`` for canonical JSON, which has no blanks around it.

    Raises:
        ValueError: the text is not JSON.
    """
    try:
        said, end = _decode(text)
    except ValueError:
        return json.loads(text)
    return said if end == len(text) else json.loads(text)


def apply_entry(columns: dict[str, Any], said: Mapping[str, Any]) -> None:
    """Apply one more entry to the columns that result from earlier entries."""
    # Entries of early programs had no digest; a later entry without one is itself a mismatch.
    for digest in DIGESTS:
        columns.pop(digest, None)
    for name in said.keys() & APPLIED:
        columns[name] = said[name]


def mismatches(
    rows: Iterable[CaseRow], entries_read: Iterable[Replayed], kept: Iterable[Kept] = (), borders: Mapping[str, int] | None = None
) -> Iterator[Mismatch]:  # fmt: skip
    """Yield the cases that differ from their entries.

    Args:
        rows: every case, by key.
        entries_read: each entry about a case, by key of the case and then in the order of the ledger.
        kept: state after the archived entries, by key of the case.
        borders: numbers of the office's first entries with a digest, by its fact key. From there on every entry about a case needs
            it, because without it the case cannot be verified. A digest that no entry has is missing.
    """
    entries, before = iter(entries_read), iter(kept)
    ahead, base = next(entries, None), next(before, None)
    for row in rows:
        while base is not None and base.case < row.id:
            yield Mismatch(base.number, "number")
            base = next(before, None)
        mine: list[Replayed] = []
        while ahead is not None and ahead.case <= row.id:
            # Entries about a missing case: the program never deletes cases, so its row was removed by other means.
            if ahead.case < row.id:
                yield Mismatch(str(ahead.case), "number", ahead.at)
            else:
                mine.append(ahead)
            ahead = next(entries, None)
        differing = _differing(row, mine, base if base is not None and base.case == row.id else None, borders or {})
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


def _differing(row: CaseRow, entries_read: Sequence[Replayed], kept: Kept | None, borders: Mapping[str, int]) -> str | None:
    """Return the first column of a case that differs from what its entries result in; None if all agree."""
    try:
        said = [facts_in(entry.facts) for entry in entries_read]
        columns, count = replayed(said, kept)
        bare = {
            digest
            for digest, border in borders.items()
            for entry, facts in zip(entries_read, said, strict=True)
            if entry.seq >= border and not isinstance(facts.get(digest), str)
        }
        digests = {digest: columns.pop(digest, None) for digest in DIGESTS}
        reported = _reported(entries_read[0], said[0]) if entries_read and kept is None else {}
        number = kept.number if kept else said[0].get("number", row.number) if said else row.number
    except (ValueError, AttributeError, RecursionError, TypeError):
        return "facts"
    if count != row.version:
        return "version"
    if number != row.number:
        return "number"
    wrong = next((name for name, value in columns.items() if row.columns[name] != value), None)
    if digests[REST_ADDED] is None and kept is None:
        digests[REST_ADDED] = row.by_ledger
    if wrong is None and (bare or any(value not in (None, row.digests[digest]) for digest, value in digests.items())):
        wrong = REST
    if wrong is None:
        wrong = next((name for name, text in reported.items() if row.texts[name] != text), None)
    return wrong


def report_body(text: str, summary: str, address: str, reporter: str, phone: str) -> dict[str, str]:
    """Return the personal text of the entry that creates a case; it has a summary only if that differs from the default one."""
    body = {"text": text, "address": address, "reporter": reporter, "phone": phone}
    return body if summary == summary_of(text) else {**body, "summary": summary}


def _reported(first: Replayed, facts: Mapping[str, Any]) -> dict[str, str]:
    """Return the texts that :func:`report_body` was given; empty once they were erased."""
    if first.body is None:
        return {}
    said = json.loads(first.body)
    # Empty texts may be missing from the entry.
    texts = {name: said.get(name, "") for name in ("text", "address", "reporter", "phone")}
    if REST in facts:
        # Early programs did not store the title that an imported list gave.
        texts["summary"] = said.get("summary", summary_of(texts["text"]))
    return texts
