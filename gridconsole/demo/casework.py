"""Simulate casework through the real services, in the order of simulated time."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from gridconsole.demo import cast
from gridconsole.domain.actions import Act, Action, CallBack
from gridconsole.domain.case import Case
from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import deadline
from gridconsole.domain.codes import AssigneeKind
from gridconsole.domain.parties import Actor
from gridconsole.domain.states import CallBackState, Grade, Result, Role, Source, Stage, State
from gridconsole.domain.task import Look
from gridconsole.language import word
from gridconsole.services import actors, casework, escalation, handlers, tasks
from gridconsole.store import alarms, cases, catalogue, places, responsible

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SWEEP = timedelta(minutes=45)
"""Simulated time between two sweeps of the clocks; a console sweeps every minute."""
BATCH = 400
"""Acts in one transaction: no other program waits for the acts of a demo."""
SENT_AMONG = 4
"""Number of best candidates among whom an inspector is chosen."""
_DAY_START, _DAY_SECONDS = time(6, 30), 15 * 3600
_POPULAR = 0.6
"""Share of reports about a category for which the phrase book has texts."""


def _goes_on(case: Case) -> bool:
    """Return whether a case still needs an act."""
    return not case.state.is_final or case.call_back in (CallBackState.DUE, CallBackState.DISSATISFIED)


class Player:
    """Simulated operators: chooses the next act on each case and carries it out as the right operator."""

    def __init__(self, office: Office, seed: int, set_clock: Callable[[datetime], None]) -> None:
        self.office = office
        self.random = random.Random(seed)  # noqa: S311  a play, not a secret
        self.set_clock = set_clock
        self.phrases: dict[str, Any] = cast.phrase_book()
        everybody = actors.operators(office)
        self._by_id = {actor.id: actor for actor in everybody}
        named = {name for name, _ in cast.people(self.phrases)}
        self.actors: dict[Role, list[Actor]] = {
            role: [actor for actor in everybody if role in actor.roles and actor.name in named] for role in Role
        }
        with office.database.reading() as connection:
            self.grids = places.grid_choices(connection)
            self.categories = [choice.category for choice in catalogue.categories(connection)]
        self._worded = [item for item in self.categories if f"{item.kind.value}-{item.code}" in self.phrases["texts"]]
        self._agenda: list[tuple[datetime, int, str]] = []
        self._serial = 0
        self._swept: datetime | None = None

    def act_as_robots(self) -> None:
        """Act as the operators named after their roles: nothing is done in the name of a person who sits at a console."""
        for role in self.actors:
            robots = [actor for actor in self._by_id.values() if role in actor.roles and actor.name == word(role)]
            self.actors[role] = robots or self.actors[role]

    # --- the simulation ---

    def play(self, start: datetime, end: datetime, progress: Callable[[int, int], None] | None = None) -> None:
        """Simulate all events between two instants."""
        for at in self._report_times(start, end):
            self._plan(at, "")
        total = len(self._agenda)
        while self._agenda and self._agenda[0][0] <= end:
            with self.office.database.writing() as connection:
                for _ in range(BATCH):
                    if not self._agenda or self._agenda[0][0] > end:
                        break
                    at, _, number = heapq.heappop(self._agenda)
                    self.set_clock(at)
                    self._sweep(connection, at)
                    self.step(connection, number, at)
            if progress:
                progress(total - sum(1 for _, _, number in self._agenda if not number), total)

    def step(self, connection: Transaction, number: str, at: datetime) -> None:
        """Carry out the next event: a new report if the number is empty, else a step of the case."""
        if not number:
            receipt = casework.intake_in(connection, self.office, self.reporter(), self.report(connection))
            self._after(receipt.number, at, 3, 12)
            return
        loaded = cases.load(connection, self.office.id, number)
        if loaded is None or not _goes_on(loaded.case):
            return
        actor, act = self._choose(connection, loaded)
        case = casework.perform(connection, self.office, actor, loaded, act)
        if _goes_on(case):
            self._next(case, at)

    def _sweep(self, connection: Transaction, at: datetime) -> None:
        """Evaluate the escalation of all clocks; for some very late cases a leader gives a supervision order."""
        if self._swept is not None and at - self._swept < SWEEP:
            return
        self._swept = at
        _, notified = escalation.sweep_in(connection, self.office)
        if not notified:
            return
        late = [alarm for alarm in alarms.live(connection, self.office.id, BATCH) if alarm.percent >= cast.URGED_FROM]
        for alarm in late:
            loaded = cases.load(connection, self.office.id, alarm.number) if self._happens(cast.URGED) else None
            if loaded is None or loaded.case.order_count:
                continue
            reply_by = at + timedelta(hours=self.random.choice([4, 8, 24]))
            act = Act.of(Action.SUPERVISION_ORDER, note=self._word("urge_requirements"), reply_by=reply_by)
            casework.perform(connection, self.office, self._one(Role.LEADER), loaded, act)
            self._plan(at + timedelta(minutes=self.random.randint(10, 300)), alarm.number)

    def _plan(self, at: datetime, number: str) -> None:
        self._serial += 1
        heapq.heappush(self._agenda, (at, self._serial, number))

    def _report_times(self, start: datetime, end: datetime) -> list[datetime]:
        calendar, times = self.office.calendar, []
        day = calendar.local_day(start)
        while day <= calendar.local_day(end):
            low, high = cast.REPORTS_PER_WORKDAY if calendar.is_workday(day) else cast.REPORTS_PER_REST_DAY
            morning = datetime.combine(day, _DAY_START, tzinfo=calendar.zone)
            for _ in range(self.random.randint(low, high)):
                # Mornings are busier than evenings.
                at = morning + timedelta(seconds=_DAY_SECONDS * self.random.betavariate(1.6, 2.4))
                if start <= at <= end:
                    times.append(at)
            day += timedelta(days=1)
        return sorted(times)

    # --- what is reported ---

    def report(self, connection: Transaction) -> casework.NewReport:
        """Return an invented report; a warden's is by who is responsible for the grid."""
        pool = self._worded if self._worded and self.random.random() < _POPULAR else self.categories
        category = self.random.choice(pool)
        grid = self.random.choice(self.grids)
        place = self.random.choice(self.phrases["places"]["list"])
        texts = self.phrases["texts"].get(f"{category.kind.value}-{category.code}") or self.phrases["texts"]["default"]
        source = self.random.choices([item for item, _ in cast.SOURCES], [weight for _, weight in cast.SOURCES])[0]
        known = source is not Source.PUBLIC or self.random.random() < 0.5
        outsider = source in (Source.HOTLINE_12345, Source.PUBLIC, Source.ONLINE)
        names = self.phrases["reporters"]
        whom = responsible.responsible(connection, grid.id, self.office.half_day()) if source is Source.WARDEN else None
        return casework.NewReport(
            text=self.random.choice(texts).format(place=place),
            source=source,
            grade=self._grade(),
            grid_id=grid.id,
            area_id=grid.area_id,
            category_id=category.id if known else None,
            address=place,
            reporter_name=self.random.choice(names["surnames"]) + self.random.choice(names["given"]) if outsider else "",
            reporter_phone=f"139000{self.random.randrange(100_000):05d}" if outsider else "",
            reporter_id=whom.person_id if whom is not None else None,
        )

    def _grade(self) -> Grade:
        draw = self.random.random()
        if draw < cast.URGENT:
            return Grade.URGENT
        return Grade.MAJOR if draw < cast.URGENT + cast.MAJOR else Grade.ORDINARY

    def reporter(self) -> Actor:
        """Return the operator who keys a report in."""
        return self._one(Role.ACCEPTOR)

    # --- acts on a case ---

    def _one(self, role: Role) -> Actor:
        return self.random.choice(self.actors[role])

    def _word(self, section: str) -> str:
        return str(self.random.choice(self.phrases[section]["list"]))

    def _happens(self, share: float) -> bool:
        return self.random.random() < share

    def choose(self, connection: Transaction, number: str) -> tuple[Actor, Act] | None:
        """Return the next act on a case and its operator; None if the case is finished."""
        loaded = cases.load(connection, self.office.id, number)
        return None if loaded is None or not _goes_on(loaded.case) else self._choose(connection, loaded)

    def _choose(self, connection: Transaction, loaded: cases.LoadedCase) -> tuple[Actor, Act]:
        case = loaded.case
        if case.reply_by is not None:
            return self._one(Role.DISPATCHER), Act.of(Action.REPLY, note=self._word("urge_replies"))
        match case.state:
            case State.REPORTED:
                return self._accept(case)
            case State.VERIFYING | State.TO_CHECK:
                return self._look(connection, loaded)
            case State.TO_FILE:
                return self._file(loaded)
            case State.TO_DISPATCH:
                return self._dispatch(connection, loaded)
            case State.HANDLING:
                return self._handle(connection, loaded)
            case State.CLOSED:
                return self._call_back(case)
            case _:
                return self._one(Role.SHIFT_LEADER), Act.of(Action.CLOSE)

    def _look(self, connection: Transaction, loaded: cases.LoadedCase) -> tuple[Actor, Act]:
        """Assign an inspector, with probability :data:`.cast.SENT`; otherwise, or afterwards, key in the result."""
        case = loaded.case
        if case.assignee is None and self._happens(cast.SENT):
            near = [one for one in tasks.judged(connection, self.office, loaded) if tasks.is_near(*one)]
            fit = [candidate for candidate, flaw in near if flaw is None][:SENT_AMONG]
            if fit:
                return self._one(Role.ACCEPTOR), Act.of(Action.SEND, assignee=self.random.choice(fit))
        inspector, sent = self._one(Role.INSPECTOR), case.assignee
        if sent is not None and sent.kind is AssigneeKind.OPERATOR:
            inspector = self._by_id.get(sent.id, inspector)
        photos = (f"{case.number}-{self.random.randint(1, 9)}.jpg",) if self._happens(cast.PHOTOGRAPHED) else ()
        look = Look(photos=photos) if photos else None
        if case.state is State.VERIFYING:
            result = Result.FALSE if self._happens(cast.UNTRUE) else Result.TRUE
            return inspector, Act.of(Action.VERIFY, result=result, look=look)
        if self._happens(cast.REWORKED) and case.rework_total < 2:
            return inspector, Act.of(Action.CHECK, result=Result.FAIL, reason=self._word("rework_reasons"), look=look)
        return inspector, Act.of(Action.CHECK, result=Result.PASS, look=look)

    def _accept(self, case: Case) -> tuple[Actor, Act]:
        if self._happens(cast.DECLINED):
            return self._one(Role.ACCEPTOR), Act.of(Action.DECLINE, reason=self._word("decline_reasons"))
        if case.source is Source.WARDEN and case.grade is Grade.ORDINARY and self._happens(cast.SETTLED):
            return self._one(Role.ACCEPTOR), Act.of(Action.SETTLE, note=self._word("results"))
        return self._one(Role.ACCEPTOR), Act.of(Action.ACCEPT)

    def _file(self, loaded: cases.LoadedCase) -> tuple[Actor, Act]:
        case, leader = loaded.case, self._one(Role.SHIFT_LEADER)
        if self._happens(cast.SENT_BACK):
            return leader, Act.of(Action.SEND_BACK, reason=self._word("send_back_reasons"))
        category = case.category_id or self.random.choice(self.categories).id
        return leader, Act.of(Action.FILE, grid_id=case.grid_id or self._grid_in(loaded.area_id), category_id=category)

    def _grid_in(self, area_id: int | None) -> int:
        """Return a random grid of the community that the report names, or any grid if it names none."""
        nearby = [grid for grid in self.grids if grid.area_id == area_id]
        return self.random.choice(nearby or self.grids).id

    def _dispatch(self, connection: Transaction, loaded: cases.LoadedCase) -> tuple[Actor, Act]:
        dispatcher = self._one(Role.DISPATCHER)
        if self._happens(cast.SENT_BACK):
            return dispatcher, Act.of(Action.SEND_BACK, reason=self._word("send_back_reasons"))
        candidates = handlers.rank_in(connection, self.office, loaded).candidates
        second = len(candidates) > 1 and self._happens(cast.SECOND_CHOICE)
        if not candidates:
            return dispatcher, Act.of(Action.SEND_BACK, reason=self._word("send_back_reasons"))
        chosen = candidates[1 if second else 0].handler
        return dispatcher, Act.of(Action.DISPATCH, handler=chosen, reason=self._word("redispatch_reasons") if second else "")

    def _handle(self, connection: Transaction, loaded: cases.LoadedCase) -> tuple[Actor, Act]:
        dispatcher, case = self._one(Role.DISPATCHER), loaded.case
        if case.request is not None:
            return dispatcher, Act.of(Action.GRANT)
        if case.redispatch_count == 0 and self._happens(cast.REDISPATCHED):
            others = [
                item.handler
                for item in handlers.rank_in(connection, self.office, loaded).candidates
                if item.handler != case.handler
            ]
            if others:
                return dispatcher, Act.of(Action.REDISPATCH, handler=others[0], reason=self._word("redispatch_reasons"))
        if case.return_count == 0 and self._happens(cast.RETURNED):
            return self._one(Role.CLERK), Act.of(Action.RETURN, reason=self._word("return_reasons"))
        return dispatcher, Act.of(Action.FEEDBACK, note=self._word("results"))

    def _call_back(self, case: Case) -> tuple[Actor, Act]:
        if case.call_back is CallBackState.DISSATISFIED:
            leader = self._one(Role.SHIFT_LEADER)
            if self._happens(cast.REOPENED) and not case.reopen_count:
                return leader, Act.of(Action.REOPEN, reason=self._word("reopen_reasons"))
            return leader, Act.of(Action.KEEP_CLOSED, reason=self._word("keep_closed_reasons"))
        acceptor = self._one(Role.ACCEPTOR)
        if self._happens(cast.UNREACHED):
            return acceptor, Act.of(Action.CALL_BACK, note=self._word("unreached_notes"), call_back=CallBack(False))
        solved, grade = self.random.choices([answer[:2] for answer in cast.ANSWERS], [answer[2] for answer in cast.ANSWERS])[0]
        call = CallBack(True, solved, grade)
        return acceptor, Act.of(
            Action.CALL_BACK, reason=self._word("call_back_reasons") if call.is_dissatisfied else "", call_back=call
        )

    # --- when ---

    def _after(self, number: str, at: datetime, low: int, high: int) -> None:
        """Plan the next act on a case some minutes of working time later; 4 % of the acts take three times as long."""
        minutes = self.random.randint(low, high) * (3 if self._happens(0.04) else 1)
        self._plan(deadline(at, Limit.minutes(minutes), self.office.calendar), number)

    def _next(self, case: Case, at: datetime) -> None:
        clock = case.clock(Stage.HANDLE)
        if case.state is State.HANDLING and clock is not None:
            self._plan(self._handled_at(at, clock.due_at), case.number)
        elif case.state is State.CLOSED and case.call_back is CallBackState.DUE:
            # A resident is called on one of the next working days, so that what was cleaned has had time to become dirty again.
            self._after(case.number, at, 300, 900)
        elif case.state is State.CLOSED:
            self._after(case.number, at, 30, 240)
        elif case.state in (State.VERIFYING, State.TO_CHECK):
            self._after(case.number, at, *((2, 8) if case.assignee is None else (6, 20)))
        else:
            self._after(case.number, at, 2, 13)

    def _handled_at(self, at: datetime, due: datetime) -> datetime:
        span = max(due - at, timedelta(hours=1))
        draw = self.random.random()
        if draw < cast.HANDLED_VERY_LATE:
            return at + span * self.random.uniform(1.6, 4.0)
        if draw < cast.HANDLED_VERY_LATE + cast.HANDLED_LATE:
            return at + span * self.random.uniform(1.02, 1.5)
        return at + span * self.random.uniform(0.15, 0.97)
