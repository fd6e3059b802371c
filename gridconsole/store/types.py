"""How values look inside the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TextualSelect

from gridconsole.domain.clock import stamp as stamp

STAMP_GLOB = "????-??-??T??:??:??.??????Z"
"""Shape of every stored instant; CHECK constraints hold columns to it."""


def stamp_or_none(at: datetime | None) -> str | None:
    """:func:`stamp` that lets None pass."""
    return None if at is None else stamp(at)


def instant(text: str) -> datetime:
    """Inverse of :func:`stamp`."""
    return datetime.fromisoformat(text)


def instant_or_none(text: str | None) -> datetime | None:
    """:func:`instant` that lets None pass."""
    return None if text is None else datetime.fromisoformat(text)


def day_or_none(text: str | None) -> date | None:
    """An ISO date, or None."""
    return None if text is None else date.fromisoformat(text)


def rows_query(sql: str, names: str) -> TextualSelect:
    """A textual query whose result columns are told beforehand, in order (names apart by blanks).

    SQLAlchemy then describes the result once; without, it does so at every execution, which was a third of a case's act.
    """
    return sa.text(sql).columns(*(sa.column(name) for name in names.split()))


@contextlib.contextmanager
def as_it_lies(connection: sa.Connection) -> Iterator[None]:
    """Read texts whatever somebody wrote there: bytes that are no UTF-8 come as surrogates, where the driver would give up."""
    raw: Any = connection.connection.dbapi_connection
    before = raw.text_factory
    raw.text_factory = _forgiving
    try:
        yield
    finally:
        raw.text_factory = before


def _forgiving(read: bytes) -> str:
    return read.decode("utf-8", "surrogateescape")
