"""Organisation units with what they answer for and where."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from gridconsole.importing import values
from gridconsole.importing.plan import Context, Register, Verdict
from gridconsole.importing.rows import Column, Row
from gridconsole.importing.sources import Cell
from gridconsole.services.lookup import near
from gridconsole.store import batches, places
from gridconsole.store.people import SUBDISTRICT_OFFICE

UNIT_KINDS = {
    "专业部门": "department",
    "街道办事处": SUBDISTRICT_OFFICE,
    "镇人民政府": SUBDISTRICT_OFFICE,
    "承包单位": "contractor",
    "社会组织": "social_organisation",
    "网格工作站": "workstation",
    "工作站": "workstation",
    "队伍": "team",
    "监督中心": "supervision_centre",
    "指挥中心": "command_centre",
}
_DUTY = re.compile(r"(部件|事件)(\d{2})(?:-(\d{2,3}))?")
_CATEGORY_KINDS = {"部件": "component", "事件": "event"}
DutyKey = tuple[str, str, str, bool]


def duties(cell: Cell) -> tuple[tuple[str, str, str], ...]:
    """``部件01-01、事件02`` as (kind, major, minor or empty)."""
    found = []
    for word in values.words(cell):
        match = _DUTY.fullmatch(word)
        if match is None:
            raise values.CellProblem("E209", word)
        found.append((_CATEGORY_KINDS[match[1]], match[2], match[3] or ""))
    return tuple(found)


def kind_name(kind: str) -> str:
    """The usual word for a kind of unit."""
    return next(name for name, value in UNIT_KINDS.items() if value == kind)


def duty_words(duties: Iterable[DutyKey], *, primary: bool) -> str:
    """Inverse of :func:`duties`."""
    words = {value: name for name, value in _CATEGORY_KINDS.items()}
    chosen = [(kind, major, minor) for kind, major, minor, first in duties if first is primary]
    return "、".join(f"{words[kind]}{major}" + (f"-{minor}" if minor else "") for kind, major, minor in chosen)


class DepartmentsPlan(Register):
    """Departments, subdistrict offices, contractors, social organisations, teams, workstations."""

    table = "unit"
    defaults: ClassVar[Mapping[str, Any]] = {"all_day": 0}
    columns = (
        Column("code", ("单位编码", "部门编码", "编码", "代码"), values.code, True, True),
        Column("name", ("单位名称", "部门名称", "处置单位", "名称"), values.line, True, True),
        Column("kind", ("单位类型", "类型", "部门类型"), values.line, True, True),
        Column("parent", ("上级单位", "主管部门"), values.line),
        Column("areas", ("服务区域", "负责区域", "管辖区域"), values.words),
        Column("primary", ("负责类别", "主责类别", "职责类别"), duties),
        Column("backup", ("备用类别", "协办类别"), duties),
        Column("duty_hours", ("值班", "值班时间"), values.line),
        Column("credit_code", ("统一社会信用代码", "社会信用代码", "信用代码"), values.credit_code),
        Column("contact", ("联系人", "负责人"), values.line),
        Column("phone", ("联系电话", "电话", "手机"), values.phone),
    )

    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"kind": tuple(UNIT_KINDS)}
    example: ClassVar[Mapping[str, str]] = {
        "code": "B001", "name": "城市管理局", "kind": "专业部门", "areas": "幸福街道、和平街道", "primary": "部件01、事件01-10",
        "backup": "事件02", "duty_hours": "全天", "contact": "王芳", "phone": "13900000000",
    }  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        found = places.areas(context.connection)
        names = Counter(area.name for area in found)
        # A name two areas share names neither of them: the code must be given.
        self._areas = {area.code: area.id for area in found} | {area.name: area.id for area in found if names[area.name] == 1}
        self._names = {record["name"]: record["code"] for record in self.known.values()}
        self._services = places.services(context.connection)
        self._pending: list[tuple[int, frozenset[int], frozenset[DutyKey]]] = []
        self._parents: list[tuple[dict[str, Any], str]] = []

    def take(self, row: Row) -> Verdict:
        before = self.known.get(row.values["code"], {}).get("name")
        verdict = super().take(row)
        after = self.known.get(row.values["code"], {}).get("name")
        if after is not None and after != before:
            # A rejected row holds no name, and a unit that takes another gives its old one up.
            self._names.pop(before or "", None)
            self._names[after] = row.values["code"]
        return verdict

    def record(self, row: Row) -> dict[str, Any] | None:
        kind = UNIT_KINDS.get(row.values["kind"])
        if kind is None:
            row.reject("E208", "单位类型", row.values["kind"], "、".join(UNIT_KINDS))
        for word in row.values.get("areas") or ():
            if word not in self._areas:
                row.reject("E401", "服务区域", word, "、".join(near(word, self._areas)))
        if row.values.get("credit_code"):
            row.extra["统一社会信用代码"] = row.values["credit_code"]
        code, name = row.values["code"], row.values["name"]
        holder = self._names.get(name, code)
        if holder != code:
            row.reject("E403", "单位名称", name, holder)
        if row.rejected:
            return None
        return {"code": code, "name": name, "kind": kind, "all_day": int("全天" in hours) if (hours := row.values.get("duty_hours") or "") else None,
                "contact": row.values.get("contact") or "", "phone": row.values.get("phone") or ""}  # fmt: skip

    def hangers(self, row: Row) -> str:
        return repr([row.values.get(name) for name in ("areas", "primary", "backup", "parent")])

    def attach(self, row: Row, record: dict[str, Any], *, is_new: bool) -> bool:
        changed = False
        if is_new:
            record["parent_id"], record["active"] = None, 1
        if row.values.get("parent"):
            self._parents.append((record, row.values["parent"]))
            known = next((unit for unit in self.known.values() if unit["name"] == row.values["parent"]), None)
            changed = not is_new and known is not None and known["id"] != record["parent_id"]
        served = frozenset(self._areas[word] for word in row.values.get("areas") or ())
        answered = frozenset((*duty, True) for duty in row.values.get("primary") or ())
        answered |= frozenset((*duty, False) for duty in row.values.get("backup") or () if (*duty, True) not in answered)
        old_served, old_answered = self._services.get(record["id"], (frozenset(), frozenset()))
        served, answered = served or old_served, answered or old_answered
        if (served, answered) != (old_served, old_answered):
            self._pending.append((record["id"], served, answered))
            changed = changed or not is_new
        return changed

    def finish(self) -> None:
        """Parents may stand below their children; areas and duties need their unit first."""
        by_name = {record["name"]: record for record in self.known.values()}
        late = []
        for record, parent in self._parents:
            found = by_name.get(parent)
            if found is not None and found is not record and record["parent_id"] != found["id"]:
                late.append((record, found["id"]))
        self.revise([record for record, _ in late], "parent_id", [parent for _, parent in late])
        for unit, served, answered in self._pending:
            old = self._services.get(unit)
            before = None if old is None else batches.service_image(*old)
            self.context.remember("unit_service", unit, before, batches.service_image(served, answered))
            places.replace_service(self.context.connection, unit, served, sorted(answered))
        self.context.desk.forget()
