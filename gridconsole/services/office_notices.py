"""Collect the notices about the office that a console shows: a doubtful time, failed or missing backups, a damaged ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.access import BACKUP_MAKERS
from gridconsole.domain.timekeeping import Doubt
from gridconsole.domain.views.office import NoticeKind, OfficeNotice
from gridconsole.services import backups, daily_backup, timekeeping

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office


def notices(office: Office, actor: Actor | None) -> tuple[OfficeNotice, ...]:
    """Return the notices that an operator must see now, most urgent first.

    A doubtful time is shown to everybody; backups and the ledger only to shift leaders and administrators.
    """
    found = []
    standing = timekeeping.standing(office)
    if standing.doubt is not None:
        kind = NoticeKind.TIME_AHEAD if standing.doubt is Doubt.AHEAD else NoticeKind.TIME_BEHIND
        found.append(OfficeNotice(kind, {"now": standing.now, "newest": standing.reference.at if standing.reference else None}))
    if actor is None or office.is_demo or not actor.roles & BACKUP_MAKERS:
        return tuple(found)
    tried = daily_backup.last_try(backups.folder_of(office.database.path))
    if tried is not None and tried.failed:
        found.append(OfficeNotice(NoticeKind.BACKUP_FAILED, {"code": tried.failed}))
    if tried is not None and tried.flaw:
        found.append(OfficeNotice(NoticeKind.LEDGER_UNSOUND))
    if (missing := daily_backup.second_place_missing(office)) is not None:
        found.append(OfficeNotice(NoticeKind.SECOND_PLACE, {"path": missing.folder}))
    return tuple(found)
