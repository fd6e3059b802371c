"""Two tables on one sheet: one below the other is read with its own header, one beside the other is refused by its column."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import Rows, lines, text_file, workbook

HEAD = ["工号", "姓名", "电话", "网格"]
ONE = ["SA1", "乙一", "13900000011", "1网格"]
TWO = ["SB1", "丙一", "13900000021", "1网格"]
POSTS = (
    "SELECT w.name, g.name FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL JOIN grid g ON g.id = p.grid_id "
    "WHERE w.code LIKE 'S%' ORDER BY w.code"
)


def roster(folder: Path, rows: Rows) -> Path:
    """A workbook of one sheet."""
    return workbook(folder / "名册.xlsx", {"Sheet1": rows})


def test_a_table_below_is_read_under_its_own_title(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [["东风社区网格员"], HEAD, ONE, [], ["新民社区网格员"], HEAD, TWO]
    answer = small_office.imports("wardens", roster(tmp_path, rows))
    assert (answer.counts, answer.json["sheets"][0]["passed_over"]) == ({"inserted": 2}, [5, 6])
    assert small_office.rows(POSTS) == [("乙一", "东风社区第1网格"), ("丙一", "新民社区第1网格")]


def test_a_table_below_may_have_its_columns_in_another_order(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [HEAD, ONE, ["姓名", "工号", "备注", "电话"], ["丙一", "SB1", "新来", "13900000021"]]
    answer = small_office.imports("wardens", roster(tmp_path, rows))
    assert answer.codes == ["E401"], "1网格 needs its community"
    assert small_office.rows("SELECT code, name, phone, extra FROM roster_person WHERE code = 'SB1'") == [
        ("SB1", "丙一", "13900000021", '{"备注":"新来"}')
    ]


def test_a_header_repeated_on_every_page_is_no_row(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("工号,姓名,电话", "SA1,乙一,13900000011", "工号,姓名,电话", "SA2,乙二,13900000012"))
    assert small_office.imports("wardens", file).counts == {"inserted": 2}


def test_a_table_of_another_kind_below_is_refused(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [HEAD[:3], ONE[:3], [], ["单位名称", "联系人", "联系电话"], ["城管局", "王芳", "0717-6000001"]]
    before = small_office.everything()
    answer = small_office.imports("wardens", roster(tmp_path, rows))
    assert (answer.status, answer.error) == (5, "E138")
    assert "第 4 行起" in answer.json["error"]["message"]
    assert small_office.everything() == before


def test_a_table_beside_is_refused_by_its_column(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [["东风社区", "", "", "", "新民社区"], [*HEAD[:3], None, *HEAD[:3]], [*ONE[:3], None, *TWO[:3]]]
    answer = small_office.imports("wardens", roster(tmp_path, rows))
    assert answer.error == "E140"
    assert "从 E 列起" in answer.json["error"]["message"]


@pytest.mark.parametrize("again", ["电话", "电 话", "电话："])
def test_a_known_heading_that_stands_twice_is_refused(small_office: CommandLine, tmp_path: Path, again: str) -> None:
    file = text_file(tmp_path, lines(f"工号,姓名,电话,紧急联系人,{again}", "SA1,乙一,13900000011,丁,13900000012"))
    answer = small_office.imports("wardens", file)
    assert answer.error == "E139"
    assert "C 列和 E 列" in answer.json["error"]["message"]


def test_unknown_headings_may_stand_twice(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("工号,姓名,备注,备注", "SA1,乙一,甲,乙"))
    assert small_office.imports("wardens", file).counts == {"inserted": 1}
    assert small_office.rows("SELECT extra FROM roster_person WHERE code = 'SA1'") == [('{"备注":"甲","备注（第4列）":"乙"}',)]


def test_a_lone_cell_is_a_row_of_data_unless_a_header_follows(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("areas", text_file(tmp_path, lines("区划代码,名称", "420502002,和平街道", "420502003", "")))
    assert (answer.counts, answer.codes) == ({"inserted": 1, "rejected": 1}, ["E201"])


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_fuller_table_below_does_not_swallow_the_one_above(small_office: CommandLine, tmp_path: Path, kind: str) -> None:
    upper = [["编号", "时间", "反映人", "电话", "内容"], ["Z1", "2026-11-20 9:00", "甲某", "13700000001", "咨询社保"]]
    lower = [
        ["编号", "时间", "反映人", "电话", "内容", "地点"],
        ["T1", "2026-11-20 10:00", "丙某", "13700000003", "投诉噪音", "文化广场"],
    ]
    for at, rows in enumerate(([*upper, *lower], [["咨询类"], *upper, [], ["投诉类"], *lower])):
        named = [[f"{at}{cell}" if cell in ("Z1", "T1") else cell for cell in row] for row in rows]
        text = lines(*(",".join(row) for row in named))
        file = roster(tmp_path, named) if kind == "xlsx" else text_file(tmp_path, text)
        assert small_office.imports("auto", file).counts == {"inserted": 2}
    found = small_office.rows("SELECT source_ref, source, address FROM incident ORDER BY source_ref")
    assert [(ref, place) for ref, _, place in found] == [("0T1", "文化广场"), ("0Z1", ""), ("1T1", "文化广场"), ("1Z1", "")]
    assert {source for _, source, _ in found} == {"other"}


def test_a_fuller_roster_below_does_not_swallow_the_one_above(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [HEAD[:3], ONE[:3], [*HEAD[:3], "人员性质"], [*TWO[:3], "兼职"]]
    assert small_office.imports("wardens", roster(tmp_path, rows)).counts == {"inserted": 2}


@pytest.mark.parametrize(
    "below",
    [
        [[], ["值班安排"], ["日期", "值班人", "备注"], ["11月3日", "张三丰", "夜班"]],
        [["社区干部"], ["序号", "姓名", "联系电话", "职务"], ["1", "王芳", "13900000091", "书记"]],
        [[], ["类别", "件数"], ["市容", "3"]],
    ],
)
def test_a_table_of_no_kind_below_a_roster_is_refused(small_office: CommandLine, tmp_path: Path, below: Rows) -> None:
    answer = small_office.imports("wardens", roster(tmp_path, [["网格员名册"], HEAD, ONE, *below]))
    assert answer.error == "E138"
    assert small_office.rows("SELECT 1 FROM roster_person WHERE code IN ('SA1', '日期', '序号')") == []


def test_a_row_of_short_words_after_a_blank_one_is_data(small_office: CommandLine, tmp_path: Path) -> None:
    rows = [["所属社区", "网格名称", "户数"], ["东风社区", "第8网格", 3], [], ["东风社区", "第9网格", None]]
    assert small_office.imports("grids", roster(tmp_path, rows)).counts == {"inserted": 2}
