"""Handovers of posts (岗位交接) with their items."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.post_handover import HandoverState, HandoverWhy, Item, ItemKind, PostHandover, Taker, TakerKind
from gridconsole.domain.text import mask_text
from gridconsole.store.tables.cases import incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.people import operator
from gridconsole.store.tables.registers import category, grid, unit
from gridconsole.store.tables.roster import handover_item, post_handover, roster_person
from gridconsole.store.types import coded, instant, instant_or_none, stamp

_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_KEY: sa.BindParameter[int] = sa.bindparam("key", type_=sa.BigInteger)
_RECORDS = (
    sa.select(
        *some(
            post_handover,
            "id person_id why state grid_id on_day why_ended made_at made_name done_at done_name sheet no_sheet",
        ),
        sa.func.coalesce(roster_person.c.name, word("")).label("person"),
        sa.func.coalesce(roster_person.c.code, word("")).label("code"),
    )
    .select_from(post_handover.outerjoin(roster_person, roster_person.c.id == post_handover.c.person_id))
    .where(post_handover.c.office_id == _OFFICE)
)
_BY_NUMBER = _RECORDS.where(post_handover.c.id == _KEY)
_NEWEST = _RECORDS.order_by(post_handover.c.id.desc()).limit(sa.bindparam("most"))
_OF_PERSON = _RECORDS.where(post_handover.c.person_id == sa.bindparam("person")).order_by(post_handover.c.id.desc())
_PROPOSED, _DECIDED = roster_person.alias("proposed"), roster_person.alias("decided")
_PROPOSED_OPERATOR, _DECIDED_OPERATOR = operator.alias("proposed_operator"), operator.alias("decided_operator")
_PROPOSED_UNIT, _DECIDED_UNIT = unit.alias("proposed_unit"), unit.alias("decided_unit")


def _is(kind: TakerKind, column: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    return column == word(kind.value)


_ITEMS = (
    sa.select(
        *some(handover_item, "kind subject_id rank proposed_kind proposed_id decided_kind decided_id"),
        sa.func.coalesce(incident.c.number, grid.c.name, word("")).label("label"),
        sa.func.coalesce(category.c.minor_name, word("")).label("category"),
        sa.func.coalesce(incident.c.address, word("")).label("address"),
        incident.c.reply_by,
        sa.func.coalesce(_PROPOSED.c.name, _PROPOSED_UNIT.c.name, _PROPOSED_OPERATOR.c.name, word("")).label("proposed_name"),
        sa.func.coalesce(_PROPOSED.c.code, _PROPOSED_UNIT.c.code, word("")).label("proposed_code"),
        sa.func.coalesce(_DECIDED.c.name, _DECIDED_UNIT.c.name, _DECIDED_OPERATOR.c.name, word("")).label("decided_name"),
        sa.func.coalesce(_DECIDED.c.code, _DECIDED_UNIT.c.code, word("")).label("decided_code"),
    )
    .select_from(
        handover_item.outerjoin(
            incident, (handover_item.c.kind != word(ItemKind.GRID.value)) & (incident.c.id == handover_item.c.subject_id)
        )
        .outerjoin(grid, (handover_item.c.kind == word(ItemKind.GRID.value)) & (grid.c.id == handover_item.c.subject_id))
        .outerjoin(category, category.c.id == incident.c.category_id)
        .outerjoin(
            _PROPOSED,
            _is(TakerKind.WARDEN, handover_item.c.proposed_kind) & (_PROPOSED.c.id == handover_item.c.proposed_id),
        )
        .outerjoin(
            _PROPOSED_UNIT,
            _is(TakerKind.UNIT, handover_item.c.proposed_kind) & (_PROPOSED_UNIT.c.id == handover_item.c.proposed_id),
        )
        .outerjoin(
            _PROPOSED_OPERATOR,
            _is(TakerKind.OPERATOR, handover_item.c.proposed_kind) & (_PROPOSED_OPERATOR.c.id == handover_item.c.proposed_id),
        )
        .outerjoin(
            _DECIDED_OPERATOR,
            _is(TakerKind.OPERATOR, handover_item.c.decided_kind) & (_DECIDED_OPERATOR.c.id == handover_item.c.decided_id),
        )
        .outerjoin(_DECIDED, _is(TakerKind.WARDEN, handover_item.c.decided_kind) & (_DECIDED.c.id == handover_item.c.decided_id))
        .outerjoin(
            _DECIDED_UNIT,
            _is(TakerKind.UNIT, handover_item.c.decided_kind) & (_DECIDED_UNIT.c.id == handover_item.c.decided_id),
        )
    )
    .where(handover_item.c.handover_id == _KEY)
    .order_by(handover_item.c.position)
)


def by_number(connection: sa.Connection, office: int, number: int) -> PostHandover | None:
    """Return a handover by its number; None if there is none."""
    row = connection.execute(_BY_NUMBER, {"office": office, "key": number}).first()
    return None if row is None else _record(connection, row)


def newest(connection: sa.Connection, office: int, most: int) -> tuple[PostHandover, ...]:
    """Return the newest handovers, newest first."""
    rows = connection.execute(_NEWEST, {"office": office, "most": most}).all()
    return tuple(_record(connection, row) for row in rows)


def of_person(connection: sa.Connection, office: int, person: int) -> tuple[PostHandover, ...]:
    """Return the handovers of a person, newest first."""
    rows = connection.execute(_OF_PERSON, {"office": office, "person": person}).all()
    return tuple(_record(connection, row) for row in rows)


def _record(connection: sa.Connection, row: Any) -> PostHandover:
    return PostHandover(
        number=row.id, why=coded(HandoverWhy, row.why, "post_handover.why"), state=coded(HandoverState, row.state, "post_handover.state"),
        person_id=row.person_id, person=row.person, code=row.code, on=date.fromisoformat(row.on_day),
        items=tuple(_item(one) for one in connection.execute(_ITEMS, {"key": row.id})), made_at=instant(row.made_at),
        made_by=row.made_name, grid_id=row.grid_id, why_ended=row.why_ended, done_at=instant_or_none(row.done_at), done_by=row.done_name,
        sheet=row.sheet, no_sheet=mask_text(row.no_sheet),
    )  # fmt: skip


def _item(row: Any) -> Item:
    return Item(
        kind=coded(ItemKind, row.kind, "handover_item.kind"), subject=row.subject_id, label=row.label,
        place=" ".join(part for part in (row.category, mask_text(row.address)) if part), rank=row.rank,
        is_ordered=row.reply_by is not None,
        proposed=_taker(row.proposed_kind, row.proposed_id, row.proposed_name, row.proposed_code),
        decided=_taker(row.decided_kind, row.decided_id, row.decided_name, row.decided_code),
    )  # fmt: skip


def _taker(kind: str | None, key: int | None, name: str, code: str) -> Taker | None:
    return None if kind is None or key is None else Taker(coded(TakerKind, kind, "handover_item.kind"), key, name, code)


_INSERT = sa.insert(post_handover).returning(post_handover.c.id)
_PUT_ITEM = sa.insert(handover_item)
_END_PLAN = (
    sa.update(post_handover)
    .where(post_handover.c.person_id == sa.bindparam("of_person"), post_handover.c.state == word(HandoverState.PLANNED.value))
    .values(state=word(HandoverState.WITHDRAWN.value))
)
_DECIDE = (
    sa.update(handover_item)
    .where(
        handover_item.c.handover_id == _KEY,
        handover_item.c.kind == sa.bindparam("of_kind"),
        handover_item.c.subject_id == sa.bindparam("of_subject"),
    )
    .values(decided_kind=sa.bindparam("new_kind"), decided_id=sa.bindparam("new_id"))
)
_END = (
    sa.update(post_handover)
    .where(post_handover.c.id == _KEY)
    .values(
        state=sa.bindparam("new_state"), done_at=sa.bindparam("at"), done_by=sa.bindparam("by"), done_name=sa.bindparam("name"),
        sheet=sa.bindparam("sheet_number"), no_sheet=sa.bindparam("why_none"),
    )
)  # fmt: skip
_RETURN = sa.update(post_handover).where(post_handover.c.id == _KEY).values(state=word(HandoverState.RETURNED.value))
_WITHDRAW = sa.update(post_handover).where(post_handover.c.id == _KEY).values(state=word(HandoverState.WITHDRAWN.value))


def put(
    connection: sa.Connection, office: int, *, person: int, why: HandoverWhy, on: date, items: Sequence[Item], grid: int | None,
    why_ended: str, at: datetime, by: int, name: str,
) -> int:  # fmt: skip
    """Store a plan in place of the person's earlier one; return its number."""
    connection.execute(_END_PLAN, {"of_person": person})
    values = {
        "office_id": office, "person_id": person, "why": why.value, "state": HandoverState.PLANNED.value, "grid_id": grid,
        "on_day": on.isoformat(), "why_ended": why_ended, "made_at": stamp(at), "made_by": by, "made_name": name,
    }  # fmt: skip
    number = int(connection.execute(_INSERT, values).scalar_one())
    rows = [
        {
            "handover_id": number, "position": position, "kind": item.kind.value, "subject_id": item.subject, "rank": item.rank,
            "proposed_kind": item.proposed.kind.value if item.proposed else None,
            "proposed_id": item.proposed.id if item.proposed else None,
        }
        for position, item in enumerate(items)
    ]  # fmt: skip
    if rows:
        connection.execute(_PUT_ITEM, rows)
    return number


def decide(connection: sa.Connection, number: int, decided: Iterable[tuple[Item, Taker]]) -> None:
    """Store who gets items instead of who was proposed."""
    for item, taker in decided:
        connection.execute(
            _DECIDE,
            {
                "key": number, "of_kind": item.kind.value, "of_subject": item.subject, "new_kind": taker.kind.value,
                "new_id": taker.id,
            },
        )  # fmt: skip


def end(connection: sa.Connection, number: int, *, at: datetime, by: int, name: str, sheet: str, no_sheet: str) -> None:
    """Record that a handover was done."""
    connection.execute(
        _END,
        {
            "key": number, "new_state": HandoverState.DONE.value, "at": stamp(at), "by": by, "name": name, "sheet_number": sheet,
            "why_none": no_sheet,
        },
    )  # fmt: skip


def give_back(connection: sa.Connection, number: int) -> None:
    """Record that lent work was given back."""
    connection.execute(_RETURN, {"key": number})


def withdraw(connection: sa.Connection, number: int) -> None:
    """Record that a plan was withdrawn."""
    connection.execute(_WITHDRAW, {"key": number})
