"""Rosters with people who had left and come back: a further employment, and none of the earlier days changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file

HEADINGS = "工号,姓名,负责网格,主辅,入职日期,离职日期"
EMPLOYMENTS = (
    "SELECT starts_on, ends_on FROM employment e JOIN roster_person w ON w.id = e.person_id"
    " WHERE replaced_by IS NULL AND w.code = 'LV1' ORDER BY starts_on"
)
POSTS = (
    "SELECT p.rank, p.starts_on, p.ends_on FROM post p JOIN roster_person w ON w.id = p.person_id"
    " WHERE p.replaced_by IS NULL AND w.code = 'LV1' ORDER BY p.starts_on"
)
GRID = "新民社区第1网格"
FIRST = ("2020-01-06", "2026-11-20")


def roster(folder: Path, *rows: str, name: str = "名册.csv") -> Path:
    return text_file(folder, lines(HEADINGS, *rows), name)


@pytest.fixture
def gone(small_office: CommandLine, tmp_path: Path) -> CommandLine:
    """An office that 甲一 has left, and in which 乙二 has the grid."""
    both = roster(tmp_path, f"LV1,甲一,{GRID},A,2020-01-06,", f"LV2,乙二,{GRID},B,2020-01-06,")
    assert small_office.imports("wardens", both).counts == {"inserted": 2}
    assert small_office.imports("wardens", roster(tmp_path, f"LV1,甲一,,,,{FIRST[1]}")).counts == {"updated": 1}
    assert small_office.rows(EMPLOYMENTS) == [FIRST]
    return small_office


@pytest.fixture
def back(gone: CommandLine, tmp_path: Path) -> CommandLine:
    """The same office after 甲一 came back."""
    answer = gone.imports("wardens", roster(tmp_path, f"LV1,甲一,{GRID},A,2026-11-23,", name="回来.csv"))
    assert (answer.counts, answer.codes) == ({"updated": 1}, ["W951"])
    return gone


def test_who_comes_back_has_two_employments_and_the_first_stays_as_it_was(back: CommandLine) -> None:
    assert back.rows(EMPLOYMENTS) == [FIRST, ("2026-11-23", None)]
    assert back.rows(POSTS) == [("A", *FIRST), ("A", "2026-11-23", None)]
    actions = back.rows("SELECT action FROM ledger WHERE subject_kind = 'person' ORDER BY seq DESC LIMIT 1")
    assert actions == [("rejoin",)]
    assert back("ledger", "verify").status == 0


def test_the_dry_run_says_so_and_the_same_list_again_changes_nothing(gone: CommandLine, tmp_path: Path) -> None:
    sheet = roster(tmp_path, f"LV1,甲一,{GRID},A,2026-11-23,", name="回来.csv")
    assert gone.imports("wardens", sheet, "--dry-run").codes == ["W951"]
    assert gone.rows(EMPLOYMENTS) == [FIRST]
    for expected in ({"updated": 1}, {"unchanged": 1}):
        assert gone.imports("wardens", sheet).counts == expected
    assert len(gone.rows(EMPLOYMENTS)) == 2


def test_a_list_with_somebody_who_left_does_not_put_them_back_on_a_grid(gone: CommandLine, tmp_path: Path) -> None:
    for row in (f"LV1,甲一,{GRID},A,2020-01-06,", f"LV1,甲一,{GRID},A,,"):
        answer = gone.imports("wardens", roster(tmp_path, row, "LV2,乙二,,,,", name="上月.csv"))
        assert answer.codes == ["E248"] and answer.counts["rejected"] == 1
        assert "2026-11-20" in answer.json["issues"][0]["message"]
    assert (gone.rows(EMPLOYMENTS), gone.rows(POSTS)) == ([FIRST], [("A", *FIRST)])
    # Without a grid the row says nothing of service.
    assert gone.imports("wardens", roster(tmp_path, "LV1,甲一,,,2020-01-06,", name="无.csv")).counts == {"unchanged": 1}


@pytest.mark.parametrize(
    ("joined", "left"), [("2020-01-06", "2026-11-20"), ("", "2026-11-20"), ("2020-01-06", "")], ids=["both", "end", "begin"]
)
def test_a_list_of_the_first_time_changes_no_employment(back: CommandLine, tmp_path: Path, joined: str, left: str) -> None:
    before = back.rows(EMPLOYMENTS), back.rows(POSTS)
    answer = back.imports("wardens", roster(tmp_path, f"LV1,甲一,{GRID},,{joined},{left}", name="旧.csv"))
    assert answer.counts == {"unchanged": 1}
    assert (back.rows(EMPLOYMENTS), back.rows(POSTS)) == before


@pytest.mark.parametrize(
    ("joined", "left"),
    [("2026-11-01", ""), ("2019-05-06", ""), ("", "2026-11-21"), ("2020-01-06", "2026-10-01"), ("2026-11-23", "2026-11-22")],
    ids=["within", "before", "between", "other-end", "reversed"],
)
def test_days_that_contradict_the_book_are_refused(back: CommandLine, tmp_path: Path, joined: str, left: str) -> None:
    before = back.rows(EMPLOYMENTS), back.rows(POSTS)
    answer = back.imports("wardens", roster(tmp_path, f"LV1,甲一,,,{joined},{left}", name="错.csv"))
    assert answer.counts == {"rejected": 1}
    assert answer.codes == (["E224"] if left == "2026-11-22" else ["E247"])
    if answer.codes == ["E247"]:
        assert "2020-01-06—2026-11-20" in answer.json["issues"][0]["message"]
    assert (back.rows(EMPLOYMENTS), back.rows(POSTS)) == before


def test_the_last_employment_can_be_corrected_and_ended(back: CommandLine, tmp_path: Path) -> None:
    assert back.imports("wardens", roster(tmp_path, "LV1,甲一,,,2026-11-22,", name="改.csv")).counts == {"updated": 1}
    assert back.rows(EMPLOYMENTS) == [FIRST, ("2026-11-22", None)]
    answer = back.imports("wardens", roster(tmp_path, "LV1,甲一,,,,2026-11-24", name="又走.csv"))
    assert answer.counts == {"updated": 1}
    assert back.rows(EMPLOYMENTS) == [FIRST, ("2026-11-22", "2026-11-24")]
    assert back.rows(POSTS)[1] == ("A", "2026-11-23", "2026-11-24")


def test_taking_back_the_list_takes_back_the_return(back: CommandLine) -> None:
    batch = back.rows("SELECT max(id) FROM import_batch")[0][0]
    undone = back("batch", "undo", str(batch), "--json")
    assert undone.status == 0 and undone.json["kept"] == []
    assert (back.rows(EMPLOYMENTS), back.rows(POSTS)) == ([FIRST], [("A", *FIRST)])
    assert back("ledger", "verify").status == 0


def test_a_post_does_not_outlast_a_planned_departure(back: CommandLine, tmp_path: Path) -> None:
    second = text_file(tmp_path, lines("网格编码,网格名称", "420502001002002,新民社区第2网格"), "网格.csv")
    assert back.imports("grids", second).status == 0
    leaving = roster(tmp_path, "LV2,乙二,,,,2026-12-31", name="走.csv")
    assert back.imports("wardens", leaving).counts == {"updated": 1}
    assert back.imports("wardens", roster(tmp_path, "LV2,乙二,新民社区第2网格,,,", name="加.csv")).counts == {"updated": 1}
    ends = back.rows(
        "SELECT ends_on FROM post WHERE replaced_by IS NULL AND person_id IN (SELECT id FROM roster_person WHERE code = 'LV2')"
    )
    assert [end for (end,) in ends] == ["2026-12-31"] * 2


def test_the_command_brings_somebody_back_under_their_number_and_name(gone: CommandLine) -> None:
    early = gone("warden", "add", "LV1", "甲一", "--joined", "2026-11-19")
    assert (early.status, "C303" in early.err, "2026-11-20" in early.err) == (4, True, True)
    other = gone("warden", "add", "LV1", "丙三")
    assert (other.status, "C308" in other.err) == (4, True)
    assert gone("warden", "add", "LV1", "甲 一", "--joined", "2026-11-23", "--phone", "13900000042").status == 0
    assert gone.rows(EMPLOYMENTS) == [FIRST, ("2026-11-23", None)]
    assert gone.rows("SELECT phone FROM roster_person WHERE code = 'LV1'") == [("13900000042",)]
    again = gone("warden", "add", "LV1", "甲一")
    assert (again.status, "C308" in again.err) == (4, True)
    assert gone("ledger", "verify").status == 0


def test_the_employer_of_an_employment_is_a_registered_unit(gone: CommandLine, tmp_path: Path) -> None:
    sheet = lines(f"{HEADINGS},用人单位", "LV2,乙二,,,,,城管局", f"LV3,丙三,{GRID},A,2026-11-23,,无名劳务公司")
    assert gone.imports("wardens", text_file(tmp_path, sheet, "单位.csv")).status == 0
    shown = gone("warden", "show", "LV2")
    assert "城管局" in shown.out
    query = (
        "SELECT w.code, u.name FROM employment e JOIN roster_person w ON w.id = e.person_id LEFT JOIN unit u ON u.id = e.employer_id"
        " WHERE e.replaced_by IS NULL AND w.code LIKE 'LV%' ORDER BY w.code"
    )
    assert gone.rows(query) == [("LV1", None), ("LV2", "城管局"), ("LV3", None)]
    assert "无名劳务公司" in gone.rows("SELECT extra FROM roster_person WHERE code = 'LV3'")[0][0]
    assert gone.imports("wardens", text_file(tmp_path, sheet, "单位.csv")).counts == {"unchanged": 2}
    assert gone("ledger", "verify").status == 0
