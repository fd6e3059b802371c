"""Registers of requests (台账) for a month, and the share of granted requests of each kind in the cases filed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain.actions import Action
from gridconsole.domain.states import RequestKind
from gridconsole.domain.text import mask_text
from gridconsole.language import t, word
from gridconsole.language.acts import act_name
from gridconsole.language.durations import local_text
from gridconsole.language.wording import what_is_asked
from gridconsole.reporting.model import Cell, Metric, Report, Table
from gridconsole.services.casework import WAIVER
from gridconsole.store import figures, ledger_entries, requests

if TYPE_CHECKING:
    from datetime import datetime

    from gridconsole.services.office import Office

_COLUMNS = (
    "number",
    "asked_at",
    "asked_for",
    "what",
    "reason",
    "asked_by",
    "opinion",
    "decision",
    "decided_by",
    "due_before",
    "due_after",
)


def month_of(day: date) -> tuple[date, date]:
    """Return the first day of a day's month, and that of the next month."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def register(office: Office, day: date, kind: RequestKind) -> Report:
    """Return the register of a kind of request for the month of a day, by the time of the request."""
    first, last = month_of(day)
    begin, end = office.midnight(first), office.midnight(last)
    with office.database.reading() as connection:
        lines = requests.register(connection, office.id, kind, begin, end)
        granted, asked = requests.counts(connection, office.id, begin, end).get(kind, (0, 0))
        filed = _filed(figures.between(connection, office.id, begin, end))

    def at(moment: datetime | None) -> str:
        return local_text(moment, office.calendar) if moment is not None else ""

    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (line.number, at(line.asked_at), line.handler, what_is_asked(line), mask_text(line.reason), line.asked_by,
         f"{line.first_opinion_by}{word(line.opinion)}" if line.opinion else "", t(f"decision.{line.decision or 'waiting'}"), line.decided_by,
         at(line.due_before), at(line.due_after))
        for line in lines
    )  # fmt: skip
    table = Table(
        f"register_{kind.value}", t("report.register.table", kind=kind), tuple(t(f"column.{name}") for name in _COLUMNS), rows
    )
    waiting = sum(not line.decision for line in lines)
    metrics = (
        Metric("asked", t("metric.asked"), asked, t("metric.unit")),
        Metric("granted", t("metric.granted"), granted, t("metric.unit")),
        Metric("waiting", t("metric.waiting"), waiting, t("metric.unit")),
        _share(kind, granted, filed),
    )
    title = t("report.register", office=office.name, kind=kind)
    return Report(
        key=kind.value,
        title=title,
        office=office.name,
        period=f"{first:%Y-%m}",
        made_at=office.now(),
        metrics=metrics,
        tables=(table,),
    )


def summary(office: Office, day: date) -> Report:
    """Count the requests made and granted of each kind in the month of a day, with the share of granted ones in the cases filed."""
    first, last = month_of(day)
    begin, end = office.midnight(first), office.midnight(last)
    with office.database.reading() as connection:
        found = requests.counts(connection, office.id, begin, end)
        filed = _filed(figures.between(connection, office.id, begin, end))
    rows: list[tuple[Cell, ...]] = []
    for kind in RequestKind:
        granted, asked = found.get(kind, (0, 0))
        rows.append((word(kind), asked, granted, _share(kind, granted, filed).shown))
    columns = tuple(t(key) for key in ("column.kind", "metric.asked", "metric.granted", "metric.share"))
    metrics = (Metric("filed", t("metric.filed"), filed, t("metric.unit")),)
    title = t("report.requests", office=office.name)
    table = Table("requests", t("report.requests.table"), columns, tuple(rows))
    return Report(
        key="requests",
        title=title,
        office=office.name,
        period=f"{first:%Y-%m}",
        made_at=office.now(),
        metrics=metrics,
        tables=(table,),
    )


def waivers(office: Office, day: date) -> Report:
    """Return every act of the month of a day for which a second person waived the dual axis, and their share in all acts."""
    first, last = month_of(day)
    begin, end = office.midnight(first), office.midnight(last)
    with office.database.reading() as connection:
        lines = ledger_entries.lines_of_kind(connection, office.id, WAIVER, begin, end)
        acts = sum(figures.between(connection, office.id, begin, end).acts.values())
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (line.subject, local_text(line.at, office.calendar) if line.at else "", str(line.facts.get("operator", "")),
         act_name(str(line.facts.get("past_action", ""))), act_name(str(line.facts.get("action", ""))), line.operator,
         line.personal.get("reason", ""))
        for line in lines
    )  # fmt: skip
    columns = tuple(
        t(f"column.{name}") for name in ("number", "at", "operator", "past_action", "waived_action", "witness", "reason")
    )
    share = round(100 * len(rows) / acts, 2) if acts else None
    metrics = (
        Metric("waivers", t("metric.waivers"), len(rows), t("metric.unit")),
        Metric("waiver_share", t("metric.waiver_share"), share, "%", t("metric.waiver_share.definition")),
    )
    title, table = t("report.waivers", office=office.name), Table("waivers", t("report.waivers.table"), columns, rows)
    return Report(
        key="waivers",
        title=title,
        office=office.name,
        period=f"{first:%Y-%m}",
        made_at=office.now(),
        metrics=metrics,
        tables=(table,),
    )


def _filed(found: figures.DayFigures) -> int:
    return sum(count for (name, _), count in found.acts.items() if name == Action.FILE.value)


def _share(kind: RequestKind, granted: int, filed: int) -> Metric:
    rate = round(100 * granted / filed, 2) if filed else None
    return Metric(f"{kind.value}_share", t("metric.share_of", kind=kind), rate, "%", t("metric.share.definition"))
