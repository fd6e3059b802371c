"""One catalogue of every word the program says. Default zh_CN; a language is one module with the same keys."""

from __future__ import annotations

import gettext
import os
from collections.abc import Callable, Mapping
from datetime import date, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.text import printable
from gridconsole.language import zh_CN

LANGUAGES: dict[str, Mapping[str, str]] = {"zh_CN": zh_CN.MESSAGES}
DEFAULT = "zh_CN"
OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
"""Where the times in sentences are told; one zone for the whole country."""
_current: Mapping[str, str] = LANGUAGES[DEFAULT]


_now: Callable[[], datetime] | None = None


def follow(now: Callable[[], datetime] | None) -> None:
    """Word times by this clock from now on: those of another year than its own show their year. None: no year is shown."""
    global _now
    _now = now


def short_time(at: datetime, zone: tzinfo = OFFICE_ZONE) -> str:
    """``11-23 14:03``, and ``2027-11-23 14:03`` for a time of another year."""
    local = at.astimezone(zone)
    return f"{short_day(local.date(), zone)} {local:%H:%M}"


def short_day(day: date, zone: tzinfo = OFFICE_ZONE) -> str:
    """``11-23``, and ``2027-11-23`` for a day of another year."""
    is_of_this_year = _now is None or _now().astimezone(zone).year == day.year
    return f"{day:%m-%d}" if is_of_this_year else f"{day:%Y-%m-%d}"


def choose(wanted: str | None = None) -> str:
    """Set the language; an unknown one is the default. Returns what was chosen."""
    global _current
    word = (wanted or os.environ.get("GRIDCONSOLE_LANG") or DEFAULT).replace("-", "_")
    name = next(
        (name for name in LANGUAGES if name.lower() == word.lower() or name.lower().startswith(word.lower() + "_")), DEFAULT
    )
    _current = LANGUAGES[name]
    bind_click()
    return name


def bind_click() -> None:
    """Let Click and argument parsing take their own sentences from the catalogue of the language in use."""
    os.environ["LANGUAGE"] = chosen()
    gettext.bindtextdomain("gridconsole", str(Path(__file__).parent / "locale"))
    gettext.textdomain("gridconsole")


def chosen() -> str:
    """Return the name of the language in use."""
    return next(name for name, messages in LANGUAGES.items() if messages is _current)


def t(key: str, **params: object) -> str:
    """A text by key with its parameters worded; an unknown key comes back as itself."""
    template = _current.get(key)
    if template is None:
        template = zh_CN.MESSAGES.get(key, key)
    return template.format_map({name: word(value) for name, value in params.items()}) if params else template


def has(key: str) -> bool:
    """Return whether the catalogue has a text."""
    return key in zh_CN.MESSAGES


class Sentence(str):
    """Worded already: its foreign parts are harmless, and what is long in it is meant to be."""

    __slots__ = ()


def word(value: object) -> str:
    """A parameter as a person reads it: a code list's member by its name, lists joined, foreign text made harmless and short."""
    if value is None:
        return ""
    if isinstance(value, Sentence):
        return value
    if isinstance(value, Limit):
        return f"{value.amount.normalize():f} {word(value.unit)}"
    if isinstance(value, StrEnum):
        return t(f"{type(value).__name__}.{value.value}")
    if isinstance(value, datetime):
        return short_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return "、".join(word(item) for item in value)
    text = printable(str(value))
    # As the console cuts: an ellipsis is two cells wide on Chinese terminals.
    return text if len(text) <= 200 else f"{text[:199]}~"


def error_texts(code: str, params: Mapping[str, Any], surface: str = "") -> tuple[str, str]:
    """Message and advice of an error code; the advice of a surface where it has its own."""
    hint = next((key for key in (f"hint.{code}.{surface}", f"hint.{code}") if has(key)), "")
    return t(f"error.{code}", **_Gaps(params)), t(hint, **_Gaps(params)) if hint else ""


DETAILS = (
    "what", "word", "choices", "value", "expected", "action", "need", "name", "names", "number", "near", "state", "actions", "role",
    "roles", "operator", "past_action", "guard", "actual", "at", "handler", "reason", "day", "warden", "grid", "file", "kind", "limit",
    "line", "byte", "wanted", "found", "likely", "path", "filesystem", "known", "why", "fill", "first", "last",
    "year", "count", "numbers", "other", "endings", "free", "how", "now", "newest", "folder", "owner", "group",
)  # fmt: skip
"""Every detail a sentence about an error may name."""


class _Gaps(dict[str, Any]):
    """Parameters in which a missing one is empty: a worded error must never fail for lack of a detail."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(dict.fromkeys(DETAILS, "") | dict(params))
