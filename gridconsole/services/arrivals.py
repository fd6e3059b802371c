"""Write the cases and results of a long list: decide outside the write lock, stage in one short transaction, write in slices.

Once the slices are staged, the import has happened: if the program ends in the middle, the next one that opens the office goes on.
Measured: writing 100,000 cases in one transaction takes 8 s and more on two cores, and no other program could write meanwhile.
"""

from __future__ import annotations

import json
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import DatabaseBusy, DeliveryInterrupted, GridConsoleError, Refused, UsageRefused
from gridconsole.domain.ledger import IMPORT_ORIGIN
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.domain.views.imports import Issue
from gridconsole.domain.views.reconciling import Mark
from gridconsole.services import casework, results, undoing
from gridconsole.store import batches, incidents, ledger, list_marks, pending, staging, turns
from gridconsole.store.types import instant, stamp, stamp_or_none

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SLICE = 250
"""Cases written in one transaction. Other programs wait for about a twentieth of a second."""
NOTES_SLICE = 50
"""Notes or results on known cases in one transaction. Fewer than new cases, because each is an act of its own."""
AT_ONCE = 2_000
"""Most cases that a list may have to be written in one transaction, without slices. A note or a result counts as ten cases."""
MARKS_SLICE = 1_000
"""Statements about known cases written in one transaction: one row each."""
MARKS_A_CASE = 20
"""Statements that count as one case where a list is weighed."""
UNDO_SLICE = 100
"""Cases withdrawn in one transaction. Each is an act of its own."""
UNDO_AT_ONCE = 200
"""Most cases of an import that is taken back in one transaction."""
WAIT_SECONDS = 60.0
"""Longest time that an import waits until another import is written."""


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of a list, already decided, and encoded as bytes."""

    body: bytes
    days: Mapping[str, int]
    """Number of case numbers it needs, by day (``YYYYMMDD``)."""
    weight: int
    """Size in cases; a note or a result counts as ten."""


@dataclass(frozen=True, slots=True)
class Note:
    """New information in a list about a known case."""

    number: str
    old_key: str
    new_key: str
    text: str
    outer_due_at: datetime | None = None
    """Deadline that the list's system sets, if it changed."""


OUTDATED = "E505"
"""Code of the issue of a row that could be carried out when the list was read, but no longer when it was written."""
NUMBER_HEADING = "案件号"
"""Column of a result sheet that names the case."""


@dataclass(frozen=True, slots=True)
class StagedResult:
    """A line of a result sheet that can be carried out, with its sheet and row."""

    line: results.ResultLine
    sheet: str
    row: int
    cells: Mapping[str, Any]
    """Cells of the row by heading, unchanged; stored if the row is rejected after all."""


@dataclass(frozen=True, slots=True)
class BatchClosing:
    """Ledger entry of a batch, written when all its rows are written."""

    actor: Actor
    facts: Mapping[str, Any]
    file: str
    keeps_rejects: bool = True
    """True: rejected rows are stored with this batch. False: they stay where they were stored before."""

    def less(self, outdated: int) -> BatchClosing:
        """Return this entry with some rows counted as rejected, because they could no longer be carried out."""
        counts = {"updated": self.facts["updated"] - outdated, "rejected": self.facts["rejected"] + outdated}
        return replace(self, facts={**self.facts, **counts})

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of rows by result."""
        return {name: value for name, value in self.facts.items() if isinstance(value, int)}

    def entry(self, batch: int, at: datetime) -> ledger.NewEntry:
        """Return the ledger entry, dated when it is written: other programs may have written since the list was decided."""
        return ledger.NewEntry(
            at=at,
            operator_id=self.actor.id,
            operator=self.actor.name,
            origin=IMPORT_ORIGIN,
            subject_kind="batch",
            subject_id=batch,
            action="import",
            facts=self.facts,
            personal={"file": self.file},
        )


def part_of_cases(new: Sequence[tuple[str, incidents.NewIncident]]) -> Part:
    """Encode new cases, each with the day of its number."""
    rows = [[day, *_packed(casework.prepare(item))] for day, item in new]
    return Part(_pack({"cases": rows}), Counter(day for day, _ in new), len(new))


def part_of_marks(marks: Sequence[tuple[str, Mark]]) -> Part:
    """Encode statements of a list, by the numbers of known cases and the import keys of new ones."""
    return Part(_pack({"marks": [[case, *_packed_mark(mark)] for case, mark in marks]}), {}, len(marks) // MARKS_A_CASE)


def _packed_mark(mark: Mark) -> list[Any]:
    done = mark.done_at.isoformat() if mark.done_at else None
    return [mark.source_list, mark.batch, mark.said, mark.is_over, mark.result, done, mark.handler, mark.times]


def _unpacked_mark(said: Sequence[Any]) -> Mark:
    source_list, batch, state, is_over, result, done, handler, times = said
    return Mark(source_list, batch, state, is_over, result, datetime.fromisoformat(done) if done else None, handler, times)


def part_of_notes(notes: Sequence[Note]) -> Part:
    """Encode notes on known cases."""
    return Part(
        _pack(
            {"notes": [[note.number, note.old_key, note.new_key, note.text, stamp_or_none(note.outer_due_at)] for note in notes]}
        ),
        {},
        10 * len(notes),
    )


def part_of_results(lines: Sequence[StagedResult]) -> Part:
    """Encode lines of a result sheet."""
    rows = []
    for staged in lines:
        line, at = staged.line, staged.line.done_at
        done_at = at.isoformat() if at is not None else None
        rows.append([line.number, line.result, line.handler, done_at, staged.sheet, staged.row, staged.cells])
    return Part(_pack({"results": rows}), {}, 10 * len(lines))


def _packed(row: casework.PreparedCase) -> list[Any]:
    return [row.row.columns, row.row.clock, row.row.handled, stamp(row.at), row.action, row.facts, row.personal]


def _unpacked(said: Sequence[Any]) -> casework.PreparedCase:
    columns, clock, handled, at, action, facts, personal = said
    row = incidents.PreparedRow(tuple(columns), clock and tuple(clock), handled and tuple(handled))
    return casework.PreparedCase(row, instant(at), action, facts, personal)


def _pack(content: Mapping[str, Any]) -> bytes:
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass"), 1)


def _unpack(body: bytes) -> dict[str, Any]:
    return dict(json.loads(zlib.decompress(body).decode("utf-8", "surrogatepass")))


def settle(connection: Transaction, office: Office, batch: int, parts: Sequence[Part], closing: BatchClosing) -> bool:
    """Write a short list, or stage a long one for :func:`deliver`; returns whether it is written.

    Raises:
        SerialExhausted: a day does not have enough numbers left; nothing is stored.
        TimeBehind, TimeDoubtful: the machine's time cannot be right; nothing is stored.
    """
    # Staged slices are written even if the time becomes doubtful later, so the time is checked first.
    ledger.check_time(connection, office.id, "import", office.now())
    taken = _take_numbers(connection, office, parts)
    if sum(part.weight for part in parts) <= AT_ONCE:
        for part, numbers in zip(parts, taken, strict=True):
            closing = _write(connection, office, closing=closing, batch=batch, numbers=numbers, body=part.body)
        ledger.append(connection, office.id, [closing.entry(batch, office.now())])
        return True
    for position, (part, numbers) in enumerate(zip(parts, taken, strict=True), staging.HEADER + 1):
        staging.put(connection, staging.StagedSlice(batch, position, numbers, part.body))
    staging.put(connection, staging.StagedSlice(batch, staging.HEADER, {}, _header(closing)))
    return False


def _take_numbers(connection: Transaction, office: Office, parts: Iterable[Part]) -> list[dict[str, int]]:
    """Reserve the case numbers of all parts; returns the first serial of each day for each part."""
    needed: Counter[str] = Counter()
    for part in parts:
        needed.update(part.days)
    following = {
        day: int(incidents.take_numbers(connection, office.id, day, count)[0][len(day) :]) for day, count in needed.items()
    }
    taken = []
    for part in parts:
        taken.append({day: following[day] for day in part.days})
        for day, count in part.days.items():
            following[day] += count
    return taken


def set_undoing_down(connection: Transaction, office: Office, begun: undoing.Undoing) -> None:
    """Stage the undoing of a batch, which :func:`deliver` carries out.

    Raises:
        TimeBehind, TimeDoubtful: the machine's time cannot be right; nothing is stored.
    """
    ledger.check_time(connection, office.id, "import_undo", office.now())
    staging.put_header(connection, begun.number, _header(begun))


def _header(errand: BatchClosing | undoing.Undoing) -> bytes:
    """Encode the pending work and its operator. The fields tell whether it is an import or the undoing of one."""
    actor = errand.actor
    said = {"id": actor.id, "name": actor.name, "roles": sorted(role.value for role in actor.roles), "warden": actor.warden_id}
    return _pack(asdict(errand) | {"actor": said})


def _errand(body: bytes) -> BatchClosing | undoing.Undoing:
    said = _unpack(body)
    actor = said.pop("actor")
    who = Actor(actor["id"], actor["name"], frozenset(map(Role, actor["roles"])), actor["warden"])
    if "withdrawn" in said:
        return undoing.Undoing(who, **said | {"kept": tuple(said["kept"])})
    return BatchClosing(who, **said)


def _write(
    connection: Transaction, office: Office, closing: BatchClosing, batch: int, numbers: Mapping[str, int], body: bytes
) -> BatchClosing:
    """Write a slice; returns the closing entry, changed if rows could no longer be carried out."""
    actor = closing.actor
    content, following = _unpack(body), dict(numbers)
    cases: list[tuple[str, casework.PreparedCase]] = []
    for day, *said in content.get("cases", ()):
        cases.append((f"{day}{following[day]:05d}", _unpacked(said)))
        following[day] += 1
    casework.insert_prepared(connection, office, actor=actor, rows=cases, batch=batch, origin=IMPORT_ORIGIN)
    marks = content.get("marks", ())
    keys = list_marks.keys_of(connection, office.id, [case for case, *_ in marks]) if marks else {}
    list_marks.put(connection, ((keys[case], _unpacked_mark(said)) for case, *said in marks if case in keys))
    changes = []
    # A slice of an earlier program has no deadline.
    for number, old_key, new_key, text, *due in content.get("notes", ()):
        outer = instant(due[0]) if due and due[0] else None
        addition = casework.Addition(number, new_key, text, batch, outer)
        key, was_due = casework.record_correction(connection, office, actor, addition)
        before, after = {"import_key": old_key}, {"import_key": new_key}
        if outer is not None and outer != was_due:
            before["outer_due_at"], after["outer_due_at"] = stamp_or_none(was_due), stamp_or_none(outer)
        changes.append(batches.RecordChange("incident", key, before, after))
    if changes:
        batches.keep_changes(connection, batch, batches.next_position(connection, batch), changes)
    outdated = 0
    for number, result, handler, done_at, sheet, row, cells in content.get("results", ()):
        line = results.ResultLine(number, result, handler, datetime.fromisoformat(done_at) if done_at else None)
        try:
            results.carry_out(connection, office, actor, line)
        except (results.LineOutdated, Refused, UsageRefused):
            outdated += 1
            issue = Issue(sheet, row, NUMBER_HEADING, OUTDATED, "error")
            batches.put_aside(connection, batch, batches.Reject(sheet, row, cells), issue, is_kept=closing.keeps_rejects)
    if not outdated:
        return closing
    closing = closing.less(outdated)
    batches.recount(connection, batch, closing.counts)
    return closing


# --- writing what was staged ------------------------------------------------------------------------------------


def deliver(office: Office, batch: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the slices of a batch that was just staged. An interrupt (Ctrl+C) does not stop it.

    If the process ends, the next program that opens the office writes the rest.

    Args:
        progress: called after each slice with the slices left and the total.

    Raises:
        DeliveryInterrupted: a slice could not be written; the rest is written when the office is opened the next time.
    """
    with turns.alone(office.database.path):
        with office.database.reading() as connection:
            left = slices = staging.count(connection, batch)
        while True:
            try:
                if not _deliver_one(office):
                    return
                left -= 1
                if progress is not None and left >= 0:
                    progress(left, slices)
            except KeyboardInterrupt:
                continue
            except GridConsoleError as error:
                raise DeliveryInterrupted(number=batch) from error
            office.database.turns.let_others_in()


def resume(office: Office) -> None:
    """Continue an import that a program left unfinished; does nothing while another program is writing it.

    Raises:
        DatabaseUnusable: the database cannot be written now.
    """
    with office.database.reading() as connection:
        if not pending.is_import_staged(connection):
            return
    with turns.alone(office.database.path) as is_alone:
        while is_alone and _deliver_one(office):
            office.database.turns.let_others_in()


def finish_others(office: Office) -> None:
    """Write every staged import to its end, or wait for the program that writes it.

    Raises:
        DatabaseBusy: another program is still writing after a minute.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        resume(office)
        with office.database.reading() as connection:
            if not pending.is_import_staged(connection):
                return
        if time.monotonic() > until:
            raise DatabaseBusy(path=office.database.path, holder=office.database.turns.holder(), waited=WAIT_SECONDS)
        time.sleep(turns.STEP_SECONDS)


def _deliver_one(office: Office) -> bool:
    with office.database.writing() as connection:
        found = staging.next_slice(connection)
        if found is None:
            return False
        errand = _errand(staging.header(connection, found.batch))
        if isinstance(errand, undoing.Undoing):
            if (further := undoing.withdraw(connection, office, errand, UNDO_SLICE)) is not None:
                staging.put_header(connection, found.batch, _header(further))
                return True
            undoing.close(connection, office, errand)
        elif found.position == staging.HEADER:
            ledger.append(connection, office.id, [errand.entry(found.batch, office.now())])
        else:
            closing = _write(connection, office, closing=errand, batch=found.batch, numbers=found.numbers, body=found.body)
            if closing is not errand:
                staging.put_header(connection, found.batch, _header(closing))
        staging.drop(connection, found)
    return True


def is_register_changed(connection: Transaction, office: Office, since: int) -> bool:
    """Return whether a register that an import depends on was changed after a ledger number, or an import is pending."""
    return pending.is_import_staged(connection) or ledger.has_entries_of(connection, office.id, since, _DECIDE)


_DECIDE = ("batch", "post", "person", "warden", "unit", "office", "year")
"""Subjects of the entries that change registers, known rows of lists, or settings."""
