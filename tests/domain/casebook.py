"""Cases for the rules, without a database: a story told through ``report`` and ``decide``."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from matrix import USUAL as ROLES
from state_council import NOTICE

from gridconsole.domain.actions import Act, Action, CallBack, Lead
from gridconsole.domain.case import Case, Circumstances, Decision, PastAct, Pending, start_clock
from gridconsole.domain.catalogue import FilingRule, Limit, Milestone
from gridconsole.domain.clock import WorkCalendar, make_noticed
from gridconsole.domain.codes import AssigneeKind, HandlerKind, Unit
from gridconsole.domain.incident import decide, report
from gridconsole.domain.parties import Actor, Handler
from gridconsole.domain.states import CallBackState, RequestKind, Result, Role, Satisfaction, Solved, Source, Stage, State
from gridconsole.domain.task import Assignee, AssigneeCandidate

DAYS, YEARS = make_noticed(NOTICE)
CALENDAR = WorkCalendar(days=DAYS, noticed_years=YEARS)
MONDAY_NINE = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
"""09:00 on a working Monday in the office."""
STAGE_LIMITS = {
    Stage.ACCEPT: 15,
    Stage.VERIFY: 30,
    Stage.FILE: 15,
    Stage.DISPATCH: 15,
    Stage.CHECK: 30,
    Stage.CLOSE: 15,
}

CITY = Handler(HandlerKind.UNIT, 1, "城管局[/]")
CLEANERS = Handler(HandlerKind.UNIT, 2, "环卫所")
WARDEN = Handler(HandlerKind.WARDEN, 7, "𠮷田")
LOOKER = AssigneeCandidate(Assignee(AssigneeKind.WARDEN, 8, "李小明[/]"), "W001", warden_id=8, rank="A")
"""A warden of the grid who has had nothing to do with the case."""
RULE = FilingRule(11, 5, "少量", (Milestone(Limit(Decimal(4), Unit.WORK_HOUR), ""),), "清理干净", "GB/T 30428.2-2013")
OTHER_RULE = FilingRule(12, 6, "破损", (Milestone(Limit(Decimal(3), Unit.WORK_DAY), ""),), "恢复", "GB/T 30428.2-2013")

LEAD = Lead("2026112300002", state=State.HANDLING)
"""Another case, which leads."""

PEOPLE = {role: Actor(number, f"{role.value}甲", frozenset({role})) for number, role in enumerate(Role, 1)}
USUAL = {action: role for action, role in ROLES.items() if action is not Action.SEND_BACK} | {
    Action.DECLINE: Role.SHIFT_LEADER,
    Action.VOID: Role.DISPATCHER,
}
"""Of two roles that may, the other one than elsewhere in the tests; who sends back depends on the state."""
CONTENT = CallBack(True, Solved.YES, Satisfaction.SATISFIED)
DISCONTENT = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)
UNREACHED = CallBack(False)
FULL: dict[Action, dict[str, Any]] = {
    Action.SETTLE: {"note": "当场清理"},
    Action.DECLINE: {"reason": "不属实"},
    Action.VERIFY: {"result": Result.TRUE},
    Action.FILE: {"grid_id": 3, "category_id": 5, "rule": RULE},
    Action.SEND_BACK: {"reason": "类别不对"},
    Action.DISPATCH: {"handler": CITY},
    Action.REDISPATCH: {"handler": CLEANERS, "reason": "非其职责"},
    Action.MOVE_GRID: {"grid_id": 3, "reason": "网格拆分"},
    Action.HAND_ON: {"handler": CLEANERS, "reason": "人员离岗"},
    Action.RETURN: {"reason": "非其职责"},
    Action.EXTEND: {"reason": "等材料"},
    Action.SUSPEND: {"reason": "雨季无法施工", "until": date(2026, 12, 1)},
    Action.RETYPE: {"reason": "须立项施工", "category_id": 6, "rule": OTHER_RULE},
    Action.VOID: {"reason": "与他案重复"},
    Action.APPEAL: {"reason": "暴雨停工"},
    Action.FIRST_OPINION: {"result": Result.SUPPORT},
    Action.REFUSE: {"reason": "理由不足"},
    Action.RECALL: {"reason": "已能按期完成"},
    Action.RESUME: {"reason": "条件已具备"},
    Action.FEEDBACK: {"note": "已清理"},
    Action.CHECK: {"result": Result.PASS},
    Action.CALL_BACK: {"call_back": CONTENT},
    Action.REOPEN: {"reason": "又堆起来了"},
    Action.KEEP_CLOSED: {"reason": "已按规定办理"},
    Action.SEND: {"assignee": LOOKER},
    Action.NOTE: {"note": "居民来电催办"},
    Action.MERGE: {"into": LEAD},
    Action.UNMERGE: {"reason": "并错了"},
    Action.SUPERVISION_ORDER: {"note": "今日内处置完毕", "reply_by": MONDAY_NINE + timedelta(hours=8)},
    Action.REPLY: {"note": "已派人到场"},
}
"""Everything each action needs."""


DECIDES = {RequestKind.RETURN: Role.DISPATCHER, RequestKind.APPEAL: Role.ACCEPTOR}
"""Who decides where it is not the shift leader."""


def circumstances(now: datetime = MONDAY_NINE, **more: Any) -> Circumstances:
    """What a decision at an instant depends on."""
    return Circumstances(now, CALENDAR, STAGE_LIMITS, **more)


def full(action: Action, **more: Any) -> Act:
    """An act with everything it needs."""
    return Act.of(action, **{**FULL.get(action, {}), **more})


class Story:
    """A case that lives through acts, as the store would keep it."""

    def __init__(self, source: Source = Source.WARDEN, **more: Any) -> None:
        self.now = MONDAY_NINE
        fields = {"text": "幸福路[b栋]①号路面破损", **more}
        self.last: Decision = report("2026112300001", Act.of(Action.REPORT, source=source, **fields), circumstances())
        self.settings: dict[str, Any] = {}
        self.case: Case = self.last.case
        self._remember(PEOPLE[Role.ACCEPTOR], Action.REPORT)

    def wait(self, **kwargs: float) -> Story:
        """Let time pass."""
        self.now += timedelta(**kwargs)
        return self

    def act(self, action: Action, who: Actor | Role | None = None, **more: Any) -> Story:
        """The next thing that happens; its decision is kept as ``last``."""
        actor = who if isinstance(who, Actor) else PEOPLE[who or USUAL[action]]
        self.last = decide(self.case, full(action, **more), actor, circumstances(self.now, **self.settings))
        self.case = self.last.case
        self._remember(actor, action)
        return self

    def granted(self, action: Action, **more: Any) -> Story:
        """Asked for by the clerk, spoken for by the dispatcher where that is wanted, and granted by whoever decides."""
        self.act(action, **more)
        assert self.case.request is not None
        kind = self.case.request.kind
        if kind.has_opinion:
            self.act(Action.FIRST_OPINION)
        return self.act(Action.GRANT, DECIDES.get(kind, Role.SHIFT_LEADER))

    def _remember(self, actor: Actor, action: Action) -> None:
        done = PastAct(actor.id, actor.name, action, self.last.transition.axis, self.now)
        live = tuple(clock for clock in self.case.clocks if clock.stopped_at is None)
        self.case = replace(self.case, clocks=live, past=(*self.case.past, done))

    def to(self, state: State) -> Story:
        """Go the straight way to a state."""
        for action in _WAY[state]:
            self.act(action)
            if self.case.state is State.VERIFYING:
                self.act(Action.VERIFY)
        return self


_WAY = {
    State.REPORTED: (),
    State.TO_FILE: (Action.ACCEPT,),
    State.TO_DISPATCH: (Action.ACCEPT, Action.FILE),
    State.HANDLING: (Action.ACCEPT, Action.FILE, Action.DISPATCH),
    State.TO_CHECK: (Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.FEEDBACK),
    State.TO_CLOSE: (Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.FEEDBACK, Action.CHECK),
    State.CLOSED: (Action.ACCEPT, Action.FILE, Action.DISPATCH, Action.FEEDBACK, Action.CHECK, Action.CLOSE),
    State.DECLINED: (Action.DECLINE,),
}


def case_at(state: State, source: Source = Source.WARDEN, past: tuple[PastAct, ...] = (), **more: Any) -> Case:
    """A filled-in case that stands in a state, however it got there: in time while it is handled, late once it is closed."""
    if state is State.HANDLING:
        more.setdefault("clocks", (start_clock(Stage.HANDLE, RULE.limit, MONDAY_NINE, CALENDAR),))
    more.setdefault("was_late", state is State.CLOSED)
    return Case(
        "2026112300001",
        state,
        4,
        source,
        more.pop("grade", Story().case.grade),
        grid_id=3,
        category_id=5,
        rule=RULE,
        handler=more.pop("handler", CITY),
        state_since=MONDAY_NINE,
        closed_at=MONDAY_NINE if state.is_final else None,
        past=past,
        **more,
    )


AFTER_CALL = {
    Action.CALL_BACK: CallBackState.DUE,
    Action.REOPEN: CallBackState.DISSATISFIED,
    Action.KEEP_CLOSED: CallBackState.DISSATISFIED,
}
"""How far a call-back has come where these can be done."""


def case_for(state: State, action: Action, **more: Any) -> Case:
    """A warden's case in a state; where the action is about a call-back, a resident's that has come so far."""
    if action is Action.REPLY:
        more |= {"reply_by": MONDAY_NINE + timedelta(hours=8), "ordered_by_id": 902}
    if action in AFTER_CALL:
        return case_at(state, Source.PUBLIC, call_back=AFTER_CALL[action], **more)
    return case_at(state, **more)


def asked(kind: RequestKind, *, by: int = 900, opinion_guard: bool = True) -> Pending:
    """A request somebody else made, spoken for by yet another where that is wanted."""
    opinion = (901, Result.SUPPORT) if opinion_guard and kind.has_opinion else (None, None)
    amount = RULE.limit if kind is RequestKind.EXTENSION else None
    until = date(2026, 12, 1) if kind is RequestKind.SUSPENSION else None
    return Pending(kind, by, *opinion, amount, until, OTHER_RULE if kind is RequestKind.RETYPE else None)
