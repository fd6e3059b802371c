"""ledger seal, seals, retire: years of the ledger, sealed for good and archived when they have been kept long enough."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import progress, state
from gridconsole.cli.options import Json, Unmask, WhyUnmask, check_unmask, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.archive.retiring import Retirement, YearLine
    from gridconsole.services.office import Office

Year = Annotated[
    int | None,
    typer.Argument(
        metavar=t("cli.meta.year"), help=t("cli.year.year"), min=state.FIRST_YEAR, max=state.LAST_YEAR, show_default=False
    ),
]


def add(app: typer.Typer) -> None:
    """Add the commands to those of the ledger."""
    app.command(**command("seal", "year.seal"))(seal)
    app.command(**command("seals", "year.seals"))(seals)
    app.command(**command("retire", "year.retire"))(retire)


def seal(year: Year = None, as_json: Json = False) -> None:
    from gridconsole.archive import retiring

    with state.open_office() as office:
        actor = state.operator(office, default="auditor")
        with progress.stages() as watch:
            line = retiring.seal(office, actor, year, watch)
        if as_json:
            state.print_json(_as_json(office, line))
            return
        print(_words(office, line))
        if line.seal.strays:
            print(t("cli.year.strays", count=line.seal.strays, year=line.seal.year), file=sys.stderr)
    print(t("cli.ledger.anchor_hint", anchor=_printed(line)), file=sys.stderr)


def seals(as_json: Json = False) -> None:
    from gridconsole.archive import retiring

    with state.open_office() as office:
        found = retiring.sealed(office, state.operator(office, default="auditor"))
        if as_json:
            state.print_json([_as_json(office, line) for line in found])
            return
        for line in found:
            print(_words(office, line))
        if not found:
            print(t("cli.year.none"), file=sys.stderr)
        offer(office)


def retire(
    output: Annotated[Path, typer.Option("-o", "--output", help=t("cli.year.output"))],
    year: Year = None,
    unmask: Unmask = False,
    reason: WhyUnmask = "",
    yes: Annotated[bool, typer.Option("--yes", help=t("cli.year.yes"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.archive import retiring

    check_unmask(unmask, reason)
    with state.open_office() as office:
        actor = state.operator(office, default="auditor")
        with progress.stages() as watch, _confirmed_copy(output):
            done = retiring.retire(
                office, actor, year, output, unmask_for=reason if unmask else None, dry_run=not yes, watch=watch
            )  # fmt: skip
    if as_json:
        state.print_json(_retired_json(done))
        return
    record = done.record
    key = "cli.year.would_retire" if done.dry_run else "cli.year.retired"
    print(
        t(key, year=record.year, first=record.first, last=record.last, count=record.count, cases=record.cases, file=record.file)
    )
    if not done.dry_run:
        print(t("cli.year.sum", sum=record.sha256))
    if done.texts:
        texts = "cli.year.texts_kept" if record.personal else "cli.year.texts_lost"
        print(t(texts, count=done.texts), file=sys.stderr)
    print(t("cli.person.confirm" if done.dry_run else "cli.year.keep_file"), file=sys.stderr)


@contextlib.contextmanager
def _confirmed_copy(output: Path) -> Iterator[None]:
    """Report a file that was written although the archiving failed and nothing was removed."""
    was_there = output.exists()
    try:
        yield
    except BaseException:
        if not was_there and output.exists():
            print(t("cli.year.copy", file=output.name), file=sys.stderr)
        raise


def offer(office: Office) -> None:
    """Report on standard error a year that is over and not sealed."""
    from gridconsole.archive import retiring

    year = retiring.open_year(office)
    if year is not None:
        print(t("cli.year.offer", year=year), file=sys.stderr)


def _printed(line: YearLine) -> str:
    from gridconsole.domain.anchors import printed_anchor

    return printed_anchor(*line.anchor)


def _words(office: Office, line: YearLine) -> str:
    from gridconsole.domain.text import printable
    from gridconsole.language.durations import local_text

    by = t("cli.year.by", operator=line.operator, at=local_text(line.at, office.calendar)) if line.at is not None else ""
    gone = t("cli.year.gone", file=line.retired.file) if line.retired else ""
    said = t("cli.year.line", year=line.seal.year, first=line.seal.first, last=line.seal.last, count=line.seal.count,
             anchor=_printed(line))  # fmt: skip
    return printable(said + by + gone)


def _as_json(office: Office, line: YearLine) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        **asdict(line.seal), "number": line.number, "seal_hash": line.hash or None, "printed": _printed(line),
        "at": state.iso(line.at, office), "operator": line.operator or None, "retired_to": line.retired.file if line.retired else None,
    }  # fmt: skip


def _retired_json(done: Retirement) -> dict[str, Any]:
    record = done.record
    return {"year": record.year, "first": record.first, "last": record.last, "count": record.count, "cases": record.cases,
            "file": record.file, "sha256": record.sha256 or None, "unmasked": record.personal, "texts": done.texts,
            "dry_run": done.dry_run}  # fmt: skip
