"""Parts that the analyses of a day and of a longer period share: the sentences of the whole, lists of cases, residents' answers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from gridconsole.domain.figures import FIGURES, Rate, rounded, value_of
from gridconsole.domain.periods import PeriodKind
from gridconsole.language import t
from gridconsole.reporting import case_tables, tables
from gridconsole.reporting.model import Section, Table
from gridconsole.reporting.remarks import period_text
from gridconsole.reporting.request import Request
from gridconsole.reporting.tables import Counts

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SAID = (
    "reported", "accepted", "filed", "filing_rate", "due", "handled_in_time", "on_time_rate", "closed_of_due", "closed_rate", "reworked",
    "rework_rate", "open_at_end", "overdue_at_end", "suspended_at_end",
)  # fmt: skip
"""Figures of the sentences."""
RESIDENTS = ("called_back", "reached", "reached_rate", "solved", "solved_rate", "satisfied", "satisfied_rate")
Part = tuple[str, Sequence[str], Sequence[str], Sequence[str]]
"""Name of a section, its sentences, and the keys of its tables and charts."""


def numbered(parts: Sequence[Part], annexes: Sequence[Part] = ()) -> tuple[Section, ...]:
    """Return sections under their numbered headings, and those that stand behind the signature."""
    headed = [
        (t("report.section", number=t(f"report.ordinal.{at}"), title=t(f"report.section.{part[0]}")), part)
        for at, part in enumerate(parts, 1)
    ]
    headed += [(t("report.annex", title=t(f"report.section.{part[0]}")), part) for part in annexes]
    return tuple(
        Section(title, tuple(said), tuple(listed), tuple(drawn), is_annex=at >= len(parts))
        for at, (title, (_, said, listed, drawn)) in enumerate(headed)
    )


def sentences(request: Request, now: Counts, before: Counts, rework: str = "rework_rate") -> tuple[str, ...]:
    """Return the sentences of the whole, with the numbers of the table below them.

    Args:
        rework: the rate of rework by the office's denominator.
    """

    def rate(key: str) -> str:
        value = value_of(key, now)
        return "-" if value is None else f"{rounded(value)}%" if not isinstance(value, int) else str(value)

    def part(key: str) -> int:
        """Return the cases that a rate is of: what the sentence names beside it."""
        figure = FIGURES[key]
        assert isinstance(figure, Rate)  # noqa: S101
        return now.get(figure.part, 0)

    first = t(
        "report.sentence.volume", period=period_text(request.period), reported=now.get("reported", 0),
        change=_change_words(request, tables.change_of("reported", now, before).value),
        accepted=now.get("accepted", 0), filed=part("filing_rate"), rate=rate("filing_rate"),
    )  # fmt: skip
    second = t(
        "report.sentence.handling", due=now.get("due", 0), in_time=now.get("handled_in_time", 0), rate=rate("on_time_rate"),
        closed=now.get("closed_of_due", 0), closed_rate=rate("closed_rate"), reworked=part(rework),
        rework_rate=rate(rework),
    )  # fmt: skip
    third = t(
        "report.sentence.end", day=request.now.last, open=now.get("open_at_end", 0), overdue=now.get("overdue_at_end", 0),
        suspended=now.get("suspended_at_end", 0),
    )  # fmt: skip
    return first, second, third


def before_words(request: Request) -> str:
    """Return what the period before is called."""
    return t("report.before_day" if request.period.kind is PeriodKind.DAY else "report.before")


def _change_words(request: Request, change: Decimal | None) -> str:
    if change is None:
        return t("report.sentence.no_change", before=before_words(request))
    shown = rounded(change)
    way = "same" if not shown else "more" if shown > 0 else "less"
    return t(f"report.sentence.{way}", change=str(abs(shown)), before=before_words(request))


def lists(connection: Transaction, office: Office, request: Request, now: Counts) -> Iterable[Table]:
    """Yield the lists of the cases that need somebody: overdue, reworked, suspended."""
    for key, figure in (("overdue", "overdue_at_end"), ("reworked", "reworked"), ("suspended", "suspended_at_end")):
        yield case_tables.listed(connection, office, request, key, t(f"report.table.{key}"), figure, count=now.get(figure, 0))


def residents(request: Request, now: Counts, before: Counts) -> Table:
    """Return what residents answered when they were called."""
    return tables.chain(
        "residents", t("report.table.residents"), RESIDENTS, now, request.days, ((before_words(request), before),)
    )
