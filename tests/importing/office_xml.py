"""Word documents and Excel 2003 XML workbooks as a test needs them: the XML that those programs write, cut to what is read."""

from __future__ import annotations

import html
import zipfile
from collections.abc import Sequence
from pathlib import Path

_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEETS = "urn:schemas-microsoft-com:office:spreadsheet"


def word(folder: Path, body: str) -> Path:
    """A Word document."""
    path = folder / "名册.docx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{_WORD}"><w:body>{body}</w:body></w:document>')
    return path


def paragraph(text: str) -> str:
    """A paragraph, its text in two runs."""
    half = len(text) // 2
    return f"<w:p><w:r><w:t>{html.escape(text[:half])}</w:t></w:r><w:r><w:t>{html.escape(text[half:])}</w:t></w:r></w:p>"


def table(rows: Sequence[Sequence[str]]) -> str:
    """A table."""
    cells = ["".join(f"<w:tc><w:tcPr/>{paragraph(cell)}</w:tc>" for cell in row) for row in rows]
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"


def spreadsheet(rows: str, name: str = "名册", more: str = "") -> str:
    """An Excel 2003 XML workbook."""
    return (
        f'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook xmlns="{_SHEETS}" xmlns:ss="{_SHEETS}">'
        f'<Worksheet ss:Name="{name}"><Table>{rows}</Table>{more}</Worksheet></Workbook>'
    )


def ss_row(cells: Sequence[str], more: str = "") -> str:
    """A row of texts."""
    return (
        f"<Row{more}>" + "".join(f'<Cell><Data ss:Type="String">{html.escape(cell)}</Data></Cell>' for cell in cells) + "</Row>"
    )
