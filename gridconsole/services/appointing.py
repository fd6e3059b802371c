"""Rules for giving roles: which roles may be combined, and when a second person must witness."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from gridconsole.domain.access import ASSESSED, KEEPERS, WITNESSES
from gridconsole.domain.errors import AdminWithCaseRole, OwnRoles, WitnessNeeded, WitnessUnfit
from gridconsole.domain.states import OFFICE, Role
from gridconsole.services.office import ADMIN_CASES, AXIS_WAIVER
from gridconsole.store import access, offices

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.access import Account
    from gridconsole.store.engine import Transaction


def may_mix(settings: Mapping[str, Any]) -> bool:
    """Return whether an administrator may hold a case role: never under the assessed policy, else by the setting.

    Older offices do not have this setting. They may mix the two, because a small office cannot separate them, unless their
    setting for waiving the dual axis is off.
    """
    if settings.get("password_policy") == ASSESSED:
        return False
    return bool(settings.get(ADMIN_CASES, settings.get(AXIS_WAIVER, True)))


def check_mixture(connection: Transaction, name: str, roles: Collection[Role]) -> None:
    """Refuse an administrator with a role on cases if the office does not allow it.

    Raises:
        AdminWithCaseRole: the office does not allow it.
    """
    if KEEPERS & set(roles) and OFFICE & set(roles) and not may_mix(offices.office(connection).settings):
        raise AdminWithCaseRole(what="apart_cases", name=name)


def mixed_keepers(office: Office) -> tuple[Account, ...]:
    """Return active administrators with a role on cases that the office does not allow (any more).

    They are only reported; their accounts stay usable.
    """
    with office.database.reading() as connection:
        if may_mix(offices.office(connection).settings):
            return ()
        everybody = access.accounts(connection, office.id)
    return tuple(one for one in everybody if one.active and one.actor.roles & KEEPERS and one.actor.roles & OFFICE)


def check_not_own(actor: Actor, account: Account) -> None:
    """Refuse an operator who changes their own roles.

    Raises:
        OwnRoles: the account is the operator's own.
    """
    if actor.id == account.actor.id:
        raise OwnRoles(what="own_roles", name=actor.name)


def check_witness(connection: Transaction, office: Office, actor: Actor, account: Account, witness: Actor | None) -> Actor:
    """Refuse a step towards the auditor's rights without a fit witness; returns the witness.

    Otherwise the administrator could take the step unobserved.

    Args:
        witness: the second person, who has given their own password for it.

    Raises:
        WitnessNeeded: there is no witness.
        WitnessUnfit: the witness is neither a leader nor a shift leader, or is one of the two accounts.
    """
    if witness is None:
        names = _witnesses(connection, office, actor, account)
        advice = "" if names else "none"
        raise WitnessNeeded(name=account.actor.name, names=names, roles=sorted(WITNESSES), advice=advice)
    if witness.id in (actor.id, account.actor.id) or not witness.roles & WITNESSES:
        raise WitnessUnfit(name=witness.name, roles=sorted(WITNESSES))
    return witness


def _witnesses(connection: Transaction, office: Office, actor: Actor, account: Account) -> list[str]:
    """Return the names of those who may witness: active leaders and shift leaders with a password, except the two accounts."""
    return [
        one.actor.name
        for one in access.accounts(connection, office.id)
        if one.active and one.password_set_at and one.actor.roles & WITNESSES and one.actor.id not in (actor.id, account.actor.id)
    ]
