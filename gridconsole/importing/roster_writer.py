"""Write what a list says about people into the roster's book: one entry for each act, all in one go."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from gridconsole.domain import roster as rules
from gridconsole.domain.ledger import IMPORT_ORIGIN
from gridconsole.domain.roster import BookTable, Line
from gridconsole.importing import past_owners
from gridconsole.services.roster import GRID, PERSON, POST, UNIT, rank_lines
from gridconsole.store import grid_versions
from gridconsole.store import roster as book
from gridconsole.store.entries import NewEntry

if TYPE_CHECKING:
    from gridconsole.importing.plan import Context


class RosterWriter:
    """Acts of one import on the roster; nothing is written before :meth:`write`."""

    def __init__(self, context: Context) -> None:
        self._context = context
        connection = context.connection
        self._next = {
            table: book.next_number(connection, table)
            for table in (BookTable.EMPLOYMENT, BookTable.POST, BookTable.RESPONSIBILITY)
        }
        self._employments = {person: rows[-1].number for person, rows in book.employments(connection).items()}
        self._posts = {
            (row["person_id"], row["grid_id"]): (number, row)
            for number, row in sorted(book.present_rows(connection, BookTable.POST), key=lambda one: one[1]["starts_on"])
            if row["grid_id"] is not None
        }
        """Number and content of the newest post of a person on a grid."""
        self._at, self._today = context.office.now(), context.office.today()
        self._changes: list[tuple[BookTable, int, Mapping[str, Any] | None, Mapping[str, Any]]] = []
        self._entries: list[book.BookEntry] = []
        self._notes: list[tuple[int, str]] = []
        """Remarks on leaves, by number."""

    def add_person(self, record: Mapping[str, Any]) -> None:
        """Add a person with the employment."""
        number = self._number(BookTable.EMPLOYMENT)
        row = _employment(record)
        self._add("person_add", (PERSON, record["id"]), [Line(BookTable.EMPLOYMENT, number, row)], record=record)
        self._remember(BookTable.EMPLOYMENT, number, None, row)

    def change_person(self, record: Mapping[str, Any], *, is_employment_changed: bool) -> None:
        """Change what is known of a person."""
        lines: list[Line] = []
        if is_employment_changed:
            number = self._employments.get(record["id"])
            before = None if number is None else book.present(self._context.connection, BookTable.EMPLOYMENT, number)
            number = number if number is not None else self._number(BookTable.EMPLOYMENT)
            said = _employment(record)
            if before is not None and before["ends_on"] == said["ends_on"]:
                said["why_ended"] = before["why_ended"]
            row = {**(before or {}), **said}
            lines.append(Line(BookTable.EMPLOYMENT, number, row))
            self._remember(BookTable.EMPLOYMENT, number, before, row)
        self._add("person_change", (PERSON, record["id"]), lines, record=record)

    def rejoin(self, record: Mapping[str, Any]) -> None:
        """Begin another employment of a person who had left."""
        number = self._number(BookTable.EMPLOYMENT)
        row = _employment(record)
        self._add("rejoin", (PERSON, record["id"]), [Line(BookTable.EMPLOYMENT, number, row)], record=record)
        self._remember(BookTable.EMPLOYMENT, number, None, row)

    def start_post(self, person: int, grid: int, rank: str, duty: str, starts: date, ends: date | None) -> None:
        """Put a person on a grid."""
        _, earlier = self._posts.get((person, grid), (0, None))
        end = rules.span_of(earlier)[1] if earlier is not None else None
        if end is not None and end > starts:
            starts = end
        number = self._number(BookTable.POST)
        row = rules.post_row(person, rank, starts, ends, grid=grid, duty=duty)
        self._posts[person, grid] = (number, row)
        facts = {"warden_id": person, "grid_id": grid, "rank": rank}
        self._add("post_start", (POST, number), [Line(BookTable.POST, number, row)], facts)
        self._remember(BookTable.POST, number, None, row)

    def start_area_post(self, person: int, area: int, duty: str, starts: date, ends: date | None) -> None:
        """Give a person a post in a whole area."""
        number = self._number(BookTable.POST)
        row = rules.post_row(person, "A", starts, ends, area=area, duty=duty)
        facts = {"warden_id": person, "area_id": area, "rank": "A"}
        self._add("post_start", (POST, number), [Line(BookTable.POST, number, row)], facts)
        self._remember(BookTable.POST, number, None, row)

    def end_area_post(self, number: int, row: Mapping[str, Any], day: date) -> None:
        """End a post in an area as of a day."""
        ended = rules.ended(row, max(day, date.fromisoformat(row["starts_on"])))
        facts = {"warden_id": row["person_id"], "area_id": row["area_id"]}
        self._add("post_end", (POST, number), [Line(BookTable.POST, number, ended)], facts)
        self._remember(BookTable.POST, number, row, ended)

    def end_post(self, person: int, grid: int, day: date) -> None:
        """Take a person off a grid as of a day."""
        number, row = self._posts.get((person, grid), (0, None))
        if row is None or row["ends_on"] is not None:
            return
        ended = rules.ended(row, max(day, date.fromisoformat(row["starts_on"])))
        self._posts[person, grid] = (number, ended)
        self._add("post_end", (POST, number), [Line(BookTable.POST, number, ended)], {"warden_id": person, "grid_id": grid})
        self._remember(BookTable.POST, number, row, ended)

    def end_everything(self, person: int, day: date) -> None:
        """End every post and leave of a person who is gone from a day on."""
        connection = self._context.connection
        posts = dict(book.of_person(connection, BookTable.POST, person))
        for line in rules.posts_over(posts.items(), day):
            row = posts[line.number]
            facts = {"warden_id": person, "grid_id": row["grid_id"]} | ({"area_id": row["area_id"]} if row["area_id"] else {})
            self._add("post_end", (POST, line.number), [line], facts)
            self._remember(BookTable.POST, line.number, row, line.row or {})
        for number, row in book.of_person(connection, BookTable.LEAVE, person):
            if row["first_half"] >= day.isoformat():
                self._add("leave_end", (PERSON, person), [Line(BookTable.LEAVE, number, None)])
                self._remember(BookTable.LEAVE, number, row, {})

    def change_rank(self, person: int, grid: int, rank: str) -> None:
        """Change the rank of a person on a grid from today on."""
        number, row = self._posts.get((person, grid), (0, None))
        if row is None or row["ends_on"] is not None:
            return
        lines = rank_lines(number, row, rank, self._today, self._next[BookTable.POST])
        if len(lines) > 1:
            self._next[BookTable.POST] += 1
        for line in lines:
            self._remember(BookTable.POST, line.number, row if line.number == number else None, line.row or {})
        self._posts[person, grid] = (lines[-1].number, dict(lines[-1].row or {}))
        self._add("post_rank", (POST, number), lines, {"warden_id": person, "grid_id": grid, "rank": rank})

    def change_duties(self, unit: int, wanted: Iterable[rules.DutyKey]) -> None:
        """Give a unit exactly some responsibilities from today on."""
        present = book.duties_of(self._context.connection, unit)
        lines = rules.duty_lines(unit, present, wanted, self._today, self._next[BookTable.RESPONSIBILITY])
        if not lines:
            return
        were = dict(present)
        for line in lines:
            self._remember(line.table, line.number, were.get(line.number), line.row or {})
        self._next[BookTable.RESPONSIBILITY] += sum(line.number not in were for line in lines)
        self._add("duties_change", (UNIT, unit), lines)

    def put_unit(self, action: str, record: Mapping[str, Any]) -> None:
        """Say in the ledger what a unit is from now on; names of people in it can be erased."""
        facts = {name: record[name] for name in ("code", "name", "kind", "parent_id", "all_day", "contract_ends_on")}
        people = {name: record[name] for name in ("head", "contact") if record[name]}
        self._add(action, (UNIT, record["id"]), [], facts, personal=people)

    def grids_as_registered(self, grids: Collection[int]) -> None:
        """Say in the book what some grids are from today on, as the register says."""
        for key, lines in grid_versions.lines_for(self._context.connection, grids, self._today).items():
            action = "grid_add" if len(lines) == 1 and (lines[0].row or {}).get("starts_on") is None else "grid_change"
            self._add(action, (GRID, key), lines)

    def add_leave(self, line: Line, remark: str) -> None:
        """Add a leave, with a remark that can be erased."""
        row = line.row or {}
        self._add("leave_add", (PERSON, row["person_id"]), [line], personal={"note": remark})
        self._remember(line.table, line.number, None, row)
        self._notes.append((line.number, remark))

    def write(self) -> None:
        """Write the entries and their rows, and remember them for undoing."""
        for number, remark in self._notes:
            book.put_note(self._context.connection, BookTable.LEAVE, number, remark)
        for table, number, before, after in self._changes:
            self._context.remember(table.value, number, before, after)
        entries = past_owners.with_past_owners(self._context.connection, self._today, self._changes, self._entries)
        book.record(self._context.connection, self._context.office.id, entries)

    @property
    def lines(self) -> list[Line]:
        """Lines that the acts say in the book."""
        return [line for entry in self._entries for line in entry.lines]

    def _number(self, table: BookTable) -> int:
        self._next[table] += 1
        return self._next[table] - 1

    def _add(
        self, action: str, about: tuple[str, int], lines: Sequence[Line], facts: Mapping[str, object] | None = None, *,
        record: Mapping[str, Any] | None = None, personal: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        said: dict[str, object] = {"batch": self._context.batch, **(facts or {})}
        kept = dict(personal or {})
        if record is not None:
            said["code"] = record["code"]
            kept["name"] = record["name"]
        actor = self._context.actor
        entry = NewEntry(
            at=self._at, operator_id=actor.id, operator=actor.name, origin=IMPORT_ORIGIN, subject_kind=about[0], subject_id=about[1],
            action=action, facts=book.saying(lines, said), personal=kept,
        )  # fmt: skip
        self._entries.append(book.BookEntry(entry, tuple(lines)))

    def _remember(self, table: BookTable, number: int, before: Mapping[str, Any] | None, after: Mapping[str, Any]) -> None:
        self._changes.append((table, number, before, after))


def _employment(record: Mapping[str, Any]) -> dict[str, Any]:
    row = rules.employment_row(record["id"], record["employment"], employer=record["employer"])
    return {**row, "starts_on": record["joined_on"], "ends_on": record["left_on"]}
