"""Pairs of cases: candidates for being a duplicate of a report, and the judgements of pairs.

A search never reads all cases. It reads blocks through an index: the reports of one community within some days, or those of a phone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from gridconsole.domain.codes import PairVerdict
from gridconsole.domain.duplicates import TEXT_LENGTH, ComparedCase, matter
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import State
from gridconsole.domain.text import mask_name, mask_phone
from gridconsole.domain.views.cases import Follower, Link
from gridconsole.store.dialect.sqlite import by_no_index, upsert
from gridconsole.store.tables.cases import IS_OPEN, case_link, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import area, category
from gridconsole.store.types import coded, instant, stamp

BLOCK = 1_000
"""Most reports of a block that are read before and after an instant, nearest in time first. A community has at most a few hundred
in a week. In a whole office this many cover some days; further apart, a report without a place hardly reaches the threshold."""
CALLS = 200
"""The same for reports of one phone: only a shared switchboard has so many calls within some days, never a person."""
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_NUMBER: sa.BindParameter[str] = sa.bindparam("number", type_=sa.Text)
_AT: sa.BindParameter[str] = sa.bindparam("at", type_=sa.Text)
_AREA: sa.BindParameter[int] = sa.bindparam("area", type_=sa.BigInteger)
_THIS: sa.BindParameter[int] = sa.bindparam("id", type_=sa.BigInteger)
_REPORTS = sa.select(
    *some(incident, "id number reported_at grid_id area_id category_id reporter_phone address"),
    area.c.parent_id,
    category.c.kind,
    category.c.major_code,
    sa.func.substr(incident.c.text, 1, 2 * TEXT_LENGTH).label("text"),
).select_from(
    incident.outerjoin(area, area.c.id == incident.c.area_id).outerjoin(category, category.c.id == incident.c.category_id)
)
_OF_NUMBER = (incident.c.office_id == _OFFICE, incident.c.number == _NUMBER)
_ONE = _REPORTS.where(*_OF_NUMBER)
# A case withdrawn with its import no longer counts as a report.
_STANDING = (incident.c.state != word(State.VOIDED.value), incident.c.id != _THIS)
_WHEN = incident.c.reported_at
# Covered by no index: otherwise SQLite uses the index of the whole office's reports by time.
_OF_OFFICE = by_no_index(incident.c.office_id) == _OFFICE


def _around(*conditions: sa.ColumnElement[bool], most: int = BLOCK) -> sa.CompoundSelect[Any]:
    """Return a query for the reports of a block on both sides of an instant, the nearest first on each side."""
    block = _REPORTS.where(*conditions, *_STANDING).limit(sa.literal_column(str(most)))
    before = block.where(_WHEN.between(sa.bindparam("first"), _AT)).order_by(_WHEN.desc())
    after = block.where(_WHEN > _AT, sa.bindparam("last") >= _WHEN).order_by(_WHEN)
    return sa.union_all(*(sa.select(side.subquery()) for side in (before, after)))


_child, _own = area.alias("child"), area.alias("own")
_COMMUNITY = sa.union(
    sa.select(_AREA),
    sa.select(_own.c.parent_id).where(_own.c.id == _AREA, _own.c.parent_id.is_not(None)),
    sa.select(_child.c.id).where(_child.c.parent_id == _AREA),
)
_NEAR = _around(_OF_OFFICE, incident.c.area_id.in_(_COMMUNITY))
_NOWHERE = _around(_OF_OFFICE, incident.c.area_id.is_(None))
_ANYWHERE = _around(incident.c.office_id == _OFFICE)
_OF_PHONE = _around(
    _OF_OFFICE, incident.c.reporter_phone == sa.bindparam("phone"), incident.c.reporter_phone != word(""), most=CALLS
)


@dataclass(frozen=True, slots=True)
class Placed:
    """A report to find duplicates of, with the values that select its block."""

    id: int
    matter: ComparedCase
    phone: str
    """Phone as stored."""


def placed(connection: sa.Connection, office: int, number: str) -> Placed | None:
    """Return a report ready for comparing; None if there is no such case."""
    row = connection.execute(_ONE, {"office": office, "number": number}).first()
    return None if row is None else Placed(row.id, _matter(row), row.reporter_phone)


def block(connection: sa.Connection, office: int, one: Placed, window: timedelta) -> Mapping[int, ComparedCase]:
    """Return every report in the window that could be the same matter, by key: of the community, without a place, or of the phone.

    If the report itself has no place yet, the reports of the whole office that are nearest in time are taken.
    """
    at = one.matter.reported_at
    values: dict[str, Any] = {"office": office, "id": one.id, "first": stamp(at - window), "at": stamp(at), "last": stamp(at + window),
                              "area": one.matter.area_id, "phone": one.phone}  # fmt: skip
    queries = [_ANYWHERE] if one.matter.area_id is None else [_NEAR, _NOWHERE]
    # Hundreds of people share a service number, so its cases are not a block.
    queries += [_OF_PHONE] if one.matter.phone else []
    found: dict[int, ComparedCase] = {}
    for query in queries:
        for row in connection.execute(query, values):
            if row.id not in found:
                found[row.id] = _matter(row)
    return found


def _matter(row: Any) -> ComparedCase:
    return matter(
        row.number, instant(row.reported_at), row.text, row.address, row.reporter_phone, grid_id=row.grid_id, area_id=row.area_id,
        parent_area_id=row.parent_id, category_id=row.category_id, major=f"{row.kind}{row.major_code}" if row.kind else "",
    )  # fmt: skip


# --- judgements of pairs ----------------------------------------------------------------------------------------


_SAID = some(case_link, "verdict judged_at judged_name")
_pair = sa.union_all(
    sa.select(case_link.c.second_id.label("other"), *_SAID).where(case_link.c.first_id == _THIS),
    sa.select(case_link.c.first_id.label("other"), *_SAID).where(case_link.c.second_id == _THIS),
).subquery("pair")
_other, _mine = incident.alias("other_case"), incident.alias("mine")
_LINKS = (
    sa.select(_other.c.id, _other.c.number, *some(_pair, "verdict judged_at judged_name"))
    .join_from(_pair, _other, _other.c.id == _pair.c.other)
    .join(_mine, _mine.c.id == _THIS)
    # A merge overrides earlier judgements, which become visible again once the two cases are separated.
    .where(_other.c.merged_into.is_distinct_from(_mine.c.number), _mine.c.merged_into.is_distinct_from(_other.c.number))
    .order_by(_other.c.id)
)
_JUDGE = upsert(case_link, "first_id second_id", "verdict judged_at judged_by judged_name").returning(case_link.c.id)


def links(connection: sa.Connection, incident: int) -> tuple[Link, ...]:
    """Return the judgements of a case and other cases, without pairs that are merged now."""
    found = connection.execute(_LINKS, {"id": incident})
    return tuple(
        Link(row.id, row.number, coded(PairVerdict, row.verdict, "link.verdict"), instant(row.judged_at), row.judged_name)
        for row in found
    )


def judge(connection: sa.Connection, pair: tuple[int, int], verdict: PairVerdict, actor: Actor, at: datetime) -> int:
    """Store the latest judgement of a pair, in either order of the two cases; return the key of the pair."""
    first, second = sorted(pair)
    values = {
        "first_id": first, "second_id": second, "verdict": verdict.value, "judged_at": stamp(at), "judged_by": actor.id,
        "judged_name": actor.name,
    }  # fmt: skip
    return int(connection.execute(_JUDGE, values).scalar_one())


# --- merged cases -----------------------------------------------------------------------------------------------


_FOLLOWERS = (
    sa.select(*some(incident, "number state reporter_name reporter_phone reported_at"))
    .where(incident.c.office_id == _OFFICE, incident.c.merged_into == _NUMBER)
    .order_by(incident.c.id)
)


def followers(connection: sa.Connection, office: int, number: str) -> tuple[Follower, ...]:
    """Return the cases merged into a case, oldest first, with masked reporters."""
    return tuple(
        Follower(
            row.number,
            coded(State, row.state, "link.state"),
            mask_name(row.reporter_name),
            mask_phone(row.reporter_phone),
            instant(row.reported_at),
        )
        for row in connection.execute(_FOLLOWERS, {"office": office, "number": number})
    )


_AWAKE = (
    sa.select(sa.func.count())
    .select_from(incident)
    .where(incident.c.office_id == _OFFICE, IS_OPEN, incident.c.merged_into.is_not(None))
)


def awake(connection: sa.Connection, office: int) -> int:
    """Return how many open cases are merged and do not rest: an earlier version merged them."""
    return int(connection.execute(_AWAKE, {"office": office}).scalar_one())


_REPORTERS = sa.select(*some(incident, "id reporter_name reporter_phone")).where(
    incident.c.id.in_(sa.bindparam("ids", expanding=True))
)


def reporters(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, str]:
    """Return the masked name and phone of who reported each case."""
    rows = connection.execute(_REPORTERS, {"ids": list(ids)}) if ids else ()
    return {row.id: f"{mask_name(row.reporter_name)} {mask_phone(row.reporter_phone)}".strip() for row in rows}


class Unmasked(NamedTuple):
    """Fields of a case that are normally masked; used only for comparing two cases, never for display."""

    reporter: str
    phone: str
    address: str
    text: str


_UNMASKED = sa.select(*some(incident, "reporter_name reporter_phone address text")).where(incident.c.id == _THIS)


def unmasked(connection: sa.Connection, incident: int) -> Unmasked:
    """Return the unmasked fields of a case."""
    row = connection.execute(_UNMASKED, {"id": incident}).one()
    return Unmasked(row.reporter_name, row.reporter_phone, row.address, row.text)


_LEADS = sa.select(*some(incident, "id merged_into")).where(
    incident.c.id.in_(sa.bindparam("ids", expanding=True)), incident.c.merged_into.is_not(None)
)


def leads(connection: sa.Connection, ids: Sequence[int]) -> Mapping[int, str]:
    """Return, for those of the given cases that are merged, the number of the leading case."""
    return {row.id: row.merged_into for row in connection.execute(_LEADS, {"ids": list(ids)})} if ids else {}
