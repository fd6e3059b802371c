"""handover plan, do, back: a person's posts and work go to others; the commands are part of the group ``handover``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import sheets, state
from gridconsole.cli.listing import Column, fixed, print_list
from gridconsole.cli.options import Json, Overwrite
from gridconsole.language import t, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.domain.post_handover import Item, PostHandover
    from gridconsole.services.office import Office

Number = Annotated[int, typer.Argument(metavar=t("cli.meta.handover"), help=t("cli.handover.posts_number"), min=1)]
Output = Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.handover.output"), show_default=False)]
Give = Annotated[list[str] | None, typer.Option("--give", help=t("cli.handover.give_option"), show_default=False)]


def plan(
    who: Annotated[str, typer.Argument(metavar=t("cli.meta.warden"), help=t("cli.warden.who"))],
    day: Annotated[str | None, typer.Option("--on", help=t("cli.handover.on"), show_default=False)] = None,
    for_what: Annotated[str, typer.Option("--for", help=t("cli.handover.for"))] = t("HandoverWhy.departure"),
    grid: Annotated[str | None, typer.Option("--grid", help=t("cli.handover.grid"), show_default=False)] = None,
    why: Annotated[str, typer.Option("--why", help=t("cli.warden.leave.why"))] = t("WhyLeft.other"),
    give: Give = None,
    output: Output = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.post_handover import HandoverWhy
    from gridconsole.domain.roster import WhyLeft
    from gridconsole.services import post_handover
    from gridconsole.services.lookup import find_grid, find_person

    sheets.check(output, overwrite)
    given = _given(give)
    with state.open_office() as office:
        actor = state.operator(office, default="clerk")
        planned = post_handover.plan(
            office, actor, find_person(office, who), state.parse_day(day, office),
            state.parse_word(HandoverWhy, for_what, "handover_why"), grid_id=find_grid(office, grid).id if grid else None,
            why_ended=state.parse_word(WhyLeft, why, "why_left"), given=given,
        )  # fmt: skip
        _put(
            office,
            planned,
            output,
            overwrite,
            as_json,
            t("cli.handover.planned", number=planned.number, count=len(planned.items)),
        )
        if not as_json:
            print(t("cli.hint", hint=t("cli.handover.then", number=planned.number)), file=sys.stderr)


def do(
    number: Number,
    give: Give = None,
    sheet: Annotated[str, typer.Option("--sheet", help=t("cli.handover.sheet_option"), show_default=False)] = "",
    no_sheet: Annotated[str, typer.Option("--no-sheet", help=t("cli.handover.no_sheet"), show_default=False)] = "",
    output: Output = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole.services import post_handover

    sheets.check(output, overwrite)
    given = _given(give)
    with state.open_office() as office:
        actor = state.operator(office, default="shift_leader")
        if given:
            post_handover.decide(office, actor, number, given)
        done = post_handover.do(office, actor, number, sheet=sheet, no_sheet=no_sheet)
        _put(office, done, output, overwrite, as_json, t("cli.handover.done", number=number, count=len(done.items), day=done.on))


def back(number: Number, as_json: Json = False) -> None:
    from gridconsole.services import post_handover

    with state.open_office() as office:
        count = post_handover.give_back(office, state.operator(office, default="shift_leader"), number)
    if as_json:
        state.print_json({"number": number, "cases": count})
    else:
        print(t("cli.handover.given_back", number=number, count=count), file=sys.stderr)


def print_posts(office: Office, limit: int, as_json: bool) -> None:
    """Print the newest handovers of posts."""
    from gridconsole.services import post_handover

    found = post_handover.newest(office, limit)
    if as_json:
        state.print_json([_as_json(office, one) for one in found])
        return
    if not found:
        print(t("cli.handover.no_posts"), file=sys.stderr)
        return
    print_list(
        (*fixed("shift_number", "staff_number"), Column("name"), *fixed("occasion", "since", "items", "state"), Column("handover_sheet")),
        (
            (str(one.number), one.code, one.person, word(one.why), one.on.isoformat(), str(len(one.items)), word(one.state), one.sheet)
            for one in found
        ),
    )  # fmt: skip


def put_posts(office: Office, number: int, output: Path | None, overwrite: bool, as_json: bool) -> None:
    """Print a handover of posts, or write its sheet."""
    from gridconsole.services import post_handover

    _put(office, post_handover.show(office, number), output, overwrite, as_json, "")


def _put(office: Office, found: PostHandover, output: Path | None, overwrite: bool, as_json: bool, said: str) -> None:
    from gridconsole.reporting import post_handover as reports

    if said and not as_json:
        print(said, file=sys.stderr)
    if as_json:
        state.print_json(_as_json(office, found))
    if output is not None or not as_json:
        sheets.put(reports.sheet(office, found), office, output, overwrite)


def _given(pairs: Sequence[str] | None) -> dict[str, str]:
    """Return the successors by item, from ``ITEM=NUMBER``.

    Raises:
        BadValue: a pair has no equals sign, or nothing on one side of it.
    """
    from gridconsole.domain.errors import BadValue

    found: dict[str, str] = {}
    for pair in pairs or ():
        item, sign, taker = pair.replace("＝", "=").partition("=")
        if not (sign and item.strip() and taker.strip()):
            raise BadValue(what="give", value=pair, expected="give")
        found[item.strip()] = taker.strip()
    return found


def _as_json(office: Office, found: PostHandover) -> dict[str, Any]:
    return {
        "number": found.number, "why": found.why.value, "state": found.state.value, "person": found.code, "name": found.person,
        "on": found.on.isoformat(), "made_at": state.iso(found.made_at, office), "made_by": found.made_by,
        "done_at": state.iso(found.done_at, office), "done_by": found.done_by or None, "sheet": found.sheet or None,
        "no_sheet": found.no_sheet or None, "items": list(map(_item_json, found.items)),
    }  # fmt: skip


def _item_json(item: Item) -> dict[str, Any]:
    taker = item.successor
    return {
        "kind": item.kind.value, "item": item.label, "place": item.place or None, "rank": item.rank or None, "ordered": item.is_ordered,
        "successor": taker.name if taker else None, "successor_kind": taker.kind.value if taker else None,
        "successor_number": (taker.code or None) if taker else None, "chosen": item.decided is not None,
    }  # fmt: skip
