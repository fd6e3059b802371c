"""Code lists of the tables that are not states of a case: kinds of places, things, tasks and alarms."""

from __future__ import annotations

from enum import StrEnum


class AlarmKind(StrEnum):
    """Subject of an alarm."""

    LADDER = "ladder"
    """A clock has reached a step."""
    ORDER = "order"
    """An order (督办) must be answered."""
    UNANSWERED = "unanswered"
    """An order was not answered in time."""


class Display(StrEnum):
    """Form in which a step is shown."""

    COLOUR = "colour"
    """A colour in the queue; no notification."""
    NOTICE = "notice"
    """A line in the list of reminders; no banner."""
    ALARM = "alarm"
    """A banner, and a bell if the office switched it on."""
    BOARD = "board"
    """A line on the board of very late cases (严重超期榜)."""

    @property
    def notifies(self) -> bool:
        """Return whether an operator has to acknowledge it."""
        return self in (Display.NOTICE, Display.ALARM)


class PairVerdict(StrEnum):
    """An operator's judgement of two cases."""

    SAME = "same"
    RELATED = "related"
    UNRELATED = "unrelated"


class TaskKind(StrEnum):
    """Kinds of inspections."""

    VERIFY = "verify"
    """核实: whether the report is true."""
    CHECK = "check"
    """核查: whether the matter was really fixed."""


class AssigneeKind(StrEnum):
    """Kinds of people who can be assigned an inspection."""

    WARDEN = "warden"
    """Has no account: an inspector keys in what the warden found."""
    OPERATOR = "operator"
    """An inspector with an account."""


class CategoryKind(StrEnum):
    """部件 (a facility) or 事件 (an act or state)."""

    COMPONENT = "component"
    EVENT = "event"


class Unit(StrEnum):
    """The four clocks (GB/T 30428.8 practice; meaning from municipal systems)."""

    URGENT_HOUR = "urgent_hour"
    """紧急工作时: runs always, nights and holidays included."""
    WORK_HOUR = "work_hour"
    """工作时: runs inside office hours only."""
    WORK_DAY = "work_day"
    """工作日: start day not counted, ends at close of business."""
    NATURAL_DAY = "natural_day"
    """自然日: calendar days, start day not counted; a last day of rest moves to the next work day (Civil Code 203)."""

    @property
    def is_days(self) -> bool:
        """Return whether it is counted in whole days."""
        return self in (Unit.WORK_DAY, Unit.NATURAL_DAY)

    @property
    def is_work_time(self) -> bool:
        """Return whether it runs inside office hours only."""
        return self in (Unit.WORK_HOUR, Unit.WORK_DAY)


class Level(StrEnum):
    """The five levels of the network."""

    CITY = "city"
    DISTRICT = "district"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"
    GRID = "grid"


class GridKind(StrEnum):
    """基础网格 by residence; 专属网格 for a compound, park, hospital or school."""

    BASIC = "basic"
    DEDICATED = "dedicated"


class TurnEnd(StrEnum):
    """Way in which a handler's turn with a case ended."""

    FED_BACK = "fed_back"
    RETURNED = "returned"
    REDISPATCHED = "redispatched"
    HANDED_OVER = "handed_over"
    """The handler left a post, and a successor got the case: no judgement, and no wrong dispatch."""
    WITHDRAWN = "withdrawn"
    """The case was voided, merged or withdrawn."""


class UnitKind(StrEnum):
    """Kinds of units of an office."""

    COMMAND_CENTRE = "command_centre"
    """指挥中心."""
    SUB_CENTRE = "sub_centre"
    """管理分中心."""
    SUPERVISION_CENTRE = "supervision_centre"
    """监管中心."""
    WORKSTATION = "workstation"
    """网格管理站."""
    STABILITY_STATION = "stability_station"
    """综治信访维稳站."""
    SERVICE_STATION = "service_station"
    """便民服务站."""
    SUBDISTRICT_OFFICE = "subdistrict_office"
    """街道办事处, 镇人民政府."""
    COMMUNITY = "community"
    """社区居委会, 村委会."""
    DEPARTMENT = "department"
    """专业部门."""
    CONTRACTOR = "contractor"
    SOCIAL_ORGANISATION = "social_organisation"
    POLICE_STATION = "police_station"
    TEAM = "team"
    """队伍, as lists of units name them; teams with members are no units."""
    OTHER = "other"


class HandlerKind(StrEnum):
    """Kinds of handlers."""

    UNIT = "unit"
    WARDEN = "warden"
