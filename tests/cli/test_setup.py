"""开张 on the command line: the steps of a new office in order, how far each is, and commands that work as printed."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from importing.sheets import lines, text_file
from office_cli import Clock, CommandLine

from gridconsole.cli.app import build


def steps(office: CommandLine) -> dict[str, tuple[bool, list[str]]]:
    """Readiness of each step, and what it waits for."""
    return {one["step"]: (one["ready"], one["waits_for"]) for one in office("setup", "--json").json}


def test_a_new_office_sees_the_steps_in_their_order(blank_office: CommandLine) -> None:
    found = steps(blank_office)
    assert list(found) == ["areas", "grids", "categories", "units", "responsibilities", "wardens", "calendar", "operators"]
    assert found["areas"] == (False, [])
    assert found["grids"] == (False, ["areas"])
    spoken = blank_office("setup")
    assert "下一步：区划" in spoken.out
    assert "gridconsole import areas" in spoken.out
    assert "由值班长、内勤办" in spoken.out, "a command is named with who may run it"


def test_every_command_it_prints_exists(blank_office: CommandLine) -> None:
    tree = build()
    printed = [command for one in blank_office("setup", "--json").json for command in one["commands"]]
    assert len(printed) > 5
    for words in (command.split()[1:] for command in printed):
        node = tree.commands[words[0]]
        assert not hasattr(node, "commands") or words[1] in node.commands, words


def test_three_sheets_of_names_make_an_office(blank_office: CommandLine, tmp_path: Path) -> None:
    areas = lines("街道,社区,户数", "甲街道,甲一社区,2600", "甲街道,甲二社区,2400")
    grids = lines("社区,网格名称,户数", "甲一社区,第1网格,300", "甲一社区,第2网格,310", "甲二社区,第1网格,250")
    roster = lines(
        "序号,姓名,联系电话,社区,负责网格", '1,庚一,13900000041,甲一社区,"1、2网格"', "2,庚二,13900000042,甲二社区,1网格"
    )
    for name, text in (("3网格员.csv", roster), ("2网格.csv", grids), ("1街道.csv", areas)):
        (tmp_path / "表").mkdir(exist_ok=True)
        text_file(tmp_path / "表", text, name)
    taken = blank_office("import", "auto", tmp_path / "表", "--json", "--operator", "内勤")
    assert [(one["kind"], one["inserted"], one["rejected"]) for one in taken.json] == [
        ("areas", 2, 0),
        ("grids", 3, 0),
        ("wardens", 2, 0),
    ]
    hotline = lines(
        "工单编号,来电时间,诉求人,联系方式,诉求内容,所属社区", "H1,2026-11-23 09:00,丁,13900000031,垃圾没人清,甲一社区"
    )
    assert blank_office.imports("incidents", text_file(tmp_path, hotline)).counts == {"inserted": 1}
    ready = {step for step, (is_ready, _) in steps(blank_office).items() if is_ready}
    assert {"areas", "grids", "wardens"} <= ready
    posts = blank_office.rows(
        "SELECT w.name, g.name FROM post p JOIN roster_person w ON w.id = p.person_id AND p.replaced_by IS NULL JOIN grid g ON g.id = p.grid_id ORDER BY 1, 2"
    )
    assert posts == [("庚一", "甲一社区第1网格"), ("庚一", "甲一社区第2网格"), ("庚二", "甲二社区第1网格")]


def test_a_sample_district_is_made_by_command_and_marked_as_invented(
    blank_office: CommandLine, tmp_path: Path, office_clock: Clock
) -> None:
    office_clock.at = datetime.now(UTC)  # a new office begins at the machine's time
    path = tmp_path / "样例.db"
    words = ("--db", path, "init", "--sample", "--password-stdin", "--json")
    answer = blank_office.typing("zhengzaibang7").bare(*words)
    assert answer.status == 0, answer
    assert (answer.json["name"], answer.json["model"]) == ("样例网格化指挥中心", "xdistrict")
    assert (answer.json["sample"]["wardens"], answer.json["sample"]["communities"]) == (207, 90)
    found = blank_office.bare("--db", path, "audit", "--json")
    assert (found.status, found.json["findings"]) == (0, [])
