"""Lists by which somebody leaves: never away from work in hand, and never from a grid without another person."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file

POSTS = (
    "SELECT w.code, g.name, p.rank, p.ends_on FROM post p JOIN roster_person w ON w.id = p.person_id"
    " JOIN grid g ON g.id = p.grid_id WHERE p.replaced_by IS NULL AND w.code LIKE 'LV%' ORDER BY w.code, g.code, p.starts_on"
)
TWO = ("LV1,甲一,新民社区第1网格,A,2026-01-05,", "LV2,乙二,新民社区第1网格,B,2026-01-05,")
HEADINGS = "工号,姓名,负责网格,主辅,入职日期,离职日期"


def roster(folder: Path, *rows: str, name: str = "名册.csv") -> Path:
    return text_file(folder, lines(HEADINGS, *rows), name)


@pytest.fixture
def two(small_office: CommandLine, tmp_path: Path) -> CommandLine:
    """An office in which two people have posts on a grid, beside one without anybody."""
    second = text_file(tmp_path, lines("网格编码,网格名称", "420502001002002,新民社区第2网格"), "网格.csv")
    assert small_office.imports("grids", second).counts == {"inserted": 1}
    assert small_office.imports("wardens", roster(tmp_path, *TWO)).counts == {"inserted": 2}
    return small_office


def handled_by(office: CommandLine, who: str) -> str:
    number = office.reports("垃圾成堆", "--grid", "420502001002001", "--category", "暴露垃圾")
    for operator, action, options in (
        ("受理员", "accept", ()),
        ("值班长", "file", ()),
        ("派遣员", "dispatch", ("--to", who)),
    ):
        answer = office("incident", "act", number, action, *options, "--operator", operator)
        assert answer.status == 0, answer
    return number


def test_who_has_a_case_in_hand_does_not_leave(two: CommandLine, tmp_path: Path) -> None:
    handled_by(two, "甲一")
    before = two.rows(POSTS)
    gone = roster(tmp_path, TWO[0] + "2026-11-24", TWO[1].replace("乙二", "乙贰"), name="走.csv")
    answer = two.imports("wardens", gone)
    assert (answer.counts, answer.codes) == ({"updated": 1, "rejected": 1}, ["E239", "W953"])
    assert (two.rows(POSTS), two.rows("SELECT name FROM roster_person WHERE code = 'LV2'")) == (before, [("乙贰",)])
    issue = answer.json["issues"][0]
    assert "1 件在办" in issue["suggestion"] and "handover plan LV1" in issue["suggestion"]


def test_the_last_person_of_a_grid_does_not_leave_and_one_who_is_relieved_does(two: CommandLine, tmp_path: Path) -> None:
    assert two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-20", name="一.csv")).codes == ["W949"]
    answer = two.imports("wardens", roster(tmp_path, TWO[1] + "2026-11-21", name="二.csv"))
    assert (answer.counts, answer.codes) == ({"rejected": 1}, ["W949", "E241"])
    assert two.rows(POSTS)[1] == ("LV2", "新民社区第1网格", "B", None)
    relieved = roster(tmp_path, TWO[1] + "2026-11-21", "LV3,丙三,新民社区第1网格,A,2026-11-21,", name="三.csv")
    assert two.imports("wardens", relieved).counts == {"inserted": 1, "updated": 1}
    assert [row[3] for row in two.rows(POSTS)] == ["2026-11-20", "2026-11-21", None]
    assert two("ledger", "verify").status == 0


def test_two_who_leave_in_one_list_leave_no_grid_bare(two: CommandLine, tmp_path: Path) -> None:
    before = two.rows(POSTS), two.rows("SELECT * FROM employment WHERE replaced_by IS NULL")
    both = roster(tmp_path, TWO[0] + "2026-11-20", TWO[1] + "2026-11-20", name="都走.csv")
    for options in (("--dry-run",), ()):
        answer = two.imports("wardens", both, *options)
        assert (answer.counts, sorted(answer.codes)) == ({"rejected": 2}, ["E241", "E241", "W949", "W949"])
    assert (two.rows(POSTS), two.rows("SELECT * FROM employment WHERE replaced_by IS NULL")) == before


def test_a_move_to_another_grid_leaves_none_behind(two: CommandLine, tmp_path: Path) -> None:
    assert two.imports("wardens", roster(tmp_path, TWO[1].replace("第1网格", "第2网格"), name="一.csv")).counts == {"updated": 1}
    answer = two.imports("wardens", roster(tmp_path, TWO[0].replace("第1网格", "第2网格"), name="二.csv"))
    assert (answer.counts, answer.codes) == ({"rejected": 1}, ["W949", "E241"])
    swapped = (TWO[0].replace("第1网格", "第2网格"), TWO[1])
    assert two.imports("wardens", roster(tmp_path, *swapped, name="三.csv")).counts == {"updated": 2}
    assert {(code, grid) for code, grid, _, end in two.rows(POSTS) if end is None} == {
        ("LV1", "新民社区第2网格"), ("LV2", "新民社区第1网格"),
    }  # fmt: skip


def test_nobody_left_before_a_case_was_out_of_their_hands(two: CommandLine, tmp_path: Path) -> None:
    number = handled_by(two, "甲一")
    assert (
        two("incident", "act", number, "redispatch", "--to", "乙二", "--reason", "甲一要走", "--operator", "派遣员").status == 0
    )
    early = two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-20", name="早.csv"))
    assert (early.counts, early.codes) == ({"rejected": 1}, ["E240"])
    assert "2026-11-24" in early.json["issues"][0]["suggestion"]
    assert two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-24", name="晚.csv")).counts == {"updated": 1}


def test_rows_put_aside_come_in_once_there_is_a_successor(two: CommandLine, tmp_path: Path) -> None:
    answer = two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-20", TWO[1] + "2026-11-20", name="都走.csv"))
    batch = str(answer.json["batch"])
    assert two.imports("wardens", roster(tmp_path, "LV3,丙三,新民社区第1网格,B,2026-11-20,", name="接.csv")).counts == {
        "inserted": 1
    }
    again = two("batch", "retry", batch, "--json")
    assert again.status == 0, again.out
    assert {row[0]: row[3] for row in two.rows(POSTS)} == {"LV1": "2026-11-20", "LV2": "2026-11-20", "LV3": None}


def test_an_import_is_not_undone_away_from_a_case_in_hand(small_office: CommandLine, tmp_path: Path) -> None:
    brought = small_office.imports("wardens", roster(tmp_path, *TWO))
    handled_by(small_office, "甲一")
    undone = small_office("batch", "undo", str(brought.json["batch"]), "--json")
    assert (undone.json["removed"], undone.json["kept"]) == (1, ["甲一"])
    assert [row[0] for row in small_office.rows(POSTS) if row[3] is None] == ["LV1"]
    assert small_office("ledger", "verify").status == 0


def test_undoing_who_was_brought_for_a_departure_keeps_the_grid_with_cases(two: CommandLine, tmp_path: Path) -> None:
    handled_by(two, "城管局")
    assert two.imports("wardens", roster(tmp_path, TWO[1] + "2026-11-20", name="一.csv")).counts == {"updated": 1}
    relief = two.imports("wardens", roster(tmp_path, "LV3,丙三,新民社区第1网格,B,2026-11-20,", name="二.csv"))
    assert two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-20", name="三.csv")).counts == {"updated": 1}
    undone = two("batch", "undo", str(relief.json["batch"]), "--json")
    assert (undone.json["removed"], undone.json["kept"]) == (0, ["丙三"])
    assert [row[0] for row in two.rows(POSTS) if row[3] is None] == ["LV3"]


def test_undoing_a_list_gives_nobody_a_post_on_a_grid_that_is_no_more(two: CommandLine, tmp_path: Path) -> None:
    moved = two.imports("wardens", roster(tmp_path, TWO[1].replace("第1网格", "第2网格"), name="一.csv"))
    assert moved.counts == {"updated": 1}
    assert (
        two("grid", "split", "新民社区第1网格", "--into", "东:幸福路", "--into", "西", "--operator", "值班长", "--do").status == 0
    )
    before = two.rows(POSTS)
    undone = two("batch", "undo", str(moved.json["batch"]), "--json")
    assert (undone.json["restored"], undone.json["kept"]) == (0, ["乙二 · 新民社区第1网格"])
    assert two.rows(POSTS) == before


def test_undoing_a_list_gives_nobody_a_rank_that_somebody_got_since(two: CommandLine, tmp_path: Path) -> None:
    moved = two.imports("wardens", roster(tmp_path, TWO[1].replace("第1网格", "第2网格"), name="一.csv"))
    assert two.imports("wardens", roster(tmp_path, "LV3,丙三,新民社区第1网格,B,2026-11-20,", name="二.csv")).counts == {
        "inserted": 1
    }
    before = two.rows(POSTS)
    undone = two("batch", "undo", str(moved.json["batch"]), "--json")
    assert (undone.json["restored"], undone.json["kept"]) == (0, ["乙二 · 新民社区第1网格"])
    assert two.rows(POSTS) == before


def test_a_departure_dated_back_ends_the_posts_that_have_ended_since(two: CommandLine, tmp_path: Path) -> None:
    assert two("post", "end", "LV1", "新民社区第1网格").status == 0
    assert two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-20", name="一.csv")).counts == {"updated": 1}
    assert two.rows(POSTS)[0] == ("LV1", "新民社区第1网格", "A", "2026-11-20")
    assert two("ledger", "verify").status == 0


def test_a_departure_in_a_list_ends_the_leave_that_would_come_after_it(two: CommandLine, tmp_path: Path) -> None:
    away = two("warden", "away", "LV1", "--from", "2026-12-07", "--to", "2026-12-08", "--deputy", "LV2")
    assert away.status == 0, away
    assert two.imports("wardens", roster(tmp_path, TWO[0] + "2026-11-30", name="一.csv")).counts == {"updated": 1}
    assert two.rows("SELECT count(*) FROM leave WHERE replaced_by IS NULL") == [(0,)]
    assert two("ledger", "verify").status == 0


def test_two_of_one_rank_are_kept_and_said(two: CommandLine, tmp_path: Path) -> None:
    sheet = roster(
        tmp_path,
        "LV3,丙三,新民社区第1网格,A,,",
        "LV4,丁四,新民社区第2网格,A,,",
        "LV5,戊五,新民社区第2网格,A,,",
        "LV6,己六,新民社区第2网格,,,",
    )
    answer = two.imports("wardens", sheet, "--dry-run")
    assert (answer.counts, answer.codes) == ({"inserted": 4}, ["W952"] * 3)
    assert ["甲一" in answer.json["issues"][0]["message"], "丁四、己六" in answer.json["issues"][2]["message"]] == [True, True]
    assert two.imports("wardens", sheet).counts == {"inserted": 4}
    assert {one["name"] for one in two("audit", "--check", "two_first", "--json").json["findings"]} == {
        "新民社区第1网格",
        "新民社区第2网格",
    }
    # Once one of them changes, nothing is to be said.
    swapped = roster(
        tmp_path, TWO[0].replace(",A,", ",B,"), TWO[1].replace(",B,", ",,"), "LV3,丙三,新民社区第1网格,A,,", name="换.csv"
    )
    assert two.imports("wardens", swapped, "--dry-run").codes == ["W952"], "two B"


def test_who_stands_in_for_somebody_does_not_leave_by_a_list(two: CommandLine, tmp_path: Path) -> None:
    away = ("warden", "away", "LV1", "--from", "2026-12-07", "--to", "2026-12-18", "--deputy", "LV2", "--operator", "内勤")
    assert two(*away).status == 0
    answer = two.imports("wardens", roster(tmp_path, TWO[1] + "2026-12-10", name="一.csv"))
    assert (answer.counts, answer.codes) == ({"rejected": 1}, ["E249"])
    assert "甲一 2026-12-18" in answer.json["issues"][0]["message"]
    assert two.imports("wardens", roster(tmp_path, TWO[1] + "2026-12-19", name="一.csv")).counts == {"updated": 1}


def test_a_number_with_another_name_is_renamed_and_said(two: CommandLine, tmp_path: Path) -> None:
    for options in (("--dry-run",), ()):
        answer = two.imports("wardens", roster(tmp_path, "LV1,不对,,,,", "LV2,乙 二,,,,", name="名.csv"), *options)
        assert answer.codes == ["W953"], "a blank is no other name"
        assert "LV1 甲一" in answer.json["issues"][0]["message"]


def test_who_was_known_then_is_named_after_the_list_is_undone(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("wardens", roster(tmp_path, *TWO)).json["batch"]
    entry = small_office.rows("SELECT max(seq) FROM ledger")[0][0]
    assert small_office("batch", "undo", str(batch)).status == 0
    who = small_office("roster", "who", "420502001002001", "--as-recorded", str(entry), "--json").json[0]["responsible"]
    assert [(one["number"], one["name"]) for one in who] == [("LV1", "甲一"), ("LV2", "乙二")]
    shown = small_office("roster", "show", "--as-recorded", str(entry), "--find", "LV1")
    assert "甲一" in shown.out


def test_a_code_that_is_no_more_is_named_as_it_was_written(two: CommandLine, tmp_path: Path) -> None:
    answer = two.imports("wardens", roster(tmp_path, "LV3,丙三,420502001002777,A,,", name="码.csv"))
    assert answer.codes == ["E401"] and "“420502001002777”" in answer.json["issues"][0]["message"]


def test_a_departure_that_a_list_planned_is_cancelled_with_its_posts(two: CommandLine, tmp_path: Path) -> None:
    assert two.imports("wardens", roster(tmp_path, TWO[0] + "2026-12-31", name="一.csv")).counts == {"updated": 1}
    assert two("warden", "stay", "LV1", "--operator", "内勤").status == 0
    assert {row[0]: row[3] for row in two.rows(POSTS)} == {"LV1": None, "LV2": None}
    assert two("ledger", "verify").status == 0
