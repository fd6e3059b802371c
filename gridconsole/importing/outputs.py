"""Writing of workbooks: through the common file writer, with values put safely into cells."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from gridconsole.domain.text import begins_a_formula, printable
from gridconsole.files import Rules, refused, write
from gridconsole.importing.sources import Broken

WORKBOOK_ENDINGS = (".xlsx",)
"""File endings of workbooks."""


def save_workbook(book: Any, target: Path, rules: Rules) -> None:
    """Write an openpyxl workbook through the common file writer.

    Raises:
        OutputRefused: as of :func:`gridconsole.files.write`.
    """
    # In memory first: if the disk fills up, openpyxl leaves a broken archive behind, which reports an error when it is collected.
    content = io.BytesIO()
    try:
        book.save(content)
    except OSError as error:  # openpyxl keeps sheets in temporary files until then
        raise refused(target, error) from error
    write(target, content.getvalue(), rules)


def put_text(cell: Any, value: object) -> None:
    """Write a value into a cell: text stays text even if it looks like a formula, and a broken cell becomes an error cell."""
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
