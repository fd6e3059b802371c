"""Word the changes that others made to an operator's account, shown at the next log-in."""

from __future__ import annotations

from gridconsole.domain.states import Role
from gridconsole.domain.views.accounts import AccountChange
from gridconsole.language import t


def account_change(change: AccountChange) -> str:
    """Word one change as a sentence."""
    key = f"account.{change.action}"
    if change.facts.get("witness"):
        key += ".witnessed"
    roles = {name: _roles(change.facts.get(name)) for name in ("before", "roles")}
    return t(key, at=change.at, operator=change.operator, witness=change.facts.get("witness", ""), **roles)


def _roles(names: object) -> list[Role]:
    known = {role.value: role for role in Role}
    return [known[name] for name in names if name in known] if isinstance(names, list) else []
