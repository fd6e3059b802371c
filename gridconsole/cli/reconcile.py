"""reconcile: compare other systems' lists with this office, and take the steps that they ask for."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import sheets, state
from gridconsole.cli.options import Json, Overwrite, command
from gridconsole.cli.status import EXIT_NOTHING, EXIT_REJECTED
from gridconsole.language import Sentence, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.services.many import Outcome
    from gridconsole.services.office import Office
    from gridconsole.services.reconciling import Reconciliation


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("reconcile", "reconcile"))(reconcile)


def reconcile(
    source_list: Annotated[str, typer.Option("--source-list", help=t("cli.reconcile.source_list"), show_default=False)] = "",
    do: Annotated[bool, typer.Option("--do", help=t("cli.reconcile.do"))] = False,
    numbers: Annotated[list[str] | None, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.reconcile.numbers"))] = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.report.output"), show_default=False)] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.importing.options import list_named
    from gridconsole.services import reconciling

    source_list = list_named(source_list)
    if numbers and not do:
        raise BadValue(what="option", value=" ".join(numbers), expected="reconcile_do")
    sheets.check(output, overwrite)
    with state.open_office(sweep=True) as office:
        actor = state.operator(office) if do else state.operator_or_none(office)
        done: tuple[Outcome, ...] = ()
        if do:
            assert actor is not None  # noqa: S101  state.operator returns one
            chosen = None if not numbers else [_full(office, number) for number in numbers]
            from gridconsole.cli import progress

            with progress.stages() as watch:
                done = reconciling.carry_out(office, actor, chosen, source_list, lambda at, total: watch("reconcile", at, total))
        found = reconciling.read(office, actor, source_list)
        if as_json:
            state.print_json({**_answer(office, found), **({"done": [_outcome(one) for one in done]} if do else {})})
        else:
            _say(office, found, done if do else None, output, overwrite)
    failed = sum(one.error is not None for one in done)
    if failed:
        raise typer.Exit(EXIT_NOTHING if failed == len(done) else EXIT_REJECTED)


def _full(office: Office, number: str) -> str:
    from gridconsole.services import case_queries

    return case_queries.find_number(office, number)


def _say(office: Office, found: Reconciliation, done: Sequence[Outcome] | None, output: Path | None, overwrite: bool) -> None:
    from gridconsole.language.error_sentences import error_sentence
    from gridconsole.reporting import reconciling as reports
    from gridconsole.services import reconciling

    by_hand = [one for one in reconciling.lines_of(found.found) if one.unknown_unit is not None] if done is not None else []
    if done is not None and not done and not by_hand:
        print(t("reconcile.nothing"), file=sys.stderr)
    for case in by_hand:
        why = reports.unit_words(case.unknown_unit or "")
        print(t("cli.reconcile.refused", number=case.row.number, why=Sentence(why)), file=sys.stderr)
    for one in done or ():
        if one.receipt is not None:
            print(t("cli.reconcile.done", number=one.number, state=one.receipt.state))
        elif one.error is not None:
            message, hint = error_sentence(one.error)
            print(t("cli.reconcile.refused", number=one.number, why=Sentence(message)), file=sys.stderr)
            print(t("cli.hint", hint=Sentence(hint)), file=sys.stderr)
    if not found.lists:
        print(t("cli.reconcile.no_list"), file=sys.stderr)
        if output is None:
            return
    for name, file, _ in found.lists:
        print(
            t("cli.reconcile.list", name=t("cli.reconcile.unnamed") if name.startswith("#") else name, file=file), file=sys.stderr
        )
    sheets.put(reports.report(office, found), office, output, overwrite)
    if found.can:
        steps = [t("cli.reconcile.step", action=action, count=count) for action, count in found.can.items()]
        print(t("cli.reconcile.can", steps=steps), file=sys.stderr)


def _answer(office: Office, found: Reconciliation) -> dict[str, Any]:
    from gridconsole.domain.text import mask_text
    from gridconsole.domain.views.reconciling import Difference

    return {
        "lists": [{"name": name, "file": file, "at": at} for name, file, at in found.lists],
        **{
            difference.value: [
                {
                    "number": one.row.number, "source_ref": one.source_ref or None, "state": one.row.state.value,
                    "said": one.mark.said if one.mark else None,
                    "done_at": one.mark.done_at.isoformat() if one.mark and one.mark.done_at else None,
                    "result": mask_text(one.mark.result) if one.mark else None,
                    "times": one.mark.times if one.mark else None,
                    "closed_at": state.iso(one.row.closed_at, office), "step": one.step.value if one.step else None,
                }
                for one in found.found[difference]
            ]
            for difference in Difference
        },
    }  # fmt: skip


def _outcome(one: Outcome) -> dict[str, Any]:
    return {
        "number": one.number,
        "state": one.receipt.state.value if one.receipt is not None else None,
        "error": state.error_of(one.error) if one.error is not None else None,
    }
