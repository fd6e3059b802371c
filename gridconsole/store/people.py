"""Wardens, posts and units, and the facts that ranking needs about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import CategoryKind, HandlerKind, UnitKind
from gridconsole.domain.parties import Handler
from gridconsole.domain.ranking import Duty, HandlerFacts, Post
from gridconsole.domain.roster import Half
from gridconsole.domain.text import mask_phone
from gridconsole.store.responsible import Responsible, everyone_responsible
from gridconsole.store.roster import HOLDS_DUTY, HOLDS_POST, IS_POST_NOW, PEOPLE, in_service, is_away, stays, times
from gridconsole.store.tables.cases import IS_OPEN, assignment, incident, task
from gridconsole.store.tables.columns import some
from gridconsole.store.tables.registers import area, grid, unit_area
from gridconsole.store.tables.registers import unit as unit_table
from gridconsole.store.tables.roster import employment, post, responsibility, roster_person
from gridconsole.store.types import coded, day_or_none, stamp


@dataclass(frozen=True, slots=True)
class WardenRow:
    """A warden in the roster; the phone is masked."""

    id: int
    code: str
    name: str
    phone: str
    employment: str
    workstation: str
    duty: str
    joined_on: date | None
    left_on: date | None
    initials: str
    posts: int
    """Number of grids with a post today."""
    open_cases: int
    on_leave: bool

    def has_left(self, today: date) -> bool:
        """Return whether the warden is no longer in service."""
        return self.left_on is not None and self.left_on <= today

    def is_to_come(self, today: date) -> bool:
        """Return whether the warden is not in service yet."""
        return self.joined_on is not None and self.joined_on > today


_ON_LEAVE = is_away(roster_person.c.id)
_POSTS_NOW = sa.select(sa.func.count()).where(post.c.person_id == roster_person.c.id, HOLDS_POST).scalar_subquery()
_OPEN_CASES = (
    sa.select(sa.func.count())
    .where(
        incident.c.handler_kind == sa.literal_column("'warden'"),
        incident.c.handler_id == roster_person.c.id,
        IS_OPEN,
    )
    .scalar_subquery()
)
_TASKS = (
    sa.select(sa.func.count())
    .where(
        task.c.ended.is_(None), task.c.assignee_kind == sa.literal_column("'warden'"), task.c.assignee_id == roster_person.c.id
    )
    .scalar_subquery()
)
"""Inspections that a warden is out for: they are work in hand like the cases."""
_WARDENS = sa.select(
    *some(roster_person, "id code name phone workstation duty initials"),
    *some(employment, "form starts_on ends_on"),
    _POSTS_NOW.label("posts"),
    (_OPEN_CASES + _TASKS).label("open_cases"),
    _ON_LEAVE.label("on_leave"),
).select_from(PEOPLE)
_ALL_WARDENS = _WARDENS.order_by(roster_person.c.code)
_ONE_WARDEN = _WARDENS.where(roster_person.c.id == sa.bindparam("id"))


def wardens(connection: sa.Connection, today: date) -> tuple[WardenRow, ...]:
    """Return the whole roster, by code."""
    return tuple(map(_warden, connection.execute(_ALL_WARDENS, times(today))))


def warden(connection: sa.Connection, key: int, today: date) -> WardenRow | None:
    """Return a warden; None if there is none with this key."""
    row = connection.execute(_ONE_WARDEN, {"id": key, **times(today)}).first()
    return None if row is None else _warden(row)


def _warden(row: Any) -> WardenRow:
    return WardenRow(
        id=row.id,
        code=row.code,
        name=row.name,
        phone=mask_phone(row.phone),
        employment=row.form or "",
        workstation=row.workstation,
        duty=row.duty,
        joined_on=day_or_none(row.starts_on),
        left_on=day_or_none(row.ends_on),
        initials=row.initials,
        posts=row.posts,
        open_cases=row.open_cases,
        on_leave=bool(row.on_leave),
    )


@dataclass(frozen=True, slots=True)
class PostRow:
    """A post with the names of its warden and its grid."""

    number: int
    warden_id: int
    warden: str
    grid_id: int
    grid_code: str
    grid: str
    rank: str
    duty: str
    starts_on: date
    ends_on: date | None
    why_ended: str = ""


_POSTS = sa.select(
    *some(post, "number person_id grid_id rank duty starts_on ends_on why_ended"),
    roster_person.c.name.label("warden"),
    grid.c.code.label("grid_code"),
    grid.c.name.label("grid"),
).select_from(post.join(roster_person, roster_person.c.id == post.c.person_id).join(grid, grid.c.id == post.c.grid_id))
_POSTS_OF_WARDEN = _POSTS.where(IS_POST_NOW, post.c.person_id == sa.bindparam("key")).order_by(
    post.c.ends_on.is_not(None), grid.c.code, post.c.starts_on
)
_POSTS_OF_GRID = _POSTS.where(IS_POST_NOW, post.c.grid_id == sa.bindparam("key")).order_by(
    post.c.ends_on.is_not(None), post.c.rank, roster_person.c.code, post.c.starts_on
)


def posts_of_warden(connection: sa.Connection, warden_id: int) -> tuple[PostRow, ...]:
    """Return the posts of a warden, present ones first, then past ones."""
    return tuple(map(_post, connection.execute(_POSTS_OF_WARDEN, {"key": warden_id})))


def posts_of_grid(connection: sa.Connection, grid_id: int) -> tuple[PostRow, ...]:
    """Return the posts on a grid, present ones first, then past ones."""
    return tuple(map(_post, connection.execute(_POSTS_OF_GRID, {"key": grid_id})))


def _post(row: Any) -> PostRow:
    return PostRow(
        number=row.number,
        warden_id=row.person_id,
        warden=row.warden,
        grid_id=row.grid_id,
        grid_code=row.grid_code,
        grid=row.grid,
        rank=row.rank,
        duty=row.duty,
        starts_on=date.fromisoformat(row.starts_on),
        ends_on=day_or_none(row.ends_on),
        why_ended=row.why_ended,
    )


_ON_GRID = sa.exists().where(
    post.c.person_id == roster_person.c.id, post.c.grid_id == sa.bindparam("grid", type_=sa.BigInteger), HOLDS_POST
)
_SAID: sa.BindParameter[str] = sa.bindparam("said", type_=sa.Text)
_CALLED = sa.select(roster_person.c.id, (roster_person.c.code == _SAID).label("by_code"), _ON_GRID.label("on_grid")).where(
    (roster_person.c.code == _SAID) | (roster_person.c.name == _SAID)
)


def person_called(connection: sa.Connection, word: str, grid_id: int | None, today: date) -> int | None:
    """Return the key of the person on the roster whom a number or a name means; of several of one name the one posted on a grid.

    None if there is none, or if several are left.
    """
    found = connection.execute(_CALLED, {"said": word, "grid": grid_id, **times(today)}).all() if word else []
    for chosen in ([row for row in found if row.by_code], found, [row for row in found if row.on_grid]):
        if len(chosen) == 1:
            return int(chosen[0].id)
    return None


_LIVE_POSTS = sa.select(*some(post, "person_id grid_id rank")).where(
    IS_POST_NOW, post.c.ends_on.is_(None), post.c.grid_id.is_not(None)
)


def live_posts(connection: sa.Connection) -> dict[tuple[int, int], str]:
    """Return the rank by (warden, grid) of every post without an end."""
    return {(row.person_id, row.grid_id): row.rank for row in connection.execute(_LIVE_POSTS)}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """An organisation unit."""

    id: int
    code: str
    name: str
    kind: str
    all_day: bool
    initials: str

    active: bool


_UNITS = sa.select(*some(unit_table, "id code name kind all_day initials active")).order_by(unit_table.c.code)


def units(connection: sa.Connection) -> tuple[UnitRow, ...]:
    """Return every active unit."""
    return tuple(unit for unit in _every_unit(connection) if unit.active)


def _every_unit(connection: sa.Connection) -> tuple[UnitRow, ...]:
    return tuple(
        UnitRow(
            id=row.id,
            code=row.code,
            name=row.name,
            kind=row.kind,
            all_day=bool(row.all_day),
            initials=row.initials,
            active=bool(row.active),
        )
        for row in connection.execute(_UNITS)
    )


_DUTIES = sa.select(*some(responsibility, "unit_id kind major_code minor_code is_primary")).where(HOLDS_DUTY)
_UNIT_AREAS = (
    sa.select(unit_area.c.unit_id, area.c.code).join_from(unit_area, area, area.c.id == unit_area.c.area_id).order_by(area.c.code)
)
_HANDLER = some(incident, "handler_kind handler_id")
_LOADS = (
    sa.select(*_HANDLER, sa.func.count().label("load"))
    .where(IS_OPEN, incident.c.state == sa.literal_column("'handling'"), incident.c.handler_kind.is_not(None))
    .group_by(*_HANDLER)
)
_UPHELD = sa.select(incident.c.id).where(incident.c.appeal == sa.literal_column("'upheld'"))
_ASSIGNED = some(assignment, "handler_kind handler_id")
_RATES = (
    sa.select(*_ASSIGNED, (sa.literal_column("1.0") - sa.func.avg(assignment.c.late)).label("rate"))
    .where(
        assignment.c.started_at >= sa.bindparam("since"),
        assignment.c.late.is_not(None),
        assignment.c.role == sa.literal_column("'primary'"),
        assignment.c.incident_id.not_in(_UPHELD),
    )
    .group_by(*_ASSIGNED)
)
_POSTED = sa.select(
    *some(roster_person, "id code name"),
    post.c.rank,
    post.c.grid_id,
    in_service(roster_person.c.id).label("in_service"),
    stays(roster_person.c.id).label("stays"),
    _ON_LEAVE.label("on_leave"),
)
_GRID_WARDENS = (
    _POSTED.join_from(post, roster_person, roster_person.c.id == post.c.person_id)
    .where(post.c.grid_id == sa.bindparam("grid"), HOLDS_POST)
    .order_by(roster_person.c.code)
)
_NAMED_WARDEN = _POSTED.select_from(
    roster_person.outerjoin(
        post, (post.c.person_id == roster_person.c.id) & (post.c.grid_id == sa.bindparam("grid")) & HOLDS_POST
    )
).where(roster_person.c.id == sa.bindparam("id"))


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """Facts of units without their loads; they change only with the register."""

    facts: tuple[HandlerFacts, ...]
    all_day: frozenset[int]


def unit_facts(connection: sa.Connection, today: date) -> UnitFacts:
    """Return units with their responsibilities of a day in each area they serve; a dissolved unit is included and counts as having left."""
    areas: dict[int, list[str]] = {}
    for row in connection.execute(_UNIT_AREAS):
        areas.setdefault(row.unit_id, []).append(row.code)
    duties: dict[int, list[Duty]] = {}
    for row in connection.execute(_DUTIES, times(today)):
        for code in areas.get(row.unit_id, [""]):
            duties.setdefault(row.unit_id, []).append(
                Duty(
                    coded(CategoryKind, row.kind, "responsibility.kind"),
                    row.major_code,
                    row.minor_code or None,
                    code or None,
                    bool(row.is_primary),
                )
            )
    found = _every_unit(connection)
    facts = tuple(
        HandlerFacts(
            Handler(HandlerKind.UNIT, unit.id, unit.name),
            unit.code,
            tuple(duties.get(unit.id, ())),
            area_code=next(iter(areas.get(unit.id, ())), None),
            is_territorial_office=unit.kind == UnitKind.SUBDISTRICT_OFFICE,
            left=not unit.active,
        )
        for unit in found
    )
    return UnitFacts(facts, frozenset(unit.id for unit in found if unit.all_day))


@dataclass(frozen=True, slots=True)
class Workload:
    """Open handlings and on-time rates, by (kind, key)."""

    loads: dict[tuple[str, int], int]
    rates: dict[tuple[str, int], float]


NO_LOAD = Workload({}, {})


def workload(connection: sa.Connection, now: datetime) -> Workload:
    """Return the present loads, and the on-time rates of the last 90 days."""
    since = {"since": stamp(now - timedelta(days=90))}
    return Workload(
        {(row.handler_kind, row.handler_id): row.load for row in connection.execute(_LOADS)},
        {(row.handler_kind, row.handler_id): row.rate for row in connection.execute(_RATES, since)},
    )


def grid_wardens(connection: sa.Connection, grid_id: int, today: date | Half) -> Sequence[HandlerFacts]:
    """Return the wardens posted on a grid, with whether they left or are on leave, and the deputies of those on leave."""
    posted = [_warden_facts(row) for row in connection.execute(_GRID_WARDENS, {"grid": grid_id, **times(today)})]
    if not any(facts.on_leave for facts in posted):
        return posted
    there = {facts.handler.id for facts in posted}
    return [*posted, *(_deputy_facts(one, grid_id) for one in deputies(connection, grid_id, today) if one.person_id not in there)]


def deputies(connection: sa.Connection, grid_id: int, today: date | Half) -> list[Responsible]:
    """Return who stands in on a grid for somebody on leave."""
    return [one for one in everyone_responsible(connection, grid_id, today) if one.stands_in_for]


def _deputy_facts(one: Responsible, grid_id: int) -> HandlerFacts:
    return HandlerFacts(
        Handler(HandlerKind.WARDEN, one.person_id, one.name),
        one.code,
        posts=(Post(grid_id, one.rank),),
        stands_in_for=one.stands_in_for,
    )


def named_warden(connection: sa.Connection, key: int, grid_id: int | None, today: date | Half) -> HandlerFacts | None:
    """Return a warden as a possible handler of a case on a grid, posted there or not."""
    row = connection.execute(_NAMED_WARDEN, {"id": key, "grid": grid_id, **times(today)}).first()
    if row is None:
        return None
    facts = _warden_facts(row)
    if facts.posts or facts.left or facts.on_leave or grid_id is None:
        return facts
    return next((_deputy_facts(one, grid_id) for one in deputies(connection, grid_id, today) if one.person_id == key), facts)


def _warden_facts(row: Any) -> HandlerFacts:
    return HandlerFacts(
        Handler(HandlerKind.WARDEN, row.id, row.name),
        row.code,
        posts=(Post(row.grid_id, row.rank),) if row.grid_id is not None else (),
        left=not row.in_service,
        is_leaving=bool(row.in_service and not row.stays),
        on_leave=bool(row.on_leave),
    )
