"""grid split, merge, transfer, undo, changes, as a leader types them."""

from __future__ import annotations

from pathlib import Path

from office_cli import Clock, CommandLine

LEADER = ("--operator", "值班长")
OLD, GRID = "420502001001001", "东风社区第1网格"
SPLIT = ("grid", "split", GRID, "--into", "第8网格:幸福路、和平巷", "--into", "第9网格")


def sheet(folder: Path, *rows: str) -> Path:
    path = folder / "网格.csv"
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def case_at(office: CommandLine, address: str) -> str:
    return office.reports("路灯坏", "--grid", GRID, "--address", address)


def grid_of(office: CommandLine, number: str) -> str:
    return str(office.rows("SELECT g.name FROM incident i JOIN grid g ON g.id = i.grid_id WHERE i.number = ?", number)[0][0])


def test_a_preview_writes_nothing_and_says_where_everything_lands(small_office: CommandLine) -> None:
    number = case_at(small_office, "幸福路3号")
    before = small_office.everything()
    answer = small_office(*SPLIT)
    assert answer.status == 0
    assert f"{number} 幸福路3号" in answer.out and "东风社区第8网格 A 岗" in answer.out and "待重新采集" in answer.out
    assert "--do" in answer.err
    assert small_office.everything() == before


def test_a_split_is_done_listed_and_undone(small_office: CommandLine) -> None:
    numbers = case_at(small_office, "幸福路3号"), case_at(small_office, "远处")
    done = small_office(*SPLIT, "--reason", "户数太多", "--do", *LEADER, "--json")
    assert done.status == 0, done
    assert [(one["name"], one["cases"]) for one in done.json["to"]] == [("东风社区第8网格", 1), ("东风社区第9网格", 1)]
    assert [grid_of(small_office, number) for number in numbers] == ["东风社区第8网格", "东风社区第9网格"]
    assert [one["number"] for one in small_office("grid", "changes", "--json").json] == [1]
    assert "拆分" in small_office("grid", "changes").out
    gone = small_office("grid", "split", OLD, "--into", "a", "--into", "b", "--json")
    assert (gone.status, gone.error) == (4, "C317")
    assert small_office("grid", "undo", "1", *LEADER).status == 0
    assert [grid_of(small_office, number) for number in numbers] == [GRID, GRID]
    again = small_office("grid", "undo", "1", *LEADER, "--json")
    assert (again.status, again.error) == (4, "C323")
    assert small_office("ledger", "verify").status == 0


def test_who_is_named_goes_to_the_part_alone(small_office: CommandLine) -> None:
    done = small_office(*SPLIT, "--post", "W1=第8网格", "--json")
    assert (done.status, done.error) == (4, "C321"), "nobody would be left for the other part"
    wrong = small_office(*SPLIT, "--post", "W1", "--json")
    assert (wrong.status, wrong.json["error"]["code"][:1]) == (2, "U")
    unknown = small_office(*SPLIT, "--post", "W1=第7网格", "--json")
    assert (unknown.status, unknown.json["error"]["code"][:1]) == (2, "U")


def test_grids_are_merged_and_transferred(small_office: CommandLine) -> None:
    merged = small_office("grid", "merge", GRID, "东风社区第2网格", "--do", *LEADER, "--json")
    assert (merged.status, [one["name"] for one in merged.json["to"]]) == (0, [GRID])
    moved = small_office("grid", "transfer", GRID, "新民社区", "--name", "第7网格", "--do", *LEADER, "--json")
    assert (moved.status, [one["name"] for one in moved.json["to"]]) == (0, ["新民社区第7网格"])
    across = small_office("grid", "merge", "新民社区第7网格", "新民社区第7网格", "--json")
    assert (across.status, across.error) == (4, "C318")
    assert small_office("grid", "transfer", "新民社区第7网格", "月球", "--json").status == 2


def test_a_dispatcher_does_not_change_grids(small_office: CommandLine) -> None:
    answer = small_office(*SPLIT, "--do", "--operator", "派遣员", "--json")
    assert (answer.status, answer.error) == (5 if answer.status == 5 else 4, answer.error)
    assert answer.status != 0


def test_an_old_code_still_tells_its_people_and_what_it_became(small_office: CommandLine, office_clock: Clock) -> None:
    office_clock.advance(days=1)
    small_office(*SPLIT, "--do", *LEADER)
    answer = small_office("roster", "who", OLD, "--json")
    assert {one["grid_name"] for one in answer.json} == {"东风社区第8网格", "东风社区第9网格"}
    past = small_office("roster", "who", OLD, "--on", "2026-11-23", "--json")
    assert [(one["grid_name"], [person["number"] for person in one["responsible"]]) for one in past.json] == [(GRID, ["W1"])]
    history = small_office("roster", "history", OLD)
    assert "拆分" in history.out and "东风社区第8网格" in history.out


def test_the_history_of_a_grid_tells_what_changed_and_when(
    small_office: CommandLine, tmp_path: Path, office_clock: Clock
) -> None:
    office_clock.advance(days=1)
    small_office.imports("grids", sheet(tmp_path, "网格编码,网格名称,户数,楼栋数", f"{OLD},{GRID},263,约12栋"))
    small_office.imports("grids", sheet(tmp_path, "网格编码,网格名称,楼栋数", f"{OLD},{GRID},12"))
    turns = [one for one in small_office("roster", "history", GRID, "--json").json if one["kind"] == "data"]
    assert [(one["on"], [(change["what"], change["new"]) for change in one["changes"]]) for one in turns] == [
        ("2026-11-24", [("households", "263"), ("buildings", "12")])
    ]
    assert "户数" in small_office("roster", "history", GRID).out
    office_clock.advance(days=1)
    small_office.imports("grids", sheet(tmp_path, "网格编码,网格名称,户数", f"{OLD},{GRID},270"))
    turns = [one for one in small_office("roster", "history", GRID, "--json").json if one["kind"] == "data"]
    assert [one["on"] for one in turns] == ["2026-11-25", "2026-11-24"]
