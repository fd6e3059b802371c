"""Records of imports: what each file added, changed and left out; and undoing them."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.ledger import canonical
from gridconsole.domain.roster import BookTable, Line, duty_key, responsibility_row
from gridconsole.domain.views.imports import Issue
from gridconsole.store import roster
from gridconsole.store.dialect import pragmas
from gridconsole.store.dialect.direct import Direct, savepoint
from gridconsole.store.dialect.sqlite import json_text
from gridconsole.store.engine import driver
from gridconsole.store.tables.cases import assignment, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.imports import import_batch, import_change, import_issue, import_reject, import_stage
from gridconsole.store.tables.registers import area, category, component, filing_rule, grid, unit
from gridconsole.store.tables.roster import (
    employment,
    grid_lineage,
    leave,
    post,
    responsibility,
    roster_person,
    team,
    team_member,
)
from gridconsole.store.types import READ_IN_TRANSACTION, decoded, driver_of, instant, instant_or_none, stamp


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A record that a batch added or changed."""

    table: str
    key: int
    before: Mapping[str, Any] | None
    """Earlier values of the changed columns; None: the record was added."""
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reject:
    """A rejected row, as it was in the file."""

    sheet: str
    row: int
    cells: Mapping[str, Any]
    """Values by heading."""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """An import in the history."""

    id: int
    at: datetime
    operator: str
    kind: str
    file_name: str
    counts: Mapping[str, int]
    undone_at: datetime | None
    undone_by: str
    waiting: int
    """Rejected rows that were not imported later."""


_BATCH: sa.BindParameter[int] = sa.bindparam("batch")
_OPEN = sa.insert(import_batch)


def _next_position_in(table: sa.Table) -> sa.Select[Any]:
    return sa.select(sa.func.coalesce(sa.func.max(table.c.position), -1) + 1).where(table.c.batch_id == _BATCH)


_NEXT_BATCH = sa.select(sa.func.coalesce(sa.func.max(import_batch.c.id), 0) + 1)
_NEXT_POSITION = _next_position_in(import_change)
_CLOSE = (
    sa.update(import_batch)
    .where(import_batch.c.id == _BATCH)
    .values(counts=sa.bindparam("counted"), options=sa.bindparam("chosen"))
)
_ISSUE = sa.insert(import_issue)
_CHANGE_COLUMNS = "batch_id position table_name record_id before after"
_CHANGE = Direct(
    sa.insert(import_change).values({name: sa.bindparam(name) for name in _CHANGE_COLUMNS.split()}), order=_CHANGE_COLUMNS
)
_REJECT = sa.insert(import_reject)


def next_batch(connection: sa.Connection) -> int:
    """Return the number of the next batch; valid until another one begins."""
    return int(connection.execute(_NEXT_BATCH).scalar_one())


def next_position(connection: sa.Connection, batch: int) -> int:
    """Return the position of the next change of a batch."""
    return int(connection.execute(_NEXT_POSITION, {"batch": batch}).scalar_one())


def open_batch(connection: sa.Connection, number: int, at: datetime, operator: str, kind: str, file: str, sha256: str) -> None:
    """Begin a batch."""
    values = {
        "id": number, "at": stamp(at), "operator": operator, "kind": kind, "file_name": file, "sha256": sha256, "counts": "{}",
    }  # fmt: skip
    connection.execute(_OPEN, values)


def close_batch(
    connection: sa.Connection, batch: int, counts: Mapping[str, int], issues: Sequence[Issue], options: Mapping[str, Any]
) -> None:
    """Write a batch's counts, its issues, and the options its file was read with."""
    connection.execute(_CLOSE, {"batch": batch, "counted": canonical(counts), "chosen": canonical(options)})
    rows = [{"batch_id": batch, "position": position, "sheet": issue.sheet, "row": issue.row, "column": issue.column,
             "code": issue.code, "severity": issue.severity} for position, issue in enumerate(issues)]  # fmt: skip
    if rows:
        connection.execute(_ISSUE, rows)


def keep_changes(connection: sa.Connection, batch: int, first: int, changes: Sequence[RecordChange]) -> None:
    """Store what a batch changed, from a position on."""
    _CHANGE.many(
        driver_of(connection),
        (
            (batch, place, one.table, one.key, None if one.before is None else canonical(one.before), canonical(one.after))
            for place, one in enumerate(changes, first)
        ),
    )


def keep_rejects(connection: sa.Connection, batch: int, first: int, rejects: Sequence[Reject]) -> None:
    """Store rejected rows, from a position on."""
    rows = [{"batch_id": batch, "position": position, "sheet": item.sheet, "row": item.row, "cells": canonical(item.cells)}
            for position, item in enumerate(rejects, first)]  # fmt: skip
    if rows:
        connection.execute(_REJECT, rows)


_WAITING_ROWS = (
    sa.select(sa.func.count())
    .where(import_reject.c.batch_id == import_batch.c.id, import_reject.c.taken_by.is_(None))
    .scalar_subquery()
)
_IS_WRITTEN = ~sa.exists().where(import_stage.c.batch_id == import_batch.c.id)
"""Condition: a batch is listed only once it is completely written."""
_BATCHES = sa.select(
    *some(import_batch, "id at operator kind file_name counts undone_at undone_by"), _WAITING_ROWS.label("waiting")
).where(_IS_WRITTEN)
_ALL = _BATCHES.order_by(import_batch.c.id.desc()).limit(sa.bindparam("most"))
_ONE = _BATCHES.where(import_batch.c.id == _BATCH)


def batches(connection: sa.Connection, most: int) -> tuple[BatchRow, ...]:
    """Return the history of imports, newest first."""
    return tuple(map(_batch, connection.execute(_ALL, {"most": most})))


def batch(connection: sa.Connection, key: int) -> BatchRow | None:
    """Return an import; None if there is none of this number."""
    row = connection.execute(_ONE, {"batch": key}).first()
    return None if row is None else _batch(row)


def _batch(row: Any) -> BatchRow:
    return BatchRow(
        id=row.id,
        at=instant(row.at),
        operator=row.operator,
        kind=row.kind,
        file_name=row.file_name,
        counts=decoded(row.counts, "import_batch.counts"),
        undone_at=instant_or_none(row.undone_at),
        undone_by=row.undone_by,
        waiting=row.waiting,
    )


_ISSUES = (
    sa.select(*some(import_issue, "sheet row column code severity"))
    .where(import_issue.c.batch_id == _BATCH)
    .order_by(import_issue.c.position)
)


def issues_of(connection: sa.Connection, batch_id: int) -> tuple[Issue, ...]:
    """Return the issues of a batch."""
    return tuple(Issue(*tuple(row)) for row in connection.execute(_ISSUES, {"batch": batch_id}))


_REJECTS = (
    sa.select(*some(import_reject, "position sheet row cells"))
    .where(import_reject.c.batch_id == _BATCH, import_reject.c.taken_by.is_(None))
    .order_by(import_reject.c.position)
)
_TAKEN = (
    sa.update(import_reject)
    .where(import_reject.c.batch_id == _BATCH, import_reject.c.position == sa.bindparam("place"))
    .values(taken_by=sa.bindparam("by"))
)
_WAITS_AGAIN = (
    sa.update(import_reject)
    .where(
        import_reject.c.taken_by == _BATCH,
        import_reject.c.sheet == sa.bindparam("of_sheet"),
        import_reject.c.row == sa.bindparam("of_row"),
    )
    .values(taken_by=None)
)
_NEXT_REJECT = _next_position_in(import_reject)
_NEXT_ISSUE = _next_position_in(import_issue)
_RECOUNT = sa.update(import_batch).where(import_batch.c.id == _BATCH).values(counts=sa.bindparam("counted"))
_OPTIONS = sa.select(import_batch.c.options).where(import_batch.c.id == _BATCH)


def rejects_of(connection: sa.Connection, batch_id: int) -> tuple[tuple[int, Reject], ...]:
    """Return the rejected rows of a batch that were not imported later, by position."""
    found = connection.execute(_REJECTS, {"batch": batch_id})
    return tuple((row.position, Reject(row.sheet, row.row, decoded(row.cells, "import_batch.cells"))) for row in found)


def mark_taken(connection: sa.Connection, batch_id: int, positions: Sequence[int], by: int) -> None:
    """Record that a later batch imported rejected rows."""
    if positions:
        connection.execute(_TAKEN, [{"batch": batch_id, "place": position, "by": by} for position in positions])


def put_aside(connection: sa.Connection, batch: int, row: Reject, issue: Issue, *, is_kept: bool) -> None:
    """Reject a row after all that its batch had accepted.

    Args:
        is_kept: store it as a rejected row of this batch; otherwise it waits again in the batch that rejected it first.
    """
    if is_kept:
        keep_rejects(connection, batch, int(connection.execute(_NEXT_REJECT, {"batch": batch}).scalar_one()), [row])
    else:
        connection.execute(_WAITS_AGAIN, {"batch": batch, "of_sheet": row.sheet, "of_row": row.row})
    position = int(connection.execute(_NEXT_ISSUE, {"batch": batch}).scalar_one())
    connection.execute(_ISSUE, {
        "batch_id": batch, "position": position, "sheet": row.sheet, "row": row.row, "column": issue.column, "code": issue.code,
        "severity": issue.severity,
    })  # fmt: skip


def recount(connection: sa.Connection, batch: int, counts: Mapping[str, int]) -> None:
    """Replace a batch's counts."""
    connection.execute(_RECOUNT, {"batch": batch, "counted": canonical(counts)})


def options_of(connection: sa.Connection, batch_id: int) -> dict[str, Any]:
    """Return the options of a batch."""
    return dict(json.loads(connection.execute(_OPTIONS, {"batch": batch_id}).scalar_one() or "{}"))


def defer_references(connection: sa.Connection) -> None:
    """Check references only at the end of the transaction: a record may refer to one that the same file adds further down."""
    pragmas.defer_references(driver_of(connection))


# --- undoing ----------------------------------------------------------------------------------------------------

_CHANGES = (
    sa.select(*some(import_change, "table_name record_id before after"))
    .where(import_change.c.batch_id == _BATCH)
    .order_by(import_change.c.position.desc())
)
_UNDONE = (
    sa.update(import_batch)
    .where(import_batch.c.id == _BATCH)
    .values(state=word("undone"), undone_at=sa.bindparam("moment"), undone_by=sa.bindparam("by"))
)
_WAITING_AGAIN = sa.update(import_reject).where(import_reject.c.taken_by == _BATCH).values(taken_by=None)
_TABLES = {
    table.name: table
    for table in (area, grid, unit, roster_person, category, filing_rule, component, incident, team, team_member)
}
_NAME_COLUMN = {
    "category": "minor_name",
    "filing_rule": "condition",
    "incident": "number",
    "component": "code",
    "team_member": "name",
}
"""Column with the name of a record; ``name`` for the others."""
_KEY: sa.BindParameter[int] = sa.bindparam("key", type_=sa.BigInteger)
_NAME_OF_POST = (
    sa.select(roster_person.c.name.concat(sa.literal_column("' · '", sa.Text)).concat(grid.c.name))
    .select_from(post.join(roster_person, roster_person.c.id == post.c.person_id).join(grid, grid.c.id == post.c.grid_id))
    .where(post.c.number == _KEY)
)
_OF_PEOPLE = (employment, post, leave)
_BOOK = {table.name: table for table in (*_OF_PEOPLE, responsibility)}
_OWNER_OF = {table.name: sa.select(table.c.person_id).where(table.c.number == _KEY).limit(1) for table in _OF_PEOPLE} | {
    responsibility.name: sa.select(responsibility.c.unit_id).where(responsibility.c.number == _KEY).limit(1)
}
_OLD_NAMES = {"warden_id": "person_id"}
"""Columns of the images that earlier programs kept, by their present names."""
_OLD_EMPLOYMENT = {"employment": "form", "joined_on": "starts_on", "left_on": "ends_on"}
"""The same of columns that were the warden's and are now the employment's."""


def changes_backwards(connection: sa.Connection, batch_id: int) -> tuple[RecordChange, ...]:
    """Return the changes of a batch, last one first."""
    return tuple(
        RecordChange(
            row.table_name,
            row.record_id,
            None if row.before is None else decoded(row.before, "import_batch.before"),
            decoded(row.after, "import_batch.after"),
        )
        for row in connection.execute(_CHANGES, {"batch": batch_id})
    )


def _counted(name: str) -> sa.ColumnElement[int]:
    return sa.cast(json_text(import_batch.c.counts, name), sa.Integer)


_TAKEN_BEFORE = sa.select(
    sa.exists().where(
        import_batch.c.sha256 == sa.bindparam("sum"),
        import_batch.c.state == word("committed"),
        _counted("inserted") + _counted("updated") > 0,
    )
)


def was_taken(connection: sa.Connection, sha256: str) -> bool:
    """Return whether a file with this content was imported with any effect, and was not undone."""
    return bool(connection.execute(_TAKEN_BEFORE, {"sum": sha256}).scalar_one())


_FORGET = sa.delete(import_change).where(
    import_change.c.batch_id == _BATCH,
    import_change.c.table_name == sa.bindparam("table"),
    import_change.c.record_id == sa.bindparam("key"),
)
_HAS_CHANGED = sa.exists().where(import_change.c.batch_id == _BATCH)
_HAS_CASES = sa.exists().where(incident.c.batch_id == _BATCH, incident.c.state != word("voided"))
_CHANGED = sa.select(_HAS_CHANGED)
_LEFT = sa.select(_HAS_CHANGED | _HAS_CASES)


def forget_changes(connection: sa.Connection, batch_id: int, changes: Sequence[RecordChange]) -> None:
    """Delete changes that were undone. The others are kept, because they may be undone once later changes are gone."""
    records = {(change.table, change.key) for change in changes}
    if records:
        connection.execute(_FORGET, [{"batch": batch_id, "table": table, "key": key} for table, key in sorted(records)])


def has_changes(connection: sa.Connection, batch_id: int) -> bool:
    """Return whether a batch changed records besides the cases it added."""
    return bool(connection.execute(_CHANGED, {"batch": batch_id}).scalar_one())


def is_anything_left(connection: sa.Connection, batch_id: int) -> bool:
    """Return whether anything that a batch did is still in effect."""
    return bool(connection.execute(_LEFT, {"batch": batch_id}).scalar_one())


def mark_undone(connection: sa.Connection, batch_id: int, at: datetime, by: str) -> None:
    """Record that a batch was undone; rejected rows of an earlier batch that it had imported wait again."""
    connection.execute(_UNDONE, {"batch": batch_id, "moment": stamp(at), "by": by})
    connection.execute(_WAITING_AGAIN, {"batch": batch_id})


_LISTS = (
    sa.select(import_batch.c.options)
    .where(import_batch.c.kind == word("incidents"), json_text(import_batch.c.options, "source_list").is_not(None))
    .order_by(import_batch.c.id.desc())
    .limit(sa.literal_column("200"))
)


def list_with_headings(connection: sa.Connection, fingerprint: str) -> str:
    """Return the name of the source list that was imported last with some headings; empty if there is none."""
    for row in connection.execute(_LISTS):
        said = decoded(row.options, "import_batch.options")
        if fingerprint in said.get("fingerprints", ()):
            return str(said["source_list"])
    return ""


_UNDONE_FOR = sa.select(import_batch.c.id).where(
    import_batch.c.id == _BATCH,
    import_batch.c.undone_at.is_not(None),
    ~sa.exists().where(
        import_change.c.batch_id == import_batch.c.id,
        import_change.c.table_name == word("incident"),
        import_change.c.record_id == sa.bindparam("case", type_=sa.BigInteger),
    ),
)


def undone_for(connection: sa.Connection, case: int, given: Iterable[int]) -> frozenset[int]:
    """Return those of some batches whose change of a case was undone."""
    found = (connection.execute(_UNDONE_FOR, {"batch": batch, "case": case}).scalar() for batch in given)
    return frozenset(batch for batch in found if batch is not None)


def owner_of(connection: sa.Connection, change: RecordChange) -> tuple[str, int]:
    """Return the record that a change belongs to: the unit for its responsibilities, the person for a row of the book."""
    if change.table == "unit_service":
        return "unit", change.key
    if change.table in _BOOK:
        found = connection.execute(_OWNER_OF[change.table], {"key": change.key}).scalar()
        owner = "unit" if change.table == responsibility.name else PERSON
        return (change.table, change.key) if found is None else (owner, int(found))
    return _present_name(change.table), change.key


PERSON = roster_person.name
WriteLine = Callable[[Line], None]


def _present_name(table: str) -> str:
    """Return the present name of a table; earlier programs named that of the people otherwise."""
    return PERSON if table == "warden" else table


BY_ACTION = frozenset({"outer_due_at"})
"""Columns of a case that only an action changes: they are compared here, and the caller carries the action out."""


class StaysAsItIs(Exception):
    """Raised to leave the savepoint, so that a record stays unchanged."""


def put_back(
    connection: sa.Connection, changes: Sequence[RecordChange], write: WriteLine, fits: Callable[[], bool] = lambda: True
) -> bool:
    """Undo what a batch did to a record and to the rows that belong to it, last change first.

    Returns False and changes nothing if any of them differs from the batch's result, is in use, or conflicts with later data.

    Args:
        write: writes a line of the roster's book; may raise :class:`StaysAsItIs`.
        fits: tells whether the record can be as it is now, once all of it is undone.
    """
    try:
        with savepoint(driver_of(connection)):
            for change in changes:
                if _is_referred_to(connection, change) or not _put_back(connection, change, write):
                    raise StaysAsItIs
            if not fits():
                raise StaysAsItIs
    except (StaysAsItIs, sa.exc.IntegrityError, driver.IntegrityError):
        return False
    return True


def _put_back(connection: sa.Connection, change: RecordChange, write: WriteLine) -> bool:
    if change.table == "unit_service":
        return _put_service_back(connection, change, write)
    if change.table in _BOOK:
        return _put_row_back(connection, change, write)
    if change.table == "warden":
        return all(_put_back(connection, part, write) for part in _parts_of_warden(change))
    table = _known(change.table)
    raw = driver_of(connection)
    found = _row_of(table).on(raw, key=change.key)
    values = found.fetchone()
    if values is None:
        return change.before is None
    row = {column[0]: value for column, value in zip(found.description, values, strict=True)}
    if any(row[name] != value for name, value in change.after.items()):
        return False
    if change.before is not None:
        new = {f"new_{name}": value for name, value in change.before.items() if name not in BY_ACTION}
        _changing(table, tuple(change.before.keys() - BY_ACTION)).on(raw, key=change.key, **new)
        return True
    _removing(table).on(raw, key=change.key)
    return True


def _put_row_back(connection: sa.Connection, change: RecordChange, write: WriteLine) -> bool:
    book = BookTable(change.table)
    present = roster.present(connection, book, change.key)
    if present is None and not change.after and change.before:
        write(Line(book, change.key, change.before))
        return True
    if present is None:
        return change.before is None
    after, before = (
        {_OLD_NAMES.get(name, name): value for name, value in (said or {}).items()} for said in (change.after, change.before)
    )
    if any(present[name] != value for name, value in after.items()):
        return False
    write(Line(book, change.key, None if change.before is None else {**present, **before}))
    return True


def _parts_of_warden(change: RecordChange) -> list[RecordChange]:
    """Split the change of a warden by an earlier program into that of the person and that of the employment."""
    images = (change.before, change.after)
    employed = [
        {_OLD_EMPLOYMENT[name]: value for name, value in (said or {}).items() if name in _OLD_EMPLOYMENT} for said in images
    ]
    of_person = [{name: value for name, value in (said or {}).items() if name not in _OLD_EMPLOYMENT} for said in images]
    is_new = change.before is None
    parts = []
    if employed[1]:
        # The migration gave each employment the number of its person.
        parts.append(RecordChange("employment", change.key, None if is_new else employed[0], employed[1]))
    if of_person[1]:
        parts.append(RecordChange(PERSON, change.key, None if is_new else of_person[0], of_person[1]))
    return parts


# Compiled once for each table: an import may have changed tens of thousands of records.
@functools.cache
def _row_of(table: sa.Table) -> Direct:
    return Direct(sa.select(table).where(table.c.id == _KEY))


@functools.cache
def _changing(table: sa.Table, names: tuple[str, ...]) -> Direct:
    values: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in names}
    return Direct(sa.update(table).where(table.c.id == _KEY).values(values))


@functools.cache
def _removing(table: sa.Table) -> Direct:
    return Direct(sa.delete(table).where(table.c.id == _KEY))


def name_of(connection: sa.Connection, change: RecordChange) -> str:
    """Return the name of a changed record."""
    if change.table == "unit_service":
        return name_of(connection, RecordChange("unit", change.key, None, {}))
    if change.table == "post":
        return str(connection.execute(_NAME_OF_POST, {"key": change.key}).scalar() or change.key)
    name, key = owner_of(connection, change) if change.table in _BOOK else (_present_name(change.table), change.key)
    if name not in _TABLES:
        return str(key)
    table = _TABLES[name]
    query = sa.select(table.c[_NAME_COLUMN.get(name, "name")]).where(table.c.id == _KEY)
    return str(connection.execute(query, {"key": key}).scalar() or key)


_IS_ASSIGNED = sa.select(sa.exists().where(assignment.c.handler_kind == sa.bindparam("kind"), assignment.c.handler_id == _KEY))
_IS_IN_BOOK = {
    PERSON: sa.select(
        sa.or_(
            *(sa.exists().where(table.c.person_id == _KEY, table.c.replaced_by.is_(None)) for table in _OF_PEOPLE),
            sa.exists().where(leave.c.deputy_id == _KEY, leave.c.replaced_by.is_(None)),
        )
    ),
    "grid": sa.select(sa.exists().where(post.c.grid_id == _KEY, post.c.replaced_by.is_(None))),
    "area": sa.select(sa.exists().where(post.c.area_id == _KEY, post.c.replaced_by.is_(None))),
    "unit": sa.select(
        sa.exists().where(post.c.unit_id == _KEY, post.c.replaced_by.is_(None))
        | sa.exists().where(employment.c.employer_id == _KEY, employment.c.replaced_by.is_(None))
        | sa.exists().where(responsibility.c.unit_id == _KEY, responsibility.c.replaced_by.is_(None))
    ),
}
"""Present rows of the book that name a record."""
_IS_DESCENDED = sa.select(
    sa.exists().where((grid_lineage.c.from_id == _KEY) | (grid_lineage.c.to_id == _KEY), grid_lineage.c.replaced_by.is_(None))
)
"""A grid that was split, merged or transferred, or came from that, stays as it is."""
_HANDLERS = sa.union(
    sa.select(incident.c.handler_kind, incident.c.handler_id).where(incident.c.handler_id.is_not(None)),
    sa.select(word(HandlerKind.WARDEN.value), incident.c.reporter_id).where(incident.c.reporter_id.is_not(None)),
)
"""Units and wardens that cases name: as handler, or as who reported."""


def _is_referred_to(connection: sa.Connection, change: RecordChange) -> bool:
    """Return whether a record is in use where no foreign key says so: by cases as handler, or by the roster's book."""
    name = _present_name(change.table)
    if name == "grid" and connection.execute(_IS_DESCENDED, {"key": change.key}).scalar_one():
        return True
    if change.before is not None or name not in (PERSON, "unit", "grid", "area"):
        return False
    if connection.execute(_IS_IN_BOOK[name], {"key": change.key}).scalar_one():
        return True
    if name in ("grid", "area"):
        return False
    kind = HandlerKind.WARDEN.value if name == PERSON else HandlerKind.UNIT.value
    if connection.execute(_IS_ASSIGNED, {"kind": kind, "key": change.key}).scalar_one():
        return True
    # Read once in a transaction: it takes every case, and an import may have added hundreds of units.
    kept = connection.info.setdefault(READ_IN_TRANSACTION, {})
    if "handlers" not in kept:
        kept["handlers"] = {tuple(row) for row in connection.execute(_HANDLERS)}
    return (kind, change.key) in kept["handlers"]


def _put_service_back(connection: sa.Connection, change: RecordChange, write: WriteLine) -> bool:
    """Put a unit's areas back; images of earlier programs hold its responsibilities too."""
    from gridconsole.store import places

    served, duties = places.services(connection).get(change.key, (frozenset(), frozenset()))
    if sorted(served) != change.after["areas"]:
        return False
    before = change.before or {"areas": [], "duties": []}
    if "duties" in change.after:
        if [list(duty) for duty in sorted(duties)] != change.after["duties"]:
            return False
        _put_duties_back(connection, change.key, before["duties"], write)
    places.replace_areas(connection, change.key, before["areas"])
    return True


def _put_duties_back(connection: sa.Connection, unit_key: int, before: Sequence[Sequence[Any]], write: WriteLine) -> None:
    wanted = {(kind, major, minor, bool(primary)) for kind, major, minor, primary in before}
    for number, row in roster.duties_of(connection, unit_key):
        if row["ends_on"] is None and duty_key(row) not in wanted:
            write(Line(BookTable.RESPONSIBILITY, number, None))
        wanted.discard(duty_key(row))
    for kind, major, minor, is_primary in sorted(wanted):
        number = roster.next_number(connection, BookTable.RESPONSIBILITY)
        write(Line(BookTable.RESPONSIBILITY, number, responsibility_row(unit_key, kind, major, minor, is_primary=is_primary)))


def _known(table: str) -> sa.Table:
    if table not in _TABLES:
        raise ValueError(table)
    return _TABLES[table]
