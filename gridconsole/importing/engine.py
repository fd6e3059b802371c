"""One import of one file: a plan in one transaction, committed or rolled back whole."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole.domain.errors import HeaderMissing, NothingImported, UnknownWord
from gridconsole.domain.ledger import canonical
from gridconsole.importing import sources
from gridconsole.importing.kinds import KINDS
from gridconsole.importing.plan import Context, Plan, Verdict
from gridconsole.importing.rows import Issue, find_header, rows_of, top_of
from gridconsole.store import batches, ledger

if TYPE_CHECKING:
    from gridconsole.domain.incident import Actor
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction

CHUNK = 5_000
"""Rows written at a time: large enough for bulk speed, small enough to keep memory flat."""
STORED_ISSUES = 2_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file. ``read`` is the sum of the five counts, always."""

    kind: str
    file: str
    batch: int | None
    """None for a dry run."""
    dry_run: bool
    counts: dict[Verdict, int]
    issues: tuple[Issue, ...]

    @property
    def read(self) -> int:
        """Data rows found."""
        return sum(self.counts.values())


class _DryRunEnds(Exception):
    """Leaves the transaction so that it is rolled back."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__()
        self.outcome = outcome


def run(desk: Desk, actor: Actor, kind: str, path: Path, *, dry_run: bool = False, encoding: str | None = None,
        progress: Callable[[int], None] | None = None) -> Outcome:  # fmt: skip
    """Import a file.

    Args:
        dry_run: the same work, rolled back at the end.
        progress: told the number of rows read so far, now and then.

    Raises:
        UnknownWord: no such kind.
        Unreadable: the file is no table, or none of its sheets has the kind's header.
        NothingImported: it has a header and no data row.
        DatabaseUnusable: nothing was written.
    """
    if kind not in KINDS:
        raise UnknownWord(what="kind", word=kind, choices=tuple(KINDS))
    source = sources.load(path)
    try:
        with desk.database.writing() as connection:
            outcome = _run_in(connection, desk, actor, kind, source, encoding, dry_run, progress)
            if dry_run:
                raise _DryRunEnds(outcome)
            return outcome
    except _DryRunEnds as end:
        return end.outcome
    finally:
        desk.forget()


def _run_in(connection: Transaction, desk: Desk, actor: Actor, kind: str, source: sources.SourceFile, encoding: str | None,
            dry_run: bool, progress: Callable[[int], None] | None) -> Outcome:  # fmt: skip
    now = desk.now()
    batch = batches.open_batch(connection, now, actor.name, kind, source.name, source.sha256)
    plan = KINDS[kind](Context(connection, desk, actor, batch, source.name, initials))
    counts: Counter[Verdict] = Counter()
    issues: list[Issue] = []
    _take_sheets(plan, source, encoding, counts, issues, progress)
    plan.flush()
    plan.finish()
    if not counts:
        raise NothingImported(file=source.name, why="no_rows")
    counts_by_name = {verdict.value: counts[verdict] for verdict in Verdict}
    batches.close_batch(connection, batch, canonical(counts_by_name), issues[:STORED_ISSUES])
    ledger.append(connection, desk.office.id, [
        ledger.NewEntry(now, actor.id, actor.name, "import", "batch", batch, "import",
                        {"kind": kind, "file_sha256": source.sha256, **counts_by_name}, {"file": source.name})
    ])  # fmt: skip
    return Outcome(
        kind, source.name, None if dry_run else batch, dry_run, {verdict: counts[verdict] for verdict in Verdict}, tuple(issues)
    )


def _take_sheets(plan: Plan, source: sources.SourceFile, encoding: str | None, counts: Counter[Verdict], issues: list[Issue],
                 progress: Callable[[int], None] | None) -> None:  # fmt: skip
    with_header = 0
    passed_over: list[Issue] = []
    found: list[str] = []
    for sheet in sources.sheets(source, encoding):
        top = top_of(sheet)
        header = find_header(top, plan.columns)
        if header is None:
            if any(cell for _, cells in top for cell in cells):
                passed_over.append(Issue(sheet.name, 1, "", "W901", "warning", sheet.name))
                found.extend(str(cell) for _, cells in top[:3] for cell in cells if isinstance(cell, str))
            continue
        if sheet.hidden:
            passed_over.append(Issue(sheet.name, 1, "", "W902", "warning", sheet.name))
            continue
        with_header += 1
        plan.sheet(sheet.name, header.titles)
        for row in rows_of(sheet, top, header):
            counts[plan.take(row)] += 1
            issues.extend(row.issues)
            read = counts.total()
            if read % CHUNK == 0:
                plan.flush()
            if progress is not None and read % 500 == 0:
                progress(read)
    if not with_header:
        wanted = "、".join(column.titles[0] for column in plan.columns if column.required)
        raise HeaderMissing(file=source.name, wanted=wanted, found="、".join(word.strip()[:12] for word in found[:8]))
    issues.extend(passed_over)


def initials(name: str) -> str:
    """Initials of a name's pinyin and the ASCII in it: ``东风社区第3网格`` → ``dfsqd3wg``."""
    # The phrase table costs a third of a second to load and matters for readings, rarely for initials.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")
    from pypinyin import Style, lazy_pinyin

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower().replace(" ", "")[:60]
