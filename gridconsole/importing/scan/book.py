"""Interface of workbook details, for all formats."""

from __future__ import annotations

from collections.abc import Iterator

COLUMN_LIMIT = 512
"""Columns beyond this are not read, in any file."""
ROW_LIMIT = 1 << 20
NO_RESULT = "公式没有结果"
"""Text of a formula that was never calculated, or whose result was not saved."""
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}
"""Errors by the number that binary formats write for them."""
UNKNOWN_ERROR = "#ERROR!"
Marks = Iterator[tuple[int, dict[int, str]]]
"""Rows with broken cells, from 0 and in the order of the file: the text by column, from 0."""


class Book:
    """A workbook without known details. Its sheets are numbered from 0 in the order of the reader."""

    epoch_1904 = False
    """Bare serial numbers count from 1904-01-01."""

    def size_of(self, sheet: int) -> int:  # noqa: ARG002  formats that keep all sheets in one part cannot tell them apart
        """Return the unpacked bytes of a sheet's part: 0 if it has none, 1 for every sheet if sizes are not known."""
        return 1

    def hidden_rows(self, sheet: int) -> list[int]:  # noqa: ARG002
        """Return the rows of a sheet that a filter or a person hid, from 0."""
        return []

    def broken_cells(self, sheet: int) -> Marks:  # noqa: ARG002
        """Yield the cells of a sheet that have no value and are not blank. Call it for the sheets in order, once each.

        Raises:
            Forged: the sheet defines entities or is no XML.
        """
        return iter(())
