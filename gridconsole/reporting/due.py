"""Reports that are due: the finished periods for which a folder has no file yet."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gridconsole import resources
from gridconsole.domain.errors import BadValue
from gridconsole.domain.periods import Period, of_day
from gridconsole.language import in_brackets, t
from gridconsole.reporting import exports, writers
from gridconsole.reporting.registry import KINDS, Kind
from gridconsole.reporting.request import Request
from gridconsole.store import fact_queries

if TYPE_CHECKING:
    from datetime import date

    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office

MOST_BACK = 60
"""Most finished periods that an entry may ask for."""


@dataclass(frozen=True, slots=True)
class Due:
    """A report that an office owes regularly."""

    kind: Kind
    ending: str
    back: int


@dataclass(frozen=True, slots=True)
class Missing:
    """A report of a finished period that a folder lacks."""

    kind: Kind
    period: Period
    target: Path


def read(path: Path | None = None) -> tuple[Due, ...]:
    """Return the reports of a list, the shipped one if none is given.

    Raises:
        BadValue: the file is no TOML, or an entry names no report, no format, or no sensible number.
    """
    source = path or resources.data_path("reports", "due.toml")
    try:
        with source.open("rb") as file:
            found = tomllib.load(file)
        if unknown := sorted(found.keys() - {"due"}):
            raise ValueError(unknown)
        numbered = list(enumerate(found.get("due", []), 1))
    except FileNotFoundError as error:
        raise BadValue(what="due", value=str(source), expected="due_file") from error
    except (OSError, tomllib.TOMLDecodeError, TypeError, AttributeError, ValueError) as error:
        raise BadValue(what="due", value=str(source), expected="due") from error
    return tuple(_checked(source, number, entry) for number, entry in numbered)


def _checked(source: Path, number: int, entry: Any) -> Due:
    try:
        return _entry(entry)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        which = t("report.due.entry", number=number, text=repr(entry))
        raise BadValue(what="due", value=in_brackets(str(source), which), expected="due_entry") from error


def _entry(entry: dict[str, Any]) -> Due:
    ending, back = f".{entry.get('format', 'docx')}", entry.get("back", 1)
    if ending not in writers.FORMS or not isinstance(back, int) or isinstance(back, bool) or not 1 <= back <= MOST_BACK:
        raise ValueError(entry)
    return Due(KINDS[entry["report"]], ending, back)


def missing(office: Office, folder: Path, due: tuple[Due, ...], first: date | None) -> Iterator[Missing]:
    """Yield the reports that a folder lacks, the oldest period of each first.

    Args:
        first: day of the office's first report; periods before it are not due. None: nothing is.
    """
    today = office.today()
    for one in due:
        period = of_day(one.kind.period, today)
        periods = []
        for _ in range(one.back):
            period = period.before()
            periods.append(period)
        for period in reversed(periods):
            if first is not None and period.last >= first:
                target = folder / exports.proposed_name(
                    office, one.kind, Request(period, office.now(), office.calendar.zone), one.ending
                )
                if not target.exists():
                    yield Missing(one.kind, period, target)


def make(office: Office, one: Missing, actor: Actor | None = None) -> None:
    """Write a missing report; never over a file. The ledger records one that lists cases.

    Args:
        actor: who makes it; None: nobody is logged in, and nothing is recorded.

    Raises:
        OutputRefused: it cannot be written, or somebody else has written it meanwhile.
    """
    with office.database.reading() as connection:
        first = fact_queries.first_day(connection, office.id)
    asked = Request(one.period, office.now(), office.calendar.zone, begun_on=first)
    made = one.kind.made(office, asked)
    writers.check(one.target)
    exports.record(office, actor, made, asked)
    writers.write(made, one.target, office.calendar)
