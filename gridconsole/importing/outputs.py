"""Workbooks that are written: through which writer, and how a value stands in a cell."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from gridconsole.domain.text import begins_a_formula, printable
from gridconsole.files import Rules, refused, write
from gridconsole.importing.sources import Broken

WORKBOOK_ENDINGS = (".xlsx",)
"""What a workbook's name ends in."""


def save_workbook(book: Any, target: Path, rules: Rules) -> None:
    """Write a workbook of openpyxl through the one writer of files.

    Raises:
        OutputRefused: as of :func:`gridconsole.files.write`.
    """
    # In memory first: openpyxl leaves a broken archive behind where the disk fills up, which complains when it is collected.
    content = io.BytesIO()
    try:
        book.save(content)
    except OSError as error:  # it keeps sheets in temporary files until then
        raise refused(target, error) from error
    write(target, content.getvalue(), rules)


def put_text(cell: Any, value: object) -> None:
    """A value as it is; a text stays a text, whatever it begins with, and a cell without a value stays one."""
    if isinstance(value, Broken):
        from openpyxl.cell.cell import ERROR_CODES

        cell.value = value.text if value.text in ERROR_CODES else "#N/A"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        text = printable(str(value))[:32_767]
        cell.value, cell.data_type = text, "s"
        if begins_a_formula(text):
            cell.quotePrefix = True
    else:
        cell.value = value
