"""handover: the sheet, giving, taking, past handovers, and the changes since an operator left."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import post_handovers, sheets, state
from gridconsole.cli.listing import Column, fixed, print_list
from gridconsole.cli.options import Json, Overwrite, command
from gridconsole.domain.views.digest import Digest
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.handover import HandoverSheet
    from gridconsole.services.handover import HandoverView
    from gridconsole.services.office import Office
    from gridconsole.store.handovers import HandoverRecord

SHOWN = 50
"""Handovers listed by default."""
Posts = Annotated[bool, typer.Option("--posts", help=t("cli.handover.posts"))]
Output = Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.handover.output"), show_default=False)]
Number = Annotated[
    int | None, typer.Argument(metavar=t("cli.meta.handover"), help=t("cli.handover.number"), min=1, show_default=False)
]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    for name, function in {**_commands(), **_of_posts()}.items():
        app.command(**command(name, f"handover.{name}"))(function)


def _of_posts() -> dict[str, Callable[..., None]]:
    return {"plan": post_handovers.plan, "do": post_handovers.do, "back": post_handovers.back}


def add_renamed(app: typer.Typer) -> None:
    """Add the commands under the names they had in ``shift``; each names its new one."""
    app.callback()(_say_renamed)
    for name, function in _commands().items():
        app.command(**command(_OLD_NAMES.get(name, name), f"handover.{name}"))(function)


_OLD_NAMES = {"give": "hand-over", "take": "take-over"}


def _commands() -> dict[str, Callable[..., None]]:
    return {"sheet": sheet, "give": give, "take": take, "withdraw": withdraw, "list": list_, "show": show, "digest": digest}


def _say_renamed(context: typer.Context) -> None:
    old = context.invoked_subcommand or ""
    new = next((name for name, before in _OLD_NAMES.items() if before == old), old)
    print(t("cli.renamed", old=f"shift {old}", new=f"gridconsole handover {new}"), file=sys.stderr)


def sheet(output: Output = None, overwrite: Overwrite = False, as_json: Json = False) -> None:
    from gridconsole.reporting import handover as reports
    from gridconsole.services import handover

    with state.look_into_office(sweep=True) as office:
        found = handover.sheet(office)
        if as_json:
            state.print_json(_sheet_json(office, found))
            return
        sheets.put(reports.preview(office, found), office, output, overwrite)


def give(
    to: Annotated[str | None, typer.Option("--to", help=t("cli.handover.to"), show_default=False)] = None,
    remarks: Annotated[str, typer.Option("--remarks", help=t("cli.handover.remarks"), show_default=False)] = "",
    output: Output = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole.reporting import handover as reports
    from gridconsole.services import handover
    from gridconsole.services.actors import find_operator

    sheets.check(output, overwrite)
    words = sys.stdin.read() if remarks == "-" else remarks
    with state.open_office(sweep=True) as office:
        actor = state.operator(office)
        made = handover.hand_over(office, actor, words, find_operator(office, to) if to else None)
        if as_json:
            state.print_json(_handover_json(office, made))
        else:
            # Before the sheet is written: the handover is done, even if writing the file fails.
            print(_handed(made), file=sys.stderr)
            print(t("cli.hint", hint=t("cli.handover.next")), file=sys.stderr)
        if output is not None:
            sheets.put(reports.of_handover(office, made), office, output, overwrite)


def take(
    number: Number = None, output: Output = None, overwrite: Overwrite = False, as_json: Json = False
) -> None:  # fmt: skip
    from gridconsole.reporting import handover as reports
    from gridconsole.services import handover

    sheets.check(output, overwrite)
    with state.open_office(sweep=True) as office:
        taken = handover.take_over(office, state.operator(office), number)
        if as_json:
            state.print_json(_handover_json(office, taken))
        else:
            print(t("cli.handover.taken", number=taken.made.id, standing=reports.standing(taken.made)), file=sys.stderr)
        if output is not None or not as_json:
            sheets.put(reports.of_handover(office, taken), office, output, overwrite)


def withdraw(number: Number = None, as_json: Json = False) -> None:
    from gridconsole.reporting import handover as reports
    from gridconsole.services import handover

    with state.open_office() as office:
        gone = handover.withdraw(office, state.operator(office), number)
        if as_json:
            state.print_json(_handover_json(office, gone))
            return
        print(t("cli.handover.taken", number=gone.made.id, standing=reports.standing(gone.made)), file=sys.stderr)


def list_(
    day: Annotated[str | None, typer.Option("--date", help=t("cli.handover.date"), show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("cli.handover.limit"))] = SHOWN,
    posts: Posts = False,
    as_json: Json = False,
) -> None:
    from gridconsole.services import handover

    with state.look_into_office() as office:
        if posts:
            post_handovers.print_posts(office, limit, as_json)
            return
        wanted = state.parse_day(day, office)
        first = office.midnight(wanted) if wanted else office.now() - timedelta(days=36_500)
        last = office.midnight(wanted + timedelta(days=1)) if wanted else office.now() + timedelta(days=1)
        found = handover.between(office, first, last, limit)
        if as_json:
            state.print_json([_made_json(office, made) for made in found])
            return
        _print(office, found)


def show(
    number: Annotated[int, typer.Argument(metavar=t("cli.meta.handover"), help=t("cli.handover.number"), min=1)],
    output: Output = None,
    overwrite: Overwrite = False,
    posts: Posts = False,
    as_json: Json = False,
) -> None:
    from gridconsole.reporting import handover as reports
    from gridconsole.services import handover

    with state.look_into_office(sweep=True) as office:
        if posts:
            post_handovers.put_posts(office, number, output, overwrite, as_json)
            return
        found = handover.shown(office, number)
        if as_json:
            state.print_json(_handover_json(office, found))
            return
        sheets.put(reports.of_handover(office, found), office, output, overwrite)


def digest(
    since: Annotated[str | None, typer.Option("--since", help=t("cli.handover.since"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import digest as digests

    with state.open_office(sweep=True) as office:
        actor = state.operator(office)
        found = digests.since_moment(office, actor, _moment(office, since)) if since else digests.latest(office, actor)
        if as_json:
            state.print_json(_digest_json(office, found))
            return
        from gridconsole.domain.text import printable
        from gridconsole.language.news import digest_head, digest_line

        for line in (*digest_head(found, office.calendar), *(digest_line(line, office.calendar) for line in found.lines)):
            print(printable(line))


def _moment(office: Office, text: str) -> datetime:
    """Parse a day (from its beginning), a day and a time, or a moment in words; in the office's zone if none is given."""
    from gridconsole.domain.errors import BadValue

    try:
        at = datetime.fromisoformat(text.strip())
        at = at if at.tzinfo is not None else at.replace(tzinfo=office.calendar.zone)
        at.astimezone(UTC)
    except (ValueError, OverflowError):
        found = state.parse_moment(text, office)
        if found is None:
            raise BadValue(what="moment", value=text, expected="moment") from None
        return found
    if not state.FIRST_YEAR <= at.year <= state.LAST_YEAR:
        raise BadValue(what="moment", value=text, expected="moment")
    return at


def _digest_json(office: Office, found: Digest) -> dict[str, Any]:
    return {
        "since": state.iso(found.since, office), "until": state.iso(found.until, office), "acts": found.acts, "cases": found.cases,
        "capped": found.is_capped, "counts": {kind.value: count for kind, count in found.counts.items()},
        "list": [
            {"number": line.row.number, "state": line.row.state.value, "news": [kind.value for kind in line.news],
             "concerns_you": line.concerns, "category": line.row.category or None, "place": line.row.grid_name or line.row.area_name,
             "action": line.action or None, "operator": line.operator or None, "at": state.iso(line.at, office)}
            for line in found.lines
        ],
    }  # fmt: skip


def _handed(made: HandoverView) -> str:
    from gridconsole.domain.handover import SheetPart
    from gridconsole.reporting.handover import standing

    totals = made.sheet.totals
    return t("cli.handover.handed", number=made.made.id, operator=made.made.made_name, standing=standing(made.made),
             open=made.sheet.open_total, overdue=totals[SheetPart.OVERDUE], due=totals[SheetPart.DUE], asked=totals[SheetPart.ASKED])  # fmt: skip


def _print(office: Office, found: tuple[HandoverRecord, ...]) -> None:
    from gridconsole.reporting.handover import standing

    if not found:
        print(t("cli.handover.none"), file=sys.stderr)
        return
    # Only the remarks are shortened on a narrow terminal.
    print_list(
        (*fixed("shift_number", "made_at", "made_by", "standing_of_shift"), Column("remarks", 8)),
        (
            (str(made.id), f"{made.made_at.astimezone(office.calendar.zone):%Y-%m-%d %H:%M}", made.made_name, standing(made),
             " ".join(made.remarks.split()))
            for made in found
        ),
    )  # fmt: skip


def _made_json(office: Office, made: HandoverRecord) -> dict[str, Any]:
    return {"number": made.id, "made_at": state.iso(made.made_at, office), "made_by": made.made_name, "to": made.to_name or None,
            "remarks": made.remarks, "ledger": made.seq, "taken_at": state.iso(made.taken_at, office), "taken_by": made.taken_name or None,
            "withdrawn_at": state.iso(made.withdrawn_at, office), "waiting": made.is_open}  # fmt: skip


def _handover_json(office: Office, view: HandoverView) -> dict[str, Any]:
    return {**_made_json(office, view.made), "as_made": view.is_as_made, "changed_since": view.changed,
            "changed_capped": view.is_capped, "changed_on_sheet": sorted(view.moved), "sheet": _sheet_json(office, view.sheet)}  # fmt: skip


def _sheet_json(office: Office, sheet: HandoverSheet) -> dict[str, Any]:
    from gridconsole.domain.handover import SheetPart

    return {
        "at": state.iso(sheet.at, office), "ledger": sheet.seq, "open": sheet.open_total,
        "states": {name.value: {"waiting": count, "overdue": sheet.overdue.get(name, 0)} for name, count in sheet.waiting.items()},
        "totals": {part.value: sheet.totals.get(part, 0) for part in SheetPart},
        "cases": [
            {"part": line.part.value, "number": line.number, "state": line.state.value, "due_at": state.iso(line.due_at, office),
             "place": line.place, "category": line.category or None, "handler": line.handler or None,
             "asked_for": line.asked_for.value if line.asked_for else None, "asked_by": line.asked_by or None,
             "asked_at": state.iso(line.asked_at, office), "lacking": line.lacking.value if line.lacking else None,
             "resumes": line.day.isoformat() if line.day else None}
            for line in sheet.lines
        ],
    }  # fmt: skip
