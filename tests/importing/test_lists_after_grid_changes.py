"""Lists that name a grid of before: old codes answer, and nothing lands in a grid that is no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from office_cli import CommandLine
from sheets import lines, text_file

from gridconsole.domain.grid_change import Part
from gridconsole.domain.roster import GridChangeKind
from gridconsole.services import actors, grid_changes
from gridconsole.services import office as offices
from gridconsole.services.grid_changes import Wish
from gridconsole.store import places

OLD = "420502001001001"
CASES = "编号,登记时间,主要内容,地址,网格,办理状态,结案时间"


@pytest.fixture
def split(small_office: CommandLine) -> Iterator[CommandLine]:
    """An office whose first grid is two."""
    opened = offices.open_office(small_office.database, "cli")
    try:
        with opened.database.reading() as connection:
            key = next(choice.id for choice in places.grid_choices(connection) if choice.code == OLD)
        parts = (Part("第8网格", ("幸福路",)), Part("第9网格"))
        grid_changes.change(opened, actors.find_operator(opened, "值班长"), Wish(GridChangeKind.SPLIT, (key,), parts))
    finally:
        opened.close()
    yield small_office


def placed(office: CommandLine) -> list[tuple[str, str]]:
    return office.rows("SELECT i.source_ref, g.name FROM incident i JOIN grid g ON g.id = i.grid_id ORDER BY i.source_ref")  # type: ignore[return-value]


@pytest.mark.parametrize("word", [OLD, "东风社区第1网格"])
def test_last_months_list_of_cases_still_comes_in(split: CommandLine, tmp_path: Path, word: str) -> None:
    rows = (
        f"H1,2026-11-20 09:00,路灯坏了,幸福路3号,{word},办理中,",
        f"H2,2026-11-20 09:10,井盖坏了,别的地方,{word},办理中,",
        f"H3,2026-10-20 09:00,垃圾成堆,幸福路5号,{word},已办结,2026-10-21 10:00",
    )
    answer = split.imports("incidents", text_file(tmp_path, lines(CASES, *rows)), "--source-list", "12345")
    assert answer.counts == {"inserted": 3}, answer
    assert [(one["row"], one["code"]) for one in answer.json["issues"] if one["code"] == "W950"] == [(2, "W950"), (3, "W950")]
    assert placed(split) == [("H1", "东风社区第8网格"), ("H2", "东风社区第9网格"), ("H3", "东风社区第1网格")]


def test_a_roster_that_names_an_old_grid_learns_what_it_became(split: CommandLine, tmp_path: Path) -> None:
    answer = split.imports("wardens", text_file(tmp_path, lines("工号,姓名,负责网格", f"W9,庚一,{OLD}")))
    assert (answer.codes, answer.counts) == (["E246"], {"rejected": 1})
    assert "第8网格" in answer.json["issues"][0]["suggestion"]


def test_a_grid_that_is_no_more_does_not_come_back_with_a_list(split: CommandLine, tmp_path: Path) -> None:
    rows = (f"{OLD},东风社区第1网格,260", "420502001001002,东风社区第2网格,199")
    answer = split.imports("grids", text_file(tmp_path, lines("网格编码,网格名称,户数", *rows)))
    assert (answer.codes, answer.counts) == (["E246"], {"updated": 1, "rejected": 1})
    assert split.rows("SELECT ends_on IS NULL FROM grid WHERE code = ?", OLD) == [(0,)]


def test_facilities_of_an_old_grid_land_by_their_address(split: CommandLine, tmp_path: Path) -> None:
    rows = (f"4205020101000001,井盖,{OLD},幸福路3号", f"4205020101000002,井盖,{OLD},别处")
    answer = split.imports("components", text_file(tmp_path, lines("标识码,名称,所在网格,地址", *rows)))
    assert answer.counts == {"inserted": 2}
    assert split.rows("SELECT g.name FROM component c JOIN grid g ON g.id = c.grid_id ORDER BY c.code") == [
        ("东风社区第8网格",), ("东风社区第9网格",),
    ]  # fmt: skip


def test_no_case_is_reported_into_an_old_grid(split: CommandLine) -> None:
    answer = split("incident", "new", "--text", "路灯坏", "--grid", OLD, "--operator", "受理员", "--json")
    assert (answer.status, answer.error) == (4, "C317")
    assert "第8网格" in answer.json["error"]["hint"]


def test_undoing_the_list_that_brought_a_grid_leaves_a_split_alone(blank_office: CommandLine, tmp_path: Path) -> None:
    blank_office.imports(
        "areas",
        text_file(
            tmp_path, lines("区划代码,名称,级别", "420502,西陵区,区", "420502001,西陵街道,街道", "420502001001,东风社区,社区")
        ),
    )
    first = blank_office.imports("grids", text_file(tmp_path, lines("网格编码,网格名称", f"{OLD},东风社区第1网格")))
    opened = offices.open_office(blank_office.database, "cli")
    with opened.database.reading() as connection:
        key = places.grid_choices(connection)[0].id
    parts = (Part("第8网格", ("幸福路",)), Part("第9网格"))
    grid_changes.change(opened, actors.find_operator(opened, "值班长"), Wish(GridChangeKind.SPLIT, (key,), parts))
    opened.close()
    undone = blank_office("batch", "undo", str(first.json["batch"]), "--operator", "内勤", "--json")
    assert (undone.status, undone.json["kept"]) == (0, ["东风社区第1网格"])
    assert blank_office("ledger", "verify", "--json").status == 0
