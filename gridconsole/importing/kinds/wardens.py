"""The roster: wardens and the grids they are posted on."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from gridconsole.domain.spoken import ValueProblem
from gridconsole.domain.text import fold_width
from gridconsole.importing import values
from gridconsole.importing.plan import Context, RegisterPlan
from gridconsole.importing.references import AreaNames, GridNames
from gridconsole.importing.rows import Column, SheetRow
from gridconsole.importing.sources import Cell
from gridconsole.language import listed
from gridconsole.store import people, places

EMPLOYMENT = {"专职": "full_time", "兼职": "part_time", "临聘": "temporary"}


def employment_name(value: str) -> str:
    """Return the usual word for a kind of employment."""
    return next(name for name, kind in EMPLOYMENT.items() if kind == value)


def rank(cell: Cell) -> str:
    """Return the rank (主辅): A or B; empty if the cell is blank."""
    word = fold_width(values.line(cell)).upper().removesuffix("岗").removesuffix("角")
    found = {"": "", "A": "A", "B": "B", "主": "A", "辅": "B", "主责": "A", "协助": "B"}.get(word)
    if found is None:
        raise ValueProblem("E208", word, "A、B")
    return found


_NUMBER = "[0-9一二三四五六七八九十]{1,3}"
_WITHIN = re.compile(
    rf"(?<=第)\s+|(?<=[0-9一二三四五六七八九十])\s+(?=号?\s*网格)|(?<=[社区村居会])\s+(?=第?\s*{_NUMBER}\s*号?\s*网格)"
)
"""Blanks inside the name of a grid: 东风社区 第 1 网格."""


def grids(cell: Cell) -> tuple[str, ...]:
    """Return the grids listed in one cell."""
    return values.words(_WITHIN.sub("", fold_width(values.text(cell))))


class WardensPlan(RegisterPlan):
    """Plan of the roster: the grids a row lists become the warden's grids.

    Posts no longer listed end today, or on the leaving date; none is erased.
    """

    table = "warden"
    defaults: ClassVar[Mapping[str, Any]] = {"employment": "full_time"}
    columns = (
        Column("code", ("工号", "编号", "网格员编号", "网格员工号"), values.code, True, True),
        Column("name", ("姓名", "网格员", "网格员姓名"), values.line, True, True),
        Column("gender", ("性别",), values.line),
        Column("phone", ("联系电话", "手机号码", "手机", "电话", "网格员联系电话", "联络电话"), values.phone),
        Column("id_number", ("身份证号", "身份证号码", "公民身份号码"), values.id_number),
        Column("employment", ("人员性质", "性质", "用工性质"), values.line),
        Column("grids", ("负责网格", "网格编码", "责任网格", "所在网格"), grids),
        Column("rank", ("主辅", "A/B岗", "角色"), rank),
        Column("duty", ("职责", "工作职责"), values.line),
        Column("workstation", ("工作站", "所属工作站"), values.line),
        Column("joined_on", ("入职日期", "上岗日期", "到岗日期"), values.day),
        Column("left_on", ("离职日期", "离岗日期"), values.day),
    )

    passthrough: ClassVar[Mapping[str, str]] = {"id_number": "身份证号"}
    choices: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "employment": ("专职", "兼职", "临聘"),
        "rank": ("A", "B"),
        "gender": ("男", "女"),
    }
    example: ClassVar[Mapping[str, str]] = {
        "code": "WG-001", "name": "李小明", "phone": "13900000000", "employment": "专职", "grids": "330106001001001", "rank": "A",
        "joined_on": "2026-01-05",
    }  # fmt: skip

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        choices = places.grid_choices(context.connection)
        self._grids = GridNames(choices, AreaNames(places.areas(context.connection)))
        self._names = {choice.id: choice.name for choice in choices}
        self._live = people.live_posts(context.connection)
        self._held: dict[int, set[int]] = {}
        for warden, grid in self._live:
            self._held.setdefault(warden, set()).add(grid)
        self._posts: list[tuple[int, int, str, str, date, date | None]] = []
        self._ends: list[tuple[int, int, date]] = []
        self._ranks: dict[tuple[int, int], str] = {}

    def record(self, row: SheetRow) -> dict[str, Any] | None:
        given_fields = row.values.get("employment") or ""
        employment = EMPLOYMENT.get(given_fields)
        if given_fields and employment is None:
            row.reject("E208", "人员性质", given_fields, listed(EMPLOYMENT))
        for word in row.values.get("grids") or ():
            if self._grids.find(word) is None:
                row.reject("E401", "负责网格", word, listed(self._grids.near(word)))
        if row.rejected:
            return None
        if row.values.get("id_number"):
            row.extra[self.passthrough["id_number"]] = row.values["id_number"]
        joined, left = row.values.get("joined_on"), row.values.get("left_on")
        texts = {name: row.values.get(name) or "" for name in ("gender", "phone", "duty", "workstation")}
        return {"code": row.values["code"], "name": row.values["name"], **texts, "employment": employment,
                "joined_on": joined.isoformat() if joined else None, "left_on": left.isoformat() if left else None}  # fmt: skip

    def said(self, field: str, value: Any) -> Any:
        return employment_name(value) if field == "employment" else value

    def related_fields(self, row: SheetRow) -> str:
        return repr([row.values.get(name) for name in ("grids", "rank")])

    def attach(self, row: SheetRow, record: dict[str, Any], *, is_new: bool) -> bool:
        given = {choice.id for word in row.values.get("grids") or () if (choice := self._grids.find(word)) is not None}
        warden, today = record["id"], self.context.office.today()
        left = row.values.get("left_on")
        live = self._held.get(warden, set())
        starts = row.values.get("joined_on") or today
        new = set() if left and not is_new else given - live
        gone = live if left and not is_new else (live - given if given or self.clears(row, "grids") else set())
        for grid in sorted(new):
            self._posts.append((warden, grid, row.values.get("rank") or "A", row.values.get("duty") or "", starts, left))
        self._ends.extend((warden, grid, left or today) for grid in sorted(gone))
        given_fields: str = row.values.get("rank") or ""
        reranked = {(warden, grid) for grid in given & live if given_fields and self._live[warden, grid] != given_fields}
        self._ranks.update(dict.fromkeys(reranked, given_fields))
        if not is_new:
            self._differ_posts(row, record, old=live, new=(live | new) - gone, rank=given_fields, reranked=reranked)
        return bool(new or gone or reranked)

    def _differ_posts(
        self, row: SheetRow, record: Mapping[str, Any], old: set[int], new: set[int], rank: str, reranked: set[tuple[int, int]]
    ) -> None:
        label = self.label(record)
        if old != new:
            words = (listed(sorted(self._names[grid] for grid in grids)) for grids in (old, new))
            self.context.note_difference(row, label, "负责网格", *words)
        if reranked:
            was = listed(sorted({self._live[post] for post in reranked}))
            self.context.note_difference(row, label, "主辅", was, rank)

    def finish(self) -> None:
        """Write posts, which need their warden to be stored first."""
        connection = self.context.connection
        for warden, grid, grade, duty, starts, left in self._posts:
            key = people.start_post(connection, warden, grid_id=grid, rank=grade, duty=duty, day=starts, batch=self.context.batch)
            if left is not None:
                people.end_post(connection, warden, grid, left)
            ends_on = left.isoformat() if left is not None else None
            self.context.remember("post", key, None, {"warden_id": warden, "grid_id": grid, "rank": grade, "ends_on": ends_on})
        for warden, grid, ends in self._ends:
            ended = people.end_post(connection, warden, grid, ends)
            if ended is not None:
                self.context.remember("post", ended, {"ends_on": None}, {"ends_on": ends.isoformat()})
        for (warden, grid), grade in self._ranks.items():
            changed = people.set_rank(connection, warden, grid, grade)
            if changed is not None:
                self.context.remember("post", changed, {"rank": self._live[warden, grid]}, {"rank": grade})
