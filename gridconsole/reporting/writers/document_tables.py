"""Tables of documents: columns as wide as their texts, the heading repeated on every page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

from gridconsole.reporting.model import Cell, Table, is_number
from gridconsole.reporting.writers import widths
from gridconsole.reporting.writers.cells import one_line

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_QUOTES = {'"': "&quot;"}
_POINTS_OF_MM = 72 / 25.4
_TWIPS = 20
"""Units of a word processor in a point."""
_GAP = 3
"""Points left free beside a text in its cell."""
_SHADE = "E6E6E6"
"""Behind headings."""
Look = tuple[str, float]
"""Style of the texts of a table, and its size in points."""


def fits(table: Table, size: float, width: float) -> bool:
    """Return whether a table of a size has room in a width in millimetres without cutting a word."""
    return widths.fits(widths.columns_of(table), _room(table, size, width))


def element(table: Table, looks: Sequence[Look], width: float) -> Any:
    """Return a table as an element: cell by cell through the library it took four times as long.

    Args:
        looks: the normal one, and a smaller one. This is taken where a word would be cut otherwise, and for a list in which not
            everything has one line.
        width: in millimetres.
    """
    from docx.oxml import parse_xml

    columns = widths.columns_of(table)
    room = _room(table, looks[0][1], width)
    is_small = not widths.fits(columns, room) or (table.is_list and not widths.in_one_line(columns, room))
    style, size = looks[int(is_small)]
    twips = [round((share * size / 2 + 2 * _GAP) * _TWIPS) for share in widths.shared_out(columns, _room(table, size, width))]
    total = None if table.total is None else table.total % len(table.rows)
    rows = [_row(table.columns, twips, style, is_bold=True, is_heading=True)]
    rows += [_row(row, twips, style, is_bold=at == total) for at, row in enumerate(table.rows)]
    grid = "".join(f'<w:gridCol w:w="{one}"/>' for one in twips)
    edges = (("top", _GAP / 2), ("left", _GAP), ("bottom", _GAP / 2), ("right", _GAP))
    margins = "".join(f'<w:{edge} w:w="{round(gap * _TWIPS)}" w:type="dxa"/>' for edge, gap in edges)
    look = (
        f'<w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(twips)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
        f"<w:tblCellMar>{margins}</w:tblCellMar></w:tblPr>"
    )
    return parse_xml(f'<w:tbl xmlns:w="{_WORD}">{look}<w:tblGrid>{grid}</w:tblGrid>{"".join(rows)}</w:tbl>')


def _room(table: Table, size: float, width: float) -> float:
    """Return the half-width characters of a size that stand beside each other in the columns of a table."""
    return (width * _POINTS_OF_MM - 2 * _GAP * len(table.columns)) / (size / 2)


def _row(cells: tuple[Cell, ...], twips: Sequence[int], style: str, *, is_bold: bool, is_heading: bool = False) -> str:
    look = "<w:rPr><w:b/></w:rPr>" if is_bold else ""
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{_SHADE}"/>' if is_heading else ""
    inner = []
    for cell, width in zip(cells, twips, strict=True):
        place = "center" if is_heading else "right" if is_number(cell) else "left"
        paragraph = f'<w:pPr><w:pStyle w:val="{escape(style, _QUOTES)}"/><w:jc w:val="{place}"/></w:pPr>'
        text = f'<w:r>{look}<w:t xml:space="preserve">{escape(one_line(cell))}</w:t></w:r>'
        of_cell = f'<w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}<w:vAlign w:val="center"/></w:tcPr>'
        inner.append(f"<w:tc>{of_cell}<w:p>{paragraph}{text}</w:p></w:tc>")
    # No row is cut by the end of a page, and the headings are repeated on every page.
    properties = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if is_heading else ''}</w:trPr>"
    return f"<w:tr>{properties}{''.join(inner)}</w:tr>"
