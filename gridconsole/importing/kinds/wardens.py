"""The roster: people and the grids they are posted on."""

from __future__ import annotations

from datetime import date
from typing import Any

from gridconsole.domain.text import fold_width
from gridconsole.importing import values
from gridconsole.importing.plan import Context, Register
from gridconsole.importing.rows import Column, Row
from gridconsole.importing.sources import Cell
from gridconsole.services.lookup import near
from gridconsole.store import people, places

EMPLOYMENT = {"专职": "full_time", "兼职": "part_time", "临聘": "temporary", "": "full_time"}


def rank(cell: Cell) -> str:
    """主辅: A or B."""
    word = fold_width(values.line(cell)).upper().removesuffix("岗").removesuffix("角")
    found = {"": "A", "A": "A", "B": "B", "主": "A", "辅": "B", "主责": "A", "协助": "B"}.get(word)
    if found is None:
        raise values.CellProblem("E208", word, "A、B")
    return found


class WardensPlan(Register):
    """The grids a row lists are the person's grids: posts no longer listed end today, none of them is erased."""

    table = "warden"
    columns = (
        Column("code", ("工号", "编号", "网格员编号", "网格员工号"), values.code, True, True),
        Column("name", ("姓名", "网格员", "网格员姓名"), values.line, True, True),
        Column("gender", ("性别",), values.line),
        Column("phone", ("联系电话", "手机号码", "手机", "电话", "网格员联系电话"), values.phone),
        Column("employment", ("人员性质", "性质", "用工性质"), values.line),
        Column("grids", ("负责网格", "网格编码", "责任网格", "所在网格"), values.words),
        Column("rank", ("主辅", "A/B岗", "角色"), rank),
        Column("duty", ("职责", "工作职责"), values.line),
        Column("workstation", ("工作站", "所属工作站"), values.line),
        Column("joined_on", ("入职日期", "上岗日期", "到岗日期"), values.day),
        Column("left_on", ("离职日期", "离岗日期"), values.day),
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        choices = places.grid_choices(context.connection)
        self._grids = {choice.code: choice.id for choice in choices} | {choice.name: choice.id for choice in choices}
        self._live = people.live_posts(context.connection)
        self._posts: list[tuple[int, int, str, str, date, date | None]] = []
        self._ends: list[tuple[int, int, date]] = []

    def record(self, row: Row) -> dict[str, Any] | None:
        employment = EMPLOYMENT.get(row.values.get("employment") or "")
        if employment is None:
            row.reject("E208", "人员性质", row.values["employment"], "专职、兼职、临聘")
        for word in row.values.get("grids") or ():
            if word not in self._grids:
                row.reject("E401", "负责网格", word, "、".join(near(word, self._grids)))
        if row.rejected:
            return None
        joined, left = row.values.get("joined_on"), row.values.get("left_on")
        texts = {name: row.values.get(name) or "" for name in ("gender", "phone", "duty", "workstation")}
        return {"code": row.values["code"], "name": row.values["name"], **texts, "employment": employment,
                "joined_on": joined.isoformat() if joined else None, "left_on": left.isoformat() if left else None}  # fmt: skip

    def hangers(self, row: Row) -> str:
        return repr([row.values.get(name) for name in ("grids", "rank")])

    def attach(self, row: Row, record: dict[str, Any], *, is_new: bool) -> bool:
        listed = {self._grids[word] for word in row.values.get("grids") or ()}
        warden, today = record["id"], self.context.desk.today()
        left = row.values.get("left_on")
        live = {grid for person, grid in self._live if person == warden}
        starts = row.values.get("joined_on") or today
        new = set() if left and not is_new else listed - live
        gone = live if left and not is_new else (live - listed if listed else set())
        for grid in sorted(new):
            self._posts.append((warden, grid, row.values.get("rank") or "A", row.values.get("duty") or "", starts, left))
        self._ends.extend((warden, grid, left or today) for grid in sorted(gone))
        return bool(new or gone)

    def finish(self) -> None:
        """Posts need their warden first."""
        connection = self.context.connection
        for warden, grid, grade, duty, starts, left in self._posts:
            people.start_post(connection, warden, grid, grade, duty, starts, self.context.batch)
            if left is not None:
                people.end_post(connection, warden, grid, left)
        for warden, grid, ends in self._ends:
            people.end_post(connection, warden, grid, ends)
