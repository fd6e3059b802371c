"""``gridconsole do``: a typed command such as ``派 0012 城管局``, as the console's palette takes it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state, text_files
from gridconsole.cli.options import Json
from gridconsole.cli.status import EXIT_NOTHING, EXIT_REJECTED, status_of
from gridconsole.domain.errors import GridConsoleError, LineFlaw, LineWrong
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.services.typed_acts import Plan

FROM_INPUT = "-"


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("do", help=t("cli.do.help"))(do)


def do(
    line: Annotated[str, typer.Argument(metavar=t("cli.meta.line"), help=t("cli.do.line"))],
    yes: Annotated[bool, typer.Option("--yes", help=t("cli.do.yes"))] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.do.dry_run"))] = False,
    as_json: Json = False,
) -> None:
    lines = [line] if line != FROM_INPUT else [one for one in text_files.lines(FROM_INPUT) if one is None or one.strip()] or [""]
    with state.open_office(sweep=True) as office:
        actor = state.operator(office)
        errors = [error for said in lines if (error := _line(office, actor, said, yes, dry_run, as_json, len(lines) == 1))]
    if errors:
        raise typer.Exit(
            status_of(errors[0]) if len(lines) == 1 else EXIT_NOTHING if len(errors) == len(lines) else EXIT_REJECTED
        )


def _line(
    office: Office, actor: Actor, said: str | None, yes: bool, dry_run: bool, as_json: bool, is_only: bool
) -> GridConsoleError | None:  # fmt: skip
    """Carry out one line; the error of one of several lines is printed and returned, that of the only one is raised."""
    from gridconsole.language import typed_line
    from gridconsole.services import typed_acts

    try:
        if said is None:
            raise LineWrong(why=LineFlaw.UNREADABLE, choices=["UTF-8", "GB18030"])
        typed = typed_line.parse(said)
        if typed.verb.does is typed_line.Other.SEARCH:
            if not typed.text:
                raise LineWrong(why=LineFlaw.MISSING_WORDS, choices=[typed.verb.example])
            from gridconsole.cli import incidents

            incidents.look_for(office, typed.text, as_json)
            return None
        planned = typed_acts.plan(office, actor, typed)
        if planned.refusal is not None:
            raise planned.refusal
        if not dry_run:
            if planned.needs_a_second_look and not yes:
                _print_plan(office, planned, sys.stderr)
                raise LineWrong(why=LineFlaw.UNSURE, choices=["--yes", "--dry-run"])
            typed_acts.carry_out(office, actor, planned)
    except GridConsoleError as error:
        if is_only:
            raise
        _print_error(said or "\N{REPLACEMENT CHARACTER}", error, as_json)
        return error
    if as_json:
        state.print_json(_encoded(office, planned, is_done=not dry_run))
    else:
        _print_plan(office, planned, sys.stdout)
    return None


def _print_plan(office: Office, planned: Plan, stream: Any) -> None:
    from gridconsole.language.planning import planned_line

    now, calendar = office.now(), office.calendar
    for one in planned.acts:
        print(planned_line(one.row, one.act, one.after, one.due_at, now, calendar), file=stream)


def _print_error(said: str, error: GridConsoleError, as_json: bool) -> None:
    from gridconsole.language import sentences
    from gridconsole.language.error_sentences import Surface, error_sentence

    message, hint = error_sentence(error, Surface.COMMAND_LINE)
    if as_json:
        state.print_json({"line": said, "error": {"code": error.code, "message": message, "hint": hint}})
    else:
        print(f"{said}: [{error.code}] {sentences(message, hint)}", file=sys.stderr)


def _encoded(office: Office, planned: Plan, *, is_done: bool) -> dict[str, object]:
    return {
        "done": is_done,
        "acts": [
            {
                "number": one.row.number, "action": one.act.action.value, "from": one.row.state.value,
                "to": one.after.value if one.after is not None else None, "due_at": state.iso(one.due_at, office),
            }
            for one in planned.acts
        ],
    }  # fmt: skip
