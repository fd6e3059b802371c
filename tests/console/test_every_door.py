"""Every cell of the matrix, state by action by role by own or another's case, through every door: by command, in the console, by list.

What is expected is the table typed in by hand in :mod:`matrix`, never the one the program reads.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from console_driver import Console, console_on
from logins import hold_tokens, log_in
from matrix import DECIDED, FILED, MATRIX, Cell, S
from office_cli import Answer, CommandLine
from small_office import Clock, StaffedOffice

from gridconsole.console.dialogs.menu import ActionMenu
from gridconsole.console.panels.case import CaseScreen
from gridconsole.domain.actions import Act, Action, CallBack, Lead
from gridconsole.domain.errors import GridConsoleError
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import HELD_STATES, Axis, RequestKind, Result, Role, Satisfaction, Solved, Source, State
from gridconsole.importing.engine import run as take
from gridconsole.importing.undo import undo
from gridconsole.language import word
from gridconsole.services import actors, case_queries, casework
from gridconsole.services import office as offices
from gridconsole.services.casework import NewReport

KEEPS_OUT = frozenset({Role.ADMIN, Role.AUDITOR})
EVERYBODY = frozenset(Role) - KEEPS_OUT
LATER = timedelta(days=40)


@dataclass(frozen=True)
class Variant:
    """A case in a state, and what else is true of it."""

    state: State
    request: RequestKind | None = None
    opinion_guard: bool = False
    ordered: bool = False
    merged: bool = False
    dissatisfied: bool | None = None
    """A resident's closed case: whether the call found them so; None: nobody is to be called."""

    def __str__(self) -> str:
        named = {"ordered": self.ordered, "merged": self.merged, "opined": self.opinion_guard, "dissatisfied": self.dissatisfied}
        parts = [self.state.value, self.request.value if self.request else "", *(name for name, holds in named.items() if holds)]
        return "-".join(filter(None, [*parts, "called" if self.dissatisfied is False else ""]))


PLAIN = tuple(Variant(state) for state in State)
SPECIAL = (
    *(Variant(kind_states[0], kind) for kind, (kind_states, *_) in DECIDED.items()),
    *(Variant(kind_states[0], kind, opinion_guard=True) for kind, (kind_states, *_) in DECIDED.items() if kind.has_opinion),
    *(Variant(state, RequestKind.VOID) for state in FILED[1:]),
    *(Variant(state, ordered=True) for state in (State.REPORTED, State.HANDLING, State.CLOSED, State.VOIDED)),
    *(Variant(state, merged=True) for state in (State.TO_FILE, State.HANDLING, State.CLOSED)),
    Variant(State.CLOSED, dissatisfied=False),
    Variant(State.CLOSED, dissatisfied=True),
)
SUBJECT_TO = {
    Action.REPLY: lambda it: it.ordered,
    Action.CALL_BACK: lambda it: it.dissatisfied is False,
    # Within thirty days for any reason; a merged case is decided on with its leading one.
    Action.REOPEN: lambda it: not it.merged,
    Action.KEEP_CLOSED: lambda it: it.dissatisfied is True,
    Action.MERGE: lambda it: not it.merged,
    **dict.fromkeys((Action.RETURN, Action.EXTEND, Action.SUSPEND, Action.RETYPE, Action.VOID), lambda it: it.request is None),
    # What closed with its leading case was judged late by nobody.
    Action.APPEAL: lambda it: it.request is None and not it.merged,
}
"""What else must hold of a case, besides its state, for an action to be possible at all."""


def possible(it: Variant) -> Mapping[Action, Cell]:
    """What the table typed in by hand lets anybody do to a case that others have worked on."""
    found = {action: cell for (state, action), cell in MATRIX.items() if state is it.state}
    found = {action: cell for action, cell in found.items() if SUBJECT_TO.get(action, lambda _: True)(it)}
    if it.merged and not it.state.is_final:
        # It rests: the leading case is worked on.
        found = {}
    found[Action.NOTE] = (None, EVERYBODY, it.state)
    if it.merged:
        found[Action.UNMERGE] = (None, frozenset({Role.ACCEPTOR, Role.SHIFT_LEADER, Role.DISPATCHER}), it.state)
    if it.request is not None:
        _, opinion_roles, axis, decider, target = DECIDED[it.request]
        if opinion_roles is not None and not it.opinion_guard:
            found[Action.FIRST_OPINION] = (Axis.COMMAND, opinion_roles, it.state)
        else:
            found[Action.GRANT] = (axis, frozenset({decider}), target or it.state)
            found[Action.REFUSE] = (axis, frozenset({decider}), it.state)
    return found


class Stage:
    """An office with people who work every case up to where it is tried, so that it is another's to everybody named by a role."""

    def __init__(self, office: StaffedOffice) -> None:
        self.office = office
        self.judges = office.join("监督甲", *EVERYBODY)
        self.commands = office.join("指挥乙", *EVERYBODY)
        self.asks = office.join("申请丙", *EVERYBODY)
        self.nobody = office.join("旁人丁", *EVERYBODY)
        for actor in (self.judges, self.commands, self.asks, self.nobody):
            log_in(office.opened, actor.name)

    def act(self, number: str, actor: Actor, action: Action, **fields: Any) -> None:
        casework.act_on(self.office.opened, actor, number, Act.of(action, **fields))

    def case(self, it: Variant) -> str:
        """A case as it is described; returns its number."""
        office, grid = self.office, self.office.grids["330106001001001"]
        is_hearsay = it.state is State.VERIFYING or it.dissatisfied is not None
        report = NewReport(
            "路边有暴露垃圾",
            Source.PUBLIC if is_hearsay else Source.WARDEN,
            grid_id=grid.id,
            area_id=grid.area_id,
            category_id=office.categories["暴露垃圾"],
        )
        number = casework.intake(office.opened, self.asks, report).number
        if it.ordered:
            self.act(number, self.asks, Action.SUPERVISION_ORDER, note="快办", reply_by=office.opened.now() + LATER * 9)
        if it.merged:
            lead = casework.intake(office.opened, self.asks, report).number
            merge = partial(casework.act_on, office.opened, self.asks, number, Act.of(Action.MERGE, into=Lead(lead)))
            if it.state is State.CLOSED:
                merge()
                self._walk(lead, it, is_hearsay=is_hearsay)
            else:
                self._walk(number, it, is_hearsay=is_hearsay)
                merge()
        else:
            self._walk(number, it, is_hearsay=is_hearsay)
        if it.request is not None:
            self._ask(number, it.request)
            if it.opinion_guard:
                self.act(number, self.commands, Action.FIRST_OPINION, result=Result.SUPPORT)
        assert office.load(number).case.state is it.state
        return number

    def _walk(self, number: str, it: Variant, *, is_hearsay: bool) -> None:
        way: list[tuple[Actor, Action, dict[str, Any]]] = [(self.judges, Action.ACCEPT, {})]
        if is_hearsay:
            way.append((self.judges, Action.VERIFY, {"result": Result.TRUE}))
        way += [
            (self.judges, Action.FILE, {}),
            (self.commands, Action.DISPATCH, {"handler": self.office.handlers["城管局"]}),
            (self.commands, Action.FEEDBACK, {"note": "已清理"}),
            (self.judges, Action.CHECK, {"result": Result.PASS}),
            (self.judges, Action.CLOSE, {}),
        ]
        goal = {State.SUSPENDED: State.HANDLING, State.VOIDED: State.HANDLING, State.DECLINED: State.REPORTED}.get(
            it.state, it.state
        )
        for actor, action, fields in way:
            if self.office.load(number).case.state is goal:
                break
            if action is Action.FEEDBACK and it.state is State.CLOSED:
                # Only what was handled late can be appealed against.
                self.office.clock.advance(days=5)
            self.act(number, actor, action, **fields)
        if it.state is State.DECLINED:
            self.act(number, self.judges, Action.DECLINE, reason="不属实")
        if it.state in (State.SUSPENDED, State.VOIDED):
            kind = RequestKind.SUSPENSION if it.state is State.SUSPENDED else RequestKind.VOID
            self._ask(number, kind)
            if kind.has_opinion:
                self.act(number, self.commands, Action.FIRST_OPINION, result=Result.SUPPORT)
            self.act(number, self.judges, Action.GRANT)
        if it.dissatisfied:
            call = CallBack(True, Solved.NO, Satisfaction.DISSATISFIED)
            self.act(number, self.judges, Action.CALL_BACK, reason="又堆起来了", call_back=call)

    def _ask(self, number: str, kind: RequestKind) -> None:
        office = self.office
        category = office.categories["非法小广告"]
        fields: dict[RequestKind, dict[str, Any]] = {
            RequestKind.SUSPENSION: {"until": office.opened.today() + LATER},
            RequestKind.RETYPE: {"rule": case_queries.rules_of(office.opened, category)[0]},
        }
        asking = {RequestKind.EXTENSION: Action.EXTEND, RequestKind.SUSPENSION: Action.SUSPEND}.get(kind) or Action(kind.value)
        self.act(number, self.asks, asking, reason="等配件", **fields.get(kind, {}))

    def enough(self, action: Action) -> tuple[str, ...]:
        """Options that leave an act nothing to miss."""
        office = self.office
        options: dict[Action, tuple[str, ...]] = {
            Action.VERIFY: ("--result", "true"),
            Action.FILE: ("--grid", "330106001001001", "--category", "暴露垃圾", "--rule", "1"),
            Action.DISPATCH: ("--to", "城管局"),
            Action.REDISPATCH: ("--to", "环卫所", "--reason", "换人"),
            Action.SUSPEND: ("--until", f"{office.opened.today() + LATER}", "--reason", "雨季"),
            Action.RETYPE: ("--category", "非法小广告", "--rule", "1", "--reason", "须立项"),
            Action.FIRST_OPINION: ("--result", "support"),
            Action.GRANT: (),
            Action.ACCEPT: (),
            Action.CLOSE: (),
            Action.CHECK: ("--result", "pass"),
            Action.CALL_BACK: ("--reached", "--solved", "是", "--satisfaction", "满意"),
            Action.SEND: ("--to", LOOKER),
            Action.SUPERVISION_ORDER: ("--note", "快办", "--reply-by", f"{office.opened.today() + LATER} 10:00"),
        }
        if action is Action.MERGE:
            options[action] = ("--into", self.case(Variant(State.REPORTED)))
        return options.get(action, ("--note", "说明[/]") if action in SAYS else ("--reason", "理由①"))


SAYS = {Action.NOTE, Action.SETTLE, Action.FEEDBACK, Action.REPLY}
LOOKER = "李小明"


@pytest.fixture
def stage(office: StaffedOffice) -> Stage:
    """The office with its four extra people."""
    return Stage(office)


@dataclass(frozen=True)
class Staged:
    """A closed office with a case of every variant."""

    path: Path
    at: datetime
    numbers: Mapping[Variant, str]


@pytest.fixture(scope="session")
def every_case(tmp_path_factory: pytest.TempPathFactory, office_template: Path) -> Staged:
    """Made once in this process; copy it."""
    path, clock = tmp_path_factory.mktemp("doors") / "office.db", Clock()
    hold_tokens(Path(shutil.copy(office_template, path)))
    opened = offices.open_office(path, "cli", clock)
    stage = Stage(StaffedOffice.of(opened, clock))
    # What was suspended or late stays so while the others are made: nothing here depends on the hour but the extension.
    numbers = {it: stage.case(it) for it in (*PLAIN, *SPECIAL)}
    opened.close()
    return Staged(path, clock.at, numbers)


@pytest.fixture
def staged(every_case: Staged, tmp_path: Path, clock: Clock) -> Iterator[StaffedOffice]:
    """The office with a case of every variant, open."""
    clock.at = every_case.at
    opened = offices.open_office(hold_tokens(Path(shutil.copy(every_case.path, tmp_path / "office.db"))), "cli", clock)
    yield StaffedOffice.of(opened, clock)
    opened.close()


@pytest.fixture
def command(
    office_file: Path, clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[CommandLine]:
    """The command line on the same office, at the same time; the file is opened once, as opening is not what is tried here."""
    opened = offices.open_office(office_file, "cli", clock)
    close = opened.close
    monkeypatch.setattr(opened, "close", lambda: None)
    monkeypatch.setattr(offices, "open_office", lambda path, origin, now=None: opened)
    monkeypatch.setenv("COLUMNS", "200")
    yield CommandLine(office_file, capsys, clock)
    close()


def refused(stage: Stage, answering: Callable[..., Answer], number: str, name: str, action: Action, code: str) -> Answer:
    """A step is refused to somebody, and the case stays as it is."""
    before = stage.office.load(number).case
    answer = answering(name, number, action.value, *stage.enough(action))
    assert (answer.status, answer.error) == (4, code), (name, action, answer.out)
    assert stage.office.load(number).case == before, (name, action)
    return answer


@pytest.mark.parametrize("it", [*PLAIN, *SPECIAL], ids=str)
def test_by_command_each_role_can_do_what_the_table_says_and_nothing_else(
    stage: Stage, command: CommandLine, it: Variant
) -> None:
    cells = possible(it)
    new_here = set(cells) if it in PLAIN else set(cells) - set(possible(Variant(it.state)))
    number = stage.case(it)
    for action in sorted(new_here):
        axis, roles, target = cells[action]
        for role in Role:
            name = word(role)
            if role not in roles:
                answer = refused(stage, command.act, number, name, action, "C112")
                assert any(word(able) in answer.json["error"]["hint"] for able in roles)
                continue
            mine = stage.case(it)
            done = command.act(name, mine, action.value, *stage.enough(action))
            assert (done.status, done.json.get("state")) == (0, target.value), (name, action, done.out)
        if axis is not None:
            own = stage.commands if axis is S else stage.judges
            if any(past.operator_id == own.id and past.axis is axis.other for past in stage.office.load(number).case.past):
                request = stage.office.load(number).case.request
                judges_it = action in (Action.GRANT, Action.REFUSE)
                # Whoever gave the first opinion decides on it with nobody's word.
                opinion_guard = judges_it and request is not None and request.first_opinion_by == own.id
                refused(stage, command.act, number, own.name, action, "C117" if opinion_guard else "C120")
    denied = [json.loads(facts) for (facts,) in command.rows("SELECT facts FROM ledger WHERE action = 'denied'")]
    assert {fact["action"] for fact in denied} >= {action.value for action in new_here if cells[action][1] != frozenset(Role)}


@pytest.mark.parametrize("it", PLAIN, ids=str)
def test_by_command_what_the_table_does_not_have_is_refused_to_somebody_who_holds_every_role(
    stage: Stage, command: CommandLine, it: Variant
) -> None:
    number, cells = stage.case(it), possible(it)
    for action in Action:
        if action not in cells:
            code = "C115" if conditional(it, action) else "C111"
            if action is Action.REVERT_RESUME and conditional(it, action):
                code = "C112"  # an administrator's, who holds none of these roles
            refused(stage, command.act, number, stage.nobody.name, action, code)


def conditional(it: Variant, action: Action) -> bool:
    """Whether an action has cells in a state, only not for a plain case: the refusal then says which condition is missing."""
    if action in (Action.FIRST_OPINION, Action.GRANT, Action.REFUSE, Action.RECALL):
        return any(
            it.state in states and (action is not Action.FIRST_OPINION or opinion_roles)
            for states, opinion_roles, *_ in DECIDED.values()
        )
    if action is Action.WITHDRAW:
        return it.state in (State.REPORTED, State.CLOSED)
    if action is Action.REVERT_RESUME:
        return it.state is State.HANDLING
    if action is Action.HAND_ON:
        return it.state in HELD_STATES
    if action in (Action.RECOMPUTE, Action.MOVE_GRID):
        return not it.state.is_final
    if action in (Action.REST, Action.CLOSE_FOLLOWER):
        return not it.state.is_final
    return action is Action.UNMERGE or (it.state, action) in MATRIX


@pytest.mark.parametrize("role", list(Role))
async def test_the_console_offers_each_role_what_the_table_says_and_nothing_else(
    staged: StaffedOffice, every_case: Staged, role: Role
) -> None:
    office = staged
    async with console_on(office.opened, word(role), (80, 24)) as console:
        for it, number in every_case.numbers.items():
            expected = {action for action, (_, roles, _) in possible(it).items() if role in roles}
            if Action.EXTEND in expected and not office.load(number).case.clocks[-1].due_at >= office.opened.now():
                expected.discard(Action.EXTEND)
            assert await offered(console, number) == {word(action) for action in expected}, str(it)


async def offered(console: Console, number: str) -> set[str]:
    """Return what F3 lists on a case's own screen. One screen shows case after case: making a new one takes longest."""
    if not isinstance(console.screen, CaseScreen):
        await console.app.push_screen(CaseScreen(number))
    screen = console.screen
    assert isinstance(screen, CaseScreen)
    screen._number, screen.view = number, None
    screen._load()
    await console.until(lambda: screen.view is not None and screen.view.detail.row.number == number, "the case")
    await console.pilot.press("f3")
    await console.until(lambda: isinstance(console.screen, ActionMenu), "the menu")
    listed = set(console.menu())
    await console.app.pop_screen()
    return listed


async def test_the_console_offers_nobody_a_step_on_the_other_side_of_their_own_case(
    staged: StaffedOffice, every_case: Staged
) -> None:
    office = staged
    for it, number in every_case.numbers.items():
        case = office.load(number).case
        for own in (actors.find_operator(office.opened, name) for name in ("监督甲", "指挥乙")):
            sides = {past.axis for past in case.past if past.operator_id == own.id} - {None}
            view = case_queries.view(office.opened, number, own)
            for action, (axis, _, _) in possible(it).items():
                is_other = axis is not None and axis.other in sides
                assert (action in view.waivable) is is_other or action in (Action.GRANT, Action.REFUSE, Action.EXTEND), (
                    str(it),
                    action,
                )


@pytest.mark.parametrize("role", list(Role))
def test_by_list_each_role_can_do_what_the_table_says_and_nothing_else(
    staged: StaffedOffice, every_case: Staged, tmp_path: Path, role: Role
) -> None:
    office = staged
    actor = office.actors[role]
    cases = {it.state: every_case.numbers[it] for it in PLAIN}
    before = {number: office.load(number).case.version for number in cases.values()}
    sheet = tmp_path / "反馈.csv"
    rows = "".join(f"{number},{office.opened.now():%Y-%m-%d %H:%M},已清理\n" for number in cases.values())
    sheet.write_text(f"案件号,处置时间,处置结果\n{rows}", encoding="utf-8")
    with_error(lambda: take(office.opened, actor, "feedback", sheet))
    changed = {state for state, number in cases.items() if office.load(number).case.version != before[number]}
    allowed = role in MATRIX[State.HANDLING, Action.FEEDBACK][1]
    assert changed == ({State.HANDLING} if allowed else set())


def with_error(doing: Callable[[], object]) -> str:
    """The code of what was refused; empty where it was done."""
    try:
        doing()
    except GridConsoleError as error:
        return error.code
    return ""


BRINGS_CASES = frozenset({Role.CLERK, Role.SHIFT_LEADER, Role.ACCEPTOR})
TAKES_BACK = frozenset({Role.CLERK, Role.SHIFT_LEADER})


@pytest.mark.parametrize("role", list(Role))
def test_a_list_of_cases_is_brought_and_taken_back_by_those_who_may(office: StaffedOffice, tmp_path: Path, role: Role) -> None:
    sheet = tmp_path / "清单.csv"
    sheet.write_text("问题描述,来源,上报时间\n路灯不亮,群众反映,2026-11-23 08:30\n", encoding="utf-8")
    assert (with_error(lambda: take(office.opened, office.actors[role], "incidents", sheet)) == "") is (role in BRINGS_CASES)
    if role not in BRINGS_CASES:
        take(office.opened, office.actors[Role.CLERK], "incidents", sheet)
    with office.opened.database.reading() as connection:
        number, batch = connection.exec_driver_sql("SELECT number, batch_id FROM incident").one()
    refused = with_error(lambda: undo(office.opened, office.actors[role], batch))
    assert (refused == "") is (role in TAKES_BACK)
    assert (office.load(number).case.state is State.VOIDED) is (role in TAKES_BACK)
