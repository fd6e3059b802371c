"""Repeated import of the rejected rows of a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import NothingWaits
from gridconsole.domain.ledger import canonical
from gridconsole.importing import sources
from gridconsole.importing.engine import ImportOutcome, Retried, take
from gridconsole.importing.options import Options
from gridconsole.importing.plan import Mode
from gridconsole.importing.undo import known_batch
from gridconsole.store import batches

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office


OF_THE_FILE = frozenset({"E223", "E402"})
"""Faults that only a corrected file takes away.

A row that contradicts another one would overwrite it if it were imported alone; one wider than its header would come in shifted.
"""


def retry(office: Office, actor: Actor, number: int, *, dry_run: bool = False) -> ImportOutcome:
    """Import the rejected rows of a batch again: what they lacked may exist by now.

    Raises:
        UnknownBatch: no such batch.
        NothingWaits: the batch has no rejected row to import again.
    """
    with office.database.reading() as connection:
        batch = known_batch(connection, number)
        of_the_file = {(issue.sheet, issue.row) for issue in batches.issues_of(connection, number) if issue.code in OF_THE_FILE}
        rejects = batches.rejects_of(connection, number)
        waiting = [(place, reject) for place, reject in rejects if (reject.sheet, reject.row) not in of_the_file]
        kept = batches.options_of(connection, number)
    if not waiting:
        raise NothingWaits(number=number)
    digest = hashlib.sha256(canonical({"retry": number, "rows": [reject.cells for _, reject in waiting]}).encode()).hexdigest()
    options = Options(
        dry_run=dry_run,
        mode=Mode(kept.get("mode", Mode.UPSERT.value)),
        overwrite_blank=kept.get("overwrite_blank", False),
        profile=kept.get("profile"),
        source_list=kept.get("source_list"),
        history=kept.get("history"),
        year=kept.get("year"),
        mapping={**kept.get("understood", {}), **kept.get("mapping", {})},
    )
    retried = Retried(number, {(reject.sheet, reject.row): position for position, reject in waiting})

    def opened() -> Iterator[sources.Sheet]:
        return _waiting_sheets([reject for _, reject in waiting], kept.get("titles", {}))

    outcome = take(
        office, actor, kind=batch.kind, name=batch.file_name, sha256=digest, opened=opened, options=options, retried=retried
    )
    # Columns are at other positions than in the file, so cell addresses are dropped; row numbers are the same.
    return replace(outcome, issues=tuple(replace(issue, cell="") for issue in outcome.issues))


def _waiting_sheets(waiting: Sequence[batches.Reject], titles: Mapping[str, str]) -> Iterator[sources.Sheet]:
    """Yield the rejected rows, each in its sheet, under its titles and with its row number."""
    by_sheet: dict[str, list[batches.Reject]] = {}
    for reject in waiting:
        by_sheet.setdefault(reject.sheet, []).append(reject)
    for name, rejects in by_sheet.items():
        headings = list(dict.fromkeys(heading for reject in rejects for heading in reject.cells))
        rows: list[tuple[int, list[sources.Cell]]] = [(-1, [titles.get(name) or None]), (0, [*headings])]
        rows += [(reject.row, [_restored(reject.cells.get(heading)) for heading in headings]) for reject in rejects]
        yield sources.Sheet(name, iter(rows))


def _restored(cell: Any) -> sources.Cell:
    """Return a cell as it was in the file; a cell without a value still has none."""
    return sources.Broken(cell["broken"]) if isinstance(cell, dict) else cell
