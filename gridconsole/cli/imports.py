"""import."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.importing.engine import Outcome
    from gridconsole.importing.rows import Issue

SHOWN_ISSUES = 20


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("import", "import"))(import_)


def import_(
    kind: Annotated[str, typer.Argument(metavar=t("cli.meta.kind"), help=t("cli.import.kind"))],
    files: Annotated[list[Path], typer.Argument(metavar=t("cli.meta.files"), help=t("cli.import.files"))],
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.import.dry_run"))] = False,
    encoding: Annotated[str | None, typer.Option("--encoding", help=t("cli.import.encoding"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.progress import counter
    from gridconsole.cli.status import EXIT_NOTHING, EXIT_REJECTED
    from gridconsole.importing.engine import run
    from gridconsole.importing.plan import Verdict

    outcomes: list[Outcome] = []
    try:
        with state.open_office() as desk:
            actor = state.operator(desk, default="clerk")
            for file in files:
                with counter(file.name) as progress:
                    outcomes.append(run(desk, actor, kind, file, dry_run=dry_run, encoding=encoding, progress=progress))
                if not as_json:
                    _print(outcomes[-1])
    finally:
        # Files already taken stay taken when a later one is refused; a program reading the answer gets the error alone.
        if as_json and len(outcomes) == len(files):
            answers = [_as_json(outcome) for outcome in outcomes]
            state.print_json(answers[0] if len(files) == 1 else answers)
    rejected = sum(outcome.counts[Verdict.REJECTED] for outcome in outcomes)
    if rejected:
        taken = sum(outcome.read for outcome in outcomes) - rejected
        raise typer.Exit(EXIT_REJECTED if taken else EXIT_NOTHING)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    counts = {verdict.value: count for verdict, count in outcome.counts.items()}
    return {"kind": outcome.kind, "file": outcome.file, "batch": outcome.batch, "dry_run": outcome.dry_run, "read": outcome.read,
            **counts, "issues": [_issue(issue) for issue in outcome.issues]}  # fmt: skip


def _issue(issue: Issue) -> dict[str, Any]:
    from gridconsole.language.wording import issue_text

    message, suggestion = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
    return {"sheet": issue.sheet, "row": issue.row, "column": issue.column, "code": issue.code, "severity": issue.severity,
            "message": message, "suggestion": suggestion}  # fmt: skip


def _print(outcome: Outcome) -> None:
    from gridconsole.domain.text import printable

    counts = {verdict.value: count for verdict, count in outcome.counts.items()}
    print(t("cli.import.dry" if outcome.dry_run else "cli.import.done", file=outcome.file, read=outcome.read, **counts))
    for issue in outcome.issues[:SHOWN_ISSUES]:
        worded = _issue(issue)
        sheet = f"!{worded['sheet']}" if worded["sheet"] else ""
        advice = f" {t('cli.import.advice', advice=worded['suggestion'])}" if worded["suggestion"] else ""
        line = f"  {t(f'severity.{issue.severity}')} {outcome.file}{sheet} 第 {issue.row} 行：{worded['message']} [{issue.code}]{advice}"
        print(printable(line), file=sys.stderr)
    if len(outcome.issues) > SHOWN_ISSUES:
        print(t("cli.import.more", shown=SHOWN_ISSUES, total=len(outcome.issues)), file=sys.stderr)
