"""Units that handle cases: who is mainly responsible for which category, and who stands in.

Each minor has exactly one main unit in every community. A code such as ``部件01-37`` names one minor; a bare
``事件04`` names the whole major.
"""

from __future__ import annotations

from dataclasses import dataclass

BUREAU, OFFICE, CONTRACTOR, SOCIAL, STATION = "专业部门", "街道办事处", "承包单位", "社会组织", "网格工作站"
KIND_WORD = {"component": "部件", "event": "事件"}


@dataclass(frozen=True)
class Unit:
    """One row of the unit ledger."""

    code: str
    name: str
    kind: str
    parent: str = ""
    areas: str = ""
    main: str = ""
    backup: str = ""
    duty: str = "工作时间"


def items(text: str) -> str:
    """Expand ``部件01:01,25 事件05:01`` to ``部件01-01、部件01-25、事件05-01``; a bare major stays as it is."""
    out = []
    for part in text.split():
        major, _, minors = part.partition(":")
        out += [f"{major}-{minor}" for minor in minors.split(",")] if minors else [major]
    return "、".join(out)


# code, name, parent, main, backup, duty
_BUREAUS = (
    (
        "D01",
        "市政设施管理所",
        "住建局",
        "部件01:23,46,52,81,86,88,90 部件02:04,06,07,08,09,12,19,20,21,24,99 事件01:03,13,97 事件05:05 事件06:98",
        "部件01:02,03,04,18,26 部件02:84,85,86 事件05:03,06",
        "工作时间",
    ),
    (
        "D02",
        "环境卫生管理所",
        "综合行政执法大队",
        "部件01:99 部件03:01,02,03,04,05,97 事件01:10,11,14,32,33,37,95 事件05:07",
        "事件01:12,92,93",
        "工作时间",
    ),
    (
        "D03",
        "园林绿化所",
        "住建局",
        "部件01:14 部件04:01,02,04,05,06,07,08,09,10 事件01:17,18,21,22,79,90,91",
        "部件04:93,94,95,96,97,98,99",
        "工作时间",
    ),
    (
        "D04",
        "综合行政执法大队",
        "",
        "部件01:40,45,80 部件02:25 部件03:06,07,08,96 事件02 事件03:01,11,12",
        "事件01 事件04 事件06",
        "全天",
    ),
    (
        "D05",
        "排水管理所",
        "住建局",
        "部件01:02,03,04,18,26 部件02:30 部件05:06,07,08 事件01:25,26,30,81,82 事件05:03,06",
        "部件01:23",
        "全天",
    ),
    ("D06", "路灯管理所", "住建局", "部件01:06,37", "部件01:38,39,78,79", "工作时间"),
    ("D07", "交警大队", "", "部件01:50,51 部件02:01,11,17,83", "部件02:20,25", "全天"),
    ("D08", "供电公司", "", "部件01:28,29,30,54 事件05:08", "部件01:37", "全天"),
    ("D09", "自来水公司", "", "部件01:01,25,93 事件05:01", "", "全天"),
    ("D10", "燃气热力公司", "", "部件01:10,11,49,57,92 部件05:03,04 事件05:02,04", "", "全天"),
    ("D11", "通信公司", "", "部件01:27,31 事件01:80", "事件05:08", "工作时间"),
    (
        "D12",
        "住建局",
        "",
        "部件05:98 事件01:83,98,99 事件03:02,03,04,05,06,07,08,09,10,96,97,98,99 事件05:95,96",
        "部件02:06,07,08,09,99 事件03:01,11,12",
        "工作时间",
    ),
)

# code, name, parent, areas, main, backup, duty
_HELPERS = (
    ("C01", "洁城环境服务有限公司", CONTRACTOR, "环境卫生管理所", "", "事件01:12,92", "部件03:05 事件01:10,11,14,37", "全天"),
    (
        "C02",
        "绿源园林养护有限公司",
        CONTRACTOR,
        "园林绿化所",
        "",
        "部件04:93,94,95,96,97,98,99",
        "部件04:02,04,08,09 事件01:17,18",
        "工作时间",
    ),
    (
        "C03",
        "路畅市政养护有限公司",
        CONTRACTOR,
        "市政设施管理所",
        "",
        "部件02:84,85,86",
        "部件01:01,02,03,04,23,81 事件01:13 事件05:05",
        "全天",
    ),
    ("C04", "亮佳照明工程有限公司", CONTRACTOR, "路灯管理所", "", "部件01:38,39,78,79", "部件01:06,37", "工作时间"),
    (
        "S01",
        "社区志愿服务联合会",
        SOCIAL,
        "",
        "东风街道、和平街道、新华街道、南苑街道",
        "",
        "事件01:07,35 事件02:01 事件04:10",
        "工作时间",
    ),
    ("S02", "邻里社会工作服务中心", SOCIAL, "", "育才街道、北关街道、柳河镇", "", "事件01:28,84 事件06:04", "工作时间"),
)

_OFFICE_MAIN = "事件01:01,02,04,05,06,07,08,19,20,28,29,31,35,36,38,84,87,93,96 事件04 事件06:02,04,96"
_OFFICE_BACKUP = "部件01 部件02 部件03 部件04 部件05 事件02 事件03 事件05"
_STATION_BACKUP = "事件01:07,36 事件02:01 事件04:10"

_COMPETENT = {"自来水公司": "住建局", "燃气热力公司": "住建局"}


def fixed_units(offices: list[tuple[str, str]]) -> list[Unit]:
    """Return the 25 units that are not workstations; offices are (office name, area name) pairs."""
    bureaus = [
        Unit(code, name, BUREAU, parent, "", items(main), items(backup), duty)
        for code, name, parent, main, backup, duty in _BUREAUS
    ]
    street = [
        Unit(f"J{n:02d}", name, OFFICE, "", area, items(_OFFICE_MAIN), items(_OFFICE_BACKUP), "工作时间")
        for n, (name, area) in enumerate(offices, 1)
    ]
    helpers = [
        Unit(code, name, kind, parent, areas, items(main), items(backup), duty)
        for code, name, kind, parent, areas, main, backup, duty in _HELPERS
    ]
    return bureaus + street + helpers


def workstation(number: int, name: str, office: str, areas: list[str]) -> Unit:
    """Return one workstation; it stands in for small matters that neighbours can settle."""
    return Unit(f"Z{number:02d}", name, STATION, office, "、".join(areas), "", items(_STATION_BACKUP), "工作时间")


def covers(listed: str, kind: str, major: str, minor: str) -> bool:
    """Tell whether a responsibility list names the minor, itself or through its major."""
    item = f"{KIND_WORD[kind]}{major}"
    return not {item, f"{item}-{minor}"}.isdisjoint(listed.split("、"))


def catalogue_owner(units: list[Unit], kind: str, major: str, minor: str) -> tuple[str, str]:
    """Return the handling units and the competent department that the catalogue prints for a minor."""
    owners = [unit for unit in units if covers(unit.main, kind, major, minor)]
    if not owners:
        raise ValueError(f"no main unit for {kind} {major}-{minor}")
    first = owners[0]
    if first.kind == OFFICE:
        return "、".join(unit.name for unit in owners), "综合行政执法大队"
    return first.name, first.parent or _COMPETENT.get(first.name, first.name)
