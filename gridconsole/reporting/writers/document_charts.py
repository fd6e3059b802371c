"""Charts of documents: the drawing of XlsxWriter and its workbook, which stay editable in a word processor."""

from __future__ import annotations

import io
import re
import zipfile

from gridconsole.reporting.model import Chart
from gridconsole.reporting.writers.charts import add_chart

_CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
CHART_TYPE = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
BOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
DRAWING = (
    '<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">'
    '<wp:inline><wp:extent cx="{width}" cy="{height}"/><wp:docPr id="{number}" name="chart{number}"/><wp:cNvGraphicFramePr/>'
    f'<a:graphic><a:graphicData uri="{_CHART}"><c:chart xmlns:c="{_CHART}" xmlns:r="{RELATIONS}" r:id="{{key}}"/>'
    "</a:graphicData></a:graphic></wp:inline></w:drawing>"
)
_VALUE_ONLY = "".join(
    f'<c:{name} val="{int(name == "showVal")}"/>'
    for name in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")
)
"""A label of a chart that is its value: what is left open here, a word processor shows as well."""
_PRINT_SETTINGS = re.compile(r"<c:printSettings>.*?</c:printSettings>", re.DOTALL)


def parts(chart: Chart) -> tuple[str, bytes]:
    """Return the XML of a chart, and the workbook with its numbers."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True}
    with xlsxwriter.Workbook(out, options) as book:
        sheet = book.add_worksheet("Sheet1")
        drawn, _ = add_chart(book, sheet, chart, 0)
        sheet.insert_chart("E2", drawn)
    with zipfile.ZipFile(out) as package:
        xml = package.read("xl/charts/chart1.xml").decode()
    return _PRINT_SETTINGS.sub("", xml).replace('<c:showVal val="1"/>', _VALUE_ONLY), out.getvalue()
