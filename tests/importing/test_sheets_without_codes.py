"""Registers by name alone: the office gives codes, always the same ones, and never those of somebody else."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file, workbook

ROSTER = "序号,姓名,联系电话,社区,负责网格"
ONE = '1,庚一,13900000041,东风社区,"1、2网格"'
TWO = "2,庚二,13900000042,东风社区,第2网格"


def codes(office: CommandLine, table: str, name: str) -> list[str]:
    """Codes of the records of a name."""
    return [code for (code,) in office.rows(f"SELECT code FROM {table} WHERE name = ? ORDER BY code", name)]


def test_wardens_get_numbers_and_keep_them(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(ROSTER, ONE, TWO))
    tried = small_office.imports("wardens", file, "--dry-run")
    assert [issue["message"] for issue in tried.json["issues"]] == ["没有工号，编为 ZB0001", "没有工号，编为 ZB0002"]
    assert small_office.imports("wardens", file).counts == {"inserted": 2}
    assert (codes(small_office, "roster_person", "庚一"), codes(small_office, "roster_person", "庚二")) == (
        ["ZB0001"],
        ["ZB0002"],
    )
    posts = small_office.rows(
        "SELECT w.name, g.name FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL JOIN grid g ON g.id = p.grid_id WHERE w.name LIKE '庚%' ORDER BY 1, 2"
    )
    assert posts == [("庚一", "东风社区第1网格"), ("庚一", "东风社区第2网格"), ("庚二", "东风社区第2网格")]
    assert small_office.imports("auto", file).counts == {"unchanged": 2}


def test_the_numbers_of_another_sheet_are_other_people(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, ONE)))
    other = "1,辛一,13900000051,新民社区,1网格"
    assert small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, other))).counts == {"inserted": 1}
    assert codes(small_office, "roster_person", "辛一") == ["ZB0002"]


def test_one_name_is_one_person_by_phone_or_by_community(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, ONE)))
    same = ONE.replace("13900000041", "13900000099")
    assert small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, same))).counts == {"updated": 1}, "a new phone"
    namesake = "1,庚一,13900000055,新民社区,1网格"
    assert small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, namesake))).counts == {"inserted": 1}
    no_phone = '1,庚一,,,"东风社区1、2网格、新民社区1网格"'
    unclear = small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, no_phone)))
    assert unclear.codes == ["E225"]
    assert len(codes(small_office, "roster_person", "庚一")) == 2


def test_two_people_of_one_name_in_one_sheet(small_office: CommandLine, tmp_path: Path) -> None:
    second = ONE.replace("13900000041", "13900000042")
    assert small_office.imports("wardens", text_file(tmp_path, lines(ROSTER, ONE, second))).counts == {"inserted": 2}


def test_the_sheet_or_its_title_may_name_the_community(small_office: CommandLine, tmp_path: Path) -> None:
    head = ["姓名", "联系电话", "负责网格"]
    book = workbook(
        tmp_path / "花名册.xlsx",
        {
            "东风社区": [head, ["壬一", "13900000061", "1网格"]],
            "Sheet2": [["新民社区网格员"], head, ["壬二", "13900000062", "1网格"]],
        },
    )
    assert small_office.imports("wardens", book).counts == {"inserted": 2}
    posts = small_office.rows(
        "SELECT w.name, g.name FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL JOIN grid g ON g.id = p.grid_id WHERE w.name LIKE '壬%' ORDER BY w.name"
    )
    assert posts == [("壬一", "东风社区第1网格"), ("壬二", "新民社区第1网格")]


def test_a_number_of_somebody_else_is_refused_and_a_look_alike_said(small_office: CommandLine, tmp_path: Path) -> None:
    rows = ("W1,冒名,13900000001,", "w2,新人,13900000002,", "W9,新人,13900000003,", "W09,新人二,13900000004,")
    answer = small_office.imports("wardens", text_file(tmp_path, lines("工号,姓名,联系电话,负责网格", *rows)))
    assert [(issue["row"], issue["code"]) for issue in answer.json["issues"]] == [(2, "E226"), (3, "W921"), (5, "W921")]
    assert codes(small_office, "roster_person", "𠮷田") == ["W1"]


def test_who_left_before_joining_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    row = "W7,新人,13900000001,2025-01-05,2024-01-01"
    assert small_office.imports("wardens", text_file(tmp_path, lines("工号,姓名,联系电话,入职日期,离职日期", row))).codes == [
        "E224"
    ]


def test_units_get_codes_and_a_kind(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(
        tmp_path, lines("单位,联系人,联系电话", "供水公司,张三,0717-6000001", "城管局,李四,0717-6000002", "公园街道办事处,,")
    )
    answer = small_office.imports("departments", file)
    assert answer.counts == {"inserted": 2, "updated": 1}
    assert sorted(answer.codes) == ["R904", "R904", "W927", "W927"]
    assert small_office.rows("SELECT code, name, kind FROM unit WHERE code LIKE 'ZB%' ORDER BY code") == [
        ("ZB001", "供水公司", "contractor"),
        ("ZB002", "公园街道办事处", "subdistrict_office"),
    ]
    assert small_office.imports("departments", file).counts == {"unchanged": 3}


AREAS = ("街道,社区,户数", "甲街道,甲一社区,2600", ",甲二社区,2400", "乙镇,乙一村,800", "幸福街道,东风社区,900")


def test_divisions_get_codes_below_their_district(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("areas", text_file(tmp_path, lines(*AREAS)))
    assert answer.counts == {"inserted": 3, "updated": 1}
    assert small_office.rows("SELECT a.code, a.name, p.name FROM area a JOIN area p ON p.id = a.parent_id WHERE a.code LIKE '4205028%' ORDER BY 1") == [
        ("420502801", "甲街道", "X区"), ("420502801801", "甲一社区", "甲街道"), ("420502801802", "甲二社区", "甲街道"),
        ("420502802", "乙镇", "X区"), ("420502802801", "乙一村", "乙镇"),
    ]  # fmt: skip
    assert small_office.imports("areas", text_file(tmp_path, lines(*AREAS))).counts == {"unchanged": 4}
    undone = small_office("batch", "undo", str(answer.json["batch"]), "--operator", "内勤", "--json")
    assert undone.json["kept"] == []
    assert codes(small_office, "area", "甲街道") == []


def test_villages_and_communities_of_one_stem_are_two(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("areas", text_file(tmp_path, lines("街道,社区", "幸福街道,东风村", "幸福街道,东风")))
    assert answer.counts == {"inserted": 1, "unchanged": 1}


def test_an_office_with_no_district_begins_by_names(blank_office: CommandLine, tmp_path: Path) -> None:
    answer = blank_office.imports("areas", text_file(tmp_path, lines(*AREAS)))
    assert (answer.counts["inserted"], {code for code in answer.codes if code.startswith("W")}) == (4, set())
    assert blank_office.rows("SELECT count(*) FROM area WHERE parent_id IS NULL AND level = 'community'") == [(0,)]


GRIDS = ("社区,网格名称,户数", "东风社区,第1网格,261", ",第7网格,240", "新民社区,第7网格,200", "新民社区,综合网格,200")


def test_grids_get_the_number_of_their_name_and_its_community(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(*GRIDS))
    answer = small_office.imports("grids", file)
    assert answer.counts == {"inserted": 3, "updated": 1}
    assert small_office.rows("SELECT code, name FROM grid ORDER BY code") == [
        ("420502001001001", "东风社区第1网格"), ("420502001001002", "东风社区第2网格"), ("420502001001007", "东风社区第7网格"),
        ("420502001002001", "新民社区第1网格"), ("420502001002007", "新民社区第7网格"), ("420502001002801", "综合网格"),
    ]  # fmt: skip
    assert small_office.imports("auto", file).counts == {"unchanged": 4}


def test_a_short_name_of_a_grid_with_a_code_gets_its_community_too(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(
        tmp_path, lines("网格编码,网格名称,社区", "420502001001001,第1网格,东风社区", "420502001002001,第1网格,新民社区")
    )
    assert small_office.imports("grids", file).counts == {"unchanged": 2}


def test_two_grids_of_a_community_never_get_one_name(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("grids", text_file(tmp_path, lines("网格编码,网格名称", "420502001001002,东风社区第1网格")))
    assert (answer.counts, answer.codes) == ({"rejected": 1}, ["E403"])


@pytest.mark.parametrize("header", ["姓名,联系电话,负责网格", "社区,网格名称,户数", "单位,联系电话"])
def test_a_cell_without_a_name_is_refused(small_office: CommandLine, tmp_path: Path, header: str) -> None:
    count = header.count(",") + 1
    answer = small_office.imports(
        "auto", text_file(tmp_path, lines(header, "x" + "," * (count - 1), ",".join(["", *["y"] * (count - 1)])))
    )
    assert answer.json["read"] == 2
    assert answer.json["rejected"] >= 1


def test_cities_without_districts_and_codes_that_end_in_zeros_keep_their_level(blank_office: CommandLine, tmp_path: Path) -> None:
    rows = ("4419,甲市", "441900,甲市", "441900003,甲街道", "441900003001,甲一社区", "350527000000,某镇某村")
    answer = blank_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", *rows)))
    assert (answer.counts, answer.codes) == ({"inserted": 5}, ["W935"])
    assert blank_office.rows("SELECT a.code, a.level, p.code FROM area a LEFT JOIN area p ON p.id = a.parent_id ORDER BY a.code") == [
        ("350527000000", "community", None), ("4419", "city", None), ("441900", "district", "4419"),
        ("441900003", "subdistrict", "441900"), ("441900003001", "community", "441900003"),
    ]  # fmt: skip


@pytest.mark.parametrize("code", ["44", "440000", "440000000000"])
def test_a_province_is_no_city(blank_office: CommandLine, tmp_path: Path, code: str) -> None:
    assert blank_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", f"{code},甲省"))).codes == ["E227"]


@pytest.mark.parametrize(
    "footer",
    [
        "共4人",
        "合计3个",
        "2026年11月",
        "2026-11-28",
        "截至2026年11月28日",
        "第1页 共1页",
        "— 2 —",
        "1/3",
        "东风社区（盖章）",
        "单位（盖章）：",
    ],
)
def test_a_count_a_day_a_page_or_a_stamp_below_a_roster_is_nobody(small_office: CommandLine, tmp_path: Path, footer: str) -> None:
    rows = [["姓名", "手机", "负责网格"], ["张伟", "13811112101", "第1网格"], [footer]]
    answer = small_office.imports("auto", workbook(tmp_path / "名册.xlsx", {"东风社区": rows}))
    assert (answer.counts, answer.json["sheets"][0]["passed_over"]) == ({"inserted": 1}, [3])


@pytest.mark.parametrize("footer", ["东风社区党群服务中心", "李主任", "2", "王强"])
def test_a_name_that_stands_alone_below_a_roster_is_asked_about(small_office: CommandLine, tmp_path: Path, footer: str) -> None:
    rows = [["姓名", "手机", "负责网格"], ["张伟", "13811112101", "第1网格"], [footer]]
    answer = small_office.imports("wardens", workbook(tmp_path / "名册.xlsx", {"东风社区": rows}))
    assert answer.counts == {"inserted": 1, "rejected": 1}
    assert "E236" in answer.codes
    rows[2] = [footer, "13811112102"]
    if footer == "王强":
        assert small_office.imports("wardens", workbook(tmp_path / "改.xlsx", {"东风社区": rows})).counts == {
            "unchanged": 1,
            "inserted": 1,
        }


TOWNS = lines("街道,社区", "幸福街道,东风社区", "和平街道,东风社区", "和平街道,团结社区")


def test_communities_alone_belong_to_the_only_subdistrict(blank_office: CommandLine, tmp_path: Path) -> None:
    alone = text_file(
        tmp_path, lines("社区名称,书记,电话,网格数,户数", "东风社区,王强,07171234567,3,900", "团结社区,李丽,,2,700"), "社区.csv"
    )
    answer = blank_office.imports("areas", alone)
    assert (answer.counts, set(answer.codes)) == ({"rejected": 2}, {"E237"})
    assert blank_office.imports("areas", text_file(tmp_path, lines("街道,社区", "幸福街道,东风社区"))).counts == {"inserted": 1}
    answer = blank_office.imports("areas", alone)
    assert answer.counts == {"inserted": 1, "updated": 1}
    assert blank_office.imports("areas", alone).counts == {"unchanged": 2}
    single = text_file(tmp_path, lines("社区", "东风社区", "新民社区"))
    assert blank_office.imports("areas", single).counts == {"unchanged": 1, "inserted": 1}
    names = blank_office.rows("SELECT a.name, u.name FROM area a JOIN area u ON u.id = a.parent_id WHERE a.level = 'community'")
    assert sorted(names) == [("东风社区", "幸福街道"), ("团结社区", "幸福街道"), ("新民社区", "幸福街道")]


def test_a_community_of_one_of_several_subdistricts_is_asked_about(blank_office: CommandLine, tmp_path: Path) -> None:
    assert blank_office.imports("areas", text_file(tmp_path, TOWNS)).status == 0
    answer = blank_office.imports(
        "areas", text_file(tmp_path, lines("社区名称,书记", "东风社区,王强", "团结社区,李丽", "新民社区,王五"))
    )
    assert (answer.counts, answer.codes) == ({"rejected": 2, "updated": 1}, ["E237", "E237"])


def test_a_column_for_the_subdistrict_distinguishes_two_communities_of_one_name(
    blank_office: CommandLine, tmp_path: Path
) -> None:
    assert blank_office.imports("areas", text_file(tmp_path, TOWNS)).status == 0
    grids = lines("街道,社区,网格,网格长", "幸福街道,东风社区,第1网格,张三", "和平街道,东风社区,第1网格,李四")
    assert blank_office.imports("grids", text_file(tmp_path, grids)).counts == {"inserted": 2}
    roster = text_file(tmp_path, lines("姓名,电话,所属社区,负责网格", "张三,13811112101,东风社区,第1网格"))
    assert "E235" in blank_office.imports("wardens", roster).codes
    named = lines(
        "姓名,电话,所属街道,所属社区,负责网格",
        "张三,13811112101,幸福街道,东风社区,第1网格",
        "李四,13811112102,和平街道,东风社区,第1网格",
    )
    assert blank_office.imports("auto", text_file(tmp_path, named)).counts == {"inserted": 2}
    found = blank_office.rows(
        "SELECT w.name, u.name FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL JOIN grid g ON g.id = p.grid_id "
        "JOIN area a ON a.id = g.area_id JOIN area u ON u.id = a.parent_id ORDER BY w.name DESC"
    )
    assert found == [("李四", "和平街道"), ("张三", "幸福街道")]


def test_the_number_of_a_grid_may_be_written_in_another_way(small_office: CommandLine, tmp_path: Path) -> None:
    before = small_office.rows("SELECT code, name FROM grid ORDER BY code")
    for name in ("第一网格", "1网格", "网格1", "东风社区网格1", "网格一", "东风社区第一网格", "东风第1网格", "第1网格"):
        sheet = text_file(tmp_path, lines("所属社区,网格名称,户数", f"东风社区,{name},500"))
        assert "inserted" not in small_office.imports("grids", sheet).counts, name
    assert small_office.rows("SELECT code, name FROM grid ORDER BY code") == before


def test_advice_that_would_not_help_is_not_given(small_office: CommandLine, tmp_path: Path) -> None:
    hotline = text_file(tmp_path, lines("工单编号,受理时间,诉求人,联系电话,诉求内容", "H1,2026-11-20 9:00,甲,13900000031,路灯坏"))
    answer = small_office.imports("wardens", hotline)
    assert "案件" in answer.json["error"]["message"] and "--map" not in answer.json["error"]["hint"]
    heads = text_file(
        tmp_path,
        lines("序号,网格长姓名,联系方式,所在社区,网格号", "1,张三,13811112101,东风社区,1", "2,李四,13811112102,东风社区,1-2"),
    )
    assert small_office.imports("wardens", heads).counts == {"inserted": 2}
    assert [name for (name,) in small_office.rows("SELECT name FROM roster_person WHERE code LIKE 'ZB%' ORDER BY id")] == [
        "张三",
        "李四",
    ]


def test_suggested_grids_are_those_of_the_row_s_community(small_office: CommandLine, tmp_path: Path) -> None:
    roster = text_file(tmp_path, lines("姓名,电话,社区,负责网格", "张三,13811112101,东风社区,第9网格"))
    answer = small_office.imports("wardens", roster)
    (issue,) = [issue for issue in answer.json["issues"] if issue["code"] == "E401"]
    assert "新民" not in str(issue)


def test_households_and_limits_distinguish_a_list_of_grids_from_a_roster(small_office: CommandLine, tmp_path: Path) -> None:
    grids = lines("所属社区,网格名称,户数,四至范围,网格员,联系电话", "东风社区,第8网格,260,东至幸福路,张三,13811112101")
    answer = small_office.imports("auto", text_file(tmp_path, grids))
    assert (answer.json["kind"], answer.counts) == ("grids", {"inserted": 1})
    roster = lines(
        "姓名,性别,联系电话,社区,网格,网格面积",
        "张三,男,13811112101,东风社区,第8网格,100",
        "李四,女,13811112102,东风社区,第8网格,100",
    )
    answer = small_office.imports("auto", text_file(tmp_path, roster, "名册.csv"))
    assert (answer.json["kind"], answer.counts) == ("wardens", {"inserted": 2})


@pytest.mark.parametrize(
    ("title", "head", "row"),
    [
        ("网格员巡查日志", "日期,网格员,网格,巡查内容,发现问题", "2026-11-21,李四光,东风社区第1网格,代班巡查,无"),
        ("居民信息表", "姓名,联系电话,住址,所属网格", "王五,13900000088,幸福路1号,东风社区第1网格"),
        ("低保户名册", "序号,姓名,身份证号,联系电话,所属网格,人口", "1,王五,,13900000088,东风社区第1网格,3"),
        ("网格员培训签到表", "工号,姓名,联系电话,签到", "W1,王[/]芳,13912345678,已到"),
        ("通知", "姓名,联系电话,所属网格", "王五,13900000088,东风社区第1网格"),
    ],
)
def test_a_list_of_people_that_is_no_roster_changes_nobody(
    small_office: CommandLine, tmp_path: Path, title: str, head: str, row: str
) -> None:
    before = small_office.rows("SELECT * FROM roster_person"), small_office.rows("SELECT * FROM post WHERE replaced_by IS NULL")
    answer = small_office.imports("auto", text_file(tmp_path, lines(title, head, row)))
    assert answer.error == "C154" and "wardens" in str(answer.json)
    assert (
        small_office.rows("SELECT * FROM roster_person"),
        small_office.rows("SELECT * FROM post WHERE replaced_by IS NULL"),
    ) == before


def test_no_heading_is_said_to_be_the_day_of_leaving(small_office: CommandLine, tmp_path: Path) -> None:
    log = lines("日期,工号,姓名,负责网格", "2026-11-21,SX1,李四光,东风社区第1网格")
    assert "离职" not in small_office.imports("wardens", text_file(tmp_path, log)).out


@pytest.mark.parametrize(
    "footer",
    [
        "备注,以上为城区数据",
        "共1个社区,",
        "2026年11月,",
        "日期：2026年11月3日,",
        "第一页,",
        "X区综治办,",
        "说明：,以上",
        "打印日期,2026-11-03",
        "（以下空白）,",
        "统计局,",
    ],
)
def test_what_stands_below_a_list_of_divisions_is_none(blank_office: CommandLine, tmp_path: Path, footer: str) -> None:
    sheet = text_file(tmp_path, lines("街道,社区", "幸福街道,西湖社区", footer))
    answer = blank_office.imports("areas", sheet)
    assert answer.json["inserted"] == 1
    names = blank_office.rows("SELECT name FROM area WHERE level IN ('subdistrict', 'community') ORDER BY code")
    assert names == [("幸福街道",), ("西湖社区",)]


@pytest.mark.parametrize(
    "footer",
    [
        "备注,以上人员均为专职,,",
        "值班电话,0717-6222222,,",
        "总人数,2,,",
        "打印日期,2026-11-03,,",
        "审批意见,同意,,",
        "抄送,区委政法委,,",
    ],
)
@pytest.mark.parametrize("head", ["工号,姓名,联系电话,负责网格", "姓名,联系电话,性别,负责网格"])
def test_a_label_with_a_value_below_a_roster_is_no_warden(
    small_office: CommandLine, tmp_path: Path, footer: str, head: str
) -> None:
    people = [f"SX{at},张{at},1390000000{at},东风社区第1网格" for at in (1, 2)]
    if "工号" not in head:
        people = [f"张{at},1390000000{at},男,东风社区第1网格" for at in (1, 2)]
    answer = small_office.imports("wardens", text_file(tmp_path, lines(head, *people, footer)))
    assert answer.counts == {"inserted": 2}
    assert small_office.rows("SELECT count(*) FROM roster_person WHERE name LIKE '张_'") == [(2,)]


def test_a_grid_of_one_of_two_communities_of_a_name_is_found_by_its_subdistrict(
    blank_office: CommandLine, tmp_path: Path
) -> None:
    assert blank_office.imports("areas", text_file(tmp_path, TOWNS)).status == 0
    grids = lines("街道,社区,网格", "幸福街道,东风社区,第2网格", "和平街道,东风社区,第2网格")
    assert blank_office.imports("grids", text_file(tmp_path, grids)).counts == {"inserted": 2}
    case = lines(
        "编号,受理时间,街道,网格,内容",
        "A1,2026-11-20 09:00,和平街道,东风社区第2网格,路灯不亮",
        "A2,2026-11-20 09:01,幸福街道,东风社区网格2,井盖坏了",
    )
    answer = blank_office.imports("incidents", text_file(tmp_path, case))
    assert (answer.counts, answer.codes) == ({"inserted": 2}, [])
    found = blank_office.rows(
        "SELECT i.source_ref, u.name FROM incident i JOIN grid g ON g.id = i.grid_id JOIN area a ON a.id = g.area_id "
        "JOIN area u ON u.id = a.parent_id ORDER BY 1"
    )
    assert found == [("A1", "和平街道"), ("A2", "幸福街道")]


def test_visible_sheets_decide_the_kind_of_a_workbook(small_office: CommandLine, tmp_path: Path) -> None:
    def hide(book: object, sheets: dict[str, object]) -> None:
        sheets["旧"].hide()  # type: ignore[attr-defined]
        sheets["工单"].activate()  # type: ignore[attr-defined]
        sheets["工单"].set_first_sheet()  # type: ignore[attr-defined]

    rows = {
        "旧": [["工号", "姓名", "联系电话", "负责网格"], ["SX1", "张三", "13811112101", "东风社区第1网格"]],
        "工单": [["编号", "受理时间", "来电人", "诉求地址", "内容"], ["A1", "2026-11-20 09:00", "甲", "幸福路1号", "路灯不亮"]],
    }
    answer = small_office.imports("auto", workbook(tmp_path / "表.xlsx", rows, hide))
    assert (answer.json["kind"], answer.counts, answer.codes) == ("incidents", {"inserted": 1}, ["W902"])


def test_a_changed_rank_leaves_the_one_before_in_the_history(small_office: CommandLine, tmp_path: Path) -> None:
    first = lines("工号,姓名,负责网格,主辅,入职日期", "SX1,李明,东风社区第1网格,A,2026-03-01")
    assert small_office.imports("wardens", text_file(tmp_path, first)).counts == {"inserted": 1}
    posts = "SELECT rank, starts_on, ends_on FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL WHERE w.code = 'SX1' ORDER BY p.id"
    second = text_file(tmp_path, first.replace(",A,", ",B,"), "二.csv")
    changed = small_office.imports("wardens", second)
    assert changed.counts == {"updated": 1}
    assert small_office.rows(posts) == [("A", "2026-03-01", "2026-11-23"), ("B", "2026-11-23", None)]
    assert small_office.imports("wardens", text_file(tmp_path, first)).counts == {"updated": 1}
    assert small_office.rows(posts)[1:] == [("A", "2026-11-23", None)], "on the same day it is a correction"
    assert small_office.imports("wardens", second).counts == {"updated": 1}
    assert small_office("batch", "undo", str(changed.json["batch"])).status in (0, 4)


def test_an_undone_change_of_rank_is_as_if_it_had_never_been(small_office: CommandLine, tmp_path: Path) -> None:
    first = lines("工号,姓名,负责网格,主辅,入职日期", "SX1,李明,东风社区第1网格,A,2026-03-01")
    small_office.imports("wardens", text_file(tmp_path, first))
    before = small_office.rows("SELECT rank, starts_on, ends_on FROM post WHERE replaced_by IS NULL ORDER BY id")
    changed = small_office.imports("wardens", text_file(tmp_path, first.replace(",A,", ",B,")))
    assert small_office("batch", "undo", str(changed.json["batch"])).status == 0
    assert small_office.rows("SELECT rank, starts_on, ends_on FROM post WHERE replaced_by IS NULL ORDER BY id") == before


@pytest.mark.parametrize(
    ("title", "head", "row"),
    [
        ("东风街道网格员名册", "序号,姓名,电话,社区,负责网格,住址", "1,赵小燕,13812340001,东风社区,第1网格,东风路12号"),
        ("专职网格员名册", "序号,姓名,性别,民族,电话,社区,网格", "1,赵小燕,女,汉,13812340001,东风社区,第1网格"),
        ("东风街道网格巡查员名册", "姓名,性别,电话,社区,负责网格", "赵小燕,女,13812340001,东风社区,第1网格"),
        ("2026年人口信息采集网格员名册", "姓名,性别,电话,社区,网格", "赵小燕,女,13812340001,东风社区,第1网格"),
        ("", "网格员姓名,电话,社区,负责网格,户籍地", "赵小燕,13812340001,东风社区,第1网格,宜昌"),
    ],
)
def test_an_ordinary_roster_is_one_whatever_else_it_has(
    small_office: CommandLine, tmp_path: Path, title: str, head: str, row: str
) -> None:
    answer = small_office.imports("auto", text_file(tmp_path, lines(title, head, row)))
    assert (answer.json.get("kind"), answer.counts) == ("wardens", {"inserted": 1})


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (
            "序号,上报时间,社区,网格,事件说明,地点,网格员,处理状态",
            "1,2026-11-20 9:00,东风社区,第1网格,楼道堆物,东风路1号楼,赵小燕,处理中",
        ),
        ("社区,网格,网格员,巡查时间,巡查内容,发现问题,处理结果", "东风社区,第1网格,赵小燕,2026-11-20,楼道,堆物,已清理"),
        ("社区,网格名称,走访日期,走访户数", "东风社区,第1网格,2026-11-20,12"),
    ],
)
def test_a_log_of_events_is_no_list_of_grids(small_office: CommandLine, tmp_path: Path, head: str, row: str) -> None:
    before = small_office.rows("SELECT * FROM grid ORDER BY id")
    answer = small_office.imports("auto", text_file(tmp_path, lines("网格记录表", head, row)))
    assert answer.json.get("kind") not in ("grids", "wardens")
    assert small_office.rows("SELECT * FROM grid ORDER BY id") == before


def test_divisions_with_unusual_names_are_divisions(blank_office: CommandLine, tmp_path: Path) -> None:
    rows = [
        "1,城关镇,东关社区",
        "2,经济开发区,高新社区",
        "3,经济开发区,管委会",
        "4,红旗农场,二队",
        "5,红旗农场,场部",
        "6,东街,铁路局",
        "7,管委会,共和",
    ]
    answer = blank_office.imports("areas", text_file(tmp_path, lines("序号,街道,社区", *rows)))
    assert (answer.json["inserted"], answer.json["rejected"]) == (len(rows), 0)


def test_a_list_of_people_whose_kind_is_named_needs_no_grids(small_office: CommandLine, tmp_path: Path) -> None:
    people = text_file(tmp_path, lines("姓名,电话,社区,性别,住址", "郑海涛,13712340021,东风社区,男,东风路1号"))
    assert small_office.imports("wardens", people).counts == {"inserted": 1}


def test_a_roster_in_sections_takes_each_section_for_the_rows_below(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [
        ["网格员名册"],
        ["姓名", "电话", "负责网格"],
        ["东风社区"],
        ["赵甲", "13812340011", "第1网格"],
        ["新民社区"],
        ["孙丙", "13812340013", "第1网格"],
    ]
    answer = small_office.imports("auto", workbook(tmp_path / "名册.xlsx", {"Sheet1": rows}))
    assert (answer.counts, answer.json["sheets"][0]["passed_over"]) == ({"inserted": 2}, [3, 5])
    found = small_office.rows(
        "SELECT w.name, a.name FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL JOIN grid g ON g.id = p.grid_id "
        "JOIN area a ON a.id = g.area_id WHERE w.name IN ('赵甲', '孙丙') ORDER BY w.id"
    )
    assert found == [("赵甲", "东风社区"), ("孙丙", "新民社区")]


def test_a_list_of_nothing_but_names_is_taken(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [["东风社区网格员名单"], ["姓名", "电话", "负责网格"], ["赵甲"], ["钱乙"]]
    assert small_office.imports("wardens", workbook(tmp_path / "名册.xlsx", {"Sheet1": rows})).counts == {"inserted": 2}


def test_sections_of_grids_and_of_complaints_name_the_community(small_office: CommandLine, tmp_path: Path) -> None:
    grids = [["网格名称", "户数"], ["东风社区"], ["第8网格", 3], ["新民社区"], ["第8网格", 4]]
    answer = small_office.imports("grids", workbook(tmp_path / "网格.xlsx", {"Sheet1": grids}))
    assert (answer.counts, answer.json["sheets"][0]["passed_over"]) == ({"inserted": 2}, [2, 4])
    cases = [["编号", "反映人", "反映内容"], ["东风社区"], ["A1", "甲某", "路灯不亮"], ["新民社区"], ["A2", "乙某", "井盖坏了"]]
    assert small_office.imports("incidents", workbook(tmp_path / "案件.xlsx", {"Sheet1": cases})).counts == {"inserted": 2}
    found = small_office.rows("SELECT i.source_ref, a.name FROM incident i JOIN area a ON a.id = i.area_id ORDER BY 1")
    assert found == [("A1", "东风社区"), ("A2", "新民社区")]


def test_what_is_wrong_with_a_hidden_sheet_refuses_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    def hide(book: object, sheets: dict[str, object]) -> None:
        sheets["旧"].hide()  # type: ignore[attr-defined]
        sheets["工单"].activate()  # type: ignore[attr-defined]
        sheets["工单"].set_first_sheet()  # type: ignore[attr-defined]

    rows = {
        "旧": [["工单编号", "A9"], ["诉求人", "甲"], ["诉求内容", "路灯不亮"], ["诉求内容", "别的"]],
        "工单": [["编号", "受理时间", "来电人", "诉求地址", "内容"], ["A1", "2026-11-20 09:00", "甲", "幸福路1号", "路灯不亮"]],
    }
    answer = small_office.imports("auto", workbook(tmp_path / "表.xlsx", rows, hide))
    assert (answer.counts, answer.codes) == ({"inserted": 1}, ["W902"])


def test_subdistricts_between_the_communities_are_theirs(blank_office: CommandLine, tmp_path: Path) -> None:
    rows = [["社区名称", "书记"], ["幸福街道"], ["东风社区", "王强"], ["和平镇"], ["团结村", "李丽"]]
    answer = blank_office.imports("areas", workbook(tmp_path / "社区.xlsx", {"Sheet1": rows}))
    assert answer.counts == {"inserted": 2}
    names = blank_office.rows("SELECT a.name, u.name FROM area a JOIN area u ON u.id = a.parent_id WHERE a.level = 'community'")
    assert sorted(names) == [("东风社区", "幸福街道"), ("团结村", "和平镇")]
