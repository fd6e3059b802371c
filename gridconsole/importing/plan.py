"""What an import intends: rows sorted into what will be added, changed, left alone or refused, then written in bulk."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from gridconsole.domain.ledger import canonical
from gridconsole.domain.workflow import Role
from gridconsole.importing import values
from gridconsole.importing.rows import Column, Issue, Row
from gridconsole.store import batches, places

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


class Mode(StrEnum):
    """What an import may do to records that are known, or not."""

    UPSERT = "upsert"
    INSERT = "insert"
    """Only new ones; known ones stay as they are."""
    UPDATE = "update"
    """Only known ones; a new one is refused."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A cell of the register that a row changes."""

    sheet: str
    row: int
    label: str
    column: str
    old: str
    new: str


DIFFERENCES_KEPT = 2_000


@dataclass(frozen=True)
class Context:
    """The transaction a plan reads and writes in, for whom, and what it remembers for undoing."""

    connection: Transaction
    desk: Desk
    actor: Actor
    batch: int
    file_name: str
    initials: Callable[[str], str]
    mode: Mode = Mode.UPSERT
    overwrite_blank: bool = False
    changes: list[batches.Change] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)

    def remember(self, table: str, key: int, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """A record this batch adds (no image before) or changes (only the columns it changes)."""
        self.changes.append(batches.Change(table, key, None if before is None else dict(before), dict(after)))

    def differ(self, row: Row, label: str, column: str, old: object, new: object) -> None:
        """A changed cell, for whoever looks at the plan before it is carried out."""
        if len(self.differences) < DIFFERENCES_KEPT:
            words = ("" if value is None else str(value) for value in (old, new))
            self.differences.append(Difference(row.sheet, row.number, label, column, *words))


class Plan:
    """The rows of one kind from one file."""

    columns: ClassVar[tuple[Column, ...]]
    may_import: ClassVar[frozenset[Role]] = frozenset({Role.CLERK, Role.SHIFT_LEADER})
    """Who may import this kind: the registers are theirs who keep them."""
    variants: ClassVar[tuple[tuple[Column, ...], ...]] = ()
    """The same columns with other ones required: sheets that say the same in another way."""
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What a template offers in a drop-down, by field."""
    example: ClassVar[Mapping[str, str]] = {}
    """An invented row for a template, by field."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.late_issues: list[Issue] = []
        """What could only be said once every row was read."""

    @classmethod
    def examples(cls) -> frozenset[str]:
        """What the first cell of a template's example row says."""
        return frozenset(values.EXAMPLE_MARK + text for text in ("", *cls.example.values()))

    @classmethod
    def recognises(cls, key: str) -> bool:  # noqa: ARG003  most kinds have keys of any form
        """Whether a text can be a key of this kind: what tells kinds with like headings apart."""
        return True

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
    defaults: ClassVar[Mapping[str, Any]] = {}
    """What a new record has where its row says nothing; a known one keeps what it has."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        rows = places.existing(context.connection, self.table)
        self.known: dict[Any, dict[str, Any]] = {self.key_of(row): row for row in rows}
        self._seen: dict[Any, tuple[int, str]] = {}
        self._next = places.next_id(context.connection, self.table)
        self._inserts: list[dict[str, Any]] = []
        self._updates: list[dict[str, Any]] = []
        self._titles = {column.name: column.titles[0] for column in self.columns if column.titles}

    def key_of(self, record: Mapping[str, Any]) -> Any:
        """The business key of a record."""
        return record["code"]

    def record(self, row: Row) -> dict[str, Any] | None:
        """The row as a record of the table without ``id``; None after rejecting it."""
        raise NotImplementedError

    def stated(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """The part of a record that its row says itself, for telling a repeated row from a contradicting one."""
        return record

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
        key, content = self.key_of(record), canonical({**self.stated(record), "": self.hangers(row)})
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
        mode = self.context.mode
        if old is None and mode is Mode.UPDATE:
            row.reject("E405", value=self.label(record))
            return Verdict.REJECTED
        if old is not None and mode is Mode.INSERT:
            return Verdict.UNCHANGED
        return self._add(row, key, record) if old is None else self._change(row, old, record)

    def _add(self, row: Row, key: Any, record: dict[str, Any]) -> Verdict:
        unsaid = {name: value for name, value in self.defaults.items() if record.get(name) in (None, "")}
        record = {**record, **unsaid}
        record = {"id": self._next, "extra": "", "initials": self.context.initials(self.label(record)), **record,
                  "batch_id": self.context.batch}  # fmt: skip
        self._next += 1
        self.known[key] = record
        self._inserts.append(record)
        self.attach(row, record, is_new=True)
        return Verdict.INSERTED

    def _change(self, row: Row, old: dict[str, Any], record: dict[str, Any]) -> Verdict:
        given = self._given(row)
        changes = {
            name: value
            for name, value in record.items()
            # A blank cell never overwrites what is known, unless told to.
            if value != old[name] and (value not in (None, "") or (self.context.overwrite_blank and name in given))
        }
        attached = self.attach(row, old, is_new=False)
        if not changes:
            return Verdict.UPDATED if attached else Verdict.UNCHANGED
        for name, value in changes.items():
            self.context.differ(row, self.label(record), self._titles.get(name, name), old[name], value)
        before = dict(old)
        old.update(changes)
        old["initials"] = self.context.initials(self.label(old))
        self._updates.append(old)
        self._remember(old["id"], before, old, (*changes, "initials"))
        return Verdict.UPDATED

    def _given(self, row: Row) -> frozenset[str]:
        """Columns of the table the sheet has a column for: only they can be blank on purpose."""
        return frozenset(
            name for name, value in row.values.items() if name in self._titles and not isinstance(value, values.Masked)
        )

    def _remember(self, key: int, before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> None:
        chosen = tuple(dict.fromkeys(names))
        self.context.remember(self.table, key, {name: before[name] for name in chosen}, {name: after[name] for name in chosen})

    def revise(self, records: Iterable[dict[str, Any]], column: str, values: Iterable[Any]) -> None:
        """Set a column of records that could only be known once all rows were read."""
        revised = []
        for record, value in zip(records, values, strict=True):
            before = dict(record)
            record[column] = value
            self._remember(record["id"], before, record, (column,))
            revised.append({"id": record["id"], column: value})
        places.upsert(self.context.connection, self.table, revised, insert=False)

    def label(self, record: Mapping[str, Any]) -> str:
        """The text type-ahead finds a record by."""
        return str(record["name"])

    def flush(self) -> None:
        for record in self._inserts:
            self.context.remember(self.table, record["id"], None, record)
        # Changes first: a new record may take a name that a known one gives up.
        places.upsert(self.context.connection, self.table, self._updates, insert=False)
        places.upsert(self.context.connection, self.table, self._inserts, insert=True)
        self._inserts, self._updates = [], []
