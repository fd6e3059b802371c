"""Lines of result sheets. Each is judged first and again when it is carried out, because the case may have changed meanwhile."""

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
from gridconsole.store import cases, ledger

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction


class LineOutdated(Exception):
    """A line could be carried out when it was judged, but no longer can."""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A line of a result sheet: the case, the result, the handler and the time."""

    number: str
    result: str
    handler: str = ""
    """Name of the unit or person; empty if the line names none."""
    done_at: datetime | None = None
    """Time in the office's local time, without a zone; midnight if only the day is known."""

    @property
    def request(self) -> str:
        """Return the request id of the act. A line always has the same id, so that importing the same sheet again does nothing."""
        content = f"{self.number}\x1f{self.result}\x1f{self.done_at or ''}"
        return "feedback:" + hashlib.sha256(content.encode()).hexdigest()[:32]

    @property
    def act(self) -> Act:
        """Return the act that the line asks for."""
        note = in_brackets(self.result, t("word.done_at", at=f"{self.done_at:%Y-%m-%d %H:%M}")) if self.done_at else self.result
        return Act.of(Action.FEEDBACK, note=note)


class ResultFault(StrEnum):
    """Reason why a line cannot be carried out, apart from the workflow table."""

    UNKNOWN_CASE = "unknown_case"
    DONE_BEFORE = "done_before"
    """The line was carried out before, and the case was sent back since: it may be an old sheet or a new, equal result."""
    OTHER_HANDLER = "other_handler"
    WRONG_TIME = "wrong_time"
    """The time lies before the dispatch of the case, or in the future."""


@dataclass(frozen=True, slots=True)
class JudgedLine:
    """Judgement of a line by the present state of its case. Without fault and without case, the line was carried out before."""

    loaded: cases.LoadedCase | None = None
    """The case, if the line can be carried out."""
    fault: ResultFault | None = None
    handler: str = ""
    """Present handler of the case, if the line names another one."""
    dispatched_at: datetime | None = None
    """Time of the first dispatch, if the time of the line is wrong; UTC."""


def judge(connection: Transaction, office: Office, actor: Actor, line: ResultLine) -> JudgedLine:
    """Judge whether a line can be carried out; writes nothing.

    Raises:
        Refused, UsageRefused: the workflow table forbids it.
    """
    loaded = cases.load(connection, office.id, line.number)
    if loaded is None:
        return JudgedLine(fault=ResultFault.UNKNOWN_CASE)
    is_handled = loaded.case.state is State.HANDLING
    if ledger.past_request(connection, line.request) is not None:
        return JudgedLine(fault=ResultFault.DONE_BEFORE) if is_handled else JudgedLine()
    handler = loaded.case.handler
    if is_handled and line.handler and handler is not None and line.handler != handler.name:
        return JudgedLine(fault=ResultFault.OTHER_HANDLER, handler=handler.name)
    if is_handled and line.done_at is not None:
        dispatched = min((past.at for past in loaded.case.past if past.action is Action.DISPATCH), default=None)
        if not _may_be(office, line.done_at, dispatched):
            return JudgedLine(fault=ResultFault.WRONG_TIME, dispatched_at=dispatched)
    casework.rehearse(connection, office, actor, loaded, line.act)
    return JudgedLine(loaded)


def _may_be(office: Office, done_at: datetime, dispatched: datetime | None) -> bool:
    """Return whether the time of a result is possible: not before the dispatch and not in the future.

    Times are compared to the minute, or to the day if only the day is known.
    """
    zone = office.calendar.zone
    first = None if dispatched is None else dispatched.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    if first is not None and not (done_at.hour or done_at.minute):
        first = first.replace(hour=0, minute=0)
    return (first is None or first <= done_at) and done_at.replace(tzinfo=zone) <= office.now()


def carry_out(connection: Transaction, office: Office, actor: Actor, line: ResultLine) -> Case | None:
    """Carry a line out; returns the case as it is now, or None if this line was carried out before.

    Raises:
        LineOutdated: the case has changed since the line was judged, and the line can no longer be carried out.
        Refused, UsageRefused: the workflow table now forbids it.
    """
    judged = judge(connection, office, actor, line)
    if judged.fault is not None:
        raise LineOutdated
    if judged.loaded is None:
        return None
    once = repeats.of_act(line.request, actor, judged.loaded.id, line.act)
    return casework.perform(connection, office, actor=actor, loaded=judged.loaded, act=line.act, once=once, origin=IMPORT_ORIGIN)
