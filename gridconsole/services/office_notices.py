"""Collect the notices about the office that a console shows: a doubtful time, missing backups, a missing calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.access import BACKUP_MAKERS
from gridconsole.domain.timekeeping import Doubt
from gridconsole.services import backups, daily_backup, timekeeping

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.desk import Desk


class NoticeKind(StrEnum):
    """Subject of a notice."""

    TIME_AHEAD = "time_ahead"
    TIME_BEHIND = "time_behind"
    BACKUP_FAILED = "backup_failed"
    LEDGER_UNSOUND = "ledger_unsound"
    SECOND_PLACE = "second_place"


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice; its sentence is in the message catalogue under its kind."""

    kind: NoticeKind
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def is_urgent(self) -> bool:
        """Return whether everybody must see it at once, since nothing can be written until it is answered."""
        return self.kind in (NoticeKind.TIME_AHEAD, NoticeKind.TIME_BEHIND)


def notices(desk: Desk, actor: Actor | None) -> tuple[Notice, ...]:
    """Return what an operator must know now, most urgent first.

    A doubtful time concerns everybody; backups concern shift leaders and administrators.
    """
    found = []
    standing = timekeeping.standing(desk)
    if standing.doubt is not None:
        kind = NoticeKind.TIME_AHEAD if standing.doubt is Doubt.AHEAD else NoticeKind.TIME_BEHIND
        found.append(Notice(kind, {"now": standing.now, "newest": standing.reference.at if standing.reference else None}))
    if actor is None or desk.is_demo or not actor.roles & BACKUP_MAKERS:
        return tuple(found)
    tried = daily_backup.last_try(backups.folder_of(desk.database.path))
    if tried is not None and tried.failed:
        found.append(Notice(NoticeKind.BACKUP_FAILED, {"code": tried.failed}))
    if tried is not None and tried.flaw:
        found.append(Notice(NoticeKind.LEDGER_UNSOUND))
    if (missing := daily_backup.second_place_missing(desk)) is not None:
        found.append(Notice(NoticeKind.SECOND_PLACE, {"path": missing.folder}))
    return tuple(found)
