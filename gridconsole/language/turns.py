"""Sentences about a write that waits for another one."""

from __future__ import annotations

from gridconsole.domain.errors import DatabaseBusy
from gridconsole.domain.turns import Holder, Waiting
from gridconsole.language import has, t


def holder_text(holder: Holder | None) -> str:
    """Return the name of the writer, with what is being written in brackets."""
    if holder is None:
        return t("turn.unknown")
    activity = holder.activity or (t(key) if has(key := f"door.{holder.origin}") else "")
    name = holder.operator or t("turn.unnamed")
    return t("turn.who", name=name, activity=activity) if activity else name


def waiting_text(waiting: Waiting) -> str:
    """Word the holder of the lock, and how long the write has waited."""
    return t("turn.waiting", who=holder_text(waiting.holder), seconds=int(waiting.seconds))


def busy_texts(error: DatabaseBusy) -> tuple[str, str] | None:
    """Return message and advice of a write that waited in vain; None if the file was busy without a wait."""
    if "waited" not in error.params:
        return None
    holder, seconds = error.params.get("holder"), int(float(str(error.params["waited"])))
    if not isinstance(holder, Holder) or holder.since is None:
        return t("turn.busy.unknown", seconds=seconds), t("turn.busy.unknown.hint")
    who = holder_text(holder)
    return t("turn.busy", who=who, since=holder.since, seconds=seconds), t("turn.busy.hint", pid=holder.pid, host=holder.host)
