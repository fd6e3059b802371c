"""Notices about the office itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class NoticeKind(StrEnum):
    """Subject of a notice."""

    TIME_AHEAD = "time_ahead"
    TIME_BEHIND = "time_behind"
    BACKUP_FAILED = "backup_failed"
    LEDGER_UNSOUND = "ledger_unsound"
    SECOND_PLACE = "second_place"


@dataclass(frozen=True, slots=True)
class OfficeNotice:
    """A notice; its sentence is in the message catalogue under its kind."""

    kind: NoticeKind
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_urgent(self) -> bool:
        """Return whether every operator must see it at once, since nothing can be written until it is answered."""
        return self.kind in (NoticeKind.TIME_AHEAD, NoticeKind.TIME_BEHIND)
