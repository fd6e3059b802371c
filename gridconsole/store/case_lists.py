"""Cases for case lists (案件台账): by conditions, in the order of their reports, a few at a time."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.states import Source, State
from gridconsole.domain.text import hide_name, mask_kept, mask_name, mask_phone, mask_text
from gridconsole.domain.views.case_lists import CaseLine
from gridconsole.domain.views.queue import QueueRow
from gridconsole.store import queue
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, clock, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, category
from gridconsole.store.types import decoded, stamp

AT_ONCE = 1_000
"""Cases read by one statement."""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions of a case list; None or empty means any."""

    first: datetime | None = None
    """Reported from this instant on."""
    last: datetime | None = None
    """Reported before this instant."""
    sources: Collection[Source] = ()
    states: Collection[State] = ()
    areas: Collection[int] = ()
    handlers: Collection[tuple[str, int]] = ()
    """Kind and key of present handlers."""
    categories: Collection[int] = ()
    open_only: bool = False
    keys: Collection[int] | None = None
    """Only these cases."""


_upper, _above = area.alias("upper"), area.alias("above")
_LATE = (
    sa.select(sa.func.max(clock.c.late))
    .where(clock.c.incident_id == incident.c.id, clock.c.stage == word("handle"))
    .correlate(incident)
    .scalar_subquery()
)
_LINES = (
    sa.select(
        *some(incident, "id reported_at source_ref reporter_name reporter_phone text standard recorded_at extra"),
        sa.func.coalesce(
            sa.case((_upper.c.level == word("community"), _above.c.name), else_=_upper.c.name), sa.literal_column("''")
        ).label("subdistrict"),
        sa.func.coalesce(category.c.major_name, sa.literal_column("''")).label("major"),
        _LATE.label("late"),
    )
    .select_from(
        incident.outerjoin(_upper, _upper.c.id == incident.c.area_id)
        .outerjoin(_above, _above.c.id == _upper.c.parent_id)
        .outerjoin(category, category.c.id == incident.c.category_id)
    )
    .where(incident.c.office_id == sa.bindparam("office"), COUNTS)
)
_AFTER = sa.tuple_(incident.c.reported_at, incident.c.id) > sa.tuple_(
    sa.bindparam("after_at", type_=sa.Text), sa.bindparam("after_id", type_=sa.BigInteger)
)


def lines(connection: sa.Connection, office: int, wanted: Conditions, *, masked: bool = True) -> Iterator[CaseLine]:
    """Yield cases in the order of their reports; they are read a few at a time, so that a list may be of any length."""
    query, values = _query(wanted)
    values |= {"office": office, "most": AT_ONCE, "after_at": "", "after_id": 0}
    while True:
        found = connection.execute(query, values).all()
        shown = {row.id: row for row in queue.rows_by_id(connection, [row.id for row in found], masked=masked)}
        for row in found:
            yield _line(row, shown[row.id], masked=masked)
        if len(found) < AT_ONCE:
            return
        values |= {"after_at": found[-1].reported_at, "after_id": found[-1].id}


def _query(wanted: Conditions) -> tuple[sa.Select[Any], dict[str, Any]]:
    query, values = _LINES.where(_AFTER), dict[str, Any]()
    if wanted.first is not None:
        query, values["first"] = query.where(incident.c.reported_at >= sa.bindparam("first")), stamp(wanted.first)
    if wanted.last is not None:
        query, values["last"] = query.where(incident.c.reported_at < sa.bindparam("last")), stamp(wanted.last)
    for name, column, chosen in (("sources", incident.c.source, wanted.sources), ("states", incident.c.state, wanted.states)):
        if chosen:
            query, values[name] = query.where(column.in_(listed(name, sa.Text))), json.dumps([one.value for one in chosen])
    for name, key, keys in (
        ("areas", incident.c.area_id, wanted.areas),
        ("categories", incident.c.category_id, wanted.categories),
    ):
        if keys:
            query, values[name] = query.where(key.in_(listed(name))), json.dumps(sorted(keys))
    if wanted.handlers:
        handler = incident.c.handler_kind + sa.literal_column("':'", sa.Text) + sa.cast(incident.c.handler_id, sa.Text)
        query = query.where(handler.in_(listed("handlers", sa.Text)))
        values["handlers"] = json.dumps([f"{kind}:{key}" for kind, key in wanted.handlers])
    if wanted.open_only:
        query = query.where(IS_OPEN)
    if wanted.keys is not None:
        query, values["keys"] = query.where(incident.c.id.in_(listed("keys"))), json.dumps(sorted(wanted.keys))
    return query.order_by(incident.c.reported_at, incident.c.id).limit(sa.bindparam("most", type_=sa.BigInteger)), values


def _line(row: Any, shown: QueueRow, *, masked: bool) -> CaseLine:
    name = row.reporter_name
    extra = {str(heading): str(value) for heading, value in decoded(row.extra, "incident.extra").items()} if row.extra else {}
    if masked:
        extra = {mask_text(heading): mask_kept(heading, hide_name(value, name)) for heading, value in extra.items()}
    return CaseLine(
        row=shown,
        source_ref=mask_text(row.source_ref) if masked else row.source_ref,
        reporter=mask_name(name) if masked else name,
        phone=mask_phone(row.reporter_phone) if masked else row.reporter_phone,
        subdistrict=row.subdistrict,
        major=row.major,
        text=mask_text(hide_name(row.text, name)) if masked else row.text,
        standard=row.standard,
        recorded_at=row.recorded_at,
        was_late=None if row.late is None else bool(row.late),
        extra=extra,
    )
