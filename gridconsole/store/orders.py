"""Supervision orders (督办): the requirement, the time by which an answer is wanted, and the answer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.actions import Action, SupervisionOrder
from gridconsole.domain.case import Step
from gridconsole.domain.text import hide_name, mask_text
from gridconsole.domain.views.orders import Order
from gridconsole.store.dialect.sqlite import by_no_index
from gridconsole.store.fact_filters import EVERY_CASE, Filter, narrowed, span_of
from gridconsole.store.tables.cases import incident, supervision_order
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import category
from gridconsole.store.types import instant, instant_or_none, stamp, stamp_or_none

_INSERT = sa.insert(supervision_order).returning(supervision_order.c.id)
_IS_OPEN = (
    supervision_order.c.incident_id == sa.bindparam("incident"),
    supervision_order.c.replied_at.is_(None),
    supervision_order.c.replaced_at.is_(None),
)
_ANSWER = (
    sa.update(supervision_order)
    .where(*_IS_OPEN)
    .values(
        replied_at=sa.bindparam("at"),
        replied_by=sa.bindparam("by"),
        replied_name=sa.bindparam("name"),
        reply=sa.bindparam("words"),
    )
)
_REPLACE = sa.update(supervision_order).where(*_IS_OPEN).values(replaced_at=sa.bindparam("at"))


def record(connection: sa.Connection, step: Step) -> int | None:
    """Write an order, or the answer to the open one, in the act's own transaction; does nothing for other acts.

    A new order replaces an open one: the answer is owed to the operator who gave the latest.

    Returns the key of a new order.
    """
    act, actor, order = step.act, step.actor, step.act.get(SupervisionOrder)
    at = stamp(step.at)
    if act.action is Action.REPLY:
        values = {"incident": step.incident, "at": at, "by": actor.id, "name": actor.name, "words": act.note}
        connection.execute(_ANSWER, values)
    if order is None:
        return None
    connection.execute(_REPLACE, {"incident": step.incident, "at": at})
    new = {
        "incident_id": step.incident, "requirement": act.note, "reply_by": stamp_or_none(order.reply_by), "ordered_at": at,
        "ordered_by": actor.id, "ordered_name": actor.name,
    }  # fmt: skip
    return int(connection.execute(_INSERT, new).scalar_one())


_ORDERS = sa.select(
    *some(supervision_order, "requirement ordered_at ordered_name reply_by replied_at replied_name reply replaced_at"),
    *some(incident, "number handler_name reporter_name"),
    sa.func.coalesce(category.c.minor_name, "").label("category"),
).select_from(
    supervision_order.join(incident, incident.c.id == supervision_order.c.incident_id).outerjoin(
        category, category.c.id == incident.c.category_id
    )
)
_OF_CASE = _ORDERS.where(incident.c.office_id == sa.bindparam("office"), incident.c.number == sa.bindparam("number")).order_by(
    supervision_order.c.id
)
_BETWEEN = _ORDERS.where(
    by_no_index(incident.c.office_id) == sa.bindparam("office"),
    supervision_order.c.ordered_at >= sa.bindparam("first"),
    supervision_order.c.ordered_at < sa.bindparam("last"),
).order_by(supervision_order.c.ordered_at, supervision_order.c.id)


def of_case(connection: sa.Connection, office: int, number: str, *, masked: bool = True) -> tuple[Order, ...]:
    """Return every order about a case, oldest first; texts are masked by default."""
    return tuple(_order(row, masked=masked) for row in connection.execute(_OF_CASE, {"office": office, "number": number}))


def between(
    connection: sa.Connection, office: int, first: datetime, last: datetime, where: Filter = EVERY_CASE
) -> tuple[Order, ...]:
    """Return every order given between two instants, the end excluded, oldest first; texts are masked."""
    values = span_of(office, first, last, where)
    return tuple(map(_order, connection.execute(narrowed(_BETWEEN, incident.c.id, where), values)))


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
