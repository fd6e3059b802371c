"""Lists of teams: members, head-counts, leaders; the same list again adds nothing, and it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file

HEADINGS = "队伍名称,队伍类型,所属社区,姓名,工号,身份,职务"
ROWS = (
    "巡防一队,治安巡防队,东风社区,𠮷田,W1,干部,队长",
    "巡防一队,治安巡防队,东风社区,热心[/]人,,居民,",
    "援助队,法律援助队,东风社区,王律师,,社会组织,",
)


def sheet(folder: Path, *rows: str, headings: str = HEADINGS, name: str = "队伍名册.csv") -> Path:
    return text_file(folder, lines(headings, *rows), name)


def shown(office: CommandLine) -> list[tuple[str, str, str, int]]:
    return [(one["name"], one["kind"], one["leader"], one["size"]) for one in office("team", "list", "--json").json]


def test_teams_and_members_come_in_by_their_headings_and_again_add_nothing(small_office: CommandLine, tmp_path: Path) -> None:
    answer = small_office.imports("auto", sheet(tmp_path, *ROWS))
    assert answer.counts == {"inserted": 3}, answer
    assert shown(small_office) == [("巡防一队", "patrol", "𠮷田", 2), ("援助队", "legal_aid", "", 1)]
    assert small_office.imports("teams", sheet(tmp_path, *ROWS)).counts == {"unchanged": 3}
    assert small_office("ledger", "verify").status == 0


def test_volunteers_are_a_head_count(small_office: CommandLine, tmp_path: Path) -> None:
    headings = "队伍名称,队伍类型,村/社区,人数,联系人,联系电话"
    first = sheet(tmp_path, "东风志愿队,志愿服务队,东风社区,120,张三,13900000041", headings=headings)
    assert small_office.imports("auto", first).counts == {"inserted": 1}
    more = sheet(tmp_path, "东风志愿队,志愿服务队,东风社区,130,,", headings=headings)
    assert small_office.imports("队伍", more).counts == {"updated": 1}
    assert shown(small_office) == [("东风志愿队", "volunteer", "", 130)]
    assert "139****0041" in small_office("team", "show", "东风志愿队").out


def test_an_undone_list_leaves_no_team_behind(small_office: CommandLine, tmp_path: Path) -> None:
    before = small_office.rows("SELECT count(*) FROM team")
    batch = small_office.imports("teams", sheet(tmp_path, *ROWS)).json["batch"]
    undone = small_office("batch", "undo", str(batch), "--operator", "内勤", "--json")
    assert (undone.status, undone.json["kept"]) == (0, [])
    assert small_office.rows("SELECT count(*) FROM team") == before == [(0,)]
    assert small_office.rows("SELECT count(*) FROM team_member") == [(0,)]
    assert small_office("ledger", "verify").status == 0


def test_a_team_that_got_members_since_stays(small_office: CommandLine, tmp_path: Path) -> None:
    batch = small_office.imports("teams", sheet(tmp_path, ROWS[2])).json["batch"]
    small_office("team", "join", "援助队", "李律师", "--outside", "--operator", "内勤")
    undone = small_office("batch", "undo", str(batch), "--operator", "内勤", "--json")
    assert undone.json["kept"] == ["援助队"]
    assert [one["name"] for one in small_office("team", "list", "--json").json] == ["援助队"]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("巡防一队,飞行队,东风社区,𠮷田,W1,干部,", "E208"),
        ("巡防一队,治安巡防队,月球社区,𠮷田,W1,干部,", "E401"),
        ("巡防一队,治安巡防队,东风社区,𠮷田,W99,干部,", "E401"),
        ("巡防一队,治安巡防队,东风社区,别人,W1,干部,", "E244"),
        ("巡防一队,治安巡防队,东风社区,𠮷田,W1,国王,", "E208"),
    ],
)
def test_a_row_that_means_nothing_known_stays_outside(small_office: CommandLine, tmp_path: Path, row: str, code: str) -> None:
    answer = small_office.imports("teams", sheet(tmp_path, row))
    assert (answer.codes, answer.counts) == ([code], {"rejected": 1})
    assert small_office.rows("SELECT count(*) FROM team") == [(0,)]


def test_the_list_goes_out_and_comes_in_unchanged(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.imports("teams", sheet(tmp_path, *ROWS))
    assert small_office("export", "teams", "-o", str(tmp_path / "出.xlsx")).status == 0
    assert small_office.imports("auto", tmp_path / "出.xlsx").counts == {"unchanged": 3}
