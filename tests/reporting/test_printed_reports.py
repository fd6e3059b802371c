"""A report as a file to be printed: every form opens, holds the same, runs nothing and shows no phone."""

from __future__ import annotations

import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import docx
import openpyxl
import pytest

from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.errors import OutputRefused
from gridconsole.domain.text import mask_text, printable
from gridconsole.reporting import writers
from gridconsole.reporting.model import Metric, Report, Table

NASTY = "甲<b>&\"'[/]\x1b[2J\x00\ufffe\ud800\u202e]]>13812345678"
REPORT = Report(
    "shift", f"交接单{NASTY}", "X区", "2026-11-23", datetime(2026, 11, 23, 1, tzinfo=UTC), (Metric("open", "未办结", 3, "件"),),
    (
        Table("rows", "在办", ("案件号", "件数", "说明"), (("2026112300001", 12, NASTY), ("=1+1", 0, "第一行\n第二行"))),
        Table("none", "空表", ("一列",), ()),
    ),
)  # fmt: skip
CALENDAR = WorkCalendar()


@pytest.fixture(params=list(writers.FORMS))
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The report in one of the forms."""
    target = tmp_path / f"交接单{request.param}"
    writers.write(REPORT, target, CALENDAR)
    return target


def test_every_form_holds_the_same_and_nothing_hostile(written: Path) -> None:
    text = content(written)
    for wanted in ("交接单甲", "在办", "案件号", "2026112300001", "12", "空表", "138****5678", "第二行"):
        assert wanted in text, wanted
    for unwanted in ("13812345678", "\x1b", "\x00", "\u202e", "\ud800"):
        assert unwanted not in text, repr(unwanted)


def test_nobody_else_may_read_it(written: Path) -> None:
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_no_file_is_written_over(written: Path) -> None:
    before = written.read_bytes()
    with pytest.raises(OutputRefused):
        writers.write(REPORT, written, CALENDAR)
    assert written.read_bytes() == before


@pytest.mark.parametrize("name", ["交接单.pdf", "交接单", "没有/交接单.txt", "\0.txt"])
def test_a_target_that_cannot_be_is_refused_and_nothing_left(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputRefused):
        writers.write(REPORT, tmp_path / name, CALENDAR)
    assert list(tmp_path.iterdir()) == []


def test_an_ending_in_capitals_is_the_same_ending(tmp_path: Path) -> None:
    writers.write(REPORT, tmp_path / "A.HTML", CALENDAR)
    assert (tmp_path / "A.HTML").read_bytes().startswith(b"<!DOCTYPE html>")


def test_a_page_holds_no_markup_but_its_own(tmp_path: Path) -> None:
    writers.write(REPORT, tmp_path / "a.html", CALENDAR)
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<b>" not in page
    assert "甲&lt;b&gt;&amp;" in page


def test_in_a_workbook_a_count_is_a_number_and_a_text_no_formula(tmp_path: Path) -> None:
    writers.write(REPORT, tmp_path / "a.xlsx", CALENDAR)
    cells = {cell.value: cell for row in openpyxl.load_workbook(tmp_path / "a.xlsx").active.iter_rows() for cell in row}
    assert cells[12].data_type == "n"
    assert cells["=1+1"].data_type == "s"
    assert cells["=1+1"].quotePrefix
    assert cells["2026112300001"].data_type == "s"


def test_a_document_is_a_page_across_with_a_table_for_each_table(tmp_path: Path) -> None:
    writers.write(REPORT, tmp_path / "a.docx", CALENDAR)
    written = docx.Document(str(tmp_path / "a.docx"))
    (table,) = written.tables
    assert [[cell.text for cell in row.cells] for row in table.rows][:2] == [
        ["案件号", "件数", "说明"], ["2026112300001", "12", content_of(NASTY)],
    ]  # fmt: skip
    assert len(table.rows) == 3
    section = written.sections[0]
    assert section.page_width > section.page_height
    heading = table.rows[0]._tr.trPr.xml
    assert "w:tblHeader" in heading
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        for name in package.namelist():
            ElementTree.fromstring(package.read(name))  # noqa: S314  our own


def content_of(text: str) -> str:
    """A text as every form shows it."""
    return mask_text(printable(text)).translate(dict.fromkeys((0xFFFE, 0xFFFF)))


def content(path: Path) -> str:
    """Everything a file says."""
    if path.suffix == ".xlsx":
        return "\n".join(str(cell.value) for row in openpyxl.load_workbook(path).active.iter_rows() for cell in row)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as package:
            document = ElementTree.fromstring(package.read("word/document.xml"))  # noqa: S314  our own
        return "\n".join(element.text or "" for element in document.iter())
    return path.read_text(encoding="utf-8-sig")
