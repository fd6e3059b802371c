"""Typed commands in the office: which cases and people a line means, what each act would do, and doing it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from gridconsole.domain.actions import SPECS, Act, Action, CallBack, Lead, Need
from gridconsole.domain.errors import (
    AmbiguousIncident,
    BadValue,
    GridConsoleError,
    LineFlaw,
    LineWrong,
    UnknownAssignee,
    UnknownIncident,
)
from gridconsole.domain.states import State
from gridconsole.language.typed_line import HERE, MARKED, Part, TypedLine
from gridconsole.services import case_queries, casework, handlers, lookup, tasks
from gridconsole.store import queue

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.task import Assignee
    from gridconsole.domain.views.queue import QueueRow
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SERIAL = 5
"""Digits of a case's number within its day: a shorter number means the serial with zeros before it."""
MOST_CASES = 200
SENT_INSTEAD = frozenset({Action.VERIFY, Action.CHECK})
"""Acts that without a result, and with a name, mean that somebody is sent."""
CONFIRMED = frozenset({Action.DECLINE, Action.SETTLE, Action.CLOSE, Action.MERGE})
"""Acts that are not done at the first Enter: they end a case, or hide it in another one."""


@dataclass(frozen=True, slots=True)
class PlannedAct:
    """Effect of a line on one case."""

    row: QueueRow
    act: Act
    after: State | None = None
    """State that would follow; None if it is refused."""
    due_at: datetime | None = None
    """Deadline that would follow, UTC."""
    refusal: GridConsoleError | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """Effects of a line."""

    line: TypedLine
    acts: tuple[PlannedAct, ...]

    @property
    def refusal(self) -> GridConsoleError | None:
        """Return the first refusal; None if every act is possible."""
        return next((one.refusal for one in self.acts if one.refusal is not None), None)

    @property
    def needs_a_second_look(self) -> bool:
        """Return whether the plan is to be confirmed: several cases, or an act that ends one."""
        return len(self.acts) > 1 or any(one.act.action in CONFIRMED for one in self.acts)


def plan(office: Office, actor: Actor, line: TypedLine, here: str | None = None, marked: Sequence[str] = ()) -> Plan:
    """Return what a line would do now; changes nothing.

    Args:
        here: number of the case under the cursor; None where there is none.
        marked: numbers of the marked cases.

    Raises:
        LineWrong, UnknownIncident, AmbiguousIncident: the cases are not clear.
        UnknownHandler, UnknownAssignee, UnknownCategory, BadValue: an argument is not clear.
    """
    if not isinstance(line.verb.does, Action):
        raise LineWrong(
            why=LineFlaw.NO_SCREEN, word=line.verb.names[0], choices=["gridconsole incident list", "gridconsole incident show"]
        )
    numbers = _numbers(office, line, here, marked)
    if line.verb.does is Action.MERGE:
        lead, *numbers = numbers
        if not numbers:
            raise LineWrong(why=LineFlaw.NO_CASE, word=lead, choices=[line.verb.example])
        acts = {number: Act.of(Action.MERGE, line.note, into=Lead(lead)) for number in numbers}
    else:
        acts = {number: _act(office, line.verb.does, number, line) for number in numbers}
    with office.database.reading() as connection:
        return Plan(line, tuple(_planned(connection, office, actor, number, act, line.who) for number, act in acts.items()))


def carry_out(office: Office, actor: Actor, planned: Plan) -> tuple[casework.Receipt, ...]:
    """Do what was planned, each case in a transaction of its own and on the version that was seen.

    Raises:
        Refused: the plan is refused, or a case was changed meanwhile; the acts before it stay.
    """
    if planned.refusal is not None:
        raise planned.refusal
    return tuple(casework.act_on(office, actor, one.row.number, one.act, uuid.uuid4().hex) for one in planned.acts)


def find_case(office: Office, digits: str) -> str:
    """Return the case whose number ends with digits; an open one first. Fewer than three digits are today's or an open serial.

    Raises:
        UnknownIncident: there is none.
        AmbiguousIncident: there are several.
    """
    end = digits.zfill(SERIAL) if len(digits) < SERIAL else digits
    with office.database.reading() as connection:
        found = queue.numbers_like(connection, office.id, end) or queue.numbers_like(connection, office.id, digits)
        rows = queue.rows_by_numbers(connection, office.id, found)
    chosen = [row.number for row in rows if row.is_open] or [row.number for row in rows]
    if not chosen:
        raise UnknownIncident(number=digits)
    today = [number for number in chosen if number.startswith(f"{office.today():%Y%m%d}")]
    if len(digits) < SERIAL and not today and any(row.number.startswith(f"{office.today():%Y%m%d}") for row in rows):
        # The short number of today's case that is closed: an older open one would be a guess.
        raise AmbiguousIncident(number=digits, numbers=[row.number for row in rows])
    if len(chosen) > 1 and len(today) != 1:
        raise AmbiguousIncident(number=digits, numbers=chosen)
    return chosen[0] if len(chosen) == 1 else today[0]


def _numbers(office: Office, line: TypedLine, here: str | None, marked: Sequence[str]) -> list[str]:
    found: list[str] = []
    for said in line.cases or (HERE,):
        if said == HERE:
            found += [here] if here is not None else []
        elif said == MARKED:
            found += marked
        elif ".." in said:
            found += [find_case(office, one) for one in _range(said)]
        else:
            found.append(find_case(office, said))
    if not found or len(found) > MOST_CASES:
        raise LineWrong(why=LineFlaw.NO_CASE, word=" ".join(line.cases), choices=[line.verb.example])
    return list(dict.fromkeys(found))


def _range(said: str) -> list[str]:
    first, _, last = said.partition("..")
    whole = first[: -len(last)] + last if len(last) < len(first) else last
    if not int(first) <= int(whole) < int(first) + MOST_CASES:
        raise LineWrong(why=LineFlaw.BAD_CASE, word=said, choices=["0012..0015"])
    return [f"{number:0{len(first)}}" for number in range(int(first), int(whole) + 1)]


def _act(office: Office, action: Action, number: str, line: TypedLine) -> Act:
    """Return the act on one case; people are looked up for each, as who fits depends on the case."""
    fields: dict[str, object] = {"result": line.result, "outcome": line.outcome}
    if action in SENT_INSTEAD and line.who:
        if line.result is None:
            action = Action.SEND
            fields = {"assignee": tasks.find_assignee(office, line.who[0], number)}
    elif line.who:
        main, *others = (handlers.find_handler(office, name, number) for name in line.who)
        fields |= {"handler": main, "cooperating": tuple(others)}
    if line.text:
        fields |= _typed(office, line)
    if line.is_unreached:
        fields["call_back"] = CallBack(False)
    elif line.solved is not None:
        fields["call_back"] = CallBack(True, line.solved, line.satisfaction)
    words = {"reason" if Need.REASON in SPECS[action].needs else "note": line.note}
    return Act.of(action, **words, **fields)  # type: ignore[arg-type]


def _check_looked(sent: Assignee | None, actor: Actor, who: Sequence[str]) -> None:
    """Refuse a result with the name of somebody who was not sent: the ledger would say that someone else looked.

    Raises:
        UnknownAssignee: a name is neither that of the person sent nor the actor's.
    """
    names = [actor.name] if sent is None else [sent.name, actor.name]
    for said in who:
        if said not in names:
            raise UnknownAssignee(word=said, near=names)


def _typed(office: Office, line: TypedLine) -> dict[str, object]:
    from gridconsole.domain.spoken import ValueProblem, one_limit, spoken_day

    try:
        if Part.LIMIT in line.verb.takes:
            return {"amount": one_limit(line.text)}
        if Part.DAY in line.verb.takes:
            return {"until": spoken_day(line.text, office.today())}
    except ValueProblem as problem:
        what, expected = ("amount", "amount") if Part.LIMIT in line.verb.takes else ("until", "date")
        raise BadValue(what=what, value=line.text, expected=expected) from problem
    return {"category_id": lookup.find_category(office, line.text).id}


def _planned(connection: Transaction, office: Office, actor: Actor, number: str, act: Act, who: Sequence[str]) -> PlannedAct:
    loaded = case_queries.load_case(connection, office, number)
    if act.action in SENT_INSTEAD:
        _check_looked(loaded.case.assignee, actor, who)
    (row,) = queue.rows_by_numbers(connection, office.id, [number])
    seen = Act(act.action, act.note, act.reason, act.payload, act.untaken, act.waiver, loaded.case.version)
    try:
        decision = casework.rehearse(connection, office, actor, loaded, seen)
    except GridConsoleError as refusal:
        return PlannedAct(row, seen, refusal=refusal)
    due = decision.case.due_clock
    return PlannedAct(row, seen, decision.case.state, due.due_at if due is not None else None)
