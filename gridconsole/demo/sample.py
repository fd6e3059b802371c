"""An invented district of the size of a preset, made through the same imports that a clerk uses.

Sizes are the ``[sample]`` table of ``data/models/*.toml``; names those of ``data/sample``. The same preset always gives the same
district. Nobody in it is real, and it has no cases.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from gridconsole.demo import cast
from gridconsole.domain.states import Role
from gridconsole.importing.engine import run, take
from gridconsole.importing.options import Options
from gridconsole.importing.sources import Sheet
from gridconsole.resources import read_toml
from gridconsole.services import actors, roster
from gridconsole.store import catalogue, figures, people, places

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

CITY = "9901"
"""Code that no real city has."""
Rows = list[list[str]]
Progress = Callable[[str, int, int], None]
JOINED = "2026-01-05"
_STANDING_IN = "B"


@dataclass(slots=True)
class _Community:
    """A community with its grids."""

    code: str
    name: str
    grids: list[tuple[str, str]] = field(default_factory=list)
    """Code and name."""


class _Names:
    """Names of people, each only once in the district."""

    def __init__(self, seed: str) -> None:
        self.draw = random.Random(seed)  # noqa: S311  invented names
        self.said = read_toml("sample", "names.toml")
        self._taken: set[str] = set()

    def person(self) -> str:
        """Return a name that nobody has yet."""
        surnames, given = self.said["surnames"], self.said["given"]
        while True:
            name: str = self.draw.choice(surnames) + self.draw.choice(given)
            if len(self._taken) > len(surnames) * len(given) // 2:
                name += self.draw.choice(given)[0]
            if name not in self._taken:
                self._taken.add(name)
                return name


def _shares(total: int, parts: int) -> list[int]:
    """Return a total in nearly equal parts."""
    return [total // parts + (place < total % parts) for place in range(parts)]


class _District:
    """An invented district of a preset's size, as the rows of the sheets that a clerk imports."""

    def __init__(self, model: str, today: date) -> None:
        self._preset = read_toml("models", f"{model}.toml")
        self._size: dict[str, Any] = self._preset["sample"]
        self._names, self._today = _Names(model), today
        self._upper = self._subdistricts()
        self._communities = self._with_grids()
        self._wardens: list[tuple[str, str, list[str]]] = []
        """Number, name and grids of each warden."""
        for (above, _, _), count in zip(self._upper, self._wardens_by_subdistrict(), strict=True):
            grids = [code for place in self._communities if place.code.startswith(above) for code, _ in place.grids]
            at = 0
            for share in _shares(len(grids), count):
                self._wardens.append((f"W{len(self._wardens) + 1:04d}", self._names.person(), grids[at : at + share]))
                at += share

    def _wardens_by_subdistrict(self) -> list[int]:
        """Return how many wardens each subdistrict has, by its grids: nobody works in two of them."""
        counts = [
            sum(len(place.grids) for place in self._communities if place.code.startswith(code)) for code, _, _ in self._upper
        ]
        total, wanted = sum(counts), self._size["wardens"]
        found = [count * wanted // total for count in counts]
        # Those that lose most by rounding get one more.
        short = sorted(range(len(counts)), key=lambda place: -(counts[place] * wanted % total))
        for place in short[: wanted - sum(found)]:
            found[place] += 1
        return found

    def _subdistricts(self) -> list[tuple[str, str, str]]:
        """Return code, name and level of the subdistricts and towns."""
        streets, towns, found = self._names.said["streets"], self._size.get("towns", 0), []
        districts = self._districts()
        for (district, _, _), share in zip(districts, _shares(self._size["subdistricts"] + towns, len(districts)), strict=True):
            for serial in range(1, share + 1):
                is_town = district == districts[-1][0] and serial > share - towns
                level = "镇" if is_town else "街道"
                name = f"{streets[(serial - 1) % len(streets)]}{level}"
                found.append((f"{district}{100 + serial if is_town else serial:03d}", name, level))
        return found

    def _districts(self) -> list[tuple[str, str, str]]:
        return [(f"{CITY}{serial:02d}", f"示例{serial}区", "区") for serial in range(1, self._size.get("districts", 1) + 1)]

    def _with_grids(self) -> list[_Community]:
        words, found = self._names.said["communities"], []
        counts = iter(_shares(self._size["grids"], self._size["communities"]))
        for (code_above, _, _), share in zip(self._upper, _shares(self._size["communities"], len(self._upper)), strict=True):
            for serial in range(1, share + 1):
                code = f"{code_above}{serial:03d}"
                name = f"{words[(serial - 1) % len(words)]}{'' if serial <= len(words) else serial}社区"
                grids = [(f"{code}{number:03d}", f"{name}第{number}网格") for number in range(1, next(counts) + 1)]
                found.append(_Community(code, name, grids))
        return found

    def areas(self) -> Rows:
        """Return the sheet of divisions."""
        rows = [["区划代码", "名称", "级别"], [CITY, "示例市", "市"]]
        rows += [[*one] for one in (*self._districts(), *self._upper)]
        return rows + [[place.code, place.name, "社区"] for place in self._communities]

    def grids(self) -> Rows:
        """Return the sheet of grids with their base data."""
        rows = [["网格编码", "网格名称", "面积", "户数", "人口", "四至边界", "党组织", "数据截止日期"]]
        streets = self._names.said["streets"]
        for place in self._communities:
            for number, (code, name) in enumerate(place.grids):
                households = round(self._size["households"] * self._names.draw.uniform(0.92, 1.08))
                boundary = f"东至{streets[number % len(streets)]}路，南至{streets[(number + 5) % len(streets)]}街"
                group = f"{name}党小组" if self._size.get("party_groups") else ""
                counts = [str(self._size.get("area_m2", "")), str(households), str(households * 3)]
                rows.append([code, name, *counts, boundary, group, self._today.isoformat()])
        return rows

    def units(self, majors: list[tuple[str, str]]) -> Rows:
        """Return the sheet of units.

        Args:
            majors: kind and code of the catalogue's major categories; each gets a unit that is responsible for it.
        """
        rows = [["单位编码", "单位名称", "单位类型", "服务区域", "负责类别", "值班", "合同到期日期"]]
        departments, word = self._names.said["departments"], {"component": "部件", "event": "事件"}
        for place, name in enumerate(departments):
            duties = "、".join(f"{word[kind]}{major}" for kind, major in majors[place :: len(departments)])
            rows.append([f"B{place + 1:03d}", name, "专业部门", "", duties, "", ""])
        ends = (self._today + timedelta(days=300)).isoformat()
        contractors = enumerate(self._names.said["contractors"], 1)
        rows += [[f"C{place:03d}", name, "承包单位", "", "", "全天", ends] for place, name in contractors]
        centres = enumerate(self._size.get("centres", ()), 1)
        rows += [[f"Z{place:03d}", f"示例{kind}", kind, "", "", "", ""] for place, kind in centres]
        return rows + self._stations()

    def _stations(self) -> Rows:
        kinds = self._size.get("stations") or (["网格工作站"] if self._size.get("workstations") else [])
        counts = _shares(self._size.get("workstations", len(self._upper) * len(kinds)), len(self._upper))
        return [
            [f"G{code}{serial:02d}", f"{name}{kinds[serial % len(kinds)]}{code[:6]}-{serial + 1}", kinds[serial % len(kinds)], code, "", "", ""]
            for (code, name, _), count in zip(self._upper, counts, strict=True)
            for serial in range(count)
        ]  # fmt: skip

    def people(self) -> Rows:
        """Return the sheet of wardens on their own grids, and of officers of communities."""
        rows = [["工号", "姓名", "联系电话", "人员性质", "负责网格", "主辅", "职责", "岗位类别", "负责社区", "入职日期"]]
        duties = self._preset.get("duties") or ["日常巡查、信息采集"]
        for place, (code, name, grids) in enumerate(self._wardens):
            duty = duties[place % len(duties)]
            rows.append([code, name, f"139{place:08d}", "专职", "、".join(grids), "A", duty, "网格员", "", JOINED])
        each = self._size.get("communities_an_officer")
        groups = [self._communities[first : first + each] for first in range(0, len(self._communities), each)] if each else []
        for number, group in enumerate(groups, 1):
            codes = "、".join(one.code for one in group)
            phone = f"138{number:08d}"
            rows.append([f"J{number:03d}", self._names.person(), phone, "专职", "", "", "社区警务", "社区民警", codes, JOINED])
        return rows

    def seconds(self) -> list[tuple[str, str]]:
        """Return who is B where, by staff number and code of the grid: the warden of the next grid in the community, or of another."""
        first = {grid: code for code, _, grids in self._wardens for grid in grids}
        every = [code for code, _, _ in self._wardens]
        found = []
        for place in self._communities:
            there = list(dict.fromkeys(first[code] for code, _ in place.grids))
            for code, _ in place.grids:
                others = [one for one in there if one != first[code]] or [one for one in every if one != first[code]]
                at = there.index(first[code]) if len(there) > 1 else 0
                found.append((others[at % len(others)], code))
        return found

    def teams(self) -> Rows:
        """Return the sheet of the teams that the preset wants: one in every grid or community."""
        rows = [["队伍名称", "队伍类型", "所属网格", "所属社区", "姓名", "工号", "身份", "职务", "人数"]]
        first = {grid: (code, name) for code, name, grids in self._wardens for grid in grids}
        for kind in self._preset.get("team", ()):
            for place in self._communities:
                if kind.get("scope") == "community":
                    rows += self._team(kind, "", place.code, place.name, first[place.grids[0][0]])
                elif kind.get("scope") == "grid":
                    for code, name in place.grids:
                        rows += self._team(kind, code, "", name, first[code])
        return rows

    def _team(self, kind: dict[str, Any], grid: str, community: str, place: str, leader: tuple[str, str]) -> Rows:
        """Return a team's rows: its leader, somebody of each capacity that the preset names, and more up to its size."""
        name, count = f"{place}{kind['title']}", "20" if kind["kind"] == "volunteer" else ""
        base = [name, kind["title"], grid, community]
        rows = [[*base, leader[1], leader[0], "干部", "队长", count]]
        capacities = [one for one in kind.get("members", ()) if one in ("社会组织", "居民")]
        size = self._names.draw.randint(kind.get("min_size", 1), kind.get("max_size", 1))
        for place_in in range(1, size):
            capacity = capacities[place_in % len(capacities)] if capacities else "其他"
            rows.append([*base, f"{self._names.said['surnames'][place_in]}{place}{place_in}", "", capacity, "队员", ""])
        return rows


def fill(office: Office, model: str, progress: Progress | None = None) -> dict[str, int]:
    """Fill a new office with an invented district of its preset's size; returns how many there are of each register.

    Raises:
        DatabaseUnusable: nothing more could be written.
    """
    district = _District(model, office.today())
    clerk = actors.find_operator(office, Role.CLERK.value)

    def put(kind: str, rows: Rows) -> None:
        if len(rows) == 1:
            return
        digest = hashlib.sha256(repr(rows).encode()).hexdigest()
        outcome = take(office, clerk, kind, f"{kind}.csv", digest, opened=lambda: _sheets(kind, rows), options=Options())
        fault = next((issue for issue in outcome.issues if issue.severity == "error"), None)
        if fault is not None:
            raise AssertionError(fault)

    steps: tuple[Callable[[], object], ...] = (
        lambda: put("areas", district.areas()),
        lambda: put("grids", district.grids()),
        lambda: run(office, clerk, "catalogue", cast.sheet("catalogue")),
        lambda: put("departments", district.units(_majors(office))),
        lambda: put("wardens", district.people()),
        lambda: _put_seconds(office, clerk, district.seconds()),
        lambda: put("teams", district.teams()),
    )
    for done, step in enumerate(steps, 1):
        step()
        if progress:
            progress("registers", done, len(steps))
    with office.database.reading() as connection:
        return figures.totals(connection)


def _sheets(kind: str, rows: Rows) -> Iterator[Sheet]:
    yield Sheet(kind, iter([(number, list(row)) for number, row in enumerate(rows, 1)]))


def _majors(office: Office) -> list[tuple[str, str]]:
    with office.database.reading() as connection:
        return sorted({(one.category.kind.value, one.category.major_code) for one in catalogue.categories(connection)})


def _put_seconds(office: Office, clerk: Actor, posts: list[tuple[str, str]]) -> None:
    with office.database.reading() as connection:
        grids = {choice.code: choice.id for choice in places.grid_choices(connection)}
        staff = {row.code: row.id for row in people.wardens(connection, office.today())}
    roster.assign_many(office, clerk, [(staff[number], grids[grid], _STANDING_IN) for number, grid in posts])
