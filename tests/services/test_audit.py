"""Verifying an office's ledger."""

from __future__ import annotations

from small_office import Office

from gridconsole.domain.workflow import State
from gridconsole.services import audit
from gridconsole.services import desk as desks


def test_everything_an_office_does_stands_in_one_sound_chain(office: Office) -> None:
    before = audit.verify(office.desk)
    office.case_in(State.CLOSED)
    after = audit.verify(office.desk)
    assert (before.ok, after.ok) == (True, True)
    assert after.entries == before.entries + 7
    assert before.head != after.head


def test_a_changed_entry_is_named(office: Office) -> None:
    office.case_in(State.CLOSED)
    with office.desk.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_no_update")
        connection.exec_driver_sql("UPDATE ledger SET operator = '李四' WHERE seq = 8")
    verdict = audit.verify(office.desk)
    assert (verdict.ok, verdict.first_broken, verdict.entries) == (False, 8, 7)


def test_a_closed_and_reopened_office_verifies_to_the_same_head(office: Office) -> None:
    office.case_in(State.HANDLING)
    head = audit.verify(office.desk).head
    office.desk.close()
    again = desks.open_desk(office.desk.database.path, "cli")
    assert audit.verify(again).head == head
    again.close()
