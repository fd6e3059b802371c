"""The city's own deadline: read from its list, kept beside the office's clock, shown by whichever ends first, reminded of, never judged by."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from office_cli import Answer, Clock, CommandLine
from sheets import lines, text_file

HEADER = "工单编号,来电时间,诉求人,联系方式,诉求类别,诉求内容,所属社区,承办单位,派单时间,办理时限,截止时间,满意度,办理状态"
MONDAY = "2026-11-23"


def a_list(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """A day's list of the hotline."""
    return text_file(folder, lines("12345热线转办工单", header, *rows), "工单.csv")


def order(number: str = "H1", limit: str = "", due: str = "", state: str = "办理中", dispatched: str = "") -> str:
    """A row of the list; reported on Monday at 09:30, 14:00 is now."""
    return f"{number},{MONDAY} 09:30,丁先生,13900000031,暴露垃圾,门口垃圾堆积三天没人清{number},东风社区,城管局,{dispatched},{limit},{due},,{state}"


def deadline(office: CommandLine, number: str = "H1") -> str | None:
    """The deadline of a case by its number in the list, in the office's zone."""
    (case,) = [case for case in cases(office) if case["source_ref"] == number]
    return case["outer_due_at"]


def cases(office: CommandLine) -> list[dict[str, object]]:
    """The cases with their numbers in the list."""
    refs = dict(office.rows("SELECT number, source_ref FROM incident"))
    found = office("incident", "list", "--all", "--json").json
    return [{**case, "source_ref": refs[case["number"]]} for case in found]


@pytest.mark.parametrize(
    ("limit", "due", "expected"),
    [
        ("3个工作日", "2026-11-26 17:30", "2026-11-26T17:30:00+08:00"),
        ("", "2026-11-26", "2026-11-27T00:00:00+08:00"),
        ("24小时", "", "2026-11-24T09:30:00+08:00"),
        ("3个工作日", "", "2026-11-26T17:30:00+08:00"),
        ("2026-11-25 12:00", "", "2026-11-25T12:00:00+08:00"),
        ("", "", None),
    ],
)  # fmt: skip
def test_a_deadline_is_a_moment_a_day_or_a_limit(
    small_office: CommandLine, tmp_path: Path, limit: str, due: str, expected: str | None
) -> None:
    answer = small_office.imports("incidents", a_list(tmp_path, order(limit=limit, due=due)))
    assert (answer.counts, answer.codes) == ({"inserted": 1}, [])
    assert deadline(small_office) == expected
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_limit_counts_from_the_dispatch_of_the_hotline(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(limit="24小时", dispatched=f"{MONDAY} 11:00")))
    assert deadline(small_office) == "2026-11-24T11:00:00+08:00"


def test_a_limit_nobody_understands_is_said(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", a_list(tmp_path, order(limit="尽快")))
    assert (answer.codes, deadline(small_office)) == (["W937"], None)


def test_the_next_day_moves_a_deadline_and_undo_leaves_the_chain_whole(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-24 12:00")))
    moved = small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-25 12:00")))
    assert moved.counts == {"updated": 1}
    assert deadline(small_office) == "2026-11-25T12:00:00+08:00"
    assert small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-25 12:00"))).counts == {"unchanged": 1}
    assert small_office("ledger", "verify", "--json").json["ok"] is True


@pytest.mark.parametrize("first", ["2026-11-26 17:30", ""])
def test_undo_gives_the_deadline_back_that_the_list_had_set_before(small_office: CommandLine, tmp_path: Path, first: str) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due=first), order("H2", due=first)))
    before = deadline(small_office)
    small_office("export", "incidents", "-o", tmp_path / "一.csv")
    moved = small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-24 10:00"), order("H2", due="2026-11-30")))
    assert deadline(small_office) == "2026-11-24T10:00:00+08:00"
    assert small_office("batch", "undo", str(moved.json["batch"])).status == 0
    assert deadline(small_office) == before
    small_office("export", "incidents", "-o", tmp_path / "二.csv")
    assert (tmp_path / "二.csv").read_bytes() == (tmp_path / "一.csv").read_bytes()
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_deadline_that_a_later_list_moved_stays_after_an_undo(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-26 17:30")))
    second = small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-24 10:00")))
    small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-25 10:00")))
    assert small_office("batch", "undo", str(second.json["batch"])).status in (0, 4)
    assert deadline(small_office) == "2026-11-25T10:00:00+08:00"
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_list_imported_before_deadlines_were_read_brings_them_now(small_office: CommandLine, tmp_path: Path) -> None:
    short = "工单编号,来电时间,诉求人,联系方式,诉求内容"
    row = order().split(",")
    small_office.imports("incidents", a_list(tmp_path, ",".join([*row[:4], row[5]]), header=short))
    # As earlier versions wrote the key: without the digest of a deadline.
    small_office.change("UPDATE incident SET import_key = substr(import_key, 1, length(import_key) - 1)")
    assert small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-24 12:00"))).counts == {"updated": 1}
    assert deadline(small_office) == "2026-11-24T12:00:00+08:00"


def test_it_is_late_for_the_city_and_not_by_the_filing_rule(
    small_office: CommandLine, office_clock: Clock, tmp_path: Path
) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due=f"{MONDAY} 14:05")))
    office_clock.advance(minutes=10)
    (case,) = cases(small_office)
    assert (case["overdue"], case["outer_late"]) == (False, True)


def test_a_closed_case_is_judged_by_when_it_was_closed(small_office: CommandLine, office_clock: Clock, tmp_path: Path) -> None:
    small_office.imports("incidents", a_list(tmp_path, order("H1", due=f"{MONDAY} 15:00"), order("H2", due=f"{MONDAY} 15:00")))
    first, second = (str(case["number"]) for case in sorted(cases(small_office), key=lambda case: str(case["source_ref"])))
    small_office.act("受理员", first, "decline", "--reason", "不归本区")
    office_clock.advance(hours=3)
    small_office.act("受理员", second, "decline", "--reason", "不归本区")
    late = {case["source_ref"]: case["outer_late"] for case in cases(small_office)}
    assert late == {"H1": False, "H2": True}


def alarms(office: CommandLine) -> list[tuple[str, tuple[str, ...]]]:
    """The live reminders about the city's deadline, with their roles."""
    said = office("alarm", "list", "--operator", "受理员").out
    live = office.rows("SELECT rung, waiting FROM alarm WHERE turn = 0 AND ended_at IS NULL")
    names = {90: "市限快到了", 100: "超过市限"}
    assert all(names[rung] in said for rung, _ in live)
    return [(names[rung], tuple(waiting.split())) for rung, waiting in live]


def test_its_approach_and_its_end_are_reminded_of_once_each(
    small_office: CommandLine, office_clock: Clock, tmp_path: Path
) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due=f"{MONDAY} 20:00")))
    assert alarms(small_office) == []
    office_clock.at += timedelta(hours=2, minutes=1)
    assert [what for what, _ in alarms(small_office)] == ["市限快到了"]
    assert [what for what, _ in alarms(small_office)] == ["市限快到了"]
    office_clock.at += timedelta(hours=4)
    ((what, roles),) = alarms(small_office)
    assert (what, "shift_leader" in roles, "dispatcher" in roles) == ("超过市限", True, True)
    fired = "SELECT count(*) FROM alarm WHERE turn = 0"
    assert small_office.rows(fired) == [(2,)]
    (case,) = cases(small_office)
    small_office.act("受理员", str(case["number"]), "decline", "--reason", "不归本区")
    assert alarms(small_office) == []
    office_clock.at += timedelta(days=1)
    assert (alarms(small_office), small_office.rows(fired)) == ([], [(2,)])
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_deadline_that_was_moved_is_reminded_of_again(small_office: CommandLine, office_clock: Clock, tmp_path: Path) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due=f"{MONDAY} 15:00")))
    assert [what for what, _ in alarms(small_office)] == ["市限快到了"]
    small_office.imports("incidents", a_list(tmp_path, order(due="2026-11-24 15:00")))
    office_clock.at += timedelta(days=1)
    assert [what for what, _ in alarms(small_office)] == ["市限快到了"]
    assert small_office.rows("SELECT count(*) FROM alarm WHERE turn = 0") == [(2,)]


def test_its_category_goes_through_the_table_of_the_office(small_office: CommandLine, tmp_path: Path) -> None:
    small_office("alias", "set", "市容环境", "暴露垃圾", "--operator", "内勤")
    answer = small_office.imports("incidents", a_list(tmp_path, order().replace("暴露垃圾", "市容环境")))
    assert answer.codes == []
    assert [case["category"] for case in cases(small_office)] == ["暴露垃圾"]


def test_what_the_list_says_besides_is_kept(small_office: CommandLine, tmp_path: Path) -> None:
    row = order(limit="3个工作日", due="2026-11-26 17:30").replace(",,办理中", ",满意,办理中")
    small_office.imports("incidents", a_list(tmp_path, row))
    kept: Answer = small_office("incident", "show", small_office.rows("SELECT number FROM incident")[0][0], "--json")
    assert {"满意度": "满意", "办理时限": "3个工作日"}.items() <= kept.json["extra"].items()


def test_a_deadline_of_a_day_keeps_its_day_in_lists(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("incidents", a_list(tmp_path, order(due="2026-12-01"), order("H2", due="2026-12-01 12:00")))
    small_office("export", "incidents", "-o", tmp_path / "案件.csv", "--columns", "outer_due,附列.截止时间")
    said = (tmp_path / "案件.csv").read_text(encoding="utf-8-sig").splitlines()[1:]
    assert said == ["2026-12-01 24:00,2026-12-01", "2026-12-01 12:00,2026-12-01 12:00"]
    (number,) = [number for number, ref in small_office.rows("SELECT number, source_ref FROM incident") if ref == "H1"]
    assert "2026-12-01 周二 24:00" in small_office("incident", "show", str(number)).out
