"""Workbooks that are written: where they may go, and how a value stands in a cell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.text import printable
from gridconsole.importing.sources import Broken
from gridconsole.language import t


def check_target(target: Path, endings: Sequence[str] = (".xlsx",)) -> None:
    """Never write over a file, nor a workbook under the name of something else.

    Raises:
        OutputRefused: it is there already, has another ending, or no folder to go to.
    """
    if target.suffix.lower() not in endings:
        raise OutputRefused(file=str(target), why=t("cli.import.ending", endings=list(endings)))
    if target.exists():
        raise OutputRefused(file=str(target), why=t("cli.import.exists"))
    if not target.absolute().parent.is_dir():
        raise OutputRefused(file=str(target), why=t("cli.import.no_folder"))


def put_text(cell: Any, value: object) -> None:
    """A value as it is; a text stays a text, whatever it begins with, and a cell without a value stays one."""
    if isinstance(value, Broken):
        from openpyxl.cell.cell import ERROR_CODES

        cell.value = value.text if value.text in ERROR_CODES else "#N/A"
    elif isinstance(value, bool) or not isinstance(value, int | float):
        text = printable(str(value))[:32_767]
        cell.value, cell.data_type = text, "s"
        if text[:1] in ("=", "+", "-", "@"):
            cell.quotePrefix = True
    else:
        cell.value = value
