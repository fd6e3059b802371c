"""grid split, merge, transfer, undo, changes: grids that change; without ``--do`` only a preview of where everything lands."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.listing import Column, fixed, print_list
from gridconsole.cli.options import Json, command
from gridconsole.language import t, word

if TYPE_CHECKING:
    from gridconsole.domain.grid_change import Part, Preview
    from gridconsole.services.grid_changes import Wish
    from gridconsole.services.office import Office

Grid = Annotated[str, typer.Argument(metavar=t("cli.meta.grid"), help=t("cli.grid.grid"))]
Name = Annotated[str, typer.Option("--name", help=t("cli.grid.name"), show_default=False)]
Do = Annotated[bool, typer.Option("--do", help=t("cli.grid.do"))]
Reason = Annotated[str, typer.Option("--reason", help=t("cli.grid.reason"), show_default=False)]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in _commands().items():
        app.command(**command(name, f"grid.{name}"))(function)


def _commands() -> dict[str, Callable[..., None]]:
    return {"split": split, "merge": merge, "transfer": transfer, "undo": undo, "changes": changes}


def split(
    grid: Grid,
    into: Annotated[list[str], typer.Option("--into", help=t("cli.grid.into"))],
    post: Annotated[list[str] | None, typer.Option("--post", help=t("cli.grid.post"), show_default=False)] = None,
    reason: Reason = "",
    do: Do = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.roster import GridChangeKind
    from gridconsole.services.grid_changes import Wish
    from gridconsole.services.lookup import find_grid

    with state.open_office() as office:
        parts = _parts(office, into, post or [])
        _show(office, Wish(GridChangeKind.SPLIT, (find_grid(office, grid).id,), parts), reason, do, as_json)


def merge(
    grids: Annotated[list[str], typer.Argument(metavar=t("cli.meta.grid"), help=t("cli.grid.grids"))],
    name: Name = "",
    reason: Reason = "",
    do: Do = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.roster import GridChangeKind
    from gridconsole.services.grid_changes import Wish
    from gridconsole.services.lookup import find_grid

    with state.open_office() as office:
        keys = tuple(find_grid(office, grid).id for grid in grids)
        _show(office, Wish(GridChangeKind.MERGE, keys, _named(name)), reason, do, as_json)


def transfer(
    grid: Grid,
    community: Annotated[str, typer.Argument(metavar=t("cli.meta.community"), help=t("cli.grid.community"))],
    name: Name = "",
    reason: Reason = "",
    do: Do = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.roster import GridChangeKind
    from gridconsole.services.grid_changes import Wish
    from gridconsole.services.lookup import find_area, find_grid

    with state.open_office() as office:
        area = find_area(office, community)
        _show(office, Wish(GridChangeKind.TRANSFER, (find_grid(office, grid).id,), _named(name), area), reason, do, as_json)


def undo(
    number: Annotated[int, typer.Argument(metavar=t("cli.meta.grid_change"), help=t("cli.grid.number"), min=1)],
    reason: Reason = "",
    as_json: Json = False,
) -> None:
    from gridconsole.services import grid_changes

    with state.open_office() as office:
        grid_changes.undo(office, state.operator(office, default="shift_leader"), number, reason)
    if as_json:
        state.print_json({"number": number, "undone": True})
    else:
        print(t("cli.grid.undone", number=number), file=sys.stderr)


def changes(limit: Annotated[int, typer.Option("--limit", min=1, help=t("cli.grid.limit"))] = 50, as_json: Json = False) -> None:
    from gridconsole.services import grid_changes

    with state.look_into_office() as office:
        found = grid_changes.listed(office, limit)
        if as_json:
            state.print_json([
                {
                    "number": one.number, "kind": one.kind.value, "on": one.on.isoformat(), "by": one.made_by, "entry": one.entry,
                    "undone_at": one.undone_at.isoformat() if one.undone_at else None, "undone_by": one.undone_by or None,
                }
                for one in found
            ])  # fmt: skip
            return
        print_list(
            (*fixed("change_number", "date"), Column("change"), Column("operator"), Column("undone")),
            (
                (str(one.number), str(one.on), word(one.kind), one.made_by, f"{word(one.undone_at)} {one.undone_by}" if one.undone_at else "")
                for one in found
            ),
        )  # fmt: skip


def _named(name: str) -> tuple[Part, ...]:
    from gridconsole.domain.grid_change import Part

    return (Part(name),) if name.strip() else ()


def _parts(office: Office, into: list[str], posts: list[str]) -> tuple[Part, ...]:
    """Read parts ``NAME`` or ``NAME:words,words``, and posts ``PERSON=NAME``."""
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.grid_change import Part
    from gridconsole.domain.text import clean_line, fold_width
    from gridconsole.services.lookup import find_person

    people: dict[str, set[int]] = {}
    for said in posts:
        who, sign, name = fold_width(said).partition("=")
        if not sign:
            raise BadValue(what="grid_post", value=said, expected="grid_post")
        people.setdefault(clean_line(name), set()).add(find_person(office, who))
    parts = []
    for said in into:
        name, _, words = fold_width(said).partition(":")
        named = clean_line(name)
        parts.append(Part(named, tuple(_words(words)), frozenset(people.pop(named)) if named in people else None))
    for name in people:
        raise BadValue(what="grid_part", value=name, expected="grid_part")
    return tuple(parts)


def _words(said: str) -> Iterator[str]:
    return (part for part in said.replace("，", ",").replace("、", ",").split(",") if part.strip())


def _show(office: Office, wish: Wish, reason: str, do: bool, as_json: bool) -> None:
    """Print where everything lands, and carry it out if asked to."""
    from gridconsole.services import grid_changes

    if do:
        shown = grid_changes.change(office, state.operator(office, default="shift_leader"), wish, reason)
    else:
        shown = grid_changes.preview(office, wish)
    if as_json:
        state.print_json(_json(shown))
        return
    from gridconsole.language.grid_changes import landing_lines

    print_list((Column("thing"), Column("lands_in")), landing_lines(shown))
    if do:
        print(t("cli.grid.done", number=shown.number, kind=word(shown.kind)), file=sys.stderr)
    else:
        print(t("cli.hint", hint=t("cli.grid.preview")), file=sys.stderr)


def _json(shown: Preview) -> dict[str, Any]:
    return {
        "number": shown.number or None,
        "kind": shown.kind.value,
        "on": shown.on.isoformat(),
        "from": [{"code": code, "name": name} for code, name in shown.old],
        "to": [
            {
                "code": one.code, "name": one.name, "words": list(one.words), "cases": Counter(at for _, at in shown.cases)[place],
                "components": shown.components[place],
                "people": [
                    {"name": landing.name, "rank": rank} for landing in shown.posts for at, rank in landing.into if at == place
                ],
            }
            for place, one in enumerate(shown.new)
        ],
        "cases": [{"number": one.number, "to": shown.new[place].code} for one, place in shown.cases],
        "posts_ended": [landing.name for landing in shown.posts if not landing.into],
        "teams": list(shown.teams),
        "base_data": shown.base.value,
    }  # fmt: skip
