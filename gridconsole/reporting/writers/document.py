"""Write a report as a document for a word processor: the page from a layout, tables with repeated headings, charts that stay editable.

python-docx writes texts, tables, headers and footers. It knows no charts: the chart and its workbook come from XlsxWriter and are
added as parts of the package.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from gridconsole.domain.outputs import PRINTED
from gridconsole.language import t
from gridconsole.reporting.model import Chart, Masthead, Report, Section, Table
from gridconsole.reporting.writers import document_charts, document_tables, layouts
from gridconsole.reporting.writers.cells import facts_line, made_at, marks_line, metrics_line, titled
from gridconsole.reporting.writers.charts import HEIGHT, WIDTH

if TYPE_CHECKING:
    from gridconsole.domain.clock import WorkCalendar

_EMU_PER_PIXEL = 9_525
_EMU_PER_MM = 36_000
NOTE, CELL, SMALL_CELL, FOOTER = "GridConsole Note", "GridConsole Cell", "GridConsole Small Cell", "GridConsole Footer"
"""Styles beside those that every word processor knows."""
_AFTER_BORDERS = tuple(
    f"w:{name}" for name in ("shd", "tabs", "suppressAutoHyphens", "kinsoku", "wordWrap", "overflowPunct", "topLinePunct", "autoSpaceDE",
                             "autoSpaceDN", "bidi", "adjustRightInd", "snapToGrid", "spacing", "ind", "contextualSpacing", "mirrorIndents",
                             "suppressOverlap", "jc", "textDirection", "textAlignment", "textboxTightWrap", "outlineLvl", "divId",
                             "cnfStyle", "rPr", "sectPr", "pPrChange")
)  # fmt: skip
"""Properties of a paragraph that stand after its borders: word processors refuse another order."""
_EMPTY_LINES = 6
"""Lines left for the writer of a section without content."""
_GAP = 3
"""Points between a table and what stands above and below it."""


def encode(report: Report, calendar: WorkCalendar) -> bytes:
    """Return a report as a document.

    Raises:
        BadValue: the office's own layout cannot be read.
    """
    return _Document(report, calendar).bytes()


class _Document:
    def __init__(self, report: Report, calendar: WorkCalendar) -> None:
        import docx

        self._report, self._calendar = report, calendar
        self._head = report.masthead
        self._layout = layouts.read(layouts.PLAIN if self._head is None else layouts.OFFICIAL)
        self._docx = docx.Document()
        package = self._docx.part.package
        for key, relation in list(package.rels.items()):
            if relation.reltype.endswith("/thumbnail"):
                del package.rels[key]  # a picture of the library's empty template
        self._tables = self._charts = 0
        self._is_turned = False
        """True while pages lie across, for tables that are too wide for an upright one."""

    def bytes(self) -> bytes:
        report = self._report
        properties = self._docx.core_properties
        properties.keywords, properties.title, properties.author = PRINTED, report.title, report.office
        properties.comments = ""  # the library names itself there
        properties.created = properties.modified = report.made_at.replace(tzinfo=None)
        self._styles()
        self._page()
        if self._head is not None and self._layout.look["masthead"]:
            self._masthead(self._head)
        else:
            self._titles()
        self._paragraph(facts_line(report), NOTE)
        self._paragraph(metrics_line(report, "　"))
        for section in report.sections:
            if not section.is_annex:
                self._section(section)
        for table in () if report.sections else report.tables:
            self._table(table)
        if self._layout.look["signature"]:
            self._turn(is_across=False)
            self._signature()
        for section in report.sections:
            if section.is_annex:
                self._section(section)
        out = io.BytesIO()
        self._docx.save(out)
        return out.getvalue()

    # --- styles and the page ---

    def _styles(self) -> None:
        """Set the styles by which everything is written: whoever changes one in a word processor changes every such text."""
        from docx.enum.style import WD_STYLE_TYPE
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        is_official, styles = self._head is not None, self._docx.styles
        for name in (NOTE, CELL, SMALL_CELL, FOOTER):
            styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = styles["Normal"]
        for name, font, size, is_bold in (
            ("Normal", "body", "body", False), ("Title", "title", "title", not is_official), ("Heading 1", "heading", "body", not is_official),
            ("Caption", "heading", "table", True), (NOTE, "body", "note", False), (CELL, "body", "table", False),
            (SMALL_CELL, "body", "note", False), (FOOTER, "body", "footer", False),
        ):  # fmt: skip
            style = styles[name]
            self._font(style, font, self._layout.sizes[size])
            style.font.bold, style.font.italic, style.font.color.rgb = is_bold, False, RGBColor(0, 0, 0)
            style.paragraph_format.space_before = style.paragraph_format.space_after = Pt(0)
            style.paragraph_format.keep_with_next = name in ("Title", "Heading 1", "Caption")
            if self._layout.page["line"] and name in ("Normal", "Heading 1"):
                style.paragraph_format.line_spacing = Pt(self._layout.page["line"])
            elif name != "Normal":
                style.paragraph_format.line_spacing = 1
        styles["Caption"].paragraph_format.space_before = styles[NOTE].paragraph_format.space_after = Pt(_GAP)
        title = styles["Title"]
        if (rule := title.element.pPr.find(qn("w:pBdr"))) is not None:
            title.element.pPr.remove(rule)  # a blue line of the library's template
        title.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if is_official:
            styles["Heading 1"].paragraph_format.first_line_indent = Pt(2 * self._layout.sizes["body"])
            styles["Caption"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER

    def _font(self, styled: Any, name: str, size: float, colour: str = "") -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        styled.font.size, styled.font.name = Pt(size), self._layout.fonts[name]
        if colour:
            styled.font.color.rgb = RGBColor.from_string(colour)
        properties = styled._element.get_or_add_rPr() if hasattr(styled, "_element") else styled.element.get_or_add_rPr()
        fonts = properties.get_or_add_rFonts()
        # The name alone is that of Latin letters: Chinese ones follow the East Asian name, and a theme would go before both.
        fonts.set(qn("w:eastAsia"), self._layout.fonts[name])
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)

    def _page(self) -> None:
        from docx.enum.section import WD_ORIENT
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Mm

        page, section = self._layout.page, self._docx.sections[0]
        section.orientation = WD_ORIENT.LANDSCAPE if page["landscape"] else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = Mm(page["width"]), Mm(page["height"])
        section.top_margin, section.bottom_margin = Mm(page["top"]), Mm(page["bottom"])
        section.left_margin, section.right_margin = Mm(page["left"]), Mm(page["right"])
        is_double_sided = bool(self._layout.look["page_number_dash"])
        self._docx.settings.odd_and_even_pages_header_footer = is_double_sided
        self._footer(section.footer, WD_ALIGN_PARAGRAPH.RIGHT if is_double_sided else WD_ALIGN_PARAGRAPH.CENTER)
        if is_double_sided:
            self._footer(section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT)

    def _footer(self, footer: Any, place: Any) -> None:
        """Write the number of the page, and below it what proves the report."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        paragraph = footer.paragraphs[0]
        paragraph.alignment = place
        dash = "— " if self._layout.look["page_number_dash"] else ""
        for text in (dash, None, dash[::-1]):
            run = paragraph.add_run(text or "")
            self._font(run, "page_number", self._layout.sizes["page_number"])
            if text is None:
                field = OxmlElement("w:fldSimple")
                field.set(qn("w:instr"), "PAGE")
                field.append(run._r)
                paragraph._p.append(field)
        if marks := marks_line(self._report):
            footer.add_paragraph(marks, self._docx.styles[FOOTER]).alignment = WD_ALIGN_PARAGRAPH.CENTER

    # --- what stands on it ---

    def _paragraph(self, text: str, style: str = "Normal", place: str = "", *, is_indented: bool = False) -> Any:
        """Add a paragraph of a style; nothing without a text."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        if not text:
            return None
        paragraph = self._docx.add_paragraph(text, self._docx.styles[style])
        if place:
            paragraph.alignment = getattr(WD_ALIGN_PARAGRAPH, place)
        if is_indented and self._head is not None:
            paragraph.paragraph_format.first_line_indent = Pt(2 * self._layout.sizes["body"])
        return paragraph

    def _titles(self) -> None:
        self._paragraph(self._report.title, "Title")
        self._paragraph(self._report.period, place="CENTER" if self._head is not None else "")
        if self._head is None:
            self._paragraph(made_at(self._report, self._calendar))

    def _masthead(self, head: Masthead) -> None:
        """Write the head of a paper in red: its office, its name, its number and day, and a line below."""
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn
        from docx.shared import Mm, Pt

        colour = self._layout.look["masthead_colour"]
        for text, style, size, place in (
            (self._report.office, "Normal", "issuer", "DISTRIBUTE"), (head.name, "Title", "masthead", "CENTER"),
        ):  # fmt: skip
            paragraph = self._paragraph(text, style, place)
            paragraph.paragraph_format.line_spacing = 1
            self._font(paragraph.runs[0], "title", self._layout.sizes[size], colour)
        issue = head.issue if self._layout.look["issue"] else ""
        paragraph = self._paragraph(f"{issue}\t{head.day}")
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(self._width()), WD_TAB_ALIGNMENT.RIGHT)
        paragraph.paragraph_format.space_after = Pt(2 * _GAP)
        borders = OxmlElement("w:pBdr")
        line = OxmlElement("w:bottom")
        for name, value in (("val", "single"), ("sz", "18"), ("space", "4"), ("color", colour)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
        paragraph._p.get_or_add_pPr().insert_element_before(borders, *_AFTER_BORDERS)

    def _section(self, section: Section) -> None:
        tables = {table.key: table for table in self._report.tables}
        charts = {chart.key: chart for chart in self._report.charts}
        # A heading stands on the page of its tables: one of them that is too wide turns them all.
        self._turn(is_across=any(self._is_too_wide(tables[key]) for key in section.tables))
        self._paragraph(section.title, "Heading 1").paragraph_format.page_break_before = section.is_annex
        for sentence in section.sentences:
            self._paragraph(sentence, is_indented=True)
        for key in section.tables:
            self._table(tables[key])
        for key in section.charts:
            self._chart(charts[key])
        if not (section.sentences or section.tables or section.charts):
            for _ in range(_EMPTY_LINES):
                self._docx.add_paragraph()

    def _width(self, *, is_across: bool | None = None) -> float:
        """Return the width of what is printed, in millimetres."""
        page = self._layout.page
        if self._is_turned if is_across is None else is_across:
            return float(page["height"] - page["top"] - page["bottom"])
        return float(page["width"] - page["left"] - page["right"])

    def _is_too_wide(self, table: Table) -> bool:
        """Return whether a table has no room on an upright page."""
        if self._layout.page["landscape"] or not table.rows:
            return False
        return not document_tables.fits(table, self._layout.sizes["note"], self._width(is_across=False))

    def _turn(self, *, is_across: bool) -> None:
        """Begin pages that lie across or stand upright, unless they do so already."""
        from docx.enum.section import WD_ORIENT, WD_SECTION
        from docx.shared import Mm, Pt

        if is_across == self._is_turned:
            return
        self._is_turned = is_across
        page, section = self._layout.page, self._docx.add_section(WD_SECTION.NEW_PAGE)
        # What ends the pages before is a line of its own: it must not need a page.
        self._docx.paragraphs[-1].paragraph_format.line_spacing = Pt(1)
        section.orientation = WD_ORIENT.LANDSCAPE if is_across else WD_ORIENT.PORTRAIT
        # Turned by a quarter, the edge that was on top lies on the left.
        edges = ("bottom", "top", "left", "right") if is_across else ("left", "right", "top", "bottom")
        section.left_margin, section.right_margin, section.top_margin, section.bottom_margin = (Mm(page[edge]) for edge in edges)
        width, height = (page["height"], page["width"]) if is_across else (page["width"], page["height"])
        section.page_width, section.page_height = Mm(width), Mm(height)

    def _signature(self) -> None:
        """Office and date at the end, four characters from the right edge."""
        from docx.shared import Pt

        self._docx.add_paragraph()
        day = self._report.made_at.astimezone(self._calendar.zone)
        for text in (self._report.office, t("print.day", year=day.year, month=day.month, day=day.day)):
            paragraph = self._paragraph(text, place="RIGHT")
            paragraph.paragraph_format.keep_with_next = True
            paragraph.paragraph_format.right_indent = Pt(4 * self._layout.sizes["body"])

    def _table(self, table: Table) -> None:
        title = titled(table)
        self._tables += 1
        is_numbered = self._head is not None and self._layout.look["numbers"]
        self._paragraph(t("print.table_number", number=self._tables, title=title) if is_numbered else title, "Caption")
        if not table.rows:
            self._paragraph(t("word.none"), CELL)
            return
        styles, sizes = self._docx.styles, self._layout.sizes
        looks = [(styles[style].style_id, sizes[size]) for style, size in ((CELL, "table"), (SMALL_CELL, "note"))]
        self._docx.element.body.insert_element_before(document_tables.element(table, looks, self._width()), "w:sectPr")
        for note in table.notes:
            self._paragraph(note, NOTE)

    # --- charts ---

    def _chart(self, chart: Chart) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.opc.packuri import PackURI
        from docx.opc.part import Part
        from docx.oxml import parse_xml

        self._charts += 1
        xml, book = document_charts.parts(chart)
        package = self._docx.part.package
        data = Part(PackURI(f"/word/embeddings/chart{self._charts}.xlsx"), document_charts.BOOK_TYPE, book, package)
        part = Part(PackURI(f"/word/charts/chart{self._charts}.xml"), document_charts.CHART_TYPE, b"", package)
        key = part.relate_to(data, f"{document_charts.RELATIONS}/package")
        external = f'<c:externalData r:id="{key}"><c:autoUpdate val="0"/></c:externalData>'
        part._blob = xml.replace("</c:chartSpace>", f"{external}</c:chartSpace>").encode()
        shown = self._docx.part.relate_to(part, f"{document_charts.RELATIONS}/chart")
        widest = int(self._width() * _EMU_PER_MM)
        width = min(widest, WIDTH * _EMU_PER_PIXEL)
        height = int(width * HEIGHT / WIDTH)
        paragraph = self._docx.add_paragraph()
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        # A line of a fixed height would cut the chart; its title stays on its page.
        paragraph.paragraph_format.line_spacing = 1
        paragraph.paragraph_format.keep_with_next = True
        paragraph.add_run()._r.append(
            parse_xml(document_charts.DRAWING.format(width=width, height=height, number=self._charts, key=shown))
        )
        is_numbered = self._head is not None and self._layout.look["numbers"]
        caption = self._paragraph(
            t("print.chart_number", number=self._charts, title=chart.title) if is_numbered else chart.title, "Caption", "CENTER"
        )
        caption.paragraph_format.keep_with_next = False
