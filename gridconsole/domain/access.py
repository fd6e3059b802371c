"""Rules for passwords, and for how long a name must wait after wrong ones.

Pure rules; hashing, the list of common passwords and the database are in other layers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Container, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

from gridconsole.domain.states import CALENDAR_KEEPERS as CALENDAR_KEEPERS
from gridconsole.domain.states import Role

APART = frozenset({Role.ADMIN, Role.AUDITOR})
"""Roles of which one person holds at most one: the administrator appoints operators, the auditor inspects that."""
ASSESSED = "dengbao"
"""Password policy of an office that is assessed under 等级保护, which keeps administrators away from cases."""
WITNESSES = frozenset({Role.LEADER, Role.SHIFT_LEADER})
"""Roles that must confirm, with their own password, when the administrator sets the auditor's password or appoints an auditor."""
KEEPERS = frozenset({Role.ADMIN})
"""Roles that manage operator accounts."""
LEDGER_READERS = frozenset({Role.AUDITOR})
"""Roles that read the whole ledger."""
ANCHORERS = LEDGER_READERS | {Role.SHIFT_LEADER, Role.LEADER}
"""Roles that print the current end of the ledger (the anchor) and sign it."""
YEAR_KEEPERS = LEDGER_READERS | KEEPERS
"""Roles that seal a year of the ledger, and archive a year that has been kept long enough. They do not work on cases, because the
ledger holds the traces of that work."""
UNMASKERS = frozenset({Role.ACCEPTOR, Role.DISPATCHER, Role.INSPECTOR, Role.SHIFT_LEADER})
"""Roles that may see a reporter's name, phone and words unmasked, because they must call people. An office may name other roles,
but never the administrator, who has no part in cases."""
UNMASK_SECONDS = 60
"""Seconds until a screen masks them again."""
PERSON_REPORTERS = frozenset({Role.SHIFT_LEADER, Role.AUDITOR})
"""Roles that tell people what the office stores about them (PIPL 45): one is responsible for the work, one inspects it."""
PERSON_ERASERS = frozenset({Role.ADMIN})
"""Roles that erase it (PIPL 47): only the administrator, who has no part in cases and so cannot erase traces of their own work."""


BACKUP_MAKERS = KEEPERS | {Role.SHIFT_LEADER}
"""Roles that export a full backup and restore one: they are responsible for the office's data or its work."""


class Weakness(StrEnum):
    """Reasons why a password is refused."""

    SHORT = "short"
    LONG = "long"
    COMMON = "common"
    PERSONAL = "personal"
    CLASSES = "classes"
    REUSED = "reused"


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Rules an office sets for passwords."""

    name: str
    shortest: int
    longest: int
    classes: int
    """Least number of kinds of characters: small letters, capitals, digits, anything else."""
    valid_days: int
    """Days until it must be changed; 0: never."""
    remembered: int
    """Number of earlier passwords that may not be used again."""


def typed(password: str) -> str:
    """Return a password as it is compared: full-width characters, which an active input method produces, become plain ones."""
    return unicodedata.normalize("NFKC", password)


def weaknesses(password: str, policy: PasswordPolicy, common: Container[str], personal: Iterable[str]) -> tuple[Weakness, ...]:
    """Return every rule that a password breaks; empty if it is good enough.

    Args:
        common: passwords that attackers try first, case folded.
        personal: the person's own name and numbers, case folded.
    """
    found = []
    folded = password.casefold()
    if len(password) < policy.shortest:
        found.append(Weakness.SHORT)
    if len(password) > policy.longest:
        found.append(Weakness.LONG)
    if folded in common or _is_a_pattern(folded):
        found.append(Weakness.COMMON)
    if any(word and word in folded for word in personal):
        found.append(Weakness.PERSONAL)
    if _classes(password) < policy.classes:
        found.append(Weakness.CLASSES)
    return tuple(found)


def _classes(password: str) -> int:
    kinds = {
        "lower" if char.islower() else "upper" if char.isupper() else "digit" if char.isdecimal() else "other"
        for char in password
    }
    return len(kinds)


def _is_a_pattern(folded: str) -> bool:
    """Return whether it has at most two different characters, or is a run, a date from 1900 to 2100 or a mobile number."""
    if len(set(folded)) <= 2:
        return True
    steps = {ord(after) - ord(before) for before, after in pairwise(folded)}
    if steps in ({1}, {-1}):
        return True
    return folded.isdecimal() and (_is_a_date(folded) or (len(folded) == 11 and folded.startswith("1")))


def _is_a_date(digits: str) -> bool:
    if len(digits) != 8:
        return False
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def has_run_out(set_at: datetime, policy: PasswordPolicy, now: datetime) -> bool:
    """Return whether a password is older than the policy lets it be."""
    return policy.valid_days > 0 and now - set_at > timedelta(days=policy.valid_days)


# --- waiting after wrong passwords ------------------------------------------------------------------------------

PAUSE_AFTER = 10
"""Wrong passwords in a row until a name is paused."""
PAUSE = timedelta(minutes=15)
"""Length of the pause; after this long without a try the count starts again. A name is never locked permanently."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong passwords in a row for one name."""

    failures: int
    last: float
    """Time of the last one, in seconds since the machine was started."""
    boot: str = ""
    """Identifier of that start of the machine."""

    def is_of(self, boot: str, now: float) -> bool:
        """Return whether it was counted since the last start of the machine."""
        return self.boot == boot and self.last <= now

    def wait(self, now: float) -> timedelta:
        """Return the delay before the next try is checked: 0, 0, 1, 2, 4, 8 seconds and so on, then the pause."""
        if self.failures < 2:
            return timedelta(0)
        rest = PAUSE if self.failures >= PAUSE_AFTER else timedelta(seconds=2 ** (self.failures - 2))
        return min(max(rest - timedelta(seconds=now - self.last), timedelta(0)), rest)

    def still_counting(self, now: float) -> int:
        """Return the number of failures that still count; 0 once the pause has passed."""
        return 0 if now - self.last >= PAUSE.total_seconds() else self.failures
