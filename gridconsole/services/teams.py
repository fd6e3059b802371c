"""队伍: who is in which team, on any day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from gridconsole.domain.errors import DayImpossible, TeamExists, TeamMemberThere, TeamMemberUnknown, UnknownWord
from gridconsole.domain.teams import OTHER, Capacity, TeamKind, kinds_of
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.language import t
from gridconsole.language.pinyin import initials
from gridconsole.services import rights, roster
from gridconsole.services.given import given_line
from gridconsole.services.lookup import matches, near
from gridconsole.store import offices, people, teams
from gridconsole.store import roster as book
from gridconsole.store.teams import MemberLine, TeamLine

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

TEAM = "team"
"""Subject of the entries about teams."""
OWN, DIGITS = "DW", 3
"""Beginning of the codes that the office gives (队伍), and how many digits follow."""
NAME_LENGTH, PHONE_LENGTH = 60, 40


@dataclass(frozen=True, slots=True)
class NewTeam:
    """A team to add."""

    name: str
    kind: str = OTHER
    grid: int | None = None
    area: int | None = None
    leader: int | None = None
    head_count: int | None = None
    contact: str = ""
    phone: str = ""
    starts_on: date | None = None
    """None: today."""


@dataclass(frozen=True, slots=True)
class NewMember:
    """A member to add: a person of the roster, or somebody by name."""

    person: int | None = None
    name: str = ""
    capacity: Capacity = Capacity.OTHER
    starts_on: date | None = None


def kinds(office: Office) -> tuple[TeamKind, ...]:
    """Return the kinds of teams that the office's model names."""
    with office.database.reading() as connection:
        return kinds_of(offices.office(connection).settings.get("teams", ()))


def kind_named(office: Office, word: str) -> str:
    """Return a kind of team by its code or title; empty: another one.

    Raises:
        UnknownWord: the model has none of this name.
    """
    said = fold_width(clean_line(word))
    known = kinds(office)
    if said in ("", OTHER, t("team.other")):
        return OTHER
    found = next((kind.code for kind in known if said in (kind.code, kind.title)), None)
    if found is None:
        raise UnknownWord(what="team_kind", word=word, choices=[*(kind.title for kind in known), t("team.other")])
    return found


def kind_title(office: Office, code: str) -> str:
    """Return the title of a kind of team."""
    return next((kind.title for kind in kinds(office) if kind.code == code), t("team.other"))


def find(office: Office, word: str, day: date | None = None) -> TeamLine:
    """Find a team of a day by code or name.

    Raises:
        UnknownWord: there is none, or there are several of the name.
    """
    said = fold_width(clean_line(word, NAME_LENGTH))
    with office.database.reading() as connection:
        known = teams.lines(connection, day or office.today())
    found = [one for one in known if said == one.code] or [one for one in known if said == one.name]
    if len(found) == 1:
        return found[0]
    likely = [f"{one.code}({one.above}{one.place}{one.name})" for one in found] or near(said, [one.name for one in known])
    raise UnknownWord(what="team", word=said, choices=likely)


def listed(office: Office, day: date | None = None, word: str = "") -> tuple[TeamLine, ...]:
    """Return the teams of a day whose code, name, initials or place match a word."""
    with office.database.reading() as connection:
        found = teams.lines(connection, day or office.today())
    return tuple(
        one for one in found if not word or matches(word, one.name, one.code, one.above, one.place, one.initials, one.leader)
    )


def members(office: Office, key: int, day: date | None = None) -> tuple[MemberLine, ...]:
    """Return the members of a team on a day."""
    with office.database.reading() as connection:
        return teams.members(connection, key, day or office.today())


def of_grid(office: Office, grid: int, day: date | None = None) -> tuple[TeamLine, ...]:
    """Return the teams of a grid on a day: its own, and those of its community."""
    with office.database.reading() as connection:
        return teams.of_grid(connection, grid, day or office.today())


def add(office: Office, actor: Actor, new: NewTeam) -> str:
    """Add a team; returns its code.

    Raises:
        NotPermitted: the operator does not keep the roster.
        TeamExists: a team of the name is there at the place.
        BadValue: the name is blank, or something is too long.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    starts = new.starts_on or office.today()
    name = given_line(new.name, NAME_LENGTH, "name")
    contact = given_line(new.contact, NAME_LENGTH, "contact", is_needed=False)
    phone = given_line(new.phone, PHONE_LENGTH, "phone", is_needed=False)
    with office.database.writing() as connection:
        for other in teams.lines(connection, starts):
            if (other.name, other.grid_id, other.area_id) == (name, new.grid, new.area):
                raise TeamExists(name=name, number=other.code)
        key, code = teams.next_team(connection), next_code(teams.codes(connection))
        teams.put(connection, {
            "id": key, "code": code, "name": name, "kind": new.kind, "grid_id": new.grid, "area_id": new.area, "leader_id": new.leader,
            "head_count": new.head_count, "contact": contact,
            "phone": phone, "starts_on": starts.isoformat(), "ends_on": None, "initials": initials(name),
        })  # fmt: skip
        facts = {"code": code, "kind": new.kind, "grid_id": new.grid, "area_id": new.area, "head_count": new.head_count}
        _record(connection, office, actor, "team_add", key, facts, {"name": name})
        if new.leader is not None:
            _join(connection, office, actor, key, NewMember(new.leader, "", Capacity.CADRE, starts))
        return code


def next_code(taken: frozenset[str], after: int = 0) -> str:
    """Return the first free code of a team after a serial: ``DW001``."""
    serial = after + 1
    while (code := f"{OWN}{serial:0{DIGITS}d}") in taken:
        serial += 1
    return code


def end(office: Office, actor: Actor, key: int, on: date | None = None) -> None:
    """End a team as of a day, by default today; it stays in history.

    Raises:
        NotPermitted: the operator does not keep the roster.
        DayImpossible: the day is before the team began.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    day = on or office.today()
    with office.database.writing() as connection:
        _check_day(connection, key, day)
        teams.end(connection, key, day)
        _record(connection, office, actor, "team_end", key, {"on": day.isoformat()}, {})


def join(office: Office, actor: Actor, key: int, new: NewMember) -> None:
    """Add a member to a team.

    Raises:
        NotPermitted: the operator does not keep the roster.
        TeamMemberThere: the person is in the team already.
        WardenLeft, DayImpossible: the person is not in service on that day, or the team begins later.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    with office.database.writing() as connection:
        _join(connection, office, actor, key, new)


def _join(connection: Transaction, office: Office, actor: Actor, key: int, new: NewMember) -> None:
    starts = new.starts_on or office.today()
    name = given_line(new.name, NAME_LENGTH, "full_name") if new.person is None else ""
    _check_day(connection, key, starts)
    if new.person is not None and (person := people.warden(connection, new.person, starts)) is not None:
        roster.check_service(person, starts)
    for one in teams.members(connection, key, starts):
        if (one.person_id, one.name if one.person_id is None else "") == (new.person, name):
            raise TeamMemberThere(name=one.name)
    teams.put_member(connection, {
        "id": teams.next_member(connection), "team_id": key, "person_id": new.person, "name": name, "capacity": new.capacity.value,
        "starts_on": starts.isoformat(), "ends_on": None,
    })  # fmt: skip
    facts = {"person_id": new.person, "capacity": new.capacity.value, "starts_on": starts.isoformat()}
    shown = name or book.person_name(connection, new.person or 0)
    _record(connection, office, actor, "team_join", key, facts, {"name": shown})


def _check_day(connection: Transaction, key: int, day: date) -> None:
    found = teams.one(connection, key, day)
    if found is not None and found.starts_on is not None and day < found.starts_on:
        raise DayImpossible(warden=found.name, day=day, first=found.starts_on, advice="start")


def leave(office: Office, actor: Actor, key: int, who: str, on: date | None = None) -> None:
    """Take a member out of a team as of a day, by default today.

    Args:
        who: staff number or name of the member.

    Raises:
        NotPermitted: the operator does not keep the roster.
        TeamMemberUnknown: nobody of this name is in the team.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    said, day = fold_width(clean_line(who, NAME_LENGTH)), on or office.today()
    with office.database.writing() as connection:
        there = teams.members(connection, key, day)
        found = [one for one in there if said == one.code] or [one for one in there if said == one.name]
        if len(found) != 1:
            raise TeamMemberUnknown(name=said, names=[one.name for one in there] or [t("grid.nobody_short")])
        teams.end_member(connection, found[0].id, day)
        _record(connection, office, actor, "team_leave", key, {"person_id": found[0].person_id}, {"name": found[0].name})


def _record(
    connection: Transaction, office: Office, actor: Actor, action: str, key: int, facts: Mapping[str, object], personal: Mapping[str, str]
) -> None:  # fmt: skip
    roster.record(connection, office, actor, action, (TEAM, key), (), facts, personal)
