"""person report, erase: data that the office keeps about a person, and its erasure."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import progress, state
from gridconsole.cli.options import Json, command
from gridconsole.cli.typed import line_or
from gridconsole.language import has, listed, t

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.services.persons import Erasure
    from gridconsole.store.personal import Found

SHOWN_KEPT = 20
Whom = Annotated[str, typer.Argument(metavar=t("cli.meta.whom"), help=t("cli.person.whom"))]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("report", "person.report"))(report)
    app.command(**command("erase", "person.erase"))(erase)


def report(whom: Whom, as_json: Json = False) -> None:
    from gridconsole.services import persons

    with state.open_office() as office, progress.stages() as watch:
        actor = state.operator(office, default="shift_leader")
        said = line_or(whom, "person", t("what.person_report"))
        found = persons.report(office, actor, said, lambda done, of: watch("texts", done, of))
    if as_json:
        state.print_json({"person": found.masked, "found": list(map(_as_json, found.found)), "files": list(found.files)})
        return
    print(t("cli.person.found", person=found.masked, count=len(found.found)))
    _print(found.found)
    if found.files:
        print(t("cli.person.files", files=found.files), file=sys.stderr)


def erase(
    whom: Whom,
    cases: Annotated[list[str] | None, typer.Option("--case", help=t("cli.person.case"), show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help=t("cli.person.all"))] = False,
    reason: Annotated[str, typer.Option("--reason", help=t("cli.person.reason"), show_default=False)] = "",
    yes: Annotated[bool, typer.Option("--yes", help=t("cli.person.yes"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.services import case_queries, persons

    if bool(cases) == everything:
        raise BadValue(what="option", value="--case --all", expected="one_scope")
    with state.open_office() as office:
        actor = state.operator(office, default="admin")
        numbers = [case_queries.find_number(office, number) for number in cases or ()] or None
        erased = persons.erase(office, actor, line_or(whom, "person", t("what.person_erase")), numbers, reason, dry_run=not yes)
    if as_json:
        state.print_json(_answer(erased))
        return
    key = "cli.person.would_erase" if erased.dry_run else "cli.person.erased"
    print(t(key, person=erased.masked, cases=len(erased.cases), entries=len(erased.entries), requests=erased.requests,
            calls=erased.calls, tasks=erased.tasks, orders=erased.orders, remarks=erased.remarks, rejects=erased.rejects,
            images=erased.images, drafts=erased.drafts))  # fmt: skip
    for number in erased.cases:
        print(f"  {t('place.case')} {number}")
    if erased.kept:
        print(t("cli.person.kept", count=len(erased.kept)))
        _print(erased.kept[:SHOWN_KEPT])
    if erased.files:
        print(t("cli.person.files", files=erased.files), file=sys.stderr)
    if erased.backups:
        print(t("cli.person.in_backups", files=erased.backups), file=sys.stderr)
    print(t("cli.person.confirm" if erased.dry_run else "cli.person.backups"), file=sys.stderr)


def _print(found: Sequence[Found]) -> None:
    from gridconsole.domain.text import printable

    for item in found:
        case = f"  {t('column.number')} {item.case}" if item.case and item.case != item.label else ""
        line = f"  {t(f'place.{item.place}')} {item.label}{case}  {listed(map(_field, item.fields))}"
        print(printable(line))


def _field(name: str) -> str:
    """Return the usual name of a column; a heading of an imported sheet is kept, with masks."""
    from gridconsole.domain.text import mask_text

    return t(f"personal.{name}") if has(f"personal.{name}") else mask_text(name)


def _as_json(item: Found) -> dict[str, Any]:
    from gridconsole.domain.text import mask_text

    return {"place": item.place, "label": item.label, "case": item.case or None, "fields": list(map(mask_text, item.fields)),
            "erasable": item.erasable}  # fmt: skip


def _answer(erased: Erasure) -> dict[str, Any]:
    return {"person": erased.masked, "dry_run": erased.dry_run, "cases": list(erased.cases), "entries": list(erased.entries),
            "requests": erased.requests, "calls": erased.calls, "tasks": erased.tasks, "orders": erased.orders,
            "remarks": erased.remarks, "rejects": erased.rejects,
            "images": erased.images, "drafts": erased.drafts, "kept": list(map(_as_json, erased.kept)), "files": list(erased.files),
            "backups": list(erased.backups)}  # fmt: skip
