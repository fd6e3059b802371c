"""岗位交接: plan who takes over from a person who leaves, and do it in one transaction.

Every case, inspection and grid gets a successor before the person goes. The clocks run on; turns split at the instant.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from gridconsole.domain import roster as rules
from gridconsole.domain.actions import Act, Action
from gridconsole.domain.codes import AssigneeKind, HandlerKind
from gridconsole.domain.errors import (
    NoSuccessor,
    NothingToHandOver,
    PlanOutdated,
    PostHandoverOver,
    Refused,
    SheetNeeded,
    SuccessorUnfit,
    UnknownPostHandover,
    UnknownWarden,
)
from gridconsole.domain.parties import PROGRAM, Handler
from gridconsole.domain.post_handover import HandoverState, HandoverWhy, Item, ItemKind, PostHandover, Taker, TakerKind
from gridconsole.domain.roster import BookTable, Line, WhyLeft
from gridconsole.domain.states import Axis, Role
from gridconsole.domain.text import clean_line
from gridconsole.language import t
from gridconsole.services import absence, case_queries, casework, departing, handlers, leaving, rights, roster, tasks, timekeeping
from gridconsole.services.lookup import match_handler
from gridconsole.services.office import SYSTEM_ORIGIN
from gridconsole.store import held, offices, pending, people, places, post_handovers, successors, turns
from gridconsole.store import roster as book

if TYPE_CHECKING:
    from gridconsole.domain.parties import Actor
    from gridconsole.domain.roster import Half
    from gridconsole.domain.task import AssigneeCandidate
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

MAY_CONFIRM = frozenset({Role.SHIFT_LEADER})
"""Roles that confirm a handover: wardens have no accounts."""
PLAN, DO, WITHDRAW, RETURN = "handover_plan", "handover_do", "handover_withdraw", "handover_return"
"""Actions of the entries; their subject is the person."""
SHEET_LENGTH, REASON_LENGTH = 60, 500
NAMED = 5
"""Most items without a successor that a refusal names."""


def plan(
    office: Office, actor: Actor, person_id: int, on: date | None = None, why: HandoverWhy = HandoverWhy.DEPARTURE, *,
    grid_id: int | None = None, why_ended: WhyLeft = WhyLeft.OTHER, given: Mapping[str, str] | None = None,
) -> PostHandover:  # fmt: skip
    """Propose a successor for everything that a person has in hand; replaces an earlier plan for the person.

    Proposed are the other person of a grid, then the first people of the grids around it by their load, then the first unit of the
    ranking, and never somebody who judged the case.

    Args:
        on: first day on which the person is gone; None: tomorrow.
        grid_id: only this post ends, and the person stays.
        given: successors that are chosen already, as in :func:`decide`.

    Raises:
        NotPermitted: the operator does not keep the roster.
        UnknownWarden: no such person.
        NothingToHandOver: the person has no post and nothing in hand.
        DayImpossible: the person has, or had, a case in hand on that day or later.
        DeputyUnfit: the person stands in for somebody on leave on that day or later.
        UnknownHandler, SuccessorUnfit: a chosen successor is unknown, or cannot take an item.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    day = on or office.today() + timedelta(days=1)
    kind = HandoverWhy.POST if grid_id is not None else why
    with office.database.writing() as connection:
        person = _person(connection, office, person_id)
        items = _items(connection, office, person, day, kind, grid_id)
        if not items:
            raise NothingToHandOver(warden=person.name)
        if kind is HandoverWhy.DEPARTURE:
            has_cases = any(item.kind is ItemKind.CASE for item in items)
            departing.check_day(connection, office, person, day, has_cases=has_cases)
            departing.check_deputising(connection, person, day)
        number = post_handovers.put(
            connection, office.id, person=person.id, why=kind, on=day, items=items, grid=grid_id, why_ended=why_ended.value,
            at=office.now(), by=actor.id, name=actor.name,
        )  # fmt: skip
        facts = {"handover": number, "why": kind.value, "on": day.isoformat(), "items": len(items)}
        roster.record(connection, office, actor, PLAN, (roster.PERSON, person.id), (), facts)
        _decide(connection, office, number, given or {})
        return found_in(connection, office, number)


def found_in(connection: Transaction, office: Office, number: int) -> PostHandover:
    """Return a handover by its number.

    Raises:
        UnknownPostHandover: there is none.
    """
    found = post_handovers.by_number(connection, office.id, number)
    if found is None:
        raise UnknownPostHandover(number=number)
    return found


def show(office: Office, number: int) -> PostHandover:
    """Return a handover by its number.

    Raises:
        UnknownPostHandover: there is none.
    """
    with office.database.reading() as connection:
        return found_in(connection, office, number)


def newest(office: Office, most: int) -> tuple[PostHandover, ...]:
    """Return the newest handovers, newest first."""
    with office.database.reading() as connection:
        return post_handovers.newest(connection, office.id, most)


def waiting(office: Office, person: int) -> PostHandover | None:
    """Return the plan for a person that waits to be carried out; None if there is none."""
    with office.database.reading() as connection:
        found = post_handovers.of_person(connection, office.id, person)
    return next((one for one in found if one.state is HandoverState.PLANNED), None)


def decide(office: Office, actor: Actor, number: int, given: Mapping[str, str]) -> PostHandover:
    """Give items of a plan to others than proposed.

    Args:
        given: staff number or name of the successor, by number of a case or name or code of a grid; ``*`` is everything.

    Raises:
        NotPermitted: the operator does not keep the roster.
        UnknownPostHandover, PostHandoverOver: there is no such plan.
        UnknownHandler: the successor is unknown.
        SuccessorUnfit: the successor cannot take an item, or there is no such item.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    with office.database.writing() as connection:
        _decide(connection, office, number, given)
        return found_in(connection, office, number)


def _decide(connection: Transaction, office: Office, number: int, given: Mapping[str, str]) -> None:
    planned = _planned(connection, office, number)
    decided = [
        (item, taker) for label, word in given.items() for item, taker in _decided(connection, office, planned, label, word)
    ]
    post_handovers.decide(connection, number, decided)


def withdraw(office: Office, actor: Actor, number: int) -> None:
    """Withdraw a plan.

    Raises:
        NotPermitted: the operator does not keep the roster.
        UnknownPostHandover, PostHandoverOver: there is no such plan.
    """
    rights.check(office, actor, "roster", roster.MAY_EDIT)
    with office.database.writing() as connection:
        planned = _planned(connection, office, number)
        post_handovers.withdraw(connection, number)
        roster.record(connection, office, actor, WITHDRAW, (roster.PERSON, planned.person_id), (), {"handover": number})


def do(office: Office, actor: Actor, number: int, *, sheet: str = "", no_sheet: str = "") -> PostHandover:
    """Carry out a plan in one transaction: cases, inspections and posts go to their successors, then the person may go.

    Args:
        sheet: number of the signed sheet (交接单).
        no_sheet: reason why there is none.

    Raises:
        NotPermitted: the operator is no shift leader.
        UnknownPostHandover, PostHandoverOver: there is no such plan.
        SheetNeeded: neither a sheet nor a reason is given.
        PlanOutdated: the person has got or lost something since the plan.
        NoSuccessor: an item has none.
        SuccessorUnfit: a successor cannot take an item.
        DayImpossible: the person would be gone on a day on which a case was still in their hands.
        StillHolds: a grid would be without anybody all the same.
    """
    words = clean_line(sheet, SHEET_LENGTH), clean_line(no_sheet, REASON_LENGTH)
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        rights.demand(actor, "handover", MAY_CONFIRM)
        planned = _planned(connection, office, number)
        if not any(words):
            raise SheetNeeded(number=number)
        person = _person(connection, office, planned.person_id)
        _check_current(connection, office, planned, person)
        if planned.open_items:
            names = [item.label for item in planned.open_items]
            raise NoSuccessor(number=number, count=len(names), names=names[:NAMED])
        for item in planned.items:
            _give(connection, office, actor, planned, item)
        lines = _lines(connection, office, person, planned)
        if planned.why is HandoverWhy.DEPARTURE:
            departing.check_day(connection, office, person, planned.on)
        bare = leaving.grids_left_bare(connection, office, lines)
        if bare:
            raise leaving.refusal(connection, leaving.Person(person.id, person.name, person.code), held.Work(), bare)
        _write(connection, office, actor, planned, person, lines)
        post_handovers.end(connection, number, at=office.now(), by=actor.id, name=actor.name, sheet=words[0], no_sheet=words[1])
        counts: dict[str, object] = {f"{kind.value}s": len(planned.of(kind)) for kind in ItemKind}
        facts = {"handover": number, "sheet": words[0] or None, **counts}
        roster.record(connection, office, actor, DO, (roster.PERSON, person.id), (), facts, {"reason": words[1]})
        return found_in(connection, office, number)


def give_back(office: Office, actor: Actor, number: int) -> int:
    """Give lent cases back to a person who returns from leave, if they are still open and still with the successor.

    Returns the number of cases given back.

    Raises:
        NotPermitted: the operator is no shift leader.
        UnknownPostHandover, PostHandoverOver: nothing was lent by this handover, or it was given back before.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        rights.demand(actor, "handover", MAY_CONFIRM)
        done = found_in(connection, office, number)
        if done.why is not HandoverWhy.LEAVE or done.state is not HandoverState.DONE:
            raise PostHandoverOver(
                number=number, operator=done.done_by or done.made_by, at=done.done_at or done.made_at, state=done.state
            )
        return _give_back(connection, office, actor, done)


def give_back_due(office: Office) -> int:
    """Give back every case that was lent for a leave that is over; returns their number.

    Idempotent: any terminal may call it at any time. Nothing is given back while the time is doubtful.
    """
    with turns.in_background(), office.database.writing() as connection:
        if timekeeping.is_doubtful_in(connection, office):
            return 0
        numbers = pending.lent_back(connection, office.id, office.half_day())
        return sum(
            _give_back(connection, office, PROGRAM, found_in(connection, office, number), origin=SYSTEM_ORIGIN)
            for number in numbers
        )


def _give_back(
    connection: Transaction, office: Office, actor: Actor, done: PostHandover, *, origin: str | None = None
) -> int:  # fmt: skip
    owner = Handler(HandlerKind.WARDEN, done.person_id, done.person)
    count = 0
    for item in done.of(ItemKind.CASE):
        loaded = case_queries.load_case(connection, office, item.label)
        if _is_with(loaded.case.handler, item.successor) and not loaded.case.state.is_final:
            reason = t("handover.given_back", number=done.number)
            act = Act.of(Action.HAND_ON, reason=reason, handler=owner, handover=done.number)
            casework.perform(connection, office, actor=actor, loaded=loaded, act=act, origin=origin)
            count += 1
    post_handovers.give_back(connection, done.number)
    facts = {"handover": done.number, "cases": count}
    roster.record(connection, office, actor, RETURN, (roster.PERSON, done.person_id), (), facts, origin=origin)
    return count


@dataclass(frozen=True, slots=True)
class Returned:
    """Lent cases at the end of a leave."""

    given_back: int
    """Cases that are the person's again."""
    waiting: tuple[int, ...]
    """Numbers of the handovers that a shift leader has to give back."""


def come_back(office: Office, actor: Actor, person: int, first_back: Half | None = None) -> Returned:
    """End a person's leave, and give back what was lent for it; if the operator is no shift leader, say what waits for one.

    Raises:
        The errors of :func:`gridconsole.services.absence.end`.
    """
    absence.end(office, actor, person, first_back)
    with office.database.reading() as connection:
        found = post_handovers.of_person(connection, office.id, person)
    lent = tuple(one.number for one in found if one.why is HandoverWhy.LEAVE and one.state is HandoverState.DONE)
    if not MAY_CONFIRM & actor.roles:
        return Returned(0, lent)
    return Returned(sum(give_back(office, actor, number) for number in lent), ())


def person_words(connection: Transaction, office: Office, person: int) -> tuple[str, str]:
    """Return staff number and name of a person."""
    found = _person(connection, office, person)
    return found.code, found.name


# --- the items --------------------------------------------------------------------------------------------------


def _items(
    connection: Transaction, office: Office, person: people.WardenRow, on: date, why: HandoverWhy, grid_id: int | None
) -> list[Item]:  # fmt: skip
    posts = [] if why is HandoverWhy.LEAVE else _posts(connection, person.id, on, grid_id)
    work = held.work_of(connection, office.id, person.id)
    work = work if grid_id is None else work.on(frozenset({grid_id}))
    finder = _Finder(connection, office, person.id, on)
    grids = [
        Item(ItemKind.GRID, grid, name, rank=rank, proposed=finder.of_grid(grid)) for grid, name, rank in posts
    ]  # fmt: skip
    cases = [
        Item(ItemKind.CASE, case.id, case.number, is_ordered=case.is_ordered, proposed=finder.of_case(case))
        for case in work.cases
    ]
    inspections = [Item(ItemKind.TASK, case.id, case.number, proposed=finder.of_task(case)) for case in work.tasks]
    return [*cases, *inspections, *grids]


def _posts(connection: Transaction, person: int, on: date, grid_id: int | None) -> list[tuple[int, str, str]]:
    """Return grid, name and rank of the posts that end, or would begin, on a day or later."""
    rows = [
        row for _, row in book.of_person(connection, BookTable.POST, person)
        if row["grid_id"] is not None and (grid_id is None or row["grid_id"] == grid_id)
        and rules.outlasts(row, on)
    ]  # fmt: skip
    names = places.names_by_key(connection, [row["grid_id"] for row in rows])
    found = {row["grid_id"]: (row["grid_id"], names.get(row["grid_id"], ""), row["rank"]) for row in rows}
    return list(found.values())


class _Finder:
    """Finds successors; asks about each grid once."""

    def __init__(self, connection: Transaction, office: Office, person: int, on: date) -> None:
        self._connection, self._office, self._person, self._on = connection, office, person, on
        self._loads = people.workload(connection, office.now()).loads
        self._by_grid: dict[int, list[Taker]] = {}
        self._operators = {
            actor.warden_id: actor.id for actor in offices.operators(connection, office.id) if actor.warden_id is not None
        }

    def _candidates(self, grid_id: int) -> list[Taker]:
        if grid_id not in self._by_grid:
            there = successors.on_grid(self._connection, grid_id, self._on, self._person)
            around = successors.around(self._connection, grid_id, self._on, self._person)
            around.sort(key=lambda one: (not one.is_near, self._load(one.id), one.code))
            found = {one.id: Taker(TakerKind.WARDEN, one.id, one.name, one.code) for one in (*there, *around)}
            self._by_grid[grid_id] = list(found.values())
        return self._by_grid[grid_id]

    def _load(self, person: int) -> int:
        return self._loads.get((HandlerKind.WARDEN.value, person), 0)

    def of_grid(self, grid_id: int) -> Taker | None:
        """Return who would take over a grid."""
        return next(iter(self._candidates(grid_id)), None)

    def of_case(self, case: held.HeldCase) -> Taker | None:
        """Return who would take over a case: never somebody who judged it."""
        for taker in self._candidates(case.grid_id) if case.grid_id is not None else ():
            if not self._has_judged(taker, case):
                return taker
        loaded = case_queries.load_case(self._connection, self._office, case.number)
        ranking = handlers.rank_in(self._connection, self._office, loaded)
        for one in ranking.candidates:
            if (one.handler.kind, one.handler.id) != (HandlerKind.WARDEN, self._person):
                return Taker(TakerKind(one.handler.kind.value), one.handler.id, one.handler.name, one.code)
        return None

    def _has_judged(self, taker: Taker, case: held.HeldCase) -> bool:
        account = self._operators.get(taker.id)
        if account is None:
            return False
        loaded = case_queries.load_case(self._connection, self._office, case.number)
        return any(past.operator_id == account and past.axis is Axis.SUPERVISION for past in loaded.case.past)

    def of_task(self, case: held.HeldCase) -> Taker | None:
        """Return who would take over an inspection: never somebody who handled the case."""
        loaded = case_queries.load_case(self._connection, self._office, case.number)
        for candidate, flaw in tasks.judged(self._connection, self._office, loaded):
            is_person = candidate.who.kind is AssigneeKind.WARDEN and candidate.who.id == self._person
            if flaw is None and not is_person and tasks.is_near(candidate, flaw):
                return _taker_of(candidate)
        return None


def _taker_of(candidate: AssigneeCandidate) -> Taker:
    return Taker(TakerKind(candidate.who.kind.value), candidate.who.id, candidate.who.name, candidate.code)


def _decided(
    connection: Transaction, office: Office, planned: PostHandover, label: str, word: str
) -> list[tuple[Item, Taker]]:  # fmt: skip
    items = [item for item in planned.items if label == "*" or _is_called(connection, item, label)]
    if not items:
        raise SuccessorUnfit(warden=word, name=label, reason=t("handover.no_such_item"))
    units = [(unit.code, unit.name, Taker(TakerKind.UNIT, unit.id, unit.name, unit.code)) for unit in people.units(connection)]
    everybody = people.wardens(connection, office.today())
    wardens = [(row.code, row.name, Taker(TakerKind.WARDEN, row.id, row.name, row.code)) for row in everybody]
    taker = match_handler(clean_line(word), [*units, *wardens])
    if taker.kind is TakerKind.UNIT:
        wrong = [item for item in items if item.kind is not ItemKind.CASE]
        if label != "*" and wrong:
            raise SuccessorUnfit(warden=taker.name, name=label, reason=t("handover.units_take_cases"))
        items = [item for item in items if item.kind is ItemKind.CASE]
    elif taker.id == planned.person_id:
        raise SuccessorUnfit(warden=taker.name, name=label, reason=t("handover.same_person"))
    elif any(row.id == taker.id and _is_gone(row, planned.on) for row in everybody):
        raise SuccessorUnfit(warden=taker.name, name=label, reason=t("handover.not_in_service", day=planned.on))
    return [(item, taker) for item in items]


def _is_gone(person: people.WardenRow, day: date) -> bool:
    return person.left_on is not None and person.left_on <= day


def _is_called(connection: Transaction, item: Item, label: str) -> bool:
    if item.kind is ItemKind.GRID:
        return label in (item.label, places.code_of(connection, item.subject))
    return item.label == label or (label.isdigit() and item.label.endswith(label.zfill(5)))


# --- carrying it out --------------------------------------------------------------------------------------------


def _check_current(connection: Transaction, office: Office, planned: PostHandover, person: people.WardenRow) -> None:
    """Refuse a plan that names less or more than the person has now.

    Raises:
        PlanOutdated: with what is new and what is gone.
    """
    work = held.work_of(connection, office.id, person.id)
    work = work if planned.grid_id is None else work.on(frozenset({planned.grid_id}))
    now = {(ItemKind.CASE, case.id): case.number for case in work.cases}
    now |= {(ItemKind.TASK, case.id): case.number for case in work.tasks}
    if planned.why is not HandoverWhy.LEAVE:
        posts = _posts(connection, person.id, planned.on, planned.grid_id)
        now |= {(ItemKind.GRID, grid): name for grid, name, _ in posts}
    then = {(item.kind, item.subject): item.label for item in planned.items}
    changed = [name for key, name in {**now, **then}.items() if (key in now) is not (key in then)]
    if changed:
        raise PlanOutdated(number=person.code, count=len(changed), names=changed[:NAMED])


def _give(connection: Transaction, office: Office, actor: Actor, planned: PostHandover, item: Item) -> None:
    taker = item.successor
    if taker is None or item.kind is ItemKind.GRID:
        return
    reason = t("handover.reason", number=planned.number, person=planned.person)
    loaded = case_queries.load_case(connection, office, item.label)
    try:
        if item.kind is ItemKind.TASK:
            act = Act.of(Action.SEND, note=reason, assignee=_assignee(connection, office, item, taker))
        else:
            handler = Handler(HandlerKind(taker.kind.value), taker.id, taker.name)
            act = Act.of(Action.HAND_ON, reason=reason, handler=handler, handover=planned.number)
        casework.perform(connection, office, actor=actor, loaded=loaded, act=act)
    except Refused as refusal:
        why = refusal.params.get("reason") or refusal.params.get("guard") or refusal.code
        raise SuccessorUnfit(warden=taker.name, name=item.label, reason=why) from refusal


def _assignee(connection: Transaction, office: Office, item: Item, taker: Taker) -> AssigneeCandidate:
    loaded = case_queries.load_case(connection, office, item.label)
    also = taker.id if taker.kind is TakerKind.WARDEN else None
    for candidate, _ in tasks.judged(connection, office, loaded, also=also):
        if (candidate.who.kind.value, candidate.who.id) == (taker.kind.value, taker.id):
            return candidate
    raise SuccessorUnfit(warden=taker.name, name=item.label, reason=t("handover.no_such_person"))


def _lines(connection: Transaction, office: Office, person: people.WardenRow, planned: PostHandover) -> list[Line]:
    """Return the lines of the book: the person's posts end, those of the successors begin, and the employment ends.

    Raises:
        SuccessorUnfit: a successor is no longer in service on that day.
    """
    if planned.why is HandoverWhy.LEAVE:
        return []
    if planned.why is HandoverWhy.DEPARTURE:
        why = WhyLeft(planned.why_ended) if planned.why_ended else WhyLeft.OTHER
        lines = departing.departure_lines(connection, office, person, planned.on, why)
    else:
        lines = _end_of_posts(connection, person.id, planned)
    number = book.next_number(connection, BookTable.POST)
    for item in planned.of(ItemKind.GRID):
        taker = item.successor
        if taker is None or taker.kind is not TakerKind.WARDEN:
            continue
        successor = _person(connection, office, taker.id)
        if _is_gone(successor, planned.on):
            raise SuccessorUnfit(warden=taker.name, name=item.label, reason=t("handover.not_in_service", day=planned.on))
        begun = _beginning(connection, person.id, successor, item, planned.on, number)
        number += sum(line.number >= number for line in begun)
        lines += begun
    return lines


def _end_of_posts(connection: Transaction, person: int, planned: PostHandover) -> list[Line]:
    posts = book.of_person(connection, BookTable.POST, person)
    return rules.posts_over([(number, row) for number, row in posts if row["grid_id"] == planned.grid_id], planned.on)


def _beginning(
    connection: Transaction, person: int, taker: people.WardenRow, item: Item, on: date, next_number: int
) -> list[Line]:  # fmt: skip
    """Return the lines by which a successor has a person's post on a grid: who is B there becomes A if an A leaves.

    The successor gets the days that the person had left, and no second post on days with one of their own.
    """
    there = book.posts_on(connection, item.subject)
    left = [row for _, row in there if row["person_id"] == person and rules.outlasts(row, on)]
    ends = [rules.span_of(row)[1] for row in left]
    until = None if None in ends else max((end for end in ends if end is not None), default=None)
    if taker.left_on is not None:
        # A departure is planned already: nobody has a post after it.
        until = min(until or taker.left_on, taker.left_on)
    own = [
        (key, row) for key, row in there
        if row["person_id"] == taker.id and rules.outlasts(row, on) and rules.overlaps(rules.span_of(row), (on, until))
    ]  # fmt: skip
    lines: list[Line] = []
    number = next_number
    for key, row in own:
        if item.rank == "A" and row["rank"] == "B":
            changed = roster.rank_lines(key, row, "A", max(on, date.fromisoformat(row["starts_on"])), number)
            number += len(changed) - 1
            lines += changed
    duty = left[-1]["duty"] if left else ""
    for start, end in rules.remaining(on, until, [rules.span_of(row) for _, row in own]):
        row = rules.post_row(taker.id, item.rank or "A", start, end, grid=item.subject, duty=duty)
        lines.append(Line(BookTable.POST, number, row))
        number += 1
    return lines


def _write(
    connection: Transaction, office: Office, actor: Actor, planned: PostHandover, person: people.WardenRow, lines: Sequence[Line]
) -> None:  # fmt: skip
    """Write the entries: the departure or the ended post, and each post of a successor."""
    own = [line for line in lines if _person_of(connection, line) == person.id]
    others = [line for line in lines if line not in own]
    if planned.why is HandoverWhy.DEPARTURE:
        departing.write_departure(
            connection, office, actor, person, own, planned.on, WhyLeft(planned.why_ended or WhyLeft.OTHER.value)
        )
    else:
        for line in own:
            facts = {"warden_id": person.id, "grid_id": planned.grid_id, "handover": planned.number}
            roster.record(connection, office, actor, "post_end", (roster.POST, line.number), [line], facts)
    for line in others:
        row = line.row or {}
        facts = {
            "warden_id": row.get("person_id"),
            "grid_id": row.get("grid_id"),
            "rank": row.get("rank"),
            "handover": planned.number,
        }
        was = book.present(connection, line.table, line.number)
        action = "post_start" if was is None else "post_end" if was["rank"] == row.get("rank") else "post_rank"
        roster.record(connection, office, actor, action, (roster.POST, line.number), [line], facts)


def _person_of(connection: Transaction, line: Line) -> int:
    row = line.row or book.present(connection, line.table, line.number) or {}
    return int(row.get("person_id", 0))


def _is_with(handler: Handler | None, taker: Taker | None) -> bool:
    return handler is not None and taker is not None and (handler.kind.value, handler.id) == (taker.kind.value, taker.id)


def _planned(connection: Transaction, office: Office, number: int) -> PostHandover:
    found = found_in(connection, office, number)
    if found.state is not HandoverState.PLANNED:
        raise PostHandoverOver(
            number=number, operator=found.done_by or found.made_by, at=found.done_at or found.made_at, state=found.state
        )
    return found


def _person(connection: Transaction, office: Office, person: int) -> people.WardenRow:
    found = people.warden(connection, person, office.today())
    if found is None:
        raise UnknownWarden(word=str(person), near=[])
    return found
