"""Refusals about operators, passwords, logins and personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import Denied, Refused, UsageRefused, error

if TYPE_CHECKING:
    from collections.abc import Sequence


@error
class UnknownOperator(Refused):
    """No operator has this name, or more than one has it."""

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
    """This role does not permit an act outside the case table."""

    code = "C133"
    role: object
    roles: object
    what: str


@error
class NotLoggedIn(Refused):
    """No operator, or another one than named, is logged in on this terminal."""

    code = "C171"
    name: str


@error
class LoginFailed(Refused):
    """A wrong password or an unknown name; the message never says which."""

    code = "C172"


@error
class LoginPaused(Refused):
    """Too many wrong passwords for this name."""

    code = "C173"
    limit: object
    """Time until the next try is checked."""


@error
class PasswordWeak(Refused):
    """A new password does not meet the office's policy."""

    code = "C174"
    limit: object
    reason: object


@error
class PasswordRunOut(Refused):
    """The password is right but expired, and must be changed first."""

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
    """An operator cannot change their own roles."""

    code = "C232"
    name: str
    what: str


@error
class AdminWithCaseRole(Denied):
    """An administrator may not have a role on cases, unless the office allows it."""

    code = "C233"
    name: str
    what: str


@error
class WitnessNeeded(Refused):
    """The auditor's password and role can be given only before a witness."""

    code = "C234"
    advice: str | None = None
    name: str
    names: Sequence[object]
    """Operators who may be the witness."""
    roles: object


@error
class WitnessUnfit(Refused):
    """This operator cannot be the witness."""

    code = "C235"
    name: str
    roles: object


@error
class AccountTaken(Refused):
    """The account chosen for the first administrator is used by another person."""

    code = "C236"
    name: str


@error
class LastAdministrator(Refused):
    """This is the last administrator; without one, operators could no longer be managed."""

    code = "C177"
    name: str


@error
class AdministratorThere(Refused):
    """An administrator already exists; the first one is created only once."""

    code = "C178"
    names: Sequence[object]


@error
class NobodyMayLogIn(Refused):
    """No administrator has a password yet, so no operator can get one."""

    code = "C179"


@error
class NotTheirLock(Refused):
    """A locked terminal can be opened only by the operator who locked it, or taken over by a shift leader."""

    code = "C180"
    operator: str
    role: object


@error
class SessionEnded(Refused):
    """The log-in has ended: the account was disabled, its password was changed, or it was idle for too long."""

    code = "C181"
    name: str


@error
class ReasonNeeded(Refused):
    """Personal data is shown, exported or erased only with a reason."""

    code = "C182"
    what: str


@error
class PersonNotFound(Refused):
    """The office stores nothing about this person, or nothing that can be erased."""

    code = "C183"
    word: str
    masked: str | None = None
