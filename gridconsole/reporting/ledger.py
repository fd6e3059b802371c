"""The ledger handed out: every entry with its hash, personal texts under their masks."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.ledger import canonical
from gridconsole.domain.text import printable
from gridconsole.language import t
from gridconsole.reporting.writers import safe_cell
from gridconsole.services import privacy, rights
from gridconsole.store import ledger

if TYPE_CHECKING:
    from gridconsole.domain.case import Actor
    from gridconsole.services.desk import Desk

ENDINGS = (".csv", ".jsonl")
MOST = 1 << 62
_COLUMNS = ("seq", "at", "operator", "axis", "door", "subject", "action", "facts", "personal", "digest", "prev", "hash")


def write(desk: Desk, actor: Actor, target: Path, wanted: ledger.Wanted, unmask_for: str | None = None) -> int:
    """Write entries, newest first, and an entry that says so; returns how many.

    Args:
        unmask_for: the reason why personal texts are handed out without masks; None: they are masked.

    Raises:
        NotPermitted: without masks, and not this role's to see.
        ReasonNeeded: without masks, and no reason is given.
        OutputRefused: the target exists already, has another ending, or cannot be written.
    """
    if target.suffix.lower() not in ENDINGS:
        raise OutputRefused(file=str(target), why=t("cli.import.ending", endings=list(ENDINGS)))
    if unmask_for is not None:
        with rights.denials_told(desk, actor), desk.database.reading() as connection:
            privacy.check_may_unmask(connection, actor)
        unmask_for = privacy.reason_of(unmask_for, "unmask")
    try:
        # Nobody else's eyes: who did what stands in it.
        handle = os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError as error:
        raise OutputRefused(file=str(target), why=t("cli.import.exists")) from error
    except (OSError, ValueError) as error:
        raise OutputRefused(file=str(target), why=getattr(error, "strerror", None) or "") from error
    try:
        # Bytes that a forger put in and that are no text are marked, not stumbled over.
        with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
            count = _write(desk, file, target.suffix.lower(), wanted, masked=unmask_for is None)
        _record(desk, actor, wanted, count, unmask_for)
    except OSError as error:
        _take_back(target)
        raise OutputRefused(file=str(target), why=error.strerror or "") from error
    except BaseException:
        # Stopped half way, or without an entry that says so: then nothing is handed out.
        _take_back(target)
        raise
    return count


def _write(desk: Desk, file: TextIO, ending: str, wanted: ledger.Wanted, *, masked: bool) -> int:
    count = 0
    if ending == ".csv":
        file.write("\ufeff" + _line(_COLUMNS))
    with desk.database.reading() as connection, ledger.as_it_lies(connection):
        for count, line in enumerate(ledger.lines(connection, desk.office.id, wanted, MOST, masked=masked), 1):  # noqa: B007  the last is how many
            row = _row(line, desk)
            file.write(json.dumps(row, ensure_ascii=False) + "\n" if ending == ".jsonl" else _line(_cells(row)))
    return count


def _take_back(target: Path) -> None:
    with suppress(OSError):
        target.unlink(missing_ok=True)


def _record(desk: Desk, actor: Actor, wanted: ledger.Wanted, count: int, unmask_for: str | None) -> None:
    since, until = (at.isoformat() if at else None for at in (wanted.since, wanted.until))
    facts: dict[str, object] = {"rows": count, "since": since, "until": until, "case": wanted.case}
    if unmask_for is not None:
        facts["unmasked"] = True
    entry = ledger.NewEntry(
        desk.now(), actor.id, actor.name, desk.door, "office", desk.office.id, "ledger_export", facts,
        {"reason": unmask_for or ""},
    )  # fmt: skip
    with desk.database.writing() as connection:
        ledger.append(connection, desk.office.id, [entry])


def _row(line: ledger.Line, desk: Desk) -> dict[str, Any]:
    at = line.at.astimezone(desk.calendar.zone).isoformat() if line.at is not None else None
    return {**asdict(line), "at": at}


def _cells(row: Mapping[str, Any]) -> list[object]:
    texts = (canonical(row[name]) if isinstance(row[name], dict) else row[name] for name in _COLUMNS)
    return [safe_cell(printable(text)) if isinstance(text, str) else text for text in texts]


def _line(cells: Sequence[object]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
