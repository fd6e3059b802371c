"""The daily report: every figure is what was acted out that day, by the office's own midnight."""

from __future__ import annotations

from datetime import datetime

from office_cli import Answer, Clock, CommandLine

PLACE = ("--grid", "420502001001001", "--category", "暴露垃圾")


def figures(answer: Answer) -> dict[str, float | None]:
    return {item["key"]: item["value"] for item in answer.json["metrics"]}


def table(answer: Answer, key: str) -> list[list[str | int]]:
    (found,) = (item for item in answer.json["tables"] if item["key"] == key)
    return list(found["rows"])


def to_handling(office: CommandLine, *options: str) -> str:
    number = office.reports("垃圾成堆", *PLACE, *options)
    office.act("受理员", number, "accept")
    office.act("值班长", number, "file", "--rule", "1")
    office.act("派遣员", number, "dispatch", "--to", "城管局")
    return number


def test_a_day_on_which_nothing_happened_has_a_dash_and_no_division(small_office: CommandLine) -> None:
    empty = figures(small_office("report", "daily", "--json"))
    assert empty.pop("on_time_rate") is None
    assert set(empty.values()) == {0}
    assert "按期处置率 -" in small_office("report", "daily").out


def test_every_figure_is_what_was_acted_out(small_office: CommandLine, office_clock: Clock) -> None:
    in_time, late, returned = (to_handling(small_office) for _ in range(3))
    declined, settled, waiting = (small_office.reports("路灯不亮", "--category", "路灯") for _ in range(3))
    untrue = small_office.reports("井盖缺失", "--source", "public")
    small_office.act("受理员", declined, "decline", "--reason", "重复")
    small_office.act("受理员", settled, "settle", "--note", "当场处理")
    small_office.act("受理员", untrue, "accept")
    small_office.act("核查员", untrue, "verify", "--result", "false")
    small_office.act("内勤", returned, "return", "--reason", "不归本局")
    small_office.act("派遣员", returned, "grant")
    small_office.act("派遣员", returned, "dispatch", "--to", "环卫所")
    small_office.act("派遣员", returned, "redispatch", "--to", "城管局", "--reason", "派错")
    small_office.act("派遣员", in_time, "feedback", "--note", "已清理")
    small_office.act("核查员", in_time, "check", "--result", "fail", "--reason", "还有一半")
    small_office.act("派遣员", in_time, "feedback", "--note", "清完了")
    small_office.act("核查员", in_time, "check", "--result", "pass")
    small_office.act("值班长", in_time, "close")
    office_clock.at = datetime.fromisoformat("2026-11-23T23:00:00+08:00")
    day = small_office("report", "daily", "--date", "2026-11-23", "--json")
    assert figures(day) == {
        "reported": 7, "accepted": 5, "settled": 1, "declined": 2, "filed": 3, "dispatched": 3, "redispatched": 1, "returned": 1,
        "fed_back": 2, "reworked": 1, "closed": 1, "reopened": 0, "on_time_rate": None,
    }  # fmt: skip
    assert table(day, "states") == [["待受理", 1, 1], ["处置中", 2, 0], ["待结案", 1, 1]]
    assert table(day, "sources") == [["网格员上报", 6], ["群众反映", 1], ["合计", 7]]
    assert table(day, "categories") == [["暴露垃圾", 3], ["路灯", 3], ["未填", 1], ["合计", 7]]
    assert sorted(table(day, "areas")) == sorted([["幸福街道", 3, 1], ["未填", 4, 0], ["合计", 7, 1]])
    assert table(day, "units") == [["城管局", 2, 0], ["合计", 2, 0]]
    assert waiting == small_office("incident", "list", "--state", "待受理", "--json").json[0]["number"]

    office_clock.at = datetime.fromisoformat("2026-11-25T09:00:00+08:00")
    small_office.act("派遣员", late, "feedback", "--note", "晚了")
    assert figures(small_office("report", "daily", "--json"))["fed_back"] == 1
    due = figures(small_office("report", "daily", "--date", "2026-11-24", "--json"))["on_time_rate"]
    assert due == 33.33, "three were due on the 24th: one was handled in time, one too late, and one is open"


def test_a_day_ends_at_the_offices_midnight(small_office: CommandLine, office_clock: Clock) -> None:
    for moment in (
        "2026-11-23T23:59:59+08:00",
        "2026-11-24T00:00:00+08:00",
        "2026-11-24T23:59:59+08:00",
        "2026-11-25T00:00:00+08:00",
    ):
        office_clock.at = datetime.fromisoformat(moment)
        small_office.reports("垃圾成堆")
    days = {
        day: figures(small_office("report", "daily", "--date", f"2026-11-{day}", "--json"))["reported"] for day in (23, 24, 25)
    }
    assert days == {23: 1, 24: 2, 25: 1}


def test_the_day_is_today_unless_said_otherwise(small_office: CommandLine) -> None:
    assert small_office("report", "daily", "--json").json["period"] == "2026-11-23"
    assert small_office("report", "日报", "--date", " 2026-11-01 ", "--json").json["period"] == "2026-11-01"


def test_the_object_has_the_promised_fields(small_office: CommandLine) -> None:
    made = small_office("report", "daily", "--format", "json").json
    assert list(made) == ["schema", "report", "title", "office", "period", "made_at", "facts", "metrics", "sections", "tables"]
    assert (made["schema"], made["report"], made["title"]) == ("gridconsole.report/2", "daily", "X区网格化指挥中心日报")
    assert made["made_at"] == "2026-11-23T14:00:00+08:00"
    assert all(list(item) == ["key", "title", "value", "unit", "definition"] for item in made["metrics"])
    assert all(list(item) == ["key", "title", "unit", "columns", "kinds", "rows", "total", "notes"] for item in made["tables"])
    assert all(len(row) == len(item["columns"]) for item in made["tables"] for row in item["rows"])
