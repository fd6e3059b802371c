"""Lines of an import's preview: rejected rows, cells that change, remarks, and the summary above them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gridconsole.console.text import line_of
from gridconsole.console.widgets.table import Column
from gridconsole.domain.text import mask_text
from gridconsole.importing.engine import ImportOutcome
from gridconsole.importing.kinds import KINDS
from gridconsole.language import labelled, t
from gridconsole.language.error_sentences import Surface, issue_text

LINES_SHOWN = 5_000
SHOWN_NUMBERS = 5
"""Row numbers that are listed one by one."""


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A line of the preview: a rejected or noted row, or a cell that changes."""

    position: int
    verdict: str
    sheet: str
    row: int
    cell: str
    column: str
    text: str


def summary(outcome: ImportOutcome) -> str:
    """Return the counts, and how the columns were understood."""
    counts = {verdict.value: count for verdict, count in outcome.counts.items()}
    head = t("console.import.summary", kind=t(f"kind.{outcome.kind}"), read=outcome.read, **counts)
    head += t("console.import.ready") if outcome.dry_run else t("console.import.done", batch=outcome.batch or "")
    lines = [head]
    titles = {column.name: column.title for column in KINDS[outcome.kind].columns}
    for sheet in outcome.sheets[:1]:
        known = [
            heading if heading == titles.get(name) else f"{heading}={titles.get(name, name)}" for heading, name in sheet.titles
        ]
        lines.append(t("console.import.columns", columns=known))
        if sheet.unknown:
            lines.append(t("console.import.kept", columns=list(sheet.unknown)))
    passed_over = [number for sheet in outcome.sheets for number in sheet.passed_over]
    if passed_over:
        shown = [*passed_over[:SHOWN_NUMBERS], *(["……"] if len(passed_over) > SHOWN_NUMBERS else [])]
        lines.append(t("console.import.passed_over", count=len(passed_over), rows=shown))
    return "\n".join(line_of(line) for line in lines)


def lines_of(outcome: ImportOutcome) -> list[PlanLine]:
    """Return rejected rows first, then changes, then what was noted."""
    found = []
    for issue in outcome.issues:
        message, advice = issue_text(issue.code, issue.column, issue.value, issue.suggestion, Surface.CONSOLE)
        text = f"{message} [{issue.code}] {advice}"
        found.append(
            PlanLine(
                position=0,
                verdict=issue.severity,
                sheet=issue.sheet,
                row=issue.row,
                cell=issue.cell,
                column=issue.column,
                text=text,
            )
        )
    for item in outcome.differences:
        text = mask_text(labelled(f"{item.label} {item.column}", f"{item.old or '—'} -> {item.new or '—'}"))
        found.append(
            PlanLine(position=0, verdict="change", sheet=item.sheet, row=item.row, cell="", column=item.column, text=text)
        )
    order = {"error": 0, "change": 1, "warning": 2, "repaired": 3}
    found.sort(key=lambda line: order[line.verdict])
    return [replace(line, position=position) for position, line in enumerate(found[:LINES_SHOWN])]


def line_columns() -> tuple[Column[PlanLine], ...]:
    return (
        Column(
            "",
            4,
            lambda line: t(f"console.import.verdict.{line.verdict}"),
            lambda line: "late" if line.verdict == "error" else "",
        ),
        Column(t("column.sheet"), 0, lambda line: line.sheet, narrowest=70),
        Column(t("column.cell"), 7, lambda line: line.cell or str(line.row), right=True),
        Column(t("column.content"), 0, lambda line: line.text, weight=8),
    )
