"""team list, show, add, end, join, leave: teams of a grid, a community or the district."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.listing import Column, fixed, print_list
from gridconsole.cli.options import Json, command
from gridconsole.cli.wardens import Day
from gridconsole.language import t, word

if TYPE_CHECKING:
    from gridconsole.store.teams import MemberLine, TeamLine

Team = Annotated[str, typer.Argument(metavar=t("cli.meta.team"), help=t("cli.team.team"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in _commands().items():
        app.command(**command(name, f"team.{name}"))(function)


def _commands() -> dict[str, Callable[..., None]]:
    return {"list": list_, "show": show, "add": add_, "end": end, "join": join, "leave": leave}


def list_(
    found: Annotated[str, typer.Option("--find", help=t("cli.team.find"), show_default=False)] = "",
    day: Day = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import teams

    with state.look_into_office() as office:
        lines = teams.listed(office, state.parse_day(day, office), found)
        titles = {line.kind: teams.kind_title(office, line.kind) for line in lines}
        if as_json:
            state.print_json([_line(line) for line in lines])
            return
        print_list(
            (*fixed("team_code"), Column("team"), Column("kind"), Column("place"), Column("leader"), *fixed("size")),
            ((line.code, line.name, titles[line.kind], line.place, line.leader, str(line.size)) for line in lines),
        )


def show(team: Team, day: Day = None, as_json: Json = False) -> None:
    from gridconsole.domain.text import mask_phone
    from gridconsole.language import labelled
    from gridconsole.services import teams

    with state.look_into_office() as office:
        on = state.parse_day(day, office)
        line = teams.find(office, team, on)
        members = teams.members(office, line.id, on)
        if as_json:
            state.print_json(_line(line) | {"people": [_member(one) for one in members]})
            return
        base = [
            (t("column.kind"), teams.kind_title(office, line.kind)), (t("column.place"), f"{line.above} {line.place}".strip()), (t("column.leader"), line.leader),
            (t("column.size"), str(line.size)), (t("column.contact"), line.contact), (t("column.phone"), mask_phone(line.phone)),
        ]  # fmt: skip
        print(f"{line.name}  {line.code}")
        for name, value in base:
            if value:
                print(labelled(name, value))
        print_list(
            (*fixed("staff_number"), Column("name"), *fixed("capacity", "first_day")),
            ((one.code, one.name, word(one.capacity), str(one.starts_on or "")) for one in members),
        )


def add_(
    name: Annotated[str, typer.Argument(metavar=t("cli.meta.team_name"), help=t("cli.team.name"))],
    kind: Annotated[str, typer.Option("--kind", help=t("cli.team.kind"), show_default=False)] = "",
    grid: Annotated[str, typer.Option("--grid", help=t("cli.team.grid"), show_default=False)] = "",
    area: Annotated[str, typer.Option("--area", help=t("cli.team.area"), show_default=False)] = "",
    leader: Annotated[str, typer.Option("--leader", help=t("cli.team.leader"), show_default=False)] = "",
    count: Annotated[
        int | None, typer.Option("--count", min=0, max=1_000_000, help=t("cli.team.count"), show_default=False)
    ] = None,
    contact: Annotated[str, typer.Option("--contact", help=t("cli.team.contact"), show_default=False)] = "",
    phone: Annotated[str, typer.Option("--phone", help=t("cli.team.phone"), show_default=False)] = "",
    day: Day = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.services import teams
    from gridconsole.services.lookup import find_area, find_grid, find_person

    if grid and area:
        raise BadValue(what="place", value=f"{grid}, {area}", expected="grid_or_area")
    with state.open_office() as office:
        actor = state.operator(office, default="clerk")
        new = teams.NewTeam(
            name, teams.kind_named(office, kind), find_grid(office, grid).id if grid else None,
            find_area(office, area) if area else None, find_person(office, leader) if leader else None, count, contact,
            phone, state.parse_day(day, office),
        )  # fmt: skip
        code = teams.add(office, actor, new)
    _say({"code": code, "name": name}, t("cli.team.added", name=name, code=code), as_json)


def end(team: Team, day: Day = None, as_json: Json = False) -> None:
    from gridconsole.services import teams

    with state.open_office() as office:
        actor, line = state.operator(office, default="clerk"), teams.find(office, team)
        teams.end(office, actor, line.id, state.parse_day(day, office))
    _say({"code": line.code, "ended": True}, t("cli.team.ended", name=line.name), as_json)


def join(
    team: Team,
    who: Annotated[str, typer.Argument(metavar=t("cli.meta.warden"), help=t("cli.team.who"))],
    capacity: Annotated[str, typer.Option("--as", help=t("cli.team.capacity"))] = t("Capacity.other"),
    outside: Annotated[bool, typer.Option("--outside", help=t("cli.team.outside"))] = False,
    day: Day = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.teams import Capacity
    from gridconsole.services import teams
    from gridconsole.services.lookup import find_person

    with state.open_office() as office:
        actor, line = state.operator(office, default="clerk"), teams.find(office, team)
        new = teams.NewMember(
            None if outside else find_person(office, who, line.grid_id), who if outside else "",
            state.parse_word(Capacity, capacity, "capacity"), state.parse_day(day, office),
        )  # fmt: skip
        teams.join(office, actor, line.id, new)
    _say({"code": line.code, "joined": who}, t("cli.team.joined", name=line.name), as_json)


def leave(
    team: Team,
    who: Annotated[str, typer.Argument(metavar=t("cli.meta.warden"), help=t("cli.team.who"))],
    day: Day = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import teams

    with state.open_office() as office:
        actor, line = state.operator(office, default="clerk"), teams.find(office, team)
        teams.leave(office, actor, line.id, who, state.parse_day(day, office))
    _say({"code": line.code, "left": who}, t("cli.team.left", name=line.name), as_json)


def _say(answer: dict[str, Any], words: str, as_json: bool) -> None:
    if as_json:
        state.print_json(answer)
    else:
        print(words, file=sys.stderr)


def _line(line: TeamLine) -> dict[str, Any]:
    return {
        "code": line.code, "name": line.name, "kind": line.kind, "above": line.above, "place": line.place, "leader": line.leader, "size": line.size,
        "members": line.members, "head_count": line.head_count, "contact": line.contact,
    }  # fmt: skip


def _member(one: MemberLine) -> dict[str, Any]:
    return {
        "number": one.code,
        "name": one.name,
        "capacity": one.capacity.value,
        "since": str(one.starts_on) if one.starts_on else None,
    }
