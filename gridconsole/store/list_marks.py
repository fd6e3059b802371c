"""Statements of other systems' lists about cases."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.views.reconciling import Difference, Mark
from gridconsole.store.dialect.sqlite import by_no_index, in_order, listed, upsert
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.imports import earlier_mark, import_batch, list_mark, list_seen
from gridconsole.store.types import instant

_PUT = upsert(list_mark, "incident_id", "source_list batch_id said is_over result done_at handler times")
_SEEN = upsert(list_seen, "source_list", "batch_id")
_OF_OFFICE = incident.c.office_id == sa.bindparam("office", type_=sa.BigInteger)
_NAMED = listed("names", sa.Text)
_KEYS = sa.union_all(
    sa.select(incident.c.id, incident.c.number.label("name")).where(_OF_OFFICE, incident.c.number.in_(_NAMED)),
    sa.select(incident.c.id, incident.c.import_key.label("name")).where(
        _OF_OFFICE, incident.c.import_key.is_not(None), incident.c.import_key.in_(_NAMED)
    ),
)
_BATCH: sa.BindParameter[int] = sa.bindparam("batch", type_=sa.BigInteger)
_LIST: sa.BindParameter[str] = sa.bindparam("seen_list", type_=sa.Text)
_COLUMNS = [column.name for column in list_mark.columns]
_SET_ASIDE = sa.insert(earlier_mark).from_select(
    _COLUMNS,
    sa.select(*some(list_mark, " ".join(_COLUMNS))).where(
        list_mark.c.incident_id.in_(listed("cases")), list_mark.c.batch_id != _BATCH
    ),
)
_ASIDE_ALREADY = sa.delete(earlier_mark).where(
    earlier_mark.c.incident_id.in_(listed("cases")),
    sa.exists().where(list_mark.c.incident_id == earlier_mark.c.incident_id, list_mark.c.batch_id == earlier_mark.c.batch_id),
    earlier_mark.c.batch_id != _BATCH,
)
_OVER = tuple(
    sa.delete(table).where(
        table.c.source_list == _LIST,
        table.c.batch_id != _BATCH,
        ~sa.exists().where(incident.c.id == table.c.incident_id, IS_OPEN),
    )
    for table in (list_mark, earlier_mark)
)
"""Drop what earlier batches of a list said of cases that are over here."""
BATCHES_KEPT = 3
"""Batches of a list whose earlier statements are kept besides those of the last import but one."""
_of_list = earlier_mark.alias("of_list")
_LAST = sa.select(_of_list.c.batch_id).distinct().where(_of_list.c.source_list == _LIST).order_by(_of_list.c.batch_id.desc())
_OLD = sa.delete(earlier_mark).where(
    earlier_mark.c.source_list == _LIST,
    earlier_mark.c.batch_id.not_in(_LAST.limit(sa.literal_column(str(BATCHES_KEPT), sa.Integer))),
)
_LISTS_OF = sa.union(
    sa.select(list_mark.c.source_list).where(list_mark.c.batch_id == _BATCH),
    sa.select(list_seen.c.source_list).where(list_seen.c.batch_id == _BATCH),
)
_CASES_OF = sa.select(list_mark.c.incident_id).where(list_mark.c.batch_id == _BATCH)
_FORGET = tuple(sa.delete(table).where(table.c.batch_id == _BATCH) for table in (list_mark, earlier_mark, list_seen))
_later = earlier_mark.alias("later")
_IS_LAST = ~sa.exists().where(_later.c.incident_id == earlier_mark.c.incident_id, _later.c.batch_id > earlier_mark.c.batch_id)
_BRING_BACK = sa.insert(list_mark).from_select(
    _COLUMNS, sa.select(*some(earlier_mark, " ".join(_COLUMNS))).where(earlier_mark.c.incident_id.in_(listed("cases")), _IS_LAST)
)
_BROUGHT_BACK = sa.delete(earlier_mark).where(
    earlier_mark.c.incident_id.in_(listed("cases")),
    sa.exists().where(list_mark.c.incident_id == earlier_mark.c.incident_id, list_mark.c.batch_id == earlier_mark.c.batch_id),
)
_NEWEST_OF = sa.select(sa.func.max(list_mark.c.batch_id)).where(list_mark.c.source_list == _LIST)


def put(connection: sa.Connection, marks: Iterable[tuple[int, Mark]]) -> None:
    """Store the last statements about cases, by their keys; all are of one batch."""
    values = [
        {
            "incident_id": key, "source_list": mark.source_list, "batch_id": mark.batch, "said": mark.said, "is_over": int(mark.is_over),
            "result": mark.result, "done_at": mark.done_at.isoformat() if mark.done_at else None, "handler": mark.handler,
            "times": mark.times,
        }
        for key, mark in marks
    ]  # fmt: skip
    if values:
        of_cases = {"cases": json.dumps([value["incident_id"] for value in values]), "batch": values[0]["batch_id"]}
        # An older batch may have spoken again, by rows that were retried.
        connection.execute(_ASIDE_ALREADY, of_cases)
        connection.execute(_SET_ASIDE, of_cases)
        connection.execute(_PUT, values)


def keys_of(connection: sa.Connection, office: int, names: Sequence[str]) -> dict[str, int]:
    """Return the keys of cases by their numbers or their import keys."""
    found = connection.execute(_KEYS, {"office": office, "names": json.dumps(list(names))})
    return {row.name: row.id for row in found}


def saw(connection: sa.Connection, source_list: str, batch: int) -> None:
    """Store that a batch is the newest of a list, and drop what earlier ones said of cases that are over here.

    What is left are the cases that are open here and those of the newest batch: a comparison never reads the past.
    """
    connection.execute(_SEEN, {"source_list": source_list, "batch_id": batch})
    for query in (*_OVER, _OLD):
        connection.execute(query, {"seen_list": source_list, "batch": batch})


def forget(connection: sa.Connection, batch: int) -> None:
    """Take the statements of a batch away, because it was undone: those before them are the last again."""
    lists = list(connection.execute(_LISTS_OF, {"batch": batch}).scalars())
    cases = json.dumps(list(connection.execute(_CASES_OF, {"batch": batch}).scalars()))
    for query in _FORGET:
        connection.execute(query, {"batch": batch})
    connection.execute(_BRING_BACK, {"cases": cases})
    connection.execute(_BROUGHT_BACK, {"cases": cases})
    for name in lists:
        newest = connection.execute(_NEWEST_OF, {"seen_list": name}).scalar()
        if newest is not None:
            connection.execute(_SEEN, {"source_list": name, "batch_id": newest})


_OFFICE = by_no_index(incident.c.office_id) == sa.bindparam("office", type_=sa.BigInteger)
_IS_NEWEST = list_mark.c.batch_id == list_seen.c.batch_id
_ONE: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
_MARKS = (
    sa.select(list_mark, incident.c.source_ref, list_seen.c.batch_id.label("newest"), import_batch.c.at)
    .select_from(
        # The statements are few: those about cases that are open here or there.
        in_order(list_mark, incident, incident.c.id == list_mark.c.incident_id)
        .join(list_seen, list_seen.c.source_list == list_mark.c.source_list)
        .join(import_batch, import_batch.c.id == list_mark.c.batch_id)
    )
    .where(_OFFICE, COUNTS)
    .order_by(list_mark.c.source_list, incident.c.id)
)
_CONDITIONS: Mapping[Difference, tuple[sa.ColumnElement[bool], ...]] = {
    Difference.FINISHED: (IS_OPEN, list_mark.c.is_over == _ONE),
    Difference.GONE: (IS_OPEN, list_mark.c.is_over != _ONE, list_mark.c.batch_id != list_seen.c.batch_id),
    Difference.TWICE: (_IS_NEWEST, list_mark.c.times > _ONE),
    Difference.CLOSED_HERE: (
        _IS_NEWEST, incident.c.closed_at.is_not(None), incident.c.state == word("closed"), list_mark.c.is_over != _ONE,
        list_mark.c.said != sa.literal_column("''", sa.Text),
    ),
}  # fmt: skip
_QUERIES = {difference: _MARKS.where(*conditions) for difference, conditions in _CONDITIONS.items()}


def differing(connection: sa.Connection, office: int, difference: Difference) -> list[tuple[int, str, Mark]]:
    """Return the keys of the cases about which lists and this office differ, with their numbers in the list and its statement."""
    return [(row.incident_id, row.source_ref, _mark(row)) for row in connection.execute(_QUERIES[difference], {"office": office})]


_LISTS = (
    sa.select(list_seen.c.source_list, import_batch.c.file_name, import_batch.c.at)
    .join(import_batch, import_batch.c.id == list_seen.c.batch_id)
    .order_by(list_seen.c.source_list)
)


def lists(connection: sa.Connection) -> list[tuple[str, str, str]]:
    """Return each list with the name of its newest file and the time of its import, UTC as stored."""
    return [(row.source_list, row.file_name, row.at) for row in connection.execute(_LISTS)]


def _mark(row: Any) -> Mark:
    done = datetime.fromisoformat(row.done_at) if row.done_at else None
    return Mark(
        row.source_list, row.batch_id, row.said, bool(row.is_over), row.result, done, row.handler, row.times, instant(row.at)
    )
