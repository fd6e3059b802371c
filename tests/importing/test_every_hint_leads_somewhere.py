"""Every remark of an import that tells what to do: the sheet that provokes it, then what the remark says, and the remark is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from office_cli import CommandLine
from sheets import lines, raw_file, text_file, workbook

from gridconsole.language import keys_of

G1, G2 = "420502001001001", "420502001001002"


@dataclass(frozen=True)
class Way:
    """A sheet with a fault, and the same after the remark was followed; options go with each."""

    kind: str
    fault: str | Callable[[Path], Path]
    mended: str | Callable[[Path], Path]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    known: tuple[tuple[str, ...], ...] = ()
    """Sheets that came in earlier: kind, text and options."""


def cases(*rows: str, heading: str = "编号,受理时间,来电人,联系电话,主要内容") -> str:
    """A list of reports."""
    return lines(heading, *rows)


TIMES = "工号,姓名,负责网格,入职日期,离职日期"


def wardens(*rows: str, heading: str = "工号,姓名,联系电话,负责网格") -> str:
    """A roster."""
    return lines(heading, *rows)


def of_lines(*rows: bytes) -> Callable[[Path], Path]:
    """A text file of bytes."""
    return lambda folder: raw_file(folder, b"".join(row + b"\n" for row in rows), "名单.csv")


def book(*rows: list[Any], hidden: int | None = None) -> Callable[[Path], Path]:
    """A workbook, one of its rows hidden."""

    def hide(_: Any, sheets: Any) -> None:
        if hidden is not None:
            sheets["Sheet1"].set_row(hidden, None, None, {"hidden": True})

    return lambda folder: workbook(folder / "名单.xlsx", {"Sheet1": rows}, hide)


HEAD = "编号,受理时间,主要内容"
CATALOGUE = "类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限"
UNITS = "单位编码,单位名称,单位类型,负责类别"
COMPONENTS = "部件标识码,名称,经度,纬度"
OLD_LIST = ("incidents", cases("H1,2026-11-20 09:00,甲先生,13900000031,楼下垃圾三天没人清运"), "--source-list", "12345")
WAYS: dict[str, Way] = {
    "E201": Way("incidents", cases("A,2026-11-20 09:00,甲,,"), cases("A,2026-11-20 09:00,甲,,路灯坏")),
    "E203": Way("incidents", cases("A,上周三,甲,,路灯坏"), cases("A,2026年11月18日,甲,,路灯坏")),
    "E204": Way("catalogue", lines(CATALOGUE, "事件,1,市容环境,9,乱堆乱放,占道,尽快"), lines(CATALOGUE, "事件,1,市容环境,9,乱堆乱放,占道,4工作时")),
    "E205": Way("catalogue", lines(CATALOGUE, "事件,X1,市容环境,9,乱堆乱放,占道,4工作时"), lines(CATALOGUE, "事件,1,市容环境,9,乱堆乱放,占道,4工作时")),
    "E206": Way("wardens", wardens("W8,庚一,1.39E+10,"), wardens("W8,庚一,13900000041,")),
    "E208": Way("departments", lines(UNITS, "B8,园林所,乱写的,"), lines(UNITS, "B8,园林所,专业部门,")),
    "E209": Way("departments", lines(UNITS, "B8,园林所,专业部门,花草"), lines(UNITS, "B8,园林所,专业部门,事件02")),
    "E211": Way("incidents", cases("A,1026-11-20 09:00,甲,,路灯坏"), cases("A,2026-11-20 09:00,甲,,路灯坏")),
    "E213": Way("incidents", cases("A,2026-11-20 09:00,甲,,#VALUE!"), cases("A,2026-11-20 09:00,甲,,路灯坏")),
    "E214": Way("incidents", cases("A,11月20日 09:00,甲,,路灯坏"), cases("A,11月20日 09:00,甲,,路灯坏"), after=("--year", "2026")),
    "E217": Way("incidents", lines(f"{HEAD},办理状态,结案时间", "A,2026-11-20 09:00,路灯坏,已办结,2026-11-19 09:00"),
                lines(f"{HEAD},办理状态,结案时间", "A,2026-11-20 09:00,路灯坏,已办结,2026-11-21 09:00")),
    "E219": Way("wardens", wardens("2026-01-02,庚一,,"), wardens("1-2,庚一,,")),
    "E223": Way("incidents", lines(HEAD, "A,2026-11-20 09:00,路灯坏,多出来的"), lines(f"{HEAD},备注", "A,2026-11-20 09:00,路灯坏,多出来的")),
    "E224": Way("wardens", lines("工号,姓名,负责网格,入职日期,离职日期", "W8,庚一,,2026-03-01,2026-02-01"),
                lines("工号,姓名,负责网格,入职日期,离职日期", "W8,庚一,,2026-03-01,2026-04-01")),
    "E225": Way("wardens", lines("姓名,负责网格", f"庚一,{G1}"), lines("姓名,负责网格,联系电话", f"庚一,{G1},13900000042"),
                known=(("wardens", wardens("W8,庚一,13900000041,东风社区第1网格", "W9,庚一,13900000042,东风社区第2网格")),)),
    "E226": Way("wardens", wardens("W8,辛二,13900000049,"), wardens("W9,辛二,13900000049,"),
                known=(("wardens", wardens("W8,庚一,13900000041,")),)),
    "E227": Way("areas", lines("区划代码,名称", "42,湖北省", "4205,宜昌市"), lines("区划代码,名称", "4205,宜昌市")),
    "E230": Way("incidents", of_lines(HEAD.encode(), "A,2026-11-20 09:00,路灯坏".encode(), b"B,2026-11-20 09:00,\xff\xff\xff", *[f"C{at},2026-11-20 09:00,路灯坏了".encode() for at in range(6)]),
                of_lines(HEAD.encode(), "A,2026-11-20 09:00,路灯坏".encode(), "B,2026-11-20 09:00,井盖坏".encode())),
    "E232": Way("incidents", cases("A,2026-11-20 星期一 09:00,甲,,路灯坏"), cases("A,2026-11-20 星期五 09:00,甲,,路灯坏")),
    "E233": Way("incidents", cases("A1,2026-11-20 09:00,甲,,路灯坏", "汇总,,,,垃圾成堆"), cases("A1,2026-11-20 09:00,甲,,路灯坏", "B1,2026-11-20 10:00,,,垃圾成堆")),
    "E236": Way("wardens", lines("姓名,联系电话,负责网格", f"庚一,13900000041,{G1}", "王强,,"), lines("姓名,联系电话,负责网格", f"庚一,13900000041,{G1}", "王强,13900000042,")),
    "E234": Way("grids", lines("所属社区,网格名称", '东风社区,"第8、9网格"'), lines("所属社区,网格名称", "东风社区,第8网格", "东风社区,第9网格")),
    "E241": Way("wardens", wardens("W1,𠮷田,,东风社区第2网格"), wardens("W1,𠮷田,,东风社区第2网格", "W9,庚一,,东风社区第1网格")),
    "E401": Way("wardens", wardens("W8,庚一,,东风社区第2网"), wardens("W8,庚一,,东风社区第2网格")),
    "E402": Way("wardens", wardens("W8,庚一,,", "W8,庚二,,"), wardens("W8,庚一,,", "W9,庚二,,")),
    "E405": Way("wardens", wardens("W8,庚一,,"), wardens("W8,庚一,,"), before=("--mode", "update")),
    "W903": Way("incidents", lines(f"{HEAD},联系店话", "A,2026-11-20 09:00,路灯坏,13900000031"),
                lines(f"{HEAD},联系店话", "A,2026-11-20 09:00,路灯坏,13900000031"), after=("--map", "联系店话=联系电话")),
    "W908": Way("incidents", lines(f"{HEAD},社区", "A,2026-11-20 09:00,路灯坏,东风设区"), lines(f"{HEAD},社区", "A,2026-11-20 09:00,路灯坏,东风社区")),
    "W909": Way("incidents", lines(f"{HEAD},问题分类", "A,2026-11-20 09:00,路灯坏,暴露拉圾"), lines(f"{HEAD},问题分类", "A,2026-11-20 09:00,路灯坏,暴露垃圾")),
    "W911": Way("incidents", lines(f"{HEAD},办理状态,结案时间,处置单位", "A,2026-11-20 09:00,路灯坏,已办结,2026-11-20 10:00,住建居"),
                lines(f"{HEAD},办理状态,结案时间,处置单位", "A,2026-11-20 09:00,路灯坏,已办结,2026-11-20 10:00,住建局")),
    "W913": Way("departments", lines(f"{UNITS},上级单位", "B8,园林所,专业部门,,城管居"), lines(f"{UNITS},上级单位", "B8,园林所,专业部门,,城管局")),
    "W914": Way("departments", lines(f"{UNITS},值班", "B8,园林所,专业部门,,看情况"), lines(f"{UNITS},值班", "B8,园林所,专业部门,,全天")),
    "W916": Way("incidents", cases("A,2026-11-20 09:00,甲,1.39E+10,路灯坏"), cases("A,2026-11-20 09:00,甲,13900000031,路灯坏")),
    "W918": Way("incidents", lines("编号,主要内容,登记时刻", "A,路灯坏,2026-11-20 09:00"), lines("编号,主要内容,登记时刻", "A,路灯坏,2026-11-20 09:00"),
                after=("--map", "登记时刻=受理时间")),
    "W920": Way("incidents", cases("H1,2026-11-22 10:00,乙女士,13900000032,路灯坏了一盏"), cases("H2,2026-11-22 10:00,乙女士,13900000032,路灯坏了一盏"),
                known=(("incidents", cases("H1,2026-11-20 09:00,甲先生,13900000031,楼下垃圾三天没人清运")),)),
    "W945": Way("incidents", cases("H1,2026-11-20 09:00,乙女士,13900000032,路灯坏了一盏"), cases("H2,2026-11-20 09:00,乙女士,13900000032,路灯坏了一盏"),
                known=(("incidents", cases("H1,2026-11-20 09:00,甲先生,13900000031,楼下垃圾三天没人清运")),)),
    "E248": Way("wardens", wardens("W7,庚一,新民社区第1网格,,", heading=TIMES), wardens("W7,庚一,新民社区第1网格,2026-11-23,", heading=TIMES),
                known=(("wardens", wardens("W7,庚一,,2020-01-06,2026-11-20", heading=TIMES)),)),
    "W921": Way("wardens", wardens("w8,庚一,13900000041,"), wardens("W8,庚一,13900000041,"), known=(("wardens", wardens("W8,庚一,13900000041,")),)),
    "W922": Way("incidents", cases("A,2026-11-20 09:00,甲,1390000003,路灯坏"), cases("A,2026-11-20 09:00,甲,13900000031,路灯坏")),
    "W946": Way("incidents", cases("A,2026-11-20 09:00,甲,1390000003l,路灯坏"), cases("A,2026-11-20 09:00,甲,13900000031,路灯坏")),
    "W924": Way("incidents", cases("H1,2026-11-20 09:05,甲先生,13900000031,楼下垃圾三天没人清运"), cases("H1,2026-11-20 09:05,甲先生,13900000031,楼下垃圾三天没人清运"),
                before=("--source-list", "平台"), after=("--source-list", "12345"), known=(OLD_LIST,)),
    "W925": Way("incidents", cases("H2,2026-11-21 09:00,乙,13900000032,路灯坏"), cases("H2,2026-11-21 09:00,乙,13900000032,路灯坏"),
                after=("--source-list", "12345"), known=(OLD_LIST,)),
    "W926": Way("incidents", lines(f"{HEAD},办理状态", "A,2026-11-20 09:00,路灯坏,已办结"), lines(f"{HEAD},办理状态,结案时间", "A,2026-11-20 09:00,路灯坏,已办结,2026-11-20 10:00")),
    "W927": Way("departments", lines("单位名称,负责类别", "园林所,"), lines("单位名称,负责类别,单位类型", "园林所,,专业部门")),
    "W928": Way("incidents", book(HEAD.split(","), ["A", "2026-11-20 09:00", "路灯坏"], ["B", "2026-11-20 09:00", "井盖坏"], hidden=1),
                book(HEAD.split(","), ["A", "2026-11-20 09:00", "路灯坏"], ["B", "2026-11-20 09:00", "井盖坏"], hidden=1), after=("--skip-hidden",)),
    "W937": Way("incidents", lines(f"{HEAD},办理时限", "A,2026-11-20 09:00,路灯坏,尽快办"), lines(f"{HEAD},办理时限", "A,2026-11-20 09:00,路灯坏,3个工作日")),
    "W939": Way("incidents", lines("编号,主要内容,办理状态,完成时间,登记时刻", "A,路灯坏,已办结,2026-11-20 10:00,2026-11-20 09:00"),
                lines("编号,主要内容,办理状态,完成时间,登记时刻", "A,路灯坏,已办结,2026-11-20 10:00,2026-11-20 09:00"), after=("--map", "登记时刻=受理时间")),
}  # fmt: skip
ELSEWHERE = {
    "E210": "test_rows_of_registers", "E215": "test_what_people_type", "E216": "test_what_people_type", "E218": "only in old batches",
    "E212": "test_what_people_type", "E221": "test_components", "E228": "test_sheets_without_codes", "E229": "test_sheets_without_codes",
    "E231": "test_own_paper", "E235": "test_lists_of_reports", "E237": "test_sheets_without_codes", "E238": "test_sheets_without_codes",
    "W940": "test_lists_of_reports", "E431": "test_geojson", "E434": "test_geojson", "E432": "test_geojson", "E433": "test_geojson", "E501": "test_feedback_sheets",
    "E502": "test_feedback_sheets", "E503": "test_feedback_sheets", "E504": "test_feedback_sheets", "E505": "test_results_in_slices",
    "W912": "tests/cli/test_reconciling", "W923": "test_numbers_used_again", "W929": "test_encodings_of_lists",
    "W938": "tests/cli/test_person_commands", "W947": "test_kinds_and_folders", "W948": "tests/cli/test_reconciling", "W943": "test_components",
    "E239": "test_departures_in_lists", "E240": "test_departures_in_lists", "W949": "test_departures_in_lists",
    "E246": "test_lists_after_grid_changes", "W950": "test_lists_after_grid_changes", "E242": "test_lists_of_leave", "E243": "test_lists_of_leave", "E244": "test_lists_of_leave",
    "E247": "test_people_who_come_back", "W952": "test_departures_in_lists", "E249": "test_departures_in_lists", "W953": "test_departures_in_lists",
}  # fmt: skip
"""Remarks whose advice is followed by the tests of their own subject, or that only ask to look."""


def file_of(folder: Path, content: str | Callable[[Path], Path]) -> Path:
    """The file of a sheet."""
    return text_file(folder, content) if isinstance(content, str) else content(folder)


@pytest.mark.parametrize("code", WAYS)
def test_what_a_remark_says_makes_it_go_away(small_office: CommandLine, tmp_path: Path, code: str) -> None:
    way = WAYS[code]
    for kind, sheet, *options in way.known:
        assert small_office.imports(kind, text_file(tmp_path, sheet, "以前.csv"), *options).status == 0
    fault = small_office.imports(way.kind, file_of(tmp_path, way.fault), "--dry-run", *way.before)
    assert code in fault.codes, fault.json
    mended = small_office.imports(way.kind, file_of(tmp_path, way.mended), *way.after)
    assert "error" not in mended.json and code not in mended.codes, mended.json
    assert mended.json["rejected"] == 0, mended.json


def test_every_remark_that_gives_advice_is_followed() -> None:
    advising = {key.split(".")[1] for key in keys_of("suggest.")}
    assert sorted(advising - WAYS.keys() - ELSEWHERE.keys()) == []
    assert sorted(WAYS.keys() & ELSEWHERE.keys()) == []
