"""Lines of result sheets: judged beforehand, and once more when they are carried out, since the case may have moved meanwhile."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from gridconsole.domain.actions import Act, Action
from gridconsole.domain.case import Case
from gridconsole.domain.ledger import IMPORT_ORIGIN
from gridconsole.domain.states import State
from gridconsole.language import in_brackets, t
from gridconsole.services import casework, repeats
from gridconsole.store import incidents, ledger

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


class LineOutdated(Exception):
    """A line that could be carried out when it was judged, and cannot be any more."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A line of a result sheet: the case, the result, the handler and the time."""

    number: str
    result: str
    handler: str = ""
    """Name of the unit or person; empty where the line names nobody."""
    done_at: datetime | None = None
    """In the office's local time, without a zone; at midnight where only the day is known."""

    @property
    def request(self) -> str:
        """The id of the act. One line has one id, so the same sheet again does nothing again."""
        content = f"{self.number}\x1f{self.result}\x1f{self.done_at or ''}"
        return "feedback:" + hashlib.sha256(content.encode()).hexdigest()[:32]

    @property
    def act(self) -> Act:
        """The step of the case that the line asks for."""
        note = in_brackets(self.result, t("word.done_at", at=f"{self.done_at:%Y-%m-%d %H:%M}")) if self.done_at else self.result
        return Act.of(Action.FEEDBACK, note=note)


class ResultFault(StrEnum):
    """Why a line cannot stand, beside what the table of the workflow forbids."""

    UNKNOWN_CASE = "unknown_case"
    DONE_BEFORE = "done_before"
    """The case was sent back since: the same words may be an old sheet, or a new result."""
    OTHER_HANDLER = "other_handler"
    WRONG_TIME = "wrong_time"
    """Before the case was dispatched, or in the future."""


@dataclass(frozen=True, slots=True)
class Judged:
    """Judgement of a line as its case stands now; without a fault and without a case it was carried out before."""

    loaded: incidents.LoadedCase | None = None
    """The case the line moves on."""
    fault: ResultFault | None = None
    handler: str = ""
    """Handler of the case now, if the line names another one."""
    dispatched_at: datetime | None = None
    """Time of the first dispatch, if the time of the line is wrong."""


def judge(connection: Transaction, office: Office, actor: Actor, line: ResultLine) -> Judged:
    """Say what carrying a line out would come to; writes nothing.

    Raises:
        Refused, UsageRefused: the table of the workflow forbids it.
    """
    loaded = incidents.load(connection, office.id, line.number)
    if loaded is None:
        return Judged(fault=ResultFault.UNKNOWN_CASE)
    is_handled = loaded.case.state is State.HANDLING
    if ledger.past_request(connection, line.request) is not None:
        return Judged(fault=ResultFault.DONE_BEFORE) if is_handled else Judged()
    handler = loaded.case.handler
    if is_handled and line.handler and handler is not None and line.handler != handler.name:
        return Judged(fault=ResultFault.OTHER_HANDLER, handler=handler.name)
    if is_handled and line.done_at is not None:
        dispatched = min((past.at for past in loaded.case.past if past.action is Action.DISPATCH), default=None)
        if not _may_be(office, line.done_at, dispatched):
            return Judged(fault=ResultFault.WRONG_TIME, dispatched_at=dispatched)
    casework.rehearse(connection, office, actor, loaded, line.act)
    return Judged(loaded)


def _may_be(office: Office, done_at: datetime, dispatched: datetime | None) -> bool:
    """Return whether a case can have been dealt with at a time: to the minute, or to the day where only that is known."""
    zone = office.calendar.zone
    first = None if dispatched is None else dispatched.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    if first is not None and not (done_at.hour or done_at.minute):
        first = first.replace(hour=0, minute=0)
    return (first is None or first <= done_at) and done_at.replace(tzinfo=zone) <= office.now()


def carry_out(connection: Transaction, office: Office, actor: Actor, line: ResultLine) -> Case | None:
    """Carry a line out; returns the case as it is now, or None where this line was carried out before.

    Raises:
        LineOutdated: the case has moved since the line was judged, and the line cannot stand any more.
        Refused, UsageRefused: the table of the workflow forbids it by now.
    """
    judged = judge(connection, office, actor, line)
    if judged.fault is not None:
        raise LineOutdated
    if judged.loaded is None:
        return None
    once = repeats.of_act(line.request, actor, judged.loaded.id, line.act)
    return casework.perform(connection, office, actor=actor, loaded=judged.loaded, act=line.act, once=once, origin=IMPORT_ORIGIN)
