"""Columns nobody knows are kept and added to, and every change is told in the words of an office."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from importing.sheets import lines, raw_file, text_file
from office_cli import Answer, CommandLine

CATALOGUE = "类别,大类代码,大类名称,小类代码,小类名称,处置单位,立案条件,处置时限"


def changes(answer: Answer) -> list[tuple[str, str, str]]:
    """Column, old and new of every change an import tells."""
    return [(change["column"], change["old"], change["new"]) for change in answer.json["changes"]]


def extra_of(office: CommandLine, table: str, condition: str) -> dict[str, str]:
    """What one record keeps by heading."""
    ((text,),) = office.rows(f"SELECT extra FROM {table} WHERE {condition}")
    return dict(json.loads(text)) if text else {}


# --- the catalogue ----------------------------------------------------------------------------------------------


def test_columns_the_catalogue_does_not_know_stay_with_their_rule_and_are_put_right_alone(
    small_office: CommandLine, tmp_path: Path
) -> None:
    row = "事件,7,其他,1,①,,甲,1工作日"
    sheet = text_file(tmp_path, lines(f"{CATALOGUE},依据,备注", f"{row},条例第3条,旧[/]"))
    assert small_office.imports("catalogue", sheet).counts == {"inserted": 1}
    assert small_office.imports("catalogue", sheet).counts == {"unchanged": 1}
    before = small_office.registers()
    answer = small_office.imports("catalogue", text_file(tmp_path, lines(f"{CATALOGUE},备注", f"{row},新")))
    assert (answer.counts, changes(answer)) == ({"updated": 1}, [("备注", "旧[/]", "新")])
    assert extra_of(small_office, "filing_rule", "condition = '甲'") == {"依据": "条例第3条", "备注": "新"}
    assert small_office.rows("SELECT count(*) FROM filing_rule WHERE condition = '甲'") == [(1,)], "the limit is the same rule's"
    small_office("batch", "undo", answer.json["batch"], "--operator", "内勤", "--json")
    assert small_office.registers() == before


def test_a_new_limit_keeps_what_the_row_does_not_say(small_office: CommandLine, tmp_path: Path) -> None:
    first = lines(f"{CATALOGUE},结案条件,依据", "事件,7,其他,1,①,,甲,1工作日,已清除,第3条")
    small_office.imports("catalogue", text_file(tmp_path, first))
    answer = small_office.imports("catalogue", text_file(tmp_path, lines(CATALOGUE, "事件,7,其他,1,①,,甲,2紧急工作时")))
    assert (answer.counts, changes(answer)) == ({"updated": 1}, [("处置时限", "1工作日", "2紧急工作时")])
    rules = "SELECT active, close_condition, extra FROM filing_rule WHERE condition = '甲' ORDER BY id"
    assert small_office.rows(rules) == [(0, "已清除", '{"依据":"第3条"}'), (1, "已清除", '{"依据":"第3条"}')]


def test_a_category_renamed_by_a_list_is_reported_and_left_alone_where_only_new_ones_are_wanted(
    small_office: CommandLine, tmp_path: Path
) -> None:
    sheet = text_file(
        tmp_path, lines(CATALOGUE, "事件,1,市容环境,1,散落垃圾,环卫所,少量,4工作时", "事件,1,市容环境,1,散落垃圾,,新条件,4工作时")
    )
    before = small_office.rows("SELECT * FROM category ORDER BY id")
    only_new = small_office.imports("catalogue", sheet, "--mode", "insert")
    assert (only_new.counts, changes(only_new)) == ({"inserted": 1, "unchanged": 1}, [])
    assert small_office.rows("SELECT * FROM category ORDER BY id") == before
    answer = small_office.imports("catalogue", sheet)
    assert changes(answer) == [("小类名称", "暴露垃圾", "散落垃圾"), ("处置单位", "", "环卫所")]


def test_two_rows_of_one_condition_with_two_ways_to_close_contradict_each_other(
    small_office: CommandLine, tmp_path: Path
) -> None:
    sheet = lines(f"{CATALOGUE},结案条件", "事件,7,其他,1,①,,甲,1工作日,清除", "事件,7,其他,1,①,,甲,1工作日,修复")
    answer = small_office.imports("catalogue", text_file(tmp_path, sheet))
    assert (answer.counts, answer.codes) == ({"inserted": 1, "rejected": 1}, ["E402"])


# --- registers --------------------------------------------------------------------------------------------------


def test_headings_of_another_sheet_are_added_to_those_known_and_reported_by_heading(
    small_office: CommandLine, tmp_path: Path
) -> None:
    for sheet, reported in (
        (
            lines("网格编码,网格名称,绿地率,备注", "420502001001001,东风社区第1网格,12,旧"),
            [("备注", "", "旧"), ("绿地率", "", "12")],
        ),
        (lines("网格编码,网格名称,备注", "420502001001001,东风社区第1网格,新"), [("备注", "旧", "新")]),
        (lines("网格编码,网格名称,备注", "420502001001001,东风社区第1网格,"), []),
        (lines("网格编码,网格名称,绿地率", "420502001001001,东风社区第1网格,12"), []),
    ):
        answer = small_office.imports("grids", text_file(tmp_path, sheet))
        assert (answer.counts, sorted(changes(answer))) == ({"updated": 1} if reported else {"unchanged": 1}, reported)
    assert extra_of(small_office, "grid", "code = '420502001001001'") == {"备注": "新", "绿地率": "12"}


def test_a_number_under_its_mask_never_takes_the_place_of_the_number(small_office: CommandLine, tmp_path: Path) -> None:
    header = "工号,姓名,身份证号,家属电话"
    small_office.imports("wardens", text_file(tmp_path, lines(header, "W1,𠮷田,11010519491231002X,13812345678")))
    masked = lines(header, "W1,𠮷田,110105********002X,138****5678")
    assert small_office.imports("wardens", text_file(tmp_path, masked), "--overwrite-blank").counts == {"unchanged": 1}
    assert extra_of(small_office, "roster_person", "code = 'W1'") == {"家属电话": "13812345678", "身份证号": "11010519491231002X"}


@pytest.mark.parametrize(
    ("kind", "first", "second", "reported"),
    [
        ("wardens", "工号,姓名,人员性质\nW9,新来的,专职\n", "工号,姓名,人员性质\nW9,新来的,兼职\n", ("人员性质", "专职", "兼职")),
        (
            "grids",
            "网格编码,网格名称,网格类型\n420502001001009,园区,基础网格\n",
            "网格编码,网格名称,网格类型\n420502001001009,园区,专属网格\n",
            ("网格类型", "基础网格", "专属网格"),
        ),
        (
            "grids",
            "网格编码,网格名称,所属社区\n420502001001009,园区,东风社区\n",
            "网格编码,网格名称,所属社区\n420502001001009,园区,新民社区\n",
            ("所属社区", "东风社区", "新民社区"),
        ),
        (
            "departments",
            "单位编码,单位名称,单位类型,值班\nB9,园林所,专业部门,\n",
            "单位编码,单位名称,单位类型,值班\nB9,园林所,专业部门,24小时\n",
            ("值班", "工作时间", "全天"),
        ),
        (
            "departments",
            "单位编码,单位名称,单位类型,上级单位\nB9,园林所,专业部门,城管局\n",
            "单位编码,单位名称,单位类型,上级单位\nB9,园林所,专业部门,B3\n",
            ("上级单位", "城管局", "住建局"),
        ),
        (
            "departments",
            "单位编码,单位名称,单位类型,服务区域\nB9,园林所,专业部门,东风社区\n",
            "单位编码,单位名称,单位类型,服务区域\nB9,园林所,专业部门,420502001002\n",
            ("服务区域", "东风社区", "新民社区"),
        ),
        (
            "components",
            "标识码,所在网格\n4205020102000001,东风社区第1网格\n",
            "标识码,所在网格\n4205020102000001,东风社区第2网格\n",
            ("所在网格", "东风社区第1网格", "东风社区第2网格"),
        ),
        (
            "wardens",
            "工号,姓名,负责网格\nW9,新来的,东风社区第1网格\n",
            "工号,姓名,负责网格\nW9,新来的,东风社区第2网格\n",
            ("负责网格", "东风社区第1网格", "东风社区第2网格"),
        ),
    ],
)  # fmt: skip
def test_a_change_is_reported_in_the_words_of_an_office(
    small_office: CommandLine, tmp_path: Path, kind: str, first: str, second: str, reported: tuple[str, str, str]
) -> None:
    assert small_office.imports(kind, text_file(tmp_path, first)).counts == {"inserted": 1}
    answer = small_office.imports(kind, text_file(tmp_path, second))
    assert (answer.counts, changes(answer)) == ({"updated": 1}, [reported])


def test_a_changed_boundary_is_reported_without_its_coordinates(small_office: CommandLine, tmp_path: Path) -> None:
    for top in (30.3, 30.4):
        ring = [[120.1, 30.2], [120.2, 30.2], [120.2, top], [120.1, 30.2]]
        feature = {"type": "Feature", "properties": {"XZQHBM": "420502001001001", "name": "东风社区第1网格"},
                   "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
        content = json.dumps({"type": "FeatureCollection", "features": [feature]})
        answer = small_office.imports("grids", raw_file(tmp_path, content.encode(), "边界.geojson"))
        assert answer.counts == {"updated": 1}
    ((column, old, new),) = changes(answer)
    assert column == "几何"
    assert "120" not in old + new and old != new


def test_the_state_a_result_moves_a_case_to_is_reported_in_chinese(small_office: CommandLine, tmp_path: Path) -> None:
    number = small_office.reports("垃圾成堆", "--grid", "420502001001001", "--category", "暴露垃圾")
    for operator, action, *options in (("受理员", "accept"), ("值班长", "file"), ("派遣员", "dispatch", "--to", "城管局")):
        small_office.act(operator, number, action, *options)
    answer = small_office.imports(
        "feedback", text_file(tmp_path, lines("案件号,处置结果", f"{number},已清理")), "--operator", "派遣员"
    )
    assert changes(answer) == [("状态", "处置中", "待核查")]


# --- units ------------------------------------------------------------------------------------------------------


def test_a_unit_above_that_nobody_registered_is_said_with_its_neighbours(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines(
        "单位编码,单位名称,单位类型,上级单位", "B8,园林所,专业部门,城管", "B9,绿化队,队伍,绿化队", "B7,水务所,专业部门,B8"
    )
    answer = small_office.imports("departments", text_file(tmp_path, sheet))
    assert (answer.status, answer.counts) == (0, {"inserted": 3})
    said = [(issue["row"], issue["cell"], issue["code"], issue["suggestion"]) for issue in answer.json["issues"]]
    assert said == [(2, "D2", "W913", "您是不是要找：城管局"), (3, "D3", "W915", "")]
    assert small_office.rows("SELECT u.name, p.name FROM unit u JOIN unit p ON p.id = u.parent_id") == [("水务所", "园林所")]


@pytest.mark.parametrize(
    ("words", "always", "code"),
    [
        ("全天", 1, None), ("24小时值班", 1, None), ("２４Ｈ", 1, None), ("昼夜值守", 1, None), ("0:00-24:00", 1, None),
        ("工作时间", 0, None), ("否", 0, None), ("白班", 0, None), ("非全天", 0, None), ("不是24小时", 0, None),
        ("轮流", 0, "W914"), ("8:30-17:30", 0, "W914"),
    ],
)  # fmt: skip
def test_whether_a_unit_is_there_day_and_night_is_never_guessed(
    small_office: CommandLine, tmp_path: Path, words: str, always: int, code: str | None
) -> None:
    sheet = lines("单位编码,单位名称,单位类型,值班", f"B9,园林所,专业部门,{words}")
    answer = small_office.imports("departments", text_file(tmp_path, sheet))
    assert answer.codes == ([code] if code else [])
    assert small_office.rows("SELECT all_day FROM unit WHERE code = 'B9'") == [(always,)]
    assert extra_of(small_office, "unit", "code = 'B9'") == ({"值班": words} if code else {})


def test_words_that_are_not_understood_leave_a_unit_on_duty_as_it_was(small_office: CommandLine, tmp_path: Path) -> None:
    header = "单位编码,单位名称,单位类型,值班"
    for words, always, kept in (("全天", 1, {}), ("轮流", 1, {"值班": "轮流"}), ("工作时间", 0, {})):
        small_office.imports("departments", text_file(tmp_path, lines(header, f"B9,园林所,专业部门,{words}")))
        assert small_office.rows("SELECT all_day FROM unit WHERE code = 'B9'") == [(always,)]
        assert extra_of(small_office, "unit", "code = 'B9'") == kept


# --- lists of reports -------------------------------------------------------------------------------------------


def test_what_a_spreadsheet_made_of_a_code_or_a_phone_is_no_code_and_no_phone(small_office: CommandLine, tmp_path: Path) -> None:
    grids = text_file(tmp_path, lines("网格编码,网格名称", "2026-03-04 00:00:00,第四网格", "3月4日,第五网格"))
    assert small_office.imports("grids", grids).codes == ["E219", "E219"]
    text = lines("工单编号,受理时间,主要内容,联系电话", "A1,2026-11-20,井盖破损,1.38E+10")
    answer = small_office.imports("incidents", text_file(tmp_path, text))
    assert (answer.counts, answer.codes) == ({"inserted": 1}, ["W916"])
    assert small_office.rows("SELECT reporter_phone FROM incident") == [("",)]
    assert extra_of(small_office, "incident", "1 = 1")["来电人电话"] == "1.38E+10"


def test_a_grid_that_lies_elsewhere_than_its_row_says_is_reported(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines(
        "受理时间,主要内容,街道,社区,网格",
        "2026-11-20,井盖破损,幸福街道,新民社区,420502001001001",
        "2026-11-20,路灯不亮,幸福街道,东风社区,420502001001001",
        "2026-11-20,垃圾成堆,幸福街道,没有的社区,",
    )
    answer = small_office.imports("incidents", text_file(tmp_path, text))
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"]] == [(2, "W917"), (4, "W919")]
    assert small_office.rows("SELECT count(*) FROM incident i JOIN grid g ON g.id = i.grid_id WHERE i.area_id = g.area_id") == [
        (2,)
    ]


def test_that_reports_have_no_time_is_said_once_a_sheet(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("incidents", text_file(tmp_path, lines("主要内容", "井盖破损", "路灯不亮")))
    assert answer.codes == ["W918"]


def test_posts_and_duties_left_blank_on_purpose_end(small_office: CommandLine, tmp_path: Path) -> None:
    wardens = text_file(tmp_path, lines("工号,姓名,负责网格", "W1,𠮷田,"), "员.csv")
    units = text_file(tmp_path, lines("单位编码,单位名称,单位类型,负责类别,备用类别", "B1,城管局,专业部门,,"), "单位.csv")
    relief = text_file(tmp_path, lines("工号,姓名,负责网格,主辅", "W9,庚一,东风社区第1网格,B"), "接.csv")
    assert small_office.imports("wardens", relief).counts == {"inserted": 1}
    for kind, file in (("wardens", wardens), ("departments", units)):
        assert small_office.imports(kind, file).counts == {"unchanged": 1}
        assert small_office.imports(kind, file, "--overwrite-blank").counts == {"updated": 1}
    live = "SELECT count(*) FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL WHERE w.code = 'W1' AND p.ends_on IS NULL"
    duties = "SELECT count(*) FROM responsibility r JOIN unit u ON u.id = r.unit_id WHERE u.code = 'B1' AND r.replaced_by IS NULL AND r.ends_on IS NULL"
    assert (small_office.rows(live), small_office.rows(duties)) == ([(0,)], [(0,)])


def test_a_grid_that_goes_to_another_community_is_reported_by_name(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines("网格编码,网格名称,所属社区", "420502001001001,东风社区第1网格,新民社区")
    answer = small_office.imports("grids", text_file(tmp_path, sheet))
    assert changes(answer) == [("所属社区", "东风社区", "新民社区")]
