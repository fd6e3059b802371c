"""Facts of a case for reports: one row for the case, one for each handler's turn, and one for each time in a state.

They follow from the case as stored and from its acts. All days are the office's days as whole numbers (``date.toordinal``). A figure
counts rows of one kind only (:mod:`.figures`).

A case that was reopened keeps the days of its first handling and its first closing: what a month has printed stays. Its second
handling is a turn of its own, and its second closing a stage of its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from gridconsole.domain import escalation
from gridconsole.domain.case import Clock
from gridconsole.domain.clock import WorkCalendar, merged_pauses, micros, stamp
from gridconsole.domain.codes import TurnEnd
from gridconsole.domain.states import STAGE_OF, Appeal, Stage, State

MINUTE = 60_000_000
RUNS = 64
"""Span of a time in a state that runs."""
LONGEST_SPAN = 15
"""Bits of the longest time in a state: 89 years."""
HALF_MORE, THREEFOLD = 150, 300
"""Per cent of the time allowed, whose days a running handling has beside its deadline."""
DIMENSIONS = (
    "source", "grade", "kind", "category_id", "grid_id", "area_id", "subdistrict_id", "handler_kind", "handler_id",
)  # fmt: skip
"""Columns that every kind of fact has, by which reports are broken down."""
_SAME = ("office_id", "standard", "state", "outcome", "reporter_id", "simple")
_FED_BACK_IN = frozenset({State.TO_CHECK, State.TO_CLOSE, State.CLOSED})
"""States in which a halted handling was fed back; a halt in any other state is a suspension or a rest."""

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PastState:
    """An act and what it changes of the state of a case."""

    at: datetime
    """When it took effect, UTC."""
    by: int | None
    """Key of the operator."""
    over_at: datetime | None
    """For a case that was over when a list brought it: when it was closed, UTC."""
    changes: Row
    """New values of ``state``, ``handler_kind``, ``handler_id`` and ``resting``, as far as the act changes them."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A case as stored, with what belongs to it."""

    row: Row
    """Columns of the case, with ``kind``, ``area_id`` and ``subdistrict_id`` of its place; instants as datetimes."""
    clocks: Sequence[Clock]
    """In the order in which they began."""
    turns: Sequence[Row]
    """Turns of the main handlers in order: ``id``, ``handler_kind``, ``handler_id``, ``started_at``, ``ended_at``, ``due_at``,
    ``late``, ``ended_how``."""
    acts: Sequence[PastState]
    """Oldest first."""
    calls: Sequence[Row] = ()
    """Call-backs, oldest first: ``id``, ``at``, ``reached``, ``solved``, ``satisfaction``."""
    missed: bool = False
    """True if no warden had reported anything on its grid for some days before."""


@dataclass
class CaseFacts:
    """Rows of one case."""

    case: dict[str, Any]
    turns: list[dict[str, Any]] = field(default_factory=list)
    stages: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)


def facts_of(stored: Stored, calendar: WorkCalendar) -> CaseFacts:
    """Return the rows of a case."""
    return _Writer(stored, calendar).facts()


@dataclass
class _Interval:
    """A time in one state with one handler; ``ended`` is None while it runs."""

    state: State
    handler: tuple[str | None, int | None]
    resting: bool
    began: datetime
    visit: int
    """Which visit to this state it is, from 1 on."""
    run: int
    """Number of closings before it."""
    came_from: State | None = None
    """State before; None if only the handler changed, or it came to rest."""
    is_done: bool = False
    """True if the case went on to another state, and was not voided."""
    ended: datetime | None = None
    ended_by: int | None = None
    is_known: bool = True
    """False for a time that follows from the days that a list gave: no step of it is known."""


class _Writer:
    def __init__(self, stored: Stored, calendar: WorkCalendar) -> None:
        self._stored, self._row, self._calendar = stored, stored.row, calendar
        self._state = State(stored.row["state"])
        self._of_stage: dict[Stage, list[Clock]] = {}
        for clock in stored.clocks:
            self._of_stage.setdefault(clock.stage, []).append(clock)
        self._intervals = list(_intervals(stored))

    def facts(self) -> CaseFacts:
        turns = [self._turn(turn) for turn in self._stored.turns]
        return CaseFacts(self._case(), turns, list(self._stages()), list(self._calls()))

    def _day(self, at: datetime | None) -> int | None:
        return None if at is None else self._calendar.local_day(at).toordinal()

    def _dimensions(self, handler: tuple[Any, Any]) -> dict[str, Any]:
        found = {name: self._row[name] for name in DIMENSIONS}
        found["handler_kind"], found["handler_id"] = handler
        return found

    def _case(self) -> dict[str, Any]:
        row = self._row
        first = self._first_handler()
        closed = next((one.began for one in self._intervals if one.state is State.CLOSED), None)
        filed = self._begun(Stage.DISPATCH)
        return {
            **self._dimensions((row["handler_kind"], row["handler_id"])), **self._handling(), **{name: row[name] for name in _SAME},
            "incident_id": row["id"], "first_handler_kind": first[0], "first_handler_id": first[1],
            "reported": self._day(row["reported_at"]), "accepted": self._accepted(), "filed": filed,
            "dispatched": self._dispatched(), "closed": self._day(closed),
            "declined": self._day(row["closed_at"]) if self._state is State.DECLINED else None,
            "voided": self._day(row["closed_at"]) if self._state is State.VOIDED else None,
            "outer_due": self._day(row["outer_due_at"]), "outer_late": _is_later(closed, row["outer_due_at"]),
            "merged": int(row["merged_into"] is not None), "suspended": int(self._state is State.SUSPENDED),
            "missed": int(self._stored.missed and filed is not None), "brought": int(any(act.over_at is not None for act in self._stored.acts)),
            "reworks": row["rework_total"],
            "redispatches": row["redispatch_count"], "returns": row["return_count"], "extensions": row["extension_count"],
            "suspensions": row["suspension_count"], "reopenings": row["reopen_count"], "suspended_days": self._suspended_days(),
        }  # fmt: skip

    def _first_handler(self) -> tuple[Any, Any]:
        turns = self._stored.turns
        return (
            (turns[0]["handler_kind"], turns[0]["handler_id"]) if turns else (self._row["handler_kind"], self._row["handler_id"])
        )

    def _begun(self, *stages: Stage) -> int | None:
        """Return the day on which one of some stages began first."""
        return self._day(min((clock.started_at for stage in stages for clock in self._of_stage.get(stage, ())), default=None))

    def _accepted(self) -> int | None:
        """Return the day of the acceptance; a case that is settled by the acceptor waits at once for its closing."""
        return self._begun(Stage.VERIFY, Stage.FILE, Stage.DISPATCH, Stage.CLOSE)

    def _dispatched(self) -> int | None:
        """Return the day of the first dispatch; that of a case that was over when a list brought it is where its handling began."""
        begun = [turn["started_at"] for turn in self._stored.turns[:1]]
        begun += [clock.started_at for clock in self._of_stage.get(Stage.HANDLE, ())[:1]]
        return self._day(min(begun, default=None))

    def _handling(self) -> dict[str, Any]:
        """Return deadline, feedback and lateness of the first handling, and how long it took."""
        found: dict[str, Any] = dict.fromkeys(("due", "due_at", "fed_back", "late", "work_minutes", "minutes"))
        found["upheld"] = int(self._row["appeal"] == Appeal.UPHELD)
        clocks = self._of_stage.get(Stage.HANDLE, [])
        if not clocks:
            return found
        clock = clocks[0]
        is_over, has_run_again = clock.stopped_at is not None, len(clocks) > 1  # reopened: the first run ended with a closing
        turns = [turn for turn in self._stored.turns if not has_run_again or turn["started_at"] <= clock.stopped_at]
        was_fed_back = not turns or any(turn["ended_how"] == TurnEnd.FED_BACK for turn in turns)
        if is_over and not was_fed_back and (self._state is State.CLOSED or has_run_again):
            # Closed with the case it was merged into, without a feedback of its own: it counts neither way.
            return found
        if self._state is not State.SUSPENDED or is_over:
            # While a case is suspended nobody knows its deadline.
            found["due"], found["due_at"] = self._day(clock.due_at), stamp(clock.due_at)
        ended = clock.stopped_at or clock.halted_at
        is_fed_back = clock.late is not None and was_fed_back and (self._state in _FED_BACK_IN or has_run_again)
        if ended is None or not is_fed_back or (self._row["resting"] and not has_run_again):
            return found
        found["fed_back"], found["late"] = self._day(ended), None if found["upheld"] else int(bool(clock.late))
        found["minutes"], found["work_minutes"] = self._minutes(clock, ended)
        return found

    def _minutes(self, clock: Clock, ended: datetime) -> tuple[int, int]:
        """Return the minutes of a handling without its pauses: all time, and working time."""
        begin, end = micros(clock.started_at), micros(ended)
        spans, since = [], begin
        for first, last in merged_pauses(clock.pauses, begin):
            spans.append((since, min(first, end)))
            since = last
        spans.append((since, end))
        work = sum(self._calendar.work_between(first, last) for first, last in spans)
        return sum(max(last - first, 0) for first, last in spans) // MINUTE, work // MINUTE

    def _suspended_days(self) -> int:
        """Return the days from one midnight to another that the case was suspended for."""
        return sum(
            self._calendar.local_day(one.ended).toordinal() - self._calendar.local_day(one.began).toordinal()
            for one in self._intervals
            if one.state is State.SUSPENDED and one.ended is not None
        )

    def _turn(self, turn: Row) -> dict[str, Any]:
        counts = self._state is not State.VOIDED and self._row["merged_into"] is None
        late = turn["late"] if self._row["appeal"] != Appeal.UPHELD else None
        return {
            "turn_id": turn["id"], "incident_id": self._row["id"], "office_id": self._row["office_id"],
            **self._dimensions((turn["handler_kind"], turn["handler_id"])), "started": self._day(turn["started_at"]),
            "due": self._day(turn["due_at"]), "due_at": None if turn["due_at"] is None else stamp(turn["due_at"]), "ended": self._day(turn["ended_at"]), "late": late, "ended_how": turn["ended_how"],
            "counts": int(counts), "relieved": int(_is_relieved(turn)),
        }  # fmt: skip

    def _calls(self) -> Iterator[dict[str, Any]]:
        calls = self._stored.calls
        following = [self._day(call["at"]) for call in calls[1:]]
        for call, day in itertools.zip_longest(calls, following):
            yield {
                "call_id": call["id"], "incident_id": self._row["id"], "office_id": self._row["office_id"],
                **self._dimensions((self._row["handler_kind"], self._row["handler_id"])), "called": self._day(call["at"]),
                "next_called": day, "reached": int(call["reached"]),
                "solved": call["solved"], "satisfaction": call["satisfaction"],
            }  # fmt: skip

    def _stages(self) -> Iterator[dict[str, Any]]:
        for position, one in enumerate(self._intervals, 1):
            clock = self._clock_of(one)
            yield {
                "incident_id": self._row["id"], "position": position, "office_id": self._row["office_id"],
                **self._dimensions(one.handler), "state": one.state.value, "came_from": one.came_from, "began": self._day(one.began),
                "ended": self._day(one.ended), "span": self._span(one), "step_due": self._step_due(one, clock), "late": None, "ended_by": one.ended_by, "ordinal": one.visit,
                "resting": int(one.resting), "done": int(one.is_done), **self._deadlines(clock),
            }  # fmt: skip

    def _step_due(self, one: _Interval, clock: Clock | None) -> int | None:
        """Return the day of the deadline of a step that was taken or is to be taken; None for the handling, which turns tell."""
        if clock is None or clock.stage is Stage.HANDLE or one.resting or not (one.is_done or one.ended is None):
            return None
        return self._day(clock.due_at)

    def _span(self, one: _Interval) -> int:
        began, ended = self._day(one.began), self._day(one.ended)
        return RUNS if ended is None or began is None else max(ended - began, 0).bit_length()

    def _clock_of(self, one: _Interval) -> Clock | None:
        stage = STAGE_OF.get(one.state) if one.is_known or one.state is State.HANDLING else None
        clocks = self._of_stage.get(stage, []) if stage is not None else []
        at = one.run if stage is Stage.HANDLE else one.visit - 1
        return clocks[min(at, len(clocks) - 1)] if clocks else None

    def _deadlines(self, clock: Clock | None) -> dict[str, Any]:
        found: dict[str, Any] = dict.fromkeys(("due_at", "half_more_at", "threefold_at"))
        if clock is None:
            return found
        found["due_at"] = stamp(clock.due_at)
        if clock.stage is not Stage.HANDLE:
            return {**found, "late": None if clock.late is None else int(clock.late)}
        running = replace(clock, halted_at=None, stopped_at=None)
        for name, percent in (("half_more_at", HALF_MORE), ("threefold_at", THREEFOLD)):
            found[name] = stamp(escalation.moment(running, percent, self._calendar))
        return found


def _is_relieved(turn: Row) -> bool:
    """Return whether a turn ended, or stands still, without a feedback while it was in time: nobody judges it."""
    if turn["ended_at"] is None or turn["ended_how"] == TurnEnd.FED_BACK.value:
        return False
    return bool(turn["due_at"] is None or turn["ended_at"] <= turn["due_at"])


def _is_later(at: datetime | None, due: datetime | None) -> int | None:
    return None if at is None or due is None else int(at > due)


def _intervals(stored: Stored) -> Iterator[_Interval]:
    """Yield the times in one state with one handler, oldest first; those of a finished case from a list follow from its row."""
    row = stored.row
    visits: dict[State, int] = {}
    now: _Interval | None = None
    run = 0
    values: dict[str, Any] = {"state": None, "handler_kind": None, "handler_id": None, "resting": False}
    for act in stored.acts:
        values |= act.changes
        if values["state"] is None:
            continue
        if now is None and act.over_at is not None:
            yield from _before_the_list(stored, act.over_at)
        state, handler = State(values["state"]), (values["handler_kind"], values["handler_id"])
        if now is not None and (now.state, now.handler, now.resting) == (state, handler, bool(values["resting"])):
            continue
        if now is not None:
            now.ended, now.ended_by = act.at, act.by
            now.is_done = now.state is not state and state is not State.VOIDED
            run += now.state is State.CLOSED
            yield now
        if now is None or now.state is not state:
            visits[state] = visits.get(state, 0) + 1
        began = _beginning(row, act, is_first=now is None)
        came_from = now.state if now is not None and now.state is not state else None
        now = _Interval(state, handler, bool(values["resting"]), began, visits[state], run, came_from)
    if now is not None:
        yield now


def _before_the_list(stored: Stored, over_at: datetime) -> Iterator[_Interval]:
    """Yield the times in which a case was open that was over when a list brought it, as far as the list gave days.

    It was open and may have been overdue; who took which step is not known, so that none of these times counts as a step.
    """
    row = stored.row
    handler = (row["handler_kind"], row["handler_id"])
    marks: list[tuple[State, tuple[str | None, int | None], datetime]] = [(State.REPORTED, (None, None), row["reported_at"])]
    clock = next((one for one in stored.clocks if one.stage is Stage.HANDLE), None)
    if clock is not None:
        marks.append((State.HANDLING, handler, clock.started_at))
        if (ended := clock.stopped_at or clock.halted_at) is not None:
            marks.append((State.TO_CHECK, handler, ended))
    ends = [*(began for _, _, began in marks[1:]), over_at]
    for (state, whose, began), end in zip(marks, ends, strict=True):
        last = min(end, over_at)
        if began < last:
            yield _Interval(state, whose, resting=False, began=began, visit=0, run=0, ended=last, is_known=False)


def _beginning(row: Row, act: PastState, *, is_first: bool) -> datetime:
    if not is_first:
        return act.at
    at: datetime = act.over_at or row["reported_at"]
    return at
