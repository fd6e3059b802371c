"""Notify roles when a clock reaches an escalation step or an answer is late, and record acknowledgements."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gridconsole.domain.access import KEEPERS
from gridconsole.domain.actions import LINKING, NOTING, Action, next_steps
from gridconsole.domain.case import Case, Circumstances
from gridconsole.domain.clock import stamp
from gridconsole.domain.codes import AlarmKind, Display, HandlerKind
from gridconsole.domain.errors import AlarmOver, BadValue, NotPermitted, UnknownAlarm
from gridconsole.domain.escalation import (
    HANDLING_POLICY,
    STAGE_POLICY,
    TAKES,
    Evaluation,
    Policies,
    Policy,
    decode,
    encode,
    evaluate,
)
from gridconsole.domain.incident import available
from gridconsole.domain.parties import PROGRAM, Actor
from gridconsole.domain.states import OFFICE, STAGE_OF, Role, Stage
from gridconsole.domain.views.alarms import Alarm
from gridconsole.domain.views.queue import QueueRow
from gridconsole.services import rights, timekeeping
from gridconsole.services.office import SYSTEM_ORIGIN
from gridconsole.store import access, alarms, cases, ledger, offices, pending, queue

if TYPE_CHECKING:
    from gridconsole.services.office import Office
    from gridconsole.store.engine import Transaction

SUBJECT, ESCALATE, ACKNOWLEDGE = "escalation", "escalate", "acknowledge"
"""Subject and actions of the entries."""
BATCH = 500
"""Clocks evaluated in one transaction; other terminals wait no longer than that takes."""
MOST_SHOWN = 200
POLICIES = "ladders"
"""Names of the settings."""
_NEXT = (Role.SHIFT_LEADER, Role.DISPATCHER, Role.LEADER, Role.ACCEPTOR, Role.INSPECTOR, Role.CLERK)
_UNANSWERED_AUDIENCE = (Role.SHIFT_LEADER, Role.LEADER, Role.DISPATCHER)


def policies(office: Office) -> Policies:
    """Return the office's own policies, or the default ones."""
    return _policies_of(office.settings)


def _policies_of(settings: Any) -> Policies:
    kept = settings.get(POLICIES, {})
    return Policies(
        decode(kept["handling"]) if "handling" in kept else HANDLING_POLICY,
        decode(kept["stages"]) if "stages" in kept else STAGE_POLICY,
    )


def set_policy(office: Office, actor: Actor, *, handling: Policy | None = None, stages: Policy | None = None) -> Policies:
    """Change the policy for handling, for the office's own stages, or both; every running clock is evaluated again.

    Raises:
        NotPermitted: the operator is no administrator.
        BadValue: a step that notifies has no roles, or roles that do not work on cases; a step of the office's own stages is below
            100 %; or no step at or above 100 % notifies a role.
    """
    rights.check(office, actor, "ladder", KEEPERS)
    for step in (*(handling or ()), *(stages or ())):
        if not set(step.audience) <= OFFICE or (step.audience and not step.display.notifies):
            raise BadValue(what="ladder", value=step.percent, expected="ladder_audience")
    for step in handling or ():
        if step.display.notifies and not step.audience:
            raise BadValue(what="ladder", value=step.percent, expected="ladder_audience")
    for step in stages or ():
        if step.percent < 100:
            raise BadValue(what="ladder", value=step.percent, expected="ladder_stage")
    for policy in (handling, stages):
        if policy is not None and not any(step.display.notifies and step.percent >= 100 for step in policy):
            raise BadValue(what="ladder", value="", expected="ladder_late")
    with office.database.writing() as connection:
        settings = dict(offices.office(connection).settings)
        kept = dict(settings.get(POLICIES, {}))
        kept |= {name: encode(policy) for name, policy in (("handling", handling), ("stages", stages)) if policy is not None}
        settings[POLICIES] = kept
        offices.put_settings(connection, office.id, settings)
        alarms.evaluate_again(connection, office.now())
        entry = office.entry(actor, "settings", {POLICIES: kept})
        ledger.append(connection, office.id, [entry])
    return _policies_of(settings)


def sweep(office: Office, batches: int | None = None) -> int:
    """Evaluate every clock that is due for its next step, and every order without its answer. Returns the number of notifications.

    Idempotent: any terminal may call it at any time.

    Args:
        batches: stop after this many transactions; the rest is left for the next call.
    """
    with office.database.reading() as connection:
        if not pending.any_due(connection, office.now()) or timekeeping.is_doubtful_in(connection, office):
            return 0
    notified = 0
    for _ in itertools.count() if batches is None else range(batches):
        with office.database.writing() as connection:
            count, new = sweep_in(connection, office)
        notified += new
        if count < BATCH:
            break
    return notified


def plan_in(connection: Transaction, office: Office, incident: int) -> None:
    """Plan the next evaluation of the clocks that an action has just started. Runs in the caller's transaction.

    Steps that are reached already are left for :func:`sweep`.
    """
    policies = _policies_of(offices.office(connection).settings)
    for due in alarms.due_clocks(connection, office.id, office.now(), BATCH, incident):
        found = evaluate(due.clock, due.last_step, policies.of(due.clock.stage), office.now(), office.calendar)
        if not found.new:
            _close_obsolete(connection, due, found, office.now())


def _close_obsolete(connection: Transaction, due: alarms.DueClock, found: Evaluation, now: datetime) -> None:
    """Record that no new step was reached. If the deadline was extended, end the notifications that no longer apply."""
    if found.reached < due.last_step:
        alarms.end_others(connection, due, found.reached, found.reached, now)
    alarms.keep_evaluation(connection, due, found.reached, found.next_check_at)


def sweep_in(connection: Transaction, office: Office) -> tuple[int, int]:
    """Run one batch of :func:`sweep` in the caller's transaction. Returns the clocks evaluated and the notifications made."""
    now = office.now()
    # Read here: an administrator may have changed the policy on another terminal a moment ago.
    policies = _policies_of(offices.office(connection).settings)
    held = roles_held(connection, office)
    alarms.set_right(connection, now)
    due = alarms.due_clocks(connection, office.id, now, BATCH)
    late = alarms.unanswered(connection, office.id, now, BATCH)
    entries = [entry for clock in due for entry in _notify(connection, office, policies=policies, held=held, due=clock, now=now)]
    for order in late:
        audience = with_fallback(_UNANSWERED_AUDIENCE, held)
        notified = alarms.NewAlarm(
            incident=order.incident,
            kind=AlarmKind.UNANSWERED,
            occurrence=order.order,
            display=Display.ALARM,
            audience=audience,
            reached_at=order.reply_by,
        )
        # The missing answer replaces the notification of the order itself.
        alarms.end_orders(connection, order.incident, now)
        if alarms.fire(connection, notified, now):
            entries.append(_entry(notified, order.number, now))
    outer = alarms.outer_due(connection, office.id, now, BATCH)
    entries += [entry for one in outer for entry in _notify_outer(connection, held, one, now)]
    ledger.append(connection, office.id, entries)
    return max(len(due), len(late), len(outer)), len(entries)


def _notify_outer(
    connection: Transaction, held: Collection[Role], due: alarms.OuterDue, now: datetime
) -> Iterator[ledger.NewEntry]:  # fmt: skip
    """Notify that another system's deadline is near or past: the role of the next step and the dispatcher, then the shift leader."""
    is_past = due.due_at <= now
    stage = STAGE_OF.get(due.state)
    audience = {Role.DISPATCHER, *([TAKES[stage]] if stage in TAKES else []), *([Role.SHIFT_LEADER] if is_past else [])}
    new = alarms.NewAlarm(
        incident=due.incident,
        kind=AlarmKind.LADDER,
        occurrence=pending.OUTER_POSITION,
        display=Display.ALARM,
        audience=with_fallback(audience, held),
        reached_at=due.due_at if is_past else due.due_at - pending.OUTER_AHEAD,
        percent=pending.OUTER_PAST if is_past else pending.OUTER_NEAR,
        allowed=stamp(due.due_at),
    )
    alarms.end_outer(connection, due.incident, new.percent, now)
    if alarms.fire(connection, new, now):
        yield _entry(new, due.number, now)


def roles_held(connection: Transaction, office: Office, besides: Actor | None = None) -> frozenset[Role]:
    """Return the roles of all operators who can log in. Operators of a new office without a password are not notified.

    Args:
        besides: an operator who is left out.
    """
    active, known = offices.operators(connection, office.id), access.with_password(connection)
    # In a demo no operator has a password.
    able = [actor for actor in active if actor.id in known] or active
    return frozenset(role for actor in able if besides is None or actor.id != besides.id for role in actor.roles)


def with_fallback(audience: Collection[Role], held: Collection[Role]) -> frozenset[Role]:
    """Return the recipients of a notification.

    If no active operator holds any of these roles, the fallback roles are added, so that an overdue case always reaches a person.
    """
    if not set(audience) & set(held):
        return frozenset(audience) | {role for role in _NEXT if role in held}
    return frozenset(audience)


def reassign_notifications_in(connection: Transaction, office: Office) -> None:
    """Extend pending notifications whose roles are now unstaffed to the fallback roles. Runs in the caller's transaction."""
    held = roles_held(connection, office)
    for alarm, audience in alarms.audiences(connection).items():
        if heirs := with_fallback(audience, held) - audience:
            alarms.notify_also(connection, alarm, heirs)


def _notify(
    connection: Transaction, office: Office, policies: Policies, held: Collection[Role], due: alarms.DueClock, now: datetime
) -> Iterator[ledger.NewEntry]:
    clock = due.clock
    found = evaluate(clock, due.last_step, policies.of(clock.stage), now, office.calendar)
    if not found.new:
        _close_obsolete(connection, due, found, now)
        return
    notified = [step.percent for step, _ in found.new if step.display.notifies]
    # Recipients of lower steps, notified or skipped, still have the work to do.
    passed = {role for step, _ in found.new if step.display.notifies for role in step.audience} | alarms.pending_roles(
        connection, due
    )
    owed = with_fallback(passed, held)
    if notified:
        alarms.end_others(connection, due, notified[-1], found.reached, now)
    for step, at in found.new:
        new = alarms.NewAlarm(
            incident=due.incident,
            kind=AlarmKind.LADDER,
            occurrence=due.position,
            display=step.display,
            audience=owed if notified and step.percent == notified[-1] else step.audience,
            reached_at=at,
            stage=clock.stage,
            percent=step.percent,
            allowed=clock.allowed.encode(),
            is_over=step.display.notifies and step.percent != notified[-1],
        )
        if alarms.fire(connection, new, now):
            yield _entry(new, due.number, now)
    alarms.keep_evaluation(connection, due, found.reached, found.next_check_at)


def _entry(new: alarms.NewAlarm, number: str, now: datetime) -> ledger.NewEntry:
    facts: dict[str, object] = {
        "number": number,
        "kind": new.kind.value,
        "manner": new.display.value,
        "told": sorted(role.value for role in new.audience),
        "reached_at": new.reached_at.isoformat(),
    }
    if new.kind is AlarmKind.LADDER:
        facts |= {"rung": new.percent} | ({"stage": new.stage.value} if new.stage is not None else {})
    return ledger.NewEntry(
        at=now,
        operator_id=None,
        operator=PROGRAM.name,
        origin=SYSTEM_ORIGIN,
        subject_kind=SUBJECT,
        subject_id=new.incident,
        action=ESCALATE,
        facts=facts,
    )


# --- recipients ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reminder:
    """An alarm with the actions that its reader can take."""

    alarm: Alarm
    row: QueueRow
    actions: tuple[Action, ...]
    """Actions open to this operator; never empty."""


def mine(office: Office, actor: Actor) -> tuple[Reminder, ...]:
    """List the reminders of an operator, most pressing first, at most :data:`MOST_SHOWN`.

    Cases on which the operator can take no action, because of their state or of the dual axis, are left out.
    """
    with office.database.reading() as connection:
        live = alarms.live(connection, office.id, MOST_SHOWN * 5, actor.roles, actor.warden_id)
        found = [alarm for alarm in live if is_for(alarm, actor)]
        at = office.circumstances()
        notified: list[Reminder] = []
        for start in range(0, len(found), MOST_SHOWN):
            some = found[start : start + MOST_SHOWN]
            keys = sorted({alarm.incident for alarm in some})
            loaded = cases.load_all(connection, office.id, keys)
            rows = {row.id: row for row in queue.rows_by_id(connection, keys)}
            notified += (
                Reminder(alarm, rows[alarm.incident], actions)
                for alarm in some
                if (actions := _answers(loaded[alarm.incident].case, alarm, actor, at))
            )
            if len(notified) >= MOST_SHOWN:
                break
    return tuple(
        sorted(
            notified[:MOST_SHOWN],
            key=lambda one: (one.alarm.display is not Display.ALARM, -one.alarm.percent, one.alarm.due_at or office.now()),
        )
    )


def _answers(case: Case, alarm: Alarm, actor: Actor, at: Circumstances) -> tuple[Action, ...]:
    possible = available(case, actor, at)
    if alarm.kind is not AlarmKind.LADDER and Action.REPLY in possible:
        return (Action.REPLY,)
    if alarm.kind is AlarmKind.ORDER:
        # The operator who gave the order waits for the answer of others.
        return () if case.ordered_by_id == actor.id else next_steps(possible)
    return tuple(action for action in possible if action not in LINKING | NOTING)


def is_for(alarm: Alarm, actor: Actor) -> bool:
    """Return whether an operator is a recipient of an alarm: by role, or as the warden who handles the case."""
    is_handler = alarm.handler_kind == HandlerKind.WARDEN and alarm.handler_id == actor.warden_id
    is_of_handling = alarm.stage is Stage.HANDLE and Role.DISPATCHER in alarm.waiting
    return bool(alarm.waiting & actor.roles) or (is_handler and is_of_handling)


def acknowledge(office: Office, actor: Actor, *keys: int) -> int:
    """Record that an operator acknowledged alarms (知道了) for their own roles. Other roles stay notified.

    Returns how many of the alarms were still pending for these roles.

    Raises:
        UnknownAlarm: no alarm has the key.
        NotPermitted: the alarm is for other roles.
        AlarmOver: the only alarm asked for is over, or was acknowledged for these roles before.
    """
    with rights.recording_denials(office, actor), office.database.writing() as connection:
        entries = []
        for key in keys:
            alarm = alarms.by_id(connection, office.id, key)
            if alarm is None or not alarm.display.notifies:
                raise UnknownAlarm(value=key)
            # A warden who handles the case is reminded of it, but acknowledges it for no role: skipped among several.
            if not alarm.audience & actor.roles:
                if len(keys) > 1 and is_for(alarm, actor):
                    continue
                raise NotPermitted(what="alarm", role=sorted(actor.roles), roles=sorted(alarm.audience))
            if alarms.acknowledge(connection, key, by=actor.id, name=actor.name, roles=actor.roles, at=office.now()):
                entries.append(_acknowledgement(office, actor, alarm))
            elif len(keys) == 1:
                raise AlarmOver(number=alarm.number, operator=alarm.acknowledged_by, at=alarm.acknowledged_at or alarm.ended_at)
        ledger.append(connection, office.id, entries)
    return len(entries)


def _acknowledgement(office: Office, actor: Actor, alarm: Alarm) -> ledger.NewEntry:
    facts: dict[str, object] = {"number": alarm.number, "kind": alarm.kind.value}
    if alarm.stage is not None:
        facts |= {"stage": alarm.stage.value, "rung": alarm.percent}
    return office.entry(actor, ACKNOWLEDGE, facts, about=(SUBJECT, alarm.incident))
