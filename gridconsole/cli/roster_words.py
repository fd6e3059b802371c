"""Words about the roster as people type them: a half day, a grid."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gridconsole.cli import state
from gridconsole.domain.errors import BadValue
from gridconsole.domain.roster import Half

if TYPE_CHECKING:
    from gridconsole.services.office import Office

_HALF = re.compile("(.*?)[ _-]*(上午|下午|am|pm|a|p|morning|afternoon)", re.IGNORECASE)
_AFTERNOON = frozenset({"下午", "pm", "p", "afternoon"})


def parse_half(text: str, office: Office, *, is_last: bool) -> Half:
    """Parse a day, with or without its half: ``2026-12-01``, ``2026-12-01下午``, ``明天上午``.

    Args:
        is_last: a bare day means its afternoon, else its morning.

    Raises:
        BadValue: it is no day.
    """
    words = text.strip()
    found = _HALF.fullmatch(words)
    try:
        day = state.parse_day(found[1] if found else words, office)
    except BadValue:
        day = None
    if day is None:
        raise BadValue(what="date", value=text, expected="half_day")
    return Half(day, is_afternoon=found[2].lower() in _AFTERNOON if found else is_last)
