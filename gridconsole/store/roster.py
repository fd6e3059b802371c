"""Write and read the roster's book, and the conditions by which other queries ask who is in service, posted or away.

:mod:`gridconsole.domain.roster` says what the book is. Nothing but :func:`record` writes it.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from gridconsole.domain.roster import (
    AFTERNOON,
    BEGIN,
    BOOK,
    COLUMNS,
    DIGEST,
    DIGESTED,
    MORNING,
    OF_PEOPLE,
    SUBJECT,
    Beginning,
    BookTable,
    Half,
    Line,
    Version,
    digest_of,
    lines_as_facts,
    lines_of,
)
from gridconsole.domain.roster import (
    TABLES as ROSTER_TABLES,
)
from gridconsole.store import ledger as chain
from gridconsole.store.dialect.direct import Direct
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.entries import NewEntry
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.ledger import ledger, ledger_personal
from gridconsole.store.tables.registers import grid, unit
from gridconsole.store.tables.roster import (
    employment,
    grid_lineage,
    grid_version,
    leave,
    post,
    responsibility,
    roster_note,
    roster_person,
)
from gridconsole.store.types import decoded, driver_of

TABLES: Mapping[BookTable, sa.Table] = {
    BookTable(table.name): table for table in (employment, post, leave, responsibility, grid_version, grid_lineage)
}
"""Tables of the book."""
SYSTEM = "system"
SUBJECTS = ("person", "post", "unit", "grid")
"""Subjects of the entries that say something of the book."""

# --- conditions -------------------------------------------------------------------------------------------------

DAY: sa.BindParameter[str] = sa.bindparam("today", type_=sa.Text)
"""The day that is asked about."""
_FIRST: sa.BindParameter[str] = sa.bindparam("first_of_day", type_=sa.Text)
_LAST: sa.BindParameter[str] = sa.bindparam("last_of_day", type_=sa.Text)
IS_DUTY_NOW = responsibility.c.replaced_by.is_(None) & responsibility.c.ends_on.is_(None)
"""A responsibility that holds without an end."""
HOLDS_DUTY = (
    responsibility.c.replaced_by.is_(None)
    & (responsibility.c.starts_on.is_(None) | (responsibility.c.starts_on <= DAY))
    & (responsibility.c.ends_on.is_(None) | (responsibility.c.ends_on > DAY))
)
"""A responsibility that holds on the day."""
IS_POST_NOW = post.c.replaced_by.is_(None)
"""A version of a post that is not replaced, past and future posts included."""
HOLDS_POST = IS_POST_NOW & (post.c.starts_on <= DAY) & (post.c.ends_on.is_(None) | (post.c.ends_on > DAY))
"""A post that is held on the day."""


def times(at: date | Half) -> dict[str, str]:
    """Return the parameters of a day, or of half a day: away on a day is who is away in both halves of it."""
    if isinstance(at, Half):
        return {"today": at.day.isoformat(), "first_of_day": str(at), "last_of_day": str(at)}
    day = at.isoformat()
    return {"today": day, "first_of_day": day + MORNING, "last_of_day": day + AFTERNOON}


def in_service(person: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a person is employed on the day."""
    return sa.exists().where(
        employment.c.person_id == person,
        employment.c.replaced_by.is_(None),
        employment.c.starts_on.is_(None) | (employment.c.starts_on <= DAY),
        employment.c.ends_on.is_(None) | (employment.c.ends_on > DAY),
    )


def stays(person: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a person is employed on the day, and no end of that is recorded."""
    return sa.exists().where(
        employment.c.person_id == person,
        employment.c.replaced_by.is_(None),
        employment.c.starts_on.is_(None) | (employment.c.starts_on <= DAY),
        employment.c.ends_on.is_(None),
    )


def is_away(person: sa.ColumnElement[int]) -> sa.ColumnElement[bool]:
    """Return the condition that a person is on leave."""
    return sa.exists().where(
        leave.c.person_id == person,
        leave.c.replaced_by.is_(None),
        leave.c.first_half <= _FIRST,
        leave.c.last_half >= _LAST,
    )


_LATER = employment.alias("later")
PRESENT_EMPLOYMENT = (
    (employment.c.person_id == roster_person.c.id)
    & employment.c.replaced_by.is_(None)
    & ~sa.exists().where(
        _LATER.c.person_id == employment.c.person_id,
        _LATER.c.replaced_by.is_(None),
        sa.func.coalesce(_LATER.c.starts_on, word("")) > sa.func.coalesce(employment.c.starts_on, word("")),
    )
)
"""Joins a person with the newest of their employments."""
PEOPLE = roster_person.outerjoin(employment, PRESENT_EMPLOYMENT)
"""Every person with the newest employment."""

# --- writing ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BookEntry:
    """An entry of the ledger with the lines of the book that its facts say; see :func:`saying`."""

    entry: NewEntry
    lines: tuple[Line, ...]


def saying(lines: Iterable[Line], facts: Mapping[str, object] | None = None) -> dict[str, object]:
    """Return the facts of an entry that says some lines of the book."""
    return {**(facts or {}), BOOK: lines_as_facts(lines)}


def record(connection: sa.Connection, office: int, entries: Sequence[BookEntry]) -> int:
    """Append entries to the ledger and write their lines into the book; return the number of the last entry.

    The first entries of an office are preceded by one with the digest of all older rows, which verification begins with; so are those
    that follow an earlier program, which knew fewer tables.

    Raises:
        TimeBehind, TimeDoubtful: as :func:`gridconsole.store.ledger.append`.
    """
    if not entries:
        return chain.last_seq(connection, office)
    new = [one.entry for one in entries]
    old = begun(connection, office)
    if old is None or old.tables != ROSTER_TABLES:
        begin(connection, office, new[0])
    last = chain.append(connection, office, new)
    first = last - len(new) + 1
    _write(connection, [(first + place, line) for place, one in enumerate(entries) for line in one.lines])
    return last


def _write(connection: sa.Connection, lines: Sequence[tuple[int, Line]]) -> None:
    """Write lines, each with the number of its entry, in order."""
    raw = driver_of(connection)
    replaced: defaultdict[BookTable, list[tuple[int, int]]] = defaultdict(list)
    passing: defaultdict[BookTable, list[tuple[int, Line, int | None]]] = defaultdict(list)
    newest: defaultdict[BookTable, dict[int, tuple[int, Line]]] = defaultdict(dict)
    free = {table: next_number(connection, table) for table in dict.fromkeys(line.table for _, line in lines)}
    for seq, line in lines:
        of_table = newest[line.table]
        if line.number in of_table:
            # Brought and replaced in one transaction: it is part of the history all the same.
            passing[line.table].append((*of_table[line.number], seq))
        elif line.number < free[line.table]:
            replaced[line.table].append((seq, line.number))
        of_table[line.number] = (seq, line)
    for table, of_table in newest.items():
        _REPLACE[table].many(raw, replaced[table])
        _insert(raw, table, (*passing[table], *((seq, line, None) for seq, line in of_table.values())))


def _insert(raw: Any, table: BookTable, rows: Iterable[tuple[int, Line, int | None]]) -> None:
    names = COLUMNS[table]
    _INSERT[table].many(
        raw,
        ((line.number, *map(line.row.get, names), seq, replaced) for seq, line, replaced in rows if line.row is not None),
    )


_REPLACE = {
    table: Direct(
        sa.update(TABLES[table])
        .where(TABLES[table].c.number == sa.bindparam("of_number"), TABLES[table].c.replaced_by.is_(None))
        .values(replaced_by=sa.bindparam("by_entry")),
        order="by_entry of_number",
    )
    for table in BookTable
}
_INSERT = {
    table: Direct(
        sa.insert(TABLES[table]).values(
            {name: sa.bindparam(name) for name in ("number", *COLUMNS[table], "recorded_by", "replaced_by")}
        ),
        order=" ".join(("number", *COLUMNS[table], "recorded_by", "replaced_by")),
    )
    for table in BookTable
}
_NEXT = {table: sa.select(sa.func.coalesce(sa.func.max(TABLES[table].c.number), 0) + 1) for table in BookTable}


def next_number(connection: sa.Connection, table: BookTable) -> int:
    """Return the first free number of a table; only inside a writing transaction. Numbers are never used again."""
    return int(connection.execute(_NEXT[table]).scalar_one())


# --- the entry that verification begins with --------------------------------------------------------------------

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_OF_BOOK = (ledger.c.office_id == _OFFICE, ledger.c.subject_kind == word(SUBJECT), ledger.c.subject_id == _OFFICE)
_BEGUN = (
    sa.select(*some(ledger, "seq facts"))
    .where(*_OF_BOOK, ledger.c.action == word(BEGIN))
    .order_by(ledger.c.seq.desc())
    .limit(_ONE)
)


def begun(connection: sa.Connection, office: int) -> Beginning | None:
    """Return the newest entry that digests all older rows; None if there is none."""
    row = connection.execute(_BEGUN, {"office": office}).first()
    if row is None:
        return None
    said = chain.said_in(row.facts)
    return Beginning(int(row.seq), str(said.get(DIGEST, "")), frozenset(said.get(DIGESTED, ())))


def begin(connection: sa.Connection, office: int, like: NewEntry) -> None:
    """Append the entry with the digest of all rows so far, at the time of another entry."""
    chain.append(connection, office, [beginning(connection, office, like)])


def beginning(connection: sa.Connection, office: int, like: NewEntry) -> NewEntry:
    """Return the entry with the digest of all rows so far."""
    return NewEntry(
        at=like.at, operator_id=None, operator=SYSTEM, origin=SYSTEM, subject_kind=SUBJECT, subject_id=office, action=BEGIN,
        facts={DIGEST: digest_of(versions(connection)), DIGESTED: sorted(table.value for table in BookTable)},
    )  # fmt: skip


# --- reading ----------------------------------------------------------------------------------------------------

_VERSIONS = {
    table: Direct(sa.select(*some(TABLES[table], " ".join(("number", *COLUMNS[table], "recorded_by", "replaced_by")))))
    for table in BookTable
}


def versions(connection: sa.Connection) -> Iterator[Version]:
    """Yield every version of every row, past and present."""
    raw = driver_of(connection)
    for table in BookTable:
        names = COLUMNS[table]
        for number, *values, recorded, replaced in _VERSIONS[table].on(raw):
            yield Version(table, number, dict(zip(names, values, strict=True)), recorded, replaced)


_ENTRIES = (
    sa.select(*some(ledger, "seq facts"))
    .where(
        ledger.c.office_id == _OFFICE,
        ledger.c.subject_kind.in_([word(kind) for kind in SUBJECTS]),
        ledger.c.seq > sa.bindparam("since", type_=sa.BigInteger),
    )
    .order_by(ledger.c.seq)
)


def entries_since(connection: sa.Connection, office: int, since: int) -> Iterator[tuple[int, str]]:
    """Yield number and facts of the entries about the roster after a number, in order."""
    for row in connection.execute(_ENTRIES, {"office": office, "since": since}):
        yield row.seq, row.facts


_FACTS_OF = sa.select(ledger.c.facts).where(
    ledger.c.office_id == _OFFICE, ledger.c.seq == sa.bindparam("of_entry", type_=sa.BigInteger)
)


def said_by(connection: sa.Connection, office: int, seq: int) -> tuple[Line, ...]:
    """Return the lines that an entry says in the book; none if its year has left the ledger."""
    return lines_of(str(connection.execute(_FACTS_OF, {"office": office, "of_entry": seq}).scalar() or ""))


_PRESENT = {
    table: sa.select(*some(TABLES[table], " ".join(("number", *COLUMNS[table])))).where(
        TABLES[table].c.number == sa.bindparam("of_number"), TABLES[table].c.replaced_by.is_(None)
    )
    for table in BookTable
}


def present(connection: sa.Connection, table: BookTable, number: int) -> dict[str, Any] | None:
    """Return what a row says now; None if there is none of this number, or not any more."""
    row = connection.execute(_PRESENT[table], {"of_number": number}).first()
    return None if row is None else {name: value for name, value in row._mapping.items() if name != "number"}


_RECORDED = {
    table: sa.select(TABLES[table].c.recorded_by).where(
        TABLES[table].c.number == sa.bindparam("of_number"), TABLES[table].c.replaced_by.is_(None)
    )
    for table in BookTable
}


def recorded_by(connection: sa.Connection, table: BookTable, number: int) -> int:
    """Return the entry that brought the present version of a row; 0 if there is none."""
    return int(connection.execute(_RECORDED[table], {"of_number": number}).scalar() or 0)


_REPLACED = {
    table: sa.select(*some(TABLES[table], " ".join(COLUMNS[table]))).where(
        TABLES[table].c.number == sa.bindparam("of_number"), TABLES[table].c.replaced_by == sa.bindparam("by_entry")
    )
    for table in BookTable
}


def replaced_by(connection: sa.Connection, table: BookTable, number: int, seq: int) -> dict[str, Any] | None:
    """Return what a row said before an entry replaced it; None if the entry brought it."""
    row = connection.execute(_REPLACED[table], {"of_number": number, "by_entry": seq}).first()
    return None if row is None else dict(row._mapping)


_ALL_PRESENT = {
    table: sa.select(*some(TABLES[table], " ".join(("number", *COLUMNS[table])))).where(TABLES[table].c.replaced_by.is_(None))
    for table in BookTable
}
_OF_PERSON = {
    table: _ALL_PRESENT[table].where(TABLES[table].c.person_id == sa.bindparam("person")).order_by(TABLES[table].c.number)
    for table in OF_PEOPLE
}
_OF_UNIT = (
    _ALL_PRESENT[BookTable.RESPONSIBILITY]
    .where(responsibility.c.unit_id == sa.bindparam("unit"))
    .order_by(responsibility.c.number)
)
_POSTS_ON = _ALL_PRESENT[BookTable.POST].where(post.c.grid_id == sa.bindparam("grid")).order_by(post.c.number)


def present_rows(connection: sa.Connection, table: BookTable) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and content of every present row."""
    for row in connection.execute(_ALL_PRESENT[table]):
        yield _numbered(row)


def of_person(connection: sa.Connection, table: BookTable, person: int) -> list[tuple[int, dict[str, Any]]]:
    """Return number and content of a person's present rows, past days included."""
    return [_numbered(row) for row in connection.execute(_OF_PERSON[table], {"person": person})]


def duties_of(connection: sa.Connection, unit: int) -> list[tuple[int, dict[str, Any]]]:
    """Return number and content of the present rows of a unit's responsibilities, past days included."""
    return [_numbered(row) for row in connection.execute(_OF_UNIT, {"unit": unit})]


def posts_on(connection: sa.Connection, grid: int) -> list[tuple[int, dict[str, Any]]]:
    """Return number and content of the present rows of the posts on a grid, past days included."""
    return [_numbered(row) for row in connection.execute(_POSTS_ON, {"grid": grid})]


def _numbered(row: Any) -> tuple[int, dict[str, Any]]:
    values = dict(row._mapping)
    return int(values.pop("number")), values


_EMPLOYMENTS = (
    sa.select(*some(employment, "number person_id form starts_on ends_on employer_id"))
    .where(employment.c.replaced_by.is_(None))
    .order_by(sa.func.coalesce(employment.c.starts_on, word("")))
)


@dataclass(frozen=True, slots=True)
class EmploymentRow:
    """A present row of an employment."""

    number: int
    person_id: int
    form: str
    starts_on: str | None
    ends_on: str | None
    employer_id: int | None = None


def employments(connection: sa.Connection) -> dict[int, list[EmploymentRow]]:
    """Return the employments of every person as the book says them now, the earliest first."""
    found: dict[int, list[EmploymentRow]] = {}
    for row in connection.execute(_EMPLOYMENTS):
        found.setdefault(row.person_id, []).append(EmploymentRow(*row))
    return found


_NAMES = {
    table: sa.select(roster_person.c.name)
    .join_from(TABLES[table], roster_person, roster_person.c.id == TABLES[table].c.person_id)
    .where(TABLES[table].c.number == sa.bindparam("of_number"))
    .limit(_ONE)
    for table in OF_PEOPLE
} | {
    BookTable.RESPONSIBILITY: sa.select(unit.c.name)
    .join_from(responsibility, unit, unit.c.id == responsibility.c.unit_id)
    .where(responsibility.c.number == sa.bindparam("of_number"))
    .limit(_ONE),
    BookTable.GRID: sa.select(grid_version.c.name).where(grid_version.c.number == sa.bindparam("of_number")).limit(_ONE),
    BookTable.LINEAGE: sa.select(grid.c.name)
    .join_from(grid_lineage, grid, grid.c.id == grid_lineage.c.to_id)
    .where(grid_lineage.c.number == sa.bindparam("of_number"))
    .limit(_ONE),
}


def name_of_row(connection: sa.Connection, table: BookTable, number: int) -> str:
    """Return the name of the person, unit or grid that a row is about; its number if there is none."""
    return str(connection.execute(_NAMES[table], {"of_number": number}).scalar() or number)


_DEPUTISED_BY = _ALL_PRESENT[BookTable.LEAVE].where(leave.c.deputy_id == sa.bindparam("person")).order_by(leave.c.number)


def deputised_by(connection: sa.Connection, person: int) -> list[dict[str, Any]]:
    """Return the present rows of leave in which a person stands in."""
    return [_numbered(row)[1] for row in connection.execute(_DEPUTISED_BY, {"person": person})]


_ADDED = (
    sa.select(ledger.c.subject_id, ledger.c.facts, ledger_personal.c.body)
    .select_from(
        ledger.outerjoin(
            ledger_personal, (ledger_personal.c.office_id == ledger.c.office_id) & (ledger_personal.c.seq == ledger.c.seq)
        )
    )
    .where(
        ledger.c.office_id == _OFFICE, ledger.c.subject_kind == word("person"), ledger.c.subject_id.in_(listed("people")),
        ledger.c.action == word("person_add"),
    )
)  # fmt: skip


def words_about_removed(connection: sa.Connection, office: int, people: Iterable[int]) -> dict[int, tuple[str, str]]:
    """Return staff number and name of people whose list was undone, as the ledger keeps them; an erased name is empty."""
    found = {}
    for row in connection.execute(_ADDED, {"office": office, "people": json.dumps(sorted(set(people)))}):
        said, kept = decoded(row.facts, "ledger.facts"), decoded(row.body, "ledger_personal.body") if row.body else {}
        found[row.subject_id] = (str(said.get("code", "")), str(kept.get("name", "")))
    return found


def deputised_from(connection: sa.Connection, deputy: int, day: date) -> list[tuple[str, str]]:
    """Return for whom a person stands in on a day or later: the name, and the last day."""
    rows = [row for row in deputised_by(connection, deputy) if row["last_half"] >= day.isoformat()]
    return [(person_name(connection, row["person_id"]), row["last_half"][:10]) for row in rows]


_HOLDER = sa.select(*some(roster_person, "id code name")).where(roster_person.c.code == sa.bindparam("of_code"))
_PUT_PERSON = sa.insert(roster_person)
_CHANGED = {
    name: sa.update(roster_person).where(roster_person.c.id == sa.bindparam("of_person")).values({name: sa.bindparam("given")})
    for name in ("phone", "kinds")
}


class Holder(NamedTuple):
    """The person who has a staff number."""

    id: int
    code: str
    name: str


def holder_of(connection: sa.Connection, code: str) -> Holder | None:
    """Return the person with a staff number; None if nobody has it."""
    row = connection.execute(_HOLDER, {"of_code": code}).first()
    return None if row is None else Holder(*row)


def put_person(connection: sa.Connection, key: int, *, code: str, name: str, phone: str, kinds: str, initials: str) -> None:
    """Add a person; the employment is a row of the book."""
    values = {"id": key, "code": code, "name": name, "phone": phone, "kinds": kinds, "initials": initials}
    connection.execute(_PUT_PERSON, values)


def change_person(connection: sa.Connection, key: int, **given: str) -> None:
    """Change what is known of a person; a blank changes nothing."""
    for name, value in given.items():
        if value:
            connection.execute(_CHANGED[name], {"of_person": key, "given": value})


_PERSON_NAME = sa.select(roster_person.c.name).where(roster_person.c.id == sa.bindparam("person"))


def person_name(connection: sa.Connection, person: int) -> str:
    """Return the name of a person; the key if there is none."""
    return str(connection.execute(_PERSON_NAME, {"person": person}).scalar() or person)


_HIGHEST_PERSON = sa.select(
    sa.func.coalesce(sa.func.max(roster_person.c.id), 0),
    *(sa.select(sa.func.coalesce(sa.func.max(table.c.person_id), 0)).scalar_subquery() for table in (employment, post, leave)),
)


def next_person(connection: sa.Connection) -> int:
    """Return the first free key of a person. One that the book once named is never given to another person."""
    return int(max(connection.execute(_HIGHEST_PERSON).one())) + 1


_PUT_NOTE = sa.insert(roster_note)


def put_note(connection: sa.Connection, table: BookTable, number: int, body: str) -> None:
    """Keep a remark on a row."""
    if body:
        connection.execute(_PUT_NOTE, {"book": table.value, "number": number, "body": body})
