"""督办台账 (register of supervision orders), the board of very late cases, and the statistics of notifications."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from gridconsole.domain.codes import Display
from gridconsole.domain.escalation import Occurrence, most_within, raised
from gridconsole.domain.views.alarms import Alarm
from gridconsole.domain.views.orders import Order
from gridconsole.language import t, word
from gridconsole.language.durations import local_text, time_left
from gridconsole.language.escalation import alarm_text
from gridconsole.reporting.model import Cell, Metric, Report, Table
from gridconsole.reporting.registers import month_of
from gridconsole.store import alarms, orders, queue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

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


def register(office: Office, day: date) -> Report:
    """Return every order given in the month of a day, oldest first, with its answer, and the share answered in time."""
    first, last = month_of(day)
    now = office.now()
    with office.database.reading() as connection:
        found = orders.between(connection, office.id, office.midnight(first), office.midnight(last))
    replied = [order for order in found if order.replied_at is not None]
    in_time = sum(not order.is_late(now) for order in replied)
    due = len(replied) + sum(order.replied_at is None and order.is_late(now) for order in found)
    rate = round(100 * in_time / due, 2) if due else None
    metrics = (
        Metric("orders", t("metric.orders"), len(found), t("metric.unit")),
        Metric("replied", t("metric.replied"), len(replied), t("metric.unit")),
        Metric("replied_in_time", t("metric.replied_in_time"), in_time, t("metric.unit")),
        Metric("reply_rate", t("metric.reply_rate"), rate, "%", t("metric.reply_rate.definition")),
    )
    rows = tuple(_order(office, order, now) for order in found)
    table = Table("orders", t("report.urge.table"), _titles(_ORDER_COLUMNS), rows)
    title = t("report.urge", office=office.name)
    return Report(
        key="urge", title=title, office=office.name, period=f"{first:%Y-%m}", made_at=now, metrics=metrics, tables=(table,)
    )


def _order(office: Office, order: Order, now: datetime) -> tuple[Cell, ...]:
    def at(moment: datetime | None) -> str:
        return local_text(moment, office.calendar) if moment is not None else ""

    waits = order.replied_at is None and not order.is_late(now)
    in_time = (
        t("order.replaced") if order.replaced_at else "" if waits else t("yes_no.late" if order.is_late(now) else "yes_no.True")
    )
    return (order.number, at(order.ordered_at), order.ordered_by, order.requirement, at(order.reply_by), order.handler,
            at(order.replied_at), order.replied_by, order.reply, in_time)  # fmt: skip


def board(office: Office, day: date) -> Report:
    """Return the cases that took several times their limit: those that became so late in the month of a day, or are still so late."""
    first, last = month_of(day)
    now = office.now()
    with office.database.reading() as connection:
        found = alarms.on_board(connection, office.id, office.midnight(first), office.midnight(last))
        # A case that was reopened may be on the board twice; it gets one line.
        found = tuple({alarm.incident: alarm for alarm in found}.values())
        cases = {row.id: row for row in queue.rows_by_id(connection, [alarm.incident for alarm in found])}
    rows: list[tuple[Cell, ...]] = []
    for alarm in found:
        row = cases[alarm.incident]
        late = time_left(now, row.due_at, row.due_unit, office.calendar) if row.due_stage is alarm.stage else ""
        rows.append((
            alarm.number, word(row.state), word(alarm.stage), f"{alarm.percent}%", late,
            local_text(alarm.due_at, office.calendar) if alarm.due_at else "", row.area_name, row.category, row.handler, row.address,
        ))  # fmt: skip
    metrics = (Metric("on_board", t("metric.on_board"), len(rows), t("metric.unit")),)
    table = Table("board", t("report.board.table"), _titles(_BOARD_COLUMNS), tuple(rows))
    return Report(
        key="board",
        title=t("report.board", office=office.name),
        office=office.name,
        period=f"{first:%Y-%m}",
        made_at=now,
        metrics=metrics,
        tables=(table,),
    )


def notified(office: Office, day: date) -> Report:
    """Count the notifications of a day of the office by kind, with the time to their acknowledgement, and by handler."""
    now = office.now()
    with office.database.reading() as connection:
        found = alarms.between(connection, office.id, office.midnight(day), office.midnight_after(day))
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
        Table("rungs", t("report.alarms.rungs"), _titles(("alarm", "told", "heard", "minutes_to_hear")), by_kind),
        Table("handlers", t("report.alarms.handlers"), _titles(("handler", "told")), tuple(worst)),
    )
    return Report(
        key="alarms",
        title=t("report.alarms", office=office.name),
        office=office.name,
        period=day.isoformat(),
        made_at=now,
        metrics=metrics,
        tables=tables,
    )


def _acknowledging(asking: Sequence[Alarm]) -> tuple[Cell, Cell]:
    """Return the number of acknowledged alarms, and the average minutes to the acknowledgement."""
    waits = [alarm.acknowledged_at - alarm.notified_at for alarm in asking if alarm.acknowledged_at is not None]
    if not waits:
        return (0, "-")
    return (len(waits), f"{sum(wait.total_seconds() for wait in waits) / len(waits) / 60:.1f}")


def _titles(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(t(f"column.{name}") for name in names)
