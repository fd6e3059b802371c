"""ledger show, verify, anchor, export; the years of the ledger are in :mod:`.years`."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import progress, sheets, state, years
from gridconsole.cli.options import Json, Overwrite, Unmask, WhyUnmask, check_unmask, command
from gridconsole.domain.views.ledger import LedgerLine
from gridconsole.language import t

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gridconsole.domain.backups import Manifest
    from gridconsole.domain.chain import LedgerVerdict
    from gridconsole.services.office import Office
    from gridconsole.store.ledger_entries import LedgerQuery

SHOWN_LINES = 50
Case = Annotated[str | None, typer.Option("--case", help=t("cli.ledger.case"), show_default=False)]
Since = Annotated[str | None, typer.Option("--since", help=t("cli.ledger.since"), show_default=False)]
Until = Annotated[str | None, typer.Option("--until", help=t("cli.ledger.until"), show_default=False)]


def add(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(**command("show", "ledger.show"))(show)
    app.command(**command("verify", "ledger.verify"))(verify)
    app.command(**command("anchor", "ledger.anchor"))(anchor)
    app.command(**command("export", "ledger.export"))(export)
    years.add(app)


def show(
    case: Case = None,
    operator: Annotated[str | None, typer.Option("--by", help=t("cli.ledger.by"), show_default=False)] = None,
    action: Annotated[str | None, typer.Option("--action", help=t("cli.ledger.action"), show_default=False)] = None,
    since: Since = None,
    until: Until = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help=t("cli.ledger.limit"))] = SHOWN_LINES,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.text import printable
    from gridconsole.services import audit

    with state.open_office() as office:
        action = action and _act(action)
        actor = state.operator(office, default=None if case else "auditor")
        wanted = _wanted(office, case, operator=operator, action=action, since=since, until=until)
        found = audit.entries(office, actor, wanted, limit)
        if as_json:
            state.print_json([_as_json(office, line) for line in found])
            return
        for line in found:
            print(printable(_words(office, line)))
        if not found:
            print(t("cli.ledger.none"), file=sys.stderr)
        files = audit.files_before(office, wanted)
        if files:
            print(t("timeline.retired", files=files), file=sys.stderr)
        if case is None:
            years.offer(office)


def verify(
    anchors: Annotated[list[str] | None, typer.Option("--anchor", help=t("cli.ledger.anchors"), show_default=False)] = None,
    file: Annotated[Path | None, typer.Option("--anchors", help=t("cli.ledger.anchor_file"), show_default=False)] = None,
    retired: Annotated[list[Path] | None, typer.Option("--retired", help=t("cli.ledger.retired"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.cli.status import EXIT_DATABASE
    from gridconsole.services import audit, daily_backup

    printed = _read_anchors([*(anchors or ()), *(_lines_of(file) if file is not None else ())])
    with state.open_office() as office:
        with progress.stages() as watch:
            verdict = audit.verify(office, printed, watch, retired or ())
        backup = daily_backup.newest_good(office, checked=True)
        if as_json:
            state.print_json({
                "ok": verdict.ok, "entries": verdict.entries, "head": verdict.head, "first_broken": verdict.first_broken,
                "flaw": verdict.flaw.value if verdict.flaw else None, "flaws": verdict.flaws, "erased": verdict.erased,
                "case": verdict.case or None, "column": verdict.column or None, "anchors": len(printed),
                "at": _iso(office, verdict.at if verdict.first_broken is not None else verdict.case_at), "file": verdict.file or None,
                "row": verdict.row or None, "row_flaw": verdict.row_flaw.value if verdict.row_flaw else None,
                "label": verdict.label or None, "attested_by": verdict.attested_by or None, "attests": verdict.attests,
                "anchor": verdict.anchor.value if verdict.anchor else None, "restored_at": _iso(office, verdict.restored_at),
                "last": verdict.last, "last_at": _iso(office, verdict.last_at),
                "backup_at": state.iso(backup.made_at, office) if backup else None,
                "sealed": list(verdict.sealed), "retired": verdict.retired, "unjudged": verdict.unjudged, "idle": list(verdict.idle),
            })  # fmt: skip
        else:
            print(_sentence(office, verdict, len(printed)))
            print(_newest(office, verdict.last_at, backup), file=sys.stderr)
            _remarks(verdict)
            years.offer(office)
    if not verdict.ok:
        raise typer.Exit(EXIT_DATABASE)


def _newest(office: Office, last_at: str, backup: Manifest | None) -> str:
    """Return the time of the newest entry and the age of the newest good backup, so that a stale copy is noticed."""
    from gridconsole.language.durations import age_text

    def shown(at: datetime | None) -> str:
        return f"{at.astimezone(office.calendar.zone):%Y-%m-%d %H:%M}" if at is not None else t("word.none")

    if backup is None:
        return t("cli.ledger.newest_without", at=shown(_instant(last_at)))
    age = age_text(int((office.now() - backup.made_at).total_seconds()))
    return t("cli.ledger.newest", at=shown(_instant(last_at)), backup=shown(backup.made_at), age=age)


def anchor(
    page: Annotated[bool, typer.Option("--print", help=t("cli.ledger.anchor_print"))] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help=t("cli.ledger.anchor_output"), show_default=False)] = None,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.anchors import printed_anchor
    from gridconsole.services import audit

    sheets.check(output, overwrite)
    with state.open_office() as office:
        actor, now = state.operator(office), office.now()
        seq, digest = audit.anchor(office, actor)
        printed, at = printed_anchor(seq, digest), state.iso(now, office)
        if as_json:
            state.print_json({"number": seq, "hash": digest, "printed": printed, "at": at})
        elif not (page or output):
            print(t("cli.ledger.anchored", office=office.name, at=at, anchor=printed))
        if output is not None or (page and not as_json):
            from gridconsole.reporting.anchor import page as page_of

            sheets.put(page_of(office, seq, digest, actor.name, now), office, output, overwrite)
    if not as_json:
        print(t("cli.ledger.anchor_hint", anchor=printed), file=sys.stderr)


def export(
    output: Annotated[Path, typer.Option("-o", "--output", help=t("cli.ledger.output"))],
    overwrite: Overwrite = False,
    case: Case = None,
    since: Since = None,
    until: Until = None,
    unmask: Unmask = False,
    reason: WhyUnmask = "",
) -> None:
    from gridconsole.reporting.ledger import write
    from gridconsole.services import audit

    check_unmask(unmask, reason)
    with state.open_office() as office:
        actor = state.operator(office, default="auditor")
        audit.check_reader(office, actor)
        wanted = _wanted(office, case, operator=None, action=None, since=since, until=until)
        count = write(office, actor, output, wanted, reason if unmask else None, overwrite=overwrite)
        files = audit.files_before(office, wanted)
    print(t("cli.ledger.exported", count=count, file=output))
    if files:
        print(t("timeline.retired", files=files), file=sys.stderr)


def _act(text: str) -> str:
    """Return the code of an act, given that code or its name.

    Raises:
        UnknownWord: no act has that name.
    """
    from gridconsole.domain.errors import UnknownWord
    from gridconsole.domain.text import fold_width
    from gridconsole.language.acts import act_names

    names, wanted = act_names(), fold_width(text).strip().lower()
    for code, name in names.items():
        if wanted in (code, name):
            return code
    raise UnknownWord(what="action", word=text, choices=[f"{code}({name})" for code, name in names.items()])


def _wanted(
    office: Office, case: str | None, operator: str | None, action: str | None, since: str | None, until: str | None
) -> LedgerQuery:
    from datetime import timedelta

    from gridconsole.services import case_queries
    from gridconsole.store.ledger_entries import LedgerQuery

    first, last = state.parse_day(since, office), state.parse_day(until, office)
    return LedgerQuery(
        case_queries.find_number(office, case) if case else None,
        operator,
        action,
        office.midnight(first) if first else None,
        office.midnight(last + timedelta(days=1)) if last else None,
    )


def _read_anchors(words: Sequence[str]) -> list[tuple[int, str]]:
    """Parse every anchor: two anchors of one entry may contradict each other, and then one of them contradicts the ledger."""
    from gridconsole.domain.anchors import read_anchor
    from gridconsole.domain.errors import BadValue

    found = []
    for word in words:
        read = read_anchor(word)
        if read is None:
            raise BadValue(what="anchor", value=word, expected="anchor")
        found.append(read)
    return found


_COMMENT = re.compile(r"(?:^|(?<=\s))#(?!\s*\d+\s*[:：\s]\s*[0-9a-fA-F]{4}).*")
"""Comment in a file of anchors.

A printed anchor begins with the same sign: with a number and the beginning of a hash it is no comment.
"""


def _lines_of(file: Path) -> list[str]:
    from gridconsole.domain.errors import BadValue, FileDenied, FileMissing, NotAFile

    if file.is_dir():
        raise NotAFile(file=file.name)
    try:
        raw = file.read_bytes()
    except FileNotFoundError as error:
        raise FileMissing(file=file.name) from error
    except (OSError, ValueError) as error:
        raise FileDenied(file=file.name) from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Only comments can be in another encoding; digits are the same in all that Windows writes.
        text = raw.decode("gb18030", "replace")
    lines = [_COMMENT.sub("", line).strip() for line in text.splitlines()]
    found = [line for line in lines if line]
    if not found:
        # A file without anchors would look like one whose anchors all fit.
        raise BadValue(what="anchor_file", value=file.name, expected="anchor_file")
    return found


def _sentence(office: Office, verdict: LedgerVerdict, anchors: int) -> str:
    if verdict.ok:
        said = t("cli.ledger.ok", entries=verdict.entries, head=verdict.head[:32])
        said += t("cli.ledger.erased", count=verdict.erased) if verdict.erased else ""
        said += t("cli.ledger.seals_fit", count=len(verdict.sealed)) if verdict.sealed else ""
        judged = anchors - verdict.unjudged
        return said + (t("cli.ledger.anchors_fit", count=judged) if judged else "")
    if verdict.anchor is not None:
        said = _anchor_sentence(office, verdict)
    elif verdict.first_broken is not None:
        code = verdict.flaw.value if verdict.flaw else ""
        said = t("cli.ledger.broken", number=verdict.first_broken, at=_when(office, verdict.at), flaw=verdict.flaw, code=code)
    elif verdict.file:
        said = t("cli.ledger.file_differs", file=verdict.file, flaw=verdict.flaw, code="file")
    elif verdict.case:
        at, column = _when(office, verdict.case_at), t(f"case.{verdict.column}")
        said = t("cli.ledger.case_differs", number=verdict.case, at=at, column=column, code=f"case.{verdict.column}")
    else:
        by = t("cli.ledger.row_by", number=verdict.attested_by) if verdict.attested_by else ""
        said = t("cli.ledger.row_differs", what=t(f"attested.{verdict.row.partition(':')[0]}"), label=verdict.label, how=verdict.row_flaw, by=by,
                 code=verdict.row)  # fmt: skip
    return said + (t("cli.ledger.more", count=verdict.flaws - 1) if verdict.flaws > 1 else "")


def _anchor_sentence(office: Office, verdict: LedgerVerdict) -> str:
    """Return why an anchor does not fit: the entry was rewritten, replaced by a backup, or is not in this file."""
    return t(
        f"cli.ledger.anchor.{verdict.anchor}", number=verdict.first_broken, at=_when(office, verdict.at), last=verdict.last,
        last_at=_when(office, verdict.last_at), restored_at=_instant(verdict.restored_at),
    )  # fmt: skip


def _remarks(verdict: LedgerVerdict) -> None:
    """Print what a verification left out, and why."""
    if verdict.retired:
        print(t("cli.ledger.not_looked_at", count=verdict.retired), file=sys.stderr)
    if verdict.unjudged:
        print(t("cli.ledger.unjudged", count=verdict.unjudged), file=sys.stderr)
    if not verdict.attests:
        print(t("cli.ledger.not_attested"), file=sys.stderr)
    if verdict.idle:
        print(t("cli.ledger.idle", files=verdict.idle), file=sys.stderr)


def _when(office: Office, stamp: str) -> str:
    """Return the time of an entry as text; empty if its time stamp is missing or unreadable."""
    from gridconsole.language.durations import local_text

    at = _instant(stamp)
    return t("cli.ledger.at", at=local_text(at, office.calendar)) if at is not None else ""


def _iso(office: Office, stamp: str) -> str | None:
    return state.iso(_instant(stamp), office)


def _instant(stamp: str) -> datetime | None:
    from gridconsole.store.types import instant

    try:
        return instant(stamp) if stamp else None
    except ValueError:
        return None


def _words(office: Office, line: LedgerLine) -> str:
    from gridconsole.language.wording import ledger_line

    return f"#{line.seq} {ledger_line(line, office.calendar)}"


def _as_json(office: Office, line: LedgerLine) -> dict[str, Any]:
    return {"number": line.seq, "at": state.iso(line.at, office), "operator": line.operator, "axis": line.axis or None, "door": line.origin,
            "subject": line.subject, "action": line.action, "facts": dict(line.facts), "personal": dict(line.personal),
            "hash": line.hash}  # fmt: skip
