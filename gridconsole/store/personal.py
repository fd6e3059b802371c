"""Find a person's data everywhere in the file, and erase it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.person import Terms
from gridconsole.store.dialect.sqlite import instr, joined, like_glob, row_key
from gridconsole.store.ledger_entries import IS_ABOUT_CASE
from gridconsole.store.tables.cases import alarm, call_back, case_link, case_request, incident, supervision_order, task
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.imports import earlier_mark, import_batch, import_change, import_reject, list_mark
from gridconsole.store.tables.ledger import ledger, ledger_personal, retired, retired_case
from gridconsole.store.tables.office import hand_over
from gridconsole.store.tables.people import named_view, operator
from gridconsole.store.tables.registers import area, component, grid, unit
from gridconsole.store.tables.roster import (
    grid_change,
    grid_text,
    grid_version,
    post_handover,
    roster_note,
    roster_person,
    team,
    team_member,
)
from gridconsole.store.types import as_it_lies, decoded, driver_of

_CASE: sa.BindParameter[int] = sa.bindparam("case", type_=sa.BigInteger)
_ROW: sa.BindParameter[int] = sa.bindparam("row_key", type_=sa.BigInteger)
_NONE: sa.ColumnElement[str] = sa.literal_column("''", sa.Text)


@dataclass(frozen=True, slots=True)
class PersonalPlace:
    """Columns of a table that may name people."""

    name: str
    """``case``, ``entry``, ``request``, ``call``, ``task``, ``order``, ``shift``, ``reject``, ``image``, or a register's name."""
    table: sa.Table
    label: sa.ColumnElement[Any]
    """Name of the row for display."""
    texts: str = ""
    """Columns, separated by blanks."""
    objects: str = ""
    """The same of those that hold a JSON object."""
    source: sa.FromClause | None = None
    """The table, joined with those that ``label``, ``case`` and ``of_case`` need; None: the table alone."""
    case: sa.ColumnElement[str] = _NONE
    """Number of the case that a row belongs to."""
    erasable: bool = False
    """True for data about people who report to the office; the other places hold the office's own people, things and acts."""
    of_case: sa.ColumnElement[bool] | None = None
    """Condition of the rows of a case; None if the rows of an erasable place belong to none."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Return the names of all columns that may name people, texts first."""
        return (*self.texts.split(), *self.objects.split())

    def select(self, *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
        """Return a query of the key of each row, then ``more``, then the columns."""
        chosen = sa.select(row_key(self.table), *more, *(self.table.c[column] for column in self.columns))
        return chosen.select_from(self.table if self.source is None else self.source)

    def update(self) -> sa.Update:
        """Return a statement that puts new values (``new_…``) into the columns of the row ``row_key``."""
        values: dict[str, Any] = {column: sa.bindparam(f"new_{column}") for column in self.columns}
        return sa.update(self.table).where(row_key(self.table) == _ROW).values(values)


def _own(name: str, table: sa.Table, label: str, texts: str = "", objects: str = "", *, erasable: bool = False) -> PersonalPlace:
    """Return a place whose rows belong to no case, named by a column."""
    return PersonalPlace(name, table, table.c[label], texts, objects, erasable=erasable)


def _of(name: str, table: sa.Table, texts: str = "", objects: str = "", *, erasable: bool = False) -> PersonalPlace:
    """Return a place whose rows belong to a case each."""
    return PersonalPlace(
        name, table, incident.c.number, texts, objects, table.outerjoin(incident, incident.c.id == table.c.incident_id),
        case=incident.c.number, erasable=erasable, of_case=table.c.incident_id == _CASE,
    )  # fmt: skip


def _of_batch(position: sa.Column[Any], batch: sa.Column[Any]) -> sa.ColumnElement[str]:
    return joined(" / ", [sa.cast(batch, sa.Text), sa.cast(position, sa.Text)])


_NUMBERED = sa.literal_column("'#'", sa.Text)
_IS_IMAGE_OF_CASE = import_change.c.table_name == word("incident")
_PLACES = (
    PersonalPlace(
        "case", incident, incident.c.number, "reporter_name reporter_phone source_ref address summary text", "extra",
        case=incident.c.number, erasable=True, of_case=incident.c.id == _CASE,
    ),
    _of("request", case_request, "reason opined_words decided_words", erasable=True),
    _of("call", call_back, "reason", erasable=True),
    _of("task", task, "note photos", erasable=True),
    _of("list_mark", list_mark, "result", erasable=True),
    _of("earlier_mark", earlier_mark, "result", erasable=True),
    _own("shift", hand_over, "id", "remarks", erasable=True),
    _of("order", supervision_order, "requirement reply", erasable=True),
    PersonalPlace(
        "entry", ledger_personal, _NUMBERED + sa.cast(ledger_personal.c.seq, sa.Text), "", "body",
        ledger_personal.join(
            ledger, sa.and_(ledger.c.office_id == ledger_personal.c.office_id, ledger.c.seq == ledger_personal.c.seq)
        ).outerjoin(incident, sa.and_(IS_ABOUT_CASE, incident.c.id == ledger.c.subject_id)),
        case=sa.func.coalesce(incident.c.number, ""), erasable=True, of_case=IS_ABOUT_CASE & (ledger.c.subject_id == _CASE),
    ),
    PersonalPlace(
        "reject", import_reject, _of_batch(import_reject.c.row, import_reject.c.batch_id), "", "cells", erasable=True
    ),
    PersonalPlace(
        "image", import_change, _of_batch(import_change.c.position, import_change.c.batch_id), "", "before after",
        import_change.outerjoin(incident, sa.and_(_IS_IMAGE_OF_CASE, incident.c.id == import_change.c.record_id)),
        case=sa.func.coalesce(incident.c.number, ""), erasable=True, of_case=_IS_IMAGE_OF_CASE & (import_change.c.record_id == _CASE),
    ),
    _own("warden", roster_person, "code", "name phone workstation duty", "extra"),
    _own("unit", unit, "code", "name head contact phone", "extra"),
    _own("roster_note", roster_note, "number", "body", erasable=True),
    _own("post_handover", post_handover, "id", "sheet no_sheet", erasable=True),
    _own("post_handover_by", post_handover, "id", "made_name done_name"),
    _own("team", team, "code", "name contact phone", "extra"),
    _own("team_member", team_member, "id", "name", erasable=True),
    _own("grid_text", grid_text, "digest", "body", erasable=True),
    _own("grid_version", grid_version, "code", "name"),
    _own("grid_change", grid_change, "id", "made_name undone_name"),
    _own("grid", grid, "code", "name boundary party_group workstation", "extra"),
    _own("area", area, "code", "name", "extra"),
    _own("component", component, "code", "name owner authority address", "extra"),
    _own("operator", operator, "id", "name"),
    _own("view", named_view, "name", "name words"),
    _own("batch", import_batch, "id", "file_name operator undone_by options"),
    PersonalPlace("handler", incident, incident.c.number, "handler_name", case=incident.c.number),
    _of("asker", case_request, "handler asked_name opined_name decided_name"),
    _of("caller", call_back, "called_name"),
    _of("sent", task, "assignee_name handler_name sent_name done_name"),
    _of("orderer", supervision_order, "ordered_name replied_name"),
    _of("hearer", alarm, "acknowledged_name"),
    _own("judge", case_link, "id", "judged_name"),
    _own("shift_sheet", hand_over, "id", "made_name to_name taken_name", "sheet"),
    _of("kept", retired_case, "", "facts"),
    _own("retired", retired, "year", "", "facts"),
    PersonalPlace("act", ledger, _NUMBERED + sa.cast(ledger.c.seq, sa.Text), "operator facts"),
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
            place.table: int(connection.execute(sa.select(sa.func.coalesce(sa.func.max(row_key(place.table)), 0))).scalar_one())
            for place in places
        }
        done, rows = 0, sum(last[place.table] for place in places)
        for place in places:
            key = row_key(place.table)
            within = (key > sa.bindparam("first")) & (key <= sa.bindparam("last"))
            for first in range(0, last[place.table], CHUNK):
                found += _read(connection, terms, place, within, {"first": first, "last": first + CHUNK})
                done += min(CHUNK, last[place.table] - first)
                progress(done, rows)
    return found


def find_in_case(connection: sa.Connection, terms: Terms, case: int) -> list[Found]:
    """Return the erasable rows of a case that mention a person."""
    if not terms.patterns:
        return []
    with _asking(connection, terms):
        return [
            item for place in ERASABLE if place.of_case is not None
            for item in _read(connection, terms, place, place.of_case, {"case": case})
        ]  # fmt: skip


def _likely(column: sa.Column[str], sought: Iterable[str], *, is_json: bool) -> sa.ColumnElement[bool]:
    """Return a condition of texts that may mention a person: all that do, and few others, in a fraction of the time of :func:`_speaks`."""
    conditions = [
        instr(column, sa.bindparam(name, type_=sa.Text)) > 0 if name.startswith("name") else like_glob(column, name)
        for name in sought
    ]
    if is_json:
        conditions.append(instr(column, sa.literal("\\", sa.Text)) > 0)  # quotes and similar characters are escaped
    return sa.or_(*conditions)


def _read(
    connection: sa.Connection, terms: Terms, place: PersonalPlace, where: sa.ColumnElement[bool], values: dict[str, int]
) -> Iterator[Found]:
    columns = {name: place.table.c[name] for name in place.columns}
    sought = {f"name{at}": name for at, name in enumerate(terms.names)} | {f"glob{at}": one for at, one in enumerate(terms.globs)}
    is_likely = sa.or_(*(_likely(column, sought, is_json=name in place.objects.split()) for name, column in columns.items()))
    # Compared as bytes, because a forger may have stored bytes that are not text.
    mentions = sa.or_(*(sa.func.mentions(sa.cast(column, sa.LargeBinary)) for column in columns.values()))
    query = place.select(place.label.label("label"), place.case.label("of_case"))
    query = query.where(where, is_likely, mentions).order_by(row_key(place.table))
    for key, label, number, *texts in connection.execute(query, {**values, **sought}):
        fields = tuple(_fields(terms, place, dict(zip(columns, texts, strict=True))))
        yield Found(place=place.name, key=key, label=str(label), case=number or "", fields=fields, erasable=place.erasable)


def _fields(terms: Terms, place: PersonalPlace, row: dict[str, str | None]) -> Iterator[str]:
    for column in place.texts.split():
        if row[column] and terms.are_in(str(row[column])):
            yield column
    for column in place.objects.split():
        yield from terms.fields_in(row[column] or "") if row[column] else ()


_OF_NUMBER = (incident.c.office_id == sa.bindparam("office"), incident.c.number == sa.bindparam("number"))
_REPORTER = sa.select(*some(incident, "id reporter_name reporter_phone source_ref text extra")).where(*_OF_NUMBER)


@dataclass(frozen=True, slots=True)
class Reporter:
    """The unmasked reporter of a case, and what a list said of the report."""

    key: int
    """Key of the case."""
    name: str
    phone: str
    source_ref: str
    """Number of the case in the list it came from; empty if it has none."""
    text: str
    extra: Mapping[str, str]
    """Further columns of the list."""


def reporter(connection: sa.Connection, office: int, number: str) -> Reporter:
    """Return who reported a case."""
    row = connection.execute(_REPORTER, {"office": office, "number": number}).one()
    extra = decoded(row.extra, "incident.extra") if row.extra else {}
    return Reporter(
        int(row.id), str(row.reporter_name), str(row.reporter_phone), str(row.source_ref), str(row.text),
        {str(name): str(said) for name, said in extra.items()},
    )  # fmt: skip


_OF_THIS_NUMBER = (incident.c.office_id == sa.bindparam("of_office"), incident.c.number == sa.bindparam("of_number"))
_BLANK_REPORTER = sa.update(incident).where(*_OF_THIS_NUMBER).values(reporter_name="", reporter_phone="")


def blank_reporter(connection: sa.Connection, office: int, number: str) -> None:
    """Empty the reporter's name and phone of a case."""
    connection.execute(_BLANK_REPORTER, {"of_office": office, "of_number": number})


_FORGET = sa.update(ledger_personal).where(row_key(ledger_personal) == _ROW).values(salt=None, body=None)


def take_out(connection: sa.Connection, place: str, keys: Iterable[int], terms: Terms) -> None:
    """Erase a person from rows of a place; ledger entries lose their whole personal text, together with its salt."""
    if place == "entry":
        connection.execute(_FORGET, [{"row_key": key} for key in keys])
        return
    known = _BY_NAME[place]
    read, write = known.select().where(row_key(known.table) == _ROW), known.update()
    for key in keys:
        row = dict(zip(known.columns, connection.execute(read, {"row_key": key}).one()[1:], strict=True))
        values = {column: terms.removed_from(row[column]) for column in known.texts.split()}
        values |= {
            column: terms.removed_from_fields(row[column], with_names=place == "reject") if row[column] else row[column]
            for column in known.objects.split()
        }
        connection.execute(write, {"row_key": key, **{f"new_{column}": value for column, value in values.items()}})


_RECORDS = {
    "image": sa.select(import_change.c.table_name.label("kind"), import_change.c.record_id.label("key")).where(
        row_key(import_change) == _ROW
    ),
    "entry": sa.select(ledger.c.subject_kind.label("kind"), ledger.c.subject_id.label("key"))
    .join_from(
        ledger_personal, ledger, (ledger.c.office_id == ledger_personal.c.office_id) & (ledger.c.seq == ledger_personal.c.seq)
    )
    .where(row_key(ledger_personal) == _ROW),
}
_PLACE_OF = {roster_person.name: "warden", "person": "warden"}
"""Name of the place of a record, where it is not that of its table or of the subject of an entry."""


def record_of(connection: sa.Connection, place: str, key: int) -> tuple[str, int] | None:
    """Return the place and key of the record that an import's before/after image or a ledger entry is about; None for others."""
    if place not in _RECORDS:
        return None
    row = connection.execute(_RECORDS[place], {"row_key": key}).one()
    return _PLACE_OF.get(row.kind, str(row.kind)), int(row.key)


_CELLS = sa.select(import_reject.c.cells).where(row_key(import_reject) == _ROW)


def rejected_cells(connection: sa.Connection, key: int) -> dict[str, str]:
    """Return the cells of a rejected row by heading."""
    said = decoded(connection.execute(_CELLS, {"row_key": key}).scalar_one(), "import_reject.cells")
    return {str(heading): str(value) for heading, value in said.items()}


_SEQ = sa.select(ledger_personal.c.seq).where(row_key(ledger_personal) == _ROW)


def entry_number(connection: sa.Connection, key: int) -> int:
    """Return the number of the ledger entry to which a row of personal text belongs."""
    return int(connection.execute(_SEQ, {"row_key": key}).scalar_one())
