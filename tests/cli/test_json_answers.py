"""What programs read: one JSON value on standard output, with exactly the fields that are promised."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from logins import PLAIN
from office_cli import Clock, CommandLine

WHEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+08:00")


def test_an_import_answers_with_its_counts_and_issues(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("单位编码,单位名称,单位类型", "D1,城管局,专业部门", "D2,环卫所,火星部门"), "名录[b]①.csv")
    answer = blank_office.imports("departments", file)
    (issue,) = answer.json["issues"]
    assert list(answer.json) == [
        "kind", "file", "batch", "dry_run", "refused", "read", "inserted", "updated", "unchanged", "duplicate", "rejected",
            "issue_counts", "issues",
        "changes", "sheets",
    ]  # fmt: skip
    assert {name: answer.json[name] for name in ("kind", "file", "batch", "dry_run", "read")} == {
        "kind": "departments",
        "file": "名录[b]①.csv",
        "batch": 1,
        "dry_run": False,
        "read": 2,
    }
    assert list(issue) == ["sheet", "row", "column", "cell", "code", "severity", "message", "suggestion"]
    assert (issue["sheet"], issue["row"], issue["severity"]) == ("", 3, "error")
    assert (answer.err, answer.out.count("\n")) == ("", 1)


def test_issues_are_all_there_however_many(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("单位编码,单位名称,单位类型", *(f"D{at},第{at}队,火星队" for at in range(50))))
    assert len(blank_office.imports("departments", file).json["issues"]) == 50
    reported = blank_office("import", "departments", file)
    assert reported.err.count("[E208]") == 20
    assert "共 50 条" in reported.err


@pytest.mark.parametrize("files", [2, 3])
def test_several_files_answer_with_a_list(blank_office: CommandLine, tmp_path: Path, files: int) -> None:
    named = [text_file(tmp_path, lines("区划代码,名称", f"990{at},市{at}"), f"{at}.csv") for at in range(files)]
    answer = blank_office("import", "areas", *named, "--json")
    assert [(item["file"], item["inserted"]) for item in answer.json] == [(f"{at}.csv", 1) for at in range(files)]


def test_a_new_case_and_a_step_answer_with_the_same_four_fields(small_office: CommandLine) -> None:
    new = small_office("incident", "new", "--text", "垃圾成堆", "--source", "warden", "--operator", "受理员", "--json")
    assert new.json == {"number": "2026112300001", "state": "reported", "version": 1, "due_at": "2026-11-23T14:15:00+08:00"}
    step = small_office.act("受理员", "2026112300001", "accept")
    assert step.json == {"number": "2026112300001", "state": "to_file", "version": 2, "due_at": "2026-11-23T14:15:00+08:00"}
    last = small_office.act("值班长", "2026112300001", "decline", "--reason", "重复")
    assert last.json == {"number": "2026112300001", "state": "declined", "version": 3, "due_at": None}


def test_a_list_answers_with_a_line_a_case(small_office: CommandLine) -> None:
    assert small_office("incident", "list", "--json").json == []
    small_office.reports("垃圾成堆", "--grid", "东风社区第1网格", "--category", "暴露垃圾", "--address", "幸福路[b栋]①号")
    ((line,)) = small_office("incident", "list", "--json").json
    assert line.keys() >= {
        "number",
        "state",
        "category",
        "grid",
        "area",
        "handler",
        "address",
        "summary",
        "due_at",
        "overdue",
        "version",
    }
    assert (line["number"], line["state"], line["category"], line["category_code"]) == (
        "2026112300001",
        "reported",
        "暴露垃圾",
        "01-01",
    )
    assert (line["grid"], line["area"], line["handler"], line["address"]) == (
        "420502001001001",
        "东风社区",
        None,
        "幸福路[b栋]①号",
    )
    assert (line["overdue"], line["closed_at"], line["outcome"], line["version"]) == (False, None, None, 1)
    assert all(line[name] is None or WHEN.fullmatch(line[name]) for name in ("reported_at", "due_at", "closed_at"))


def test_a_list_is_narrowed_by_state_words_and_lateness(small_office: CommandLine, office_clock: Clock) -> None:
    first = small_office.reports("垃圾成堆100%", "--address", "幸福路[b栋]_①号")
    second = small_office.reports("路灯不亮", "--grade", "紧急")
    small_office.act("受理员", second, "accept")

    def numbers(*options: str) -> list[str]:
        return [line["number"] for line in small_office("incident", "list", *options, "--json").json]

    assert numbers() == [second, first]
    assert numbers("--limit", "1") == [second]
    assert numbers("--state", "待受理") == numbers("--state", "reported") == [first]
    assert numbers("--state", "待受理", "--state", "to_file") == [second, first]
    assert numbers("--search", "[b栋]_①") == numbers("--search", "100%") == [first]
    assert numbers("--search", "%") == [first], "a percent sign is a percent sign"
    assert numbers("--search", "'; DROP TABLE incident --") == []
    assert numbers("--overdue") == []
    office_clock.advance(hours=1)
    assert sorted(numbers("--overdue")) == [first, second]
    small_office.act("值班长", second, "decline", "--reason", "重复")
    assert numbers() == [first]
    assert numbers("--all") == [second, first]


@pytest.mark.parametrize("words", ["扰" * 100_000, "%" * 100_000, "1" * 100_000])
def test_a_search_nobody_types_is_refused_and_a_number_nobody_has_is_unknown(small_office: CommandLine, words: str) -> None:
    refused = small_office("incident", "list", "--all", "--search", words, "--json")
    assert (refused.status, refused.error) == (2, "U002")
    assert "200" in refused.json["error"]["hint"]
    assert small_office("incident", "show", words, "--json").status == 4


def test_a_case_answers_with_its_timeline_derivation_and_what_the_operator_may_do(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆", "--grid", "东风社区第1网格", "--category", "暴露垃圾")
    small_office.act("受理员", number, "accept", "--note", "核对过[/]")
    shown = small_office("incident", "show", number, "--operator", "值班长", "--json").json
    assert shown.keys() >= {"number", "text", "reporter", "phone", "timeline", "derivation", "actions", "rules"}
    assert sorted(shown["actions"]) == ["decline", "file", "merge", "note", "send_back", "urge"]
    assert shown["rules"] == ["少量", "大量"]
    assert shown["derivation"][0] == "立案时限：15 分钟（工作时）"
    assert shown["derivation"][-1].strip() == "到期：11-23 周一 14:15"
    assert [list(entry) for entry in shown["timeline"]] == [
        ["at", "operator", "action", "from", "to", "note", "result", "waived_by", "handler", "into", "door"]
    ] * 2
    accepted = shown["timeline"][1]
    assert (accepted["operator"], accepted["action"], accepted["from"], accepted["to"]) == (
        "受理员",
        "accept",
        "reported",
        "to_file",
    )
    assert (accepted["note"], accepted["door"]) == ("核对过[/]", "cli")
    assert small_office("incident", "show", number, "--json").json["actions"] == [], "nobody was named"


def test_the_last_digits_of_a_number_are_enough_while_only_one_case_has_them(small_office: CommandLine) -> None:
    small_office.reports("垃圾成堆")
    assert small_office("incident", "show", "001", "--json").json["number"] == "2026112300001"
    assert small_office("incident", "show", "01", "--json").error == "C103", "two digits are too few"


def test_digits_that_end_several_numbers_are_refused_with_the_numbers(small_office: CommandLine, office_clock: Clock) -> None:
    small_office.reports("垃圾成堆")
    office_clock.advance(days=1)
    small_office.reports("井盖缺失")
    refused = small_office("incident", "show", "00001", "--json")
    assert (refused.status, refused.error) == (4, "C109")
    assert refused.json["error"]["hint"].endswith("2026112400001、2026112300001")
    assert small_office("incident", "show", "2400001", "--json").json["number"] == "2026112400001"


def test_the_ledger_answers_with_its_length_head_and_first_break(small_office: CommandLine) -> None:
    small_office.reports("垃圾成堆")
    ((entries,),) = small_office.rows("SELECT count(*) FROM ledger")
    whole = small_office("ledger", "verify", "--json")
    assert list(whole.json) == [
        "ok", "entries", "head", "first_broken", "flaw", "flaws", "erased", "case", "column", "anchors", "at", "file", "row",
        "row_flaw", "label", "attested_by", "attests", "anchor", "restored_at", "last", "last_at", "backup_at", "sealed", "retired", "unjudged", "idle",
    ]  # fmt: skip
    assert (whole.status, whole.json["ok"], whole.json["entries"], whole.json["first_broken"]) == (0, True, entries, None)
    assert re.fullmatch("[0-9a-f]{64}", whole.json["head"])


def test_a_changed_ledger_is_found_out(small_office: CommandLine) -> None:
    small_office.reports("垃圾成堆")
    small_office.change("DROP TRIGGER ledger_no_update")
    small_office.change("UPDATE ledger SET operator = '别人' WHERE seq = 3")
    broken = small_office("ledger", "verify", "--json")
    assert (broken.status, broken.json["ok"], broken.json["entries"], broken.json["first_broken"]) == (6, False, 2, 3)
    reported = small_office("ledger", "verify")
    assert (reported.status, "第 3 条" in reported.out) == (6, True)


def test_a_calendar_answers_with_every_day_of_the_year(blank_office: CommandLine) -> None:
    days = blank_office("calendar", "show", "2026", "--json").json
    assert len(days) == 365
    assert all(list(day) == ["date", "workday", "note", "provisional"] for day in days)
    by_date = {day["date"]: (day["workday"], day["note"]) for day in days}
    assert by_date["2026-10-01"] == (False, "国庆节")
    assert by_date["2026-11-23"] == (True, "")
    assert by_date["2026-11-22"] == (False, "")
    assert any(workday and note.endswith("调休上班") for workday, note in by_date.values())
    assert len(blank_office("calendar", "show", "2024", "--json").json) == 366


def test_a_year_without_a_notice_is_reported_to_be_an_estimate(blank_office: CommandLine) -> None:
    reported = blank_office("calendar", "show", "2099")
    assert reported.status == 0
    assert "尚未载入" in reported.out


def test_the_check_of_the_calendar_sees_the_next_year_coming(blank_office: CommandLine, office_clock: Clock) -> None:
    office_clock.at = datetime.fromisoformat("2026-06-01T09:00:00+08:00")
    good = blank_office("calendar", "check", "--json")
    assert good.json.keys() == {"ok", "last_year", "days_left", "differing", "waiting"}
    assert (good.status, good.json["ok"], good.json["differing"]) == (0, True, [])
    office_clock.at = datetime.fromisoformat(f"{good.json['last_year']}-12-20T09:00:00+08:00")
    bad = blank_office("calendar", "check", "--json")
    assert (bad.status, bad.json["ok"]) == (4, False)


def test_operators_are_listed_with_their_roles(blank_office: CommandLine) -> None:
    added = blank_office("operator", "add", "欧阳𠮷[/]", "--role", "受理员", "--role", "inspector", "--json")
    assert (added.status, added.json) == (0, {"name": "欧阳𠮷[/]", "roles": ["acceptor", "inspector"]})
    listed = blank_office("operator", "list", "--json").json
    assert len(listed) == 9
    known = {"name": "欧阳𠮷[/]", "roles": ["acceptor", "inspector"], "active": True, "has_password": False}
    assert listed[-1] == {**known, "seen_at": listed[-1]["seen_at"]}
    assert "欧阳𠮷[/]  受理员、核查员" in blank_office("operator", "list").out


def test_a_new_office_answers_with_its_file_and_its_people(blank_office: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "新办公室" / "office.db"
    words = (
        "init",
        "--name",
        "X区[测试]①",
        "--model",
        "dongcheng",
        "--db",
        path,
        "--admin",
        "欧阳𠮷",
        "--password-stdin",
        "--json",
    )
    made = blank_office.typing(PLAIN).bare(*words)
    assert made.status == 0
    assert made.json["database"] == str(path)
    assert (made.json["name"], made.json["model"]) == ("X区[测试]①", "dongcheng")
    assert made.json["operators"] == ["受理员", "值班长", "派遣员", "核查员", "内勤", "领导", "欧阳𠮷", "审计员"]
    assert made.json["admin"] == "欧阳𠮷"
    assert blank_office.typing(PLAIN).bare("login", "欧阳𠮷", "--db", path, "--password-stdin").status == 0
    assert blank_office.bare("--db", path, "incident", "list", "--json").json == []


def test_a_request_id_used_for_another_case_is_refused_with_what_it_was_used_for(small_office: CommandLine) -> None:
    first, second = small_office.reports("垃圾成堆"), small_office.reports("路灯不亮")
    assert small_office.act("受理员", first, "受理", "--request-id", "R1").status == 0
    answer = small_office.act("受理员", second, "备注", "--note", "只记这一句", "--request-id", "R1")
    assert (answer.status, answer.error) == (4, "C231")
    assert f"受理员对 {first} 做了“受理”" in answer.json["error"]["message"]


def test_a_request_sent_twice_is_carried_out_once(small_office: CommandLine) -> None:
    words = ["incident", "new", "--text", "垃圾成堆", "--operator", "受理员", "--request-id", "请求①", "--json"]
    assert small_office(*words).json == small_office(*words).json
    number = small_office(*words).json["number"]
    step = [small_office.act("受理员", number, "accept", "--request-id", "请求②").json for _ in range(2)]
    assert step[0] == step[1]
    assert small_office.rows("SELECT action, count(*) FROM ledger WHERE subject_kind = 'incident' GROUP BY 1 ORDER BY 1") == [
        ("accept", 1),
        ("report", 1),
    ]
