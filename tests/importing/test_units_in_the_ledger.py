"""Units in the ledger: an entry for each that a list adds or changes; who leads a unit, and duties of the catalogue."""

from __future__ import annotations

import json
from pathlib import Path

from importing.sheets import lines, text_file
from office_cli import CommandLine

from gridconsole.services import roster, setup

HEADING = "单位编码,单位名称,单位类型,上级单位,负责人,联系人,联系电话"
FIRST, SECOND = "D1,城管局,专业部门,,周正,李明,0717-6000001", "D2,环卫所,承包单位,城管局,,,"


def entries(office: CommandLine) -> list[tuple[str, str, object]]:
    """Entries about units: action, code, key of the unit above."""
    rows = office.rows("SELECT action, facts FROM ledger WHERE subject_kind = 'unit' ORDER BY seq")
    return [(action, json.loads(facts)["code"], json.loads(facts)["parent_id"]) for action, facts in rows]


def test_each_unit_that_a_list_adds_or_changes_has_an_entry(blank_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines(HEADING, FIRST, SECOND))
    assert blank_office.imports("departments", file).counts == {"inserted": 2}
    (above,) = blank_office.rows("SELECT id FROM unit WHERE code = 'D1'")[0]
    assert entries(blank_office) == [("unit_add", "D1", None), ("unit_add", "D2", above)]
    assert blank_office.imports("departments", text_file(tmp_path, lines(HEADING, SECOND, FIRST))).counts == {"unchanged": 2}
    assert len(entries(blank_office)) == 2, "a list that changes nothing says nothing"
    moved = text_file(tmp_path, lines(HEADING, FIRST.replace("周正", "吴大海"), SECOND))
    blank_office.imports("departments", moved)
    assert entries(blank_office)[2:] == [("unit_change", "D1", None)]
    assert blank_office("ledger", "verify").status == 0


def test_names_of_people_in_units_can_be_erased(blank_office: CommandLine, tmp_path: Path) -> None:
    blank_office.imports("departments", text_file(tmp_path, lines(HEADING, FIRST)))
    assert blank_office.rows("SELECT count(*) FROM ledger WHERE instr(facts, '周正') > 0") == [(0,)]
    assert "周正" in str(blank_office.rows("SELECT * FROM ledger_personal"))


def test_who_leads_a_unit_is_called_where_the_list_names_nobody_else(blank_office: CommandLine, tmp_path: Path) -> None:
    def people() -> list[tuple[str, str]]:
        return blank_office.rows("SELECT head, contact FROM unit")  # type: ignore[return-value]

    without = "单位编码,单位名称,单位类型,负责人,联系电话"
    blank_office.imports("departments", text_file(tmp_path, lines(without, "D1,城管局,专业部门,周正,0717-6000001")))
    assert people() == [("周正", "周正")]
    blank_office.imports("departments", text_file(tmp_path, lines(without, "D1,城管局,专业部门,吴大海,0717-6000001")))
    assert people() == [("吴大海", "吴大海")]
    blank_office.imports("departments", text_file(tmp_path, lines(HEADING, "D1,城管局,专业部门,,,李明,")))
    assert people() == [("吴大海", "李明")]
    blank_office.imports("departments", text_file(tmp_path, lines(without, "D1,城管局,专业部门,周正,")))
    assert people() == [("周正", "李明")], "a contact of its own stays"


def test_a_duty_is_given_by_its_code_or_title_or_in_own_words(small_office: CommandLine, tmp_path: Path) -> None:
    assert small_office("post", "duties", "--json").json == []
    small_office.change("INSERT INTO duty (code, title, preset) VALUES ('Z03', '劳动保障', 'yichang')")
    assert [one["title"] for one in small_office("post", "duties", "--json").json] == ["劳动保障"]
    sheet = "工号,姓名,负责网格,岗位,职责"
    grids = [code for (code,) in small_office.rows("SELECT code FROM grid ORDER BY code")]
    small_office.imports(
        "wardens",
        text_file(tmp_path, lines(sheet, f"N1,赵一,{grids[-1]},A,ｚ０３", f"N2,钱二,{grids[-1]},B,夜间值守")),
    )
    query = "SELECT p.duty FROM post p JOIN roster_person w ON w.id = p.person_id WHERE w.code = ? ORDER BY p.id"
    assert small_office.rows(query, "N1") == [("劳动保障",)]
    assert small_office.rows(query, "N2") == [("夜间值守",)]


def test_an_office_of_yichang_has_seven_duties(tmp_path: Path) -> None:
    opened = setup.initialise(tmp_path / "office.db", "测试", "yichang", "cli")
    assert [(one.code, one.title) for one in roster.known_duties(opened)][::6] == [("Z01", "信息采集"), ("Z07", "食品安全")]
    assert {one.preset for one in roster.known_duties(opened)} == {"yichang"}
    opened.close()
