"""Divisions: city to community."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from gridconsole.domain.codes import Level
from gridconsole.domain.division import DivisionCode, is_grid_code, is_province, level_of_name, parent_code, parse_division
from gridconsole.domain.text import fold_width, name_key
from gridconsole.domain.views.imports import Issue
from gridconsole.importing import geojson, own_codes, values
from gridconsole.importing.plan import Context, Mode, RegisterPlan, RowVerdict
from gridconsole.importing.references import AreaNames, stem_of
from gridconsole.importing.rows import Column, SheetRow
from gridconsole.language import listed, t

_WHOLE = 12
"""Digits of a whole code."""
_OWN_DISTRICT = "990001"
"""Beginning of own codes while no district is registered; no province has the number 99."""
_SUBDISTRICT = "所属街道"
"""Heading under which a community keeps the subdistrict its sheet names."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A record of the register as references see it."""

    id: int
    code: str
    name: str
    level: Level
    parent_id: int | None


_TOWN_TITLES = (
    "街道", "街道名称", "所属街道", "镇街", "所属镇街", "乡镇", "乡镇街道", "乡镇(街道)", "街道(镇)", "街道(乡镇)", "镇(街道)", "所属街道(镇)",
)  # fmt: skip
_COMMUNITY_TITLES = (
    "社区", "社区名称", "所属社区", "村/社区", "社区/村", "村(社区)", "社区(村)", "村社区", "村居", "行政村", "村名", "村(居)", "居委会",
)  # fmt: skip


_TOWN = re.compile(".*(街道|街道办|街道办事处|镇|乡|苏木|街|地区|开发区|园区|林场|农场)")
_COMMUNITY = re.compile(".*(社区|村|居委会|村委会|小区|里|苑|嘎查)")
_PLAIN_NAME = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff·]{2,8}")
_NO_NAME = re.compile("(备注|说明|合计|小计|总计|空白|以上|以下|日期|时间|制表|填表|审核|打印).*|第.{1,3}页")
_OFFICE = re.compile(".*(?<!街)(?<!街道)(?<!管委)[办科局组页处股委会部]")
_LEVEL_OF = {"街道": Level.SUBDISTRICT, "社区": Level.COMMUNITY}


def _is_no_division(name: str, ending: re.Pattern[str], *, is_town: bool = False) -> bool:
    """Return whether a text is no name of a division: it has no usual ending, and is a date, a count, a note, or for a town an office."""
    said = fold_width(name).strip()
    if ending.fullmatch(said) is not None:
        return False
    is_office = is_town and _OFFICE.fullmatch(said) is not None and not said.endswith("管委会")
    return _PLAIN_NAME.fullmatch(said) is None or _NO_NAME.fullmatch(said) is not None or is_office


_BESIDE = {"officer": "书记", "phone": "电话", "grid_count": "网格数", "households": "户数", "population": "人口"}
"""Headings under which the further columns of a list of communities are kept."""


class AreasPlan(RegisterPlan):
    """Level and parent come from the code; a stated level must agree with it.

    If two code systems are mixed, a community's code may lie under another subdistrict than its row names. The name then decides,
    provided that a subdistrict of that name is registered.
    """

    table = "area"
    columns = (
        Column(
            "code",
            ("区划代码", "行政区划代码", "统计用区划代码", "区域代码", "编码", "代码", "code", "xzqhbm", "areaCode"),
            values.code,
            True,
            True,
        ),
        Column("name", ("名称", "区划名称", "区域名称", "单位名称", "cunshe", "name", "areaName"), values.line, True, True),
        Column("level", ("级别", "层级", "level"), values.line),
        Column("parent", ("上级代码", "上级区划代码", "parentCode", "parentAreaCode", "zj_xzqhbm"), values.code),
        Column("subdistrict", (_SUBDISTRICT, "所属街道(镇)", "所属镇街", "zhenjie"), values.line),
        Column("geometry", (geojson.GEOMETRY,), geojson.boundary),
    )

    without_codes = (
        (
            Column("subdistrict", _TOWN_TITLES, values.line, required=True, inherits=True),
            Column("community", _COMMUNITY_TITLES, values.line, required=True),
        ),
    )
    when_named = (
        (
            Column("community", _COMMUNITY_TITLES, values.line, required=True),
            # What such lists have besides: kept with the community, and a sign that the row is their header.
            Column("officer", ("书记", "社区书记", "党委书记", "支部书记", "主任", "社区主任", "负责人"), values.line),
            Column("phone", ("电话", "联系电话", "联系方式", "办公电话"), values.line),
            Column("grid_count", ("网格数", "网格数量", "网格个数"), values.line),
            Column("households", ("户数", "总户数"), values.line),
            Column("population", ("人口", "人口数", "总人口"), values.line),
        ),
    )
    column_of: ClassVar[Mapping[str, str]] = {"parent_id": "parent"}
    passthrough: ClassVar[Mapping[str, str]] = {"subdistrict": _SUBDISTRICT}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"level": ("区", "街道", "镇", "社区", "村")}
    example: ClassVar[Mapping[str, str]] = {"code": "330106001001", "name": "东风社区", "level": "社区", "parent": "330106001"}

    @classmethod
    def recognises(cls, key: str) -> bool:
        """Return whether a text is a division code: 6, 9 or 12 digits."""
        return parse_division(key) is not None

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._section = ""
        """The subdistrict that the last section row names."""
        self._names: AreaNames | None = None
        self._late: list[tuple[dict[str, Any], int]] = []
        """Records whose parent was only known at the end, with its key."""

    def take(self, row: SheetRow) -> RowVerdict:
        if geojson.is_feature(row):
            # For a feature without code or name, the message gives its number and name instead of a column.
            row.issues = [issue for issue in row.issues if issue.code != "E201"]
        if "community" in row.values:
            return self._take_names(row)
        return super().take(row)

    def sheet(self, name: str, titles: str) -> None:  # noqa: ARG002  a section ends with its table
        self._section = ""

    def begins_section(self, row: SheetRow) -> bool:
        """Take a row with nothing but a subdistrict as that of the communities below, in a list that names no subdistricts."""
        if "community" not in row.values or "subdistrict" in row.values:
            return False
        said = {str(cell).strip() for cell in row.cells if cell not in (None, "")}
        name = said.pop() if len(said) == 1 else ""
        if _TOWN.fullmatch(name) is None or _COMMUNITY.fullmatch(name) is not None:
            return False
        self._section = name
        return True

    def _take_names(self, row: SheetRow) -> RowVerdict:
        """Register the subdistrict and the community that a row of a sheet without codes names; those not known get own codes."""
        subdistrict, community = row.values.get("subdistrict") or "", row.values["community"] or ""
        row.extra |= {title: said for name, title in _BESIDE.items() if (said := row.values.get(name))}
        subdistrict = subdistrict or self._section
        if not subdistrict and "subdistrict" not in row.values:
            return self._take_community(row, community)
        if not subdistrict:
            row.reject("E201", "街道")
        for name, title, pattern in ((subdistrict, "街道", _TOWN), (community, "社区", _COMMUNITY)):
            is_bare = not any(value for heading, value in row.extra.items() if heading not in _BESIDE.values())
            doubted = is_bare and _is_no_division(name, pattern, is_town=title == "街道")
            if name and not row.rejected and doubted and not self._of_name(name, _LEVEL_OF[title]):
                row.reject("E238", title, name)
        upper = "" if row.rejected else self._named(subdistrict, Level.SUBDISTRICT, self._district(subdistrict, row), row)
        if row.rejected:
            return RowVerdict.REJECTED
        above = replace(row, values={"code": upper, "name": self._fuller(upper, subdistrict)}, extra={}, issues=[])
        verdict = RegisterPlan.take(self, above) if upper not in self._seen else RowVerdict.UNCHANGED
        if not community:
            row.issues += above.issues
            return verdict
        code = self._named(community, Level.COMMUNITY, upper, row)
        if row.rejected:
            return RowVerdict.REJECTED
        row.values = {"code": code, "name": self._fuller(code, community)}
        return super().take(row)

    def _take_community(self, row: SheetRow, community: str) -> RowVerdict:
        """Register a community of a sheet that names no subdistricts: that of the name, or a new one of the only subdistrict."""
        if not community:
            row.reject("E201", "社区")
        known = self._of_name(community, Level.COMMUNITY) if community else []
        if community and not known and not row.extra and _is_no_division(community, _COMMUNITY):
            row.reject("E238", "社区", community)
        uppers = [code for code, area in self.known.items() if area["level"] == Level.SUBDISTRICT]
        if len(known) > 1 or (not known and len(uppers) != 1):
            row.reject("E237", "社区", community, listed(self.known[code]["name"] for code in uppers))
        code = known[0] if len(known) == 1 else "" if row.rejected else self._named(community, Level.COMMUNITY, uppers[0], row)
        if row.rejected:
            return RowVerdict.REJECTED
        row.values = {"code": code, "name": self._fuller(code, community)}
        return super().take(row)

    def _named(self, name: str, level: Level, upper: str, row: SheetRow) -> str:
        """Return the code of the division of a name below another one; a new one gets the next own code."""
        found = self._of_name(name, level, upper)
        if found:
            return found[0]
        try:
            code = own_codes.below(upper, self.known)
        except own_codes.SerialsUsedUp:
            row.reject("E228", "区划代码", name)
            return ""
        row.repaired("R905", "区划代码", code, name)
        return code

    def _fuller(self, code: str, name: str) -> str:
        """Return the known name of a division if the given one is only its stem."""
        known = self.known.get(code)
        is_stem = known is not None and stem_of(name_key(known["name"]))[0] == name_key(name)
        return str(known["name"]) if known is not None and is_stem else name

    def _of_name(self, name: str, level: Level, upper: str = "") -> list[str]:
        """Return the codes of the divisions of a level and name below another one."""
        return [
            code
            for code, area in self.known.items()
            if area["level"] == level and code.startswith(upper) and _may_be_named(name, area["name"])
        ]

    def _district(self, subdistrict: str, row: SheetRow) -> str:
        """Return the code of the district of a subdistrict: a known one's, or the only one; rejects the row if there are several."""
        known = self._of_name(subdistrict, Level.SUBDISTRICT)
        if len(known) == 1:
            return known[0][:6]
        found = {code for code, area in self.known.items() if area["level"] == Level.DISTRICT}
        found = found or {code[:6] for code, area in self.known.items() if area["level"] == Level.SUBDISTRICT}
        if len(found) > 1:
            row.reject("E229", "区划代码", listed(sorted(found)))
        return found.pop() if len(found) == 1 else _OWN_DISTRICT

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        code = row.values["code"] or geojson.heading(row, "xzqhbm", "areaCode")
        name = row.values["name"]
        called = geojson.heading(row, "name", "areaName") or name
        if geojson.is_feature(row):
            name = name or called
            if not code:
                row.reject("E431", geojson.GEOMETRY, called or geojson.NAMELESS, geojson.number_of(row))
            elif not name:
                row.reject("E201", "名称")
            elif is_grid_code(code):
                row.reject("E432", "区划代码", called, code)
        division = self._division(row, code, name)
        if division is None or row.rejected:
            return None
        given_fields = row.values.get("level")
        if given_fields and (level := level_of_name(given_fields)) is not None and level is not division.level:
            row.reject("E207", "级别", given_fields, code)
            return None
        subdistrict = row.values.get("subdistrict") or ""
        if subdistrict:
            row.extra[_SUBDISTRICT] = subdistrict
        elif division.code in self.known and not self.clears(row, "subdistrict"):
            subdistrict = _given_subdistrict(self.known[division.code])
        if division.level is Level.SUBDISTRICT:
            self._names = None
        return {"code": division.code, "name": name, "level": division.level.value,
                "parent_id": self._parent(division.code, division.level, subdistrict)[0], "geometry": geojson.take_boundary(row, name)}  # fmt: skip

    @staticmethod
    def _division(row: SheetRow, code: str, name: str) -> DivisionCode | None:
        """Return the division of a code; None after rejecting the row."""
        division = parse_division(code)
        if is_province(code):
            row.reject("E227", "区划代码", name, code)
        elif division is not None and _is_unpadded(code, name, row.values.get("parent") or "", division.level):
            division = DivisionCode(code, Level.COMMUNITY, code[:9])
            row.warn("W935", "区划代码", name, code)
        elif division is None and not row.rejected:
            row.reject("E205", "区划代码", code)
        return division

    def said(self, field: str, value: Any) -> Any:
        if field == "parent_id":
            return next((area["name"] for area in self.known.values() if area["id"] == value), "")
        return t(f"Level.{value}") if field == "level" else super().said(field, value)

    def given_fields(self, record: Mapping[str, Any]) -> Mapping[str, Any]:
        # The parent is looked up and may only be found between a row and its repetition, so it is not compared.
        return {name: value for name, value in record.items() if name != "parent_id"}

    def related_fields(self, row: SheetRow) -> str:
        return row.values.get("subdistrict") or ""

    def _parent(self, code: str, level: str, subdistrict: str) -> tuple[int | None, str]:
        """Return the key of the parent division and the issue it raises: W905 if it is missing, W933 if the name decided."""
        upper = parent_code(code)
        if upper is None:
            return None, ""
        above = self.known.get(upper)
        if level == Level.COMMUNITY and subdistrict and (above is None or not _same_name(above["name"], subdistrict)):
            named = [area for area in self._areas().candidates(subdistrict) if area.code[:6] == code[:6]]
            if len(named) == 1:
                return named[0].id, "W933"
        if above is not None:
            return above["id"], ""
        return None, "W905" if len(upper) > 4 else ""

    def _areas(self) -> AreaNames:
        if self._names is None:
            subdistricts = (record for record in self.known.values() if record["level"] == Level.SUBDISTRICT)
            self._names = AreaNames(
                _Known(record["id"], record["code"], record["name"], Level(record["level"]), None) for record in subdistricts
            )
        return self._names

    def conclude(self) -> None:
        """Look up parents again: a parent may be below its children in the sheet, or come with a later file."""
        said: set[tuple[str, str, str]] = set()
        for code, record in self.known.items():
            here = self._seen.get(code)
            untouched = here is None or (self.context.mode is Mode.INSERT and record["batch_id"] != self.context.batch)
            if untouched and record["parent_id"] is not None:
                continue
            subdistrict = _given_subdistrict(record)
            parent, issue = self._parent(code, record["level"], subdistrict)
            if parent is not None and parent != record["parent_id"]:
                self._late.append((record, parent))
            if here is not None and issue:
                upper = parent_code(code) or ""
                if upper == _OWN_DISTRICT or upper.endswith("000"):
                    continue  # there is no such division: of an office without codes, or with a community directly below a district
                about = issue, upper, subdistrict if issue == "W933" else ""
                if about not in said:
                    said.add(about)
                    self.late_issues.append(Issue(*here[:2], "上级代码", issue, "warning", upper, subdistrict))

    def finish(self) -> None:
        """Set late parents, which must be stored first."""
        self.revise([record for record, _ in self._late], "parent_id", [parent for _, parent in self._late])


def _is_unpadded(code: str, name: str, parent: str, level: Level) -> bool:
    """Return whether the zeros at the end of a code are no padding.

    The row's parent is the division that removing them would give, or the name is one of a community (某镇某村 is no district).
    """
    if len(code) != _WHOLE or level is Level.COMMUNITY:
        return False
    return parent == code[:9] or stem_of(name)[1] is Level.COMMUNITY


def _may_be_named(name: str, known: str) -> bool:
    """Return whether a name means a known division: it is the same, or one of them lacks the ending. 东风村 is not 东风社区."""
    one, other = name_key(name), name_key(known)
    return one == other or one == stem_of(other)[0] or stem_of(one)[0] == other


def _same_name(one: str, other: str) -> bool:
    return stem_of(one)[0] == stem_of(other)[0]


def _given_subdistrict(record: Mapping[str, Any]) -> str:
    return str(json.loads(record["extra"]).get(_SUBDISTRICT, "")) if record["extra"] else ""
