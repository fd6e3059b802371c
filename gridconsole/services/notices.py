"""The State Council's holiday notices in the installed chinesecalendar package."""

from __future__ import annotations

from gridconsole.domain.clock import CalendarDay, notice_year
from gridconsole.domain.notice import rule_of

PACKAGE = "chinesecalendar"
"""Source of a day that came from the package."""
_HOLIDAY_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年",
}


def installed_days() -> list[CalendarDay]:
    """Return days off and make-up workdays of every year in the package, in order."""
    from chinese_calendar import constants

    named = ((days, is_workday) for days, is_workday in ((constants.holidays, False), (constants.workdays, True)))
    found = [
        rule_of(day, _HOLIDAY_NAMES.get(str(name), str(name)), is_workday=is_workday)
        for days, is_workday in named
        for day, name in days.items()
    ]
    return sorted(found, key=lambda item: item.day)


def installed_notice(year: int) -> tuple[CalendarDay, ...]:
    """Return the days of a year's notice; empty if the package does not have it yet."""
    return tuple(item for item in installed_days() if notice_year(item.day) == year)


def package_version() -> str:
    """Return the version of the installed package."""
    from importlib.metadata import version

    return version(PACKAGE)
