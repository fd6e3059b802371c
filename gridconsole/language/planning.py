"""Effects of a typed command, in words."""

from __future__ import annotations

from datetime import datetime

from gridconsole.domain.actions import Act, Assignment, CallBack, Dispatch, Merge
from gridconsole.domain.clock import WorkCalendar
from gridconsole.domain.states import State
from gridconsole.domain.text import mask_text, printable
from gridconsole.domain.views.queue import QueueRow
from gridconsole.language import t, word
from gridconsole.language.due import moment_text


def planned_line(
    row: QueueRow, act: Act, after: State | None, due_at: datetime | None, now: datetime, calendar: WorkCalendar
) -> str:  # fmt: skip
    """Word an act on one case: ``派遣 1128 00012 给 交警大队  占用消防通道 团结社区  -> 处置中，今10:53 到期``."""
    parts = [f"{word(act.action)} {row.number[4:8]} {row.number[8:]}"]
    if whom := _whom(act):
        parts.append(t("planning.to", who=whom))
    if act.result is not None:
        parts.append(word(act.result))
    parts.append(f"{row.category} {row.area_name}".strip() or mask_text(row.summary)[:24])
    if after is not None and after is not row.state:
        parts.append(f"-> {word(after)}")
    if due_at is not None:
        parts.append(t("planning.due", moment=moment_text(due_at, now, calendar).strip()))
    return printable("  ".join(part for part in parts if part))


def _whom(act: Act) -> str:
    payload = act.payload
    if isinstance(payload, Dispatch) and payload.handler is not None:
        helpers = [one.name for one in payload.cooperating]
        return payload.handler.name + (t("planning.with", names=helpers) if helpers else "")
    if isinstance(payload, Assignment) and payload.assignee is not None:
        return payload.assignee.who.name
    if isinstance(payload, Merge) and payload.into is not None:
        return f"{payload.into.number[4:8]} {payload.into.number[8:]}"
    if isinstance(payload, CallBack):
        return " ".join(word(one) for one in (payload.solved, payload.satisfaction) if one is not None) or t("call.unreached")
    return ""
