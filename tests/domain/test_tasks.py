"""核实 and 核查 as tasks: who may be sent, who reports, what may be brought back, and what a case remembers of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from casebook import CITY, CLEANERS, LOOKER, MONDAY_NINE, PEOPLE, WARDEN, Story, case_at, circumstances, full

from gridconsole.domain.actions import Act, Action, Need
from gridconsole.domain.assigning import flaw_of, ranked
from gridconsole.domain.case import PastAct, projection
from gridconsole.domain.codes import AssigneeKind
from gridconsole.domain.errors import (
    AssigneeExcluded,
    FieldNotTaken,
    LookOutOfReach,
    MissingField,
    PhotoRefused,
    TaskOfAnother,
)
from gridconsole.domain.incident import available, decide
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Axis, Result, Role, Source, Stage, State
from gridconsole.domain.task import (
    PHOTO_NAME_LIMIT,
    PHOTOS_MOST,
    Assignee,
    AssigneeCandidate,
    AssigneeFlaw,
    Look,
    PhotoFlaw,
    photo_flaw,
)

INSPECTOR = PEOPLE[Role.INSPECTOR]
OTHER_INSPECTOR = Actor(61, "核查员乙", frozenset({Role.INSPECTOR}))


def inspector(actor: Actor = INSPECTOR, **more: Any) -> AssigneeCandidate:
    """An operator who might be sent."""
    return AssigneeCandidate(
        Assignee(AssigneeKind.OPERATOR, actor.id, actor.name), roles=actor.roles, warden_id=actor.warden_id, **more
    )


def warden(key: int = 8, **more: Any) -> AssigneeCandidate:
    """A warden who might be sent."""
    return AssigneeCandidate(Assignee(AssigneeKind.WARDEN, key, f"网格员{key}"), f"W{key:03d}", warden_id=key, **more)


@pytest.mark.parametrize("state", [State.VERIFYING, State.TO_CHECK])
@pytest.mark.parametrize("who", [LOOKER, inspector()])
def test_sending_somebody_changes_who_is_sent_and_nothing_else(state: State, who: AssigneeCandidate) -> None:
    case = case_at(state)
    decision = decide(case, full(Action.SEND, assignee=who), PEOPLE[Role.ACCEPTOR], circumstances())
    assert decision.case == replace(case, version=case.version + 1, assignee=who.who)
    assert (decision.clocks, dict(decision.facts)) == ((), {"assignee": f"{who.who.kind.value}:{who.who.id}"})
    assert projection(decision.case)["assignee"] == who.who.encode()


def test_nobody_is_sent_where_nobody_is_named() -> None:
    with pytest.raises(MissingField) as missing:
        decide(case_at(State.TO_CHECK), Act.of(Action.SEND), PEOPLE[Role.ACCEPTOR], circumstances())
    assert missing.value.params["need"] is Need.ASSIGNEE


COMMANDED = (PastAct(INSPECTOR.id, INSPECTOR.name, Action.DISPATCH, Axis.COMMAND, MONDAY_NINE),)
SUPERVISED = (PastAct(INSPECTOR.id, INSPECTOR.name, Action.VERIFY, Axis.SUPERVISION, MONDAY_NINE),)


@pytest.mark.parametrize(
    ("candidate", "case", "flaw"),
    [
        (LOOKER, {}, None),
        (warden(WARDEN.id), {"handler": WARDEN}, AssigneeFlaw.HANDLED),
        (warden(CITY.id), {"handler": CITY}, None),
        (warden(has_handled=True), {}, AssigneeFlaw.HANDLED),
        (warden(has_left=True), {}, AssigneeFlaw.LEFT),
        (warden(on_leave=True), {}, AssigneeFlaw.ON_LEAVE),
        (warden(), {"assignee": warden().who}, AssigneeFlaw.SENT),
        (warden(), {"assignee": replace(warden().who, kind=AssigneeKind.OPERATOR)}, None),
        (inspector(), {}, None),
        (inspector(), {"past": SUPERVISED}, None),
        (inspector(), {"past": COMMANDED}, AssigneeFlaw.OTHER_SIDE),
        (inspector(PEOPLE[Role.DISPATCHER]), {}, AssigneeFlaw.NOT_INSPECTOR),
        (inspector(PEOPLE[Role.ACCEPTOR]), {}, AssigneeFlaw.NOT_INSPECTOR),
        (inspector(replace(INSPECTOR, warden_id=WARDEN.id)), {"handler": WARDEN}, AssigneeFlaw.HANDLED),
        (inspector(has_handled=True), {}, AssigneeFlaw.HANDLED),
    ],
)
def test_who_may_be_sent(candidate: AssigneeCandidate, case: dict[str, Any], flaw: AssigneeFlaw | None) -> None:
    stands = case_at(State.TO_CHECK, **case)
    assert flaw_of(candidate, stands) is flaw
    act = full(Action.SEND, assignee=replace(candidate, instead=("李小明",)))
    if flaw is None:
        sent = decide(stands, act, PEOPLE[Role.ACCEPTOR], circumstances())
        assert sent.case.assignee == candidate.who
        return
    with pytest.raises(AssigneeExcluded) as refusal:
        decide(stands, act, PEOPLE[Role.ACCEPTOR], circumstances())
    assert refusal.value.params == {"name": candidate.who.name, "reason": flaw, "names": ("李小明",)}


def test_without_a_dual_axis_the_handler_is_still_never_sent() -> None:
    case = case_at(State.TO_CHECK, handler=WARDEN, past=COMMANDED)
    assert flaw_of(inspector(), case, dual_axis=False) is None
    assert flaw_of(warden(WARDEN.id), case, dual_axis=False) is AssigneeFlaw.HANDLED
    with pytest.raises(AssigneeExcluded):
        decide(case, full(Action.SEND, assignee=warden(WARDEN.id)), PEOPLE[Role.ACCEPTOR], circumstances(dual_axis=False))


def test_the_wardens_of_the_grid_come_first_then_inspectors_then_who_is_excluded() -> None:
    second, first = warden(9, rank="B"), warden(10, rank="A")
    away, busy, idle = warden(11, rank="A", on_leave=True), inspector(open_tasks=3), inspector(OTHER_INSPECTOR)
    far = warden(12)
    order = ranked([far, away, busy, second, idle, first], case_at(State.TO_CHECK))
    assert [candidate for candidate, _ in order] == [first, second, idle, busy, far, away]
    assert [flaw for _, flaw in order] == [None] * 5 + [AssigneeFlaw.ON_LEAVE]


# --- who reports ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("state", "action", "more"),
    [
        (State.VERIFYING, Action.VERIFY, {"result": Result.TRUE}),
        (State.VERIFYING, Action.VERIFY, {"result": Result.FALSE}),
        (State.TO_CHECK, Action.CHECK, {"result": Result.PASS}),
        (State.TO_CHECK, Action.CHECK, {"result": Result.FAIL, "reason": "仍有垃圾"}),
    ],
)
def test_an_inspector_reports_his_own_task_and_anybodys_of_a_warden(state: State, action: Action, more: dict[str, Any]) -> None:
    own = case_at(state, assignee=inspector().who)
    for case, actor in ((own, INSPECTOR), (case_at(state, assignee=LOOKER.who), INSPECTOR), (case_at(state), OTHER_INSPECTOR)):
        decision = decide(case, full(action, **more), actor, circumstances())
        assert decision.case.assignee is None, "a task ends with its state"
        assert action in available(case, actor, circumstances())
    with pytest.raises(TaskOfAnother) as refusal:
        decide(own, full(action, **more), OTHER_INSPECTOR, circumstances())
    assert refusal.value.params["name"] == INSPECTOR.name
    assert action not in available(own, OTHER_INSPECTOR, circumstances())


def test_a_task_goes_when_the_case_no_longer_waits_for_it() -> None:
    declined = decide(case_at(State.VERIFYING, assignee=LOOKER.who), full(Action.DECLINE), PEOPLE[Role.ACCEPTOR], circumstances())
    assert (declined.case.state, declined.case.assignee, declined.facts["assignee"]) == (State.DECLINED, None, None)
    noted = decide(case_at(State.TO_CHECK, assignee=LOOKER.who), full(Action.NOTE), PEOPLE[Role.CLERK], circumstances())
    assert noted.case.assignee == LOOKER.who


def test_the_stage_clock_runs_on_while_somebody_is_sent_and_sent_again() -> None:
    story = Story(Source.PUBLIC).act(Action.ACCEPT)
    before = story.case.clock(Stage.VERIFY)
    assert before is not None
    assert before.due_at == MONDAY_NINE + timedelta(minutes=30)
    story.wait(minutes=5).act(Action.SEND).wait(minutes=5).act(Action.SEND, assignee=inspector())
    assert story.case.clock(Stage.VERIFY) == before
    assert story.case.assignee == inspector().who


def test_rework_and_wrong_dispatch_are_counted_apart() -> None:
    story = Story().to(State.TO_CHECK).act(Action.SEND)
    story.act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾").act(Action.FEEDBACK)
    assert (story.case.rework_total, story.case.redispatch_count, story.case.handler) == (1, 0, CITY)
    story.act(Action.CHECK, result=Result.FAIL, reason="仍有垃圾").act(Action.REDISPATCH)
    assert (story.case.rework_count, story.case.rework_total, story.case.redispatch_count) == (0, 2, 1)
    assert story.case.handler == CLEANERS


# --- what is brought back ---------------------------------------------------------------------------------------


def test_a_report_can_be_looked_at_as_soon_as_it_is_made_and_a_handling_once_it_is_fed_back() -> None:
    story = Story(Source.PUBLIC).wait(minutes=8, seconds=30).act(Action.ACCEPT).wait(minutes=2)
    for minutes, allowed in ((-1, False), (0, True), (8, True), (10, True), (12, False)):
        act = full(Action.VERIFY, look=Look(MONDAY_NINE + timedelta(minutes=minutes)))
        if allowed:
            assert decide(story.case, act, INSPECTOR, circumstances(story.now)).case.state is State.TO_FILE
            continue
        with pytest.raises(LookOutOfReach) as refusal:
            decide(story.case, act, INSPECTOR, circumstances(story.now))
        assert (refusal.value.params["first"], refusal.value.params["last"]) == (MONDAY_NINE, story.now)
    story = Story().to(State.HANDLING).wait(minutes=30, seconds=40).act(Action.FEEDBACK).wait(minutes=10)
    fed_back = MONDAY_NINE + timedelta(minutes=30)
    assert decide(story.case, full(Action.CHECK, look=Look(fed_back)), INSPECTOR, circumstances(story.now))
    with pytest.raises(LookOutOfReach):
        act = full(Action.CHECK, look=Look(fed_back - timedelta(minutes=1)))
        decide(story.case, act, INSPECTOR, circumstances(story.now))


@pytest.mark.parametrize(
    ("name", "flaw"),
    [
        ("清理后[b].jpg", None),
        ("微信图片_20261123140501.jpg", None),
        ("𠮷田 现场（1）.HEIC", None),
        ("x" * PHOTO_NAME_LIMIT, None),
        ("x" * (PHOTO_NAME_LIMIT + 1), PhotoFlaw.LONG),
        ("", PhotoFlaw.EMPTY),
        ("../../etc/passwd", PhotoFlaw.PATH),
        ("照片/后.jpg", PhotoFlaw.PATH),
        ("C:\\照片\\后.jpg", PhotoFlaw.PATH),
        ("C:后.jpg", PhotoFlaw.PATH),
        ("..", PhotoFlaw.PATH),
        (".", PhotoFlaw.PATH),
    ],
)
def test_a_photo_is_a_name_and_no_way_to_a_file(name: str, flaw: PhotoFlaw | None) -> None:
    assert photo_flaw(name) is flaw
    act = full(Action.CHECK, look=Look(photos=("前.jpg", name)))
    if flaw is None:
        assert decide(case_at(State.TO_CHECK), act, INSPECTOR, circumstances()).case.state is State.TO_CLOSE
        return
    with pytest.raises(PhotoRefused) as refusal:
        decide(case_at(State.TO_CHECK), act, INSPECTOR, circumstances())
    assert refusal.value.params["reason"] is flaw


def test_so_many_photos_go_with_a_task_and_not_one_more() -> None:
    names = tuple(f"{number}.jpg" for number in range(PHOTOS_MOST))
    assert decide(case_at(State.TO_CHECK), full(Action.CHECK, look=Look(photos=names)), INSPECTOR, circumstances())
    with pytest.raises(PhotoRefused) as refusal:
        decide(case_at(State.TO_CHECK), full(Action.CHECK, look=Look(photos=(*names, "后.jpg"))), INSPECTOR, circumstances())
    assert refusal.value.params["reason"] is PhotoFlaw.MANY


def test_only_who_looked_brings_photos() -> None:
    with pytest.raises(FieldNotTaken):
        decide(
            case_at(State.TO_CLOSE), full(Action.CLOSE, look=Look(photos=("后.jpg",))), PEOPLE[Role.SHIFT_LEADER], circumstances()
        )
    with pytest.raises(FieldNotTaken):
        decide(case_at(State.TO_CHECK), full(Action.SEND, look=Look(MONDAY_NINE)), PEOPLE[Role.ACCEPTOR], circumstances())
