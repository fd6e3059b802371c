"""Find a person's data everywhere in the file, and erase it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.domain.person import Terms
from gridconsole.store.ledger import ABOUT_CASES, as_it_lies
from gridconsole.store.types import driver_of


@dataclass(frozen=True, slots=True)
class PersonalPlace:
    """Columns of a table that may name people."""

    name: str
    """``case``, ``entry``, ``request``, ``call``, ``task``, ``order``, ``shift``, ``reject``, ``image``, or a register's name."""
    table: str
    label: str
    """Name of the row for display, in SQL."""
    texts: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    """Columns that hold a JSON object."""
    joins: str = ""
    case: str = "''"
    """Number of the case that a row belongs to, in SQL."""
    erasable: bool = False
    """True for data about people who report to the office; the other places hold the office's own people, things and acts."""
    of_case: str = ""
    """Condition of the rows of a case ``:case``, in SQL; empty if the rows of an erasable place belong to none."""


_OF_CASE = "t.incident_id = :case"
_TO_CASE = " LEFT JOIN incident i ON i.id = t.incident_id"
_PLACES = (
    PersonalPlace("case", "incident", "t.number", ("reporter_name", "reporter_phone", "source_ref", "address", "summary", "text"), ("extra",),
           case="t.number", erasable=True, of_case="t.id = :case"),
    PersonalPlace("request", "case_request", "i.number", ("reason", "opined_words", "decided_words"), joins=_TO_CASE,
           case="i.number", erasable=True, of_case=_OF_CASE),
    PersonalPlace("call", "call_back", "i.number", ("reason",), joins=_TO_CASE, case="i.number", erasable=True, of_case=_OF_CASE),
    PersonalPlace("task", "task", "i.number", ("note", "photos"), joins=_TO_CASE, case="i.number", erasable=True, of_case=_OF_CASE),
    PersonalPlace("shift", "hand_over", "t.id", ("remarks",), erasable=True),
    PersonalPlace("order", "supervision_order", "i.number", ("requirement", "reply"), joins=_TO_CASE, case="i.number", erasable=True, of_case=_OF_CASE),
    PersonalPlace(name="entry", table="ledger_personal", label="'#' || t.seq", texts=(), objects=("body",),
           joins=" JOIN ledger l ON l.office_id = t.office_id AND l.seq = t.seq"
           f" LEFT JOIN incident i ON l.subject_kind IN ({ABOUT_CASES}) AND i.id = l.subject_id",
           case="coalesce(i.number, '')", erasable=True,
           of_case=f"l.subject_kind IN ({ABOUT_CASES}) AND l.subject_id = :case"),
    PersonalPlace("reject", "import_reject", "t.batch_id || ' / ' || t.\"row\"", (), ("cells",), erasable=True),
    PersonalPlace(name="image", table="import_change", label="t.batch_id || ' / ' || t.position", texts=(), objects=("before", "after"),
           joins=" LEFT JOIN incident i ON t.table_name = 'incident' AND i.id = t.record_id", case="coalesce(i.number, '')", erasable=True,
           of_case="t.table_name = 'incident' AND t.record_id = :case"),
    PersonalPlace("warden", "warden", "t.code", ("name", "phone", "workstation", "duty"), ("extra",)),
    PersonalPlace("unit", "unit", "t.code", ("name", "contact", "phone"), ("extra",)),
    PersonalPlace("leave", "leave", "t.first_day", ("note",)),
    PersonalPlace("grid", "grid", "t.code", ("name", "boundary", "party_group", "workstation"), ("extra",)),
    PersonalPlace("area", "area", "t.code", ("name",), ("extra",)),
    PersonalPlace("component", "component", "t.code", ("name", "owner", "authority", "address"), ("extra",)),
    PersonalPlace("operator", "operator", "t.id", ("name",)),
    PersonalPlace("batch", "import_batch", "t.id", ("file_name", "operator", "undone_by", "options")),
    PersonalPlace("handler", "incident", "t.number", ("handler_name",), case="t.number"),
    PersonalPlace("asker", "case_request", "i.number", ("handler", "asked_name", "opined_name", "decided_name"), joins=_TO_CASE, case="i.number"),
    PersonalPlace("caller", "call_back", "i.number", ("called_name",), joins=_TO_CASE, case="i.number"),
    PersonalPlace("sent", "task", "i.number", ("assignee_name", "handler_name", "sent_name", "done_name"), joins=_TO_CASE, case="i.number"),
    PersonalPlace("orderer", "supervision_order", "i.number", ("ordered_name", "replied_name"), joins=_TO_CASE, case="i.number"),
    PersonalPlace("hearer", "alarm", "i.number", ("acknowledged_name",), joins=_TO_CASE, case="i.number"),
    PersonalPlace("judge", "case_link", "t.id", ("judged_name",)),
    PersonalPlace("shift_sheet", "hand_over", "t.id", ("made_name", "to_name", "taken_name"), ("sheet",)),
    PersonalPlace("kept", "retired_case", "i.number", (), ("facts",), joins=_TO_CASE, case="i.number"),
    PersonalPlace("retired", "retired", "t.year", (), ("facts",)),
    PersonalPlace("act", "ledger", "'#' || t.seq", ("operator", "facts")),
)  # fmt: skip
_BY_NAME = {place.name: place for place in _PLACES}
ERASABLE = tuple(place for place in _PLACES if place.erasable)
"""Places with data about people who report to the office."""


@dataclass(frozen=True, slots=True)
class Found:
    """A row that mentions a person."""

    place: str
    key: int
    """Key of the row."""
    label: str
    case: str
    """Number of its case; empty if it belongs to none."""
    fields: tuple[str, ...]
    """Columns that mention the person, or fields within a JSON column."""
    erasable: bool


@contextlib.contextmanager
def _asking(connection: sa.Connection, terms: Terms) -> Iterator[None]:
    """Make the SQL function ``mentions`` available, which checks a text for a person."""
    raw = driver_of(connection)

    def mentions(value: bytes | None) -> int:
        return int(value is not None and _speaks(terms, value.decode("utf-8", "replace")))

    raw.create_function("mentions", 1, mentions)
    try:
        with as_it_lies(connection):
            yield
    finally:
        raw.create_function("mentions", 1, None)


def _speaks(terms: Terms, text: str) -> bool:
    # Quotes and similar characters are escaped in JSON, so the raw JSON may differ from the text in it.
    return terms.are_in(text) or ("\\" in text and bool(terms.fields_in(text)))


CHUNK = 20_000
"""Rows of a table that are read by one statement: between two of them progress is shown."""
Progress = Callable[[int, int], None]
"""Called with the rows read and all of them."""


def silent(done: int, of: int) -> None:
    """Show nothing."""


def find(
    connection: sa.Connection, terms: Terms, *, erasable_only: bool = False, progress: Progress = silent
) -> list[Found]:  # fmt: skip
    """Return every row that mentions a person. Every text of every place is read: a person may be named in any of them."""
    if not terms.patterns:
        return []
    found: list[Found] = []
    places = [place for place in _PLACES if place.erasable or not erasable_only]
    with _asking(connection, terms):
        last = {
            place.table: int(connection.exec_driver_sql(f"SELECT coalesce(max(rowid), 0) FROM {place.table}").scalar_one())
            for place in places
        }
        done, rows = 0, sum(last[place.table] for place in places)
        for place in places:
            for first in range(0, last[place.table], CHUNK):
                found += _read(
                    connection, terms, place, "t.rowid > :first AND t.rowid <= :first + :rows", {"first": first, "rows": CHUNK}
                )
                done += min(CHUNK, last[place.table] - first)
                progress(done, rows)
    return found


def find_in_case(connection: sa.Connection, terms: Terms, case: int) -> list[Found]:
    """Return the erasable rows of a case that mention a person."""
    if not terms.patterns:
        return []
    with _asking(connection, terms):
        return [
            item for place in ERASABLE if place.of_case
            for item in _read(connection, terms, place, place.of_case, {"case": case})
        ]  # fmt: skip


def _likely(column: str, sought: Iterable[str], *, is_json: bool) -> str:
    """Return SQL for texts that may mention a person: all that do, and few others, in a fraction of the time of :func:`_speaks`."""
    conditions = [f"instr({column}, :{name})" if name.startswith("name") else f"{column} GLOB :{name}" for name in sought]
    if is_json:
        conditions.append(f"instr({column}, char(92))")  # quotes and similar characters are escaped
    return f"({' OR '.join(conditions)})"


def _read(connection: sa.Connection, terms: Terms, place: PersonalPlace, where: str, values: dict[str, int]) -> Iterator[Found]:
    columns = (*place.texts, *place.objects)
    sought = {f"name{at}": name for at, name in enumerate(terms.names)} | {f"glob{at}": one for at, one in enumerate(terms.globs)}
    likely = " OR ".join(_likely(f"t.{column}", sought, is_json=column in place.objects) for column in columns)
    # Compared as bytes, because a forger may have stored bytes that are not text. Only constants of this module are joined.
    asked = " OR ".join(f"mentions(CAST(t.{column} AS BLOB))" for column in columns)
    selected = ", ".join(f"t.{column}" for column in columns)
    query = sa.text(
        f"SELECT t.rowid, {place.label}, {place.case}, {selected} FROM {place.table} t{place.joins}"
        f" WHERE {where} AND ({likely}) AND ({asked}) ORDER BY t.rowid"
    )
    for key, label, number, *texts in connection.execute(query, {**values, **sought}):
        fields = tuple(_fields(terms, place, dict(zip(columns, texts, strict=True))))
        yield Found(place=place.name, key=key, label=str(label), case=number or "", fields=fields, erasable=place.erasable)


def _fields(terms: Terms, place: PersonalPlace, row: dict[str, str | None]) -> Iterator[str]:
    for column in place.texts:
        if row[column] and terms.are_in(str(row[column])):
            yield column
    for column in place.objects:
        yield from terms.fields_in(row[column] or "") if row[column] else ()


_REPORTER = sa.text("SELECT id, reporter_name, reporter_phone FROM incident WHERE office_id = :office AND number = :number")


def reporter(connection: sa.Connection, office: int, number: str) -> tuple[int, str, str]:
    """Return the key of a case, and the unmasked name and phone of its reporter."""
    row = connection.execute(_REPORTER, {"office": office, "number": number}).one()
    return int(row.id), str(row.reporter_name), str(row.reporter_phone)


_BLANK_REPORTER = sa.text(
    "UPDATE incident SET reporter_name = '', reporter_phone = '' WHERE office_id = :office AND number = :number"
)


def blank_reporter(connection: sa.Connection, office: int, number: str) -> None:
    """Empty the reporter's name and phone of a case."""
    connection.execute(_BLANK_REPORTER, {"office": office, "number": number})


def take_out(connection: sa.Connection, place: str, keys: Iterable[int], terms: Terms) -> None:
    """Erase a person from rows of a place; ledger entries lose their whole personal text, together with its salt."""
    if place == "entry":
        statement = sa.text("UPDATE ledger_personal SET salt = NULL, body = NULL WHERE rowid = :key")
        connection.execute(statement, [{"key": key} for key in keys])
        return
    known = _BY_NAME[place]
    columns = (*known.texts, *known.objects)
    read = sa.text(f"SELECT {', '.join(f't.{column}' for column in columns)} FROM {known.table} t WHERE t.rowid = :key")
    write = sa.text(f"UPDATE {known.table} SET {', '.join(f'{column} = :{column}' for column in columns)} WHERE rowid = :key")
    for key in keys:
        row = dict(zip(columns, connection.execute(read, {"key": key}).one(), strict=True))
        values = {column: terms.removed_from(row[column]) for column in known.texts}
        values |= {
            column: terms.removed_from_fields(row[column], with_names=place == "reject") if row[column] else row[column]
            for column in known.objects
        }
        connection.execute(write, {**values, "key": key})


_RECORDS = sa.text("SELECT rowid, table_name, record_id FROM import_change WHERE rowid = :key")


def record_of_image(connection: sa.Connection, key: int) -> tuple[str, int]:
    """Return the table and key of the record that an import's before/after image belongs to."""
    row = connection.execute(_RECORDS, {"key": key}).one()
    return str(row.table_name), int(row.record_id)


_SEQ = sa.text("SELECT seq FROM ledger_personal WHERE rowid = :key")


def entry_number(connection: sa.Connection, key: int) -> int:
    """Return the number of the ledger entry to which a row of personal text belongs."""
    return int(connection.execute(_SEQ, {"key": key}).scalar_one())
