"""Passwords: the office's policy, the list of common ones, hashing. Argon2 is imported only to hash or check a password."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from gridconsole.domain.access import PasswordPolicy, Weakness, typed, weaknesses
from gridconsole.domain.errors import PasswordWeak, UnknownWord
from gridconsole.resources import data_path, read_toml

COST: dict[str, Any] = {"time_cost": 3, "memory_cost": 65_536, "parallelism": 4}
"""RFC 9106's second recommendation: 64 MiB, three passes, four lanes; about 110 ms on the office's machine."""
DUMMY = "$argon2id$v=19$m=65536,t=3,p=4$HYjpG1i+qJhFKYgIP08npg$4ZAyo78TNRzTO1/zKg5RWlsoK+dkgr/wSNTvRCUU8zU"
"""Hash to check against if there is none, at the same cost: an unknown name must not be refused faster than a known one."""
POLICIES = ("plain", "dengbao")
NUMBER_TAIL = 6
"""Number of last digits of a person's own phone that must not be in the password."""


@lru_cache(4)
def policy(name: str) -> PasswordPolicy:
    """Return a policy shipped with the program.

    Raises:
        UnknownWord: no policy has this name.
    """
    if name not in POLICIES:
        raise UnknownWord(what="password_policy", word=name, choices=POLICIES)
    return PasswordPolicy(name=name, **read_toml("passwords", f"{name}.toml"))


@lru_cache(1)
def common() -> frozenset[str]:
    """Return the most common passwords, which are guessed first, case folded."""
    return frozenset(data_path("passwords", "common.txt").read_text(encoding="utf-8").split())


def personal_words(actor_name: str, phone: str = "") -> tuple[str, ...]:
    """Return the words a person's password must not contain: the name, the name in pinyin, the end of the phone number."""
    from pypinyin import lazy_pinyin

    name = actor_name.casefold()
    spelt = "".join(lazy_pinyin(actor_name)).casefold()
    return tuple(
        word
        for word, least in ((name, 2), (spelt, 4), (phone[-NUMBER_TAIL:], NUMBER_TAIL), (phone, NUMBER_TAIL))
        if len(word) >= least
    )


def check(password: str, rules: PasswordPolicy, personal: tuple[str, ...]) -> str:
    """Check a new password; returns it in the form that is hashed.

    Raises:
        PasswordWeak: it does not satisfy the policy.
    """
    word = typed(password)
    found = weaknesses(word, rules, common(), personal)
    if found:
        raise PasswordWeak(reason=found, limit=rules.shortest)
    return word


def check_not_reused(password: str, hashes: tuple[str, ...], rules: PasswordPolicy) -> None:
    """Refuse a password that matches one of the hashes of earlier passwords.

    Raises:
        PasswordWeak: it matches one of them.
    """
    if any(matches(hashed, password) for hashed in hashes):
        raise PasswordWeak(reason=(Weakness.REUSED,), limit=rules.shortest)


def _hasher() -> Any:
    from argon2 import PasswordHasher

    return PasswordHasher(**COST)


def hash_of(password: str) -> str:
    """Hash a password with Argon2id and a new salt."""
    return str(_hasher().hash(typed(password)))


def matches(hashed: str | None, password: str) -> bool:
    """Return whether a password matches a hash. For None the check takes as long, and the result is False."""
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        _hasher().verify(hashed or DUMMY, typed(password))
    except (Argon2Error, InvalidHashError):
        return False
    return hashed is not None


def is_outdated(hashed: str) -> bool:
    """Return whether a hash was made with other cost parameters than :data:`COST`."""
    return bool(_hasher().check_needs_rehash(hashed))
