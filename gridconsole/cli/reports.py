"""report: every kind of report, the list of them, the definitions of their figures, and the cases behind a figure."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import click
import typer
import typer.core

from gridconsole.cli import state
from gridconsole.cli.case_lists import Columns, split
from gridconsole.cli.options import Json, Overwrite, command, folder_option
from gridconsole.language import labelled, t

if TYPE_CHECKING:
    from gridconsole.reporting.model import Report
    from gridconsole.reporting.registry import Kind
    from gridconsole.reporting.request import Request
    from gridconsole.services.office import Office

When = Annotated[str | None, typer.Option("--period", help=t("cli.report.period"), show_default=False)]
Day = Annotated[str | None, typer.Option("--date", help=t("cli.report.date"), show_default=False)]
Where = Annotated[list[str] | None, typer.Option("--where", help=t("cli.report.where"), show_default=False)]
Shape = Annotated[str | None, typer.Option("--format", help=t("cli.report.format"), show_default=False)]
Output = Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.report.output"), show_default=False)]
Blocks = Annotated[bool, typer.Option("--blocks/--no-blocks", help=t("cli.report.blocks"))]
MOST_NAMED = 12
"""Most figures that are offered for an unknown one."""
Figure = Annotated[str, typer.Argument(metavar=t("cli.meta.figure"), help=t("cli.report.figure"))]


class Reports(typer.core.TyperGroup):
    """The reports by any of their names: ``monthly``, ``月报``."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a report by its code or one of its names."""
        return super().get_command(ctx, cmd_name) or super().get_command(ctx, _code_of(cmd_name, self.commands) or "")

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the named report, as Click does.

        Raises:
            UnknownWord: there is no such report.
        """
        from gridconsole.domain.errors import UnknownWord

        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            names = [f"{code}({t(f'report_name.{code}')})" for code in self.commands]
            raise UnknownWord(what="report", word=args[0], choices=names)
        return super().resolve_command(ctx, args)


GROUP = Reports


def add(app: typer.Typer) -> None:
    """Add a command for each kind of report, and those about reports."""
    from gridconsole.reporting.registry import KINDS

    for kind in KINDS.values():
        about = t(f"report_about.{kind.code}")
        listed = labelled(t(f"report_name.{kind.code}"), about)
        app.command(name=kind.code, help=about, short_help=listed, options_metavar=t("cli.meta.options"))(_maker(kind))
    app.command(**command("cross", "report.cross"))(cross)
    app.command(**command("cases", "report.cases"))(cases)
    app.command(**command("define", "report.define"))(define)
    app.command(**command("list", "report.list"))(list_)
    app.command(**command("due", "report.due"))(due)
    app.command(**command("rebuild", "report.rebuild"))(rebuild)


def _maker(kind: Kind) -> Callable[..., None]:
    """Return the command of a report; that of a list of cases takes columns too."""

    def report(
        period: When = None, day: Day = None, where: Where = None, shape: Shape = None, output: Output = None, overwrite: Overwrite = False,
        blocks: Blocks = True, as_json: Json = False,
    ) -> None:  # fmt: skip
        _make(kind, period, day, where, _Target.of(shape, output, as_json=as_json, overwrite=overwrite, blocks=blocks))

    def listing(
        period: When = None, day: Day = None, where: Where = None, columns: Columns = None, shape: Shape = None, output: Output = None,
        overwrite: Overwrite = False, as_json: Json = False,
    ) -> None:  # fmt: skip
        _make(kind, period, day, where, _Target.of(shape, output, as_json=as_json, overwrite=overwrite), columns)

    return listing if kind.lists_cases else report


def _make(
    kind: Kind, period: str | None, day: str | None, where: Sequence[str] | None, target: _Target, columns: Sequence[str] | None = None
) -> None:  # fmt: skip
    """Make a report and write it to its target.

    Raises:
        BadValue: a period and a day are given.
    """
    from gridconsole.cli.progress import stages
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.periods import read_period
    from gridconsole.reporting.remarks import period_text

    if period and day:
        raise BadValue(what="option", value="--date", expected="one_period")
    with state.look_into_office(sweep=True) as office:
        asked = _with_columns(_request(office, kind, period or day, where), columns)
        if period and (typed := read_period(period, office.today())) is not None and typed != asked.period:
            print(t("cli.report.widened", period=period_text(asked.period)), file=sys.stderr)
        with stages() as watch:
            done = itertools.count(1)
            made = kind.made(office, replace(asked, watch=lambda: watch("report", min(next(done), kind.steps), kind.steps)))
        if kind.lists_entries:
            _list_files(office, asked)
        target.write(office, made, asked, kind)


def _with_columns(asked: Request, columns: Sequence[str] | None) -> Request:
    """Return a request for chosen columns.

    Raises:
        UnknownWord: there is no such column.
    """
    from gridconsole.services import case_lists

    return replace(asked, columns=case_lists.columns_of(split(columns))) if columns else asked


def cross(
    down: Annotated[str, typer.Option("--rows", help=t("cli.report.rows"))],
    across: Annotated[str, typer.Option("--columns", help=t("cli.report.columns"))],
    figure: Annotated[str, typer.Option("--figure", help=t("cli.report.figure"))] = "reported",
    period: When = None,
    where: Where = None,
    shape: Shape = None,
    output: Output = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Count a figure by two dimensions."""
    from gridconsole.domain import figures
    from gridconsole.domain.errors import BadValue
    from gridconsole.reporting import cross as crossed
    from gridconsole.reporting.dimensions import find
    from gridconsole.reporting.registry import KINDS, arranged

    target = _Target.of(shape, output, as_json=as_json, overwrite=overwrite)
    with state.look_into_office(sweep=True) as office:
        key = _figure(figure)
        if isinstance(figures.FIGURES[key], figures.Spread):
            raise BadValue(what="figure", value=figure, expected="count_or_rate")
        asked = _request(office, KINDS["monthly"], period, where, is_exact=True)
        target.write(office, arranged(office, crossed.report(office, asked, find(down), find(across), key)), asked)


def cases(
    figure: Figure,
    period: When = None,
    where: Where = None,
    columns: Columns = None,
    shape: Shape = None,
    output: Output = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """List the cases that a figure counts."""
    from gridconsole.domain import figures
    from gridconsole.domain.errors import BadValue
    from gridconsole.reporting import lists
    from gridconsole.reporting.registry import KINDS

    target = _Target.of(shape, output, as_json=as_json, overwrite=overwrite)
    key = _figure(figure)
    if not isinstance(figures.FIGURES[key], figures.Count):
        raise BadValue(what="figure", value=figure, expected="count_of_cases")
    with state.look_into_office(sweep=True) as office:
        asked = _with_columns(_request(office, KINDS["monthly"], period, where, is_exact=True), columns)
        target.write(office, lists.report(office, asked, key), asked)


def define(
    figure: Annotated[str | None, typer.Argument(metavar=t("cli.meta.figure"), help=t("cli.report.define.figure"))] = None,
    as_json: Json = False,
) -> None:
    """Explain a figure; all of them without a name."""
    from gridconsole.domain import figures
    from gridconsole.language.figures import definition_of, explained, title_of

    if figure is None:
        every = [{"key": key, "title": title_of(key), "definition": definition_of(key)} for key in figures.FIGURES]
        if as_json:
            state.print_json(every)
            return
        for one in every:
            print(f"{one['title']}  {one['key']}")
        return
    key = _figure(figure)
    parts = list(explained(key))
    if as_json:
        state.print_json({"key": key, "title": title_of(key), "parts": [{"name": name, "text": text} for name, text in parts]})
        return
    print(f"{title_of(key)}  {key}")
    for name, text in parts:
        print(labelled(name, text))


def list_(as_json: Json = False) -> None:
    """List every report with its content."""
    from gridconsole.domain.periods import PeriodKind
    from gridconsole.reporting.registry import KINDS

    periods = {code: kind.period.value for code, kind in KINDS.items()} | dict.fromkeys(
        ("cross", "cases"), PeriodKind.MONTH.value
    )
    rows = [
        {"code": code, "name": t(f"report_name.{code}"), "period": period, "about": t(f"report_about.{code}")}
        for code, period in periods.items()
    ]
    if as_json:
        state.print_json(rows)
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("name", "code", "period", "about"):
        table.add_column(t(f"cli.report.list.{name}"), overflow="fold", no_wrap=name != "about")
    for row in rows:
        table.add_row(*(Text(text) for text in (row["name"], row["code"], t(f"PeriodKind.{row['period']}"), row["about"])))
    Console(highlight=False).print(table)


def due(
    folder: Annotated[Path, folder_option("--folder", "cli.report.due.folder")] = Path(),
    listed: Annotated[Path | None, typer.Option("--list", help=t("cli.report.due.list"), show_default=False)] = None,
    make: Annotated[bool, typer.Option("--make", help=t("cli.report.due.make"))] = False,
    as_json: Json = False,
) -> None:
    """Print which reports a folder lacks, and write them."""
    from gridconsole.cli.status import EXIT_NOTHING
    from gridconsole.domain.errors import OutputRefused
    from gridconsole.domain.outputs import OutputFault
    from gridconsole.reporting import due as reports_due
    from gridconsole.store import fact_queries

    wanted = reports_due.read(listed)
    if not folder.is_dir():
        raise OutputRefused(file=str(folder), why=OutputFault.NO_FOLDER, endings=[])
    with state.look_into_office(sweep=True) as office:
        _complete(office)
        with office.database.reading() as connection:
            first = fact_queries.first_day(connection, office.id)
        found = list(reports_due.missing(office, folder, wanted, first))
        for one in found if make else ():
            reports_due.make(office, one, state.operator_or_none(office))
    if as_json:
        state.print_json(
            [{"report": one.kind.code, "period": one.period.code, "file": str(one.target), "made": make} for one in found]
        )
    for one in () if as_json else found:
        print(
            t(
                "cli.report.due.made" if make else "cli.report.due.missing",
                name=t(f"report_name.{one.kind.code}"),
                period=one.period.code,
                file=one.target,
            )
        )
    if not found and not as_json:
        print(t("cli.report.due.none"))
    if found and not make:
        raise typer.Exit(EXIT_NOTHING)


def rebuild(as_json: Json = False) -> None:
    """Write the facts of every case anew."""
    from gridconsole.cli.progress import stages
    from gridconsole.services import fact_keeping

    with state.look_into_office() as office, stages() as watch:
        count = fact_keeping.rebuild(office, lambda done, of: watch("facts", done, of))
    if as_json:
        state.print_json({"cases": count})
    else:
        print(t("cli.report.rebuilt", count=count))


# --- what is asked ----------------------------------------------------------------------------------------------


def _request(office: Office, kind: Kind, period: str | None, where: Sequence[str] | None, *, is_exact: bool = False) -> Request:
    """Return what is asked, with the facts of an earlier file written first.

    Raises:
        BadValue, UnknownWord, PeriodImpossible: the period or the filter is none.
    """
    from gridconsole.reporting import request

    _complete(office)
    return request.asked(office, kind, period, where or (), is_exact=is_exact)


def _figure(text: str) -> str:
    """Return a figure by its key or its title.

    Raises:
        UnknownWord: there is none of this name.
    """
    from gridconsole.domain.errors import UnknownWord
    from gridconsole.domain.figures import FIGURES
    from gridconsole.language import NAMES, text_in
    from gridconsole.services.lookup import near

    wanted = text.strip().lower()
    by_name = {text_in(language, f"figure.{key}").lower(): key for language in NAMES for key in FIGURES}
    if wanted in FIGURES or wanted in by_name:
        return by_name.get(wanted, wanted)
    titles = [t(f"figure.{key}") for key in FIGURES]
    raise UnknownWord(what="figure", word=text, choices=near(text, titles) or [*titles[:MOST_NAMED], "gridconsole report define"])


def _complete(office: Office) -> None:
    """Write the facts of an earlier file, with progress on a terminal."""
    from gridconsole.cli.progress import stages
    from gridconsole.services import fact_keeping

    with stages() as watch:
        fact_keeping.complete(office, lambda done, of: watch("facts", done, of))


def _list_files(office: Office, asked: Request) -> None:
    from gridconsole.services import audit

    files = audit.files_since(office, asked.period.first.replace(day=1))
    if files:
        print(t("timeline.retired", files=files), file=sys.stderr)


def _code_of(kind: str, codes: Any) -> str | None:
    """Return the code of a report by any of its names; None if there is no such report."""
    from gridconsole.language import NAMES, text_in, vocabulary

    wanted = vocabulary.plain(kind)
    for code in codes:
        names = (code, *(text_in(language, f"report_name.{code}") for language in NAMES), *vocabulary.REPORTS.get(code, ()))
        if wanted in map(vocabulary.plain, names):
            return str(code)
    return None


# --- the target ----------------------------------------------------------------------------------------------


def _takes_a_name(output: Path) -> bool:
    """Return whether a path is a folder in which a report gets a proposed name."""
    from gridconsole.reporting import writers

    try:
        return output.is_dir() and output.suffix.lower() not in writers.FORMS
    except (OSError, ValueError):
        return False  # a name that the file system does not take is refused by the writer


class _Target:
    """Target of a report, with its format; checked before anything is read."""

    def __init__(self, shape: str | None, output: Path | None, *, overwrite: bool, blocks: bool = True) -> None:
        self._shape, self._output, self._overwrite, self._blocks = shape, output, overwrite, blocks

    @classmethod
    def of(cls, shape: str | None, output: Path | None, *, as_json: bool, overwrite: bool, blocks: bool = True) -> _Target:
        """Return the target of a command's options.

        Raises:
            UnknownWord: there is no such format.
            BadValue: the format needs a file; or only files of CSV can be told apart by table.
            OutputRefused: the file cannot be written.
        """
        from gridconsole import files
        from gridconsole.domain.errors import BadValue, UnknownWord
        from gridconsole.reporting import writers

        if as_json and shape is None:
            shape = "json"
        if shape is not None and shape not in writers.FORMATS:
            raise UnknownWord(what="format", word=shape, choices=writers.FORMATS)
        if not blocks and (output is None or "csv" not in (shape, output.suffix[1:].lower())):
            raise BadValue(what="option", value="--no-blocks", expected="csv_file")
        if output is None:
            if shape is not None and shape not in writers.ON_STANDARD_OUTPUT:
                raise BadValue(what="format", value=shape, expected="an_output")
            return cls(shape, None, overwrite=overwrite)
        if blocks and not _takes_a_name(output):
            endings = writers.FORMS if shape is None else (".txt" if shape == "table" else f".{shape}",)
            files.check(output, files.Rules(endings, overwrite))
        return cls(shape, output, overwrite=overwrite, blocks=blocks)

    def write(self, office: Office, made: Report, asked: Request, kind: Kind | None = None) -> None:
        """Write a report to standard output, or to its file with an entry in the ledger if it lists cases."""
        from gridconsole.reporting import writers

        if self._output is None:
            self._print(made, office)
            return
        from gridconsole.reporting import exports

        target = self._output
        if _takes_a_name(target):
            ending = self._ending(kind)
            target /= (
                exports.file_name(made, asked, ending) if kind is None else exports.proposed_name(office, kind, asked, ending)
            )
        parts = {target: made} if self._blocks else writers.by_table(made, target)
        for file in parts:
            writers.check(file, overwrite=self._overwrite)
        exports.record(office, state.operator_or_none(office), made, asked)
        for file, part in parts.items():
            writers.write(part, file, office.calendar, overwrite=self._overwrite)
            print(t("cli.report.written", file=file), file=sys.stderr)

    def _ending(self, kind: Kind | None) -> str:
        """Return the ending of a proposed name: analyses are documents to sign, everything else is a sheet to work with."""
        if self._shape is None:
            return ".docx" if kind is not None and kind.is_analysis else ".xlsx"
        return ".txt" if self._shape == "table" else f".{self._shape}"

    def _print(self, made: Report, office: Office) -> None:
        from gridconsole.reporting import writers

        if self._shape in (None, "table"):
            from rich.console import Console

            Console(highlight=False).print(writers.as_table(made))
        elif self._shape == "json":
            sys.stdout.write(writers.as_json(made, office.calendar.zone) + "\n")
        else:
            sys.stdout.write(writers.as_csv(made))
