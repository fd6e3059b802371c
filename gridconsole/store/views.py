"""Named views of the queue: each operator keeps their own."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from gridconsole.store.dialect.sqlite import upsert
from gridconsole.store.tables.people import named_view


@dataclass(frozen=True, slots=True)
class NamedView:
    """A pane with the words to look for and the order, under a name."""

    name: str
    pane: str
    words: str = ""
    sorting: str = ""


_PUT = upsert(named_view, "operator_id name", "pane words sorting")
_OPERATOR: sa.BindParameter[int] = sa.bindparam("operator", type_=sa.BigInteger)
_ALL = sa.select(named_view).where(named_view.c.operator_id == _OPERATOR).order_by(named_view.c.name)
_DELETE = sa.delete(named_view).where(named_view.c.operator_id == _OPERATOR, named_view.c.name == sa.bindparam("of_name"))


def save(connection: sa.Connection, operator: int, view: NamedView) -> None:
    """Store a view; one of the same name is replaced."""
    values = {"operator_id": operator, "name": view.name, "pane": view.pane, "words": view.words, "sorting": view.sorting}
    connection.execute(_PUT, values)


def views(connection: sa.Connection, operator: int) -> tuple[NamedView, ...]:
    """Return the views of an operator, by name."""
    return tuple(
        NamedView(row.name, row.pane, row.words, row.sorting) for row in connection.execute(_ALL, {"operator": operator})
    )


def delete(connection: sa.Connection, operator: int, name: str) -> None:
    """Delete a view, if there is one of this name."""
    connection.execute(_DELETE, {"operator": operator, "of_name": name})
