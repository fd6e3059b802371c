"""incident duplicates, compare, judge: cases that are one matter."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gridconsole.cli import state
from gridconsole.cli.options import Json, command
from gridconsole.language import t

if TYPE_CHECKING:
    from gridconsole.domain.duplicates import Clue
    from gridconsole.services.duplicates import Comparison, DuplicateCandidate, Value
    from gridconsole.services.office import Office


def add(app: typer.Typer) -> None:
    """Add the commands to those of a case."""
    app.command(**command("duplicates", "incident.duplicates"))(duplicates)
    app.command(**command("compare", "incident.compare"))(compare)
    app.command(**command("judge", "incident.judge"))(judge)


def duplicates(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))],
    as_json: Json = False,
) -> None:
    from gridconsole.services import case_queries
    from gridconsole.services.duplicates import candidates

    with state.look_into_office() as office:
        found = candidates(office, case_queries.find_number(office, number))
        if as_json:
            state.print_json([_candidate(office, candidate) for candidate in found])
            return
        _print_candidates(office, found)


def compare(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))],
    other: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.other"))],
    as_json: Json = False,
) -> None:
    from gridconsole.services import case_queries
    from gridconsole.services import duplicates as service

    with state.look_into_office() as office:
        found = service.compare(office, case_queries.find_number(office, number), case_queries.find_number(office, other))
        if as_json:
            state.print_json(_comparison(office, found))
            return
        _print_comparison(office, found)


def judge(
    number: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.number"))],
    other: Annotated[str, typer.Argument(metavar=t("cli.meta.number"), help=t("cli.incident.other"))],
    verdict: Annotated[str, typer.Argument(metavar=t("column.verdict"), help=t("cli.incident.verdict"))],
    request_id: Annotated[str | None, typer.Option("--request-id", help=t("cli.incident.request_id"), show_default=False)] = None,
    as_json: Json = False,
) -> None:
    from gridconsole.domain.codes import PairVerdict
    from gridconsole.language import word
    from gridconsole.services import case_queries
    from gridconsole.services import duplicates as service

    said = state.parse_word(PairVerdict, verdict, "verdict")
    with state.open_office() as office:
        actor = state.operator(office)
        one, two = case_queries.find_number(office, number), case_queries.find_number(office, other)
        service.judge(office, actor, number=one, other=two, verdict=said, request_id=request_id)
    if as_json:
        state.print_json({"number": one, "other": two, "verdict": said.value})
        return
    print(f"{one} {two} {word(said)}")


def _candidate(office: Office, candidate: DuplicateCandidate) -> dict[str, Any]:
    from gridconsole.domain.text import mask_text

    row = candidate.row
    return {
        "number": row.number,
        "score": candidate.score,
        "clues": _clues(candidate.clues),
        "verdict": candidate.verdict.value if candidate.verdict else None,
        "merged_into": candidate.merged_into,
        "leads": candidate.leads,
        "state": row.state.value,
        "category": row.category or None,
        "area": row.area_name or None,
        "grid_name": row.grid_name or None,
        "address": mask_text(row.address),
        "summary": mask_text(row.summary),
        "reported_at": state.iso(row.reported_at, office),
    }


def _clues(clues: tuple[Clue, ...]) -> list[dict[str, Any]]:
    return [{"sign": clue.sign.value, "points": clue.points, "value": clue.value} for clue in clues]


def _comparison(office: Office, found: Comparison) -> dict[str, Any]:
    return {
        "left": found.left,
        "right": found.right,
        "score": found.score,
        "clues": _clues(found.clues),
        "verdict": found.verdict.value if found.verdict else None,
        "differences": [
            {"field": item.field, "left": _plain(office, item.left), "right": _plain(office, item.right), "same": item.same}
            for item in found.differences
        ],
    }


def _plain(office: Office, value: Value) -> str | None:
    return state.iso(value, office) if isinstance(value, datetime) else str(value)


def _print_candidates(office: Office, found: tuple[DuplicateCandidate, ...]) -> None:
    import sys

    from gridconsole.domain.text import mask_text
    from gridconsole.language import word
    from gridconsole.language.durations import local_text
    from gridconsole.language.wording import clue_texts, link_marks

    if not found:
        print(t("cli.incident.no_candidates"), file=sys.stderr)
        return
    for candidate in found:
        row = candidate.row
        marks = link_marks(candidate.verdict, candidate.merged_into, candidate.leads)
        _say("  ".join((row.number, word(row.state), row.category, local_text(row.reported_at, office.calendar), *marks)))
        _say("  " + t("cli.incident.score", score=candidate.score, clues=clue_texts(candidate.clues)))
        _say("  " + " ".join((mask_text(row.address), mask_text(row.summary))).strip())


def _say(line: str) -> None:
    from gridconsole.domain.text import printable

    print(printable(line).rstrip())


def _print_comparison(office: Office, found: Comparison) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as RichText

    from gridconsole.domain.text import printable
    from gridconsole.language.wording import clue_texts

    _say(t("cli.incident.score", score=found.score, clues=clue_texts(found.clues)))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (t("column.field"), t("column.same"), found.left, found.right):
        table.add_column(RichText(heading), overflow="fold")
    for item in found.differences:
        cells = (t(f"column.{item.field}"), "=" if item.same else "", _shown(office, item.left), _shown(office, item.right))
        table.add_row(*(RichText(printable(cell)) for cell in cells))
    Console().print(table)


def _shown(office: Office, value: Value) -> str:
    from gridconsole.language import word
    from gridconsole.language.durations import local_text

    if isinstance(value, datetime):
        return local_text(value, office.calendar)
    # A text is shown whole: two texts may differ only at the end.
    return word(value) if isinstance(value, StrEnum) else value
