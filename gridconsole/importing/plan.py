"""Plan of an import: rows sorted into new, changed, unchanged and rejected ones, then written in bulk."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar
from zlib import crc32

from gridconsole.domain.ledger import canonical
from gridconsole.domain.states import Role
from gridconsole.domain.text import mask_kept
from gridconsole.domain.views.imports import Issue
from gridconsole.importing import values
from gridconsole.importing.rows import Column, SheetHeader, SheetRow
from gridconsole.language import t
from gridconsole.services import arrivals
from gridconsole.store import batches, places

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


class RowVerdict(StrEnum):
    """Result for a row."""

    INSERTED = "inserted"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


class Mode(StrEnum):
    """Permission of an import to add or change records."""

    UPSERT = "upsert"
    INSERT = "insert"
    """Only new ones; known ones stay as they are."""
    UPDATE = "update"
    """Only known ones; a new one is refused."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """A cell of the register that a row changes."""

    sheet: str
    row: int
    label: str
    column: str
    old: str
    new: str


DIFFERENCES_KEPT = 2_000


@dataclass
class Context:
    """Environment of a plan: connection, operator, batch, and the changes to remember for undoing."""

    connection: Transaction
    """A read-only snapshot that blocks no writer while rows are decided; from then on, the writing transaction."""
    office: Office
    actor: Actor
    batch: int
    file_name: str
    initials: Callable[[str], str]
    mode: Mode = Mode.UPSERT
    overwrite_blank: bool = False
    source_list: str = ""
    """Name of the list that the rows come from, such as that of a hotline; empty: unknown."""
    fingerprint: str = ""
    """Fingerprint of the headings of the sheet that is read."""
    history: bool | None = None
    """True if cases that may be over or open are over; None: unknown, and a list with such cases is refused."""
    changes: list[batches.RecordChange] = field(default_factory=list)
    differences: list[FieldDifference] = field(default_factory=list)
    _stored: int = 0
    """Changes that are in the database already."""

    def remember(self, table: str, key: int, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        """Remember a record that this batch adds (no image before) or changes (only the columns it changes)."""
        self.changes.append(batches.RecordChange(table, key, None if before is None else dict(before), dict(after)))

    def store_changes(self) -> None:
        """Write the changes remembered so far; only inside the writing transaction."""
        batches.keep_changes(self.connection, self.batch, self._stored, self.changes)
        self._stored += len(self.changes)
        self.changes.clear()

    def note_difference(self, row: SheetRow, label: str, column: str, old: object, new: object) -> None:
        """Note a changed cell for the preview of the import; only the first ``DIFFERENCES_KEPT`` are kept."""
        if len(self.differences) < DIFFERENCES_KEPT:
            words = ("" if value is None else str(value) for value in (old, new))
            self.differences.append(FieldDifference(row.sheet, row.number, label, column, *words))

    def note_extra_difference(self, row: SheetRow, label: str, old: Mapping[str, str], new: Mapping[str, str]) -> None:
        """Note what a row changes under headings its kind does not know."""
        for heading in dict.fromkeys((*old, *new)):
            if old.get(heading) != new.get(heading):
                self.note_difference(row, label, heading, *(masked_cell(heading, kept.get(heading, "")) for kept in (old, new)))


# --- cells under headings a kind does not know ------------------------------------------------------------------

_MASKED = re.compile(r"[\d+-]*\*{2,}[\dXx]*")


def masked_cell(heading: str, value: str) -> str:
    """Return a cell kept by heading, with numbers and names masked."""
    return mask_kept(heading, value)


def read_extra(text: str) -> dict[str, str]:
    """Parse the cells a record keeps by heading."""
    return dict(json.loads(text)) if text else {}


def merged_extra(known: Mapping[str, str], said: Mapping[str, str]) -> dict[str, str]:
    """Merge a row's cells into the kept ones: other headings stay, and a masked value changes nothing."""
    merged = dict(known)
    for heading, value in said.items():
        old = known.get(heading, "")
        if not old or not (_MASKED.fullmatch(value) or masked_cell(heading, old) == value):
            merged[heading] = value
    return merged


def write_extra(extra: Mapping[str, str]) -> str:
    """Inverse of :func:`read_extra`."""
    return canonical(extra) if extra else ""


OF_EVENTS = re.compile(
    "巡查|走访|签到|事件|隐患|处理状态|处理结果|处理情况|上报时间|受理时间|发现问题|存在问题|低保|户主|与.{1,4}关系"
)
"""Headings of logs and lists of events, which name grids and wardens without being their list."""


class Plan:
    """The rows of one kind from one file."""

    columns: ClassVar[tuple[Column, ...]]
    may_import: ClassVar[frozenset[Role]] = frozenset({Role.CLERK, Role.SHIFT_LEADER})
    """Roles that may import this kind; by default the roles that keep the registers."""
    variants: ClassVar[tuple[tuple[Column, ...], ...]] = ()
    """The same columns with other ones required, for sheets of a different layout."""
    without_codes: ClassVar[tuple[tuple[Column, ...], ...]] = ()
    signs: ClassVar[frozenset[str]] = frozenset()
    """Fields that lists of no other kind have: they decide where a header fits several kinds."""
    when_named: ClassVar[tuple[tuple[Column, ...], ...]] = ()
    """Further layouts without codes that say too little to tell the kind: only for a kind that the clerk names."""
    """The columns of sheets that have no codes: the office gives them. Used only if no kind knows the sheet otherwise."""

    def begins_section(self, row: SheetRow) -> bool:  # noqa: ARG002  for lists that have sections
        """Return whether a row is no record but names what the rows below have in common."""
        return False

    @classmethod
    def is_unlikely(cls, header: SheetHeader, titles: str) -> bool:  # noqa: ARG003  for kinds that are confused with others
        """Return whether a header that fits this kind is probably that of something else, so that the clerk must name the kind.

        Args:
            titles: names of the file and the sheet, and what stands above the header.
        """
        return False

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Choices of a template's drop-down, by field."""
    example: ClassVar[Mapping[str, str]] = {}
    """An invented row for a template, by field."""
    own_headings: ClassVar[frozenset[str]] = frozenset()
    """Headings of this program's own lists, which mean no field of the kind."""
    rows_are_acts: ClassVar[bool] = False
    """Rows of this kind are acts on cases, judged on a snapshot and again when they are carried out."""
    passthrough: ClassVar[Mapping[str, str]] = {}
    """Heading of each column whose cells a record keeps by heading, always or only if they are not understood."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.late_issues: list[Issue] = []
        """Issues that are only known once every row is read."""
        self.late_rejects: list[tuple[SheetRow, RowVerdict]] = []
        """Rows rejected only then, with what they were taken for; their last issue says why."""
        self.parts: list[arrivals.Part] = []
        """Packed cases, notes and results; complete after ``conclude``."""

    @classmethod
    def examples(cls) -> frozenset[str]:
        """Return the first cells of template example rows."""
        return frozenset(values.EXAMPLE_MARK + text for text in ("", *cls.example.values()))

    @classmethod
    def recognises(cls, key: str) -> bool:  # noqa: ARG003  most kinds have keys of any form
        """Return whether a text can be a key of this kind; this distinguishes kinds with similar headings."""
        return True

    def sheet(self, name: str, titles: str) -> None:
        """Note that a new sheet begins."""

    def take(self, row: SheetRow) -> RowVerdict:
        """Decide about a row and remember what to write."""
        raise NotImplementedError

    def conclude(self) -> None:
        """Decide what is only known once every row is read; writes nothing."""

    def flush(self) -> None:
        """Write what is remembered, in the writing transaction."""

    def finish(self) -> None:
        """Write what is only known at the end."""


def _digest(content: Mapping[str, Any]) -> bytes:
    """Return a digest by which rows of one run are compared: their fields come in the same order."""
    return hashlib.blake2b(repr(content).encode("utf-8", "surrogatepass"), digest_size=16).digest()


class RegisterPlan(Plan):
    """A plan for a reference table with one key: add, change, leave alone."""

    table: ClassVar[str]
    defaults: ClassVar[Mapping[str, Any]] = {}
    """Values of a new record for blank cells. A known record keeps its values, unless blanks are to overwrite."""
    column_of: ClassVar[Mapping[str, str]] = {}
    """Column that fills a field of the table if their names differ; without such a column, the field's name in messages."""

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        rows = places.existing(context.connection, self.table)
        self.known: dict[Any, dict[str, Any]] = {self.key_of(row): row for row in rows}
        self._seen: dict[Any, tuple[str, int, bytes]] = {}
        """Sheet, row and digest of the content of each record that this file brings."""
        self._next = places.next_id(context.connection, self.table)
        self._inserts: list[dict[str, Any]] = []
        self._updates: list[dict[str, Any]] = []
        self._titles = {column.name: column.titles[0] for column in self.columns if column.titles}

    def key_of(self, record: Mapping[str, Any]) -> Any:
        """Return the business key of a record."""
        return record["code"]

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        """Return the row as a record of the table without ``id``; None after rejecting it."""
        raise NotImplementedError

    def given_fields(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return the part of a record that comes from its row alone, to distinguish a repeated row from a contradicting one."""
        return record

    def attach(self, row: SheetRow, record: dict[str, Any], *, is_new: bool) -> bool:  # noqa: ARG002  most kinds attach nothing
        """Write related records in other tables; returns whether anything there changes."""
        return False

    def related_fields(self, row: SheetRow) -> str:  # noqa: ARG002  most kinds attach nothing
        """Return a row's content beyond its record, to distinguish a repeated row from a contradicting one."""
        return ""

    def give_code(self, row: SheetRow) -> None:
        """Give the row of a sheet without codes the code of the record it means, or a new one."""

    def take(self, row: SheetRow) -> RowVerdict:
        if not row.rejected and not row.values.get("code"):
            self.give_code(row)
        record = None if row.rejected else self.record(row)
        if record is None or row.rejected:
            return RowVerdict.REJECTED
        key, content = self.key_of(record), _digest({**self.given_fields(record), "": self.related_fields(row)})
        if key in self._seen:
            _, first, was = self._seen[key]
            if was == content:
                return RowVerdict.DUPLICATE
            row.reject("E402", value=str(key), suggestion=str(first))
            return RowVerdict.REJECTED
        self._seen[key] = row.sheet, row.number, content
        if row.extra:
            record["extra"] = canonical(row.extra)
        old = self.known.get(key)
        mode = self.context.mode
        if old is None and mode is Mode.UPDATE:
            row.reject("E405", value=self.label(record))
            return RowVerdict.REJECTED
        if old is not None and mode is Mode.INSERT:
            return RowVerdict.UNCHANGED
        return self._add(row, key, record) if old is None else self._change(row, old, record)

    def _add(self, row: SheetRow, key: Any, record: dict[str, Any]) -> RowVerdict:
        unsaid = {name: value for name, value in self.defaults.items() if record.get(name) in (None, "")}
        record = {**record, **unsaid}
        record = {"id": self._next, "extra": "", "initials": self.context.initials(self.label(record)), **record,
                  "batch_id": self.context.batch}  # fmt: skip
        self._next += 1
        self.known[key] = record
        self._inserts.append(record)
        self.attach(row, record, is_new=True)
        return RowVerdict.INSERTED

    def _change(self, row: SheetRow, old: dict[str, Any], record: dict[str, Any]) -> RowVerdict:
        said = record.pop("extra", "")
        blanks = self._blanks(row)
        changes = {}
        for name, value in record.items():
            if value == old[name]:
                continue
            if value not in (None, ""):
                changes[name] = value
            elif self.column_of.get(name, name) in blanks and old[name] != self.defaults.get(name, value):
                # A blank cell overwrites a known value only with ``overwrite_blank``.
                changes[name] = self.defaults.get(name, value)
        if (said or blanks or old["extra"]) and said != old["extra"]:
            extra = self._extra(row, old["extra"], record, blanks)
            if extra != old["extra"]:
                changes["extra"] = extra
        attached = self.attach(row, old, is_new=False)
        if not changes:
            return RowVerdict.UPDATED if attached else RowVerdict.UNCHANGED
        for name, value in changes.items():
            self._note_differences(row, self.label(record), name, old[name], value)
        before = dict(old)
        old.update(changes)
        old["initials"] = self.context.initials(self.label(old))
        self._updates.append(old)
        self._remember(old["id"], before, old, (*changes, "initials"))
        return RowVerdict.UPDATED

    def clears(self, row: SheetRow, column: str) -> bool:
        """Return whether a row leaves a column of its sheet blank, and blanks are to overwrite."""
        value = row.values.get(column)
        return (
            self.context.overwrite_blank
            and column in row.values
            and (not value and value != 0)
            and not isinstance(value, values.Masked)
        )

    def _blanks(self, row: SheetRow) -> frozenset[str]:
        """Return the columns a row leaves blank on purpose: only columns the sheet has, and only if blanks are to overwrite."""
        return frozenset(name for name in row.values if self.clears(row, name)) if self.context.overwrite_blank else frozenset()

    def _extra(self, row: SheetRow, known: str, record: Mapping[str, Any], blanks: frozenset[str]) -> str:
        old = read_extra(known)
        if self.context.overwrite_blank:
            for heading in (*row.blank_headings(), *(self.passthrough[name] for name in blanks if name in self.passthrough)):
                old.pop(heading, None)
        for heading in self._outdated(record):
            old.pop(heading, None)
        return write_extra(merged_extra(old, row.extra))

    def _outdated(self, record: Mapping[str, Any]) -> list[str]:
        """Return headings that keep words not understood earlier, for fields that the record now fills."""
        fields = {column: field for field, column in self.column_of.items()}
        return [
            heading for column, heading in self.passthrough.items() if record.get(fields.get(column, column)) not in (None, "")
        ]

    def _note_differences(self, row: SheetRow, label: str, name: str, old: Any, new: Any) -> None:
        if name == "extra":
            self.context.note_extra_difference(row, label, read_extra(old), read_extra(new))
            return
        column = self.column_of.get(name, name)
        self.context.note_difference(row, label, self._titles.get(column, column), self.said(name, old), self.said(name, new))

    def said(self, field: str, value: Any) -> Any:
        """Return a field's value in the words of the office."""
        if field == "geometry" and value:
            # Coordinates are unreadable for people; their number and a checksum distinguish two boundaries.
            return t("import.boundary", count=value.count(",[") + 1, mark=f"{crc32(value.encode()):08x}")
        return value

    def _remember(self, key: int, before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> None:
        chosen = tuple(dict.fromkeys(names))
        self.context.remember(self.table, key, {name: before[name] for name in chosen}, {name: after[name] for name in chosen})

    def revise(self, records: Iterable[dict[str, Any]], column: str, values: Iterable[Any]) -> None:
        """Set a column of records whose values are only known once all rows are read."""
        revised = []
        for record, value in zip(records, values, strict=True):
            before = dict(record)
            record[column] = value
            self._remember(record["id"], before, record, (column,))
            revised.append({"id": record["id"], column: value})
        places.upsert(self.context.connection, self.table, revised, insert=False)

    def label(self, record: Mapping[str, Any]) -> str:
        """Return the text by which type-ahead finds a record."""
        return str(record["name"])

    def flush(self) -> None:
        for record in self._inserts:
            self.context.remember(self.table, record["id"], None, record)
            if len(self.context.changes) >= places.CHUNK:
                self.context.store_changes()
        # Changes first: a new record may take a name that a known one gives up.
        places.upsert(self.context.connection, self.table, self._updates, insert=False)
        places.upsert(self.context.connection, self.table, self._inserts, insert=True)
        self._inserts, self._updates = [], []
