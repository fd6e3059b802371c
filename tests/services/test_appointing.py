"""Whose roles go together, who must stand by, and what a person is told was changed for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from logins import OTHER, PLAIN, give_passwords, log_everybody_out, set_office
from small_office import Clock

from gridconsole.domain.errors import (
    AccountTaken,
    AdminWithCaseRole,
    BadValue,
    OwnRoles,
    PasswordRunOut,
    PasswordWeak,
    WitnessNeeded,
    WitnessUnfit,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.language.accounts import account_change
from gridconsole.language.error_sentences import error_sentence
from gridconsole.services import actors, appointing, audit, operators, sessions, setup
from gridconsole.services.office import Office
from gridconsole.services.setup import FirstAdmin
from gridconsole.store import access, ledger_entries

ADMIN, AUDITOR, LEADER, THIRD = "系统管理员", "审计员", "领导", "liulianggao9"


@pytest.fixture
def staffed(opened: Office) -> Office:
    """The office with passwords for some, and nobody logged in."""
    give_passwords(opened, ADMIN, "受理员", LEADER)
    log_everybody_out(opened.database.path)
    return opened


@pytest.fixture
def admin(staffed: Office) -> Actor:
    """Who keeps the operators."""
    return actors.find_operator(staffed, ADMIN)


def actions(opened: Office, *, of: str) -> list[str]:
    """What an operator has done, by the ledger."""
    with opened.database.reading() as connection:
        return [line.action for line in ledger_entries.lines(connection, opened.id, ledger_entries.LedgerQuery(operator=of), 50)]


# --- roles ------------------------------------------------------------------------------------------------------


def test_nobody_changes_their_own_roles_and_trying_stands_in_the_ledger(staffed: Office, admin: Actor) -> None:
    operators.add(staffed, admin, "王芳", [Role.ADMIN])
    give_passwords(staffed, "王芳")
    with pytest.raises(OwnRoles):
        operators.set_roles(staffed, admin, ADMIN, [Role.ADMIN, Role.SHIFT_LEADER])
    assert actors.find_operator(staffed, ADMIN).roles == {Role.ADMIN}
    assert "denied" in actions(staffed, of=ADMIN)
    operators.set_roles(staffed, actors.find_operator(staffed, "王芳"), ADMIN, [Role.ADMIN, Role.SHIFT_LEADER])
    assert actors.find_operator(staffed, ADMIN).roles == {Role.ADMIN, Role.SHIFT_LEADER}


@pytest.mark.parametrize("settings", [{"admin_cases": False}, {"password_policy": "dengbao", "admin_cases": True}])
def test_an_administrator_holds_no_role_on_cases_where_the_office_parts_them(
    staffed: Office, admin: Actor, settings: dict[str, object]
) -> None:
    set_office(staffed, **settings)
    mixed = [Role.ADMIN, Role.SHIFT_LEADER]
    with pytest.raises(AdminWithCaseRole):
        operators.add(staffed, admin, "王芳", mixed)
    with pytest.raises(AdminWithCaseRole):
        operators.set_roles(staffed, admin, "受理员", mixed)
    operators.add(staffed, admin, "王芳", [Role.ADMIN])
    assert appointing.mixed_keepers(staffed) == ()


def test_who_held_both_before_is_reported_and_keeps_working(staffed: Office, admin: Actor) -> None:
    operators.set_roles(staffed, admin, "受理员", [Role.ADMIN, Role.ACCEPTOR])
    assert appointing.mixed_keepers(staffed) == ()
    operators.change_settings(staffed, admin, {"password_policy": "dengbao"})
    assert [account.actor.name for account in appointing.mixed_keepers(staffed)] == ["受理员"]
    assert sessions.log_in(staffed, "受理员", PLAIN).actor.roles == {Role.ADMIN, Role.ACCEPTOR}


def test_an_assessed_office_cannot_allow_it(staffed: Office, admin: Actor) -> None:
    with pytest.raises(BadValue):
        operators.change_settings(staffed, admin, {"password_policy": "dengbao", "admin_cases": True})
    operators.change_settings(staffed, admin, {"password_policy": "dengbao"})
    with pytest.raises(BadValue):
        operators.change_settings(staffed, admin, {"admin_cases": True})
    assert operators.change_settings(staffed, admin, {})["admin_cases"] is False


@pytest.mark.parametrize(
    ("model", "policy", "allowed"), [("xdistrict", "plain", True), ("xdistrict", "dengbao", False), ("yichang", "plain", False)]
)
def test_a_new_office_has_what_its_preset_says(tmp_path: Path, clock: Clock, model: str, policy: str, allowed: bool) -> None:
    opened = setup.initialise(
        tmp_path / "new.db", "X区", model, "cli", clock, admin=FirstAdmin(ADMIN, "Liuliang-gao-1"), policy=policy
    )
    assert appointing.may_mix(opened.settings) is allowed
    opened.close()


def test_the_first_administrator_takes_nobodys_account(opened: Office) -> None:
    give_passwords(opened, "值班长")
    with pytest.raises(AccountTaken):
        operators.first_admin(opened, "值班长", OTHER)
    set_office(opened, admin_cases=False)
    with pytest.raises(AdminWithCaseRole):
        operators.first_admin(opened, "内勤", OTHER)
    assert operators.first_admin(opened, "王芳", OTHER) == "王芳"


# --- passwords --------------------------------------------------------------------------------------------------


def test_a_password_of_another_person_opens_nothing_until_it_is_changed_into_another(staffed: Office, admin: Actor) -> None:
    operators.set_password(staffed, admin, "内勤", OTHER)
    with pytest.raises(PasswordRunOut) as refused:
        sessions.log_in(staffed, "内勤", OTHER)
    assert "gridconsole operator passwd 内勤" in error_sentence(refused.value)[1]
    with pytest.raises(PasswordWeak):
        operators.change_password(staffed, "内勤", OTHER, OTHER)
    operators.change_password(staffed, "内勤", OTHER, THIRD)
    assert sessions.log_in(staffed, "内勤", THIRD)


def test_the_auditors_password_needs_a_leader_who_has_given_their_own(staffed: Office, admin: Actor) -> None:
    with pytest.raises(WitnessNeeded) as refused:
        operators.set_password(staffed, admin, AUDITOR, OTHER)
    assert LEADER in error_sentence(refused.value)[1]
    for unfit in (admin, actors.find_operator(staffed, "受理员"), actors.find_operator(staffed, AUDITOR)):
        with pytest.raises(WitnessUnfit):
            operators.set_password(staffed, admin, AUDITOR, OTHER, unfit)
    operators.set_password(staffed, admin, AUDITOR, OTHER, sessions.witness(staffed, LEADER, PLAIN))
    assert "operator_witness" in actions(staffed, of=LEADER)
    operators.change_password(staffed, AUDITOR, OTHER, THIRD)
    (change,) = sessions.log_in(staffed, AUDITOR, THIRD).changes
    assert account_change(change).endswith("系统管理员给您设了新密码，领导在场作证")
    assert audit.verify(staffed).ok


def test_a_leader_whose_password_the_administrator_knows_witnesses_nothing(staffed: Office, admin: Actor) -> None:
    operators.set_password(staffed, admin, LEADER, OTHER)
    with pytest.raises(PasswordRunOut):
        sessions.witness(staffed, LEADER, OTHER)


def test_a_new_office_without_a_leader_is_reported_to_begin_there(opened: Office) -> None:
    give_passwords(opened, ADMIN)
    admin = actors.find_operator(opened, ADMIN)
    with pytest.raises(WitnessNeeded) as refused:
        operators.needs_witness(opened, admin, AUDITOR)
    assert "先给领导或值班长设密码" in error_sentence(refused.value)[1]
    operators.needs_witness(opened, admin, LEADER)
    operators.set_password(opened, admin, LEADER, OTHER)
    operators.change_password(opened, LEADER, OTHER, THIRD)
    operators.set_password(opened, admin, AUDITOR, OTHER, sessions.witness(opened, LEADER, THIRD))


def test_somebody_with_a_password_becomes_the_auditor_before_a_witness_only(staffed: Office, admin: Actor) -> None:
    with pytest.raises(WitnessNeeded):
        operators.set_roles(staffed, admin, "受理员", [Role.AUDITOR])
    operators.set_roles(staffed, admin, "受理员", [Role.AUDITOR], sessions.witness(staffed, LEADER, PLAIN))
    operators.set_roles(staffed, admin, "内勤", [Role.AUDITOR])
    assert actors.find_operator(staffed, "内勤").roles == {Role.AUDITOR}


# --- what is told at the next log-in ----------------------------------------------------------------------------


def test_the_next_login_says_what_others_changed_and_the_one_after_says_nothing(staffed: Office, admin: Actor) -> None:
    assert sessions.log_in(staffed, "受理员", PLAIN).changes == ()
    operators.set_roles(staffed, admin, "受理员", [Role.CLERK, Role.ACCEPTOR])
    operators.disable(staffed, admin, "受理员")
    operators.enable(staffed, admin, "受理员")
    operators.set_password(staffed, admin, "受理员", OTHER)
    operators.change_password(staffed, "受理员", OTHER, THIRD)
    reported = [account_change(change) for change in sessions.log_in(staffed, "受理员", THIRD).changes]
    assert [line.split("系统管理员")[1] for line in reported] == [
        "把您的角色由“受理员”改成了“受理员、内勤”",
        "停用过您的账号",
        "重新启用了您的账号",
        "给您设了新密码",
    ]
    assert sessions.log_in(staffed, "受理员", THIRD).changes == ()


def test_what_is_asked_at_a_login_does_not_grow_with_the_past(staffed: Office) -> None:
    actor = actors.find_operator(staffed, "受理员")

    def steps() -> int:
        count = 0

        def step() -> None:
            nonlocal count
            count += 1

        with staffed.database.reading() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.set_progress_handler(step, 1)
            access.changes_by_others(connection, actor.id)
            raw.set_progress_handler(None, 1)
        return count

    sessions.log_in(staffed, "受理员", PLAIN)
    few = steps()
    for _ in range(60):
        sessions.log_in(staffed, "受理员", PLAIN)
        sessions.log_in(staffed, ADMIN, PLAIN)
    assert steps() <= few
