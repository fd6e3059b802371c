"""Examine the file, the disk, the ledger, backups, the calendar, the time, and missing settings of an office.

Each finding names the remedy. Nothing is changed but lost indices and triggers and the search index, if asked to. No log-in is needed, because a damaged database allows none.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import DatabaseForeign, DatabaseUnusable
from gridconsole.domain.states import Role
from gridconsole.domain.timekeeping import TOLERANCE
from gridconsole.services import appointing, audit, backups, calendar_views, daily_backup, fact_keeping, indexing, timekeeping
from gridconsole.store import access, copies, engine, facts, ledger, modes, objects, schema, text_index

if TYPE_CHECKING:
    from gridconsole.domain.backups import Manifest
    from gridconsole.services.audit import Watch
    from gridconsole.services.office import Office

LEAST_FREE = 200 << 20
"""Free bytes on the database's disk below which action is needed. Three times the size of the database must be free as well."""
BACKUP_AGE = timedelta(days=2)
NEXT_YEAR_FROM = (12, 1)
"""Month and day from which next year's notice should be loaded."""
OpenOffice = Callable[[Path, str], "Office"]


class FindingLevel(StrEnum):
    """Severity of a finding."""

    GOOD = "good"
    NOTE = "note"
    """Worth knowing."""
    ACT = "act"
    """Action is needed."""
    BROKEN = "broken"
    """The database cannot be used as it is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of one check."""

    key: str
    """Key of the sentence and, together with the level, of the remedy in the message catalogue."""
    level: FindingLevel
    facts: dict[str, Any] = field(default_factory=dict)


def examine(
    path: Path, open_office: OpenOffice, *, quick: bool = False, repair: bool = False, watch: Watch = audit.no_watch
) -> Iterator[Finding]:  # fmt: skip
    """Examine an office; yields each finding at once.

    Args:
        open_office: opens the database at its path, after the file was found whole.
        quick: run only SQLite's quick check, and do not verify the ledger or read backups in full.
        repair: build indices and triggers, and the search index, anew if they need that. Nothing else is changed.
    """
    yield _library()
    unusable = _unusable(path)
    if unusable is None or not isinstance(unusable.facts.get("error"), DatabaseForeign):
        yield from _surroundings(path)  # the access rights of another program's file are not checked
    if unusable is not None:
        yield unusable
        return
    problems = _problems(path, quick=quick)
    yield problems
    if problems.level is FindingLevel.BROKEN:
        yield from _backup_for_damaged(path)
        return
    try:
        office = open_office(path, "cli")
    except DatabaseUnusable as error:
        yield Finding("open", FindingLevel.BROKEN, {"error": error})
        return
    try:
        yield from _office(office, quick=quick, repair=repair, watch=watch)
    finally:
        office.close()


def _library() -> Finding:
    version = ".".join(map(str, engine.driver.sqlite_version_info))
    level = FindingLevel.GOOD if engine.WAL_IS_SAFE else FindingLevel.NOTE
    return Finding("sqlite", level, {"version": version, "mode": engine.JOURNAL_MODE})


def _surroundings(path: Path) -> Iterator[Finding]:
    folder = path.absolute().parent
    network = engine.network_filesystem(path)
    if network:
        yield Finding("network", FindingLevel.BROKEN, {"filesystem": network})
    try:
        facts = path.stat() if path.exists() else None
        free, size = shutil.disk_usage(folder).free, facts.st_size if facts is not None else 0
    except OSError:
        return  # an unreachable path is reported when it is opened
    for companion in modes.misplaced_companions(path):
        yield Finding("companion", FindingLevel.BROKEN, {"file": companion.name})
    if facts is not None and os.name != "nt":
        mode = facts.st_mode & 0o777
        yield Finding("mode", FindingLevel.ACT if mode & 0o007 else FindingLevel.GOOD, {"mode": f"{mode:o}", "path": path})
    yield Finding(
        "free", FindingLevel.GOOD if free > max(LEAST_FREE, 3 * size) else FindingLevel.ACT, {"free": free, "size": size}
    )


def _unusable(path: Path) -> Finding | None:
    try:
        found = engine.schema_number(path)
    except DatabaseUnusable as error:
        return Finding("open", FindingLevel.BROKEN, {"error": error})
    if found > schema.SCHEMA:
        return Finding("newer", FindingLevel.BROKEN, {"found": found, "known": schema.SCHEMA})
    return None


def _problems(path: Path, *, quick: bool) -> Finding:
    try:
        problems = copies.integrity_problems(path, quick=quick)
    except DatabaseUnusable as error:
        return Finding("integrity", FindingLevel.BROKEN, {"problems": [], "error": error, "quick": quick})
    return Finding(
        "integrity", FindingLevel.BROKEN if problems else FindingLevel.GOOD, {"problems": list(problems), "quick": quick}
    )


def _backup_for_damaged(path: Path) -> Iterator[Finding]:
    """Name the newest readable backup beside a damaged database. Its office is not known, so backups of any office count."""
    readable = [item for item in backups.listed(backups.folder_of(path)) if item.header is not None]
    if readable:
        newest = readable[0].header
        assert newest is not None  # noqa: S101  filtered above
        yield Finding("backup_at_hand", FindingLevel.NOTE, {"file": readable[0].path, "made_at": newest.manifest.made_at})
    else:
        yield Finding("no_backup", FindingLevel.ACT)


def _office(office: Office, *, quick: bool, repair: bool, watch: Watch) -> Iterator[Finding]:
    yield _newest_entry(office)
    if not quick:
        verdict = audit.verify(office, watch=watch)
        yield Finding(
            "ledger", FindingLevel.GOOD if verdict.ok else FindingLevel.ACT, {"entries": verdict.entries, "flaws": verdict.flaws}
        )
        yield _objects(office, repair=repair)
    yield _text_index(office, quick=quick, repair=repair, watch=watch)
    yield _facts(office, quick=quick, repair=repair, watch=watch)
    yield from _backups(office, quick=quick)
    yield _time(office)
    yield from _calendar(office)
    yield from _settings(office)


def _objects(office: Office, *, repair: bool) -> Finding:
    """Name indices and triggers that the file has lost."""
    with office.database.reading() as connection:
        missing = objects.lost(connection)
    if not missing:
        return Finding("objects", FindingLevel.GOOD)
    if not repair:
        return Finding("objects", FindingLevel.ACT, {"names": sorted(missing)})
    try:
        with office.database.writing() as connection:
            refused = objects.put_back(connection, missing)
    except DatabaseUnusable as error:
        return Finding("objects_kept", FindingLevel.ACT, {"error": error})
    if refused:
        return Finding("objects_kept", FindingLevel.ACT, {"names": sorted(refused)})
    return Finding("objects_built", FindingLevel.GOOD, {"names": sorted(missing)})


def _text_index(office: Office, *, quick: bool, repair: bool, watch: Watch) -> Finding:
    """Name a search index that is missing, damaged or stale, or that is not filled yet."""
    flaw = indexing.flaw(office, quick=quick)
    with office.database.reading() as connection:
        left = text_index.left_to_fill(connection)
    if repair and (flaw or left):
        build = indexing.rebuild if flaw else indexing.fill_at_once
        return Finding("text_index_built", FindingLevel.GOOD, {"count": build(office, lambda done, of: watch("index", done, of))})
    if flaw:
        return Finding("text_index", FindingLevel.ACT, {"flaw": flaw})
    return Finding("text_index_filling", FindingLevel.NOTE, {"left": left}) if left else Finding("text_index", FindingLevel.GOOD)


def _facts(office: Office, *, quick: bool, repair: bool, watch: Watch) -> Finding:
    """Name cases whose facts for reports differ from the rest of the file, or are not written yet."""
    with office.database.reading() as connection:
        waiting = facts.left(connection)
        differing = 0 if quick else sum(1 for _ in fact_keeping.differing(connection, office))
    if repair and (waiting or differing):
        build = fact_keeping.rebuild if differing else fact_keeping.complete

        def show(done: int, of: int) -> None:
            watch("facts", done, of)

        build(office, show)
        return Finding("facts_built", FindingLevel.GOOD, {"count": differing or waiting})
    if differing:
        return Finding("facts", FindingLevel.ACT, {"count": differing})
    return (
        Finding("facts_waiting", FindingLevel.NOTE, {"left": waiting})
        if waiting
        else Finding("facts", FindingLevel.GOOD, {"count": 0})
    )


def _newest_entry(office: Office) -> Finding:
    with office.database.reading() as connection:
        last = ledger.newest_at(connection, office.id)
    return Finding("last_entry", FindingLevel.GOOD, {"at": last})


def _backups(office: Office, *, quick: bool) -> Iterator[Finding]:
    folder = backups.folder_of(office.database.path)
    newest = daily_backup.newest_good(office, checked=not quick)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        yield Finding("backup_folder", FindingLevel.ACT, {"file": folder})
    if newest is None:
        yield Finding(
            "no_backup_yet" if office.is_demo else "backup",
            FindingLevel.NOTE if office.is_demo else FindingLevel.ACT,
            {"made_at": None, "age": None},
        )
    else:
        age = office.now() - newest.made_at
        level = FindingLevel.GOOD if -TOLERANCE <= age < BACKUP_AGE or office.is_demo else FindingLevel.ACT
        yield Finding("backup", level, {"made_at": newest.made_at, "age": int(age.total_seconds())})
    if not quick:
        yield from _damaged(office, folder, newest)
    tried = daily_backup.last_try(folder)
    if tried is not None and (tried.failed or tried.flaw):
        yield Finding("backup_failed", FindingLevel.ACT, {"code": tried.failed or "ledger", "at": tried.at})
    second = daily_backup.second_place(office.settings)
    if second is None:
        yield Finding("no_second_place", FindingLevel.NOTE)
    elif not second.passphrase_file.is_file():
        yield Finding("second_passphrase", FindingLevel.ACT, {"file": second.passphrase_file})
    elif (missing := daily_backup.second_place_missing(office)) is not None:
        yield Finding("second_place", FindingLevel.ACT, {"folder": missing.folder})


def _damaged(office: Office, folder: Path, good: Manifest | None) -> Iterator[Finding]:
    """Name the damaged backups that are newer than the newest good one. Their content is read: a header does not show damage."""
    own = daily_backup.identity_of(office)
    for item in backups.listed(folder):
        if item.header is not None and item.header.manifest.identity != own:
            continue
        is_newer = item.header is None or good is None or item.header.manifest.made_at > good.made_at
        if is_newer and not backups.is_whole(item, office.database.path):
            yield Finding("backup_damaged", FindingLevel.ACT, {"file": item.path.name})


def _time(office: Office) -> Finding:
    standing = timekeeping.standing(office)
    level = FindingLevel.GOOD if standing.doubt is None else FindingLevel.ACT
    reference = standing.reference
    return Finding(
        "time", level,
        {"now": standing.now, "doubt": standing.doubt, "newest": reference.at if reference else None},
    )  # fmt: skip


def _calendar(office: Office) -> Iterator[Finding]:
    horizon, today = max(office.calendar.noticed_years, default=0), office.today()
    needed = today.year + ((today.month, today.day) >= NEXT_YEAR_FROM)
    soon = (today + calendar_views.NEAR).year
    if horizon >= needed and horizon < soon:
        yield Finding("calendar_soon", FindingLevel.NOTE, {"year": horizon, "needed": soon})
        return
    yield Finding("calendar", FindingLevel.GOOD if horizon >= needed else FindingLevel.ACT, {"year": horizon, "needed": needed})


def _settings(office: Office) -> Iterator[Finding]:
    if office.is_demo:
        return
    with office.database.reading() as connection:
        accounts = [account for account in access.accounts(connection, office.id) if account.active]
    if mixed := appointing.mixed_keepers(office):
        yield Finding("mixed_roles", FindingLevel.ACT, {"names": [account.actor.name for account in mixed]})
    able = {role for account in accounts if account.password_set_at is not None for role in account.actor.roles}
    for role in (Role.ADMIN, Role.SHIFT_LEADER, Role.AUDITOR):
        if role not in able:
            yield Finding("no_password", FindingLevel.ACT, {"role": role})
