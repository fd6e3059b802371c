"""Grids with their base data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from gridconsole.domain.codes import GridKind, Level
from gridconsole.domain.division import AreaClass, is_grid_code, is_platform_code
from gridconsole.domain.spoken import ValueProblem
from gridconsole.domain.text import fold_width, name_key
from gridconsole.domain.views.imports import Issue
from gridconsole.importing import geojson, own_codes, values
from gridconsole.importing.closed_grids import ClosedGrids
from gridconsole.importing.plan import OF_EVENTS, Context, RegisterPlan, RowVerdict
from gridconsole.importing.references import AreaNames, NamedPlace, ordinal_of, stem_of
from gridconsole.importing.roster_writer import RosterWriter
from gridconsole.importing.rows import Column, SheetHeader, SheetRow, layouts
from gridconsole.importing.sections import BySections
from gridconsole.language import listed, t
from gridconsole.store import grid_versions, places

_KINDS = {"基础网格": GridKind.BASIC, "综合网格": GridKind.BASIC, "基础": GridKind.BASIC, "普通": GridKind.BASIC,
          "专属网格": GridKind.DEDICATED, "专属": GridKind.DEDICATED}  # fmt: skip
_CODES = ("XZQHBM", "areaCode")
"""Headings of codes in feature files."""
_LOST = re.compile("[?\ufffd\ue000-\uf8ff]")
"""Characters that replace one that was lost in conversion."""


_COUNTS = ("buildings", "shops", "key_places", "special_groups")
_SEVERAL = re.compile(r"\d\s*[、,;和及]\s*第?\d|\d\s*(至|到|~)\s*第?\d|第\s*\d+\s*-\s*第?\s*\d")
"""Several grids in one name; ``1-2网格`` may be one."""


class GridsPlan(BySections, RegisterPlan):
    """The community comes from its code, its name, or the first twelve digits of the grid's code.

    A feature's code is the one in the form of GB/T 30428.1; without one, it is the code its platform gave it.
    """

    table = "grid"
    defaults: ClassVar[Mapping[str, Any]] = {"kind": GridKind.BASIC.value}
    columns = (
        Column("code", ("网格编码", "网格代码", "网格编号", "编码", "代码", "code", *_CODES), values.code, True, True),
        Column("name", ("网格名称", "网格名", "网格", "名称", "name", "areaName"), values.line, True, True),
        Column("community_code", ("所属社区代码", "社区代码", "上级代码", "CS_XZQHBM"), values.code),
        Column("community", ("所属社区", "社区", "所在社区", "社区名称", "所属社区(村)", "村/社区", "cunshe"), values.line),
        Column("subdistrict", ("所属街道", "所属街道(镇)", "所属镇街", "街道", "镇街", "街道名称", "zhenjie"), values.line),
        Column("kind", ("网格类型", "类型"), values.line),
        Column("area_class", ("区域等级", "环境属性", "等级"), values.code),
        Column("area_m2", ("面积(平方米)", "网格面积", "面积"), values.whole),
        Column("households", ("户数", "户籍户数"), values.count),
        Column("population", ("人口", "人口数", "常住人口"), values.count),
        Column("buildings", ("楼栋数", "楼栋", "楼幢数", "栋数"), values.line),
        Column("shops", ("商铺数", "门店数", "沿街商铺", "商户数", "九小场所"), values.line),
        Column("key_places", ("重点场所数", "重点场所", "重点单位数"), values.line),
        Column("special_groups", ("重点人群数", "重点人群", "特殊人群数", "特殊人群", "重点人员数"), values.line),
        Column("places_as_of", ("场所数据日期",), values.day),
        Column("groups_as_of", ("人群数据日期",), values.day),
        Column("boundary", ("四至边界", "四至范围", "四至", "边界", "网格范围", "管辖范围", "网格位置"), values.line),
        Column("party_group", ("党组织", "党支部", "党小组"), values.line),
        Column("workstation", ("工作站", "网格工作站"), values.line),
        Column("as_of", ("数据截止日期", "截止日期", "更新日期"), values.day),
        Column("geometry", (geojson.GEOMETRY,), geojson.boundary),
    )

    without_codes = layouts(
        columns,
        [("name", beside) for beside in ("community", "households", "boundary", "population")],
        left_out=("code", "geometry"),
        inherits=("community", "subdistrict"),
    )
    signs = frozenset({"households", "population", "boundary", "area_m2"})
    column_of: ClassVar[Mapping[str, str]] = {"area_id": "community"}
    passthrough: ClassVar[Mapping[str, str]] = {
        "subdistrict": "所属街道", "buildings": "楼栋数", "shops": "商铺数", "key_places": "重点场所数", "special_groups": "重点人群数",
    }  # fmt: skip
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"kind": ("基础网格", "专属网格"), "area_class": ("A", "B", "C")}
    example: ClassVar[Mapping[str, str]] = {
        "code": "330106001001001", "name": "东风社区第1网格", "community": "东风社区", "subdistrict": "幸福街道", "kind": "基础网格",
        "households": "260", "boundary": "东至幸福路，南至和平街",
    }  # fmt: skip

    @classmethod
    def is_unlikely(cls, header: SheetHeader, titles: str) -> bool:  # noqa: ARG003  the headings say enough
        """Return whether a list that names grids is a log of visits or events."""
        return any(map(OF_EVENTS.search, header.headings.values()))

    @classmethod
    def recognises(cls, key: str) -> bool:
        """Return whether a text is a grid code: about 15 digits, or a platform's own code of 16 characters."""
        return is_grid_code(key.upper()) or (len(key) == 16 and is_platform_code(key.upper()))

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        areas = places.areas(context.connection)
        self._areas = AreaNames(areas)
        self._division_codes = {area.code: area.name for area in areas}
        self._area_names = {area.id: area.name for area in areas}
        self._said: set[tuple[str, str, str]] = set()
        self._next = grid_versions.next_grid(context.connection)
        self._closed = ClosedGrids(context.connection, self._areas)
        self._touched: set[int] = set()
        """Keys of grids that this file adds or changes."""
        self._by_name = own_codes.Named()
        self._by_number: dict[tuple[int, str, int] | None, list[Mapping[str, Any]]] = {}
        for record in self.known.values():
            if record.get("ends_on") is None:
                self._index(dict(record))

    def take(self, row: SheetRow) -> RowVerdict:
        if not geojson.is_feature(row) and _SEVERAL.search(fold_width(row.values.get("name") or "")):
            row.reject("E234", "网格名称", row.values["name"])
            return RowVerdict.REJECTED
        if geojson.is_feature(row):
            # For a feature without code or name, the message gives its number and name instead of a column.
            row.issues = [issue for issue in row.issues if issue.code != "E201"]
        verdict = super().take(row)
        if verdict in (RowVerdict.INSERTED, RowVerdict.UPDATED):
            record = self.known[(row.values.get("code") or "").upper()] if not geojson.is_feature(row) else None
            if record is not None:
                self._index(dict(record))
        return verdict

    def give_code(self, row: SheetRow) -> None:
        """Give the code of the community's grid of that name or number, or the number in its name as the serial of a new one."""
        if geojson.is_feature(row):
            return
        name = row.values["name"]
        community = self._area(row.values.get("community") or self._sheet_community, row)
        if community is None:
            return
        area, division = community.id, community.code
        full = self._in_context(name, area)
        found = [record for record in self._by_name.find(full) if record["area_id"] == area]
        found = found or self._by_number.get(self._number_of(name, area), [])
        if found:
            # 第一网格 is 第1网格: the grid keeps the name that it has.
            row.values["code"], row.values["name"] = found[0]["code"], self.known[found[0]["code"]]["name"]
            return
        ordinal = ordinal_of(name)
        try:
            code = own_codes.below(division, self.known, ordinal[1] if ordinal else None)
        except own_codes.SerialsUsedUp:
            row.reject("E228", "网格编码", name)
            return
        row.values["code"] = code
        row.repaired("R904", "网格编码", code)

    def _number_of(self, name: str, area: int) -> tuple[int, str, int] | None:
        """Return a grid's community, what its name says besides it, and its number; None if the name has no number."""
        ordinal = ordinal_of(name)
        if ordinal is None:
            return None
        community = name_key(self._area_names.get(area, ""))
        before = "" if ordinal[0] in (community, stem_of(community)[0]) else ordinal[0]
        return area, before, ordinal[1]

    def _index(self, record: Mapping[str, Any]) -> None:
        """Remember a grid by its name and by its number."""
        self._by_name.add(record)
        if record["area_id"] is not None and (number := self._number_of(record["name"], record["area_id"])) is not None:
            self._by_number.setdefault(number, []).append(record)

    def _area(self, word: str, row: SheetRow) -> NamedPlace | None:
        """Return the community that a row without codes names; rejects the row if there is not exactly one."""
        subdistrict = row.values.get("subdistrict") or ""
        found = self._areas.find(word, upper=subdistrict, level=Level.COMMUNITY) if word else None
        if not word:
            row.reject("E201", "所属社区")
        elif found is None and (above := self._areas.several(word, upper=subdistrict, level=Level.COMMUNITY)):
            row.reject("E235", "所属社区", word, listed(above))
        elif found is None:
            row.reject("E401", "所属社区", word, listed(self._areas.near(word)))
        return found

    def _in_context(self, name: str, area: int) -> str:
        """Return a grid's name with its community: 第1网格 is one grid in each community."""
        ordinal = ordinal_of(name)
        return f"{self._area_names.get(area, '')}{name}" if ordinal is not None and not ordinal[0] else name

    def _check_name(self, row: SheetRow, code: str, name: str, area: int) -> None:
        """Refuse a name that another grid of the community has."""
        for other in (*self._by_name.find(name), *self._by_number.get(self._number_of(name, area), ())):
            if other["area_id"] == area and other["code"] != code and self.known[other["code"]]["name"] == other["name"]:
                row.reject("E403", "网格名称", name, str(other["code"]))
                return

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        name = self._name(row)
        code = self._code(row, name)
        if (known := self.known.get(code)) is not None and known.get("ends_on") is not None:
            closed = self._closed.find(code)
            row.reject("E246", "网格编码", code, listed(self._closed.names(closed)) if closed is not None else "")
        area = self._community(row, code, name) if not row.rejected else None
        if area is not None and not geojson.is_feature(row):
            name = self._in_context(name, area)
            self._check_name(row, code, name, area)
        given_fields = row.values.get("kind") or ("专属网格" if "专属网格" in name else "")
        kind = _KINDS.get(given_fields)
        if given_fields and kind is None:
            row.reject("E208", "网格类型", given_fields, listed(_KINDS))
        area_class = (row.values.get("area_class") or "").upper().removesuffix("类")
        if area_class and area_class not in AreaClass.__members__:
            row.reject("E208", "区域等级", area_class, "A、B、C")
        if row.rejected:
            return None
        if not is_grid_code(code) and geojson.is_feature(row):
            row.warn("W934", "网格编码", name, code)
        if row.values.get("subdistrict"):
            row.extra[self.passthrough["subdistrict"]] = row.values["subdistrict"]
        plain = {column: row.values.get(column) for column in ("area_m2", "households", "population")}
        plain |= {column: self._count(row, column) for column in _COUNTS}
        texts = {column: row.values.get(column) or "" for column in ("boundary", "party_group", "workstation")}
        days = {name: row.values.get(name) for name in ("as_of", "places_as_of", "groups_as_of")}
        return {"code": code, "name": name, "area_id": area, "kind": kind.value if kind else None, "area_class": area_class or None, **plain,
                **texts, **{name: day.isoformat() if day else None for name, day in days.items()}, "geometry": geojson.take_boundary(row, name)}  # fmt: skip

    def _add(self, row: SheetRow, key: Any, record: dict[str, Any]) -> RowVerdict:
        verdict = super()._add(row, key, record)
        self._touched.add(self.known[key]["id"])
        return verdict

    def _remember(self, key: int, before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> None:
        self._touched.add(key)
        super()._remember(key, before, after, names)

    def finish(self) -> None:
        """Write what the grids are from today on into the book: one entry each."""
        writer = RosterWriter(self.context)
        writer.grids_as_registered(self._touched)
        writer.write()

    def _count(self, row: SheetRow, column: str) -> int | None:
        """Return a count of places or people; words that are no count are kept with the row by heading."""
        said = row.values.get(column)
        try:
            return values.count(said)
        except ValueProblem:
            row.extra[self.passthrough[column]] = str(said)
            return None

    def said(self, field: str, value: Any) -> Any:
        if field == "area_id":
            return self._area_names.get(value, "")
        return t(f"GridKind.{value}") if field == "kind" else super().said(field, value)

    def _name(self, row: SheetRow) -> str:
        name: str = row.values["name"] or ""
        other = geojson.heading(row, "name", "areaName")
        if other and not name:
            return other
        if other and _LOST.search(name) and not _LOST.search(other):
            row.issues.append(
                Issue(
                    sheet=row.sheet,
                    row=row.number,
                    column="网格名称",
                    code="R931",
                    severity="repaired",
                    value=name,
                    suggestion=other,
                )
            )
            return other
        return name

    def _code(self, row: SheetRow, name: str) -> str:
        """Return the key: a standard code is preferred to a platform's own; the other one is kept with the row by heading."""
        given_fields: str = (row.values["code"] or "").upper()
        if not geojson.is_feature(row):
            # Features bring platform codes; once such a grid is known, any list may use its code.
            if not is_grid_code(given_fields) and given_fields not in self.known:
                row.reject("E205", "网格编码", given_fields)
            return given_fields
        others = {heading: row.extra[heading].upper() for heading in row.extra if heading.lower() in ("xzqhbm", "areacode")}
        given = [code for code in (given_fields, *others.values()) if code]
        code = next(filter(is_grid_code, given), None) or next(filter(is_platform_code, given), "")
        if not given:
            row.reject("E431", geojson.GEOMETRY, name or geojson.NAMELESS, geojson.number_of(row))
        elif not code:
            row.reject("E205", "网格编码", given[0])
        elif code in self._division_codes:
            row.reject("E434", "网格编码", code, self._division_codes[code])
        elif not name:
            row.reject("E201", "网格名称")
        for heading, other in others.items():
            if other == code:
                del row.extra[heading]
        if given_fields and given_fields != code:
            row.extra["其他编码"] = given_fields
        return code

    def _community(self, row: SheetRow, code: str, called: str) -> int | None:
        given_fields, name = row.values.get("community_code") or "", row.values.get("community") or self._sheet_community
        subdistrict = row.values.get("subdistrict") or ""
        other = geojson.heading(row, "parentAreaName") if geojson.is_feature(row) else ""
        if other and (not name or not is_grid_code(code)):
            # Use the name that belongs to the code's system: cunshe with XZQHBM, parentAreaName with areaCode.
            name, other = other, name
        coded = self._areas.by_code(given_fields)
        if coded is not None:
            self._compare(row, coded, name)
            return coded.id
        named = self._areas.find(name, upper=subdistrict, level=Level.COMMUNITY)
        if named is None and not geojson.is_feature(row):
            named = self._areas.find(name, upper=subdistrict)
        if named is not None:
            if given_fields:
                self._once(row, "W931", "所属社区", given_fields, named.name)
            if other and stem_of(other)[0] != stem_of(named.name)[0]:
                row.warn("W936", "所属社区", called, t("word.and_other", first=named.name, second=other))
            return named.id
        coded = None if given_fields or not is_grid_code(code) else self._areas.by_code(code[:12])
        if coded is not None:
            self._compare(row, coded, name)
            return coded.id
        if geojson.is_feature(row):
            row.reject("E433", "所属社区", called, " ".join(dict.fromkeys(filter(None, (name, other, given_fields)))))
        else:
            row.reject("E401", "所属社区", given_fields or name or code[:12], listed(self._areas.near(name)))
        return None

    def _compare(self, row: SheetRow, area: NamedPlace, name: str) -> None:
        if name and stem_of(name)[0] != stem_of(area.name)[0]:
            self._once(row, "W932", "所属社区", name, f"{area.name} {area.code}")

    def _once(self, row: SheetRow, issue: str, column: str, value: str, suggestion: str) -> None:
        if (issue, value, suggestion) not in self._said:
            self._said.add((issue, value, suggestion))
            row.warn(issue, column, value, suggestion)
