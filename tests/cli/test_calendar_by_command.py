"""calendar: a notice that comes as a file, days and hours of the office's own, and what is said about each."""

from __future__ import annotations

import io
import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from notices_as_text import NOTICE_2027
from office_cli import Clock, CommandLine

from gridconsole.domain.clock import CalendarDay
from gridconsole.services import notices

NOVEMBER = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)
FEBRUARY = datetime(2027, 2, 3, 1, 0, tzinfo=UTC)
LEADER = ("--operator", "值班长")


@pytest.fixture
def notice(tmp_path: Path) -> Path:
    """The invented notice of 2027 as a text file."""
    file = tmp_path / "2027通知.txt"
    file.write_text(NOTICE_2027, encoding="utf-8")
    return file


def at(office: CommandLine, clock: Clock, moment: datetime) -> None:
    """Move the time; whoever works here logs in again."""
    clock.at = moment
    for name in ("受理员", "值班长", "派遣员", "审计员", "系统管理员"):
        office.log_in(name)


def dispatched(office: CommandLine) -> str:
    """A case with a limit of five workdays, dispatched now."""
    number = office.reports("电线杆上贴满小广告", "--grid", "420502001001001", "--category", "非法小广告")
    for operator, action, *options in (("受理员", "受理"), ("值班长", "立案"), ("派遣员", "派遣", "--to", "城管局")):
        answer = office.act(operator, number, action, *options)
        assert answer.status == 0, answer
    return number


def shown(office: CommandLine, number: str) -> str:
    return office("incident", "show", number, "--operator", "派遣员").out


def test_a_case_dispatched_after_loading_is_due_after_the_holiday(
    small_office: CommandLine, office_clock: Clock, notice: Path
) -> None:  # fmt: skip
    at(small_office, office_clock, NOVEMBER)
    loaded = small_office("calendar", "load", 2027, "--from", notice, "--yes", *LEADER)
    assert loaded.status == 0, loaded
    at(small_office, office_clock, FEBRUARY)
    page = shown(small_office, dispatched(small_office))
    for words in (
        "02-05 周五 休息（春节），不计 .. 02-12 周五 休息（春节），不计",
        "第 5 日：02-18 周四",
        "到期：02-18 周四 17:30",
    ):
        assert words in page, page
    assert "暂按周末估算" not in page


def test_a_case_dispatched_before_moves_when_the_notice_is_loaded_and_not_when_it_is_tried(
    small_office: CommandLine, office_clock: Clock, notice: Path
) -> None:  # fmt: skip
    at(small_office, office_clock, FEBRUARY)
    number = dispatched(small_office)
    assert "2027 年放假安排尚未公布，暂按周末估算" in shown(small_office, number)
    load = ("calendar", "load", 2027, "--from", notice, *LEADER)
    tried = small_office(*load)
    assert tried.status == 0
    for words in (
        "2027 年放假安排（国务院办公厅通知）：放假 27 天，调休上班 4 天", "2027-02-08 周一 至 2027-02-12 周五：上班 -> 放假",
        "将重算 1 件在办案件的时限，其中 1 个暂定时限转为确定",
        f"{number}  处置  2027-02-10 周三 17:30 -> 2027-02-18 周四 17:30（推后 8天）  由暂定转为确定",
    ):  # fmt: skip
        assert words in tried.out, tried
    assert "尚未改动；核对无误后加 --yes" in tried.err
    assert "到期：02-10 周三 17:30" in shown(small_office, number)
    done = small_office(*load, "--yes")
    assert (done.status, "已重算 1 件" in done.out) == (0, True)
    page = shown(small_office, number)
    assert "到期：02-18 周四 17:30" in page
    assert (
        "重算时限 载入 2027 年放假安排 处置 2027-02-10 周三 17:30 -> 2027-02-18 周四 17:30（推后 8天） 由暂定转为确定 值班长"
        in page
    )
    assert small_office("ledger", "verify").out.startswith("完好")
    line = small_office("ledger", "show", "--action", "载入放假安排", "--operator", "审计员").out
    assert "2027 年放假安排（国务院办公厅通知）：放假 27 天，调休上班 4 天" in line


def test_the_answer_as_json(small_office: CommandLine, office_clock: Clock, notice: Path) -> None:
    at(small_office, office_clock, FEBRUARY)
    number = dispatched(small_office)
    answer = small_office("calendar", "load", 2027, "--from", notice, "--json", *LEADER).json
    assert (answer["dry_run"], answer["unchanged"], answer["year"], answer["source"]) == (True, False, 2027, "notice")
    assert answer["moved"] == [
        {
            "number": number, "stage": "handle", "before": "2027-02-10T17:30:00+08:00", "after": "2027-02-18T17:30:00+08:00",
            "minutes": 11520, "provisional": False, "extensions": [],
        }
    ]  # fmt: skip
    assert {"date": "2027-01-09", "before": [], "after": ["08:30-12:00", "14:00-17:30"]} in answer["changed"]


def test_the_same_notice_again_is_nothing_to_do_and_another_says_what_changes(small_office: CommandLine, notice: Path) -> None:
    load = ("calendar", "load", 2027, "--from")
    assert small_office(*load, notice, "--yes", *LEADER).status == 0
    again = small_office(*load, notice, "--yes", *LEADER)
    assert (again.status, again.err) == (0, "与已有的一样，没有改动\n")
    corrected = notice.with_name("更正.txt")
    corrected.write_text(
        NOTICE_2027.replace("6月9日（周三）放假，共1天", "6月9日（周三）至10日（周四）放假，共2天"), encoding="gb18030"
    )
    other = small_office(*load, corrected, *LEADER)
    assert (other.status, "2027-06-10 周四：上班 -> 放假" in other.out, "没有在办案件" in other.out) == (0, True, True)
    assert "尚未改动" in other.err


def test_json_of_a_notice_and_standard_input_are_taken(
    small_office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    class Stdin:
        buffer = io.BytesIO(NOTICE_2027.encode("utf-16"))

    monkeypatch.setattr(sys, "stdin", Stdin())
    assert small_office("calendar", "load", 2027, "--from", "-", "--json", *LEADER).json["days_off"] == 27
    names = ("元旦", "春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
    days = [{"name": name, "date": f"2028-{month:02}-01", "isOffDay": True} for month, name in enumerate(names, 1)]
    file = tmp_path / "2028.json"
    file.write_text(json.dumps({"year": 2028, "papers": [], "days": days}), encoding="utf-8")
    answer = small_office("calendar", "load", 2028, "--from", file, "--json", *LEADER).json
    assert (answer["source"], answer["days_off"], len(answer["sha256"])) == ("json", 7, 64)


@pytest.mark.parametrize(
    ("words", "status", "code", "said"),
    [
        (("load", 2027), 4, "C213", "还没有 2027 年"),
        (("load", 2027, "--from", "{folder}/nirgends.txt"), 5, "E101", "nirgends.txt"),
        (("load", 2027, "--from", "{folder}"), 5, "E131", "不是国务院办公厅的放假安排通知"),
        (("load", 2027, "--from", "{folder}/empty.txt"), 5, "E131", "不是国务院办公厅的放假安排通知"),
        (("load", 2027, "--from", "{folder}/talk.txt"), 5, "E131", "不是国务院办公厅的放假安排通知"),
        (("load", 2027, "--from", "{folder}/long.txt"), 5, "E131", "不是国务院办公厅的放假安排通知"),
        (("load", 2027, "--from", "{folder}/word.docx"), 5, "E132", "docx"),
        (("load", 2027, "--from", "{folder}/scan.pdf"), 5, "E132", "PDF"),
        (("load", 2027, "--from", "{folder}/traditional.txt"), 5, "E133", "繁体字"),
        (("load", 2027, "--from", "{folder}/unclear.txt"), 5, "E134", "1月9日（周六）照旧上班半天"),
        (("load", 2027, "--from", "{folder}/sum.txt"), 5, "E135", "放假调休，共7天"),
        (("load", 2027, "--from", "{folder}/weekday.txt"), 5, "E135", "1月9日（周日）上班"),
        (("load", 2026, "--from", "{folder}/good.txt"), 4, "C211", "是 2027 年的"),
        (("load", 2027, "--from", "{folder}/part.txt"), 4, "C212", "元旦、清明节"),
        (("load", 1492), 2, "U000", ""),
        (("day", "2027-02-30", "休", "--reason", "台风"), 2, "U002", "2027-02-30"),
        (("day", "2027-02-03", "加班费", "--reason", "台风"), 2, "U001", "加班费"),
        (("day", "2027-02-03", "休"), 4, "C182", "须说明理由"),
        (("day", "2027-02-03", "恢复", "--reason", "台风"), 4, "C216", "2027-02-03"),
        (("day", "2027-02-03", "休", "--as", "周五", "--reason", "台风"), 2, "U002", "--as"),
        (("day", "2027-02-06", "班", "--as", "周一至周五", "--reason", "抢险"), 2, "U002", "周一至周五"),
        (("hours", "--from", "2027-06-01", "--span", "8:00-12:00,11:30-17:00"), 4, "C214", "重叠"),
        (("hours", "--from", "2027-06-01", "--span", "17:30-14:00"), 4, "C214", "结束不晚于开始"),
        (("hours", "--from", "2027-06-01", "--span", "22:00-6:00"), 4, "C214", "跨过了零点"),
        (("hours", "--from", "2027-06-01", "--span", "20:00-24:00"), 4, "C214", "跨过了零点"),
        (("hours", "--from", "2027-06-01", "--span", "上午"), 2, "U002", "上午"),
        (("hours", "--from", "2027-06-01", "--span", "25:00-26:00"), 2, "U002", "25:00-26:00"),
        (("hours", "--from", "2027-06-01", "--days", "周八", "--span", "9:00-12:00"), 2, "U002", "周八"),
        (("hours", "--from", "2027-06-01", "--to", "2027-05-01", "--span", "9:00-12:00"), 2, "U002", "2027-05-01"),
        (("hours", "--from", "2027-06-01"), 2, "U002", "--from --span --drop"),
        (("hours", "--from", "2027-06-01", "--span", "休"), 4, "C215", "没有工作时间"),
        (("hours", "--drop", "2027-06-01"), 4, "C216", "2027-06-01"),
        (("hours", "--drop", "2000-01-01"), 4, "C214", "最早的一条"),
    ],
)
def test_what_cannot_be_is_refused_with_one_sentence(
    small_office: CommandLine, tmp_path: Path, words: tuple[object, ...], status: int, code: str, said: str
) -> None:
    files: dict[str, str | bytes] = {
        "good.txt": NOTICE_2027, "empty.txt": "", "talk.txt": "今天下午三点开会。", "long.txt": "通知" * 500_000,
        "word.docx": b"PK\x03\x04\x14", "scan.pdf": b"%PDF-1.7", "sum.txt": NOTICE_2027.replace("共8天", "共7天"),
        "traditional.txt": "國務院辦公廳關於2027年部分節假日安排的通知\n一、元旦：1月1日（週五）放假。",
        "unclear.txt": NOTICE_2027.replace("1月9日（周六）上班", "1月9日（周六）照旧上班半天"),
        "weekday.txt": NOTICE_2027.replace("1月9日（周六）", "1月9日（周日）"),
        "part.txt": "关于2027年部分节假日安排的通知\n二、春节：2月5日至12日放假调休，共8天。",
    }  # fmt: skip
    for name, content in files.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    before = small_office("ledger", "verify").out
    answer = small_office("calendar", *(str(word).format(folder=tmp_path) for word in words), "--yes", *LEADER)
    assert (answer.status, answer.out, f"[{code}]" in answer.err, said in answer.err) == (status, "", True, True), answer
    assert small_office("ledger", "verify").out == before


@pytest.mark.parametrize("name", ["受理员", "派遣员", "核查员", "内勤", "领导", "审计员"])
def test_only_an_administrator_and_the_shift_leader_change_it(small_office: CommandLine, name: str) -> None:
    for words in (
        ("day", "2027-02-03", "休", "--reason", "台风"),
        ("hours", "--from", "2027-06-01", "--span", "9:00-12:00"),
        ("load", 2027),
    ):
        answer = small_office("calendar", *words, "--operator", name)
        assert (answer.status, "[C133] 改工作日历不归" in answer.err) == (4, True), answer
    denied = small_office("ledger", "show", "--action", "越权被拒", "--operator", "审计员").out
    assert denied.count("改工作日历（C133）") == 3


def test_dates_and_words_as_people_write_them(small_office: CommandLine) -> None:
    for written in ("2027年2月3日", "2027/2/3", "2027-02-03", "2027.2.3"):
        for word in ("休", "休息", "放假", "rest", "REST"):
            answer = small_office("calendar", "day", written, word, "--reason", "台风", "--json", *LEADER)
            assert (answer.json["day"], answer.json["kind"]) == ("2027-02-03", "rest"), answer
    for word in ("班", "上班", "补班", "work"):
        answer = small_office("calendar", "day", "2027-02-06", word, "--as", "五", "--reason", "抢险", "--json", *LEADER)
        assert (answer.json["kind"], answer.json["follows"]) == ("work", 4)


def test_a_day_set_otherwise_is_listed_and_can_be_taken_back(small_office: CommandLine) -> None:
    small_office("calendar", "day", "2027-02-03", "休", "--reason", "台风[/]", "--yes", *LEADER)
    assert "本单位另设：2027-02-03 周三 放假，台风[/]（值班长）" in small_office("calendar", "list").out
    shown = small_office("calendar", "show", 2027)
    assert "2027-02-03 周三 放假 台风[/]（暂定）" in shown.out
    back = small_office("calendar", "day", "2027-02-03", "恢复", "--reason", "台风未到", "--yes", "--operator", "系统管理员")
    assert "2027-02-03 周三 恢复原来的安排" in back.out
    assert "另设" not in small_office("calendar", "list").out


def test_hours_are_listed_and_changed_for_a_season(small_office: CommandLine) -> None:
    usual = small_office("calendar", "hours").out
    assert usual == "2000-01-01 起：周一至周五 08:30-12:00、14:00-17:30；周六至周日 休息\n"
    season = (
        "calendar",
        "hours",
        "--from",
        "2027年6月1日",
        "--to",
        "2027-09-30",
        "--span",
        "8:00-12:00",
        "--span",
        "15:00-18:00",
    )
    tried = small_office(*season, *LEADER)
    assert tried.out.splitlines()[0] == "自 2027-06-01 至 2027-09-30 工作时间 08:00-12:00、15:00-18:00"
    assert small_office("calendar", "hours").out == usual
    small_office(*season, "--yes", *LEADER)
    assert [row["from"] for row in small_office("calendar", "hours", "--json").json] == ["2000-01-01", "2027-06-01", "2027-10-01"]
    friday = small_office(
        "calendar", "hours", "--from", "2027-06-01", "--days", "周五", "--span", "8点至12点半", "--yes", *LEADER
    )
    assert "周五工作时间 08:00-12:30" in friday.out
    assert "周五 08:00-12:30" in small_office("calendar", "hours").out


def test_a_past_day_counts_the_closed_cases_and_leaves_them(small_office: CommandLine, office_clock: Clock) -> None:
    number = small_office.reports("垃圾成堆", "--grid", "420502001001001", "--category", "暴露垃圾")
    assert small_office.act("受理员", number, "不予受理", "--reason", "重复").status == 0
    page = shown(small_office, number)
    at(small_office, office_clock, office_clock.at + timedelta(days=60))
    answer = small_office("calendar", "day", "2026-11-23", "休", "--reason", "当天停电", "--yes", *LEADER)
    assert "当时在办、现已办结的 1 件，按当时的日历判定，不重算" in answer.out
    assert "日历后来有改动" not in page
    assert small_office("ledger", "verify").out.startswith("完好")


# --- checking and showing ---------------------------------------------------------------------------------------


def test_check_says_what_to_type_when_the_notice_is_there_and_not_loaded(
    small_office: CommandLine, office_clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    at(small_office, office_clock, NOVEMBER)
    nowhere = small_office("calendar", "check")
    assert (nowhere.status, "gridconsole calendar load 2027 --from 文件.txt" in nowhere.out) == (4, True)
    installed = [*notices.installed_days(), *(CalendarDay(date(2027, 1, day), False, "元旦") for day in (1, 2, 3))]
    monkeypatch.setattr(notices, "installed_days", lambda: installed)
    there = small_office("calendar", "check")
    assert there.status == 4
    assert "2027 年的上级通知已有，尚未载入：请系统管理员或值班长运行 gridconsole calendar load 2027\n" in there.out
    assert small_office("calendar", "check", "--json").json["waiting"] == [2027]
    assert small_office("calendar", "load", 2027, "--yes", *LEADER).status == 0
    good = small_office("calendar", "check")
    assert (good.status, "近期时限都有依据" in good.out) == (0, True)


def test_a_year_without_a_notice_is_provisional_on_every_day(small_office: CommandLine, notice: Path) -> None:
    assert {day["provisional"] for day in small_office("calendar", "show", 2026, "--json").json} == {False}
    days = small_office("calendar", "show", 2027, "--json").json
    assert (len(days), {day["provisional"] for day in days}, list(days[0])) == (
        365,
        {True},
        ["date", "workday", "note", "provisional"],
    )
    assert "跨入该年的时限为暂定" in small_office("calendar", "show", 2027).out
    small_office("calendar", "load", 2027, "--from", notice, "--yes", *LEADER)
    assert {day["provisional"] for day in small_office("calendar", "show", 2027, "--json").json} == {False}
    assert "暂定" not in small_office("calendar", "show", 2027).out


def test_the_list_names_where_each_year_came_from(small_office: CommandLine, notice: Path) -> None:
    small_office("calendar", "load", 2027, "--from", notice, "--yes", *LEADER)
    said = small_office("calendar", "list").out
    assert "2026 年：放假 33 天，调休上班 6 天（程序自带）\n2027 年：放假 27 天，调休上班 4 天（国务院办公厅通知）\n" in said
    listed = small_office("calendar", "list", "--json").json
    assert listed["years"][-1] == {"year": 2027, "sources": ["notice"], "days_off": 27, "days_worked": 4}
    assert (list(listed), listed["overrides"]) == (["years", "overrides", "hours"], [])
