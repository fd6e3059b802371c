"""Changes by others while an operator was away (上次离开后)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridconsole.domain.views.queue import QueueRow


class News(StrEnum):
    """Kinds of changes of a case, the most important first."""

    DECIDED = "decided"
    """A request of this operator was decided."""
    REPLIED = "replied"
    """An order of this operator was answered."""
    ORDERED = "ordered"
    """A supervision order arrived, which wants an answer."""
    REDISPATCHED = "redispatched"
    """A case dispatched by this operator went to another handler."""
    RETURNED = "returned"
    FAILED = "failed"
    """The check did not pass."""
    REOPENED = "reopened"
    OVERDUE = "overdue"
    """The running clock ended while the operator was away."""
    REPORTED = "reported"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class DigestLine:
    """A case on which others acted, or whose clock ran out."""

    row: QueueRow
    news: tuple[News, ...]
    concerns: bool
    """The case waits for a step that this operator's roles take."""
    action: str
    """Last action by others; empty if only the clock ran out. The next two fields say by whom and when."""
    operator: str
    at: datetime | None


AWAY = timedelta(minutes=15)
"""Shortest absence for a digest: a coffee break needs none."""


@dataclass(frozen=True, slots=True)
class Digest:
    """Changes between two moments."""

    since: datetime | None
    """None for an operator who has never signed in before."""
    until: datetime
    acts: int
    """Actions by others that were read."""
    cases: int
    """Cases on which others acted."""
    is_capped: bool
    """There were more actions; only the newest were read."""
    counts: Mapping[News, int]
    """Cases by kind of change."""
    lines: tuple[DigestLine, ...]
    """Cases, those that concern this operator first; there may be more than are listed."""

    @property
    def is_empty(self) -> bool:
        """Return whether nothing happened."""
        return not self.acts and not any(self.counts.values())

    @property
    def is_worth_showing(self) -> bool:
        """Return whether it is shown without a request: the operator was away for :data:`AWAY` or longer, and it is not empty."""
        return self.since is not None and self.until - self.since >= AWAY and not self.is_empty
