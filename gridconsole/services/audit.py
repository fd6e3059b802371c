"""Verify, anchor and read the ledger."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from gridconsole.archive import files as archive_files
from gridconsole.archive import rows as archive_rows
from gridconsole.archive.files import YearFile
from gridconsole.domain import attest
from gridconsole.domain import roster as book
from gridconsole.domain.access import ANCHORERS, LEDGER_READERS
from gridconsole.domain.anchors import judge
from gridconsole.domain.chain import Flaw, LedgerVerdict, verify_chain
from gridconsole.domain.errors import DatabaseCorrupt
from gridconsole.domain.replay import mismatches
from gridconsole.domain.views.ledger import LedgerLine
from gridconsole.services import fact_keeping, rights
from gridconsole.store import attest as attest_rows
from gridconsole.store import incidents, ledger, ledger_check, ledger_entries, roster
from gridconsole.store.types import as_it_lies, stamp_or_none

if TYPE_CHECKING:
    from gridconsole.archive.seals import Retired
    from gridconsole.domain.ledger import StoredEntry
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

T = TypeVar("T")
Watch = Callable[[str, int, int], None]
REPORT_EVERY = 10_000
"""Entries or cases between two reports of progress."""


FACTS = "case_fact"
"""Prefix of the key of a case whose facts differ."""


def no_watch(_stage: str, _done: int, _total: int) -> None:
    """Ignore reports of progress."""


def verify(
    office: Office, anchors: Iterable[tuple[int, str]] = (), watch: Watch = no_watch, files: Iterable[Path] = ()
) -> LedgerVerdict:  # fmt: skip
    """Verify the office's whole hash chain, every case against its entries, and every attested row against its attestation.

    Across retired years the chain continues from the hash of their end, which seal and record hold, and cases begin in the state
    stored then. With the files of those years it is walked from the first entry on, and the stored state is computed again.

    Args:
        anchors: numbers of entries, each with the beginning of its hash, as printed.
        watch: called with the stage (``chain``, ``cases``), the number done, and the total.
        files: the files of retired years.

    Raises:
        FileMissing, NotAFile, FileDenied, YearFileForeign: a file cannot be read, or is not the file of a year.
    """
    read = [archive_files.read(path) for path in files]
    printed = list(anchors)
    try:
        return _verified(office, printed, watch, read, leniently=False)
    except DatabaseCorrupt:
        # A forger may have stored bytes that are no text. Reading them as they lie takes a third longer.
        return _verified(office, printed, watch, read, leniently=True)


def _verified(
    office: Office, anchors: Sequence[tuple[int, str]], watch: Watch, read: Sequence[YearFile], *, leniently: bool
) -> LedgerVerdict:  # fmt: skip
    with office.database.reading() as connection, as_it_lies(connection) if leniently else contextlib.nullcontext():
        records = archive_rows.records(connection, office.id)
        given, changed, idle = _sorted(read, records)
        missing = sum(record.count for record in records if record.year not in given)
        last, cases = ledger.last_seq(connection, office.id), ledger_check.case_count(connection, office.id)
        attested = attest.Attestations()
        stored = _watched(_folded(_chain(connection, office.id, records, given), attested), "chain", last - missing, watch)
        verdict = replace(verify_chain(stored, anchors, records, given), idle=tuple(idle))
        broken = [record.entry for record in records if not _kept_fits(connection, office.id, record, given.get(record.year))]
        broken += [last] if archive_rows.kept_of_no_year(connection, office.id) else []
        wrong_rows = [*_row_mismatches(connection, attested), *_book_mismatches(connection, office.id)]
        # Facts follow from what is verified here. Those of a case that was changed itself are wrong too; that is said first.
        wrong_rows += [
            attest.RowMismatch(f"{FACTS}:{key}", attest.RowFlaw.CHANGED) for key in fact_keeping.differing(connection, office)
        ]
        rows = _watched(ledger_check.case_rows(connection, office.id), "cases", cases, watch)
        borders = ledger_check.first_digests(connection, office.id)
        wrong = mismatches(
            rows, ledger_check.notified_of_cases(connection, office.id), archive_rows.kept_cases(connection, office.id), borders
        )
        first = next(wrong, None)
        others = sum(1 for _ in wrong)
        verdict = replace(verdict, attests=attested.has_begun)
        if verdict.flaw is Flaw.ANCHOR:
            verdict = _with_anchor_case(connection, office.id, verdict, is_more_known=bool(wrong_rows or first))
        label = _label_of(connection, wrong_rows[0].key) if wrong_rows else ""
    if changed:
        verdict = _spoilt(verdict, Flaw.FILE, len(changed), file=changed[0])
    if broken:
        verdict = _spoilt(verdict, Flaw.RETIRED, len(broken), number=broken[0])
    if first is not None:
        verdict = replace(
            _spoilt(verdict, Flaw.CASE, 1 + others), case=first.number, column=first.column, case_at=first.at,
        )  # fmt: skip
    if not wrong_rows:
        return verdict
    row = wrong_rows[0]
    return replace(
        _spoilt(verdict, Flaw.ROW, len(wrong_rows)), row=row.key, row_flaw=row.flaw, label=label, attested_by=row.seq,
    )  # fmt: skip


def _folded(stored: Iterator[StoredEntry], attested: attest.Attestations) -> Iterator[StoredEntry]:
    """Pass the entries through and collect what they attest."""
    for item in stored:
        entry = item.entry
        if attest.may_attest(entry.facts):
            attested.take(entry.seq, entry.facts, item.salt)
        yield item


def _row_mismatches(connection: Transaction, attested: attest.Attestations) -> list[attest.RowMismatch]:
    return list(attest.mismatches(attested, attest_rows.present(connection, attested.before))) if attested.has_begun else []


def _book_mismatches(connection: Transaction, office: int) -> list[attest.RowMismatch]:
    """Return the rows of the roster's book that differ from what its entries say."""
    begun = roster.begun(connection, office)
    entries = roster.entries_since(connection, office, begun.seq) if begun is not None else ()
    found = book.mismatches(tuple(roster.versions(connection)), begun, entries)
    return [attest.RowMismatch(f"{flaw.table or book.SUBJECT}:{flaw.number}", attest.RowFlaw.CHANGED, flaw.seq) for flaw in found]


def _label_of(connection: Transaction, key: str) -> str:
    """Return a readable name of a row: of the roster's book the person it is about."""
    table, _, number = key.partition(":")
    if table == FACTS:
        return ledger_check.number_of(connection, int(number))
    if table in book.TABLES:
        return roster.name_of_row(connection, book.BookTable(table), int(number))
    return attest_rows.label_of(connection, key)


def _with_anchor_case(connection: Transaction, office: int, verdict: LedgerVerdict, *, is_more_known: bool) -> LedgerVerdict:
    """Add to the verdict the reason why an anchor does not match."""
    more = is_more_known or ledger_check.highest_known(connection, office) > verdict.last
    case, at = judge(verdict.first_broken or 0, verdict.last, ledger_check.restorations(connection, office), is_more_known=more)
    return replace(verdict, anchor=case, restored_at=at)


def _spoilt(verdict: LedgerVerdict, flaw: Flaw, count: int, *, number: int | None = None, file: str = "") -> LedgerVerdict:
    """Add flaws to a verdict. The new kind becomes the main flaw only if the verdict has none yet."""
    if verdict.flaw is None:
        verdict = replace(verdict, first_broken=number, file=file)
    return replace(verdict, ok=False, flaw=verdict.flaw or flaw, flaws=verdict.flaws + count)


def _sorted(read: Iterable[YearFile], records: Sequence[Retired]) -> tuple[dict[int, YearFile], list[str], list[str]]:
    """Sort files: unchanged ones by year, then the names of changed ones, and of those whose year is still in the ledger."""
    given: dict[int, YearFile] = {}
    changed: list[str] = []
    idle: list[str] = []
    by_year, by_sum = {record.year: record for record in records}, {record.sha256: record for record in records}
    for file in read:
        if file.sha256 in by_sum:
            given[by_sum[file.sha256].year] = file
        else:
            (changed if file.year in by_year else idle).append(file.path.name)
    return given, changed, idle


def _chain(
    connection: Transaction, office: int, records: Iterable[Retired], given: dict[int, YearFile]
) -> Iterator[StoredEntry]:  # fmt: skip
    """Yield the entries of the given files, oldest first, and then those of the ledger."""
    for record in records:
        if record.year in given:
            yield from given[record.year].entries()
    yield from ledger_check.stored_entries(connection, office)


def _kept_fits(connection: Transaction, office: int, record: Retired, file: YearFile | None) -> bool:
    """Return whether the stored states of cases match the record and, if the year's file is given, its entries."""
    if archive_rows.digest_of_kept(connection, office, record.year) != (record.cases, record.kept):
        return False
    return file is None or archive_rows.kept_agrees(connection, office, record.year, file.entries())


def _watched(items: Iterable[T], stage: str, total: int, watch: Watch) -> Iterator[T]:
    for done, item in enumerate(items):
        if done % REPORT_EVERY == 0:
            watch(stage, done, total)
        yield item


def anchor(office: Office, actor: Actor) -> tuple[int, str]:
    """Write an anchor entry for printing; returns its number and its hash, hexadecimal.

    A later change of any earlier entry contradicts the printed page.

    Raises:
        NotPermitted: the operator is no auditor, shift leader or leader.
    """
    rights.check(office, actor, "anchor", ANCHORERS)
    with office.database.writing() as connection:
        entry = office.entry(actor, "anchor")
        ledger.append(connection, office.id, [entry])
        return ledger.head(connection, office.id)


def entries(office: Office, actor: Actor, wanted: ledger_entries.LedgerQuery, most: int) -> tuple[LedgerLine, ...]:
    """Return the newest entries that match, oldest first, with personal data masked.

    The entries of a single case may be read by anybody who may see the case.

    Raises:
        NotPermitted: the whole ledger is asked for, and the operator is no auditor.
    """
    if wanted.case is None:
        check_reader(office, actor)
    with office.database.reading() as connection, as_it_lies(connection):
        return tuple(ledger_entries.lines(connection, office.id, wanted, most))[::-1]


def files_before(office: Office, wanted: ledger_entries.LedgerQuery) -> tuple[str, ...]:
    """Return the names of the files of retired years that may hold matching entries."""
    with office.database.reading() as connection, as_it_lies(connection):
        if wanted.case is not None:
            key = incidents.key_of(connection, office.id, wanted.case)
            return archive_rows.files_of_case(connection, key) if key is not None else ()
        records = archive_rows.records(connection, office.id)
    since = stamp_or_none(wanted.since)
    return tuple(record.file for record in records if since is not None and since <= record.until)


def files_since(office: Office, day: date) -> tuple[str, ...]:
    """Return the names of the files of retired years that may hold entries of a day or of later days."""
    return files_before(office, ledger_entries.LedgerQuery(since=office.midnight(day)))


def check_reader(office: Office, actor: Actor) -> None:
    """Refuse an operator who may not read the whole ledger.

    Raises:
        NotPermitted: the operator is no auditor.
    """
    rights.check(office, actor, "ledger", LEDGER_READERS)
