"""Import of one file: it is read and decided on a snapshot, which blocks no writer, then written as a whole or not at all."""

from __future__ import annotations

import gc
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import (
    FileChanged,
    GridConsoleError,
    HeadingTwice,
    NothingImported,
    OnlyHidden,
    OwnPaper,
    SheetMissing,
    TablesBeside,
    TooManyRejected,
    UnknownWord,
)
from gridconsole.domain.text import mask_text
from gridconsole.domain.views.imports import Issue
from gridconsole.importing import sources, values
from gridconsole.importing.header_search import HeaderSearch, check_fields
from gridconsole.importing.headway import Pace, Progress, Writing
from gridconsole.importing.kinds import KINDS, kind_named
from gridconsole.importing.options import AUTO, Options
from gridconsole.importing.plan import Context, FieldDifference, Plan, RowVerdict
from gridconsole.importing.rows import (
    SheetHeader,
    letter,
    likenesses,
    normal,
    position_of,
    rows_of,
)
from gridconsole.importing.second_tables import Headers, twice
from gridconsole.language import listed, t
from gridconsole.language.pinyin import initials
from gridconsole.services import arrivals, rights
from gridconsole.services.arrivals import OUTDATED
from gridconsole.store import batches, ledger, profiles, turns

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

STORED_ISSUES = 2_000
KEPT_ISSUES = 100_000
"""Most problems of a file that are listed one by one. Beyond it, errors are still listed, and warnings are only counted."""
MOST_REJECTED = 100_000
"""Rejected rows above which the import stops. So many mean that the columns are misread, and no clerk corrects them by hand."""
SHOWN_SHEETS = 20
SHOWN_NUMBERS = 5
"""Row numbers that an issue lists one by one."""


@dataclass(frozen=True, slots=True)
class SheetSeen:
    """A sheet that was imported, and how its columns were understood."""

    name: str
    position: int
    """Position of the sheet in the file, from 0."""
    header: SheetHeader
    encoding: str = ""
    """Encoding of a text file; empty for other files."""
    passed_over: tuple[int, ...] = ()
    """Numbers of rows without data: totals, signatures, a template's example row."""

    @property
    def titles(self) -> tuple[tuple[str, str], ...]:
        """(heading, field) for every understood column, left to right."""
        return tuple((self.header.written.get(place, ""), column.name) for place, column in sorted(self.header.columns.items()))

    @property
    def unknown(self) -> tuple[str, ...]:
        """Headings that no column of the kind has; their cells are kept with the record."""
        return tuple(self.header.headings[place] for place in sorted(self.header.headings))


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """Result of an import. ``read`` is the sum of the five counts, always."""

    kind: str
    file: str
    sha256: str
    batch: int | None
    """Number of the batch; None if nothing was written."""
    dry_run: bool
    counts: dict[RowVerdict, int]
    issues: tuple[Issue, ...]
    """Problems listed one by one; see ``KEPT_ISSUES``."""
    issue_counts: Mapping[str, int] = field(default_factory=dict)
    """Number of problems by code, including those not listed."""
    sheets: tuple[SheetSeen, ...] = ()
    differences: tuple[FieldDifference, ...] = ()
    """Changed cells of known records, at most ``DIFFERENCES_KEPT``."""
    refused: bool = False
    """Too many rows were rejected, so nothing was imported."""

    @property
    def read(self) -> int:
        """Data rows found."""
        return sum(self.counts.values())


class _RolledBack(Exception):
    """Leaves the transaction so that it is rolled back."""

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__()
        self.outcome = outcome


Sheets = Iterator[sources.Sheet]


def run(
    office: Office, actor: Actor, kind: str, path: Path, options: Options | None = None, *, progress: Progress | None = None
) -> ImportOutcome:
    """Import a file.

    Args:
        kind: one of ``KINDS`` or ``auto``, by code or name.
        progress: called now and then with the progress so far; may raise ``Abandoned``, which is passed on to the caller.

    Raises:
        UnknownWord: no such kind.
        NotPermitted: this operator may not import the kind.
        KindUnclear: ``auto``, and the header fits several kinds.
        Unreadable: the file is no table, none of its sheets has the kind's header, or it changed since the preview.
        NothingImported: it has a header and no data row.
        DatabaseUnusable: nothing was written.
    """
    chosen = options or Options()
    named = _checked(kind, chosen)
    source = sources.load(path)
    if chosen.seen not in (None, source.sha256):
        raise FileChanged(file=source.name)
    return take(
        office,
        actor,
        kind=named,
        name=source.name,
        sha256=source.sha256,
        opened=lambda: sources.opened(source, chosen.encoding),
        options=chosen,
        progress=progress,
    )


def _passed_over(sheet: str, other: str) -> Issue:
    """Return the remark about a sheet without a header of the kind that is imported."""
    if other:
        return Issue(sheet, 1, column="", code="W947", severity="warning", value=sheet, suggestion=t(f"kind.{other}"))
    return Issue(sheet, 1, column="", code="W901", severity="warning", value=sheet)


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect garbage rarely during an import.

    Rows make many objects and no cycles; looking for cycles after every 700 objects took a tenth of an import's time.
    """
    usual = gc.get_threshold()
    gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)


_OBJECTS_BETWEEN_COLLECTIONS = 20_000


@dataclass(frozen=True, slots=True)
class Retried:
    """Rejected rows of a batch that are imported again."""

    batch: int
    positions: Mapping[tuple[str, int], int]
    """Position of a rejected row in the batch, by its sheet and number."""


class _CountsRefusals(Exception):
    """Raised if a kind whose rows are acts has a limit on rejected rows: only the writing transaction can check it."""


TRIES = 2
"""Attempts to decide a file on a snapshot.

If the registers change during each one, the file is decided in the writing transaction.
"""


def take(
    office: Office, actor: Actor, kind: str, name: str, sha256: str, opened: Callable[[], Sheets], options: Options, *,
    progress: Progress | None = None, retried: Retried | None = None,
) -> ImportOutcome:  # fmt: skip
    """Import sheets from any source, as :func:`run` does; they are opened anew for each attempt."""

    def job(connection: Transaction, *, is_writing: bool) -> _Import:
        return _Import(
            connection,
            office,
            actor=actor,
            kind=kind,
            name=name,
            sha256=sha256,
            options=options,
            progress=progress,
            keeps_rejects=retried is None,
            is_writing=is_writing,
        )

    try:
        with (
            _rare_collections(),
            rights.recording_denials(office, actor),
            turns.activity(t("turn.importing", file=mask_text(name))),
        ):
            if not options.dry_run:
                arrivals.finish_others(office)
            outcome, is_written = _decided_before(office, job, opened, retried) or _decided_within(office, job, opened, retried)
            if outcome.batch is not None and not is_written:
                rows = outcome.counts[RowVerdict.INSERTED] + outcome.counts[RowVerdict.UPDATED]
                arrivals.deliver(office, outcome.batch, Writing(progress, rows).at)
            return _as_written(office, outcome)
    except _RolledBack as end:
        return end.outcome
    finally:
        office.forget()


def _decided_before(
    office: Office, job: Callable[..., _Import], opened: Callable[[], Sheets], retried: Retried | None
) -> tuple[ImportOutcome, bool] | None:
    """Read and decide on a snapshot, then write; None if it must be decided in the writing transaction."""
    for _ in range(TRIES):
        try:
            with office.database.reading() as snapshot:
                seen = ledger.last_seq(snapshot, office.id)
                decided = job(snapshot, is_writing=False)
                decided.read(opened())
        except _CountsRefusals:
            return None
        if decided.is_trial:
            return decided.outcome(), True
        with office.database.writing() as connection:
            if not arrivals.is_register_changed(connection, office, seen):
                return _written(connection, decided, retried)
    return None


def _decided_within(
    office: Office, job: Callable[..., _Import], opened: Callable[[], Sheets], retried: Retried | None
) -> tuple[ImportOutcome, bool]:
    with office.database.writing() as connection:
        decided = job(connection, is_writing=True)
        decided.read(opened())
        if decided.is_trial:
            raise _RolledBack(decided.outcome())
        return _written(connection, decided, retried)


def _written(connection: Transaction, decided: _Import, retried: Retried | None) -> tuple[ImportOutcome, bool]:
    batches.defer_references(connection)
    outcome = decided.outcome()
    if retried is not None and outcome.batch is not None:
        refused = {(issue.sheet, issue.row) for issue in outcome.issues if issue.severity == "error"}
        taken = [position for place, position in retried.positions.items() if place not in refused]
        if not taken:
            # No row was accepted: the rejected rows stay in their old batch, and no empty batch is kept.
            raise _RolledBack(replace(outcome, batch=None))
        batches.mark_taken(connection, retried.batch, taken, outcome.batch)
    return outcome, decided.write(connection)


def _as_written(office: Office, outcome: ImportOutcome) -> ImportOutcome:
    """Return the outcome with the rows rejected while it was written, because their cases had changed since they were read."""
    if outcome.batch is None or not KINDS[outcome.kind].rows_are_acts:
        return outcome
    with office.database.reading() as connection:
        batch = batches.batch(connection, outcome.batch)
        issues = batches.issues_of(connection, outcome.batch)
    late = [Issue(item.sheet, item.row, item.column, item.code, item.severity) for item in issues if item.code == OUTDATED]
    if batch is None or not late:
        return outcome
    return replace(
        outcome,
        counts={verdict: batch.counts.get(verdict.value, 0) for verdict in RowVerdict},
        issues=(*outcome.issues, *late),
        issue_counts={**outcome.issue_counts, OUTDATED: len(late)},
    )


def _checked(kind: str, options: Options) -> str:
    """Return the kind of a word; refuses fields that it does not have."""
    named = kind_named(kind, AUTO)
    if named != AUTO:
        check_fields(named, options.mapping.values())
    return named


class _Import:
    """Import of one file, read from one snapshot or inside the writing transaction."""

    def __init__(
        self, connection: Transaction, office: Office, actor: Actor, kind: str, name: str, sha256: str, options: Options,
        progress: Progress | None, *, keeps_rejects: bool, is_writing: bool,
    ) -> None:  # fmt: skip
        self._keeps_rejects, self._is_writing = keeps_rejects, is_writing
        self.connection, self.office, self.actor = connection, office, actor
        self.kind, self.name, self.sha256, self.options = kind, name, sha256, options
        self._pace = Pace(progress)
        self.counts: Counter[RowVerdict] = Counter()
        self._issues: list[Issue] = []
        self._issue_counts: Counter[str] = Counter()
        self.seen: list[SheetSeen] = []
        self.plan: Plan | None = None
        self.batch = 0
        self._source_list = options.source_list or ""
        self._rejects: list[batches.Reject] = []
        self._profiles = profiles.profiles(connection)
        if options.profile is not None and options.profile not in {profile.name for profile in self._profiles}:
            raise UnknownWord(what="profile", word=options.profile, choices=[profile.name for profile in self._profiles])

    def read(self, sheets: Sheets) -> None:
        """Read every row and decide about it."""
        token = values.YEAR.set(self.options.year)
        try:
            self._take_sheets(sheets)
        finally:
            values.YEAR.reset(token)
        if self.plan is None or not self.counts:
            raise NothingImported(file=self.name)
        self.plan.conclude()
        self._say(self.plan.late_issues)
        for row, verdict in self.plan.late_rejects:
            self.counts[verdict] -= 1
            self.counts[RowVerdict.REJECTED] += 1
            self._say(row.issues[-1:])
            self._rejects.append(batches.Reject(row.sheet, row.number, row.by_heading()))

    @property
    def is_refused(self) -> bool:
        """Return whether more rows were rejected than allowed."""
        limit = self.options.max_errors
        return limit is not None and limit.is_passed(self.counts[RowVerdict.REJECTED], self.counts.total())

    @property
    def is_trial(self) -> bool:
        """Return whether nothing is to be written."""
        return self.options.dry_run or self.is_refused

    def write(self, connection: Transaction) -> bool:
        """Write the whole import; the caller commits or rolls back.

        Returns False if the cases are only staged, to be written in slices.
        """
        plan = self.plan
        if plan is None:
            raise AssertionError("nothing was read")
        plan.context.connection = connection
        now = self.office.now()
        batches.open_batch(
            connection, self.batch, at=now, operator=self.actor.name, kind=self.kind, file=self.name, sha256=self.sha256
        )
        plan.flush()
        plan.finish()
        plan.context.store_changes()
        if self._keeps_rejects:
            batches.keep_rejects(connection, self.batch, 0, self._rejects)
        counts = {verdict.value: self.counts[verdict] for verdict in RowVerdict}
        batches.close_batch(connection, self.batch, counts, self._worst(), self._recorded())
        facts = {"kind": self.kind, "file_sha256": self.sha256, **counts}
        closing = arrivals.BatchClosing(self.actor, facts, self.name, keeps_rejects=self._keeps_rejects)
        return arrivals.settle(connection, self.office, self.batch, plan.parts, closing)

    def outcome(self) -> ImportOutcome:
        """Return the result of the import."""
        differences = tuple(self.plan.context.differences) if self.plan is not None else ()
        return ImportOutcome(
            kind=self.kind,
            file=self.name,
            sha256=self.sha256,
            batch=None if self.is_trial else self.batch,
            dry_run=self.options.dry_run,
            counts={verdict: self.counts[verdict] for verdict in RowVerdict},
            issues=tuple(self._issues),
            issue_counts=dict(self._issue_counts),
            sheets=tuple(self.seen),
            differences=differences,
            refused=self.is_refused,
        )

    def _take_sheets(self, sheets: Sheets) -> None:
        passed_over: list[Issue] = []
        hidden = ""
        names: list[str] = []
        search = HeaderSearch(self.name, self.kind, self.options, self._profiles)
        for sheet in map(self._corrected, sheets):
            names.append(sheet.name or self.name)
            if self.options.sheet is not None and sheet.name != self.options.sheet:
                continue
            if sheet.hidden and self.options.sheet is None:
                # Looked at by another search: a hidden sheet does not decide which kind the visible ones are of.
                if self._has_header(sheet):
                    passed_over.append(Issue(sheet.name, 1, column="", code="W902", severity="warning", value=sheet.name))
                    hidden = sheet.name
                continue
            found = search.find(sheet)
            if found is None:
                if search.is_filled:
                    passed_over.append(_passed_over(sheet.name, search.other))
                continue
            self.kind, self._source_list = search.kind, self._source_list or search.profile
            self._take_sheet(found.sheet, len(names) - 1, found.top, found.header)
        self._check_mapping()
        if not self.seen:
            if self.options.sheet is not None and self.options.sheet not in names:
                raise SheetMissing(file=self.name, name=self.options.sheet, names=listed(names[:SHOWN_SHEETS]))
            if hidden:
                raise OnlyHidden(file=self.name, name=hidden)
            if search.is_printed_by(self.office.name):
                raise OwnPaper(file=self.name)
            raise search.refusal()
        self._say(passed_over)

    def _has_header(self, sheet: sources.Sheet) -> bool:
        """Return whether a hidden sheet has a header; what is wrong with it refuses nothing."""
        try:
            return HeaderSearch(self.name, self.kind, self.options, self._profiles).find(sheet) is not None
        except GridConsoleError:
            return True

    def _check_mapping(self) -> None:
        """Refuse a mapping for a heading that no sheet has: it is a typing mistake, and its column would be lost."""
        if not self.seen:
            return
        headings = [heading for sheet in self.seen for heading in (*(title for title, _ in sheet.titles), *sheet.unknown)]
        known = {normal(heading) for heading in headings}
        for heading in self.options.mapping:
            if not any(word.endswith(normal(heading)) for word in known):
                raise UnknownWord(what="heading", word=heading, choices=list(dict.fromkeys(filter(None, headings))))

    def _corrected(self, sheet: sources.Sheet) -> sources.Sheet:
        wanted: dict[int, list[tuple[int, str]]] = {}
        for (name, address), text in self.options.corrections.items():
            if name == sheet.name and (place := _ADDRESS.fullmatch(address)):
                wanted.setdefault(int(place[2]), []).append((position_of(place[1]), text))
        if not wanted:
            return sheet

        def rows() -> Iterator[tuple[int, list[sources.Cell]]]:
            for number, cells in sheet.rows:
                for position, text in wanted.get(number, ()):
                    cells.extend([None] * (position + 1 - len(cells)))
                    cells[position] = text
                yield number, cells

        return replace(sheet, rows=rows())

    def _take_sheet(
        self, sheet: sources.Sheet, position: int, top: list[tuple[int, list[sources.Cell]]], header: SheetHeader
    ) -> None:
        plan = self._plan()
        self._say(
            Issue(
                sheet=sheet.name,
                row=like.row,
                column="",
                code="W903",
                severity="warning",
                value=like.heading,
                suggestion=f"{like.heading}={like.column.title}",
                cell="" if sheet.is_form else f"{letter(like.position)}{like.row}",
            )
            for like in likenesses(header, plan.columns)
            if like.heading not in plan.own_headings
        )
        plan.context.fingerprint = header.fingerprint
        plan.sheet(sheet.name, header.titles)
        self._suggest_list(sheet.name, header)
        if lines := sheet.lines_in_other_encoding:
            self._say(
                [
                    Issue(
                        sheet.name, lines[0], column="", code="W929", severity="warning", value=str(len(lines)),
                        suggestion=sheet.encoding.removesuffix("-sig").upper(),
                    )
                ]
            )  # fmt: skip
        self._pace.start()
        passed_over: list[int] = []
        hidden: list[int] = []
        for row in rows_of(sheet, top, header, passed_over, plan.examples(), self._headers(sheet, header)):
            if row.number in sheet.hidden_rows:
                hidden.append(row.number)
                if self.options.skip_hidden:
                    continue
            if plan.begins_section(row):
                passed_over.append(row.number)
                continue
            verdict = plan.take(row)
            self.counts[verdict] += 1
            if row.issues:
                self._say(row.issues)
            if verdict is RowVerdict.REJECTED:
                if self.counts[verdict] > MOST_REJECTED:
                    raise TooManyRejected(file=self.name, limit=MOST_REJECTED)
                self._rejects.append(batches.Reject(row.sheet, row.number, row.by_heading()))
            read = self.counts.total()
            self._pace.at(read, partial(sheet.share, row.number))
        if hidden:
            code = "W930" if self.options.skip_hidden else "W928"
            shown = listed([*map(str, hidden[:SHOWN_NUMBERS]), *(["……"] if len(hidden) > SHOWN_NUMBERS else [])])
            self._say([Issue(sheet.name, hidden[0], "", code, "warning", str(len(hidden)), shown)])
        self.seen.append(SheetSeen(sheet.name, position, header, sheet.encoding, tuple(passed_over)))

    def _headers(self, sheet: sources.Sheet, header: SheetHeader) -> Headers:
        """Return what recognises further tables of a sheet; refuses a header that is that of two tables.

        Raises:
            TablesBeside, HeadingTwice: a known heading stands twice.
        """
        again = twice(header)
        if again is not None and again.is_table:
            raise TablesBeside(file=self.name, last=again.second, word=again.heading)
        if again is not None:
            raise HeadingTwice(file=self.name, first=again.first, last=again.second, word=again.heading)
        plan = self._plan()
        columns = tuple(header.columns.values())
        names = {column.name for column in columns}
        others = [replace(column, required=False) for column in plan.columns if column.name not in names]
        return Headers(
            self.name,
            (*columns, *others),
            _every_title() | {text.strip() for text in header.written.values()},
            {normal(heading): name for heading, name in self.options.mapping.items()},
            begins=lambda further: plan.sheet(sheet.name, further.titles or header.titles),
        )

    def _suggest_list(self, sheet: str, header: SheetHeader) -> None:
        """Say that a named list had the same headings: its numbers are known by list and number."""
        if self.kind != "incidents" or self._source_list:
            return
        if name := batches.list_with_headings(self.connection, header.fingerprint):
            self._say([Issue(sheet=sheet, row=header.row, column="", code="W925", severity="warning", value=name)])

    def _say(self, issues: Iterable[Issue]) -> None:
        for issue in issues:
            self._issue_counts[issue.code] += 1
            if issue.severity == "error" or len(self._issues) < KEPT_ISSUES:
                self._issues.append(issue)

    def _recorded(self) -> dict[str, Any]:
        """Return how the file was read, so that rejected rows can be read again."""
        found = self.options.recorded()
        if self._source_list:
            found["source_list"] = self._source_list
            found["fingerprints"] = [sheet.header.fingerprint for sheet in self.seen]
        if self.counts[RowVerdict.REJECTED] or KINDS[self.kind].rows_are_acts:
            found["titles"] = {sheet.name: sheet.header.titles for sheet in self.seen if sheet.header.titles}
            found["understood"] = {heading: name for sheet in self.seen for heading, name in sheet.titles if heading}
        return found

    def _worst(self) -> list[Issue]:
        """Return the issues the batch keeps: errors first, then the rest as far as there is room, in the order of the file."""
        chosen = sorted(range(len(self._issues)), key=lambda position: self._issues[position].severity != "error")[:STORED_ISSUES]
        return [self._issues[position] for position in sorted(chosen)]

    def _plan(self) -> Plan:
        if self.plan is None:
            rights.demand(self.actor, "import", KINDS[self.kind].may_import)
            check_fields(self.kind, self.options.mapping.values())
            if KINDS[self.kind].rows_are_acts and self.options.max_errors is not None and not self._is_writing:
                raise _CountsRefusals
            options = self.options
            self.batch = batches.next_batch(self.connection)
            context = Context(
                connection=self.connection,
                office=self.office,
                actor=self.actor,
                batch=self.batch,
                file_name=self.name,
                initials=initials,
                mode=options.mode,
                overwrite_blank=options.overwrite_blank,
                source_list=self._source_list,
                history=options.history,
            )
            self.plan = KINDS[self.kind](context)
        return self.plan


@lru_cache(1)
def _every_title() -> frozenset[str]:
    """Return the headings of all kinds."""
    return frozenset(title for plan in KINDS.values() for column in plan.columns for title in column.titles)


_ADDRESS = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
