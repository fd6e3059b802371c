"""Cases as lines of a case list (案件台账)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from gridconsole.domain.views.queue import QueueRow

EXTRA = "附列."
"""Beginning of the name of a column that lists kept with their cases."""
_EXTRA = re.compile(r"\s*(附列|extra)\s*[.．]\s*(\S.*?)\s*", re.IGNORECASE)


def kept_heading(name: str) -> str:
    """Return the heading of a column that lists kept, of its name as people type it; empty if it names none."""
    found = _EXTRA.fullmatch(name)
    return found[2] if found is not None else ""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case with everything that a case list may show; masked unless it was read without masks."""

    row: QueueRow
    source_ref: str
    reporter: str
    phone: str
    subdistrict: str
    major: str
    """Major category."""
    text: str
    standard: str
    recorded_at: str
    """Time of recording, UTC as stored; the others are in ``row``."""
    was_late: bool | None
    """True if its handling was judged late; None if it was not judged yet."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Cells that lists kept with it, by heading."""
