"""An act takes few statements: each costs a busy office as much as a tenth of the act's work."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from small_office import StaffedOffice

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Result, Role

MOST = 12
"""Statements of an act through the store, without those of the transaction itself and of the ledger's chain."""


@pytest.fixture
def counted() -> Callable[[Callable[[], object]], int]:
    """Counts the statements of an act."""

    def count(act: Callable[[], object]) -> int:
        statements: list[str] = []

        def executed(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            statements.append(statement)

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", executed)
        try:
            act()
        finally:
            sa.event.remove(sa.engine.Engine, "before_cursor_execute", executed)
        return len(statements)

    return count


def test_an_act_takes_at_most_twelve_statements(office: StaffedOffice, counted: Callable[[Callable[[], object]], int]) -> None:
    number = office.report().number
    handler = office.handlers["城管局"]
    way: list[tuple[Action, dict[str, object]]] = [
        (Action.NOTE, {"note": "已联系物业"}),
        (Action.ACCEPT, {}),
        (Action.FILE, {}),
        (Action.DISPATCH, {"handler": handler}),
        (Action.FEEDBACK, {"note": "已清理"}),
        (Action.CHECK, {"result": Result.PASS}),
        (Action.CLOSE, {}),
    ]
    # The facts about the units are read once by an open office.
    other = office.report().number
    for action, fields in way[1:4]:
        office.act(other, action, **fields)
    found = {"report": counted(office.report)}
    for action, fields in way:
        role = Role.ACCEPTOR if action is Action.NOTE else None
        found[action.value] = counted(lambda action=action, fields=fields, role=role: office.act(number, action, role, **fields))
    assert {name: count for name, count in found.items() if count > MOST} == {}
    assert found[Action.NOTE.value] <= 4
