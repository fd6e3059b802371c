"""Every report by its code: a new one is a line here, its maker, and its texts (``report_name`` and ``report_about``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from gridconsole.domain.figures import TOTAL_FIRST
from gridconsole.domain.periods import Period, PeriodKind, of_day
from gridconsole.domain.states import RequestKind

if TYPE_CHECKING:
    from datetime import date

    from gridconsole.reporting.model import Report
    from gridconsole.reporting.request import Request
    from gridconsole.services.office import Office


PERIODIC = "periodic:report"
"""Maker of the analyses of a period."""
LISTS = "lists:of_kind"
"""Maker of the lists of cases that a figure counts."""


def arranged(office: Office, made: Report) -> Report:
    """Return a report with the rows of the whole where the office has them."""
    from gridconsole.reporting import tables
    from gridconsole.store import offices

    with office.database.reading() as connection:
        is_first = offices.office(connection).settings.get(TOTAL_FIRST, False)
    return tables.with_total_first(made) if is_first else made


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of report."""

    code: str
    maker: str
    """Module of :mod:`gridconsole.reporting` and function."""
    period: PeriodKind = PeriodKind.MONTH
    """Period it has if none is named: the present one."""
    is_of_day: bool = False
    """True if it is of a single day: a longer period would be taken for its first day."""
    is_of_office: bool = False
    """True if it is about the office's people, not its cases: no filter by a dimension of cases applies."""
    is_register: bool = False
    """True if it lists what was written in the period: before the first case it is empty, and says so."""
    argument: Any = None
    """Further argument of the maker; None: there is none."""
    steps: int = 4
    """Most steps that making it takes: for showing how far it is."""
    lists_entries: bool = False
    """True if its lines are ledger entries, which may have been archived."""

    @property
    def is_periodic(self) -> bool:
        """Return whether it is the whole analysis of a week, month, quarter or year."""
        return self.maker == PERIODIC

    @property
    def is_analysis(self) -> bool:
        """Return whether it is written in sections, to be signed."""
        return self.is_periodic or self.code == "daily"

    @property
    def lists_cases(self) -> bool:
        """Return whether it is a list of cases, whose columns can be chosen."""
        return self.maker == LISTS

    def made(self, office: Office, request: Request) -> Report:
        """Return the report."""
        module, _, function = self.maker.partition(":")
        maker: Callable[..., Report] = getattr(import_module(f"gridconsole.reporting.{module}"), function)
        made = maker(office, request) if self.argument is None else maker(office, request, self.argument)
        return arranged(office, made)

    def present(self, today: date) -> Period:
        """Return the present period."""
        return of_day(self.period, today)


_DAY = PeriodKind.DAY
KINDS: Mapping[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("daily", "daily:daily", _DAY, is_of_day=True, steps=5),
        Kind("weekly", PERIODIC, PeriodKind.WEEK, steps=8),
        Kind("monthly", PERIODIC, steps=20),
        Kind("quarterly", PERIODIC, PeriodKind.QUARTER, steps=20),
        Kind("yearly", PERIODIC, PeriodKind.YEAR, steps=20),
        Kind("hotline", "hotline:report"),
        Kind("units", "rankings:report", argument="handler"),
        Kind("subdistricts", "rankings:report", argument="subdistrict"),
        Kind("communities", "rankings:report", argument="community"),
        Kind("grids", "rankings:report", argument="grid"),
        Kind("wardens", "wardens:report", is_register=True),
        Kind("hot", "hot:report"),
        Kind("overdue", "overdue:report", _DAY, is_of_day=True, is_register=True),
        Kind("reworked", LISTS, argument="reworked"),
        Kind("suspended", LISTS, argument="suspended"),
        Kind("redispatched", LISTS, argument="redispatched"),
        Kind("exceptions", LISTS, argument="exceptions", steps=7),
        Kind("repeats", "repeats:report"),
        Kind("cases_of_period", LISTS, argument="cases_of_period"),
        Kind("requests", "registers:summary", is_register=True),
        *(Kind(kind.value, "registers:register", argument=kind, is_register=True) for kind in RequestKind),
        Kind("waivers", "registers:waivers", is_of_office=True, lists_entries=True, is_register=True),
        Kind("callback", "callbacks:register", is_register=True),
        Kind("tasks", "tasks:register", is_register=True),
        Kind("urge", "supervision:register", is_register=True),
        Kind("board", "supervision:board", is_register=True),
        Kind("alarms", "supervision:notified", _DAY, is_of_day=True, is_register=True),
    )
}
"""Every kind of report, in the order of the list."""
