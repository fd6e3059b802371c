"""Verifying an office's ledger."""

from __future__ import annotations

from small_office import StaffedOffice

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.chain import Flaw
from gridconsole.domain.states import Role, State
from gridconsole.services import audit, casework
from gridconsole.services import office as offices


def test_everything_an_office_does_stands_in_one_sound_chain(office: StaffedOffice) -> None:
    before = audit.verify(office.opened)
    office.case_in(State.CLOSED)
    after = audit.verify(office.opened)
    assert (before.ok, after.ok) == (True, True)
    assert after.entries == before.entries + 7
    assert before.head != after.head


def test_a_changed_entry_is_named(office: StaffedOffice) -> None:
    office.case_in(State.CLOSED)
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_no_update")
        connection.exec_driver_sql("UPDATE ledger SET operator = '李四' WHERE seq = 8")
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.first_broken, verdict.entries) == (False, 8, 7)


def cut(office: StaffedOffice, after: int) -> None:
    """Take the chain's end away, as somebody with the file in hand could."""
    with office.opened.database.writing() as connection:
        for (name,) in connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql("DELETE FROM ledger_personal WHERE seq > ?", (after,))
        connection.exec_driver_sql("DELETE FROM ledger WHERE seq > ?", (after,))


def test_a_chain_cut_off_at_its_end_is_found_by_the_cases_that_went_further(office: StaffedOffice) -> None:
    office.case_in(State.CLOSED)
    whole = audit.verify(office.opened).entries
    cut(office, whole - 2)
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.entries, verdict.flaw, verdict.column) == (False, whole - 2, Flaw.CASE, "version")


def test_a_case_moved_past_its_entries_is_found(office: StaffedOffice) -> None:
    number = office.case_in(State.HANDLING)
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("UPDATE incident SET version = version + 1 WHERE number = ?", (number,))
    assert not audit.verify(office.opened).ok


def test_another_request_id_breaks_the_entry_it_stands_in(office: StaffedOffice) -> None:
    number = office.report().number
    casework.act_on(office.opened, office.actors[Role.CLERK], number, Act.of(Action.NOTE, note="催办"), "first-try")
    with office.opened.database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER ledger_no_update")
        connection.exec_driver_sql("UPDATE ledger SET request_id = 'another' WHERE request_id = 'first-try'")
    verdict = audit.verify(office.opened)
    assert (verdict.ok, verdict.first_broken) == (False, verdict.entries + 1)


def test_a_closed_and_reopened_office_verifies_to_the_same_head(office: StaffedOffice) -> None:
    office.case_in(State.HANDLING)
    head = audit.verify(office.opened).head
    office.opened.close()
    again = offices.open_office(office.opened.database.path, "cli")
    assert audit.verify(again).head == head
    again.close()
