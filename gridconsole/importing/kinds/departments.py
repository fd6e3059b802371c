"""Organisation units with their duties and service areas."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from gridconsole.domain.codes import UnitKind
from gridconsole.domain.spoken import ValueProblem
from gridconsole.domain.text import fold_width
from gridconsole.domain.views.imports import Issue
from gridconsole.importing import own_codes, values
from gridconsole.importing.plan import Context, RegisterPlan, RowVerdict
from gridconsole.importing.roster_writer import RosterWriter
from gridconsole.importing.rows import Column, SheetRow, layouts
from gridconsole.importing.sources import Cell
from gridconsole.language import listed
from gridconsole.services.lookup import near
from gridconsole.store import places

UNIT_KINDS = {
    "专业部门": UnitKind.DEPARTMENT,
    "街道办事处": UnitKind.SUBDISTRICT_OFFICE,
    "镇人民政府": UnitKind.SUBDISTRICT_OFFICE,
    "街道办": UnitKind.SUBDISTRICT_OFFICE,
    "社区": UnitKind.COMMUNITY,
    "社区居委会": UnitKind.COMMUNITY,
    "村委会": UnitKind.COMMUNITY,
    "承包单位": UnitKind.CONTRACTOR,
    "社会组织": UnitKind.SOCIAL_ORGANISATION,
    "派出所": UnitKind.POLICE_STATION,
    "网格管理站": UnitKind.WORKSTATION,
    "网格工作站": UnitKind.WORKSTATION,
    "工作站": UnitKind.WORKSTATION,
    "综治信访维稳站": UnitKind.STABILITY_STATION,
    "便民服务站": UnitKind.SERVICE_STATION,
    "便民服务中心": UnitKind.SERVICE_STATION,
    "队伍": UnitKind.TEAM,
    "管理分中心": UnitKind.SUB_CENTRE,
    "分中心": UnitKind.SUB_CENTRE,
    "监管中心": UnitKind.SUPERVISION_CENTRE,
    "监督中心": UnitKind.SUPERVISION_CENTRE,
    "指挥中心": UnitKind.COMMAND_CENTRE,
    "其他": UnitKind.OTHER,
}
"""Kinds of units by the words of lists; of several words for one kind, the usual one first."""
_DUTY = re.compile(r"(部件|事件)(\d{2})(?:-(\d{2,3}))?")
_CATEGORY_KINDS = {"部件": "component", "事件": "event"}
DutyKey = tuple[str, str, str, bool]
_ALL_DAY = re.compile(r"全天|全日|昼夜|(?<!\d)24(个)?(小时|h)|二十四小时|0?0:00[-—~至到](24:00|23:59)")
_NOT_ALL_DAY = re.compile(
    r"[非不无]是?(全天|全日|24).*|[否无不]|不值班|无值班|(工作时间|工作日|上班时间|正常班?|白班|日班|白天|行政班|常白班|8小时|八小时)(值班)?"
)


def duties(cell: Cell) -> tuple[tuple[str, str, str], ...]:
    """Return duties such as ``部件01-01、事件02`` as (kind, major, minor or empty)."""
    found = []
    for word in values.words(cell):
        match = _DUTY.fullmatch(word)
        if match is None:
            raise ValueProblem("E209", word)
        found.append((_CATEGORY_KINDS[match[1]], match[2], match[3] or ""))
    return tuple(found)


def all_day(words: str) -> bool | None:
    """Return whether a unit is on duty day and night; None if the words do not say."""
    word = fold_width(words).replace(" ", "").lower()
    if _NOT_ALL_DAY.fullmatch(word):
        return False
    return True if _ALL_DAY.search(word) else None


def kind_name(kind: str) -> str:
    """Return the usual word for a kind of unit."""
    return next(name for name, value in UNIT_KINDS.items() if value == kind)


def duty_hours(value: int) -> str:
    """Return the usual words for duty hours: day and night, or working hours."""
    return "全天" if value else "工作时间"


def duty_words(duties: Iterable[DutyKey], *, primary: bool) -> str:
    """Inverse of :func:`duties`."""
    words = {value: name for name, value in _CATEGORY_KINDS.items()}
    chosen = [(kind, major, minor) for kind, major, minor, first in duties if first is primary]
    return "、".join(f"{words[kind]}{major}" + (f"-{minor}" if minor else "") for kind, major, minor in chosen)


_DIGITS = 3
"""Digits of an own code."""
_IMPLIED = (
    (re.compile("街道(办事处|办)?$|(镇|乡)(人民)?政府$|[镇乡]$"), UnitKind.SUBDISTRICT_OFFICE),
    (re.compile("公司|物业|工程队"), UnitKind.CONTRACTOR),
    (re.compile("协会|志愿|社工|基金会"), UnitKind.SOCIAL_ORGANISATION),
    (re.compile("(工作|管理)站$"), UnitKind.WORKSTATION),
    (re.compile("派出所$"), UnitKind.POLICE_STATION),
    (re.compile("便民服务(站|中心)$"), UnitKind.SERVICE_STATION),
    (re.compile("(居委会|村委会|居民委员会|村民委员会)$"), UnitKind.COMMUNITY),
    (re.compile("[队组]$"), UnitKind.TEAM),
)  # fmt: skip
"""Kinds that the names of units imply; all others are departments."""


class DepartmentsPlan(RegisterPlan):
    """Departments, subdistrict offices, contractors, social organisations, teams, workstations."""

    table = "unit"
    defaults: ClassVar[Mapping[str, Any]] = {"all_day": 0}
    columns = (
        Column("code", ("单位编码", "部门编码", "编码", "代码"), values.code, True, True),
        Column(
            "name",
            ("单位名称", "部门名称", "处置单位", "责任单位", "承办单位", "名称", "单位", "部门", "成员单位"),
            values.line,
            True,
            True,
        ),
        Column("kind", ("单位类型", "类型", "部门类型"), values.line, True, True),
        Column("parent", ("上级单位", "主管部门"), values.line),
        Column("areas", ("服务区域", "负责区域", "管辖区域"), values.words),
        Column("primary", ("负责类别", "主责类别", "职责类别"), duties),
        Column("backup", ("备用类别", "协办类别"), duties),
        Column("duty_hours", ("值班", "值班时间"), values.line),
        Column("credit_code", ("统一社会信用代码", "社会信用代码", "信用代码"), values.credit_code),
        Column("head", ("负责人", "单位负责人", "主要负责人"), values.line),
        Column("contact", ("联系人", "联络员"), values.line),
        Column("phone", ("联系电话", "电话", "手机", "联络电话", "联络员电话", "办公电话"), values.phone),
        Column("contract_ends_on", ("合同到期日期", "合同到期", "合同截止日期", "合同终止日期"), values.day),
    )

    without_codes = layouts(
        columns, [("name", beside) for beside in ("kind", "contact", "phone", "primary", "areas")], left_out=("code",)
    )
    column_of: ClassVar[Mapping[str, str]] = {"all_day": "duty_hours"}
    passthrough: ClassVar[Mapping[str, str]] = {"credit_code": "统一社会信用代码", "duty_hours": "值班"}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"kind": tuple(map(kind_name, UnitKind))}
    example: ClassVar[Mapping[str, str]] = {
        "code": "B001", "name": "城市管理局", "kind": "专业部门", "areas": "幸福街道、和平街道", "primary": "部件01、事件01-10",
        "backup": "事件02", "duty_hours": "全天", "contact": "王芳", "phone": "13900000000",
    }  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        found = places.areas(context.connection)
        names = Counter(area.name for area in found)
        # A name that two areas share identifies neither: the code must be given.
        self._area_names = {area.id: area.name for area in found}
        self._areas = {area.code: area.id for area in found} | {area.name: area.id for area in found if names[area.name] == 1}
        self._names = {record["name"]: record["code"] for record in self.known.values()}
        self._given = 0
        """Last own number that was given."""
        self._services = places.services(context.connection)
        self._pending: list[tuple[int, frozenset[int], frozenset[DutyKey]]] = []
        self._parents: list[tuple[dict[str, Any], str, Issue]] = []
        self._late: list[tuple[dict[str, Any], int | None]] = []
        self._added: set[int] = set()
        self._changed: set[int] = set()
        """Keys of units that this file adds, and of those that it changes."""

    def take(self, row: SheetRow) -> RowVerdict:
        if not row.rejected and not row.values.get("code"):
            self.give_code(row)
        before = self.known.get(row.values.get("code"), {}).get("name")
        verdict = super().take(row)
        after = self.known.get(row.values.get("code"), {}).get("name")
        if after is not None and after != before:
            # Only an accepted row claims a name, and a renamed unit gives up its old one.
            self._names.pop(before or "", None)
            self._names[after] = row.values["code"]
        return verdict

    def give_code(self, row: SheetRow) -> None:
        """Give the code of the unit of that name, or the next own one."""
        known = self._names.get(row.values["name"])
        if known is None:
            row.values["code"] = code = own_codes.next_own(self.known, _DIGITS, self._given)
            self._given = int(code.removeprefix(own_codes.OWN))
            row.repaired("R904", "单位编码", code)
        else:
            row.values["code"] = known

    def _kind(self, row: SheetRow) -> str | None:
        """Return the kind of a unit; in a sheet without kinds, that of a known one, or the one that its name implies."""
        given_fields = row.values.get("kind") or ""
        if given_fields or "kind" in row.values:
            if given_fields not in UNIT_KINDS:
                row.reject("E208", "单位类型", given_fields, listed(UNIT_KINDS))
            return UNIT_KINDS[given_fields].value if given_fields in UNIT_KINDS else None
        if (known := self.known.get(row.values["code"])) is not None:
            return str(known["kind"])
        implied = next((kind for ending, kind in _IMPLIED if ending.search(row.values["name"])), UnitKind.DEPARTMENT)
        row.warn("W927", "单位类型", kind_name(implied))
        return implied.value

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        kind = self._kind(row)
        for word in row.values.get("areas") or ():
            if word not in self._areas:
                row.reject("E401", "服务区域", word, listed(near(word, self._areas)))
        if row.values.get("credit_code"):
            row.extra[self.passthrough["credit_code"]] = row.values["credit_code"]
        code, name = row.values["code"], row.values["name"]
        holder = self._names.get(name, code)
        if holder != code:
            row.reject("E403", "单位名称", name, holder)
        if row.rejected:
            return None
        ends = row.values.get("contract_ends_on")
        return {"code": code, "name": name, "kind": kind, "all_day": self._all_day(row), "head": row.values.get("head") or "", "contact": self._contact(row),
                "phone": row.values.get("phone") or "", "contract_ends_on": ends.isoformat() if ends else None}  # fmt: skip

    def _contact(self, row: SheetRow) -> str:
        """Return whom to ring; where a sheet names only who leads the unit, that person is called, unless somebody else is known."""
        contact, head = row.values.get("contact") or "", row.values.get("head") or ""
        known = self.known.get(row.values["code"])
        is_led_alone = known is None or known["contact"] in ("", known["head"])
        return head if not contact and "contact" not in row.values and is_led_alone else contact

    def _add(self, row: SheetRow, key: Any, record: dict[str, Any]) -> RowVerdict:
        verdict = super()._add(row, key, record)
        self._added.add(self.known[key]["id"])
        return verdict

    def _remember(self, key: int, before: Mapping[str, Any], after: Mapping[str, Any], names: Iterable[str]) -> None:
        self._changed.add(key)
        super()._remember(key, before, after, names)

    def _all_day(self, row: SheetRow) -> int | None:
        given_fields = row.values.get("duty_hours") or ""
        found = all_day(given_fields) if given_fields else None
        if given_fields and found is None:
            row.extra[self.passthrough["duty_hours"]] = given_fields
            row.warn("W914", "值班", given_fields)
        return None if found is None else int(found)

    def said(self, field: str, value: Any) -> Any:
        if field == "kind":
            return kind_name(value)
        return duty_hours(value) if field == "all_day" else value

    def related_fields(self, row: SheetRow) -> str:
        return repr([row.values.get(name) for name in ("areas", "primary", "backup", "parent")])

    def attach(self, row: SheetRow, record: dict[str, Any], *, is_new: bool) -> bool:
        if is_new:
            record["parent_id"], record["active"] = None, 1
        changed = self._attach_parent(row, record, is_new=is_new)
        served = frozenset(self._areas[word] for word in row.values.get("areas") or ())
        answered = frozenset((*duty, True) for duty in row.values.get("primary") or ())
        answered |= frozenset((*duty, False) for duty in row.values.get("backup") or () if (*duty, True) not in answered)
        old_served, old_answered = self._services.get(record["id"], (frozenset(), frozenset()))
        if not (served or self.clears(row, "areas")):
            served = old_served
        if not (answered or self.clears(row, "primary") or self.clears(row, "backup")):
            answered = old_answered
        if (served, answered) != (old_served, old_answered):
            self._pending.append((record["id"], served, answered))
            if not is_new:
                self._differ_service(row, (old_served, old_answered), (served, answered))
                changed = True
        return changed

    def _attach_parent(self, row: SheetRow, record: dict[str, Any], *, is_new: bool) -> bool:
        parent = row.values.get("parent") or ""
        if not parent and not self.clears(row, "parent"):
            return False
        # Reported at the end, if at all: the parent unit may be further down in the sheet.
        self._parents.append((record, parent, row.issue("warning", "W913", "上级单位", parent)))
        above = self._unit(parent) if parent else {"id": None, "name": ""}
        if is_new or above is None or above["id"] in (record["parent_id"], record["id"]):
            return False
        was = next((unit["name"] for unit in self.known.values() if unit["id"] == record["parent_id"]), "")
        self.context.note_difference(row, record["name"], "上级单位", was, above["name"])
        return True

    def _unit(self, word: str) -> dict[str, Any] | None:
        """Return a unit by its name or code."""
        return self.known.get(self._names.get(word, word))

    def _differ_service(
        self, row: SheetRow, old: tuple[frozenset[int], frozenset[DutyKey]], new: tuple[frozenset[int], frozenset[DutyKey]]
    ) -> None:
        def said(service: tuple[frozenset[int], frozenset[DutyKey]]) -> tuple[str, ...]:
            areas, answered = service
            names = listed(sorted(self._area_names.get(area, "") for area in areas))
            return names, *(duty_words(sorted(answered), primary=primary) for primary in (True, False))

        for column, was, now in zip(("服务区域", "负责类别", "备用类别"), said(old), said(new), strict=True):
            if was != now:
                self.context.note_difference(row, row.values["name"], column, was, now)

    def conclude(self) -> None:
        """Look up parents at the end: they may be below their children in the sheet."""
        for record, parent, issue in self._parents:
            found = self._unit(parent) if parent else None
            if parent and found is None:
                self.late_issues.append(replace(issue, suggestion=listed(near(parent, self._names))))
            elif found is record:
                self.late_issues.append(replace(issue, code="W915"))
            elif record["parent_id"] != (above := None if found is None else found["id"]):
                self._late.append((record, above))

    def finish(self) -> None:
        """Write parents, areas and duties, which need their unit to be stored first."""
        writer = RosterWriter(self.context)
        self.revise([record for record, _ in self._late], "parent_id", [parent for _, parent in self._late])
        for unit, served, answered in self._pending:
            old, _ = self._services.get(unit, (frozenset(), frozenset()))
            self.context.remember("unit_service", unit, {"areas": sorted(old)}, {"areas": sorted(served)})
            places.replace_areas(self.context.connection, unit, served)
            writer.change_duties(unit, answered)
        for record in self.known.values():
            if record["id"] in self._added:
                writer.put_unit("unit_add", record)
            elif record["id"] in self._changed:
                writer.put_unit("unit_change", record)
        writer.write()
        self.context.office.forget()
