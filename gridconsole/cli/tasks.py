"""task list: inspections that were assigned, to whom, and until when. Assigning and the result are ``incident act``."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.incidents import ALL_ROWS, SHOWN_ROWS, task_of
from gridconsole.cli.listing import fixed, flexible, print_list
from gridconsole.cli.options import Json, command
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.language import short_time, t

if TYPE_CHECKING:
    from gridconsole.services.office import Office


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("list", "task.list"))(list_)


def list_(
    kind: Annotated[str | None, typer.Option("--kind", help=t("cli.task.kind"), show_default=False)] = None,
    assignee: Annotated[str, typer.Option("--assignee", help=t("cli.task.assignee"), show_default=False)] = "",
    mine: Annotated[bool, typer.Option("--mine", help=t("cli.task.mine"))] = False,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help=t("cli.callback.limit"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.codes import TaskKind
    from gridconsole.services import tasks

    wanted = state.parse_word(TaskKind, kind, "task_kind") if kind else None
    most = limit or (ALL_ROWS if as_json else SHOWN_ROWS)
    with state.look_into_office(sweep=True) as office:
        lines = tasks.out(office, wanted, assignee, state.operator(office) if mine else None)[:most]
        if as_json:
            state.print_json([_as_json(office, line) for line in lines])
            return
        _print(office, lines)
    if limit is None and len(lines) >= SHOWN_ROWS:
        print(t("cli.incident.first", count=SHOWN_ROWS), file=sys.stderr)


def _as_json(office: Office, line: TaskLine) -> dict[str, Any]:
    about = {"number": line.number, "category": line.category or None, "area": line.area or None, "address": line.address}
    return about | task_of(office, line)


def _print(office: Office, lines: tuple[TaskLine, ...]) -> None:
    from gridconsole.language import word

    if not lines:
        print(t("cli.task.none"), file=sys.stderr)
        return
    now = office.now()
    print_list(
        (*fixed("task", "number", "assignee", "task_due", "punctual"), *flexible("handler", "address")),
        (
            (word(line.kind), line.number, line.assignee.name, short_time(line.due_at, office.calendar.zone) if line.due_at else "",
             t("in_time.late" if line.is_late(now) else "in_time.waiting"), line.handler_name, line.address)
            for line in lines
        ),
    )  # fmt: skip
