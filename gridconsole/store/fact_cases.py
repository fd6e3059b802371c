"""Lines of the cases behind a figure."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from gridconsole.domain.states import Grade, State
from gridconsole.store import fact_filters
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.fact_filters import Filter
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import area, category
from gridconsole.store.types import coded, instant, instant_or_none

AT_ONCE = 5_000
"""Cases read by one statement."""


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case as a list shows it. Texts may name people and are masked when they are shown."""

    id: int
    number: str
    state: State
    grade: Grade
    reported_at: datetime
    closed_at: datetime | None
    category: str
    area: str
    address: str
    reporter: str
    """Unmasked; used to hide the name in the other texts."""
    handler: tuple[str | None, int | None] = (None, None)
    """Kind and key of the present or last handler."""


_LINES = (
    sa.select(
        *some(incident, "id number state grade reported_at closed_at address reporter_name handler_kind handler_id"),
        sa.func.coalesce(category.c.minor_name, sa.literal_column("''")).label("category"),
        sa.func.coalesce(area.c.name, sa.literal_column("''")).label("area"),
    )
    .select_from(incident.outerjoin(category, category.c.id == incident.c.category_id).outerjoin(area, area.c.id == incident.c.area_id))
    .where(incident.c.id.in_(listed("keys")))
)  # fmt: skip


def lines(connection: sa.Connection, keys: Sequence[int]) -> dict[int, CaseLine]:
    """Return the lines of some cases by key."""

    wanted = sorted(set(keys))
    found: dict[int, CaseLine] = {}
    for first in range(0, len(wanted), AT_ONCE):
        for row in connection.execute(_LINES, {"keys": json.dumps(wanted[first : first + AT_ONCE])}):
            found[row.id] = CaseLine(
                row.id, row.number, coded(State, row.state, "incident.state"), coded(Grade, row.grade, "incident.grade"), instant(row.reported_at),
                instant_or_none(row.closed_at), row.category, row.area, row.address,
                row.reporter_name, (row.handler_kind, row.handler_id),
            )  # fmt: skip
    return found


def allowed(connection: sa.Connection, keys: Collection[int], where: Filter) -> set[int]:
    """Return those of some cases that a filter allows."""
    if not where:
        return set(keys)
    query = fact_filters.narrowed(sa.select(incident.c.id).where(incident.c.id.in_(listed("keys"))), incident.c.id, where)
    values = {"keys": json.dumps(sorted(keys))} | fact_filters.values_of(where)
    return set(connection.execute(query, values).scalars())
