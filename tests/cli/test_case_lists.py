"""Case lists (案件台账): every filter, chosen columns, three formats, masks, and an entry in the ledger for each."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import openpyxl
import pytest
from importing.sheets import lines, text_file
from office_cli import CommandLine

LIST = "工单编号,受理时间,来源,来电人,联系电话,网格,问题分类,内容,诉求地址,经办人,备注"
ROWS = (
    "A1,2026-11-20 09:00,12345,李小明,13912345678,东风社区第1网格,暴露垃圾,李小明说楼下垃圾,幸福路3号,王芳,补充13800001111",
    "A2,2026-11-21 09:00,网格员,,,东风社区第2网格,路灯,路灯不亮,=1+1,,",
    "A3,2026-11-23 09:00,12345,张三,0717-6000001,新民社区第1网格,非法小广告,墙上小广告,和平路1号,,",
)


@pytest.fixture
def office(small_office: CommandLine, tmp_path: Path) -> CommandLine:
    """An office with three cases."""
    assert small_office.imports("incidents", text_file(tmp_path, lines(LIST, *ROWS))).counts == {"inserted": 3}
    return small_office


def refs(office: CommandLine, folder: Path, *options: str) -> list[str]:
    """Numbers of the cases that an export holds, in the list they came from."""
    target = folder / "台账.json"
    target.unlink(missing_ok=True)
    answer = office("export", "incidents", "-o", target, *options, "--operator", "内勤")
    assert answer.status == 0, answer
    return [case["source_ref"] for case in json.loads(target.read_text(encoding="utf-8"))]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), "A1 A2 A3"),
        (("--from", "2026-11-21"), "A2 A3"),
        (("--to", "2026-11-21"), "A1 A2"),
        (("--from", "2026-11-21", "--to", "2026-11-21"), "A2"),
        (("--source", "12345"), "A1 A3"),
        (("--source", "12345", "--source", "网格员上报"), "A1 A2 A3"),
        (("--area", "东风社区"), "A1 A2"),
        (("--area", "东风"), "A1 A2"),
        (("--area", "幸福街道"), "A1 A2 A3"),
        (("--area", "420502001002"), "A3"),
        (("--category", "路灯,暴露垃圾"), "A1 A2"),
        (("--category", "市容环境"), "A1"),
        (("--state", "待受理"), "A1 A2 A3"),
        (("--state", "closed"), ""),
        (("--where", "小类=路灯"), "A2"),
        (("--where", "小类!=路灯", "--where", "来源~=12345"), "A1 A3"),
        (("--where", "附列.经办人~=王"), "A1"),
        (("--where", "附列.没有的="), "A1 A2 A3"),
    ],
)  # fmt: skip
def test_every_filter_finds_its_cases(office: CommandLine, tmp_path: Path, options: tuple[str, ...], expected: str) -> None:
    assert refs(office, tmp_path, *options) == expected.split()


def test_a_unit_is_the_present_handler(office: CommandLine, tmp_path: Path) -> None:
    ((number,),) = office.rows("SELECT number FROM incident WHERE source_ref = 'A1'")
    office.act("受理员", number, "accept")
    if office("incident", "show", number, "--json").json["state"] == "verifying":
        office.act("核查员", number, "verify", "--result", "true")
    office.act("值班长", number, "file", "--rule", "1")
    office.act("派遣员", number, "dispatch", "--to", "城管局")
    assert refs(office, tmp_path, "--unit", "城管局") == ["A1"]
    assert refs(office, tmp_path, "--unit", "环卫所") == []


@pytest.mark.parametrize(
    ("options", "status"),
    [
        (("--area", "没有的社区"), 2), (("--unit", "没有的局"), 2), (("--category", "没有的类"), 2), (("--source", "火星"), 2),
        (("--where", "附列.火星=3"), 2), (("--where", "电话=13800000439"), 2), (("--where", "反映人!=李小明"), 2),
        (("--columns", "没有的列"), 2), (("--where", "乱写"), 2), (("--where", "没有的列=1"), 2),
        (("--from", "2026-11-22", "--to", "2026-11-20"), 2), (("--from", "某天"), 2), (("--reason", "看看"), 2),
    ],
)  # fmt: skip
def test_words_that_mean_nothing_are_refused_and_no_file_is_left(
    office: CommandLine, tmp_path: Path, options: tuple[str, ...], status: int
) -> None:
    target = tmp_path / "台账.xlsx"
    answer = office("export", "incidents", "-o", target, *options, "--operator", "内勤", "--json")
    assert (answer.status, target.exists()) == (status, False)


def test_three_formats_hold_the_same_masked_and_nothing_runs(office: CommandLine, tmp_path: Path) -> None:
    for ending in ("xlsx", "csv", "json"):
        assert office("export", "案件", "-o", tmp_path / f"台账.{ending}", "--operator", "内勤").status == 0
    sheet = openpyxl.load_workbook(tmp_path / "台账.xlsx").active
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][:5] == ["案件号", "来源", "来源编号", "上报时间", "反映人"]
    assert sheet.cell(3, 10).data_type == "s", "=1+1 is text"
    table = list(csv.reader((tmp_path / "台账.csv").read_text(encoding="utf-8-sig").splitlines()))
    records = json.loads((tmp_path / "台账.json").read_text(encoding="utf-8"))
    assert len(cells) == len(table) == len(records) + 1 == 4
    for place, record in enumerate(records, 1):
        assert [str(value) if value is not None else "" for value in cells[place]] == [str(value) for value in record.values()]
    everything = "".join(map(str, [*cells, *table, *records]))
    for hidden in ("13912345678", "13800001111", "李小明", "王芳", "6000001"):
        assert hidden not in everything, hidden
    assert (records[0]["reporter"], records[0]["phone"], records[0]["附列.经办人"]) == ("李**", "139****5678", "王*")
    assert table[2][9] == "'=1+1"


def test_chosen_columns_stand_in_their_order(office: CommandLine, tmp_path: Path) -> None:
    target = tmp_path / "台账.csv"
    office("export", "incidents", "-o", target, "--columns", "小类、案件号,附列.经办人", "--operator", "内勤")
    assert target.read_text(encoding="utf-8-sig").splitlines()[0] == "小类,案件号,附列.经办人"


def test_each_is_an_entry_of_the_ledger_and_unmasking_needs_right_and_reason(office: CommandLine, tmp_path: Path) -> None:
    refs(office, tmp_path, "--source", "12345", "--where", "反映人=李**")
    (entry,) = office("ledger", "show", "--action", "export", "--json").json
    assert {"kind": "incidents", "count": 1, "sources": ["12345"], "where": 1}.items() <= entry["facts"].items()
    assert "李" not in str(entry["facts"])
    target = tmp_path / "全.json"
    assert office("export", "incidents", "-o", target, "--unmask", "--operator", "值班长").status == 4
    assert office("export", "incidents", "-o", target, "--unmask", "--reason", "核对", "--operator", "领导").status == 4
    assert not target.exists()
    assert office("export", "incidents", "-o", target, "--unmask", "--reason", "核对名单", "--operator", "值班长").status == 0
    assert "13912345678" in target.read_text(encoding="utf-8")
    assert len(office("ledger", "show", "--action", "export", "--json").json) == 2


def test_the_list_on_the_terminal_has_the_same_filters(office: CommandLine, tmp_path: Path) -> None:
    found = office("incident", "list", "--area", "东风社区", "--where", "小类=路灯", "--json").json
    assert [case["category"] for case in found] == ["路灯"]
    both = office("incident", "list", "--search", "垃圾", "--source", "12345", "--json").json
    assert [case["category"] for case in both] == ["暴露垃圾"]
    target = tmp_path / "找到的.csv"
    assert office("incident", "list", "--search", "垃圾", "-o", target, "--operator", "内勤").status == 0
    assert len(target.read_text(encoding="utf-8-sig").splitlines()) == 2
    assert office("incident", "list", "--columns", "案件号").status == 2


def test_registers_have_no_such_options(office: CommandLine, tmp_path: Path) -> None:
    assert office("export", "wardens", "-o", tmp_path / "x.csv", "--area", "东风社区").status == 2


def test_a_long_list_is_read_a_few_at_a_time(office: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gridconsole.store import case_lists

    monkeypatch.setattr(case_lists, "AT_ONCE", 2)
    assert refs(office, tmp_path) == ["A1", "A2", "A3"]
