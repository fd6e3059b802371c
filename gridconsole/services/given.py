"""Names and numbers that somebody gives: never blank, and never cut short in silence."""

from __future__ import annotations

from gridconsole.domain.errors import BadValue
from gridconsole.domain.text import clean_line
from gridconsole.language import t

SHOWN = 20


def given_line(value: str, limit: int, what: str, *, is_needed: bool = True) -> str:
    """Return a line of text that somebody gives, cleaned.

    Args:
        limit: most characters.
        what: name of the value in messages.
        is_needed: it may not be blank.

    Raises:
        BadValue: it is blank, or too long.
    """
    line = clean_line(value, limit + 1)
    if len(line) > limit:
        raise BadValue(what=what, value=f"{line[:SHOWN]}…", expected=t("expected.at_most", count=limit))
    if is_needed and not line:
        raise BadValue(what=what, value=line, expected="text")
    return line
