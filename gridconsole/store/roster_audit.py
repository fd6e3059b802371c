"""Read what the audit of the roster looks at: a few queries, whatever the number of checks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.codes import GridKind, HandlerKind, Level
from gridconsole.domain.papers import certificate_in, induction_in
from gridconsole.domain.roster import Half, duty_name
from gridconsole.domain.roster_audit import (
    AuditFacts,
    CategoryFacts,
    ContractFacts,
    DutyFacts,
    GridFacts,
    HeldFacts,
    LeaveFacts,
    PersonFacts,
    PostFacts,
    Subject,
    TeamFacts,
)
from gridconsole.domain.teams import TeamKind
from gridconsole.store import duties, responsible, teams
from gridconsole.store.roster import DAY, HOLDS_DUTY, HOLDS_POST, in_service, is_away, times
from gridconsole.store.tables.cases import IS_OPEN, incident
from gridconsole.store.tables.columns import some, word
from gridconsole.store.tables.registers import IS_GRID_NOW, area, category, component, grid, unit, unit_area
from gridconsole.store.tables.roster import employment, leave, post, responsibility, roster_person
from gridconsole.store.types import day_or_none, decoded, stamp

WEEKS_LATELY, WEEKS_BEFORE = 2, 8
AHEAD = timedelta(days=60)
"""Days ahead for which gaps are read; a check has its own limit within it."""
_OFFICE: sa.BindParameter[int] = sa.bindparam("office", type_=sa.BigInteger)
_COMMUNITY = area.alias("community")
_GRIDS = (
    sa.select(
        *some(grid, "id code name area_id kind households area_m2 as_of places_as_of groups_as_of special_groups"),
        (grid.c.buildings.is_not(None) | grid.c.shops.is_not(None) | grid.c.key_places.is_not(None)).label("has_places"),
        ((grid.c.boundary != word("")) | (grid.c.geometry != word(""))).label("has_boundary"),
        (grid.c.party_group != word("")).label("has_party_group"),
        _COMMUNITY.c.parent_id.label("subdistrict"),
    )
    .join_from(grid, _COMMUNITY, _COMMUNITY.c.id == grid.c.area_id)
    .where(IS_GRID_NOW)
    .order_by(grid.c.code)
)
_OPEN = sa.select(incident.c.grid_id, sa.func.count().label("count")).where(IS_OPEN).group_by(incident.c.grid_id)
_REPORTED = (
    sa.select(incident.c.grid_id, sa.func.count().label("count"))
    .where(
        incident.c.office_id == _OFFICE,
        incident.c.reported_at >= sa.bindparam("first", type_=sa.Text),
        incident.c.reported_at < sa.bindparam("last", type_=sa.Text),
    )
    .group_by(incident.c.grid_id)
)
_OWNERLESS = (
    sa.select(component.c.grid_id, sa.func.count().label("count"))
    .where(component.c.owner == word(""), component.c.authority == word(""))
    .group_by(component.c.grid_id)
)
_POSTS = sa.select(
    *some(post, "grid_id person_id rank duty"), (in_service(post.c.person_id) & ~is_away(post.c.person_id)).label("is_there")
).where(HOLDS_POST, post.c.grid_id.is_not(None), in_service(post.c.person_id))
_IN_AREAS = sa.select(*some(post, "area_id person_id")).where(
    HOLDS_POST, post.c.area_id.is_not(None), in_service(post.c.person_id)
)
_PEOPLE = (
    sa.select(*some(roster_person, "id code name kinds extra"), employment.c.ends_on)
    .join_from(roster_person, employment, employment.c.person_id == roster_person.c.id)
    .where(
        employment.c.replaced_by.is_(None),
        employment.c.starts_on.is_(None) | (employment.c.starts_on <= DAY),
        employment.c.ends_on.is_(None) | (employment.c.ends_on > DAY),
    )
    .order_by(roster_person.c.code)
)
_LEAVE = sa.select(*some(leave, "person_id first_half last_half deputy_id")).where(
    leave.c.replaced_by.is_(None), leave.c.last_half >= DAY
)
_IS_WARDEN, _IS_UNIT = (incident.c.handler_kind == word(kind.value) for kind in (HandlerKind.WARDEN, HandlerKind.UNIT))
_HELD = (
    sa.select(*some(incident, "id number handler_name handler_kind"))
    .where(
        IS_OPEN,
        incident.c.state.in_([word(state) for state in ("handling", "suspended", "to_check", "to_close")]),
        (_IS_WARDEN & ~in_service(incident.c.handler_id))
        | (_IS_UNIT & sa.exists().where(unit.c.id == incident.c.handler_id, unit.c.active == sa.literal_column("0"))),
    )
    .order_by(incident.c.id)
)
_DUTIES = (
    sa.select(unit.c.name, *some(responsibility, "kind major_code minor_code is_primary"), area.c.code.label("area"))
    .select_from(
        responsibility.join(unit, unit.c.id == responsibility.c.unit_id)
        .outerjoin(unit_area, unit_area.c.unit_id == unit.c.id)
        .outerjoin(area, area.c.id == unit_area.c.area_id)
    )
    .where(unit.c.active == sa.literal_column("1"), HOLDS_DUTY)
)
_CATEGORIES = sa.select(*some(category, "id kind major_code minor_code minor_name")).order_by(
    *some(category, "kind major_code minor_code")
)
_CONTRACTS = (
    sa.select(*some(unit, "id code name contract_ends_on"))
    .where(unit.c.active == sa.literal_column("1"), unit.c.contract_ends_on.is_not(None))
    .order_by(unit.c.code)
)
_AREAS = sa.select(*some(area, "id code name level parent_id")).order_by(area.c.code)


def _papers(extra: str) -> tuple[date | None, bool | None]:
    """Return what a list says of somebody's certificate and training, under headings that the register has no column for."""
    cells = decoded(extra, "roster_person.extra") if extra else {}
    return certificate_in(cells), induction_in(cells)


def read(
    connection: sa.Connection, office: int, today: date, midnight: datetime, team_kinds: Sequence[TeamKind] = ()
) -> AuditFacts:  # fmt: skip
    """Return the facts of a day.

    Args:
        team_kinds: kinds of teams that the model names.
        midnight: beginning of the day, UTC.
    """
    moments = times(today)
    begin = midnight + timedelta(days=1) - timedelta(weeks=WEEKS_LATELY)
    lately = _by_grid(connection, _REPORTED, office=office, first=stamp(begin), last=stamp(midnight + timedelta(days=1)))
    before = _by_grid(connection, _REPORTED, office=office, first=stamp(begin - timedelta(weeks=WEEKS_BEFORE)), last=stamp(begin))
    cases, ownerless = _by_grid(connection, _OPEN), _by_grid(connection, _OWNERLESS)
    grids = [
        GridFacts(
            id=row.id, code=row.code, name=row.name, community=row.area_id, subdistrict=row.subdistrict,
            has_boundary=bool(row.has_boundary), households=row.households, area_m2=row.area_m2,
            has_party_group=bool(row.has_party_group), as_of=day_or_none(row.as_of), open_cases=cases.get(row.id, 0),
            lately=lately.get(row.id, 0), before=before.get(row.id, 0), is_residential=row.kind == GridKind.BASIC.value,
            ownerless=ownerless.get(row.id, 0), has_places=bool(row.has_places), places_as_of=day_or_none(row.places_as_of),
            has_groups=row.special_groups is not None, groups_as_of=day_or_none(row.groups_as_of),
        )
        for row in connection.execute(_GRIDS)
    ]  # fmt: skip
    areas = {row.id: row for row in connection.execute(_AREAS)}

    def above(key: int | None) -> tuple[str, ...]:
        codes: list[str] = []
        while key is not None and key in areas and len(codes) < len(Level):
            codes.append(areas[key].code)
            key = areas[key].parent_id
        return tuple(codes)

    capacities: dict[int, set[str]] = {}
    for member in teams.every_member(connection, today):
        capacities.setdefault(member.team_id, set()).add(member.capacity.value)

    in_areas: dict[int, set[int]] = {}
    for row in connection.execute(_IN_AREAS, moments):
        in_areas.setdefault(row.area_id, set()).add(row.person_id)

    titles = duties.titles(connection)
    staff = {
        row.id: PersonFacts(
            row.id, row.code, row.name, frozenset(row.kinds.split(",")), day_or_none(row.ends_on), *_papers(row.extra)
        )
        for row in connection.execute(_PEOPLE, moments)
    }
    return AuditFacts(
        today=today,
        grids=grids,
        posts=[
            PostFacts(row.grid_id, row.person_id, row.rank, row.duty, bool(row.is_there), duty_name(row.duty, titles))
            for row in connection.execute(_POSTS, moments)
        ],
        people=staff,
        leave=[
            LeaveFacts(row.person_id, Half.read(row.first_half), Half.read(row.last_half), row.deputy_id is not None)
            for row in connection.execute(_LEAVE, moments)
        ],
        gaps=responsible.gaps(connection, today, today + AHEAD),
        held=[
            HeldFacts(row.id, row.number, row.handler_name, row.handler_kind == HandlerKind.UNIT.value)
            for row in connection.execute(_HELD, moments)
        ],
        duties=[
            DutyFacts(row.name, row.kind, row.major_code, row.minor_code, row.area or "", bool(row.is_primary))
            for row in connection.execute(_DUTIES, moments)
        ],
        categories=[
            CategoryFacts(row.id, row.kind, row.major_code, row.minor_code, row.minor_name)
            for row in connection.execute(_CATEGORIES)
        ],
        in_areas={area: frozenset(found) for area, found in in_areas.items()},
        team_kinds=team_kinds,
        teams=[
            TeamFacts(
                one.id,
                one.code,
                f"{one.place}{one.name}",
                one.kind,
                one.grid_id,
                one.area_id,
                one.size,
                bool(one.leader) and (one.leader_id is None or one.leader_id in staff),
                frozenset(capacities.get(one.id, ())),
            )
            for one in teams.lines(connection, today)
        ],
        contracts=[
            ContractFacts(row.id, row.code, row.name, day)
            for row in connection.execute(_CONTRACTS)
            if (day := day_or_none(row.contract_ends_on)) is not None
        ],
        communities={key: Subject(key, row.code, row.name) for key, row in areas.items()},
        upper={row.code: above(key) for key, row in areas.items() if row.level == Level.COMMUNITY.value},
    )


def _by_grid(connection: sa.Connection, query: sa.Select[Any], **values: object) -> dict[int, int]:
    return {row[0]: row[1] for row in connection.execute(query, values) if row[0] is not None}
