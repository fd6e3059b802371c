"""Conditions that choose cases, for searches and case lists."""

from __future__ import annotations

import json
import operator
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.states import Source, State
from gridconsole.store.dialect.sqlite import listed
from gridconsole.store.tables.cases import COUNTS, IS_OPEN, incident
from gridconsole.store.types import stamp

_HANDLER = incident.c.handler_kind + sa.literal_column("':'", sa.Text) + sa.cast(incident.c.handler_id, sa.Text)


@dataclass(frozen=True, slots=True)
class Conditions:
    """Conditions of cases; None or empty means any. Cases of undone imports never meet them."""

    reported_from: datetime | None = None
    """Reported from this instant on."""
    reported_until: datetime | None = None
    """Reported before this instant."""
    sources: Collection[Source] = ()
    states: Collection[State] = ()
    areas: Collection[int] = ()
    handlers: Collection[tuple[str, int]] = ()
    """Kind and key of present handlers."""
    categories: Collection[int] = ()
    open_only: bool = False
    overdue_at: datetime | None = None
    """Only open cases overdue at this instant."""
    keys: Collection[int] | None = None
    """Only these cases."""

    @property
    def is_of_open(self) -> bool:
        """Return whether only open cases meet the conditions: there are few."""
        return self.open_only or self.overdue_at is not None


ALL = Conditions()
"""No condition: every case that counts."""


def clauses(wanted: Conditions) -> tuple[tuple[sa.ColumnElement[bool], ...], dict[str, Any]]:
    """Return conditions as expressions on cases, besides the office, with their values by name."""
    found: list[sa.ColumnElement[bool]] = [COUNTS, *([IS_OPEN] if wanted.is_of_open else [])]
    values: dict[str, Any] = {}
    for name, compare, column, at in (
        ("due_before", operator.lt, incident.c.due_at, wanted.overdue_at),
        ("reported_from", operator.ge, incident.c.reported_at, wanted.reported_from),
        ("reported_until", operator.lt, incident.c.reported_at, wanted.reported_until),
    ):
        if at is not None:
            found.append(compare(column, sa.bindparam(name, type_=sa.Text)))
            values[name] = stamp(at)
    words: tuple[tuple[str, sa.ColumnElement[str], Collection[str]], ...] = (
        ("sources", incident.c.source, [source.value for source in wanted.sources]),
        ("states", incident.c.state, [state.value for state in wanted.states]),
        ("handlers", _HANDLER, [f"{kind}:{key}" for kind, key in sorted(wanted.handlers)]),
    )
    for name, text, chosen in words:
        if chosen:
            found.append(text.in_(listed(name, sa.Text)))
            values[name] = json.dumps(chosen)
    for name, key, keys in (
        ("areas", incident.c.area_id, wanted.areas or None),
        ("categories", incident.c.category_id, wanted.categories or None),
        ("cases", incident.c.id, wanted.keys),
    ):
        if keys is not None:
            found.append(key.in_(listed(name)))
            values[name] = json.dumps(sorted(keys))
    return tuple(found), values
