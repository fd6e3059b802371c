"""Entries of the ledger (流转记录)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """An entry of a case, for display."""

    seq: int
    at: datetime
    operator: str
    origin: str
    action: str
    facts: Mapping[str, Any]
    personal: Mapping[str, str]
    """Names, phones and texts; empty once erased."""


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """An entry of the whole ledger, for display."""

    seq: int
    at: datetime | None
    """None if the stored value was forged and is not a time."""
    operator: str
    axis: str
    origin: str
    subject: str
    """Number of a case, or another subject: ``batch:3``, ``office:1``."""
    action: str
    facts: Mapping[str, Any]
    personal: Mapping[str, str]
    """Names, phones and texts; empty once erased."""
    hash: str
    """In hexadecimal, as are the next two."""
    prev: str
    digest: str | None
