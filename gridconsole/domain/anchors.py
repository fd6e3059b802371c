"""Anchors: a hash that is printed and filed, keyed in again, and what it means when the chain does not fit it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gridconsole.domain.text import fold_width

ANCHOR_LENGTH = 32
"""Hexadecimal digits of a hash that a person prints and keys in again: 16 bytes, nothing anybody could forge."""
RESTORED = "restored"
"""Action of the entry that says a backup took the file's place: the last entry of either side under ``from`` and ``present``."""


def printed_anchor(seq: int, digest: str) -> str:
    """A hash as it is printed and filed: ``#263789 492fb522-6682-140d-…``, sixteen bytes in groups."""
    short = digest[:ANCHOR_LENGTH]
    return f"#{seq} " + "-".join(short[start : start + 4] for start in range(0, len(short), 4))


_PRINTED = re.compile(r"#?\s*([0-9]{1,12})\s*[:\s]\s*([0-9a-f][0-9a-f\s-]*)\.*")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−", "-"))
"""What a word processor makes of a hyphen."""


def read_anchor(text: str) -> tuple[int, str] | None:
    """Read an anchor as :func:`printed_anchor` prints it, with any blanks and dashes; None if it is none."""
    found = _PRINTED.fullmatch(fold_width(text).translate(_DASHES).strip().lower())
    digits = re.sub(r"[\s-]", "", found[2]) if found else ""
    return (int(found[1]), digits) if found and 16 <= len(digits) <= 64 else None


def is_printed_anchor(text: str) -> bool:
    """Return whether a text is exactly a printed anchor, whose digits must not be masked as a phone number."""
    read = read_anchor(text)
    return read is not None and printed_anchor(*read) == text and len(read[1]) == ANCHOR_LENGTH


class AnchorCase(StrEnum):
    """Reason for which a chain does not fit an anchor."""

    REWRITTEN = "rewritten"
    """The entry is there, and is another one."""
    RESTORED = "restored"
    """The entry belonged to the file that a backup took the place of: an entry says so."""
    EARLIER = "earlier"
    """The chain ends before the entry, and so does everything else in the file: an earlier copy of it."""
    CUT = "cut"
    """The chain ends before the entry, and the rest of the file knows of more."""


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup took the file's place."""

    at: str
    """When, UTC as stored."""
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
    """Return the reason for which the chain does not fit an anchor, with the restoration that explains it, if one does.

    Args:
        anchor: number of the entry that was printed.
        last: number of the chain's last entry.
        is_more_known: whether other parts of the file speak of entries after that.
    """
    for one in restored:
        if one.since < anchor <= one.until:
            return AnchorCase.RESTORED, one.at
    if anchor <= last:
        return AnchorCase.REWRITTEN, ""
    return (AnchorCase.CUT if is_more_known else AnchorCase.EARLIER), ""
