"""import, template, explain."""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import case_lists, state
from gridconsole.cli.options import Json, Overwrite, Unmask, WhyUnmask, check_unmask, command
from gridconsole.domain.text import fold_width
from gridconsole.domain.views.imports import Issue
from gridconsole.language import Sentence, t

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from gridconsole.domain.errors import GridConsoleError, HistoryUnclear
    from gridconsole.domain.parties import Actor
    from gridconsole.importing.engine import ImportOutcome
    from gridconsole.importing.options import Options, RejectLimit
    from gridconsole.services.office import Office

SHOWN_ISSUES = 20
SHOWN_DIFFERENCES = 20
SHOWN_NUMBERS = 5


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("import", "import"))(import_)
    app.command(**command("template", "template"))(template)
    app.command(**command("export", "export"))(export)
    app.command(**command("explain", "explain"))(explain)


def import_(
    kind: Annotated[str, typer.Argument(metavar=t("cli.meta.kind"), help=t("cli.import.kind"))],
    files: Annotated[
        list[Path] | None, typer.Argument(metavar=t("cli.meta.files"), help=t("cli.import.files"), show_default=False)
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help=t("cli.import.dry_run"))] = False,
    atomic: Annotated[bool, typer.Option("--atomic", help=t("cli.import.atomic"))] = False,
    max_errors: Annotated[str | None, typer.Option("--max-errors", help=t("cli.import.max_errors"), show_default=False)] = None,
    mode: Annotated[str, typer.Option("--mode", help=t("cli.import.mode"))] = "upsert",
    overwrite_blank: Annotated[bool, typer.Option("--overwrite-blank", help=t("cli.import.overwrite_blank"))] = False,
    report: Annotated[Path | None, typer.Option("--report", help=t("cli.import.report"), show_default=False)] = None,
    overwrite: Overwrite = False,
    errors_only: Annotated[bool, typer.Option("--errors-only", help=t("cli.import.errors_only"))] = False,
    sheet: Annotated[str | None, typer.Option("--sheet", help=t("cli.import.sheet"), show_default=False)] = None,
    header_row: Annotated[
        int | None, typer.Option("--header-row", min=1, max=1000, help=t("cli.import.header_row"), show_default=False)
    ] = None,
    mapping: Annotated[list[str] | None, typer.Option("--map", help=t("cli.import.map"), show_default=False)] = None,
    year: Annotated[int | None, typer.Option("--year", min=1990, max=2100, help=t("cli.import.year"), show_default=False)] = None,
    profile: Annotated[str | None, typer.Option("--profile", help=t("cli.import.profile"), show_default=False)] = None,
    source_list: Annotated[
        str | None, typer.Option("--source-list", help=t("cli.import.source_list"), show_default=False)
    ] = None,
    skip_hidden: Annotated[bool, typer.Option("--skip-hidden", help=t("cli.import.skip_hidden"))] = False,
    history: Annotated[bool | None, typer.Option("--history/--open", help=t("cli.import.history"), show_default=False)] = None,
    watch: Annotated[Path | None, typer.Option("--watch", help=t("cli.import.watch"), show_default=False)] = None,
    encoding: Annotated[str | None, typer.Option("--encoding", help=t("cli.import.encoding"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.status import status_of
    from gridconsole.domain.errors import BadValue
    from gridconsole.importing.options import Options, RejectLimit, mapping_of
    from gridconsole.importing.plan import Mode

    check_encoding(encoding)
    options = Options(
        dry_run=dry_run,
        max_errors=RejectLimit(0) if atomic else _limit(max_errors),
        mode=state.parse_word(Mode, mode, "mode"),
        overwrite_blank=overwrite_blank,
        encoding=encoding,
        sheet=sheet,
        header_row=header_row,
        mapping=mapping_of(mapping or ()),
        year=year,
        profile=profile,
        source_list=_name_of(source_list),
        history=history,
        skip_hidden=skip_hidden,
    )
    if watch is not None:
        if files or report is not None or errors_only or overwrite or dry_run:
            raise BadValue(what="option", value="--watch", expected="watch_alone")
        _watch(kind, watch, options, as_json)
        return
    if not files:
        raise BadValue(what="option", value=t("cli.meta.files"), expected="a_file")
    _check_report(report, errors_only, overwrite, files)

    def took(file: Path, outcome: ImportOutcome) -> None:
        if not as_json:
            say(outcome)
        if report is not None:
            _annotate(file, outcome, target=report, options=options, errors_only=errors_only, overwrite=overwrite)

    with state.open_office() as office:
        actor = state.operator(office, default="clerk")
        found = _files_of(office, files, options)
        with _place_of(office, options, len(found)) as place:
            taken = _take_all(place, actor, kind, files=found, options=options, took=took, as_json=as_json)
    if as_json:
        answers = [one.answer() for one in taken]
        state.print_json(answers[0] if len(answers) == 1 and not _are_folders(files) else answers)
    failed = next((one.error for one in taken if one.error is not None), None)
    if failed is not None:
        raise typer.Exit(status_of(failed)) from failed
    finish([one.outcome for one in taken if one.outcome is not None])


@dataclass(frozen=True, slots=True)
class _Taken:
    """A file with its result, or with the reason why it was refused."""

    file: Path
    outcome: ImportOutcome | None
    error: GridConsoleError | None

    def answer(self) -> dict[str, Any]:
        """Return the result as programs read it."""
        if self.outcome is not None:
            return answer_of(self.outcome)
        assert self.error is not None  # noqa: S101  one of the two is there
        return {"file": self.file.name, "error": state.error_of(self.error)}


def _place_of(office: Office, options: Options, files: int) -> AbstractContextManager[Office]:
    """Return where to import files: the office, or for a trial of several files a copy, in which each knows those before it."""
    from contextlib import nullcontext

    if not (options.dry_run and files > 1):
        return nullcontext(office)
    from gridconsole.importing import trial

    return trial.copy_of(office)


def _take_all(
    office: Office, actor: Actor, kind: str, *, files: Sequence[Path], options: Options,
    took: Callable[[Path, ImportOutcome], None], as_json: bool,
) -> list[_Taken]:  # fmt: skip
    """Import files one after another. Each stands for itself: the others go in if one is refused.

    Args:
        took: called with each file that was imported.
    """
    from gridconsole.domain.errors import GridConsoleError
    from gridconsole.language.error_sentences import error_sentence

    taken: list[_Taken] = []
    for file in files:
        try:
            outcome = _run(office, actor, kind, file, options, in_copy=options.dry_run and len(files) > 1)
        except GridConsoleError as error:
            if len(files) == 1 or not (_is_about_file(error) or (as_json and taken)):
                raise
            taken.append(_Taken(file, None, error))
            if not _is_about_file(error):
                break
            if not as_json:
                message, hint = error_sentence(error)
                print(t("cli.error", code=error.code, message=Sentence(message)), file=sys.stderr)
                print(t("cli.hint", hint=Sentence(hint)), file=sys.stderr)
            continue
        taken.append(_Taken(file, outcome, None))
        took(file, outcome)
    return taken


def _is_about_file(error: GridConsoleError) -> bool:
    """Return whether an error concerns one file, so that the others can still go in."""
    from gridconsole.domain.errors import KindUnclear, NothingImported, Unreadable

    return isinstance(error, Unreadable | NothingImported | KindUnclear)


def _are_folders(files: Sequence[Path]) -> bool:
    return any(map(_is_folder, files))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # too long, or no name at all: said when it is opened
        return False


def _files_of(office: Office, given: Sequence[Path], options: Options) -> list[Path]:
    """Return the files that are named, and those of the folders that are named."""
    from gridconsole.importing.folders import files_in

    return [file for path in given for file in (files_in(office, path, options) if _is_folder(path) else [path])]


def _run(office: Office, actor: Actor, kind: str, file: Path, options: Options, *, in_copy: bool = False) -> ImportOutcome:
    """Import a file; on a terminal, ask whether rows that may be over or open are history."""
    from gridconsole.cli.progress import headway
    from gridconsole.domain.errors import HistoryUnclear
    from gridconsole.importing import engine, trial

    run = trial.run_in if in_copy else engine.run
    try:
        with headway(file.name) as progress:
            return run(office, actor, kind, file, options, progress=progress)
    except HistoryUnclear as error:
        answer = _asked_about_history(error)
        if answer is None:
            raise
    with headway(file.name) as progress:
        return run(office, actor, kind, file, replace(options, history=answer), progress=progress)


def _asked_about_history(error: HistoryUnclear) -> bool | None:
    """Return what the clerk answers on the terminal; None without a terminal, or without an answer."""
    from gridconsole.language.error_sentences import error_sentence

    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    print(error_sentence(error)[0], file=sys.stderr)
    print(t("cli.import.ask_history"), end=" ", file=sys.stderr, flush=True)
    return {"1": True, "2": False}.get(fold_width(sys.stdin.readline()).strip())


def finish(outcomes: Sequence[ImportOutcome]) -> None:
    """Exit with the status for rejected rows or for nothing written; return if everything was imported."""
    from gridconsole.cli.status import EXIT_NOTHING, EXIT_REJECTED
    from gridconsole.importing.plan import RowVerdict

    rejected = sum(outcome.counts[RowVerdict.REJECTED] for outcome in outcomes)
    if any(outcome.refused for outcome in outcomes):
        raise typer.Exit(EXIT_NOTHING)
    if rejected:
        useless = sum(outcome.counts[RowVerdict.DUPLICATE] for outcome in outcomes) + rejected
        taken = sum(outcome.read for outcome in outcomes) - useless
        raise typer.Exit(EXIT_REJECTED if taken else EXIT_NOTHING)


def template(
    kind: Annotated[str, typer.Argument(metavar=t("cli.meta.kind"), help=t("cli.template.kind"))],
    output: Annotated[Path, typer.Option("-o", "--output", help=t("cli.template.output"))],
    overwrite: Overwrite = False,
) -> None:
    from gridconsole.importing.template import write

    write(kind, output, overwrite=overwrite)
    print(t("cli.template.done", file=output))


def export(
    kind: Annotated[str, typer.Argument(metavar=t("cli.meta.kind"), help=t("cli.export.kind"))],
    output: Annotated[Path, typer.Option("-o", "--output", help=t("cli.export.output"))],
    first: case_lists.First = None,
    last: case_lists.Last = None,
    sources: case_lists.Sources = None,
    areas: case_lists.Areas = None,
    units: case_lists.Units = None,
    categories: case_lists.Categories = None,
    states: Annotated[list[str] | None, typer.Option("--state", help=t("cli.incident.state"), show_default=False)] = None,
    where: case_lists.Where = None,
    columns: case_lists.Columns = None,
    overwrite: Overwrite = False,
    unmask: Unmask = False,
    reason: WhyUnmask = "",
) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.importing.export import write, write_unmasked
    from gridconsole.importing.kinds import kind_named

    check_unmask(unmask, reason)
    words = {"first": first, "last": last, "sources": sources, "areas": areas, "units": units, "categories": categories,
             "states": states, "where": where}  # fmt: skip
    if kind_named(kind) == "incidents":
        with state.open_office() as office:
            actor = state.operator(office, default="clerk")
            wanted = case_lists.wanted_of(office, words)
            case_lists.put(office, actor, wanted, columns, output, overwrite=overwrite, unmask=unmask, reason=reason)
        return
    given = [f"--{_FLAGS.get(name, name)}" for name, value in {**words, "columns": columns}.items() if value]
    if given:
        raise BadValue(what="option", value=" ".join(given), expected="of_case_lists")
    if unmask:
        with state.open_office() as office:
            count = write_unmasked(
                office, state.operator(office, default="shift_leader"), kind, output, reason, overwrite=overwrite
            )
    else:
        with state.look_into_office() as office:
            count = write(office, kind, output, overwrite=overwrite)
    print(t("cli.export.done", count=count, file=output))


_FLAGS = {
    "first": "from",
    "last": "to",
    "sources": "source",
    "areas": "area",
    "units": "unit",
    "categories": "category",
    "states": "state",
}
"""Names of options that differ from those of their values."""


def explain(
    code: Annotated[str, typer.Argument(metavar=t("cli.meta.code"), help=t("cli.explain.code"))],
    as_json: Json = False,
) -> None:
    from gridconsole.language.error_sentences import explained

    message, advice, family = explained(code.strip().upper())
    if as_json:
        state.print_json({"code": code.strip().upper(), "message": message, "hint": advice, "family": family})
        return
    print(f"{code.strip().upper()}  {message}")
    if advice:
        print(t("cli.hint", hint=Sentence(advice)))
    print(family)


def _limit(text: str | None) -> RejectLimit | None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.domain.text import fold_width
    from gridconsole.importing.options import RejectLimit

    if text is None:
        return None
    word = fold_width(text).strip()
    number = word.removesuffix("%")
    if not number.replace(".", "", 1).isascii() or not number.replace(".", "", 1).isdigit():
        raise BadValue(what="option", value=f"--max-errors {text}", expected="limit")
    return RejectLimit(float(number), word.endswith("%"))


def _name_of(source_list: str | None) -> str | None:
    """Return the name of a source list as it is stored.

    Raises:
        BadValue: it is empty.
    """
    from gridconsole.domain.errors import BadValue
    from gridconsole.importing.options import list_named

    if source_list is None:
        return None
    name = list_named(source_list)
    if not name:
        raise BadValue(what="option", value=f"--source-list {source_list}", expected="text")
    return name


def check_encoding(name: str | None) -> None:
    """Refuse an unknown encoding."""
    import codecs

    from gridconsole.domain.errors import UnknownWord

    try:
        known = name is None or bool(codecs.lookup(name)._is_text_encoding)
    except (LookupError, ValueError):
        known = False
    if not known:
        raise UnknownWord(what="encoding", word=name, choices=("utf-8", "gb18030", "utf-16", "big5"))


def _watch(kind: str, folder: Path, options: Options, as_json: bool) -> None:
    from gridconsole.domain.errors import FolderGone
    from gridconsole.domain.text import printable
    from gridconsole.importing.watch import Handled, Watcher, watch
    from gridconsole.services import sessions

    if not folder.is_dir():
        raise FolderGone(file=str(folder))

    def print_handled(handled: Handled) -> None:
        if as_json:
            answer: dict[str, Any] = {"file": handled.name, "shelf": handled.shelf.value}
            if handled.outcome is not None:
                answer["result"] = answer_of(handled.outcome)
            if handled.error is not None:
                answer["error"] = state.error_of(handled.error)
            state.print_json(answer)
        else:
            print(printable(_watched(handled)))
        sys.stdout.flush()

    with state.open_office() as office:
        actor = state.operator(office, default="clerk")
        print(t("cli.import.watching", folder=folder), file=sys.stderr)
        # This may run for days: the operator who began it must still be allowed to act.
        watch(
            Watcher(office, actor, kind, folder, options), print_handled, may_go_on=lambda: sessions.check_active(office, actor)
        )


def _watched(handled: Any) -> str:
    from gridconsole.language.error_sentences import error_sentence

    if handled.outcome is None:
        return f"{handled.shelf.value}  {handled.name}  {error_sentence(handled.error)[0]} [{handled.error.code}]"
    counts = {verdict.value: count for verdict, count in handled.outcome.counts.items()}
    line = t("cli.import.done", file=handled.name, kind=t(f"kind.{handled.outcome.kind}"), read=handled.outcome.read, **counts)
    answer = "" if handled.error is None else f"  {error_sentence(handled.error)[0]} [{handled.error.code}]"
    return f"{handled.shelf.value}  {line}{answer}"


def _check_report(target: Path | None, errors_only: bool, overwrite: bool, files: list[Path]) -> None:
    from gridconsole.domain.errors import BadValue
    from gridconsole.files import Rules, check
    from gridconsole.importing.outputs import WORKBOOK_ENDINGS

    if target is None:
        if errors_only:
            raise BadValue(what="option", value="--errors-only", expected="a_report")
        if overwrite:
            raise BadValue(what="option", value="--overwrite", expected="a_report")
        return
    if len(files) != 1:
        raise BadValue(what="option", value="--report", expected="one_file")
    check(target, Rules(WORKBOOK_ENDINGS, overwrite, files))


def _annotate(file: Path, outcome: ImportOutcome, target: Path, options: Options, errors_only: bool, overwrite: bool) -> None:
    from gridconsole.importing.annotate import annotate

    annotate(file, outcome, target, encoding=options.encoding, errors_only=errors_only, overwrite=overwrite)
    print(t("cli.import.report_done", file=target), file=sys.stderr)


def answer_of(outcome: ImportOutcome) -> dict[str, Any]:
    """Return the result of an import as programs read it."""
    from gridconsole.domain.text import mask_text

    counts = {verdict.value: count for verdict, count in outcome.counts.items()}
    return {"kind": outcome.kind, "file": outcome.file, "batch": outcome.batch, "dry_run": outcome.dry_run,
            "refused": outcome.refused, "read": outcome.read,
            **counts, "issue_counts": dict(outcome.issue_counts), "issues": [_issue(issue) for issue in outcome.issues],
            "changes": [{"sheet": item.sheet, "row": item.row, "record": item.label, "column": item.column,
                         "old": mask_text(item.old), "new": mask_text(item.new)} for item in outcome.differences],
            "sheets": [{"name": sheet.name, "header_row": sheet.header.row, "columns": dict(sheet.titles),
                        "unknown": list(sheet.unknown), "encoding": sheet.encoding,
                        "passed_over": list(sheet.passed_over)} for sheet in outcome.sheets]}  # fmt: skip


def _issue(issue: Issue) -> dict[str, Any]:
    from gridconsole.language.error_sentences import issue_text

    message, suggestion = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
    return {"sheet": issue.sheet, "row": issue.row, "column": issue.column, "cell": issue.cell, "code": issue.code,
            "severity": issue.severity, "message": message, "suggestion": suggestion}  # fmt: skip


def say(outcome: ImportOutcome) -> None:
    """Print the result of an import for a clerk: the counts, the changes, the problems, and what to do next."""
    from gridconsole.domain.text import mask_text, printable
    from gridconsole.importing.undo import NEVER_UNDONE
    from gridconsole.language.error_sentences import issue_line

    counts = {verdict.value: count for verdict, count in outcome.counts.items()}
    key = "refused" if outcome.refused else "dry" if outcome.dry_run else "done"
    print(t(f"cli.import.{key}", file=outcome.file, kind=t(f"kind.{outcome.kind}"), read=outcome.read, **counts))
    for sheet in outcome.sheets:
        name = sheet.name or outcome.file
        if sheet.encoding not in ("", "utf-8", "utf-8-sig"):
            # UTF-8 proves itself; for other encodings a clerk should know which one was assumed.
            print(t("cli.import.encoding_found", sheet=name, encoding=sheet.encoding.upper()), file=sys.stderr)
        if sheet.unknown:
            print(t("cli.import.unknown", sheet=name, names=list(sheet.unknown)), file=sys.stderr)
        if sheet.passed_over:
            rows = [*sheet.passed_over[:SHOWN_NUMBERS], *(["……"] if len(sheet.passed_over) > SHOWN_NUMBERS else [])]
            print(t("cli.import.passed_over", sheet=name, count=len(sheet.passed_over), rows=rows), file=sys.stderr)
    if outcome.dry_run:
        for item in outcome.differences[:SHOWN_DIFFERENCES]:
            line = t(
                "cli.import.difference",
                row=item.row,
                record=item.label,
                column=item.column,
                old=item.old or "—",
                new=item.new or "—",
            )
            print(printable(mask_text(line)), file=sys.stderr)
    for issue in outcome.issues[:SHOWN_ISSUES]:
        print(printable(issue_line(outcome.file, issue)), file=sys.stderr)
    total = sum(outcome.issue_counts.values())
    if total > SHOWN_ISSUES:
        print(t("cli.import.more", shown=SHOWN_ISSUES, total=total), file=sys.stderr)
        for code, count in sorted(outcome.issue_counts.items(), key=lambda item: -item[1]):
            print(t("cli.import.by_code", code=code, count=count), file=sys.stderr)
    wrote = counts["inserted"] or counts["updated"]
    if outcome.batch is not None and wrote and outcome.kind not in NEVER_UNDONE:
        print(t("cli.import.next", batch=outcome.batch), file=sys.stderr)
