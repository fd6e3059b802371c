"""Export the ledger: every entry with its hash, personal texts masked unless unmasking is asked for."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gridconsole import files
from gridconsole.domain.ledger import canonical
from gridconsole.domain.views.ledger import LedgerLine
from gridconsole.reporting.writers.comma import safe_cell
from gridconsole.services import privacy, rights
from gridconsole.store import ledger, ledger_entries
from gridconsole.store.types import as_it_lies

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

ENDINGS = (".csv", ".jsonl")
MOST = 1 << 62
_COLUMNS = ("seq", "at", "operator", "axis", "door", "subject", "action", "facts", "personal", "digest", "prev", "hash")


def write(
    office: Office, actor: Actor, target: Path, wanted: ledger_entries.LedgerQuery, unmask_for: str | None = None, *, overwrite: bool = False
) -> int:  # fmt: skip
    """Export entries to a file, newest first, and record the export in the ledger; returns the number of entries.

    Args:
        unmask_for: the reason why personal texts are exported without masks; None: they are masked.

    Raises:
        NotPermitted: unmasking is asked for, and none of the operator's roles may unmask.
        ReasonNeeded: unmasking is asked for, and no reason is given.
        OutputRefused: the target exists already and ``overwrite`` is not set, has another ending, or cannot be written.
    """
    rules = files.Rules(ENDINGS, overwrite)
    files.check(target, rules)
    if unmask_for is not None:
        with rights.recording_denials(office, actor), office.database.reading() as connection:
            privacy.check_may_unmask(connection, actor)
        unmask_for = privacy.reason_of(unmask_for, "unmask")
    with files.new_file(target, rules) as file:
        count = _write(office, file, target.suffix.lower(), wanted, masked=unmask_for is None)
        # Recorded before the file gets its name: nothing is exported without a ledger entry.
        _record(office, actor, wanted, count, unmask_for)
    return count


def _write(office: Office, file: IO[bytes], ending: str, wanted: ledger_entries.LedgerQuery, *, masked: bool) -> int:
    count = 0
    if ending == ".csv":
        file.write(_encoded("\ufeff" + _line(_COLUMNS)))
    with office.database.reading() as connection, as_it_lies(connection):
        for count, line in enumerate(ledger_entries.lines(connection, office.id, wanted, MOST, masked=masked), 1):  # noqa: B007  the last is how many
            row = _row(line, office)
            text = json.dumps(row, ensure_ascii=False) + "\n" if ending == ".jsonl" else _line(_cells(row))
            file.write(_encoded(text))
    return count


def _encoded(text: str) -> bytes:
    # Forged bytes that are no valid text are replaced, so that the export does not fail on them.
    return text.encode("utf-8", "replace")


def _record(office: Office, actor: Actor, wanted: ledger_entries.LedgerQuery, count: int, unmask_for: str | None) -> None:
    since, until = (at.isoformat() if at else None for at in (wanted.since, wanted.until))
    facts: dict[str, object] = {"rows": count, "since": since, "until": until, "case": wanted.case}
    if unmask_for is not None:
        facts["unmasked"] = True
    entry = office.entry(actor, "ledger_export", facts, {"reason": unmask_for or ""})  # fmt: skip
    with office.database.writing() as connection:
        ledger.append(connection, office.id, [entry])


def _row(line: LedgerLine, office: Office) -> dict[str, Any]:
    at = line.at.astimezone(office.calendar.zone).isoformat() if line.at is not None else None
    row = asdict(line)
    return {**row, "at": at, "door": row.pop("origin")}  # readers of exports know it by this name


def _cells(row: Mapping[str, Any]) -> list[object]:
    texts = (canonical(row[name]) if isinstance(row[name], dict) else row[name] for name in _COLUMNS)
    return [safe_cell(text) for text in texts]


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
