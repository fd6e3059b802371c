"""A small office for tests: a register read by the real import, people for every role, and a clock that is moved by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from logins import log_everybody_in
from matrix import USUAL

from gridconsole.domain.access import APART
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import HandlerKind
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import Result, Role, Source, State
from gridconsole.importing.engine import run
from gridconsole.reporting import request
from gridconsole.reporting.model import Report
from gridconsole.reporting.registry import KINDS
from gridconsole.services import actors, casework, setup, timekeeping
from gridconsole.services.casework import NewReport, Receipt
from gridconsole.services.office import Office
from gridconsole.store import cases, catalogue, people, places

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_MORNING = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI).astimezone(UTC)
"""When tests begin unless they say otherwise: a working Monday without a holiday in sight."""

HOSTILE_NAME = "𠮷田[/]\x1b[31m红\u202e"
HOSTILE_ADDRESS = "幸福路[b栋]①号"
OFFICE_ROLES = [role for role in Role if role not in APART]
"""Every role that has to do with cases."""
LONG_COMPLAINT = "楼道堆满杂物，反映多次无人处理。[/][b]\x1b]52;c;aGFja2Vk\x07" + "夜间施工噪音扰民，" * 780
"""About 7,000 characters, with markup and a terminal sequence that would set the clipboard."""


def local(day: date, at: str = "00:00") -> datetime:
    """An office's wall time as an aware instant."""
    return datetime.combine(day, time.fromisoformat(at), tzinfo=SHANGHAI)


class Clock:
    """The time of a test."""

    def __init__(self, at: datetime = MONDAY_MORNING) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **kwargs: float) -> datetime:
        """Let some time pass, in the words of ``timedelta``."""
        self.at += timedelta(**kwargs)
        return self.at


AREAS = """区划代码,名称,级别
330106,X区,区
330106001,幸福街道,街道
330106102,临江镇,镇
330106001001,东风社区,社区
330106001002,新民社区,社区
330106102201,石桥村,村
"""
GRIDS = """网格编码,网格名称,户数,四至边界
330106001001001,东风社区第1网格,260,东至幸福路[b栋]
330106001001002,东风社区第2网格,240,
330106001002001,新民社区第1网格,310,
330106102201001,石桥村第1网格,180,[/]
"""
CATALOGUE = """类别,大类代码,大类名称,小类代码,小类名称,立案条件,处置时限,结案条件
部件,01,公用设施,01,上水井盖,缺失,2紧急工作时,恢复原状
部件,01,公用设施,01,上水井盖,破损,1工作日,恢复原状
部件,01,公用设施,02,路灯,不亮,3工作日,恢复照明
事件,01,市容环境,01,暴露垃圾,少量,4工作时,清理干净
事件,01,市容环境,01,暴露垃圾,大量,1工作日,清理干净
事件,02,宣传广告,04,非法小广告,①处以上,7自然日,清除
事件,03,施工管理,01,夜间施工,扰民,5工作日,停止施工
"""
DEPARTMENTS = """单位编码,单位名称,单位类型,服务区域,负责类别,备用类别,值班
B001,城管局,专业部门,,事件01、事件02,,
B002,环卫所,专业部门,,,事件01,
B003,住建局,专业部门,,事件03、部件01-02,,
C001,市政养护公司,承包单位,,部件01-01,部件01-02,全天
J001,幸福街道办,街道办事处,330106001,,,
J002,临江镇政府,镇人民政府,330106102,,,
"""
WARDENS = """工号,姓名,联系电话,人员性质,负责网格,主辅,入职日期,离职日期
W001,李小明,13812345678,专职,330106001001001,A,2025-01-06,
W002,𠮷田,13912340000,兼职,330106001001001,B,2025-01-06,
W003,王[/]芳,13700001111,专职,330106001001002,A,2025-03-03,
W004,赵离,13600002222,临聘,330106001002001,A,2025-03-03,2026-06-30
"""
REGISTER = {"areas": AREAS, "grids": GRIDS, "catalogue": CATALOGUE, "departments": DEPARTMENTS, "wardens": WARDENS}


def build(folder: Path, now: Clock) -> Path:
    """A new office with its register, closed again; returns the database's path."""
    path = folder / "office.db"
    opened = setup.initialise(path, "X区网格化指挥中心[测试]", "xdistrict", "cli", now, time_doubt_days=0)
    try:
        clerk = actors.find_operator(opened, "内勤")
        for kind, sheet in REGISTER.items():
            file = folder / f"{kind}.csv"
            file.write_text(sheet, encoding="utf-8")
            outcome = run(opened, clerk, kind, file)
            assert not outcome.issues, outcome.issues
        log_everybody_in(opened)
    finally:
        opened.close()
    return path


@dataclass
class StaffedOffice:
    """An open office with the names tests call things by."""

    opened: Office
    clock: Clock
    actors: Mapping[Role, Actor]
    grids: Mapping[str, places.GridChoice]
    categories: Mapping[str, int]
    handlers: Mapping[str, Handler]
    _serial: list[int] = field(default_factory=lambda: [0])

    @classmethod
    def of(cls, opened: Office, clock: Clock) -> StaffedOffice:
        """Read the names from the database."""
        everybody = actors.operators(opened)
        with opened.database.reading() as connection:
            grids = {choice.code: choice for choice in places.grid_choices(connection)}
            categories = {choice.category.minor_name: choice.category.id for choice in catalogue.categories(connection)}
            handlers = {unit.name: Handler(HandlerKind.UNIT, unit.id, unit.name) for unit in people.units(connection)}
            for warden in people.wardens(connection, opened.today()):
                handlers[warden.name] = Handler(HandlerKind.WARDEN, warden.id, warden.name)
        by_role = {role: next(actor for actor in everybody if role in actor.roles) for role in Role}
        return cls(opened, clock, by_role, grids, categories, handlers)

    def report(self, text: str = "路边有暴露垃圾", source: Source = Source.WARDEN, **more: Any) -> Receipt:
        """A case of the first grid, reported by the acceptor."""
        grid = self.grids["330106001001001"]
        values = {"grid_id": grid.id, "area_id": grid.area_id, "category_id": self.categories["暴露垃圾"], **more}
        return casework.intake(self.opened, self.actors[Role.ACCEPTOR], NewReport(text, source, **values))

    def act(self, number: str, action: Action, role: Role | None = None, **more: Any) -> Receipt:
        """An act by the person of the role that usually does it."""
        return casework.act_on(self.opened, self.actors[role or USUAL[action]], number, Act.of(action, **more))

    def grant(self, number: str, asking: Action, **more: Any) -> Receipt:
        """Asked for, spoken for by the dispatcher where that is wanted, and granted by whoever decides."""
        self.act(number, asking, reason="等材料", **more)
        kind = self.load(number).case.request.kind
        if kind.has_opinion:
            self.act(number, Action.FIRST_OPINION, result=Result.SUPPORT)
        return self.act(number, Action.GRANT, DECIDES.get(asking))

    def set_clock_back(self, at: datetime) -> None:
        """Set the machine's clock right after it ran ahead, and have the administrator say so."""
        self.clock.at = at
        timekeeping.accept(self.opened, self.actors[Role.ADMIN], "时钟走快了，已调准")

    def join(self, name: str, *roles: Role) -> Actor:
        """One more operator, who need not log in."""
        actors.add_operator(self.opened, name, roles)
        return actors.find_operator(self.opened, name)

    def case_in(self, state: State, **more: Any) -> str:
        """A case brought to a state by the shortest way; returns its number."""
        number = self.report(**more).number
        for action, fields in WAY_TO[state]:
            named = {"handler": self.handlers["城管局"]} if action is Action.DISPATCH else {}
            self.act(number, action, **fields, **named)
        return number

    def made(self, report: str, period: str | None = None, *where: str) -> Report:
        """A report of a period, of the present one if none is named."""
        kind = KINDS[report]
        return kind.made(self.opened, request.asked(self.opened, kind, period, where))

    def load(self, number: str) -> Any:
        """The case as the rules see it, with its key."""

        with self.opened.database.reading() as connection:
            loaded = cases.load(connection, self.opened.id, number)
        assert loaded is not None
        return loaded


DECIDES = {Action.RETURN: Role.DISPATCHER, Action.APPEAL: Role.ACCEPTOR}
"""Who decides what is asked for where it is not the shift leader."""
_TO_FILE: tuple[tuple[Action, dict[str, Any]], ...] = ((Action.ACCEPT, {}),)
_TO_DISPATCH = (*_TO_FILE, (Action.FILE, {}))
_HANDLING = (*_TO_DISPATCH, (Action.DISPATCH, {}))
_TO_CHECK = (*_HANDLING, (Action.FEEDBACK, {"note": "已清理"}))
_TO_CLOSE = (*_TO_CHECK, (Action.CHECK, {"result": Result.PASS}))
WAY_TO: dict[State, tuple[tuple[Action, dict[str, Any]], ...]] = {
    State.REPORTED: (),
    State.TO_FILE: _TO_FILE,
    State.TO_DISPATCH: _TO_DISPATCH,
    State.HANDLING: _HANDLING,
    State.TO_CHECK: _TO_CHECK,
    State.TO_CLOSE: _TO_CLOSE,
    State.CLOSED: (*_TO_CLOSE, (Action.CLOSE, {})),
    State.DECLINED: ((Action.DECLINE, {"reason": "不属实"}),),
}
"""Steps of a warden's report to each state it can reach in a straight line."""
