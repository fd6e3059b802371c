"""Grids with their base data."""

from __future__ import annotations

from typing import Any

from gridconsole.domain.division import AreaClass, GridKind, is_grid_code
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Register
from gridconsole.importing.rows import Column, Row
from gridconsole.services.lookup import near
from gridconsole.store import places

_KINDS = {"基础网格": GridKind.BASIC, "综合网格": GridKind.BASIC, "基础": GridKind.BASIC, "普通": GridKind.BASIC,
          "专属网格": GridKind.DEDICATED, "专属": GridKind.DEDICATED, "": GridKind.BASIC}  # fmt: skip


class GridsPlan(Register):
    """The community comes from its own column, or from the first twelve digits of the code."""

    table = "grid"
    columns = (
        Column("code", ("网格编码", "网格代码", "网格编号", "编码", "代码", "code"), values.code, True, True),
        Column("name", ("网格名称", "名称", "name"), values.line, True, True),
        Column("community_code", ("所属社区代码", "社区代码", "上级代码"), values.code),
        Column("community", ("所属社区", "社区", "所属社区(村)", "村/社区"), values.line),
        Column("kind", ("网格类型", "类型"), values.line),
        Column("area_class", ("区域等级", "环境属性", "等级"), values.code),
        Column("area_m2", ("面积(平方米)", "网格面积", "面积"), values.whole),
        Column("households", ("户数", "户籍户数"), values.whole),
        Column("population", ("人口", "人口数", "常住人口"), values.whole),
        Column("boundary", ("四至边界", "四至", "边界", "网格位置"), values.line),
        Column("party_group", ("党组织", "党支部", "党小组"), values.line),
        Column("workstation", ("工作站", "网格工作站"), values.line),
        Column("as_of", ("数据截止日期", "截止日期", "更新日期"), values.day),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        areas = places.areas(context.connection)
        self._by_code = {area.code: area.id for area in areas}
        self._by_name: dict[str, list[int]] = {}
        for area in areas:
            self._by_name.setdefault(area.name, []).append(area.id)

    def record(self, row: Row) -> dict[str, Any] | None:
        code = row.values["code"].upper()
        if not is_grid_code(code):
            row.reject("E205", "网格编码", code)
        area = self._community(row, code)
        kind = _KINDS.get(row.values.get("kind") or "")
        if kind is None:
            row.reject("E208", "网格类型", row.values["kind"], "、".join(word for word in _KINDS if word))
        area_class = (row.values.get("area_class") or "").upper().removesuffix("类")
        if area_class and area_class not in AreaClass.__members__:
            row.reject("E208", "区域等级", area_class, "A、B、C")
        if row.rejected or kind is None:
            return None
        plain = {name: row.values.get(name) for name in ("area_m2", "households", "population")}
        texts = {name: row.values.get(name) or "" for name in ("boundary", "party_group", "workstation")}
        as_of = row.values.get("as_of")
        return {"code": code, "name": row.values["name"], "area_id": area, "kind": kind.value, "area_class": area_class or None,
                **plain, **texts, "as_of": as_of.isoformat() if as_of else None}  # fmt: skip

    def _community(self, row: Row, code: str) -> int | None:
        stated, name = row.values.get("community_code") or "", row.values.get("community") or ""
        if stated and stated in self._by_code:
            return self._by_code[stated]
        if not stated and name and len(self._by_name.get(name, ())) == 1:
            return self._by_name[name][0]
        if not stated and code[:12] in self._by_code:
            return self._by_code[code[:12]]
        row.reject("E401", "所属社区", stated or name or code[:12], "、".join(near(name, self._by_name)))
        return None
