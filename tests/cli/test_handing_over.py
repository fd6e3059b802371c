"""shift: the sheet on the command line, two people, files to be printed, and nothing hostile on the way out."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import openpyxl
import pytest
from logins import log_everybody_out
from office_cli import CommandLine

HOSTILE = "看水泵[/][b]红\x1b]52;c;aGFja2Vk\x07，回电 13812345678 <script>&\u202e"


@pytest.fixture
def reported(small_office: CommandLine) -> str:
    """A report that falls due within the day."""
    return small_office.reports(
        "井盖缺失", "--category", "暴露垃圾", "--grid", "420502001001001", "--reporter", "李小明", "--phone", "13912345678"
    )


def test_the_sheet_is_shown_without_changing_anything(small_office: CommandLine, reported: str) -> None:
    before = small_office("ledger", "verify", "--json").json["entries"]
    shown = small_office("handover", "sheet")
    assert shown.status == 0
    assert "预览，还没有交班" in shown.out
    assert reported in shown.out
    assert "交接确认" not in shown.out
    found = small_office("handover", "sheet", "--json").json
    assert (found["open"], found["totals"]["due"], found["totals"]["overdue"]) == (1, 1, 0)
    (case,) = found["cases"]
    assert (case["part"], case["number"], case["place"]) == ("due", reported, "东风社区第1网格")
    assert small_office("ledger", "verify", "--json").json["entries"] == before


def test_one_hands_over_and_another_takes_over(small_office: CommandLine, reported: str) -> None:
    made = small_office("handover", "give", "--to", "受理员", "--remarks", "看水泵", "--operator", "派遣员")
    assert made.status == 0
    assert made.out == ""
    assert "第 1 号：派遣员已交班，待接班（交给受理员）。未办结 1 件" in made.err
    again = small_office("handover", "give", "--operator", "内勤", "--json")
    assert (again.status, again.error) == (4, "C185")
    self_taken = small_office("handover", "take", "--operator", "派遣员", "--json")
    assert (self_taken.status, self_taken.error) == (4, "C186")
    small_office("incident", "act", reported, "accept", "--operator", "受理员")
    waiting = small_office("handover", "show", 1)
    assert "交班后又有 1 件变化" in waiting.out
    assert "待接班（交给受理员）" in waiting.out
    taken = small_office("handover", "take", "1", "--operator", "受理员", "--json")
    assert taken.status == 0
    assert (taken.json["made_by"], taken.json["taken_by"], taken.json["waiting"], taken.json["as_made"]) == (
        "派遣员",
        "受理员",
        False,
        True,
    )
    assert taken.json["sheet"]["cases"][0]["state"] == "reported", "the sheet as it was made"
    late = small_office("handover", "take", "1", "--operator", "内勤", "--json")
    assert (late.status, late.error) == (4, "C189")
    assert small_office("handover", "take", "--operator", "内勤", "--json").error == "C184"
    assert small_office("ledger", "verify", "--operator", "审计员").status == 0


def test_a_hand_over_is_withdrawn_by_its_maker_only(small_office: CommandLine) -> None:
    small_office("handover", "give", "--operator", "派遣员")
    assert small_office("handover", "withdraw", "--operator", "受理员", "--json").error == "C187"
    assert small_office("handover", "withdraw", "1", "--operator", "派遣员").status == 0
    (line,) = small_office("handover", "list", "--json").json
    assert line["withdrawn_at"] is not None
    assert "撤回" in small_office("handover", "list").out
    assert small_office("handover", "withdraw", "--operator", "派遣员", "--json").error == "C184"
    assert small_office("handover", "show", 9, "--json").error == "C188"


def test_who_has_nothing_to_do_with_cases_has_no_shift(small_office: CommandLine) -> None:
    for name in ("系统管理员", "审计员"):
        answer = small_office("handover", "give", "--operator", name, "--json")
        assert (answer.status, answer.error) == (4, "C133")


def test_hand_overs_are_listed_by_day(small_office: CommandLine) -> None:
    assert "没有交接班记录" in small_office("handover", "list").err
    small_office("handover", "give", "--operator", "派遣员", "--remarks", HOSTILE)
    assert len(small_office("handover", "list", "--date", "2026-11-23", "--json").json) == 1
    assert small_office("handover", "list", "--date", "2026-11-22", "--json").json == []
    assert small_office("handover", "list", "--date", "改天").status == 2
    shown = small_office("handover", "list").out
    assert "13812345678" not in shown
    assert "\x1b" not in shown


def test_remarks_come_from_standard_input_as_well(small_office: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("第一条\n第二条\n"))
    made = small_office("handover", "give", "--remarks", "-", "--operator", "派遣员", "--json")
    assert made.json["remarks"] == "第一条\n第二条"


@pytest.mark.parametrize("ending", ["txt", "html", "xlsx", "docx", "csv", "json"])
def test_a_sheet_is_written_to_be_printed_with_lines_to_sign(
    small_office: CommandLine, reported: str, tmp_path: Path, ending: str
) -> None:
    small_office("handover", "give", "--to", "受理员", "--remarks", HOSTILE, "--operator", "派遣员")
    target = tmp_path / f"交接单.{ending}"
    written = small_office("handover", "show", 1, "-o", target)
    assert (written.status, written.out) == (0, "")
    text = text_of(target)
    for wanted in (reported, "交接确认", "交班人", "接班人", "派遣员", "受理员", "看水泵[/][b]红", "138****5678"):
        assert wanted in text, wanted
    for unwanted in ("13812345678", "\x1b", "\u202e", "李小明", "13912345678"):
        assert unwanted not in text, unwanted
    if ending == "html":
        assert "<script>" not in target.read_text(encoding="utf-8")
    again = small_office("handover", "show", 1, "-o", target, "--operator", "派遣员")
    assert again.status == 5
    assert "已经有这个文件" in again.err


def text_of(path: Path) -> str:
    """Everything a printable file says."""
    if path.suffix == ".xlsx":
        sheet = openpyxl.load_workbook(path).active
        return "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None)
    if path.suffix == ".docx":
        with zipfile.ZipFile(path) as package:
            assert package.testzip() is None
            for name in package.namelist():
                ElementTree.fromstring(package.read(name))  # noqa: S314  our own
            document = ElementTree.fromstring(package.read("word/document.xml"))  # noqa: S314
        return "\n".join(element.text or "" for element in document.iter() if element.tag.endswith("}t"))
    if path.suffix == ".csv":
        return "\n".join(" ".join(row) for row in csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    return path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("name", ["交接单.pdf", "交接单", "没有/交接单.txt"])
def test_a_file_that_cannot_be_written_is_said_and_none_is_left(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    small_office("handover", "give", "--operator", "派遣员")
    answer = small_office("handover", "show", 1, "-o", tmp_path / name, "--json")
    assert answer.status == 0, "--json prints and writes no file"
    refused = small_office("handover", "show", 1, "-o", tmp_path / name)
    assert refused.status == 5
    assert "E112" in refused.err
    assert not (tmp_path / name).exists()


def test_whoever_is_not_logged_in_neither_hands_over_nor_looks(small_office: CommandLine) -> None:
    log_everybody_out(small_office.database)
    for way in (("handover", "give"), ("handover", "sheet"), ("handover", "list"), ("handover", "take")):
        answer = small_office(*way, "--json")
        assert answer.status == 4, way
        assert answer.error in ("C171", "C179"), way


# --- digest -----------------------------------------------------------------------------------------------------


def test_the_digest_on_the_command_line_begins_where_somebody_logged_out(small_office: CommandLine, reported: str) -> None:
    first = small_office("handover", "digest", "--operator", "派遣员")
    assert first.out == "还没有离开过，没有可比的\n"
    small_office("logout", "派遣员")
    small_office.log_in("派遣员")
    small_office("incident", "act", reported, "accept", "--operator", "受理员")
    shown = small_office("handover", "digest", "--operator", "派遣员", "--json").json
    assert (shown["acts"], shown["cases"], shown["capped"]) == (1, 1, False)
    assert [case["number"] for case in shown["list"]] == [reported]
    text = small_office("handover", "digest", "--operator", "派遣员").out
    assert reported in text
    assert "李小明" not in text
    assert "13912345678" not in text


def test_the_digest_can_begin_at_any_moment(small_office: CommandLine, reported: str) -> None:
    for since, acts in (("2026-11-23", 1), ("2026-11-23T13:59", 1), ("2026-11-23T14:01", 0), ("2026-11-23T06:01:00+00:00", 0)):
        shown = small_office("handover", "digest", "--since", since, "--operator", "派遣员", "--json")
        assert (shown.status, shown.json["acts"]) == (0, acts), since
    assert (
        small_office("handover", "digest", "--since", "2026-11-23", "--operator", "派遣员", "--json").json["counts"]["reported"]
        == 1
    )
    nothing = small_office("handover", "digest", "--since", "2026-11-23T14:01", "--operator", "派遣员")
    assert "没有别人办过什么" in nothing.out
    for wrong in ("改天", "9999-99-99", "0001-01-01", "[/]\x1b[2J"):
        refused = small_office("handover", "digest", "--since", wrong, "--operator", "派遣员", "--json")
        assert (refused.status, refused.error) == (2, "U002"), wrong
        assert "\x1b" not in refused.out


@pytest.mark.parametrize(
    ("old", "new"),
    [("hand-over", "give"), ("take-over", "take"), ("sheet", "sheet"), ("list", "list"), ("digest", "digest")],
)
def test_the_former_names_still_work_and_say_the_new_ones(small_office: CommandLine, old: str, new: str) -> None:
    if old == "take-over":
        assert small_office("handover", "give", "--operator", "值班长").status == 0
    operator = "派遣员" if old == "take-over" else "值班长"
    answer = small_office("shift", old, "--operator", operator, "--json")
    assert (answer.status, answer.err.splitlines()[0]) == (0, f"shift {old} 已改名，请改用 gridconsole handover {new}")
    assert answer.json is not None
    assert "shift" not in small_office("--help").out
