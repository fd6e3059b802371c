"""The catalogue of duties that posts may have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.store.tables.columns import some
from gridconsole.store.tables.roster import duty

_BEGINNING, _DIGITS = "Z", 2
"""Beginning of the codes (职责), and how many digits follow."""
_ALL = sa.select(*some(duty, "code title preset body")).order_by(duty.c.code)


@dataclass(frozen=True, slots=True)
class Duty:
    """A duty of the catalogue."""

    code: str
    title: str
    preset: str
    """Model whose preset brought it."""
    body: str


def catalogue(connection: sa.Connection) -> tuple[Duty, ...]:
    """Return the duties, by code."""
    return tuple(Duty(row.code, row.title, row.preset, row.body) for row in connection.execute(_ALL))


def titles(connection: sa.Connection) -> frozenset[str]:
    """Return the titles of the catalogue."""
    return frozenset(one.title for one in catalogue(connection))


def put(connection: sa.Connection, titles: Iterable[str], preset: str) -> None:
    """Add the duties that a preset names, numbered from ``Z01``."""
    rows = [
        {"code": f"{_BEGINNING}{serial:0{_DIGITS}d}", "title": title, "preset": preset} for serial, title in enumerate(titles, 1)
    ]
    if rows:
        connection.execute(sa.insert(duty), rows)
