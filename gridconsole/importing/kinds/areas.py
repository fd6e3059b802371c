"""Divisions: city to community."""

from __future__ import annotations

from typing import Any

from gridconsole.domain.division import level_of_name, parse_division
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Register
from gridconsole.importing.rows import Column, Row
from gridconsole.store import places


class AreasPlan(Register):
    """Level and parent come from the code; a stated level must agree with it."""

    table = "area"
    columns = (
        Column(
            "code", ("区划代码", "行政区划代码", "统计用区划代码", "区域代码", "编码", "代码", "code"), values.code, True, True
        ),
        Column("name", ("名称", "区划名称", "区域名称", "单位名称", "name"), values.line, True, True),
        Column("level", ("级别", "层级", "level"), values.line),
        Column("parent", ("上级代码", "上级区划代码", "parentCode"), values.code),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self._orphans: dict[str, None] = {}

    def record(self, row: Row) -> dict[str, Any] | None:
        code = row.values["code"]
        division = parse_division(code)
        if division is None:
            row.reject("E205", "区划代码", code)
            return None
        stated = row.values.get("level")
        if stated and (level := level_of_name(stated)) is not None and level is not division.level:
            row.reject("E207", "级别", stated, code)
            return None
        parent = self.known.get(division.parent) if division.parent else None
        if division.parent and parent is None and division.parent not in self._orphans:
            self._orphans[division.parent] = None
            if len(division.parent) > 4:
                row.warn("W905", "上级代码", division.parent)
        return {"code": division.code, "name": row.values["name"], "level": division.level.value,
                "parent_id": parent["id"] if parent else None}  # fmt: skip

    def finish(self) -> None:
        """A parent may stand below its children in the sheet, or come with a later file."""
        late = []
        for record in self.known.values():
            division = parse_division(record["code"])
            parent = self.known.get(division.parent) if division and division.parent else None
            if record["parent_id"] is None and parent is not None:
                record["parent_id"] = parent["id"]
                late.append(record)
        places.upsert(self.context.connection, self.table, late, insert=False)
