"""Supervision orders (督办)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Order:
    """A supervision order and its answer."""

    number: str
    requirement: str
    ordered_at: datetime
    ordered_by: str
    reply_by: datetime
    replied_at: datetime | None
    replied_by: str
    reply: str
    category: str
    handler: str
    """Handler of the case now, or its last one."""
    replaced_at: datetime | None
    """Time at which a later order replaced this one."""

    def is_late(self, now: datetime) -> bool:
        """Return whether the answer came too late, or is overdue."""
        return (self.replied_at or self.replaced_at or now) > self.reply_by
