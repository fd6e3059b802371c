"""office time show, confirm, accept, repair: commands for a machine whose time is in doubt."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command, settings
from gridconsole.language import t

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office
    from gridconsole.services.timekeeping import Standing
    from gridconsole.store.repairs import Span


def add(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=t("cli.time.help"), no_args_is_help=True, **settings())
    group.command(**command("show", "time.show"))(show)
    group.command(**command("confirm", "time.confirm"))(confirm)
    group.command(**command("accept", "time.accept"))(accept)
    group.command(**command("repair", "time.repair"))(repair)
    app.add_typer(group, name="time")


def show(as_json: Json = False) -> None:
    from gridconsole.services import time_repair, timekeeping

    with state.open_office() as office:
        spans = time_repair.wrong_spans(office)
        _say(office, timekeeping.standing(office), "cli.time.standing", as_json, [_span(span, office) for span in spans])
        for span in () if as_json else spans:
            at = _minute(span.accepted_at, office) if span.accepted_at else "-"
            print(t("cli.time.wrong_span", first=span.first, last=span.last, at=at))


def confirm(as_json: Json = False) -> None:
    from gridconsole.services import timekeeping

    with state.open_office() as office:
        _say(office, timekeeping.confirm(office, state.operator(office)), "cli.time.confirmed", as_json)


def accept(
    reason: Annotated[str, typer.Option("--reason", help=t("cli.time.reason"), show_default=False)] = "", as_json: Json = False
) -> None:  # fmt: skip
    from gridconsole.services import timekeeping

    with state.open_office() as office:
        _say(office, timekeeping.accept(office, state.operator(office, default="admin"), reason), "cli.time.accepted", as_json)


def repair(
    first: Annotated[int, typer.Option("--from", min=1, help=t("cli.time.from"))],
    last: Annotated[int | None, typer.Option("--to", min=1, help=t("cli.time.to"), show_default=False)] = None,
    yes: Annotated[bool, typer.Option("--yes", help=t("cli.time.yes"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.services import time_repair

    with state.open_office() as office:
        done = time_repair.repair(office, state.operator(office, default="admin"), first, last, dry_run=not yes)
        steps = {
            name: [{"entry": step.entry, "at": state.iso(step.at, office), "number": step.number} for step in found]
            for name, found in (("escalations", done.escalations), ("resumptions", done.resumptions), ("kept", done.kept))
        }
        if as_json:
            state.print_json(
                {"first": done.first, "last": done.last, "rightful": done.rightful, "dry_run": done.dry_run, **steps}
            )
            return
        for step in (*done.escalations, *done.resumptions):
            print(
                t(
                    "cli.time.step",
                    entry=step.entry,
                    at=_minute(step.at, office),
                    number=step.number,
                    what=t(f"cli.time.step.{step.what}"),
                )
            )
    key = "cli.time.would_repair" if done.dry_run else "cli.time.repaired"
    print(t(key, first=done.first, last=done.last, escalations=len(done.escalations), resumptions=len(done.resumptions)))
    if done.rightful:
        print(t("cli.time.rightful", count=done.rightful), file=sys.stderr)
    if done.kept:
        print(t("cli.time.kept", numbers=[step.number for step in done.kept]), file=sys.stderr)
    if done.dry_run:
        print(t("cli.time.confirm_repair"), file=sys.stderr)


def _span(span: Span, office: Office) -> dict[str, Any]:
    accepted = state.iso(span.accepted_at, office) if span.accepted_at else None
    return {"first": span.first, "last": span.last, "accepted_at": accepted}


def _minute(at: datetime, office: Office) -> str:
    return f"{at.astimezone(office.calendar.zone):%Y-%m-%d %H:%M}"


def _say(office: Office, found: Standing, key: str, as_json: bool, wrong: list[dict[str, Any]] | None = None) -> None:
    reference = found.reference
    if as_json:
        answer: dict[str, Any] = {
            "now": state.iso(found.now, office), "doubt": found.doubt.value if found.doubt else None,
            "reference": reference.entry if reference else None, "reference_at": state.iso(reference.at, office) if reference else None,
        }  # fmt: skip
        if wrong is not None:
            answer["wrong_spans"] = wrong
        state.print_json(answer)
        return
    newest = _minute(reference.at, office) if reference else "-"
    print(t(key, now=_minute(found.now, office), newest=newest, number=reference.entry if reference else 0))
    if found.doubt is not None:
        print(t(f"cli.time.doubt.{found.doubt}"), file=sys.stderr)
