"""Read the demonstration workbooks back and check that the facts hold together: ``check_demo_workbooks.py DIR``."""

from __future__ import annotations

import sys
from collections import Counter, defaultdict
from pathlib import Path

from demo_units import KIND_WORD, STATION, covers
from python_calamine import CalamineWorkbook

Row = dict[str, str]
FILL_DOWN = ("大类代码", "大类名称", "小类代码", "小类名称", "处置单位", "主管部门")


def read(path: Path, sheet: str, fill: tuple[str, ...] = ()) -> list[Row]:
    """Return the rows of one sheet as text, with merged cells filled down where asked."""
    raw = CalamineWorkbook.from_path(str(path)).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    header = [str(cell) for cell in raw[1]]
    rows: list[Row] = []
    for values in raw[2:]:
        row = {name: str(value) for name, value in zip(header, values, strict=True)}
        for name in fill:
            if not row[name]:
                row[name] = rows[-1][name]
        rows.append(row)
    return rows


def expect(name: str, found: int, low: int, high: int | None = None) -> None:
    """Print a count and fail when it is out of range."""
    print(f"{name}: {found}")
    if not low <= found <= (low if high is None else high):
        raise SystemExit(f"{name}: {found} is not {low}" + (f" to {high}" if high else ""))


def _coverage(units: list[Row], communities: list[Row], minors: set[tuple[str, str, str]], column: str) -> list[int]:
    """Return, for each minor in each community, how many units name it in the column."""
    served = {
        c["区划代码"]: [
            u
            for u in units
            if not u["服务区域"] or not set(u["服务区域"].split("、")).isdisjoint((c["区划代码"], c["名称"], c["subdistrict"]))
        ]
        for c in communities
    }
    return [sum(covers(u[column], *minor) for u in found) for found in served.values() for minor in minors]


def _check_wardens(wardens: list[Row], grids: list[Row]) -> None:
    codes = {g["网格编码"] for g in grids}
    active = [w for w in wardens if not w["离职日期"]]
    owned = [w["负责网格"].split("、") for w in wardens]
    expect("wardens", len(wardens), 207)
    expect("wardens who left", len(wardens) - len(active), 2)
    expect("full-time wardens", sum(w["人员性质"] == "专职" for w in wardens), 60)
    expect("fewest grids of a warden", min(map(len, owned)), 3, 7)
    expect("most grids of a warden", max(map(len, owned)), 3, 7)
    expect("unknown grids in the roster", len({c for found in owned for c in found} - codes), 0)
    roles: dict[str, set[str]] = defaultdict(set)
    mains: Counter[str] = Counter()
    for warden in active:
        for code in warden["负责网格"].split("、"):
            roles[code].add(warden["主辅"])
            mains[code] += warden["主辅"] == "A"
    expect("grids with no working warden", len(codes - roles.keys()), 12)
    expect("grids with A and B", sum(len(found) == 2 for found in roles.values()), 50, 200)
    expect("most A wardens on one grid", max(mains.values()), 1)


def _check_areas(areas: list[Row]) -> list[Row]:
    by_code = {a["区划代码"]: a for a in areas}
    communities = [a for a in areas if a["级别"] in ("社区", "村")]
    expect("communities", len(communities), 90)
    expect("subdistricts and towns", sum(a["级别"] in ("街道", "镇") for a in areas), 7)
    expect("distinct community names", len({c["名称"] for c in communities}), 90)
    expect("orphan areas", sum(bool(a["上级代码"]) and a["上级代码"] not in by_code for a in areas), 0)
    for community in communities:
        community["subdistrict"] = by_code[community["上级代码"]]["名称"]
    return communities


def main(folder: Path) -> None:
    """Check all six workbooks."""
    communities = _check_areas(read(folder / "areas.xlsx", "行政区划"))
    grids = read(folder / "grids.xlsx", "网格")
    expect("grids", len(grids), 880, 920)
    expect("distinct grid codes of 15 digits", len({g["网格编码"] for g in grids if len(g["网格编码"]) == 15}), len(grids))
    expect(
        "grids of a known community", sum(g["所属社区代码"] in {c["区划代码"] for c in communities} for g in grids), len(grids)
    )
    expect("exclusive grids", sum(g["网格类型"] == "专属网格" for g in grids), 50, 58)
    expect("grids without a boundary", sum(not g["四至边界"] for g in grids), 7)
    expect("grids without a party organisation", sum(not g["党组织"] for g in grids), 9)
    units = read(folder / "departments.xlsx", "单位")
    expect("handling units", sum(u["单位类型"] != STATION for u in units), 25)
    expect("workstations", sum(u["单位类型"] == STATION for u in units), 54)
    names = {u["单位名称"] for u in units}
    expect("unknown parents", sum(bool(u["上级单位"]) and u["上级单位"] not in names for u in units), 0)
    expect("unknown workstations of grids", len({g["工作站"] for g in grids} - names), 0)
    _check_wardens(read(folder / "wardens.xlsx", "网格员"), grids)
    minors: set[tuple[str, str, str]] = set()
    handlers: set[str] = set()
    for kind, sheet in KIND_WORD.items():
        rows = read(folder / "catalogue.xlsx", sheet, FILL_DOWN)
        found = {(kind, row["大类代码"], row["小类代码"]) for row in rows}
        handlers |= {name for row in rows for name in row["处置单位"].split("、")}
        expect(f"{sheet} conditions", len(rows), 100, 400)
        expect(f"{sheet} minors", len(found), 85, 100)
        minors |= found
    expect("catalogue handlers that are no unit", len(handlers - names), 0)
    main_counts = _coverage(units, communities, minors, "负责类别")
    expect("fewest main units of a minor in a community", min(main_counts), 1)
    expect("most main units of a minor in a community", max(main_counts), 1)
    expect("fewest backup units of a minor in a community", min(_coverage(units, communities, minors, "备用类别")), 1, 9)
    calls = read(folder / "incidents_12345.xlsx", "12345工单")
    expect("hotline calls", len(calls), 60)
    expect("calls without a category", sum(not c["问题分类"] for c in calls), 4, 10)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
