"""ledger verify, list."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("verify", "ledger.verify"))(verify)
    app.command(**command("list", "ledger.list"))(list_)


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


def list_(
    action: Annotated[str | None, typer.Option("--action", help=t("cli.ledger.action"), show_default=False)] = None,
    by: Annotated[str | None, typer.Option("--by", help=t("cli.ledger.by"), show_default=False)] = None,
    day: Annotated[str | None, typer.Option("--date", help=t("cli.ledger.date"), show_default=False)] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("cli.ledger.limit"))] = 200,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.services import audit

    wanted = state.parse_day(day)
    with state.open_office() as desk:
        found = audit.entries(desk, state.operator(desk, default="auditor"), action, by, wanted, limit)
        lines = [
            {
                "seq": entry.seq, "at": state.iso(entry.at, desk), "operator": entry.operator, "door": entry.door,
                "subject": f"{entry.subject_kind}:{entry.subject_id}", "action": entry.action, "facts": dict(entry.facts),
            }
            for entry in found
        ]  # fmt: skip
    if as_json:
        state.print_json(lines)
        return
    for line in lines:
        facts = json.dumps(line.pop("facts"), ensure_ascii=False)
        print(printable("  ".join(map(str, [*line.values(), facts]))))
