"""ledger verify."""

from __future__ import annotations

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.callback()(_group)
    app.command(**command("verify", "ledger.verify"))(verify)


def _group() -> None:
    """Keeps ``verify`` a command of its own name."""


def verify(as_json: Json = False) -> None:
    from gridconsole.cli.status import EXIT_DATABASE
    from gridconsole.services import audit

    with state.open_office() as desk:
        verdict = audit.verify(desk)
    if as_json:
        state.print_json(
            {"ok": verdict.ok, "entries": verdict.entries, "head": verdict.head, "first_broken": verdict.first_broken}
        )
    elif verdict.ok:
        print(t("cli.ledger.ok", entries=verdict.entries, head=verdict.head[:32]))
    else:
        print(t("cli.ledger.broken", number=verdict.first_broken))
    if not verdict.ok:
        raise typer.Exit(EXIT_DATABASE)
