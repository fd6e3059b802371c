"""Passwords and patience: what a password must be, and how long a name waits after wrong ones.

Pure rules; hashing, the list of common passwords and the database are other floors' business.
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
"""Who appoints is never who inspects: one person holds at most one of these."""
ASSESSED = "dengbao"
"""Password policy of an office that is assessed under 等级保护, which keeps administrators away from cases."""
WITNESSES = frozenset({Role.LEADER, Role.SHIFT_LEADER})
"""Who stands by, by their own password, when the administrator gives the auditor a password or makes somebody the auditor."""
KEEPERS = frozenset({Role.ADMIN})
"""Who keeps the operators."""
LEDGER_READERS = frozenset({Role.AUDITOR})
"""Who reads the ledger as a whole."""
ANCHORERS = LEDGER_READERS | {Role.SHIFT_LEADER, Role.LEADER}
"""Who has the ledger's present end printed and signs for it."""
YEAR_KEEPERS = LEDGER_READERS | KEEPERS
"""Who seals a year of the ledger, and takes one out that has been kept long enough: none of those who work on cases, for it is
their traces."""
UNMASKERS = frozenset({Role.ACCEPTOR, Role.DISPATCHER, Role.INSPECTOR, Role.SHIFT_LEADER})
"""Who may see a reporter's name and phone, and what was said, without masks: those who must ring people up. An office may name
others; never the administrator, who has nothing to do with cases."""
UNMASK_SECONDS = 60
"""How long a screen shows them until it masks them again by itself."""
PERSON_REPORTERS = frozenset({Role.SHIFT_LEADER, Role.AUDITOR})
"""Who answers somebody who asks what the office keeps of them (PIPL 45): who answers for the work, and who inspects it."""
PERSON_ERASERS = frozenset({Role.ADMIN})
"""Who erases it (PIPL 47): one who has no part in any case, so that nobody takes away the traces of the own work."""


BACKUP_MAKERS = KEEPERS | {Role.SHIFT_LEADER}
"""Who takes a backup of everything out of the program, and who puts one back: those who answer for the office's data or its work."""


class Weakness(StrEnum):
    """Why a password is refused."""

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
    """Kinds of characters at least: small letters, capitals, digits, anything else."""
    valid_days: int
    """Days until it must be changed; 0: never."""
    remembered: int
    """So many earlier passwords may not come again."""


def typed(password: str) -> str:
    """A password as it is compared: full-width characters are what an input method left on makes of plain ones."""
    return unicodedata.normalize("NFKC", password)


def weaknesses(password: str, policy: PasswordPolicy, common: Container[str], personal: Iterable[str]) -> tuple[Weakness, ...]:
    """Return every rule that a password breaks; empty if it is good enough.

    Args:
        common: passwords everybody tries first, case folded.
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
    """Two characters over and over, a run along the alphabet or the digits, a date of somebody's life, a mobile number."""
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


# --- patience ---------------------------------------------------------------------------------------------------

PAUSE_AFTER = 10
"""Wrong passwords until a name rests."""
PAUSE = timedelta(minutes=15)
"""How long it rests; also after how long without a try the count begins anew. Nobody is ever locked out for good."""


@dataclass(frozen=True, slots=True)
class Tries:
    """Wrong passwords in a row for one name."""

    failures: int
    last: float
    """When the last one was, in seconds since the machine was started."""
    boot: str = ""
    """Which start of the machine that was."""

    def is_of(self, boot: str, now: float) -> bool:
        """Return whether it was counted since the machine was started last."""
        return self.boot == boot and self.last <= now

    def wait(self, now: float) -> timedelta:
        """Return the delay before the next try is checked: 0, 0, 1, 2, 4, 8 seconds and so on, then the pause."""
        if self.failures < 2:
            return timedelta(0)
        rest = PAUSE if self.failures >= PAUSE_AFTER else timedelta(seconds=2 ** (self.failures - 2))
        return min(max(rest - timedelta(seconds=now - self.last), timedelta(0)), rest)

    def still_counting(self, now: float) -> int:
        """The failures that still count."""
        return 0 if now - self.last >= PAUSE.total_seconds() else self.failures
