"""Operators of an office: listed, found by name, and added."""

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
    """Everybody who may act."""
    with office.database.reading() as connection:
        return office_rows.operators(connection, office.id)


def find_operator(office: Office, word: str) -> Actor:
    """An operator by name, or by a role's name: the account named after it, or the one person who has it.

    Raises:
        UnknownOperator: nobody, or more than one.
    """
    return pick_operator(operators(office), word)


def pick_operator(everybody: Sequence[Actor], said: str) -> Actor:
    """:func:`find_operator` among some.

    Raises:
        UnknownOperator: nobody, or more than one.
    """
    wanted = clean_line(said)
    for actor in everybody:
        if actor.name == wanted:
            return actor
    named = vocabulary.role_names()
    roles = {role for role, names in named.items() if vocabulary.plain(wanted) in names}
    holders = [actor for actor in everybody if actor.roles & roles]
    # The account named after the role speaks for it; a person is meant only where nobody else could be.
    for actor in holders:
        if any(vocabulary.plain(actor.name) in named[role] for role in roles):
            return actor
    if len(holders) == 1:
        return holders[0]
    raise UnknownOperator(name=wanted, names=[actor.name for actor in everybody])


def add_operator(office: Office, name: str, roles: Collection[Role], actor: Actor | None = None) -> str:
    """A new operator, without a password; returns the name as it is kept.

    Args:
        actor: who adds it; None is the program itself, for what it invents. Rights are :mod:`.operators`' to check.

    Raises:
        BadValue: the name is empty or taken, also by somebody who may not act any more.
        AdminAndAuditor: the roles cannot go together.
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
    """Refuse roles that one person must not hold together.

    Raises:
        AdminAndAuditor: they are among them.
    """
    if frozenset(roles) >= APART:
        raise AdminAndAuditor(what="apart", name=name)
