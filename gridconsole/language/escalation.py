"""Sentences about alarms and orders (督办)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gridconsole.domain.codes import AlarmKind
from gridconsole.domain.states import Role, Stage
from gridconsole.domain.views.alarms import Alarm
from gridconsole.domain.views.orders import Order
from gridconsole.language import clauses, t, word


def alarm_text(alarm: Alarm) -> str:
    """Word an alarm: ``处置时限已用 90%``."""
    return _alarm_text(alarm.kind, alarm.stage, alarm.percent)


def _alarm_text(kind: AlarmKind, stage: Stage | None, percent: int) -> str:
    if kind is not AlarmKind.LADDER:
        return t(f"alarm.{kind.value}")
    if stage is None:
        return t("alarm.outer_late" if percent >= 100 else "alarm.outer_near")
    return t("alarm.late" if percent >= 100 else "alarm.ladder", stage=stage, percent=percent)


def escalation_words(facts: Mapping[str, Any]) -> list[str]:
    """Word the alarm of an entry; empty for any other entry."""
    try:
        kind = AlarmKind(facts["kind"])
        words = [_alarm_text(kind, Stage(facts["stage"]) if "stage" in facts else None, int(facts.get("rung", 0)))]
        notified = [Role(name) for name in facts.get("told", ())]
    except (KeyError, ValueError, TypeError):
        return []
    return [*words, *([f"-> {word(notified)}"] if notified else [])]


def order_line(order: Order, now: datetime) -> str:
    """Word an order on one line: its operator, the requirement, the time for a reply, and the answer."""
    said = t("order.line", operator=order.ordered_by, at=order.ordered_at, requirement=" ".join(order.requirement.split()),
             reply_by=order.reply_by)  # fmt: skip
    if order.replied_at is not None:
        return said + t("order.replied", operator=order.replied_by, at=order.replied_at, reply=" ".join(order.reply.split()))
    if order.replaced_at is not None:
        return clauses((said, t("order.replaced")))
    return said + t("order.late" if now > order.reply_by else "order.waiting")
