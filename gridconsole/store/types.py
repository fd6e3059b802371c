"""Formats of values in the database."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql.selectable import TextualSelect

from gridconsole.domain.clock import stamp as stamp

C = TypeVar("C", bound=Enum)

STAMP_GLOB = "????-??-??T??:??:??.??????Z"
"""Shape of every stored instant; CHECK constraints hold columns to it."""


def stamp_or_none(at: datetime | None) -> str | None:
    """:func:`stamp` that lets None pass."""
    return None if at is None else stamp(at)


class UnreadableValue(ValueError):
    """A stored value no program of ours writes: the file was edited or is damaged. Transactions turn it into DatabaseCorrupt."""

    def __init__(self, column: str, value: str = "") -> None:
        super().__init__(column)
        self.column, self.value = column, value


def coded(codes: type[C], value: str, column: str) -> C:
    """A stored code as a member of its list.

    Args:
        column: table and column, for the error.

    Raises:
        UnreadableValue: no such code.
    """
    try:
        return codes(value)
    except ValueError as error:
        raise UnreadableValue(column, str(value)) from error


def decoded(text: str, column: str) -> Any:
    """A stored JSON text as a value.

    Raises:
        UnreadableValue: it is none; the text itself is left out, it may speak of people.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableValue(column) from error


def instant(text: str) -> datetime:
    """Inverse of :func:`stamp`.

    Raises:
        UnreadableValue: no moment.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise UnreadableValue("at", text) from error


def instant_or_none(text: str | None) -> datetime | None:
    """:func:`instant` that lets None pass."""
    return None if text is None else instant(text)


def day_or_none(text: str | None) -> date | None:
    """An ISO date, or None."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnreadableValue("day", text) from error


def rows_query(sql: str, names: str) -> TextualSelect:
    """A textual query whose result columns are told beforehand, in order (names apart by blanks).

    SQLAlchemy then describes the result once; without, it does so at every execution, which was a third of a case's act.
    """
    return sa.text(sql).columns(*(sa.column(name) for name in names.split()))


def driver_of(connection: sa.Connection) -> Any:
    """The driver's own connection, for what is asked in every transaction: 2 µs a question, 15 to 30 µs through SQLAlchemy."""
    return connection.connection.dbapi_connection


@contextlib.contextmanager
def as_it_lies(connection: sa.Connection) -> Iterator[None]:
    """Read texts whatever somebody wrote there: bytes that are no UTF-8 come as surrogates, where the driver would give up."""
    raw = driver_of(connection)
    before = raw.text_factory
    raw.text_factory = _forgiving
    try:
        yield
    finally:
        raw.text_factory = before


def _forgiving(read: bytes) -> str:
    return read.decode("utf-8", "surrogateescape")
