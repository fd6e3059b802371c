"""One case from report to close by ``incident act``: the right people get through, everybody and everything else is refused.

What may follow from where is read from the transition table itself, so a row added there is tried here.
"""

from __future__ import annotations

import json

import pytest
from office_cli import Answer, Clock, CommandLine
from small_office import OFFICE_ROLES

from gridconsole.domain.actions import JUDGING, Action
from gridconsole.domain.errors import ApproverAsked, AxisConflict, AxisWaivable, HandlerMayNotJudge, RoleForbidden
from gridconsole.domain.states import OPEN_STATES, Role, State
from gridconsole.domain.transitions import TRANSITIONS, actions_from, results_of
from gridconsole.language import word
from gridconsole.store.tables.ledger import ledger

LOOP: tuple[tuple[State, Role, Action, tuple[str, ...]], ...] = (
    (State.TO_FILE, Role.ACCEPTOR, Action.ACCEPT, ()),
    (State.TO_DISPATCH, Role.SHIFT_LEADER, Action.FILE, ("--grid", "420502001001001", "--category", "事件01-01", "--rule", "1")),
    (State.HANDLING, Role.DISPATCHER, Action.DISPATCH, ("--to", "城管局")),
    (State.TO_CHECK, Role.DISPATCHER, Action.FEEDBACK, ("--note", "已清理①")),
    (State.TO_CLOSE, Role.INSPECTOR, Action.CHECK, ("--result", "pass")),
    (State.CLOSED, Role.SHIFT_LEADER, Action.CLOSE, ("--outcome", "resolved")),
)
"""The seven stages of a warden's report: where each step leads, who takes it, and what it needs."""
ON_THE_WAY = (State.REPORTED, *(state for state, *_ in LOOP))
HEARSAY = (State.VERIFYING,)
ENOUGH = (
    "--to",
    "环卫所",
    "--note",
    "说明[/]",
    "--reason",
    "理由①",
    "--grid",
    "420502001001001",
    "--category",
    "暴露垃圾",
    "--rule",
    "1",
)


DENIALS = {kind.code for kind in (RoleForbidden, AxisConflict, AxisWaivable, HandlerMayNotJudge, ApproverAsked)}
LEDGER = [column.name for column in ledger.columns]


def bring_to(office: CommandLine, wanted: State) -> str:
    """A case in a state, by the shortest way."""
    number: str = office.once(f"a case in {wanted}", lambda fresh: _brought_to(fresh, wanted))
    return number


def _brought_to(office: CommandLine, wanted: State) -> str:
    if wanted is State.VERIFYING:
        number = office.reports("垃圾成堆", "--source", "public")
        assert office.act("受理员", number, "accept").json["state"] == wanted.value
        return number
    number = office.reports("垃圾成堆")
    for state, role, action, options in LOOP[: ON_THE_WAY.index(wanted)]:
        assert office.act(word(role), number, action.value, *options).json["state"] == state.value
    return number


def said_enough(action: Action) -> tuple[str, ...]:
    """Options that leave an act nothing to miss."""
    if action is Action.SEND:
        return (*ENOUGH, "--to", "W1")
    results = results_of(action)
    return (*ENOUGH, "--result", results[0].value) if results else ENOUGH


def refused(office: CommandLine, code: str, status: int, operator: str, number: str, action: str, *options: str) -> Answer:
    """Try a step that must be refused, and see that nothing at all changed; who had no right to it is told to the ledger."""
    before = office.known or office.everything()
    answer = office.act(operator, number, action, *options)
    assert (answer.status, answer.json.keys(), answer.err) == (status, {"error"}, ""), (operator, action)
    assert answer.error == code, (operator, action, answer.json)
    now = office.everything()
    after = now
    if code in DENIALS:
        *rest, last = now["ledger"]
        after = now | {"ledger": rest}
        reported = dict(zip(LEDGER, last, strict=True))
        assert (reported["operator"], reported["action"]) == (operator, "denied")
        assert json.loads(reported["facts"]) == {"action": action, "code": code, "number": number}
    assert after == before, (operator, action)
    office.known = now
    return answer


def roles_for(state: State, action: Action) -> frozenset[Role]:
    """Everybody any row of the table lets take an action from a state; empty means all."""
    rows = [row for row in TRANSITIONS if (row.source, row.action) == (state, action)]
    return frozenset().union(*(row.roles for row in rows))


def test_the_right_people_take_a_case_through_the_seven_stages(small_office: CommandLine, office_clock: Clock) -> None:
    number = small_office.reports("垃圾成堆")
    for version, (state, role, action, options) in enumerate(LOOP, 2):
        office_clock.advance(minutes=5)
        answer = small_office.act(word(role), number, action.value, *options, "--version", str(version - 1))
        assert (answer.status, answer.json["state"], answer.json["version"]) == (0, state.value, version)
        assert (answer.json["due_at"] is None) is state.is_final
    shown = small_office("incident", "show", number, "--operator", "值班长", "--json").json
    assert [entry["action"] for entry in shown["timeline"]] == ["report", *(action.value for _, _, action, _ in LOOP)]
    assert [entry["operator"] for entry in shown["timeline"][1:]] == [word(role) for _, role, _, _ in LOOP]
    assert [entry["to"] for entry in shown["timeline"]] == [state.value for state in ON_THE_WAY]
    assert (shown["outcome"], shown["handler"], shown["condition"], shown["rework"]) == ("resolved", "城管局", "少量", 0)
    assert shown["closed_at"] == "2026-11-23T14:30:00+08:00"
    assert shown["actions"] in (["note"], ["reopen", "note"], ["note", "reopen"])
    assert small_office("ledger", "verify", "--json").json["ok"] is True


def test_actions_and_results_go_by_their_chinese_names_too(small_office: CommandLine) -> None:
    number = small_office.reports("垃圾成堆", "--source", "群众反映", "--grade", "紧急")
    assert small_office.act("受理员", number, "受理").json["state"] == "verifying"
    assert small_office.act("核查员", number, "核实", "--result", "属实").json["state"] == "to_file"


@pytest.mark.parametrize("state", [*ON_THE_WAY, *HEARSAY])
def test_a_step_the_table_does_not_have_is_refused(small_office: CommandLine, state: State) -> None:
    number = bring_to(small_office, state)
    small_office("operator", "add", "全能[/]", *(word for role in OFFICE_ROLES for word in ("--role", role.value)))
    impossible = [action for action in Action if action not in actions_from(state)]
    assert impossible
    for action in impossible:
        if action in (
            Action.WITHDRAW,
            Action.RECOMPUTE,
            Action.REVERT_RESUME,
            Action.CLOSE_FOLLOWER,
            Action.HAND_ON,
            Action.MOVE_GRID,
        ) and roles_for(state, action):
            # The table has the step, for undoing an import, changing the calendar or putting a wrong time right alone; the last
            # is an administrator's, who holds none of these roles.
            code = "C112" if action is Action.REVERT_RESUME else "C115"
            refused(small_office, code, 4, "全能[/]", number, action.value, *said_enough(action))
            continue
        answer = refused(small_office, "C111", 4, "全能[/]", number, action.value, *said_enough(action))
        assert number in answer.json["error"]["message"]
        assert "备注" in answer.json["error"]["hint"], "what can be done instead"


@pytest.mark.parametrize("state", [state for state in (*ON_THE_WAY, *HEARSAY) if not state.is_final])
def test_a_step_is_refused_to_every_role_but_its_own(small_office: CommandLine, state: State) -> None:
    number = bring_to(small_office, state)
    steps = [action for action in actions_from(state) if action not in JUDGING]
    guarded = [(action, roles_for(state, action)) for action in steps if roles_for(state, action)]
    assert guarded
    for action, allowed in guarded:
        for role in Role:
            if role not in allowed:
                answer = refused(small_office, "C112", 4, word(role), number, action.value, *said_enough(action))
                assert any(word(item) in answer.json["error"]["hint"] for item in allowed)


def test_every_open_state_of_the_table_is_tried_here() -> None:
    in_the_table = {
        row.source for row in TRANSITIONS if row.action not in (Action.NOTE, Action.UNMERGE, Action.REPLY) and row.source
    }
    assert in_the_table <= {*ON_THE_WAY, *HEARSAY, State.SUSPENDED}
    assert {state for state in OPEN_STATES if state not in (*ON_THE_WAY, *HEARSAY)} <= {State.SUSPENDED}


def test_who_accepted_a_case_may_not_dispatch_it_and_who_dispatched_it_may_not_judge_it(small_office: CommandLine) -> None:
    both = [word for role in OFFICE_ROLES for word in ("--role", role.value)]
    small_office("operator", "add", "甲[b]", *both)
    small_office("operator", "add", "乙①", *both)
    number = small_office.reports("垃圾成堆")
    assert small_office.act("甲[b]", number, "accept").status == 0
    assert small_office.act("甲[b]", number, "file", *LOOP[1][3]).status == 0
    answer = refused(small_office, "C120", 4, "甲[b]", number, "dispatch", "--to", "城管局")
    assert "甲[b]" in answer.json["error"]["message"]
    assert small_office.act("乙①", number, "dispatch", "--to", "城管局").status == 0
    refused(small_office, "C120", 4, "甲[b]", number, "redispatch", "--to", "环卫所", "--reason", "换人")
    refused(small_office, "C120", 4, "甲[b]", number, "feedback", "--note", "已清理")
    assert small_office.act("乙①", number, "feedback", "--note", "已清理").status == 0
    refused(small_office, "C120", 4, "乙①", number, "check", "--result", "pass")
    assert small_office.act("甲[b]", number, "check", "--result", "pass").status == 0
    refused(small_office, "C120", 4, "乙①", number, "close")
    assert small_office.act("甲[b]", number, "close").json["state"] == "closed"
    shown = small_office("incident", "show", number, "--operator", "乙①", "--json").json
    assert shown["actions"] in (["note"], ["reopen", "note"], ["note", "reopen"])


@pytest.mark.parametrize("state", ON_THE_WAY[1:-1])
def test_a_step_on_an_old_version_is_refused(small_office: CommandLine, state: State) -> None:
    number = bring_to(small_office, state)
    at = ON_THE_WAY.index(state)
    _, role, action, options = LOOP[at]
    for version in (at, at + 2, 0, -1):
        answer = refused(small_office, "C121", 4, word(role), number, action.value, *options, "--version", str(version))
        assert f"第 {version} 版" in answer.json["error"]["hint"]
        assert f"第 {at + 1} 版" in answer.json["error"]["hint"]
    assert small_office.act(word(role), number, action.value, *options, "--version", str(at + 1)).status == 0


def test_two_dispatchers_cannot_both_dispatch(small_office: CommandLine) -> None:
    number = bring_to(small_office, State.TO_DISPATCH)
    small_office.act("派遣员", number, "dispatch", "--to", "城管局", "--version", "3")
    answer = refused(small_office, "C122", 4, "派遣员", number, "dispatch", "--to", "环卫所", "--version", "3")
    assert "城管局" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("state", "operator", "action", "options", "missing"),
    [
        (State.REPORTED, "受理员", "decline", (), "理由"),
        (State.REPORTED, "受理员", "settle", (), "说明"),
        (State.VERIFYING, "核查员", "verify", (), "结果"),
        (State.TO_FILE, "值班长", "file", (), "网格"),
        (State.TO_FILE, "值班长", "file", ("--grid", "420502001001001"), "小类"),
        (State.TO_DISPATCH, "派遣员", "dispatch", (), "承办单位"),
        (State.HANDLING, "派遣员", "feedback", ("--note", " \u200b"), "说明"),
        (State.HANDLING, "派遣员", "return", (), "理由"),
        (State.TO_CHECK, "核查员", "check", ("--result", "fail"), "理由"),
        (State.CLOSED, "内勤", "note", (), "说明"),
    ],
)
def test_a_step_that_lacks_something_is_refused_naming_it(
    small_office: CommandLine, state: State, operator: str, action: str, options: tuple[str, ...], missing: str
) -> None:
    number = bring_to(small_office, state)
    answer = refused(small_office, "U003", 2, operator, number, action, *options)
    assert missing in answer.json["error"]["message"]


@pytest.mark.parametrize(
    ("options", "code", "status"),
    [
        (("--to", "没有的单位[/]"), "C106", 4),
        (("--to", "局"), "C106", 4),
        (("--to", "住建局"), "C123", 4),
        (("--to", "城管局", "--with", "没有的单位"), "C106", 4),
        (("--to", "城管局", "--grade", "火星"), "U001", 2),
        (("--to", "城管局", "--outcome", "火星"), "U001", 2),
        (("--to", "城管局", "--result", "pass"), "U001", 2),
        (("--to", "城管局", "--grid", "没有的网格"), "C105", 4),
        (("--to", "城管局", "--rule", "9"), "U002", 2),
    ],
)
def test_a_dispatch_to_the_wrong_place_is_refused(
    small_office: CommandLine, options: tuple[str, ...], code: str, status: int
) -> None:
    number = bring_to(small_office, State.TO_DISPATCH)
    refused(small_office, code, status, "派遣员", number, "dispatch", *options)


def test_a_unit_that_does_not_answer_for_the_matter_needs_a_reason(small_office: CommandLine) -> None:
    number = bring_to(small_office, State.TO_DISPATCH)
    answer = small_office.act("派遣员", number, "dispatch", "--to", "住建局", "--reason", "工地围挡旁")
    assert (answer.status, answer.json["state"]) == (0, "handling")


def test_auto_is_the_first_of_the_ranking(small_office: CommandLine) -> None:
    number = bring_to(small_office, State.TO_DISPATCH)
    assert small_office.act("派遣员", number, "dispatch", "--to", "自动").status == 0
    assert small_office("incident", "show", number, "--json").json["handler"] == "城管局"


def test_a_failed_check_sends_the_case_back_to_the_same_handler_on_the_old_clock(
    small_office: CommandLine, office_clock: Clock
) -> None:
    number = bring_to(small_office, State.HANDLING)
    due = small_office("incident", "show", number, "--json").json["due_at"]
    small_office.act("派遣员", number, "feedback", "--note", "已清理")
    answer = small_office.act("核查员", number, "check", "--result", "不通过", "--reason", "还有一半")
    assert (answer.json["state"], answer.json["due_at"]) == ("handling", due)
    shown = small_office("incident", "show", number, "--json").json
    assert (shown["rework"], shown["handler"]) == (1, "城管局")


def test_filing_without_a_condition_takes_the_strictest_and_says_so(small_office: CommandLine) -> None:
    number = bring_to(small_office, State.TO_FILE)
    answer = small_office.act("值班长", number, "file", "--grid", "东风社区第1网格", "--category", "暴露垃圾")
    assert (answer.status, answer.json["state"]) == (0, "to_dispatch")
    assert "少量（4 工作时）" in answer.err
    assert small_office("incident", "show", number, "--json").json["condition"] == "少量"


def test_a_report_that_proves_untrue_is_declined(small_office: CommandLine) -> None:
    number = bring_to(small_office, State.VERIFYING)
    answer = small_office.act("核查员", number, "verify", "--result", "否", "--note", "现场没有")
    assert (answer.json["state"], answer.json["due_at"]) == ("declined", None)
    refused(small_office, "C111", 4, "受理员", number, "accept")
