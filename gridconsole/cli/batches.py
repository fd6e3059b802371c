"""batch list, show, undo, retry: the history of imports."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.batches import BatchRow

SHOWN_NAMES = 20
Number = Annotated[int, typer.Argument(metavar=t("cli.meta.batch"), help=t("cli.batch.number"))]
DryRun = Annotated[bool, typer.Option("--dry-run", help=t("cli.import.dry_run"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("list", "batch.list"))(list_)
    app.command(**command("show", "batch.show"))(show)
    app.command(**command("undo", "batch.undo"))(undo)
    app.command(**command("retry", "batch.retry"))(retry)


def list_(
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("cli.batch.limit"))] = 50,
    as_json: Json = False,
) -> None:
    from gridconsole.store import batches

    with state.look_into_office() as office:
        with office.database.reading() as connection:
            found = batches.batches(connection, limit)
        if as_json:
            state.print_json([_as_json(office, batch) for batch in found])
            return
        for batch in found:
            print(_line(office, batch))
        if not found:
            print(t("cli.batch.none"), file=sys.stderr)


def show(number: Number, as_json: Json = False) -> None:
    from gridconsole.importing.undo import known_batch
    from gridconsole.language.error_sentences import issue_text
    from gridconsole.store import batches

    with state.look_into_office() as office:
        with office.database.reading() as connection:
            batch = known_batch(connection, number)
            issues = batches.issues_of(connection, number)
        worded = [(issue, issue_text(issue.code, issue.column, "…", "")[0]) for issue in issues]
        if as_json:
            state.print_json({
                **_as_json(office, batch),
                "issues": [{"sheet": issue.sheet, "row": issue.row, "column": issue.column, "code": issue.code,
                            "severity": issue.severity, "message": message} for issue, message in worded],
            })  # fmt: skip
            return
        print(_line(office, batch))
        for issue, message in worded:
            print(t("cli.batch.issue", sheet=issue.sheet, row=issue.row, message=message, code=issue.code))


def undo(number: Number, dry_run: DryRun = False, as_json: Json = False) -> None:
    from gridconsole.importing import undo as undoing

    with state.open_office() as office:
        undone = undoing.undo(office, state.operator(office, default="clerk"), number, dry_run=dry_run)
        bare = _bare_grids(office) if undone.kind == "wardens" and not dry_run else 0
    if as_json:
        state.print_json({"batch": undone.number, "kind": undone.kind, "file": undone.file, "dry_run": undone.dry_run,
                          "removed": undone.removed, "restored": undone.restored, "withdrawn": undone.withdrawn,
                          "kept": list(undone.kept)})  # fmt: skip
        return
    key = "cli.batch.would_undo" if dry_run else "cli.batch.undone"
    print(t(key, number=number, removed=undone.removed, restored=undone.restored, withdrawn=undone.withdrawn))
    if undone.kept:
        print(t("cli.batch.kept", count=len(undone.kept), names=list(undone.kept[:SHOWN_NAMES])), file=sys.stderr)
    if bare:
        print(t("cli.batch.bare", count=bare), file=sys.stderr)


def _bare_grids(office: Office) -> int:
    """Return how many grids are without anybody today: undoing a roster may leave them as they were before it."""
    from gridconsole.services import roster_views

    return len(roster_views.gaps(office, office.today(), office.today()))


def retry(number: Number, dry_run: DryRun = False, as_json: Json = False) -> None:
    from gridconsole.cli.imports import answer_of, finish, say
    from gridconsole.importing.retry import retry as take_again

    with state.open_office() as office:
        outcome = take_again(office, state.operator(office, default="clerk"), number, dry_run=dry_run)
    if as_json:
        state.print_json(answer_of(outcome))
    else:
        say(outcome)
    finish([outcome])


def _as_json(office: Office, batch: BatchRow) -> dict[str, Any]:
    return {"batch": batch.id, "at": state.iso(batch.at, office), "operator": batch.operator, "kind": batch.kind,
            "file": _masked(batch.file_name), **dict(batch.counts), "waiting": batch.waiting,
            "undone_at": state.iso(batch.undone_at, office), "undone_by": batch.undone_by or None}  # fmt: skip


def _line(office: Office, batch: BatchRow) -> str:
    from gridconsole.language.durations import local_text

    counts = {"inserted": 0, "updated": 0, "unchanged": 0, "duplicate": 0, "rejected": 0, **dict(batch.counts)}
    line = t("cli.batch.line", number=batch.id, at=local_text(batch.at, office.calendar), operator=batch.operator,
             kind=t(f"kind.{batch.kind}"), file=_masked(batch.file_name), **counts)  # fmt: skip
    if batch.undone_at is not None:
        return line + t("cli.batch.line_undone", operator=batch.undone_by)
    return line + (t("cli.batch.line_waiting", count=batch.waiting) if batch.waiting else "")


def _masked(name: str) -> str:
    """Mask a file name: lists are often called after the person they came from."""
    from gridconsole.domain.text import mask_text

    return mask_text(name)
