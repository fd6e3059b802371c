"""An entry before it is appended to the ledger."""

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
    """Free text and personal values by field name; empty ones are not stored."""
    axis: str = ""
    request_id: str | None = None
    salt: bytes | None = None
    """Salt of the personal text, given if texts are attested with it; otherwise chosen when the entry is written."""


COMMON_ACTIONS = ("accept", "check", "close", "dispatch", "escalate", "feedback", "file", "report")
"""Actions of which a ledger is full: the newest of them are found by reading backwards. All others have an index."""
RARE_ACTION = "action NOT IN ({})".format(", ".join(f"'{action}'" for action in COMMON_ACTIONS))
