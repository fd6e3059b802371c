"""post assign, end, rank: who is on which grid."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.listing import Column, fixed, print_list
from gridconsole.cli.options import Json, command
from gridconsole.cli.wardens import Day, Who, answer
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.services.roster import Elsewhere

Grid = Annotated[str, typer.Argument(metavar=t("cli.meta.grid"), help=t("cli.post.grid"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in _commands().items():
        app.command(**command(name, f"post.{name}"))(function)


def _commands() -> dict[str, Callable[..., None]]:
    return {"assign": assign, "end": end, "rank": rank, "duties": duties}


def assign(
    who: Who,
    grid: Grid,
    rank: Annotated[str, typer.Option("--rank", help=t("cli.post.rank_option"))] = "A",
    duty: Annotated[str, typer.Option("--duty", help=t("cli.post.duty"), show_default=False)] = "",
    day: Day = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import roster
    from gridconsole.services.lookup import find_grid, find_person

    with state.open_office() as office:
        actor, key, on = state.operator(office, default="clerk"), find_person(office, who), state.parse_day(day, office)
        elsewhere = _elsewhere(office, grid)
        if elsewhere is not None:
            roster.assign_elsewhere(office, actor, key, elsewhere, rank.strip().upper(), duty, on)
            answer(office, key, as_json, t("cli.post.assigned", grid=grid))
            return
        place = find_grid(office, grid)
        roster.assign(office, actor, key, place.id, rank.strip().upper(), duty, on)
        answer(office, key, as_json, t("cli.post.assigned", grid=place.name))


def end(who: Who, grid: Grid, day: Day = None, as_json: Json = False) -> None:
    from gridconsole.services import roster
    from gridconsole.services.lookup import find_grid, find_person

    with state.open_office() as office:
        actor, key = state.operator(office, default="clerk"), find_person(office, who)
        elsewhere = _elsewhere(office, grid)
        if elsewhere is not None:
            roster.remove_elsewhere(office, actor, key, elsewhere, state.parse_day(day, office))
            answer(office, key, as_json, t("cli.post.ended", grid=grid))
            return
        place = find_grid(office, grid)
        roster.remove(office, actor, key, place.id, state.parse_day(day, office))
        answer(office, key, as_json, t("cli.post.ended", grid=place.name))


def duties(as_json: Json = False) -> None:
    from gridconsole.services import roster

    with state.look_into_office() as office:
        found = roster.known_duties(office)
        if as_json:
            state.print_json([{"code": one.code, "title": one.title, "model": one.preset, "text": one.body} for one in found])
        else:
            print_list((*fixed("duty_code"), Column("duty")), ((one.code, one.title) for one in found))


def _elsewhere(office: Office, place: str) -> Elsewhere | None:
    """Return the area or the unit that a word means if it means no grid."""
    from gridconsole.domain.errors import GridClosed, UnknownGrid, UnknownHandler, UnknownWord
    from gridconsole.services.lookup import find_area, find_grid, find_unit
    from gridconsole.services.roster import Elsewhere

    try:
        find_grid(office, place)
    except GridClosed:
        return None
    except UnknownGrid:
        with contextlib.suppress(UnknownWord):
            return Elsewhere(area=find_area(office, place))
        with contextlib.suppress(UnknownHandler):
            return Elsewhere(unit=find_unit(office, place))
    return None


def rank(
    who: Who,
    grid: Grid,
    new: Annotated[str, typer.Argument(metavar="A|B", help=t("cli.post.new_rank"))],
    day: Day = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import roster
    from gridconsole.services.lookup import find_grid, find_person

    with state.open_office() as office:
        actor, key, place = state.operator(office, default="clerk"), find_person(office, who), find_grid(office, grid)
        roster.set_rank(office, actor, key, place.id, new.strip().upper(), state.parse_day(day, office))
        answer(office, key, as_json, t("cli.post.ranked", grid=place.name, rank=new.strip().upper()))
