"""Anchors: a printed hash of a ledger entry that is keyed in again later, and the reasons why a chain may not fit it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gridconsole.domain.text import fold_width

ANCHOR_LENGTH = 32
"""Hexadecimal digits of a hash that are printed and keyed in again: 16 bytes, which cannot be forged."""
RESTORED = "restored"
"""Action of the entry about a restored backup; ``from`` and ``present`` hold the last entries of backup and replaced file."""


def printed_anchor(seq: int, digest: str) -> str:
    """Format a hash for printing: ``#263789 492fb522-6682-140d-…``, sixteen bytes in groups."""
    short = digest[:ANCHOR_LENGTH]
    return f"#{seq} " + "-".join(short[start : start + 4] for start in range(0, len(short), 4))


_PRINTED = re.compile(r"#?\s*([0-9]{1,12})\s*[:\s]\s*([0-9a-f][0-9a-f\s-]*)\.*")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
"""Dashes that a word processor uses instead of a hyphen."""


def read_anchor(text: str) -> tuple[int, str] | None:
    """Read an anchor as :func:`printed_anchor` prints it, with any blanks and dashes; None if the text is not one."""
    found = _PRINTED.fullmatch(fold_width(text).translate(_DASHES).strip().lower())
    digits = re.sub(r"[\s-]", "", found[2]) if found else ""
    return (int(found[1]), digits) if found and 16 <= len(digits) <= 64 else None


def is_printed_anchor(text: str) -> bool:
    """Return whether a text is exactly a printed anchor, whose digits must not be masked as a phone number."""
    read = read_anchor(text)
    return read is not None and printed_anchor(*read) == text and len(read[1]) == ANCHOR_LENGTH


class AnchorCase(StrEnum):
    """Reasons why a chain does not fit an anchor."""

    REWRITTEN = "rewritten"
    """The chain has an entry of this number, but with another hash."""
    RESTORED = "restored"
    """The entry was in the file that a restored backup replaced, as a later entry records."""
    EARLIER = "earlier"
    """The chain ends before the entry, and nothing in the file is newer: it is an earlier copy."""
    CUT = "cut"
    """The chain ends before the entry, but other parts of the file refer to later entries."""


@dataclass(frozen=True, slots=True)
class Restored:
    """Restoration of a backup, which replaced the file."""

    at: str
    """Time of the restoration, UTC as stored."""
    since: int
    """Number of the last entry of the backup."""
    until: int
    """Number of the last entry of the file that it replaced."""


def read_restored(at: str, facts: str) -> Restored | None:
    """Read the facts of a ``restored`` entry; None if they cannot be read."""
    try:
        said = json.loads(facts)
        return Restored(at, int(said["from"]["seq"]), int(said["present"]["seq"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None


def judge(anchor: int, last: int, restored: Iterable[Restored], *, is_more_known: bool) -> tuple[AnchorCase, str]:
    """Return why the chain does not fit an anchor, with the time of the restoration that explains it (empty if none does).

    Args:
        anchor: number of the printed entry.
        last: number of the chain's last entry.
        is_more_known: whether other parts of the file refer to later entries.
    """
    for one in restored:
        if one.since < anchor <= one.until:
            return AnchorCase.RESTORED, one.at
    if anchor <= last:
        return AnchorCase.REWRITTEN, ""
    return (AnchorCase.CUT if is_more_known else AnchorCase.EARLIER), ""
