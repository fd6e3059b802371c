"""audit: what the roster, the grids and the responsibilities lack."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t, word

SHOWN = 10
"""Findings of one check that are listed on a terminal; ``--all`` lists every one."""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("audit", "audit"))(audit)


def audit(
    model: Annotated[str | None, typer.Option("--model", help=t("cli.audit.model"), show_default=False)] = None,
    only: Annotated[list[str] | None, typer.Option("--check", help=t("cli.audit.check"), show_default=False)] = None,
    everything: Annotated[bool, typer.Option("--all", help=t("cli.audit.all"))] = False,
    as_json: Json = False,
) -> None:
    from gridconsole import resources
    from gridconsole.cli.status import EXIT_NOTHING
    from gridconsole.domain.errors import UnknownWord
    from gridconsole.domain.roster_audit import CHECKS, Severity
    from gridconsole.language.roster import audit_sentence
    from gridconsole.services import roster_audit

    if model is not None and model not in resources.presets():
        raise UnknownWord(what="model", word=model, choices=list(resources.presets()))
    chosen: list[str] = []
    for wanted in only or ():
        if not (codes := roster_audit.codes_named(wanted)):
            raise UnknownWord(what="audit", word=wanted, choices=[f"{code}({t(f'audit.{code}')})" for code in CHECKS])
        chosen += codes
    with state.look_into_office() as office:
        found = roster_audit.run(office, model, chosen)
    counts = Counter(one.check.severity for one in found)
    if as_json:
        state.print_json({
            "serious": counts[Severity.SERIOUS], "warnings": counts[Severity.WARNING], "notes": counts[Severity.NOTE],
            "findings": [
                {"check": one.check.code, "severity": one.check.severity.value, "code": one.subject.code, "name": one.subject.name,
                 "value": one.value or None, "limit": one.check.limit or None, "sentence": audit_sentence(one), "remedy": t(f"audit.{one.check.code}.remedy"), "screen": one.check.goto.value}
                for one in found
            ],
        })  # fmt: skip
    else:
        from gridconsole.domain.text import printable

        shown: Counter[str] = Counter()
        totals = Counter(one.check.code for one in found)
        for one in found:
            code = one.check.code
            if not shown[code]:
                print(f"{word(one.check.severity)}  {t(f'audit.{code}')}  {totals[code]}")
            shown[code] += 1
            if everything or shown[code] <= SHOWN:
                print(printable(f"    {audit_sentence(one)}"))
            if shown[code] == totals[code]:
                if not everything and totals[code] > SHOWN:
                    print(f"    {t('cli.audit.more', count=totals[code] - SHOWN)}")
                print(f"    {t('cli.audit.remedy', remedy=t(f'audit.{code}.remedy'))}")
        serious, warnings, notes = (counts[severity] for severity in Severity)
        print(t("cli.audit.end", serious=serious, warnings=warnings, notes=notes), file=sys.stderr)
    if counts[Severity.SERIOUS]:
        raise typer.Exit(EXIT_NOTHING)
