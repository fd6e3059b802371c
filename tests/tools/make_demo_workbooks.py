"""Make the demonstration workbooks of X District: invented facts in the shape of an office's real ledgers.

Run with ``--limits CSV --out DIR``. The same seed and the same CSV give the same bytes.
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import demo_places as places
import demo_units as units_of
from demo_hotline import hotline_table
from demo_people import People
from demo_places import Community, Subdistrict
from demo_sheet import BookWriter, Cell, Table
from demo_units import Unit

SEED = 20261123
AS_OF = dt.date(2026, 10, 31)
STANDARD = "GB/T 30428.2-2013"
ACTIVE_A_WARDENS, LEAVERS, B_WARDENS = 180, 2, 25
FULL_TIME, TEMPORARY = 60, 22
GAP_GRIDS = 12
# A local facility named after a real place.
LEFT_OUT = {("component", "01", "97")}
DUTIES = (
    "日常巡查、信息采集、事件上报、矛盾调解",
    "日常巡查、部件普查、事件上报、政策宣传",
    "日常巡查、信息采集、特殊人群走访、平安宣传",
    "日常巡查、环境卫生监督、民生代办、安全隐患排查",
)
B_DUTY = "协助主责网格员巡查、节假日值守、代班"


@dataclass
class Grid:
    """One grid before it is written."""

    code: str
    name: str
    community: Community
    kind: str
    area_class: str
    size: int
    households: int
    people: int
    boundary: str
    party: str
    station: str = ""


def save(path: Path, *tables: Table) -> None:
    """Write one workbook."""
    book = BookWriter(path)
    for table in tables:
        book.add(table)
    book.close()


# --- areas ---------------------------------------------------------------------------------------------------------


def area_table(subdistricts: list[Subdistrict]) -> Table:
    """Return the division tree, from the city down to communities."""
    rows: list[list[Cell]] = [
        [places.CITY_CODE, places.CITY_NAME, "市", ""],
        [places.DISTRICT_CODE, places.DISTRICT_NAME, "区", places.CITY_CODE],
    ]
    rows += [[sub.code, sub.name, sub.level, places.DISTRICT_CODE] for sub in subdistricts]
    rows += [[c.code, c.name, c.level, sub.code] for sub in subdistricts for c in sub.communities]
    return Table("行政区划", "示例市X区行政区划代码表", ("区划代码", "名称", "级别", "上级代码"), (16, 20, 8, 16), rows)


# --- grids ---------------------------------------------------------------------------------------------------------


def _lines(stems: tuple[str, str], count: int, main: str, side: str) -> list[str]:
    """Return count + 1 road names: a main road at each end and numbered lanes between."""
    inner = [f"{stems[0]}{places.numeral(n)}{side}" for n in range(1, count)]
    return [stems[0] + main, *inner, stems[1] + main]


def _boundary(community: Community, index: int, total: int) -> str:
    """Return the four sides of the grid: serials run west to east, then north to south, without gaps."""
    columns, rows = 4, -(-total // 4)
    ns = _lines(community.roads_ns, columns, "路", "巷")
    ew = _lines(community.roads_ew, rows, "街", "条")
    column, row = index % columns, index // columns
    east = columns if index == total - 1 else column + 1
    return f"东至{ns[east]}，西至{ns[column]}，南至{ew[row + 1]}，北至{ew[row]}"


def _size(rng: random.Random, area_class: str, village: bool, exclusive: bool) -> int:
    """Return the area in square metres: near 10,000 in the centre, larger toward the edge."""
    if village:
        return rng.randrange(90_000, 420_000, 500)
    if exclusive:
        return rng.randrange(15_000, 120_000, 100)
    low, high = {"A": (8_200, 12_400), "B": (9_500, 19_000), "C": (22_000, 80_000)}[area_class]
    return rng.randrange(low, high, 20)


def _households(rng: random.Random, area_class: str, village: bool) -> int:
    """Return how many households live in a residential grid."""
    if village:
        return rng.randrange(40, 130)
    low, high = {"A": (140, 320), "B": (110, 290), "C": (70, 220)}[area_class]
    return rng.randrange(low, high)


def _exclusive_sites(rng: random.Random, communities: list[Community]) -> dict[str, str]:
    """Choose the communities with an exclusive grid and its place; about six grids in a hundred."""
    chosen = rng.sample([c for c in communities if c.level == "社区"], 54)
    sites = list(places.DISTRICT_SITES)
    kinds = [k for k in places.SITE_KINDS for _ in range(6)]
    rng.shuffle(kinds)
    named = [c.name.removesuffix("社区") + kind for c, kind in zip(chosen[len(sites) :], kinds, strict=False)]
    return {c.code: site for c, site in zip(chosen, sites + named, strict=True)}


def _community_grids(rng: random.Random, community: Community, site: str | None) -> list[Grid]:
    total = rng.randint(8, 12)
    village = community.level == "村"
    grids = []
    for index in range(total):
        serial = index + 1
        own = site if index == total - 1 else None
        households = 0 if own else _households(rng, community.boundary_class, village)
        people = rng.randrange(80, 2_400) if own else round(households * rng.uniform(2.3, 3.1))
        name = f"{community.name}第{serial}网格" + (f"（{own}）" if own else "")
        party = (
            f"{community.name}第{places.numeral(serial)}网格党支部"
            if serial % 3 == 1
            else f"{community.name}第{places.numeral(serial)}网格党小组"
        )
        grids.append(
            Grid(
                f"{community.code}{serial:03d}",
                name,
                community,
                "专属网格" if own else "基础网格",
                community.boundary_class,
                _size(rng, community.boundary_class, village, bool(own)),
                households,
                people,
                _boundary(community, index, total),
                party,
            )
        )
    return grids


def make_grids(rng: random.Random, subdistricts: list[Subdistrict]) -> list[Grid]:
    """Return all grids; a few lack a boundary or a party organisation, as in real ledgers."""
    communities = [c for sub in subdistricts for c in sub.communities]
    sites = _exclusive_sites(rng, communities)
    grids = [grid for c in communities for grid in _community_grids(rng, c, sites.get(c.code))]
    station_of = {
        c.code: places.workstation_name(sub, n)
        for sub in subdistricts
        for n, group in enumerate(places.split_workstations(sub), 1)
        for c in group
    }
    for grid in grids:
        grid.station = station_of[grid.community.code]
    for grid in rng.sample(grids, 7):
        grid.boundary = ""
    for grid in rng.sample(grids, 9):
        grid.party = ""
    return grids


def grid_table(grids: list[Grid]) -> Table:
    """Return the grid ledger."""
    header = (
        "网格编码",
        "网格名称",
        "所属社区代码",
        "所属社区",
        "网格类型",
        "区域等级",
        "面积(平方米)",
        "户数",
        "人口",
        "四至边界",
        "党组织",
        "工作站",
        "数据截止日期",
    )
    rows: list[list[Cell]] = [
        [
            g.code,
            g.name,
            g.community.code,
            g.community.name,
            g.kind,
            g.area_class,
            g.size,
            g.households,
            g.people,
            g.boundary,
            g.party,
            g.station,
            AS_OF,
        ]
        for g in grids
    ]
    return Table("网格", "X区网格基础台账", header, (18, 34, 15, 14, 10, 9, 13, 8, 8, 52, 26, 24, 13), rows)


# --- units ---------------------------------------------------------------------------------------------------------


def make_units(subdistricts: list[Subdistrict]) -> list[Unit]:
    """Return the 25 handling units and the 54 workstations."""
    units = units_of.fixed_units([(sub.office, sub.name) for sub in subdistricts])
    number = 0
    for sub in subdistricts:
        for index, group in enumerate(places.split_workstations(sub), 1):
            number += 1
            # The town's ledger lists codes where the subdistricts list names.
            areas = [c.code if sub.level == "镇" else c.name for c in group]
            units.append(units_of.workstation(number, places.workstation_name(sub, index), sub.office, areas))
    return units


def unit_table(units: list[Unit], people: People) -> Table:
    """Return the unit ledger."""
    header = ("单位编码", "单位名称", "单位类型", "上级单位", "服务区域", "负责类别", "备用类别", "值班", "联系人", "联系电话")
    rows: list[list[Cell]] = [
        [u.code, u.name, u.kind, u.parent, u.areas, u.main, u.backup, u.duty, people.name(people.sex()), people.phone()]
        for u in units
    ]
    return Table("单位", "X区处置单位与网格工作站名录", header, (10, 26, 12, 22, 34, 60, 50, 10, 10, 14), rows)


# --- wardens -------------------------------------------------------------------------------------------------------


def _shares(sizes: dict[str, int], total: int) -> dict[str, int]:
    """Share wardens among workstations by number of grids, largest remainder first, nobody over seven grids."""
    whole = sum(sizes.values())
    exact = {name: total * size / whole for name, size in sizes.items()}
    shares = {name: max(-(-sizes[name] // 7), int(value)) for name, value in exact.items()}
    order = sorted(exact, key=lambda name: exact[name] - shares[name], reverse=True)
    for name in order[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


def _patches(rng: random.Random, grids: list[Grid], wardens: int) -> list[list[Grid]]:
    """Cut a workstation's grids into consecutive patches of 3 to 7, for no two wardens carry quite the same."""
    cuts = [round(len(grids) * n / wardens) for n in range(wardens + 1)]
    for n in range(1, wardens):
        moved = cuts[n] + rng.choice((-1, 0, 0, 1))
        if moved - cuts[n - 1] in range(3, 8) and cuts[n + 1] - moved in range(3, 8):
            cuts[n] = moved
    return [grids[start:end] for start, end in pairwise(cuts)]


def _posts(rng: random.Random, grids: list[Grid]) -> tuple[list[list[Grid]], list[list[Grid]], list[list[Grid]]]:
    """Return the patches of working A wardens, of B wardens and of those who left.

    Nobody took over after the leavers, and a few more grids were never given to anyone.
    """
    by_station: dict[str, list[Grid]] = defaultdict(list)
    for grid in grids:
        by_station[grid.station].append(grid)
    shares = _shares({name: len(found) for name, found in by_station.items()}, ACTIVE_A_WARDENS + LEAVERS)
    patches = [patch for name, found in by_station.items() for patch in _patches(rng, found, shares[name])]
    left = rng.sample([n for n, patch in enumerate(patches) if len(patch) == 5], LEAVERS)
    short = GAP_GRIDS - sum(len(patches[n]) for n in left)
    big = [n for n, patch in enumerate(patches) if n not in left and len(patch) >= 5]
    for n in rng.sample(big, short):
        patches[n] = patches[n][:-1]
    stayed = [patch for n, patch in enumerate(patches) if n not in left]
    helped = sorted(rng.sample(range(len(stayed)), B_WARDENS))
    return stayed, [stayed[n] for n in helped], [patches[n] for n in left]


def _hired(rng: random.Random, kind: str) -> dt.date:
    start = {"专职": dt.date(2018, 3, 1), "兼职": dt.date(2020, 6, 1), "临聘": dt.date(2025, 7, 1)}[kind]
    return start + dt.timedelta(days=rng.randrange((dt.date(2026, 8, 31) - start).days))


def warden_table(rng: random.Random, grids: list[Grid], people: People) -> Table:
    """Return the roster of 207 wardens."""
    main, backup, left = _posts(rng, grids)
    posts: list[tuple[list[Grid], str, dt.date | None]] = [(patch, "A", None) for patch in main]
    posts += [(patch, "A", dt.date(2026, 9, 11 + 9 * n)) for n, patch in enumerate(left)]
    posts.sort(key=lambda post: post[0][0].code)
    posts += [(patch, "B", None) for patch in backup]
    kinds = ["专职"] * FULL_TIME + ["临聘"] * TEMPORARY + ["兼职"] * (len(posts) - FULL_TIME - TEMPORARY)
    rng.shuffle(kinds)
    no_duty = set(rng.sample(range(ACTIVE_A_WARDENS), 3))
    rows: list[list[Cell]] = []
    for n, ((patch, role, gone), kind) in enumerate(zip(posts, kinds, strict=True)):
        sex = people.sex()
        duty = "" if n in no_duty else B_DUTY if role == "B" else rng.choice(DUTIES)
        rows.append(
            [
                f"W{n + 1:03d}",
                people.name(sex),
                sex,
                people.phone(),
                kind,
                "、".join(grid.code for grid in patch),
                role,
                duty,
                patch[0].station,
                _hired(rng, kind),
                gone,
            ]
        )
    header = ("工号", "姓名", "性别", "联系电话", "人员性质", "负责网格", "主辅", "职责", "工作站", "入职日期", "离职日期")
    return Table("网格员", "X区网格员花名册", header, (8, 10, 6, 14, 10, 56, 6, 44, 24, 12, 12), rows)


# --- catalogue -----------------------------------------------------------------------------------------------------


def read_limits(path: Path) -> dict[str, list[dict[str, str]]]:
    """Return the rows to print by kind: a component's municipal rows win over the working copy of the same minor."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if _key(row) not in LEFT_OUT]
    official = {_key(row) for row in rows if row["kind"] == "component" and row["level"] == "municipal"}
    chosen: dict[str, list[dict[str, str]]] = {"component": [], "event": []}
    for row in rows:
        working = row["level"] == "municipal-working-copy"
        if row["kind"] == "component" and (row["level"] == "municipal" or (working and _key(row) not in official)):
            chosen["component"].append(row)
        elif row["kind"] == "event" and working:
            chosen["event"].append(row)
    for found in chosen.values():
        found.sort(key=_key)
    return chosen


def _key(row: dict[str, str]) -> tuple[str, str, str]:
    return row["kind"], row["major_code"], row["minor_code"]


def catalogue_table(sheet: str, rows: list[dict[str, str]], units: list[Unit]) -> Table:
    """Return one half of the catalogue, with merged cells where codes, names and units repeat."""
    names: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        names[row["major_code"]][row["major_name"]] += 1
    out: list[list[Cell]] = []
    for row in rows:
        kind, major, minor = _key(row)
        handler, competent = units_of.catalogue_owner(units, kind, major, minor)
        out.append(
            [
                STANDARD,
                major,
                names[major].most_common(1)[0][0],
                minor,
                row["minor_name"],
                handler,
                competent,
                row["condition"],
                row["close_condition"],
                row["limit_text"],
            ]
        )
    header = ("标准", "大类代码", "大类名称", "小类代码", "小类名称", "处置单位", "主管部门", "立案条件", "结案条件", "处置时限")
    merge = {1: 2, 2: 2, 3: 5, 4: 5, 5: 5, 6: 5}
    return Table(sheet, f"X区城市管理{sheet}立案、处置和结案标准", header, (19, 9, 14, 9, 22, 30, 18, 56, 26, 16), out, merge)


def make(limits: Path, out: Path, seed: int = SEED) -> dict[str, int]:
    """Write the six workbooks and return how many rows each sheet has."""
    out.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    people = People(rng)
    subdistricts = places.build_subdistricts()
    grids = make_grids(rng, subdistricts)
    units = make_units(subdistricts)
    rules = read_limits(limits)
    books = {
        "areas": [area_table(subdistricts)],
        "grids": [grid_table(grids)],
        "departments": [unit_table(units, people)],
        "wardens": [warden_table(rng, grids, people)],
        "catalogue": [catalogue_table("部件", rules["component"], units), catalogue_table("事件", rules["event"], units)],
        "incidents_12345": [hotline_table(rng, subdistricts, people)],
    }
    for name, tables in books.items():
        save(out / f"{name}.xlsx", *tables)
    return {f"{name}/{table.sheet}": len(table.rows) for name, tables in books.items() for table in tables}


def main() -> None:
    """Read the command line and write the workbooks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limits", type=Path, required=True, help="CSV of filing conditions and time limits")
    parser.add_argument("--out", type=Path, required=True, help="directory for the workbooks")
    parser.add_argument("--seed", type=int, default=SEED)
    args = parser.parse_args()
    for name, count in make(args.limits, args.out, args.seed).items():
        print(f"{name}: {count}")


if __name__ == "__main__":
    main()
