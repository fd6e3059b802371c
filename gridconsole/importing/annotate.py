"""Annotated copy of an imported file: problems in red and in words, in two added columns that a later import ignores."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.outputs import OutputFault
from gridconsole.domain.text import printable
from gridconsole.domain.views.imports import Issue
from gridconsole.files import Rules, check
from gridconsole.importing import sources
from gridconsole.importing.kinds import KINDS
from gridconsole.importing.outputs import WORKBOOK_ENDINGS, put_text, save_workbook
from gridconsole.importing.rows import HEADER_ROWS, Merges, filled, position_of, rows_of, top_of
from gridconsole.importing.scan import COLUMN_LIMIT, ROW_LIMIT
from gridconsole.importing.values import RESULT_TITLES
from gridconsole.language import clauses, t
from gridconsole.language.error_sentences import issue_text

if TYPE_CHECKING:
    from gridconsole.importing.engine import ImportOutcome, SheetSeen

_ROW_FILL, _CELL_FILL, _WARN_FILL = "FFFFC7CE", "FFFF7C80", "FFFFEB9C"
_OURS = frozenset({_ROW_FILL, _CELL_FILL, _WARN_FILL})
_AUTHOR = "GridConsole"
LOOKS_LIMIT = 24 << 20
"""Unpacked bytes up to which a workbook is copied with its formatting.

All of it is held in memory, at some twenty times that size.
"""
MERGED_LIMIT = 200_000
"""Most cells under merged ranges in a workbook copied with its formatting. Each takes memory, even if it is empty."""
Cells = list[sources.Cell]


def annotate(
    path: Path, outcome: ImportOutcome, target: Path, *, encoding: str | None = None, errors_only: bool = False, overwrite: bool = False
) -> None:  # fmt: skip
    """Write a workbook that shows what became of each row of a file.

    An xlsx-family workbook keeps its formatting, unless it is too large or cannot be loaded; formulas become their results.
    Anything else becomes a plain workbook of the same cells.

    Args:
        errors_only: write only the header and the rejected rows, with merged and inherited cells filled in.

    Raises:
        OutputRefused: the target exists already, or cannot be written.
    """
    rules = Rules(WORKBOOK_ENDINGS, overwrite, [path])
    check(target, rules)
    source = sources.load(path)
    issues_of = _by_row(outcome.issues)
    book = None if errors_only else _with_looks(source, encoding, outcome.sheets, issues_of)
    if book is None:
        import openpyxl

        book = openpyxl.Workbook(write_only=True)
        seen = {sheet.position: sheet for sheet in outcome.sheets}
        for position, sheet in enumerate(sources.sheets(source, encoding)):
            found = seen.get(position)
            about = issues_of.get(sheet.name, {})
            if errors_only and found is not None:
                _write_errors(book.create_sheet(_title(sheet.name)), sheet, found, about, outcome.kind)
            elif not errors_only:
                copied = book.create_sheet(_title(sheet.name))
                _write_all(
                    copied,
                    sheet,
                    source=source,
                    seen=found,
                    issues_of=about,
                    width=_width_in(source, encoding, position) if found else 0,
                )
        if not book.worksheets:
            book.create_sheet(_title(""))
    save_workbook(book, target, rules)


@dataclass(frozen=True, slots=True)
class _Reported:
    """Issues of a row."""

    rejected: bool
    issues: tuple[Issue, ...]

    @property
    def words(self) -> str:
        """Messages about the row, joined for one cell."""
        parts = []
        for issue in self.issues:
            message, advice = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
            parts.append(f"{message} [{issue.code}]" + (f" {t('cli.import.advice', advice=advice)}" if advice else ""))
        return clauses(parts)

    def at(self, number: int) -> Iterator[tuple[int, str, str]]:
        """Yield the cells of the row that have an issue: the column (from 0), the colour, and the text of the comment."""
        for issue in self.issues:
            if issue.cell and issue.row == number:
                message, advice = issue_text(issue.code, issue.column, issue.value, issue.suggestion)
                colour = _CELL_FILL if issue.severity == "error" else _WARN_FILL
                yield position_of(issue.cell.rstrip("0123456789")), colour, printable(f"{message} [{issue.code}]\n{advice}")


def _by_row(issues: Sequence[Issue]) -> dict[str, dict[int, _Reported]]:
    rows: dict[str, dict[int, list[Issue]]] = {}
    for issue in issues:
        rows.setdefault(issue.sheet, {}).setdefault(issue.row, []).append(issue)
    return {
        sheet: {
            number: _Reported(any(item.severity == "error" for item in found), tuple(found)) for number, found in by_row.items()
        }
        for sheet, by_row in rows.items()
    }


def _results(number: int, seen: SheetSeen, passed_over: frozenset[int], found: _Reported | None) -> tuple[str, str]:
    """Return the text of the two added columns for a row that is not blank."""
    if number == seen.header.row:
        return RESULT_TITLES[0], RESULT_TITLES[1]
    if number < seen.header.row or number in passed_over:
        return "", ""
    if found is None:
        return t("verdict.taken"), ""
    return t("verdict.rejected" if found.rejected else "verdict.noted"), found.words


def _is_filled(cells: Sequence[sources.Cell]) -> bool:
    return any(cell not in (None, "") for cell in cells)


def _width(cells: Sequence[sources.Cell]) -> int:
    return max((place for place, cell in enumerate(cells, 1) if cell not in (None, "")), default=0)


def _places(seen: SheetSeen, width: int) -> tuple[int, int]:
    """Columns of the results, from 1: after all other columns, or where an earlier annotation put them."""
    before = sorted(seen.header.ignored)
    return (before[0] + 1, before[1] + 1) if len(before) == len(RESULT_TITLES) else (width + 1, width + 2)


# --- the same workbook ------------------------------------------------------------------------------------------


def _with_looks(
    source: sources.SourceFile, encoding: str | None, seen: Sequence[SheetSeen], issues_of: Mapping[str, Mapping[int, _Reported]]
) -> Any:
    """Return the annotated copy of the workbook; None if it is not of the xlsx family, is too large, or cannot be loaded."""
    import openpyxl

    if not source.raw.startswith(b"PK\x03\x04"):
        return None
    with zipfile.ZipFile(io.BytesIO(source.raw)) as archive:
        if sum(part.file_size for part in archive.infolist()) > LOOKS_LIMIT:
            return None
    by_position = {sheet.position: sheet for sheet in seen}
    taken: list[tuple[int, SheetSeen, sources.Sheet, list[tuple[int, Cells]]]] = []
    merged = count = 0
    for position, sheet in enumerate(sources.sheets(source, encoding)):
        count += 1
        merged += sum((bottom - top + 1) * (right - left + 1) for top, left, bottom, right in sheet.merged)
        if position in by_position:
            taken.append(
                (position, by_position[position], sheet, [(number, cells) for number, cells in sheet.rows if _is_filled(cells)])
            )
    if merged > MERGED_LIMIT:
        return None
    try:
        book = openpyxl.load_workbook(io.BytesIO(source.raw), keep_vba=b"vbaProject.bin" in source.raw)
    except Exception:  # noqa: BLE001  a workbook that openpyxl cannot load is written plainly instead
        return None
    if len(book.worksheets) != count:
        return None
    for position, sheet_seen, sheet, rows in taken:
        _mark(book.worksheets[position], sheet_seen, sheet, rows, issues_of.get(sheet.name, {}))
    return book


def _mark(
    copied: Any, seen: SheetSeen, sheet: sources.Sheet, rows: Sequence[tuple[int, Cells]], issues_of: Mapping[int, _Reported]
) -> None:
    from openpyxl.styles import Font

    header, passed_over = seen.header.row, frozenset(seen.passed_over)
    # In a merged range only the first cell can hold a value.
    ends = [min(right + 1, COLUMN_LIMIT) for _, _, bottom, right in sheet.merged if bottom + 1 >= header]
    columns = _places(seen, max([0, *ends, *(_width(cells) for number, cells in rows if number >= header)]))
    for number, cells in rows:
        if number < header:
            continue
        found = issues_of.get(number)
        if number > header:
            _refresh(copied, number, cells)
        for column, text in zip(columns, _results(number, seen, passed_over, found), strict=True):
            cell = copied.cell(number, column)
            put_text(cell, text)
            if number == header:
                cell.font = Font(bold=True)
        if number > header and found is not None:
            _colour(copied, number, columns[1], found)


def _refresh(copied: Any, number: int, cells: Cells) -> None:
    """Remove the marks of an earlier annotation, and replace formulas by their results, which openpyxl would not save."""
    from openpyxl.styles import PatternFill

    for column, value in enumerate(cells, 1):
        cell = copied.cell(number, column)
        if cell.data_type == "f" and isinstance(value, str | int | float):
            put_text(cell, value)
        if cell.fill.fill_type == "solid" and cell.fill.start_color.rgb in _OURS:
            cell.fill = PatternFill()
        if cell.comment is not None and cell.comment.author == _AUTHOR:
            cell.comment = None


def _colour(copied: Any, number: int, width: int, found: _Reported) -> None:
    from openpyxl.comments import Comment

    if found.rejected:
        pale = _fill(_ROW_FILL)
        for column in range(1, width + 1):
            copied.cell(number, column).fill = pale
    for position, colour, words in found.at(number):
        cell = copied.cell(number, position + 1)
        cell.fill = _fill(colour)
        if type(cell).__name__ != "MergedCell":
            cell.comment = Comment(words, _AUTHOR)


def _fill(colour: str) -> Any:
    from openpyxl.styles import PatternFill

    return PatternFill("solid", start_color=colour)


# --- a plain workbook -------------------------------------------------------------------------------------------


def _width_in(source: sources.SourceFile, encoding: str | None, wanted: int) -> int:
    """Return the number of columns of a sheet; needed before it is written row by row."""
    return next(
        max((_width(cells) for _, cells in sheet.rows), default=0)
        for position, sheet in enumerate(sources.sheets(source, encoding))
        if position == wanted
    )


def _write_all(
    copied: Any,
    sheet: sources.Sheet,
    source: sources.SourceFile,
    seen: SheetSeen | None,
    issues_of: Mapping[int, _Reported],
    width: int,
) -> None:
    passed_over = frozenset(seen.passed_over) if seen is not None else frozenset()
    columns = _places(seen, width) if seen is not None else (1, 2)
    merges, line = Merges(sheet.merged), 0
    top = filled(top_of(sheet, max(HEADER_ROWS, seen.header.row if seen is not None else 0)), sheet.merged)
    for number, cells in _one_after_the_other(top, sheet):
        if number > ROW_LIMIT:
            raise OutputRefused(file=source.name, why=OutputFault.TOO_LONG)
        merges.fill(number - 1, cells)
        results: tuple[str, str] | None = None
        if seen is not None and _is_filled(cells):
            results = _results(number, seen, passed_over, issues_of.get(number))
        for _ in range(line + 1, number):
            copied.append([])
        line = number
        copied.append(_line(copied, number, cells=cells, columns=columns, results=results, found=issues_of.get(number)))


def _one_after_the_other(top: Sequence[tuple[int, Cells]], sheet: sources.Sheet) -> Iterator[tuple[int, Cells]]:
    yield from top
    yield from sheet.rows


def _write_errors(copied: Any, sheet: sources.Sheet, seen: SheetSeen, issues_of: Mapping[int, _Reported], kind: str) -> None:
    header = seen.header
    kept = [place for place in range(max(header.written, default=-1) + 1) if place not in header.ignored]
    top = top_of(sheet, max(HEADER_ROWS, header.row))
    rows = rows_of(sheet, top, header, None, KINDS[kind].examples())
    rejected = [(row.number, row.cells) for row in rows if row.number in issues_of and issues_of[row.number].rejected]
    beyond = max((_width(cells) for _, cells in rejected), default=0)
    kept += [place for place in range((kept[-1] if kept else -1) + 1, beyond) if place not in header.ignored]
    columns = len(kept) + 1, len(kept) + 2
    titles: Cells = [header.written.get(place) for place in kept]
    copied.append(
        _line(copied, header.row, cells=titles, columns=columns, results=(RESULT_TITLES[0], RESULT_TITLES[1]), found=None)
    )
    places = {place: position for position, place in enumerate(kept)}
    for number, cells in rejected:
        found = issues_of[number]
        line = [cells[place] if place < len(cells) else None for place in kept]
        copied.append(
            _line(
                copied,
                number,
                cells=line,
                columns=columns,
                results=(t("verdict.rejected"), found.words),
                found=found,
                places=places,
            )
        )


def _line(
    copied: Any, number: int, cells: Cells, columns: tuple[int, int], results: tuple[str, str] | None, found: _Reported | None,
    places: Mapping[int, int] | None = None,
) -> list[Any]:  # fmt: skip
    """Return a row of a plain workbook: its cells, the results, the colours and the comments.

    Args:
        places: position of each column in the new sheet, if some columns are left out.
    """
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.comments import Comment

    values: Cells = [*cells, *([None] * (columns[1] - len(cells)))] if results is not None else [*cells]
    for column, text in zip(columns, results or (), strict=False):
        values[column - 1] = text or None
    pale = _fill(_ROW_FILL) if found is not None and found.rejected else None
    line: list[Any] = []
    for value in values:
        cell = WriteOnlyCell(copied)
        if value is not None:
            put_text(cell, value)
        if pale is not None:
            cell.fill = pale
        line.append(cell)
    for position, colour, words in found.at(number) if found is not None else ():
        place = position if places is None else places.get(position, -1)
        if 0 <= place < len(line):
            line[place].fill = _fill(colour)
            line[place].comment = Comment(words, _AUTHOR)
    return line


def _title(name: str) -> str:
    """Return a sheet's name as a workbook allows it: without forbidden characters, at most 31 characters, never empty."""
    cleaned = "".join("_" if char in "[]:*?/\\" else char for char in printable(name))
    return cleaned[:31] or t("cli.import.sheet_name")
