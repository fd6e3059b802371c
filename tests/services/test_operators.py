"""Logging in, what a log-in is bound to, and keeping the operators."""

from __future__ import annotations

import ast
import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
import sqlalchemy as sa
from logins import OTHER, PLAIN, give_passwords, ledger_text, log_everybody_out, log_in, set_office
from small_office import Clock, StaffedOffice

from gridconsole.domain.access import Weakness
from gridconsole.domain.attest import ROWS
from gridconsole.domain.errors import (
    AdminAndAuditor,
    AdministratorThere,
    BadValue,
    GridConsoleError,
    LastAdministrator,
    LoginFailed,
    LoginPaused,
    NobodyMayLogIn,
    NotLoggedIn,
    NotPermitted,
    NotTheirLock,
    PasswordRunOut,
    PasswordWeak,
    RoleForbidden,
    SessionEnded,
    TokenFolderUnsafe,
    UnknownOperator,
    UnknownWord,
)
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role, Source
from gridconsole.language import word
from gridconsole.resources import data_path
from gridconsole.services import actors, audit, casework, duplicates, operators, passwords, sessions, setup, terminal
from gridconsole.services.office import Office
from gridconsole.services.setup import FirstAdmin
from gridconsole.services.terminal import TokenPlace
from gridconsole.store import ledger, ledger_entries

ADMIN, WRONG = "系统管理员", "budui-budui"


@pytest.fixture
def staffed(opened: Office) -> Office:
    """The office with a password for some, nobody logged in, and the lengths of a log-in that are usual."""
    give_passwords(opened, ADMIN, "受理员", "派遣员", "值班长", "审计员")
    set_office(opened, session_minutes=30, lock_minutes=10)
    log_everybody_out(opened.database.path)
    return reopened(opened)


def reopened(opened: Office) -> Office:
    """The same office with its settings as they are now."""
    from dataclasses import replace

    from gridconsole.store import offices as office_rows

    with opened.database.reading() as connection:
        return replace(opened, row=office_rows.office(connection))


@pytest.fixture
def admin(staffed: Office) -> Actor:
    """Who keeps the operators."""
    return actors.find_operator(staffed, ADMIN)


def entries(opened: Office, action: str) -> list[tuple[str, str, int, dict[str, object]]]:
    """Who did something, to whom, with which facts; without what the entry attests."""
    with opened.database.reading() as connection:
        found = list(ledger_entries.lines(connection, opened.id, ledger_entries.LedgerQuery(action=action), 100))[::-1]
    parted = [(line, *line.subject.split(":")) for line in found]
    return [
        (line.operator, kind, int(key), {name: value for name, value in line.facts.items() if name != ROWS})
        for line, kind, key in parted
    ]


def refusal(opened: Office, name: str, password: str) -> GridConsoleError:
    with pytest.raises(GridConsoleError) as caught:
        sessions.log_in(opened, name, password)
    return caught.value


# --- logging in -------------------------------------------------------------------------------------------------


def test_the_right_password_opens_a_session_on_this_terminal(staffed: Office) -> None:
    session = sessions.log_in(staffed, " 受理员 ", PLAIN)
    assert session.actor.name == "受理员"
    assert [found.actor.name for found in sessions.active_sessions(staffed)] == ["受理员"]
    assert sessions.who(staffed) == session
    (entry,) = entries(staffed, "login")
    assert entry[:3] == ("受理员", "operator", session.actor.id)
    assert audit.verify(staffed).ok


def test_a_full_width_password_is_the_same_one(staffed: Office) -> None:
    wide = "".join(chr(ord(char) + 0xFEE0) for char in PLAIN)
    assert sessions.log_in(staffed, "受理员", wide).actor.name == "受理员"


@pytest.mark.parametrize("name", ["受理员", "没有这个人", "内勤", "", "acceptor", "受理员\x00"])
def test_a_wrong_password_an_unknown_name_and_an_account_without_one_are_refused_alike(staffed: Office, name: str) -> None:
    found = refusal(staffed, name, WRONG if name == "受理员" or name.startswith("受理员") else PLAIN)
    assert type(found) is LoginFailed
    assert found.params == {}
    assert sessions.active_sessions(staffed) == ()


def test_a_disabled_account_is_refused_like_an_unknown_one(staffed: Office, admin: Actor) -> None:
    operators.disable(staffed, admin, "受理员")
    assert type(refusal(staffed, "受理员", PLAIN)) is LoginFailed


def test_an_unknown_name_costs_the_same_hashing(staffed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    really = passwords._hasher()

    class Watching:
        def verify(self, hashed: str, word: str) -> bool:
            checked.append(hashed)
            return bool(really.verify(hashed, word))

    monkeypatch.setattr(passwords, "_hasher", Watching)
    for name in ("受理员", "没有这个人", "内勤"):
        refusal(staffed, name, WRONG)
    assert len(checked) == 3
    assert checked[1] == checked[2] == passwords.DUMMY


def test_the_dummy_is_hashed_at_the_cost_of_a_real_one() -> None:
    reported = subprocess.run(
        [sys.executable, "-c", "from gridconsole.services.passwords import *; print(DUMMY, is_outdated(DUMMY), COST['memory_cost'])"],
        capture_output=True, encoding="utf-8", check=True,
    ).stdout.split()  # fmt: skip
    assert reported[1:] == ["False", "65536"]
    assert reported[0].startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_a_hash_of_another_cost_is_made_anew_at_the_next_login(staffed: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", {"time_cost": 2, "memory_cost": 16, "parallelism": 1})
    sessions.log_in(staffed, "受理员", PLAIN)
    with staffed.database.reading() as connection:
        hashes = connection.exec_driver_sql("SELECT hash FROM credential WHERE hash LIKE '%m=16,t=2%'").fetchall()
    assert len(hashes) == 1
    sessions.log_in(staffed, "受理员", PLAIN)


# --- patience ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["受理员", "没有这个人"])
def test_wrong_passwords_slow_the_next_try_down_for_known_and_unknown_alike(staffed: Office, clock: Clock, name: str) -> None:
    waits = []
    for _ in range(10):
        error = refusal(staffed, name, WRONG)
        if isinstance(error, LoginPaused):
            waits.append(error.params["limit"].total_seconds())  # type: ignore[attr-defined]
            clock.advance(seconds=waits[-1])
            error = refusal(staffed, name, WRONG)
        else:
            waits.append(0)
        assert type(error) is LoginFailed
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 64, 128]
    paused = refusal(staffed, name, PLAIN)
    assert isinstance(paused, LoginPaused)
    assert paused.params == {"limit": timedelta(minutes=15)}


def test_during_the_pause_even_the_right_password_waits_and_afterwards_it_opens(staffed: Office, clock: Clock) -> None:
    for _ in range(10):
        if isinstance(error := refusal(staffed, "受理员", WRONG), LoginPaused):
            clock.advance(seconds=error.params["limit"].total_seconds())  # type: ignore[attr-defined]
            refusal(staffed, "受理员", WRONG)
    assert isinstance(refusal(staffed, "受理员", PLAIN), LoginPaused)
    assert sessions.log_in(staffed, "派遣员", PLAIN), "the others go on working"
    clock.advance(minutes=15)
    assert sessions.log_in(staffed, "受理员", PLAIN)
    for _ in range(2):
        assert type(refusal(staffed, "受理员", WRONG)) is LoginFailed, "and the count began anew"


def test_the_count_is_the_offices_not_the_processes(staffed: Office, open_another: Callable[[], Office]) -> None:
    refusal(staffed, "受理员", WRONG)
    refusal(open_another(), "受理员", WRONG)
    assert isinstance(refusal(open_another(), "受理员", PLAIN), LoginPaused)


def test_tries_that_come_too_early_are_not_counted(staffed: Office, clock: Clock) -> None:
    for _ in range(2):
        refusal(staffed, "受理员", WRONG)
    for _ in range(20):
        assert isinstance(refusal(staffed, "受理员", WRONG), LoginPaused)
    assert len(entries(staffed, "login_failed")) == 2
    clock.advance(seconds=1)
    assert sessions.log_in(staffed, "受理员", PLAIN)


def test_a_clock_set_back_shuts_nobody_out(staffed: Office, clock: Clock) -> None:
    for _ in range(2):
        refusal(staffed, "受理员", WRONG)
    clock.advance(days=-400)
    assert isinstance(refusal(staffed, "受理员", PLAIN), LoginPaused)
    clock.advance(seconds=1)
    assert sessions.log_in(staffed, "受理员", PLAIN)


def test_wrong_passwords_are_reported_in_the_ledger_without_the_password_or_a_name_nobody_has(staffed: Office) -> None:
    refusal(staffed, "受理员", WRONG)
    refusal(staffed, "MyRealPassword9", WRONG)
    known, unknown = entries(staffed, "login_failed")
    assert (known[0], known[1], known[3]["name"], known[3]["failures"]) == ("system", "operator", "受理员", 1)
    assert (unknown[0], unknown[1]) == ("system", "office")
    reported = ledger_text(staffed)
    with staffed.database.reading() as connection:
        reported += str(connection.exec_driver_sql("SELECT * FROM login_tries").fetchall())
    for secret in (WRONG, "MyRealPassword9", PLAIN):
        assert secret not in reported
    assert audit.verify(staffed).ok


def test_no_password_and_no_token_stands_anywhere_in_the_file(staffed: Office, admin: Actor) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    operators.set_password(staffed, admin, "内勤", OTHER)
    tokens = terminal.tokens(staffed.database.path, terminal.here())
    with staffed.database.reading() as connection:
        tables = (
            connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'case_text'")
            .scalars()
            .all()
        )
        dump = "".join(str(connection.exec_driver_sql(f'SELECT * FROM "{name}"').fetchall()) for name in tables)
    for secret in (PLAIN, OTHER, *tokens.values()):
        assert secret not in dump
    assert "$argon2id$" in dump


# --- what a log-in is bound to ----------------------------------------------------------------------------------


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[[TokenPlace], None]:
    """Lets this process run somewhere else."""
    return lambda place: monkeypatch.setattr(terminal, "here", lambda: place)


def test_another_terminal_and_another_user_have_to_log_in_themselves(
    staffed: Office, elsewhere: Callable[[TokenPlace], None]
) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    mine = terminal.here()
    for place in (TokenPlace(mine.os_user, "another boot 1 2"), TokenPlace("4711", mine.terminal)):
        elsewhere(place)
        with pytest.raises(NotLoggedIn):
            sessions.who(staffed, "受理员")
    elsewhere(mine)
    assert sessions.who(staffed, "受理员").actor.name == "受理员"


def test_a_token_carried_to_another_terminal_opens_nothing_there(
    staffed: Office, elsewhere: Callable[[TokenPlace], None]
) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    mine = terminal.here()
    stolen = terminal.tokens(staffed.database.path, mine)
    for place in (TokenPlace(mine.os_user, "another boot 1 2"), TokenPlace("4711", mine.terminal)):
        terminal.keep_tokens(staffed.database.path, place, stolen)
        elsewhere(place)
        assert sessions.active_sessions(staffed) == ()
    elsewhere(mine)


def test_a_row_without_its_token_is_worth_nothing(staffed: Office) -> None:
    session = sessions.log_in(staffed, "受理员", PLAIN)
    terminal.keep_tokens(staffed.database.path, terminal.here(), {session.session_id: "guessed"})
    assert sessions.active_sessions(staffed) == ()


def test_the_terminal_is_the_session_and_the_moment_it_began_and_never_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    mine = terminal.here()
    for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"):
        monkeypatch.setenv(name, "root2")
    assert terminal.here() == mine
    assert mine.os_user == str(os.getuid())
    reported = subprocess.run(
        [sys.executable, "-c", "import os; os.setsid(); from gridconsole.services.terminal import here; print(here().terminal)"],
        capture_output=True, encoding="utf-8", check=True,
    ).stdout.strip()  # fmt: skip
    assert reported != mine.terminal


def test_the_token_is_kept_where_nobody_else_looks(staffed: Office) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    (file,) = terminal._folder().glob(terminal._name(staffed.database.path, terminal.here()))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    file.chmod(0o644)
    assert sessions.active_sessions(staffed) == (), "a file others can read is not believed"


def test_a_link_in_place_of_the_token_is_not_followed(staffed: Office, tmp_path: Path) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    file = terminal._folder() / terminal._name(staffed.database.path, terminal.here())
    file.rename(tmp_path / "elsewhere.json")
    file.symlink_to(tmp_path / "elsewhere.json")
    assert sessions.active_sessions(staffed) == ()
    sessions.log_in(staffed, "受理员", PLAIN)
    assert not file.is_symlink()


@pytest.mark.parametrize("rubbish", ["", "[]", '{"x": 1}', "\ud800"])
def test_a_broken_token_file_is_nobody_logged_in(staffed: Office, rubbish: str) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    file = terminal._folder() / terminal._name(staffed.database.path, terminal.here())
    file.write_bytes(rubbish.encode("utf-8", "surrogatepass"))
    assert sessions.active_sessions(staffed) == ()
    assert sessions.log_in(staffed, "受理员", PLAIN)


def test_a_folder_others_can_write_to_is_refused_and_the_login_never_was(
    staffed: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    monkeypatch.setattr(terminal, "_folder", lambda make=False: shared)
    with pytest.raises(TokenFolderUnsafe):
        sessions.log_in(staffed, "受理员", PLAIN)
    assert entries(staffed, "login") == []


def test_a_login_ends_when_it_is_not_used_and_lasts_while_it_is(staffed: Office, clock: Clock) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    for _ in range(8):
        clock.advance(minutes=29)
        assert sessions.who(staffed).actor.name == "受理员"
    clock.advance(minutes=31)
    with pytest.raises(NotLoggedIn):
        sessions.who(staffed)


def test_looking_often_does_not_write_often(staffed: Office, clock: Clock) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)

    def version() -> object:
        with staffed.database.writing() as connection:
            return connection.exec_driver_sql("SELECT group_concat(seen_at) FROM operator_session").scalar()

    before = version()
    for _ in range(5):
        clock.advance(seconds=10)
        sessions.who(staffed)
    assert version() == before
    clock.advance(seconds=10)
    sessions.who(staffed)
    assert version() != before


# --- who acts ---------------------------------------------------------------------------------------------------


def test_of_several_the_one_named_acts_else_the_last(staffed: Office) -> None:
    for name in ("受理员", "派遣员"):
        sessions.log_in(staffed, name, PLAIN)
    assert sessions.who(staffed).actor.name == "派遣员"
    assert sessions.who(staffed, "受理员").actor.name == "受理员"
    assert sessions.who(staffed, "acceptor").actor.name == "受理员"
    assert sessions.who(staffed, usual=Role.ACCEPTOR).actor.name == "受理员"
    assert sessions.who(staffed, usual=Role.CLERK).actor.name == "派遣员"


def test_naming_somebody_is_not_being_somebody(staffed: Office) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    with pytest.raises(NotLoggedIn) as refused:
        sessions.who(staffed, "值班长")
    assert refused.value.params == {"name": "值班长"}
    with pytest.raises(UnknownOperator):
        sessions.who(staffed, "没有这个人")


def test_who_is_not_logged_in_hears_nothing_of_names(staffed: Office) -> None:
    for name in ("值班长", "没有这个人"):
        with pytest.raises(NotLoggedIn):
            sessions.who(staffed, name)


def test_logging_in_twice_is_being_logged_in_once(staffed: Office) -> None:
    first = sessions.log_in(staffed, "受理员", PLAIN)
    second = sessions.log_in(staffed, "受理员", PLAIN)
    assert [session.session_id for session in sessions.active_sessions(staffed)] == [second.session_id]
    with pytest.raises(SessionEnded):
        sessions.renewed(staffed, first)


def test_logging_out_is_for_one_or_for_all(staffed: Office) -> None:
    for name in ("受理员", "派遣员", "值班长"):
        sessions.log_in(staffed, name, PLAIN)
    assert sessions.log_out(staffed, "派遣员") == ("派遣员",)
    assert [session.actor.name for session in sessions.active_sessions(staffed)] == ["受理员", "值班长"]
    assert sessions.log_out(staffed) == ("受理员", "值班长")
    assert sessions.log_out(staffed) == ()
    assert [entry[0] for entry in entries(staffed, "logout")] == ["派遣员", "受理员", "值班长"]
    assert not (terminal._folder() / terminal._name(staffed.database.path, terminal.here())).exists()


# --- keeping operators ------------------------------------------------------------------------------------------


def everybody(opened: Office) -> list[tuple[object, ...]]:
    with opened.database.reading() as connection:
        return [
            tuple(row)
            for table in ("operator", "operator_role", "credential", "office")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table} ORDER BY 1, 2")
        ]


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_only_an_administrator_keeps_the_operators(office: StaffedOffice, role: Role) -> None:
    opened, actor = office.opened, office.actors[role]
    before, sizes = audit.verify(opened).entries, everybody(opened)
    attempts = (
        lambda: operators.add(opened, actor, "王芳", [Role.CLERK]),
        lambda: operators.set_roles(opened, actor, "内勤", [Role.SHIFT_LEADER]),
        lambda: operators.disable(opened, actor, "内勤"),
        lambda: operators.enable(opened, actor, "内勤"),
        lambda: operators.set_password(opened, actor, "内勤", PLAIN),
        lambda: operators.accounts(opened, actor),
        lambda: operators.change_settings(opened, actor, {"lock_minutes": 240}),
    )
    for attempt in attempts:
        with pytest.raises(NotPermitted):
            attempt()
    assert everybody(opened) == sizes
    assert audit.verify(opened).entries == before + len(attempts), "each refusal is told, and nothing else"


@pytest.mark.parametrize("role", [Role.ADMIN, Role.AUDITOR])
def test_who_keeps_operators_or_audits_reports_no_case(office: StaffedOffice, role: Role) -> None:
    with pytest.raises(RoleForbidden):
        casework.intake(office.opened, office.actors[role], casework.NewReport("井盖缺失", Source.PUBLIC))


def test_every_act_of_keeping_is_an_entry_by_who_did_it(staffed: Office, admin: Actor) -> None:
    operators.add(staffed, admin, " 王芳\u202e ", [Role.DISPATCHER])
    operators.set_roles(staffed, admin, "王芳", [Role.CLERK, Role.ACCEPTOR])
    operators.set_password(staffed, admin, "王芳", PLAIN)
    operators.disable(staffed, admin, "王芳")
    operators.enable(staffed, admin, "王芳")
    key = actors.find_operator(staffed, "王芳").id
    acts = ["operator_add", "operator_roles", "operator_password", "operator_disable", "operator_enable"]
    for action in acts:
        entry = entries(staffed, action)[-1]
        assert entry[:3] == (ADMIN, "operator", key), action
    assert entries(staffed, "operator_roles")[0][3] == {"before": ["dispatcher"], "roles": ["acceptor", "clerk"]}
    assert actors.find_operator(staffed, "王芳").roles == {Role.CLERK, Role.ACCEPTOR}
    assert audit.verify(staffed).ok


def test_nobody_is_administrator_and_auditor(staffed: Office, admin: Actor) -> None:
    both = [Role.ADMIN, Role.AUDITOR]
    for attempt in (
        lambda: operators.add(staffed, admin, "王芳", both),
        lambda: operators.set_roles(staffed, admin, "审计员", both),
        lambda: operators.set_roles(staffed, admin, ADMIN, both),
        lambda: actors.add_operator(staffed, "王芳", both),
    ):
        with pytest.raises(AdminAndAuditor):
            attempt()


def test_the_database_itself_refuses_both(staffed: Office, admin: Actor) -> None:
    with pytest.raises(sa.exc.IntegrityError), staffed.database.writing() as connection:
        connection.execute(sa.text("INSERT INTO operator_role VALUES (:id, 'auditor')"), {"id": admin.id})


def test_the_last_administrator_stays_one(staffed: Office, admin: Actor) -> None:
    for attempt in (
        lambda: operators.disable(staffed, admin, ADMIN),
        lambda: operators.set_roles(staffed, admin, ADMIN, [Role.CLERK]),
    ):
        with pytest.raises(LastAdministrator):
            attempt()
    operators.add(staffed, admin, "王芳", [Role.ADMIN])
    with pytest.raises(LastAdministrator):
        operators.disable(staffed, admin, ADMIN)
    operators.set_password(staffed, admin, "王芳", PLAIN)
    operators.disable(staffed, admin, ADMIN)
    with pytest.raises(LastAdministrator):
        operators.disable(staffed, actors.find_operator(staffed, "王芳"), "王芳")


def test_disabling_ends_the_login_at_once_and_enabling_brings_the_password_back(staffed: Office, admin: Actor) -> None:
    session = sessions.log_in(staffed, "受理员", PLAIN)
    operators.disable(staffed, admin, "受理员")
    assert sessions.active_sessions(staffed) == ()
    with pytest.raises(SessionEnded):
        sessions.renewed(staffed, session)
    operators.enable(staffed, admin, "受理员")
    assert sessions.active_sessions(staffed) == (), "what ended stays ended"
    assert sessions.log_in(staffed, "受理员", PLAIN)


def test_the_same_roles_again_are_no_change(staffed: Office, admin: Actor) -> None:
    account = next(one for one in operators.accounts(staffed, admin) if one.actor.name == "派遣员")
    with staffed.database.reading() as connection:
        before = ledger.head(connection, staffed.id)
    assert operators.set_roles(staffed, admin, "派遣员", list(account.actor.roles)).actor.roles == account.actor.roles
    with staffed.database.reading() as connection:
        assert ledger.head(connection, staffed.id) == before


def test_a_role_taken_away_is_gone_at_the_next_act(staffed: Office, admin: Actor) -> None:
    session = sessions.log_in(staffed, "受理员", PLAIN)
    operators.set_roles(staffed, admin, "受理员", [Role.CLERK])
    assert sessions.who(staffed, "受理员").actor.roles == {Role.CLERK}
    assert sessions.renewed(staffed, session).actor.roles == {Role.CLERK}


def test_a_new_password_ends_the_logins_and_the_old_one_opens_nothing(staffed: Office, admin: Actor) -> None:
    sessions.log_in(staffed, "受理员", PLAIN)
    operators.set_password(staffed, admin, "受理员", OTHER)
    assert sessions.active_sessions(staffed) == ()
    assert type(refusal(staffed, "受理员", PLAIN)) is LoginFailed
    assert type(refusal(staffed, "受理员", OTHER)) is PasswordRunOut


def test_a_password_set_anew_ends_the_pause(staffed: Office, admin: Actor) -> None:
    for _ in range(2):
        refusal(staffed, "受理员", WRONG)
    operators.set_password(staffed, admin, "受理员", OTHER)
    operators.change_password(staffed, "受理员", OTHER, PLAIN)
    assert sessions.log_in(staffed, "受理员", PLAIN)


def test_ones_own_password_is_changed_by_the_old_one(staffed: Office) -> None:
    session = sessions.log_in(staffed, "受理员", PLAIN)
    with pytest.raises(LoginFailed):
        operators.change_password(staffed, "受理员", WRONG, OTHER)
    with pytest.raises(PasswordWeak):
        operators.change_password(staffed, "受理员", PLAIN, "12345678")
    assert sessions.renewed(staffed, session)
    operators.change_password(staffed, "受理员", PLAIN, OTHER)
    with pytest.raises(SessionEnded):
        sessions.renewed(staffed, session)
    assert entries(staffed, "operator_password")[-1][0] == "受理员"
    assert sessions.log_in(staffed, "受理员", OTHER)


def test_the_login_a_password_is_changed_from_may_go_on(staffed: Office) -> None:
    session = sessions.log_in(staffed, "受理员", PLAIN)
    operators.change_password(staffed, "受理员", PLAIN, OTHER, kept=session.session_id)
    assert sessions.renewed(staffed, session).actor.name == "受理员"


@pytest.mark.parametrize("name", ["受理员", "停用的人"])
def test_a_name_is_given_once_even_if_its_owner_is_gone(staffed: Office, admin: Actor, name: str) -> None:
    if name == "停用的人":
        operators.add(staffed, admin, name, [Role.CLERK])
        operators.disable(staffed, admin, name)
    with pytest.raises(BadValue):
        operators.add(staffed, admin, name, [Role.CLERK])


def test_an_account_nobody_has_is_refused_with_the_names_there_are(staffed: Office, admin: Actor) -> None:
    for attempt in (operators.disable, operators.enable):
        with pytest.raises(UnknownOperator) as refused:
            attempt(staffed, admin, "王[/]芳")
        assert ADMIN in refused.value.params["names"]  # type: ignore[operator]


# --- policies ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "found"),
    [
        ("zhengzaibang7", None),
        ("wozai7", Weakness.SHORT),
        ("woaini520", Weakness.COMMON),
        ("Admin@123", Weakness.COMMON),
        ("ｐａｓｓｗｏｒｄ１２３", Weakness.COMMON),
        ("WoShiShouLiYuan", Weakness.PERSONAL),
        ("我就是受理员本人呀", Weakness.PERSONAL),
    ],
)
def test_a_password_for_the_acceptor(staffed: Office, admin: Actor, password: str, found: Weakness | None) -> None:
    if found is None:
        operators.set_password(staffed, admin, "受理员", password)
        return
    with pytest.raises(PasswordWeak) as refused:
        operators.set_password(staffed, admin, "受理员", password)
    assert refused.value.params == {"reason": (found,), "limit": 8}


def test_the_end_of_ones_own_phone_number_is_no_password(office: StaffedOffice) -> None:
    from gridconsole.store import offices as office_rows

    give_passwords(office.opened, ADMIN)
    with office.opened.database.writing() as connection:
        office_rows.add_operator(connection, office.opened.id, "李小明", [Role.CLERK], office.handlers["李小明"].id)
    with pytest.raises(PasswordWeak) as refused:
        operators.set_password(office.opened, office.actors[Role.ADMIN], "李小明", "hao345678a")
    assert refused.value.params["reason"] == (Weakness.PERSONAL,)


def test_an_assessed_office_has_passwords_run_out_and_not_come_back(staffed: Office, admin: Actor, clock: Clock) -> None:
    operators.change_settings(staffed, admin, {"password_policy": "dengbao"})
    opened = reopened(staffed)
    with pytest.raises(PasswordWeak) as refused:
        operators.set_password(opened, admin, "内勤", PLAIN)
    assert refused.value.params["reason"] == (Weakness.CLASSES,)
    first = "Liuliang-gao-0"
    operators.set_password(opened, admin, "内勤", first)
    with pytest.raises(PasswordRunOut):
        sessions.log_in(opened, "内勤", first)
    words = [first, *(f"Liuliang-gao-{number}" for number in range(1, 6))]
    for old, new in pairwise(words):
        with pytest.raises(PasswordWeak) as again:
            operators.change_password(opened, "内勤", old, old)
        assert again.value.params["reason"] == (Weakness.REUSED,)
        operators.change_password(opened, "内勤", old, new)
    with pytest.raises(PasswordWeak):
        operators.change_password(opened, "内勤", words[-1], words[1])
    assert sessions.log_in(opened, "内勤", words[-1])
    clock.advance(days=90, seconds=1)
    with pytest.raises(PasswordRunOut):
        sessions.log_in(opened, "内勤", words[-1])
    operators.change_password(opened, "内勤", words[-1], first)
    assert sessions.log_in(opened, "内勤", first), "the sixth before the present one may come again"


def test_numbers_of_the_rules_hold_where_the_rules_look(staffed: Office, admin: Actor) -> None:
    changes = {"extensions": 1, "suspensions": 0, "suspension_days": 30, "call_back_tries": 5, "duplicate_days": 3}
    reported = operators.change_settings(staffed, admin, changes)
    assert {name: reported[name] for name in changes} == changes
    assert operators.change_settings(staffed, admin, {"extensions": 2})["suspension_days"] == 30, "its neighbours stay"
    opened = reopened(staffed)
    at = opened.circumstances()
    assert (at.limits.extensions, at.limits.suspensions, at.limits.suspension_days, at.call_back_tries) == (2, 0, 30, 5)
    assert duplicates.window(opened) == timedelta(days=3)
    for wrong in ({"suspension_days": 366}, {"extensions": -1}, {"duplicate_days": 0}):
        with pytest.raises(BadValue):
            operators.change_settings(staffed, admin, wrong)


def test_settings_are_reported_and_kept_within_reason(staffed: Office, admin: Actor) -> None:
    assert operators.change_settings(staffed, admin, {}) == {
        "password_policy": "plain",
        "session_minutes": 30,
        "lock_minutes": 10,
        "axis_waiver": True,
        "admin_cases": True,
        "alarm_bell": False,
        "total_first": False,
        "rework_of": "due",
        "extension_of": "due",
        "unmaskers": ["acceptor", "dispatcher", "inspector", "shift_leader"],
        "extensions": 2,
        "suspensions": 1,
        "suspension_days": 365,
        "call_back_tries": 3,
        "call_back_hours": 4,
        "reopen_days": 30,
        "duplicate_days": 7,
        "history_days": 30,
        "missed_days": 7,
        "ledger_days": 1096,
        "time_doubt_days": 0,
        "backup_second": {},
    }
    assert operators.change_settings(staffed, admin, {"lock_minutes": 5})["lock_minutes"] == 5
    assert sessions.lock_after(reopened(staffed)) == timedelta(minutes=5)
    assert [entry[3] for entry in entries(staffed, "settings")] == [{"lock_minutes": 5}]
    for changes in ({"lock_minutes": 0}, {"session_minutes": 10**9}):
        with pytest.raises(BadValue):
            operators.change_settings(staffed, admin, changes)
    with pytest.raises(UnknownWord):
        operators.change_settings(staffed, admin, {"password_policy": "../plain"})


def test_the_list_of_common_passwords_is_what_its_tool_writes() -> None:
    from tools.make_common_passwords import passwords as written

    kept = data_path("passwords", "common.txt").read_text(encoding="utf-8").split()
    assert kept == written()
    assert len(kept) == 3_000
    assert all(len(word) >= 8 for word in kept)
    assert not any(word.isdecimal() and len(word) == 11 and word.startswith("1") for word in kept), "no phone numbers"


# --- the first administrator ------------------------------------------------------------------------------------


def test_a_new_office_has_one_account_that_opens_and_no_default_password(tmp_path: Path, clock: Clock) -> None:
    opened = setup.initialise(tmp_path / "office.db", "X区", "xdistrict", "cli", clock, admin=FirstAdmin("王芳", PLAIN))
    assert [actor.name for actor in sessions.may_log_in(opened)] == ["王芳"]
    assert actors.find_operator(opened, "王芳").roles == {Role.ADMIN}
    assert ADMIN not in {actor.name for actor in actors.operators(opened)}
    for name in map(word, Role):
        for password in ("", name, "admin", "123456"):
            with pytest.raises((LoginFailed, LoginPaused)):
                sessions.prove(opened, name, password)
    assert PLAIN not in repr(FirstAdmin("王芳", PLAIN))
    opened.close()


@pytest.mark.parametrize(("name", "password"), [("王芳", "12345678"), ("受理员", PLAIN), (" ", PLAIN), ("王芳", "")])
def test_an_administrator_who_will_not_do_makes_no_office(tmp_path: Path, name: str, password: str) -> None:
    with pytest.raises((BadValue, PasswordWeak)):
        setup.initialise(tmp_path / "office.db", "X区", "xdistrict", "cli", admin=FirstAdmin(name, password))
    assert list(tmp_path.iterdir()) == []


def test_without_an_administrator_nobody_can_log_in_until_there_is_one(opened: Office) -> None:
    give_passwords(opened, "受理员")
    log_everybody_out(opened.database.path)
    for attempt in (
        lambda: sessions.log_in(opened, "受理员", PLAIN),
        lambda: sessions.who(opened),
        lambda: sessions.who(opened, "没有"),
    ):
        with pytest.raises(NobodyMayLogIn):
            attempt()
    assert operators.first_admin(opened, " 王芳 ", PLAIN) == "王芳"
    assert sessions.log_in(opened, "王芳", PLAIN).actor.roles == {Role.ADMIN}
    with pytest.raises(AdministratorThere):
        operators.first_admin(opened, "马俊", PLAIN)
    assert entries(opened, "first_admin")[0][0] == "王芳"


@pytest.mark.parametrize(("name", "roles"), [(ADMIN, {Role.ADMIN}), ("值班长", {Role.ADMIN, Role.SHIFT_LEADER})])
def test_somebody_there_already_becomes_the_first_administrator(opened: Office, name: str, roles: set[Role]) -> None:
    operators.first_admin(opened, name, PLAIN)
    assert actors.find_operator(opened, name).roles == roles


def test_the_auditor_does_not_become_the_first_administrator(opened: Office) -> None:
    with pytest.raises(AdminAndAuditor):
        operators.first_admin(opened, "审计员", PLAIN)


# --- locking and handing over -----------------------------------------------------------------------------------


def test_locking_ends_every_login_of_the_terminal(staffed: Office) -> None:
    for name in ("受理员", "派遣员"):
        sessions.log_in(staffed, name, PLAIN)
    sessions.lock(staffed)
    with pytest.raises(NotLoggedIn):
        sessions.who(staffed)
    assert [entry[0] for entry in entries(staffed, "lock")] == ["受理员", "派遣员"]


def test_a_lock_is_opened_by_its_owner_or_taken_over_by_a_shift_leader_and_by_nobody_else(staffed: Office) -> None:
    owner = sessions.log_in(staffed, "受理员", PLAIN).actor
    sessions.lock(staffed)
    with pytest.raises(LoginFailed):
        sessions.unlock(staffed, owner, "受理员", WRONG)
    with pytest.raises(NotTheirLock):
        sessions.unlock(staffed, owner, "派遣员", PLAIN)
    assert sessions.active_sessions(staffed) == ()
    assert sessions.unlock(staffed, owner, "受理员", PLAIN).actor == owner
    sessions.lock(staffed)
    leader = sessions.unlock(staffed, owner, "值班长", PLAIN)
    assert leader.actor.name == "值班长"
    assert [entry[0] for entry in entries(staffed, "unlock")] == ["受理员"]
    (handed,) = entries(staffed, "hand_over")
    assert (handed[0], handed[3]["of"], handed[3]["of_name"]) == ("值班长", owner.id, "受理员")


def test_handing_over_ends_the_formers_login(staffed: Office) -> None:
    former = sessions.log_in(staffed, "受理员", PLAIN)
    with pytest.raises(LoginFailed):
        sessions.hand_over(staffed, former, "派遣员", WRONG)
    assert sessions.renewed(staffed, former)
    sessions.hand_over(staffed, former, "派遣员", PLAIN)
    assert [session.actor.name for session in sessions.active_sessions(staffed)] == ["派遣员"]
    assert entries(staffed, "hand_over")[0][3]["of_name"] == "受理员"


# --- the ledger's reader ----------------------------------------------------------------------------------------


def test_the_auditor_reads_the_ledger_and_nobody_else_does(office: StaffedOffice) -> None:
    office.report(text="反映人电话 13812345678", reporter_name="秘密的姓名")
    found = audit.entries(
        office.opened,
        office.actors[Role.AUDITOR],
        ledger_entries.LedgerQuery(None, "受理员", "report", office.opened.midnight()),
        10,
    )
    assert [(line.action, line.operator) for line in found] == [("report", "受理员")]
    assert "13812345678" not in str(found)
    assert "秘密" not in str(found)
    for role in set(Role) - {Role.AUDITOR}:
        with pytest.raises(NotPermitted):
            audit.entries(office.opened, office.actors[role], ledger_entries.LedgerQuery(), 10)


# --- nothing gives a password away ------------------------------------------------------------------------------


def test_no_command_takes_a_password_as_an_argument() -> None:
    from gridconsole.cli.app import build

    def options(command: object) -> list[str]:
        own = [name for item in getattr(command, "params", []) for name in item.opts]
        return own + [name for child in getattr(command, "commands", {}).values() for name in options(child)]

    found = {name for name in options(build()) if "pass" in name.lower() or "pin" in name.lower()}
    assert found == {"--password-stdin", "--password-policy", "--passphrase-file", "--backup-passphrase-file"}


def test_argon2_is_imported_inside_functions_only() -> None:
    import gridconsole

    for path in Path(gridconsole.__file__).parent.rglob("*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [getattr(node, "module", "") or ""]
            assert not any(name.startswith("argon2") for name in names), path


def test_people_of_tests_are_logged_in_without_a_password(opened: Office) -> None:
    actors.add_operator(opened, "王芳", [Role.CLERK])
    log_in(opened, "王芳")
    assert sessions.who(opened, "王芳").actor.name == "王芳"
