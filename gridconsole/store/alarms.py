"""Clocks that are due for evaluation, and the alarms of clocks and orders."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.case import Clock
from gridconsole.domain.escalation import AlarmKind, Display
from gridconsole.domain.states import Role, Stage
from gridconsole.domain.views.alarms import Alarm
from gridconsole.store import cases
from gridconsole.store.types import coded, instant, instant_or_none, rows_query, stamp, stamp_or_none

# Only clocks that run and orders that wait count; the others are history. If the machine's time is before the office was created,
# the machine's time is wrong, and no alarm counts as dated ahead.
_NOTIFIED_AHEAD = (
    "SELECT a.id FROM alarm a WHERE a.fired_at > :horizon AND EXISTS (SELECT 1 FROM office WHERE created_at <= :now)"
    " AND (EXISTS (SELECT 1 FROM clock c WHERE a.kind = 'ladder' AND c.incident_id = a.incident_id AND c.position = a.turn"
    " AND c.stopped_at IS NULL AND c.halted_at IS NULL) OR EXISTS (SELECT 1 FROM supervision_order o WHERE a.kind <> 'ladder'"
    " AND o.id = a.turn AND o.replied_at IS NULL AND o.replaced_at IS NULL))"
)
_ANY_DUE = sa.text(
    "SELECT EXISTS (SELECT 1 FROM clock WHERE look_at <= :now) OR EXISTS (SELECT 1 FROM supervision_order o WHERE o.replied_at IS NULL"
    " AND o.replaced_at IS NULL AND o.reply_by < :now AND NOT EXISTS (SELECT 1 FROM alarm a WHERE a.incident_id = o.incident_id AND a.kind = 'unanswered'"
    f" AND a.turn = o.id AND a.fired_at > o.reply_by)) OR EXISTS ({_NOTIFIED_AHEAD})"
)
_AHEAD_ALARMS = sa.text(_NOTIFIED_AHEAD)
_EVALUATE_THOSE = sa.text(
    "UPDATE clock SET look_at = :now WHERE stopped_at IS NULL AND halted_at IS NULL AND incident_id IN (SELECT incident_id FROM alarm"
    " WHERE id IN (SELECT value FROM json_each(:alarms)))"
)
_TOO_SOON = (
    "SELECT o.id FROM alarm a JOIN supervision_order o ON o.id = a.turn WHERE a.id IN (SELECT value FROM json_each(:alarms))"
    " AND a.kind = 'unanswered' AND o.reply_by >= :now"
)
_STILL_ORDERED = sa.text(
    "UPDATE alarm SET ended_at = NULL WHERE kind = 'order' AND incident_id IN (SELECT incident_id FROM alarm"
    f" WHERE id IN (SELECT value FROM json_each(:alarms))) AND turn IN ({_TOO_SOON})"
)
_NOT_UNANSWERED = sa.text(
    "UPDATE alarm SET ended_at = fired_at WHERE id IN (SELECT value FROM json_each(:alarms)) AND kind = 'unanswered'"
    f" AND turn IN ({_TOO_SOON})"
)
_NOTIFIED_NOW = sa.text(
    "UPDATE alarm SET fired_at = :now, ended_at = CASE ended_at WHEN fired_at THEN :now ELSE ended_at END"
    " WHERE id IN (SELECT value FROM json_each(:alarms))"
)
AHEAD = timedelta(minutes=10)
"""An alarm dated further ahead than this was given while the machine's clock ran ahead."""
# Here and below the plus keeps SQLite from walking every case of the office.
_DUE_FACTS = "incident_id position fired number due_stage"
_CLOCKS = (
    f"SELECT c.incident_id, c.position, c.fired, i.number, i.due_stage, {cases.clock_columns('c')} FROM clock c"
    " JOIN incident i ON i.id = c.incident_id WHERE c.look_at <= :now AND +i.office_id = :office"
)
_CLOCK_NAMES = f"{_DUE_FACTS} {cases.CLOCK_COLUMNS.replace(',', '')}"
_DUE = rows_query(f"{_CLOCKS} ORDER BY c.look_at LIMIT :most", _CLOCK_NAMES)
_DUE_OF_CASE = rows_query(f"{_CLOCKS} AND c.incident_id = :incident ORDER BY c.look_at LIMIT :most", _CLOCK_NAMES)
_UNANSWERED = sa.text(
    "SELECT o.id, o.incident_id, o.reply_by, i.number FROM supervision_order o JOIN incident i ON i.id = o.incident_id"
    " WHERE o.replied_at IS NULL AND o.replaced_at IS NULL AND o.reply_by < :now AND +i.office_id = :office AND NOT EXISTS (SELECT 1 FROM alarm a"
    " WHERE a.incident_id = o.incident_id AND a.kind = 'unanswered' AND a.turn = o.id AND a.fired_at > o.reply_by) ORDER BY o.reply_by LIMIT :most"
)
_KEEP_EVALUATION = sa.text(
    "UPDATE clock SET fired = :fired, look_at = :look_at WHERE incident_id = :incident AND position = :position"
)
_PUT_PERCENT = sa.text("UPDATE incident SET rung = :fired WHERE id = :incident")
_RUNNING = "UPDATE clock SET look_at = :now WHERE stopped_at IS NULL AND halted_at IS NULL"
_EVALUATE_AGAIN = sa.text(_RUNNING)
_EVALUATE_CASE_AGAIN = sa.text(f"{_RUNNING} AND incident_id = :incident")
# A clock that was given more time may reach the same steps again, and an answer may be missed twice: a counter (#2, #3) keeps their
# alarms apart.
_FIRE = sa.text(
    "INSERT INTO alarm (incident_id, kind, turn, stage, rung, allowed, manner, audience, waiting, reached_at, fired_at, ended_at)"
    " SELECT :incident, :kind, :turn, :stage, :rung, :allowed || CASE WHEN :kind = 'order' OR count(*) = 0 THEN ''"
    " ELSE ' #' || (count(*) + 1) END, :manner, :audience, :waiting, :reached_at, :fired_at, :ended_at"
    " FROM alarm WHERE incident_id = :incident AND kind = :kind AND turn = :turn AND rung = :rung ON CONFLICT DO NOTHING"
)
_END_OCCURRENCE = sa.text(
    "UPDATE alarm SET ended_at = :at WHERE incident_id = :incident AND kind = 'ladder' AND turn = :turn AND rung <> :rung"
    " AND ended_at IS NULL AND (manner <> 'board' OR rung > :stands)"
)


def any_due(connection: sa.Connection, now: datetime) -> bool:
    """Return whether a clock is due, an answer is missing, or an alarm was given by a machine whose clock ran ahead."""
    return bool(connection.execute(_ANY_DUE, {"now": stamp(now), "horizon": stamp(now + AHEAD)}).scalar_one())


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock that is due for evaluation."""

    incident: int
    number: str
    position: int
    clock: Clock
    last_step: int
    shows: bool
    """True for the clock of the case that the queue shows."""


def due_clocks(
    connection: sa.Connection, office: int, now: datetime, most: int, incident: int | None = None
) -> tuple[DueClock, ...]:
    """List the clocks that are due, longest waiting first.

    Args:
        incident: only those of this case.
    """
    query = _DUE if incident is None else _DUE_OF_CASE
    found = connection.execute(query, {"office": office, "now": stamp(now), "most": most, "incident": incident}).all()
    return tuple(
        DueClock(
            incident=row.incident_id,
            number=row.number,
            position=row.position,
            clock=clock,
            last_step=row.fired,
            shows=clock.stage.value == row.due_stage,
        )
        for row in found
        for clock in (cases.clock_of(*row[len(_DUE_FACTS.split()) :]),)
    )


@dataclass(frozen=True, slots=True)
class Overdue:
    """An order without its answer."""

    order: int
    incident: int
    number: str
    reply_by: datetime


def unanswered(connection: sa.Connection, office: int, now: datetime, most: int) -> tuple[Overdue, ...]:
    """List orders whose missing answer was not notified yet."""
    found = connection.execute(_UNANSWERED, {"office": office, "now": stamp(now), "most": most})
    return tuple(Overdue(row.id, row.incident_id, row.number, instant(row.reply_by)) for row in found)


def keep_evaluation(connection: sa.Connection, due: DueClock, last_step: int, next_check_at: datetime | None) -> None:
    """Store the last step of a clock and the time of its next evaluation."""
    values = {"incident": due.incident, "position": due.position, "fired": last_step, "look_at": stamp_or_none(next_check_at)}
    connection.execute(_KEEP_EVALUATION, values)
    if due.shows and last_step != due.last_step:
        connection.execute(_PUT_PERCENT, values)


def evaluate_again(connection: sa.Connection, now: datetime) -> None:
    """Make every running clock due: the policy changed, or the calendar by which its steps are reached."""
    connection.execute(_EVALUATE_AGAIN, {"now": stamp(now)})


def evaluate_case_again(connection: sa.Connection, incident: int, now: datetime) -> None:
    """Make every running clock of a case due."""
    connection.execute(_EVALUATE_CASE_AGAIN, {"now": stamp(now), "incident": incident})


def set_right(connection: sa.Connection, now: datetime) -> None:
    """Repair alarms that a machine with a fast clock has given.

    Their clocks become due, the alarms they ended are pending again, and orders whose answer is not late yet wait as before. The
    repaired alarms are dated now.
    """
    ahead = connection.execute(_AHEAD_ALARMS, {"now": stamp(now), "horizon": stamp(now + AHEAD)}).scalars().all()
    if not ahead:
        return
    values = {"now": stamp(now), "horizon": stamp(now + AHEAD), "alarms": json.dumps(list(ahead))}
    for query in (_EVALUATE_THOSE, _REVIVE_AHEAD, _STILL_ORDERED, _NOT_UNANSWERED, _NOTIFIED_NOW):
        connection.execute(query, values)


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """An alarm to write."""

    incident: int
    kind: AlarmKind
    occurrence: int
    """Position of the clock in its case, or key of the order."""
    display: Display
    audience: Collection[Role]
    reached_at: datetime
    stage: Stage | None = None
    percent: int = 0
    allowed: str = ""
    """The clock's whole allowance, encoded."""
    is_over: bool = False
    """A higher step was reached by the same evaluation."""


def fire(connection: sa.Connection, new: NewAlarm, at: datetime) -> bool:
    """Insert an alarm unless it is there already. Returns whether it is new."""
    audience = " ".join(sorted(role.value for role in new.audience))
    done = connection.execute(_FIRE, {
        "incident": new.incident, "kind": new.kind.value, "turn": new.occurrence, "stage": new.stage.value if new.stage else "",
        "rung": new.percent, "allowed": new.allowed, "manner": new.display.value,
        "audience": audience, "waiting": audience if new.display.notifies else "", "reached_at": stamp(new.reached_at),
        "fired_at": stamp(at), "ended_at": stamp(at) if new.is_over else None,
    })  # fmt: skip
    return done.rowcount == 1


def end_others(connection: sa.Connection, due: DueClock, percent: int, reached: int, at: datetime) -> None:
    """End the alarms of other steps of a clock; lines on the board stay.

    Args:
        percent: the step that is notified now; 0 for none.
        reached: percentage of the highest step reached.
    """
    values = {"incident": due.incident, "turn": due.position, "rung": percent, "stands": reached, "at": stamp(at)}
    connection.execute(_END_OCCURRENCE, values)


_PENDING = sa.text(
    "SELECT waiting FROM alarm WHERE incident_id = :incident AND kind = 'ladder' AND turn = :turn AND ended_at IS NULL AND waiting <> ''"
)


def pending_roles(connection: sa.Connection, due: DueClock) -> set[Role]:
    """Return the roles that have not yet acknowledged this clock's notifications."""
    found = connection.execute(_PENDING, {"incident": due.incident, "turn": due.position}).scalars()
    return {Role(name) for waiting in found for name in waiting.split()}


_AUDIENCES = sa.text("SELECT id, audience FROM alarm WHERE ended_at IS NULL AND waiting <> ''")
_NOTIFY_ALSO = sa.text("UPDATE alarm SET waiting = waiting || ' ' || :roles, audience = audience || ' ' || :roles WHERE id = :id")


def audiences(connection: sa.Connection) -> dict[int, frozenset[Role]]:
    """Return the notified roles of each pending alarm, by its key."""
    return {row.id: frozenset(map(Role, row.audience.split())) for row in connection.execute(_AUDIENCES)}


def notify_also(connection: sa.Connection, alarm: int, roles: Collection[Role]) -> None:
    """Add roles to the recipients of an alarm; none of them may be a recipient already."""
    connection.execute(_NOTIFY_ALSO, {"id": alarm, "roles": " ".join(sorted(role.value for role in roles))})


# --- what an act does to them -----------------------------------------------------------------------------------

_END_OF_STOPPED = sa.text(
    "UPDATE alarm SET ended_at = :at WHERE incident_id = :incident AND kind = 'ladder' AND ended_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM clock c WHERE c.incident_id = alarm.incident_id AND c.position = alarm.turn AND c.stopped_at IS NULL)"
)
_SHOW_PERCENT = sa.text(
    "UPDATE incident SET rung = coalesce((SELECT max(c.fired) FROM clock c WHERE c.incident_id = incident.id"
    " AND c.stage = incident.due_stage AND c.stopped_at IS NULL), 0) WHERE id IN (SELECT value FROM json_each(:cases))"
)
_END_ORDERS = sa.text(
    "UPDATE alarm SET ended_at = :at WHERE incident_id = :incident AND kind IN ('order', 'unanswered') AND ended_at IS NULL"
)
_LIVE_OF_CASE = sa.text(
    "SELECT id FROM alarm WHERE incident_id = :incident AND ended_at IS NULL AND waiting <> '' AND kind <> 'order'"
)
_WAITING = sa.text("SELECT waiting FROM alarm WHERE id = :id AND ended_at IS NULL")
_ACKNOWLEDGE = sa.text(
    "UPDATE alarm SET waiting = :waiting, acknowledged_at = coalesce(acknowledged_at, :at), acknowledged_by = coalesce(acknowledged_by,"
    " :by), acknowledged_name = CASE WHEN acknowledged_at IS NULL THEN :name ELSE acknowledged_name END WHERE id = :id"
)


def end_of_stopped(connection: sa.Connection, incident: int, at: datetime) -> None:
    """End the alarms of a case's stopped clocks."""
    connection.execute(_END_OF_STOPPED, {"incident": incident, "at": stamp(at)})


def show_percent(connection: sa.Connection, cases_changed: Collection[int]) -> None:
    """Show the step of the running clock of each case in the queue."""
    if cases_changed:
        connection.execute(_SHOW_PERCENT, {"cases": json.dumps(list(cases_changed))})


_OF_ENTRY = sa.text(
    "SELECT a.id FROM alarm a JOIN ledger l ON l.seq = :seq AND l.subject_id = a.incident_id WHERE a.incident_id = :incident"
    " AND a.kind = json_extract(l.facts, '$.kind') AND a.rung = coalesce(json_extract(l.facts, '$.rung'), 0)"
    " AND a.stage = coalesce(json_extract(l.facts, '$.stage'), '')"
    " AND a.reached_at = :reached ORDER BY a.id DESC LIMIT 1"
)
_REACHED = sa.text("SELECT json_extract(facts, '$.reached_at') FROM ledger WHERE seq = :seq AND subject_id = :incident")
_REMOVE = sa.text("DELETE FROM alarm WHERE id = :id")
_STEP_BACK = sa.text(
    "UPDATE clock SET fired = coalesce((SELECT max(a.rung) FROM alarm a WHERE a.incident_id = clock.incident_id AND a.kind = 'ladder'"
    " AND a.turn = clock.position), 0), look_at = CASE WHEN halted_at IS NULL THEN :at END"
    " WHERE incident_id = :incident AND stopped_at IS NULL"
)
_STILL_ASKED = (
    "((alarm.kind = 'ladder' AND EXISTS (SELECT 1 FROM clock c WHERE c.incident_id = alarm.incident_id AND c.position = alarm.turn"
    " AND c.stopped_at IS NULL)) OR (alarm.kind <> 'ladder' AND EXISTS (SELECT 1 FROM supervision_order o WHERE o.id = alarm.turn"
    " AND o.replied_at IS NULL AND o.replaced_at IS NULL)))"
)
"""Condition: the clock or the order of an alarm still runs or waits."""
_REVIVE = sa.text(f"UPDATE alarm SET ended_at = NULL WHERE incident_id = :incident AND ended_at = :at AND {_STILL_ASKED}")
_REVIVE_AHEAD = sa.text(
    "UPDATE alarm SET ended_at = NULL WHERE ended_at > :horizon AND fired_at <= :horizon AND incident_id IN (SELECT incident_id FROM alarm"
    f" WHERE id IN (SELECT value FROM json_each(:alarms))) AND {_STILL_ASKED}"
)


def of_entry(connection: sa.Connection, incident: int, seq: int) -> int | None:
    """Return the key of the alarm that an entry about an escalation step created; None if that alarm no longer exists."""
    reached = connection.execute(_REACHED, {"seq": seq, "incident": incident}).scalar()
    if reached is None:
        return None
    values = {"seq": seq, "incident": incident, "reached": stamp(datetime.fromisoformat(reached))}
    return connection.execute(_OF_ENTRY, values).scalar()


def remove(connection: sa.Connection, alarm: int) -> None:
    """Remove an alarm that was given at a wrong time; its entry stays in the ledger, and another entry records the removal."""
    connection.execute(_REMOVE, {"id": alarm})


def revive(connection: sa.Connection, incident: int, at: datetime) -> None:
    """Make alarms of a case pending again that an evaluation at this moment ended, unless their clock has stopped since.

    Call it after :func:`remove`, so that the alarms given by that evaluation are gone.
    """
    connection.execute(_REVIVE, {"incident": incident, "at": stamp(at)})


def step_back(connection: sa.Connection, incident: int, at: datetime) -> None:
    """Set the clocks of a case back to the steps whose alarms are left, and make the running ones due for evaluation."""
    values = {"incident": incident, "at": stamp(at)}
    connection.execute(_STEP_BACK, values)
    show_percent(connection, [incident])


_STAND_AGAIN = sa.text(
    "WITH turns AS (SELECT live.position AS new, old.position AS old, old.stopped_at AS stopped FROM clock live JOIN clock old"
    " ON old.incident_id = live.incident_id AND old.stage = live.stage AND old.started_at = live.started_at"
    " AND old.position < live.position WHERE live.incident_id = :incident AND live.stopped_at IS NULL ORDER BY old.position DESC LIMIT 1)"
    " UPDATE alarm SET turn = (SELECT new FROM turns), ended_at = NULL, waiting = CASE manner WHEN 'board' THEN '' ELSE audience END"
    " WHERE incident_id = :incident AND kind = 'ladder' AND turn = (SELECT old FROM turns) AND ended_at >= (SELECT stopped FROM turns)"
    " AND (manner = 'board' OR (manner IN ('notice', 'alarm') AND rung = (SELECT max(rung) FROM alarm h WHERE h.incident_id = :incident"
    " AND h.kind = 'ladder' AND h.manner IN ('notice', 'alarm') AND h.turn = (SELECT old FROM turns))))"
)


def stand_again(connection: sa.Connection, incident: int) -> None:
    """Revive the alarms of a reopened case: its last step is pending again, and its line is back on the board."""
    connection.execute(_STAND_AGAIN, {"incident": incident})


def end_orders(connection: sa.Connection, incident: int, at: datetime) -> None:
    """End the alarms of a case's orders: they were answered or replaced."""
    connection.execute(_END_ORDERS, {"incident": incident, "at": stamp(at)})


def answered_by(connection: sa.Connection, incident: int, by: int, name: str, roles: Collection[Role], at: datetime) -> None:
    """Acknowledge a case's alarms for the operator who acts on it."""
    for row in connection.execute(_LIVE_OF_CASE, {"incident": incident}).all():
        acknowledge(connection, row.id, by=by, name=name, roles=roles, at=at)


def acknowledge(connection: sa.Connection, alarm: int, by: int, name: str, roles: Collection[Role], at: datetime) -> bool:
    """Record that an operator acknowledged an alarm for their own roles.

    Returns False if none of those roles was still pending. The first operator is kept as the one who acknowledged.
    """
    waiting = set((connection.execute(_WAITING, {"id": alarm}).scalar() or "").split())
    left = waiting - {role.value for role in roles}
    if left == waiting:
        return False
    values = {"id": alarm, "by": by, "name": name, "at": stamp(at), "waiting": " ".join(sorted(left))}
    connection.execute(_ACKNOWLEDGE, values)
    return True


# --- reading ----------------------------------------------------------------------------------------------------


_ALARMS = (
    "SELECT a.id, a.incident_id, i.number, a.kind, a.stage, a.rung, a.manner, a.audience, a.waiting, a.reached_at, a.fired_at, a.ended_at,"
    " a.acknowledged_at, a.acknowledged_name, coalesce(o.reply_by, c.due_at) AS due_at, i.handler_kind, i.handler_id, i.handler_name"
    " FROM alarm a JOIN incident i ON i.id = a.incident_id"
    " LEFT JOIN clock c ON a.kind = 'ladder' AND c.incident_id = a.incident_id AND c.position = a.turn"
    " LEFT JOIN supervision_order o ON a.kind <> 'ladder' AND o.id = a.turn WHERE +i.office_id = :office"
)
_LIVE = (
    _ALARMS + " AND a.ended_at IS NULL AND a.waiting <> ''"
    # Muted while the clock is halted.
    " AND (a.kind <> 'ladder' OR (c.halted_at IS NULL AND c.stopped_at IS NULL)){mine} ORDER BY a.fired_at, a.id LIMIT :most"
)
_BY_ID = sa.text(_ALARMS + " AND a.id = :id")
_BETWEEN = sa.text(_ALARMS + " AND a.fired_at >= :first AND a.fired_at < :last ORDER BY a.fired_at, a.id")
_ON_BOARD = sa.text(
    # Two indices find those given in the period and those that are not over: never all alarms of the past.
    _ALARMS + " AND a.id IN (SELECT id FROM alarm WHERE manner = 'board' AND fired_at >= :first AND fired_at < :last"
    " UNION ALL SELECT id FROM alarm WHERE manner = 'board' AND ended_at IS NULL AND fired_at < :last)"
    " AND (a.fired_at >= :first OR i.closed_at IS NULL) AND i.appeal IS NOT 'upheld' ORDER BY a.reached_at, a.id"
)


_FOR = (
    " AND (EXISTS (SELECT 1 FROM json_each(:roles) r WHERE instr(' ' || a.waiting || ' ', ' ' || r.value || ' '))"
    " OR (a.kind = 'ladder' AND i.handler_kind = 'warden' AND i.handler_id = :warden))"
)
_LIVE_ALL, _LIVE_FOR = sa.text(_LIVE.replace("{mine}", "")), sa.text(_LIVE.replace("{mine}", _FOR))


def live(
    connection: sa.Connection, office: int, most: int, roles: Collection[Role] | None = None, warden: int | None = None
) -> tuple[Alarm, ...]:
    """List pending alarms, oldest first; those of halted clocks are left out.

    Args:
        roles: only alarms that are pending for these roles, or for the warden who handles the case.
    """
    values: dict[str, Any] = {"office": office, "most": most}
    if roles is None:
        return tuple(map(_alarm, connection.execute(_LIVE_ALL, values)))
    values |= {"roles": json.dumps(sorted(role.value for role in roles)), "warden": warden}
    return tuple(map(_alarm, connection.execute(_LIVE_FOR, values)))


def by_id(connection: sa.Connection, office: int, alarm: int) -> Alarm | None:
    """Return an alarm by its key."""
    row = connection.execute(_BY_ID, {"office": office, "id": alarm}).first()
    return None if row is None else _alarm(row)


def between(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[Alarm, ...]:
    """List the alarms given in a half-open span of time, oldest first."""
    return tuple(map(_alarm, connection.execute(_BETWEEN, {"office": office, "first": stamp(first), "last": stamp(last)})))


def on_board(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[Alarm, ...]:
    """List the alarms that put a case on the board in a span of time, and those still there, in the order they were reached."""
    return tuple(map(_alarm, connection.execute(_ON_BOARD, {"office": office, "first": stamp(first), "last": stamp(last)})))


def _alarm(row: Any) -> Alarm:
    return Alarm(
        id=row.id,
        incident=row.incident_id,
        number=row.number,
        kind=coded(AlarmKind, row.kind, "alarm.kind"),
        stage=coded(Stage, row.stage, "alarm.stage") if row.stage else None,
        percent=row.rung,
        display=coded(Display, row.manner, "alarm.manner"),
        audience=frozenset(map(Role, row.audience.split())),
        waiting=frozenset(map(Role, row.waiting.split())),
        reached_at=instant(row.reached_at),
        notified_at=instant(row.fired_at),
        ended_at=instant_or_none(row.ended_at),
        acknowledged_at=instant_or_none(row.acknowledged_at),
        acknowledged_by=row.acknowledged_name,
        due_at=instant_or_none(row.due_at),
        handler_kind=row.handler_kind or "",
        handler_id=row.handler_id,
        handler=row.handler_name,
    )


def sequence_of(alarms: Sequence[Alarm]) -> tuple[datetime, ...]:
    """Return the moments of alarms, in order."""
    return tuple(alarm.notified_at for alarm in alarms)
