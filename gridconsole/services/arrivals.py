"""Cases and results that arrive by a long list: decided outside the writers' lock, set down whole in one short transaction, written in slices.

Once the slices are set down the import has happened: if the program ends in the middle, the next one to open the office goes on.
Measured: writing 100,000 cases in one transaction takes 8 s and more on two cores, as long as which nobody else could write.
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
from gridconsole.services import casework, results, undoing
from gridconsole.store import batches, incidents, ledger, staging, turns
from gridconsole.store.types import instant, stamp

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SLICE = 250
"""Cases written in one transaction: about a twentieth of a second, in which others wait."""
NOTES_SLICE = 50
"""Notes or results on known cases in one transaction: each is an act by itself."""
AT_ONCE = 2_000
"""A list with no more cases, or a tenth of it in notes or results, is written in one transaction, as if there were no slices."""
UNDO_SLICE = 100
"""Cases withdrawn in one transaction: each is an act by itself."""
UNDO_AT_ONCE = 200
"""An import with no more cases is taken back in one transaction."""
WAIT_SECONDS = 60.0
"""How long an import waits for another one to be written to its end."""


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of a list, decided and packed."""

    body: bytes
    days: Mapping[str, int]
    """How many case numbers it needs, by day."""
    weight: int
    """In cases."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something new that a list says of a known case."""

    number: str
    old_key: str
    new_key: str
    text: str


OUTDATED = "E505"
NUMBER_HEADING = "案件号"
"""Column of a result sheet that names the case."""
"""Code of what is said of a row that could be carried out when it was read, and not any more when it was written."""


@dataclass(frozen=True, slots=True)
class StagedResult:
    """A line of a result sheet that can be carried out, and the row it stands in."""

    line: results.ResultLine
    sheet: str
    row: int
    cells: Mapping[str, Any]
    """By heading, as they stood; kept if it is put aside after all."""


@dataclass(frozen=True, slots=True)
class Closing:
    """Ledger entry of a batch, written once all of it is there."""

    actor: Actor
    facts: Mapping[str, Any]
    file: str
    keeps_rejects: bool = True
    """Rows that are put aside wait in this batch; else where they waited before."""

    def less(self, outdated: int) -> Closing:
        """The same, after some rows could not be carried out any more."""
        counts = {"updated": self.facts["updated"] - outdated, "rejected": self.facts["rejected"] + outdated}
        return replace(self, facts={**self.facts, **counts})

    @property
    def counts(self) -> dict[str, int]:
        """Return the number of rows by result."""
        return {name: value for name, value in self.facts.items() if isinstance(value, int)}

    def entry(self, batch: int, at: datetime) -> ledger.NewEntry:
        """The entry, of the moment it is written: others may have written since the list was decided."""
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
    """Pack new cases, each with the day its number is of."""
    rows = [[day, *_packed(casework.prepare(item))] for day, item in new]
    return Part(_pack({"cases": rows}), Counter(day for day, _ in new), len(new))


def part_of_notes(notes: Sequence[Note]) -> Part:
    """Pack notes on known cases."""
    return Part(_pack({"notes": [[note.number, note.old_key, note.new_key, note.text] for note in notes]}), {}, 10 * len(notes))


def part_of_results(lines: Sequence[StagedResult]) -> Part:
    """Pack lines of a result sheet."""
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


def settle(connection: Transaction, office: Office, batch: int, parts: Sequence[Part], closing: Closing) -> bool:
    """Write a short list, or set a long one down to be written by :func:`deliver`; returns whether it is written.

    Raises:
        SerialExhausted: a day has not so many numbers left; nothing is kept.
        TimeBehind, TimeDoubtful: the machine's time cannot be right; nothing is kept.
    """
    # What is set down is written whatever becomes of the time: it is checked before.
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
    """The first serial of each day, for each part."""
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
    """Set down that a batch is taken back, to be carried out by :func:`deliver`.

    Raises:
        TimeBehind, TimeDoubtful: the machine's time cannot be right; nothing is kept.
    """
    ledger.check_time(connection, office.id, "import_undo", office.now())
    staging.put_header(connection, begun.number, _header(begun))


def _header(errand: Closing | undoing.Undoing) -> bytes:
    """Encode who imports or undoes, and the rest of the work; the fields tell which of the two it is."""
    actor = errand.actor
    said = {"id": actor.id, "name": actor.name, "roles": sorted(role.value for role in actor.roles), "warden": actor.warden_id}
    return _pack(asdict(errand) | {"actor": said})


def _errand(body: bytes) -> Closing | undoing.Undoing:
    said = _unpack(body)
    actor = said.pop("actor")
    who = Actor(actor["id"], actor["name"], frozenset(map(Role, actor["roles"])), actor["warden"])
    if "withdrawn" in said:
        return undoing.Undoing(who, **said | {"kept": tuple(said["kept"])})
    return Closing(who, **said)


def _write(
    connection: Transaction, office: Office, closing: Closing, batch: int, numbers: Mapping[str, int], body: bytes
) -> Closing:
    """Write a slice; returns what is to be said of the batch in the end."""
    actor = closing.actor
    content, following = _unpack(body), dict(numbers)
    cases: list[tuple[str, casework.PreparedCase]] = []
    for day, *said in content.get("cases", ()):
        cases.append((f"{day}{following[day]:05d}", _unpacked(said)))
        following[day] += 1
    casework.insert_prepared(connection, office, actor=actor, rows=cases, batch=batch, origin=IMPORT_ORIGIN)
    changes = []
    for number, old_key, new_key, text in content.get("notes", ()):
        key = casework.record_correction(connection, office, actor=actor, number=number, key=new_key, text=text)
        changes.append(batches.RecordChange("incident", key, {"import_key": old_key}, {"import_key": new_key}))
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


# --- writing what was set down ----------------------------------------------------------------------------------


def deliver(office: Office, batch: int, progress: Callable[[int, int], None] | None = None) -> None:
    """Write the slices of a batch that was just set down. It cannot be stopped any more, only be left to the next program.

    Args:
        progress: is told how many slices of all are left, after each.

    Raises:
        DeliveryInterrupted: the rest is written as soon as the office is opened the next time.
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
    """Go on where a program ended in the middle of an import; nothing where another one is still at it.

    Raises:
        DatabaseUnusable: it cannot be written now.
    """
    with office.database.reading() as connection:
        if not staging.is_pending(connection):
            return
    with turns.alone(office.database.path) as is_alone:
        while is_alone and _deliver_one(office):
            office.database.turns.let_others_in()


def finish_others(office: Office) -> None:
    """Let every import that was set down be written to its end.

    Raises:
        DatabaseBusy: another program is still at it after a minute.
    """
    until = time.monotonic() + WAIT_SECONDS
    while True:
        resume(office)
        with office.database.reading() as connection:
            if not staging.is_pending(connection):
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
    """Return whether a register that an import decides by was changed after a ledger number."""
    return staging.is_pending(connection) or ledger.has_entries_of(connection, office.id, since, _DECIDE)


_DECIDE = ("batch", "post", "warden", "unit", "office", "year")
"""Subjects of entries by which registers, known rows of lists or settings changed."""
