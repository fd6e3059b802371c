"""Clocks that are to be looked at, and the alarms they and the orders gave."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from gridconsole.domain.case import Clock
from gridconsole.domain.escalation import AlarmKind, Manner
from gridconsole.domain.workflow import Role, Stage
from gridconsole.store import incidents
from gridconsole.store.types import coded, instant, instant_or_none, stamp, stamp_or_none

# Of what still runs or waits alone: what is over is history. A clock that shows a day before the office began is itself wrong, and
# nothing was told ahead of it.
_TOLD_AHEAD = (
    "SELECT a.id FROM alarm a WHERE a.fired_at > :horizon AND EXISTS (SELECT 1 FROM office WHERE created_at <= :now)"
    " AND (EXISTS (SELECT 1 FROM clock c WHERE a.kind = 'ladder' AND c.incident_id = a.incident_id AND c.position = a.turn"
    " AND c.stopped_at IS NULL AND c.halted_at IS NULL) OR EXISTS (SELECT 1 FROM supervision_order o WHERE a.kind <> 'ladder'"
    " AND o.id = a.turn AND o.replied_at IS NULL AND o.replaced_at IS NULL))"
)
_ANY_DUE = sa.text(
    "SELECT EXISTS (SELECT 1 FROM clock WHERE look_at <= :now) OR EXISTS (SELECT 1 FROM supervision_order o WHERE o.replied_at IS NULL"
    " AND o.replaced_at IS NULL AND o.reply_by < :now AND NOT EXISTS (SELECT 1 FROM alarm a WHERE a.incident_id = o.incident_id AND a.kind = 'unanswered'"
    f" AND a.turn = o.id AND a.fired_at > o.reply_by)) OR EXISTS ({_TOLD_AHEAD})"
)
_AHEAD_ALARMS = sa.text(_TOLD_AHEAD)
_LOOK_AT_THOSE = sa.text(
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
_TOLD_NOW = sa.text(
    "UPDATE alarm SET fired_at = :now, ended_at = CASE ended_at WHEN fired_at THEN :now ELSE ended_at END"
    " WHERE id IN (SELECT value FROM json_each(:alarms))"
)
AHEAD = timedelta(minutes=10)
"""What was told later than so long from now was told while the machine's clock ran ahead."""
# Here and below the plus keeps SQLite from walking every case of the office.
_CLOCKS = (
    "SELECT c.incident_id, c.position, c.fired, i.number, i.due_stage FROM clock c JOIN incident i ON i.id = c.incident_id"
    " WHERE c.look_at <= :now AND +i.office_id = :office"
)
_DUE = sa.text(f"{_CLOCKS} ORDER BY c.look_at LIMIT :most")
_DUE_OF_CASE = sa.text(f"{_CLOCKS} AND c.incident_id = :incident ORDER BY c.look_at LIMIT :most")
_UNANSWERED = sa.text(
    "SELECT o.id, o.incident_id, o.reply_by, i.number FROM supervision_order o JOIN incident i ON i.id = o.incident_id"
    " WHERE o.replied_at IS NULL AND o.replaced_at IS NULL AND o.reply_by < :now AND +i.office_id = :office AND NOT EXISTS (SELECT 1 FROM alarm a"
    " WHERE a.incident_id = o.incident_id AND a.kind = 'unanswered' AND a.turn = o.id AND a.fired_at > o.reply_by) ORDER BY o.reply_by LIMIT :most"
)
_LOOKED = sa.text("UPDATE clock SET fired = :fired, look_at = :look_at WHERE incident_id = :incident AND position = :position")
_RUNG = sa.text("UPDATE incident SET rung = :fired WHERE id = :incident")
_RUNNING = "UPDATE clock SET look_at = :now WHERE stopped_at IS NULL AND halted_at IS NULL"
_LOOK_AGAIN = sa.text(_RUNNING)
_LOOK_AT_CASE = sa.text(f"{_RUNNING} AND incident_id = :incident")
# A clock that was given more time may climb the same rungs again, and an answer that was missed too soon may be missed again: the
# lap tells their alarms apart.
_FIRE = sa.text(
    "INSERT INTO alarm (incident_id, kind, turn, stage, rung, allowed, manner, audience, waiting, reached_at, fired_at, ended_at)"
    " SELECT :incident, :kind, :turn, :stage, :rung, :allowed || CASE WHEN :kind = 'order' OR count(*) = 0 THEN ''"
    " ELSE ' #' || (count(*) + 1) END, :manner, :audience, :waiting, :reached_at, :fired_at, :ended_at"
    " FROM alarm WHERE incident_id = :incident AND kind = :kind AND turn = :turn AND rung = :rung ON CONFLICT DO NOTHING"
)
_END_TURN = sa.text(
    "UPDATE alarm SET ended_at = :at WHERE incident_id = :incident AND kind = 'ladder' AND turn = :turn AND rung <> :rung"
    " AND ended_at IS NULL AND (manner <> 'board' OR rung > :stands)"
)


def any_due(connection: sa.Connection, now: datetime) -> bool:
    """Whether a clock is to be looked at, or an answer has not come in time, or something was told by a clock that ran ahead."""
    return bool(connection.execute(_ANY_DUE, {"now": stamp(now), "horizon": stamp(now + AHEAD)}).scalar_one())


@dataclass(frozen=True, slots=True)
class DueClock:
    """A clock to be looked at."""

    incident: int
    number: str
    position: int
    clock: Clock
    fired: int
    shows: bool
    """Whether it is the one the queue shows."""


def due_clocks(
    connection: sa.Connection, office: int, now: datetime, most: int, incident: int | None = None
) -> tuple[DueClock, ...]:
    """Clocks to be looked at, longest waiting first.

    Args:
        incident: only those of this case.
    """
    query = _DUE if incident is None else _DUE_OF_CASE
    found = connection.execute(query, {"office": office, "now": stamp(now), "most": most, "incident": incident}).all()
    return tuple(
        DueClock(row.incident_id, row.number, row.position, clock, row.fired, clock.stage.value == row.due_stage)
        for row in found
        for clock in (incidents.clock_at(connection, row.incident_id, row.position),)
    )


@dataclass(frozen=True, slots=True)
class Overdue:
    """An order whose answer has not come in time."""

    order: int
    incident: int
    number: str
    reply_by: datetime


def unanswered(connection: sa.Connection, office: int, now: datetime, most: int) -> tuple[Overdue, ...]:
    """Orders that are told of as unanswered for the first time."""
    found = connection.execute(_UNANSWERED, {"office": office, "now": stamp(now), "most": most})
    return tuple(Overdue(row.id, row.incident_id, row.number, instant(row.reply_by)) for row in found)


def looked(connection: sa.Connection, due: DueClock, fired: int, look_at: datetime | None) -> None:
    """Remember how far a clock has climbed, and when to look again."""
    values = {"incident": due.incident, "position": due.position, "fired": fired, "look_at": stamp_or_none(look_at)}
    connection.execute(_LOOKED, values)
    if due.shows:
        connection.execute(_RUNG, values)


def look_again(connection: sa.Connection, now: datetime) -> None:
    """Every running clock is to be looked at: the ladder changed, or the calendar that tells when a share is used up."""
    connection.execute(_LOOK_AGAIN, {"now": stamp(now)})


def look_at_case(connection: sa.Connection, incident: int, now: datetime) -> None:
    """Every running clock of a case is to be looked at."""
    connection.execute(_LOOK_AT_CASE, {"now": stamp(now), "incident": incident})


def set_right(connection: sa.Connection, now: datetime) -> None:
    """After the machine's clock ran ahead: the clocks it made climb are to be looked at, an order whose answer is not late yet waits
    as before, and what was told was told by now.
    """
    ahead = connection.execute(_AHEAD_ALARMS, {"now": stamp(now), "horizon": stamp(now + AHEAD)}).scalars().all()
    if not ahead:
        return
    values = {"now": stamp(now), "alarms": json.dumps(list(ahead))}
    for query in (_LOOK_AT_THOSE, _STILL_ORDERED, _NOT_UNANSWERED, _TOLD_NOW):
        connection.execute(query, values)


@dataclass(frozen=True, slots=True)
class NewAlarm:
    """An alarm to write."""

    incident: int
    kind: AlarmKind
    turn: int
    """Position of the clock, or key of the order."""
    manner: Manner
    audience: Collection[Role]
    reached_at: datetime
    stage: Stage | None = None
    rung: int = 0
    allowed: str = ""
    """The clock's whole allowance, encoded."""
    is_over: bool = False
    """A higher rung was reached before anybody looked."""


def fire(connection: sa.Connection, new: NewAlarm, at: datetime) -> bool:
    """Write an alarm, unless it was written before; whether it is new."""
    audience = " ".join(sorted(role.value for role in new.audience))
    done = connection.execute(_FIRE, {
        "incident": new.incident, "kind": new.kind.value, "turn": new.turn, "stage": new.stage.value if new.stage else "",
        "rung": new.rung, "allowed": new.allowed, "manner": new.manner.value,
        "audience": audience, "waiting": audience if new.manner.is_told else "", "reached_at": stamp(new.reached_at),
        "fired_at": stamp(at), "ended_at": stamp(at) if new.is_over else None,
    })  # fmt: skip
    return done.rowcount == 1


def end_others(connection: sa.Connection, due: DueClock, rung: int, stands: int, at: datetime) -> None:
    """A clock stands on one rung: those told of before ask for nothing any more; what is on the board stays there.

    Args:
        rung: the one that is told now; 0 for none.
        stands: how far the clock has climbed.
    """
    values = {"incident": due.incident, "turn": due.position, "rung": rung, "stands": stands, "at": stamp(at)}
    connection.execute(_END_TURN, values)


_UNHEARD = sa.text(
    "SELECT waiting FROM alarm WHERE incident_id = :incident AND kind = 'ladder' AND turn = :turn AND ended_at IS NULL AND waiting <> ''"
)


def unheard(connection: sa.Connection, due: DueClock) -> set[Role]:
    """Whom a clock told what they have not acknowledged."""
    found = connection.execute(_UNHEARD, {"incident": due.incident, "turn": due.position}).scalars()
    return {Role(name) for waiting in found for name in waiting.split()}


_AUDIENCES = sa.text("SELECT id, audience FROM alarm WHERE ended_at IS NULL AND waiting <> ''")
_TELL_ALSO = sa.text("UPDATE alarm SET waiting = waiting || ' ' || :roles, audience = audience || ' ' || :roles WHERE id = :id")


def audiences(connection: sa.Connection) -> dict[int, frozenset[Role]]:
    """Whom each alarm that waits to be acknowledged told, by its key."""
    return {row.id: frozenset(map(Role, row.audience.split())) for row in connection.execute(_AUDIENCES)}


def tell_also(connection: sa.Connection, alarm: int, roles: Collection[Role]) -> None:
    """An alarm that told others before tells these roles too, none of whom it told yet."""
    connection.execute(_TELL_ALSO, {"id": alarm, "roles": " ".join(sorted(role.value for role in roles))})


# --- what an act does to them -----------------------------------------------------------------------------------

_SETTLE = sa.text(
    "UPDATE alarm SET ended_at = :at WHERE incident_id = :incident AND kind = 'ladder' AND ended_at IS NULL AND NOT EXISTS"
    " (SELECT 1 FROM clock c WHERE c.incident_id = alarm.incident_id AND c.position = alarm.turn AND c.stopped_at IS NULL)"
)
_SHOW_RUNG = sa.text(
    "UPDATE incident SET rung = coalesce((SELECT max(c.fired) FROM clock c WHERE c.incident_id = :incident"
    " AND c.stage = incident.due_stage AND c.stopped_at IS NULL), 0) WHERE id = :incident"
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


def settle(connection: sa.Connection, incident: int, at: datetime) -> None:
    """After an act: what was about a stopped clock is over, and the queue shows the rung of the clock it shows."""
    values = {"incident": incident, "at": stamp(at)}
    connection.execute(_SETTLE, values)
    connection.execute(_SHOW_RUNG, values)


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
    " AND a.turn = clock.position), 0), look_at = :at WHERE incident_id = :incident AND stopped_at IS NULL AND halted_at IS NULL"
)


def of_entry(connection: sa.Connection, incident: int, seq: int) -> int | None:
    """Key of the alarm that an entry of an escalation step is about; None where there is none any more."""
    reached = connection.execute(_REACHED, {"seq": seq, "incident": incident}).scalar()
    if reached is None:
        return None
    values = {"seq": seq, "incident": incident, "reached": stamp(datetime.fromisoformat(reached))}
    return connection.execute(_OF_ENTRY, values).scalar()


def remove(connection: sa.Connection, alarm: int) -> None:
    """Remove an alarm that a wrong time gave; its entry stays in the ledger, and another says that it was withdrawn."""
    connection.execute(_REMOVE, {"id": alarm})


def step_back(connection: sa.Connection, incident: int, at: datetime) -> None:
    """Let the clocks of a case stand on the steps whose alarms are left, and be looked at anew."""
    values = {"incident": incident, "at": stamp(at)}
    connection.execute(_STEP_BACK, values)
    connection.execute(_SHOW_RUNG, values)


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
    """A closed case goes on with its old clock: the rung it stood on waits to be heard once more, and it is back on the board."""
    connection.execute(_STAND_AGAIN, {"incident": incident})


def end_orders(connection: sa.Connection, incident: int, at: datetime) -> None:
    """The orders of a case were answered, or a later one took their place."""
    connection.execute(_END_ORDERS, {"incident": incident, "at": stamp(at)})


def answered_by(connection: sa.Connection, incident: int, by: int, name: str, roles: Collection[Role], at: datetime) -> None:
    """Whoever acts on a case has heard what it told them."""
    for row in connection.execute(_LIVE_OF_CASE, {"incident": incident}).all():
        acknowledge(connection, row.id, by, name, roles, at)


def acknowledge(connection: sa.Connection, alarm: int, by: int, name: str, roles: Collection[Role], at: datetime) -> bool:
    """Write that an alarm was heard by somebody, who hears for the own roles alone; whether it still waited for one of these.

    Of several who hear it the first is remembered.
    """
    waiting = set((connection.execute(_WAITING, {"id": alarm}).scalar() or "").split())
    left = waiting - {role.value for role in roles}
    if left == waiting:
        return False
    values = {"id": alarm, "by": by, "name": name, "at": stamp(at), "waiting": " ".join(sorted(left))}
    connection.execute(_ACKNOWLEDGE, values)
    return True


# --- reading ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it stands."""

    id: int
    incident: int
    number: str
    kind: AlarmKind
    stage: Stage | None
    rung: int
    manner: Manner
    audience: frozenset[Role]
    waiting: frozenset[Role]
    """Who of them has not acknowledged it."""
    reached_at: datetime
    fired_at: datetime
    ended_at: datetime | None
    acknowledged_at: datetime | None
    acknowledged_by: str
    due_at: datetime | None
    """End of the clock, or when the order wants its answer; UTC."""
    handler_kind: str
    handler_id: int | None
    handler: str

    @property
    def group(self) -> str:
        """What it asks for: alarms of one group ask the same of the same people."""
        return f"{self.kind.value} {self.stage.value if self.stage else ''} {self.rung}"


_ALARMS = (
    "SELECT a.id, a.incident_id, i.number, a.kind, a.stage, a.rung, a.manner, a.audience, a.waiting, a.reached_at, a.fired_at, a.ended_at,"
    " a.acknowledged_at, a.acknowledged_name, coalesce(o.reply_by, c.due_at) AS due_at, i.handler_kind, i.handler_id, i.handler_name"
    " FROM alarm a JOIN incident i ON i.id = a.incident_id"
    " LEFT JOIN clock c ON a.kind = 'ladder' AND c.incident_id = a.incident_id AND c.position = a.turn"
    " LEFT JOIN supervision_order o ON a.kind <> 'ladder' AND o.id = a.turn WHERE +i.office_id = :office"
)
_LIVE = (
    _ALARMS + " AND a.ended_at IS NULL AND a.waiting <> ''"
    # Muted while it stands still.
    " AND (a.kind <> 'ladder' OR (c.halted_at IS NULL AND c.stopped_at IS NULL)){mine} ORDER BY a.fired_at, a.id LIMIT :most"
)
_BY_ID = sa.text(_ALARMS + " AND a.id = :id")
_BETWEEN = sa.text(_ALARMS + " AND a.fired_at >= :first AND a.fired_at < :last ORDER BY a.fired_at, a.id")
_ON_BOARD = sa.text(
    _ALARMS + " AND a.manner = 'board' AND i.appeal IS NOT 'upheld' AND ((a.fired_at >= :first AND a.fired_at < :last)"
    " OR (a.fired_at < :last AND i.closed_at IS NULL AND a.ended_at IS NULL)) ORDER BY a.reached_at, a.id"
)


_FOR = (
    " AND (EXISTS (SELECT 1 FROM json_each(:roles) r WHERE instr(' ' || a.waiting || ' ', ' ' || r.value || ' '))"
    " OR (a.kind = 'ladder' AND i.handler_kind = 'warden' AND i.handler_id = :warden))"
)
_LIVE_ALL, _LIVE_FOR = sa.text(_LIVE.replace("{mine}", "")), sa.text(_LIVE.replace("{mine}", _FOR))


def live(
    connection: sa.Connection, office: int, most: int, roles: Collection[Role] | None = None, warden: int | None = None
) -> tuple[Alarm, ...]:
    """What waits to be acknowledged, oldest first; nothing of a clock that stands still.

    Args:
        roles: only what these are told of and have not heard, or the warden who handles the case.
    """
    values: dict[str, Any] = {"office": office, "most": most}
    if roles is None:
        return tuple(map(_alarm, connection.execute(_LIVE_ALL, values)))
    values |= {"roles": json.dumps(sorted(role.value for role in roles)), "warden": warden}
    return tuple(map(_alarm, connection.execute(_LIVE_FOR, values)))


def by_id(connection: sa.Connection, office: int, alarm: int) -> Alarm | None:
    """One alarm."""
    row = connection.execute(_BY_ID, {"office": office, "id": alarm}).first()
    return None if row is None else _alarm(row)


def between(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[Alarm, ...]:
    """Every rung and every order told between two instants, the end excluded, oldest first."""
    return tuple(map(_alarm, connection.execute(_BETWEEN, {"office": office, "first": stamp(first), "last": stamp(last)})))


def on_board(connection: sa.Connection, office: int, first: datetime, last: datetime) -> tuple[Alarm, ...]:
    """Cases that got on the board of the very late between two instants, and those that are still on it; latest deadline last."""
    return tuple(map(_alarm, connection.execute(_ON_BOARD, {"office": office, "first": stamp(first), "last": stamp(last)})))


def _alarm(row: Any) -> Alarm:
    return Alarm(
        row.id,
        row.incident_id,
        row.number,
        coded(AlarmKind, row.kind, "alarm.kind"),
        coded(Stage, row.stage, "alarm.stage") if row.stage else None,
        row.rung,
        coded(Manner, row.manner, "alarm.manner"),
        frozenset(map(Role, row.audience.split())),
        frozenset(map(Role, row.waiting.split())),
        instant(row.reached_at),
        instant(row.fired_at),
        instant_or_none(row.ended_at),
        instant_or_none(row.acknowledged_at),
        row.acknowledged_name,
        instant_or_none(row.due_at),
        row.handler_kind or "",
        row.handler_id,
        row.handler_name,
    )


def sequence_of(alarms: Sequence[Alarm]) -> tuple[datetime, ...]:
    """When some alarms were told, in order."""
    return tuple(alarm.fired_at for alarm in alarms)
