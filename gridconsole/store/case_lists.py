"""Cases for case lists (案件台账): by conditions, in the order of their reports, a few at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.text import hide_name, mask_kept, mask_name, mask_phone, mask_text
from gridconsole.domain.views.case_lists import CaseLine
from gridconsole.domain.views.queue import QueueRow
from gridconsole.store import queue
from gridconsole.store.case_conditions import Conditions, clauses
from gridconsole.store.tables.cases import clock, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, category
from gridconsole.store.types import decoded

AT_ONCE = 1_000
"""Cases read by one statement."""


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
    .where(incident.c.office_id == sa.bindparam("office"))
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
    chosen, values = clauses(wanted)
    query = _LINES.where(_AFTER, *chosen).order_by(incident.c.reported_at, incident.c.id)
    return query.limit(sa.bindparam("most", type_=sa.BigInteger)), values


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
