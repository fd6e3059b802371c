"""The clerk's own file handed back: what was wrong in red, in words, in two more columns that are ignored when it comes again."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.text import printable
from gridconsole.importing import sources
from gridconsole.importing.rows import Issue
from gridconsole.importing.scan import ROW_LIMIT
from gridconsole.importing.values import RESULT_TITLES
from gridconsole.language import t
from gridconsole.language.wording import issue_text

if TYPE_CHECKING:
    from gridconsole.importing.engine import Outcome, SheetSeen

_ROW_FILL, _CELL_FILL, _WARN_FILL = "FFFFC7CE", "FFFF7C80", "FFFFEB9C"
_WIDEST = 60


def annotate(path: Path, outcome: Outcome, target: Path, *, encoding: str | None = None, errors_only: bool = False) -> None:
    """Write a workbook that shows what became of each row of a file.

    A workbook of the xlsx family is copied with its looks; anything else becomes a plain workbook of the same cells.

    Args:
        errors_only: only the header and the rows that were not taken.

    Raises:
        OutputRefused: the target exists already, or cannot be written.
    """
    check_target(target)
    source = sources.load(path)
    by_sheet = _by_row(outcome.issues)
    if errors_only:
        book = _only_errors(source, encoding, outcome.sheets, by_sheet)
    else:
        book = _copy_of(source, encoding)
        for seen in outcome.sheets:
            sheet = book[_title(seen.name)] if _title(seen.name) in book.sheetnames else book.worksheets[0]
            _mark(sheet, seen, by_sheet.get(seen.name, {}))
    try:
        book.save(target)
    except OSError as error:
        raise OutputRefused(file=str(target), why=error.strerror or "") from error


def check_target(target: Path) -> None:
    """Never write over a file.

    Raises:
        OutputRefused: there is one.
    """
    if target.exists():
        raise OutputRefused(file=str(target), why=t("cli.import.exists"))
    if not target.absolute().parent.is_dir():
        raise OutputRefused(file=str(target), why=t("cli.import.no_folder"))


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of a row."""

    rejected: bool
    issues: tuple[Issue, ...]

    @property
    def words(self) -> str:
        """All of it in one cell."""
        parts = []
        for issue in self.issues:
            message, advice = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
            parts.append(f"{message} [{issue.code}]" + (f" {t('cli.import.advice', advice=advice)}" if advice else ""))
        return "；".join(parts)


def _by_row(issues: Sequence[Issue]) -> dict[str, dict[int, _Told]]:
    rows: dict[str, dict[int, list[Issue]]] = {}
    for issue in issues:
        rows.setdefault(issue.sheet, {}).setdefault(issue.row, []).append(issue)
    return {
        sheet: {number: _Told(any(item.severity == "error" for item in found), tuple(found)) for number, found in by_row.items()}
        for sheet, by_row in rows.items()
    }


def _mark(sheet: Any, seen: SheetSeen, told: Mapping[int, _Told]) -> None:
    from openpyxl.styles import Font

    verdict, words = _result_columns(sheet, seen.header_row)
    for column, title in zip((verdict, words), RESULT_TITLES, strict=True):
        cell = sheet.cell(seen.header_row, column)
        put_text(cell, title)
        cell.font = Font(bold=True)
    for number in range(seen.header_row + 1, sheet.max_row + 1):
        if all(sheet.cell(number, column).value in (None, "") for column in range(1, verdict)):
            continue
        found = told.get(number)
        put_text(sheet.cell(number, verdict), t(_verdict_key(found)))
        put_text(sheet.cell(number, words), found.words if found else "")
        if found is not None:
            _colour(sheet, number, verdict, found)


def _verdict_key(found: _Told | None) -> str:
    if found is None:
        return "verdict.taken"
    return "verdict.rejected" if found.rejected else "verdict.noted"


def _colour(sheet: Any, number: int, width: int, found: _Told) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    if found.rejected:
        pale = PatternFill("solid", start_color=_ROW_FILL)
        for column in range(1, width + 2):
            sheet.cell(number, column).fill = pale
    for issue in found.issues:
        if not issue.cell or issue.row != number:
            continue
        cell = sheet[issue.cell]
        cell.fill = PatternFill("solid", start_color=_CELL_FILL if issue.severity == "error" else _WARN_FILL)
        message, advice = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
        if not hasattr(cell, "comment") or type(cell).__name__ == "MergedCell":
            continue
        cell.comment = Comment(printable(f"{message} [{issue.code}]\n{advice}"), "GridConsole")


def _result_columns(sheet: Any, header_row: int) -> tuple[int, int]:
    """Where the two columns go: after everything, or where an earlier round put them."""
    titles = [sheet.cell(header_row, column).value for column in range(1, sheet.max_column + 1)]
    for column, title in enumerate(titles, 1):
        if title == RESULT_TITLES[0]:
            return column, column + 1
    last = max((column for column, title in enumerate(titles, 1) if title not in (None, "")), default=0)
    # The cells of a merged range but the first can hold nothing.
    last = max([last, *(merged.max_col for merged in sheet.merged_cells.ranges if merged.max_row >= header_row)])
    for row in sheet.iter_rows(min_row=header_row + 1, min_col=last + 1):
        last = max([last, *(cell.column for cell in row if cell.value not in (None, ""))])
    return last + 1, last + 2


def _copy_of(source: sources.SourceFile, encoding: str | None) -> Any:
    import openpyxl

    if source.raw.startswith(b"PK\x03\x04"):
        try:
            return openpyxl.load_workbook(io.BytesIO(source.raw), keep_vba=b"vbaProject.bin" in source.raw)
        except Exception:  # noqa: BLE001, S110  a workbook it cannot keep the looks of is written plainly instead
            pass
    book = openpyxl.Workbook()
    book.remove(book.active)
    for sheet in sources.sheets(source, encoding):
        copied = book.create_sheet(_title(sheet.name))
        for number, cells in sheet.rows:
            if number > ROW_LIMIT:
                raise OutputRefused(file=source.name, why=t("cli.import.too_long"))
            for column, cell in enumerate(cells, 1):
                if cell is not None:
                    put_text(copied.cell(number, column), cell)
    return book


def _only_errors(
    source: sources.SourceFile, encoding: str | None, seen: Sequence[SheetSeen], told: Mapping[str, Mapping[int, _Told]]
) -> Any:
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.active)
    known = {sheet.name: sheet for sheet in seen}
    for sheet in sources.sheets(source, encoding):
        taken = known.get(sheet.name)
        if taken is None:
            continue
        _copy_errors(book.create_sheet(_title(sheet.name)), sheet, taken, told.get(sheet.name, {}))
    if not book.worksheets:
        book.create_sheet(_title(""))
    return book


def _copy_errors(copied: Any, sheet: sources.Sheet, taken: SheetSeen, told: Mapping[int, _Told]) -> None:
    from openpyxl.styles import PatternFill

    kept = [
        (number, cells)
        for number, cells in sheet.rows
        if number == taken.header_row or (number in told and told[number].rejected)
    ]
    width = max((len(cells) for _, cells in kept), default=0)
    for line, (number, cells) in enumerate(kept, 1):
        for column, cell in enumerate(cells, 1):
            if cell is not None:
                put_text(copied.cell(line, column), cell)
        found = told.get(number)
        last = RESULT_TITLES if number == taken.header_row or found is None else (t("verdict.rejected"), found.words)
        for offset, text in enumerate(last, 1):
            put_text(copied.cell(line, width + offset), text)
        for issue in found.issues if found is not None else ():
            if issue.cell:
                place = copied[f"{issue.cell.rstrip('0123456789')}{line}"]
                place.fill = PatternFill("solid", start_color=_CELL_FILL if issue.severity == "error" else _WARN_FILL)


def put_text(cell: Any, value: object) -> None:
    """A value as it is; a text stays a text, whatever it begins with."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        text = printable(str(value))[:32_767]
        cell.value, cell.data_type = text, "s"
        if text[:1] in ("=", "+", "-", "@"):
            cell.quotePrefix = True
    else:
        cell.value = value


def _title(name: str) -> str:
    """A sheet's name as a workbook takes it."""
    cleaned = "".join("_" if char in "[]:*?/\\" else char for char in printable(name))
    return cleaned[:31] or t("cli.import.sheet_name")
