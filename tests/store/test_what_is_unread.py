"""What is news is found by indices, whatever an operator has looked at."""

from __future__ import annotations

import pytest
from query_plans import plan_of
from small_office import StaffedOffice

from gridconsole.domain.actions import Action
from gridconsole.domain.states import Role
from gridconsole.store import changes, presence


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        (presence._UNMARKED, ("SEARCH ledger USING PRIMARY KEY", "ix_ledger_subject", "SEARCH read_mark USING PRIMARY KEY")),
        (presence._MARKED, ("SEARCH read_mark USING PRIMARY KEY", "ix_ledger_subject")),
        (presence._PRUNE, ("SEARCH read_mark USING PRIMARY KEY",)),
        (presence._AT, ("USING PRIMARY KEY",)),
        (changes._CHANGES, ("SEARCH ledger USING PRIMARY KEY",)),
        (changes._LATE, ("ix_incident_queue",)),
    ],
)
def test_news_is_found_by_keys_and_never_by_looking_through_everything(
    office: StaffedOffice, statement: object, wanted: tuple[str, ...]
) -> None:
    with office.opened.database.reading() as connection:
        values = {**dict.fromkeys(("office", "operator", "since", "most", "seq", "from_seq"), 1), "first": "2026", "last": "2027"}
        plan = " | ".join(plan_of(connection, statement, **values))
    # What SQLite calls the index of a primary key differs by table.
    plan = plan.replace("INDEX sqlite_autoindex_ledger_1", "PRIMARY KEY").replace(
        "INDEX sqlite_autoindex_read_mark_1", "PRIMARY KEY"
    )
    plan = plan.replace("COVERING PRIMARY KEY", "PRIMARY KEY")
    for part in wanted:
        assert part in plan, plan
    assert "SCAN incident" not in plan, plan
    assert "SCAN ledger" not in plan, plan


def test_marks_only_ever_grow(office: StaffedOffice) -> None:
    key = office.load(office.report().number).id
    operator = office.actors[Role.CLERK].id
    with office.opened.database.writing() as connection:
        presence.put_marks(connection, operator, {key: 3})
        presence.put_marks(connection, operator, {key: 0})
        presence.put_marks(connection, operator, {})
        assert connection.exec_driver_sql("SELECT version FROM read_mark").scalar_one() == 3


def test_the_newest_act_says_whose_news_it_is(office: StaffedOffice) -> None:
    number = office.report().number
    key = office.load(number).id
    acceptor, leader = office.actors[Role.ACCEPTOR].id, office.actors[Role.SHIFT_LEADER].id

    def theirs(operator: int) -> bool:
        with office.opened.database.reading() as connection:
            return key in presence.changed_by_others(connection, operator, [key])

    assert (theirs(acceptor), theirs(leader)) == (False, True)
    office.act(number, Action.NOTE, note="已联系")
    assert (theirs(acceptor), theirs(leader)) == (True, True)
    with office.opened.database.reading() as connection:
        assert presence.changed_by_others(connection, acceptor, []) == frozenset()
