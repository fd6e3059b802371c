"""Undoing an import, and taking the rows that were left out once more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from importing.sheets import lines, text_file, workbook
from office_cli import CommandLine


def undo(office: CommandLine, batch: int, *options: str) -> Any:
    answer = office("batch", "undo", batch, "--json", "--operator", "内勤", *options)
    assert answer.status == 0, answer
    return answer.json


FIRST = {
    "areas": lines("区划代码,名称", "420502003,和平街道", "420502003001,钟楼社区"),
    "grids": lines("网格编码,网格名称,户数", "420502001001001,东风社区第1网格,999", "420502001001009,东风社区第9网格,100"),
    "departments": lines(
        "单位编码,单位名称,单位类型,上级单位,服务区域,负责类别",
        "B1,城管局,专业部门,,420502001,事件01",
        "B9,园林所,专业部门,城管局,,事件05",
    ),
    "wardens": lines(
        "工号,姓名,联系电话,人员性质,负责网格,主辅",
        "W1,𠮷田,13912345678,专职,420502001001001,B",
        "W2,王[/]芳,13700001111,专职,420502001001002,B",
        "W009,新来的,13700002222,专职,420502001002001,A",
    ),
    "catalogue": lines(
        "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限,结案条件",
        "事件,01,市容环境卫生,01,暴露垃圾,少量,2工作时,清理干净",
        "部件,05,其他,01,报刊亭,破损,3工作日,修复",
    ),
}
"""One known record changed and one added, in each register."""


@pytest.mark.parametrize("kind", FIRST)
def test_an_import_taken_back_leaves_every_register_as_it_was(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    before = small_office.registers()
    answer = small_office.imports(kind, text_file(tmp_path, FIRST[kind]))
    assert answer.status == 0, answer
    assert small_office.registers() != before
    undone = undo(small_office, answer.json["batch"])
    assert undone["kept"] == []
    assert undone["removed"] > 0
    assert small_office.registers() == before


@pytest.mark.parametrize("kind", FIRST)
def test_a_file_taken_back_can_come_again(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    file = text_file(tmp_path, FIRST[kind])
    first = small_office.imports(kind, file)
    undo(small_office, first.json["batch"])
    assert small_office.imports(kind, file).counts == first.counts


def test_a_dry_run_of_taking_back_says_the_same_and_changes_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    before = small_office.everything()
    tried = undo(small_office, batch, "--dry-run")
    assert small_office.everything() == before
    done = undo(small_office, batch)
    assert {**tried, "dry_run": False} == done


def test_what_was_changed_since_stays_and_is_named(small_office: CommandLine, tmp_path: Path) -> None:
    first = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    later = lines("网格编码,网格名称,户数", "420502001001001,东风社区第1网格,1000")
    second = small_office.imports("grids", text_file(tmp_path, later)).json["batch"]
    undone = undo(small_office, first)
    assert (undone["kept"], undone["removed"]) == (["东风社区第1网格"], 1)
    assert small_office.rows("SELECT households FROM grid WHERE code = '420502001001001'") == [(1000,)]
    assert undo(small_office, second)["restored"] == 1
    assert small_office.rows("SELECT households FROM grid WHERE code = '420502001001001'") == [(999,)]


def test_a_grid_that_a_case_lies_on_stays(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    small_office.reports("井盖破损", "--grid", "420502001001009", "--category", "路灯")
    assert undo(small_office, batch)["kept"] == ["东风社区第9网格"]
    assert small_office.rows("SELECT count(*) FROM grid WHERE code = '420502001001009'") == [(1,)]


def test_a_unit_that_handled_a_case_stays(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("departments", text_file(tmp_path, FIRST["departments"])).json["batch"]
    number = small_office.reports("垃圾", "--grid", "420502001001001", "--category", "暴露垃圾")
    small_office.act("受理员", number, "accept")
    small_office.act("值班长", number, "file")
    assert small_office.act("派遣员", number, "dispatch", "--to", "园林所", "--reason", "就近").status == 0
    assert "园林所" in undo(small_office, batch)["kept"]


LIST = lines(
    "工单编号,受理时间,主要内容", "A1,2026-11-20 09:00,路灯不亮", "A2,2026-11-20 10:00,井盖破损", "A3,2026-11-20 11:00,垃圾"
)


def test_imported_cases_are_withdrawn_and_stay_in_the_book(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, LIST)
    batch = small_office.imports("incidents", file).json["batch"]
    undone = undo(small_office, batch)
    assert (undone["withdrawn"], undone["kept"]) == (3, [])
    assert small_office.rows("SELECT DISTINCT state FROM incident") == [("voided",)]
    assert small_office("ledger", "verify", "--json").json["ok"]
    assert small_office.imports("incidents", file).counts == {"inserted": 3}
    assert small_office.imports("incidents", file).counts == {"unchanged": 3}


def test_a_case_somebody_has_worked_on_is_not_withdrawn(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("incidents", text_file(tmp_path, LIST)).json["batch"]
    (number,) = small_office.rows("SELECT number FROM incident WHERE source_ref = 'A2'")[0]
    small_office.act("受理员", number, "accept")
    undone = undo(small_office, batch)
    assert (undone["withdrawn"], undone["kept"]) == (2, [number])
    assert small_office.rows("SELECT state FROM incident WHERE number = ?", number) == [("verifying",)]


def test_nobody_withdraws_a_case_by_hand(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("incidents", text_file(tmp_path, LIST))
    (number,) = small_office.rows("SELECT number FROM incident WHERE source_ref = 'A2'")[0]
    answer = small_office.act("内勤", number, "withdraw", "--reason", "不想办")
    assert (answer.status, answer.error) == (4, "C115")
    assert "withdraw" not in small_office("incident", "show", number, "--operator", "内勤", "--json").json["actions"]


def test_only_who_keeps_the_registers_takes_an_import_back(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    answer = small_office("batch", "undo", batch, "--json", "--operator", "派遣员")
    assert (answer.status, answer.error) == (4, "C133")


def test_a_batch_is_taken_back_once_and_one_that_is_not_there_never(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    undo(small_office, batch)
    assert small_office("batch", "undo", batch, "--json", "--operator", "内勤").error == "C153"
    assert small_office("batch", "undo", 4711, "--json", "--operator", "内勤").error == "C152"


def test_taking_back_is_in_the_ledger(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    undo(small_office, batch)
    entries = small_office.rows("SELECT action, operator FROM ledger WHERE subject_kind = 'batch' AND subject_id = ?", batch)
    assert entries == [("import", "内勤"), ("import_undo", "内勤")]


def test_rows_left_out_are_taken_once_what_they_lacked_is_there(small_office: CommandLine, tmp_path: Path) -> None:
    grids = lines("网格编码,网格名称", "420502003001001,钟楼社区第1网格", "420502003001002,钟楼社区第2网格", "xx,乱写")
    first = small_office.imports("grids", text_file(tmp_path, grids))
    assert (first.status, first.counts) == (4, {"rejected": 3})
    small_office.imports("areas", text_file(tmp_path, FIRST["areas"]))
    again = small_office("batch", "retry", first.json["batch"], "--json", "--operator", "内勤")
    assert (again.status, again.counts) == (3, {"inserted": 2, "rejected": 1})
    third = small_office("batch", "retry", first.json["batch"], "--json", "--operator", "内勤")
    assert third.counts == {"rejected": 1}


def test_the_history_lists_what_came_and_what_waits(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    listed = small_office("batch", "list", "--json").json
    assert [item["batch"] for item in listed] == sorted((item["batch"] for item in listed), reverse=True)
    newest = listed[0]
    assert (newest["batch"], newest["kind"], newest["updated"], newest["inserted"]) == (batch, "grids", 1, 1)
    assert (newest["waiting"], newest["undone_at"]) == (0, None)
    shown = small_office("batch", "show", batch, "--json").json
    assert (shown["batch"], shown["issues"]) == (batch, [])


def departments(
    office: CommandLine, folder: Path, *rows: str, header: str = "单位编码,单位名称,单位类型,联系电话,负责类别"
) -> int:
    answer = office.imports("departments", text_file(folder, lines(header, *rows)))
    assert answer.status == 0, answer
    return int(answer.json["batch"])


DUTIES = "SELECT u.code, r.major_code FROM responsibility r JOIN unit u ON u.id = r.unit_id WHERE u.code = 'Z1' AND r.replaced_by IS NULL AND r.ends_on IS NULL"


def test_a_unit_whose_duties_were_changed_since_stays_whole(small_office: CommandLine, tmp_path: Path) -> None:
    first = departments(small_office, tmp_path, "Z1,甲单位,专业部门,,")
    departments(small_office, tmp_path, "Z1,甲单位,专业部门,,事件05")
    assert undo(small_office, first)["kept"] == ["甲单位"]
    assert small_office.rows(DUTIES) == [("Z1", "05")]


def test_what_hangs_on_a_record_that_stays_stays_with_it(small_office: CommandLine, tmp_path: Path) -> None:
    first = departments(small_office, tmp_path, "Z1,甲单位,专业部门,,事件05")
    departments(small_office, tmp_path, "Z1,甲单位,专业部门,13900001111,")
    assert undo(small_office, first)["kept"] == ["甲单位"]
    assert small_office.rows(DUTIES) == [("Z1", "05")]
    sheet = lines("工号,姓名,联系电话,负责网格", "W9,新来的,13700002222,420502001002001")
    batch = small_office.imports("wardens", text_file(tmp_path, sheet)).json["batch"]
    small_office.imports("wardens", text_file(tmp_path, sheet.replace("13700002222", "13700003333")))
    assert undo(small_office, batch)["kept"] == ["新来的"]
    posts = "SELECT count(*) FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL WHERE w.code = 'W9' AND p.ends_on IS NULL"
    assert small_office.rows(posts) == [(1,)]


def test_a_name_somebody_else_has_by_now_is_not_taken_back(small_office: CommandLine, tmp_path: Path) -> None:
    renamed = departments(small_office, tmp_path, "B2,环境卫生所,专业部门,,")
    departments(small_office, tmp_path, "Z1,环卫所,专业部门,,")
    assert undo(small_office, renamed)["kept"] == ["环境卫生所"]
    assert small_office.rows("SELECT code, name FROM unit WHERE code IN ('B2', 'Z1') ORDER BY code") == [
        ("B2", "环境卫生所"),
        ("Z1", "环卫所"),
    ]


def test_divisions_above_those_that_are_known_come_and_go(blank_office: CommandLine, tmp_path: Path) -> None:
    lower = lines("区划代码,名称", "990301001001,甲社区", "990301001002,乙社区")
    blank_office.imports("areas", text_file(tmp_path, lower))
    known = blank_office.registers()
    whole = lower + lines("990301,新区", "990301001,新街道")
    answer = blank_office.imports("areas", text_file(tmp_path, whole))
    assert answer.status == 0 and answer.counts["inserted"] == 2, answer
    upper = "SELECT a.name, p.name FROM area a JOIN area p ON p.id = a.parent_id ORDER BY a.code"
    assert blank_office.rows(upper) == [("新街道", "新区"), ("甲社区", "新街道"), ("乙社区", "新街道")]
    assert undo(blank_office, answer.json["batch"])["kept"] == []
    assert blank_office.registers() == known


def test_rows_tried_again_are_named_as_they_stand_in_their_file(small_office: CommandLine, tmp_path: Path) -> None:
    def error_cell(_book: Any, made: Any) -> None:
        made["新网格"].write_formula(3, 1, "=NA()", None, "#N/A")

    rows = [
        ["各村新划网格"],
        ["网格编码", "网格名称", "户数"],
        ["420502001003001", "新村第1网格", 10],
        ["420502001001009", None, 20],
    ]
    file = workbook(tmp_path / "新.xlsx", {"新网格": rows}, error_cell)
    first = small_office.imports("grids", file)
    assert sorted(first.codes) == ["E213", "E401"]
    small_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", "420502001003,新村"), "区划.csv"))
    again = small_office("batch", "retry", first.json["batch"], "--json", "--operator", "内勤").json
    assert (again["inserted"], again["rejected"]) == (1, 1)
    (issue,) = again["issues"]
    assert (issue["sheet"], issue["row"], issue["code"], issue["cell"]) == ("新网格", 4, "E213", "")
    undo(small_office, again["batch"])
    once_more = small_office("batch", "retry", first.json["batch"], "--json", "--operator", "内勤").json
    assert (once_more["inserted"], once_more["rejected"]) == (1, 1), "what was taken back waits again"


def test_what_stayed_goes_once_what_came_later_is_gone(small_office: CommandLine, tmp_path: Path) -> None:
    before = small_office.registers()
    first = small_office.imports("grids", text_file(tmp_path, FIRST["grids"])).json["batch"]
    later = lines("网格编码,网格名称,户数", "420502001001001,东风社区第1网格,1000")
    second = small_office.imports("grids", text_file(tmp_path, later)).json["batch"]
    undo(small_office, first)
    undo(small_office, second)
    assert undo(small_office, first)["restored"] == 1
    assert small_office.registers() == before
    assert small_office("batch", "undo", first, "--json", "--operator", "内勤").error == "C153"


def test_a_case_that_another_list_corrected_is_withdrawn_once_that_list_is_gone(
    small_office: CommandLine, tmp_path: Path
) -> None:
    was = lines("工单编号,主要内容,联系电话", "A1,井盖破损,13900001111", "A2,路灯不亮,")
    said = lines("工单编号,主要内容,联系电话", "A1,井盖破损,13900002222")
    first = small_office.imports("incidents", text_file(tmp_path, was)).json["batch"]
    second = small_office.imports("incidents", text_file(tmp_path, said)).json["batch"]
    kept = undo(small_office, first)
    assert (kept["withdrawn"], len(kept["kept"])) == (1, 1)
    undo(small_office, second)
    assert undo(small_office, first)["withdrawn"] == 1
    assert small_office.imports("incidents", text_file(tmp_path, was)).counts == {"inserted": 2}
    assert small_office("ledger", "verify").status == 0


def test_rows_that_are_refused_again_wait_where_they_waited(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("工号,姓名,负责网格", "W8,甲,420502001001088", "W9,乙,420502001001099"))
    batch = small_office.imports("wardens", file).json["batch"]
    again = small_office("batch", "retry", batch, "--json", "--operator", "内勤")
    assert (again.status, again.json["batch"]) == (4, None)
    small_office.imports("grids", text_file(tmp_path, lines("网格编码,网格名称", "420502001001088,东风社区第88网格")))
    taken = small_office("batch", "retry", batch, "--json", "--operator", "内勤")
    assert taken.counts == {"inserted": 1, "rejected": 1}
    history = small_office("batch", "list", "--json").json
    assert {item["batch"]: item["waiting"] for item in history}[batch] == 1
    assert {item["batch"]: item["waiting"] for item in history}[taken.json["batch"]] == 0


def test_a_row_that_contradicts_another_is_not_tried_again_alone(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("工号,姓名,联系电话", "W8,甲,13900001111", "W8,甲,13900002222"))
    batch = small_office.imports("wardens", file).json["batch"]
    assert small_office("batch", "retry", batch, "--json", "--operator", "内勤").error == "C156"
    assert small_office.rows("SELECT phone FROM roster_person WHERE code = 'W8'") == [("13900001111",)]


def test_rows_tried_again_keep_what_stood_over_and_above_them(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [
        ["部件立案标准"],
        ["大类代码", "大类名称", "小类代码", "小类名称", "立案条件", "时间"],
        [None, None, None, None, None, "处置时限"],
        [7, "新设施", 1, "新井盖", "缺失", "很快"],
        [None, None, None, None, "破损", "马上"],
    ]
    batch = small_office.imports("catalogue", workbook(tmp_path / "标准.xlsx", {"表": rows})).json["batch"]
    small_office.change("UPDATE import_reject SET cells = replace(replace(cells, '很快', '4工作时'), '马上', '1工作日')")
    again = small_office("batch", "retry", batch, "--json", "--operator", "内勤")
    assert again.counts == {"inserted": 2}, again
    assert small_office.rows("SELECT kind, minor_name FROM category WHERE major_code = '07'") == [("component", "新井盖")]
