"""post assign, end, rank: who is on which grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.cli.wardens import Day, Who, answer
from gridconsole.language import t

Grid = Annotated[str, typer.Argument(metavar=t("cli.meta.grid"), help=t("cli.post.grid"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in _commands().items():
        app.command(**command(name, f"post.{name}"))(function)


def _commands() -> dict[str, Callable[..., None]]:
    return {"assign": assign, "end": end, "rank": rank}


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
        actor, key, place = state.operator(office, default="clerk"), find_person(office, who), find_grid(office, grid)
        roster.assign(office, actor, key, place.id, rank.strip().upper(), duty, state.parse_day(day, office))
        answer(office, key, as_json, t("cli.post.assigned", grid=place.name))


def end(who: Who, grid: Grid, day: Day = None, as_json: Json = False) -> None:
    from gridconsole.services import roster
    from gridconsole.services.lookup import find_grid, find_person

    with state.open_office() as office:
        actor, key, place = state.operator(office, default="clerk"), find_person(office, who), find_grid(office, grid)
        roster.remove(office, actor, key, place.id, state.parse_day(day, office))
        answer(office, key, as_json, t("cli.post.ended", grid=place.name))


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
