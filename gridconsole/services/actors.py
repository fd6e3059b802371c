"""List, find and add the operators of an office."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from gridconsole.domain.access import APART
from gridconsole.domain.errors import AdminAndAuditor, BadValue, UnknownOperator
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import Role
from gridconsole.domain.text import clean_line
from gridconsole.language import vocabulary
from gridconsole.services.office import Office
from gridconsole.store import access, ledger
from gridconsole.store import offices as office_rows


def operators(office: Office) -> tuple[Actor, ...]:
    """Return the active operators of an office."""
    with office.database.reading() as connection:
        return office_rows.operators(connection, office.id)


def find_operator(office: Office, word: str) -> Actor:
    """Find an operator by name or by the name of a role.

    For a role, this is the account named after it, or the only operator who has it.

    Raises:
        UnknownOperator: no operator fits the word, or several have the role.
    """
    return pick_operator(operators(office), word)


def pick_operator(everybody: Sequence[Actor], said: str) -> Actor:
    """Find an operator among the given ones; see :func:`find_operator`.

    Raises:
        UnknownOperator: no operator fits the word, or several have the role.
    """
    wanted = clean_line(said)
    for actor in everybody:
        if actor.name == wanted:
            return actor
    named = vocabulary.role_names()
    roles = {role for role, names in named.items() if vocabulary.plain(wanted) in names}
    holders = [actor for actor in everybody if actor.roles & roles]
    # The account named after the role comes first; a person with the role is meant only if no other operator has it.
    for actor in holders:
        if any(vocabulary.plain(actor.name) in named[role] for role in roles):
            return actor
    if len(holders) == 1:
        return holders[0]
    raise UnknownOperator(name=wanted, names=[actor.name for actor in everybody])


def add_operator(office: Office, name: str, roles: Collection[Role], actor: Actor | None = None) -> str:
    """Add an operator without a password; returns the name as it is stored.

    Args:
        actor: the operator who adds it; None: the program itself, for the demo. :mod:`.operators` checks the rights.

    Raises:
        BadValue: the name is empty or taken; the name of a disabled account counts as taken.
        AdminAndAuditor: the roles cannot be held together.
    """
    title = clean_line(name, 40)
    check_apart(title, roles)
    with office.database.writing() as connection:
        if not title or any(account.actor.name == title for account in access.accounts(connection, office.id)):
            raise BadValue(what="operator", value=title, expected="new_name")
        key = office_rows.add_operator(connection, office.id, title, roles)
        ledger.append(
            connection,
            office.id,
            [
                ledger.NewEntry(
                    at=office.now(),
                    operator_id=actor.id if actor else None,
                    operator=actor.name if actor else "system",
                    origin=office.origin,
                    subject_kind="operator",
                    subject_id=key,
                    action="operator_add",
                    facts={"name": title, "roles": sorted(role.value for role in roles)},
                )
            ],
        )
    return title


def check_apart(name: str, roles: Collection[Role]) -> None:
    """Refuse the combination of administrator and auditor, which one person must not hold.

    Raises:
        AdminAndAuditor: both are among the roles.
    """
    if frozenset(roles) >= APART:
        raise AdminAndAuditor(what="apart", name=name)
