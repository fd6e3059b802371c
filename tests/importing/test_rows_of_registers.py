"""Rows of areas, grids, units and wardens: new, changed, the same, twice, contradictory, or pointing at nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing.sheets import Rows, lines, text_file, workbook
from office_cli import Clock, CommandLine

UNITS = "单位编码,单位名称,单位类型,联系人,联系电话"
POSTS = (
    "SELECT g.code, p.starts_on, p.ends_on FROM post p JOIN grid g ON g.id = p.grid_id JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL"
    " WHERE w.code = ? ORDER BY p.id"
)


def test_the_same_row_twice_is_one_record_and_one_duplicate(blank_office: CommandLine, tmp_path: Path) -> None:
    row = "D1,城管局[/],专业部门,李明,0717-6000001"
    answer = blank_office.imports("departments", text_file(tmp_path, lines(UNITS, row, row, row)))
    assert (answer.status, answer.counts, answer.codes) == (0, {"inserted": 1, "duplicate": 2}, [])
    assert blank_office.rows("SELECT count(*) FROM unit") == [(1,)]


@pytest.mark.parametrize(
    ("kind", "rows", "key"),
    [
        ("areas", ["区划代码,名称", "9901,甲市", "990101,X区", "9901,乙市"], "9901"),
        ("departments", [UNITS, "D1,甲局,专业部门,,", "D2,乙局,专业部门,,", "D1,甲局,承包单位,,"], "D1"),
        ("grids", ["网格编码,网格名称,户数", "420502001001007,第七网格,200", "420502001001008,第八网格,1", "420502001001007,第七网格,201"], "420502001001007"),
        ("wardens", ["工号,姓名,联系电话", "N1,𠮷田,13912345678", "N2,王芳,", "N1,𠮷田,13912345679"], "N1"),
    ],
)  # fmt: skip
def test_the_same_key_with_other_content_is_refused_naming_the_first_row(
    small_office: CommandLine, tmp_path: Path, kind: str, rows: list[str], key: str
) -> None:
    answer = small_office.imports(kind, text_file(tmp_path, lines("标题,", "", *rows)))
    (issue,) = [issue for issue in answer.json["issues"] if issue["severity"] == "error"]
    assert (answer.status, answer.counts) == (3, {"inserted": 2, "rejected": 1})
    assert (issue["row"], issue["code"]) == (6, "E402")
    assert "第 4 行" in issue["message"]
    assert key in issue["message"]


def test_the_same_condition_with_another_limit_is_refused_naming_the_first_row(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines(
        "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限", "事件,7,其他,1,①,甲,1工作日", "事件,7,其他,1,①,甲,2工作日"
    )
    answer = small_office.imports("catalogue", text_file(tmp_path, text))
    assert answer.counts == {"inserted": 1, "rejected": 1}
    assert "第 2 行" in answer.json["issues"][0]["message"]


def test_a_blank_cell_never_overwrites_what_is_known(blank_office: CommandLine, tmp_path: Path) -> None:
    blank_office.imports("departments", text_file(tmp_path, lines(UNITS, "D1,城管局,专业部门,李明,0717-6000001")))
    blanks = blank_office.imports("departments", text_file(tmp_path, lines(UNITS, "D1,城管局,专业部门,,　")))
    assert blanks.counts == {"unchanged": 1}
    without_columns = blank_office.imports(
        "departments", text_file(tmp_path, lines(UNITS.rpartition(",联系人")[0], "D1,城管局,专业部门"))
    )
    assert without_columns.counts == {"unchanged": 1}
    assert blank_office.rows("SELECT contact, phone FROM unit") == [("李明", "0717-6000001")]


def test_a_changed_cell_changes_that_field_and_its_row_only(blank_office: CommandLine, tmp_path: Path) -> None:
    two = ["D1,城管局,专业部门,李明,0717-6000001", "D2,环卫所,专业部门,王芳,"]
    blank_office.imports("departments", text_file(tmp_path, lines(UNITS, *two)))
    answer = blank_office.imports("departments", text_file(tmp_path, lines(UNITS, two[0].replace("李明", "李晓明"), two[1])))
    assert answer.counts == {"updated": 1, "unchanged": 1}
    assert blank_office.rows("SELECT contact, phone FROM unit ORDER BY code") == [("李晓明", "0717-6000001"), ("王芳", "")]


def test_a_bad_row_does_not_keep_the_good_ones_out(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines(UNITS, "D1,城管局,专业部门,,", ",没有编码,专业部门,,", "D3,　,专业部门,,", "D4,环卫所,专业部门,,")
    answer = blank_office.imports("departments", text_file(tmp_path, text))
    assert (answer.status, answer.counts) == (3, {"inserted": 2, "rejected": 2})
    assert [(issue["row"], issue["column"], issue["code"]) for issue in answer.json["issues"]] == [
        (3, "单位编码", "E201"),
        (4, "单位名称", "E201"),
    ]


# --- areas ------------------------------------------------------------------------------------------------------


def test_a_parent_may_stand_below_its_children(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines("区划代码,名称", "420502001001,东风社区", "420502001,幸福街道", "420502,X区", "4205,示例市")
    assert blank_office.imports("areas", text_file(tmp_path, text)).counts == {"inserted": 4}
    tree = blank_office.rows("SELECT a.name, p.name FROM area a LEFT JOIN area p ON p.id = a.parent_id ORDER BY a.code")
    assert tree == [("示例市", None), ("X区", "示例市"), ("幸福街道", "X区"), ("东风社区", "幸福街道")]


def test_an_area_whose_parent_is_missing_is_kept_and_linked_when_it_comes(blank_office: CommandLine, tmp_path: Path) -> None:
    first = blank_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", "420502001001,东风社区")))
    assert (first.status, first.codes) == (0, ["W905"])
    assert "420502001" in first.json["issues"][0]["message"]
    blank_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", "420502001,幸福街道")))
    assert blank_office.rows("SELECT p.name FROM area a JOIN area p ON p.id = a.parent_id") == [("幸福街道",)]


def test_padded_codes_and_codes_stored_as_numbers_are_the_same_area(blank_office: CommandLine, tmp_path: Path) -> None:
    padded: Rows = [["区划代码", "名称"], ["420500000000", "示例市"], ["420502000000", "X区"], [420502001001.0, "东风社区"]]
    plain: Rows = [["区划代码", "名称"], [4205, "示例市"], ["420502", "X区"], ["420502001001", "东风社区"]]
    blank_office.imports("areas", workbook(tmp_path / "一.xlsx", {"区划": padded}))
    assert blank_office.imports("areas", workbook(tmp_path / "二.xlsx", {"区划": plain})).counts == {"unchanged": 3}
    assert blank_office.rows("SELECT code, level FROM area ORDER BY code") == [
        ("4205", "city"),
        ("420502", "district"),
        ("420502001001", "community"),
    ]


@pytest.mark.parametrize("code", ["42050", "4205020010", "4205A2", "四二〇五", "4205020010011"])
def test_a_code_that_is_no_division_is_refused(blank_office: CommandLine, tmp_path: Path, code: str) -> None:
    answer = blank_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", f"{code},东风社区")))
    assert (answer.status, answer.codes) == (4, ["E205"])


def test_a_level_that_contradicts_the_code_is_refused(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines("区划代码,名称,级别", "420502001,幸福街道,社区", "420502102,临江镇,镇", "420502,X区,县")
    answer = blank_office.imports("areas", text_file(tmp_path, text))
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"] if issue["severity"] == "error"] == [(2, "E207")]
    assert answer.counts == {"inserted": 2, "rejected": 1}


# --- grids ------------------------------------------------------------------------------------------------------


def test_a_grid_finds_its_community_by_code_by_name_or_by_its_own_code(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines(
        "网格编码,网格名称,所属社区代码,所属社区",
        "420502001001011,甲,420502001002,",
        "420502001001012,乙,,新民社区",
        "420502001001013,丙,,",
        "420502001001014,丁,,没有的社区",
    )
    assert small_office.imports("grids", text_file(tmp_path, text)).counts == {"inserted": 4}
    found = small_office.rows(
        "SELECT g.name, a.name FROM grid g JOIN area a ON a.id = g.area_id WHERE length(g.name) = 1 ORDER BY g.code"
    )
    assert found == [("甲", "新民社区"), ("乙", "新民社区"), ("丙", "东风社区"), ("丁", "东风社区")]


def test_a_grid_of_no_known_community_is_refused_with_the_nearest_name(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("网格编码,网格名称,所属社区代码,所属社区", "420599001001011,甲,,新民小区", "420502001001012,乙,420502009009,")
    answer = small_office.imports("grids", text_file(tmp_path, text))
    assert (answer.status, answer.codes) == (4, ["E401", "E401"])
    assert answer.json["issues"][0]["suggestion"] == "您是不是要找：新民社区"


@pytest.mark.parametrize("code", ["420502001001", "42050200100100", "42050200100100X", "第一网格"])
def test_a_code_that_is_no_grid_is_refused(small_office: CommandLine, tmp_path: Path, code: str) -> None:
    answer = small_office.imports("grids", text_file(tmp_path, lines("网格编码,网格名称,所属社区", f"{code},甲,东风社区")))
    assert "E205" in answer.codes


def test_words_outside_a_list_are_refused_with_the_list(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines(
        "网格编码,网格名称,网格类型,区域等级",
        "420502001001011,甲,流动网格,A",
        "420502001001012,乙,专属网格,Ｄ类",
        "420502001001013a,丙,,ｂ类",
    )
    answer = small_office.imports("grids", text_file(tmp_path, text))
    assert [(issue["row"], issue["column"], issue["code"]) for issue in answer.json["issues"]] == [
        (2, "网格类型", "E208"),
        (3, "区域等级", "E208"),
    ]
    assert "专属网格" in answer.json["issues"][0]["suggestion"]
    assert small_office.rows("SELECT code, kind, area_class FROM grid WHERE name = '丙'") == [("420502001001013A", "basic", "B")]


# --- units ------------------------------------------------------------------------------------------------------


def test_a_unit_may_stand_above_the_one_it_belongs_to(blank_office: CommandLine, tmp_path: Path) -> None:
    text = lines("单位编码,单位名称,单位类型,上级单位", "D1,养护公司,承包单位,市政所", "D2,市政所,专业部门,")
    blank_office.imports("departments", text_file(tmp_path, text))
    assert blank_office.rows("SELECT u.name, p.name FROM unit u JOIN unit p ON p.id = u.parent_id") == [("养护公司", "市政所")]


def test_what_a_unit_answers_for_is_replaced_when_the_list_says_otherwise(small_office: CommandLine, tmp_path: Path) -> None:
    header = "单位编码,单位名称,单位类型,服务区域,负责类别,备用类别"
    for row in ("D9,园林所,专业部门,幸福街道,部件01-02、事件02,事件01", "D9,园林所,专业部门,东风社区、新民社区,部件01,"):
        answer = small_office.imports("departments", text_file(tmp_path, lines(header, row)))
    assert answer.counts == {"updated": 1}
    key = "unit_id = (SELECT id FROM unit WHERE code = 'D9')"
    assert small_office.rows(
        f"SELECT kind, major_code, minor_code, is_primary FROM responsibility WHERE replaced_by IS NULL AND ends_on IS NULL AND {key}"
    ) == [("component", "01", "", 1)]
    assert small_office.rows(f"SELECT a.name FROM unit_area u JOIN area a ON a.id = u.area_id WHERE {key} ORDER BY a.code") == [
        ("东风社区",),
        ("新民社区",),
    ]
    again = small_office.imports("departments", text_file(tmp_path, lines(header, "D9,园林所,专业部门,,,")))
    assert again.counts == {"unchanged": 1}, "blank cells take nothing away"


def test_who_answered_for_a_category_is_told_by_day_and_by_what_was_known(
    small_office: CommandLine, tmp_path: Path, office_clock: Clock
) -> None:
    header = "单位编码,单位名称,单位类型,负责类别"
    first = text_file(tmp_path, lines(header, "D9,园林所,专业部门,事件01"))
    small_office.imports("departments", first)
    yesterday, entry = office_clock.at.date(), small_office.rows("SELECT max(seq) FROM ledger")[0][0]
    office_clock.advance(hours=24)
    today = office_clock.at.date()
    changed = small_office.imports("departments", text_file(tmp_path, lines(header, "D9,园林所,专业部门,事件02")))

    def units(category: str, *options: object) -> set[str]:
        return {one["code"] for one in small_office("roster", "unit", category, *map(str, options), "--json").json}

    garbage, vendors = "暴露垃圾", "非法小广告"
    assert ("D9" in units(garbage), "D9" in units(vendors)) == (False, True)
    assert ("D9" in units(garbage, "--on", yesterday), "D9" in units(vendors, "--on", yesterday)) == (True, False)
    assert "D9" in units(garbage, "--as-recorded", entry), "as the office knew it before the second list"
    assert small_office.rows("SELECT count(*) FROM ledger WHERE action = 'duties_change' AND seq > ?", entry) == [(1,)]
    assert small_office("ledger", "verify", "--json").status == 0

    small_office("batch", "undo", str(changed.json["batch"]), "--operator", "内勤")
    assert "D9" in units(garbage, "--on", today)
    assert small_office("ledger", "verify", "--json").status == 0


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("D9,园林所,火星部门,,", "单位类型", "E208"),
        ("D9,园林所,专业部门,没有的社区,", "服务区域", "E401"),
        ("D9,园林所,专业部门,,部件1-1", "负责类别", "E209"),
        ("D9,园林所,专业部门,,路灯", "负责类别", "E209"),
        ("D9,城管局,专业部门,,", "单位名称", "E403"),
    ],
)
def test_a_unit_that_points_at_nothing_is_refused(
    small_office: CommandLine, tmp_path: Path, row: str, column: str, code: str
) -> None:
    answer = small_office.imports("departments", text_file(tmp_path, lines("单位编码,单位名称,单位类型,服务区域,负责类别", row)))
    (issue,) = answer.json["issues"]
    assert (answer.status, issue["row"], issue["column"], issue["code"]) == (4, 2, column, code)


# --- wardens ----------------------------------------------------------------------------------------------------


def test_posts_a_list_no_longer_names_end_and_stay_in_history(
    small_office: CommandLine, tmp_path: Path, office_clock: Clock
) -> None:
    office_clock.advance(days=2)
    moved = small_office.imports(
        "wardens",
        text_file(tmp_path, lines("工号,姓名,负责网格", "W1,𠮷田,东风社区第2网格、420502001002001", "W9,庚一,东风社区第1网格")),
    )
    assert moved.counts == {"inserted": 1, "updated": 1}
    assert small_office.rows(POSTS, "W1") == [
        ("420502001001001", "2026-11-23", "2026-11-25"),
        ("420502001001002", "2026-11-25", None),
        ("420502001002001", "2026-11-25", None),
    ]
    office_clock.advance(days=1)
    again = small_office.imports(
        "wardens", text_file(tmp_path, lines("工号,姓名,负责网格", "W1,𠮷田,", "W2,王[/]芳,东风社区第2网格"))
    )
    assert again.counts == {"unchanged": 2}


def test_a_warden_who_left_holds_no_post_any_more(small_office: CommandLine, tmp_path: Path) -> None:
    row = "W1,𠮷田,420502001001001,2026-11-20"
    answer = small_office.imports(
        "wardens", text_file(tmp_path, lines("工号,姓名,负责网格,离职日期", row, "W9,庚一,东风社区第1网格,"))
    )
    assert answer.counts == {"inserted": 1, "updated": 1}
    assert small_office.rows(
        "SELECT count(*) FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL WHERE w.code = 'W1' AND ends_on IS NULL"
    ) == [(0,)]
    again = small_office.imports("wardens", text_file(tmp_path, lines("工号,姓名,负责网格,离职日期", row)))
    assert again.counts == {"unchanged": 1}


def test_a_warden_of_an_unknown_grid_is_refused_with_the_nearest(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("工号,姓名,负责网格,人员性质,主辅", "N1,李明,东风社区第3网格,专职,A", "N2,李明,,志愿者,A", "N3,李明,,兼职,C岗")
    answer = small_office.imports("wardens", text_file(tmp_path, text))
    assert [(issue["row"], issue["column"], issue["code"]) for issue in answer.json["issues"]] == [
        (2, "负责网格", "E401"),
        (3, "人员性质", "E208"),
        (4, "主辅", "E208"),
    ]
    assert "东风社区第" in answer.json["issues"][0]["suggestion"]
    assert small_office.rows("SELECT count(*) FROM roster_person WHERE code LIKE 'N%'") == [(0,)]


def test_namesakes_are_two_people(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("工号,姓名,负责网格", "N1,李小明,420502001001001", "N2,李小明,420502001001001")
    assert small_office.imports("wardens", text_file(tmp_path, text)).counts == {"inserted": 2}


def test_a_name_given_up_is_free_for_the_next_unit_and_a_rejected_row_holds_none(
    small_office: CommandLine, tmp_path: Path
) -> None:
    sheet = lines(
        "单位编码,单位名称,单位类型", "B1,综合执法局,专业部门", "B8,水务所,外星机构", "B9,城管局,专业部门", "B7,水务所,专业部门"
    )
    answer = small_office.imports("departments", text_file(tmp_path, sheet))
    assert (answer.counts, answer.codes) == ({"inserted": 2, "updated": 1, "rejected": 1}, ["E208"])
    names = "SELECT code, name FROM unit WHERE code IN ('B1', 'B7', 'B9') ORDER BY code"
    assert small_office.rows(names) == [("B1", "综合执法局"), ("B7", "水务所"), ("B9", "城管局")]


def test_two_units_cannot_take_one_name_in_one_sheet(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines("单位编码,单位名称,单位类型", "B1,综合执法局,专业部门", "B2,综合执法局,专业部门")
    answer = small_office.imports("departments", text_file(tmp_path, sheet))
    assert (answer.counts, answer.codes) == ({"updated": 1, "rejected": 1}, ["E403"])


def test_a_division_repeated_after_its_upper_one_is_the_same_row(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = lines("区划代码,名称", "420502009001,钟楼社区", "420502009,和平街道", "420502009001,钟楼社区")
    assert small_office.imports("areas", text_file(tmp_path, sheet)).counts == {"inserted": 2, "duplicate": 1}


def test_a_column_that_is_not_there_changes_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    full = {
        "departments": lines("单位编码,单位名称,单位类型,值班", "Z1,抢修队,专业部门,全天值班"),
        "wardens": lines("工号,姓名,人员性质", "W9,新来的,兼职"),
        "grids": lines("网格编码,网格名称,网格类型", "420502001001009,园区网格,专属网格"),
    }
    bare = {
        "departments": lines("单位编码,单位名称,单位类型", "Z1,抢修队,专业部门"),
        "wardens": lines("工号,姓名", "W9,新来的"),
        "grids": lines("网格编码,网格名称", "420502001001009,园区网格"),
    }
    for kind, text in full.items():
        assert small_office.imports(kind, text_file(tmp_path, text)).counts == {"inserted": 1}, kind
    for kind, text in bare.items():
        assert small_office.imports(kind, text_file(tmp_path, text)).counts == {"unchanged": 1}, kind


def test_an_officer_has_a_post_in_a_community_and_gives_it_up(small_office: CommandLine, tmp_path: Path) -> None:
    posts = (
        "SELECT w.code, w.kinds, a.name, p.duty, p.ends_on IS NULL FROM post p JOIN roster_person w ON w.id = p.person_id"
        " JOIN area a ON a.id = p.area_id WHERE p.replaced_by IS NULL ORDER BY w.code, a.code"
    )
    headings = "工号,姓名,岗位类别,负责社区,职责"
    first = lines(headings, "J1,王警官,社区民警,东风社区、新民社区,社区警务", "J2,李辅警,辅警、队员,新民社区,")
    assert small_office.imports("wardens", text_file(tmp_path, first)).counts == {"inserted": 2}
    assert small_office.rows(posts) == [
        ("J1", "officer", "东风社区", "社区警务", 1), ("J1", "officer", "新民社区", "社区警务", 1), ("J2", "auxiliary,member", "新民社区", "", 1),
    ]  # fmt: skip
    assert small_office.imports("wardens", text_file(tmp_path, first)).counts == {"unchanged": 2}
    who = small_office("roster", "who", "东风社区第1网格", "--json").json
    assert [one["number"] for one in who[0]["responsible"]] == ["W1"], "an officer of the community is no warden of its grids"
    second = text_file(tmp_path, lines(headings, "J1,王警官,社区民警,东风社区,社区警务"))
    batch = small_office.imports("wardens", second).json["batch"]
    assert [row[2:] for row in small_office.rows(posts) if row[0] == "J1"] == [
        ("东风社区", "社区警务", 1),
        ("新民社区", "社区警务", 0),
    ]
    small_office("batch", "undo", str(batch), "--operator", "内勤")
    assert [row[4] for row in small_office.rows(posts) if row[0] == "J1"] == [1, 1]
    assert small_office("ledger", "verify").status == 0
    left = text_file(tmp_path, lines("工号,姓名,离职日期", "J1,王警官,2026-11-23"))
    assert small_office.imports("wardens", left).counts == {"updated": 1}
    assert [row[4] for row in small_office.rows(posts) if row[0] == "J1"] == [0, 0]


def test_a_post_in_a_community_by_command(small_office: CommandLine) -> None:
    clerk = ("--operator", "内勤")
    assert small_office("warden", "add", "J1", "王警官", "--as", "社区民警", *clerk).status == 0
    assert small_office("post", "assign", "J1", "东风社区", "--duty", "社区警务", *clerk).status == 0
    assert small_office("post", "assign", "J1", "东风社区", *clerk).status == 4
    assert "东风社区" in small_office("warden", "show", "J1").out
    assert small_office("post", "end", "J1", "东风社区", *clerk).status == 0
    assert small_office("post", "end", "J1", "东风社区", *clerk).status == 4
    wrong = small_office("post", "assign", "J1", "月球社区", *clerk, "--json")
    assert (wrong.status, wrong.error) == (4, "C105")


def test_a_community_beside_the_grids_of_a_warden_is_no_post(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("工号,姓名,岗位,负责社区,负责网格", "W7,庚一,内勤兼网格员,东风社区,第2网格", "W8,辛二,网格员,哪里都管,")
    answer = small_office.imports("wardens", text_file(tmp_path, text))
    assert answer.counts == {"inserted": 2}, answer
    assert small_office.rows("SELECT count(*) FROM post WHERE area_id IS NOT NULL") == [(0,)]
    assert small_office.rows("SELECT g.name FROM post p JOIN grid g ON g.id = p.grid_id JOIN roster_person w ON w.id = p.person_id WHERE w.code = 'W7'") == [
        ("东风社区第2网格",)
    ]  # fmt: skip
    extra = small_office.rows("SELECT extra FROM roster_person WHERE code IN ('W7', 'W8') ORDER BY code")
    assert "内勤兼网格员" in str(extra[0]) and "哪里都管" in str(extra[1])
