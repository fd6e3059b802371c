"""Errors in the words of a command line or a form, which are wrong whatever the database contains."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.errors.base import UsageRefused, error

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from gridconsole.domain.actions import Action, Fill, Need


@error
class UnknownWord(UsageRefused):
    """A word that is not in a fixed list."""

    code = "U001"
    choices: Sequence[object]
    what: str
    word: str | None


@error
class BadValue(UsageRefused):
    """A value that does not parse."""

    code = "U002"
    expected: object
    value: object
    what: str
    advice: str | None = None


@error
class MissingField(UsageRefused):
    """An act lacks a required field."""

    code = "U003"
    action: Action | str
    need: Need | str
    """A field of an act, or the name of a prompt."""
    advice: str | None = None


@error
class FieldNotTaken(UsageRefused):
    """An act has a field that this step cannot set."""

    code = "U005"
    action: Action | str
    fill: Fill


@error
class TerminalNeeded(UsageRefused):
    """The console was started without a terminal."""

    code = "U004"


@error
class PasswordNeeded(UsageRefused):
    """A password is needed, but there is neither a terminal to type it nor ``--password-stdin``."""

    code = "U006"


@error
class PasswordsDiffer(UsageRefused):
    """The two entries of a new password differ."""

    code = "U007"


@error
class AnswerWithoutCall(UsageRefused):
    """A call that did not reach the resident has answers."""

    code = "U008"
    action: Action | str


@error
class PhotoRefused(UsageRefused):
    """A photo's file name is not valid, or there are too many."""

    code = "U011"
    limit: object
    reason: object
    value: object


class LineFlaw(StrEnum):
    """Reasons why a typed command cannot be understood."""

    EMPTY = "empty"
    NO_VERB = "no_verb"
    UNKNOWN_VERB = "unknown_verb"
    AMBIGUOUS_VERB = "ambiguous_verb"
    BAD_CASE = "bad_case"
    NO_CASE = "no_case"
    MISSING_WHO = "missing_who"
    MISSING_RESULT = "missing_result"
    MISSING_ANSWERS = "missing_answers"
    MISSING_NOTE = "missing_note"
    MISSING_TIME = "missing_time"
    MISSING_WORDS = "missing_words"
    EXTRA = "extra"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    """The characters cannot be decoded."""
    NO_SCREEN = "no_screen"
    """A change of the screen, where there is none."""
    UNSURE = "unsure"
    """It needs to be confirmed."""


@error
class LineWrong(UsageRefused):
    """A typed command that cannot be understood."""

    code = "U012"
    why: LineFlaw
    word: str = ""
    choices: Sequence[object] = ()
    """Words that would be understood in that place."""


@error
class PeriodImpossible(UsageRefused):
    """A period of which no report can say anything."""

    code = "U013"
    period: str
    day: date
    """Today, or the day of the first report."""
    advice: str = ""
    """``future``: it has not begun; ``before``: it ended before the office's first report."""
