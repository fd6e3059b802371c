"""Registers of requests (台账) of a period, and the share of granted requests of each kind in the cases filed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gridconsole.domain.figures import percent
from gridconsole.domain.states import RequestKind
from gridconsole.domain.text import mask_text
from gridconsole.language import t, word
from gridconsole.language.acts import act_name
from gridconsole.language.wording import what_is_asked
from gridconsole.reporting.model import Cell, Code, Metric, Percent, Report, Table, moment
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request, cube
from gridconsole.reporting.tables import headings
from gridconsole.services.casework import WAIVER
from gridconsole.store import figures, ledger_entries, requests

if TYPE_CHECKING:
    from gridconsole.domain.views.requests import RequestLine
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

_COLUMNS = (
    "number", "asked_at", "asked_for", "what", "reason", "asked_by", "opinion", "decision", "decided_by", "due_before", "due_after",
)  # fmt: skip
FILED = "filed"
"""Figure that the shares are of: the cases filed, each once, as every other report counts them."""


def register(office: Office, request: Request, kind: RequestKind) -> Report:
    """Return the register of a kind of request for a period, by the time of the request."""
    with office.database.reading() as connection:
        lines = requests.register(connection, office.id, kind, *request.moments, request.where.rows)
        granted, asked = requests.counts(connection, office.id, *request.moments, request.where.rows).get(kind, (0, 0))
        filed = _filed(connection, office, request)
    table = Table(
        f"register_{kind.value}",
        t("report.register.table", kind=kind),
        headings(*_COLUMNS),
        tuple(_row(office, line) for line in lines),
    )
    waiting = sum(not line.decision for line in lines)
    metrics = (
        _count("asked", asked),
        _count("granted", granted),
        _count("waiting", waiting),
        Metric(
            f"{kind.value}_share", t("metric.share_of", kind=kind), percent(granted, filed), "%", t("metric.share.definition")
        ),
    )
    return about(office, request, kind.value, t("report.register", office=office.name, kind=kind), metrics, (table,))


def _row(office: Office, line: RequestLine) -> tuple[Cell, ...]:
    zone = office.calendar.zone
    opinion = f"{line.first_opinion_by}{word(line.opinion)}" if line.opinion else ""
    return (Code(line.number, is_case=True), moment(line.asked_at, zone), line.handler, what_is_asked(line), mask_text(line.reason), line.asked_by,
            opinion, t(f"decision.{line.decision or 'waiting'}"), line.decided_by, moment(line.due_before, zone),
            moment(line.due_after, zone))  # fmt: skip


def summary(office: Office, request: Request) -> Report:
    """Count the requests made and granted of each kind in a period, with the share of granted ones in the cases filed."""
    with office.database.reading() as connection:
        found = requests.counts(connection, office.id, *request.moments, request.where.rows)
        filed = _filed(connection, office, request)
    rows: list[tuple[Cell, ...]] = []
    for kind in RequestKind:
        granted, asked = found.get(kind, (0, 0))
        rows.append((word(kind), asked, granted, Percent(percent(granted, filed))))
    columns = tuple(t(key) for key in ("column.kind", "metric.asked", "metric.granted", "metric.share"))
    table = Table("requests", t("report.requests.table"), columns, tuple(rows), notes=(t("metric.share.definition"),))
    return about(office, request, "requests", t("report.requests", office=office.name), (_count("filed", filed),), (table,))


def waivers(office: Office, request: Request) -> Report:
    """Return every act of a period for which a second person waived the dual axis, and their share in all acts."""
    with office.database.reading() as connection:
        lines = ledger_entries.lines_of_kind(connection, office.id, WAIVER, *request.moments)
        acts = sum(figures.acts(connection, office.id, *request.moments).values())
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (Code(line.subject, is_case=True), moment(line.at, office.calendar.zone), str(line.facts.get("operator", "")),
         act_name(str(line.facts.get("past_action", ""))), act_name(str(line.facts.get("action", ""))), line.operator,
         line.personal.get("reason", ""))
        for line in lines
    )  # fmt: skip
    columns = headings("number", "at", "operator", "past_action", "waived_action", "witness", "reason")
    share = Metric("waiver_share", t("metric.waiver_share"), percent(len(rows), acts), "%", t("metric.waiver_share.definition"))
    table = Table("waivers", t("report.waivers.table"), columns, rows)
    return about(
        office, request, "waivers", t("report.waivers", office=office.name), (_count("waivers", len(rows)), share), (table,)
    )


def _filed(connection: Transaction, office: Office, request: Request) -> int:
    return cube(connection, office, request, (FILED,), ()).total().get(FILED, 0)


def _count(key: str, value: int) -> Metric:
    return Metric(key, t(f"metric.{key}"), value, t("metric.unit"))
