"""callback list: reporters to call back, and dissatisfied answers that need a decision. A call is recorded by ``incident act``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.incidents import ALL_ROWS, SHOWN_ROWS
from gridconsole.cli.listing import Column, print_list
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.call_backs import DueLine


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("list", "callback.list"))(list_)


def list_(
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=t("cli.callback.limit"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.services import callbacks

    most = limit or (ALL_ROWS if as_json else SHOWN_ROWS)
    with state.look_into_office(sweep=True) as office:
        lines = (*callbacks.dissatisfied(office, most), *callbacks.due(office, most))[:most]
        if as_json:
            state.print_json([_as_json(office, line) for line in lines])
            return
        _print(office, lines)
    if limit is None and len(lines) >= SHOWN_ROWS:
        print(t("cli.incident.first", count=SHOWN_ROWS), file=sys.stderr)


def _as_json(office: Office, line: DueLine) -> dict[str, Any]:
    return {"number": line.number, "call_back": line.standing.value, "source": line.source.value,
            "closed_at": state.iso(line.closed_at, office), "tries": line.tries, "reporter": line.reporter or None,
            "phone": line.phone or None, "category": line.category or None, "area": line.area or None, "handler": line.handler or None,
            "address": line.address, "summary": line.summary}  # fmt: skip


def _print(office: Office, lines: tuple[DueLine, ...]) -> None:
    from gridconsole.language import word
    from gridconsole.language.durations import local_text

    if not lines:
        print(t("cli.callback.none"), file=sys.stderr)
        return
    print_list(
        [Column(key, None if key in ("number", "closed_at", "phone") else 4) for key in
         ("standing", "number", "closed_at", "tries", "reporter", "phone", "category", "handler", "address")],
        (
            (word(line.standing), line.number, local_text(line.closed_at, office.calendar), str(line.tries or ""), line.reporter,
             line.phone, line.category, line.handler, line.address or line.summary)
            for line in lines
        ),
    )  # fmt: skip
