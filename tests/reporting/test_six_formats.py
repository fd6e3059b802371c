"""The same report in six formats, read back: the same numbers, typed where a format has types, and nothing hostile in any."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import docx
import openpyxl
import pytest

from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.errors import BadValue
from gridconsole.reporting import writers
from gridconsole.reporting.model import Change, Chart, Code, Masthead, Minutes, Percent, Report, Section, Series, Table
from gridconsole.reporting.writers import layouts

CALENDAR = WorkCalendar()
HOSTILE = (
    "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "[/]", "[b]粗[/b]", "幸福路[b栋]①号", "𠮷", "<script>x</script>", "\x1b]52;c;aGFja2Vk\x07", "长" * 7_000,
    "a\u202eb", "]]>", "\ufffe",
)  # fmt: skip
TABLE = Table(
    "places", "各街道情况", ("街道", "上报数", "按期处置率", "上报数比上期", "处置用时", "日期", "时间", "案件号"),
    (
        ("东风街道", 1_234, Percent(Decimal(100) / 3), Change(Decimal("-12.5")), Minutes(Decimal(95), "1时35分"), date(2026, 11, 3),
         datetime(2026, 11, 3, 9, 5, tzinfo=UTC), Code("2026110300001", is_case=True)),
        ("新华街道", 0, Percent(None), Change(None), Minutes(None), date(2026, 11, 4), datetime(2026, 11, 4, 0, 0, tzinfo=UTC), Code("0012")),
        ("合计", 1_234, Percent(Decimal(100) / 3), Change(Decimal("0.125"), is_points=True, unit="个百分点"), Minutes(Decimal(95), "1时35分"),
         "", "", ""),
    ),
    unit="件", notes=("按期处置率 = 按期处置数 ÷ 应处置数",), total=-1,
)  # fmt: skip
REPORT = Report(
    "monthly", "X区运行月报", "X区", "2026年11月", datetime(2026, 12, 1, 1, tzinfo=UTC), (), (TABLE, Table("none", "空表", ("一列",), ())),
    sections=(Section("一、总体情况", ("共上报 1234 件。",), ("places",), ("bars",)), Section("二、其他", (), ("none",)), Section("三、问题与下步建议")),
    charts=(Chart("bars", "各街道上报", ("东风街道", "新华街道"),
                  (Series("上报数", (1234.0, 0.0)), Series("按期处置率", (33.3, None), is_line=True))),),
    facts={"数据截止": "2026-12-01 09:00"}, marks={"校验码": "#12 " + "-".join(["0123"] * 8), "口径版本": "2026-1"},
    masthead=Masthead("运行月报", "〔2026〕第11期", "2026年12月1日"),
)  # fmt: skip


def encoded(ending: str, report: Report = REPORT) -> bytes:
    return writers.encoded(report, ending, CALENDAR)


def sheet_of(report: Report = REPORT) -> Any:
    return openpyxl.load_workbook(io.BytesIO(encoded(".xlsx", report))).worksheets[0]


def test_a_workbook_has_numbers_rates_times_dates_and_codes_as_what_they_are() -> None:
    cells = {cell.coordinate: cell for row in sheet_of().iter_rows() for cell in row if cell.value is not None}
    (row,) = {cell.row for cell in cells.values() if cell.value == "东风街道"}
    _, count, rate, change, minutes, day, moment, code = (sheet_of().cell(row, column) for column in range(1, 9))
    assert (count.value, count.data_type) == (1_234, "n")
    assert (round(rate.value, 6), rate.number_format) == (0.333333, "0.00%")
    assert (change.value, change.data_type) == (-12.5, "n")
    assert (minutes.number_format, minutes.is_date) == ("[h]:mm", True)
    assert day.value == datetime(2026, 11, 3)  # noqa: DTZ001  as a workbook has it
    assert (moment.value, moment.number_format) == (datetime(2026, 11, 3, 9, 5), "yyyy-mm-dd hh:mm")  # noqa: DTZ001
    assert (code.value, code.data_type) == ("2026110300001", "s")
    assert sheet_of().cell(row + 1, 8).value == "0012", "leading zeros stay"
    assert sheet_of().cell(row + 1, 3).value == "-", "nothing to divide by"


def test_a_workbook_is_ready_to_print_and_has_its_charts() -> None:
    sheet = sheet_of()
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == ("9", "landscape") or int(
        sheet.page_setup.paperSize
    ) == 9
    with zipfile.ZipFile(io.BytesIO(encoded(".xlsx"))) as package:
        chart = package.read("xl/charts/chart1.xml").decode()
    assert "barChart" in chart
    assert "lineChart" in chart
    assert openpyxl.load_workbook(io.BytesIO(encoded(".xlsx"))).worksheets[1]["B2"].value == 1234


def test_a_document_reads_back_with_its_tables_headings_and_editable_chart() -> None:
    written = docx.Document(io.BytesIO(encoded(".docx")))
    (table,) = written.tables
    assert [cell.text for cell in table.rows[1].cells] == [
        "东风街道", "1234", "33.33%", "-12.50%", "1时35分", "2026-11-03", "2026-11-03 09:05", "2026110300001",
    ]  # fmt: skip
    texts = [paragraph.text for paragraph in written.paragraphs]
    assert texts[:3] == ["X区", "运行月报", "〔2026〕第11期\t2026年12月1日"], "the head of the paper"
    styled = {paragraph.text: paragraph.style.name for paragraph in written.paragraphs}
    assert [text for text, style in styled.items() if style == "Heading 1"] == ["一、总体情况", "二、其他", "三、问题与下步建议"]
    assert [text for text, style in styled.items() if style == "Caption"] == [
        "表1　各街道情况（单位：件）",
        "图1　各街道上报",
        "表2　空表",
    ]
    assert texts.index("表1　各街道情况（单位：件）") < texts.index("按期处置率 = 按期处置数 ÷ 应处置数")
    footer = [paragraph.text for paragraph in written.sections[0].footer.paragraphs]
    assert footer[-1] == f"校验码：#12 {'-'.join(['0123'] * 8)}　口径版本：2026-1", "an anchor is no phone number"
    head = [child.tag.rpartition("}")[2] for child in written.paragraphs[2]._p.pPr]
    assert head.index("pBdr") < head.index("tabs"), "word processors want this order"
    assert "2026年12月1日" in texts, "the day of the document"
    section = written.sections[0]
    assert (round(section.top_margin.mm), round(section.left_margin.mm), round(section.page_width.mm)) == (37, 28, 210)
    assert written.settings.odd_and_even_pages_header_footer
    assert 'w:eastAsia="仿宋_GB2312"' in written.styles["Normal"].element.xml
    with zipfile.ZipFile(io.BytesIO(encoded(".docx"))) as package:
        chart = ElementTree.fromstring(package.read("word/charts/chart1.xml"))  # noqa: S314  our own
        names = [child.tag.rpartition("}")[2] for child in chart]
        assert names.index("externalData") > names.index("chart")
        numbers = openpyxl.load_workbook(io.BytesIO(package.read("word/embeddings/chart1.xlsx"))).active
    assert [cell.value for cell in numbers["B"]] == ["上报数", 1234, 0]


def wide_table(key: str, *, is_list: bool = False) -> Table:
    """A table that no upright page has room for."""
    names = ("案件号", "状态", "上报时间", "应办结", "结案时间", "小类", "区域", "承办单位", "地址", "备注")
    row = (Code("20261103000014", is_case=True), "处置中", *[datetime(2026, 11, 3, 9, 5, tzinfo=UTC)] * 3, "私设地桩、地锁、停车杆", "东风社区",
           "市政设施管理所", "人民路与解放路交叉口东北角", "")  # fmt: skip
    return Table(key, "很宽的表", names, (row, row), is_list=is_list)


ANALYSIS = replace(
    REPORT,
    tables=(TABLE, wide_table("wide"), wide_table("list", is_list=True), Table("rules", "指标口径", ("指标", "计入条件"), (("上报数", "长" * 90),))),
    sections=(Section("一、总体情况", ("共上报 1234 件。",), ("places",), ("bars",)), Section("二、承办", (), ("wide",)),
              Section("三、清单", (), ("list",)), Section("四、问题与下步建议"), Section("附：指标口径", (), ("rules",), is_annex=True)),
)  # fmt: skip


def test_the_columns_of_a_document_are_as_wide_as_their_texts() -> None:
    written = docx.Document(io.BytesIO(encoded(".docx", ANALYSIS)))
    upright, wide, listed, rules = written.tables
    for table, width in ((upright, 210 - 28 - 26), (wide, 297 - 37 - 35), (listed, 297 - 37 - 35), (rules, 210 - 28 - 26)):
        shares = [column.width.mm for column in table.columns]
        assert abs(sum(shares) - width) < 1, "it fills the page"
        assert all(cell.width == column.width for column in table.columns for cell in column.cells)
    name, condition = (column.width.mm for column in rules.columns)
    assert condition > 3 * name
    case, state, moment = (listed.columns[at].width.pt for at in range(3))
    assert case >= 14 * 4.5, "a case's number is not cut"
    assert moment >= 16 * 4.5, "a moment stands in one line"
    assert state < moment


def test_tables_that_are_too_wide_turn_the_page_and_the_heading_with_them() -> None:
    written = docx.Document(io.BytesIO(encoded(".docx", ANALYSIS)))
    assert [(section.orientation, round(section.page_width.mm)) for section in written.sections] == [(0, 210), (1, 297), (0, 210)]
    breaks = [at for at, child in enumerate(written.element.body) if child.tag.endswith("}p") and child.xpath("./w:pPr/w:sectPr")]
    headings = {
        paragraph.text: list(written.element.body).index(paragraph._p) for paragraph in written.paragraphs if paragraph.text
    }
    assert (
        headings["一、总体情况"]
        < breaks[0]
        < headings["二、承办"]
        < headings["三、清单"]
        < breaks[1]
        < headings["四、问题与下步建议"]
    )
    # Physically, the edges stay where they were: that on top lies on the left.
    turned = written.sections[1]
    assert [round(edge.mm) for edge in (turned.left_margin, turned.top_margin, turned.right_margin, turned.bottom_margin)] == [
        35,
        28,
        37,
        26,
    ]


def test_an_annex_stands_on_its_own_page_behind_the_signature() -> None:
    written = docx.Document(io.BytesIO(encoded(".docx", ANALYSIS)))
    texts = [paragraph.text for paragraph in written.paragraphs]
    assert texts.index("四、问题与下步建议") < texts.index("2026年12月1日", 3) < texts.index("附：指标口径")
    annex = next(paragraph for paragraph in written.paragraphs if paragraph.text == "附：指标口径")
    assert annex.paragraph_format.page_break_before


def test_labels_of_charts_show_the_value_and_nothing_else() -> None:
    with zipfile.ZipFile(io.BytesIO(encoded(".docx"))) as package:
        chart = ElementTree.fromstring(package.read("word/charts/chart1.xml"))  # noqa: S314  our own
    labels = [label for label in chart.iter() if label.tag.endswith("}dLbls")]
    assert labels
    for label in labels:
        shown = {child.tag.rpartition("}")[2]: child.get("val") for child in label}
        assert shown["showVal"] == "1"
        assert [shown[f"show{name}"] for name in ("LegendKey", "CatName", "SerName", "Percent", "BubbleSize")] == ["0"] * 5


def test_lists_and_annexes_of_an_analysis_have_sheets_of_their_own() -> None:
    book = openpyxl.load_workbook(io.BytesIO(encoded(".xlsx", ANALYSIS)))
    assert book.sheetnames == ["报表", "很宽的表", "指标口径", "图表"]
    main, listed, rules, charts = book.worksheets
    texts = [cell.value for cell in main["A"] if cell.value]
    assert "很宽的表（共 2 件）：见工作表“很宽的表”" in texts
    assert "附：指标口径" not in texts
    assert listed.auto_filter.ref == "A5:J7"
    assert [cell.value for cell in listed[5]][:2] == ["案件号", "状态"]
    assert listed.print_title_rows == "$5:$5"
    assert rules.row_dimensions[6].height > 15, "a text of several lines has the height of them"
    assert charts["B2"].value == 1234
    assert charts._charts, "the charts stand beside their numbers"
    assert charts.page_setup.orientation != "landscape"


@pytest.mark.parametrize(
    ("title", "named"),
    [("a/b[c]:d*e?f\\g", "a b c  d e f g"), ("长" * 40, "长" * 31), ("报表", "报表 2"), ("'", "报表 2"), ("图表", "图表 2")],
)
def test_a_sheet_is_named_as_spreadsheets_allow(title: str, named: str) -> None:
    report = replace(
        ANALYSIS,
        tables=(TABLE, replace(wide_table("list", is_list=True), title=title)),
        sections=(Section("一", (), ("places", "list")),),
    )
    assert openpyxl.load_workbook(io.BytesIO(encoded(".xlsx", report))).sheetnames[1] == named


def test_json_has_the_kind_of_each_column_and_everything_of_the_version_before() -> None:
    made = json.loads(encoded(".json"))
    assert made["schema"] == "gridconsole.report/2"
    assert {"report", "title", "office", "period", "made_at", "metrics", "tables"} <= made.keys()
    (table, _) = made["tables"]
    assert table["kinds"] == ["text", "number", "rate", "change", "minutes", "date", "moment", "code"]
    assert table["rows"][0][1:5] == [1234, 33.33, -12.5, 95.0]
    assert table["rows"][1][2] is None
    assert (table["unit"], table["total"], table["notes"]) == ("件", -1, ["按期处置率 = 按期处置数 ÷ 应处置数"])


def test_csv_has_numbers_as_numbers() -> None:
    rows = list(csv.reader(io.StringIO(encoded(".csv").decode("utf-8-sig"), newline="")))
    (row,) = (row for row in rows if row[:1] == ["东风街道"])
    assert row == ["东风街道", "1234", "33.33", "-12.50", "95.00", "2026-11-03", "2026-11-03 09:05", "\t2026110300001"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_a_page_is_one_file_without_scripts_and_draws_its_charts() -> None:
    page = _Page()
    page.feed(encoded(".html").decode())
    assert page.tags.count("svg") == 1
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "33.33%" in page.text
    assert any("1234" in text for text in page.text)


@pytest.mark.parametrize("ending", [ending for ending in writers.FORMS if ending not in (".xlsx", ".docx")])
def test_every_text_form_says_the_same_numbers(ending: str) -> None:
    text = encoded(ending).decode("utf-8-sig")
    for wanted in ("1234", "33.33", "2026110300001", "X区运行月报", "一、总体情况" if ending not in (".csv",) else "共上报"):
        assert wanted in text, wanted


@pytest.mark.parametrize("ending", writers.FORMS)
def test_hostile_texts_run_nowhere(ending: str) -> None:
    rows = tuple((text, 1) for text in HOSTILE)
    hostile = replace(
        REPORT, title=HOSTILE[0], period=HOSTILE[7],
        tables=(Table("places", HOSTILE[0], (HOSTILE[7], "数"), rows, notes=HOSTILE[:3]), replace(TABLE, key="none")),
        facts={HOSTILE[0]: HOSTILE[8]}, sections=(Section(HOSTILE[7], HOSTILE, ("places", "none"), ("bars",)),),
        charts=(Chart("bars", HOSTILE[0], HOSTILE[:3], (Series(HOSTILE[7], (1.0, 2.0, 3.0)),)),),
    )  # fmt: skip
    content = encoded(ending, hostile)
    if ending in (".xlsx", ".docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            for name in package.namelist():
                if name.endswith((".xml", ".rels")):
                    ElementTree.fromstring(package.read(name))  # noqa: S314  our own
                    assert b"<f>" not in package.read(name) or b"charts/" in name.encode() or name.startswith("xl/charts"), name
        return
    text = content.decode("utf-8-sig")
    assert not {"\u202e", "\x1b", "\x07"} & set(text)
    assert "<script>x" not in text or ending != ".html"
    if ending == ".csv":
        for row in csv.reader(io.StringIO(text, newline="")):
            assert not [cell for cell in row if re.match(r"[=+@＝＋＠]", cell)]
    if ending == ".html":
        page = _Page()
        page.feed(text)
        assert "script" not in page.tags


def test_an_office_may_have_its_own_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(layouts, "own_folder", lambda: tmp_path)
    (tmp_path / "gb9704.toml").write_text('[page]\ntop = 35\n[fonts]\nbody = "华文仿宋"\n', encoding="utf-8")
    written = docx.Document(io.BytesIO(encoded(".docx")))
    assert round(written.sections[0].top_margin.mm) == 35
    assert round(written.sections[0].left_margin.mm) == 28, "what it leaves out is as shipped"
    for wrong in ("[page", '[page]\ntop = "breit"\n', "[page]\nno_such = 1\n", "page = 3\n", "[page]\ntop = -1\n"):
        (tmp_path / "gb9704.toml").write_text(wrong, encoding="utf-8")
        with pytest.raises(BadValue):
            encoded(".docx")
