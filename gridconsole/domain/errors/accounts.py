"""Refusals about operators, passwords, logins and personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Denied, Refused, UsageRefused, error

if TYPE_CHECKING:
    from collections.abc import Sequence


@error
class UnknownOperator(Refused):
    """There is no operator of a name, or more than one."""

    code = "C101"
    name: str
    names: Sequence[object]


@error
class OperatorMissing(UsageRefused):
    """No operator was named."""

    code = "C102"
    names: Sequence[object]


@error
class NotPermitted(Denied):
    """An act outside the case table is not this role's."""

    code = "C133"
    role: object
    roles: object
    what: str


@error
class NotLoggedIn(Refused):
    """Nobody, or not the one named, is logged in on this terminal."""

    code = "C171"
    name: str


@error
class LoginFailed(Refused):
    """A wrong password, or a name that is nobody's: never said which."""

    code = "C172"


@error
class LoginPaused(Refused):
    """Too many wrong passwords for this name."""

    code = "C173"
    limit: object
    """How long until the next try is looked at."""


@error
class PasswordWeak(Refused):
    """A new password is not what the office asks for."""

    code = "C174"
    limit: object
    reason: object


@error
class PasswordRunOut(Refused):
    """Right, but it must be changed before it opens anything."""

    code = "C175"
    name: str


@error
class AdminAndAuditor(Denied):
    """One account cannot be administrator and auditor."""

    code = "C176"
    name: str
    what: str


@error
class OwnRoles(Denied):
    """Nobody changes their own roles."""

    code = "C232"
    name: str
    what: str


@error
class AdminWithCaseRole(Denied):
    """An administrator holds no role on cases, unless the office allows it."""

    code = "C233"
    name: str
    what: str


@error
class WitnessNeeded(Refused):
    """The auditor's password and role are given before a witness."""

    code = "C234"
    advice: str | None = None
    name: str
    names: Sequence[object]
    """Who may be the witness."""
    roles: object


@error
class WitnessUnfit(Refused):
    """Not one who can witness it."""

    code = "C235"
    name: str
    roles: object


@error
class AccountTaken(Refused):
    """The first administrator would be made of an account that another person uses."""

    code = "C236"
    name: str


@error
class LastAdministrator(Refused):
    """Without this one nobody could keep the operators any more."""

    code = "C177"
    name: str


@error
class AdministratorThere(Refused):
    """A first administrator is made once."""

    code = "C178"
    names: Sequence[object]


@error
class NobodyMayLogIn(Refused):
    """No administrator has a password yet, so nobody can have one."""

    code = "C179"


@error
class NotTheirLock(Refused):
    """A locked terminal is opened by who locked it or taken over by a shift leader."""

    code = "C180"
    operator: str
    role: object


@error
class SessionEnded(Refused):
    """The log-in ended meanwhile: the account was closed, its password changed, or nobody was there for too long."""

    code = "C181"
    name: str


@error
class ReasonNeeded(Refused):
    """Personal data is shown, handed out or erased for a reason only."""

    code = "C182"
    what: str


@error
class PersonNotFound(Refused):
    """Nothing the office keeps names this person, or nothing of it that can be erased."""

    code = "C183"
    word: str
    masked: str | None = None
