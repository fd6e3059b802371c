"""What a clerk may ask of an import: all or nothing, only new, only known, blanks count, this sheet, that heading."""

from __future__ import annotations

from pathlib import Path

import pytest
from importing.sheets import lines, text_file, workbook
from office_cli import CommandLine

MIXED = lines(
    "网格编码,网格名称,户数",
    "420502001001001,东风社区第1网格,999",
    "420502001001009,东风社区第9网格,100",
    "乱写,没有这样的,1",
)


@pytest.mark.parametrize("options", [("--atomic",), ("--max-errors", "0"), ("--max-errors", "33%"), ("--max-errors", "０")])
def test_too_many_bad_rows_and_nothing_is_taken(small_office: CommandLine, tmp_path: Path, options: tuple[str, ...]) -> None:
    before = small_office.everything()
    answer = small_office.imports("grids", text_file(tmp_path, MIXED), *options)
    assert (answer.status, answer.json["batch"]) == (4, None)
    assert answer.counts == {"inserted": 1, "updated": 1, "rejected": 1}
    assert answer.codes == ["E205", "E401"] or answer.codes[0] == "E205"
    assert small_office.everything() == before


@pytest.mark.parametrize("options", [(), ("--max-errors", "1"), ("--max-errors", "34%")])
def test_few_enough_bad_rows_and_the_rest_is_taken(small_office: CommandLine, tmp_path: Path, options: tuple[str, ...]) -> None:
    answer = small_office.imports("grids", text_file(tmp_path, MIXED), *options)
    assert (answer.status, answer.counts) == (3, {"inserted": 1, "updated": 1, "rejected": 1})
    assert answer.json["batch"] is not None


@pytest.mark.parametrize("word", ["很多", "-1", "5%%", ""])
def test_a_limit_that_is_no_number_is_refused(small_office: CommandLine, tmp_path: Path, word: str) -> None:
    answer = small_office("import", "grids", text_file(tmp_path, MIXED), "--json", f"--max-errors={word}", "--operator", "内勤")
    assert (answer.status, answer.error) == (2, "U002")


def test_only_new_records_are_added(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("grids", text_file(tmp_path, MIXED), "--mode", "insert")
    assert answer.counts == {"inserted": 1, "unchanged": 1, "rejected": 1}
    assert small_office.rows("SELECT households FROM grid WHERE code = '420502001001001'") == [(260,)]


def test_only_known_records_are_changed(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("grids", text_file(tmp_path, MIXED), "--mode", "update")
    assert answer.counts == {"updated": 1, "rejected": 2}
    assert "E405" in answer.codes
    assert small_office.rows("SELECT count(*) FROM grid WHERE code = '420502001001009'") == [(0,)]


def test_a_blank_counts_only_if_reported_so_and_only_in_a_column_the_sheet_has(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = text_file(tmp_path, lines("网格编码,网格名称,户数", "420502001001001,东风社区第1网格,"))
    assert small_office.imports("grids", sheet).counts == {"unchanged": 1}
    small_office.imports(
        "grids", text_file(tmp_path, lines("网格编码,网格名称,四至边界", "420502001001001,东风社区第1网格,东至河"), "四至.csv")
    )
    assert small_office.imports("grids", sheet, "--overwrite-blank").counts == {"updated": 1}
    assert small_office.rows("SELECT households, boundary FROM grid WHERE code = '420502001001001'") == [(None, "东至河")]


def test_changed_cells_are_reported_before_they_are_changed(small_office: CommandLine, tmp_path: Path) -> None:
    (change,) = small_office.imports("grids", text_file(tmp_path, MIXED), "--dry-run").json["changes"]
    assert change == {"sheet": "", "row": 2, "record": "东风社区第1网格", "column": "户数", "old": "260", "new": "999"}


def test_a_heading_nobody_knows_is_reported_what_it_means(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = text_file(tmp_path, lines("网格代号,叫法,网格名称", "420502001001009,九号,东风社区第9网格"))
    refused = small_office("import", "grids", sheet, "--json", "--operator", "内勤")
    assert (refused.status, refused.error) == (5, "E115")
    assert "--map 网格代号=网格编码" in small_office("import", "grids", sheet, "--operator", "内勤").err
    answer = small_office.imports("grids", sheet, "--map", "网格代号=code")
    assert answer.counts == {"inserted": 1}
    assert answer.json["sheets"][0]["columns"]["网格代号"] == "code"
    assert answer.json["sheets"][0]["unknown"] == ["叫法"]


def test_what_a_heading_may_mean_is_said_and_never_done(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = text_file(tmp_path, lines("网格编码,网格名称,常住户数,叫法", "420502001001001,东风社区第1网格,999,一号"))
    answer = small_office.imports("grids", sheet)
    assert (answer.status, answer.counts) == (0, {"updated": 1}), "kept beside the grid, and so a change"
    (reported,) = answer.json["issues"]
    assert (reported["code"], reported["severity"], reported["cell"]) == ("W903", "warning", "C1")
    assert "--map 常住户数=户数" in reported["suggestion"]
    assert small_office.rows("SELECT households FROM grid WHERE code = '420502001001001'") == [(260,)]


def test_a_header_on_a_hidden_sheet_only_is_said(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [["网格编码", "网格名称"], ["420502001001009", "东风社区第9网格"]]
    path = workbook(tmp_path / "表.xlsx", {"说明": [["本表由社区填报"]], "上月": rows}, lambda _, made: made["上月"].hide())
    refused = small_office("import", "grids", path, "--json", "--operator", "内勤")
    assert (refused.status, refused.error) == (5, "E114")
    assert small_office.imports("grids", path, "--sheet", "上月").counts == {"inserted": 1}


def test_how_a_text_was_read_and_what_was_passed_over_is_said(small_office: CommandLine, tmp_path: Path) -> None:
    text = lines("网格编码,网格名称", "420502001001009,东风社区第9网格", "合计,1", "制表人：李小明")
    path = text_file(tmp_path, text, encoding="gb18030")
    spoken = small_office("import", "grids", path, "--dry-run", "--operator", "内勤").err
    assert "按 GB18030 编码读取" in spoken
    assert "跳过 2 行" in spoken and "第 3、4 行" in spoken
    (sheet,) = small_office.imports("grids", path).json["sheets"]
    assert (sheet["encoding"], sheet["passed_over"]) == ("gb18030", [3, 4])


@pytest.mark.parametrize("word", ["格子号", "=code", "格子号="])
def test_a_meaning_that_is_none_is_refused(small_office: CommandLine, tmp_path: Path, word: str) -> None:
    answer = small_office("import", "grids", text_file(tmp_path, MIXED), "--json", "--map", word, "--operator", "内勤")
    assert (answer.status, answer.error) == (2, "U002")


def test_one_sheet_of_several_is_taken(small_office: CommandLine, tmp_path: Path) -> None:
    def grid(code: str) -> list[list[str]]:
        return [["网格编码", "网格名称"], [f"420502001001{code}", f"第{code}网格"]]

    book = workbook(tmp_path / "网格.xlsx", {"一月": grid("011"), "二月": grid("012")})
    assert small_office.imports("grids", book, "--sheet", "二月").counts == {"inserted": 1}
    assert small_office.imports("grids", book).counts == {"inserted": 1, "unchanged": 1}


def test_the_header_is_where_the_clerk_says(small_office: CommandLine, tmp_path: Path) -> None:
    sheet = text_file(
        tmp_path, lines("网格编码,网格名称,户数", "说明,说明,说明", "网格编码,网格名称,户数", "420502001001009,第9网格,5")
    )
    assert small_office.imports("grids", sheet, "--header-row", "3").counts == {"inserted": 1}


HEADERS = {
    "areas": "统计用区划代码,名称,级别",
    "grids": "网格编码,网格名称,户数",
    "departments": "单位编码,单位名称,单位类型",
    "wardens": "工号,姓名,负责网格",
    "catalogue": "大类代码,大类名称,小类代码,小类名称,立案条件,处置时限",
    "incidents": "工单编号,受理时间,主要内容",
    "feedback": "案件号,处置结果,处置单位",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_the_kind_is_taken_from_the_header(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    width = HEADERS[kind].count(",")
    answer = small_office.imports("auto", text_file(tmp_path, lines(HEADERS[kind], "x" + ",x" * width)), "--dry-run")
    assert answer.json["kind"] == kind


def test_a_header_that_fits_two_kinds_is_asked_about(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office("import", "auto", text_file(tmp_path, lines("代码,名称", "1,2")), "--json", "--operator", "内勤")
    assert (answer.status, answer.error) == (4, "C154")


def test_a_kind_nobody_knows_is_refused_with_those_there_are(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office("import", "吃瓜", text_file(tmp_path, MIXED), "--json", "--operator", "内勤")
    assert (answer.status, answer.error) == (2, "U001")
    assert "auto" in answer.json["error"]["hint"]


@pytest.mark.parametrize("code", ["E203", "e203", "W905", "C122", "D606", "U001"])
def test_a_code_is_explained(small_office: CommandLine, code: str) -> None:
    answer = small_office.bare("explain", code, "--json")
    assert (answer.status, answer.json["code"]) == (0, code.upper())
    assert answer.json["message"] and answer.json["family"]
    assert "{" not in answer.json["message"] + answer.json["hint"]


def test_a_code_that_is_none_is_refused(small_office: CommandLine) -> None:
    assert small_office.bare("explain", "Z999", "--json").error == "U001"


@pytest.mark.parametrize("operator", ["领导", "核查员", "派遣员"])
def test_the_registers_are_theirs_who_keep_them(small_office: CommandLine, tmp_path: Path, operator: str) -> None:
    before = small_office.everything()
    file = text_file(tmp_path, MIXED)
    for words in (("import", "grids", file), ("profile", "save", "甲", "grids", file), ("profile", "delete", "甲")):
        answer = small_office(*words, "--operator", operator)
        assert answer.status == 4 and "C133" in answer.err and "内勤" in answer.err, answer
    after = small_office.everything()
    reported = [after["ledger"].pop() for _ in range(3)]
    assert after == before, "nothing changed but that three refusals are told"
    assert all(operator in entry and "denied" in entry for entry in reported)
    assert small_office("import", "grids", file, "--operator", "值班长").status in (0, 3)


def test_blanks_take_away_posts_areas_duties_and_what_stood_under_other_headings(
    small_office: CommandLine, tmp_path: Path
) -> None:
    full = {
        "departments": lines(
            "单位编码,单位名称,单位类型,上级单位,服务区域,负责类别,备用类别,值班,备注",
            "B9,园林所,专业部门,城管局,东风社区,事件01,事件02,全天,旧",
        ),
        "wardens": lines("工号,姓名,人员性质,负责网格,身份证号,备注", "W9,新来的,兼职,420502001001001,11010519491231002X,旧"),
        "catalogue": lines(
            "类别,大类代码,大类名称,小类代码,小类名称,处置单位,立案条件,处置时限,结案条件,备注",
            "事件,7,其他,1,①,环卫所,甲,1工作日,清除,旧",
        ),
    }
    blank = {
        "departments": lines(
            "单位编码,单位名称,单位类型,上级单位,服务区域,负责类别,备用类别,值班,备注", "B9,园林所,专业部门,,,,,,"
        ),
        "wardens": lines("工号,姓名,人员性质,负责网格,身份证号,备注", "W9,新来的,,,,"),
        "catalogue": lines(
            "类别,大类代码,大类名称,小类代码,小类名称,处置单位,立案条件,处置时限,结案条件,备注", "事件,7,其他,1,①,,甲,1工作日,,"
        ),
    }
    without = {
        "departments": lines("单位编码,单位名称,单位类型", "B9,园林所,专业部门"),
        "wardens": lines("工号,姓名", "W9,新来的"),
        "catalogue": lines("类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限", "事件,7,其他,1,①,甲,1工作日"),
    }
    for kind, text in full.items():
        assert small_office.imports(kind, text_file(tmp_path, text)).counts == {"inserted": 1}
        assert small_office.imports(kind, text_file(tmp_path, blank[kind])).counts == {"unchanged": 1}, kind
        assert small_office.imports(kind, text_file(tmp_path, without[kind]), "--overwrite-blank").counts == {"unchanged": 1}, (
            kind
        )
        before = small_office.registers()
        answer = small_office.imports(kind, text_file(tmp_path, blank[kind]), "--overwrite-blank")
        assert answer.counts == {"updated": 1}, kind
        if kind == "departments":
            assert small_office.rows("SELECT parent_id, all_day, extra FROM unit WHERE code = 'B9'") == [(None, 0, "")]
            assert small_office.rows("SELECT 1 FROM unit_area") == []
            assert (
                small_office.rows(
                    "SELECT 1 FROM responsibility r JOIN unit u ON u.id = r.unit_id WHERE u.code = 'B9' AND r.replaced_by IS NULL AND r.ends_on IS NULL"
                )
                == []
            )
        elif kind == "wardens":
            assert small_office.rows(
                "SELECT e.form, p.extra FROM roster_person p JOIN employment e ON e.person_id = p.id AND e.replaced_by IS NULL WHERE p.code = 'W9'"
            ) == [("full_time", "")]
            ended = "SELECT ends_on FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL WHERE w.code = 'W9'"
            assert small_office.rows(ended) == [("2026-11-23",)]
        else:
            rules = "SELECT close_condition, extra FROM filing_rule WHERE condition = '甲' AND active = 1"
            assert small_office.rows(rules) == [("", "")]
            assert small_office.rows("SELECT units FROM category WHERE minor_name = '①'") == [("",)]
        small_office("batch", "undo", answer.json["batch"], "--operator", "内勤", "--json")
        assert small_office.registers() == before, kind
