"""The ledger handed out: every entry with its hash, personal texts under their masks."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.ledger import canonical
from gridconsole.domain.text import masked_personal, printable
from gridconsole.language import t
from gridconsole.reporting.writers import safe_cell
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.incident import Actor
    from gridconsole.services.desk import Desk

ENDINGS = (".csv", ".jsonl")
MOST = 1 << 62
_COLUMNS = ("seq", "at", "operator", "axis", "door", "subject", "action", "facts", "personal", "hash")


def write(desk: Desk, actor: Actor, target: Path, wanted: ledger.Wanted) -> int:
    """Write entries, newest first, and an entry that says so; returns how many.

    Raises:
        OutputRefused: the target exists already, has another ending, or cannot be written.
    """
    if target.suffix.lower() not in ENDINGS:
        raise OutputRefused(file=str(target), why=t("cli.import.ending", endings=list(ENDINGS)))
    count = 0
    try:
        # Nobody else's eyes: who did what stands in it.
        file = os.fdopen(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline="")
        with file, desk.database.reading() as connection:
            rows = (_row(line, desk) for line in ledger.lines(connection, desk.office.id, wanted, MOST))
            for count, text in enumerate(_texts(rows, target.suffix.lower()), 1):  # noqa: B007  the last number is how many
                file.write(text)
    except FileExistsError as error:
        raise OutputRefused(file=str(target), why=t("cli.import.exists")) from error
    except OSError as error:
        with suppress(OSError):
            target.unlink(missing_ok=True)
        raise OutputRefused(file=str(target), why=error.strerror or "") from error
    with desk.database.writing() as connection:
        facts = {"rows": count, "since": wanted.since.isoformat() if wanted.since else None, "until": wanted.until.isoformat() if wanted.until else None,
                 "case": wanted.case}  # fmt: skip
        entry = ledger.NewEntry(desk.now(), actor.id, actor.name, desk.door, "office", desk.office.id, "ledger_export", facts)
        ledger.append(connection, desk.office.id, [entry])
    return count


def _row(line: ledger.Line, desk: Desk) -> dict[str, Any]:
    at = line.at.astimezone(desk.calendar.zone).isoformat()
    return {**asdict(line), "at": at, "personal": masked_personal(line.personal)}


def _texts(rows: Iterator[dict[str, Any]], ending: str) -> Iterator[str]:
    if ending == ".jsonl":
        for row in rows:
            yield json.dumps(row, ensure_ascii=False) + "\n"
        return
    head = "\ufeff" + _line(_COLUMNS)
    for row in rows:
        cells = [canonical(row[name]) if isinstance(row[name], dict) else row[name] for name in _COLUMNS]
        yield head + _line([safe_cell(printable(cell)) if isinstance(cell, str) else cell for cell in cells])
        head = ""


def _line(cells: Sequence[object]) -> str:
    import io

    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
