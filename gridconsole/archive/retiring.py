"""Seal the years of the ledger, and retire sealed ones when they have been kept long enough.

Neither happens automatically: a person who has checked the real date signs for a seal. An automatic seal would also be made on a
machine whose clock is a year ahead, and a seal cannot be undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.archive import files as archive_files
from gridconsole.archive import rows as archive_rows
from gridconsole.archive.seals import (
    LEAST_DAYS,
    RETIRE,
    SEAL,
    SUBJECT,
    USUAL_DAYS,
    OpenYear,
    Retired,
    Seal,
    YearDigest,
    facts_of_record,
    facts_of_seal,
    kept_digest,
    kept_until,
    next_open_year,
    registered,
    seal_of,
)
from gridconsole.domain.access import ANCHORERS, YEAR_KEEPERS
from gridconsole.domain.errors import (
    LedgerUnsound,
    YearEmpty,
    YearHasOpenCases,
    YearNotOver,
    YearNotSealed,
    YearOutOfTurn,
    YearRetired,
    YearSealed,
    YearTooYoung,
)
from gridconsole.domain.ledger import GENESIS, StoredEntry, entry_hash
from gridconsole.domain.text import clean_line
from gridconsole.services import privacy, rights
from gridconsole.store import attesting, ledger, ledger_check, offices, roster
from gridconsole.store.types import as_it_lies, instant, stamp

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

Watch = Callable[[str, int, int], None]
REPORT_EVERY = 10_000
"""Entries between two reports of progress."""
LEDGER_DAYS = "ledger_days"
"""Setting for the least number of days that entries are kept."""
_LATER = 9999
"""Year assumed for an entry whose time cannot be read or is out of range."""


def _nobody(_stage: str, _done: int, _total: int) -> None:
    """Ignore reports of progress."""


@dataclass(frozen=True, slots=True)
class YearLine:
    """A sealed year, for a list."""

    seal: Seal
    number: int
    """Number of the seal's entry."""
    hash: str
    """Hash of that entry, hexadecimal; empty if the entry was retired with a later year."""
    at: datetime | None
    """Time of the seal, UTC; None if its entry was retired."""
    operator: str
    retired: Retired | None

    @property
    def anchor(self) -> tuple[int, str]:
        """Return the anchor to print: number and hash of the seal's entry, or of the year's last entry if the former is retired."""
        return (self.number, self.hash) if self.hash else (self.seal.last, self.seal.hash)


def sealed(office: Office, actor: Actor) -> tuple[YearLine, ...]:
    """Return every sealed year, oldest first, including retired ones.

    Raises:
        NotPermitted: the operator has no role that may seal years or anchor the ledger.
    """
    rights.check(office, actor, "seals", YEAR_KEEPERS | ANCHORERS)
    with office.database.reading() as connection, as_it_lies(connection):
        records = {record.year: record for record in archive_rows.records(connection, office.id)}
        entries = {entry.seal.year: entry for entry in archive_rows.seals(connection, office.id)}
    lines = [
        YearLine(
            seal=entry.seal,
            number=entry.number,
            hash=entry.hash,
            at=instant(entry.at),
            operator=entry.operator,
            retired=records.get(year),
        )
        for year, entry in entries.items()
    ]
    lines += [
        YearLine(seal=seal_of(record), number=record.seal, hash="", at=None, operator="", retired=record)
        for year, record in records.items()
        if year not in entries
    ]
    return tuple(sorted(lines, key=lambda line: line.seal.first))


def retired(office: Office) -> tuple[Retired, ...]:
    """Return the retired years, oldest first."""
    with office.database.reading() as connection, as_it_lies(connection):
        return archive_rows.records(connection, office.id)


# --- sealing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Standing:
    """The seals of years and the records of retired years."""

    seals: tuple[archive_rows.SealEntry, ...]
    records: tuple[Retired, ...]

    @property
    def sealed(self) -> frozenset[int]:
        """Return every sealed year, including retired ones."""
        return frozenset({entry.seal.year for entry in self.seals} | {record.year for record in self.records})

    @property
    def last_sealed(self) -> int:
        """Number of the last entry of the last sealed year; 0 before any."""
        return max((*(entry.seal.last for entry in self.seals), *(record.last for record in self.records)), default=0)


def _standing(connection: Transaction, office: Office) -> _Standing:
    return _Standing(archive_rows.seals(connection, office.id), archive_rows.records(connection, office.id))


def open_year(office: Office) -> int | None:
    """Return the year that is over and must be sealed next; None if there is none. Fast if there is none."""
    with office.database.reading() as connection, as_it_lies(connection):
        standing = _standing(connection, office)
        first = archive_rows.stamp_after(connection, office.id, standing.last_sealed)
    # A wrong clock at the first entry of a year can hide that year until the next one: harmless for a mere reminder, which
    # must not read all entries of the year.
    return _year_of(office, first) if first is not None and _year_of(office, first) < office.today().year else None


def _next(connection: Transaction, office: Office, standing: _Standing) -> OpenYear | None:
    stamps = archive_rows.stamps_after(connection, office.id, standing.last_sealed)
    return next_open_year(stamps, lambda at: _year_of(office, at), lambda year: _start_of(office, year), office.today().year)


def _year_of(office: Office, at: str) -> int:
    try:
        return instant(at).astimezone(office.calendar.zone).year
    except (ValueError, OverflowError):
        return _LATER


def _start_of(office: Office, year: int) -> str:
    return stamp(office.midnight(date(year, 1, 1)))


def seal(office: Office, actor: Actor, year: int | None = None, watch: Watch = _nobody) -> YearLine:
    """Seal a calendar year of the office for good; returns it with the anchor to print.

    The year's entries are a range of numbers, from after the last seal to the end of the year: see
    :func:`gridconsole.archive.seals.length_of_year`. Other writers wait until it is done.

    Args:
        year: the expected year, which must be the next one; None: the next one.
        watch: called with the stage (``chain``), the number done, and the total.

    Raises:
        NotPermitted: the operator is neither an auditor nor an administrator.
        YearSealed: the year is sealed already.
        YearNotOver: the year is not over, or no year can be sealed.
        YearEmpty: no year is left to be sealed, so this one has no entries.
        YearOutOfTurn: another year must be sealed first.
        LedgerUnsound: an entry of the year was changed.
    """
    rights.check(office, actor, "seal", YEAR_KEEPERS)
    with office.database.writing() as connection, as_it_lies(connection):
        standing = _standing(connection, office)
        if year in standing.sealed:
            raise YearSealed(year=year)
        if year is not None and year >= office.today().year:
            raise YearNotOver(year=year)
        found = _next(connection, office, standing)
        if found is None and year is not None:
            raise YearEmpty(year=year)
        if found is None:
            raise YearNotOver(year=office.today().year)
        if year not in (None, found.year):
            raise YearOutOfTurn(what="seal", year=year, wanted=found.year)
        now = office.now()
        made = _measured(connection, office, standing=standing, found=found, now=stamp(now), watch=watch)
        entry = office.entry(actor, SEAL, facts_of_seal(made), about=(SUBJECT, made.year), at=now)
        ledger.append(connection, office.id, [entry])
        number, digest = ledger.head(connection, office.id)
    return YearLine(seal=made, number=number, hash=digest, at=now, operator=actor.name, retired=None)


def _measured(
    connection: Transaction, office: Office, standing: _Standing, found: OpenYear, now: str, watch: Watch
) -> Seal:  # fmt: skip
    """Compute the seal of a year, and verify every entry of it."""
    first = standing.last_sealed + 1
    last = first + found.count - 1
    begin, end = _start_of(office, found.year), _start_of(office, found.year + 1)
    digest, previous, strays, until = YearDigest(), b"", 0, ""
    for item in _sound(connection, office, first, last, watch):
        digest.add(item.hash)
        previous = item.hash
        strays += not begin <= item.entry.at < end
        if until < item.entry.at <= now:
            until = item.entry.at
    return Seal(
        year=found.year,
        first=first,
        last=last,
        count=found.count,
        hash=previous.hex(),
        digest=digest.hex,
        until=until or now,
        strays=strays,
    )


def _sound(connection: Transaction, office: Office, first: int, last: int, watch: Watch) -> Iterator[StoredEntry]:
    """Yield the entries of a range, each verified.

    Raises:
        LedgerUnsound: an entry is missing, was changed, or does not follow the previous one.
    """
    before = next(ledger_check.stored_entries(connection, office.id, first - 1, first - 1), None)
    records = archive_rows.records(connection, office.id)
    previous = before.hash if before else bytes.fromhex(records[-1].hash) if records else GENESIS
    number = first
    for item in ledger_check.stored_entries(connection, office.id, first, last):
        if (number - first) % REPORT_EVERY == 0:
            watch("chain", number - first, last - first + 1)
        entry = item.entry
        if entry.seq != number or entry.prev != previous or entry_hash(entry) != item.hash:
            raise LedgerUnsound(number=number)
        yield item
        previous, number = item.hash, number + 1
    if number != last + 1:
        raise LedgerUnsound(number=number)


# --- retiring ---------------------------------------------------------------------------------------------------


def ledger_days(connection: Transaction) -> int:
    """Return the least number of days that entries are kept, by the present setting, and never fewer than the law requires."""
    return max(int(offices.office(connection).settings.get(LEDGER_DAYS, USUAL_DAYS)), LEAST_DAYS)


@dataclass(frozen=True, slots=True)
class Retirement:
    """Result of retiring a year, or a preview of it."""

    record: Retired
    texts: int
    """Entries that still had personal texts. The texts are in the file, or lost if it holds only digests."""
    dry_run: bool


def retire(
    office: Office, actor: Actor, year: int | None, target: Path, *, unmask_for: str | None = None, dry_run: bool = False,
    watch: Watch = _nobody,
) -> Retirement:  # fmt: skip
    """Write a sealed year's entries to a file and delete them from the ledger, in one transaction; other writers wait.

    The file is complete on the disk and read back before any entry is deleted. If the program stops in between, the file is only a
    copy of existing entries, and the next try uses it.

    A year with entries of open cases cannot be retired, because their operators must see what was done. Later acts on a closed case,
    such as reopening, are judged and replayed from its stored state: see :mod:`gridconsole.archive.seals`.

    Args:
        year: the expected year, which must be the next one; None: the next one.
        unmask_for: the reason why personal texts are written to the file; None: only their digests are, and the texts are lost.
        dry_run: return what would be retired, and change nothing.
        watch: called with the stage (``chain``), the number done, and the total.

    Raises:
        NotPermitted: the operator is neither an auditor nor an administrator, or asks for personal texts but may not unmask.
        ReasonNeeded: personal texts are asked for, and no reason is given.
        YearRetired, YearNotSealed, YearOutOfTurn, YearTooYoung, YearHasOpenCases: the year cannot be retired, or not yet.
        LedgerUnsound: an entry of the year was changed.
        OutputRefused: a different file exists there, the target has another ending, or it cannot be written.
    """
    rights.check(office, actor, "retire", YEAR_KEEPERS)
    archive_files.check_target(target)
    opened: AbstractContextManager[Transaction] = office.database.reading() if dry_run else office.database.writing()
    with rights.recording_denials(office, actor), opened as connection, as_it_lies(connection):
        reason = ""
        if unmask_for is not None:
            privacy.check_may_unmask(connection, actor)
            reason = privacy.reason_of(unmask_for, "unmask")
        standing = _standing(connection, office)
        chosen = _to_go(connection, office, standing, year)
        record, texts, kept = _write(
            connection,
            office,
            standing=standing,
            chosen=chosen,
            target=target,
            personal=unmask_for is not None,
            dry_run=dry_run,
            watch=watch,
        )
        if not dry_run:
            entry = office.entry(actor, RETIRE, facts_of_record(record), {"reason": reason}, about=(SUBJECT, record.year))
            # Rows attested only by entries of this year are attested again before the entries are deleted.
            again = attesting.carried(connection, office.id, record.first, record.last, replace(entry, facts={}, personal={}))
            if roster.begun(connection, office.id) is not None:
                # The entries of the year no longer tell what the roster was; all its rows so far are digested instead.
                again.append(roster.beginning(connection, office.id, entry))
            record = replace(record, entry=ledger.append(connection, office.id, [*again, entry]))
            archive_rows.take_out(connection, office.id, record, kept)
    if not dry_run:
        # Until the log is emptied, it still holds the old pages with the personal texts.
        office.database.empty_log()
    return Retirement(record, texts, dry_run)


def _to_go(connection: Transaction, office: Office, standing: _Standing, year: int | None) -> archive_rows.SealEntry:
    """Return the seal of the next year to retire.

    Raises:
        YearRetired, YearNotSealed, YearOutOfTurn, YearTooYoung, YearHasOpenCases: the year cannot be retired, or not yet.
    """
    gone = next((record for record in standing.records if record.year == year), None)
    if gone is not None:
        raise YearRetired(year=gone.year, file=gone.file)
    retired_to = standing.records[-1].last if standing.records else 0
    waiting = [entry for entry in standing.seals if entry.seal.last > retired_to]
    if not waiting or (year is not None and year not in standing.sealed):
        raise YearNotSealed(year=year or office.today().year)
    chosen = waiting[0]
    if year not in (None, chosen.seal.year):
        raise YearOutOfTurn(what="retire", year=year, wanted=chosen.seal.year)
    days = ledger_days(connection)
    free_at = kept_until(instant(chosen.seal.until), days)
    if office.now() <= free_at:
        raise YearTooYoung(year=chosen.seal.year, limit=days, day=office.calendar.local_day(free_at) + timedelta(days=1))
    numbers = archive_rows.open_cases(connection, office.id, chosen.seal.first, chosen.seal.last)
    if numbers:
        raise YearHasOpenCases(year=chosen.seal.year, count=len(numbers), numbers=numbers[:5])
    return chosen


def _write(
    connection: Transaction, office: Office, standing: _Standing, chosen: archive_rows.SealEntry, target: Path, personal: bool, dry_run: bool,
    watch: Watch,
) -> tuple[Retired, int, Sequence[tuple[int, str]]]:  # fmt: skip
    """Write the file, except in a dry run; returns the record, the number of personal texts, and the stored states of cases."""
    seal, digest, texts = chosen.seal, YearDigest(), 0

    def looked_at() -> Iterator[StoredEntry]:
        nonlocal texts
        for item in _sound(connection, office, seal.first, seal.last, watch):
            digest.add(item.hash)
            texts += item.body is not None
            if item.entry.seq == seal.last and (item.hash.hex(), digest.hex) != (seal.hash, seal.digest):
                raise LedgerUnsound(number=chosen.number)
            yield item

    if dry_run:
        sha256 = ""
        for _ in looked_at():
            pass
    else:
        sha256 = archive_files.write(target, archive_files.head_of(seal, office.name), looked_at(), personal=personal)
    kept = archive_rows.kept_of_range(connection, office.id, seal.year, seal.first, seal.last)
    record = Retired(
        year=seal.year,
        first=seal.first,
        last=seal.last,
        count=seal.count,
        hash=seal.hash,
        digest=seal.digest,
        until=seal.until,
        seal=chosen.number,
        file=clean_line(target.name),
        sha256=sha256,
        personal=personal,
        cases=len(kept),
        kept=kept_digest(kept),
        register="",
    )
    return registered(record, standing.records[-1].register if standing.records else ""), texts, kept


def files_with_texts(connection: Transaction, office: Office) -> tuple[str, ...]:
    """Return the names of the files of retired years that hold personal texts, oldest first."""
    return tuple(record.file for record in archive_rows.records(connection, office.id) if record.personal)
