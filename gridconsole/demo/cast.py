"""People of the demo, and the frequencies of its events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gridconsole import language
from gridconsole.domain.states import Role, Satisfaction, Solved, Source
from gridconsole.resources import data_path, read_toml

_FOLDERS = {"zh_CN": ("demo",), "en": ("demo", "en")}
"""The folder of each language's demo sheets and phrase book."""
_ENDINGS = {"zh_CN": "xlsx", "en": "csv"}
_DATABASES = {"zh_CN": "demo.db", "en": "demo-en.db"}


def sheet(name: str) -> Path:
    """Return the path of a demo sheet in the language in use; its headings are those that an import knows."""
    return data_path(*_FOLDERS[language.chosen()], f"{name}.{_ENDINGS[language.chosen()]}")


def phrase_book() -> dict[str, Any]:
    """Return the names and phrases of the demo, in the language in use."""
    return read_toml(*_FOLDERS[language.chosen()], "phrases.toml")


def people(book: dict[str, Any]) -> list[tuple[str, Role]]:
    """Return the operators of the demo with their roles."""
    return [(name, Role(role)) for name, role in book["office"]["people"]]


def database_name() -> str:
    """Return the file name of the demo's database in the language in use: each language has its own people and its own database."""
    return _DATABASES[language.chosen()]


SOURCES: tuple[tuple[Source, int], ...] = (
    (Source.WARDEN, 34),
    (Source.HOTLINE_12345, 28),
    (Source.PUBLIC, 13),
    (Source.INSPECTOR, 12),
    (Source.VIDEO, 5),
    (Source.ONLINE, 4),
    (Source.LEADER, 2),
    (Source.POLICE_110, 2),
)

REPORTS_PER_WORKDAY = (38, 56)
REPORTS_PER_REST_DAY = (10, 18)
"""Fewest and most reports per day."""

URGENT, MAJOR = 0.05, 0.04
DECLINED, UNTRUE, SETTLED, SENT_BACK = 0.04, 0.06, 0.35, 0.02
SECOND_CHOICE, REDISPATCHED, RETURNED = 0.08, 0.03, 0.03
SENT, PHOTOGRAPHED = 0.5, 0.4
HANDLED_LATE, HANDLED_VERY_LATE, REWORKED = 0.11, 0.03, 0.07
"""Shares of the cases to which this happens."""

URGED_FROM, URGED = 150, 0.06
"""Percentage of its limit from which a case may get a supervision order, and the share of such cases that get one per sweep."""
UNREACHED = 0.18
"""Share of the calls that do not reach the resident."""
ANSWERS: tuple[tuple[Solved, Satisfaction, int], ...] = (
    (Solved.YES, Satisfaction.VERY, 30),
    (Solved.YES, Satisfaction.SATISFIED, 38),
    (Solved.YES, Satisfaction.UNDERSTANDING, 9),
    (Solved.PARTLY, Satisfaction.SATISFIED, 5),
    (Solved.PARTLY, Satisfaction.UNDERSTANDING, 8),
    (Solved.NO, Satisfaction.UNDERSTANDING, 3),
    (Solved.NO, Satisfaction.DISSATISFIED, 7),
)
"""Answers of the residents who are reached, with their weights."""
REOPENED = 0.6
"""Share of the cases of dissatisfied residents that are reopened."""
