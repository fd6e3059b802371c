"""Source lists: a number means a case of its own list; lists of earlier imports without a name are still recognised."""

from __future__ import annotations

from pathlib import Path

import pytest
from office_cli import Answer, CommandLine
from sheets import lines, text_file

HEADER = "编号,时间,反映人,电话,内容,地址"
HOTLINE = "1,2026-11-20 09:31,王一,13900001111,甲地水管爆裂,幸福路1号"
PETITION = "1,2026-11-21 09:11,赵一,13900002221,丁地路灯不亮,胜利路9号"


def sheet(folder: Path, *rows: str, header: str = HEADER) -> Path:
    """A list of reports."""
    return text_file(folder, lines(header, *rows), "工单.csv")


def taken(office: CommandLine, folder: Path, *rows: str, source_list: str = "", header: str = HEADER) -> Answer:
    """Import rows as a list."""
    options = ("--source-list", source_list) if source_list else ()
    return office.imports("incidents", sheet(folder, *rows, header=header), *options)


def test_one_number_in_two_lists_is_two_cases_without_a_warning(small_office: CommandLine, tmp_path: Path) -> None:
    assert taken(small_office, tmp_path, HOTLINE, source_list="12345").counts == {"inserted": 1}
    other = taken(small_office, tmp_path, PETITION, source_list="信访")
    assert (other.counts, other.codes) == ({"inserted": 1}, [])
    for row, name in ((HOTLINE, "12345"), (PETITION, "信访")):
        assert taken(small_office, tmp_path, row, source_list=name).counts == {"unchanged": 1}


def test_a_list_of_an_import_without_a_name_is_recognised(small_office: CommandLine, tmp_path: Path) -> None:
    taken(small_office, tmp_path, HOTLINE)
    assert taken(small_office, tmp_path, HOTLINE, source_list="12345").counts == {"unchanged": 1}
    corrected = HOTLINE.replace("水管爆裂", "水管爆裂，水已进屋")
    assert taken(small_office, tmp_path, corrected, source_list="12345").counts == {"updated": 1}


def test_without_a_name_a_number_is_sought_in_every_list_and_the_name_suggested(
    small_office: CommandLine, tmp_path: Path
) -> None:
    taken(small_office, tmp_path, HOTLINE, source_list="12345")
    again = taken(small_office, tmp_path, HOTLINE)
    assert (again.counts, again.codes) == ({"unchanged": 1}, ["W925"])
    assert again.json["issues"][0]["suggestion"].endswith("--source-list 12345")
    assert taken(small_office, tmp_path, "7" + PETITION, header=HEADER + ",备注").codes == [], "other headings"


def test_the_same_row_under_another_name_is_the_same_case(small_office: CommandLine, tmp_path: Path) -> None:
    taken(small_office, tmp_path, HOTLINE, source_list="12345")
    assert taken(small_office, tmp_path, HOTLINE, source_list="12345热线").counts == {"unchanged": 1}
    alike = taken(small_office, tmp_path, HOTLINE.replace("水管爆裂", "水管爆裂了"), source_list="12345热线")
    assert (alike.counts, alike.codes) == ({"inserted": 1}, ["W924"])


def test_a_profile_names_the_list(small_office: CommandLine, tmp_path: Path) -> None:
    small_office("profile", "save", "信访", "incidents", sheet(tmp_path, PETITION))
    taken(small_office, tmp_path, HOTLINE, source_list="12345")
    answer = taken(small_office, tmp_path, PETITION)
    assert (answer.counts, answer.codes) == ({"inserted": 1}, [])
    ((key,),) = small_office.rows("SELECT import_key FROM incident WHERE reporter_name = '赵一'")
    assert key.startswith("list:信访\t1#")


def test_a_retry_belongs_to_the_list_of_its_batch(small_office: CommandLine, tmp_path: Path) -> None:
    wrong = PETITION.replace("2026-11-21 09:11", "11.21")
    batch = taken(small_office, tmp_path, HOTLINE, wrong.replace("1,", "2,", 1), source_list="信访").json["batch"]
    ((options,),) = small_office.rows("SELECT options FROM import_batch WHERE id = ?", batch)
    assert '"source_list":"信访"' in options


@pytest.mark.parametrize("name", ["", "  "])
def test_an_empty_name_is_refused(small_office: CommandLine, tmp_path: Path, name: str) -> None:
    answer = small_office.bare("--operator", "内勤", "import", "incidents", sheet(tmp_path, HOTLINE), "--source-list", name)
    assert answer.status == 2
    assert "--source-list" in answer.err


def test_new_words_about_a_closed_case_are_said(small_office: CommandLine, tmp_path: Path) -> None:
    taken(small_office, tmp_path, HOTLINE)
    ((number,),) = small_office.rows("SELECT number FROM incident")
    small_office.act("受理员", number, "decline", "--reason", "不归本区")
    answer = taken(small_office, tmp_path, HOTLINE.replace("水管爆裂", "水管又爆裂了"))
    assert (answer.counts, answer.codes) == ({"updated": 1}, ["W923"])
    assert number in answer.json["issues"][0]["message"]
    assert "重开" in answer.json["issues"][0]["suggestion"]


def test_an_undone_addition_is_out_of_sight_and_its_entry_stays(small_office: CommandLine, tmp_path: Path) -> None:
    taken(small_office, tmp_path, HOTLINE)
    ((number,),) = small_office.rows("SELECT number FROM incident")
    batch = taken(small_office, tmp_path, HOTLINE.replace("水管爆裂", "水管又爆裂了，电话13800001234")).json["batch"]
    assert "又爆裂" in small_office("incident", "show", number).out
    small_office("batch", "undo", str(batch), "--operator", "内勤")
    shown = small_office("incident", "show", number)
    assert "又爆裂" not in shown.out
    assert f"（随第 {batch} 批导入，已撤销）" in shown.out
    assert small_office("ledger", "verify", "--json").json["ok"] is True
    assert [entry["action"] for entry in small_office("incident", "show", number, "--json").json["timeline"]] == [
        "report",
        "note",
    ]


def test_the_name_of_a_list_says_where_its_cases_come_from(small_office: CommandLine, tmp_path: Path) -> None:
    file = text_file(tmp_path, lines("编号,受理时间,主要内容", "K1,2026-11-20 09:00,路灯不亮"), "周一.csv")
    assert small_office.imports("incidents", file, "--source-list", "12345").counts == {"inserted": 1}
    assert small_office.rows("SELECT source FROM incident") == [("12345",)]
