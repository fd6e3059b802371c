"""An entry as it is handed to the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry to append."""

    at: datetime
    operator_id: int | None
    operator: str
    origin: str
    """console, cli, import, demo or system."""
    subject_kind: str
    subject_id: int
    action: str
    facts: Mapping[str, object] = field(default_factory=dict)
    personal: Mapping[str, str] = field(default_factory=dict)
    """Free text and personal values by field name; blanks are left out."""
    axis: str = ""
    request_id: str | None = None
    salt: bytes | None = None
    """Of the personal text, where texts are attested under it; chosen when it is written otherwise."""
