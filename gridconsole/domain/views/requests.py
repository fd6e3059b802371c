"""Requests (申请) with their opinion and decision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.states import RequestKind, Result


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request, as a line of a register."""

    number: str
    kind: RequestKind
    handler: str
    asked_at: datetime
    asked_by: str
    reason: str
    amount: Limit | None
    until: date | None
    condition: str
    """Condition of the filing rule that was asked for."""
    due_before: datetime | None
    opinion: Result | None
    first_opinion_by: str
    decision: str
    """granted, refused, recalled or lapsed; empty while the request waits."""
    decided_at: datetime | None
    decided_by: str
    decided_words: str
    due_after: datetime | None
