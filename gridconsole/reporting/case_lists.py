"""Writing of case lists (案件台账): xlsx, csv or json, in the columns that were chosen."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from gridconsole import files
from gridconsole.domain.outputs import PRINTED
from gridconsole.domain.text import csv_text, printable
from gridconsole.language import t
from gridconsole.services import case_lists

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gridconsole.domain.parties import Actor
    from gridconsole.services.case_lists import CaseList, Cell, Column, Wanted
    from gridconsole.services.office import Office

ENDINGS = (".xlsx", ".csv", ".json")
"""Endings that the file of a case list may have."""
_WIDTHS = {
    "content": 40,
    "address": 24,
    "reported_at": 16,
    "due": 16,
    "outer_due": 16,
    "closed_at": 16,
    "recorded_at": 16,
    "number": 15,
}
_LONGEST_CELL = 32_767


def check(target: Path, *, overwrite: bool = False) -> files.Rules:
    """Refuse a target that cannot be written, before anything is read.

    Raises:
        OutputRefused: the target exists already, has another ending, or cannot be written.
    """
    rules = files.Rules(ENDINGS, overwrite)
    files.check(target, rules)
    return rules


def write(found: CaseList, target: Path, *, overwrite: bool = False) -> None:
    """Write a case list.

    Raises:
        OutputRefused: as of :func:`check`.
    """
    rules = check(target, overwrite=overwrite)
    encoders = {".xlsx": _workbook, ".csv": _csv, ".json": _json}
    files.write(target, encoders[target.suffix.lower()](found), rules)


def export(
    office: Office, actor: Actor, wanted: Wanted, columns: Sequence[Column], target: Path, *, overwrite: bool = False,
    every_kept: bool = False, unmask: bool = False, reason: str = "",
) -> int:  # fmt: skip
    """Write the cases that are wanted to a file, with an entry in the ledger; returns their number.

    Args:
        columns: the columns, in their order.
        every_kept: add the columns that lists kept with their cases.
        unmask: show personal data, for ``reason``.

    Raises:
        OutputRefused: as of :func:`check`, before anything is read.
        NotPermitted, ReasonNeeded, UnknownWord, BadValue: as of :func:`gridconsole.services.case_lists.unmasked`.
    """
    check(target, overwrite=overwrite)
    if unmask:
        found = case_lists.unmasked(office, actor, wanted, columns, reason, every_kept=every_kept)
    else:
        found = case_lists.make(office, wanted, columns, every_kept=every_kept)
        case_lists.record(office, actor, wanted, found)
    write(found, target, overwrite=overwrite)
    return len(found.rows)


def as_records(found: CaseList) -> list[dict[str, Cell]]:
    """Return the lines as programs read them, by the codes of the columns."""
    return [{column.name: cell for column, cell in zip(found.columns, row, strict=True)} for row in found.rows]


def _json(found: CaseList) -> bytes:
    return json.dumps(as_records(found), ensure_ascii=False, indent=1).encode()


def _csv(found: CaseList) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([column.heading for column in found.columns])
    writer.writerows([cell if isinstance(cell, int) else csv_text(printable(cell)) for cell in row] for row in found.rows)
    return out.getvalue().encode("utf-8-sig")


def _workbook(found: CaseList) -> bytes:
    import xlsxwriter

    out = io.BytesIO()
    # Rows are written as they come: a list of any length takes little room. Strings are never formulas, links or numbers.
    options = {
        "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True,
    }  # fmt: skip
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"keywords": PRINTED})
        sheet, bold = book.add_worksheet(t("case_list.sheet")), book.add_format({"bold": True})
        sheet.freeze_panes(1, 1)
        for place, column in enumerate(found.columns):
            sheet.set_column(place, place, _WIDTHS.get(column.name, 12))
            sheet.write_string(0, place, printable(column.heading), bold)
        for line, row in enumerate(found.rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, int):
                    sheet.write_number(line, place, cell)
                elif cell:
                    sheet.write_string(line, place, printable(cell)[:_LONGEST_CELL])
        sheet.autofilter(0, 0, max(len(found.rows), 1), len(found.columns) - 1)
    return out.getvalue()
