"""What an import intends: rows sorted into what will be added, changed, left alone or refused, then written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from gridconsole.domain.ledger import canonical
from gridconsole.importing.rows import Column, Issue, Row
from gridconsole.store import places

if TYPE_CHECKING:
    from gridconsole.domain.incident import Actor
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction


class Verdict(StrEnum):
    """What becomes of a row."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Context:
    """The transaction a plan reads and writes in, and for whom."""

    connection: Transaction
    desk: Desk
    actor: Actor
    batch: int
    file_name: str
    initials: Callable[[str], str]


class Plan:
    """The rows of one kind from one file."""

    columns: ClassVar[tuple[Column, ...]]

    def __init__(self, context: Context) -> None:
        self.context = context

    def sheet(self, name: str, titles: str) -> Issue | None:
        """A new sheet begins; an issue refuses it."""

    def take(self, row: Row) -> Verdict:
        """Decide about a row and remember what to write."""
        raise NotImplementedError

    def flush(self) -> None:
        """Write what is remembered."""

    def finish(self) -> None:
        """Write what could only be known at the end."""


class Register(Plan):
    """A plan for a reference table with one key: add, change, leave alone."""

    table: ClassVar[str]

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        rows = places.existing(context.connection, self.table)
        self.known: dict[Any, dict[str, Any]] = {self.key_of(row): row for row in rows}
        self._seen: dict[Any, tuple[int, str]] = {}
        self._next = places.next_id(context.connection, self.table)
        self._inserts: list[dict[str, Any]] = []
        self._updates: list[dict[str, Any]] = []

    def key_of(self, record: Mapping[str, Any]) -> Any:
        """The business key of a record."""
        return record["code"]

    def record(self, row: Row) -> dict[str, Any] | None:
        """The row as a record of the table without ``id``; None after rejecting it."""
        raise NotImplementedError

    def attach(self, row: Row, record: dict[str, Any], *, is_new: bool) -> bool:  # noqa: ARG002  most kinds hang nothing on
        """What hangs on the record in other tables; returns whether anything there changes."""
        return False

    def hangers(self, row: Row) -> str:  # noqa: ARG002  most kinds hang nothing on
        """What a row says beyond its record, for telling a repeated row from a contradicting one."""
        return ""

    def take(self, row: Row) -> Verdict:
        record = None if row.rejected else self.record(row)
        if record is None or row.rejected:
            return Verdict.REJECTED
        key, content = self.key_of(record), canonical({**record, "": self.hangers(row)})
        if key in self._seen:
            first, was = self._seen[key]
            if was == content:
                return Verdict.DUPLICATE
            row.reject("E402", value=str(key), suggestion=str(first))
            return Verdict.REJECTED
        self._seen[key] = row.number, content
        if row.extra:
            record["extra"] = canonical(row.extra)
        old = self.known.get(key)
        return self._add(row, key, record) if old is None else self._change(row, old, record)

    def _add(self, row: Row, key: Any, record: dict[str, Any]) -> Verdict:
        record = {"id": self._next, "extra": "", "initials": self.context.initials(self.label(record)), **record,
                  "batch_id": self.context.batch}  # fmt: skip
        self._next += 1
        self.known[key] = record
        self._inserts.append(record)
        self.attach(row, record, is_new=True)
        return Verdict.INSERTED

    def _change(self, row: Row, old: dict[str, Any], record: dict[str, Any]) -> Verdict:
        # A blank cell never overwrites what is known.
        changes = {name: value for name, value in record.items() if value not in (None, "") and value != old[name]}
        attached = self.attach(row, old, is_new=False)
        if not changes:
            return Verdict.UPDATED if attached else Verdict.UNCHANGED
        old.update(changes)
        old["initials"] = self.context.initials(self.label(old))
        self._updates.append(old)
        return Verdict.UPDATED

    def label(self, record: Mapping[str, Any]) -> str:
        """The text type-ahead finds a record by."""
        return str(record["name"])

    def flush(self) -> None:
        places.upsert(self.context.connection, self.table, self._inserts, insert=True)
        places.upsert(self.context.connection, self.table, self._updates, insert=False)
        self._inserts, self._updates = [], []
