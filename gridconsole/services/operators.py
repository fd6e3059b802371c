"""Keep the operators, their roles and their passwords. Each act is a ledger entry by the operator who did it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gridconsole.archive.retiring import LEDGER_DAYS
from gridconsole.archive.seals import LEAST_DAYS, USUAL_DAYS
from gridconsole.domain import timekeeping
from gridconsole.domain.access import ASSESSED, KEEPERS, UNMASKERS
from gridconsole.domain.case import CALL_BACK_HOURS, CALL_BACK_TRIES, HISTORY_DAYS, REOPEN_DAYS, RequestLimits
from gridconsole.domain.errors import AccountTaken, AdministratorThere, BadValue, LastAdministrator, UnknownOperator, UnknownWord
from gridconsole.domain.escalation import ALARM_BELL
from gridconsole.domain.figures import BASES, DUE_BASE, HANDLED_BASE, TOTAL_FIRST
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.services import actors, appointing, daily_backup, duplicates, escalation, passwords, rights, sessions
from gridconsole.services import office as offices
from gridconsole.store import access, facts, ledger
from gridconsole.store import offices as office_rows

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.access import Account
    from gridconsole.store.engine import Transaction


@dataclass(frozen=True, slots=True)
class Number:
    """A number the administrator may set."""

    least: int
    most: int
    usual: int
    group: str = ""
    """Key of the group of settings that holds it; empty: no group."""
    name: str = ""
    """Key in the settings, if it differs from the key here."""


_USUAL = RequestLimits()
NUMBERS: Mapping[str, Number] = {
    "session_minutes": Number(1, 24 * 60, 30),
    "lock_minutes": Number(1, 4 * 60, 10),
    "extensions": Number(0, 10, _USUAL.extensions, "requests"),
    "suspensions": Number(0, 10, _USUAL.suspensions, "requests"),
    "suspension_days": Number(1, 365, _USUAL.suspension_days, "requests"),
    "call_back_tries": Number(1, 20, CALL_BACK_TRIES),
    "call_back_hours": Number(0, 72, CALL_BACK_HOURS),
    "reopen_days": Number(0, 366, REOPEN_DAYS),
    "history_days": Number(1, 3_660, HISTORY_DAYS),
    "duplicate_days": Number(1, 60, duplicates.DAYS, "duplicates", "days"),
    facts.MISSED_DAYS: Number(1, 366, facts.DAYS_MISSED),
    LEDGER_DAYS: Number(LEAST_DAYS, 36_500, USUAL_DAYS),
    timekeeping.DAYS_SETTING: Number(0, timekeeping.MOST_DAYS, timekeeping.USUAL_DAYS),
}
"""Settings that are numbers (minutes, counts and days), each with its least, most and usual value."""


def check_keeper(office: Office, actor: Actor) -> None:
    """Refuse an operator who is no administrator.

    Raises:
        NotPermitted: the operator is no administrator.
    """
    rights.check(office, actor, "operators", KEEPERS)


def accounts(office: Office, actor: Actor) -> tuple[Account, ...]:
    """Return every account, for the administrator.

    Raises:
        NotPermitted: the operator is no administrator.
    """
    check_keeper(office, actor)
    with office.database.reading() as connection:
        return access.accounts(connection, office.id)


def add(office: Office, actor: Actor, name: str, roles: Collection[Role]) -> str:
    """Add an operator, who cannot log in until a password is set; returns the name as it is stored.

    Raises:
        NotPermitted: the operator is no administrator.
        BadValue: the name is empty or taken.
        AdminAndAuditor: the roles cannot be held together.
    """
    check_keeper(office, actor)
    with rights.recording_denials(office, actor):
        with office.database.reading() as connection:
            appointing.check_mixture(connection, clean_line(name, 40), roles)
        return actors.add_operator(office, name, roles, actor)


def set_roles(office: Office, actor: Actor, name: str, roles: Collection[Role], witness: Actor | None = None) -> Account:
    """Give an operator these roles and no others; returns the account as it was before.

    Args:
        witness: second person, needed if an account with a password becomes auditor: the administrator may know the password.

    Raises:
        OwnRoles: an operator may not change their own roles.
        AdminWithCaseRole: the office does not let an administrator hold a role on cases.
        WitnessNeeded, WitnessUnfit: see :func:`.appointing.check_witness`.
        NotPermitted: the operator is no administrator.
        UnknownOperator: no such account.
        AdminAndAuditor: the roles cannot be held together.
        LastAdministrator: no administrator who can log in would remain.
    """
    check_keeper(office, actor)
    with rights.recording_denials(office, actor):
        actors.check_apart(clean_line(name), roles)
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        account = _account(connection, office, name)
        if Role.ADMIN not in roles:
            _check_not_last(connection, office, account)
        appointing.check_not_own(actor, account)
        appointing.check_mixture(connection, account.actor.name, roles)
        if Role.AUDITOR in roles and Role.AUDITOR not in account.actor.roles and account.password_set_at is not None:
            seen_by = appointing.check_witness(connection, office, actor, account, witness)
            _append_witness(connection, office, witness=seen_by, actor=actor, about=account.actor, action="operator_roles")
        wanted = sorted(set(roles))
        if account.actor.roles == frozenset(wanted):
            return account  # nothing changed: no ledger entry
        access.set_roles(connection, account.actor.id, wanted)
        escalation.reassign_notifications_in(connection, office)
        before = sorted(role.value for role in account.actor.roles)
        _append(
            connection,
            office,
            actor=actor,
            about=account.actor,
            action="operator_roles",
            facts={"roles": [role.value for role in wanted], "before": before},
        )
    return account


def disable(office: Office, actor: Actor, name: str) -> Account:
    """Disable an account: it may neither act nor log in any more, and its log-ins end at once.

    Raises:
        NotPermitted: the operator is no administrator.
        UnknownOperator: no such account.
        LastAdministrator: no administrator who can log in would remain.
    """
    check_keeper(office, actor)
    with office.database.writing() as connection:
        account = _account(connection, office, name)
        _check_not_last(connection, office, account)
        access.set_active(connection, account.actor.id, active=False)
        escalation.reassign_notifications_in(connection, office)
        access.end_sessions_of(connection, account.actor.id, office.now(), "disabled")
        _append(
            connection, office, actor=actor, about=account.actor, action="operator_disable", facts={"name": account.actor.name}
        )
    return account


def enable(office: Office, actor: Actor, name: str) -> Account:
    """Enable a disabled account again, with the password it had.

    Raises:
        NotPermitted: the operator is no administrator.
        UnknownOperator: no such account.
    """
    check_keeper(office, actor)
    with office.database.writing() as connection:
        account = _account(connection, office, name)
        access.set_active(connection, account.actor.id, active=True)
        _append(
            connection, office, actor=actor, about=account.actor, action="operator_enable", facts={"name": account.actor.name}
        )
    return account


def needs_witness(office: Office, actor: Actor, name: str) -> None:
    """Refuse a new password for an auditor if no witness is named, before the password is asked for.

    Raises:
        WitnessNeeded: the account is an auditor's.
        UnknownOperator: no such account.
    """
    with office.database.reading() as connection:
        account = _account(connection, office, name)
        if Role.AUDITOR in account.actor.roles:
            appointing.check_witness(connection, office, actor, account, None)


def set_password(office: Office, actor: Actor, name: str, password: str, witness: Actor | None = None) -> Account:
    """Give another operator a password, which they must change before they log in; their log-ins end.

    Args:
        witness: second person who has given their own password; needed if the account is an auditor's.

    Raises:
        WitnessNeeded, WitnessUnfit: see :func:`.appointing.check_witness`.
        NotPermitted: the operator is no administrator.
        UnknownOperator: no such account.
        PasswordWeak: the password does not satisfy the policy.
    """
    check_keeper(office, actor)
    with office.database.writing() as connection:
        account = _account(connection, office, name)
        facts: dict[str, object] = {"name": account.actor.name}
        if Role.AUDITOR in account.actor.roles:
            seen_by = appointing.check_witness(connection, office, actor, account, witness)
            facts["witness"] = seen_by.name
            _append_witness(connection, office, witness=seen_by, actor=actor, about=account.actor, action="operator_password")
        _put_password(connection, office, account.actor, password, temporary=account.actor.id != actor.id)
        access.clear_tries(connection, f"operator:{account.actor.id}")
        access.end_sessions_of(connection, account.actor.id, office.now(), "password")
        _append(connection, office, actor=actor, about=account.actor, action="operator_password", facts=facts)
    return account


def change_password(office: Office, name: str, old: str, new: str, *, kept: int = 0) -> Actor:
    """Change an operator's own password, proved by the old one; their log-ins end.

    Args:
        kept: id of the log-in in which the password is changed; it does not end. 0: none.

    Raises:
        LoginFailed, LoginPaused, NobodyMayLogIn: the old password is refused; see :func:`.sessions.prove`.
        PasswordWeak: the new password does not satisfy the policy.
    """
    actor = sessions.prove(office, name, old, run_out_will_do=True)
    with office.database.writing() as connection:
        _put_password(connection, office, actor, new, temporary=False)
        access.end_sessions_of(connection, actor.id, office.now(), "password", kept=kept)
        _append(connection, office, actor=actor, about=actor, action="operator_password", facts={"name": actor.name})
    return actor


def refuse_if_kept(office: Office) -> None:
    """Refuse to make a first administrator if an administrator can log in already.

    Raises:
        AdministratorThere: an administrator can log in.
    """
    with office.database.reading() as connection:
        _refuse_if_kept(connection, office)


def _refuse_if_kept(connection: Transaction, office: Office) -> None:
    if keepers := _keepers(connection, office):
        raise AdministratorThere(names=[account.actor.name for account in keepers])


def first_admin(office: Office, name: str, password: str) -> str:
    """Make the first administrator of an office in which no administrator can log in; returns the name.

    Raises:
        AdministratorThere: an administrator can log in.
        BadValue: the name is empty.
        AdminAndAuditor: the account of this name is an auditor's.
        AdminWithCaseRole: the account of this name has a role on cases, and the office does not allow both.
        AccountTaken: the account of this name has a password already and another role.
        PasswordWeak: the password does not satisfy the policy.
    """
    title = clean_line(name, 40)
    if not title:
        raise BadValue(what="operator", value=title, expected="text")
    with office.database.writing() as connection:
        _refuse_if_kept(connection, office)
        there = next((one for one in access.accounts(connection, office.id) if one.actor.name == title), None)
        roles = {Role.ADMIN} | (there.actor.roles if there else set())
        actors.check_apart(title, roles)
        appointing.check_mixture(connection, title, roles)
        if there is not None and there.password_set_at is not None and there.actor.roles - KEEPERS:
            raise AccountTaken(name=title)
        if there is None:
            key = office_rows.add_operator(connection, office.id, title, [Role.ADMIN])
        else:
            key = there.actor.id
            access.set_roles(connection, key, sorted(roles))
            access.set_active(connection, key, active=True)
        admin = Actor(key, title, frozenset(roles), there.actor.warden_id if there else None)
        _put_password(connection, office, admin, password, temporary=False)
        facts: dict[str, object] = {"name": title, "roles": sorted(role.value for role in roles)}
        _append(connection, office, actor=admin, about=admin, action="first_admin", facts=facts)
    return title


def change_settings(office: Office, actor: Actor, changes: dict[str, Any]) -> dict[str, Any]:
    """Change settings of the office; returns the settings as they are now.

    These are the password policy, the :data:`NUMBERS`, the waiver of the dual axis, administrators with case roles, the bell for
    alarms, the roles that may unmask, the second place for backups, and where reports have the row of the whole.

    Raises:
        NotPermitted: the operator is no administrator.
        UnknownWord: no such policy.
        BadValue: a number is out of range; administrators would be allowed to unmask; or administrators would be allowed case
            roles under the policy of an assessed office.
    """
    check_keeper(office, actor)
    if "password_policy" in changes:
        passwords.policy(str(changes["password_policy"]))
    for name, number in NUMBERS.items():
        if name in changes and not number.least <= float(changes[name]) <= number.most:
            raise BadValue(what=name, value=str(changes[name]), expected=f"{number.least}-{number.most}")
    for name in BASES:
        if name in changes and changes[name] not in (DUE_BASE, HANDLED_BASE):
            raise UnknownWord(what=name, word=str(changes[name]), choices=[DUE_BASE, HANDLED_BASE])
    _check_mixing(office, changes)
    if KEEPERS & {Role(name) for name in changes.get("unmaskers", ())}:
        raise BadValue(what="unmaskers", value=Role.ADMIN, expected="no_keeper")
    with office.database.writing() as connection:
        before = office_rows.office(connection).settings
        settings = _with(before, changes)
        if settings.get(facts.MISSED_DAYS) != before.get(facts.MISSED_DAYS):
            facts.forget(connection)
        if changes:
            office_rows.put_settings(connection, office.id, settings)
            entry = office.entry(actor, "settings", changes)
            ledger.append(connection, office.id, [entry])
    words = {
        "password_policy": "plain",
        offices.AXIS_WAIVER: False,
        offices.ADMIN_CASES: False,
        ALARM_BELL: False,
        TOTAL_FIRST: False,
        "unmaskers": sorted(UNMASKERS),
        daily_backup.SECOND: {},
        **dict.fromkeys(BASES, DUE_BASE),
    }
    shown = {name: settings.get(name, usual) for name, usual in words.items()} | {
        offices.ADMIN_CASES: appointing.may_mix(settings)
    }
    return shown | {name: _kept(settings, number).get(number.name or name, number.usual) for name, number in NUMBERS.items()}


def _check_mixing(office: Office, changes: Mapping[str, Any]) -> None:
    """Refuse to let administrators hold roles on cases if the password policy is, or becomes, that of an assessed office."""
    if not changes.get(offices.ADMIN_CASES):
        return
    with office.database.reading() as connection:
        held = office_rows.office(connection).settings
    if changes.get("password_policy", held.get("password_policy")) == ASSESSED:
        raise BadValue(what="option", value="--admin-cases", expected="not_assessed")


def _kept(settings: Mapping[str, Any], number: Number) -> Mapping[str, Any]:
    """Return the group of an office's settings that holds a number."""
    part: Mapping[str, Any] = settings.get(number.group, {}) if number.group else settings
    return part


def _with(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return an office's settings with changes, each stored in its group."""
    changed = dict(settings)
    for name, value in changes.items():
        number = NUMBERS.get(name)
        if number is None or not number.group:
            changed[name] = value
        else:
            changed[number.group] = {**changed.get(number.group, {}), number.name or name: value}
    return changed


def _account(connection: Transaction, office: Office, name: str) -> Account:
    everybody = access.accounts(connection, office.id)
    wanted = clean_line(name)
    for account in everybody:
        if account.actor.name == wanted:
            return account
    raise UnknownOperator(name=wanted, names=[account.actor.name for account in everybody])


def _keepers(connection: Transaction, office: Office) -> list[Account]:
    return [
        account
        for account in access.accounts(connection, office.id)
        if account.active and account.password_set_at is not None and Role.ADMIN in account.actor.roles
    ]


def _check_not_last(connection: Transaction, office: Office, account: Account) -> None:
    if Role.ADMIN not in account.actor.roles:
        return
    if not any(other.actor.id != account.actor.id for other in _keepers(connection, office)):
        raise LastAdministrator(name=account.actor.name)


def _put_password(connection: Transaction, office: Office, owner: Actor, password: str, *, temporary: bool) -> None:
    rules = sessions.rules_of(office)
    word = passwords.check(password, rules, passwords.personal_words(owner.name, access.phone_of(connection, owner.id)))
    present = access.credential(connection, owner.id)
    if present is not None and (rules.remembered or (present.temporary and not temporary)):
        # A password set by another person must be changed into a different one, even if the policy remembers none.
        earlier = access.past_hashes(connection, owner.id, rules.remembered - 1) if rules.remembered else ()
        passwords.check_not_reused(word, (present.hash, *earlier), rules)
    access.put_credential(connection, owner.id, passwords.hash_of(word), office.now(), temporary=temporary)


def _append_witness(connection: Transaction, office: Office, witness: Actor, actor: Actor, about: Actor, action: str) -> None:
    """Write the witness's own entry, which comes before that of the act: two entries by two people."""
    facts: dict[str, object] = {"name": about.name, "operator": actor.name, "action": action}
    _append(connection, office, actor=witness, about=about, action="operator_witness", facts=facts)


def _append(connection: Transaction, office: Office, actor: Actor, about: Actor, action: str, facts: dict[str, object]) -> None:
    entry = office.entry(actor, action, facts, about=("operator", about.id))
    ledger.append(connection, office.id, [entry])
