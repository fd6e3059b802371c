"""The step that a case waits for, and from whom."""

from __future__ import annotations

import pytest
from small_office import OFFICE_ROLES, StaffedOffice

from gridconsole.domain.actions import Action
from gridconsole.domain.incident import available
from gridconsole.domain.next_step import Waiting, main_step, may_wait_for, own_step, step_of
from gridconsole.domain.states import Role, State

WAITED_FOR = {
    State.REPORTED: (Role.ACCEPTOR, Action.ACCEPT),
    State.TO_FILE: (Role.SHIFT_LEADER, Action.FILE),
    State.TO_DISPATCH: (Role.DISPATCHER, Action.DISPATCH),
    State.TO_CHECK: (Role.INSPECTOR, Action.CHECK),
    State.TO_CLOSE: (Role.SHIFT_LEADER, Action.CLOSE),
}


@pytest.mark.parametrize("state", WAITED_FOR)
def test_a_case_waits_for_the_role_whose_step_it_is_and_no_other(office: StaffedOffice, state: State) -> None:
    case, at = office.load(office.case_in(state)).case, office.opened.circumstances()
    role, action = WAITED_FOR[state]
    for one in OFFICE_ROLES:
        actor = office.actors[one]
        expected = action if one is role else None
        if state is State.TO_CHECK and one in (Role.ACCEPTOR, Role.SHIFT_LEADER):
            expected = Action.SEND
        assert step_of(case, actor, at) is expected, one
        assert may_wait_for(Waiting.of(case), actor.roles) or expected is None


def test_what_a_handler_does_is_recorded_but_waits_for_nobody_in_the_office(office: StaffedOffice) -> None:
    case, at = office.load(office.case_in(State.HANDLING)).case, office.opened.circumstances()
    can = available(case, office.actors[Role.DISPATCHER], at).__contains__
    assert own_step(case, can) is None
    assert main_step(case, can) is Action.FEEDBACK


def test_a_request_comes_before_what_would_be_recorded_for_the_handler(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    office.act(number, Action.RETURN, role=Role.CLERK, reason="不归本单位管")
    case, at = office.load(number).case, office.opened.circumstances()
    assert step_of(case, office.actors[Role.DISPATCHER], at) is Action.GRANT
    assert step_of(case, office.actors[Role.ACCEPTOR], at) is None
