"""An import that was undone counts nowhere: every report, list and counter is what it was before it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from office_cli import CommandLine
from sheets import lines, text_file

from gridconsole.reporting.registry import KINDS

HEADER = "工单编号,受理时间,来电人,电话,网格,问题分类,主要内容,办理状态,派遣时间,处置时间,结案时间"
OPEN = "A1,2026-11-23 08:00,王一,13900001111,东风社区第1网格,暴露垃圾,楼下垃圾,,,,"
OLDER = "A2,2026-11-20 08:00,王二,13900001112,东风社区第1网格,暴露垃圾,垃圾成堆,,,,"
OVER = "A3,2026-11-20 08:00,王三,13900001113,东风社区第1网格,暴露垃圾,墙上小广告,已结案,2026-11-20 09:00,2026-11-20 11:00,2026-11-20 16:00"
LATE = "A4,2026-11-16 08:00,王四,13900001114,东风社区第1网格,暴露垃圾,河里垃圾,已结案,2026-11-16 09:00,2026-11-20 11:00,2026-11-20 16:00"
DAYS = ("2026-11-16", "2026-11-20", "2026-11-23")


def read(office: CommandLine) -> dict[str, Any]:
    """All that the office can be asked, without the time at which it was asked."""
    found: dict[str, Any] = {}
    for kind in KINDS:
        for day in DAYS:
            answer = office("report", kind, "--date", day, "--json").json
            answer.pop("made_at", None)  # a refusal has none
            answer.get("facts", {}).pop("校验码", None)  # the newest entry, which is that of the import or of its undoing
            found[kind, day] = answer
    for words in (("--all",), ("--all", "--search", "垃圾"), ("--all", "--search", "王三"), ()):
        found[words] = office("incident", "list", *words, "--json").json
    found["alarms"] = office("alarm", "list", "--json").json
    found["calls"] = office("callback", "list", "--json").json
    sheet = office("handover", "sheet", "--json").json
    found["sheet"] = {name: sheet[name] for name in ("totals", "lines") if name in sheet}
    return found


def test_import_and_undo_change_nothing_that_is_counted(small_office: CommandLine, tmp_path: Path) -> None:
    small_office.reports("路灯不亮", "--category", "路灯")
    before = read(small_office)
    sheet = text_file(tmp_path, lines(HEADER, OPEN, OLDER, OVER, LATE))
    taken = small_office.imports("incidents", sheet)
    assert taken.counts == {"inserted": 4}
    during = read(small_office)
    assert {key for key in before if before[key] != during[key]} >= {
        ("daily", "2026-11-23"), ("daily", "2026-11-20"), ("daily", "2026-11-16"), ("--all",), ("--all", "--search", "垃圾"),
    }  # fmt: skip
    small_office("batch", "undo", str(taken.json["batch"]), "--operator", "内勤")
    after = read(small_office)
    assert {key for key in before if before[key] != after[key]} == set()
    # Imported again, the rows count once.
    small_office.imports("incidents", sheet)
    assert read(small_office)["daily", "2026-11-20"] == during["daily", "2026-11-20"]


def test_a_withdrawn_case_is_still_found_by_its_number(small_office: CommandLine, tmp_path: Path) -> None:
    taken = small_office.imports("incidents", text_file(tmp_path, lines(HEADER, OPEN)))
    small_office("batch", "undo", str(taken.json["batch"]), "--operator", "内勤")
    ((number,),) = small_office.rows("SELECT number FROM incident WHERE source_ref = 'A1'")
    assert small_office("incident", "show", number, "--json").json["state"] == "voided"
