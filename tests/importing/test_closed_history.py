"""Lists of cases that are over: each becomes a closed case, judged by the times of the list; the others stay open reports."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

HEADER = "工单编号,受理时间,网格,问题分类,主要内容,办理状态,派遣时间,处置时间,结案时间,处置单位,处置结果"
IN_TIME = "A1,2025-03-03 09:00,东风社区第1网格,暴露垃圾,楼下垃圾[/],已结案,2025-03-03 09:30,2025-03-03 11:00,2025-03-03 15:00,城管局,已清运"
LATE = (
    "A2,2025-03-03 09:00,东风社区第1网格,暴露垃圾,垃圾成堆,办结,2025-03-03 09:30,2025-03-10 11:00,2025-03-10 15:00,城管局,已清运"
)
OPEN = "A3,2025-03-03 09:00,东风社区第1网格,暴露垃圾,还没清,处置中,2025-03-03 09:30,,,城管局,"


def take(office: CommandLine, folder: Path, *rows: str, header: str = HEADER) -> dict[str, int]:
    answer = office.imports("incidents", text_file(folder, lines(header, *rows)), "--open")
    assert answer.status in (0, 3, 4), answer
    return answer.counts


def test_a_case_that_is_over_is_closed_at_its_own_time_and_judged_by_its_own_handling(
    small_office: CommandLine, tmp_path: Path
) -> None:
    assert take(small_office, tmp_path, IN_TIME, LATE, OPEN) == {"inserted": 3}
    rows = small_office.rows("SELECT source_ref, state, handler_name, outcome, closed_at, due_at FROM incident ORDER BY number")
    assert rows == [
        ("A1", "closed", "城管局", "resolved", "2025-03-03T07:00:00.000000Z", None),
        ("A2", "closed", "城管局", "resolved", "2025-03-10T07:00:00.000000Z", None),
        ("A3", "reported", "", None, None, "2026-11-23T06:15:00.000000Z"),
    ]
    clocks = small_office.rows(
        "SELECT i.source_ref, c.stage, c.span, c.late FROM clock c JOIN incident i ON i.id = c.incident_id"
    )
    assert sorted(clocks) == [
        ("A1", "handle", "4 work_hour", 0),
        ("A2", "handle", "4 work_hour", 1),
        ("A3", "accept", "0.25 work_hour", None),
    ]
    assert small_office("ledger", "verify", "--json").json["ok"] is True
    assert small_office("callback", "list", "--json").json == [], "whoever closed it has called, or nobody will"


def test_the_first_entry_says_what_the_list_said_of_the_steps(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, IN_TIME)
    ((number,),) = small_office.rows("SELECT number FROM incident")
    assert number == "2025030300001"
    shown = small_office("incident", "show", number, "--json").json
    (entry,) = shown["timeline"]
    assert (entry["action"], entry["door"], entry["to"]) == ("archive", "import", "closed")
    assert shown["closed_at"] == "2025-03-03T15:00:00+08:00"
    reported = small_office("incident", "show", number).out
    assert "归档 派遣 2025-03-03 09:30 反馈 2025-03-03 11:00 结案 2025-03-03 15:00" in reported
    assert "已清运" in small_office.rows("SELECT extra FROM incident")[0][0]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (IN_TIME.replace("2025-03-03 15:00", "2025-03-02 15:00"), "E217"),
        (IN_TIME.replace("2025-03-03 15:00", "2027-03-02 15:00"), "E217"),
        (IN_TIME.replace("2025-03-03 15:00", "2025-03-03 10:00"), "E224"),
        (IN_TIME.replace("2025-03-03 09:30", "2025-03-04 09:30"), "E224"),
    ],
)
def test_an_end_that_cannot_be_is_given_back(small_office: CommandLine, tmp_path: Path, row: str, code: str) -> None:
    answer = small_office.imports("incidents", text_file(tmp_path, lines(HEADER, row, LATE)))
    assert (answer.status, answer.counts, answer.codes) == (3, {"inserted": 1, "rejected": 1}, [code])
    assert small_office.rows("SELECT source_ref FROM incident") == [("A2",)]


def test_a_unit_nobody_registered_stays_with_the_case_in_its_own_words(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", text_file(tmp_path, lines(HEADER, IN_TIME.replace("城管局", "城管一局"))))
    (issue,) = answer.json["issues"]
    assert (issue["code"], issue["suggestion"]) == ("W911", "您是不是要找：城管局")
    assert small_office.rows("SELECT state, handler_id FROM incident") == [("closed", None)]
    assert small_office.rows("SELECT late FROM clock") == [(0,)], "the clock needs no name"
    assert "城管一局" in small_office.rows("SELECT extra FROM incident")[0][0]


def test_nothing_is_made_up_for_a_list_that_gives_the_end_alone(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, "A1,2025-03-03 09:00,垃圾,2025-03-04 10:00", header="工单编号,受理时间,主要内容,办结时间")
    assert small_office.rows("SELECT state, rule_id, handler_id FROM incident") == [("closed", None, None)]
    assert small_office.rows("SELECT 1 FROM clock") == []
    assert small_office.rows("SELECT 1 FROM assignment") == []


def test_the_same_list_again_changes_nothing_and_undo_takes_it_back(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, IN_TIME, LATE)
    assert take(small_office, tmp_path, IN_TIME, LATE, "") == {"unchanged": 2}
    undone = small_office("batch", "undo", "6", "--operator", "内勤", "--json")
    assert (undone.status, undone.json["withdrawn"], undone.json["kept"]) == (0, 2, [])
    assert small_office.rows("SELECT DISTINCT state FROM incident") == [("voided",)]
    assert take(small_office, tmp_path, IN_TIME, LATE) == {"inserted": 2}
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_a_case_still_open_here_is_not_closed_by_a_list_that_says_so(small_office: CommandLine, tmp_path: Path) -> None:
    take(small_office, tmp_path, OPEN)
    over = OPEN.replace("处置中", "已结案").replace(",,,城管局,", ",2025-03-03 11:00,2025-03-03 15:00,城管局,已清运")
    answer = small_office.imports("incidents", text_file(tmp_path, lines(HEADER, over)))
    assert (answer.counts, answer.codes) == ({"unchanged": 1}, ["W912"])
    assert small_office.rows("SELECT state FROM incident") == [("reported",)]


@pytest.mark.parametrize(
    ("word", "over"),
    [
        ("已关闭", True),
        ("结案归档", True),
        ("办结完毕", True),
        ("已完成办理", True),
        ("待办结", False),
        ("未结案", False),
        ("不予归档", False),
    ],
)
def test_whether_it_is_over_is_read_from_many_words(small_office: CommandLine, tmp_path: Path, word: str, over: bool) -> None:
    take(small_office, tmp_path, IN_TIME.replace("已结案", word))
    assert small_office.rows("SELECT closed_at IS NOT NULL FROM incident") == [(int(over),)]


def test_a_closing_day_without_a_time_may_be_the_day_of_the_report(small_office: CommandLine, tmp_path: Path) -> None:
    row = "A9,2025-03-03 09:00,东风社区第1网格,暴露垃圾,楼下垃圾,已结案,,,2025-03-03,城管局,已清运"
    assert take(small_office, tmp_path, row) == {"inserted": 1}
    assert small_office.rows("SELECT closed_at FROM incident") == [("2025-03-03T01:00:00.000000Z",)]
    earlier = row.replace("A9", "A8").replace(",2025-03-03,", ",2025-03-02,")
    assert take(small_office, tmp_path, earlier) == {"rejected": 1}


RESULT = "编号,日期,反映人,诉求内容,社区,处理结果"
OLD = "H1,2025-01-15,李一,路灯不亮,东风社区,已修复"
NEW = "H2,2026-11-22 08:00,李二,井盖松动,东风社区,"
RECENT = "H3,2026-11-22 08:00,李三,树枝断落,东风社区,已清理"


def test_rows_that_may_be_over_or_open_are_asked_about_and_nothing_is_written(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(RESULT, OLD, NEW, RECENT))
    for options in ((), ("--dry-run",)):
        answer = small_office.imports("incidents", file, *options)
        assert (answer.status, answer.error) == (5, "E136")
        said = answer.json.get("error", answer.json)
        assert "2 行看不出" in said["message"]
        assert "2 行有结果" in said["message"] and "天以前" not in said["message"]
        assert "--history" in said["hint"]
    only_old = text_file(tmp_path, lines(RESULT, OLD.replace("已修复", "")))
    said = small_office.imports("incidents", only_old).json["error"]["message"]
    assert "1 行是 30 天以前的" in said and "有结果" not in said
    assert small_office.rows("SELECT 1 FROM incident") == []


def test_history_is_closed_on_its_own_day_and_open_rows_enter_the_queue(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(RESULT, OLD, NEW, RECENT), "台账.csv")
    answer = small_office.imports("incidents", file, "--history")
    assert answer.codes == ["W926", "W926"]
    rows = small_office.rows("SELECT source_ref, state, closed_at FROM incident ORDER BY source_ref")
    assert rows == [
        ("H1", "closed", "2025-01-14T16:00:00.000000Z"),
        ("H2", "reported", None),
        ("H3", "closed", "2026-11-23T06:00:00.000000Z"),
    ]
    assert small_office.rows("SELECT source_ref FROM incident WHERE due_at IS NOT NULL") == [("H2",)]
    assert "结案时间（推定）" in small_office.rows("SELECT extra FROM incident WHERE source_ref = 'H1'")[0][0]
    assert small_office.imports("incidents", file).counts == {"unchanged": 3}, "known rows are not asked about again"


def test_open_rows_keep_their_result_as_words_of_the_list(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", text_file(tmp_path, lines(RESULT, OLD, RECENT)), "--open")
    assert (answer.counts, answer.codes) == ({"inserted": 2}, [])
    assert small_office.rows("SELECT DISTINCT state FROM incident") == [("reported",)]


def test_an_end_without_a_time_is_on_the_day_of_the_list(small_office: CommandLine, tmp_path: Path) -> None:
    row = "A1,2026-11-10 09:00,垃圾,已办结"
    header = "工单编号,受理时间,主要内容,办理状态"
    answer = small_office.imports("incidents", text_file(tmp_path, lines("12345工单（2026年11月12日）,,,", header, row)))
    assert answer.codes == ["W926"]
    assert small_office.rows("SELECT closed_at FROM incident") == [("2026-11-11T16:00:00.000000Z",)]


def test_the_days_after_which_a_list_is_asked_about_are_a_setting(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("编号,日期,诉求内容", "H1,2026-10-01,路灯不亮"))
    assert small_office.imports("incidents", file).error == "E136"
    small_office("operator", "settings", "--history-days", "90", "--operator", "系统管理员")
    assert small_office.imports("incidents", file).counts == {"inserted": 1}


def test_a_row_with_only_the_time_of_its_end_begins_then_and_says_so(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines(
        "编号,主要内容,完成时间,办理状态",
        "U1,路灯不亮,2026-10-08 10:00,已办结",
        "U2,垃圾成堆,2026-10-09 11:00,已办结",
        "U3,井盖坏,,处理中",
    )
    answer = small_office.imports("incidents", text_file(tmp_path, sheet))
    assert (answer.counts, answer.codes) == ({"inserted": 3}, ["W939", "W918"])
    begun = small_office.rows("SELECT source_ref, reported_at = closed_at, extra LIKE '%推定%' FROM incident ORDER BY 1")
    assert begun == [("U1", 1, 1), ("U2", 1, 1), ("U3", None, 0)]


def test_a_survey_with_a_time_of_completion_is_asked_about(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(
        tmp_path, lines("社区,地址,内容,完成时间", "东风社区,幸福路1号,井盖坏,2026-11-18", "东风社区,幸福路2号,路灯坏,2026-11-18")
    )
    assert small_office.imports("incidents", file).error == "E136"
    assert small_office.imports("incidents", file, "--open").counts == {"inserted": 2}
    assert small_office.rows("SELECT count(*) FROM incident WHERE closed_at IS NULL AND reported_at > '2026-11-23'") == [(2,)]


def test_what_the_list_calls_unsolved_is_not_solved_here(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [
        f"V{at},2026-11-20 09:00,路灯不亮{at},已办结,2026-11-20 10:00,{said}"
        for at, said in enumerate(("未解决", "否", "部分解决", "是", ""))
    ]
    file = text_file(tmp_path, lines("编号,受理时间,主要内容,办理状态,结案时间,是否解决", *rows))
    assert small_office.imports("incidents", file).counts == {"inserted": 5}
    outcomes = [outcome for (outcome,) in small_office.rows("SELECT outcome FROM incident ORDER BY source_ref")]
    assert outcomes == [None, None, "partly", "resolved", "resolved"]
    assert small_office("ledger", "verify").status == 0


@pytest.mark.parametrize("state", ["已退单", "已撤单", "已回访"])
def test_a_state_that_may_be_the_end_is_asked_about(small_office: CommandLine, tmp_path: Path, state: str) -> None:
    file = text_file(tmp_path, lines("编号,受理时间,主要内容,办理状态", f"V1,2026-11-20 09:00,路灯不亮,{state}"))
    assert small_office.imports("incidents", file).error == "E136"
    assert small_office.imports("incidents", file, "--history").counts == {"inserted": 1}


def test_the_time_at_which_the_list_sent_a_case_is_its_beginning(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("诉求人,联系方式,诉求内容,派单时间", "何三,13611110003,井盖丢失,2026-11-22 08:10"))
    answer = small_office.imports("incidents", file)
    assert (answer.counts, answer.codes) == ({"inserted": 1}, ["W939"])
    assert small_office.rows("SELECT reported_at FROM incident") == [("2026-11-22T00:10:00.000000Z",)]
