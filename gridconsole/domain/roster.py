"""The roster book: who works where, in which days, and which ledger entry says so.

A row of the book has two times. Its *valid* days say when it was so in the office: ``[starts_on, ends_on)``, the end open if it is
None. Its *recorded* numbers say when the office knew it: from the ledger entry that brought it to the one that replaced it. A row is
never changed; a correction replaces it by another version with the same number. So the book answers who was responsible on any day,
as known at any entry, and applying the entries in order gives the same rows again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from gridconsole.domain.ledger import canonical


class BookTable(StrEnum):
    """Tables of the book, by the names of their tables in the file."""

    EMPLOYMENT = "employment"
    POST = "post"
    LEAVE = "leave"
    RESPONSIBILITY = "responsibility"
    """权责清单: a unit for a category, in an area."""
    GRID = "grid_version"
    """Name, code, community and base data of a grid in some days."""
    LINEAGE = "grid_lineage"
    """From which grid another one came, and when."""


OF_PEOPLE = (BookTable.EMPLOYMENT, BookTable.POST, BookTable.LEAVE)
"""Tables whose rows are about a person."""
TABLES = frozenset(table.value for table in BookTable)
COLUMNS: Mapping[BookTable, tuple[str, ...]] = {
    BookTable.EMPLOYMENT: ("person_id", "form", "employer_id", "starts_on", "ends_on", "why_ended"),
    BookTable.POST: ("person_id", "grid_id", "area_id", "unit_id", "duty", "rank", "starts_on", "ends_on", "why_ended"),
    BookTable.LEAVE: ("person_id", "kind", "first_half", "last_half", "deputy_id", "approved_by"),
    BookTable.RESPONSIBILITY: ("unit_id", "kind", "major_code", "minor_code", "area_id", "is_primary", "starts_on", "ends_on"),
    BookTable.GRID: (
        "grid_id", "code", "name", "area_id", "kind", "area_class", "area_m2", "households", "population", "buildings", "shops",
        "key_places", "special_groups", "as_of", "places_as_of", "groups_as_of", "boundary_key", "party_group_key", "workstation_key",
        "geometry_key", "starts_on", "ends_on",
    ),
    BookTable.LINEAGE: ("from_id", "to_id", "kind", "on_day"),
}  # fmt: skip
"""What a row says, without its keys and recorded numbers. Entries hold exactly these names: a new one is added at the end."""


class PersonKind(StrEnum):
    """Kinds of people on the roster; one person may be several."""

    WARDEN = "warden"
    OFFICER = "officer"
    """社区民警."""
    AUXILIARY = "auxiliary"
    """辅警."""
    CADRE = "cadre"
    """村(社区)干部."""
    PARTY_LEADER = "party_leader"
    """党小组长."""
    COMMUNITY_WORKER = "community_worker"
    MEMBER = "member"
    """队员."""


class Form(StrEnum):
    """Forms of employment."""

    FULL_TIME = "full_time"
    PART_TIME = "part_time"
    TEMPORARY = "temporary"
    VOLUNTEER = "volunteer"


class WhyLeft(StrEnum):
    """Reasons why an employment ended."""

    RESIGNED = "resigned"
    MOVED = "moved"
    """转岗."""
    RECRUITED = "recruited"
    """考录."""
    RETIRED = "retired"
    DISMISSED = "dismissed"
    CONTRACT_ENDED = "contract_ended"
    OTHER = "other"


class LeaveKind(StrEnum):
    """Kinds of leave."""

    ANNUAL = "annual"
    SICK = "sick"
    PERSONAL = "personal"
    MATERNITY = "maternity"
    OFFICIAL = "official"


class GridChangeKind(StrEnum):
    """Kinds of changes by which grids come from other ones."""

    SPLIT = "split"
    """拆分."""
    MERGE = "merge"
    """合并."""
    TRANSFER = "transfer"
    """划转: to another community."""


class Rank(StrEnum):
    """First and second person of a grid (AB岗)."""

    A = "A"
    B = "B"


MORNING, AFTERNOON = "a", "p"
"""Halves of a day, in the order in which their letters sort."""


@dataclass(frozen=True, slots=True)
class Half:
    """Half a day, the unit of leave."""

    day: date
    is_afternoon: bool = False

    def __str__(self) -> str:
        return f"{self.day.isoformat()}{AFTERNOON if self.is_afternoon else MORNING}"

    @classmethod
    def read(cls, text: str) -> Half:
        """Read a half back from its text.

        Raises:
            ValueError: the text is none.
        """
        if text[-1:] not in (MORNING, AFTERNOON):
            raise ValueError(text)
        return cls(date.fromisoformat(text[:-1]), text.endswith(AFTERNOON))


def days_away(first: Half, last: Half) -> float:
    """Return how many days a leave lasts, in halves; weekends count."""
    return (last.day - first.day).days + (1.0 if last.is_afternoon else 0.5) - (0.5 if first.is_afternoon else 0.0)


LONGEST_UNCOVERED = 3.0
"""Days that somebody may be away without a deputy."""


def half_before(half: Half) -> Half:
    """Return the half day before another one."""
    return Half(half.day) if half.is_afternoon else Half(last_day(half.day), is_afternoon=True)


def uncovered_span(row: Mapping[str, Any], others: Iterable[Mapping[str, Any]]) -> tuple[Half, Half]:
    """Return the first and the last half of a leave, with those of the same person without a deputy that it continues."""
    first, last = Half.read(row["first_half"]), Half.read(row["last_half"])
    before = {one["last_half"]: one for one in others if one["deputy_id"] is None}
    after = {str(half_before(Half.read(one["first_half"]))): one for one in before.values()}
    while (found := before.get(str(half_before(first)))) is not None:
        first = Half.read(found["first_half"])
    while (found := after.get(str(last))) is not None:
        last = Half.read(found["last_half"])
    return first, last


def overlaps(first: tuple[date | None, date | None], other: tuple[date | None, date | None]) -> bool:
    """Return whether two spans of days ``[starts_on, ends_on)`` have a day in common; None is open."""
    (start, end), (other_start, other_end) = first, other
    if start is not None and end is not None and start >= end:
        return False
    if other_start is not None and other_end is not None and other_start >= other_end:
        return False
    return (end is None or other_start is None or other_start < end) and (other_end is None or start is None or start < other_end)


# --- versions ---------------------------------------------------------------------------------------------------


class Line(NamedTuple):
    """Statement of an entry about a row of the book: its new version, or None if it is withdrawn."""

    table: BookTable
    number: int
    row: Mapping[str, Any] | None


class Version(NamedTuple):
    """A version of a row, with the entries that brought and replaced it."""

    table: BookTable
    number: int
    row: Mapping[str, Any]
    recorded_by: int
    replaced_by: int | None


BOOK = "book"
"""Fact of an entry: the lines that it says about the book."""
BOOK_MARK = f'"{BOOK}":['
"""Beginning of this fact in canonical text: most entries are skipped by it without being parsed."""
BEGIN = "roster_begin"
"""Action of the entry that holds the digest of every row older than it."""
SUBJECT = "roster"
"""Subject of that entry."""
DIGEST = "digest"
DIGESTED = "tables"
"""Fact beside it: tables whose rows are digested; a later program may have more."""


def lines_as_facts(lines: Iterable[Line]) -> list[list[Any]]:
    """Return lines in the form in which an entry holds them."""
    return [[line.table.value, line.number, None if line.row is None else dict(line.row)] for line in lines]


def lines_of(facts: str) -> tuple[Line, ...]:
    """Return the lines in the facts of an entry; none if they are not readable, which verification of the chain reports."""
    if BOOK_MARK not in facts:
        return ()
    try:
        return tuple(Line(BookTable(table), int(number), row) for table, number, row in json.loads(facts)[BOOK])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ()


def version_text(version: Version) -> str:
    """Return a version as one canonical text."""
    return canonical({
        "table": version.table.value, "number": version.number, "row": dict(version.row), "recorded": version.recorded_by,
        "replaced": version.replaced_by,
    })  # fmt: skip


def digest_of(versions: Iterable[Version]) -> str:
    """Return the digest of a book, in any order: 128 bits, hexadecimal."""
    found = hashlib.sha256(b"gridconsole-book-1\0")
    for text in sorted(map(version_text, versions)):
        found.update(text.encode("utf-8", "surrogateescape") + b"\0")
    return found.hexdigest()[:32]


class Book:
    """The book as applying entries in order gives it."""

    def __init__(self, before: Iterable[Version] = ()) -> None:
        self.past: list[Version] = []
        """Versions that were replaced."""
        self.present: dict[tuple[BookTable, int], Version] = {}
        for version in before:
            if version.replaced_by is None:
                self.present[version.table, version.number] = version
            else:
                self.past.append(version)

    def apply(self, seq: int, lines: Iterable[Line]) -> None:
        """Apply the lines of an entry."""
        for line in lines:
            key = (line.table, line.number)
            old = self.present.pop(key, None)
            if old is not None:
                self.past.append(old._replace(replaced_by=seq))
            if line.row is not None:
                self.present[key] = Version(line.table, line.number, dict(line.row), seq, None)

    def versions(self) -> list[Version]:
        """Return every version, past and present."""
        return [*self.past, *self.present.values()]


def as_of(versions: Iterable[Version], seq: int) -> list[Version]:
    """Return a book as it was right before an entry: later versions are left out, later replacements undone."""
    return [
        version._replace(replaced_by=version.replaced_by if (version.replaced_by or seq) < seq else None)
        for version in versions
        if version.recorded_by < seq
    ]


class BookFlaw(NamedTuple):
    """A row of the file that differs from what the ledger says."""

    table: str
    number: int
    """Zero if it is about the rows older than an entry, which are digested together."""
    seq: int


@dataclass(frozen=True, slots=True)
class Beginning:
    """The newest entry that digests all older rows of some tables."""

    seq: int
    digest: str
    tables: frozenset[str] = TABLES


def mismatches(stored: Sequence[Version], begun: Beginning | None, entries: Iterable[tuple[int, str]]) -> list[BookFlaw]:
    """Return where the stored book differs from the ledger; empty if the ledger says nothing of it yet.

    Args:
        stored: every version in the file.
        begun: the entry that verification begins with; None if there is none.
        entries: number and facts of the entries after it, in order.
    """
    if begun is None:
        return []
    before = as_of(stored, begun.seq)
    digest = digest_of(version for version in before if version.table.value in begun.tables)
    flaws = [BookFlaw("", 0, begun.seq)] if digest != begun.digest else []
    book = Book(before)
    for number, facts in entries:
        book.apply(number, lines_of(facts))
    said, found = ({version_text(one): one for one in versions} for versions in (book.versions(), stored))
    for text in sorted(said.keys() ^ found.keys()):
        one = said.get(text) or found[text]
        flaws.append(BookFlaw(one.table.value, one.number, one.replaced_by or one.recorded_by))
    return flaws


# --- rows -------------------------------------------------------------------------------------------------------


def employment_row(
    person: int, form: str, starts_on: date | None = None, ends_on: date | None = None, *, why_ended: str = "",
    employer: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Return the row of an employment."""
    return {
        "person_id": person, "form": form, "employer_id": employer, "starts_on": _text(starts_on), "ends_on": _text(ends_on),
        "why_ended": why_ended,
    }  # fmt: skip


def post_row(
    person: int, rank: str, starts_on: date, ends_on: date | None = None, *, grid: int | None = None, area: int | None = None,
    unit: int | None = None, duty: str = "", why_ended: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Return the row of a post on a grid, in an area or in a unit."""
    return {
        "person_id": person, "grid_id": grid, "area_id": area, "unit_id": unit, "duty": duty, "rank": rank,
        "starts_on": _text(starts_on), "ends_on": _text(ends_on), "why_ended": why_ended,
    }  # fmt: skip


def leave_row(
    person: int, kind: str, first: Half, last: Half, *, deputy: int | None = None, approved_by: int | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return the row of a leave; both halves are included."""
    return {
        "person_id": person, "kind": kind, "first_half": str(first), "last_half": str(last), "deputy_id": deputy,
        "approved_by": approved_by,
    }  # fmt: skip


def responsibility_row(
    unit: int, kind: str, major: str, minor: str, starts_on: date | None = None, *, is_primary: bool, area: int | None = None
) -> dict[str, Any]:  # fmt: skip
    """Return the row of a responsibility; without an area it holds wherever the unit serves."""
    return {
        "unit_id": unit, "kind": kind, "major_code": major, "minor_code": minor, "area_id": area, "is_primary": int(is_primary),
        "starts_on": _text(starts_on), "ends_on": None,
    }  # fmt: skip


GRID_TEXTS = ("boundary", "party_group", "workstation", "geometry")
"""Texts of a grid. A version holds their keys: texts may be long or name people, and can be erased apart from the book."""
GRID_FACTS = tuple(
    name for name in COLUMNS[BookTable.GRID] if name not in ("grid_id", "starts_on", "ends_on") and not name.endswith("_key")
)
"""Facts that a version of a grid says itself; the columns of the register have the same names."""


def text_key(text: str) -> str:
    """Return the digest by which a version names a text: 64 bits, hexadecimal; empty for none."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16] if text else ""


def grid_row(grid: int, record: Mapping[str, Any], starts_on: date | None = None, ends_on: date | None = None) -> dict[str, Any]:
    """Return the row of a version of a grid, from its record in the register."""
    facts = {name: record.get(name) for name in GRID_FACTS}
    keys = {f"{name}_key": text_key(record.get(name) or "") for name in GRID_TEXTS}
    return {"grid_id": grid, **facts, **keys, "starts_on": _text(starts_on), "ends_on": _text(ends_on)}


def lineage_row(old: int, new: int, kind: GridChangeKind, on: date) -> dict[str, Any]:
    """Return the row that says from which grid another one came."""
    return {"from_id": old, "to_id": new, "kind": kind.value, "on_day": on.isoformat()}


def grid_lines(number: int, row: Mapping[str, Any], new: Mapping[str, Any], today: date, next_number: int) -> list[Line]:
    """Return the lines by which a grid is something else from today on.

    Args:
        row: its present version, without an end.
        new: its next one. A version that began today is only corrected.
    """
    if row["starts_on"] is not None and row["starts_on"] >= today.isoformat():
        return [Line(BookTable.GRID, number, {**new, "starts_on": row["starts_on"]})]
    return [
        Line(BookTable.GRID, number, ended(row, today)),
        Line(BookTable.GRID, next_number, {**new, "starts_on": today.isoformat()}),
    ]


DutyKey = tuple[str, str, str, bool]
"""Kind, major, minor or empty, and whether primary."""


def duty_key(row: Mapping[str, Any]) -> DutyKey:
    """Return the category and rank of a responsibility."""
    return (row["kind"], row["major_code"], row["minor_code"], bool(row["is_primary"]))


def duty_lines(
    unit: int, present: Sequence[tuple[int, Mapping[str, Any]]], wanted: Iterable[DutyKey], today: date, number: int
) -> list[Line]:  # fmt: skip
    """Return the lines by which a unit has exactly some responsibilities from today on.

    Args:
        present: number and content of its rows, past ones included.
        number: first free number.
    """
    given = set(wanted)
    held = {duty_key(row): (key, row) for key, row in present if row["ends_on"] is None and row["area_id"] is None}
    lines = []
    for one, (key, row) in held.items():
        if one not in given:
            lines.append(
                Line(BookTable.RESPONSIBILITY, key, None if row["starts_on"] == today.isoformat() else ended(row, today))
            )
    # What is said for the first time holds as long as anybody knows.
    begins = today if present else None
    for kind, major, minor, is_primary in sorted(given - held.keys()):
        row = responsibility_row(unit, kind, major, minor, begins, is_primary=is_primary)
        lines.append(Line(BookTable.RESPONSIBILITY, number, row))
        number += 1
    return lines


def ended(row: Mapping[str, Any], day: date, why: str = "") -> dict[str, Any]:
    """Return a row that ends before a day."""
    return {**row, "ends_on": day.isoformat()} | ({"why_ended": why} if "why_ended" in row else {})


DUTY_NAME_LENGTH = 8
"""Longest words that name a duty of their own; longer ones describe what somebody does."""
DUTY_SEPARATORS = "、，,;；"
"""Signs of a description, which lists what somebody does."""


def duty_name(duty: str, catalogue: Collection[str]) -> str:
    """Return the duty for which a grid has one A and one B: a title of the catalogue, or a short name; empty for the general one.

    Lists of staff describe what everybody does (日常巡查、环境卫生监督……): such words are no duty beside the general one.
    """
    if duty in catalogue:
        return duty
    is_name = len(duty) <= DUTY_NAME_LENGTH and not any(sign in duty for sign in DUTY_SEPARATORS)
    return duty if is_name else ""


def outlasts(row: Mapping[str, Any], day: date) -> bool:
    """Return whether a row holds on a day or later."""
    return row["ends_on"] is None or row["ends_on"] > max(day.isoformat(), row["starts_on"] or "")


def posts_over(posts: Iterable[tuple[int, Mapping[str, Any]]], day: date, why: str = "") -> list[Line]:
    """Return the lines by which none of some posts holds on a day or later; one that has not begun by then never was."""
    return [
        Line(BookTable.POST, number, ended(row, day, why) if row["starts_on"] <= day.isoformat() else None)
        for number, row in posts
        if outlasts(row, day)
    ]


def remaining(start: date, end: date | None, taken: Iterable[tuple[date | None, date | None]]) -> list[tuple[date, date | None]]:
    """Return the parts of days ``[start, end)`` that none of some other spans covers; None is an open end."""
    left: list[tuple[date, date | None]] = []
    at: date | None = start
    for since, until in sorted(taken, key=lambda span: (span[0] or date.min, span[1] or date.max)):
        if at is None or (since is not None and end is not None and since >= end):
            break
        if since is not None and since > at:
            left.append((at, since))
        if until is None or until > at:
            at = until
    if at is not None and (end is None or at < end):
        left.append((at, end))
    return left


def span_of(row: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """Return the days ``[starts_on, ends_on)`` of a row."""
    start, end = row["starts_on"], row["ends_on"]
    return (date.fromisoformat(start) if start else None, date.fromisoformat(end) if end else None)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


# --- days -------------------------------------------------------------------------------------------------------


def last_day(ends_on: date) -> date:
    """Return the last day of a span that ends before a day."""
    return ends_on - timedelta(days=1)
