"""Repeat erasures in a restored file from before them, by comparing it with the same rows of the later file."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.ledger import ERASE
from gridconsole.domain.person import is_without
from gridconsole.store.engine import connect, translated
from gridconsole.store.personal import ERASABLE, PersonalPlace


@dataclass(frozen=True, slots=True)
class LaterErasure:
    """An entry of the later file about the erasure of a person."""

    number: int
    facts: dict[str, Any]


_AFTER = f"SELECT seq, facts FROM ledger WHERE action = '{ERASE}' AND seq > ? ORDER BY seq"


@contextlib.contextmanager
def _later(path: Path) -> Iterator[Any]:
    with translated(path), contextlib.closing(connect(path)) as connection:
        connection.execute("PRAGMA query_only = ON")
        yield connection


def entries_after(path: Path, number: int) -> tuple[LaterErasure, ...]:
    """Read the erasures that a file has after an entry, oldest first."""
    with _later(path) as connection:
        return tuple(LaterErasure(int(seq), json.loads(facts)) for seq, facts in connection.execute(_AFTER, (number,)))


def copy_erased(connection: sa.Connection, path: Path, cases: Collection[str], numbers: Sequence[int]) -> int:
    """Repeat the erasures of a later file; return how many rows changed.

    A text is copied only if it is what remains of the present text after an erasure; nothing else of the later file is copied.

    Args:
        cases: numbers of the cases that the erasures name.
        numbers: numbers of the ledger entries whose personal text they erased.
    """
    changed = 0
    with _later(path) as later:
        for place in ERASABLE:
            if place.name == "entry":
                continue
            changed += _copy_place(connection, later, place, cases)
    for number in numbers:
        changed += connection.execute(_FORGET, {"number": number}).rowcount
    return changed


_FORGET = sa.text("UPDATE ledger_personal SET salt = NULL, body = NULL WHERE seq = :number AND body IS NOT NULL")


def _copy_place(connection: sa.Connection, later: Any, place: PersonalPlace, cases: Collection[str]) -> int:
    columns = (*place.texts, *place.objects)
    values = ", ".join(f"t.{column}" for column in columns)
    query = f"SELECT t.rowid, {place.case}, {values} FROM {place.table} t{place.joins}"
    erased = {
        key: texts
        for key, case, *texts in later.execute(query)
        if not case or case in cases
    }  # fmt: skip
    write = sa.text(f"UPDATE {place.table} SET {', '.join(f'{column} = :{column}' for column in columns)} WHERE rowid = :key")
    changes = []
    for key, _, *texts in connection.exec_driver_sql(query):
        if key not in erased:
            continue
        kept = [now if before and now != before and is_without(str(now), str(before)) else before
                for now, before in zip(erased[key], texts, strict=True)]  # fmt: skip
        if kept != list(texts):
            changes.append({**dict(zip(columns, kept, strict=True)), "key": key})
    if changes:
        connection.execute(write, changes)
    return len(changes)
