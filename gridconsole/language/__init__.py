"""Every text the program shows, from one gettext catalogue a language; texts go by keys, Chinese is the default.

The catalogues are ``locale/LANGUAGE/LC_MESSAGES/gridconsole.po``. After an edit compile them:
``pybabel compile -D gridconsole -d gridconsole/language/locale``. What people type is in :mod:`.vocabulary`.
"""

from __future__ import annotations

import functools
import gettext
import os
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo
from enum import StrEnum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.text import printable

NAMES = ("zh_CN", "en")
"""Every language there is, the default first."""
DEFAULT = NAMES[0]
LOCALE = Path(__file__).parent / "locale"
OFFICE_ZONE = ZoneInfo("Asia/Shanghai")
"""Zone of the times in sentences; one zone for the whole country."""


class Catalogue(gettext.GNUTranslations):
    """The texts of a language."""

    @functools.cached_property
    def keys(self) -> frozenset[str]:
        """Every key that has a text."""
        known: Mapping[Any, str] = vars(self)["_catalog"]  # no public way lists them
        return frozenset(key if isinstance(key, str) else key[0] for key in known if key)

    def text(self, key: str, count: int | None = None) -> str:
        """Return a text, in the form for a number of things if one is given; the key itself if there is no text."""
        return self.gettext(key) if count is None else self._counted(key, count)

    def _counted(self, key: str, count: int) -> str:
        found = self.ngettext(key, key, count)
        return found if found != key else self.gettext(key)


@functools.cache
def catalogue(name: str) -> Catalogue:
    """Return the texts of a language."""
    with (LOCALE / name / "LC_MESSAGES" / "gridconsole.mo").open("rb") as file:
        return Catalogue(file)


_chosen = DEFAULT
_now: Callable[[], datetime] | None = None


def follow(now: Callable[[], datetime] | None) -> None:
    """Word times by this clock from now on: a time of another year than the clock's shows its year. None: no year is shown."""
    global _now
    _now = now


def short_time(at: datetime, zone: tzinfo = OFFICE_ZONE) -> str:
    """Return ``11-23 14:03``, and ``2027-11-23 14:03`` for a time of another year."""
    local = at.astimezone(zone)
    return f"{short_day(local.date(), zone)} {local:%H:%M}"


def short_day(day: date, zone: tzinfo = OFFICE_ZONE) -> str:
    """Return ``11-23``, and ``2027-11-23`` for a day of another year."""
    is_of_this_year = _now is None or _now().astimezone(zone).year == day.year
    return f"{day:%m-%d}" if is_of_this_year else f"{day:%Y-%m-%d}"


def weekday(day: date) -> str:
    """Return the name of a weekday: ``周一``, ``Mon``."""
    return t(f"weekday.{day.weekday()}")


def choose(wanted: str | None = None) -> str:
    """Set the language, by its name or the beginning of a name; an unknown one is the default.

    Returns the name of the chosen one.
    """
    global _chosen
    word = (wanted or os.environ.get("GRIDCONSOLE_LANG") or DEFAULT).replace("-", "_").lower().partition(".")[0]
    _chosen = next((name for name in NAMES if _is_named(name.lower(), word)), DEFAULT)
    bind_click()
    return _chosen


def _is_named(name: str, word: str) -> bool:
    """Return whether a word names a language: ``zh`` names ``zh_cn``, and ``en_us`` names ``en``."""
    return name == word or name.startswith(f"{word}_") or word.startswith(f"{name}_")


def bind_click() -> None:
    """Let Click and argument parsing take their own sentences from the catalogue of the language in use."""
    os.environ["LANGUAGE"] = chosen()
    gettext.bindtextdomain("click", str(LOCALE))
    gettext.textdomain("click")


def chosen() -> str:
    """Return the name of the language in use."""
    return _chosen


def t(key: str, **params: object) -> str:
    """Return a text by key with its parameters worded; an unknown key comes back as itself.

    The parameter ``count`` chooses the singular or the plural, where a language has them.
    """
    count = _number(params["count"]) if "count" in params else None
    template = catalogue(_chosen).text(key, count)
    if template == key and _chosen != DEFAULT:
        template = catalogue(DEFAULT).text(key, count)
    return template.format_map({name: word(value) for name, value in params.items()}) if params else template


def _number(count: object) -> int | None:
    """Parse a count; ``12,000`` is a number too."""
    digits = str(count).replace(",", "")
    return int(digits) if digits.isascii() and digits.isdigit() else None


def has(key: str) -> bool:
    """Return whether there is a text."""
    return key in catalogue(DEFAULT).keys


def text_in(language: str, key: str) -> str:
    """Return a text in a language; the key itself if there is none."""
    return catalogue(language).text(key)


def keys_of(prefix: str) -> list[str]:
    """Return the keys that begin with a prefix, in order."""
    return sorted(key for key in catalogue(DEFAULT).keys if key.startswith(prefix))


def translated(prefix: str, text: str) -> str:
    """Return a text of the default language, as some data keep it, in the language in use.

    A text that is not in the catalogue stays as it is.
    """
    if _chosen == DEFAULT:
        return text
    key = next((key for key in keys_of(prefix) if text_in(DEFAULT, key) == text), None)
    return text if key is None else t(key)


def listed(parts: Iterable[str]) -> str:
    """Join words to a list: ``甲、乙``, ``A, B``."""
    return t("list.comma").join(parts)


def clauses(parts: Iterable[str]) -> str:
    """Join clauses: ``甲；乙``, ``A; B``."""
    return t("list.semicolon").join(parts)


def sentences(*parts: str) -> str:
    """Join sentences that have no stop at their end, without the empty ones."""
    return t("list.stop").join(part for part in parts if part)


def labelled(name: str, value: str) -> str:
    """Join a name and its value: ``姓名：王芳``, ``Name: Wang Fang``."""
    return f"{name}{t('list.colon')}{value}"


def in_brackets(text: str, beside: str) -> str:
    """Add a text in brackets: ``甲（乙）``, ``A (B)``."""
    return t("list.aside", text=Sentence(text), beside=Sentence(beside))


class Sentence(str):
    """Text that is already worded: its foreign parts are harmless, and its length is intended."""

    __slots__ = ()


def word(value: object) -> str:
    """Word a parameter: a code list's member by its name, lists joined, foreign text made harmless and short."""
    if value is None:
        return ""
    if isinstance(value, Sentence):
        return value
    if isinstance(value, Limit):
        return f"{value.amount.normalize():f} {unit_name(value)}"
    if isinstance(value, StrEnum):
        return t(f"{type(value).__name__}.{value.value}")
    if isinstance(value, datetime):
        return short_time(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return listed(word(item) for item in value)
    text = printable(str(value))
    # As the console cuts: an ellipsis is two cells wide on Chinese terminals.
    return text if len(text) <= 200 else f"{text[:199]}~"


def unit_name(limit: Limit) -> str:
    """Return the unit of a limit, in the singular or the plural."""
    return t(f"Unit.{limit.unit.value}", count=1 if limit.amount == 1 else 2)


def choices_of(members: Iterable[StrEnum]) -> list[str]:
    """Return code words as an error lists them: the code and the name."""
    return [f"{member.value}({word(member)})" for member in members]


def error_texts(code: str, params: Mapping[str, Any], surface: str = "") -> tuple[str, str]:
    """Return message and advice of an error code, with the advice of a surface if it has its own."""
    hint = next((key for key in (f"hint.{code}.{surface}", f"hint.{code}") if has(key)), "")
    return t(f"error.{code}", **_Gaps(params)), t(hint, **_Gaps(params)) if hint else ""


DETAILS = (
    "what", "word", "choices", "value", "expected", "action", "need", "name", "names", "number", "near", "state", "actions", "role",
    "roles", "operator", "past_action", "guard", "actual", "at", "handler", "reason", "day", "warden", "grid", "file", "kind", "limit",
    "line", "byte", "wanted", "found", "likely", "path", "filesystem", "known", "why", "fill", "first", "last",
    "year", "period", "count", "numbers", "other", "endings", "free", "how", "now", "newest", "folder", "owner", "group",
)  # fmt: skip
"""Every detail that a sentence about an error may contain."""


class _Gaps(dict[str, Any]):
    """Parameters in which a missing one is empty: a worded error must never fail for lack of a detail."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(dict.fromkeys(DETAILS, "") | dict(params))
