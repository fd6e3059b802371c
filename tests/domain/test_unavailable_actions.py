"""Actions that an operator looks for and cannot take now: the reason is the one with which the act itself is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest
from casebook import PEOPLE, asked, case_at, circumstances, full

from gridconsole.domain.actions import JUDGING, Action
from gridconsole.domain.case import Case
from gridconsole.domain.errors import CaseRests, GridConsoleError, MissingField
from gridconsole.domain.incident import available, decide, unavailable
from gridconsole.domain.states import RequestKind, Role, State
from gridconsole.domain.transitions import roles_for
from gridconsole.language import choose
from gridconsole.language.reasons import reason_words


def refusal(case: Case, action: Action, role: Role) -> GridConsoleError | None:
    try:
        decide(case, full(action), PEOPLE[role], circumstances())
    except GridConsoleError as error:
        return error
    return None


@pytest.mark.parametrize("state", State)
def test_the_reason_is_that_of_the_act(state: State) -> None:
    requests = RequestKind if state is State.HANDLING else ()
    cases = [case_at(state), *(case_at(state, request=asked(kind)) for kind in requests)]
    for case in cases:
        for role in Role:
            can = available(case, PEOPLE[role], circumstances())
            for action, error in unavailable(case, PEOPLE[role], circumstances()):
                assert action not in can
                assert role in roles_for(action), "what a role never does is not looked for"
                tried = refusal(case, action, role)
                assert type(tried) is type(error) or isinstance(tried, MissingField), (action, role, tried, error)
                for language in ("en", "zh_CN"):
                    choose(language)
                    assert reason_words(error)


def test_a_decision_is_not_looked_for_where_nothing_was_asked() -> None:
    for role in Role:
        found = {action for action, _ in unavailable(case_at(State.HANDLING), PEOPLE[role], circumstances())}
        assert not found & JUDGING


def test_a_resting_case_says_where_it_is_worked_on() -> None:
    case = replace(case_at(State.TO_DISPATCH), merged_into="2026112300009", resting=True)
    found = dict(unavailable(case, PEOPLE[Role.DISPATCHER], circumstances()))
    assert isinstance(found[Action.DISPATCH], CaseRests)
    assert reason_words(found[Action.DISPATCH]) == "随主案 00009 停办"


def test_a_request_for_another_state_says_which() -> None:
    found = dict(unavailable(case_at(State.TO_DISPATCH), PEOPLE[Role.DISPATCHER], circumstances()))
    assert reason_words(found[Action.EXTEND]) == "处置中时才能办"
    assert Action.CALL_BACK not in found


def test_what_means_nothing_without_a_link_is_not_looked_for() -> None:
    for case in (case_at(State.TO_DISPATCH), replace(case_at(State.TO_DISPATCH), merged_into="2026112300009", resting=True)):
        for role in Role:
            found = {action for action, _ in unavailable(case, PEOPLE[role], circumstances())}
            assert not found & {Action.REST, Action.UNMERGE, Action.RECALL}
