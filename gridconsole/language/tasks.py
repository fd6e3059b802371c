"""Sentences about tasks: 核实 and 核查."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from gridconsole.domain.text import printable
from gridconsole.domain.views.tasks import TaskLine
from gridconsole.language import t, word


def look_words(facts: Mapping[str, Any]) -> list[str]:
    """Word the task of an entry: the assignee, or the inspector, the time and the number of photos; empty for any other entry."""
    words = ["-> " + printable(str(facts["sent_to"]))] if "sent_to" in facts else []
    who = [str(facts["looked_by"])] if "looked_by" in facts else []
    who += [word(datetime.fromisoformat(str(facts["looked_at"])))] if "looked_at" in facts else []
    words += [t("task.looked", who=" ".join((*who, "")))] if who else []
    if "done_at" in facts:
        words.append(t("timeline.done_at", at=datetime.fromisoformat(str(facts["done_at"]))))
    if "photos" in facts:
        words.append(t("task.photo_count", count=facts["photos"]))
    return words


def task_line(task: TaskLine, now: datetime) -> str:
    """Word a task on one line: the assignee, the sender, the due time, and the result."""
    who = task.assignee.name
    if task.sent_at is None:
        said = t("task.own", kind=task.kind, who=who)
    else:
        said = t("task.sent", kind=task.kind, who=who, at=task.sent_at, by=task.sent_by)
    if task.due_at is not None and not task.result:
        said += t("task.overdue" if task.is_late(now) else "task.due", due=task.due_at)
    if task.result is not None and task.looked_at is not None:
        said += t("task.done", looked=task.looked_at, result=task.result)
        said += t("task.in_time" if task.in_time else "task.too_late")
        said += t("task.keyed", by=task.keyed_by) if task.keyed_by != who else ""
        said += t("task.photos", count=len(task.photos), names=list(task.photos)) if task.photos else ""
    elif task.ended and task.ended_at is not None:
        said += t(f"task.{task.ended}", at=task.ended_at)
    return said
