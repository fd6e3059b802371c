"""report: daily, overdue, the registers of requests and of call-backs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, Overwrite, command
from gridconsole.language import t

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date

    from gridconsole.files import Rules
    from gridconsole.reporting.model import Report
    from gridconsole.services.office import Office

ENDINGS = (".txt", ".csv", ".json")
"""Endings that the file of a report may have."""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command(**command("report", "report"))(report)


def report(
    kind: Annotated[str, typer.Argument(metavar=t("cli.meta.report"), help=t("cli.report.kind"))],
    day: Annotated[str | None, typer.Option("--date", help=t("cli.report.date"), show_default=False)] = None,
    shape: Annotated[str, typer.Option("--format", help=t("cli.report.format"))] = "table",
    output: Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.report.output"), show_default=False)] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole import files
    from gridconsole.domain.errors import UnknownWord
    from gridconsole.reporting import writers

    makers = makers_by_code()
    named = _code_of(kind, makers)
    if named is None:
        raise UnknownWord(what="report", word=kind, choices=[f"{code}({t(f'report_name.{code}')})" for code in makers])
    kind, maker = named, makers[named]
    shape = "json" if as_json else shape
    if shape not in writers.FORMATS:
        raise UnknownWord(what="format", word=shape, choices=writers.FORMATS)
    # Text under another ending would look like a broken document.
    rules = files.Rules(ENDINGS, overwrite)
    if output is not None:
        files.check(output, rules)
    with state.look_into_office(sweep=True) as office:
        wanted = state.parse_day(day, office, or_month=kind not in _OF_ONE_DAY)
        made = maker(office, wanted)
        if kind in _OF_ENTRIES:
            _list_files(office, wanted or office.today())
        zone = office.calendar.zone
    if shape == "table":
        _print_table(made, output, rules)
        return
    text = writers.as_json(made, zone) + "\n" if shape == "json" else writers.as_csv(made)
    _write(text, output, rules, bom=shape == "csv")


_OF_ONE_DAY = ("daily", "alarms")
"""Reports of a single day: a month would be taken for its first day."""
_OF_ENTRIES = ("waivers",)
"""Registers whose lines are ledger entries, which may have been moved to an archive."""


def _list_files(office: Office, day: date) -> None:
    from gridconsole.services import audit

    files = audit.files_since(office, day.replace(day=1))
    if files:
        print(t("timeline.retired", files=files), file=sys.stderr)


def makers_by_code() -> dict[str, Callable[[Office, date | None], Report]]:
    """Return the makers of reports by code."""
    from gridconsole.domain.states import RequestKind
    from gridconsole.reporting import callbacks, registers, supervision, tasks, wardens
    from gridconsole.reporting import daily as reports

    def register_of(kind: RequestKind) -> Callable[[Office, date | None], Report]:
        return lambda office, day: registers.register(office, kind, day or office.today())

    return {
        "daily": _of_day(reports.daily),
        "overdue": reports.overdue,
        "requests": _of_day(registers.summary),
        "waivers": _of_day(registers.waivers),
        "callback": _of_day(callbacks.register),
        "tasks": _of_day(tasks.register),
        "wardens": _of_day(wardens.monthly),
        "urge": _of_day(supervision.register),
        "board": _of_day(supervision.board),
        "alarms": _of_day(supervision.notified),
        **{kind.value: register_of(kind) for kind in RequestKind},
    }


def _of_day(make: Callable[[Office, date], Report]) -> Callable[[Office, date | None], Report]:
    """Return the maker of a report of a day, today if none is named."""
    return lambda office, day: make(office, day or office.today())


def _code_of(kind: str, codes: Collection[str]) -> str | None:
    """Return the code of a report by any of its names; None if there is no such report."""
    from gridconsole.language import NAMES, text_in, vocabulary

    wanted = vocabulary.plain(kind)
    for code in codes:
        names = (code, *(text_in(language, f"report_name.{code}") for language in NAMES), *vocabulary.REPORTS.get(code, ()))
        if wanted in map(vocabulary.plain, names):
            return code
    return None


def _print_table(made: object, output: Path | None, rules: Rules) -> None:
    import io

    from rich.console import Console

    from gridconsole.reporting.model import Report
    from gridconsole.reporting.writers import as_table

    assert isinstance(made, Report)  # noqa: S101
    if output is None:
        Console(highlight=False).print(as_table(made))
        return
    buffer = io.StringIO()
    Console(file=buffer, width=160, color_system=None, highlight=False).print(as_table(made))
    _write(buffer.getvalue(), output, rules, bom=False)


def _write(text: str, output: Path | None, rules: Rules, *, bom: bool) -> None:
    """Write to standard output, or to a file; csv files get the byte order mark that spreadsheets need."""
    if output is None:
        sys.stdout.write(text)
        return
    from gridconsole import files

    files.write(output, text.encode("utf-8-sig" if bom else "utf-8"), rules)
    print(t("cli.report.written", file=output), file=sys.stderr)
