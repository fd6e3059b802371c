"""Attestations: digests of rows that decide something, written into the entry of the act that changed them.

The chain covers its entries, and entries cover rows: an entry's facts carry, under :data:`ROWS`, the digest of every row the act
changed, by the row's key. Folding the entries gives the digest each row must have today; a row that was changed, removed or added
without an entry is found. Rows from before the first entry that attests (the baseline) are taken as they were then.

A key is ``operator_role:3`` for a row, or a group of rows that change together, and ``task.note:17`` for one text. Texts may be erased
by law, so their digests are salted with the salt of the entry's personal text, which is erased with it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

ROWS = "attests"
"""Fact: digest by key; None for a row that is not there, or a text that is blank."""
BASELINE = "attests_from"
"""Fact of the entry that begins: by table, the highest key of rows that were there and are not judged until an entry attests them."""
ROWS_MARK, BASELINE_MARK = f'"{ROWS}":{{', f'"{BASELINE}":{{'
"""How the facts of such entries look in their canonical text: most entries are passed over without being parsed."""
SUBJECT = ACTION = "attest"
"""Of entries that do nothing but attest."""
_TAG = b"gridconsole-row-1\0"


def row_text(rows: Sequence[Sequence[object]]) -> str:
    """The one text of a row or a group of rows; values cannot run into each other, and text is never taken for a number."""
    return json.dumps([[value.hex() if isinstance(value, bytes) else value for value in row] for row in rows])


def row_digest(text: str, salt: bytes = b"") -> str:
    """Digest of :func:`row_text`: 128 bits, hexadecimal."""
    return hashlib.sha256(_TAG + salt + text.encode()).hexdigest()[:32]


def is_text(key: str) -> bool:
    """Return whether a key names one text, whose digest is salted."""
    return "." in key.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Attested:
    """The last word of the chain on a row."""

    digest: str | None
    seq: int
    """Number of the entry."""
    salt: bytes | None = None
    """For texts; None once erased."""

    def fits(self, key: str, text: str | None) -> bool:
        """Return whether a row fits its attested digest.

        Args:
            text: its :func:`row_text`; None if it is not there.
        """
        if text is None or self.digest is None:
            return text is None and self.digest is None
        if is_text(key):
            return self.salt is not None and self.digest == row_digest(text, self.salt)
        return self.digest == row_digest(text)


class Attestations:
    """Digests that a chain attests, collected entry by entry."""

    def __init__(self) -> None:
        self.rows: dict[str, Attested] = {}
        """By key."""
        self.before: dict[str, int] = {}
        """Highest key, by table, of the rows that were there when attesting began."""
        self.has_begun = False

    def take(self, seq: int, facts: str, salt: bytes | None) -> None:
        """Fold one more entry; one that cannot be read attests nothing (its hash does not fit either)."""
        if ROWS_MARK not in facts and BASELINE_MARK not in facts:
            return
        try:
            said = json.loads(facts)
        except (ValueError, RecursionError):
            return
        rows, before = (said.get(name) if isinstance(said, dict) else None for name in (ROWS, BASELINE))
        if isinstance(before, dict):
            self.has_begun = True
            self.before = {str(table): key for table, key in before.items() if isinstance(key, int)}
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
    """A row that is not what the chain attests."""

    key: str
    flaw: RowFlaw
    seq: int = 0
    """Number of the entry that attested it last; 0 if none did."""


@dataclass(frozen=True, slots=True)
class PresentRow:
    """A row as the file has it now."""

    key: str
    text: str
    number: int | None = None
    """Its number in its table, where rows from before the baseline are not judged; None: every row is."""


def mismatches(attested: Attestations, present: Iterable[PresentRow]) -> Iterator[RowMismatch]:
    """Rows that are not what the chain attests; none before it began to.

    Args:
        present: every row there is; of texts and acknowledgements only those that say something.
    """
    if not attested.has_begun:
        return
    waiting = dict(attested.rows)
    for row in present:
        known = waiting.pop(row.key, None)
        if known is None:
            table = row.key.partition(":")[0].partition(".")[0]
            if row.number is None or row.number > attested.before.get(table, 0):
                yield RowMismatch(row.key, RowFlaw.EXTRA)
        elif not known.fits(row.key, row.text):
            yield RowMismatch(row.key, RowFlaw.EXTRA if known.digest is None else RowFlaw.CHANGED, known.seq)
    for key, known in waiting.items():
        if known.digest is not None:
            yield RowMismatch(key, RowFlaw.MISSING, known.seq)


def parts(rows: Mapping[str, str | None], most: int) -> list[dict[str, str | None]]:
    """Digests by key in portions of at most so many, in the order of their keys."""
    keys = sorted(rows)
    return [{key: rows[key] for key in keys[start : start + most]} for start in range(0, len(keys), most)]
