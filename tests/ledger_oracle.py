"""Figures counted by hand from the ledger alone: an oracle that shares no line with the definitions of the product.

The entries of each case are walked in order; deadlines come from the domain's clock and the limits of the rules. Only the time of a
report, and the place and source of a case, are taken from its row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from gridconsole.domain.catalogue import Limit
from gridconsole.domain.clock import Pause, WorkCalendar, deadline
from gridconsole.services.office import Office
from gridconsole.store.catalogue import rules as rules_of

OPEN = ("reported", "verifying", "to_file", "to_dispatch", "handling", "suspended", "to_check", "to_close")
FINAL = ("closed", "declined", "voided")
RESIDENTS = ("12345", "12319", "public", "online", "petition")
STEP_LIMITS = {
    "reported": "accept",
    "verifying": "verify",
    "to_file": "file",
    "to_dispatch": "dispatch",
    "to_check": "check",
    "to_close": "close",
}


@dataclass
class Handling:
    """The handling of a case, from the first dispatch on."""

    start: datetime
    limit: Limit
    pauses: list[Pause] = field(default_factory=list)
    halted: datetime | None = None
    judged: bool | None = None
    """Late at the last feedback; None while it is not fed back."""
    stopped: datetime | None = None
    extra: Decimal = Decimal(0)
    """Extensions, in the unit of the limit."""

    def due(self, calendar: WorkCalendar) -> datetime:
        allowed = Limit(self.limit.amount + self.extra, self.limit.unit)
        return deadline(self.start, allowed, calendar, self.pauses)

    def resume(self, at: datetime) -> None:
        if self.halted is not None and at > self.halted:
            self.pauses.append(Pause(self.halted, at))
        self.halted = None


@dataclass
class Stay:
    """A time in a state with one handler."""

    state: str
    handler: Any
    resting: bool
    began: datetime
    ended: datetime | None = None
    came_from: str = ""
    left_to: str = ""
    due: datetime | None = None
    late: bool | None = None
    entered: datetime | None = None
    """When the state was entered."""
    pauses: list[Pause] = field(default_factory=list)


@dataclass
class Turn:
    """A handler's turn with a case."""

    handler: Any
    began: datetime
    ended: datetime | None = None
    how: str = ""
    late: bool | None = None
    due: datetime | None = None


@dataclass
class Life:
    """The life of a case."""

    source: str
    reported: datetime
    grid: int | None
    reporter: int | None
    state: str = ""
    merged: bool = False
    resting: bool = False
    upheld: bool = False
    accepted: datetime | None = None
    filed: datetime | None = None
    dispatched: datetime | None = None
    closed: datetime | None = None
    over: datetime | None = None
    due: datetime | None = None
    fed_back: datetime | None = None
    late: bool | None = None
    reworks: int = 0
    extended: int = 0
    redispatched: int = 0
    returned: int = 0
    calls: list[tuple[datetime, Mapping[str, Any]]] = field(default_factory=list)
    outer_due: datetime | None = None
    missed: bool = False
    stays: list[Stay] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    counts: bool = True
    brought: bool = False


def lives(office: Office) -> list[Life]:
    """Walk the ledger of an office."""
    with office.database.reading() as connection:
        entries = connection.exec_driver_sql(
            "SELECT subject_id, at, action, facts FROM ledger WHERE subject_kind = 'incident' ORDER BY subject_id, seq"
        ).all()
        rows = {
            row.id: row
            for row in connection.exec_driver_sql(
                "SELECT id, source, reported_at, grid_id, reporter_id, outer_due_at FROM incident"
            )
        }
        rules: dict[int, Limit] = {}
        for (category,) in connection.exec_driver_sql("SELECT id FROM category").all():
            rules |= {rule.id: rule.limit for rule in rules_of(connection, category)}
        limits = {stage: office.circumstances().stage_limit(stage, grade) for stage, grade in _stages()}
    by_case: dict[int, list[Any]] = {}
    for entry in entries:
        by_case.setdefault(entry.subject_id, []).append(entry)
    found = [_Walk(office, rows[key], rules, limits).walk(said) for key, said in by_case.items()]
    wardens = [(life.grid, life.reported) for life in found if life.source == "warden"]
    for life in found:
        since = life.reported - timedelta(days=7)
        life.missed = life.grid is not None and not any(
            grid == life.grid and since <= at <= life.reported for grid, at in wardens
        )
    return [life for life in found if life.counts]


def _stages() -> Iterator[tuple[Any, Any]]:
    from gridconsole.domain.states import Grade, Stage

    for stage in Stage:
        if stage is not Stage.HANDLE:
            yield stage, Grade.ORDINARY


class _Walk:
    def __init__(self, office: Office, row: Any, rules: Mapping[int, Limit], limits: Mapping[Any, Limit]) -> None:
        self.calendar, self.rules, self.limits = office.calendar, rules, {stage.value: limit for stage, limit in limits.items()}
        outer = None if row.outer_due_at is None else datetime.fromisoformat(row.outer_due_at)
        self.life = Life(row.source, datetime.fromisoformat(row.reported_at), row.grid_id, row.reporter_id, outer_due=outer)
        self.handling: Handling | None = None
        self.rule: int | None = None
        self.handler: tuple[Any, Any] = (None, None)
        self.reported = datetime.fromisoformat(row.reported_at)
        self.request: Mapping[str, Any] = {}
        self.frozen = False
        """Whether the first handling ended with a closing: what a month has printed of it stays."""

    def walk(self, entries: list[Any]) -> Life:
        life = self.life
        for entry in entries:
            facts = json.loads(entry.facts)
            at = datetime.fromisoformat(facts.get("effective_at") or entry.at)
            before = life.state
            self.rule = facts.get("rule_id", self.rule)
            self.handler = (facts.get("handler_kind", self.handler[0]), facts.get("handler_id", self.handler[1]))
            asked = self.request
            if "request" in facts:
                self.request = json.loads(facts["request"]) if facts["request"] else {}
            was_resting, life.resting = life.resting, bool(facts.get("resting", life.resting))
            life.state = facts.get("state", life.state)
            if "merged_into" in facts:
                life.merged = facts["merged_into"] is not None
            self._handle(entry.action, before, facts, at, asked, was_resting)
            self._stay(at, facts if entry.action == "archive" else None)
            self._note(entry.action, before, facts, at)
        return life

    # --- the handling

    def _handle(  # noqa: C901  one branch for each kind of act
        self, action: str, before: str, facts: Mapping[str, Any], at: datetime, asked: Mapping[str, Any], was_resting: bool
    ) -> None:
        life, handling = self.life, self.handling
        if action == "archive":
            life.brought = True
            life.reported = min(life.reported, datetime.fromisoformat(facts["closed_at"]))
            if self.rule is not None and facts.get("dispatched_at") and facts.get("handled_at"):
                self.handling = Handling(datetime.fromisoformat(facts["dispatched_at"]), self.rules[self.rule])
                ended = max(datetime.fromisoformat(facts["handled_at"]), self.handling.start)
                self.handling.halted, self.handling.judged = ended, ended > self.handling.due(self.calendar)
                life.dispatched = self.handling.start
            return
        if life.state == "handling" and before == "to_dispatch":
            if handling is None:
                self.handling = handling = Handling(at, self.rules[self.rule or 0])
            else:
                handling.limit = self.rules[self.rule or 0]
            self._turn(at)
        elif action == "redispatch":
            self._end_turn(at, "redispatched", handling.due(self.calendar) < at if handling else None)
            self._turn(at)
        elif action == "feedback" and handling is not None:
            done = datetime.fromisoformat(facts["done_at"]) if facts.get("done_at") else at
            handling.halted = max(done, handling.start)
            handling.judged = handling.halted > handling.due(self.calendar)
            self._end_turn(at, "fed_back", handling.judged)
        elif before == "to_check" and life.state == "handling" and handling is not None:
            handling.resume(at)
            handling.judged = None
            life.reworks += 1
            self._again()
        elif action == "reopen" and handling is not None:
            handling.halted = handling.stopped or handling.halted
            handling.resume(at)
            handling.judged = handling.stopped = None
            self._turn(at)
        elif life.state == "suspended" and before == "handling" and handling is not None:
            handling.halted = at
            self._rest_turn(at)
        elif before == "suspended" and life.state == "handling" and handling is not None:
            handling.resume(at)
            self._again()
        elif action == "grant" and asked.get("kind") == "extension" and handling is not None:
            amount = Limit.decode(asked["amount"]).amount if asked.get("amount") else handling.limit.amount
            handling.extra += amount
            life.extended += 1
        elif action == "grant" and asked.get("kind") == "appeal":
            life.upheld = True
        if life.state == "to_dispatch" and before == "handling":
            self._end_turn(at, "returned", None)
            life.returned += 1
        if action == "redispatch":
            life.redispatched += 1
        if life.state in ("voided", "declined") and before == "handling":
            self._end_turn(at, "withdrawn", None)
        if handling is not None and life.resting and not was_resting:
            if handling.halted is None:
                handling.halted = at
            if before == "handling":
                self._end_turn(at, "withdrawn", None)
        elif (
            handling is not None
            and was_resting
            and not life.resting
            and life.state not in ("suspended", "to_check", "to_close", *FINAL)
        ):
            handling.resume(at)
            if life.state == "handling":
                self._again()
        if life.turns and handling is not None and life.state == "handling" and life.turns[-1].ended is None:
            life.turns[-1].due = handling.due(self.calendar)

    def _turn(self, at: datetime) -> None:
        if self.handler[0] is not None:  # a list need not say who handled a case
            self.life.turns.append(Turn(self.handler, at))

    def _end_turn(self, at: datetime, how: str, late: bool | None) -> None:
        if self.life.turns and self.life.turns[-1].ended is None:
            turn = self.life.turns[-1]
            turn.ended, turn.how, turn.late = at, how, late

    def _rest_turn(self, at: datetime) -> None:
        if self.life.turns:
            self.life.turns[-1].ended, self.life.turns[-1].how = at, ""

    def _again(self) -> None:
        if self.life.turns:
            turn = self.life.turns[-1]
            turn.ended, turn.how, turn.late = None, "", None

    # --- states

    def _stay(self, at: datetime, archived: Mapping[str, Any] | None) -> None:
        life = self.life
        key = (life.state, self.handler, life.resting)
        last = life.stays[-1] if life.stays else None
        if last is not None and (last.state, last.handler, last.resting) == key:
            return
        if last is not None:
            last.ended = at
            if last.state != life.state:
                last.left_to = life.state
                if last.state in STEP_LIMITS and last.due is not None:
                    last.late = at > last.due
        began = datetime.fromisoformat(archived["closed_at"]) if archived else at if last is not None else life.reported
        if archived:
            self._open_until(began)
        stay = Stay(
            life.state, self.handler, life.resting, began, came_from=last.state if last and last.state != life.state else ""
        )
        if life.state in STEP_LIMITS:
            goes_on = last is not None and last.state == life.state
            # The step is measured from its entry on: what a list brought late was not late for that.
            stay.entered = last.entered if goes_on and last is not None else at
            if goes_on and last is not None:
                stay.pauses = [*last.pauses, *([Pause(last.began, at)] if last.resting else [])]
            assert stay.entered is not None
            stay.due = deadline(stay.entered, self.limits[STEP_LIMITS[life.state]], self.calendar, stay.pauses)
        life.stays.append(stay)

    def _open_until(self, closed: datetime) -> None:
        """The times before the closing of a case that a list brought: open, without a known step."""
        handling, reported = self.handling, self.reported
        spans: list[tuple[str, datetime, datetime | None]] = [("reported", reported, handling.start if handling else closed)]
        if handling is not None:
            spans += [("handling", handling.start, handling.halted), ("to_check", handling.halted or closed, closed)]
        for state, began, ended in spans:
            until = min(ended or closed, closed)
            if began < until:
                due = handling.due(self.calendar) if handling is not None and state == "handling" else None
                self.life.stays.append(Stay(state, self.handler, False, began, until, due=due))

    def _note(self, action: str, before: str, facts: Mapping[str, Any], at: datetime) -> None:
        life = self.life
        if life.state in ("verifying", "to_file", "to_dispatch") and life.accepted is None:
            life.accepted = at
        if action == "settle":
            life.accepted = at
        if life.state == "to_dispatch" and life.filed is None:
            life.filed = at
        if life.state == "handling" and life.dispatched is None:
            life.dispatched = at
        if life.state == "closed" and before != "closed":
            ended = datetime.fromisoformat(facts["closed_at"]) if action == "archive" else at
            if self.handling is not None:
                self.handling.stopped = self.handling.halted
            life.closed = life.closed or ended
            if not self.frozen:
                self._freeze()
        if life.state in FINAL and before not in FINAL:
            life.over = at
        if action == "call_back":
            life.calls.append((at, facts))
        if action == "withdraw":
            life.counts = False
        if not self.frozen:
            self._run()

    def _run(self) -> None:
        """The first handling as it stands."""
        life, handling = self.life, self.handling
        if handling is None:
            return
        life.due = handling.due(self.calendar) if life.state != "suspended" else None
        is_back = handling.judged is not None and life.state in ("to_check", "to_close") and not life.resting
        life.fed_back, life.late = (handling.halted, handling.judged) if is_back else (None, None)

    def _freeze(self) -> None:
        life, handling = self.life, self.handling
        self.frozen = handling is not None
        if handling is not None and handling.judged is None:
            # Closed with the case it was merged into: it counts neither way.
            life.due = life.fed_back = life.late = None
            return
        if handling is not None and not life.resting:
            life.due = handling.due(self.calendar)
            life.fed_back, life.late = (handling.halted, handling.judged) if handling.judged is not None else (None, None)
        elif handling is not None:
            life.due = handling.due(self.calendar)


# --- counting ---------------------------------------------------------------------------------------------------


class Oracle:
    """Counts of a period, each by its own lines."""

    def __init__(self, office: Office) -> None:
        self.office, self.lives = office, lives(office)
        self.zone = office.calendar.zone

    def count(self, first: date, last: date) -> dict[str, int]:
        now = self.office.now()
        end = min(self.office.midnight(last + timedelta(days=1)), now)

        def on(at: datetime | None) -> bool:
            return at is not None and first <= at.astimezone(self.zone).date() <= last

        def by(at: datetime | None) -> bool:
            return at is not None and at.astimezone(self.zone).date() <= last

        ours = [life for life in self.lives if not life.merged and life.state != "voided"]
        due = [life for life in ours if on(life.due) and life.due is not None and life.due < end and not life.upheld]
        stays = [(life, stay) for life in self.lives for stay in life.stays]
        standing = [
            (life, stay) for life, stay in stays
            if by(stay.began) and not (stay.ended is not None and by(stay.ended)) and not stay.resting and stay.state in OPEN
        ]  # fmt: skip
        turns = [(life, turn) for life in self.lives for turn in life.turns]
        kept = [turn for life, turn in turns if not life.merged and life.state != "voided"]
        upheld = {id(turn) for life, turn in turns if life.upheld}
        turns_due = [
            turn for turn in kept
            if on(turn.due) and turn.due is not None and turn.due < end
            and (turn.ended is None or turn.how == "fed_back" or turn.ended > turn.due)
        ]  # fmt: skip
        answers = [of_period[-1] for life in self.lives if (of_period := [said for at, said in life.calls if on(at)])]

        def done(state: str) -> list[Stay]:
            return [stay for _, stay in stays if stay.state == state and on(stay.ended) and stay.left_to not in ("", "voided")]

        def in_time(of: list[Stay]) -> int:
            return sum(stay.late is False for stay in of)

        found = {
            "reported": sum(on(life.reported) for life in self.lives),
            "accepted": sum(on(life.accepted) for life in self.lives),
            "settled": sum(stay.state == "to_close" and stay.came_from == "reported" and on(stay.began) for _, stay in stays),
            "declined": sum(on(life.over) and life.state == "declined" for life in self.lives),
            "voided": sum(on(life.over) and life.state == "voided" for life in self.lives),
            "filed": sum(on(life.filed) for life in self.lives),
            "filed_kept": sum(on(life.filed) and life.state != "voided" for life in self.lives),
            "filed_of_accepted": sum(on(life.accepted) and by(life.filed) for life in self.lives),
            "merged": sum(on(life.reported) and life.merged for life in self.lives),
            "brought": sum(on(life.reported) and life.brought for life in self.lives),
            "dispatched": sum(on(life.dispatched) for life in self.lives),
            "dispatched_right": sum(on(life.dispatched) and not life.redispatched and not life.returned for life in self.lives),
            "dispatched_of_filed": sum(on(life.filed) and by(life.dispatched) for life in self.lives),
            "closed": sum(on(life.closed) for life in self.lives),
            "closings": sum(stay.state == "closed" and on(stay.began) for _, stay in stays),
            "reopened": sum(
                stay.state in ("handling", "to_dispatch", "to_file") and stay.came_from == "closed" and on(stay.began) for _, stay in stays
            ),
            "feedbacks": sum(stay.state == "to_check" and stay.came_from == "handling" and on(stay.began) for _, stay in stays),
            "reworks": sum(stay.state == "handling" and stay.came_from == "to_check" and on(stay.began) for _, stay in stays),
            "returned": sum(stay.state == "to_dispatch" and stay.came_from == "handling" and on(stay.began) for _, stay in stays),
            "fed_back": sum(on(life.fed_back) for life in ours),
            "due": len(due),
            "upheld": sum(on(life.due) and life.due is not None and life.due < end and life.upheld for life in ours),
            "handled": sum(by(life.fed_back) for life in due),
            "handled_in_time": sum(life.late is False for life in due),
            "handled_late": sum(by(life.fed_back) and life.late is True for life in due),
            "overdue_unhandled": sum(not by(life.fed_back) for life in due),
            "reworked": sum(life.reworks > 0 for life in due),
            "extended": sum(life.extended > 0 for life in due),
            "reworked_of_handled": sum(life.reworks > 0 and by(life.fed_back) for life in due),
            "extended_of_handled": sum(life.extended > 0 and by(life.fed_back) for life in due),
            "closed_of_due": sum(by(life.closed) for life in due),
            "closed_in_time": sum(by(life.closed) and life.late is False for life in due),
            "closed_late": sum(by(life.closed) and life.late is True for life in due),
            "open_at_end": len(standing),
            "handling_at_end": sum(stay.state == "handling" for _, stay in standing),
            "suspended_at_end": sum(stay.state == "suspended" for _, stay in standing),
            "turns": sum(on(turn.began) for turn in kept),
            "turns_due": len(turns_due),
            "turns_in_time": sum(turn.how == "fed_back" and turn.late is False and id(turn) not in upheld for turn in turns_due),
            "turns_fed_back": sum(turn.how == "fed_back" and on(turn.ended) for turn in kept),
            "turns_redispatched": sum(turn.how == "redispatched" and on(turn.ended) for _, turn in turns),
            "turns_returned": sum(turn.how == "returned" and on(turn.ended) for _, turn in turns),
            "resident_reports_true": sum(on(life.filed) and life.source in RESIDENTS for life in self.lives),
            "missed": sum(on(life.filed) and life.source in RESIDENTS and life.missed for life in self.lives),
            "own_reports": sum(on(life.reported) and life.reporter is not None for life in self.lives),
            "own_reports_valid": sum(on(life.reported) and life.reporter is not None and life.filed is not None for life in self.lives),
            "called_back": len(answers),
            "reached": sum(bool(said.get("reached")) for said in answers),
            "solved": sum(said.get("solved") == "yes" for said in answers),
            "satisfied": sum(said.get("satisfaction") in ("very_satisfied", "satisfied") for said in answers),
        }  # fmt: skip
        for name, state in (
            ("acceptances", "reported"), ("verifications", "verifying"), ("filings", "to_file"), ("dispatches", "to_dispatch"), ("checks", "to_check"),
        ):  # fmt: skip
            found[name] = len(done(state))
            asked = [
                stay for _, stay in stays
                if stay.state == state and stay.due is not None and on(stay.due) and stay.due < end and not stay.resting
                and (stay.ended is None or stay.left_to not in ("", "voided"))
            ]  # fmt: skip
            found[f"{name}_due"], found[f"{name}_in_time"] = len(asked), in_time(asked)
        return found


Counter = Callable[[date, date], Mapping[str, int]]
