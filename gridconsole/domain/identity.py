"""Check digits of citizens' and organisations' numbers: a wrong one is a typing error or was changed by a spreadsheet."""

from __future__ import annotations

import re
from datetime import date

_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ID = re.compile(r"[1-9][0-9]{5}(?P<born>[0-9]{8})[0-9]{3}[0-9X]")
_OLD_ID = re.compile(r"[1-9][0-9]{5}(?P<born>[0-9]{6})[0-9]{3}")
_CREDIT = re.compile(f"[{_CREDIT_ALPHABET}]{{18}}")


def is_id_number(text: str) -> bool:
    """Return whether a text is a citizen's number of 18 characters with a real birthday and the right check character.

    Source: GB 11643-1999, clause 4 (ISO 7064 MOD 11-2).
    """
    found = _ID.fullmatch(text)
    if found is None or not _is_day(found["born"]):
        return False
    total = sum(weight * int(char) for weight, char in zip(_ID_WEIGHTS, text[:17], strict=True))
    return _ID_CHECKS[total % 11] == text[17]


def is_old_id_number(text: str) -> bool:
    """Return whether a text is a citizen's number of the first generation: 15 digits, no check character."""
    found = _OLD_ID.fullmatch(text)
    return found is not None and _is_day("19" + found["born"])


def is_credit_code(text: str) -> bool:
    """Return whether a text is an organisation's unified social credit code with the right check character.

    Source: GB 32100-2015, clause 5 and annex A (modulus 31).
    """
    if _CREDIT.fullmatch(text) is None:
        return False
    total = sum(weight * _CREDIT_ALPHABET.index(char) for weight, char in zip(_CREDIT_WEIGHTS, text[:17], strict=True))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31] == text[17]


def _is_day(digits: str) -> bool:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:])) <= date(2100, 1, 1)
    except ValueError:
        return False
