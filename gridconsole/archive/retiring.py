"""Sealing the years of the ledger, and taking sealed ones out when they have been kept long enough.

Neither happens by itself: a seal is signed for by a person, who has looked at the clock on the wall. A program that sealed on its own
would do so on a machine whose clock stands in next year, and no seal is ever taken back.
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
from gridconsole.store import attesting, ledger, offices
from gridconsole.store.types import instant, stamp

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

Watch = Callable[[str, int, int], None]
REPORT_EVERY = 10_000
"""Entries between two words about how far it is."""
LEDGER_DAYS = "ledger_days"
"""The setting that says how many days entries are kept at least."""
_LATER = 9999
"""The year of an entry to which somebody left no time that can be."""


def _nobody(_stage: str, _done: int, _total: int) -> None:
    """Nobody watches."""


@dataclass(frozen=True, slots=True)
class YearLine:
    """A sealed year, for a list."""

    seal: Seal
    number: int
    """Of the seal's entry."""
    hash: str
    """Of that entry, hexadecimal; empty where it was taken out with a later year."""
    at: datetime | None
    """When it was sealed; None where its entry was taken out."""
    operator: str
    retired: Retired | None

    @property
    def anchor(self) -> tuple[int, str]:
        """Return the anchor to print: number and hash of the seal's entry, or of the year's last entry where there is no other."""
        return (self.number, self.hash) if self.hash else (self.seal.last, self.seal.hash)


def sealed(office: Office, actor: Actor) -> tuple[YearLine, ...]:
    """Every sealed year, oldest first, also those that were taken out.

    Raises:
        NotPermitted: nobody who seals years or signs for the ledger.
    """
    rights.check(office, actor, "seals", YEAR_KEEPERS | ANCHORERS)
    with office.database.reading() as connection, ledger.as_it_lies(connection):
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
        YearLine(seal=_seal_on(record), number=record.seal, hash="", at=None, operator="", retired=record)
        for year, record in records.items()
        if year not in entries
    ]
    return tuple(sorted(lines, key=lambda line: line.seal.first))


def _seal_on(record: Retired) -> Seal:
    return Seal(
        year=record.year,
        first=record.first,
        last=record.last,
        count=record.count,
        hash=record.hash,
        digest=record.digest,
        until=record.until,
    )


def retired(office: Office) -> tuple[Retired, ...]:
    """The years that were taken out, oldest first."""
    with office.database.reading() as connection, ledger.as_it_lies(connection):
        return archive_rows.records(connection, office.id)


# --- sealing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Standing:
    """Progress of sealing and retiring years."""

    seals: tuple[archive_rows.SealEntry, ...]
    records: tuple[Retired, ...]

    @property
    def sealed(self) -> frozenset[int]:
        """Every sealed year."""
        return frozenset({entry.seal.year for entry in self.seals} | {record.year for record in self.records})

    @property
    def last_sealed(self) -> int:
        """Number of the last entry of the last sealed year; 0 before any."""
        return max((*(entry.seal.last for entry in self.seals), *(record.last for record in self.records)), default=0)


def _standing(connection: Transaction, office: Office) -> _Standing:
    return _Standing(archive_rows.seals(connection, office.id), archive_rows.records(connection, office.id))


def open_year(office: Office) -> int | None:
    """The year that is over and is to be sealed next; None if there is none. Cheap where there is none."""
    with office.database.reading() as connection, ledger.as_it_lies(connection):
        standing = _standing(connection, office)
        first = archive_rows.stamp_after(connection, office.id, standing.last_sealed)
        if first is None or _year_of(office, first) >= office.today().year:
            # A wrong clock at the very beginning of a year hides it until the next: telling of it is no more than a service.
            return None
        found = _next(connection, office, standing)
    return found.year if found else None


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
    """Close a year of the office's calendar for good; returns it with what is to be printed.

    The year's entries are a range of numbers, from after the last seal to where the year ends: see
    :func:`gridconsole.archive.seals.length_of_year`. Others who write wait until it is done.

    Args:
        year: the year that must be the next; None: whichever is.
        watch: is told the stage (``chain``), how far it is, and of how many.

    Raises:
        NotPermitted: neither an auditor nor an administrator.
        YearSealed: it is sealed.
        YearNotOver: it is not over, or no year is.
        YearEmpty, YearOutOfTurn: it has no entries, or another comes first.
        LedgerUnsound: one of its entries was changed.
    """
    rights.check(office, actor, "seal", YEAR_KEEPERS)
    with office.database.writing() as connection, ledger.as_it_lies(connection):
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
    """The seal of a year, with every entry of it looked at."""
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
    """The entries of a range, each looked at.

    Raises:
        LedgerUnsound: one is missing, was changed, or does not follow the one before.
    """
    before = next(ledger.stored_entries(connection, office.id, first - 1, first - 1), None)
    records = archive_rows.records(connection, office.id)
    previous = before.hash if before else bytes.fromhex(records[-1].hash) if records else GENESIS
    number = first
    for item in ledger.stored_entries(connection, office.id, first, last):
        if (number - first) % REPORT_EVERY == 0:
            watch("chain", number - first, last - first + 1)
        entry = item.entry
        if entry.seq != number or entry.prev != previous or entry_hash(entry) != item.hash:
            raise LedgerUnsound(number=number)
        yield item
        previous, number = item.hash, number + 1
    if number != last + 1:
        raise LedgerUnsound(number=number)


# --- taking out -------------------------------------------------------------------------------------------------


def ledger_days(connection: Transaction) -> int:
    """Days entries are kept at least, as the office has it now, and never fewer than the law asks for."""
    return max(int(offices.office(connection).settings.get(LEDGER_DAYS, USUAL_DAYS)), LEAST_DAYS)


@dataclass(frozen=True, slots=True)
class Retirement:
    """Result of retiring a year, or a preview of it."""

    record: Retired
    texts: int
    """Entries with personal texts that are still there: in the file, or lost with it if it holds only digests."""
    dry_run: bool


def retire(
    office: Office, actor: Actor, year: int | None, target: Path, *, unmask_for: str | None = None, dry_run: bool = False,
    watch: Watch = _nobody,
) -> Retirement:  # fmt: skip
    """Write a sealed year's entries to a file and take them out of the ledger, in one transaction that others wait for.

    The file stands whole on the disk, and was read back, before anything goes. Stopped in between, it is a copy of what is still
    there: harmless, and taken up again by the next try.

    Cases that are not over keep their year where it is: who works on them must see what was done. What comes later to a case that is
    over, such as reopening, is judged and replayed by what is kept of it: see :mod:`gridconsole.archive.seals`.

    Args:
        year: the year that must be the next; None: whichever is.
        unmask_for: the reason why personal texts go into the file; None: they are lost, and only their digests go.
        dry_run: say what would go, and touch nothing.
        watch: is told the stage (``chain``), how far it is, and of how many.

    Raises:
        NotPermitted: neither an auditor nor an administrator; or personal texts are asked for, and are not this role's to see.
        ReasonNeeded: personal texts are asked for, and no reason is given.
        YearRetired, YearNotSealed, YearOutOfTurn, YearTooYoung, YearHasOpenCases: it is not to go, or not yet.
        LedgerUnsound: one of its entries was changed.
        OutputRefused: the file is there, has another ending, or cannot be written.
    """
    rights.check(office, actor, "retire", YEAR_KEEPERS)
    archive_files.check_target(target)
    opened: AbstractContextManager[Transaction] = office.database.reading() if dry_run else office.database.writing()
    with rights.recording_denials(office, actor), opened as connection, ledger.as_it_lies(connection):
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
            # What only this year's entries attest is attested again before they go.
            again = attesting.carried(connection, office.id, record.first, record.last, replace(entry, facts={}, personal={}))
            record = replace(record, entry=ledger.append(connection, office.id, [*again, entry]))
            archive_rows.take_out(connection, office.id, record, kept)
    if not dry_run:
        # Until then the old pages stand in the log beside the file, texts and all.
        office.database.empty_log()
    return Retirement(record, texts, dry_run)


def _to_go(connection: Transaction, office: Office, standing: _Standing, year: int | None) -> archive_rows.SealEntry:
    """The seal of the year that goes next."""
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
    """Write the file, unless nothing is to be touched; returns the record, the personal texts, and what is kept of cases."""
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
    """Names of the files of years that were taken out which hold personal texts, oldest first."""
    return tuple(record.file for record in archive_rows.records(connection, office.id) if record.personal)
