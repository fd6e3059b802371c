"""The State Council's notices for 2025 and 2026, typed in by hand from the notices, so that tests do not ask the package."""

from __future__ import annotations

from datetime import date, timedelta

from gridconsole.domain.clock import CalendarDay, DayLayer

_OFF = (
    ("元旦", date(2025, 1, 1), 1),
    ("春节", date(2025, 1, 28), 8),
    ("清明节", date(2025, 4, 4), 3),
    ("劳动节", date(2025, 5, 1), 5),
    ("端午节", date(2025, 5, 31), 3),
    ("国庆节、中秋节", date(2025, 10, 1), 8),
    ("元旦", date(2026, 1, 1), 3),
    ("春节", date(2026, 2, 15), 9),
    ("清明节", date(2026, 4, 4), 3),
    ("劳动节", date(2026, 5, 1), 5),
    ("端午节", date(2026, 6, 19), 3),
    ("中秋节", date(2026, 9, 25), 3),
    ("国庆节", date(2026, 10, 1), 7),
)
MAKE_UP = (
    date(2025, 1, 26),
    date(2025, 2, 8),
    date(2025, 4, 27),
    date(2025, 9, 28),
    date(2025, 10, 11),
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
)
"""Weekend days that are workdays (调休)."""
DAYS_OFF = tuple(first + timedelta(days=offset) for _, first, length in _OFF for offset in range(length))
NOTICE = (
    *(CalendarDay(first + timedelta(days=offset), False, name) for name, first, length in _OFF for offset in range(length)),
    *(CalendarDay(day, True, "调休上班", DayLayer.NOTICE, 0) for day in MAKE_UP),
)


def is_workday(day: date) -> bool:
    """What the notices make of a day of 2025 or 2026."""
    return day in MAKE_UP or (day.weekday() < 5 and day not in DAYS_OFF)
