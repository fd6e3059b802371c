"""Write a report to a file for printing: text, a page for a browser, a workbook, or a document for a word processor."""

from __future__ import annotations

import html
import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from gridconsole import files
from gridconsole.domain.anchors import is_printed_anchor
from gridconsole.domain.outputs import PRINTED
from gridconsole.domain.text import begins_a_formula, mask_text, printable
from gridconsole.language import t
from gridconsole.language.durations import local_text
from gridconsole.reporting.writers import as_csv, as_json, as_table

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar
    from gridconsole.reporting.report import Cell, Report, Table

TEXT_WIDTH = 150
"""Characters in a line of a text file."""


def write(report: Report, target: Path, calendar: WorkCalendar, *, overwrite: bool = False) -> None:
    """Write a report in the format of the file's ending. The file appears complete or not at all.

    Raises:
        OutputRefused: the target exists already and ``overwrite`` is not set, has another ending, or cannot be written.
    """
    rules = check(target, overwrite=overwrite)
    files.write(target, FORMS[target.suffix.lower()](_cleaned(report), calendar), rules)


def check(target: Path, *, overwrite: bool = False) -> files.Rules:
    """Refuse a target that cannot be written; call it before an act whose result is to be written there.

    Raises:
        OutputRefused: see :func:`gridconsole.files.check`.
    """
    rules = files.Rules(tuple(FORMS), overwrite)
    files.check(target, rules)
    return rules


_NO_CHARACTERS = str.maketrans("", "", "\ufffe\uffff")
"""Removes characters that XML documents must not contain."""


def _cleaned(report: Report) -> Report:
    """Return the report with every text masked and free of control characters, regardless of its source."""

    def clean(value: Cell) -> Cell:
        if not isinstance(value, str) or is_printed_anchor(value):
            return value
        return mask_text(printable(value)).translate(_NO_CHARACTERS)

    def cleaned(table: Table) -> Table:
        rows = tuple(tuple(map(clean, row)) for row in table.rows)
        return replace(table, title=str(clean(table.title)), columns=tuple(str(clean(name)) for name in table.columns), rows=rows)

    return replace(
        report, title=str(clean(report.title)), office=str(clean(report.office)), period=str(clean(report.period)),
        tables=tuple(map(cleaned, report.tables)),
    )  # fmt: skip


def _cell(value: Cell) -> str:
    return value.replace("\n", " ") if isinstance(value, str) else str(value)


def _made_at(report: Report, calendar: WorkCalendar) -> str:
    return t("print.made_at", at=local_text(report.made_at, calendar))


def _text(report: Report, _calendar: WorkCalendar) -> bytes:
    from rich.console import Console

    out = io.StringIO()
    Console(file=out, width=TEXT_WIDTH, color_system=None, highlight=False).print(as_table(report))
    # With a byte order mark, so that old editors on Windows recognise UTF-8.
    return out.getvalue().encode("utf-8-sig")


def _csv(report: Report, _calendar: WorkCalendar) -> bytes:
    return as_csv(report).encode("utf-8-sig")


def _json(report: Report, calendar: WorkCalendar) -> bytes:
    return (as_json(report, calendar.zone) + "\n").encode()


# --- a page -----------------------------------------------------------------------------------------------------

_STYLE = (
    "@page{size:A4;margin:15mm}body{font-family:SimSun,'Noto Serif CJK SC',serif;font-size:10.5pt}h1{font-size:16pt;text-align:center}"
    "h2{font-size:12pt;margin:1em 0 .3em}table{border-collapse:collapse;width:100%}th,td{border:1px solid #333;padding:2px 4px;"
    "text-align:left}td.number{text-align:right}p{margin:.3em 0}tr{page-break-inside:avoid}table.signatures td{height:2.2em}"
)


def _html(report: Report, calendar: WorkCalendar) -> bytes:
    def safe(value: Cell) -> str:
        return html.escape(_cell(value))

    parts = [
        '<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">',
        f'<meta name="generator" content="{PRINTED}">',
        f"<title>{safe(report.title)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{safe(report.title)}</h1><p>{safe(report.period)}</p><p>{safe(_made_at(report, calendar))}</p>",
        f"<p>{safe('　'.join(f'{item.title} {item.shown}' for item in report.metrics))}</p>" if report.metrics else "",
    ]
    for table in report.tables:
        parts.append(f"<h2>{safe(table.title)}</h2>")
        if not table.rows:
            parts.append(f"<p>{safe(t('word.none'))}</p>")
            continue
        head = "".join(f"<th>{safe(name)}</th>" for name in table.columns)
        rows = "".join(
            "<tr>" + "".join(f'<td class="number">{cell}</td>' if isinstance(cell, int) else f"<td>{safe(cell)}</td>" for cell in row)
            + "</tr>"
            for row in table.rows
        )  # fmt: skip
        parts.append(f'<table class="{html.escape(table.key)}"><tr>{head}</tr>{rows}</table>')
    return "\n".join([*parts, "</body></html>\n"]).encode()


# --- a workbook -------------------------------------------------------------------------------------------------

_WIDEST = 50


def _workbook(report: Report, calendar: WorkCalendar) -> bytes:
    import openpyxl
    from openpyxl.styles import Font
    from openpyxl.workbook.defined_name import DefinedName
    from rich.cells import cell_len

    book = openpyxl.Workbook()
    sheet = book.active
    widths: dict[int, int] = {}

    def put(row: int, column: int, value: Cell, *, bold: bool = False) -> None:
        cell = sheet.cell(row, column)
        if isinstance(value, int):
            cell.value = value
        else:
            text = _cell(value)[:32_767]
            cell.value, cell.data_type = text, "s"
            if begins_a_formula(text):
                cell.quotePrefix = True
        if bold:
            cell.font = Font(bold=True)

    heads = [
        report.title,
        report.period,
        _made_at(report, calendar),
        "  ".join(f"{item.title} {item.shown}" for item in report.metrics),
    ]
    row = 0
    for row, head in enumerate(heads, 1):
        put(row, 1, head, bold=row == 1)
    for table in report.tables:
        row += 2
        put(row, 1, table.title, bold=True)
        for line, cells in enumerate((table.columns, *table.rows)):
            row += 1
            for column, value in enumerate(cells, 1):
                put(row, column, value, bold=line == 0)
                widths[column] = min(_WIDEST, max(widths.get(column, 8), cell_len(_cell(value)) + 2))
    for column, width in widths.items():
        sheet.column_dimensions[openpyxl.utils.get_column_letter(column)].width = width
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    # Whoever saves the file again keeps at least one of the two.
    book.properties.keywords = PRINTED
    book.defined_names.add(DefinedName(PRINTED.replace("-", "_"), attr_text="TRUE", hidden=True))
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


# --- a document -------------------------------------------------------------------------------------------------

_TYPES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/></Types>'
)
_RELATIONS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
    '<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"'
    ' Target="docProps/core.xml"/></Relationships>'
)
_PROPERTIES = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties">'
    f"<cp:keywords>{PRINTED}</cp:keywords></cp:coreProperties>"
)
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_EDGES = "".join(
    f'<w:{edge} w:val="single" w:sz="4" w:space="0" w:color="333333"/>'
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV")
)
_A4_ACROSS = '<w:sectPr><w:pgSz w:w="16838" w:h="11906" w:orient="landscape"/><w:pgMar w:top="850" w:right="850" w:bottom="850" w:left="850" w:header="400" w:footer="400" w:gutter="0"/></w:sectPr>'
_PAGE_WIDTH = 15_138
"""Width between the margins, in twentieths of a point."""
_FONT = '<w:rFonts w:ascii="SimSun" w:hAnsi="SimSun" w:eastAsia="SimSun"/>'


def _document(report: Report, calendar: WorkCalendar) -> bytes:
    parts = [
        _paragraph(report.title, size=32, bold=True, centred=True),
        _paragraph(report.period),
        _paragraph(_made_at(report, calendar)),
        *([_paragraph("　".join(f"{item.title} {item.shown}" for item in report.metrics))] if report.metrics else []),
    ]
    for table in report.tables:
        parts.append(_paragraph(table.title, size=24, bold=True))
        parts.append(_grid(table.columns, table.rows) if table.rows else _paragraph(t("word.none")))
    body = f'<w:document xmlns:w="{_WORD}"><w:body>{"".join(parts)}<w:p/>{_A4_ACROSS}</w:body></w:document>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", _TYPES)
        package.writestr("_rels/.rels", _RELATIONS)
        package.writestr("docProps/core.xml", _PROPERTIES)
        package.writestr("word/document.xml", '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + body)
    return out.getvalue()


def _paragraph(text: Cell, *, size: int = 20, bold: bool = False, centred: bool = False) -> str:
    place = '<w:pPr><w:jc w:val="center"/></w:pPr>' if centred else ""
    look = f'<w:rPr>{_FONT}{"<w:b/>" if bold else ""}<w:sz w:val="{size}"/></w:rPr>'
    return f'<w:p>{place}<w:r>{look}<w:t xml:space="preserve">{escape(_cell(text))}</w:t></w:r></w:p>'


def _grid(columns: tuple[str, ...], rows: Iterable[tuple[Cell, ...]]) -> str:
    width = _PAGE_WIDTH // len(columns)
    grid = f'<w:tblGrid>{f"""<w:gridCol w:w="{width}"/>""" * len(columns)}</w:tblGrid>'
    look = f'<w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblBorders>{_EDGES}</w:tblBorders></w:tblPr>'
    lines = [_row(columns, width, bold=True), *(_row(row, width) for row in rows)]
    return f"<w:tbl>{look}{grid}{''.join(lines)}</w:tbl>"


def _row(cells: tuple[Cell, ...], width: int, *, bold: bool = False) -> str:
    inner = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{_paragraph(cell, size=18, bold=bold)}</w:tc>'
        for cell in cells
    )
    return f"<w:tr>{inner}</w:tr>"


FORMS: dict[str, Callable[[Report, WorkCalendar], bytes]] = {
    ".txt": _text, ".html": _html, ".xlsx": _workbook, ".docx": _document, ".csv": _csv, ".json": _json,
}  # fmt: skip
"""Encoders of reports by file ending."""
