"""Attestations: digests of rows that decide something, written into the entry of the act that changed them.

The chain covers its entries, and entries cover rows. An entry's facts hold, under :data:`ROWS`, the digest of every row the act
changed, by the row's key. Applying the entries in order gives the digest that each row must have today. So a row that was changed,
removed or added without an entry is found. Rows older than the first entry that attests (the baseline) are accepted as they were
then. A later version of the program may attest further tables: their baseline is an entry of its own.

A key is ``operator_role:3`` for a row or a group of rows that change together, and ``task.note:17`` for one text. Texts may be
erased by law, so their digests are salted with the salt of the entry's personal text, which is erased with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

ROWS = "attests"
"""Fact: digest by key; None for a row that does not exist or a text that is blank."""
BASELINE = "attests_from"
"""Fact of an entry that begins attesting: by table, the highest key of existing rows, which are not judged before they are attested.

The first such entry begins the tables that every version attests; further ones begin only the tables that they name.
"""
ROWS_MARK, BASELINE_MARK = f'"{ROWS}":{{', f'"{BASELINE}":{{'
"""Beginning of these facts in canonical text: most entries are skipped by it without being parsed."""
SUBJECT = ACTION = "attest"
"""Subject and action of entries that do nothing but attest."""
_TAG = b"gridconsole-row-1\0"


def row_text(rows: Sequence[Sequence[object]]) -> str:
    """Return the canonical text of a row or a group of rows; values stay separate, and text differs from a number."""
    return json.dumps([[value.hex() if isinstance(value, bytes) else value for value in row] for row in rows])


def row_digest(text: str, salt: bytes = b"") -> str:
    """Return the digest of a :func:`row_text`: 128 bits, hexadecimal."""
    return hashlib.sha256(_TAG + salt + text.encode()).hexdigest()[:32]


def is_text(key: str) -> bool:
    """Return whether a key is that of a single text, whose digest is salted."""
    return "." in key.partition(":")[0]


def table_of(key: str) -> str:
    """Return the name of the table that a key belongs to."""
    return key.partition(":")[0].partition(".")[0]


@dataclass(frozen=True, slots=True)
class Attested:
    """The latest digest that the chain attests for a row."""

    digest: str | None
    seq: int
    """Number of the entry."""
    salt: bytes | None = None
    """Only for texts; None once erased."""

    def fits(self, key: str, text: str | None) -> bool:
        """Return whether a row matches its attested digest.

        Args:
            text: its :func:`row_text`; None if the row does not exist.
        """
        if text is None or self.digest is None:
            return text is None and self.digest is None
        if is_text(key):
            return self.salt is not None and self.digest == row_digest(text, self.salt)
        return self.digest == row_digest(text)


def may_attest(facts: str) -> bool:
    """Return whether the facts of an entry may attest rows; most do not, and need not be parsed."""
    return ROWS_MARK in facts or BASELINE_MARK in facts


class Attestations:
    """Digests that a chain attests, collected entry by entry."""

    def __init__(self) -> None:
        self.rows: dict[str, Attested] = {}
        """By key."""
        self.before: dict[str, int] = {}
        """By table, the highest key of the rows that existed when attesting it began."""
        self.has_begun = False

    def take(self, seq: int, facts: str, salt: bytes | None) -> None:
        """Apply one more entry; an unreadable entry attests nothing (its hash does not match either)."""
        if not may_attest(facts):
            return
        try:
            said = json.loads(facts)
        except (ValueError, RecursionError):
            return
        rows, before = (said.get(name) if isinstance(said, dict) else None for name in (ROWS, BASELINE))
        if isinstance(before, dict):
            self.has_begun = True
            self.before |= {str(table): key for table, key in before.items() if isinstance(key, int)}
        if isinstance(rows, dict):
            for key, digest in rows.items():
                self.rows[key] = Attested(digest, seq, salt if is_text(key) else None)


class RowFlaw(StrEnum):
    """Difference between a row and its attested digest."""

    CHANGED = "changed"
    MISSING = "missing"
    EXTRA = "extra"


@dataclass(frozen=True, slots=True)
class RowMismatch:
    """A row that differs from its attested digest."""

    key: str
    flaw: RowFlaw
    seq: int = 0
    """Number of the entry that attested it last; 0 if none did."""


@dataclass(frozen=True, slots=True)
class PresentRow:
    """A row as stored in the file now."""

    key: str
    text: str
    number: int | None = None
    """Number in its table, if rows up to the baseline are not judged; None: every row is judged."""


def mismatches(attested: Attestations, present: Iterable[PresentRow]) -> Iterator[RowMismatch]:
    """Yield the rows that differ from their attested digests; none if the chain does not attest yet.

    Args:
        present: every existing row of the tables that the chain attests; of texts and acknowledgements only those that are not
            empty.
    """
    if not attested.has_begun:
        return
    waiting = dict(attested.rows)
    for row in present:
        known = waiting.pop(row.key, None)
        if known is None:
            if row.number is None or row.number > attested.before.get(table_of(row.key), 0):
                yield RowMismatch(row.key, RowFlaw.EXTRA)
        elif not known.fits(row.key, row.text):
            yield RowMismatch(row.key, RowFlaw.EXTRA if known.digest is None else RowFlaw.CHANGED, known.seq)
    for key, known in waiting.items():
        if known.digest is not None:
            yield RowMismatch(key, RowFlaw.MISSING, known.seq)


def parts(rows: Mapping[str, str | None], most: int) -> list[dict[str, str | None]]:
    """Split digests by key into portions of at most ``most``, in the order of their keys."""
    keys = sorted(rows)
    return [{key: rows[key] for key in keys[start : start + most]} for start in range(0, len(keys), most)]
