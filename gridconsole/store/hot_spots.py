"""Addresses and callers that come again, and reports by day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.states import Source
from gridconsole.store import fact_filters
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.fact_filters import EVERY_CASE, Filter
from gridconsole.store.tables.cases import COUNTS, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.facts import case_fact
from gridconsole.store.types import instant, stamp


@dataclass(frozen=True, slots=True)
class Repeated:
    """An address or a phone number with its reports; unmasked."""

    text: str
    reports: int
    first: datetime
    """Time of the first report, UTC."""
    last: datetime
    names: tuple[str, ...] = ()
    """Reporters, unmasked; they are hidden in the text."""


_COUNT = sa.func.count().label("reports")
_SPAN = (sa.func.min(incident.c.reported_at).label("first"), sa.func.max(incident.c.reported_at).label("last"))


def _repeated(column: sa.ColumnElement[str], name: sa.ColumnElement[str]) -> Any:
    return (
        sa.select(
            column.label("text"),
            _COUNT,
            *_SPAN,
            sa.func.coalesce(sa.func.aggregate_strings(name, "\n"), sa.literal_column("''")).label("names"),
        )
        .where(
            incident.c.office_id == sa.bindparam("office"),
            incident.c.reported_at >= sa.bindparam("since", type_=sa.Text),
            incident.c.reported_at < sa.bindparam("until", type_=sa.Text),
            column != sa.literal_column("''"),
            COUNTS,
        )
        .group_by(column)
        .having(sa.func.count() >= sa.bindparam("least", type_=sa.BigInteger))
        .order_by(sa.func.count().desc(), column)
        .limit(sa.bindparam("most", type_=sa.BigInteger))
    )


_ADDRESSES = _repeated(incident.c.address, incident.c.reporter_name)
_CALLERS = _repeated(incident.c.reporter_phone, incident.c.reporter_name)


def addresses(
    connection: sa.Connection, office: int, first: datetime, last: datetime, least: int, most: int, where: Filter = EVERY_CASE
) -> list[Repeated]:  # fmt: skip
    """Return the addresses with most reports between two instants, the end excluded."""
    return _found(connection, _ADDRESSES, office, first, last, least, most, where)


def callers(
    connection: sa.Connection, office: int, first: datetime, last: datetime, least: int, most: int, where: Filter = EVERY_CASE
) -> list[Repeated]:  # fmt: skip
    """Return the phone numbers with most reports between two instants, the end excluded."""
    return _found(connection, _CALLERS, office, first, last, least, most, where)


def _found(
    connection: sa.Connection, query: Any, office: int, first: datetime, last: datetime, least: int,
    most: int, where: Filter,
) -> list[Repeated]:  # fmt: skip
    values = {"office": office, "since": stamp(first), "until": stamp(last), "least": least, "most": most}
    query, values = fact_filters.narrowed(query, incident.c.id, where), values | fact_filters.values_of(where)
    return [
        Repeated(
            row.text,
            row.reports,
            instant(row.first),
            instant(row.last),
            tuple(dict.fromkeys(filter(None, row.names.split("\n")))),
        )
        for row in connection.execute(query, values)
    ]


@dataclass(frozen=True, slots=True)
class Complaint:
    """A resident's report, and what tells whether another one is about the same; unmasked."""

    incident_id: int
    reported_at: datetime
    phone: str
    place: tuple[int | None, int | None, str]
    """Community, minor category and address."""


_WINDOW = (
    incident.c.office_id == sa.bindparam("office"),
    incident.c.reported_at >= sa.bindparam("since", type_=sa.Text),
    incident.c.reported_at < sa.bindparam("until", type_=sa.Text),
    incident.c.source.in_([word(source.value) for source in Source if source.is_resident]),
    COUNTS,
)
_PLACE = (incident.c.area_id, incident.c.category_id, incident.c.address)
_COMPLAINT = sa.select(*some(incident, "id reported_at reporter_phone area_id category_id address")).where(*_WINDOW)


def _that_come_again(*columns: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the complaints of a window that are alike in some columns, the last of which is not empty."""
    again = (
        sa.select(*columns)
        .where(*_WINDOW, columns[-1] != sa.literal_column("''"))
        .group_by(*columns)
        .having(sa.func.count() > sa.literal_column("1"))
    )
    # By the time of the report, never by the number or the place: these have reports of every year.
    alike = by_no_index(columns[0])
    return _COMPLAINT.where((alike if len(columns) == 1 else sa.tuple_(alike, *columns[1:])).in_(again))


_AGAIN = (_that_come_again(incident.c.reporter_phone), _that_come_again(*_PLACE))


def complaints(connection: sa.Connection, office: int, first: datetime, last: datetime) -> list[Complaint]:
    """Return the residents' reports between two instants, the end excluded, that have their phone number, or their place and kind, in
    common with another one; oldest first.
    """
    values = {"office": office, "since": stamp(first), "until": stamp(last)}
    found = {row.id: row for query in _AGAIN for row in connection.execute(query, values)}
    every = [
        Complaint(row.id, instant(row.reported_at), row.reporter_phone, (row.area_id, row.category_id, row.address))
        for row in found.values()
    ]
    return sorted(every, key=lambda one: (one.reported_at, one.incident_id))


def by_day(connection: sa.Connection, office: int, first: int, last: int, where: Filter = EVERY_CASE) -> dict[int, int]:
    """Return the number of reports on each day between two days, both included; days without any are left out."""
    query = (
        sa.select(case_fact.c.reported, sa.func.count().label("reports"))
        .where(
            case_fact.c.office_id == sa.bindparam("office"),
            case_fact.c.reported.between(sa.bindparam("first"), sa.bindparam("last")),
            *fact_filters.conditions(case_fact, fact_filters.shape_of(where)),
        )
        .group_by(case_fact.c.reported)
    )
    found = connection.execute(query, {"office": office, "first": first, "last": last} | fact_filters.values_of(where))
    return {row.reported: row.reports for row in found}
