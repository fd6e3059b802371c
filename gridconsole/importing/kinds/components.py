"""Components (部件): the numbered facilities of a district."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

from gridconsole.domain.codes import CategoryKind
from gridconsole.domain.division import ComponentCode, parse_component
from gridconsole.domain.text import clean_line, fold_width
from gridconsole.importing import geojson, values
from gridconsole.importing.closed_grids import ClosedGrids
from gridconsole.importing.kinds.catalogue import THREE_DIGITS, TWO_DIGITS
from gridconsole.importing.plan import Context, RegisterPlan, RowVerdict
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.importing.rows import Column, SheetRow
from gridconsole.importing.sources import Cell
from gridconsole.language import listed
from gridconsole.store import places

STATES = ("完好", "破损", "丢失", "废弃", "移除")
"""States of a component (GB/T 47678.5-2026, rules for component records)."""
_STATE_WORDS = {state: state for state in STATES} | {
    "正常": "完好", "良好": "完好", "损坏": "破损", "缺失": "丢失", "停用": "废弃", "拆除": "移除", "": "",
}  # fmt: skip
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,20})?", re.ASCII)


def coordinate(cell: Cell) -> float | str | None:
    """Return a coordinate as a number, text that is not a number unchanged, and None for a blank."""
    if isinstance(cell, int | float):
        return float(cell) if abs(cell) < 1e9 else str(cell)
    word = fold_width(clean_line("" if cell is None else str(cell))).rstrip("°EeNn")
    return float(word) if _NUMBER.fullmatch(word) else word or None


class ComponentsPlan(RegisterPlan):
    """Plan of components; the class of a component is in its number.

    A grid, state or place that is not understood is reported and kept by heading; an unknown class is only reported.
    """

    table = "component"
    columns = (
        Column("code", ("标识码", "部件标识码", "部件编码", "部件代码", "部件编号", "编码", "代码"), values.code, True, True),
        Column("name", ("部件名称", "名称", "设施名称"), values.line),
        Column("state", ("状态", "部件状态"), values.line),
        Column("owner", ("权属单位", "权属单位名称", "产权单位"), values.line),
        Column("authority", ("主管部门", "主管部门名称"), values.line),
        Column("grid", ("所在网格", "单元网格", "单元网格编码", "所在单元网格", "所在单元网格编码", "所属网格", "网格编码", "网格"), values.line),
        Column("community", ("所属社区", "所在社区", "社区", "社区名称"), values.line),
        Column("subdistrict", ("所属街道", "所在街道", "街道", "街道名称"), values.line),
        Column("address", ("地址", "位置", "所在位置", "位置描述"), values.line),
        Column("longitude", ("经度", "lng", "lon", "longitude"), coordinate),
        Column("latitude", ("纬度", "lat", "latitude"), coordinate),
        Column("x", ("X", "X坐标"), coordinate),
        Column("y", ("Y", "Y坐标"), coordinate),
        Column("installed_on", ("初始日期", "安装日期", "建成日期"), values.day),
    )  # fmt: skip

    column_of: ClassVar[Mapping[str, str]] = {"grid_id": "grid", "category_id": "类别"}
    passthrough: ClassVar[Mapping[str, str]] = {
        "community": "社区", "subdistrict": "街道", "grid": "所在网格", "state": "状态", "longitude": "经度", "latitude": "纬度", "x": "X",
        "y": "Y",
    }  # fmt: skip
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {"state": STATES}
    example: ClassVar[Mapping[str, str]] = {
        "code": "3301060101000001", "name": "上水井盖", "state": "完好", "owner": "自来水公司", "grid": "东风社区第1网格",
        "address": "幸福路3号门前", "longitude": "120.145", "latitude": "30.263",
    }  # fmt: skip

    @classmethod
    def recognises(cls, key: str) -> bool:
        """Return whether a text is a component number: 16 or 17 digits."""
        return parse_component(key) is not None

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        connection = context.connection
        choices = places.grid_choices(connection)
        areas = AreaNames(places.areas(connection))
        self._grids = GridNames(choices, areas)
        self._closed = ClosedGrids(connection, areas)
        self._grid_names = {choice.id: choice.name for choice in choices}
        self._categories: dict[tuple[str, str], dict[str, Any]] = {}
        for category in places.existing(connection, "category"):
            if category["kind"] != CategoryKind.COMPONENT.value:
                continue
            key = category["major_code"], category["minor_code"]
            # A two-digit class may be listed under two standards; the one in force wins.
            if key not in self._categories or category["standard"] in (TWO_DIGITS, THREE_DIGITS):
                self._categories[key] = category
        self._said: set[tuple[str, str]] = set()

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        code = parse_component(row.values["code"])
        if code is None:
            row.reject("E221", "标识码", row.values["code"])
            return None
        category = self._category(row, code)
        longitude, latitude = self._place(row)
        installed = row.values.get("installed_on")
        texts = {name: row.values.get(name) or "" for name in ("owner", "authority", "address")}
        for name in ("community", "subdistrict"):
            if row.values.get(name):
                row.extra[self.passthrough[name]] = row.values[name]
        return {"code": code.code, "name": row.values.get("name") or "",
                "category_id": category["id"] if category else None, "grid_id": self._grid(row), "state": self._state(row), **texts,
                "longitude": longitude, "latitude": latitude,
                "installed_on": installed.isoformat() if installed else None}  # fmt: skip

    def _add(self, row: SheetRow, key: Any, record: dict[str, Any]) -> RowVerdict:
        code = parse_component(record["code"])
        category = self._categories.get((code.major, code.minor)) if code else None
        # Without a name of its own a component goes by its class.
        return super()._add(row, key, {**record, "name": record["name"] or (category["minor_name"] if category else "")})

    def label(self, record: Mapping[str, Any]) -> str:
        return str(record["name"] or record["code"])

    def said(self, field: str, value: Any) -> Any:
        if field == "grid_id":
            return self._grid_names.get(value, "")
        if field == "category_id":
            return next((item["minor_name"] for item in self._categories.values() if item["id"] == value), "")
        return value

    def _category(self, row: SheetRow, code: ComponentCode) -> dict[str, Any] | None:
        found = self._categories.get((code.major, code.minor))
        if found is None:
            self._once(row, "W941", "标识码", f"{code.major}-{code.minor}")
        return found

    def _grid(self, row: SheetRow) -> int | None:
        word = row.values.get("grid") or ""
        found = self._grids.find(
            word, community=row.values.get("community") or "", subdistrict=row.values.get("subdistrict") or ""
        )
        if found is None and word:
            found = self._grid_now(row, word)
        if found is None and word:
            row.extra[self.passthrough["grid"]] = word
            self._once(row, "W942", "所在网格", word)
        return found.id if found else None

    def _grid_now(self, row: SheetRow, word: str) -> places.GridChoice | None:
        """Return the grid in which a facility lies today, if its list names one that is no more."""
        closed = self._closed.find(
            word, community=row.values.get("community") or "", subdistrict=row.values.get("subdistrict") or ""
        )
        now = self._closed.landing(closed, row.values.get("address") or "") if closed is not None else None
        if now is not None:
            self._once(row, "W950", "所在网格", word, now.name)
        return now

    def _state(self, row: SheetRow) -> str:
        word = row.values.get("state") or ""
        state = _STATE_WORDS.get(word)
        if state is None:
            row.extra[self.passthrough["state"]] = word
            self._once(row, "W943", "状态", word, listed(STATES))
        return state or ""

    def _place(self, row: SheetRow) -> tuple[float | None, float | None]:
        """Return longitude and latitude in degrees. X and Y are assigned by their values: surveyors call north X, others east."""
        given = {name: row.values.get(name) for name in ("longitude", "latitude", "x", "y")}
        pairs = [(given["longitude"], given["latitude"]), (given["x"], given["y"]), (given["y"], given["x"])]
        for longitude, latitude in pairs:
            if isinstance(longitude, float) and isinstance(latitude, float) and geojson.degrees(longitude, latitude):
                return longitude, latitude
        kept = {self.passthrough[name]: str(value) for name, value in given.items() if value is not None}
        if kept:
            row.extra.update(kept)
            # Plane coordinates fill a whole file: one example is enough.
            self._once(row, "W944", "坐标", "", "", example=listed(kept.values()))
        return None, None

    def _once(self, row: SheetRow, issue: str, column: str, value: str, suggestion: str = "", example: str = "") -> None:
        if (issue, value) not in self._said:
            self._said.add((issue, value))
            row.warn(issue, column, example or value, suggestion)
