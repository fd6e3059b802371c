"""The ladder at work: telling whom it concerns when a clock climbs a rung or an answer does not come, and who has heard it."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridconsole.domain.access import KEEPERS
from gridconsole.domain.case import PROGRAM, Actor, HandlerKind
from gridconsole.domain.errors import AlarmOver, BadValue, NotPermitted, UnknownAlarm
from gridconsole.domain.escalation import (
    HANDLING_LADDER,
    STAGE_LADDER,
    AlarmKind,
    Climb,
    Ladder,
    Ladders,
    Manner,
    climb,
    decode,
    encode,
)
from gridconsole.domain.incident import available
from gridconsole.domain.workflow import LINKING, OFFICE, Action, Role, Stage, next_steps
from gridconsole.services import rights, timekeeping
from gridconsole.services.desk import SYSTEM_DOOR
from gridconsole.store import access, alarms, incidents, ledger, offices, queue

if TYPE_CHECKING:
    from gridconsole.services.desk import Desk
    from gridconsole.store.engine import Transaction

SUBJECT, ESCALATE, ACKNOWLEDGE = "escalation", "escalate", "acknowledge"
"""Subject and actions of the entries."""
BATCH = 500
"""Clocks looked at in one transaction: other terminals wait for no more."""
MOST_SHOWN = 200
LADDERS, BELL = "ladders", "alarm_bell"
"""The settings."""
_NEXT = (Role.SHIFT_LEADER, Role.DISPATCHER, Role.LEADER, Role.ACCEPTOR, Role.INSPECTOR, Role.CLERK)
_UNANSWERED_TOLD = (Role.SHIFT_LEADER, Role.LEADER, Role.DISPATCHER)


def ladders(desk: Desk) -> Ladders:
    """The office's own ladders, or the usual ones."""
    return _ladders_of(desk.office.settings)


def _ladders_of(settings: Any) -> Ladders:
    kept = settings.get(LADDERS, {})
    return Ladders(
        decode(kept["handling"]) if "handling" in kept else HANDLING_LADDER,
        decode(kept["stages"]) if "stages" in kept else STAGE_LADDER,
    )


def set_ladder(desk: Desk, actor: Actor, *, handling: Ladder | None = None, stages: Ladder | None = None) -> Ladders:
    """Another ladder for handling, for the office's own steps, or both; every running clock is looked at anew.

    Raises:
        NotPermitted: no administrator asks.
        BadValue: somebody is to be told and nobody is named, or who has nothing to do with cases; the office's own steps are to be
            told of before their few minutes are over; or being late is told to nobody.
    """
    rights.check(desk, actor, "ladder", KEEPERS)
    for rung in (*(handling or ()), *(stages or ())):
        if not set(rung.audience) <= OFFICE or (rung.audience and not rung.manner.is_told):
            raise BadValue(what="ladder", value=rung.share, expected="ladder_audience")
    for rung in handling or ():
        if rung.manner.is_told and not rung.audience:
            raise BadValue(what="ladder", value=rung.share, expected="ladder_audience")
    for rung in stages or ():
        if rung.share < 100:
            raise BadValue(what="ladder", value=rung.share, expected="ladder_stage")
    for ladder in (handling, stages):
        if ladder is not None and not any(rung.manner.is_told and rung.share >= 100 for rung in ladder):
            raise BadValue(what="ladder", value="", expected="ladder_late")
    with desk.database.writing() as connection:
        settings = dict(offices.office(connection).settings)
        kept = dict(settings.get(LADDERS, {}))
        kept |= {name: encode(ladder) for name, ladder in (("handling", handling), ("stages", stages)) if ladder is not None}
        settings[LADDERS] = kept
        offices.put_settings(connection, desk.office.id, settings)
        alarms.look_again(connection, desk.now())
        entry = ledger.NewEntry(
            desk.now(), actor.id, actor.name, desk.door, "office", desk.office.id, "settings", {LADDERS: kept}
        )
        ledger.append(connection, desk.office.id, [entry])
    return _ladders_of(settings)


def sweep(desk: Desk, batches: int | None = None) -> int:
    """Look at every clock whose next rung has come and at every order whose answer has not; returns how much was told.

    Any terminal may do it at any time, and doing it twice does it once.

    Args:
        batches: leave what is beyond so many for the next time.
    """
    with desk.database.reading() as connection:
        if not alarms.any_due(connection, desk.now()) or timekeeping.is_doubtful_in(connection, desk):
            return 0
    told = 0
    for _ in itertools.count() if batches is None else range(batches):
        with desk.database.writing() as connection:
            count, new = sweep_in(connection, desk)
        told += new
        if count < BATCH:
            break
    return told


def plan_in(connection: Transaction, desk: Desk, incident: int) -> None:
    """When to look at the clocks of a case that an act has just set going, inside its transaction.

    What they have reached already is left for :func:`sweep` to tell.
    """
    climbed = _ladders_of(offices.office(connection).settings)
    for due in alarms.due_clocks(connection, desk.office.id, desk.now(), BATCH, incident):
        found = climb(due.clock, due.fired, climbed.of(due.clock.stage), desk.now(), desk.calendar)
        if not found.new:
            _stands(connection, due, found, desk.now())


def _stands(connection: Transaction, due: alarms.DueClock, found: Climb, now: datetime) -> None:
    """Nothing is to be told; what a clock told that was given more time is over, at once: by the next sweep it may be as far again."""
    if found.reached < due.fired:
        alarms.end_others(connection, due, 0, found.reached, now)
    alarms.looked(connection, due, found.reached, found.look_at)


def sweep_in(connection: Transaction, desk: Desk) -> tuple[int, int]:
    """A batch of :func:`sweep` inside a transaction of the caller's; how many were looked at, and how much was told."""
    now, office = desk.now(), desk.office.id
    # What an administrator changed elsewhere a moment ago holds.
    climbed = _ladders_of(offices.office(connection).settings)
    held = roles_held(connection, desk)
    alarms.set_right(connection, now)
    due = alarms.due_clocks(connection, office, now, BATCH)
    late = alarms.unanswered(connection, office, now, BATCH)
    entries = [entry for clock in due for entry in _look(connection, desk, climbed, held, clock, now)]
    for order in late:
        audience = heard_by_somebody(_UNANSWERED_TOLD, held)
        told = alarms.NewAlarm(order.incident, AlarmKind.UNANSWERED, order.order, Manner.ALARM, audience, order.reply_by)
        # The order's own line has been overtaken.
        alarms.end_orders(connection, order.incident, now)
        if alarms.fire(connection, told, now):
            entries.append(_entry(told, order.number, now))
    ledger.append(connection, office, entries)
    return max(len(due), len(late)), len(entries)


def roles_held(connection: Transaction, desk: Desk, besides: Actor | None = None) -> frozenset[Role]:
    """Roles that somebody who may act holds: the people a new office begins with have no password yet, and hear nothing.

    Args:
        besides: one whose roles do not count.
    """
    active, known = offices.operators(connection, desk.office.id), access.with_password(connection)
    # A demo asks nobody for a password.
    able = [actor for actor in active if actor.id in known] or active
    return frozenset(role for actor in able if besides is None or actor.id != besides.id for role in actor.roles)


def heard_by_somebody(audience: Collection[Role], held: Collection[Role]) -> frozenset[Role]:
    """Those who are to be told; where nobody holds any of these roles, also who comes next: what is late must not be told to nobody."""
    if not set(audience) & set(held):
        return frozenset(audience) | {role for role in _NEXT if role in held}
    return frozenset(audience)


def pass_on_in(connection: Transaction, desk: Desk) -> None:
    """After somebody left or lost a role, inside that transaction: what was told to roles nobody holds now is told to who comes next."""
    held = roles_held(connection, desk)
    for alarm, audience in alarms.audiences(connection).items():
        if heirs := heard_by_somebody(audience, held) - audience:
            alarms.tell_also(connection, alarm, heirs)


def _look(
    connection: Transaction, desk: Desk, climbed: Ladders, held: Collection[Role], due: alarms.DueClock, now: datetime
) -> Iterator[ledger.NewEntry]:
    clock = due.clock
    found = climb(clock, due.fired, climbed.of(clock.stage), now, desk.calendar)
    if not found.new:
        _stands(connection, due, found, now)
        return
    told = [rung.share for rung, _ in found.new if rung.manner.is_told]
    # Whom a lower rung told, or would have while nobody looked, still has the work to do.
    passed = {role for rung, _ in found.new if rung.manner.is_told for role in rung.audience} | alarms.unheard(connection, due)
    owed = heard_by_somebody(passed, held)
    if told:
        alarms.end_others(connection, due, told[-1], found.reached, now)
    for rung, at in found.new:
        new = alarms.NewAlarm(
            due.incident, AlarmKind.LADDER, due.position, rung.manner, owed if told and rung.share == told[-1] else rung.audience, at, clock.stage, rung.share,
            clock.allowed.encode(), rung.manner.is_told and rung.share != told[-1],
        )  # fmt: skip
        if alarms.fire(connection, new, now):
            yield _entry(new, due.number, now)
    alarms.looked(connection, due, found.reached, found.look_at)


def _entry(new: alarms.NewAlarm, number: str, now: datetime) -> ledger.NewEntry:
    facts: dict[str, object] = {
        "number": number,
        "kind": new.kind.value,
        "manner": new.manner.value,
        "told": sorted(role.value for role in new.audience),
        "reached_at": new.reached_at.isoformat(),
    }
    if new.stage is not None:
        facts |= {"stage": new.stage.value, "rung": new.rung}
    return ledger.NewEntry(now, None, PROGRAM.name, SYSTEM_DOOR, SUBJECT, new.incident, ESCALATE, facts)


# --- who is told ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reminder:
    """An alarm as the operator it is shown to sees it."""

    alarm: alarms.Alarm
    row: queue.QueueRow
    actions: tuple[Action, ...]
    """What this operator can do about it: never nothing."""


def mine(desk: Desk, actor: Actor) -> tuple[Reminder, ...]:
    """What an operator is told of and can do something about: what is most pressing first, at most :data:`MOST_SHOWN`.

    Whoever can do nothing about a case, because of its state or of the dual axis, is not told of it.
    """
    with desk.database.reading() as connection:
        live = alarms.live(connection, desk.office.id, MOST_SHOWN * 5, actor.roles, actor.warden_id)
        found = [alarm for alarm in live if is_for(alarm, actor)]
        rows = {row.id: row for row in queue.rows_by_id(connection, [alarm.incident for alarm in found])}
        at = desk.circumstances()
        told = []
        for alarm in found:
            actions = _answers(connection, desk, alarm, actor, at)
            if actions:
                told.append(Reminder(alarm, rows[alarm.incident], actions))
            if len(told) == MOST_SHOWN:
                break
    return tuple(
        sorted(told, key=lambda one: (one.alarm.manner is not Manner.ALARM, -one.alarm.rung, one.alarm.due_at or desk.now()))
    )


def _answers(connection: Transaction, desk: Desk, alarm: alarms.Alarm, actor: Actor, at: Any) -> tuple[Action, ...]:
    loaded = incidents.load(connection, desk.office.id, alarm.number)
    if loaded is None:
        return ()
    possible = available(loaded.case, actor, at)
    if alarm.kind is not AlarmKind.LADDER and Action.REPLY in possible:
        return (Action.REPLY,)
    if alarm.kind is AlarmKind.ORDER:
        # Who gave it waits for the answer of others.
        return () if loaded.case.urged_by == actor.id else next_steps(possible)
    return tuple(action for action in possible if action is not Action.NOTE and action not in LINKING)


def is_for(alarm: alarms.Alarm, actor: Actor) -> bool:
    """Whether an operator is told of an alarm: by role, or as the warden who handles the case."""
    is_handler = alarm.handler_kind == HandlerKind.WARDEN and alarm.handler_id == actor.warden_id
    is_of_handling = alarm.stage is Stage.HANDLE and Role.DISPATCHER in alarm.waiting
    return bool(alarm.waiting & actor.roles) or (is_handler and is_of_handling)


def acknowledge(desk: Desk, actor: Actor, *keys: int) -> int:
    """知道了: an operator has heard some alarms, for the own roles alone: who is late does not quieten it for who supervises.

    Returns how many were still to be heard.

    Raises:
        UnknownAlarm: there is none of that key.
        NotPermitted: it is for others.
        AlarmOver: the only one asked for is over, or somebody of these roles has heard it.
    """
    with rights.denials_told(desk, actor), desk.database.writing() as connection:
        entries = []
        for key in keys:
            alarm = alarms.by_id(connection, desk.office.id, key)
            if alarm is None or not alarm.manner.is_told:
                raise UnknownAlarm(value=key)
            # Who handles a case is reminded of it, and quietens nobody: among all that are heard at once it is passed over.
            if not alarm.audience & actor.roles:
                if len(keys) > 1 and is_for(alarm, actor):
                    continue
                raise NotPermitted(what="alarm", role=sorted(actor.roles), roles=sorted(alarm.audience))
            if alarms.acknowledge(connection, key, actor.id, actor.name, actor.roles, desk.now()):
                entries.append(_heard(desk, actor, alarm))
            elif len(keys) == 1:
                raise AlarmOver(number=alarm.number, operator=alarm.acknowledged_by, at=alarm.acknowledged_at or alarm.ended_at)
        ledger.append(connection, desk.office.id, entries)
    return len(entries)


def _heard(desk: Desk, actor: Actor, alarm: alarms.Alarm) -> ledger.NewEntry:
    facts: dict[str, object] = {"number": alarm.number, "kind": alarm.kind.value}
    if alarm.stage is not None:
        facts |= {"stage": alarm.stage.value, "rung": alarm.rung}
    return ledger.NewEntry(desk.now(), actor.id, actor.name, desk.door, SUBJECT, alarm.incident, ACKNOWLEDGE, facts)
