"""Supervision orders (督办): the requirement, the time by which an answer is wanted, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action, SupervisionOrder
from gridconsole.domain.case import Step
from gridconsole.domain.text import hide_name, mask_text
from gridconsole.domain.views.orders import Order
from gridconsole.store.types import instant, instant_or_none, stamp, stamp_or_none

_INSERT = sa.text(
    "INSERT INTO supervision_order (incident_id, requirement, reply_by, ordered_at, ordered_by, ordered_name)"
    " VALUES (:incident, :words, :reply_by, :at, :by, :name)"
)
_ANSWER = sa.text(
    "UPDATE supervision_order SET replied_at = :at, replied_by = :by, replied_name = :name, reply = :words"
    " WHERE incident_id = :incident AND replied_at IS NULL AND replaced_at IS NULL"
)
_REPLACE = sa.text(
    "UPDATE supervision_order SET replaced_at = :at WHERE incident_id = :incident AND replied_at IS NULL AND replaced_at IS NULL"
)


def record(connection: sa.Connection, step: Step) -> int | None:
    """Write an order, or the answer to the open one, in the act's own transaction; does nothing for other acts.

    A new order replaces an open one: the answer is owed to the operator who gave the latest.

    Returns the key of a new order.
    """
    act, actor, order = step.act, step.actor, step.act.get(SupervisionOrder)
    values = {"incident": step.incident, "at": stamp(step.at), "by": actor.id, "name": actor.name, "words": act.note}
    if act.action is Action.REPLY:
        connection.execute(_ANSWER, values)
    if order is None:
        return None
    connection.execute(_REPLACE, values)
    return connection.execute(_INSERT, {**values, "reply_by": stamp_or_none(order.reply_by)}).lastrowid


_ORDERS = (
    "SELECT i.number, o.requirement, o.ordered_at, o.ordered_name, o.reply_by, o.replied_at, o.replied_name, o.reply,"
    " coalesce(c.minor_name, '') AS category, i.handler_name, i.reporter_name, o.replaced_at FROM supervision_order o"
    " JOIN incident i ON i.id = o.incident_id LEFT JOIN category c ON c.id = i.category_id WHERE "
)
_OF_CASE = sa.text(_ORDERS + "i.office_id = :office AND i.number = :number ORDER BY o.id")
# The plus keeps SQLite from reading every case of the office.
_BETWEEN = sa.text(
    _ORDERS + "+i.office_id = :office AND o.ordered_at >= :first AND o.ordered_at < :last ORDER BY o.ordered_at, o.id"
)


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[Order, ...]:
    """Return every order about a case, oldest first; texts are masked by default."""
    return tuple(_order(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


def between(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[Order, ...]:
    """Return every order given between two instants, the end excluded, oldest first; texts are masked."""
    return tuple(map(_order, connection.execute(_BETWEEN, {"office": office, "first": stamp(first), "last": stamp(last)})))


def _order(row: Any, *, masked: bool = True) -> Order:
    def shown(text: str) -> str:
        return mask_text(hide_name(text, row.reporter_name)) if masked else text

    return Order(
        number=row.number,
        requirement=shown(row.requirement),
        ordered_at=instant(row.ordered_at),
        ordered_by=row.ordered_name,
        reply_by=instant(row.reply_by),
        replied_at=instant_or_none(row.replied_at),
        replied_by=row.replied_name,
        reply=shown(row.reply),
        category=row.category,
        handler=row.handler_name,
        replaced_at=instant_or_none(row.replaced_at),
    )
