"""督办台账 (register of supervision orders), the board of very late cases, and the statistics of notifications."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from gridconsole.domain.codes import Display
from gridconsole.domain.escalation import Occurrence, most_within, raised
from gridconsole.domain.figures import percent, rounded
from gridconsole.domain.views.alarms import Alarm
from gridconsole.domain.views.orders import Order
from gridconsole.language import t, word
from gridconsole.language.durations import time_left
from gridconsole.language.escalation import alarm_text
from gridconsole.reporting.model import Cell, Code, Metric, Minutes, Report, Table, moment
from gridconsole.reporting.remarks import about
from gridconsole.reporting.request import Request
from gridconsole.reporting.tables import headings
from gridconsole.store import alarms, orders, queue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gridconsole.services.office import Office

_ORDER_COLUMNS = (
    "number",
    "ordered_at",
    "ordered_by",
    "requirement",
    "reply_by",
    "handler",
    "replied_at",
    "replied_by",
    "reply",
    "in_time",
)
_BOARD_COLUMNS = ("number", "state", "stage", "rung", "late", "due", "area", "category", "handler", "address")
_WORST = 10
TENTH = Decimal("0.1")
"""Precision of a mean time to an acknowledgement, in minutes."""


def register(office: Office, request: Request) -> Report:
    """Return every order given in a period, oldest first, with its answer, and the share answered in time."""
    now = office.now()
    with office.database.reading() as connection:
        found = orders.between(connection, office.id, *request.moments, request.where.rows)
    replied = [order for order in found if order.replied_at is not None]
    in_time = sum(not order.is_late(now) for order in replied)
    due = len(replied) + sum(order.replied_at is None and order.is_late(now) for order in found)
    metrics = (
        Metric("orders", t("metric.orders"), len(found), t("metric.unit")),
        Metric("replied", t("metric.replied"), len(replied), t("metric.unit")),
        Metric("replied_in_time", t("metric.replied_in_time"), in_time, t("metric.unit")),
        Metric("reply_rate", t("metric.reply_rate"), percent(in_time, due), "%", t("metric.reply_rate.definition")),
    )
    rows = tuple(_order(office, order, now) for order in found)
    table = Table("orders", t("report.urge.table"), headings(*_ORDER_COLUMNS), rows)
    return about(office, request, "urge", t("report.urge", office=office.name), metrics, (table,))


def _order(office: Office, order: Order, now: datetime) -> tuple[Cell, ...]:
    zone = office.calendar.zone
    waits = order.replied_at is None and not order.is_late(now)
    in_time = (
        t("order.replaced") if order.replaced_at else "" if waits else t("yes_no.late" if order.is_late(now) else "yes_no.True")
    )
    return (Code(order.number, is_case=True), moment(order.ordered_at, zone), order.ordered_by, order.requirement, moment(order.reply_by, zone),
            order.handler, moment(order.replied_at, zone), order.replied_by, order.reply, in_time)  # fmt: skip


def board(office: Office, request: Request) -> Report:
    """Return the cases that took several times their limit: those that became so late in a period, or are still so late."""
    now = office.now()
    with office.database.reading() as connection:
        found = alarms.on_board(connection, office.id, *request.moments, request.where.rows)
        # A case that was reopened may be on the board twice; it gets one line.
        found = tuple({alarm.incident: alarm for alarm in found}.values())
        cases = {row.id: row for row in queue.rows_by_id(connection, [alarm.incident for alarm in found])}
    rows: list[tuple[Cell, ...]] = []
    for alarm in found:
        row = cases[alarm.incident]
        late = time_left(now, row.due_at, row.due_unit, office.calendar) if row.due_stage is alarm.stage else ""
        rows.append((
            Code(alarm.number, is_case=True), word(row.state), word(alarm.stage), f"{alarm.percent}%", late,
            moment(alarm.due_at, office.calendar.zone), row.area_name, row.category, row.handler, row.address,
        ))  # fmt: skip
    metrics = (Metric("on_board", t("metric.on_board"), len(rows), t("metric.unit")),)
    table = Table("board", t("report.board.table"), headings(*_BOARD_COLUMNS), tuple(rows))
    return about(office, request, "board", t("report.board", office=office.name), metrics, (table,))


def notified(office: Office, request: Request) -> Report:
    """Count the notifications of a day of the office by kind, with the time to their acknowledgement, and by handler."""
    with office.database.reading() as connection:
        found = alarms.between(connection, office.id, *request.moments, request.where.rows)
    # An alarm that ended when it was raised was replaced at once by a higher step: no role was notified.
    asking = [alarm for alarm in found if alarm.display.notifies and alarm.ended_at != alarm.notified_at]
    acknowledged = [alarm for alarm in asking if alarm.acknowledged_at is not None]
    percent = [alarm for alarm in asking if alarm.display is Display.ALARM]
    rings = raised([Occurrence(alarm.group, alarm.notified_at) for alarm in percent])
    most = most_within([ring.at for ring in rings])
    metrics = (
        Metric("alarms", t("metric.alarms"), len(asking), t("metric.unit")),
        Metric("alarms_heard", t("metric.alarms_heard"), len(acknowledged), t("metric.unit")),
        Metric("alarms_most", t("metric.alarms_most"), most, t("metric.times"), t("metric.alarms_most.definition")),
    )
    kinds: dict[str, list[Alarm]] = {}
    for alarm in asking:
        kinds.setdefault(alarm_text(alarm), []).append(alarm)
    by_kind = tuple(
        (name, len(of_kind), *_acknowledging(of_kind)) for name, of_kind in sorted(kinds.items(), key=lambda item: -len(item[1]))
    )
    worst = Counter(alarm.handler for alarm in asking if alarm.handler).most_common(_WORST)
    tables = (
        Table("rungs", t("report.alarms.rungs"), headings("alarm", "told", "heard", "minutes_to_hear"), by_kind),
        Table("handlers", t("report.alarms.handlers"), headings("handler", "told"), tuple(worst)),
    )
    return about(office, request, "alarms", t("report.alarms", office=office.name), metrics, tables)


def _acknowledging(asking: Sequence[Alarm]) -> tuple[Cell, Cell]:
    """Return the number of acknowledged alarms, and the average minutes to the acknowledgement."""
    waits = [alarm.acknowledged_at - alarm.notified_at for alarm in asking if alarm.acknowledged_at is not None]
    if not waits:
        return (0, Minutes(None))
    mean = Decimal(sum(int(wait.total_seconds()) for wait in waits)) / len(waits) / 60
    return (len(waits), Minutes(mean, f"{rounded(mean, TENTH)}"))
